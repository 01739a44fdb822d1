from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import stancekit
from stancekit.errors import CheckpointError, ConfigError, DataError, MissingExtraError, StancekitError
from stancekit.schema import LABELS, Answer, Article, Query, Span, Stance, Statement, check_label, iter_spans

TEXT = "Norway backed Kenya. Nobody spoke."
SENTENCE = Span.of(TEXT, 0, 20)
NORWAY, KENYA = Span.of(TEXT, 0, 6), Span.of(TEXT, 14, 19)
STANCE = Stance("support", SENTENCE, NORWAY, KENYA)
ARTICLE = Article(TEXT, (Statement(SENTENCE, (STANCE,)), Statement(Span.of(TEXT, 21, 34))), "a1", {"date": "2024-05-01"})


def record(**changes: object) -> dict:
    stance = {"stance": "support", "source": [0, 6], "target": [14, 19]}
    base = {"id": "a1", "text": TEXT, "statements": [{"start": 0, "end": 20, "stances": [stance]}]}
    for key, value in changes.items():
        if key in stance or key in ("optional", "confidence", "source_name"):
            stance[key] = value
        elif key in ("start", "end", "stances"):
            base["statements"][0][key] = value
        else:
            base[key] = value
    return base


@given(st.text(min_size=1), st.data())
def test_a_span_slices_its_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    span = Span.of(text, start, end)
    assert text[span.start : span.end] == span.text
    assert span.matches(span) and span.overlap(span) == end - start


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [(3, 3, "empty or reversed"), (5, 2, "empty or reversed"), (-1, 4, "non-negative"), (0, 99, "34 characters"), (0, True, "integers"), (0, 4.0, "integers")],
)
def test_a_span_refuses_offsets_that_do_not_fit(start: object, end: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Span.of(TEXT, start, end, "target")


def test_a_span_refuses_a_text_of_another_length_and_compares_by_offsets() -> None:
    with pytest.raises(DataError, match="4 characters long but its text has 6"):
        Span(0, 4, "Norway")
    assert sorted([KENYA, NORWAY, SENTENCE]) == [NORWAY, SENTENCE, KENYA]
    with pytest.raises(AttributeError):
        NORWAY.start = 3


@pytest.mark.parametrize(("a", "b", "matches"), [((0, 10), (5, 10), True), ((0, 10), (6, 12), True), ((0, 10), (8, 13), False), ((0, 4), (4, 8), False)])
def test_spans_match_when_they_share_half_of_the_shorter(a: tuple[int, int], b: tuple[int, int], matches: bool) -> None:
    one, other = Span.of(TEXT, *a), Span.of(TEXT, *b)
    assert one.matches(other) is matches
    assert other.matches(one) is matches


BAD_STANCES = {
    "no label": ({"stance": ""}, "not a label"),
    "none": ({"stance": "none"}, "not a stance"),
    "outside": ({"target": Span.of(TEXT, 21, 27)}, "outside its statement"),
    "probability": ({"confidence": 1.5}, "probability"),
    "not a number": ({"confidence": float("nan")}, "probability"),
    "a word": ({"confidence": "high"}, "probability"),
}


@pytest.mark.parametrize(("change", "message"), BAD_STANCES.values(), ids=BAD_STANCES.keys())
def test_a_stance_is_checked_at_birth(change: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Stance(**{"stance": "support", "statement": SENTENCE, "source": NORWAY, "target": KENYA, **change})


def test_a_statement_refuses_doubles_and_strangers() -> None:
    with pytest.raises(DataError, match="listed twice"):
        Statement(SENTENCE, (STANCE, Stance("support", SENTENCE, NORWAY, KENYA, 0.5)))
    with pytest.raises(DataError, match="listed under"):
        Statement(Span.of(TEXT, 21, 34), (STANCE,))


def test_an_article_refuses_disorder_and_foreign_spans() -> None:
    first, second = ARTICLE.statements
    with pytest.raises(DataError, match="overlaps or precedes"):
        Article(TEXT, (second, first))
    with pytest.raises(DataError, match="'Norway backed Kenya.' but the article has 'Sweden"):
        Article(TEXT.replace("Norway", "Sweden"), (first,))
    with pytest.raises(DataError, match="text is bytes"):
        Article(b"bytes")


def test_article_round_trips_and_keeps_the_form() -> None:
    form = ARTICLE.to_dict()
    assert form["statements"][0] == {"start": 0, "end": 20, "stances": [{"stance": "support", "source": [0, 6], "target": [14, 19]}]}
    assert Article.from_dict(json.loads(json.dumps(form))) == ARTICLE
    assert ARTICLE.stances == (STANCE,)
    assert list(iter_spans(ARTICLE)) == [SENTENCE, NORWAY, KENYA, ARTICLE.statements[1].span]


def test_predictions_round_trip_with_all_they_carry() -> None:
    stance = Stance("warning", SENTENCE, None, KENYA, 0.25, None, "Kenya", None, "KEN", "government", True)
    article = Article(TEXT, (Statement(SENTENCE, (stance,)),))
    assert Article.from_dict(json.loads(json.dumps(article.to_dict()))) == article


def test_unannotated_is_not_the_same_as_without_stance() -> None:
    assert Article.from_dict({"text": TEXT}).statements is None
    assert Article.from_dict({"text": TEXT, "statements": []}).statements == ()
    assert "statements" not in Article(TEXT).to_dict()
    assert Article(TEXT).to_dict() != Article(TEXT, ()).to_dict()


BAD_RECORDS = {
    "not an object": ([1], "JSON object, got list"),
    "no text": ({"id": "x"}, '"text" is missing; found id'),
    "text": (record(text=5), '"text" is 5, expected a string; write it in quotes'),
    "statements": (record(statements={}), "expected a list"),
    "statement": (record(statements=["x"]), "a statement is an object"),
    "start": (record(start="0"), '"start" is "0", expected a whole number'),
    "past the end": (record(end=99), r"statement \[0, 99\] ends past the text \(34 characters\)"),
    "stances": (record(stances=5), '"stances" is 5, expected a list'),
    "stance": (record(stances=["support"]), "a stance is an object"),
    "label": (record(stance="praise"), "unknown label 'praise'; expected one of support, condemnation, warning"),
    "label kind": (record(stance=["support"]), r'"stance" is \["support"\], expected a string'),
    "bytes": (record(target=[40, 52]), "ends past the text .*not bytes"),
    "span form": (record(target="Kenya"), "not .start, end. or null"),
    "outside": (record(target=[21, 27]), "outside its statement"),
    "meta": (record(meta=["x"]), r'"meta" is \["x"\], expected an object'),
    "id": (record(id=["x"]), r'"id" is \["x"\], expected a string or a whole number; write it in quotes'),
    "id of truth": (record(id=True), '"id" is true, expected a string'),
    "null text": (record(text=None), '"text" is null, expected a string'),
    "confidence": (record(confidence="high"), "probability"),
}


@pytest.mark.parametrize(("bad", "message"), BAD_RECORDS.values(), ids=BAD_RECORDS.keys())
def test_bad_article_records_name_field_and_value(bad: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Article.from_dict(bad)


def test_labels_may_be_others_or_any() -> None:
    other = record(stance="praise")
    assert Article.from_dict(other, ("praise",)).stances[0].stance == "praise"
    assert Article.from_dict(other, None).stances[0].stance == "praise"
    with pytest.raises(DataError, match="expected one of a, b"):
        check_label("c", ("a", "b"))


BAD_QUERIES = {
    "no target": ({"text": TEXT}, '"target" is missing'),
    "no text": ({"target": "Kenya"}, '"text" is missing'),
    "empty target": ({"text": TEXT, "target": " "}, "target ' ' is empty"),
    "null target": ({"text": TEXT, "target": None}, "neither"),
    "empty source": ({"text": TEXT, "target": "Kenya", "source": ""}, "source '' is empty"),
    "past the end": ({"text": TEXT, "target": [14, 60]}, r"target \[14, 60\] ends past the text \(34"),
    "three numbers": ({"text": TEXT, "target": [1, 2, 3]}, "neither"),
    "number": ({"text": TEXT, "target": 7}, "neither"),
    "label": ({"text": TEXT, "target": "Kenya", "label": "praise"}, "unknown label 'praise'; expected one of none, support"),
    "not an object": ("Kenya", "JSON object, got str"),
    "meta": ({"text": TEXT, "target": "Kenya", "meta": [1]}, r'"meta" is \[1\], expected an object'),
}


@pytest.mark.parametrize(("bad", "message"), BAD_QUERIES.values(), ids=BAD_QUERIES.keys())
def test_bad_queries_name_field_and_value(bad: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Query.from_dict(bad)


def test_queries_round_trip_and_keep_unknown_keys() -> None:
    query = Query.from_dict({"id": "q", "text": TEXT, "source": [0, 6], "target": [14, 19], "label": "none", "plover": "X"})
    assert query.target == (14, 19) and query.meta == {"plover": "X"}
    assert Query.from_dict(json.loads(json.dumps(query.to_dict()))) == query
    named = Query(TEXT, "the Kremlin")
    assert Query.from_dict(named.to_dict()) == named
    with pytest.raises(DataError, match="text is NoneType"):
        Query(None, "Kenya")


def test_an_answer_is_plain_data() -> None:
    answer = Answer("none", {"none": 0.75, "support": 0.25})
    assert answer.to_dict() == {"label": "none", "scores": {"none": 0.75, "support": 0.25}}


def test_html_shows_every_stance_and_never_runs_the_text() -> None:
    text = '<script>alert("x")</script> & "Norway" backed Kenya.'
    statement = Span.of(text, 0, len(text))
    hostile = Stance("support", statement, Span.of(text, 0, 8), Span.of(text, text.index("Kenya"), len(text) - 1), 0.875)
    shown = Article(text + " Rest <b>.", (Statement(statement, (hostile,)),))._repr_html_()
    assert "<script" not in shown and "<b>" not in shown
    assert "<bdi>&lt;script&gt;</bdi> → <bdi>Kenya</bdi>" in shown and "support</bdi></span> 0.88" in shown and "Rest &lt;b&gt;." in shown
    assert Article("a < b")._repr_html_().count("a &lt; b") == 1


def test_errors_say_place_problem_and_remedy() -> None:
    error = DataError("target is empty", remedy="name one").at("file.jsonl:12")
    assert str(error) == "file.jsonl:12: target is empty; name one"
    assert str(error.at("elsewhere:1")) == str(error)
    assert str(DataError("x")) == "x"
    for kind in (DataError, ConfigError, CheckpointError, MissingExtraError):
        assert issubclass(kind, StancekitError)
    missing = MissingExtraError("training", "train")
    assert isinstance(missing, ImportError) and "pip install 'stancekit[train]'" in str(missing)


def test_the_package_offers_what_the_design_fixes() -> None:
    assert set(stancekit.__all__) >= {"load", "Model", "Article", "Statement", "Stance", "Span", "Query", "Answer"}
    assert all(getattr(stancekit, name) is not None for name in stancekit.__all__)
    assert LABELS == ("support", "condemnation", "warning")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = stancekit.nothing


def test_keys_that_the_article_form_does_not_have_are_kept_in_meta() -> None:
    record = {"id": "a", "text": "Rain.", "date": "2025-05-01", "outlet": "Wire", "meta": {"outlet": "Post"}}
    article = Article.from_dict(record)
    assert dict(article.meta) == {"date": "2025-05-01", "outlet": "Post"}
    assert Article.from_dict(article.to_dict()) == article


def test_integers_of_numpy_are_offsets_and_become_plain_ones() -> None:
    start, end = np.int64(14), np.int32(19)
    for span in (Span.of(TEXT, start, end), Span(start, end, "Kenya")):
        assert span == KENYA and type(span.start) is type(span.end) is int
    query = Query(TEXT, (start, end), [np.int64(0), np.int64(6)])
    assert json.loads(json.dumps(query.to_dict())) == {"id": "", "text": TEXT, "source": [0, 6], "target": [14, 19]}
    assert Article.from_dict(record(start=np.int64(0), target=[start, end])) == Article.from_dict(record())
    for bad in (np.float64(14), np.int64(-1), np.array([1, 2])):
        with pytest.raises(DataError, match="needs two non-negative integers"):
            Span.of(TEXT, bad, 19)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optional": "false"}, "\"optional\" is 'false', expected true or false; write it without quotes"),
        ({"optional": 1}, '"optional" is 1, expected true or false'),
        ({"source_name": 5}, '"source_name" is 5, expected a string or null'),
        ({"source_code": ["a"]}, "is \\['a'\\], expected a string"),
        ({"source_kind": {}}, "expected a string"),
    ],
)
def test_what_a_stance_carries_is_of_its_kind(change: dict, message: str) -> None:
    stance = {"stance": "support", "source": [0, 6], "target": [14, 19], **change}
    with pytest.raises(DataError, match=message):
        Article.from_dict(record(stances=[stance]))
    assert Article.from_dict(record(optional=None, source_name=None)).stances == (STANCE,)


def test_records_may_be_kept_in_sets() -> None:
    for build in (lambda meta: Article(TEXT, ARTICLE.statements, "a", meta), lambda meta: Query(TEXT, "Kenya", meta=meta)):
        one, same, other = build({"a": [1]}), build({"a": [1]}), build({"a": [2]})
        assert hash(one) == hash(same) and len({one, same, other}) == 2
    assert len({Answer("none", {"none": 1.0}), Answer("none", {"none": 1.0}), Answer("none", {"none": 0.5})}) == 2
