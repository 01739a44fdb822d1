"""Short trainings of a tiny random encoder. fp32, so that the same run gives the same weights."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from conftest import SEEDS

import stancekit
from stancekit import checkpoint
from stancekit.config import TrainConfig
from stancekit.corpus import from_marks
from stancekit.data import write_records
from stancekit.decoding import DecodeRule
from stancekit.errors import ConfigError, DataError, StancekitError
from stancekit.schema import Article, Query
from stancekit.training import build_trainer, last_checkpoint
from stancekit.training_data import articles_of
from stancekit.training_notes import note

COUNTRIES = ("china", "russia", "kenya", "the ministry", "the minister")
VERBS = (("condemned", "condemnation"), ("supports", "support"), ("warned", "warning"))


def written(count: int, labels: dict[str, str] | None = None, place: str = "china") -> list[Article]:
    """Articles of four sentences, three with a stance; with another place they are no copies."""
    out = []
    for n in range(count):
        lines = []
        for k, (verb, label) in enumerate(VERBS):
            a, b = COUNTRIES[(n + k) % 5], COUNTRIES[(n + 2 * k + 1) % 5]
            name = (labels or {}).get(label, label)
            lines.append(f"<a>{a}</a> {verb} <b>{b}</b>. {{{name} a>b}}" if a != b else f"he {verb} <b>{b}</b>. {{{name} _>b}}")
        text = f"### t{n}\n\n" + "\n".join(lines) + f"\npeace talks in {place}.\n"
        out += from_marks(text, labels=tuple((labels or {}).get(x, x) for _, x in VERBS))
    return out


def asked(count: int) -> list[Query]:
    out = []
    for n in range(count):
        verb, label = VERBS[n % 3]
        text = f"{COUNTRIES[n % 5]} {verb} {COUNTRIES[(n + 1) % 5]} in {n} peace talks."
        out.append(Query(text, COUNTRIES[(n + 1) % 5], COUNTRIES[n % 5], label, f"q{n}"))
        out.append(Query(text, "peace talks", None, "none", f"q{n}n"))
    return out


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_records(folder / "train.jsonl", written(12))
    write_records(folder / "dev.jsonl", written(3, place="russia"))
    write_records(folder / "queries.jsonl", asked(9))
    write_records(folder / "dev_queries.jsonl", asked(4))
    return folder


def settings(encoder: Path, data: Path, output: Path, **changes: object) -> dict:
    base = {
        "base": str(encoder),
        "output": str(output),
        "data": {
            "articles": [{"path": str(data / "train.jsonl")}],
            "queries": [{"path": str(data / "queries.jsonl"), "weight": 0.5}],
            "dev_articles": [str(data / "dev.jsonl")],
            "dev_queries": [str(data / "dev_queries.jsonl")],
        },
        "window": {"max_tokens": 64, "context": 1},
        "epochs": 2,
        "batch_tokens": 64,
        "encoder_rate": 1e-3,
        "head_rate": 2e-3,
        "average": 0.9,
        "precision": "fp32",
    }
    for key, value in changes.items():
        if key in ("articles", "queries", "dev_ids", "dev_articles", "dev_queries"):
            base["data"][key] = value
        else:
            base[key] = value
    return base


def train(values: dict, resume: bool = False) -> Path:
    from stancekit.training import train as run

    return run(TrainConfig.model_validate(values), resume)


def weights(folder: Path) -> dict:
    from safetensors.torch import load_file

    return load_file(folder / checkpoint.WEIGHTS)


def assert_same_weights(one: Path, other: Path) -> None:
    import torch

    first, second = weights(one), weights(other)
    assert first.keys() == second.keys()
    # sums over threads differ in their last bits from run to run
    pairs = {name: (first[name].float(), second[name].float()) for name in first}
    different = {name: float((a - b).abs().max()) for name, (a, b) in pairs.items() if not torch.allclose(a, b, rtol=5e-3, atol=2e-3)}
    assert not different, different


@pytest.fixture(scope="module")
def trained(encoder_folder: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of an undisturbed run."""
    output = tmp_path_factory.mktemp("run") / "out"
    assert train(settings(encoder_folder, data, output)) == output / "model"
    return output


def test_a_run_gives_a_model_that_reads_and_answers(trained: Path, encoder_folder: Path) -> None:
    model = stancekit.load(trained / "model")
    article = model.predict("china condemned russia. peace talks in china.")
    assert len(article.statements) == 2
    assert sum(model.classify("china condemned russia.", "russia").scores.values()) == pytest.approx(1, abs=1e-4)
    start = checkpoint.start(TrainConfig.model_validate(settings(encoder_folder, trained, trained)))
    moved = weights(trained / "model")
    assert any((moved[k].float() - v.float()).abs().max() > 1e-3 for k, v in start.model.state_dict().items() if k.startswith("encoder.encoder"))
    assert all((v == v).all() for v in moved.values())


def test_a_run_says_what_it_was_trained_with_and_how_it_went(trained: Path, data: Path) -> None:
    from stancekit.data import file_hash

    config = checkpoint.read_config(trained / "model")
    assert config.recipe["data"][str(data / "train.jsonl")] == file_hash(data / "train.jsonl")
    assert config.recipe["config"]["epochs"] == 2 and "torch" in config.recipe["versions"]
    history = json.loads((trained / "history.json").read_text())
    assert [round(h["epoch"]) for h in history] == [1, 2]
    assert {"eval_stance_target_f1", "eval_statement_f1", "eval_query_accuracy", "eval_query_macro_f1"} <= set(history[0])


def test_a_run_exports_to_graphs_that_answer_alike(trained: Path, tmp_path: Path) -> None:
    from stancekit.export import export

    folder = Path(shutil.copytree(trained / "model", tmp_path / "model"))
    export(folder)
    text = "china condemned russia. he warned the ministry, and kenya supports peace talks."
    one, other = stancekit.load(folder), stancekit.load(folder, engine="torch")
    assert type(one.engine).__name__ == "OnnxEngine"
    assert [s.key for s in one.predict(text).stances] == [s.key for s in other.predict(text).stances]
    assert one.classify(text, "russia").scores == pytest.approx(other.classify(text, "russia").scores, abs=1e-3)


def test_training_learns(encoder_folder: Path, data: Path, tmp_path: Path) -> None:
    """A tiny model can learn by heart what it is shown."""
    write_records(tmp_path / "dev.jsonl", written(12, place="russia"))
    folder = train(settings(encoder_folder, data, tmp_path / "out", epochs=12, dev_articles=[str(tmp_path / "dev.jsonl")], dropout=0.0, swap=0.0))
    history = json.loads((tmp_path / "out" / "history.json").read_text())
    assert max(h["eval_stance_target_f1"] for h in history) > 0.6
    found = stancekit.load(folder).predict("china condemned russia. kenya supports the ministry. peace talks in china.")
    assert ("condemnation", "russia") in [(s.stance, s.target.text) for s in found.stances if s.target]


def test_a_crowd_has_a_reading_of_its_own(encoder_folder: Path, data: Path, tmp_path: Path) -> None:
    """Two annotators of the same questions who never agree: each share of the crowd's answer is heard."""
    ours = [Query(f"{a} attack {b} in {n}.", b, a, "condemnation", f"q{n}") for n in range(8) for a, b in [(COUNTRIES[n % 5], COUNTRIES[(n + 1) % 5])]]
    theirs = [Query(q.text, q.target, q.source, "support", q.id) for q in ours]
    write_records(tmp_path / "ours.jsonl", ours)
    write_records(tmp_path / "theirs.jsonl", theirs)
    sources = [{"path": str(tmp_path / "ours.jsonl")}, {"path": str(tmp_path / "theirs.jsonl"), "reading": "crowd"}]
    folder = train(settings(encoder_folder, data, tmp_path / "out", epochs=12, queries=sources, dev_queries=[], dropout=0.0, swap=0.0))
    model, answers = stancekit.load(folder), {}
    assert model.config.given.crowd == 0.5, "both readings are taught, so both are heard"
    for share in (0.0, 0.5, 1.0):
        model.config = model.config.model_copy(update={"given": model.config.given.model_copy(update={"crowd": share, "any_weight": 0.0})})
        answers[share] = model.classify(ours[0].text, ours[0].target, ours[0].source)
    assert (answers[0.0].label, answers[1.0].label) == ("condemnation", "support")
    for label, value in answers[0.5].scores.items():
        assert value == pytest.approx((answers[0.0].scores[label] + answers[1.0].scores[label]) / 2, abs=1e-5)


def test_frozen_parts_stay_as_they_are_and_the_rest_learns(data: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    events = [{"path": str(data / "queries.jsonl"), "reading": "event"}]
    run = settings(tiny_checkpoint, data, tmp_path / "out", epochs=1, articles=[], queries=events, dev_articles=[], dev_queries=[], freeze=["encoder", "mention", "pair"])
    folder = train(run)
    before, after = weights(tiny_checkpoint), weights(folder)
    moved = {name for name, value in after.items() if not value.equal(before[name])}
    assert {name.partition(".")[0] for name in moved} == {"asked"} and "asked.outputs.event.out.weight" in moved
    assert not any(name.startswith("asked.outputs.crowd.") for name in moved), "no question was asked of a crowd"
    assert checkpoint.read_config(folder).given.event == 1.0, "the one reading that was taught"
    assert checkpoint.read_config(folder).recipe["base"] == checkpoint.read_config(tiny_checkpoint).recipe


def test_articles_leave_the_head_of_other_conventions_alone(data: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    base = Path(shutil.copytree(tiny_checkpoint, tmp_path / "base"))
    known = checkpoint.read_config(base)
    rule = known.given.model_copy(update={"event": 0.5, "bias": (2.0, 0.0, 0.0, 0.0), "alone": (0.5, 1.0, 2.0)})
    checkpoint.update_config(base, known.model_copy(update={"given": rule}))
    folder = train(settings(base, data, tmp_path / "out", epochs=1, queries=[], dev_articles=[], dev_queries=[]))
    before, after = weights(base), weights(folder)
    assert all(value.equal(before[name]) for name, value in after.items() if name.startswith("asked."))
    assert not after["pair.span.weight"].equal(before["pair.span.weight"])
    given = checkpoint.read_config(folder).given
    assert given.event == given.crowd == 0 and given.bias == (0.5, 0, 0, 0), "the guide answers alone"


def test_a_run_with_nothing_left_to_train_is_refused(data: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    run = settings(tiny_checkpoint, data, tmp_path / "out", queries=[], dev_queries=[], freeze=["encoder", "mention", "pair"])
    with pytest.raises(ConfigError, match="freeze: encoder, mention, pair: nothing is left to train"):
        train(run)


def test_a_head_that_restarts_and_learns_nothing_is_refused(data: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    for changes in ({"restart": ["pair"], "freeze": ["pair"]}, {"restart": ["asked"], "queries": []}):
        with pytest.raises(ConfigError, match=f"restart: {changes['restart'][0]}: would stay random"):
            train(settings(tiny_checkpoint, data, tmp_path / "out", **changes))


KILLED = """
import os, signal, sys
from stancekit import training
from stancekit.config import TrainConfig, read_yaml
original = training.Average.on_step_end
def on_step_end(self, args, state, control, **kwargs):
    original(self, args, state, control, **kwargs)
    if state.global_step == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
training.Average.on_step_end = on_step_end
training.train(read_yaml(sys.argv[1], TrainConfig))
"""


def steps(output: Path) -> int:
    from transformers.trainer_utils import get_last_checkpoint

    state = json.loads((Path(get_last_checkpoint(str(output))) / "trainer_state.json").read_text())
    return int(state["max_steps"])


def run(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=300, env={**os.environ, "HF_HUB_OFFLINE": "1"})


@pytest.mark.parametrize("part", [0.3, 0.8])
def test_a_killed_run_goes_on_to_the_same_weights(trained: Path, encoder_folder: Path, data: Path, tmp_path: Path, part: float) -> None:
    output = tmp_path / "out"
    file = tmp_path / "run.yaml"
    file.write_text(yaml.safe_dump(settings(encoder_folder, data, output)))
    at = int(steps(trained) * part)
    assert at >= 2
    killed = run("-c", KILLED, str(file), str(at))
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert list(output.glob("checkpoint-*")), "nothing was saved before the kill"
    resumed = run("-m", "stancekit.cli", "train", str(file), "--resume", "--no-graphs")
    assert resumed.returncode == 0, resumed.stderr[-2000:]
    assert resumed.stdout.strip().splitlines()[-1] == str(output / "model")
    assert_same_weights(trained / "model", output / "model")
    scores = [[{k: v for k, v in h.items() if k.endswith(("f1", "accuracy", "epoch"))} for h in json.loads((o / "history.json").read_text())] for o in (trained, output)]
    assert scores[0] == scores[1]


def test_a_checkpoint_cut_off_by_the_kill_is_passed_over(trained: Path, encoder_folder: Path, data: Path, tmp_path: Path) -> None:
    from transformers.trainer_utils import get_last_checkpoint

    output = Path(shutil.copytree(trained, tmp_path / "out"))
    assert len(list(output.glob("checkpoint-*"))) == 2
    (Path(get_last_checkpoint(str(output))) / "average.safetensors").unlink()
    values = settings(encoder_folder, data, output)
    assert_same_weights(train(values, resume=True), trained / "model")


def test_the_seed_decides(trained: Path, encoder_folder: Path, data: Path, tmp_path: Path) -> None:
    import torch

    same = train(settings(encoder_folder, data, tmp_path / "same"))
    assert_same_weights(trained / "model", same)
    other = weights(train(settings(encoder_folder, data, tmp_path / "other", seed=14)))
    assert any(not torch.equal(v, other[k]) for k, v in weights(trained / "model").items())


def test_without_held_out_data_the_last_weights_are_kept(encoder_folder: Path, data: Path, tmp_path: Path) -> None:
    folder = train(settings(encoder_folder, data, tmp_path / "out", epochs=1, dev_articles=[], dev_queries=[], average=0.0))
    assert stancekit.load(folder).predict("china condemned russia.").statements


def test_queries_alone_and_articles_alone_train(encoder_folder: Path, data: Path, tmp_path: Path) -> None:
    folder = train(settings(encoder_folder, data, tmp_path / "q", epochs=1, articles=[], dev_articles=[]))
    assert stancekit.load(folder).classify("china condemned russia.", "russia").scores
    history = json.loads((tmp_path / "q" / "history.json").read_text())
    assert "eval_query_macro_f1" in history[0] and "eval_stance_target_f1" not in history[0]
    folder = train(settings(encoder_folder, data, tmp_path / "a", epochs=1, queries=[], dev_queries=[]))
    assert stancekit.load(folder).predict("china condemned russia.").statements


def test_an_own_label_set_is_trained_and_answered_with(encoder_folder: Path, tmp_path: Path) -> None:
    own = {"support": "praise", "condemnation": "blame", "warning": "threat"}
    write_records(tmp_path / "own.jsonl", written(6, own))
    write_records(tmp_path / "dev.jsonl", written(2, own, "russia"))
    values = settings(
        encoder_folder, tmp_path, tmp_path / "out", epochs=1, queries=[], dev_queries=[],
        articles=[{"path": str(tmp_path / "own.jsonl")}], dev_articles=[str(tmp_path / "dev.jsonl")],
        labels={"blame": "b", "praise": "p", "threat": "t"},
    )  # fmt: skip
    model = stancekit.load(train(values))
    assert model.labels == ("blame", "praise", "threat")
    assert list(model.classify("china condemned russia.", "russia").scores) == ["none", "blame", "praise", "threat"]
    assert {s.stance for s in model.predict("china condemned russia.").stances} <= set(model.labels)


def test_marks_files_and_held_out_ids_are_read(encoder_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "held.txt").write_text("a1-01\na1-02\n")
    values = settings(
        encoder_folder, tmp_path, tmp_path / "out", epochs=1, queries=[], dev_queries=[], dev_articles=[],
        articles=[{"path": str(SEEDS / "articles" / "a1.txt")}], dev_ids=str(tmp_path / "held.txt"), batch_tokens=4096,
    )  # fmt: skip
    train(values)
    history = json.loads((tmp_path / "out" / "history.json").read_text())
    assert "eval_stance_target_f1" in history[0]


def test_stances_without_a_named_source_are_enough(encoder_folder: Path, tmp_path: Path) -> None:
    marks = "### x\n\nhe condemned <a>russia</a>. {condemnation _>a}\nhe supports <a>china</a>. {support _>a}\nhe warned <a>kenya</a>. {warning _>a}\n"
    write_records(tmp_path / "a.jsonl", from_marks(marks))
    values = settings(encoder_folder, tmp_path, tmp_path / "out", epochs=1, queries=[], dev_queries=[], dev_articles=[], articles=[{"path": str(tmp_path / "a.jsonl")}])
    assert train(values).is_dir()


def test_losses_and_counts_are_said(encoder_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_records(tmp_path / "a.jsonl", [*written(4), *from_marks("### long\n\n<a>kenya</a> " + "said " * 90 + "<b>peace talks</b>. {support a>b}\n")])
    values = settings(encoder_folder, tmp_path, tmp_path / "out", epochs=1, queries=[], dev_queries=[], dev_articles=[], articles=[{"path": str(tmp_path / "a.jsonl")}])
    with caplog.at_level(logging.INFO, logger="stancekit"):
        train(values)
    assert "'sentences cut by the window': 1" in caplog.text and "spans cut by the window" in caplog.text
    assert "'pairs condemnation': 4" in caplog.text


BAD: dict[str, tuple[Callable[[Path], dict], str]] = {
    "no data": (lambda d: {"articles": [], "queries": []}, "no articles and no queries"),
    "missing articles": (lambda d: {"articles": [{"path": str(d / "none.jsonl")}]}, "none.jsonl"),
    "missing queries": (lambda d: {"queries": [{"path": str(d / "none.jsonl")}]}, "none.jsonl"),
    "missing held-out articles": (lambda d: {"dev_articles": [str(d / "none.jsonl")]}, "none.jsonl"),
    "missing held-out queries": (lambda d: {"dev_queries": [str(d / "none.jsonl")]}, "none.jsonl"),
    "missing ids": (lambda d: {"dev_ids": str(d / "none.txt")}, "none.txt"),
    "empty": (lambda d: {"articles": [{"path": str(d / "empty.jsonl")}], "queries": []}, "data.articles: .*empty.jsonl holds no articles"),
    "malformed": (lambda d: {"articles": [{"path": str(d / "bad.jsonl")}]}, "bad.jsonl:1: malformed"),
    "articles as queries": (lambda d: {"queries": [{"path": str(d / "train.jsonl")}]}, "holds articles; list it under data.articles"),
    "queries as articles": (lambda d: {"articles": [{"path": str(d / "queries.jsonl")}]}, "holds queries; list it under data.queries"),
    "not annotated": (lambda d: {"articles": [{"path": str(d / "bare.jsonl")}]}, r"bare.jsonl: article 1 \(.*\) is not annotated; add"),
    "unknown label": (lambda d: {"labels": {"support": "", "condemnation": ""}}, r"\.jsonl:1: unknown label 'warning'; expected one of support, condemnation"),
    "label without example": (lambda d: {"labels": dict.fromkeys(("support", "condemnation", "warning", "praise"), "")}, "label 'praise' never occurs"),
    "query without label": (lambda d: {"queries": [{"path": str(d / "open.jsonl")}]}, "open.jsonl:1: query 'o1' has no label"),
    "window": (lambda d: {"window": {"max_tokens": 256, "context": 1}}, "window.max_tokens = 256, .* at most 130 tokens; lower it"),
    "base": (lambda d: {"base": "./none"}, "base: no such folder: ./none"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_what_would_fail_in_an_hour_fails_at_once(
    encoder_folder: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], dict], message: str
) -> None:
    from stancekit import training

    (data / "empty.jsonl").write_text("")
    (data / "bad.jsonl").write_text("{\n")
    write_records(data / "bare.jsonl", [Article("china condemned russia.")])
    write_records(data / "open.jsonl", [Query("china condemned russia.", "russia", id="o1")])

    def step(*args: object, **kwargs: object) -> None:
        raise AssertionError("training began")

    monkeypatch.setattr(training.StanceTrainer, "train", step)
    with pytest.raises((StancekitError, FileNotFoundError), match=message) as error:
        train(settings(encoder_folder, data, tmp_path / "out", **change(data)))
    assert isinstance(error.value, (ConfigError, DataError, FileNotFoundError))


def test_a_label_that_the_base_knows_may_be_missing(data: Path, tiny_checkpoint: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = [replace(a, statements=tuple(s for s in a.statements or () if all(x.stance != "warning" for x in s.stances))) for a in written(12)]
    write_records(tmp_path / "some.jsonl", kept)
    run = settings(tiny_checkpoint, data, tmp_path / "out", epochs=1, articles=[{"path": str(tmp_path / "some.jsonl")}], queries=[], dev_articles=[], dev_queries=[])
    assert (train(run) / checkpoint.WEIGHTS).is_file()
    assert "label 'warning' never occurs in the training data: the model may unlearn it" in caplog.text
    labels = dict.fromkeys(("support", "condemnation", "warning", "praise"), "")
    for change in ({"restart": ["pair"]}, {"labels": labels}):  # heads that begin anew know nothing
        with pytest.raises(DataError, match="label 'warning' never occurs"):
            train(run | change)


def test_a_full_disk_is_noticed_before_it_is_full(encoder_folder: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stancekit import training

    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(training.shutil, "disk_usage", lambda path: usage._replace(free=10 << 20))
    with pytest.raises(ConfigError, match="has 10 MiB free, a run needs about"):
        train(settings(encoder_folder, data, tmp_path / "out"))
    old = tmp_path / "out" / "checkpoint-3" / "weights"
    old.parent.mkdir()
    with old.open("wb") as stream:
        stream.truncate(200 << 20)  # what an earlier run left makes room: it goes, or this run goes on from it
    assert train(settings(encoder_folder, data, tmp_path / "out", epochs=1)).is_dir()


def test_questions_on_held_out_texts_are_left_out(encoder_folder: Path, data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    held = written(3, place="russia")[0].text.splitlines()[0]
    write_records(tmp_path / "queries.jsonl", [*asked(3), Query(held, "china", label="none"), Query(held, "peace", label="none")])
    values = settings(encoder_folder, data, tmp_path / "out", epochs=1, queries=[{"path": str(tmp_path / "queries.jsonl")}])
    with caplog.at_level(logging.INFO, logger="stancekit"):
        train(values)
    assert "queries.jsonl: 1 texts stand in held-out articles and are left out" in caplog.text
    assert "'query texts': 3" in caplog.text


def test_a_run_does_not_go_on_from_another_ones_checkpoints(trained: Path, encoder_folder: Path, data: Path, tmp_path: Path) -> None:
    output = Path(shutil.copytree(trained, tmp_path / "out"))
    with pytest.raises(ConfigError, match="checkpoints of another configuration, base or data \(head_rate was 0.002, is 0.001\); train without --resume"):
        train(settings(encoder_folder, data, output, head_rate=1e-3), resume=True)
    write_records(tmp_path / "train.jsonl", written(11))
    with pytest.raises(ConfigError, match="another configuration, base or data"):
        train(settings(encoder_folder, data, output, articles=[{"path": str(tmp_path / "train.jsonl")}]), resume=True)
    before = {p.name for p in output.glob("checkpoint-*")}
    train(settings(encoder_folder, data, output, epochs=1))
    assert before and not before & {p.name for p in output.glob("checkpoint-*")}, "those of the earlier run are still there"


def test_an_epochs_last_checkpoint_is_written_after_its_evaluation(trained: Path) -> None:
    states = [json.loads((p / "trainer_state.json").read_text()) for p in trained.glob("checkpoint-*")]
    (last,) = (s for s in states if s["global_step"] == s["max_steps"])
    assert [h["epoch"] for h in last["log_history"] if "eval_query_macro_f1" in h] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dev_ids": "ids.txt"}, "none of its 2 ids is an article's"),
        ({"dev_articles": ["bare.jsonl"]}, r"bare.jsonl: article 1 \('bare'\) is not annotated"),
        ({"dev_queries": ["open.jsonl"]}, "open.jsonl:1: query 'open' has no label"),
        ({"articles": [{"path": "empty.jsonl"}], "queries": []}, "data.articles: empty.jsonl holds no articles; give at least one, or take it out"),
        ({"dev_articles": ["empty.jsonl"]}, "data.dev_articles: empty.jsonl holds no articles"),
        ({"dev_queries": ["empty.jsonl"]}, "data.dev_queries: empty.jsonl is empty"),
        ({"dev_ids": "empty.jsonl"}, "data.dev_ids: empty.jsonl is empty; write one id a line"),
        ({"dev_ids": "all.txt", "queries": [], "dev_articles": []}, "data.dev_ids: all there is to train on is held out by all.txt; hold out less"),
        ({"articles": [], "queries": [{"path": "inside.jsonl"}]}, "data.dev_articles: all there is to train on is held out by .*dev.jsonl; hold out"),
        ({"articles": [{"path": "blank.jsonl"}], "queries": [], "dev_articles": []}, "the first epoch draws nothing to train on"),
        ({"dev_ids": "latin.txt"}, "data.dev_ids: latin.txt: invalid UTF-8 at byte 1; save the file as UTF-8"),
        ({"dev_ids": "none.txt"}, "data.dev_ids: no such file or folder: none.txt; paths are taken from the working folder"),
        ({"dev_ids": "."}, "data.dev_ids: . is a folder, expected a text file; name one with an id in each line"),
        ({"trackers": ["nosuch"]}, "trackers: nosuch is not supported, only .*wandb"),
        ({"trackers": ["clearml"]}, "trackers: clearml: .*pip install clearml"),
        ({"asked_layers": 1, "queries": []}, "asked_layers: 1: these layers would learn nothing"),
        ({"articles": [{"path": "open.jsonl"}]}, "data.articles: open.jsonl holds queries; list it under data.queries"),
        ({"dev_articles": ["open.jsonl"]}, "data.dev_articles: open.jsonl holds queries; list it under data.dev_queries"),
        ({"dev_queries": ["bare.jsonl"]}, "bare.jsonl:1: a record .* is neither"),
        ({"lora": {"rank": 2}, "freeze": ["encoder"]}, "take encoder out of freeze"),
        ({"labels": {"warning": "", "support": "", "condemnation": ""}}, "write them as support, condemnation, warning"),
    ],
)
def test_what_would_fail_or_mislead_after_hours_is_refused_at_once(
    tiny_checkpoint: Path, data: Path, tmp_path: Path, changes: dict, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ids.txt").write_text("no\nsuch\n")
    (tmp_path / "all.txt").write_text("\n".join(a.id for a in written(12)))
    (tmp_path / "latin.txt").write_bytes(b"a\xff")
    (tmp_path / "empty.jsonl").write_text("")
    write_records(tmp_path / "blank.jsonl", [Article(" ", (), "blank")])
    write_records(tmp_path / "inside.jsonl", [Query("peace talks in russia.", "russia", label="none")])
    write_records(tmp_path / "bare.jsonl", [Article("kenya spoke.", None, "bare")])
    write_records(tmp_path / "open.jsonl", [Query("kenya spoke.", "kenya", id="open")])
    with pytest.raises((ConfigError, DataError), match=message):
        train(settings(tiny_checkpoint, data, tmp_path / "out", **changes))


def test_a_disputed_label_teaches_the_statement_head_nothing(encoder_folder: Path) -> None:
    import random

    import torch

    from stancekit.collate import collate
    from stancekit.config import DataConfig, WindowConfig
    from stancekit.examples import ExampleBuilder
    from stancekit.training_model import TrainingModel

    config = TrainConfig(base=str(encoder_folder), output="unused", data=DataConfig(), window=WindowConfig(max_tokens=64))
    start = checkpoint.start(config)
    (article,) = from_marks("### x\n\n<a>china</a> condemned <b>russia</b>. {condemnation a>b ?}\n")
    windows = ExampleBuilder(start.encoder, list(config.labels), 0).article(article, random.Random(0))
    batch = {name: torch.as_tensor(part) for name, part in collate(windows, start.encoder.padding, len(config.labels)).items()}
    TrainingModel(start.model, config)(**batch)["loss"].backward()
    bias = start.model.mention.statement_bias.grad
    assert bias is not None
    assert bias[list(config.labels).index("condemnation")] == 0 and bias[list(config.labels).index("support")] != 0


def test_a_score_that_cannot_change_does_not_stop_a_run_at_its_first_epoch(data: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    events = [{"path": str(data / "queries.jsonl"), "reading": "event"}]
    frozen = {"articles": [], "queries": events, "freeze": ["encoder", "mention", "pair"], "epochs": 3}
    alone = train(settings(tiny_checkpoint, data, tmp_path / "alone", dev_articles=[], dev_queries=[], **frozen))
    watched = train(settings(tiny_checkpoint, data, tmp_path / "watched", dev_queries=[], **frozen))
    one, other = weights(alone), weights(watched)
    assert all(value.equal(other[name]) for name, value in one.items()) and checkpoint.read_config(watched).recipe["history"][0]["epoch"] == 3
    asked = settings(tiny_checkpoint, data, tmp_path / "asked", **frozen)
    assert build_trainer(TrainConfig.model_validate(asked)).best.key == "query_macro_f1"


def test_ids_stand_in_lines_and_may_hold_blanks(data: Path, encoder_folder: Path, tmp_path: Path) -> None:
    articles = [replace(a, id=f"Reuters {n}") for n, a in enumerate(written(6))]
    write_records(tmp_path / "a.jsonl", articles)
    (tmp_path / "ids.txt").write_text("Reuters 1\n\n  Reuters 2  \n", encoding="utf-8")
    run = settings(encoder_folder, data, tmp_path / "out", articles=[{"path": str(tmp_path / "a.jsonl")}], dev_articles=[], dev_ids=str(tmp_path / "ids.txt"))
    ((_, records),), held = articles_of(TrainConfig.model_validate(run))
    assert [a.id for a in held] == ["Reuters 1", "Reuters 2"] and len(records) == 4


def test_a_run_begun_by_an_earlier_version_goes_on(data: Path, encoder_folder: Path, tmp_path: Path) -> None:
    config = TrainConfig.model_validate(settings(encoder_folder, data, tmp_path / "out"))
    (tmp_path / "out").mkdir()
    note(config, begin=True)
    file = tmp_path / "out" / "run.json"
    made = json.loads(file.read_text())
    del made["config"]["asked_layers"]
    file.write_text(json.dumps(made))
    note(config, begin=False)
    with pytest.raises(ConfigError, match="another configuration"):
        note(config.model_copy(update={"asked_layers": 1}), begin=False)


def test_a_label_that_the_first_epoch_happens_to_leave_out_is_no_missing_label(data: Path, encoder_folder: Path, tmp_path: Path) -> None:
    queries = [Query(f"china condemned russia {n}.", "russia", "china", "condemnation", f"q{n}") for n in range(60)]
    queries += [Query(f"china {verb} russia.", "russia", "china", label, label) for verb, label in VERBS if label != "condemnation"]
    write_records(tmp_path / "q.jsonl", queries)
    rare = settings(encoder_folder, data, tmp_path / "out", articles=[], queries=[{"path": str(tmp_path / "q.jsonl"), "share": 0.2}], dev_articles=[])
    seen = set()
    for seed in range(8):
        trainer = build_trainer(TrainConfig.model_validate({**rare, "seed": seed}))
        seen |= {int(n) for window in trainer.train_dataset.windows for block in window.blocks for n in block.given.ravel() if n > 0}
    assert seen, "something was drawn"
    write_records(tmp_path / "q.jsonl", [replace(queries[0], text="china condemned russia. " * 60)])
    with pytest.raises(DataError, match=r"nothing fits into the windows: .*queries longer than the window"):
        build_trainer(TrainConfig.model_validate({**rare, "data": {**rare["data"], "queries": [{"path": str(tmp_path / "q.jsonl")}]}}))


def test_no_epoch_goes_without_a_file_however_small_its_share(data: Path, encoder_folder: Path, tmp_path: Path) -> None:
    fits = asked(4)
    long = [replace(q, text=q.text * 60, id=f"{q.id} long") for q in asked(30)]
    write_records(tmp_path / "rare.jsonl", [*long, *fits])
    rare = {"path": str(tmp_path / "rare.jsonl"), "share": 0.001, "reading": "event"}
    few = {"path": str(data / "train.jsonl"), "share": 0.001}
    for sources in ({"queries": [rare]}, {"articles": [few], "queries": [rare]}, {"articles": [few], "queries": []}):
        trainer = build_trainer(TrainConfig.model_validate(settings(encoder_folder, data, tmp_path / "out", **{"articles": [], **sources})))
        drawn, texts = trainer.train_dataset, set()
        for epoch in range(20):
            drawn.set_epoch(epoch)
            complete = [block.complete for window in drawn.windows for block in window.blocks]
            assert any(complete) == ("articles" in sources) and complete.count(False) == bool(sources["queries"])
            texts.add(tuple(i for window in drawn.windows for i in window.ids.tolist()))
            assert drawn[0]
        assert len(texts) > 2, "it is not always the same one"


def test_an_output_that_is_a_file_is_named(tiny_checkpoint: Path, data: Path) -> None:
    for output in (data / "train.jsonl", data / "train.jsonl" / "out"):
        with pytest.raises(ConfigError, match=f"output: {output} is a file or in one, expected a folder"):
            train(settings(tiny_checkpoint, data, output))


def test_articles_that_are_held_out_are_not_trained_on(data: Path, encoder_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one, *others = written(4)
    write_records(tmp_path / "train.jsonl", [one, *others, replace(one, id="a copy"), Article(one.text[:23], (), "a piece")])
    write_records(tmp_path / "dev.jsonl", [one])
    (tmp_path / "ids.txt").write_text("t0\n")
    run = settings(encoder_folder, data, tmp_path / "out", articles=[{"path": str(tmp_path / "train.jsonl")}])
    for held in ({"dev_articles": (str(tmp_path / "dev.jsonl"),)}, {"dev_articles": (), "dev_ids": str(tmp_path / "ids.txt")}):
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="stancekit"):
            ((_, records),), dev = articles_of(TrainConfig.model_validate({**run, "data": {**run["data"], **held}}))
        assert [json.loads(r["record"])["id"] for r in records] == ["t1", "t2", "t3"] and [a.id for a in dev] == ["t0"]
        assert f"train.jsonl: {3 - ('dev_ids' in held)} articles stand in held-out articles and are left out" in caplog.text


def test_a_run_of_one_step_learns_and_longer_ones_warm_up(data: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    one = settings(tiny_checkpoint, data, tmp_path / "out", epochs=1, batch_tokens=1 << 14, average=0.0, queries=[], dev_articles=[], dev_queries=[])
    before, after = weights(tiny_checkpoint), weights(train(one))
    assert steps(tmp_path / "out") == 1 and not after["pair.span.weight"].equal(before["pair.span.weight"])
    for warmup, epochs, expected in ((0.0, 50, 0), (0.1, 50, 5), (0.06, 16, 0)):
        longer = build_trainer(TrainConfig.model_validate({**one, "warmup": warmup, "epochs": epochs}))
        assert longer.args.warmup_steps == expected


def test_what_was_fitted_to_a_head_goes_when_it_begins_anew(data: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    base = Path(shutil.copytree(tiny_checkpoint, tmp_path / "base"))
    known = checkpoint.read_config(base)
    given = known.given.model_copy(update={"alone": (0.5, 1.0, 2.0)})
    checkpoint.update_config(base, known.model_copy(update={"given": given}))
    run = settings(base, data, tmp_path / "out", queries=[], dev_articles=[], dev_queries=[])
    assert known.decode != DecodeRule()
    kept = (0.5, 0.0, 0.0, 0.0)
    for restart, rule, bias in [((), known.decode, kept), (("mention",), DecodeRule(), kept), (("pair",), DecodeRule(), ())]:
        best = build_trainer(TrainConfig.model_validate({**run, "restart": restart})).best
        assert best.rule == rule and best.start.config.given.bias == bias, restart


def test_a_held_out_question_with_nothing_to_ask_is_named_before_the_first_step(data: Path, encoder_folder: Path, tmp_path: Path) -> None:
    for query, told in ((Query("china – russia", "–", None, "none", "q7"), "the target '–' has nothing to read"), (Query(" ", "china", None, "none", "q7"), "the text is empty")):
        write_records(tmp_path / "dev.jsonl", [*asked(2), query])
        config = TrainConfig.model_validate(settings(encoder_folder, data, tmp_path / "out", dev_queries=[str(tmp_path / "dev.jsonl")]))
        with pytest.raises(DataError, match=f"data.dev_queries: .*'q7': {told}"):
            build_trainer(config)


def test_what_is_kept_beside_the_checkpoints_is_none_and_stays(data: Path, encoder_folder: Path, tmp_path: Path) -> None:
    config = TrainConfig.model_validate(settings(encoder_folder, data, tmp_path / "out"))
    for name in ("checkpoint-9", "checkpoint-10", "checkpoint-good"):
        (tmp_path / "out" / name).mkdir(parents=True)
        for file in ("trainer_state.json", "average.safetensors"):
            (tmp_path / "out" / name / file).touch()
    last = last_checkpoint(tmp_path / "out")
    assert last is not None and last.name == "checkpoint-10"
    note(config, begin=True)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["checkpoint-good", "run.json"]


def test_a_damaged_note_is_named_with_what_to_do(data: Path, encoder_folder: Path, tmp_path: Path) -> None:
    config = TrainConfig.model_validate(settings(encoder_folder, data, tmp_path / "out"))
    (tmp_path / "out").mkdir()
    for content, told in ((b'{"config": {', "malformed JSON"), (b"\xff", "invalid UTF-8"), (b"[]", "got a JSON list")):
        (tmp_path / "out" / "run.json").write_bytes(content)
        with pytest.raises(DataError, match=rf"run\.json: {told}.*; train without --resume, or remove the file"):
            note(config, begin=False)
    note(config, begin=True)
    note(config, begin=False)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["run.json"]


def test_what_has_changed_since_a_run_began_is_named(data: Path, encoder_folder: Path, tmp_path: Path) -> None:
    values = settings(encoder_folder, data, tmp_path / "out", queries=[])
    (tmp_path / "out").mkdir()
    mine, other = (str(tmp_path / name) for name in ("mine.jsonl", "other.jsonl"))
    write_records(mine, written(2))
    write_records(other, written(2))
    values["data"]["articles"] = [{"path": mine}]
    note(TrainConfig.model_validate(values), begin=True)
    changes = {
        r"epochs was 2, is 3; seed was 13, is 14": {"epochs": 3, "seed": 14},
        rf"data.articles.0.path was '{mine}', is '{other}'": {"data": {**values["data"], "articles": [{"path": other}]}},
        r"epochs was 2, is 3; .*lora.rank was not there, is 8; .*; and 1 more": {"lora": {}, "epochs": 3, "seed": 14},
        r"labels.support was 'endorses.*, is 'praises'": {"labels": {**TrainConfig.model_validate(values).labels, "support": "praises"}},
    }
    for told, change in changes.items():
        with pytest.raises(ConfigError, match=rf"another configuration, base or data \(.*{told}.*\); train without --resume"):
            note(TrainConfig.model_validate({**values, **change}), begin=False)
    write_records(mine, written(3))
    with pytest.raises(ConfigError, match=rf"base or data \({mine} has changed\)"):
        note(TrainConfig.model_validate(values), begin=False)
