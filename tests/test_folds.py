"""Cross-validation of a tiny random encoder, by the script."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from statistics import mean

import pytest
import yaml
from test_training import asked, settings, written

from stancekit.config import TrainConfig
from stancekit.data import read_articles, read_queries, write_records
from stancekit.errors import ConfigError
from stancekit.schema import Query

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import folds  # noqa: E402


def cross_validate(monkeypatch: pytest.MonkeyPatch, file: Path, count: int) -> None:
    monkeypatch.setattr(sys, "argv", ["folds.py", str(file), "--folds", str(count)])
    folds.main()


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path) -> Path:
    """Twelve articles in two files, and questions of which one stands in the first article."""
    folder = tmp_path_factory.mktemp("folds")
    articles = written(12)
    write_records(folder / "a.jsonl", articles[:7])
    write_records(folder / "b.jsonl", articles[7:])
    write_records(folder / "queries.jsonl", [*asked(6), Query(articles[0].statements[0].span.text, "russia", label="none", id="inside")])
    values = settings(
        encoder_folder, folder, folder / "out", epochs=2, dev_articles=[], dev_queries=[],
        articles=[{"path": str(folder / "a.jsonl"), "weight": 2.0}, {"path": str(folder / "b.jsonl")}],
        queries=[{"path": str(folder / "queries.jsonl")}],
    )  # fmt: skip
    (folder / "run.yaml").write_text(yaml.safe_dump(values))
    return folder / "run.yaml"


@pytest.fixture(scope="module")
def done(config: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        cross_validate(patch, config, 2)
    return config.parent / "out" / "folds"


def test_every_article_is_read_once_by_a_model_that_has_not_seen_it(done: Path) -> None:
    ids = [a.id for a in read_articles(done / "out_of_fold.jsonl")]
    assert sorted(ids) == sorted(a.id for a in written(12))
    for number in (1, 2):
        fold = done / f"fold-{number}"
        recipe = json.loads((fold / "model" / "stancekit.json").read_text())["recipe"]["config"]
        sources = recipe["data"]["articles"]
        assert [s["weight"] for s in sources] == [2.0, 1.0]
        trained_on = {a.id for s in sources for a in read_articles(s["path"])}
        held = {a.id for a in read_articles(fold / "predictions.jsonl")}
        assert len(held) == 6 and not trained_on & held and trained_on | held == set(ids)
        dev = set(Path(recipe["data"]["dev_ids"]).read_text().split())
        assert len(dev) == 1 and dev < trained_on, "what chooses the best epoch is not what is scored"
        asked_there = {q.id for q in read_queries(recipe["data"]["queries"][0]["path"])}
        assert ("inside" in asked_there) == ("t0" in trained_on)


def test_scores_errors_and_doubtful_sentences_are_written(done: Path) -> None:
    scores = json.loads((done / "scores.json").read_text())
    assert [row["articles"] for row in scores["folds"]] == [6, 6]
    for level in folds.LEVELS:
        assert scores["summary"][level]["mean"] == pytest.approx(mean(row[level] for row in scores["folds"]), abs=1e-4)
    assert scores["all"]["articles"] == 12 and scores["all"]["recipe"]["folds"] == 2
    assert "model" not in scores["all"]["recipe"], "the scores are not those of one model"
    assert "<html" in (done / "out_of_fold.html").read_text()
    found = [s for a in read_articles(done / "out_of_fold.jsonl") for s in a.stances]
    sure = [float(line[:4]) for line in (done / "doubtful.txt").read_text().splitlines() if line[:1].isdigit()]
    assert sure == sorted(sure, reverse=True) and len(sure) <= len(found)


def test_it_goes_on_fold_by_fold(done: Path, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    before = json.loads((done / "scores.json").read_text())["folds"]
    shutil.rmtree(done / "fold-2")
    trained = []
    monkeypatch.setattr(folds, "train", lambda settings, resume: trained.append((settings.output, resume)) or train(settings, resume))
    from stancekit.training import train

    cross_validate(monkeypatch, config, 2)
    assert trained == [(str(done / "fold-2"), True)]
    assert not list(done.glob("fold-*/checkpoint-*"))
    after = json.loads((done / "scores.json").read_text())["folds"]
    assert after[0] == before[0] and after[1]["stance_target"] == pytest.approx(before[1]["stance_target"], abs=0.05)
    assert "mean ± sd" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="holds folds of another configuration or other articles"):
        cross_validate(monkeypatch, config, 3)


def test_own_held_out_articles_choose_and_are_in_no_fold(config: Path, tmp_path: Path) -> None:
    (tmp_path / "dev.txt").write_text("t3\nt4\n")
    values = yaml.safe_load(config.read_text())
    values |= {"output": str(tmp_path / "out"), "data": {**values["data"], "dev_ids": str(tmp_path / "dev.txt")}}
    made = folds.Folds(TrainConfig.model_validate(values), 5)
    made.begin()
    assert sorted(a.id for n in range(1, 6) for a in made.gold(n)) == sorted({a.id for a in written(12)} - {"t3", "t4"})
    assert made.settings(1).data.dev_ids == str(tmp_path / "dev.txt")


def test_a_file_of_which_a_fold_leaves_nothing_is_not_named(config: Path, tmp_path: Path) -> None:
    one = written(13)[12]
    write_records(tmp_path / "one.jsonl", [one])
    write_records(tmp_path / "q.jsonl", [Query(one.text, "russia", label="none")])
    values = yaml.safe_load(config.read_text())
    data = {"articles": [*values["data"]["articles"], {"path": str(tmp_path / "one.jsonl")}], "queries": [{"path": str(tmp_path / "q.jsonl")}]}
    made = folds.Folds(TrainConfig.model_validate({**values, "output": str(tmp_path / "out"), "data": {**values["data"], **data}}), 13)
    made.begin()
    without = made.settings(made.fold["t12"]).data
    assert len(without.articles) == 2 and not without.queries


def test_folds_are_even_seeded_and_no_more_than_articles() -> None:
    articles = written(11)
    assignment = folds.assign([*articles, *articles[:3]], 4, 13)
    counts = [list(assignment.values()).count(n) for n in range(1, 5)]
    assert sorted(counts) == [2, 3, 3, 3]
    assert assignment == folds.assign(articles, 4, 13) != folds.assign(articles, 4, 14)
    for few in ([], articles[:1]):
        with pytest.raises(ConfigError, match=f"data.articles: {len(few)} articles .* cannot be divided into folds; give at least 2"):
            folds.assign(few, 5, 13)
    for count in (1, 12):
        with pytest.raises(ConfigError, match=f"--folds {count}: expected 2 to 11"):
            folds.assign(articles, count, 13)
