"""Agreement of two annotations of the same articles: python scripts/agreement.py FIRST.jsonl SECOND.jsonl

Both in the article form with the same ids, or FIRST a marks folder (seeds/articles) of which SECOND holds some
articles, stand-off (offsets without text). Prints stance + target, with source, statement level (overlap, micro-F1
with the first as gold), each label, and Cohen's kappa on the sentences' label sets. Where SECOND answers questions
("id", "label"), FIRST holds the same questions: prints the share of equal answers, F1 of each label, and kappa.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared import main_of
from sklearn.metrics import cohen_kappa_score, f1_score

from stancekit import metrics
from stancekit.data import read_records
from stancekit.encoding import statement_spans
from stancekit.errors import DataError
from stancekit.evaluation import read_gold
from stancekit.schema import LABELS, NONE, Article, Span, Statement

Result = dict[str, object]


def answers(path: str) -> dict[str, str]:
    """The label of each question of a file. Raises `DataError` with the line of what is no answered question."""

    def answer(record: Mapping[str, Any]) -> tuple[str, str]:
        if "id" not in record or not isinstance(record.get("label"), str):
            raise DataError(f"a record with the keys {', '.join(record)} is no answered question", remedy='give "id" and "label"')
        return str(record["id"]), record["label"]

    return dict(read_records(path, answer))


def of_answers(first_path: str, second_path: str) -> Result:
    """Agreement of two sets of answers to the same questions, the first as gold."""
    first, second = answers(first_path), answers(second_path)
    unknown = [i for i in second if i not in first]
    if unknown:
        raise DataError(f"question {unknown[0]!r} is not in {first_path}", place=second_path, remedy="give the same questions")
    ours, theirs = [first[i] for i in second], list(second.values())
    labels = [*LABELS, NONE]
    scores = f1_score(ours, theirs, labels=labels, average=None, zero_division=0.0)
    return {
        "questions": len(second),
        "equal": round(sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(second), 3),
        "f1": {label: round(float(score), 3) for label, score in zip(labels, scores, strict=True)},
        "kappa": kappa(ours, theirs),
    }


def kappa(ours: Sequence[str], theirs: Sequence[str]) -> float | None:
    """Cohen's kappa; None where it is not defined, both giving one and the same label throughout."""
    return None if len({*ours, *theirs}) < 2 else round(float(cohen_kappa_score(ours, theirs)), 3)


def whole(article: Article) -> Article:
    """The article with an entry for every sentence: one without carries no stance."""
    known = {s.span.start: s for s in article.statements or ()}
    borders = statement_spans(article)
    return replace(article, statements=tuple(known.get(a) or Statement(Span.of(article.text, a, b)) for a, b in borders))


def of_articles(first_path: str, second_path: str) -> Result:
    """Agreement of two annotations of the same articles, the first as gold."""
    first = {a.id: a for a in read_gold(first_path, LABELS)}

    def joined(record: Mapping[str, Any]) -> Article:
        known = first.get(str(record.get("id")))
        if known is None:
            raise DataError(f"article {record.get('id')!r} is not in {first_path}", remedy="give the same articles")
        if record.get("statements") is None:
            raise DataError(f"article {known.id!r} is not annotated", remedy='add "statements" or leave it out')
        if record.get("text", known.text) != known.text:
            raise DataError(f"article {known.id!r} has another text than in {first_path}", remedy="give annotations of the same texts")
        return Article.from_dict({**record, "text": known.text})

    second = list(read_records(second_path, joined))
    result: Result = {"articles": len(second)}
    for level in metrics.LEVELS:
        total = sum((metrics.score_article(first[b.id], b, level) for b in second), metrics.Score({}))
        result[level] = {"f1": round(total.micro.f1, 3), **{label: round(c.f1, 3) for label, c in total.labels.items()}}
    kinds: tuple[list[str], list[str]] = ([], [])
    for b in second:
        for statement, group in metrics.align(whole(first[b.id]), b):
            if statement is not None:
                for side, stances in zip(kinds, (statement.stances, [s for g in group for s in g.stances]), strict=True):
                    side.append("+".join(sorted({s.stance for s in stances}, key=LABELS.index)) or "none")
    result["sentences"] = len(kinds[0])
    result["kappa"] = kappa(*kinds)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first")
    parser.add_argument("second")
    options = parser.parse_args()
    record = next(read_records(options.second, dict), None)
    if record is None:
        raise DataError(f"{options.second} is empty", remedy="give a file with at least one record")
    result = (of_answers if "label" in record else of_articles)(options.first, options.second)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main_of(main)
