"""The encoder's linear layers in 8-bit integers, with input ranges fixed beforehand.

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

from stancekit.encoding import Encoder
from stancekit.model import StanceModel

PREFIX = "int8."
"""Tensors `int8.<layer>.reach` (inputs,), what each channel is divided by, and `int8.<layer>.low` (1,) of a weights file."""
LEVELS = 255
WEIGHT_LEVEL = 63
"""Highest level of a weight: seven bits, since processors without VNNI add pairs of products in 16 bits, where eight overflow."""
SAMPLE_TOKENS = 60_000
"""Tokens of the sample texts that are looked at."""
HARM_TOKENS = 6_000
"""Tokens of the sample texts on which layers are compared."""
FLOOR = 0.05
"""Least reach of a channel, as a share of the layer's median."""

EVENNESS = (1.0, 0.9, 0.8, 0.7)
"""Exponents tried: 1 gives every input channel the whole range, less spares the weights that must make up for it."""
LOWEST = (-1.0, -0.5, -0.25, -0.12)
"""Lower ends of the range tried, its upper end being 1: activations like GELU's hardly go below zero."""
CLIPS = (1.0, 0.8, 0.65, 0.5)
"""Shares of the range tried: cutting off the few greatest values makes the levels of all others finer."""
SAMPLE_ROWS = 3_000
"""Inputs of each layer that the choice between these is made on."""

Ranges = dict[str, tuple[Tensor, float]]
"""layer -> (what each input channel is divided by, lower end of the range: -1 to 0)"""


def ranges(model: StanceModel, encoder: Encoder, texts: Iterable[str]) -> Ranges:
    """Input ranges of the encoder's linear layers, over sample texts."""
    seen: dict[str, _Seen] = {}
    real: list[Tensor] = []

    def watch(name: str) -> Any:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            x = inputs[0].reshape(-1, inputs[0].shape[-1]).float()
            if len(x) == len(real[-1]):
                seen.setdefault(name, _Seen()).add(x[real[-1]])

        return hook

    layers = {name: m for name, m in model.encoder.named_modules() if isinstance(m, nn.Linear)}
    hooks = [module.register_forward_pre_hook(watch(name)) for name, module in layers.items()]
    try:
        for ids, mask in _windows(encoder, texts, SAMPLE_TOKENS):
            real.append(mask.reshape(-1).bool())
            with torch.no_grad():
                model.encode(ids, mask)
    finally:
        for hook in hooks:
            hook.remove()
    # layers that read the same input (query, key, value) share its range, so that it is rounded once
    groups: dict[bytes, list[str]] = {}
    for name, found in seen.items():
        groups.setdefault(found.high.numpy().tobytes() + found.low.numpy().tobytes(), []).append(name)
    return {name: _choose([layers[n] for n in group], seen[group[0]]) for group in groups.values() for name in group}


def _windows(encoder: Encoder, texts: Iterable[str], enough: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Token ids and mask (1, tokens) of the texts' windows, until so many tokens are reached."""
    tokens = 0
    for window in (w for text in texts for w in encoder.article(text).windows):
        ids, mask = encoder.pad([window])
        yield torch.from_numpy(ids), torch.from_numpy(mask)
        tokens += len(window.ids)
        if tokens >= enough:
            return


def by_harm(model: StanceModel, encoder: Encoder, found: Ranges, texts: Iterable[str]) -> list[list[str]]:
    """The layers that have ranges, those together that read the same input, first the ones whose 8 bits alone move the
    encoder's output most (mean square, over the first of the texts)."""
    inputs = list(_windows(encoder, texts, HARM_TOKENS))

    def outputs(chosen: Sequence[str]) -> Tensor:
        altered = emulate(copy.deepcopy(model), {name: found[name] for name in chosen})
        with torch.no_grad():
            return torch.cat([altered.encode(*window)[0] for window in inputs])

    exact = outputs(())
    groups: dict[bytes, list[str]] = {}
    for name, (reach, low) in found.items():
        groups.setdefault(reach.numpy().tobytes() + str(low).encode(), []).append(name)
    return sorted(groups.values(), key=lambda names: -float((outputs(names) - exact).square().mean()))


class _Seen:
    """Highest and lowest value (inputs,) of each input channel of a layer, and some whole inputs (rows, inputs)."""

    def __init__(self) -> None:
        self.high = self.low = torch.empty(0)
        self.rows: list[Tensor] = []

    def add(self, x: Tensor) -> None:
        high, low = x.amax(0), x.amin(0)
        self.high, self.low = (torch.maximum(self.high, high), torch.minimum(self.low, low)) if self.rows else (high, low)
        self.rows.append(x[:: max(1, SAMPLE_TOKENS // SAMPLE_ROWS)].clone())


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

    Raises `ValueError` for a range of what is no linear layer of the encoder or has another number of inputs.
    """
    layers = dict(model.encoder.named_modules())
    for name, (reach, low) in found.items():
        linear = layers.get(name)
        if not isinstance(linear, nn.Linear):
            raise ValueError(f"{PREFIX}{name}: the encoder has no linear layer {name!r}")
        if reach.shape != (linear.in_features,):
            raise ValueError(f"{PREFIX}{name}.reach has the shape {tuple(reach.shape)}, expected ({linear.in_features},)")
        parent, _, leaf = name.rpartition(".")
        setattr(layers[parent], leaf, Int8Linear(linear, reach, low))
    return model


__all__ = ["WEIGHT_LEVEL", "Int8Linear", "Ranges", "by_harm", "emulate", "ranges", "read", "step_and_zero", "tensors"]
