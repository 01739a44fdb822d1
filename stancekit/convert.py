r"""Articles to and from annotation tools: Label Studio, Doccano and brat stand-off; and what to annotate next.

In every tool a statement is a span STATEMENT around the sentence, a source a span SOURCE, a target a span TARGET; a word that is
source of one stance and target of another carries both. The stance itself:

    tool           stance with source and target     without source        without target        without both
    Label Studio   relation SOURCE -> TARGET         STATEMENT -> TARGET   SOURCE -> STATEMENT   choice on STATEMENT
    Doccano        relation SOURCE -> TARGET         STATEMENT -> TARGET   SOURCE -> STATEMENT   span with the stance's label
    brat           event (trigger: the sentence)     no Source argument    no Target argument    no argument

The name of the relation, choice, span or event is the stance's label, with `OPTIONAL` after it where the stance is optional (brat: the
attribute `Optional`). What a tool has no place for (id, meta, confidence, names, codes, order, whether the article is annotated at
all) travels beside the text as a record, together with a hash of the text. Reading joins the two: a stance that comes back as it was
keeps everything, a new or changed one has label, source and target. An annotator need not draw a STATEMENT around a new stance:
without one it belongs to the sentence that holds its source and target.

Offsets: stancekit, brat and Label Studio count characters (older versions of Label Studio counted UTF-16 code units; the text it
records with each span tells which), Doccano counts UTF-16 code units, so that an emoji is two. Line ends stay as they are everywhere.

Labels and text: no tool can hold a label named like a span above, ending in `OPTIONAL`, or not printable (`ConfigError`), nor a text
with NUL or a lone surrogate (`DataError`). Errors name the task, record or line.
"""

from __future__ import annotations

import gc
import json
import os
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate
from operator import is_
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from stancekit.corpus import marks_files, read_marks, text_hash, to_marks
from stancekit.data import OnError, dump, parse_json, parse_line, read_articles, read_lines, replacing, write_records
from stancekit.errors import ConfigError, DataError, MissingExtraError
from stancekit.schema import LABELS, Article, Span, Stance, Statement, check_label
from stancekit.text import sentences

STATEMENT, SOURCE, TARGET = ROLES = ("STATEMENT", "SOURCE", "TARGET")
"""The names of the spans in every tool."""

OPTIONAL = " (optional)"
"""Stands after the label of an optional stance in Label Studio and Doccano."""

RECORD = "stancekit"
"""The key of the record that travels with a text (JSON in a string: tools round numbers and reorder keys, not strings)."""

UNNAMED = "unnamed"
"""The Label Studio control with the stances that have neither source nor target."""

COMMENTS = "annotator_comments"
"""The `meta` key that collects what annotators wrote in Doccano comments and brat notes."""

COLORS = {STATEMENT: "#c9ced6", SOURCE: "#3b82f6", TARGET: "#f59e0b"}

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BREAKS = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_BLANK = re.compile(r"\\[nr]|\s")

Place = tuple[int, int]
"""[start, end) in characters of the article's text."""

Region = tuple[str, Place]
"""Role and place."""


@dataclass(frozen=True, slots=True)
class _Link:
    """A stance as it was drawn; `statement` where the drawing says in which."""

    label: str
    optional: bool
    source: Place | None
    target: Place | None
    statement: Place | None = None


@dataclass(slots=True)
class _Drawn:
    """What an annotator left on a text."""

    statements: set[Place] = field(default_factory=set)
    links: list[_Link] = field(default_factory=list)


# --- what all tools share -----------------------------------------------------------------------------------------------------


def _check_labels(labels: Sequence[str]) -> None:
    for label in labels:
        if label in ROLES or label.endswith(OPTIONAL) or not label.isprintable() or label != label.strip() or not label:
            raise ConfigError(
                f"label {label!r} does not fit annotation tools; use printable text other than {', '.join(ROLES)} "
                f"that does not end in {OPTIONAL!r} or in white space"
            )


def _record(article: Article, labels: Sequence[str]) -> dict[str, Any]:
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


def _original(text: str, record: object) -> Article | None:
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
    return Article.from_dict({**known, "text": text}, labels=None)


def _regions(article: Article) -> list[Region]:
    """Statements, sources and targets, each once, in text order of the statements."""
    out: dict[Region, None] = {}
    for statement in article.statements or ():
        out[STATEMENT, _place(statement.span)] = None
        for stance in statement.stances:
            out.update({(role, _place(span)): None for role, span in ((SOURCE, stance.source), (TARGET, stance.target)) if span})
    return list(out)


def _place(span: Span) -> Place:
    return span.start, span.end


def _ends(stance: Stance) -> tuple[Region, Region]:
    """Where a relation that means this stance starts and ends: the statement stands in for what is not named."""
    statement = (STATEMENT, _place(stance.statement))
    return (
        (SOURCE, _place(stance.source)) if stance.source else statement,
        (TARGET, _place(stance.target)) if stance.target else statement,
    )


def _tool_label(stance: Stance) -> str:
    return stance.stance + OPTIONAL * stance.optional


def _read_label(name: object, labels: Sequence[str]) -> tuple[str, bool]:
    """(label, whether optional) of a name in a tool."""
    if not isinstance(name, str):
        raise DataError(f"label {name!r} is not a text", remedy=f"expected one of {', '.join(labels)}")
    return check_label(name.removesuffix(OPTIONAL), labels), name.endswith(OPTIONAL)


def _linked(
    spans: Mapping[str | int, tuple[set[str], Place]],
    relations: Iterable[tuple[str | int, str | int, Sequence[object]]],
    unnamed: Iterable[tuple[Place, object]],
    labels: Sequence[str],
) -> _Drawn:
    """What spans (id -> roles, place), relations (from, to, labels) and sentences that carry a label say."""
    drawn = _Drawn({place for roles, place in spans.values() if STATEMENT in roles})
    used = set()
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
        used |= {start, end}
        drawn.links += [_Link(*_read_label(name, labels), source, target, at_source or at_target) for name in names]
    for place, name in unnamed:
        drawn.statements.add(place)
        drawn.links.append(_Link(*_read_label(name, labels), None, None, place))
    for identifier, (roles, place) in spans.items():
        if identifier not in used and STATEMENT not in roles:
            raise DataError(
                f"{'/'.join(sorted(roles))} span {list(place)} ({identifier!r}) belongs to no stance", remedy="link it or delete it"
            )
    return drawn


def _end(identifier: object, span: tuple[set[str], Place], role: str, verb: str) -> tuple[Place | None, Place | None]:
    """(place of the source or target, None) or (None, place of the statement that stands in for it)."""
    roles, place = span
    if role in roles:
        return place, None
    if STATEMENT in roles:
        return None, place
    raise DataError(
        f"a relation {verb} at {identifier!r}, a {'/'.join(sorted(roles))} span {list(place)}",
        remedy=f"relations go from SOURCE to TARGET; use {STATEMENT} where none is named",
    )


def _article(
    text: str, drawn: _Drawn | None, original: Article | None, reviewed: bool, identifier: str, meta: Mapping[str, Any]
) -> Article:
    """The article that a drawing means; None is "not annotated". `identifier` is for texts without a record, `meta` is added."""
    if original is not None:
        identifier, meta = original.id, {**original.meta, **meta}
    if drawn is None:
        return Article(text, None, identifier, meta)
    before = {_key(s): (number, s) for number, s in enumerate(original.stances)} if original else {}
    known = {_place(s.span): s for s in original.statements or ()} if original else {}
    held: dict[Place, list[tuple[int, Stance]]] = {place: [] for place in sorted(drawn.statements)}
    places, pieces = list(held), lru_cache(maxsize=1)(lambda: sentences(text))
    for link in drawn.links:
        at = _statement_of(link, places, pieces)
        number, stance = before.get((at, link.label, link.source, link.target), (len(before), None))
        if stance is None:
            source, target = (place and Span.of(text, *place, role) for place, role in ((link.source, "source"), (link.target, "target")))
            stance = Stance(link.label, Span.of(text, *at, "statement"), source, target, optional=link.optional)
        elif stance.optional != link.optional or (reviewed and stance.confidence is not None):
            stance = replace(stance, optional=link.optional, confidence=None if reviewed else stance.confidence)
        held.setdefault(at, []).append((number, stance))
    statements = []
    for place, found in sorted(held.items()):
        stances = tuple(s for _, s in sorted(found, key=lambda item: item[0]))
        old = known.get(place)
        same = old is not None and len(old.stances) == len(stances) and all(map(is_, old.stances, stances))
        statements.append(old if old is not None and same else Statement(Span.of(text, *place, "statement"), stances))
    return Article(text, tuple(statements), identifier, meta)


def _key(stance: Stance) -> tuple[Place, str, Place | None, Place | None]:
    source, target = (None if span is None else _place(span) for span in (stance.source, stance.target))
    return _place(stance.statement), stance.stance, source, target


def _statement_of(link: _Link, statements: Sequence[Place], pieces: Callable[[], Sequence[Place]]) -> Place:
    """The statement drawn around a stance, else the sentence it stands in."""
    named = [place for place in (link.source, link.target, link.statement) if place is not None]
    start, end = min(a for a, _ in named), max(b for _, b in named)
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


def _same(first: str, second: str) -> bool:
    """Whether two readings of a span agree; tools change line ends and blanks."""
    return first == second or _BLANK.sub("", first) == _BLANK.sub("", second)


def _units(text: str) -> list[int]:
    """UTF-16 code units before each character, and their number: (characters + 1)."""
    return list(accumulate((1 + (c > "\uffff") for c in text), initial=0))


def _get(record: Mapping[str, Any], name: str, kind: type, what: str) -> Any:
    value = record.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        found = ", ".join(map(str, record)) or "nothing"
        raise DataError(
            f"{what} has no {kind.__name__} {name!r} (it has {found})", remedy="export it in the form that the documentation names"
        )
    return value


def _mappings(record: Mapping[str, Any], name: str, what: str) -> list[Mapping[str, Any]]:
    items = record.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise DataError(f"{name!r} of {what} is not a list of objects", remedy="give the file as it was exported")
    return items


def _identifier(value: object, what: str) -> str | int:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise DataError(f"{what} is {value!r}, expected a text or a whole number", remedy="give the file as it was exported")
    return value


def _names(value: object, what: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise DataError(f"{what} is {value!r}, expected a list of names", remedy="give the file as it was exported")
    return value


def _each(items: Iterable[tuple[str, Any]], build: Callable[[Any], Article], on_error: OnError | None) -> Iterator[Article]:
    """Builds (place, item) one by one; a bad one raises with its place, or goes to `on_error` and is left out."""
    for place, item in items:
        try:
            if not isinstance(item, (Mapping, bytes, Path)):
                raise DataError(f"got a JSON {type(item).__name__}", remedy="give one object for each text")
            with _uncollected():
                article = build(item)
        except DataError as error:
            if on_error is None:
                raise error.at(place) from None
            on_error(error.at(place))
        else:
            yield article


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for unreachable cycles: nothing here makes any, and it goes over all objects of a large export again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


# --- Label Studio -------------------------------------------------------------------------------------------------------------


def label_config(labels: Sequence[str] = LABELS) -> str:
    """The labelling configuration (XML) for a project with these stance labels.

    Label Studio 1.23; https://labelstud.io/tags/relations and https://labelstud.io/tags/labels.
    Paste it under Settings, Labeling Interface, Code. Raises `ConfigError` for labels that do not fit.
    """
    _check_labels(labels)
    view = ElementTree.Element("View")
    spans = ElementTree.SubElement(view, "Labels", name="span", toName="text")
    for role in ROLES:
        ElementTree.SubElement(spans, "Label", value=role, background=COLORS[role])
    ElementTree.SubElement(view, "Text", name="text", value="$text")
    relations = ElementTree.SubElement(view, "Relations", choice="multiple")
    choices = ElementTree.SubElement(
        view, "Choices", name=UNNAMED, toName="text", choice="multiple", perRegion="true", whenTagName="span", whenLabelValue=STATEMENT
    )
    for label in (name + suffix for name in labels for suffix in ("", OPTIONAL)):
        ElementTree.SubElement(relations, "Relation", value=label)
        ElementTree.SubElement(choices, "Choice", value=label)
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def to_label_studio(articles: Iterable[Article], labels: Sequence[str] = LABELS, predictions: bool = False) -> Iterator[dict[str, Any]]:
    """The import task of each article, for a project with `label_config(labels)`.

    Label Studio 1.23, JSON; https://labelstud.io/guide/tasks and https://labelstud.io/guide/predictions.
    Articles with a confidence, and all where `predictions`, become pre-annotations (their score is the lowest confidence), gold
    becomes annotations, an article that is not annotated a bare task.
    """
    _check_labels(labels)
    for article in articles:
        task: dict[str, Any] = {"data": {"text": article.text, "article": article.id, RECORD: json.dumps(_record(article, labels))}}
        confidences = [s.confidence for s in article.stances if s.confidence is not None]
        if article.statements is not None and (predictions or confidences):
            task["predictions"] = [{"model_version": "stancekit", "score": min(confidences, default=0.0), "result": _results(article)}]
        elif article.statements is not None:
            task["annotations"] = [{"result": _results(article)}]
        yield task


def _results(article: Article) -> list[dict[str, Any]]:
    """Regions, choices on them, relations. Label Studio keeps one relation for each pair of regions, so it carries all its labels."""
    out: list[dict[str, Any]] = []
    for role, (start, end) in _regions(article):
        value = {"start": start, "end": end, "text": article.text[start:end]}
        region = {"id": _region_id((role, (start, end))), "from_name": "span", "to_name": "text", "type": "labels"}
        out.append({**region, "value": {**value, "labels": [role]}})
    chosen: dict[Place, list[str]] = {}
    related: dict[tuple[str, str], list[str]] = {}
    for stance in article.stances:
        first, last = _ends(stance)
        if first == last:
            chosen.setdefault(first[1], []).append(_tool_label(stance))
        else:
            related.setdefault((_region_id(first), _region_id(last)), []).append(_tool_label(stance))
    for (start, end), names in chosen.items():
        value = {"start": start, "end": end, "text": article.text[start:end], "choices": names}
        region = {"id": _region_id((STATEMENT, (start, end))), "from_name": UNNAMED, "to_name": "text", "type": "choices"}
        out.append({**region, "value": value})
    for (start_id, end_id), names in related.items():
        out.append({"type": "relation", "from_id": start_id, "to_id": end_id, "direction": "right", "labels": names})
    return out


def _region_id(region: Region) -> str:
    role, (start, end) = region
    return f"{role}-{start}-{end}"


def from_label_studio(
    tasks: Iterable[Any],
    labels: Sequence[str] = LABELS,
    reviewed: bool = False,
    annotator: int | str | None = None,
    on_error: OnError | None = None,
) -> Iterator[Article]:
    """The article of each task of an export (or of what `to_label_studio` gave).

    Label Studio 1.23, the export form "JSON" (not "JSON-MIN"); https://labelstud.io/guide/export.
    An annotation counts as gold: its stances have no confidence. Of several, the one by `annotator` (id or e-mail) is taken, else the
    one marked as ground truth. Without an annotation the newest prediction is read (a server exports only its number: then it is
    what `to_label_studio` wrote), unless `reviewed`: then the article is not annotated. Skipped tasks are not annotated.

    Raises `DataError` naming the task; with `on_error` it goes there and the task is left out.
    """
    _check_labels(labels)
    return _each(_placed_tasks(tasks, ""), lambda task: _from_task(task, labels, reviewed, annotator), on_error)


def _placed_tasks(tasks: Iterable[Any], where: str) -> Iterator[tuple[str, Any]]:
    for number, task in enumerate(tasks, 1):
        yield f"{where}task {task.get('id', number) if isinstance(task, Mapping) else number}", task


def _from_task(task: Mapping[str, Any], labels: Sequence[str], reviewed: bool, annotator: int | str | None) -> Article:
    data = _get(task, "data", dict, "a Label Studio task")
    text = _get(data, "text", str, "the data of a task")
    original = _original(text, data.get(RECORD))
    given = _mappings(task, "annotations", "a task")
    annotations = [a for a in given if not a.get("was_cancelled")]
    if annotator is not None:
        annotations = [a for a in annotations if annotator in _people(a.get("completed_by"))]
    if len(annotations) > 1:
        truth = [a for a in annotations if a.get("ground_truth")]
        if len(truth) != 1:
            raise DataError(
                f"{len(annotations)} annotations, {len(truth)} of them ground truth",
                remedy="mark one as ground truth, or choose an annotator",
            )
        annotations = truth
    guessed = task.get("predictions")
    if not (reviewed or given) and isinstance(guessed, list) and any(isinstance(p, int) for p in guessed):
        return _by_number(original)
    guesses = [] if reviewed or given else sorted(_mappings(task, "predictions", "a task"), key=lambda p: str(p.get("created_at", "")))[-1:]
    drawn = [_from_results(text, _mappings(chosen, "result", "an annotation"), labels) for chosen in annotations or guesses]
    meta = {} if original else {k: v for k, v in data.items() if k not in ("text", "article")}
    identifier = str(data.get("article", task.get("id", "")))
    return _article(text, drawn[0] if drawn else None, original, bool(annotations), identifier, meta)


def _by_number(original: Article | None) -> Article:
    """The article of a task that a server exported with the numbers of its predictions alone: they are in the record."""
    if original is None:
        raise DataError(
            "the export has the numbers of the predictions, not the predictions", remedy="annotate the task, or read with `reviewed`"
        )
    return original


def _people(completed_by: object) -> tuple[object, ...]:
    return (completed_by.get("id"), completed_by.get("email")) if isinstance(completed_by, Mapping) else (completed_by,)


def _from_results(text: str, results: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> _Drawn:
    relations: list[tuple[str | int, str | int, list[str]]] = []
    regions: list[tuple[str | int, str, Mapping[str, Any]]] = []
    for result in results:
        kind = result.get("type")
        if kind == "relation":
            start, end = (_identifier(result.get(key), f"{key} of a relation") for key in ("from_id", "to_id"))
            direction = result.get("direction", "right")
            if direction not in ("right", "left"):
                raise DataError(f"a relation with direction {direction!r}", remedy="point it from SOURCE to TARGET")
            names = _names(result.get("labels") or [], f"labels of the relation from {start!r} to {end!r}")
            relations.append((start, end, names) if direction == "right" else (end, start, names))
        elif kind == "labels" or (kind == "choices" and result.get("from_name") == UNNAMED):
            value = result.get("value")
            if not isinstance(value, dict):
                value = _get(result, "value", dict, f"result {result.get('id')!r}")
            regions.append((_identifier(result.get("id"), "the id of a result"), kind, value))
        else:
            raise DataError(
                f"result {result.get('id')!r} of type {kind!r} (control {result.get('from_name')!r}) is not in stancekit's configuration",
                remedy="annotate in a project with stancekit.convert.label_config()",
            )
    places = _label_studio_places(text, [value for _, _, value in regions])
    spans: dict[str | int, tuple[set[str], Place]] = {}
    unnamed: list[tuple[Place, object]] = []
    for (identifier, kind, value), place in zip(regions, places, strict=True):
        names = _names(value.get(kind) or [], f"{kind} of {identifier!r}")
        if kind == "choices":
            unnamed += [(place, name) for name in names]
            continue
        if not names or not set(names) <= set(ROLES):
            raise DataError(f"span {list(place)} is labelled {names!r}", remedy=f"expected one of {', '.join(ROLES)}")
        roles, first = spans.setdefault(identifier, (set(), place))
        if first != place:
            raise DataError(f"region {identifier!r} lies at {list(first)} and at {list(place)}", remedy="give each region its own id")
        roles.update(names)
    return _linked(spans, relations, unnamed, labels)


def _label_studio_places(text: str, values: Sequence[Mapping[str, Any]]) -> list[Place]:
    """Where regions lie, in characters: as they are, or read as UTF-16 code units where only so the recorded texts fit."""
    raw = [(_get(v, "start", int, "a region"), _get(v, "end", int, "a region")) for v in values]
    units = _units(text)
    if len(units) - 1 != units[-1] and not all(_fits(text, place, v) for place, v in zip(raw, values, strict=True)):
        index = {unit: n for n, unit in enumerate(units)}
        counted = [(index.get(a, -1), index.get(b, -1)) for a, b in raw]
        if all(_fits(text, place, v) for place, v in zip(counted, values, strict=True)):
            return counted
    for (start, end), value in zip(raw, values, strict=True):
        if not _fits(text, (start, end), value):
            span = Span.of(text, start, end, "region")
            raise DataError(
                f"region [{start}, {end}] was drawn on {value['text'][:40]!r} but the text has {span.text[:40]!r} there",
                remedy="restore the text that was annotated",
            )
    return raw


def _fits(text: str, place: Place, value: Mapping[str, Any]) -> bool:
    start, end = place
    recorded = value.get("text")
    return 0 <= start < end <= len(text) and (not isinstance(recorded, str) or _same(text[start:end], recorded))


def write_label_studio(path: str | os.PathLike[str], articles: Iterable[Article], labels: Sequence[str] = LABELS) -> int:
    """Writes the tasks as one JSON file and the project's `label_config` beside it, with the ending `.xml`. Returns the number of tasks."""
    count = 0
    with replacing(path) as stream:
        for count, task in enumerate(to_label_studio(articles, labels), 1):
            stream.write(("[\n" if count == 1 else ",\n") + dump(task))
        stream.write("\n]\n" if count else "[]\n")
    with replacing(Path(path).with_suffix(".xml")) as stream:
        stream.write(label_config(labels))
    return count


def read_label_studio(
    path: str | os.PathLike[str], labels: Sequence[str] = LABELS, reviewed: bool = False, on_error: OnError | None = None
) -> Iterator[Article]:
    """The articles of an export file; see `from_label_studio`."""
    raw = _bytes(path)
    try:
        tasks = parse_json(raw, 'export in the form "JSON"')
    except DataError as error:
        raise error.at(os.fspath(path)) from None
    if not isinstance(tasks, list):
        raise DataError(
            f"got a JSON {type(tasks).__name__}", place=os.fspath(path), remedy='a Label Studio export ("JSON") is a list of tasks'
        )
    _check_labels(labels)
    yield from _each(_placed_tasks(tasks, f"{path}: "), lambda task: _from_task(task, labels, reviewed, None), on_error)


def _bytes(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise DataError(f"no such file: {os.fspath(path)}", remedy="check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise DataError(f"cannot read {os.fspath(path)!r}: {error}", remedy="check the path and its permissions") from None


# --- Doccano ------------------------------------------------------------------------------------------------------------------


def to_doccano(articles: Iterable[Article], labels: Sequence[str] = LABELS) -> Iterator[dict[str, Any]]:
    """The record of each article in Doccano's "JSONL(Relation)" form, offsets in UTF-16 code units.

    Doccano 1.8; https://doccano.github.io/doccano/. The project: sequence labelling with "Allow overlapping spans" and "Use relation
    labeling" ticked (Doccano drops overlapping spans otherwise, without a word) and "Count grapheme clusters" not ticked.
    """
    _check_labels(labels)
    for article in articles:
        record = _record(article, labels)
        if not article.text:
            raise DataError(
                "the text is empty; Doccano drops such records", place=f"article {article.id!r}", remedy="leave the article out"
            )
        units = _units(article.text)
        regions = _regions(article)
        relations = []
        for stance in article.stances:
            first, last = _ends(stance)
            if first == last:
                regions.append((_tool_label(stance), first[1]))
            else:
                relations.append((first, last, _tool_label(stance)))
        number = {region: n for n, region in enumerate(regions)}
        yield {
            "text": article.text,
            "article": article.id,
            RECORD: json.dumps(record),
            "entities": [
                {"id": n, "label": name, "start_offset": units[start], "end_offset": units[end]}
                for (name, (start, end)), n in number.items()
            ],
            "relations": [
                {"id": n, "from_id": number[first], "to_id": number[last], "type": name} for n, (first, last, name) in enumerate(relations)
            ],
        }


def from_doccano(
    records: Iterable[Any], labels: Sequence[str] = LABELS, reviewed: bool = False, on_error: OnError | None = None
) -> Iterator[Article]:
    """The article of each record of a Doccano JSONL export with relations (or of what `to_doccano` gave).

    Doccano 1.8; https://doccano.github.io/doccano/. Doccano does not say whether anybody looked at a text: `reviewed` says that
    somebody did, so that stances lose their confidence and a text without spans is annotated as having none. Comments go into `meta`
    (`COMMENTS`).

    Raises `DataError` naming the record; with `on_error` it goes there and the record is left out.
    """
    _check_labels(labels)
    placed = ((f"record {n}", record) for n, record in enumerate(records, 1))
    return _each(placed, lambda record: _from_doccano(record, labels, reviewed), on_error)


def _from_doccano(record: Mapping[str, Any], labels: Sequence[str], reviewed: bool) -> Article:
    text = _get(record, "text", str, "a Doccano record")
    original = _original(text, record.get(RECORD))
    _get(record, "entities", list, 'a Doccano record (of a project with "Use relation labeling")')
    index = {unit: n for n, unit in enumerate(_units(text))}
    spans: dict[str | int, tuple[set[str], Place]] = {}
    unnamed: list[tuple[Place, object]] = []
    for entity in _mappings(record, "entities", "a record"):
        ends = [_get(entity, name, int, "an entity") for name in ("start_offset", "end_offset")]
        if not all(end in index for end in ends):
            raise DataError(
                f"entity {ends} does not lie on characters of the text ({max(index)} UTF-16 code units)",
                remedy='untick "Count grapheme clusters" in the project and export the text that was annotated',
            )
        place = (index[ends[0]], index[ends[1]])
        Span.of(text, *place, "entity")
        name, identifier = entity.get("label"), _identifier(entity.get("id"), "the id of an entity")
        if name not in ROLES:
            unnamed.append((place, name))
        elif identifier in spans:
            raise DataError(f"two entities have the id {identifier!r}", remedy="give each its own")
        else:
            spans[identifier] = ({name}, place)
    relations = [
        (_identifier(r.get("from_id"), "from_id of a relation"), _identifier(r.get("to_id"), "to_id of a relation"), [r.get("type")])
        for r in _mappings(record, "relations", "a record")
    ]
    drawn = _linked(spans, relations, unnamed, labels)
    known = ("id", "text", "article", RECORD, "entities", "relations", "Comments")
    meta = {} if original else {k: v for k, v in record.items() if k not in known}
    comments = [c.get("comment") for c in _mappings(record, "Comments", "a record")]
    name = str(record.get("article", record.get("id", "")))
    return _article(text, _seen(drawn, original, reviewed), original, reviewed, name, _with_comments(meta, comments, original))


def _seen(drawn: _Drawn, original: Article | None, reviewed: bool) -> _Drawn | None:
    """None where nothing was drawn on an article that was not annotated."""
    bare = original is not None and original.statements is None and not drawn.statements and not drawn.links
    return None if bare and not reviewed else drawn


def _with_comments(meta: Mapping[str, Any], comments: Sequence[Any], original: Article | None) -> dict[str, Any]:
    before = original.meta.get(COMMENTS, []) if original else []
    new = [c for c in comments if not isinstance(before, list) or c not in before]
    return {**meta, COMMENTS: [*(before if isinstance(before, list) else [before]), *new]} if new else dict(meta)


def write_doccano(path: str | os.PathLike[str], articles: Iterable[Article], labels: Sequence[str] = LABELS) -> int:
    """Writes the records of `to_doccano` as JSON Lines. Returns their number."""
    count = 0
    with replacing(path) as stream:
        for record in to_doccano(articles, labels):
            stream.write(dump(record) + "\n")
            count += 1
    return count


def read_doccano(
    path: str | os.PathLike[str], labels: Sequence[str] = LABELS, reviewed: bool = False, on_error: OnError | None = None
) -> Iterator[Article]:
    """The articles of an export file; see `from_doccano`."""
    _check_labels(labels)
    yield from _each(read_lines(path), lambda line: _from_doccano(parse_line(line), labels, reviewed), on_error)


# --- brat ---------------------------------------------------------------------------------------------------------------------

BRAT_INDEX = "stancekit.jsonl"
"""The file of a brat folder with the records, one a document, in the order of the articles; brat itself passes it over."""


def _brat_type(label: str) -> str:
    """A label as a brat type (letters, digits, - and _): other characters as `_x` and their code in hexadecimal and `_`."""
    return re.sub(r"[^A-Za-z0-9_-]|_(?=x)", lambda m: f"_x{ord(m.group()):x}_", label)


def _brat_label(name: str) -> str:
    return re.sub(r"_x([0-9a-f]{1,5}|10[0-9a-f]{4})_", lambda m: chr(int(m.group(1), 16)), name)


def brat_config(labels: Sequence[str] = LABELS) -> dict[str, str]:
    """The files `annotation.conf` and `visual.conf` of a brat folder for these stance labels.

    brat 1.3; https://brat.nlplab.org/configuration.html. Labels with characters that brat does not allow in a type are shown as they are.
    """
    _check_labels(labels)
    events = [f"{_brat_type(label)}\tSource?:{SOURCE}, Target?:{TARGET}" for label in labels]
    shown = [f"{_brat_type(label)} | {label}" for label in labels]
    sections = {"entities": ROLES, "relations": (), "events": events, "attributes": ["Optional\tArg:<EVENT>"]}
    colors = [f"{role}\tbgColor:{color}" for role, color in COLORS.items()]
    return {
        "annotation.conf": "\n".join(line for name, lines in sections.items() for line in (f"[{name}]", *lines, "")),
        "visual.conf": "\n".join(["[labels]", *shown, "", "[drawing]", *colors, "Optional\tdashArray:3-3", ""]),
    }


def to_brat(article: Article, labels: Sequence[str] = LABELS) -> str:
    """The `.ann` file of an article; its `.txt` is the article's text, unchanged.

    brat 1.3 stand-off; https://brat.nlplab.org/standoff.html. Spans that hold line breaks are written as brat draws them: one fragment a
    line, joined by a blank in the text column. Raises `DataError` for a span that starts or ends with one.
    """
    _check_labels(labels)
    _record(article, labels)
    lines: list[str] = []
    number = {region: f"T{n}" for n, region in enumerate(_regions(article), 1)}
    for stance in article.stances:
        number.setdefault((_brat_type(stance.stance), _place(stance.statement)), f"T{len(number) + 1}")
    for (name, place), identifier in number.items():
        fragments = _fragments(article, place)
        offsets = ";".join(f"{start} {end}" for start, end in fragments)
        lines.append(f"{identifier}\t{name} {offsets}\t{' '.join(article.text[a:b] for a, b in fragments)}")
    for n, stance in enumerate(article.stances, 1):
        name, ends = _brat_type(stance.stance), zip(("Source", "Target"), _ends(stance), strict=True)
        arguments = "".join(f" {role}:{number[end]}" for role, end in ends if end[0] != STATEMENT)
        lines.append(f"E{n}\t{name}:{number[name, _place(stance.statement)]}{arguments}")
    optional = [n for n, stance in enumerate(article.stances, 1) if stance.optional]
    lines += [f"A{m}\tOptional E{n}" for m, n in enumerate(optional, 1)]
    return "".join(line + "\n" for line in lines)


def _fragments(article: Article, place: Place) -> list[Place]:
    """A span without its line breaks."""
    borders = [b for m in _BREAKS.finditer(article.text, *place) for b in m.span()]
    if place[0] in borders or place[1] in borders:
        raise DataError(
            f"span {list(place)} starts or ends with a line break, which brat cannot hold",
            place=f"article {article.id!r}",
            remedy="trim it",
        )
    ends = [place[0], *borders, place[1]]
    return list(zip(ends[::2], ends[1::2], strict=True))


def from_brat(
    text: str,
    annotation: str | None,
    record: Mapping[str, Any] | None = None,
    labels: Sequence[str] = LABELS,
    reviewed: bool = False,
    place: str = "<ann>",
) -> Article:
    """The article of a brat document: its text, its `.ann` file (None: not annotated) and its record, where there is one.

    brat 1.3 stand-off; https://brat.nlplab.org/standoff.html. A trigger may be any part of its sentence: the event belongs to the
    STATEMENT around it, else to the sentence. Notes (`#`) go into `meta` (`COMMENTS`). `reviewed`: see `from_doccano`. Raises `DataError`
    naming `place` and line, also for what the article form does not hold (relations, normalisations, other attributes).
    """
    _check_labels(labels)
    reader = _Brat(text, place, labels)
    for number, line in enumerate((annotation or "").split("\n"), 1):
        if line.strip():
            try:
                reader.line(line.rstrip("\r"))
            except DataError as error:
                raise error.at(f"{place}:{number}") from None
    try:
        original = _original(text, record)
        drawn = None if annotation is None else _seen(reader.drawn(), original, reviewed)
        return _article(text, drawn, original, reviewed, "", _with_comments({}, reader.notes, original))
    except DataError as error:
        raise error.at(place) from None


class _Brat:
    """Reads the lines of an `.ann` file; references may come before what they name."""

    def __init__(self, text: str, place: str, labels: Sequence[str]) -> None:
        self.text, self.place, self.labels = text, place, labels
        self.spans: dict[str, tuple[str, Place]] = {}
        self.events: dict[str, tuple[str, str, dict[str, str]]] = {}
        self.optional: set[str] = set()
        self.notes: list[str] = []

    def line(self, line: str) -> None:
        identifier, _, rest = line.partition("\t")
        if identifier in self.spans or identifier in self.events:
            raise DataError(f"{identifier} stands there twice", remedy="give each annotation its own id")
        match identifier[:1]:
            case "T":
                self.spans[identifier] = self._span(rest)
            case "E":
                pairs = [a.split(":", 1) for a in rest.split()]
                if not pairs or any(len(pair) != 2 for pair in pairs):
                    raise DataError(f"cannot read the event {rest!r}", remedy="write E1<tab>label:T1 Source:T2 Target:T3")
                roles = [role for role, _ in pairs[1:]]
                if not set(roles) <= {"Source", "Target"} or len(set(roles)) != len(roles):
                    raise DataError(
                        f"event {identifier} has the arguments {', '.join(roles)}", remedy="give it one Source and one Target at most"
                    )
                label = check_label(_brat_label(pairs[0][0]), self.labels)
                self.events[identifier] = (label, pairs[0][1], dict((role, to) for role, to in pairs[1:]))
            case "A" if rest.split()[:1] == ["Optional"] and len(rest.split()) in (2, 3):
                self.optional.add(rest.split()[1])
            case "#":
                self.notes.append(rest.partition("\t")[2])
            case _:
                raise DataError(
                    f"{line[:60]!r} is nothing the article form holds",
                    remedy="delete it; a stance is spans (T), an event (E), Optional (A)",
                )

    def _span(self, rest: str) -> tuple[str, Place]:
        head, _, column = rest.partition("\t")
        name, _, offsets = head.partition(" ")
        found = re.fullmatch(r"[0-9]{1,18} [0-9]{1,18}(?:;[0-9]{1,18} [0-9]{1,18})*", offsets)
        if found is None:
            raise DataError(f"cannot read the span {head!r}", remedy="write T1<tab>SOURCE 0 5<tab>text")
        pairs = [[int(number) for number in pair.split()] for pair in offsets.split(";")]
        fragments = [Span.of(self.text, start, end, f"{name} span") for start, end in pairs]
        for first, second in zip(fragments, fragments[1:], strict=False):
            between = self.text[first.end : second.start]
            if first.end > second.start or between.strip():
                raise DataError(f"{name} span {offsets!r} leaves out {between[:40]!r}", remedy="mark one continuous span")
        reading = " ".join(f.text for f in fragments)
        if not _same(reading, column):
            raise DataError(
                f"{name} span {offsets!r} was drawn on {column[:40]!r} but the text has {reading[:40]!r} there",
                remedy="restore the text that was annotated",
            )
        return name, (fragments[0].start, fragments[-1].end)

    def drawn(self) -> _Drawn:
        drawn = _Drawn({place for name, place in self.spans.values() if name == STATEMENT})
        used = set()
        for identifier, (label, trigger, arguments) in self.events.items():
            for reference in (trigger, *arguments.values()):
                if reference not in self.spans:
                    raise DataError(
                        f"event {identifier} refers to {reference}, which is no span of the file",
                        remedy="draw it again or delete the event",
                    )
                used.add(reference)
            for role, reference in arguments.items():
                if self.spans[reference][0] != role.upper():
                    raise DataError(
                        f"{role} of {identifier} is {reference}, a {self.spans[reference][0]} span", remedy=f"mark a {role.upper()}"
                    )
            source, target = (self.spans[arguments[r]][1] if r in arguments else None for r in ("Source", "Target"))
            drawn.links.append(_Link(label, identifier in self.optional, source, target, self.spans[trigger][1]))
        for reference in self.optional - self.events.keys():
            raise DataError(f"Optional belongs to {reference}, which is no event of the file", remedy="delete the attribute")
        for identifier, (name, place) in self.spans.items():
            if identifier not in used and name != STATEMENT:
                raise DataError(
                    f"{name} span {identifier} {list(place)} belongs to no stance", remedy="make it an event's argument or delete it"
                )
        return drawn


def write_brat(folder: str | os.PathLike[str], articles: Iterable[Article], labels: Sequence[str] = LABELS) -> int:
    """Writes a folder for brat: `.txt` and `.ann` of each article, named after its id, the configuration, and `BRAT_INDEX`.

    Raises `DataError` where the folder is not empty (it might hold somebody's annotation). Returns the number of articles.
    """
    root = Path(folder)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise DataError(f"{root} exists and is not an empty folder", remedy="name a new one; annotation is never written over")
    config = brat_config(labels)
    root.mkdir(parents=True, exist_ok=True)
    taken: Counter[str] = Counter()
    count = 0
    with replacing(root / BRAT_INDEX) as index:
        for article in articles:
            annotation, record = to_brat(article, labels), _record(article, labels)
            count += 1
            name = _file_name(article.id, taken)
            (root / f"{name}.txt").write_bytes(article.text.encode("utf-8"))
            (root / f"{name}.ann").write_bytes(annotation.encode("utf-8"))
            index.write(dump({"file": name, **record}) + "\n")
    for file, content in config.items():
        (root / file).write_text(content, encoding="utf-8")
    return count


def _file_name(identifier: str, taken: Counter[str]) -> str:
    """A name like the id that is a plain file name everywhere and has not been given before, in any case of its letters."""
    base = re.sub(r"[^A-Za-z0-9_-]+", "_", identifier)[:80] or "article"
    name = base
    while name.lower() in taken:
        taken[base.lower()] += 1
        name = f"{base}-{taken[base.lower()]}"
    taken[name.lower()] += 1
    return name


def read_brat(
    folder: str | os.PathLike[str], labels: Sequence[str] = LABELS, reviewed: bool = False, on_error: OnError | None = None
) -> Iterator[Article]:
    """The articles of a brat folder: those of its index in that order, then any other `.txt` by name (its name is the article's id)."""
    root = Path(folder)
    if not root.is_dir():
        raise DataError(f"no such folder: {root}", remedy="check the path")
    _check_labels(labels)
    records: dict[str, dict[str, Any]] = {}
    for place, line in read_lines(root / BRAT_INDEX) if (root / BRAT_INDEX).is_file() else ():
        record = dict(parse_line(line))
        name = record.pop("file", None)
        if not isinstance(name, str) or Path(name).name != name:
            raise DataError(f'"file" is {name!r}, not the name of a document', place=place, remedy="leave the index as it was written")
        records[name] = record
    names = [*records, *sorted(p.stem for p in root.glob("*.txt") if p.stem not in records)]

    def build(file: Path) -> Article:
        text, annotations = _decoded(file), file.with_name(file.stem + ".ann")
        annotation = _decoded(annotations) if annotations.is_file() else None
        record = records.get(file.stem)
        article = from_brat(text, annotation, record, labels, reviewed, str(annotations))
        return article if record is not None else replace(article, id=file.stem)

    yield from _each(((str(root / name), root / f"{name}.txt") for name in names), build, on_error)


def _decoded(file: Path) -> str:
    try:
        return _bytes(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"invalid UTF-8 at byte {error.start}", place=str(file), remedy="save the file as UTF-8") from None


# --- all forms by name --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Format:
    """A form that articles are read from and written to.

    `read(path, labels, reviewed, on_error)` yields articles; a bad one raises `DataError`, or goes to `on_error` where that is given
    and the form can go on after it (marks cannot). `reviewed` says that people have looked at every text; only the annotation tools'
    forms make use of it. `write(path, articles, labels)` returns how many were written.
    """

    about: str
    url: str
    read: Callable[[str, Sequence[str], bool, OnError | None], Iterator[Article]]
    write: Callable[[str, Iterable[Article], Sequence[str]], int]


def _write_marks(path: str, articles: Iterable[Article], labels: Sequence[str]) -> int:
    count = 0
    with replacing(path) as stream:
        for count, article in enumerate(articles, 1):
            try:
                for stance in article.stances:
                    check_label(stance.stance, labels)
                stream.write("\n" * (count > 1) + to_marks(article))
            except DataError as error:
                raise error.at(f"article {article.id!r}") from None
    return count


FORMATS: dict[str, Format] = {
    "label-studio": Format(
        "Label Studio tasks (JSON), with the labelling configuration (.xml) beside them",
        "https://labelstud.io/guide/tasks",
        read_label_studio,
        write_label_studio,
    ),
    "doccano": Format("Doccano JSONL with relations", "https://doccano.github.io/doccano/", read_doccano, write_doccano),
    "brat": Format("a folder of brat stand-off (.txt, .ann)", "https://brat.nlplab.org/standoff.html", read_brat, write_brat),
    "articles": Format(
        "stancekit's article form, JSON Lines",
        'README, "Record forms"',
        lambda path, labels, _, on_error: read_articles(path, labels, on_error),
        lambda path, articles, _: write_records(path, articles),
    ),
    "marks": Format(
        "stancekit's marks form: text with inline marks",
        "stancekit/corpus.py",
        lambda path, labels, _, __: read_marks(path, labels),
        _write_marks,
    ),
}
"""The forms by the name that the command line uses."""


def detect(path: str) -> str:
    """Which of `FORMATS` a file or folder holds, by its name and, for JSON Lines, its first record. Raises `DataError` for others."""
    source = Path(path)
    if source.is_dir():
        return "brat" if any(source.glob("*.ann")) or not marks_files(source) else "marks"
    suffix = source.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        for _, line in read_lines(path):
            try:
                record = parse_line(line)
            except DataError:  # whoever reads the file says so
                continue
            # "label": Doccano's export of a project without relations, which is refused with the remedy
            return "doccano" if "entities" in record or isinstance(record.get("label"), list) else "articles"
        return "articles"
    if suffix in (".json", ".txt"):
        return "label-studio" if suffix == ".json" else "marks"
    raise DataError(f"cannot tell what {path} holds", remedy=f"say which of {', '.join(FORMATS)}")


# --- what to annotate next ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A statement worth annotating."""

    article: Article
    """The predicted article it stands in."""
    statement: Statement
    confidence: float
    """The confidence of its stances that lies nearest the threshold."""
    uncertainty: float
    """1 where that confidence equals the threshold, 0 where it is as far from it as a probability can be."""

    def to_article(self, context: int = 0) -> Article:
        """The statement as an article of its own, with `context` sentences before and after it, ready for an annotation tool.

        All of its text is to be annotated (an annotated article says that its other sentences carry no stance). Predicted statements
        inside it come along. The id is the article's with the offsets after it; `meta` adds `article`, `start`, `end` and `uncertainty`.
        """
        span = self.statement.span
        around = sentences(self.article.text) if context else []
        before = [a for a, b in around if b <= span.start][-context:]
        after = [b for a, b in around if a >= span.end][:context]
        start, end = min([span.start, *before]), max([span.end, *after])
        inside = [s for s in self.article.statements or () if start <= s.span.start and s.span.end <= end]
        where = {"article": self.article.id, "start": start, "end": end, "uncertainty": round(self.uncertainty, 4)}
        return Article(
            self.article.text[start:end],
            tuple(_moved(s, start) for s in inside),
            f"{self.article.id}#{start}-{end}",
            {**self.article.meta, **where},
        )


def _moved(statement: Statement, by: int) -> Statement:
    def move(span: Span) -> Span:
        return Span(span.start - by, span.end - by, span.text)

    at = move(statement.span)
    return Statement(
        at,
        tuple(
            replace(s, statement=at, source=move(s.source) if s.source else None, target=move(s.target) if s.target else None)
            for s in statement.stances
        ),
    )


def suggest(articles: Iterable[Article], number: int, threshold: float = 0.5, similarity: float = 0.7) -> list[Suggestion]:
    """At most `number` predicted statements worth annotating next, the most uncertain first, no two of them near-duplicates.

    Uncertain: a confidence near `threshold` (the model's `config.decode.threshold`). Near-duplicates: sentences whose TF-IDF vectors of
    character 3- to 5-grams have a cosine of at least `similarity`; the most uncertain of them stays. Statements whose stances carry no
    confidence are passed over. Needs scikit-learn (the extra `evaluate`).

    Raises `ConfigError` for a number below 1 or a threshold or similarity outside (0, 1), `DataError` where no stance has a confidence.
    """
    if number < 1:
        raise ConfigError(f"number is {number}; expected at least 1")
    for name, value in (("threshold", threshold), ("similarity", similarity)):
        if not 0 < value < 1:
            raise ConfigError(f"{name} is {value}; expected a number between 0 and 1")
    found = [s for article in articles for s in _candidates(article, threshold)]
    if not found:
        raise DataError("no statement has a stance with a confidence", remedy="give articles that a model predicted")
    found.sort(key=lambda s: -s.uncertainty)
    return [found[i] for i in _distinct([s.statement.span.text for s in found], number, similarity)]


def _candidates(article: Article, threshold: float) -> Iterator[Suggestion]:
    for statement in article.statements or ():
        confidences = [s.confidence for s in statement.stances if s.confidence is not None]
        if confidences and statement.span.text.strip():
            nearest = min(confidences, key=lambda c: abs(c - threshold))
            yield Suggestion(article, statement, nearest, 1 - abs(nearest - threshold) / max(threshold, 1 - threshold))


def _distinct(texts: Sequence[str], number: int, similarity: float) -> list[int]:
    """The indices of the first `number` texts that are like none before them."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError:
        raise MissingExtraError("choosing what to annotate", "evaluate") from None
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(texts)
    chosen: list[int] = []
    for index in range(len(texts)):
        if not chosen or (vectors[chosen] @ vectors[[index]].T).max() < similarity:
            chosen.append(index)
            if len(chosen) == number:
                break
    return chosen
