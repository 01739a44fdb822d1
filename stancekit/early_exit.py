"""Teaches a trained checkpoint which sentences may leave its encoder early.

The exit head learns, after some layers, what the whole model says in the end: on training articles it is fitted to the model's own
log-odds that a sentence holds a stance (distillation; annotated and decoded stances count as sure). The threshold is the one above
which nearly all stances stay that the model finds on held-out articles.
"""

from __future__ import annotations

import logging
import random
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stancekit import calibration, checkpoint
from stancekit.config import CheckpointConfig, EarlyExit
from stancekit.encoding import Floats, gather, stack, statement_spans
from stancekit.errors import CheckpointError, MissingExtraError
from stancekit.pipeline import Model, load
from stancekit.schema import Article

try:
    import torch
    from safetensors.torch import load_file, save
    from torch import Tensor, nn
except ImportError as error:  # pragma: no cover - exercised in the environment without the extra
    raise MissingExtraError("an early exit", "train") from error

from stancekit.export import export_again
from stancekit.model import ExitHead, encoder_layers
from stancekit.torch_engine import TorchEngine

log = logging.getLogger(__name__)

RECALL = 0.997
"""Share of the stances found on held-out articles whose sentences stay."""
MOST = 0.005
"""Most stance + target F1 (overlap) on held-out articles that an exit may cost."""
MAX_TOKENS = 1_500_000
"""Tokens of training articles that are looked at; their layers' outputs are kept in memory (half precision, 1.2 GB at a width of 384)."""
EPOCHS, BATCH, RATE = 4, 256, 2e-3
SURE = 0.9
"""Least chance that a sentence with a stance is taught to have one."""
EARLIER = 1.0
"""Added to the log-odds that are taught: a sentence in doubt had better stay."""


@dataclass
class _Sentences:
    """Sentences as the layers before the exit give them. ends: (n,), of each in tokens (all tokens, width); chance: (n,), that it
    holds a stance; stances: (n,), how many are found in it."""

    tokens: Floats
    ends: np.ndarray
    chance: np.ndarray
    stances: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """(n,), in tokens."""
        return np.diff(self.ends, prepend=0)

    def batch(self, numbers: np.ndarray) -> tuple[Tensor, Tensor]:
        """Tokens (sentences, longest, width) and mask of some of them."""
        tokens, mask = stack([self.tokens[end - n : end] for end, n in zip(self.ends[numbers], self.lengths[numbers], strict=True)])
        return torch.from_numpy(tokens), torch.from_numpy(mask)


@dataclass(frozen=True)
class Fitted:
    """What an exit does on the held-out articles: share of tokens and of sentences without a stance that leave, share of the stances
    whose sentences stay, stance + target F1 (overlap) before and with it."""

    tokens: float
    sentences: float
    recall: float
    before: float
    after: float


def fit(folder: Path, articles: Sequence[Article], held_out: Sequence[Article], layer: int | None = None, recall: float = RECALL) -> Fitted:
    """Gives a checkpoint folder an early exit after `layer` (half of the layers by default) in the place of the one it has.

    articles: what it was trained on; held_out: annotated too, never trained on. The folder's graphs are made anew if it has any.
    Raises `CheckpointError` where the encoder cannot be cut there, no stance is found, or the exit costs more than `MOST`; the
    folder then stays as it is.
    """
    config = checkpoint.read_config(folder).model_copy(update={"early_exit": None})
    net = checkpoint.load_torch(folder, checkpoint.read_config(folder), int8=True)
    number = layer or len(encoder_layers(net.encoder)) // 2
    try:
        net.give_exit(number)
    except ValueError as error:
        raise CheckpointError(f"{folder}: {error}") from error
    model = Model(config, checkpoint.read_encoder(folder, config), TorchEngine(net, "cpu"), None)
    seen, tested = _look(model, articles), _look(model, held_out)
    if not tested.stances.any() or not seen.stances.any():
        raise CheckpointError(f"{folder}: the model finds no stance in the articles given; give some that hold stances")
    net.exit = head = _taught(seen, tested.tokens.shape[1])
    scores = _scores(head, tested)
    at = np.repeat(scores, tested.stances)
    least = np.floor(np.sort(at)[int((1 - recall) * len(at))] * 100) / 100
    threshold = float(str(np.float32(least)))  # -1.15, not the -1.149999976158142 that single precision has for it
    leaves, lengths = scores < threshold, tested.lengths
    exit_ = EarlyExit(layer=number, threshold=threshold)
    exiting = Model(config.model_copy(update={"early_exit": exit_}), model.encoder, model.engine, None)
    before, after = (
        calibration.quick(calibration.collect(m, held_out), config.decode, m.labels)["stance_target_f1"] for m in (model, exiting)
    )
    tokens, empty = lengths[leaves].sum() / lengths.sum(), leaves[tested.stances == 0].mean()
    found = Fitted(float(tokens), float(empty), float((at >= threshold).mean()), before, after)
    log.info("exit after layer %d, threshold %.2f: %s", number, threshold, found)
    if after < before - MOST:
        raise CheckpointError(f"{folder}: with an early exit stance + target F1 falls from {before:.4f} to {after:.4f}, more than {MOST:g}")
    _write(folder, exiting.config, head)
    return found


def _look(model: Model, articles: Sequence[Article]) -> _Sentences:
    """What the layers before the exit give of articles in random order, and what the whole model finds in them."""
    tokens: list[Floats] = []
    rows: list[tuple[int, float, int]] = []
    order = list(articles)
    random.Random(0).shuffle(order)
    total = 0
    for article in order:
        spans = statement_spans(article)
        encoded = model.encoder.article(article.text, spans)
        annotated = {s.span.start for s in article.statements or () if s.stances}
        for window in encoded.windows:
            ids, mask = model.encoder.pad([window])
            hidden, _ = model.engine.begin(ids, mask)
            blocks, block_mask = gather(model.engine.finish(hidden, mask), [(0, b.start, b.end) for b in window.blocks])
            statement = model.engine.statements(blocks, block_mask).max(axis=1)
            for block, odds, decoded in zip(window.blocks, statement.tolist(), model.decode_blocks(blocks, block_mask), strict=True):
                holds = bool(decoded) or spans[encoded.sentences[block.sentence].index][0] in annotated
                total += block.end - block.start
                tokens.append(hidden[0, block.start : block.end].astype(np.float16))
                rows.append((total, max(1 / (1 + np.exp(-odds - EARLIER)), SURE * holds), len(decoded)))
        if total > MAX_TOKENS:
            break
    if not rows:
        raise CheckpointError("an early exit is fitted on articles; none was given")
    ends, chance, stances = (np.array(column) for column in zip(*rows, strict=True))
    return _Sentences(np.concatenate(tokens), ends, chance.astype(np.float32), stances)


def _taught(seen: _Sentences, width: int) -> ExitHead:
    """A head fitted to sentences, in batches of like length."""
    rng = np.random.default_rng(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        head = ExitHead(width)
    lengths = seen.lengths
    steps = EPOCHS * -(-len(lengths) // BATCH)
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        order = rng.permutation(len(lengths))
        order = order[np.argsort(lengths[order] + rng.uniform(0, 6, len(order)), kind="stable")]
        batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        rng.shuffle(batches)
        for numbers in batches:
            odds = _odds(head, *seen.batch(numbers))
            loss = nn.functional.binary_cross_entropy_with_logits(odds, torch.from_numpy(seen.chance[numbers]))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimizer.step()
            schedule.step()
    return head.to(torch.float16).float()  # as it is stored


def _odds(head: ExitHead, tokens: Tensor, mask: Tensor) -> Tensor:
    """`encoding.exit_scores` in torch, of whole sentences. tokens: (sentences, n, width), mask: (sentences, n) -> (sentences,)."""
    keys, votes = head(tokens).unbind(2)
    weights = torch.softmax(keys + (mask[:, :, None] - 1).float() * 1e4, dim=1)
    odds: Tensor = (weights * votes).sum((1, 2))
    return odds


def _scores(head: ExitHead, sentences: _Sentences) -> np.ndarray:
    order = np.argsort(sentences.lengths, kind="stable")
    out = np.zeros(len(order), dtype=np.float32)
    with torch.no_grad():
        for i in range(0, len(order), BATCH):
            numbers = order[i : i + BATCH]
            out[numbers] = _odds(head, *sentences.batch(numbers)).numpy()
    return out


def _write(folder: Path, config: CheckpointConfig, head: ExitHead) -> None:
    """Puts an exit into a checkpoint folder, which is afterwards the old one or the new one."""
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.absolute().parent) as place:
        trial = Path(place) / "model"
        shutil.copytree(folder, trial)
        weights = {k: v for k, v in load_file(trial / checkpoint.WEIGHTS).items() if not k.startswith("exit.")}
        weights |= {f"exit.{name}": value.to(torch.float16) for name, value in head.state_dict().items()}
        (trial / checkpoint.WEIGHTS).write_bytes(save(weights, metadata={"format": "pt"}))
        checkpoint.update_config(trial, config)
        if any((folder / name).is_file() for name in checkpoint.GRAPHS):
            export_again(trial)
        load(trial)
        checkpoint.write_folder(folder, {f.name: f for f in sorted(trial.iterdir()) if f.is_file()})
