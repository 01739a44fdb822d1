"""Exchanging countries in training texts, so that no country is learned as good or bad.

A country's name, adjective and capital are replaced together and consistently through a text, each by
the same form of another country; all spans move along. Nothing of this is written to disk.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from stancekit.countries import applied, countries, edits, found
from stancekit.schema import Article, Query, Span, Stance, Statement


def exchange(text: str, rng: random.Random, share: float = 1.0) -> tuple[str, Callable[[int, int], tuple[int, int]]]:
    """`text` with its countries replaced by others, and the function that moves offsets along.

    `share` is the chance that a country of the text is replaced. Pairwise different countries stay different.
    """
    present = found(text)
    free = [i for i in range(len(countries())) if i not in set(present)]
    rng.shuffle(free)
    plan = {number: free.pop() for number in sorted(present) if free and rng.random() < share}
    changes = list(edits(text, plan.get))
    moves, shift = [], 0
    for start, end, new in changes:
        shift += len(new) - (end - start)
        moves.append((start, end, shift))

    def move(start: int, end: int) -> tuple[int, int]:
        return _moved(start, moves, opening=True), _moved(end, moves, opening=False)

    return applied(text, changes), move


def _moved(at: int, moves: list[tuple[int, int, int]], opening: bool) -> int:
    """A border after the edits; one inside a replaced name goes to that name's edge."""
    shift = 0
    for start, end, total in moves:
        if at >= end:
            shift = total
        elif at > start:
            return start + shift if opening else end + total
        else:
            break
    return at + shift


def exchange_article(article: Article, rng: random.Random) -> Article:
    """An annotated article with its countries exchanged."""
    text, move = exchange(article.text, rng)
    if text == article.text:
        return article

    def moved(span: Span | None) -> Span | None:
        return None if span is None else Span.of(text, *move(span.start, span.end))

    statements = []
    for statement in article.statements or ():
        span = Span.of(text, *move(statement.span.start, statement.span.end))
        stances = {}
        for s in statement.stances:
            new = Stance(s.stance, span, moved(s.source), moved(s.target), optional=s.optional)
            stances[new.key] = new
        statements.append(Statement(span, tuple(stances.values())))
    return Article(text, tuple(statements), article.id, article.meta)


def exchange_query(query: Query, rng: random.Random) -> Query:
    """A query whose target and source are offsets, with the countries of its text exchanged."""
    if isinstance(query.target, str) or isinstance(query.source, str):
        return query
    text, move = exchange(query.text, rng)
    source = None if query.source is None else move(*query.source)
    return Query(text, move(*query.target), source, query.label, query.id, query.meta)
