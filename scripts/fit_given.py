"""Fits how given-target answers are weighed.

Run: python scripts/fit_given.py MODEL --public FOLDER [--write]

FOLDER holds plv_dev.queries.jsonl and dse_valid.queries.jsonl (README, "Data"). Chooses the share of the answer for
anybody, the shares of the readings and each reading's bias of "none" by the mean of PLV's macro-F1 (three labels), DSE's
accuracy and macro-F1 (five classes) and the macro-F1 of questions by the annotation guide on the held-out corpus articles.
(Biases of the labels too gain on these files and lose on halves held back.) Each reading's bias of "none" where it answers alone is
chosen on the file of its own convention. What is chosen here flatters the figures on
those files, and README and model card say so; printed last are those of rules chosen on one half of each file and scored
on the other.
"""

from __future__ import annotations

import argparse
from copy import copy
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Self

import numpy as np
from quality import BothWays, both_ways, guide_questions, held_out
from shared import main_of

import stancekit
from stancekit import checkpoint, metrics
from stancekit.config import READINGS, GivenRule
from stancekit.data import read_queries
from stancekit.encoding import Floats
from stancekit.pipeline import Model, answer_given
from stancekit.schema import NONE, Query

FIGURES = ("plv_macro_f1", "dse_accuracy", "dse_macro_f1", "guide_macro_f1")
MERGED = ("condemnation", "warning")
"""DSE's crowd knew no warnings."""
WEIGHTS = (0.0, 0.125, 0.25, 0.375, 0.5)
EVENT = (0.2, 0.3, 0.4, 0.5)
CROWD = (0.2, 0.3, 0.4, 0.5)
"""At most half: with more, meetings and shelling that the other readings are sure are no stance would be given one."""
GUIDE = 0.1
"""Least share of the guide's reading."""
BIAS = np.arange(-3.0, 3.25, 0.25).tolist()


class Asked:
    """Questions with the logits of their answers, scored in arrays."""

    def __init__(self, model: Model, queries: list[Query]) -> None:
        self.labels, self.queries = model.labels, queries
        found = model.given_logits(queries)
        self.anybody = np.stack([places[0][0] for places in found])
        self.named = np.stack([places[0][1] for places in found if places[0][1] is not None])
        if len(self.named) != len(queries) or any(len(places) > 1 for places in found):
            raise SystemExit("expected questions with a source and a target given as spans")
        self.gold = np.array([(NONE, *model.labels).index(q.label or NONE) for q in queries])

    def half(self, second: bool) -> Self:
        """The questions about every other sentence."""
        numbers = {text: n for n, text in enumerate(dict.fromkeys(q.text for q in self.queries))}
        wanted = np.array([numbers[q.text] % 2 == second for q in self.queries])
        out = copy(self)
        out.queries = [q for q, keep in zip(self.queries, wanted, strict=True) if keep]
        out.anybody, out.named, out.gold = self.anybody[wanted], self.named[wanted], self.gold[wanted]
        return out

    def probabilities(self, rule: GivenRule) -> Floats:
        """(questions, labels + 1)"""
        return answer_given(self.anybody, self.named, rule, self.labels)

    def macro_f1(self, rule: GivenRule) -> float:
        """Over the labels but "none"."""
        return metrics.QueryScore.of((NONE, *self.labels), self.gold, self.probabilities(rule).argmax(axis=1)).macro_f1


@dataclass
class Sets:
    """What a rule is chosen on."""

    plv: Asked
    dse: Asked
    guide: Asked

    def __post_init__(self) -> None:
        self.classes = BothWays(self.dse.queries)

    def half(self, second: bool) -> Sets:
        """Every other sentence of each."""
        return Sets(self.plv.half(second), self.dse.half(second), self.guide.half(second))

    def figures(self, rule: GivenRule) -> list[float]:
        """Those of `FIGURES`."""
        dse = self.classes.score(self.dse.probabilities(rule))
        return [self.plv.macro_f1(rule), dse.accuracy, dse.macro_f1_all, self.guide.macro_f1(rule)]


def fit(sets: Sets) -> GivenRule:
    """The rule with the best mean of the figures: for each pair of shares, one number after another until none can be bettered."""

    def score(rule: GivenRule) -> float:
        return float(np.mean(sets.figures(rule)))

    zeros = (0.0,) * len(sets.plv.labels)
    steps: list[dict[str, object]] = [{"any_weight": w} for w in WEIGHTS]
    steps += [{name: (value, *zeros)} for name in ("bias", "event_bias", "crowd_bias") for value in BIAS]
    tried = []
    for event, crowd in product(EVENT, CROWD):
        if event + crowd > 1 - GUIDE:
            continue
        best = GivenRule(any_weight=0.125, event=event, crowd=crowd, crowd_merged=MERGED)
        most, before = score(best), -1.0
        while most > before + 1e-4:
            before = most
            for step in steps:
                rule = best.model_copy(update=step)
                if (value := score(rule)) > most:
                    best, most = rule, value
        tried.append((most, best))
    return max(tried, key=lambda pair: pair[0])[1]


def fit_alone(sets: Sets, rule: GivenRule) -> GivenRule:
    """The rule with the bias of each reading that answers alone: the best on the questions of its own convention."""
    found = []
    for number, reading in enumerate(READINGS):
        tried = [rule.model_copy(update={"alone": tuple(b if i == number else 0.0 for i in range(len(READINGS)))}) for b in BIAS]
        best = max(tried, key=lambda one: sum(own_figures(sets, one, reading)))
        found.append(best.alone[number])
    return rule.model_copy(update={"alone": tuple(found)})


def own_figures(sets: Sets, rule: GivenRule, reading: str) -> list[float]:
    """What a reading alone reaches on the questions of its own convention."""
    plv, *dse, guide = sets.figures(rule.by(reading))
    return {"guide": [guide], "event": [plv], "crowd": dse}[reading]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--public", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    model = stancekit.load(options.model)
    plv = list(read_queries(options.public / "plv_dev.queries.jsonl"))
    dse = both_ways(list(read_queries(options.public / "dse_valid.queries.jsonl")))
    sets = Sets(Asked(model, plv), Asked(model, dse), Asked(model, guide_questions(held_out())))
    best = fit_alone(sets, fit(sets))
    print(best, dict(zip(FIGURES, np.round(sets.figures(best), 4).tolist(), strict=True)))
    print("alone:", {reading: np.round(own_figures(sets, best, reading), 4).tolist() for reading in READINGS})
    halves = [(fit_alone(half, fit(half)), sets.half(not second)) for second in (False, True) for half in (sets.half(second),)]
    crossed = np.mean([other.figures(rule) for rule, other in halves], axis=0)
    print("chosen on one half, scored on the other:", dict(zip(FIGURES, np.round(crossed, 4).tolist(), strict=True)))
    alone = {r: np.round(np.mean([own_figures(other, rule, r) for rule, other in halves], axis=0), 4).tolist() for r in READINGS}
    print("alone:", alone)
    if options.write:
        folder = checkpoint.named(options.model)
        checkpoint.update_config(folder, checkpoint.read_config(folder).model_copy(update={"given": best}))


if __name__ == "__main__":
    main_of(main)
