"""Self-contained HTML pages: an evaluation with its errors, and a report of who takes which stance toward whom.

Jinja2 with autoescape on: what stands in an article, a label or a file name comes out as text, never as markup. A page has no
script and loads nothing, and its Content-Security-Policy forbids both.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import stancekit
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
"""Wordings of a party shown under its code or name."""

_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?!\d)")


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
    kinds: Sequence[_Kind] | None
    total: int
    extra: int
    missed: int


@dataclass(frozen=True, slots=True)
class _Party:
    """A source or target as a table names it; an empty name where the text names nobody."""

    name: str
    forms: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Evidence:
    stance: Stance
    article: str
    date: str | None
    pieces: Sequence[_Piece]


@dataclass(frozen=True, slots=True)
class _Pair:
    source: _Party
    target: _Party
    counts: Counter[str]
    evidence: Sequence[_Evidence]


@dataclass(slots=True)
class _Date:
    name: str
    articles: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.counts.total()


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


def _section(number: int, report: Mapping[str, Any], errors: Mapping[str, Sequence[ErrorCase]] | None) -> _Section:
    found = None if errors is None else errors.get(report["data"])
    cases = found or ()
    return _Section(
        number=number,
        report=report,
        points=list(_points(report.get("calibration", {}).get("bins", ()))),
        kinds=None if found is None else _kinds(found),
        total=len(cases),
        extra=sum(case.predicted is not None for case in cases),
        missed=sum(case.gold is not None for case in cases),
    )


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


def report_page(articles: Iterable[Article], title: str) -> str:
    """Who takes which stance toward whom in predicted (or annotated) articles, with the sentences as evidence.

    Parties go by code, else by name, else by the words of the text. Dates are `meta["date"]`: days of ISO 8601 dates in
    order, anything else as it stands after them.
    """
    counts: Counter[str] = Counter()
    evidence: dict[tuple[_Key, _Key], list[_Evidence]] = defaultdict(list)
    forms: dict[_Key, Counter[str]] = defaultdict(Counter)
    dates: dict[str, _Date] = {}
    undated = _Date("")
    read = with_stance = sentences = 0
    for article in articles:
        date = _date(article)
        row = undated if date is None else dates.setdefault(date, _Date(date))
        read += 1
        row.articles += 1
        with_stance += bool(article.stances)
        sentences += sum(bool(s.stances) for s in article.statements or ())
        for s in article.stances:
            source, target = _party(s.source, s.source_name, s.source_code), _party(s.target, s.target_name, s.target_code)
            for party, span, name in ((source, s.source, s.source_name), (target, s.target, s.target_name)):
                forms[party].update(f for f in [_plain(name) or _plain(span and span.text)] if f)
            pieces = _pieces(s.statement.text, s.statement.start, list(_spans(s)))
            evidence[source, target].append(_Evidence(s, article.id, date, pieces))
            counts[s.stance] += 1
            row.counts[s.stance] += 1
    pairs = [_pair(*key, found, forms) for key, found in sorted(evidence.items(), key=lambda item: (-len(item[1]), item[0]))]
    table = sorted(dates.values(), key=lambda d: (_DAY.fullmatch(d.name) is None, d.name))
    return _render(
        "report.html.j2",
        title=title,
        articles=read,
        with_stance=with_stance,
        sentences=sentences,
        total=counts.total(),
        labels=[*LABELS, *(name for name in counts if name not in LABELS)],
        counts=counts,
        pairs=pairs,
        dates=table,
        most_on_a_date=max((d.total for d in table), default=0) or 1,
        undated=undated,
    )


def _date(article: Article) -> str | None:
    value = _plain(article.meta.get("date"))
    day = _DAY.match(value)
    return day.group() if day else value or None


def _plain(value: object) -> str:
    """A value as one line of text; "" for None."""
    return "" if value is None else " ".join(str(value).split())


def _party(span: Span | None, name: str | None, code: str | None) -> _Key:
    known = (("code", _plain(code)), ("name", _plain(name)), ("text", _plain(span and span.text)))
    return next((key for key in known if key[1]), ("", ""))


def _pair(source: _Key, target: _Key, evidence: Sequence[_Evidence], forms: Mapping[_Key, Counter[str]]) -> _Pair:
    def shown(key: _Key) -> _Party:
        return _Party(key[1], [form for form, _ in forms[key].most_common() if form != key[1]][:FORMS])

    return _Pair(shown(source), shown(target), Counter(e.stance.stance for e in evidence), evidence)


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
    """The page; characters that HTML or UTF-8 cannot hold (controls, lone surrogates) become visible placeholders."""
    page = _environment().get_template(template).render(version=stancekit.__version__, **values)
    return _UNSHOWABLE.sub(lambda match: " " if match.group().isspace() else "\ufffd", page) + "\n"
