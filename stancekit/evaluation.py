"""Evaluates models on held-out articles and queries: counts, intervals, calibration, slices, comparisons.

Every report carries its recipe: version, model and data hash, matching rules.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import stancekit
from stancekit import checkpoint, metrics
from stancekit.corpus import read_marks
from stancekit.data import file_hash, kind_of, read_records
from stancekit.errors import ConfigError, DataError, MissingExtraError
from stancekit.pipeline import Model
from stancekit.schema import Answer, Article, Query, Span, Stance

if TYPE_CHECKING:
    from rich.console import RenderableType

Report = dict[str, Any]

QUOTES = '"“”«»'
ERROR_KINDS = ("exchanged direction", "wrong source", "wrong target", "wrong label", "false positive", "miss")
"""The kinds of `ErrorCase`, the most specific first."""

PRONOUNS = frozenset("i he she it we they you his her its our their my us them him".split())


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """One error: a predicted stance that is wrong, a gold one that was missed, or the two of them as a wrong pair."""

    kind: str
    """One of `ERROR_KINDS`."""
    article: str
    """The article's id."""
    sentence: str
    """The sentence; where gold and prediction cut it differently, what the two cover together."""
    offset: int
    """Where the sentence starts in the article: `article.text[offset : offset + len(sentence)] == sentence`."""
    gold: Stance | None
    predicted: Stance | None


def read_gold(path: str, labels: Sequence[str], texts_only: bool = False) -> list[Article]:
    """Annotated articles of a JSON Lines file, a marks file or a folder of those; where `texts_only`, also those that nobody or a model
    annotated.

    Raises `DataError` with the line of what is no such article.
    """
    if Path(path).is_dir() or path.endswith(".txt"):
        articles = [_gold(article, texts_only, path) for article in read_marks(path, labels)]
    else:
        articles = list(read_records(path, lambda record: _gold(_article(record, labels), texts_only)))
    if not articles:
        raise DataError(f"{path} holds no article", remedy="give a file with at least one annotated article")
    return articles


def _article(record: Mapping[str, Any], labels: Sequence[str]) -> Article:
    if "target" in record and "statements" not in record:
        raise DataError(f"query {record.get('id', '')!r} stands among articles", remedy="keep queries in a file of their own")
    return Article.from_dict(record, labels)


def _gold(article: Article, texts_only: bool, place: str | None = None) -> Article:
    """The article as it is. Raises `DataError` (unless `texts_only`) where it is not annotated, or by a model."""
    if texts_only:
        return article
    if article.statements is None:
        raise DataError(f"article {article.id!r} is not annotated", place=place, remedy='add "statements" or leave it out')
    if any(s.confidence is not None for s in article.stances):
        raise DataError(
            f"article {article.id!r} has a stance with a confidence: a model said so, it is not gold",
            place=place,
            remedy="give annotated articles; answers that people corrected become gold by `stancekit convert --reviewed`",
        )
    return article


def _labelled(record: Mapping[str, Any], labels: Sequence[str]) -> Query:
    query = Query.from_dict(record, labels)
    if query.label is None:
        raise DataError(f"query {query.id!r} without label", remedy="add the gold label or leave the query out")
    if not query.text.strip():
        raise DataError(f"query {query.id!r}: the text is empty", remedy="give the sentence or article that it is about")
    return query


def evaluate_files(
    model: Model,
    paths: Sequence[str],
    resamples: int = 2000,
    errors: dict[str, list[ErrorCase]] | None = None,
    reading: str | None = None,
) -> list[Report]:
    """A report for each file, by its kind. Raises before the first prediction where a file cannot be read.

    `errors`, where given, receives the error cases of each file of articles under its path. `reading` is what queries are answered by;
    see `Model.classify`.
    """
    labelled = partial(_labelled, labels=model.labels)
    loaded: list[tuple[str, str, list[Any]]] = []
    for path in paths:
        marks = Path(path).is_dir() or path.endswith(".txt")
        kind = "articles" if marks else kind_of(path)
        loaded.append((path, kind, read_gold(path, model.labels) if kind == "articles" else list(read_records(path, labelled))))
    if reading is not None and all(kind == "articles" for _, kind, _ in loaded):
        raise DataError(f"reading {str(reading)!r} is for queries, and none are given", remedy="name a file of queries, or leave it out")
    reports = []
    for path, kind, records in loaded:
        report: Report = {"data": path, "recipe": recipe(model, path)}
        if kind == "queries":
            try:
                reports.append({**report, **evaluate_queries(model, records, resamples, reading)})
            except DataError as error:  # a target without a letter to read
                raise error.at(path) from None
            continue
        predicted = list(model.predict_many(a.text for a in records))
        reports.append({**report, **evaluate_articles(model, records, resamples, predicted)})
        if errors is not None:
            errors[path] = error_cases(records, predicted)
    return reports


def recipe(model: Model, path: str | None = None) -> Report:
    """What a score was made with."""
    out: Report = {"stancekit": stancekit.__version__, "guide": model.config.guide_version}
    if model.folder is not None:
        out["model"] = file_hash(model.folder / checkpoint.WEIGHTS)
        out["settings"] = file_hash(model.folder / checkpoint.CONFIG)
    if path is not None and Path(path).is_file():
        out["data"] = file_hash(path)
    out["matching"] = "overlap: spans share at least half of the shorter; exact: equal; null matches null; optional gold ignored"
    return out


def evaluate_articles(
    model: Model, articles: Sequence[Article], resamples: int = 2000, predicted: Sequence[Article] | None = None
) -> Report:
    """Scores predicted articles against gold ones; `predicted`, where given, is what the model said of them."""
    if predicted is None:
        predicted = list(model.predict_many(a.text for a in articles))
    report: Report = {
        "kind": "articles",
        "articles": len(articles),
        "stances": sum(len(a.stances) for a in articles),
        "scores": {},
    }
    for level in metrics.LEVELS:
        for match in metrics.MATCHES:
            if level == "statement" and match == "exact":
                continue
            per_article = _scores(articles, predicted, level, match, model.labels)
            entry = sum(per_article, metrics.Score({})).to_dict()
            if resamples:
                entry["interval"] = interval(_counts(per_article), resamples)
            report["scores"][f"{level}/{match}"] = entry
    report["stance_free"] = stance_free(articles, predicted)
    exchanged = [metrics.swapped(g, p) for g, p in zip(articles, predicted, strict=True)]
    report["direction"] = {"exchanged": sum(a for a, _ in exchanged), "of": sum(b for _, b in exchanged)}
    report["calibration"] = calibration(articles, predicted)
    report["slices"] = slices(articles, predicted, model.labels)
    return report


def _scores(gold: Sequence[Article], predicted: Sequence[Article], level: str, match: str, labels: Sequence[str]) -> list[metrics.Score]:
    return [metrics.score_article(g, p, level, match, labels) for g, p in zip(gold, predicted, strict=True)]


def _counts(scores: Sequence[metrics.Score]) -> NDArray[np.int64]:
    """(articles, 3): right, extra, missed."""
    return np.array([[c.right, c.extra, c.missed] for c in (s.micro for s in scores)], dtype=np.int64).reshape(-1, 3)


def stance_counts(gold: Sequence[Article], predicted: Sequence[Article], labels: Sequence[str]) -> NDArray[np.int64]:
    """(articles, 3): right, extra and missed stances by label and target, overlap."""
    return _counts(_scores(gold, predicted, "stance_target", "overlap", labels))


def _f1(totals: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 of (..., 3) counts."""
    out: NDArray[np.float64] = 2 * totals[..., 0] / np.maximum(1, 2 * totals[..., 0] + totals[..., 1] + totals[..., 2])
    return out


def interval(counts: NDArray[np.int64], resamples: int, seed: int = 0) -> tuple[float, float] | None:
    """95 % percentile bootstrap interval of micro-F1 over articles (Efron 1979), by `scipy.stats.bootstrap` on
    per-article counts (articles, 3); None for a single article."""
    return _interval(len(counts), lambda index: _f1(counts[index].sum(axis=-2)), resamples, seed)


def gain(first: NDArray[np.int64], others: NDArray[np.int64], resamples: int = 2000, seed: int = 0) -> Report:
    """How much micro-F1 other models have over a first one on the same articles, on average, with its 95 % interval over articles.

    first: (articles, 3), others: (models, articles, 3), as `stance_counts` gives them.
    """

    def more(index: NDArray[np.int64]) -> NDArray[np.float64]:
        out: NDArray[np.float64] = _f1(others[:, index].sum(axis=-2)).mean(axis=0) - _f1(first[index].sum(axis=-2))
        return out

    return {"gain": round(float(more(np.arange(len(first)))), 4), "interval": _interval(len(first), more, resamples, seed)}


def _interval(
    articles: int, statistic: Callable[[NDArray[np.int64]], NDArray[np.float64]], resamples: int, seed: int
) -> tuple[float, float] | None:
    """See `interval`; `statistic` maps numbers of articles (..., articles) to values (...)."""
    try:
        from scipy.stats import bootstrap
    except ImportError:
        raise MissingExtraError("a confidence interval", "evaluate") from None
    if articles < 2:
        return None
    result = bootstrap(
        (np.arange(articles),), lambda index, axis: statistic(np.moveaxis(index, axis, -1)), n_resamples=resamples, method="percentile",
        batch=_batch(articles), rng=np.random.default_rng(seed), vectorized=True,
    )  # fmt: skip
    return round(float(result.confidence_interval.low), 4), round(float(result.confidence_interval.high), 4)


def _batch(articles: int) -> int:
    """Resamples drawn at a time, so that memory does not grow with articles times resamples."""
    return max(1, 1_000_000 // articles)


def stance_free(articles: Sequence[Article], predicted: Sequence[Article]) -> Report:
    """False positives in sentences without any gold stance."""
    from stancekit.text import sentences

    wrong = total = 0
    for gold, guess in zip(articles, predicted, strict=True):
        taken = [s.span for s in gold.statements or () if s.stances]
        free = [Span.of(gold.text, a, b) for a, b in sentences(gold.text)]
        free = [f for f in free if not _touching(taken, f)]
        total += len(free)
        wrong += sum(1 for s in guess.statements or () if s.stances and any(s.span.matches(f) for f in _touching(free, s.span)))
    return {"sentences": total, "given_a_stance": wrong, "per_1000": round(1000 * wrong / max(1, total), 1)}


def _touching(spans: Sequence[Span], span: Span) -> Sequence[Span]:
    """Those of the spans, given in text order and without overlap, that share characters with `span`."""
    return spans[bisect_right(spans, span.start, key=lambda s: s.end) : bisect_left(spans, span.end, key=lambda s: s.start)]


def calibration(articles: Sequence[Article], predicted: Sequence[Article]) -> Report:
    """Expected calibration error and Brier score of `confidence` (right: label and target, overlap); `ece_by_chance` is the
    error that as many predictions with the same confidences show when these are perfectly calibrated."""
    found = [o for g, p in zip(articles, predicted, strict=True) for o in metrics.outcomes(g, p)]
    judged = [(o.predicted.confidence or 0.0, o.kind == "right") for o in found if o.predicted and o.kind in ("right", "extra")]
    if not judged:
        return {"predictions": 0}
    confidence, right = np.array([c for c, _ in judged]), np.array([r for _, r in judged])
    error, table = metrics.reliability(confidence, right)
    chance, bound = metrics.reliability_by_chance(confidence)
    return {
        "predictions": len(judged),
        "ece": round(error, 4),
        "ece_by_chance": {"mean": round(chance, 4), "95": round(bound, 4)},
        "brier": round(float(np.mean((confidence - right) ** 2)), 4),
        "bins": [{"confidence": round(c, 3), "right": round(r, 3), "n": n} for c, r, n in table],
    }


def error_cases(gold: Sequence[Article], predicted: Sequence[Article]) -> list[ErrorCase]:
    """Every error in text order, counted as stance + target + source, overlap (`metrics.outcomes`).

    A wrong prediction and a missed stance of the same sentence that have enough in common are one case, under its most
    specific kind; what is left is a false positive or a miss. So the cases with a prediction are the score's extra ones
    and those with gold its missed ones. Optional gold is part of no case.
    """
    if len(gold) != len(predicted):
        raise DataError(f"{len(gold)} gold and {len(predicted)} predicted articles", remedy="give one prediction for each, in order")
    return [case for g, p in zip(gold, predicted, strict=True) for case in _article_errors(g, p)]


def _article_errors(gold: Article, predicted: Article) -> list[ErrorCase]:
    wrong: dict[Span, tuple[list[Stance], list[Stance]]] = {}
    for o in metrics.outcomes(gold, predicted, "stance_source_target"):
        if o.kind in ("extra", "missed"):
            missed, extra = wrong.setdefault(o.statement, ([], []))
            if o.kind == "missed" and o.gold:
                missed.append(o.gold)
            elif o.predicted:
                extra.append(o.predicted)
    cases = [_case(gold, *found) for missed, extra in wrong.values() for found in _wrong_pairs(missed, extra)]
    return sorted(cases, key=lambda c: c.offset)


def _wrong_pairs(missed: Sequence[Stance], extra: Sequence[Stance]) -> Iterator[tuple[str, Stance | None, Stance | None]]:
    """Each stance once: the pairs that have most in common, then those left alone."""
    ranked = ((_pair_kind(g, p), i, j) for i, g in enumerate(missed) for j, p in enumerate(extra))
    golds, guesses = set(range(len(missed))), set(range(len(extra)))
    for (_, kind), i, j in sorted((kind, i, j) for kind, i, j in ranked if kind is not None):
        if i in golds and j in guesses:
            golds.remove(i)
            guesses.remove(j)
            yield kind, missed[i], extra[j]
    yield from (("miss", missed[i], None) for i in sorted(golds))
    yield from (("false positive", None, extra[j]) for j in sorted(guesses))


def _pair_kind(gold: Stance, guess: Stance) -> tuple[int, str] | None:
    """(rank, kind) of a wrong pair, the smallest rank has most in common; None for two stances that are not about the same."""
    label = gold.stance == guess.stance
    source = metrics.span_match(gold.source, guess.source, "overlap")
    target = metrics.span_match(gold.target, guess.target, "overlap")
    named = None not in (gold.source, gold.target, guess.source, guess.target)
    crossed = metrics.span_match(gold.source, guess.target, "overlap") and metrics.span_match(gold.target, guess.source, "overlap")
    for rank, (holds, kind) in enumerate(
        (
            (label and named and crossed, "exchanged direction"),
            (label and target, "wrong source"),
            (label and source, "wrong target"),
            (target and source, "wrong label"),
            (target and gold.target is not None, "wrong label"),
            (label, "wrong target"),
        )
    ):
        if holds:
            return rank, kind
    return None


def _case(article: Article, kind: str, gold: Stance | None, guess: Stance | None) -> ErrorCase:
    places = [s.statement for s in (gold, guess) if s is not None]
    start, end = min(p.start for p in places), max(p.end for p in places)
    return ErrorCase(kind, article.id, article.text[start:end], start, gold, guess)


def slices(articles: Sequence[Article], predicted: Sequence[Article], labels: Sequence[str]) -> Report:
    """Stance + target scores by genre, outlet, quotation, sentence length and kind of source."""
    groups: dict[str, list[metrics.Outcome]] = defaultdict(list)
    for gold, guess in zip(articles, predicted, strict=True):
        for outcome in metrics.outcomes(gold, guess):
            stance = outcome.gold or outcome.predicted
            if stance is None:
                continue
            for name in _slice_names(gold, stance):
                groups[name].append(outcome)
    return {name: metrics.score(found, labels).micro.to_dict() for name, found in sorted(groups.items())}


def _slice_names(article: Article, stance: Stance) -> Iterator[str]:
    text = stance.statement.text
    quoted = any(mark in text for mark in QUOTES)
    yield f"quoted: {'yes' if quoted else 'no'}"
    words = len(text.split())
    yield f"words: {'1-14' if words < 15 else '15-29' if words < 30 else '30+'}"
    source = stance.source
    yield f"source: {'none' if source is None else 'pronoun' if source.text.lower() in PRONOUNS else 'named'}"
    for key in ("genre", "outlet"):
        if article.meta.get(key):
            yield f"{key}: {str(article.meta[key]).split(',')[0]}"


def answers_of(model: Model, queries: Sequence[Query], reading: str | None) -> list[Answer]:
    """The answers by one reading, or as a model (or a baseline, which has no readings) answers by itself."""
    return list(model.classify_many(queries) if reading is None else model.classify_many(queries, reading=reading))


def evaluate_queries(model: Model, queries: Sequence[Query], resamples: int = 2000, reading: str | None = None) -> Report:
    """Scores given-target answers, by one `reading` alone where it is named (see `Model.classify`); the interval is macro-F1's, over
    questions."""
    answers = answers_of(model, queries, reading)
    report: Report = {
        "kind": "queries",
        **({} if reading is None else {"reading": str(reading)}),
        "queries": len(queries),
        "scores": metrics.score_queries(queries, answers, model.labels).to_dict(),
    }
    if resamples:
        gold, said = np.array([q.label for q in queries]), np.array([a.label for a in answers])
        right = [np.stack([(gold == x) & (said == x), (gold != x) & (said == x), (gold == x) & (said != x)], axis=1) for x in model.labels]

        def macro_f1(index: NDArray[np.int64]) -> NDArray[np.float64]:
            out: NDArray[np.float64] = np.mean([_f1(table[index].sum(axis=-2)) for table in right], axis=0)
            return out

        report["scores"]["interval"] = _interval(len(queries), macro_f1, resamples, 0)
    return report


def compare_models(first: Model, second: Model, path: str, rounds: int = 10_000, seed: int = 0) -> Report:
    """`compare_predictions` of two models on a file of annotated articles, with both recipes.

    Raises `ConfigError` for models with different labels: what one cannot say would count as its mistake.
    """
    if set(first.labels) != set(second.labels):
        raise ConfigError(
            f"the first model has the labels {', '.join(first.labels)}, the second {', '.join(second.labels)}; "
            "compare models with the same labels"
        )
    articles = read_gold(path, first.labels)
    one, other = (list(m.predict_many(a.text for a in articles)) for m in (first, second))
    result = compare_predictions(articles, one, other, first.labels, rounds, seed)
    for name, model in (("first", first), ("second", second)):
        result[name] = {**recipe(model, path), **result[name]}
    return {"data": path, **result}


def compare_predictions(
    articles: Sequence[Article],
    first: Sequence[Article],
    second: Sequence[Article],
    labels: Sequence[str],
    rounds: int = 10_000,
    seed: int = 0,
) -> Report:
    """Stance + target micro-F1 of two models, the difference (first - second) with its 95 % bootstrap interval, a paired
    permutation test over articles (Noreen 1989) by `scipy.stats.permutation_test`, and the sentences on which the two differ."""
    try:
        from scipy.stats import permutation_test
    except ImportError:
        raise MissingExtraError("a paired test", "evaluate") from None
    if len(articles) < 2:
        raise DataError(f"{len(articles)} article cannot tell two models apart", remedy="give at least 2 annotated articles")
    counts = [stance_counts(articles, p, labels) for p in (first, second)]

    def statistic(a: NDArray[np.int64], b: NDArray[np.int64], axis: int = -1) -> NDArray[np.float64]:
        """a, b: (..., articles), numbers 2 i or 2 i + 1: article i as counted for the first or the second model."""
        table = np.stack(counts, axis=1).reshape(-1, 3)
        return _f1(table[a].sum(axis=-2)) - _f1(table[b].sum(axis=-2))

    index = 2 * np.arange(len(articles))
    test = permutation_test(
        (index, index + 1), statistic, permutation_type="samples", n_resamples=rounds, batch=_batch(len(articles)),
        rng=np.random.default_rng(seed), vectorized=True,
    )  # fmt: skip
    over = gain(counts[1], np.stack(counts[:1]), seed=seed)
    f1 = [round(float(_f1(c.sum(axis=0))), 4) for c in counts]
    return {
        "first": {"f1": f1[0]},
        "second": {"f1": f1[1]},
        "difference": over["gain"],
        "interval": over["interval"],
        "p_value": round(float(test.pvalue), 4),
        "articles": len(articles),
        "differences": [d for a, p, q in zip(articles, first, second, strict=True) for d in _differences(a, p, q)],
    }


def _differences(gold: Article, first: Article, second: Article) -> Iterator[Report]:
    def told(stances: Sequence[Stance]) -> list[Report]:
        found = {(s.stance, s.source and s.source.text, s.target and s.target.text) for s in stances}
        ordered = sorted(found, key=lambda key: tuple(part or "" for part in key))
        return [{"stance": label, "source": source, "target": target} for label, source, target in ordered]

    def right(stances: Sequence[Stance]) -> bool:
        return {s.key for s in answer if not s.optional} <= {s.key for s in stances} <= {s.key for s in answer}

    # the annotation may cut sentences elsewhere: a stance belongs to the sentence where its target stands (else its source)
    places = [((s.target or s.source or s.statement).start, s) for s in gold.stances]
    for a, b in zip(first.statements or (), second.statements or (), strict=True):
        if {s.key for s in a.stances} != {s.key for s in b.stances}:
            answer = [s for start, s in places if a.span.start <= start < a.span.end]
            yield {
                "article": gold.id,
                "sentence": a.span.text,
                "right": [name for name, stances in (("first", a.stances), ("second", b.stances)) if right(stances)],
                "gold": told(answer),
                "first": told(a.stances),
                "second": told(b.stances),
            }


def render(report: Report) -> Iterator[RenderableType]:
    """A report as tables for a terminal."""
    from rich.table import Table
    from rich.text import Text

    title = Text(f"{report['data']}  ({', '.join(f'{k} {v}' for k, v in report['recipe'].items() if k != 'matching')})")
    if "reading" in report:
        title.append(f", by the reading {report['reading']}")
    if report["kind"] == "queries":
        scores = report["scores"]
        table = Table(title=title, title_justify="left")
        for name in ("class", "precision", "recall", "F1"):
            table.add_column(name)
        for label, c in scores["labels"].items():
            table.add_row(label, *(f"{c[k]:.3f}" for k in ("precision", "recall", "f1")))
        yield table
        bounds = scores.get("interval")
        yield Text(
            f"{scores['total']} queries, accuracy {scores['accuracy']:.3f}, macro-F1 {scores['macro_f1']:.3f}"
            f"{f' [{bounds[0]:.3f}, {bounds[1]:.3f}]' if bounds else ''}, "
            f"with none {scores['macro_f1_with_none']:.3f}"
        )
        return
    table = Table(title=title, title_justify="left")
    for name in ("level", "match", "micro-F1", "95 %", "precision", "recall", "macro-F1"):
        table.add_column(name, no_wrap=name != "level")
    for key, entry in report["scores"].items():
        level, match = key.split("/")
        micro, bounds = entry["micro"], entry.get("interval")
        table.add_row(
            level.replace("_", " + "),
            match,
            f"{micro['f1']:.3f}",
            f"{bounds[0]:.3f}–{bounds[1]:.3f}" if bounds else "",
            *(f"{micro[k]:.3f}" for k in ("precision", "recall")),
            f"{entry['macro_f1']:.3f}",
        )
    yield table
    labels = Table(title="stance + target, overlap, by label", title_justify="left")
    for name in ("label", "precision", "recall", "F1", "gold"):
        labels.add_column(name)
    for label, c in report["scores"]["stance_target/overlap"]["labels"].items():
        labels.add_row(label, *(f"{c[k]:.3f}" for k in ("precision", "recall", "f1")), str(c["right"] + c["missed"]))
    yield labels
    free, direction, sure = report["stance_free"], report["direction"], report["calibration"]
    yield Text(
        f"{report['articles']} articles, {report['stances']} stances; stance-free sentences given a stance: {free['given_a_stance']} of "
        f"{free['sentences']}; source and target exchanged: {direction['exchanged']} of {direction['of']}; "
        f"ECE {sure.get('ece', '–')} (by chance alone {sure.get('ece_by_chance', {}).get('mean', '–')}), Brier {sure.get('brier', '–')}"
    )
