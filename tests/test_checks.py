from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import SEEDS

from stancekit.checks import check_files, span_problems
from stancekit.config import DataConfig, TrainConfig, WindowConfig
from stancekit.schema import Span

GOOD = {"id": "a", "text": "Norway backed Kenya.", "statements": [{"start": 0, "end": 20, "stances": [{"stance": "support", "source": [0, 6], "target": [14, 19]}]}]}


def write(file: Path, *records: object) -> str:
    file.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records), encoding="utf-8")
    return str(file)


def findings(*paths: str) -> tuple[list[str], list[str]]:
    """Problems and remarks."""
    found = list(check_files(paths))
    return [line for line, bad in found if bad], [line for line, bad in found if not bad]


def test_a_good_file_has_no_problem_and_its_counts(tmp_path: Path) -> None:
    problems, remarks = findings(write(tmp_path / "a.jsonl", GOOD))
    assert not problems
    assert remarks == [f"{tmp_path}/a.jsonl: 1 articles, 0 optional, 1 statements, 1 statements with a stance, 1 support"]


def test_bad_records_are_findings_and_not_the_end(tmp_path: Path) -> None:
    outside = {**GOOD, "id": "b", "statements": [{"start": 0, "end": 60}]}
    label = {**GOOD, "id": "c", "statements": [{"start": 0, "end": 20, "stances": [{"stance": "praise"}]}]}
    path = write(tmp_path / "a.jsonl", "{", GOOD, outside, label, {**GOOD, "id": "d", "text": "Norway backed Kenya!"})
    problems, remarks = findings(path)
    assert [p.split(": ")[0] for p in problems] == [f"{path}:1", f"{path}:3", f"{path}:4", f"{path}:5"]
    assert "malformed" in problems[0] and "ends past the text (20" in problems[1] and "praise" in problems[2]
    assert "same text" in problems[3], "case and punctuation do not tell texts apart"
    assert "2 articles, 3 bad records" in remarks[-1]


def test_doubled_ids_and_texts_are_named_with_both_places(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", GOOD, {**GOOD, "text": "Norway backed Kenya;"})
    problems, _ = findings(path)
    assert problems[0] == f"{path}:2: id 'a' stands at {path}:1 too; give each record its own"
    assert problems[1] == f"{path}:2: the same text stands at {path}:1"


def test_a_text_in_two_files_is_a_leak(tmp_path: Path) -> None:
    one = write(tmp_path / "train.jsonl", GOOD)
    other = write(tmp_path / "test.jsonl", {"id": "q", "text": "NORWAY backed  Kenya", "target": "Kenya", "label": "support"})
    problems, _ = findings(one, other)
    assert problems == [f"leak: the same text at {one}:1 and {other}:1"]
    assert not findings(one)[0]
    assert findings(one, one)[0] == [f"leak: the same text at {one}:1 and {one}:1"]


def test_queries_are_looked_over(tmp_path: Path) -> None:
    path = write(
        tmp_path / "q.jsonl",
        {"id": "1", "text": "Norway backed Kenya.", "target": "Kenya", "label": "support"},
        {"id": "2", "text": "Norway backed Kenya.", "target": "Mali", "source": [0, 6], "label": "none"},
        {"id": "3", "text": "Norway backed Kenya.", "target": ""},
        {"id": "4", "text": "Norway backed Kenya.", "target": [14, 19]},
    )
    problems, remarks = findings(path)
    assert len(problems) == 1 and ":3: target '' is empty" in problems[0]
    assert f"{path}:4: no label" in remarks
    assert "1 label none, 1 label support, 3 queries, 1 target not in the text" in remarks[-1]


SPANS = {
    "fine": ("the rebels", None),
    "edges": ("rebels,", "punctuation at its ends"),
    "cut": ("ebels", "cuts a word"),
    "clause": ("the rebels who fled", "holds a clause"),
    "those who": ("those who fled", None),
    "long": (" ".join(["word"] * 17), "17 words long"),
}


@pytest.mark.parametrize(("words", "message"), SPANS.values(), ids=SPANS.keys())
def test_spans_that_break_the_guide(words: str, message: str | None) -> None:
    text = f"Kenya warned the rebels, {words} and those who fled; the rebels who fled."
    text = text.replace("ebels and", "rebels and") if words == "ebels" else text
    start = text.index(words)
    found = list(span_problems(text, Span.of(text, start, start + len(words))))
    assert [message in f for f in found] == [True] if message else not found


def test_sentences_over_paragraphs_and_long_ones_are_named(tmp_path: Path) -> None:
    text = "Norway backed\n\nKenya " + "and so on " * 400
    record = {"id": "x", "text": text, "statements": [{"start": 0, "end": len(text.rstrip()), "stances": []}]}
    _, remarks = findings(write(tmp_path / "a.jsonl", record, {"id": "y", "text": "Nobody.", "statements": [{"start": 0, "end": 7}]}))
    assert any("crosses a paragraph" in r for r in remarks)
    assert any("more than a window" in r for r in remarks)


def test_spans_off_token_borders_are_named(tmp_path: Path) -> None:
    record = {**GOOD, "statements": [{"start": 0, "end": 20, "stances": [{"stance": "support", "source": [0, 6], "target": [14, 17]}]}]}
    _, remarks = findings(write(tmp_path / "a.jsonl", record))
    assert any("'Ken' cuts a word" in r for r in remarks) and any("'Ken' does not end at token borders" in r for r in remarks)


def test_marks_files_and_folders_are_read(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("### x\n\n<a>Norway</a> backed <b>Kenya</b>. {support a>b}\n")
    assert not findings(str(tmp_path / "one.txt"))[0]
    (tmp_path / "two.txt").write_text("### y\n\n<a>Norway</a> backed Kenya. {praise a>_}\n")
    (tmp_path / "latin.txt").write_bytes(b"### z\n\nCaf\xe9 open.\n")
    problems, remarks = findings(str(tmp_path))
    assert len(problems) == 2 and any("two.txt:3: unknown label 'praise'" in p for p in problems) and any("latin.txt: invalid UTF-8" in p for p in problems)
    assert "1 articles" in remarks[-1]


def test_a_file_without_records_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    problems, _ = findings(str(tmp_path / "folder"))
    assert problems == [f"{tmp_path}/folder: nothing in it"]


def test_the_corpus_of_this_project_has_no_problem() -> None:
    problems, remarks = findings(str(SEEDS / "articles"))
    assert not problems
    assert "articles" in remarks[-1]


def test_a_data_set_is_checked_for_the_run_that_it_is_meant_for(tmp_path: Path, tiny_checkpoint: Path) -> None:
    words = "Norway praised " + "the long and quiet road to " * 12 + "Kenya."
    praise = {"stance": "praise", "source": [0, 6], "target": [len(words) - 6, len(words) - 1]}
    path = write(tmp_path / "own.jsonl", {"id": "a", "text": words, "statements": [{"start": 0, "end": len(words), "stances": [praise]}]})
    query = write(tmp_path / "q.jsonl", {"id": "q", "text": "Norway praised Kenya.", "target": "Kenya", "label": "praise"})
    assert len(findings(path, query)[0]) == 2, "not one of the shipped model's labels"
    config = TrainConfig(base=str(tiny_checkpoint), output="unused", data=DataConfig(), labels={"praise": "p"}, window=WindowConfig(max_tokens=64))
    found = list(check_files([path, query], config))
    assert not [line for line, bad in found if bad]
    (cut,) = [line for line, _ in found if "more than a window" in line]
    assert cut.startswith(f"{path}:1: statement [0, {len(words)}]"), "by the window and the tokens of the run"
    found = list(check_files([query], config.model_copy(update={"base": "someone/encoder"})))
    assert "tokenizer.json is not on this machine" in found[0][0] and "1 label praise" in found[1][0]
