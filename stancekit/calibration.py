"""Fits thresholds and confidences on held-out articles, after training.

Each (target, label) candidate of the held-out articles is right or wrong; a logistic regression over
its evidence (`decoding.FEATURES`) gives a calibrated probability that it is right. The decoding rule's
few other numbers are then chosen by F1. The articles are read once; rules are tried on the stored scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from stancekit import checkpoint, metrics
from stancekit.decoding import FEATURES, Candidates, Decoded, DecodeRule, decode, features
from stancekit.encoding import FIRST_TARGET, NULL_TARGET, EncodedArticle, Floats, Sentence, span_of, stack, statement_spans
from stancekit.lanes import side_by_side
from stancekit.pipeline import Model, load, to_article
from stancekit.schema import Article, Span, Stance

THRESHOLDS = tuple(round(0.2 + 0.05 * i, 2) for i in range(9))
NEAR = 0.006
"""Of thresholds whose score is within this of the best, the highest is taken: too many stances is what readers mind most."""
TIE = 0.001
"""No smaller gain changes the setting of sources: it would be chance, and may cost a kind of sentence that the articles hardly show."""
SOURCE_MENTION = (0.0, 0.15, 0.3, 0.6, 1.0)
NULL_SOURCE = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0)
SECOND_SOURCE = (0.0, 1.0, 2.0, 3.0)


@dataclass
class Scored:
    """An article with the scores of its blocks: (sentence, candidates, logits of the open grid and of the guide's reading,
    label log-odds), for as many spans as any block of its window has."""

    gold: Article
    encoded: EncodedArticle
    blocks: list[tuple[Sentence, Candidates, Floats, Floats, Floats]]


def collect(model: Model, articles: Sequence[Article]) -> list[Scored]:
    """The scores of every block of annotated articles, within their own sentence borders."""

    def score(article: Article) -> Scored:
        encoded = model.encoder.article(article.text, statement_spans(article))
        scored = Scored(article, encoded, [])
        for blocks in filter(None, model.encode_blocks([[window] for window in encoded.windows])):
            for i, found, *scores in zip(*model.score_blocks(*stack([tokens for _, tokens in blocks])), strict=True):
                scored.blocks.append((encoded.sentences[blocks[i][0]], found, *scores))
        return scored

    with side_by_side(model.engine.lanes) as begin:
        return begin(score, articles)()


def replay(scored: Sequence[Scored], rule: DecodeRule, labels: Sequence[str]) -> list[Article]:
    """The articles as predicted under a rule."""
    out = []
    for item in scored:
        hits: dict[int, list[tuple[Sentence, Decoded]]] = {}
        for piece, found, pairs, given, statement in item.blocks:
            for decoded in decode([found], pairs[None], given[None], statement[None], rule)[0]:
                hits.setdefault(piece.index, []).append((piece, decoded))
        out.append(to_article(item.encoded, hits, labels))
    return out


def evidence(scored: Sequence[Scored], labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Evidence (n, len(FEATURES)) of every candidate (target, label), and whether it is right (n,)."""
    rows, truth = [], []
    for item in scored:
        gold = {s.span.start: s.stances for s in item.gold.statements or ()}
        for piece, found, pairs, given, statement in item.blocks:
            stances = gold.get(item.encoded.spans[piece.index][0], ())
            table = features([found], pairs[None], given[None], statement[None])[0][0]
            for t in range(FIRST_TARGET + len(found.targets)):
                target = None if t == NULL_TARGET else span_of(item.gold.text, piece, found.targets[t - FIRST_TARGET])
                for k, label in enumerate(labels):
                    verdict = _verdict(label, target, stances)
                    if verdict is not None:
                        rows.append(table[t, k])
                        truth.append(verdict)
    return np.array(rows, dtype=np.float64).reshape(-1, len(FEATURES)), np.array(truth, dtype=bool)


def _verdict(label: str, target: Span | None, stances: Sequence[Stance]) -> bool | None:
    """Right, wrong, or None where only an optional stance matches."""
    matching = [s for s in stances if s.stance == label and metrics.span_match(s.target, target, "overlap")]
    if any(not s.optional for s in matching):
        return True
    return None if matching else False


def fit_rule(scored: Sequence[Scored], labels: Sequence[str], rule: DecodeRule) -> DecodeRule:
    """The calibrated rule: confidence by logistic regression, threshold by the mean of the F1 of labels and of stances with
    their targets, source settings by the mean of stance + target F1 with and without the source; one in force stays where the best is
    not over `TIE` better. Only the threshold is chosen where the articles show a single outcome."""

    def f1(candidate: DecodeRule, level: str) -> float:
        return f1_of(scored, replay(scored, candidate, labels), level, labels)

    table, right = evidence(scored, labels)
    two_outcomes = len(set(right.tolist())) == 2
    if two_outcomes:
        regression = LogisticRegression(C=1.0, max_iter=1000).fit(table, right)
        weights = tuple(float(w) for w in regression.coef_[0])
        rule = rule.model_copy(update={"weights": weights, "bias": float(regression.intercept_[0])})
    tried = [
        ((f1(r, "statement") + f1(r, "stance_target")) / 2, r)
        for r in (rule.model_copy(update={"threshold": t}) for t in THRESHOLDS)
    ]
    most = max(value for value, _ in tried)
    best = next(r for value, r in reversed(tried) if value >= most - NEAR)
    choices = (("source_mention", SOURCE_MENTION), ("null_source", NULL_SOURCE), ("second_source", SECOND_SOURCE))
    for name, options in choices if two_outcomes else ():
        # both levels: a second source that is the first one's pronoun costs a stance too many, which the level of sources alone hides
        tries = [best, *(best.model_copy(update={name: o}) for o in options if o != getattr(best, name))]
        values = [(f1(r, "stance_source_target") + f1(r, "stance_target")) / 2 for r in tries]
        if max(values) > values[0] + TIE:
            best = tries[values.index(max(values))]
    return best


def f1_of(scored: Sequence[Scored], predicted: Sequence[Article], level: str, labels: Sequence[str]) -> float:
    """Micro-F1 (overlap) of predicted articles."""
    scores = (metrics.score_article(s.gold, p, level, labels=labels) for s, p in zip(scored, predicted, strict=True))
    return sum(scores, metrics.Score({})).micro.f1


def quick(scored: Sequence[Scored], rule: DecodeRule, labels: Sequence[str]) -> dict[str, float]:
    """The figures watched during training."""
    predicted = replay(scored, rule, labels)
    return {f"{level}_f1": round(f1_of(scored, predicted, level, labels), 4) for level in metrics.LEVELS}


def calibrate(folder: Path, articles: Sequence[Article]) -> DecodeRule:
    """Fits the decoding rule of a checkpoint folder on held-out annotated articles, as its graphs (else torch) score them, and
    writes it there."""
    model = load(folder)
    rule = fit_rule(collect(model, articles), model.labels, model.config.decode)
    checkpoint.update_config(folder, model.config.model_copy(update={"decode": rule}))
    return rule
