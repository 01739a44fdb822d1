"""Linear layers of the encoder and of the heads that read articles in 8-bit integers, with input ranges fixed beforehand.

Every input channel of a layer is divided by a number of its own, near the greatest value it had on sample texts, and the
weights are multiplied by it (the idea of SmoothQuant, Xiao et al. 2023), so one range of 8 bits suits all channels. The ranges are fixed,
not measured anew in each batch as ONNX Runtime's dynamic quantisation does: an answer must not depend on the texts read
beside it. Weights stay stored once, in half precision; the runtime folds them to 8 bits when it loads the graph.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from stancekit.encoding import Encoder, Window
from stancekit.model import StanceModel

PREFIX = "int8."
"""Tensors `int8.<layer>.reach` (inputs,), what each channel is divided by, and `int8.<layer>.low` (1,) of a weights file;
layers are called as in `StanceModel`."""
HEADS = (
    "mention.start", "mention.end", "mention.statement_value", "pair.span", "pair.key", "pair.value", "pair.from_product",
    "pair.from_context", "pair.outputs.open.hidden", "pair.outputs.given.hidden",
)  # fmt: skip
"""The heads' layers that are run for every token, span or pair of spans of an article; the others are not worth a rounding."""
SPANS = 4
"""Spans of each role that the pair head is watched on in a sentence of the sample texts."""
LEVELS = 255
WEIGHT_LEVEL = 63
"""Highest level of a weight: seven bits, since processors without VNNI add pairs of products in 16 bits, where eight overflow."""
SAMPLE_TOKENS = 60_000
"""Tokens of the sample texts that are looked at."""
HARM_TOKENS = 3_000
"""Tokens of the sample texts on which layers are compared."""
FLOOR = 0.05
"""Least reach of a channel, as a share of the layer's median."""

EVENNESS = (1.0, 0.9, 0.8, 0.7)
"""Exponents tried: 1 gives every input channel the whole range, less spares the weights that must make up for it."""
LOWEST = (-1.0, -0.5, -0.25, -0.12)
"""Lower ends of the range tried, its upper end being 1: activations like GELU's hardly go below zero."""
CLIPS = (1.0, 0.8, 0.65, 0.5)
"""Shares of the range tried: cutting off the few greatest values makes the levels of all others finer."""
SAMPLE_ROWS = 1_500
"""Inputs of each layer that the choice between these is made on."""

Ranges = dict[str, tuple[Tensor, float]]
"""layer -> (what each input channel is divided by, lower end of the range: -1 to 0)"""


def ranges(model: StanceModel, encoder: Encoder, texts: Iterable[str]) -> Ranges:
    """Input ranges of the linear layers that read articles, over sample texts."""
    seen: dict[str, _Seen] = {}
    tokens = 0

    def watch(name: str) -> Any:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            x = inputs[0].reshape(-1, inputs[0].shape[-1]).float()
            if len(x) == tokens or not name.startswith("encoder."):  # not what reads the table of relative positions
                seen.setdefault(name, _Seen()).add(x)

        return hook

    layers = {name: m for name, m in model.named_modules() if isinstance(m, nn.Linear) and (name in HEADS or name.startswith("encoder."))}
    hooks = [module.register_forward_pre_hook(watch(name)) for name, module in layers.items()]
    try:
        for window in _windows(encoder, texts, SAMPLE_TOKENS):
            tokens = len(window.ids)
            _read(model, encoder, window)
    finally:
        for hook in hooks:
            hook.remove()
    # layers that read the same input (query, key, value) share its range, so that it is rounded once
    groups: dict[bytes, list[str]] = {}
    for name, found in seen.items():
        groups.setdefault(found.high.numpy().tobytes() + found.low.numpy().tobytes(), []).append(name)
    return {name: _choose([layers[n] for n in group], seen[group[0]]) for group in groups.values() for name in group}


def _windows(encoder: Encoder, texts: Iterable[str], enough: int) -> Iterator[Window]:
    """The texts' windows, until so many tokens are reached."""
    tokens = 0
    for window in (w for text in texts for w in encoder.article(text).windows):
        yield window
        tokens += len(window.ids)
        if tokens >= enough:
            return


def _read(model: StanceModel, encoder: Encoder, window: Window, spans: Sequence[Tensor] = ()) -> tuple[list[Tensor], list[Tensor]]:
    """A window read as an article is. Returns what each step of the model says, flat, and the spans (2, spans, 2) that the pair
    head was asked of in each sentence: `spans`, or the best ones where none are given."""
    ids, mask = encoder.pad([window])
    asked = list(spans)
    with torch.no_grad():
        hidden = model.encode(torch.from_numpy(ids), torch.from_numpy(mask))
        said = [[hidden]]
        for i, block in enumerate(window.blocks):
            x = hidden[:, block.start : block.end]
            whole = torch.ones(x.shape[:2], dtype=torch.long)
            scores, statement = model.mention(x, whole)
            if not spans:
                asked.append(_best(scores))
            said.append([statement, scores[scores > -9e3], *model.pair(x, whole, asked[i][:1], asked[i][1:])])
    steps = [said[0], *([block[i] for block in said[1:]] for i in range(len(said[1])))]
    return [torch.cat([part.flatten() for part in step]) for step in steps], asked


def _best(scores: Tensor) -> Tensor:
    """The best spans (2, spans, 2) of each role. scores: (1, 2, tokens, tokens)."""
    n = scores.shape[-1]
    places = scores[0].flatten(1).topk(min(SPANS, n)).indices
    return torch.stack([places // n, places % n + 1], dim=-1)


def by_harm(model: StanceModel, encoder: Encoder, found: Ranges, texts: Iterable[str]) -> list[list[str]]:
    """The layers that have ranges, those together that read the same input, first the ones whose 8 bits alone move most what
    the model's steps say (each step's mean square over that of the exact answers; over the first of the texts)."""
    windows = list(_windows(encoder, texts, HARM_TOKENS))
    exact = [_read(model, encoder, window) for window in windows]

    def harm(names: Sequence[str]) -> float:
        altered = emulate(copy.deepcopy(model), {name: found[name] for name in names})
        moved = 0.0
        for window, (before, spans) in zip(windows, exact, strict=True):
            after, _ = _read(altered, encoder, window, spans)
            moved += sum(float((a - b).square().mean() / b.square().mean()) for a, b in zip(after, before, strict=True))
        return moved

    groups: dict[bytes, list[str]] = {}
    for name, (reach, low) in found.items():
        groups.setdefault(reach.numpy().tobytes() + str(low).encode(), []).append(name)
    return sorted(groups.values(), key=lambda names: -harm(names))


class _Seen:
    """Highest and lowest value (inputs,) of each input channel of a layer, and some whole inputs (rows, inputs)."""

    def __init__(self) -> None:
        self.high = self.low = torch.empty(0)
        self.rows: list[Tensor] = []
        self.number = 0

    def add(self, x: Tensor) -> None:
        high, low = x.amax(0), x.amin(0)
        self.high, self.low = (torch.maximum(self.high, high), torch.minimum(self.low, low)) if self.rows else (high, low)
        step = max(1, SAMPLE_TOKENS // SAMPLE_ROWS)
        self.rows.append(x[-self.number % step :: step].clone())
        self.number += len(x)


def _choose(linears: Sequence[nn.Linear], seen: _Seen) -> tuple[Tensor, float]:
    """The range under which the layers' outputs move least."""
    x = torch.cat(seen.rows)[:SAMPLE_ROWS]
    best: tuple[float, Tensor, float] | None = None
    for lowest in LOWEST:
        reach = torch.maximum(seen.high, seen.low / lowest)
        reach = reach.clamp(min=max(FLOOR * float(reach.median()), 1e-4))
        for even, clip in product(EVENNESS, CLIPS):
            divisor = clip * reach**even * reach.max() ** (1 - even)
            moved = 0.0
            with torch.no_grad():
                for linear in linears:
                    exact = linear(x)
                    moved += float((Int8Linear(linear, divisor, lowest)(x) - exact).square().mean() / exact.square().mean())
            if best is None or moved < best[0]:
                best = moved, divisor, lowest
    assert best is not None
    return best[1], best[2]


def tensors(found: Ranges) -> dict[str, Tensor]:
    """Ranges as tensors of a weights file."""
    reaches = {f"{PREFIX}{name}.reach": reach for name, (reach, _) in found.items()}
    return reaches | {f"{PREFIX}{name}.low": torch.tensor([low]) for name, (_, low) in found.items()}


def read(weights: Mapping[str, Tensor]) -> Ranges:
    """The ranges in a weights file, empty where there are none. Raises `ValueError` for one that is incomplete or no range."""
    found: Ranges = {}
    for name in dict.fromkeys(k.removeprefix(PREFIX).rpartition(".")[0] for k in weights if k.startswith(PREFIX)):
        reach, low = weights.get(f"{PREFIX}{name}.reach"), weights.get(f"{PREFIX}{name}.low")
        if reach is None or low is None:
            raise ValueError(f"{PREFIX}{name} needs a reach and a low; export the checkpoint again")
        reach = reach.float()
        if low.numel() != 1 or not -1 <= float(low) <= 0:
            raise ValueError(f"{PREFIX}{name}.low has {low.numel()} numbers or is not in -1 to 0; export the checkpoint again")
        if not bool((torch.isfinite(reach) & (reach > 0)).all()):
            raise ValueError(f"{PREFIX}{name}.reach has numbers that are not finite and positive; export the checkpoint again")
        found[name] = reach, float(low)
    return found


def step_and_zero(low: float) -> tuple[np.float32, int]:
    """Width of a level and the level of 0 for inputs between `low` and 1."""
    step = np.float32((1.0 - low) / LEVELS)
    return step, int(np.clip(np.round(-low / step), 0, LEVELS))


class Int8Linear(nn.Module):
    """What the 8-bit graph computes for a linear layer, in torch: the same levels, summed in single precision."""

    def __init__(self, linear: nn.Linear, reach: Tensor, low: float) -> None:
        super().__init__()
        step, zero = step_and_zero(low)
        self.step, self.zero = float(step), zero
        weight = linear.weight.detach().float() * reach
        scale = (weight.abs().amax(1) / WEIGHT_LEVEL).clamp(min=1e-12)
        self.shrink = nn.Buffer(1 / reach)
        self.weight = nn.Buffer(torch.round(weight / scale[:, None]).clamp(-WEIGHT_LEVEL, WEIGHT_LEVEL))
        self.scale = nn.Buffer(scale * self.step)
        self.bias = linear.bias

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) -> (..., outputs)."""
        levels = (torch.round(x * self.shrink / self.step) + self.zero).clamp(0, LEVELS) - self.zero
        out = nn.functional.linear(levels, self.weight) * self.scale
        return out if self.bias is None else out + self.bias


def emulate(model: StanceModel, found: Ranges) -> StanceModel:
    """Puts `Int8Linear` in the place of the layers that have ranges (for reading; such a model is not for training).

    Raises `ValueError` for a range of what is no linear layer of the model or has another number of inputs.
    """
    layers = dict(model.named_modules())
    for name, (reach, low) in found.items():
        linear = layers.get(name)
        if not isinstance(linear, nn.Linear):
            raise ValueError(f"{PREFIX}{name}: the model has no linear layer {name!r}")
        if reach.shape != (linear.in_features,):
            raise ValueError(f"{PREFIX}{name}.reach has the shape {tuple(reach.shape)}, expected ({linear.in_features},)")
        parent, _, leaf = name.rpartition(".")
        setattr(layers[parent], leaf, Int8Linear(linear, reach, low))
    return model


__all__ = ["WEIGHT_LEVEL", "Int8Linear", "Ranges", "by_harm", "emulate", "ranges", "read", "step_and_zero", "tensors"]
