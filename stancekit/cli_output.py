"""What commands write: results in each form, to standard output or a file that is whole, with progress and warnings beside them."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TextIO

import typer
from typer.core import TyperGroup

import stancekit
from stancekit import inputs
from stancekit.cli_options import Format
from stancekit.data import check_place, dump, locked, parse_line
from stancekit.errors import DataError, MissingExtraError
from stancekit.schema import Article
from stancekit.tables import COLUMNS, arrow_schema, storable
from stancekit.text import without_surrogates

if TYPE_CHECKING:
    from rich.console import Console

BROKEN_PIPE, INTERRUPTED, INCOMPLETE = 141, 130, 1

ROW_GROUP = 10_000
"""Stances written to Parquet at a time."""

COLOURS = {"support": "green", "condemnation": "red", "warning": "yellow"}


def warn(message: str) -> None:
    """A line on standard error."""
    typer.echo(f"stancekit: {message}", err=True)


def to_file(output: Path | None) -> Path | None:
    """The file to write; None, for standard output, where - is given."""
    return None if output == Path("-") else output


def not_over(output: Path | None, read: Sequence[str]) -> None:
    """Refuses to write over a file that is read, and to make a file named -."""
    if output == Path("-"):
        raise DataError("- is no file, and standard output is not written here", remedy="name a file")
    if output is not None and output.exists() and any(os.path.exists(name) and output.samefile(name) for name in read):
        raise DataError(f"{output} is read here and would be overwritten", remedy="give the output another name")


def is_page(output: Path | None, what: str) -> None:
    """Refuses to write an HTML page under the name of another kind of file."""
    if output is not None and output.suffix.lower() not in ("", ".html", ".htm"):
        raise DataError(f"{output}: {what} is an HTML page", remedy="end it in .html")


def write_utf8() -> None:
    """What goes to a pipe or a file is UTF-8, whatever the locale says: these are the files that stancekit reads."""
    if not sys.stdout.isatty() and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")


class Commands(TyperGroup):
    """Commands that end without a word when whoever reads standard output stops reading, and say so when they are interrupted (typer
    would end the first with 1, as for any cause, and the second in silence)."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(BROKEN_PIPE) from None
        except KeyboardInterrupt:
            warn("interrupted")
            raise SystemExit(INTERRUPTED) from None


def console(stream: TextIO, width: int | None = None) -> Console:
    """A console that leaves a broken pipe to `Commands`."""
    from rich.console import Console

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            raise  # called where the error is caught; rich would end the process with 1

    return Piped(file=stream, width=width)


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

    Until then the records stand in FILE.part, which stays after an interruption for `--resume`; `done` is what it holds already.
    FILE.part is locked, so that a second process that would write the same file is refused. A link is written through.
    """

    def __init__(self, path: Path | None, form: Format | None, resume: bool = False) -> None:
        self.path, self.form = path and path.resolve(), form
        self.part = Path("-") if self.path is None else self.path.with_name(self.path.name + ".part")
        self.stream: TextIO = sys.stdout
        self.done: list[Done] = []
        self.resume, self.copied = resume, 0
        self.lock = ExitStack()

    def __enter__(self) -> Output:
        if self.path is None:
            return self
        check_place(self.path, "leave -o out and redirect standard output")
        with ExitStack() as stack:
            stack.enter_context(locked(self.part))
            if self.resume:
                source = self.part if _size(self.part) else self.path
                try:
                    if source.is_file():
                        self._read(source)
                except BaseException:
                    if not _size(self.part):
                        self.part.unlink(missing_ok=True)
                    raise
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
                    self.done.append(_done(parse_line(line)))
                except DataError as error:
                    raise error.at(f"{source}:{len(self.done) + 1}") from None
                end += len(line)
        if source != self.part:
            shutil.copyfile(source, self.part)
            self.copied = end
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
        """After an error: what `--resume` can go on from stays, anything else goes, and so does a mere copy of the file."""
        with suppress(OSError):  # what could not be written cannot be written now
            self.stream.close()
        if isinstance(error, OSError) and error.filename is None:
            error.filename = os.fspath(self.part)
        if self.form is not Format.jsonl or _size(self.part) <= self.copied:
            self.part.unlink(missing_ok=True)
        elif not isinstance(error, OtherInput):
            warn(f"what was read stands in {self.part}; --resume goes on from there")

    def same(self, known: Done, item: inputs.Text | None) -> None:
        """Raises `OtherInput` where an article that the file holds is not the one that the input has in its place."""
        file = self.path if self.copied else self.part
        if item is None:
            problem = f"{file} has the article {known.id!r}, which the input lacks"
        elif known.id != item.id:
            problem = f"{file} has the article {known.id!r} where the input has {item.id!r}"
        elif known.text != _text_mark(item.text):
            problem = f"{file} has the article {item.id!r} with another text than the input"
        elif known.meta != _meta_mark(item.meta):
            problem = f"{file} has the article {item.id!r} with other meta than the input"
        else:
            return
        raise OtherInput(problem, remedy="leave --resume out")


class OtherInput(DataError):
    """What `--resume` cannot go on from: the input is another one."""


class Done(NamedTuple):
    """What is kept of an article read before: its id, and what tells its text and its meta from others within this process."""

    id: str
    text: int
    meta: int


def _done(record: Mapping[str, Any]) -> Done:
    """Of a record that predict wrote. Raises `DataError` for any other."""
    article = Article.from_dict(record, labels=None)
    if article.statements is None:
        problem = f'article {article.id!r} has no "statements", so predict did not write it and --resume cannot go on from it'
        raise DataError(problem, remedy="give -o another name, or leave --resume out to write it over")
    return Done(article.id, _text_mark(article.text), _meta_mark(article.meta))


def _text_mark(text: str) -> int:
    return hash(without_surrogates(text))


def _meta_mark(meta: Mapping[str, Any]) -> int:
    return hash(json.dumps(dict(meta), sort_keys=True, default=str)) if meta else 0


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


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
    from rich.table import Table
    from rich.text import Text

    shown = console(stream, None if stream.isatty() else 120)

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
        shown.print(table)

    return write


def _plain(text: str) -> str:
    """Control characters, which could drive the terminal, as a visible placeholder (same length)."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def _who(text: str | None, name: str | None, code: str | None) -> str:
    if text is None:
        text = "–"
    extra = [x for x in ((name if name and name != text else None), code) if x]
    return _plain(text + (f" ({', '.join(extra)})" if extra else ""))
