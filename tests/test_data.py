from __future__ import annotations

import datetime
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.data import dump, file_hash, kind_of, parse_line, read_articles, read_lines, read_queries, write_records
from stancekit.errors import DataError
from stancekit.schema import Article, Query

GOOD = b'{"id": "a", "text": "Kenya spoke.", "statements": []}'


def write(folder: Path, *lines: bytes, end: bytes = b"\n") -> Path:
    file = folder / "f.jsonl"
    file.write_bytes(end.join(lines) + end)
    return file


def test_records_stream_and_keep_their_order(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    articles = [Article(f"text {i}", (), f"a{i}") for i in range(5)]
    assert write_records(file, iter(articles)) == 5
    assert list(read_articles(file)) == articles
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]
    queries = [Query("Kenya spoke.", "Kenya", label="none", id="q")]
    write_records(file, queries)
    assert list(read_queries(file)) == queries


def test_where_no_file_can_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match=r"/folder is a directory; name a file in it$"):
        write_records(tmp_path / "folder", [])
    with pytest.raises(DataError, match=r"no such folder: .*/nowhere; make it first$"):
        write_records(tmp_path / "nowhere" / "x.jsonl", [])
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match=r"/pipe is a device or a pipe; name a file$"):
        write_records(tmp_path / "pipe", [])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "pipe"]


def test_a_failed_write_leaves_the_old_file_whole(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    write_records(file, [Article("old")])

    def broken() -> Iterator[Article]:
        yield Article("new")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        write_records(file, broken())
    assert [a.text for a in read_articles(file)] == ["old"]


BAD_LINES = {
    "malformed": (b'{"text": "x"', "malformed JSON"),
    "not an object": (b"[1, 2]", "got a JSON list"),
    "null": (b"null", "got a JSON NoneType"),
    "utf-8": (b'{"text": "caf\xe9"}', r"invalid UTF-8 at byte 13.*save the file as UTF-8"),
    "deep": (b"[" * 100_000, "nested too deeply|malformed JSON"),
    "huge number": (b'{"text": ' + b"9" * 5000 + b"}", "malformed JSON"),
    "NaN": (b'{"text": "x", "meta": {"n": [NaN]}}', "malformed JSON: NaN is not a finite number, write null"),
    "Infinity": (b'{"text": "x", "meta": {"n": -Infinity}}', "-Infinity is not a finite number"),
    "more than any float": (b'{"text": "x", "meta": {"n": 1e999}}', "1e999 is not a finite number"),
    "bytes as offsets": ('{"text": "Ürümqi 乌鲁木齐", "statements": [{"start": 0, "end": 19}]}'.encode(), r"\[0, 19\] ends past the text \(11 characters\)"),
    "a table": (b"\xef\xbb\xbfid,stance,confidence", "not JSON but the header of a table .CSV.; one JSON object a line; a table is told by"),
    "long": (b'a,"' + b',"' * 100_000 + b"{", "malformed JSON"),
    "label": (b'{"text": "ab", "statements": [{"start": 0, "end": 2, "stances": [{"stance": "praise"}]}]}', "unknown label 'praise'"),
}


@pytest.mark.parametrize(("line", "message"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_bad_record_names_file_and_line(tmp_path: Path, line: bytes, message: str) -> None:
    file = write(tmp_path, GOOD, b"", line, GOOD)
    stream = read_articles(file)
    assert next(stream).id == "a"
    with pytest.raises(DataError, match=message) as error:
        next(stream)
    assert str(error.value).startswith(f"{file}:3: ")


@pytest.mark.parametrize(("line", "message"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_stream_goes_on_past_bad_records_and_reports_each(tmp_path: Path, line: bytes, message: str) -> None:
    file = write(tmp_path, line, GOOD, line, GOOD)
    left_out: list[DataError] = []
    assert len(list(read_articles(file, on_error=left_out.append))) == 2
    assert [e.place for e in left_out] == [f"{file}:1", f"{file}:3"]


def test_line_ends_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    file = write(tmp_path, b"\xef\xbb\xbf" + GOOD, GOOD, b"   ", GOOD, end=b"\r\n")
    assert [a.text for a in read_articles(file)] == ["Kenya spoke."] * 3
    assert [place for place, _ in read_lines(file)] == [f"{file}:{n}" for n in (1, 2, 4)]


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file: .*none.jsonl"):
        list(read_articles(tmp_path / "none.jsonl"))
    with pytest.raises(DataError, match="is a directory"):
        list(read_articles(tmp_path))
    (tmp_path / "p.CSV").write_text("id,stance\n")
    with pytest.raises(DataError, match=r"p\.CSV is a table, and JSON Lines are read here; give a \.jsonl file: one JSON object a line"):
        list(read_articles(tmp_path / "p.CSV"))


def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD + b"\n{\n")))
    stream = read_articles("-")
    assert next(stream).id == "a"
    with pytest.raises(DataError, match="<stdin>:2: malformed"):
        next(stream)


@given(st.dictionaries(st.text(), st.text(alphabet=st.characters()) | st.integers() | st.none()))
def test_any_record_survives_a_line(record: dict) -> None:
    line = dump(record)
    assert "\n" not in line
    assert parse_line(line.encode("utf-8")) == record


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [{"a": float("-inf")}], datetime.date(2024, 5, 1), b"x", {1, 2}])
def test_what_is_not_json_is_not_written(tmp_path: Path, value: object) -> None:
    file = tmp_path / "out.jsonl"
    for record in (Article("x", (), "a7", {"m": value}), Query("x", "x", id="a7", meta={"m": value})):
        with pytest.raises(DataError, match=r"record 'a7': not JSON: .*NaN into None"):
            write_records(file, [Article("whole"), record])
    assert list(tmp_path.iterdir()) == []


def test_the_kind_of_a_file_is_that_of_its_first_record(tmp_path: Path) -> None:
    assert kind_of(write(tmp_path, b"", GOOD)) == "articles"
    assert kind_of(write(tmp_path, b'{"text": "x", "target": "y"}')) == "queries"
    with pytest.raises(DataError, match=r"f.jsonl:1: a record with the keys id, text is neither"):
        kind_of(write(tmp_path, b'{"text": "x", "id": "y"}'))
    with pytest.raises(DataError, match="is empty"):
        kind_of(write(tmp_path, b""))
    with pytest.raises(DataError, match="f.jsonl:1: malformed"):
        kind_of(write(tmp_path, b"{"))


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"abc")
    assert file_hash(file) == "ba7816bf8f01cfea"  # SHA-256 of "abc" (FIPS 180-2)
