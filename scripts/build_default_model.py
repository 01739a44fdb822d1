"""Trains the shipped model from seeds/ and the public data at a path and puts it into stancekit/models/default.

Run from the project's root (some two hours on two cores; goes on where it was stopped with --resume):
python scripts/build_default_model.py --public FOLDER --unlabelled FILE [--resume]
"""

from __future__ import annotations

import argparse
import logging
import shutil
import subprocess
import sys
from pathlib import Path

from stancekit import checkpoint, early_exit
from stancekit.calibration import calibrate
from stancekit.checkpoint import DEFAULT
from stancekit.config import TrainConfig, read_yaml
from stancekit.data import read_articles
from stancekit.export import Int8, export
from stancekit.training import train
from stancekit.training_data import read_ids

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--public", required=True)
    parser.add_argument("--unlabelled", required=True)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    scripts = ROOT / "scripts"
    subprocess.run(
        [sys.executable, scripts / "build_corpus.py", "--public", options.public, "--unlabelled", options.unlabelled, "--output", "build"],
        check=True,
    )
    trained = train(read_yaml(ROOT / "configs" / "default.yaml", TrainConfig), options.resume)
    lessons = read_yaml(ROOT / "configs" / "questions.yaml", TrainConfig)
    folder = train(lessons.model_copy(update={"base": str(trained)}), options.resume)
    ids = read_ids(ROOT / "seeds" / "dev.txt")
    articles = [a for name in ("seeds", "real") for a in read_articles(f"build/{name}.articles.jsonl")]
    seen, held_out = ([a for a in articles if (a.id in ids) == held] for held in (False, True))
    # trained on texts whose countries are exchanged at random, so it reads them under any name: here always the same ones
    checkpoint.update_config(folder, checkpoint.read_config(folder).model_copy(update={"mask_countries": True}))
    export(folder, Int8([a.text for a in held_out], held_out))
    calibrate(folder, held_out)
    logging.info("%s", early_exit.fit(folder, seen, held_out))
    calibrate(folder, held_out)
    subprocess.run([sys.executable, scripts / "fit_given.py", folder, "--public", options.public, "--write"], check=True)
    for file in folder.iterdir():
        shutil.copyfile(file, DEFAULT / file.name)


if __name__ == "__main__":
    main()
