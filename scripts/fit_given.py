"""Fits how given-target answers are weighed: python scripts/fit_given.py MODEL DEV.queries.jsonl … [--write]

Chooses the share of the answer for anybody and one bias for "none" by the mean macro-F1 (three labels) over the given
development files. What is chosen here flatters the figures on those files; say so where they are printed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import stancekit
from stancekit import checkpoint, metrics
from stancekit.config import GivenRule
from stancekit.data import read_queries
from stancekit.pipeline import Model


def main() -> None:
    names = [a for a in sys.argv[1:] if not a.startswith("--")]
    if len(names) < 2:
        sys.exit(__doc__)
    model = stancekit.load(names[0])
    sets = [list(read_queries(name)) for name in names[1:]]
    best, best_value = model.config.given, -1.0
    rows = [_rows(model, queries) for queries in sets]
    for weight in (0.0, 0.25, 0.5, 0.75, 1.0):
        for bias in np.round(np.arange(-2.0, 2.01, 0.25), 2).tolist():
            rule = GivenRule(any_weight=weight, bias=(bias, 0.0, 0.0, 0.0))
            model.config = model.config.model_copy(update={"given": rule})
            scores = [_score(model, queries, found) for queries, found in zip(sets, rows, strict=True)]
            value = float(np.mean([s.macro_f1 for s in scores]))
            if value > best_value:
                best, best_value = rule, value
                print(weight, bias, [(round(s.macro_f1, 4), round(s.accuracy, 4)) for s in scores])
    if "--write" in sys.argv:
        folder = Path(names[0])
        checkpoint.update_config(folder, checkpoint.read_config(folder).model_copy(update={"given": best}))


def _rows(model: Model, queries: list) -> list[list]:
    """Each query's source rows, as the model asks them, collected once."""
    kept: list[tuple] = []
    original = model._given
    model._given = lambda rows, named: kept.append((rows, named)) or original(rows, named)  # type: ignore[method-assign]
    out = []
    for query in queries:
        kept.clear()
        next(iter(model.classify_many([query])))
        out.append(list(kept))
    model._given = original  # type: ignore[method-assign]
    return out


def _score(model: Model, queries: list, rows: list[list]) -> metrics.QueryScore:
    answers = [model._answer([model._given(r, named) for r, named in found]) for found in rows]
    return metrics.score_queries(queries, answers, model.labels)


if __name__ == "__main__":
    main()
