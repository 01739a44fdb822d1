"""Accuracy of the names that `stancekit.names` finds, on stances named by hand.

    python scripts/measure_names.py seeds/names.jsonl --part kept
    python scripts/measure_names.py seeds/names.jsonl --part dev --articles authored.articles.jsonl --errors

The names file has one stance a line: article id, statement start, label, source and target offsets, `source_name`
and `target_name` (or null), names that are as right in `source_also` and `target_also`, and the part: `dev` was
used to write the rules; `kept` was annotated after their first version and `late` (other articles) after the last,
and the errors of neither have been looked at. Articles come from the marks folder (--marks), then from --articles
(JSON Lines). A line whose stance the corpus has since given up is measured all the same: who is meant stays the same.

An answer is right where it is one of the annotated names, case, a leading "the" and possessive form aside; a title
more ("Foreign Minister Wang Yi" for "Wang Yi") is right too. None is right where None is annotated. Accuracy: right
over all. Precision: right over the answers that are not None.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from shared import main_of

from stancekit.corpus import read_marks
from stancekit.data import file_hash, read_articles, read_records
from stancekit.names import resolve
from stancekit.schema import Article, Span, Stance

ROOT = Path(__file__).resolve().parent.parent


def key(name: str) -> str:
    """A name for comparison."""
    return re.sub(r"^(?:the|an?) ", "", " ".join(name.replace("’", "'").split()).casefold())


def right(answer: str | None, gold: list[str | None]) -> bool:
    """Whether an answer is one of the annotated names."""
    if answer is None:
        return None in gold
    found = key(answer)
    for name in gold:
        if name and (found == key(name) or (" " in key(name) and found.endswith(" " + key(name)))):
            return True
    return False


def articles(marks: Path, extra: Path | None, wanted: set[str]) -> dict[str, Article]:
    """The articles the names were given for."""
    found: dict[str, Article] = {}
    if marks.exists():
        found = {a.id: a for a in read_marks(marks) if a.id in wanted}
    if extra is not None:
        found |= {a.id: a for a in read_articles(extra) if a.id in wanted and a.id not in found}
    return found


def stance_of(article: Article, row: dict) -> Stance | None:
    """The stance of a line, in its article."""
    for stance in article.stances:
        source = None if stance.source is None else [stance.source.start, stance.source.end]
        target = None if stance.target is None else [stance.target.start, stance.target.end]
        same = (stance.statement.start, stance.stance, source, target) == (row["start"], row["label"], row["source"], row["target"])
        if same:
            return stance
    return None


def with_rows(article: Article, rows: list[dict]) -> Article:
    """The article with the stances of its lines, where its annotation does not have them."""
    statements = list(article.statements or ())
    for row in rows:
        if stance_of(article, row) is not None:
            continue
        for i, statement in enumerate(statements):
            if statement.span.start == row["start"]:
                spans = [None if place is None else Span.of(article.text, *place) for place in (row["source"], row["target"])]
                stance = Stance(row["label"], statement.span, *spans)
                statements[i] = replace(statement, stances=(*statement.stances, stance))
    return replace(article, statements=tuple(statements))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", type=Path)
    parser.add_argument("--marks", type=Path, default=ROOT / "seeds" / "articles")
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--part", choices=["kept", "late", "dev", "all"], default="kept")
    parser.add_argument("--errors", action="store_true", help="list what is wrong or unanswered")
    args = parser.parse_args()

    rows = list(read_records(args.names, dict))
    rows = [r for r in rows if args.part in ("all", r["part"])]
    texts = articles(args.marks, args.articles, {r["id"] for r in rows})
    texts = {name: with_rows(article, [r for r in rows if r["id"] == name]) for name, article in texts.items()}
    start = time.perf_counter()
    resolved = {name: resolve(article) for name, article in texts.items()}
    seconds = time.perf_counter() - start

    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])  # all, right, answered, answered right
    missing = 0
    for row in rows:
        stance = stance_of(resolved[row["id"]], row) if row["id"] in resolved else None
        if stance is None:
            missing += 1
            continue
        for side in ("source", "target"):
            answer = getattr(stance, f"{side}_name")
            gold = [row[f"{side}_name"], *row.get(f"{side}_also", [])]
            ok = right(answer, gold)
            groups = ["all"]
            if side == "source":
                span = stance.source.text if stance.source else None
                plain = span is not None and row["source_name"] is not None and key(span) == key(row["source_name"])
                groups += [str(stance.source_kind), "plain full names" if plain else "to be resolved"]
            for group in groups:
                count = counts[side, group]
                count[0] += 1
                count[1] += ok
                count[2] += answer is not None
                count[3] += ok and answer is not None
            if args.errors and not ok:
                span = getattr(stance, side)
                print(f"{side} {row['id']} {row['start']} {span.text if span else None!r}: {answer!r}, annotated {gold}")
    places = {a.id for a in resolved.values()}
    print(f"{args.names.name} {file_hash(args.names)}, part {args.part}: {len(rows)} stances, {len(places)} articles, {missing} not found")
    print(f"{1000 * seconds / max(1, sum(a.text.count('. ') for a in texts.values())):.2f} ms a sentence")
    for (side, group), (n, good, answered, good_answered) in sorted(counts.items()):
        precision = f"{good_answered / answered:.3f}" if answered else "-"
        print(f"{side:7} {group:17} n {n:4}  accuracy {good / n:.3f}  answered {answered:4}  precision {precision}")
    return 1 if missing else 0


if __name__ == "__main__":
    main_of(main)
