"""Counts: nothing is lost in silence, copies count once, dates are read or reported, networks come back as they were."""

from __future__ import annotations

import csv
import datetime
import json
import sys
import time
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import SEEDS
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit import aggregate, tables
from stancekit.aggregate import copies, network, pairs, parties, read_date, timeline, wilson
from stancekit.corpus import read_marks
from stancekit.errors import ConfigError, DataError, MissingExtraError
from stancekit.schema import Article, Span, Stance, Statement


def article(id: str, *stances: tuple[str, str | None, str | None, float], text: str = "", **meta: object) -> Article:
    """An article with a stance (label, source code, target code, confidence) in each five characters of its text."""
    text = text or "A b. " * len(stances)
    spans = [Span.of(text, 5 * i, 5 * i + 4) for i in range(len(stances))]
    made = [Stance(x, span, confidence=c, source_code=s, target_code=t) for span, (x, s, t, c) in zip(spans, stances, strict=True)]
    return Article(text, tuple(Statement(s.statement, (s,)) for s in made), id, meta)


ARTICLES = [
    article("a", ("support", "CHN", "KAZ", 0.9), ("support", "CHN", "KAZ", 0.8), ("condemnation", "CHN", "KAZ", 0.7), date="2024-05-01"),
    article("b", ("warning", "CHN", "KAZ", 0.6), ("condemnation", "KAZ", None, 0.9), date="6 May 2024"),
    article("c", ("support", None, "CHN", 0.9), ("condemnation", "USA", "CHN", 0.3), date="tomorrow"),
    article("d", ("condemnation", "USA", "CHN", 0.9)),
]


def row(stance: str = "support", **cells: object) -> dict[str, Any]:
    return {**dict.fromkeys(tables.COLUMNS), "stance": stance, **cells}


def test_pairs_count_labels_and_say_what_is_left_out() -> None:
    table = pairs(ARTICLES, min_confidence=0.5)
    first, second = table.rows
    assert [first[k] for k in ("source", "target", "support", "condemnation", "warning", "balance", "n", "articles")] == ["CHN", "KAZ", 2, 1, 1, 0.25, 4, 2]
    assert [first[f"support_{k}"] for k in ("share", "low", "high")] == [0.5, 0.15, 0.85]
    assert (second["source"], second["target"], second["balance"], second["n"]) == ("USA", "CHN", -1.0, 1)
    assert table.columns == ("source", "target", *aggregate.measures()) == tuple(first)
    assert table.left_out == {aggregate.WITHOUT["target"]: 1, aggregate.WITHOUT["source"]: 1, aggregate.UNSURE: 1}


def test_articles_frames_rows_and_csv_count_the_same(tmp_path: Path) -> None:
    rows = [r for a in ARTICLES for r in tables.rows(a)]
    with open(tmp_path / "x.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, tables.COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    with open(tmp_path / "x.csv", newline="", encoding="utf-8") as stream:
        read = list(csv.DictReader(stream))
    for function in (lambda d: pairs(d, min_confidence=0.5), lambda d: timeline(d, "day", by="code"), lambda d: parties(d, "target")):
        expected = function(ARTICLES)
        assert function(rows) == function(tables.to_frame(ARTICLES)) == function(iter(read)) == expected
        assert list(expected.to_frame().columns) == list(expected.columns)


def test_a_party_goes_by_code_then_name_then_words() -> None:
    rows = [row(source_code="CHN", target="the raid"), row(source_code="CHN", source_name="Wang Yi", source="he", target_name="the  raid", target="it")]
    assert [(r["source"], r["target"], r["n"]) for r in pairs(rows, by="party").rows] == [("CHN", "the raid", 2)]
    assert [(r["source"], r["target"]) for r in pairs(rows, by="name").rows] == [("Wang Yi", "the raid")]
    assert pairs(rows).left_out == {aggregate.WITHOUT["target"]: 2}
    assert parties(rows, "source").rows[0]["n"] == 2  # whoever the target is


CELL = st.sampled_from([None, "CHN", "USA", "KAZ"])
DATE = st.sampled_from([None, "", "2024-05-01", "3 June 2024", "01/02/2024", "soon", "31.02.2024"])
ROWS = st.lists(
    st.builds(
        lambda label, s, t, c, d, i: row(label, source_code=s, target_code=t, confidence=c, meta={"date": d}, id=i),
        st.sampled_from(["support", "condemnation", "warning", "praise"]), CELL, CELL, st.none() | st.floats(0, 1), DATE, st.sampled_from("abc"),
    ),
    max_size=40,
)  # fmt: skip


@given(ROWS, st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([None, {"b": "a"}]))
@settings(max_examples=60, deadline=None)
def test_each_stance_is_counted_once_or_its_reason_is(rows: list[dict[str, Any]], sure: float, same: dict[str, str] | None) -> None:
    def of(**chosen: str | None) -> aggregate.Summary:
        return timeline(rows, "month", by="code", min_confidence=sure, copies=same, **chosen)

    found = [pairs(rows, min_confidence=sure, copies=same), of(), network(rows, min_confidence=sure, copies=same).edges]
    found += [parties(rows, role, min_confidence=sure, copies=same) for role in aggregate.ROLES]
    found += [of(source=r["source"], target=r["target"]) for r in found[0].rows]
    for table in found:
        assert table.counted + sum(table.left_out.values()) == len(rows)
        assert sum(r[label] for r in table.rows for label in table.labels) == sum(r["n"] for r in table.rows) == table.counted
        for r in table.rows:
            assert set(r) == set(table.columns)
            if r["n"] and "articles" in r:
                assert all(r[f"{x}_low"] - 1e-4 <= r[f"{x}_share"] <= r[f"{x}_high"] + 1e-4 for x in table.labels)


def test_wilson_intervals_are_those_of_the_literature() -> None:
    """Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    expected = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}
    for (count, total), interval in expected.items():
        assert wilson(count, total) == pytest.approx(interval, abs=5e-5)


WORDS = [f"w{i}" for i in range(30)]


@pytest.mark.parametrize(("text", "copy"), [(" ".join(WORDS[:16]), True), (" ".join(WORDS[:15]), False), ("W0, " + " ".join(WORDS[1:]).upper() + "!", True)])
def test_half_of_the_shingles_make_a_copy(text: str, copy: bool) -> None:
    """30 words have 28 shingles; 16 of them have 14, half."""
    assert copies([Article(" ".join(WORDS), id="first"), Article(text, id="second")]) == ({"second": "first"} if copy else {})


def test_wire_copies_are_found_among_real_articles_and_only_they() -> None:
    originals = list(islice(read_marks(SEEDS / "articles"), 300))
    wire = []
    for a in originals[:40]:
        head, *body = a.text.split("\n")
        words = " ".join(body).replace("said", "told reporters").split()
        wire.append(Article(f"Headline of the paper that printed it\n{' '.join(words[: int(len(words) * 0.85)])} (Agencies)", id=f"copy of {a.id}"))
    assert copies(originals) == {}
    assert copies([*originals, *wire]) == {f"copy of {a.id}": a.id for a in originals[:40]}


def test_a_copy_is_compared_with_kept_articles_only() -> None:
    """The second is a copy of the first, and the third of the second but not of the first."""
    texts = [WORDS, [*WORDS[8:], *(f"x{i}" for i in range(8))], [*WORDS[16:], *(f"x{i}" for i in range(16))]]
    assert copies([Article(" ".join(t), id=str(i)) for i, t in enumerate(texts)]) == {"1": "0"}


def test_words_that_many_articles_share_cost_no_time() -> None:
    """Of articles made of a few dozen phrases and words of their own, four times as many take about four times as long."""
    rng = Random(1)
    phrases = [" ".join(f"p{i}x{j}" for j in range(8)) for i in range(40)]
    printed = [Article(" ".join([*(f"u{k}y{j}" for j in range(90)), *rng.sample(phrases, 12)]), id=str(k)) for k in range(8000)]
    printed[7000] = replace(printed[5], id="7000")
    times = []
    for some in (printed[:20], printed[:2000], printed):
        began = time.process_time()
        found = copies(some)
        times.append(time.process_time() - began)
    assert found == {"7000": "5"} and times[2] < 6.5 * times[1], times


@pytest.mark.parametrize("words", [3, 20, 200])
def test_copies_are_those_of_a_comparison_of_all_with_all(words: int) -> None:
    rng = Random(words)
    pieces = [[f"w{rng.randrange(words)}" for _ in range(rng.randrange(1, 12))] for _ in range(15)]
    texts = [sum(rng.choices(pieces, k=rng.randrange(7)), []) for _ in range(150)]
    sets = [{tuple(t[i : i + 3]) for i in range(len(t) - 2)} for t in texts]
    expected: dict[str, str] = {}
    for i, here in enumerate(sets):
        alike = (j for j in range(i) if str(j) not in expected and here and len(here & sets[j]) >= 0.5 * len(here | sets[j]))
        if (first := next(alike, None)) is not None:
            expected[str(i)] = str(first)
    assert copies([Article(" ".join(t), id=str(i)) for i, t in enumerate(texts)]) == expected != {}


def test_copies_count_once() -> None:
    text = "The ministry condemned the attack on the convoy in the strongest terms."
    printed = [article(str(i), ("condemnation", "CHN", "USA", 0.9), text=text, date="2024-05-01") for i in range(20)]
    same = copies(printed)
    table = pairs(printed, copies=same)
    assert table.rows[0]["n"] == 1 and table.left_out == {aggregate.COPY: 19}
    assert pairs(printed).rows[0]["n"] == 20
    spaced = [replace(printed[0], id="wire 2"), replace(printed[0], id="wire  2"), replace(printed[0], id="b ")]
    assert pairs(spaced, copies=copies(spaced)).rows[0]["n"] == pairs(tables.to_frame(spaced), copies=copies(spaced)).rows[0]["n"] == 1
    assert timeline(tables.to_frame(printed), copies=same).counted == network(printed, copies=same).edges.counted == 1


DAY = datetime.date(2024, 5, 1)
DATES: list[tuple[object, datetime.date | str]] = [
    *((text, DAY) for text in (
        "2024-05-01", "20240501", 20240501, "2024-W18-3", "2024-05-01T23:30:00+02:00", "2024-05-01 08:00", "2024/5/1", " 1 May  2024 ", "May 1, 2024",
        "MAY 1 2024", "Wed, 01 May 2024 12:30:00 GMT", "Wednesday 1st May, 2024 at 12.30", "1-May-2024", "01.05.2024", "1.5.2024, 18:00 CEST", DAY,
        "Wed May 01 2024 12:30:00 GMT+0000 (Coordinated Universal Time)", "Wed May 01 2024 08:30:00 GMT-0400 (Eastern Daylight Time)",
        datetime.datetime(2024, 5, 1, 23), "20240501233000", 20240501233000, "20240501T233000Z",
    )),
    ("Sept. 3, 2024", datetime.date(2024, 9, 3)), ("13/05/2024", datetime.date(2024, 5, 13)), ("05/13/2024", datetime.date(2024, 5, 13)),
    ("05/05/2024", datetime.date(2024, 5, 5)), ("01/05/2024", aggregate.AMBIGUOUS), ("01-05-2024", aggregate.AMBIGUOUS),
    *((text, aggregate.NO_DATE) for text in (None, "", "  ", float("nan"))),
    *((text, aggregate.UNREADABLE) for text in (
        "yesterday", "May", "2024", "2024-13-01", "31.02.2024", "29 Feb 2023", "1 Ma 2024", "1 Juk 2024", "01/05/24", "0001-01-01", "2924-05-01",
        "20240532233000", "20240501236000", "2024050123300", "202405012330000",
        "2024-05-01 or so", 0, True, ["2024-05-01"], datetime.date(1, 1, 1),
    )),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), DATES, ids=lambda v: repr(v))
def test_dates(value: object, expected: datetime.date | str) -> None:
    assert read_date(value) == expected


def test_day_first_settles_ambiguous_dates() -> None:
    assert read_date("01/05/2024", day_first=True) == DAY
    assert read_date("05-01-2024", day_first=False) == DAY
    assert read_date("13/05/2024", day_first=False) == aggregate.UNREADABLE


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d %B %Y", "%b %d, %Y", "%G-W%V-%u"]))
def test_written_dates_are_read_back(day: datetime.date, form: str) -> None:
    assert read_date(day.strftime(form)) == day


def test_timeline_has_no_gaps_and_reports_bad_dates() -> None:
    days = ["2024-12-29", "30 December 2024", "2025-01-14", "soon", "01/02/2025", "soon", None]
    rows = [row(source_name="A", target_name="B", meta=json.dumps({"printed": d})) for d in days]
    table = timeline(rows, "week", date="printed")
    assert [(r["start"], r["end"], r["n"], r["support_share"]) for r in table.rows] == [
        ("2024-12-23", "2024-12-29", 1, 1.0),
        ("2024-12-30", "2025-01-05", 1, 1.0),
        ("2025-01-06", "2025-01-12", 0, None),
        ("2025-01-13", "2025-01-19", 1, 1.0),
    ]
    assert table.left_out == {aggregate.UNREADABLE: 2, aggregate.AMBIGUOUS: 1, aggregate.NO_DATE: 1}
    assert table.examples == {aggregate.UNREADABLE: ("soon",), aggregate.AMBIGUOUS: ("01/02/2025",)}
    months = timeline(rows, "month", date="printed", day_first=True)
    assert [(r["start"], r["end"], r["n"]) for r in months.rows] == [("2024-12-01", "2024-12-31", 2), ("2025-01-01", "2025-01-31", 1), ("2025-02-01", "2025-02-28", 1)]
    assert len(timeline(rows, "day", date="printed").rows) == 17


def test_timeline_of_a_chosen_pair() -> None:
    table = timeline(ARTICLES, "week", source="CHN", target="KAZ", by="code")
    assert [r["n"] for r in table.rows] == [3, 1] and table.left_out == {aggregate.OTHER: 4}
    with pytest.raises(DataError, match=r"no stance of source 'China' by code; the most frequent are: 'CHN', 'USA', 'KAZ'"):
        timeline(ARTICLES, source="China", by="code")


NAMES = st.text(min_size=1).filter(lambda t: t.split())


@given(st.lists(st.tuples(NAMES, NAMES, st.sampled_from(["support", "condemnation", "warning"])), max_size=12))
@settings(max_examples=40, deadline=None)
def test_networks_come_back_from_graphml_and_csv(tmp_path_factory: pytest.TempPathFactory, stances: list[tuple[str, str, str]]) -> None:
    import networkx

    folder = tmp_path_factory.mktemp("network")
    made = network([row(label, source_name=s, target_name=t) for s, t, label in stances], by="name")
    made.write_graphml(folder / "x.graphml")
    made.write_csv(folder / "x.csv")

    def clean(name: str) -> str:
        return aggregate._xml(" ".join(name.split()))

    expected = Counter((clean(s), clean(t), label) for s, t, label in stances)
    graph = networkx.read_graphml(folder / "x.graphml", force_multigraph=True)
    assert graph.is_directed()
    name = dict(graph.nodes(data="name"))
    read: Counter[tuple[str, str, str]] = Counter()
    for source, target, edge in graph.edges(data=True):
        assert edge["n"] == edge["weight"] == sum(edge[x] for x in ("support", "condemnation", "warning"))
        assert edge["balance"] == round((edge["support"] - edge["condemnation"]) / edge["n"], 4)
        read.update({(name[source], name[target], x): edge[x] for x in ("support", "condemnation", "warning")})
    assert +read == expected
    with open(folder / "x.csv", newline="", encoding="utf-8") as stream:
        edges = list(csv.DictReader(stream))
    assert {tuple(e) for e in edges} <= {("source", "target", "support", "condemnation", "warning", "balance", "n")}
    assert sum(int(e["n"]) for e in edges) == len(stances)
    assert sorted(clean(e["source"]) for e in edges) == sorted(clean(r["source"]) for r in made.edges.rows)


GOOD = row(source_code="A", target_code="B", id="x", meta=None)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pairs([{"stance": "support"}]), r"row 1: no column 'source_code'; there are: stance; see stancekit.tables.COLUMNS"),
        (lambda: pairs([GOOD, row("none")]), r"row 2: stance 'none' is not a label"),
        (lambda: pairs([row("")]), r"row 1: stance '' is not a label"),
        (lambda: pairs([{**GOOD, "confidence": "high"}]), r"row 1: confidence 'high' is not a probability"),
        (lambda: pairs([{**GOOD, "confidence": 1.5}]), r"confidence 1.5 is not a probability"),
        (lambda: pairs("results.jsonl"), r"item 1 is str, expected an Article or a row; read files with"),
        (lambda: pairs([{**GOOD, "id": None}], copies={}), r"row 1: no id.*give each article an id"),
        (lambda: pairs([row("n", source_code="A", target_code="B")]), r"has the name of a column"),
        (lambda: timeline([{**GOOD, "meta": "May"}]), r"row 1: meta 'May' is not a JSON object"),
        (lambda: copies([Article("a b c d")]), r"article 1 \(''\): it has no id"),
        (lambda: copies([Article("a", id="x"), Article("b", id="x")]), r"article 2 \('x'\): there is another of that id"),
        (lambda: copies([GOOD]), r"item 1 is dict, expected an Article; give the articles, not their rows"),
        (lambda: pairs([]).write_csv("/no/such/folder/x.csv"), r"no such folder: /no/such/folder; make it first"),
    ],
)
def test_bad_data(call: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pairs([], by="country"), "by 'country' is unknown; expected one of code, name, party"),
        (lambda: pairs([], min_confidence=50), "min_confidence 50 is not a probability"),
        (lambda: parties([], "author"), "role 'author' is unknown"),
        (lambda: timeline([], "year"), "unit 'year' is unknown; expected one of day, week, month"),
    ],
)
def test_bad_settings(call: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        call()


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    wilson.cache_clear()
    for package in ("scipy.stats", "sklearn.feature_extraction.text", "pandas"):
        monkeypatch.setitem(sys.modules, package, None)
    for call in (lambda: pairs([GOOD]), lambda: copies(ARTICLES)):
        with pytest.raises(MissingExtraError, match=r"stancekit\[evaluate\]"):
            call()
    edges = network([GOOD]).edges
    assert edges.counted == 1
    with pytest.raises(MissingExtraError, match=r"stancekit\[tables\]"):
        edges.to_frame()


def test_offsets_of_a_frame_are_whole_numbers_also_where_some_are_missing() -> None:
    text = "Norway praised Kenya. Rain was welcome."
    whole, rest = Span.of(text, 0, 21), Span.of(text, 22, len(text))
    named = Stance("support", whole, Span.of(text, 0, 6), Span.of(text, 15, 20))
    frame = tables.to_frame(Article(text, (Statement(whole, (named,)), Statement(rest, (Stance("support", rest, None, None),)))))
    assert {str(frame[c].dtype) for c in ("start", "end", "source_start", "source_end", "target_start", "target_end")} == {"Int64"}
    assert [text[a:b] for a, b in zip(frame.target_start.dropna(), frame.target_end.dropna(), strict=True)] == ["Kenya"]
    assert frame.source_start.isna().tolist() == [False, True]


def test_a_frame_holds_what_utf_8_cannot_and_has_its_types_when_empty() -> None:
    text = "Oslo thanked \ud83d Nairobi."
    whole = Span.of(text, 0, len(text))
    gold = Article(text, (Statement(whole, (Stance("support", whole, Span.of(text, 0, 4), Span.of(text, 13, 22)),)),), meta={"title": "\ud83d"})
    frame = tables.to_frame([gold])
    assert frame.sentence.tolist() == ["Oslo thanked \ufffd Nairobi."] and frame.target.tolist() == ["\ufffd Nairobi"]
    for found in (frame, tables.to_frame([])):
        assert {c: str(found[c].dtype).lower() for c in tables.TYPES} == tables.TYPES


def test_only_articles_make_a_frame() -> None:
    for bad, kind in (([ARTICLES[0].to_dict()], "dict"), ("abc", "str"), ([None], "NoneType")):
        with pytest.raises(TypeError, match=f"to_frame takes articles, got {kind}; a record becomes one by Article.from_dict"):
            tables.to_frame(bad)
