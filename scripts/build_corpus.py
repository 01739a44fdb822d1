"""Builds the training files from seeds/ and the public data at a path.

Run: python scripts/build_corpus.py --public FOLDER --unlabelled FILE --output build/

FOLDER holds dse_train.queries.jsonl, dse_valid.queries.jsonl and unscon.sentences.jsonl, FILE is
white_house.articles.jsonl (README, "Data"). Writes to the output folder:
    seeds.articles.jsonl    the articles of seeds/articles in the article form
    real.articles.jsonl     the stand-off annotation of seeds/standoff joined to its texts
    written.queries.jsonl   the questions of seeds/queries
    plain.queries.jsonl     those of seeds/queries/plain
    events.queries.jsonl    the stand-off questions of seeds/standoff/queries joined to their texts
    dse_train.queries.jsonl the crowd questions, without the texts of the validation file
Nothing is asked about the texts that seeds/dev.txt holds out.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from shared import main_of

from stancekit.cli_output import not_over
from stancekit.corpus import join_standoff, join_standoff_queries, read_marks
from stancekit.data import parse_line, read_lines, read_queries, write_records

SEEDS = Path(__file__).parent.parent / "seeds"
READ = ("dse_train.queries.jsonl", "dse_valid.queries.jsonl", "unscon.sentences.jsonl")
WRITTEN = (
    *("seeds.articles.jsonl", "real.articles.jsonl"),
    *("written.queries.jsonl", "plain.queries.jsonl", "events.queries.jsonl", "dse_train.queries.jsonl"),
)


def texts(public: Path, unlabelled: Path) -> dict[str, str]:
    """locator -> text of everything that seeds/standoff annotates."""
    out = {}
    for name in ("dse_train.queries.jsonl", "unscon.sentences.jsonl"):
        for _, line in read_lines(public / name):
            record = parse_line(line)
            out[str(record["id"])] = str(record["text"])
    for _, line in read_lines(unlabelled):
        record = parse_line(line)
        out[str(record["id"])] = str(record["text"])
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--public", type=Path, required=True)
    parser.add_argument("--unlabelled", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=Path("build"))
    options = parser.parse_args()
    for name in WRITTEN:
        not_over(options.output / name, [str(options.unlabelled), *(str(options.public / read) for read in READ)])
    options.output.mkdir(parents=True, exist_ok=True)
    known = texts(options.public, options.unlabelled)
    done = {"seeds.articles.jsonl": write_records(options.output / "seeds.articles.jsonl", read_marks(SEEDS / "articles"))}
    joined = (a for f in sorted((SEEDS / "standoff").glob("*.jsonl")) for a in join_standoff(f, known))
    done["real.articles.jsonl"] = write_records(options.output / "real.articles.jsonl", joined)
    for name, folder in (("written", SEEDS / "queries"), ("plain", SEEDS / "queries" / "plain")):
        asked = (q for f in sorted(folder.glob("*.jsonl")) for q in read_queries(f))
        done[f"{name}.queries.jsonl"] = write_records(options.output / f"{name}.queries.jsonl", asked)
    ids = (SEEDS / "dev.txt").read_text(encoding="utf-8").split()
    held = {known[i] for i in ids if i in known} | {q.text for q in read_queries(options.public / "dse_valid.queries.jsonl")}
    joined_queries = (q for f in sorted((SEEDS / "standoff" / "queries").glob("*.jsonl")) for q in join_standoff_queries(f, known))
    events = (q for q in joined_queries if q.text not in held)
    done["events.queries.jsonl"] = write_records(options.output / "events.queries.jsonl", events)
    kept = (q for q in read_queries(options.public / "dse_train.queries.jsonl") if q.text not in held)
    done["dse_train.queries.jsonl"] = write_records(options.output / "dse_train.queries.jsonl", kept)
    json.dump(done, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main_of(main)
