"""Trains a model: python scripts/train.py configs/default.yaml [--resume]   (same as: stancekit train CONFIG)"""

import logging
import sys
from pathlib import Path

from stancekit.config import TrainConfig, read_yaml
from stancekit.training import train

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    names = [a for a in sys.argv[1:] if not a.startswith("--")]
    if len(names) != 1:
        sys.exit(__doc__)
    folder: Path = train(read_yaml(names[0], TrainConfig), resume="--resume" in sys.argv)
    sys.stdout.write(f"{folder}\n")
