"""The records: spans, stances, statements, articles, queries and answers.

Gold annotation and prediction are the same classes. Everything is frozen and checked at birth, so
whatever holds an `Article` can rely on it: every span slices its own text, statements are in order
and do not overlap, labels are known. Forms and task: docs in README ("Record forms"), guide version
in `GUIDE_VERSION`.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stancekit.errors import DataError

if TYPE_CHECKING:
    import pandas

GUIDE_VERSION = "2026-11"
"""Version of the annotation guide that records, models and documentation follow."""

LABELS: tuple[str, ...] = ("support", "condemnation", "warning")
"""The default stance labels, in the order of every label axis. A checkpoint may carry others."""

NONE = "none"
"""The answer to a given-target question where there is no stance; never a label on an `Article`."""

OFFSETS = "offsets count Python characters (not bytes), half-open [start, end)"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of an article's text: `text == article.text[start:end]`, half-open character offsets."""

    start: int
    end: int
    text: str = field(compare=False)

    def __post_init__(self) -> None:
        start, end = _offsets(self.start, self.end, "span")
        if start is not self.start or end is not self.end:
            object.__setattr__(self, "start", start)
            object.__setattr__(self, "end", end)
        if len(self.text) != self.end - self.start:
            raise DataError(
                f"span [{self.start}, {self.end}] is {self.end - self.start} characters long "
                f"but its text has {len(self.text)}",
                remedy=OFFSETS,
            )

    @classmethod
    def of(cls, text: str, start: int, end: int, what: str = "span") -> Span:
        """The span [start, end) of `text`. Raises `DataError` where that lies outside the text."""
        start, end = _offsets(start, end, what, text)
        return cls(start, end, text[start:end])

    def overlap(self, other: Span) -> int:
        """Characters shared with `other`."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def matches(self, other: Span) -> bool:
        """The evaluation's overlap rule: the two share at least half of the shorter one."""
        return 2 * self.overlap(other) >= min(self.end - self.start, other.end - other.start)


def _offsets(start: Any, end: Any, what: str, text: str | None = None) -> tuple[int, int]:
    """The two as plain integers. Raises `DataError` where they are none, or no piece of `text`."""
    if type(start) is type(end) is int and 0 <= start < end and (text is None or end <= len(text)):
        return start, end
    first, last = _offset(start), _offset(end)
    if first is None or last is None:
        raise DataError(f"{what} [{start!r}, {end!r}] needs two non-negative integers", remedy=OFFSETS)
    if text is not None and last > len(text):
        raise DataError(f"{what} [{first}, {last}] ends past the text ({len(text)} characters)", remedy=OFFSETS)
    if last <= first:
        raise DataError(f"{what} [{first}, {last}] is empty or reversed", remedy=OFFSETS)
    return first, last


def _offset(value: Any) -> int | None:
    """A non-negative integer of any type (numpy's too) as a plain one, None for anything else."""
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None
    return number if number >= 0 else None


@dataclass(frozen=True, slots=True)
class Stance:
    """One stance: who (`source`) takes which stance toward whom or what (`target`).

    `statement` is the sentence it stands in. `source` is None where the statement names nobody,
    `target` None where it does not name it. `confidence` is a calibrated probability in [0, 1] for
    predictions and None for gold annotation. Names and codes are resolved through the article.
    `optional` marks gold that careful readers dispute: evaluation counts it neither as missed nor as wrong.
    """

    stance: str
    statement: Span
    source: Span | None = None
    target: Span | None = None
    confidence: float | None = None
    source_name: str | None = None
    target_name: str | None = None
    source_code: str | None = None
    target_code: str | None = None
    source_kind: str | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.stance, str) or not self.stance:
            raise DataError(f"stance {self.stance!r} is not a label", remedy=f"expected one of {', '.join(LABELS)}")
        if self.stance == NONE:
            raise DataError('"none" is not a stance of an article', remedy="leave the stance out instead")
        for name in ("source", "target"):
            span = getattr(self, name)
            if span is not None and not (self.statement.start <= span.start and span.end <= self.statement.end):
                raise DataError(
                    f"{name} [{span.start}, {span.end}] lies outside its statement "
                    f"[{self.statement.start}, {self.statement.end}]",
                    remedy="mark it inside the sentence, or null where the sentence does not name it",
                )
        if self.confidence is not None:
            number = isinstance(self.confidence, (int, float)) and not isinstance(self.confidence, bool)
            if not (number and 0.0 <= self.confidence <= 1.0):
                raise DataError(f"confidence {self.confidence!r} is not a probability in [0, 1]")

    @property
    def key(self) -> tuple[str, Span | None, Span | None]:
        """What makes two stances of a statement the same: label, source, target."""
        return self.stance, self.source, self.target


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an article with its stances (possibly none)."""

    span: Span
    stances: tuple[Stance, ...] = ()

    def __post_init__(self) -> None:
        for stance in self.stances:
            if stance.statement is not self.span and stance.statement != self.span:
                raise DataError(
                    f"stance of statement [{stance.statement.start}, {stance.statement.end}] "
                    f"listed under [{self.span.start}, {self.span.end}]"
                )
        if len(self.stances) > 1:
            self._check_keys()

    def _check_keys(self) -> None:
        seen = set()
        for stance in self.stances:
            if stance.key in seen:
                raise DataError(
                    f"{stance.stance} with the same source and target is listed twice in statement "
                    f"[{self.span.start}, {self.span.end}]",
                    remedy="list each stance once",
                )
            seen.add(stance.key)


@dataclass(frozen=True, slots=True)
class Article:
    """A text with its statements; `statements` is None where the article is not annotated. Its hash leaves `meta` out."""

    text: str
    statements: tuple[Statement, ...] | None = None
    id: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise DataError(f"text is {type(self.text).__name__}, expected a string")
        end = 0
        for statement in self.statements or ():
            span = statement.span
            if span.start < end:
                raise DataError(
                    f"statement [{span.start}, {span.end}] overlaps or precedes the one before it (which ends at {end})",
                    remedy="list statements in text order, without overlap",
                )
            end = span.end
            pieces = (span, *(p for s in statement.stances for p in (s.source, s.target)))
            for piece in pieces:
                if piece is not None and self.text[piece.start : piece.end] != piece.text:
                    raise DataError(
                        f"span [{piece.start}, {piece.end}] reads {piece.text[:40]!r} but the article has "
                        f"{self.text[piece.start : piece.end][:40]!r} there",
                        remedy=OFFSETS,
                    )

    @property
    def stances(self) -> tuple[Stance, ...]:
        """Every stance, in text order."""
        return tuple(stance for statement in self.statements or () for stance in statement.stances)

    def to_dict(self) -> dict[str, Any]:
        """The article form (see README, "Record forms"). Predictions add confidence, names and codes."""
        record: dict[str, Any] = {"id": self.id, "text": self.text}
        if self.meta:
            record["meta"] = dict(self.meta)
        if self.statements is not None:
            record["statements"] = [
                {"start": s.span.start, "end": s.span.end, "stances": [_stance_to_dict(x) for x in s.stances]}
                for s in self.statements
            ]
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], labels: Sequence[str] | None = LABELS) -> Article:
        """Reads the article form; `labels` restricts the stance labels (None allows any). Keys that the form has not go into `meta`.

        Raises `DataError` naming the field and the value of whatever does not fit.
        """
        if not isinstance(record, Mapping):
            raise DataError(f"an article is a JSON object, got {type(record).__name__}")
        text = _required(record, "text", str)
        statements = record.get("statements")
        if statements is not None and not isinstance(statements, list):
            raise _unfit("statements", statements, "a list", "write null where the article is not annotated")
        meta = record.get("meta") or {}
        if not isinstance(meta, Mapping):
            raise _unfit("meta", meta, "an object", "write it in braces, or leave it out")
        return cls(
            text,
            None if statements is None else tuple(_statement(text, s, labels) for s in statements),
            _identifier(record),
            {**{str(k): v for k, v in record.items() if k not in _ARTICLE_KEYS}, **meta},
        )

    def to_frame(self) -> pandas.DataFrame:
        """The stances as a `pandas.DataFrame`, one row each (columns: `stancekit.tables.COLUMNS`). Needs the extra `tables`."""
        from stancekit.tables import to_frame

        return to_frame(self)

    def _repr_html_(self) -> str:
        """The text with sources, targets and labels marked, for notebooks. Hostile text is shown as text."""
        from stancekit.pages import article_html

        return article_html(self)


_ARTICLE_KEYS = frozenset(("id", "text", "meta", "statements"))
_EXTRA = ("confidence", "source_name", "target_name", "source_code", "target_code", "source_kind")


def _stance_to_dict(stance: Stance) -> dict[str, Any]:
    record: dict[str, Any] = {"stance": stance.stance}
    for name in ("source", "target"):
        span = getattr(stance, name)
        record[name] = None if span is None else [span.start, span.end]
    for name in _EXTRA:
        value = getattr(stance, name)
        if value is not None:
            record[name] = value
    if stance.optional:
        record["optional"] = True
    return record


def _required(record: Mapping[str, Any], name: str, kind: type) -> Any:
    if name not in record:
        found = ", ".join(sorted(map(str, record))) or "nothing"
        raise DataError(f'the key "{name}" is missing', remedy=f"found {found}")
    value = record[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        if kind is int and _offset(value) is not None:  # numpy's
            return value
        if kind is int:
            raise _unfit(name, value, "a whole number", OFFSETS)
        raise _unfit(name, value, "a string", "write it in quotes, or leave the record out")
    return value


def _unfit(name: str, value: object, expected: str, remedy: str) -> DataError:
    """The error for a value of the wrong type."""
    return DataError(f'"{name}" is {said(value)}, expected {expected}', remedy=remedy)


def said(value: object, most: int = 60) -> str:
    """A value in JSON's words (null, true), cut short."""
    try:
        words = json.dumps(value, ensure_ascii=False, default=repr)
    except (ValueError, TypeError, RecursionError):
        words = type(value).__name__
    return words if len(words) <= most else words[: most - 1] + "…"


def _identifier(record: Mapping[str, Any]) -> str:
    """The id of a record, empty where it has none."""
    value = record.get("id", "")
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise _unfit("id", value, "a string or a whole number", "write it in quotes, or leave it out")
    return str(value)


def check_label(label: object, allowed: Sequence[str]) -> str:
    """`label` if it is one of `allowed`, else a `DataError` that lists them."""
    if not isinstance(label, str) or label not in allowed:
        raise DataError(f"unknown label {label!r}", remedy=f"expected one of {', '.join(allowed)}")
    return label


def _pair(text: str, value: object, what: str) -> Span | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise DataError(f"{what} {value!r} is not [start, end] or null", remedy=OFFSETS)
    return Span.of(text, value[0], value[1], what)


def _optional(record: Mapping[str, Any]) -> bool:
    """Whether a stance is optional; null is no."""
    value = record.get("optional")
    if value is not None and not isinstance(value, bool):
        raise DataError(f'"optional" is {value!r}, expected true or false', remedy="write it without quotes, or leave it out")
    return bool(value)


def _extra(record: Mapping[str, Any]) -> dict[str, Any]:
    """What predictions add to a stance: texts, and the confidence, which `Stance` checks."""
    found = {name: record[name] for name in _EXTRA if name in record}
    for name in found:
        if name != "confidence" and not (found[name] is None or isinstance(found[name], str)):
            raise DataError(f'"{name}" is {found[name]!r}, expected a string or null', remedy="write it in quotes, or leave it out")
    return found


def _statement(text: str, record: object, labels: Sequence[str] | None) -> Statement:
    if not isinstance(record, (dict, Mapping)):  # dict first: Mapping alone is slow
        raise DataError(f"a statement is an object, got {type(record).__name__}")
    span = Span.of(text, _required(record, "start", int), _required(record, "end", int), "statement")
    stances = record.get("stances", [])
    if not isinstance(stances, list):
        raise _unfit("stances", stances, "a list", "write [] where the statement has none")
    read = []
    for item in stances:
        if not isinstance(item, (dict, Mapping)):
            raise DataError(f"a stance is an object, got {type(item).__name__}")
        label = _required(item, "stance", str)
        if labels is not None:
            check_label(label, labels)
        read.append(
            Stance(
                label,
                span,
                _pair(text, item.get("source"), "source"),
                _pair(text, item.get("target"), "target"),
                optional=_optional(item),
                **_extra(item),
            )
        )
    return Statement(span, tuple(read))


@dataclass(frozen=True, slots=True)
class Query:
    """A given-target question: which stance does the text take (through `source`) toward `target`?

    `target` and `source` are a `(start, end)` tuple into `text`, or a string; a target string that does
    not occur in the text is allowed. `label` is the gold answer where there is one. Its hash leaves `meta` out.
    """

    text: str
    target: tuple[int, int] | str
    source: tuple[int, int] | str | None = None
    label: str | None = None
    id: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise DataError(f"text is {type(self.text).__name__}, expected a string")
        for name in ("target", "source"):
            value = getattr(self, name)
            if value is None and name == "source":
                continue
            if isinstance(value, str):
                if not value.strip():
                    raise DataError(f"{name} {value!r} is empty", remedy="give a name or a (start, end) tuple")
            elif isinstance(value, (list, tuple)) and len(value) == 2:
                span = Span.of(self.text, value[0], value[1], name)
                object.__setattr__(self, name, (span.start, span.end))
            else:
                raise DataError(
                    f"{name} {value!r} is neither a (start, end) tuple nor a string",
                    remedy="give offsets into the text or the name itself",
                )

    def to_dict(self) -> dict[str, Any]:
        """The query form."""
        record: dict[str, Any] = {"id": self.id, "text": self.text}
        for name in ("source", "target"):
            value = getattr(self, name)
            record[name] = list(value) if isinstance(value, tuple) else value
        if self.label is not None:
            record["label"] = self.label
        if self.meta:
            record["meta"] = dict(self.meta)
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], labels: Sequence[str] | None = LABELS) -> Query:
        """Reads the query form; unknown keys are kept in `meta`."""
        if not isinstance(record, Mapping):
            raise DataError(f"a query is a JSON object, got {type(record).__name__}")
        if "target" not in record:
            raise DataError('the key "target" is missing', remedy="a query asks about a target")
        label = record.get("label")
        if label is not None and labels is not None:
            check_label(label, (NONE, *labels))
        known = ("id", "text", "source", "target", "label", "meta")
        given = record.get("meta") or {}
        if not isinstance(given, Mapping):
            raise _unfit("meta", given, "an object", "write it in braces, or leave it out")
        meta = {**given, **{k: v for k, v in record.items() if k not in known}}
        return cls(_required(record, "text", str), record["target"], record.get("source"), label, _identifier(record), meta)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a `Query`: `label` is the most probable of `scores`, which sum to 1. Its hash is the label's."""

    label: str
    scores: Mapping[str, float] = field(hash=False)

    def to_dict(self) -> dict[str, Any]:
        """Label and scores."""
        return {"label": self.label, "scores": dict(self.scores)}


def iter_spans(article: Article) -> Iterator[Span]:
    """Every span of an article: statements, sources, targets."""
    for statement in article.statements or ():
        yield statement.span
        for stance in statement.stances:
            yield from (span for span in (stance.source, stance.target) if span is not None)
