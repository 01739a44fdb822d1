"""Whom pronouns and possessives mean: "he", "it", "they", "who", "its spokesman", by the mentions before them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping

from stancekit.clauses import NOBODY, Found, clean_name, lower_words, of_person
from stancekit.codes import Coder
from stancekit.descriptions import SAME_OFFICE, Descriptions, is_called
from stancekit.layout import Turn
from stancekit.mentions import Body, Mention, Reading
from stancekit.name_tables import BODIES, FIRST_PERSON, HE, IT, PAPERS, POSSESSIVES, PREPOSITIONS, ROLES, SAID, SHE, THEY, TIES
from stancekit.people import Person
from stancekit.schema import Span
from stancekit.text import word_set

_OTHER = {"m": SHE, "f": HE}
"""What a man or a woman is never called."""
_STATE = word_set("country government nation people state side delegation republic kingdom homeland capital countrymen governments peoples")
_OTHERS = TIES | word_set("neighbour neighbor enemy enemie foe colleague counterpart brother sister host creditor guest")
_MAJESTIES = word_set("majesty majesties highness excellency holiness eminence beatitude honour grace lordship ladyship")
_OBJECTS = word_set("him her them it he she they")
_MUTE = word_set("bill law act treaty agreement")
_BETWEEN = word_set("also then later again still further even once")
_ACCUSING = word_set("accused accuses blamed blames criticised criticized criticises condemned condemns denounced charged")
_DENYING = word_set("rejected rejects denied denies dismissed dismisses refuted refutes disputed disputes")
_CHARGES = word_set("accusation accusations charge charges claim claims allegation allegations criticism blame responsibility wrongdoing")
_PRESSING = word_set("gave gives told tells urged urges ordered orders warned warns asked asks instructed instructs reminded reminds")
_REFUSING = word_set("does fails refuses ignores continues keeps declines misses goes persists rejects delays")
_OPENING = word_set(
    "asked speaking in at from as when while after before with if although though despite during on for by told pressed questioned"
)


class Pronouns(Descriptions):
    """Whom pronouns and possessives of an article mean."""

    def __init__(self, reading: Reading, coder: Coder, aliases: Mapping[str, str]) -> None:
        super().__init__(reading, coder, aliases)
        self._pronouns: dict[int, Found] = {}
        self._roles: dict[int, Person | Body | None] = {}
        self._working: set[object] = set()
        self._acting: Found | None = None
        self._barred: Found | None = None

    @abstractmethod
    def speaker(self, place: tuple[int, int] | Turn) -> Found:
        """Who says a quotation or a turn."""

    def _settle(self) -> None:
        """Resolves every "he" and "she" in order: what one shows of a person's gender helps the next."""
        for mention in self.reading.mentions:
            if mention.kind == "pronoun":
                self._pronoun(mention.start, mention.end)

    # mentions

    def _who(self, mention: Mention) -> Found:
        if mention.kind == "pronoun":
            return self._pronoun(mention.start, mention.end)
        if isinstance(mention.who, Person):
            return Found(mention.who.full, mention.who)
        if isinstance(mention.who, Body):
            return self._described(mention.who) if not mention.who.proper else self._named_body(mention.who, mention)
        return NOBODY

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

    def _described(self, body: Body) -> Found:
        mention = self.reading.first.get(id(body))
        if mention is None or body.alias:
            return Found(body.alias or body.name, body)
        span = Span.of(self.reading.text, mention.start, mention.end)
        lower = lower_words(span.text)
        if lower and lower[0] in POSSESSIVES:
            return Found(self._possessed(span, lower).name, body)
        if lower and lower[0] == "the" and self._extent(mention) == span.text:
            found = self._description(span, lower[1:], False)
            return found if found.who else Found(found.name, body)
        return self._of_country(span) or Found(clean_name(self._extent(mention)), body)

    def _named_body(self, who: Body, mention: Mention) -> Found:
        name = clean_name(self._extent(mention))
        if " " not in name and name.casefold() in BODIES:
            longer = self._body_before(self._with_the(mention), [name.casefold()], name.casefold())
            if longer is not None and longer.name:
                return longer
        return Found(self._full_body(name, Span.of(self.reading.text, mention.start, mention.end)) or name, who)

    # possessives

    def _possessed(self, span: Span, lower: list[str], thing: bool = False) -> Found:
        if lower[-1] in _MAJESTIES and span.text[:1].isupper():
            return self._own(span)
        owner = self._beside(span, lower[0]) or self._pronoun(span.start, span.start + len(lower[0]))
        apposed = self._person_in(span) or self._apposed(span)
        if apposed is not None and apposed.name:
            return apposed
        code = self._code(owner, None)
        noun = lower[next((i for i, w in enumerate(lower) if i > 1 and w in PREPOSITIONS), len(lower)) - 1]
        if noun in _STATE and len(lower) <= 3:
            name = self._country(code) if code else None
            return Found(name, None, name)
        ours = lower[0] == "our" and noun in BODIES and isinstance(owner.who, Body)
        if ours and owner.name and is_called(owner.name, " ".join(lower[1:])):
            return owner
        if noun in SAME_OFFICE and lower[0] in ("his", "her"):
            equal = self._counterpart(owner, span)
            if equal is not None:
                return equal
        kept = noun in ROLES or noun in BODIES or noun in PAPERS or noun[:-1] in ROLES | BODIES
        of_person = lower[0] in ("his", "her") and isinstance(owner.who, Person) and (noun in BODIES or noun in PAPERS)
        his = lower[0] in ("his", "her") and isinstance(owner.who, Person) and noun in ROLES | TIES and not thing
        if (of_person or his) and owner.name:
            return Found(f"{owner.name}'s {' '.join(span.text.split()[1:])}", None, self._country(code) if code else None)
        if kept and lower[0] in ("its", "their") and isinstance(owner.who, Body) and owner.name and owner.name.count("'s") < 2:
            ending = "'" if owner.name.endswith("s") else "'s"
            return Found(f"{owner.name}{ending} {' '.join(span.text.split()[1:])}", None, owner.name)
        theirs = noun in _OTHERS or noun.rstrip("s") in _OTHERS
        if theirs:  # "his Russian colleague"
            return Found(None, None, " ".join(span.text.split()[1:]))
        return Found(None, None, self._country(code) if code else None)

    def _beside(self, span: Span, word: str) -> Found | None:
        """The owner in "Dr Ruiz and her team": who is named right before; nobody where that is of the other gender."""
        reading = self.reading
        if word not in ("his", "her", "its") or reading.text[span.start - 5 : span.start] != " and ":
            return None
        found = next((m for m in reversed(reading.between(max(0, span.start - 120), span.start)) if m.end == span.start - 5), None)
        who = self._referent(found) if found is not None else None
        if found is None or who is None or isinstance(who, Person) == (word == "its"):
            return None
        if isinstance(who, Person):
            return of_person(who) if who.gender in (None, "m" if word == "his" else "f") else None
        owns = who.proper and not who.plural and not self._bound(found, reading.sentences[found.sentence][0])
        return self._who(found) if owns else None  # not "Russia's withdrawal from the treaty and its war"

    # pronouns

    def _relative(self, at: int) -> Found:
        """Whom "who" and "which" stand for: the party right before, the comma aside."""
        reading = self.reading
        for mention in reversed(reading.between(max(0, at - 150), at)):
            if mention.kind != "pronoun" and reading.text[mention.end : at].strip(" ,") == "":
                return self._who(mention)
        return NOBODY

    def _pronoun(self, start: int, end: int) -> Found:
        word = self.reading.text[start:end].casefold()
        if self._acting is not None and word in _OBJECTS:  # "he praised him": two people
            self._barred, self._acting = self._acting, None
            found = self._find(start, word)
            self._barred = None
            return found
        if start not in self._pronouns:
            if start in self._working:
                return NOBODY
            self._working.add(start)
            self._pronouns[start] = self._find(start, word)
            self._working.discard(start)
        return self._pronouns[start]

    def _find(self, start: int, word: str) -> Found:
        if word in FIRST_PERSON:
            place = self.reading.nested_at(start) or self.reading.quote_at(start) or self.reading.turn_at(start)
            return self.speaker(place) if place else self._author()
        if word in HE or word in SHE:
            return self._person_before(start, "m" if word in HE else "f")
        if word in IT or word in THEY:
            return self._party_before(start, word in THEY)
        return NOBODY

    # he and she

    def _person_before(self, at: int, gender: str) -> Found:
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
                return NOBODY
            if not people or (k < number and not any(isinstance(p, Person) or self._leads(m) for m, p in people)):
                continue
            chosen = people[0] if len({id(p) for _, p in people}) == 1 or k == number else self._foremost(people)
            if chosen is None or self._unsafe(chosen, k, number, (start, end), gender):
                return NOBODY
            return self._learn(chosen[1], gender)
        return self._outside(quote, gender) if quote is not None else NOBODY

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
        reading = self.reading
        beside = (m for m in reading.between(*place) if reading.quote_at(m.start) is None)
        if self._rivalled(*place, mention) or (k < number and self._outdone(who, beside, gender)):
            return True
        if isinstance(who, Body) and mention.kind == "role" and self._bound(mention, place[0]):
            return True
        if k >= number - 1:
            return False
        before = reading.between(reading.sentences[max(0, k - 15)][0], reading.sentences[k][0])
        return (isinstance(who, Person) and who.seems not in (None, gender)) or self._outdone(who, before, gender)

    @staticmethod
    def _outdone(who: Person | Body, mentions: Iterable[Mention], gender: str) -> bool:
        """Whether somebody else of these mentions is known to be of the gender, or seems so, and the one chosen does not."""
        if isinstance(who, Body) or gender in (who.gender, who.seems):
            return False
        others = (m.who for m in mentions if isinstance(m.who, Person) and m.who is not who)
        return any(gender in (p.gender, p.seems) for p in others)

    def _outside(self, quote: tuple[int, int], gender: str) -> Found:
        """Whom "he" inside a quotation means where nobody inside it fits: the one person, the speaker aside, just before."""
        number = self.reading.sentence_at(quote[0])
        speaker = self.speaker(quote).who
        for k in range(number, max(-1, number - 3), -1):
            start, end = self.reading.sentences[k]
            people = [(m, p) for m, p in self._people(start, min(end, quote[0]), None, gender) if p is not speaker]
            if people:
                who = people[0][1]
                return self._learn(who, gender) if len({id(p) for _, p in people}) == 1 and isinstance(who, Person) else NOBODY
        return NOBODY

    def _is_barred(self, who: Person | Body) -> bool:
        """Whether a party is the one that acts on the pronoun asked about."""
        barred = self._barred
        return barred is not None and (who is barred.who or (isinstance(who, Body) and who.name == barred.name))

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

    def _people(self, start: int, end: int, quote: tuple[int, int] | None, gender: str) -> list[tuple[Mention, Person | Body]]:
        """The people of [start, end) that a pronoun of this gender outside (or inside) a quotation may mean, in order.
        Those after a preposition count only where nobody else is there."""
        free: list[tuple[Mention, Person | Body]] = []
        bound: list[tuple[Mention, Person | Body]] = []
        offices: list[tuple[Mention, Person | Body]] = []
        doubtful: list[tuple[Mention, Person | Body]] = []
        here = self.reading.within(start, end, quote)
        if not here:
            return []
        speaker = self.speaker(quote).who if quote else None
        owned = {id(m.who) for m in self.reading.between(start, end) if gender and self._owned_by(m, gender)}  # "her lawyer ... she"
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

    def _learn(self, who: Person | Body, gender: str) -> Found:
        if isinstance(who, Person):
            who.hints[gender] += 1
            return of_person(who)
        return self._described(who)

    # it and they

    def _party_before(self, at: int, plural: bool) -> Found:
        """About "it" and "they": the subject of the sentence so far, else of the sentence before, in the same speaker's turn."""
        reading = self.reading
        number = reading.sentence_at(at)
        quote = reading.quote_at(at)
        if quote is not None and reading.sentences[number][0] >= quote[0]:
            return NOBODY
        turn = reading.turn_at(at)
        for k in range(number, max(-1, number - (4 if plural else 2)), -1):
            if k >= len(reading.sentences):
                continue
            if turn is not None and reading.sentences[k][1] <= turn.start:
                break
            start, end = reading.sentences[k]
            start, here = max(start, turn.start if turn else 0), k == number
            found = self._plural(start, min(end, at), here) if plural else self._singular(start, min(end, at), at)
            if found is not None:
                return found
        return NOBODY

    def _singular(self, start: int, end: int, at: int) -> Found | None:
        here = self.reading.sentence_at(start) == self.reading.sentence_at(at)
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
        if not here and (accused := self._accused(subject, end, at)) is not None:
            return self._who(accused)
        if not here and (pressed := self._pressed(subject, end, at)) is not None:
            return pressed
        if isinstance(who, Body) and who.head in _MUTE and self._next_verb(at) in SAID | _ACCUSING:  # a bill blames nobody
            agent = self._agent(subject, end)
            return self._who(agent) if agent is not None else NOBODY
        if not isinstance(who, Body) or subject.kind == "role" or who.plural or self._joined(subject) or self._is_barred(who):
            return NOBODY
        found = self._who(subject)
        return NOBODY if self._barred is not None and found.name == self._barred.name else found

    def _next_verb(self, at: int) -> str:
        """The word after a pronoun, one adverb aside."""
        words, i = self.reading.words, self.reading.word_at(at) + 1
        if i + 1 < len(words) and words[i].lower in _BETWEEN:
            i += 1
        return words[i].lower if i < len(words) else ""

    def _accused(self, subject: Mention, end: int, at: int) -> Mention | None:
        """Who denies in "Togo accused Ghana of spying. It rejected the accusation": the one accused."""
        reading = self.reading
        i, j = reading.word_at(subject.end), reading.word_at(at) + 1
        answer = [w.lower for w in reading.words[j : j + 6]]
        if i >= len(reading.words) or reading.words[i].lower not in _ACCUSING or not answer or answer[0] not in _DENYING:
            return None
        aim = next((m for m in reading.between(reading.words[i].end, end) if m.kind != "pronoun"), None)
        near = aim is not None and reading.text[reading.words[i].end : aim.start].strip() in ("", "the")
        party = aim is not None and isinstance(aim.who, Body) and aim.kind == "body" and not aim.who.plural
        return aim if near and party and _CHARGES & set(answer[1:]) else None

    def _pressed(self, subject: Mention, end: int, at: int) -> Found | None:
        """Who may refuse in "Togo gave Ghana a week to leave. If it does not, …": the one told, not who told it."""
        reading, words = self.reading, self.reading.words
        i = reading.word_at(at)
        if not i or words[i - 1].lower not in ("if", "unless", "should") or self._next_verb(at) not in _REFUSING:
            return None
        for mention in reading.between(subject.end, end):
            j = reading.word_at(mention.start) - 1
            j -= words[j].lower == "the"
            told = words[j].lower in _PRESSING or f"{words[j - 1].lower} {words[j].lower}" in ("called on", "calls on", "demanded that")
            if not told or reading.quote_at(mention.start) is not None:
                continue
            if isinstance(mention.who, Body) and mention.kind == "body" and not mention.who.plural:
                return self._who(mention)
            if mention.kind == "name":
                return Found(clean_name(reading.text[mention.start : mention.end]))
        return None

    def _agent(self, subject: Mention, end: int) -> Mention | None:
        """Who acts in "The bill was condemned by Greenpeace"."""
        reading = self.reading
        for mention in reading.between(subject.end, end):
            i = reading.word_at(mention.start) - 1
            i -= i > 0 and reading.words[i].lower == "the"
            if isinstance(mention.who, Body) and i > 1 and reading.words[i].lower == "by" and reading.words[i - 1].lower in SAID:
                return mention if not mention.who.plural and not self._joined(mention) else None
        return None

    def _plural(self, start: int, end: int, here: bool) -> Found | None:
        """The only party in the plural that no preposition subordinates; a joint subject ("X and Y") ends the search."""
        found: list[Mention] = []
        for mention in self.reading.between(start, end):
            if mention.end > end or self.reading.quote_at(mention.start) is not None or mention.kind == "name":
                continue
            if not found and self._joined(mention) and not self._bound(mention, start):
                return NOBODY
            who = self._referent(mention)
            if isinstance(who, Body) and (who.plural or self._either(who)) and not self._bound(mention, start):
                found.append(mention)
        names = {self._who(m).name for m in found}
        if not found:
            return None
        leading = self._leads(found[0])
        return self._who(found[0]) if leading or (len(names) == 1 and here) else NOBODY if here or not leading else None

    @staticmethod
    def _either(who: Body) -> bool:
        """Bodies that are "it" and "they" by turns."""
        return who.head in ("police", "staff", "team")


def _role_gender(body: Body) -> str | None:
    if body.head.endswith("woman"):
        return "f"
    if body.head.endswith("man"):
        return "m"
    return {"king": "m", "queen": "f", "prince": "m", "princess": "f", "mother": "f", "father": "m"}.get(body.head)
