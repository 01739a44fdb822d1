"""Fits how given-target answers are weighed.

Run: python scripts/fit_given.py MODEL --public FOLDER [--write]

FOLDER holds plv_dev.queries.jsonl and dse_valid.queries.jsonl (README, "Data"). Chooses the share of the answer for
anybody, the share of the crowd's reading and a bias for "none" and each label by the mean of PLV's macro-F1 (three labels)
and DSE's accuracy and macro-F1 (five classes). What is chosen here flatters the figures on those two files; README and model card say so.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import numpy as np
from quality import both_ways, five_classes

import stancekit
from stancekit import checkpoint, metrics
from stancekit.config import GivenRule
from stancekit.data import read_queries
from stancekit.pipeline import Model
from stancekit.schema import Answer, Query

WEIGHTS = (0.0, 0.25, 0.5)
CROWD = (0.0, 0.25, 0.5, 0.75, 1.0)
NONE_BIAS = np.round(np.arange(-2.0, 2.01, 0.5), 2).tolist()
LABEL_BIAS = (-1.0, -0.5, 0.0, 0.5)


def logits(model: Model, queries: list[Query]) -> list[list[tuple[np.ndarray, bool]]]:
    """Every question's source rows, as the model asks them."""
    kept: list[tuple[np.ndarray, bool]] = []
    original = model._given
    model._given = lambda rows, named: kept.append((rows, named)) or original(rows, named)  # type: ignore[method-assign]
    out = []
    for query in queries:
        kept.clear()
        model.classify(query.text, query.target, query.source)
        out.append(list(kept))
    model._given = original  # type: ignore[method-assign]
    return out


def answers(model: Model, found: list[list[tuple[np.ndarray, bool]]], rule: GivenRule) -> list[Answer]:
    """The answers under a rule."""
    model.config = model.config.model_copy(update={"given": rule})
    return [model._answer([model._given(rows, named) for rows, named in places]) for places in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--public", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    model = stancekit.load(options.model)
    plv = list(read_queries(options.public / "plv_dev.queries.jsonl"))
    dse = both_ways(list(read_queries(options.public / "dse_valid.queries.jsonl")))
    asked = [(q, logits(model, q)) for q in (plv, dse)]

    def value(rule: GivenRule) -> tuple[float, tuple[float, float, float]]:
        on_plv = metrics.score_queries(plv, answers(model, asked[0][1], rule), model.labels).macro_f1
        on_dse = five_classes(dse, answers(model, asked[1][1], rule))
        figures = (on_plv, on_dse["accuracy"], on_dse["macro_f1"])
        return float(np.mean(figures)), figures

    first = (GivenRule(any_weight=w, crowd=c, bias=(b, 0.0, 0.0, 0.0)) for w, c, b in product(WEIGHTS, CROWD, NONE_BIAS))
    best = max(first, key=lambda r: value(r)[0])
    tried = (best.model_copy(update={"bias": (best.bias[0], *rest)}) for rest in product(LABEL_BIAS, repeat=3))
    best = max((best, *tried), key=lambda r: value(r)[0])
    print(best, [round(v, 4) for v in value(best)[1]])
    if options.write:
        folder = Path(options.model)
        checkpoint.update_config(folder, checkpoint.read_config(folder).model_copy(update={"given": best}))


if __name__ == "__main__":
    main()
