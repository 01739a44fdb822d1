"""`stancekit count`: tables, networks and pictures from what `predict` wrote."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stancekit.cli import app
from stancekit.corpus import from_marks
from stancekit.data import write_records
from stancekit.names import resolve

MARKS = """### a
date: 2024-05-01

<a>Kenya</a> condemned <b>Russia</b>. {condemnation a>b}
<a>Kenya</a> thanked <b>Norway</b>. {support a>b}

### b
date: 2024-05-14

<a>Kenya</a> warned <b>Russia</b>. {warning a>b}

### c
date: 2024-05-15

<a>Kenya</a> warned <b>Russia</b>. {warning a>b}
"""


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    write_records(tmp_path / "out.jsonl", [resolve(a) for a in from_marks(MARKS)])
    return tmp_path / "out.jsonl"


def call(predictions: Path, name: str, *options: str) -> tuple[Result, Path]:
    file = predictions.with_name(name)
    return CliRunner().invoke(app, ["count", str(predictions), "-o", str(file), *options]), file


def rows(file: Path) -> list[dict[str, str]]:
    with open(file, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_pairs_by_code(predictions: Path) -> None:
    run, file = call(predictions, "pairs.csv", "--by", "code")
    assert run.exit_code == 0 and "4 stances counted" in run.output
    assert [(r["source"], r["target"], r["condemnation"], r["support"], r["warning"]) for r in rows(file)] == [
        ("KEN", "RUS", "1", "0", "2"),
        ("KEN", "NOR", "0", "1", "0"),
    ]


def test_a_wire_copy_counts_once(predictions: Path) -> None:
    run, file = call(predictions, "pairs.csv", "--once")
    assert run.exit_code == 0 and "3 stances counted; 1 in a copy of another article" in run.output
    assert rows(file)[0]["n"] == "2"


def test_timeline_of_a_pair(predictions: Path) -> None:
    run, file = call(predictions, "weeks.csv", "--table", "timeline", "--by", "code", "--source", "KEN", "--target", "RUS")
    assert run.exit_code == 0 and "3 stances counted; 1 of another source or target" in run.output
    assert [(r["start"], r["n"]) for r in rows(file)] == [("2024-04-29", "1"), ("2024-05-06", "0"), ("2024-05-13", "2")]


@pytest.mark.parametrize(("name", "table"), [("m.png", "pairs"), ("s.svg", "sources"), ("t.pdf", "targets"), ("w.png", "timeline")])
def test_pictures(predictions: Path, name: str, table: str) -> None:
    run, file = call(predictions, name, "--table", table)
    assert run.exit_code == 0, run.output
    assert file.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml", b"%PDF-")


def test_network(predictions: Path) -> None:
    import networkx

    run, file = call(predictions, "net.graphml", "--table", "network", "--by", "code")
    assert run.exit_code == 0
    graph = networkx.read_graphml(file)
    names = {n: d["label"] for n, d in graph.nodes(data=True)}
    assert {(names[a], names[b], d["n"], d["balance"]) for a, b, d in graph.edges(data=True)} == {("KEN", "RUS", 3, -0.3333), ("KEN", "NOR", 1, 1.0)}


@pytest.mark.parametrize(("name", "table"), [("x.xlsx", "pairs"), ("x.graphml", "pairs"), ("x.png", "network"), ("x", "sources")])
def test_a_form_that_does_not_fit_is_named(predictions: Path, name: str, table: str) -> None:
    run, file = call(predictions, name, "--table", table)
    assert run.exit_code != 0 and "cannot be written as" in str(run.exception) and not file.exists()


def test_a_confidence_threshold_is_said(predictions: Path) -> None:
    run, _ = call(predictions, "pairs.csv", "--min-confidence", "0.5")
    assert run.exit_code == 0 and "stances counted" in run.output


def test_dates_that_may_go_either_way_are_shown_with_what_to_do(tmp_path: Path) -> None:
    write_records(tmp_path / "out.jsonl", [resolve(a) for a in from_marks(MARKS.replace("2024-05-14", "05/06/2024").replace("2024-05-15", "spring"))])
    run, _ = call(tmp_path / "out.jsonl", "t.csv", "--table", "timeline")
    assert "1 with an ambiguous date (such as '05/06/2024')" in run.output and "1 with an unreadable date (such as 'spring')" in run.output
    assert "say how ambiguous dates go with --day-first or --month-first" in run.output
    for option, day in (("--day-first", "2024-06-05"), ("--month-first", "2024-05-06")):
        run, file = call(tmp_path / "out.jsonl", "t.csv", "--table", "timeline", "--unit", "day", option)
        assert "3 stances counted; 1 with an unreadable" in run.output and rows(file)[-1]["start"] == day
