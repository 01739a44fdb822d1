"""Teaches a trained model which sentences may leave its encoder early, fits thresholds and confidences anew, and writes both into
its folder.

Run: python scripts/fit_exit.py MODEL --articles FILE… --dev-ids seeds/dev.txt [--layer N] [--recall 0.997]

FILE are the articles it was trained on (annotated); those whose ids stand in the list given are held out, and the threshold is
chosen on them. Training changes the layers that an exit was fitted to: it starts without the one of its base, and this is run
after it (some ten minutes for the shipped model).
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from shared import main_of

from stancekit.calibration import calibrate
from stancekit.data import read_articles
from stancekit.early_exit import RECALL, fit
from stancekit.training_data import read_ids


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--articles", nargs="+", required=True)
    parser.add_argument("--dev-ids", required=True)
    parser.add_argument("--layer", type=int)
    parser.add_argument("--recall", type=float, default=RECALL)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    ids = read_ids(options.dev_ids)
    articles = [a for file in options.articles for a in read_articles(file)]
    seen, held_out = ([a for a in articles if (a.id in ids) == held] for held in (False, True))
    print(fit(options.model, seen, held_out, options.layer, options.recall))
    print(calibrate(options.model, held_out))


if __name__ == "__main__":
    main_of(run)
