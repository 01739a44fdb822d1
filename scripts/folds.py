"""Cross-validation by article: python scripts/folds.py CONFIG --folds 5

Trains a model for each fold of the configuration's articles with that fold held out, reads the fold with it, and prints a table
of the scores with their mean and spread. Writes to <output>/folds: fold-N/ (model, history.json, predictions.jsonl),
out_of_fold.jsonl (every article as read by the model that has not seen it), scores.json, out_of_fold.html (every error in its
sentence) and doubtful.txt (what the models are surest of and the annotation does not have: likely label errors, to be judged by
reading). The same command goes on after a kill.

A fold's own articles choose nothing: best epoch and thresholds come from the configuration's held-out articles, or, where it has
none, from a tenth of the articles trained on. Queries whose text stands in a held-out article are left out.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from rich.console import Console
from rich.table import Table
from shared import main_of

import stancekit
from stancekit.config import ArticleSource, QuerySource, TrainConfig, read_yaml
from stancekit.corpus import text_hash
from stancekit.data import read_articles, read_queries, replacing, write_records
from stancekit.errors import ConfigError, MissingExtraError
from stancekit.evaluation import error_cases, evaluate_articles, recipe
from stancekit.pages import evaluation_page
from stancekit.pipeline import Model
from stancekit.schema import Article, Stance
from stancekit.training_notes import made_of, same

try:
    from stancekit.training import train
    from stancekit.training_data import load_articles, read_ids
except MissingExtraError as error:
    sys.exit(str(error))

log = logging.getLogger("stancekit.folds")

LEVELS = {"statement": "statement F1", "stance_target": "stance + target F1", "stance_source_target": "with source F1"}
DEV_SHARE = 0.1


def key(article: Article) -> str:
    """What an article goes by; copies under one id are one."""
    return article.id or text_hash(article.text)


def group(article: Article) -> str:
    """What stays together: pieces that `stancekit suggest` cut out of one article share sentences."""
    return str(article.meta.get("article") or key(article))


def assign(articles: Sequence[Article], folds: int, seed: int) -> dict[str, int]:
    """The fold (from 1) of each group of articles. Raises `ConfigError` where there are fewer groups than folds."""
    keys = list(dict.fromkeys(group(a) for a in articles))
    if len(keys) < 2:
        raise ConfigError(f"data.articles: {len(keys)} articles (but for those held out) cannot be divided into folds; give at least 2")
    if not 2 <= folds <= len(keys):
        raise ConfigError(f"--folds {folds}: expected 2 to {len(keys)}, the number of articles")
    random.Random(f"{seed}-folds").shuffle(keys)
    return {k: 1 + n % folds for n, k in enumerate(keys)}


class Folds:
    """The folds of a configuration in a folder."""

    def __init__(self, config: TrainConfig, folds: int) -> None:
        self.config, self.count = config, folds
        self.folder = Path(config.output) / "folds"
        self.labels = tuple(config.labels)
        self.sources = [(s, load_articles(s.path, self.labels)) for s in config.data.articles]
        held = read_ids(config.data.dev_ids) if config.data.dev_ids else set()
        self.articles = list({key(a): a for _, read in self.sources for a in read if a.id not in held}.values())
        self.fold = assign(self.articles, folds, config.seed)

    def begin(self) -> None:
        """Makes the folder. Raises `ConfigError` where it holds folds of something else."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made, file = {"folds": self.count, **made_of(self.config)}, self.folder / "folds.json"
        if file.is_file() and not same(json.loads(file.read_text(encoding="utf-8")), made):
            raise ConfigError(f"{self.folder} holds folds of another configuration or other articles; remove it or change output")
        with replacing(file) as stream:
            json.dump(made, stream, indent=1)

    def gold(self, number: int) -> list[Article]:
        """The articles held out in a fold."""
        return [a for a in self.articles if self.fold[group(a)] == number]

    def settings(self, number: int) -> TrainConfig:
        """The configuration of a fold; writes its data."""
        folder = self.folder / f"fold-{number}"
        folder.mkdir(exist_ok=True)
        gold = self.gold(number)
        hidden = {group(a) for a in gold}
        articles, queries = [], []
        for n, (source, read) in enumerate(self.sources):
            kept = [a for a in read if group(a) not in hidden]
            if not kept:
                continue
            write_records(folder / f"articles-{n}.jsonl", kept)
            articles.append(ArticleSource(path=str(folder / f"articles-{n}.jsonl"), weight=source.weight, share=source.share))
        text = "\n".join(a.text for a in gold)
        for n, question in enumerate(self.config.data.queries):
            asked = list(read_queries(question.path, self.labels))
            left = [q for q in asked if q.text not in text]
            log.info(
                "fold %d: %d of %d queries of %s stand in held-out articles", number, len(asked) - len(left), len(asked), question.path
            )
            if not left:
                continue
            write_records(folder / f"queries-{n}.jsonl", left)
            queries.append(
                QuerySource(path=str(folder / f"queries-{n}.jsonl"), **question.model_dump(include={"weight", "share", "reading"}))
            )
        changed: dict[str, Any] = {"articles": tuple(articles), "queries": tuple(queries)}
        if not (self.config.data.dev_ids or self.config.data.dev_articles):
            left_in = [a for a in self.articles if group(a) not in hidden]
            known = sorted({group(a) for a in left_in if a.id})
            number_of = max(1, round(DEV_SHARE * len(known))) if known else 0
            chosen = set(random.Random(f"{self.config.seed}-{number}").sample(known, number_of))
            if chosen:
                ids = [a.id for a in left_in if a.id and group(a) in chosen]
                (folder / "dev.txt").write_text("\n".join(ids), encoding="utf-8")
                changed["dev_ids"] = str(folder / "dev.txt")
        return self.config.model_copy(update={"output": str(folder), "data": self.config.data.model_copy(update=changed)})

    def predicted(self, number: int) -> list[Article]:
        """The articles of a fold as its model reads them; trains it where that has not been done."""
        file = self.folder / f"fold-{number}" / "predictions.jsonl"
        if not file.is_file():
            settings = self.settings(number)
            folder = train(settings, resume=True)
            gold = self.gold(number)
            found = stancekit.load(folder).predict_many(a.text for a in gold)
            write_records(file, (Article(p.text, p.statements, g.id, g.meta) for g, p in zip(gold, found, strict=True)))
            for rest in file.parent.glob("checkpoint-*"):
                shutil.rmtree(rest)
        return list(read_articles(file, self.labels))


def figures(model: Model, gold: Sequence[Article], predicted: Sequence[Article]) -> dict[str, float]:
    """The scores of a row of the table."""
    report = evaluate_articles(model, gold, 0, predicted)
    scores = {level: float(report["scores"][f"{level}/overlap"]["micro"]["f1"]) for level in LEVELS}
    return {"articles": len(gold), "stances": report["stances"], **scores, "stance_free_per_1000": report["stance_free"]["per_1000"]}


def doubtful(gold: Sequence[Article], predicted: Sequence[Article]) -> Iterator[str]:
    """What the models find and the annotation does not have, surest first."""

    def show(stance: Stance | None) -> str:
        if stance is None:
            return "nothing"
        source, target = (s.text if s else "_" for s in (stance.source, stance.target))
        return f"{stance.stance} {source} > {target}"

    cases = [(c.predicted.confidence or 0.0, c) for c in error_cases(gold, predicted) if c.predicted]
    for sure, case in sorted(cases, key=lambda c: -c[0]):
        sides = f"  model: {show(case.predicted)}\n  annotation: {show(case.gold)} ({case.kind})\n"
        yield f"{sure:.2f} {case.article}: {case.sentence}\n{sides}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    folds = Folds(read_yaml(options.config, TrainConfig), options.folds)
    folds.begin()
    numbers = range(1, options.folds + 1)
    read = {n: folds.predicted(n) for n in numbers}

    model = stancekit.load(folds.folder / "fold-1" / "model")
    rows = [figures(model, folds.gold(n), read[n]) for n in numbers]
    gold, predicted = [a for n in numbers for a in folds.gold(n)], [p for n in numbers for p in read[n]]
    known = {k: v for k, v in recipe(model).items() if k not in ("model", "settings")}
    report = {"data": "out of fold", "recipe": {**known, "folds": options.folds}, **evaluate_articles(model, gold, 2000, predicted)}
    summary = {level: {"mean": round(mean(r[level] for r in rows), 4), "sd": round(stdev(r[level] for r in rows), 4)} for level in LEVELS}
    write_records(folds.folder / "out_of_fold.jsonl", predicted)
    (folds.folder / "scores.json").write_text(json.dumps({"folds": rows, "summary": summary, "all": report}, indent=1), encoding="utf-8")
    page = evaluation_page([report], {"out of fold": error_cases(gold, predicted)})
    (folds.folder / "out_of_fold.html").write_text(page, encoding="utf-8")
    (folds.folder / "doubtful.txt").write_text("\n".join(doubtful(gold, predicted)), encoding="utf-8")

    table = Table("fold", "articles", "stances", *LEVELS.values(), "false stances in 1,000 free sentences")
    for n, row in zip(numbers, rows, strict=True):
        cells = (f"{row[level]:.3f}" for level in LEVELS)
        table.add_row(str(n), str(row["articles"]), str(row["stances"]), *cells, f"{row['stance_free_per_1000']:.1f}")
    table.add_section()
    table.add_row("mean ± sd", "", "", *(f"{s['mean']:.3f} ± {s['sd']:.3f}" for s in summary.values()))
    bounds = [report["scores"][f"{level}/overlap"] for level in LEVELS]
    table.add_row("all, 95 %", str(len(gold)), str(report["stances"]), *(f"{b['micro']['f1']:.3f} {list(b['interval'])}" for b in bounds))
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    print(folds.folder)


if __name__ == "__main__":
    main_of(main)
