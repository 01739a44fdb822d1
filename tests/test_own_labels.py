"""Another label set: trained, read, asked and scored without a change in code."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest
import yaml
from conftest import tiny_encoder
from typer.testing import CliRunner

import stancekit
from stancekit import checkpoint, training
from stancekit.cli import app
from stancekit.config import TrainConfig
from stancekit.corpus import from_marks, to_marks
from stancekit.data import write_records
from stancekit.errors import DataError
from stancekit.schema import Article, Query

LABELS = {"praise": "speaks well of", "blame": "holds responsible"}
NAMES = ("china", "russia", "kenya", "the ministry", "the minister")


def written(count: int, talks: str = "peace talks") -> list[Article]:
    out = []
    for n in range(count):
        a, b, c = (NAMES[(n + k) % 5] for k in range(3))
        lines = f"<a>{a}</a> supports <b>{b}</b>. {{praise a>b}}\nhe condemned <a>{c}</a>. {{blame _>a}}\n{talks} in {b}.\n"
        out += from_marks(f"### t{n}\n\n{lines}", labels=tuple(LABELS))
    return out


def queries(count: int) -> list[Query]:
    return [Query(f"{NAMES[n % 5]} supports {NAMES[(n + 1) % 5]} in {n}.", NAMES[(n + 1) % 5], None, ("praise", "none")[n % 2], f"q{n}") for n in range(count)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(data folder, model folder) of `stancekit train` with these labels."""
    folder = tmp_path_factory.mktemp("own")
    base = tiny_encoder(folder / "encoder")
    write_records(folder / "train.jsonl", written(8))
    write_records(folder / "dev.jsonl", written(3, "talks"))
    write_records(folder / "queries.jsonl", queries(6))
    (folder / "run.yaml").write_text(yaml.safe_dump(settings(folder, base), sort_keys=False))
    result = CliRunner().invoke(app, ["train", str(folder / "run.yaml")], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder, folder / "out" / "model"


def settings(folder: Path, base: Path, **data: object) -> dict:
    return {
        "base": str(base), "output": str(folder / "out"), "labels": LABELS, "window": {"max_tokens": 64, "context": 1}, "epochs": 4,
        "batch_tokens": 128, "encoder_rate": 1e-3, "head_rate": 3e-3, "average": 0.0, "precision": "fp32", "swap": 0.0, "dropout": 0.0,
        "data": {
            "articles": [{"path": str(folder / "train.jsonl")}], "queries": [{"path": str(folder / "queries.jsonl")}],
            "dev_articles": [str(folder / "dev.jsonl")], **data,
        },
    }  # fmt: skip


def test_other_labels_are_read_and_answered_with(run: tuple[Path, Path]) -> None:
    folder, model_folder = run
    for engine in ("onnx", "torch"):
        model = stancekit.load(model_folder, engine=engine)
        assert model.labels == ("praise", "blame") and model.config.labels == LABELS
        assert list(model.classify("china supports russia.", "russia").scores) == ["none", "praise", "blame"]
        found = [s for a in model.predict_many(a.text for a in written(8)) for s in a.stances]
        assert {s.stance for s in found} <= set(LABELS)
    assert (model_folder / "pair.onnx").is_file()


def test_other_labels_are_scored(run: tuple[Path, Path]) -> None:
    folder, model = run
    command = ["evaluate", str(folder / "dev.jsonl"), str(folder / "queries.jsonl"), "--model", str(model), "--json", "--resamples", "50"]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    articles, asked = json.loads(result.stdout)
    assert {"praise", "blame"} <= set(json.dumps(articles).replace('"', " ").split())
    assert {"praise", "blame"} <= set(json.dumps(asked).replace('"', " ").split())
    assert "condemnation" not in json.dumps([articles, asked])


def test_disagreements_with_a_corpus_of_other_labels(
    run: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "corpus.txt").write_text("".join(map(to_marks, written(2))), encoding="utf-8")
    scripts = Path(__file__).parent.parent / "scripts"
    monkeypatch.syspath_prepend(str(scripts))
    monkeypatch.setattr(sys, "argv", ["disagreements.py", str(run[1]), str(tmp_path / "corpus.txt")])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(scripts / "disagreements.py"), run_name="__main__")
    assert stop.value.code is None and capsys.readouterr().out.endswith(" sentences of 6\n")


def test_other_labels_start_from_a_checkpoint_with_these(run: tuple[Path, Path], tiny_checkpoint: Path) -> None:
    folder, _ = run
    begun = checkpoint.start(TrainConfig.model_validate(settings(folder, tiny_checkpoint)))
    assert tuple(begun.config.labels) == ("praise", "blame")
    assert begun.model.pair.outputs["open"].out.out_features == 3


@pytest.mark.parametrize("place", ["articles", "queries", "dev_articles", "dev_queries"])
def test_an_unknown_label_is_named_with_file_and_line_before_the_first_step(
    run: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    folder, _ = run
    records = [r.to_dict() for r in (queries(3) if "queries" in place else written(3))]
    if "queries" in place:
        records[2]["label"] = "scorn"
    else:
        records[2]["statements"][0]["stances"][0]["stance"] = "scorn"
    (tmp_path / "bad.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))

    def step(*args: object, **kwargs: object) -> None:
        raise AssertionError("training began")

    monkeypatch.setattr(training.StanceTrainer, "train", step)
    path = str(tmp_path / "bad.jsonl")
    config = settings(folder, folder / "encoder", **{place: [path if place.startswith("dev") else {"path": path}]})
    with pytest.raises(DataError, match=r"bad\.jsonl:3: .*unknown label 'scorn'; expected one of .*praise, blame"):
        training.train(TrainConfig.model_validate(config))
