"""Who is meant: short texts with one marked source (`<...>`) or target (`{...}`), the name it has to get and its kind."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.layout import quotations
from stancekit.names import KINDS, resolve
from stancekit.schema import Article, Span, Stance, Statement
from stancekit.text import sentences

NOBODY = None

# text with the source between < and >; a text without one has no source and a target between { and }
SOURCES: list[tuple[str, str | None, str]] = [
    # names that say it all
    ("<Kenya> condemned the raid.", "Kenya", "named"),
    ("<The Union of Port Workers> condemned the raid.", "Union of Port Workers", "named"),
    ("<Nurses at the Mater hospital> condemned the raid.", "Nurses at the Mater hospital", "named"),
    ("<Some villagers> condemned the raid.", "Some villagers", "named"),
    ("<One woman> condemned the raid.", "One woman", "named"),
    ("<Those who stayed behind> condemned it.", "Those who stayed behind", "named"),
    # short names
    ("Foreign Minister Ada Ruiz arrived. <Ruiz> condemned the raid.", "Foreign Minister Ada Ruiz", "named"),
    ("Ada Ruiz, who runs the port, arrived. <Ms Ruiz> condemned the raid.", "Ada Ruiz", "named"),
    ("The spokesman, Omar al-Hadid, spoke. <Al-Hadid> condemned the raid.", "Omar al-Hadid", "named"),
    ("Mayor Jan de Wit arrived. <De Wit> condemned the raid.", "Mayor Jan de Wit", "named"),
    ("The World Food Programme (WFP) arrived. <WFP> condemned the raid.", "World Food Programme", "named"),
    ("The Port Workers' Federation met. <The Federation> condemned the raid.", "Port Workers' Federation", "named"),
    ("Judge Marta Vogel heard Piotr Vogel, a farmer, who sued. <Vogel> condemned the raid.", NOBODY, "unknown"),
    ("Velora, the Dublin insurer, lost. <Velora> condemned the raid.", "Velora", "named"),
    # descriptions
    ("Tajikistan's Foreign Ministry met. <The ministry> condemned the raid.", "Tajikistan's Foreign Ministry", "named"),
    ("The Ministry of Health met. <The ministry> condemned the raid.", "Ministry of Health", "named"),
    ("Health Minister Ada Ruiz arrived. <The minister> condemned the raid.", "Health Minister Ada Ruiz", "named"),
    ("Ada Ruiz, the health minister, arrived. <The health minister> condemned the raid.", "Ada Ruiz", "named"),
    ("The ministry's spokesman, Omar Hadid, arrived. <The spokesman> condemned the raid.", "Omar Hadid", "named"),
    ("A spokesperson for the Ministry of Trade arrived. <The spokesperson> condemned it.", "spokesperson for the Ministry of Trade", "named"),
    ("Velora, a Dublin insurance company, lost. <The company> condemned the ruling.", "Velora", "named"),
    ("The federation IndustriMetall met. <The federation> condemned the raid.", "IndustriMetall", "named"),
    ("The World Food Programme said its stocks were low. <The agency> condemned the raid.", "World Food Programme", "named"),
    ("A group calling itself the Guardians of Blood struck. <The group> condemned the raid.", "Guardians of Blood", "named"),
    ("The election commission met in Accra. <The commission> condemned the raid.", "election commission", "named"),
    ("Rain fell. <The ministry> condemned the raid.", NOBODY, "unknown"),
    ("Rain fell. <The president> condemned the raid.", NOBODY, "unknown"),
    ("Rain fell. <The company> condemned the raid.", NOBODY, "unknown"),
    ("Ada Ruiz, the trade minister, met Jan Wit, the interior minister. <The minister> condemned it.", NOBODY, "unknown"),
    ("Kenya's Foreign Ministry wrote to Norway's Foreign Ministry. Rain fell. Snow fell. Hail fell. Fog came. <The ministry> condemned it.",
     NOBODY, "unknown"),
    ("Prime Minister Ada Ruiz met Trade Minister Jan Wit. <The premier> condemned the raid.", "Prime Minister Ada Ruiz", "named"),
    ("Premier Jan Wit met Trade Minister Ada Ruiz. <The prime minister> condemned the raid.", "Premier Jan Wit", "named"),
    ("Trade Minister Jan Wit arrived. <The premier> condemned the raid.", NOBODY, "unknown"),
    # he, she
    ("Prime Minister Ada Ruiz arrived. <She> condemned the raid.", "Prime Minister Ada Ruiz", "pronoun"),
    ("Mr Wit arrived with Mrs Ada Ruiz. <She> condemned the raid.", "Ada Ruiz", "pronoun"),
    ("Mayor Jan Wit arrived with Mrs Ada Ruiz. <She> condemned the raid.", NOBODY, "pronoun"),
    ("Jan Wit, a baker, met Ada Ruiz, a nurse. He left. She wept. Later <he> condemned the raid.", "Jan Wit", "pronoun"),
    ("The Attorney-General, Rowena Pike, arrived. <She> condemned the raid.", "Rowena Pike", "pronoun"),
    ("Jan Wit, himself a former union leader, arrived. <He> condemned the raid.", "Jan Wit", "pronoun"),
    ("Jan Wit spoke. His predecessor, Ada Ruiz, now an opposition member, met him. <She> condemned the raid.", "Ada Ruiz", "pronoun"),
    ("The heads of state and government of Kenya, Uganda and Mali met. <They> condemned the raid.",
     "heads of state and government of Kenya, Uganda and Mali", "pronoun"),
    ("President Ilse Brandt met Omar Sule, then a rebel commander. <He> condemned the raid.", NOBODY, "pronoun"),
    ("Ada Ruiz, herself a retired judge, met Jan Wit. <She> condemned the raid.", "Ada Ruiz", "pronoun"),
    ("Great Falls teacher Moira Castell arrived. <She> condemned the raid.", "Moira Castell", "pronoun"),
    ("The judge assigned to the case, Eleanor Fitts, spoke. <She> condemned the raid.", "Eleanor Fitts", "pronoun"),
    ("A pharmacist called Ibtisam opened the door. <She> condemned the raid.", "Ibtisam", "pronoun"),
    ("The Moroccan ambassador spoke first. <He> condemned the raid.", "Moroccan ambassador", "pronoun"),
    ("Turning to trade, <she> condemned the raid, Minister Ada Ruiz having spoken before.", NOBODY, "pronoun"),
    ("Asked whether <he> would condemn the raid, Wit said so. Wit is the mayor.", NOBODY, "pronoun"),
    ("Ada Ruiz, a nurse, met Rosa Lind, a baker, and both stayed. <She> condemned the raid.", "Ada Ruiz", "pronoun"),
    ("Between them Rosa Lind of Oslo and Ada Ruiz of Lima had no money. <She> condemned it.", NOBODY, "pronoun"),
    ("Rain fell. <He> condemned the raid.", NOBODY, "pronoun"),
    ("Her coach, Jan Wit, arrived. <She> condemned the raid.", NOBODY, "pronoun"),
    ("General Sunday Okoro arrived. <He> condemned the raid.", "General Sunday Okoro", "pronoun"),
    ("The mayor, Jan Wit, spoke. <He himself> condemned the raid.", "Jan Wit", "pronoun"),
    ("Senator Ada Ruiz, <who> condemned the raid, left.", "Senator Ada Ruiz", "pronoun"),
    # it, they
    ("Norway sent a note. <It> condemned the raid.", "Norway", "pronoun"),
    ("The Ministry of Health met. <It> condemned the raid.", "Ministry of Health", "pronoun"),
    ("Unison, the largest union, said it was ready. <It> condemned the raid.", "Unison", "pronoun"),
    ("The minister said that the Cabinet approved the plan. <It> condemned the raid.", NOBODY, "pronoun"),
    ("Health Minister Ada Ruiz said that the Cabinet approved the plan. <It> condemned the raid.", "Cabinet", "pronoun"),
    ("Ada Ruiz, a nurse, arrived. <It> condemned the raid.", NOBODY, "pronoun"),
    ("Norway and Kenya met. <It> condemned the raid.", NOBODY, "pronoun"),
    ("Rain fell. <It> condemned the raid.", NOBODY, "pronoun"),
    ("The nurses met in Accra. <They> condemned the raid.", "nurses", "pronoun"),
    ("Villagers in Boffa gathered. <They> condemned the raid.", "Villagers in Boffa", "pronoun"),
    ("The leaders of Fiji, Samoa and Tonga met. <They> condemned the raid.", "leaders of Fiji, Samoa and Tonga", "pronoun"),
    ("Farmers and truckers met. <They> condemned the raid.", NOBODY, "pronoun"),
    ("Rain fell. <They> condemned the raid.", NOBODY, "pronoun"),
    # possessives
    ("Slovakia objected. <Its foreign ministry> condemned the raid.", "Slovakia's foreign ministry", "pronoun"),
    ("Defence Minister Jan Wit left. <His predecessor> condemned the raid.", "Defence Minister Jan Wit's predecessor", "pronoun"),
    ("The union's members met. <Its spokesman, Jan Wit>, condemned the raid.", "Jan Wit", "pronoun"),
    ("Rain fell. <Its spokesman> condemned the raid.", NOBODY, "pronoun"),
    # I, we
    ('"<We> condemn the raid," said Ada Ruiz, the mayor.', "Ada Ruiz", "pronoun"),
    ('"<We> condemn the raid," Mayor Ada Ruiz said.', "Mayor Ada Ruiz", "pronoun"),
    ('"Enough," said Jan Wit, a baker. "<We> condemn the raid."', "Jan Wit", "pronoun"),
    ('Mayor Ada Ruiz told reporters: "<We> condemn the raid."', "Mayor Ada Ruiz", "pronoun"),
    ('According to Ada Ruiz, the mayor, "<we> condemn the raid".', "Ada Ruiz", "pronoun"),
    ('Mayor Ada Ruiz told reporters that the port was closed. "<We> condemn the raid. It was cruel."', "Mayor Ada Ruiz", "pronoun"),
    ('"<We> condemn the raid."\n\nAda Ruiz, the mayor, said.', "Ada Ruiz", "pronoun"),
    ('Mayor Ada Ruiz said:\n\n"<We> condemn the raid."', "Mayor Ada Ruiz", "pronoun"),
    ('Mayor Ada Ruiz said:\n\n"The port is closed.\n\n"<We> condemn the raid."', "Mayor Ada Ruiz", "pronoun"),
    ('"The port is closed.\n\n"<We> condemn the raid," said Ada Ruiz, the mayor.', "Ada Ruiz", "pronoun"),
    ('"<We> condemn the raid," its spokesman said.', NOBODY, "pronoun"),
    ('"<We> condemn the raid." Rain fell all night.', NOBODY, "pronoun"),
    ("<We> condemn the raid.", NOBODY, "pronoun"),
    ("Statement by the Ministry of Foreign Affairs of Cuba\n\nRain fell. <We> condemn the raid.", "Ministry of Foreign Affairs of Cuba", "pronoun"),
    ("Joint statement by France, Germany and Italy on Mali\n\nRain fell. <We> condemn the raid.", "France, Germany and Italy", "pronoun"),
    ("Statement by Rwanda, Security Council, same meeting\n\nRain fell. <We> condemn the raid.", "Rwanda", "pronoun"),
    ("Letters: the port\n\n<I> condemn the raid. Ada Ruiz, Lima\n\nSo do I. Jan Wit, Oslo", NOBODY, "pronoun"),
    ("Ruiz: Good day. Wit: Why? Ruiz: <We> condemn the raid. Wit: Thanks.", "Ruiz", "pronoun"),
    ("Q: Do <you> condemn the raid? Ada Ruiz was absent.", NOBODY, "unknown"),
    # no source in the sentence: the speaker of the quotation, else the author
    ('"{The raid} was a crime," said Ada Ruiz, the mayor.', "Ada Ruiz", "quote"),
    ('"{The raid} was a crime. Rain fell," Mayor Ada Ruiz said.', "Mayor Ada Ruiz", "quote"),
    ('"It rained," said Jan Wit, a baker. "{The raid} was a crime."', "Jan Wit", "quote"),
    ('"{The raid} was a crime."\n\nRain fell.', NOBODY, "quote"),
    ("{The raid} was a crime.", NOBODY, "author"),
    ('{The raid} was a so-called "accident" and a crime.', NOBODY, "author"),
    # a point of a list: who stands at its head
    ("The foreign ministers of Ghana and Togo, meeting in Accra:\n\n1. Strongly condemn {the raid};\n", "foreign ministers of Ghana and Togo", "quote"),
    ("The Peace and Security Council,\n\nRecalling the pact,\n\nDeploring {the raid},\n\n1. Thanks Oman.", "Peace and Security Council", "quote"),
    ("The Security Council,\r\n\r\nRecalling the pact,\r\n\r\n1. Thanks Oman;\r\n2. Deplores {the raid}.", "Security Council", "quote"),
    ("Mayor Ada Ruiz said the city would:\n• open the port\n• firmly reject {the plan}", "Mayor Ada Ruiz", "quote"),
    ("Key points:\n- Reject {the raid}.", NOBODY, "author"),
    ("Readout of the call between Ghana and Togo:\n- Condemned {the raid}.", NOBODY, "author"),
    ("Mayor Ada Ruiz spoke:\n- {The raid} was a crime.", NOBODY, "author"),
    ("Mayor Ada Ruiz spoke:\n- Rain fell.\n\nThe port is closed.\n\n- Reject {the raid}.", NOBODY, "author"),
    # acronyms that are pronouns in small letters
    ("<US> condemned the raid.", "US", "named"),
    ("<WHO> warned the ministry.", "WHO", "named"),
    ("They met. <We> condemned the raid.", None, "pronoun"),
    # names with articles and particles
    ("Syrian President Bashar al-Assad arrived. <Assad> condemned the raid.", "President Bashar al-Assad", "named"),
    ("Syrian President Bashar al-Assad condemned the strike. Assad blamed Israel. <He> thanked Russia.", "President Bashar al-Assad", "pronoun"),
    ("Commission President Ursula von der Leyen arrived. <Von der Leyen> condemned the raid.", "Commission President Ursula von der Leyen", "named"),
    ("Commission President Ursula von der Leyen condemned Russia. <She> thanked Kyiv.", "Commission President Ursula von der Leyen", "pronoun"),
    # a man and a woman
    ("President Emmanuel Macron met Prime Minister Giorgia Meloni in Paris. <She> praised him.", "Prime Minister Giorgia Meloni", "pronoun"),
    ("President Emmanuel Macron met Prime Minister Giorgia Meloni in Paris. <He> praised her.", "President Emmanuel Macron", "pronoun"),
    # a company is not who runs it
    ("Tesla CEO Elon Musk spoke. <Tesla> rejected the claim.", "Tesla", "named"),
    ("Homeland Security Secretary Kristi Noem spoke. <Noem> rejected the claim.", "Homeland Security Secretary Kristi Noem", "named"),
    # who stands below an office does not hold it
    ("Vice President Jan Vance spoke in Munich. <The president> condemned the raid.", None, "unknown"),
    ("Deputy Foreign Minister Sergei Ryabkov spoke. <The foreign minister> condemned the raid.", "foreign minister", "named"),
    ("Deputy Foreign Minister Sergei Ryabkov spoke. <The deputy minister> condemned the raid.", "Deputy Foreign Minister Sergei Ryabkov", "named"),
    # names that begin with a direction or a continent
    ("New York Gov. Kathy Hochul spoke. <Hochul> condemned the raid.", "New York Gov. Kathy Hochul", "named"),
    ("European Council President Charles Michel spoke. <Michel> condemned the raid.", "European Council President Charles Michel", "named"),
    ("South Korean President Lee Jin spoke. <Lee> condemned the raid.", "President Lee Jin", "named"),
]  # fmt: skip

TARGETS: list[tuple[str, str | None]] = [
    ("Kenya praised {Norway}.", "Norway"),
    ("Kenya condemned {the raid on the port}.", "raid on the port"),
    ('Kenya warned "{the puppet rulers" in Tarn}.', "puppet rulers in Tarn"),
    ("Kenya warned “{the puppet rulers” in Tarn}.", "puppet rulers in Tarn"),
    ('Kenya warned {the "puppet rulers" in Tarn}.', '"puppet rulers" in Tarn'),
    ("Mayor Jan Wit met Mrs Ada Ruiz. <Wit> praised {her}.", "Ada Ruiz"),
    ("Mayor Jan Wit spoke. <He> praised {him}.", NOBODY),
    ("Foreign Minister Ada Ruiz arrived. Kenya praised {Ruiz}.", "Foreign Minister Ada Ruiz"),
    ("Kenya rejected {any harm to them}.", NOBODY),
    ("Kenya rejected {this}.", NOBODY),
    ("Rain fell. <Kenya> condemned {it}.", NOBODY),
    ("The miners' union struck. <Kenya> condemned {it}.", NOBODY),
]

CODES: list[tuple[str, str | None]] = [
    ("Kazakh Foreign Minister Timur Aliev arrived. <Aliev> condemned the raid.", "KAZ"),
    ("Norway sent a note. <It> condemned the raid.", "NOR"),
    ("<Georgia> condemned the raid. Tbilisi recalled its envoy.", "GEO"),
    ("<Georgia> condemned the raid. Atlanta voters agreed.", None),
    ("<Congo> condemned the raid. Kinshasa recalled its envoy.", "COD"),
    ("<Congo> condemned the raid. Brazzaville recalled its envoy.", "COG"),
    ("<Congo> condemned the raid. Brazzaville and Kinshasa spoke.", None),
    ("<Korea> condemned the raid. Seoul recalled its envoy.", "KOR"),
    ("<Korea> condemned the raid. Seoul and Pyongyang spoke.", None),
    ("<Jordan> condemned the raid. Amman recalled its envoy.", "JOR"),
    ("Michael Jordan, a coach, arrived. <Jordan> condemned the raid.", None),
    ("<He> condemned the raid.", None),
    ("Kazakh President Timur Aliev arrived. <President Aliev and the Kazakh people> mourned.", "KAZ"),
    ("Kazakh President Timur Aliev arrived. <President Aliev and the Kenyan people> mourned.", None),
    ("Kazakh President Timur Aliev met Kenyan President Ada Ruiz. <Aliev and Ruiz> mourned.", None),
    ("Kazakh President Timur Aliev arrived. <The allies of Aliev and the Kazakh people> mourned.", None),
    ("U.S. President Jan Wit arrived. <Wit> condemned the raid.", "USA"),
    ("U.K. Foreign Secretary Jan Wit arrived. <Wit> condemned the raid.", "GBR"),
    ("U.N. Secretary-General Jan Wit arrived. <Wit> condemned the raid.", "UN"),
    ("Sen. Lindsey Graham of South Carolina praised Israel. <Graham> condemned the raid.", None),
    ("Governor Oleh Kova of Kharkiv accused Russia. <Kova> condemned the raid.", None),
    ("Northern Ireland Secretary Hilary Benn spoke. <Benn> condemned the raid.", "GBR"),
]


def article(marked: str) -> Article:
    """A text whose marks are one stance, in the sentence that holds them."""
    places = {}
    text = marked
    for side, opening, closing in (("source", "<", ">"), ("target", "{", "}")):
        start = text.find(opening)
        if start < 0:
            continue
        end = text.index(closing) - 1
        text = text.replace(opening, "").replace(closing, "")
        if side == "target" and "source" in places:
            assert places["source"][1] <= start, marked
        places[side] = (start, end)
    at = min(a for a, _ in places.values())
    held = next((a, b) for a, b in sentences(text) if a <= at < b)
    statement = Span.of(text, held[0], max(held[1], *(b for _, b in places.values())) if len(places) > 1 else held[1])
    spans = {side: Span.of(text, *place) for side, place in places.items()}
    stance = Stance("condemnation", statement, spans.get("source"), spans.get("target"))
    return Article(text, (Statement(statement, (stance,)),))


def only(marked: str) -> Stance:
    (stance,) = resolve(article(marked)).stances
    return stance


def test_the_table_is_large_and_says_each_text_once() -> None:
    texts = [case[0] for case in (*SOURCES, *TARGETS)]
    assert len(texts) >= 60 and len(set(texts)) == len(texts)
    assert sum(name is None for _, name, _ in SOURCES) >= 20
    assert {kind for _, _, kind in SOURCES} == set(KINDS)


@pytest.mark.parametrize(("marked", "name", "kind"), SOURCES, ids=[m for m, _, _ in SOURCES])
def test_source(marked: str, name: str | None, kind: str) -> None:
    stance = only(marked)
    assert (stance.source_name, stance.source_kind) == (name, kind)


@pytest.mark.parametrize(("marked", "name"), TARGETS, ids=[m for m, _ in TARGETS])
def test_target(marked: str, name: str | None) -> None:
    assert only(marked).target_name == name


@pytest.mark.parametrize(("marked", "code"), CODES, ids=[m for m, _ in CODES])
def test_source_code(marked: str, code: str | None) -> None:
    assert only(marked).source_code == code


QUOTED = [
    ('A "b" c', ["b"]),
    ("A “b” c", ["b"]),
    ("A «b» c „d“ e", ["b", "d"]),
    ("It's the men's 'own word' here", ["own word"]),
    ('"One\n\n"Two," x', ["One", "Two,"]),
    ("6' tall and 5\" wide", []),
]


@pytest.mark.parametrize(("text", "inside"), QUOTED, ids=[t for t, _ in QUOTED])
def test_quotations(text: str, inside: list[str]) -> None:
    assert [text[a:b].strip("\"“”«»„'\n") for a, b in quotations(text)] == inside


def test_all_else_stays_as_it_is() -> None:
    before = article("Mayor Ada Ruiz arrived. <She> condemned {the raid}.")
    after = resolve(before)
    (old,), (new,) = before.stances, after.stances
    assert after.text == before.text and after.statements is not None and len(after.statements) == 1
    assert (new.stance, new.statement, new.source, new.target, new.confidence, new.optional) == (
        old.stance, old.statement, old.source, old.target, old.confidence, old.optional,
    )  # fmt: skip
    assert (new.source_name, new.target_name) == ("Mayor Ada Ruiz", "raid")
    assert resolve(Article("Rain fell.")) == Article("Rain fell.") and resolve(Article("")) == Article("")


def test_a_first_name_that_is_a_demonym_is_no_country() -> None:
    for marked, name, code in (
        ("Ukrainian Energy Minister <German Halytsky> condemned {the strikes}.", "Energy Minister German Halytsky", "UKR"),
        ("Energy Minister <German Halytsky> condemned {the strikes}.", "Energy Minister German Halytsky", None),
        ("Energy Minister German Halytsky spoke. <Halytsky> condemned {the strikes}.", "Energy Minister German Halytsky", None),
        ("<German Energy Minister Olaf Brandt> condemned {the strikes}.", "Energy Minister Olaf Brandt", "DEU"),
        ("Ukrainian Energy Minister <Ada Ruiz> condemned {the strikes}.", "Energy Minister Ada Ruiz", "UKR"),  # the title before a span
    ):
        stance = only(marked)
        assert (stance.source_name, stance.source_code) == (name, code), marked
    marked = article("Energy Minister <German Halytsky> condemned {the strikes}.")
    for alias in ("German Halytsky", "Energy Minister German Halytsky"):
        assert resolve(marked, {alias: "X"}).stances[0].source_code == "X", alias


def test_known_borders_of_sentences_change_nothing() -> None:
    for marked, *_ in SOURCES:
        before = article(marked)
        assert resolve(before, sentences=sentences(before.text)) == resolve(before)


def test_aliases_come_before_the_built_in_codes() -> None:
    (stance,) = resolve(article("<Northland> condemned {Kenya}."), {"Northland": "NLD-1", "Kenya": "K"}).stances
    assert (stance.source_code, stance.target_code) == ("NLD-1", "K")
    assert only("<Northland> condemned {Kenya}.").source_code is None


PIECES = [
    "Mayor Ada Ruiz ", "he ", "She ", "its ", "they ", "the ministry ", "said ", "who ", ", ", ". ", "\n\n", '"', "“", "”", "'s ", "’", "(", ":", " - ",
    "Q: ", "A: ", "of ", "and ", "Jordan ", "Jan ", "Acme GmbH, a company, ", "According to ", "Statement by ", "\0", "\ud800", "İ", "中",
]  # fmt: skip
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=80) | st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@given(text=ANYTHING, data=st.data())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_text_and_any_span_are_read(text: str, data: st.DataObject) -> None:
    if not text:
        return
    a, b, c, d = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    source = Span.of(text, a, b) if a < b else None
    target = Span.of(text, c, d) if c < d else None
    whole = Span.of(text, 0, len(text))
    (stance,) = resolve(Article(text, (Statement(whole, (Stance("warning", whole, source, target),)),))).stances
    assert stance.source_kind in KINDS
    assert stance.source_name != "" and stance.target_name != ""
    assert (stance.source_kind in ("author", "unknown")) <= (stance.source_name is None)


CODES = {
    # who did it is not who suffered it
    "Iran condemned Israel's assassination of Hamas leader Omar Hadid. {Hadid} was mourned.": "HAMAS",
    "Hungary rejected Russia's attacks on President Jan Wit. {Wit} was angry.": None,
    # two Congos
    "Kinshasa was calm. {Congo Republic's president} was praised.": "COG",
    "Kinshasa was calm. {The Congolese army} was praised.": "COD",
    "DR Congo's envoy flew to Brazzaville. {The Congolese army} was praised.": None,
    # the article's own words for an acronym
    "Reporters Without Borders (RSF) met. It praised {RSF} again.": "RSF-NGO",
    "The Inflation Reduction Act (IRA) passed. Norway backed {the IRA}.": None,
    "A lecturer at American University spoke. Mali thanked {the AU}.": "AU",
    # parties that are only a participle
    "Norway backed {Chinese-claimed Taiwan}.": "TWN",
    "Norway backed {Russian-annexed Crimea}.": None,
    # the city and the union
    "Norway thanked {the mayor of Brussels}.": None,
    "Norway thanked {Brussels}.": "EU",
    "Norway thanked Jan Wit, a historian of Russia. Mali thanked {Wit}.": None,
}


@pytest.mark.parametrize("marked", CODES)
def test_the_articles_words_decide_whose_code_it_is(marked: str) -> None:
    start, end = marked.index("{"), marked.index("}") - 1
    text = marked.replace("{", "").replace("}", "")
    first, last = next((a, b) for a, b in sentences(text) if a <= start < b)
    whole = Span.of(text, first, last)
    (stance,) = resolve(Article(text, (Statement(whole, (Stance("support", whole, None, Span.of(text, start, end)),)),))).stances
    assert stance.target_code == CODES[marked], stance


def test_reading_takes_time_in_proportion_to_length() -> None:
    marked = 'Mayor Ada Ruiz of Oslo met the Port Union. The mayor left. She told them: "We back you." The union thanked her, and it stayed. '

    def seconds(times: int) -> float:
        text = marked * times
        whole = Span.of(text, len(text) - 30, len(text))
        stance = Stance("support", whole, Span.of(text, len(text) - 15, len(text) - 13))
        started = time.process_time()
        resolve(Article(text, (Statement(whole, (stance,)),)))
        return time.process_time() - started

    seconds(10)
    assert min(seconds(1000) for _ in range(3)) < 40 * min(seconds(100) for _ in range(3)), "ten times the text, far more than ten times the time"
