"""The joint model in torch: an encoder, a mention head and two pair heads (training and the torch engine).

Spans are scored densely with a biaffine layer (Dozat & Manning 2017) and labelled in pairs as in SpERT
(Eberts & Ulges 2020). Both heads work on blocks (sentences) cut out of the encoded windows, so no score
is ever computed for a span that crosses a sentence.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from stancekit.config import LoraSettings
from stancekit.encoding import ANY_SOURCE, FIRST_SOURCE, FIRST_TARGET
from stancekit.errors import ConfigError, MissingExtraError

HEAD_WIDTH = 256
MENTION_WIDTH = 128
ATTENTION_HEADS = 4
EXIT_WIDTH, EXIT_HEADS = 64, 4


class QuickDropout(nn.Dropout):
    """Dropout that draws its mask as bytes from numpy's global generator where it runs on a CPU.

    torch's CPU generator draws one number after another (a sixth of a training step); the chance of a zero is `p` to the
    nearest 1/256, and the scale is exact for it. The Trainer's checkpoints hold numpy's state, so a resumed run draws the same.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape."""
        dropped = round(self.p * 256)
        if not self.training or not 0 < dropped < 256 or not input.numel() or input.device.type != "cpu":
            return super().forward(input)
        drawn = torch.frombuffer(bytearray(np.random.bytes(input.numel())), dtype=torch.uint8)  # noqa: NPY002  # see above
        return input * (drawn >= dropped).view(input.shape).to(input.dtype).mul_(256 / (256 - dropped))


def quicken(model: nn.Module) -> None:
    """Puts `QuickDropout` in the place of every dropout of a model."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Dropout:
                setattr(module, name, QuickDropout(child.p))


class MentionHead(nn.Module):
    """Scores every (start, end) of a block as source and as target, and the block's labels."""

    def __init__(self, width: int, labels: int, dropout: float) -> None:
        super().__init__()
        self.start = nn.Linear(width, 2 * MENTION_WIDTH)
        self.end = nn.Linear(width, 2 * MENTION_WIDTH)
        self.bilinear = nn.Parameter(torch.empty(2, MENTION_WIDTH, MENTION_WIDTH))
        self.linear_start = nn.Linear(width, 2)
        self.linear_end = nn.Linear(width, 2)
        self.statement_key = nn.Linear(width, labels)
        self.statement_value = nn.Linear(width, HEAD_WIDTH)
        self.statement_out = nn.Parameter(torch.zeros(labels, HEAD_WIDTH))
        self.statement_bias = nn.Parameter(torch.full((labels,), -2.0))
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.bilinear, std=0.02)
        nn.init.normal_(self.statement_out, std=0.05)
        nn.init.constant_(self.linear_start.bias, -2.0)
        nn.init.constant_(self.linear_end.bias, -2.0)

    def forward(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """tokens: (blocks, n, width), mask: (blocks, n) -> what `spans` and `statement` give, of the same dropout."""
        x = self.dropout(tokens)
        return self.spans(x, mask), self.statement(x, mask)

    def spans(self, x: Tensor, mask: Tensor) -> Tensor:
        """x: (blocks, n, width), mask: (blocks, n) -> (blocks, 2, n, n), log-odds of every span as source and as target.

        Impossible spans (end before start, padding) score -1e4.
        """
        b, n, _ = x.shape
        start = nn.functional.gelu(self.start(x)).view(b, n, 2, MENTION_WIDTH).permute(0, 2, 1, 3)
        end = nn.functional.gelu(self.end(x)).view(b, n, 2, MENTION_WIDTH).permute(0, 2, 3, 1)
        scores = (start @ self.bilinear @ end) / MENTION_WIDTH**0.5
        scores = scores + self.linear_start(x).permute(0, 2, 1)[:, :, :, None] + self.linear_end(x).permute(0, 2, 1)[:, :, None, :]
        valid = (mask[:, :, None] * mask[:, None, :]).to(torch.bool)
        position = torch.arange(n, device=x.device)
        ordered = position[:, None] <= position[None, :]
        return torch.where((valid & ordered)[:, None], scores.float(), -1e4)

    def statement(self, x: Tensor, mask: Tensor) -> Tensor:
        """x: (blocks, n, width), mask: (blocks, n) -> (blocks, labels), log-odds of each label somewhere in the block."""
        keys = self.statement_key(x).float() + (mask[:, :, None] - 1).float() * 1e4
        weights = torch.softmax(keys, dim=1)
        pooled = weights.transpose(1, 2) @ nn.functional.gelu(self.statement_value(x)).float()
        log_odds: Tensor = (pooled * self.statement_out).sum(-1) + self.statement_bias
        return log_odds


class PairHead(nn.Module):
    """Labels every (source, target) of a block, with "none" first; its outputs share all but their last two layers."""

    def __init__(self, width: int, labels: int, dropout: float, outputs: Sequence[str]) -> None:
        super().__init__()
        self.span = nn.Linear(3 * width, HEAD_WIDTH)
        self.norm = nn.LayerNorm(HEAD_WIDTH)
        self.special = nn.Parameter(torch.randn(3, HEAD_WIDTH) * 0.5)
        """null source, any source, null target"""
        self.role = nn.Parameter(torch.randn(2, HEAD_WIDTH) * 0.1)
        self.key = nn.Linear(width, HEAD_WIDTH)
        self.value = nn.Linear(width, HEAD_WIDTH)
        self.query_source = nn.Linear(HEAD_WIDTH, HEAD_WIDTH)
        self.query_target = nn.Linear(HEAD_WIDTH, HEAD_WIDTH)
        self.place = nn.Parameter(torch.zeros(2, 4, ATTENTION_HEADS))
        """attention bias of a token before, inside or after the span, or where there is no span; by role"""
        self.from_source = nn.Linear(HEAD_WIDTH, HEAD_WIDTH)
        self.from_target = nn.Linear(HEAD_WIDTH, HEAD_WIDTH)
        self.from_product = nn.Linear(HEAD_WIDTH, HEAD_WIDTH)
        self.from_context = nn.Linear(HEAD_WIDTH, HEAD_WIDTH)
        self.outputs = nn.ModuleDict({name: _Output(labels, dropout) for name in outputs})
        self.layers = nn.ModuleList()
        """encoder layers of the head's own (`StanceModel.encode_asked`)"""
        self.marks: nn.Parameter | None
        self.register_parameter("marks", None)
        """(2, width), with layers of its own: what they are told of a token of the source, and of the target"""
        self.dropout = nn.Dropout(dropout)

    def _spans(self, tokens: Tensor, spans: Tensor, role: int) -> tuple[Tensor, Tensor]:
        """Representation (blocks, spans, d) and the place of each token (blocks, spans, n): 0, 1, 2."""
        position = torch.arange(tokens.shape[1], device=tokens.device)
        after = position[None, None, :] >= spans[:, :, 1:2]
        before = position[None, None, :] < spans[:, :, 0:1]
        inside = (~after & ~before).to(tokens.dtype)
        mean = inside @ tokens / inside.sum(-1, keepdim=True).clamp(min=1)
        first = torch.gather(tokens, 1, spans[:, :, 0:1].expand(-1, -1, tokens.shape[2]))
        last = torch.gather(tokens, 1, (spans[:, :, 1:2] - 1).expand(-1, -1, tokens.shape[2]))
        out = self.norm(nn.functional.gelu(self.span(torch.cat([first, last, mean], dim=-1)))) + self.role[role]
        return out, torch.where(before, 0, torch.where(after, 2, 1))

    def forward(self, tokens: Tensor, mask: Tensor, sources: Tensor, targets: Tensor) -> tuple[Tensor, ...]:
        """tokens: (blocks, n, width), mask: (blocks, n), sources: (blocks, S, 2), targets: (blocks, T, 2), token
        ranges -> of each output logits (blocks, S + 2, T + 1, labels + 1). Rows and columns as in encoding.py."""
        tokens = self.dropout(tokens)
        b, n, _ = tokens.shape
        source, source_place = self._spans(tokens, sources, 0)
        target, target_place = self._spans(tokens, targets, 1)
        special = self.special.to(source.dtype)
        source = torch.cat([special[None, :FIRST_SOURCE].expand(b, -1, -1), source], dim=1)
        target = torch.cat([special[None, FIRST_SOURCE:].expand(b, -1, -1), target], dim=1)
        nowhere = torch.full((1, 1, n), 3, device=tokens.device, dtype=source_place.dtype)
        source_place = torch.cat([nowhere.expand(b, FIRST_SOURCE, n), source_place], dim=1)
        target_place = torch.cat([nowhere.expand(b, FIRST_TARGET, n), target_place], dim=1)
        s, t = source.shape[1], target.shape[1]
        heads, d = ATTENTION_HEADS, HEAD_WIDTH // ATTENTION_HEADS
        keys = self.key(tokens).view(b, n, heads, d).permute(0, 2, 3, 1)
        values = self.value(tokens).view(b, n, heads, d).permute(0, 2, 1, 3)
        query_s = self.query_source(source).view(b, s, heads, d).permute(0, 2, 1, 3) @ keys / d**0.5
        query_t = self.query_target(target).view(b, t, heads, d).permute(0, 2, 1, 3) @ keys / d**0.5
        query_s = query_s + self.place[0][source_place].permute(0, 3, 1, 2)
        query_t = query_t + self.place[1][target_place].permute(0, 3, 1, 2)
        hide = (mask[:, None, None, None, :] - 1).float() * 1e4
        attention = torch.softmax((query_s[:, :, :, None, :] + query_t[:, :, None, :, :]).float() + hide, dim=-1)
        context = attention.reshape(b, heads, s * t, n).to(values.dtype) @ values
        context = context.permute(0, 2, 1, 3).reshape(b, s, t, HEAD_WIDTH)
        product = source[:, :, None, :] * target[:, None, :, :]
        x = (
            self.from_source(source)[:, :, None, :]
            + self.from_target(target)[:, None, :, :]
            + self.from_product(product)
            + self.from_context(context)
        )
        x = nn.functional.gelu(x)
        return tuple(output(x) for output in self.outputs.values())


class _Output(nn.Module):
    def __init__(self, labels: int, dropout: float) -> None:
        super().__init__()
        self.hidden = nn.Linear(HEAD_WIDTH, HEAD_WIDTH)
        self.out = nn.Linear(HEAD_WIDTH, labels + 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.out(self.dropout(x + nn.functional.gelu(self.hidden(x)))).float()
        return logits


class ExitHead(nn.Module):
    """Says after some layers of the encoder whether a sentence may hold a stance: attention over its tokens, each of which votes.

    What it gives is added up over a sentence's tokens by `encoding.exit_scores`, so the head itself need not know sentences."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.key = nn.Linear(width, EXIT_HEADS)
        self.value = nn.Linear(width, EXIT_WIDTH)
        self.vote = nn.Linear(EXIT_WIDTH, EXIT_HEADS)

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens: (rows, n, width) -> keys and votes: (rows, n, 2, EXIT_HEADS)."""
        votes: Tensor = self.vote(nn.functional.gelu(self.value(tokens)))
        return torch.stack([self.key(tokens), votes], dim=2).float()


class StanceModel(nn.Module):
    """Encoder and heads. `encoder` is any Hugging Face encoder; windows are (rows, tokens).

    `pair` answers by the annotation guide: `open` for extraction (the target must be the annotated span), `given` for a
    given-target question (the target may be any party). `asked` answers such questions by other conventions, which would
    pull the guide's answers about if they shared a head: `event` as the coders of events have it, `crowd` as readers without a guide.

    `own`: so many of the encoder's last layers `asked` has copies of, to itself: what it learns of other conventions then changes
    neither what articles are read by nor is held back by it. They read a text for one question: a mark learned for each role is
    added to the tokens of its source and its target before the first of them, as entity markers are (Baldini Soares et al. 2019)
    without a change of the text.

    `exit_layer`: after so many layers `exit` says which sentences may hold a stance (0: it has no such head). A sentence that leaves
    there is no context of others in the layers that follow (as in PoWER-BERT, Goyal et al. 2020, for sentences in place of words).
    """

    def __init__(self, encoder: PreTrainedModel, labels: int, dropout: float = 0.1, own: int = 0, exit_layer: int = 0) -> None:
        super().__init__()
        self.encoder = encoder
        width = int(encoder.config.hidden_size)
        self.mention = MentionHead(width, labels, dropout)
        self.pair = PairHead(width, labels, dropout, ("open", "given"))
        self.asked = PairHead(width, labels, dropout, ("event", "crowd"))
        self.give_layers(own)
        self.give_exit(exit_layer)

    @classmethod
    def from_config(cls, config: dict[str, Any], labels: int, dropout: float = 0.1, own: int = 0, exit_layer: int = 0) -> StanceModel:
        """An untrained model of a given encoder architecture (weights are loaded afterwards)."""
        encoder = AutoModel.from_config(encoder_config(config), dtype=torch.float32)  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        return cls(encoder, labels, dropout, own, exit_layer)

    def give_exit(self, layer: int) -> None:
        """Gives the model an exit after so many layers, in the place of the one it has; 0 takes it away.

        Raises `ValueError` for an encoder that cannot be cut there: its layers read more than what the layer before gave."""
        if layer:
            check_halves(self.encoder, layer)
        self.exit: ExitHead | None = ExitHead(int(self.encoder.config.hidden_size)) if layer else None
        self.exit_layer = layer

    def give_layers(self, own: int) -> None:
        """Gives `asked` copies of the encoder's last layers as they are now, in the place of those it has, and marks of nothing."""
        layers = encoder_layers(self.encoder) if own else []
        if own > len(layers):
            raise ValueError(f"asked_layers = {own}, but the encoder has {len(layers)} layers")
        settings = {id(self.encoder.config): self.encoder.config}  # one for all layers, also when it changes
        self.asked.layers = nn.ModuleList(copy.deepcopy(layer, dict(settings)) for layer in layers[len(layers) - own :])
        self.asked.marks = nn.Parameter(torch.zeros(2, int(self.encoder.config.hidden_size))) if own else None

    def encode(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask: (rows, tokens) -> (rows, tokens, width)."""
        hidden: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return hidden

    def begin(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """ids, mask: (rows, tokens) -> what the layers up to the exit give, (rows, tokens, width), and what `exit` says of it."""
        assert self.exit is not None
        return begin(self.encoder, self.exit, self.exit_layer, ids, mask)

    def finish(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """The other layers over what stays. hidden: (rows, tokens, width), mask: (rows, tokens) -> (rows, tokens, width)."""
        return finish(self.encoder, self.exit_layer, hidden, mask)

    def encode_asked(self, ids: Tensor, mask: Tensor, marked: Tensor) -> Tensor:
        """As `encode`, what `asked` reads of a question: the last layers are its own, if it has any.

        marked: (rows, 2, 2), token ranges of the question's source and target in each row; empty where there is none."""
        return encode_asked(self.encoder, self.asked, ids, mask, marked)


def begin(encoder: nn.Module, head: ExitHead, layer: int, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """See `StanceModel.begin`."""
    hidden: Tensor = halves(encoder, layer)[0](input_ids=ids, attention_mask=mask).last_hidden_state
    return hidden, head(hidden)


def finish(encoder: nn.Module, layer: int, hidden: Tensor, mask: Tensor) -> Tensor:
    """See `StanceModel.finish`."""
    out: Tensor = halves(encoder, layer)[1](inputs_embeds=hidden, attention_mask=mask).last_hidden_state
    return out


def encode_asked(encoder: nn.Module, asked: PairHead, ids: Tensor, mask: Tensor, marked: Tensor) -> Tensor:
    """See `StanceModel.encode_asked`."""
    if asked.marks is not None:
        position = torch.arange(ids.shape[1], device=ids.device)[None, None, :]
        inside = (position >= marked[:, :, 0:1]) & (position < marked[:, :, 1:2])
        added = inside.transpose(1, 2).to(asked.marks.dtype) @ asked.marks
        encoder = with_layers(encoder, asked.layers, added)
    hidden: Tensor = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    return hidden


def layers_of(encoder: nn.Module) -> str:
    """The name of the list of an encoder's layers. Raises `ValueError` where it has none, or several."""
    found = [
        name
        for name, module in encoder.named_modules()
        if isinstance(module, nn.ModuleList) and name.rpartition(".")[2] in ("layer", "layers")
    ]
    if len(found) != 1:
        raise ValueError(f"asked_layers: expected one list of layers in the encoder, found {', '.join(found) or 'none'}; set it to 0")
    return str(found[0])


def encoder_layers(encoder: nn.Module) -> list[nn.Module]:
    """An encoder's layers. Raises as `layers_of`."""
    return list(cast(nn.ModuleList, encoder.get_submodule(layers_of(encoder))))


def with_layers(encoder: nn.Module, own: nn.ModuleList, added: Tensor) -> nn.Module:
    """The encoder with `own` in the place of its last layers and `added`, (rows, tokens, width), before the first of them; it
    shares all its modules with both."""

    def mark(_: nn.Module, hidden: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if hidden:
            return (hidden[0] + added, *hidden[1:]), named
        return hidden, {**named, "hidden_states": named["hidden_states"] + added}

    first = copy.copy(own[0])
    first._forward_pre_hooks, first._forward_pre_hooks_with_kwargs = OrderedDict(), OrderedDict()
    first.register_forward_pre_hook(mark, with_kwargs=True)
    layers = encoder_layers(encoder)
    return _exchanged(encoder, layers_of(encoder), nn.ModuleList([*layers[: len(layers) - len(own)], first, *list(own)[1:]]))


def _exchanged(module: nn.Module, path: str, new: nn.Module) -> nn.Module:
    """A module with `new` in the place of the one at `path`; it shares all others."""
    name, _, rest = path.partition(".")
    out = copy.copy(module)
    out._modules = {**module._modules, name: _exchanged(module.get_submodule(name), rest, new) if rest else new}
    return out


class _Passed(nn.Module):
    """In the place of an encoder's embeddings: gives on what it is given for them."""

    def forward(self, *given: Any, **named: Any) -> Tensor:
        """Any arguments, one of them (rows, tokens, width)."""
        return next(x for x in (*given, *named.values()) if isinstance(x, Tensor) and x.is_floating_point() and x.dim() == 3)


def halves(encoder: nn.Module, layer: int) -> tuple[nn.Module, nn.Module]:
    """The encoder's first layers, and the others, which read what those give as `inputs_embeds`; both share all modules with it."""
    path, layers = layers_of(encoder), encoder_layers(encoder)
    first = _exchanged(encoder, path, nn.ModuleList(layers[:layer]))
    return first, _exchanged(_exchanged(encoder, path, nn.ModuleList(layers[layer:])), "embeddings", _Passed())


def check_halves(encoder: PreTrainedModel, layer: int) -> None:
    """Raises `ValueError` where the halves of an encoder together do not give what it gives."""
    layers = encoder_layers(encoder)
    if not 0 < layer < len(layers):
        raise ValueError(f"early_exit.layer = {layer}, expected 1 to {len(layers) - 1}: the encoder has {len(layers)} layers")
    place = next(encoder.parameters()).device
    if place.type == "meta":
        return
    ids = torch.arange(5, 17, device=place)[None] % int(encoder.config.vocab_size)
    mask = torch.ones_like(ids)
    kind, training = encoder.config.model_type, encoder.training
    encoder.train(False)
    try:
        with torch.no_grad():
            hidden = halves(encoder, layer)[0](input_ids=ids, attention_mask=mask).last_hidden_state
            apart = finish(encoder, layer, hidden, mask)
            whole = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    except Exception as error:  # whatever an architecture makes of layers that are called by halves
        raise ValueError(f"early_exit: the encoder ({kind}) cannot be cut after layer {layer}: {error}; leave it out") from error
    finally:
        encoder.train(training)
    if not torch.allclose(apart, whole, atol=1e-4):
        raise ValueError(f"early_exit: the encoder ({kind}) gives other answers when it is cut after layer {layer}; leave it out")


def encoder_config(config: dict[str, Any]) -> PretrainedConfig:
    """The encoder's configuration from its stored dictionary; remote code is never run."""
    kind = dict(config)
    return AutoConfig.for_model(kind.pop("model_type"), **kind)


def position_limit(encoder: PreTrainedModel) -> int | None:
    """The most tokens an encoder reads at once, None where nothing limits it.

    RoBERTa and its like count positions from behind the padding token's: 514 embeddings are 512 positions.
    """
    table = getattr(getattr(encoder, "embeddings", None), "position_embeddings", None)
    if isinstance(table, nn.Embedding):
        return table.num_embeddings - (0 if table.padding_idx is None else table.padding_idx + 1)
    limit = getattr(encoder.config, "max_position_embeddings", None)
    return int(limit) if limit and limit > 0 else None


def add_adapters(model: StanceModel, lora: LoraSettings) -> None:
    """Puts low-rank adapters beside linear layers of the encoder and freezes the rest of it.

    Raises `MissingExtraError` without peft, `ConfigError` for layers that the encoder does not have.
    """
    try:
        import peft
    except ImportError as error:
        raise MissingExtraError("lora", "lora") from error
    linear = [name for name, module in model.encoder.named_modules() if isinstance(module, nn.Linear)]
    unknown = [t for t in lora.targets if not any(name == t or name.endswith(f".{t}") for name in linear)]
    if unknown:
        raise ConfigError(
            f"lora.targets: {', '.join(unknown)}: no such linear layer in {model.encoder.config.model_type}; "
            f"it has {', '.join(sorted({name.rpartition('.')[2] for name in linear}))}"
        )
    settings = peft.LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules=list(lora.targets), lora_dropout=0.0, bias="none")
    model.encoder = cast(PreTrainedModel, peft.get_peft_model(model.encoder, settings))


def merged_weights(model: StanceModel, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`weights` of `model` (named as in its state) with its adapters, if it has any, merged into the encoder's."""
    if not hasattr(model.encoder, "merge_and_unload"):
        return dict(weights)
    plain = copy.deepcopy(model).cpu()
    plain.load_state_dict(dict(weights))
    plain.encoder = cast(Any, plain.encoder).merge_and_unload(safe_merge=True)
    return plain.state_dict()


def gather_blocks(hidden: Tensor, rows: Tensor, starts: Tensor, lengths: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Differentiable `encoding.gather`: rows, starts, lengths: (blocks,) -> (blocks, width, d), (blocks, width)."""
    offset = torch.arange(width, device=hidden.device)
    mask = (offset[None, :] < lengths[:, None]).long()
    index = (starts[:, None] + offset[None, :]).clamp(max=hidden.shape[1] - 1)
    return hidden[rows[:, None], index] * mask[:, :, None].to(hidden.dtype), mask


__all__ = [
    "ANY_SOURCE",
    "ExitHead",
    "MentionHead",
    "PairHead",
    "QuickDropout",
    "StanceModel",
    "add_adapters",
    "begin",
    "encode_asked",
    "encoder_config",
    "encoder_layers",
    "finish",
    "gather_blocks",
    "layers_of",
    "merged_weights",
    "position_limit",
    "quicken",
    "with_layers",
]
