"""How the scripts end: an expected mistake is one line and exit code 1, not a traceback."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"
sys.path.insert(0, str(SCRIPTS))

TEXT = "Kenya condemned Mali."
STANCE = {"stance": "condemnation", "source": [0, 5], "target": [16, 20]}
STATEMENT = {"start": 0, "end": len(TEXT), "stances": [STANCE]}
FILES = {
    "articles.jsonl": [{"id": "a", "text": TEXT, "statements": [STATEMENT]}],
    "second.jsonl": [{"id": "a", "statements": [{**STATEMENT, "stances": [{**STANCE, "source": None}]}]}],
    "none.jsonl": [{"id": "a", "text": TEXT, "statements": []}],
    "changed.jsonl": [{"id": "a", "text": "It rained.", "statements": []}],
    "bare.jsonl": [{"id": "a"}],
    "other.jsonl": [{"id": "b", "statements": []}],
    "queries.jsonl": [{"id": n, "text": TEXT, "target": "Mali", "label": label} for n, label in (("q", "none"), ("r", "warning"))],
    "answers.jsonl": [{"id": "q", "label": "none"}, {"id": "r", "label": "support"}],
    "unasked.jsonl": [{"id": "s", "label": "none"}],
    "empty.jsonl": [],
    "unread.jsonl": [{"id": "a", "text": TEXT}],
    **dict.fromkeys(("plv_dev.queries.jsonl", "dse_valid.queries.jsonl", "unscon.sentences.jsonl"), []),
}
MARKS = "### a\n\n<a>Kenya</a> condemned <b>Mali</b>. {condemnation a>b}\n"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files where the script runs."""
    for name, records in FILES.items():
        (tmp_path / name).write_text("".join(json.dumps(r) + "\n" for r in records))
    (tmp_path / "ids.txt").write_text("a\n")
    (tmp_path / "marks.txt").write_text(MARKS)
    monkeypatch.chdir(tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, command: str) -> object:
    """What a script exits with, run in this process as `python scripts/…` runs it; what is no number is told, with exit code 1."""
    words = command.split()
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(SCRIPTS / words[0]), run_name="__main__")
    return stop.value.code


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("adapt.py nope.txt --output out", "no such file or folder: nope.txt; check the path"),
        ("folds.py nope.yaml", "no such configuration file: nope.yaml"),
        ("search.py nope.yaml --trials 1", "no such configuration file: nope.yaml"),
        ("average.py out default --articles nope.jsonl --dev-ids ids.txt", "no such file: nope.jsonl"),
        ("average.py out default --articles articles.jsonl --dev-ids nope.txt", "No such file or directory: nope.txt"),
        ("average.py out nope --articles articles.jsonl --dev-ids ids.txt", "nope has no stancekit.json"),
        ("disagreements.py default nope.txt", "no such file or folder: nope.txt"),
        ("fit_given.py nope --public .", "nope"),
        ("agreement.py nope.jsonl second.jsonl", "no such file: nope.jsonl"),
        ("agreement.py articles.jsonl queries.jsonl", "articles.jsonl:1: a record with the keys id, text, statements is no answered question"),
        ("agreement.py queries.jsonl unasked.jsonl", "unasked.jsonl: question 's' is not in queries.jsonl"),
        ("agreement.py queries.jsonl second.jsonl", "queries.jsonl:1: query 'q' stands among articles"),
        ("agreement.py articles.jsonl empty.jsonl", "empty.jsonl is empty"),
        ("agreement.py articles.jsonl bare.jsonl", "bare.jsonl:1: article 'a' is not annotated"),
        ("agreement.py articles.jsonl changed.jsonl", "changed.jsonl:1: article 'a' has another text than in articles.jsonl"),
        ("agreement.py articles.jsonl other.jsonl", "other.jsonl:1: article 'b' is not in articles.jsonl"),
        ("corpus_statistics.py nope.jsonl", "no such file: nope.jsonl"),
        ("build_corpus.py --public nope --unlabelled nope.jsonl --output out", "no such file: nope/dse_train.queries.jsonl"),
        ("checklist.py --model nope", "nope"),
        ("time_evaluation.py --data nope.jsonl", "no such file: nope.jsonl"),
        ("benchmark.py --lengths nope.jsonl", "no such file: nope.jsonl"),
        ("benchmark_public.py plv --path nope", "no such folder: nope"),
        ("quality.py --dev nope.jsonl --public .", "no such file: nope.jsonl"),
        ("quality.py --dev unread.jsonl --public .", "unread.jsonl:1: article 'a' is not annotated"),
        ("measure_names.py nope.jsonl", "no such file: nope.jsonl"),
        ("overlap.py articles.jsonl --ids nope.txt", "No such file or directory: nope.txt"),
    ],
)
def test_an_expected_mistake_is_one_line(command: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(monkeypatch, command)
    assert isinstance(told, str) and message in told and "\n" not in told


@pytest.mark.parametrize(
    ("command", "package", "modules", "extra"),
    [
        ("check_report.py report.html", "playwright", (), "browser"),
        ("search.py run.yaml --trials 1", "optuna", ("stancekit.search",), "search"),
        ("folds.py run.yaml", "accelerate", ("stancekit.training",), "train"),
        ("adapt.py marks.txt --output out", "accelerate", ("folds", "stancekit.training"), "train"),
    ],
)
def test_a_missing_extra_is_named(command: str, package: str, modules: tuple[str, ...], extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [m for m in sys.modules if m in modules or m.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    assert f"pip install 'stancekit[{extra}]'" in str(run(monkeypatch, command))


def test_agreement_of_articles_and_of_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "agreement.py articles.jsonl second.jsonl") is None
    found = json.loads(capsys.readouterr().out)
    assert found["articles"] == found["sentences"] == 1
    assert [found[level]["f1"] for level in ("statement", "stance_target", "stance_source_target")] == [1.0, 1.0, 0.0]
    assert run(monkeypatch, "agreement.py queries.jsonl answers.jsonl") is None
    found = json.loads(capsys.readouterr().out)
    assert found["questions"] == 2 and found["equal"] == 0.5 and found["f1"]["none"] == 1.0 and found["f1"]["warning"] == 0.0


def test_kappa_is_over_all_sentences_whichever_have_an_entry(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text, stance = f"{TEXT} Peru backed Chad. It rained.", {"start": len(TEXT) + 1, "end": len(TEXT) + 18, "stances": [{"stance": "support"}]}
    for name, statements in (("one", [STATEMENT]), ("two", [STATEMENT, stance]), ("no", [])):
        Path(f"{name}.jsonl").write_text(json.dumps({"id": "a", "text": text, "statements": statements}))
    for command, kappa in (("one.jsonl two.jsonl", 0.5), ("two.jsonl one.jsonl", 0.5), ("one.jsonl one.jsonl", 1.0), ("no.jsonl no.jsonl", None)):
        assert run(monkeypatch, f"agreement.py {command}") is None
        found = json.loads(capsys.readouterr().out)
        assert (found["sentences"], found["kappa"]) == (3, kappa)


def test_statistics_of_articles_without_a_stance(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "corpus_statistics.py --help") == 0
    assert "corpus_statistics.py [-h] CORPUS" in capsys.readouterr().out
    assert run(monkeypatch, "corpus_statistics.py none.jsonl articles.jsonl") is None
    rows = {row.split("│")[1].strip(): [cell.strip() for cell in row.split("│")[2:4]] for row in capsys.readouterr().out.splitlines() if "│" in row}
    assert rows["target words, mean"] == ["–", "1.0"] and rows["words a sentence, median (10 % – 90 %)"] == ["3 (3 – 3)", "3 (3 – 3)"]


def test_disagreements_with_the_shipped_model(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "disagreements.py default marks.txt") is None
    assert capsys.readouterr().out.endswith(" sentences of 1\n")


@pytest.mark.parametrize(
    ("public", "unlabelled", "file"),
    [("out", "rest.jsonl", "dse_train.queries.jsonl"), (".", "out/real.articles.jsonl", "real.articles.jsonl")],
)
def test_training_files_are_not_built_over_what_is_read(public: str, unlabelled: str, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out").mkdir()
    for folder in (".", "out"):
        for name in ("dse_train.queries.jsonl", "dse_valid.queries.jsonl", "unscon.sentences.jsonl"):
            Path(folder, name).write_text(json.dumps({"id": f"{folder}-{name}", "text": TEXT, "target": "Mali", "label": "none"}) + "\n")
    Path(unlabelled).write_text(json.dumps({"id": "a", "text": TEXT}) + "\n")
    before = {f: f.read_bytes() for f in Path().rglob("*") if f.is_file()}
    told = run(monkeypatch, f"build_corpus.py --public {public} --unlabelled {unlabelled} --output ./out")
    assert told == f"out/{file} is read here and would be overwritten; give the output another name"
    assert before == {f: f.read_bytes() for f in Path().rglob("*") if f.is_file()}
