from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.text import MAX_SENTENCE, is_list, sentences, trim

PIECES = st.sampled_from(["Mr. Xi", "U.S.", "said", ". ", "! ", "? ", "…", "\n", "\r\n", "\x85", "\u2028", '"', "”", "“", "Kenya", " ", "\t", "3.5", "«", "»", "👩‍👩‍👧", "שלום", "\x00", "中国。", "etc.", ", "])


def split(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


@given(st.text(st.characters()) | st.lists(PIECES, max_size=60).map("".join))
@settings(max_examples=300, deadline=None)
def test_sentences_cover_every_visible_character_once_in_order(text: str) -> None:
    position = 0
    for start, end in sentences(text):
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        assert end - start <= MAX_SENTENCE
        position = end
    assert not text[position:].strip()


CASES = {
    "two": ("Norway backed Kenya. It warned Mali.", ["Norway backed Kenya.", "It warned Mali."]),
    "abbreviations": ("Mr. Xi met U.S. Secretary Blinken on Jan. 5. They spoke.", ["Mr. Xi met U.S. Secretary Blinken on Jan. 5.", "They spoke."]),
    "initials": ("George H. W. Bush spoke. He left.", ["George H. W. Bush spoke.", "He left."]),
    "line break": ("Kenya warns Mali\nNAIROBI – The minister spoke", ["Kenya warns Mali", "NAIROBI – The minister spoke"]),
    "mixed newlines": ("One\r\nTwo\rThree\nFour\u2028Five", ["One", "Two", "Three", "Four", "Five"]),
    "quotation": ("“We condemn it. We will act. Beware,” she said.", ["“We condemn it.", "We will act.", "Beware,” she said."]),
    "attribution": ('"Stop it!" he said. He left.', ['"Stop it!" he said.', "He left."]),
    "number": ("Prices rose 3.5 percent. Nobody cheered.", ["Prices rose 3.5 percent.", "Nobody cheered."]),
    "the answer no": ("Asked to go, Russia said no. Ukraine protested. It is No. 5 of them.", ["Asked to go, Russia said no.", "Ukraine protested.", "It is No. 5 of them."]),
    "ends with a short form": (
        "The Kremlin condemned the U.S. It also accused the U.K. The minister left at 5 p.m. He spoke on X. She did not.",
        ["The Kremlin condemned the U.S.", "It also accused the U.K.", "The minister left at 5 p.m.", "He spoke on X.", "She did not."],
    ),
    "goes on after a short form": (
        "The U.S. Air Force met Gen. He Weidong and J. K. Rowling at 5 p.m. Monday. Apple Inc. Chief Jan Wit left on Jun. 5.",
        ["The U.S. Air Force met Gen. He Weidong and J. K. Rowling at 5 p.m. Monday.", "Apple Inc. Chief Jan Wit left on Jun. 5."],
    ),
    "titles": (
        "Sens. Warren and Wit backed Amb. Ruiz. Reps. Omar and Lee did not.",
        ["Sens. Warren and Wit backed Amb. Ruiz.", "Reps. Omar and Lee did not."],
    ),
    "asked": ('"Why do nothing?" Macron asked. "Pay!" Netanyahu said. He left.', ['"Why do nothing?" Macron asked.', '"Pay!" Netanyahu said.', "He left."]),
    "cried without a speaker": ('"Stop it!" Kenya left.', ['"Stop it!"', "Kenya left."]),
    "blank": (" \t\r\n \u2028 ", []),
    "empty": ("", []),
    "lone surrogates": ("\ud800 spoke. He left \udfff.", ["\ud800 spoke.", "He left \udfff."]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_sentence_borders(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_a_long_line_is_cut_at_gaps_and_nothing_is_lost() -> None:
    text = "word " * 20_000
    pieces = split(text)
    assert max(map(len, pieces)) <= MAX_SENTENCE
    assert "".join(p.replace(" ", "") for p in pieces) == "word" * 20_000
    assert all(p.startswith("word") and p.endswith("word") for p in pieces)
    assert "".join(split("x" * 100_000)) == "x" * 100_000
    assert split("; ".join(["a" * 400] * 9))[0].endswith(";")


@pytest.mark.parametrize("unit", ["A. ", "He said no. ", '"Stop." ', "x", "Mr. ", "\u202eשלום. ", "👍 ", "Hi." + " " * 9000 + "\n", ". "])
def test_time_grows_with_the_length_only(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    began = time.process_time()
    found = sentences(text)
    assert time.process_time() - began < 10
    assert found[-1][1] == len(text.rstrip())


def test_a_line_of_any_length_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stancekit.text.MAX_LINE", 100)
    assert split("Kenya spoke. " * 20_000) == ["Kenya spoke."] * 20_000  # thousands of pieces: no recursion


def test_trim() -> None:
    assert trim("  ab ", 0, 5) == (2, 4)
    assert trim("   ", 0, 3) == (3, 3)


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("Kenya condemns raid on Mali\nNorway backs talks in Oslo\nChad warns of floods\n", True),
        ("Kenya condemns raid on Mali\r\n\r\nWho backs the talks?\r\n‘No deal’, says Oslo\r\nChad warns of floods", True),
        ("Kenya condemns raid on Mali\nNorway backs talks in Oslo", False),  # a headline and what stands under it
        ("Kenya condemns raid on Mali\nBy Ada Ruiz\nNAIROBI\nKenya condemned a raid. It was the second.\nMali denied it.\nTalks go on.", False),
        ("The ministers\n- condemn the raid on Mali;\n- welcome the talks in Oslo;\n- warn of floods in Chad", False),
        ("Kenya condemned the raid.\nNorway backed the talks.\nChad warned of floods.", False),
        ("Kenya condemns raid on Mali Norway backs talks in Oslo Chad warns of floods", False),
        ("", False),
    ],
)
def test_a_list_of_headlines_is_told_from_an_article(text: str, listed: bool) -> None:
    assert is_list(text, sentences(text)) is listed
