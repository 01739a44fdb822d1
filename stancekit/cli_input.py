"""What commands read: records good and bad, what is odd about texts, predictions."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import typer

from stancekit import inputs
from stancekit.cli_output import INCOMPLETE, warn
from stancekit.data import TABLES, parse_line, read_lines, read_records
from stancekit.errors import DataError
from stancekit.schema import Article, Query

GO_ON = "--skip-bad goes on past bad records and files"

MOST_IDS = 1 << 17
"""Ids remembered of records that may have no end; of a table, which has one, all are."""

_WRAPPED = re.compile(r"[a-z,]\r?\n(?=[a-z])")
"""A line break inside a sentence."""


class Reader:
    """Counts the bad records that are left out, or raises at the first; `many`: several files are read, one of them may be left out."""

    def __init__(self, skip: bool, many: bool = False) -> None:
        self.skip, self.many, self.left_out = skip, many, 0

    def bad(self, error: DataError) -> None:
        """Leaves a bad record out, or raises."""
        if not self.skip:
            on = self.many or re.search(r":\d+$", error.place or "")
            if on and not hasattr(error, "__notes__"):  # a record's error comes here again as its file's
                error.add_note(GO_ON)
            raise error
        self.left_out += 1
        warn(str(error))


def finish(reader: Reader) -> None:
    """Where records were left out, says so and ends with an exit code that does."""
    if reader.left_out:
        warn(f"{reader.left_out} bad records or files left out")
        raise typer.Exit(INCOMPLETE)


class Odd:
    """Counts texts that are read all the same: empty ones, those whose id another text has, and those whose lines break inside
    sentences. Of ids the first `most` are remembered, None for all."""

    def __init__(self, most: int | None) -> None:
        self.seen: set[int] = set()
        self.most = most
        self.empty = self.repeated = self.wrapped = 0

    def see(self, item: inputs.Text) -> None:
        """Takes a text into the counts."""
        self.empty += not item.text.strip()
        self.wrapped += len(_WRAPPED.findall(item.text)) > max(2, item.text.count("\n") // 2)
        self.repeated += hash(item.id) in self.seen
        if self.most is None or len(self.seen) < self.most:
            self.seen.add(hash(item.id))

    def tell(self) -> None:
        """Warns of what was counted."""
        if self.empty:
            warn(f"texts without a word: {self.empty} (read, and without a stance)")
        if self.repeated:
            warn(f"texts with the id of an earlier one: {self.repeated} (all read; counts by article take them for one)")
        if self.wrapped:
            warn(f"texts whose lines break inside sentences: {self.wrapped} (a line break ends a sentence: join each paragraph's lines)")


def queries_of(path: str, reader: Reader, check: Callable[[Query], None]) -> Iterator[Query]:
    """The questions of a file that can be read and asked."""
    for place, line in read_lines(path):
        try:
            query = Query.from_dict(parse_line(line), labels=None)
            check(query)
        except DataError as error:
            reader.bad(error.at(place))
        else:
            yield query


def read_article(record: Mapping[str, Any]) -> Article:
    """An article that has been read for stances."""
    article = Article.from_dict(record, labels=None)
    if article.statements is None:
        raise DataError(f'article {article.id!r} has no "statements"', remedy="let `stancekit predict --format jsonl` read it first")
    return article


def writable(articles: Iterable[Article], check: Callable[[Article], object], reader: Reader) -> Iterator[Article]:
    """The articles that a form of output holds, by its check."""
    for article in articles:
        try:
            check(article)
        except DataError as error:
            reader.bad(error.at(f"article {article.id!r}"))
        else:
            yield article


def stances(predictions: str, reader: Reader, once: bool) -> tuple[list[Any], dict[str, str] | None]:
    """What predict wrote, as articles or as rows; with `once`, the copies among the articles too."""
    from stancekit import aggregate

    if os.path.splitext(predictions)[1].lower() in TABLES:
        if once:
            raise DataError(f"{predictions} has no texts to compare", remedy="leave --once out, or give the jsonl that predict writes")
        return list(inputs.read_rows(predictions, reader.bad)), None
    articles = list(read_records(predictions, read_article, reader.bad))
    return articles, aggregate.copies(articles) if once else None
