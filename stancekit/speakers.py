"""Who speaks: the speakers of quotations and turns, and whose statement, speech, letter or column a text is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from stancekit.clauses import CAP, MORE, NOBODY, UNIT, Found, clean_name, of_person
from stancekit.codes import Coder, place_names
from stancekit.layout import ANSWERED, ASKED, DOTTED, Turn
from stancekit.mentions import Body, Reading
from stancekit.name_tables import BODIES, HONORIFICS, NOUNS, PAPERS, PREPOSITIONS, ROLES, SAID, TITLES
from stancekit.people import Person
from stancekit.pronouns import Pronouns
from stancekit.schema import Span
from stancekit.text import word_set

_CLOSING = "”\"»’'"
_POINT = re.compile(r"[ \t]*(?:\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)]|[-–—•*·▪‣])[ \t]*(?=\w)")
_RUNS_ON = re.compile(r"[;,](?: (?:and|or))?[ \t\r]*\Z")
_ADVERB = r"(?:[A-Za-z]+ly|[Aa]lso|[Ff]urther|[Oo]nce|[Aa]gain|[Dd]eeply)"
_PERFORMS = re.compile(
    rf"(?:{_ADVERB},? ){{0,3}}(?:(?i:condemn|deplor|denounc|reject|oppos|protest|regret|criticis|criticiz|demand|call|urg|appeal|warn|"
    r"caution|remind|reaffirm|affirm|reiterat|stress|emphasis|emphasiz|underlin|underscor|express|voic|convey|extend|support|back|endors|"
    r"welcom|hail|applaud|commend|prais|thank|congratulat|salut|honou?r|pay|pledg|promis|commit|encourag|threaten|accus|blam|defend|"
    r"appreciat|insist|refus|repudiat|disapprov|censur|object|declar|not|recall|tak)(?:e|s|es|ed|d|ing|ted|ting)?) ",
)
"""How a point of somebody's list begins: "Strongly condemns", "Reaffirming"."""
_BE = word_set("is are was were be been being am has had have")
_NP = (
    rf"(?:the |The |His Excellency |Her Excellency |H\.E\. )?(?:(?:[a-z][\w-]*,? ){{1,6}}(?:of|for) (?:the )?)?{UNIT}"
    rf"(?:, (?:(?:Ms|Mr|Mrs|Dr|H\.E)\.? {CAP}(?: {CAP}){{0,3}}|{CAP}(?: {CAP}){{1,3}}(?=,|\n| at | on | to )))?"
)
_ORGAN = re.compile(rf"({_NP}),\s*")
_ALSO = re.compile(r"(?: \([^()]*\))? and (?:the )?[A-Z]")
_SEVERAL = r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d+) (?:[a-z-]+ ){0,3}[a-z]+s\b"
_MEETINGS = word_set("Debate Session Meeting Item Dialogue Committee Council Assembly Conference Summit")
_SPEECH = (
    r"Statement|Remarks|Speech|Address|Briefing|Message|Conference|Intervention|Testimony|Declaration|Lecture|Letter|Communiqué|Homily|"
    r"Sermon|Right of Reply|Explanation of Vote|Exhortation|Appeal|Commentary|Comment|Bulletin|Communique"
)
_CAPITALS = r"[A-Z][A-Z.,’' -]+?(?= (?:ON|AT|TO|REGARDING|CONCERNING|IN|FOLLOWING|DURING|AFTER|ABOUT)\b|\n)"
_BY = re.compile(rf"\A[^\n]{{0,120}}?\b(?i:{_SPEECH})\b[^\n]{{0,80}}?\b(?:by|from) ({_NP}|{_SEVERAL})")
_BY_CAPITALS = re.compile(
    rf"\A[^\n]{{0,120}}?\b(?i:{_SPEECH})(?: TO [A-Z ]{{3,60}}?)?(?: ISSUED| DELIVERED| MADE| GIVEN)? (?:BY|FROM) ({_CAPITALS})"
)
_OF = re.compile(rf"\A[^\n]{{0,60}}?\b(?i:(?:{_SPEECH})(?: No\.? ?\d+)? of) ({_CAPITALS}|{_NP})")
_BEHALF = re.compile(rf",? (?i:on behalf of) (?:the |THE )?({_CAPITALS}|{_NP}\+?)")
_INTERVIEWED = re.compile(rf"\A[^\n]{{0,80}}?\b(?:[Ii]nterview|INTERVIEW) (?:with|WITH|of) ({_CAPITALS}|{_NP})")
_OWNER = re.compile(
    rf"\A({CAP}(?: {CAP}){{0,6}})[’']s (?:Regular |Opening |Closing |Weekly )?(?:Press Conference|Remarks|Speech|Statement|Address)"
)
_BRIEFER = re.compile(rf"(?:\A|\n)(?:Spokesperson|Speaker|Briefer)\b[^\n:]{{0,80}}: ({CAP}(?: {CAP}){{1,2}}?)(?= Location|\n)")
_NOTED = re.compile(r"\b(?i:statement|communiqu[eé]|press release|declaration|bulletin|commentary|notice)\b")
_DATED = re.compile(r"[A-ZÀ-Þ][^\n.;:?!“”\"]{2,60}? ?(?:[–—-]|--) ?(?:[Tt]he )?")
_DECLARES = word_set(
    "expresses condemns rejects denounces deplores repudiates welcomes protests strongly categorically learned voices conveys addresses "
    "declares reiterates reaffirms salutes congratulates mourns regrets views calls"
)
_BYLINE = re.compile(rf"(?:\A|\n)By ({CAP}(?: {CAP}){{1,3}})(?= On | In | At | The | It | There | When |\n|,)")
_SAYS = re.compile(rf"\A(?:Communiqué|Communique|Statement|Declaration|Press [Rr]elease): ({_NP}) [a-z]")
_DATE = r"(?:\d|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d)"
_UNDER = re.compile(rf"(?:\n|[.!?”\"] )({CAP}(?: {CAP}){{1,3}}), (?!{_DATE})[^.!?\n]{{3,90}}\Z")
_WE = re.compile(
    r"\b[Ww]e, (the [^.;:\n“”\"]{3,300}?), (?:met|gathered|address|addressed|express|condemn|"
    r"reaffirm|reiterate|welcome|reject|affirm|strongly|declare|have|are|wish|meeting|assembled|issue|call)\b"
)
_SIGNED = re.compile(
    r"(?:Yours (?:sincerely|faithfully|truly|etc)|Sincerely|Respectfully|Signed|"
    r"(?:(?<=\n)|(?<=[.!?] ))(?:(?:Kind|Best|Warm) [Rr]egards|Regards)),?"
    rf"\s+({CAP}(?: {CAP}){{1,3}})"
)
_SMALL = word_set("of the and for in on at to")
_ABOUT = re.compile(rf"\n({CAP}(?: (?:de |van |von |al-)?{CAP}){{1,3}}) (?:is|was) (?:an? |the )?([^\n]{{3,300}})\Z")


class Speakers(Pronouns):
    """Who speaks in an article."""

    def __init__(self, reading: Reading, coder: Coder, aliases: Mapping[str, str]) -> None:
        super().__init__(reading, coder, aliases)
        self._speakers: dict[tuple[int, int], Found] = {}
        self._told: dict[tuple[int, int], Found | None] = {}
        self._listers: dict[int, Found] = {}
        self._document: Found | None = None

    # speakers

    def speaker(self, place: tuple[int, int] | Turn) -> Found:
        """Who says a quotation or a turn."""
        if isinstance(place, Turn):
            return self._labelled(place)
        if self.reading.nested_at(place[0]) == place:  # whom somebody quotes
            return NOBODY
        if place not in self._speakers:
            if place in self._working:
                return NOBODY
            self._working.add(place)
            found = self._speaker(place)
            plain = found.name is not None and found.name.islower() and found.name.split()[-1] in PAPERS
            self._speakers[place] = NOBODY if plain else found
            self._working.discard(place)
        return self._speakers[place]

    def _speaker(self, quote: tuple[int, int]) -> Found:
        chain = self._chain(quote)
        for one in chain:
            if one not in self._told:
                self._told[one] = self._after(one) or self._before(one)
            found = self._told[one]
            if found is not None:
                return found
        first = chain[0]
        turn = self.reading.turn_at(first[0])
        if turn is not None:
            return self._labelled(turn)
        start = self.reading.sentences[self.reading.sentence_at(first[0])][0]
        if len(self.reading.text[start : first[0]].split()) > 3:
            return NOBODY
        if first[0] > 0 and self.reading.text[first[0] - 1] not in "\n\r":  # it does not begin its paragraph
            return self._running_on(first) or self._next_paragraph(chain[-1]) or NOBODY
        return self._next_paragraph(chain[-1]) or self._running_on(first) or NOBODY

    def _chain(self, quote: tuple[int, int]) -> list[tuple[int, int]]:
        """The paragraphs of one quotation, each opened anew while the one before was not closed."""
        reading, text = self.reading, self.reading.text
        chain = [quote]
        while len(chain) < 20:
            before = reading.last_quote(chain[0][0] - 3000, chain[0][0])
            if before is None or text[before[1] - 1] in _CLOSING or text[before[1] : chain[0][0]].strip():
                break
            chain.insert(0, before)
        while len(chain) < 20 and text[chain[-1][1] - 1] not in _CLOSING:
            after = reading.first_quote(chain[-1][1], chain[-1][1] + 4)
            if after is None:
                break
            chain.append(after)
        return chain

    def _after(self, quote: tuple[int, int]) -> Found | None:
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

    def _behind(self, verb: int) -> Found | None:
        """The subject that follows its verb: "said Brenda Kapambwe, who edits a rival title"."""
        reading = self.reading
        end = reading.sentences[reading.sentence_at(reading.words[verb].start)][1]
        limit = min(end, reading.words[verb].end + 160)
        every = reading.between(reading.words[verb].end, limit)
        found = [m for m in every if m.kind != "name"]
        alone = bool(every) and every[0].kind == "name" and every[0].start == reading.words[verb].end + 1
        if alone and re.match(r"[,.;)”\"]| (?:who|of|in|from|at|on)\b|\s*\Z", reading.text[every[0].end : every[0].end + 6]):
            return Found(clean_name(reading.text[every[0].start : every[0].end]))
        if not found or found[0].start - reading.words[verb].end > 60:
            return None
        people = [m for m in found if isinstance(m.who, Person)]
        if people and self._one_phrase(found[0], people[0]):
            return self._who(people[0])
        return self._who(found[0])

    def _ahead(self, start: int, verb: int) -> Found | None:
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
                and not (before and before.lower in PREPOSITIONS)
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

    def _before(self, quote: tuple[int, int], attributed: bool = False) -> Found | None:
        """`X told reporters: "…`, `According to X, "…` and quotations inside X's sentence."""
        reading = self.reading
        start = reading.sentences[reading.sentence_at(quote[0])][0]
        earlier = reading.last_quote(start, quote[0])
        for i in reading.saying(start, quote[0]):
            found = self._ahead(start, i)
            if found is not None:
                return found
        found = self._according(start, quote[0]) or self._on_behalf(start, quote[0])
        if found is not None or attributed:
            return found
        if earlier is not None:
            return self.speaker(earlier)
        people = {id(p): p for _, p in self._people(start, quote[0], None, "")}
        only = next(iter(people.values())) if len(people) == 1 else None
        if isinstance(only, Person):
            return of_person(only)
        subject = self._subject(start, quote[0]) if start < quote[0] else None
        if subject is None or not self._leads(subject):
            return None
        if reading.words[min(reading.word_at(subject.end), len(reading.words) - 1)].lower in _BE:
            return None
        return self._who(subject)

    def _on_behalf(self, start: int, end: int) -> Found | None:
        """`For X, …: "…"`."""
        text = self.reading.text
        if text[start : start + 4] != "For " or text[start:end].rstrip()[-1:] != ":":
            return None
        found = [m for m in self.reading.between(start + 4, min(end, start + 120)) if m.kind != "name"]
        if not found or found[0].start - start > 8:
            return None
        people = [m for m in found if isinstance(m.who, Person) and self._one_phrase(found[0], m)]
        return self._who(people[0] if people else found[0])

    def _according(self, start: int, end: int) -> Found | None:
        """About "According to X"."""
        at = self.reading.text.find("ccording to ", start, end)
        if at < 0:
            return None
        found = [m for m in self.reading.between(at + 12, min(end, at + 60)) if m.kind != "name"]
        return self._who(found[0]) if found and found[0].start - at <= 16 else None

    def _running_on(self, quote: tuple[int, int]) -> Found | None:
        """A quotation of whole sentences goes on with the speaker of the sentence before, in the same paragraph."""
        reading = self.reading
        number = reading.sentence_at(quote[0])
        if number == 0:
            return None
        start, end = reading.sentences[number - 1]
        announced = reading.text[end - 1] == ":" or "\n" in reading.text[quote[0] : quote[1]]  # a speech, after "X took the floor."
        fresh = "\n" in reading.text[end : quote[0]] and not announced
        earlier = reading.last_quote(start, min(end, quote[0]))
        held = reading.quote_at(start)
        if fresh and not earlier and not held:
            return None
        if earlier or (held and held != quote):
            return self.speaker(earlier or held or quote)
        for i in range(reading.word_at(start), len(reading.words)):
            word = reading.words[i]
            if word.start >= end:
                break
            if word.lower in SAID:
                return self._ahead(start, i)
        told = self._people(start, end, None, "")
        people = {id(p): p for m, p in told if not _ALSO.match(reading.text, m.end)}
        only = next(iter(people.values())) if len(people) == 1 and not fresh else None
        found = self._according(start, end) or (of_person(only) if isinstance(only, Person) else None)
        return found or (None if fresh else self._topic(start, end))

    def _topic(self, start: int, end: int) -> Found | None:
        """Whom a sentence is about: its subject, where that is somebody or something named."""
        subject = self._subject(start, end)
        if subject is None or not self._leads(subject) or _ALSO.match(self.reading.text, subject.end):
            return None
        who = self._referent(subject)
        named = isinstance(who, Person) or (isinstance(who, Body) and who.proper and not who.plural)
        return self._who(subject) if named else None

    def _next_paragraph(self, quote: tuple[int, int]) -> Found | None:
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

    def lister(self, statement: Span) -> Found:
        """Whose point of a list a statement is, by the line at its head: "The ministers: 1. Condemn …; 2. Thank …", "The Security
        Council, Recalling …, 1. Condemns …"."""
        text = self.reading.text
        at = text.rfind("\n", 0, statement.start) + 1
        label = _POINT.match(text, at)
        if text[at : statement.start].strip() or not _PERFORMS.match(text, label.end() if label else statement.start):
            return NOBODY
        walked: list[int] = []
        while (found := self._listers.get(at)) is None:
            walked.append(at)
            if at == 0:
                found = NOBODY
                break
            end, at = at - 1, text.rfind("\n", 0, at - 1) + 1
            if (found := self._head_of_list(at, end)) is not None:
                break
        self._listers.update(dict.fromkeys(walked, found))
        return found

    def _head_of_list(self, at: int, end: int) -> Found | None:
        """Who heads the list after a line; None where the line is one of its points, or empty."""
        line = self.reading.text[at:end].rstrip()
        organ = _ORGAN.fullmatch(line) if line.endswith(",") and len(line) < 200 else None
        if organ is not None:
            return self._issuer(at, at + organ.end(1))
        if line.endswith(":"):
            return self._heads(at, at + len(line))
        return None if not line or _POINT.match(line) or _RUNS_ON.search(line[-12:]) else NOBODY

    def _heads(self, at: int, end: int) -> Found:
        """Who opens the sentence that ends a line before a list: "The ministers, meeting in Accra:"."""
        start = max(at, self.reading.sentences[self.reading.sentence_at(end - 1)][0])
        subject = self._subject(start, end)
        opens = subject is not None and self.reading.text[start : subject.start] in ("", "The ", "the ") and self._leads(subject)
        return self._who(subject) if subject is not None and opens and not self._joined(subject) else NOBODY

    def _labelled(self, turn: Turn) -> Found:
        label, who = turn.label, turn.who
        if who in ASKED:
            return NOBODY
        if who in ANSWERED:
            return self._interviewed() or self._author()
        words = [w for w in re.findall(r"[\w’'-]+", who) if w.lower() not in HONORIFICS and w.lower() != "the"]
        for word in reversed(words):
            people = self.reading.named(word)
            if len(people) == 1:
                return Found(people[0].full, people[0], label)
        author = self._author()
        if author.name and all(w.casefold() in (author.code_from or author.name).casefold() for w in words):
            return author
        name = clean_name(who)
        first = name.split()[0]
        titled = first.isupper() and (first.title() in TITLES or first.casefold() in HONORIFICS)
        return Found(self._uncapitalised(name) if titled else name, None, label)

    def _uncapitalised(self, name: str) -> str:
        """A name in capitals as a text would have it: "MINISTRY OF TRADE", "SECRETARY RUIZ"; acronyms stay."""
        words = name.split()
        for i, word in enumerate(words):
            if i and word.casefold() in _SMALL:
                words[i] = word.casefold()
            elif word.isupper() and not DOTTED.match(word) and (word.strip(",").title() in place_names() or self.coder.code(word) is None):
                words[i] = word.title()
        return " ".join(words)

    def _interviewed(self) -> Found | None:
        """Who answers in the text of an interview: "Interview with Defence Minister Ada Ruiz"."""
        match = _INTERVIEWED.search(self.reading.text[:400])
        found = self._issuer(match.start(1), match.end(1)) if match else NOBODY
        return found if isinstance(found.who, Person) else None

    # authors

    def _author(self) -> Found:
        """Whose statement, speech, letter or column the text is."""
        if self._document is None:
            found = self._find_author()
            full = self._owned_form(found.name, len(self.reading.text)) if found.name and isinstance(found.who, Body) else None
            self._document = replace(found, name=full or found.name)
        return self._document

    def _find_author(self) -> Found:
        text = self.reading.text
        head = text[:400]
        for pattern in (_SAYS, _BY, _BY_CAPITALS, _OWNER, _OF, _BYLINE, _BRIEFER):
            match = pattern.search(head)
            if match:
                found = self._issuer(match.start(1), self._listed(match.end(1)))
                behalf = _BEHALF.match(head, match.end(1)) if not isinstance(found.who, Person) else None
                if behalf:
                    found = self._issuer(behalf.start(1), behalf.end(1))
                if found.name:
                    return found
        match = _WE.search(text[:1500])
        if match and match.group(1) != "the undersigned":
            name = clean_name(match.group(1))
            return Found(name, Body(name, name.split()[-1].casefold(), True, False), name)
        headed = self._headed(head)
        if headed is not None:
            return headed
        match = _SIGNED.search(text[-160:].rstrip()) or _UNDER.search(text[-160:].rstrip())
        if match and not re.search(r"\bLetters\b", text[:100]):  # a page of letters has several authors
            at = max(0, len(text) - 160) + match.start(1)
            return self._issuer(at, at + len(match.group(1)))
        match = _ABOUT.search(text[-400:].rstrip())
        if match and ROLES.intersection(match.group(2).casefold().split()[:8]) and text.count(match.group(1).split()[-1]) == 1:
            at = max(0, len(text) - 400) + match.start(1)  # "Ada Ruiz is a former trade minister of Peru", under a column
            return self._issuer(at, at + len(match.group(1)))
        return NOBODY

    def _headed(self, head: str) -> Found | None:
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
        match = MORE.match(text, end)
        end = match.end() if match else end
        match = re.compile(r"[a-z]+").match(text, end + 1) if text[end : end + 1] == " " else None
        return match.end() if match and match.group() in NOUNS else end

    def _issuer(self, start: int, end: int) -> Found:
        text = self.reading.text[start:end].rstrip(" ,.")
        if text.isupper() and " " in text:  # a headline in capitals: the name as the text has it
            again = re.search(rf"(?i:{re.escape(clean_name(text))})", self.reading.text[end:])
            text = again.group() if again and not again.group().isupper() else self._uncapitalised(clean_name(text))
            name, _, office = text.partition(", ")
            text = name if office.split()[:1] and office.split()[0] in TITLES else text
        place = text.rsplit(", ", 1)[-1].split()
        if ", " in text and " and " not in text and any(w.casefold() in BODIES or w in _MEETINGS for w in place):
            text = text.rsplit(", ", 1)[0]  # where it was said
        people = [m.who for m in self.reading.between(start, start + len(text)) if isinstance(m.who, Person)]
        words = text.split()
        titles = [i for i, w in enumerate(words) if w.rstrip(",") in TITLES]
        tail = words[titles[-1] + 1 :] if titles else []
        if ", " in text and " and " not in text.rsplit(", ", 1)[1]:
            tail = text.rsplit(", ", 1)[1].split()
            tail = tail[1:] if tail[0].casefold() in HONORIFICS else tail
        if not people and len(tail) > 1 and all(w[:1].isupper() for w in tail):
            title = " ".join(w for w in words[: titles[-1] + 1] if w.casefold() not in HONORIFICS) if titles and ", " not in text else ""
            people = self.reading.named(tail[-1].rstrip("."))[:1] or [Person(" ".join(tail), tuple(tail), title)]
        if people:
            return Found(people[-1].full, people[-1], self.reading.text[start : start + 200].split("\n")[0])
        name = clean_name(text)
        return Found(name, Body(name, name.split()[-1].casefold() if name.split() else ""), text)
