"""Where a mention stands: how far its words go, what subordinates it, whether it is a subject, acts or speaks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from stancekit.codes import place_names
from stancekit.mentions import Body, Mention, Reading, strip_determiner
from stancekit.name_tables import BODIES, BODY_CAPITAL, MONTHS, NOUNS, OPENERS, POSSESSIVES, PREPOSITIONS, SAID, VERBS
from stancekit.people import Person

CAP = r"[A-Z][\w’'.-]*"
UNIT = rf"{CAP}(?: (?:{CAP}|(?:of|the|for|and|de|al|el|van|von|del|da|dos)\b))*"
MORE = re.compile(rf"(?:, (?:the )?{UNIT})*,? and (?:of )?(?:the )?{UNIT}")
_OF_STATE = re.compile(r"(?<=eads|head|Head) of (?:state|government|mission)s?(?: (?:and|or) (?:of )?governments?)?\b")
_ACRONYM_AFTER = re.compile(r" \([A-Z][\w-]{1,9}\)\Z")
_COMPLETES = re.compile(r" (?:of|in|for) (?:the )?(?=[A-Z])")
_WORDS = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: the name, the party behind it where it is one of the article's, and words to read a code from."""

    name: str | None
    who: Person | Body | None = None
    code_from: str | None = None


NOBODY = Found(None)


class _Forms(NamedTuple):
    """The words of a body's or an office's mention."""

    clean: str
    """With what completes them ("ministry of health"), without a determiner"""
    folded: str
    """The same in small letters"""
    bare: str
    """Without what completes them, in small letters"""
    marked: bool
    """Introduced by "a", or with a capital after the first letter"""
    open: bool
    """Begun by a word that leaves open who it is: "its", "two", "former" """


class Clauses:
    """The mentions of an article in their sentences."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._known_forms: dict[int, _Forms] = {}

    def _forms(self, mention: Mention) -> _Forms:
        if id(mention) not in self._known_forms:
            name, bare = self._extent(mention), self.reading.text[mention.start : mention.end]
            clean = clean_name(name)
            marked = bare.casefold().startswith(("a ", "an ")) or any(c.isupper() for c in name[1:])
            self._known_forms[id(mention)] = _Forms(clean, clean.casefold(), clean_name(bare).casefold(), marked, unnamed(name))
        return self._known_forms[id(mention)]

    def _extent(self, mention: Mention) -> str:
        """A body's words with what completes them: "members of the Security Council", "interior ministry in Berlin"."""
        text = self.reading.text
        end = mention.end
        given = self.reading.given.get(mention.start, 0)
        if given > end and len(text[mention.start : given].split()) < 13 and text[end : end + 2] not in (", ", " ("):
            return _ACRONYM_AFTER.sub("", text[mention.start : given])
        held = _OF_STATE.match(text, end)
        end = held.end() if held else end
        for _ in range(3):
            match = _COMPLETES.match(text, end)
            if match is None:
                break
            following = [m for m in self.reading.between(match.end(), match.end() + 1) if m.kind != "pronoun"]
            word = self.reading.words[min(self.reading.word_at(match.end()), len(self.reading.words) - 1)]
            if word.text in MONTHS:
                break
            end = following[0].end if following else word.end
            if text[end : end + 3] in ("'s ", "’s ") and text[end + 3 : end + 4].isupper():  # "People's Republic of China"
                end = self._through_capitals(end + 2)
            elif not following:  # "Caribbean Community"
                end = self._through_capitals(end)
        match = MORE.match(text, end) if end > mention.end else None
        if match and all(p in place_names() for p in re.split(r",? and (?:the )?|, (?:the )?", match.group())[1:]):
            end = match.end()  # "the leaders of Fiji, Samoa and Tonga"
        return _ACRONYM_AFTER.sub("", text[mention.start : max(end, self._given_with_the(mention))])

    def _through_capitals(self, end: int) -> int:
        """The end of the words with a capital that follow a word's end."""
        words = self.reading.words
        while self.reading.text[end : end + 1] == " " and self.reading.text[end + 1 : end + 2].isupper():
            i = self.reading.word_at(end + 1)
            if i == len(words) or words[i].start > end + 1:  # a letter in a circle
                break
            end = words[i].end
        return end

    def _given_with_the(self, mention: Mention) -> int:
        """The end of "the Ministry of Water and Energy", where that is marked as a party and the mention is its "Ministry"."""
        end = self.reading.given.get(self._with_the(mention), 0)
        rest = self.reading.text[mention.end : end]
        alone = self.reading.text[mention.start : mention.end].casefold() in BODIES
        return end if alone and rest.startswith((" of ", " for ")) and " and the " not in rest and len(rest.split()) < 13 else 0

    def _with_the(self, mention: Mention) -> int:
        """Where a mention begins, with "the" before it."""
        return mention.start - 4 * (self.reading.text[max(0, mention.start - 4) : mention.start].casefold() == "the ")

    def _bound(self, mention: Mention, start: int) -> bool:
        """Whether a mention follows a preposition or owns what comes next."""
        reading = self.reading
        if reading.text[mention.end : mention.end + 2] in ("'s", "’s"):
            return True
        if isinstance(mention.who, Body) and mention.who.proper and self._modifies(mention):
            return True
        i = reading.word_at(mention.start) - 1
        if i >= 0 and reading.words[i].lower in ("the", "a", "an"):
            i -= 1
        i = self._before_pair(i, start)
        before = reading.words[i] if i >= 0 else None
        if before is not None and before.lower == "through" and i and reading.words[i - 1].lower in SAID:
            return False
        bound = before is not None and (before.lower in PREPOSITIONS or before.lower in ("than", "including", "like", "as"))
        return bound and before is not None and before.start >= start and reading.gap(i) == " "

    def _before_pair(self, i: int, start: int) -> int:
        """From the "and" of "between Ghana and Togo" to the word before the pair."""
        reading = self.reading
        if i < 1 or reading.words[i].lower != "and":
            return i
        first = next((m for m in reversed(reading.between(start, reading.words[i].start)) if m.end == reading.words[i].start - 1), None)
        k = reading.word_at(first.start) - 1 if first is not None else -1
        k -= k > 0 and reading.words[k].lower in ("the", "a", "an")
        return k if k >= 0 and reading.words[k].lower == "between" else i

    def _modifies(self, mention: Mention) -> bool:
        """Whether a body's name only stands before another noun: "Security Council press statement"."""
        reading = self.reading
        i = reading.word_at(mention.end)
        if i >= len(reading.words) or reading.text[mention.end : reading.words[i].start] != " ":
            return False
        word = reading.words[i]
        return word.lower in NOUNS or word.lower in ("press", "foreign", "prime", "deputy")

    def _subject(self, start: int, end: int) -> Mention | None:
        """The first party of [start, end) that nothing subordinates."""
        reading = self.reading
        for mention in reading.between(start, end):
            outside = mention.end <= end and reading.quote_at(mention.start) is None and mention.kind != "name"
            if outside and not self._bound(mention, start):
                return mention
        return None

    def _joined(self, mention: Mention) -> bool:
        """Whether another party follows with "and"."""
        text = self.reading.text
        return text[mention.end : mention.end + 5] == " and " and bool(self.reading.between(mention.end + 5, mention.end + 6))

    def _one_phrase(self, first: Mention, person: Mention) -> bool:
        """Whether a description and a name belong together: "its captain, Jörn Petersen-Lund"."""
        between = re.sub(r"\(.*?\)", "", self.reading.text[first.end : person.start])
        return person is first or (len(between) < 80 and not re.search(r"[.;:]|\b(?:who|that|which|and|to)\b", between))

    def _rivalled(self, start: int, end: int, chosen: Mention | None) -> bool:
        """Whether a name that may be a person's, for all the words around it show, stands before the one chosen."""
        for mention in self.reading.between(start, end):
            if mention is chosen:
                return False
            if mention.kind != "name":
                continue
            free = not self._bound(mention, start) and self.reading.quote_at(mention.start) is None
            words = self.reading.text[mention.start : mention.end].split()
            free = free and mention.end + 2 != end  # "Cape Coast, he cautioned, would ..."
            if chosen is not None and free and self._premodifies(mention, chosen):
                continue
            if free and 2 <= len(words) <= 4 and not any(w in BODY_CAPITAL for w in words):
                return True
        return False

    def _premodifies(self, mention: Mention, chosen: Mention) -> bool:
        """Whether a name only stands before a person's office: "Great Falls teacher Moira Castellane"."""
        between = re.sub(r" \(\w+\)", "", self.reading.text[mention.end : chosen.start])
        if between == " ":  # "Lt Gen (retd) Brendan Lacy"
            return True
        return len(between) < 60 and re.fullmatch(r"(?:['’]s)?(?: [a-z-]+)+ (?:[A-Z][\w.-]* )*|['’]s ", between) is not None

    def _leads(self, mention: Mention) -> bool:
        """Whether a mention opens its sentence, determiner and adverbs of one word aside, or speaks."""
        reading = self.reading
        start = reading.sentences[mention.sentence][0]
        before = reading.words[reading.word_at(start) : reading.word_at(mention.start)]
        plain = all(w.lower not in VERBS and w.lower not in PREPOSITIONS for w in before)
        opens = len(before) < 6 and plain and "," not in reading.text[start : mention.start]
        return opens or self._speaks(mention) or self._acts(mention)

    def _acts(self, mention: Mention) -> bool:
        """Whether a verb of any kind follows."""
        words = self.reading.words
        end = mention.end if isinstance(mention.who, Person) else mention.start + len(self._extent(mention))
        i = self.reading.word_at(end)
        if i >= len(words) or self.reading.text[end : words[i].start] != " ":
            return False
        return words[i].lower in VERBS or (len(words[i].text) > 4 and words[i].text.endswith("ed"))

    def _active(self, mention: Mention) -> bool:
        words = self.reading.words
        i = self.reading.word_at(mention.end)
        return i < len(words) and words[i].start == mention.end + 1 and (words[i].lower in SAID or words[i].text.endswith(("ed", "s", "t")))

    def _speaks(self, mention: Mention) -> bool:
        reading, words = self.reading, self.reading.words
        end = mention.end if isinstance(mention.who, Person) else mention.start + len(self._extent(mention))
        i = reading.word_at(end)
        after = reading.text[end : words[i].start] if i < len(words) else ""
        if i < len(words) and words[i].lower in SAID and after in (" ", ", "):
            return True
        j = reading.word_at(mention.start) - 1
        return j >= 0 and words[j].lower in SAID and reading.quote_at(words[j].start - 2) is not None


def lower_words(text: str) -> list[str]:
    """The words of a text in small letters; "US" and "WHO" keep their capitals."""
    return [w if w in ("US", "WHO") else w.casefold() for w in _WORDS.findall(text)]


def clean_name(text: str) -> str:
    """The words of a mention: no leading determiner, no quotation marks around it or without their other half, white space made plain."""
    text = " ".join(text.split())
    if text[:1] in "“\"«'‘" and text[-1:] in "”\"»'’":
        text = text[1:-1]
    for opening, closing in ("“”", "«»"):
        if text.count(opening) != text.count(closing):
            text = text.replace(opening, "").replace(closing, "")
    if text.count('"') % 2:
        text = text.replace('"', "")
    return strip_determiner(text) or text


def of_person(person: Person) -> Found:
    """A person of the article as an answer."""
    return Found(person.full, person)


def unnamed(name: str) -> bool:
    """Whether a phrase begins with a word that leaves open who it is: "its", "two", "former"."""
    first = name.split()[0].casefold() if name.split() else ""
    return (first in OPENERS and first not in ("the", "a", "an")) or first in POSSESSIVES
