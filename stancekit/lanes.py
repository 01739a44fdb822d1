"""Calls side by side in threads (`concurrent.futures`: ONNX Runtime and the tokenizer let go of Python's lock while they work)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Run(Protocol):
    """A function over items; the results in the items' order. What a call raises reaches the caller."""

    def __call__(self, function: Callable[[Item], Result], items: Sequence[Item], /) -> list[Result]:
        """[function(item) for item in items]"""
        ...


@contextmanager
def side_by_side(lanes: int) -> Iterator[Run]:
    """Runs functions in at most `lanes` threads, which end with the context, so that a process forked later inherits none."""
    if lanes == 1:
        yield lambda function, items: [function(item) for item in items]
        return
    with ThreadPoolExecutor(lanes, "stancekit") as pool:
        yield lambda function, items: list(pool.map(function, items)) if len(items) > 1 else [function(item) for item in items]
