"""Trains the shipped model from seeds/ and the public data at a path, in nine stages, and puts it into
stancekit/models/default.

Run from the project's root (some five hours on two cores; goes on where it was stopped with --resume):
python scripts/build_default_model.py --public FOLDER --unlabelled FILE [--resume]

The weights in the repository come from the same stages, run one after the other by hand while the corpus grew, but stage 7
went on from the average of stages 5 and 6 (scripts/average.py). Stage 1 saw the first 760 articles of seeds/, stage 2 850,
stages 3 and 4 1,010, stage 5 1,220, stage 6 1,400, stage 7 1,550, stage 8 1,700, stage 9 all 1,790. The annotated crowd
sentences grew from 3,600 (stages 1 to 3) to 5,332 (stage 4) and 6,370 (from stage 5), the written questions from 2,110 to
3,318 with stage 4, 5,137 with stage 7 and 6,070 with stage 8. Until stage 7 the crowd's questions taught the guide's reading;
the crowd's own began in stage 8 as a copy of it. Run anew, every stage sees all of it, and the two are apart from the start.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import subprocess
import sys
from pathlib import Path

from stancekit.checkpoint import DEFAULT
from stancekit.config import TrainConfig, read_yaml
from stancekit.export import export
from stancekit.training import train

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
    for stage in range(1, 10):
        config = read_yaml(ROOT / "configs" / f"default.stage{stage}.yaml", TrainConfig)
        if not (options.resume and (Path(config.output) / "done").is_file()):
            train(config, options.resume)
            (Path(config.output) / "done").touch()
    folder = Path(config.output) / "model"
    export(folder)
    subprocess.run([sys.executable, scripts / "fit_given.py", folder, "--public", options.public, "--write"], check=True)
    for file in folder.iterdir():
        shutil.copyfile(file, DEFAULT / file.name)


if __name__ == "__main__":
    main()
