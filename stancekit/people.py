"""Who is named in an article: capitalised runs that titles, offices, verbs and punctuation show to be people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from stancekit.codes import code_of, country_names, demonyms, normalise, place_names
from stancekit.layout import DOTTED, Layout, Word, bare_name
from stancekit.name_tables import (
    ABBREVIATED,
    BODIES,
    BODY_CAPITAL,
    HERS,
    HIS,
    HONORIFICS,
    MONTHS,
    NO_SURNAMES,
    OF_MINISTERS,
    OPENERS,
    PLURALS,
    PORTFOLIOS,
    ROLES,
    SAID,
    STOP,
    TIES,
    TITLES,
    VENTURES,
    VERBS,
    WITHIN,
)
from stancekit.text import word_set

_KIN = word_set(
    "husband wife brother sister son daughter mother father parents family children uncle aunt cousin grandfather grandmother sibling house"
)
# what people do and bodies do not
_HUMAN = word_set(
    "spoke speaks laughed wept nodded smiled sat walked heads leads edits teaches retired lives grew shrugged paused sings whose sang drove"
)
_PARTICLES = word_set("de da del della di do dos das van von der den ter bin bint ibn al el la le du y e ole na dan op 't av af zu")
_ARTICLES = word_set("The A An In On At He She It They We")
_DIRECTIONS = word_set("North South East West English French")
_OPENED = word_set("the a an its their his her our my whose one")
_LINKING = WITHIN | _OPENED | word_set("beside alongside after before during")
_AFTER_PLACE = word_set("who that on in to and")
_STARTS = word_set("New North South East West Northern Central")
_NOUNLIKE = word_set("states notes claims reports charges points")
_NO_START = (WITHIN - {"under"}) | word_set("behind after before without despite amid as than")
_FIRST_NAMES = word_set("Jan April June")
_MEMBERS = ("MP", "TD", "MEP", "MK", "MLA")
_PLACING = ("at", "in", "near")
_SUBORDINATE = ("of", "for", "at", "from", "in", "with", "to", "by", "against")
_ADVERBS = word_set("also then later further still again once has have had even however simply duly flatly")
_OCCUPATION = ("ist", "ician", "woman", "sman", "yman", "eman", "dman", "rman", "ologer", "ographer")
_BELONGS = re.compile(r" (?:of|from) ((?:the )?[A-Z][^,.;:“”\"\n]{1,60})")

# after a name: "(Con, Stour Valley)", "(D-Ohio)"
_PARTIED = re.compile(
    r" \((?:(?:Con|Lab|Lab/Co-op|LD|Lib Dem|SNP|PC|DUP|UUP|SDLP|Alliance|Green|Ind|Reform|CB|XB)(?:[,;] [^()\n]{1,40})?"
    r"|[RDI]-[A-Z][^()\n]{1,30})\)"
)
_AMERICAN = re.compile(r"[RD]-[A-Z]")
_SEATED = re.compile(r", [RD]-[A-Z][a-z]")
_BRACKETED = re.compile(r" \(([^()\n]{2,60})\)")
_HANDLE = re.compile(r" \((@\w{2,30})\)")
_AGED = re.compile(r", \d{1,2}[,.;]")

MOST_INTROS = 32
"""Different introductions of a person that are kept."""


@dataclass(slots=True, eq=False)
class Person:
    """Somebody named: the fullest name, the capitalised title before it, offices, and the words that introduce them."""

    name: str
    words: tuple[str, ...]
    title: str = ""
    honorific: str = ""
    gender: str | None = None
    hints: Counter[str] = field(default_factory=Counter)
    """How often pronouns suggest a gender; weaker than `gender`."""
    roles: set[str] = field(default_factory=set)
    intros: list[str] = field(default_factory=list)
    whole_title: bool = False

    @property
    def seems(self) -> str | None:
        """The gender that most pronouns suggest."""
        male, female = self.hints["m"], self.hints["f"]
        return None if male == female else "m" if male > female else "f"

    def introduce(self, words: str) -> None:
        """Keeps words that say who this is, each once and not without end."""
        if len(self.intros) < MOST_INTROS and words not in self.intros:
            self.intros.append(words)

    @property
    def full(self) -> str:
        """Title and name; an honorific only where there is no more than one name."""
        if self.title:
            return f"{self.title} {self.name}"
        return f"{self.honorific} {self.name}".strip() if len(self.words) == 1 else self.name


class People(Layout):
    """An article with the people in it. `spans` are places that somebody has marked as parties."""

    def __init__(
        self,
        text: str,
        spans: Sequence[tuple[int, int]] = (),
        borders: Sequence[tuple[int, int]] | None = None,
        begun: Layout | None = None,
    ) -> None:
        super().__init__(text, borders, begun)
        self._spans = spans
        self.given = dict(spans)
        self.people: list[Person] = []
        self._by_word: dict[str, list[Person]] = {}
        self._lower = {w.text for w in self.words if not w.capital}
        self._alone: set[str] = set()
        self.handles: dict[str, Person] = {}
        """Account names, in small letters: "Senator Ada Ruiz (@adaruiz)"."""

    def named(self, word: str) -> list[Person]:
        """The people whose name holds a word."""
        return self._by_word.get(word.casefold(), [])

    # runs of capitals

    def _labelled(self, label: str) -> None:
        """Somebody whose turns carry a surname in capitals and whose full name stands only in a headline."""
        word = label.split(" (")[0].split()[-1]
        if not word.isupper() or len(word) < 3 or self.named(word):
            return
        match = re.search(rf"((?:[A-ZÀ-Þ][\w.’'-]* ){{1,4}})({re.escape(word.title())})\b", self.text[:600])
        tokens = match.group(1).split() + [match.group(2)] if match else []
        titles = [i for i, t in enumerate(tokens) if t in TITLES]
        name = tuple(tokens[titles[-1] + 1 :] if titles else tokens[-2:])
        if len(name) >= 2 and not any(t.lower() in OPENERS or t in BODY_CAPITAL for t in name):
            title = " ".join(t for t in tokens[: titles[-1] + 1] if t.lower() not in HONORIFICS) if titles else ""
            person = Person(" ".join(name), name, title)
            self.people.append(person)
            for token in name:
                self._by_word.setdefault(token.casefold(), []).append(person)

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Word ranges of capitalised runs that may be names."""
        words, n = self.words, len(self.words)
        ends = set(self.given.values())
        i = 0
        while i < n:
            if not words[i].capital or not self._nameable(i):
                i += 1
                continue
            j = i + 1
            while j < n and self.gap(j - 1) == " " and not words[j - 1].possessive and words[j - 1].end not in ends:
                dated = words[j].text in MONTHS and not self._first_name(j)
                called = not dated and (words[j].text not in _DIRECTIONS or self._names_on(j))
                if words[j].capital and called and not words[j].first and words[j].text not in _ARTICLES:
                    j += 1
                elif (k := self._past_particles(j)) is not None:
                    j = k + 1
                else:
                    break
            if j + 1 < n and words[j].text == "and" and f"{words[j - 1].core} and {words[j + 1].core}" in place_names():
                j += 2  # "Bosnia and Herzegovina"
            if not self._shouted(i):
                yield i, j
            i = j

    def _past_particles(self, j: int) -> int | None:
        words, k = self.words, j
        while k < j + 3 and k + 1 < len(words) and words[k].text in _PARTICLES and self.gap(k) in (" ", "-"):
            k += 1
        return k if k > j and words[k].capital else None

    def _first_name(self, i: int) -> bool:
        """Whether a day's or a month's word is somebody's first name: "General Sunday Ekpo", "Jan de Wit"."""
        words = self.words
        following = words[i + 1] if i + 1 < len(words) and self.gap(i) == " " else None
        if following is None or not (following.capital or following.text in _PARTICLES):
            return False
        if i and words[i - 1].text in TITLES:
            return True
        plain = following.text not in TITLES and following.core not in BODY_CAPITAL and following.text not in MONTHS
        return words[i].text in _FIRST_NAMES and plain and following.core not in demonyms() | place_names()

    def _nameable(self, i: int) -> bool:
        """Whether a capitalised word may begin a name."""
        word = self.words[i]
        if word.text in _DIRECTIONS and not self._names_on(i):
            return False
        if (word.text in MONTHS and not self._first_name(i)) or word.lower in _NO_START:
            return False
        if word.first and (word.lower in OPENERS or (word.lower in self._lower and not self._names_on(i))):
            return False
        if word.core == "I." and self._names_on(i) and self.words[i + 1].core[-1:] != ".":
            return False  # "Witnesses: I. Ada Ruiz", not "I. M. Pei"
        return word.core != "I" and word.lower not in ("a", "the", "an")

    def _names_on(self, i: int) -> bool:
        return i + 1 < len(self.words) and self.words[i + 1].capital and self.gap(i) == " "

    def _shouted(self, i: int) -> bool:
        """Inside a headline with capitals throughout: no evidence of a name."""
        number = self.sentence_at(self.words[i].start)
        if number > 0:
            return False
        start, end = self.sentences[0]
        if self.text[end - 1] in ".!":  # a sentence, not a headline
            return False
        inside = [w for w in self.words[: self.word_at(end) + 1] if w.start < end and len(w.text) > 3]
        return len(inside) > 4 and sum(w.capital for w in inside) > 0.6 * len(inside)

    def _parse(self, first: int, last: int) -> tuple[int, int]:
        """Where the title starts and where the name starts in a run: [title, name) is the title."""
        words = self.words
        name = first
        if last - first > 2 and words[first].lower in ROLES and words[first].lower not in ("independent", "critic", "head", "worker"):
            name = first + 1
        for i in range(first, last):
            if i == last - 1 > first and words[i].core not in NO_SURNAMES:
                break
            many = words[i].core[-1:] == "s" and words[i].core[:-1] in TITLES  # "Senators Ada Ruiz and Jan Wit"
            if words[i].text in TITLES or (many and i < last - 1) or words[i].core in TITLES and i < last - 1 and not words[i].possessive:
                name = i + 1
        named_for = name == first and first > 0 and words[first - 1].lower in ("of", "for", "and") and self.gap(first - 1) == " "
        while named_for and last - name > 2 and words[name].core in OF_MINISTERS:
            name += 1
        while last - name > 2 and (words[name].core in PORTFOLIOS or words[name].core in demonyms() or words[name].core in place_names()):
            name += 1
        return first, name

    # evidence

    def _person(self, first: int, last: int) -> None:
        """Notes a person where the words around a run show one; longest runs come first."""
        words = self.words
        title, name = self._parse(first, last)
        if name >= last:
            return
        tokens = words[name:last]
        if any(w.core in BODY_CAPITAL for w in tokens) or not tokens[0].core[:1].isupper():
            return
        if any(w.core in MONTHS for w in tokens) and not self._first_name(name):
            return
        whole = " ".join(w.core for w in tokens)
        if tokens[-1].core in NO_SURNAMES or (name == title and tokens[-1].core in place_names() and len(tokens) > 2):
            return
        titled = any(w.text in TITLES or w.core in TITLES or w.lower in ROLES for w in words[title:name])
        if name > title > 1 and words[title - 1].lower in ("of", "for"):  # "the member of Parliament Dulce Abrantes"
            titled = titled or words[title - 2].lower in ROLES or words[title - 2].text in TITLES
        called = titled and len(tokens) == 2 and tokens[0].core in demonyms() and not tokens[0].core.isupper()
        called = called and code_of(tokens[1].core) is None  # "Energy Minister German Galushchenko", not "Speaker Israeli Knesset"
        if all(w.core in demonyms() for w in tokens) or whole in place_names() or (len(tokens) < 3 and not called and code_of(whole)):
            return
        if not titled and not self._evident(name, last) and not self._reused(name, last):
            return
        self._note(title, name, last)

    def _reused(self, first: int, last: int) -> bool:
        """A name of several words whose last one stands alone elsewhere: a surname."""
        article = first > 0 and self.words[first - 1].lower in ("the", "a", "an", "of") and self.gap(first - 1) == " "
        return 2 <= last - first <= 4 and not article and self.words[last - 1].core in self._alone

    def _evident(self, first: int, last: int) -> bool:
        """Whether a run without a title is a person by the words around it."""
        words = self.words
        before = words[first - 1] if first and self.gap(first - 1) == " " else None
        ahead = before.lower if before is not None and not before.possessive else ""
        if ahead in ("the", "a", "an"):
            return False
        if ahead in ROLES | TIES or (ahead not in _PLACING and _AGED.match(self.text, words[last - 1].end)):
            return True
        if words[last - 1].possessive or self._before_office(last):
            return False
        if last - first < 2 and not self._by_word.get(words[first].core.casefold()):
            return False
        sent = before is not None and before.possessive and self._sent(first, last)
        if last - first >= 2 and (sent or self._bracketed(first, last) or self._told(first, last, ahead)):
            return True
        return self._followed(last) or (bool(self._apposed_after(last)) and ahead not in _PLACING) or bool(self._apposed_before(first))

    def _told(self, first: int, last: int, ahead: str) -> bool:
        """The evidence for a name of several words: an occupation before it, a verb of saying or of people's doings with it."""
        if (ahead in SAID and self._quoted_before(first - 1)) or ahead.endswith(_OCCUPATION) or self._occupied(last):
            return True
        words = self.words
        if last < len(words) and self.gap(last - 1) == " " and words[last].lower in _HUMAN:
            return True
        return ahead not in _SUBORDINATE and self._speaking(first, last)

    def _sent(self, first: int, last: int) -> bool:
        """Whether a first name opens a run after a possessor, and no noun follows: "the union's Ana Ruiz blamed ..."."""
        words = self.words
        closed = last >= len(words) or self.gap(last - 1) != " " or words[last].lower in VERBS | STOP
        return words[first].core in HERS | HIS and (closed or words[last].text.endswith("ed"))

    def _bracketed(self, first: int, last: int) -> bool:
        """Whether a party, or a country that somebody speaks for, stands in brackets: "KWAME OSEI (Ghana)", "Ada Ruiz (Ghana) said"."""
        words = self.words
        end = words[last - 1].end
        if _PARTIED.match(self.text, end):
            return True
        match = _BRACKETED.match(self.text, end)
        if match is None or code_of(match.group(1)) not in country_names():
            return False
        i = self.word_at(match.end())
        said = i < len(words) and self.text[match.end() : words[i].start] in (" ", ", ") and words[i].lower in SAID
        return said or all(w.text.isupper() for w in words[first:last])

    def _before_office(self, last: int) -> bool:
        """Whether an office and another name follow: "Great Falls teacher Moira Castellane"."""
        words = self.words
        if last + 1 >= len(words) or not self.gap(last - 1) == self.gap(last) == " ":
            return False
        return words[last].lower in ROLES and words[last + 1].capital

    def _followed(self, last: int) -> bool:
        """Whether "who", or "whose" and kin, follows."""
        words = self.words
        if last >= len(words) or self.gap(last - 1) not in (" ", ", "):
            return False
        kin = any(w.lower in _KIN for w in words[last + 1 : last + 4])
        return words[last].text == "who" or (words[last].text == "whose" and kin)

    def _speaking(self, first: int, last: int) -> bool:
        """Whether a reporting verb follows, at once, after one adverb, or after "of the Law Society," between commas."""
        words = self.words
        if last >= len(words):
            return False
        if self.gap(last - 1) == " ":
            late = words[last].lower in _ADVERBS and self.gap(last) == " " and last + 1 < len(words)
            return words[last].lower in SAID - _NOUNLIKE or (late and words[last + 1].lower in SAID)
        if self.gap(last - 1) == ", " and first and self.gap(first - 1) == ", " and words[last].lower in SAID:
            return True  # "the largest of them, Sunharbour, said"
        if self.gap(last - 1) != ", " or words[last].lower not in ("of", "from", "at", "with", "for", "the", "a", "an"):
            return False
        for i in range(last + 1, min(last + 12, len(words) - 1)):
            if words[i].lower in BODIES | VENTURES and words[last].lower in ("the", "a", "an"):
                return False
            if self.gap(i) == ", ":
                return words[i + 1].lower in (SAID if words[last].lower in ("the", "a", "an") else VERBS)
            if self.gap(i) != " ":
                return False
        return False

    def _quoted_before(self, i: int) -> bool:
        return self.text[max(0, self.words[i].start - 3) : self.words[i].start].strip()[-1:] in ("”", '"', "’", "»", ",", "'")

    def _occupied(self, last: int) -> bool:
        """A comma, "a" or "an", no body's noun, a comma and a reporting verb: "Adalgisa Bragança, a fishmonger, said"."""
        words = self.words
        if last >= len(words) or self.gap(last - 1) != ", " or words[last].text not in ("a", "an"):
            return False
        for i in range(last + 1, min(last + 9, len(words) - 1)):
            if words[i].lower in BODIES:
                return False
            if self.gap(i) != " ":
                return self.gap(i) == ", " and words[i + 1].lower in SAID
        return False

    def _apposed_after(self, last: int) -> set[str]:
        """Offices in ", the Ethiopian finance minister," or ", 78," after a name."""
        words = self.words
        if last >= len(words) or not self.gap(last - 1).startswith(","):
            return set()
        if words[last].text.isdigit():
            return {"aged"}
        found: set[str] = set()
        doing, others = words[last].lower.endswith(("ed", "ing")), False  # ", speaking beside the ambassador": another one's office
        for i in range(last, min(last + 9, len(words))):
            if i > last and self.gap(i - 1) != " " and words[i - 1].text not in ("ex", "vice"):
                break
            others = others or (doing and words[i].lower in _LINKING and not found)
            if words[i].lower in ROLES:
                found.add(words[i].lower)
            if self._is_verb(i) and i > last:
                break
        if words[last].lower in STOP or words[last].lower in VERBS:
            return set()
        return {"aged"} if found and others else found

    def _is_verb(self, i: int) -> bool:
        """Whether a word is one of `VERBS`, and not of "the United States"."""
        return self.words[i].lower in VERBS and self.words[i].core != "States"

    def _apposed_before(self, first: int) -> set[str]:
        """Offices in "The premier of British Columbia, " before a name."""
        words = self.words
        if not first or self.gap(first - 1) != ", ":
            return set()
        for low in self._apposition(first):
            found: set[str] = set()
            for i in range(low, first):
                of_body = words[i].text == "of" and words[i - 1].lower in BODIES  # "Qatar's Ministry of Foreign Affairs spokesman, "
                within = i > low and words[i].lower in WITHIN and not of_body
                if (self._is_verb(i) and words[i].lower not in ROLES) or within:
                    break
                if words[i].lower in ROLES | TIES and not words[i].possessive:
                    found.add(words[i].lower)
            if found:
                return found
        return set()

    def _apposition(self, first: int) -> list[int]:
        """Where the phrase before a comma and a name may begin, the longest first: "The judge assigned to the case, "."""
        words = self.words
        found = []
        i = first - 1
        while i >= 0 and first - i < 14 and (not self._is_verb(i) or words[i].lower in ROLES):
            if words[i].text == "and" and self._joins_parties(i):
                break
            if words[i].text.endswith("ing") and words[i + 1].lower in WITHIN | _OPENED:
                break  # "with the ambassador watching from the gallery, Whitmore said"
            if words[i].lower in _OPENED or words[i].possessive:
                i = self._owner_start(i) if words[i].possessive else i
                found.append(i)
            if not i or self.gap(i - 1) != " ":
                break
            i -= 1
        return found[::-1]

    def _joins_parties(self, i: int) -> bool:
        """Whether an "and" stands between two parties: "President Luc Moreau and German Chancellor Olaf Stein"."""
        words = self.words
        after = words[i + 1 : i + 4]
        if not i or not after or _country_word(words[i - 1].core) or words[i - 1].core in PORTFOLIOS:
            return False
        owned = any(w.possessive and all(v.capital for v in after[: k + 1]) for k, w in enumerate(after))
        return after[0].lower in _OPENED or owned or _country_word(after[0].core)

    def _owner_start(self, i: int) -> int:
        """The start of "South Sudan's" and of "Trinidad and Tobago's", from the last word on."""
        words = self.words
        end = words[i].start + len(words[i].core)
        for name in _joined_places():
            if normalise(self.text[max(0, end - len(name)) : end]) == name:
                return self.word_at(end - len(name))
        while words[i].capital and i and words[i - 1].capital and self.gap(i - 1) == " " and not words[i - 1].possessive:
            opens = words[i - 1].first and words[i - 1].lower in OPENERS
            if opens or (words[i - 1].text in MONTHS and not self._first_name(i - 1)):
                break
            i -= 1
        return i

    # what is told of them

    def _note(self, title: int, name: int, last: int) -> Person:
        words = self.words
        tokens = tuple(w.core for w in words[name:last])
        person = self._known(tokens)
        if person is None:
            person = Person(" ".join(tokens), tokens)
            likely = "f" if tokens[0] in HERS else "m" if tokens[0] in HIS else None
            if likely and len(tokens) > 1:
                person.hints[likely] += 2
            self.people.append(person)
            for token in tokens:
                self._by_word.setdefault(token.casefold(), []).append(person)
                if bare := bare_name(token):  # "al-Assad" is "Assad" too
                    self._by_word.setdefault(bare.casefold(), []).append(person)
        self._describe(person, title, name, last)
        handle = _HANDLE.match(self.text, words[last - 1].end)
        if handle:
            self.handles.setdefault(handle.group(1).casefold(), person)
        return person

    def _known(self, tokens: tuple[str, ...]) -> Person | None:
        folded = [t.casefold() for t in tokens]
        sets = [self._by_word.get(t, []) for t in folded]
        shared = [p for p in sets[0] if all(p in s for s in sets[1:])]
        if len(shared) > 1:
            surname = [p for p in shared if p.words[-1].casefold() == folded[-1]]
            shared = surname if len(surname) == 1 else shared
        return shared[0] if len(shared) == 1 else None

    def _describe(self, person: Person, title: int, name: int, last: int) -> None:
        words = self.words
        heads = [w for w in words[title:name]]
        for word in heads:
            gender = HONORIFICS.get(word.text.lower())
            if gender is not None:
                person.gender = gender or person.gender
                person.honorific = person.honorific or word.text
            if word.lower in ROLES:
                person.roles.add(word.lower)
            if word.text.lower() in ABBREVIATED:
                person.roles.add(ABBREVIATED[word.text.lower()])
        place = next((k for k in (4, 3, 2) if " ".join(w.core for w in heads[:k]) in place_names()), 0)  # "Sri Lanka President"
        proper = [
            w
            for i, (w, after) in enumerate(zip(heads, [*heads[1:], None], strict=False))
            if w.text.lower() not in HONORIFICS
            and not w.possessive
            and (i < place or w.core not in demonyms() or self._begins_name(w, after))
        ]
        if proper and proper[0].first and proper[0].lower in OPENERS:
            proper = proper[1:]
        if any(w.text in _MEMBERS for w in proper):  # "Galway West TD"
            proper = [w for w in proper if w.text in _MEMBERS]
        text = " ".join(w.text for w in proper if w.lower not in PLURALS and not DOTTED.match(w.text))
        if all(w.text not in TITLES and (w.core in OF_MINISTERS or w.core in place_names()) for w in proper):
            text = ""
        whole = last - name == len(person.words)
        if text and (not person.title or (whole and not person.whole_title)):
            person.title, person.whole_title = text, whole
        self._introduce(person, title, last)
        after = self._apposed_after(last)
        before = self._apposed_before(title)
        person.roles |= (after | before) - {"aged"}
        person.gender = person.gender or _gender(person.roles)

    @staticmethod
    def _begins_name(word: Word, after: Word | None) -> bool:
        """Whether a people's word is part of a name: "New York Governor", "European Council President"."""
        if after is None or after.core in demonyms() or after.text in TITLES:
            return False
        of_union = word.core in ("European", "African") and after.core in ("Council", "Union", "Commission", "Parliament", "Bank")
        return word.core in _STARTS or of_union

    def _introduce(self, person: Person, first: int, last: int) -> None:
        """Keeps the words that say who somebody is, for their country."""
        words = self.words
        low = first
        while low > 0 and first - low < 14 and self.gap(low - 1) in (" ", "-"):
            word = words[low - 1]
            if self._is_verb(low - 1) or word.lower in ("that", "as", "with", "to", "by", "from"):
                break
            if word.text == "and" and self._joins_parties(low - 1):
                break
            if word.lower in WITHIN and not (low > 1 and words[low - 2].lower in ROLES | BODIES):
                break  # "Russia's attacks on President …"; "minister for …" goes on
            low -= 1
        self._introduce_by(person, low, first, last)
        bracketed = _BRACKETED.match(self.text, words[last - 1].end)
        if bracketed:
            person.introduce("United States" if _AMERICAN.match(bracketed.group(1)) else bracketed.group(1))
        if _SEATED.match(self.text, words[last - 1].end):
            person.introduce("United States")
        match = _BELONGS.match(self.text, words[last - 1].end)
        if match:
            told = match.group(1).split()
            ends = (k for k, w in enumerate(told) if k and w.islower() and (w in VERBS | _AFTER_PLACE or w.endswith("ed")))
            person.introduce(" ".join(told[: next(ends, len(told))]))
        if self._apposed_before(first):
            person.introduce(self._clause_before(first))
        if self._apposed_after(last) - {"aged"}:
            person.introduce(self._clause_after(last))

    def _introduce_by(self, person: Person, low: int, first: int, last: int) -> None:
        """Keeps the words [low, last) that end in a name, where they hold an office, a body or whose the person is."""
        words = self.words
        if low == first and words[first].core not in demonyms():
            return
        if any(w.lower in ROLES | BODIES or w.text in TITLES or (w.capital and w.lower in PLURALS) for w in words[low:last]):
            person.introduce(self.text[words[low].start : words[last - 1].end])
            person.roles |= self._offices(low, first, last)
        elif low < first and words[first - 1].possessive:  # "Norway's Jens Halvorsen"
            person.introduce(self.text[words[low].start : words[last - 1].end])

    def _offices(self, low: int, first: int, last: int) -> set[str]:
        """The offices in the words right before a name; those of "a spokesman for President Aho" are not all Aho's."""
        words = self.words
        cuts = [i for i in range(low, first) if words[i].lower in WITHIN]
        titled = any(w.text in TITLES for w in words[first : last - 1]) or words[first - 1].lower in ROLES
        near = range(cuts[-1], first) if cuts and titled else range(low, cuts[0] if cuts else first)
        return {words[i].lower for i in near if words[i].lower in ROLES and not words[i].possessive}

    def _clause_before(self, first: int) -> str:
        return self.text[self.words[self._apposition(first)[0]].start : self.words[first - 1].end]

    def _clause_after(self, last: int) -> str:
        words = self.words
        high = last
        while high + 1 < len(words) and high - last < 12 and self.gap(high) == " ":
            high += 1
        return self.text[words[last].start : words[high].end]


def _country_word(word: str) -> bool:
    return word in demonyms() or code_of(word) is not None


@cache
def _joined_places() -> tuple[str, ...]:
    """The names of countries that hold an "and"."""
    return tuple(name for name in place_names() if " and " in name)


def _gender(roles: set[str]) -> str | None:
    male = any(r.endswith("man") and not r.endswith("woman") for r in roles) or bool(
        roles & {"king", "prince", "father", "brother", "son", "husband", "widower", "sheikh", "imam", "bishop", "pope", "rabbi", "actor"}
    )
    female = any(r.endswith("woman") for r in roles) or bool(
        roles & {"queen", "princess", "mother", "sister", "daughter", "wife", "widow", "midwife", "actress"}
    )
    return None if male == female else "m" if male else "f"
