"""Who is meant: the names and codes of sources and targets, resolved through the article.

`resolve` fills `source_name`, `target_name`, `source_code`, `target_code` and `source_kind` of every stance:

- `named`: the span names or describes the party itself. A short name gets its fullest form ("Wang" -> "Foreign
  Minister Wang Yi"), a definite description its antecedent ("the ministry" -> "Tajikistan's Foreign Ministry"); a
  description that stands for itself ("hospital nurses") is its own name, without "the" or "a".
- `pronoun`: "he", "it", "they"; "I" and "we" are the speaker of the quotation, turn or statement they stand in.
- `quote`: no source in the sentence, but it stands in a quotation: its speaker.
- `author`: no source and no quotation; the name is None.
- `unknown`: a description or a short form that nothing in the article explains.

The name is None sooner than a guess, for every kind. Codes come from the name, then from the words that introduce
the person in the article ("Kazakh Foreign Minister Mukhtar Tileuberdi"), then from the span itself. Rules only, in
one reading of the text; spans, labels, confidence and `optional` stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from stancekit import mentions
from stancekit.codes import Coder, country_names, demonyms, place_names, type_of
from stancekit.mentions import BODIES, OPENERS, PAPERS, ROLES, SAID, Body, Mention, Person, Reading, Turn, strip_determiner
from stancekit.schema import Article, Span, Stance, Statement


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KINDS = ("named", "pronoun", "quote", "author", "unknown")
"""The values of `source_kind`."""

_FIRST = _words("i me my mine myself we us our ours ourselves")
_HE, _SHE = _words("he him his himself"), _words("she her hers herself")
_OTHER = {"m": _SHE, "f": _HE}
"""What a man or a woman is never called."""
_IT, _THEY = _words("it its itself"), _words("they them their theirs themselves")
_PRONOUNS = _FIRST | _HE | _SHE | _IT | _THEY
_POSSESSIVES = _words("his her its their our my your whose")
_VAGUE = _words(
    "you your yours this that these those both all some many most several others other another such one two three who whoever anyone "
    "everyone everybody nobody someone somebody what whatever neither either none few more much here there"
)
_STATE = _words("country government nation people state side delegation republic kingdom homeland capital countrymen governments peoples")
_FINAL = _HE | _SHE | _IT | _THEY | {"us", "me"}
_FIRMS = mentions.VENTURES - _words("campaign initiative magazine website weekly publication paper outlet thinktank think-tank collective")
_CLOSING = "”\"»’'"
_ANY_BODY = _words(
    "agency group organisation organization body company firm party union association charity watchdog bloc club institute network paper "
    "newspaper bank foundation federation alliance movement society trust outfit programme campaign programme coalition centre center forum"
)
_OTHERS = mentions.TIES | _words("neighbour neighbor enemy enemie foe colleague counterpart brother sister host creditor guest")
_SAYINGS = PAPERS - _words("bill act law article draft treaty agreement charter paper document")
_ANYTHING = _words("agency group organisation organization body outfit")
_MAJESTIES = _words("majesty majesties highness excellency holiness eminence beatitude honour grace lordship ladyship")
_OBJECTS = _words("him her them it he she they")
_ALONE = _words("personally himself herself itself themselves ourselves myself both all too also alone")
_PREPOSITIONS = _words("of for in on at by from to with against near over under into about between among after before via during since")
_SPOKES = _words("spokesman spokeswoman spokesperson")
_GENERIC_PERSON = _words("diplomat politician official lawmaker cleric activist")
# a general noun and the types of organisation it may stand for
_GENERIC_BODY = {
    "bloc": ("IGO",), "organisation": ("IGO", "NGO"), "organization": ("IGO", "NGO"), "alliance": ("IGO",), "group": ("rebel",),
    "movement": ("rebel",), "militia": ("rebel",), "union": ("IGO",),
}  # fmt: skip
_OPENING = _words(
    "asked speaking in at from as when while after before with if although though despite during on for by told pressed questioned"
)
_BE = _words("is are was were be been being am has had have")


@dataclass(frozen=True, slots=True)
class _Found:
    """An answer: the name, the party behind it where it is one of the article's, and words to read a code from."""

    name: str | None
    who: Person | Body | None = None
    code_from: str | None = None


_NOBODY = _Found(None)


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


def resolve(article: Article, aliases: Mapping[str, str] | None = None, *, sentences: Sequence[tuple[int, int]] | None = None) -> Article:
    """The article with names, codes and `source_kind` filled in on every stance; all else stays as it is.

    `aliases` (name -> code) comes before the built-in codes; see `stancekit.codes`. `sentences`: what `stancekit.text.sentences`
    gives of the text, where that is known. Never raises on a text.
    """
    if not article.statements or not any(s.stances for s in article.statements):
        return article
    extra = _context(article.text, aliases)
    spans = [(x.source.start, x.source.end) for x in article.stances if x.source is not None]
    spans += [(x.target.start, x.target.end) for x in article.stances if x.target is not None and x.target.text.endswith("s")]
    resolver = _Resolver(Reading(article.text, spans, sentences), _coder(tuple(extra.items())), aliases or {})
    statements = tuple(
        Statement(s.span, tuple(resolver.fill(x) for x in s.stances)) if s.stances else s for s in article.statements
    )  # fmt: skip
    return replace(article, statements=statements)


@lru_cache(maxsize=64)
def _coder(aliases: tuple[tuple[str, str], ...]) -> Coder:
    return Coder(dict(aliases))


def _context(text: str, aliases: Mapping[str, str] | None) -> dict[str, str]:
    """The user's aliases, and names that only the whole article decides."""
    found: dict[str, str] = {}
    if "Georgia" in text and re.search(r"\bTbilisi|\bGeorgian|\bAbkhaz|\bOssetia", text):
        found["Georgia"] = "GEO"
    if "Korea" in text:
        south, north = (bool(re.search(p, text)) for p in (r"\bSouth Korea|\bSeoul|\bROK\b", r"\bNorth Korea|\bPyongyang|\bDPRK\b"))
        if south != north:
            found["Korea"] = "KOR" if south else "PRK"
    if "Congo" in text:
        east = re.search(r"\bKinshasa|\bDR Congo|\bDRC\b|\bDemocratic Republic of", text) is not None
        if east != ("Brazzaville" in text):
            found |= dict.fromkeys(("Congo", "Congolese"), "COD" if east else "COG")
    if "RSF" in text and re.search(r"Reporters [Ww]ithout Borders|Reporters [Ss]ans Fronti", text) and "Rapid Support" not in text:
        found["RSF"] = "RSF-NGO"
    if "SDF" in text and re.search(r"Self-Defen[cs]e Forces", text) and "Syria" not in text:
        found["SDF"] = "JPN"
    return found | dict(aliases or {})


class _Resolver:
    def __init__(self, reading: Reading, coder: Coder, aliases: Mapping[str, str]) -> None:
        self.reading, self.coder, self.aliases = reading, coder, aliases
        self._speakers: dict[tuple[int, int], _Found] = {}
        self._pronouns: dict[int, _Found] = {}
        self._roles: dict[int, Person | Body | None] = {}
        self._working: set[object] = set()
        self._codes: dict[str, str | None] = {}
        self._known_forms: dict[int, _Forms] = {}
        self._document: _Found | None = None
        self._long_forms: dict[str, str | None] = {}
        self._acronyms: dict[str, set[str]] | None = None
        self._coded: list[tuple[str, str | None, str, int]] | None = None
        self._acting: _Found | None = None
        self._barred: _Found | None = None
        self._settle()

    def _settle(self) -> None:
        """Resolves every "he" and "she" in order: what one shows of a person's gender helps the next."""
        for mention in self.reading.mentions:
            if mention.kind == "pronoun":
                self._pronoun(mention.start, mention.end)

    # stances

    def fill(self, stance: Stance) -> Stance:
        """One stance with names, codes and kind."""
        if stance.source is None:
            quote = self._quoting(stance)
            found = self.speaker(quote) if quote else _NOBODY
            kind = "quote" if quote else "author"
        else:
            found = self.party(stance.source)
            first = _lower(stance.source.text)[:1]
            kind = "pronoun" if first and (first[0] in _PRONOUNS or first == ["who"]) else "named" if found.name else "unknown"
        self._acting = found if found.name else None
        aim = self.party(stance.target, thing=True) if stance.target else _NOBODY
        self._acting = None
        return replace(
            stance,
            source_name=found.name,
            target_name=aim.name,
            source_code=self._code(found, stance.source),
            target_code=self._code(aim, stance.target),
            source_kind=kind,
        )

    def _quoting(self, stance: Stance) -> tuple[int, int] | Turn | None:
        """The quotation or turn that a stance without a source stands in; a quoted word or two is none."""
        statement = stance.statement
        place = stance.target.start if stance.target else (statement.start + statement.end) // 2
        quote = self.reading.quote_at(place)
        if quote is not None:
            shared = min(quote[1], statement.end) - max(quote[0], statement.start)
            if shared >= 0.8 * (statement.end - statement.start) or self._after(quote) or self._before(quote, attributed=True):
                return quote
        return self.reading.turn_at(place)

    def _code(self, found: _Found, span: Span | None) -> str | None:
        tries = [span.text if span and self.aliases else None, found.name, found.code_from]
        if isinstance(found.who, Person):
            tries += found.who.intros
        part = span is not None and isinstance(found.who, Person) and set(span.text.split()) <= set(found.who.words)  # "Jordan"
        if span is not None and not part and not (found.name is None and _lower(span.text)[:1] and _lower(span.text)[0] in _PRONOUNS):
            tries.append(span.text)
        personal = self._misleading(found.who) if isinstance(found.who, Person) else None
        for words in tries:
            if words and personal and not any(alias.casefold() in words.casefold() for alias in self.aliases):
                words = re.sub(rf"(?<!\w){re.escape(personal)}(?!\w)", "", words).strip()
            if words and words not in self._codes:
                self._codes[words] = None if self._spelled_otherwise(words) else self.coder.code(words)
            if words and self._codes[words]:
                return self._codes[words]
        return self._shared(span) if span is not None and found.who is None else None

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
        starts = [0, *(end for _, end in ends)]
        stops = [*(start for start, _ in ends), len(span.text)]
        parts = [Span(span.start + a, span.start + b, span.text[a:b]) for a, b in zip(starts, stops, strict=True) if a < b]
        people = [self._person_in(part) for part in parts]
        if len(parts) < 2 or not any(person and person.name for person in people):
            return None
        codes = {self._code(person or _NOBODY, part) for person, part in zip(people, parts, strict=True)}
        return codes.pop() if len(codes) == 1 else None

    # spans

    def party(self, span: Span, thing: bool = False) -> _Found:
        """Who a span means. `thing`: a description of a thing is its own name (targets)."""
        lower = _lower(span.text)
        if not lower:
            return _NOBODY
        if lower[0] in _PRONOUNS and (len(lower) == 1 or (len(lower) == 2 and lower[1] in _ALONE)):
            return self._pronoun(span.start, span.start + len(lower[0]))
        if lower in (["who"], ["which"], ["whom"]):
            return self._relative(span.start)
        if lower[0] in _POSSESSIVES:
            return self._possessed(span, lower, thing)
        if all(w in _VAGUE for w in lower) or (lower[-1] in _FINAL and (len(lower) < 5 or lower[-2] == "of")):
            return _NOBODY
        if lower[0] in ("this", "these", "both", "either", "neither", "all", "another", "such") and len(lower) < (1 if thing else 3):
            return _NOBODY
        person = self._person_in(span)
        if person is not None:
            return person
        apposed = self._apposed(span)
        if apposed is not None:
            return apposed
        if lower[0] == "the" or (len(lower) == 1 and lower[0] in ROLES | BODIES and span.text.islower()):
            return self._description(span, lower[1:] if lower[0] == "the" else lower, thing)
        return self._own(span)

    def _own(self, span: Span) -> _Found:
        text = _clean(span.text)
        return _Found(self._full_body(text, span) or text, None, text)

    def _full_body(self, text: str, span: Span) -> str | None:
        """The long form of an acronym ("OFAC") or of a short proper name that ends or starts a longer one."""
        if " " not in text and len(text) > 1 and text.isupper():
            if text not in self._long_forms:
                self._long_forms[text] = _spelled(self.reading.text, text) or self._initials_of_its_kind(text)
            return self._long_forms[text]
        if text.islower() or text in place_names():
            return None
        tokens = text.casefold().split()
        for mention in self.reading.by_last.get(tokens[-1], ())[: mentions.REACH] if len(tokens) > 1 else ():
            longer = mention.who.name.casefold().split() if mention.who else []
            if len(longer) > len(tokens) and longer[-len(tokens) :] == tokens and mention.start != span.start:
                return _clean(self.reading.text[mention.start : mention.end])
        return None

    def _initials_of_its_kind(self, acronym: str) -> str | None:
        """See `_initials`; nothing where the acronym is known as another party's: "the AU" beside "American University"."""
        long, known = self._initials(acronym), self.coder.code(acronym)
        return None if long is not None and known and self.coder.code(long) != known else long

    def _initials(self, acronym: str) -> str | None:
        """The one body whose capitals are the acronym: "FO", "Foreign Office"."""
        if self._acronyms is None:
            self._acronyms = {}
            for mention in self.reading.mentions:
                if isinstance(mention.who, Body) and mention.who.proper and " " in mention.who.name:
                    words = mention.who.name.split()
                    words = words[1:] if words[0].endswith(("'s", "’s")) else words
                    letters = "".join(w[0] for w in words if w[:1].isupper())
                    if len(letters) > 1:
                        self._acronyms.setdefault(letters, set()).add(" ".join(words))
        found = self._acronyms.get(acronym, set())
        return next(iter(found)) if len(found) == 1 else None

    def _person_in(self, span: Span) -> _Found | None:
        inside = [m for m in self.reading.between(span.start, span.end) if isinstance(m.who, Person)]
        people = {id(m.who) for m in inside}
        if len(people) == 1:
            mention = inside[-1]
            rest = self.reading.text[mention.end : span.end]
            before = [w for w in _lower(self.reading.text[span.start : mention.start])[-2:] if w not in ("the", "a", "an")]
            if not rest.strip(" \"”’") and not (before and before[-1] in _PREPOSITIONS) and isinstance(mention.who, Person):
                return _Found(mention.who.full, mention.who)
            return None
        if inside:
            return None
        around = self.reading.around(span.start)
        if around is not None and isinstance(around.who, Person) and around.end == span.end and span.text == around.who.name:
            return _person(around.who)  # "Energy Minister" before the span
        tokens = span.text.split()
        if len(tokens) == 1 and tokens[0][:1].isupper():
            return self._by_surname(tokens[0])
        return None

    def _by_surname(self, word: str) -> _Found | None:
        if word in place_names() or word in demonyms():
            return None
        people = self.reading.named(word)
        if len(people) == 1:
            return _person(people[0])
        return _NOBODY if people else None

    def _apposed(self, span: Span) -> _Found | None:
        """About "its spokesman" in "Its spokesman, Yusak Wandik, said"."""
        reading = self.reading
        words = _lower(span.text)
        head = words[next((i for i, w in enumerate(words) if i and w in _PREPOSITIONS), len(words)) - 1]
        if reading.text[span.end : span.end + 2] != ", " or head not in ROLES | mentions.TIES:
            return None
        following = reading.between(span.end, span.end + 3)
        closing = (",", ".", ";", "")
        if following and isinstance(following[0].who, Person) and reading.text[following[0].end : following[0].end + 1] in closing:
            return _Found(following[0].who.full, following[0].who)
        return None

    # descriptions

    def _description(self, span: Span, words: list[str], thing: bool) -> _Found:
        """About "the ministry", "the deputy spokesman": the antecedent, else the words themselves where they say enough."""
        if not words:
            return _NOBODY
        head_end = next((i for i, w in enumerate(words) if w in _PREPOSITIONS and i), len(words))
        noun = words[head_end - 1]
        complete = head_end < len(words)
        if self.coder.code(span.text) or complete or noun in demonyms():
            return self._own(span)
        proper = _clean(span.text)
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
        return self._own(span) if noun in PAPERS or (bare and noun in BODIES) else _NOBODY

    def _titled(self, span: Span) -> bool:
        """Whether a span stands in a headline's capitals."""
        return self.reading.sentence_at(span.start) == 0

    def _antecedent(self, at: int, words: list[str], noun: str) -> _Found | None:
        if noun in ROLES:
            return self._office(at, words, noun)
        if noun in BODIES or noun in PAPERS or noun.rstrip("s") in BODIES | ROLES:
            return self._body_before(at, words, noun) or self._said_to_be(at, words, noun) or self._lately(at, words, noun)
        if noun in self.reading.by_role:
            return self._office(at, words, noun)
        if noun in mentions.VENTURES:
            return self._said_to_be(at, words, noun) or self._lately(at, words, noun)
        if noun in _GENERIC_PERSON:
            return self._office(at, words, noun)
        return None

    def _office(self, at: int, words: list[str], noun: str) -> _Found | None:
        """The person of an office, named before (or in the article's only introduction of it)."""
        phrase = [w for w in words[:-1] if w not in ("former", "then", "own")]
        nouns = _SPOKES if noun in _SPOKES else (noun,)
        near: dict[int, tuple[Person, int]] = {}
        holds: dict[int, bool] = {}
        for one in nouns:
            for mention in self.reading.before(self.reading.by_role, one, at):
                who = mention.who
                if isinstance(who, Person) and id(who) not in holds:
                    holds[id(who)] = _holds(who, phrase, noun)
                if isinstance(who, Person) and holds[id(who)]:
                    near[id(who)] = who, max(mention.sentence, near.get(id(who), (who, -1))[1])
        number = self.reading.sentence_at(at)
        if near and noun in _SPOKES and self._unnamed_rival(at, noun, near):
            return self._unnamed_office(at, words, noun)
        if len(near) > 1:
            near = {k: v for k, v in near.items() if number - v[1] <= 2}
            if len(near) != 1:
                return _NOBODY
        if near:
            return _person(next(iter(near.values()))[0])
        if noun in _GENERIC_PERSON:
            return self._only_person(at)
        later = {id(m.who): m.who for one in nouns for m in self.reading.by_role.get(one, ())[: mentions.REACH]}
        fits = [p for p in later.values() if isinstance(p, Person) and _holds(p, phrase, noun)]
        return _person(fits[0]) if len(fits) == 1 and phrase else self._unnamed_office(at, words, noun)

    def _unnamed_rival(self, at: int, noun: str, near: Mapping[int, tuple[Person, int]]) -> bool:
        """Whether an unnamed "spokesperson" stood before, and those named are "spokesman" or "spokeswoman"."""
        if any(noun in person.roles for person, _ in near.values()):
            return False
        return any(m.kind == "role" for m in self.reading.before(self.reading.by_head, noun, at))

    def _unnamed_office(self, at: int, words: list[str], noun: str) -> _Found | None:
        """About "the spokesperson" after "a spokesperson for the Ministry of Commerce", whom nothing names."""
        phrase = " ".join(words)
        found: dict[str, tuple[str, Body]] = {}
        for mention in self.reading.before(self.reading.by_head, noun, at):
            who = mention.who
            if mention.kind != "role" or not isinstance(who, Body) or self.reading.quote_at(mention.start) != self.reading.quote_at(at):
                continue
            name, folded = self._forms(mention).clean, self._forms(mention).folded
            owned = folded.endswith(" " + phrase) and any(w[:1].isupper() or w.endswith(("'s", "’s")) for w in name.split()[:-1])
            if (owned or folded.startswith((f"{phrase} of ", f"{phrase} for ", f"{phrase} in "))) and not _unnamed(name):
                found.setdefault(folded, (name, who))
        return _Found(*next(iter(found.values()))) if len(found) == 1 else None

    def _only_person(self, at: int) -> _Found | None:
        """The one person of the last sentences: "the diplomat"."""
        number = self.reading.sentence_at(at)
        start = self.reading.sentences[max(0, number - 5)][0]
        people = {id(m.who): m.who for m in self.reading.between(start, at) if isinstance(m.who, Person)}
        only = next(iter(people.values())) if len(people) == 1 else None
        return _person(only) if isinstance(only, Person) else None

    def _body_before(self, at: int, words: list[str], noun: str) -> _Found | None:
        phrase = " ".join(words)
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
                return _NOBODY
        if nearest is not None:
            return _Found(nearest[1], nearest[0].who)
        if len(words) > 1:
            return None
        return self._issued(at) if noun in _SAYINGS else self._by_type(at, noun)

    def _called(self, mention: Mention, phrase: str, noun: str) -> str | None:
        """The name of a body that "the" and a phrase may mean: "Tajikistan's Foreign Ministry" for "foreign ministry"; None where
        they cannot mean it."""
        if isinstance(mention.who, Body) and mention.who.alias:
            return mention.who.alias
        if mention.kind == "role":
            return None
        forms = self._forms(mention)
        longer = forms.bare.endswith(" " + phrase) or forms.folded.startswith((f"{phrase} of ", f"{phrase} for ", f"{phrase} in "))
        return forms.clean if longer and not forms.open and (noun not in PAPERS or forms.marked) else None

    def _forms(self, mention: Mention) -> _Forms:
        if id(mention) not in self._known_forms:
            name, bare = self._extent(mention), self.reading.text[mention.start : mention.end]
            clean = _clean(name)
            marked = bare.casefold().startswith(("a ", "an ")) or any(c.isupper() for c in name[1:])
            self._known_forms[id(mention)] = _Forms(clean, clean.casefold(), _clean(bare).casefold(), marked, _unnamed(name))
        return self._known_forms[id(mention)]

    def _lately(self, at: int, words: list[str], noun: str) -> _Found | None:
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

    def _said_to_be(self, at: int, words: list[str], noun: str) -> _Found | None:
        """About "the company" where one name in the article is said to be one."""
        if self.reading.text[at : at + 4].casefold() != "the ":
            return None
        nouns = _FIRMS if words == [noun] and noun in ("company", "firm") else {noun}
        found: dict[str, Mention] = {}
        for one in nouns:
            for mention in self.reading.apposed.get(one, ())[: mentions.REACH]:
                name = mention.who.name if mention.who else ""
                around = self.reading.text[max(0, mention.start - 80) : mention.end + 80].casefold()
                if name and (one != noun or all(w in around for w in words)):
                    found.setdefault(name.split()[0].casefold(), mention)
        if len(found) != 1:
            return None
        mention = next(iter(found.values()))
        who = mention.who
        return self._who(mention) if who is None or who.name.split()[-1].casefold() in BODIES else _Found(who.name, who)

    def _issued(self, at: int) -> _Found | None:
        """About "the statement" after "the General Staff said": who issued it."""
        reading = self.reading
        number = reading.sentence_at(at)
        for k in range(number - 1, max(-1, number - 3), -1):
            start, end = reading.sentences[k]
            subject = self._subject(start, end)
            if subject is not None and self._speaks(subject):
                found = self._who(subject)
                return found if found.name else None
        return None

    def _by_type(self, at: int, noun: str) -> _Found | None:
        """About "the bloc" where one organisation of that kind has been named."""
        types = _GENERIC_BODY.get(noun)
        if not types:
            return None
        names = {code: name for code, type_, name, start in self._organisations() if start < at and type_ in types}
        return _Found(next(iter(names.values()))) if len(names) == 1 else None

    def _organisations(self) -> list[tuple[str, str | None, str, int]]:
        """Code, type, name and place of the first mention of every organisation with a code of its own."""
        if self._coded is None:
            found: dict[str, tuple[str, str | None, str, int]] = {}
            for mention in self.reading.mentions:
                code = self.coder.code(mention.who.name) if isinstance(mention.who, Body) and mention.who.proper else None
                if code and mention.who and code not in country_names() and code not in found:
                    found[code] = code, type_of(mention.who.name), _clean(mention.who.name), mention.start
            self._coded = list(found.values())
        return self._coded

    def _extent(self, mention: Mention) -> str:
        """A body's words with what completes them: "members of the Security Council", "interior ministry in Berlin"."""
        text = self.reading.text
        end = mention.end
        given = self.reading.given.get(mention.start, 0)
        if given > end and len(text[mention.start : given].split()) < 13 and text[end : end + 2] != ", ":
            return text[mention.start : given]
        for _ in range(3):
            match = _COMPLETES.match(text, end)
            if match is None:
                break
            following = [m for m in self.reading.between(match.end(), match.end() + 1) if m.kind != "pronoun"]
            word = self.reading.words[min(self.reading.word_at(match.end()), len(self.reading.words) - 1)]
            if word.text in mentions.MONTHS:
                break
            end = following[0].end if following else word.end
            while not following and text[end : end + 1] == " " and text[end + 1 : end + 2].isupper():  # "Caribbean Community"
                end = self.reading.words[self.reading.word_at(end + 1)].end
        match = _MORE.match(text, end) if end > mention.end else None
        if match and all(p in place_names() for p in re.split(r",? and (?:the )?|, (?:the )?", match.group())[1:]):
            end = match.end()  # "the leaders of Fiji, Samoa and Tonga"
        return text[mention.start : end]

    # possessives

    def _possessed(self, span: Span, lower: list[str], thing: bool = False) -> _Found:
        if lower[-1] in _MAJESTIES and span.text[:1].isupper():
            return self._own(span)
        owner = self._pronoun(span.start, span.start + len(lower[0]))
        apposed = self._person_in(span) or self._apposed(span)
        if apposed is not None and apposed.name:
            return apposed
        code = self._code(owner, None)
        noun = lower[next((i for i, w in enumerate(lower) if i > 1 and w in _PREPOSITIONS), len(lower)) - 1]
        if noun in _STATE and len(lower) <= 3:
            name = self._country(code) if code else None
            return _Found(name, None, name)
        kept = noun in ROLES or noun in BODIES or noun in PAPERS or noun[:-1] in ROLES | BODIES
        of_person = lower[0] in ("his", "her") and isinstance(owner.who, Person) and (noun in BODIES or noun in PAPERS)
        his = lower[0] in ("his", "her") and isinstance(owner.who, Person) and noun in ROLES | mentions.TIES and not thing
        if (of_person or his) and owner.name:
            return _Found(f"{owner.name}'s {' '.join(span.text.split()[1:])}", None, self._country(code) if code else None)
        if kept and lower[0] in ("its", "their") and isinstance(owner.who, Body) and owner.name and owner.name.count("'s") < 2:
            ending = "'" if owner.name.endswith("s") else "'s"
            return _Found(f"{owner.name}{ending} {' '.join(span.text.split()[1:])}", None, owner.name)
        theirs = noun in _OTHERS or noun.rstrip("s") in _OTHERS
        if theirs:  # "his Russian colleague"
            return _Found(None, None, " ".join(span.text.split()[1:]))
        return _Found(None, None, self._country(code) if code else None)

    def _country(self, code: str) -> str | None:
        """A country's name as the article has it, or its usual one."""
        name = country_names().get(code)
        if name is None or name in self.reading.text:
            return name
        for mention in self.reading.mentions:
            if isinstance(mention.who, Body) and mention.who.name in place_names() and self.coder.code(mention.who.name) == code:
                return mention.who.name
        return name

    # pronouns

    def _relative(self, at: int) -> _Found:
        """Whom "who" and "which" stand for: the party right before, the comma aside."""
        reading = self.reading
        for mention in reversed(reading.between(max(0, at - 150), at)):
            if mention.kind != "pronoun" and reading.text[mention.end : at].strip(" ,") == "":
                return self._who(mention)
        return _NOBODY

    def _pronoun(self, start: int, end: int) -> _Found:
        word = self.reading.text[start:end].casefold()
        if self._acting is not None and word in _OBJECTS:  # "he praised him": two people
            self._barred, self._acting = self._acting, None
            found = self._find(start, word)
            self._barred = None
            return found
        if start not in self._pronouns:
            if start in self._working:
                return _NOBODY
            self._working.add(start)
            self._pronouns[start] = self._find(start, word)
            self._working.discard(start)
        return self._pronouns[start]

    def _find(self, start: int, word: str) -> _Found:
        if word in _FIRST:
            place = self.reading.quote_at(start) or self.reading.turn_at(start)
            return self.speaker(place) if place else self._author()
        if word in _HE or word in _SHE:
            return self._person_before(start, "m" if word in _HE else "f")
        if word in _IT or word in _THEY:
            return self._party_before(start, word in _THEY)
        return _NOBODY

    def _referent(self, mention: Mention) -> Person | Body | None:
        if mention.kind == "role" and isinstance(mention.who, Body):  # "the engineer" may be somebody named
            if mention.start not in self._roles:
                self._roles[mention.start] = None
                self._roles[mention.start] = self._described(mention.who).who
            named = self._roles[mention.start]
            return named if isinstance(named, Person) else mention.who
        if mention.kind != "pronoun":
            return mention.who
        return self._pronoun(mention.start, mention.end).who

    def _person_before(self, at: int, gender: str) -> _Found:
        reading = self.reading
        number = reading.sentence_at(at)
        quote = reading.quote_at(at)
        ahead = self._announced(at, number) if quote is None else None
        if ahead is not None and ahead.gender in (None, gender):
            return self._learn(ahead, gender)
        for k in self._sentences_back(number, quote):
            start, end = reading.sentences[k] if k < len(reading.sentences) else (0, at)
            end = min(end, at)
            people = self._people(start, end, quote, gender)
            if not people and self._rivalled(start, end, None):
                return _NOBODY
            if not people or (k < number and not any(isinstance(p, Person) or self._leads(m) for m, p in people)):
                continue
            chosen = people[0] if len({id(p) for _, p in people}) == 1 or k == number else self._foremost(people)
            if chosen is None or self._unsafe(chosen, k, number, (start, end), gender):
                return _NOBODY
            return self._learn(chosen[1], gender)
        return self._outside(quote, gender) if quote is not None else _NOBODY

    def _sentences_back(self, number: int, quote: tuple[int, int] | None) -> Iterator[int]:
        """The numbers of a sentence and of three before it; those inside a quotation that has ended do not count."""
        left = 4
        for k in range(number, max(-1, number - 16), -1):
            held = self.reading.quote_at(self.reading.sentences[k][0]) if k < len(self.reading.sentences) else None
            if quote is not None or held is None or held[1] < self.reading.sentences[k][1]:
                left -= 1
            yield k
            if not left:
                return

    def _unsafe(self, chosen: tuple[Mention, Person | Body], k: int, number: int, place: tuple[int, int], gender: str) -> bool:
        """Whether somebody else may be meant as well as the one chosen in sentence k."""
        mention, who = chosen
        if self._rivalled(*place, mention) or (k < number and self._contested(who, *place, gender)):
            return True
        if isinstance(who, Body) and mention.kind == "role" and self._bound(mention, place[0]):
            return True
        if k >= number - 1:
            return False
        return (isinstance(who, Person) and who.seems not in (None, gender)) or self._outdone(who, k, gender)

    def _contested(self, who: Person | Body, start: int, end: int, gender: str) -> bool:
        """Whether somebody else in a sentence is known to be of the gender, and the one chosen is not."""
        if isinstance(who, Body) or gender in (who.gender, who.seems):
            return False
        others = (m.who for m in self.reading.between(start, end) if isinstance(m.who, Person) and self.reading.quote_at(m.start) is None)
        return any(p is not who and p.gender == gender for p in others)

    def _outdone(self, who: Person | Body, k: int, gender: str) -> bool:
        """Whether somebody whose gender is known to fit stands not far before one whose gender is not known."""
        if isinstance(who, Body) or gender in (who.gender, who.seems):
            return False
        start = self.reading.sentences[max(0, k - 15)][0]
        others = (m.who for m in self.reading.between(start, self.reading.sentences[k][0]) if isinstance(m.who, Person))
        return any(p is not who and gender in (p.gender, p.seems) for p in others)

    def _outside(self, quote: tuple[int, int], gender: str) -> _Found:
        """Whom "he" inside a quotation means where nobody inside it fits: the one person, the speaker aside, just before."""
        number = self.reading.sentence_at(quote[0])
        speaker = self.speaker(quote).who
        for k in range(number, max(-1, number - 3), -1):
            start, end = self.reading.sentences[k]
            people = [(m, p) for m, p in self._people(start, min(end, quote[0]), None, gender) if p is not speaker]
            if people:
                who = people[0][1]
                return self._learn(who, gender) if len({id(p) for _, p in people}) == 1 and isinstance(who, Person) else _NOBODY
        return _NOBODY

    def _is_barred(self, who: Person | Body) -> bool:
        """Whether a party is the one that acts on the pronoun asked about."""
        barred = self._barred
        return barred is not None and (who is barred.who or (isinstance(who, Body) and who.name == barred.name))

    def _rivalled(self, start: int, end: int, chosen: Mention | None) -> bool:
        """Whether a name that may be a person's, for all the words around it show, stands before the one chosen."""
        for mention in self.reading.between(start, end):
            if mention is chosen:
                return False
            free = mention.kind == "name" and not self._bound(mention, start) and self.reading.quote_at(mention.start) is None
            words = self.reading.text[mention.start : mention.end].split()
            free = free and mention.end + 2 != end  # "Cape Coast, he cautioned, would ..."
            if chosen is not None and free and self._premodifies(mention, chosen):
                continue
            if free and 2 <= len(words) <= 4 and not any(w in mentions.BODY_CAPITAL for w in words):
                return True
        return False

    def _premodifies(self, mention: Mention, chosen: Mention) -> bool:
        """Whether a name only stands before a person's office: "Great Falls teacher Moira Castellane"."""
        between = re.sub(r" \(\w+\)", "", self.reading.text[mention.end : chosen.start])
        if between == " ":  # "Lt Gen (retd) Brendan Lacy"
            return True
        return len(between) < 60 and re.fullmatch(r"(?:['’]s)?(?: [a-z-]+)+ (?:[A-Z][\w.-]* )*|['’]s ", between) is not None

    def _announced(self, at: int, number: int) -> Person | None:
        """Whom a pronoun in an opening clause points ahead to: "Asked whether he would go, Tollis said"."""
        reading = self.reading
        if number >= len(reading.sentences):
            return None
        start, end = reading.sentences[number]
        first = reading.words[min(reading.word_at(start), len(reading.words) - 1)]
        if first.lower not in _OPENING or first.start >= at:
            return None
        for mention in reading.between(at + 1, end):
            if isinstance(mention.who, Person) and mention.kind == "person" and reading.text[mention.start - 2 : mention.start] == ", ":
                return mention.who if self._active(mention) and not self._people(start, at, None, "") else None
        return None

    def _active(self, mention: Mention) -> bool:
        words = self.reading.words
        i = self.reading.word_at(mention.end)
        return i < len(words) and words[i].start == mention.end + 1 and (words[i].lower in SAID or words[i].text.endswith(("ed", "s", "t")))

    def _leads(self, mention: Mention) -> bool:
        """Whether a mention opens its sentence, determiner and adverbs of one word aside, or speaks."""
        reading = self.reading
        start = reading.sentences[mention.sentence][0]
        before = reading.words[reading.word_at(start) : reading.word_at(mention.start)]
        plain = all(w.lower not in mentions.VERBS and w.lower not in _PREPOSITIONS for w in before)
        opens = len(before) < 6 and plain and "," not in reading.text[start : mention.start]
        return opens or self._speaks(mention) or self._acts(mention)

    def _people(self, start: int, end: int, quote: tuple[int, int] | None, gender: str) -> list[tuple[Mention, Person | Body]]:
        """The people of [start, end) that a pronoun of this gender outside (or inside) a quotation may mean, in order.
        Those after a preposition count only where nobody else is there."""
        free: list[tuple[Mention, Person | Body]] = []
        bound: list[tuple[Mention, Person | Body]] = []
        offices: list[tuple[Mention, Person | Body]] = []
        doubtful: list[tuple[Mention, Person | Body]] = []
        around = self.reading.between(start, end)
        here = [m for m in around if m.end <= end and self.reading.quote_at(m.start) == quote]
        if not here:
            return []
        speaker = self.speaker(quote).who if quote else None
        owned = {id(m.who) for m in around if gender and self._owned_by(m, gender)}  # "her lawyer ... she"
        for mention in here:
            who = self._referent(mention)
            if mention.kind == "pronoun" and gender and self.reading.text[mention.start : mention.end].casefold() in _OTHER[gender]:
                continue
            if who is None or who is speaker or id(mention.who) in owned or self._is_barred(who) or not self._human(mention, who):
                continue
            known = who.gender if isinstance(who, Person) else _role_gender(who)
            if known in (None, gender) or not gender:
                if known is None and gender and isinstance(who, Person) and who.seems not in (None, gender):
                    doubtful.append((mention, who))
                    continue
                if not self._bound(mention, start):
                    free.append((mention, who))
                else:
                    (bound if isinstance(who, Person) else offices).append((mention, who))
        return free or bound or doubtful or (offices if self._barred is not None else [])

    def _owned_by(self, mention: Mention, gender: str) -> bool:
        first = self.reading.words[self.reading.word_at(mention.start)].lower
        return mention.kind != "pronoun" and first == ("his" if gender == "m" else "her")

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
        before = reading.words[i] if i >= 0 else None
        if before is not None and before.lower == "through" and i and reading.words[i - 1].lower in SAID:
            return False
        bound = before is not None and (before.lower in _PREPOSITIONS or before.lower in ("than", "including", "like", "as"))
        return bound and before is not None and before.start >= start and reading.gap(i) == " "

    def _modifies(self, mention: Mention) -> bool:
        """Whether a body's name only stands before another noun: "Security Council press statement"."""
        reading = self.reading
        i = reading.word_at(mention.end)
        if i >= len(reading.words) or reading.text[mention.end : reading.words[i].start] != " ":
            return False
        word = reading.words[i]
        return word.lower in mentions.NOUNS or word.lower in ("press", "foreign", "prime", "deputy")

    @staticmethod
    def _human(mention: Mention, who: Person | Body) -> bool:
        if isinstance(who, Person) or who.unsure:
            return True
        if who.name.split()[:1] and who.name.split()[0].casefold() in ("any", "every", "each", "no", "whichever"):
            return False
        return mention.kind in ("role", "pronoun") and not who.plural and who.head in ROLES

    def _foremost(self, people: list[tuple[Mention, Person | Body]]) -> tuple[Mention, Person | Body] | None:
        """Of several people in a sentence, the one that speaks or is its subject."""
        speaking = [p for p in people if self._speaks(p[0])]
        if len({id(p[1]) for p in speaking}) == 1:
            return speaking[0]
        if not speaking and self._leads(people[0][0]):
            return people[0]
        acting = [p for p in people if self._acts(p[0])]
        return acting[0] if not speaking and len({id(p[1]) for p in acting}) == 1 else None

    def _acts(self, mention: Mention) -> bool:
        """Whether a verb of any kind follows."""
        words = self.reading.words
        end = mention.end if isinstance(mention.who, Person) else mention.start + len(self._extent(mention))
        i = self.reading.word_at(end)
        if i >= len(words) or self.reading.text[end : words[i].start] != " ":
            return False
        return words[i].lower in mentions.VERBS or (len(words[i].text) > 4 and words[i].text.endswith("ed"))

    def _speaks(self, mention: Mention) -> bool:
        reading, words = self.reading, self.reading.words
        end = mention.end if isinstance(mention.who, Person) else mention.start + len(self._extent(mention))
        i = reading.word_at(end)
        after = reading.text[end : words[i].start] if i < len(words) else ""
        if i < len(words) and words[i].lower in SAID and after in (" ", ", "):
            return True
        j = reading.word_at(mention.start) - 1
        return j >= 0 and words[j].lower in SAID and reading.quote_at(words[j].start - 2) is not None

    def _learn(self, who: Person | Body, gender: str) -> _Found:
        if isinstance(who, Person):
            who.hints[gender] += 1
            return _person(who)
        return self._described(who)

    def _described(self, body: Body) -> _Found:
        mention = self.reading.first.get(id(body))
        if mention is None or body.alias:
            return _Found(body.alias or body.name, body)
        span = Span.of(self.reading.text, mention.start, mention.end)
        lower = _lower(span.text)
        if lower and lower[0] in _POSSESSIVES:
            return _Found(self._possessed(span, lower).name, body)
        if lower and lower[0] == "the" and self._extent(mention) == span.text:
            found = self._description(span, lower[1:], False)
            return found if found.who else _Found(found.name, body)
        return _Found(_clean(self._extent(mention)), body)

    def _party_before(self, at: int, plural: bool) -> _Found:
        """About "it" and "they": the subject of the sentence so far, else of the sentence before."""
        reading = self.reading
        number = reading.sentence_at(at)
        quote = reading.quote_at(at)
        if quote is not None and reading.sentences[number][0] >= quote[0]:
            return _NOBODY
        for k in range(number, max(-1, number - (4 if plural else 2)), -1):
            if k >= len(reading.sentences):
                continue
            start, end = reading.sentences[k]
            here = k == number
            found = self._plural(start, min(end, at), here) if plural else self._singular(start, min(end, at), here)
            if found is not None:
                return found
        return _NOBODY

    def _singular(self, start: int, end: int, here: bool) -> _Found | None:
        subject = self._subject(start, end)
        if subject is None:
            return None
        who = self._referent(subject)
        if here and isinstance(who, Body) and who.plural and not who.proper:
            return None
        if isinstance(who, Person) and self._speaks(subject):  # "The minister said that the Cabinet took up ... It"
            acting = [m for m in self.reading.between(subject.end, end) if isinstance(m.who, Body) and m.kind == "body" and self._acts(m)]
            if len(acting) == 1 and not self._bound(acting[0], start) and self.reading.quote_at(acting[0].start) is None:
                subject, who = acting[0], acting[0].who
        if not isinstance(who, Body) or subject.kind == "role" or who.plural or self._joined(subject) or self._is_barred(who):
            return _NOBODY
        found = self._who(subject)
        return _NOBODY if self._barred is not None and found.name == self._barred.name else found

    def _plural(self, start: int, end: int, here: bool) -> _Found | None:
        """The only party in the plural that no preposition subordinates; a joint subject ("X and Y") ends the search."""
        found: list[Mention] = []
        for mention in self.reading.between(start, end):
            if mention.end > end or self.reading.quote_at(mention.start) is not None or mention.kind == "name":
                continue
            if not found and self._joined(mention) and not self._bound(mention, start):
                return _NOBODY
            who = self._referent(mention)
            if isinstance(who, Body) and (who.plural or self._either(who)) and not self._bound(mention, start):
                found.append(mention)
        names = {self._who(m).name for m in found}
        if not found:
            return None
        leading = self._leads(found[0])
        return self._who(found[0]) if leading or (len(names) == 1 and here) else _NOBODY if here or not leading else None

    def _joined(self, mention: Mention) -> bool:
        """Whether another party follows with "and"."""
        text = self.reading.text
        return text[mention.end : mention.end + 5] == " and " and bool(self.reading.between(mention.end + 5, mention.end + 6))

    @staticmethod
    def _either(who: Body) -> bool:
        """Bodies that are "it" and "they" by turns."""
        return who.head in ("police", "staff", "team")

    def _named_body(self, who: Body, mention: Mention) -> _Found:
        name = _clean(self._extent(mention))
        if " " not in name and name.casefold() in BODIES:
            longer = self._body_before(mention.start, [name.casefold()], name.casefold())
            if longer is not None and longer.name:
                return longer
        return _Found(self._full_body(name, Span.of(self.reading.text, mention.start, mention.end)) or name, who)

    def _subject(self, start: int, end: int) -> Mention | None:
        """The first party of [start, end) that nothing subordinates."""
        reading = self.reading
        for mention in reading.between(start, end):
            outside = mention.end <= end and reading.quote_at(mention.start) is None and mention.kind != "name"
            if outside and not self._bound(mention, start):
                return mention
        return None

    # speakers

    def speaker(self, place: tuple[int, int] | Turn) -> _Found:
        """Who says a quotation or a turn."""
        if isinstance(place, Turn):
            return self._labelled(place)
        if place not in self._speakers:
            if place in self._working:
                return _NOBODY
            self._working.add(place)
            found = self._speaker(place)
            self._speakers[place] = _NOBODY if found.name and found.name.casefold() in PAPERS else found
            self._working.discard(place)
        return self._speakers[place]

    def _speaker(self, quote: tuple[int, int]) -> _Found:
        chain = self._chain(quote)
        for one in chain:
            found = self._after(one) or self._before(one)
            if found is not None:
                return found
        first = chain[0]
        turn = self.reading.turn_at(first[0])
        if turn is not None:
            return self._labelled(turn)
        start = self.reading.sentences[self.reading.sentence_at(first[0])][0]
        if len(self.reading.text[start : first[0]].split()) > 3:
            return _NOBODY
        return self._next_paragraph(chain[-1]) or self._running_on(first) or _NOBODY

    def _chain(self, quote: tuple[int, int]) -> list[tuple[int, int]]:
        """The paragraphs of one quotation, each opened anew while the one before was not closed."""
        reading, text = self.reading, self.reading.text
        chain = [quote]
        while len(chain) < 20:
            before = reading.quotes_between(max(0, chain[0][0] - 3000), chain[0][0])[-1:]
            if not before or text[before[0][1] - 1] in _CLOSING or text[before[0][1] : chain[0][0]].strip():
                break
            chain.insert(0, before[0])
        while len(chain) < 20 and text[chain[-1][1] - 1] not in _CLOSING:
            after = reading.quotes_between(chain[-1][1], chain[-1][1] + 4)[:1]
            if not after:
                break
            chain.append(after[0])
        return chain

    def _after(self, quote: tuple[int, int]) -> _Found | None:
        """In `…," said X` and `…," X said`."""
        reading = self.reading
        text = reading.text
        stop = min(len(text), quote[1] + 200)
        i = reading.word_at(quote[1])
        if text[quote[1] - 2 : quote[1] - 1] == "." and text[quote[1] : quote[1] + 1] != ",":
            return None
        words = reading.words
        last = i
        while last < len(words) and words[last].start < stop and last - i < 18:
            if "\n" in text[quote[1] : words[last].start] or reading.quote_at(words[last].start) not in (None, quote):
                return None
            if words[last].lower in SAID:
                return self._behind(last) if last == i else self._ahead(quote[1], last)
            if last > i and re.search(r"[.;:]\s", text[words[last - 1].end : words[last].start]) and not words[last - 1].text.endswith("."):
                return None
            last += 1
        return None

    def _behind(self, verb: int) -> _Found | None:
        """The subject that follows its verb: "said Brenda Kapambwe, who edits a rival title"."""
        reading = self.reading
        end = reading.sentences[reading.sentence_at(reading.words[verb].start)][1]
        limit = min(end, reading.words[verb].end + 160)
        every = reading.between(reading.words[verb].end, limit)
        found = [m for m in every if m.kind != "name"]
        alone = bool(every) and every[0].kind == "name" and every[0].start == reading.words[verb].end + 1
        if alone and re.match(r"[,.;)”\"]| (?:who|of|in|from|at|on)\b|\s*\Z", reading.text[every[0].end : every[0].end + 6]):
            return _Found(_clean(reading.text[every[0].start : every[0].end]))
        if not found or found[0].start - reading.words[verb].end > 60:
            return None
        people = [m for m in found if isinstance(m.who, Person)]
        if people and self._one_phrase(found[0], people[0]):
            return self._who(people[0])
        return self._who(found[0])

    def _one_phrase(self, first: Mention, person: Mention) -> bool:
        """Whether a description and a name belong together: "its captain, Jörn Petersen-Lund"."""
        between = re.sub(r"\(.*?\)", "", self.reading.text[first.end : person.start])
        return person is first or (len(between) < 80 and not re.search(r"[.;:]|\b(?:who|that|which|and|to)\b", between))

    def _ahead(self, start: int, verb: int) -> _Found | None:
        """The subject before its verb, from `start` on: "its vice chairman, Le Quang Dai, said"."""
        reading = self.reading
        end = reading.words[verb].start
        found = []
        for mention in reading.between(start, end):
            i = reading.word_at(mention.start)
            before = reading.words[i - 1] if i and reading.words[i - 1].start >= start else None
            owned = reading.text[mention.end : mention.end + 2] in ("'s", "’s")
            if (
                mention.kind != "name"
                and not owned
                and not (before and before.lower in _PREPOSITIONS)
                and reading.quote_at(mention.start) is None
            ):
                found.append(mention)
        if not found:
            return None
        people = [m for m in found if isinstance(m.who, Person)]
        if people:
            return self._who(people[-1])
        adjacent = [m for m in found if reading.text[m.end : end] in (" ", ", ")]
        return self._who(adjacent[-1] if adjacent else found[0])

    def _who(self, mention: Mention) -> _Found:
        if mention.kind == "pronoun":
            return self._pronoun(mention.start, mention.end)
        if isinstance(mention.who, Person):
            return _Found(mention.who.full, mention.who)
        if isinstance(mention.who, Body):
            return self._described(mention.who) if not mention.who.proper else self._named_body(mention.who, mention)
        return _NOBODY

    def _before(self, quote: tuple[int, int], attributed: bool = False) -> _Found | None:
        """`X told reporters: "…`, `According to X, "…` and quotations inside X's sentence."""
        reading = self.reading
        start = reading.sentences[reading.sentence_at(quote[0])][0]
        earlier = reading.quotes_between(start, quote[0])[-1:]
        for i in range(reading.word_at(quote[0]) - 1, -1, -1):
            word = reading.words[i]
            if word.start < start:
                break
            if word.lower in SAID and reading.quote_at(word.start) is None:
                found = self._ahead(start, i)
                if found is not None:
                    return found
        found = self._according(start, quote[0]) or self._on_behalf(start, quote[0])
        if found is not None or attributed:
            return found
        if earlier:
            return self.speaker(earlier[0])
        people = {id(p): p for _, p in self._people(start, quote[0], None, "")}
        only = next(iter(people.values())) if len(people) == 1 else None
        if isinstance(only, Person):
            return _person(only)
        subject = self._subject(start, quote[0]) if start < quote[0] else None
        if subject is None or not self._leads(subject):
            return None
        if reading.words[min(reading.word_at(subject.end), len(reading.words) - 1)].lower in _BE:
            return None
        return self._who(subject)

    def _on_behalf(self, start: int, end: int) -> _Found | None:
        """`For X, …: "…"`."""
        text = self.reading.text
        if text[start : start + 4] != "For " or text[start:end].rstrip()[-1:] != ":":
            return None
        found = [m for m in self.reading.between(start + 4, min(end, start + 120)) if m.kind != "name"]
        if not found or found[0].start - start > 8:
            return None
        people = [m for m in found if isinstance(m.who, Person) and self._one_phrase(found[0], m)]
        return self._who(people[0] if people else found[0])

    def _according(self, start: int, end: int) -> _Found | None:
        """About "According to X"."""
        at = self.reading.text.find("ccording to ", start, end)
        if at < 0:
            return None
        found = [m for m in self.reading.between(at + 12, min(end, at + 60)) if m.kind != "name"]
        return self._who(found[0]) if found and found[0].start - at <= 16 else None

    def _running_on(self, quote: tuple[int, int]) -> _Found | None:
        """A quotation of whole sentences goes on with the speaker of the sentence before, in the same paragraph."""
        reading = self.reading
        number = reading.sentence_at(quote[0])
        if number == 0:
            return None
        start, end = reading.sentences[number - 1]
        announced = reading.text[end - 1] == ":" or "\n" in reading.text[quote[0] : quote[1]]  # a speech, after "X took the floor."
        fresh = "\n" in reading.text[end : quote[0]] and not announced
        earlier = reading.quotes_between(start, min(end, quote[0]))
        held = reading.quote_at(start)
        if fresh and not earlier and not held:
            return None
        if earlier or (held and held != quote):
            return self.speaker(earlier[-1] if earlier else held or quote)
        for i in range(reading.word_at(start), len(reading.words)):
            word = reading.words[i]
            if word.start >= end:
                break
            if word.lower in SAID:
                return self._ahead(start, i)
        told = self._people(start, end, None, "")
        people = {id(p): p for m, p in told if not _ALSO.match(reading.text, m.end)}
        only = next(iter(people.values())) if len(people) == 1 and not fresh else None
        found = self._according(start, end) or (_person(only) if isinstance(only, Person) else None)
        return found or (None if fresh else self._topic(start, end))

    def _topic(self, start: int, end: int) -> _Found | None:
        """Whom a sentence is about: its subject, where that is somebody or something named."""
        subject = self._subject(start, end)
        if subject is None or not self._leads(subject) or _ALSO.match(self.reading.text, subject.end):
            return None
        who = self._referent(subject)
        named = isinstance(who, Person) or (isinstance(who, Body) and who.proper and not who.plural)
        return self._who(subject) if named else None

    def _next_paragraph(self, quote: tuple[int, int]) -> _Found | None:
        """In `"…"` and, after a paragraph break, `X said.`"""
        reading = self.reading
        number = reading.sentence_at(quote[1])
        following = next((k for k in (number, number + 1) if k < len(reading.sentences) and reading.sentences[k][0] >= quote[1]), None)
        if following is None:
            return None
        start, end = reading.sentences[following]
        if end - start > 120 or reading.quote_at(start) is not None or "\n" not in reading.text[quote[1] : start]:
            return None
        for i in range(reading.word_at(start), min(reading.word_at(start) + 12, len(reading.words))):
            word = reading.words[i]
            if word.start < end and word.lower in SAID:
                return self._ahead(start, i) if len(reading.text[word.end : end].split()) <= 3 else None
        return None

    def _labelled(self, turn: Turn) -> _Found:
        label = turn.label
        if label in ("Q", "QUESTION", "Question"):
            return _NOBODY
        if label in ("A", "ANSWER", "Answer"):
            return self._author()
        words = [w for w in re.findall(r"[\w’'-]+", label.split(" (")[0]) if w.lower() not in mentions.HONORIFICS and w.lower() != "the"]
        for word in reversed(words):
            people = self.reading.named(word)
            if len(people) == 1:
                return _Found(people[0].full, people[0], label)
        author = self._author()
        if author.name and all(w.casefold() in (author.code_from or author.name).casefold() for w in words):
            return author
        return _Found(label.split(" (")[0], None, label)

    def _author(self) -> _Found:
        """Whose statement, speech, letter or column the text is."""
        if self._document is None:
            self._document = self._find_author()
        return self._document

    def _find_author(self) -> _Found:
        text = self.reading.text
        head = text[:400]
        for pattern in (_SAYS, _BY, _OWNER, _OF, _BYLINE, _BRIEFER):
            match = pattern.search(head)
            if match:
                found = self._issuer(match.start(1), self._listed(match.end(1)))
                if found.name:
                    return found
        match = _WE.search(text[:1500])
        if match:
            name = _clean(match.group(1))
            return _Found(name, Body(name, name.split()[-1].casefold(), True, False), name)
        headed = self._headed(head)
        if headed is not None:
            return headed
        match = _SIGNED.search(text[-160:].rstrip()) or _UNDER.search(text[-160:].rstrip())
        if match and not re.search(r"\bLetters\b", text[:100]):  # a page of letters has several authors
            at = max(0, len(text) - 160) + match.start(1)
            return self._issuer(at, at + len(match.group(1)))
        return _NOBODY

    def _headed(self, head: str) -> _Found | None:
        """Whose statement it is by its first sentence: "ASMARA, 11 November -- The Ministry of Information has ..."."""
        reading = self.reading
        noted = _NOTED.search(head)
        for k, (start, end) in enumerate(reading.sentences[:4]):
            if start >= len(head) or (k and not noted and reading.text[start - 1 : start] not in "\n\r"):
                break
            first = next((m for m in reading.between(start, end) if m.kind == "body" and isinstance(m.who, Body) and m.who.proper), None)
            if first is None:
                continue
            before = reading.text[start : first.start]
            i = reading.word_at(first.start + len(self._extent(first)))
            verb = reading.words[i].lower if i < len(reading.words) else ""
            opened = _DATED.fullmatch(before) is not None or (noted is not None and before.strip() in ("", "The"))
            if k and opened and (verb in _DECLARES or (noted and verb in ("has", "is"))):
                return self._issuer(first.start, first.start + len(self._extent(first)))
        return None

    def _listed(self, end: int) -> int:
        """Where a list of issuers ends: "France, Germany and the United Kingdom", "the Nordic and Baltic countries"."""
        text = self.reading.text
        match = _MORE.match(text, end)
        end = match.end() if match else end
        match = re.compile(r"[a-z]+").match(text, end + 1) if text[end : end + 1] == " " else None
        return match.end() if match and match.group() in mentions.NOUNS else end

    def _issuer(self, start: int, end: int) -> _Found:
        text = self.reading.text[start:end].rstrip(" ,.")
        place = text.rsplit(", ", 1)[-1].split()
        if ", " in text and " and " not in text and any(w.casefold() in BODIES or w in _MEETINGS for w in place):
            text = text.rsplit(", ", 1)[0]  # where it was said
        people = [m.who for m in self.reading.between(start, start + len(text)) if isinstance(m.who, Person)]
        words = text.split()
        titles = [i for i, w in enumerate(words) if w.rstrip(",") in mentions.TITLES]
        tail = words[titles[-1] + 1 :] if titles else []
        if ", " in text and " and " not in text.rsplit(", ", 1)[1]:
            tail = text.rsplit(", ", 1)[1].split()
            tail = tail[1:] if tail[0].casefold() in mentions.HONORIFICS else tail
        if not people and len(tail) > 1 and all(w[:1].isupper() for w in tail):
            title = " ".join(words[: titles[-1] + 1]) if titles and ", " not in text else ""
            people = self.reading.named(tail[-1].rstrip("."))[:1] or [Person(" ".join(tail), tuple(tail), title)]
        if people:
            return _Found(people[-1].full, people[-1], self.reading.text[start : start + 200].split("\n")[0])
        name = _clean(text)
        if name.isupper() and " " in name:  # a headline in capitals: the name as the text has it
            again = re.search(re.escape(name), self.reading.text[end:], re.IGNORECASE)
            name = again.group() if again else name.title()
        return _Found(name, Body(name, name.split()[-1].casefold() if name.split() else ""), text)


_CAP = r"[A-Z][\w’'.-]*"
_UNIT = rf"{_CAP}(?: (?:{_CAP}|(?:of|the|for|and|de|al|el|van|von|del|da|dos)\b))*"
_NP = (
    rf"(?:the |The |His Excellency |Her Excellency |H\.E\. )?(?:(?:[a-z][\w-]*,? ){{1,6}}(?:of|for) (?:the )?)?{_UNIT}"
    rf"(?:, (?:(?:Ms|Mr|Mrs|Dr|H\.E)\.? {_CAP}(?: {_CAP}){{0,3}}|{_CAP}(?: {_CAP}){{1,3}}(?=,|\n| at | on | to )))?"
)
_LIST = re.compile(r",? and |, ")
_ALSO = re.compile(r"(?: \([^()]*\))? and (?:the )?[A-Z]")
_COMPLETES = re.compile(r" (?:of|in|for) (?:the )?(?=[A-Z])")
_SEVERAL = r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d+) (?:[a-z-]+ ){0,3}[a-z]+s\b"
_MORE = re.compile(rf"(?:, (?:the )?{_UNIT})*,? and (?:of )?(?:the )?{_UNIT}")
_MEETINGS = _words("Debate Session Meeting Item Dialogue Committee Council Assembly Conference Summit")
_SPEECH = (
    r"Statement|Remarks|Speech|Address|Briefing|Message|Conference|Intervention|Testimony|Declaration|Lecture|Letter|Communiqué|Homily|"
    r"Sermon|Right of Reply|Explanation of Vote|Exhortation|Appeal|Commentary|Comment|Bulletin|Communique"
)
_BY = re.compile(rf"\A[^\n]{{0,120}}?\b(?i:{_SPEECH})\b[^\n]{{0,80}}?\b(?:by|from) ({_NP}|{_SEVERAL})")
_OF = re.compile(
    rf"\A[^\n]{{0,60}}?\b(?i:(?:{_SPEECH})(?: No\.? ?\d+)? of) "
    rf"([A-Z][A-Z’' -]+?(?= (?:ON|AT|TO|REGARDING|CONCERNING|IN)\b|\n)|{_NP})"
)
_OWNER = re.compile(
    rf"\A({_CAP}(?: {_CAP}){{0,6}})[’']s (?:Regular |Opening |Closing |Weekly )?(?:Press Conference|Remarks|Speech|Statement|Address)"
)
_BRIEFER = re.compile(rf"(?:\A|\n)(?:Spokesperson|Speaker|Briefer)\b[^\n:]{{0,80}}: ({_CAP}(?: {_CAP}){{1,2}}?)(?= Location|\n)")
_NOTED = re.compile(r"\b(?i:statement|communiqu[eé]|press release|declaration|bulletin|commentary|notice)\b")
_DATED = re.compile(r"[A-ZÀ-Þ][^\n.;:?!“”\"]{2,60}? ?(?:[–—-]|--) ?(?:[Tt]he )?")
_DECLARES = _words(
    "expresses condemns rejects denounces deplores repudiates welcomes protests strongly categorically learned voices conveys addresses "
    "declares reiterates reaffirms salutes congratulates mourns regrets views calls"
)
_BYLINE = re.compile(rf"(?:\A|\n)By ({_CAP}(?: {_CAP}){{1,3}})(?= On | In | At | The | It | There | When |\n|,)")
_SAYS = re.compile(rf"\A(?:Communiqué|Communique|Statement|Declaration|Press [Rr]elease): ({_NP}) [a-z]")
_UNDER = re.compile(rf"(?:\n|[.!?”\"] )({_CAP}(?: {_CAP}){{1,3}}), [^.!?\n]{{3,90}}\Z")
_WE = re.compile(
    r"\b[Ww]e, (the [^.;:\n“”\"]{3,200}?), (?:met|gathered|address|addressed|express|condemn|"
    r"declare|have|are|wish|meeting|assembled|issue|call)\b"
)
_SIGNED = re.compile(rf"(?:Yours (?:sincerely|faithfully|truly|etc)|Sincerely|Respectfully|Signed),?\s+({_CAP}(?: {_CAP}){{1,3}})")


_WORDS = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def _lower(text: str) -> list[str]:
    return [w if w in ("US", "WHO") else w.casefold() for w in _WORDS.findall(text)]


def _clean(text: str) -> str:
    """The words of a mention: no leading determiner, no quotation marks around it, white space made plain."""
    text = " ".join(text.split())
    if text[:1] in "“\"«'‘" and text[-1:] in "”\"»'’":
        text = text[1:-1]
    return strip_determiner(text) or text


def _person(person: Person) -> _Found:
    return _Found(person.full, person)


def _unnamed(name: str) -> bool:
    first = name.split()[0].casefold() if name.split() else ""
    return (first in OPENERS and first not in ("the", "a", "an")) or first in _POSSESSIVES


def _holds(person: Person, phrase: list[str], noun: str) -> bool:
    """Whether a person's title and introductions hold the words of an office before its noun."""
    if (noun, person.gender) in (("spokesman", "f"), ("spokeswoman", "m")):
        return False
    told = " ".join([person.title, *person.intros]).casefold()
    under = "vice" if not phrase else "vice|deputy"
    if not {"vice", "deputy"} & set(phrase) and noun not in _SPOKES:
        shorn = re.sub(rf"\b(?:{under})[ -](?:[\w-]+ ){{0,2}}?{re.escape(noun)}\b", "", told)
        if shorn != told and not re.search(rf"\b{re.escape(noun)}\b", shorn):
            return False
    told = " ".join([told, *person.roles]).casefold()
    return all(w in told for w in phrase)


def _role_gender(body: Body) -> str | None:
    if body.head.endswith("woman"):
        return "f"
    if body.head.endswith("man"):
        return "m"
    return {"king": "m", "queen": "f", "prince": "m", "princess": "f", "mother": "f", "father": "m"}.get(body.head)


def _spelled(text: str, acronym: str) -> str | None:
    """The long form that stands before "(OFAC)" or ", or PKK,"."""
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


__all__ = ["KINDS", "resolve"]
