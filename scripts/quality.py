"""Measures the shipped model on every development set and writes its card.

Run: python scripts/quality.py --dev real_dev.articles.jsonl --public FOLDER [--model FOLDER] [--write]

FOLDER holds plv_dev.queries.jsonl, dse_valid.queries.jsonl and unscon.sentences.jsonl (README, "Data").
Prints the figures as JSON; --write puts them into evaluation.json and README.md (the model card) beside the model.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import stancekit
from stancekit import metrics
from stancekit.augment import exchange
from stancekit.corpus import read_marks
from stancekit.data import parse_line, read_articles, read_lines, read_queries
from stancekit.evaluation import error_cases, evaluate_articles, recipe
from stancekit.examples import PHRASE
from stancekit.pipeline import Model
from stancekit.schema import NONE, Answer, Article, Query

SEEDS = Path(__file__).parent.parent / "seeds"
HELD_MEETING = "UNSC_2014_SPV.7138"


def plv(model: Model, path: Path) -> dict:
    """Macro-F1 over the three labels on PLV, and the share of right answers by PLOVER code."""
    queries = list(read_queries(path))
    answers = list(model.classify_many(queries))
    by_code: dict[str, Counter[bool]] = defaultdict(Counter)
    for q, a in zip(queries, answers, strict=True):
        by_code[q.meta["plover"]][q.label == a.label] += 1
    codes = {code: f"{c[True]} of {c.total()}" for code, c in sorted(by_code.items())}
    return {**metrics.score_queries(queries, answers).to_dict(), "right_by_code": codes}


def dse(model: Model, path: Path) -> dict:
    """The five classes of DSE: none, support f, support b, condemnation f, condemnation b."""
    queries = both_ways(list(read_queries(path)))
    return five_classes(queries, list(model.classify_many(queries)))


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


def five_classes(queries: Sequence[Query], answers: Sequence[Answer]) -> dict:
    """Accuracy and macro-F1 over the five classes; the two directions of a sentence share all of the id but its last letter."""
    gold: dict[str, str] = {}
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for query, answer in zip(queries, answers, strict=True):
        name, way = query.id[:-1], query.id[-1]
        gold.setdefault(name, "none")
        if query.label != "none":
            gold[name] = f"{query.label} {way}"
        s = answer.scores
        scores[name] |= {f"support {way}": s["support"], f"condemnation {way}": s["condemnation"] + s["warning"], f"none {way}": s["none"]}
    classes = ("none", *(f"{label} {way}" for label in ("support", "condemnation") for way in "fb"))
    right, table = 0, {c: [0, 0, 0] for c in classes}
    for name, wanted in gold.items():
        guess = five_class(scores[name])
        right += guess == wanted
        if guess == wanted:
            table[wanted][0] += 1
        else:
            table[guess][1] += 1
            table[wanted][2] += 1
    f1 = {c: metrics.Counts(*t).f1 for c, t in table.items()}
    return {"pairs": len(gold), "accuracy": right / len(gold), "macro_f1": sum(f1.values()) / 5, "f1": f1}


def five_class(scores: dict[str, float]) -> str:
    """Whichever stands out against its own direction's none."""
    best = max((k for k in scores if not k.startswith("none")), key=lambda k: scores[k] - scores[f"none {k[-1]}"])
    return best if scores[best] > scores[f"none {best[-1]}"] else "none"


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


def guide(model: Model) -> dict:
    """Macro-F1 over the labels of questions by the annotation guide, on the held-out corpus articles."""
    queries = guide_questions(held_out())
    return metrics.score_queries(queries, list(model.classify_many(queries)), model.labels).to_dict()


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
    model = stancekit.load(options.model)
    result = {
        "recipe": recipe(model),
        "real_dev": evaluate_articles(model, list(read_articles(options.dev))),
        "seeds_dev": seeds_dev(model),
        "plv_dev": plv(model, options.public / "plv_dev.queries.jsonl"),
        "dse_valid": dse(model, options.public / "dse_valid.queries.jsonl"),
        "guide_questions": guide(model),
        "unscon": unscon(model, options.public / "unscon.sentences.jsonl"),
        "country_exchange": flips(model),
    }
    if (SEEDS / "stance_free.txt").is_file():
        result["stance_free"] = stance_free(model)
    json.dump(result, sys.stdout, indent=1, ensure_ascii=False)
    if options.write:
        from model_card import write

        folder = model.folder
        (folder / "evaluation.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        write(folder, result)


if __name__ == "__main__":
    main()
