from __future__ import annotations

import random
import re

from conftest import SEEDS
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.augment import exchange, exchange_article, exchange_query
from stancekit.corpus import read_marks
from stancekit.countries import countries
from stancekit.schema import Article, Query, Span, Stance, Statement, iter_spans

TEXT = "Kenya condemned Norway. Kenyan envoys left Oslo for Nairobi; the Kenyans and Kenya's allies warned Norwegians."


def opening(name: str) -> str:
    """As it stands at the start of a sentence."""
    return name[0].upper() + name[1:]


def test_the_forms_of_a_country_move_together() -> None:
    for seed in range(30):
        text, _ = exchange(TEXT, random.Random(seed))
        words = re.split(r"\W+", text)
        assert not {"Kenya", "Kenyan", "Kenyans", "Nairobi", "Norway", "Oslo", "Norwegians"} & set(words)
        name, adjective, capital = next(c for c in countries() if text.startswith(f"{opening(c[0])} condemned"))
        assert f"{adjective} envoys left" in text and f"for {capital};" in text and f"{name}'s allies" in text
        other = next(c for c in countries() if f" condemned {c[0]}." in text)
        assert other[0] != name and f"left {other[2]} for" in text


def test_a_country_of_two_names_is_one_country() -> None:
    for seed in range(30):
        text, _ = exchange("Britain protested. The United Kingdom sent British envoys from London to the United Kingdom.", random.Random(seed))
        name = next(c[0] for c in countries() if text.startswith(f"{opening(c[0])} protested. "))
        assert text.count(name.removeprefix("the ")) >= 3 and text.endswith(f" to {name}.") and f". {opening(name)} sent " in text


def test_the_article_belongs_to_some_names() -> None:
    text = "The United States agreed. A United States envoy met the Philippines' team, and Kenya thanked the Kenyan one."
    for seed in range(60):
        new, move = exchange(text, random.Random(seed))
        words = new.split()
        assert "the the" not in new.lower() and "a the" not in new.lower() and words[0] != "the"
        at = text.index("Kenyan")
        a, b = move(at, at + 6)
        assert not new[a:b].startswith("the "), "the article before an adjective is not part of it"
        if "the United" not in new and "the Phil" not in new:
            assert not new.startswith("The ")


def test_the_seed_decides_and_share_counts() -> None:
    assert exchange(TEXT, random.Random(3))[0] == exchange(TEXT, random.Random(3))[0]
    assert len({exchange(TEXT, random.Random(n))[0] for n in range(10)}) > 5
    assert exchange(TEXT, random.Random(3), share=0.0)[0] == TEXT
    assert exchange("No party is named.", random.Random(3))[0] == "No party is named."
    assert exchange("Iranian-made drones, Malians, Nigeria-based", random.Random(1))[0].startswith("Iranian-made")


@given(st.lists(st.sampled_from(["Kenya", "Mali", "Malians", "South Korea", "the", " ", ".", "x", "Oslo", "US", "’s "]), max_size=20).map("".join), st.data())
@settings(max_examples=200, deadline=None)
def test_offsets_outside_the_names_move_with_their_text(text: str, data: st.DataObject) -> None:
    changed, move = exchange(text, random.Random(5))
    assert move(0, len(text)) == (0, len(changed))
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    a, b = move(start, end)
    assert 0 <= a < b <= len(changed)
    if changed == text:
        assert (a, b) == (start, end)
    if not any(country in text for country in ("Kenya", "Mali", "Korea", "Oslo", "US")):
        assert changed == text


def test_seed_articles_stay_whole() -> None:
    rng = random.Random(1)
    changed = 0
    for article in read_marks(SEEDS / "articles" / "a1.txt"):
        new = exchange_article(article, rng)
        changed += new.text != article.text
        assert (new.id, new.meta, len(new.statements)) == (article.id, article.meta, len(article.statements))
        assert [s.stance for s in new.stances] == [s.stance for s in article.stances]
        assert all(new.text[s.start : s.end] == s.text == s.text.strip() for s in iter_spans(new))
        for a, b in zip(article.statements, new.statements, strict=True):
            assert [(s.source is None, s.target is None, s.optional) for s in a.stances] == [
                (s.source is None, s.target is None, s.optional) for s in b.stances
            ]
    assert changed > 5


def test_spans_move_with_their_country() -> None:
    text = "Kenya backed Norway."
    span = Span.of(text, 0, 20)
    stance = Stance("support", span, Span.of(text, 0, 5), Span.of(text, 13, 19), optional=True)
    new = exchange_article(Article(text, (Statement(span, (stance,)),)), random.Random(2)).stances[0]
    names = {form for c in countries() for form in (c[0], opening(c[0]))}
    assert {new.source.text, new.target.text} <= names - {"Kenya", "Norway"} and new.optional


def test_queries_by_offsets_move_and_others_stay() -> None:
    query = Query("Kenya backed Norway.", (13, 19), (0, 5), "support", "q", {"x": 1})
    new = exchange_query(query, random.Random(2))
    names = {form for c in countries() for form in (c[0], opening(c[0]))}
    assert new.text[slice(*new.target)] in names and new.text[slice(*new.source)] in names and new.text != query.text
    assert (new.label, new.id, new.meta) == ("support", "q", {"x": 1})
    named = Query("Kenya backed Norway.", "Norway")
    assert exchange_query(named, random.Random(2)) is named
