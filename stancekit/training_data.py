"""The data of a training: articles and queries as they are read, and what each epoch draws from them."""

from __future__ import annotations

import json
import logging
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from stancekit.errors import DataError, MissingExtraError

try:
    import numpy as np
    import torch
    from datasets import Dataset as ArrowDataset
    from torch import Tensor
    from torch.utils.data import Dataset
except ImportError as error:  # pragma: no cover - exercised in the environment without the extra
    raise MissingExtraError("training", "train") from error

from stancekit.augment import exchange_article, exchange_query
from stancekit.collate import collate, plan
from stancekit.config import READINGS, ArticleSource, QuerySource, TrainConfig
from stancekit.corpus import read_marks, read_text
from stancekit.data import kind_of, read_articles, read_records
from stancekit.encoding import ANY_SOURCE
from stancekit.examples import ExampleBuilder, TrainWindow
from stancekit.schema import NONE, Article, Query

log = logging.getLogger(__name__)

Source = TypeVar("Source", ArticleSource, QuerySource)
WindowsOf = Callable[[Source, str, random.Random], Iterable[TrainWindow]]


class EpochData(Dataset[dict[str, Tensor]]):
    """The batches of an epoch; every epoch draws windows, exchanges and samples anew from (seed, epoch)."""

    def __init__(
        self,
        articles: Sequence[tuple[ArticleSource, ArrowDataset]],
        queries: Sequence[tuple[QuerySource, ArrowDataset]],
        builder: ExampleBuilder,
        config: TrainConfig,
        alone: bool,
    ) -> None:
        """alone: questions by other conventions are asked one to a window, which then has their source and target marked."""
        self.articles, self.queries, self.builder, self.config, self.alone = articles, queries, builder, config, alone
        self.epoch = -1
        self.windows: list[TrainWindow] = []
        self.batches: list[list[int]] = []
        self.set_epoch(0)
        self.length = len(self.batches)

    def set_epoch(self, epoch: int) -> None:
        """Draws the windows of an epoch (called by the data loader)."""
        if epoch == self.epoch:
            return
        self.epoch = epoch
        rng = random.Random(f"{self.config.seed}-{epoch}")
        self.windows = []
        self.windows.extend(self._article_windows(rng))
        self.windows.extend(self._query_windows(rng))
        self.batches = plan([len(w.ids) for w in self.windows], self.config.batch_tokens, rng)

    def _article_windows(self, rng: random.Random) -> Iterator[TrainWindow]:
        for source, records in self.articles:
            yield from self._drawn(source, records, rng, self._of_article)

    def _of_article(self, source: ArticleSource, record: str, rng: random.Random) -> Iterator[TrainWindow]:
        article = Article.from_dict(json.loads(record), tuple(self.config.labels))
        if rng.random() < self.config.swap:
            article = exchange_article(article, rng)
        yield from self.builder.article(article, rng, source.weight)

    def _query_windows(self, rng: random.Random) -> Iterator[TrainWindow]:
        for question, records in self.queries:
            yield from self._drawn(question, records, rng, self._of_queries)

    def _of_queries(self, question: QuerySource, record: str, rng: random.Random) -> Iterator[TrainWindow]:
        group = [Query.from_dict(q, tuple(self.config.labels)) for q in json.loads(record)]
        named = any(isinstance(p, str) for q in group for p in (q.source, q.target))  # they have no place to move along
        if rng.random() < self.config.swap and not named:
            seed = rng.random()
            group = [exchange_query(q, random.Random(seed)) for q in group]
        reading = READINGS.index(question.reading)
        for together in [[q] for q in group] if self.alone and reading else [group]:
            if (window := self.builder.queries(together, question.weight, reading)) is not None:
                yield window

    @staticmethod
    def _drawn(source: Source, records: ArrowDataset, rng: random.Random, windows_of: WindowsOf[Source]) -> Iterator[TrainWindow]:
        """The windows of a share of a file's records, of one at least: no epoch goes without what the file teaches."""
        found = False
        for record in records:
            if source.share < 1 and rng.random() >= source.share:
                continue
            for window in windows_of(source, record["record"], rng):
                found = True
                yield window
        for number in rng.sample(range(len(records)), len(records)) if source.share < 1 and not found else ():
            if windows := list(windows_of(source, records[number]["record"], rng)):
                yield from windows
                return

    @cached_property
    def labels(self) -> set[str]:
        """The labels of all that there is to draw from."""
        articles = (Article.from_dict(json.loads(r["record"]), None) for _, records in self.articles for r in records)
        queries = (q for _, records in self.queries for r in records for q in json.loads(r["record"]))
        return {s.stance for a in articles for s in a.stances if not s.optional} | {q["label"] for q in queries}

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        batch = self.batches[index % len(self.batches)]
        arrays = collate([self.windows[i] for i in batch], self.builder.encoder.padding, len(self.config.labels))
        return {name: torch.from_numpy(array) for name, array in arrays.items()}


def load_articles(source: str, labels: Sequence[str]) -> list[Article]:
    """Articles of a JSON Lines file, a marks file or a folder of marks files."""
    path = Path(source)
    if path.is_dir() or path.suffix == ".txt":
        return list(read_marks(path, labels))
    return list(read_articles(path, labels))


def read_ids(path: str | os.PathLike[str]) -> set[str]:
    """The ids of a text file that has one in each line. Raises `DataError` where it has none, or is not UTF-8."""
    ids = {line.strip() for line in read_text(Path(path)).splitlines() if line.strip()}
    if not ids:
        raise DataError(f"{os.fspath(path)} is empty", remedy="write one id a line")
    return ids


def articles_of(config: TrainConfig) -> tuple[list[tuple[ArticleSource, ArrowDataset]], list[Article]]:
    """The articles to train on, by source, and the held-out ones; none to train on whose text stands in a held-out one."""
    labels, held = tuple(config.labels), _held_ids(config)
    articles, dev = [], [a for path in config.data.dev_articles for a in _annotated("data.dev_articles", path, labels)]
    found: set[str] = set()
    for source in config.data.articles:
        read = _annotated("data.articles", source.path, labels)
        found |= held & {a.id for a in read}
        dev += [a for a in read if a.id in held]
        articles.append((source, _arrow(json.dumps(a.to_dict()) for a in read if a.id not in held)))
    if held and not found:
        remedy = "give a file of ids that data.articles has"
        raise DataError(f"{config.data.dev_ids}: none of its {len(held)} ids is an article's", remedy=remedy)
    if held - found:
        log.warning("%s: %d of %d ids are no article's", config.data.dev_ids, len(held - found), len(held))
    hidden = "\n".join(a.text for a in dev)
    return [(source, _unseen(source, records, hidden)) for source, records in articles], dev


def _held_ids(config: TrainConfig) -> set[str]:
    """The ids of the articles that are held out of those to train on."""
    try:
        return read_ids(config.data.dev_ids) if config.data.dev_ids else set()
    except DataError as error:
        raise DataError(f"data.dev_ids: {error}") from None


def _annotated(key: str, path: str, labels: Sequence[str]) -> list[Article]:
    """The articles of a file that a setting names. Raises `DataError` where it has none, or one without annotation."""
    articles = load_articles(path, labels)
    if not articles:
        raise DataError(f"{key}: {path} holds no articles", remedy="give at least one, or take it out")
    for number, article in enumerate(articles, 1):
        if article.statements is not None:
            continue
        if number == 1 and _holds_queries(path):
            raise DataError(f"{key}: {path} holds queries", remedy=f"list it under {key.replace('articles', 'queries')}")
        problem = f"article {number} ({article.id!r}) is not annotated"
        raise DataError(problem, place=f"{key}: {path}", remedy='add "statements" or leave it out')
    return articles


def _holds_queries(path: str) -> bool:
    try:
        return kind_of(path) == "queries"
    except DataError:  # articles without annotation, or a marks file
        return False


def _unseen(source: ArticleSource, records: ArrowDataset, hidden: str) -> ArrowDataset:
    """The articles of a source whose text is not part of the held-out texts."""
    if not hidden:
        return records
    kept = [r["record"] for r in records if json.loads(r["record"])["text"] not in hidden]
    if leaks := len(records) - len(kept):
        log.info("%s: %d articles stand in held-out articles and are left out", source.path, leaks)
    return _arrow(kept) if leaks else records


def labelled_queries(path: str, labels: Sequence[str]) -> Iterator[Query]:
    """The queries of a file. Raises `DataError` with file and line where one has no label."""

    def labelled(record: Mapping[str, Any]) -> Query:
        query = Query.from_dict(record, labels)
        if query.label is None:
            raise DataError(f"query {query.id!r} has no label", remedy="add one or leave it out")
        return query

    return read_records(path, labelled)


def queries_of(config: TrainConfig, dev: Sequence[Article]) -> list[tuple[QuerySource, ArrowDataset]]:
    """The queries to train on, by source, those of one text together; without those whose text stands in a held-out article."""
    queries, hidden = [], "\n".join(a.text for a in dev)
    for question in config.data.queries:
        groups: dict[str, list[Query]] = defaultdict(list)
        for query in labelled_queries(question.path, tuple(config.labels)):
            groups[query.text].append(query)
        leaks = [text for text in groups if text in hidden]
        for text in leaks:
            del groups[text]
        if leaks:
            log.info("%s: %d texts stand in held-out articles and are left out", question.path, len(leaks))
        queries.append((question, _arrow(json.dumps([q.to_dict() for q in g]) for g in groups.values())))
    return queries


def check_left(config: TrainConfig, data: Iterable[tuple[object, ArrowDataset]]) -> None:
    """Raises `DataError` where everything is held out and nothing is left to train on."""
    if any(len(records) for _, records in data):
        return
    held = (*((config.data.dev_ids,) if config.data.dev_ids else ()), *config.data.dev_articles)
    keys = " or ".join(key for key in ("dev_ids", "dev_articles") if getattr(config.data, key))
    problem = f"data.{keys}: all there is to train on is held out by {', '.join(held)}"
    raise DataError(problem, remedy="hold out less, or add other articles or queries")


def _arrow(records: Iterable[str]) -> ArrowDataset:
    """Records as an Arrow table (`datasets`: memory-mapped, so a corpus may be larger than memory)."""
    return ArrowDataset.from_dict({"record": list(records)})


def report(
    data: EpochData,
    builder: ExampleBuilder,
    dev: Sequence[Article],
    dev_queries: Sequence[Query],
    labels: Sequence[str],
    known: Sequence[str],
    main: bool,
) -> None:
    """Says (in the main process) what there is to train on and what preprocessing lost. Raises where a label never occurs, unless
    it is one of those `known` to the checkpoint that the run starts from."""
    counts: Counter[str] = Counter()
    for window in data.windows:
        for block in window.blocks:
            counts["sentences" if block.complete else "query texts"] += 1
            grid = np.delete(block.open, ANY_SOURCE, axis=0) if block.complete else block.given[ANY_SOURCE:]
            for number, label in enumerate((NONE, *labels)):
                counts[f"{'pairs' if block.complete else 'questions'} {label}"] += int((grid == number).sum())
    if main:
        log.info("first epoch: %d batches, %d windows, %s", len(data), len(data.windows), dict(counts))
        log.info("lost to tokens and windows: %s", dict(builder.lost) or "nothing")
        log.info("held out: %d articles, %d queries", len(dev), len(dev_queries))
    _check_drawn(data, builder)
    for label in labels:
        if counts[f"pairs {label}"] + counts[f"questions {label}"] or label in data.labels:
            continue
        if label not in known:
            raise DataError(f"label {label!r} never occurs in the training data", remedy="add examples of it or drop it from labels")
        if main:
            log.warning("label %r never occurs in the training data: the model may unlearn it; add examples", label)


def _check_drawn(data: EpochData, builder: ExampleBuilder) -> None:
    """Raises `DataError` where the first epoch has nothing to train on though there is data."""
    if not len(data) and builder.lost:
        raise DataError(f"nothing fits into the windows: {dict(builder.lost)}", remedy="raise window.max_tokens, or give shorter texts")
    if not len(data):
        raise DataError("the first epoch draws nothing to train on", remedy="give texts with words")
