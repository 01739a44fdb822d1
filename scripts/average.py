"""Averages the weights of checkpoints of one lineage and fits the decoding rule anew on held-out articles.

Run: python scripts/average.py OUTPUT MODEL MODEL … --articles FILE … --dev-ids seeds/dev.txt

Averaging fine-tuned weights that share a starting point often generalises better than any of them (Wortsman et al. 2022,
"Model soups"). MODEL is a folder, or `default`, the shipped model. Prints stance + target F1 on the held-out articles for each
model and for the average; OUTPUT is written in any case.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from shared import main_of

import stancekit
from stancekit import calibration, checkpoint
from stancekit.int8 import PREFIX
from stancekit.schema import Article
from stancekit.training_data import load_articles, read_ids


def fit(folder: Path, dev: list[Article], write: bool) -> dict[str, float]:
    """Scores of a checkpoint on held-out articles under the rule that suits it best."""
    model = stancekit.load(folder, engine="torch")
    scored = calibration.collect(model, dev)
    rule = calibration.fit_rule(scored, model.labels, model.config.decode)
    if write:
        checkpoint.update_config(folder, checkpoint.read_config(folder).model_copy(update={"decode": rule}))
    return calibration.quick(scored, rule, model.labels)


def _shapes(file: Path) -> dict[str, list[int]]:
    """Tensors that are averaged, without reading them."""
    with safe_open(file, "pt") as weights:
        return {name: weights.get_slice(name).get_shape() for name in weights.keys() if not name.startswith(PREFIX)}  # noqa: SIM118


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("models", type=checkpoint.named, nargs="+")
    parser.add_argument("--articles", nargs="+", required=True)
    parser.add_argument("--dev-ids", type=Path, required=True)
    options = parser.parse_args()
    held = read_ids(options.dev_ids)
    labels = tuple(checkpoint.read_config(options.models[0]).labels)
    dev = [a for path in options.articles for a in load_articles(path, labels) if a.id in held]
    if options.output.exists():
        raise SystemExit(f"{options.output} exists; name a new folder first, then the models")
    if not dev:
        raise SystemExit(f"none of the ids of {options.dev_ids} is an article's; give held-out articles")
    if bare := [a.id for a in dev if a.statements is None]:
        raise SystemExit(f'held-out article {bare[0]!r} is not annotated; add "statements" or leave it out')
    if odd := [f for f in options.models if tuple(checkpoint.read_config(f).labels) != labels]:
        raise SystemExit(f"{odd[0]} has other labels than {options.models[0]}")
    shapes = [_shapes(folder / checkpoint.WEIGHTS) for folder in options.models]
    if unlike := [f for f, shape in zip(options.models, shapes, strict=True) if shape != shapes[0]]:
        raise SystemExit(f"{unlike[0]} has other layers or sizes than {options.models[0]}; average models of one architecture")
    for folder in options.models:
        print(folder, fit(folder, dev, write=False))
    shutil.copytree(options.models[-1], options.output, ignore=shutil.ignore_patterns("*.onnx"))
    parts = [{k: v for k, v in load_file(f / checkpoint.WEIGHTS).items() if not k.startswith(PREFIX)} for f in options.models]
    mean = {name: torch.stack([p[name].float() for p in parts]).mean(0).to(parts[0][name].dtype) for name in parts[0]}
    save_file(mean, options.output / checkpoint.WEIGHTS, metadata={"format": "pt"})
    made = {"average_of": [checkpoint.read_config(f).recipe for f in options.models]}
    checkpoint.update_config(options.output, checkpoint.read_config(options.output).model_copy(update={"recipe": made}))
    print(options.output, fit(options.output, dev, write=True))


if __name__ == "__main__":
    main_of(main)
