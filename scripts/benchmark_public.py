"""Measures a model on a public data set as its paper did, beside published figures.

Run: python scripts/benchmark_public.py plv|dse|unscon|newsmtsc|seesaw --path FOLDER_OR_FILE [--model FOLDER] [--json]
     [--baseline NAME]... [--train FILE]...   (stancekit.baselines: lexicon, nli:HUB_NAME, and with --train tfidf, majority)

A FOLDER's test file is taken, else its development file; a file is taken as it is. --train: what a model or baseline was trained
on; plv and dse then say too how the questions about texts that are not in it are answered. (Of the 1,460 sentences of DSE's
validation file, 394 are in its training file as well, with other pairs: a model trained on that knows them.)

plv       macro-F1 over support, condemnation, warning; the 15 PLOVER root codes are mapped: SUPPORT to support, ACCUSE to
          condemnation, THREATEN to warning, the twelve others to none. Hu et al. 2024, GitHub snowood1/Zero-Shot-PLOVER;
          plv_test.queries.jsonl or plv_dev.queries.jsonl in the query form, the root code under "plover".
dse       the five classes none, support and condemnation in either direction; both directions are asked of every sentence, also
          where the file leaves out the reverse of an opinion, and a warning counts as condemnation.
          Park, Pan and Joo 2021, GitHub bywords/directed_sentiment_analysis; dse_test or dse_valid.queries.jsonl in the query
          form, ids that differ in the last letter (f or b, the direction).
unscon    sentences with direct negative evaluation, found by any predicted condemnation: precision, recall, F1, on the meeting
          that the shipped model was not trained on. Zaczynska et al. 2024, GitHub linatal/UNSCon; unscon.sentences.jsonl with
          text, meeting and conflict (Direct_NegEval, Indirect_NegEval, Challenge, none).
newsmtsc  target sentiment: positive (support), negative (condemnation or warning), neutral (none); macro-F1, mean recall,
          accuracy, mean F1 of positive and negative. Hamborg and Donnay 2021; each *test*.jsonl as published: sentence_normalized and
          targets with from, to, mention, polarity (2, 4, 6 or -1, 0, 1 for negative, neutral, positive).
seesaw    directed sentiment between entities, both directions asked; the reverse of an annotated pair, where it is not annotated
          itself, is none. Zhang, Beauchamp and Wang 2022. NOT CHECKED against the published files, which were not at hand: that
          they can be had as JSON Lines with "sentence" and "triplets" ([source, "positive" or "negative", target]), that
          <author> and <someone> stand for sources that are not named, and that the paper scores both directions so.
          Whatever does not fit is refused.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import quality
from rich.console import Console
from rich.table import Table
from shared import main_of

import stancekit
from stancekit import baselines, metrics
from stancekit.data import read_queries, read_records
from stancekit.errors import ConfigError, DataError
from stancekit.evaluation import recipe
from stancekit.pipeline import Model
from stancekit.schema import LABELS, NONE, Answer, Query

Result = dict[str, Any]

PLOVER_STANCES = {"SUPPORT": "support", "ACCUSE": "condemnation", "THREATEN": "warning"}
PLOVER_OTHERS = "AGREE CONSULT COOPERATE AID YIELD REQUEST REJECT PROTEST SANCTION MOBILIZE COERCE ASSAULT"
PLOVER = {**PLOVER_STANCES, **dict.fromkeys(PLOVER_OTHERS.split(), NONE)}
"""The 15 root codes and the label of each."""

UNSCON_KINDS = ("Direct_NegEval", "Indirect_NegEval", "Challenge", "none")
POLARITIES = {2: "condemnation", 4: NONE, 6: "support", -1: "condemnation", 0: NONE, 1: "support"}
SENTIMENTS = {"positive": "support", "negative": "condemnation"}
UNNAMED = ("<author>", "<someone>")

FILES = {
    "plv": ("plv_test.queries.jsonl", "plv_dev.queries.jsonl"),
    "dse": ("dse_test.queries.jsonl", "dse_valid.queries.jsonl"),
    "unscon": ("unscon.sentences.jsonl",),
    "newsmtsc": ("*test*.jsonl",),
    "seesaw": ("*test*.jsonl",),
}
"""What is looked for in a folder and the folders in it; the first pattern that finds anything counts."""

_HU = "Hu et al. 2024 (PLV), or recomputed from what its authors ship"
_PARK = "Park, Pan and Joo 2021 (DSE), later papers, or recomputed from what their authors ship"
PUBLISHED: dict[str, list[tuple[str, str, str, float, str]]] = {
    "plv": [
        ("TF-IDF + logistic regression", "test", "macro-F1, three labels", 0.56, _HU),
        ("zero-shot NLI tree (RoBERTa-large)", "test", "macro-F1, three labels", 0.83, _HU),
        ("dictionary coder", "test", "macro-F1, all 15 root codes", 0.46, _HU),
        ("GPT-4", "test", "macro-F1, all 15 root codes", 0.62, _HU),
        ("zero-shot NLI tree (RoBERTa-large)", "test", "macro-F1, all 15 root codes", 0.82, _HU),
        ("ConfliBERT trained on the train half", "test", "macro-F1, all 15 root codes", 0.87, _HU),
    ],
    "dse": [
        ("DSE2QA (RoBERTa-base)", "test", "accuracy, five classes", 0.797, _PARK),
        ("DSE2QA (RoBERTa-base)", "test", "macro-F1, five classes", 0.677, _PARK),
        ("RoBERTa-base pair classifier", "test", "accuracy, five classes", 0.838, _PARK),
        ("RoBERTa-base pair classifier", "test", "macro-F1, five classes", 0.706, _PARK),
        ("best published", "test", "accuracy, five classes", 0.852, _PARK),
        ("best published", "test", "macro-F1, five classes", 0.725, _PARK),
    ],
    "unscon": [],
    "newsmtsc": [],
    "seesaw": [],
}
"""(system, split, metric, figure, source). Only figures that somebody looked up; none is given from memory."""


def plv(model: Model, path: Path, known: Set[str] = frozenset()) -> Result:
    """`quality.plv`, after a check that the labels are the mapped root codes. Raises `DataError` for a row that is not so."""

    def checked(record: Mapping[str, Any]) -> None:
        code, label = record.get("plover"), record.get("label")
        if code not in PLOVER:
            raise DataError(f"plover {code!r} is no PLOVER root code", remedy=f"expected one of {', '.join(PLOVER)}")
        if label != PLOVER[code]:
            raise DataError(f"label {label!r} for {code}", remedy=f"expected {PLOVER[code]}")

    _some(read_records(path, checked), path)
    queries = list(read_queries(path))
    return _apart(queries, list(model.classify_many(queries)), quality.root_codes, known, path)


def dse(model: Model, path: Path, known: Set[str] = frozenset()) -> Result:
    """The five classes, both directions asked of every sentence."""
    queries = dse_queries(path)
    return _apart(queries, list(model.classify_many(queries)), quality.five_classes, known, path)


def _apart(
    queries: Sequence[Query],
    answers: Sequence[Answer],
    score: Callable[[Sequence[Query], Sequence[Answer]], Result],
    known: Set[str],
    path: Path,
) -> Result:
    """The scores, and under "new_texts" those without the questions about `known` texts, where there are any.

    Raises `DataError` where all of them are."""
    out = score(queries, answers)
    new = [(q, a) for q, a in zip(queries, answers, strict=True) if q.text not in known]
    if not new:
        raise DataError("every text is in --train as well", place=str(path), remedy="name the training half there")
    if len(new) < len(queries):
        texts = len({q.text for q in queries} & known)
        out["new_texts"] = {**score(*map(list, zip(*new, strict=True))), "left_out": texts}
    return out


def dse_queries(path: Path) -> list[Query]:
    """Both directions of every sentence. The file leaves out the reverse of an opinion: it is added with the label none, for
    a model that is asked only the right direction is told half of the answer. Raises `DataError` for a row that does not fit.
    """

    def checked(record: Mapping[str, Any]) -> Query:
        name, label = record.get("id"), record.get("label")
        if not isinstance(name, str) or name[-1:] not in ("f", "b"):
            raise DataError(f"id {name!r} does not end in f or b", remedy="the last letter is the direction")
        if label not in (NONE, "support", "condemnation"):
            raise DataError(f"label {label!r}", remedy="expected none, support or condemnation")
        if record.get("source") is None:
            raise DataError(f"query {name!r} has no source", remedy="give both entities")
        return Query.from_dict(record)

    found = _some(read_records(path, checked), path)
    names = Counter(q.id for q in found)
    for query in found:
        reverse = query.id[:-1] + ("b" if query.id[-1] == "f" else "f")
        if names[query.id] > 1 or (query.label == NONE and reverse not in names):
            problem = f"{names[query.id]} queries {query.id!r} ({query.label}), {names[reverse]} queries {reverse!r}"
            raise DataError(problem, place=str(path), remedy="ask each direction once; only an opinion's reverse may be left out")
    return quality.both_ways(found)


def unscon(model: Model, path: Path) -> Result:
    """`quality.unscon`, after a check of the rows. Raises `DataError` for one that does not fit or a held-out meeting that is missing."""

    def checked(record: Mapping[str, Any]) -> str:
        if record.get("conflict") not in UNSCON_KINDS:
            raise DataError(f"conflict {record.get('conflict')!r}", remedy=f"expected one of {', '.join(UNSCON_KINDS)}")
        if not isinstance(record.get("text"), str) or not isinstance(record.get("meeting"), str):
            raise DataError("a sentence without text or meeting", remedy='give "text" and "meeting"')
        return str(record["meeting"])

    meetings = _some(read_records(path, checked), path)
    if quality.HELD_MEETING not in meetings:
        problem = f"no sentence of the meeting {quality.HELD_MEETING}; there are: {', '.join(sorted(set(meetings)))}"
        raise DataError(problem, place=str(path), remedy="take the whole data set")
    return quality.unscon(model, path)


def newsmtsc(model: Model, path: Path) -> Result:
    """Target sentiment in three classes."""
    queries = newsmtsc_queries(path)
    return three_classes(queries, list(model.classify_many(queries)))


def newsmtsc_queries(path: Path) -> list[Query]:
    """A query for each target of a file in the published form. Raises `DataError` for what does not fit, with file and line."""

    def targets(record: Mapping[str, Any]) -> list[Query]:
        text, found = record.get("sentence_normalized"), record.get("targets")
        if not isinstance(text, str) or not isinstance(found, list) or not all(isinstance(t, dict) for t in found):
            raise DataError(f"keys {', '.join(map(str, record))}", remedy='expected "sentence_normalized" (text) and "targets" (objects)')
        return [_target(text, t, f"{record.get('primary_gid', '')}/{n}") for n, t in enumerate(found)]

    queries = [q for found in _some(read_records(path, targets), path) for q in found]
    scales = {q.meta["polarity"] in (-1, 0, 1) for q in queries}
    if len(scales) > 1:
        values = sorted({q.meta["polarity"] for q in queries})
        raise DataError(f"polarities {values} of two scales", place=str(path), remedy="expected 2, 4, 6 or -1, 0, 1 throughout")
    return queries


def _target(text: str, target: Mapping[str, Any], name: str) -> Query:
    polarity = target.get("polarity")
    if isinstance(polarity, bool) or not isinstance(polarity, (int, float)) or polarity not in POLARITIES:
        raise DataError(f"polarity {polarity!r}", remedy="expected 2, 4, 6 or -1, 0, 1 (negative, neutral, positive)")
    for key in ("from", "to"):
        if key not in target:
            raise DataError(f"a target without {key!r}", remedy="give the offsets of its mention in sentence_normalized")
    query = Query(text, (target["from"], target["to"]), None, POLARITIES[int(polarity)], name, {"polarity": int(polarity)})
    wording = text[slice(*query.target)]
    if target.get("mention", wording) != wording:
        raise DataError(
            f"mention {target['mention']!r} at [{target['from']}, {target['to']}], where sentence_normalized has {wording!r}",
            remedy="offsets count characters of sentence_normalized",
        )
    return query


def seesaw(model: Model, path: Path) -> Result:
    """Directed sentiment: all questions in three classes, annotated pairs alone, and reverse directions that were given a sentiment."""
    queries, left_out = seesaw_queries(path)
    answers = [without_warning(a) for a in model.classify_many(queries)]
    rows = list(zip(queries, answers, strict=True))
    annotated = [(q, a) for q, a in rows if q.label != NONE]
    reverse = [a for q, a in rows if q.label == NONE]
    return {
        **three_classes(queries, answers),
        "annotated_pairs": len(annotated),
        "annotated_accuracy": sum(q.label == a.label for q, a in annotated) / max(1, len(annotated)),
        "reverse_pairs": len(reverse),
        "reverse_given_a_sentiment": sum(a.label != NONE for a in reverse),
        "not_asked": left_out,
    }


def seesaw_queries(path: Path) -> tuple[list[Query], dict[str, int]]:
    """A query for each annotated pair and each reverse direction, and how many pairs cannot be asked, by reason.

    Raises `DataError` for what does not fit the form assumed (see above), with file and line.
    """
    queries: list[Query] = []
    left_out: Counter[str] = Counter()
    for number, (text, triplets) in enumerate(_some(read_records(path, _triplets), path)):
        pairs: dict[tuple[str | None, str], set[str]] = {}
        for source, sentiment, target in triplets:
            if target.lower() in UNNAMED:
                left_out["the target is not named"] += 1
            else:
                pairs.setdefault((None if source.lower() in UNNAMED else source, target), set()).add(sentiment)
        for (source, target), found in pairs.items():
            if len(found) > 1:
                left_out["positive and negative at once"] += 1
                continue
            queries.append(Query(text, target, source, SENTIMENTS[min(found)], f"{number}-{source}>{target}"))
            if source is not None and (target, source) not in pairs and source != target:
                queries.append(Query(text, source, target, NONE, f"{number}-{target}>{source}"))
    return queries, dict(left_out)


def _triplets(record: Mapping[str, Any]) -> tuple[str, list[tuple[str, str, str]]]:
    text, found = record.get("sentence"), record.get("triplets")
    if not isinstance(text, str) or not text.strip() or not isinstance(found, list):
        raise DataError(f"keys {', '.join(map(str, record))}", remedy='expected "sentence" (text) and "triplets" (a list)')
    for triplet in found:
        fits = isinstance(triplet, list) and len(triplet) == 3 and all(isinstance(x, str) and x.strip() for x in triplet)
        if not fits or triplet[1] not in SENTIMENTS:
            raise DataError(f"triplet {triplet!r}", remedy='expected [source, "positive" or "negative", target]')
    return text, [(source, sentiment, target) for source, sentiment, target in found]


def without_warning(answer: Answer) -> Answer:
    """The answer over none, support and condemnation; a warning counts as condemnation."""
    s = answer.scores
    scores = {NONE: s[NONE], "support": s["support"], "condemnation": s["condemnation"] + s.get("warning", 0.0)}
    return Answer(max(scores, key=lambda label: scores[label]), scores)


def three_classes(queries: Sequence[Query], answers: Sequence[Answer]) -> Result:
    """Macro-F1, mean recall, accuracy, and mean F1 without none."""
    score = metrics.score_queries(queries, [without_warning(a) for a in answers], ("support", "condemnation"))
    return {
        "targets": score.total,
        "macro_f1": score.macro_f1_all,
        "macro_recall": float(np.mean([score.counts(label).recall for label in score.labels])),
        "accuracy": score.accuracy,
        "f1_positive_negative": score.macro_f1,
        "labels": {label: score.counts(label).to_dict() for label in score.labels},
    }


BENCHMARKS: dict[str, tuple[Callable[[Model, Path], Result], dict[str, Callable[[Result], float]]]] = {
    "plv": (plv, {"macro-F1, three labels": lambda r: r["macro_f1"], "accuracy with none": lambda r: r["accuracy"]}),
    "dse": (dse, {"accuracy, five classes": lambda r: r["accuracy"], "macro-F1, five classes": lambda r: r["macro_f1"]}),
    "unscon": (unscon, {"precision": lambda r: r["precision"], "recall": lambda r: r["recall"], "F1": lambda r: r["f1"]}),
    "newsmtsc": (
        newsmtsc,
        {
            "macro-F1, three classes": lambda r: r["macro_f1"],
            "mean recall": lambda r: r["macro_recall"],
            "accuracy": lambda r: r["accuracy"],
            "mean F1 of positive and negative": lambda r: r["f1_positive_negative"],
        },
    ),
    "seesaw": (
        seesaw,
        {
            "macro-F1, both directions": lambda r: r["macro_f1"],
            "accuracy, annotated pairs": lambda r: r["annotated_accuracy"],
            "reverse given a sentiment, share": lambda r: r["reverse_given_a_sentiment"] / max(1, r["reverse_pairs"]),
        },
    ),
}
"""How each is measured, and the figures that stand in the table."""

APART = {"plv": plv, "dse": dse}
"""Those that tell texts of training data apart."""


def _some(records: Iterable[Any], path: Path) -> list[Any]:
    found = list(records)
    if not found:
        raise DataError(f"{path} is empty", remedy="give a file with at least one record")
    return found


def files(name: str, path: Path) -> list[Path]:
    """The files that a benchmark is measured on. Raises `DataError` where there are none."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DataError(f"no such folder: {path}", remedy="check the path")
    for pattern in FILES[name]:
        found = sorted(path.rglob(pattern))
        if found:
            return found
    raise DataError(f"{path} holds no {' and no '.join(FILES[name])}", remedy="name the folder or file of the data set")


def measure(name: str, path: Path, systems: Mapping[str, Model], known: Set[str] = frozenset()) -> list[Result]:
    """A result for each system and file: benchmark, system, file, recipe, scores. known: texts of training data.

    Raises `ConfigError` for known texts with a benchmark that does not tell them apart."""
    run = BENCHMARKS[name][0]
    if known:
        if name not in APART:
            raise ConfigError(f"--train without a baseline: {name} does not tell texts apart by it; {' and '.join(APART)} do")
        run = partial(APART[name], known=known)
    for system, model in systems.items():
        missing = [label for label in LABELS if label not in model.labels]
        if missing:
            raise ConfigError(f"{system} has no labels {', '.join(missing)}; the benchmarks are about {', '.join(LABELS)}")
    return [
        {"benchmark": name, "system": system, "file": str(file), "recipe": recipe(model, str(file)), "scores": run(model, file)}
        for file in files(name, path)
        for system, model in systems.items()
    ]


def table(name: str, results: Sequence[Result]) -> Table:
    """Ours and the published figures in one table."""
    measured = sorted({f"{Path(r['file']).name} {r['recipe']['data']}" for r in results})
    out = Table(title=f"{name}: {', '.join(measured)}", title_justify="left")
    for column in ("system", "measured on", "metric", "figure", "source"):
        out.add_column(column)
    for result in results:
        source = f"this run, stancekit {result['recipe']['stancekit']} {result['recipe'].get('model', '')}"
        file, new = Path(result["file"]).name, result["scores"].get("new_texts")
        for where, scores in ((file, result["scores"]), (f"{file}, texts not in --train", new)):
            for metric, value in BENCHMARKS[name][1].items() if scores else ():
                out.add_row(result["system"], where, metric, f"{value(scores):.3f}", source)
    for system, split, metric, figure, source in PUBLISHED[name]:
        out.add_row(system, split, metric, f"{figure:g}", source)
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", choices=BENCHMARKS)
    parser.add_argument("--path", type=Path, required=True)
    parser.add_argument("--model", default=None)
    parser.add_argument("--baseline", action="append", default=[])
    parser.add_argument("--train", action="append", default=[])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    files(options.benchmark, options.path)
    train = baselines.read_records(options.train, LABELS)
    systems = {options.model or "stancekit default": stancekit.load(options.model)}
    systems |= {name: cast(Model, baselines.build(name, train)) for name in options.baseline}
    known = {record.text for record in train} if options.benchmark in APART or not options.baseline else set()
    results = measure(options.benchmark, options.path, systems, known)
    if options.json:
        print(json.dumps({"results": results, "published": PUBLISHED[options.benchmark]}, indent=1, ensure_ascii=False))
        return
    console = Console()
    console.print(table(options.benchmark, results))
    for result in results:
        if result["scores"].get("not_asked"):
            console.print(f"{result['system']}: not asked: {result['scores']['not_asked']}")
    if PUBLISHED[options.benchmark]:
        console.print("Published figures are of the test half; compare them only with figures measured on it.")
    else:
        console.print("No published figure is printed here because none was looked up; see the paper.")


if __name__ == "__main__":
    main_of(main)
