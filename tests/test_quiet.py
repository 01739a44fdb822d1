"""Nothing is configured on import, nothing is said that nobody asked for, and what is said is said once, with what to do about it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SILENT = """
import logging, sys, warnings
root, shown = logging.getLogger(), warnings.showwarning
import stancekit
model = stancekit.load(sys.argv[1])
for text in ("The minister condemned the attack.", "", "\\ud800\\0", "x" * 5000, "Kenya. " * 300):
    model.predict(text)._repr_html_()
model.classify("The minister condemned the attack.", "the attack")
names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "stancekit"]
assert not root.handlers and root.level == logging.WARNING and warnings.showwarning is shown
assert not any(logging.getLogger(name).handlers or logging.getLogger(name).level for name in names), names
"""


def test_reading_says_nothing_and_configures_nothing(tiny_checkpoint: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", SILENT, str(tiny_checkpoint)], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_each_bad_record_is_named_once_with_what_to_do(tiny_checkpoint: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"text": "Kenya."}\n{"text": 5}\n\n[1]\n{"text": "x", "meta": {"n": NaN}}\n')
    command = [sys.executable, "-m", "stancekit", "predict", str(file), "-m", str(tiny_checkpoint), "--skip-bad", "-o", str(tmp_path / "out.jsonl")]
    ended = subprocess.run(command, capture_output=True, text=True)
    *named, total = ended.stderr.splitlines()
    assert [line.split(": ")[1] for line in named] == [f"{file}:{n}" for n in (2, 4, 5)]
    assert all(word in line for word, line in zip(("is 5, expected a string", "one JSON object a line", "write null"), named, strict=True))
    assert "3 bad records or files left out" in total and ended.returncode == 1
