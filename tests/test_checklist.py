"""The shipped model on the behavioural checklist: no capability falls a tenth of its cases below what was measured when the model was shipped."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

import stancekit

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

from checklist import CASES, FLOOR, OUTSIDE, expected, rates  # noqa: E402

CASE_LIST = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines() if line.strip()]


def test_every_capability_has_twenty_cases_of_one_statement() -> None:
    counts = Counter(case["capability"] for case in CASE_LIST)
    assert len(counts) >= 15 and min(counts.values()) >= 20
    assert len({case["text"] for case in CASE_LIST}) == len(CASE_LIST)
    for case in CASE_LIST:
        assert len(expected(case).stances) == len(case["stances"])


@pytest.fixture(scope="module")
def measured() -> dict[str, tuple[int, int]]:
    return rates(stancekit.load())


def test_no_capability_falls_below_its_floor(measured: dict[str, tuple[int, int]]) -> None:
    floor = json.loads(FLOOR.read_text(encoding="utf-8"))
    assert set(floor) == {name for name in measured if not name.endswith(OUTSIDE)}
    below = {name: (measured[name], passed) for name, passed in floor.items() if measured[name][0] < passed - 0.1 * measured[name][1]}
    assert not below
