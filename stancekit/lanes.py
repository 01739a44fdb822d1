"""Batches, and calls side by side in threads (`concurrent.futures`: ONNX Runtime and the tokenizer let go of Python's lock meanwhile)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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


def check_items(items: object, single: str) -> None:
    """Raises `TypeError` for what would be taken apart: one text (`single` is the remedy), a table or a mapping, whose names would come."""
    kind = type(items).__name__
    if isinstance(items, (str, bytes)):
        raise TypeError(f"got one {kind}, expected an iterable of them; {single}")
    if isinstance(items, Mapping) or hasattr(items, "columns"):
        raise TypeError(f"got a {kind}, of which only the names would be read; give one column, or the values")


def each_of(kind: type[Item], items: Iterable[object], needed: str) -> Iterator[Item]:
    """The items as they come. Raises `TypeError`, which says what was `needed` and counts from 1, for one that is not of this kind."""
    for number, item in enumerate(items, 1):
        if not isinstance(item, kind):
            raise TypeError(f"{needed}, got {type(item).__name__} as item {number}")
        yield item


def batches(items: Iterable[Item], size: int, weight: Callable[[Item], int] | None = None, most: int = 0) -> Iterator[list[Item]]:
    """Batches of `size` items, as they come; with `weight` one that weighs over `most` takes no more. What an iterable gave before
    it raised comes first."""
    batch: list[Item] = []
    total = 0
    try:
        for item in items:
            batch.append(item)
            total += weight(item) if weight else 0
            if len(batch) >= size or total > most:
                yield batch
                batch, total = [], 0
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
