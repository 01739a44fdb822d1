"""`load`, `predict`, `classify`: texts in, articles and answers out, in bounded memory."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

import numpy as np

from stancekit import checkpoint
from stancekit.config import READINGS, CheckpointConfig, GivenRule
from stancekit.decoding import Candidates, Decoded, candidates, decode
from stancekit.encoding import (
    ANY_SOURCE,
    FIRST_SOURCE,
    FIRST_TARGET,
    Block,
    EncodedArticle,
    Encoder,
    Floats,
    Ints,
    Sentence,
    Window,
    exit_scores,
    gather,
    pad_spans,
    span_of,
    stack,
)
from stancekit.engine import Engine, OnnxEngine
from stancekit.errors import CheckpointError
from stancekit.lanes import Begin, batches, check_items, each_of, side_by_side
from stancekit.layout import Layout
from stancekit.names import resolve
from stancekit.questions import Question, completed, questions
from stancekit.schema import NONE, Answer, Article, Query, Span, Stance, Statement

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH_SIZE = 32
"""Texts read ahead at a time by `predict_many` and `classify_many`."""

LEAST_TOKENS = 256
"""Tokens of an encoder batch below which cutting it among threads no longer pays."""

LEAST_BLOCKS = 1024
"""Most tokens of one batch of blocks for the heads, padding included, unless an engine's batches are larger than eight of it."""

POOLED = 4096
"""Tokens of encoder batches whose blocks go through the heads together: of more blocks, more are of like length."""

PORTION = 32_768
"""Tokens of windows that the engine begins to read at once."""

ENOUGH_CHARACTERS = 100_000
"""Characters of texts that are enough for a half of a batch, so that the names of long texts do not wait for all of them."""


def load(path: str | os.PathLike[str] | None = None, *, engine: str = "auto", threads: int | None = None) -> Model:
    """Loads a model: the one that ships in the package (no argument, or "default" where no model folder has that name), a folder
    written by `save_pretrained` or by training, or a hub id.

    `engine`: "onnx", "torch" (on a GPU where there is one, in bfloat16), or "auto" (ONNX where the folder has graphs).
    `threads` defaults to STANCEKIT_THREADS or the processors at hand. Raises `CheckpointError` for a folder that is
    incomplete or of another version, naming both.
    """
    folder = _folder(path)
    config = checkpoint.read_config(folder)
    encoder = checkpoint.read_encoder(folder, config)
    if engine not in ("auto", "onnx", "torch"):
        raise CheckpointError(f"engine {engine!r}; expected auto, onnx or torch")
    graphs = any((folder / name).is_file() for name in checkpoint.GRAPHS)
    if engine == "onnx" or (engine == "auto" and graphs):
        for name in (*checkpoint.graphs(config), checkpoint.WEIGHTS):
            checkpoint.inside(folder, name)
        onnx = OnnxEngine(folder, threads)
        if config.early_exit is not None and not onnx.exits:
            raise CheckpointError(f"{folder}: {checkpoint.CONFIG} has an early exit, its encoder.onnx none; run: stancekit export {folder}")
        if onnx.labels != len(config.labels):
            raise CheckpointError(f"{folder}: {len(config.labels)} labels in {checkpoint.CONFIG}, but the graphs answer with {onnx.labels}")
        return Model(config, encoder, onnx, folder)
    from stancekit.torch_engine import TorchEngine, best_device

    return Model(config, encoder, TorchEngine(checkpoint.load_torch(folder, config, int8=True), best_device()), folder)


def _folder(path: str | os.PathLike[str] | None) -> Path:
    if path is None:
        return checkpoint.DEFAULT
    name = os.fspath(path)
    if not name.strip():
        raise CheckpointError(f"the model's name is empty: {name!r}; give a folder or a hub id, or leave it out for the shipped model")
    folder = checkpoint.named(path)
    if folder.is_dir():
        return folder
    if folder.exists():
        raise CheckpointError(f"{name} is a file; give the folder that save_pretrained wrote")
    if re.fullmatch(r"[\w.-]+/[\w.-]+", name) and not name.startswith("."):
        try:
            from huggingface_hub import snapshot_download
        except ImportError:
            raise CheckpointError(f"no folder {name}; to read it as a hub id run: pip install 'stancekit[train]'") from None
        try:
            names = [checkpoint.CONFIG, checkpoint.TOKENIZER, checkpoint.WEIGHTS, *checkpoint.GRAPHS, *checkpoint.FURTHER_GRAPHS]
            return Path(snapshot_download(name, allow_patterns=names))
        except Exception as error:  # network, authorisation, unknown name: the hub's errors have no common base
            raise CheckpointError(f"{name}: no such folder, and the hub could not give it: {error}") from None
    raise CheckpointError(f"no such model folder: {name}; give a folder written by save_pretrained or training")


@dataclass
class _Unit:
    """A window with the blocks to score, and where they belong."""

    owner: int
    window: Window
    pieces: Sequence[Sentence]
    hits: dict[int, list[Decoded]] = field(default_factory=dict)


class Model:
    """A loaded model. Reading is thread-safe; answers do not depend on batch size, order or neighbours."""

    def __init__(self, config: CheckpointConfig, encoder: Encoder, engine: Engine, folder: Path | None) -> None:
        self.config, self.encoder, self.engine, self.folder = config, encoder, engine, folder
        self.labels: tuple[str, ...] = tuple(config.labels)

    # ---------------------------------------------------------------- articles

    def predict(self, text: str) -> Article:
        """The article with its statements and stances. Raises `TypeError` for anything but a string."""
        if not isinstance(text, str):
            raise TypeError(f"predict takes a string, got {type(text).__name__}")
        return next(iter(self.predict_many([text])))

    def predict_many(self, texts: Iterable[str], batch_size: int = BATCH_SIZE) -> Iterator[Article]:
        """Reads texts as they come and yields their articles in the same order; holds `batch_size` texts at a time.

        Threads go on reading while the caller looks at an article: close the iterator where a loop is left early, and do not fork
        inside one. Raises `TypeError` with the number of an item that is no string, after the articles before it.
        """
        check_items(texts, "use predict for a single text")
        yield from self._stream(self._begin_articles, each_of(str, texts, "predict_many takes strings"), batch_size, len)

    def _stream(
        self,
        start: Callable[[Sequence[Item], Begin], Iterator[Result]],
        items: Iterable[Item],
        batch_size: int,
        weight: Callable[[Item], int] | None = None,
    ) -> Iterator[Result]:
        """The results of items that are taken up in two halves of a batch: while the names of one half are looked up and
        whoever asked does something with its results, the engine works on the other. `start` begins such work and returns
        what waits for its results."""
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"batch_size {batch_size!r}, expected a positive whole number")
        with side_by_side(self.engine.lanes) as begin:
            working: deque[Iterator[Result]] = deque()
            halves = 1 if batch_size == 1 or self.engine.lanes == 1 else 2  # with one lane nothing goes on while it waits
            groups = batches(items, batch_size // halves, weight, ENOUGH_CHARACTERS)
            while True:
                try:
                    group = next(groups, None)
                    if group is not None:
                        working.append(start(group, begin))
                except Exception:  # of the iterable or of a bad item: what is being worked on is not lost
                    while working:
                        yield from working.popleft()
                    raise
                if group is None:
                    break
                if len(working) >= halves:
                    yield from working.popleft()
            while working:
                yield from working.popleft()

    def _begin_articles(self, texts: Sequence[str], begin: Begin) -> Iterator[Article]:
        encoded, units, waits = [], [], []
        tokens = 0
        for number, text in enumerate(texts):
            article, windows = self.encoder.begin(text)
            encoded.append(article)
            for window in windows:
                units.append(_Unit(number, window, article.sentences))
                tokens += len(window.ids)
                if tokens >= PORTION:  # of long texts the engine reads the first part while the next is tokenised
                    waits.append(self._begin_units(units, begin))
                    units, tokens = [], 0
        waits.append(self._begin_units(units, begin))

        def articles() -> Iterator[Article]:
            found: list[dict[int, list[tuple[Sentence, Decoded]]]] = [{} for _ in texts]
            begun: dict[int, Layout] = {}
            for part, wait in enumerate(waits, 1):
                for unit in wait():
                    for number, decoded in unit.hits.items():
                        piece = unit.pieces[number]
                        found[unit.owner].setdefault(piece.index, []).extend((piece, d) for d in decoded)
                    if unit.hits and unit.owner not in begun and part < len(waits):  # beside the engine, which reads the next part
                        begun[unit.owner] = Layout(encoded[unit.owner].text, encoded[unit.owner].spans)
            for number, (one, hits) in enumerate(zip(encoded, found, strict=True)):
                yield resolve(to_article(one, hits, self.labels), sentences=one.spans, begun=begun.pop(number, None))

        return articles()

    def _begin_units(self, units: Sequence[_Unit], begin: Begin) -> Callable[[], Sequence[_Unit]]:
        """Begins to read windows; what it returns waits until they are."""
        chunks = list(_by_tokens(units, lambda u: len(u.window.ids), self._budget(len(u.window.ids) for u in units)))
        together = max(1, POOLED // self.engine.batch_tokens)
        shares = min(len(chunks), self.engine.lanes * -(-len(chunks) // (together * self.engine.lanes)))
        wait = begin(self._extract, [chunks[i::shares] for i in range(shares)])

        def read() -> Sequence[_Unit]:
            wait()
            return units

        return read

    def _budget(self, tokens: Iterable[int]) -> int:
        """Tokens of an encoder batch: few enough to give every lane of the engine something to do."""
        share = sum(tokens) // (2 * self.engine.lanes)
        return min(self.engine.batch_tokens, max(LEAST_TOKENS, share))

    def _extract(self, batches: Sequence[Sequence[_Unit]]) -> None:
        """Encodes batches of windows and notes the stances of their blocks."""
        encoded = self.encode_blocks([[u.window for u in units] for units in batches])
        blocks = [(unit, *block) for unit, found in zip(chain.from_iterable(batches), encoded, strict=True) for block in found]
        for chunk in _by_tokens(blocks, lambda b: len(b[2]), max(LEAST_BLOCKS, self.engine.batch_tokens // 8)):
            for (unit, sentence, _), decoded in zip(chunk, self.decode_blocks(*stack([tokens for *_, tokens in chunk])), strict=True):
                if decoded:
                    unit.hits[sentence] = decoded

    def encode_blocks(self, batches: Sequence[Sequence[Window]]) -> list[list[tuple[int, Floats]]]:
        """Of each window, in the batches' order, the sentence and the tokens (n, width) of its blocks; those that leave at the early
        exit are not among them."""
        if self.config.early_exit is not None:
            return self._staying(batches, self.config.early_exit.threshold)
        out = []
        for windows in batches:
            hidden = self.engine.encode(*self.encoder.pad(windows))
            out += [[(b.sentence, hidden[row, b.start : b.end]) for b in w.blocks] for row, w in enumerate(windows)]
        return out

    def _staying(self, batches: Sequence[Sequence[Window]], threshold: float) -> list[list[tuple[int, Floats]]]:
        """See `encode_blocks`. What stays of each window goes on alone."""
        kept: list[tuple[int, tuple[Block, ...], Floats]] = []
        number = 0
        for windows in batches:
            hidden, votes = self.engine.begin(*self.encoder.pad(windows))
            scores = iter(exit_scores(votes, [(row, b.start, b.end) for row, w in enumerate(windows) for b in w.blocks]).tolist())
            for row, window in enumerate(windows):
                stay = [b for b in window.blocks if next(scores) >= threshold]
                if stay:
                    tokens, blocks = window.reduced(stay)
                    kept.append((number, blocks, hidden[row, tokens]))
                number += 1
        out: list[list[tuple[int, Floats]]] = [[] for _ in range(number)]
        for chunk in _by_tokens(kept, lambda k: len(k[2]), self.engine.batch_tokens):
            encoded = self.engine.finish(*stack([tokens for *_, tokens in chunk]))
            for row, (place, blocks, _) in enumerate(chunk):
                out[place] = [(b.sentence, encoded[row, b.start : b.end]) for b in blocks]
        return out

    def decode_blocks(self, tokens: Floats, mask: Ints) -> list[list[Decoded]]:
        """The stances of each block, in token ranges. tokens: (blocks, n, width), mask: (blocks, n)."""
        out: list[list[Decoded]] = [[] for _ in range(len(tokens))]
        kept, found, pairs, given, statement = self.score_blocks(tokens, mask)
        for i, decoded in zip(kept.tolist(), decode(found, pairs, given, statement, self.config.decode), strict=True):
            out[i] = decoded
        return out

    def score_blocks(self, tokens: Floats, mask: Ints) -> tuple[Ints, list[Candidates], Floats, Floats, Floats]:
        """The blocks that pass the gate, their candidates, and what `decoding.decode` reads: logits of the open grid and of the
        guide's reading, label log-odds."""
        statement = self.engine.statements(tokens, mask)
        kept = np.nonzero(statement.max(axis=1) >= self.config.decode.gate)[0]
        if not len(kept):
            nothing = np.zeros((0, FIRST_SOURCE, FIRST_TARGET, len(self.labels) + 1), dtype=np.float32)
            return kept, [], nothing, nothing, statement[kept]
        longest = int(mask[kept].sum(axis=1).max())
        tokens, mask = tokens[kept, :longest], mask[kept, :longest]
        found = candidates(self.engine.mentions(tokens, mask), self.config.decode)
        sources, targets = pad_spans([f.sources for f in found]), pad_spans([f.targets for f in found])
        return kept, found, *self.engine.pairs(tokens, mask, sources, targets), statement[kept]

    # ----------------------------------------------------------------- queries

    def classify(
        self, text: str, target: tuple[int, int] | str, source: tuple[int, int] | str | None = None, *, reading: str | None = None
    ) -> Answer:
        """The stance toward a given target (of a given source, or of anybody).

        `reading` is the convention to answer by: "guide" (the annotation guide, as `predict` reads), "event" (event coders' root codes)
        or "crowd" (a crowd for whom acts are opinions); by default the answer weighs all three. Of anybody the guide alone answers.
        Raises `ConfigError` for a reading that the model was not taught.

        A name in place of a span is asked as the phrase that it heads: "coup" as "the coup", "attack" as "the attack on Kenya".
        Where the target stands several times, the sentences that hold the source are asked; a source that stands with it nowhere
        (in another sentence of a long text, or not in the text at all) is not known to be meant, and the answer is of anybody.
        """
        return next(iter(self.classify_many([Query(text, target, source)], reading=reading)))

    def classify_many(self, queries: Iterable[Query], batch_size: int = BATCH_SIZE, *, reading: str | None = None) -> Iterator[Answer]:
        """Answers queries as they come, in the same order; `reading` as in `classify`."""
        rule = self.config.given if reading is None else self.config.given.by(reading)
        check_items(queries, "use classify for a single question")
        return self._stream(partial(self._begin_answers, rule), each_of(Query, queries, "classify_many takes stancekit.Query"), batch_size)

    def check(self, query: Query) -> None:
        """Raises `DataError` for a query that has nothing to ask: an empty text, a target without a letter to read."""
        questions(self.encoder, query, 0)

    def hears(self, query: Query) -> bool:
        """Whether the query's source stands where its target is asked about; if not, the answer is for whoever it may be."""
        return any(q.source is not None for q in questions(self.encoder, query, 0))

    def _begin_answers(self, rule: GivenRule, queries: Sequence[Query], begin: Begin) -> Iterator[Answer]:
        of_anybody = self.config.given
        heard = rule.event > 0 or rule.crowd > 0
        wait = self._begin_logits(
            queries, begin, lambda asked: self._given(asked, not of_anybody.guided or (heard and any(q.source is not None for q in asked)))
        )

        def answers() -> Iterator[Answer]:
            for found in wait():
                yield self._answer([answer_given(a, named, of_anybody if named is None else rule, self.labels) for a, named in found])

        return answers()

    def given_logits(self, queries: Sequence[Query]) -> list[list[tuple[Floats, Floats | None]]]:
        """What answers are computed from: for each query, for each place where its target stands, the logits
        (readings, labels + 1) for whoever it may be and for the given source (None without one)."""
        with side_by_side(self.engine.lanes) as begin:
            return self._begin_logits(queries, begin, self._given)()

    def _begin_logits(
        self, queries: Sequence[Query], begin: Begin, read: Callable[[Sequence[Question]], Floats]
    ) -> Callable[[], list[list[tuple[Floats, Floats | None]]]]:
        asked: list[Question] = []
        for number, query in enumerate(queries):
            asked += questions(self.encoder, query, number)
        chunks = list(_by_tokens(asked, lambda q: len(q.ids), self._budget(len(q.ids) for q in asked)))
        wait = begin(read, chunks)

        def logits() -> list[list[tuple[Floats, Floats | None]]]:
            out: list[list[tuple[Floats, Floats | None]]] = [[] for _ in queries]
            for chunk, given in zip(chunks, wait(), strict=True):
                for row, q in enumerate(chunk):
                    rows = given[row, :, FIRST_TARGET]
                    out[q.owner].append((rows[ANY_SOURCE], None if q.source is None else rows[FIRST_SOURCE]))
            return out

        return logits

    def _given(self, asked: Sequence[Question], heard: bool = True) -> Floats:
        """Logits (questions, sources + 2, 2, readings, labels + 1), the readings in the order of `config.READINGS`. Where the readings
        but the guide's are not `heard`, the guide's stand in their place."""
        ids, mask = self.encoder.pad([Window(q.ids, ()) for q in asked])
        places = [(row, q.start, q.end) for row, q in enumerate(asked)]
        tokens, block_mask = gather(self.engine.encode(ids, mask), places)
        for row, q in enumerate(asked):
            block_mask[row, q.context :] = 0
        if any(q.source_room or q.target_room for q in asked):
            asked = completed(asked, self.engine.mentions(tokens, block_mask))
        sources, targets = pad_spans([[] if q.source is None else [q.source] for q in asked]), pad_spans([[q.target] for q in asked])
        guide = self.engine.pairs(tokens, block_mask, sources, targets)[1]
        others = (guide, guide)
        if heard:
            if self.config.asked_layers:
                marked = np.array([[q.place(q.source), q.place(q.target)] for q in asked], dtype=np.int64)
                tokens, _ = gather(self.engine.encode_asked(ids, mask, marked), places)
            others = self.engine.asked(tokens, block_mask, sources, targets)
        return np.stack([guide, *others], axis=3)

    def _answer(self, found: list[Floats]) -> Answer:
        """One answer: of several places where the target stands, the one that is surest of a stance."""
        best = min(found, key=lambda p: float(p[0]))
        values = [round(float(v), 6) for v in best / best.sum()]
        scores = dict(zip((NONE, *self.labels), values, strict=True))
        return Answer(max(scores, key=lambda label: scores[label]), scores)

    # -------------------------------------------------------------------- save

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Writes the model as a folder that `load` reads; the old content of the folder is replaced as a whole."""
        if self.folder is None:
            raise CheckpointError("this model is still in training; training writes its folder itself")
        target = Path(folder)
        if target.exists() and not target.is_dir():
            raise CheckpointError(f"{target} is a file; give a folder")
        if target.is_dir() and any(target.iterdir()) and not (target / checkpoint.CONFIG).is_file():
            raise CheckpointError(f"{target} holds other files; give a new or empty folder, nothing was written")
        if target.is_dir() and target.resolve() == self.folder.resolve():
            return
        checkpoint.write_folder(target, {f.name: f for f in sorted(self.folder.iterdir()) if f.is_file()})


def answer_given(anybody: Floats, named: Floats | None, rule: GivenRule, labels: Sequence[str]) -> Floats:
    """Probabilities of given-target answers, (..., labels + 1), "none" first.

    Answers for anybody are the guide's, where it has a share.

    anybody, named: (..., readings, labels + 1), logits for whoever it may be and for the given source (None without one).
    """

    def read(rows: Floats) -> Floats:
        guide, event, crowd = _readings(rows, rule, labels)
        out: Floats = rule.guided * guide + rule.event * event + rule.crowd * crowd
        return out

    # questions by other conventions name a source: of anybody they teach where a stance is, not where there is none
    unnamed = _softmax(anybody[..., 0, :]) if rule.guided else read(anybody)
    if named is None:
        return unnamed
    out: Floats = rule.any_weight * unnamed + (1 - rule.any_weight) * read(named)
    return out


def _readings(rows: Floats, rule: GivenRule, labels: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    """Probabilities by each reading."""
    biases = np.zeros((len(READINGS), rows.shape[-1]), dtype=np.float32)
    for i, bias in enumerate((rule.bias, rule.event_bias, rule.crowd_bias)):
        biases[i, : len(bias)] = bias
    guide, event, crowd = (_softmax(rows[..., i, :] + bias) for i, bias in enumerate(biases))
    if merged := [1 + list(labels).index(label) for label in rule.crowd_merged]:
        shares = (event if rule.event else guide)[..., merged] + 1e-9
        crowd[..., merged] = crowd[..., merged].sum(-1, keepdims=True) * shares / shares.sum(-1, keepdims=True)
    return guide, event, crowd


def _softmax(x: Floats) -> Floats:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    out: Floats = e / e.sum(axis=-1, keepdims=True)
    return out


def _by_tokens(items: Sequence[Item], length: object, budget: int) -> Iterator[list[Item]]:
    """Groups of items of like length with at most `budget` tokens each, padding included."""
    size: list[int] = [length(item) for item in items]  # type: ignore[operator]
    order = sorted(range(len(items)), key=lambda i: size[i])
    group: list[int] = []
    for i in order:
        if group and (len(group) + 1) * size[i] > budget:
            yield [items[k] for k in group]
            group = []
        group.append(i)
    if group:
        yield [items[k] for k in group]


def to_article(encoded: EncodedArticle, hits: dict[int, list[tuple[Sentence, Decoded]]], labels: Sequence[str]) -> Article:
    """What was decoded, by sentence index, as an article."""
    text = encoded.text
    statements = []
    for index, (start, end) in enumerate(encoded.spans):
        span = Span(start, end, text[start:end])
        stances: dict[object, Stance] = {}
        for piece, found in hits.get(index, ()):
            source = None if found.source is None else span_of(text, piece, found.source)
            target = None if found.target is None else span_of(text, piece, found.target)
            stance = Stance(labels[found.label], span, source, target, round(found.confidence, 4))
            known = stances.get(stance.key)
            if known is None or (known.confidence or 0) < (stance.confidence or 0):
                stances[stance.key] = stance
        statements.append(Statement(span, tuple(sorted(stances.values(), key=_order))))
    return Article(text, tuple(statements))


def _order(stance: Stance) -> tuple[int, int, str, int]:
    """Text order: by target, then source."""
    place = stance.target or stance.source
    first = place.start if place else stance.statement.end
    return first, place.end if place else 0, stance.stance, stance.source.start if stance.source else -1


__all__ = ["Block", "Model", "load"]
