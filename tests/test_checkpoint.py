from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import tiny_encoder

import stancekit
from stancekit import checkpoint
from stancekit.config import FORMAT_VERSION, MAX_CONFIG_BYTES, DataConfig, TrainConfig, WindowConfig
from stancekit.errors import CheckpointError, ConfigError
from stancekit.schema import GUIDE_VERSION

TEXT = "The minister condemned the attack. Kenya supports peace talks."


@pytest.fixture
def copy(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "copy"))


def change(folder: Path, **values: object) -> None:
    file = folder / checkpoint.CONFIG
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **values}), encoding="utf-8")


def training(base: Path | str, **settings: object) -> TrainConfig:
    return TrainConfig(**{"base": str(base), "output": "unused", "data": DataConfig(), "window": WindowConfig(max_tokens=64), **settings})


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "format": (lambda f: change(f, format_version=99), rf"checkpoint format 99, this stancekit reads {FORMAT_VERSION}"),
    "guide": (lambda f: change(f, guide_version="1999-01"), f"annotation guide '1999-01', this stancekit follows '{GUIDE_VERSION}'"),
    "unknown key": (lambda f: change(f, labls={}), "labls"),
    "labels": (lambda f: change(f, labels={"none": "x"}), "none"),
    "too many labels": (lambda f: change(f, labels=dict.fromkeys("abcd", "")), "labels"),
    "too few labels": (lambda f: change(f, labels=dict.fromkeys("ab", "")), "labels"),
    "weights of the rule": (lambda f: change(f, decode={"weights": [1.0]}), "decode.weights"),
    "not json": (lambda f: (f / checkpoint.CONFIG).write_text("{"), "not valid JSON"),
    "not utf-8": (lambda f: (f / checkpoint.CONFIG).write_bytes(b'{"a": "\xff"}'), "not valid JSON"),
    "a list": (lambda f: (f / checkpoint.CONFIG).write_text("[]"), "checkpoint format None"),
    "deep": (lambda f: (f / checkpoint.CONFIG).write_text("[" * 100_000), "not valid JSON"),
    "giant": (lambda f: (f / checkpoint.CONFIG).write_text(" " * (MAX_CONFIG_BYTES + 1)), "larger than"),
    "no settings": (lambda f: (f / checkpoint.CONFIG).unlink(), "has no stancekit.json"),
    "no tokenizer": (lambda f: (f / checkpoint.TOKENIZER).unlink(), "has no tokenizer.json"),
    "bad tokenizer": (lambda f: (f / checkpoint.TOKENIZER).write_text("{}"), "cannot read the tokenizer"),
    "no weights": (lambda f: (f / checkpoint.WEIGHTS).unlink(), "has no model.safetensors"),
    "cut weights": (lambda f: os.truncate(f / checkpoint.WEIGHTS, 4000), "cannot be loaded"),
    "a graph missing": (lambda f: (f / "pair.onnx").unlink(), "has no pair.onnx; run: stancekit export .*copy$"),
    "a broken graph": (lambda f: (f / "pair.onnx").write_bytes(b"nothing"), "pair.onnx cannot be loaded"),
}


@pytest.mark.parametrize(("spoil", "message"), SPOILED.values(), ids=SPOILED.keys())
def test_a_folder_that_does_not_fit_is_refused_and_says_why(copy: Path, spoil: Callable[[Path], object], message: str) -> None:
    spoil(copy)
    with pytest.raises(CheckpointError, match=message) as error:
        stancekit.load(copy)
    assert str(copy) in str(error.value)


@pytest.mark.parametrize("name", [checkpoint.CONFIG, checkpoint.TOKENIZER, checkpoint.WEIGHTS, "pair.onnx"])
def test_links_that_leave_the_folder_are_refused(copy: Path, tmp_path: Path, name: str) -> None:
    shutil.move(copy / name, tmp_path / name)
    (copy / name).symlink_to(tmp_path / name)
    with pytest.raises(CheckpointError, match="leaves its folder"):
        stancekit.load(copy)


SPOILED_FOR_TORCH: dict[str, tuple[Callable[[Path], object], str]] = {
    "labels": (lambda f: change(f, labels=dict.fromkeys("abcd", "")), "does not fit stancekit.json"),
    "cut": (lambda f: os.truncate(f / checkpoint.WEIGHTS, 4000), "model.safetensors"),
    "not safetensors": (lambda f: (f / checkpoint.WEIGHTS).write_bytes(b"\x80\x04pickle" * 99), "model.safetensors"),
}


@pytest.mark.parametrize(("spoil", "message"), SPOILED_FOR_TORCH.values(), ids=SPOILED_FOR_TORCH.keys())
def test_torch_refuses_weights_that_do_not_fit(copy: Path, spoil: Callable[[Path], object], message: str) -> None:
    spoil(copy)
    with pytest.raises(CheckpointError, match=message):
        stancekit.load(copy, engine="torch")


def test_places_that_are_no_model_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def offline(*args: object, **kwargs: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    with pytest.raises(CheckpointError, match="no such model folder"):
        stancekit.load(tmp_path / "none")
    with pytest.raises(CheckpointError, match="someone/model: .*no network"):
        stancekit.load("someone/model")
    (tmp_path / "file").write_text("x")
    with pytest.raises(CheckpointError, match="is a file"):
        stancekit.load(tmp_path / "file")
    with pytest.raises(CheckpointError, match="has no stancekit.json"):
        stancekit.load(tmp_path)


def test_a_hub_id_is_fetched_without_anything_that_could_run(tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's cache holds files under their hashes, and links to them under their names."""
    import huggingface_hub

    asked, snapshot = {}, tmp_path / "models--someone--model" / "snapshots" / "1a2b"
    blobs = Path(shutil.copytree(tiny_checkpoint, snapshot.parent.parent / "blobs"))
    snapshot.mkdir(parents=True)
    for file in blobs.iterdir():
        (snapshot / file.name).symlink_to(f"../../blobs/{file.rename(file.with_suffix('.hash')).name}")

    def fetch(name: str, **kwargs: object) -> str:
        asked.update(kwargs, name=name)
        return str(snapshot)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    assert stancekit.load("someone/model").predict(TEXT).statements
    assert asked["name"] == "someone/model"
    assert all(n.endswith((".json", ".safetensors", ".onnx")) for n in asked["allow_patterns"])


def test_engine_and_threads_are_checked(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckpointError, match="engine 'cuda'; expected auto, onnx or torch"):
        stancekit.load(tiny_checkpoint, engine="cuda")
    monkeypatch.setenv("STANCEKIT_THREADS", "many")
    with pytest.raises(ConfigError, match="STANCEKIT_THREADS = 'many'"):
        stancekit.load(tiny_checkpoint)
    monkeypatch.setenv("STANCEKIT_THREADS", "3")
    assert stancekit.load(tiny_checkpoint).engine.threads == 3
    assert stancekit.load(tiny_checkpoint, threads=1).engine.threads == 1
    for bad in (0, -1, 1.5, "2", True):
        with pytest.raises(ConfigError, match=f"threads = {bad!r}, expected a positive whole number"):
            stancekit.load(tiny_checkpoint, threads=bad)


def test_save_pretrained_round_trips(tiny_checkpoint: Path, tmp_path: Path) -> None:
    model = stancekit.load(tiny_checkpoint)
    model.save_pretrained(tmp_path / "deep" / "saved")
    again = stancekit.load(tmp_path / "deep" / "saved")
    assert again.predict(TEXT) == model.predict(TEXT) and again.config == model.config
    again.save_pretrained(tmp_path / "deep" / "saved")
    model.save_pretrained(tmp_path / "deep" / "saved")
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["saved"], "nothing is left beside the folder"
    assert sorted(p.name for p in (tmp_path / "deep" / "saved").iterdir()) == sorted(p.name for p in tiny_checkpoint.iterdir())


def test_the_folder_one_stands_in_is_read(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_checkpoint)
    assert stancekit.load(".").predict(TEXT) == stancekit.load(tiny_checkpoint).predict(TEXT)


def test_save_pretrained_overwrites_nobodys_files(tiny_checkpoint: Path, tmp_path: Path) -> None:
    model = stancekit.load(tiny_checkpoint)
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(CheckpointError, match="holds other files"):
        model.save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="is a file"):
        model.save_pretrained(tmp_path / "diary.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["diary.txt"] and (tmp_path / "diary.txt").read_text() == "mine"
    stancekit.load(tiny_checkpoint).save_pretrained(tiny_checkpoint)
    assert stancekit.load(tiny_checkpoint).predict(TEXT).statements


def test_a_failed_write_leaves_the_old_folder(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    checkpoint.write_folder(folder, {"a": b"old"})
    with pytest.raises(OSError, match="none"):
        checkpoint.write_folder(folder, {"a": b"new", "b": tmp_path / "none"})
    assert (folder / "a").read_bytes() == b"old" and [p.name for p in tmp_path.iterdir()] == ["model"]
    checkpoint.write_folder(folder, {"c": b"new"})
    assert [p.name for p in folder.iterdir()] == ["c"]


def test_a_link_is_written_through_as_often_as_one_likes(tmp_path: Path) -> None:
    checkpoint.write_folder(tmp_path / "runs" / "monday", {"a": b"old"})
    link = tmp_path / "latest"
    link.symlink_to(tmp_path / "runs" / "monday", target_is_directory=True)
    for content in (b"new", b"newer"):
        checkpoint.write_folder(link, {"a": content})
        assert (tmp_path / "runs" / "monday" / "a").read_bytes() == content and link.is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["latest", "runs"]
    os.replace(tmp_path / "runs" / "monday", tmp_path / "runs" / ".monday.old")  # a kill between the two renames
    assert (checkpoint.whole(link) / "a").read_bytes() == b"newer"


def test_weights_round_trip_in_half_precision(encoder_folder: Path, tmp_path: Path) -> None:
    import torch

    start = checkpoint.start(training(encoder_folder))
    checkpoint.save(tmp_path / "m", start.config, start.model.state_dict(), start.tokenizer_json)
    assert checkpoint.read_config(tmp_path / "m") == start.config
    loaded = checkpoint.load_torch(tmp_path / "m", start.config)
    assert not loaded.training
    for name, value in start.model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value.half().float() if value.dtype.is_floating_point else value), name
    broken = {**start.model.state_dict(), "mention.statement_bias": torch.tensor([1e6, 0.0, 0.0])}
    with pytest.raises(CheckpointError, match="mention.statement_bias does not fit half precision"):
        checkpoint.save(tmp_path / "m", start.config, broken, start.tokenizer_json)
    assert checkpoint.load_torch(tmp_path / "m", start.config)


def test_settings_are_replaced_in_place(copy: Path) -> None:
    config = checkpoint.read_config(copy)
    rule = config.decode.model_copy(update={"threshold": 0.9})
    checkpoint.update_config(copy, config.model_copy(update={"decode": rule}))
    assert checkpoint.read_config(copy).decode.threshold == 0.9
    assert sorted(p.suffix for p in copy.iterdir()) == [".json", ".json", *[".onnx"] * len(checkpoint.GRAPHS), ".safetensors"]


def test_training_goes_on_from_a_checkpoint_and_keeps_what_fits(tiny_checkpoint: Path) -> None:
    import torch

    saved = checkpoint.load_torch(tiny_checkpoint, checkpoint.read_config(tiny_checkpoint)).state_dict()
    same = checkpoint.start(training(tiny_checkpoint)).model.state_dict()
    assert all(torch.equal(saved[k], v) for k, v in same.items())
    other = checkpoint.start(training(tiny_checkpoint, labels={"praise": "", "blame": ""}))
    fresh = other.model.state_dict()
    assert tuple(other.config.labels) == ("praise", "blame") and fresh["pair.outputs.open.out.weight"].shape[0] == 3
    assert torch.equal(fresh["pair.span.weight"], saved["pair.span.weight"])
    assert torch.equal(fresh["encoder.embeddings.word_embeddings.weight"], saved["encoder.embeddings.word_embeddings.weight"])


def test_labels_of_another_name_do_not_inherit_the_weights_of_these(tiny_checkpoint: Path) -> None:
    import torch

    saved = checkpoint.load_torch(tiny_checkpoint, checkpoint.read_config(tiny_checkpoint)).state_dict()
    fresh = checkpoint.start(training(tiny_checkpoint, labels={"a": "", "b": "", "c": ""})).model.state_dict()
    assert torch.equal(fresh["pair.span.weight"], saved["pair.span.weight"])
    assert not torch.equal(fresh["pair.outputs.open.out.weight"], saved["pair.outputs.open.out.weight"]), "the label axis of another label set was taken over"


def test_the_guide_is_heard_where_articles_teach_it(encoder_folder: Path) -> None:
    events, crowd = {"path": "events", "reading": "event"}, {"path": "crowd", "reading": "crowd"}
    for articles, queries, shares in (
        ([{"path": "articles"}], [events], (0.5, 0.5, 0)),
        ([{"path": "articles"}], [events, crowd], (1 / 3, 1 / 3, 1 / 3)),
        ([{"path": "articles"}], [], (1, 0, 0)),
        ([], [events], (0, 1, 0)),
    ):
        given = checkpoint.start(training(encoder_folder, data={"articles": articles, "queries": queries})).config.given
        assert (given.guided, given.event, given.crowd) == pytest.approx(shares)


def test_what_training_cannot_start_from_is_named(encoder_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="window.max_tokens = 512, .* at most 130 tokens"):
        checkpoint.start(training(encoder_folder, window=WindowConfig(max_tokens=512)))
    for base in ("./none", "/none", "a/b/c"):
        with pytest.raises(ConfigError, match=f"no such folder: {base}"):
            checkpoint.start(training(base))
    assert checkpoint.resolve_base("someone/encoder") is None
    assert checkpoint.resolve_base("default") == checkpoint.DEFAULT
    assert checkpoint.resolve_base("minilm").is_dir()


def test_a_base_is_the_model_that_load_gives(tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert checkpoint.resolve_base("default") == stancekit.load("default").folder == checkpoint.DEFAULT
    Path("default").mkdir()  # a run's output, for example
    assert checkpoint.resolve_base("default") == stancekit.load("default").folder == checkpoint.DEFAULT
    Path("default").rmdir()
    Path("default").symlink_to(tiny_checkpoint)
    assert checkpoint.resolve_base("default") == stancekit.load("default").folder == Path("default")
    assert checkpoint.start(training(Path("default"))).config.encoder == checkpoint.read_config(tiny_checkpoint).encoder


def test_frozen_words_are_not_trained(encoder_folder: Path) -> None:
    start = checkpoint.start(training(encoder_folder, freeze_words=True))
    frozen = [n for n, p in start.model.named_parameters() if not p.requires_grad]
    assert frozen == ["encoder.embeddings.word_embeddings.weight"]


def test_heads_that_restart_forget_and_the_others_do_not(tiny_checkpoint: Path) -> None:
    known = checkpoint.load_torch(tiny_checkpoint, checkpoint.read_config(tiny_checkpoint)).state_dict()
    begun = checkpoint.start(training(tiny_checkpoint, restart=("asked",))).model.state_dict()
    moved = {name.partition(".")[0] for name, value in begun.items() if not value.equal(known[name])}
    assert moved == {"asked"} and not begun["asked.span.weight"].equal(known["asked.span.weight"])


ENCODERS = {
    "roberta": {"pad_token_id": 1},
    "xlm-roberta": {"pad_token_id": 1},
    "deberta-v2": {"position_buckets": 16, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    "modernbert": {"global_attn_every_n_layers": 2, "local_attention": 16},
    "distilbert": {},
}


@pytest.mark.parametrize("kind", ENCODERS)
def test_other_encoders_train_save_and_read(tmp_path: Path, kind: str) -> None:
    """Every architecture named in the documentation, with random weights and a small vocabulary."""
    folder = tiny_encoder(tmp_path / "encoder", kind, **ENCODERS[kind])
    start = checkpoint.start(training(folder))
    checkpoint.save(tmp_path / "model", start.config, start.model.state_dict(), start.tokenizer_json)
    model = stancekit.load(tmp_path / "model")
    article = model.predict(TEXT)
    assert [s.span.text for s in article.statements] == ["The minister condemned the attack.", "Kenya supports peace talks."]
    assert model.classify(TEXT, "Kenya").scores


def test_the_shipped_model_is_whole_and_small() -> None:
    config = checkpoint.read_config(checkpoint.DEFAULT)
    assert tuple(config.labels) == ("support", "condemnation", "warning")
    names = {p.name for p in checkpoint.DEFAULT.iterdir()}
    assert {checkpoint.CONFIG, checkpoint.TOKENIZER, checkpoint.WEIGHTS, *checkpoint.GRAPHS, "README.md"} <= names
    assert not [n for n in names if n.endswith((".bin", ".pt", ".pkl", ".py"))]
    assert sum(p.stat().st_size for p in checkpoint.DEFAULT.iterdir()) < 100e6
    assert checkpoint.load_torch(checkpoint.DEFAULT, config)
