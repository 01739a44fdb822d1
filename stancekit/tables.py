"""Stances as table rows: one row a stance, with stable column names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from stancekit.errors import MissingExtraError
from stancekit.schema import Article, Stance

if TYPE_CHECKING:
    import pandas

COLUMNS = (
    "id", "stance", "confidence", "source", "source_name", "source_code", "source_kind", "target", "target_name", "target_code",
    "start", "end", "sentence", "meta",
)  # fmt: skip
"""`start`, `end`: character offsets of the sentence; `meta`: the article's meta as JSON; empty cells are None."""


def rows(article: Article) -> Iterator[dict[str, Any]]:
    """The stances of an article in text order, each with `COLUMNS`."""
    meta = json.dumps(dict(article.meta), ensure_ascii=False, default=str) if article.meta else None
    for stance in article.stances:
        yield {**_cells(stance), "id": article.id, "meta": meta}


def _cells(s: Stance) -> dict[str, Any]:
    return {
        "stance": s.stance,
        "confidence": s.confidence,
        "source": s.source.text if s.source else None,
        "source_name": s.source_name,
        "source_code": s.source_code,
        "source_kind": s.source_kind,
        "target": s.target.text if s.target else None,
        "target_name": s.target_name,
        "target_code": s.target_code,
        "start": s.statement.start,
        "end": s.statement.end,
        "sentence": s.statement.text,
    }


def to_frame(articles: Article | Iterable[Article]) -> pandas.DataFrame:
    """A `pandas.DataFrame` with one row a stance and the columns `COLUMNS`. Needs the extra `tables`."""
    try:
        import pandas
    except ImportError:
        raise MissingExtraError("a data frame", "tables") from None
    items = [articles] if isinstance(articles, Article) else articles
    return pandas.DataFrame([row for article in items for row in rows(article)], columns=list(COLUMNS))
