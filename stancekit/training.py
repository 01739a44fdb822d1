"""Training with `transformers.Trainer` (the only module that names it).

The Trainer gives progress bars, accumulation, mixed precision, several devices through `accelerate`,
trackers, checkpoints and exact resumption; what is written here is the data plan of an epoch, the loss,
the moving average of the weights and the evaluation.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import random
import shutil
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from stancekit.errors import ConfigError, DataError, MissingExtraError

try:
    import numpy as np
    import torch
    import transformers
    from accelerate.utils import broadcast_object_list
    from datasets import Dataset as ArrowDataset
    from safetensors import SafetensorError
    from safetensors.torch import load_file, save_file
    from torch import Tensor, nn
    from torch.utils.data import DataLoader, Dataset
    from transformers import Trainer, TrainerCallback, TrainingArguments
except ImportError as error:  # pragma: no cover - exercised in the environment without the extra
    raise MissingExtraError("training", "train") from error

from stancekit import calibration, checkpoint, metrics
from stancekit.augment import exchange_article, exchange_query
from stancekit.collate import collate, plan
from stancekit.config import READINGS, ArticleSource, CheckpointConfig, QuerySource, TrainConfig
from stancekit.corpus import marks_files, read_marks
from stancekit.data import file_hash, kind_of, read_articles, read_queries, replacing
from stancekit.decoding import DecodeRule
from stancekit.encoding import ANY_SOURCE
from stancekit.examples import IGNORE, UNKNOWN, ExampleBuilder, TrainWindow
from stancekit.model import StanceModel, add_adapters, gather_blocks, merged_weights, quicken
from stancekit.schema import NONE, Article, Query

log = logging.getLogger(__name__)


PER_BLOCK = ("sources", "targets", "open", "given", "complete", "reading", "weight")


class TrainingModel(nn.Module):
    """The model with its loss."""

    def __init__(self, model: StanceModel, config: TrainConfig) -> None:
        super().__init__()
        self.model, self.options = model, config
        learns = {name: any(p.requires_grad for p in part.parameters()) for name, part in model.named_children()}
        self.pairs, self.asks = learns["pair"], learns["asked"]
        self.reads = learns["encoder"] or learns["mention"] or learns["pair"]

    def forward(self, **batch: Tensor) -> dict[str, Tensor]:
        """A batch as made by `collate` -> loss (scalar) and its parts.

        Blocks come sorted by length and are scored in a few groups, so that short sentences are not padded
        to the longest one of the batch.
        """
        c, own = self.options, len(self.model.asked.layers) > 0
        # where only questions by other conventions are asked, and nothing else learns, what only reads them is enough
        read = self.reads or not own or bool((batch["reading"] == 0).any())
        hidden = self.model.encode(batch["ids"], batch["mask"]) if read else None
        asked = hidden
        if own and (self.asks or bool((batch["reading"] > 0).any())):
            asked = self.model.encode_asked(batch["ids"], batch["mask"])
        totals: dict[str, list[Tensor]] = defaultdict(list)
        norms: dict[str, list[Tensor]] = defaultdict(list)
        lengths = batch["lengths"].tolist()
        for first, last in _groups(lengths):
            for name, (total, norm) in self._group(hidden, asked, _cut(batch, first, last)).items():
                totals[name].append(total)
                norms[name].append(norm)
        parts = {name: torch.stack(t).sum() / torch.stack(norms[name]).sum().clamp(min=1.0) for name, t in totals.items()}
        loss = c.mention_weight * parts["mention"] + c.statement_weight * parts["statement"] + parts["open"] + parts["given"]
        return {"loss": loss, **{name: part.detach() for name, part in parts.items()}}

    def _group(self, hidden: Tensor | None, asked: Tensor | None, batch: Mapping[str, Tensor]) -> dict[str, tuple[Tensor, Tensor]]:
        """(sum, norm) of each loss over a group of blocks. hidden, asked: what the heads and what the head `asked` read; None where
        nothing of the batch is for them."""
        places = batch["rows"], batch["starts"], batch["lengths"], int(batch["lengths"].max())
        zero = batch["weight"].new_zeros(())
        out = dict.fromkeys(("mention", "statement", "open", "given"), (zero, zero))
        if hidden is not None:
            out |= self._guide(*gather_blocks(hidden, *places), batch)
        other = self._blocks(batch["reading"] > 0, self.asks)
        if asked is not None and len(other):
            total, norm = self._asked(*gather_blocks(asked, *places), other, batch)
            out["given"] = (out["given"][0] + total, out["given"][1] + norm)
        return out

    def _guide(self, tokens: Tensor, mask: Tensor, batch: Mapping[str, Tensor]) -> dict[str, tuple[Tensor, Tensor]]:
        """What articles and questions by the guide teach."""
        model, complete, weight = self.model, batch["complete"], batch["weight"]
        scores, statement = model.mention(tokens, mask)
        sure = torch.where(complete, weight, torch.zeros_like(weight))
        losses = nn.functional.binary_cross_entropy_with_logits(statement.float(), batch["statement"].clamp(min=0), reduction="none")
        losses = torch.where(batch["statement"] == UNKNOWN, 0.0, losses)
        out = {
            "mention": (self._mention_loss(scores, batch, sure), complete.sum().float()),
            "statement": ((losses.mean(-1) * sure).sum(), complete.sum().float()),
        }
        guide = self._blocks(batch["reading"] == 0, self.pairs)
        if len(guide):
            part = {name: batch[name][guide] for name in PER_BLOCK}
            sources, targets, open_grid = self._with_hard_negatives(scores[guide], part)
            open_logits, given_logits = model.pair(tokens[guide], mask[guide], sources, targets)
            rows, columns = part["given"].shape[1:]
            known = torch.where(part["reading"][:, None, None] == 0, part["given"], IGNORE)
            given_grid = nn.functional.pad(known, (0, open_grid.shape[2] - columns, 0, open_grid.shape[1] - rows), value=IGNORE)
            out["open"] = self._pair_loss(open_logits, open_grid, part["weight"])
            given_weight = torch.where(part["complete"], part["weight"] * self.options.given_weight, part["weight"])
            out["given"] = self._pair_loss(given_logits, given_grid, given_weight)
        return out

    def _asked(self, tokens: Tensor, mask: Tensor, other: Tensor, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """What questions by other conventions teach."""
        part = {name: batch[name][other] for name in PER_BLOCK}
        logits = torch.stack(self.model.asked(tokens[other], mask[other], part["sources"], part["targets"]))
        reading = (part["reading"] - 1).clamp(min=0)
        chosen = logits[reading, torch.arange(len(other), device=reading.device)]
        known = torch.where(part["reading"][:, None, None] > 0, part["given"], IGNORE)
        return self._pair_loss(chosen, known, part["weight"])

    @staticmethod
    def _blocks(chosen: Tensor, learns: bool) -> Tensor:
        """Numbers of the chosen blocks; of none, the first one's where a head that learns would have nothing to do, since several
        processes wait for a gradient of each of its weights."""
        found = chosen.nonzero()[:, 0]
        return found if len(found) or not learns else found.new_zeros(1)

    def _mention_loss(self, scores: Tensor, batch: Mapping[str, Tensor], weight: Tensor) -> Tensor:
        """Binary cross-entropy over every possible span, summed."""
        wanted = torch.zeros_like(scores)
        block, role, first, last = batch["gold"].unbind(-1)
        wanted[block, role, first, last] = 1.0
        losses = nn.functional.binary_cross_entropy_with_logits(scores, wanted, reduction="none")
        losses = torch.where(scores > -9e3, losses, torch.zeros_like(losses)).sum((1, 2, 3))
        return (losses * weight).sum()

    def _pair_loss(self, logits: Tensor, grid: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted cross-entropy over the known cells of a grid (blocks, sources, targets): its sum and the weights'."""
        c = self.options
        flat = grid.reshape(-1)
        losses = nn.functional.cross_entropy(
            logits.reshape(len(flat), -1), flat, reduction="none", ignore_index=IGNORE, label_smoothing=c.label_smoothing
        )
        cell = torch.where(flat > 0, 1.0, c.none_weight) * (flat != IGNORE) * weight[:, None, None].expand(grid.shape).reshape(-1)
        return (losses * cell).sum(), cell.sum()

    def _with_hard_negatives(self, scores: Tensor, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Adds the mention head's best spans as candidates of the open grid where they are not annotated."""
        extra = self.options.hard_negatives
        sources, targets, grid = batch["sources"], batch["targets"], batch["open"]
        if not extra:
            return sources, targets, grid
        n = scores.shape[-1]
        flat = scores.detach().reshape(scores.shape[0], 2, -1)
        best = flat.topk(min(extra, flat.shape[-1]), dim=-1)
        spans = torch.stack([best.indices // n, best.indices % n + 1], dim=-1)
        usable = (best.values > -5.0) & batch["complete"][:, None, None]
        for role, known in ((0, sources), (1, targets)):
            new = spans[:, role]
            shared = torch.minimum(new[:, :, None, 1], known[:, None, :, 1]) - torch.maximum(new[:, :, None, 0], known[:, None, :, 0])
            union = torch.maximum(new[:, :, None, 1], known[:, None, :, 1]) - torch.minimum(new[:, :, None, 0], known[:, None, :, 0])
            fresh = usable[:, role] & ~((shared.clamp(min=0) / union) > 0.6).any(-1)
            fill = torch.where(fresh, 0, IGNORE).to(grid.dtype)
            axis = 1 + role
            line = fill[:, :, None] if role == 0 else fill[:, None, :]
            size = list(grid.shape)
            size[axis] = fill.shape[1]
            line = line.expand(size).clone()
            # padding rows and columns stay unknown
            side = (grid == IGNORE).all(dim=axis)
            line[side[:, None, :].expand(size) if role == 0 else side[:, :, None].expand(size)] = IGNORE
            grid = torch.cat([grid, line], dim=axis)
            spans_role = torch.where(usable[:, role, :, None], new, torch.tensor([0, 1], device=new.device))
            if role == 0:
                sources = torch.cat([sources, spans_role], dim=1)
            else:
                targets = torch.cat([targets, spans_role], dim=1)
        return sources, targets, grid


def _groups(lengths: Sequence[int], most: int = 3) -> list[tuple[int, int]]:
    """Cuts sorted lengths into at most `most` runs, where a run's longest is well over its shortest."""
    size = -(-len(lengths) // most)
    cuts = [0]
    for at in range(size, len(lengths), size):
        if lengths[min(len(lengths), at + size) - 1] > 1.25 * lengths[at - 1]:
            cuts.append(at)
    return list(zip(cuts, [*cuts[1:], len(lengths)], strict=True))


def _cut(batch: Mapping[str, Tensor], first: int, last: int) -> dict[str, Tensor]:
    """The blocks [first, last) of a batch, with candidate columns that only other blocks use cut off."""
    out = {k: v[first:last] for k, v in batch.items() if k not in ("ids", "mask", "gold")}
    known = (out["open"] != IGNORE) | (out["given"] != IGNORE)
    rows, columns = known.any(2).any(0), known.any(1).any(0)
    s = max(3, int(rows.nonzero().max()) + 1 if bool(rows.any()) else 3)
    t = max(2, int(columns.nonzero().max()) + 1 if bool(columns.any()) else 2)
    out["sources"], out["targets"] = out["sources"][:, : s - 2], out["targets"][:, : t - 1]
    out["open"], out["given"] = out["open"][:, :s, :t], out["given"][:, :s, :t]
    gold = batch["gold"]
    inside = gold[(gold[:, 0] >= first) & (gold[:, 0] < last)]
    out["gold"] = inside - torch.tensor([first, 0, 0, 0], device=gold.device)
    return out


class EpochData(Dataset[dict[str, Tensor]]):
    """The batches of an epoch; every epoch draws windows, exchanges and samples anew from (seed, epoch)."""

    def __init__(
        self,
        articles: Sequence[tuple[ArticleSource, ArrowDataset]],
        queries: Sequence[tuple[QuerySource, ArrowDataset]],
        builder: ExampleBuilder,
        config: TrainConfig,
    ) -> None:
        self.articles, self.queries, self.builder, self.config = articles, queries, builder, config
        self.epoch = -1
        self.windows: list[TrainWindow] = []
        self.batches: list[list[int]] = []
        self.set_epoch(0)
        self.length = len(self.batches)

    def set_epoch(self, epoch: int) -> None:
        """Draws the windows of an epoch (called by the data loader)."""
        if epoch == self.epoch:
            return
        self.epoch = epoch
        rng = random.Random(f"{self.config.seed}-{epoch}")
        self.windows = []
        self.windows.extend(self._article_windows(rng))
        self.windows.extend(self._query_windows(rng))
        self.batches = plan([len(w.ids) for w in self.windows], self.config.batch_tokens, rng)

    def _article_windows(self, rng: random.Random) -> Iterator[TrainWindow]:
        for source, records in self.articles:
            for record in records:
                if source.share < 1 and rng.random() >= source.share:
                    continue
                article = Article.from_dict(json.loads(record["record"]), tuple(self.config.labels))
                if rng.random() < self.config.swap:
                    article = exchange_article(article, rng)
                yield from self.builder.article(article, rng, source.weight)

    def _query_windows(self, rng: random.Random) -> Iterator[TrainWindow]:
        for question, records in self.queries:
            for record in records:
                if question.share < 1 and rng.random() >= question.share:
                    continue
                group = [Query.from_dict(q, tuple(self.config.labels)) for q in json.loads(record["record"])]
                named = any(isinstance(p, str) for q in group for p in (q.source, q.target))  # they have no place to move along
                if rng.random() < self.config.swap and not named:
                    seed = rng.random()
                    group = [exchange_query(q, random.Random(seed)) for q in group]
                if (window := self.builder.queries(group, question.weight, READINGS.index(question.reading))) is not None:
                    yield window

    @cached_property
    def labels(self) -> set[str]:
        """The labels of all that there is to draw from."""
        articles = (Article.from_dict(json.loads(r["record"]), None) for _, records in self.articles for r in records)
        queries = (q for _, records in self.queries for r in records for q in json.loads(r["record"]))
        return {s.stance for a in articles for s in a.stances if not s.optional} | {q["label"] for q in queries}

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        batch = self.batches[index % len(self.batches)]
        arrays = collate([self.windows[i] for i in batch], self.builder.encoder.padding, len(self.config.labels))
        return {name: torch.from_numpy(array) for name, array in arrays.items()}


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


def parameter_groups(model: nn.Module, config: TrainConfig) -> list[dict[str, Any]]:
    """Parameters with their rate and decay."""
    own = "model.asked.layers."
    depth, owned = (
        max((_layer(name) + 1 for name, _ in model.named_parameters() if name.startswith(part)), default=0)
        for part in ("model.encoder.", own)
    )
    groups: dict[tuple[float, float], list[nn.Parameter]] = defaultdict(list)
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.startswith((own, "model.encoder.")) and ".lora_" not in name:  # adapters begin at nothing, like the heads
            layer = _layer(name) + (depth - owned if name.startswith(own) else 0)
            rate = config.encoder_rate * config.layer_decay ** (depth - 1 - layer)
        else:
            rate = config.head_rate
        decay = 0.0 if parameter.ndim < 2 or "norm" in name.lower() else config.weight_decay
        groups[rate, decay].append(parameter)
    return [{"params": params, "lr": rate, "weight_decay": decay} for (rate, decay), params in groups.items()]


def _layer(name: str) -> int:
    """The number of the encoder layer a parameter belongs to, -1 for embeddings and heads."""
    parts = name.split(".")
    for before, part in zip(parts, parts[1:], strict=False):
        if part.isdigit() and before in ("layer", "layers"):
            return int(part)
    return -1


def load_articles(source: str, labels: Sequence[str]) -> list[Article]:
    """Articles of a JSON Lines file, a marks file or a folder of marks files."""
    path = Path(source)
    if path.is_dir() or path.suffix == ".txt":
        return list(read_marks(path, labels))
    return list(read_articles(path, labels))


def read_ids(path: str | os.PathLike[str]) -> set[str]:
    """The ids of a text file that has one in each line."""
    return {line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()}


def _arrow(records: Iterable[str]) -> ArrowDataset:
    """Records as an Arrow table (`datasets`: memory-mapped, so a corpus may be larger than memory)."""
    return ArrowDataset.from_dict({"record": list(records)})


def _data_paths(config: TrainConfig) -> list[str]:
    return [*(source.path for source in config.data.articles), *(source.path for source in config.data.queries)]


def check_data(config: TrainConfig) -> None:
    """Fails before the first step on whatever would fail in an hour: missing files, wrong kinds, no folder to write to."""
    if not config.data.articles and not config.data.queries:
        raise ConfigError("data: no articles and no queries; name at least one file under data.articles or data.queries")
    for path in _data_paths(config):
        if not os.path.exists(path):
            raise ConfigError(f"data: no such file or folder: {path}; paths are taken from the working folder")
    for source in config.data.queries:
        if kind_of(source.path) != "queries":
            raise ConfigError(f"data.queries: {source.path} holds articles; list it under data.articles")
    if config.lora is not None and "encoder" in config.freeze:
        raise ConfigError("lora: its adapters are part of the encoder, which freeze names; take encoder out of freeze")
    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=output):  # a folder that cannot be written to
        pass


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


def _articles(config: TrainConfig) -> tuple[list[tuple[ArticleSource, ArrowDataset]], list[Article]]:
    """The articles to train on, by source, and the held-out ones."""
    labels = tuple(config.labels)
    held = read_ids(config.data.dev_ids) if config.data.dev_ids else set()
    articles, dev = [], [a for path in config.data.dev_articles for a in load_articles(path, labels)]
    found: set[str] = set()
    for source in config.data.articles:
        read = load_articles(source.path, labels)
        found |= held & {a.id for a in read}
        dev += [a for a in read if a.id in held]
        kept = [a for a in read if a.id not in held]
        if any(a.statements is None for a in kept):
            raise DataError(f"{source.path}: article without annotation", remedy='add "statements" or leave it out')
        articles.append((source, _arrow(json.dumps(a.to_dict()) for a in kept)))
    if held and not found:
        remedy = "give a file of ids that data.articles has"
        raise DataError(f"{config.data.dev_ids}: none of its {len(held)} ids is an article's", remedy=remedy)
    if held - found:
        log.warning("%s: %d of %d ids are no article's", config.data.dev_ids, len(held - found), len(held))
    for article in dev:
        if article.statements is None:
            raise DataError(f"held-out article {article.id!r} is not annotated", remedy='add "statements" or leave it out')
    return articles, dev


def _queries(config: TrainConfig, dev: Sequence[Article]) -> list[tuple[QuerySource, ArrowDataset]]:
    """The queries to train on, by source, those of one text together; without those whose text stands in a held-out article."""
    queries, hidden = [], "\n".join(a.text for a in dev)
    for question in config.data.queries:
        groups: dict[str, list[Query]] = defaultdict(list)
        for query in read_queries(question.path, tuple(config.labels)):
            if query.label is None:
                raise DataError(f"{question.path}: query {query.id!r} has no label", remedy="add one or leave it out")
            groups[query.text].append(query)
        leaks = [text for text in groups if text in hidden]
        for text in leaks:
            del groups[text]
        if leaks:
            log.info("%s: %d texts stand in held-out articles and are left out", question.path, len(leaks))
        queries.append((question, _arrow(json.dumps([q.to_dict() for q in g]) for g in groups.values())))
    return queries


def train(config: TrainConfig, resume: bool = False, checkpoints: bool = True) -> Path:
    """Runs a training and returns the checkpoint folder `<output>/model`.

    Evaluates each epoch, keeps the best weights (by stance + target F1 on the held-out articles, by
    macro-F1 on the held-out queries where there are no articles), goes on from the last checkpoint with `resume`.
    Without `checkpoints` nothing is written for `resume` to go on from: short runs save time and disk.
    """
    trainer = build_trainer(config, checkpoints)
    last = last_checkpoint(Path(config.output)) if resume else None
    if checkpoints and trainer.is_world_process_zero():
        _note(config, begin=last is None)
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


def _note(config: TrainConfig, begin: bool) -> None:
    """Writes beside a run's checkpoints what it is made of, after taking away those of an earlier run; on the way back raises
    `ConfigError` where that has changed since."""
    made, file = made_of(config), Path(config.output) / "run.json"
    if begin:
        for old in Path(config.output).glob("checkpoint-*"):
            shutil.rmtree(old)
        file.write_text(json.dumps(made, indent=1), encoding="utf-8")
    elif file.is_file() and _as_now(json.loads(file.read_text(encoding="utf-8")), config) != made:
        raise ConfigError(
            f"output: {config.output} holds checkpoints of another configuration, base or data; train without --resume or write elsewhere"
        )


def _as_now(made: dict[str, Any], config: TrainConfig) -> dict[str, Any]:
    """What an earlier version of stancekit noted, with the settings that have come since at their defaults."""
    known = TrainConfig.model_validate({**made["config"], "output": config.output})
    return {**made, "config": known.model_dump(mode="json", exclude={"output", "trackers"})}


def made_of(config: TrainConfig) -> dict[str, Any]:
    """What a run's result depends on: its configuration, and hashes of all that it reads."""
    data, folder = config.data, checkpoint.resolve_base(config.base)
    paths = [*_data_paths(config), *data.dev_articles, *data.dev_queries, *([data.dev_ids] if data.dev_ids else [])]
    known = [] if folder is None else [folder / n for n in (checkpoint.WEIGHTS, checkpoint.CONFIG, checkpoint.TOKENIZER, "config.json")]
    base = {file.name: file_hash(file) for file in known if file.is_file()}
    return {
        "config": config.model_dump(mode="json", exclude={"output", "trackers"}),
        "base": base or config.base,
        "files": {path: _content(Path(path)) for path in paths},
    }


def _content(path: Path) -> object:
    """The hash of a file, or those of the files that are read of a folder."""
    return file_hash(path) if path.is_file() else {str(p.relative_to(path)): file_hash(p) for p in marks_files(path)}


def build_trainer(config: TrainConfig, checkpoints: bool = True, kind: type[StanceTrainer] = StanceTrainer) -> StanceTrainer:
    """The trainer of a run, its data read and checked; `trainer.best` keeps the best weights and their score."""
    check_data(config)
    transformers.set_seed(config.seed)
    labels = tuple(config.labels)
    articles, dev = _articles(config)
    queries = _queries(config, dev)
    dev_queries = [q for path in config.data.dev_queries for q in read_queries(path, labels)]
    for query in dev_queries:
        if query.label is None:
            raise DataError(f"held-out query {query.id!r} has no label", remedy="add one or leave it out")

    start = checkpoint.start(config)
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
    data = EpochData(articles, queries, builder, config)
    arguments = _arguments(config, len(data), evaluate=bool(dev or dev_queries), checkpoints=checkpoints)
    _report(data, builder, dev, dev_queries, labels, _base_labels(config), main=arguments.process_index == 0)

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


def freeze(model: StanceModel, config: TrainConfig) -> None:
    """Keeps parts of the model out of training: those that the configuration names, and the head of other conventions
    where no question follows them."""
    idle = () if any(q.reading != "guide" for q in config.data.queries) else ("asked",)
    if untaught := sorted({*config.freeze, *idle} & set(config.restart)):
        raise ConfigError(
            f"restart: {', '.join(untaught)}: would stay random, since it is frozen or no question is of its reading; "
            "take it out of restart"
        )
    for name in {*config.freeze, *idle}:
        getattr(model, name).requires_grad_(False)
    if not any(p.requires_grad for p in model.parameters()):
        raise ConfigError(f"freeze: {', '.join(config.freeze)}: nothing is left to train; take one out")


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
    arguments.warmup_steps = max(1, int(config.warmup * batches * config.epochs / together))
    arguments.save_steps = max(1, batches // together // 3)
    # one process drives one GPU: DataParallel would cut our batches, whose parts have different first axes
    arguments._n_gpu = min(1, arguments.n_gpu)
    return arguments


def last_checkpoint(output: Path) -> Path | None:
    """The newest checkpoint of a run that is whole; one that a kill cut off is passed over."""
    found = sorted(output.glob("checkpoint-*"), key=lambda p: int(p.name.rpartition("-")[2]), reverse=True)
    whole = [p for p in found if all((p / name).is_file() for name in ("trainer_state.json", Average.FILE))]
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
    """The decoding rule of the checkpoint that a run starts from, where the labels are the same ones: what a model is saved
    with unless held-out articles say otherwise."""
    settings = _base_settings(config)
    return settings.decode if settings is not None and list(settings.labels) == list(config.labels) else None


def recipe(config: TrainConfig, history: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """What the model was trained with."""
    base = _base_settings(config)
    return {
        **({} if base is None else {"base": base.recipe}),
        "config": config.model_dump(mode="json", exclude={"labels"}),
        "data": {path: file_hash(path) if Path(path).is_file() else "folder" for path in _data_paths(config)},
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "numpy": np.__version__}
        | ({} if config.lora is None else {"peft": version("peft")}),
        "history": list(history)[-1:],
    }


def _check_drawn(data: EpochData, builder: ExampleBuilder) -> None:
    """Raises `DataError` where the first epoch has nothing to train on though there is data."""
    if not len(data) and builder.lost:
        raise DataError(f"nothing fits into the windows: {dict(builder.lost)}", remedy="raise window.max_tokens, or give shorter texts")
    if not len(data) and data.labels:
        raise DataError("the first epoch draws nothing to train on", remedy="raise the shares of the data")


def _report(
    data: EpochData,
    builder: ExampleBuilder,
    dev: Sequence[Article],
    dev_queries: Sequence[Query],
    labels: Sequence[str],
    known: Sequence[str],
    main: bool,
) -> None:
    """Says (in the main process) what there is to train on and what preprocessing lost. Raises where a label never occurs, unless
    it is one of those `known` to the checkpoint that the run starts from."""
    counts: Counter[str] = Counter()
    for window in data.windows:
        for block in window.blocks:
            counts["sentences" if block.complete else "query texts"] += 1
            grid = np.delete(block.open, ANY_SOURCE, axis=0) if block.complete else block.given[ANY_SOURCE:]
            for number, label in enumerate((NONE, *labels)):
                counts[f"{'pairs' if block.complete else 'questions'} {label}"] += int((grid == number).sum())
    if main:
        log.info("first epoch: %d batches, %d windows, %s", len(data), len(data.windows), dict(counts))
        log.info("lost to tokens and windows: %s", dict(builder.lost) or "nothing")
        log.info("held out: %d articles, %d queries", len(dev), len(dev_queries))
    _check_drawn(data, builder)
    for label in labels:
        if counts[f"pairs {label}"] + counts[f"questions {label}"] or label in data.labels:
            continue
        if label not in known:
            raise DataError(f"label {label!r} never occurs in the training data", remedy="add examples of it or drop it from labels")
        if main:
            log.warning("label %r never occurs in the training data: the model may unlearn it; add examples", label)
