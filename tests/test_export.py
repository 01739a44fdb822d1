"""ONNX Runtime and torch give the same answers."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from conftest import SEEDS, tiny_encoder

import stancekit
from stancekit import checkpoint
from stancekit import export as exporting
from stancekit.config import DataConfig, TrainConfig, WindowConfig
from stancekit.corpus import read_marks
from stancekit.encoding import pad_spans
from stancekit.errors import CheckpointError
from stancekit.pipeline import Model
from stancekit.schema import Article, Query

TEXTS = [
    "The minister condemned the attack. He warned Russia, and Kenya supports peace talks.",
    "china said in a ministry: they attacked the peace " * 12,
    "Ürümqi 👍 \x00 שלום.\r\nHe said.",
    "word",
    "",
]


@pytest.fixture(scope="module")
def torch_model(tiny_checkpoint: Path) -> Model:
    return stancekit.load(tiny_checkpoint, engine="torch")


def assert_same(one: Article, other: Article) -> None:
    assert [s.span for s in one.statements] == [s.span for s in other.statements]
    assert [s.key for s in one.stances] == [s.key for s in other.stances]
    for a, b in zip(one.stances, other.stances, strict=True):
        assert a.confidence == pytest.approx(b.confidence, abs=1e-3)


def test_both_engines_read_the_same_stances(tiny_model: Model, torch_model: Model) -> None:
    assert type(tiny_model.engine).__name__ == "OnnxEngine" and type(torch_model.engine).__name__ == "TorchEngine"
    seeds = [a.text for a in read_marks(SEEDS / "articles" / "a1.txt")][:4]
    found = 0
    for text in (*TEXTS, *seeds):
        one, other = tiny_model.predict(text), torch_model.predict(text)
        assert_same(one, other)
        found += len(one.stances)
    assert found > 50


def test_torch_reads_on_a_gpu_where_there_is_one(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stancekit import torch_engine

    used: list[str | None] = []
    begin = torch_engine.TorchEngine.__init__

    def noted(self: object, model: object, device: str | None = None, precision: str | None = None) -> None:
        used.append(device)
        begin(self, model, "cpu", precision)

    monkeypatch.setattr(torch_engine.TorchEngine, "__init__", noted)
    for present, device in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch_engine.torch.cuda, "is_available", lambda present=present: present)
        assert stancekit.load(tiny_checkpoint, engine="torch").predict(TEXTS[0]).statements
        assert used.pop() == device


def test_bfloat16_reads_nearly_the_same(tiny_checkpoint: Path, torch_model: Model) -> None:
    from stancekit import torch_engine

    assert isinstance(torch_model.engine, torch_engine.TorchEngine)
    half = torch_engine.TorchEngine(torch_model.engine.model, precision="bf16")
    ids, mask = torch_model.encoder.pad([w for t in TEXTS for w in torch_model.encoder.article(t).windows])
    hidden = torch_model.engine.encode(ids, mask)
    assert 0 < np.abs(hidden - half.encode(ids, mask))[mask == 1].mean() < 0.02 * np.abs(hidden).mean()
    block = hidden[:, 1:9].copy(), mask[:, 1:9]
    spans = np.array([[[0, 2], [3, 4]]] * len(ids), dtype=np.int64)
    for of in ("statements", "mentions"):
        exact, rough = getattr(torch_model.engine, of)(*block), getattr(half, of)(*block)
        assert rough.dtype == np.float32 and np.abs(exact - rough)[exact > -9e3].mean() < 0.02 * np.abs(exact[exact > -9e3]).mean()
    for exact, rough in zip(torch_model.engine.pairs(*block, spans, spans), half.pairs(*block, spans, spans), strict=True):
        assert np.abs(exact - rough).mean() < 0.03 * np.abs(exact).mean()


def test_both_engines_give_the_same_answers(tiny_model: Model, torch_model: Model) -> None:
    queries = [Query(t, w, s) for t in TEXTS if t.strip() for w, s in (("attack", None), (t[:4], None), ("peace talks", "He"), ("NATO", "Kenya"))]
    for one, other in zip(tiny_model.classify_many(queries), torch_model.classify_many(queries), strict=True):
        assert one.label == other.label
        assert one.scores == pytest.approx(other.scores, abs=1e-3)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 64, 1), (5, 7, 3), (3, 30, 8)])
def test_graphs_take_every_shape(tiny_model: Model, torch_model: Model, shape: tuple[int, int, int]) -> None:
    rows, length, spans = shape
    rng = np.random.default_rng(0)
    ids = rng.integers(5, 40, (rows, length)).astype(np.int64)
    mask = np.ones_like(ids)
    mask[-1, (length + 1) // 2 :] = 0
    places = pad_spans([[(i % length, length) for i in range(spans)]] * rows)
    results = []
    for engine in (tiny_model.engine, torch_model.engine):
        hidden = engine.encode(ids, mask)
        tokens = np.ascontiguousarray(hidden * mask[:, :, None]).astype(np.float32)
        results.append((tokens, engine.mentions(tokens, mask), engine.statements(tokens, mask), *engine.pairs(tokens, mask, places, places), *engine.asked(tokens, mask, places, places)))
    for name, a, b in zip(("tokens", "mentions", "statement", "open", "given", "event", "crowd"), *results, strict=True):
        assert a.shape == b.shape and np.isfinite(a).all()
        assert np.allclose(a, b, atol=1e-3), name


def test_weights_are_stored_once(tiny_checkpoint: Path) -> None:
    weights = (tiny_checkpoint / checkpoint.WEIGHTS).stat().st_size
    for name in checkpoint.GRAPHS:
        proto = onnx.load(str(tiny_checkpoint / name), load_external_data=False)
        external = [t for t in proto.graph.initializer if t.external_data]
        assert external and all(e.value == checkpoint.WEIGHTS for t in external for e in t.external_data if e.key == "location")
        own = sum(len(t.raw_data) for t in proto.graph.initializer)
        assert own < 0.05 * weights, f"{name} holds weights of its own"


def spoiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exporter whose pair graph answers something else."""
    from stancekit.model import PairHead

    original = PairHead.forward

    def wrong(self, tokens, mask, sources, targets):  # noqa: ANN001, ANN202
        opened, given = original(self, tokens, mask, sources, targets)
        return opened + 0.5, given

    def program(*args: object, **kwargs: object) -> object:
        monkeypatch.setattr(PairHead, "forward", wrong)
        try:
            return export_one(*args, **kwargs)
        finally:
            monkeypatch.setattr(PairHead, "forward", original)

    export_one = exporting.torch.onnx.export
    monkeypatch.setattr(exporting.torch.onnx, "export", program)


def test_graphs_that_answer_differently_are_refused_and_not_kept(tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shutil.copytree(tiny_checkpoint, tmp_path / "copy", ignore=shutil.ignore_patterns("*.onnx")))
    before = sorted(p.name for p in folder.iterdir())
    spoiled(folder, monkeypatch)
    with pytest.raises(CheckpointError, match="exported open differ from torch by 0.5"):
        exporting.export(folder)
    assert sorted(p.name for p in folder.iterdir()) == before, "the refused graphs stand in the folder and will be loaded"


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("xlm-roberta", {"pad_token_id": 1}),
        ("deberta-v2", {"position_buckets": 16, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]}),
        ("modernbert", {"global_attn_every_n_layers": 2, "local_attention": 16}),
    ],
)
def test_the_encoders_of_the_documentation_export(tmp_path: Path, kind: str, settings: dict) -> None:
    base = tiny_encoder(tmp_path / "encoder", kind, **settings)
    start = checkpoint.start(TrainConfig(base=str(base), output="unused", data=DataConfig(), window=WindowConfig(max_tokens=64)))
    rule = start.config.decode.model_copy(update={"threshold": 0.3, "mention_cutoff": -8.0, "gate": -12.0})
    config = start.config.model_copy(update={"decode": rule})
    checkpoint.save(tmp_path / "model", config, start.model.state_dict(), start.tokenizer_json)
    exporting.export(tmp_path / "model")
    one, other = stancekit.load(tmp_path / "model", engine="onnx"), stancekit.load(tmp_path / "model", engine="torch")
    for text in TEXTS:
        assert_same(one.predict(text), other.predict(text))
    assert one.classify(TEXTS[0], "Russia").scores == pytest.approx(other.classify(TEXTS[0], "Russia").scores, abs=1e-3)


def test_the_shipped_model_answers_alike_in_both_engines() -> None:
    """Its layers round to 8 bits: what lies next to the border of two levels falls to either side, so now and then another stance."""
    texts = [a.text for a in read_marks(SEEDS / "articles" / "a1.txt")][:20]
    one, other = (
        {(n, s.key): s.confidence for n, a in enumerate(stancekit.load(engine=engine).predict_many(texts)) for s in a.stances}
        for engine in ("onnx", "torch")
    )
    assert len(one) > 100 and len(one.keys() ^ other.keys()) < 0.03 * len(one)
    assert np.mean([abs(one[key] - other[key]) for key in one.keys() & other.keys()]) < 0.01
