from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import SEEDS

SCRIPT = SEEDS.parent / "scripts" / "overlap.py"
TRAIN = """### t1

The harbour pilots of Valmora would rather walk than steer one more of the minister's barges.

### t2

Rain fell on the hills above Tessaly all day long. The pilots of Valmora would rather walk.
"""
KEPT = """### k1

Said one: the pilots of Valmora would rather walk than steer one more ship.
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "train.txt").write_text(TRAIN)
    (folder / "kept.txt").write_text(KEPT)
    return subprocess.run([sys.executable, SCRIPT, folder / "train.txt", *options], capture_output=True, text=True)


def test_shared_wording_is_found_in_its_whole_length(tmp_path: Path) -> None:
    found = run(tmp_path, "--kept", str(tmp_path / "kept.txt"), "--words", "5")
    assert found.stdout.splitlines() == [
        "10 words, t1 and k1: pilots of valmora would rather walk than steer one more",
        "7 words, t2 and k1: the pilots of valmora would rather walk",
        "2 runs of 5 words or more in 2 texts",
    ]
    assert found.returncode == 1, "ten words are twice five"
    assert run(tmp_path, "--kept", str(tmp_path / "kept.txt"), "--words", "6").returncode == 0
    assert run(tmp_path, "--kept", str(tmp_path / "kept.txt"), "--words", "11").stdout == "0 runs of 11 words or more in 2 texts\n"


def test_a_longer_run_that_begins_inside_a_shorter_one_is_whole() -> None:
    sys.path.insert(0, str(SCRIPT.parent))
    import overlap

    line = [f"w{i}" for i in range(14)]
    kept = [("a", " ".join(line[:10])), ("b", "x " + " ".join(line[1:13]))]
    assert overlap.shared([("t", " ".join(line))], kept, 6) == [
        (" ".join(line[1:13]), "t", "b"), (" ".join(line[:10]), "t", "a"),
    ]  # fmt: skip


def test_nothing_to_compare_is_no_all_clear(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("elsewhere\n")
    nothing = run(tmp_path, "--ids", str(tmp_path / "ids.txt"))
    assert nothing.returncode == 2 and "are the ids of --ids those of TRAIN?" in nothing.stderr
    (tmp_path / "standoff.jsonl").write_text('{"id": "s", "sha256": ""}\n')
    bare = run(tmp_path, "--kept", str(tmp_path / "standoff.jsonl"))
    assert bare.returncode == 1 and "standoff.jsonl:1: a record without text" in bare.stderr


def test_articles_named_as_held_out_are_kept(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("t2\n")
    found = run(tmp_path, "--ids", str(tmp_path / "ids.txt"))
    assert found.stdout.splitlines() == ["6 words, t1 and t2: pilots of valmora would rather walk", "1 runs of 6 words or more in 1 texts"]
    nothing = run(tmp_path)
    assert nothing.returncode == 2 and "give --kept, --ids or both" in nothing.stderr


def test_the_corpus_shares_no_long_run_with_what_it_holds_out() -> None:
    found = subprocess.run([sys.executable, SCRIPT, SEEDS / "articles", "--ids", SEEDS / "dev.txt"], capture_output=True, text=True)
    assert found.returncode == 0, found.stdout.splitlines()[0]
