"""DSE's five classes and the questions by the guide, as scripts/quality.py makes them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS

from stancekit.corpus import from_marks
from stancekit.errors import DataError
from stancekit.schema import Answer, Query

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import quality  # noqa: E402

TEXT = "Kenya condemned Norway."
FORTH, BACK = ((16, 22), (0, 5)), ((0, 5), (16, 22))


def query(identifier: str, label: str) -> Query:
    target, source = FORTH if identifier.endswith("f") else BACK
    return Query(TEXT, target, source, label, identifier)


def answer(none: float, support: float, condemnation: float, warning: float = 0.0) -> Answer:
    return Answer("none", {"none": none, "support": support, "condemnation": condemnation, "warning": warning})


def test_whichever_direction_stands_out_is_answered() -> None:
    queries = [query("1f", "none"), query("1b", "condemnation"), query("2b", "none"), query("2f", "support"), query("3f", "none"), query("3b", "none")]
    answers = [
        answer(0.5, 0.0, 0.5), answer(0.2, 0.0, 0.4, 0.4),  # back: condemnation, half of it as a warning
        answer(0.45, 0.0, 0.55), answer(0.3, 0.7, 0.0),  # forth stands out more
        answer(0.6, 0.4, 0.0), answer(0.5, 0.4, 0.1),  # neither stands out against its none
    ]  # fmt: skip
    found = quality.five_classes(queries, answers)
    assert found["pairs"] == 3 and found["accuracy"] == 1.0
    assert found["f1"] == {"none": 1.0, "support f": 1.0, "condemnation f": 0.0, "support b": 0.0, "condemnation b": 1.0}
    assert found["macro_f1"] == pytest.approx(3 / 5)
    answers[1] = answer(0.9, 0.1, 0.0)
    assert quality.five_classes(queries, answers)["accuracy"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([query("1f", "none")], "'1' is not asked in both directions"),
        ([query("1f", "warning"), query("1b", "none")], "'1f' has the label 'warning'"),
        ([query("1f", "support"), query("1b", "support")], "in both directions"),
    ],
)
def test_what_is_not_dse_is_refused(queries: list[Query], message: str) -> None:
    with pytest.raises(DataError, match=message):
        quality.BothWays(queries)


def test_the_missing_direction_of_an_opinion_is_asked_too() -> None:
    both = quality.both_ways([query("1f", "support"), query("2f", "none"), query("2b", "none")])
    assert [(q.id, q.label, q.source, q.target) for q in both] == [
        ("1f", "support", (0, 5), (16, 22)), ("1b", "none", (16, 22), (0, 5)),
        ("2f", "none", (0, 5), (16, 22)), ("2b", "none", (16, 22), (0, 5)),
    ]  # fmt: skip


def test_questions_by_the_guide_ask_every_stance_and_its_reverse() -> None:
    (article,) = from_marks("### x\n\n<a>Kenya</a> condemned <b>Norway</b>. {condemnation a>b}\n<a>Mali</a> backed <b>Chad</b>. {support a>b ?}\n")
    asked = [(q.text, q.source, q.target, q.label) for q in quality.guide_questions([article])]
    assert asked == [(TEXT, (0, 5), (16, 22), "condemnation"), (TEXT, (16, 22), (0, 5), "none")], "an optional stance is no question"


def test_a_half_keeps_the_questions_of_a_sentence_together() -> None:
    import fit_given

    texts = ["a", "b", "c", "d", "e"]
    asked = fit_given.Asked.__new__(fit_given.Asked)
    asked.labels, asked.queries = ("support",), [Query(t, "x", label="none") for t in texts for _ in range(3)]
    asked.anybody = asked.named = np.arange(15.0)
    asked.gold = np.zeros(15, dtype=int)
    halves = [{q.text for q in asked.half(second).queries} for second in (False, True)]
    assert halves == [{"a", "c", "e"}, {"b", "d"}]
    assert asked.half(True).anybody.tolist() == [3, 4, 5, 9, 10, 11]


def test_held_out_articles_are_those_of_the_list() -> None:
    listed = set((SEEDS / "dev.txt").read_text(encoding="utf-8").split())
    assert 0 < len(quality.held_out()) and {a.id for a in quality.held_out()} <= listed
