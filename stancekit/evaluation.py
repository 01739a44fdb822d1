"""Evaluates a model on held-out articles and queries: counts, intervals, calibration, slices."""

from __future__ import annotations

from collections.abc import Sequence

from stancekit import metrics
from stancekit.pipeline import Model
from stancekit.schema import Article, Query


def quick(model: Model, articles: Sequence[Article], queries: Sequence[Query]) -> dict[str, float]:
    """The few figures watched during training."""
    out: dict[str, float] = {}
    if articles:
        predicted = list(model.predict_many(a.text for a in articles))
        for level in metrics.LEVELS:
            total = sum(
                (metrics.score_article(g, p, level, labels=model.labels) for g, p in zip(articles, predicted, strict=True)),
                metrics.Score({}),
            )
            out[f"{level}_f1"] = round(total.micro.f1, 4)
            if level == "stance_target":
                out["stance_target_precision"] = round(total.micro.precision, 4)
                out["stance_target_recall"] = round(total.micro.recall, 4)
    if queries:
        score = metrics.score_queries(queries, list(model.classify_many(queries)), model.labels)
        out["query_accuracy"] = round(score.accuracy, 4)
        out["query_macro_f1"] = round(score.macro_f1, 4)
    return out
