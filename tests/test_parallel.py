"""Several processes give what one gives, in order and in bounded memory, and however it ends none stays behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count, islice
from pathlib import Path

import pytest

from stancekit.errors import CheckpointError, ConfigError, StancekitError
from stancekit.parallel import AHEAD, predict_many

TEXTS = [
    f'The ministry of china {verb} the attack of {n} in kenya. "{"We support peace talks, " * (n % 4)}" he said; russia warned them.'
    for n, verb in enumerate(["condemned", "supports", "warned of"] * 4)
] + ["", "\n", "éé 😀 said"]


def workers() -> list[int]:
    return [p.pid for p in multiprocessing.active_children() if p.pid]


@pytest.fixture(autouse=True)
def none_stays_behind() -> Iterator[None]:
    yield
    assert not workers()


def test_answers_and_order_are_those_of_one_process(tiny_model, tiny_checkpoint: Path) -> None:
    expected = list(tiny_model.predict_many(TEXTS, 4))
    assert sum(len(a.stances) for a in expected) > 5
    assert list(predict_many(iter(TEXTS), tiny_checkpoint, workers=2, batch_size=4)) == expected


def test_an_endless_iterable_is_read_a_bounded_way_ahead_and_closing_ends_the_workers(tiny_checkpoint: Path) -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        for n in count():
            read += 1
            yield f"china condemned attack {n}."

    with closing(predict_many(endless(), tiny_checkpoint, workers=2, batch_size=3)) as articles:  # type: ignore[type-var]
        for n, article in enumerate(islice(articles, 20)):
            assert article.text == f"china condemned attack {n}."
            assert read <= n + 1 + AHEAD * 2 * 3 + 3
        pids = workers()
        assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_closing_does_not_wait_for_a_batch(tiny_checkpoint: Path) -> None:
    """The second batch takes a worker far longer than the test may."""
    texts = ["china condemned the attack. ", "he said, they warned russia. " * 4_000]
    articles = predict_many(texts, tiny_checkpoint, workers=1, batch_size=1)
    next(articles)
    start = time.monotonic()
    articles.close()  # type: ignore[attr-defined]
    assert time.monotonic() - start < 10


def test_a_killed_worker_is_an_error(tiny_checkpoint: Path) -> None:
    articles = predict_many(("china condemned the attack." for _ in count()), tiny_checkpoint, workers=2, batch_size=2)
    next(articles)
    os.kill(workers()[0], signal.SIGKILL)
    with pytest.raises(StancekitError, match="a worker process died .* fewer workers"):
        list(articles)


def test_what_the_iterable_raises_comes_after_the_articles_before_it(tiny_checkpoint: Path) -> None:
    def broken() -> Iterator[str]:
        yield from ["a.", "b.", "c.", "d.", "e."]
        raise OSError("disk gone")

    articles = predict_many(broken(), tiny_checkpoint, workers=2, batch_size=2)
    assert [next(articles).text for _ in range(5)] == ["a.", "b.", "c.", "d.", "e."]
    with pytest.raises(OSError, match="disk gone"):
        next(articles)


def test_what_a_worker_raises_is_raised(tiny_checkpoint: Path, tmp_path: Path) -> None:
    articles = predict_many(["a.", 7], tiny_checkpoint, workers=1, batch_size=1)  # type: ignore[list-item]
    assert next(articles).text == "a."
    with pytest.raises(TypeError, match="got int as item 2"):
        next(articles)
    with pytest.raises(CheckpointError, match="no such model folder"):
        list(predict_many(["a."], tmp_path / "none", workers=1))


def test_workers_end_with_a_killed_parent(tiny_checkpoint: Path, tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text(
        "import itertools, multiprocessing, sys\nfrom stancekit.parallel import predict_many\n"
        "if __name__ == '__main__':\n"
        "    for n, _ in enumerate(predict_many(itertools.repeat('a.'), sys.argv[1], workers=2, batch_size=1)):\n"
        "        if n == 3: print(*(p.pid for p in multiprocessing.active_children()), flush=True)\n"
    )
    parent = subprocess.Popen([sys.executable, script, tiny_checkpoint], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert len(pids) == 2
    limit = time.monotonic() + 20
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < limit, f"workers {pids} live on"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"workers": 1.5}, {"batch_size": -1}, {"threads": 0}])
def test_arguments_are_checked_at_once(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="expected a positive whole number"):
        predict_many(["a."], **wrong)
    with pytest.raises(TypeError, match="put a single text in a list"):
        predict_many("a.")
