"""Trains a model: python scripts/train.py configs/default.yaml [--resume] [--no-graphs], the same as `stancekit train`; for
`accelerate launch`, which takes a script."""

import sys

from stancekit.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "train")
    main()
