"""How an article is laid out: words, sentences, quotations, speakers' turns and datelines."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from stancekit.name_tables import MONTHS, ROLES
from stancekit.text import sentences, word_set

WORD = re.compile(r"[^\W_]+(?:[.’'‘-][^\W_]+)*[’']?")
_WORDS = re.compile(f"({WORD.pattern})")
DOTTED = re.compile(r"(?:[A-Z]\.)+[A-Z]")
ASKED, ANSWERED = ("Q", "QUESTION", "Question"), ("A", "ANSWER", "Answer")
"""The labels of a turn that name nobody."""
_ABBREVIATIONS = word_set(
    "hon Mr Mrs Ms Dr Prof Gen Lt Col Maj Capt Sgt Adm Gov Sen Rep Hon Rev St Brig Ing Jr Sr Amb Supt Insp Adv Msgr Abp Cmdt Mgr Sra Dra"
)
_BREAKS = frozenset(f"{mark} " for mark in ":.?!—–-")
"""A sentence may begin after one of these."""
_OPENINGS = frozenset('“«„"‘(')
"""… or right after one of these."""
_ARTICLED = re.compile(r"(?:[ae]l|a[dnrstz]|ash|ud|ul|d|l)[-’'](?=[A-ZÀ-Þ])")  # al-Fezzani, d'Estaing
# up to 60 characters before a dash, or an agency's mark between slashes
_DATELINE = re.compile(
    r"((?:[A-ZÀ-Þ(][^\n.;:?!“”\"–—]|[A-ZÀ-Þ])(?:[^\n;:?!“”\"–—-]|-(?! )){0,60}?)(?: ?[–—] ?| --? |\.? /[A-Z]{2,10}/\.? )"
)
_OPEN = "“«„"
_QUOTE = re.compile(r"[“”«»„\"‘’'\n]")
_SINGLE, _DOUBLE = re.compile(r"[‘’']"), re.compile(r"[“”\"]")


@dataclass(slots=True)
class Word:
    """A word with its place; `core` is without a possessive ending."""

    start: int
    end: int
    text: str
    core: str
    possessive: bool
    capital: bool
    lower: str
    first: bool = False


@dataclass(slots=True)
class Turn:
    """What one speaker of a transcript says: "Raimbault: ..."."""

    start: int
    end: int
    label: str
    at: int
    """Where the label begins"""

    @property
    def who(self) -> str:
        """The label without a country or a constituency: "Jan de Wit, Netherlands", "Ada Ruiz (Lima)"."""
        return re.split(r", | \(", self.label, maxsplit=1)[0]


def bare_name(name: str) -> str | None:
    """A surname without the article that stands before it: "Assad" of "al-Assad"; None where there is none."""
    match = _ARTICLED.match(name)
    return None if match is None else name[match.end() :]


def quotations(text: str) -> list[tuple[int, int]]:
    """`[start, end)` of what stands in quotation marks, the marks included. A paragraph's end closes a quotation;
    one opened anew at the next paragraph's start continues it."""
    found: list[tuple[int, int]] = []
    opened, mark = -1, ""
    for match in _QUOTE.finditer(text):
        at, sign = match.start(), match.group()
        if sign == "\n":
            if opened >= 0 and not _goes_on(text, at, mark):
                if mark in '“«"„' or (at - opened > 30 and text[max(0, opened - 2) : opened].strip() in ("", ":", ",")):
                    found.append((opened, at))
                opened = -1
        elif opened < 0:
            if sign in _OPEN or (sign == '"' and _opens(text, at)) or (sign in "‘'" and _opens(text, at) and sign != "’"):
                opened, mark = at, sign
        elif _reopens(text, at, sign, mark):  # a new paragraph's mark, run on in one line
            found.append((opened, at))
            opened = at
        elif _closes(text, at, sign, mark):
            found.append((opened, at + 1))
            opened = -1
    if opened >= 0 and mark in '“«"„':
        found.append((opened, len(text)))
    return found


def _goes_on(text: str, at: int, mark: str) -> bool:
    """Whether a quotation of several paragraphs is closed only at its end: the next mark closes, in some later paragraph."""
    if mark not in '"“':
        return False
    following = re.compile('"' if mark == '"' else "[“”]").search(text, at, at + 8000)
    if following is None:
        return False
    return following.group() == "”" or (mark == '"' and not _opens(text, following.start()))


def _opens(text: str, at: int) -> bool:
    before = text[at - 1 : at]
    return (not before or before in " \n\t(—–[-") and text[at + 1 : at + 2].strip() != ""


def _reopens(text: str, at: int, sign: str, mark: str) -> bool:
    return sign == mark and sign in '“«"' and _opens(text, at)


def _closes(text: str, at: int, sign: str, mark: str) -> bool:
    if mark == "“":
        return sign == "”"
    if mark == "«":
        return sign == "»"
    if mark == "„":
        return sign in "“”"
    if mark == '"':
        return sign == '"'
    after = text[at + 1 : at + 2]
    return sign in "’'" and not after.isalnum() and text[at - 1 : at] not in " \n"


def nested(text: str, quotes: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The quotations inside these, in marks of the other kind, that a comma or a colon announces: `“He said, ‘We agree.’”`."""
    found: list[tuple[int, int]] = []
    for start, end in quotes:
        opened = -1
        for match in (_DOUBLE if text[start] in "‘'" else _SINGLE).finditer(text, start + 1, end - 1):
            at, sign = match.start(), match.group()
            if opened < 0:
                if sign not in "’”" and text[at - 2 : at] in (", ", ": ") and not text[at + 1].isspace():
                    opened = at
            elif sign not in "‘“" and (text[at - 1] in ",.!?…—" or text[at + 1] in ",.;:!?…”\"’'"):
                found.append((opened, at + 1))
                opened = -1
    return found


class Layout:
    """The words of an article and the places they stand in. `borders`: what `stancekit.text.sentences` gives, where that is known;
    `begun`: a layout of the same text that nobody else goes on with."""

    def __init__(self, text: str, borders: Sequence[tuple[int, int]] | None = None, begun: Layout | None = None) -> None:
        if begun is not None:
            self.__dict__.update(begun.__dict__)
            return
        self.text = text
        self.sentences = sentences(text) if borders is None else borders
        self._starts = [s for s, _ in self.sentences]
        self.quotes = quotations(text)
        self._quote_starts = [s for s, _ in self.quotes]
        self.nested = nested(text, self.quotes)
        self._nested_starts = [s for s, _ in self.nested]
        self._held: dict[int, tuple[int, int] | None] = {}
        self.words = self._split()
        self._word_starts = [w.start for w in self.words]
        self._open_sentences()
        self.turns = list(self._turns())
        self._turn_starts = [t.start for t in self.turns]
        self._datelines: dict[int, int] = {}

    # places

    def sentence_at(self, at: int) -> int:
        """The number of the sentence that holds a character."""
        return max(0, bisect_right(self._starts, at) - 1)

    def quote_at(self, at: int) -> tuple[int, int] | None:
        """The quotation that holds a character."""
        if at not in self._held:
            i = bisect_right(self._quote_starts, at) - 1
            self._held[at] = self.quotes[i] if i >= 0 and at < self.quotes[i][1] else None
        return self._held[at]

    def nested_at(self, at: int) -> tuple[int, int] | None:
        """The quotation inside a quotation that holds a character."""
        i = bisect_right(self._nested_starts, at) - 1
        return self.nested[i] if i >= 0 and at < self.nested[i][1] else None

    def turn_at(self, at: int) -> Turn | None:
        """The speaker's turn that holds a character."""
        i = bisect_right(self._turn_starts, at) - 1
        return self.turns[i] if i >= 0 and at < self.turns[i].end else None

    def in_label(self, at: int) -> bool:
        """Whether a character stands in the label of a turn."""
        i = bisect_right(self._turn_starts, at)
        return i < len(self.turns) and self.turns[i].at <= at

    def word_at(self, at: int) -> int:
        """The number of the first word that ends after a character."""
        i = bisect_right(self._word_starts, at) - 1
        if i >= 0 and self.words[i].end > at:
            return i
        return i + 1

    def first_quote(self, start: int, end: int) -> tuple[int, int] | None:
        """The first quotation that begins inside [start, end)."""
        i = bisect_left(self._quote_starts, start)
        return self.quotes[i] if i < len(self.quotes) and self.quotes[i][0] < end else None

    def last_quote(self, start: int, end: int) -> tuple[int, int] | None:
        """The last quotation that begins inside [start, end)."""
        i = bisect_left(self._quote_starts, end) - 1
        return self.quotes[i] if i >= 0 and self.quotes[i][0] >= start else None

    # words

    def _split(self) -> list[Word]:
        """The words; `_gaps` becomes what stands after each."""
        words: list[Word] = []
        pieces = _WORDS.split(self.text)  # what is between words, and words, in turn
        gaps = self._gaps = pieces[2::2]
        at, dotted = 0, False  # where the last piece ended; whether the last word took the full stop after it
        for number, (gap, raw) in enumerate(zip(pieces[::2], pieces[1::2], strict=False)):
            start = at + len(gap)
            end = at = start + len(raw)
            # whether a sentence begins
            fresh = gap != " " and (gap[-2:] in _BREAKS or gap[-1:] in _OPENINGS) and not (dotted and len(gap) < 3)
            dotted = False
            if raw.islower() and raw.isalpha():  # most words
                words.append(Word(start, end, raw, raw, False, False, raw, fresh))
                continue
            core, possessive = raw, False
            if "’" in raw or "'" in raw:
                if raw[-1] in "’'" and not (raw[-2:-1] in ("s", "S") and self.quote_at(end - 1) is None):
                    raw, end, gaps[number] = raw[:-1], end - 1, raw[-1] + gaps[number]
                owned = raw[-2:] in ("’s", "'s", "’S", "'S")
                possessive = owned or raw[-1] in "’'"
                core = raw[:-2] if owned else raw.rstrip("’'")
            if gaps[number][:1] == "." and self._dotted(raw):
                raw, end, gaps[number], dotted = raw + ".", end + 1, gaps[number][1:], True
                core, possessive = raw, False
            capital = core[:1].isupper() or (("-" in core or "’" in core or "'" in core) and _ARTICLED.match(core) is not None)
            words.append(Word(start, end, raw, core, possessive, capital, core.lower(), fresh))
        if words:
            words[0].first = True
            gaps[-1] = "\n"
        return words

    def _open_sentences(self) -> None:
        """Words that open a sentence do so, whatever stands before them, but for a full stop that belongs to the word before."""
        for start in self._starts:
            i = bisect_left(self._word_starts, start)
            if i < len(self.words) and self.words[i].start == start:
                before = self.words[i - 1] if i else None
                self.words[i].first = before is None or before.text[-1:] != "." or before.end < start - 1

    @staticmethod
    def _dotted(raw: str) -> bool:
        return raw in _ABBREVIATIONS or (len(raw) == 1 and raw.isupper()) or DOTTED.fullmatch(raw) is not None

    def gap(self, i: int) -> str:
        """What stands between word i and the next."""
        return self._gaps[i] if i < len(self._gaps) else "\n"

    # transcripts

    # "Jan de Wit, Netherlands:", "Ada Ruiz (Stour Valley) (Lab):", "[00:15] DR. RUIZ:"
    _LABEL = re.compile(
        r"(?:(?<=\n)|(?<=[.?!…”\"] )|\A)(?:[\[(]?\d{1,2}:\d\d(?::\d\d)?[\])]? )?"
        r"([A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*| (?:of|the|for|de|da|del|di|dos|du|van|von|der|den|ter|bin|al|el)(?= )){0,8}"
        r"(?:(?<=\w), ([A-Za-z][\w.’'-]*(?: [A-Za-z][\w.’'-]*){0,5}))?(?: \([A-Za-z][\w .’'-]{1,40}\)){0,2}):(?=\s)"
    )

    def _labels(self, match: re.Match[str]) -> bool:
        """Whether what follows a comma in a label may be a country or an office: "Jan de Wit, Netherlands", "Ada Ruiz, union secretary"."""
        if match.group(2) is None:
            return True
        words = match.group(2).split()
        if all(w[0].isupper() or w in ("of", "the", "for") for w in words):
            return match.start() > 0 or self.text.count(match.group(1) + ":") > 1  # else a headline
        return words[-1] in ROLES and words[0] not in ("the", "a", "an") and self.text[match.start() - 1 : match.start()] in ("", "\n")

    def _turns(self) -> Iterator[Turn]:
        if self.text.count(":") < 2:
            return
        found = [m for m in self._LABEL.finditer(self.text) if self.quote_at(m.start(1)) is None and self._labels(m)]
        counts: dict[str, int] = {}
        for match in found:
            counts[match.group(1)] = counts.get(match.group(1), 0) + 1
        if not any(n > 1 for n in counts.values()):
            return
        for match, following in zip(found, [*found[1:], None], strict=True):
            end = following.start() if following else len(self.text)
            paragraph = self.text.find("\n", match.end(), end)
            turn = Turn(match.end(), end, match.group(1), match.start())
            if turn.who in ASKED and paragraph >= 0:  # the answer may follow without a label
                turn.end = paragraph
                yield turn
                if self.text[paragraph:end].strip():
                    yield Turn(paragraph, end, "A", paragraph)
            else:
                yield turn

    # datelines

    def _opening(self, place: int) -> bool:
        number = self.sentence_at(place)
        start = self._starts[number] if number < len(self._starts) else 0
        return (start == 0 or self.text[start - 1] in "\n\r") and self._dateline(start, place)

    def _dateline(self, start: int, place: int) -> bool:
        """Whether a place lies in a line's opening like "TEHRAN, Nov. 6 (NB) –"."""
        end = self._datelines.get(start)
        if end is None:
            match = _DATELINE.match(self.text, start)
            told = match.group(1) if match else ""
            told_words = re.findall(r"[^\W\d_]+", told)
            marked = "(" in told or "/" in told or DOTTED.search(told) is not None
            shown = marked or any((len(w) > 2 and w.isupper()) or w in MONTHS for w in told_words)
            end = self._datelines[start] = match.end() if match and shown else start
        return place < end
