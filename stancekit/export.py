"""Torch checkpoint to ONNX graphs whose weights stay in `model.safetensors`.

The graphs hold no weights of their own: each points, as ONNX external data, at the half-precision
tensors inside the safetensors file and casts them to single precision when the session is built. So a
checkpoint carries its weights once, whichever engine reads it.
"""

from __future__ import annotations

import copy
import json
import logging
import struct
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stancekit
from stancekit import checkpoint
from stancekit.config import CheckpointConfig
from stancekit.encoding import Floats
from stancekit.engine import Engine, OnnxEngine
from stancekit.errors import CheckpointError, MissingExtraError
from stancekit.pipeline import Model
from stancekit.schema import Article

try:
    import numpy as np
    import onnx
    import torch
    from safetensors.torch import load_file, save
    from torch import Tensor, nn
except ImportError as error:  # pragma: no cover - exercised in the environment without the extra
    raise MissingExtraError("export", "train") from error

from stancekit import calibration
from stancekit.int8 import PREFIX, WEIGHT_LEVEL, Ranges, by_harm, emulate, ranges, read, step_and_zero, tensors
from stancekit.model import ExitHead, MentionHead, PairHead, StanceModel, begin, encode_asked, finish
from stancekit.torch_engine import TorchEngine

log = logging.getLogger(__name__)

SPARED = (0, 1, 2, 3, 4)
"""Numbers of layers tried in single precision, where with fewer the loss is too great: those that suffer most from 8 bits."""
ROUNDED = 0.6
"""Most difference between the engines in 8 bits, as a share of what the rounding to 8 bits itself changes."""
OPSET = 20


@dataclass(frozen=True)
class Int8:
    """How a model is taken to 8-bit integers, and what it must still be worth then.

    `texts` show the range of every layer's inputs; of stance + target F1 (overlap) on `articles`, `most` may be lost.
    """

    texts: Sequence[str]
    articles: Sequence[Article]
    most: float = 0.005


class _Step(nn.Module):
    """A step of the model as a graph; its weights are called as in the model."""

    def __init__(self, **parts: nn.Module) -> None:
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)


class _Encode(_Step):
    encoder: nn.Module

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        hidden: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return hidden


class _Cut(_Step):
    encoder: nn.Module

    def __init__(self, layer: int, **parts: nn.Module) -> None:
        super().__init__(**parts)
        self.layer = layer


class _Begin(_Cut):
    exit: ExitHead

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        return begin(self.encoder, self.exit, self.layer, ids, mask)


class _Finish(_Cut):
    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return finish(self.encoder, self.layer, hidden, mask)


class _Statement(_Step):
    mention: MentionHead

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        log_odds: Tensor = self.mention.statement(tokens, mask)
        return log_odds


class _Mention(_Step):
    mention: MentionHead

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        scores: Tensor = self.mention.spans(tokens, mask)
        return scores


class _Pair(_Step):
    pair: PairHead

    def forward(self, tokens: Tensor, mask: Tensor, sources: Tensor, targets: Tensor) -> tuple[Tensor, ...]:
        logits: tuple[Tensor, ...] = self.pair(tokens, mask, sources, targets)
        return logits


class _EncodeAsked(_Step):
    encoder: nn.Module
    asked: PairHead

    def forward(self, ids: Tensor, mask: Tensor, marked: Tensor) -> Tensor:
        return encode_asked(self.encoder, self.asked, ids, mask, marked)


class _Asked(_Step):
    asked: PairHead

    def forward(self, tokens: Tensor, mask: Tensor, sources: Tensor, targets: Tensor) -> tuple[Tensor, ...]:
        logits: tuple[Tensor, ...] = self.asked(tokens, mask, sources, targets)
        return logits


def export(folder: Path, int8: Int8 | None = None) -> tuple[float, float] | None:
    """Adds the graphs to a torch checkpoint folder; with `int8` those that read articles in 8-bit integers, and returned is stance +
    target F1 before and after. Layers that suffer most stay in single precision where the loss is too great without.

    Raises `CheckpointError` where the architecture cannot be exported, a graph does not give the torch model's answers or
    8 bits lose too much; the folder then stays as it is, for the torch engine."""
    config = checkpoint.read_config(folder)
    model = checkpoint.load_torch(folder, config)
    model.encoder.set_attn_implementation("eager")
    graphs = _Graphs(folder, config, model, _programs(folder, model))
    if int8 is None:
        checkpoint.write_folder(folder, graphs.checked({}))
        return None
    encoder = checkpoint.read_encoder(folder, config)
    chosen = {layer for proto in graphs.protos.values() for layer in _layers(proto).values()}
    found = {k: v for k, v in ranges(model, encoder, int8.texts).items() if k in chosen}
    if not found:
        raise _refusal(folder, model, "no linear layer was found that 8-bit integers could serve")
    before = _f1(Model(config, encoder, TorchEngine(model), folder), int8.articles)
    groups = by_harm(model, encoder, found, int8.texts)
    for spared in (n for n in SPARED if n < len(groups)):
        left_out = [name for names in groups[:spared] for name in names]
        files = graphs.checked({name: value for name, value in found.items() if name not in left_out})
        with _written_aside(folder, files) as place:
            after = _f1(stancekit.load(place, engine="onnx"), int8.articles)
        log.info("stance + target F1 %.4f, in 8 bits %.4f; in single precision stay: %s", before, after, ", ".join(left_out) or "none")
        if after >= before - int8.most:
            checkpoint.write_folder(folder, files)
            return before, after
    fall = f"in 8-bit integers stance + target F1 falls from {before:.4f} to {after:.4f}, more than {int8.most:g}"
    raise _refusal(folder, model, f"{fall}, even with {spared} layers in single precision")


def export_again(folder: Path) -> None:
    """The graphs of a checkpoint folder made anew, with the layers in 8 bits that its weights file has ranges for. Raises as `export`."""
    config = checkpoint.read_config(folder)
    model = checkpoint.load_torch(folder, config)
    model.encoder.set_attn_implementation("eager")
    found = read(load_file(folder / checkpoint.WEIGHTS))
    checkpoint.write_folder(folder, _Graphs(folder, config, model, _programs(folder, model)).checked(found))


def _programs(folder: Path, model: StanceModel) -> dict[str, onnx.ModelProto]:
    """The graphs, with weights of their own."""
    width = int(model.encoder.config.hidden_size)
    ids, mask = torch.ones((2, 12), dtype=torch.long), torch.ones((2, 12), dtype=torch.long)
    tokens, block_mask = torch.randn(3, 9, width), torch.ones((3, 9), dtype=torch.long)
    sources = torch.tensor([[[0, 1], [1, 3]]] * 3)
    targets = torch.tensor([[[0, 1], [2, 4], [4, 5]]] * 3)
    batch, length = torch.export.Dim("windows", min=1), torch.export.Dim("tokens", min=1)
    blocks, n = torch.export.Dim("blocks", min=1), torch.export.Dim("n", min=1)
    n_sources, n_targets = torch.export.Dim("sources", min=1), torch.export.Dim("targets", min=1)
    grid = {0: blocks, 1: n}
    pairs = {"tokens": grid, "mask": grid, "sources": {0: blocks, 1: n_sources}, "targets": {0: blocks, 1: n_targets}}
    parts: dict[str, tuple[nn.Module, tuple[Tensor, ...], dict[str, Any], list[str]]] = {
        "encoder": (
            _Encode(encoder=model.encoder), (ids, mask), {"ids": {0: batch, 1: length}, "mask": {0: batch, 1: length}}, ["hidden"]
        ),
        "statement": (_Statement(mention=model.mention), (tokens, block_mask), {"tokens": grid, "mask": grid}, ["log_odds"]),
        "mention": (_Mention(mention=model.mention), (tokens, block_mask), {"tokens": grid, "mask": grid}, ["scores"]),
        "pair": (_Pair(pair=model.pair), (tokens, block_mask, sources, targets), pairs, ["open", "given"]),
        "asked": (_Asked(asked=model.asked), (tokens, block_mask, sources, targets), pairs, ["event", "crowd"]),
    }
    if model.exit is not None:
        shapes = parts["encoder"][2]
        first, rest = _Begin(model.exit_layer, encoder=model.encoder, exit=model.exit), _Finish(model.exit_layer, encoder=model.encoder)
        parts["encoder"] = first, (ids, mask), shapes, ["hidden", "votes"]
        parts["encoder_rest"] = rest, (torch.randn(2, 12, width), mask), {"hidden": shapes["ids"], "mask": shapes["mask"]}, ["encoded"]
    if len(model.asked.layers):
        shapes = {**parts["encoder"][2], "marked": {0: batch}}
        parts["encoder_asked"] = _EncodeAsked(encoder=model.encoder, asked=model.asked), (ids, mask, sources[:2]), shapes, ["hidden"]
    out = {}
    for name, (module, inputs, shapes, outputs) in parts.items():
        try:
            program = torch.onnx.export(
                module.eval(),
                inputs,
                dynamo=True,
                dynamic_shapes=shapes,
                input_names=list(shapes),
                output_names=outputs,
                opset_version=OPSET,
                optimize=False,
                verbose=False,
            )
        except Exception as error:  # whatever an architecture makes the exporter raise
            raise _refusal(folder, model, f"the {name} graph cannot be exported: {str(error).strip()[:300]}") from error
        if program is None:
            raise _refusal(folder, model, f"the exporter gave no {name} graph")
        out[name] = program.model_proto
    return out


@dataclass(frozen=True)
class _Graphs:
    """A checkpoint folder and the graphs for it."""

    folder: Path
    config: CheckpointConfig
    model: StanceModel
    protos: Mapping[str, onnx.ModelProto]

    def checked(self, found: Ranges) -> dict[str, bytes | Path]:
        """The folder's files with the graphs, layers that have ranges in 8 bits. Raises where the graphs and torch differ."""
        files = self._files(found)
        with _written_aside(self.folder, files) as place:
            try:
                _check(place, emulate(copy.deepcopy(self.model), found), self.config.window.max_tokens, self.model if found else None)
            except CheckpointError as error:
                raise _refusal(self.folder, self.model, str(error)) from error
        return files

    def _files(self, found: Ranges) -> dict[str, bytes | Path]:
        weights = {k: v for k, v in load_file(self.folder / checkpoint.WEIGHTS).items() if not k.startswith(PREFIX)}
        stored = save({**weights, **tensors(found)}, metadata={"format": "pt"})
        out: dict[str, bytes | Path] = {f.name: f for f in self.folder.iterdir() if f.is_file() and f.suffix != ".onnx"}
        out[checkpoint.WEIGHTS] = stored
        layout = _layout(stored)
        for name, proto in self.protos.items():
            shared = _share_weights(copy.deepcopy(proto), layout)
            _quantise(shared, found, weights)
            out[f"{name}.onnx"] = shared.SerializeToString()
        return out


@contextmanager
def _written_aside(folder: Path, files: Mapping[str, bytes | Path]) -> Iterator[Path]:
    """A folder of the files, beside the one they are for, that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.absolute().parent) as trial:
        checkpoint.write_folder(Path(trial) / "model", files)
        yield Path(trial) / "model"


def _f1(model: Model, articles: Sequence[Article]) -> float:
    """Stance + target F1 (overlap) under the model's own rule."""
    return calibration.quick(calibration.collect(model, articles), model.config.decode, model.labels)["stance_target_f1"]


def _refusal(folder: Path, model: Any, problem: str) -> CheckpointError:
    return CheckpointError(
        f"{folder} ({model.encoder.config.model_type}) gets no ONNX graphs: {problem}; the checkpoint is whole without them: "
        f"stancekit.load(folder) reads it with torch (pip install 'stancekit[train]')"
    )


def _layout(stored: bytes) -> dict[str, tuple[int, int, str, list[int]]]:
    """Each tensor of a safetensors file: name -> (offset in the file, bytes, dtype, shape)."""
    (size,) = struct.unpack("<Q", stored[:8])
    header = json.loads(stored[8 : 8 + size])
    return {
        name: (8 + size + entry["data_offsets"][0], entry["data_offsets"][1] - entry["data_offsets"][0], entry["dtype"], entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def _share_weights(proto: onnx.ModelProto, layout: dict[str, tuple[int, int, str, list[int]]]) -> onnx.ModelProto:
    """Replaces the graph's own copies of weights by references into the safetensors file; weights that no step uses go."""
    graph = proto.graph
    kept, casts = [], []
    used = {name for node in graph.node for name in node.input}
    for tensor in graph.initializer:
        if tensor.name not in used:
            continue
        entry = layout.get(tensor.name)
        if entry is None or entry[2] != "F16" or list(tensor.dims) != entry[3] or tensor.data_type != onnx.TensorProto.FLOAT:
            kept.append(tensor)
            continue
        half = onnx.TensorProto(name=f"{tensor.name}.half", data_type=onnx.TensorProto.FLOAT16, dims=tensor.dims)
        half.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", checkpoint.WEIGHTS), ("offset", str(entry[0])), ("length", str(entry[1]))):
            half.external_data.add(key=key, value=value)
        kept.append(half)
        casts.append(onnx.helper.make_node("Cast", [half.name], [tensor.name], name=f"{tensor.name}.cast", to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:], graph.value_info[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    proto.doc_string = ""
    for node in graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    return proto


def _layers(proto: onnx.ModelProto) -> dict[str, str]:
    """Output of each matrix product of a graph -> the linear layer whose weight is its second factor."""
    makers = {o: n for n in proto.graph.node for o in n.output}
    out = {}
    for node in proto.graph.node:
        if node.op_type != "MatMul":
            continue
        name, turned = node.input[1], False
        while (maker := makers.get(name)) is not None and maker.op_type in ("Cast", "Transpose", "Identity"):
            turned ^= maker.op_type == "Transpose"
            name = maker.input[0]
        name = name.removesuffix(".half")
        if turned and name.endswith(".weight"):
            out[node.output[0]] = name.removesuffix(".weight")
    return out


def _quantise(proto: onnx.ModelProto, found: Ranges, weights: Mapping[str, Tensor]) -> None:
    """Rewrites the matrix products of a graph whose layer has ranges, in place."""
    graph = proto.graph
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    widened = {o for n in graph.node if n.op_type == "Cast" and n.input[0].endswith(".half") for o in n.output}
    constants = widened | {t.name for t in graph.initializer}
    chosen = {output: name for output, name in _layers(proto).items() if name in found}
    levels: dict[tuple[str, bytes], str] = {}
    merged: dict[str, str] = {}

    def constant(name: str, value: Any) -> str:
        graph.initializer.append(onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    nodes: list[onnx.NodeProto] = []
    for node in list(graph.node):
        out = node.output[0] if node.output else ""
        if out in merged:
            continue
        if out not in chosen:
            nodes.append(node)
            continue
        reach, low = found[chosen[out]]
        values = reach.numpy().astype(np.float32)
        step, zero = step_and_zero(low)
        key = (node.input[0], values.tobytes())
        if key not in levels:
            levels[key] = f"{out}.levels"
            nodes.append(onnx.helper.make_node("Mul", [node.input[0], constant(f"{out}.shrink", 1 / values)], [f"{out}.shrunk"]))
            nodes.append(
                onnx.helper.make_node(
                    "QuantizeLinear",
                    [f"{out}.shrunk", constant(f"{out}.step", step), constant(f"{out}.zero", np.uint8(zero))],
                    [levels[key]],
                )
            )
        weight = weights[f"{chosen[out]}.weight"].float().numpy() * values
        scale = np.maximum(np.abs(weight).max(1) / WEIGHT_LEVEL, 1e-12).astype(np.float32)
        nodes.append(onnx.helper.make_node("Mul", [node.input[1], constant(f"{out}.reach", values[:, None])], [f"{out}.wide"]))
        nodes.append(
            onnx.helper.make_node(
                "QuantizeLinear",
                [f"{out}.wide", constant(f"{out}.scale", scale), constant(f"{out}.middle", np.zeros(len(scale), np.int8))],
                [f"{out}.weight"],
                axis=1,
            )
        )
        source = levels[key].removesuffix(".levels")
        inputs = [levels[key], f"{out}.weight", f"{source}.step", f"{out}.scale", f"{source}.zero"]
        follower = users.get(out, [])
        if len(follower) == 1 and follower[0].op_type == "Add" and any(i in constants for i in follower[0].input):
            bias = next(i for i in follower[0].input if i in constants)
            merged[follower[0].output[0]] = out
            inputs += ["", bias]
            out = follower[0].output[0]
        nodes.append(onnx.helper.make_node("MatMulIntegerToFloat", inputs, [out], domain="com.microsoft"))
    del graph.node[:]
    graph.node.extend(nodes)
    if chosen and not any(o.domain == "com.microsoft" for o in proto.opset_import):
        proto.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))


def _check(folder: Path, model: StanceModel, longest: int, exact: StanceModel | None) -> None:
    """Both engines on random input, a short batch and a long window: the graphs are refused where they differ.

    Of layers in 8 bits (`exact` is the model before) a value next to the border of two levels falls to either side, and the next
    layers pass it on: there the mean difference must be small beside that between the 8-bit model and the exact one.
    """
    rng = np.random.default_rng(0)
    ids = rng.integers(5, min(1000, model.encoder.config.vocab_size), (3, 17)).astype(np.int64)
    mask = np.ones_like(ids)
    mask[1, 9:] = 0
    # local attention, relative positions and their buckets show in a long window only
    whole = rng.integers(5, min(1000, model.encoder.config.vocab_size), (1, min(longest, 512))).astype(np.int64)
    torch_engine = TorchEngine(model, device="cpu")
    tokens, block_mask = torch_engine.encode(ids, mask)[:, 1:14].copy(), mask[:, 1:14].copy()
    spans = np.array([[[0, 2], [3, 4]]] * 3, dtype=np.int64)

    def answers(engine: Engine) -> dict[str, Floats]:
        names = ("hidden", "long windows", "mentions", "statement", "open", "given", "event", "crowd")
        hidden = engine.encode(ids, mask)[mask == 1], engine.encode(whole, np.ones_like(whole))
        inputs = tokens, block_mask, spans, spans
        block = tokens, block_mask
        heads = engine.mentions(*block), engine.statements(*block), *engine.pairs(*inputs), *engine.asked(*inputs)
        own = {"hidden asked": engine.encode_asked(ids, mask, spans[:, :2])[mask == 1]} if len(model.asked.layers) else {}
        if model.exit is not None:
            own["votes"] = engine.begin(ids, mask)[1][mask == 1]
        return dict(zip(names, (*hidden, *heads), strict=True)) | own

    ours, theirs = answers(OnnxEngine(folder)), answers(torch_engine)
    rounded = {} if exact is None else answers(TorchEngine(exact, device="cpu"))
    for name in ours:
        apart = np.abs(ours[name] - theirs[name])
        allowed = 5e-3 if exact is None else max(5e-3, ROUNDED * float(np.abs(theirs[name] - rounded[name]).mean()))
        worst = float(apart.max() if exact is None else apart.mean())
        if not worst < allowed:
            raise CheckpointError(f"exported {name} differ from torch by {worst:.4f}, over {allowed:.4f}; refused")
