"""Coverage-guided fuzzing of everything that reads other people's bytes, and run times of the worst texts.

Run: pip install atheris
     python scripts/fuzz.py TARGET [--seconds 60] [--corpus DIR] [--crashes DIR]   one of TARGETS, or "all"
     python scripts/fuzz.py growth [--size 1048576] [--only JOB]                   processor time of the worst texts, at doubling lengths

Each target reads an input as the package would and checks what it promises: an answer that holds, or one of the errors of
`stancekit.errors`. Anything else counts as a crash: another exception, a broken promise, a panic or signal of a library, an
input that takes over 60 seconds or 3 GB. A run goes on past crashes; each distinct one (kind and place) is made small and
printed. `--corpus` keeps the inputs that reached new code, so that the next run starts there. Exit code 1: crashes found.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import itertools
import json
import logging
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Check = Callable[[bytes], None]
INSTRUMENTED = ["stancekit", "yaml", "sentencex", "trafilatura", "justext", "htmldate"]
"""Packages whose code paths guide the search. Libraries in C and Rust are reached but not seen inside."""
SLOWEST, MEMORY = 60, 3000
"""Seconds and megabytes an input may take."""
LIMIT = 8192
"""Longest input in bytes."""
STOP, SLOWEST_TEXT = 3.0, 10.0
"""Seconds of processor time at which a text is made no longer; seconds that the worst text may take."""

TEXT = "China's foreign minister, Wang Yi, condemned the U.S. attack. “He warned Kenya,” Mr. Ali said; NATO (and they) backed it."
MARKS = b"""### a1-02
genre: press briefing
n: 3

<a>Port union</a> warns <b>ministry</b> of strike {warning a>b}
~" \\u00a0"
"<a>We</a> condemn <b>the \\<decree\\></b> and stand with <c>our members</c>," she said. {condemnation a>b; support a>c ?}
\\:outside

Talks resume on Monday.
### b
annotation: none

\\#x\\n\\\\ {support _>_}
"""
ARTICLE: dict[str, Any] = {
    "id": "a1", "text": "Norway backed Kenya. Nobody spoke.", "meta": {"date": "2024-05-01", "n": [1, {"x": None}]},
    "statements": [
        {"start": 0, "end": 20, "stances": [
            {"stance": "support", "source": [0, 6], "target": [14, 19], "optional": True, "confidence": 0.5, "source_name": "Norway",
             "source_code": "NOR", "source_kind": "named"}]},
        {"start": 21, "end": 34, "stances": []}],
}  # fmt: skip
QUERY = {"id": "q1", "text": "Norway backed Kenya.", "source": [0, 6], "target": [14, 19], "label": "support", "other": 1}
YAML = b"""base: minilm
output: runs/x
data: {articles: [{path: a, weight: 2.0}], queries: [{path: b, share: 0.5, reading: crowd}], dev_ids: ~}
labels: &l {support: a, "x": !!str b}
window: {<<: {max_tokens: 64}, context: 1}
lora: {rank: 8, targets: [query]}
seed: 0x1F
epochs: 1_0
encoder_rate: 1e-4
trackers: [!!set {a}, 2001-12-14t21:59:43.10-05:00, !!binary aGk=, 190:20:30, 190:20:30.15, .nan, !!omap [a: 1], *l]
"""
HTML = (
    b"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>T</title><meta property='article:published_time' content='2024-05-01'>"
    b"<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"datePublished\":\"2024-05-01\"}</script></head><body><nav>x</nav>"
    b"<article><h1>Norway backed Kenya</h1><p>" + TEXT.encode() + b"</p><p>" + TEXT.encode() * 2 + b"</p><ul><li>one</li></ul>"
    b"<blockquote>q</blockquote><img src=a.png alt=b><a href='/x'>l</a><br/>&amp;&#x1F600;</article><footer>f</footer></body></html>"
)
BETWEEN = b"\n%%%\n"
ALIASES = b'name,code\n# ours\nNorthland,NLD\n"the Front, united",FRONT-1\nnorthland,NLD\n\n"a ""b""",X_1\n'


def marks(folder: Path) -> Check:
    """A file in the marks form; what is read is written and reads back the same."""
    from stancekit.corpus import read_marks, to_marks

    file, again = folder / "m.txt", folder / "again.txt"

    def check(data: bytes) -> None:
        file.write_bytes(data)
        for article in read_marks(file):
            again.write_text(to_marks(article), encoding="utf-8", errors="surrogatepass", newline="\n")
            if not re.search("[\ud800-\udfff\r]", article.text + article.id):
                assert list(read_marks(again)) == [article], f"{article} reads back as another"

    return check


def lines(folder: Path) -> Check:
    """JSON Lines of articles and queries; what is read survives a line."""
    from stancekit.data import dump, kind_of, parse_line, read_articles, read_queries
    from stancekit.errors import DataError
    from stancekit.schema import Article, Query

    file = folder / "f.jsonl"
    bad: list[DataError] = []

    def check(data: bytes) -> None:
        file.write_bytes(data)
        with contextlib.suppress(DataError):
            kind_of(file)
        bad.clear()
        for article in read_articles(file, None, bad.append):
            line = dump(article.to_dict())
            assert dump(Article.from_dict(parse_line(line.encode()), None).to_dict()) == line
            assert "<script" not in article._repr_html_()
        for query in read_queries(file, on_error=bad.append):
            line = dump(query.to_dict())
            assert dump(Query.from_dict(parse_line(line.encode())).to_dict()) == line
        assert all(e.place for e in bad)

    return check


def standoff(folder: Path) -> Check:
    """Stand-off records joined to their text."""
    from stancekit.corpus import join_standoff

    file = folder / "s.jsonl"
    texts = {"doc-1": ARTICLE["text"]}

    def check(data: bytes) -> None:
        file.write_bytes(data)
        for article in join_standoff(file, texts):
            assert article.text == texts["doc-1"]

    return check


def config(folder: Path) -> Check:
    """A YAML training configuration."""
    from stancekit.config import TrainConfig, read_yaml

    file = folder / "c.yaml"

    def check(data: bytes) -> None:
        file.write_bytes(data)
        read = read_yaml(file, TrainConfig)
        assert TrainConfig.model_validate_json(read.model_dump_json(ensure_ascii=True)) == read or "nan" in repr(read)

    return check


def settings(folder: Path) -> Check:
    """`stancekit.json` of a checkpoint folder."""
    from stancekit.checkpoint import CONFIG, read_config

    def check(data: bytes) -> None:
        (folder / CONFIG).write_bytes(data)
        read_config(folder)

    return check


def tokenizer(folder: Path) -> Check:
    """`tokenizer.json` of a checkpoint folder; one that is accepted reads a text."""
    from stancekit.encoding import Encoder, WindowRule

    file = folder / "tokenizer.json"

    def check(data: bytes) -> None:
        file.write_bytes(data)
        encoded = Encoder.from_file(file, WindowRule()).article(TEXT)
        assert all(0 <= a < b <= len(TEXT) for s in encoded.sentences for a, b in zip(s.starts, s.ends, strict=True))

    return check


def weights(folder: Path) -> Check:
    """`model.safetensors` of a checkpoint folder. The first byte of an input says what follows: `h` a header, laid before
    zeros; `r` the raw file; else lines `name dtype sizes` of tensors beside or in the place of a small model's own."""
    import torch
    from safetensors.torch import save

    from stancekit import checkpoint
    from stancekit.config import CheckpointConfig, WindowConfig
    from stancekit.model import StanceModel

    encoder = {"model_type": "bert", "vocab_size": 40, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
               "intermediate_size": 8, "max_position_embeddings": 16}  # fmt: skip
    config = CheckpointConfig(encoder=encoder, window=WindowConfig(max_tokens=16))
    own = {k: v.to(torch.float16).contiguous().clone() for k, v in StanceModel.from_config(encoder, 3).state_dict().items()}
    file = folder / checkpoint.WEIGHTS
    kinds = {"f16": torch.float16, "f32": torch.float32, "i64": torch.int64, "bool": torch.bool, "bf16": torch.bfloat16}

    def tensor(words: list[str]) -> tuple[str, torch.Tensor]:
        sizes = [int(w) % 64 for w in words[2:5] if re.fullmatch(r"[0-9]{1,4}", w)]
        return words[0], torch.ones(sizes, dtype=kinds.get(words[1] if len(words) > 1 else "", torch.float16))

    def check(data: bytes) -> None:
        body = data[1:]
        if data[:1] == b"h":
            file.write_bytes(len(body).to_bytes(8, "little") + body + bytes(4096))
        elif data[:1] == b"r":
            file.write_bytes(body)
        else:
            rows = [line.split() for line in body.decode("utf-8", "replace").splitlines()]
            file.write_bytes(save({**own, **dict(tensor(row) for row in rows if row)}))
        checkpoint.load_torch(folder, config, int8=True)

    return check


def inputs(name: str) -> Callable[[Path], Check]:
    """A file that `predict` is given, by its name."""

    def target(folder: Path) -> Check:
        from stancekit.errors import DataError
        from stancekit.inputs import Columns, read_texts

        file = folder / name
        bad: list[DataError] = []
        columns = (Columns(), Columns("text", "id"))

        def check(data: bytes) -> None:
            file.write_bytes(data)
            for choice in columns:
                bad.clear()
                for text in read_texts([str(file)], choice, bad.append):
                    assert isinstance(text.text, str) and isinstance(text.id, str)
                    json.dumps(text.meta)

        return check

    return target


def tool(name: str) -> Callable[[Path], Check]:
    """An annotation tool's export, `name` as in `convert.FORMATS`; an article that is read survives another trip. In an input for
    brat `BETWEEN` stands between text, annotation and index; what is left out is not there."""

    def target(folder: Path) -> Check:
        from stancekit.convert import FORMATS, detect
        from stancekit.errors import DataError
        from stancekit.schema import LABELS

        form, again = FORMATS[name], folder / "again"
        source = folder / {"label-studio": "t.json", "doccano": "t.jsonl", "brat": "b"}[name]
        bad: list[DataError] = []
        if name == "brat":
            source.mkdir()

        def check(data: bytes) -> None:
            if name == "brat":
                for part, content in itertools.zip_longest(("a.txt", "a.ann", "stancekit.jsonl"), data.split(BETWEEN, 2)):
                    (source / part).unlink(missing_ok=True)
                    if content is not None:
                        (source / part).write_bytes(content)
            else:
                source.write_bytes(data)
            with contextlib.suppress(DataError):
                detect(str(source))
            for reviewed in (True, False):
                bad.clear()
                for article in form.read(str(source), LABELS, reviewed, bad.append):
                    if name == "brat":
                        shutil.rmtree(again, ignore_errors=True)
                    with contextlib.suppress(DataError):  # what the tool cannot hold
                        form.write(str(again), [article], LABELS)
                        found = list(form.read(str(again), LABELS, False, None))
                        assert found == [article], f"{article} reads back as {found}"
                assert all(e.place for e in bad)

        return check

    return target


def aliases(folder: Path) -> Check:
    """A file of own names and codes; each name is found in a phrase or whole."""
    from stancekit.codes import AliasFile, code_of

    file = folder / "a.csv"

    def check(data: bytes) -> None:
        file.write_bytes(data)
        found = AliasFile(file)
        for name, code in found.items():
            assert code_of(name, found) == code, f"{name!r} is {code_of(name, found)!r}"
            code_of(f"the army of {name}'s rebels", found)

    return check


def text(folder: Path) -> Check:
    """Sentences, names and codes of a text. The first bytes choose where the stances are."""
    from stancekit.codes import code_of, type_of
    from stancekit.encoding import tidy
    from stancekit.names import KINDS, resolve
    from stancekit.schema import Article, Span, Stance, Statement
    from stancekit.text import sentences

    def check(data: bytes) -> None:
        places, body = data[:8], data[8:].decode("utf-8", "surrogatepass" if data[:1] < b"\x80" else "replace")
        position, statements = 0, []
        for number, (start, end) in enumerate(sentences(body)):
            assert position <= start < end and not body[position:start].strip(), "a character is lost"
            position, span = end, Span.of(body, start, end)
            a, b, c, d = (start + p % (end - start) for p in (places * (number + 1))[4 * number :][:4].ljust(4, b"\0"))
            pieces = [Span.of(body, *tidy(body, first, last)) if first < last else None for first, last in ((a, b), (c, d))]
            statements.append(Statement(span, (Stance("warning", span, pieces[0], pieces[1]),)))
        assert not body[position:].strip(), "the end is lost"
        article = Article(body, tuple(statements))
        for stance in resolve(article).stances:
            assert stance.source_kind in KINDS and stance.source_name != "" and stance.target_name != ""
        code_of(body)
        type_of(body)

    def guarded(data: bytes) -> None:
        with contextlib.suppress(UnicodeDecodeError):
            check(data)

    return guarded


@dataclass(frozen=True)
class Target:
    """What is fuzzed: `build` gives its check, `seeds` are inputs to begin with, `words` are tried inside them."""

    build: Callable[[Path], Check]
    seeds: Callable[[], list[bytes]]
    words: tuple[str, ...] = ()
    limit: int = LIMIT


def _json(*records: Any) -> bytes:
    return b"".join(json.dumps(r).encode() + b"\n" for r in records)


def _standoff() -> list[bytes]:
    record = {k: v for k, v in ARTICLE.items() if k != "text"}
    return [_json({**record, "locator": "doc-1", "sha256": hashlib.sha256(ARTICLE["text"].encode()).hexdigest()})]


def _settings() -> list[bytes]:
    from stancekit.config import CheckpointConfig

    return [CheckpointConfig(encoder={"model_type": "bert"}, recipe={"data": [1]}).model_dump_json().encode()]


def _tokenizers() -> list[bytes]:
    """Small tokenizers of each kind that encoders come with."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "<s>"]
    words = {w: i for i, w in enumerate([*special, "china", "##s", "a", "b", "ab", ".", "▁"])}
    out = []
    for model, before in (
        (models.WordPiece(words, unk_token="[UNK]"), pre_tokenizers.BertPreTokenizer()),
        (models.WordLevel(words, unk_token="[UNK]"), pre_tokenizers.Whitespace()),
        (models.BPE(words, [("a", "b")], unk_token="[UNK]", byte_fallback=True), pre_tokenizers.ByteLevel()),
        (models.Unigram([(w, -float(i)) for w, i in words.items()], unk_id=1), pre_tokenizers.Metaspace()),
    ):
        made = Tokenizer(model)
        made.pre_tokenizer = pre_tokenizers.Sequence([before, pre_tokenizers.Split("x+", "isolated"), pre_tokenizers.Digits()])
        made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.BertNormalizer(), normalizers.Replace("y", "z")])
        made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
        made.decoder = decoders.WordPiece()
        made.add_special_tokens(special)
        made.enable_truncation(8)
        made.enable_padding(length=8)
        out.append(made.to_str().encode())
    return out


def _weights() -> list[bytes]:
    header = {"__metadata__": {"format": "pt"}, "a": {"dtype": "F16", "shape": [2, 1024], "data_offsets": [0, 4096]}}
    layer = "encoder.encoder.layer.0.attention.self.query"
    return [
        b"h" + _json(header), b"r" + (64).to_bytes(8, "little") + _json(header)[:64].ljust(64) + bytes(16), b"t",
        f"tint8.{layer}.reach f32 8\nint8.{layer}.low f32 1\nmention.start.bias f16 256".encode(),
        b"tint8.x.reach f32 8\nint8..low\nint8.encoder.embeddings.reach i64 1 1",
    ]  # fmt: skip


def _tool(name: str) -> list[bytes]:
    """What the form makes of two articles, with its record and without."""
    from stancekit.convert import RECORD, to_brat, to_doccano, to_label_studio
    from stancekit.corpus import text_hash
    from stancekit.schema import Article

    one = Article.from_dict(ARTICLE)
    if name == "brat":
        record = {"file": "a", "sha256": text_hash(one.text), **{k: v for k, v in ARTICLE.items() if k != "text"}}
        parts = [one.text.encode(), to_brat(one).encode(), _json(record)]
        return [BETWEEN.join(parts[:n]) for n in (1, 2, 3)]
    form = to_doccano if name == "doccano" else to_label_studio
    records, bare = (list(form([one, Article("Kenya. \U0001f600 Kenya.", (), "b")])) for _ in range(2))
    for record in bare:
        del (record if name == "doccano" else record["data"])[RECORD]
    return [_json(*rows) if name == "doccano" else json.dumps(rows).encode() for rows in (records, bare)]


def _parquet() -> list[bytes]:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    table = arrow.table({"id": [1, 2], "text": ["Kenya spoke.", None], "n": [[1], []], "d": [None, {"a": 1.5}]})
    out = []
    for codec in ("none", "snappy", "zstd"):
        sink = arrow.BufferOutputStream()
        parquet.write_table(table, sink, compression=codec)
        out.append(sink.getvalue().to_pybytes())
    return out


JSON_WORDS = ('"id"', '"text"', '"meta"', '"statements"', '"start"', '"end"', '"stances"', '"stance"', '"source"', '"target"', '"support"',
              '"none"', '"label"', '"confidence"', '"optional"', "null", "true", "[0,6]", "NaN", "1e999", "-1", '"\\ud800"',
              "[[[[")  # fmt: skip
CSV = b'id,text,date\n1,"Kenya spoke, and\n""left"".",2024-05-01\n2,x,\n'
TARGETS: dict[str, Target] = {
    "marks": Target(
        marks, lambda: [MARKS],
        ("### ", "<a>", "</a>", "{support a>b}", " ?", "_>_", "; ", "\\:", '~"', "\\n", "annotation: none"),
    ),
    "lines": Target(lines, lambda: [_json(ARTICLE, QUERY), _json({**QUERY, "target": "Kenya"})], JSON_WORDS),
    "standoff": Target(standoff, _standoff, (*JSON_WORDS, '"locator"', '"sha256"')),
    "config": Target(
        config, lambda: [YAML, b"base: a\noutput: b\ndata: {}\n"],
        ("!!int", "!!float", "!!bool", "!!timestamp", "!!binary", "!!set", "!!omap", "!!pairs", "!!null", "&a", "*a", "<<:", "? ", ": ",
         "- ", "|2+", ">-", "%YAML 1.1", "---", "0x", "0b_", "1:1", "''", ".inf", "%TAG ! tag:"),
    ),
    "settings": Target(
        settings, _settings,
        ('"format_version"', '"labels"', '"given"', '"bias"', '"decode"', '"weights"', "NaN", "1e999", "[[[["),
    ),
    "tokenizer": Target(
        tokenizer, _tokenizers,
        ('"type"', '"Sequence"', '"Precompiled"', '"precompiled_charsmap"', '"Replace"', '"Regex"', '"Strip"', '"Prepend"',
         '"ByteFallback"', '"FixedLength"', '"Punctuation"', '"CharDelimiterSplit"', '"unk_token"', '"unk_id"',
         '"max_input_chars_per_word"', '"dropout"', '"ignore_merges"', '"Lowercase"', '"strip_accents"', "(a*)*", "null"),
    ),
    "weights": Target(weights, _weights, ('"dtype"', '"shape"', '"data_offsets"', "int8.", ".reach", ".low", " f32 ", " i64 ", " bool ")),
    "html": Target(
        inputs("p.html"), lambda: [HTML],
        ("<p>", "<table>", "<tr><td>", "<div>", "<svg>", "<!--", "<![CDATA[", "&#0;", "<?xml"),
    ),
    "csv": Target(inputs("t.csv"), lambda: [CSV], ('""', ",", "\r\n", "text")),
    "tsv": Target(inputs("t.tsv"), lambda: [CSV.replace(b",", b"\t")], ('""', "\t", "\r\n", "text")),
    "jsonl": Target(inputs("t.jsonl"), lambda: [_json(ARTICLE, {"id": 3, "text": "x", "d": {}})], JSON_WORDS),
    "parquet": Target(inputs("t.parquet"), _parquet, ("PAR1", "ARROW:schema", "\x15\x00")),
    "label-studio": Target(
        tool("label-studio"), lambda: _tool("label-studio"),
        (*JSON_WORDS, '"data"', '"annotations"', '"predictions"', '"result"', '"type"', '"labels"', '"choices"', '"relation"', '"value"',
         '"from_id"', '"to_id"', '"direction"', '"was_cancelled"', '"ground_truth"', '"STATEMENT"', '"SOURCE"', '"TARGET"'),
    ),
    "doccano": Target(
        tool("doccano"), lambda: _tool("doccano"),
        (*JSON_WORDS, '"entities"', '"relations"', '"Comments"', '"start_offset"', '"from_id"', '"type"', '"STATEMENT"',
         '"warning (optional)"'),
    ),
    "brat": Target(
        tool("brat"), lambda: _tool("brat"),
        ("\nT1\t", "\nE1\t", "\nA1\tOptional E1", "\n#1\tAnnotatorNotes T1\t", "STATEMENT 0 20\t", ";", " Source:T1", "_x41_",
         BETWEEN.decode(), "\u2028", "\r\n", '"file"', '"sha256"'),
    ),
    "aliases": Target(aliases, lambda: [ALIASES], ("name,code\n", '""', ",A\n", "the ", "#", "\r", "’", "İ")),
    "text": Target(
        text, lambda: [b"\x00\x08\x40\x50\x01\x30\x31\x60" + TEXT.encode(), b"\x81\x09\x01\x09\x01\x09\x01\x09" + TEXT.encode() * 3],
        (" said", " said. ", "“", "”", '"', "’s ", "Mr. ", "the ", " and ", " of ", " by ", " (", "he ", "we ",
         "UN ", "U.S.", "Kenya", "-", "\n", "e\u0301"),
        1500,
    ),
}  # fmt: skip


class Crashes:
    """The distinct crashes of a folder: one file each, the smallest input seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def note(self, error: BaseException, data: bytes) -> None:
        """Keeps an input under the name of its crash unless a smaller one is there."""
        file = self.folder / crash_name(error)
        if not file.exists() or file.stat().st_size > len(data):
            file.write_bytes(data)


def crash_name(error: BaseException) -> str:
    """What makes two crashes the same: the exception and the last line of ours it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(f.filename).stem}.{f.name}.{f.lineno}" for f in frames if "/stancekit/" in f.filename]
    return f"{type(error).__name__}-{places[-1] if places else 'check'}"


def run_one(check: Check, data: bytes) -> BaseException | None:
    """The crash of an input, None where all is well. Libraries in Rust panic with a BaseException."""
    from stancekit.errors import StancekitError

    try:
        check(data)
    except StancekitError:
        return None
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        return error
    return None


def shrink(check: Check, data: bytes, seconds: float) -> bytes:
    """A smaller input with the same crash, by leaving out ever smaller pieces."""
    began, found = time.monotonic(), run_one(check, data)
    if found is None:
        return data
    wanted, width = crash_name(found), max(1, len(data) // 2)
    while width and time.monotonic() - began < seconds:
        start = 0
        while start < len(data) and time.monotonic() - began < seconds:
            less = data[:start] + data[start + width :]
            again = run_one(check, less)
            if again is not None and crash_name(again) == wanted:
                data = less
            else:
                start += width
        width //= 2
    return data


def fuzz_here(name: str, crashes: Crashes, options: list[str]) -> None:
    """Fuzzes in this process, which libFuzzer ends."""
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        sys.exit("fuzzing needs a package that is not installed; run: pip install atheris")
    with tempfile.TemporaryDirectory() as folder, atheris.instrument_imports(include=INSTRUMENTED):
        check = TARGETS[name].build(Path(folder))

        def one(data: bytes) -> None:
            error = run_one(check, data)
            if error is not None:
                crashes.note(error, data)

        for seed in TARGETS[name].seeds():  # what is imported at the first call is imported before the clock runs
            one(seed)
        atheris.Setup([sys.argv[0], *options], one)
        atheris.Fuzz()


def fuzz(name: str, seconds: int, corpus: Path, crashes: Path) -> int:
    """Fuzzes a target in processes of its own, started again after a fatal input; prints what was tried and found."""
    target, began = TARGETS[name], time.monotonic()
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed{number}").write_bytes(seed)
    dictionary = crashes / "words.dict"
    escaped = ("".join(f"\\x{b:02x}" for b in word.encode()) for word in target.words)
    dictionary.write_text("".join(f'"{word}"\n' for word in escaped))
    tried, coverage = 0, 0
    for _ in range(20):
        left = round(seconds - (time.monotonic() - began))
        if left < 1:
            break
        options = [f"-max_total_time={left}", f"-timeout={SLOWEST}", f"-rss_limit_mb={MEMORY}", f"-max_len={target.limit}",
                   "-print_final_stats=1", f"-report_slow_units={SLOWEST}", f"-artifact_prefix={crashes}/fatal-",
                   f"-dict={dictionary}", str(corpus)]  # fmt: skip
        command = [sys.executable, __file__, name, "--here", str(crashes), *options]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
        stats = re.findall(r"stat::number_of_executed_units:\s+(\d+)", done.stderr)
        counts = re.findall(r"^#(\d+).*?\bcov: (\d+)", done.stderr, re.MULTILINE)
        tried += int(stats[-1]) if stats else int(counts[-1][0]) if counts else 0
        coverage = max([coverage, *(int(c) for _, c in counts)])
        if not done.returncode:
            break
        if "fatal-" not in done.stderr:
            (crashes / f"fatal-exit{done.returncode}.log").write_text(done.stderr)
            break
    dictionary.unlink()
    found = sorted(p for p in crashes.iterdir() if p.is_file())
    print(f"{name}: {tried} inputs, {coverage} code edges, {len(found)} crashes, {time.monotonic() - began:.0f} s", flush=True)
    for file in found:
        show(name, file)
    return len(found)


def show(name: str, file: Path) -> None:
    """Makes the input of a crash small and prints it; a fatal one is printed as it is."""
    data = file.read_bytes()
    if not file.name.startswith("fatal-"):
        with tempfile.TemporaryDirectory() as folder:
            check = TARGETS[name].build(Path(folder))
            data = shrink(check, data, 20)
            error = run_one(check, data)
        file.write_bytes(data)
        print(f"  {file.name}: {str(error)[:200]}")
    print(f"    {file}: {data[:300]!r}{'...' if len(data) > 300 else ''}", flush=True)


# ------------------------------------------------------------------------------------------------ run times


def worst_texts() -> dict[str, str]:
    """Pieces that are repeated to the size asked for."""
    names = "".join(f"Minister {chr(65 + i % 26)}{chr(97 + i // 26 % 26)}{chr(97 + i // 676)}or spoke. " for i in range(12_000))
    return {
        "letters": "x", "spaces": " x" + " " * 5000, "full stops": ". ", "capitals": "A. ", "names": names, "one name": "Wang Yi said. ",
        "pronouns": "He said they would. ", "quotations": '"He said. ', "curly": "“He ", "closed": "“We.” ", "brackets": "(",
        "apostrophes": "'", "possessives": "Kenya's ", "hyphens": "US-", "commas": "Kenya, ", "and": "Kenya and ", "of": "the army of ",
        "abbreviations": "U.S. ", "labels": "Ali: no\n", "apposition": "Ali, a minister, ", "datelines": "NAIROBI (AP) - x\n",
        "slashes": "A/", "acronyms": "the Union of Ores (UO) ", "lines": "a\n", "accents": "é", "marks": "e\u0301\u0301\u0301",
        "points": "1. Condemn it;\n", "wide": "中", "emoji": "👍", "bold": "<b>x</b>",
        "digits": "1 ", "titles": "Mr. Dr. Prof. ", "tags": "<a>x</a> ", "braces": "{", "closing": "}", "backslashes": "\\",
        "blocks": "{a} ", "tilde": '~" "\n', "words": "Foreign Minister Prime President of the Republic of ",
        "ellipses": "...", "dots": ".\"'", "enumeration": "Kenya (Mali) [Chad]; ",
    }  # fmt: skip


@dataclass(frozen=True)
class Prepared:
    """A job whose subject is made of the text before the clock starts."""

    prepare: Callable[[str], Any]
    work: Callable[[Any], object]


def tools() -> dict[str, Callable[[str], object] | Prepared]:
    """To the annotation tools and back, with a stance in each sentence of a text; and a text as an annotation."""
    from stancekit.convert import from_brat, from_doccano, from_label_studio, to_brat, to_doccano, to_label_studio
    from stancekit.encoding import statement_spans
    from stancekit.schema import Article, Span, Stance, Statement

    def annotated(text: str) -> Article:
        spans = (Span.of(text, start, end) for start, end in statement_spans(Article(text)))
        return Article(text, tuple(Statement(s, (Stance("support", s, target=s),)) for s in spans))

    return {
        "Label Studio, written": Prepared(annotated, lambda article: list(to_label_studio([article]))),
        "Label Studio, read": Prepared(lambda text: list(to_label_studio([annotated(text)])), lambda tasks: list(from_label_studio(tasks))),
        "Doccano, written": Prepared(annotated, lambda article: list(to_doccano([article]))),
        "Doccano, read": Prepared(lambda text: list(to_doccano([annotated(text)])), lambda records: list(from_doccano(records))),
        "brat, written": Prepared(annotated, to_brat),
        "brat, read": Prepared(lambda text: (text, to_brat(annotated(text))), lambda files: from_brat(*files)),
        "text as annotation": lambda text: from_brat("x", text.replace("\n", " ")),
    }


def workers(folder: Path) -> dict[str, Callable[[str], object] | Prepared]:
    """What is timed, each over a text."""
    from stancekit import checkpoint
    from stancekit.aggregate import copies, read_date
    from stancekit.codes import AliasFile, Coder, code_of, type_of
    from stancekit.corpus import from_marks, to_marks
    from stancekit.encoding import statement_spans
    from stancekit.inputs import Columns, read_texts
    from stancekit.names import resolve
    from stancekit.schema import Article, Span, Stance, Statement
    from stancekit.text import sentences

    def whole(text: str) -> object:
        span, middle = Span.of(text, 0, len(text)), len(text) // 2
        stance = Stance("support", span, Span.of(text, 0, middle), Span.of(text, middle, len(text))) if middle else Stance("support", span)
        return resolve(Article(text, (Statement(span, (stance,)),)))

    def each(text: str) -> object:
        statements = []
        for start, end in statement_spans(Article(text)):
            span = Span.of(text, start, end)
            cut = start + max(1, (end - start) // 2)
            last = Span.of(text, cut, end) if cut < end else None
            statements.append(Statement(span, (Stance("support", span, Span.of(text, start, cut), last),)))
        return resolve(Article(text, tuple(statements)))

    def page(text: str) -> object:
        (folder / "p.html").write_text(f"<html><body><article><p>{text}</p></article></body></html>", encoding="utf-8")
        return list(read_texts([str(folder / "p.html")], Columns(), lambda error: None))

    def table(text: str) -> object:
        (folder / "t.csv").write_text(f"text,id\n{text}", encoding="utf-8")
        return list(read_texts([str(folder / "t.csv")], Columns("text"), lambda error: None))

    def own_names(text: str) -> object:
        (folder / "a.csv").write_text("".join(f"{w},A\n{w.upper()},A\n" for w in text.split()), encoding="utf-8")
        return len(AliasFile(folder / "a.csv"))

    encoder = checkpoint.read_encoder(checkpoint.DEFAULT, checkpoint.read_config(checkpoint.DEFAULT))
    return {
        "tokens and windows": encoder.article, **tools(), "dates": read_date,
        "wire copies": lambda text: copies([Article(text), Article(text)]),
        "sentences": sentences, "resolve, one statement": whole, "resolve, each sentence": each, "code_of": code_of, "type_of": type_of,
        "code_of, own names": Coder({"Northland": "NLD"}).code, "HTML": page, "CSV": table, "own names": own_names,
        "marks": lambda text: list(from_marks("### a\n\n" + text)),
        "marks, written": lambda text: to_marks(Article(text, (Statement(Span.of(text, 0, len(text))),))),
        "_repr_html_": lambda text: Article(text)._repr_html_(),
    }  # fmt: skip


def growth(size: int, only: str) -> int:
    """Times each job on each worst text at doubling lengths, until one takes over `STOP` seconds or the length is `size`; prints
    those that take over a second for `size` (reckoned from the last doubling where it was not reached), and returns how many
    take over `SLOWEST_TEXT` seconds."""
    slow = 0
    with tempfile.TemporaryDirectory() as folder:
        for job, work in workers(Path(folder)).items():
            if only not in job:
                continue
            worst = 0.0
            for name, piece in worst_texts().items():
                length, before, now = size >> 6, 0.0, 0.0
                while length <= size and now < STOP:
                    before, now = now, _seconds(work, (piece * (length // len(piece) + 1))[:length])
                    length *= 2
                length //= 2
                times = max(2.0, now / before) if before > 0.05 else 2.0
                whole = now * times ** math.log2(size / length)
                worst = max(worst, whole)
                if whole > 1:
                    print(f"{job}: {name}: {now:.2f} s for {length} characters, {now / max(before, 1e-9):.1f} times half of it; "
                          f"{whole:.0f} s for {size}{' TOO SLOW' if whole > SLOWEST_TEXT else ''}", flush=True)  # fmt: skip
                slow += whole > SLOWEST_TEXT
            print(f"{job}: slowest {worst:.1f} s", flush=True)
    return slow


def _seconds(job: Callable[[str], object] | Prepared, text: str) -> float:
    from stancekit.errors import StancekitError

    subject: object = text.strip() or "x"
    began = time.process_time()
    with contextlib.suppress(StancekitError):
        if isinstance(job, Prepared):
            subject, job = job.prepare(subject), job.work
            began = time.process_time()
        job(subject)
    return time.process_time() - began


@contextlib.contextmanager
def place(given: str | None, name: str) -> Iterator[Path]:
    """A folder that is given, else one that is gone afterwards."""
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(given or temporary) / name


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=[*TARGETS, "all", "growth"])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", help="folder of inputs, a folder for each target inside it")
    parser.add_argument("--crashes", default=os.path.join(tempfile.gettempdir(), "stancekit-crashes"), help="folder for crashing inputs")
    parser.add_argument("--size", type=int, default=1 << 20, help="characters of a text, for growth")
    parser.add_argument("--only", default="", help="part of a job's name, for growth")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    arguments, options = parser.parse_known_args()
    logging.disable(logging.CRITICAL)
    if arguments.here:
        fuzz_here(arguments.target, Crashes(Path(arguments.here)), options)
    elif options:
        parser.error(f"unknown arguments: {' '.join(options)}")
    elif arguments.target == "growth":
        sys.exit(min(1, growth(arguments.size, arguments.only)))
    else:
        found = 0
        for name in TARGETS if arguments.target == "all" else [arguments.target]:
            with place(arguments.corpus, name) as corpus:
                found += fuzz(name, arguments.seconds, corpus, Path(arguments.crashes) / name)
        sys.exit(min(1, found))


if __name__ == "__main__":
    main()
