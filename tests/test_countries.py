"""Countries are read under the names of stand-ins: no answer hangs on which country is meant."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st

import stancekit
from stancekit import checkpoint
from stancekit.augment import exchange
from stancekit.config import DataConfig, TrainConfig, WindowConfig
from stancekit.corpus import read_marks
from stancekit.countries import STAND_INS, applied, countries, found, masked
from stancekit.encoding import Encoder, WindowRule, span_of
from stancekit.schema import Query
from stancekit.text import sentences

TEXT = "The United States condemned Iran. U.S. envoys left Tehran for Washington; the Iranians and the US team met. Paris waited."
WORDS = [w for names in countries() for w in names] + "the The said . , ; 'his' warned the\nteam (UN) é 👍 Ürümqi \ud800".split(" ")


@pytest.fixture(scope="module")
def encoders() -> tuple[Encoder, Encoder]:
    """The base encoder's tokenizer without and with stand-ins."""
    folder = checkpoint.resolve_base("minilm")
    assert folder is not None
    return Encoder.from_file(folder / checkpoint.TOKENIZER, WindowRule()), Encoder.from_file(folder / checkpoint.TOKENIZER, WindowRule(), True)


@pytest.fixture(scope="module")
def shipped() -> stancekit.Model:
    return stancekit.load()


def test_stand_ins_come_in_order_of_appearance() -> None:
    assert applied(TEXT, masked(TEXT)) == (
        "Kenya condemned Norway. U.S. envoys left Oslo for Nairobi; the Norwegians and the Kenyan team met. Brasilia waited."
    )
    assert list(masked("Nobody was named.")) == [] and STAND_INS[:2] == ["Kenya", "Norway"]
    everybody = ", ".join(name for name, *_ in countries())
    new = applied(everybody, masked(everybody))
    assert len(found(new)) == len(countries()) and found(new) != found(everybody), "two countries are never read as one"


def test_tokens_are_the_stand_ins_at_the_places_of_the_names(encoders: tuple[Encoder, Encoder]) -> None:
    plain, masking = encoders
    spans = sentences(TEXT)
    whole = masking.tokenize(TEXT)[0]
    assert whole[0].tolist() == plain.tokenize(applied(TEXT, masked(TEXT)))[0][0].tolist()
    pieces = masking.article(TEXT).sentences
    assert np.concatenate([p.ids for p in pieces]).tolist() == whole[0].tolist() and len(pieces) == len(spans)
    first = pieces[0]
    assert [span_of(TEXT, first, (i, i + 1)).text for i in range(len(first))] == ["The United States", "condemned", "Iran", "."]
    assert first.tokens_of(TEXT.index("United"), TEXT.index(" condemned")) == (0, 1)
    tehran = TEXT.index("Tehran")
    second = pieces[1]
    place = second.tokens_of(tehran, tehran + 6)
    assert place is not None and span_of(TEXT, second, place).text == "Tehran"


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
def test_any_text_has_tokens_in_their_places(encoders: tuple[Encoder, Encoder], text: str) -> None:
    plain, masking = encoders
    for ids, starts, ends in (masking.tokenize(text)[0], *masking.tokenize(text, sentences(text))):
        assert len(ids) == len(starts) == len(ends) and (starts < ends).all()
        assert (np.diff(starts) >= 0).all() and (np.diff(ends) >= 0).all() and (not len(ids) or ends[-1] <= len(text))
    unnamed = masking.tokenize(text.replace("a", "z"))[0]
    if not found(text.replace("a", "z")):
        assert all(np.array_equal(a, b) for a, b in zip(unnamed, plain.tokenize(text.replace("a", "z"))[0], strict=True))


def test_a_name_across_a_border_is_left_as_it_is(encoders: tuple[Encoder, Encoder]) -> None:
    plain, masking = encoders
    text = "Saudi Arabia agreed."
    halves = [(0, 9), (9, len(text))]
    assert [i.tolist() for i, *_ in masking.tokenize(text, halves)] == [i.tolist() for i, *_ in plain.tokenize(text, halves)]


def test_articles_are_read_alike_whichever_countries_they_name(shipped: stancekit.Model) -> None:
    assert shipped.config.mask_countries
    stances = 0
    for article in list(read_marks(SEEDS / "articles" / "a1.txt"))[:6]:
        text, move = exchange(article.text, random.Random(5))
        before, after = shipped.predict_many([article.text, text])
        if len(before.statements) != len(after.statements) or applied(text, masked(text)) != applied(article.text, masked(article.text)):
            continue  # "Washington" ends no sentence, "the Philippines" gives its article to "Philippine"
        stances += len(before.stances)
        for a, b in zip(before.stances, after.stances, strict=True):
            assert a.stance == b.stance and a.confidence == b.confidence
            for x, y in ((a.source, b.source), (a.target, b.target)):
                assert (x is None) == (y is None) and (x is None or move(x.start, x.end) == (y.start, y.end))
    assert stances > 20


def test_so_are_questions(shipped: stancekit.Model) -> None:
    def asked(one: str, other: str, target: str | None = None) -> list[dict[str, float]]:
        text = f"{one} strongly condemned {other} for the raid."
        queries = [Query(text, target or other, one), Query(text, target or other), Query(text, "the raid", one)]
        return [a.scores for a in shipped.classify_many(queries)]

    assert asked("Iran", "Israel") == asked("Denmark", "Ghana") == asked("Kenya", "Norway")
    assert asked("Iran", "Israel", "Peru") == asked("Denmark", "Ghana", "Cuba"), "a target that the text does not name"
    assert asked("Iran", "Israel", "Peru") != asked("Denmark", "Ghana", "Denmark")


def test_training_goes_on_with_it(tiny_checkpoint: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    checkpoint.write_folder(folder, {f.name: f for f in tiny_checkpoint.iterdir()})
    plain = checkpoint.read_config(folder)
    assert not plain.mask_countries and not stancekit.load(folder).encoder.mask_countries
    checkpoint.update_config(folder, plain.model_copy(update={"mask_countries": True}))
    config = TrainConfig(base=str(folder), output="unused", data=DataConfig(), window=WindowConfig(max_tokens=64))
    start = checkpoint.start(config)
    assert start.config.mask_countries and start.encoder.mask_countries and stancekit.load(folder).encoder.mask_countries
    bare = checkpoint.start(config.model_copy(update={"base": str(tiny_checkpoint)}))
    assert not bare.config.mask_countries and not bare.encoder.mask_countries
