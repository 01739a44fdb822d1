"""Tables that people really have: every row is read, or named with what is wrong about it; nothing goes in silence."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas
import pytest

from stancekit.errors import DataError
from stancekit.inputs import Columns, Text, read_rows, read_texts
from stancekit.tables import COLUMNS, FIRST_COLUMNS

COLUMN = Columns("body", "key")


def read(file: Path, columns: Columns = COLUMN) -> tuple[list[Text], list[str]]:
    problems: list[str] = []
    return list(read_texts([str(file)], columns, lambda error: problems.append(str(error)))), problems


def test_rows_in_another_encoding_are_named_and_the_others_read(tmp_path: Path) -> None:
    lines = ["key,outlet,body", "a,Wire,café", "b,Wire,naïve", 'c,Wire,"two\nlines"', "d,Wire,ok"]
    (tmp_path / "x.csv").write_bytes(b"\xef\xbb\xbf" + b"\n".join(x.encode("cp1252" if x.startswith("b") else "utf-8") for x in lines))
    texts, problems = read(tmp_path / "x.csv")
    assert [(t.id, t.text, t.meta) for t in texts] == [("a", "café", {"outlet": "Wire"}), ("c", "two\nlines", {"outlet": "Wire"}), ("d", "ok", {"outlet": "Wire"})]
    (problem,) = problems
    assert "x.csv:3: invalid UTF-8: b'\\xef'" in problem and "save the file as UTF-8" in problem
    (tmp_path / "wide.csv").write_text("\n".join(lines), encoding="utf-16")
    texts, problems = read(tmp_path / "wide.csv")
    assert not texts and len(problems) == 1 and "invalid UTF-8" in problems[0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", 'key,body\na,one\nb,"We back Mali\nc,three\nd,four\n'),  # would be one text to the end of the file
        ("x.tsv", 'key\tbody\na\tone\nb\t"Norway backs Mali," he said.\n'),  # would lose its marks, and offsets with them
    ],
)
def test_a_stray_quotation_mark_swallows_nothing(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    texts, (problem,) = read(tmp_path / name)
    assert [(t.id, t.text) for t in texts] == [("a", "one")]
    assert "malformed CSV" in problem and "double the marks inside it" in problem


def test_texts_without_an_id_do_not_become_one_article(tmp_path: Path) -> None:
    pandas.DataFrame({"key": ["a", None, None], "body": ["one", "two", "three"]}).to_parquet(tmp_path / "x.parquet")
    texts, problems = read(tmp_path / "x.parquet")
    assert [t.id for t in texts] == ["a"] and len(problems) == 2
    assert "x.parquet:2: no id in column 'key', text 'two'; give every article an id" in problems[0]


def test_empty_cells_of_csv_are_empty_texts_and_those_of_parquet_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("key,body,date\na,,\n,text,\nc\n")
    texts, problems = read(tmp_path / "x.csv")
    assert [(t.id, t.text, t.meta) for t in texts] == [("a", "", {"date": ""}), ("", "text", {"date": ""})]
    assert len(problems) == 1 and "x.csv:4: no text in column 'body'; give every article a text" in problems[0]
    pandas.DataFrame({"key": ["a", "b"], "body": ["text", None], "date": [None, datetime.date(2024, 5, 1)]}).to_parquet(tmp_path / "x.parquet")
    texts, problems = read(tmp_path / "x.parquet")
    assert [(t.id, t.meta) for t in texts] == [("a", {})] and len(problems) == 1
    assert "x.parquet:2: no text in column 'body'; give every article a text" in problems[0]


@pytest.mark.parametrize("columns", [Columns("story", "key"), Columns("body", "number")])
def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path, columns: Columns) -> None:
    (tmp_path / "x.csv").write_text("key,body\na,text\n")
    texts, (problem,) = read(tmp_path / "x.csv", columns)
    missing = "story" if columns.text == "story" else "number"
    assert not texts and f"x.csv: no column {missing!r}; there are: key, body; name another column" in problem


def test_two_rows_of_one_id_and_cells_too_many(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("key,body\na,one\na,two\nb,three,four\n")
    texts, (problem,) = read(tmp_path / "x.csv")
    assert [(t.id, t.text) for t in texts] == [("a", "one"), ("a", "two")] and "x.csv:4: 1 cells more than the header has" in problem


def test_result_tables_of_other_versions(tmp_path: Path) -> None:
    """Columns that came later may be missing, columns of a later version are passed over, others must be there."""
    row = {**dict.fromkeys(FIRST_COLUMNS), "stance": "support", "sentence": "Norway backs Mali.", "start": 3, "confidence": 0.5}
    for name, cells in (("old", row), ("new", {**row, **dict.fromkeys(COLUMNS[len(FIRST_COLUMNS) :]), "mood": "grim"})):
        frame = pandas.DataFrame([cells])
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
        frame.to_parquet(tmp_path / f"{name}.parquet")
        for file in (tmp_path / f"{name}.csv", tmp_path / f"{name}.parquet"):
            assert list(read_rows(str(file), pytest.fail)) == [{**dict.fromkeys(COLUMNS), **row}]
    pandas.DataFrame([{"stance": "support", "text": "x"}]).to_parquet(tmp_path / "x.parquet")
    with pytest.raises(DataError, match=r"x\.parquet: no column 'id', 'confidence', .*there are: stance, text; give the table or the jsonl"):
        list(read_rows(str(tmp_path / "x.parquet"), pytest.fail))
    with pytest.raises(DataError, match="no such file"):
        list(read_rows(str(tmp_path / "none.csv"), pytest.fail))


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("confidence", "1.5", "confidence 1.5 is not a probability in [0, 1]; empty it"),
        ("confidence", "-inf", "confidence -inf is not a probability"),
        ("stance", "none", "stance 'none' is not a label; leave rows without a stance out"),
        ("meta", "{'date': '2024-05-01'}", "is not a JSON object; keep it as"),
        ("meta", "[1]", "meta '[1]' is not a JSON object"),
    ],
)
def test_rows_of_a_result_table_that_cannot_be_are_left_out_with_their_place(tmp_path: Path, column: str, cell: str, words: str) -> None:
    row = {**dict.fromkeys(COLUMNS), "stance": "support", "sentence": "Norway backs Mali.", "confidence": "0.5", "meta": '{"a": 1}'}
    pandas.DataFrame([row, {**row, column: cell}, row]).to_csv(tmp_path / "x.csv", index=False)
    problems: list[DataError] = []
    assert len(list(read_rows(str(tmp_path / "x.csv"), problems.append))) == 2
    assert str(problems[0]).startswith(f"{tmp_path}/x.csv:3: ") and words in str(problems[0]) and len(problems) == 1


def test_a_byte_that_is_not_utf_8_spoils_itself_only(tmp_path: Path) -> None:
    words = "Norway’s minister condemned the attack on Zürich. “We stand by them,” she said after the talks on Monday evening. "
    page = f'<html><head><meta charset="utf-8"><title>x</title></head><body><article><p>{words * 4}</p></article><p>END</p></body></html>'
    file = tmp_path / "page.html"
    file.write_bytes(page.encode().replace(b"END", b"\xa9 2025"))
    problems: list[DataError] = []
    (text,) = read_texts([str(file)], Columns(), problems.append)
    assert not problems and "Norway’s minister condemned the attack on Zürich. “We stand by them,”" in text.text


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        ('<!doctype html><html><head><meta charset="windows-1252">', "cp1252"),
        ('<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">', "cp1252"),
        ('<?xml version="1.0" encoding="iso-8859-1"?><html><head>', "cp1252"),
        ("<html><head>", "cp1252"),
        ('<html><head><meta charset="utf-8">', "cp1252"),
        ('<html><head><meta charset="hex">', "cp1252"),
        ('<html><head><meta charset="iso-8859-9">', "cp1254"),
        ('<html><head><meta charset="iso-8859-1">', "utf-8"),
        ("<html><head>", "utf-16"),
    ],
)
def test_pages_in_windows_encodings_keep_their_quotation_marks_and_accents(tmp_path: Path, head: str, codec: str) -> None:
    words = "The minister’s spokesman said that Peru “strongly condemns” the attack – and that José Núñez would travel to Bogotá. "
    script = f"<script>{'var a = 1; ' * 900}</script>"
    page = f"{head}<title>x</title></head><body>{script}<article><p>{words * 4}</p></article>{script}</body></html>"
    (tmp_path / "page.html").write_bytes(page.encode(codec))
    (text,), problems = read(tmp_path / "page.html")
    assert not problems and text.text == (words * 4).strip()


def test_of_malformed_csv_the_row_is_named_and_that_reading_ends_there(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('key,body\n1,one\n2,"open\n' + "3,three\n" * 5, encoding="utf-8")
    problems: list[DataError] = []
    found = list(read_texts([str(file)], Columns("body", "key"), problems.append))
    assert [t.id for t in found] == ["1"] and len(problems) == 1
    assert f"{file}:3: malformed CSV" in str(problems[0]) and "nothing from this row to the end of the file was read" in str(problems[0])


@pytest.mark.parametrize("before", ["", "sep=;\n", '"sep=;"\r\n'])
def test_semicolons_and_tabs_of_excel_separate_where_the_header_has_no_comma(tmp_path: Path, before: str) -> None:
    (tmp_path / "x.csv").write_text(f"{before}key;date;body\na;1,5;one, two\nb;x;y;z\n")
    texts, (problem,) = read(tmp_path / "x.csv")
    assert [(t.id, t.text, t.meta) for t in texts] == [("a", "one, two", {"date": "1,5"})]
    assert f"x.csv:{3 + bool(before)}: 1 cells more than the header has: 'z'; put a cell that holds ';' in quotation marks" in problem
    (tmp_path / "y.csv").write_text("key\tbody\na\tone, two\n")
    assert [(t.id, t.text) for t in read(tmp_path / "y.csv")[0]] == [("a", "one, two")]


def test_a_result_table_saved_again_with_semicolons_is_read(tmp_path: Path) -> None:
    row = {**dict.fromkeys(COLUMNS), "stance": "support", "sentence": "Norway backs Mali, and Kenya.", "confidence": 0.5}
    pandas.DataFrame([row]).to_csv(tmp_path / "x.csv", index=False, sep=";")
    assert list(read_rows(str(tmp_path / "x.csv"), pytest.fail)) == [row]


@pytest.mark.parametrize(("content", "told"), [("key,body\n", "there are: key, body; name another"), ("", "there are: none; give a table with a header")])
def test_a_wrong_column_of_an_empty_table_is_named_too(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "x.csv").write_text(content)
    texts, (problem,) = read(tmp_path / "x.csv", Columns("story"))
    assert not texts and f"x.csv: no column 'story'; {told}" in problem


def test_a_wrong_column_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("key,body\n" + "a,text\n" * 5)
    pandas.DataFrame({"key": [1, 2], "body": [3, 4]}).to_parquet(tmp_path / "x.parquet")
    assert len(read(tmp_path / "x.csv", Columns("story"))[1]) == len(read(tmp_path / "x.parquet", Columns("story"))[1]) == 1
    assert "column 'body' holds 3, expected text; name the column with the text" in read(tmp_path / "x.parquet")[1][0]
