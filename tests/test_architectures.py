"""Every documented encoder: trained, read, exported. Tiny random weights, each with its own kind of tokenizer."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS, tiny_encoder

import stancekit
from stancekit import checkpoint
from stancekit.config import TrainConfig
from stancekit.corpus import read_marks
from stancekit.data import write_records
from stancekit.engine import Engine
from stancekit.errors import CheckpointError, ConfigError
from stancekit.export import export
from stancekit.pipeline import Model
from stancekit.schema import Article, Query

SPECIAL_S = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
SPECIAL_BERT = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
DEBERTA = {
    "position_biased_input": False, "relative_attention": True, "max_relative_positions": -1, "position_buckets": 8, "norm_rel_ebd": "layer_norm",
    "share_att_key": True, "pos_att_type": ["p2c", "c2p"], "type_vocab_size": 0, "layer_norm_eps": 1e-7,
}  # fmt: skip
MODERNBERT = {"global_attn_every_n_layers": 2, "local_attention": 16, "cls_token_id": 1, "sep_token_id": 2, "bos_token_id": 1, "eos_token_id": 2}
KINDS: dict[str, tuple[str, dict[str, object]]] = {
    "bert": ("wordpiece", {}),
    "roberta": ("bytes", {"pad_token_id": 1, "max_position_embeddings": 66, "type_vocab_size": 1}),
    "xlm-roberta": ("words", {"pad_token_id": 1, "max_position_embeddings": 66, "type_vocab_size": 1}),
    "deberta-v2": ("pieces", DEBERTA),
    "modernbert": ("bytes", MODERNBERT),
}
AWKWARD = 'Ürümqi 👍 said:  "We condemn the U.S. attack, \x00 שלום."\r\nHe  warned\tthe minister – e\u0301t\u00e9 ﬁne.\n\n'
LONG = " ".join(w for a in list(read_marks(SEEDS / "articles" / "a2.txt"))[:1] for w in a.text.split()[:60]).replace(".", ",")
"""One sentence of several windows. Not repetitive: equal scores are nobody's to order."""


def articles() -> list[Article]:
    return list(read_marks(SEEDS / "articles" / "a1.txt"))[:6]


def write_own_tokenizer(folder: Path, sort: str, special: list[str]) -> int:
    """A tokenizer as the architecture has it, trained on a few articles; returns its size."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    texts = [a.text for a in articles()]
    if sort == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(lowercase=False), pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    elif sort == "bytes":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(
            vocab_size=500, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
        )
    else:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer, space = normalizers.NFKC(), pre_tokenizers.Metaspace()
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), space]) if sort == "words" else space
        trainer = trainers.UnigramTrainer(vocab_size=400, special_tokens=special, unk_token=special[3], show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    if special is SPECIAL_S and sort == "bytes":
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer.get_vocab_size()


def own_encoder(folder: Path, kind: str, **changes: object) -> Path:
    """The encoder folder of an architecture as the hub would hold it."""
    sort, settings = KINDS[kind]
    folder.mkdir(parents=True, exist_ok=True)
    size = write_own_tokenizer(folder, sort, SPECIAL_S if "roberta" in kind else SPECIAL_BERT)
    kept = (folder / "tokenizer.json").read_bytes()
    tiny_encoder(folder, kind, **{"vocab_size": size, **settings, **changes})
    (folder / "tokenizer.json").write_bytes(kept)
    (folder / "tokenizer_config.json").unlink()
    return folder


def values(base: Path | str, data: Path, output: Path, **changes: object) -> dict:
    return {
        "base": str(base), "output": str(output), "data": {"articles": [{"path": str(data)}]}, "window": {"max_tokens": 64, "context": 1},
        "epochs": 2, "batch_tokens": 1 << 16, "encoder_rate": 1e-3, "head_rate": 1e-4, "average": 0.0, "precision": "fp32", **changes,
    }  # fmt: skip


def train(settings: dict, resume: bool = False) -> Path:
    from stancekit.training import train as run

    return run(TrainConfig.model_validate(settings), resume)


def talkative(folder: Path) -> None:
    """Lets random weights find stances."""
    config = checkpoint.read_config(folder)
    rule = config.decode.model_copy(update={"threshold": 0.2, "mention_cutoff": -8.0, "gate": -12.0, "nested": 0.0})
    checkpoint.update_config(folder, config.model_copy(update={"decode": rule}))


def weights(folder: Path) -> dict:
    from safetensors.torch import load_file

    return load_file(folder / checkpoint.WEIGHTS)


def start(base: Path | str, **changes: object) -> checkpoint.Start:
    return checkpoint.start(TrainConfig.model_validate({"base": str(base), "output": "unused", "data": {}, "window": {"max_tokens": 64}, **changes}))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("data") / "train.jsonl"
    write_records(file, articles())
    return file


@pytest.fixture(scope="module", params=list(KINDS))
def trained(request: pytest.FixtureRequest, data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path]:
    """(architecture, its encoder folder, the exported model folder) after two steps."""
    folder = tmp_path_factory.mktemp(request.param)
    base = own_encoder(folder / "encoder", request.param)
    model = train(values(base, data, folder / "run"))
    state = json.loads(max((folder / "run").glob("checkpoint-*/trainer_state.json")).read_text())
    assert state["global_step"] == 2
    talkative(model)
    export(model)
    return request.param, base, model


def assert_spans_slice(article: Article) -> None:
    for stance in article.stances:
        for span in (stance.statement, stance.source, stance.target):
            if span is not None:
                assert article.text[span.start : span.end] == span.text
                assert stance.statement.start <= span.start < span.end <= stance.statement.end


class BothEngines:
    """Runs each step on two engines with the same input and compares; the first one's answer goes on.

    So the candidate spans of random weights, which tie in their last bits, are chosen once and every score is compared.
    """

    lanes, batch_tokens = 1, 4096

    def __init__(self, one: Engine, other: Engine) -> None:
        self.engines = one, other
        self.compared = 0

    def _same(self, one: np.ndarray, other: np.ndarray, where: np.ndarray) -> np.ndarray:
        assert one.shape == other.shape
        np.testing.assert_allclose(one[where], other[where], atol=2e-4)
        self.compared += int(where.sum())
        return one

    def encode(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return self._same(*(e.encode(ids, mask) for e in self.engines), mask == 1)

    def statements(self, tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return self._same(*(e.statements(tokens, mask) for e in self.engines), np.ones(len(tokens), dtype=bool))

    def mentions(self, tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        scores = [e.mentions(tokens, mask) for e in self.engines]
        return self._same(*scores, np.ones(scores[0].shape, dtype=bool))

    def pairs(self, tokens: np.ndarray, mask: np.ndarray, sources: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        blocks = np.ones(len(tokens), dtype=bool)
        opened, given = zip(*(e.pairs(tokens, mask, sources, targets) for e in self.engines), strict=True)
        return self._same(*opened, blocks), self._same(*given, blocks)

    def asked(self, tokens: np.ndarray, mask: np.ndarray, sources: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        blocks = np.ones(len(tokens), dtype=bool)
        event, crowd = zip(*(e.asked(tokens, mask, sources, targets) for e in self.engines), strict=True)
        return self._same(*event, blocks), self._same(*crowd, blocks)


def test_every_architecture_trains_reads_and_exports(trained: tuple[str, Path, Path]) -> None:
    kind, base, folder = trained
    onnx, torch = stancekit.load(folder), stancekit.load(folder, engine="torch")
    assert type(onnx.engine).__name__ == "OnnxEngine" and onnx.config.encoder["model_type"] == kind
    assert (folder / "tokenizer.json").read_bytes() == (base / "tokenizer.json").read_bytes(), "transformers built another tokenizer"
    engine = BothEngines(onnx.engine, torch.engine)
    both = Model(onnx.config, onnx.encoder, engine, folder)
    found = 0
    for text in [*(a.text for a in articles()[:3]), AWKWARD, LONG, "word", ""]:
        read = both.predict(text)
        assert read == onnx.predict(text)
        assert_spans_slice(read)
        assert Article.from_dict(json.loads(json.dumps(read.to_dict()))) == read
        found += len(read.stances)
    assert found > 100 and engine.compared > 1000
    queries = [Query(t, w, s) for t in (AWKWARD, LONG, articles()[0].text) for w, s in (("Kenya", None), ("NATO", None), ("Kenya", "He"))]
    for a, b in zip(onnx.classify_many(queries), torch.classify_many(queries), strict=True):
        assert a.label == b.label and sum(a.scores.values()) == pytest.approx(1, abs=1e-4)
        assert a.scores == pytest.approx(b.scores, abs=1e-3)


def test_answers_do_not_depend_on_padding(trained: tuple[str, Path, Path]) -> None:
    """A text alone, and beside one that makes its window longer."""
    model = stancekit.load(trained[2], engine="torch")
    short, long = "Kenya condemned the attack.", articles()[1].text
    (alone,), (beside, _) = list(model.predict_many([short])), list(model.predict_many([short, long]))
    assert [s.key for s in alone.stances] == [s.key for s in beside.stances]
    for a, b in zip(alone.stances, beside.stances, strict=True):
        assert a.confidence == pytest.approx(b.confidence, abs=1e-4)


def test_a_window_as_long_as_the_positions_is_read_and_a_longer_one_refused(trained: tuple[str, Path, Path], data: Path, tmp_path: Path) -> None:
    """RoBERTa counts its positions from behind the padding token's: 66 embeddings are 64 positions."""
    kind, base, _ = trained
    limit = 64 if "roberta" in kind else 130
    filled = start(base, window={"max_tokens": limit})
    words = "attack " * (limit * 2)
    encoded = filled.encoder.article(words)
    assert max(len(w.ids) for w in encoded.windows) == limit
    filled.model.eval()
    assert filled.pipeline(filled.model).predict(words).text == words
    with pytest.raises(ConfigError, match=rf"window.max_tokens = {limit + 1}, but the encoder .* reads at most {limit} tokens; lower it"):
        train(values(base, data, tmp_path / "out", window={"max_tokens": limit + 1}))
    assert not list((tmp_path / "out").glob("checkpoint-*"))


def test_training_goes_on_from_the_checkpoint_of_every_architecture(trained: tuple[str, Path, Path]) -> None:
    _, _, folder = trained
    again = start(folder)
    saved = weights(folder)
    for name, value in again.model.state_dict().items():
        assert name not in saved or bool((saved[name].float() == value.float()).all()), name
    assert again.model.training is False and next(again.model.parameters()).requires_grad


def test_weights_stored_in_half_precision_train_in_single(data: Path, tmp_path: Path) -> None:
    """microsoft/deberta-v3-base is stored so."""
    from transformers import AutoModel

    base = own_encoder(tmp_path / "encoder", "deberta-v2")
    AutoModel.from_pretrained(base).half().save_pretrained(base)
    assert json.loads((base / "config.json").read_text())["dtype"] == "float16"
    begun = start(base)
    assert {str(p.dtype) for p in begun.model.parameters()} == {"torch.float32"} and "dtype" not in begun.encoder_settings
    folder = train(values(base, data, tmp_path / "out"))
    talkative(folder)
    assert stancekit.load(folder).predict(articles()[0].text).stances
    change = json.loads((folder / checkpoint.CONFIG).read_text())
    change["encoder"]["dtype"] = "float16"
    (folder / checkpoint.CONFIG).write_text(json.dumps(change))
    assert stancekit.load(folder).predict(articles()[0].text).stances, "the settings of a folder do not decide the precision"


@pytest.mark.parametrize("kind", ["deberta-v2", "xlm-roberta"])
def test_a_sentencepiece_model_alone_is_converted(tmp_path: Path, kind: str) -> None:
    """microsoft/deberta-v3-base has no tokenizer.json."""
    import sentencepiece

    name, options = "sentencepiece.bpe.model", {}
    if kind == "deberta-v2":
        name = "spm.model"
        options = dict(pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]")
    lines = iter([line for a in articles() for line in a.text.split("\n") if line])
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=lines, model_writer=written, vocab_size=400, num_threads=1, minloglevel=2, **options
    )
    base = own_encoder(tmp_path / "encoder", kind, vocab_size=410)
    (base / "tokenizer.json").unlink()
    (base / name).write_bytes(written.getvalue())
    begun = start(base)
    text = "The minister condemned the attack."
    ids, starts, ends = begun.encoder.tokenize(text)[0]
    assert len(ids) > 4 and max(ids) < 410 and starts[0] == 0 and ends[-1] == len(text)
    assert begun.pipeline(begun.model.eval()).predict(text).statements


def test_a_hub_name_is_read_from_the_hubs_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    cache = tmp_path / "cache"
    place = cache / "models--someone--encoder"
    own_encoder(place / "snapshots" / ("0" * 40), "roberta")
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("0" * 40)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    begun = start("someone/encoder")
    assert begun.encoder_settings["model_type"] == "roberta"
    assert begun.tokenizer_json == (place / "snapshots" / ("0" * 40) / "tokenizer.json").read_bytes()
    with pytest.raises(ConfigError, match="base: someone/unknown cannot be read as a Hugging Face encoder"):
        start("someone/unknown")


def test_encoders_that_do_not_fit_are_refused_by_name(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    base = own_encoder(tmp_path / "roberta", "roberta", pad_token_id=None)
    assert start(base).encoder_settings["pad_token_id"] == 1, "the tokenizer's padding token stands in"

    small = own_encoder(tmp_path / "small", "bert", vocab_size=50)
    with pytest.raises(ConfigError, match=r"small: the tokenizer has \d+ tokens, but the encoder knows 50; they do not belong together"):
        start(small)

    added = own_encoder(tmp_path / "added", "bert")
    tokenizer = json.loads((added / "tokenizer.json").read_text())
    size = len(tokenizer["model"]["vocab"])
    tokenizer["added_tokens"].append({**tokenizer["added_tokens"][0], "id": size, "content": "<url>", "special": False})
    (added / "tokenizer.json").write_text(json.dumps(tokenizer))
    begun = start(added)
    assert begun.encoder_settings["vocab_size"] == size + 1 == begun.model.encoder.get_input_embeddings().num_embeddings
    assert "gets embeddings for the 1 added token" in caplog.text
    checkpoint.save(tmp_path / "model", begun.config, begun.model.state_dict(), begun.tokenizer_json)
    assert stancekit.load(tmp_path / "model").predict("see <url> now").statements

    (small / "config.json").write_text(json.dumps({"model_type": "t5"}))
    with pytest.raises(ConfigError, match="t5 has a decoder; give an encoder"):
        start(small)
    (small / "config.json").write_text(json.dumps({"model_type": "unheard-of", "auto_map": {"AutoConfig": "code.Config", "AutoModel": "code.Model"}}))
    (small / "code.py").write_text("raise SystemExit('ran')")
    with pytest.raises(ConfigError, match="cannot be read as a Hugging Face encoder"):
        start(small)
    shutil.copyfile(added / "config.json", small / "config.json")
    (small / "model.safetensors").rename(small / "pytorch_model.bin")
    with pytest.raises(ConfigError, match="(?s)cannot be read as a Hugging Face encoder: .*safetensors"):
        start(small)


def test_an_architecture_without_graphs_says_so_and_reads_with_torch(tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def unable(*args: object, **kwargs: object) -> None:
        raise RuntimeError("aten::strange is not supported")

    folder = Path(shutil.copytree(tiny_checkpoint, tmp_path / "model", ignore=shutil.ignore_patterns("*.onnx")))
    monkeypatch.setattr(torch.onnx, "export", unable)
    with pytest.raises(CheckpointError, match=r"(?s)model \(bert\) gets no ONNX graphs: .*aten::strange .*the checkpoint is whole.*torch"):
        export(folder)
    model: Model = stancekit.load(folder)
    assert type(model.engine).__name__ == "TorchEngine"
    assert model.predict("The minister condemned the attack.").statements
