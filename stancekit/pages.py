"""Self-contained HTML pages: an evaluation with its errors, and a report of who takes which stance toward whom.

What stands in an article, a label or a file name comes out as text, never as markup: Jinja2 with autoescape on, and in the report a
script that sets nothing but text. A page loads nothing; its Content-Security-Policy forbids that, and every script but the report's own.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import stancekit
from stancekit import aggregate, codes, tables
from stancekit.errors import DataError
from stancekit.schema import LABELS, Article, Span, Stance

if TYPE_CHECKING:
    from jinja2 import Environment

    from stancekit.evaluation import ErrorCase

LEVEL_NAMES = {"statement": "statement", "stance_target": "stance + target", "stance_source_target": "stance + target + source"}

KIND_MEANINGS = {
    "exchanged direction": "The label is right; source and target have changed places.",
    "wrong source": "Label and target are right, the source is another.",
    "wrong target": "The label is right, the target is another; the source may be another too.",
    "wrong label": "The target is right, the label is another; the source may be another too.",
    "false positive": "Predicted, and no missed stance of the sentence has enough in common with it.",
    "miss": "Not predicted, and no wrong prediction in the sentence has enough in common with it.",
}
"""What each kind of `evaluation.ERROR_KINDS` means, for readers of the page."""

FORMS = 3
"""Wordings of a party shown beside its name."""

_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a sentence in which no span begins or ends; `note` names the spans that end with it."""

    text: str
    roles: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class _Case:
    error: ErrorCase
    pieces: Sequence[_Piece]


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    meaning: str
    cases: Sequence[_Case]


@dataclass(frozen=True, slots=True)
class _Point:
    """A bin of the reliability diagram, in the coordinates of its drawing."""

    x: float
    y: float
    radius: float
    confidence: float
    right: float
    n: int


@dataclass(frozen=True, slots=True)
class _Section:
    number: int
    report: Mapping[str, Any]
    points: Sequence[_Point]
    slices: Sequence[tuple[str, Sequence[tuple[str, Mapping[str, Any]]]]]
    kinds: Sequence[_Kind] | None
    total: int
    extra: int
    missed: int


_Key = tuple[str, str]
"""How a party is told apart: what it goes by ("code", "name", "text", "" for nobody), and that."""


def evaluation_page(reports: Sequence[Mapping[str, Any]], errors: Mapping[str, Sequence[ErrorCase]] | None = None) -> str:
    """The reports of `evaluation.evaluate_files` as one page; with `errors` (by the reports' "data") every error too."""
    known = [r["data"] for r in reports]
    for data in errors or ():
        if data not in known:
            raise DataError(f"errors of {data!r}, but no report of it", remedy=f"there are reports of: {', '.join(known) or 'nothing'}")
    sections = [_section(number, report, errors) for number, report in enumerate(reports, 1)]
    return _render("evaluation.html.j2", title="Evaluation", sections=sections)


COMPARED: tuple[tuple[str, list[str]], ...] = (
    ("only the second is right", ["second"]),
    ("only the first is right", ["first"]),
    ("neither is right", []),
    ("both are right", ["first", "second"]),
)
"""The groups of sentences on which two models differ, and who is right there."""


def comparison_page(result: Mapping[str, Any], names: tuple[str, str]) -> str:
    """What `evaluation.compare_models` returns as a page; `names`: what the two models are called."""
    cases = result["differences"]
    groups = [{"name": name, "cases": found} for name, who in COMPARED if (found := [c for c in cases if c["right"] == who])]
    return _render("comparison.html.j2", title="Comparison", result=result, names=names, groups=groups, total=len(cases))


def _section(number: int, report: Mapping[str, Any], errors: Mapping[str, Sequence[ErrorCase]] | None) -> _Section:
    found = None if errors is None or "baseline" in report else errors.get(report["data"])  # they are the model's
    cases = found or ()
    return _Section(
        number=number,
        report=report,
        points=list(_points(report.get("calibration", {}).get("bins", ()))),
        slices=_slices(report.get("slices", {})),
        kinds=None if found is None else _kinds(found),
        total=len(cases),
        extra=sum(case.predicted is not None for case in cases),
        missed=sum(case.gold is not None for case in cases),
    )


def _slices(slices: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, list[tuple[str, Mapping[str, Any]]]]]:
    """Slices ("genre: wire") by kind, kinds of few values first; of many values those with most gold stances come first."""
    kinds: dict[str, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
    for name, counts in slices.items():
        kind, _, value = name.partition(": ")
        kinds[kind].append((value, counts))
    for kind in ("genre", "outlet"):
        kinds.get(kind, []).sort(key=lambda row: -(row[1]["right"] + row[1]["missed"]))
    return sorted(kinds.items(), key=lambda item: len(item[1]))


def _points(bins: Sequence[Mapping[str, Any]]) -> Iterator[_Point]:
    """The bins in the template's square: 270 units a side from (40, 280) upward; a point's area grows with its predictions."""
    most = max((b["n"] for b in bins), default=1)
    for b in bins:
        x, y, radius = 40 + 270 * b["confidence"], 280 - 270 * b["right"], 2.5 + 6.5 * (b["n"] / most) ** 0.5
        yield _Point(round(x, 1), round(y, 1), round(radius, 1), b["confidence"], b["right"], b["n"])


def _kinds(errors: Sequence[ErrorCase]) -> list[_Kind]:
    """The errors by kind, the most frequent kind first."""
    groups: dict[str, list[_Case]] = defaultdict(list)
    for error in errors:
        groups[error.kind].append(_Case(error, _pieces(error.sentence, error.offset, list(_roles(error)))))
    order = list(KIND_MEANINGS)
    for kind in groups:
        if kind not in order:
            raise DataError(f"unknown kind of error {kind!r}", remedy=f"expected one of {', '.join(order)}")
    names = sorted(groups, key=lambda kind: (-len(groups[kind]), order.index(kind)))
    return [_Kind(name, KIND_MEANINGS[name], groups[name]) for name in names]


def _roles(error: ErrorCase) -> Iterator[tuple[str, Span]]:
    for origin, stance in (("gold", error.gold), ("predicted", error.predicted)):
        if stance is not None:
            yield from ((f"{origin} {role}", span) for role, span in _spans(stance))


def _spans(stance: Stance) -> Iterator[tuple[str, Span]]:
    for role, span in (("source", stance.source), ("target", stance.target)):
        if span is not None:
            yield role, span


def _pieces(sentence: str, offset: int, spans: Sequence[tuple[str, Span]]) -> list[_Piece]:
    """The sentence cut where spans begin and end, so that spans may overlap in any way."""
    places = [(role, span.start - offset, span.end - offset) for role, span in spans]
    borders = sorted({0, len(sentence), *(edge for _, start, end in places for edge in (start, end))})
    return [
        _Piece(
            sentence[a:b],
            tuple(role for role, start, end in places if start <= a and b <= end),
            _note([role for role, _, end in places if end == b]),
        )
        for a, b in pairwise(borders)
    ]


def _note(ends: Sequence[str]) -> str:
    """The spans that end at a place; "source" alone where gold and prediction agree that it is one."""
    out = []
    for role in ("source", "target"):
        both = {f"gold {role}", f"predicted {role}"}
        found = [e for e in ends if e.split()[-1] == role]
        out += [role] if both <= set(found) else found
    return ", ".join(out)


def report_page(data: Iterable[Article | Mapping[str, Any]], title: str, copies: Mapping[str, str] | None = None) -> str:
    """Who takes which stance toward whom in predicted (or annotated) articles, with the sentences as evidence.

    `data`: articles, or rows of their stances (`tables.COLUMNS`), which show the sentences alone. Parties go by code, else by name;
    where names were never resolved (annotated articles), else by the words of the text. Dates are `meta["date"]`, read by
    `aggregate.read_date`; those that cannot be read are counted and shown. `copies` (of `aggregate.copies`): articles that are left
    out, and counted.
    """
    report = _Report(copies or {})
    for number, item in enumerate(data, 1):
        if isinstance(item, Article):
            report.add_article(item)
        else:
            report.add_row(tables.parse_row(item, f"row {number}"), f"row {number}")
    return _render(
        "report.html.j2",
        title=title,
        report=report,
        payload=json.dumps(report.payload(), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        script=_script(),
        script_hash=base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode(),
    )


class _Table:
    """Values by number, each once."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}

    def __call__(self, value: Any) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


COLUMNS = ("article", "label", "source", "target", "confidence", "text", "start", "end", "s0", "s1", "t0", "t1", "sourceName", "targetName")
"""What the report's script knows of a stance: numbers into the lists beside, and offsets in UTF-16 code units; -1 for nothing."""


class _Report:
    """Collects what the report shows. `articles`, `with_stance`: how many were read; rows tell only of those with a stance."""

    def __init__(self, copies: Mapping[str, str]) -> None:
        self.copies = copies
        self.articles = self.with_stance = self.left_out = 0
        self.from_rows = False
        self.dates: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {aggregate.UNREADABLE: [], aggregate.AMBIGUOUS: []}
        self._told: list[dict[str, Any]] = []
        self._texts: list[str] = []
        self._labels, self._parties, self._names = _Table(), _Table(), _Table()
        self._rows: dict[tuple[Any, Any], int | None] = {}
        self._forms: dict[_Key, Counter[str]] = defaultdict(Counter)
        self._columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        for label in LABELS:
            self._labels(label)

    @property
    def total(self) -> int:
        return len(self._columns["label"])

    def add_article(self, article: Article) -> None:
        self.articles += 1
        if article.id in self.copies:
            self.left_out += 1
            return
        self.with_stance += bool(article.stances)
        number = self._article(article.id, article.meta, len(self._texts) if article.stances else -1)
        units = self._text(article.text) if article.stances else ()
        for s in article.stances:
            places = [None if span is None else (units[span.start], units[span.end]) for span in (s.statement, s.source, s.target)]
            words = [(s.source and s.source.text, s.source_name, s.source_code), (s.target and s.target.text, s.target_name, s.target_code)]
            self._add(number, s.stance, s.confidence, places, words, s.source_kind is not None)

    def add_row(self, row: Mapping[str, Any], place: str) -> None:
        """A row of `tables.parse_row`."""
        self.from_rows = True
        key = (row["id"], row["meta"])
        if key not in self._rows:
            copy = row["id"] in self.copies
            self.articles += 1
            self.left_out += copy
            self.with_stance += not copy
            self._rows[key] = None if copy else self._article(row["id"] or "", _meta(row["meta"], place), -1)
        if (number := self._rows[key]) is None:
            return
        units = self._text(row["sentence"])
        found = (_place(row, role) for role in ("source", "target"))
        places = [(0, units[-1]), *(at and (units[at[0]], units[at[1]]) for at in found)]
        words = [(row[role], row[f"{role}_name"], row[f"{role}_code"]) for role in ("source", "target")]
        self._add(number, row["stance"], row["confidence"], places, words, row["source_kind"] is not None)

    def _text(self, text: str) -> Sequence[int]:
        """Keeps a text; its UTF-16 code units before each character."""
        self._texts.append(_UNSHOWABLE.sub("\ufffd", text))
        return range(len(text) + 1) if text.isascii() else list(accumulate((1 + (c > "\uffff") for c in text), initial=0))

    def _article(self, identifier: str, meta: Mapping[str, Any], text: int) -> int:
        day = aggregate.read_date(meta.get("date"))
        self.dates["" if isinstance(day, datetime.date) else day] += 1
        if isinstance(day, str) and day in self.examples:
            self.examples[day] = list(dict.fromkeys([*self.examples[day], _plain(meta["date"])[:40]]))[:FORMS]
        when = day.isoformat() if isinstance(day, datetime.date) else ""
        told = {"date": _plain(meta.get("date")), "outlet": _plain(meta.get("outlet"))}
        self._told.append({"id": _plain(identifier), "day": when, **told, "text": text})
        return len(self._told) - 1

    def _add(
        self,
        article: int,
        label: str,
        confidence: float | None,
        places: Sequence[tuple[int, int] | None],
        words: Sequence[tuple[Any, Any, Any]],
        resolved: bool,
    ) -> None:
        """One stance in the last text; `places` of sentence, source and target, `words` (text, name, code) of source and target.

        Where names were `resolved`, a party without one is not known: "it" in two articles is not one party.
        """
        parties, names = [], []
        for said, name, code in words:
            key = _party(None if resolved else said, name, code)
            parties.append(self._parties(key) if key[1] else -1)
            self._forms[key].update(form for form in [_plain(name) or _plain(said)] if form)
            names.append(-1 if name is None else self._names(_plain(name)))
        offsets = [offset for place in places for offset in (place or (-1, -1))]
        sure = confidence if confidence is None else round(confidence, 4)
        values = [article, self._labels(_plain(label)), *parties, sure, len(self._texts) - 1, *offsets, *names]
        for column, value in zip(COLUMNS, values, strict=True):
            self._columns[column].append(value)

    def payload(self) -> dict[str, Any]:
        """What the script reads."""
        return {
            "labels": list(self._labels.numbers),
            "parties": [self._shown(key) for key in self._parties.numbers],
            "names": list(self._names.numbers),
            "articles": self._told,
            "texts": self._texts,
            "stances": self._columns,
        }

    def _shown(self, key: _Key) -> dict[str, Any]:
        """A party's name, its code, and how texts name it."""
        by, name = key
        forms = [form for form, _ in self._forms[key].most_common(FORMS + 1)]
        known = _code_names().get(name) if by == "code" else None
        full = known or (forms[0] if by == "code" and forms else name)
        return {"name": full, "code": name if by == "code" else "", "forms": [form for form in forms if form != full][:FORMS]}


@cache
def _code_names() -> dict[str, str]:
    return {**codes.country_names(), **{code: names[0] for code, (_, names) in codes.ORGANISATION_NAMES.items()}}


def _place(row: Mapping[str, Any], role: str) -> tuple[int, int] | None:
    """Where a source or target stands in its sentence: by its offsets, in tables without them where its words first occur."""
    words, sentence = row[role], row["sentence"]
    if not words:
        return None
    start = row[f"{role}_start"]
    at = sentence.find(words) if start is None or row["start"] is None else start - row["start"]
    return (at, at + len(words)) if at >= 0 and sentence[at : at + len(words)] == words else None


def _meta(cell: str | None, place: str) -> Mapping[str, Any]:
    try:
        meta = json.loads(cell or "{}")
    except ValueError:
        meta = None
    if not isinstance(meta, dict):
        raise DataError(f"meta {cell!r:.80} is not a JSON object", place=place, remedy="keep it as stancekit.tables writes it")
    return meta


def _plain(value: object) -> str:
    """A value as one line of text that can be shown; "" for None."""
    return "" if value is None else _UNSHOWABLE.sub("\ufffd", " ".join(str(value).split()))


def _party(said: object, name: object, code: object) -> _Key:
    known = (("code", _plain(code)), ("name", _plain(name)), ("text", _plain(said)))
    return next((key for key in known if key[1]), ("", ""))


@cache
def _script() -> str:
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), "report.js")[0]


def article_html(article: Article) -> str:
    """The article's text with sources, targets and labels marked as in the report, for notebooks."""
    parts: list[tuple[list[_Piece], Sequence[Stance]]] = []
    at = 0
    for statement in article.statements or ():
        if statement.stances:
            spans = list(dict.fromkeys(span for s in statement.stances for span in _spans(s)))
            parts.append((_pieces(article.text[at : statement.span.start], at, []), ()))
            parts.append((_pieces(statement.span.text, statement.span.start, spans), statement.stances))
            at = statement.span.end
    parts.append((_pieces(article.text[at:], at, []), ()))
    return _render("article.html.j2", parts_of=parts)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("stancekit"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["label_class"] = lambda name: name if name in LABELS else "other"
    environment.filters["level"] = lambda key: LEVEL_NAMES.get(key.split("/")[0], key)
    return environment


def _render(template: str, **values: object) -> str:
    """The page; characters that HTML or UTF-8 cannot hold (controls, lone surrogates) and those that turn the direction
    of the text behind them become visible placeholders."""
    page = _environment().get_template(template).render(version=stancekit.__version__, **values)
    return _UNSHOWABLE.sub(lambda match: " " if match.group().isspace() else "\ufffd", page) + "\n"
