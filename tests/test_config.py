from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml

from stancekit.config import DEFAULT_LABELS, MAX_CONFIG_BYTES, CheckpointConfig, DataConfig, TrainConfig, WindowConfig, build, read_yaml
from stancekit.decoding import FEATURES, DecodeRule
from stancekit.encoding import WindowRule
from stancekit.errors import ConfigError
from stancekit.schema import LABELS

CONFIGS = sorted((Path(__file__).parent.parent / "configs").glob("*.yaml"))
MINIMAL = "base: minilm\noutput: runs/x\ndata: {}\n"


def read(folder: Path, text: str | bytes) -> TrainConfig:
    file = folder / "c.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(file, TrainConfig)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_shipped_configurations_are_complete_and_valid(path: Path) -> None:
    config = read_yaml(path, TrainConfig)
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(values) == set(TrainConfig.model_fields), "every key is written out: no inheritance, nothing hidden"
    assert set(values["data"]) == set(DataConfig.model_fields)
    assert tuple(config.labels) == LABELS


def test_there_are_configurations() -> None:
    assert {"default", "finetune"} <= {p.stem for p in CONFIGS}


def test_defaults_are_written_once(tmp_path: Path) -> None:
    config = read(tmp_path, MINIMAL)
    assert config == TrainConfig(base="minilm", output="runs/x", data=DataConfig())
    assert config.labels == DEFAULT_LABELS and tuple(DEFAULT_LABELS) == LABELS
    assert WindowConfig().rule() == WindowRule()
    assert TrainConfig.model_validate(config.model_dump(mode="json")) == config


BAD = {
    "unknown key": (MINIMAL + "epoch: 3\n", r"c.yaml: epoch = 3: .*; known keys: .*epochs"),
    "unknown nested key": ("base: a\noutput: b\ndata: {article: []}\n", r"data.article = \[\]: .*; known keys: articles, dev_articles, dev_ids, dev_queries, queries$"),
    "unknown key in a list": ("base: a\noutput: b\ndata: {articles: [{path: f, wieght: 2}]}\n", r"data.articles.0.wieght = 2: .*; known keys: path, share, weight$"),
    "unknown key of the adapters": (MINIMAL + "lora: {rnk: 2}\n", r"lora.rnk = 2: .*; known keys: alpha, rank, targets$"),
    "missing key": ("base: b\ndata: {}\n", r"c.yaml: output is missing; write it out$"),
    "missing nested key": (MINIMAL.replace("{}", "{articles: [{}]}"), r"c.yaml: data.articles.0.path is missing"),
    "no list": (MINIMAL.replace("{}", "{dev_articles: f.jsonl}"), r"data.dev_articles = 'f.jsonl': expected a list \(- …\)$"),
    "no list of mappings": (MINIMAL.replace("{}", "{articles: f.jsonl}"), r"data.articles = 'f.jsonl': expected a list \(- path: …\)$"),
    "no mapping": (MINIMAL.replace("{}", "{articles: [f.jsonl]}"), r"data.articles.0 = 'f.jsonl': expected a mapping \(path: …\)$"),
    "no mapping of labels": (MINIMAL + "labels: [a]\n", r"labels = \['a'\]: expected a mapping \(key: …\)"),
    "no base": ("base: ''\noutput: b\ndata: {}\n", r"base = '': expected a name, this is empty"),
    "no output": ("base: a\noutput: ''\ndata: {}\n", r"output = '': expected a name, this is empty"),
    "no file of ids": (MINIMAL.replace("{}", "{dev_ids: ''}"), r"data.dev_ids = '': expected a name, this is empty"),
    "seed below": (MINIMAL + "seed: -1\n", r"seed = -1: .*greater than or equal to 0"),
    "seed above": (MINIMAL + "seed: 1099511627776\n", r"seed = 1099511627776: .*less than 4294967296"),
    "wrong kind": (MINIMAL + "epochs: many\n", r"epochs = 'many': .*integer"),
    "out of range": (MINIMAL + "dropout: 1.5\n", r"dropout = 1.5: .*less than 1"),
    "precision": (MINIMAL + "precision: fp64\n", r"precision = 'fp64'"),
    "window": (MINIMAL + "window: {max_tokens: 4}\n", r"window.max_tokens = 4: .*16"),
    "empty": ("", r"c.yaml: file = None: expected a mapping \(base: …\)$"),
    "list": ("- a\n", r"c.yaml: file = \['a'\]: expected a mapping"),
    "twice": (MINIMAL + "epochs: 3\nepochs: 8\n", r"the key 'epochs' stands twice"),
    "syntax": ("base: [\n", r"c.yaml: not valid YAML"),
    "utf-8": (b"base: \xff\n", r"c.yaml: not valid YAML"),
    "date": (MINIMAL + "seed: 2024-13-45\n", r"c.yaml: not valid YAML|seed"),
    "code": ("base: !!python/object/apply:os.getcwd []\n", r"c.yaml: not valid YAML"),
    "nested": ("[" * 5000, r"c.yaml: not valid YAML"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_bad_files_name_file_key_and_value(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, MINIMAL + "epochs: 0\nseeds: 1\n")
    assert "epochs = 0" in str(error.value) and "seeds = 1" in str(error.value)


def test_missing_folders_and_giants_are_refused(tmp_path: Path) -> None:
    for path, told in ((tmp_path / "none.yaml", "no such configuration file"), (tmp_path, "is a folder, expected a configuration file")):
        with pytest.raises(ConfigError, match=told):
            read_yaml(path, TrainConfig)
    with pytest.raises(ConfigError, match="larger than"):
        read(tmp_path, "#" * (MAX_CONFIG_BYTES + 1))


def test_a_checkpoint_configuration_is_checked() -> None:
    with pytest.raises(ConfigError, match='"none" is not one of them'):
        build({"labels": {"none": "x"}, "encoder": {}}, CheckpointConfig, "f")
    with pytest.raises(ConfigError, match="at least one"):
        build({"labels": {}, "encoder": {}}, CheckpointConfig, "f")
    with pytest.raises(ConfigError, match="decode.weights"):
        build({"encoder": {}, "decode": {"weights": [1.0, 2.0]}}, CheckpointConfig, "f")
    for given, message in (
        ({"bias": [1.0]}, "given.bias has 1 numbers, expected 4"),
        ({"crowd_bias": [1.0, 2.0]}, "given.crowd_bias has 2 numbers"),
        ({"bias": [0.0, 0.0, math.inf, 0.0]}, "given.bias.2 = inf"),
        ({"event_bias": [1.0, 2.0, 3.0]}, "given.event_bias has 3 numbers"),
        ({"event": 0.6, "crowd": 0.5}, "event 0.6 and crowd 0.5 are more than the whole answer"),
        ({"crowd_merged": ["warning", "praise"]}, "given.crowd_merged names praise"),
    ):
        with pytest.raises(ConfigError, match=message):
            build({"encoder": {}, "given": given}, CheckpointConfig, "f")
    good = CheckpointConfig(encoder={"model_type": "bert"}, decode=DecodeRule(threshold=0.4))
    assert CheckpointConfig.model_validate(good.model_dump(mode="json")) == good
    assert len(good.decode.weights) == len(FEATURES)
    first = DecodeRule.model_validate({"weights": [0.1, 0.2, 0.3, 0.4, 0.5]})
    assert first.weights == (0.1, 0.2, 0.3, 0.4, 0.5, *[0.0] * (len(FEATURES) - 5)), "a rule of before the later features"
