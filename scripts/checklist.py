"""Behavioural tests by capability: python scripts/checklist.py [--model FOLDER] [--write]

A case of tests/checklist.jsonl passes where the predicted (label, target) pairs are the expected ones (targets by overlap;
a case without stance passes where nothing is predicted). Sarcasm is marked out of scope and stands outside the total.
--write puts the passed cases into tests/checklist_floor.json, below which (less a tenth) tests/test_checklist.py fails.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from pathlib import Path

from shared import main_of

import stancekit
from stancekit import metrics
from stancekit.pipeline import Model
from stancekit.schema import Article, Span, Stance, Statement

CASES = Path(__file__).parent.parent / "tests" / "checklist.jsonl"
FLOOR = CASES.with_name("checklist_floor.json")
OUTSIDE = " (out of scope)"


def place(text: str, value: str | None) -> Span | None:
    """The span of the first whole-word occurrence."""
    if value is None:
        return None
    match = re.search((r"(?<!\w)" if value[0].isalnum() else "") + re.escape(value) + (r"(?!\w)" if value[-1].isalnum() else ""), text)
    if match is None:
        raise ValueError(f"{value!r} is not in {text!r}")
    return Span.of(text, *match.span())


def expected(case: dict) -> Article:
    """The case as an article of one statement."""
    text = case["text"]
    whole = Span.of(text, 0, len(text))
    stances = tuple(Stance(s["stance"], whole, place(text, s["source"]), place(text, s["target"])) for s in case["stances"])
    return Article(text, (Statement(whole, stances),))


def rates(model: Model) -> dict[str, tuple[int, int]]:
    """capability -> (passed, cases)."""
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines() if line.strip()]
    table: dict[str, list[bool]] = defaultdict(list)
    for case, found in zip(cases, model.predict_many(c["text"] for c in cases), strict=True):
        outcomes = metrics.outcomes(expected(case), found)
        name = case["capability"] + (OUTSIDE if case.get("out_of_scope") else "")
        table[name].append(all(o.kind == "right" for o in outcomes))
    return {name: (sum(v), len(v)) for name, v in sorted(table.items())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=None)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found = rates(stancekit.load(options.model))
    for name, (passed, n) in found.items():
        print(f"{name:45} {passed:3} of {n}")
    inside = [v for name, v in found.items() if not name.endswith(OUTSIDE)]
    print(f"{'all in scope':45} {sum(p for p, _ in inside):3} of {sum(n for _, n in inside)}")
    if options.write:
        floor = {name: passed for name, (passed, _) in found.items() if not name.endswith(OUTSIDE)}
        FLOOR.write_text(json.dumps(floor, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main_of(main)
