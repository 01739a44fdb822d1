"""The command line, run in-process with the tiny model: outputs, exit codes, bad input."""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from stancekit import cli, cli_output
from stancekit.cli_input import Odd
from stancekit.config import FORMAT_VERSION
from stancekit.corpus import read_marks
from stancekit.data import write_records
from stancekit.inputs import Text
from stancekit.pipeline import Model
from stancekit.schema import Article
from stancekit.tables import COLUMNS

TEXT = "The minister condemned the attack. He warned Russia, and Kenya supports peace talks."


class Run:
    """Calls `stancekit …` as the console script does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], model: Path) -> None:
        self.monkeypatch, self.capfd, self.model = monkeypatch, capfd, model

    def __call__(self, *arguments: object, stdin: bytes = b"", model: bool = True) -> tuple[int, str, str]:
        words = [str(a) for a in arguments]
        if model:
            words += ["--model", str(self.model)]
        self.monkeypatch.setattr(sys, "argv", ["stancekit", *words])
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self.capfd.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = self.capfd.readouterr()
        return code, out, err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tiny_checkpoint: Path) -> Run:
    return Run(monkeypatch, capfd, tiny_checkpoint)


@pytest.fixture
def article(tmp_path: Path) -> Path:
    file = tmp_path / "a.txt"
    file.write_text(TEXT, encoding="utf-8")
    return file


def records(out: str) -> list[Article]:
    return [Article.from_dict(json.loads(line)) for line in out.splitlines()]


def test_version(run: Run) -> None:
    import stancekit

    assert run("--version", model=False) == (0, f"stancekit {stancekit.__version__}\n", "")


@pytest.mark.parametrize("command", ["predict", "classify", "train", "evaluate", "compare", "check", "export", "count", "convert", "suggest"])
def test_every_command_explains_itself(run: Run, command: str) -> None:
    code, out, _ = run(command, "--help", model=False)
    assert code == 0 and "Usage" in out


def test_json_lines(run: Run, article: Path) -> None:
    code, out, err = run("predict", article, "--format", "jsonl")
    assert (code, err) == (0, "")
    (read,) = records(out)
    assert (read.text, read.id) == (TEXT, str(article)) and read.stances


def test_csv_has_stable_columns_and_a_row_a_stance(run: Run, article: Path) -> None:
    _, lines, _ = run("predict", article, "--format", "jsonl")
    code, out, _ = run("predict", article, "--format", "csv")
    table = list(csv.DictReader(io.StringIO(out)))
    assert code == 0 and tuple(table[0]) == COLUMNS
    assert [(r["stance"], r["target"]) for r in table] == [(s.stance, s.target.text if s.target else "") for s in records(lines)[0].stances]


def test_table_shows_every_stance_and_no_control_characters(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps({"id": "\x1b]0;owned\x07a", "text": "The minister condemned \x1b[31mthe attack\x07."}), encoding="utf-8")
    code, out, _ = run("predict", file, "--format", "table")
    assert code == 0 and "stances" in out and "\x1b" not in out and "\x07" not in out


def test_standard_input(run: Run) -> None:
    code, out, _ = run("predict", "-", stdin=TEXT.encode())
    assert code == 0 and records(out)[0].text == TEXT and records(out)[0].id == "<stdin>"


def test_standard_input_of_records_is_read_as_records(run: Run) -> None:
    lines = "".join(json.dumps({"id": i, "text": TEXT}) + "\n" for i in "abc")
    for raw in (lines.encode(), b"\xef\xbb\xbf" + lines.encode()):
        code, out, _ = run("predict", "-", stdin=raw)
        assert code == 0 and [(a.id, a.text) for a in records(out)] == [(i, TEXT) for i in "abc"]
    code, _, err = run("predict", "-", stdin=lines.encode() + b"{oops\n")
    assert code == 1 and "<stdin>:4: malformed JSON" in err
    code, _, err = run("evaluate", "-", stdin=lines.encode())  # looks at the first record, and then reads from the start
    assert code == 1 and "- can be read only once" in err
    code, out, _ = run("check", "-", stdin=lines.encode(), model=False)
    assert "-: 3 articles" in out
    code, out, _ = run("predict", "-", stdin=b"\n  \n" + lines.encode() + b"\n")
    assert code == 0 and [a.id for a in records(out)] == list("abc"), "blank lines before the first record"
    code, out, _ = run("predict", "-", stdin=b"\n\nKenya praised Norway.\n")
    assert code == 0 and records(out)[0].text == "\n\nKenya praised Norway.\n"
    code, out, err = run("predict", "-", "--text-column", "body", stdin=b"key,body\n1,Kenya praised Norway.\n")
    assert code == 1 and not out and "standard input is not JSON Lines, so it has no column 'body'" in err


def test_keys_that_articles_do_not_have_go_into_their_meta(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    record = {"id": "a", "text": TEXT, "date": "2025-05-01", "outlet": "Wire", "meta": {"outlet": "Post"}, "statements": None}
    file.write_text(json.dumps(record) + "\n", encoding="utf-8")
    code, out, _ = run("predict", file, "-f", "jsonl")
    assert code == 0 and dict(records(out)[0].meta) == {"date": "2025-05-01", "outlet": "Post"}


def test_lines_that_break_inside_sentences_are_told(run: Run, tmp_path: Path) -> None:
    wrapped, whole = tmp_path / "w.txt", tmp_path / "h.txt"
    wrapped.write_text("The minister condemned the\nattack on the convoy, which\nhad left the port with food\nand water for Kenya.\n")
    whole.write_text("Kenya condemns attack\nThe minister condemned it,\nhe said.\n\nHe left.\n- one\n- two\n")
    assert "texts whose lines break inside sentences: 1" in run("predict", wrapped, whole, "-f", "jsonl")[2]
    assert not run("predict", whole, "-f", "jsonl")[2]


def test_what_is_piped_is_utf_8_in_every_locale(tiny_checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Kenya’s minister praised Zürich and Łódź.", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    (tmp_path / "Ł.jsonl").write_text('{"id": "Ł", "text": "Kenya spoke.", "statements": []}\n', encoding="utf-8")
    model = ["--model", str(tiny_checkpoint)]
    for arguments in (
        *(["predict", "a.txt", "-f", form, *model] for form in ("jsonl", "csv", "table")),
        ["classify", "Łódź praised Kenya.", "-t", "Łódź", *model],
        ["check", "Ł.jsonl"],
        ["predict", "--help"],
    ):
        command = [sys.executable, "-m", "stancekit", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
        assert done.stdout.decode("utf-8") and not done.stderr


def test_json_is_not_read_as_a_plain_text(run: Run, tmp_path: Path) -> None:
    (tmp_path / "news.json").write_text(json.dumps([{"text": TEXT}]))
    code, out, err = run("predict", tmp_path / "news.json")
    assert code == 1 and not out and "news.json is JSON, not a text" in err and "save it as .jsonl" in err


PAGE = f"<!-- saved -->\n<!DOCTYPE html>\n<html><body><nav>menu</nav><article><p>{TEXT} {TEXT}</p></article></body></html>"


def test_a_page_is_read_as_one_whatever_its_name(run: Run, tmp_path: Path) -> None:
    xhtml = '<?xml version="1.0" encoding="UTF-8"?>\n' + PAGE
    for name, page in (("index.html?p=1", PAGE), ("page.xhtml", xhtml), ("noending", xhtml), ("x.txt", PAGE)):
        (tmp_path / name).write_text(page)
        code, out, _ = run("predict", tmp_path / name, "-f", "jsonl")
        assert code == 0 and records(out)[0].text == f"{TEXT} {TEXT}", name
    code, out, _ = run("predict", "-", stdin=PAGE.encode())
    assert code == 0 and records(out)[0].text == f"{TEXT} {TEXT}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{\\rtf1 Kenya praised Norway.}", "RTF, not a plain text; save it as plain text"),
        (b'\n<?xml version="1.0"?><nitf><p>Kenya praised Norway.</p></nitf>', "XML, not a text; save what is written in it"),
        (b"From: <Saved by Blink>\r\nMIME-Version: 1.0", "a web archive (.mhtml), not a plain text; save the page as HTML"),
        (b"%PDF-1.7\n%\xe2", "a PDF, not a plain text; save its text"),
        (b"PK\x03\x04\x14\0", "an Office document (.docx, .odt, .xlsx) or a zip archive, not a plain text; save a document as plain text"),
        (b"\x1f\x8b\x08\0", "compressed (gzip), not a plain text; unpack it first"),
        (b"\xff\xfeK\0", "UTF-16, not a plain text; save the file as UTF-8"),
        ("Kenya praised Norway.".encode("utf-16-le"), "UTF-16, not a plain text; save the file as UTF-8"),
        (b"\x89PNG\r\n\0", "it seems to be no text at all"),
        (b'[\n {"text": "Kenya."}\n]', "JSON, not a text; save it as .jsonl"),
        (b'{\n "text": "Kenya."\n}\n{\n "text": "Norway."\n}\n', "JSON, not a text; save it as .jsonl"),
    ],
)
def test_what_is_no_plain_text_is_named_with_what_to_do(run: Run, tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "x").write_bytes(content)
    for name, stdin in ((tmp_path / "x", b""), ("-", content)):
        code, out, err = run("predict", name, stdin=stdin)
        assert code == 1 and not out and words in err, name


@pytest.mark.parametrize("text", ["[1] Kenya praised Norway.", "{Kenya} praised Norway.", "<b>Kenya</b> praised Norway.", "[" * 50_000])
def test_brackets_alone_make_no_json_and_no_page(run: Run, text: str) -> None:
    code, out, _ = run("predict", "-", stdin=text.encode())
    assert code == 0 and records(out)[0].text == text


def test_hidden_files_are_not_articles_and_others_passed_over_are_told(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / ".cache" / "in"
    (folder / ".ipynb_checkpoints").mkdir(parents=True)
    for name in ("a.txt", ".ipynb_checkpoints/a.txt", "._a.txt", "b.pdf", "c.pdf", "d.docx", "README"):
        (folder / name).write_text(TEXT)
    code, out, err = run("predict", folder, "-f", "jsonl")
    assert code == 0 and [a.id for a in records(out)] == [str(folder / "a.txt")]
    assert err.count("\n") == 1 and "files of folders passed over: 4 (2 .pdf, " in err and "1 .docx" in err and "1 no ending" in err


def test_ids_that_come_twice_are_told(run: Run, tmp_path: Path) -> None:
    lines = tmp_path / "x.jsonl"
    lines.write_text("".join(json.dumps({"id": i, "text": TEXT}) + "\n" for i in "aba"))
    text = tmp_path / "t.txt"
    text.write_text(TEXT)
    code, _, err = run("predict", lines, text, text, "-f", "jsonl")
    assert code == 0 and "texts with the id of an earlier one: 2" in err
    code, out, err = run("predict", "-", "-", stdin=TEXT.encode())
    assert code == 1 and not out and "can be read only once; name it once" in err


def test_ids_remembered_of_a_stream_have_an_end() -> None:
    odd = Odd(3)
    for number in (1, 2, 3, 4, 1, 4):
        odd.see(Text("Kenya.", str(number)))
    assert len(odd.seen) == 3 and odd.repeated == 1


def test_a_run_that_a_bad_record_stopped_says_how_to_go_on(run: Run, tmp_path: Path) -> None:
    lines = tmp_path / "x.jsonl"
    lines.write_text('{"id": "c", "body": "Kenya."}\n')
    code, _, err = run("predict", lines)
    assert code == 1 and 'no key "text"; there are: id, body; say which one holds the text with --text-column' in err and "statements" not in err
    assert err.count("--skip-bad") == 1 and run("predict", lines, "--skip-bad")[2].count("goes on past") == 0
    assert "--skip-bad" not in run("predict", tmp_path / "missing.txt")[2]


def test_what_is_read_is_not_written_over(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(json.dumps({"id": "a", "text": TEXT}) + "\n")
    before = file.read_bytes()
    for read, out in ((file, file), (tmp_path, file)):
        code, _, err = run("predict", read, "-o", out)
        assert code == 1 and "would be overwritten; give the output another name" in err and file.read_bytes() == before


def test_options_that_would_do_nothing_are_refused(run: Run, tmp_path: Path) -> None:
    lines = tmp_path / "x.jsonl"
    lines.write_text(json.dumps({"id": "a", "text": TEXT}) + "\n")
    assert run("predict", lines, "-o", tmp_path / "out.jsonl")[0] == 0
    queries = tmp_path / "q.jsonl"
    queries.write_text(json.dumps({"text": TEXT, "target": "Russia"}) + "\n")
    text = tmp_path / "t.txt"
    text.write_text(TEXT)
    (tmp_path / "gold.jsonl").write_text(json.dumps({"id": "a", "text": TEXT, "statements": []}) + "\n")
    for words, model, message in (
        (("predict", lines, "--id-column", "key"), True, "add --text-column"),
        *((("predict", lines, "-o", tmp_path / f"out.{e}"), True, "end it in .jsonl, .csv or .parquet") for e in ("tsv", "html", "json", "jsonl.gz")),
        (("report", tmp_path / "out.jsonl", "-o", tmp_path / "r.pdf"), False, "r.pdf: the report is an HTML page; end it in .html"),
        (("evaluate", tmp_path / "gold.jsonl", "--html", tmp_path / "e.pdf"), True, "e.pdf: the evaluation is an HTML page; end it in"),
        (("compare", "a", "b", lines, "--html", tmp_path / "c.json"), False, "c.json: the comparison is an HTML page; end it in .html"),
        (("suggest", tmp_path / "out.jsonl", tmp_path / "next.txt", "--to", "marks"), False, "holds no predictions; choose another form"),
        (("convert", tmp_path / "out.jsonl", "-", "--to", "articles"), False, "- is no file, and standard output is not written here; name a file"),
        (("classify", "--queries", queries, "--target", "Russia"), True, "each query names its own"),
        (("count", tmp_path / "out.jsonl", "-o", tmp_path / "pairs.csv", "--source", "Kenya"), False, "add --table timeline"),
        (("export", tmp_path, "--texts", lines), False, "add --int8 and --data"),
        (("export", tmp_path, "--most", "1"), False, "add --int8 and --data"),
        (("export", "default"), False, "not written over; name a folder that training wrote"),
        (("evaluate", lines, "--train", lines), True, "add --baseline NAME"),
        (("evaluate", tmp_path / "gold.jsonl", "--reading", "guide"), True, "reading 'guide' is for queries"),
        (("count", tmp_path / "out.jsonl", "-o", tmp_path / "p.csv", "--unit", "day"), False, "--unit: of the timeline only; add --table timeline"),
        (("count", tmp_path / "out.jsonl", "-o", tmp_path / "p.csv", "--date-key", "d", "--day-first"), False, "--date-key, --day-first"),
        (("predict", text, "--text-column", "body", "--id-column", "id"), True, "--text-column belongs to tables and JSON Lines"),
        (("classify", TEXT, "-t", "Russia", "--skip-bad"), True, "add --queries FILE"),
        (("convert", lines, tmp_path / "o.txt", "--to", "marks", "--reviewed"), False, "--reviewed belongs to annotation tools' forms"),
    ):
        code, _, err = run(*words, model=model)
        assert code == 1 and message in err, words


def test_a_dash_is_standard_output(run: Run, article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("predict", article, "-o", "-")
    assert code == 0 and records(out)[0].text == TEXT
    assert run("predict", article, "-o", "-", "-f", "csv")[1].startswith("id,stance,")
    code, page, _ = run("report", "-", "-o", "-", model=False, stdin=out.encode())
    assert code == 0 and page.startswith("<!") and [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert run("predict", article, "-o", "out.json", "-f", "jsonl")[0] == 0, "a form that is said needs no ending"


def test_an_interruption_is_told(run: Run, article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_load", stop)
    assert run("predict", article) == (cli_output.INTERRUPTED, "", "stancekit: interrupted\n")


def test_what_the_form_of_output_does_not_hold_is_skipped(run: Run, tmp_path: Path) -> None:
    lines = tmp_path / "x.jsonl"
    lines.write_text("".join(json.dumps({"id": i, "text": text, "statements": []}) + "\n" for i, text in (("a", "One."), ("b", "T\0wo."), ("c", "Three."))))
    for form, name in (("label-studio", "t.json"), ("doccano", "t.jsonl"), ("brat", "t")):
        assert run("convert", lines, tmp_path / name, "--to", form, model=False)[0] == 1 and not (tmp_path / name).exists()
        code, _, err = run("convert", lines, tmp_path / name, "--to", form, "--skip-bad", model=False)
        assert code == 1 and "article 'b': the text has" in err and "2 articles written" in err and "1 bad records" in err and (tmp_path / name).exists()


def test_csv_takes_half_an_emoji(run: Run, tmp_path: Path) -> None:
    lines = tmp_path / "x.jsonl"
    lines.write_text(json.dumps({"id": "a\ud83d", "text": f"{TEXT[:-1]} \ud83d.", "meta": {"note": "\ud83d"}}) + "\n")
    code, _, err = run("predict", lines, "-o", tmp_path / "out.csv")
    assert code == 0, err
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))
    assert rows and {row["id"] for row in rows} == {"a\ufffd"}


def test_crlf_and_byte_order_mark_keep_offsets(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.replace(". ", ".\r\n").encode())
    code, out, _ = run("predict", file)
    (read,) = records(out)
    assert code == 0 and read.text == TEXT.replace(". ", ".\r\n")


def test_a_folder_of_everything(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT)
    (folder / "b.html").write_text(
        f"<html><body><nav>menu</nav><article><h1>News</h1><p>{TEXT} {TEXT}</p><script>alert(1)</script></article></body></html>"
    )
    (folder / "c.jsonl").write_text(json.dumps({"id": "c1", "text": TEXT, "meta": {"date": "2024-05-01"}}) + "\n")
    (folder / "d.csv").write_text(f'key,body,outlet\nd1,"{TEXT}",Wire\n')
    (folder / "ignored.png").write_bytes(b"\x89PNG")
    code, out, err = run("predict", folder, "--text-column", "body", "--id-column", "key", "--skip-bad")
    assert code == 1 and "c.jsonl:1" in err and "body" in err  # c.jsonl has no such column and says so
    found = {a.id: a for a in records(out)}
    assert found["d1"].meta == {"outlet": "Wire"} and found["d1"].text == TEXT
    page = next(a for a in found.values() if a.id.endswith("b.html"))
    assert TEXT in page.text and "alert" not in page.text and "menu" not in page.text
    code, out, _ = run("predict", folder / "c.jsonl")
    assert code == 0 and records(out)[0].meta == {"date": "2024-05-01"}


def test_parquet_and_tsv(run: Run, tmp_path: Path) -> None:
    import pandas

    day = datetime.date(2024, 5, 1)
    pandas.DataFrame({"n": [1, 2], "story": [TEXT, "Nothing."], "date": [day, None]}).to_parquet(tmp_path / "x.parquet")
    code, out, _ = run("predict", tmp_path / "x.parquet", "--text-column", "story", "--id-column", "n")
    assert code == 0 and [(a.id, dict(a.meta)) for a in records(out)] == [("1", {"date": "2024-05-01"}), ("2", {})]
    (tmp_path / "x.tsv").write_text(f"story\n{TEXT}\n")
    code, out, _ = run("predict", tmp_path / "x.tsv", "--text-column", "story")
    assert code == 0 and records(out)[0].text == TEXT


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.txt", None, "no such file"),
        ("bad.txt", b"abc \xff", "invalid UTF-8 at byte 4"),
        ("bad.jsonl", b'{"text": "a"}\n{"text": \n', "bad.jsonl:2: malformed JSON"),
        ("bytes.jsonl", b'{"text": "a"}\n{"text": "\xff"}\n', "bytes.jsonl:2: invalid UTF-8"),
        ("list.jsonl", b"[1]\n", "one JSON object a line"),
        ("nokey.jsonl", b'{"body": "a"}\n', '"text"'),
        ("table.csv", b"a,b\n1,2\n", "--text-column"),
        ("page.html", b"<html></html>", "no article found"),
        ("x.parquet", b"not parquet", "--text-column"),
    ],
)
def test_bad_input_is_named_and_the_exit_code_says_so(run: Run, tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, _, err = run("predict", tmp_path / name)
    assert code == 1 and words in err and "Traceback" not in err


def test_an_empty_folder_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    code, _, err = run("predict", tmp_path / "in")
    assert code == 1 and "is a directory without" in err


def test_a_stream_goes_on_past_bad_records_when_asked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(b'{"text": "One."}\n{broken\n{"text": 5}\n{"text": "\xff"}\n' + json.dumps({"id": "last", "text": TEXT}).encode() + b"\n")
    code, out, err = run("predict", file, "--skip-bad")
    assert code == 1 and [a.text for a in records(out)] == ["One.", TEXT]
    assert "3 bad records" in err and all(f"x.jsonl:{n}" in err for n in (2, 3, 4))


def test_output_appears_whole_or_not_at_all(run: Run, article: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    code, _, _ = run("predict", article, tmp_path / "missing.txt", "-o", out, "--format", "csv")
    assert code == 1 and not out.exists() and not (tmp_path / "out.csv.part").exists()
    code, _, _ = run("predict", article, "-o", out, "--format", "csv")
    assert code == 0 and out.read_text().startswith("id,stance,")
    code, _, err = run("predict", article, "-o", tmp_path / "no" / "out.csv")
    assert code == 1 and "no such folder" in err


def stream_file(folder: Path, number: int) -> Path:
    file = folder / "in.jsonl"
    file.write_text("".join(json.dumps({"id": f"r{i}", "text": f"{TEXT} Number {i}."}) + "\n" for i in range(number)))
    return file


@pytest.mark.parametrize("cut", [0, 1, 57, 400])
def test_resume_loses_and_doubles_nothing_wherever_it_was_cut(run: Run, tmp_path: Path, cut: int) -> None:
    source, out = stream_file(tmp_path, 12), tmp_path / "out.jsonl"
    assert run("predict", source, "-o", out)[0] == 0
    whole = out.read_bytes()
    out.unlink()
    for keep in (cut, len(whole) // 3 + cut, len(whole) - cut):
        (tmp_path / "out.jsonl.part").write_bytes(whole[:keep])
        assert run("predict", source, "-o", out, "--resume")[0] == 0
        assert out.read_bytes() == whole
        out.unlink()


def test_the_progress_of_a_resumed_run_counts_what_was_read_before(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out, sizes = stream_file(tmp_path, 12), tmp_path / "out.jsonl", []
    assert run("predict", source, "-o", out)[0] == 0
    (tmp_path / "out.jsonl.part").write_bytes(out.read_bytes()[:2000])
    monkeypatch.setattr(cli, "progress_bar", lambda total, stream: nullcontext(sizes.append))
    assert run("predict", source, "-o", out, "--resume")[0] == 0
    assert sum(sizes) == source.stat().st_size


def test_resume_refuses_another_input(run: Run, tmp_path: Path, article: Path) -> None:
    source, out = stream_file(tmp_path, 2), tmp_path / "out.jsonl"
    assert run("predict", source, "-o", out)[0] == 0
    code, _, err = run("predict", article, "-o", out, "--resume")
    assert code == 1 and "'r0'" in err and out.is_file()
    more = tmp_path / "more.jsonl"
    more.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    kept = tmp_path / "kept.jsonl"
    assert run("predict", more, "-o", kept)[0] == 0
    more.write_text(more.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    code, _, err = run("predict", more, "-o", kept, "--resume")
    assert code == 1 and "which the input lacks; leave --resume out" in err
    code, _, err = run("predict", source, "--resume")
    assert code == 1 and "-o FILE" in err
    whole = out.read_bytes()
    source.write_text(source.read_text(encoding="utf-8").replace("condemned", "praised"), encoding="utf-8")
    code, _, err = run("predict", source, "-o", out, "--resume")
    assert code == 1 and "has the article 'r0' with another text than the input; leave --resume out" in err and out.read_bytes() == whole
    assert "goes on" not in err and not list(tmp_path.glob("*.part"))


def test_resume_refuses_another_meta(run: Run, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    record = {"id": "a", "text": TEXT, "date": "2024-05-01", "meta": {"n": 0.1, "x": None, "deep": [{"ü": True}]}}
    source.write_text(json.dumps(record) + "\n")
    assert run("predict", source, "-o", out)[0] == run("predict", source, "-o", out, "--resume")[0] == 0
    source.write_text(json.dumps({**record, "date": "2024-05-02"}) + "\n")
    code, _, err = run("predict", source, "-o", out, "--resume")
    assert code == 1 and "out.jsonl has the article 'a' with other meta than the input; leave --resume out" in err


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.part"])
def test_resume_takes_nothing_for_done_that_predict_did_not_write(run: Run, tmp_path: Path, name: str) -> None:
    source, file = stream_file(tmp_path, 2), tmp_path / name
    for content, words in ((source.read_bytes(), "article 'r0' has no \"statements\", so predict did not write it"), (b"garbage\n", "malformed")):
        file.write_bytes(content)
        code, _, err = run("predict", source, "-o", tmp_path / "out.jsonl", "--resume")
        assert code == 1 and f"{name}:1: " in err and words in err and "goes on from there" not in err
        assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", name] and file.read_bytes() == content


def test_a_refused_resume_keeps_what_an_interrupted_run_has_read(run: Run, tmp_path: Path, article: Path) -> None:
    source, part = stream_file(tmp_path, 2), tmp_path / "out.jsonl.part"
    assert run("predict", source, "-o", part.with_suffix(""))[0] == 0
    part.with_suffix("").rename(part)
    whole = part.read_bytes()
    code, _, err = run("predict", article, "-o", part.with_suffix(""), "--resume")
    assert code == 1 and "out.jsonl.part has the article 'r0' where" in err and "goes on" not in err and part.read_bytes() == whole


def test_kills_and_resumes(tmp_path: Path, tiny_checkpoint: Path) -> None:
    """A real process, killed at random moments, goes on until the file is the one of an undisturbed run."""
    source, out = stream_file(tmp_path, 400), tmp_path / "out.jsonl"
    command = [sys.executable, "-m", "stancekit.cli", "predict", str(source), "-m", str(tiny_checkpoint), "--batch-size", "2", "--threads", "1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    kills = 0
    for number in range(60):
        process = subprocess.Popen([*command, "-o", str(out), "--resume"], env=environment, stderr=subprocess.DEVNULL)
        part, deadline = tmp_path / "out.jsonl.part", time.monotonic() + 30
        before = part.stat().st_size if part.is_file() else 0
        while process.poll() is None and time.monotonic() < deadline:
            if part.is_file() and part.stat().st_size > before + 20_000 + 3_333 * (number % 7):
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.002)
        process.wait()
        if process.returncode == 0:
            break
    assert process.returncode == 0 and kills >= 3
    assert [a.id for a in records(out.read_text(encoding="utf-8"))] == [f"r{i}" for i in range(400)]


@pytest.mark.parametrize("form", ["jsonl", "table"])
def test_a_reader_that_stops_reading(tmp_path: Path, tiny_checkpoint: Path, form: str) -> None:
    source = stream_file(tmp_path, 300)
    process = subprocess.Popen(
        [sys.executable, "-m", "stancekit.cli", "predict", str(source), "-f", form, "-m", str(tiny_checkpoint), "--batch-size", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == cli_output.BROKEN_PIPE and process.stderr.read() == b""


def test_classify(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("classify", TEXT, "--target", "Russia", "--source", "He")
    assert code == 0 and set(json.loads(out)["scores"]) == {"none", "support", "condemnation", "warning"}
    queries = tmp_path / "q.jsonl"
    queries.write_text(
        json.dumps({"id": "1", "text": TEXT, "source": None, "target": "Russia"})
        + "\n"
        + json.dumps({"id": "2", "text": TEXT, "target": [0, 900]})
        + "\n"
        + json.dumps({"id": "3", "text": TEXT, "target": ""})
        + "\n"
        + json.dumps({"id": "4", "text": TEXT, "target": "Atlantis"})
        + "\n"
    )
    code, out, err = run("classify", "--queries", queries, "--skip-bad")
    assert code == 1 and [json.loads(x)["id"] for x in out.splitlines()] == ["1", "4"]
    assert "q.jsonl:2" in err and "q.jsonl:3" in err and "2 bad records" in err
    assert run("classify", "--queries", queries)[0] == 1
    code, out, err = run("classify", TEXT, "--target", "Russia", "--source", "France")
    assert code == 1 and not out and "--source 'France' does not stand in the text; leave it out to ask about anybody" in err
    queries.write_text("".join(json.dumps({"text": TEXT, "target": "Russia", "source": s}) + "\n" for s in ("He", "France", None)))
    code, out, err = run("classify", "--queries", queries)
    assert code == 0 and len(out.splitlines()) == 3 and "questions whose source does not stand where their target does: 1" in err
    code, out, err = run("classify", TEXT, "--target", "Russia", "--source", "He", "--reading", "guide")
    assert code == 0 and set(json.loads(out)["scores"]) == {"none", "support", "condemnation", "warning"}
    code, out, err = run("classify", TEXT, "--target", "Russia", "--source", "He", "--reading", "crowd")
    assert code == 1 and not out and "reading 'crowd' is none that this model answers by; give one of guide" in err
    assert "--target is missing" in run("classify", TEXT)[2]
    code, out, err = run("classify", queries, "-t", "Kenya")
    assert code == 0 and "q.jsonl' is the name of a file; classified is the name itself" in err
    code, out, err = run("classify", TEXT, "-t", "???")
    assert code == 1 and not out and "the target '???' has nothing to read; give a name" in err
    assert "give a text" in run("classify", "--target", "Russia")[2]


def test_evaluate_and_check_and_compare(run: Run, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    stance = {"stance": "condemnation", "source": [0, 12], "target": [23, 33]}
    gold.write_text(
        "".join(
            json.dumps({"id": f"g{i}", "text": TEXT, "statements": [{"start": 0, "end": 34, "stances": [stance]}]}) + "\n" for i in range(3)
        )
    )
    code, out, _ = run("evaluate", gold, "--json", "--resamples", "50")
    (report,) = json.loads(out)
    assert code == 0 and report["articles"] == 3 and "stance_target/overlap" in report["scores"]
    code, out, _ = run("evaluate", gold)
    assert code == 0 and "micro-F1" in out
    code, out, _ = run("check", gold, model=False)
    assert code == 1 and out.count("the same text stands at") == 2
    code, out, _ = run("compare", run.model, run.model, gold, "--rounds", "100", model=False)
    assert code == 0 and '"difference": 0.0' in out
    page = tmp_path / "compared.html"
    assert run("compare", run.model, run.model, gold, "--rounds", "100", "--html", page, model=False)[0] == 0
    assert "Where they differ" in page.read_text() and str(gold) in page.read_text()
    assert "would be overwritten" in run("compare", run.model, run.model, gold, "--html", gold, model=False)[2]
    own = tmp_path / "own.jsonl"
    own.write_text(gold.read_text().splitlines()[0].replace("condemnation", "blame"))
    config = tmp_path / "run.yaml"
    config.write_text(f"{{base: {run.model}, output: unused, data: {{}}, labels: {{blame: holds responsible}}, window: {{max_tokens: 64}}}}")
    assert "unknown label 'blame'" in run("check", own, model=False)[1]
    code, out, _ = run("check", own, "--config", config, model=False)
    assert code == 0 and "1 blame" in out


def test_compare_shows_sentences_with_half_an_emoji(run: Run, tmp_path: Path) -> None:
    gold, other = tmp_path / "gold.jsonl", tmp_path / "other"
    gold.write_text("".join(json.dumps({"text": TEXT.replace("attack", half), "statements": []}) + "\n" for half in ("\ud83d", "\ude00")))
    shutil.copytree(run.model, other)
    settings = json.loads((other / "stancekit.json").read_text())
    settings["decode"]["threshold"] = 1.0
    (other / "stancekit.json").write_text(json.dumps(settings))
    code, out, err = run("compare", run.model, other, gold, "--rounds", "100", model=False)
    assert code == 0, err
    assert any("\ud83d" in json.loads(line)["sentence"] for line in out.splitlines() if line.startswith('{"article"'))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: (f / "stancekit.json").unlink(), "stancekit.json"),
        (lambda f: (f / "tokenizer.json").unlink(), "tokenizer.json"),
        (lambda f: (f / "model.safetensors").unlink(), "model.safetensors"),
        (lambda f: (f / "stancekit.json").write_text((f / "stancekit.json").read_text().replace(f'"format_version": {FORMAT_VERSION}', '"format_version": 9')), "9"),
    ],
)
def test_a_model_folder_that_does_not_fit(run: Run, tmp_path: Path, article: Path, change: object, words: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(run.model, folder)
    change(folder)  # type: ignore[operator]
    code, _, err = run("predict", article, "--model", folder, model=False)
    assert code == 1 and words in err and "Traceback" not in err


def test_train_says_what_is_wrong_before_it_starts(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text("base: minilm\noutput: runs/x\ndata: {}\nepochz: 3\n")
    code, _, err = run("train", config, model=False)
    assert code == 1 and "epochz" in err and "known keys" in err
    assert "no such configuration file" in run("train", tmp_path / "none.yaml", model=False)[2]
    assert "is a folder, expected a configuration file; name the .yaml file in it" in run("train", tmp_path, model=False)[2]


def test_workers_give_what_one_process_gives(run: Run, tmp_path: Path) -> None:
    for n in range(5):
        (tmp_path / f"{n}.txt").write_text(f"{TEXT}\nKenya supports talks number {n}.", encoding="utf-8")
    files = sorted(tmp_path.glob("*.txt"))
    one = run("predict", *files, "--format", "jsonl")
    two = run("predict", *files, "--format", "jsonl", "--workers", "2", "--batch-size", "2")
    assert one == two and one[0] == 0 and len(records(one[1])) == 5


def test_baselines_are_scored_beside_the_model(run: Run, tmp_path: Path) -> None:
    seeds = Path(__file__).parent.parent / "seeds" / "articles"
    articles = list(read_marks(seeds / "a1.txt"))
    write_records(tmp_path / "held.jsonl", articles[:3])
    write_records(tmp_path / "train.jsonl", articles[3:9])
    names = ("majority-stance", "lexicon", "tfidf")
    options = [word for name in names for word in ("--baseline", name)]
    code, out, err = run("evaluate", tmp_path / "held.jsonl", "--json", "--resamples", "50", "--train", tmp_path / "train.jsonl", *options)
    assert code == 0, err
    own, *others = json.loads(out)
    assert "baseline" not in own and [r["baseline"]["name"] for r in others] == list(names)
    assert others[1]["scores"]["stance_target/overlap"]["micro"]["f1"] > 0


def test_a_baseline_that_cannot_be_is_refused_before_the_model_reads(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_records(tmp_path / "held.jsonl", list(read_marks(Path(__file__).parent.parent / "seeds" / "articles" / "a1.txt"))[:2])
    monkeypatch.setattr(Model, "predict_many", lambda *_: pytest.fail("read before it was refused"))
    for words, message in (
        (("svm",), "unknown baseline 'svm'; expected one of majority"),
        (("lexicon", "--baseline", "svm"), "unknown baseline 'svm'"),
        (("tfidf",), "baseline tfidf: no training data"),
        (("lexicon", "--train", tmp_path / "held.jsonl"), "is training and evaluation data of the baselines"),
        (("lexicon", "--train", tmp_path / "none.jsonl"), "no such file"),
        ((f"nli:{tmp_path / 'none'}",), "cannot be loaded as an NLI model"),
    ):
        code, out, err = run("evaluate", tmp_path / "held.jsonl", "--baseline", *words)
        assert (code, out) == (1, "") and message in err, words


def test_annotation_tools_there_and_back(run: Run, tmp_path: Path) -> None:
    seeds = Path(__file__).parent.parent / "seeds" / "articles"
    articles = list(read_marks(seeds / "a1.txt"))[:3]
    write_records(tmp_path / "gold.jsonl", articles)
    for form, name in (("label-studio", "tasks.json"), ("doccano", "tasks.jsonl"), ("brat", "tasks")):
        assert run("convert", tmp_path / "gold.jsonl", tmp_path / name, "--to", form, model=False)[0] == 0
        code, _, err = run("convert", tmp_path / name, tmp_path / "back.jsonl", "--to", "articles", "--from", form, model=False)
        assert (code, err) == (0, "stancekit: 3 articles written\n")
        assert (tmp_path / "back.jsonl").read_text() == (tmp_path / "gold.jsonl").read_text(), form


def test_what_to_annotate_next(run: Run, article: Path, tmp_path: Path) -> None:
    run("predict", article, "-o", tmp_path / "out.jsonl")
    code, _, err = run("suggest", tmp_path / "out.jsonl", tmp_path / "next.jsonl", "--to", "articles", "-n", "2", "--context", "0", model=False)
    assert code == 0 and "statements written" in err
    tasks = records((tmp_path / "next.jsonl").read_text())
    assert 1 <= len(tasks) <= 2 and all(t.text in TEXT and 0 <= t.meta["uncertainty"] <= 1 for t in tasks)


def test_suggested_tasks_offer_the_labels_of_the_model(run: Run, tmp_path: Path) -> None:
    sentence = "Paris approved the coup."
    stance = {"stance": "approve", "source": [0, 5], "target": [15, 23], "confidence": 0.6}
    record = {"id": "a", "text": sentence, "statements": [{"start": 0, "end": len(sentence), "stances": [stance]}]}
    (tmp_path / "own.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    for options, wanted in (((), {"approve"}), (("--label", "approve", "--label", "reject"), {"approve", "reject"})):
        assert run("suggest", tmp_path / "own.jsonl", tmp_path / "t.json", *options, model=False)[0] == 0
        page = (tmp_path / "t.xml").read_text(encoding="utf-8")
        assert {name for name in ("approve", "reject", "support", "condemnation") if f'value="{name}"' in page} == wanted
