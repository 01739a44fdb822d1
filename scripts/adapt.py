"""Adapts a model to a genre and shows what it gains: python scripts/adapt.py DATA --sizes 0,50,100,200 --output FOLDER

DATA are annotated articles of the genre: a marks file or folder, or JSON Lines. Half of them, the same for all, is held out. On
growing numbers of sentences of the rest (whole articles, drawn anew for each of --seeds) the shipped model is trained on, by
configs/finetune.yaml. Prints F1 (stance + target, overlap) on the held-out half with its 95 % interval, the gain over the shipped
model with its interval, and p of a paired permutation test. Writes to FOLDER: curve.csv, held_out.jsonl, shipped.html and for each
model SIZE-SEED/model, SIZE-SEED.html (scores and every error in its sentence) and SIZE-SEED.compared.html (the sentences that it
reads differently from the shipped model). The same command goes on after a kill: a model that is there, made of the same, is kept.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import random
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from folds import group
from rich.console import Console
from rich.table import Table
from shared import main_of

import stancekit
from stancekit import checkpoint
from stancekit.config import ArticleSource, DataConfig, TrainConfig, read_yaml
from stancekit.data import replacing, write_records
from stancekit.encoding import statement_spans
from stancekit.errors import ConfigError
from stancekit.evaluation import compare_predictions, error_cases, evaluate_articles, gain, read_gold, recipe, stance_counts
from stancekit.pages import comparison_page, evaluation_page
from stancekit.pipeline import Model
from stancekit.schema import Article
from stancekit.training import train
from stancekit.training_data import load_articles
from stancekit.training_notes import made_of, same

RECIPE = Path(__file__).parent.parent / "configs" / "finetune.yaml"
NUMBERS = {
    "precision": ("precision", "{:.3f}"),
    "recall": ("recall", "{:.3f}"),
    "f1": ("F1", "{:.3f}"),
    "with_source_f1": ("with source", "{:.3f}"),
    "false_per_1000": ("false in 1,000", "{:.1f}"),
}
"""What is measured: its heading in the table and its form."""

FIELDS = (
    *("size", "seed", "articles", "sentences", "precision", "recall", "f1", "low", "high", "with_source_f1", "false_per_1000"),
    *("gain", "gain_low", "gain_high", "p_value"),
)
"""The columns of curve.csv; `low` and `high` bound F1. A size's "mean" is that of its models, its gain's interval is over articles."""

Row = dict[str, Any]


def size_of(articles: Sequence[Article]) -> int:
    """The number of sentences."""
    return sum(len(statement_spans(a)) for a in articles)


def halves(articles: Sequence[Article], seed: int) -> tuple[list[Article], list[Article]]:
    """The articles to train on and those held out, in random order; pieces of one article stay together."""
    if len(articles) < 4:
        raise ConfigError(f"{len(articles)} articles cannot be divided into training and test; give at least 4")
    whole: dict[str, list[Article]] = {}
    for article in articles:
        whole.setdefault(group(article), []).append(article)
    order = list(whole.values())
    random.Random(f"{seed}-halves").shuffle(order)
    train, test = order[len(order) // 2 :], order[: len(order) // 2]
    return [a for pieces in train for a in pieces], [a for pieces in test for a in pieces]


def some(articles: Sequence[Article], sentences: int, seed: int) -> list[Article]:
    """Random whole articles until there are so many sentences."""
    order, out, drawn = list(articles), list[Article](), 0
    random.Random(f"{seed}-some").shuffle(order)
    while drawn < sentences:
        out.append(order.pop())
        drawn += size_of(out[-1:])
    return out


def mixed(text: str) -> ArticleSource:
    """FILE:SHARE."""
    path, _, share = text.rpartition(":")
    try:
        return ArticleSource(path=path, weight=1.0, share=float(share))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not FILE:SHARE with a share above 0 up to 1") from None


def adapt(base: str, articles: Sequence[Article], mix: Sequence[ArticleSource], settings: TrainConfig, output: Path, seed: int) -> Path:
    """Trains `base` on; nothing is held out, so it ends with its own decoding rule and the last epoch's weights."""
    output.mkdir(parents=True, exist_ok=True)
    data = output / "train.jsonl"
    write_records(data, articles)
    start = checkpoint.resolve_base(base) or Path(base)
    known = checkpoint.read_config(start)
    changes = {
        "base": base,
        "output": str(output),
        "seed": seed,
        "labels": known.labels,
        "window": known.window,
        "data": DataConfig(articles=(ArticleSource(path=str(data), weight=1.0, share=1.0), *mix)),
    }
    config = settings.model_copy(update=changes)
    made, note = made_of(config), output / "made_of.json"
    if (output / "model").is_dir() and note.is_file() and same(json.loads(note.read_text(encoding="utf-8")), made):
        return output / "model"
    note.unlink(missing_ok=True)
    with redirect_stdout(sys.stderr):
        model = train(config, checkpoints=False)
    with replacing(note) as stream:
        stream.write(json.dumps(made, indent=1))
    return model


def measure(model: Model, gold: Sequence[Article], predicted: Sequence[Article], held_out: Path, page: Path) -> Row:
    """Scores on the held-out half; writes the HTML page."""
    report = {"data": str(held_out), "recipe": recipe(model, str(held_out)), **evaluate_articles(model, gold, predicted=predicted)}
    page.write_text(evaluation_page([report], {str(held_out): error_cases(gold, predicted)}), encoding="utf-8")
    entry = report["scores"]["stance_target/overlap"]
    low, high = entry["interval"]
    micro = {k: entry["micro"][k] for k in ("precision", "recall", "f1")}
    source = report["scores"]["stance_source_target/overlap"]["micro"]["f1"]
    return {**micro, "low": low, "high": high, "with_source_f1": source, "false_per_1000": report["stance_free"]["per_1000"]}


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
    if options.seeds < 1:
        parser.error(f"--seeds {options.seeds}: give 1 or more")
    logging.basicConfig(level=logging.WARNING)

    settings = read_yaml(options.config, TrainConfig)
    shipped = stancekit.load(options.base)
    rest, held = halves(read_gold(options.data, shipped.labels), options.seed)
    for source in options.mix:
        load_articles(source.path, shipped.labels)  # what cannot be read is told before anything is scored
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
    before = list(shipped.predict_many(a.text for a in held))
    rows: list[Row] = [
        {"size": 0, "seed": "", "articles": 0, "sentences": 0, **measure(shipped, held, before, held_out, options.output / "shipped.html")}
    ]
    for size in sizes:
        counts = []
        for seed in range(1, options.seeds + 1):
            name, own = f"{size}-{seed}", some(rest, size, seed)
            model = stancekit.load(adapt(options.base, own, options.mix, settings, options.output / name, seed))
            after = list(model.predict_many(a.text for a in held))
            row = {"size": size, "seed": seed, "articles": len(own), "sentences": size_of(own)}
            row |= measure(model, held, after, held_out, options.output / f"{name}.html")
            compared = {"data": str(held_out), **compare_predictions(held, after, before, shipped.labels)}
            page = comparison_page(compared, (f"trained on {row['sentences']} sentences", "shipped"))
            (options.output / f"{name}.compared.html").write_text(page, encoding="utf-8")
            row |= _gain(compared["difference"], compared["interval"]) | {"p_value": compared["p_value"]}
            rows.append(row)
            counts.append(stance_counts(held, after, shipped.labels))
            console.print(f"{name}: F1 {row['f1']:.3f}")
        of_size = rows[-len(counts) :]
        over = gain(stance_counts(held, before, shipped.labels), np.stack(counts))
        means = {k: mean(r[k] for r in of_size) for k in ("articles", "sentences", *NUMBERS)}
        rows.append({"size": size, "seed": "mean", **means, **_gain(over["gain"], over["interval"])})
    with open(options.output / "curve.csv", "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    console.print(table(rows))
    console.print(f"{options.output / 'curve.csv'}; pages, for example {options.output / 'shipped.html'}", soft_wrap=True)


def _gain(value: float, interval: tuple[float, float] | None) -> Row:
    low, high = interval or ("", "")
    return {"gain": value, "gain_low": low, "gain_high": high}


def table(rows: Sequence[Row]) -> Table:
    """A line for each model, and one for the mean of each size."""
    out = Table("sentences", "model", *(heading for heading, _ in NUMBERS.values()), "F1, 95 %", "gain, 95 %", "p")
    for i, r in enumerate(rows):
        of_mean = r["seed"] == "mean"
        name = "as it is" if not r["size"] else "mean" if of_mean else f"seed {r['seed']}"
        cells = (form.format(r[k]) for k, (_, form) in NUMBERS.items())
        f1 = "" if of_mean else f"{r['low']:.3f}–{r['high']:.3f}"
        over = "" if not r["size"] else f"{r['gain']:+.3f} {r['gain_low']:+.3f} to {r['gain_high']:+.3f}"
        out.add_row(
            f"{r['sentences']:.0f}", name, *cells, f1, over, f"{r['p_value']:.3f}" if "p_value" in r else "",
            style="bold" if of_mean else "", end_section=i + 1 == len(rows) or rows[i + 1]["size"] != r["size"],
        )  # fmt: skip
    return out


if __name__ == "__main__":
    main_of(main)
