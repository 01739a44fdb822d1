"""Kills `stancekit predict --resume` at random moments and shows that no record is lost or doubled.

Run: python scripts/kills.py [--kills 100] [--records 300] [--batch-size 4] [--model FOLDER] [--seed 1]

The tests' tiny model (or the one given) reads a JSON Lines file, is killed with SIGKILL, goes on, is killed again. Half of the
kills come at a random time after the start, half when the output has grown by a random number of bytes. Where a run ends before
its kill, its file is compared with that of an undisturbed run and the next one begins anew; the last one is not disturbed any
more. Prints one line. Exit code 1: a record lost or doubled, or a file that differs from the undisturbed one in a byte.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
SENTENCES = (
    "The minister condemned the attack.", "He warned Russia, and Kenya supports peace talks.", '"We support the ministry," they said.',
    "They met in 中国 on Monday.", "A ministry\nsaid.", "👩‍👩‍👧 \u202eKenya.",
)  # fmt: skip


def tiny(folder: Path) -> Path:
    """The tests' model with random weights."""
    sys.path.insert(0, str(ROOT / "tests"))
    from conftest import tiny_encoder, write_checkpoint  # type: ignore[import-not-found]  # found by the line above

    return Path(write_checkpoint(folder / "model", tiny_encoder(folder / "encoder")))


def write_input(file: Path, number: int, rng: random.Random) -> None:
    """Records of no sentence to twelve, some with meta, some blank lines between them."""
    with open(file, "w", encoding="utf-8") as stream:
        for n in range(number):
            record: dict[str, object] = {"id": f"r{n}", "text": " ".join(rng.choices(SENTENCES, k=rng.randrange(13)))}
            if rng.random() < 0.3:
                record["meta"] = {"date": "2024-05-01", "n": n}
            stream.write(json.dumps(record, ensure_ascii=rng.random() < 0.5) + "\n" * rng.choice((1, 1, 1, 2)))


class Run:
    """One output file, written by as many processes as it takes."""

    def __init__(self, folder: Path, name: str, model: Path, batch_size: int) -> None:
        self.file, self.part = folder / name, folder / f"{name}.part"
        self.command = [sys.executable, "-m", "stancekit", "predict", str(folder / "in.jsonl"), "-o", str(self.file), "--resume"]
        self.command += ["--model", str(model), "--threads", "1", "--batch-size", str(batch_size)]

    def size(self) -> int:
        """Bytes written so far."""
        try:
            return self.part.stat().st_size
        except FileNotFoundError:
            return 0

    def go_on(self, seconds: float = float("inf"), growth: float = float("inf")) -> bool:
        """Goes on until it is killed, after so many seconds or bytes (True), or done (False)."""
        end, limit = time.monotonic() + seconds, self.size() + growth
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(self.command, env=environment, stderr=subprocess.PIPE)
        while process.poll() is None and time.monotonic() < end and self.size() <= limit:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        _, errors = process.communicate()
        if process.returncode not in (0, -signal.SIGKILL):
            sys.exit(f"exit code {process.returncode}: {errors.decode()}")
        return process.returncode != 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--records", type=int, default=300)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = args.model or tiny(folder)
        write_input(folder / "in.jsonl", args.records, rng)
        whole, run = (Run(folder, name, model, args.batch_size) for name in ("whole.jsonl", "out.jsonl"))
        began = time.monotonic()
        whole.go_on()
        duration = time.monotonic() - began
        expected = whole.file.read_bytes()
        wanted = Counter(f"r{n}" for n in range(args.records))
        totals: Counter[str] = Counter(records=args.records)
        while True:
            last = totals["kills"] >= args.kills
            limit = {"seconds": rng.uniform(0, duration)} if rng.random() < 0.5 else {"growth": rng.uniform(0, len(expected) / 3)}
            if run.go_on(**({} if last else limit)):
                totals["kills"] += 1
                totals["while writing"] += run.size() > 0
                continue
            content = run.file.read_bytes()
            found = Counter(json.loads(line)["id"] for line in content.splitlines())
            totals["files"] += 1
            totals["lost"] += (wanted - found).total()
            totals["doubled"] += (found - wanted).total()
            totals["different"] += content != expected
            if last:
                break
            run.file.unlink()
    print(", ".join(f"{key} {totals[key]}" for key in ("kills", "while writing", "records", "files", "lost", "doubled", "different")))
    sys.exit(1 if totals["lost"] or totals["doubled"] or totals["different"] else 0)


if __name__ == "__main__":
    main()
