"""The same input gives the same output: again, in threads, after a fork, with other thread counts and engines, and next year.

The golden answers are those of a small model whose weights numpy draws from a fixed seed. Where they change without a change of
stancekit that was meant to change answers, a dependency did it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS

import stancekit
from stancekit import checkpoint
from stancekit.config import DataConfig, TrainConfig, WindowConfig
from stancekit.corpus import read_marks
from stancekit.data import dump
from stancekit.decoding import DecodeRule
from stancekit.export import export
from stancekit.pipeline import Model
from stancekit.schema import Query

GOLDEN = Path(__file__).parent / "golden"
RENEW = "if a change of the answers is meant, look at the differences and run: STANCEKIT_GOLDEN=write python -m pytest tests/test_determinism.py"
QUERIES = [("Kenya", None), ("Russia", "the minister"), ("peace talks", "Kenya"), ("NATO", None)]


@pytest.fixture(scope="module")
def fixed_checkpoint(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' architecture and vocabulary under weights that depend on no library's way of drawing them."""
    config = TrainConfig(base=str(encoder_folder), output="unused", data=DataConfig(), window=WindowConfig(max_tokens=64))
    start = checkpoint.start(config)
    draw = np.random.RandomState(21)  # noqa: NPY002  # the one stream that numpy promises never to change
    weights = {}
    for name, value in sorted(start.model.state_dict().items()):
        if value.dtype.is_floating_point:
            spread = 0.05 if value.ndim < 2 else 1.2 / value.shape[-1] ** 0.5
            mean = 1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0
            value = value.new_tensor(draw.normal(mean, spread, value.shape))
        weights[name] = value
    rule = DecodeRule(threshold=0.4, mention_cutoff=-4.0, gate=-6.0, max_candidates=4)
    folder = tmp_path_factory.mktemp("fixed") / "model"
    checkpoint.save(folder, start.config.model_copy(update={"decode": rule}), weights, start.tokenizer_json)
    export(folder)
    return folder


def rounded(value: object) -> object:
    """JSON with every fraction replaced by None, and beside it the fractions in order."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return None if isinstance(value, float) else value


def fractions(value: object) -> Iterator[float]:
    """The fractions of a JSON value in order."""
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from fractions(item)
    elif isinstance(value, float):
        yield value


def assert_alike(found: object, expected: object, why: str) -> None:
    """All the same but fractions, which are the same within 1e-3."""
    assert rounded(found) == rounded(expected), why
    assert list(fractions(found)) == pytest.approx(list(fractions(expected)), abs=1e-3), why


def answers(model: Model, text: str) -> dict[str, object]:
    """Everything that a model says of a text, as JSON holds it."""
    asked = [Query(text, target, source) for target, source in QUERIES]
    article = model.predict(text).to_dict()
    return json.loads(json.dumps({"article": article, "answers": [a.to_dict() for a in model.classify_many(asked)]}))


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_golden_answers(fixed_checkpoint: Path, engine: str) -> None:
    file = GOLDEN / "answers.json"
    found = answers(stancekit.load(fixed_checkpoint, engine=engine), (GOLDEN / "article.txt").read_text(encoding="utf-8"))
    if os.environ.get("STANCEKIT_GOLDEN") == "write" and engine == "onnx":
        file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    expected = json.loads(file.read_text(encoding="utf-8"))
    assert sum(len(s["stances"]) for s in expected["article"]["statements"]) >= 10
    assert_alike(found, expected, RENEW)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [a.text for a in read_marks(SEEDS / "articles" / "a1.txt")][:6]


@pytest.fixture(scope="module")
def lines(fixed_checkpoint: Path, texts: list[str]) -> list[str]:
    """The output for each text alone, on one thread."""
    model = stancekit.load(fixed_checkpoint, threads=1)
    found = [dump(answers(model, text)) for text in texts]
    assert sum(line.count('"confidence"') for line in found) > 50
    return found


def test_the_same_bytes_again(fixed_checkpoint: Path, texts: list[str], lines: list[str]) -> None:
    again = stancekit.load(fixed_checkpoint, threads=1)
    assert [dump(answers(again, text)) for _ in range(2) for text in texts] == lines * 2


@pytest.mark.parametrize("options", [{"threads": 2}, {"engine": "torch"}], ids=["two threads", "torch"])
def test_thread_counts_and_engines_agree(fixed_checkpoint: Path, texts: list[str], lines: list[str], options: dict) -> None:
    other = stancekit.load(fixed_checkpoint, **options)
    for text, line in zip(texts, lines, strict=True):
        assert_alike(answers(other, text), json.loads(line), str(options))


def test_eight_threads_share_a_model(fixed_checkpoint: Path, texts: list[str], lines: list[str]) -> None:
    shared = stancekit.load(fixed_checkpoint, threads=1)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: dump(answers(shared, text)), texts * 8))
    assert found == lines * 8


@pytest.mark.parametrize("options", [{"threads": 1}, {"threads": 2}, {"engine": "torch"}], ids=["one thread", "two threads", "torch"])
def test_a_model_is_used_after_a_fork(fixed_checkpoint: Path, texts: list[str], options: dict) -> None:
    """Threads of the parent, ONNX Runtime's and OpenMP's too, do not exist in the child."""
    model = stancekit.load(fixed_checkpoint, **options)
    before = [dump(answers(model, text)) for text in texts]
    ours, theirs = multiprocessing.Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        try:
            theirs.send([dump(answers(model, text)) for text in texts])
        finally:
            os._exit(0)
    try:
        assert ours.poll(60), "the child hangs"
        assert ours.recv() == before
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert [dump(answers(model, text)) for text in texts] == before
