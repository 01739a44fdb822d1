"""Text to sentences, with offsets.

Sentences come from `sentencex` (fast, rule-based, keeps offsets; chosen over pysbd, which took a
thousand times as long, and spaCy, which is 300 MB). It keeps a quotation of several sentences whole;
a statement is one sentence, so such quotations are split again here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sentencex import segment

MAX_SENTENCE = 1500
"""Characters after which a "sentence" (a table, a line without punctuation) is cut at a gap."""

MAX_LINE = 50_000
"""Characters of a line given to the segmenter at a time: nothing longer is prose, and its work stays bounded."""



def word_set(text: str) -> frozenset[str]:
    """The words of a text, each once (tables of words are written as one text)."""
    return frozenset(text.split())


_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LINE = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:MR|MRS|MS|DR|Mr|Mrs|Ms|Dr|Prof|Brig|Gens?|Lts?|Cols?|Maj|Capt|Sgt|Adm|Govs?|Sens?|Reps?|Rt|[Hh]on|Rev|St|Jr|Sr|Inc|Ltd|Co|Corp|vs?|"
    r"etc|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|Art|al|Sec|Pres|Amb|Supt|Insp|Atty|Asst|Messrs|Mme|Cpl|Pvt|Cmdr|Cdr|Fr|Mt|Ft|Det|Cllr|"
    r"Adv|Msgr|Abp|Sra|Dra|Cmdt|Ald|Ven|Mgr|Eng|Dep|Gen[’']l|Bros|Natl|Intl|Int[’']l|Gov[’']t|"
    r"e\.g|i\.e|a\.m|p\.m|U\.S|U\.K|U\.N|E\.U|D\.C|Ph\.D)|(?<!\d )\bMin|\b[A-Z]|\([Rr]etd?)\.$|\([Rr]etd?\.\)$|\bYahoo!$"
)
_FINAL = re.compile(
    r"(?:\b(?:[A-Z]|Jr|Sr|Inc|Ltd|Co|Corp|etc|a\.m|p\.m|U\.S|U\.K|U\.N|E\.U|D\.C|Ph\.D|Eng|Dep|Min|Bros|Natl|Intl|Int[’']l|Gov[’']t)|"
    r"\([Rr]etd?)\.$|\([Rr]etd?\.\)$|\bYahoo!$"
)
"""Abbreviations that may end a sentence: they do before a word that begins one (`_BEGINS`)."""
_BEGINS = re.compile(
    r"\s*[\"“‘'(]*(?:He|She|It|They|We|You|The|This|That|These|Those|His|Her|Its|Their|But|And|In|On|At|After|Asked|However|Meanwhile|"
    r"Earlier|There|When|While|If|As|A|An)\s"
)
_CRIED = re.compile("[!?…][\"'”’»]$")
_NUMBER = re.compile(r"\b(?:[Nn]o|Jun|Jul|Rs|Res|[Pp]aras?|[Aa]rts|art|[Vv]ol|pop|[Aa]pprox|pp?)\.$")
"""An abbreviation before a digit, else an answer, a name or a word."""
# a list label ("4.", "(a)", "A."), which belongs to the sentence after it
_LABEL = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)]")
_OPENING = re.compile(r"\s+[\"“‘«(\[]+$")
# inside one segment: a full stop (and what closes a quotation) before something that opens a sentence
_INNER = re.compile(r"[.!?…][\"'”’»)\]]*(?=(\s+)[\"'“‘«(\[]*[A-Z0-9À-ÞЀ-Я])")
# what follows a quotation and belongs to it: '"…!" he said', '"…." Mr Kim added'
_ATTRIBUTION = re.compile(
    r"\s+[A-Z][\w.’'-]*(?:\s+[A-Z][\w.’'-]*){0,4}\s+(?:said|says|added|told|wrote|asked|stressed|noted|warned|tweeted|posted|declared|"
    r"insisted|continued|argued|claimed|replied|concluded|explained|stated|remarked|charged|quipped)\b"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """`[start, end)` of each sentence, in order, trimmed of white space; together they cover every
    character of `text` that is not white space. A line break always ends a sentence."""
    spans: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):
        position = line.start()
        chunk = line.group()
        if not chunk.strip():
            continue
        for piece in _segments(chunk):
            start = position
            position += len(piece)
            for first, last in _split_quotations(text, start, position):
                spans.extend(_cut_long(text, first, last))
    return spans


def _segments(line: str) -> Iterator[str]:
    """The line in pieces whose concatenation is the line, whatever `sentencex` leaves out."""
    start = 0
    while len(line) - start > MAX_LINE:
        limit = start + MAX_LINE
        cut = max(line.rfind(mark, start, limit) for mark in (". ", "! ", "? ")) + 1  # between sentences where there are any
        cut = cut if cut > start else line.rfind(" ", start + 1, limit)
        cut = cut if cut > start else limit
        yield from _pieces(line[start:cut])
        start = cut
    yield from _pieces(line[start:])


def without_surrogates(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot hold, as U+FFFD: offsets stay as they are."""
    return _SURROGATE.sub("\ufffd", text)


def _pieces(line: str) -> list[str]:
    pieces: list[str] = []
    position = 0
    readable = without_surrogates(line)  # the segmenter takes none
    for piece in segment("en", readable):
        core = piece.strip()
        if not core:
            continue
        at = readable.find(core, position)
        if at < 0:
            continue
        end = at + len(core)
        pieces.append(line[position:end])
        position = end
    if position < len(line):
        if line[position:].strip() or not pieces:
            pieces.append(line[position:])
        else:
            pieces[-1] += line[position:]
    return _mend(pieces)


def _mend(pieces: list[str]) -> list[str]:
    """Joins what the segmenter cut after a list label or a title, and moves an opening quotation mark to its sentence."""
    out: list[str] = []
    carry = ""
    for number, raw in enumerate(pieces):
        piece = carry + raw
        carry = ""
        last = number == len(pieces) - 1
        core = piece.strip()
        numbered = not last and _NUMBER.search(core[-12:]) and pieces[number + 1].strip()[:1].isdigit()
        following = "" if last else pieces[number + 1]
        ends = _FINAL.search(core[-12:]) is not None and _BEGINS.match(following) is not None
        # '"Why?" Macron asked.'
        asked = _CRIED.search(core[-2:]) is not None and _ATTRIBUTION.match(" " + following.lstrip()) is not None
        if not last and (_LABEL.fullmatch(core) or (_ABBREVIATION.search(core[-12:]) and not ends) or numbered or asked):
            carry = piece
            continue
        opening = None if last else _OPENING.search(piece)
        if opening:
            piece, carry = piece[: opening.start()], piece[opening.start() :]
        out.append(piece)
    return out


def _split_quotations(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for match in _INNER.finditer(text, start, end):
        head = text[first : match.end()].rstrip("\"'”’»)]")
        ends = _FINAL.search(head[-12:]) is not None and _BEGINS.match(text, match.end(), end) is not None
        if (_ABBREVIATION.search(head[-12:]) and not ends) or _LABEL.fullmatch(head.strip()) or match.end(1) >= end:
            continue
        if _NUMBER.search(head[-12:]) and text[match.end(1)].isdigit():
            continue
        closed = match.group()[-1] in "\"'”’»"
        if closed and _ATTRIBUTION.match(text, match.end(), end):
            continue
        yield first, match.end()
        first = match.end()
    yield first, end


def _cut_long(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    start, end = trim(text, start, end)
    while end - start > MAX_SENTENCE:
        limit = start + MAX_SENTENCE
        cut = max(text.rfind(mark, start + MAX_SENTENCE // 2, limit) for mark in ("; ", " – ", ", ", ": ")) + 1
        if cut <= 0:
            cut = text.rfind(" ", start + 1, limit)
        if cut <= start:
            cut = limit
        yield trim(text, start, cut)
        start = trim(text, cut, end)[0]
    if start < end:
        yield start, end


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


LISTED = 3
"""Lines that make a list."""
_HEADLINE = re.compile(r"[\w\"“‘'«(].{10,200}[\w\"”’'»)?!%]", re.DOTALL)
_OPEN_ENDED = re.compile(r"\w[\"”’'»)%]?$")


def is_list(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a text is a list of headlines, which have nothing to do with each other: its lines are short, a sentence each, most without
    a full stop. `spans` is what `sentences` gives. A list of points ("- condemns …;") is none: they belong together."""
    if len(spans) < LISTED or any("\n" not in text[a:b] and "\r" not in text[a:b] for (_, a), (b, _) in pairwise(spans)):
        return False
    lines = [text[start:end] for start, end in spans]
    bare = sum(_OPEN_ENDED.search(line[-2:]) is not None for line in lines)
    return bare >= 0.6 * len(lines) and sum(_HEADLINE.fullmatch(line) is not None for line in lines) >= 0.8 * len(lines)


def occurrences(text: str, name: str) -> list[tuple[int, int]]:
    """Where a name stands as whole words; in any case of its letters where it does not stand as given."""
    name = name.strip()
    pattern = (r"(?<!\w)" if name[0].isalnum() else "") + re.escape(name) + (r"(?!\w)" if name[-1].isalnum() else "")
    found = [m.span() for m in re.finditer(pattern, text)]
    return found or [m.span() for m in re.finditer(pattern, text, re.IGNORECASE)]
