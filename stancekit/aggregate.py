"""Counts over many stances: who takes which stance toward whom, how often, when, and the network they make.

Input is what `predict` gives (articles) or its table form (`tables.COLUMNS`): a `pandas.DataFrame`, or mappings such as
`tables.rows` yields and `csv.DictReader` reads. Every function counts each stance once or names the reason why it was left
out: `counted + sum(left_out.values())` is the number of stances given.

**Parties** (`by`): "code" (country or organisation), "name", or "party": code, else name, as the report page has it. Where names
were never resolved (annotated articles: no `source_kind`), "party" goes on to the words of the text; where they were, a party without a
name is not known, and "it" in two articles is not one party. Nothing is matched fuzzily.

**Wire copies.** `copies(articles)` finds near-duplicates; what it returns, given as `copies=`, leaves the stances of every copy
out, so that a story printed by twenty papers counts once.

**Balance**: (support - condemnation) / n, with n all stances of the row, warnings included: 1 for support alone, -1 for
condemnation alone, None where n is 0.

**Shares** are k / n for each label, with 95 % Wilson score intervals from `scipy.stats.binomtest`. They take stances as independent
draws. Stances of one article are not, so read the column `articles` too: few articles mean more uncertainty than the interval shows.

**Dates** are an entry of the article's meta. Read are date objects and these forms, each with or without a time behind it:

* ISO 8601: 2024-05-01, 20240501, 2024-W18-3, 2024-05-01T23:30:00+02:00; also 2024/05/01 and 2024.5.1,
  and GDELT's 20240501233000;
* in English words: 1 May 2024, May 1, 2024, Wed, 01 May 2024 12:30:00 GMT, 3rd Sept. 2024;
* 01.05.2024: dots are day first;
* 01/05/2024 and 01-05-2024: by `day_first`; where that is None, only if one of the two numbers is above 12.

The day is the one written; times are not moved to another zone. Years before 1900 or after 2100, two-digit years, impossible days
and everything else are left out as unreadable, and `examples` shows some of them.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree import ElementTree

import numpy as np

from stancekit import tables
from stancekit.data import replacing
from stancekit.errors import ConfigError, DataError, MissingExtraError
from stancekit.schema import LABELS, NONE, Article

if TYPE_CHECKING:
    import pandas

    Data: TypeAlias = Article | Iterable[Article] | Iterable[Mapping[str, Any]] | pandas.DataFrame

ROLES = ("source", "target")
BY = ("code", "name", "party")
UNITS = ("day", "week", "month")

COPY = "in a copy of another article"
UNSURE = "below the confidence threshold"
OTHER = "of another source or target"
WITHOUT = {"source": "without a source", "target": "without a target"}
NO_DATE, UNREADABLE, AMBIGUOUS = "without a date", "with an unreadable date", "with an ambiguous date"

SHINGLE = 3
"""Words of a shingle in `copies`."""

SIMILAR = 0.5
"""Jaccard similarity of two articles' shingles from which one is a copy of the other. The most alike of some 1,700 different corpus
articles reach 0.10; an article with a new headline and every tenth word exchanged, or 40 % cut off, still has 0.55 in the median."""

_BUCKETS = 2**22
_BLOCK = 256
_EXAMPLES = 5
_YEARS = range(1900, 2101)
_MONTHS = "january february march april may june july august september october november december".split()
_TIME = r"(?:(?:T|,? (?:at )?)\d{1,2}[:.]\d\d\b[\w:.,+() /-]{0,80})?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([./-])(\d{{1,2}})\2(\d{{1,2}}){_TIME}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}}){_TIME}")
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?"
_ORDINAL = r"(\d{1,2})(?:st|nd|rd|th)?"
_DAY_MONTH = re.compile(rf"{_WEEKDAY}{_ORDINAL}[ -]([a-z]{{3,9}})\.?,?[ -](\d{{4}}){_TIME}", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"{_WEEKDAY}([a-z]{{3,9}})\.? {_ORDINAL},? (\d{{4}}){_TIME}", re.IGNORECASE)
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Summary:
    """A table of counts. Rows hold the key columns, then the columns of `measures`."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    labels: tuple[str, ...]
    """The label columns: the three default ones, then others found, by name."""
    counted: int
    """Stances in the rows."""
    left_out: Mapping[str, int]
    """Stances left out by reason."""
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Some of the dates that were left out, by reason."""

    def to_frame(self) -> pandas.DataFrame:
        """The rows as a `pandas.DataFrame`. Needs the extra `tables`."""
        try:
            import pandas
        except ImportError:
            raise MissingExtraError("a data frame", "tables") from None
        return pandas.DataFrame([dict(row) for row in self.rows], columns=list(self.columns))

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """The rows as CSV in UTF-8, with a header; empty cells for None, lone surrogates as escapes."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        _write(path, text.getvalue().encode("utf-8", "backslashreplace"))


@dataclass(frozen=True, slots=True)
class Network:
    """A signed, directed network: an edge for each pair of parties, signed by its balance."""

    edges: Summary
    """Columns source, target, the labels, balance, n."""

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """The edges as CSV, for Gephi and R."""
        self.edges.write_csv(path)

    def write_graphml(self, path: str | os.PathLike[str]) -> None:
        """GraphML: nodes with `label` (Gephi) and `name` (igraph), edges with the edge columns and `weight` (n again, never negative).

        By `xml.etree`: the form is a dozen elements, not worth a dependency. Characters that XML cannot hold become U+FFFD.
        """
        root = ElementTree.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
        types = {**dict.fromkeys(self.edges.labels, "int"), "balance": "double", "n": "int", "weight": "int"}
        keys: dict[tuple[str, str], str] = {}
        for domain, names in (("node", {"label": "string", "name": "string"}), ("edge", types)):
            for name, kind in names.items():
                key = keys[domain, name] = f"d{len(keys)}"
                ElementTree.SubElement(root, "key", {"id": key, "for": domain, "attr.name": _xml(name), "attr.type": kind})
        graph = ElementTree.SubElement(root, "graph", edgedefault="directed")

        def attach(element: ElementTree.Element, domain: str, values: Mapping[str, Any]) -> None:
            for name, value in values.items():
                if value is not None:
                    ElementTree.SubElement(element, "data", key=keys[domain, name]).text = _xml(str(value))

        parties = dict.fromkeys(row[role] for row in self.edges.rows for role in ROLES)
        nodes = {party: f"n{i}" for i, party in enumerate(parties)}
        for party, node in nodes.items():
            attach(ElementTree.SubElement(graph, "node", id=node), "node", {"label": party, "name": party})
        for row in self.edges.rows:
            edge = ElementTree.SubElement(graph, "edge", source=nodes[row["source"]], target=nodes[row["target"]])
            attach(edge, "edge", {**{name: row[name] for name in types if name != "weight"}, "weight": row["n"]})
        ElementTree.indent(root)
        _write(path, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


@dataclass(frozen=True, slots=True)
class _Stance:
    label: str
    parties: Mapping[str, str]
    """By role; "" for nobody."""
    confidence: float | None
    article: str
    copied: bool
    """Whether its article is a copy of another."""
    date: object


@dataclass(slots=True)
class _Cell:
    labels: Counter[str] = field(default_factory=Counter)
    articles: set[str] = field(default_factory=set)

    def add(self, stance: _Stance) -> None:
        self.labels[stance.label] += 1
        if stance.article:
            self.articles.add(stance.article)


class _Count:
    """Reads stances and keeps the tally of those left out."""

    def __init__(self, data: Data, by: str, min_confidence: float, copies: Mapping[str, str] | None, date: str | None = None) -> None:
        _choice("by", by, BY)
        if isinstance(min_confidence, bool) or not isinstance(min_confidence, (int, float)) or not 0 <= min_confidence <= 1:
            raise ConfigError(f"min_confidence {min_confidence!r} is not a probability; give a number from 0 to 1")
        self.left_out: Counter[str] = Counter()
        self.data, self.by, self.min_confidence, self.copies, self.date = data, by, min_confidence, copies, date

    def stances(self) -> Iterator[_Stance]:
        """Stances that are sure enough and of no copy. A stance without confidence is annotated, not guessed, and always stays."""
        for place, row in _rows(self.data):
            stance = self._stance(place, row)
            if stance.copied:
                self.left_out[COPY] += 1
            elif stance.confidence is not None and stance.confidence < self.min_confidence:
                self.left_out[UNSURE] += 1
            else:
                yield stance

    def _stance(self, place: str, row: Mapping[str, Any]) -> _Stance:
        label = _plain(_get(row, "stance", place))
        if not label or label == NONE:
            raise DataError(f"stance {row['stance']!r} is not a label", place=place, remedy="leave rows without a stance out")
        article = _plain(_get(row, "id", place) if self.copies is not None else row.get("id"))
        if self.copies is not None and not article:
            raise DataError("no id, so whether the stance stands in a copy cannot be told", place=place, remedy="give each article an id")
        confidence = _get(row, "confidence", place) if self.min_confidence else row.get("confidence")
        meta = None if self.date is None else _meta(_get(row, "meta", place), place).get(self.date)
        copied = any(name in (self.copies or ()) for name in (str(row.get("id")), article))  # as it is, and without odd spaces
        parties = {role: self._party(row, role, place) for role in ROLES}
        return _Stance(label, parties, _probability(confidence, place), article, copied, meta)

    def _party(self, row: Mapping[str, Any], role: str, place: str) -> str:
        columns = [f"{role}_code", f"{role}_name"] if self.by == "party" else [f"{role}_{self.by}"]
        if self.by == "party" and not _plain(row.get("source_kind")):
            columns.append(role)
        return next((text for text in (_plain(_get(row, column, place)) for column in columns) if text), "")

    def without(self, stance: _Stance, roles: Sequence[str] = ROLES) -> bool:
        """Whether a stance names nobody in one of the roles; it is then left out."""
        missing = next((role for role in roles if not stance.parties[role]), None)
        if missing is not None:
            self.left_out[WITHOUT[missing]] += 1
        return missing is not None


def pairs(data: Data, *, by: str = "code", min_confidence: float = 0.0, copies: Mapping[str, str] | None = None) -> Summary:
    """Who -> whom: a row for each source and target, the most frequent first. Columns source, target and the measures."""
    count = _Count(data, by, min_confidence, copies)
    return _summary(ROLES, _by_pair(count), count.left_out)


def parties(
    data: Data, role: str, *, by: str = "code", min_confidence: float = 0.0, copies: Mapping[str, str] | None = None
) -> Summary:
    """The most active sources (`role` "source") or most named targets ("target"), whoever the other party is.

    Columns: the role and the measures.
    """
    _choice("role", role, ROLES)
    count = _Count(data, by, min_confidence, copies)
    cells: dict[tuple[str, ...], _Cell] = defaultdict(_Cell)
    for stance in count.stances():
        if not count.without(stance, (role,)):
            cells[(stance.parties[role],)].add(stance)
    return _summary((role,), _frequent_first(cells), count.left_out)


def timeline(
    data: Data,
    unit: str = "week",
    *,
    source: str | None = None,
    target: str | None = None,
    by: str = "party",
    min_confidence: float = 0.0,
    copies: Mapping[str, str] | None = None,
    date: str = "date",
    day_first: bool | None = None,
) -> Summary:
    """Stances by day, week (from Monday) or month, in order, without gaps: periods with no stance have rows of zeros.

    `source` and `target` choose a party or a pair, `date` the entry of meta. Columns start, end (first and last day in ISO form) and
    the measures. Raises `DataError` where nothing is known of the source or target chosen.
    """
    _choice("unit", unit, UNITS)
    count = _Count(data, by, min_confidence, copies, date)
    wanted = {role: party for role, party in zip(ROLES, (source, target), strict=True) if party is not None}
    known: dict[str, Counter[str]] = {role: Counter() for role in wanted}
    examples: dict[str, dict[str, None]] = defaultdict(dict)
    cells: dict[datetime.date, _Cell] = defaultdict(_Cell)
    for stance in count.stances():
        for role, parties_seen in known.items():
            parties_seen[stance.parties[role]] += 1
        if any(stance.parties[role] != party for role, party in wanted.items()):
            count.left_out[OTHER] += 1
            continue
        day = read_date(stance.date, day_first)
        if isinstance(day, str):
            count.left_out[day] += 1
            if day != NO_DATE and len(examples[day]) < _EXAMPLES:
                examples[day][_plain(stance.date)[:80]] = None
        else:
            cells[_start(day, unit)].add(stance)
    for role, party in wanted.items():
        if party not in known[role]:
            common = ", ".join(repr(name) for name, _ in known[role].most_common(10) if name)
            raise DataError(f"no stance of {role} {party!r} by {by}", remedy=f"the most frequent are: {common or 'none'}")
    return _summary(("start", "end"), _periods(cells, unit), count.left_out, {k: tuple(v) for k, v in examples.items()})


def network(data: Data, *, by: str = "code", min_confidence: float = 0.0, copies: Mapping[str, str] | None = None) -> Network:
    """The pairs as a network. An edge from a party to itself is kept."""
    count = _Count(data, by, min_confidence, copies)
    return Network(_summary(ROLES, _by_pair(count), count.left_out, shares=False))


def copies(articles: Iterable[Article]) -> dict[str, str]:
    """The near-duplicates among articles: the id of each copy -> the id of the article it is a copy of.

    Articles are read in order, and each is compared with those kept so far: it is a copy of the first whose set of word shingles
    (`SHINGLE` running words, lower case, punctuation aside) has a Jaccard similarity of at least `SIMILAR` with its own; otherwise
    it is kept. Put the article to keep first, for example by date. A text shorter than a shingle is a copy of none. Needs scikit-learn.
    """
    try:
        from sklearn.feature_extraction.text import HashingVectorizer
    except ImportError:
        raise MissingExtraError("finding near-duplicate articles", "evaluate") from None
    items: Iterable[Any] = articles
    ids: list[str] = []
    seen: set[str] = set()

    def texts() -> Iterator[str]:
        for number, article in enumerate(items, 1):
            if not isinstance(article, Article):
                problem = f"item {number} is {type(article).__name__}, expected an Article"
                raise DataError(problem, remedy="give the articles, not their rows")
            if not article.id or article.id in seen:
                found = "there is another of that id" if article.id else "it has no id"
                raise DataError(f"article {number} ({article.id!r}): {found}", remedy="give each article its own id")
            seen.add(article.id)
            ids.append(article.id)
            yield article.text

    vectorizer = HashingVectorizer(
        ngram_range=(SHINGLE, SHINGLE),
        token_pattern=r"\w+",
        binary=True,
        norm=None,
        alternate_sign=False,
        n_features=_BUCKETS,
        dtype=np.int32,
    )
    everything = list(texts())
    if not everything:
        return {}
    found = _copies(vectorizer.transform(everything))
    return {ids[copy]: ids[original] for copy, original in found.items()}


def _copies(shingles: Any) -> dict[int, int]:
    """`copies` by row of a sparse matrix (articles, shingles) of ones.

    Sets that share much share rare shingles too. So articles are sought by their rare ones alone, and compared in full where even all
    of the frequent ones (`spare`) in common would make a copy: what many articles share ("the United States said") costs no time.
    """
    shingles.sort_indices()
    sizes, often = np.diff(shingles.indptr), np.bincount(shingles.indices, minlength=shingles.shape[1])
    spare = (0.8 * SIMILAR * sizes).astype(int)  # copies have SIMILAR * sizes in common at least
    sets = np.split(shingles.indices, shingles.indptr[1:-1])
    rare = shingles.copy()
    for ones, columns, n in zip(np.split(rare.data, rare.indptr[1:-1]), sets, sizes - spare, strict=True):
        ones[np.argsort(often[columns], kind="stable")[n:]] = 0
    rare.eliminate_zeros()
    across = rare.T.tocsr()
    found: dict[int, int] = {}

    def alike(one: int, other: int) -> bool:
        common = np.intersect1d(sets[one], sets[other], assume_unique=True).size
        return bool(common >= SIMILAR * (sizes[one] + sizes[other] - common))

    for start in range(0, len(sets), _BLOCK):
        shared = (rare[start : start + _BLOCK] @ across).tocsr()
        for row in range(shared.shape[0]):
            article, entries = start + row, slice(shared.indptr[row], shared.indptr[row + 1])
            others = shared.indices[entries]
            most = shared.data[entries] + np.maximum(spare[article], spare[others])
            near = np.sort(others[(most >= SIMILAR * (sizes[article] + sizes[others] - most)) & (others < article)])
            first = next((int(i) for i in near if int(i) not in found and alike(article, int(i))), None)
            if first is not None:
                found[article] = first
    return found


@lru_cache(maxsize=1 << 16)
def wilson(count: int, total: int) -> tuple[float, float]:
    """95 % Wilson score interval of `count` among `total` (at least 1). Needs scipy."""
    try:
        from scipy.stats import binomtest
    except ImportError:
        raise MissingExtraError("a confidence interval", "evaluate") from None
    interval = binomtest(count, total).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def read_date(value: object, day_first: bool | None = None) -> datetime.date | str:
    """The day a value of meta names (forms: see the module), or the reason why there is none."""
    text = _plain(value)
    if not text:
        return NO_DATE
    if isinstance(value, datetime.date):
        day = datetime.date(value.year, value.month, value.day)
        return day if day.year in _YEARS else UNREADABLE
    try:
        parts = _date_parts(text, day_first)
        if parts is None:
            return AMBIGUOUS
        day = datetime.date(*parts)
    except ValueError:
        return UNREADABLE
    return day if day.year in _YEARS else UNREADABLE


def _date_parts(text: str, day_first: bool | None) -> tuple[int, int, int] | None:
    """Year, month, day; None where day and month could be exchanged. Raises `ValueError` for anything but a date."""
    if match := _YEAR_FIRST.fullmatch(text):
        return int(match[1]), int(match[3]), int(match[4])
    if match := _DAY_MONTH.fullmatch(text):
        return int(match[3]), _month(match[2]), int(match[1])
    if match := _MONTH_DAY.fullmatch(text):
        return int(match[3]), _month(match[1]), int(match[2])
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if match[2] == "." or day_first or (day_first is None and first > 12):
            return year, second, first
        if day_first is False or second > 12 or first == second:
            return year, first, second
        return None
    if len(text) == len("YYYYMMDDHHMMSS") and text.isdigit():
        text = f"{text[:8]}T{text[8:]}"
    day = datetime.datetime.fromisoformat(text)
    return day.year, day.month, day.day


def _month(word: str) -> int:
    found = [i for i, name in enumerate(_MONTHS, 1) if name.startswith(word.lower())]
    if len(found) != 1:
        raise ValueError(word)
    return found[0]


def _start(day: datetime.date, unit: str) -> datetime.date:
    if unit == "month":
        return day.replace(day=1)
    return day - datetime.timedelta(day.weekday()) if unit == "week" else day


def _next(start: datetime.date, unit: str) -> datetime.date:
    if unit == "month":
        return (start + datetime.timedelta(31)).replace(day=1)
    return start + datetime.timedelta(7 if unit == "week" else 1)


def _periods(cells: Mapping[datetime.date, _Cell], unit: str) -> dict[tuple[str, ...], _Cell]:
    out: dict[tuple[str, ...], _Cell] = {}
    start, last = min(cells, default=None), max(cells, default=None)
    while start is not None and last is not None and start <= last:
        after = _next(start, unit)
        out[start.isoformat(), (after - datetime.timedelta(1)).isoformat()] = cells.get(start, _Cell())
        start = after
    return out


def _by_pair(count: _Count) -> dict[tuple[str, ...], _Cell]:
    cells: dict[tuple[str, ...], _Cell] = defaultdict(_Cell)
    for stance in count.stances():
        if not count.without(stance):
            cells[tuple(stance.parties[role] for role in ROLES)].add(stance)
    return _frequent_first(cells)


def _frequent_first(cells: Mapping[tuple[str, ...], _Cell]) -> dict[tuple[str, ...], _Cell]:
    return dict(sorted(cells.items(), key=lambda item: (-item[1].labels.total(), item[0])))


def _summary(
    keys: Sequence[str],
    cells: Mapping[tuple[str, ...], _Cell],
    left_out: Mapping[str, int],
    examples: Mapping[str, tuple[str, ...]] | None = None,
    shares: bool = True,
) -> Summary:
    found = {label for cell in cells.values() for label in cell.labels}
    labels = (*LABELS, *sorted(found.difference(LABELS)))
    columns = (*keys, *measures(labels, shares))
    if len(set(columns)) < len(columns):
        raise DataError(f"a label among {', '.join(labels)} has the name of a column", remedy=f"columns: {', '.join(columns)}")
    rows = [{**dict(zip(keys, key, strict=True)), **_measure(cell, labels, shares)} for key, cell in cells.items()]
    counted = sum(cell.labels.total() for cell in cells.values())
    return Summary(columns, tuple(rows), labels, counted, {k: n for k, n in left_out.items() if n}, examples or {})


def measures(labels: Sequence[str] = LABELS, shares: bool = True) -> tuple[str, ...]:
    """The columns behind the keys: a count for each label, balance, n; with `shares` also articles (how many different ids the
    stances come from) and for each label its share and the interval's ends, `X_share`, `X_low`, `X_high` (None where n is 0)."""
    parts = [f"{label}_{part}" for label in labels for part in ("share", "low", "high")]
    return (*labels, "balance", "n", *(["articles", *parts] if shares else []))


def _measure(cell: _Cell, labels: Sequence[str], shares: bool) -> dict[str, Any]:
    n = cell.labels.total()
    balance = round((cell.labels["support"] - cell.labels["condemnation"]) / n, 4) if n else None
    out: dict[str, Any] = {**{label: cell.labels[label] for label in labels}, "balance": balance, "n": n}
    if shares:
        out["articles"] = len(cell.articles)
        for label in labels:
            k = cell.labels[label]
            values = [round(x, 4) for x in (k / n, *wilson(k, n))] if n else [None] * 3
            out |= dict(zip((f"{label}_share", f"{label}_low", f"{label}_high"), values, strict=True))
    return out


def _rows(data: Data) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(place, row) for each stance."""
    items: Any = [data] if isinstance(data, Article) else data
    if hasattr(items, "notna"):  # a data frame
        items = items.astype(object).where(items.notna(), None).to_dict("records")
    for number, item in enumerate(items, 1):
        if isinstance(item, Article):
            yield from ((f"article {item.id or number}", {**row, "meta": item.meta}) for row in tables.rows(item))
        elif isinstance(item, Mapping):
            yield f"row {number}", item
        else:
            raise DataError(
                f"item {number} is {type(item).__name__}, expected an Article or a row",
                remedy="read files with stancekit.data.read_articles first",
            )


def _get(row: Mapping[str, Any], column: str, place: str) -> Any:
    if column not in row:
        known = ", ".join(map(str, row))
        raise DataError(f"no column {column!r}; there are: {known}", place=place, remedy="see stancekit.tables.COLUMNS")
    return row[column]


def _plain(value: object) -> str:
    """A cell as one line of text; "" for None, NaN and NaT."""
    missing = value is None or (isinstance(value, (float, datetime.date)) and value != value)
    return "" if missing else " ".join(str(value).split())


def _probability(value: object, place: str) -> float | None:
    text = _plain(value)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise DataError(f"confidence {value!r} is not a probability in [0, 1]", place=place, remedy="empty it where it is not known")
    return number


def _meta(value: object, place: str) -> Mapping[str, Any]:
    """The article's meta, from a mapping or its JSON."""
    if isinstance(value, Mapping):
        return value
    if not _plain(value):
        return {}
    try:
        meta = json.loads(str(value))
    except ValueError:
        meta = None
    if not isinstance(meta, dict):
        raise DataError(f"meta {str(value)[:80]!r} is not a JSON object", place=place, remedy="keep it as stancekit.tables writes it")
    return meta


def _choice(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ConfigError(f"{name} {value!r} is unknown; expected one of {', '.join(allowed)}")


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _write(path: str | os.PathLike[str], content: bytes) -> None:
    try:
        with replacing(path, binary=True) as stream:
            stream.write(content)
    except OSError as error:
        raise DataError(f"cannot write {os.fspath(path)}: {error.strerror}", remedy="check permissions and the disk") from None
