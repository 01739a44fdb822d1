"""JSON Lines in and out, as streams. Every error names file, line, field, value and remedy."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from stancekit.errors import DataError
from stancekit.schema import LABELS, Article, Query

if sys.platform != "win32":
    import fcntl

Record = TypeVar("Record")
OnError = Callable[[DataError], None]

ONE_A_LINE = "one JSON object a line"

TABLES = (".csv", ".tsv", ".parquet")

_HEADER = re.compile(rb'(?:\xef\xbb\xbf)?"?[\w.-]+"?(?:[,\t]"?(?:[\w.-]+"?)?)+[\r\n]*')
"""Names of columns, the first line of a table."""


def read_lines(path: str | os.PathLike[str]) -> Iterator[tuple[str, bytes]]:
    """`("file:line", line)` for each non-blank line; "-" is standard input. One line in memory at a time.

    Raises `DataError` for what cannot be read; where that begins in the middle, with its `file:line`.
    """
    name = os.fspath(path)
    if name == "-":
        yield from numbered("<stdin>", sys.stdin.buffer)
        return
    if not os.path.exists(name):
        raise DataError(f"no such file: {name}", remedy="check the path")
    if name.lower().endswith(TABLES):
        raise DataError(f"{name} is a table, and JSON Lines are read here", remedy=f"give a .jsonl file: {ONE_A_LINE}")
    if os.path.isdir(name):
        raise DataError(f"{name} is a directory", remedy="name the files in it")
    try:
        stream = open(name, "rb")  # noqa: SIM115  # closed below; an error of the reader's is not one of opening
    except OSError as error:
        raise DataError(f"cannot read {name}: {error.strerror}", remedy="check its permissions") from None
    with stream:
        yield from numbered(name, stream)


def numbered(name: str, stream: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """`("name:line", line)` for each line that is not blank. Raises `DataError` where reading breaks off."""
    number = 0
    try:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield f"{name}:{number}", line
    except OSError as error:
        raise DataError(f"cannot read on: {error.strerror}", place=f"{name}:{number + 1}", remedy="check the disk") from None


def read_records(
    path: str | os.PathLike[str], build: Callable[[Mapping[str, Any]], Record], on_error: OnError | None = None
) -> Iterator[Record]:
    """Streams the records of a JSON Lines file.

    A bad record raises `DataError` with `file:line`; with `on_error` it is reported there and left out,
    and the stream goes on.
    """
    for place, line in read_lines(path):
        try:
            yield build(parse_line(line))
        except DataError as error:
            located = error.at(place)
            if on_error is None:
                raise located from None
            on_error(located)


def parse_line(line: bytes) -> Mapping[str, Any]:
    """One JSON object. Raises `DataError` for anything else, see `parse_json`."""
    try:
        record = parse_json(line, ONE_A_LINE)
    except DataError:
        if not _HEADER.fullmatch(line):
            raise
        problem = "not JSON but the header of a table (CSV)"
        raise DataError(problem, remedy=f"{ONE_A_LINE}; a table is told by the ending of its file's name, {', '.join(TABLES)}") from None
    if not isinstance(record, dict):
        raise DataError(f"got a JSON {type(record).__name__}", remedy=ONE_A_LINE)
    return record


def parse_json(raw: bytes, remedy: str) -> Any:
    """One JSON value. Raises `DataError` with the remedy for invalid UTF-8, malformed JSON, numbers that JSON lacks (NaN, Infinity,
    1e999) and what is nested too deeply."""
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_float=_finite, parse_constant=_finite)
    except UnicodeDecodeError as error:
        raise DataError(
            f"invalid UTF-8 at byte {error.start}: {raw[error.start : error.start + 4]!r}", remedy="save the file as UTF-8"
        ) from None
    except RecursionError:
        raise DataError("malformed JSON: nested too deeply", remedy=remedy) from None
    except ValueError as error:
        raise DataError(f"malformed JSON: {error}", remedy=remedy) from None


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits:.40} is not a finite number, write null")
    return value


def read_articles(
    path: str | os.PathLike[str], labels: Sequence[str] | None = LABELS, on_error: OnError | None = None
) -> Iterator[Article]:
    """Streams the articles of a file in the article form."""
    return read_records(path, lambda record: Article.from_dict(record, labels), on_error)


def read_queries(
    path: str | os.PathLike[str], labels: Sequence[str] | None = LABELS, on_error: OnError | None = None
) -> Iterator[Query]:
    """Streams the queries of a file in the query form."""
    return read_records(path, lambda record: Query.from_dict(record, labels), on_error)


def write_records(path: str | os.PathLike[str], records: Iterable[Article | Query]) -> int:
    """Writes JSON Lines, see `replacing`. Returns the number of records."""
    count = 0
    with replacing(path) as stream:
        for record in records:
            stream.write(dump(record.to_dict()) + "\n")
            count += 1
    return count


@contextmanager
def replacing(path: str | os.PathLike[str], binary: bool = False) -> Iterator[IO[Any]]:
    """A text file (or a `binary` one) written beside `path` and renamed at the end: the old file or the new one stands there, never
    half of one.

    Raises `DataError` where no file can be written there, and where another process writes the same one.
    """
    target = Path(path)
    check_place(target)
    part = target.with_name(target.name + ".part")
    with locked(part):
        try:
            with open(part, "wb") if binary else open(part, "w", encoding="utf-8", newline="\n") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(part, target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def check_place(target: Path, instead: str = "name a file") -> None:
    """Raises `DataError` where a file cannot be written and put in the place of an old one; `instead` is the remedy for a device."""
    if not target.parent.is_dir():
        raise DataError(f"no such folder: {target.parent}", remedy="make it first")
    if target.is_dir():
        raise DataError(f"{target} is a directory", remedy="name a file in it")
    if target.exists() and not target.is_file():
        raise DataError(f"{target} is a device or a pipe", remedy=instead)


@contextmanager
def locked(part: Path) -> Iterator[None]:
    """Keeps a file (made if it is missing) from every other process that asks for it; a killed process lets go of it.

    Raises `DataError` where another one has it. Not on Windows, nor on file systems without locks.
    """
    if sys.platform == "win32":
        yield
        return
    while True:
        handle = os.open(part, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise DataError(f"another process is writing {part}", remedy="wait for its end, or give the output another name") from None
        except OSError:  # no locks here
            break
        if part.exists() and os.path.samestat(os.fstat(handle), part.stat()):
            break
        os.close(handle)  # its writer was done in the meantime and gave it its name
    try:
        yield
    finally:
        os.close(handle)


def dump(record: Mapping[str, Any]) -> str:
    """One line of JSON; characters that UTF-8 cannot hold (lone surrogates) are escaped.

    Raises `DataError` for values that JSON lacks: NaN, infinite numbers, dates and the like.
    """
    try:
        line = json.dumps(record, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        place = f"record {record['id']!r}" if "id" in record else None
        raise DataError(f"not JSON: {error}", place=place, remedy="turn dates and the like into text, NaN into None") from None
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        line = json.dumps(record)
    return line


def kind_of(path: str | os.PathLike[str]) -> str:
    """Either "articles" or "queries", by the keys of the first record. Raises `DataError` where it is neither, or where looking at
    the first record would take it out of a stream."""
    if os.fspath(path) == "-" or (os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)):
        raise DataError(f"{os.fspath(path)} can be read only once, and its kind is looked up first", remedy="save it to a file")
    for place, line in read_lines(path):
        try:
            record = parse_line(line)
        except DataError as error:
            raise error.at(place) from None
        if "statements" in record:
            return "articles"
        if "target" in record:
            return "queries"
        raise DataError(
            f"a record with the keys {', '.join(sorted(record))} is neither an annotated article nor a query",
            place=place,
            remedy='articles have "text" and "statements", queries "text", "target" and "label"',
        )
    raise DataError(f"{os.fspath(path)} is empty", remedy="give a file with at least one record")


def file_hash(path: str | os.PathLike[str]) -> str:
    """First 16 hexadecimal digits of a file's SHA-256, as printed in every recipe."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]
