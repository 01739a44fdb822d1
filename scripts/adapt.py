"""Adapts a model to a genre and shows what it gains: python scripts/adapt.py DATA --sizes 0,50,100,200 --output FOLDER

DATA are annotated articles of the genre: a marks file or folder, or JSON Lines. Half of them, the same for all, is held out. On
growing numbers of sentences of the rest (whole articles, drawn anew for each of --seeds) the shipped model is trained on, by
configs/finetune.yaml. Prints F1 (stance + target, overlap) on the held-out half with its 95 % interval, and p of a paired
permutation test against the shipped model. Writes to FOLDER: curve.csv, held_out.jsonl, shipped.html and for each model
SIZE-SEED/model and SIZE-SEED.html (scores and every error in its sentence).
"""

from __future__ import annotations

import argparse
import csv
import logging
import random
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from statistics import mean
from typing import Any

from rich.console import Console
from rich.table import Table

import stancekit
from stancekit import checkpoint
from stancekit.config import ArticleSource, DataConfig, TrainConfig, read_yaml
from stancekit.data import write_records
from stancekit.encoding import statement_spans
from stancekit.errors import ConfigError
from stancekit.evaluation import ErrorCase, compare_models, evaluate_files, read_gold
from stancekit.pages import evaluation_page
from stancekit.pipeline import Model
from stancekit.schema import Article
from stancekit.training import train

RECIPE = Path(__file__).parent.parent / "configs" / "finetune.yaml"
NUMBERS = {
    "precision": ("precision", "{:.3f}"),
    "recall": ("recall", "{:.3f}"),
    "f1": ("F1", "{:.3f}"),
    "with_source_f1": ("with source", "{:.3f}"),
    "false_per_1000": ("false in 1,000", "{:.1f}"),
}
"""What is measured: its heading in the table and its form."""

Row = dict[str, Any]


def size_of(articles: Sequence[Article]) -> int:
    """The number of sentences."""
    return sum(len(statement_spans(a)) for a in articles)


def halves(articles: Sequence[Article], seed: int) -> tuple[list[Article], list[Article]]:
    """The articles to train on and those held out, in random order."""
    if len(articles) < 4:
        raise ConfigError(f"{len(articles)} articles cannot be divided into training and test; give at least 4")
    order = list(articles)
    random.Random(f"{seed}-halves").shuffle(order)
    return order[len(order) // 2 :], order[: len(order) // 2]


def some(articles: Sequence[Article], sentences: int, seed: int) -> list[Article]:
    """Random whole articles until there are so many sentences."""
    order, out = list(articles), list[Article]()
    random.Random(f"{seed}-some").shuffle(order)
    while size_of(out) < sentences:
        out.append(order.pop())
    return out


def mixed(text: str) -> ArticleSource:
    """FILE:SHARE."""
    path, _, share = text.rpartition(":")
    try:
        return ArticleSource(path=path, weight=1.0, share=float(share))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not FILE:SHARE with a share above 0 up to 1") from None


def adapt(base: str, articles: Sequence[Article], mix: Sequence[ArticleSource], recipe: TrainConfig, output: Path, seed: int) -> Path:
    """Trains `base` on; nothing is held out, so it ends with its own decoding rule and the last epoch's weights."""
    output.mkdir(parents=True, exist_ok=True)
    write_records(output / "train.jsonl", articles)
    known = checkpoint.read_config(checkpoint.resolve_base(base) or Path(base))
    own = ArticleSource(path=str(output / "train.jsonl"), weight=1.0, share=1.0)
    changes = {
        "base": base,
        "output": str(output),
        "seed": seed,
        "labels": known.labels,
        "window": known.window,
        "data": DataConfig(articles=(own, *mix)),
    }
    with redirect_stdout(sys.stderr):
        return train(recipe.model_copy(update=changes), checkpoints=False)


def measure(model: Model, held_out: Path, page: Path) -> Row:
    """Scores on the held-out half; writes the HTML page."""
    errors: dict[str, list[ErrorCase]] = {}
    reports = evaluate_files(model, [str(held_out)], errors=errors)
    page.write_text(evaluation_page(reports, errors), encoding="utf-8")
    scores = reports[0]["scores"]
    entry = scores["stance_target/overlap"]
    low, high = entry["interval"]
    micro = {k: entry["micro"][k] for k in ("precision", "recall", "f1")}
    source = scores["stance_source_target/overlap"]["micro"]["f1"]
    return {**micro, "low": low, "high": high, "with_source_f1": source, "false_per_1000": reports[0]["stance_free"]["per_1000"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--sizes", default="0,50,100,200", help="numbers of sentences; 0 is the model as it is")
    parser.add_argument("--seeds", type=int, default=3, help="models of each size")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--base", default="default", help="the model to adapt: default, or a model folder")
    parser.add_argument(
        "--config", type=Path, default=RECIPE, help="the recipe; its base, data, labels, window, output and seed are not used"
    )
    parser.add_argument("--mix", type=mixed, action="append", default=[], metavar="FILE:SHARE", help="more articles, a share each epoch")
    parser.add_argument("--seed", type=int, default=13, help="of the division into halves")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)

    recipe = read_yaml(options.config, TrainConfig)
    shipped = stancekit.load(None if options.base == "default" else options.base)
    rest, held = halves(read_gold(options.data, shipped.labels), options.seed)
    try:
        sizes = sorted({int(s) for s in options.sizes.split(",")} - {0})
    except ValueError:
        parser.error(f"--sizes {options.sizes}: give whole numbers with commas between")
    if sizes and not 0 < sizes[0] <= sizes[-1] <= size_of(rest):
        raise ConfigError(f"--sizes {options.sizes}: there are 1 to {size_of(rest)} sentences to train on; the other half is held out")
    options.output.mkdir(parents=True, exist_ok=True)
    held_out = options.output / "held_out.jsonl"
    write_records(held_out, held)

    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"{len(held)} articles ({size_of(held)} sentences) held out, {len(rest)} ({size_of(rest)}) to train on")
    rows: list[Row] = [
        {"size": 0, "seed": "", "articles": 0, "sentences": 0, **measure(shipped, held_out, options.output / "shipped.html")}
    ]
    for size in sizes:
        for seed in range(1, options.seeds + 1):
            name, own = f"{size}-{seed}", some(rest, size, seed)
            model = stancekit.load(adapt(options.base, own, options.mix, recipe, options.output / name, seed))
            row = {"size": size, "seed": seed, "articles": len(own), "sentences": size_of(own)}
            row |= measure(model, held_out, options.output / f"{name}.html")
            row["p_value"] = compare_models(shipped, model, str(held_out))["p_value"]
            rows.append(row)
            console.print(f"{name}: F1 {row['f1']:.3f}")
    with open(options.output / "curve.csv", "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*rows[0], "p_value"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    console.print(table(rows))
    console.print(f"{options.output / 'curve.csv'}, and a page for each model: {options.output / 'shipped.html'} …", soft_wrap=True)


def table(rows: Sequence[Row]) -> Table:
    """A line for each model, and the mean of each size."""
    out = Table("sentences", "model", *(heading for heading, _ in NUMBERS.values()), "F1, 95 %", "p")
    for size in dict.fromkeys(r["size"] for r in rows):
        of_size = [r for r in rows if r["size"] == size]
        for r in of_size:
            name = f"seed {r['seed']}" if size else "as it is"
            p = f"{r['p_value']:.3f}" if "p_value" in r else ""
            cells = (form.format(r[k]) for k, (_, form) in NUMBERS.items())
            out.add_row(str(r["sentences"]), name, *cells, f"{r['low']:.3f} – {r['high']:.3f}", p)
        if len(of_size) > 1:
            cells = (form.format(mean(r[k] for r in of_size)) for k, (_, form) in NUMBERS.items())
            out.add_row("", "mean", *cells, style="bold")
        out.add_section()
    return out


if __name__ == "__main__":
    main()
