from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import SEEDS
from hypothesis import given, settings
from hypothesis import strategies as st

import stancekit
from stancekit import checkpoint, parallel, pipeline
from stancekit.config import READINGS, GivenRule
from stancekit.corpus import read_marks
from stancekit.encoding import gather
from stancekit.errors import CheckpointError, ConfigError, DataError
from stancekit.pipeline import Model, answer_given
from stancekit.schema import Answer, Article, Query, iter_spans
from stancekit.text import sentences

PIECES = st.sampled_from(
    ["The minister", " condemned ", "the attack", ". ", "Kenya", " supports ", "peace talks", "\r\n", "\n\n", "\r", "\x00", "\x1b[31m", "\ud800", "\udfff", "👩‍👩‍👧", "🇰🇪", "\u202e", "שלום", "سلام", "中国谴责。", "é", "e\u0301", "\ufeff", "\u200b", "\t", " ", '"', "<script>", "x" * 90, "ﷺ", "İ", "ß"]
)  # fmt: skip
ANY = st.text(st.characters(exclude_categories=()), max_size=120) | st.lists(PIECES, max_size=25).map("".join)
STEADY = settings(max_examples=120, deadline=None, derandomize=True)

TEXTS = [
    "The minister condemned the attack. He warned Russia, and Kenya supports peace talks.",
    "",
    "China said: \"we attacked the peace.\"\r\nA ministry, they said, condemned it.",
    "word",
    "Kenya supports the peace talks in China; he condemned an attack of Russia. " * 8,
    " \n\t",
    "👍 Ürümqi. שלום.",
    "The ministry warned the minister of a attack. " * 3,
]


def assert_whole(article: Article, text: str) -> None:
    """What every answer holds to, whatever the text."""
    assert article.text == text
    assert [(s.span.start, s.span.end) for s in article.statements] == sentences(text)
    for span in iter_spans(article):
        assert text[span.start : span.end] == span.text
    for stance in article.stances:
        assert stance.stance in ("support", "condemnation", "warning")
        assert 0 <= stance.confidence <= 1 and not stance.optional
        for span in (stance.source, stance.target):
            assert span is None or stance.statement.start <= span.start < span.end <= stance.statement.end
    assert Article.from_dict(article.to_dict()) == article


def assert_same(one: Article, other: Article) -> None:
    assert [s.key for s in one.stances] == [s.key for s in other.stances]
    assert [s.confidence for s in one.stances] == pytest.approx([s.confidence for s in other.stances], abs=1e-3)


@given(text=ANY)
@STEADY
def test_predict_answers_any_string_and_every_offset_slices(tiny_model: Model, text: str) -> None:
    article = tiny_model.predict(text)
    assert_whole(article, text)
    assert "<script>" not in article._repr_html_()


@given(text=ANY, target=ANY, source=st.none() | ANY)
@STEADY
def test_classify_answers_or_says_what_is_missing(tiny_model: Model, text: str, target: str, source: str | None) -> None:
    try:
        answer = tiny_model.classify(text, target, source)
    except DataError as error:
        assert any(word in str(error) for word in ("empty", "nothing to read"))
        return
    assert_answer(answer)


def assert_answer(answer: Answer) -> None:
    assert list(answer.scores) == ["none", "support", "condemnation", "warning"]
    assert math.isclose(sum(answer.scores.values()), 1, abs_tol=1e-4)
    assert all(0 <= v <= 1 for v in answer.scores.values())
    assert answer.scores[answer.label] == max(answer.scores.values())


@pytest.mark.parametrize("batch_size", [1, 2, 3, 32])
def test_answers_do_not_depend_on_batches_order_or_neighbours(tiny_model: Model, batch_size: int) -> None:
    alone = [tiny_model.predict(text) for text in TEXTS]
    assert sum(len(a.stances) for a in alone) > 20
    for text, article in zip(TEXTS, alone, strict=True):
        assert_whole(article, text)
    for one, other in zip(alone, tiny_model.predict_many(TEXTS, batch_size=batch_size), strict=True):
        assert_same(one, other)
    backwards = list(tiny_model.predict_many(reversed(TEXTS), batch_size=batch_size))
    for one, other in zip(alone, reversed(backwards), strict=True):
        assert_same(one, other)


@given(neighbours=st.lists(ANY, max_size=4), place=st.integers(0, 4))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_neighbours_change_nothing(tiny_model: Model, neighbours: list[str], place: int) -> None:
    text = TEXTS[4]
    group = [*neighbours[:place], text, *neighbours[place:]]
    found = list(tiny_model.predict_many(group))[min(place, len(neighbours))]
    assert_same(tiny_model.predict(text), found)


def test_texts_are_read_as_they_come(tiny_model: Model) -> None:
    taken = count()

    def endless() -> Iterator[str]:
        while True:
            yield f"Kenya condemned attack number {next(taken)}."

    answers = tiny_model.predict_many(endless(), batch_size=4)
    assert [next(answers).text[-2:] for _ in range(6)] == [f"{i}." for i in range(6)]
    assert next(taken) == 8, "it read ahead of its batch"


def test_long_texts_do_not_wait_for_a_whole_batch(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = stancekit.load(tiny_checkpoint, threads=2)
    alone = [model.predict(text) for text in TEXTS]
    monkeypatch.setattr(pipeline, "ENOUGH_CHARACTERS", 60)
    assert any(len(t) > 60 for t in TEXTS) and any(len(t) < 30 for t in TEXTS)
    assert list(model.predict_many(TEXTS)) == alone
    taken = count()
    answers = model.predict_many(f"Kenya condemned attack number {next(taken)} " + "again " * 20 + "." for _ in range(50))
    assert " 0 " in next(answers).text
    assert next(taken) <= 2, "it went on reading after a long text"


@pytest.mark.parametrize("number", [1, 3, 40])
def test_what_a_failing_iterable_gave_before_is_answered(tiny_model: Model, number: int) -> None:
    def failing() -> Iterator[str]:
        yield from (f"Kenya condemned attack number {i}." for i in range(number))
        raise OSError("the disk is gone")

    answers = []
    with pytest.raises(OSError, match="the disk is gone"):
        answers.extend(article.text for article in tiny_model.predict_many(failing()))
    assert answers == [f"Kenya condemned attack number {i}." for i in range(number)]


def test_inputs_of_another_kind_are_refused(tiny_model: Model) -> None:
    for bad in (b"bytes", None, 5, ["text"]):
        with pytest.raises(TypeError, match="predict takes a string"):
            tiny_model.predict(bad)
    with pytest.raises(TypeError, match="use predict for a single text"):
        list(tiny_model.predict_many("one text"))
    for size in (0, -1, 1.5):
        with pytest.raises(ValueError, match="batch_size"):
            list(tiny_model.predict_many(["a"], batch_size=size))
    with pytest.raises(TypeError, match=r"takes stancekit.Query, got tuple as item 1$"):
        list(tiny_model.classify_many([("text", "target")]))
    answers = tiny_model.predict_many(["Kenya spoke."] * 40 + [float("nan")])
    assert [next(answers).text for _ in range(40)] == ["Kenya spoke."] * 40
    with pytest.raises(TypeError, match=r"^predict_many takes strings, got float as item 41$"):
        next(answers)
    for table in ({"text": "Kenya spoke."}, SimpleNamespace(columns=["text"])):
        for read in (tiny_model.predict_many, tiny_model.classify_many, parallel.predict_many):
            with pytest.raises(TypeError, match=rf"got a {type(table).__name__}, of which only the names would be read; give one column"):
                list(read(table))
    assert list(tiny_model.predict_many([])) == [] and list(tiny_model.classify_many([])) == []


def test_the_last_sentence_of_fifty_thousand_words_is_read(tiny_model: Model) -> None:
    words = "The ministry said he condemned the attack of Russia in China, and a minister warned Kenya. "
    last = "Kenya supports the peace talks."
    text = words * (50_000 // len(words.split())) + last
    assert len(text.split()) > 49_990
    began = time.process_time()
    article = tiny_model.predict(text)
    assert time.process_time() - began < 60
    assert article.statements[-1].span.text == last
    assert article.statements[-1].stances, "nothing was read at the end"
    assert all(s.stances for s in article.statements[-100:])
    encoded = tiny_model.encoder.article(text)
    scored = [encoded.sentences[b.sentence].index for w in encoded.windows for b in w.blocks]
    assert scored == list(range(len(article.statements)))


def test_a_line_of_a_hundred_thousand_characters(tiny_model: Model) -> None:
    last = "kenya supports the peace talks"
    for text in ("word " * 20_000, "x" * 100_000, "the minister condemned the attack, " * 2_900 + last, "\x00" * 100_000, "中" * 100_000):
        article = tiny_model.predict(text)
        assert_whole(article, text)
        position = 0
        for statement in article.statements:
            assert not text[position : statement.span.start].strip()
            position = statement.span.end
        assert position == len(text.rstrip())
    prose = tiny_model.predict("the minister condemned the attack, " * 2_900 + last)
    assert any(s.target and s.target.start > 100_000 for s in prose.stances), "the end of the line was not read"


def test_a_sentence_longer_than_the_window_is_read_to_its_end(tiny_model: Model) -> None:
    text = "he said " * 70 + "kenya supports the peace talks"
    (statement,) = tiny_model.predict(text).statements
    assert max(s.target.start for s in statement.stances if s.target) > 64 * 8, "tokens past the window were cut off"


def test_windows_give_context(tiny_model: Model) -> None:
    text = "The minister said peace. He condemned the attack."
    encoded = tiny_model.encoder.article(text)
    (window,) = encoded.windows
    ids, mask = tiny_model.encoder.pad([window])
    together = gather(tiny_model.engine.encode(ids, mask), [(0, b.start, b.end) for b in window.blocks])[0]
    alone = tiny_model.encoder.article("He condemned the attack.").windows[0]
    ids, mask = tiny_model.encoder.pad([alone])
    apart = gather(tiny_model.engine.encode(ids, mask), [(0, alone.blocks[0].start, alone.blocks[0].end)])[0]
    n = alone.blocks[0].end - alone.blocks[0].start
    assert abs(together[1, :n] - apart[0, :n]).max() > 1e-3


def test_threads_do_not_disturb_each_other(tiny_model: Model) -> None:
    expected = [tiny_model.predict(text) for text in TEXTS]
    wrong: list[object] = []

    def work() -> None:
        try:
            for _ in range(5):
                for one, other in zip(expected, tiny_model.predict_many(TEXTS), strict=True):
                    assert_same(one, other)
        except BaseException as error:  # noqa: BLE001 reported below
            wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_stances_are_in_text_order(tiny_model: Model) -> None:
    for text in TEXTS:
        starts = [s.statement.start for s in tiny_model.predict(text).stances]
        assert starts == sorted(starts)


# ------------------------------------------------------------------------------------------------ classify

SENTENCE = "Kenya condemned the attack of Russia."
QUERIES = [
    Query(SENTENCE, "Russia"),
    Query(SENTENCE, (30, 36)),
    Query(SENTENCE, "Russia", "Kenya"),
    Query(SENTENCE, "Russia", (0, 5)),
    Query(SENTENCE, "NATO"),
    Query(SENTENCE, "NATO", "the African Union"),
    Query("peace talks. " * 60 + SENTENCE, "Russia", "Kenya"),
    Query("peace talks. " * 60 + SENTENCE, "NATO"),
    Query("he said " * 100 + SENTENCE, "Russia"),
    Query(SENTENCE, "x " * 500),
    Query(SENTENCE, "RUSSIA"),
]


def test_every_form_of_a_question_is_answered(tiny_model: Model) -> None:
    alone = [tiny_model.classify(q.text, q.target, q.source) for q in QUERIES]
    for answer in alone:
        assert_answer(answer)
    assert alone[0].scores == pytest.approx(alone[1].scores, abs=1e-5) and alone[0].scores == pytest.approx(alone[10].scores, abs=1e-5)
    assert alone[2].scores == pytest.approx(alone[3].scores, abs=1e-5)
    assert alone[2].scores != pytest.approx(alone[0].scores, abs=1e-5), "the source makes no difference"
    assert alone[4].scores != pytest.approx(alone[0].scores, abs=1e-5), "the target makes no difference"
    for size in (1, 4, 32):
        for one, other in zip(alone, tiny_model.classify_many(iter(QUERIES), batch_size=size), strict=True):
            assert one.scores == pytest.approx(other.scores, abs=1e-3)


def test_a_name_is_found_as_a_word(tiny_model: Model) -> None:
    text = "Malians spoke of Mali."
    assert tiny_model.classify(text, "Mali").scores == pytest.approx(tiny_model.classify(text, (17, 21)).scores, abs=1e-5)


def test_of_several_places_the_surest_counts(tiny_model: Model) -> None:
    first, second = "Russia spoke. ", "Kenya condemned the attack of Russia."
    text = (first + second) * 20
    places = [tiny_model.classify(text, (i, i + 6)) for i in (text.index("Russia"), text.rindex("Russia"))]
    assert tiny_model.classify(text, "Russia").scores["none"] <= min(p.scores["none"] for p in places) + 1e-4


def test_questions_without_anything_to_read_are_refused(tiny_model: Model) -> None:
    for text, target, message in (
        ("", "Kenya", "empty"),
        (" \n", "Kenya", "empty"),
        ("\x00\x01", "Kenya", "nothing to read"),
        (SENTENCE, " ", "empty"),
        (SENTENCE, "\x00", "nothing to read"),
        (SENTENCE, "???", "nothing to read"),
        (SENTENCE, (5, 6), "nothing to read"),
        (SENTENCE, (30, 99), "ends past the text"),
    ):
        with pytest.raises(DataError, match=message):
            tiny_model.classify(text, target)


def test_other_readings_are_asked_only_where_they_are_looked_at(tiny_model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    whole = type(tiny_model.engine).asked
    monkeypatch.setattr(type(tiny_model.engine), "asked", lambda self, *given: calls.append(1) or whole(self, *given))
    mixed = GivenRule(event=0.5, crowd=0.2)
    model = Model(tiny_model.config.model_copy(update={"given": mixed}), tiny_model.encoder, tiny_model.engine, tiny_model.folder)
    alone = model.classify(SENTENCE, "Russia")
    assert not calls, "of anybody the guide's reading answers"
    both = list(model.classify_many([Query(SENTENCE, "Russia"), Query(SENTENCE, "Russia", "Kenya")]))
    assert calls and both[0].scores == pytest.approx(alone.scores, abs=1e-5)
    calls.clear()
    Model(model.config.model_copy(update={"given": GivenRule(event=1.0, crowd=0.0)}), model.encoder, model.engine, None).classify(SENTENCE, "Russia")
    assert calls, "a rule without the guide asks the others of anybody too"
    calls.clear()
    assert len(model.given_logits([Query(SENTENCE, "Russia")])[0][0][0]) == 3 and calls, "what rules are fitted on is whole"


def test_every_mention_and_every_sentence_of_a_long_text_is_asked(tiny_model: Model) -> None:
    """Nothing is truncated in silence: the only mention that carries a stance may be the last."""
    from stancekit.questions import questions

    for target in ("Russia", "NATO"):
        text = "Russia spoke of peace. " * 300
        asked = questions(tiny_model.encoder, Query(text, target), 0)
        assert len(asked) >= 300, f"{len(asked)} of 300 places are asked"


# ------------------------------------------------------------------------------------------- the shipped model


@pytest.fixture(scope="module")
def shipped() -> Model:
    return stancekit.load()


PLAIN = [
    ("Norway condemned the attack on the hospital.", "condemnation", "Norway"),
    ("Kenya's president praised the rescue workers for their courage.", "support", None),
    ("Ankara warned Athens of consequences if the drilling goes on.", "warning", "Ankara"),
]


@pytest.mark.parametrize(("text", "label", "source"), PLAIN)
def test_the_shipped_model_reads_plain_sentences(shipped: Model, text: str, label: str, source: str | None) -> None:
    article = shipped.predict(text)
    assert_whole(article, text)
    assert label in [s.stance for s in article.stances]
    if source:
        assert source in [s.source.text for s in article.stances if s.source]


def test_headlines_in_a_list_are_read_as_each_alone(shipped: Model) -> None:
    lines = ["Kenya condemns raid on Mali", "Norway backs talks in Oslo", "Chad warns rebels of sanctions", "Rain expected in Lima"]
    together = shipped.predict("\n".join(lines))
    alone = [shipped.predict(line) for line in lines]
    found = [[(x.stance, x.target and x.target.text, x.confidence) for x in s.stances] for s in together.statements or ()]
    assert found == [[(x.stance, x.target and x.target.text, x.confidence) for x in a.stances] for a in alone]
    assert [len(f) for f in found] == [1, 1, 1, 0]


def test_the_shipped_model_answers_questions(shipped: Model) -> None:
    text = "Norway condemned Mali and praised Kenya."
    assert shipped.classify(text, "Mali").label == "condemnation"
    assert shipped.classify(text, "Kenya").label == "support"
    assert shipped.classify("The ministers of Norway and Mali met in Oslo on Monday.", "Mali").label == "none"


def test_the_shipped_model_reads_to_the_end(shipped: Model) -> None:
    text = "The committee met in the capital on Monday and adopted its agenda. " * 400 + "Norway condemned the attack on the hospital."
    article = shipped.predict(text)
    assert [s.stance for s in article.statements[-1].stances] == ["condemnation"]


@given(text=ANY)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_shipped_model_answers_any_string(shipped: Model, text: str) -> None:
    assert_whole(shipped.predict(text), text)


def test_the_shipped_model_does_not_depend_on_batches(shipped: Model) -> None:
    texts = [a.text for a in read_marks(SEEDS / "articles" / "a1.txt")][:6]
    alone = [shipped.predict(t) for t in texts]
    for size in (2, 6):
        for one, other in zip(alone, shipped.predict_many(texts, batch_size=size), strict=True):
            assert_same(one, other)


def test_readings_of_a_given_target_are_weighed_by_the_rule() -> None:
    """By hand: probabilities of the guide, of event coders and of a crowd that knows condemnation and warning as one label."""
    labels = ("support", "condemnation", "warning")
    guide, crowd, named = np.log([0.4, 0.1, 0.1, 0.4]), np.log([0.2, 0.2, 0.5, 0.1]), np.log([0.1, 0.1, 0.4, 0.4])
    event = np.log([0.7, 0.1, 0.15, 0.05])
    anybody, source = np.stack([guide, event, crowd]).astype(np.float32), np.stack([named] * 3).astype(np.float32)
    merged = ("condemnation", "warning")
    assert answer_given(anybody, None, GivenRule(crowd=1.0), labels) == pytest.approx([0.2, 0.2, 0.5, 0.1], abs=1e-5)
    shared = answer_given(anybody, None, GivenRule(crowd=1.0, crowd_merged=merged), labels)
    assert shared == pytest.approx([0.2, 0.2, 0.12, 0.48], abs=1e-5), "0.6 shared out one to four, as the guide has it"
    as_coders = answer_given(anybody, None, GivenRule(event=0.5, crowd=0.5, crowd_merged=merged), labels)
    assert as_coders == pytest.approx([0.45, 0.15, 0.3, 0.1], abs=1e-5), "0.6 shared out three to one, as the coders have it"
    assert answer_given(anybody, None, GivenRule(event=0.25, crowd=0.25, bias=(5, 0, 0, 0)), labels) == pytest.approx(
        [0.4, 0.1, 0.1, 0.4], abs=1e-5
    ), "of anybody the guide's reading alone, without its bias"
    by_all = answer_given(source, anybody, GivenRule(any_weight=0.0, event=0.25, crowd=0.25, event_bias=(0, math.log(2), 0, 0)), labels)
    assert by_all == pytest.approx(
        [0.2 + 0.25 * 0.7 / 1.1 + 0.05, 0.05 + 0.25 * 0.2 / 1.1 + 0.05, 0.05 + 0.25 * 0.15 / 1.1 + 0.125, 0.2 + 0.25 * 0.05 / 1.1 + 0.025], abs=1e-5
    )
    half = answer_given(anybody, source, GivenRule(crowd=0.0, any_weight=0.25), labels)
    assert half == pytest.approx([0.175, 0.1, 0.325, 0.4], abs=1e-5)
    biased = answer_given(source, anybody, GivenRule(any_weight=0.0, crowd=0.5, bias=(math.log(2), 0, 0, 0), crowd_bias=(0, math.log(5), 0, 0)), labels)
    assert biased == pytest.approx([(0.8 / 1.4 + 0.2 / 1.8) / 2, (0.1 / 1.4 + 1 / 1.8) / 2, (0.1 / 1.4 + 0.5 / 1.8) / 2, (0.4 / 1.4 + 0.1 / 1.8) / 2], abs=1e-5)
    many = answer_given(np.stack([anybody] * 3), np.stack([source] * 3), GivenRule(crowd=0.3, crowd_merged=merged), labels)
    assert many.shape == (3, 4) and many.sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    rule = GivenRule(event=0.5, crowd=0.3, bias=(9, 0, 0, 0), event_bias=(9, 0, 0, 0), crowd_merged=merged, alone=(math.log(2), math.log(3), 0.0))
    for reading, by_hand in {"guide": [0.8, 0.1, 0.1, 0.4], "event": [2.1, 0.1, 0.15, 0.05], "crowd": [0.2, 0.2, 0.12, 0.48]}.items():
        expected = np.array(by_hand) / sum(by_hand)
        assert answer_given(source, anybody, rule.by(reading), labels) == pytest.approx(expected, abs=1e-5), reading


QUESTIONS = [  # by the guide, event coders and the crowd, as their conventions have it
    ("Norway rejected Kenya's offer.", "Norway", "Kenya's offer", ("condemnation", "none", "condemnation")),
    ("Norway and Kenya signed a trade agreement.", "Norway", "Kenya", ("none", "support", "none")),
    ("Chad's army shelled Sudanese positions.", "Chad's army", "Sudanese positions", ("none", "none", "condemnation")),
    ("Chad sued Sudan at the court in The Hague.", "Chad", "Sudan", ("none", "condemnation", "condemnation")),
]


def test_a_question_is_answered_by_the_reading_that_is_named(shipped: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = [Query(text, target, source) for text, source, target, _ in QUESTIONS]
    for number, reading in enumerate(READINGS):
        assert [a.label for a in shipped.classify_many(queries, reading=reading)] == [said[number] for *_, said in QUESTIONS], reading
        assert shipped.classify(*QUESTIONS[0][:1], QUESTIONS[0][2], QUESTIONS[0][1], reading=reading).label == QUESTIONS[0][3][number]
    of_anybody = [Query(text, target) for text, _, target, _ in QUESTIONS]
    plain = list(shipped.classify_many(of_anybody))
    assert all(list(shipped.classify_many(of_anybody, reading=reading)) == plain for reading in READINGS), "of anybody the guide answers"
    monkeypatch.setattr(shipped.engine, "asked", None)
    assert list(shipped.classify_many(queries, reading="guide")), "the others' head is not run"


def test_a_reading_that_was_not_taught_is_refused_at_once(shipped: Model, tiny_model: Model) -> None:
    with pytest.raises(ConfigError, match="reading 'coders' is none that this model answers by; give one of guide, event, crowd"):
        shipped.classify_many([], reading="coders")
    assert tiny_model.config.given.event == tiny_model.config.given.crowd == 0
    with pytest.raises(ConfigError, match="reading 'crowd' .* give one of guide, or leave it out"):
        tiny_model.classify("Kenya praised Chad.", "Chad", "Kenya", reading="crowd")
    assert tiny_model.classify("Kenya praised Chad.", "Chad", "Kenya", reading="guide").scores


def test_default_is_the_shipped_model_unless_a_folder_has_that_name(tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert stancekit.load("default").folder == checkpoint.DEFAULT
    (tmp_path / "default").symlink_to(tiny_checkpoint)
    assert stancekit.load("default").folder == Path("default")
    with pytest.raises(CheckpointError, match="the model's name is empty: ''; give a folder"):
        stancekit.load("")


def test_long_texts_are_begun_in_portions(tiny_model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "The minister condemned the attack. He warned china, and kenya supports peace talks. " * 40
    article, windows = tiny_model.encoder.begin(text)
    first = next(windows)
    assert 0 < len(article.sentences) < len(article.spans), "the last sentences are not tokenised yet"
    whole = tiny_model.encoder.article(text)
    assert [w.ids.tolist() for w in (first, *windows)] == [w.ids.tolist() for w in whole.windows] and len(whole.windows) > 10
    assert len(article.sentences) == len(whole.sentences) >= len(whole.spans)
    expected = tiny_model.predict(text)
    assert expected.stances
    begun = []
    plain = Model._begin_units
    monkeypatch.setattr(pipeline, "PORTION", 150)
    monkeypatch.setattr(Model, "_begin_units", lambda self, units, begin: begun.append(len(units)) or plain(self, units, begin))
    for found in (tiny_model.predict(text), list(tiny_model.predict_many(["he", text, "they"]))[1]):
        assert [s.key for s in found.stances] == [s.key for s in expected.stances]
        assert [s.confidence for s in found.stances] == pytest.approx([s.confidence for s in expected.stances], abs=1e-3)
    assert len(begun) > 5 and sum(begun) > 2 * len(whole.windows)
