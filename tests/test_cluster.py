"""Batches of any kind become the same tables; on Ray a killed worker loses and doubles nothing."""

from __future__ import annotations

import datetime
import json
import math
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pyarrow
import pytest
from pyarrow import parquet

from stancekit import tables
from stancekit.cluster import PredictBatch
from stancekit.errors import ConfigError, DataError
from stancekit.schema import Article

BODIES = [
    "The ministry of china condemned the attack. He said they support peace talks in kenya.",
    "",
    "russia warned kenya of the attack; the minister supports china.",
]
BATCH = {
    "key": np.array([11, 12, 13]),
    "body": np.array(BODIES, dtype=object),
    "day": np.array(["2024-05-01", "2024-05-02", "NaT"], dtype="datetime64[ns]"),
    "outlet": np.array(["A", None, None], dtype=object),
    "score": np.array([1.5, math.nan, 2.0]),
}
META = [{"day": "2024-05-01T00:00:00", "outlet": "A", "score": 1.5}, {"day": "2024-05-02T00:00:00"}, {"score": 2.0}]
KINDS = {
    "numpy": BATCH,
    "pandas": pandas.DataFrame(BATCH, index=[7, 7, 7]),
    "table": pyarrow.table(BATCH),
    "record batch": pyarrow.record_batch(pyarrow.table(BATCH).to_batches()[0].columns, names=list(BATCH)),
}


@pytest.fixture(scope="module")
def expected(tiny_model) -> list[Article]:
    found = tiny_model.predict_many(BODIES)
    return [Article(a.text, a.statements, id, meta) for a, id, meta in zip(found, ["11", "12", "13"], META, strict=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_of_any_kind_becomes_the_table_form(kind: str, tiny_checkpoint: Path, expected: list[Article]) -> None:
    made = PredictBatch(tiny_checkpoint, text_column="body", id_column="key")(KINDS[kind])
    assert made.to_pylist() == [{c: row[c] for c in tables.COLUMNS} for a in expected for row in tables.rows(a)]
    assert {row["id"] for row in made.to_pylist()} == {"11", "13"}  # the empty article has no stance


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_of_any_kind_becomes_article_records(kind: str, tiny_checkpoint: Path, expected: list[Article]) -> None:
    made = PredictBatch(tiny_checkpoint, text_column="body", id_column="key", form="articles")(KINDS[kind])
    assert made.column_names == ["id", "article"]
    assert [Article.from_dict(json.loads(line)) for line in made["article"].to_pylist()] == expected


def test_every_batch_has_the_same_types_and_foreign_values_are_kept_as_text(tiny_checkpoint: Path) -> None:
    predict = PredictBatch(tiny_checkpoint)
    some = predict(pyarrow.table({"id": ["a"], "text": BODIES[:1], "seen": [[datetime.date(2024, 5, 1)]]}))
    assert some.schema == predict({"id": np.array(["b"]), "text": np.array([""])}).schema
    assert some["meta"][0].as_py() == '{"seen": ["2024-05-01"]}'


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ({"id": ["a"], "body": ["x."]}, "id 'a': no column 'text'; there are: id, body"),
        ({"key": ["a"], "text": ["x."]}, "no column 'id'"),
        ({"id": ["a", "b"], "text": ["x.", None]}, "id 'b': no text in column 'text'"),
        ({"id": ["a", None], "text": ["x.", "y."]}, "no id in column 'id', text 'y.'"),
        ({"id": ["a", "b"], "text": ["x.", 7]}, "cannot be read as a table"),
        ({"id": ["a"], "text": ["\ud800"]}, "cannot be read as a table"),
    ],
)
def test_rows_that_do_not_fit_are_named(batch: dict[str, list[Any]], words: str, tiny_checkpoint: Path) -> None:
    with pytest.raises(DataError, match=words):
        PredictBatch(tiny_checkpoint)({name: np.array(cells, dtype=object) for name, cells in batch.items()})


def test_an_unknown_form_is_refused(tiny_checkpoint: Path) -> None:
    with pytest.raises(ConfigError, match="form 'json'; expected rows or articles"):
        PredictBatch(tiny_checkpoint, form="json")


# ---------------------------------------------------------------------------------- Ray

TEXTS = {f"n{n:02}": BODIES[n % 3].replace("attack", f"attack of {n}") for n in range(48)}


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        import ray

        ray.init(num_cpus=2, object_store_memory=100 * 2**20, include_dashboard=False, log_to_driver=False, logging_level="error")
        ray.data.DataContext.get_current().enable_progress_bars = False
        yield ray
        ray.shutdown()


@pytest.fixture(scope="module")
def wanted(tiny_model) -> dict[str, Article]:
    found = tiny_model.predict_many(TEXTS.values())
    return {id: Article(a.text, a.statements, id, {"outlet": "A"}) for id, a in zip(TEXTS, found, strict=True)}


def workers(ray: Any) -> dict[str, Any]:
    """Half a processor each leaves one for reading and writing."""
    return {"compute": ray.data.ActorPoolStrategy(size=2), "num_cpus": 0.5}


def test_a_killed_worker_loses_and_doubles_nothing(ray, tiny_checkpoint: Path, wanted: dict[str, Article], tmp_path: Path) -> None:
    """Parquet in and out. The worker dies by SIGKILL with a batch read and not yet handed over."""
    source, killed = tmp_path / "in", tmp_path / "killed"
    source.mkdir()
    cells = {"id": list(TEXTS), "text": list(TEXTS.values()), "outlet": ["A"] * len(TEXTS)}
    for n in range(0, len(TEXTS), 12):
        parquet.write_table(pyarrow.table(cells).slice(n, 12), source / f"{n:02}.parquet")

    class Mortal(PredictBatch):  # local, so that Ray sends the class itself: its workers cannot import this file
        def __call__(self, batch):
            made = super().__call__(batch)
            if "n20" in batch["id"] and not killed.exists():
                killed.write_text(str(os.getpid()))
                os.kill(os.getpid(), signal.SIGKILL)
            return made

    settings = {"model": str(tiny_checkpoint), "form": "articles"}
    data = (
        ray.data.read_parquet(str(source)).repartition(4).map_batches(Mortal, fn_constructor_kwargs=settings, batch_size=4, **workers(ray))
    )
    data.write_parquet(str(tmp_path / "out"))
    assert not Path(f"/proc/{killed.read_text()}").exists()
    made = parquet.read_table(tmp_path / "out").sort_by("id")
    assert made["id"].to_pylist() == list(TEXTS)
    same(made["article"].to_pylist(), wanted)


def same(lines: list[str], wanted: dict[str, Article]) -> None:
    """Equal but for the last bits of a confidence, which depend on the neighbours in a batch."""
    made, there = [json.loads(line) for line in lines], [a.to_dict() for a in wanted.values()]
    certainty = [[s.pop("confidence") for a in articles for x in a["statements"] for s in x["stances"]] for articles in (made, there)]
    assert made == there
    assert len(certainty[0]) > 20 and certainty[0] == pytest.approx(certainty[1], abs=2e-4)


def test_json_lines_in_and_out(ray, tiny_checkpoint: Path, wanted: dict[str, Article], tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps({"id": id, "text": text, "outlet": "A"}) + "\n" for id, text in TEXTS.items()))
    settings = {"model": str(tiny_checkpoint)}
    data = (
        ray.data.read_json(str(source), lines=True).repartition(4).map_batches(PredictBatch, fn_constructor_kwargs=settings, **workers(ray))
    )
    data.write_json(str(tmp_path / "out"))
    made = [json.loads(line) for file in (tmp_path / "out").iterdir() for line in file.read_text().splitlines()]
    there = [row for a in wanted.values() for row in tables.rows(a)]
    assert len(made) == len(there) > 20
    for line, row in zip(sorted(made, key=place), sorted(there, key=place), strict=True):
        assert line == {**row, "confidence": pytest.approx(row["confidence"], abs=2e-4)}


def place(row: dict[str, Any]) -> str:
    return json.dumps({**row, "confidence": 0}, sort_keys=True)
