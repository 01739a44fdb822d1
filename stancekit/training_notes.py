"""Notes of what a run of training is made of, by which a later one tells whether anything has changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stancekit import checkpoint
from stancekit.config import TrainConfig, build
from stancekit.corpus import marks_files
from stancekit.data import file_hash
from stancekit.errors import ConfigError


def data_paths(config: TrainConfig) -> list[str]:
    """Where the articles and queries to train on lie."""
    return [*(source.path for source in config.data.articles), *(source.path for source in config.data.queries)]


def note(config: TrainConfig, begin: bool) -> None:
    """Writes beside a run's checkpoints what it is made of, after taking away those of an earlier run; on the way back raises
    `ConfigError` where that has changed since."""
    made, file = made_of(config), Path(config.output) / "run.json"
    if begin:
        for old in Path(config.output).glob("checkpoint-*"):
            shutil.rmtree(old)
        file.write_text(json.dumps(made, indent=1), encoding="utf-8")
    elif file.is_file() and not same(json.loads(file.read_text(encoding="utf-8")), made):
        raise ConfigError(
            f"output: {config.output} holds checkpoints of another configuration, base or data; train without --resume or write elsewhere"
        )


def made_of(config: TrainConfig) -> dict[str, Any]:
    """What a run's result depends on: its configuration, and hashes of all that it reads."""
    data, folder = config.data, checkpoint.resolve_base(config.base)
    paths = [*data_paths(config), *data.dev_articles, *data.dev_queries, *([data.dev_ids] if data.dev_ids else [])]
    known = [] if folder is None else [folder / n for n in (checkpoint.WEIGHTS, checkpoint.CONFIG, checkpoint.TOKENIZER, "config.json")]
    base = {file.name: file_hash(file) for file in known if file.is_file()}
    return {
        "config": _settings(config),
        "base": base or config.base,
        "files": {path: _content(Path(path)) for path in paths},
    }


def same(noted: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """Whether a note says what `made_of` (and what a caller has added to it) says now. An earlier version's note has no settings that
    have come since: they count as at their defaults."""
    try:
        known = build({**noted["config"], "output": "."}, TrainConfig, "the note")
    except (KeyError, ConfigError):  # no note of ours, or a setting that there is no more
        return False
    return {**noted, "config": _settings(known)} == made


def _settings(config: TrainConfig) -> dict[str, Any]:
    """What the result depends on."""
    return config.model_dump(mode="json", exclude={"output", "trackers"})


def _content(path: Path) -> object:
    """The hash of a file, or those of the files that are read of a folder."""
    return file_hash(path) if path.is_file() else {str(p.relative_to(path)): file_hash(p) for p in marks_files(path)}
