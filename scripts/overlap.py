"""Wording that training articles share with texts kept for measuring: what was copied, or slipped in from reading errors.

Run: python scripts/overlap.py TRAIN … --kept FILE … [--ids FILE] [--words 6]

TRAIN and FILE: marks (files or folders) or JSON Lines of articles or queries. --ids: ids of articles in TRAIN that are kept too
(seeds/dev.txt). Prints each run of at least so many words that stands in both, longest first, with where; names of institutions and
phrases of the trade are harmless, a sentence's own idea is not. Exit code 1 where a run is twice as long.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from shared import main_of

from stancekit.corpus import marks_files, read_marks
from stancekit.data import parse_line, read_lines
from stancekit.errors import DataError

Text = tuple[str, str]
"""id, text"""


def texts(path: str) -> Iterator[Text]:
    """The texts of a file or folder."""
    if path.endswith(".txt") or (Path(path).is_dir() and marks_files(Path(path))):
        yield from ((a.id, a.text) for a in read_marks(path))
        return
    if Path(path).is_dir():
        raise DataError("a folder without marks files", place=path, remedy="give its files")
    seen = set()
    for place, line in read_lines(path):
        record = parse_line(line)
        if not isinstance(record.get("text"), str):
            raise DataError("a record without text", place=place, remedy="give articles or queries; stand-off records have none")
        if record["text"] not in seen:  # questions repeat theirs
            seen.add(record["text"])
            yield str(record.get("id") or place), record["text"]


def words(text: str) -> list[str]:
    """Lower-case words and numbers."""
    return re.findall(r"\w+", text.lower())


def shared(train: Iterable[Text], kept: Iterable[Text], least: int) -> list[tuple[str, str, str]]:
    """(run of words, id in training, id in what is kept) for each longest run of at least `least` words, longest first."""
    places: dict[tuple[str, ...], list[tuple[str, list[str], int]]] = {}
    for name, text in kept:
        there = words(text)
        for i in range(len(there) - least + 1):
            places.setdefault(tuple(there[i : i + least]), []).append((name, there, i))
    found = []
    for name, text in train:
        here, reached = words(text), 0
        for i in range(len(here) - least + 1):
            best, where = 0, ""
            for other, there, j in places.get(tuple(here[i : i + least]), ()):
                n = least
                while i + n < len(here) and j + n < len(there) and here[i + n] == there[j + n]:
                    n += 1
                if n > best:
                    best, where = n, other
            if best and i + best > reached:
                found.append((" ".join(here[i : i + best]), name, where))
                reached = i + best
    return sorted(found, key=lambda f: (-f[0].count(" "), f))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", nargs="+")
    parser.add_argument("--kept", nargs="+", default=[])
    parser.add_argument("--ids", type=Path)
    parser.add_argument("--words", type=int, default=6)
    options = parser.parse_args()
    if options.words < 2:
        parser.error(f"--words {options.words}: give 2 or more")
    ids = set(options.ids.read_text(encoding="utf-8").split()) if options.ids else set()
    if not options.kept and not ids:
        parser.error("nothing is kept for measuring: give --kept, --ids or both")
    read = [t for path in options.train for t in texts(path)]
    kept = [t for path in options.kept for t in texts(path)] + [t for t in read if t[0] in ids]
    training = [t for t in read if t[0] not in ids]
    if not training or not kept:
        parser.error("nothing to compare: TRAIN or what is kept holds no text (are the ids of --ids those of TRAIN?)")
    found = shared(training, kept, options.words)
    for run, name, other in found:
        print(f"{run.count(' ') + 1} words, {name} and {other}: {run}")
    print(f"{len(found)} runs of {options.words} words or more in {len(training)} texts")
    sys.exit(any(run.count(" ") + 1 >= 2 * options.words for run, *_ in found))


if __name__ == "__main__":
    main_of(main)
