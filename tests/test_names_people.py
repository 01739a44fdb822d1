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
    "the AKP": "TUR", "Fed up residents": None, "Georgetown": None, "Aden": None, "Seoul-based group": None,
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
