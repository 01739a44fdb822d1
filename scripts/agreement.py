"""Agreement of two annotations of the same articles: python scripts/agreement.py FIRST.jsonl SECOND.jsonl

Both in the article form with the same ids, or FIRST a marks folder (seeds/articles) of which SECOND holds some
articles, stand-off (offsets without text). Prints stance + target, with source, statement level (overlap, micro-F1
with the first as gold), each label, and Cohen's kappa on the sentences' label sets. Where SECOND answers questions
("id", "label"), FIRST holds the same questions: prints the share of equal answers, F1 of each label, and kappa.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sklearn.metrics import cohen_kappa_score, f1_score

from stancekit import metrics
from stancekit.corpus import read_marks
from stancekit.data import parse_line, read_articles, read_lines
from stancekit.schema import LABELS, NONE, Article


def of_answers(first_path: str, second: dict[str, str]) -> dict[str, object]:
    """Agreement of two sets of answers to the same questions, the first as gold."""
    first = {record["id"]: record["label"] for record in (parse_line(line) for _, line in read_lines(first_path))}
    unknown = [i for i in second if i not in first]
    if unknown:
        sys.exit(f"question {unknown[0]!r} is not in {first_path}")
    ours, theirs = [first[i] for i in second], list(second.values())
    labels = [*LABELS, NONE]
    scores = f1_score(ours, theirs, labels=labels, average=None, zero_division=0.0)
    return {
        "questions": len(second),
        "equal": round(sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(second), 3),
        "f1": {label: round(float(score), 3) for label, score in zip(labels, scores, strict=True)},
        "kappa": round(float(cohen_kappa_score(ours, theirs)), 3),
    }


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    first_path, second_path = sys.argv[1:]
    records = [(place, parse_line(line)) for place, line in read_lines(second_path)]
    if records and "label" in records[0][1]:
        answers = {record["id"]: record["label"] for _, record in records}
        sys.stdout.write(json.dumps(of_answers(first_path, answers), indent=1) + "\n")
        return
    first = {a.id: a for a in (read_marks(first_path) if Path(first_path).is_dir() else read_articles(first_path))}
    second = []
    for place, record in records:
        if record["id"] not in first:
            sys.exit(f"{place}: article {record['id']!r} is not in {first_path}")
        second.append(Article.from_dict({**record, "text": first[record["id"]].text}))
    result: dict[str, object] = {"articles": len(second)}
    for level in metrics.LEVELS:
        total = sum((metrics.score_article(first[b.id], b, level) for b in second), metrics.Score({}))
        result[level] = {"f1": round(total.micro.f1, 3), **{label: round(c.f1, 3) for label, c in total.labels.items()}}
    kinds: tuple[list[str], list[str]] = ([], [])
    for b in second:
        for statement, group in metrics.align(first[b.id], b):
            if statement is not None:
                for side, stances in zip(kinds, (statement.stances, [s for g in group for s in g.stances]), strict=True):
                    side.append("+".join(sorted({s.stance for s in stances}, key=LABELS.index)) or "none")
    result["sentences"] = len(kinds[0])
    result["kappa"] = round(float(cohen_kappa_score(*kinds)), 3)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
