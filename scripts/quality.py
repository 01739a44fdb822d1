"""Measures the shipped model on every development set and writes its card.

Run: python scripts/quality.py --dev real_dev.articles.jsonl --public FOLDER [--model FOLDER] [--write]

FOLDER holds plv_dev.queries.jsonl, dse_valid.queries.jsonl and unscon.sentences.jsonl (README, "Data").
Prints the figures as JSON; --write puts them into evaluation.json beside the model, and those of the shipped model into its card
and the project's README.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from shared import main_of

import stancekit
from stancekit import checkpoint, metrics
from stancekit.augment import exchange
from stancekit.corpus import read_marks
from stancekit.data import parse_line, read_lines, read_queries
from stancekit.encoding import Floats
from stancekit.errors import DataError
from stancekit.evaluation import answers_of, error_cases, evaluate_articles, read_gold, recipe
from stancekit.examples import PHRASE
from stancekit.pipeline import Model
from stancekit.schema import LABELS, NONE, Answer, Article, Query

SEEDS = Path(__file__).parent.parent / "seeds"
DETERMINER = re.compile(r"^(?:the|an?|this|that|these|those|its|his|her|their|our|my|your) ", re.IGNORECASE)
HELD_MEETING = "UNSC_2014_SPV.7138"


def plv(model: Model, path: Path, reading: str | None = None) -> dict:
    """Macro-F1 over the three labels on PLV, and the share of right answers by PLOVER code."""
    queries = list(read_queries(path))
    return root_codes(queries, answers_of(model, queries, reading))


def root_codes(queries: Sequence[Query], answers: Sequence[Answer]) -> dict:
    """Macro-F1 over the three labels, and the share of right answers by PLOVER code, where a question gives one."""
    by_code: dict[str, Counter[bool]] = defaultdict(Counter)
    for q, a in zip(queries, answers, strict=True):
        if "plover" in q.meta:
            by_code[q.meta["plover"]][q.label == a.label] += 1
    codes = {code: f"{c[True]} of {c.total()}" for code, c in sorted(by_code.items())}
    return {**metrics.score_queries(queries, answers).to_dict(), "right_by_code": codes}


def dse(model: Model, path: Path, reading: str | None = None) -> dict:
    """The five classes of DSE: none, support f, support b, condemnation f, condemnation b."""
    queries = both_ways(list(read_queries(path)))
    return five_classes(queries, answers_of(model, queries, reading))


def both_ways(queries: Sequence[Query]) -> list[Query]:
    """The questions with the reverse of each, labelled none, where the file leaves it out: a model that is asked the right
    direction of an opinion alone is told half of the answer."""
    names, out = {q.id for q in queries}, []
    for query in queries:
        out.append(query)
        reverse = query.id[:-1] + ("b" if query.id[-1] == "f" else "f")
        if reverse not in names and query.source is not None:
            out.append(Query(query.text, query.source, query.target, NONE, reverse))
    return out


CLASSES = (NONE, "support f", "condemnation f", "support b", "condemnation b")
"""DSE's five classes: no opinion, or one of either kind, forth or back."""


class BothWays:
    """The classes of sentences that are asked about in both directions; a question's id ends in its direction, f or b.

    Raises `DataError` for a direction that is missing, a label that DSE lacks and an opinion in both directions.
    """

    def __init__(self, queries: Sequence[Query]) -> None:
        at = {q.id: i for i, q in enumerate(queries)}
        names = dict.fromkeys(q.id[:-1] for q in queries)
        if missing := [n for n in names if n + "f" not in at or n + "b" not in at]:
            raise DataError(f"{missing[0]!r} is not asked in both directions", remedy="ids end in f and b")
        labels = (NONE, "support", "condemnation")
        if odd := [q for q in queries if q.label not in labels]:
            raise DataError(f"query {odd[0].id!r} has the label {odd[0].label!r}", remedy=f"expected one of {', '.join(labels)}")
        self.rows = np.array([[at[n + "f"], at[n + "b"]] for n in names]).reshape(-1, 2)
        forth, back = np.array([labels.index(q.label or NONE) for q in queries])[self.rows].T
        if ((forth > 0) & (back > 0)).any():
            raise DataError("a sentence holds an opinion in both directions", remedy="DSE's have one at most")
        self.gold = np.where(forth > 0, forth, np.where(back > 0, back + 2, 0))

    def score(self, probabilities: Floats) -> metrics.QueryScore:
        """Whichever stands out against its own direction's none is answered; a warning counts as condemnation.

        probabilities: (questions, 4), none, support, condemnation, warning.
        """
        p = probabilities
        sides = (np.stack([p[:, 1], p[:, 2] + p[:, 3]], axis=1) - p[:, :1])[self.rows].reshape(-1, 4)
        return metrics.QueryScore.of(CLASSES, self.gold, np.where(sides.max(axis=1) > 0, sides.argmax(axis=1) + 1, 0))


def five_classes(queries: Sequence[Query], answers: Sequence[Answer]) -> dict:
    """Accuracy and macro-F1 over the five classes."""
    score = BothWays(queries).score(np.array([[a.scores[label] for label in (NONE, *LABELS)] for a in answers]))
    return {
        "pairs": score.total,
        "accuracy": score.accuracy,
        "macro_f1": score.macro_f1_all,
        "f1": {name: score.counts(name).f1 for name in CLASSES},
    }


def guide_questions(articles: Sequence[Article]) -> list[Query]:
    """Questions by the annotation guide: the source and target of every stance of an article, the reverse of each pair, and in a
    third of the sentences without a stance two noun phrases. Sentences with optional stances are left out."""
    rng, out = random.Random(5), []
    for article in articles:
        for statement in article.statements or ():
            text, start = statement.span.text, statement.span.start
            if any(s.optional for s in statement.stances):
                continue
            pairs: dict[tuple[tuple[int, int], tuple[int, int]], set[str]] = defaultdict(set)
            for s in statement.stances:
                if s.source is not None and s.target is not None and s.source.start >= start and s.source.end <= statement.span.end:
                    pairs[(s.source.start - start, s.source.end - start), (s.target.start - start, s.target.end - start)].add(s.stance)
            asked = [(*pair, min(labels)) for pair, labels in pairs.items() if len(labels) == 1]
            asked += [(target, source, NONE) for source, target in pairs if (target, source) not in pairs]
            phrases = [m.span() for m in PHRASE.finditer(text)]
            if not statement.stances and len(phrases) > 1 and rng.random() < 1 / 3:
                source, target = rng.sample(phrases, 2)
                asked.append((source, target, NONE))
            out += [Query(text, target, source, label, f"{article.id}-{start}-{n}") for n, (source, target, label) in enumerate(asked)]
    return out


def by_name(queries: Sequence[Query]) -> list[Query]:
    """Questions with a span before which a determiner stands, asked as people ask: by name, without it."""
    out = []
    for query in queries:
        source, target = (query.text[slice(*span)] for span in (query.source, query.target))
        bare = DETERMINER.sub("", source), DETERMINER.sub("", target)
        if bare != (source, target):
            out.append(replace(query, source=bare[0], target=bare[1]))
    return out


def guide(model: Model, reading: str | None = None, named: bool = False) -> dict:
    """Macro-F1 over the labels of questions by the annotation guide, on the held-out corpus articles."""
    queries = guide_questions(held_out())
    queries = by_name(queries) if named else queries
    return metrics.score_queries(queries, answers_of(model, queries, reading), model.labels).to_dict()


def unscon(model: Model, path: Path) -> dict:
    """Sentences of the held-out meeting with direct negative evaluation, found by any predicted condemnation."""
    rows = [r for r in (parse_line(line) for _, line in read_lines(path)) if r["meeting"] == HELD_MEETING]
    counts = [0, 0, 0]
    for row, article in zip(rows, model.predict_many(r["text"] for r in rows), strict=True):
        found = any(s.stance == "condemnation" for s in article.stances)
        gold = row["conflict"] == "Direct_NegEval"
        counts[0] += found and gold
        counts[1] += found and not gold
        counts[2] += gold and not found
    return {"sentences": len(rows), "meeting": HELD_MEETING, **metrics.Counts(*counts).to_dict()}


def stance_free(model: Model) -> dict:
    """Sentences of seeds/stance_free.txt (none holds a stance) that are given one."""
    lines = [x for x in (SEEDS / "stance_free.txt").read_text(encoding="utf-8").splitlines() if x.strip()]
    wrong = [a.text for a in model.predict_many(lines) if a.stances]
    return {"sentences": len(lines), "given_a_stance": len(wrong), "examples": wrong[:10]}


def held_out() -> list[Article]:
    """The articles of seeds/ that are kept out of training."""
    held = set((SEEDS / "dev.txt").read_text(encoding="utf-8").split())
    return [a for a in read_marks(SEEDS / "articles") if a.id in held]


def seeds_dev(model: Model) -> dict:
    """Scores on the held-out articles, and how many errors of each kind."""
    articles = held_out()
    predicted = list(model.predict_many(a.text for a in articles))
    kinds = Counter(case.kind for case in error_cases(articles, predicted))
    return {**evaluate_articles(model, articles, predicted=predicted), "error_kinds": dict(kinds.most_common())}


def flips(model: Model, rounds: int = 3) -> dict:
    """Held-out seed articles with their countries exchanged: sentences whose set of labels changes."""
    articles = held_out()
    before = list(model.predict_many(a.text for a in articles))
    flipped = total = 0
    for number in range(rounds):
        rng = random.Random(number)
        changed = [exchange(a.text, rng)[0] for a in articles]
        for old, new in zip(before, model.predict_many(changed), strict=True):
            if len(old.statements) != len(new.statements):
                continue
            for a, b in zip(old.statements, new.statements, strict=True):
                if a.span.text != b.span.text:
                    total += 1
                    flipped += Counter(s.stance for s in a.stances).keys() != Counter(s.stance for s in b.stances).keys()
    return {"exchanges": rounds, "sentences": total, "flipped": flipped, "share": flipped / max(1, total)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--public", type=Path, required=True)
    parser.add_argument("--model", default=None)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    measure(options.dev, options.public, options.model, options.write)


def measure(dev: Path, public: Path, name: str | None, write: bool) -> None:
    """Prints all figures; see above."""
    questions, opinions, speeches = (public / f for f in ("plv_dev.queries.jsonl", "dse_valid.queries.jsonl", "unscon.sentences.jsonl"))
    for file in (dev, questions, opinions, speeches):
        if not file.is_file():
            raise DataError(f"no such file: {file}", remedy='README, "Data", says where it comes from')
    model = stancekit.load(name)
    gold = read_gold(str(dev), model.labels)
    result = {
        "recipe": recipe(model),
        "real_dev": evaluate_articles(model, gold),
        "seeds_dev": seeds_dev(model),
        "plv_dev": plv(model, questions),
        "dse_valid": dse(model, opinions),
        "guide_questions": guide(model),
        "by_its_own_reading": {
            "plv_dev": plv(model, questions, "event"),
            "dse_valid": dse(model, opinions, "crowd"),
            "guide_questions": guide(model, "guide"),
            "guide_questions_by_name": guide(model, "guide", named=True),
        },
        "unscon": unscon(model, speeches),
        "country_exchange": flips(model),
    }
    if (SEEDS / "stance_free.txt").is_file():
        result["stance_free"] = stance_free(model)
    json.dump(result, sys.stdout, indent=1, ensure_ascii=False)
    if write and model.folder is not None:
        (model.folder / "evaluation.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if model.folder.resolve() == checkpoint.DEFAULT.resolve():
            import model_card

            model_card.write(model.folder, result)


if __name__ == "__main__":
    main_of(main)
