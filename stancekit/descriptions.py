"""Whom names and descriptions mean, and their codes: short names, acronyms, "the ministry", "the deputy spokesman"."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import replace

from stancekit.clauses import NOBODY, Clauses, Found, clean_name, lower_words, of_person, unnamed
from stancekit.codes import Coder, country_names, demonyms, place_names, type_of
from stancekit.mentions import MOST, REACH, Body, Mention, Reading
from stancekit.name_tables import BODIES, PAPERS, PREPOSITIONS, PRONOUNS, ROLES, TIES, TITLES, VENTURES, VERBS
from stancekit.people import Person
from stancekit.schema import Span
from stancekit.text import word_set

_FIRMS = VENTURES - word_set("campaign initiative magazine website weekly publication paper outlet thinktank think-tank collective")
_ANY_BODY = word_set(
    "agency group organisation organization body company firm party union association charity watchdog bloc club institute network paper "
    "newspaper bank foundation federation alliance movement society trust outfit programme campaign programme coalition centre center forum"
)
_SAYINGS = PAPERS - word_set("bill act law article draft treaty agreement charter paper document")
_OWNED = re.compile(
    r"((?:[A-Z][\w-]* ){0,3}[A-Z][\w-]*(?:['’]s)?) (?:main |largest |biggest )?(?:ruling|governing|opposition|far-right|far-left|"
    r"right-wing|left-wing|leftist|conservative|nationalist|liberal|socialist|populist|cent(?:re|er)-(?:left|right)|state-owned|"
    r"state-run|banned) \Z"
)
_ISSUING = re.compile(r" (?:also |later )?(?:issued|released|published|put out) (?:an?|the|its|his|her|their) ")
_ANYTHING = word_set("agency group organisation organization body outfit")
_SPOKES = word_set("spokesman spokeswoman spokesperson")
_GENERIC_PERSON = word_set("diplomat politician official lawmaker cleric activist")
# a general noun and the types of organisation it may stand for
_GENERIC_BODY = {
    "bloc": ("IGO",), "organisation": ("IGO", "NGO"), "organization": ("IGO", "NGO"), "alliance": ("IGO",), "group": ("rebel",),
    "movement": ("rebel",), "militia": ("rebel",), "union": ("IGO",),
}  # fmt: skip
_GROUPS = word_set("authorities forces troops rebels militants insurgents separatists")
"""Told of by no more than this word after they were named: "the authorities" after "the Belarusian authorities"."""
_ACRONYM = re.compile(r" \(([A-Z][A-Z0-9-]{1,9})\)")
_BRACKET_REACH = 300
"""Characters after a description in which brackets may still close what completes it."""
_LIST = re.compile(r",? and |, ")
_ASIDE = re.compile(r"(?: \([^()\n]{1,60}\))?(?:, (?:\d{1,3}(?!\d)|[RDI]-[A-Z][\w.]*))?[ \"”’,]*")
"""What may follow a name in its span: "(Ghana)", ", 71,", ", R-Ohio,"."""
# "the latter", "the two": who that is only the sentences before say
_STANDING_IN = word_set("former latter first second third last other others rest same one ones two three four undersigned")
_UNDER = word_set("vice deputy shadow")
_FORMER = r"\b(?:former|ex|late|deposed|ousted)[ -](?:(?!and )[\w-]+ ){0,2}?"
_LEADING = word_set("president premier chancellor minister")
_RANKED = _LEADING | word_set("secretary leader ambassador")
"""Offices that have counterparts abroad."""
# "his German colleague" holds the same office as he does
SAME_OFFICE = word_set("counterpart colleague")
MOST_WORDS = 7
"""Words of a description among which its country is looked for."""
_MINISTRY = re.compile(r"\b([a-z]+)[ -](?:minister|secretary)\b|\b(?:minister|secretary) (?:of|for) ([a-z]+)")


class Descriptions(Clauses, ABC):
    """Whom names and descriptions of an article mean."""

    def __init__(self, reading: Reading, coder: Coder, aliases: Mapping[str, str]) -> None:
        super().__init__(reading)
        self.coder, self.aliases = coder, aliases
        self._codes: dict[str, str | None] = {}
        self._owners: dict[str, str | None] = {}
        self._long_forms: dict[str, str | None] = {}
        self._acronyms: dict[str, set[str]] | None = None
        self._bracketed: dict[str, set[str]] = {}
        self._coded: list[tuple[str, str | None, str, int]] | None = None
        self._countries: dict[int, str | None] = {}
        self._owned: dict[str, tuple[int, str | None]] = {}
        self._officers: dict[tuple[str, str], list[Person]] = {}
        self._holders_known: dict[tuple[int | str, ...], bool] = {}

    @abstractmethod
    def _who(self, mention: Mention) -> Found:
        """Whom a mention of any kind means."""

    @abstractmethod
    def _author(self) -> Found:
        """Whose statement, speech, letter or column the text is."""

    @abstractmethod
    def _referent(self, mention: Mention) -> Person | Body | None:
        """The party of the article that a mention stands for."""

    # codes

    def _code(self, found: Found, span: Span | None) -> str | None:
        tries = [span.text if span and self.aliases else None, found.name, found.code_from]
        if isinstance(found.who, Person):
            tries += found.who.intros
        part = span is not None and isinstance(found.who, Person) and set(span.text.split()) <= set(found.who.words)  # "Jordan"
        if (
            span is not None
            and not part
            and not (found.name is None and lower_words(span.text)[:1] and lower_words(span.text)[0] in PRONOUNS)
        ):
            tries.append(span.text)
        personal = self._misleading(found.who) if isinstance(found.who, Person) else None
        for words in tries:
            if words and personal and not any(alias.casefold() in words.casefold() for alias in self.aliases):
                words = re.sub(rf"(?<!\w){re.escape(personal)}(?!\w)", "", words).strip()
            if words and words not in self._codes:
                self._codes[words] = None if self._spelled_otherwise(words) else self.coder.code(words)
            if words and self._codes[words]:
                return self._codes[words]
        if found.name and not isinstance(found.who, Person) and (code := self._owned_elsewhere(found.name)):
            return code
        return self._shared(span) if span is not None and found.who is None else None

    def _owned_elsewhere(self, name: str) -> str | None:
        """The country of a body that is named with it elsewhere: "Japan's ruling Liberal Democratic Party (LDP)"."""
        if name not in self._owners:
            text = self.reading.text
            mentions = self.reading.by_last.get(name.split()[-1].casefold(), ())[:REACH]
            places = (m.start for m in mentions if text[m.start : m.end] == name)
            owners = (_OWNED.search(text, max(0, start - 80), start) for start in places)
            self._owners[name] = next((code for o in owners if o and (code := self.coder.code(o.group(1)))), None)
        return self._owners[name]

    @staticmethod
    def _misleading(person: Person) -> str | None:
        """The name of somebody whose first name sounds like a people: "Ukraine's energy minister, German Galushchenko"."""
        return person.name if len(person.words) > 1 and person.words[0] in demonyms() else None

    def _spelled_otherwise(self, words: str) -> bool:
        """Whether an acronym that an armed group has stands for something else here: "the Inflation Reduction Act (IRA)"."""
        acronym = words[4:] if words[:4].casefold() == "the " else words
        long = self._long_forms.get(acronym)
        code = self.coder.code(acronym) if long else None
        return long is not None and code is not None and type_of(code) == "rebel" and self.coder.code(long) != code

    def _shared(self, span: Span) -> str | None:
        """The one code of all parties of a list with people in it: "President Tokayev and the Kazakh people"."""
        ends = [match.span() for match in _LIST.finditer(span.text)]
        if not ends:
            return None
        starts = [0, *(end for _, end in ends)]
        stops = [*(start for start, _ in ends), len(span.text)]
        parts = [Span(span.start + a, span.start + b, span.text[a:b]) for a, b in zip(starts, stops, strict=True) if a < b]
        people = [self._person_in(part) for part in parts]
        if len(parts) < 2 or not any(person and person.name for person in people):
            return None
        codes = {self._code(person or NOBODY, part) for person, part in zip(people, parts, strict=True)}
        return codes.pop() if len(codes) == 1 else None

    def _country(self, code: str) -> str | None:
        """A country's name as the article has it, or its usual one."""
        name = country_names().get(code)
        if name is None or name in self.reading.text:
            return name
        for mention in self.reading.mentions:
            if isinstance(mention.who, Body) and mention.who.name in place_names() and self.coder.code(mention.who.name) == code:
                return mention.who.name
        return name

    # spans

    def _own(self, span: Span) -> Found:
        text = clean_name(span.text)
        bracket = _ACRONYM.search(text)
        if bracket is not None and bracket.end() == len(text):
            text = text[: bracket.start()]
        if text.endswith(("'s", "’s")) and self.coder.code(text[:-2]) in country_names():  # "unlike Sudan's"
            text = text[:-2]
        called = self._called_in(span)
        if called is not None:
            return Found(called, None, text)
        return Found(self._full_body(text, span) or text, None, text)

    def _called_in(self, span: Span) -> str | None:
        """The name in "the dockers' union BTH", and in or after "Ghana's ruling party, the NDC, "."""
        for mention in self.reading.between(span.start, span.start + 1):
            who = mention.who
            if not isinstance(who, Body) or who.proper or not who.alias or mention.end > span.end:
                continue
            forms = tuple(f"{joint}{who.alias}" for joint in (" ", ", ", ", the "))
            rest = self.reading.text[mention.end : span.end]
            if rest in forms or (not rest and self.reading.text.startswith(forms[1:], span.end)):
                return who.alias
        return None

    def _full_body(self, text: str, span: Span) -> str | None:
        """The long form of an acronym ("OFAC") or of a short proper name that ends or starts a longer one."""
        if " " not in text and len(text) > 1 and text.isupper():
            if text not in self._long_forms:
                self._long_forms[text] = _spelled(self.reading.text, text) or self._of_its_kind(text)
            return self._long_forms[text]
        if text.islower() or text in place_names():
            return None
        tokens = text.casefold().split()
        for mention in self.reading.by_last.get(tokens[-1], ())[:REACH] if len(tokens) > 1 else ():
            longer = mention.who.name.casefold().split() if mention.who else []
            if len(longer) > len(tokens) and longer[-len(tokens) :] == tokens and mention.start != span.start:
                return clean_name(self.reading.text[mention.start : mention.end])
        return self._owned_form(text, span.start)

    def _of_its_kind(self, acronym: str) -> str | None:
        """The one body whose acronym this is; none where it is known as another party's: "the AU" beside "American University"."""
        if self._acronyms is None:
            self._acronyms, self._bracketed = self._read_acronyms()
        found = self._bracketed.get(acronym) or self._acronyms.get(acronym, set())
        long = max(found, key=len, default=None) if acronym not in TITLES else None
        if long is not None and not all(f" {long}".endswith(f" {name}") for name in found):
            long = None
        known = self.coder.code(acronym)
        return None if long is not None and known and self.coder.code(long) != known else long

    def _read_acronyms(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """The bodies by the capitals of their names, as far as these go ("Ministry of External Affairs"), and by what stands in
        brackets after them ("the Port Workers' Federation (ITF)")."""
        capitals: dict[str, set[str]] = {}
        bracketed: dict[str, set[str]] = {}
        brackets = [m.start() for m in _ACRONYM.finditer(self.reading.text)]
        for mention in self.reading.mentions:
            who = mention.who
            if not isinstance(who, Body):
                continue
            if not who.proper:  # of descriptions only those count that brackets follow: a look at where these are saves most of them
                i = bisect_left(brackets, mention.end)
                if i == len(brackets) or brackets[i] > mention.end + _BRACKET_REACH:
                    continue
            name = self._forms(mention).clean
            if not who.proper and self.coder.code(name) is None:
                continue
            match = _ACRONYM.match(self.reading.text, mention.start + len(self._extent(mention)))
            if match is not None and " " in name and who.head in BODIES:
                bracketed.setdefault(match.group(1), set()).add(name)
            for letters, words in _capitals(name.split()) if who.proper else ():
                capitals.setdefault(letters, set()).add(words)
        return capitals, bracketed

    def _person_in(self, span: Span) -> Found | None:
        account = self.reading.handles.get(span.text.casefold())
        if account is not None:
            return of_person(account)
        inside = [m for m in self.reading.between(span.start, span.end) if isinstance(m.who, Person)]
        if inside and all(m.who is inside[-1].who or self._names_office_of(m, inside[-1]) for m in inside):
            mention = inside[-1]
            rest = self.reading.text[mention.end : span.end]
            if _ASIDE.fullmatch(rest) and not self._subordinate(span.start, mention.start) and isinstance(mention.who, Person):
                return Found(mention.who.full, mention.who)
            return None
        if inside:
            return None
        around = self.reading.around(span.start)
        if around is not None and isinstance(around.who, Person) and around.end == span.end and span.text == around.who.name:
            return of_person(around.who)  # "Energy Minister" before the span
        tokens = span.text.split()
        if len(tokens) == 1 and tokens[0][:1].isupper():
            return self._by_surname(tokens[0])
        return None

    def _names_office_of(self, one: Mention, two: Mention) -> bool:
        """Whether a name only says whose somebody named after it is: "Trump adviser Peter Navarro"."""
        between = lower_words(self.reading.text[one.end : two.start])
        return bool(between) and between[-1] in ROLES | TIES and self._premodifies(one, two) and "and" not in between

    def _subordinate(self, start: int, name: int) -> bool:
        """Whether a name only completes the words before it: "the attack on Ruiz", "the wife of opposition leader Ruiz"; not
        "deputy spokesman of the foreign ministry Ruiz"."""
        before = [w for w in lower_words(self.reading.text[start:name]) if w not in ("the", "a", "an")]
        if not before or before[-1] in PREPOSITIONS:
            return bool(before)
        told = self.reading.text[start:name].split()
        k = next((i for i, w in enumerate(told) if i and w in PREPOSITIONS), 0)
        if not k or before[-1] not in ROLES | TIES or told[-1][-1] == "," or told[k - 1].casefold() in BODIES:
            return False  # "Qatar's Ministry of Foreign Affairs spokesman Ruiz"
        return not (told[k - 1][:1].isupper() and any(w[:1].isupper() for w in told[k + 1 : k + 3]))  # "Friends of the Earth director"

    def _by_surname(self, word: str) -> Found | None:
        if word in place_names() or word in demonyms():
            return None
        people = self.reading.named(word)
        if len(people) == 1:
            return of_person(people[0])
        return NOBODY if people else None

    def _apposed(self, span: Span) -> Found | None:
        """About "its spokesman" in "Its spokesman, Yusak Wandik, said"."""
        reading = self.reading
        words = lower_words(span.text)
        head = words[next((i for i, w in enumerate(words) if i and w in PREPOSITIONS), len(words)) - 1]
        if reading.text[span.end : span.end + 2] != ", " or head not in ROLES | TIES:
            return None
        following = reading.between(span.end, span.end + 3)
        closing = (",", ".", ";", "")
        if following and isinstance(following[0].who, Person) and reading.text[following[0].end : following[0].end + 1] in closing:
            return Found(following[0].who.full, following[0].who)
        return None

    # descriptions

    def _description(self, span: Span, words: list[str], thing: bool) -> Found:
        """About "the ministry", "the deputy spokesman": the antecedent, else the words themselves where they say enough."""
        if all(w in _STANDING_IN for w in words):
            return NOBODY
        if words[-1] == "pm":
            words = [*words[:-1], "prime", "minister"]
        head_end = next((i for i, w in enumerate(words) if w in PREPOSITIONS and i), len(words))
        noun = words[head_end - 1]
        complete = head_end < len(words)
        if self.coder.code(span.text) or complete or noun in demonyms():
            return self._of_country(span) or self._own(span)
        proper = clean_name(span.text)
        if any(w[:1].isupper() for w in proper.split()[1:]) or (proper[:1].isupper() and noun not in ROLES | BODIES):
            found = self._antecedent(span.start, words[:head_end], noun)
            return found or self._own(span)
        found = self._antecedent(span.start, words, noun) if not (thing and noun in PAPERS) else None
        if found:
            return found
        middle = span.text.split()[-1][:1].isupper() and noun in BODIES and self.reading.text[span.start] in "tT"
        if len(words) > 1 or noun not in ROLES | BODIES | PAPERS or (middle and not self._titled(span)):
            return self._own(span)
        bare = self.reading.text[span.start : span.start + 4].casefold() != "the "
        return self._own(span) if noun in PAPERS or (bare and noun in BODIES) else NOBODY

    def _titled(self, span: Span) -> bool:
        """Whether a span stands in a headline's capitals."""
        return self.reading.sentence_at(span.start) == 0

    def _antecedent(self, at: int, words: list[str], noun: str) -> Found | None:
        if noun in ROLES:
            return self._office(at, words, noun)
        if noun in BODIES or noun in PAPERS or noun.rstrip("s") in BODIES | ROLES:
            return self._body_before(at, words, noun) or self._said_to_be(at, words, noun) or self._lately(at, words, noun)
        if noun in self.reading.by_role:
            return self._office(at, words, noun)
        if noun in VENTURES:
            return self._said_to_be(at, words, noun) or self._lately(at, words, noun)
        if noun in _GENERIC_PERSON:
            return self._office(at, words, noun)
        return self._group(at, noun) if words == [noun] and noun in _GROUPS else None

    def _group(self, at: int, noun: str) -> Found | None:
        """About "the rebels" after "the M23 rebels". Authorities are a country's: others have some business of their own."""
        found = self._nearest_called(at, noun, noun)
        return None if found is None or (noun == "authorities" and self.coder.code(found.name or "") is None) else found

    def _office(self, at: int, words: list[str], noun: str) -> Found | None:
        """The person of an office, named before (or in the article's only introduction of it)."""
        phrase = [w for w in words[:-1] if w not in ("former", "then", "own")]
        near: dict[int, tuple[Person, int]] = {}
        offices = _offices(phrase, noun)
        for one, office in offices.items():
            for mention in self.reading.before(self.reading.by_role, one, at):
                who = mention.who
                if isinstance(who, Person) and self._holds(who, *office):
                    near[id(who)] = who, max(mention.sentence, near.get(id(who), (who, -1))[1])
        number = self.reading.sentence_at(at)
        if near and noun in _SPOKES and self._unnamed_rival(at, noun, near):
            return self._unnamed_office(at, words, noun)
        if len(near) > 1:
            near = {k: v for k, v in near.items() if number - v[1] <= 2}
            if len(near) != 1:
                return NOBODY
        if near:
            return of_person(next(iter(near.values()))[0])
        if noun in _GENERIC_PERSON:
            return self._only_person(at)
        later = [(m.who, office) for one, office in offices.items() for m in self.reading.by_role.get(one, ())[:REACH]]
        fits = list({id(p): p for p, office in later if isinstance(p, Person) and self._holds(p, *office)}.values())
        return of_person(fits[0]) if len(fits) == 1 and phrase else self._unnamed_office(at, words, noun)

    def _holds(self, person: Person, phrase: list[str], noun: str) -> bool:
        key: tuple[int | str, ...] = (id(person), noun, *phrase)
        if key not in self._holders_known:
            self._holders_known[key] = _holds(person, phrase, noun)
        return self._holders_known[key]

    def _of_country(self, span: Span) -> Found | None:
        """The one named holder of a country's office: "the French president", "Turkey's foreign minister", "the president of Mali"."""
        if span.text.casefold().startswith(("a ", "an ")):
            return None
        place, words, tail = self._country_office(clean_name(span.text))
        noun = words[-1] if words else ""
        code = self.coder.code(place) if noun in ROLES else None
        if code is None or self._abroad(span):
            return None
        former = words[0] in ("former", "ex")
        phrase = words[former:-1] + ([f"{noun} {tail}"] if tail else [])
        offices = _offices(phrase, noun)
        if noun == "leader" and not phrase:
            offices |= {one: (["prime"] if one == "minister" else [], one) for one in _LEADING}
        found = self._holders(code, offices, former)
        if noun in _SPOKES and self._unnamed_rival(span.start, noun, {id(p): (p, 0) for p in found}):
            return None
        return of_person(found[0]) if len(found) == 1 and not self._met(span, found[0]) else None

    def _met(self, span: Span, person: Person) -> bool:
        """Whether a person is named in the sentence of a description, elsewhere than right beside it: somebody else."""
        reading = self.reading
        number = min(reading.sentence_at(span.start), len(reading.sentences) - 1)
        for mention in reading.between(*reading.sentences[number]):
            apart = mention.end <= span.start or mention.start >= span.end
            if mention.who is person and mention.kind == "person" and apart:
                between = reading.text[mention.end : span.start] if mention.end <= span.start else reading.text[span.end : mention.start]
                if between.strip(" ,") not in ("", "the"):
                    return True
        return False

    def _abroad(self, span: Span) -> bool:
        """Whether more words follow that say which of a country's many envoys is meant: "the Kenyan ambassador" + "to Oslo"."""
        return re.match(r" (?:to|in|for|at) (?:the )?[A-Z]", self.reading.text[span.end : span.end + 12]) is not None

    def _country_office(self, name: str) -> tuple[str, list[str], str]:
        """The words for a country, those of an office and what completes it: "US secretary of state" -> US, us secretary, of state."""
        words = re.sub(r"\bPM\b", "prime minister", name).split()
        former = words[:1] if words[:1] and words[0].casefold() in ("former", "ex") else []
        words = words[len(former) :]
        end = next((i for i, w in enumerate(words) if i and w in PREPOSITIONS), len(words))
        of_place = " ".join(w for w in words[end + 1 :] if w != "the")
        if words[end : end + 1] == ["of"] and (of_place in place_names() or self.coder.code(of_place) in country_names()):
            return of_place, lower_words(" ".join([*former, *words[:end]])), ""
        for i in range(1, min(end, MOST_WORDS)):
            place = " ".join(words[:i])
            if not words[i - 1][:1].isupper():
                break
            if self.coder.code(place):
                return place, lower_words(" ".join([*former, *words[i:end]])), " ".join(words[end:]).casefold()
        return "", [], ""

    def _country_of(self, person: Person) -> str | None:
        if id(person) not in self._countries:
            self._countries[id(person)] = self._code(of_person(person), None)
        return self._countries[id(person)]

    def _holders(self, code: str, offices: Mapping[str, tuple[list[str], str]], former: bool = False) -> list[Person]:
        """The people of a country who hold, or held, one of some offices."""
        found: dict[int, Person] = {}
        for one, office in offices.items():
            for person in self._officers_of(code, one):
                if self._holds(person, *office) and _was(person, one) == former:
                    found[id(person)] = person
        return list(found.values())

    def _officers_of(self, code: str, noun: str) -> list[Person]:
        """The people of a country known under an office's noun; no more than a search may look at."""
        if (code, noun) not in self._officers:
            people = {id(m.who): m.who for m in self.reading.by_role.get(noun, ())[:REACH]}.values()
            found = [p for p in people if isinstance(p, Person) and _introduced_as(p, noun) and self._country_of(p) == code]
            self._officers[code, noun] = found[:MOST]
        return self._officers[code, noun]

    def _counterpart(self, owner: Found, span: Span) -> Found | None:
        """Whom "his German counterpart" means: the one named German of the same office, or introduced as a counterpart."""
        me = owner.who
        code = self.coder.code(" ".join(span.text.split()[1:]))
        if code is None or not isinstance(me, Person) or self._country_of(me) == code:
            return None
        people = [p for p in self._holders(code, {one: ([], one) for one in _RANKED | SAME_OFFICE}) if p is not me]
        fitting = [p for p in people if _same_office(p, me)]
        return of_person(fitting[0]) if len(fitting) == 1 else None

    def _unnamed_rival(self, at: int, noun: str, near: Mapping[int, tuple[Person, int]]) -> bool:
        """Whether an unnamed "spokesperson" stood before, and those named are "spokesman" or "spokeswoman"."""
        if any(noun in person.roles for person, _ in near.values()):
            return False
        return any(m.kind == "role" for m in self.reading.before(self.reading.by_head, noun, at))

    def _unnamed_office(self, at: int, words: list[str], noun: str) -> Found | None:
        """About "the spokesperson" after "a spokesperson for the Ministry of Commerce", whom nothing names."""
        phrase = " ".join(words)
        found: dict[str, tuple[str, Body]] = {}
        for mention in self.reading.before(self.reading.by_head, noun, at):
            who = mention.who
            if mention.kind != "role" or not isinstance(who, Body) or self.reading.quote_at(mention.start) != self.reading.quote_at(at):
                continue
            name, folded = self._forms(mention).clean, self._forms(mention).folded
            owned = folded.endswith(" " + phrase) and any(w[:1].isupper() or w.endswith(("'s", "’s")) for w in name.split()[:-1])
            if (owned or folded.startswith((f"{phrase} of ", f"{phrase} for ", f"{phrase} in "))) and not unnamed(name):
                found.setdefault(folded, (name, who))
        return Found(*next(iter(found.values()))) if len(found) == 1 else None

    def _only_person(self, at: int) -> Found | None:
        """The one person of the last sentences: "the diplomat"."""
        number = self.reading.sentence_at(at)
        start = self.reading.sentences[max(0, number - 5)][0]
        people = {id(m.who): m.who for m in self.reading.between(start, at) if isinstance(m.who, Person)}
        only = next(iter(people.values())) if len(people) == 1 else None
        return of_person(only) if isinstance(only, Person) else None

    def _body_before(self, at: int, words: list[str], noun: str) -> Found | None:
        found = self._body_called(at, words, noun)
        full = self._owned_form(found.name, at) if found is not None and found.name else None
        return found if found is None or full is None else replace(found, name=full)

    def _owned_form(self, name: str, at: int) -> str | None:
        """The name that says whose a body is, where the article has introduced it so: "Kenya's Defence Ministry" for "Defence Ministry"."""
        if name not in self._owned:
            words = lower_words(name)
            head = next((i for i, w in enumerate(words) if i and w in PREPOSITIONS), len(words)) - 1
            unowned = len(words) > 1 and words[head] in BODIES and self.coder.code(name) is None
            self._owned[name] = self._introduced(name, words[head]) if unowned else (0, None)
        start, full = self._owned[name]
        return full if start < at else None

    def _introduced(self, name: str, noun: str) -> tuple[int, str | None]:
        """A body's name with its owner, and where it stands; none where the article, its title aside, first has it without, or two."""
        end = self.reading.sentences[0][1] if self.reading.sentences else 0
        short, title = name.casefold(), -1 if self.reading.text[:end].endswith((".", "”", '"')) else end
        owned: list[tuple[int, str]] = []
        for mention in self.reading.by_head.get(noun, ())[:REACH]:
            full, folded = self._forms(mention).clean, self._forms(mention).folded
            owner = full[: -len(short)].rstrip() if folded.endswith(" " + short) else ""
            told = mention.start > title or self.reading.text.startswith(("the ", "The "), self._with_the(mention))
            of_place = told and folded.startswith(short + " of ")  # not a headline's "Group Accuses Supreme Court of Bias"
            if of_place or owner.endswith(("'s", "’s", "s'", "s’")) or owner in demonyms() or owner in place_names():
                owned.append((mention.start, full))
            elif folded == short and not owned and mention.start > title:
                break
        return owned[0] if len({self.coder.code(full) or full for _, full in owned}) == 1 else (0, None)

    def _body_called(self, at: int, words: list[str], noun: str) -> Found | None:
        phrase = " ".join(words)
        found = self._nearest_called(at, phrase, noun)
        issuer = self._issuing(at, phrase)
        if issuer is not None and (found is None or self._only_told_of(found, issuer)):
            return issuer
        if noun in _SAYINGS and words == [noun] and (found is None or (noun != "report" and _is_plain_paper(found))):
            return self._issued(at) or found
        return found if found is not None or len(words) > 1 else self._by_type(at, noun)

    def _nearest_called(self, at: int, phrase: str, noun: str) -> Found | None:
        """The nearest body that a phrase may mean; nobody where several are as far off."""
        number = self.reading.sentence_at(at)
        nearest: tuple[Mention, str] | None = None
        for mention in self.reading.before(self.reading.by_head, noun, at):
            name = self._called(mention, phrase, noun)
            if name is None:
                continue
            if nearest is None:
                nearest = mention, name
                if number - mention.sentence <= 3:
                    break
            elif name.casefold() != nearest[1].casefold():
                return NOBODY
        if nearest is None:
            return None
        who = nearest[0].who
        return Found(nearest[1], who, who.name if isinstance(who, Body) and who.alias else None)

    def _issuing(self, at: int, phrase: str) -> Found | None:
        """Whose statement the text is, where "the Ministry" with a capital means it."""
        capital = self.reading.text[at : at + 4].casefold() == "the " and self.reading.text[at + 4 : at + 5].isupper()
        author = self._author() if capital and self.reading.quote_at(at) is None else NOBODY
        return author if isinstance(author.who, Body) and author.name and is_called(author.name, phrase) else None

    def _only_told_of(self, found: Found, issuer: Found) -> bool:
        """Whether a body is another than the issuer of a text, and no subject: "the remarks of the Foreign Ministry of Iran"."""
        name, own = (found.name or "").casefold(), (issuer.name or "").casefold()
        mention = self.reading.first.get(id(found.who))
        if mention is None or name in own or own in name:
            return not name
        return self._bound(mention, self.reading.sentences[mention.sentence][0])

    def _called(self, mention: Mention, phrase: str, noun: str) -> str | None:
        """The name of a body that "the" and a phrase may mean: "Tajikistan's Foreign Ministry" for "foreign ministry"; None where
        they cannot mean it."""
        if isinstance(mention.who, Body) and mention.who.alias:
            return mention.who.alias
        forms = self._forms(mention)
        if mention.kind == "role" or (noun == "army" and type_of(forms.clean) == "rebel"):
            return None
        longer = forms.bare.endswith(" " + phrase) or forms.folded.startswith((f"{phrase} of ", f"{phrase} for ", f"{phrase} in "))
        return forms.clean if longer and not forms.open and (noun not in PAPERS or forms.marked) else None

    def _lately(self, at: int, words: list[str], noun: str) -> Found | None:
        """About "the agency", "the group" after a sentence that a named body, and nobody else, is the subject of."""
        reading = self.reading
        if words != [noun] or noun not in _ANY_BODY or reading.text[at : at + 4].casefold() != "the ":
            return None
        number = reading.sentence_at(at)
        for k in range(number - 1, max(-1, number - 3), -1):
            start, end = reading.sentences[k]
            subject = self._subject(start, end)
            if subject is None or (k < number - 1 and not isinstance(subject.who, Body)):
                continue
            who = self._referent(subject)
            if not isinstance(who, Body) or not who.proper or who.plural or not self._leads(subject):
                return None
            if who.head == "states" or (who.unsure and who.name[-1] == "s"):
                return None
            found = self._who(subject)
            code = self.coder.code(found.name) if found.name else None
            special = who.head in BODIES and who.head != noun and noun not in _ANYTHING
            return None if special or code in country_names() else found
        return None

    def _said_to_be(self, at: int, words: list[str], noun: str) -> Found | None:
        """About "the company" where one name in the article is said to be one."""
        if self.reading.text[at : at + 4].casefold() != "the ":
            return None
        nouns = _FIRMS if words == [noun] and noun in ("company", "firm") else {noun}
        found: dict[str, Mention] = {}
        for one in nouns:
            for mention in self.reading.apposed.get(one, ())[:REACH]:
                name = mention.who.name if mention.who else ""
                around = self.reading.text[max(0, mention.start - 80) : mention.end + 80].casefold()
                if name and (one != noun or all(w in around for w in words)):
                    found.setdefault(name.split()[0].casefold(), mention)
        if len(found) != 1:
            return None
        mention = next(iter(found.values()))
        who = mention.who
        return self._who(mention) if who is None or who.name.split()[-1].casefold() in BODIES else Found(who.name, who)

    def _issued(self, at: int) -> Found | None:
        """About "the statement" after "the General Staff said": who issued it."""
        reading = self.reading
        number = reading.sentence_at(at)
        for k in range(number - 1, max(-1, number - 3), -1):
            start, end = reading.sentences[k]
            subject = self._subject(start, end)
            if subject is not None and (self._speaks(subject) or self._issues(subject)):
                found = self._who(subject)
                return found if found.name else None
        return None

    def _issues(self, subject: Mention) -> bool:
        """Whether "issued a statement" follows."""
        end = subject.end if isinstance(subject.who, Person) else subject.start + len(self._extent(subject))
        return _ISSUING.match(self.reading.text, end) is not None

    def _by_type(self, at: int, noun: str) -> Found | None:
        """About "the bloc" where one organisation of that kind has been named."""
        types = _GENERIC_BODY.get(noun)
        if not types:
            return None
        names = {code: name for code, type_, name, start in self._organisations() if start < at and type_ in types}
        return Found(next(iter(names.values()))) if len(names) == 1 else None

    def _organisations(self) -> list[tuple[str, str | None, str, int]]:
        """Code, type, name and place of the first mention of every organisation with a code of its own."""
        if self._coded is None:
            found: dict[str, tuple[str, str | None, str, int]] = {}
            for mention in self.reading.mentions:
                code = self.coder.code(mention.who.name) if isinstance(mention.who, Body) and mention.who.proper else None
                if code and mention.who and code not in country_names() and code not in found:
                    found[code] = code, type_of(mention.who.name), clean_name(mention.who.name), mention.start
            self._coded = list(found.values())
        return self._coded


def _is_plain_paper(found: Found) -> bool:
    """Whether a name is a statement's without a word on whose it is: "press statement"."""
    return found.name is not None and found.name.islower() and found.name.split()[-1] in PAPERS


def _capitals(words: list[str]) -> Iterator[tuple[str, str]]:
    """The capitals of a name without its possessor, up to each small word and to its end, with the words they end."""
    owner = next((i + 1 for i in range(min(4, len(words) - 1)) if words[i].endswith(("'s", "’s"))), 0)  # "South Korea's"
    letters = ""
    for i, word in enumerate(words):
        if i < owner or not word[:1].isupper():
            continue
        letters += word[0]
        if len(letters) > 1 and not (i + 1 < len(words) and words[i + 1][:1].isupper()):
            yield letters, " ".join(words[: i + 1])


def _offices(phrase: list[str], noun: str) -> dict[str, tuple[list[str], str]]:
    """The nouns under which those may be known who hold an office, with the office as it is called then."""
    offices = {one: (phrase, noun) for one in (_SPOKES if noun in _SPOKES else (noun,))}
    if noun == "premier":
        offices["minister"] = [*phrase, "prime"], "minister"
    elif noun == "minister" and phrase[-1:] == ["prime"]:
        offices["premier"] = phrase[:-1], "premier"
    return offices


def _holds(person: Person, phrase: list[str], noun: str) -> bool:
    """Whether a person's title and introductions hold the words of an office before its noun."""
    if (noun, person.gender) in (("spokesman", "f"), ("spokeswoman", "m")):
        return False
    told = _told(person)
    under = "vice|shadow" if not phrase else "vice|shadow|deputy"
    if not _UNDER & set(phrase) and noun not in _SPOKES:
        shorn = re.sub(rf"\b(?:{under})[ -](?:[\w-]+ ){{0,2}}?{re.escape(noun)}\b", "", told)
        if shorn != told and not re.search(rf"\b{re.escape(noun)}\b", shorn):
            return False
    told = " ".join([told, *person.roles]).casefold()
    return all(w in told for w in phrase)


def is_called(name: str, phrase: str) -> bool:
    """Whether a body's name may be shortened to a phrase: "Ministry of Health" to "ministry"."""
    words = lower_words(name)
    head = next((i for i, w in enumerate(words) if i and w in PREPOSITIONS), len(words))
    return words[:head][-len(phrase.split()) :] == phrase.split()


def _told(person: Person) -> str:
    """A person's title and introductions, in small letters."""
    return re.sub(r"\bpm\b", "prime minister", " ".join([person.title, *person.intros]).casefold())


def _introduced_as(person: Person, noun: str) -> bool:
    """Whether a title or an introduction without a verb shows an office: not "Oslo's envoy congratulated Dr Ruiz"."""
    if len(person.words) < 2 and not (person.title or person.honorific):
        return False
    known = [intro.split() for intro in person.intros if re.search(rf"\b{re.escape(noun)}\b", intro, re.IGNORECASE)]
    return not known or any(all(w not in VERBS and not (w.islower() and w.endswith("ed")) for w in words) for words in known)


def _was(person: Person, noun: str) -> bool:
    """Whether a person is said to have held an office before."""
    return re.search(_FORMER + re.escape(noun), _told(person)) is not None


def _same_office(one: Person, two: Person) -> bool:
    """Whether two people hold the same office, by its noun and, for ministers, by what they are ministers of."""
    if SAME_OFFICE & (one.roles | two.roles):
        return True
    shared = one.roles & two.roles & _RANKED
    if not shared & {"minister", "secretary"}:
        return bool(shared)
    fields = [{a or b for a, b in _MINISTRY.findall(_told(p))} for p in (one, two)]
    return bool(fields[0] & fields[1])


def _spelled(text: str, acronym: str) -> str | None:
    """The long form that stands before "(OFAC)" or ", or PKK,"."""
    if f"({acronym})" not in text and f", or {acronym}" not in text:
        return None
    match = re.search(rf"\({re.escape(acronym)}\)|, or {re.escape(acronym)}\b", text)
    if match is None:
        return None
    words = text[max(0, match.start() - 160) : match.start()].split()
    wanted = [c for c in acronym if c.isalpha()]
    taken: list[str] = []
    for word in reversed(words):
        if not (word[:1].isupper() or word in ("of", "for", "the", "and", "on", "in", "to", "de", "la")):
            break
        taken.insert(0, word)
        if word[:1].isupper() and wanted and [w[0] for w in taken if w[:1].isupper()] == wanted:
            return " ".join(taken)
    return None
