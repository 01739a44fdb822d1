from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stancekit.collate import collate, plan
from stancekit.examples import IGNORE, TrainBlock, TrainWindow


def block(start: int, end: int, sources: int, targets: int, complete: bool = True) -> TrainBlock:
    grid = np.arange((sources + 2) * (targets + 1)).reshape(sources + 2, targets + 1) % 4
    spans = [[(i, i + 1) for i in range(n)] for n in (sources, targets)]
    return TrainBlock(start, end, *spans, grid, grid + 1, complete, (spans[0][:1], []), (1, 0, 1), 0.5)


def test_a_batch_holds_every_cell_in_its_place() -> None:
    windows = [
        TrainWindow(np.array([2, 7, 7, 7, 7, 3]), [block(1, 5, 2, 3)]),
        TrainWindow(np.array([2, 8, 9, 3]), [block(1, 2, 0, 1, False), block(2, 3, 1, 1)]),
    ]
    batch = collate(windows, 0, 3)
    assert batch["ids"].tolist() == [[2, 7, 7, 7, 7, 3], [2, 8, 9, 3, 0, 0]]
    assert batch["mask"].sum(1).tolist() == [6, 4]
    assert batch["lengths"].tolist() == [1, 1, 4] and batch["rows"].tolist() == [1, 1, 0] and batch["starts"].tolist() == [1, 2, 1]
    assert batch["open"].shape == batch["given"].shape == (3, 4, 4)
    for i, b in enumerate((*windows[1].blocks, *windows[0].blocks)):
        rows, columns = b.open.shape
        assert (batch["open"][i, :rows, :columns] == b.open).all() and (batch["given"][i, :rows, :columns] == b.given).all()
        assert (batch["open"][i, rows:] == IGNORE).all() and (batch["open"][i, :, columns:] == IGNORE).all()
        assert batch["sources"][i, : len(b.sources)].tolist() == [list(s) for s in b.sources]
    assert batch["complete"].tolist() == [False, True, True]
    assert batch["statement"].tolist() == [[-1, -1, -1], [1, 0, 1], [1, 0, 1]]
    assert batch["gold"].tolist() == [[1, 0, 0, 0], [2, 0, 0, 0]], "last token included"
    assert batch["weight"].tolist() == [0.5] * 3
    assert not batch["marked"].any()


def test_the_source_and_the_target_of_a_question_by_another_convention_are_marked() -> None:
    windows = []
    for reading, sources, targets in ((1, [(0, 2)], [(3, 4)]), (2, [], [(1, 3)]), (0, [(0, 2)], [(3, 4)])):
        grid = np.full((len(sources) + 2, 2), IGNORE)
        windows.append(TrainWindow(np.arange(7), [TrainBlock(1, 6, sources, targets, grid, grid, False, reading=reading)]))
    assert collate(windows, 0, 3)["marked"].tolist() == [[[1, 3], [4, 5]], [[0, 0], [2, 4]], [[0, 0], [0, 0]]]


@given(st.lists(st.integers(3, 256), max_size=60), st.integers(256, 4096), st.integers(0, 9))
def test_a_plan_reads_every_window_once_within_the_budget(lengths: list[int], budget: int, seed: int) -> None:
    batches = plan(lengths, budget, random.Random(seed))
    assert sorted(i for b in batches for i in b) == list(range(len(lengths)))
    assert all(len(b) * max(lengths[i] for i in b) <= budget for b in batches)
    assert batches == plan(lengths, budget, random.Random(seed))
