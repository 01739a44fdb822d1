"""Low-rank adapters: only they and the heads move, and what is saved is an ordinary checkpoint."""

from __future__ import annotations

import builtins
import json
import shutil
import sys
from pathlib import Path

import pytest
from conftest import SEEDS
from test_architectures import articles, own_encoder, start, train, values, weights

import stancekit
from stancekit import checkpoint
from stancekit.config import LoraSettings, TrainConfig
from stancekit.corpus import read_marks
from stancekit.data import write_records
from stancekit.errors import ConfigError, MissingExtraError
from stancekit.export import export
from stancekit.model import add_adapters, merged_weights

TEXT = "The minister condemned the attack. Kenya supports peace talks."
TARGETS = {
    "bert": ["query", "value"],
    "roberta": ["query", "value"],
    "xlm-roberta": ["attention.self.query", "attention.self.value"],
    "deberta-v2": ["query_proj", "value_proj"],
    "modernbert": ["Wqkv"],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("data") / "train.jsonl"
    write_records(file, articles())
    return file


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_encoder(tmp_path_factory.mktemp("bert") / "encoder", "bert")


def settings(base: Path, data: Path, output: Path, **changes: object) -> dict:
    lora = {"rank": 4, "alpha": 16, "targets": ["query", "value"]}
    return values(base, data, output, **{"lora": lora, "head_rate": 1e-2, "batch_tokens": 2048, **changes})


def test_only_adapters_and_heads_move_and_the_checkpoint_is_an_ordinary_one(bert: Path, data: Path, tmp_path: Path) -> None:
    import torch

    config = settings(bert, data, tmp_path / "out", average=0.5)
    write_records(tmp_path / "dev.jsonl", list(read_marks(SEEDS / "articles" / "a1.txt"))[6:8])
    folder = train({**config, "data": {**config["data"], "dev_articles": [str(tmp_path / "dev.jsonl")]}})
    before, after = start(bert).model.state_dict(), weights(folder)
    assert before.keys() == after.keys(), "the names of an ordinary checkpoint"
    moved = {name for name, value in before.items() if not torch.equal(value.half(), after[name])}
    encoder = {name for name in moved if name.startswith("encoder.")}
    assert encoder == {f"encoder.encoder.layer.{n}.attention.self.{part}.weight" for n in (0, 1) for part in ("query", "value")}
    assert {"mention.bilinear", "pair.outputs.open.out.weight", "pair.special"} <= moved
    for name in encoder:
        change = after[name].float() - before[name]
        strength = torch.linalg.svdvals(change)
        assert strength[0] > 1e-3 and strength[5] < 0.05 * strength[0], "a change of rank 4, but for rounding"

    saved = checkpoint.read_config(folder)
    assert saved.recipe["config"]["lora"] == {"rank": 4, "alpha": 16, "targets": ["query", "value"]}
    assert "peft" in saved.recipe["versions"]
    rule = saved.decode.model_copy(update={"threshold": 0.0, "mention_cutoff": -12.0, "gate": -12.0, "max_candidates": 3})
    checkpoint.update_config(folder, saved.model_copy(update={"decode": rule}))
    torch_model = stancekit.load(folder)
    found = torch_model.predict(articles()[0].text)
    assert found.stances and torch_model.classify(TEXT, "Kenya").scores
    export(folder)
    onnx = stancekit.load(folder)
    assert type(onnx.engine).__name__ == "OnnxEngine"
    assert [s.key for s in onnx.predict(articles()[0].text).stances] == [s.key for s in found.stances]
    assert start(folder).model.state_dict().keys() == before.keys(), "training goes on from it, with or without adapters"


def test_frozen_weights_stay_out_of_the_optimiser(bert: Path, data: Path) -> None:
    from stancekit.training_model import TrainingModel, freeze, parameter_groups

    config = TrainConfig.model_validate(settings(bert, data, Path("unused"), freeze_words=True))
    begun = checkpoint.start(config)
    assert config.lora is not None
    add_adapters(begun.model, config.lora)
    freeze(begun.model, config)
    model = TrainingModel(begun.model, config)
    moving = {n for n, p in model.named_parameters() if p.requires_grad}
    assert all(".lora_" in n or n.startswith(("model.mention.", "model.pair.")) for n in moving)
    assert sum(".lora_" in n for n in moving) == 2 * 2 * 2
    groups = parameter_groups(model, config)
    assert sum(len(g["params"]) for g in groups) == len(moving) and {g["lr"] for g in groups} == {config.head_rate}


@pytest.mark.parametrize("kind", TARGETS)
def test_merged_weights_answer_as_the_adapters_do(tmp_path: Path, kind: str) -> None:
    import torch

    begun = start(own_encoder(tmp_path / "encoder", kind))
    plain = begun.model.state_dict().keys()
    add_adapters(begun.model, LoraSettings(rank=2, alpha=8, targets=tuple(TARGETS[kind])))
    with torch.no_grad():
        for name, parameter in begun.model.named_parameters():
            if ".lora_" in name:
                parameter.normal_(std=0.3)
    merged = merged_weights(begun.model, begun.model.state_dict())
    assert merged.keys() == plain
    other = start(tmp_path / "encoder").model
    ids = torch.randint(5, 100, (2, 20))
    first = begun.model.eval().encode(ids, torch.ones_like(ids))
    unlike = other.eval().encode(ids, torch.ones_like(ids))
    other.load_state_dict(merged)
    assert torch.allclose(first, other.encode(ids, torch.ones_like(ids)), atol=1e-4)
    assert (first - unlike).abs().max() > 1e-2, "the adapters made no difference"


def test_a_run_with_adapters_goes_on_to_the_same_weights(bert: Path, data: Path, tmp_path: Path) -> None:
    import torch

    whole = train(settings(bert, data, tmp_path / "whole"))
    output = Path(shutil.copytree(tmp_path / "whole", tmp_path / "cut"))
    newest = max(output.glob("checkpoint-*"), key=lambda p: int(p.name.rpartition("-")[2]))
    shutil.rmtree(newest)
    shutil.rmtree(output / "model")
    assert list(output.glob("checkpoint-*")), "nothing to go on from"
    resumed = train(settings(bert, data, output), resume=True)
    one, other = weights(whole), weights(resumed)
    assert one.keys() == other.keys()
    for name, value in one.items():  # sums over threads differ in their last bits from run to run
        assert torch.allclose(value.float(), other[name].float(), rtol=1e-2, atol=5e-3), name


def test_adapters_start_from_a_stancekit_checkpoint_too(tiny_checkpoint: Path, data: Path, tmp_path: Path) -> None:
    folder = train(settings(tiny_checkpoint, data, tmp_path / "out"))
    assert weights(folder).keys() == weights(tiny_checkpoint).keys()
    assert stancekit.load(folder).predict(TEXT).statements


def test_layers_that_are_not_there_are_named(bert: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="lora.targets: query_proj: no such linear layer in bert; it has dense, key, query, value"):
        train(settings(bert, data, tmp_path / "out", lora={"targets": ["query", "query_proj"]}))
    for wrong in ({"rank": 0}, {"targets": []}, {"r": 8}):
        with pytest.raises(ValueError, match="lora"):
            TrainConfig.model_validate(settings(bert, data, tmp_path / "out", lora=wrong))
    assert TrainConfig.model_validate(settings(bert, data, tmp_path, lora={})).lora == LoraSettings(rank=8, alpha=16, targets=("query", "value"))
    assert TrainConfig.model_fields["lora"].default is None


def test_without_peft_the_command_is_named(bert: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def missing(name: str, *args: object, **kwargs: object) -> object:
        if name.split(".")[0] == "peft":
            raise ModuleNotFoundError("No module named 'peft'")
        return original(name, *args, **kwargs)

    for name in [n for n in sys.modules if n.split(".")[0] == "peft"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError, match=r"pip install 'stancekit\[lora\]'"):
        train(settings(bert, data, tmp_path / "out"))
    assert not list((tmp_path / "out").glob("checkpoint-*"))


def test_runs_without_adapters_do_not_need_peft(bert: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    folder = train(settings(bert, data, tmp_path / "out", lora=None, epochs=1))
    assert json.loads((folder / checkpoint.CONFIG).read_text())["recipe"]["config"]["lora"] is None
