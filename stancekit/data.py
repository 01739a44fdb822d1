"""JSON Lines in and out, as streams. Every error names file, line, field, value and remedy."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

from stancekit.errors import DataError
from stancekit.schema import LABELS, Article, Query

Record = TypeVar("Record")
OnError = Callable[[DataError], None]


def read_lines(path: str | os.PathLike[str]) -> Iterator[tuple[str, bytes]]:
    """`("file:line", line)` for each non-blank line; "-" is standard input. One line in memory at a time."""
    name = os.fspath(path)
    if name == "-":
        yield from _numbered("<stdin>", sys.stdin.buffer)
        return
    if not os.path.exists(name):
        raise DataError(f"no such file: {name}", remedy="check the path")
    if os.path.isdir(name):
        raise DataError(f"{name} is a directory", remedy="name the files in it")
    with open(name, "rb") as stream:
        yield from _numbered(name, stream)


def _numbered(name: str, stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            yield f"{name}:{number}", line


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
    """One JSON object. Raises `DataError` for invalid UTF-8, malformed JSON and anything but an object."""
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DataError(
            f"invalid UTF-8 at byte {error.start}: {line[error.start : error.start + 4]!r}", remedy="save the file as UTF-8"
        ) from None
    except RecursionError:
        raise DataError("malformed JSON: nested too deeply", remedy="one JSON object a line") from None
    except ValueError as error:
        raise DataError(f"malformed JSON: {error}", remedy="one JSON object a line") from None
    if not isinstance(record, dict):
        raise DataError(f"got a JSON {type(record).__name__}", remedy="one JSON object a line")
    return record


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
    """Writes JSON Lines beside the target and renames at the end, so that no half file is ever left there.

    Returns the number of records.
    """
    target = Path(path)
    part = target.with_name(target.name + ".part")
    count = 0
    with open(part, "w", encoding="utf-8", newline="\n") as stream:
        for record in records:
            stream.write(dump(record.to_dict()) + "\n")
            count += 1
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, target)
    return count


def dump(record: Mapping[str, Any]) -> str:
    """One line of JSON; characters that UTF-8 cannot hold (lone surrogates) are escaped."""
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        line = json.dumps(record)
    return line


def kind_of(path: str | os.PathLike[str]) -> str:
    """Either "articles" or "queries", by the keys of the first record. Raises `DataError` where it is neither."""
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
