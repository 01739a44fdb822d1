"""Training batches: windows in, padded arrays out, and the token-budget plan of an epoch (numpy only)."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from stancekit.encoding import FIRST_SOURCE, FIRST_TARGET, pad_spans
from stancekit.examples import IGNORE, UNKNOWN, TrainWindow

Batch = dict[str, np.ndarray]


def collate(windows: Sequence[TrainWindow], padding: int, labels: int) -> Batch:
    """One batch. B windows of L tokens, N blocks, S sources and T targets at most:

    ids, mask: (B, L); rows, starts, lengths: (N,); sources: (N, S, 2); targets: (N, T, 2);
    open, given: (N, S + 2, T + 1); complete, reading, weight: (N,); statement: (N, labels), -1 where unknown;
    marked: (B, 2, 2) token ranges of source and target in windows of one question by another convention, elsewhere empty;
    blocks are sorted by length; gold: (G, 4) block, role, first token, last token of each annotated span.
    """
    width = max(len(w.ids) for w in windows)
    ids = np.full((len(windows), width), padding, dtype=np.int64)
    mask = np.zeros((len(windows), width), dtype=np.int64)
    marked = np.zeros((len(windows), 2, 2), dtype=np.int64)
    blocks, rows = [], []
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
        blocks += window.blocks
        rows += [row] * len(window.blocks)
        for block in (b for b in window.blocks if b.reading):
            for role, spans in enumerate((block.sources, block.targets)):
                if len(spans) == 1:
                    marked[row, role] = np.array(spans[0]) + block.start
    order = sorted(range(len(blocks)), key=lambda i: blocks[i].end - blocks[i].start)
    blocks, rows = [blocks[i] for i in order], [rows[i] for i in order]
    sources, targets = pad_spans([b.sources for b in blocks]), pad_spans([b.targets for b in blocks])
    shape = (len(blocks), sources.shape[1] + FIRST_SOURCE, targets.shape[1] + FIRST_TARGET)
    grids = {name: np.full(shape, IGNORE, dtype=np.int64) for name in ("open", "given")}
    statement = np.full((len(blocks), labels), UNKNOWN, dtype=np.float32)
    gold = []
    for i, block in enumerate(blocks):
        for name, grid in grids.items():
            cells = getattr(block, name)
            grid[i, : cells.shape[0], : cells.shape[1]] = cells
        if block.complete:
            statement[i] = block.statement
        gold += [(i, role, first, last - 1) for role in (0, 1) for first, last in block.gold[role]]
    return {
        "ids": ids,
        "mask": mask,
        "marked": marked,
        "rows": np.array(rows, dtype=np.int64),
        "starts": np.array([b.start for b in blocks], dtype=np.int64),
        "lengths": np.array([b.end - b.start for b in blocks], dtype=np.int64),
        "sources": sources,
        "targets": targets,
        **grids,
        "complete": np.array([b.complete for b in blocks], dtype=np.bool_),
        "reading": np.array([b.reading for b in blocks], dtype=np.int64),
        "weight": np.array([b.weight for b in blocks], dtype=np.float32),
        "statement": statement,
        "gold": np.array(gold, dtype=np.int64).reshape(-1, 4),
    }


def plan(lengths: Sequence[int], budget: int, rng: random.Random) -> list[list[int]]:
    """Batches of window numbers with at most `budget` tokens each, padding included, in random order.

    Windows of like length go together (little padding); ties and batch order are shuffled.
    """
    order = list(range(len(lengths)))
    rng.shuffle(order)
    order.sort(key=lambda i: lengths[i] // 8)
    batches: list[list[int]] = []
    current: list[int] = []
    longest = 0
    for i in order:
        longest = max(longest, lengths[i])
        if current and (len(current) + 1) * longest > budget:
            batches.append(current)
            current, longest = [], lengths[i]
        current.append(i)
    if current:
        batches.append(current)
    rng.shuffle(batches)
    return batches

