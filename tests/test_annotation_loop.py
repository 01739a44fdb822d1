"""A round of annotation from end to end: predict, pick, correct in Label Studio, train, read with the new model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import SEEDS, run

import stancekit
from stancekit.convert import from_label_studio
from stancekit.corpus import read_marks
from stancekit.data import read_articles
from stancekit.schema import Article

SERVER = Path(__file__).parent / "golden" / "label_studio.json"
"""What Label Studio 1.23.2 exported (form "JSON", all tasks): the first task submitted in its editor as it was predicted, the second not
opened. An export has the numbers of predictions, not the predictions."""


def exported(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a server exports after a person has taken the stances of the first task as they are, all but the last out of the second,
    skipped the third, and not opened the rest."""
    out = []
    for number, task in enumerate(tasks, 1):
        result = task["predictions"][0]["result"]
        if number == 2:
            *others, last = [r for r in result if r["type"] == "relation"]
            assert others and last["labels"]
            kept = {last["from_id"], last["to_id"]}
            result = [last, *(r for r in result if r["type"] != "relation" and (r["id"] in kept or r["value"].get("labels") == ["STATEMENT"]))]
            result = [r for r in result if r["type"] != "choices"]
            last["labels"] = ["warning"]
        answers = [{"id": number, "was_cancelled": number == 3, "result": [] if number == 3 else result}] if number <= 3 else []
        out.append({"id": 100 + number, "annotations": answers, "predictions": [number], "data": task["data"]})
    return out


def test_what_people_corrected_trains_the_next_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    pool = list(read_marks(SEEDS / "articles" / "a1.txt"))[:4]
    Path("pool.jsonl").write_text("".join(json.dumps({"id": a.id, "text": a.text}) + "\n" for a in pool))
    assert run(monkeypatch, "predict", "pool.jsonl", "-o", "out.jsonl", "-m", tiny_checkpoint) == 0
    assert run(monkeypatch, "suggest", "out.jsonl", "tasks.json", "-n", 6) == 0
    tasks = json.loads(Path("tasks.json").read_text())
    Path("export.json").write_text(json.dumps(exported(tasks)))
    assert run(monkeypatch, "convert", "export.json", "gold.jsonl", "--to", "articles", "--reviewed") == 0
    assert f"{len(tasks)} articles written" in capsys.readouterr().err
    gold, told = list(read_articles("gold.jsonl")), [t["predictions"][0]["result"] for t in tasks]
    assert [a.statements is not None for a in gold] == [True, True, *[False] * (len(tasks) - 2)]
    assert len(gold[0].stances) == sum(len(r.get("labels") or r["value"].get("choices", [])) for r in told[0] if r["type"] != "labels")
    assert [s.stance for s in gold[1].stances] == ["warning"] and all(s.confidence is None for a in gold for s in a.stances)

    annotated = [a for a in gold if a.statements is not None]
    Path("train.jsonl").write_text("".join(json.dumps(a.to_dict()) + "\n" for a in annotated))
    settings = {
        "base": str(tiny_checkpoint),
        "output": "next",
        "data": {"articles": [{"path": "train.jsonl"}]},
        "window": {"max_tokens": 64},
        "epochs": 1,
        "precision": "fp32",
    }
    Path("next.yaml").write_text(yaml.safe_dump(settings))
    assert run(monkeypatch, "train", "next.yaml", "--no-graphs") == 0
    assert stancekit.load(tmp_path / "next" / "model", engine="torch").predict(pool[0].text).statements


def test_a_real_server_gives_back_what_it_was_given() -> None:
    tasks = json.loads(SERVER.read_text(encoding="utf-8"))
    submitted, untouched = from_label_studio(tasks)
    assert isinstance(submitted, Article) and "\U0001f600" in submitted.text
    assert [(s.stance, s.source and s.source.text, s.target and s.target.text, s.optional, s.confidence) for s in submitted.stances] == [
        ("support", "China", "Kenya", False, None),
        ("condemnation", "Kenya", "Chad", False, None),
        ("warning", None, "war", True, None),
    ]
    assert [(s.stance, s.confidence, s.source_name) for s in untouched.stances] == [("support", 0.5, "Norway")]
    assert [a.statements is None for a in from_label_studio(tasks, reviewed=True)] == [False, True]
    del tasks[1]["data"]["stancekit"]
    with pytest.raises(stancekit.DataError, match="task .*: the export has the numbers of the predictions, not the predictions"):
        list(from_label_studio(tasks))
