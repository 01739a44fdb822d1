"""The torch engine: a GPU, a model in training, a checkpoint without graphs. Same answers as ONNX Runtime."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext

from stancekit.encoding import Floats, Ints
from stancekit.errors import MissingExtraError

try:
    import torch
except ImportError as error:  # pragma: no cover - exercised in the environment without the extra
    raise MissingExtraError("the torch engine", "train") from error

from stancekit.model import StanceModel

if hasattr(os, "register_at_fork"):
    # OpenMP's threads do not exist in a fork, which would wait for them for ever
    os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))


def best_device() -> str:
    """Where a loaded model runs: a CUDA GPU if there is one (CUDA_VISIBLE_DEVICES hides them), else the CPU."""
    return "cuda" if torch.cuda.is_available() else "cpu"


class TorchEngine:
    """Runs a `StanceModel`; on a GPU in bfloat16 unless `precision` says otherwise. torch shares a call among threads itself."""

    lanes = 1

    def __init__(self, model: StanceModel, device: str | None = None, precision: str | None = None) -> None:
        place = torch.device(device or next(model.parameters()).device)
        self.model = model.to(place)
        self.device = place
        self.batch_tokens = 32_768 if place.type == "cuda" else 4096
        self.half = (precision or ("bf16" if place.type == "cuda" else "fp32")) == "bf16"

    def _context(self) -> AbstractContextManager[object]:
        return torch.autocast(self.device.type, dtype=torch.bfloat16) if self.half else nullcontext()

    def _tensor(self, array: Floats | Ints) -> torch.Tensor:
        return torch.from_numpy(array).to(self.device)

    def encode(self, ids: Ints, mask: Ints) -> Floats:
        """See `engine.Engine`."""
        with torch.no_grad(), self._context():
            out: Floats = self.model.encode(self._tensor(ids), self._tensor(mask)).float().cpu().numpy()
        return out

    def begin(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
        """See `engine.Engine`."""
        with torch.no_grad(), self._context():
            hidden, votes = (x.float().cpu().numpy() for x in self.model.begin(self._tensor(ids), self._tensor(mask)))
        return hidden, votes

    def finish(self, hidden: Floats, mask: Ints) -> Floats:
        """See `engine.Engine`."""
        with torch.no_grad(), self._context():
            out: Floats = self.model.finish(self._tensor(hidden), self._tensor(mask)).float().cpu().numpy()
        return out

    def statements(self, tokens: Floats, mask: Ints) -> Floats:
        """See `engine.Engine`."""
        with torch.no_grad(), self._context():
            log_odds: Floats = self.model.mention.statement(self._tensor(tokens), self._tensor(mask)).float().cpu().numpy()
        return log_odds

    def mentions(self, tokens: Floats, mask: Ints) -> Floats:
        """See `engine.Engine`."""
        with torch.no_grad(), self._context():
            scores: Floats = self.model.mention.spans(self._tensor(tokens), self._tensor(mask)).float().cpu().numpy()
        return scores

    def pairs(self, tokens: Floats, mask: Ints, sources: Ints, targets: Ints) -> tuple[Floats, Floats]:
        """See `engine.Engine`."""
        open_logits, given_logits = self._logits(self.model.pair, tokens, mask, sources, targets)
        return open_logits, given_logits

    def encode_asked(self, ids: Ints, mask: Ints, marked: Ints) -> Floats:
        """See `engine.Engine`."""
        with torch.no_grad(), self._context():
            hidden = self.model.encode_asked(self._tensor(ids), self._tensor(mask), self._tensor(marked))
            out: Floats = hidden.float().cpu().numpy()
        return out

    def asked(self, tokens: Floats, mask: Ints, sources: Ints, targets: Ints) -> tuple[Floats, Floats]:
        """See `engine.Engine`."""
        event, crowd = self._logits(self.model.asked, tokens, mask, sources, targets)
        return event, crowd

    def _logits(self, head: torch.nn.Module, *arrays: Floats | Ints) -> list[Floats]:
        with torch.no_grad(), self._context():
            return [logits.float().cpu().numpy() for logits in head(*(self._tensor(array) for array in arrays))]
