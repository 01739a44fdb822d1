"""Countries by name, adjective and capital, and texts with some of them replaced by others.

Training exchanges them at random (`augment`), so that no country is learned as good or bad. A model may also read every country
under the name of a stand-in, in order of appearance: what it says cannot hang on which country is meant then (entity masking with
names in place of a mask, which the encoder knows how to read).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

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


Edit = tuple[int, int, str]
"""The characters [start, end) of a text and what stands in their place."""

STAND_INS = "Kenya Norway Brazil Portugal Ghana Finland Peru Austria Chile Ireland Zambia Denmark Malaysia Uruguay Botswana Sweden".split()
"""Who the first countries of a text are read as; all others follow in the order of the table."""


def edits(text: str, plan: Callable[[int], int | None]) -> Iterator[Edit]:
    """What replaces the countries of a text, each form by the same form of another country; looked for as it is asked for. `plan`: asked
    about each country (by its number) in order of appearance, gives the other's number, or None where the country stays."""
    pattern, forms = _pattern()
    table = countries()
    for match in pattern.finditer(text):
        form, article, plural = forms[match.group(2)], match.group(1), match.group(3)
        other = plan(form.country)
        if other is None:
            continue
        new, start = table[other][form.kind], match.start(2)
        if new.startswith(THE):
            if article or form.article:  # the one that stands there is kept; "a United States envoy" has none
                new = new.removeprefix(THE)
            elif _OPENING.search(text[max(0, start - 4) : start]):
                new = THE.capitalize() + new.removeprefix(THE)
        elif article and form.article:
            start = match.start()
        if plural and (new.endswith(("s", "sh", "ch", "ese")) or form.kind != 1):
            plural = ""
        yield start, match.end(), new + plural


def found(text: str) -> list[int]:
    """The countries of a text (by number) in order of appearance."""
    pattern, forms = _pattern()
    return list(dict.fromkeys(forms[m.group(2)].country for m in pattern.finditer(text)))


@cache
def _stand_ins() -> tuple[int, ...]:
    names = [name for name, *_ in countries()]
    first = [names.index(name) for name in STAND_INS]
    rest = [i for i in range(len(names)) if i not in first]
    return (*first, *sorted(rest, key=lambda i: names[i].startswith(THE)))


def masked(text: str) -> Iterator[Edit]:
    """What replaces the countries of a text by stand-ins, one for each; looked for as it is asked for."""
    free, given = iter(_stand_ins()), dict[int, int]()

    def stand_in(country: int) -> int:
        if country not in given:
            given[country] = next(free)
        return given[country]

    return edits(text, stand_in)


def applied(text: str, changes: Iterable[Edit]) -> str:
    """The text with its edits, which are in order."""
    pieces, position = [], 0
    for start, end, new in changes:
        pieces += [text[position:start], new]
        position = end
    return "".join([*pieces, text[position:]])


__all__ = ["Edit", "applied", "countries", "edits", "found", "masked"]
