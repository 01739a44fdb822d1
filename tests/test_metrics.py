from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.metrics import (
    LEVELS,
    MATCHES,
    Counts,
    Outcome,
    Score,
    align,
    outcomes,
    reliability,
    reliability_by_chance,
    same,
    score,
    score_article,
    score_queries,
    span_match,
    swapped,
)
from stancekit.schema import LABELS, Answer, Article, Query, Span, Stance, Statement

TEXT = "Norway and Mali condemned the brutal attack on Kenya. They warned Chad."
FIRST, SECOND = (0, 53), (54, 71)


def at(words: str | None) -> Span | None:
    return None if words is None else Span.of(TEXT, TEXT.index(words), TEXT.index(words) + len(words))


def made(*stances: tuple, borders: tuple = (FIRST, SECOND)) -> Article:
    """An article with stances (label, source, target, optional) in the statement that holds their spans."""
    statements = []
    for a, b in borders:
        span = Span.of(TEXT, a, b)
        inside = []
        for label, source, target, *rest in stances:
            place = at(source) or at(target)
            if (a <= place.start < b) if place else a == rest[-1]:
                inside.append(Stance(label, span, at(source), at(target), optional=rest[:1] == [True]))
        statements.append(Statement(span, tuple(inside)))
    return Article(TEXT, tuple(statements))


GOLD = made(("condemnation", "Norway", "the brutal attack"), ("condemnation", "Mali", "the brutal attack"), ("warning", "They", "Chad"))


def figures(gold: Article, predicted: Article, level: str = "stance_target", match: str = "overlap") -> tuple[int, int, int]:
    c = score_article(gold, predicted, level, match).micro
    return c.right, c.extra, c.missed


def test_gold_against_itself_is_perfect_and_against_nothing_is_zero() -> None:
    for level in LEVELS:
        for match in MATCHES:
            right, extra, missed = figures(GOLD, GOLD, level, match)
            assert (extra, missed) == (0, 0) and right == (2 if level == "statement" else 3)
    assert figures(GOLD, made()) == (0, 0, 3)
    assert figures(made(), GOLD) == (0, 3, 0)
    assert score_article(made(), made()).micro.f1 == 0.0


def test_levels_ask_for_ever_more() -> None:
    wrong_source = made(("condemnation", "They", "Chad"), ("condemnation", "Kenya", "attack"))
    assert figures(GOLD, wrong_source, "statement") == (1, 1, 1)
    assert figures(GOLD, wrong_source, "stance_target") == (1, 1, 2)
    assert figures(GOLD, wrong_source, "stance_source_target") == (0, 2, 3)


def test_overlap_forgives_borders_and_exact_does_not() -> None:
    near = made(("condemnation", "Norway and", "attack"))
    assert figures(GOLD, near, "stance_source_target") == (1, 0, 2)
    assert figures(GOLD, near, "stance_source_target", "exact") == (0, 1, 3)
    assert figures(GOLD, made(("condemnation", "Norway", "attack on Kenya"))) == (0, 1, 3), "six of fifteen characters are not half"


def test_null_matches_only_null() -> None:
    assert span_match(None, None, "overlap") and span_match(None, None, "exact")
    assert not span_match(at("Chad"), None, "overlap") and not span_match(None, at("Chad"), "exact")
    gold = made(("warning", None, "Chad"))
    assert figures(gold, made(("warning", "They", "Chad")), "stance_target") == (1, 0, 0)
    assert figures(gold, made(("warning", "They", "Chad")), "stance_source_target") == (0, 1, 1)


def test_one_gold_stance_is_matched_by_one_prediction() -> None:
    twice = made(("warning", "They", "Chad"), ("warning", None, "Chad"))
    assert figures(GOLD, twice) == (1, 1, 2)


def test_the_assignment_has_the_most_matches() -> None:
    """A greedy matcher gives the first gold the guess that the second one needs."""
    gold = made(("condemnation", "Norway", "the brutal attack on Kenya"), ("condemnation", "Mali", "Kenya"))
    predicted = made(("condemnation", "Norway", "on Kenya"), ("condemnation", "Mali", "the brutal attack"))
    assert figures(gold, predicted) == (2, 0, 0)


OPTIONAL = {
    "left out": ((), (0, 0, 0)),
    "found": ((("condemnation", "Norway", "the brutal attack"),), (0, 0, 0)),
    "found twice": ((("condemnation", "Norway", "the brutal attack"), ("condemnation", "Mali", "the brutal attack")), (0, 0, 0)),
    "another label": ((("support", "Norway", "the brutal attack"),), (0, 1, 0)),
}


@pytest.mark.parametrize(("stances", "expected"), OPTIONAL.values(), ids=OPTIONAL.keys())
def test_optional_gold_counts_neither_way(stances: tuple, expected: tuple) -> None:
    gold = made(("condemnation", "Norway", "the brutal attack", True))
    assert figures(gold, made(*stances)) == expected


def test_required_gold_is_served_before_optional_gold() -> None:
    gold = made(("condemnation", "Norway", "the brutal attack", True), ("condemnation", "Mali", "the brutal attack"))
    assert figures(gold, made(("condemnation", "Norway", "the brutal attack"))) == (1, 0, 0)
    assert figures(gold, made(("condemnation", "Norway", "the brutal attack")), "statement") == (1, 0, 0)


def test_sentence_borders_may_differ() -> None:
    one = made(("condemnation", "Norway", "the brutal attack"), borders=((0, 53),))
    assert figures(one, made(("condemnation", "Norway", "the brutal attack"), borders=((0, 71),))) == (1, 0, 0)
    assert figures(one, made(("condemnation", "Norway", "the brutal attack"), borders=((0, 46), (47, 71)))) == (1, 0, 0)
    parts = align(one, made(borders=((0, 46), (47, 53), (54, 71))))
    assert [[s.span.start for s in group] for _, group in parts] == [[0, 47], [54]] and parts[-1][0] is None
    assert figures(one, made(("warning", "They", "Chad"), borders=((54, 71),))) == (0, 1, 1)


def test_sentences_that_gold_does_not_list_count_each_by_itself() -> None:
    """A sentence without an entry carries no stance, as one with an empty entry does."""
    predicted = made(("condemnation", "Norway", "Kenya"), ("condemnation", "Mali", "Kenya"), ("condemnation", "They", "Chad"))
    for level, extra in (("statement", 2), ("stance_target", 3), ("stance_source_target", 3)):
        assert figures(Article(TEXT, ()), predicted, level) == figures(made(), predicted, level) == (0, extra, 0)


def test_predictions_of_another_text_are_refused() -> None:
    with pytest.raises(ValueError, match="different texts"):
        outcomes(GOLD, Article("other", ()))
    with pytest.raises(ValueError, match="expected one of"):
        same("stance", "overlap")


spans = st.sampled_from([None, "Norway", "Norway and", "Mali", "the brutal attack", "attack", "Kenya"])
guesses = st.lists(st.tuples(st.sampled_from(LABELS), spans, spans, st.booleans()), max_size=5, unique_by=lambda s: s[:3])


def statement_of(stances: list) -> Article:
    span = Span.of(TEXT, *FIRST)
    return Article(TEXT, (Statement(span, tuple(Stance(a, span, at(s), at(t), optional=o) for a, s, t, o in stances)),))


@given(guesses, guesses, st.sampled_from(LEVELS), st.sampled_from(MATCHES))
@settings(max_examples=300, deadline=None)
def test_every_stance_has_one_outcome(gold_stances, predicted_stances, level, match) -> None:
    gold, predicted = statement_of(gold_stances), statement_of(predicted_stances)
    found = outcomes(gold, predicted, level, match)
    if level != "statement":
        assert sorted(map(repr, predicted.stances)) == sorted(repr(o.predicted) for o in found if o.predicted)
        required = [s for s in gold.stances if not s.optional]
        assert sum(o.kind in ("right", "missed") for o in found) == len(required)
    assert all(o.gold.stance == o.predicted.stance for o in found if o.kind == "right")
    assert not any(o.kind in ("right", "missed") and o.gold.optional for o in found)
    perfect = score(outcomes(gold, gold, level, match)).micro
    assert (perfect.extra, perfect.missed) == (0, 0)
    backwards = score_article(predicted, gold, level, match).micro
    if not any(s.optional for s in (*gold.stances, *predicted.stances)):
        c = score(found).micro
        assert (c.right, c.extra, c.missed) == (backwards.right, backwards.missed, backwards.extra)


@given(st.lists(st.tuples(*[st.integers(0, 50)] * 3), min_size=1, max_size=5))
def test_counts_add_up_and_ratios_follow(rows: list[tuple[int, int, int]]) -> None:
    total = sum((Counts(*r) for r in rows), Counts())
    assert (total.right, total.extra, total.missed) == tuple(map(sum, zip(*rows, strict=True)))
    p, r = total.precision, total.recall
    assert total.f1 == pytest.approx(2 * p * r / (p + r) if p + r else 0.0)
    assert total.to_dict()["f1"] == total.f1


def test_micro_and_macro_derive_from_the_labels() -> None:
    one = Score({"support": Counts(3, 1, 0), "warning": Counts(0, 0, 2)})
    two = Score({"support": Counts(1, 0, 1), "praise": Counts(1, 0, 0)})
    both = one + two
    assert both.labels == {"support": Counts(4, 1, 1), "warning": Counts(0, 0, 2), "praise": Counts(1, 0, 0)}
    assert both.micro == Counts(5, 1, 3)
    assert both.macro_f1 == pytest.approx((8 / 10 + 0 + 1) / 3)
    assert both.to_dict()["micro"]["right"] == 5 and set(both.to_dict()["labels"]) == set(both.labels)
    assert Score({}).macro_f1 == 0.0
    assert set(score_article(GOLD, made()).labels) == set(LABELS), "labels without any stance count in the macro average"
    assert score([Outcome("ignored", None, GOLD.stances[0], GOLD.stances[0].statement)]).micro == Counts()


def test_exchanged_source_and_target_are_counted() -> None:
    gold = made(("condemnation", "Norway", "Kenya"), ("warning", "They", "Chad"))
    turned = made(("condemnation", "Kenya", "Norway"), ("warning", "They", "Chad"))
    assert swapped(gold, turned) == (1, 2)
    assert swapped(gold, gold) == (0, 2)
    assert swapped(gold, made(("condemnation", None, "Norway"))) == (0, 0)


def test_query_scores_against_scikit_learn() -> None:
    from sklearn import metrics as sklearn

    rng = np.random.default_rng(0)
    names = ["none", *LABELS]
    gold, answered = rng.choice(names, 200), rng.choice(names, 200)
    queries = [Query("Kenya", "Kenya", label=str(x)) for x in gold]
    found = score_queries(queries, [Answer(str(x), {}) for x in answered])
    assert found.total == 200
    assert found.accuracy == pytest.approx(sklearn.accuracy_score(gold, answered))
    assert found.macro_f1 == pytest.approx(sklearn.f1_score(gold, answered, labels=list(LABELS), average="macro"))
    assert found.macro_f1_all == pytest.approx(sklearn.f1_score(gold, answered, average="macro"))
    assert found.to_dict()["labels"]["none"]["f1"] == pytest.approx(sklearn.f1_score(gold, answered, labels=["none"], average="macro"))


def test_queries_that_cannot_be_scored_are_refused() -> None:
    with pytest.raises(ValueError, match="'q7' has no label"):
        score_queries([Query("Kenya", "Kenya", id="q7")], [Answer("none", {})])
    with pytest.raises(ValueError, match="shorter|longer"):
        score_queries([Query("Kenya", "Kenya", label="none")], [])


def test_reliability() -> None:
    error, table = reliability(np.array([0.95, 0.95, 0.05, 1.0]), np.array([True, False, False, True]))
    assert [n for _, _, n in table] == [1, 3]
    assert table[1][1] == pytest.approx(2 / 3) and table[0][0] == pytest.approx(0.05)
    assert error == pytest.approx(0.25 * 0.05 + 0.75 * abs(2.9 / 3 - 2 / 3))
    sure, _ = reliability(np.array([1.0, 0.0]), np.array([True, False]))
    assert sure == 0.0


def test_calibrated_confidences_err_by_chance_less_the_more_there_are() -> None:
    few, many = (reliability_by_chance(np.tile([0.35, 0.65, 0.95], n), draws=200) for n in (10, 1000))
    assert few[0] > 4 * many[0] and few[1] > few[0] > 0.03 and many[1] < 0.03
    assert reliability_by_chance(np.array([1.0, 0.0])) == (0.0, 0.0)
    assert reliability_by_chance(np.tile([0.35, 0.65], 9), draws=50) == reliability_by_chance(np.tile([0.35, 0.65], 9), draws=50)
