"""Who speaks: quotations, turns of transcripts, authors and signatures; sentence borders after titles and short forms."""

from __future__ import annotations

import time

import pytest

from stancekit.layout import Layout, nested, quotations
from stancekit.names import resolve
from stancekit.schema import Article, Span, Stance, Statement
from stancekit.text import sentences

NOBODY = None

# the text with the source between < and >, and its name
SOURCES: list[tuple[str, str | None]] = [
    # a paragraph's last quotation belongs to its own paragraph, one that stands alone may belong to the next
    ('"The road is shut," the trade minister, Ama Kodjo, said. "<We> condemn it."\n\nKofi Osei, the mayor, agreed.', "Ama Kodjo"),
    ('"It is over," said the union\'s secretary, Luc Maas. "<We> thank Kenya."\n\nNordhaven Docks said it would appeal.', "Luc Maas"),
    ('"<We> thank Kenya."\n\nKofi Osei, the mayor, said.', "Kofi Osei"),
    ('Rain fell. "<We> thank Kenya."\n\nKofi Osei, the mayor, said.', "Kofi Osei"),
    # turns
    ("Ada Ruiz: Good day.\nJan de Wit: <I> thank Kenya.\nAda Ruiz: Well.", "Jan de Wit"),
    ("Ada Ruiz: Good day.\nUrsula von der Berg: <I> thank Kenya.\nAda Ruiz: Well.", "Ursula von der Berg"),
    ("Ada Ruiz, Spain: Good day.\nJan de Wit, Netherlands: <I> thank Kenya.\nAda Ruiz, Spain: Well.", "Jan de Wit"),
    ("Ada Ruiz: Good day.\nJan Wit, union secretary: <I> thank Kenya.\nAda Ruiz: Well.", "Jan Wit"),
    ("Ada Ruiz: Good day.\nLater, the secretary: <I> thank Kenya.\nAda Ruiz: Well.", "Ada Ruiz"),
    ("Dockers' Talks, Port Lind: The Words\n\nA reader sent this. <I> thank Kenya.\n\nAda Ruiz: Well.\nAda Ruiz: Yes.", NOBODY),
    ("Secretary Lind: Good day.\nForeign Minister Maro (through interpreter): <I> thank Kenya.\nSecretary Lind: Well.", "Foreign Minister Maro"),
    ("Secretary Lind: Good day.\nQUESTION (via translation): Why? <I> blame the bank.\nSecretary Lind: Well.", NOBODY),
    ("Jan Wit (Wexley) (Con): Good day.\nAda Coombe (Stour Valley) (Lab): <I> condemn it.\nJan Wit (Wexley) (Con): No.", "Ada Coombe"),
    ("[00:05] MS. LIND: Good day.\n[00:15] DR. RUIZ: <I> blame the bank.\n[00:25] MS. LIND: Why?", "Dr. Ruiz"),
    ("(0:05) Ada Lind: Good day.\n(0:15) Jan Ruiz: <I> blame the bank.\n(0:25) Ada Lind: Why?", "Jan Ruiz"),
    # "it", "they" and "he" in a turn: no label, and nothing of another turn
    ("Ada Ruiz: Good day.\n\nNorway: Rain fell.\n\nAda Ruiz: <It> condemned the raid.", NOBODY),
    ("Ada Ruiz: Good day.\n\nGlobe: Mali met Kenya.\n\nAda Ruiz: Norway sent a note. <It> condemned the raid.", "Norway"),
    ("Ada Ruiz: Good day.\n\nQ: A Kenyan deputy said so.\n\nMr Ruiz: We know, and <he> condemned the raid.\n\nAda Ruiz: Yes.", "Kenyan deputy"),
    # capitals of a label
    ("MS. O'NEIL: <We> condemn it.\nMR. WIT: Why?\nMS. O'NEIL: Well.", "Ms. O'Neil"),
    ("SECRETARY LIND: <We> condemn it.\nMR. WIT: Why?\nSECRETARY LIND: Well.", "Secretary Lind"),
    ("The PRESIDENT: <We> condemn it.\nMR. WIT: Why?\nThe PRESIDENT: Well.", "President"),
    ("UNHCR: <We> condemn it.\nMR. WIT: Why?\nUNHCR: Well.", "UNHCR"),
    # a quotation inside a quotation
    ('Mayor Kofi Osei said: "The judge told me, \'<We> reject the deal.\' I agree."', NOBODY),
    ("Mayor Kofi Osei said: “The judge told me, ‘We reject the deal.’ <I> agree.”", "Mayor Kofi Osei"),
    ("Mayor Kofi Osei said: “The judge told me, ‘<We> don’t like the workers’ deal and reject it’, so there.”", NOBODY),
    ("Mayor Kofi Osei said: ‘The judge told me, “<We> reject the deal.” I agree.’", NOBODY),
    ('Mayor Kofi Osei said: "In the \'golden days\' <we> rejected the deal, for the workers\' sake."', "Mayor Kofi Osei"),
    # an office, a name and a colon
    ('Togo\'s president, Luc Maas: "<We> condemn the raid."', "Luc Maas"),
    # headlines in capitals
    ("STATEMENT BY THE MINISTRY OF TRADE OF THE REPUBLIC OF SERRANIA\n\nRain fell. <We> condemn it.\n\nPorto Celeste, 6 June 2031",
     "Ministry of Trade of the Republic of Serrania"),
    ("STATEMENT OF THE MINISTRY OF TRADE OF GHANA\n\nRain fell. <We> condemn it.", "Ministry of Trade of Ghana"),
    ("STATEMENT BY AMBASSADOR KOFI OSEI ON MALI\n\nRain fell. <We> condemn it.", "Ambassador Kofi Osei"),
    ("STATEMENT BY H.E. MR. KOFI OSEI, MINISTER OF TRADE\n\nRain fell. <We> condemn it.", "Kofi Osei"),
    ("STATEMENT BY THE EU AND NATO ON MALI\n\nRain fell. <We> condemn it.", "EU and NATO"),
    ("JOINT STATEMENT BY FRANCE, GHANA AND ITALY ON MALI\n\nRain fell. <We> condemn it.", "France, Ghana and Italy"),
    ("PEACE CONFERENCE HIT BY ENEMY FIRE\n\nRain fell. <We> condemn it.", NOBODY),
    ("Statement by H.E. Mr. Kofi Osei, Minister of Trade\n\nRain fell. <We> condemn it.", "Kofi Osei"),
    # a place and a date are no signature
    ("Rain fell. <We> condemn it.\n\nPorto Celeste, 6 June 2031", NOBODY),
    ("Rain fell. <We> condemn it.\n\nPorto Celeste, June 6, 2031", NOBODY),
    ("Rain fell. <We> condemn it.\n\nPorto Celeste, Friday 6 June", NOBODY),
    ("Rain fell. <We> condemn it.\n\nAda Ruiz, Porto Celeste", "Ada Ruiz"),
    # who is meant by "we" in a declaration
    ("Statement by the High Representative on behalf of the European Union on Mali\n\nRain fell. <We> condemn it.", "European Union"),
    ("Statement by Ambassador Ada Ruiz on behalf of the European Union\n\nRain fell. <I> condemn it.", "Ambassador Ada Ruiz"),
    ("We, the Foreign Ministers of Ghana, Togo and Mali, reaffirm our ties. <We> condemn it.", "Foreign Ministers of Ghana, Togo and Mali"),
    ("We, the undersigned, have met. <We> condemn it.", NOBODY),
    ("We, the undersigned unions of Togo, have met. <We> condemn it.", "undersigned unions of Togo"),
    # interviews, signatures, the line under a column
    ("Interview with Defence Minister Ama Kodjo\n\nQ: Why?\n\nA: <I> blame the bank.\n\nQ: Oh?\n\nA: Yes.", "Defence Minister Ama Kodjo"),
    ("Interview with the Globe\n\nQ: Why?\n\nA: <I> blame the bank.\n\nQ: Oh?\n\nA: Yes.", NOBODY),
    ("Dear all,\n\n<I> blame the bank.\n\nKind regards,\nDr Ada Ruiz\nChair", "Ada Ruiz"),
    ("<I> blame the bank.\n\nKofi Osei is the fisheries minister of Ghana.", "Kofi Osei"),
    ("Mr Osei spoke. <I> blame the bank.\n\nKofi Osei is the fisheries minister of Ghana.", NOBODY),
    ("<I> blame the bank.\n\nPort Lind is the second city of Serrania.", NOBODY),
    # titles
    ("The court heard Adv. Ama Kodjo in Accra. <Kodjo> condemned it.", "Adv. Ama Kodjo"),
    ("They met Msgr. Jan Lind in Oslo. <Lind> condemned it.", "Msgr. Jan Lind"),
]  # fmt: skip


def article(marked: str) -> Article:
    """A text whose mark is the source of one stance, in the sentence that holds it."""
    start, end = marked.index("<"), marked.index(">") - 1
    text = marked.replace("<", "").replace(">", "")
    first, last = next((a, b) for a, b in sentences(text) if a <= start < b)
    whole = Span.of(text, first, last)
    return Article(text, (Statement(whole, (Stance("condemnation", whole, Span.of(text, start, end), None),)),))


@pytest.mark.parametrize(("marked", "name"), SOURCES, ids=[m for m, _ in SOURCES])
def test_source(marked: str, name: str | None) -> None:
    (stance,) = resolve(article(marked)).stances
    assert stance.source_name == name


def test_the_country_of_a_turn_gives_the_code() -> None:
    (stance,) = resolve(article("Ada Ruiz, Spain: Good day.\nJan de Wit, Netherlands: <I> thank Kenya.\nAda Ruiz, Spain: Well.")).stances
    assert stance.source_code == "NLD"


def test_what_somebody_quotes_is_not_the_outer_speakers() -> None:
    text = 'Mayor Kofi Osei said: "The judge told me, \'The raid was a crime.\' I agree."'
    at = text.index("The raid")
    whole = Span.of(text, at, at + len("The raid was a crime."))
    target = Span.of(text, at, at + len("The raid"))
    (stance,) = resolve(Article(text, (Statement(whole, (Stance("condemnation", whole, None, target),)),))).stances
    assert (stance.source_name, stance.source_kind) == (None, "quote")


def test_nested_quotations() -> None:
    for text, inside in (
        ("“He said, ‘We go.’ So.”", ["‘We go.’"]),
        ("\"He said: 'We go', so.\"", ["'We go'"]),
        ("‘He said, “We go.” So.’", ["“We go.”"]),
        ("“In the ‘golden days’, we went.”", []),
        ("“Rain, 'twas said, fell.”", []),
        ("He said, ‘We go.’", []),
    ):
        assert [text[a:b] for a, b in nested(text, quotations(text))] == inside, text


def test_the_labels_of_turns() -> None:
    text = "Ada Ruiz, Peru: Yes.\nMR. WIT (for the union): No.\nAda Ruiz, Peru: Yes. He said: no."
    layout = Layout(text)
    assert [(t.label, t.who) for t in layout.turns] == [("Ada Ruiz, Peru", "Ada Ruiz"), ("MR. WIT (for the union)", "MR. WIT")] + [("Ada Ruiz, Peru", "Ada Ruiz")]
    assert [layout.in_label(text.index(w)) for w in ("Peru", "Yes", "WIT", "No", "He")] == [True, False, True, False, False]


JOINED = [
    "I thank the hon. Member for Stour Valley and my right hon. Friend the Minister.",
    "The court heard Adv. Ama Kodjo in Accra.",
    "They met Msgr. Jan Lind, Abp. Luc Maas and Mgr. Ivo Lind.",
    "They met Eng. Kofi Osei, Sra. Ada Ruiz and Dra. Ana Lind.",
    "Cmdt. Jan Wit blamed Ald. Ada Ruiz and Ven. Luc Maas.",
    "It blamed Dep. Minister Kofi Osei and Min. Ada Ruiz.",
    "It blamed Gen'l. Kofi Osei, Gen’l. Jan Wit and others.",
    "It blamed Gen. (retd.) Kofi Osei and Lt. Gen. (ret.) Jan Wit.",
    "It paid Rs. 500 crore under Res. 2334 of 2016.",
    "See para. 4, paras. 5 to 7, art. 51, arts. 4 and 5, Vol. 3, p. 4 and pp. 5 to 6.",
    "The town (pop. 700,000) lost approx. 500 people.",
    "The Natl. Guard thanked Intl. Relief and Int'l. Aid.",
    "Maas Bros. Holdings blamed the Gov't. Printer.",
    "It blamed Yahoo! Japan for it.",
    "He said: “It blamed Adv. Ama Kodjo, Gen. (retd.) Kofi Osei and Res. 5 of it.”",
]

APART = [
    ("It lasted 5 min.", "The mayor left."),
    ("It lasted 30 Min.", "Ada Ruiz left."),
    ("He left the Dep.", "The mayor stayed."),
    ("They blamed the Maas Bros.", "The firm left."),
    ("He is a general (retd.).", "Kofi Osei spoke."),
    ("General Osei (retd.)", "The army spoke."),
    ("They shouted at Yahoo!", "The firm blamed them."),
    ("It quoted the para.", "The court left."),
    ("He likes modern art.", "Fifty people left."),
    ("It passed Res. 2334.", "Fifty states voted."),
]


@pytest.mark.parametrize("text", JOINED)
def test_a_title_or_a_short_form_ends_no_sentence(text: str) -> None:
    assert [text[a:b] for a, b in sentences(text)] == [text]


@pytest.mark.parametrize("parts", APART)
def test_a_sentence_may_end_in_a_short_form(parts: tuple[str, str]) -> None:
    text = " ".join(parts)
    assert [text[a:b] for a, b in sentences(text)] == list(parts)


@pytest.mark.parametrize("unit", [", 'a ", "\"x, 'a, 'b", "\nA a, b c d: ", "\n[00:15] A ", "A of the ", "Gen. (ret.) ", "\nA (a) (b) :"])
def test_reading_takes_time_in_proportion_to_length(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    began = time.process_time()
    Layout(text)
    assert time.process_time() - began < 4
