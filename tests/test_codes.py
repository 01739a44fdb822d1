"""Mentions as they stand in articles, and the code a careful coder gives the party that heads them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit import code_tables
from stancekit.codes import MAX_MENTION, ORGANISATION_NAMES, TYPES, AliasFile, Coder, code_of, country_names, type_of
from stancekit.errors import DataError

# code or -: mentions, parted by semicolons
TABLE = """
# countries by name
FRA: France; the French Republic; FRANCE
DEU: Germany; the Federal Republic of Germany
USA: the United States; the United States of America; the US; U.S.; the U.S.; USA; America
GBR: the United Kingdom; UK; U.K.; Britain; Great Britain; England; Scotland; Wales; Northern Ireland
IRL: Ireland; the Republic of Ireland
CHN: China; the People's Republic of China; the People’s Republic of China; PRC; mainland China
TWN: Taiwan; the Republic of China; Chinese Taipei
HKG: Hong Kong
MAC: Macau
RUS: Russia; the Russian Federation
TUR: Turkey; Türkiye; the Republic of Türkiye
CIV: Ivory Coast; Côte d'Ivoire; Côte d’Ivoire
CPV: Cape Verde; Cabo Verde
CZE: the Czech Republic; Czechia
MMR: Myanmar; Burma
SWZ: Eswatini; Swaziland
TLS: Timor-Leste; East Timor
MKD: North Macedonia
XKX: Kosovo; the Republic of Kosovo
PSE: Palestine; the State of Palestine; the Palestinian Authority; Gaza; the Gaza Strip; the West Bank
VAT: the Holy See; the Vatican
LAO: Laos
SYR: the Syrian Arab Republic
STP: São Tomé and Príncipe
TTO: Trinidad and Tobago
BIH: Bosnia and Herzegovina; Bosnia
ATG: Antigua and Barbuda
KNA: Saint Kitts and Nevis
VCT: Saint Vincent and the Grenadines; St. Vincent and the Grenadines
GMB: The Gambia
NLD: the Netherlands; Holland
ARE: the United Arab Emirates; the UAE
CAF: the Central African Republic
NZL: New Zealand
LKA: Sri Lanka
SAU: Saudi Arabia
ZAF: South Africa
SLV: El Salvador
BFA: Burkina Faso

# names that countries share with people, places and each other
JOR: Jordan; the Hashemite Kingdom of Jordan; Jordan's King Abdullah II; King Abdullah of Jordan; Jordanian officials
-: external forces; any attempt by external forces; turkey sandwich; China shop; Columbia University; Washington state
-: Virgin Islands; the state of Georgia; Sydney; interference and infiltration
KAZ: Kazakh Deputy Prime Minister and Foreign Minister Mukhtar Tileuberdi; the Kazakh president and the Kazakh people
-: Michael Jordan; the Jordan River; the Jordan Valley; Jordan Peterson; Jim Jordan
TCD: Chad; Chad's transitional president; the Chadian army; the government of Chad
-: Lake Chad; the Lake Chad Basin; Chad Smith
NER: Niger; the Republic of Niger; Niger's junta; Niger's military rulers; Nigerien soldiers; the Nigerien junta; Niamey
NGA: Nigeria; Nigeria's president; Nigerian troops; the Nigerian Senate; Abuja; the Federal Republic of Nigeria
-: the Niger Delta; the Niger River
GEO: Georgia's foreign minister; the Georgian government; Georgian protesters; Tbilisi; the Republic of Georgia; Georgian Dream
-: Georgia; Georgia's Republican governor; Georgia voters; South Georgia; Georgia Republicans; the Georgia Bulldogs
COD: DR Congo; the DRC; the Democratic Republic of the Congo; the Democratic Republic of Congo; Kinshasa; DR Congo's army
COG: the Republic of the Congo; Congo-Brazzaville; Brazzaville
-: Congo; Congolese; the Congolese army; the Congo River; the Congo Basin
KOR: South Korea; the Republic of Korea; ROK; South Koreans; Seoul; South Korea's president; the South Korean military; the Blue House
PRK: North Korea; the DPRK; the Democratic People's Republic of Korea; North Korean leader Kim Jong Un; Pyongyang; Pyongyang's regime; KCNA
-: Korea; Koreans; the Korean Peninsula; the two Koreas; North and South Korea
GIN: Guinea; the Republic of Guinea; Guinea's junta; Conakry; the Guinean army
GNB: Guinea-Bissau; Guinea-Bissau's president; Bissau
GNQ: Equatorial Guinea; Equatorial Guinea's president; Malabo
PNG: Papua New Guinea; Papua New Guinea's prime minister; Port Moresby
-: the Gulf of Guinea; New Guinea; guinea pigs; guinea
DOM: the Dominican Republic; Santo Domingo
DMA: Dominica
-: Dominican
SDN: Sudan; Sudan's army chief; Khartoum; the Sudanese government
SSD: South Sudan; South Sudan's president; the South Sudanese government; Juba
WSM: Samoa
ASM: American Samoa
-: South America; Latin America; Latin American leaders; North America; Central America; the Americas; Native Americans
USA: American officials; Americans; the American people
-: Bank of America
USA: Washington; Washington's envoy; Washington, D.C.; officials in Washington; the government in Washington
-: the mayor of Washington; Washington's mayor; Washington residents; Washington police; commuters in Washington; America First
-: Washington State; George Washington; Denzel Washington; Lake Washington; the Washington Capitals
-: Air France; Paris Hilton; the Paris Agreement; the Vienna Convention; the Warsaw Pact; the Geneva Convention; Jack London
-: the South China Sea; the Indian Ocean; the Persian Gulf; the English Channel; New Mexico; New England; British Columbia
-: the Panama Canal; the Taiwan Strait; the Abraham Accords; Inner Mongolia; turkey; china; a polish; chile; us; who; it

-: Lima, Ohio; Lebanon, Pennsylvania; Panama City, Florida; the Duke of Wellington; an English teacher; her Chinese literature class
CHN: the Taiwan Affairs Office; a spokeswoman for the Taiwan Affairs Office in Beijing
SVK: Slovak teachers
-: the Special Representative for Libya; the Special Envoy for Yemen; the House of Commons
LKA: a spokesperson for Sri Lanka

# possessives
KAZ: Kazakhstan's move; Kazakhstan's foreign ministry; Kazakhstan’s president
UKR: the Ministry of Defence of Ukraine; the Minister of Defense of Ukraine; a spokesman for the Ministry of Defence of Ukraine
-: the defence of Ukraine; the war of Ukraine; a spokesman for the victims of Ukraine; council of friends of Ukraine
RUS: Russia's war in Ukraine; Russia's invasion of Ukraine; Russia's neighbourly gesture; Moscow's aggression
UKR: Ukraine's armed forces; Ukraine's right to self-defence; Ukraine's president
IRN: Iran's nuclear programme; Iran’s Supreme Leader; Tehran's envoy; Iran's attack on Israel
ISR: Israel's bombing of Gaza; Israel's war against Hamas; Israel's ambassador to Germany; Israel’s prime minister Benjamin Netanyahu
USA: the United States' decision; the US's veto; the U.S.'s stance; America's military
PHL: the Philippines' coast guard; the Philippines' defence secretary
NLD: the Netherlands' government
-: Russia's enemies; Israel's critics; Iran's neighbours; China's rivals

# demonyms and adjectives
DEU: German Chancellor Olaf Scholz; the Germans; German farmers
FRA: the French; French President Emmanuel Macron; French farmers; Frenchmen
GBR: Britons; the British; the British public; British Foreign Secretary David Lammy; Scottish fishermen
TUR: Turkish forces; the Turks; Turkish-made drones of the Turkish army; Turkish President Recep Tayyip Erdoğan
SAU: Saudis; the Saudi crown prince; a Saudi official
PHL: Filipinos; Filipino fishermen; the Philippine Coast Guard
PSE: Palestinians; the Palestinian people; Palestinian President Mahmoud Abbas; Gazans
CHE: the Swiss government; Swiss voters
DNK: the Danish prime minister; Danes
KGZ: Kyrgyz border guards; the Kyrgyz government
TJK: Tajik troops; Tajikistan's Foreign Ministry
UZB: Uzbek authorities
AFG: Afghans; Afghan women; Afghan refugees
MDA: the Moldovan president
BFA: Burkinabe soldiers
TLS: the Timorese
NZL: New Zealanders
LBN: the Lebanese army; Lebanese caretaker prime minister Najib Mikati
VNM: the Vietnamese foreign ministry spokesperson
CYP: Greek Cypriots
-: Turkish Cypriots; Native American leaders

# capitals, palaces and governments for the state
RUS: Moscow; the Kremlin; Kremlin spokesman Dmitry Peskov; the State Duma
CHN: Beijing; Zhongnanhai; Beijing's ambassador
USA: the White House; the Pentagon; the State Department; US State Department spokesman Matthew Miller; Capitol Hill
GBR: London; Downing Street; Whitehall; 10 Downing Street
FRA: Paris; the Élysée; the Elysée Palace; the Quai d'Orsay
DEU: Berlin; the Bundestag
UKR: Kyiv; Kiev; the Verkhovna Rada
IRN: Tehran
TUR: Ankara
JPN: Tokyo; the government in Tokyo
IND: New Delhi; Delhi
PAK: Islamabad
ISR: the Knesset; Tel Aviv
TWN: Taipei
AUS: Canberra
ETH: Addis Ababa
SYR: Damascus; the regime in Damascus
POL: Warsaw
HUN: Budapest
ISL: Reykjavík
TCD: N'Djamena
TON: Nuku'alofa
POL: the Sejm
ESP: the Spanish government
BEL: Belgium; the Belgian foreign minister
KEN: the government of Kenya; Nairobi
BRA: the president of Brazil; Brasília; Brazil's Foreign Ministry
PAK: the prime minister of Pakistan; the foreign ministry of Pakistan; Pakistan foreign office; Pakistan's Foreign Office
CHN: China foreign ministry; the Chinese embassy in London; Chinese Foreign Ministry spokesperson Mao Ning; Wang Yi of China
USA: US President Joe Biden; the US ambassador to Israel; the US embassy in Kabul; the Biden administration of the United States; US forces
MEX: the Mexican ambassador to the United States
JPN: Japan's ambassador to China; Japanese Prime Minister Shigeru Ishiba
EGY: the Egyptian president; President Abdel Fattah el-Sisi of Egypt
MMR: Myanmar's junta; the Myanmar military
VEN: the government of Venezuela; the Maduro government of Venezuela

# organs and media of one state
IRN: the Islamic Revolutionary Guard Corps; the IRGC; the Revolutionary Guards
ISR: the IDF; the Israel Defense Forces; Mossad
CHN: the People's Liberation Army; the PLA; the Chinese Communist Party; Xinhua; the Global Times
USA: the CIA; the FBI; the US Treasury; the US Senate
IND: the BJP
GBR: the BBC; MI6
PAK: the ISI
RUS: the FSB; TASS

# organisations
UN: the United Nations; the UN; U.N.; UN Secretary-General António Guterres; the UN General Assembly; the UN special envoy
UNSC: the UN Security Council; the Security Council; members of the Security Council
UNHCR: UNHCR; the UN refugee agency
UNRWA: UNRWA
WHO: the World Health Organization; WHO; the WHO
IAEA: the IAEA; the International Atomic Energy Agency; IAEA chief Rafael Grossi
IMF: the IMF; the International Monetary Fund
WB: the World Bank
ICC: the International Criminal Court; the ICC; the ICC's prosecutor
ICJ: the International Court of Justice
EU: the European Union; the EU; Brussels; the European Commission; EU foreign policy chief Josep Borrell; the EU's ambassador; EU leaders
EP: the European Parliament
NATO: NATO; Nato; NATO Secretary General Mark Rutte; the North Atlantic Treaty Organization; NATO's expansion
OSCE: the OSCE
CSTO: the Collective Security Treaty Organization
SCO: the Shanghai Cooperation Organization
BRICS: BRICS
G7: the G7; the Group of Seven; G7 foreign ministers; G7 leaders
G20: the G20
ASEAN: ASEAN; the Association of Southeast Asian Nations; ASEAN foreign ministers
AU: the African Union; the AU; African Union Commission chairperson Moussa Faki
ECOWAS: ECOWAS; the Economic Community of West African States
LAS: the Arab League
OIC: the Organisation of Islamic Cooperation
GCC: the Gulf Cooperation Council
OAS: the OAS; the Organization of American States
OPEC: OPEC; OPEC+
AMNESTY: Amnesty International
HRW: Human Rights Watch
ICRC: the Red Cross; the International Committee of the Red Cross
MSF: Médecins Sans Frontières; Doctors Without Borders

# armed groups
HAMAS: Hamas; Hamas's attack; Hamas militants; Hamas leader Ismail Haniyeh; the Palestinian group Hamas; the militant group Hamas
HEZBOLLAH: Hezbollah; Hizbullah; Hezbollah leader Hassan Nasrallah; Lebanon's Hezbollah; Iran-backed Hezbollah
TALIBAN: the Taliban; Taliban authorities; the Taliban's ban; Taliban spokesman Zabihullah Mujahid; the Afghan Taliban
TTP: the Pakistani Taliban; Tehrik-e-Taliban Pakistan
HOUTHI: the Houthis; Houthi attacks on shipping; Yemen's Houthis; the Houthi rebels; Iran-backed Houthi rebels
ISIS: Islamic State; ISIS; Daesh; ISIL; Islamic State militants
SHABAAB: al-Shabaab; al-Shabab militants
BOKO: Boko Haram
RSF: the Rapid Support Forces; the RSF; Sudan's Rapid Support Forces
SAF: the Sudanese Armed Forces
M23: M23; the M23 rebels; the Rwanda-backed M23
FARC: the FARC
PKK: the PKK; the Kurdistan Workers' Party
WAGNER: the Wagner Group
AQ: al-Qaeda
JNIM: JNIM
TPLF: the Tigray People's Liberation Front
POLISARIO: the Polisario Front
PIJ: Palestinian Islamic Jihad

# the doer, the sufferer, the topic
TUR: the bombing of Syria by Turkish jets
RUS: the invasion of Ukraine by Russia; the annexation of Crimea by Russia; Russian attacks on Ukraine; Russian missiles
ISR: Israeli strikes on Lebanon; the Israeli bombardment of Gaza; the killing of journalists by Israeli forces
USA: US sanctions against Iran; US support for Israel; American sanctions on Russia; the US-led coalition of the United States
NATO: NATO member states
TUR: NATO member Turkey; NATO ally Turkey
-: the Ukraine war; the war in Ukraine; the Gaza war; the invasion of Ukraine; the bombing of Gaza; violence in Kazakhstan
-: anti-China protesters; pro-Russian separatists; US-backed rebels; the Iran deal; critics of Israel; supporters of Ukraine
-: the Saudi-led coalition; Russian-occupied territories; the siege of Gaza; elections in Kenya

# equal parties, and none
-: Russia and China; Israel and Hamas; China, Russia and Iran; the US and the UK; France and Germany; Israel, Egypt and Jordan
-: US-China relations; Sino-Indian ties; Russia-Ukraine talks; the Israel-Hamas war
RUS: Russia and its proxies
-: the president; the minister; he; they; the government; protesters; hospital nurses; John Smith; the army; peace; the opposition
-: civil society groups; the attack; rebels; the West; Europe; Africa; the Middle East; Westerners; Kurds; Muslims; Catalonia

# harder ones
-: Jordan Bardella; Chad Bianco; Israel Katz; India Walton; Paris Jackson; Tom Holland; Richard Wagner; Mr Jordan; Mr. Chad; Ms. England
-: British-Iranian aid worker; the presidents of Russia and Turkey; Ukrainian and Western officials; the African National Congress
-: the Washington-based think tank; US-Israeli strikes; tax amnesty; opponents of the Kremlin; an ex-British colony; the Guardian Council
-: America's allies in Congress
RUS: Russia's Security Council; the Security Council of Russia; the Russian Security Council; ex-Russian president Dmitry Medvedev
USA: ex-US president Donald Trump; the US envoy to the UN; the US representative to the United Nations; the American Red Cross
ISR: Israel's envoy to the UN; Israel's Hamas policy; the Israeli ambassador to the United Nations; Israeli settlers
RUS: Russia's NATO envoy; President Putin of Russia; Russia’s Ministry of Foreign Affairs
UNSC: the UN's Security Council; the 15-member UN Security Council
IRN: Iran's Supreme National Security Council
EU: the EU mission in Georgia; European Commission President Ursula von der Leyen
UN: the UN envoy for Syria; UN peacekeepers in Lebanon
GEO: Georgian President Salome Zourabichvili; the president of Georgia; the parliament of Georgia; Georgia's prime minister
NER: ousted Niger president Mohamed Bazoum; Niger coup leaders; the Niger junta
NGA: Nigeria President Bola Tinubu
TCD: Chad President Mahamat Idriss Deby
JOR: Jordan Foreign Minister Ayman Safadi
COD: DRC President Felix Tshisekedi; the army of the DRC
ERI: Eritrean troops in Tigray
KAZ: Kazakhstan, a neighbour of Russia; Kazakhstan, which borders Russia
HOUTHI: Yemen's Houthi rebels; the Iran-aligned Houthis
TALIBAN: Afghanistan's Taliban rulers; the Taliban in Kabul; Taliban foreign minister Amir Khan Muttaqi
HAMAS: Gaza's Hamas rulers; the armed wing of Hamas; the October 7 attack by Hamas on Israel
HEZBOLLAH: the Lebanese militant group Hezbollah; Lebanon's Hezbollah leader
WAGNER: Russia's Wagner Group; Wagner chief Yevgeny Prigozhin; the Russian Wagner Group
"""

CASES = [
    (mention.strip(), None if code == "-" else code)
    for code, mentions in (line.split(": ", 1) for line in TABLE.splitlines() if line.strip() and not line.startswith("#"))
    for mention in mentions.split(";")
]


def test_the_table_is_large_and_says_each_mention_once() -> None:
    assert len(CASES) >= 300
    assert len(dict(CASES)) == len(CASES)
    assert sum(code is None for _, code in CASES) >= 80


@pytest.mark.parametrize(("mention", "code"), CASES, ids=[m for m, _ in CASES])
def test_mention(mention: str, code: str | None) -> None:
    assert code_of(mention) == code


def test_every_code_is_a_country_or_documented() -> None:
    assert {c for _, c in CASES if c} <= set(country_names()) | set(ORGANISATION_NAMES)
    assert not set(country_names()) & set(ORGANISATION_NAMES)
    assert len(country_names()) == 250, "249 countries of ISO 3166-1, and Kosovo"
    assert all(re.fullmatch("[A-Z]{3}", code) for code in country_names())
    for type_, names in ORGANISATION_NAMES.values():
        assert type_ in TYPES and names


def test_every_name_of_the_tables_is_found() -> None:
    decided = {"GEO": "Republic of Georgia"}
    for row in (line.split("|") for line in code_tables.COUNTRIES.strip().splitlines()):
        for name in filter(None, [*row[1].split(";"), *row[3].split(";")]):
            assert code_of(name) == row[0], name
            assert code_of(f"the {name}") == row[0], name
    assert code_of(decided["GEO"]) == "GEO"
    for code, (_, names) in ORGANISATION_NAMES.items():
        for name in names:
            assert code_of(name) == code, name


@pytest.mark.parametrize("code", sorted(country_names()))
def test_a_ministry_is_its_country(code: str) -> None:
    name = country_names()[code]
    assert code_of(f"{name}'s foreign ministry") == code
    assert code_of(f"{name}’s foreign ministry") == code
    assert code_of(f"the foreign minister of {name}") == code
    assert code_of(f"the war in {name}") is None


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60) | st.lists(
    st.sampled_from([m for m, _ in CASES] + ["the ", "'s", "’", " of ", " by ", " and ", ", ", "-", "(", ")", ".", "\0", "\ud800", "İ", "中"]), max_size=7
).map(" ".join)


@given(mention=ANYTHING)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_string_has_a_known_code_or_none(mention: str) -> None:
    code = code_of(mention)
    assert code is None or code in country_names() or code in ORGANISATION_NAMES
    assert code == code_of(mention) == Coder().code(mention)
    assert type_of(mention) in (None, *TYPES)


def test_a_long_mention_is_cut_and_costs_little() -> None:
    assert code_of("Kenya's " + "very " * 100_000 + "long move") == "KEN"
    assert code_of("x" * MAX_MENTION + " Kenya") is None


# type_of

TYPED = """
country: Kenya; the United Kingdom
government: the Kremlin; Washington; Foreign Minister Wang Yi; the Kazakh government; the Chinese embassy in London; lawmakers
military: the Kazakh army; Russian troops; the IDF; Sudanese Armed Forces
police: Kenyan police; police officers of the capital police
court: the Supreme Court; Judge Smith of the court
party: the opposition; the ruling party; Fatah
IGO: the United Nations; NATO Secretary General Mark Rutte; the UN special envoy; the European Union
NGO: Amnesty International; Doctors Without Borders
rebel: Hamas; the Taliban; separatists; Houthi militants
religious: the archbishop; the church
company: Volkswagen plc; the state bank
media: the newspaper; Xinhua
civilian: hospital nurses; villagers; Afghan refugees; Palestinians
person: Mr Smith; Mrs. Petrova
-: peace; the attack; it
"""
TYPE_CASES = [
    (mention, None if type_ == "-" else type_)
    for type_, mentions in (line.split(": ", 1) for line in TYPED.split("\n") if line)
    for mention in mentions.split("; ")
]


@pytest.mark.parametrize(("mention", "expected"), TYPE_CASES, ids=[m for m, _ in TYPE_CASES])
def test_type(mention: str, expected: str | None) -> None:
    assert type_of(mention) == expected


# aliases


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "aliases.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_aliases_come_before_the_tables(tmp_path: Path) -> None:
    file = AliasFile(write(tmp_path, 'name,code\n# ours\n\nNorthland,NLND\nthe Blue Army,BLUE-1\nGeorgia,GEO\n"Smith, John",SMITH\nHamas,PSE\n'))
    assert dict(file) == {"Northland": "NLND", "the Blue Army": "BLUE-1", "Georgia": "GEO", "Smith, John": "SMITH", "Hamas": "PSE"}
    expected = {
        "Northland": "NLND", "northland": "NLND", "the Northland": "NLND", "Northland's army": "NLND", "the foreign minister of Northland": "NLND",
        "the Blue Army": "BLUE-1", "Blue Army": "BLUE-1", "Blue Army commanders": "BLUE-1", "Georgia": "GEO", "Smith, John": "SMITH", "Hamas": "PSE",
        "Hamas militants": "PSE", "Kenya": "KEN", "Northland and Kenya": None, "the army": None, "Northlands": None,
    }  # fmt: skip
    assert {mention: code_of(mention, file) for mention in expected} == expected
    assert {mention: Coder(file).code(mention) for mention in expected} == expected
    assert code_of("Northland") is None and code_of("Hamas") == "HAMAS", "aliases stayed behind"


def test_a_file_with_a_byte_order_mark_windows_lines_and_no_heading(tmp_path: Path) -> None:
    assert dict(AliasFile(write(tmp_path, b"\xef\xbb\xbfC\xc3\xb4te Bleue,CB\r\nEast,E_2\r\n"))) == {"Côte Bleue": "CB", "East": "E_2"}
    assert dict(AliasFile(write(tmp_path, ""))) == {}
    assert dict(AliasFile(write(tmp_path, "# ours\n\nName, Code\nEast,E_2\n"))) == {"East": "E_2"}
    assert code_of("Kenya", {}) == "KEN"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,code\nNorthland\n", r"aliases\.csv:2: 1 fields in 'Northland'"),
        ("Northland;NLND\n", r"aliases\.csv:1: 1 fields in 'Northland;NLND', expected name,code; separate the two by a comma"),
        ("Smith, John,SMITH\n", r"aliases\.csv:1: 3 fields .* quote a name that holds a comma"),
        ("Northland,nlnd\n", r"aliases\.csv:1: the code 'nlnd' does not fit"),
        ("Northland,\n", r"aliases\.csv:1: the code '' does not fit"),
        ("A,AA\n ,BB\n", r"aliases\.csv:2: the name '' is empty"),
        ("A,AA\nthe a,BB\n", r"aliases\.csv:2: 'the a' has the code BB here and another one on line 1"),
        (b"A,AA\nB\xff,BB\n", r"aliases\.csv: invalid UTF-8 at byte 6"),
        ('"A,AA\n', r"aliases\.csv: malformed CSV"),
    ],
)
def test_a_bad_alias_file_says_where_and_what(tmp_path: Path, text: str | bytes, told: str) -> None:
    with pytest.raises(DataError, match=told):
        AliasFile(write(tmp_path, text))


def test_an_alias_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read .*nowhere.csv: No such file"):
        AliasFile(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="cannot read"):
        AliasFile(tmp_path)


def test_what_is_not_seen_and_an_ampersand_hide_no_name() -> None:
    assert code_of("Nether\u00adlands") == code_of("the Nether\u200blands\u2060' army") == "NLD"
    assert code_of("Os\u200blo") == code_of("\ufeffNor\u200dway") == "NOR"
    assert type_of("the Kazakh ar\u00admy") == "military"
    assert code_of("Bosnia & Herzegovina") == code_of("Bosnia & Herzegovina's army") == "BIH"
    assert code_of("Trinidad & Tobago") == "TTO" and code_of("Mali & Niger") is None
    assert code_of("the Fire & Ice army", {"Fire and Ice": "FI"}) == "FI"


def test_what_is_no_mention_is_refused_by_its_type() -> None:
    for function in (code_of, type_of):
        for bad in (None, float("nan"), ["Kenya"], b"Kenya"):
            with pytest.raises(TypeError, match=f"{function.__name__} takes a string, got {type(bad).__name__}"):
                function(bad)
