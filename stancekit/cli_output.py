"""What commands write: results in each form, to standard output or a file that is whole, with progress and warnings beside them."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import typer

import stancekit
from stancekit import inputs
from stancekit.cli_options import Format
from stancekit.data import check_place, dump, locked, parse_line
from stancekit.errors import DataError, MissingExtraError
from stancekit.schema import Article
from stancekit.tables import COLUMNS, arrow_schema, storable
from stancekit.text import without_surrogates

BROKEN_PIPE, INTERRUPTED, INCOMPLETE = 141, 130, 1

ROW_GROUP = 10_000
"""Stances written to Parquet at a time."""

COLOURS = {"support": "green", "condemnation": "red", "warning": "yellow"}


def warn(message: str) -> None:
    """A line on standard error."""
    typer.echo(f"stancekit: {message}", err=True)


def not_over(output: Path | None, read: Sequence[str]) -> None:
    """Refuses to write over a file that is read."""
    if output is not None and output.exists() and any(os.path.exists(name) and output.samefile(name) for name in read):
        raise DataError(f"{output} is read here and would be overwritten", remedy="give the output another name")


def write_utf8() -> None:
    """What goes to a pipe or a file is UTF-8, whatever the locale says: these are the files that stancekit reads."""
    if not sys.stdout.isatty() and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")


@contextmanager
def piped() -> Iterator[None]:
    """Ends without a word when whoever reads standard output stops reading (typer would say 1 for any cause)."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(BROKEN_PIPE) from None


@contextmanager
def progress_bar(total: int | None, stream: TextIO) -> Iterator[Callable[[int], None]]:
    """A bar with rate and time left on the terminal, where results go elsewhere."""
    if not sys.stderr.isatty() or (stream is sys.stdout and sys.stdout.isatty()):
        yield lambda size: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.completed:,.0f} bytes"), BarColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda size: bar.advance(task, size)


class Output:
    """Standard output, or a file that appears only when it is whole.

    Until then the records stand in FILE.part, which stays after an interruption for `--resume`; `done` are the ids in it and the marks
    of the texts.
    FILE.part is locked, so that a second process that would write the same file is refused. A link is written through.
    """

    def __init__(self, path: Path | None, form: Format | None, resume: bool = False) -> None:
        self.path, self.form = path and path.resolve(), form
        self.part = Path("-") if self.path is None else self.path.with_name(self.path.name + ".part")
        self.stream: TextIO = sys.stdout
        self.done: list[tuple[str, int]] = []
        self.resume = resume
        self.lock = ExitStack()

    def __enter__(self) -> Output:
        if self.path is None:
            if self.form in (Format.jsonl, Format.csv):
                write_utf8()
            return self
        check_place(self.path, "leave -o out and redirect standard output")
        with ExitStack() as stack:
            stack.enter_context(locked(self.part))
            if self.resume:
                source = self.part if self.part.is_file() and self.part.stat().st_size else self.path
                if source.is_file():
                    self._read(source)
            self.stream = open(self.part, "a" if self.resume else "w", encoding="utf-8", newline="\n")  # noqa: SIM115 closed in __exit__
            self.lock = stack.pop_all()
        return self

    def _read(self, source: Path) -> None:
        """Takes over the whole records of an interrupted (or finished) file; a line cut off at the end goes."""
        end = 0
        with open(source, "rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                try:
                    record = parse_line(line)
                    self.done.append((str(record.get("id", "")), _mark(str(record.get("text", "")))))
                except DataError as error:
                    raise error.at(f"{source}:{len(self.done) + 1}") from None
                end += len(line)
        if source != self.part:
            shutil.copyfile(source, self.part)
        os.truncate(self.part, end)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self.path is None:
            return
        with self.lock:
            if error is not None:
                self._leave(error)
                return
            try:
                self.stream.flush()
                os.fsync(self.stream.fileno())
                self.stream.close()
                os.replace(self.part, self.path)
            except OSError as failed:
                self._leave(failed)
                raise

    def _leave(self, error: BaseException) -> None:
        """After an error: what `--resume` can go on from stays, anything else goes."""
        with suppress(OSError):  # what could not be written cannot be written now
            self.stream.close()
        if isinstance(error, OSError) and error.filename is None:
            error.filename = os.fspath(self.part)
        if self.form is Format.jsonl and self.part.is_file() and self.part.stat().st_size:
            warn(f"what was read stands in {self.part}; --resume goes on from there")
        else:
            self.part.unlink(missing_ok=True)


def same(known: tuple[str, int], item: inputs.Text, part: Path) -> None:
    """Raises `DataError` where the article of an interrupted run is not the one that the input has in its place."""
    if known[0] != item.id:
        raise DataError(f"{part} has the article {known[0]!r} where the input has {item.id!r}", remedy="leave --resume out")
    if known[1] != _mark(item.text):
        raise DataError(f"{part} has the article {item.id!r} with another text than the input", remedy="leave --resume out")


def _mark(text: str) -> int:
    """Tells texts apart within this process."""
    return hash(without_surrogates(text))


@contextmanager
def writer(form: Format, out: Output) -> Iterator[Callable[[Article], None]]:
    """What writes articles in a form."""
    if form is Format.parquet:
        with _parquet_writer(out.stream.buffer) as write:
            yield write
    else:
        yield {Format.jsonl: _jsonl_writer, Format.csv: _csv_writer, Format.table: _table_writer}[form](out.stream)


def _jsonl_writer(stream: TextIO) -> Callable[[Article], None]:
    def write(article: Article) -> None:
        stream.write(dump(article.to_dict()) + "\n")
        stream.flush()

    return write


def _csv_writer(stream: TextIO) -> Callable[[Article], None]:
    table = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    table.writeheader()

    def write(article: Article) -> None:
        table.writerows(storable(article))

    return write


@contextmanager
def _parquet_writer(stream: BinaryIO) -> Iterator[Callable[[Article], None]]:
    """Parquet with `COLUMNS`, a row group every `ROW_GROUP` stances."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("writing Parquet", "tables") from None
    schema = arrow_schema().with_metadata({"stancekit": stancekit.__version__})
    waiting: list[dict[str, Any]] = []

    def flush() -> None:
        if waiting:
            table.write_table(pyarrow.Table.from_pylist(waiting, schema))
            waiting.clear()

    def write(article: Article) -> None:
        waiting.extend(storable(article))
        if len(waiting) >= ROW_GROUP:
            flush()

    with parquet.ParquetWriter(stream, schema) as table:
        yield write
        flush()


def _table_writer(stream: TextIO) -> Callable[[Article], None]:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=stream, width=None if stream.isatty() else 120)

    def write(article: Article) -> None:
        title = Text(f"{_plain(article.id)}: {len(article.stances)} stances")
        table = Table(title=title, title_justify="left", show_lines=True, expand=True)
        for name, options in (
            ("stance", {"no_wrap": True}),
            ("source", {"ratio": 2}),
            ("target", {"ratio": 3}),
            ("sentence", {"ratio": 6}),
        ):
            table.add_column(name, **options)
        for s in article.stances:
            colour = COLOURS.get(s.stance, "cyan")
            sentence = Text(_plain(s.statement.text))
            for span, style in ((s.source, "bold underline"), (s.target, f"bold {colour}")):
                if span is not None:
                    sentence.stylize(style, span.start - s.statement.start, span.end - s.statement.start)
            table.add_row(
                Text(f"{_plain(s.stance)}\n{s.confidence:.2f}", style=colour),
                Text(_who(s.source.text if s.source else None, s.source_name, s.source_code)),
                Text(_who(s.target.text if s.target else None, s.target_name, s.target_code)),
                sentence,
            )
        console.print(table)

    return write


def _plain(text: str) -> str:
    """Control characters, which could drive the terminal, as a visible placeholder (same length)."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def _who(text: str | None, name: str | None, code: str | None) -> str:
    if text is None:
        text = "–"
    extra = [x for x in ((name if name and name != text else None), code) if x]
    return _plain(text + (f" ({', '.join(extra)})" if extra else ""))
