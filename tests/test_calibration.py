"""The rule fitted on held-out articles."""

from __future__ import annotations

import pytest
from conftest import SEEDS

from stancekit import calibration
from stancekit.calibration import collect, fit_rule
from stancekit.corpus import read_marks
from stancekit.pipeline import Model


def test_source_settings_that_gain_nothing_stay_as_they_are(tiny_model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    scored = collect(tiny_model, list(read_marks(SEEDS / "articles" / "a1.txt"))[:3])
    force = {"second_source": 3.0, "null_source": 1.0, "source_mention": 0.3}
    monkeypatch.setattr(calibration, "f1_of", lambda *arguments: 0.5)
    rule = fit_rule(scored, tiny_model.labels, tiny_model.config.decode.model_copy(update=force))
    assert {name: getattr(rule, name) for name in force} == force
    assert rule.weights != tiny_model.config.decode.weights, "confidence is fitted all the same"


def test_of_articles_with_a_single_outcome_only_the_threshold_is_learned(tiny_model: Model) -> None:
    silent = [a.__class__(a.text, (), a.id) for a in list(read_marks(SEEDS / "articles" / "a1.txt"))[:2]]
    before = tiny_model.config.decode
    rule = fit_rule(collect(tiny_model, silent), tiny_model.labels, before)
    assert rule.model_copy(update={"threshold": before.threshold}) == before


def test_a_better_source_setting_is_taken(tiny_model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    scored = collect(tiny_model, list(read_marks(SEEDS / "articles" / "a1.txt"))[:3])
    seen: list[object] = []
    original = calibration.replay

    def replay(items, rule, labels):  # type: ignore[no-untyped-def]
        seen.append(rule)
        return original(items, rule, labels)

    monkeypatch.setattr(calibration, "replay", replay)
    monkeypatch.setattr(calibration, "f1_of", lambda *arguments: float(seen[-1].null_source == 2.0))  # type: ignore[attr-defined]
    assert fit_rule(scored, tiny_model.labels, tiny_model.config.decode).null_source == 2.0
