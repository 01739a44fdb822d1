"""The `stancekit` command."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import stancekit
from stancekit import checkpoint, inputs
from stancekit.cli_input import MOST_IDS, Odd, Reader, finish, queries_of, read_article, stances, writable
from stancekit.cli_options import (
    Form,
    Format,
    ModelOption,
    OnceOption,
    Party,
    Predictions,
    ReadingOption,
    SkipOption,
    Table,
    ThreadsOption,
    Unit,
)
from stancekit.cli_output import INCOMPLETE, Commands, Output, console, is_page, not_over, progress_bar, to_file, warn, write_utf8, writer
from stancekit.data import TABLES, dump, read_records
from stancekit.errors import DataError, StancekitError
from stancekit.schema import LABELS, Article, Query
from stancekit.text import occurrences

if TYPE_CHECKING:
    from stancekit.pipeline import Model

OUT = "The file to write; label-studio: a .json file, and the labelling configuration beside it as .xml; brat: a new folder."

ENDINGS = {"": Format.jsonl, ".jsonl": Format.jsonl, ".ndjson": Format.jsonl, ".csv": Format.csv, ".parquet": Format.parquet}
"""Forms of output by the ending of its name."""

TIMELINE_OPTIONS = {
    "unit": "--unit", "source": "--source", "target": "--target", "date": "--date-key", "day_first": "--day-first or --month-first",
}  # fmt: skip

app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, rich_markup_mode="rich", help=stancekit.__doc__)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"stancekit {stancekit.__version__}")
        raise typer.Exit


@app.callback()
def _main(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    pass


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
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write there; .csv and .parquet have a row a stance.")] = None,
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
    output = to_file(output)
    form = output_format or _form(output)
    if form is Format.parquet and output is None:
        raise DataError("Parquet is no text for a terminal or a pipe", remedy="name a file with -o")
    if resume and (output is None or form is not Format.jsonl):
        raise DataError("--resume goes on with a jsonl file", remedy="add -o FILE and leave --format out")
    if id_column is not None and text_column is None:
        raise DataError("--id-column says where a table has its ids", remedy="add --text-column NAME, or leave it out")
    names = inputs.expand(files, warn)
    reader = Reader(skip_bad, len(names) > 1)
    if text_column is not None and not any(name == "-" or inputs.ending(name) in (*inputs.LINES, *TABLES) for name in names):
        raise DataError("--text-column belongs to tables and JSON Lines, and none is read", remedy="leave it out")
    not_over(output, names)
    with Output(output, form, resume) as out:
        done = iter(out.done)
        waiting: list[inputs.Text] = []
        odd = Odd(MOST_IDS if id_column is None else None)

        def texts() -> Iterator[str]:
            for item in inputs.read_texts(names, inputs.Columns(text_column, id_column), reader.bad):
                odd.see(item)
                known = next(done, None)
                if known is None:
                    waiting.append(item)
                    yield item.text
                else:
                    out.same(known, item)
                    advance(item.size)
            if (left := next(done, None)) is not None:
                out.same(left, None)

        found = _read(model, threads, workers, texts(), batch_size)
        progress = progress_bar(inputs.total_size(names), out.stream)
        with progress as advance, closing(found) as articles, writer(form, out) as write:
            for article in articles:
                item = waiting.pop(0)
                write(Article(article.text, article.statements, item.id, item.meta))
                advance(item.size)
    odd.tell()
    finish(reader)


def _form(output: Path | None) -> Format:
    if output is None:
        return Format.table if sys.stdout.isatty() else Format.jsonl
    form = ENDINGS.get(output.suffix.lower())
    if form is None:
        remedy = "end it in .jsonl, .csv or .parquet, or say which form it has with --format"
        raise DataError(f"{output}: {output.suffix} is no form of output", remedy=remedy)
    return form


def _read(model: str | None, threads: int | None, workers: int, texts: Iterator[str], batch_size: int) -> Generator[Article, None, None]:
    """The articles of texts, by one model or by several processes."""
    if workers == 1:
        yield from _load(model, threads).predict_many(texts, batch_size)
        return
    from stancekit import parallel

    yield from parallel.predict_many(texts, model, workers, batch_size, threads)


@app.command()
def classify(
    text: Annotated[str | None, typer.Argument(help="The sentence or article; leave out with --queries.")] = None,
    target: Annotated[str | None, typer.Option("--target", "-t", help="Whom the stance is about.")] = None,
    source: Annotated[str | None, typer.Option("--source", "-s", help="Whose stance; anybody's by default.")] = None,
    queries: Annotated[str | None, typer.Option(help="A file in the query form (JSON Lines), or - for standard input.")] = None,
    reading: ReadingOption = None,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    skip_bad: SkipOption = False,
) -> None:
    """The stance toward a given target: one question, or a file of them. Prints JSON Lines."""
    reader = Reader(skip_bad)
    if (queries is None) == (text is None):
        raise DataError("give a text with --target, or --queries FILE")
    if queries is not None and (target is not None or source is not None):
        raise DataError("--target and --source belong to a single text", remedy="leave them out; each query names its own")
    if text is not None:
        _check_single(text, target, source, skip_bad)
    loaded = _load(model, threads)
    asked: list[Query] = []
    unknown = 0

    def stream() -> Iterator[Query]:
        if queries is None:
            items: Iterator[Query] = iter([Query(text or "", target or "", source)])
        else:
            items = queries_of(queries, reader, loaded.check)
        nonlocal unknown
        for query in items:
            unknown += query.source is not None and not loaded.hears(query)
            asked.append(query)
            yield query

    for answer in loaded.classify_many(stream(), reading=reading):
        query = asked.pop(0)
        sys.stdout.write(dump({**({"id": query.id} if query.id else {}), **answer.to_dict()}) + "\n")
    if unknown:
        warn(f"questions whose source does not stand where their target does: {unknown} (answered for whoever it may be)")
    finish(reader)


def _check_single(text: str, target: str | None, source: str | None, skip_bad: bool) -> None:
    """Raises `DataError` where a question of a single text cannot be asked; warns of a file's name in place of a text."""
    if target is None:
        raise DataError("--target is missing", remedy="say whom the stance is about")
    if source is not None and source.strip() and not occurrences(text, source):
        raise DataError(f"--source {source!r} does not stand in the text", remedy="leave it out to ask about anybody")
    if skip_bad:
        raise DataError("--skip-bad goes on past bad queries of a file", remedy="add --queries FILE, or leave it out")
    if os.path.isfile(text):
        warn(f"{text!r} is the name of a file; classified is the name itself, not what is in it (give the text in quotation marks)")


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
    reading: ReadingOption = None,
) -> None:
    """Scores a model, and baselines, on held-out articles and queries."""
    from stancekit.evaluation import ErrorCase, evaluate_files, render

    if train and not baseline:
        raise DataError("--train is what baselines learn from", remedy="add --baseline NAME, or leave it out")
    errors: dict[str, list[ErrorCase]] = {}
    not_over(html, data)
    is_page(html, "the evaluation")
    with Output(html, None) as out:
        loaded = _load(model, threads)
        if baseline:
            from stancekit import baselines

            known = baselines.read_records(train or (), loaded.labels)
            built = baselines.prepare(baseline, known, data, loaded.config.labels)  # what cannot be is told before the model reads
        reports = evaluate_files(loaded, data, resamples, errors, reading)
        if baseline:
            reports += baselines.score(built, known, data, resamples)
        if html is not None:
            from stancekit.pages import evaluation_page

            out.stream.write(evaluation_page(reports, errors))
    if as_json:
        typer.echo(json.dumps(reports, indent=1, ensure_ascii=False))
        return
    shown = console(sys.stdout)
    for report in reports:
        for part in render(report):
            shown.print(part)


@app.command()
def report(
    predictions: Predictions,
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML page to write; - for standard output.")],
    title: Annotated[str | None, typer.Option(help="The page's heading; names the file by default.")] = None,
    once: OnceOption = False,
    skip_bad: SkipOption = False,
) -> None:
    """An HTML page of who takes which stance toward whom, with the sentences as evidence (with jsonl, in their articles)."""
    from stancekit.pages import report_page

    file = to_file(output)
    not_over(file, [predictions])
    is_page(file, "the report")
    reader = Reader(skip_bad)
    with Output(file, None) as out:
        found, copies = stances(predictions, reader, once)
        out.stream.write(report_page(found, title or f"Stances in {'<stdin>' if predictions == '-' else predictions}", copies))
    finish(reader)


@app.command()
def count(
    predictions: Predictions,
    output: Annotated[Path, typer.Option("--output", "-o", help="A .csv, .graphml (network only), .png, .svg or .pdf file.")],
    table: Annotated[Table, typer.Option(help="What is counted.")] = Table.pairs,
    by: Annotated[Party, typer.Option(help="Parties by code, by name, or by code, else name, else wording.")] = Party.party,
    min_confidence: Annotated[float, typer.Option(min=0, max=1, help="Stances below it are not counted.")] = 0.0,
    once: OnceOption = False,
    unit: Annotated[Unit | None, typer.Option(help="Timeline: its period, week by default.")] = None,
    source: Annotated[str | None, typer.Option(help="Timeline: of this source only.")] = None,
    target: Annotated[str | None, typer.Option(help="Timeline: toward this target only.")] = None,
    date_key: Annotated[str | None, typer.Option(help="Timeline: the entry of an article's meta with its date, 'date' by default.")] = None,
    day_first: Annotated[bool | None, typer.Option("--day-first/--month-first", help="Timeline: how dates like 05/06/2024 go.")] = None,
    skip_bad: SkipOption = False,
) -> None:
    """Counts who takes which stance toward whom: a table, a network for Gephi or R, or a picture. Says what was left out."""
    from stancekit import aggregate

    form = output.suffix.lower()
    forms = (".csv", ".graphml") if table is Table.network else (".csv", ".png", ".svg", ".pdf")
    if form not in forms:
        what = form or "a file without ending"
        raise DataError(f"{output}: {table.value} cannot be written as {what}", remedy=f"end it in {', '.join(forms)}")
    chosen = {"unit": unit and unit.value, "source": source, "target": target, "date": date_key, "day_first": day_first}
    period: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    if period and table is not Table.timeline:
        given = ", ".join(TIMELINE_OPTIONS[name] for name in period)
        raise DataError(f"{given}: of the timeline only", remedy="add --table timeline, or leave out what belongs to it")
    reader = Reader(skip_bad)
    not_over(output, [predictions])
    articles, copies = stances(predictions, reader, once)
    shared: dict[str, Any] = {"by": by.value, "min_confidence": min_confidence, "copies": copies}
    if table is Table.network:
        network = aggregate.network(articles, **shared)
        (network.write_csv if form == ".csv" else network.write_graphml)(output)
        counted = network.edges
    else:
        if table is Table.pairs:
            counted, draw = aggregate.pairs(articles, **shared), "matrix"
        elif table is Table.timeline:
            counted, draw = aggregate.timeline(articles, **period, **shared), "timeline"
        else:
            counted, draw = aggregate.parties(articles, table.value.removesuffix("s"), **shared), "bars"
        if form == ".csv":
            counted.write_csv(output)
        else:
            from stancekit import plots

            getattr(plots, draw)(counted, output)
    left_out = "".join(f"; {n} {reason}{_such_as(counted.examples.get(reason))}" for reason, n in counted.left_out.items() if n)
    warn(f"{counted.counted} stances counted{left_out}")
    if aggregate.AMBIGUOUS in counted.left_out:
        warn("say how ambiguous dates go with --day-first or --month-first")
    finish(reader)


def _such_as(examples: Sequence[str] | None) -> str:
    """Some of the dates that were left out, in brackets."""
    return f" (such as {', '.join(map(repr, examples[:3]))})" if examples else ""


@app.command()
def convert(
    data: Annotated[str, typer.Argument(metavar="IN", help="Articles in any of the forms; by its name and content if --from is left out.")],
    output: Annotated[Path, typer.Argument(metavar="OUT", help=OUT)],
    to: Annotated[Form, typer.Option(help="The form to write.")],
    source: Annotated[Form | None, typer.Option("--from", help="The form to read.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="Own stance labels, one option each.")] = None,
    reviewed: Annotated[bool, typer.Option("--reviewed", help="People have looked at every text: what stands there is gold.")] = False,
    skip_bad: SkipOption = False,
) -> None:
    """Between the forms of annotation tools and stancekit's own, without loss."""
    from stancekit.convert import FORMATS, detect

    reader, labels = Reader(skip_bad), tuple(label or LABELS)
    not_over(output, [data])
    read = source.value if source else detect(data)
    if reviewed and read in (Form.articles, Form.marks):
        raise DataError(f"--reviewed belongs to annotation tools' forms, {data} holds {read}", remedy="leave it out")
    form = FORMATS[to.value]
    articles = FORMATS[read].read(data, labels, reviewed, reader.bad if skip_bad else None)
    if skip_bad:
        articles = writable(articles, lambda article: form.check(article, labels), reader)
    warn(f"{form.write(str(output), articles, labels)} articles written")
    finish(reader)


@app.command()
def suggest(
    predictions: Annotated[str, typer.Argument(metavar="PREDICTIONS.jsonl", help="What predict wrote as jsonl.")],
    output: Annotated[Path, typer.Argument(metavar="OUT", help=OUT)],
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

    if to is Form.marks:
        raise DataError("the marks form holds no predictions", remedy="choose another form with --to")
    reader = Reader(skip_bad)
    not_over(output, [predictions])
    articles = list(read_records(predictions, read_article, reader.bad))
    found = tuple(dict.fromkeys(s.stance for a in articles for s in a.stances))
    labels = tuple(label or (LABELS if set(found) <= set(LABELS) else found))
    tasks = (s.to_article(context) for s in pick(articles, number, threshold))
    warn(f"{FORMATS[to.value].write(str(output), tasks, labels)} statements written")
    finish(reader)


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

    not_over(html, [data])
    is_page(html, "the comparison")
    with Output(html, None) as out:
        models = [_load(name, None) for name in (first, second)]
        result = compare_models(models[0], models[1], data, rounds)
        if html is not None:
            from stancekit.pages import comparison_page

            out.stream.write(comparison_page(result, (first, second)))
    differences = result.pop("differences")
    typer.echo(json.dumps(result, indent=1))
    for line in differences[:show]:
        typer.echo(dump(line))


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
    most: Annotated[float | None, typer.Option(min=0, help="Points of stance + target F1 that 8 bits may lose, 0.5 by default.")] = None,
) -> None:
    """Adds ONNX graphs to a checkpoint; refuses graphs that answer differently from torch, or lose too much in 8 bits."""
    from stancekit.evaluation import read_gold
    from stancekit.export import Int8
    from stancekit.export import export as run

    if int8 != bool(data):
        raise DataError("--int8 and --data go together", remedy="name held-out articles with --data, or leave both out")
    for given, what in ((texts, "--texts shows ranges for 8-bit integers"), (most, "--most is what 8-bit integers may lose")):
        if given is not None and not int8:
            raise DataError(what, remedy="add --int8 and --data, or leave it out")
    if str(folder) == "default" and not folder.exists():
        raise DataError("the shipped model has its graphs and is not written over", remedy="name a folder that training wrote")
    settings = None
    if data:
        labels = tuple(checkpoint.read_config(folder).labels)
        gold = [a for path in data for a in read_gold(path, labels)]
        shown = read_gold(texts, labels, texts_only=True) if texts else gold
        settings = Int8([a.text for a in shown], gold, (0.5 if most is None else most) / 100)
    scores = run(folder, settings)
    if scores is not None:
        warn(f"stance + target F1 in single precision {scores[0]:.4f}, in 8-bit integers {scores[1]:.4f}")
    typer.echo(str(folder))


def main() -> None:
    """Entry point: every expected failure ends with one line and an exit code that says so."""
    write_utf8()
    try:
        app(standalone_mode=True)
    except StancekitError as error:
        warn(str(error))
        for note in getattr(error, "__notes__", ()):
            warn(note)
        sys.exit(INCOMPLETE)
    except OSError as error:
        warn(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        sys.exit(INCOMPLETE)


if __name__ == "__main__":
    main()
