"""Training examples: blocks with their candidate spans and label grids, in numpy.

A complete article teaches everything: which spans are sources and targets, which pairs hold which
stance, which sentences hold none. A query teaches one cell of the `given` grid and says nothing of the
rest. Cells that nobody knows are `IGNORE`.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from stancekit.encoding import (
    ANY_SOURCE,
    FIRST_SOURCE,
    FIRST_TARGET,
    NULL_SOURCE,
    NULL_TARGET,
    Encoder,
    Ints,
    Sentence,
    statement_spans,
)
from stancekit.schema import NONE, Article, Query, Span, Stance
from stancekit.text import occurrences

IGNORE = -100
UNKNOWN = -1
"""Whether a label stands somewhere in a sentence, where readers would dispute it or nobody has said."""

TokenSpan = tuple[int, int]

PHRASE = re.compile(
    r"\b(?:(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Tt]heir|[Ii]ts|[Oo]ur|[Tt]his|[Tt]hese|[Aa]ny)\s+(?:[\w’'-]+\s+){0,2}[\w’'-]+"
    r"|[A-Z][\w’'.-]*(?:\s+(?:of\s+|the\s+|and\s+)?[A-Z][\w’'.-]*)*"
    r"|(?:[Hh]e|[Ss]he|[Tt]hey|[Ww]e|[Ii]t|I|you|them|him|us))\b"
)
"""Noun phrases a reader might ask about: determiner phrases, names, pronouns."""


@dataclass(slots=True)
class TrainBlock:
    """A block of a training window with what is known about it.

    start, end: tokens of the window; spans are token ranges of the block.
    open, given: (sources + 2, targets + 1), class numbers ("none" is 0) or IGNORE.
    statement: for each label whether the block has it, 0 or 1, or UNKNOWN where all of that label is optional.
    """

    start: int
    end: int
    sources: list[TokenSpan]
    targets: list[TokenSpan]
    open: Ints
    given: Ints
    complete: bool
    gold: tuple[list[TokenSpan], list[TokenSpan]] = field(default_factory=lambda: ([], []))
    statement: tuple[int, ...] = ()
    weight: float = 1.0
    reading: int = 0
    """Number in `config.READINGS` of the conventions that `given` follows."""


@dataclass(slots=True)
class TrainWindow:
    """ids: (tokens,) with special tokens."""

    ids: Ints
    blocks: list[TrainBlock]


class ExampleBuilder:
    """Builds training windows and counts what tokenisation and windows lose."""

    def __init__(self, encoder: Encoder, labels: Sequence[str], negatives: int) -> None:
        self.encoder, self.negatives = encoder, negatives
        self.classes = {NONE: 0, **{label: i + 1 for i, label in enumerate(labels)}}
        self.lost: Counter[str] = Counter()

    def article(self, article: Article, rng: random.Random, weight: float = 1.0) -> list[TrainWindow]:
        """The windows of an annotated article; their borders move with `rng`."""
        spans = statement_spans(article)
        pieces = self.encoder.sentences(article.text, spans)
        stances = {s.span.start: s for s in article.statements or ()}
        shared = Counter(piece.index for piece in pieces)
        if any(n > 1 for n in shared.values()):
            self.lost["sentences cut by the window"] += sum(n > 1 for n in shared.values())
        limit = rng.randint(self.encoder.rule.max_tokens // 3, self.encoder.rule.max_tokens - 2)
        windows = []
        for window in self.encoder.windows(pieces, first_limit=limit):
            blocks = []
            for block in window.blocks:
                piece = pieces[block.sentence]
                statement = stances.get(spans[piece.index][0])
                built = self._complete(article.text, piece, statement.stances if statement else (), rng)
                built.start, built.end, built.weight = block.start, block.end, weight
                blocks.append(built)
            windows.append(TrainWindow(window.ids, blocks))
        return windows

    def _complete(self, text: str, piece: Sentence, stances: Sequence[Stance], rng: random.Random) -> TrainBlock:
        sources: list[TokenSpan] = []
        targets: list[TokenSpan] = []
        cells: list[tuple[int, int, int]] = []
        present: set[int] = set()
        disputed: set[int] = set()
        for stance in stances:
            ends = []
            for span, known, offset, null in (
                (stance.source, sources, FIRST_SOURCE, NULL_SOURCE),
                (stance.target, targets, FIRST_TARGET, NULL_TARGET),
            ):
                if span is None:
                    ends.append(null)
                    continue
                tokens = self._tokens(text, piece, span)
                if tokens is None:
                    break
                if tokens not in known:
                    known.append(tokens)
                ends.append(known.index(tokens) + offset)
            if len(ends) == 2:
                number = IGNORE if stance.optional else self.classes[stance.stance]
                cells.append((ends[0], ends[1], number))
                (disputed if stance.optional else present).add(self.classes[stance.stance])
        gold = (list(sources), list(targets))
        phrases = self._phrases(text, piece, rng)
        sources += [p for p in [*gold[1], *phrases] if p not in sources]
        targets += [p for p in [*gold[0], *phrases] if p not in targets]
        grid = np.zeros((len(sources) + FIRST_SOURCE, len(targets) + FIRST_TARGET), dtype=np.int64)
        given = grid.copy()
        self._soften(grid, given, sources, targets, gold)
        rng.shuffle(cells)
        for s, t, number in sorted(cells, key=lambda cell: cell[2] != IGNORE):  # a sure stance beside a disputed one is taught
            for rows in (grid, given):
                rows[s, t] = number
                rows[ANY_SOURCE, t] = number
        given[NULL_SOURCE] = IGNORE
        given[:, NULL_TARGET] = IGNORE
        statement = tuple(1 if c in present else UNKNOWN if c in disputed else 0 for c in range(1, len(self.classes)))
        return TrainBlock(0, 0, sources, targets, grid, given, True, gold, statement)

    def _soften(
        self, grid: Ints, given: Ints, sources: list[TokenSpan], targets: list[TokenSpan], gold: tuple[list[TokenSpan], list[TokenSpan]]
    ) -> None:
        """Unknown cells: spans that nearly are gold (extraction), spans that touch gold (given targets)."""
        for axis, (spans, known, first) in enumerate(((sources, gold[0], FIRST_SOURCE), (targets, gold[1], FIRST_TARGET))):
            for i, span in enumerate(spans):
                if span in known:
                    continue
                shared = [(max(0, min(span[1], g[1]) - max(span[0], g[0])), max(span[1], g[1]) - min(span[0], g[0])) for g in known]
                place = (i + first, slice(None)) if axis == 0 else (slice(None), i + first)
                if any(a / b > 0.6 for a, b in shared):
                    grid[place] = IGNORE
                if any(a > 0 for a, _ in shared):
                    given[place] = IGNORE

    def _tokens(self, text: str, piece: Sentence, span: Span) -> TokenSpan | None:
        tokens = piece.tokens_of(span.start, span.end)
        if tokens is None or span.start < piece.starts[0] or span.end > piece.ends[-1]:
            self.lost["spans cut by the window"] += 1
            return None
        if piece.chars_of(*tokens) != (span.start, span.end):
            self.lost["spans widened to token borders"] += 1
        return tokens

    def _phrases(self, text: str, piece: Sentence, rng: random.Random) -> list[TokenSpan]:
        start, end = int(piece.starts[0]), int(piece.ends[-1])
        found = [piece.tokens_of(m.start(), m.end()) for m in PHRASE.finditer(text, start, end)]
        unique = sorted({t for t in found if t is not None})
        rng.shuffle(unique)
        return unique[: self.negatives]

    def queries(self, group: Sequence[Query], weight: float = 1.0, reading: int = 0) -> TrainWindow | None:
        """The questions asked of one text, as one block; None (and counted) where the text is too long."""
        text = group[0].text
        (ids, starts, ends) = self.encoder.tokenize(text)[0]
        if not 0 < len(ids) <= self.encoder.rule.max_tokens - 2:
            self.lost["queries longer than the window"] += len(group)
            return None
        piece = Sentence(0, ids, starts, ends)
        sources: list[TokenSpan] = []
        targets: list[TokenSpan] = []
        asked = []
        for query in group:
            source = None if query.source is None else self._place(text, piece, query.source)
            target = self._place(text, piece, query.target)
            if target is None or (query.source is not None and source is None) or query.label is None:
                self.lost["queries whose target or source is not in the text"] += 1
                continue
            for span, known in ((source, sources), (target, targets)):
                if span is not None and span not in known:
                    known.append(span)
            row = ANY_SOURCE if source is None else sources.index(source) + FIRST_SOURCE
            asked.append((row, targets.index(target) + FIRST_TARGET, self.classes[query.label]))
        if not asked:
            return None
        given = np.full((len(sources) + FIRST_SOURCE, len(targets) + FIRST_TARGET), IGNORE, dtype=np.int64)
        for _, column, number in asked:
            if number:
                given[ANY_SOURCE, column] = number  # what somebody does is done by whoever it may be, unless that was asked too
        for row, column, number in asked:
            given[row, column] = number
        window = np.concatenate([[self.encoder.opening], ids, [self.encoder.closing]])
        unknown = np.full_like(given, IGNORE)
        block = TrainBlock(1, 1 + len(ids), sources, targets, unknown, given, False, weight=weight, reading=reading)
        return TrainWindow(window, [block])

    @staticmethod
    def _place(text: str, piece: Sentence, where: tuple[int, int] | str) -> TokenSpan | None:
        if isinstance(where, str):
            found = occurrences(text, where)
            if not found:
                return None
            where = found[0]
        return piece.tokens_of(*where)
