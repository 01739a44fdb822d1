"""A search over short trainings of a tiny random encoder."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from test_training import asked, settings, written

import stancekit
from stancekit.config import TrainConfig, read_yaml
from stancekit.data import write_records
from stancekit.errors import CheckpointError, ConfigError
from stancekit.search import Choice, Found, Range, default_space, parse_space, search

SCRIPT = Path(__file__).parent.parent / "scripts" / "search.py"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path) -> TrainConfig:
    """Questions only: they are quick to score."""
    folder = tmp_path_factory.mktemp("search")
    write_records(folder / "queries.jsonl", asked(9))
    write_records(folder / "dev_queries.jsonl", asked(4))
    return TrainConfig.model_validate(settings(encoder_folder, folder, folder / "out", articles=[], dev_articles=[], epochs=2))


@pytest.fixture(scope="module")
def found(config: TrainConfig) -> Found:
    return search(config, parse_space(["head_rate=1e-5:3e-2", "epochs=1:3"], config), 2)


def test_the_best_trial_is_a_configuration_that_trains_to_the_same_score(found: Found, config: TrainConfig) -> None:
    from stancekit.training import train

    assert [t["trial"] for t in found.trials] == [0, 1]
    assert {k: found.trials[0][k] for k in ("head_rate", "epochs")} == {"head_rate": config.head_rate, "epochs": 2}, "its own values first"
    best = max(found.trials, key=lambda t: t["score"])
    assert found.score == best["score"]
    chosen = read_yaml(found.file, TrainConfig)
    assert chosen == found.config == config.model_copy(update={k: best[k] for k in ("head_rate", "epochs")})
    history = json.loads((train(chosen).parent / "history.json").read_text())
    assert max(h["eval_query_macro_f1"] for h in history) == found.score


def test_every_trial_leaves_its_scores_and_a_model(found: Found) -> None:
    for trial in found.trials:
        folder = found.file.parent / f"trial-{trial['trial']}"
        scores = [h["eval_query_macro_f1"] for h in json.loads((folder / "history.json").read_text())]
        assert len(scores) == trial["epochs"] and max(scores) == trial["score"]
        assert stancekit.load(folder / "model").classify("china condemned russia.", "russia").scores
        assert not list(folder.glob("checkpoint-*"))
    rows = list(csv.DictReader((found.file.parent / "trials.csv").open()))
    assert [float(r["score"]) for r in rows] == [t["score"] for t in found.trials]


def test_a_search_goes_on_where_it_was_and_anew_with_other_ranges(found: Found, config: TrainConfig) -> None:
    space = parse_space(["head_rate=1e-5:3e-2", "epochs=1:3"], config)
    more = search(config, space, 3)
    assert more.trials[:2] == found.trials and len(more.trials) == 3
    assert more.trials[2]["head_rate"] != found.trials[1]["head_rate"]
    assert search(config, space, 2).trials == more.trials, "nothing is left to do"
    other = search(config, parse_space(["epochs=1"], config), 1)
    assert [t["epochs"] for t in other.trials] == [1]


def test_a_search_killed_in_its_first_trial_begins_with_the_configurations_own_values(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    space = parse_space(["head_rate=1e-4:1e-2", "epochs=1"], config.model_copy(update={"epochs": 1}))
    begun = config.model_copy(update={"epochs": 1, "head_rate": 3e-3})

    def killed(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("stancekit.search.Trials.train", killed)
        with pytest.raises(KeyboardInterrupt):
            search(begun, space, 1)
    assert search(begun, space, 1).trials[0]["head_rate"] == 3e-3


def test_the_script_prints_the_trials_and_where_the_best_stands(config: TrainConfig, tmp_path: Path) -> None:
    file, output = tmp_path / "run.yaml", tmp_path / "out"
    file.write_text(yaml.safe_dump({**config.model_dump(mode="json"), "output": str(output), "epochs": 1}))
    result = subprocess.run([sys.executable, str(SCRIPT), str(file), "--trials", "1", "--set", "swap=0,0.5"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.strip().splitlines()[-1] == str(output / "search" / "best.yaml")
    assert read_yaml(output / "search" / "best.yaml", TrainConfig).swap in (0, 0.5)


def test_weights_that_are_no_numbers_are_worth_nothing(config: TrainConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from stancekit import checkpoint

    def refuse(*args: object) -> None:
        raise CheckpointError("does not fit half precision")

    monkeypatch.setattr(checkpoint, "save", refuse)
    changed = config.model_copy(update={"output": str(tmp_path)})
    assert search(changed, parse_space(["epochs=1"], changed), 1).score == 0


def test_ranges_and_choices_are_read() -> None:
    config = TrainConfig.model_validate({"base": "minilm", "output": "out", "data": {}})
    space = parse_space(["encoder_rate=3e-5:3e-4", "epochs=2:8", "none_weight=0.2,0.4", "freeze_words=true,false"], config)
    assert space == {
        "encoder_rate": Range(3e-5, 3e-4),
        "epochs": Range(2, 8),
        "none_weight": Choice((0.2, 0.4)),
        "freeze_words": Choice((True, False)),
    }
    assert all(config.model_dump()[name] in place for name, place in default_space(config).items())


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("rate=1:2", "cannot search 'rate' .* the names: base, epochs, batch_tokens"),
        ("labels=a,b", "cannot search 'labels'"),
        ("epochs", "'epochs': epochs = ''"),
        ("epochs=0:3", "'epochs=0:3': epochs = '0': Input should be greater than or equal to 1"),
        ("epochs=1.5,2", "epochs = '1.5': Input should be a valid integer"),
        ("epochs=3:1", "3 is not below 1; write the low end first"),
        ("freeze_words=false:true", "freeze_words is False and has no range"),
        ("dropout=0:nan", "dropout = 'nan'"),
    ],
)
def test_what_cannot_be_searched_is_refused(setting: str, message: str) -> None:
    config = TrainConfig.model_validate({"base": "minilm", "output": "out", "data": {}})
    with pytest.raises(ConfigError, match=message):
        parse_space([setting], config)


def test_a_search_needs_held_out_data(config: TrainConfig, tmp_path: Path) -> None:
    write_records(tmp_path / "train.jsonl", written(4))
    data = {"articles": [{"path": str(tmp_path / "train.jsonl")}]}
    blind = TrainConfig.model_validate({**config.model_dump(), "data": data, "output": str(tmp_path / "out")})
    with pytest.raises(ConfigError, match="needs held-out data"):
        search(blind, default_space(blind), 1)
