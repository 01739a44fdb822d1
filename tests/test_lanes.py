"""Calls side by side, and articles read in several threads."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

import stancekit
from stancekit.lanes import side_by_side


@pytest.mark.parametrize("lanes", [1, 3])
def test_results_keep_the_order_of_the_items(lanes: int) -> None:
    def later(n: int) -> int:
        time.sleep(0.002 * (5 - n))
        return n * n

    with side_by_side(lanes) as begin:
        assert begin(later, range(5))() == [0, 1, 4, 9, 16] and begin(later, [])() == []


def test_calls_meet_at_a_barrier_only_if_they_run_side_by_side() -> None:
    barrier = threading.Barrier(3, timeout=10)
    with side_by_side(3) as begin:
        assert sorted(begin(lambda _: barrier.wait(), range(3))()) == [0, 1, 2]


@pytest.mark.parametrize("lanes", [1, 3])
def test_what_a_call_raises_reaches_the_caller(lanes: int) -> None:
    with pytest.raises(ZeroDivisionError), side_by_side(lanes) as begin:
        begin(lambda n: 1 // n, [1, 0, 2])()


def test_no_thread_outlives_a_reading(tiny_checkpoint: Path) -> None:
    before = set(threading.enumerate())
    model = stancekit.load(tiny_checkpoint, threads=3)
    reading = model.predict_many(["Kenya thanked Norway. " * 40] * 4, batch_size=2)
    next(reading)
    assert {t.name.partition("_")[0] for t in set(threading.enumerate()) - before} == {"stancekit"}
    reading.close()
    assert set(threading.enumerate()) == before
    model.classify("Kenya thanked Norway.", target="Norway")
    assert set(threading.enumerate()) == before


def test_one_article_of_many_windows_is_shared_among_threads(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = stancekit.load(tiny_checkpoint, threads=3)
    used: set[str] = set()
    encode = model.engine.encode

    def watched(ids, mask):  # type: ignore[no-untyped-def]
        used.add(threading.current_thread().name)
        time.sleep(0.01)
        return encode(ids, mask)

    monkeypatch.setattr(model.engine, "encode", watched)
    text = "Kenya thanked Norway for its help in the valley. " * 200
    shared = model.predict(text)
    assert len(used) == 3
    assert shared.to_dict() == stancekit.load(tiny_checkpoint, threads=1).predict(text).to_dict()
