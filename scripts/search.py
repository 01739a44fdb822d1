"""Searches hyper-parameters: python scripts/search.py CONFIG --trials 20 [--set encoder_rate=3e-5:3e-4 --set epochs=3,6 …]

Needs `pip install 'stancekit[search]'`. A range is low:high, some values are a,b,c; without --set both learning rates are
searched. Writes <output>/search/best.yaml, ready for `stancekit train`; the same command goes on after a kill.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from shared import main_of

from stancekit.config import TrainConfig, read_yaml
from stancekit.errors import MissingExtraError

try:
    from stancekit.search import default_space, parse_space, search
except MissingExtraError as error:
    sys.exit(str(error))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--set", action="append", dest="settings", metavar="NAME=LOW:HIGH", help="what to search; may be given again")
    options = parser.parse_args()
    if options.trials < 1:
        parser.error(f"--trials {options.trials}: give 1 or more")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = read_yaml(options.config, TrainConfig)
    space = parse_space(options.settings, config) if options.settings else default_space(config)
    found = search(config, space, options.trials)
    table = Table("trial", "score", *space)
    for row in sorted(found.trials, key=lambda r: -1.0 if r["score"] is None else r["score"], reverse=True):
        score = "given up" if row["score"] is None else f"{row['score']:.4f}"
        values = (row.get(name) for name in space)
        table.add_row(str(row["trial"]), score, *(f"{v:.3g}" if isinstance(v, float) else str(v) for v in values))
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    print(found.file)


if __name__ == "__main__":
    main_of(main)
