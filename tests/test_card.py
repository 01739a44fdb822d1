from __future__ import annotations

import json
import sys
from pathlib import Path

from stancekit.checkpoint import CONFIG, DEFAULT, WEIGHTS
from stancekit.data import file_hash

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from model_card import END, START, figures  # noqa: E402

RESULT = json.loads((DEFAULT / "evaluation.json").read_text(encoding="utf-8"))


def test_card_and_readme_hold_the_figures_of_the_run() -> None:
    table = figures(RESULT)
    assert table in (DEFAULT / "README.md").read_text(encoding="utf-8")
    inside = (ROOT / "README.md").read_text(encoding="utf-8").split(START)[1].split(END)[0]
    assert inside.strip() == table.strip()


def test_the_figures_are_of_the_weights_that_ship() -> None:
    assert RESULT["recipe"]["model"] == file_hash(DEFAULT / WEIGHTS)
    assert RESULT["recipe"]["settings"] == file_hash(DEFAULT / CONFIG)
