"""Pictures: everything counted is drawn and legible, texts stay texts, colours differ in lightness, pyplot stays out."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from stancekit import aggregate, plots
from stancekit.errors import ConfigError, DataError, MissingExtraError
from stancekit.schema import LABELS

LONG = "the Permanent Delegation of the International Federation of Journalists"
HOSTILE = ["$x^2$", "$", "a_b^c \\frac", "\ud800\x00\x1b[31m", "\u202egnp.exe", "<script>alert(1)</script>", "{0}", "_private", "W" * 300, LONG]


def rows(parties: int, name: str = "P{:02}") -> list[dict[str, Any]]:
    """Stances between numbered parties: party i takes i % 3 + 1 stances toward each of the next three, up to 39 days apart."""
    made = []
    for i in range(parties):
        for j in range(i, i + 3):
            for k in range(i % 3 + 1):
                day = f"2024-0{(i + j) % 4 + 1}-{(7 * i + k) % 28 + 1:02}"
                codes = {"source_code": name.format(i), "target_code": name.format(j % parties)}
                made.append({"stance": LABELS[(i + j + k) % 3], "confidence": 0.9, "id": str(i), "meta": {"date": day}, **codes})
    return made


def hostile_rows() -> list[dict[str, Any]]:
    return [{"stance": LABELS[i % 3], "source_code": s, "target_code": t, "meta": {}} for i, (s, t) in enumerate(combinations(HOSTILE, 2))]


def texts(figure: Any) -> Iterator[Any]:
    """The texts drawn, in their places on the canvas."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    FigureCanvasAgg(figure).draw()
    yield from (t for t in figure.findobj(Text) if t.get_visible() and t.get_text())


@pytest.mark.parametrize("parties", [1, 2, 7, 13, 21, 40])
@pytest.mark.parametrize("name", ["P{:02}", LONG + " no. {:02}"])
def test_matrix_is_legible(parties: int, name: str) -> None:
    """Every count stands inside its cell, row names do not touch, nothing leaves the figure, print is not too small."""
    table = aggregate.pairs(rows(parties, name))
    figure = plots.matrix(table)
    drawn = list(texts(figure))
    boxes = [t.get_window_extent() for t in drawn]
    width, height = figure.bbox.size
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width + 1 and box.y1 <= height for box in boxes)
    assert min(t.get_fontsize() for t in drawn) >= 7.5
    axes = figure.axes[0]
    cell = axes.bbox.width / parties
    counts = [t for t in axes.texts if t.get_text().isdigit()]
    assert all(t.get_window_extent().width < cell * 0.9 and t.get_window_extent().height < cell * 0.9 for t in counts)
    names = [t.get_window_extent() for t in axes.get_yticklabels()]
    assert all(a.y0 >= b.y1 for a, b in zip(names, names[1:], strict=False))
    assert len(names) == len(axes.get_xticklabels()) == parties
    title = next(t for t in drawn if t.get_fontweight() == "bold").get_window_extent()
    assert not any(title.overlaps(t.get_window_extent()) for t in (*axes.get_xticklabels(), *counts, *axes.texts))


def test_matrix_has_every_count_in_its_cell_and_its_colour() -> None:
    table = aggregate.pairs(rows(7))
    axes = plots.matrix(table).axes[0]
    sources, targets = ([t.get_text() for t in axis.get_ticklabels()] for axis in (axes.yaxis, axes.xaxis))
    found = {(sources[int(t.get_position()[1])], targets[int(t.get_position()[0])]): int(t.get_text()) for t in axes.texts if t.get_text().isdigit()}
    assert found == {(r["source"], r["target"]): r["n"] for r in table.rows}
    colours = axes.collections[0].get_facecolors()
    scale = plots._balance_scale()
    for r in table.rows:
        place = sources.index(r["source"]) * len(targets) + targets.index(r["target"])
        assert tuple(colours[place]) == scale((r["balance"] + 1) / 2)


@pytest.mark.parametrize("title", ["Who supports and who condemns whom in the reports of five agencies on the war, by week and country, 2019-2024", "By country\nand year"])
def test_a_long_title_stands_in_the_figure(title: str) -> None:
    """It is wrapped, over all that is drawn below it."""
    for figure in (
        plots.matrix(aggregate.pairs(rows(2)), title=title),
        plots.timeline(aggregate.timeline(rows(9), by="code"), title=title),
        plots.bars(aggregate.parties(rows(3), "source"), title=title),
    ):
        drawn = {t: t.get_window_extent() for t in texts(figure)}
        head = next(t for t in drawn if t.get_fontweight() == "bold")
        assert head.get_text().split() == title.split()
        assert drawn[head].x1 <= figure.bbox.width and drawn[head].y1 <= figure.bbox.height
        assert not any(drawn[head].overlaps(box) for t, box in drawn.items() if t is not head)


def test_what_is_not_shown_is_counted_below() -> None:
    table = aggregate.pairs([*rows(12), {"stance": "support", "source_code": "X", "target_code": None}])
    figure = plots.matrix(table, most=4)
    shown = sum(int(t.get_text()) for t in figure.axes[0].texts if t.get_text().isdigit())
    note = " ".join(figure.texts[1].get_text().split())
    assert f"{table.counted:,} stances; the 4 most frequent of 12 sources shown; the 4 most frequent of 12 targets shown" in note
    assert f"{table.counted - shown} stances of others not shown; left out: 1 without a target." in note
    bars = " ".join(plots.bars(aggregate.parties(rows(12), "target"), most=10).texts[1].get_text().split())
    assert "the 10 most frequent of 12 targets shown" in bars and "of others not shown" in bars


@pytest.mark.parametrize("unit", aggregate.UNITS)
def test_timeline_draws_every_count_over_its_period(unit: str) -> None:
    from matplotlib.dates import num2date

    table = aggregate.timeline(rows(20), unit, by="code")
    figure = plots.timeline(table)
    assert [axes.get_title(loc="left").split()[0] for axes in figure.axes] == list(LABELS)
    for label, axes in zip(LABELS, figure.axes, strict=True):
        assert [bar.get_height() for bar in axes.patches] == [r[label] for r in table.rows]
        for bar, r in zip(axes.patches, table.rows, strict=True):
            inside = num2date(bar.get_x() + bar.get_width() / 2).date().isoformat()
            assert r["start"] <= inside <= r["end"]
    assert f"Stances by {unit}" in figure.texts[0].get_text()


def test_one_day_makes_a_timeline() -> None:
    figure = plots.timeline(aggregate.timeline(rows(1)[:1], "day", by="code"))
    assert [y for y in figure.axes[0].get_yticks() if y <= figure.axes[0].get_ylim()[1]] == [0, 1]
    bar = figure.axes[0].patches[0]
    low, high = figure.axes[0].get_xlim()
    assert 0.05 < bar.get_width() / (high - low) < 0.2


def test_bars_stack_to_their_counts() -> None:
    table = aggregate.parties(rows(9), "source")
    axes = plots.bars(table).axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == [r["source"] for r in table.rows]
    for place, r in enumerate(table.rows):
        parts = [c.patches[place] for c in axes.containers]
        assert [p.get_width() for p in parts] == [r[x] for x in LABELS]
        assert parts[-1].get_x() + parts[-1].get_width() == r["n"]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_hostile_texts_are_drawn_as_texts(tmp_path: Path, suffix: str) -> None:
    made = hostile_rows()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = plots.matrix(aggregate.pairs(made), tmp_path / f"m{suffix}", title="$5 and $6")
        plots.bars(aggregate.parties(made, "source"), tmp_path / f"b{suffix}")
        own = [{**r, "stance": f"${i}^", "meta": {"date": "2024-05-01"}} for i, r in enumerate(made[:4])]
        plots.timeline(aggregate.timeline(own, by="code"), tmp_path / f"t{suffix}", title="\ud800")
        plots.bars(aggregate.parties(own, "target"), tmp_path / f"o{suffix}")
    names = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert {"$x^2$", "$", "\ufffdgnp.exe", "<script>alert(1)</script>"} <= set(names)
    assert all(len(name) <= plots.NAME_WIDTH for name in names)
    assert all((tmp_path / f"{x}{suffix}").stat().st_size > 1000 for x in "mbto")


def test_colours_differ_in_lightness() -> None:
    for labels in (LABELS, ("a", "b", "c", "d", "e")):
        found = sorted(plots.lightness(c) for c in plots.colours(labels).values())
        assert min(b - a for a, b in zip(found, found[1:], strict=False)) >= 10
    scale = plots._balance_scale()
    steps = [plots.lightness(scale(i / 100)) for i in range(101)]
    assert all(a < b for a, b in zip(steps, steps[1:], strict=False))
    assert steps[50] - steps[0] > 20 and steps[100] - steps[50] > 20


def test_counts_stand_out_from_their_cells() -> None:
    """WCAG 2: contrast of at least 4.5 on every colour of the scale."""

    def luminance(colour: Any) -> float:
        light = plots.lightness(colour)
        return ((light + 16) / 116) ** 3 if light > 8 else light * 27 / 24389

    scale = plots._balance_scale()
    for i in range(101):
        back = luminance(scale(i / 100))
        ink = luminance(plots.ink_on(scale(i / 100)))
        assert (max(back, ink) + 0.05) / (min(back, ink) + 0.05) >= 4.5


def test_pyplot_stays_out(tmp_path: Path) -> None:
    code = f"""
import sys
from stancekit import aggregate, plots
assert "matplotlib" not in sys.modules
rows = [dict(stance="support", source_code="A", target_code="B", meta=dict(date="2024-05-01"))]
plots.matrix(aggregate.pairs(rows), {str(tmp_path / "m.png")!r})
plots.bars(aggregate.parties(rows, "source"), {str(tmp_path / "b.svg")!r})
plots.timeline(aggregate.timeline(rows, by="code"), {str(tmp_path / "t.pdf")!r})
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = aggregate.pairs(rows(3))
    with pytest.raises(ConfigError, match=r"m.docx: unknown picture format 'docx'; end the name in one of .*png"):
        plots.matrix(table, tmp_path / "m.docx")
    with pytest.raises(DataError, match="no such folder: .*; make it first"):
        plots.matrix(table, tmp_path / "no" / "m.png")
    with pytest.raises(DataError, match=r"a table by source, target, expected one by start, end; give what aggregate.timeline returns"):
        plots.timeline(table)
    with pytest.raises(DataError, match=r"give what aggregate.parties returns"):
        plots.bars(table)
    with pytest.raises(ConfigError, match="most 0 is not a positive whole number"):
        plots.matrix(table, most=0)
    with pytest.raises(DataError, match="no stance to draw; left out: 18 below the confidence threshold; lower min_confidence"):
        plots.matrix(aggregate.pairs(rows(3), min_confidence=0.95))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"plots needs packages .*stancekit\[plot\]"):
        plots.matrix(table)
