"""What an article says about who is in it: where people, bodies and pronouns are mentioned.

One pass over the words, no model: capitals, titles, offices, reporting verbs and punctuation. `stancekit.names` asks
the result who is meant. Nothing here guesses: a capitalised run that is neither a person nor a body by the words
around it stays a plain name.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from stancekit.codes import code_of, demonyms, place_names, words_about
from stancekit.layout import Layout, bare_name
from stancekit.name_tables import (
    BODIES,
    BODY_CAPITAL,
    NOUNS,
    OPENERS,
    PAPERS,
    PLURALS,
    ROLES,
    SAID,
    STOP,
    TITLES,
    VENTURES,
    VERBS,
    WITHIN,
)
from stancekit.people import People, Person
from stancekit.text import word_set

MOST = 24
"""Mentions of a sentence that are looked at: no prose has more, and the work stays bounded."""

REACH = 200
"""Mentions of one kind that a search looks back over: enough for any article, and it bounds the work."""

_CALLED = re.compile(
    r" (?:calling itself|which calls itself|styling itself|that calls itself|known as|called|named|by the name of|who (?:calls|called) "
    r"(?:him|her)self|who gave (?:his|her) name as) ((?:the )?[A-Z][\w’'-]*(?: (?:(?:of|the|for) )*[A-Z][\w’'-]*)*)"
)
_BESIDE = re.compile(
    r", (?:an?|the|its|their|one of the|one of its) (?:[\w’'-]+ ){0,5}?([a-z][\w-]*)"
    r"(?=,|\.|;| (?:that|which|who|whose|of|in|for|on|to|from|by|with|at|based)\b)"
)
_AHEAD = re.compile(r"\b[Tt]he (?:[\w’'-]+ ){0,3}?([a-z][\w-]*)(,)? \Z")
_PRONOUNS = frozenset(("he", "she", "He", "She", "it", "It", "they", "They"))
_TELLING = BODIES | PAPERS | ROLES | PLURALS | {"he", "she", "it", "they"}
_ENDING = re.compile(r" (?:of|for|at|in) [^,.;:“”\"\n]{1,60}, ")
_OF_BODY = re.compile(r" of (?:[\w’'-]+ ){1,6}")
_COMPLEMENT = re.compile(r"(?: (?:[a-z]+ed )?(?:of|for|to|at|in|on) [^,.;:“”\"]{1,50})?, (?:[a-z-]+ ){0,2}")
_SELF = re.compile(
    r", (?:\d{1,3}, )?"
    r"(?:(?:(?:him|her)self|now|then|once|formerly|also|already|currently|today) (?:an? (?:[a-z]+ ){0,2})?)?"
)
"""What stands between a name and an office that is the same person's."""
ROLE_CAPITALS = frozenset(r.capitalize() for r in ROLES)
_DETERMINED = word_set("the a an his her its their our my one this that both all some several many two three four five six")
_COURTESY = word_set("Mr Mr. Mrs Mrs. Ms Ms. Miss Dr Dr. Sir")
_OWN = word_set("his her their whose my our")
_TRADES = word_set(
    "builder publisher developer contractor operator distributor supplier producer miner brewer importer exporter bookmaker shipper lender "
    "maker refiner retailer monitor"
)
_DEFINITE = re.compile(r"[Tt]he |[A-Z][\w-]*['’]s ")
_DETERMINER = re.compile(r"^(?:the|an?)\s+(?=\S)", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Body:
    """An organisation, office, country or group, named or described: `name` without determiner, `head` its noun."""

    name: str
    head: str
    plural: bool = False
    proper: bool = True
    alias: str = ""
    """The name in "a group calling itself the Guardians"."""
    unsure: bool = False
    """A name that was given as a party's and may be a person's or a body's."""


@dataclass(slots=True)
class Mention:
    """Where a person, a body or a pronoun stands. `role` is an office without a name ("the minister")."""

    start: int
    end: int
    who: Person | Body | None
    sentence: int
    kind: str  # person, body, role, pronoun


class Reading(People):
    """An article read for names. Linear in its length.

    `spans` are places that somebody has marked as parties; `borders` what `stancekit.text.sentences` gives, where that is known;
    `begun` a layout of the text (see there).
    """

    def __init__(
        self,
        text: str,
        spans: Sequence[tuple[int, int]] = (),
        borders: Sequence[tuple[int, int]] | None = None,
        begun: Layout | None = None,
    ) -> None:
        super().__init__(text, spans, borders, begun)
        self.mentions: list[Mention] = []
        self._mention_starts: list[int] = []
        self._introduced: set[int] = set()
        self._placed: dict[int, Mention] = {}
        self._ended: dict[int, Mention] = {}
        self._about: dict[str, bool] = {}
        self.by_role: dict[str, list[Mention]] = {}
        self.by_head: dict[str, list[Mention]] = {}
        self.by_last: dict[str, list[Mention]] = {}
        self.first: dict[int, Mention] = {}
        self.apposed: dict[str, list[Mention]] = {}
        self._read()

    # places

    def between(self, start: int, end: int) -> list[Mention]:
        """The mentions inside [start, end), the last `MOST` of them."""
        first, last = bisect_left(self._mention_starts, start), bisect_left(self._mention_starts, end)
        return self.mentions[max(first, last - MOST) : last] if end > start else []

    def within(self, start: int, end: int, quote: tuple[int, int] | None) -> list[Mention]:
        """The mentions of `between` that end inside as well and stand in this quotation (None: in none), not in the label of a turn."""
        low, high = (start, end) if quote is None else (max(start, quote[0]), min(end, quote[1]))
        if low >= high:
            return []
        first, last = bisect_left(self._mention_starts, low), bisect_left(self._mention_starts, high)
        places, mentions = self._places, self.mentions
        return [mentions[i] for i in range(max(first, last - MOST), last) if places[i] == quote and mentions[i].end <= end]

    @cached_property
    def _places(self) -> list[tuple[int, int] | None]:
        """The quotation that each mention stands in; nothing that is one for those in labels."""
        return [(-1, -1) if self.in_label(m.start) else self.quote_at(m.start) for m in self.mentions]

    def saying(self, start: int, end: int) -> Iterator[int]:
        """The numbers of the reporting verbs inside [start, end) that stand in no quotation, last first."""
        for k in range(bisect_left(self._said, self.word_at(end)) - 1, -1, -1):
            if self.words[self._said[k]].start < start:
                return
            yield self._said[k]

    @cached_property
    def _said(self) -> list[int]:
        return [i for i, w in enumerate(self.words) if w.lower in SAID and self.quote_at(w.start) is None]

    def around(self, at: int) -> Mention | None:
        """The mention that starts last before a character, where it holds that."""
        i = bisect_left(self._mention_starts, at) - 1
        return self.mentions[i] if i >= 0 and self.mentions[i].end > at else None

    def before(self, index: Mapping[str, Sequence[Mention]], key: str, at: int) -> Iterator[Mention]:
        """The mentions of one entry of an index that start before a character, nearest first, no more than `REACH`."""
        found = index.get(key, ())
        low = bisect_left(found, at, key=lambda m: m.start)
        for i in range(low - 1, max(-1, low - 1 - REACH), -1):
            yield found[i]

    # people and bodies

    def _read(self) -> None:
        runs = [r for r in self._runs() if not self._opening(self.words[r[0]].start)]
        for turn in self.turns:
            self._labelled(turn.label)
        self._alone = {self.words[b - 1].core for a, b in runs if b - a == 1 or (b - a == 2 and self.words[a].text in _COURTESY)}
        for first, last in sorted(runs, key=lambda r: r[0] - r[1]):
            self._person(first, last)
        for first, last in runs:
            self._mention(first, last)
        self._described({i for a, b in runs for i in range(a, b)})
        self.mentions.sort(key=lambda m: (m.start, -m.end))
        self._given()
        self._join()
        self._appose()
        self._act()
        self._mention_starts = [m.start for m in self.mentions]
        self._index()

    def _index(self) -> None:
        for mention in self.mentions:
            if isinstance(mention.who, Person):
                for role in mention.who.roles:
                    self.by_role.setdefault(role, []).append(mention)
            elif isinstance(mention.who, Body):
                self.by_head.setdefault(mention.who.head, []).append(mention)
                self.first.setdefault(id(mention.who), mention)
                if mention.who.proper and mention.kind == "body":
                    self.by_last.setdefault(mention.who.name.split()[-1].casefold(), []).append(mention)

    def _given(self) -> None:
        """Spans that somebody has marked as parties are mentions too, where the words alone showed none."""
        plain = {m.end: m for m in self.mentions if m.kind == "name"}
        for start, end in self._spans:
            mention = plain.get(end)
            if mention is not None and self.text[start : mention.start].lower() in ("", "the "):
                name = self.text[mention.start : end]
                mention.who, mention.kind = Body(name, name.split()[-1].lower(), unsure=mention.start == start and name[-1] != "s"), "body"
        covered = [(m.start, m.end) for m in self.mentions]
        starts = [a for a, _ in covered]
        for start, end in sorted(set(self._spans)):
            i = bisect_left(starts, end) - 1
            if end > start and (i < 0 or covered[i][1] <= start):
                words = [w.lower for w in self.words[self.word_at(start) : self.word_at(end - 1) + 1] if w.start < end]
                if len(words) < 2 and (not words or words[0] in OPENERS or words[0] in ("us", "me", "ours", "mine")):
                    continue
                head = words[-1] if words else ""
                plural = head.endswith("s") and not head.endswith(("ss", "us", "is"))
                body = Body(strip_determiner(self.text[start:end]), head, plural, False)
                self.mentions.append(Mention(start, end, body, self.sentence_at(start), "body"))
        self.mentions.sort(key=lambda m: (m.start, -m.end))

    def _join(self) -> None:
        """A description beside a name is that person: "Egypt's governor, Sherifa el-Mahgoub, ..."."""
        outer: list[Mention] = []
        for mention in self.mentions:
            if not outer or mention.end > outer[-1].end:
                outer.append(mention)
        for i in range(len(outer) - 1, -1, -1):  # "Its head, the member of Parliament Ada Ruiz": the name reaches back
            one = outer[i]
            for two in outer[i + 1 : i + 5]:
                between = self.text[one.end : two.start]
                if len(between) > 70 or (one.kind != "role" and two is not outer[i + 1]):
                    break
                if between.strip() and self._apposes(one, two, between):
                    break

    def _apposes(self, one: Mention, two: Mention, between: str) -> bool:
        if one.kind == "role" and isinstance(two.who, Person) and self._closed(two, between):
            one.who, one.kind = two.who, "person"
            return True
        if two.kind == "role" and isinstance(one.who, Person) and _SELF.fullmatch(between):
            owned = self.words[self.word_at(two.start)].lower in _OWN
            two.who, two.kind = (two.who, two.kind) if owned else (one.who, "person")
            return not owned
        return False

    def _closed(self, two: Mention, between: str) -> bool:
        """Whether a name after an office and what belongs to it ends the phrase."""
        named = two.kind == "person" and isinstance(two.who, Person) and self.text[two.start : two.end] == two.who.name
        if named and _OF_BODY.fullmatch(between) and between.split()[-1].lower() in BODIES:
            return True  # "deputy spokesman of the foreign ministry Gleb Astakhov"
        if _COMPLEMENT.fullmatch(between) is None:
            return False
        return self.text[two.end : two.end + 1] in (",", ".", ";", ":", ")", "”", "") or _ENDING.match(self.text, two.end) is not None

    def _appose(self) -> None:
        """Notes what names are said to be: "Corvane, a cladding company, ...", "the federation IndustriMetall"."""
        companies: dict[int, Person] = {}
        self._placed = {m.start: m for m in self.mentions if m.kind == "body" and isinstance(m.who, Body) and not m.who.proper}
        self._ended = {m.end: m for m in self._placed.values()}
        for mention in self.mentions:
            who = mention.who
            if mention.kind in ("pronoun", "role") or (isinstance(who, Body) and not who.proper):
                continue
            nouns = self._said_of(mention)
            bodies = nouns & (BODIES | VENTURES)
            self._call(mention)
            if isinstance(who, Person) and bodies - _TRADES and not (who.title or who.honorific or who.roles or who.gender):
                companies[id(who)] = who
            elif isinstance(who, Person):
                who.roles |= nouns - BODIES - PAPERS
            if bodies and mention.who is None:
                name = self.text[mention.start : mention.end]
                mention.who, mention.kind = Body(name, name.split()[-1].lower()), "body"
            for noun in nouns if bodies else ():
                self.apposed.setdefault(noun, []).append(mention)
        self._demote(companies)

    def _call(self, mention: Mention) -> None:
        """Gives a body's name to the description before it: "the dockers' union BTH", "Ghana's ruling party, the NDC, "."""
        who, start = mention.who, mention.start
        start -= 4 if self.text[start - 4 : start] == "the " else 0
        beside = self._ended.get(start - 1) or self._ended.get(start - 2)
        if beside is None or not isinstance(who, Body) or not isinstance(beside.who, Body) or who.name in place_names() | demonyms():
            return
        between = self.text[beside.end : mention.start]
        told = between == " " or (between in (", the ", ", ") and self.text[mention.end : mention.end + 2] in (", ", ". "))
        one = beside.who.head in BODIES | VENTURES and not beside.who.plural and not beside.who.alias
        if told and one and _DEFINITE.match(self.text, beside.start):
            beside.who.alias = self.text[mention.start : mention.end]

    def _said_of(self, mention: Mention) -> set[str]:
        nouns = set()
        match = _BESIDE.match(self.text, mention.end)
        if match is not None:
            nouns.add(match.group(1).rsplit(" ", 1)[-1])
            beside = self._placed.get(mention.end + 2)
            i = self.word_at(mention.start) - 1
            whole = i < 0 or self.gap(i) != " " or self.words[i].lower not in WITHIN
            described = match.group(1) in BODIES | VENTURES
            if whole and described and beside is not None and isinstance(beside.who, Body) and not beside.who.alias:
                beside.who.alias = self.text[mention.start : mention.end]
        ahead = self.text[max(0, mention.start - 80) : mention.start]
        told = ahead[-1:] == " " and "he " in ahead and ahead[ahead.rfind(" ", 0, -1) + 1 : -1] not in WITHIN
        match = _AHEAD.search(ahead) if told else None
        plain = match is not None and not any(w in WITHIN for w in match.group().split())
        if match is not None and match.group(2):  # "the president of the federation, Moacir Teles"
            before = ahead[: match.start()].split()
            plain = plain and not (before and before[-1] in WITHIN)
        if match is not None and plain and (match.group(2) or match.group(1) in BODIES | VENTURES):
            nouns.add(match.group(1))
        return nouns

    def _demote(self, companies: Mapping[int, Person]) -> None:
        """What was taken for people and is companies."""
        bodies = {key: Body(p.name, p.words[-1].lower()) for key, p in companies.items()}
        for mention in self.mentions if bodies else ():
            body = bodies.get(id(mention.who))
            if body is not None:
                mention.who, mention.kind = body, "body"
        self.people = [p for p in self.people if id(p) not in bodies]
        for word in {w.casefold() for p in companies.values() for name in p.words for w in (name, bare_name(name)) if w}:
            self._by_word[word] = [p for p in self._by_word[word] if id(p) not in bodies]

    def _act(self) -> None:
        """A bare name that a reporting verb follows is a party, be it somebody or something: "Unison said"."""
        for mention in self.mentions:
            i = self.word_at(mention.start)
            if mention.who is not None or mention.kind != "name":
                continue
            which = self.text[mention.end : mention.end + 8] == ", which "
            if which or self._speaking(i, self.word_at(mention.end)):
                if i and self.gap(i - 1) == " " and self.words[i - 1].lower in WITHIN | {"and", "or"}:
                    continue
                name = self.text[mention.start : mention.end]
                head = name.split()[-1].lower()
                mention.who, mention.kind = Body(name, head, head in PLURALS, unsure=not which), "body"

    def _mention(self, first: int, last: int) -> None:
        words = self.words
        title, name = self._parse(first, last)
        sentence = self.sentence_at(words[first].start)
        start, end = words[first].start, words[last - 1].end
        if words[last - 1].possessive:
            end -= len(words[last - 1].text) - len(words[last - 1].core)
        if name < last:
            person = self._known(tuple(w.core for w in words[name:last]))
            if person is not None and not self._is_state(person, title, name, last):
                if name > first > 1 and words[first - 1].text in ("for", "of") and words[first].text not in TITLES:
                    # "Minister for Africa Lord Penhallow", not "a spokesman for President Aho"
                    titled = words[first - 2].text in TITLES
                    start = words[first - 2].start if titled else words[name].start if words[first - 2].lower in ROLES else start
                self.mentions.append(Mention(start, end, person, sentence, "person"))
                self._introduced.add(id(person))
                return
        core = [w.core for w in words[first:last]]
        if any(c in BODY_CAPITAL for c in core) or (last - first == 1 and len(core[0]) > 1 and core[0].isupper()):
            low = self._of(self._owner(first))
            text = self.text[words[low].start : end]
            head = next((c.lower() for c in reversed(core) if c.lower() in BODIES), core[-1].lower())
            plural = low == first == last - 1 and words[first].first and head in PLURALS
            self.mentions.append(Mention(words[low].start, end, Body(text, head, plural, not plural), sentence, "body"))
        elif last - first > 1 or name < last or self._coded(core):
            self.mentions.append(Mention(start, end, self._party(core, first, name), sentence, "body"))
            if self.mentions[-1].who is None:
                self.mentions[-1].kind = "name"

    def _party(self, core: list[str], first: int, name: int) -> Body | None:
        """A country, its people, or what "the" before it shows to be a body; None for a plain name."""
        words = self.words
        if self._coded(core):
            one = core[-1][:-1] if core[-1].endswith("s") else ""
            plural = core[-1] == "Taliban" or (one != "" and (one in demonyms() or code_of(one) is not None))
            return Body(" ".join(core), core[-1].lower(), plural)
        if first and words[first - 1].lower == "the" and self.gap(first - 1) == " " and name == first:
            return Body(" ".join(core), core[-1].lower(), core[-1].endswith("s") and not core[-1].isupper())
        return None

    @staticmethod
    def _coded(core: list[str]) -> bool:
        return all(c in place_names() or c in demonyms() for c in core) or code_of(" ".join(core)) is not None

    def _owner(self, first: int) -> int:
        """The start of "Yemen's Supreme Council", from "Supreme" on."""
        words = self.words
        low = first
        for _ in range(2):  # "Algeria's People's National Assembly"
            if low and words[low - 1].possessive and self.gap(low - 1) == " ":
                low = self._owner_start(low - 1)
        return low

    def _is_state(self, person: Person, title: int, name: int, last: int) -> bool:
        """Whether "Jordan" is the country, although somebody in the article is called so: before that person is named, as a
        first name, and wherever the article shows that it is about the country."""
        word = self.words[name].core
        if last - name > 1 or title != name or word not in place_names():
            return False
        if word not in self._about:
            about = words_about(code_of(word) or "")
            self._about[word] = any(re.search(rf"\b{re.escape(w)}", self.text) for w in about)
        return id(person) not in self._introduced or person.words[-1] != word or self._about[word]

    def _of(self, first: int) -> int:
        """The start of "Guardians of the Shrines Brigades", from its last part on."""
        words = self.words
        i = first - 1
        if i > 0 and words[i].text == "the" and self.gap(i) == " ":
            i -= 1
        if i <= 0 or words[i].text != "of" or self.gap(i) != " " or self.gap(i - 1) != " ":
            return first
        i -= 1
        known = words[i].lower in ROLES or words[i].lower in PAPERS or words[i].lower in BODIES or words[i].text in TITLES
        return i if words[i].capital and not words[i].first and not known and words[i].core.endswith("s") else first

    def _described(self, taken: set[int]) -> None:
        """Descriptions without a name of their own: "the foreign ministry", "a former oil minister", "the members"."""
        words = self.words
        for i in [i for i, word in enumerate(words) if word.lower in _TELLING]:
            word = words[i]
            lower = word.lower
            if word.text in _PRONOUNS:
                self.mentions.append(Mention(word.start, word.end, None, self.sentence_at(word.start), "pronoun"))
                continue
            body, role, plural = lower in BODIES or lower in PAPERS, lower in ROLES, lower in PLURALS
            if not (body or role or plural) or word.possessive or self._opening(word.start):
                continue
            many = word.first and lower in PLURALS and not (i + 1 < len(words) and words[i + 1].capital and self.gap(i) == " ")
            if i in taken and word.text not in ROLE_CAPITALS and not many:
                continue
            nexts = words[i + 1] if i + 1 < len(words) else None
            if nexts is not None and self.gap(i) == " " and nexts.lower in NOUNS:
                continue
            if nexts is not None and self.gap(i) == " " and nexts.capital and role and not nexts.first:
                continue
            low = self._phrase_start(i)
            if low == i and not plural:
                continue
            start = words[low].start
            text = strip_determiner(self.text[start : word.end])
            kind = "role" if role and not body and not plural else "body"
            named = _CALLED.match(self.text, word.end)
            alias = strip_determiner(named.group(1)) if named else ""
            self.mentions.append(Mention(start, word.end, Body(text, lower, plural, False, alias), self.sentence_at(start), kind))

    def _phrase_start(self, i: int) -> int:
        words = self.words
        low = i
        while low > 0 and i - low < 6 and self.gap(low - 1) in (" ", "-"):
            word = words[low - 1]
            if word.text == "and" and low > 1 and words[low].core in demonyms() and words[low - 2].core in demonyms():
                low -= 2  # "the German and French foreign ministers"
                continue
            if word.lower in STOP or (word.lower in VERBS and word.lower not in ("said",)):
                break
            if word.text.endswith("ed") and low > 1 and words[low - 2].lower in NOUNS:  # "the rebels disarmed 150 policemen"
                break
            low -= 1
            if word.lower in _DETERMINED:
                break
        opened = words[low].lower in _DETERMINED or words[low].possessive or words[low].core in demonyms()
        plain = not any(w.capital or w.text.endswith(("ed", "ing")) for w in words[low + 1 : i + 1])
        opened = opened or (words[low].first and plain and i - low < 4)
        if not opened and not any(w.possessive for w in words[low:i]):  # "takes opposition": no more than one plain word before
            plain = low < i and words[i - 1].text[-1:] != "s" and not words[i - 1].text.endswith(("ed", "ing")) and self.gap(i - 1) == " "
            low = i - 1 if plain and not words[i - 1].text.isdigit() and words[i - 1].lower not in STOP else i
        return low


def strip_determiner(text: str) -> str:
    """The phrase without a leading "the", "a", "an"."""
    return _DETERMINER.sub("", text) if text[:1] in "tTaA" else text
