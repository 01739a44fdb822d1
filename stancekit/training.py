"""Training with `transformers.Trainer` (the only module that names it).

The Trainer gives progress bars, accumulation, mixed precision, several devices through `accelerate`,
trackers, checkpoints and exact resumption; what is written here is the moving average of the weights, the
evaluation and the model folder, in `training_data` the data plan of an epoch, in `training_model` the loss.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from stancekit.errors import ConfigError, DataError, MissingExtraError

try:
    import numpy as np
    import torch
    import transformers
    from accelerate.utils import broadcast_object_list
    from safetensors import SafetensorError
    from safetensors.torch import load_file, save_file
    from torch import Tensor, nn
    from torch.utils.data import DataLoader
    from transformers import Trainer, TrainerCallback, TrainingArguments
    from transformers.integrations.integration_utils import get_reporting_integration_callbacks
except ImportError as error:  # pragma: no cover - exercised in the environment without the extra
    raise MissingExtraError("training", "train") from error

from stancekit import calibration, checkpoint, metrics
from stancekit.config import CheckpointConfig, TrainConfig
from stancekit.data import file_hash, kind_of, replacing
from stancekit.decoding import DecodeRule
from stancekit.examples import ExampleBuilder
from stancekit.model import StanceModel, add_adapters, merged_weights, quicken
from stancekit.training_data import EpochData, articles_of, check_left, labelled_queries, queries_of, report
from stancekit.training_model import TrainingModel, freeze, parameter_groups
from stancekit.training_notes import checkpoints_of, data_paths, named_paths, note

log = logging.getLogger(__name__)


class Average(TrainerCallback):
    """Exponential moving average of the weights; saved in checkpoints, so that a resumed run is the same run."""

    FILE = "average.safetensors"

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model, self.decay = model, decay
        self.weights = {k: v.detach().clone().float() for k, v in model.state_dict().items()}
        self.steps = 0

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """After each optimiser step."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                if value.dtype.is_floating_point:
                    mean = self.weights[name] = self.weights[name].to(value.device)  # made before the Trainer moved the model
                    mean.lerp_(value.float(), 1 - decay)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Beside the Trainer's own checkpoint."""
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero and folder.is_dir():
            part = folder / f"{self.FILE}.part"
            save_file({**self.weights, "steps": torch.tensor(self.steps)}, part)
            os.replace(part, folder / self.FILE)

    def load(self, folder: Path) -> None:
        """Goes on from a checkpoint."""
        saved = load_file(folder / self.FILE)
        self.steps = int(saved.pop("steps"))
        self.weights = saved

    def swap(self) -> None:
        """Exchanges the model's weights and the average."""
        current = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.model.load_state_dict({k: self.weights[k].to(v.dtype) for k, v in current.items()})
        self.weights = {k: v.float() for k, v in current.items()}


def _only(items: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    return items[0]


class StanceTrainer(Trainer):
    """The Trainer with batches that come ready made, rates by layer, and an evaluation by stances."""

    def __init__(self, *args: Any, config: TrainConfig, average: Average, best: Best, evaluate_fn: Any, **kwargs: Any) -> None:
        self.stance_config, self.average, self.best, self.evaluate_fn = config, average, best, evaluate_fn
        super().__init__(*args, **kwargs)
        self.add_callback(best)
        self.add_callback(average)

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Batches in the order of the plan; `accelerate` shares them among processes and skips those of before a resume
        (for which it needs a batch sampler, so an item of the plan is a batch of one)."""
        loader: DataLoader[Any] = DataLoader(cast(EpochData, self.train_dataset), batch_size=1, shuffle=False, collate_fn=_only)
        return self.accelerator.prepare(loader) if self.accelerator.num_processes > 1 else loader

    def create_optimizer(self, model: Any = None) -> Any:
        """AdamW with a rate for each encoder layer (later layers learn faster) and one for the heads."""
        if self.optimizer is None:
            groups = parameter_groups(cast(TrainingModel, self.model), self.stance_config)
            self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6)
        return self.optimizer

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Scores the averaged weights on the held-out articles and queries; the first of several processes does, for all."""
        scores = [self._scores() if self.is_world_process_zero() else {}]
        broadcast_object_list(scores)
        metrics = {f"eval_{k}": v for k, v in scores[0].items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _scores(self) -> dict[str, float]:
        if self.stance_config.average:
            self.average.swap()
        model = cast(TrainingModel, self.model)
        model.eval()
        try:
            scores: dict[str, float] = self.evaluate_fn(model.model)
        finally:
            if self.stance_config.average:
                self.average.swap()
            model.train()
        return scores


class _EpochCallback(TrainerCallback):
    def __init__(self, data: EpochData) -> None:
        self.data, self.due = data, False

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Puts off the checkpoint of an epoch's last step until the epoch is evaluated: what goes on from it has nothing to catch up."""
        if control.should_save and state.epoch % 1 == 0:
            self.due, control.should_save = True, False

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The Trainer evaluates first and saves then."""
        if self.due:
            self.due, control.should_save = False, True

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Draws the epoch's windows (also when a run is resumed in the middle of one)."""
        self.data.set_epoch(round(state.epoch or 0) if (state.epoch or 0) % 1 == 0 else int(state.epoch))


def check_data(config: TrainConfig) -> None:
    """Fails before the first step on whatever would fail in an hour: missing files, wrong kinds, trackers that are not installed, no
    folder to write to."""
    if not config.data.articles and not config.data.queries:
        raise ConfigError("data: no articles and no queries; name at least one file under data.articles or data.queries")
    for key, path in named_paths(config):
        _check_path(key, path)
    if config.lora is not None and "encoder" in config.freeze:
        raise ConfigError("lora: its adapters are part of the encoder, which freeze names; take encoder out of freeze")
    for name in config.trackers:
        _check_tracker(name)
    output = Path(config.output)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ConfigError(f"output: {output} is a file or in one, expected a folder; name another") from None
    with tempfile.TemporaryFile(dir=output):  # a folder that cannot be written to
        pass


def _check_path(key: str, path: str) -> None:
    """Raises where data is missing, or of another kind than the key says (for articles see `articles_of`)."""
    if not os.path.exists(path):
        raise ConfigError(f"{key}: no such file or folder: {path}; paths are taken from the working folder")
    if key == "data.dev_ids" and os.path.isdir(path):
        raise ConfigError(f"{key}: {path} is a folder, expected a text file; name one with an id in each line")
    if key.endswith("queries"):
        try:
            kind = kind_of(path)
        except DataError as error:
            raise error.at(key) from None
        if kind != "queries":
            raise ConfigError(f"{key}: {path} holds articles; list it under {key.replace('queries', 'articles')}")


def _check_tracker(name: str) -> None:
    """Raises `ConfigError` for a tracker that transformers does not know or cannot use: its packages are not installed."""
    if name in ("all", "none"):
        return
    try:
        for callback in get_reporting_integration_callbacks([name]):  # type: ignore[no-untyped-call]  # transformers leaves it untyped
            callback()
    except ValueError as error:
        raise ConfigError(f"trackers: {error}") from None
    except (ImportError, RuntimeError) as error:
        remedy = "" if "pip install" in str(error) else f" Run: pip install {name}"
        raise ConfigError(f"trackers: {name}: {error}{remedy}") from None


def _check_room(config: TrainConfig, model: StanceModel, checkpoints: bool) -> None:
    """Raises `ConfigError` where the output folder's disk is too small for the run: the model (a new one is written before the old
    goes), and three checkpoints (likewise) of weights, their average and two moments of what learns. What an earlier run left there
    makes room."""
    weights = 4 * sum(p.numel() for p in model.parameters())
    learning = 4 * sum(p.numel() for p in model.parameters() if p.requires_grad)
    needed = (100 << 20) + 2 * weights + checkpoints * 3 * (2 * weights + 2 * learning)
    output = Path(config.output)
    old = [f for pattern in ("checkpoint-*", "model") for folder in output.glob(pattern) for f in folder.rglob("*") if f.is_file()]
    free = shutil.disk_usage(output).free + sum(f.stat().st_size for f in old)
    if free < needed:
        raise ConfigError(f"output: {output} has {free >> 20} MiB free, a run needs about {needed >> 20}; free some or write elsewhere")


def train(config: TrainConfig, resume: bool = False, checkpoints: bool = True) -> Path:
    """Runs a training and returns the checkpoint folder `<output>/model`.

    Evaluates each epoch, keeps the best weights (by stance + target F1 on the held-out articles, by
    macro-F1 on the held-out queries where there are no articles), goes on from the last checkpoint with `resume`.
    Without `checkpoints` nothing is written for `resume` to go on from: short runs save time and disk.
    """
    trainer = build_trainer(config, checkpoints)
    last = last_checkpoint(Path(config.output)) if resume else None
    if checkpoints and trainer.is_world_process_zero():
        note(config, begin=last is None)
    trainer.accelerator.wait_for_everyone()
    if last is not None:
        trainer.average.load(last)
        trainer.best.load(last)
    try:
        trainer.train(resume_from_checkpoint=None if last is None else str(last))
    except (RuntimeError, SafetensorError) as error:
        if isinstance(error, RuntimeError) and "inline_container" not in str(error):
            raise
        # what torch says when a file of a checkpoint cannot be written to its end
        problem = "a checkpoint could not be written; free some room and go on with --resume"
        raise OSError(errno.EIO, problem, config.output) from error
    folder = Path(config.output) / "model"
    if trainer.is_world_process_zero():
        if trainer.eval_dataset is None:
            trainer.best.save(trainer.state)
        log.info("wrote %s", folder)
    trainer.accelerator.wait_for_everyone()
    return folder


def build_trainer(config: TrainConfig, checkpoints: bool = True, kind: type[StanceTrainer] = StanceTrainer) -> StanceTrainer:
    """The trainer of a run, its data read and checked; `trainer.best` keeps the best weights and their score."""
    check_data(config)
    transformers.set_seed(config.seed)
    labels = tuple(config.labels)
    articles, dev = articles_of(config)
    queries = queries_of(config, dev)
    check_left(config, [*articles, *queries])
    dev_queries = [q for path in config.data.dev_queries for q in labelled_queries(path, labels)]

    start = checkpoint.start(config)
    for query in dev_queries:  # one that has nothing to ask would end the run with its first evaluation
        try:
            start.pipeline(start.model).check(query)
        except DataError as error:
            raise DataError(f"data.dev_queries: {error}") from None
    if not torch.cuda.is_available():
        # on a CPU the backward pass of torch's fused attention takes longer than the plain products
        start.model.encoder.set_attn_implementation("eager")
        quicken(start.model)
    if config.lora is not None:
        add_adapters(start.model, config.lora)
    freeze(start.model, config)
    _check_room(config, start.model, checkpoints)
    model = TrainingModel(start.model, config)
    builder = ExampleBuilder(start.encoder, labels, config.negatives)
    data = EpochData(articles, queries, builder, config, alone=start.config.asked_layers > 0)
    arguments = _arguments(config, len(data), evaluate=bool(dev or dev_queries), checkpoints=checkpoints)
    report(data, builder, dev, dev_queries, labels, _base_labels(config), main=arguments.process_index == 0)

    average = Average(model, config.average)
    by_articles = dev and (model.reads or not dev_queries)  # what reads articles may all be frozen
    best = Best(config, start, average, "stance_target_f1" if by_articles else "query_macro_f1")

    def evaluate_fn(current: StanceModel) -> dict[str, float]:
        began = time.time()
        pipeline, scores = start.pipeline(current), {}
        if dev:
            scored = calibration.collect(pipeline, dev)
            best.rule = calibration.fit_rule(scored, labels, start.config.decode)
            scores = calibration.quick(scored, best.rule, labels)
        if dev_queries:
            answers = metrics.score_queries(dev_queries, list(pipeline.classify_many(dev_queries)), labels)
            scores |= {"query_accuracy": round(answers.accuracy, 4), "query_macro_f1": round(answers.macro_f1, 4)}
        return {**scores, "seconds": round(time.time() - began, 1)}

    return kind(
        model=model,
        args=arguments,
        train_dataset=data,
        eval_dataset=[0] if dev or dev_queries else None,
        config=config,
        average=average,
        best=best,
        evaluate_fn=evaluate_fn,
        callbacks=[_EpochCallback(data)],
    )


def _arguments(config: TrainConfig, batches: int, evaluate: bool, checkpoints: bool) -> TrainingArguments:
    """The Trainer's settings for epochs of `batches` batches, shared among the processes that were launched."""
    arguments = TrainingArguments(
        output_dir=config.output,
        num_train_epochs=config.epochs,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=config.gradient_accumulation,
        lr_scheduler_type="linear",
        max_grad_norm=1.0,
        eval_strategy="epoch" if evaluate else "no",
        save_strategy="steps" if checkpoints else "no",
        save_total_limit=2,
        logging_steps=50,
        bf16=config.precision == "bf16",
        use_cpu=not torch.cuda.is_available(),
        seed=config.seed,
        report_to=list(config.trackers) or "none",
        remove_unused_columns=False,
        ignore_data_skip=False,
    )
    together = config.gradient_accumulation * arguments.world_size
    # none where it is less than a step: a warm-up begins at a rate of 0, at which a run of one step learns nothing
    arguments.warmup_steps = int(config.warmup * batches * config.epochs / together)
    arguments.save_steps = max(1, batches // together // 3)
    # one process drives one GPU: DataParallel would cut our batches, whose parts have different first axes
    arguments._n_gpu = min(1, arguments.n_gpu)
    return arguments


def last_checkpoint(output: Path) -> Path | None:
    """The newest checkpoint of a run that is whole; one that a kill cut off is passed over."""
    whole = [p for p in checkpoints_of(output) if all((p / name).is_file() for name in ("trainer_state.json", Average.FILE))]
    return whole[0] if whole else None


class Best(TrainerCallback):
    """Writes the model folder whenever the held-out score rises; remembers the history of scores."""

    def __init__(self, config: TrainConfig, start: checkpoint.Start, average: Average, key: str) -> None:
        self.config, self.start, self.average, self.key = config, start, average, key
        self.best = -1.0
        self.history: list[dict[str, float]] = []
        self.rule = _known_rule(config) or start.config.decode

    @property
    def file(self) -> Path:
        """Where the scores of every evaluation are written."""
        return Path(self.config.output) / "history.json"

    def load(self, folder: Path) -> None:
        """Goes on from a checkpoint: what was scored after it will be scored again."""
        epoch = json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))["epoch"]
        if self.file.is_file():
            self.history = [h for h in json.loads(self.file.read_text(encoding="utf-8")) if h["epoch"] <= epoch]
            self.best = max((h[f"eval_{self.key}"] for h in self.history), default=-1.0)

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Keeps the scores, and the weights where they are the best so far."""
        metrics: dict[str, float] = kwargs["metrics"]
        self.history.append({"epoch": state.epoch, **metrics})
        if metrics[f"eval_{self.key}"] >= self.best:  # of equal ones the later: a score that cannot change must not stop at the first
            self.best = metrics[f"eval_{self.key}"]
            if state.is_world_process_zero:
                self.save(state)
        if state.is_world_process_zero:  # after the model: what is written here as the best is there
            with replacing(self.file) as stream:
                stream.write(json.dumps(self.history, indent=1))

    def save(self, state: Any) -> None:
        """The averaged weights as a checkpoint folder."""
        prefix = "model."
        source = self.average.weights if self.config.average else self.average.model.state_dict()
        weights = {k.removeprefix(prefix): v for k, v in source.items()}
        settings = CheckpointConfig(
            labels=self.config.labels,
            encoder=self.start.encoder_settings,
            window=self.config.window,
            decode=self.rule,
            given=self.start.config.given,
            asked_layers=self.start.config.asked_layers,
            recipe=recipe(self.config, self.history),
        )
        weights = merged_weights(self.start.model, weights)
        checkpoint.save(Path(self.config.output) / "model", settings, weights, self.start.tokenizer_json)


def _base_settings(config: TrainConfig) -> CheckpointConfig | None:
    """The settings of the checkpoint that a run starts from, None where it starts from an encoder."""
    folder = checkpoint.resolve_base(config.base)
    return None if folder is None or not (folder / checkpoint.CONFIG).is_file() else checkpoint.read_config(folder)


def _base_labels(config: TrainConfig) -> tuple[str, ...]:
    """The labels that a run starts with a knowledge of: those of its base, unless other labels or `restart` begin heads anew."""
    settings = _base_settings(config)
    same = settings is not None and list(settings.labels) == list(config.labels) and not config.restart
    return tuple(config.labels) if same else ()


def _known_rule(config: TrainConfig) -> DecodeRule | None:
    """The decoding rule of the checkpoint that a run starts from, where labels and the heads that read articles are the same
    ones: what a model is saved with unless held-out articles say otherwise."""
    settings = _base_settings(config)
    same = settings is not None and list(settings.labels) == list(config.labels) and not {"mention", "pair"} & set(config.restart)
    return settings.decode if settings is not None and same else None


def recipe(config: TrainConfig, history: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """What the model was trained with."""
    base = _base_settings(config)
    return {
        **({} if base is None else {"base": base.recipe}),
        "config": config.model_dump(mode="json", exclude={"labels"}),
        "data": {path: file_hash(path) if Path(path).is_file() else "folder" for path in data_paths(config)},
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "numpy": np.__version__}
        | ({} if config.lora is None else {"peft": version("peft")}),
        "history": list(history)[-1:],
    }
