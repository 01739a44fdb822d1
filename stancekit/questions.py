"""Given-target questions as the model reads them: where a query is asked, and of whom."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stancekit.decoding import SOURCE, TARGET, TokenSpan
from stancekit.encoding import Encoder, Floats, Ints, Sentence
from stancekit.errors import DataError
from stancekit.schema import Query
from stancekit.text import occurrences

MOST_AHEAD = 60
"""Characters before a name that may belong to its phrase."""

_PREPOSITIONS = (
    "of|in|on|for|to|by|with|from|at|against|between|over|about|into|toward|towards|under|after|before|during|as|than|through|without"
)
_BORDER = re.compile(rf"(?:[,;:.?!—–()“”\"\n]|(?<!\w)(?:{_PREPOSITIONS}|and|or|that|but|nor|not)(?!\w))\s*")
"""What no phrase reaches back over, so that "Kenya" is not completed to "the attack on Kenya"."""
_GOES_ON = re.compile(rf"\s+(?:{_PREPOSITIONS}|that|who|which)(?!\w)")
"""What follows the head of a longer phrase: "attack" in "the attack on Kenya"."""


@dataclass(frozen=True)
class Question:
    """One place where a query is asked. start, end: the block in the window, [context, ...) of it is the
    target's name where the text does not hold it; source, target: token ranges of the block."""

    owner: int
    ids: Ints
    start: int
    end: int
    context: int
    source: TokenSpan | None
    target: TokenSpan
    source_room: TokenSpan | None = None
    target_room: TokenSpan | None = None
    """How far the phrase around a name that was given as a string may reach; None where a span was given."""

    def place(self, span: tuple[int, int] | None) -> tuple[int, int]:
        """A token range of the block in the window; an empty one for none."""
        return (0, 0) if span is None else (self.start + span[0], self.start + span[1])


def questions(encoder: Encoder, query: Query, owner: int) -> list[Question]:
    """Where a query is asked: once for the whole text if it is short, else in the sentences that hold the target."""
    if not query.text.strip():
        raise DataError(f"query {query.id!r}: the text is empty", remedy="give the sentence or article to read")
    name = query.text[slice(*query.target)] if isinstance(query.target, tuple) else query.target
    if not any(c.isalnum() for c in name):
        raise DataError(f"query {query.id!r}: the target {name!r} has nothing to read", remedy="give a name")
    limit = encoder.rule.max_tokens - 2
    ids, starts, ends = encoder.tokenize(query.text)[0]
    whole = Sentence(0, ids, starts, ends)
    places = _occurrences(query.text, query.target)
    short = 0 < len(whole) <= min(limit, 160)
    pieces: Sequence[Sentence] = (whole,) if short else encoder.article(query.text).sentences
    asked = []
    firsts = [int(piece.starts[0]) for piece in pieces]
    for start, end in places:
        for number in range(max(0, bisect_right(firsts, start) - 1), len(firsts)):
            if firsts[number] >= end:
                break
            target = pieces[number].tokens_of(start, end)
            if target is not None:
                asked.append(_inside(encoder, query, owner, pieces, number, target))
                break
    if asked:
        return _with_source(query, asked)
    whole_text = f"{query.text} {name}"  # a country has the same stand-in in both
    extra = encoder.tokenize(whole_text, [(len(query.text) + 1, len(whole_text))])[0][0][: limit // 4]
    if not len(extra):
        raise DataError(f"query {query.id!r}: the target {name!r} has nothing to read", remedy="give a name")
    asked = [q for n in range(len(firsts)) for q in _outside(encoder, query, owner, pieces, n, extra)]
    if not asked:
        raise DataError(f"query {query.id!r}: the text {query.text[:40]!r} has nothing to read", remedy="give the sentence or article")
    return _with_source(query, asked)


def _with_source(query: Query, asked: list[Question]) -> list[Question]:
    """Of several places those that hold the source asked about, if any does."""
    return [q for q in asked if q.source is not None] or asked


def _inside(encoder: Encoder, query: Query, owner: int, pieces: Sequence[Sentence], number: int, target: tuple[int, int]) -> Question:
    """The target's sentence as block, with the sentences before it as context."""
    limit = encoder.rule.max_tokens - 2
    piece = pieces[number]
    lead, total = number, len(piece)
    while lead > 0 and number - lead < encoder.rule.context and total + len(pieces[lead - 1]) <= limit // 2:
        lead -= 1
        total += len(pieces[lead])
    window = np.concatenate([[encoder.opening], *(p.ids for p in pieces[lead : number + 1]), [encoder.closing]])
    start = 1 + total - len(piece)
    source = _source(query, piece)
    rooms = _room(query.source, source, query.text, piece), _room(query.target, target, query.text, piece)
    return Question(owner, window.astype(np.int64), start, start + len(piece), len(piece), source, target, *rooms)


def _outside(encoder: Encoder, query: Query, owner: int, pieces: Sequence[Sentence], number: int, extra: Ints) -> Iterator[Question]:
    """The target's name after the sentence: what is asked where the text does not hold it."""
    limit = encoder.rule.max_tokens - 3 - len(extra)
    piece = pieces[number]
    for first in range(0, len(piece), limit):
        cut = slice(first, first + limit)
        part = Sentence(piece.index, piece.ids[cut], piece.starts[cut], piece.ends[cut])
        n = len(part)
        window = np.concatenate([[encoder.opening], part.ids, [encoder.closing], extra, [encoder.closing]])
        source = _source(query, part)
        room = _room(query.source, source, query.text, part)
        yield Question(owner, window.astype(np.int64), 1, 2 + n + len(extra), n, source, (n + 1, n + 1 + len(extra)), room)


def _source(query: Query, piece: Sentence) -> tuple[int, int] | None:
    if query.source is None or not len(piece):
        return None
    for start, end in _occurrences(query.text, query.source):
        if start >= piece.starts[0] and end <= piece.ends[-1]:
            return piece.tokens_of(start, end)
    return None


def _occurrences(text: str, what: tuple[int, int] | str) -> list[tuple[int, int]]:
    return [what] if isinstance(what, tuple) else occurrences(text, what)


def _room(asked: object, span: TokenSpan | None, text: str, piece: Sentence) -> TokenSpan | None:
    """The tokens that the phrase around a name may reach: back to the nearest border, on where a preposition follows."""
    if span is None or not isinstance(asked, str):
        return None
    start, end = piece.chars_of(*span)
    first = max(int(piece.starts[0]), start - MOST_AHEAD)
    first = max([first, *(m.end() for m in _BORDER.finditer(text, first, start) if m.end() <= start)])
    ahead = piece.tokens_of(first, start) if first < start else None
    return ahead[0] if ahead else span[0], len(piece) if _GOES_ON.match(text, end) else span[1]


def completed(asked: Sequence[Question], mentions: Floats) -> list[Question]:
    """Questions whose names, given as strings, are the phrases that they head: "coup" is asked as "the coup", as articles are read.

    mentions: (questions, 2, tokens, tokens), log-odds of span [i, j] of each block, sources first. A name gives way to a phrase in its
    room that is likelier a mention.
    """
    out = []
    for question, scores in zip(asked, mentions, strict=True):
        source = _likeliest(question.source, question.source_room, scores[SOURCE])
        target = _likeliest(question.target, question.target_room, scores[TARGET])
        out.append(replace(question, source=source, target=target or question.target))
    return out


def _likeliest(span: TokenSpan | None, room: TokenSpan | None, scores: Floats) -> TokenSpan | None:
    if span is None or room is None:
        return span
    around = scores[room[0] : span[0] + 1, span[1] - 1 : room[1]]
    first, last = np.unravel_index(int(around.argmax()), around.shape)
    if around[first, last] <= around[-1, 0]:
        return span
    return room[0] + int(first), span[1] + int(last)
