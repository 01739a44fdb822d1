"""Torch checkpoint to ONNX graphs whose weights stay in `model.safetensors`.

The three graphs hold no weights of their own: each points, as ONNX external data, at the half-precision
tensors inside the safetensors file and casts them to single precision when the session is built. So a
checkpoint carries its weights once, whichever engine reads it.
"""

from __future__ import annotations

import json
import struct
import tempfile
from pathlib import Path
from typing import Any

from stancekit import checkpoint
from stancekit.errors import CheckpointError, MissingExtraError

try:
    import numpy as np
    import onnx
    import torch
    from torch import Tensor, nn
except ImportError as error:  # pragma: no cover - exercised in the environment without the extra
    raise MissingExtraError("export", "train") from error

OPSET = 20


class _Encode(nn.Module):
    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        hidden: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return hidden


def export(folder: Path) -> None:
    """Adds the graphs to a torch checkpoint folder. Raises `CheckpointError` where the architecture cannot be exported
    or a graph does not give the torch model's answers; the folder then stays as it is, for the torch engine."""
    config = checkpoint.read_config(folder)
    model = checkpoint.load_torch(folder, config)
    model.encoder.set_attn_implementation("eager")
    width = int(model.encoder.config.hidden_size)
    ids, mask = torch.ones((2, 12), dtype=torch.long), torch.ones((2, 12), dtype=torch.long)
    tokens, block_mask = torch.randn(3, 9, width), torch.ones((3, 9), dtype=torch.long)
    sources = torch.tensor([[[0, 1], [1, 3]]] * 3)
    targets = torch.tensor([[[0, 1], [2, 4], [4, 5]]] * 3)
    batch, length = torch.export.Dim("windows", min=1), torch.export.Dim("tokens", min=1)
    blocks, n = torch.export.Dim("blocks", min=1), torch.export.Dim("n", min=1)
    n_sources, n_targets = torch.export.Dim("sources", min=1), torch.export.Dim("targets", min=1)
    grid = {0: blocks, 1: n}
    parts: dict[str, tuple[nn.Module, tuple[Tensor, ...], dict[str, Any], list[str], str]] = {
        "encoder": (_Encode(model.encoder), (ids, mask), {"ids": {0: batch, 1: length}, "mask": {0: batch, 1: length}}, ["hidden"], ""),
        "mention": (model.mention, (tokens, block_mask), {"tokens": grid, "mask": grid}, ["scores", "statement"], "mention."),
        "pair": (
            model.pair,
            (tokens, block_mask, sources, targets),
            {"tokens": grid, "mask": grid, "sources": {0: blocks, 1: n_sources}, "targets": {0: blocks, 1: n_targets}},
            ["open", "given"],
            "pair.",
        ),
    }
    layout = _layout(folder / checkpoint.WEIGHTS)
    files: dict[str, bytes | Path] = {f.name: f for f in folder.iterdir() if f.suffix != ".onnx"}
    for name, (module, inputs, shapes, outputs, prefix) in parts.items():
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
        files[f"{name}.onnx"] = _share_weights(program.model_proto, layout, prefix).SerializeToString()
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.absolute().parent) as trial:
        checkpoint.write_folder(Path(trial) / "model", files)
        try:
            _check(Path(trial) / "model", model, config.window.max_tokens)
        except CheckpointError as error:
            raise _refusal(folder, model, str(error)) from error
    checkpoint.write_folder(folder, files)


def _refusal(folder: Path, model: Any, problem: str) -> CheckpointError:
    return CheckpointError(
        f"{folder} ({model.encoder.config.model_type}) gets no ONNX graphs: {problem}; the checkpoint is whole without them: "
        f"stancekit.load(folder) reads it with torch (pip install 'stancekit[train]')"
    )


def _layout(file: Path) -> dict[str, tuple[int, int, str, list[int]]]:
    """Each tensor of a safetensors file: name -> (offset in the file, bytes, dtype, shape)."""
    with open(file, "rb") as stream:
        (size,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(size))
    return {
        name: (8 + size + entry["data_offsets"][0], entry["data_offsets"][1] - entry["data_offsets"][0], entry["dtype"], entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def _share_weights(proto: onnx.ModelProto, layout: dict[str, tuple[int, int, str, list[int]]], prefix: str) -> onnx.ModelProto:
    """Replaces the graph's own copies of weights by references into the safetensors file."""
    graph = proto.graph
    kept, casts = [], []
    for tensor in graph.initializer:
        entry = layout.get(prefix + tensor.name) or layout.get(tensor.name)
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


def _check(folder: Path, model: Any, longest: int) -> None:
    """Both engines on random input, a short batch and a long window: the graphs are refused where they differ."""
    from stancekit.engine import Engine, OnnxEngine
    from stancekit.torch_engine import TorchEngine

    rng = np.random.default_rng(0)
    engines: tuple[Engine, ...] = (OnnxEngine(folder), TorchEngine(model, device="cpu"))
    ids = rng.integers(5, min(1000, model.encoder.config.vocab_size), (3, 17)).astype(np.int64)
    mask = np.ones_like(ids)
    mask[1, 9:] = 0
    hidden = [engine.encode(ids, mask) for engine in engines]
    tokens, block_mask = hidden[1][:, 1:14].copy(), mask[:, 1:14].copy()
    spans = np.array([[[0, 2], [3, 4]]] * 3, dtype=np.int64)
    results = [
        (h[mask == 1], *e.mentions(tokens, block_mask), *e.pairs(tokens, block_mask, spans, spans))
        for h, e in zip(hidden, engines, strict=True)
    ]
    # local attention, relative positions and their buckets show in a long window only
    whole = rng.integers(5, min(1000, model.encoder.config.vocab_size), (1, min(longest, 512))).astype(np.int64)
    one, other = ((*r, e.encode(whole, np.ones_like(whole))) for r, e in zip(results, engines, strict=True))
    for name, a, b in zip(("hidden", "mentions", "statement", "open", "given", "long windows"), one, other, strict=True):
        worst = float(np.abs(a - b).max())
        if not worst < 5e-3:
            raise CheckpointError(f"exported {name} differ from torch by {worst:.4f}; refused")
