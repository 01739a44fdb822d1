"""How well headlines are read, each alone and in lists: python scripts/headlines.py [--model FOLDER] [--size 10]

The headlines are those of the articles of seeds/dev.txt, which no model was trained on; prints micro-F1 (overlap) by level as JSON.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable

from quality import held_out
from shared import main_of

import stancekit
from stancekit import metrics
from stancekit.pipeline import Model
from stancekit.schema import Article, Statement
from stancekit.suggestions import moved


def headlines() -> list[Statement]:
    """First lines of held-out articles that end in no full stop."""
    firsts = [a.statements[0] for a in held_out() if a.statements]
    return [s for s in firsts if s.span.text[-1] not in '.?!”"']


def in_lines(heads: Iterable[Statement]) -> Article:
    """The headlines as one text, a line each."""
    text, statements = "", []
    for head in heads:
        statements.append(moved(head, len(text) - head.span.start))
        text += head.span.text + "\n"
    return Article(text, tuple(statements))


def f1(model: Model, gold: list[Article]) -> dict[str, float]:
    """Micro-F1 by level."""
    found = list(model.predict_many([a.text for a in gold]))
    levels = ("statement", "stance_target", "stance_source_target")
    scores = {v: sum((metrics.score_article(g, p, v) for g, p in zip(gold, found, strict=True)), metrics.Score({})) for v in levels}
    return {level: round(score.micro.f1, 3) for level, score in scores.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--size", type=int, default=10, help="lines of a list")
    options = parser.parse_args()
    model = stancekit.load(options.model)
    heads = headlines()
    out = {"headlines": len(heads), "alone": f1(model, [in_lines([head]) for head in heads])}
    for seed in (1, 2, 3):
        random.Random(seed).shuffle(heads)
        lists = [in_lines(heads[i : i + options.size]) for i in range(0, len(heads), options.size)]
        out[f"in lists, order {seed}"] = f1(model, lists)
    print(json.dumps(out, indent=2))


if __name__ == "__main__":
    main_of(main)
