"""Two processes on the CPU (gloo) train as one process does that accumulates two batches a step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from conftest import tiny_encoder
from test_training import assert_same_weights, settings, steps, written

import stancekit
from stancekit.data import read_articles, write_records
from stancekit.evaluation import evaluate_articles

TRAIN = Path(__file__).parent.parent / "scripts" / "train.py"
LAUNCHED = f"""
import os, runpy, signal, sys
from stancekit import training
rank, done = os.environ.get("RANK", "0"), sys.argv.pop(1)
stop = int(sys.argv.pop(1))
def noted(name, function):
    def call(*args, **kwargs):
        with open(done, "a") as file:
            file.write(f"{{name}} {{rank}}\\n")
        return function(*args, **kwargs)
    return call
training.calibration.collect = noted("evaluated", training.calibration.collect)
training.checkpoint.save = noted("saved", training.checkpoint.save)
arguments = training._arguments
def each_step(*args, **kwargs):
    made = arguments(*args, **kwargs)
    made.logging_steps = 1
    return made
training._arguments = each_step
step_end = training.Average.on_step_end
def killed(self, args, state, control, **kwargs):
    step_end(self, args, state, control, **kwargs)
    if state.global_step == stop:
        os.kill(os.getpid(), signal.SIGKILL)
training.Average.on_step_end = killed
runpy.run_path({str(TRAIN)!r}, run_name="__main__")
"""


def launch(folder: Path, processes: int, values: dict, *options: str, stop: int = 0) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """scripts/train.py with a log of each step, and what which process did."""
    (folder / "run.py").write_text(LAUNCHED)
    (folder / f"{processes}.yaml").write_text(yaml.safe_dump(values))
    done = folder / f"done{processes}{stop}"
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processes)] if processes > 1 else []
    command = [sys.executable, *launcher, str(folder / "run.py"), str(done), str(stop), str(folder / f"{processes}.yaml"), "--no-graphs", *options]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    return result, done.read_text().splitlines()


def logged(output: Path) -> list[dict]:
    state = output / f"checkpoint-{steps(output)}" / "trainer_state.json"
    return json.loads(state.read_text())["log_history"]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """The output folders of one process (`1`) and of two (`2`), and the configuration of the two."""
    folder = tmp_path_factory.mktemp("both")
    encoder = tiny_encoder(folder / "encoder", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    write_records(folder / "train.jsonl", written(16))
    write_records(folder / "dev.jsonl", written(3, place="russia"))
    values: dict = {}
    for processes in (1, 2):
        values = settings(
            encoder, folder, folder / str(processes), queries=[], dev_queries=[], dropout=0.0, swap=0.0, hard_negatives=0,
            gradient_accumulation=3 - processes,
        )  # fmt: skip
        result, done = launch(folder, processes, values)
        assert result.returncode == 0, result.stderr[-3000:]
        assert "first epoch: 8 batches" in result.stderr, "an even number: nothing is left over for a second process"
        assert Counter(done)["evaluated 0"] == values["epochs"] and 1 <= Counter(done)["saved 0"] <= values["epochs"]
        assert not any(line.endswith(" 1") for line in done), "the second process evaluates and saves nothing"
    return folder, values


def test_two_processes_take_the_steps_of_one_that_accumulates(both: tuple[Path, dict]) -> None:
    folder, _ = both
    one, two = (logged(folder / name) for name in "12")
    assert len(one) == len(two) and len([e for e in one if "loss" in e]) == steps(folder / "1") == steps(folder / "2") == 8
    for a, b in zip(one, two, strict=True):
        assert a.keys() == b.keys()
        for name in a.keys() - {"eval_seconds"}:
            assert b[name] == pytest.approx(a[name], rel=1e-4, abs=1e-6), (a["step"], name)


def test_both_save_the_same_model(both: tuple[Path, dict]) -> None:
    folder, _ = both
    assert_same_weights(folder / "1" / "model", folder / "2" / "model")
    dev = list(read_articles(folder / "dev.jsonl"))
    scores = [evaluate_articles(stancekit.load(folder / name / "model"), dev, resamples=0)["scores"] for name in "12"]
    assert scores[0] == scores[1]


def test_two_killed_processes_go_on_to_the_same_weights(both: tuple[Path, dict], tmp_path: Path) -> None:
    folder, values = both
    values = {**values, "output": str(tmp_path / "out")}
    killed, _ = launch(tmp_path, 2, values, stop=steps(folder / "2") // 2 + 2)
    assert str(-signal.SIGKILL) in killed.stderr and list((tmp_path / "out").glob("checkpoint-*"))
    resumed, _ = launch(tmp_path, 2, values, "--resume")
    assert resumed.returncode == 0, resumed.stderr[-3000:]
    assert_same_weights(folder / "2" / "model", tmp_path / "out" / "model")
