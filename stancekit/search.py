"""Hyper-parameter search: `Trainer.hyperparameter_search` with Optuna over whole training runs.

A trial is a run as `training.train` makes it, in a folder of its own, with some values of the configuration drawn anew; its
worth is the held-out score that the run kept its best weights by. What has been tried stands in a file, so that a search that
was killed goes on. Optuna proposes values by TPE and gives a trial up where it lags behind the median of the others.
"""

from __future__ import annotations

import csv
import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from stancekit.config import TrainConfig, build
from stancekit.errors import CheckpointError, ConfigError, MissingExtraError

try:
    import optuna
    from optuna.trial import TrialState
except ImportError as error:  # pragma: no cover - exercised in the environment without the extra
    raise MissingExtraError("a hyper-parameter search", "search") from error

from stancekit.training import StanceTrainer, build_trainer
from stancekit.training_notes import made_of

log = logging.getLogger(__name__)

LOGARITHMIC = 4.0
"""Ranges of real numbers whose high end is this many times the low one are searched by ratio, not by difference."""


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers between two ends, both included; whole ones where both are `int`."""

    low: float
    high: float

    def draw(self, name: str, trial: Any) -> float:
        """A value for an Optuna trial."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return int(trial.suggest_int(name, self.low, self.high))
        return float(trial.suggest_float(name, self.low, self.high, log=self.low > 0 and self.high >= LOGARITHMIC * self.low))

    def __contains__(self, value: Any) -> bool:
        return bool(self.low <= value <= self.high)


@dataclass(frozen=True, slots=True)
class Choice:
    """Some values."""

    values: tuple[Any, ...]

    def draw(self, name: str, trial: Any) -> Any:
        """A value for an Optuna trial."""
        return trial.suggest_categorical(name, self.values)

    def __contains__(self, value: Any) -> bool:
        return value in self.values


Space = Mapping[str, Range | Choice]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to."""

    config: TrainConfig
    """The configuration with the best values."""
    score: float
    """Its held-out score."""
    file: Path
    """Where it stands, ready for `train`."""
    trials: Sequence[Mapping[str, Any]]
    """Every trial that ended: its number, its score (None where it was given up), its values."""


def default_space(config: TrainConfig) -> Space:
    """Both learning rates between a third and three times those of the configuration."""
    return {name: Range(getattr(config, name) / 3, getattr(config, name) * 3) for name in ("encoder_rate", "head_rate")}


def parse_space(settings: Sequence[str], config: TrainConfig) -> Space:
    """`name=low:high` and `name=a,b,c` as a search space. Raises `ConfigError` for what the configuration does not take."""
    space: dict[str, Range | Choice] = {}
    for setting in settings:
        name, _, text = setting.partition("=")
        current = getattr(config, name, None) if name in TrainConfig.model_fields and name not in ("output", "seed") else None
        if not isinstance(current, (bool, int, float, str)):
            known = [k for k, v in config.model_dump().items() if isinstance(v, (int, float, str)) and k not in ("output", "seed")]
            raise ConfigError(f"cannot search {name!r} ({setting!r}); give name=low:high or name=a,b,c, the names: {', '.join(known)}")
        low, colon, high = text.partition(":")
        values = [_checked(config, name, part, setting) for part in ((low, high) if colon else text.split(","))]
        if not colon:
            space[name] = Choice(tuple(dict.fromkeys(values)))
        elif isinstance(current, (bool, str)):
            raise ConfigError(f"{setting!r}: {name} is {current!r} and has no range; give the values to try as {name}=a,b")
        elif values[0] >= values[1]:
            raise ConfigError(f"{setting!r}: {values[0]} is not below {values[1]}; write the low end first")
        else:
            space[name] = Range(*values)
    return space


def _checked(config: TrainConfig, name: str, text: str, setting: str) -> Any:
    """A value as the configuration reads it."""
    return getattr(build({**config.model_dump(), name: text.strip()}, TrainConfig, repr(setting)), name)


class Trials(StanceTrainer):
    """The trainer of a search; each of its trials is a run of its own."""

    configure: Callable[[Any], TrainConfig]
    objective: float

    def train(self, resume_from_checkpoint: Any = None, trial: Any = None, ignore_keys_for_eval: Any = None) -> Any:
        """Runs a trial; `objective` is the best score of its evaluations."""
        run = build_trainer(self.configure(trial), checkpoints=False)
        run.hp_search_backend, run.hp_space, run.compute_objective = self.hp_search_backend, lambda trial: {}, self.compute_objective
        try:
            run.train(trial=trial)
            self.objective = run.best.best
        except CheckpointError as problem:  # weights that are no numbers
            log.warning("trial %d is worth nothing: %s", trial.number, problem)
            self.objective = 0.0


def search(config: TrainConfig, space: Space, trials: int) -> Found:
    """Searches `space` until `trials` trials have ended, those of an earlier call with the same arguments and data included.

    Writes to `<output>/search`: study.db (Optuna's record), trial-N/ (history.json, model), trials.csv and best.yaml. The first
    trial has the configuration's own values, where `space` allows them. Raises `ConfigError` without held-out data.
    """
    trainer = cast(Trials, build_trainer(config, checkpoints=False, kind=Trials))
    if trainer.eval_dataset is None:
        raise ConfigError("a search needs held-out data to choose by; name some under data.dev_articles, dev_ids or dev_queries")
    if trainer.args.world_size > 1:
        raise ConfigError(f"a search runs in one process, not in {trainer.args.world_size}; start it without a launcher")
    folder = Path(config.output) / "search"
    folder.mkdir(exist_ok=True)

    def configure(trial: Any) -> TrainConfig:
        return _with(config, {name: place.draw(name, trial) for name, place in space.items()}, folder / f"trial-{trial.number}")

    trainer.configure = configure
    trainer.model_init = cast(Any, lambda: trainer.model)  # asked for before a search, called by the `train` that `Trials` replaces
    storage, name = f"sqlite:///{folder / 'study.db'}", _fingerprint(config, space)
    study = optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True)
    if not study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED, TrialState.WAITING)):  # one that was killed does not count
        study.enqueue_trial({k: getattr(config, k) for k, place in space.items() if getattr(config, k) in place})
    left = trials - len(_ended(study))
    if left > 0:
        # a seed that goes on counting: a search that goes on proposes something new
        sampler = optuna.samplers.TPESampler(seed=config.seed + len(study.trials))
        key = f"eval_{trainer.best.key}"
        trainer.hyperparameter_search(
            hp_space=lambda trial: {},
            compute_objective=lambda scores: scores[key],
            n_trials=left,
            direction="maximize",
            backend="optuna",
            storage=storage,
            study_name=name,
            load_if_exists=True,
            sampler=sampler,
        )
    rows = [{"trial": t.number, "score": t.value if t.state is TrialState.COMPLETE else None, **t.params} for t in _ended(study)]
    with open(folder / "trials.csv", "w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, ["trial", "score", *space], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    best = study.best_trial
    chosen = _with(config, best.params, Path(config.output))
    file = folder / "best.yaml"
    note = f"# The best of {len(rows)} trials (trial {best.number}): {trainer.best.key} {best.value} on held-out data.\n"
    file.write_text(note + yaml.safe_dump(chosen.model_dump(mode="json"), sort_keys=False, allow_unicode=True), encoding="utf-8")
    return Found(chosen, float(best.value or 0.0), file, rows)


def _with(config: TrainConfig, values: Mapping[str, Any], output: Path) -> TrainConfig:
    return build({**config.model_dump(), **values, "output": str(output)}, TrainConfig, "the search")


def _ended(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))


def _fingerprint(config: TrainConfig, space: Space) -> str:
    """Names a study after all that its scores depend on: other data or ranges make another study."""
    made = made_of(config) | {"config": config.model_dump(mode="json", exclude={"output", "trackers"}, exclude_defaults=True)}
    text = json.dumps([made, {k: repr(v) for k, v in space.items()}], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
