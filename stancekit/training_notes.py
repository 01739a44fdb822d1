"""Notes of what a run of training is made of, by which a later one tells whether anything has changed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stancekit import checkpoint
from stancekit.config import TrainConfig, build
from stancekit.corpus import marks_files
from stancekit.data import file_hash, parse_json, replacing
from stancekit.errors import ConfigError, DataError

Place = tuple[str | int, ...]

MOST_CHANGES = 5
"""Changes that an error names."""


def data_paths(config: TrainConfig) -> list[str]:
    """Where the articles and queries to train on lie."""
    return [*(source.path for source in config.data.articles), *(source.path for source in config.data.queries)]


def named_paths(config: TrainConfig) -> list[tuple[str, str]]:
    """Where all data of a run lies, with the key that says so."""
    data = config.data
    held = {"dev_articles": data.dev_articles, "dev_queries": data.dev_queries, "dev_ids": (data.dev_ids,) if data.dev_ids else ()}
    learned = {"articles": [s.path for s in data.articles], "queries": [s.path for s in data.queries]}
    return [(f"data.{key}", path) for key, paths in {**learned, **held}.items() for path in paths]


def checkpoints_of(output: Path) -> list[Path]:
    """A run's checkpoints, the newest first; what somebody keeps beside them, such as `checkpoint-good`, is none."""
    found = [p for p in output.glob("checkpoint-*") if re.fullmatch(r"checkpoint-[0-9]+", p.name) and p.is_dir()]
    return sorted(found, key=lambda p: int(p.name.rpartition("-")[2]), reverse=True)


def note(config: TrainConfig, begin: bool) -> None:
    """Writes beside a run's checkpoints what it is made of, after taking away those of an earlier run; on the way back raises
    `ConfigError` where that has changed since."""
    made, file = made_of(config), Path(config.output) / "run.json"
    if begin:
        for old in checkpoints_of(Path(config.output)):
            shutil.rmtree(old)
        with replacing(file) as stream:
            stream.write(json.dumps(made, indent=1))
    elif file.is_file() and not same(noted := _read(file), made):
        raise ConfigError(
            f"output: {config.output} holds checkpoints of another configuration, base or data ({_changes(noted, made)}); "
            "train without --resume or write elsewhere"
        )


def _read(file: Path) -> Mapping[str, Any]:
    """The note of a run. Raises `DataError` where it is none."""
    remedy = "train without --resume, or remove the file: then nobody looks whether anything has changed since the run began"
    try:
        noted = parse_json(file.read_bytes(), remedy)
    except DataError as error:
        raise DataError(error.problem, place=str(file), remedy=remedy) from None
    if not isinstance(noted, dict):
        raise DataError(f"got a JSON {type(noted).__name__}, expected what a run is made of", place=str(file), remedy=remedy)
    return noted


def made_of(config: TrainConfig) -> dict[str, Any]:
    """What a run's result depends on: its configuration, and hashes of all that it reads."""
    folder = checkpoint.resolve_base(config.base)
    known = [] if folder is None else [folder / n for n in (checkpoint.WEIGHTS, checkpoint.CONFIG, checkpoint.TOKENIZER, "config.json")]
    base = {file.name: file_hash(file) for file in known if file.is_file()}
    return {
        "config": _settings(config),
        "base": base or config.base,
        "files": {path: _content(Path(path)) for _, path in named_paths(config)},
    }


def same(noted: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """Whether a note says what `made_of` (and what a caller has added to it) says now. An earlier version's note has no settings that
    have come since: they count as at their defaults."""
    return _completed(noted) == made


def _completed(noted: Mapping[str, Any]) -> dict[str, Any] | None:
    """A note with all settings; None for one that is not ours, or has a setting that there is no more."""
    try:
        known = build({**noted["config"], "output": "."}, TrainConfig, "the note")
    except (KeyError, TypeError, ConfigError):
        return None
    return {**noted, "config": _settings(known)}


def _changes(noted: Mapping[str, Any], made: Mapping[str, Any]) -> str:
    """What a note says otherwise, in words."""
    completed = _completed(noted)
    if completed is None:
        return "its settings are those of another version"
    before, now = (dict(_leaves(each)) for each in (completed, made))
    apart = [place for place in dict.fromkeys([*before, *now]) if place not in before or place not in now or before[place] != now[place]]
    told = [_told(place, before, now) for place in apart if not _named_by_setting(place, completed, made)]
    return "; ".join(told[:MOST_CHANGES]) + f"; and {len(told) - MOST_CHANGES} more" * (len(told) > MOST_CHANGES)


def _named_by_setting(place: Place, *notes: Mapping[str, Any]) -> bool:
    """Whether a place is the content of a file that only one of two runs reads."""
    return place[0] == "files" and not all(place[1] in note.get("files", ()) for note in notes)


def _told(place: Place, before: Mapping[Place, object], now: Mapping[Place, object]) -> str:
    """How a value has changed; of contents only that they have."""
    kind, *names = place
    if kind in ("base", "files"):
        return f"{': '.join(map(str, place if kind == 'base' else names))} has changed"
    old, new = (f"{values[place]!r:.80}" if place in values else "not there" for values in (before, now))
    return f"{'.'.join(map(str, names)) or kind} was {old}, is {new}"


def _leaves(value: object, place: Place = ()) -> Iterator[tuple[Place, object]]:
    """The values in nested mappings and lists with the keys that lead to them; null is none."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None and value is not None:
        yield place, value
    for key, each in inner or ():
        yield from _leaves(each, (*place, key))


def _settings(config: TrainConfig) -> dict[str, Any]:
    """What the result depends on."""
    return config.model_dump(mode="json", exclude={"output", "trackers"})


def _content(path: Path) -> object:
    """The hash of a file, or those of the files that are read of a folder."""
    return file_hash(path) if path.is_file() else {str(p.relative_to(path)): file_hash(p) for p in marks_files(path)}
