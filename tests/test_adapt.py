"""The script a newcomer runs once, on a tiny model."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest
import yaml
from conftest import SEEDS
from test_faults import full_disk
from test_training import settings, written

import stancekit
from stancekit import checkpoint
from stancekit.config import TrainConfig
from stancekit.corpus import to_marks
from stancekit.data import read_articles
from stancekit.encoding import statement_spans
from stancekit.errors import ConfigError, DataError
from stancekit.evaluation import evaluate_articles
from stancekit.schema import Article
from stancekit.training import train

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import adapt  # noqa: E402


def run(monkeypatch: pytest.MonkeyPatch, *options: str) -> None:
    monkeypatch.setattr(sys, "argv", ["adapt.py", *options])
    adapt.main()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve articles of four sentences, as marks."""
    file = tmp_path_factory.mktemp("adapt") / "genre.txt"
    file.write_text("\n".join(to_marks(a) for a in written(12)))
    return file


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path, data: Path) -> Path:
    folder = tmp_path_factory.mktemp("adapted")
    recipe = settings(tiny_checkpoint, folder, folder, epochs=10, dropout=0.0, swap=0.0, encoder_rate=3e-3, head_rate=6e-3)
    recipe["data"] = {"articles": [{"path": "unused.jsonl"}]}
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    options = ["--sizes", "0,7,22", "--seeds", "2", "--base", str(tiny_checkpoint), "--config", str(folder / "recipe.yaml")]
    with pytest.MonkeyPatch.context() as patch:
        run(patch, str(data), *options, "--output", str(folder / "out"))
    return folder / "out"


def rows(output: Path) -> list[dict[str, str]]:
    """The models' lines of the curve."""
    return [r for r in csv.DictReader((output / "curve.csv").open()) if r["seed"] != "mean"]


def test_whole_articles_of_one_half_are_trained_on_and_the_other_is_scored(output: Path) -> None:
    held = list(read_articles(output / "held_out.jsonl"))
    rest = {a.id for a in written(12)} - {a.id for a in held}
    assert len(held) == 6
    drawn = {}
    for size, count in ((7, 2), (22, 6)):
        for seed in (1, 2):
            articles = list(read_articles(output / f"{size}-{seed}" / "train.jsonl"))
            drawn[size, seed] = {a.id for a in articles}
            assert len(articles) == len(drawn[size, seed]) == count and drawn[size, seed] <= rest
            assert sum(len(statement_spans(a)) for a in articles) == 4 * count
    assert drawn[7, 1] != drawn[7, 2] and drawn[7, 1] < drawn[22, 1]
    assert [(r["size"], r["seed"], r["sentences"]) for r in rows(output)] == [
        ("0", "", "0"), ("7", "1", "8"), ("7", "2", "8"), ("22", "1", "24"), ("22", "2", "24"),
    ]  # fmt: skip


def test_the_curve_holds_what_evaluate_says(output: Path, tiny_checkpoint: Path) -> None:
    gold = list(read_articles(output / "held_out.jsonl"))
    for row, folder in zip(rows(output), [tiny_checkpoint, *(output / n / "model" for n in ("7-1", "7-2", "22-1", "22-2"))], strict=True):
        report = evaluate_articles(stancekit.load(folder), gold)
        entry = report["scores"]["stance_target/overlap"]
        assert float(row["f1"]) == entry["micro"]["f1"] and (float(row["low"]), float(row["high"])) == entry["interval"]
        assert float(row["false_per_1000"]) == report["stance_free"]["per_1000"]
        page = "shipped" if row["size"] == "0" else f"{row['size']}-{row['seed']}"
        assert "<html" in (output / f"{page}.html").read_text()
        if row["size"] == "0":
            assert row["gain"] == row["p_value"] == ""
        else:
            assert float(row["gain"]) == pytest.approx(float(row["f1"]) - float(rows(output)[0]["f1"]), abs=1e-3)
            assert float(row["gain_low"]) <= float(row["gain"]) <= float(row["gain_high"]) and 0 <= float(row["p_value"]) <= 1
            assert "Where they differ" in (output / f"{page}.compared.html").read_text()


def test_the_gain_of_a_size_is_that_of_its_models_on_average(output: Path) -> None:
    means = [r for r in csv.DictReader((output / "curve.csv").open()) if r["seed"] == "mean"]
    assert [r["size"] for r in means] == ["7", "22"]
    for row in means:
        models = [r for r in rows(output) if r["size"] == row["size"]]
        for key in ("f1", "gain", "false_per_1000"):
            assert float(row[key]) == pytest.approx(sum(float(r[key]) for r in models) / 2, abs=1e-3)
        assert float(row["gain_low"]) <= float(row["gain"]) <= float(row["gain_high"]) and row["low"] == row["p_value"] == ""


def test_a_model_that_is_there_is_kept_where_it_is_made_of_the_same(
    output: Path, tiny_checkpoint: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = yaml.safe_load((output.parent / "recipe.yaml").read_text()) | {"epochs": 1}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    made: list[int] = []
    monkeypatch.setattr(adapt, "train", lambda config, checkpoints: made.append(config.seed) or train(config, checkpoints=checkpoints))

    def again(file: Path = data) -> list[int]:
        made.clear()
        options = ["--sizes", "8", "--seeds", "1", "--base", str(tiny_checkpoint), "--config", str(tmp_path / "recipe.yaml")]
        run(monkeypatch, str(file), *options, "--output", str(tmp_path / "out"))
        return list(made)

    assert again() == [1]
    before = (tmp_path / "out" / "curve.csv").read_text()
    assert again() == [] and (tmp_path / "out" / "curve.csv").read_text() == before
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe | {"epochs": 2}))
    assert again() == [1] and again() == []
    (tmp_path / "other.txt").write_text("\n".join(to_marks(a).replace("### ", "### other-") for a in written(9)))
    assert again(tmp_path / "other.txt") == [1]


def test_a_note_that_cannot_be_written_whole_is_none(tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = TrainConfig.model_validate({**settings(tiny_checkpoint, tmp_path, tmp_path), "data": {}})
    monkeypatch.setattr(adapt, "train", lambda config, checkpoints: Path(config.output) / "model")
    adapt.adapt(str(tiny_checkpoint), written(2), (), recipe, tmp_path / "out", 1)
    note = tmp_path / "out" / "made_of.json"
    with full_disk(note.stat().st_size - 10), pytest.raises(OSError, match="too large"):
        adapt.adapt(str(tiny_checkpoint), written(2), (), recipe, tmp_path / "out", 1)
    assert not note.exists()


def test_articles_are_drawn_until_there_are_sentences_enough_and_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    articles, seen = written(40), list[str]()
    monkeypatch.setattr(adapt, "statement_spans", lambda article: seen.append(article.id) or statement_spans(article))
    drawn = adapt.some(articles, 99, 1)
    assert len(drawn) == 25 and seen == [a.id for a in drawn]
    assert adapt.some(articles, 5, 1) == drawn[:2] and not adapt.some(articles, 0, 1)


def test_it_learns_and_keeps_the_decoding_rule_of_its_base(output: Path, tiny_checkpoint: Path) -> None:
    known, table = checkpoint.read_config(tiny_checkpoint), rows(output)
    assert max(float(r["f1"]) for r in table if r["size"] == "22") > float(table[0]["f1"]) + 0.1
    for folder in output.glob("*-?/model"):
        assert checkpoint.read_config(folder).decode == known.decode and checkpoint.read_config(folder).window == known.window
    assert not list(output.rglob("checkpoint-*"))


def test_other_articles_are_mixed_in(data: Path, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = settings(tiny_checkpoint, tmp_path, tmp_path, epochs=1)
    recipe["data"] = {}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    options = ["--sizes", "4", "--seeds", "1", "--base", str(tiny_checkpoint), "--config", str(tmp_path / "recipe.yaml")]
    run(monkeypatch, str(data), *options, "--mix", f"{data}:0.25", "--output", str(tmp_path / "out"))
    sources = json.loads((tmp_path / "out" / "4-1" / "model" / "stancekit.json").read_text())["recipe"]["config"]["data"]["articles"]
    assert sources[1:] == [{"path": str(data), "weight": 1.0, "share": 0.25}]
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "6 articles (24 sentences) held out, 6 (24) to train on"
    assert ["as it is" in line for line in printed].count(True) == ["seed 1" in line for line in printed].count(True) == 1


def test_what_cannot_be_done_is_refused_before_anything_is_trained(data: Path, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = ["--base", str(tiny_checkpoint), "--output", str(tmp_path)]
    with pytest.raises(ConfigError, match=r"--sizes 4,90: there are 1 to 24 sentences to train on"):
        run(monkeypatch, str(data), "--sizes", "4,90", *base)
    few = tmp_path / "few.txt"
    few.write_text("\n".join(to_marks(a) for a in written(3)))
    with pytest.raises(ConfigError, match="3 articles cannot be divided"):
        run(monkeypatch, str(few), *base)
    with pytest.raises(DataError, match="no such file: nope.jsonl"):
        run(monkeypatch, str(data), "--mix", "nope.jsonl:0.5", *base)
    for options in (["--sizes", "4,many"], ["--seeds", "0"], ["--mix", "file"], ["--mix", "file:2"]):
        with pytest.raises(SystemExit):
            run(monkeypatch, str(data), *options, *base)
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.parametrize("genre", ["science", "acts"])
def test_the_data_sets_in_seeds_are_read(genre: str) -> None:
    from stancekit.evaluation import read_gold
    from stancekit.schema import LABELS

    rest, held = adapt.halves(read_gold(str(SEEDS / "adapt" / f"{genre}.txt"), LABELS), 13)
    assert adapt.size_of(rest) >= 200 and not {a.id for a in rest} & {a.id for a in held}


def test_pieces_of_one_article_stay_on_one_side() -> None:
    pieces = [Article("Kenya condemned Mali.", (), f"a{n}#{i}", {"article": f"a{n}"}) for n in range(8) for i in range(3)]
    rest, held = adapt.halves(pieces, 13)
    assert len(rest) == len(held) == 12
    assert not {a.meta["article"] for a in rest} & {a.meta["article"] for a in held}
