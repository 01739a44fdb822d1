"""Evaluates a model: python scripts/evaluate.py [--model FOLDER] DATA…   (same as: stancekit evaluate)"""

import sys

from stancekit.cli import main

if __name__ == "__main__":
    sys.argv = ["stancekit", "evaluate", *sys.argv[1:]]
    main()
