r"""The corpus on disk: the marks form that people write and review, and stand-off annotation of public text.

Marks form, one article:

    ### a1-02
    genre: press briefing

    <a>Port union</a> warns <b>ministry</b> of strike {warning a>b}

    "<a>We</a> condemn <b>the decree</b> and stand with <c>our members</c>," she said. {condemnation a>b; support a>c}
    Talks resume on Monday.

One sentence a line; a blank line between paragraphs. Spans carry tags, stances stand in braces at the
end: label, source > target, `_` for null, a trailing `?` for an optional stance. Text that holds
`< > { }` or a backslash carries a backslash before it. Separators other than a space (between lines)
and a blank line (between paragraphs) are written as a JSON string after `~`; a line that starts with
`\:` is text outside any statement. So any annotated article can be written, and reads back as it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from stancekit.data import parse_line, read_lines
from stancekit.errors import DataError
from stancekit.schema import LABELS, Article, Query, Span, Stance, Statement, check_label

Record = TypeVar("Record", Article, Query)

_TAG = re.compile(r"\\(.)|<(/?)([a-z]+)>|([<>{}])", re.DOTALL)
_STANCE = re.compile(r"\s*(\S+) ([a-z]+|_)>([a-z]+|_)( \?)?\s*")
_LABEL = re.compile(r"[^\s;{}]+")
_BLOCK = re.compile(r"(?<!\\)((?:\\\\)*)\{([^{}]*)\}\s*$")
_WORDS = ("true", "false", "null", "NaN", "Infinity")
"""Header values that are JSON, not text; text of these letters is written as a JSON string."""

_ESCAPES = {"n": "\n", "r": "\r", "s": " ", "t": "\t"}


def to_marks(article: Article) -> str:
    """One article in the marks form. Raises `DataError` for what the form does not hold (predictions)."""
    lines = [f"### {article.id}"]
    if any(c in article.id for c in "\n\r") or article.id != article.id.strip():
        raise DataError(f"article id {article.id!r} does not fit one line", remedy="give it a plain id")
    if article.statements is None:
        lines.append("annotation: none")
    lines += [f"{key}: {_meta_value(key, value)}" for key, value in article.meta.items()]
    lines.append("")
    position, first = 0, True
    for statement in article.statements or ():
        gap = article.text[position : statement.span.start]
        first = _write_gap(lines, gap, first, last=False)
        lines.append(_write_statement(article.text, statement))
        position, first = statement.span.end, False
    _write_gap(lines, article.text[position:], first, last=True)
    return "\n".join(lines) + "\n"


def _meta_value(key: str, value: Any) -> str:
    if not isinstance(key, str) or not re.fullmatch(r"[\w.-]+", key) or key == "annotation":
        raise DataError(f"meta key {key!r} does not fit the marks form", remedy="use letters, digits, - and _")
    plain = isinstance(value, str) and re.fullmatch(r"[^\W\d_][^\n\r]*", value) and value == value.strip()
    return value if plain and value not in _WORDS else json.dumps(value)


def _write_gap(lines: list[str], gap: str, first: bool, last: bool) -> bool:
    """Appends what stands between two statements; True while nothing of the text has been written."""
    core = gap.strip()
    if core:
        start = gap.index(core)
        first = _write_separator(lines, gap[:start], first, False)
        lines.append("\\:" + _escape(core))
        gap, first = gap[start + len(core) :], False
    return _write_separator(lines, gap, first, last)


def _write_separator(lines: list[str], gap: str, first: bool, last: bool) -> bool:
    default = "" if first or last else " "
    if gap == default:
        return first
    if gap == "\n\n" and not first and not last:
        lines.append("")
    else:
        lines.append("~" + json.dumps(gap))
    return first


def _escape(text: str) -> str:
    out = re.sub(r"[\\<>{}]", lambda m: "\\" + m.group(), text)
    out = out.replace("\n", "\\n").replace("\r", "\\r")
    if out[:1].isspace():
        out = ("\\t" if out[0] == "\t" else "\\s") + out[1:] if out[0] in " \t" else out
    if out[-1:] == " ":
        out = out[:-1] + "\\s"
    return "\\" + out if out[:1] in ("#", "~") else out


def _letters(index: int) -> str:
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(97 + rest) + name
    return name


def _write_statement(text: str, statement: Statement) -> str:
    span = statement.span
    if span.text != span.text.strip():
        raise DataError(f"statement [{span.start}, {span.end}] has white space at its ends", remedy="trim it")
    spans = sorted({p for s in statement.stances for p in (s.source, s.target) if p}, key=lambda p: (p.start, -p.end))
    names = {piece: _letters(i) for i, piece in enumerate(spans)}
    cuts: dict[int, tuple[list[str], list[str]]] = {}
    for piece in spans:
        cuts.setdefault(piece.start, ([], []))[1].append(f"<{names[piece]}>")
        cuts.setdefault(piece.end, ([], []))[0].insert(0, f"</{names[piece]}>")
    body, position = "", span.start
    for at in sorted(cuts):
        body += _escape_inner(text[position:at], position == span.start) + "".join(cuts[at][0] + cuts[at][1])
        position = at
    body += _escape_inner(text[position : span.end], position == span.start)
    stances = []
    for stance in statement.stances:
        if stance != Stance(stance.stance, stance.statement, stance.source, stance.target, optional=stance.optional):
            raise DataError("the marks form holds gold annotation, not predictions", remedy="write JSON Lines instead")
        if not _LABEL.fullmatch(stance.stance):
            raise DataError(f"label {stance.stance!r} does not fit the marks form", remedy="use one without white space, ; { or }")
        names_of = [names[p] if p else "_" for p in (stance.source, stance.target)]
        stances.append(f"{stance.stance} {'>'.join(names_of)}{' ?' if stance.optional else ''}")
    return body + (f" {{{'; '.join(stances)}}}" if stances else "")


def _escape_inner(text: str, opening: bool) -> str:
    out = re.sub(r"[\\<>{}]", lambda m: "\\" + m.group(), text).replace("\n", "\\n").replace("\r", "\\r")
    return "\\" + out if opening and out[:1] in ("#", "~") else out


def from_marks(text: str, place: str = "<marks>", labels: Iterable[str] = LABELS) -> Iterator[Article]:
    """The articles of a file in the marks form. Errors name `place:line`."""
    known = tuple(labels)
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if line.startswith("### ") or line == "###"]
    for i, line in enumerate(lines[: starts[0] if starts else len(lines)]):
        if line.strip():
            raise DataError(f"text before the first article: {line[:60]!r}", place=f"{place}:{i + 1}", remedy='start with "### id"')
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=False):
        yield _Reader(lines, start, end, place, known).article()


class _Reader:
    def __init__(self, lines: list[str], start: int, end: int, place: str, labels: tuple[str, ...]) -> None:
        self.lines, self.at, self.end, self.place, self.labels = lines, start, end, place, labels
        self.parts: list[str] = []
        self.length = 0
        self.statements: list[Statement] = []

    def fail(self, problem: str, remedy: str | None = None) -> DataError:
        return DataError(problem, place=f"{self.place}:{self.at + 1}", remedy=remedy)

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def article(self) -> Article:
        identifier = self.lines[self.at][4:].strip()
        meta: dict[str, Any] = {}
        self.at += 1
        while self.at < self.end and self.lines[self.at].strip():
            key, colon, value = self.lines[self.at].partition(": ")
            if not colon:
                raise self.fail(f"header line {self.lines[self.at][:60]!r} is not key: value", "a blank line ends the header")
            if key in meta:
                raise self.fail(f"header key {key!r} stands twice", "keep one of the two lines")
            meta[key] = self._meta(value)
            self.at += 1
        annotated = meta.pop("annotation", None) != "none"
        self.at += 1
        separator, last = "", self.end
        while last > self.at and not self.lines[last - 1].strip():
            last -= 1
        for at in range(self.at, last):
            self.at = at
            line = self.lines[at]
            if not line.strip():
                separator = "\n\n"
            elif line.startswith("~"):
                separator = self._separator(line)
            else:
                self.add(separator)
                self._line(line)
                separator = " "
        if self.lines[last - 1].startswith("~"):
            self.add(separator)
        try:
            return Article("".join(self.parts), tuple(self.statements) if annotated else None, identifier, meta)
        except DataError as error:
            raise error.at(f"{self.place}: article {identifier}") from None

    def _meta(self, value: str) -> Any:
        if re.match(r"[^\W\d_]", value) and value not in _WORDS:
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value

    def _separator(self, line: str) -> str:
        try:
            value = json.loads(line[1:])
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, str):
            raise self.fail(f"separator {line[:40]!r} is not ~ and a JSON string", 'write a text line that starts with ~ as "\\~"')
        return value

    def _line(self, line: str) -> None:
        outside = line.startswith("\\:")
        line = line[2:] if outside else line
        found = _BLOCK.search(line)
        stances = None
        if found:
            stances, line = found.group(2), line[: found.start() + len(found.group(1))].rstrip(" ")
        base = self.length
        body, spans = self._untag(line)
        self.add(body)
        if outside:
            return
        try:
            for name, (a, b) in {"the sentence": (0, len(body)), **{f"span <{k}>": v for k, v in spans.items()}}.items():
                if a == b:
                    raise self.fail(f"{name} is empty", "give it text or remove it")
            statement = Span(base, self.length, body)
            places = {name: Span(base + a, base + b, body[a:b]) for name, (a, b) in spans.items()}
            read = tuple(self._stance(item, statement, places) for item in stances.split(";")) if stances is not None else ()
            unused = set(places.values()) - {p for s in read for p in (s.source, s.target)}
            if unused:
                raise self.fail(f"span {min(unused).text!r} belongs to no stance", "remove its tags or name it in the braces")
            self.statements.append(Statement(statement, read))
        except DataError as error:
            raise error.at(f"{self.place}:{self.at + 1}") from None

    def _untag(self, line: str) -> tuple[str, dict[str, tuple[int, int]]]:
        """A line without its tags and backslashes, and where in it the tagged spans lie."""
        opened: dict[str, int] = {}
        spans: dict[str, tuple[int, int]] = {}
        body, position = "", 0
        for match in _TAG.finditer(line):
            body += line[position : match.start()]
            position = match.end()
            escaped, closing, name, stray = match.groups()
            if escaped is not None:
                body += _ESCAPES.get(escaped, escaped)
            elif stray:
                raise self.fail(f"stray {stray!r} in {line[:60]!r}", f"write it as \\{stray}")
            elif not closing:
                if name in opened or name in spans:
                    raise self.fail(f"tag <{name}> opens twice")
                opened[name] = len(body)
            elif name not in opened:
                raise self.fail(f"tag </{name}> closes what was not opened")
            else:
                spans[name] = (opened.pop(name), len(body))
        body += line[position:]
        if opened:
            raise self.fail(f"tag <{next(iter(opened))}> is never closed")
        return body, spans

    def _stance(self, item: str, statement: Span, places: Mapping[str, Span]) -> Stance:
        match = _STANCE.fullmatch(item)
        if match is None:
            raise self.fail(f"cannot read the stance {item.strip()!r}", 'write "label source>target", _ for null')
        label, source, target, optional = match.groups()
        check_label(label, self.labels)
        for name in (source, target):
            if name != "_" and name not in places:
                raise self.fail(f"stance {item.strip()!r} names <{name}>, which is not in the sentence")
        return Stance(label, statement, places.get(source), places.get(target), optional=bool(optional))


def read_marks(path: str | os.PathLike[str], labels: Iterable[str] = LABELS) -> Iterator[Article]:
    """The articles of a marks file, or of every `*.txt` under a folder in the order of their names."""
    root = Path(path)
    if not root.exists():
        raise DataError(f"no such file or folder: {root}", remedy="check the path")
    for file in marks_files(root):
        yield from from_marks(read_text(file), str(file), labels)


def marks_files(root: Path) -> list[Path]:
    """The marks files of a folder in the order of their names, or the one file."""
    return sorted(root.rglob("*.txt")) if root.is_dir() else [root]


def read_text(file: Path) -> str:
    """A file in the marks form, whatever its line ends. Raises `DataError` where it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"invalid UTF-8 at byte {error.start}", place=str(file), remedy="save the file as UTF-8") from None


def text_hash(text: str) -> str:
    """SHA-256 of a text as UTF-8, in hexadecimal: what a stand-off record is checked against."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def to_standoff(article: Article, locator: str) -> dict[str, Any]:
    """An article without its text: locator, hash, offsets and labels."""
    record = article.to_dict()
    return {
        "id": article.id,
        "locator": locator,
        "sha256": text_hash(article.text),
        "meta": dict(article.meta),
        "statements": record.get("statements"),
    }


def query_to_standoff(query: Query, locator: str) -> dict[str, Any]:
    """A question without its text: locator, hash, offsets and label. Raises `DataError` where source or target are no offsets."""
    if isinstance(query.target, str) or isinstance(query.source, str):
        raise DataError(f"query {query.id!r} names its parties by strings", remedy="give (start, end) tuples")
    record = query.to_dict()
    del record["text"]
    return {"id": record.pop("id"), "locator": locator, "sha256": text_hash(query.text), **record}


def join_standoff(path: str | os.PathLike[str], texts: Mapping[str, str]) -> Iterator[Article]:
    """Joins stand-off records to their texts (`locator -> text`). Raises where a text is missing or differs."""
    yield from _joined(path, texts, Article.from_dict)


def join_standoff_queries(path: str | os.PathLike[str], texts: Mapping[str, str]) -> Iterator[Query]:
    """The same for questions."""
    yield from _joined(path, texts, Query.from_dict)


def _joined(path: str | os.PathLike[str], texts: Mapping[str, str], build: Callable[[dict[str, Any]], Record]) -> Iterator[Record]:
    for place, line in read_lines(path):
        try:
            record = dict(parse_line(line))
        except DataError as error:
            raise error.at(place) from None
        locator = record.pop("locator", None)
        if not isinstance(locator, str) or locator not in texts:
            raise DataError(f"no text for {locator!r}", place=place, remedy="give the public data the annotation was made on")
        text = texts[locator]
        if text_hash(text) != record.pop("sha256", None):
            raise DataError(f"the text of {locator!r} is not the one annotated", place=place, remedy="use the same release")
        try:
            yield build({**record, "text": text})
        except DataError as error:
            raise error.at(place) from None
