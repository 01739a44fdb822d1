"""What to annotate next: the statements that a model is least sure of, no two alike."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from stancekit.errors import ConfigError, DataError, MissingExtraError
from stancekit.schema import Article, Span, Statement
from stancekit.text import sentences

_BLOCK = 256
"""Texts compared at a time: a product of matrices for each text costs more than its numbers do."""
_sentences = lru_cache(maxsize=128)(sentences)  # the suggestions of one article need them again and again


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A statement worth annotating."""

    article: Article
    """The predicted article it stands in."""
    statement: Statement
    confidence: float
    """The confidence of its stances that lies nearest the threshold."""
    uncertainty: float
    """1 where that confidence equals the threshold, 0 where it is as far from it as a probability can be."""

    def to_article(self, context: int = 0) -> Article:
        """The statement as an article of its own, with `context` sentences before and after it, ready for an annotation tool.

        All of its text is to be annotated (an annotated article says that its other sentences carry no stance). Predicted statements
        inside it come along. The id is the article's with the offsets after it; `meta` adds `article`, `start`, `end` and `uncertainty`.
        """
        span = self.statement.span
        around = _sentences(self.article.text) if context else []
        first = bisect_right(around, span.start, key=lambda s: s[1])
        last = bisect_left(around, span.end, key=lambda s: s[0])
        before, after = around[max(0, first - context) : first], around[last : last + context]
        start, end = min([span.start, *(a for a, _ in before)]), max([span.end, *(b for _, b in after)])
        statements = self.article.statements or ()
        low = bisect_left(statements, start, key=lambda s: s.span.start)
        inside = statements[low : bisect_right(statements, end, key=lambda s: s.span.end)]
        where = {"article": self.article.id, "start": start, "end": end, "uncertainty": round(self.uncertainty, 4)}
        return Article(
            self.article.text[start:end],
            tuple(moved(s, -start) for s in inside),
            f"{self.article.id}#{start}-{end}",
            {**self.article.meta, **where},
        )


def moved(statement: Statement, by: int) -> Statement:
    """The statement `by` characters further on, in another text."""

    def move(span: Span) -> Span:
        return Span(span.start + by, span.end + by, span.text)

    at = move(statement.span)
    return Statement(
        at,
        tuple(
            replace(s, statement=at, source=move(s.source) if s.source else None, target=move(s.target) if s.target else None)
            for s in statement.stances
        ),
    )


def suggest(articles: Iterable[Article], number: int, threshold: float = 0.5, similarity: float = 0.7) -> list[Suggestion]:
    """At most `number` predicted statements worth annotating next, the most uncertain first, no two of them near-duplicates.

    Uncertain: a confidence near `threshold` (the model's `config.decode.threshold`). Near-duplicates: sentences whose TF-IDF vectors of
    character 3- to 5-grams have a cosine of at least `similarity`; the most uncertain of them stays. Statements whose stances carry no
    confidence are passed over. Needs scikit-learn (the extra `evaluate`).

    Raises `ConfigError` for a number below 1, a threshold outside [0, 1] or a similarity outside (0, 1), `DataError` where no stance has a
    confidence.
    """
    if number < 1:
        raise ConfigError(f"number is {number}; expected at least 1")
    if not 0 <= threshold <= 1:
        raise ConfigError(f"threshold is {threshold}; expected a number from 0 to 1")
    if not 0 < similarity < 1:
        raise ConfigError(f"similarity is {similarity}; expected a number between 0 and 1")
    found = [s for article in articles for s in _candidates(article, threshold)]
    if not found:
        raise DataError("no statement has a stance with a confidence", remedy="give articles that a model predicted")
    found.sort(key=lambda s: -s.uncertainty)
    return [found[i] for i in _distinct([s.statement.span.text for s in found], number, similarity)]


def _candidates(article: Article, threshold: float) -> Iterator[Suggestion]:
    for statement in article.statements or ():
        confidences = [s.confidence for s in statement.stances if s.confidence is not None]
        if confidences and statement.span.text.strip():
            nearest = min(confidences, key=lambda c: abs(c - threshold))
            yield Suggestion(article, statement, nearest, 1 - abs(nearest - threshold) / max(threshold, 1 - threshold))


def _distinct(texts: Sequence[str], number: int, similarity: float) -> list[int]:
    """The indices of the first `number` texts that are like none before them."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError:
        raise MissingExtraError("choosing what to annotate", "evaluate") from None
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(texts)
    chosen: list[int] = []
    for start in range(0, len(texts), _BLOCK):
        block = vectors[start : start + _BLOCK]
        free = np.ones(block.shape[0], bool)
        if chosen:
            free &= (vectors[chosen] @ block.T).max(axis=0).toarray()[0] < similarity
        for row in range(len(free)):
            if free[row]:
                chosen.append(start + row)
                if len(chosen) == number:
                    return chosen
                free &= (block[[row]] @ block.T).toarray()[0] < similarity
    return chosen
