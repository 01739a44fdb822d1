"""Names of people and bodies by brackets, ages, possessors, acronyms and appositions, and their codes."""

from __future__ import annotations

import time

import pytest
from test_names import only

from stancekit.codes import code_of
from stancekit.names import resolve
from stancekit.schema import Article, Span, Stance, Statement

# text with its source between < and >, its name and code
NAMES: list[tuple[str, str | None, str | None]] = [
    # words that only stand before a name
    ("At 17:58 GMT EU envoys met. Rain fell. 18:10 GMT <EU> condemned the raid.", "EU", "EU"),
    ("17:58 GMT Velora said no.\nLater <Velora> condemned the raid.", "Velora", None),
    ("Meet Ana Ruiz, who blames the ministry. <Ana Ruiz> condemned the raid.", "Ana Ruiz", None),
    ("Sadly Kofi Adu said no. Even <Kofi Adu> condemned the raid.", "Kofi Adu", None),
    ("The trial of Ryszard Hleb, who sings, began. Unless Hleb is home, it ends. <Mr Hleb> condemned it.", "Ryszard Hleb", None),
    # a courtesy at the start of a sentence
    ("Mr. Adu arrived. <He> condemned the raid.", "Mr. Adu", None),
    ("Talks with Jolene Pike dragged on. Ms. Pike stayed. <Ms. Pike> condemned the raid.", "Jolene Pike", None),
    ("Witnesses:\nI. Miranda Fair, head of Velora. <Ms Fair> condemned the raid.", "Miranda Fair", None),
    # brackets, ages and accounts
    ("Harriet Coombe (Con, Stour Valley) rose. <She> condemned the raid.", "Harriet Coombe", None),
    ("<Harriet Coombe (Con, Stour Valley)> condemned the raid.", "Harriet Coombe", None),
    ("Senators Pete Halver (R-Neb.) and Ada Wye (D-N.J.) met. <Wye> condemned the raid.", "Ada Wye", "USA"),
    ("KWAME ADU (Ghana) took the floor. <He> condemned the raid.", "KWAME ADU", "GHA"),
    ("<Ambassador Haakon Lilje (Norway)> condemned the raid.", "Ambassador Haakon Lilje", "NOR"),
    ("Mr. Adu (Ghana) spoke. Rain fell. <Mr. Adu> condemned the raid.", "Mr. Adu", "GHA"),
    ("Boko Haram (Nigeria) grew. <Haram> condemned the raid.", "Haram", None),
    ("Senator Radim Hrus (@radimhrus) spoke. <@RadimHrus> condemned the raid.", "Senator Radim Hrus", None),
    ('Lamara, 71, a pensioner, told me: "<I> condemn the raid."', "Lamara", None),
    ('One pensioner, Lamara, 71, told me: "<I> condemn the raid."', "Lamara", None),
    ("<Lamara, 71, a pensioner,> condemned the raid.", "Lamara", None),
    # possessors
    ("The union's Ana Ruiz blamed the firm's boss, Kofi Adu. <She> condemned the raid.", "Ana Ruiz", None),
    ("<The EU's Ana Ruiz> condemned the raid.", "Ana Ruiz", "EU"),
    ("Norway's Jens Halvor praised Togo. <Halvor> condemned the raid.", "Jens Halvor", "NOR"),
    ("Amnesty's Kofi Adu spoke. <He> condemned the raid.", "Kofi Adu", "AMNESTY"),
    ("Mayor Zuki Tobo said no. The ANC's Sarah Baart region backed him. <She> condemned the raid.", None, None),
    # acronyms
    ("The International Port Workers' Federation (IPF) struck. <The IPF> condemned it.", "International Port Workers' Federation", None),
    ("The Senegalese Chess Federation (FSE) met. <FSE> condemned the raid.", "Senegalese Chess Federation", "SEN"),
    ("The Confederation of Nordic Football met. <CNF> condemned the raid.", "Confederation of Nordic Football", None),
    ("The Ministry of Rural Affairs met in Accra. <The MRA> condemned the raid.", "Ministry of Rural Affairs", None),
    ("<The Northern Dockers' Federation (NDF)> condemned the raid.", "Northern Dockers' Federation", None),
    ("The European Union foreign ministers met. <EU> condemned the raid.", "European Union", "EU"),
    ("The Ministry of Ports met. <The PM> condemned the raid.", "PM", None),
    # a noun and a name, one party
    ("The dockers' union BTH won in court. <The union> condemned the raid.", "BTH", None),
    ("<The dockers' union BTH> condemned the raid.", "BTH", None),
    ("<Ghana's ruling party, the NDX>, condemned the raid.", "NDX", "GHA"),
    ("<Ghana's ruling party>, the NDX, condemned the raid.", "NDX", "GHA"),
    ("The British maritime agency UKMX spoke. <The agency> condemned the raid.", "UKMX", "GBR"),
    ("South Korea's National Intelligence Service met. <The NIS> condemned it.", "South Korea's National Intelligence Service", "KOR"),
    ("<Ghana's Landless Workers Movement (MST)> met. <The movement> condemned it.", "Ghana's Landless Workers Movement", "GHA"),
    ("Ghana's military (TNX) met. <The TNX> condemned it.", "Ghana's military", "GHA"),
    ("China's National People's Congress met. <The congress> condemned it.", "China's National People's Congress", "CHN"),
    # titles that begin with a country of several words, and offices of the United Nations
    ("Papua New Guinea Prime Minister Tom Waiko spoke. <Waiko> condemned it.", "Papua New Guinea Prime Minister Tom Waiko", "PNG"),
    ("Sri Lanka President Nimal Pera spoke. <Pera> condemned it.", "Sri Lanka President Nimal Pera", "LKA"),
    ("Under-Secretary-General for Humanitarian Affairs Tomas Vik spoke. <Mr. Vik> condemned it.", "Tomas Vik", None),
    # whose a party is, told once
    ("Japan's ruling Liberal Party (LP) met. <The LP> condemned it.", "Liberal Party", "JPN"),
    ("Turkey's main opposition People's Party met. <The party> condemned it.", "People's Party", "TUR"),
    ("Japan praised the Liberal Party (LP). <The LP> condemned it.", "Liberal Party", None),
    ("<Ghana's Committee for Ports (TKX)> met. <The committee> condemned it.", "Ghana's Committee for Ports", "GHA"),
    # the Islamic Republic of an article about one
    ("Iran's envoy left. <The Islamic Republic> condemned it.", "Islamic Republic", "IRN"),
    ("Iran's envoy left for Pakistan. <The Islamic Republic> condemned it.", "Islamic Republic", None),
    # owners of several words, before an office or a body
    ("South Sudan's minister, Deng Akol, met reporters. <Akol> condemned it.", "Deng Akol", "SSD"),
    ("Papua New Guinea's minister, Tom Waiko, spoke. <Waiko> condemned it.", "Tom Waiko", "PNG"),
    ("Northern Ireland's first minister, Aoife Quinn, spoke. <Quinn> condemned it.", "Aoife Quinn", "GBR"),
    ("Amnesty International's deputy director for Asia, Priya Nair, spoke. <Nair> condemned it.", "Priya Nair", "AMNESTY"),
    ("Bosnia and Herzegovina's minister, Amra Hodzic, spoke. <Hodzic> condemned it.", "Amra Hodzic", "BIH"),
    ("Saint Vincent and the Grenadines' premier, Chet Browne, spoke. <Browne> condemned it.", "Chet Browne", "VCT"),
    ("The attorney general of the United States, Helen Kramer, spoke. <Kramer> condemned it.", "Helen Kramer", "USA"),
    ("Karim Said, the United States' envoy, spoke. <Said> condemned it.", "Karim Said", "USA"),
    ("South Sudan's National Assembly met. <The assembly> condemned it.", "South Sudan's National Assembly", "SSD"),
    ("On Monday Israel's Foreign Ministry issued a note. <The ministry> condemned it.", "Israel's Foreign Ministry", "ISR"),
    ("Rain hit Trinidad and Tobago's Parliament. <The parliament> condemned it.", "Trinidad and Tobago's Parliament", "TTO"),
    # short titles, and a seat after a comma
    ("Ukrainian Gen. Oleh Bondar spoke. <Bondar> condemned it.", "Gen. Oleh Bondar", "UKR"),
    ("U.S. Sen. Jane Doyle spoke. <Doyle> condemned it.", "Sen. Jane Doyle", "USA"),
    ("<Sen. Jane Doyle, R-Ohio> condemned it.", "Sen. Jane Doyle", "USA"),
    ("Sen. Jane Doyle, D-Vt., spoke. <Doyle> condemned it.", "Sen. Jane Doyle", "USA"),
    # people joined by "and"
    ("French President Luc Moreau and German Chancellor Olaf Stein met. <Stein> condemned it.", "Chancellor Olaf Stein", "DEU"),
    ("Sweden's Karin Lund and her Finnish counterpart Antti Salo met. <Salo> condemned it.", "Antti Salo", "FIN"),
    ("French Minister Luc Moreau and South Sudan's envoy, Deng Akol, met. <Akol> condemned it.", "Deng Akol", "SSD"),
    ("Kenya's president and army chief, Tom Oloo, spoke. <Oloo> condemned it.", "Tom Oloo", "KEN"),
    ("The British and Irish farmers' leader Tom Oloo spoke. <Oloo> condemned it.", "Tom Oloo", None),
    # one person named inside what is said of another
    ("Norway said no. <Critics of the attack on opposition leader Jan Wit> condemned it.", "Critics of the attack on opposition leader Jan Wit", None),
    ("<The wife of opposition leader Jan Wit> condemned it.", "wife of opposition leader Jan Wit", None),
    ("<A critic of President Aho> condemned it. President Aho slept.", "critic of President Aho", None),
    ("President Donald Trump spoke. <Trump adviser Peter Halvor> condemned it.", "Peter Halvor", None),
    ("<Qatar's Ministry of Foreign Affairs spokesman, Dr Khalid Ansari,> condemned it.", "Khalid Ansari", "QAT"),
    ("The Bank of Ghana met. Its critics spoke. <Bank of Ghana governor Kofi Adu> condemned it.", "Kofi Adu", None),
    ("Prime Minister Benjamin Wye spoke. <Wye's foreign minister Gideon Saar> condemned it.", "Gideon Saar", None),
    # what somebody does beside another one's office
    ("Jens Halvorsen, speaking beside the ambassador of Japan, smiled. <The ambassador> condemned it.", "ambassador of Japan", "JPN"),
    ("The minister, H.E. Mr. Tom Mokhele, received the Ambassador of Japan. <The Ambassador> condemned it.", "Ambassador of Japan", "JPN"),
    ('"<We> told them," said an agent, Momade Wye, standing at the Pemba mortuary between a sister and a minister.', "Momade Wye", None),
    # parties that are called like people
    ("Sinn Féin condemned the raid. <It> condemned the siege.", "Sinn Féin", None),
    ("National Rally condemned the raid. <He> condemned the siege.", None, None),
    # the party of one Korea
    ("The Workers' Party of Korea (WPK) met. Seoul objected. <The party> condemned it.", "Workers' Party of Korea", "PRK"),
]


@pytest.mark.parametrize(("marked", "name", "code"), NAMES, ids=[m for m, _, _ in NAMES])
def test_name_and_code(marked: str, name: str | None, code: str | None) -> None:
    stance = only(marked)
    assert (stance.source_name, stance.source_code) == (name, code)


CODES = {
    "Libreville": "GAB", "Tarawa": "KIR", "the Rada": "UKR", "the Federal Reserve": "USA", "the Fed": "USA", "the Fed's chair": "USA",
    "the Home Office": "GBR", "FCDO": "GBR", "Pakistan's Home Office": "PAK", "Stormont": "GBR", "Holyrood": "GBR", "the SNP": "GBR",
    "the AKP": "TUR", "the Czechs": "CZE", "the Islamic Emirate": "AFG", "the Turkish Republic of Northern Cyprus": None,
    "CENTCOM": "USA", "US Forces Korea": "USA", "KFOR": "NATO", "the Norwegian Refugee Council": "NRC", "UNMISS": "UNMISS",
    "the Office of the High Commissioner for Human Rights": "OHCHR", "the Korean Central News Agency": "PRK",
    "the West Papua National Liberation Army": None, "the National Liberation Army": "ELN", "Colombia's National Liberation Army": "ELN",
    "Fed up residents": None, "Georgetown": None, "Aden": None, "Seoul-based group": None,
}  # fmt: skip


@pytest.mark.parametrize("mention", CODES)
def test_code(mention: str) -> None:
    assert code_of(mention) == CODES[mention]


@pytest.mark.parametrize("piece", ["Ada Ruiz (", "Ada Ruiz (Con, ", "Velora Union (VU) ", "the union VU, ", "Lamara, 71, ", "Kenya's Ada Ruiz "])
def test_hostile_texts_take_time_in_proportion_to_length(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * (size // len(piece))) + " VU."
        whole = Span.of(text, len(text) - 3, len(text) - 1)
        started = time.process_time()
        resolve(Article(text, (Statement(whole, (Stance("support", whole, whole),)),)))
        return time.process_time() - started

    seconds(1000)
    assert min(seconds(100_000) for _ in range(2)) < 40 * max(0.01, min(seconds(10_000) for _ in range(2)))
