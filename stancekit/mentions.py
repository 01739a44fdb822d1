"""What an article says about who is in it: words, quotations, speakers' turns, people, bodies.

One pass over the words, no model: capitals, titles, offices, reporting verbs and punctuation. `stancekit.names` asks
the result who is meant. Nothing here guesses: a capitalised run that is neither a person nor a body by the words
around it stays a plain name.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stancekit.codes import code_of, demonyms, place_names, words_about
from stancekit.text import sentences


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORD = re.compile(r"[^\W_]+(?:[.’'‘-][^\W_]+)*[’']?")
_DOTTED = re.compile(r"(?:[A-Z]\.)+[A-Z]")
_ASKED = ("Q", "QUESTION", "Question")
_ABBREVIATIONS = _words("Mr Mrs Ms Dr Prof Gen Lt Col Maj Capt Sgt Adm Gov Sen Rep Hon Rev St Brig Ing Jr Sr Amb Supt Insp")
# what may stand between an office and a name: "Minister for Europe Oliver Prentice-Hale"
_PORTFOLIOS = _words(
    "Europe Africa Asia America Americas Pacific Caribbean Eurasia Oceania Finance Foreign Affairs Health Justice Defence Defense Interior "
    "Education Trade Economy Energy Agriculture Transport Labour Labor Environment Security Climate Culture Water Industry Commerce Tourism"
)
_OF_MINISTERS = _PORTFOLIOS | _words(
    "Resources Planning Media Information Development Irrigation Housing Mines Petroleum Oil Gas Youth Sports Social Digital "
    "Communications Infrastructure Works Local Home Internal Religious Women Children Public Higher Science Technology Innovation "
    "Fisheries Forestry Lands Parliament State Congress Council Assembly Senate Natural Land Labour Human Rights Relations Regions "
    "Families Gender Mining Power Railways Aviation Shipping Ports Transportation Homeland Security Staff National Intelligence "
    "Enlargement"
)
TIES = _words("friend neighbour neighbor partner ally opponent rival classmate flatmate roommate housemate spouse")
"""Who somebody is to somebody else; states are one another's too."""
HONORIFICS = {
    "mr": "m", "mr.": "m", "sir": "m", "lord": "m", "mrs": "f", "mrs.": "f", "ms": "f", "ms.": "f", "miss": "f", "madam": "f",
    "madame": "f", "lady": "f", "herr": "m", "frau": "f", "monsieur": "m", "senhor": "m", "señor": "m", "datuk": "", "dato": "m",
    "datin": "f", "alhaji": "m", "hajia": "f", "shri": "m", "smt": "f", "comrade": "",
    "dame": "f", "h.e": "", "h.e.": "", "dr": "", "dr.": "", "prof": "", "prof.": "",
}  # fmt: skip
SAID = _words(
    "said says say told tells added adds stated states stressed stresses noted notes warned warns cautioned wrote writes tweeted posted "
    "declared declares announced insisted insists continued argued argues claimed claims replied concluded explained remarked charged "
    "observed complained recalled promised vowed affirmed reiterated thundered grumbled quipped asked asserted countered retorted "
    "responded commented acknowledged admitted conceded confirmed denied urged called condemned praised welcomed criticised criticized "
    "accused thanked denounced deplored rejected emphasised emphasized underlined underscored joked snapped shouted read reads "
    "pledged threatened maintained agreed reminded described thinks think believes believe testified repeated joked mused snorted sighed "
    "suggested reported predicted protested pleaded fumed hailed lamented expressed voiced began begins sneered scoffed growled ruled "
    "answered answers begged cried shrugged laughed lectured swore objected ventured wondered contended reckoned reckons reasoned "
    "allowed offered confided grumbles jokes quips recalls remarks points pointed muttered murmured groaned demanded ordered wailed "
    "addressed turned spoke assured assures stormed railed raged boasted teased taunted"
)
_KIN = _words(
    "husband wife brother sister son daughter mother father parents family children uncle aunt cousin grandfather grandmother sibling house"
)
# what people do and bodies do not
_HUMAN = _words(
    "spoke speaks laughed wept nodded smiled sat walked heads leads edits teaches retired lives grew shrugged paused sings whose sang drove"
)
VERBS = SAID | _words(
    "is are was were has have had will would can could should may might must did does do went came took gave made got put held saw met "
    "spoke sent issued offered backed blamed dismissed defended saluted voted passed expelled ordered summoned demanded found left "
    "stood stands lent threw shot let kept paid brought set wants want drew applauded branded repudiates opposes supports considers "
    "refuses regards resolved hopes fears fear honours values appreciates hit turned tore asks calls recognises recognizes holds "
    "published lauded lauds chided scolded ridiculed mocked attacked assailed slammed lambasted blasted vouched commended decried "
    "honoured honored cheered greeted lashed grieved mourned wished cut broke led knew felt thought cast meant ran rose fell spent wore "
    "sat sang drove grew sees hails blames accuses thanks praises rejects condemns demands urges threatens seeks expects plans runs "
    "makes takes gives gets comes goes remains remained became becomes stayed won lost bought sold needs"
)
TITLES = _words(
    "President Minister Premier Chancellor Ambassador Envoy Secretary Undersecretary Under-Secretary-General Secretary-General Governor "
    "Mayor Senator Congressman Congresswoman Deputy Speaker Chairman Chairwoman Chairperson Chair Chief Commissioner Commander General "
    "Colonel Major Captain Lieutenant Sergeant Corporal Admiral Commodore Marshal Brigadier Inspector Superintendent Sheriff Judge Justice "
    "King Queen Prince Princess Emir Sultan Sheikh Pope Archbishop Bishop Cardinal Father Sister Brother Imam Mullah Mawlawi Ayatollah "
    "Rabbi "
    "Reverend Pastor Professor Prof. Dr. Dr Doctor Engineer Ing. Spokesman Spokeswoman Spokesperson Director Director-General "
    "Representative "
    "Leader Councillor Councilor MP MK MEP TD Lawmaker Adviser Advisor Attorney-General Attorney Prosecutor Marathoner Nurse Coach "
    "Columnist "
    "Economist Counsellor Delegate Baroness Baron Count Duke Duchess Sir Lord Lady Dame Mr Mr. Mrs Mrs. Ms Ms. Miss Madam H.E. H.E Gen. "
    "Lt. Col. Maj. Capt. Sgt. Adm. Gov. Sen. Rep. Hon. Rev. Brig. Amb. Supt. FM PM Taoiseach Tánaiste Lama Chairman. Convener Whip "
    "CEO CFO COO Rapporteur Monsignor Archimandrite Patriarch Metropolitan Herr Frau Monsieur Madame Senhor Señor Datuk Dato Datin Alhaji "
    "Hajia Shri Smt Comrade "
    "Barrister Attorney-General Director-General Inspector-General Vice-President Vice-Chairman Lieutenant-Colonel Lieutenant-General "
    "Major-General Brigadier-General Magistrate Maulana Chargé Rear-Admiral Vice-Admiral Warrant Constable Detective Officer"
)
_NO_SURNAMES = TITLES - _words(
    "King Bishop Pope Lama Sheikh Imam Rabbi Judge Major Marshal Prince Dean Chancellor Duke Count Sheriff Coach Justice Cardinal Nurse "
    "Speaker"
)
# offices and occupations, as they stand after a name or before it
ROLES = _words(
    "president minister premier chancellor ambassador envoy secretary undersecretary secretary-general governor mayor senator "
    "congressman congresswoman deputy speaker chairman chairwoman chairperson chair chief commissioner commander general colonel major "
    "captain lieutenant sergeant admiral commodore marshal judge justice king queen prince princess emir sultan sheikh pope archbishop "
    "bishop cardinal priest imam cleric rabbi pastor professor doctor engineer spokesman spokeswoman spokesperson director "
    "representative leader councillor councilor lawmaker legislator adviser advisor prosecutor lawyer attorney solicitor economist "
    "analyst researcher expert historian scientist activist campaigner organiser organizer nurse teacher farmer fisherman shopkeeper "
    "trader student journalist columnist editor reporter author writer head vice-president co-chair diplomat official officer coach "
    "manager owner founder chairlady boss executive delegate counsel rapporteur negotiator coordinator inspector superintendent sheriff "
    "constable soldier pilot skipper mother father widow widower brother sister son daughter wife husband resident pensioner driver "
    "miner worker candidate critic member backbencher frontbencher president-elect first-minister chaplain warden curator harbourmaster "
    "ombudsman auditor undersecretary-general baker vet paediatrician surgeon magistrate midwife convener whip colleague counterpart "
    "independent retiree poet novelist singer actor actress striker regent taoiseach chargé strategist treasurer principal rector dean "
    "abbot elder chieftain clerk host presenter anchor guest biologist hydrologist volcanologist geologist agronomist epidemiologist "
    "physician welder carpenter mechanic butcher beekeeper grower rancher attorney-general director-general inspector-general governor- "
    "general consul-general auditor-general vice-chair vice-chairman vice-chancellor co-founder co-leader mp mep mla mk td senator- "
    "elect mayor-elect barrister broker cook chef painter sculptor musician composer filmmaker producer photographer cartoonist dentist "
    "lecturer librarian publisher translator interpreter playwright goalkeeper midfielder defender athlete sprinter runner cyclist "
    "swimmer boxer referee umpire brewer winemaker cleaner electrician plumber fishmonger grocer hairdresser sociologist anthropologist "
    "archaeologist ecologist oceanographer seismologist meteorologist forecaster virologist oncologist cardiologist physicist chemist "
    "architect planner banker investor landlord landlady tenant herder shepherd veteran reservist survivor villager parishioner blogger "
    "podcaster dancer comedian demographer pharmacist psychologist criminologist policeman policewoman firefighter paramedic docker "
    "trucker signatory mullah mufti archdeacon vicar monk nun friar sergeant-major conductor guide hunter trapper logger potter weaver "
    "tailor barber nanny carer apprentice cousin uncle aunt nephew niece grandfather grandmother grandson granddaughter fiancé fiancée "
    "brigadier seller vendor buyer bystander passer-by caller listener volunteer pupil scholar mason d'affaires predecessor successor "
    "master undergraduate schoolteacher headteacher headmaster headmistress alderman bailiff notary superior provost comptroller"
)
# bodies: the head nouns of organisations, offices, groups with a will of their own
BODIES = _words(
    "ministry department government administration cabinet office agency authority commission committee council parliament senate assembly "
    "court tribunal union federation association organisation organization party bloc alliance coalition movement front group network army "
    "navy police force guard command embassy consulate mission delegation bank company firm corporation consortium institute centre center "
    "university church diocese synod foundation charity trust society club league board bureau directorate secretariat presidency palace "
    "kremlin treasury municipality junta regime militia gang cartel brigade brigades newspaper daily broadcaster chamber congress "
    "confederation forum observatory monitor watchdog service guild cooperative co-operative fund operator airline staff "
    "jury crew squad clergy leadership executive commune ward hospital clinic school college monastery parish congregation observatory "
    "garrison squadron fleet agency-general syndicate collective circle trade-union taskforce "
    "community emirate kingdom republic side opposition caucus lobby academy "
    "military inspectorate registry patriarchate conference vanguard faction panel team local branch chapter body traders' legislature"
)
BODY_CAPITAL = frozenset(b.capitalize() for b in BODIES if b.isalpha()) | _words(
    "Forces Nations States Brigades Rights Workers Farmers Nurses Lawyers Teachers Exporters Bishops Hospital Foreign-Ministry Post Times "
    "Radio TV News Watch International Ltd Inc Plc Homes Industries Mining Steel Oil Gas Airlines Railways Group Holdings Partners Law Act "
    "Agreement Treaty Charter Convention Strait Sea River Lake Mountain Province Region County District City State Street Square Bridge "
    "Bill "
    "Island Islands Valley Airport Port University School College Museum Programme Project Park Games Cup Day Resolution Article "
    "Security Affairs Defence Defense Interior Finance Trade Health Justice Interior-Ministry Side Powers Allies Rights"
)
def _plural_of(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    return noun[:-2] + "en" if noun.endswith("man") else noun + "s"


_PLURALS = frozenset(_plural_of(w) for w in BODIES | ROLES) | _words(
    "parties countries ministries people residents villagers families countrymen forces troops companies charities rebels militants "
    "insurgents parents patients women men protesters authorities allies governors fishermen secretaries deputies members others "
    "survivors relatives voters students brothers separatists taliban"
)
PAPERS = _words(
    "statement note text report letter communique communiqué resolution declaration message decree ruling judgment verdict document "
    "paper editorial article bill law act memo memorandum release bulletin readout notice petition charter draft treaty agreement"
)
VENTURES = _words(
    "company firm maker manufacturer distributor producer contractor operator retailer supplier developer insurer refiner builder exporter "
    "importer carrier lender publisher chain utility startup conglomerate subsidiary corporation airline bank consortium group brewer "
    "supermarket shipper miner bookmaker magazine website weekly publication paper outlet station channel campaign initiative thinktank "
    "think-tank cooperative collective nonprofit non-profit"
)
"""Nouns for companies and undertakings, which the article may name elsewhere."""
# after a body's noun these show that the noun only modifies: "Woodlands police station"
_MODIFIED = _words(
    "station stations building buildings premises sources source line lines funds money figures data plan plans policy budget headquarters "
    "post posts vehicle vehicles vessel vessels ship ships boat boats meeting talks membership rules reform law"
)
_ABBREVIATED = {
    "ing.": "engineer", "dr": "doctor", "dr.": "doctor", "prof.": "professor", "prof": "professor", "gen.": "general", "sen.": "senator",
    "gov.": "governor", "col.": "colonel", "capt.": "captain", "rep.": "representative", "pm": "minister", "fm": "minister",
    "mp": "lawmaker", "mk": "lawmaker", "mep": "lawmaker", "td": "lawmaker",
}  # fmt: skip
_PARTICLES = _words("de da del della di do dos das van von der den ter bin bint ibn al el la le du y e ole na dan op 't av af zu")
# words that a sentence may open with and that are no name, whatever their capital
OPENERS = _words(
    "a an the this that these those some any all both each every no not his her its their our my your he she it they we i you who what "
    "which when where why how if as at by in on of for from to with without into over under after before during since until while "
    "although though because but and or nor so yet still also only even just then there here now today yesterday tomorrow monday tuesday "
    "wednesday thursday friday saturday sunday january february march april may june july august september october november december "
    "asked according responding speaking writing turning referring addressing meanwhile however earlier later last next first second third "
    "one two three four five six seven eight nine ten eleven twelve several many most few more another other such same neither either "
    "none nobody nothing never once twice perhaps maybe instead despite against among between across around about near outside inside "
    "following given having being let should would could must will may might does did do is are was were has have had please dear good "
    "yes no well thank thanks shame woe mr. it's i'm we're they're don't that's there's let's should nor anyone everyone whoever whatever "
    "hours days weeks months years police officials residents talks former under deposed opposition unlike like again back behind "
    "separately elsewhere abroad later reporting correction shortly like than too very those whether q question answer"
)
_ARTICLES = _words("The A An In On At He She It They We")
MONTHS = _words(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September October November "
    "December Jan Feb Mar Apr Aug Sept Sep Oct Nov Dec God Internet Christmas Easter Ramadan Eid I"
)
_DIRECTIONS = _words("North South East West English French")


MOST = 24
"""Mentions of a sentence that are looked at: no prose has more, and the work stays bounded."""

MOST_INTROS = 32
"""Different introductions of a person that are kept."""

REACH = 200
"""Mentions of one kind that a search looks back over: enough for any article, and it bounds the work."""


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


@dataclass(slots=True)
class Turn:
    """What one speaker of a transcript says: "Raimbault: ..."."""

    start: int
    end: int
    label: str


_BREAKS = ":.?!—–-"
"""A sentence may begin after one of these and a space."""
_OPENINGS = "“«„\"‘("
"""… or right after one of these."""
_ARTICLED = re.compile(r"(?:[ae]l|a[dnrstz]|ash|ud|ul|d|l)[-’'](?=[A-ZÀ-Þ])")  # al-Fezzani, d'Estaing


def _bare(name: str) -> str | None:
    """A surname without the article that stands before it: "Assad" of "al-Assad"; None where there is none."""
    match = _ARTICLED.match(name)
    return None if match is None else name[match.end() :]


# up to 60 characters before a dash, or an agency's mark between slashes
_DATELINE = re.compile(
    r"((?:[A-ZÀ-Þ(][^\n.;:?!“”\"–—]|[A-ZÀ-Þ])(?:[^\n;:?!“”\"–—-]|-(?! )){0,60}?)(?: ?[–—] ?| --? |\.? /[A-Z]{2,10}/\.? )"
)
_OPEN = "“«„"
_CLOSE = "”»"
_QUOTE = re.compile(r"[“”«»„\"‘’'\n]")


def quotations(text: str) -> list[tuple[int, int]]:
    """`[start, end)` of what stands in quotation marks, the marks included. A paragraph's end closes a quotation;
    one opened anew at the next paragraph's start continues it."""
    found: list[tuple[int, int]] = []
    opened, mark = -1, ""
    for match in _QUOTE.finditer(text):
        at, sign = match.start(), match.group()
        if sign == "\n":
            if opened >= 0 and not _goes_on(text, at, mark):
                if mark in "“«\"„" or (at - opened > 30 and text[max(0, opened - 2) : opened].strip() in ("", ":", ",")):
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
    if opened >= 0 and mark in "“«\"„":
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
    return sign == mark and sign in "“«\"" and _opens(text, at)


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


class Reading:
    """An article read for names. Linear in its length.

    `spans` are places that somebody has marked as parties; `borders` what `stancekit.text.sentences` gives, where that is known.
    """

    def __init__(self, text: str, spans: Sequence[tuple[int, int]] = (), borders: Sequence[tuple[int, int]] | None = None) -> None:
        self.text = text
        self._spans = spans
        self.given = dict(spans)
        self.sentences = sentences(text) if borders is None else borders
        self._starts = [s for s, _ in self.sentences]
        self.quotes = quotations(text)
        self._quote_starts = [s for s, _ in self.quotes]
        self._held: dict[int, tuple[int, int] | None] = {}
        self.words = self._split()
        self._word_starts = [w.start for w in self.words]
        self.people: list[Person] = []
        self.mentions: list[Mention] = []
        self._by_word: dict[str, list[Person]] = {}
        self._lower = {w.text for w in self.words if not w.capital}
        self.turns = list(self._turns())
        self._turn_starts = [t.start for t in self.turns]
        self._mention_starts: list[int] = []
        self._alone: set[str] = set()
        self._introduced: set[int] = set()
        self._placed: dict[int, Mention] = {}
        self._about: dict[str, bool] = {}
        self._datelines: dict[int, int] = {}
        self.by_role: dict[str, list[Mention]] = {}
        self.by_head: dict[str, list[Mention]] = {}
        self.by_last: dict[str, list[Mention]] = {}
        self.first: dict[int, Mention] = {}
        self.apposed: dict[str, list[Mention]] = {}
        self._read()

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

    def turn_at(self, at: int) -> Turn | None:
        """The speaker's turn that holds a character."""
        i = bisect_right(self._turn_starts, at) - 1
        return self.turns[i] if i >= 0 and at < self.turns[i].end else None

    def word_at(self, at: int) -> int:
        """The number of the first word that ends after a character."""
        i = bisect_right(self._word_starts, at) - 1
        if i >= 0 and self.words[i].end > at:
            return i
        return i + 1

    def between(self, start: int, end: int) -> list[Mention]:
        """The mentions inside [start, end), the last `MOST` of them."""
        first, last = bisect_left(self._mention_starts, start), bisect_left(self._mention_starts, end)
        return self.mentions[max(first, last - MOST) : last] if end > start else []

    def around(self, at: int) -> Mention | None:
        """The mention that starts last before a character, where it holds that."""
        i = bisect_left(self._mention_starts, at) - 1
        return self.mentions[i] if i >= 0 and self.mentions[i].end > at else None

    def quotes_between(self, start: int, end: int) -> list[tuple[int, int]]:
        """The quotations that begin inside [start, end)."""
        return self.quotes[bisect_left(self._quote_starts, start) : bisect_left(self._quote_starts, end)]

    def before(self, index: Mapping[str, Sequence[Mention]], key: str, at: int) -> Iterator[Mention]:
        """The mentions of one entry of an index that start before a character, nearest first, no more than `REACH`."""
        found = index.get(key, ())
        low = bisect_left(found, at, key=lambda m: m.start)
        for i in range(low - 1, max(-1, low - 1 - REACH), -1):
            yield found[i]

    def named(self, word: str) -> list[Person]:
        """The people whose name holds a word."""
        return self._by_word.get(word.casefold(), [])

    # words

    def _split(self) -> list[Word]:
        words: list[Word] = []
        text = self.text
        starts = set(self._starts)
        fresh, after = True, -9  # whether a sentence begins; where the last word ended, if it ended in a full stop
        for match in WORD.finditer(text):
            start, end = match.span()
            if after >= start - 1:
                fresh = False
            elif not fresh and start not in starts:
                fresh = text[start - 2] in _BREAKS if text[start - 1] == " " else text[start - 1] in _OPENINGS
            else:
                fresh = True
            raw = core = match.group()
            if raw.islower() and raw.isalpha():  # most words
                words.append(Word(start, end, raw, raw, False, False, raw, fresh))
                fresh, after = False, -9
                continue
            possessive = False
            if "’" in raw or "'" in raw:
                if raw[-1] in "’'" and not (raw[-2:-1] in ("s", "S") and self.quote_at(end - 1) is None):
                    raw, end = raw[:-1], end - 1
                owned = raw[-2:] in ("’s", "'s", "’S", "'S")
                possessive = owned or raw[-1] in "’'"
                core = raw[:-2] if owned else raw.rstrip("’'")
            if text[end : end + 1] == "." and self._dotted(raw):
                raw, end = raw + ".", end + 1
                core, possessive = raw, False
            capital = core[:1].isupper() or (("-" in core or "’" in core or "'" in core) and _ARTICLED.match(core) is not None)
            words.append(Word(start, end, raw, core, possessive, capital, core.lower(), fresh))
            fresh, after = False, end if raw[-1:] == "." else -9
        return words

    @staticmethod
    def _dotted(raw: str) -> bool:
        return raw in _ABBREVIATIONS or (len(raw) == 1 and raw.isupper()) or _DOTTED.fullmatch(raw) is not None

    def gap(self, i: int) -> str:
        """What stands between word i and the next."""
        if i + 1 >= len(self.words):
            return "\n"
        return self.text[self.words[i].end : self.words[i + 1].start]

    # transcripts

    _LABEL = re.compile(
        r"(?:(?<=\n)|(?<=[.?!…”\"] )|\A)"
        r"((?:[A-Z][\w.’'-]*|[A-Z])(?: [A-Z][\w.’'-]*| of| the| for){0,6}(?: \([A-Z][\w .’'-]{1,40}\))?):(?=\s)"
    )
    _FREE = _words("Q QUESTION ANSWER A")

    def _turns(self) -> Iterator[Turn]:
        found = [m for m in self._LABEL.finditer(self.text) if self.quote_at(m.start(1)) is None]
        counts: dict[str, int] = {}
        for match in found:
            counts[match.group(1)] = counts.get(match.group(1), 0) + 1
        if not any(n > 1 for n in counts.values()):
            return
        for match, following in zip(found, [*found[1:], None], strict=True):
            end = following.start() if following else len(self.text)
            paragraph = self.text.find("\n", match.end(), end)
            if match.group(1) in _ASKED and paragraph >= 0:  # the answer may follow without a label
                yield Turn(match.end(), paragraph, match.group(1))
                if self.text[paragraph:end].strip():
                    yield Turn(paragraph, end, "A")
            else:
                yield Turn(match.end(), end, match.group(1))

    # people and bodies

    def _read(self) -> None:
        runs = [r for r in self._runs() if not self._opening(self.words[r[0]].start)]
        for turn in self.turns:
            self._labelled(turn.label)
        self._alone = {self.words[a].core for a, b in runs if b - a == 1}
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
        closed = self.text[two.end : two.end + 1] in (",", ".", ";", ")", "”", "") or _ENDING.match(self.text, two.end) is not None
        bodied = two.kind == "person" and isinstance(two.who, Person) and self.text[two.start : two.end] == two.who.name
        plain = _COMPLEMENT.fullmatch(between) is not None
        if bodied and _OF_BODY.fullmatch(between) and between.split()[-1].lower() in BODIES:
            plain, closed = True, True  # "deputy spokesman of the foreign ministry Gleb Astakhov"
        if one.kind == "role" and isinstance(two.who, Person) and plain and closed:
            one.who, one.kind = two.who, "person"
            return True
        owned = self.words[self.word_at(two.start)].lower in _OWN
        if two.kind == "role" and isinstance(one.who, Person) and between == ", " and not owned:
            two.who, two.kind = one.who, "person"
            return True
        return False

    def _appose(self) -> None:
        """Notes what names are said to be: "Corvane, a cladding company, ...", "the federation IndustriMetall"."""
        companies: dict[int, Person] = {}
        self._placed = {m.start: m for m in self.mentions if m.kind == "body" and isinstance(m.who, Body) and not m.who.proper}
        for mention in self.mentions:
            who = mention.who
            if mention.kind in ("pronoun", "role") or (isinstance(who, Body) and not who.proper):
                continue
            nouns = self._said_of(mention)
            bodies = nouns & (BODIES | VENTURES)
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

    def _said_of(self, mention: Mention) -> set[str]:
        nouns = set()
        match = _BESIDE.match(self.text, mention.end)
        if match is not None:
            nouns.add(match.group(1).rsplit(" ", 1)[-1])
            beside = self._placed.get(mention.end + 2)
            i = self.word_at(mention.start) - 1
            whole = i < 0 or self.gap(i) != " " or self.words[i].lower not in _WITHIN
            described = match.group(1) in BODIES | VENTURES
            if whole and described and beside is not None and isinstance(beside.who, Body) and not beside.who.alias:
                beside.who.alias = self.text[mention.start : mention.end]
        match = _AHEAD.search(self.text[max(0, mention.start - 80) : mention.start])
        plain = match is not None and not any(w in _WITHIN for w in match.group().split())
        if match is not None and match.group(2):  # "the president of the federation, Moacir Teles"
            before = self.text[max(0, mention.start - 80) : mention.start][: match.start()].split()
            plain = plain and not (before and before[-1] in _WITHIN)
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
        for word in {w.casefold() for p in companies.values() for name in p.words for w in (name, _bare(name)) if w}:
            self._by_word[word] = [p for p in self._by_word[word] if id(p) not in bodies]

    def _act(self) -> None:
        """A bare name that a reporting verb follows is a party, be it somebody or something: "Unison said"."""
        for mention in self.mentions:
            i = self.word_at(mention.start)
            if mention.who is not None or mention.kind != "name":
                continue
            which = self.text[mention.end : mention.end + 8] == ", which "
            if which or self._speaking(i, self.word_at(mention.end)):
                if i and self.gap(i - 1) == " " and self.words[i - 1].lower in _WITHIN | {"and", "or"}:
                    continue
                name = self.text[mention.start : mention.end]
                head = name.split()[-1].lower()
                mention.who, mention.kind = Body(name, head, head in _PLURALS, unsure=not which), "body"

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
            if not self._nameable(i):
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
            marked = "(" in told or "/" in told or _DOTTED.search(told) is not None
            shown = marked or any((len(w) > 2 and w.isupper()) or w in MONTHS for w in told_words)
            end = self._datelines[start] = match.end() if match and shown else start
        return place < end

    def _nameable(self, i: int) -> bool:
        word = self.words[i]
        if not word.capital:
            return False
        if word.text in _DIRECTIONS and not self._names_on(i):
            return False
        if (word.text in MONTHS and not self._first_name(i)) or word.lower in _NO_START:
            return False
        if word.first and (word.lower in OPENERS or (word.lower in self._lower and not self._names_on(i))):
            return False
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
            if i == last - 1 > first and words[i].core not in _NO_SURNAMES:
                break
            many = words[i].core[-1:] == "s" and words[i].core[:-1] in TITLES  # "Senators Ada Ruiz and Jan Wit"
            if words[i].text in TITLES or (many and i < last - 1) or words[i].core in TITLES and i < last - 1 and not words[i].possessive:
                name = i + 1
        named_for = name == first and first > 0 and words[first - 1].lower in ("of", "for", "and") and self.gap(first - 1) == " "
        while named_for and last - name > 2 and words[name].core in _OF_MINISTERS:
            name += 1
        while last - name > 2 and (words[name].core in _PORTFOLIOS or words[name].core in demonyms() or words[name].core in place_names()):
            name += 1
        return first, name

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
        if tokens[-1].core in _NO_SURNAMES or (name == title and tokens[-1].core in place_names() and len(tokens) > 2):
            return
        titled = any(w.text in TITLES or w.core in TITLES or w.lower in ROLES for w in words[title:name])
        if name > title > 1 and words[title - 1].lower in ("of", "for") and words[title - 2].lower in ROLES:
            titled = True  # "the member of Parliament Dulce Abrantes"
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
        if ahead in ROLES | TIES:
            return True
        if words[last - 1].possessive or self._before_office(last):
            return False
        if last - first < 2 and not self._by_word.get(words[first].core.casefold()):
            return False
        if last - first >= 2 and self._told(first, last, ahead):
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
        found = set()
        for i in range(last, min(last + 9, len(words))):
            if i > last and self.gap(i - 1) != " " and words[i - 1].text not in ("ex", "vice"):
                break
            if words[i].lower in ROLES:
                found.add(words[i].lower)
            if words[i].lower in VERBS and i > last:
                break
        return set() if words[last].lower in _STOP or words[last].lower in VERBS else found

    def _apposed_before(self, first: int) -> set[str]:
        """Offices in "The premier of British Columbia, " before a name."""
        words = self.words
        if not first or self.gap(first - 1) != ", ":
            return set()
        for low in self._apposition(first):
            found: set[str] = set()
            for i in range(low, first):
                if (words[i].lower in VERBS and words[i].lower not in ROLES) or (i > low and words[i].lower in _WITHIN):
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
        while i >= 0 and first - i < 14 and (words[i].lower not in VERBS or words[i].lower in ROLES):
            if words[i].text.endswith("ing") and words[i + 1].lower in _WITHIN | _OPENED:
                break  # "with the ambassador watching from the gallery, Whitmore said"
            if words[i].lower in _OPENED or words[i].possessive:
                found.append(i)
            if not i or self.gap(i - 1) != " ":
                break
            i -= 1
        return found[::-1]

    def _note(self, title: int, name: int, last: int) -> Person:
        words = self.words
        tokens = tuple(w.core for w in words[name:last])
        person = self._known(tokens)
        if person is None:
            person = Person(" ".join(tokens), tokens)
            likely = "f" if tokens[0] in _HERS else "m" if tokens[0] in _HIS else None
            if likely and len(tokens) > 1:
                person.hints[likely] += 2
            self.people.append(person)
            for token in tokens:
                self._by_word.setdefault(token.casefold(), []).append(person)
                if bare := _bare(token):  # "al-Assad" is "Assad" too
                    self._by_word.setdefault(bare.casefold(), []).append(person)
        self._describe(person, title, name, last)
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
            if word.text.lower() in _ABBREVIATED:
                person.roles.add(_ABBREVIATED[word.text.lower()])
        proper = [
            w for w, after in zip(heads, [*heads[1:], None], strict=False)
            if w.text.lower() not in HONORIFICS and not w.possessive and (w.core not in demonyms() or self._begins_name(w, after))
        ]
        if proper and proper[0].first and proper[0].lower in OPENERS:
            proper = proper[1:]
        if any(w.text in _MEMBERS for w in proper):  # "Galway West TD"
            proper = [w for w in proper if w.text in _MEMBERS]
        text = " ".join(w.text for w in proper if w.lower not in _PLURALS and not _DOTTED.match(w.text))
        if all(w.text not in TITLES and (w.core in _OF_MINISTERS or w.core in place_names()) for w in proper):
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
            if word.lower in VERBS or word.lower in ("that", "as", "with", "to", "by", "from"):
                break
            if word.lower in _WITHIN and not (low > 1 and words[low - 2].lower in ROLES | BODIES):
                break  # "Russia's attacks on President …"; "minister for …" goes on
            low -= 1
        if low < first or words[first].core in demonyms():
            if any(w.lower in ROLES or w.lower in BODIES for w in words[low:last]):
                intro = self.text[words[low].start : words[last - 1].end]
                person.introduce(intro)
                person.roles |= self._offices(low, first, last)
        match = _BELONGS.match(self.text, words[last - 1].end)
        if match:
            told = match.group(1).split()
            ends = (k for k, w in enumerate(told) if k and w.islower() and (w in VERBS | _AFTER_PLACE or w.endswith("ed")))
            person.introduce(" ".join(told[: next(ends, len(told))]))
        if self._apposed_before(first):
            person.introduce(self._clause_before(first))
        if self._apposed_after(last):
            person.introduce(self._clause_after(last))

    def _offices(self, low: int, first: int, last: int) -> set[str]:
        """The offices in the words right before a name; those of "a spokesman for President Aho" are not all Aho's."""
        words = self.words
        cuts = [i for i in range(low, first) if words[i].lower in _WITHIN]
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
                if name > first > 1 and words[first - 1].text in ("for", "of"):  # "Minister for Africa Lord Penhallow"
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
            plural = low == first == last - 1 and words[first].first and head in _PLURALS
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
        if low and words[low - 1].possessive and self.gap(low - 1) == " ":
            low -= 1
            while low and words[low - 1].capital and self.gap(low - 1) == " " and not words[low - 1].first:
                low -= 1
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
        for i, word in enumerate(words):
            lower = word.lower
            if lower not in _TELLING:
                continue
            if word.text in _PRONOUNS:
                self.mentions.append(Mention(word.start, word.end, None, self.sentence_at(word.start), "pronoun"))
                continue
            body, role, plural = lower in BODIES or lower in PAPERS, lower in ROLES, lower in _PLURALS
            if not (body or role or plural) or word.possessive or self._opening(word.start):
                continue
            many = word.first and lower in _PLURALS and not (i + 1 < len(words) and words[i + 1].capital and self.gap(i) == " ")
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
            if word.lower in _STOP or (word.lower in VERBS and word.lower not in ("said",)):
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
            low = i - 1 if plain and not words[i - 1].text.isdigit() and words[i - 1].lower not in _STOP else i
        return low


_CALLED = re.compile(
    r" (?:calling itself|which calls itself|styling itself|that calls itself|known as|called|named|by the name of|who (?:calls|called) "
    r"(?:him|her)self|who gave (?:his|her) name as) ((?:the )?[A-Z][\w’'-]*(?: (?:(?:of|the|for) )*[A-Z][\w’'-]*)*)"
)
_BESIDE = re.compile(
    r", (?:an?|the|its|their|one of the|one of its) (?:[\w’'-]+ ){0,5}?([a-z][\w-]*)"
    r"(?=,|\.|;| (?:that|which|who|whose|of|in|for|on|to|from|by|with|at|based)\b)"
)
_AHEAD = re.compile(r"\b[Tt]he (?:[\w’'-]+ ){0,3}?([a-z][\w-]*)(,)? \Z")
NOUNS = BODIES | ROLES | _PLURALS | _MODIFIED | PAPERS
_PRONOUNS = frozenset(("he", "she", "He", "She", "it", "It", "they", "They"))
_TELLING = BODIES | PAPERS | ROLES | _PLURALS | {"he", "she", "it", "they"}
_BELONGS = re.compile(r" (?:of|from) ((?:the )?[A-Z][^,.;:“”\"\n]{1,60})")
_ENDING = re.compile(r" (?:of|for|at|in) [^,.;:“”\"\n]{1,60}, ")
_OF_BODY = re.compile(r" of (?:[\w’'-]+ ){1,6}")
_COMPLEMENT = re.compile(r"(?: (?:[a-z]+ed )?(?:of|for|to|at|in|on) [^,.;:“”\"]{1,50})?, (?:[a-z-]+ ){0,2}")
ROLE_CAPITALS = frozenset(r.capitalize() for r in ROLES)
_DETERMINED = _words("the a an his her its their our my one this that both all some several many two three four five six")
_OWN = _words("his her their whose my our")
_OPENED = _words("the a an its their his her our my whose one")
_WITHIN = _words("of for in on at by from to with against under over about into between")
_AFTER_PLACE = _words("who that on in to and")
_STARTS = _words("New North South East West Northern Central")
_HERS = _words(
    "Achieng Ada Adaeze Agnieszka Aigul Aisha Akiko Akinyi Alexandria Amanda Amelia Amina Aminata Amy Amélie Ana Anaïs Angela Anjali "
    "Anna Annalena Anne Annegret Ashley Astrid Atifete Aurore Ayşe Barbara Beata Beatriz Benazir Betty Birgit Brigitte Carmen Catherine "
    "Charlotte Cheryl Chiara Chioma Chloé Christina Christine Claudia Condoleezza Cristina Cynthia Deborah Diana Diane Dilma Dinara "
    "Dolores Donna Ekaterina Elena Elif Elizabeth Ellen Emily Emine Emma Eszter Evika Ewa Fatima Fatou Federica Fernanda Folake "
    "Francesca Gabriela Giorgia Graça Greta Gretchen Gudrun Gulnara Halima Hannah Heike Helen Hillary Ildikó Imee Indira Ingrid "
    "Inès Irina Iryna Isabel Isabella Ivana Jacinda Jacqueline Jelena Jennifer Jessica Joyce Judith Julia Julie Julija Kaja Kamala "
    "Karen Katalin Kateryna Katherine Kathleen Kathy Katrin Katrín Keiko Khadija Khaleda Kimberly Kolinda Kumiko Lakshmi Laura Layla "
    "Leila Leni Lina Linda Lindiwe Lisa Liz Lucia Luciana Lucía Ludmila Madeleine Magdalena Maia Maja Mamata Margaret Margaretha Maria "
    "Mariam Mariama Mariana Marie Marina Marta Martha Mary Maryam María Małgorzata Megan Megawati Melissa Meral Mette Michelle Milica "
    "Nadia Naledi Nancy Naoko Natalia Natalie Nataliya Nathalie Ngozi Nikki Nirmala Njeri Nkosazana Nomvula Oksana Olena Olga Olivia "
    "Oumou Paola Patricia Penelope Penny Petra Pilar Portia Pramila Priti Priyanka Rachel Rashida Rebecca Retno Rishita Roberta Rokia "
    "Rosa Roza Ruth Salome Salomé Samantha Samira Sanae Sandra Sanna Sarah Saule Sigrid Silvia Smriti Snežana Sofia Sonia Sophia Sophie "
    "Stephanie Suella Sunita Susan Sushma Svetlana Ségolène Tansu Tatiana Tatyana Teresa Thandiwe Theresa Ursula Valérie Viola Vjosa "
    "Wambui Wanjiru Winnie Ximena Yolanda Yoriko Yulia Yuliia Yuriko Yvette Zainab Zeynep Zuzana Ágnes Élisabeth "
)
"""First names of women, in most languages of women only. They say less than "she" or "Ms" does."""
_HIS = _words(
    "Aaron Abbas Abdelmadjid Abdullah Abiy Adam Ahmad Ahmed Ahmet Alar Alassane Alberto Albin Alejandro Aleksandar Aleksander Aleksei "
    "Alexander Alexei Amit Andrei Andrej Andrew Andriy Andrzej Andrés Anthony Antonio Antonis Antony Anwar Arthur Asif Ayman Barack "
    "Bart Bashar Bassirou Ben Benjamin Benny Bernie Bezalel Bilawal Boris Boyko Brandon Brian Carl Carlos Charles Christian Christopher "
    "Cyril Daniel David Dennis Denys Dmitri Dmitry Dmytro Donald Douglas Ebrahim Edgar Edward Ehud Emmanuel Emmerson Emomali Enda "
    "Enrique Eric Espen Ethan Evo Faisal Felipe Ferdinand Fernando Filipe Frank Frank-Walter François Friedrich Fumio Félix Gary Geert "
    "George Gerald Gergely Gerhard Giorgi Gitanas Giuseppe Goodluck Gordon Gregory Gustavo Gérald Haider Hakainde Hakan Hakeem Harold "
    "Hasan Hashim Hassan Heiko Helmut Henry Hiroshi Hossein Hugo Hussein Ibrahim Ignazio Igor Imran Irakli Isaac Isaias Ismail "
    "Itamar Ivica Iván Jacob Jacques Jair James Jarosław Jason Javad Javier Jean-Luc Jean-Marie Jean-Noël Jean-Yves Jeffrey Jens Jeremy "
    "Jerry Joao Joe John Joko Jonas Jonathan Jose Josep Joseph Joshua José João Juan Justin János Kassym-Jomart Keir Keith Kemal Kenji "
    "Kenneth Kevin Khaled Khalid Klaus Kofi Kwame Kyriakos Larry Lars Laurent Lawrence Leo Liam Lloyd Luis Luiz Macky Mahmoud Mahmud "
    "Manmohan Marcel Marco Mariano Mario Mark Masoud Mateusz Matteo Matthew Mauricio Mehmet Mevlüt Michael Micheál Miguel Mike Mikhail "
    "Mikheil Milorad Miloš Mitch Mohamad Mohamed Mohammad Mohammed Muammar Muhammad Muhammadu Mustafa Naftali Narendra Nathan Nawaz "
    "Nelson Nicholas Nicolae Nicolas Nicolás Nigel Nikol Nikos Noah Nouri Nursultan Olaf Oleg Oleh Olusegun Omar Paolo Patrick Paul "
    "Pedro Pete Peter Petr Petro Philip Phillip Prabowo Péter Radosław Rafael Rahul Raila Rajnath Recep Richard Rishi Robert Rodrigo "
    "Roger Ronald Rumen Saddam Sadyr Salman Samuel Scott Sean Sergei Sergey Sergio Serhiy Shavkat Shehbaz Shigeru Shimon Shinzo Silvio "
    "Simon Stefan Stephen Steven Stéphane Subrahmanyam Sébastien Takeshi Tarek Tariq Ted Thabo Thomas Timothy Tony Toshimitsu Uhuru Ulf "
    "Umar Vicente Victor Viktor Vitali Vitalii Vladimir Volodymyr Walter William Wolfgang Yahya Yair Yasser Yevgeny Yoav Yoshihide "
    "Yousef Youssef Yoweri Yusuf Zachary Zbigniew Zoltán Zoran Édouard "
)
"""First names of men, likewise."""
_NOUNLIKE = _words("states notes claims reports charges points")
_TRADES = _words(
    "builder publisher developer contractor operator distributor supplier producer miner brewer importer exporter bookmaker shipper lender "
    "maker refiner retailer monitor"
)
_NO_START = (_WITHIN - {"under"}) | _words("behind after before without despite amid as than")
_FIRST_NAMES = _words("Jan April June")
_MEMBERS = ("MP", "TD", "MEP", "MK", "MLA")
_PLACING = ("at", "in", "near")
_SUBORDINATE = ("of", "for", "at", "from", "in", "with", "to", "by", "against")
_ADVERBS = _words("also then later further still again once has have had even however simply duly flatly")
_OCCUPATION = ("ist", "ician", "woman", "sman", "yman", "eman", "dman", "rman", "ologer", "ographer")
_STOP = _words(
    "whose and or but of in on at by for from to with that which who as than into over after before against between about through under "
    "while if when because not so"
)


_DETERMINER = re.compile(r"^(?:the|an?)\s+(?=\S)", re.IGNORECASE)


def strip_determiner(text: str) -> str:
    """The phrase without a leading "the", "a", "an"."""
    return _DETERMINER.sub("", text) if text[:1] in "tTaA" else text


def _gender(roles: set[str]) -> str | None:
    male = any(r.endswith("man") and not r.endswith("woman") for r in roles) or bool(
        roles & {"king", "prince", "father", "brother", "son", "husband", "widower", "sheikh", "imam", "bishop", "pope", "rabbi", "actor"}
    )
    female = any(r.endswith("woman") for r in roles) or bool(
        roles & {"queen", "princess", "mother", "sister", "daughter", "wife", "widow", "midwife", "actress"}
    )
    return None if male == female else "m" if male else "f"
