"""Exchanging countries in training texts, so that no country is learned as good or bad.

A country's name, adjective and capital are replaced together and consistently through a text, each by
the same form of another country; all spans move along. Nothing of this is written to disk.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from stancekit.schema import Article, Query, Span, Stance, Statement

THE = "the "
COUNTRIES = """
Afghanistan|Afghan|Kabul
Albania|Albanian|Tirana
Algeria|Algerian|Algiers
Angola|Angolan|Luanda
Argentina|Argentine|Buenos Aires
Armenia|Armenian|Yerevan
Australia|Australian|Canberra
Austria|Austrian|Vienna
Azerbaijan|Azerbaijani|Baku
Bahrain|Bahraini|Manama
Bangladesh|Bangladeshi|Dhaka
Belarus|Belarusian|Minsk
Belgium|Belgian|Brussels
Bolivia|Bolivian|La Paz
Bosnia|Bosnian|Sarajevo
Botswana|Botswanan|Gaborone
Brazil|Brazilian|Brasilia
Bulgaria|Bulgarian|Sofia
Burundi|Burundian|Bujumbura
Cambodia|Cambodian|Phnom Penh
Cameroon|Cameroonian|Yaounde
Canada|Canadian|Ottawa
Chile|Chilean|Santiago
China|Chinese|Beijing
Colombia|Colombian|Bogota
Croatia|Croatian|Zagreb
Cuba|Cuban|Havana
Cyprus|Cypriot|Nicosia
Denmark|Danish|Copenhagen
Ecuador|Ecuadorian|Quito
Egypt|Egyptian|Cairo
Eritrea|Eritrean|Asmara
Estonia|Estonian|Tallinn
Ethiopia|Ethiopian|Addis Ababa
Finland|Finnish|Helsinki
France|French|Paris
Gabon|Gabonese|Libreville
Germany|German|Berlin
Ghana|Ghanaian|Accra
Greece|Greek|Athens
Guatemala|Guatemalan|Guatemala City
Haiti|Haitian|Port-au-Prince
Honduras|Honduran|Tegucigalpa
Hungary|Hungarian|Budapest
Iceland|Icelandic|Reykjavik
India|Indian|New Delhi
Indonesia|Indonesian|Jakarta
Iran|Iranian|Tehran
Iraq|Iraqi|Baghdad
Ireland|Irish|Dublin
Israel|Israeli|Tel Aviv
Italy|Italian|Rome
Japan|Japanese|Tokyo
Kazakhstan|Kazakh|Astana
Kenya|Kenyan|Nairobi
Kosovo|Kosovan|Pristina
Kuwait|Kuwaiti|Kuwait City
Kyrgyzstan|Kyrgyz|Bishkek
Laos|Lao|Vientiane
Latvia|Latvian|Riga
Lebanon|Lebanese|Beirut
Liberia|Liberian|Monrovia
Libya|Libyan|Tripoli
Lithuania|Lithuanian|Vilnius
Malawi|Malawian|Lilongwe
Malaysia|Malaysian|Kuala Lumpur
Mali|Malian|Bamako
Mexico|Mexican|Mexico City
Moldova|Moldovan|Chisinau
Mongolia|Mongolian|Ulaanbaatar
Morocco|Moroccan|Rabat
Mozambique|Mozambican|Maputo
Myanmar|Burmese|Naypyidaw
Namibia|Namibian|Windhoek
Nepal|Nepali|Kathmandu
Nicaragua|Nicaraguan|Managua
Nigeria|Nigerian|Abuja
Norway|Norwegian|Oslo
Oman|Omani|Muscat
Pakistan|Pakistani|Islamabad
Paraguay|Paraguayan|Asuncion
Peru|Peruvian|Lima
Poland|Polish|Warsaw
Portugal|Portuguese|Lisbon
Qatar|Qatari|Doha
Romania|Romanian|Bucharest
Russia|Russian|Moscow
Rwanda|Rwandan|Kigali
Senegal|Senegalese|Dakar
Serbia|Serbian|Belgrade
Slovakia|Slovak|Bratislava
Slovenia|Slovenian|Ljubljana
Somalia|Somali|Mogadishu
Spain|Spanish|Madrid
Sweden|Swedish|Stockholm
Switzerland|Swiss|Bern
Syria|Syrian|Damascus
Taiwan|Taiwanese|Taipei
Tajikistan|Tajik|Dushanbe
Tanzania|Tanzanian|Dodoma
Thailand|Thai|Bangkok
Tunisia|Tunisian|Tunis
Turkey|Turkish|Ankara
Turkmenistan|Turkmen|Ashgabat
Uganda|Ugandan|Kampala
Ukraine|Ukrainian|Kyiv
Uruguay|Uruguayan|Montevideo
Uzbekistan|Uzbek|Tashkent
Venezuela|Venezuelan|Caracas
Vietnam|Vietnamese|Hanoi
Yemen|Yemeni|Sanaa
Zambia|Zambian|Lusaka
Zimbabwe|Zimbabwean|Harare
Saudi Arabia|Saudi|Riyadh
South Africa|South African|Pretoria
South Korea|South Korean|Seoul
North Korea|North Korean|Pyongyang
Sri Lanka|Sri Lankan|Colombo
the United States|US|Washington
Britain|British|London
the Philippines|Philippine|Manila
"""


@cache
def countries() -> tuple[tuple[str, ...], ...]:
    """(name, adjective, capital) of each country."""
    return tuple(tuple(line.split("|")) for line in COUNTRIES.strip().splitlines())


@dataclass(frozen=True)
class _Form:
    """A form of a country's name: the country, the form (0 name, 1 adjective, 2 capital), and whether "the" belongs to it."""

    country: int
    kind: int
    article: bool = False


@cache
def _pattern() -> tuple[re.Pattern[str], Mapping[str, _Form]]:
    forms: dict[str, _Form] = {}
    for number, names in enumerate(countries()):
        for kind, name in enumerate(names):
            forms.setdefault(name.removeprefix(THE), _Form(number, kind, name.startswith(THE)))
    forms["United Kingdom"] = _Form(forms["Britain"].country, 0, article=True)
    longest = sorted(forms, key=len, reverse=True)
    # the adjective's plural ("Russians") moves with it
    return re.compile(r"(?<![\w-])([Tt]he )?(" + "|".join(map(re.escape, longest)) + r")(s?)(?![\w-])"), forms


_OPENING = re.compile(r"(?:^|[.!?…][\"”’)]*\s+|\n\s*|[\"“‘(])$")
"""What stands before a sentence."""


def exchange(text: str, rng: random.Random, share: float = 1.0) -> tuple[str, Callable[[int, int], tuple[int, int]]]:
    """`text` with its countries replaced by others, and the function that moves offsets along.

    `share` is the chance that a country of the text is replaced. Pairwise different countries stay different.
    """
    pattern, forms = _pattern()
    table = countries()
    found = {forms[m.group(2)].country for m in pattern.finditer(text)}
    free = [i for i in range(len(table)) if i not in found]
    rng.shuffle(free)
    plan = {number: free.pop() for number in sorted(found) if free and rng.random() < share}
    pieces, edits, position, shift = [], [], 0, 0
    for match in pattern.finditer(text):
        form, article, plural = forms[match.group(2)], match.group(1), match.group(3)
        if form.country not in plan:
            continue
        new, start = table[plan[form.country]][form.kind], match.start(2)
        if new.startswith(THE):
            if article or form.article:  # the one that stands there is kept; "a United States envoy" has none
                new = new.removeprefix(THE)
            elif _OPENING.search(text[max(0, start - 4) : start]):
                new = THE.capitalize() + new.removeprefix(THE)
        elif article and form.article:
            start = match.start()
        if plural and (new.endswith(("s", "sh", "ch", "ese")) or form.kind != 1):
            plural = ""
        pieces += [text[position:start], new + plural]
        position = match.end()
        shift += len(new + plural) - (match.end() - start)
        edits.append((start, match.end(), shift))
    pieces.append(text[position:])

    def move(start: int, end: int) -> tuple[int, int]:
        return _moved(start, edits, opening=True), _moved(end, edits, opening=False)

    return "".join(pieces), move


def _moved(at: int, edits: list[tuple[int, int, int]], opening: bool) -> int:
    """A border after the edits; one inside a replaced name goes to that name's edge."""
    shift = 0
    for start, end, total in edits:
        if at >= end:
            shift = total
        elif at > start:
            return start + shift if opening else end + total
        else:
            break
    return at + shift


def exchange_article(article: Article, rng: random.Random) -> Article:
    """An annotated article with its countries exchanged."""
    text, move = exchange(article.text, rng)
    if text == article.text:
        return article

    def moved(span: Span | None) -> Span | None:
        return None if span is None else Span.of(text, *move(span.start, span.end))

    statements = []
    for statement in article.statements or ():
        span = Span.of(text, *move(statement.span.start, statement.span.end))
        stances = {}
        for s in statement.stances:
            new = Stance(s.stance, span, moved(s.source), moved(s.target), optional=s.optional)
            stances[new.key] = new
        statements.append(Statement(span, tuple(stances.values())))
    return Article(text, tuple(statements), article.id, article.meta)


def exchange_query(query: Query, rng: random.Random) -> Query:
    """A query whose target and source are offsets, with the countries of its text exchanged."""
    if isinstance(query.target, str) or isinstance(query.source, str):
        return query
    text, move = exchange(query.text, rng)
    source = None if query.source is None else move(*query.source)
    return Query(text, move(*query.target), source, query.label, query.id, query.meta)
