"""What all annotation tools share: a text with drawn regions and links, and the article that comes back; see `stancekit.convert`."""

from __future__ import annotations

import gc
import json
import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate
from operator import is_, itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from stancekit.corpus import text_hash
from stancekit.data import OnError, parse_json
from stancekit.errors import ConfigError, DataError
from stancekit.schema import Article, Span, Stance, Statement, check_label
from stancekit.text import sentences

STATEMENT, SOURCE, TARGET = ROLES = ("STATEMENT", "SOURCE", "TARGET")
"""The names of the spans in every tool."""

OPTIONAL = " (optional)"
"""Stands after the label of an optional stance in Label Studio and Doccano."""

RECORD = "stancekit"
"""The key of the record that travels with a text (JSON in a string: tools round numbers and reorder keys, not strings)."""

COMMENTS = "annotator_comments"
"""The `meta` key that collects what annotators wrote in Doccano comments and brat notes."""

COLORS = {STATEMENT: "#c9ced6", SOURCE: "#3b82f6", TARGET: "#f59e0b"}

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BLANK = re.compile(r"\\[nr]|\s")

Place = tuple[int, int]
"""[start, end) in characters of the article's text."""

Region = tuple[str, Place]
"""Role and place."""


class Link(NamedTuple):
    """A stance as it was drawn; `statement` where the drawing says in which."""

    label: str
    optional: bool
    source: Place | None
    target: Place | None
    statement: Place | None = None


@dataclass(slots=True)
class Drawn:
    """What an annotator left on a text."""

    statements: set[Place] = field(default_factory=set)
    links: list[Link] = field(default_factory=list)


def check_tool_labels(labels: Sequence[str]) -> None:
    """Raises `ConfigError` for labels that no tool can hold."""
    for label in labels:
        if label in ROLES or label.endswith(OPTIONAL) or not label.isprintable() or label != label.strip() or not label:
            raise ConfigError(
                f"label {label!r} does not fit annotation tools; use printable text other than {', '.join(ROLES)} "
                f"that does not end in {OPTIONAL!r} or in white space"
            )


def record_of(article: Article, labels: Sequence[str]) -> dict[str, Any]:
    """What travels beside the text. Raises `DataError` for what no tool can hold."""
    found = _UNSTORABLE.search(article.text)
    if found:
        raise DataError(
            f"the text has {found.group()!r} at {found.start()}, which annotation tools cannot store",
            place=f"article {article.id!r}",
            remedy="replace the character (one for one keeps the offsets)",
        )
    for stance in article.stances:
        try:
            check_label(stance.stance, labels)
        except DataError as error:
            raise error.at(f"article {article.id!r}") from None
    record = {"sha256": text_hash(article.text), **article.to_dict()}
    del record["text"]
    try:
        json.dumps(record, allow_nan=False)
    except (TypeError, ValueError) as error:
        remedy = "turn dates and the like into text, NaN into None"
        raise DataError(f"meta is not JSON: {error}", place=f"article {article.id!r}", remedy=remedy) from None
    return record


def original_of(text: str, record: object) -> Article | None:
    """The article that was written, from its record; None where there is none (a project that stancekit did not write)."""
    if record is None:
        return None
    try:
        known = parse_json(record.encode("utf-8", "surrogatepass"), "") if isinstance(record, str) else record
    except DataError:
        known = None
    if not isinstance(known, Mapping) or "sha256" not in known:
        raise DataError(f"{RECORD!r} is not the record stancekit wrote: {str(record)[:60]!r}", remedy="leave that field as it was exported")
    if known["sha256"] != text_hash(text):
        raise DataError(
            f"the text is not the one that was exported (article {known.get('id')!r}, now {len(text)} characters)",
            remedy="restore the text; spans would point to other words",
        )
    return Article.from_dict({**{k: v for k, v in known.items() if k != "sha256"}, "text": text}, labels=None)


def regions_of(article: Article) -> list[Region]:
    """Statements, sources and targets, each once, in text order of the statements."""
    out: dict[Region, None] = {}
    for statement in article.statements or ():
        out[STATEMENT, place_of(statement.span)] = None
        for stance in statement.stances:
            out.update({(role, place_of(span)): None for role, span in ((SOURCE, stance.source), (TARGET, stance.target)) if span})
    return list(out)


def place_of(span: Span) -> Place:
    """Where a span lies."""
    return span.start, span.end


def ends_of(stance: Stance) -> tuple[Region, Region]:
    """Where a relation that means this stance starts and ends: the statement stands in for what is not named."""
    statement = (STATEMENT, place_of(stance.statement))
    return (
        (SOURCE, place_of(stance.source)) if stance.source else statement,
        (TARGET, place_of(stance.target)) if stance.target else statement,
    )


def tool_label(stance: Stance) -> str:
    """The name of a stance in Label Studio and Doccano."""
    return stance.stance + OPTIONAL * stance.optional


def _read_label(name: object, labels: Sequence[str]) -> tuple[str, bool]:
    """(label, whether optional) of a name in a tool."""
    if not isinstance(name, str):
        raise DataError(f"label {name!r} is not a text", remedy=f"expected one of {', '.join(labels)}")
    return check_label(name.removesuffix(OPTIONAL), labels), name.endswith(OPTIONAL)


def link_up(
    spans: Mapping[str | int, tuple[Sequence[str], Place]],
    relations: Iterable[tuple[str | int, str | int, Sequence[object]]],
    unnamed: Iterable[tuple[Place, object]],
    labels: Sequence[str],
) -> Drawn:
    """What spans (id -> roles, place), relations (from, to, labels) and sentences that carry a label say."""
    drawn = Drawn({place for roles, place in spans.values() if STATEMENT in roles})
    used: set[str | int] = set()
    for start, end, names in relations:
        for identifier in (start, end):
            if identifier not in spans:
                raise DataError(f"a relation points to {identifier!r}, which is no span there", remedy="delete it or draw the span again")
        if not names:
            raise DataError(f"the relation from {start!r} to {end!r} has no label", remedy=f"give it one of {', '.join(labels)}")
        source, at_source = _end(start, spans[start], SOURCE, "starts")
        target, at_target = _end(end, spans[end], TARGET, "ends")
        if at_source and at_target and at_source != at_target:
            raise DataError(f"the relation from {start!r} to {end!r} joins two statements", remedy="link a SOURCE or a TARGET")
        used.update((start, end))
        drawn.links += [Link(*_read_label(name, labels), source, target, at_source or at_target) for name in names]
    for place, name in unnamed:
        drawn.statements.add(place)
        drawn.links.append(Link(*_read_label(name, labels), None, None, place))
    for identifier, (roles, place) in spans.items():
        if identifier not in used and STATEMENT not in roles:
            raise DataError(
                f"{'/'.join(sorted(set(roles)))} span {list(place)} ({identifier!r}) belongs to no stance", remedy="link it or delete it"
            )
    return drawn


def _end(identifier: object, span: tuple[Sequence[str], Place], role: str, verb: str) -> tuple[Place | None, Place | None]:
    """(place of the source or target, None) or (None, place of the statement that stands in for it)."""
    roles, place = span
    if role in roles:
        return place, None
    if STATEMENT in roles:
        return None, place
    raise DataError(
        f"a relation {verb} at {identifier!r}, a {'/'.join(sorted(set(roles)))} span {list(place)}",
        remedy=f"relations go from SOURCE to TARGET; use {STATEMENT} where none is named",
    )


def joined_article(
    text: str, drawn: Drawn | None, original: Article | None, reviewed: bool, identifier: str, meta: Mapping[str, Any]
) -> Article:
    """The article that a drawing means; None is "not annotated". `identifier` is for texts without a record, `meta` is added."""
    if original is not None:
        identifier, meta = original.id, {**original.meta, **meta}
    if drawn is None:
        return Article(text, None, identifier, meta)
    before = {_key(s): (number, s) for number, s in enumerate(original.stances)} if original else {}
    known = {place_of(s.span): s for s in original.statements or ()} if original else {}
    held: dict[Place, list[tuple[int, Stance]]] = {place: [] for place in sorted(drawn.statements)}
    places, pieces = list(held), lru_cache(maxsize=1)(lambda: sentences(text))
    for link in drawn.links:
        at = link.statement if link.statement in held and _holds(link.statement, link) else _statement_of(link, places, pieces)
        number, stance = before.get((at, link.label, link.source, link.target), (len(before), None))
        if stance is None:
            source, target = (place and Span.of(text, *place, role) for place, role in ((link.source, "source"), (link.target, "target")))
            stance = Stance(link.label, Span.of(text, *at, "statement"), source, target, optional=link.optional)
        elif stance.optional != link.optional or (reviewed and stance.confidence is not None):
            stance = replace(stance, optional=link.optional, confidence=None if reviewed else stance.confidence)
        held.setdefault(at, []).append((number, stance))
    statements = []
    for place, found in sorted(held.items()):
        stances = tuple(s for _, s in sorted(found, key=itemgetter(0)))
        old = known.get(place)
        same = old is not None and len(old.stances) == len(stances) and all(map(is_, old.stances, stances))
        statements.append(old if old is not None and same else Statement(Span.of(text, *place, "statement"), stances))
    return Article(text, tuple(statements), identifier, meta)


def _key(stance: Stance) -> tuple[Place, str, Place | None, Place | None]:
    source, target = stance.source, stance.target
    return place_of(stance.statement), stance.stance, place_of(source) if source else None, place_of(target) if target else None


def _holds(statement: Place, link: Link) -> bool:
    start, end = statement
    return all(place is None or (start <= place[0] and place[1] <= end) for place in (link.source, link.target))


def _statement_of(link: Link, statements: Sequence[Place], pieces: Callable[[], Sequence[Place]]) -> Place:
    """The statement drawn around a stance, else the sentence it stands in."""
    named = [place for place in (link.source, link.target, link.statement) if place is not None]
    start, end = min(named)[0], max([b for _, b in named])
    for borders in (statements, None):
        if borders is None:
            borders = pieces()
        found = bisect_left(borders, (start + 1,)) - 1
        if found >= 0 and end <= borders[found][1]:
            return borders[found]
    if link.statement == (start, end):
        return start, end
    raise DataError(
        f"{link.label} from {_shown(link.source)} to {_shown(link.target)} stands in no single sentence",
        remedy=f"draw a {STATEMENT} around it, or mark source and target inside one sentence",
    )


def _shown(place: Place | None) -> str:
    return "nobody" if place is None else str(list(place))


def same_text(first: str, second: str) -> bool:
    """Whether two readings of a span agree; tools change line ends and blanks."""
    return first == second or _BLANK.sub("", first) == _BLANK.sub("", second)


def utf16_units(text: str) -> Sequence[int]:
    """UTF-16 code units before each character, and their number: (characters + 1)."""
    return range(len(text) + 1) if max(text, default="") <= "\uffff" else list(accumulate((1 + (c > "\uffff") for c in text), initial=0))


def field_of(record: Mapping[str, Any], name: str, kind: type, what: str) -> Any:
    """A field of an export, of the type it must have. Raises `DataError` naming what is there."""
    value = record.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        found = ", ".join(map(str, record)) or "nothing"
        raise DataError(
            f"{what} has no {kind.__name__} {name!r} (it has {found})", remedy="export it in the form that the documentation names"
        )
    return value


def mappings_of(record: Mapping[str, Any], name: str, what: str) -> list[Mapping[str, Any]]:
    """A field that is a list of objects; nothing there is an empty list. Raises `DataError` for anything else."""
    items = record.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, (dict, Mapping)) for item in items):  # dict first: Mapping alone is slow
        raise DataError(f"{name!r} of {what} is not a list of objects", remedy="give the file as it was exported")
    return items


def identifier_of(value: object, what: str) -> str | int:
    """The id of a region or span. Raises `DataError` for what is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise DataError(f"{what} is {value!r}, expected a text or a whole number", remedy="give the file as it was exported")
    return value


def names_of(value: object, what: str, *of: object) -> list[str]:
    """A list of names. Raises `DataError` for anything else; `what` is a format that `of` fills in then."""
    if not isinstance(value, list) or [name for name in value if not isinstance(name, str)]:
        raise DataError(f"{what.format(*map(repr, of))} is {value!r}, expected a list of names", remedy="give the file as it was exported")
    return value


def each_article(items: Iterable[tuple[str, Any]], build: Callable[[Any], Article], on_error: OnError | None) -> Iterator[Article]:
    """Builds (place, item) one by one; a bad one raises with its place, or goes to `on_error` and is left out."""
    for place, item in items:
        try:
            if not isinstance(item, (Mapping, bytes, Path)):
                raise DataError(f"got a JSON {type(item).__name__}", remedy="give one object for each text")
            with uncollected():
                article = build(item)
        except DataError as error:
            if on_error is None:
                raise error.at(place) from None
            on_error(error.at(place))
        else:
            yield article


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search for unreachable cycles: nothing here makes any, and it goes over all objects of a large export again and again.
    It is off for the whole process meanwhile; a thread that finds it off leaves it so, and who turned it off turns it on."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def file_bytes(path: str | os.PathLike[str]) -> bytes:
    """The content of a file. Raises `DataError` where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise DataError(f"no such file: {os.fspath(path)}", remedy="check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise DataError(f"cannot read {os.fspath(path)!r}: {error}", remedy="check the path and its permissions") from None


def as_seen(drawn: Drawn, original: Article | None, reviewed: bool) -> Drawn | None:
    """None where nothing was drawn on an article that was not annotated, or on a text that comes from elsewhere."""
    bare = (original is None or original.statements is None) and not drawn.statements and not drawn.links
    return None if bare and not reviewed else drawn


def with_comments(meta: Mapping[str, Any], comments: Sequence[Any], original: Article | None) -> dict[str, Any]:
    """`meta` with what annotators wrote, after what had been written there before."""
    before = original.meta.get(COMMENTS, []) if original else []
    new = [c for c in comments if not isinstance(before, list) or c not in before]
    return {**meta, COMMENTS: [*(before if isinstance(before, list) else [before]), *new]} if new else dict(meta)
