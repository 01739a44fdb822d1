"""Sentences where a model disagrees with the corpus, surest first: likely label errors, to be judged by reading.

Run: python scripts/disagreements.py MODEL seeds/articles/d18.txt … [--confidence 0.8]

Use a model that has not been trained on these articles (a fold's: scripts/folds.py), or it will repeat their errors.
Each block shows the sentence in the corpus form, then what the model found instead.
"""

from __future__ import annotations

import argparse

from shared import main_of

import stancekit
from stancekit import metrics
from stancekit.corpus import read_marks, to_marks
from stancekit.schema import Stance


def show(stance: Stance) -> str:
    """label source > target, with the model's confidence."""
    source, target = (s.text if s else "_" for s in (stance.source, stance.target))
    return f"{stance.stance} {source} > {target}" + (f" ({stance.confidence:.2f})" if stance.confidence is not None else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("articles", nargs="+")
    parser.add_argument("--confidence", type=float, default=0.8, help="lowest confidence of a stance the corpus does not have")
    options = parser.parse_args()
    model = stancekit.load(options.model)
    articles = [a for path in options.articles for a in read_marks(path, model.labels)]
    blocks: list[tuple[float, str]] = []
    for gold, found in zip(articles, model.predict_many(a.text for a in articles), strict=True):
        lines = [x for x in to_marks(gold).split("\n\n", 1)[1].split("\n") if x.strip() and not x.startswith(("~", "\\:"))]
        by_start = {s.span.start: n for n, s in enumerate(gold.statements or ())}
        wrong: dict[int, tuple[list[str], float]] = {}
        for outcome in metrics.outcomes(gold, found, "stance_source_target"):
            stance = outcome.predicted or outcome.gold
            if outcome.kind not in ("extra", "missed") or stance is None:
                continue
            number = by_start.get(stance.statement.start)
            if number is None:
                continue
            notes, sure = wrong.setdefault(number, ([], 0.0))
            notes.append(f"model has {show(stance)}" if outcome.predicted else f"model lacks {show(stance)}")
            wrong[number] = (notes, max(sure, stance.confidence or 0.0))
        for number, (notes, sure) in wrong.items():
            if sure >= options.confidence:
                blocks.append((sure, "\n  ".join([f"{gold.id}: {lines[number]}", *notes])))
    for _, block in sorted(blocks, key=lambda b: -b[0]):
        print(block, end="\n\n")
    print(f"{len(blocks)} sentences of {sum(len(a.statements or ()) for a in articles)}")


if __name__ == "__main__":
    main_of(main)
