"""Articles to and from brat stand-off; see `stancekit.convert`."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stancekit.annotation import (
    COLORS,
    ROLES,
    SOURCE,
    STATEMENT,
    TARGET,
    Drawn,
    Link,
    Place,
    as_seen,
    check_tool_labels,
    each_article,
    ends_of,
    file_bytes,
    joined_article,
    original_of,
    place_of,
    record_of,
    regions_of,
    same_text,
    with_comments,
)
from stancekit.data import OnError, dump, read_records, replacing
from stancekit.errors import DataError
from stancekit.schema import LABELS, Article, Span, check_label

_BREAKS = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")

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
    check_tool_labels(labels)
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
    check_tool_labels(labels)
    record_of(article, labels)
    lines: list[str] = []
    number = {region: f"T{n}" for n, region in enumerate(regions_of(article), 1)}
    for stance in article.stances:
        number.setdefault((_brat_type(stance.stance), place_of(stance.statement)), f"T{len(number) + 1}")
    for (name, place), identifier in number.items():
        fragments = _fragments(article, place)
        offsets = ";".join(f"{start} {end}" for start, end in fragments)
        lines.append(f"{identifier}\t{name} {offsets}\t{' '.join(article.text[a:b] for a, b in fragments)}")
    for n, stance in enumerate(article.stances, 1):
        name, ends = _brat_type(stance.stance), zip(("Source", "Target"), ends_of(stance), strict=True)
        arguments = "".join(f" {role}:{number[end]}" for role, end in ends if end[0] != STATEMENT)
        lines.append(f"E{n}\t{name}:{number[name, place_of(stance.statement)]}{arguments}")
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
    STATEMENT around it, else to the sentence. Notes (`#`) go into `meta` (`COMMENTS`). `reviewed`: see `doccano.from_doccano`.
    Raises `DataError` naming `place` and line, also for what the article form does not hold (relations, normalisations, other attributes).
    """
    check_tool_labels(labels)
    reader = _Brat(text, place, labels)
    for number, line in enumerate((annotation or "").split("\n"), 1):
        if line.strip():
            try:
                reader.line(line.rstrip("\r"))
            except DataError as error:
                raise error.at(f"{place}:{number}") from None
    try:
        original = original_of(text, record)
        drawn = None if annotation is None else as_seen(reader.drawn(), original, reviewed)
        return joined_article(text, drawn, original, reviewed, "", with_comments({}, reader.notes, original))
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
        if not same_text(reading, column):
            raise DataError(
                f"{name} span {offsets!r} was drawn on {column[:40]!r} but the text has {reading[:40]!r} there",
                remedy="restore the text that was annotated",
            )
        return name, (fragments[0].start, fragments[-1].end)

    def drawn(self) -> Drawn:
        drawn = Drawn({place for name, place in self.spans.values() if name == STATEMENT})
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
            drawn.links.append(Link(label, identifier in self.optional, source, target, self.spans[trigger][1]))
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

    Raises `DataError` where the folder is not empty (it might hold somebody's annotation). Returns the number of articles. After an error
    nothing of it is left.
    """
    root = Path(folder)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise DataError(f"{root} exists and is not an empty folder", remedy="name a new one; annotation is never written over")
    config, made = brat_config(labels), not root.exists()
    root.mkdir(parents=True, exist_ok=True)
    taken: Counter[str] = Counter()
    written: list[Path] = []

    def write(file: str, content: str) -> None:
        written.append(root / file)
        written[-1].write_bytes(content.encode("utf-8"))

    count = 0
    try:
        with replacing(root / BRAT_INDEX) as index:
            for article in articles:
                annotation, record = to_brat(article, labels), record_of(article, labels)
                count += 1
                name = _file_name(article.id, taken)
                write(f"{name}.txt", article.text)
                write(f"{name}.ann", annotation)
                index.write(dump({"file": name, **record}) + "\n")
        for file, content in config.items():
            write(file, content)
    except BaseException:
        for half in (*written, root / BRAT_INDEX):
            half.unlink(missing_ok=True)
        if made:
            root.rmdir()
        raise
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
    """The articles of a brat folder: those of its index in that order, then any other `.txt` by name (its name is the article's id).

    Documents in folders below it are not read: that raises `DataError`, or goes to `on_error`.
    """
    root = Path(folder)
    if not root.is_dir():
        raise DataError(f"no such folder: {root}", remedy="check the path")
    check_tool_labels(labels)
    below = next(root.glob("[!.]*/**/*.ann"), None)
    if below is not None:
        error = DataError(f"{below} is in a folder below {root}, of which only the files are read", remedy="move and convert it by itself")
        if on_error is None:
            raise error
        on_error(error)
    records = dict(read_records(root / BRAT_INDEX, _indexed)) if (root / BRAT_INDEX).is_file() else {}
    names = [*records, *sorted(p.stem for p in root.glob("[!.]*.txt") if p.stem not in records)]

    def build(file: Path) -> Article:
        text, annotations = _decoded(file), file.with_name(file.stem + ".ann")
        annotation = _decoded(annotations) if annotations.is_file() else None
        record = records.get(file.stem)
        article = from_brat(text, annotation, record, labels, reviewed, str(annotations))
        return article if record is not None else replace(article, id=file.stem)

    yield from each_article(((str(root / name), root / f"{name}.txt") for name in names), build, on_error)


def _indexed(line: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name of a document and its record, from a line of `BRAT_INDEX`."""
    record = dict(line)
    name = record.pop("file", None)
    if not isinstance(name, str) or Path(name).name != name:
        raise DataError(f'"file" is {name!r}, not the name of a document', remedy="leave the index as it was written")
    return name, record


def _decoded(file: Path) -> str:
    try:
        return file_bytes(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"invalid UTF-8 at byte {error.start}", place=str(file), remedy="save the file as UTF-8") from None
