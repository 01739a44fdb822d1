"""Streams an endless mix of good and bad records through `stancekit predict --skip-bad` and watches its memory.

Run: python scripts/soak.py --minutes 30 [--model FOLDER] [--seed 1]        (Linux: the input is a named pipe, memory is read in /proc)

The shipped model (or the one given) reads short and long articles, empty and huge ones, control characters, bidirectional and
lone-surrogate text, words of 100,000 letters, and between them broken JSON, invalid UTF-8, wrong types, NaN and the like. The first
records are one of each kind, so that the warm-up (a tenth of the time, and 300 answers) meets the largest. Prints, ten times or each
minute, whichever is more often: resident memory (median of the interval), answers a second, bad records. At the end the ratio of the
last interval's memory to the first one's after the warm-up. Exit code 1: over 1.05, or a record that got neither an answer nor an
error.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

MOST = 1.05
WARM_UP, WARM_ANSWERS = 0.1, 300
SENTENCES = (
    "Norway condemned the attack on the hospital.", "Kenya's president praised the rescue workers.", "The ministers met in Oslo on Monday.",
    "Ankara warned Athens of consequences.", '"We stand with the people of the valley," she said.', "He rejected it.",
    "The Northern Front dismissed the accusation as a fabrication, and the EU and NATO urged both sides to talk.",
)  # fmt: skip


def prose(rng: random.Random, number: int) -> str:
    return " ".join(rng.choices(SENTENCES, k=number))


def record(text: object, **others: object) -> bytes:
    return json.dumps({"id": "x", "text": text, **others}).encode()


GOOD: dict[str, tuple[float, Callable[[random.Random], bytes]]] = {
    "article": (60, lambda r: record(prose(r, r.randrange(1, 30)), meta={"date": "2024-05-01", "tags": ["a", None]})),
    "long article": (2, lambda r: record(prose(r, 300))),
    "huge article": (0.05, lambda r: record(prose(r, 4000))),
    "empty": (5, lambda r: record(r.choice(("", " \n\t", "\u200b")))),
    "control characters": (5, lambda r: record("\x00\x1b[31m" + prose(r, 3) + "\x00" * 99)),
    "bidirectional and joined": (5, lambda r: record("\u202eשלום سلام\u202c 👩‍👩‍👧 🇰🇪 " + prose(r, 3))),
    "lone surrogates": (3, lambda r: record("\ud800" + prose(r, 2) + "\udfff")),
    "a long word": (0.5, lambda r: record("x" * 100_000 + prose(r, 2))),
    "a long line": (0.2, lambda r: record(prose(r, 2).replace(".", ",") * 200)),
    "Chinese": (3, lambda r: record("中国谴责。" * r.randrange(1, 300))),
}
BAD: dict[str, tuple[float, Callable[[random.Random], bytes]]] = {
    "broken": (4, lambda r: record(prose(r, 3))[: r.randrange(1, 30)]),
    "not UTF-8": (2, lambda r: b'{"text": "caf\xe9"}'),
    "another type": (2, lambda r: r.choice((b"[1]", b"null", b"7", b'"text"'))),
    "no text": (2, lambda r: b'{"id": "x", "body": "y"}'),
    "text of another type": (2, lambda r: record(r.choice((None, 5, ["a"], {"a": 1})))),
    "NaN": (2, lambda r: b'{"text": "x", "meta": {"n": NaN}}'),
    "meta of another type": (2, lambda r: record("x", meta=[1])),
    "nested deeply": (0.2, lambda r: b"[" * 100_000),
    "a number of many digits": (0.2, lambda r: b'{"text": ' + b"9" * 5000 + b"}"),
}


def records(rng: random.Random) -> Iterator[tuple[bool, bytes]]:
    """Whether a record is good, and its line: one of each kind, then any, without end."""
    kinds = [(True, *kind) for kind in GOOD.values()] + [(False, *kind) for kind in BAD.values()]
    for good, _, make in kinds:
        yield good, make(rng)
    weights = [weight for _, weight, _ in kinds]
    while True:
        good, _, make = rng.choices(kinds, weights)[0]
        yield good, make(rng)


class Soak:
    """The command, what goes into it and what comes out."""

    def __init__(self, folder: Path, model: Path | None, seed: int) -> None:
        self.pipe, self.seed = folder / "records.jsonl", seed
        os.mkfifo(self.pipe)
        command = [sys.executable, "-m", "stancekit", "predict", str(self.pipe), "--skip-bad", "--format", "jsonl"]
        command += ["--model", str(model)] if model else []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.counts: Counter[str] = Counter()
        self.stopped = threading.Event()
        self.left_out = 0
        assert self.process.stdout is not None and self.process.stderr is not None
        jobs = ((self.write,), (self.read, self.process.stdout), (self.read_errors, self.process.stderr))
        self.threads = [threading.Thread(target=job, args=given, daemon=True) for job, *given in jobs]
        for thread in self.threads:
            thread.start()

    def write(self) -> None:
        with open(self.pipe, "wb") as stream:
            for good, line in records(random.Random(self.seed)):
                if self.stopped.is_set():
                    return
                stream.write(line + b"\n")
                self.counts["good" if good else "bad"] += 1

    def read(self, stream: IO[bytes]) -> None:
        for line in stream:
            json.loads(line)["statements"]
            self.counts["answers"] += 1

    def read_errors(self, stream: IO[bytes]) -> None:
        for line in stream:
            if found := re.search(rb"(\d+) bad records or files left out", line):
                self.left_out = int(found[1])
            else:
                self.counts["errors" if b"records.jsonl:" in line else "other"] += 1

    def memory(self) -> float:
        """Resident MiB."""
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        if found is None:
            sys.exit(f"the command ended with {self.process.wait()}")
        return int(found[1]) / 1024

    def end(self) -> bool:
        """Lets it read to the end; whether every record got its answer or its error."""
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        code, c = self.process.wait(), self.counts
        print(f"answers {c['answers']} of {c['good']} good records, errors {c['errors']} of {c['bad']} bad ones, exit code {code}")
        return (c["answers"], c["errors"], self.left_out, c["other"], code) == (c["good"], c["bad"], c["bad"], 0, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    interval = min(60.0, args.minutes * 6)
    warm: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        soak = Soak(Path(name), args.model, args.seed)
        began = time.monotonic()
        while time.monotonic() - began < args.minutes * 60:
            before, until, samples = soak.counts["answers"], time.monotonic() + interval, []
            while time.monotonic() < until:
                time.sleep(min(1.0, interval / 10))
                samples.append(soak.memory())
            memory = statistics.median(samples)
            if until - interval - began >= WARM_UP * args.minutes * 60 and before >= WARM_ANSWERS:
                warm.append(memory)
            rate = (soak.counts["answers"] - before) / interval
            minutes = (time.monotonic() - began) / 60
            print(f"{minutes:6.1f} min {memory:8.1f} MiB {rate:8.1f} answers/s {soak.counts['errors']:8} errors", flush=True)
        whole = soak.end()
    if not warm:
        sys.exit("the warm-up took all the time; give it more")
    ratio = warm[-1] / warm[0]
    print(f"memory after the warm-up {warm[0]:.1f} MiB, at the end {warm[-1]:.1f} MiB, ratio {ratio:.3f} (at most {MOST})")
    sys.exit(0 if whole and ratio <= MOST else 1)


if __name__ == "__main__":
    main()
