"""`stancekit check`: looks a data set over before anybody trains or evaluates on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

from stancekit import checkpoint
from stancekit.config import TrainConfig
from stancekit.corpus import from_marks, marks_files, read_text
from stancekit.data import parse_line, read_lines
from stancekit.encoding import Encoder, WindowRule
from stancekit.errors import DataError
from stancekit.schema import LABELS, Article, Query, Span, Stance
from stancekit.text import occurrences

Located = tuple[str, Article | Query]

CLAUSE = re.compile(r"\s(?:that|which|who|whose|because|although|whereas)\s|,\s(?:which|who|where)\b")
MAX_TARGET_WORDS = 16


def check_files(paths: Sequence[str], config: TrainConfig | None = None) -> Iterator[tuple[str, bool]]:
    """(line, whether it is a problem) for each finding; counts come last. Bad records are findings, not ends.

    Looked over for a training run by `config`, with its labels, tokens and windows, or else for the shipped model.
    """
    labels = tuple(LABELS if config is None else config.labels)
    encoder = _encoder(config)
    if encoder is None:
        yield "the encoder's tokenizer.json is not on this machine: what its tokens lose is not looked over", False
    texts: list[dict[str, str]] = []
    for path in paths:
        counts: Counter[str] = Counter()
        seen: dict[str, str] = {}
        ids: dict[str, str] = {}
        for place, record in _records(path, labels):
            if isinstance(record, DataError):
                yield str(record), True
                counts["bad records"] += 1
                continue
            counts["articles" if isinstance(record, Article) else "queries"] += 1
            for line, bad in _duplicates(place, record, seen, ids):
                yield line, bad
            findings = _article(place, record, counts, encoder) if isinstance(record, Article) else _query(place, record, counts)
            for line in findings:
                yield line, False
        texts.append(seen)
        yield f"{path}: {', '.join(f'{n} {name}' for name, n in sorted(counts.items())) or 'nothing in it'}", not counts
    yield from _leaks(texts)


def _records(path: str, labels: Sequence[str]) -> Iterator[tuple[str, Article | Query | DataError]]:
    if Path(path).is_dir() or path.endswith(".txt"):
        for file in marks_files(Path(path)):
            try:
                for article in from_marks(read_text(file), str(file), labels):
                    yield f"{file}: {article.id}", article
            except DataError as error:
                yield str(file), error
        return
    for place, line in read_lines(path):
        try:
            record = parse_line(line)
            asked = "target" in record and "statements" not in record
            yield place, (Query if asked else Article).from_dict(record, labels)
        except DataError as error:
            yield place, error.at(place)


def _encoder(config: TrainConfig | None) -> Encoder | None:
    folder = checkpoint.DEFAULT if config is None else checkpoint.resolve_base(config.base)
    if folder is None or not (folder / checkpoint.TOKENIZER).is_file():
        return None
    return Encoder.from_file(folder / checkpoint.TOKENIZER, WindowRule() if config is None else config.window.rule())


def _duplicates(place: str, record: Article | Query, seen: dict[str, str], ids: dict[str, str]) -> Iterator[tuple[str, bool]]:
    if record.id:
        if record.id in ids:
            yield f"{place}: id {record.id!r} stands at {ids[record.id]} too; give each record its own", True
        ids.setdefault(record.id, place)
    if isinstance(record, Article):
        key = _normal(record.text)
        if key in seen:
            yield f"{place}: the same text stands at {seen[key]}", True
        seen.setdefault(key, place)
    else:
        seen.setdefault(_normal(record.text), place)


def _normal(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _article(place: str, article: Article, counts: Counter[str], encoder: Encoder | None) -> Iterator[str]:
    if article.statements is None:
        yield f"{place}: not annotated (no statements)"
        return
    for statement in article.statements:
        counts["statements"] += 1
        counts["statements with a stance"] += bool(statement.stances)
        if "\n\n" in statement.span.text:
            yield f"{place}: statement {_at(statement.span)} crosses a paragraph"
        for stance in statement.stances:
            counts[stance.stance] += 1
            counts["optional"] += stance.optional
            for role, span in (("source", stance.source), ("target", stance.target)):
                if span is None:
                    counts[f"null {role}"] += 1
                    continue
                yield from (f"{place}: {role} {_at(span)} {message}" for message in span_problems(article.text, span))
        if encoder is not None:
            problems = _token_problems(encoder, article.text, statement.span, statement.stances, counts)
            yield from (f"{place}: {message}" for message in problems)


def _at(span: Span) -> str:
    return f"[{span.start}, {span.end}] {span.text[:60]!r}"


def span_problems(text: str, span: Span) -> Iterator[str]:
    """What speaks against a source or target span by the guide."""
    if span.text != span.text.strip() or span.text[-1] in ",;:":
        yield "has white space or punctuation at its ends; trim it"
    before, after = text[span.start - 1 : span.start], text[span.end : span.end + 1]
    if (before.isalnum() and span.text[0].isalnum()) or (after.isalnum() and span.text[-1].isalnum()):
        yield "cuts a word"
    clause = CLAUSE.search(span.text)
    if clause and not re.match(r"(?i)(those|anyone|everyone|all|people|whoever)\b", span.text):
        yield f"holds a clause ({clause.group().strip()!r}); the guide cuts it after the noun"
    if len(span.text.split()) > MAX_TARGET_WORDS:
        yield f"is {len(span.text.split())} words long; the guide asks for the shortest noun phrase"


def _token_problems(encoder: Encoder, text: str, statement: Span, stances: Sequence[Stance], counts: Counter[str]) -> Iterator[str]:
    pieces = encoder.sentences(text, [(statement.start, statement.end)])
    if len(pieces) > 1:
        counts["statements cut by the window"] += 1
        yield f"statement {_at(statement)} has {sum(map(len, pieces))} tokens, more than a window"
    if not stances:
        return
    for span in {s for x in stances for s in (x.source, x.target) if s is not None}:
        fits = [p for p in pieces if p.starts[0] <= span.start and span.end <= p.ends[-1]]
        if not fits:
            counts["spans cut by the window"] += 1
            yield f"span {_at(span)} is cut by the window; its stance will not be learned"
            continue
        tokens = fits[0].tokens_of(span.start, span.end)
        if tokens is None or fits[0].chars_of(*tokens) != (span.start, span.end):
            counts["spans off token borders"] += 1
            yield f"span {_at(span)} does not end at token borders; it will be widened"


def _query(place: str, query: Query, counts: Counter[str]) -> Iterator[str]:
    counts[f"label {query.label}"] += 1
    for role, value in (("source", query.source), ("target", query.target)):
        if isinstance(value, str) and not occurrences(query.text, value):
            counts[f"{role} not in the text"] += 1
    if query.label is None:
        yield f"{place}: no label"


def _leaks(texts: Sequence[dict[str, str]]) -> Iterator[tuple[str, bool]]:
    for first, second in combinations(texts, 2):
        for key in first.keys() & second.keys():
            if key:
                yield f"leak: the same text at {first[key]} and {second[key]}", True
