"""Inputs that once got past a reader (found by scripts/fuzz.py and tests/test_properties.py), each with what it must give.

A find is an input, the reader it goes through, and either what is read or a part of the error that must be raised.
"""

from __future__ import annotations

import base64
import datetime
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stancekit
from stancekit import checkpoint
from stancekit.codes import AliasFile
from stancekit.config import TrainConfig, read_yaml
from stancekit.convert import BRAT_INDEX, from_brat, read_brat, read_label_studio
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
    return Encoder.from_file(file, WindowRule()).tokenize("Kenya " + "k" * 40 + " 5")


def tokenizer_file(model: str = "WordLevel", longest: int = 100, **settings: object) -> bytes:
    """A `tokenizer.json` of a few words."""
    words = {w: i for i, w in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "k"))}
    options = {"max_input_chars_per_word": longest, "continuing_subword_prefix": "##"} if model == "WordPiece" else {}
    return json.dumps({"model": {"type": model, "vocab": words, "unk_token": "[UNK]", **options}, **settings}).encode()


def replacing(what: str, by: str, kind: str = "String") -> dict[str, object]:
    return {"type": "Replace", "pattern": {kind: what}, "content": by}


def charsmap(piece: bytes) -> dict[str, object]:
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(bytes([4, 0, 0, 0]) + bytes(4) + piece + b"\0").decode()}


def label_studio(file: Path) -> object:
    return list(read_label_studio(file))


def brat(file: Path) -> object:
    """The content is the annotation of a text."""
    return from_brat("China spoke.", file.read_text(), place=str(file))


def brat_index(file: Path) -> object:
    folder = file.with_name("folder")
    folder.mkdir()
    file.rename(folder / BRAT_INDEX)
    return list(read_brat(folder))


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
    "tokenizer, a text doubled thirty times": (
        tokenizer, tokenizer_file(normalizer={"type": "Sequence", "normalizers": [replacing("k", "kk")] * 30}), CheckpointError, "1,073,741,824 times as long",
    ),
    "tokenizer, bytes of bytes": (
        tokenizer, tokenizer_file(pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False}] * 30}),
        CheckpointError, "1,073,741,824 times as long",
    ),
    "tokenizer, a letter becomes a book": (tokenizer, tokenizer_file(normalizer=replacing("k", "x" * 1_000_000)), CheckpointError, "1,000,000 times"),
    "tokenizer, a book before each text": (tokenizer, tokenizer_file(normalizer={"type": "Prepend", "prepend": "x" * 1_000_000}), CheckpointError, "3,906 times"),
    "tokenizer, a book in a table": (tokenizer, tokenizer_file(normalizer=charsmap(b"x" * 100_000)), CheckpointError, "100,000 times"),
    "tokenizer, padding without end": (
        tokenizer, tokenizer_file(padding={"strategy": {"Fixed": 10**12}, "direction": "Right", "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]", "pad_to_multiple_of": None},
                                  pre_tokenizer={"type": "Split", "pattern": {"Regex": "(k|kk)*[0-9]"}, "behavior": "Isolated", "invert": False}),
        CheckpointError, "cannot read a text with the checkpoint's tokenizer; check its tokenizer.json: Onig",
    ),
    "tokenizer, words of any length": (tokenizer, tokenizer_file("WordPiece", 10**9), CheckpointError, "model.max_input_chars_per_word = 1000000000, expected at most 256"),
    "Label Studio, nested deeply": (label_studio, b"[" * 100_000, DataError, "input: malformed JSON: nested too deeply"),
    "Label Studio, NaN": (label_studio, b'[{"data": {"text": "x", "n": NaN}}]', DataError, "NaN is not a finite number"),
    "Label Studio, a record nested deeply": (
        label_studio, json.dumps([{"data": {"text": "x", "stancekit": "[" * 100_000}}]).encode(), DataError, "is not the record stancekit wrote",
    ),
    "Label Studio, a number for predictions": (
        label_studio, b'[{"data": {"text": "x"}, "predictions": 5}]', DataError, "task 1: 'predictions' of a task is not a list of objects",
    ),
    "brat, an event of nothing": (brat, b"E1\t", DataError, "input:1: cannot read the event ''"),
    "brat, an offset of many digits": (brat, b"T1\tSOURCE 0 " + b"9" * 5000 + b"\tChina", DataError, "input:1: cannot read the span"),
    "brat, a document whose name is too long": (brat_index, json.dumps({"file": "x" * 300}).encode(), DataError, "File name too long"),
    "brat, a document whose name no file has": (brat_index, json.dumps({"file": "a\0b"}).encode(), DataError, "cannot read"),
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


def test_a_party_marked_on_white_space_is_nobody() -> None:
    """It had been taken for a body without a name, and so for the speaker of the next quotation."""
    text = "h “Hek. “H"
    blank = Span(1, 2, " ")
    first, second = Span.of(text, 0, 7), Span.of(text, 8, 10)
    article = Article(text, (Statement(first, (Stance("warning", first, blank, blank),)), Statement(second, (Stance("warning", second),))))
    assert [(s.source_name, s.target_name, s.source_kind) for s in resolve(article).stances] == [(None, None, "unknown"), (None, None, "quote")]


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


def test_a_column_of_parquet_whose_name_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    file = tmp_path / "t.parquet"
    parquet.write_table(arrow.table({"text": ["one"], "wxyz": [1]}), file, store_schema=False)
    file.write_bytes(file.read_bytes().replace(b"wxyz", b"w\xe9yz"))
    bad: list[DataError] = []
    assert list(read_texts([str(file)], Columns("text"), bad.append)) == []
    assert [str(e).startswith(f"cannot read {file} as Parquet: ") for e in bad] == [True]


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


@pytest.mark.parametrize("kind", ["html", "?xml"])
def test_a_page_of_entities_within_entities_stays_small(tmp_path: Path, kind: str) -> None:
    file, word = tmp_path / "p.html", "Norway condemned the attack. "
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20 if n else word}">' for n in range(12))
    begin = '<?xml version="1.0"?>' * (kind == "?xml") + f'<!DOCTYPE html [{entities}<!ENTITY own SYSTEM "file:///etc/passwd">]>'
    file.write_text(f"{begin}<html><body><article><p>{word * 9}&e11;&own;</p></article></body></html>")
    (text,) = read_texts([str(file)], Columns(), lambda error: pytest.fail(str(error)))
    assert word.strip() in text.text and len(text.text) < 5000 and "root:" not in text.text


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
    "width and words together": ({"vocab_size": 2**20, "hidden_size": 2**20}, "does not fit stancekit.json: .* has the shape"),
    "in a list": ({"sizes": [1, [10**9]]}, "encoder.sizes"),
    "in an object": ({"vision": {"width": {"x": 10**9}}}, "encoder.x"),
    "of many digits": ({"hidden_size": 10**4000}, "encoder.hidden_size"),
}


@pytest.mark.parametrize(("encoder", "words"), ABSURD.values(), ids=ABSURD.keys())
def test_absurd_sizes_are_refused_before_they_take_memory(copy: Path, encoder: dict[str, object], words: str) -> None:
    change(copy, encoder=encoder)
    for engine in ("torch",) if words.startswith("does not fit") else ("onnx", "torch"):  # graphs do not take their shapes from the settings
        with pytest.raises(CheckpointError, match=words):
            stancekit.load(copy, engine=engine)


def test_absurd_sizes_of_weights_that_are_left_out_are_refused(copy: Path) -> None:
    import torch
    from safetensors.torch import save_file

    change(copy, encoder={"vocab_size": 2**20, "hidden_size": 2**20})
    save_file({"mention.linear_end.bias": torch.ones(2)}, copy / checkpoint.WEIGHTS)
    with pytest.raises(CheckpointError, match=r"does not fit stancekit.json: missing \['encoder\."):
        stancekit.load(copy, engine="torch")


FETCHED: tuple[dict[str, object], ...] = (
    {"model_type": "upernet", "backbone": "someone/x", "use_pretrained_backbone": True}, {"vision": {"use_timm_backbone": True}},
    {"attn_implementation": "someone/kernel"}, {"_attn_implementation": {"": "someone/kernel"}}, {"experts_implementation": "a/b"},
)  # fmt: skip


@pytest.mark.parametrize("encoder", FETCHED)
def test_settings_that_name_what_transformers_would_fetch_are_refused(copy: Path, encoder: dict[str, object]) -> None:
    change(copy, encoder=encoder)
    with pytest.raises(CheckpointError, match="settings may name no other model or code to fetch"):
        stancekit.load(copy, engine="torch")


def located(place: str) -> Callable[[Any], None]:
    """Moves the weights of a graph to another file."""

    def change(graph: Any) -> None:
        for tensor in graph.graph.initializer:
            for entry in tensor.external_data:
                if entry.key == "location":
                    entry.value = place

    return change


def foreign(graph: Any) -> None:
    graph.opset_import.add(domain="foreign", version=1)
    graph.graph.node[0].domain, graph.graph.node[0].op_type = "foreign", "Run"


HOSTILE: dict[str, tuple[str, str]] = {
    "above": ("../far/w", "validation|escapes"), "by its full path": ("{far}/w", "validation|Absolute"), "behind a link": ("link", "validation|escapes"),
    "behind a linked folder": ("folder/w", "validation|escapes"), "an operator of its own": ("", "foreign:Run"),
}  # fmt: skip


@pytest.mark.parametrize(("place", "words"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_graph_that_reads_outside_its_folder_or_brings_operators_is_refused(copy: Path, tmp_path: Path, place: str, words: str) -> None:
    """The weights outside are right: what is refused is where they lie."""
    import onnx

    far, graph = tmp_path / "far", onnx.load(copy / "pair.onnx", load_external_data=False)
    far.mkdir()
    shutil.copyfile(copy / checkpoint.WEIGHTS, far / "w")
    (copy / "link").symlink_to(far / "w")
    (copy / "folder").symlink_to(far)
    (located(place.format(far=far)) if place else foreign)(graph)
    (copy / "pair.onnx").write_bytes(graph.SerializeToString())
    with pytest.raises(CheckpointError, match=rf"(?s)pair.onnx cannot be loaded: .*({words})"):
        stancekit.load(copy)


@pytest.mark.parametrize("decode", [{"threshold": float("nan")}, {"bias": float("inf")}, {"max_candidates": -1}, {"max_candidates": 10_000}])
def test_a_rule_that_cannot_work_is_refused(copy: Path, decode: dict[str, object]) -> None:
    change(copy, decode=decode)
    with pytest.raises(CheckpointError, match=f"decode.{next(iter(decode))}"):
        stancekit.load(copy)


def test_a_window_longer_than_the_encoder_reads_is_refused(copy: Path) -> None:
    change(copy, window={"max_tokens": 8192})
    with pytest.raises(CheckpointError, match=r"window.max_tokens|8192"):
        stancekit.load(copy).predict("The minister condemned the attack. " * 300)


LAYER = "encoder.encoder.layer.0.attention.self.query"
RANGES = {
    "no lowest": ({f"int8.{LAYER}.reach": 32}, "needs a reach and a low"),
    "an empty lowest": ({f"int8.{LAYER}.reach": 32, f"int8.{LAYER}.low": 0}, "has 0 numbers"),
    "no such layer": ({"int8.x.reach": 32, "int8.x.low": 1}, "is not in -1 to 0|no linear layer 'x'"),
    "no name": ({"int8..reach": 32, "int8..low": 1}, "is not in -1 to 0|no linear layer ''"),
    "another width": ({f"int8.{LAYER}.reach": 7, f"int8.{LAYER}.low": -1}, r"has the shape \(7,\)"),
    "not a linear layer": (
        {"int8.encoder.embeddings.word_embeddings.reach": 32, "int8.encoder.embeddings.word_embeddings.low": -1}, "no linear layer",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sizes", "words"), RANGES.values(), ids=RANGES.keys())
def test_eight_bit_ranges_that_do_not_fit_are_refused(copy: Path, sizes: dict[str, int], words: str) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    file = copy / checkpoint.WEIGHTS
    own = {k: v for k, v in load_file(file).items() if not k.startswith("int8.")}
    values = {name: -torch.ones(1) if size == -1 else torch.zeros(size) if name.endswith(".low") else torch.ones(size) for name, size in sizes.items()}
    save_file({**own, **values}, file)
    with pytest.raises(CheckpointError, match=f"model.safetensors.*({words})"):
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
