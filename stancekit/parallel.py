"""Reads texts with several processes on one machine, each with a model of its own.

Each worker loads a model, so starting time and memory grow with their number: it is for many texts. What is Python's (names,
codes, decoding) runs side by side only in processes; what is the encoder's does in threads too.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from stancekit.engine import thread_count
from stancekit.errors import ConfigError, StancekitError
from stancekit.lanes import batches, check_items, each_of
from stancekit.schema import Article

if TYPE_CHECKING:
    from stancekit.pipeline import Model

AHEAD = 2
"""Batches in flight for each worker: one it reads and one that waits for it."""

Result = Future[list[Article]]


def predict_many(
    texts: Iterable[str],
    model: str | os.PathLike[str] | None = None,
    workers: int = 2,
    batch_size: int = 32,
    threads: int | None = None,
) -> Iterator[Article]:
    """The articles of `texts` in the same order, exactly as `Model.predict_many(texts, batch_size)` gives them.

    `texts` is read in the caller's thread as results are taken, at most `AHEAD * workers * batch_size` texts ahead, so
    it may be endless. `model`: as for `stancekit.load`. `threads` of each worker: by default STANCEKIT_THREADS or the
    processors at hand, divided by `workers`.

    What `texts` or a worker raises is raised here after the articles before it. A worker that dies raises
    `StancekitError`. However it ends (closing the iterator, too; use `contextlib.closing` where the loop may be left
    early), no process stays behind. A script calls this under `if __name__ == "__main__":`, as its workers import it.
    """
    for name, value in (("workers", workers), ("batch_size", batch_size), ("threads", threads)):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise ConfigError(f"{name} = {value!r}, expected a positive whole number")
    check_items(texts, "put a single text in a list")
    each = threads or max(1, thread_count(None) // workers)
    folder = None if model is None else os.fspath(model)
    return _run(each_of(str, texts, "predict_many takes strings"), folder, workers, batch_size, each)


def _run(texts: Iterator[str], model: str | None, workers: int, batch_size: int, threads: int) -> Iterator[Article]:
    context = multiprocessing.get_context("spawn")
    stopped, stop = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, _start, (stopped, threads))
    pending: deque[Result] = deque()
    try:
        for result in _submit(pool, texts, model, batch_size, threads):
            pending.append(result)
            while pending and (len(pending) >= AHEAD * workers or pending[0].done()):
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()
    except BrokenProcessPool as error:
        raise StancekitError(
            f"a worker process died (killed, or no memory left: each of the {workers} workers holds a model); "
            'start fewer workers, and in a script call this under if __name__ == "__main__":'
        ) from error
    finally:
        stop.send(None)
        pool.shutdown(cancel_futures=True)
        stop.close()
        stopped.close()


def _submit(pool: ProcessPoolExecutor, texts: Iterator[str], model: str | None, batch_size: int, threads: int) -> Iterator[Result]:
    """The result of each batch to come; what stops the reading comes as the last result's exception, so in its turn."""
    try:
        for batch in batches(texts, batch_size):
            yield pool.submit(_articles, model, threads, batch)
    except Exception as error:
        failed: Result = Future()
        failed.set_exception(error)
        yield failed


# ------------------------------------------------------------------------- in a worker

_handing_over = threading.Lock()
"""Held by a worker's main thread except while it reads a batch. Ending it while it hands a result over would leave the
parent waiting for the rest of a message."""


def _start(stopped: Connection, threads: int) -> None:
    """Prepares a worker: libraries keep to its share of threads, Ctrl-C is left to the parent, and the worker ends in
    the middle of a batch when the parent says so on `stopped`, and at once when the parent is gone."""
    for name in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ.setdefault(name, str(threads))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _handing_over.acquire()
    threading.Thread(target=_end_with_parent, args=(stopped,), daemon=True).start()


def _end_with_parent(stopped: Connection) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    if parent.sentinel not in wait([stopped, parent.sentinel]):
        while not _handing_over.acquire(timeout=0.1) and parent.is_alive():
            pass
    os._exit(1)


@cache
def _model(model: str | None, threads: int) -> Model:
    """The worker's model, loaded with its first batch, so that an error of loading reaches the caller as it is."""
    from stancekit.pipeline import load

    return load(model, threads=threads)


def _articles(model: str | None, threads: int, texts: list[str]) -> list[Article]:
    _handing_over.release()
    try:
        return list(_model(model, threads).predict_many(texts, len(texts)))
    finally:
        _handing_over.acquire()
