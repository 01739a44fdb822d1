"""A model in 8-bit integers: measured before it is let in, the same in both engines, blind to its neighbours."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from conftest import SEEDS
from safetensors.numpy import load_file
from typer.testing import CliRunner

import stancekit
from stancekit import checkpoint
from stancekit.cli import app
from stancekit.corpus import read_marks
from stancekit.data import write_records
from stancekit.errors import CheckpointError
from stancekit.export import Int8, export
from stancekit.int8 import LEVELS, Int8Linear, by_harm, ranges, read
from stancekit.schema import Article

ARTICLES = list(read_marks(SEEDS / "articles" / "a1.txt"))[:6]
TEXTS = [a.text for a in ARTICLES]


@pytest.fixture(scope="module")
def small(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model in 8 bits."""
    folder = tmp_path_factory.mktemp("int8") / "model"
    shutil.copytree(tiny_checkpoint, folder)
    scores = export(folder, Int8(TEXTS, ARTICLES, most=1.0))
    assert scores is not None and all(0 <= s <= 1 for s in scores)
    return folder


def kinds(folder: Path, name: str = "encoder") -> list[str]:
    return [n.op_type for n in onnx.load(folder / f"{name}.onnx", load_external_data=False).graph.node]


def test_every_linear_layer_of_the_encoder_is_8_bit(small: Path) -> None:
    found = kinds(small)
    assert found.count("MatMulIntegerToFloat") == 2 * 6  # two layers of BERT with six linear layers each
    # activations: one for query, key and value together, one for each of the other three; weights: one each
    assert found.count("QuantizeLinear") == 2 * 4 + 2 * 6


def test_what_is_run_for_every_token_and_pair_is_8_bit_in_the_heads_that_read_articles(small: Path) -> None:
    # the pair head makes spans of sources and of targets with one layer
    wanted = {"statement": 1, "mention": 2, "pair": 8, "asked": 0}
    assert {name: kinds(small, name).count("MatMulIntegerToFloat") for name in wanted} == wanted


def test_both_engines_agree(small: Path) -> None:
    one, other = stancekit.load(small), stancekit.load(small, engine="torch")
    compared = 0
    for text in TEXTS:
        a, b = one.predict(text), other.predict(text)
        assert [s.key for s in a.stances] == [s.key for s in b.stances]
        assert [s.confidence for s in a.stances] == pytest.approx([s.confidence for s in b.stances], abs=1e-3)
        compared += len(a.stances)
    assert compared > 50


def test_it_is_another_model_than_the_exact_one(small: Path, tiny_checkpoint: Path) -> None:
    """Else the tests here would compare the exact model with itself."""
    ids = np.arange(5, 25, dtype=np.int64)[None]
    a, b = (stancekit.load(f).engine.encode(ids, np.ones_like(ids)) for f in (small, tiny_checkpoint))
    assert 1e-4 < np.abs(a - b).max() < 0.2


def test_neighbours_change_nothing(small: Path) -> None:
    """Not even in the last bit, and not even beside a text whose numbers lie far out of range."""
    model = stancekit.load(small)
    odd = "\x00 ☃ " * 200 + "ATTACK! " * 100
    together = list(model.predict_many([odd, *TEXTS, odd]))[1:-1]
    assert together == [model.predict(t) for t in TEXTS]


def test_an_encoder_that_loses_too_much_is_refused(tiny_checkpoint: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_checkpoint, folder)
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    with pytest.raises(CheckpointError, match=r"F1 falls from 0\.\d+ to 0\.\d+, more than -1"):
        export(folder, Int8(TEXTS, ARTICLES, most=-1.0))
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == before


def test_layers_that_suffer_most_stay_exact_where_the_gate_refuses_without(tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_checkpoint, folder)
    config = checkpoint.read_config(folder)
    model, encoder = checkpoint.load_torch(folder, config), checkpoint.read_encoder(folder, config)
    found = ranges(model, encoder, TEXTS)
    worst = by_harm(model, encoder, found, TEXTS)[0]
    scores = iter([0.80, 0.70, 0.797])  # single precision, all layers in 8 bits, all but the worst
    monkeypatch.setattr("stancekit.export._f1", lambda model, articles: next(scores))
    assert export(folder, Int8(TEXTS, ARTICLES)) == (0.80, 0.797)
    kept = {name.removeprefix("int8.").rpartition(".")[0] for name in load_file(folder / checkpoint.WEIGHTS) if name.startswith("int8.")}
    assert kept == set(found) - set(worst)


def test_harm_is_that_of_a_layer_alone(tiny_checkpoint: Path) -> None:
    config = checkpoint.read_config(tiny_checkpoint)
    model, encoder = checkpoint.load_torch(tiny_checkpoint, config), checkpoint.read_encoder(tiny_checkpoint, config)
    found = {name: value for name, value in ranges(model, encoder, TEXTS).items() if name.startswith("encoder.")}
    spoiled = next(name for name in found if name.endswith("intermediate.dense"))
    found[spoiled] = (found[spoiled][0] * 40, found[spoiled][1])  # levels forty times too coarse
    assert by_harm(model, encoder, found, TEXTS)[0] == [spoiled]


def test_pairs_of_products_fit_sixteen_bits(small: Path) -> None:
    """Processors without VNNI add two products of a level and a weight in a signed 16-bit number."""
    levels = weights = 0
    model = checkpoint.load_torch(small, checkpoint.read_config(small), int8=True)
    for layer in model.modules():
        if isinstance(layer, Int8Linear):
            levels, weights = LEVELS, max(weights, int(layer.weight.abs().max()))
    assert 0 < 2 * levels * weights < 1 << 15


def test_the_way_back(small: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(small, folder)
    assert export(folder) is None
    assert "MatMulIntegerToFloat" not in kinds(folder)
    assert not read(load_file(folder / checkpoint.WEIGHTS))
    assert [stancekit.load(folder).predict(t) for t in TEXTS] == [stancekit.load(tiny_checkpoint).predict(t) for t in TEXTS]


def test_weights_are_still_stored_once(small: Path, tiny_checkpoint: Path) -> None:
    ours, theirs = load_file(small / checkpoint.WEIGHTS), load_file(tiny_checkpoint / checkpoint.WEIGHTS)
    assert {k for k in ours if not k.startswith("int8.")} == set(theirs)
    assert all(np.array_equal(ours[k], theirs[k]) for k in theirs)


def test_training_goes_on_from_the_exact_weights(small: Path, tiny_checkpoint: Path) -> None:
    models = [checkpoint.load_torch(f, checkpoint.read_config(f)) for f in (small, tiny_checkpoint)]
    for (name, a), (other, b) in zip(*(m.named_parameters() for m in models), strict=True):
        assert name == other and a.equal(b)


def test_command(tiny_checkpoint: Path, tmp_path: Path) -> None:
    folder, data = tmp_path / "model", tmp_path / "held.jsonl"
    shutil.copytree(tiny_checkpoint, folder)
    write_records(data, ARTICLES)
    run = CliRunner().invoke(app, ["export", str(folder), "--int8", "--data", str(data), "--most", "100"])
    assert run.exit_code == 0, run.output
    assert "in 8-bit integers 0." in run.output
    assert "MatMulIntegerToFloat" in kinds(folder)
    for alone in (["--int8"], ["--data", str(data)]):
        run = CliRunner().invoke(app, ["export", str(folder), *alone])
        assert run.exit_code != 0 and "go together" in str(run.exception)


def test_articles_without_annotation_are_refused(tiny_checkpoint: Path, tmp_path: Path) -> None:
    data = tmp_path / "bare.jsonl"
    write_records(data, [Article("Kenya condemned the attack.", None, "a")])
    run = CliRunner().invoke(app, ["export", str(tiny_checkpoint), "--int8", "--data", str(data)])
    assert run.exit_code != 0 and "not annotated" in str(run.exception)


def test_what_shows_ranges_needs_no_annotation(tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_records(tmp_path / "held.jsonl", ARTICLES)
    write_records(tmp_path / "bare.jsonl", [Article("Kenya condemned the attack.", None, "a")])
    given: list[Int8] = []
    monkeypatch.setattr("stancekit.export.export", lambda folder, settings: given.append(settings))
    files = ["--data", str(tmp_path / "held.jsonl"), "--texts", str(tmp_path / "bare.jsonl")]
    run = CliRunner().invoke(app, ["export", str(tiny_checkpoint), "--int8", *files])
    assert run.exit_code == 0, run.output
    assert given[0].texts == ["Kenya condemned the attack."] and len(given[0].articles) == len(ARTICLES)
