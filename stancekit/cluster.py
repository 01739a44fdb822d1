"""Reads batches of a distributed data set: a class for `ray.data.Dataset.map_batches` and for pandas UDFs in Spark.

    articles = ray.data.read_parquet("news/")                                # or read_json
    workers = ray.data.ActorPoolStrategy(size=4)
    stances = articles.map_batches(PredictBatch, fn_constructor_kwargs={"text_column": "body"}, compute=workers, num_cpus=2, batch_size=256)
    stances.write_parquet("stances/")                                        # or write_json: JSON Lines

Distribution, files and restarts are the engine's. A batch read again after a crash gives the same rows: they depend on the
batch alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from stancekit.errors import ConfigError, DataError, MissingExtraError
from stancekit.inputs import Columns, Text, text_of
from stancekit.pipeline import load
from stancekit.schema import Article
from stancekit.tables import COLUMNS, arrow_schema, rows

if TYPE_CHECKING:
    import numpy as np
    import pandas
    import pyarrow

    Batch: TypeAlias = Mapping[str, np.ndarray[Any, Any]] | pandas.DataFrame | pyarrow.Table | pyarrow.RecordBatch

FORMS: dict[str, tuple[str, ...]] = {"rows": COLUMNS, "articles": ("id", "article")}
"""What a batch turns into, with its columns."""


class PredictBatch:
    """Loads the model once and turns batches of articles into tables.

    `form` "rows": one row a stance, `stancekit.tables.COLUMNS`; an article without stances has none. "articles": one row an
    article, `id` and `article`, its record as JSON (README, "Record forms"). Columns other than `text_column` and `id_column`
    go into the article's `meta`, empty cells (null, NaN) left out.

    `model`: as for `stancekit.load`, and within reach of every worker. `threads`: by default OMP_NUM_THREADS, which Ray and
    Spark set to a worker's processors, else 1.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        *,
        text_column: str = "text",
        id_column: str = "id",
        form: str = "rows",
        threads: int | None = None,
    ) -> None:
        if form not in FORMS:
            raise ConfigError(f"form {form!r}; expected {' or '.join(FORMS)}")
        self.form, self.text_column, self.id_column = form, text_column, id_column
        self.model = load(model, threads=threads or _share())

    def __call__(self, batch: Batch) -> pyarrow.Table:
        """The table of a batch: a dictionary of numpy arrays, a pandas frame, or an Arrow table or record batch.

        Raises `DataError` that names the row for a text that is none, an id that is missing, and a column that is not there.
        """
        arrow = _arrow()
        texts = [self._text(record) for record in _table(batch).to_pylist()]
        records: list[dict[str, Any]] = []
        for text, found in zip(texts, self.model.predict_many(t.text for t in texts), strict=True):
            article = Article(found.text, found.statements, text.id, text.meta)
            records += rows(article) if self.form == "rows" else [{"id": article.id, "article": _json(article)}]
        return arrow.Table.from_pylist(records, arrow_schema(FORMS[self.form]))

    def _text(self, record: Mapping[str, Any]) -> Text:
        key = self.id_column
        return text_of(record, f"{key} {record.get(key)!r}", Columns(self.text_column, key), 0)


def _json(article: Article) -> str:
    return json.dumps(article.to_dict(), ensure_ascii=False, default=str)


def _share() -> int:
    value = os.environ.get("OMP_NUM_THREADS", "")
    return int(value) if value.isdigit() and int(value) > 0 else 1


def _arrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise MissingExtraError("reading batches on a cluster", "ray") from None
    return pyarrow


def _table(batch: Batch) -> pyarrow.Table | pyarrow.RecordBatch:
    """Any batch as an Arrow table."""
    arrow = _arrow()
    if isinstance(batch, (arrow.Table, arrow.RecordBatch)):
        return batch
    try:
        if isinstance(batch, Mapping):
            cells = {name: column if column.ndim == 1 else list(column) for name, column in batch.items()}
            return arrow.table({name: arrow.array(column, from_pandas=True) for name, column in cells.items()})
        return arrow.Table.from_pandas(batch, preserve_index=False)
    except (arrow.ArrowException, UnicodeEncodeError) as error:
        raise DataError(f"a batch cannot be read as a table: {error}", remedy="give each column values of one type, or drop it") from None
