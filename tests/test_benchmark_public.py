from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

import stancekit
from stancekit.baselines import Lexicon
from stancekit.errors import ConfigError, DataError
from stancekit.schema import GUIDE_VERSION, LABELS, Answer, Query

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import benchmark_public as bench  # noqa: E402


class Told:
    """Answers by (target, source) of the wording; everything else is none."""

    def __init__(self, answers: dict[tuple[str, str | None], str]) -> None:
        self.labels, self.folder, self.config = LABELS, None, SimpleNamespace(guide_version=GUIDE_VERSION)
        self.answers = answers

    def classify_many(self, queries: Iterable[Query]) -> Iterator[Answer]:
        for q in queries:
            target, source = (q.text[slice(*x)] if isinstance(x, tuple) else x for x in (q.target, q.source))
            label = self.answers.get((target, source), "none")
            yield Answer(label, {x: float(x == label) for x in ("none", *LABELS)})


def lines(path: Path, *records: dict) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


def event(code: str, label: str, verb: str = "condemned") -> dict:
    return {"id": code, "text": f"Norway {verb} Mali.", "source": "Norway", "target": "Mali", "label": label, "plover": code}


def test_plv_holds_to_the_fifteen_codes(tmp_path: Path) -> None:
    assert len(bench.PLOVER) == 15 and sum(label != "none" for label in bench.PLOVER.values()) == 3
    rows = [event(code, label, {"none": "met", "support": "praised", "condemnation": "condemned", "warning": "ignored"}[label]) for code, label in bench.PLOVER.items()]
    found = bench.plv(Lexicon(), lines(tmp_path / "plv_dev.queries.jsonl", *rows))
    assert found["macro_f1"] == pytest.approx(2 / 3) and found["right_by_code"]["THREATEN"] == "0 of 1"
    for row, message in ((event("ACCUSE", "warning"), "label 'warning' for ACCUSE; expected condemnation"), (event("FIGHT", "none"), "'FIGHT' is no PLOVER root code")):
        with pytest.raises(DataError, match=f"bad.jsonl:2: .*{message}"):
            bench.plv(Lexicon(), lines(tmp_path / "bad.jsonl", rows[0], row))


def directions(name: str, forth: str, back: str) -> list[dict]:
    text = f"Norway {name} Mali."
    return [
        {"id": f"{name}-f", "text": text, "source": "Norway", "target": "Mali", "label": forth},
        {"id": f"{name}-b", "text": text, "source": "Mali", "target": "Norway", "label": back},
    ]


def test_dse_asks_both_directions(tmp_path: Path) -> None:
    rows = [*directions("condemned", "condemnation", "none"), *directions("warned", "condemnation", "none"), *directions("met", "none", "none"), *directions("praised", "none", "support")]
    found = bench.dse(Lexicon(), lines(tmp_path / "dse_test.queries.jsonl", *rows))
    assert found["pairs"] == 4 and found["accuracy"] == 0.75, "a warning counts as condemnation; one support goes the wrong way"
    assert found["f1"]["condemnation f"] == 1.0 and found["f1"]["support b"] == 0.0
    alone = lines(tmp_path / "alone.jsonl", rows[0], *rows[4:6], rows[7])
    asked = [(q.id, q.source, q.target, q.label) for q in bench.dse_queries(alone)]
    assert asked[:2] == [("condemned-f", "Norway", "Mali", "condemnation"), ("condemned-b", "Mali", "Norway", "none")]
    assert asked[4:] == [("praised-b", "Mali", "Norway", "support"), ("praised-f", "Norway", "Mali", "none")]
    assert bench.dse(Lexicon(), alone)["f1"]["support b"] == 0.0, "an answer in the direction that the file leaves out is wrong"
    for bad, message in (
        (rows[4:5], r"1 queries 'met-f' \(none\), 0 queries 'met-b'"),
        ([{**rows[0], "source": None}], "query 'condemned-f' has no source"),
        ([*rows, rows[0]], "2 queries 'condemned-f'"),
        ([{**rows[0], "label": "warning"}], "label 'warning'; expected none, support or condemnation"),
        ([{**rows[0], "id": "7"}], "id '7' does not end in f or b"),
    ):
        with pytest.raises(DataError, match=message):
            bench.dse(Lexicon(), lines(tmp_path / "bad.jsonl", *bad))


def test_texts_of_training_data_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stancekit, "load", lambda _: Lexicon())
    monkeypatch.setenv("COLUMNS", "220")
    rows = [*directions("condemned", "condemnation", "none"), *directions("met", "none", "none"), *directions("praised", "none", "support")]
    lines(tmp_path / "dse_test.queries.jsonl", *rows)
    train = lines(tmp_path / "dse_train.queries.jsonl", {**rows[0], "id": "a-b", "source": "Mali", "target": "Norway", "label": "none"}, rows[2])
    asked = ["dse", "--path", str(tmp_path), "--train", str(train)]
    bench.main([*asked, "--json"])
    scores = json.loads(capsys.readouterr().out)["results"][0]["scores"]
    assert scores["pairs"] == 3 and scores["accuracy"] == pytest.approx(2 / 3)
    new = scores["new_texts"]
    assert (new["pairs"], new["left_out"], new["accuracy"]) == (1, 2, 0.0), "two of three sentences are in the training file, with other pairs"
    bench.main(asked)
    shown = capsys.readouterr().out
    assert "dse_test.queries.jsonl, texts not in --train" in shown and "0.667" in shown and "0.000" in shown
    bench.main([*asked[:-1], str(lines(tmp_path / "other.queries.jsonl", {**rows[0], "text": "Norway and Mali."})), "--json"])
    assert "new_texts" not in json.loads(capsys.readouterr().out)["results"][0]["scores"]
    with pytest.raises(DataError, match=r"dse_test.queries.jsonl: every text is in --train as well; name the training half"):
        bench.main([*asked[:-1], str(tmp_path / "dse_test.queries.jsonl")])
    lines(tmp_path / "devtest_mt.jsonl", mtsc("Peru met Chad.", ("Peru", 4)))
    with pytest.raises(ConfigError, match="newsmtsc does not tell texts apart by it; plv and dse do"):
        bench.main(["newsmtsc", "--path", str(tmp_path), "--train", str(train)])


def test_unscon_scores_the_meeting_held_out(tmp_path: Path) -> None:
    held = bench.quality.HELD_MEETING
    rows = [
        {"text": "Norway condemned Mali.", "conflict": "Direct_NegEval", "meeting": held},
        {"text": "Norway condemned Chad.", "conflict": "Challenge", "meeting": held},
        {"text": "This is a farce.", "conflict": "Direct_NegEval", "meeting": held},
        {"text": "Norway condemned Peru.", "conflict": "none", "meeting": "another"},
    ]
    found = bench.unscon(Lexicon(), lines(tmp_path / "unscon.sentences.jsonl", *rows))
    assert (found["sentences"], found["right"], found["extra"], found["missed"]) == (3, 1, 1, 1)
    with pytest.raises(DataError, match=f"no sentence of the meeting {held}; there are: another"):
        bench.unscon(Lexicon(), lines(tmp_path / "bad.jsonl", rows[3]))
    with pytest.raises(DataError, match="conflict None"):
        bench.unscon(Lexicon(), lines(tmp_path / "bad.jsonl", {"text": "a", "meeting": held}))


def mtsc(text: str, *targets: tuple[str, float], **more: object) -> dict:
    places = [{"from": text.index(w), "to": text.index(w) + len(w), "mention": w, "polarity": p, **more} for w, p in targets]
    return {"primary_gid": "g", "sentence_normalized": text, "targets": places}


def test_newsmtsc_is_read_as_published(tmp_path: Path) -> None:
    rows = [mtsc("Peru’s mayor mocked Chad.", ("Peru", 4.0), ("Chad", 2.0)), mtsc("All love Oman and Fiji.", ("Oman", 6.0), ("Fiji", 6.0))]
    file = lines(tmp_path / "devtest_mt.jsonl", *rows)
    queries = bench.newsmtsc_queries(file)
    assert [(q.text[slice(*q.target)], q.label) for q in queries] == [("Peru", "none"), ("Chad", "condemnation"), ("Oman", "support"), ("Fiji", "support")]
    found = bench.newsmtsc(Told({("Chad", None): "warning", ("Oman", None): "support"}), file)
    assert found["targets"] == 4 and found["accuracy"] == 0.75 and found["macro_recall"] == pytest.approx((1 + 0.5 + 1) / 3)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3) and found["f1_positive_negative"] == pytest.approx((2 / 3 + 1) / 2)
    other = lines(tmp_path / "b.jsonl", mtsc("Peru met Chad.", ("Peru", 0), ("Chad", -1)))
    assert [q.label for q in bench.newsmtsc_queries(other)] == ["none", "condemnation"]
    for bad, message in (
        (mtsc("Peru met Chad.", ("Peru", 3)), "bad.jsonl:1: polarity 3"),
        (mtsc("Peru met Chad.", ("Peru", 4), ("Chad", -1)), r"polarities \[-1, 4\] of two scales"),
        (mtsc("Peru met Chad.", ("Peru", 4), to=6), r"mention 'Peru' at \[0, 6\], where sentence_normalized has 'Peru m'"),
        (mtsc("Peru met Chad.", ("Peru", 4), to=60), "bad.jsonl:1: .*ends past the text"),
        ({"sentence": "Peru", "targets": []}, 'expected "sentence_normalized"'),
    ):
        with pytest.raises(DataError, match=message):
            bench.newsmtsc_queries(lines(tmp_path / "bad.jsonl", bad))


def test_seesaw_asks_both_directions_and_counts_what_it_cannot_ask(tmp_path: Path) -> None:
    rows = [
        {"sentence": "Peru mocked Chad.", "triplets": [["Peru", "negative", "Chad"], ["<Author>", "positive", "Peru"]]},
        {"sentence": "Oman and Fiji like each other.", "triplets": [["Oman", "positive", "Fiji"], ["Fiji", "positive", "Oman"], ["Fiji", "negative", "<someone>"]]},
        {"sentence": "Mali on Laos.", "triplets": [["Mali", "positive", "Laos"], ["Mali", "negative", "Laos"]]},
    ]
    file = lines(tmp_path / "test.jsonl", *rows)
    queries, left_out = bench.seesaw_queries(file)
    assert [(q.source, q.target, q.label) for q in queries] == [
        ("Peru", "Chad", "condemnation"), ("Chad", "Peru", "none"), (None, "Peru", "support"), ("Oman", "Fiji", "support"), ("Fiji", "Oman", "support"),
    ]  # fmt: skip
    assert left_out == {"the target is not named": 1, "positive and negative at once": 1}
    found = bench.seesaw(Told({("Chad", "Peru"): "warning", ("Peru", "Chad"): "condemnation", ("Fiji", "Oman"): "support"}), file)
    assert (found["annotated_pairs"], found["annotated_accuracy"], found["reverse_pairs"], found["reverse_given_a_sentiment"]) == (4, 0.5, 1, 1)
    for bad in ({"text": "a"}, {"sentence": "a", "triplets": [["Peru", "neutral", "Chad"]]}, {"sentence": "a", "triplets": [{"source": "Peru"}]}):
        with pytest.raises(DataError, match=r"bad.jsonl:1: .*expected"):
            bench.seesaw_queries(lines(tmp_path / "bad.jsonl", bad))


def test_a_folder_gives_its_test_files_and_published_figures_stand_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = []
    monkeypatch.setattr(stancekit, "load", lambda path: loaded.append(path) or Told({("Mali", "Norway"): "condemnation"}))
    monkeypatch.setenv("COLUMNS", "220")
    rows = [event("ACCUSE", "condemnation"), event("AID", "none", "met")]
    lines(tmp_path / "plv_dev.queries.jsonl", *rows)
    bench.main(["plv", "--path", str(tmp_path), "--baseline", "lexicon"])
    shown = capsys.readouterr().out
    assert loaded == [None] and "stancekit default" in shown and "lexicon" in shown and "0.83" in shown and "Hu et al. 2024" in shown
    assert "plv_dev.queries.jsonl" in shown and "test half" in shown
    test = lines(tmp_path / "plv_test.queries.jsonl", *rows)
    bench.main(["plv", "--path", str(tmp_path), "--model", "mine", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [r["file"] for r in found["results"]] == [str(test)] and loaded[-1] == "mine"
    assert found["results"][0]["scores"]["accuracy"] == 0.5 and len(found["results"][0]["recipe"]["data"]) == 16
    (tmp_path / "sub").mkdir()
    for name in ("devtest_rw.jsonl", "devtest_mt.jsonl", "train.jsonl"):
        lines(tmp_path / "sub" / name, mtsc("Peru met Chad.", ("Peru", 4)))
    assert [f.name for f in bench.files("newsmtsc", tmp_path / "sub")] == ["devtest_mt.jsonl", "devtest_rw.jsonl"]
    bench.main(["newsmtsc", "--path", str(tmp_path / "sub")])
    assert "No published figure is printed" in capsys.readouterr().out
    with pytest.raises(DataError, match="holds no dse_test.queries.jsonl and no dse_valid.queries.jsonl"):
        bench.files("dse", tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        bench.files("dse", tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="mine has no labels condemnation, warning"):
        bench.measure("plv", test, {"mine": SimpleNamespace(labels=("support",))})
