"""The mean of several checkpoints' weights, by the script."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from test_training import written

import stancekit
from stancekit import checkpoint
from stancekit.data import write_records

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import average  # noqa: E402


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["average.py", *map(str, arguments)])
    average.main()


@pytest.fixture
def models(tmp_path: Path, tiny_checkpoint: Path) -> list[Path]:
    """Two checkpoints; the weights of the second are the first one's and 0.5."""
    out = [tmp_path / "one", tmp_path / "two"]
    for number, folder in enumerate(out):
        shutil.copytree(tiny_checkpoint, folder)
        weights = {name: part + 0.5 * number for name, part in load_file(folder / checkpoint.WEIGHTS).items()}
        save_file(weights, folder / checkpoint.WEIGHTS, metadata={"format": "pt"})
        config = checkpoint.read_config(folder)
        checkpoint.update_config(folder, config.model_copy(update={"recipe": {"seed": number}}))
    return out


@pytest.fixture
def held_out(tmp_path: Path) -> list[str]:
    """The script's arguments that name four held-out articles of six."""
    articles = written(6)
    write_records(tmp_path / "articles.jsonl", articles)
    (tmp_path / "dev.txt").write_text("".join(f"{a.id}\n" for a in articles[:4]))
    return ["--articles", str(tmp_path / "articles.jsonl"), "--dev-ids", str(tmp_path / "dev.txt")]


def test_the_mean_is_a_checkpoint_that_says_what_it_is_made_of(
    models: list[Path], held_out: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [load_file(m / checkpoint.WEIGHTS) for m in models]
    run(monkeypatch, tmp_path / "mean", *models, *held_out)
    mean = load_file(tmp_path / "mean" / checkpoint.WEIGHTS)
    assert mean.keys() == {name for name in before[0] if not name.startswith("int8.")}
    for name, part in mean.items():
        assert part.dtype == before[0][name].dtype
        assert (part.float() - (before[0][name].float() + 0.25)).abs().max() < 2e-3, name
    assert checkpoint.read_config(tmp_path / "mean").recipe == {"average_of": [{"seed": 0}, {"seed": 1}]}
    assert not list((tmp_path / "mean").glob("*.onnx")), "the graphs of one of them would not be the mean's"
    stancekit.load(tmp_path / "mean").predict("Kenya condemned the attack.")  # the folder is whole
    assert capsys.readouterr().out.count("stance_target_f1") == 3


def test_what_has_no_mean_is_refused_and_nothing_is_written(
    models: list[Path], held_out: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "mean"
    (tmp_path / "none.txt").write_text("nobody\n")
    bare = tmp_path / "bare.jsonl"
    write_records(bare, [replace(a, statements=None) for a in written(2)])
    for arguments, message in (
        ((models[0], *models, *held_out), "exists; name a new folder"),
        ((out, *models, *held_out[:2], "--dev-ids", tmp_path / "none.txt"), "give held-out articles"),
        ((out, *models, "--articles", bare, *held_out[2:]), "held-out article 't0' is not annotated"),
        ((out, "default", *models, *held_out), "one has other layers or sizes than .*default"),
    ):
        with pytest.raises(SystemExit, match=message):
            run(monkeypatch, *arguments)
    weights = load_file(models[1] / checkpoint.WEIGHTS)
    name = next(n for n in weights if weights[n].dim() == 2)
    save_file({**weights, name: weights[name][:-1].clone()}, models[1] / checkpoint.WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(SystemExit, match="two has other layers or sizes than .*one"):
        run(monkeypatch, out, *models, *held_out)
    config = checkpoint.read_config(models[1])
    labels = {("praise" if label == "support" else label): words for label, words in config.labels.items()}
    checkpoint.update_config(models[1], config.model_copy(update={"labels": labels}))
    with pytest.raises(SystemExit, match="two has other labels than .*one"):
        run(monkeypatch, out, *models, *held_out)
    assert not out.exists()
