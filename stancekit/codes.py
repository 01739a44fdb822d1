"""Country and organisation codes of mentions: "Kazakhstan's move" -> KAZ, "the Kremlin" -> RUS, "Hamas" -> HAMAS.

`code_of` reads a phrase as it stands in an article and answers for the party that heads it: the country named,
the possessor ("Tehran's envoy"), the adjective ("Russian attacks on Ukraine"), the doer ("the bombing of Syria
by Turkish jets"). It answers None sooner than guess: two countries as equal parties, a country that is only the
topic or the place ("the Ukraine war", "violence in Kazakhstan"), and names that are something else ("Michael
Jordan", "Georgia Republican"). Words match exactly, upper and lower case included; nothing is fuzzy.

Countries carry ISO 3166-1 alpha-3 (Kosovo: XKX). Organisations and armed groups carry this project's own codes,
listed with their names in `ORGANISATION_NAMES`: UN, UNSC, EU, NATO, ASEAN, AU, ECOWAS, OAS, G7, IAEA, WHO, IMF, HAMAS,
HEZBOLLAH, TALIBAN, HOUTHI, ISIS, SHABAAB, RSF ... Decided cases: "Brussels" is EU (Belgium is BEL by its own
name), "Washington" alone the United States, "America" too, but the city's mayor and residents None; "Georgia", "Korea"
and "Congo" alone are None ("Georgia's foreign minister", "South Korea", "DR Congo" are not), unless the whole article
decides (`stancekit.names`); "Guinea", "Jordan", "Chad" and "Niger" alone are the countries; Gaza and the West Bank are
PSE; England, Scotland and Wales GBR.
"""

from __future__ import annotations

import csv
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from stancekit import code_tables as tables
from stancekit.errors import DataError
from stancekit.text import word_set

TYPES = (
    "country", "government", "military", "police", "court", "party", "IGO", "NGO", "rebel", "religious", "company",
    "media", "civilian", "person",
)  # fmt: skip
"""What `type_of` answers with."""

MAX_MENTION = 1000
"""Characters of a mention that are read; no name is longer."""

_LETTERS = str.maketrans({
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-", "ı": "i", "ł": "l", "Ł": "L",
    "ø": "o", "Ø": "O", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe",
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff"),  # soft hyphen, zero-width characters: not seen
})  # fmt: skip
_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:'[^\W_]+)*(?:\+(?!\w))?|[,;:()\[\]/&-]")
_WORD_DOTS = re.compile(r"(?:[A-Za-z]\.){2,}")


_DETERMINERS = word_set("the a an this that these those some any all both every each several many most no other another certain")
_PREPOSITIONS = word_set(
    "of by from in at on for to with against over between toward towards about into inside within across near amid after before "
    "during under through without among as off around along concerning regarding despite following per via that which who whom "
    "whose where when while if because is are was were has have had will would should"
)
# "an English teacher" teaches English
_TAUGHT = word_set("English French Spanish German Italian Chinese Russian Japanese Portuguese")
_SUBJECTS = word_set("teacher professor lecturer tutor class classes lesson lessons literature translator interpreter dictionary")
_CITIES = ("Washington", "Brussels")
# which before or with these are the cities, not the government and the union
_CITY = word_set(
    "mayor mayors residents commuters tenants motorists taxi cyclists pensioners schoolchildren suburb suburbs neighbourhood neighborhood "
    "metro subway airport hotel hotels landlords shopkeepers restaurateurs firefighters police municipality councillors council borough "
    "university museum zoo stadium underground streets traffic skyline lord"
)
# who acts for a state: a bare country or capital before one of these is its government ("China foreign ministry")
_AGENTS = word_set(
    "government governments regime regimes authorities authority administration cabinet ministry ministries minister ministers president "
    "presidents premier leader leaders leadership official officials officers officer army armies military troops soldiers forces force "
    "navy police parliament senate lawmakers lawmaker senator senators embassy embassies consulate ambassador ambassadors envoy envoys "
    "diplomat diplomats diplomacy delegation delegations delegate mission representative representatives spokesman spokeswoman "
    "spokesperson spokespeople chancellor king queen emperor prince monarch monarchy court courts prosecutors prosecutor side junta "
    "generals general rulers ruler coastguard warplanes jets missiles drones airstrikes state-media negotiators negotiator "
    "politicians politician team opposition intelligence people citizens nationals voters farmers workers media chief "
    "foreign interior defence defense finance prime deputy vice commission commissioner secretary executive council"
)
# authorities "in" a capital are the state's: "the government in Kyiv", "officials in Moscow"
_AUTHORITIES = word_set(
    "government governments regime regimes authorities administration cabinet ministry ministries leader leaders leadership official "
    "officials officers parliament junta generals rulers ruler men court prosecutors opposition party minister ministers "
    "commander commanders command coalition politicians lawmakers"
)
# "of X": X suffers these or is what they are about
_SUFFERED = word_set(
    "bombing bombings bombardment shelling invasion invasions occupation annexation attack attacks strike strikes killing killings "
    "murder murders massacre massacres siege blockade destruction assassination abduction kidnapping capture conquest partition "
    "criticism condemnation denunciation recognition isolation punishment containment fear hatred defence defense support encirclement "
    "abandonment betrayal boycott censure coverage treatment seizure raid raids demonisation demonization partitioning "
    "war wars crisis question issue problem history historian historians scholar scholars map study sanctioning overthrow violation "
    "violations friend friends enemy enemies "
    "critic critics supporter supporters opponent opponents ally allies rival rivals neighbour neighbours neighbor neighbors victim "
    "victims west east north south border borders outside"
)
_MINISTRIES = word_set("ministry ministries minister ministers department secretary secretariat undersecretary directorate office council")
_PORTFOLIOS = word_set("defence defense war")
"""What ministries are of, and what a country may suffer or be given as well."""
# the country named before one of these is what it is about, not who acts
_TOPICS = word_set("war wars conflict conflicts crisis peninsula question issue quagmire dossier file theatre theater front")
# X's neighbours, rivals, critics are not X
_OTHERS = word_set(
    "neighbours neighbour neighbors neighbor rivals rival enemies enemy adversaries adversary critics critic allies ally opponents "
    "opponent "
    "victims victim detractors foes foe friends partners partner invaders occupiers creditors backers supporters sponsors"
)
# "NATO member Turkey", "the militant group Hamas": what follows is the head
_APPOSED = word_set(
    "member members ally allies neighbour neighbor partner rival power superpower nation country state heavyweight giant foe archfoe "
    "territory group groups militia movement party organisation organization faction newcomer neighbours fighters republic kingdom "
    "network insurgents bloc alliance watchdog agency charity"
)
# "Yemen's Houthi rebels": the group heads the phrase, not the country that it is in
_FIGHTERS = word_set(
    "rebel rebels militant militants fighter fighters insurgent insurgents gunmen movement group militia militias leader leaders "
    "leadership "
    "ruler rulers government authorities administration officials commander commanders forces"
)
# names that many states have one of: "Russia's Security Council", "the American Red Cross"
_SHARED = ("Security Council", "Human Rights Council", "Red Cross")
# names of one group that others bear with a word before them
_GENERIC = ("National Liberation Army", "Islamic Jihad")
_MOVES = word_set(
    "withdrawal withdrawals exit pullout retreat departure evacuation expulsion return refugees migrants absence distance flight"
)
# a participle before "by" after which the doer follows; other participles ("backed by", "occupied by") only describe
_DONE = word_set(
    "made carried launched committed staged issued signed conducted perpetrated taken adopted imposed proposed announced posed fired run "
    "orchestrated planned drafted written given organised organized posted published released voiced offered delivered"
)
_IRREGULAR = word_set("held led run seen fought built sent brought shot kept bought fed won lost hit torn broken driven hidden left known")
_INSTITUTIONS = word_set(
    "President Prime Minister Ministry Foreign Affairs Defence Defense Interior Finance Government Army Navy Air Force Forces Coast Guard "
    "Parliament Senate Supreme Court Republic Embassy Consulate Ambassador Envoy Chancellor King Queen Prince Princess Emperor Sultan Emir "
    "Premier Deputy Vice First Chief State Council Cabinet Congress Assembly National Central Bank Police Federation Union Special "
    "Representative Secretary Attorney General Commander Spokesman Spokeswoman Spokesperson Military Security Intelligence Opposition "
    "Trade Economy Energy Health Justice FM PM MP MPs MFA Delegation Mission Armed Border Customs Commission Authority Office Department "
    "Chairman Chairwoman Speaker Crown Permanent Communist Party Labour Railways Post Airlines Troops Side Leader Leaders Officials"
)
_OFFICES = word_set("Minister Ministry President Ambassador Embassy Government Army Secretary Spokesman Spokeswoman Spokesperson")
_LOCAL = word_set("Governor Mayor Senator County City University Republican Democrat Democrats Republicans Tech Bulldogs Congressman")
# capitalised words that may stand before a country's name and leave it the country
_BEFORE = _INSTITUTIONS | word_set(
    "Neighbouring Neighbor Neighboring Communist Modern Federal Democratic Islamic Former Nuclear Northern Southern Eastern Western "
    "North South East West Central Upper Lower Post The A An This Our His Her Their Its Both And Of For Dear Poor Little Tiny"
)
_US_STATES = frozenset(
    "Alabama;Alaska;Arizona;Arkansas;California;Colorado;Connecticut;Delaware;Florida;Hawaii;Idaho;Illinois;Indiana;Iowa;Kansas;Kentucky;"
    "Louisiana;Maine;Maryland;Massachusetts;Michigan;Minnesota;Mississippi;Missouri;Montana;Nebraska;Nevada;New Hampshire;New Jersey;"
    "New Mexico;New York;North Carolina;North Dakota;Ohio;Oklahoma;Oregon;Pennsylvania;Rhode Island;South Carolina;South Dakota;Tennessee;"
    "Texas;Utah;Vermont;Virginia;West Virginia;Wisconsin;Wyoming".split(";")
)
_AMBIGUOUS = {"Georgia": "GEO"}
_FOREIGN = re.compile(
    r"\b(?:foreign|ambassador|embassy|president|presidential|prime minister|parliament|sovereignty|republic|nation|independence|army|"
    r"military|eu|nato|breakaway|government of|people of|caucasus)\b",
    re.IGNORECASE,
)
_DOMESTIC = re.compile(
    r"\b(?:republicans?|democrats?|senators?|governor|congress\w*|voters?|county|state|statehouse|legislat\w+|attorney|bulldogs|tech|"
    r"primary|runoff|election|university|atlanta|lieutenant)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a mention: `text` without accents and possessive ending, `joined` where a hyphen ties it to the one before."""

    text: str
    possessive: bool
    joined: bool

    @property
    def capital(self) -> bool:
        """Whether it starts with an upper-case letter or a digit."""
        return self.text[:1].isupper() or self.text[:1].isdigit()


@dataclass(frozen=True, slots=True)
class Term:
    """A name of the tables. `kind` is name, adjective, seat, organisation, organ, prefix or none."""

    code: str | None
    kind: str
    type: str


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    term: Term
    words: str
    possessive: bool
    acronym: bool


def normalise(text: str) -> str:
    """The text without accents and what is not seen, its quotes and hyphens in one form."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(c for c in text if not unicodedata.combining(c)).translate(_LETTERS)


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    hyphen = False
    previous = 0
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word == "-":
            hyphen = match.start() == previous and text[match.end() : match.end() + 1].strip() != ""
            continue
        if _WORD_DOTS.fullmatch(word):
            word = word.replace(".", "")
        possessive = False
        after = text[match.end() : match.end() + 2]
        if word[-2:] in ("'s", "'S"):
            word, possessive = word[:-2], True
        elif after == "'s":  # "U.S.'s"
            possessive = True
        elif after[:1] == "'" and word[-1:] in "sS":
            possessive = True
        if word not in ("s", "S") or possessive or (word == "S" and after[:1] == "."):
            found.append(Token(word, possessive, hyphen))
        hyphen, previous = False, match.end()
    return found


_Trie = dict[str, Any]
_END = "\0"


def _put(trie: _Trie, name: str, term: Term) -> None:
    if " and " in name:
        _put(trie, name.replace(" and ", " & "), term)
    words = _tokens(normalise(name))
    node = trie
    for word in words:
        node = node.setdefault(word.text.casefold(), {})
    if words:
        node.setdefault(_END, []).append((words, term))


def _rows(table: str, width: int) -> Iterator[list[str]]:
    for line in table.strip().splitlines():
        row = line.split("|")
        assert len(row) == width, line
        yield row


def _plural(word: str) -> str | None:
    return None if word.endswith(("s", "sh", "ch", "ese", "men", "hman", "woman", "x", "z")) else word + "s"


@cache
def _trie() -> _Trie:
    trie: _Trie = {}
    for name in tables.NO_CODE.replace("\n", "").split(";"):
        _put(trie, name, Term(None, "none", ""))
    for code, names, adjectives, seats in _rows(tables.COUNTRIES, 4):
        for kind, column in (("name", names), ("adjective", adjectives), ("seat", seats)):
            for name in filter(None, column.split(";")):
                _put(trie, name, Term(code, kind, "country" if kind == "name" else "government" if kind == "seat" else ""))
                plural = _plural(name) if kind == "adjective" else None
                if plural:
                    _put(trie, plural, Term(code, kind, "civilian"))
    for code, type_, names in _rows(tables.ORGANISATIONS, 3):
        for name in names.split(";"):
            _put(trie, name, Term(code, "organisation", type_))
    for code, type_, names in _rows(tables.ORGANS, 3):
        for name in names.split(";"):
            _put(trie, name, Term(code, "organ", type_))
    return trie


@cache
def place_names() -> frozenset[str]:
    """Names of countries and seats of government, without accents."""
    rows = list(_rows(tables.COUNTRIES, 4))
    found = {normalise(n) for row in rows for column in (row[1], row[3]) for n in column.split(";") if n}
    return frozenset(found | {n for row in rows for column in (row[1], row[3]) for n in column.split(";") if n} | {"Türkiye", "Georgia"})


@cache
def demonyms() -> frozenset[str]:
    """The words of countries' adjectives and demonyms, plurals included."""
    found = {w for row in _rows(tables.COUNTRIES, 4) for n in row[2].split(";") for w in n.split()}
    shortened = {"US", "U.S", "U.S.", "UK", "U.K.", "EU", "E.U.", "UN", "U.N."}
    return frozenset(found | {p for w in found if (p := _plural(w))} | shortened | {"Korean", "Congolese", "European"})


@cache
def words_about(code: str) -> tuple[str, ...]:
    """A country's demonyms and seats of government: what shows that an article is about it."""
    for row in _rows(tables.COUNTRIES, 4):
        if row[0] == code:
            return tuple(n for column in (row[2], row[3]) for n in column.split(";") if n)
    return ()


@cache
def country_names() -> Mapping[str, str]:
    """Alpha-3 code -> the country's usual English name."""
    return {row[0]: row[1].split(";")[0] for row in _rows(tables.COUNTRIES, 4)}


@cache
def _organisations() -> Mapping[str, tuple[str, tuple[str, ...]]]:
    return {code: (type_, tuple(names.split(";"))) for code, type_, names in _rows(tables.ORGANISATIONS, 3)}


ORGANISATION_NAMES: Mapping[str, tuple[str, tuple[str, ...]]] = _organisations()
"""Code -> (type, names) of every organisation and armed group that has a code of its own."""


def _same_case(term: str, token: str) -> bool:
    """Whether a token may stand for a term's word: capitals where the term has them, acronyms whole ("US", never "us")."""
    if term == token:
        return True
    if len(term) <= 5 and term.isupper():
        return False
    return token[:1].isupper() or not term[:1].isupper()


def _same(words: list[Token], tokens: list[Token]) -> bool:
    """Case fits, and so do possessive endings before the last word ("People's Republic", never "China's Taipei")."""
    pairs = zip(words, tokens, strict=True)
    owners = [t.possessive for t in tokens[:-1]] == [w.possessive for w in words[:-1]]
    return owners and all(_same_case(w.text, t.text) for w, t in pairs)


def _at(trie: _Trie, tokens: list[Token], start: int) -> tuple[int, Term, str] | None:
    """The longest term that starts at a token: its end, itself, its words."""
    node: _Trie = trie
    best = None
    for i in range(start, len(tokens)):
        node = node.get(tokens[i].text.casefold(), {})
        if not node:
            break
        for words, term in node.get(_END, ()):
            if _same(words, tokens[start : i + 1]):
                best = i + 1, term, " ".join(w.text for w in words)
                break
    return best


def _matches(tokens: list[Token], extra: _Trie | None) -> list[_Match]:
    found: list[_Match] = []
    i = 0
    while i < len(tokens):
        hits = [h for h in (_at(extra, tokens, i) if extra else None, _at(_trie(), tokens, i)) if h is not None]
        hit = max(hits, key=lambda h: h[0], default=None)  # of two as long the alias, which stands first
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        if hit is None and following is not None and following.joined and tokens[i].text.casefold() in tables.PREFIXES:
            hit = i + 1, Term(tables.PREFIXES[tokens[i].text.casefold()], "prefix", ""), tokens[i].text
        if hit is None:
            i += 1
            continue
        end, term, words = hit
        found.append(_Match(i, end, term, words, tokens[end - 1].possessive, words.isupper()))
        i = end
    return found


@cache
def _detached() -> frozenset[str]:
    return word_set(tables.DETACHED)


class _Phrase:
    """One mention under its rules. `None` from a method is "no code here"; `veto` ends the search."""

    def __init__(self, tokens: list[Token], matches: list[_Match], text: str) -> None:
        self.tokens, self.text = tokens, text
        self.matches = [m for m in matches if self._stands(m) and not self._national(m, matches)]
        self.inside = {i for m in matches for i in range(m.start, m.end)}
        self.veto = False

    def _stands(self, match: _Match) -> bool:
        """Not "anti-China", "US-backed": there the country is neither head nor possessor."""
        tokens = self.tokens
        before = tokens[match.start - 1].text.casefold() if match.start else ""
        if tokens[match.start].joined and before in ("anti", "pro", "non", "trans", "pan"):
            return False
        if tokens[match.start].joined and before == "ex" and not any(t.text in _AGENTS for t in tokens[match.end :]):
            return False
        return not (match.end < len(tokens) and tokens[match.end].joined and tokens[match.end].text.casefold() in _detached())

    def _national(self, match: _Match, matches: list[_Match]) -> bool:
        """Whether a council or society is a country's own, which then has the country's code."""
        if match.words not in _SHARED:
            return False
        of = self.tokens[match.end].text == "of" if match.end < len(self.tokens) else False
        for m in matches:
            owns = m.end == match.start and (m.possessive or m.term.kind == "adjective")
            if m.term.kind in ("name", "adjective") and (owns or (of and m.term.kind == "name" and m.start == match.end + 1)):
                return True
        return False

    def within(self, start: int, end: int) -> list[_Match]:
        return [m for m in self.matches if start <= m.start and m.end <= end]

    def code(self, start: int, end: int) -> str | None:
        """The code of the noun phrase [start, end)."""
        cuts = [
            i for i in range(start, end)
            if i not in self.inside and not self.tokens[i].joined and self.tokens[i].text in _PREPOSITIONS
        ]  # fmt: skip
        bounds = list(zip(cuts, [*cuts, end][1:], strict=True))
        head_end = cuts[0] if cuts else end
        doer = self._doer(bounds)
        if doer or self.veto:
            return doer
        found = self._head(start, head_end)
        if found or self.veto:
            return found
        return self._complements(start, head_end, bounds)

    def _doer(self, bounds: list[tuple[int, int]]) -> str | None:
        for at, end in bounds:
            if self.tokens[at].text != "by" or at + 1 >= end:
                continue
            before = self.tokens[at - 1].text if at else ""
            described = (before.endswith("ed") or before in _IRREGULAR) and before not in _DONE
            if described or before in ("out", "up") and at > 1 and self.tokens[at - 2].text not in _DONE:
                continue
            return self._head(at + 1, end)
        return None

    def _complements(self, start: int, head_end: int, bounds: list[tuple[int, int]]) -> str | None:
        words = [t.text.casefold() for t in self.tokens[start:head_end]]
        noun, office = words[-1] if words else "", False
        for at, end in bounds:
            office = office or noun in _MINISTRIES
            preposition = self.tokens[at].text
            if at + 1 >= end:
                continue
            if preposition == "of":
                portfolio = office and noun in _PORTFOLIOS  # "Ministry of Defence of Ukraine"
                if (noun in _SUFFERED and not portfolio) or (noun in _CITY and self._city(at + 1, end)):
                    return None
                found = self._head(at + 1, end)
                if found or self.veto:
                    return found
                noun = self.tokens[end - 1].text.casefold()
            elif preposition == "from":
                return None if _MOVES & set(words) else self._head(at + 1, end)
            elif _belongs(preposition, noun, words):
                return self._head(at + 1, end)
            elif preposition == "for" and noun in ("spokesman", "spokeswoman", "spokesperson", "minister"):
                found = self._head(at + 1, end)
                if found or self.veto:
                    return found
                noun = self.tokens[end - 1].text.casefold()
            else:
                return None
        return None

    def _city(self, start: int, end: int) -> bool:
        return any(m.words in _CITIES for m in self.within(start, end))

    def _head(self, start: int, end: int) -> str | None:
        """The code of a phrase without complements."""
        while start < end and self.tokens[start].text.casefold() in _DETERMINERS and start not in self.inside:
            start += 1
        matches = self.within(start, end)
        if not matches:
            return None
        joints = [i for i in range(start + 1, end - 1) if self.tokens[i].text in ("and", "or", "&", "nor") and i not in self.inside]
        if joints:
            return self._coordinated(start, end, joints)
        for first, second in zip(matches, matches[1:], strict=False):
            if second.start == first.end and self.tokens[second.start].joined and first.term.code != second.term.code:
                self.veto = True
                return None
        return self._one(start, end, matches)

    def _coordinated(self, start: int, end: int, joints: list[int]) -> str | None:
        pieces = list(zip([start, *(j + 1 for j in joints)], [*joints, end], strict=True))
        codes, bare = [], False
        for first, last in pieces:
            while first < last and self.tokens[first].text.casefold() in _DETERMINERS and first not in self.inside:
                first += 1
            matches = self.within(first, last)
            found = self._one(first, last, matches) if matches else None
            if matches and found is None:
                self.veto = True
            whole = len(matches) == 1 and matches[0].start == first and matches[0].end == last
            bare = bare or (whole and not matches[0].possessive)
            codes.append(found)
        distinct = {c for c in codes if c}
        owned = {self.tokens[a].text for a, _ in pieces[1:]} <= {"its", "their", "his", "her", "our"}
        if owned and len(distinct) == 1 and codes[0]:  # "Russia and its proxies"
            return codes[0]
        if len(distinct) != 1 or codes[0] is None or (bare and None in codes):
            self.veto = self.veto or bool(distinct)
            return None
        return codes[0]

    def _one(self, start: int, end: int, matches: list[_Match]) -> str | None:
        """Of the matches in one plain phrase, the one that heads or owns it."""
        last = matches[-1]
        if last.end == end and len(matches) > 1:
            before = self.tokens[last.start - 1].text.casefold()
            adjacent = matches[-2].end == last.start
            group = last.term.kind == "organisation" and (not adjacent or matches[-2].possessive or matches[-2].term.kind == "adjective")
            if group or (before in _APPOSED and last.term.kind in ("name", "organisation")):
                return self._checked(last, start, end)
        owner = next((m for m in matches if m.possessive and m.end < end), None)
        if owner is not None:
            if any(m.start < owner.start and m.term.code != owner.term.code for m in matches):
                return None
            noun = self.tokens[end - 1].text.casefold()
            rebels = next((m for m in matches if m.start == owner.end and m.term.type == "rebel"), None)
            if rebels and any(t.text in _FIGHTERS for t in self.tokens[rebels.end : end]):
                return self._checked(rebels, start, end)
            return None if noun in _OTHERS else self._checked(owner, start, end)
        codes = {m.term.code for m in matches}
        first = matches[0]
        if len(codes) > 1:
            modifies = first.acronym or first.term.kind in ("adjective", "organisation")
            topical = matches[1].term.kind in ("name", "organisation") and matches[1].end < end
            if len(codes) == 2 and modifies and topical and not self.tokens[end - 1].capital:
                return self._checked(first, start, end)
            return None
        return self._checked(last if last.end == end and last.term.kind != "adjective" else first, start, end)

    def _checked(self, match: _Match, start: int, end: int) -> str | None:
        """The match's code where its neighbours leave it a country."""
        term, tokens = match.term, self.tokens
        if term.kind == "none":
            return _ambiguous(match.words, self.text)
        if term.kind == "prefix":
            return None
        noun = tokens[end - 1].text.casefold()
        if match.words in _TAUGHT and match.end < end and tokens[match.end].text in _SUBJECTS:
            return None
        if match.words in _CITIES and any(t.text.casefold() in _CITY for t in tokens[match.end : end]):
            return None
        if match.end < end and noun in _TOPICS and not match.possessive and term.kind not in ("organisation", "organ"):
            return None
        before = tokens[match.start - 1] if match.start > start else None
        strange = before is not None and before.capital and not before.possessive and before.text not in _BEFORE
        strange = strange and match.start - 1 not in self.inside
        if term.kind in ("organisation", "organ", "alias") and match.words != "Wagner":
            own = strange and match.words in _GENERIC and term.kind != "alias"
            return None if own else term.code  # "the West Papua National Liberation Army"
        if strange and (term.kind != "adjective" or match.end == end):
            return None
        if term.kind == "organisation":
            return term.code
        after = tokens[match.end] if match.end < end else None
        if after is None or match.possessive or (term.kind == "adjective") or match.end in self.inside:
            return term.code
        return term.code if self._agent_after(match, after, end) else None

    def _agent_after(self, match: _Match, after: Token, end: int) -> bool:
        """Whether "China foreign ministry" stands here, and not "Paris Hilton" or "the Iran deal"."""
        if after.capital and after.text not in _INSTITUTIONS and after.text not in _LOCAL:
            office = {t.text for t in self.tokens[match.end : min(match.end + 4, end)]} & _OFFICES
            return bool(office) or (match.acronym and not after.text[:1].isdigit())
        if after.capital:
            return after.text not in _LOCAL
        if match.acronym and match.term.kind == "name":
            return True
        return any(t.text in _AGENTS or t.text in _INSTITUTIONS for t in self.tokens[match.end : end])


def _ambiguous(words: str, text: str) -> str | None:
    code = _AMBIGUOUS.get(words)
    if code is None or _DOMESTIC.search(text) or not _FOREIGN.search(text):
        return None
    return code


def _parts(tokens: list[Token], inside: set[int]) -> list[tuple[int, int]]:
    """The mention between its commas and brackets."""
    marks = [i for i, t in enumerate(tokens) if t.text in (",", ";", ":", "(", ")", "[", "]", "/") and i not in inside]
    parts = zip([0, *(m + 1 for m in marks)], [*marks, len(tokens)], strict=True)
    return [(a, b) for a, b in parts if a < b]


def _belongs(preposition: str, noun: str, words: list[str]) -> bool:
    """Whether what follows "in", "at" or "to" is whose the noun is: "the authorities in Mali", "an adviser to Norway"."""
    if preposition == "to":
        return noun in ("adviser", "advisor", "aide", "counsellor", "counselor")
    return preposition in ("in", "at") and not _AUTHORITIES.isdisjoint(words)


def _listed(phrase: _Phrase, parts: list[tuple[int, int]]) -> bool:
    """Whether a list of different countries runs across a comma ("the position of Jordan, Slovenia and Brazil")."""
    for (start, end), (second, last) in zip(parts, parts[1:], strict=False):
        left, right = phrase.within(start, end), phrase.within(second, last)
        if not left or not right or left[-1].end != end or left[-1].possessive or right[0].term.code == left[-1].term.code:
            continue
        opening = all(phrase.tokens[i].text in ("the", "and", "or") for i in range(second, right[0].start))
        closing = right[0].end == last or phrase.tokens[right[0].end].text in ("and", "or", "&")
        if opening and closing and not right[0].possessive:
            return True
    return False


def _bare_list(phrase: _Phrase, parts: list[tuple[int, int]]) -> bool:
    """Every part is nothing but names: "Russia, China and Iran"."""
    if len(parts) < 2:
        return False
    for start, end in parts:
        free = [i for i in range(start, end) if i not in phrase.inside]
        if any(phrase.tokens[i].text not in ("and", "or", "the", "&") for i in free):
            return False
    return True


def _key(text: str) -> str:
    words = " ".join(normalise(text).split()).strip(" .,;:\"'“”«»")
    folded = words.casefold()
    return folded[4:] if folded.startswith("the ") else folded


class Coder:
    """`code_of` with its aliases read once and its last answers kept; for many mentions."""

    def __init__(self, aliases: Mapping[str, str] | None = None) -> None:
        whole = {_key(name): code for name, code in (aliases or {}).items() if _key(name)}
        trie: _Trie = {}
        for name, code in (aliases or {}).items():
            _put(trie, re.sub(r"^the\s+", "", name.strip(), flags=re.IGNORECASE), Term(code, "alias", ""))
        # a closure over `self` would keep itself alive
        own = lru_cache(maxsize=4096)(lambda mention: whole.get(_key(mention)) or _read(mention, trie))
        self._code = own if whole else _cached

    def code(self, mention: str) -> str | None:
        """The code of the party that heads a mention, or None."""
        return self._code(mention)


def code_of(mention: str, aliases: Mapping[str, str] | None = None) -> str | None:
    """The code of the party that heads a mention, or None.

    `aliases` (name -> code) comes before the built-in names: the whole mention first (case and a leading "the" aside),
    then as names inside the phrase ("Northland's army"). Never raises on a string; raises `TypeError` for anything else.
    """
    _must_be_string("code_of", mention)
    return Coder(aliases).code(mention) if aliases else _cached(mention)


def _must_be_string(function: str, mention: object) -> None:
    """Raises `TypeError` for what is no mention."""
    if not isinstance(mention, str):
        raise TypeError(f"{function} takes a string, got {type(mention).__name__}")


@lru_cache(maxsize=65536)
def _cached(mention: str) -> str | None:
    return _read(mention, None)


def _phrase(mention: str, extra: _Trie | None) -> _Phrase:
    text = normalise(mention[:MAX_MENTION])
    tokens = _tokens(text)
    return _Phrase(tokens, _matches(tokens, extra), text)


def _read(mention: str, extra: _Trie | None) -> str | None:
    phrase = _phrase(mention, extra)
    if not phrase.matches:
        return None
    parts = _parts(phrase.tokens, phrase.inside)
    if _bare_list(phrase, parts):
        codes = {m.term.code for m in phrase.matches}
        return codes.pop() if len(codes) == 1 else None
    if _listed(phrase, parts):
        return None
    if any(" ".join(t.text for t in phrase.tokens[a:b]) in _US_STATES for a, b in parts[1:]):
        return None  # "Lima, Ohio"
    for start, end in parts:
        found = phrase.code(start, end)
        if found or phrase.veto:
            return found
        if phrase.within(start, end):
            return None
    return None


_TYPE_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("rebel", word_set("rebel rebels militants militant insurgents guerrillas guerrilla militia militias gunmen separatists jihadists "
                     "fighters "
                     "terrorists gang gangs cartel mutineers")),
    ("court", word_set("court courts judge judges tribunal judiciary prosecutor prosecutors justices")),
    ("police", word_set("police policeman policemen constable sheriff gendarmerie gendarmes")),
    ("military", word_set("army armies military troops soldiers navy forces marines warplanes jets airstrikes garrison general generals "
                        "guard commander commanders colonel admiral battalion brigade coastguard pilots servicemen drones")),
    ("party", word_set("party parties opposition coalition faction")),
    ("government", word_set("government governments ministry ministries minister ministers president presidents premier chancellor cabinet "
                          "parliament senate embassy consulate ambassador ambassadors envoy envoys diplomat diplomats delegation "
                          "administration regime authorities official officials lawmaker lawmakers senator senators mayor governor king "
                          "queen junta council councils municipality kingdom emirate mission secretary undersecretary legislature mp mps "
                          "deputy treasury customs leader leaders leadership")),
    ("media", word_set("newspaper newspapers daily broadcaster media journalist journalists reporter reporters editor editors magazine")),
    ("religious", word_set("church bishop bishops imam imams cleric clerics pope archbishop rabbi mosque patriarch cardinal monks priest "
                         "diocese")),
    ("NGO", word_set("ngo ngos charity charities foundation union unions association federation watchdog campaigners activists society")),
    ("company", word_set("company companies corporation firm firms bank banks airline manufacturer producer producers insurers retailers "
                       "inc ltd plc gmbh llc corp shareholders refiners exporters")),
    ("civilian", word_set("people residents villagers farmers workers students teachers nurses doctors patients citizens civilians "
                        "protesters "
                        "demonstrators families parents women men children refugees migrants voters fishermen miners traders elders "
                        "experts scientists nationals victims relatives")),
)  # fmt: skip
_HONORIFIC = re.compile(r"^(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Lady|Lord|Sheikh|Engineer|Ing)\b\.?\s+\w")


def type_of(mention: str) -> str | None:
    """What kind of party a mention names, one of `TYPES`, or None.

    A known organisation has its table's type; else the head noun decides ("the Kazakh army" military, "aid groups" None).
    A person with an office counts for the office ("Foreign Minister Wang Yi" is government). Raises `TypeError` for what is no string.
    """
    _must_be_string("type_of", mention)
    phrase = _phrase(mention, None)
    cuts = [i for i, t in enumerate(phrase.tokens) if t.text in _PREPOSITIONS and i not in phrase.inside and i]
    end = cuts[0] if cuts else len(phrase.tokens)
    matches = phrase.within(0, end)
    last = matches[-1].term if matches and matches[-1].end == end else None
    if last is not None and last.kind == "organisation" or last is not None and last.type and code_of(mention) == last.code:
        return last.type
    body = next((m.term.type for m in matches if m.term.kind == "organisation"), None)
    words = [t.text.casefold() for t in phrase.tokens[:end] if t.text != ","]
    found = _by_head(words)
    if body and found in (None, "government", "military"):  # "UN special envoy", "NATO Secretary General"
        return body
    if found:
        return found
    if _HONORIFIC.match(normalise(mention[:MAX_MENTION])):
        return "person"
    if set(words) & {"spokesman", "spokeswoman", "spokesperson", "department"} and code_of(mention) in country_names():
        return "government"
    return next((m.term.type for m in matches if m.term.kind == "organ"), None)


def _by_head(words: list[str]) -> str | None:
    for i in range(len(words) - 1, -1, -1):
        if words[i] == "general" and i and words[i - 1] in ("secretary", "attorney", "director", "consul"):
            continue
        for type_, nouns in _TYPE_WORDS:
            if words[i] in nouns:
                return type_
    return None


_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,31}")


class AliasFile(Mapping[str, str]):
    """The names and codes of a CSV file, to hand over as `aliases`: one `name,code` a line, UTF-8.

    A first entry `name,code` is a heading; blank lines and lines that start with # are left out. Codes are upper-case
    letters, digits, - and _. Raises `DataError` with `file:line` for a line that is not two fields, an empty name, a
    code that does not fit, a name given two codes, and a file that cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._codes: dict[str, str] = {}
        seen: dict[str, tuple[int, str]] = {}
        for number, row in self._rows():
            name, code = self._entry(row, f"{self.path}:{number}")
            line, known = seen.setdefault(_key(name), (number, code))
            if known != code:
                raise DataError(
                    f"{name!r} has the code {code} here and another one on line {line}",
                    place=f"{self.path}:{number}", remedy="keep one of the two lines",
                )  # fmt: skip
            self._codes[name] = code

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        try:
            with open(self.path, encoding="utf-8-sig", newline="") as stream:
                reader = csv.reader((line for line in stream), strict=True)
                first = True
                for row in reader:
                    if not "".join(row).strip() or row[0].lstrip().startswith("#"):
                        continue
                    if not first or [x.strip().casefold() for x in row] != ["name", "code"]:
                        yield reader.line_num, row
                    first = False
        except OSError as error:
            raise DataError(f"cannot read {self.path}: {error.strerror}", remedy="check the path") from None
        except UnicodeDecodeError as error:
            raise DataError(f"invalid UTF-8 at byte {error.start}", place=self.path, remedy="save the file as UTF-8") from None
        except csv.Error as error:
            raise DataError(f"malformed CSV: {error}", place=self.path, remedy="quote names that hold a comma or a quote") from None

    @staticmethod
    def _entry(row: list[str], place: str) -> tuple[str, str]:
        if len(row) != 2:
            other = len(row) == 1 and any(mark in row[0] for mark in ";\t")
            raise DataError(f"{len(row)} fields in {','.join(row)[:80]!r}, expected name,code", place=place,
                            remedy="separate the two by a comma" if other else "quote a name that holds a comma")  # fmt: skip
        name, code = row[0].strip(), row[1].strip()
        if not _key(name):
            raise DataError(f"the name {name!r} is empty", place=place, remedy="give the name as it stands in the texts")
        if not _CODE.fullmatch(code):
            raise DataError(f"the code {code[:40]!r} does not fit", place=place,
                            remedy="use upper-case letters, digits, - and _, such as KAZ or MY-GROUP")  # fmt: skip
        return name, code

    def __getitem__(self, name: str) -> str:
        return self._codes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)
