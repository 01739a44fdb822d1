from __future__ import annotations

import random

import numpy as np
from conftest import SEEDS

from stancekit.corpus import from_marks, read_marks
from stancekit.encoding import ANY_SOURCE, FIRST_SOURCE, FIRST_TARGET, NULL_SOURCE, NULL_TARGET, Encoder
from stancekit.examples import IGNORE, PHRASE, UNKNOWN, ExampleBuilder, TrainBlock, TrainWindow
from stancekit.schema import LABELS, Article, Query

CONDEMNATION, WARNING = 2, 3


def article(marks: str) -> Article:
    return next(from_marks(f"### x\n\n{marks}\n"))


def one(encoder: Encoder, marks: str, negatives: int = 0) -> tuple[TrainWindow, TrainBlock, list[str]]:
    """The only window and block of a marked sentence, and its tokens as text."""
    found = article(marks)
    builder = ExampleBuilder(encoder, LABELS, negatives)
    (window,) = builder.article(found, random.Random(0))
    (block,) = window.blocks
    _, starts, ends = encoder.tokenize(found.text)[0]
    return window, block, [found.text[a:b] for a, b in zip(starts, ends, strict=True)]


def text_of(words: list[str], span: tuple[int, int]) -> str:
    return " ".join(words[slice(*span)])


def test_an_annotated_stance_fills_its_cells(minilm_encoder: Encoder) -> None:
    window, block, words = one(minilm_encoder, "<a>Kenya</a> condemned <b>the attack</b> on Sunday. {condemnation a>b}")
    assert window.ids[0] == minilm_encoder.opening and len(window.ids) == block.end + 1
    s, t = block.sources.index((0, 1)) + FIRST_SOURCE, block.targets.index((2, 4)) + FIRST_TARGET
    assert text_of(words, block.targets[t - FIRST_TARGET]) == "the attack"
    assert block.open[s, t] == block.open[ANY_SOURCE, t] == CONDEMNATION
    assert block.given[s, t] == block.given[ANY_SOURCE, t] == CONDEMNATION
    assert block.open[NULL_SOURCE, t] == 0 and block.open[s, NULL_TARGET] == 0
    assert (block.given[NULL_SOURCE] == IGNORE).all() and (block.given[:, NULL_TARGET] == IGNORE).all()
    assert (block.open > 0).sum() == 2, "exactly the cell and the row for anybody"
    assert block.gold == ([(0, 1)], [(2, 4)]) and block.statement == (0, 1, 0) and block.complete


def test_the_reverse_direction_is_a_negative(minilm_encoder: Encoder) -> None:
    _, block, _ = one(minilm_encoder, "<a>Kenya</a> condemned <b>Mali</b>. {condemnation a>b}")
    s, t = block.sources.index((2, 3)) + FIRST_SOURCE, block.targets.index((0, 1)) + FIRST_TARGET
    assert block.open[s, t] == block.given[s, t] == 0


def test_null_source_and_null_target_have_their_row_and_column(minilm_encoder: Encoder) -> None:
    _, block, _ = one(minilm_encoder, "Fear of <b>the ice</b>. {warning _>b; condemnation _>_}")
    t = block.targets.index((2, 4)) + FIRST_TARGET
    assert block.open[NULL_SOURCE, t] == block.open[ANY_SOURCE, t] == WARNING
    assert block.open[NULL_SOURCE, NULL_TARGET] == block.open[ANY_SOURCE, NULL_TARGET] == CONDEMNATION
    assert block.statement == (0, 1, 1)


def test_an_optional_stance_is_neither_right_nor_wrong(minilm_encoder: Encoder) -> None:
    _, block, _ = one(minilm_encoder, "<a>Kenya</a> condemned <b>Mali</b>. {condemnation a>b ?}")
    s, t = block.sources.index((0, 1)) + FIRST_SOURCE, block.targets.index((2, 3)) + FIRST_TARGET
    assert block.open[s, t] == block.open[ANY_SOURCE, t] == block.given[s, t] == IGNORE
    assert not (block.open > 0).any()
    assert block.statement == (0, UNKNOWN, 0)
    _, block, _ = one(minilm_encoder, "<a>Kenya</a> condemned <b>Mali</b>, and <c>Chad</c>. {condemnation a>b; condemnation a>c ?}")
    assert block.statement == (0, 1, 0), "one of the label is beyond dispute"


def test_a_sentence_without_stance_teaches_none(minilm_encoder: Encoder) -> None:
    _, block, _ = one(minilm_encoder, "Kenya met Mali.", negatives=5)
    assert block.gold == ([], []) and block.statement == (0, 0, 0)
    assert {(0, 1), (2, 3)} <= set(block.targets)
    assert (block.open == 0).all()
    assert (block.given[1:, 1:] == 0).all()


def test_spans_that_nearly_are_gold_are_unknown(minilm_encoder: Encoder) -> None:
    marks = "<a>Kenya</a> condemned <b>the recent brutal attack of rebels</b>. {condemnation a>b}"
    _, block, words = one(minilm_encoder, marks, negatives=9)
    near = [i for i, t in enumerate(block.targets) if text_of(words, t) == "the recent brutal attack"]
    assert near, block.targets
    assert (block.open[:, near[0] + FIRST_TARGET] == IGNORE).all() and (block.given[:, near[0] + FIRST_TARGET] == IGNORE).all()


def test_phrases_are_what_a_reader_asks_about() -> None:
    found = [m.group() for m in PHRASE.finditer("He told the foreign minister that Wang Yi of China met us in a hall.")]
    assert "He" in found and "the foreign minister that" in found and "Wang Yi of China" in found and "us" in found


def test_windows_move_with_the_epoch_and_hold_every_sentence_once(minilm_encoder: Encoder) -> None:
    builder = ExampleBuilder(minilm_encoder, LABELS, 2)
    source = next(read_marks(SEEDS / "articles" / "a1.txt"))
    borders = set()
    for seed in range(6):
        windows = builder.article(source, random.Random(seed), 0.5)
        assert sum(len(w.blocks) for w in windows) == len(source.statements)
        assert all(b.weight == 0.5 for w in windows for b in w.blocks)
        borders.add(tuple(len(w.blocks) for w in windows))
        gold = sum((b.open[[0, *range(2, len(b.open))]] > 0).sum() for w in windows for b in w.blocks)
        assert gold == len([s for s in source.stances if not s.optional])
    assert len(borders) > 1
    same = [[w.ids.tolist() for w in builder.article(source, random.Random(4))] for _ in range(2)]
    assert same[0] == same[1]
    assert not builder.lost["spans cut by the window"] and not builder.lost["sentences cut by the window"]


def test_losses_are_counted(small_encoder: Encoder) -> None:
    builder = ExampleBuilder(small_encoder, LABELS, 0)
    builder.article(article("<a>kenya</a> " + "said " * 60 + "<b>peace talks</b>. {support a>b}"), random.Random(0))
    builder.article(article("<a>mini</a>ster said. {support a>_}"), random.Random(0))
    builder.queries([Query("kenya " * 60, "kenya", label="none")])
    builder.queries([Query("kenya said.", "mali", label="none"), Query("kenya said.", (0, 5), label="none")])
    assert builder.lost.pop("spans cut by the window")
    assert dict(builder.lost) == {
        "sentences cut by the window": 1,
        "spans widened to token borders": 1,
        "queries longer than the window": 1,
        "queries whose target or source is not in the text": 1,
    }


def test_queries_of_one_text_share_a_block_and_leave_the_rest_open(minilm_encoder: Encoder) -> None:
    text = "Kenya condemned Mali and Chad."
    builder = ExampleBuilder(minilm_encoder, LABELS, 5)
    group = [Query(text, (16, 20), (0, 5), "condemnation"), Query(text, "Kenya", label="none"), Query(text, "Chad", "Kenya", "none")]
    window = builder.queries(group, 0.25)
    (block,) = window.blocks
    kenya, mali, chad = block.sources.index((0, 1)) + FIRST_SOURCE, block.targets.index((2, 3)) + FIRST_TARGET, block.targets.index((4, 5)) + FIRST_TARGET
    assert block.given[kenya, mali] == block.given[ANY_SOURCE, mali] == CONDEMNATION
    assert block.given[ANY_SOURCE, block.targets.index((0, 1)) + FIRST_TARGET] == 0
    assert block.given[kenya, chad] == 0 and block.given[ANY_SOURCE, chad] == IGNORE
    assert (block.open == IGNORE).all() and not block.complete and block.weight == 0.25
    assert (block.given != IGNORE).sum() == 4
    assert np.array_equal(window.ids[1:-1], minilm_encoder.tokenize(text)[0][0])
    assert builder.queries([Query(text, "Kenya")]) is None, "a question without answer teaches nothing"


def test_a_sure_stance_on_the_pair_of_a_disputed_one_is_always_taught(minilm_encoder: Encoder) -> None:
    found = article("<a>Kenya</a> condemned <b>the attack</b> on Sunday. {warning a>b ?; condemnation a>b; support _>b ?}")
    builder = ExampleBuilder(minilm_encoder, LABELS, 0)
    for seed in range(20):
        ((block,),) = (window.blocks for window in builder.article(found, random.Random(seed)))
        s, t = block.sources.index((0, 1)) + FIRST_SOURCE, block.targets.index((2, 4)) + FIRST_TARGET
        assert block.open[s, t] == block.open[ANY_SOURCE, t] == CONDEMNATION


def test_what_was_asked_about_anybody_is_what_is_taught_in_any_order(minilm_encoder: Encoder) -> None:
    text = "China supports Kenya. Russia condemned Kenya."
    asked = [Query(text, (15, 20), s, label) for s, label in ((None, "none"), ((0, 5), "support"), ((22, 28), "condemnation"))]
    builder = ExampleBuilder(minilm_encoder, LABELS, 0)
    for group in (asked, asked[::-1], asked[1:] + asked[:1]):
        window = builder.queries(group)
        assert window is not None
        (block,) = window.blocks
        assert block.given[ANY_SOURCE, FIRST_TARGET] == 0
        assert sorted(block.given[FIRST_SOURCE:, FIRST_TARGET]) == [1, CONDEMNATION]
