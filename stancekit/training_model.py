"""The model in training: its loss, which of its parts learn, and how fast."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from stancekit.config import TrainConfig
from stancekit.errors import ConfigError
from stancekit.examples import IGNORE, UNKNOWN
from stancekit.model import StanceModel, gather_blocks

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
            asked = self.model.encode_asked(batch["ids"], batch["mask"], batch["marked"])
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
    out = {k: v[first:last] for k, v in batch.items() if k not in ("ids", "mask", "marked", "gold")}
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


def freeze(model: StanceModel, config: TrainConfig) -> None:
    """Keeps parts of the model out of training: those that the configuration names, and the head of other conventions
    where no question follows them."""
    idle = () if any(q.reading != "guide" for q in config.data.queries) else ("asked",)
    if config.asked_layers and "asked" in {*config.freeze, *idle}:
        raise ConfigError(
            f"asked_layers: {config.asked_layers}: these layers would learn nothing, since asked is frozen or no question is of its "
            "reading; set it to 0, which keeps those of the base"
        )
    if untaught := sorted({*config.freeze, *idle} & set(config.restart)):
        raise ConfigError(
            f"restart: {', '.join(untaught)}: would stay random, since it is frozen or no question is of its reading; "
            "take it out of restart"
        )
    for name in {*config.freeze, *idle}:
        getattr(model, name).requires_grad_(False)
    if not any(p.requires_grad for p in model.parameters()):
        raise ConfigError(f"freeze: {', '.join(config.freeze)}: nothing is left to train; take one out")


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
