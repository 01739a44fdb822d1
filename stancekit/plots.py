"""Pictures of the tables of `stancekit.aggregate`: a who -> whom matrix, a timeline, bars. Needs the extra `plot`.

Each function returns a `matplotlib.figure.Figure` and, given `path`, saves it (the suffix names the format: .png, .svg, .pdf).
pyplot is never touched, so nothing opens a window, and figures go away with their last reference.

Colours can be told apart by people with any colour vision and in grey print: each of a figure's labels has its own lightness, and
the matrix goes from dark (condemnation) to light (support) without turning back. Texts of articles are shown as they are: `$` starts
no formula, and characters no font can show become U+FFFD. What a figure does not show is counted below it.
"""

from __future__ import annotations

import datetime
import os
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stancekit.aggregate import ROLES, Summary
from stancekit.data import replacing
from stancekit.errors import ConfigError, DataError, MissingExtraError
from stancekit.schema import LABELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"support": "#5FA8D3", "condemnation": "#8B1E1E", "warning": "#F2C84B"}
"""Of the default labels; own labels get evenly spaced colours of matplotlib's cividis."""

BALANCE = ((-1.0, "#7A1414"), (-0.5, "#A3553D"), (0.0, "#9C948A"), (0.5, "#96BBCF"), (1.0, "#9FDDF8"))
"""Balance and its colour, interpolated between; lightness rises all the way."""

INK, QUIET, LINE, EMPTY = "#1C1F23", "#5C6570", "#DDE1E6", "#F3F4F6"
NAME_WIDTH = 30
"""Characters of a party's name; longer ones are cut in the middle."""

_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CELLS = ((6, 0.62, 11.0), (12, 0.5, 10.0), (20, 0.42, 9.0))
_SMALLEST_CELL = (0.34, 7.5)
_EDGE, _KEY = 0.25, 3.4
_DPI = 160
_TITLE = 12.5


def matrix(table: Summary, path: str | os.PathLike[str] | None = None, *, most: int = 40, title: str | None = None) -> Figure:
    """Sources down, targets across, both by frequency; a cell has its number of stances and the colour of its balance.

    `table` is what `aggregate.pairs` returns; the `most` frequent sources and targets are shown.
    """
    _check(table, ROLES, "pairs", most)
    (sources, rest_sources), (targets, rest_targets) = (_most(table, role, most) for role in ROLES)
    cells = {(row["source"], row["target"]): row for row in table.rows if row["source"] in sources and row["target"] in targets}
    hidden = table.counted - sum(row["n"] for row in cells.values())
    size, points = next(((s, p) for limit, s, p in _CELLS if max(len(sources), len(targets)) <= limit), _SMALLEST_CELL)
    down, across = [_short(name) for name in sources], [_short(name) for name in targets]
    widths = [_width(name, points) for name in across]
    slanted = max(widths) > size - 0.06
    rise = max(widths) * 0.71 + 0.1 if slanted else 0.12
    overhang = max(size * (i + 0.5) + w * 0.71 for i, w in enumerate(widths)) - size * len(targets) if slanted else 0.0
    left = _EDGE + 0.12 + max(_width("target →", 8.0), *(_width(name, points) for name in down))
    wide, high = size * len(targets), size * len(sources)
    width = max(left + wide + max(overhang, 0.0) + _EDGE, 5.6)
    note = _note(table, width, [(rest_sources, len(sources), "sources"), (rest_targets, len(targets), "targets")], hidden)
    heading, more = _heading(title or "Who takes which stance toward whom", width)
    above, below = 0.62 + more + max(rise, 0.42), 0.85 + _height(note)
    figure = _figure(width, above + high + below, heading, note)
    axes = figure.add_axes((left / width, below / (above + high + below), wide / width, high / (above + high + below)))
    _draw_cells(axes, sources, targets, cells, points)
    style: dict[str, Any] = {"fontsize": points, "color": INK, "parse_math": False}
    axes.set_yticks(range(len(down)), down, **style)
    turned: dict[str, Any] = {"rotation": 45, "ha": "left", "va": "baseline", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(range(len(across)), across, **style, **turned)
    axes.tick_params(length=0, pad=4, top=True, labeltop=True, bottom=False, labelbottom=False)
    corner = (-0.04 / wide * len(targets) - 0.5 - 0.04 / size, -0.5 - 0.1 / size)
    axes.text(*corner, "target →\nsource ↓", ha="right", va="bottom", fontsize=8, color=QUIET, linespacing=1.3)
    _balance_key(figure, left, below - 0.45)
    return _saved(figure, path)


def _draw_cells(
    axes: Axes, sources: Sequence[str], targets: Sequence[str], cells: Mapping[tuple[str, str], Mapping[str, Any]], points: float
) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    scale = _balance_scale()
    squares, colours = [], []
    for i, source in enumerate(sources):
        for j, target in enumerate(targets):
            row = cells.get((source, target))
            colour = EMPTY if row is None else scale((row["balance"] + 1) / 2)
            squares.append(Rectangle((j - 0.5, i - 0.5), 1, 1))
            colours.append(colour)
            if row is not None:
                axes.text(j, i, _count(row["n"]), ha="center", va="center_baseline", fontsize=points, color=ink_on(colour))
    axes.add_collection(PatchCollection(squares, facecolors=colours, edgecolors="#FFFFFF", linewidths=1.2))
    axes.set(xlim=(-0.5, len(targets) - 0.5), ylim=(len(sources) - 0.5, -0.5), frame_on=False)


def _balance_key(figure: Figure, left: float, bottom: float) -> None:
    """The colour scale, `left` and `bottom` in inches."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    width, height = figure.get_size_inches()
    left = min(left, width - _KEY - _EDGE)
    axes = figure.add_axes((left / width, bottom / height, _KEY / width, 0.11 / height))
    bar = figure.colorbar(ScalarMappable(Normalize(-1, 1), _balance_scale()), cax=axes, orientation="horizontal", ticks=[-1, 0, 1])
    bar.outline.set_visible(False)
    words = bar.ax.set_xticklabels(["only condemnation", "balanced", "only support"], fontsize=7.5, color=QUIET)
    words[0].set_horizontalalignment("left")
    words[2].set_horizontalalignment("right")
    bar.ax.tick_params(length=2, color=QUIET)


def timeline(table: Summary, path: str | os.PathLike[str] | None = None, *, title: str | None = None) -> Figure:
    """Stances a period, a panel for each label, all on one scale. `table` is what `aggregate.timeline` returns."""
    _check(table, ("start", "end"), "timeline")
    from matplotlib import dates as untyped
    from matplotlib.ticker import MaxNLocator

    dates: Any = untyped
    labels = _labels(table)
    width, panel, gap = 8.4, 1.15, 0.42
    note = _note(table, width)
    heading, more = _heading(title or _over_time(table), width)
    above, below = 0.85 + more, 0.6 + _height(note)
    height = above + len(labels) * (panel + gap) - gap + below
    figure = _figure(width, height, heading, note)
    starts = [float(dates.date2num(datetime.date.fromisoformat(row["start"]))) for row in table.rows]
    ends = [float(dates.date2num(datetime.date.fromisoformat(row["end"]))) + 1 for row in table.rows]
    few = max(0.0, (12 - len(starts)) / 2) * (ends[0] - starts[0])
    margin = few or 0.01 * (ends[-1] - starts[0])
    gaps = 0.1 if len(starts) <= 120 else 0.0
    top = max(row[label] for row in table.rows for label in labels)
    first: Axes | None = None
    for i, label in enumerate(labels):
        bottom = below + (len(labels) - 1 - i) * (panel + gap)
        axes = figure.add_axes((0.6 / width, bottom / height, (width - 0.6 - _EDGE) / width, panel / height), sharex=first, sharey=first)
        first = first or axes
        sizes = [(b - a) * (1 - gaps) for a, b in zip(starts, ends, strict=True)]
        counts = [row[label] for row in table.rows]
        middles = [(a + b) / 2 for a, b in zip(starts, ends, strict=True)]
        axes.bar(middles, counts, sizes, **_fill(label, labels, outline=gaps > 0))
        axes.set_title(f"{_short(label)}  {sum(counts):,}", loc="left", fontsize=9.5, color=INK, pad=4, parse_math=False)
        axes.set(xlim=(starts[0] - margin, ends[-1] + margin), ylim=(0, top * 1.08))
        axes.yaxis.set_major_locator(MaxNLocator(3, integer=True, min_n_ticks=1))
        locator = dates.AutoDateLocator(minticks=3, maxticks=9)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
        axes.grid(axis="y", color=LINE, linewidth=0.8)
        _plain_axes(axes)
        axes.spines["bottom"].set_visible(True)
        axes.xaxis.get_offset_text().set(fontsize=8.5, color=QUIET)
        axes.tick_params(axis="x", labelbottom=i == len(labels) - 1, pad=6)
    return _saved(figure, path)


def bars(table: Summary, path: str | os.PathLike[str] | None = None, *, most: int = 20, title: str | None = None) -> Figure:
    """The `most` active sources or most named targets, stacked by label. `table` is what `aggregate.parties` returns."""
    role = "target" if table.columns[:1] == ("target",) else "source"
    _check(table, (role,), "parties", most)
    labels, shown = _labels(table), table.rows[:most]
    hidden = sum(row["n"] for row in table.rows[most:])
    names = [_short(row[role]) for row in shown]
    left = _EDGE + 0.12 + max(_width(name, 9.5) for name in names)
    width = left + 5.6
    note = _note(table, width, [(len(table.rows) - len(shown), len(shown), f"{role}s")], hidden)
    heading, more = _heading(title or ("Most active sources" if role == "source" else "Most named targets"), width)
    above, below, high = 1.0 + more, 0.15 + _height(note), 0.3 * len(shown)
    height = above + high + below
    figure = _figure(width, height, heading, note)
    axes = figure.add_axes((left / width, below / height, (width - left - 0.75) / width, high / height))
    places, start = range(len(shown)), [0] * len(shown)
    for label in labels:
        counts = [row[label] for row in shown]
        axes.barh(places, counts, 0.72, start, label=_short(label), **_fill(label, labels))
        start = [a + b for a, b in zip(start, counts, strict=True)]
    for place, row in enumerate(shown):
        axes.annotate(f"{row['n']:,}", (row["n"], place), (5, 0), textcoords="offset points", va="center_baseline", fontsize=9, color=QUIET)
    axes.set_yticks(places, names, parse_math=False)
    axes.set(ylim=(len(shown) - 0.5, -0.5), xlim=(0, max(start) * 1.005))
    axes.set_xticks([])
    _plain_axes(axes)
    axes.tick_params(axis="y", labelcolor=INK, labelsize=9.5)
    handles, keys = axes.get_legend_handles_labels()
    legend = figure.legend(
        handles, keys, loc="upper left", bbox_to_anchor=(_EDGE / width, 1 - (0.55 + more) / height), ncols=min(len(labels), 5),
        frameon=False, fontsize=9, labelcolor=INK, borderpad=0, borderaxespad=0, handlelength=1.1, handleheight=0.9, columnspacing=1.6,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)
    return _saved(figure, path)


def lightness(colour: Any) -> float:
    """CIE 1976 L* of a matplotlib colour, 0 (black) to 100 (white)."""
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    y = sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return float(116 * y ** (1 / 3) - 16 if y > 216 / 24389 else y * 24389 / 27)


def ink_on(colour: Any) -> str:
    """Black or white, whichever has more contrast on a colour (4.5 at least, as WCAG 2 counts it)."""
    return "#000000" if lightness(colour) > 49.5 else "#FFFFFF"


def _balance_scale() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("balance", [((value + 1) / 2, colour) for value, colour in BALANCE])


def colours(labels: Sequence[str]) -> dict[str, Any]:
    """A colour for each label."""
    from matplotlib import colormaps

    own = [label for label in labels if label not in COLOURS]
    return {label: COLOURS.get(label) or colormaps["cividis"]((own.index(label) + 0.5) / len(own)) for label in labels}


def _fill(label: str, labels: Sequence[str], outline: bool = True) -> dict[str, Any]:
    """Colour, and an outline of the same hue that keeps light colours visible on white."""
    from matplotlib.colors import to_rgb

    colour = colours(labels)[label]
    edge = [0.62 * c for c in to_rgb(colour)]
    return {"color": colour, "edgecolor": edge if outline else colour, "linewidth": 0.6 if outline else 0.3}


def _figure(width: float, height: float, title: str, note: str) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure((width, height), dpi=_DPI, facecolor="#FFFFFF")
    x = _EDGE / width
    figure.text(x, 1 - 0.2 / height, title, va="top", fontsize=_TITLE, fontweight="bold", color=INK, parse_math=False)
    figure.text(x, 0.12 / height, note, va="bottom", fontsize=7.5, color=QUIET, linespacing=1.35, parse_math=False)
    return figure


def _heading(title: str, width: float) -> tuple[str, float]:
    """A title wrapped to `width` inches, and the inches that its further lines take."""
    lines: list[str] = []
    for line in map(_clean, title.splitlines()):
        fits = int(0.9 * len(line) * (width - 2 * _EDGE) / max(_width(line, _TITLE, "bold"), 0.1))
        lines += textwrap.wrap(line, max(fits, 10))
    return "\n".join(lines), 0.22 * max(0, len(lines) - 1)


def _note(table: Summary, width: float, cut: Iterable[tuple[int, int, str]] = (), hidden: int = 0) -> str:
    """What the figure counts and what it does not show, wrapped to `width` inches."""
    parts = [f"{table.counted:,} stance{'s' * (table.counted != 1)}"]
    parts += [f"the {shown} most frequent of {shown + rest:,} {what} shown" for rest, shown, what in cut if rest]
    if hidden:
        parts.append(f"{hidden:,} stances of others not shown")
    if table.left_out:
        parts.append("left out: " + ", ".join(f"{n:,} {reason}" for reason, n in table.left_out.items()))
    return textwrap.fill("; ".join(parts) + ".", int((width - 2 * _EDGE) * 72 / (7.5 * 0.56)))


def _height(note: str) -> float:
    """Inches below a figure for its note."""
    return 0.15 + 0.145 * (note.count("\n") + 1)


def _check(table: Summary, keys: Sequence[str], function: str, most: int = 1) -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise MissingExtraError("plots", "plot") from None
    got = table.columns[: table.columns.index(table.labels[0])]
    if got != tuple(keys):
        raise DataError(f"a table by {', '.join(got)}, expected one by {', '.join(keys)}", remedy=f"give what aggregate.{function} returns")
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise ConfigError(f"most {most!r} is not a positive whole number")
    if not table.counted:
        found = ", ".join(f"{n} {reason}" for reason, n in table.left_out.items()) or "nothing at all"
        raise DataError(f"no stance to draw; left out: {found}", remedy="lower min_confidence or count by another key")


def _saved(figure: Figure, path: str | os.PathLike[str] | None) -> Figure:
    if path is None:
        return figure
    form = os.path.splitext(os.fspath(path))[1].lstrip(".").lower()
    known = figure.canvas.get_supported_filetypes()
    if form not in known:
        raise ConfigError(f"{os.fspath(path)}: unknown picture format {form!r}; end the name in one of {', '.join(sorted(known))}")
    try:
        with replacing(path, binary=True) as stream:
            figure.savefig(stream, format=form)
    except OSError as error:
        raise DataError(f"cannot write {os.fspath(path)}: {error.strerror}", remedy="check permissions and the disk") from None
    return figure


def _most(table: Summary, role: str, most: int) -> tuple[list[str], int]:
    """The most frequent parties of a role, and how many others there are."""
    totals: dict[str, int] = {}
    for row in table.rows:
        totals[row[role]] = totals.get(row[role], 0) + row["n"]
    names = sorted(totals, key=lambda name: (-totals[name], name))
    return names[:most], max(0, len(names) - most)


def _labels(table: Summary) -> list[str]:
    """The labels shown: the default ones, unless the table has only others."""
    used = {label for label in table.labels if any(row[label] for row in table.rows)}
    default = bool(used.intersection(LABELS))
    return [label for label in table.labels if label in used or (default and label in LABELS)]


def _over_time(table: Summary) -> str:
    first, last = (datetime.date.fromisoformat(table.rows[0][key]) for key in ("start", "end"))
    days = (last - first).days + 1
    return f"Stances by {'day' if days == 1 else 'week' if days == 7 else 'month'}"


def _plain_axes(axes: Axes) -> None:
    axes.set_axisbelow(True)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
        axes.spines[side].set_color(QUIET)
    axes.tick_params(length=0, labelsize=8.5, labelcolor=QUIET)


def _clean(text: str) -> str:
    return _UNSHOWABLE.sub("\ufffd", text)


def _short(name: str) -> str:
    name = _clean(name)
    half = NAME_WIDTH // 2
    return name if len(name) <= NAME_WIDTH else f"{name[:half].rstrip()}…{name[-half + 1 :].lstrip()}"


def _width(text: str, points: float, weight: str = "normal") -> float:
    """Inches that a text takes."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=points, weight=weight), ismath=False)
    return float(width) / 72


def _count(n: int) -> str:
    return f"{n}" if n < 10_000 else f"{n / 1000:.0f}k"
