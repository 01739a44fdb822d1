"""Articles to and from Doccano; see `stancekit.convert`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stancekit.annotation import (
    RECORD,
    ROLES,
    Place,
    as_seen,
    check_tool_labels,
    each_article,
    ends_of,
    field_of,
    identifier_of,
    joined_article,
    link_up,
    mappings_of,
    original_of,
    record_of,
    regions_of,
    tool_label,
    utf16_units,
    with_comments,
)
from stancekit.data import OnError, dump, parse_line, read_lines, replacing
from stancekit.errors import DataError
from stancekit.schema import LABELS, Article, Span


def to_doccano(articles: Iterable[Article], labels: Sequence[str] = LABELS) -> Iterator[dict[str, Any]]:
    """The record of each article in Doccano's "JSONL(Relation)" form, offsets in UTF-16 code units.

    Doccano 1.8; https://doccano.github.io/doccano/. The project: sequence labelling with "Allow overlapping spans" and "Use relation
    labeling" ticked (Doccano drops overlapping spans otherwise, without a word) and "Count grapheme clusters" not ticked.
    """
    check_tool_labels(labels)
    for article in articles:
        record = record_of(article, labels)
        if not article.text:
            raise DataError(
                "the text is empty; Doccano drops such records", place=f"article {article.id!r}", remedy="leave the article out"
            )
        units = utf16_units(article.text)
        regions = regions_of(article)
        relations = []
        for stance in article.stances:
            first, last = ends_of(stance)
            if first == last:
                regions.append((tool_label(stance), first[1]))
            else:
                relations.append((first, last, tool_label(stance)))
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
    (`stancekit.annotation.COMMENTS`).

    Raises `DataError` naming the record; with `on_error` it goes there and the record is left out.
    """
    check_tool_labels(labels)
    placed = ((f"record {n}", record) for n, record in enumerate(records, 1))
    return each_article(placed, lambda record: _from_doccano(record, labels, reviewed), on_error)


def _from_doccano(record: Mapping[str, Any], labels: Sequence[str], reviewed: bool) -> Article:
    text = field_of(record, "text", str, "a Doccano record")
    original = original_of(text, record.get(RECORD))
    field_of(record, "entities", list, 'a Doccano record (of a project with "Use relation labeling")')
    index = {unit: n for n, unit in enumerate(utf16_units(text))}
    spans: dict[str | int, tuple[Sequence[str], Place]] = {}
    unnamed: list[tuple[Place, object]] = []
    for entity in mappings_of(record, "entities", "a record"):
        ends = [field_of(entity, name, int, "an entity") for name in ("start_offset", "end_offset")]
        if not all(end in index for end in ends):
            raise DataError(
                f"entity {ends} does not lie on characters of the text ({max(index)} UTF-16 code units)",
                remedy='untick "Count grapheme clusters" in the project and export the text that was annotated',
            )
        place = (index[ends[0]], index[ends[1]])
        Span.of(text, *place, "entity")
        name, identifier = entity.get("label"), identifier_of(entity.get("id"), "the id of an entity")
        if name not in ROLES:
            unnamed.append((place, name))
        elif identifier in spans:
            raise DataError(f"two entities have the id {identifier!r}", remedy="give each its own")
        else:
            spans[identifier] = ((name,), place)
    relations = [
        (identifier_of(r.get("from_id"), "from_id of a relation"), identifier_of(r.get("to_id"), "to_id of a relation"), [r.get("type")])
        for r in mappings_of(record, "relations", "a record")
    ]
    drawn = link_up(spans, relations, unnamed, labels)
    known = ("id", "text", "article", RECORD, "entities", "relations", "Comments")
    meta = {} if original else {k: v for k, v in record.items() if k not in known}
    comments = [c.get("comment") for c in mappings_of(record, "Comments", "a record")]
    name = str(record.get("article", record.get("id", "")))
    return joined_article(text, as_seen(drawn, original, reviewed), original, reviewed, name, with_comments(meta, comments, original))


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
    check_tool_labels(labels)
    yield from each_article(read_lines(path), lambda line: _from_doccano(parse_line(line), labels, reviewed), on_error)
