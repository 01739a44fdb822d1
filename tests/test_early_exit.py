"""Sentences that surely hold no stance leave the encoder early."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from conftest import SEEDS, tiny_encoder
from safetensors.torch import load_file
from test_export import TEXTS as SHORT

import stancekit
from stancekit import calibration, checkpoint
from stancekit.config import DataConfig, EarlyExit, TrainConfig, WindowConfig
from stancekit.corpus import read_marks
from stancekit.decoding import DecodeRule
from stancekit.encoding import exit_scores
from stancekit.errors import CheckpointError
from stancekit.export import export
from stancekit.pipeline import Model

TEXTS = [*SHORT, "The minister said he condemned the attack of China. They want peace talks; we support the ministry in Kenya." * 3]


@pytest.fixture(scope="module")
def leaving(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with an exit, whose head is random, after its first layer."""
    folder = tmp_path_factory.mktemp("leaving") / "model"
    shutil.copytree(tiny_checkpoint, folder)
    config = checkpoint.read_config(folder)
    model = checkpoint.load_torch(folder, config)
    torch.manual_seed(3)
    model.give_exit(1)
    assert model.exit is not None
    torch.nn.init.normal_(model.exit.vote.weight, std=3.0)
    for graph in folder.glob("*.onnx"):
        graph.unlink()
    settings = config.model_copy(update={"early_exit": EarlyExit(layer=1, threshold=-1e9)})
    tokenizer = (folder / checkpoint.TOKENIZER).read_bytes()
    checkpoint.save(folder, settings, model.state_dict(), tokenizer)
    export(folder)
    return folder


def at(model: Model, threshold: float | None) -> Model:
    exit_ = None if threshold is None else EarlyExit(layer=1, threshold=threshold)
    return Model(model.config.model_copy(update={"early_exit": exit_}), model.encoder, model.engine, model.folder)


def middle(model: Model) -> float:
    """A threshold that some sentences pass and some do not."""
    scores = []
    for text in TEXTS:
        for window in model.encoder.article(text).windows:
            votes = model.engine.begin(*model.encoder.pad([window]))[1]
            scores += exit_scores(votes, [(0, b.start, b.end) for b in window.blocks]).tolist()
    assert len(set(scores)) > 5
    return float(np.median(scores)) + 1e-4


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_without_leavers_the_answers_are_those_of_the_whole_encoder(leaving: Path, tiny_model: Model, engine: str) -> None:
    model = stancekit.load(leaving, engine=engine)
    assert model.config.early_exit == EarlyExit(layer=1, threshold=-1e9)
    for text, ours, plain, never in zip(TEXTS, *(m.predict_many(TEXTS) for m in (model, tiny_model, at(model, None))), strict=True):
        assert ours.stances or text in ("word", "")
        for a, b, c in zip(ours.stances, plain.stances, never.stances, strict=True):
            assert a.key == b.key == c.key and a.confidence == pytest.approx(b.confidence, abs=1e-3)
            assert a.confidence == pytest.approx(c.confidence, abs=1e-3)
    query = stancekit.Query(TEXTS[0], "attack", "The minister")
    ours, plain = next(model.classify_many([query])), next(tiny_model.classify_many([query]))
    assert ours.label == plain.label and ours.scores == pytest.approx(plain.scores, abs=1e-3), "questions are read by all layers"


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_who_leaves_has_no_stance_and_who_stays_is_still_read(leaving: Path, engine: str) -> None:
    model = stancekit.load(leaving, engine=engine)
    some, everybody = at(model, middle(model)), at(model, 1e9)
    stayed = left = 0
    for text, before, article, empty in zip(TEXTS, *(m.predict_many(TEXTS) for m in (model, some, everybody)), strict=True):
        assert article.text == text and not empty.stances
        assert [s.span for s in article.statements] == [s.span for s in before.statements] == [s.span for s in empty.statements]
        stayed += sum(bool(s.stances) for s in article.statements)
        left += sum(bool(b.stances) and not s.stances for s, b in zip(article.statements, before.statements, strict=True))
    assert stayed and left


def test_answers_depend_on_no_neighbours(leaving: Path) -> None:
    model = stancekit.load(leaving)
    some = at(model, middle(model))
    alone = [some.predict(text) for text in TEXTS]
    for size in (1, 2, 32):
        for one, together in zip(alone, some.predict_many(TEXTS, batch_size=size), strict=True):
            assert [s.key for s in one.stances] == [s.key for s in together.stances]
            assert [s.confidence for s in one.stances] == pytest.approx([s.confidence for s in together.stances], abs=1e-3)


def test_engines_agree(leaving: Path) -> None:
    ours, theirs = (stancekit.load(leaving, engine=engine) for engine in ("onnx", "torch"))
    border = middle(ours)
    for a, b in zip(*(at(m, border).predict_many(TEXTS) for m in (ours, theirs)), strict=True):
        assert [s.key for s in a.stances] == [s.key for s in b.stances]
        assert [s.confidence for s in a.stances] == pytest.approx([s.confidence for s in b.stances], abs=1e-3)


def test_scores_are_votes_weighed_by_keys() -> None:
    rng = np.random.default_rng(0)
    votes = rng.normal(0, 3, (2, 9, 2, 4)).astype(np.float32)
    places = [(0, 1, 4), (0, 4, 8), (1, 2, 3), (1, 3, 8)]
    expected = []
    for row, start, end in places:
        keys, said = votes[row, start:end, 0], votes[row, start:end, 1]
        expected.append(sum(float((np.exp(keys[:, h]) * said[:, h]).sum() / np.exp(keys[:, h]).sum()) for h in range(4)))
    assert exit_scores(votes, places) == pytest.approx(np.array(expected), abs=1e-4)
    assert np.isfinite(exit_scores(votes * 1e4, places)).all()


def test_calibration_reads_what_stays(leaving: Path) -> None:
    model = stancekit.load(leaving)
    articles = list(read_marks(SEEDS / "articles" / "a1.txt"))[:3]
    for threshold in (-1e9, middle(model)):
        limited = at(model, threshold)
        predicted = [{s.key for s in a.stances} for a in calibration.replay(calibration.collect(limited, articles), model.config.decode, model.labels)]
        assert predicted == [{s.key for s in limited.predict(a.text).stances} for a in articles]


def test_the_graphs_share_the_weights(leaving: Path) -> None:
    parts = {}
    for name in ("encoder.onnx", checkpoint.REST_GRAPH):
        graph = onnx.load(str(leaving / name), load_external_data=False).graph
        parts[name] = {t.name.removesuffix(".half") for t in graph.initializer if t.external_data}
        assert sum(len(t.raw_data) for t in graph.initializer) < 20_000
    first, rest = parts.values()
    assert {n.split(".")[3] for n in first if ".layer." in n} == {"0"} and {n.split(".")[3] for n in rest if ".layer." in n} == {"1"}
    assert any(n.startswith("exit.") for n in first) and not any("embeddings" in n for n in rest)


@pytest.mark.parametrize("kind", ["roberta", "electra", "distilbert", "deberta-v2"])
def test_other_encoders_can_be_cut(tmp_path: Path, kind: str) -> None:
    from test_checkpoint import ENCODERS, training

    start = checkpoint.start(training(tiny_encoder(tmp_path / "encoder", kind, **ENCODERS.get(kind, {"embedding_size": 32}))))
    start.model.give_exit(1)
    ids, mask = torch.arange(5, 25)[None], torch.ones((1, 20), dtype=torch.long)
    with torch.no_grad():
        start.model.eval()
        assert torch.allclose(start.model.finish(start.model.begin(ids, mask)[0], mask), start.model.encode(ids, mask), atol=1e-5)


def test_an_encoder_that_cannot_be_cut_is_refused(tmp_path: Path) -> None:
    from test_checkpoint import ENCODERS, training

    model = checkpoint.start(training(tiny_encoder(tmp_path / "encoder", "modernbert", **ENCODERS["modernbert"]))).model
    with pytest.raises(ValueError, match=r"early_exit: the encoder \(modernbert\) .* cut after layer 1"):
        model.give_exit(1)
    plain = checkpoint.start(training(tiny_encoder(tmp_path / "bert"))).model
    with pytest.raises(ValueError, match=r"early_exit.layer = 2, expected 1 to 1: the encoder has 2 layers"):
        plain.give_exit(2)


def test_folders_that_do_not_fit_are_refused(leaving: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    def altered(base: Path, name: str, **changes: object) -> Path:
        folder = tmp_path / name
        shutil.copytree(base, folder)
        settings = json.loads((folder / checkpoint.CONFIG).read_text())
        (folder / checkpoint.CONFIG).write_text(json.dumps({**settings, **changes}))
        return folder

    whole = altered(tiny_checkpoint, "whole", early_exit={"layer": 1, "threshold": 0.0})
    with pytest.raises(CheckpointError, match=rf"has no {checkpoint.REST_GRAPH}; run: stancekit export"):
        stancekit.load(whole)
    shutil.copyfile(leaving / checkpoint.REST_GRAPH, whole / checkpoint.REST_GRAPH)
    with pytest.raises(CheckpointError, match=r"has an early exit, its encoder.onnx none"):
        stancekit.load(whole)
    with pytest.raises(CheckpointError, match=r"missing \['exit.key.weight'"):
        stancekit.load(whole, engine="torch")
    with pytest.raises(CheckpointError, match=r"unexpected \['exit.key.bias'"):
        stancekit.load(altered(leaving, "unnamed", early_exit=None), engine="torch")
    with pytest.raises(CheckpointError, match=r"early_exit.layer = 7"):
        stancekit.load(altered(leaving, "deep", early_exit={"layer": 7, "threshold": 0.0}), engine="torch")
    for bad in ({"layer": 0, "threshold": 0.0}, {"layer": 1}, {"layer": 1, "threshold": 0.0, "x": 1}):
        with pytest.raises(CheckpointError, match="early_exit"):
            checkpoint.read_config(altered(leaving, f"bad{len(bad)}{bad['layer']}", early_exit=bad))


def test_training_starts_without_it(leaving: Path) -> None:
    start = checkpoint.start(TrainConfig(base=str(leaving), output="unused", data=DataConfig(), window=WindowConfig(max_tokens=64)))
    assert start.config.early_exit is None and not [n for n in start.model.state_dict() if n.startswith("exit.")]


def test_fitting(tiny_checkpoint: Path, tmp_path: Path) -> None:
    from stancekit import early_exit

    folder = tmp_path / "model"
    shutil.copytree(tiny_checkpoint, folder)
    articles = list(read_marks(SEEDS / "articles" / "a1.txt"))
    odds = [float(statement.max()) for scored in calibration.collect(stancekit.load(folder), articles) for *_, statement in scored.blocks]
    rule = DecodeRule(threshold=0.3, mention_cutoff=-8.0, gate=float(np.median(odds)))  # every second sentence has none, whatever else is said
    checkpoint.update_config(folder, checkpoint.read_config(folder).model_copy(update={"decode": rule}))
    plain, held_out = [stancekit.Article(a.text) for a in articles[: len(articles) // 2]], articles[len(articles) // 2 :]
    found = early_exit.fit(folder, plain, held_out, recall=0.9)
    assert 0.9 <= found.recall < 1 and found.sentences > 0.2 and 0 < found.tokens < 1 and found.after >= found.before - early_exit.MOST
    model, torch_model = stancekit.load(folder), stancekit.load(folder, engine="torch")
    assert model.config.early_exit is not None and model.config.early_exit.layer == 1
    assert model.config.early_exit.threshold == round(model.config.early_exit.threshold, 2), "a number that people can read"
    for a, b in zip(*(m.predict_many([a.text for a in articles[:4]]) for m in (model, torch_model)), strict=True):
        assert [s.key for s in a.stances] == [s.key for s in b.stances]
    weights = {n: v for n, v in load_file(folder / checkpoint.WEIGHTS).items() if not n.startswith("exit.")}
    before = load_file(tiny_checkpoint / checkpoint.WEIGHTS)
    assert weights.keys() == before.keys() and all(v.equal(before[n]) for n, v in weights.items())
    assert early_exit.fit(folder, plain, held_out, recall=0.9) == found, "an exit fitted anew does not hang on the one before"
    silent = checkpoint.read_config(folder).model_copy(update={"decode": DecodeRule(gate=1e6)})
    checkpoint.update_config(folder, silent)
    stored = {f.name: f.read_bytes() for f in folder.iterdir()}
    with pytest.raises(CheckpointError, match="finds no stance"):
        early_exit.fit(folder, plain[:2], articles[:2])
    with pytest.raises(CheckpointError, match=r"early_exit.layer = 5"):
        early_exit.fit(folder, plain[:2], articles[:2], layer=5)
    assert stored == {f.name: f.read_bytes() for f in folder.iterdir()}
