"""Engines map arrays to arrays. This one runs the exported graphs with ONNX Runtime."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from stancekit.encoding import Floats, Ints
from stancekit.errors import CheckpointError, ConfigError


class Engine(Protocol):
    """What a pipeline needs: the steps of the model. Shapes as in model.py.

    lanes: calls worth making at the same time, from as many threads.
    batch_tokens: most tokens of a call worth making at once, padding included.
    """

    lanes: int
    batch_tokens: int

    def encode(self, ids: Ints, mask: Ints) -> Floats:
        """ids, mask: (windows, tokens) -> (windows, tokens, width)."""
        ...

    def begin(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
        """ids, mask: (windows, tokens) -> what the layers up to the early exit give (windows, tokens, width), and what
        `encoding.exit_scores` reads; of a model that has one."""
        ...

    def finish(self, hidden: Floats, mask: Ints) -> Floats:
        """The other layers over what stays. hidden: (windows, tokens, width), mask: (windows, tokens) -> (windows, tokens, width)."""
        ...

    def statements(self, tokens: Floats, mask: Ints) -> Floats:
        """tokens: (blocks, n, width), mask: (blocks, n) -> (blocks, labels), log-odds."""
        ...

    def mentions(self, tokens: Floats, mask: Ints) -> Floats:
        """tokens: (blocks, n, width), mask: (blocks, n) -> (blocks, 2, n, n), log-odds."""
        ...

    def pairs(self, tokens: Floats, mask: Ints, sources: Ints, targets: Ints) -> tuple[Floats, Floats]:
        """... sources: (blocks, S, 2), targets: (blocks, T, 2) -> open, given: (blocks, S + 2, T + 1, labels + 1)."""
        ...

    def encode_asked(self, ids: Ints, mask: Ints, marked: Ints) -> Floats:
        """As `encode`, what `asked` reads of a question, of a model where its last layers are its own; marked: (windows, 2, 2),
        token ranges of source and target."""
        ...

    def asked(self, tokens: Floats, mask: Ints, sources: Ints, targets: Ints) -> tuple[Floats, Floats]:
        """As `pairs` -> event, crowd: (blocks, S + 2, T + 1, labels + 1)."""
        ...


def thread_count(threads: int | None) -> int:
    """`threads`, or STANCEKIT_THREADS, or the processors this process may use. Raises `ConfigError` for no positive whole number."""
    if threads is None:
        value = os.environ.get("STANCEKIT_THREADS", "")
        if value and not (value.isdigit() and int(value) > 0):
            raise ConfigError(f"STANCEKIT_THREADS = {value!r}, expected a positive whole number; unset it or correct it")
        threads = int(value) if value else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        return threads or 1
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        raise ConfigError(f"threads = {threads!r}, expected a positive whole number; leave it out for the processors at hand")
    return threads


class OnnxEngine:
    """The exported graphs on the CPU. Safe to use from several threads; results do not depend on their number.

    A call keeps to its thread, and `lanes` of them run side by side: matrices of this size gain little from being
    cut among threads, and Python's share of the work is done beside another call's. Batches are small enough for what
    passes between layers to stay in the processor's cache.
    """

    batch_tokens = 512

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        import onnxruntime

        self.folder = folder
        self._stamp = self._stamped()
        self.threads = self.lanes = thread_count(threads)
        onnxruntime.set_default_logger_severity(3)
        self._sessions: dict[str, Any] = {}
        for name in ("encoder", "statement", "mention", "pair", "asked"):
            self._sessions[name] = self._begin(name)
        self.exits = len(self._sessions["encoder"].get_outputs()) > 1
        """Whether the encoder's graph ends at an early exit; another holds the other layers then."""
        if self.exits:
            self._sessions["encoder_rest"] = self._begin("encoder_rest")

    def _stamped(self) -> tuple[int, ...]:
        """Changes with the weights' file."""
        try:
            found = os.stat(self.folder / "model.safetensors")
        except OSError:
            return ()
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _begin(self, name: str) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_mem_pattern = False  # a pattern is kept for every shape that was ever seen
        try:
            return onnxruntime.InferenceSession(os.fspath(self.folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's errors share no public base
            raise CheckpointError(f"{self.folder / name}.onnx cannot be loaded: {error}") from None

    @property
    def labels(self) -> int:
        """Labels the graphs answer with, "none" left out."""
        return int(self._sessions["pair"].get_outputs()[0].shape[-1]) - 1

    def _run(self, name: str, **inputs: np.ndarray) -> Any:
        try:
            return self._sessions[name].run(None, inputs)
        except Exception as error:  # the library's errors share no public base
            raise CheckpointError(f"{self.folder / name}.onnx cannot be run: {error}") from None

    def encode(self, ids: Ints, mask: Ints) -> Floats:
        """See `Engine`."""
        out: Floats = self._run("encoder", ids=ids, mask=mask)[0]
        return self.finish(out, mask) if self.exits else out

    def begin(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
        """See `Engine`."""
        hidden, votes = self._run("encoder", ids=ids, mask=mask)
        return hidden, votes

    def finish(self, hidden: Floats, mask: Ints) -> Floats:
        """See `Engine`."""
        out: Floats = self._run("encoder_rest", hidden=hidden, mask=mask)[0]
        return out

    def statements(self, tokens: Floats, mask: Ints) -> Floats:
        """See `Engine`."""
        log_odds: Floats = self._run("statement", tokens=tokens, mask=mask)[0]
        return log_odds

    def mentions(self, tokens: Floats, mask: Ints) -> Floats:
        """See `Engine`."""
        scores: Floats = self._run("mention", tokens=tokens, mask=mask)[0]
        return scores

    def pairs(self, tokens: Floats, mask: Ints, sources: Ints, targets: Ints) -> tuple[Floats, Floats]:
        """See `Engine`."""
        open_logits, given_logits = self._run("pair", tokens=tokens, mask=mask, sources=sources, targets=targets)
        return open_logits, given_logits

    def encode_asked(self, ids: Ints, mask: Ints, marked: Ints) -> Floats:
        """See `Engine`. Its graph is loaded with the first question that needs it."""
        name = "encoder_asked"
        if name not in self._sessions:
            if self._stamped() != self._stamp:
                raise CheckpointError(f"{self.folder} is another model now than the one that was loaded, or gone; load it again")
            self._sessions[name] = self._begin(name)
        out: Floats = self._run(name, ids=ids, mask=mask, marked=marked)[0]
        return out

    def asked(self, tokens: Floats, mask: Ints, sources: Ints, targets: Ints) -> tuple[Floats, Floats]:
        """See `Engine`."""
        event, crowd = self._run("asked", tokens=tokens, mask=mask, sources=sources, targets=targets)
        return event, crowd
