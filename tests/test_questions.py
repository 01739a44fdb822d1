"""How a given-target question is put to the model."""

from __future__ import annotations

import numpy as np
import pytest

import stancekit
from stancekit.pipeline import Model
from stancekit.questions import Question, completed, questions
from stancekit.schema import Query


@pytest.fixture(scope="module")
def shipped() -> Model:
    return stancekit.load()


ROOMS = [  # text, name, how far its phrase may reach
    ("Norway condemned the deadly attack.", "attack", "Norway condemned the deadly attack"),
    ("They met, and the old minister left.", "minister", "the old minister"),
    ("Norway condemned the attack on Kenya.", "Kenya", "Kenya"),
    ("Norway condemned the attack on Kenya.", "attack", "Norway condemned the attack on Kenya."),
    ("He said “the coup” had failed.", "coup", "the coup"),
    ("Chad and Mali spoke. Kenya listened.", "Kenya", "Kenya"),
    ("Lagos, a port, is calm.", "Lagos", "Lagos"),
]


@pytest.mark.parametrize(("text", "name", "room"), ROOMS)
def test_a_name_has_room_back_to_a_border_and_on_where_a_preposition_follows(shipped: Model, text: str, name: str, room: str) -> None:
    (asked,) = questions(shipped.encoder, Query(text, name), 0)
    first, last = asked.target_room
    _, starts, ends = shipped.encoder.tokenize(text)[0]
    assert text[starts[first] : ends[last - 1]] == room


def test_a_span_is_asked_as_it_is_given(shipped: Model) -> None:
    (asked,) = questions(shipped.encoder, Query("Norway condemned the attack.", (21, 27), (0, 6)), 0)
    assert asked.target_room is None and asked.source_room is None
    scores = np.zeros((1, 2, 6, 6), dtype=np.float32)
    scores[..., 0, :] = 9.0
    assert completed([asked], scores) == [asked]


def test_a_name_gives_way_to_the_likeliest_mention_in_its_room() -> None:
    """By hand: of the spans around token 3 within tokens 1 to 5, the one that scores best; nothing that is no likelier."""
    question = Question(0, np.arange(8), 1, 7, 6, source=None, target=(3, 4), target_room=(1, 5))
    scores = np.full((1, 2, 6, 6), -5.0, dtype=np.float32)
    scores[0, :, 3, 3] = 1.0
    assert completed([question], scores)[0].target == (3, 4)
    scores[0, 1, 0, 3], scores[0, 1, 1, 5], scores[0, 0, 2, 3], scores[0, 1, 4, 4] = 9.0, 9.0, 9.0, 9.0  # beyond, beyond, a source, not around
    assert completed([question], scores)[0].target == (3, 4)
    scores[0, 1, 2, 3] = 1.0
    assert completed([question], scores)[0].target == (3, 4), "no likelier"
    scores[0, 1, 2, 3] = 2.0
    assert completed([question], scores)[0].target == (2, 4)
    scores[0, 1, 1, 4] = 3.0
    assert completed([question], scores)[0].target == (1, 5)


BARE = [
    ("Paris condemned the coup.", "coup", "the coup"),
    ("The union praised its brave members.", "members", "its brave members"),
    ("Norway condemned the deadly attack on Kenya.", "attack", "the deadly attack on Kenya"),
]


@pytest.mark.parametrize(("text", "bare", "whole"), BARE)
def test_a_bare_name_is_answered_as_its_phrase(shipped: Model, text: str, bare: str, whole: str) -> None:
    start = text.index(whole)
    expected = shipped.classify(text, (start, start + len(whole)))
    assert expected.label != "none" and shipped.classify(text, bare).scores == pytest.approx(expected.scores, abs=1e-3)
    start = text.index(bare)
    assert shipped.classify(text, (start, start + len(bare))).label == "none", "a span means what it says"


def test_a_name_inside_the_target_is_not_the_target(shipped: Model) -> None:
    text = "Norway condemned the deadly attack on Kenya."
    assert shipped.classify(text, "Kenya").label != "condemnation"


def test_a_source_that_stands_elsewhere_is_not_heard(shipped: Model) -> None:
    text = "Norway backed Kenya. " + "The session went on for hours in the old hall. " * 40 + "Sweden condemned Iran."
    assert shipped.hears(Query(text, "Kenya", "Norway")) and not shipped.hears(Query(text, "Kenya", "Sweden"))
    assert not shipped.hears(Query(text, "Kenya"))
    assert shipped.classify(text, "Kenya", "Sweden") == shipped.classify(text, "Kenya")
