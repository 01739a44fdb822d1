"""Pages: hostile text stays text, every error stands there once, counts are those of `metrics`, nothing is loaded.

What the report's script does with its data is tried in a browser: `scripts/check_report.py`.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import SEEDS, run
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit import metrics, pages, tables
from stancekit.corpus import read_marks
from stancekit.data import write_records
from stancekit.errors import DataError
from stancekit.evaluation import ERROR_KINDS, ErrorCase, error_cases, evaluate_articles, evaluate_files
from stancekit.pages import evaluation_page, report_page
from stancekit.pipeline import Model
from stancekit.schema import LABELS, Article, Query, Span, Stance, Statement
from stancekit.suggestions import moved

VOID = {"meta", "br", "hr", "rect", "line", "polyline", "input"}
HOSTILE = "<script>alert(1)</script> \"'><img src=x onerror=alert(2)> {{ 7191 * 7 }} {% if %} {# </style>&lt; \x1b[31m\x00 \ud800 \u202e\u2066"

Marked = tuple[str, str | None, str | None]


class Page(HTMLParser):
    """Reads a page strictly: tags are balanced, no event, no address but places on the page, no script but the one that its policy
    names by its hash. `data`: what that script reads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.notes: list[str] = []
        self.policy = ""
        self.scripts: dict[str, str] = {}
        self.feed(page)
        self.close()
        assert not self.open
        assert len(set(self.ids)) == len(self.ids)
        assert set(self.links) <= {f"#{i}" for i in self.ids}
        for address in (r"\bhttps?:", r"//", r"\burl\s*\(", r"@import", r"\bdata:", r"javascript:"):
            assert not re.search(address, "".join(self.raw), re.IGNORECASE), address
        code = self.scripts.pop("", None)
        digest = code and base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert self.policy == "default-src 'none'; style-src 'unsafe-inline';%s base-uri 'none'; form-action 'none'" % (
            f" script-src 'sha256-{digest}';" if code else ""
        )
        assert self.scripts.keys() <= {"application/json"} and not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|fetch", code or "")
        self.data = json.loads(self.scripts.get("application/json", "null"))

    @property
    def raw(self) -> list[str]:
        """Everything but text: what a browser acts on."""
        return self._raw

    def reset(self) -> None:
        super().reset()
        self._raw: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"iframe", "img", "link", "object", "embed", "base", "video", "audio", "image", "use"}
        self.tags[tag] += 1
        for name, value in attrs:
            assert not name.startswith("on") and name not in {"src", "srcset", "srcdoc", "action", "background", "xlink:href"}
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")
            if name == "content" and "default-src" in (value or ""):
                self.policy = value or ""
            if name == "data-role":
                self.notes.append(value or "")
            assert name != "style"
            if name not in {"title", "content", "aria-label"}:
                self._raw.append(f"{name}={value}")
        if tag == "script":
            kind = str(dict(attrs).get("type", ""))
            assert kind not in self.scripts
            self.scripts[kind] = ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[list(self.scripts)[-1]] += data
        else:
            (self._raw if self.open and self.open[-1] == "style" else self.words).append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def article(*lines: tuple[str, Sequence[Stance | Marked]], id: str = "x", **meta: object) -> Article:
    """An article of sentences with their stances (label, source, target; a Stance's spans count from its sentence)."""
    text = " ".join(sentence for sentence, _ in lines)
    statements, at = [], 0
    for sentence, stances in lines:
        span = Span.of(text, at, at + len(sentence))

        def place(words: str | None, at: int = at, sentence: str = sentence) -> Span | None:
            return None if words is None else Span.of(text, at + sentence.index(words), at + sentence.index(words) + len(words))

        made = []
        for s in stances:
            label, source, target, *more = s
            made.append(Stance(label, span, place(source), place(target), **(more[0] if more else {})))
        statements.append(Statement(span, tuple(made)))
        at += len(sentence) + 1
    return Article(text, tuple(statements), id, meta)


SENTENCE = "Norway condemned the raid on Mali, and Chad agreed."
SURE = {"confidence": 0.8}
# (kind, gold, predicted)
ONE_OF_EACH: list[tuple[str, list, list]] = [
    ("exchanged direction", [("condemnation", "Norway", "Mali")], [("condemnation", "Mali", "Norway", SURE)]),
    ("wrong source", [("condemnation", "Norway", "Mali")], [("condemnation", "Chad", "Mali", SURE)]),
    ("wrong target", [("condemnation", "Norway", "Mali")], [("condemnation", "Norway", "Chad", SURE)]),
    ("wrong label", [("condemnation", "Norway", "Mali")], [("warning", "Norway", "Mali", SURE)]),
    ("false positive", [], [("support", "Chad", "Norway", SURE)]),
    ("miss", [("support", "Chad", "Norway")], []),
    ("", [("condemnation", "Norway", "the raid on Mali")], [("condemnation", "Norway", "the raid", SURE)]),  # right
    ("", [("support", "Chad", "Norway", {"optional": True})], []),
    ("", [("support", "Chad", "Norway", {"optional": True})], [("support", "Chad", "Norway", SURE)]),
]


def one_of_each() -> tuple[Article, Article]:
    return tuple(article(*((SENTENCE, case[side]) for case in ONE_OF_EACH), id="every kind") for side in (1, 2))  # type: ignore[return-value]


def strict(gold: Article, guess: Article) -> metrics.Counts:
    return metrics.score_article(gold, guess, "stance_source_target").micro


def test_every_kind_appears_exactly_once() -> None:
    gold, guess = one_of_each()
    cases = error_cases([gold], [guess])
    assert [c.kind for c in cases] == [kind for kind, _, _ in ONE_OF_EACH if kind]
    assert set(ERROR_KINDS) == {c.kind for c in cases} == set(pages.KIND_MEANINGS)
    for number, case in enumerate(cases):
        assert (case.article, case.sentence, case.offset) == ("every kind", SENTENCE, number * (len(SENTENCE) + 1))
        assert (case.gold is None, case.predicted is None) == (case.kind == "false positive", case.kind == "miss")
    page = Page(evaluation_page([report(gold, guess)], {"gold.jsonl": cases}))
    for kind in ERROR_KINDS:
        assert page.text.count(f"{kind.capitalize()} (1)") == 1
    assert "6 errors" in page.text and "5 extra, 5 missed" in page.text
    assert page.text.count("none that fits") == 2
    assert page.notes == [
        "gold source, predicted target", "predicted source, gold target",  # exchanged: Norway, Mali
        "gold source", "target", "predicted source",
        "source", "gold target", "predicted target",
        "source", "target",
        "predicted target", "predicted source",
        "gold target", "gold source",
    ]  # fmt: skip


def report(gold: Article, guess: Article, data: str = "gold.jsonl") -> dict:
    class Told:
        labels = LABELS

    return {"data": data, "recipe": {"stancekit": "0"}, **evaluate_articles(Told(), [gold], 0, [guess])}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gold", "predicted", "kinds"),
    [
        # the stronger pair wins, the others stay alone
        ([("warning", "Norway", "Mali")], [("warning", "Chad", "Norway"), ("warning", "Norway", "Chad")], ["wrong target", "false positive"]),
        ([("warning", "Norway", "Mali")], [("support", "Norway", "Mali"), ("warning", "Chad", "Mali")], ["wrong source", "false positive"]),
        # nothing but the source in common: two errors
        ([("warning", "Norway", "Mali")], [("support", "Norway", "Chad")], ["miss", "false positive"]),
        # nothing but a target that is named nowhere
        ([("warning", "Norway", None)], [("support", "Chad", None)], ["miss", "false positive"]),
        ([("warning", None, "Mali")], [("warning", "Norway", "Mali")], ["wrong source"]),
        ([("warning", "Norway", "Mali")], [("warning", "Chad", "the raid")], ["wrong target"]),
        ([("warning", "Norway", "Mali")], [("support", "Chad", "Mali")], ["wrong label"]),
        # the same stance twice: one is right, the other too many
        ([("support", "Chad", "the raid on Mali")], [("support", "Chad", "the raid"), ("support", "Chad", "Mali")], ["false positive"]),
        # disputed gold pairs with nothing
        ([("warning", "Norway", "Mali", {"optional": True})], [("warning", "Chad", "Mali")], ["false positive"]),
    ],
)
def test_a_wrong_pair_has_its_most_specific_kind(gold: list, predicted: list, kinds: list[str]) -> None:
    found = error_cases([article((SENTENCE, gold))], [article((SENTENCE, predicted))])
    assert [c.kind for c in found] == kinds


def test_sentences_cut_differently_are_shown_whole() -> None:
    text = "Norway warned Chad: it must stop the raid"
    gold = Article(text, (Statement(Span.of(text, 0, 41), (Stance("warning", Span.of(text, 0, 41), Span.of(text, 0, 6), Span.of(text, 33, 41)),)),))
    half = Span.of(text, 0, 18)
    guess = Article(text, (Statement(half, (Stance("warning", half, Span.of(text, 0, 6), Span.of(text, 14, 18)),)),))
    (case,) = error_cases([gold], [guess])
    assert (case.kind, case.sentence, case.offset) == ("wrong target", text, 0)
    assert Page(evaluation_page([report(gold, guess)], {"gold.jsonl": [case]})).tags["mark"] == 4 + 3  # four in the legend


def test_errors_outside_the_annotated_sentences_stand_in_text_order() -> None:
    both = article((SENTENCE, [("support", "Chad", "Mali")]), (SENTENCE, [("support", "Chad", "Norway")]))
    later = Article(both.text, both.statements[1:])  # type: ignore[index]
    missed = Article(both.text, (replace(both.statements[0]), Statement(both.statements[1].span)))  # type: ignore[index]
    assert [(c.kind, c.offset) for c in error_cases([later], [missed])] == [("false positive", 0), ("miss", len(SENTENCE) + 1)]


WORDS = ("Norway", "the raid on Mali", "Mali", "Chad", None)
STANCES = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from(WORDS), st.sampled_from(WORDS), st.booleans()), max_size=4, unique_by=lambda s: s[:3]
)
SIDES = st.lists(st.tuples(STANCES, STANCES), min_size=1, max_size=3)


@settings(max_examples=150, deadline=None)
@given(SIDES)
def test_counts_agree_with_metrics(sides: list) -> None:
    gold = article(*((SENTENCE, [(a, b, c, {"optional": d}) for a, b, c, d in g]) for g, _ in sides))
    guess = article(*((SENTENCE, [(a, b, c, SURE) for a, b, c, _ in p]) for _, p in sides))
    cases, counts = error_cases([gold], [guess]), strict(gold, guess)
    golds, guesses = [c.gold for c in cases if c.gold], [c.predicted for c in cases if c.predicted]
    assert (len(guesses), len(golds)) == (counts.extra, counts.missed)
    assert len(set(map(id, golds))) == len(golds) and len(set(map(id, guesses))) == len(guesses)
    assert not any(g.optional for g in golds)
    assert {c.kind for c in cases} <= set(ERROR_KINDS)
    assert [c.offset for c in cases] == sorted(c.offset for c in cases)
    assert error_cases([gold], [gold]) == []
    page = Page(evaluation_page([report(gold, guess)], {"gold.jsonl": cases})).text
    assert f"{counts.extra} extra, {counts.missed} missed" in page or not cases


def test_kinds_stand_in_order_of_their_number() -> None:
    gold, guess = article(*[(SENTENCE, [("support", "Chad", "Mali")])] * 3), article(*[(SENTENCE, [])] * 2, (SENTENCE, [("support", "Norway", "Mali")]))
    page = evaluation_page([report(gold, guess)], {"gold.jsonl": error_cases([gold], [guess])})
    assert page.index("Miss (2)") < page.index("Wrong source (1)") and "False positive" not in page


def test_errors_that_fit_nothing_are_refused() -> None:
    gold, guess = one_of_each()
    (case, *_) = error_cases([gold], [guess])
    with pytest.raises(DataError, match=r"errors of 'b', but no report.*gold\.jsonl"):
        evaluation_page([report(gold, guess)], {"b": []})
    with pytest.raises(DataError, match="unknown kind of error 'typo'; expected one of exchanged"):
        evaluation_page([report(gold, guess)], {"gold.jsonl": [replace(case, kind="typo")]})
    with pytest.raises(DataError, match="1 gold and 2 predicted"):
        error_cases([gold], [guess, guess])
    with pytest.raises(ValueError, match="different texts"):
        error_cases([gold], [article((SENTENCE, []))])


def hostile() -> tuple[Article, Article]:
    sentence = f"Norway {HOSTILE} condemned Mali."
    party = {"confidence": 0.5, "source_name": HOSTILE, "target_code": HOSTILE, "source_kind": HOSTILE}
    stances = [("condemnation", HOSTILE, "Mali", party), (HOSTILE, "Norway", HOSTILE, party)]
    meta = {"date": HOSTILE, "genre": HOSTILE, "outlet": HOSTILE}
    return tuple(article((sentence, made), id=HOSTILE, **meta) for made in ([("warning", HOSTILE, "Mali")], stances))  # type: ignore[return-value]


def test_hostile_text_stays_text() -> None:
    gold, guess = hostile()
    made = {**report(gold, guess, data=HOSTILE), "recipe": {HOSTILE: HOSTILE}}
    evaluation, told = evaluation_page([made, made], {HOSTILE: error_cases([gold], [guess])}), report_page([gold, guess], HOSTILE)
    for page in (evaluation, told, guess._repr_html_()):
        assert "<script>a" not in page and "<img" not in page and "50337" not in page
        assert not set("\x1b\x00\u202e\u2066") & set(page)
        page.encode("utf-8")
    assert "alert(1)</script>" in Page(evaluation).text and "{{ 7191 * 7 }} {% if %} {#" in Page(evaluation).text
    read = Page(told)
    assert "alert(1)</script>" in read.text  # the heading
    shown = HOSTILE.translate(dict.fromkeys(map(ord, "\x1b\x00\ud800\u202e\u2066"), "\ufffd"))
    assert all(shown in text for text in read.data["texts"]) and {a["outlet"] for a in read.data["articles"]} == {shown}


def test_files_become_a_page(tiny_model: Model, tmp_path: Path) -> None:
    write_records(tmp_path / "a.jsonl", list(read_marks(SEEDS / "articles" / "a1.txt"))[:4])
    write_records(tmp_path / "q.jsonl", [Query("Norway warned Mali.", "Mali", label="warning", id="q")])
    names = [str(tmp_path / "a.jsonl"), str(tmp_path / "q.jsonl")]
    errors: dict[str, list[ErrorCase]] = {}
    reports = evaluate_files(tiny_model, names, 50, errors)
    assert list(errors) == names[:1] and reports == evaluate_files(tiny_model, names, 50)
    micro = reports[0]["scores"]["stance_source_target/overlap"]["micro"]
    assert sum(c.predicted is not None for c in errors[names[0]]) == micro["extra"] > 0
    assert sum(c.gold is not None for c in errors[names[0]]) == micro["missed"] > 0
    text = evaluation_page(json.loads(json.dumps(reports)), errors)
    page = Page(text)
    low, high = reports[0]["scores"]["stance_target/overlap"]["interval"]
    assert f"{low:.3f}–{high:.3f}" in page.text
    assert all(f"#errors-1-{n}" in page.links for n in range(1, 1 + len({c.kind for c in errors[names[0]]})))
    assert page.tags["svg"] == 1 and page.tags["circle"] == len(reports[0]["calibration"]["bins"])
    assert reports[0]["recipe"]["model"] in page.text and "1 question, accuracy" in page.text
    assert all(part in page.text for name in reports[0]["slices"] for part in name.split(": ", 1))
    short = Page(evaluation_page(reports))
    assert "Errors" not in short.text and short.tags["table"] == page.tags["table"]


def test_nothing_found_is_said() -> None:
    silent, empty = article((SENTENCE, [])), report(article((SENTENCE, [])), article((SENTENCE, [])))
    page = Page(evaluation_page([empty], {"gold.jsonl": []}))
    assert "No prediction to judge." in page.text and "None." in page.text and page.tags["svg"] == 0
    assert "No stance was found." in Page(report_page([silent, Article("Unread.")], "T")).text
    assert "0 articles, 0 with a stance; 0 stances." in Page(report_page([], "T")).text
    assert "Evaluation" in Page(evaluation_page([])).text


def predictions(second: object = "2025-05-01") -> list[Article]:
    norway, mali = {"source_name": "Norway", "source_code": "NOR"}, {"target_name": "Mali", "target_code": "MLI"}
    return [
        article(("Oslo backed Mali.", [("support", "Oslo", "Mali", {**norway, **mali, "confidence": 0.91})]), id="1", date="2025-05-02T10:00:00Z"),
        article(("Norway warned Mali.", [("warning", "Norway", "Mali", {**norway, **mali})]), ("It rained.", []), id="2", date=second),
        article(("They condemned  the raid.", [("condemnation", "They", " the raid", {"source_name": "Chad"})]), id="3", date="Tuesday"),
        article(("Chad praised the raid.", [("praise", "Chad", "the raid", {"source_name": "Chad"})]), id="4"),
        article(("Shame on Mali.", [("condemnation", None, "Mali", mali)]), id="5", date=None),
    ]


def told(data: Sequence[Article] | list[dict], **more: object) -> list[dict]:
    """What a report says of each stance: label, parties as (name, code), confidence, the marked words, day and outlet."""
    page = Page(report_page(data, "T", **more)).data  # type: ignore[arg-type]
    out = []
    for row in zip(*page["stances"].values(), strict=True):
        s = dict(zip(page["stances"], row, strict=True))
        text = page["texts"][s["text"]].encode("utf-16-le", "surrogatepass")

        def cut(start: int, end: int, text: bytes = text) -> str | None:
            return None if start < 0 else text[2 * start : 2 * end].decode("utf-16-le")

        def party(number: int) -> tuple[str, str] | None:
            return None if number < 0 else (page["parties"][number]["name"], page["parties"][number]["code"])

        where = page["articles"][s["article"]]
        out.append(
            {
                "label": page["labels"][s["label"]],
                "parties": (party(s["source"]), party(s["target"])),
                "confidence": s["confidence"],
                "words": (cut(s["start"], s["end"]), cut(s["s0"], s["s1"]), cut(s["t0"], s["t1"])),
                "names": tuple(page["names"][s[k]] if s[k] >= 0 else None for k in ("sourceName", "targetName")),
                "where": (where["id"], where["day"], where["date"], where["outlet"]),
            }
        )
    return out


def test_a_report_has_labels_parties_words_and_dates() -> None:
    articles = predictions()
    page = report_page(iter(articles), "May")
    assert page == report_page(predictions(datetime.date(2025, 5, 1)), "May")
    read = Page(page)
    assert "5 articles, 5 with a stance; 5 stances." in read.text
    assert "Articles with an unreadable date: 1 (Tuesday)" in read.text and "Articles without a date: 2." in read.text
    assert read.data["labels"] == [*LABELS, "praise"]
    mali, chad, raid = ("Mali", "MLI"), ("Chad", ""), ("the raid", "")
    found = told(articles)
    assert [(s["label"], *s["parties"]) for s in found] == [
        ("support", ("Norway", "NOR"), mali),
        ("warning", ("Norway", "NOR"), mali),
        ("condemnation", chad, raid),
        ("praise", chad, raid),
        ("condemnation", None, mali),
    ]
    assert found[0]["words"] == ("Oslo backed Mali.", "Oslo", "Mali") and found[0]["names"] == ("Norway", "Mali") and found[0]["confidence"] == 0.91
    assert [s["where"][1:3] for s in found] == [
        ("2025-05-02", "2025-05-02T10:00:00Z"), ("2025-05-01", "2025-05-01"), ("", "Tuesday"), ("", ""), ("", ""),
    ]  # fmt: skip


def test_a_party_that_resolving_left_without_a_name_is_not_known() -> None:
    """ "It" in two articles is not one party; where names were never resolved, words are all there is."""
    raw = article(("It backed Mali.", [("support", "It", "Mali")]))
    seen = article(("It backed Mali.", [("support", "It", "Mali", {"source_kind": "pronoun", "target_name": "Mali"})]))
    assert [s["parties"] for s in told([raw, seen])] == [(("It", ""), ("Mali", "")), (None, ("Mali", ""))]


def test_a_report_of_rows_is_that_of_their_articles_but_for_the_texts() -> None:
    articles = [a for a in predictions() if a.id != "4"]
    seen = article(("A day 😀 on, Chad warned Chad.", [("warning", "Chad", "Chad", {"source_kind": "named", "target_name": "Chad"})]), id="6", outlet="AP")
    articles.append(Article("First. " + seen.text, tuple(moved(s, 7) for s in seen.statements or ()), "6", seen.meta))
    rows = [row for a in articles for row in tables.rows(a)]
    assert told(rows) == told(articles)
    assert told(articles)[-1]["words"] == ("A day 😀 on, Chad warned Chad.", "Chad", "Chad")
    cells = [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]  # as CSV has them
    old = [{k: row[k] for k in tables.FIRST_COLUMNS} for row in rows]  # of a version before offsets were there
    assert told(cells) == told(rows) == told(old)
    page = Page(report_page(rows, "T"))
    assert "5 articles with a stance; 5 stances." in page.text and "articles without a stance are not in it" in page.text
    assert {a["text"] for a in page.data["articles"]} == {-1}
    with pytest.raises(DataError, match="row 1: no stance in the row"):
        report_page([{**rows[0], "stance": ""}], "T")
    with pytest.raises(DataError, match="row 2: start 'x' is not a number"):
        report_page([rows[0], {**rows[1], "start": "x"}], "T")


def test_copies_are_left_out_and_counted() -> None:
    page = Page(report_page(predictions(), "T", {"2": "1"}))
    assert "5 articles, 4 with a stance; 4 stances. Left out as copies of another article: 1." in page.text
    assert [a["id"] for a in page.data["articles"]] == ["1", "3", "4", "5"]


def test_copies_are_left_out_of_rows_too_and_rows_beside_articles_keep_their_own() -> None:
    rows = [row for a in predictions() for row in tables.rows(a)]
    page = Page(report_page(rows, "T", {"2": "1"}))
    assert "Left out as copies of another article: 1." in page.text and "2" not in [a["id"] for a in page.data["articles"]]
    first, *others = predictions()
    mixed = [first, *(row for a in others for row in tables.rows(a))]
    assert [s["where"] for s in told(mixed)] == [s["where"] for s in told(predictions())]


def test_odd_values_of_a_record_do_not_stop_a_report() -> None:
    record = predictions()[0].to_dict()
    record["meta"] = {"date": ["2025", None]}
    record["statements"][0]["stances"][0].update(target_code="  ")
    read = Article.from_dict(record)
    odd = replace(read.stances[0], source_code=["NOR"], source_name=7)  # no record has these, but Python may
    (stance,) = told([replace(read, statements=(replace(read.statements[0], stances=(odd,)), *read.statements[1:]))])
    assert stance["parties"] == (("7", "['NOR']"), ("Mali", "")) and stance["where"][1:3] == ("", "['2025', None]")


def test_a_notebook_shows_sources_targets_and_labels() -> None:
    shown = predictions()[0]._repr_html_()
    assert '<mark class="source" title="source" data-role="source">Oslo</mark> backed <mark class="target"' in shown
    assert '<span class="label support"><bdi>support</bdi></span> 0.91' in shown


def test_evaluate_writes_a_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    gold, out = tmp_path / "gold.jsonl", tmp_path / "page.html"
    write_records(gold, list(read_marks(SEEDS / "articles" / "a1.txt"))[:3])
    common = ("--model", tiny_checkpoint, "--resamples", "20", "--threads", "1")
    assert run(monkeypatch, "evaluate", gold, "--json", "--html", out, *common) == 0
    (printed,) = json.loads(capsys.readouterr().out)
    page = Page(out.read_text(encoding="utf-8"))
    micro = printed["scores"]["stance_source_target/overlap"]["micro"]
    assert f"{micro['extra']} extra, {micro['missed']} missed" in page.text
    before = gold.read_bytes()
    assert run(monkeypatch, "evaluate", gold, "--html", gold, *common) == 1 and gold.read_bytes() == before
    assert "would be overwritten; give the output another name" in capsys.readouterr().err
    assert run(monkeypatch, "evaluate", gold, "--html", tmp_path / "no" / "page.html", *common) == 1
    assert "no such folder" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gold.jsonl", "page.html"]


def test_a_baseline_has_a_name_on_the_page_and_not_the_errors_of_the_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    gold, train, out = tmp_path / "gold.jsonl", tmp_path / "train.jsonl", tmp_path / "page.html"
    articles = list(read_marks(SEEDS / "articles" / "a1.txt"))[:4]
    write_records(gold, articles[:2])
    write_records(train, articles[2:])
    questions = [Query("He praised Kenya.", "Kenya", "He", "support", "q1"), Query("It rained in Kenya.", "Kenya", None, "none", "q2")]
    write_records(tmp_path / "questions.jsonl", questions)
    options = ("--html", out, "--resamples", "0", "--model", tiny_checkpoint, "--threads", "1")
    assert run(monkeypatch, "evaluate", gold, tmp_path / "questions.jsonl", "--baseline", "majority", "--train", train, *options) == 0
    text = Page(out.read_text(encoding="utf-8")).text
    assert text.count("Errors") == 1, "whose errors are these?"
    assert text.count("baseline majority") == 4, "two files, each in the contents and over its scores"
    assert "95 %: 0." not in text, "no interval was asked for"


def test_report_writes_a_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_model: Model
) -> None:
    source, out = tmp_path / "out.jsonl", tmp_path / "report.html"
    read = tiny_model.predict("The minister condemned the attack. He warned Russia <script>, and Kenya supports peace talks.")
    assert read.stances
    write_records(source, [read, *predictions()])
    assert run(monkeypatch, "report", source, "-o", out) == 0
    page = Page(out.read_text(encoding="utf-8"))
    assert f"Stances in {source}" in page.text and f"{len(read.stances) + 5} stances" in page.text
    assert run(monkeypatch, "report", source, "-o", out, "--title", "<b>May</b>") == 0
    assert "<title>&lt;b&gt;May&lt;/b&gt;</title>" in out.read_text(encoding="utf-8")
    assert run(monkeypatch, "report", source, "-o", source) == 1 and "would be overwritten" in capsys.readouterr().err
    assert run(monkeypatch, "report", "--help") == 0


def test_tables_of_predict_become_pages_and_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    """CSV and Parquet, by the ending of -o; what is odd in the input is counted."""
    source, pages = tmp_path / "news.csv", []
    text = "The minister condemned the attack. He warned Russia, and Kenya supports peace talks."
    source.write_text(f'key,day,outlet,body\na,2025-05-01,AP,"{text}"\na,2025-05-02,AFP,"{text} 😀"\nb,,,\n', encoding="utf-8")
    for name in ("out.csv", "out.parquet", "out.jsonl"):
        out, page = tmp_path / name, tmp_path / "page.html"
        words = ("predict", source, "--text-column", "body", "--id-column", "key", "-o", out, "-m", tiny_checkpoint, "--threads", "1")
        assert run(monkeypatch, *words) == 0
        err = capsys.readouterr().err
        assert "texts without a word: 1" in err and "texts with the id of an earlier one: 1" in err
        assert run(monkeypatch, "report", out, "-o", page, "--title", "T") == 0
        pages.append(page.read_text(encoding="utf-8"))
        assert run(monkeypatch, "count", out, "-o", tmp_path / f"{name}.pairs.csv") == 0
    assert pages[0] == pages[1] and Page(pages[0]).data["stances"]["label"] == Page(pages[2]).data["stances"]["label"] != []
    assert (tmp_path / "out.csv.pairs.csv").read_text() == (tmp_path / "out.parquet.pairs.csv").read_text() == (tmp_path / "out.jsonl.pairs.csv").read_text()
    assert run(monkeypatch, *words[:6], "--format", "parquet") == 1 and "name a file with -o" in capsys.readouterr().err
    assert run(monkeypatch, "report", tmp_path / "out.csv", "-o", page, "--once") == 1 and "has no texts to compare" in capsys.readouterr().err
    (tmp_path / "bad.csv").write_text("id,stance,target\n1,support,Mali\n")
    assert run(monkeypatch, "report", tmp_path / "bad.csv", "-o", page) == 1
    assert "no column 'confidence', 'source', 'source_name'" in capsys.readouterr().err
    cut = (tmp_path / "out.csv").read_text().splitlines()
    (tmp_path / "cut.csv").write_text("\n".join([*cut[:2], cut[2].replace(cut[2].split(",")[1], "", 1)]) + "\n")
    assert run(monkeypatch, "report", tmp_path / "cut.csv", "-o", page, "--skip-bad") == 1
    assert "cut.csv:3: no stance in the row" in capsys.readouterr().err


def test_a_report_of_what_is_no_prediction(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "report.html"
    lines = [json.dumps(predictions()[0].to_dict()), '{"id": "raw", "text": "Norway."}', "{", '{"text": "\\ud800", "statements": []}']
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    out.write_text("old")
    assert run(monkeypatch, "report", source, "-o", out) == 1
    assert f"{source}:2: article 'raw' has no \"statements\"; let `stancekit predict" in capsys.readouterr().err
    assert out.read_text() == "old" and not (tmp_path / "report.html.part").exists()
    assert run(monkeypatch, "report", source, "-o", out, "--skip-bad") == 1
    assert "2 bad records" in capsys.readouterr().err
    assert "2 articles, 1 with a stance" in Page(out.read_text(encoding="utf-8")).text
    assert run(monkeypatch, "report", tmp_path / "none.jsonl", "-o", out) == 1 and "no such file" in capsys.readouterr().err


def test_jinja_is_loaded_for_a_page_only() -> None:
    code = "import sys, stancekit.cli, stancekit.evaluation, stancekit.pages; assert 'jinja2' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
