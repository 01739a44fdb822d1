"""Inputs that once got past a reader (found by scripts/fuzz.py and tests/test_properties.py), each with what it must give.

A find is an input, the reader it goes through, and either what is read or a part of the error that must be raised.
"""

from __future__ import annotations

import datetime
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import stancekit
from stancekit import checkpoint
from stancekit.codes import AliasFile
from stancekit.config import TrainConfig, read_yaml
from stancekit.corpus import from_marks, join_standoff, read_marks, to_marks, to_standoff
from stancekit.data import dump, parse_line
from stancekit.encoding import Encoder, WindowRule
from stancekit.errors import CheckpointError, ConfigError, DataError, StancekitError
from stancekit.inputs import Columns, read_texts
from stancekit.names import resolve
from stancekit.schema import Article, Span, Stance, Statement

RUN = b"base: minilm\noutput: b\ndata: {}\n"
BOMB = b"trackers:\n- &a0 [x]\n" + b"".join(b"- &a%d [%s]\n" % (i, b", ".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 9))

Read = Callable[[Path], object]


def marks(file: Path) -> object:
    return list(read_marks(file))


def standoff(file: Path) -> object:
    return list(join_standoff(file, {"a": "x"}))


def config(file: Path) -> object:
    return read_yaml(file, TrainConfig)


def tokenizer(file: Path) -> object:
    return Encoder.from_file(file, WindowRule()).tokenize(["Kenya"])


ERRORS: dict[str, tuple[Read, bytes, type[StancekitError], str]] = {
    "marks, a separator nested deeply": (marks, b"### a\n\n~" + b"[" * 100_000 + b"\nx\n", DataError, "separator"),
    "marks, a header key twice": (marks, b"### a\nx: 1\nx: 2\n\nhi\n", DataError, "'x'"),
    "standoff, a list as locator": (standoff, b'{"locator": []}', DataError, r"no text for \[\]"),
    "standoff, an object as locator": (standoff, b'{"locator": {}}', DataError, "no text for {}"),
    "yaml, an empty int": (config, RUN + b"seed: !!int", ConfigError, "not valid YAML"),
    "yaml, an empty float": (config, b"!!float", ConfigError, "not valid YAML"),
    "yaml, a bool that is none": (config, b"!!bool", ConfigError, "not valid YAML"),
    "yaml, a time that is none": (config, b"!!timestamp x", ConfigError, "not valid YAML"),
    "yaml, hours that overflow": (config, b"1" + b":1" * 400 + b".0", ConfigError, "not valid YAML"),
    "yaml, a number of many digits": (config, b"output: b\ndata: {}\nbase: 0x" + b"F" * 5000, ConfigError, "base = "),
    "yaml, a billion values": (config, RUN + BOMB, ConfigError, "alias|trackers"),
    "yaml, more labels than there are": (config, RUN + b"labels: {%s}" % b", ".join(b"l%d: x" % n for n in range(10_000)), ConfigError, "labels"),
    "yaml, an absurd batch": (config, RUN + b"batch_tokens: 1000000000", ConfigError, "batch_tokens = 1000000000"),
    "yaml, absurdly many negatives": (config, RUN + b"hard_negatives: 1000000000", ConfigError, "hard_negatives = 1000000000"),
    "tokenizer, no token for what is unknown": (
        tokenizer,
        json.dumps({"model": {"type": "WordLevel", "vocab": {"[CLS]": 0, "[SEP]": 1, "[PAD]": 2}, "unk_token": "?"}}).encode(),
        CheckpointError, "cannot read the tokenizer",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("read", "content", "kind", "words"), ERRORS.values(), ids=ERRORS.keys())
def test_what_is_wrong_is_named_and_takes_no_time(tmp_path: Path, read: Read, content: bytes, kind: type[StancekitError], words: str) -> None:
    file = tmp_path / "input"
    file.write_bytes(content)
    began = time.process_time()
    with pytest.raises(kind, match=words):
        read(file)
    assert time.process_time() - began < 5


def test_a_marks_file_without_articles_has_none(tmp_path: Path) -> None:
    for content in ("", "\n \n"):
        assert list(from_marks(content)) == []


def test_a_deeply_nested_header_is_text() -> None:
    (article,) = from_marks("### a\nx: " + "[" * 100_000 + "\n\nhi\n")
    assert article.meta["x"] == "[" * 100_000


@pytest.mark.parametrize("value", [float("inf"), "Infinity", "NaN"])
def test_a_header_keeps_numbers_and_words_apart(value: object) -> None:
    article = Article("hi", (), "a", {"x": value})
    assert list(from_marks(to_marks(article))) == [article]


@pytest.mark.parametrize("extra", [{"source_code": "CHN"}, {"target_code": "CHN"}, {"source_kind": "named"}, {"source_name": ""}])
def test_marks_lose_nothing_of_a_prediction_in_silence(extra: dict[str, str]) -> None:
    span = Span(0, 5, "China")
    with pytest.raises(DataError, match="predictions"):
        to_marks(Article("China", (Statement(span, (Stance("support", span, **extra),)),)))


def test_standoff_of_an_article_that_is_not_annotated(tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    file.write_text(json.dumps(to_standoff(Article("x"), "a")))
    assert list(join_standoff(file, {"a": "x"})) == [Article("x")]


# ------------------------------------------------------------------------------------------------------- tables


@pytest.mark.parametrize(("name", "mark"), [("t.csv", b","), ("t.tsv", b"\t")])
def test_rows_after_a_bad_one_are_read(tmp_path: Path, name: str, mark: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(b"text,id\none,1\ntwo,2,spare\nthree,3\n".replace(b",", mark))
    bad: list[DataError] = []
    assert [t.text for t in read_texts([str(file)], Columns("text"), bad.append)] == ["one", "three"]
    assert [str(e).startswith(f"{file}:3: 1 cells more") for e in bad] == [True]


def test_rows_of_parquet_after_one_that_cannot_be_read_are_read(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    latin = arrow.StringArray.from_buffers(3, arrow.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, 3, 7, 12))), arrow.py_buffer(b"onecaf\xe9three"))
    late = arrow.array([1, 2, 2**62], type=arrow.timestamp("us"))
    file = tmp_path / "t.parquet"
    for table, number in (({"text": latin}, 2), ({"text": ["one", "two", "three"], "date": late}, 3)):
        parquet.write_table(arrow.table(table), file)
        bad: list[DataError] = []
        found = [t.text for t in read_texts([str(file)], Columns("text"), bad.append)]
        assert len(found) == 2 and [e.place for e in bad] == [f"{file}:{number}"]


def test_rows_of_parquet_with_an_unknown_time_zone_are_named(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    file = tmp_path / "t.parquet"
    parquet.write_table(arrow.table({"text": ["one", "two"], "date": arrow.array([1, None], type=arrow.timestamp("us", tz="Nowhere/Else"))}), file)
    bad: list[DataError] = []
    found = [(t.text, t.meta) for t in read_texts([str(file)], Columns("text"), bad.append)]
    assert len(found) + len(bad) == 2 and bad[0].place == f"{file}:1"
    assert "Nowhere/Else" in str(bad[0]) and "time zones are IANA's" in str(bad[0])


def test_columns_of_the_same_name_are_refused(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    table, columns = tmp_path / "t.csv", arrow.array(["one"])
    table.write_text("text,date,text,date,date\none,1,two,2,3\n")
    parquet.write_table(arrow.Table.from_arrays([columns, columns], names=["text", "text"]), tmp_path / "t.parquet")
    for file, place, words in ((table, f"{table}:1: ", "'text' (2 times), 'date' (3 times)"), (tmp_path / "t.parquet", "", "'text' (2 times)")):
        bad: list[DataError] = []
        assert list(read_texts([str(file)], Columns("text"), bad.append)) == []
        assert [str(e) for e in bad] == [f"{place or f'{file}: '}columns of the same name: {words}; give each column a name of its own"]


def test_what_json_lacks_is_turned_into_text_or_left_out_of_tables(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    file, day = tmp_path / "t.parquet", datetime.date(2024, 5, 1)
    cells = {"text": "one", "nan": float("nan"), "inf": float("-inf"), "days": [day], "deep": {"n": [float("nan"), 1.5], "day": day}}
    parquet.write_table(arrow.Table.from_pylist([cells]), file)
    (text,) = read_texts([str(file)], Columns("text"), lambda error: pytest.fail(str(error)))
    assert text.meta == {"inf": "-inf", "days": ["2024-05-01"], "deep": {"n": [None, 1.5], "day": "2024-05-01"}}
    assert parse_line(dump(Article("one", (), "a", text.meta).to_dict()).encode())["meta"] == text.meta


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.jsonl"])
def test_a_folder_with_the_name_of_a_table_is_named(tmp_path: Path, name: str) -> None:
    """`expand` reads folders; one that is made between the two, or handed straight to `read_texts`, must not raise."""
    (tmp_path / name).mkdir()
    bad: list[DataError] = []
    assert list(read_texts([str(tmp_path / name)], Columns("text"), bad.append)) == [] and len(bad) == 1


# --------------------------------------------------------------------------------------------- checkpoint folders


@pytest.fixture
def copy(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "copy"))


def change(folder: Path, **values: dict[str, object]) -> None:
    file = folder / checkpoint.CONFIG
    old = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**old, **{k: {**old[k], **v} for k, v in values.items()}}), encoding="utf-8")


@pytest.mark.parametrize(
    "encoder",
    [{"model_type": "nonsense"}, {"hidden_size": -1}, {"hidden_size": "x"}, {"hidden_act": "none"}, {"torch_dtype": "x"}, {"id2label": 5}, {"pad_token_id": 10**6}],
)
def test_an_encoder_that_cannot_be_built_is_refused(copy: Path, encoder: dict[str, object]) -> None:
    change(copy, encoder=encoder)
    with pytest.raises(CheckpointError, match=str(copy)):
        stancekit.load(copy, engine="torch")


ABSURD = {
    "labels": ({"num_labels": 10**9}, "encoder.num_labels = 1000000000, expected at most 1024"),
    "layers": ({"num_hidden_layers": 10**9}, "encoder.num_hidden_layers"),
    "layers of another name": ({"n_layers": 10**6}, "encoder.n_layers"),
    "width": ({"hidden_size": 10**9}, "encoder.hidden_size = 1000000000, expected at most 1048576"),
    "words": ({"vocab_size": 10**30}, "encoder.vocab_size"),
    "in a list": ({"sizes": [1, [10**9]]}, "encoder.sizes"),
    "in an object": ({"vision": {"width": {"x": 10**9}}}, "encoder.x"),
    "of many digits": ({"hidden_size": 10**4000}, "encoder.hidden_size"),
}


@pytest.mark.parametrize(("encoder", "words"), ABSURD.values(), ids=ABSURD.keys())
def test_absurd_sizes_are_refused_before_they_take_memory(copy: Path, encoder: dict[str, object], words: str) -> None:
    change(copy, encoder=encoder)
    for engine in ("onnx", "torch"):
        with pytest.raises(CheckpointError, match=words):
            stancekit.load(copy, engine=engine)


@pytest.mark.parametrize("decode", [{"threshold": float("nan")}, {"bias": float("inf")}, {"max_candidates": -1}, {"max_candidates": 10_000}])
def test_a_rule_that_cannot_work_is_refused(copy: Path, decode: dict[str, object]) -> None:
    change(copy, decode=decode)
    with pytest.raises(CheckpointError, match=f"decode.{next(iter(decode))}"):
        stancekit.load(copy)


def test_a_window_longer_than_the_encoder_reads_is_refused(copy: Path) -> None:
    change(copy, window={"max_tokens": 8192})
    with pytest.raises(CheckpointError, match=r"window.max_tokens|8192"):
        stancekit.load(copy).predict("The minister condemned the attack. " * 300)


LAYER = "encoder.layer.0.attention.self.query"
RANGES = {
    "no lowest": {f"int8.{LAYER}.reach": 32},
    "an empty lowest": {f"int8.{LAYER}.reach": 32, f"int8.{LAYER}.low": 0},
    "no such layer": {"int8.x.reach": 32, "int8.x.low": 1},
    "no name": {"int8..reach": 32, "int8..low": 1},
    "another width": {f"int8.{LAYER}.reach": 7, f"int8.{LAYER}.low": 1},
    "not a linear layer": {"int8.embeddings.word_embeddings.reach": 32, "int8.embeddings.word_embeddings.low": 1},
}


@pytest.mark.parametrize("sizes", RANGES.values(), ids=RANGES.keys())
def test_eight_bit_ranges_that_do_not_fit_are_refused(copy: Path, sizes: dict[str, int]) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    file = copy / checkpoint.WEIGHTS
    own = {k: v for k, v in load_file(file).items() if not k.startswith("int8.")}
    save_file({**own, **{name: torch.ones(size) for name, size in sizes.items()}}, file)
    with pytest.raises(CheckpointError, match="model.safetensors"):
        stancekit.load(copy, engine="torch")


# ------------------------------------------------------------------------------------------------------- run time


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def test_own_names_in_two_spellings_cost_no_more_than_one(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("".join(f"ab{i},A\nAB{i},A\n" for i in range(5000)))
    assert cpu(lambda: AliasFile(file)) < 2


def one(text: str) -> Article:
    span, middle = Span.of(text, 0, len(text)), len(text) // 2
    return Article(text, (Statement(span, (Stance("support", span, Span.of(text, 0, middle), Span.of(text, middle, len(text))),)),))


@pytest.mark.parametrize("piece", ["“He ", '"He said. '])
def test_names_are_resolved_in_a_time_that_a_megabyte_allows(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    assert cpu(lambda: resolve(one(text))) < 1.5, "1 MB took five minutes"


@pytest.mark.parametrize("piece", ["“We.” ", "NAIROBI (AP) - x\n"])
def test_the_parties_of_many_sentences_are_named_in_time(piece: str) -> None:
    number, length, half = 90_000 // len(piece), len(piece.strip()), len(piece.strip()) // 2
    text, statements = piece * number, []
    for start in range(0, len(text), len(piece)):
        span = Span.of(text, start, start + length)
        stance = Stance("support", span, Span.of(text, start, start + half), Span.of(text, start + half, start + length))
        statements.append(Statement(span, (stance,)))
    assert cpu(lambda: resolve(Article(text, tuple(statements)))) < 2.5, "time grew with the square of the length"


def test_a_marks_file_is_read_in_a_time_that_grows_with_its_length() -> None:
    assert cpu(lambda: list(from_marks("### a\n\n" + "the ministry spoke\n" * 100_000))) < 4


@pytest.mark.parametrize("tag", ["b", "a", "ref"])
def test_a_page_of_many_small_tags_is_read_in_time(tmp_path: Path, tag: str) -> None:
    file = tmp_path / "p.html"
    file.write_text(f"<html><body><article><p>{f'<{tag}>x</{tag}> ' * 24_000}</p></article></body></html>")
    bad: list[DataError] = []
    assert cpu(lambda: [t.text for t in read_texts([str(file)], Columns(), bad.append)]) < 3
