"""Hand-written scores: what they must decode to, and that gold written as scores decodes to gold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stancekit.corpus import read_marks
from stancekit.decoding import (
    FEATURES,
    SOURCE,
    TARGET,
    Candidates,
    Decoded,
    DecodeRule,
    candidates,
    decode,
    features,
    log_odds,
    overlap,
)
from stancekit.encoding import ANY_SOURCE, FIRST_SOURCE, FIRST_TARGET, NULL_SOURCE, NULL_TARGET, Encoder, Sentence, span_of, statement_spans
from stancekit.pipeline import to_article
from stancekit.schema import LABELS, Article, Stance

FILES = sorted((SEEDS / "articles").glob("*.txt"))
EQUAL = DecodeRule(weights=(0.2,) * 5, nested=0.97)
SURE = 8.0


def stances_of(found: Candidates, pairs: np.ndarray, statement: np.ndarray, rule: DecodeRule) -> list[Decoded]:
    """What decodes where the question of a given target is answered like the open one."""
    return decode([found], pairs[None], pairs[None], statement[None], rule)[0]


def tokens(piece: Sentence, span) -> tuple[int, int] | None:
    return None if span is None else piece.tokens_of(span.start, span.end)


def perfect(piece: Sentence, stances: Sequence[Stance], rule: DecodeRule) -> list[Decoded]:
    """What decodes from the scores of a model that knows the stances of a sentence."""
    ends = [(tokens(piece, s.source), tokens(piece, s.target), LABELS.index(s.stance)) for s in stances]
    mentions = np.full((2, len(piece), len(piece)), -SURE, dtype=np.float32)
    for source, target, _ in ends:
        for role, span in ((SOURCE, source), (TARGET, target)):
            if span is not None:
                mentions[role, span[0], span[1] - 1] = SURE
    (found,) = candidates(mentions[None], rule)
    pairs = np.zeros((len(found.sources) + FIRST_SOURCE, len(found.targets) + FIRST_TARGET, len(LABELS) + 1), dtype=np.float32)
    pairs[..., 0] = 2 * SURE
    statement = np.full(len(LABELS), -SURE, dtype=np.float32)
    for source, target, label in ends:
        s = NULL_SOURCE if source is None else found.sources.index(source) + FIRST_SOURCE
        t = NULL_TARGET if target is None else found.targets.index(target) + FIRST_TARGET
        for row in (s, ANY_SOURCE):
            pairs[row, t, 0] = 0.0
            pairs[row, t, label + 1] = 2 * SURE
        statement[label] = SURE
    return stances_of(found, pairs, statement, rule)


def widened(article: Article, piece: Sentence, stance: Stance) -> tuple:
    """The stance's key with spans that end inside a token taken to the token's border."""
    spans = (None if s is None else span_of(article.text, piece, tokens(piece, s)) for s in (stance.source, stance.target))
    return (stance.stance, *spans)


def answerable(stances: Sequence[Stance]) -> list[Stance]:
    """The pair head gives a pair one label: of two that the corpus has for one, the optional one is out of reach."""
    sure = {(s.source, s.target) for s in stances if not s.optional}
    return [s for s in stances if not s.optional or (s.source, s.target) not in sure]


def test_a_pair_with_two_labels_is_rare_and_one_of_them_is_optional() -> None:
    stances = [st.stances for a in read_marks(FILES[0].parent) for st in a.statements or ()]
    lost = sum(len(s) - len(answerable(s)) for s in stances)
    assert lost <= 0.005 * sum(map(len, stances))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_gold_as_perfect_scores_decodes_to_gold(minilm_encoder: Encoder, path: Path) -> None:
    off_border = total = 0
    for article in read_marks(path):
        encoded = minilm_encoder.article(article.text, statement_spans(article))
        gold = {s.span.start: s.stances for s in article.statements or ()}
        hits: dict[int, list[tuple[Sentence, Decoded]]] = {}
        expected = set()
        for window in encoded.windows:
            for block in window.blocks:
                piece = encoded.sentences[block.sentence]
                stances = answerable(gold[encoded.spans[piece.index][0]])
                hits[piece.index] = [(piece, d) for d in perfect(piece, stances, EQUAL)]
                expected |= {(piece.index, *widened(article, piece, s)) for s in stances}
                off_border += sum(widened(article, piece, s) != s.key for s in stances)
                total += len(stances)
        read = to_article(encoded, hits, LABELS)
        assert [s.span for s in read.statements] == [s.span for s in article.statements]
        assert {(i, *s.key) for i, statement in enumerate(read.statements) for s in statement.stances} == expected, article.id
        assert len(read.stances) == sum(len(answerable(s)) for s in gold.values())
    assert total and off_border <= 0.02 * total, "the tokenizer widens more than a few spans"


def block(rule: DecodeRule = EQUAL, sources: Sequence = ((0, 1), (2, 4)), targets: Sequence = ((4, 6), (7, 9))) -> Candidates:
    strong = [np.full(len(x), 4.0, dtype=np.float32) for x in (sources, targets)]
    return Candidates(tuple(sources), strong[0], tuple(targets), strong[1])


def grid(cells: dict[tuple[int, int], int], shape: tuple[int, int] = (4, 3), none: float = 6.0) -> np.ndarray:
    """Logits with class `cells[row, column]` sure and "none" elsewhere."""
    out = np.zeros((*shape, 4), dtype=np.float32)
    out[..., 0] = none
    for (row, column), label in cells.items():
        out[row, column, 0] = 0.0
        out[row, column, label] = 6.0
    return out


QUIET = np.full(3, -2.0, dtype=np.float32)


def keys(found: list[Decoded]) -> set:
    return {(LABELS[d.label], d.source, d.target) for d in found}


def test_a_stance_has_the_source_and_target_of_its_cell() -> None:
    pairs = grid({(ANY_SOURCE, 1): 2, (3, 1): 2})
    assert keys(stances_of(block(), pairs, QUIET, DecodeRule())) == {("condemnation", (2, 4), (4, 6))}


def test_nobody_and_nothing_are_answers_too() -> None:
    assert keys(stances_of(block(), grid({(ANY_SOURCE, 1): 1, (NULL_SOURCE, 1): 1}), QUIET, DecodeRule())) == {("support", None, (4, 6))}
    assert keys(stances_of(block(), grid({(ANY_SOURCE, 0): 3, (2, 0): 3}), QUIET, DecodeRule())) == {("warning", (0, 1), None)}
    empty = block(sources=(), targets=())
    assert keys(stances_of(empty, grid({(0, 0): 1, (1, 0): 1}, (2, 1)), QUIET, DecodeRule())) == {("support", None, None)}
    assert stances_of(block(), grid({}), QUIET, DecodeRule()) == []


def test_hesitating_between_two_sources_keeps_the_stance_once() -> None:
    pairs = grid({(ANY_SOURCE, 1): 2})
    for row in (2, 3):
        pairs[row, 1] = [3.0, 0.0, 3.2, 0.0]
    found = stances_of(block(), pairs, QUIET, DecodeRule())
    assert [(d.label, d.target) for d in found] == [(1, (4, 6))]
    assert found[0].source is not None


def test_several_sure_parties_share_a_stance() -> None:
    pairs = grid({(ANY_SOURCE, 1): 2, (2, 1): 2, (3, 1): 2})
    assert keys(stances_of(block(), pairs, QUIET, DecodeRule())) == {("condemnation", (0, 1), (4, 6)), ("condemnation", (2, 4), (4, 6))}
    assert len(stances_of(block(), pairs, QUIET, DecodeRule(second_source=20.0))) == 1
    same = block(sources=((0, 2), (0, 3)))
    assert len(stances_of(same, pairs, QUIET, DecodeRule())) == 1, "one party under two spans counts once"


def test_the_speaker_and_a_named_party_share_a_stance_only_where_both_are_sure() -> None:
    pairs = grid({(ANY_SOURCE, 1): 2, (NULL_SOURCE, 1): 2, (3, 1): 2})
    assert keys(stances_of(block(), pairs, QUIET, DecodeRule(null_and_named=3.0))) == {("condemnation", None, (4, 6)), ("condemnation", (2, 4), (4, 6))}
    assert keys(stances_of(block(), pairs, QUIET, DecodeRule())) == {("condemnation", (2, 4), (4, 6))}
    assert keys(stances_of(block(), pairs, QUIET, DecodeRule(null_source=9.0))) == {("condemnation", None, (4, 6))}


def test_the_surer_of_two_overlapping_targets_is_kept() -> None:
    close = block(targets=((4, 6), (4, 7)))
    pairs = grid({(ANY_SOURCE, 1): 2, (2, 1): 2, (ANY_SOURCE, 2): 2, (2, 2): 2})
    pairs[:, 2, 2] -= 4.0
    assert keys(stances_of(close, pairs, QUIET, DecodeRule())) == {("condemnation", (0, 1), (4, 6))}
    assert len(stances_of(block(), pairs, QUIET, DecodeRule())) == 2, "targets apart are two stances"


def test_two_labels_toward_one_target_are_two_stances() -> None:
    pairs = grid({(2, 1): 1, (3, 1): 2})
    pairs[ANY_SOURCE, 1] = [0.0, 6.0, 6.0, 0.0]
    assert keys(stances_of(block(), pairs, QUIET, DecodeRule())) == {("support", (0, 1), (4, 6)), ("condemnation", (2, 4), (4, 6))}


scores = hnp.arrays(np.float32, (4, 3, 4), elements=st.floats(-15, 15, width=32))
labels = hnp.arrays(np.float32, (3,), elements=st.floats(-15, 15, width=32))
spans = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4)).map(lambda p: (p[0], p[0] + p[1])), min_size=2, max_size=2, unique=True)
rules = st.builds(
    DecodeRule,
    bias=st.floats(-2, 2),
    weights=st.tuples(*[st.floats(-1, 1)] * len(FEATURES)),
    null_source=st.floats(-2, 2),
    second_source=st.floats(-2, 3),
)


@given(scores, scores, labels, spans, spans, rules, st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=300, deadline=None)
def test_a_higher_threshold_never_adds_a_stance(pairs, asked, statement, sources, targets, rule, low, high) -> None:
    low, high = sorted((low, high))
    found = block(sources=sources, targets=targets)
    (many,) = decode([found], pairs[None], asked[None], statement[None], rule.model_copy(update={"threshold": low}))
    (few,) = decode([found], pairs[None], asked[None], statement[None], rule.model_copy(update={"threshold": high}))
    assert keys(few) <= keys(many)
    assert {(*k, d.confidence) for k, d in zip([(d.label, d.source, d.target) for d in few], few, strict=True)} <= {
        (d.label, d.source, d.target, d.confidence) for d in many
    }
    assert all(d.confidence >= high for d in few)
    assert len(keys(many)) == len(many), "a stance is listed twice"
    assert all(0 <= d.confidence <= 1 and d.features.shape == (len(FEATURES),) for d in many)


def test_blocks_decoded_together_give_what_each_gives_alone() -> None:
    rng = np.random.default_rng(3)
    rule = DecodeRule(weights=tuple(rng.normal(size=len(FEATURES)) * 0.3), nested=0.9, second_source=-1.0, threshold=0.3)
    found = []
    for sources, targets in ((0, 3), (4, 0), (2, 5), (0, 0), (5, 1)):
        ends = [tuple((int(a), int(a + b)) for a, b in rng.integers(1, 6, (n, 2))) for n in (sources, targets)]
        found.append(Candidates(ends[0], rng.normal(size=sources).astype(np.float32), ends[1], rng.normal(size=targets).astype(np.float32)))
    pairs, asked = (rng.normal(size=(5, 5 + FIRST_SOURCE, 5 + FIRST_TARGET, 4)).astype(np.float32) * 4 for _ in range(2))
    statement = rng.normal(size=(5, 3)).astype(np.float32)
    together = decode(found, pairs, asked, statement, rule)
    assert sum(map(len, together)) > 10 and not any(d.source for d in together[0])
    for i, one in enumerate(found):
        s, t = len(one.sources) + FIRST_SOURCE, len(one.targets) + FIRST_TARGET
        (alone,) = decode([one], pairs[i, None, :s, :t], asked[i, None, :s, :t], statement[i, None], rule)
        assert keys(alone) == keys(together[i])
        for a, b in zip(alone, together[i], strict=True):
            assert a.confidence == pytest.approx(b.confidence) and a.features == pytest.approx(b.features)


def test_candidates_are_the_best_real_spans() -> None:
    table = np.full((2, 6, 6), -9.0, dtype=np.float32)
    table[SOURCE, 0, 2], table[SOURCE, 1, 1], table[SOURCE, 4, 2] = 1.0, 3.0, 9.0  # the last one ends before it starts
    table[TARGET, 3, 5] = 0.0
    full = np.zeros((2, 6, 6), dtype=np.float32)
    full[:, :, 4:] = -1e4  # a block of four tokens beside one of six
    one, other = candidates(np.stack([table, full]), DecodeRule(max_candidates=4))
    assert one.sources == ((1, 2), (0, 3)) and one.source_scores.tolist() == [3.0, 1.0]
    assert one.targets == ((3, 6),) and one.target_scores.tolist() == [0.0]
    assert other.sources == other.targets == ((0, 1), (0, 2), (0, 3), (0, 4))
    strict, _ = candidates(np.stack([table, full]), DecodeRule(mention_cutoff=0.5))
    assert strict.targets == () and len(strict.target_scores) == 0
    _, padded = candidates(np.stack([table, full]), DecodeRule(mention_cutoff=-1e9, max_candidates=100))
    assert len(padded.targets) == 10, "a span reaches beyond its block"


def test_evidence_is_what_its_names_say() -> None:
    pairs = grid({(ANY_SOURCE, 1): 2, (3, 1): 2})
    asked = grid({(ANY_SOURCE, 0): 2, (ANY_SOURCE, 1): 2, (2, 2): 1}, none=3.0)
    table, odds = (x[0] for x in features([block()], pairs[None], asked[None], QUIET[None]))
    assert table.shape == (3, 3, len(FEATURES)) and odds.shape == (4, 3, 3)
    evidence = dict(zip(FEATURES, table[1, 1].tolist(), strict=True))
    assert evidence["any"] == pytest.approx(odds[ANY_SOURCE, 1, 1]) and evidence["best"] == pytest.approx(odds[3, 1, 1])
    assert (evidence["mention"], evidence["null_target"], evidence["statement"]) == (4.0, 0.0, -2.0)
    assert evidence["given"] == pytest.approx(log_odds(asked)[ANY_SOURCE, 1, 2])
    assert table[NULL_TARGET, :, FEATURES.index("null_target")].tolist() == [1.0] * 3
    for name in ("mention", "given"):
        assert table[NULL_TARGET, :, FEATURES.index(name)].tolist() == [0.0] * 3


def test_rivals_are_the_other_answers_of_the_sentence() -> None:
    targets = ((4, 6), (4, 7), (9, 12))  # the first two are one party, the third another
    pairs = grid({}, (4, 4))
    for target, score in ((1, 5.0), (2, 2.0), (3, 1.0)):
        pairs[[NULL_SOURCE, ANY_SOURCE], target, 2] = 6.0 + score
    pairs[[NULL_SOURCE, ANY_SOURCE], 3, 1] = 6.0 + 3.0
    table, odds = (x[0] for x in features([block(targets=targets)], pairs[None], pairs[None], QUIET[None]))
    rival, other_target, other_label = (table[..., FEATURES.index(name)] for name in ("rival", "other_target", "other_label"))
    support, condemnation = 0, 1
    scores = odds[ANY_SOURCE]
    assert rival[1, condemnation] == pytest.approx(scores[2, condemnation])
    assert rival[2, condemnation] == pytest.approx(scores[1, condemnation])
    assert other_target[1, condemnation] == pytest.approx(scores[3, condemnation])
    assert other_target[3, condemnation] == pytest.approx(scores[1, condemnation])
    assert rival[NULL_TARGET, condemnation] == pytest.approx(scores[1, condemnation]), "no target overlaps every target"
    assert other_target[NULL_TARGET, condemnation] == -6.0
    assert other_label[:, condemnation] == pytest.approx(scores[3, support])
    assert other_label[:, support] == pytest.approx(scores[1, condemnation])


@given(hnp.arrays(np.float32, (2, 4), elements=st.floats(-1e4, 1e4, width=32)))
def test_log_odds_are_finite_and_those_of_the_softmax(logits: np.ndarray) -> None:
    odds = log_odds(logits)
    assert np.isfinite(odds).all()
    p = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    inside = np.abs(odds) < 11
    assert np.allclose((1 / (1 + np.exp(-odds.astype(np.float64))))[inside], p[inside], atol=1e-4)


def test_overlap_of_token_ranges() -> None:
    assert overlap((0, 4), (2, 8)) and overlap((0, 10), (3, 4)) and not overlap((0, 4), (3, 9)) and not overlap((0, 2), (2, 4))
