"""Stances as table rows: one row a stance, with stable column names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from stancekit import codes
from stancekit.errors import DataError, MissingExtraError
from stancekit.schema import NONE, Article, Span, Stance
from stancekit.text import without_surrogates

if TYPE_CHECKING:
    import pandas
    import pyarrow

FIRST_COLUMNS = (
    "id", "stance", "confidence", "source", "source_name", "source_code", "source_kind", "target", "target_name", "target_code",
    "start", "end", "sentence", "meta",
)  # fmt: skip
"""What tables of every version have."""

COLUMNS = (*FIRST_COLUMNS, "source_type", "target_type", "source_start", "source_end", "target_start", "target_end")
"""`start`, `end`: character offsets of the sentence in the article, as are those of source and target; `meta`: the article's meta as
JSON; `source_type`, `target_type`: one of `stancekit.codes.TYPES`; empty cells are None. New columns come last."""

TYPES = {"confidence": "float64", **dict.fromkeys(("start", "end", *COLUMNS[-4:]), "int64")}
"""Arrow types of the columns that are not text."""


def arrow_schema(columns: Sequence[str] = COLUMNS) -> pyarrow.Schema:
    """The Arrow schema of these columns. Types are given, not inferred: every table has the same."""
    import pyarrow

    return pyarrow.schema([(name, pyarrow.type_for_alias(TYPES.get(name, "string"))) for name in columns])


def rows(article: Article) -> Iterator[dict[str, Any]]:
    """The stances of an article in text order, each with `COLUMNS`."""
    meta = json.dumps(dict(article.meta), ensure_ascii=False, default=str) if article.meta else None
    for stance in article.stances:
        yield {**_cells(stance), "id": article.id, "meta": meta}


def storable(article: Article) -> Iterator[dict[str, Any]]:
    """Its `rows` with text that UTF-8 can hold."""
    return ({k: without_surrogates(v) if isinstance(v, str) else v for k, v in row.items()} for row in rows(article))


def _cells(s: Stance) -> dict[str, Any]:
    return {
        "stance": s.stance,
        "confidence": s.confidence,
        **_party("source", s.source, s.source_name, s.source_code),
        "source_kind": s.source_kind,
        **_party("target", s.target, s.target_name, s.target_code),
        "start": s.statement.start,
        "end": s.statement.end,
        "sentence": s.statement.text,
    }


def _party(role: str, span: Span | None, name: str | None, code: str | None) -> dict[str, Any]:
    words = name or (span and span.text)
    return {
        role: span and span.text,
        f"{role}_name": name,
        f"{role}_code": code,
        f"{role}_type": _type(words) if isinstance(words, str) else None,
        f"{role}_start": span and span.start,
        f"{role}_end": span and span.end,
    }


_type = lru_cache(maxsize=1 << 14)(codes.type_of)


def check_columns(names: Iterable[str], place: str) -> None:
    """Raises `DataError` where a table lacks columns that every version of `stancekit predict` has written."""
    known = list(names)
    missing = [column for column in FIRST_COLUMNS if column not in known]
    if missing:
        raise DataError(
            f"no column {', '.join(map(repr, missing))}; there are: {', '.join(map(str, known)) or 'none'}",
            place=place,
            remedy="give the table or the jsonl that `stancekit predict` wrote",
        )


def parse_row(cells: Mapping[str, Any], place: str) -> dict[str, Any]:
    """A row as `rows` gave it, from the cells of a file: empty cells are None, numbers numbers, columns not known left out.

    Raises `DataError` for a cell that does not fit its column.
    """
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    for column in COLUMNS:
        value = cells.get(column)
        if value is None or value == "" or value != value:
            continue
        kind = TYPES.get(column)
        try:
            row[column] = str(value) if kind is None else float(value) if kind == "float64" else int(float(value))
        except (TypeError, ValueError, OverflowError):
            raise DataError(f"{column} {value!r} is not a number", place=place, remedy="keep it as `stancekit predict` wrote it") from None
    if row["stance"] is None or row["sentence"] is None:
        empty = "stance" if row["stance"] is None else "sentence"
        raise DataError(f"no {empty} in the row", place=place, remedy="leave rows without a stance out")
    _check_values(row, place)
    return row


def _check_values(row: Mapping[str, Any], place: str) -> None:
    """Raises `DataError` for a stance that is none, a confidence that is no probability, and meta that is no JSON object."""
    if row["stance"] == NONE:
        raise DataError(f"stance {NONE!r} is not a label", place=place, remedy="leave rows without a stance out")
    sure = row["confidence"]
    if sure is not None and not 0 <= sure <= 1:
        raise DataError(f"confidence {sure!r} is not a probability in [0, 1]", place=place, remedy="empty it where it is not known")
    try:
        meta = json.loads(row["meta"] or "{}")
    except (ValueError, RecursionError):
        meta = None
    if not isinstance(meta, dict):
        raise DataError(f"meta {row['meta']!r:.80} is not a JSON object", place=place, remedy="keep it as `stancekit predict` wrote it")


def to_frame(articles: Article | Iterable[Article]) -> pandas.DataFrame:
    """A `pandas.DataFrame` with one row a stance and the columns `COLUMNS`. Needs the extra `tables`.

    Raises `TypeError` for what is no article.
    """
    try:
        import pandas
    except ImportError:
        raise MissingExtraError("a data frame", "tables") from None
    items = [articles] if isinstance(articles, Article) else articles
    frame = pandas.DataFrame([row for article in items for row in storable(_article(article))], columns=list(COLUMNS))
    # pandas would make floats of offsets as soon as one of them is missing, and objects of what is missing everywhere
    return frame.astype({column: "Int64" if kind == "int64" else kind for column, kind in TYPES.items()})


def _article(item: object) -> Article:
    """An article as it is. Raises `TypeError` for anything else."""
    if not isinstance(item, Article):
        raise TypeError(f"to_frame takes articles, got {type(item).__name__}; a record becomes one by Article.from_dict")
    return item
