from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import SEEDS
from rich.console import Console

import stancekit
from stancekit import checkpoint
from stancekit.corpus import read_marks
from stancekit.data import file_hash, write_records
from stancekit.errors import ConfigError, DataError
from stancekit.evaluation import (
    _f1,
    compare_models,
    compare_predictions,
    error_cases,
    evaluate_articles,
    evaluate_files,
    evaluate_queries,
    gain,
    interval,
    read_gold,
    recipe,
    render,
    stance_free,
)
from stancekit.metrics import score_queries
from stancekit.pages import comparison_page
from stancekit.pipeline import Model
from stancekit.schema import GUIDE_VERSION, LABELS, Answer, Article, Query, Span, Stance, Statement

TEXT = "Norway condemned Mali. He backed Kenya. The committee met on Monday."


class Oracle:
    """A model that answers what it is told."""

    def __init__(self, articles: Sequence[Article] = (), answers: Sequence[str] = ()) -> None:
        self.labels, self.folder, self.config = LABELS, None, SimpleNamespace(guide_version=GUIDE_VERSION)
        self.articles, self.answers = {a.text: a for a in articles}, answers

    def predict_many(self, texts: Iterable[str]) -> Iterator[Article]:
        return (self.articles[t] for t in texts)

    def classify_many(self, queries: Iterable[Query]) -> Iterator[Answer]:
        return (Answer(label, {}) for _, label in zip(queries, self.answers, strict=True))


def made(*stances: tuple[str, str | None, str | None, float | None], text: str = TEXT, **meta: str) -> Article:
    statements = []
    for start, end in ((0, 22), (23, 39), (40, 68)):
        span = Span.of(text, start, end)
        spans = {w: Span.of(text, text.index(w), text.index(w) + len(w)) for w in ("Norway", "Mali", "He", "Kenya", "The committee")}
        inside = [
            Stance(label, span, spans.get(s), spans.get(t), c)
            for label, s, t, c in stances
            if any(spans[w].start in range(start, end) for w in (s, t) if w)
        ]
        statements.append(Statement(span, tuple(inside)))
    return Article(text, tuple(statements), text[-8:], meta)


GOLD = made(("condemnation", "Norway", "Mali", None), ("support", "He", "Kenya", None), genre="wire, Europe")


def test_gold_scores_one_and_silence_zero() -> None:
    perfect = evaluate_articles(Oracle([GOLD]), [GOLD], 0)
    assert set(perfect["scores"]) == {
        "statement/overlap", "stance_target/overlap", "stance_target/exact", "stance_source_target/overlap", "stance_source_target/exact",
    }  # fmt: skip
    assert all(entry["micro"]["f1"] == 1.0 for entry in perfect["scores"].values())
    assert perfect["articles"] == 1 and perfect["stances"] == 2
    silent = evaluate_articles(Oracle([made()]), [GOLD], 0)
    assert all(entry["micro"]["missed"] == 2 and entry["micro"]["f1"] == 0.0 for entry in silent["scores"].values())
    assert silent["calibration"] == {"predictions": 0}


def test_a_report_counts_what_went_wrong() -> None:
    guess = made(("condemnation", "Mali", "Norway", 0.9), ("support", "He", "Kenya", 0.8), ("warning", None, "The committee", 0.6))
    report = evaluate_articles(Oracle([guess]), [GOLD], 0)
    micro = report["scores"]["stance_target/overlap"]["micro"]
    assert (micro["right"], micro["extra"], micro["missed"]) == (1, 2, 1)
    assert report["direction"] == {"exchanged": 1, "of": 2}
    assert report["stance_free"] == {"sentences": 1, "given_a_stance": 1, "per_1000": 1000.0}
    assert report["calibration"]["predictions"] == 3
    assert report["calibration"]["brier"] == pytest.approx((0.9**2 + 0.2**2 + 0.6**2) / 3, abs=1e-4)
    assert report["slices"]["source: pronoun"]["right"] == 1 and report["slices"]["genre: wire"]["missed"] == 1
    assert report["slices"]["quoted: no"]["right"] == 1 and report["slices"]["words: 1-14"]["extra"] == 2
    json.dumps(report)


def test_sentences_that_hold_a_stance_are_not_free() -> None:
    assert stance_free([GOLD], [GOLD])["sentences"] == 1
    assert stance_free([made()], [GOLD]) == {"sentences": 3, "given_a_stance": 2, "per_1000": 666.7}


def test_free_sentences_of_one_long_article_cost_linear_time() -> None:
    def seconds(times: int) -> float:
        text = "China backs Kenya.\nTalks resume.\n" * times
        spans = [Span.of(text, 33 * i, 33 * i + 18) for i in range(times)]
        gold = Article(text, tuple(Statement(s, (Stance("support", s),)) for s in spans))
        began = time.process_time()
        assert stance_free([gold], [gold]) == {"sentences": times, "given_a_stance": 0, "per_1000": 0.0}
        return time.process_time() - began

    seconds(10)
    assert seconds(3000) < 30 * min(seconds(300) for _ in range(3)), "ten times the text, far more than ten times the time"


def test_intervals_hold_the_score_and_shrink_with_data() -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 9, (40, 3))
    low, high = interval(counts, 1000)
    assert 0 <= low < _f1(counts.sum(0)) < high <= 1
    assert interval(counts, 1000) == (low, high), "the seed decides"
    narrow = interval(np.tile(counts, (20, 1)), 1000)
    assert narrow[1] - narrow[0] < 0.5 * (high - low)
    assert interval(counts[:1], 1000) is None
    by_hand = [_f1(counts[rng.integers(0, 40, 40)].sum(0)) for _ in range(4000)]
    assert (low, high) == pytest.approx(tuple(np.percentile(by_hand, [2.5, 97.5])), abs=0.02)


def test_queries_are_scored() -> None:
    gold = ["none", "support", "condemnation", "warning"]
    queries = [Query("Kenya", "Kenya", label=x) for x in gold]
    report = evaluate_queries(Oracle(answers=["none", "support", "warning", "warning"]), queries)
    assert report["kind"] == "queries" and report["queries"] == 4
    assert report["scores"]["accuracy"] == 0.75
    assert report["scores"]["macro_f1"] == pytest.approx((1 + 0 + 2 / 3) / 3)
    assert "interval" not in evaluate_queries(Oracle(answers=["none"] * 4), queries, resamples=0)["scores"]


def test_the_interval_of_questions_is_that_of_their_macro_f1() -> None:
    rng = np.random.default_rng(3)
    labels = ["none", *LABELS]
    gold = [labels[i] for i in rng.integers(0, 4, 120)]
    said = [label if rng.random() < 0.7 else labels[rng.integers(0, 4)] for label in gold]
    queries = [Query("Kenya", "Kenya", label=x) for x in gold]
    low, high = evaluate_queries(Oracle(answers=said), queries)["scores"]["interval"]
    drawn = [rng.integers(0, 120, 120) for _ in range(400)]
    by_hand = [score_queries([queries[i] for i in d], [Answer(said[i], {}) for i in d]).macro_f1 for d in drawn]
    assert (low, high) == pytest.approx(tuple(np.percentile(by_hand, [2.5, 97.5])), abs=0.03)


def pair_of_models(n: int) -> tuple[list[Article], Oracle, Oracle]:
    gold = [made(("condemnation", "Norway", "Mali", None), ("support", "He", "Kenya", None), text=f"{TEXT} {i}") for i in range(n)]
    worse = [made(("condemnation", "Norway", "Mali", 0.5), text=a.text) for a in gold]
    return gold, Oracle(gold), Oracle(worse)


def test_two_models_are_compared_article_by_article(tmp_path: Path) -> None:
    gold, good, bad = pair_of_models(12)
    file = tmp_path / "gold.jsonl"
    write_records(file, gold)
    result = compare_models(good, bad, str(file), rounds=2000)
    assert result["first"]["f1"] == 1.0 and result["second"]["f1"] == pytest.approx(2 / 3, abs=1e-4)
    assert result["difference"] == pytest.approx(1 / 3, abs=1e-3) and result["p_value"] < 0.01
    assert len(result["differences"]) == 12
    backed = {"stance": "support", "source": "He", "target": "Kenya"}
    assert result["differences"][0] == {
        "article": gold[0].id, "sentence": "He backed Kenya.", "right": ["first"], "gold": [backed], "first": [backed], "second": [],
    }  # fmt: skip
    assert result["interval"] == (result["difference"], result["difference"]), "every article says the same"
    same = compare_models(good, good, str(file), rounds=200)
    assert same["difference"] == 0 and same["p_value"] == 1.0 and same["differences"] == []
    other = Oracle(gold)
    other.labels = ("endorse", *LABELS[1:])
    with pytest.raises(ConfigError, match="the first model has the labels support, condemnation, warning, the second endorse, condemnation, warning;"):
        compare_models(good, other, str(file), rounds=200)
    other.labels = LABELS[::-1]
    assert compare_models(good, other, str(file), rounds=200)["difference"] == 0, "the order of labels is the same to it"
    backwards = compare_models(bad, good, str(file), rounds=2000)
    assert backwards["difference"] == -result["difference"] and backwards["p_value"] == pytest.approx(result["p_value"], abs=0.01)


def test_who_is_right_where_two_models_differ() -> None:
    gold = made(("condemnation", "Norway", "Mali", None), ("support", "He", "Kenya", None))
    maybe = Article(gold.text, (gold.statements[0], Statement(gold.statements[1].span, tuple(replace(s, optional=True) for s in gold.statements[1].stances)), gold.statements[2]))
    full, half, wrong = gold, made(("condemnation", "Norway", "Mali", 0.5)), made(("condemnation", "Mali", "Norway", 0.5))

    def told(reference: Article, first: Article, second: Article) -> list[tuple[str, list[str]]]:
        found = compare_predictions([reference] * 2, [first] * 2, [second] * 2, LABELS, rounds=100)["differences"]
        assert found[0] == found[1]
        return [(d["sentence"], d["right"]) for d in found[:1]]

    assert told(gold, half, full) == [("He backed Kenya.", ["second"])]
    assert told(maybe, half, full) == [("He backed Kenya.", ["first", "second"])]
    assert told(made(), half, wrong) == [("Norway condemned Mali.", [])]
    both = Span.of(gold.text, gold.statements[0].span.start, gold.statements[1].span.end)
    joined = Article(gold.text, (Statement(both, tuple(replace(s, statement=both) for s in gold.stances)), gold.statements[2]))
    assert told(joined, half, full) == [("He backed Kenya.", ["second"])], "two sentences annotated as one"
    page = comparison_page({"data": "held.jsonl", **compare_predictions([maybe] * 2, [wrong] * 2, [full] * 2, LABELS, rounds=100)}, ("<i>mine", "shipped"))
    assert page.index("only the second is right") < page.index("both are right") and "only the first is right" not in page
    with pytest.raises(DataError, match="1 article cannot tell two models apart; give at least 2"):
        compare_predictions([gold], [gold], [half], LABELS)
    assert "first: <bdi>&lt;i&gt;mine</bdi>" in page and "second: <bdi>shipped</bdi>" in page and "<bdi>Mali</bdi> → <bdi>Norway</bdi>" in page


def test_the_gain_of_several_models_is_their_mean_and_exact_where_all_articles_agree() -> None:
    rng = np.random.default_rng(2)
    first, others = rng.integers(0, 9, (40, 3)), rng.integers(0, 9, (3, 40, 3))
    found = gain(first, others, 1000)
    assert found["gain"] == pytest.approx(np.mean([_f1(o.sum(0)) for o in others]) - _f1(first.sum(0)), abs=1e-4)
    by_hand = [np.mean([_f1(o[i].sum(0)) for o in others]) - _f1(first[i].sum(0)) for i in (rng.integers(0, 40, 40) for _ in range(4000))]
    assert found["interval"] == pytest.approx(tuple(np.percentile(by_hand, [2.5, 97.5])), abs=0.02)
    assert gain(first, np.stack([first, first]), 200) == {"gain": 0.0, "interval": (0.0, 0.0)}


def test_an_interval_of_2000_resamples_over_1000_articles_takes_less_than_two_seconds() -> None:
    counts = np.random.default_rng(3).integers(0, 20, (1000, 3))
    began = time.process_time()
    interval(counts, 2000)
    assert time.process_time() - began < 2


def test_scoring_takes_less_time_than_reading() -> None:
    model, articles = stancekit.load(), list(read_marks(SEEDS / "articles" / "a1.txt"))[:30]
    began = time.process_time()
    predicted = list(model.predict_many(a.text for a in articles))
    read = time.process_time()
    evaluate_articles(model, articles, 2000, predicted)
    error_cases(articles, predicted)
    assert time.process_time() - read < read - began


def test_files_are_evaluated_by_their_kind(tiny_model: Model, tmp_path: Path) -> None:
    articles = list(read_marks(SEEDS / "articles" / "a1.txt"))[:2]
    write_records(tmp_path / "a.jsonl", articles)
    write_records(tmp_path / "q.jsonl", [Query(TEXT, "Mali", label="condemnation", id="q")])
    reports = evaluate_files(tiny_model, [str(tmp_path / "a.jsonl"), str(tmp_path / "q.jsonl"), str(SEEDS / "articles" / "a1.txt")], 50)
    assert [r["kind"] for r in reports] == ["articles", "queries", "articles"]
    assert reports[0]["scores"]["stance_target/overlap"]["interval"][0] <= reports[0]["scores"]["stance_target/overlap"]["micro"]["f1"]
    assert reports[0]["recipe"]["data"] == file_hash(tmp_path / "a.jsonl")
    assert reports[2]["articles"] > 2
    (by_guide,) = evaluate_files(tiny_model, [str(tmp_path / "q.jsonl")], 0, reading="guide")
    assert by_guide["reading"] == "guide" and "reading" not in reports[1]
    with pytest.raises(ConfigError, match="reading 'event'"):
        evaluate_files(tiny_model, [str(tmp_path / "q.jsonl")], 0, reading="event")
    reports.append(by_guide)
    console = Console(record=True, width=80)
    for report in reports:
        for part in render(report):
            console.print(part)
    shown = console.export_text()
    assert "…" not in shown, "nothing is cut off on a terminal of 80 columns"
    assert shown.count("by the reading guide") == 1
    assert "+ target" in shown and "1 queries, accuracy" in shown and "condemnation" in shown and "ECE" in shown


def test_a_question_that_cannot_be_asked_names_its_file(tmp_path: Path) -> None:
    write_records(tmp_path / "q.jsonl", [Query(TEXT, "\u200b", label="none", id="q1")])
    with pytest.raises(DataError, match=r"q\.jsonl: query 'q1': the target .* has nothing to read"):
        evaluate_files(stancekit.load(), [str(tmp_path / "q.jsonl")], 0)


def test_a_score_prints_its_recipe(tiny_model: Model, tiny_checkpoint: Path) -> None:
    found = recipe(tiny_model)
    assert found["stancekit"] == stancekit.__version__ and found["guide"] == GUIDE_VERSION
    assert found["model"] == file_hash(tiny_checkpoint / checkpoint.WEIGHTS)
    assert found["settings"] == file_hash(tiny_checkpoint / checkpoint.CONFIG)
    assert "half of the shorter" in found["matching"]


def test_what_cannot_be_scored_is_refused_before_the_first_prediction(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    write_records(good, [GOLD])
    oracle = Oracle()  # raises KeyError as soon as it is asked
    cases = {
        "no such file": None,
        "is empty": b"",
        "bad.jsonl:1: malformed": b"{",
        "unknown label 'praise'": b'{"text": "Kenya", "target": "Kenya", "label": "praise"}\n',
        "bad.jsonl:1: query '' without label": b'{"text": "Kenya", "target": "Kenya"}\n',
        "bad.jsonl:1: query '': the text is empty": b'{"text": " ", "target": "Kenya", "label": "none"}\n',
        "bad.jsonl:2: article '7' is not annotated": b'{"text": "Kenya", "statements": []}\n{"id": "7", "text": "Kenya"}\n',
        "bad.jsonl:2: query 'q2' stands among articles": b'{"text": "Kenya", "statements": []}\n{"id": "q2", "text": "Kenya", "target": "Kenya"}\n',
        "neither": b'{"text": "Kenya"}\n',
    }
    for message, content in cases.items():
        bad.unlink(missing_ok=True)
        if content is not None:
            bad.write_bytes(content)
        with pytest.raises(DataError, match=message):
            evaluate_files(oracle, [str(good), str(bad)])
    write_records(bad, [GOLD, made(("condemnation", "Norway", "Mali", 0.5))])
    with pytest.raises(DataError, match=r"bad\.jsonl:2: article .* has a stance with a confidence: .*convert --reviewed"):
        evaluate_files(oracle, [str(bad)])
    assert len(read_gold(str(bad), LABELS, texts_only=True)) == 2
    (tmp_path / "none.txt").write_text("### a\nannotation: none\n\nKenya spoke.\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"none\.txt: article 'a' is not annotated"):
        read_gold(str(tmp_path / "none.txt"), LABELS)
    assert [a.statements for a in read_gold(str(tmp_path / "none.txt"), LABELS, texts_only=True)] == [None]
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="holds no article"):
        read_gold(str(tmp_path / "folder"), LABELS)
    (tmp_path / "latin.txt").write_bytes(b"### a\n\nCaf\xe9\n")
    with pytest.raises(DataError, match="latin.txt: invalid UTF-8"):
        read_gold(str(tmp_path / "latin.txt"), LABELS)
