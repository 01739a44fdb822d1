"""Scores from counts: precision, recall and F1 are properties of three integers, and counts add up.

Matching rules (README, "How scores are counted"):

* a predicted statement belongs to the gold statement it overlaps most (at least half of the shorter one);
* `statement`: the label is right in the right statement;
* `stance_target`: label and target; `stance_source_target`: label, target and source;
* exact: the spans are equal; overlap: they share at least half of the shorter one; null matches only null;
* one gold stance is matched by at most one predicted one, required gold before optional gold; a prediction
  that matches only optional gold counts neither way, and optional gold is never missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stancekit.schema import LABELS, NONE, Answer, Article, Query, Span, Stance, Statement

LEVELS = ("statement", "stance_target", "stance_source_target")
MATCHES = ("overlap", "exact")


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives, false negatives."""

    right: int = 0
    extra: int = 0
    missed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.extra + other.extra, self.missed + other.missed)

    @property
    def precision(self) -> float:
        """Right among predicted; 0 where nothing was predicted."""
        return self.right / (self.right + self.extra) if self.right + self.extra else 0.0

    @property
    def recall(self) -> float:
        """Right among gold; 0 where there is none."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = 2 * self.right + self.extra + self.missed
        return 2 * self.right / total if total else 0.0

    def to_dict(self) -> dict[str, float]:
        """Counts and ratios."""
        return {
            "right": self.right,
            "extra": self.extra,
            "missed": self.missed,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
        }


@dataclass(frozen=True)
class Score:
    """Counts by label; micro and macro averages derive from them."""

    labels: Mapping[str, Counts]

    def __add__(self, other: Score) -> Score:
        names = [*self.labels, *(n for n in other.labels if n not in self.labels)]
        return Score({n: self.labels.get(n, Counts()) + other.labels.get(n, Counts()) for n in names})

    @property
    def micro(self) -> Counts:
        """All labels together."""
        return sum(self.labels.values(), Counts())

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the labels."""
        return float(np.mean([c.f1 for c in self.labels.values()])) if self.labels else 0.0

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "micro": self.micro.to_dict(),
            "macro_f1": self.macro_f1,
            "labels": {name: counts.to_dict() for name, counts in self.labels.items()},
        }


@dataclass(frozen=True)
class Outcome:
    """One gold or predicted stance and what became of it; the raw material of error pages."""

    kind: str
    """right, extra, missed, ignored (matched only optional gold)"""
    gold: Stance | None
    predicted: Stance | None
    statement: Span


def span_match(a: Span | None, b: Span | None, match: str) -> bool:
    """Whether two spans count as the same under a matching rule; null matches only null."""
    if a is None or b is None:
        return a is b
    return a.matches(b) if match == "overlap" else a == b


def same(level: str, match: str) -> Callable[[Stance, Stance], bool]:
    """The rule by which a predicted stance counts as a gold one."""
    if level not in LEVELS or match not in MATCHES:
        raise ValueError(f"level {level!r}, match {match!r}; expected one of {LEVELS} and of {MATCHES}")

    def rule(gold: Stance, predicted: Stance) -> bool:
        if gold.stance != predicted.stance:
            return False
        if level == "statement":
            return True
        if not span_match(gold.target, predicted.target, match):
            return False
        return level == "stance_target" or span_match(gold.source, predicted.source, match)

    return rule


def align(gold: Article, predicted: Article) -> list[tuple[Statement | None, list[Statement]]]:
    """Each gold statement with the predicted statements that belong to it; those of none stand under None."""
    golds = list(gold.statements or ())
    groups: list[list[Statement]] = [[] for _ in golds]
    homeless: list[Statement] = []
    first = 0
    for statement in predicted.statements or ():
        while first < len(golds) and golds[first].span.end <= statement.span.start:
            first += 1
        best, most = -1, 0
        for k in range(first, len(golds)):
            if golds[k].span.start >= statement.span.end:
                break
            shared = golds[k].span.overlap(statement.span)
            if shared > most:
                best, most = k, shared
        if best >= 0 and golds[best].span.matches(statement.span):
            groups[best].append(statement)
        else:
            homeless.append(statement)
    return [*zip(golds, groups, strict=True), (None, homeless)]


def outcomes(gold: Article, predicted: Article, level: str = "stance_target", match: str = "overlap") -> list[Outcome]:
    """What became of every gold and predicted stance of an article."""
    if gold.text != predicted.text:
        raise ValueError(f"article {gold.id!r}: gold and prediction have different texts")
    rule = same(level, match)
    out: list[Outcome] = []
    for statement, group in align(gold, predicted):
        guesses = [s for g in group for s in g.stances]
        answers = list(statement.stances) if statement else []
        if level == "statement":
            # sentences of no gold one are sentences each by itself
            guesses = _one_a_label(guesses) if statement else [s for g in group for s in _one_a_label(g.stances)]
            answers = _one_a_label(answers)
        if not answers and not guesses:
            continue
        out += _match(answers, guesses, rule, statement.span if statement else None)
    return out


def _one_a_label(stances: Sequence[Stance]) -> list[Stance]:
    """One stance of each label, a required one if there is any."""
    best: dict[str, Stance] = {}
    for s in stances:
        if s.stance not in best or (best[s.stance].optional and not s.optional):
            best[s.stance] = s
    return list(best.values())


def _match(
    answers: Sequence[Stance], guesses: Sequence[Stance], rule: Callable[[Stance, Stance], bool], place: Span | None
) -> list[Outcome]:
    """The assignment with the most matches, required gold before optional gold."""
    out: list[Outcome] = []
    fits = [[j for j, guess in enumerate(guesses) if rule(gold, guess)] for gold in answers]
    taken: dict[int, int] = {}
    for i in sorted(range(len(answers)), key=lambda i: answers[i].optional):
        _augment(i, fits, taken, set())
    for j, guess in enumerate(guesses):
        span = place or guess.statement
        if j in taken:
            gold = answers[taken[j]]
            out.append(Outcome("ignored" if gold.optional else "right", gold, guess, span))
        elif any(gold.optional and rule(gold, guess) for gold in answers):
            out.append(Outcome("ignored", None, guess, span))
        else:
            out.append(Outcome("extra", None, guess, span))
    matched = set(taken.values())
    for i, gold in enumerate(answers):
        if i not in matched and not gold.optional:
            out.append(Outcome("missed", gold, None, gold.statement))
    return out


def _augment(i: int, fits: Sequence[Sequence[int]], taken: dict[int, int], seen: set[int]) -> bool:
    """One step of Kuhn's maximum matching: gives gold `i` a guess, moving earlier golds to others if need be."""
    for j in fits[i]:
        if j not in seen:
            seen.add(j)
            if j not in taken or _augment(taken[j], fits, taken, seen):
                taken[j] = i
                return True
    return False


def score(found: Iterable[Outcome], labels: Sequence[str] = LABELS) -> Score:
    """Counts by label from outcomes."""
    table = {label: [0, 0, 0] for label in labels}
    for o in found:
        stance = o.gold or o.predicted
        if stance is None or o.kind == "ignored":
            continue
        column = ("right", "extra", "missed").index(o.kind)
        table.setdefault(stance.stance, [0, 0, 0])[column] += 1
    return Score({label: Counts(*values) for label, values in table.items()})


def score_article(
    gold: Article, predicted: Article, level: str = "stance_target", match: str = "overlap", labels: Sequence[str] = LABELS
) -> Score:
    """The score of one article; scores of articles add up."""
    return score(outcomes(gold, predicted, level, match), labels)


def swapped(gold: Article, predicted: Article) -> tuple[int, int]:
    """(stances of the right label whose source and target are exchanged, right labels with both spans named)."""
    exchanged = total = 0
    for statement, group in align(gold, predicted):
        for guess in (s for g in group for s in g.stances):
            answers = [a for a in (statement.stances if statement else ()) if a.stance == guess.stance and a.source and a.target]
            if not answers or guess.source is None or guess.target is None:
                continue
            total += 1
            straight = any(span_match(a.source, guess.source, "overlap") and span_match(a.target, guess.target, "overlap") for a in answers)
            crossed = any(span_match(a.source, guess.target, "overlap") and span_match(a.target, guess.source, "overlap") for a in answers)
            exchanged += crossed and not straight
    return exchanged, total


@dataclass(frozen=True)
class QueryScore:
    """Confusion counts of given-target questions. matrix: (gold, answered), "none" first."""

    labels: tuple[str, ...]
    matrix: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, labels: Sequence[str], gold: NDArray[np.int64], answered: NDArray[np.int64]) -> QueryScore:
        """From numbers of classes (questions,)."""
        n = len(labels)
        return cls(tuple(labels), np.bincount(n * gold + answered, minlength=n * n).reshape(n, n))

    @property
    def total(self) -> int:
        """Questions."""
        return int(self.matrix.sum())

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return float(np.trace(self.matrix)) / max(1, self.total)

    def counts(self, label: str) -> Counts:
        """Counts of one class."""
        i = self.labels.index(label)
        right = int(self.matrix[i, i])
        return Counts(right, int(self.matrix[:, i].sum()) - right, int(self.matrix[i].sum()) - right)

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the stance labels."""
        return float(np.mean([self.counts(x).f1 for x in self.labels[1:]]))

    @property
    def macro_f1_all(self) -> float:
        """Mean F1 over the stance labels and "none"."""
        return float(np.mean([self.counts(x).f1 for x in self.labels]))

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "total": self.total,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "macro_f1_with_none": self.macro_f1_all,
            "labels": {x: self.counts(x).to_dict() for x in self.labels},
        }


def score_queries(queries: Sequence[Query], answers: Sequence[Answer], labels: Sequence[str] = LABELS) -> QueryScore:
    """The score of labelled queries. Raises `ValueError` for a query without label or lengths that differ."""
    names = (NONE, *labels)
    pairs = []
    for query, answer in zip(queries, answers, strict=True):
        if query.label is None:
            raise ValueError(f"query {query.id!r} has no label; only labelled queries can be scored")
        pairs.append((names.index(query.label), names.index(answer.label)))
    gold, answered = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return QueryScore.of(names, gold, answered)


def reliability(
    confidences: NDArray[np.floating], right: NDArray[np.bool_], bins: int = 10
) -> tuple[float, list[tuple[float, float, int]]]:
    """Expected calibration error (Guo et al. 2017) over equal-width bins, and (mean confidence, share right, n) of each."""
    edges = np.clip((np.asarray(confidences) * bins).astype(int), 0, bins - 1)
    table, error = [], 0.0
    for b in range(bins):
        inside = edges == b
        n = int(inside.sum())
        if n:
            mean, share = float(np.mean(confidences[inside])), float(np.mean(right[inside]))
            error += n / len(edges) * abs(mean - share)
            table.append((mean, share, n))
    return error, table


def reliability_by_chance(confidences: NDArray[np.floating], bins: int = 10, draws: int = 1000, seed: int = 0) -> tuple[float, float]:
    """The calibration error that confidences would show if every one of them were right: its mean and its 95 % quantile.

    Few predictions scatter in their bins, so an error of zero is not to be had (consistency resampling, Bröcker & Smith 2007).
    """
    confidences = np.asarray(confidences, dtype=np.float64)
    rng = np.random.default_rng(seed)
    errors = [reliability(confidences, rng.random(len(confidences)) < confidences, bins)[0] for _ in range(draws)]
    return float(np.mean(errors)), float(np.quantile(errors, 0.95))
