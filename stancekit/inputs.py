"""What people have on disk as texts to read: plain text, web pages, tables, JSON Lines, folders, standard input.

Everything streams: a file of records is never held in memory as a whole.
"""

from __future__ import annotations

import csv
import datetime
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from stancekit import content
from stancekit.data import TABLES, numbered, parse_line, read_lines
from stancekit.errors import DataError, MissingExtraError
from stancekit.schema import Article, said
from stancekit.tables import check_columns, parse_row

LINES = (".jsonl", ".ndjson")
PAGES = (".html", ".htm", ".xhtml")
READ_IN_FOLDERS = (*LINES, *TABLES, *PAGES, ".txt", ".text", ".md")
"""Files of a folder that are read; others are passed over, and hidden ones."""

MOST_ENDINGS = 8
"""Endings told of files that were passed over."""

MAX_CELL = 1 << 27
"""Characters of a CSV cell; the csv module's own limit of 131,072 would cut long articles off."""

MAX_CHILDREN = 2000
"""Elements of one element above which links and emphasis are left out first: the extractor's time grows with their square."""

_INLINE = re.compile(
    rb"</?(?:a|abbr|b|big|cite|code|del|em|font|graphic|hi|i|img|ins|kbd|mark|q|ref|s|samp|small|span|strike|strong|sub|sup|tt|u|var)"
    rb"(?:\s[^<>]*)?>",
    re.IGNORECASE,
)

_SEPARATOR = re.compile(r"\"?sep=([,;\t|])\"?[\r\n]*", re.IGNORECASE)
_OBJECT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"')

Bad = Callable[[DataError], None]
Check = Callable[[Sequence[str], str], None]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Text:
    """One article to read; `size` is its share of the input in bytes, for progress."""

    text: str
    id: str
    meta: dict[str, Any] = field(default_factory=dict)
    size: int = 0


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold the text and its id; all others go into `meta`."""

    text: str | None = None
    id: str | None = None


def expand(names: Sequence[str], tell: Tell) -> list[str]:
    """The files named, folders replaced by what is in them; `tell` hears once what was passed over there.

    Raises `DataError` for what is missing or empty, and for standard input named twice.
    """
    if names.count("-") > 1:
        raise DataError("- is standard input, which can be read only once", remedy="name it once")
    out: list[str] = []
    passed: Counter[str] = Counter()
    for name in names:
        if name == "-" or not os.path.isdir(name):
            out.append(name)
            continue
        files = _visible(Path(name))
        found = sorted(str(file) for file in files if ending(file) in READ_IN_FOLDERS)
        if not found:
            raise DataError(f"{name} is a directory without {', '.join(READ_IN_FOLDERS)} files", remedy="name the files")
        out += found
        passed.update(ending(file) or "no ending" for file in files if ending(file) not in READ_IN_FOLDERS)
    if passed:
        kinds = ", ".join(f"{n} {kind}" for kind, n in passed.most_common(MOST_ENDINGS)) + ", …" * (len(passed) > MOST_ENDINGS)
        tell(f"files of folders passed over: {passed.total()} ({kinds}); read are {', '.join(READ_IN_FOLDERS)}")
    return out


def _visible(folder: Path) -> list[Path]:
    """The files in a folder and those below it that are not hidden (copies of editors and systems, not articles)."""
    inside = (file for file in folder.rglob("*") if not any(part.startswith(".") for part in file.relative_to(folder).parts))
    return [file for file in inside if file.is_file()]


def ending(name: str | os.PathLike[str]) -> str:
    """What a file's name ends in, in lower case; `wget` writes `page.html?p=1`."""
    return os.path.splitext(name)[1].partition("?")[0].lower()


def total_size(names: Sequence[str]) -> int | None:
    """Bytes of all files; None where standard input or a missing file is among them."""
    try:
        return sum(os.path.getsize(name) for name in names)
    except OSError:
        return None


def read_texts(names: Sequence[str], columns: Columns, bad: Bad) -> Iterator[Text]:
    """The texts of files in order. What cannot be read goes to `bad`, which raises or counts."""
    for name in names:
        suffix = ending(name)
        try:
            if name == "-":
                yield from _stdin(columns, bad)
            elif suffix in LINES:
                yield from _lines(read_lines(name), columns, bad)
            elif suffix in TABLES:
                yield from _table(name, suffix, columns, bad)
            elif suffix == ".json":
                raise DataError(f"{name} is JSON, not a text", remedy="save it as .jsonl, one article a line")
            else:
                raw = _bytes(name)
                yield Text(_page(raw, name) if suffix in PAGES else _text(raw, name), name, size=len(raw))
        except DataError as error:
            bad(error)


def _stdin(columns: Columns, bad: Bad) -> Iterator[Text]:
    """Standard input: JSON Lines where it begins with a JSON object, else one plain text."""
    read = [sys.stdin.buffer.readline()]
    while read[-1] and not read[-1].strip():
        read.append(sys.stdin.buffer.readline())
    if _OBJECT.match(read[-1]):
        yield from _lines(numbered("<stdin>", chain(read, sys.stdin.buffer)), columns, bad)
    elif columns.text is not None:
        problem = f"standard input is not JSON Lines, so it has no column {columns.text!r}"
        raise DataError(problem, remedy="save a table as .csv, .tsv or .parquet and name the file")
    else:
        raw = b"".join(read) + sys.stdin.buffer.read()
        yield Text(_text(raw, "<stdin>"), "<stdin>", size=len(raw))


def _bytes(name: str) -> bytes:
    _must_exist(name)
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {name}: {error.strerror}") from None


def _must_exist(name: str) -> None:
    if not os.path.exists(name):
        raise DataError(f"no such file: {name}", remedy="check the path")


def _text(raw: bytes, place: str) -> str:
    """A plain text, or the article of what begins as a web page does."""
    return _page(raw, place) if content.is_page(raw) else content.plain(raw, place)


def _page(raw: bytes, place: str) -> str:
    """The article of a web page. `trafilatura`: the best maintained extractor of main text; scripts are never run."""
    try:
        from trafilatura import extract, load_html
    except ImportError:
        raise MissingExtraError("reading HTML", "html") from None
    raw = content.page(raw)
    tree = load_html(raw)
    if tree is not None and any(len(parent) > MAX_CHILDREN for parent in tree.iter()):
        tree = load_html(_INLINE.sub(b"", raw))
    text = extract(tree, include_comments=False, include_tables=False) if tree is not None else None
    if not text:
        raise DataError("no article found in the page", place=place, remedy="save its text as a plain text file")
    return str(text)


def _lines(lines: Iterable[tuple[str, bytes]], columns: Columns, bad: Bad) -> Iterator[Text]:
    """Records in the article form; with a text column, any JSON objects."""
    for place, line in lines:
        try:
            record = parse_line(line)
            if columns.text is None:
                if "text" not in record:
                    known = ", ".join(map(str, record)) or "none"
                    raise DataError(f'no key "text"; there are: {known}', remedy="say which one holds the text with --text-column")
                article = Article.from_dict({k: v for k, v in record.items() if k != "statements"})
                yield Text(article.text, article.id or place, dict(article.meta), len(line))
            else:
                yield text_of(record, place, columns, len(line))
        except DataError as error:
            bad(error.at(place))


def text_of(record: Mapping[str, Any], place: str, columns: Columns, size: int) -> Text:
    """A table's row as a text; columns that are neither text nor id go into its meta. Raises `DataError` for a missing column."""
    _need(columns, record, place)
    text = record[str(columns.text)]
    if text is None:
        remedy = "give every article a text (and every row of a CSV as many cells as the header)"
        raise DataError(f"no text in column {columns.text!r}", place=place, remedy=remedy)
    if not isinstance(text, str):
        problem = f"column {columns.text!r} holds {said(text)}, expected text"
        raise DataError(problem, place=place, remedy="name the column with the text")
    if columns.id is not None and record[columns.id] is None:
        raise DataError(f"no id in column {columns.id!r}, text {text[:40]!r}", place=place, remedy="give every article an id of its own")
    identifier = place if columns.id is None else str(record[columns.id])
    meta = {str(k): _simple(v) for k, v in record.items() if k not in (columns.text, columns.id)}
    return Text(text, identifier, {k: v for k, v in meta.items() if v is not None}, size)


def _need(columns: Columns, known: Collection[Any], place: str) -> None:
    """Raises `DataError` where a column asked for is not among those known."""
    for column in (columns.text, columns.id):
        if column is not None and column not in known:
            names, remedy = ", ".join(map(str, known)) or "none", "name another column" if known else "give a table with a header"
            raise DataError(f"no column {column!r}; there are: {names}", place=place, remedy=remedy)


def _simple(value: Any) -> Any:
    """A value as JSON holds it: dates in ISO form, NaN as None, infinite numbers and other foreign types as their text."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        return {str(k): _simple(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_simple(v) for v in value]
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _table(name: str, suffix: str, columns: Columns, bad: Bad) -> Iterator[Text]:
    if columns.text is None:
        raise DataError(f"{name} is a table; which column holds the text is not said", remedy="add --text-column NAME")
    _must_exist(name)
    check = partial(_need, columns)
    rows = _parquet(name, bad, check) if suffix == ".parquet" else _csv(name, "\t" if suffix == ".tsv" else ",", bad, check)
    for place, record, size in rows:
        try:
            yield text_of(record, place, columns, size)
        except DataError as error:
            bad(error)


def read_rows(name: str, bad: Bad) -> Iterator[dict[str, Any]]:
    """The stances of a .csv, .tsv or .parquet table that `stancekit predict` wrote, as rows (`stancekit.tables.COLUMNS`).

    Raises `DataError` where it is not such a table; rows that do not fit go to `bad`.
    """
    _must_exist(name)
    suffix = ending(name)
    delimiter = "\t" if suffix == ".tsv" else ","
    found = _parquet(name, bad, check_columns) if suffix == ".parquet" else _csv(name, delimiter, bad, check_columns)
    for place, record, _ in found:
        try:
            yield parse_row(record, place)
        except DataError as error:
            bad(error)


def _csv(name: str, delimiter: str, bad: Bad, check: Check) -> Iterator[tuple[str, Mapping[str, Any], int]]:
    csv.field_size_limit(MAX_CELL)
    try:
        with open(name, encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
            header, before, delimiter = _header(stream, delimiter)
            reader = csv.DictReader(chain([header], stream), delimiter=delimiter, strict=True)
            _check_utf8(reader.fieldnames or (), f"{name}:{reader.line_num + before}")
            _check_columns(reader.fieldnames or (), f"{name}:{reader.line_num + before}")
            check(reader.fieldnames or (), name)
            for record in reader:
                place = f"{name}:{reader.line_num + before}"
                try:
                    spare = record.pop(None, None)  # cells beyond the header's
                    if spare:
                        problem = f"{len(spare)} cells more than the header has: {', '.join(map(repr, spare)):.60}"
                        raise DataError(problem, place=place, remedy=f"put a cell that holds {delimiter!r} in quotation marks")
                    _check_utf8(record.values(), place)
                except DataError as error:
                    bad(error)
                    continue
                yield place, record, sum(len(v) for v in record.values() if v)
    except OSError as error:
        raise DataError(f"cannot read {name}: {error.strerror}", remedy="check its permissions, and the disk") from None
    except csv.Error as error:
        remedy = 'put a cell with quotation marks in quotes and double the marks inside it: "" for "'
        problem = f"malformed CSV: {error}; nothing from this row to the end of the file was read"
        raise DataError(problem, place=f"{name}:{reader.line_num + before + 1}", remedy=remedy) from None


def _header(stream: TextIO, delimiter: str) -> tuple[str, int, str]:
    """The first line of a CSV with column names, how many lines stand before it, and what separates its cells.

    Where a header has no comma, semicolons or tabs do (Excel's CSV in much of Europe); Excel's own first line `sep=;` says so.
    """
    line = stream.readline()
    if (named := _SEPARATOR.fullmatch(line)) is not None:
        return stream.readline(), 1, named[1]
    return line, 0, next((mark for mark in (delimiter, ";", "\t") if mark in line), delimiter)


def _check_utf8(cells: Iterable[str | None], place: str) -> None:
    """Raises `DataError` where a cell, read with `surrogateescape`, holds bytes that were not UTF-8."""
    try:
        for cell in filter(None, cells):
            cell.encode()
    except UnicodeEncodeError as error:
        raw = error.object[error.start : error.end].encode(errors="surrogateescape")
        raise DataError(f"invalid UTF-8: {raw!r}", place=place, remedy="save the file as UTF-8") from None


def _check_columns(names: Iterable[str], place: str) -> None:
    """Raises `DataError` where two columns have one name: a record holds only one of them."""
    twice = [f"{column!r} ({n} times)" for column, n in Counter(names).items() if n > 1]
    if twice:
        raise DataError(f"columns of the same name: {', '.join(twice)}", place=place, remedy="give each column a name of its own")


def _parquet(name: str, bad: Bad, check: Check) -> Iterator[tuple[str, Mapping[str, Any], int]]:
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ImportError:
        raise MissingExtraError("reading Parquet", "tables") from None
    try:
        table = parquet.ParquetFile(name)
        _check_columns(table.schema_arrow.names, name)
        check(table.schema_arrow.names, name)
        each = os.path.getsize(name) // max(1, table.metadata.num_rows)
        number = 0
        for batch in table.iter_batches(batch_size=256):
            for row in range(batch.num_rows):
                number += 1
                try:
                    (record,) = batch.slice(row, 1).to_pylist()
                except (ValueError, OverflowError, KeyError) as error:  # KeyError: an unknown time zone
                    problem = f"cannot read the row: {type(error).__name__}: {error}"
                    bad(DataError(problem, place=f"{name}:{number}", remedy="text is UTF-8, years are 1 to 9999, time zones are IANA's"))
                    continue
                yield f"{name}:{number}", record, each
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:  # the last: a column's name
        raise DataError(f"cannot read {name} as Parquet: {error}") from None
