"""Calls side by side in threads (`concurrent.futures`: ONNX Runtime and the tokenizer let go of Python's lock while they work)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Begin(Protocol):
    """Begins a function over items; what it returns waits for the results, in the items' order, or raises what a call raised.
    With one lane or one item the work is done by whoever waits for it."""

    def __call__(self, function: Callable[[Item], Result], items: Sequence[Item], /) -> Callable[[], list[Result]]:
        """A call that gives [function(item) for item in items]"""
        ...


@contextmanager
def side_by_side(lanes: int) -> Iterator[Begin]:
    """Runs functions in at most `lanes` threads, which end with the context, so that a process forked later inherits none;
    what has not begun by then is dropped."""
    if lanes == 1:
        yield lambda function, items: lambda: [function(item) for item in items]
        return
    pool = ThreadPoolExecutor(lanes, "stancekit")

    def begin(function: Callable[[Item], Result], items: Sequence[Item], /) -> Callable[[], list[Result]]:
        if len(items) < 2:  # not worth a thread, and a pool takes nothing once the main thread has ended
            return lambda: [function(item) for item in items]
        futures = [pool.submit(function, item) for item in items]
        return lambda: [future.result() for future in futures]

    try:
        yield begin
    finally:
        pool.shutdown(cancel_futures=True)

