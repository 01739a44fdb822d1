"""The `stancekit` command."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import re
import shutil
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, TextIO

import typer

import stancekit
from stancekit import checkpoint, inputs
from stancekit.data import dump, locked, parse_line, read_lines, read_records
from stancekit.errors import DataError, MissingExtraError, StancekitError
from stancekit.schema import LABELS, Article, Query
from stancekit.tables import COLUMNS, arrow_schema, rows
from stancekit.text import occurrences, without_surrogates

if TYPE_CHECKING:
    from stancekit.pipeline import Model

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="rich", help=stancekit.__doc__)

BROKEN_PIPE, INTERRUPTED, INCOMPLETE = 141, 130, 1

ROW_GROUP = 10_000
"""Stances written to Parquet at a time."""


class Format(StrEnum):
    """How results are written."""

    table = "table"
    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"


class Table(StrEnum):
    """What `count` counts."""

    pairs = "pairs"
    sources = "sources"
    targets = "targets"
    timeline = "timeline"
    network = "network"


class Party(StrEnum):
    """How `count` tells parties apart."""

    code = "code"
    name = "name"
    party = "party"


class Form(StrEnum):
    """Forms that `convert` reads and writes."""

    label_studio = "label-studio"
    doccano = "doccano"
    brat = "brat"
    articles = "articles"
    marks = "marks"


class Unit(StrEnum):
    """Periods of a timeline."""

    day = "day"
    week = "week"
    month = "month"


ModelOption = Annotated[str | None, typer.Option("--model", "-m", help="A model folder or hub id; the shipped model by default.")]
SkipOption = Annotated[bool, typer.Option("--skip-bad", help="Go on past bad records; they are counted and the exit code is 1.")]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help="Threads; STANCEKIT_THREADS or all processors by default.")]


def _version(value: bool) -> None:
    if value:
        typer.echo(f"stancekit {stancekit.__version__}")
        raise typer.Exit


@app.callback()
def _main(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    pass


class _Reader:
    """Counts the bad records that are left out, or raises at the first."""

    def __init__(self, skip: bool) -> None:
        self.skip, self.left_out = skip, 0

    def bad(self, error: DataError) -> None:
        if not self.skip:
            raise error
        self.left_out += 1
        _warn(str(error))


def _warn(message: str) -> None:
    typer.echo(f"stancekit: {message}", err=True)


def _load(model: str | None, threads: int | None) -> Model:
    from stancekit.pipeline import load

    return load(model, threads=threads)


@app.command()
def predict(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE… | -",
            help="Plain text or HTML files, one article each; .jsonl files of articles; .csv, .tsv, .parquet with --text-column; "
            "folders of these; - for standard input (one text, or JSON Lines).",
        ),
    ],
    output_format: Annotated[
        Format | None, typer.Option("--format", "-f", help="By default as -o ends, a table on a terminal, else jsonl.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write there: .csv and .parquet have a row a stance.")] = None,
    text_column: Annotated[str | None, typer.Option(help="The column (or JSON key) with the text; other columns go into meta.")] = None,
    id_column: Annotated[str | None, typer.Option(help="The column with the id; file:line by default.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run with the same -o (jsonl) was cut off.")] = False,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Articles read ahead at a time.")] = 32,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes, each with a model of its own: for many articles on many processors, not for a few.")
    ] = 1,
    skip_bad: SkipOption = False,
) -> None:
    """Who takes which stance toward whom, sentence by sentence."""
    form = output_format or _form(output)
    if form is Format.parquet and output is None:
        raise DataError("Parquet is no text for a terminal or a pipe", remedy="name a file with -o")
    if resume and (output is None or form is not Format.jsonl):
        raise DataError("--resume goes on with a jsonl file", remedy="add -o FILE and leave --format out")
    if id_column is not None and text_column is None:
        raise DataError("--id-column says where a table has its ids", remedy="add --text-column NAME, or leave it out")
    reader, names = _Reader(skip_bad), inputs.expand(files)
    _not_over(output, names)
    with _piped(), _Output(output, form, resume) as out:
        done = iter(out.done)
        waiting: list[inputs.Text] = []
        odd = _Odd(id_column is not None)

        def texts() -> Iterator[str]:
            for item in inputs.read_texts(names, inputs.Columns(text_column, id_column), reader.bad):
                odd.see(item)
                known = next(done, None)
                if known is None:
                    waiting.append(item)
                    yield item.text
                else:
                    _same(known, item, out.part)
            if (left := next(done, None)) is not None:
                raise DataError(f"{out.part} has the article {left[0]!r}, which the input lacks", remedy="leave --resume out")

        found = _read(model, threads, workers, texts(), batch_size)
        progress = _progress(inputs.total_size(names), out.stream)
        with progress as advance, closing(found) as articles, _writer(form, out) as write:
            for article in articles:
                item = waiting.pop(0)
                write(Article(article.text, article.statements, item.id, item.meta))
                advance(item.size)
    odd.tell()
    _finish(reader)


def _form(output: Path | None) -> Format:
    if output is None:
        return Format.table if sys.stdout.isatty() else Format.jsonl
    if output.suffix.lower() == ".tsv":
        raise DataError(f"{output}: no form of output", remedy="end it in .jsonl, .csv or .parquet")
    return {".csv": Format.csv, ".parquet": Format.parquet}.get(output.suffix.lower(), Format.jsonl)


_WRAPPED = re.compile(r"[a-z,]\r?\n(?=[a-z])")
"""A line break inside a sentence."""


class _Odd:
    """Counts texts that are read all the same: empty ones, those whose id (where a column gives it) another text has, and those whose
    lines break inside sentences."""

    def __init__(self, ids: bool) -> None:
        self.seen: set[int] | None = set() if ids else None
        self.empty = self.repeated = self.wrapped = 0

    def see(self, item: inputs.Text) -> None:
        self.empty += not item.text.strip()
        self.wrapped += len(_WRAPPED.findall(item.text)) > max(2, item.text.count("\n") // 2)
        if self.seen is not None:
            self.repeated += hash(item.id) in self.seen
            self.seen.add(hash(item.id))

    def tell(self) -> None:
        if self.empty:
            _warn(f"texts without a word: {self.empty} (read, and without a stance)")
        if self.repeated:
            _warn(f"texts with the id of an earlier one: {self.repeated} (all read; counts by article take them for one)")
        if self.wrapped:
            _warn(f"texts whose lines break inside sentences: {self.wrapped} (a line break ends a sentence: join each paragraph's lines)")


def _read(model: str | None, threads: int | None, workers: int, texts: Iterator[str], batch_size: int) -> Generator[Article, None, None]:
    """The articles of texts, by one model or by several processes."""
    if workers == 1:
        yield from _load(model, threads).predict_many(texts, batch_size)
        return
    from stancekit import parallel

    yield from parallel.predict_many(texts, model, workers, batch_size, threads)


@contextmanager
def _piped() -> Iterator[None]:
    """Ends without a word when whoever reads standard output stops reading (typer would say 1 for any cause)."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(BROKEN_PIPE) from None


@contextmanager
def _progress(total: int | None, stream: TextIO) -> Iterator[Callable[[int], None]]:
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


@app.command()
def classify(
    text: Annotated[str | None, typer.Argument(help="The sentence or article; leave out with --queries.")] = None,
    target: Annotated[str | None, typer.Option("--target", "-t", help="Whom the stance is about.")] = None,
    source: Annotated[str | None, typer.Option("--source", "-s", help="Whose stance; anybody's by default.")] = None,
    queries: Annotated[str | None, typer.Option(help="A file in the query form (JSON Lines), or - for standard input.")] = None,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    skip_bad: SkipOption = False,
) -> None:
    """The stance toward a given target: one question, or a file of them. Prints JSON Lines."""
    reader = _Reader(skip_bad)
    if (queries is None) == (text is None):
        raise DataError("give a text with --target, or --queries FILE")
    if queries is not None and (target is not None or source is not None):
        raise DataError("--target and --source belong to a single text", remedy="leave them out; each query names its own")
    if text is not None and target is None:
        raise DataError("--target is missing", remedy="say whom the stance is about")
    if text is not None and source is not None and not occurrences(text, source):
        raise DataError(f"--source {source!r} does not stand in the text", remedy="leave it out to ask about anybody")
    loaded = _load(model, threads)
    asked: list[Query] = []
    unknown = 0

    def stream() -> Iterator[Query]:
        if queries is None:
            items: Iterator[Query] = iter([Query(text or "", target or "", source)])
        else:
            items = _queries(queries, reader, loaded.check)
        nonlocal unknown
        for query in items:
            unknown += isinstance(query.source, str) and not occurrences(query.text, query.source)
            asked.append(query)
            yield query

    _write_utf8()
    with _piped():
        for answer in loaded.classify_many(stream()):
            query = asked.pop(0)
            sys.stdout.write(dump({**({"id": query.id} if query.id else {}), **answer.to_dict()}) + "\n")
    if unknown:
        _warn(f"questions whose source does not stand in the text: {unknown} (answered for whoever it may be)")
    _finish(reader)


def _queries(path: str, reader: _Reader, check: Callable[[Query], None]) -> Iterator[Query]:
    for place, line in read_lines(path):
        try:
            query = Query.from_dict(parse_line(line), labels=None)
            check(query)
        except DataError as error:
            reader.bad(error.at(place))
        else:
            yield query


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="A YAML file as in configs/.")],
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint of the run.")] = False,
    graphs: Annotated[bool, typer.Option(help="Export ONNX graphs at the end.")] = True,
) -> None:
    """Trains a model on your articles and queries."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    from stancekit.config import TrainConfig, read_yaml
    from stancekit.training import train as run

    folder = run(read_yaml(config, TrainConfig), resume)
    if graphs and os.environ.get("RANK", "0") == "0":  # of several processes the first one
        from stancekit.export import export

        export(folder)
    typer.echo(str(folder))


@app.command()
def evaluate(
    data: Annotated[list[str], typer.Argument(help="Annotated articles or labelled queries (JSON Lines or marks files).")],
    model: ModelOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the scores and every error to this HTML page too.")] = None,
    threads: ThreadsOption = None,
    resamples: Annotated[int, typer.Option(min=0, help="Bootstrap resamples for the 95 % intervals; 0 for none.")] = 2000,
    baseline: Annotated[
        list[str] | None, typer.Option(help="Score this too: majority, majority-stance, lexicon, tfidf, or nli:NAME of a zero-shot model.")
    ] = None,
    train: Annotated[list[str] | None, typer.Option(help="What majority and tfidf learn from.")] = None,
) -> None:
    """Scores a model, and baselines, on held-out articles and queries."""
    from stancekit.evaluation import ErrorCase, evaluate_files, render

    errors: dict[str, list[ErrorCase]] = {}
    _not_over(html, data)
    with _Output(html, None) as out:
        loaded = _load(model, threads)
        reports = evaluate_files(loaded, data, resamples, errors)
        if baseline:
            from stancekit import baselines

            known = baselines.read_records(train or (), loaded.labels)
            reports += baselines.report(baseline, known, data, loaded.config.labels, resamples)
        if html is not None:
            from stancekit.pages import evaluation_page

            out.stream.write(evaluation_page(reports, errors))
    if as_json:
        typer.echo(json.dumps(reports, indent=1, ensure_ascii=False))
        return
    from rich.console import Console

    console = Console()
    for report in reports:
        for part in render(report):
            console.print(part)


Predictions = Annotated[
    str, typer.Argument(metavar="PREDICTIONS | -", help="What predict wrote: .jsonl, .csv or .parquet; - for jsonl on standard input.")
]
OnceOption = Annotated[bool, typer.Option("--once", help="Near-duplicate articles (wire copies) count once; needs jsonl.")]


def _stances(predictions: str, reader: _Reader, once: bool) -> tuple[list[Any], dict[str, str] | None]:
    """What predict wrote, as articles or as rows; with `once`, the copies among the articles too."""
    from stancekit import aggregate

    if os.path.splitext(predictions)[1].lower() in inputs.TABLES:
        if once:
            raise DataError(f"{predictions} has no texts to compare", remedy="leave --once out, or give the jsonl that predict writes")
        return list(inputs.read_rows(predictions, reader.bad)), None
    articles = list(read_records(predictions, _read_article, reader.bad))
    return articles, aggregate.copies(articles) if once else None


@app.command()
def report(
    predictions: Predictions,
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML page to write.")],
    title: Annotated[str | None, typer.Option(help="The page's heading; names the file by default.")] = None,
    once: OnceOption = False,
    skip_bad: SkipOption = False,
) -> None:
    """An HTML page of who takes which stance toward whom, with the sentences as evidence (with jsonl, in their articles)."""
    from stancekit.pages import report_page

    reader = _Reader(skip_bad)
    _not_over(output, [predictions])
    with _Output(output, None) as out:
        found, copies = _stances(predictions, reader, once)
        out.stream.write(report_page(found, title or f"Stances in {'<stdin>' if predictions == '-' else predictions}", copies))
    _finish(reader)


@app.command()
def count(
    predictions: Predictions,
    output: Annotated[Path, typer.Option("--output", "-o", help="A .csv, .graphml (network only), .png, .svg or .pdf file.")],
    table: Annotated[Table, typer.Option(help="What is counted.")] = Table.pairs,
    by: Annotated[Party, typer.Option(help="Parties by code, by name, or by code, else name, else wording.")] = Party.party,
    min_confidence: Annotated[float, typer.Option(min=0, max=1, help="Stances below it are not counted.")] = 0.0,
    once: OnceOption = False,
    unit: Annotated[Unit, typer.Option(help="Period of the timeline.")] = Unit.week,
    source: Annotated[str | None, typer.Option(help="Timeline: of this source only.")] = None,
    target: Annotated[str | None, typer.Option(help="Timeline: toward this target only.")] = None,
    date_key: Annotated[str, typer.Option(help="Timeline: the entry of an article's meta that holds its date.")] = "date",
    skip_bad: SkipOption = False,
) -> None:
    """Counts who takes which stance toward whom: a table, a network for Gephi or R, or a picture. Says what was left out."""
    from stancekit import aggregate

    form = output.suffix.lower()
    forms = (".csv", ".graphml") if table is Table.network else (".csv", ".png", ".svg", ".pdf")
    if form not in forms:
        what = form or "a file without ending"
        raise DataError(f"{output}: {table.value} cannot be written as {what}", remedy=f"end it in {', '.join(forms)}")
    if table is not Table.timeline and (source is not None or target is not None):
        raise DataError("--source and --target belong to the timeline", remedy="add --table timeline, or leave them out")
    reader = _Reader(skip_bad)
    _not_over(output, [predictions])
    articles, copies = _stances(predictions, reader, once)
    shared: dict[str, Any] = {"by": by.value, "min_confidence": min_confidence, "copies": copies}
    if table is Table.network:
        network = aggregate.network(articles, **shared)
        (network.write_csv if form == ".csv" else network.write_graphml)(output)
        counted = network.edges
    else:
        if table is Table.pairs:
            counted, draw = aggregate.pairs(articles, **shared), "matrix"
        elif table is Table.timeline:
            period: dict[str, Any] = {"source": source, "target": target, "date": date_key}
            counted, draw = aggregate.timeline(articles, unit.value, **period, **shared), "timeline"
        else:
            counted, draw = aggregate.parties(articles, table.value.removesuffix("s"), **shared), "bars"
        if form == ".csv":
            counted.write_csv(output)
        else:
            from stancekit import plots

            getattr(plots, draw)(counted, output)
    left_out = "".join(f"; {n} {reason}" for reason, n in counted.left_out.items() if n)
    _warn(f"{counted.counted} stances counted{left_out}")
    _finish(reader)


@app.command()
def convert(
    data: Annotated[str, typer.Argument(metavar="IN", help="Articles in any of the forms; by its name and content if --from is left out.")],
    output: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write (brat: a new folder).")],
    to: Annotated[Form, typer.Option(help="The form to write.")],
    source: Annotated[Form | None, typer.Option("--from", help="The form to read.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="Own stance labels, one option each.")] = None,
    reviewed: Annotated[bool, typer.Option("--reviewed", help="People have looked at every text: what stands there is gold.")] = False,
    skip_bad: SkipOption = False,
) -> None:
    """Between the forms of annotation tools and stancekit's own, without loss."""
    from stancekit.convert import FORMATS, detect

    reader, labels = _Reader(skip_bad), tuple(label or LABELS)
    _not_over(output, [data])
    articles = FORMATS[source.value if source else detect(data)].read(data, labels, reviewed, reader.bad if skip_bad else None)
    _warn(f"{FORMATS[to.value].write(str(output), articles, labels)} articles written")
    _finish(reader)


@app.command()
def suggest(
    predictions: Annotated[str, typer.Argument(metavar="PREDICTIONS.jsonl", help="What predict wrote as jsonl.")],
    output: Annotated[Path, typer.Argument(metavar="OUT", help="The tasks to write.")],
    to: Annotated[Form, typer.Option(help="The form to write.")] = Form.label_studio,
    number: Annotated[int, typer.Option("-n", min=1, help="Statements to pick.")] = 100,
    threshold: Annotated[float, typer.Option(min=0, max=1, help="The confidence that is least sure.")] = 0.5,
    context: Annotated[int, typer.Option(min=0, help="Sentences before and after each.")] = 1,
    label: Annotated[list[str] | None, typer.Option(help="Own stance labels, one option each; else those predicted.")] = None,
    skip_bad: SkipOption = False,
) -> None:
    """Picks the statements worth annotating next: the least sure ones, no two alike."""
    from stancekit.convert import FORMATS
    from stancekit.convert import suggest as pick

    reader = _Reader(skip_bad)
    _not_over(output, [predictions])
    articles = list(read_records(predictions, _read_article, reader.bad))
    found = tuple(dict.fromkeys(s.stance for a in articles for s in a.stances))
    labels = tuple(label or (LABELS if set(found) <= set(LABELS) else found))
    tasks = (s.to_article(context) for s in pick(articles, number, threshold))
    _warn(f"{FORMATS[to.value].write(str(output), tasks, labels)} statements written")
    _finish(reader)


def _read_article(record: Mapping[str, Any]) -> Article:
    article = Article.from_dict(record, labels=None)
    if article.statements is None:
        raise DataError(f'article {article.id!r} has no "statements"', remedy="let `stancekit predict --format jsonl` read it first")
    return article


def _not_over(output: Path | None, read: Sequence[str]) -> None:
    """Refuses to write over a file that is read."""
    if output is not None and output.exists() and any(os.path.exists(name) and output.samefile(name) for name in read):
        raise DataError(f"{output} is read here and would be overwritten", remedy="give the output another name")


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="A model folder, or 'default'.")],
    second: Annotated[str, typer.Argument(help="Another one.")],
    data: Annotated[str, typer.Argument(help="Annotated articles.")],
    rounds: Annotated[int, typer.Option(min=100, help="Permutations.")] = 10_000,
    show: Annotated[int, typer.Option(min=0, help="Sentences shown on which the two differ.")] = 20,
    html: Annotated[Path | None, typer.Option(help="Write the result and all of these sentences to this HTML page too.")] = None,
) -> None:
    """Paired permutation test of two models, and the sentences on which they differ."""
    from stancekit.evaluation import compare_models

    _not_over(html, [data])
    with _Output(html, None) as out:
        models = [_load(None if name == "default" else name, None) for name in (first, second)]
        result = compare_models(models[0], models[1], data, rounds)
        if html is not None:
            from stancekit.pages import comparison_page

            out.stream.write(comparison_page(result, (first, second)))
    differences = result.pop("differences")
    typer.echo(json.dumps(result, indent=1))
    for line in differences[:show]:
        typer.echo(json.dumps(line, ensure_ascii=False))


@app.command()
def check(
    data: Annotated[list[str], typer.Argument(help="Article or query files; several are also checked for leakage between them.")],
    config: Annotated[Path | None, typer.Option(help="Check for this training configuration: its labels, tokens and windows.")] = None,
) -> None:
    """Looks a data set over: counts, offsets, labels, duplicates, leakage, spans that tokens or sentences cut."""
    from stancekit.checks import check_files
    from stancekit.config import TrainConfig, read_yaml

    problems = 0
    for line, bad in check_files(data, None if config is None else read_yaml(config, TrainConfig)):
        problems += bad
        typer.echo(line)
    if problems:
        raise typer.Exit(1)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A checkpoint folder written by training.")],
    int8: Annotated[bool, typer.Option("--int8", help="In 8-bit integers, which is faster. Needs --data.")] = False,
    data: Annotated[list[str] | None, typer.Option(help="Held-out annotated articles that the 8-bit model is measured on.")] = None,
    texts: Annotated[str | None, typer.Option(help="Articles that show the range of layers' inputs; by default those of --data.")] = None,
    most: Annotated[float, typer.Option(min=0, help="Points of stance + target F1 that 8 bits may lose.")] = 0.5,
) -> None:
    """Adds ONNX graphs to a checkpoint; refuses graphs that answer differently from torch, or lose too much in 8 bits."""
    from stancekit.evaluation import read_gold
    from stancekit.export import Int8
    from stancekit.export import export as run

    if int8 != bool(data):
        raise DataError("--int8 and --data go together", remedy="name held-out articles with --data, or leave both out")
    if texts is not None and not int8:
        raise DataError("--texts shows ranges for 8-bit integers", remedy="add --int8 and --data, or leave it out")
    settings = None
    if data:
        labels = tuple(checkpoint.read_config(folder).labels)
        gold = [a for path in data for a in read_gold(path, labels)]
        settings = Int8([a.text for a in (read_gold(texts, labels) if texts else gold)], gold, most / 100)
    scores = run(folder, settings)
    if scores is not None:
        _warn(f"stance + target F1 in single precision {scores[0]:.4f}, in 8-bit integers {scores[1]:.4f}")
    typer.echo(str(folder))


def _same(known: tuple[str, int], item: inputs.Text, part: Path) -> None:
    """Raises `DataError` where the article of an interrupted run is not the one that the input has in its place."""
    if known[0] != item.id:
        raise DataError(f"{part} has the article {known[0]!r} where the input has {item.id!r}", remedy="leave --resume out")
    if known[1] != _mark(item.text):
        raise DataError(f"{part} has the article {item.id!r} with another text than the input", remedy="leave --resume out")


def _mark(text: str) -> int:
    """Tells texts apart within this process."""
    return hash(without_surrogates(text))


def _write_utf8() -> None:
    """What goes to a pipe or a file is UTF-8, whatever the locale says: these are the files that stancekit reads."""
    if not sys.stdout.isatty() and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")


class _Output:
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

    def __enter__(self) -> _Output:
        if self.path is None:
            if self.form in (Format.jsonl, Format.csv):
                _write_utf8()
            return self
        if not self.path.parent.is_dir():
            raise DataError(f"no such folder: {self.path.parent}", remedy="make it first")
        if self.path.is_dir():
            raise DataError(f"{self.path} is a directory", remedy="name a file in it")
        if self.path.exists() and not self.path.is_file():
            raise DataError(f"{self.path} is a device or a pipe", remedy="leave -o out and redirect standard output")
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
            _warn(f"what was read stands in {self.part}; --resume goes on from there")
        else:
            self.part.unlink(missing_ok=True)


@contextmanager
def _writer(form: Format, out: _Output) -> Iterator[Callable[[Article], None]]:
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
        table.writerows(_storable(article))

    return write


def _storable(article: Article) -> Iterator[dict[str, Any]]:
    """Its rows with text that UTF-8 can hold."""
    return ({k: without_surrogates(v) if isinstance(v, str) else v for k, v in row.items()} for row in rows(article))


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
        waiting.extend(_storable(article))
        if len(waiting) >= ROW_GROUP:
            flush()

    with parquet.ParquetWriter(stream, schema) as table:
        yield write
        flush()


COLOURS = {"support": "green", "condemnation": "red", "warning": "yellow"}


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


def _finish(reader: _Reader) -> None:
    if reader.left_out:
        _warn(f"{reader.left_out} bad records or files left out")
        raise typer.Exit(INCOMPLETE)


def main() -> None:
    """Entry point: every expected failure ends with one line and an exit code that says so."""
    try:
        app(standalone_mode=True)
    except StancekitError as error:
        _warn(str(error))
        sys.exit(INCOMPLETE)
    except KeyboardInterrupt:
        _warn("interrupted")
        sys.exit(INTERRUPTED)
    except OSError as error:
        _warn(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        sys.exit(INCOMPLETE)


if __name__ == "__main__":
    main()
