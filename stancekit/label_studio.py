"""Articles to and from Label Studio; see `stancekit.convert`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from stancekit.annotation import (
    COLORS,
    OPTIONAL,
    RECORD,
    ROLES,
    STATEMENT,
    Drawn,
    Place,
    Region,
    check_tool_labels,
    each_article,
    ends_of,
    field_of,
    file_bytes,
    identifier_of,
    joined_article,
    link_up,
    mappings_of,
    names_of,
    original_of,
    record_of,
    regions_of,
    same_text,
    tool_label,
    uncollected,
    utf16_units,
)
from stancekit.data import OnError, dump, parse_json, replacing
from stancekit.errors import DataError
from stancekit.schema import LABELS, Article, Span

UNNAMED = "unnamed"
"""The Label Studio control with the stances that have neither source nor target."""

_ROLES = frozenset(ROLES)


def label_config(labels: Sequence[str] = LABELS) -> str:
    """The labelling configuration (XML) for a project with these stance labels.

    Label Studio 1.23; https://labelstud.io/tags/relations and https://labelstud.io/tags/labels.
    Paste it under Settings, Labeling Interface, Code. Raises `ConfigError` for labels that do not fit.
    """
    check_tool_labels(labels)
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
    check_tool_labels(labels)
    for article in articles:
        with uncollected():
            task = _task(article, labels, predictions)
        yield task


def _task(article: Article, labels: Sequence[str], predictions: bool) -> dict[str, Any]:
    task: dict[str, Any] = {"data": {"text": article.text, "article": article.id, RECORD: json.dumps(record_of(article, labels))}}
    confidences = [s.confidence for s in article.stances if s.confidence is not None]
    if article.statements is not None and (predictions or confidences):
        task["predictions"] = [{"model_version": "stancekit", "score": min(confidences, default=0.0), "result": _results(article)}]
    elif article.statements is not None:
        task["annotations"] = [{"result": _results(article)}]
    return task


def _results(article: Article) -> list[dict[str, Any]]:
    """Regions, choices on them, relations. Label Studio keeps one relation for each pair of regions, so it carries all its labels."""
    out: list[dict[str, Any]] = []
    for role, (start, end) in regions_of(article):
        value = {"start": start, "end": end, "text": article.text[start:end]}
        region = {"id": _region_id((role, (start, end))), "from_name": "span", "to_name": "text", "type": "labels"}
        out.append({**region, "value": {**value, "labels": [role]}})
    chosen: dict[Place, list[str]] = {}
    related: dict[tuple[str, str], list[str]] = {}
    for stance in article.stances:
        first, last = ends_of(stance)
        if first == last:
            chosen.setdefault(first[1], []).append(tool_label(stance))
        else:
            related.setdefault((_region_id(first), _region_id(last)), []).append(tool_label(stance))
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
    check_tool_labels(labels)
    return each_article(_placed_tasks(tasks, ""), lambda task: _from_task(task, labels, reviewed, annotator), on_error)


def _placed_tasks(tasks: Iterable[Any], where: str) -> Iterator[tuple[str, Any]]:
    for number, task in enumerate(tasks, 1):
        yield f"{where}task {task.get('id', number) if isinstance(task, Mapping) else number}", task


def _from_task(task: Mapping[str, Any], labels: Sequence[str], reviewed: bool, annotator: int | str | None) -> Article:
    data = field_of(task, "data", dict, "a Label Studio task")
    text = field_of(data, "text", str, "the data of a task")
    original = original_of(text, data.get(RECORD))
    given = mappings_of(task, "annotations", "a task")
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
    guesses = [] if reviewed or given else mappings_of(task, "predictions", "a task")
    newest = sorted(guesses, key=lambda p: str(p.get("created_at", "")))[-1:]
    drawn = [_from_results(text, mappings_of(chosen, "result", "an annotation"), labels) for chosen in annotations or newest]
    meta = {} if original else {k: v for k, v in data.items() if k not in ("text", "article")}
    identifier = str(data.get("article", task.get("id", "")))
    return joined_article(text, drawn[0] if drawn else None, original, bool(annotations), identifier, meta)


def _by_number(original: Article | None) -> Article:
    """The article of a task that a server exported with the numbers of its predictions alone: they are in the record."""
    if original is None:
        raise DataError(
            "the export has the numbers of the predictions, not the predictions", remedy="annotate the task, or read with `reviewed`"
        )
    return original


def _people(completed_by: object) -> tuple[object, ...]:
    return (completed_by.get("id"), completed_by.get("email")) if isinstance(completed_by, Mapping) else (completed_by,)


def _from_results(text: str, results: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> Drawn:
    relations: list[tuple[str | int, str | int, list[str]]] = []
    regions: list[tuple[str | int, str, Mapping[str, Any]]] = []
    for result in results:
        kind = result.get("type")
        if kind == "relation":
            start = identifier_of(result.get("from_id"), "from_id of a relation")
            end = identifier_of(result.get("to_id"), "to_id of a relation")
            direction = result.get("direction", "right")
            if direction not in ("right", "left"):
                raise DataError(f"a relation with direction {direction!r}", remedy="point it from SOURCE to TARGET")
            names = names_of(result.get("labels") or [], "labels of the relation from {} to {}", start, end)
            relations.append((start, end, names) if direction == "right" else (end, start, names))
        elif kind == "labels" or (kind == "choices" and result.get("from_name") == UNNAMED):
            value = result.get("value")
            if not isinstance(value, dict):
                value = field_of(result, "value", dict, f"result {result.get('id')!r}")
            regions.append((identifier_of(result.get("id"), "the id of a result"), kind, value))
        else:
            raise DataError(
                f"result {result.get('id')!r} of type {kind!r} (control {result.get('from_name')!r}) is not in stancekit's configuration",
                remedy="annotate in a project with stancekit.convert.label_config()",
            )
    places = _label_studio_places(text, [value for _, _, value in regions])
    spans: dict[str | int, tuple[Sequence[str], Place]] = {}
    unnamed: list[tuple[Place, object]] = []
    for (identifier, kind, value), place in zip(regions, places, strict=True):
        names = names_of(value.get(kind) or [], kind + " of {}", identifier)
        if kind == "choices":
            unnamed += [(place, name) for name in names]
            continue
        if not names or not _ROLES.issuperset(names):
            raise DataError(f"span {list(place)} is labelled {names!r}", remedy=f"expected one of {', '.join(ROLES)}")
        roles, first = spans.get(identifier, ((), place))
        if first != place:
            raise DataError(f"region {identifier!r} lies at {list(first)} and at {list(place)}", remedy="give each region its own id")
        spans[identifier] = ([*roles, *names] if roles else names, place)
    return link_up(spans, relations, unnamed, labels)


def _label_studio_places(text: str, values: Sequence[Mapping[str, Any]]) -> list[Place]:
    """Where regions lie, in characters: as they are, or read as UTF-16 code units where only so the recorded texts fit."""
    raw = [(field_of(v, "start", int, "a region"), field_of(v, "end", int, "a region")) for v in values]
    units = utf16_units(text)
    if len(text) != units[-1] and not all(_fits(text, place, v) for place, v in zip(raw, values, strict=True)):
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
    return 0 <= start < end <= len(text) and (not isinstance(recorded, str) or same_text(text[start:end], recorded))


def write_label_studio(path: str | os.PathLike[str], articles: Iterable[Article], labels: Sequence[str] = LABELS) -> int:
    """Writes the tasks as one JSON file and the project's `label_config` beside it, with the ending `.xml`. Returns the number of tasks.

    Raises `DataError` where the two would be one file, and where the second stands there and is no such configuration.
    """
    count, config = 0, Path(path).with_suffix(".xml")
    if Path(path).suffix.lower() == ".xml":
        raise DataError(f"{path}: the labelling configuration goes there", remedy="end the tasks' file in .json")
    if config.exists() and not _is_config(config):
        raise DataError(f"{config} exists and is no labelling configuration, which goes there", remedy="give the output another name")
    with replacing(path) as stream:
        for count, task in enumerate(to_label_studio(articles, labels), 1):
            stream.write(("[\n" if count == 1 else ",\n") + dump(task))
        stream.write("\n]\n" if count else "[]\n")
    with replacing(config) as stream:
        stream.write(label_config(labels))
    return count


def _is_config(file: Path) -> bool:
    """Whether a file begins as `label_config` does for any labels."""
    opening = label_config().partition("<Relation ")[0]
    try:
        return file.read_text(encoding="utf-8").startswith(opening)
    except (UnicodeDecodeError, OSError):
        return False


def read_label_studio(
    path: str | os.PathLike[str], labels: Sequence[str] = LABELS, reviewed: bool = False, on_error: OnError | None = None
) -> Iterator[Article]:
    """The articles of an export file; see `from_label_studio`."""
    raw = file_bytes(path)
    try:
        tasks = parse_json(raw, 'export in the form "JSON"')
    except DataError as error:
        raise error.at(os.fspath(path)) from None
    if not isinstance(tasks, list):
        raise DataError(
            f"got a JSON {type(tasks).__name__}", place=os.fspath(path), remedy='a Label Studio export ("JSON") is a list of tasks'
        )
    check_tool_labels(labels)
    yield from each_article(_placed_tasks(tasks, f"{path}: "), lambda task: _from_task(task, labels, reviewed, None), on_error)
