"""Encoder layers that the head of other conventions has to itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from conftest import SEEDS, tiny_encoder
from safetensors.torch import load_file
from test_export import TEXTS
from test_training import data, settings, train  # noqa: F401  # a fixture

import stancekit
from stancekit import checkpoint
from stancekit.config import TrainConfig
from stancekit.corpus import read_marks
from stancekit.data import write_records
from stancekit.errors import CheckpointError, ConfigError
from stancekit.export import Int8, export
from stancekit.schema import Query
from stancekit.training import build_trainer
from stancekit.training_model import TrainingModel, parameter_groups

QUESTIONS = [Query(t, w, "He") for t in TEXTS if "He" in t for w in ("attack", "peace talks", t[:4])]


def lessons(base: Path, data: Path, output: Path, **changes: object) -> dict:  # noqa: F811
    events = [{"path": str(data / "queries.jsonl"), "reading": "event"}]
    frozen = {"articles": [], "queries": events, "dev_articles": [], "dev_queries": [], "freeze": ["encoder", "mention", "pair"]}
    return settings(base, data, output, **{"epochs": 4, "encoder_rate": 0.02, "asked_layers": 1, **frozen, **changes})


@pytest.fixture(scope="module")
def taught(tiny_checkpoint: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """The tiny model, its head of other conventions taught with a layer of its own, as torch saves it."""
    return train(lessons(tiny_checkpoint, data, tmp_path_factory.mktemp("own")))


@pytest.fixture(scope="module")
def exported(taught: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "model"
    shutil.copytree(taught, folder)
    export(folder)
    return folder


def test_copies_answer_as_the_layers_they_are_copies_of(tiny_checkpoint: Path) -> None:
    model = checkpoint.load_torch(tiny_checkpoint, checkpoint.read_config(tiny_checkpoint))
    text = torch.arange(5, 25)[None], torch.ones((1, 20), dtype=torch.long)
    inputs = *text, torch.tensor([[[2, 4], [7, 8]]])
    with torch.no_grad():
        model.give_layers(1)
        assert model.encode_asked(*inputs).equal(model.encode(*text))
        for parameter in model.asked.layers.parameters():
            parameter.mul_(1.5)
        assert not model.encode_asked(*inputs).allclose(model.encode(*text), atol=1e-2)
        for parameter in model.encoder.get_input_embeddings().parameters():
            before = model.encode_asked(*inputs)
            parameter.mul_(0.5)
            assert not model.encode_asked(*inputs).allclose(before, atol=1e-3), "what is before them is the encoder's"


def test_they_see_whose_stance_toward_whom_is_asked(tiny_checkpoint: Path) -> None:
    model = checkpoint.load_torch(tiny_checkpoint, checkpoint.read_config(tiny_checkpoint))
    ids, mask = torch.arange(5, 25)[None], torch.ones((1, 20), dtype=torch.long)
    with torch.no_grad():
        model.give_layers(1)
        model.asked.marks.copy_(torch.randn(model.asked.marks.shape))
        places = torch.tensor([[[[0, 0], [0, 0]]], [[[2, 4], [7, 8]]], [[[7, 8], [2, 4]]], [[[0, 0], [7, 8]]]])
        nobody, there, back, anybody = (model.encode_asked(ids, mask, place) for place in places)
        assert nobody.equal(model.encode(ids, mask)), "nothing is marked where there is neither"
        for one, other in ((there, nobody), (there, back), (there, anybody), (anybody, nobody)):
            assert not one.allclose(other, atol=1e-2)
        rows = model.encode_asked(ids.expand(4, -1), mask.expand(4, -1), places[:, 0])
        assert rows.allclose(torch.cat([nobody, there, back, anybody]), atol=1e-5), "each row has its own question"


def test_they_learn_and_what_reads_articles_stays(tiny_checkpoint: Path, taught: Path) -> None:
    before, after = load_file(tiny_checkpoint / checkpoint.WEIGHTS), load_file(taught / checkpoint.WEIGHTS)
    moved = {name for name, value in after.items() if name not in before or not value.equal(before[name])}
    assert {name.partition(".")[0] for name in moved} == {"asked"}
    own = {name: value for name, value in after.items() if name.startswith("asked.layers.0.")}
    last = {name: value for name, value in before.items() if name.startswith("encoder.encoder.layer.1.")}
    assert len(own) == len(last) > 10
    assert sum(not own[name.replace("encoder.encoder.layer.1.", "asked.layers.0.")].equal(value) for name, value in last.items()) > 10
    assert checkpoint.read_config(taught).asked_layers == 1
    one, other = stancekit.load(tiny_checkpoint, engine="torch"), stancekit.load(taught)
    rule = one.config.decode
    other.config = other.config.model_copy(update={"decode": rule})
    for text in TEXTS:
        assert [(s.key, s.confidence) for s in one.predict(text).stances] == [(s.key, s.confidence) for s in other.predict(text).stances]


def test_both_engines_answer_alike_and_by_them(taught: Path, exported: Path) -> None:
    model, onnx_model = stancekit.load(taught), stancekit.load(exported)
    assert type(model.engine).__name__ == "TorchEngine" and type(onnx_model.engine).__name__ == "OnnxEngine"
    for a, b in zip(model.classify_many(QUESTIONS), onnx_model.classify_many(QUESTIONS), strict=True):
        assert a.label == b.label and a.scores == pytest.approx(b.scores, abs=1e-3)
    ignored = stancekit.load(taught)
    ignored.engine.model.give_layers(0)
    apart = [abs(a.scores["none"] - b.scores["none"]) for a, b in zip(model.classify_many(QUESTIONS), ignored.classify_many(QUESTIONS), strict=True)]
    assert max(apart) > 1e-2, "answers do not depend on the layers"


def test_their_weights_are_stored_once(exported: Path) -> None:
    proto = onnx.load(str(exported / checkpoint.OWN_GRAPH), load_external_data=False)
    external = {t.name.removesuffix(".half") for t in proto.graph.initializer if t.external_data}
    assert {n for n in external if n.startswith("asked.layers.0.")} and {n for n in external if n.startswith("encoder.encoder.layer.0.")}
    assert not {n for n in external if n.startswith("encoder.encoder.layer.1.")}
    assert sum(len(t.raw_data) for t in proto.graph.initializer) < 0.05 * (exported / checkpoint.WEIGHTS).stat().st_size


def test_8_bit_models_have_them_too(taught: Path, tmp_path: Path) -> None:
    folder = tmp_path / "int8"
    shutil.copytree(taught, folder)
    articles = list(read_marks(SEEDS / "articles" / "a1.txt"))[:4]
    export(folder, Int8([a.text for a in articles], articles, most=1.0))
    found = [n.op_type for n in onnx.load(folder / checkpoint.OWN_GRAPH, load_external_data=False).graph.node]
    assert found.count("MatMulIntegerToFloat") == 6, "the shared layer in 8 bits, the own one in single precision"
    for a, b in zip(*(stancekit.load(folder, engine=e).classify_many(QUESTIONS) for e in ("onnx", "torch")), strict=True):
        assert a.scores == pytest.approx(b.scores, abs=2e-3)


def test_a_run_goes_on_with_the_layers_of_its_base(taught: Path, data: Path, tmp_path: Path) -> None:  # noqa: F811
    start = checkpoint.start(TrainConfig.model_validate(lessons(taught, data, tmp_path, asked_layers=0)))
    saved = load_file(taught / checkpoint.WEIGHTS)
    own = {n: v for n, v in start.model.state_dict().items() if n.startswith("asked.layers.")}
    assert own and all(v.to(torch.float16).equal(saved[n]) for n, v in own.items()) and start.config.asked_layers == 1
    anew = checkpoint.start(TrainConfig.model_validate(lessons(taught, data, tmp_path, asked_layers=2))).model
    assert len(anew.asked.layers) == 2 and anew.asked.layers[1].state_dict().keys() == anew.encoder.encoder.layer[1].state_dict().keys()
    assert all(v.equal(anew.encoder.encoder.layer[1].state_dict()[n]) for n, v in anew.asked.layers[1].state_dict().items())


def test_articles_train_beside_them(taught: Path, data: Path, tmp_path: Path) -> None:  # noqa: F811
    mixed = {"articles": [{"path": str(data / "train.jsonl")}], "freeze": [], "asked_layers": 0, "epochs": 1}
    before, after = load_file(taught / checkpoint.WEIGHTS), load_file(train(lessons(taught, data, tmp_path, **mixed)) / checkpoint.WEIGHTS)
    for part in ("encoder.encoder.layer.1.", "asked.layers.0.", "mention.", "pair."):
        assert any(not v.equal(before[n]) for n, v in after.items() if n.startswith(part)), part


def test_they_learn_at_the_encoders_rate(tiny_checkpoint: Path, data: Path, tmp_path: Path) -> None:  # noqa: F811
    config = TrainConfig.model_validate(lessons(tiny_checkpoint, data, tmp_path, freeze=[], layer_decay=0.5))
    trainer = build_trainer(config)
    assert isinstance(trainer.model, TrainingModel)
    rates = {id(p): group["lr"] for group in parameter_groups(trainer.model, config) for p in group["params"]}
    model = trainer.model.model
    assert {rates[id(p)] for p in model.asked.layers[0].parameters()} == {config.encoder_rate}
    assert {rates[id(p)] for p in model.encoder.encoder.layer[1].parameters()} == {config.encoder_rate}
    assert {rates[id(p)] for p in model.encoder.encoder.layer[0].parameters()} == {config.encoder_rate / 2}
    assert {rates[id(p)] for p in model.asked.span.parameters()} == {config.head_rate}


def test_each_question_by_another_convention_is_read_by_itself(taught: Path, tiny_checkpoint: Path, data: Path, tmp_path: Path) -> None:  # noqa: F811
    text = "kenya condemned russia."
    pairs = {("kenya", "russia"): "condemnation", ("russia", "kenya"): "none"}
    write_records(tmp_path / "both.jsonl", [Query(text, target, source, label, f"{source}-q") for (source, target), label in pairs.items()])
    for reading in ("event", "crowd", "guide"):
        path = {"path": str(tmp_path / "both.jsonl"), "reading": reading}
        both = lessons(taught, data, tmp_path, queries=[path], freeze=[], asked_layers=0, swap=0.0)
        windows = build_trainer(TrainConfig.model_validate(both)).train_dataset.windows
        assert [len(w.blocks[0].sources) for w in windows] == ([2] if reading == "guide" else [1, 1])
        plain = build_trainer(TrainConfig.model_validate({**both, "base": str(tiny_checkpoint)})).train_dataset.windows
        assert [len(w.blocks[0].sources) for w in plain] == [2], "without layers of their own nothing tells the questions apart"


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "modernbert", "deberta-v2"])
def test_other_encoders_have_layers_to_give(tmp_path: Path, kind: str) -> None:
    from test_checkpoint import ENCODERS, training

    start = checkpoint.start(training(tiny_encoder(tmp_path / "encoder", kind, **ENCODERS[kind]), asked_layers=1))
    checkpoint.save(tmp_path / "model", start.config, start.model.state_dict(), start.tokenizer_json)
    model = stancekit.load(tmp_path / "model")
    ids, mask = np.arange(5, 25, dtype=np.int64)[None], np.ones((1, 20), dtype=np.int64)
    marked = np.array([[[2, 4], [7, 8]]], dtype=np.int64)
    assert np.array_equal(model.engine.encode_asked(ids, mask, marked), model.engine.encode(ids, mask))
    with torch.no_grad():
        torch.nn.init.normal_(model.engine.model.asked.marks)
    assert not np.allclose(model.engine.encode_asked(ids, mask, marked), model.engine.encode(ids, mask), atol=1e-3)
    assert model.classify(TEXTS[0], "attack", "The minister").scores


def test_what_does_not_fit_is_named(tiny_checkpoint: Path, exported: Path, data: Path, tmp_path: Path) -> None:  # noqa: F811
    with pytest.raises(ConfigError, match="asked_layers = 9, but the encoder has 2 layers"):
        checkpoint.start(TrainConfig.model_validate(lessons(tiny_checkpoint, data, tmp_path, asked_layers=9)))
    folder = tmp_path / "model"
    shutil.copytree(exported, folder)
    loaded = stancekit.load(folder)
    os_stat = (folder / checkpoint.WEIGHTS).read_bytes()
    (folder / checkpoint.WEIGHTS).unlink()
    (folder / checkpoint.WEIGHTS).write_bytes(os_stat + b"")
    with pytest.raises(CheckpointError, match="another model now than the one that was loaded"):
        loaded.classify(TEXTS[0], "attack", "He")
    (folder / checkpoint.OWN_GRAPH).unlink()
    with pytest.raises(CheckpointError, match=f"has no {checkpoint.OWN_GRAPH}"):
        stancekit.load(folder)
