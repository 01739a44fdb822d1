"""How long evaluating takes beside predicting: python scripts/time_evaluation.py [--articles 1000] [--data seeds/articles]

Prints processor seconds: reading the articles with the shipped model, scoring them (all levels, slices, calibration, errors, the
HTML page), and one interval of 2,000 bootstrap resamples.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from shared import main_of

import stancekit
from stancekit.evaluation import error_cases, evaluate_articles, interval, read_gold, stance_counts
from stancekit.pages import evaluation_page
from stancekit.pipeline import Model
from stancekit.schema import Article

RESAMPLES = 2000
Result = TypeVar("Result")


def timed(name: str, work: Callable[[], Result]) -> Result:
    """What `work` returns; prints how long it took."""
    began = time.process_time()
    result = work()
    print(f"{name}: {time.process_time() - began:.2f} s")
    return result


def page(model: Model, articles: list[Article], predicted: list[Article], data: str) -> str:
    """As `stancekit evaluate --html` makes it."""
    report = {"data": data, "recipe": {}, **evaluate_articles(model, articles, RESAMPLES, predicted)}
    return evaluation_page([report], {data: error_cases(articles, predicted)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--data", default=str(Path(__file__).parent.parent / "seeds" / "articles"))
    options = parser.parse_args()
    model = stancekit.load()
    articles = read_gold(options.data, model.labels)[: options.articles]
    print(f"{len(articles)} articles")
    predicted = timed("predicting", lambda: list(model.predict_many(a.text for a in articles)))
    timed("evaluating", lambda: page(model, articles, predicted, options.data))
    counts = stance_counts(articles, predicted, model.labels)
    timed(f"of it an interval by {RESAMPLES} resamples", lambda: interval(counts, RESAMPLES))


if __name__ == "__main__":
    main_of(main)
