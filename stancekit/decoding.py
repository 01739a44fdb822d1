"""Scores to stances, in numpy.

For each block the mention head's best spans become source and target candidates; the pair head then
labels every (source, target). A stance is decided target first: its evidence is the pair head's answer
for the target whoever the source may be, the answer for the best source, the answer to the question asked
of a given target, the mention score of the target, the sentence's own label score, and what speaks for its
rivals: the same label toward an overlapping target or toward another one, another label in the sentence.
A logistic calibration fitted on held-out articles weighs them. Only then is the source chosen, so that
hesitating between two sources never loses a stance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from stancekit.encoding import ANY_SOURCE, FIRST_SOURCE, FIRST_TARGET, NULL_SOURCE, NULL_TARGET, Floats, Ints, pad_spans

SOURCE, TARGET = 0, 1
"""Roles of the mention scores' first axis."""

FEATURES = ("any", "best", "mention", "null_target", "statement", "given", "rival", "other_target", "other_label")
"""What a candidate's confidence is computed from, all in log-odds but the indicator `null_target`."""

_CLIP = 12.0
_POSSIBLE = -9e3
"""Spans that lie outside of the block score less."""
_RIVAL = 6.0
"""Bound of the log-odds of rivals; where there is none they are at the lower one."""

TokenSpan = tuple[int, int]


class DecodeRule(BaseModel):
    """How scores become stances; stored in the checkpoint, fitted after training on held-out articles."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: float = 0.5
    """Lowest confidence that is reported."""
    bias: float = 0.0
    weights: tuple[float, ...] = Field(
        default=(0.5, 0.5, *[0.0] * (len(FEATURES) - 2)), min_length=len(FEATURES), max_length=len(FEATURES)
    )
    """Logistic calibration over `FEATURES`."""
    mention_cutoff: float = -3.0
    """Lowest mention score (log-odds) of a candidate span."""
    max_candidates: int = 8
    """Candidates of each role in a block."""
    source_mention: float = 0.3
    """Weight of the mention score in the choice of the source."""
    null_source: float = 0.0
    """Added to the null source's score."""
    second_source: float = 1.0
    """Lowest score (log-odds) of a further source of the same stance."""
    null_and_named: float = 6.0
    """Lowest score (log-odds) at which the null source and a named one are both sources of the same stance."""
    nested: float = 1.0
    """Of two overlapping targets of one label the surer is reported; the other too above this share of its confidence."""
    gate: float = -4.0
    """Blocks whose best sentence label score (log-odds) is lower are not looked at further."""

    @field_validator("weights", mode="before")
    @classmethod
    def _weights(cls, value: object) -> object:
        """A rule fitted when there were only the first five features weighs the others at nothing."""
        return [*value, *[0.0] * (len(FEATURES) - 5)] if isinstance(value, (list, tuple)) and len(value) == 5 else value


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate spans of a block with their mention scores (log-odds)."""

    sources: tuple[TokenSpan, ...]
    source_scores: Floats
    targets: tuple[TokenSpan, ...]
    target_scores: Floats


@dataclass(frozen=True, slots=True)
class Decoded:
    """A stance in token ranges of its block; `features` is (len(FEATURES),), see `FEATURES`."""

    label: int
    source: TokenSpan | None
    target: TokenSpan | None
    confidence: float
    features: Floats


def candidates(mentions: Floats, rule: DecodeRule) -> list[Candidates]:
    """The best spans of each block in either role. mentions: (blocks, 2, tokens, tokens), log-odds of span [i, j]."""
    found = np.nonzero(mentions >= max(rule.mention_cutoff, _POSSIBLE))
    block, role, first, last = (index[found[2] <= found[3]] for index in found)
    values = mentions[block, role, first, last]
    group = 2 * block + role
    order = np.lexsort((last, first, -values, group))
    sizes = np.bincount(group, minlength=2 * len(mentions))
    ends = np.cumsum(sizes)
    best = []
    for size, end in zip(sizes, ends, strict=True):
        chosen = order[end - size : end][: rule.max_candidates]
        spans = zip(first[chosen].tolist(), (last[chosen] + 1).tolist(), strict=True)
        best.append((tuple(spans), values[chosen]))
    return [Candidates(*best[i + SOURCE], *best[i + TARGET]) for i in range(0, len(best), 2)]


def log_odds(logits: Floats) -> Floats:
    """Log-odds of each class against all others together, along the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    exp = np.exp(shifted)
    rest = exp.sum(axis=-1, keepdims=True) - exp
    out: Floats = np.clip(shifted - np.log(np.maximum(rest, 1e-30)), -_CLIP, _CLIP)
    return out


def sigmoid(x: NDArray[np.floating]) -> NDArray[np.floating]:
    """Logistic function."""
    return 1.0 / (1.0 + np.exp(-np.asarray(x, dtype=np.float64)))


def features(found: Sequence[Candidates], pairs: Floats, given: Floats, statement: Floats) -> tuple[Floats, Floats]:
    """Evidence for each (target, label) of one block or more.

    pairs, given: (blocks, sources + 2, targets + 1, labels + 1), logits with "none" first, of the open grid and of the guide's
    reading of the given-target question, for the most sources and targets of any block; statement: (blocks, labels), log-odds.
    Returns (blocks, targets + 1, labels, len(FEATURES)) and the log-odds of the pairs (blocks, sources + 2, targets + 1, labels);
    what lies beyond a block's own candidates has no meaning.
    """
    real_sources = _real([f.sources for f in found], pairs.shape[1] - FIRST_SOURCE)
    real_targets = _real([f.targets for f in found], pairs.shape[2] - FIRST_TARGET)
    odds = log_odds(pairs)[..., 1:]
    asked = log_odds(given[:, ANY_SOURCE])[..., 1:]
    asked[:, NULL_TARGET] = 0.0  # nobody asks of no target: that column is not trained
    named = np.where(real_sources[:, :, None, None], odds[:, FIRST_SOURCE:], -_CLIP)
    anybody, best = odds[:, ANY_SOURCE], np.concatenate([odds[:, [NULL_SOURCE]], named], axis=1).max(axis=1)
    mention = np.zeros(real_targets.shape, dtype=np.float32)
    mention[real_targets] = np.concatenate([f.target_scores for f in found])
    shape = anybody.shape
    out = np.zeros((*shape, len(FEATURES)), dtype=np.float32)  # in the order of FEATURES
    out[..., 0], out[..., 1] = anybody, best
    out[:, FIRST_TARGET:, :, 2] = np.clip(mention, -_CLIP, _CLIP)[:, :, None]
    out[:, NULL_TARGET, :, 3] = 1.0
    out[..., 4] = np.clip(statement, -_CLIP, _CLIP)[:, None, :]
    out[..., 5] = asked
    real = np.concatenate([np.ones((len(found), FIRST_TARGET), dtype=bool), real_targets], axis=1)
    out[..., 6:] = _rivals(pad_spans([f.targets for f in found], real_targets.shape[1]), real, (anybody + best) / 2)
    return out, odds


def _real(spans: Sequence[Sequence[TokenSpan]], width: int) -> NDArray[np.bool_]:
    """Which of the columns hold a span of the block: (blocks, width)."""
    real: NDArray[np.bool_] = np.arange(width)[None, :] < np.array([len(s) for s in spans])[:, None]
    return real


def _rivals(targets: Ints, real: NDArray[np.bool_], scores: Floats) -> Floats:
    """The best score, for each (target, label), of the same label toward an overlapping target (the null target overlaps
    all), of the same label toward any other target, and of any other label.

    targets: (blocks, targets, 2), real: (blocks, targets + 1), scores: (blocks, targets + 1, labels) -> (blocks, targets + 1, labels, 3).
    """
    scores = np.where(real[:, :, None], np.clip(scores, -_RIVAL, _RIVAL), -_RIVAL)
    blocks, n, labels = scores.shape
    starts, ends = targets[..., 0], targets[..., 1]
    # as `overlap` has it
    shared = np.minimum(ends[:, :, None], ends[:, None, :]) - np.maximum(starts[:, :, None], starts[:, None, :])
    length = ends - starts
    same = np.ones((blocks, n, n), dtype=bool)
    same[:, FIRST_TARGET:, FIRST_TARGET:] = (shared > 0) & (2 * shared >= np.minimum(length[:, :, None], length[:, None, :]))
    others = ~np.eye(n, dtype=bool)
    by_label = scores.max(axis=1)
    apart = np.where(~np.eye(labels, dtype=bool), by_label[:, None, :], -_RIVAL).max(axis=2)
    beside = [np.where(mask[..., None], scores[:, None], -_RIVAL).max(axis=2) for mask in (same & others, ~same)]
    return np.stack([*beside, np.broadcast_to(apart[:, None, :], scores.shape)], axis=-1)


def decode(found: Sequence[Candidates], pairs: Floats, given: Floats, statement: Floats, rule: DecodeRule) -> list[list[Decoded]]:
    """The stances of each block. Shapes as in `features`."""
    if not found:
        return []
    evidence, odds = features(found, pairs, given, statement)
    confidence = sigmoid(evidence @ np.asarray(rule.weights, dtype=np.float64) + rule.bias)
    picked: list[list[tuple[float, int, int]]] = [[] for _ in found]
    for block, target, label in zip(*(index.tolist() for index in np.nonzero(confidence >= rule.threshold)), strict=True):
        if target < FIRST_TARGET + len(found[block].targets):
            picked[block].append((float(confidence[block, target, label]), target, label))
    out: list[list[Decoded]] = []
    for block, (one, items) in enumerate(zip(found, picked, strict=True)):
        kept: list[tuple[float, int, int]] = []
        for item in sorted(items, key=lambda p: (-p[0], p[1], p[2])):
            if not any(_suppressed(item, better, one, rule) for better in kept):
                kept.append(item)
        decoded = []
        for value, target, label in kept:
            span = None if target == NULL_TARGET else one.targets[target - FIRST_TARGET]
            for source in choose_sources(one, odds[block, : FIRST_SOURCE + len(one.sources), target, label], rule):
                decoded.append(Decoded(label, source, span, value, evidence[block, target, label]))
        out.append(decoded)
    return out


def _suppressed(item: tuple[float, int, int], better: tuple[float, int, int], found: Candidates, rule: DecodeRule) -> bool:
    """Whether a surer candidate says the same: same label, and overlapping targets or one of them null."""
    if item[2] != better[2] or item[0] > rule.nested * better[0]:
        return False
    if NULL_TARGET in (item[1], better[1]):
        return True
    a, b = found.targets[item[1] - FIRST_TARGET], found.targets[better[1] - FIRST_TARGET]
    return overlap(a, b)


def overlap(a: TokenSpan, b: TokenSpan) -> bool:
    """Whether two token ranges share at least half of the shorter one."""
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return 2 * shared >= min(a[1] - a[0], b[1] - b[0]) if shared > 0 else False


def choose_sources(found: Candidates, odds: Floats, rule: DecodeRule) -> Sequence[TokenSpan | None]:
    """The source, or the several parties, of one stance. odds: (sources + 2,), log-odds for its target and label."""
    scores = odds[FIRST_SOURCE:] + rule.source_mention * np.clip(found.source_scores, -_CLIP, _CLIP)
    null = float(odds[NULL_SOURCE]) + rule.null_source
    if len(scores) == 0:
        return [None]
    order = np.argsort(-scores, kind="stable")
    nobody = null > float(scores[order[0]])
    chosen = [] if nobody else [found.sources[order[0]]]
    for k in order[len(chosen) :]:
        span = found.sources[k]
        sure = min(float(scores[k]), float(odds[FIRST_SOURCE + k]), float(found.source_scores[k]))
        lowest = rule.null_and_named if nobody else rule.second_source
        if sure >= lowest and not any(overlap(span, other) for other in chosen):
            chosen.append(span)
    if nobody or float(odds[NULL_SOURCE]) >= rule.null_and_named:
        return [None, *sorted(chosen)]
    return sorted(chosen)
