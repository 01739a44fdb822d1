"""The options that commands share, and the choices that options take."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


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


class Reading(StrEnum):
    """Conventions that a given-target question is answered by."""

    guide = "guide"
    event = "event"
    crowd = "crowd"


class Unit(StrEnum):
    """Periods of a timeline."""

    day = "day"
    week = "week"
    month = "month"


ModelOption = Annotated[str | None, typer.Option("--model", "-m", help="A model folder, a hub id, or default, the shipped one.")]
ReadingOption = Annotated[
    Reading | None,
    typer.Option(help="Answer by this convention alone: the annotation guide's, event coders', a crowd's; all three weighed by default."),
]
SkipOption = Annotated[bool, typer.Option("--skip-bad", help="Go on past bad records; they are counted and the exit code is 1.")]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help="Threads; STANCEKIT_THREADS or all processors by default.")]
Predictions = Annotated[
    str, typer.Argument(metavar="PREDICTIONS | -", help="What predict wrote: .jsonl, .csv or .parquet; - for jsonl on standard input.")
]
OnceOption = Annotated[bool, typer.Option("--once", help="Near-duplicate articles (wire copies) count once; needs jsonl.")]
