"""Tiny models with random weights, built here: no test needs a network or a hub."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SEEDS = Path(__file__).parent.parent / "seeds"
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # how fast a machine is fails no test
settings.load_profile("unhurried")

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the a of and to in china russia kenya ministry minister said condemned supports warned attack "
    "he we they peace talks . , \" ' ; :"
).split()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Sockets reach this machine only (pytest-socket; ray and accelerate need that much), and child processes stay off the hub."""
    config.option.allow_hosts, config.option.allow_unix_socket = "127.0.0.1,::1", True
    os.environ["HF_HUB_OFFLINE"] = "1"


def write_tokenizer(folder: Path) -> None:
    """A WordPiece tokenizer with a small vocabulary and all letters."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    letters = [chr(c) for c in range(97, 123)] + [str(d) for d in range(10)]
    vocabulary = list(dict.fromkeys([*WORDS, *letters, *(f"##{c}" for c in letters)]))
    tokenizer = Tokenizer(models.WordPiece({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"})
    )


def tiny_encoder(folder: Path, kind: str = "bert", **settings: object) -> Path:
    """A Hugging Face encoder of an architecture with random weights, as a folder."""
    import torch
    from transformers import AutoConfig, AutoModel

    torch.manual_seed(7)
    folder.mkdir(parents=True, exist_ok=True)
    write_tokenizer(folder)
    vocabulary = len(json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"])
    common = {
        "vocab_size": vocabulary,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 48,
        "max_position_embeddings": 130,
        "pad_token_id": 0,
    }
    config = AutoConfig.for_model(kind, **{**common, **settings})
    AutoModel.from_config(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("encoder") / "bert")


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path) -> Path:
    """A checkpoint folder with graphs and random weights whose rule lets many stances through."""
    return write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny", encoder_folder)


def write_checkpoint(folder: Path, encoder: Path) -> Path:
    """See `tiny_checkpoint`; scripts/kills.py and scripts/soak.py read with it too."""
    from stancekit import checkpoint
    from stancekit.config import DataConfig, TrainConfig, WindowConfig
    from stancekit.decoding import DecodeRule
    from stancekit.export import export

    config = TrainConfig(base=str(encoder), output="unused", data=DataConfig(), window=WindowConfig(max_tokens=64))
    start = checkpoint.start(config)
    rule = DecodeRule(threshold=0.3, mention_cutoff=-8.0, gate=-12.0)
    settings = start.config.model_copy(update={"decode": rule})
    checkpoint.save(folder, settings, start.model.state_dict(), start.tokenizer_json)
    export(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tiny_checkpoint: Path):  # noqa: ANN201
    import stancekit

    return stancekit.load(tiny_checkpoint)


@pytest.fixture(scope="session")
def small_encoder(tmp_path_factory: pytest.TempPathFactory):  # noqa: ANN201
    """The tiny vocabulary with windows of 32 tokens."""
    from stancekit.encoding import Encoder, WindowRule

    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return Encoder.from_file(folder / "tokenizer.json", WindowRule(32, 1))


@pytest.fixture(scope="session")
def minilm_encoder():  # noqa: ANN201
    """The base encoder's tokenizer, from the package with its weights."""
    from stancekit import checkpoint
    from stancekit.encoding import Encoder, WindowRule

    folder = checkpoint.resolve_base("minilm")
    assert folder is not None
    return Encoder.from_file(folder / checkpoint.TOKENIZER, WindowRule())


@pytest.fixture(scope="session")
def default_encoder():  # noqa: ANN201
    """The shipped model's tokenizer."""
    from stancekit import checkpoint

    config = checkpoint.read_config(checkpoint.DEFAULT)
    return checkpoint.read_encoder(checkpoint.DEFAULT, config)


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """The command line in this process; its exit status."""
    from stancekit import cli

    monkeypatch.setattr(sys, "argv", ["stancekit", *map(str, words)])
    try:
        cli.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0
