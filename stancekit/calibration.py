"""Fits thresholds and confidences on held-out articles, after training.

Each (target, label) candidate of the held-out articles is right or wrong; a logistic regression over
its evidence (`decoding.FEATURES`) gives a calibrated probability that it is right, and the decoding
rule's few other numbers are chosen by stance + source + target F1.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from stancekit import checkpoint, metrics
from stancekit.decoding import FEATURES, DecodeRule, features
from stancekit.encoding import FIRST_TARGET, NULL_TARGET, gather, span_of, statement_spans
from stancekit.pipeline import Model
from stancekit.schema import Article, Span, Stance
from stancekit.torch_engine import TorchEngine

SOURCE_MENTION = (0.0, 0.15, 0.3, 0.6, 1.0)
NULL_SOURCE = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0)
SECOND_SOURCE = (0.0, 1.0, 2.0, 3.0)


def calibrate(folder: Path, articles: Sequence[Article]) -> DecodeRule:
    """Fits the decoding rule of a checkpoint folder on held-out annotated articles and writes it there."""
    config = checkpoint.read_config(folder)
    encoder = checkpoint.read_encoder(folder, config)
    model = Model(config, encoder, TorchEngine(checkpoint.load_torch(folder, config)), folder)
    evidence, right = candidate_evidence(model, articles)
    rule = fit(evidence, right, config.decode)
    rule = choose(model, articles, rule)
    checkpoint.update_config(folder, config.model_copy(update={"decode": rule}))
    return rule


def candidate_evidence(model: Model, articles: Sequence[Article]) -> tuple[np.ndarray, np.ndarray]:
    """Evidence (n, 5) of every candidate (target, label) of the articles, and whether it is right (n,)."""
    rows, truth = [], []
    for article in articles:
        encoded = model.encoder.article(article.text, statement_spans(article))
        gold = {s.span.start: s.stances for s in article.statements or ()}
        for window in encoded.windows:
            ids, mask = model.encoder.pad([window])
            hidden = model.engine.encode(ids, mask)
            tokens, block_mask = gather(hidden, [(0, b.start, b.end) for b in window.blocks])
            for i, found, pairs, statement in model.score_blocks(tokens, block_mask):
                piece = encoded.sentences[window.blocks[i].sentence]
                stances = gold.get(encoded.spans[piece.index][0], ())
                table, _ = features(found, pairs, statement)
                for t in range(table.shape[0]):
                    target = None if t == NULL_TARGET else span_of(article.text, piece, found.targets[t - FIRST_TARGET])
                    for k, label in enumerate(model.labels):
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


def fit(evidence: np.ndarray, right: np.ndarray, rule: DecodeRule) -> DecodeRule:
    """The rule with a logistic calibration; unchanged where the articles show only one outcome."""
    if len(set(right.tolist())) < 2:
        return rule
    regression = LogisticRegression(C=1.0, max_iter=1000).fit(evidence, right)
    return rule.model_copy(
        update={"weights": tuple(float(w) for w in regression.coef_[0]), "bias": float(regression.intercept_[0])}
    )


def choose(model: Model, articles: Sequence[Article], rule: DecodeRule) -> DecodeRule:
    """The threshold by stance + target F1, then the source settings by stance + source + target F1."""

    def value(candidate: DecodeRule, level: str) -> float:
        model.config = model.config.model_copy(update={"decode": candidate})
        predicted = replay(model, articles, cache)
        total = sum((metrics.score_article(g, p, level, labels=model.labels) for g, p in zip(articles, predicted, strict=True)), metrics.Score({}))
        return total.micro.f1

    cache = collect(model, articles)
    best = max((rule.model_copy(update={"threshold": t}) for t in np.round(np.arange(0.2, 0.66, 0.05), 2).tolist()), key=lambda r: value(r, "stance_target"))
    for name, options in (("source_mention", SOURCE_MENTION), ("null_source", NULL_SOURCE), ("second_source", SECOND_SOURCE)):
        best = max((best.model_copy(update={name: o}) for o in options), key=lambda r: value(r, "stance_source_target"))
    return best


def collect(model: Model, articles: Sequence[Article]) -> list[list]:
    """The scores of every block of the articles, computed once."""
    out = []
    for article in articles:
        encoded = model.encoder.article(article.text)
        blocks = []
        for window in encoded.windows:
            ids, mask = model.encoder.pad([window])
            hidden = model.engine.encode(ids, mask)
            tokens, block_mask = gather(hidden, [(0, b.start, b.end) for b in window.blocks])
            for i, *scores in model.score_blocks(tokens, block_mask):
                blocks.append((encoded.sentences[window.blocks[i].sentence], scores))
        out.append([encoded, blocks])
    return out


def replay(model: Model, articles: Sequence[Article], cache: list[list]) -> list[Article]:
    """Articles decoded anew from collected scores under the model's current rule."""
    from stancekit.decoding import decode
    from stancekit.pipeline import _article

    out = []
    for encoded, blocks in cache:
        hits: dict = {}
        for piece, (found, pairs, statement) in blocks:
            for decoded in decode(found, pairs, statement, model.config.decode):
                hits.setdefault(piece.index, []).append((piece, decoded))
        out.append(_article(encoded, hits, model.labels))
    return out
