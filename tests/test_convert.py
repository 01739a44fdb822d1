from __future__ import annotations

import copy
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import SEEDS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stancekit import convert
from stancekit.convert import FORMATS, detect, from_brat, from_doccano, from_label_studio, suggest, to_brat, to_doccano, to_label_studio
from stancekit.corpus import read_marks
from stancekit.errors import ConfigError, DataError
from stancekit.schema import LABELS, Article, Span, Stance, Statement

OWN = ("support", "支持", "praise/blame", "a b", "_x41_", "x_xé_")
MARKS = """### a1
date: 2024-05-01

<a>China</a> 😀 backs <b>Kenya</b>, which condemns <c>Chad</c>. {support a>b; condemnation b>c}
Talks resume on Monday.
Critics warned of <a>war</a>. {warning _>a ?}
"""


def article(marks: str = MARKS) -> Article:
    from stancekit.corpus import from_marks

    return next(from_marks(marks))


@st.composite
def articles(draw: st.DrawFn) -> Article:
    text = draw(st.text(alphabet=st.sampled_from("ab é😀👩\u200d👦\n\r\t.\\n\u2028\x85\ufeff;:<"), min_size=1, max_size=60))
    predicted = draw(st.booleans())
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    statements = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        span, stances = Span.of(text, start, end), {}
        for _ in range(draw(st.integers(0, 4))):
            ends = [draw(st.none() | st.tuples(st.integers(start, end - 1), st.integers(1, 9))) for _ in range(2)]
            pieces = [None if e is None else Span.of(text, e[0], min(end, e[0] + e[1])) for e in ends]
            stance = Stance(
                draw(st.sampled_from(OWN)),
                span,
                *pieces,
                confidence=draw(st.floats(0, 1)) if predicted else None,
                source_name=draw(st.none() | st.text(max_size=3)),
                target_code=draw(st.sampled_from([None, "CHN"])),
                source_kind=draw(st.sampled_from([None, "pronoun"])),
                optional=draw(st.booleans()),
            )
            stances[stance.key] = stance
        statements.append(Statement(span, tuple(stances.values())))
    values = st.recursive(st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4), lambda v: st.lists(v, max_size=2), max_leaves=3)
    return Article(
        text,
        tuple(statements) if draw(st.integers(0, 4)) else None,
        draw(st.sampled_from(["", "a", "A", "../a b", "a-2", "日本"])),
        draw(st.dictionaries(st.text(max_size=4), values, max_size=2)),
    )


def through_json(records: Iterator[dict[str, Any]]) -> list[Any]:
    return [json.loads(json.dumps(record)) for record in records]


@given(st.lists(articles(), max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_article_survives_label_studio_and_doccano(given_articles: list[Article]) -> None:
    assert list(from_label_studio(through_json(to_label_studio(given_articles, OWN)), OWN)) == given_articles
    assert list(from_label_studio(through_json(to_label_studio(given_articles, OWN, predictions=True)), OWN)) == given_articles
    assert list(from_doccano(through_json(to_doccano(given_articles, OWN)), OWN)) == given_articles


def trimmed(item: Article) -> bool:
    """Whether brat can hold every span: none starts or ends with a line break."""
    spans = [p for s in item.statements or () for p in (s.span, *(x for t in s.stances for x in (t.source, t.target) if x))]
    return not any(c in "\n\r\u2028\x85" for p in spans for c in (p.text[0], p.text[-1]))


@given(st.lists(articles(), max_size=3))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_article_survives_brat_or_is_refused(given_articles: list[Article]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if all(trimmed(a) for a in given_articles):
            assert convert.write_brat(folder, given_articles, OWN) == len(given_articles)
            assert list(convert.read_brat(folder, OWN)) == given_articles
        else:
            with pytest.raises(DataError, match="starts or ends with a line break"):
                convert.write_brat(folder, given_articles, OWN)


@pytest.mark.parametrize("name", FORMATS)
def test_files_of_every_form_are_detected_and_read_back(name: str, tmp_path: Path) -> None:
    gold = list(read_marks(sorted((SEEDS / "articles").glob("*.txt"))[0]))
    path = str(tmp_path / {"label-studio": "t.json", "brat": "folder", "marks": "m.txt"}.get(name, "r.jsonl"))
    assert FORMATS[name].write(path, iter(gold), LABELS) == len(gold)
    assert detect(path) == name
    assert list(FORMATS[name].read(path, LABELS, False, None)) == gold
    assert FORMATS[name].url
    assert not list(tmp_path.rglob("*.part"))


# what an annotator draws in the tool, without anything stancekit wrote beside the text


def test_label_studio_regions_by_hand_in_code_points_or_utf_16() -> None:
    text = "Hi 😀. China backs\r\nKenya."

    def task(shift: int) -> dict[str, Any]:
        spans = {"s": ("SOURCE", 6, 11, "China"), "t": ("TARGET", 12, 24, "backs\\n\\nKenya")}
        regions = [
            {"id": i, "type": "labels", "from_name": "span", "value": {"start": a + shift, "end": b + shift, "text": t, "labels": [role]}}
            for i, (role, a, b, t) in spans.items()
        ]
        relation = {"type": "relation", "from_id": "t", "to_id": "s", "direction": "left", "labels": ["warning (optional)"]}
        whole = {"id": "w", "type": "labels", "value": {"start": 0, "end": 25 + shift, "labels": ["STATEMENT"]}}
        return {"id": 7, "data": {"text": text, "outlet": "AP"}, "annotations": [{"result": [*regions, relation, whole]}]}

    for shift in (0, 1):
        found = next(from_label_studio([task(shift)]))
        assert found == Article(text, found.statements, "7", {"outlet": "AP"})
        (stance,) = found.stances
        assert (stance.stance, stance.optional, stance.statement.text) == ("warning", True, text)
        assert (stance.source.text, stance.target.text) == ("China", "backs\r\nKenya")


def test_doccano_counts_utf_16_code_units() -> None:
    record = next(to_doccano([article()]))
    kenya = next(e for e in record["entities"] if e["label"] == "TARGET")
    units = article().text.encode("utf-16-le")
    assert units[2 * kenya["start_offset"] : 2 * kenya["end_offset"]].decode("utf-16-le") == "Kenya"
    assert [e["label"] for e in record["entities"] if e["start_offset"] == kenya["start_offset"]] == ["TARGET", "SOURCE"]


def test_brat_writes_line_breaks_as_fragments() -> None:
    text = "Ja. 😀China\r\nand Kenya backed it."
    span = Span.of(text, 4, len(text))
    item = Article(text, (Statement(span, (Stance("support", span, Span.of(text, 5, 21), optional=True),)),))
    lines = to_brat(item).split("\n")
    assert lines[:2] == ["T1\tSTATEMENT 4 10;12 32\t😀China and Kenya backed it.", "T2\tSOURCE 5 10;12 21\tChina and Kenya"]
    assert lines[2:] == ["T3\tsupport 4 10;12 32\t😀China and Kenya backed it.", "E1\tsupport:T3 Source:T2", "A1\tOptional E1", ""]
    assert from_brat(text, "\n".join(lines)) == item


def test_without_a_statement_a_stance_belongs_to_its_sentence() -> None:
    text = "It rained. China backed Kenya."
    ann = "T1\tSOURCE 11 16\tChina\nT2\tTARGET 24 29\tKenya\nT3\tsupport 17 23\tbacked\nE1\tsupport:T3 Source:T1 Target:T2\n#1\tAnnotatorNotes E1\tclear\n"
    found = from_brat(text, ann)
    assert found.stances[0].statement.text == "China backed Kenya."
    assert found.meta == {convert.COMMENTS: ["clear"]}
    apart = ann.replace("11 16\tChina", "0 2\tIt")
    with pytest.raises(DataError, match="x.ann: .* stands in no single sentence; draw a STATEMENT"):
        from_brat(text, apart, place="x.ann")


# corrections


def predicted() -> Article:
    gold = article()
    return replace(
        gold,
        statements=tuple(
            Statement(s.span, tuple(replace(x, confidence=0.61, source_code="CHN", optional=False) for x in s.stances)) for s in gold.statements
        ),
    )


def test_a_corrected_prediction_is_gold_and_keeps_what_was_not_corrected() -> None:
    task = next(to_label_studio([predicted()]))
    assert task["predictions"][0]["score"] == 0.61
    results = copy.deepcopy(task["predictions"][0]["result"])
    relation = next(r for r in results if r.get("labels") == ["condemnation"])
    relation["labels"] = ["warning"]
    corrected = {**task, "annotations": [{"result": results}]}
    (found,) = from_label_studio([corrected])
    assert [(s.stance, s.confidence, s.source_code) for s in found.stances] == [("support", None, "CHN"), ("warning", None, None), ("warning", None, "CHN")]
    assert (found.id, found.meta) == ("a1", {"date": "2024-05-01"})

    (untouched,) = from_label_studio([task], reviewed=True)
    assert untouched.statements is None
    (skipped,) = from_label_studio([{**task, "annotations": [{"result": [], "was_cancelled": True}]}])
    assert skipped.statements is None


def test_of_several_annotations_one_must_be_chosen() -> None:
    task = next(to_label_studio([article()]))
    first = {**task["annotations"][0], "completed_by": {"id": 3, "email": "a@b.c"}}
    task["annotations"] = [first, {"result": [], "completed_by": 4}]
    with pytest.raises(DataError, match="2 annotations, 0 of them ground truth"):
        list(from_label_studio([task]))
    assert list(from_label_studio([task], annotator="a@b.c")) == [article()]
    assert next(from_label_studio([task], annotator=4)).statements == ()
    assert list(from_label_studio([{**task, "annotations": [{**first, "ground_truth": True}, task["annotations"][1]]}])) == [article()]


def test_reviewed_texts_are_gold_in_doccano_and_brat() -> None:
    bare = Article("Nothing here.", None, "n")
    records = list(to_doccano([predicted(), bare]))
    records[0]["Comments"] = [{"id": 1, "comment": "hard"}]
    guess, free = from_doccano(records, reviewed=True)
    assert {s.confidence for s in guess.stances} == {None}
    assert guess.meta == {"date": "2024-05-01", convert.COMMENTS: ["hard"]}
    assert free.statements == ()
    assert from_brat(bare.text, "", None, reviewed=True).statements == ()


# bad input


def read_task(task: Any) -> list[Article]:
    return list(from_label_studio([task]))


def read_record(record: Any) -> list[Article]:
    return list(from_doccano([record]))


def results(task: Any) -> Any:
    return task["annotations"][0]["result"]


BAD_TASKS = {
    "label": (lambda t: results(t)[-1].update(labels=["praise"]), r"task 1: unknown label 'praise'; expected one of support"),
    "no label": (lambda t: results(t)[-1].pop("labels"), "has no label"),
    "role": (lambda t: results(t)[0]["value"].update(labels=["SPEAKER"]), "labelled .'SPEAKER'.; expected one of STATEMENT"),
    "range": (lambda t: results(t)[0]["value"].update(end=999), "ends past the text"),
    "missing region": (lambda t: results(t).pop(1), "a relation points to 'SOURCE-0-5', which is no span there"),
    "direction": (lambda t: results(t)[-1].update(direction="bi"), "direction 'bi'; point it from SOURCE"),
    "reversed": (lambda t: results(t)[-1].update(direction="left"), "a relation starts at .* relations go from SOURCE"),
    "orphan": (lambda t: results(t).pop(-1), "belongs to no stance; link it or delete it"),
    "text changed": (lambda t: t["data"].update(text=t["data"]["text"].replace("Kenya", "Congo")), "not the one that was exported .article 'a1'"),
    "drawn on other text": (lambda t: (t["data"].pop("stancekit"), t["data"].update(text="A" * 200)), "was drawn on 'China"),
    "record": (lambda t: t["data"].update(stancekit="{"), "not the record stancekit wrote"),
    "control": (lambda t: results(t).append({"id": "x", "type": "textarea"}), "not in stancekit's configuration"),
    "no data": (lambda t: t.pop("data"), "has no dict 'data'"),
}


@pytest.mark.parametrize(("spoil", "message"), BAD_TASKS.values(), ids=BAD_TASKS.keys())
def test_bad_label_studio_tasks_name_place_and_remedy(spoil: Callable[[Any], object], message: str) -> None:
    task = copy.deepcopy(next(to_label_studio([article()])))
    spoil(task)
    with pytest.raises(DataError, match=f"^task 1: .*{message.removeprefix('task 1: ')}"):
        read_task(task)
    errors: list[DataError] = []
    assert list(from_label_studio([task, next(to_label_studio([article()]))], on_error=errors.append)) == [article()]
    assert len(errors) == 1


BAD_RECORDS = {
    "label": (lambda r: r["relations"][0].update(type="praise"), "unknown label 'praise'"),
    "entity": (lambda r: r["entities"][0].update(label="praise"), "unknown label 'praise'"),
    "range": (lambda r: r["entities"][0].update(end_offset=999), r"entity \[0, 999\] does not lie on characters"),
    "half an emoji": (lambda r: r["entities"][0].update(end_offset=7), "does not lie on characters .*Count grapheme clusters"),
    "missing": (lambda r: r["relations"][0].update(to_id=77), "points to 77, which is no span"),
    "twice": (lambda r: r["entities"][2].update(id=1), "two entities have the id 1"),
    "no relations": (lambda r: r.update(label=r.pop("entities")), "Use relation labeling"),
    "text changed": (lambda r: r.update(text=r["text"] + " "), "not the one that was exported"),
}


@pytest.mark.parametrize(("spoil", "message"), BAD_RECORDS.values(), ids=BAD_RECORDS.keys())
def test_bad_doccano_records_name_place_and_remedy(spoil: Callable[[Any], object], message: str, tmp_path: Path) -> None:
    record = copy.deepcopy(next(to_doccano([article()])))
    spoil(record)
    file = tmp_path / "r.jsonl"
    file.write_text("\n" + json.dumps(record))
    with pytest.raises(DataError, match=f"r.jsonl:2: .*{message}") as error:
        list(convert.read_doccano(file))
    assert error.value.remedy


BAD_LINES = {
    "label": ("support:T", "praise:T", "x.ann:12: unknown label 'praise'; expected one of"),
    "range": ("STATEMENT 0 41", "STATEMENT 0 4100", "x.ann:1: STATEMENT span .* ends past the text"),
    "moved": ("SOURCE 0 5", "SOURCE 3 8", "x.ann:2: SOURCE span '3 8' was drawn on 'China' but"),
    "gap": ("SOURCE 0 5\tChina", "SOURCE 0 2;4 5\tCh a", "leaves out 'in'; mark one continuous span"),
    "missing": ("Source:T2", "Source:T99", "x.ann: event E1 refers to T99"),
    "role": ("Source:T2", "Source:T1", "Source of E1 is T1, a STATEMENT span; mark a SOURCE"),
    "argument": ("Source:T2", "Speaker:T2", "arguments Speaker, Target"),
    "orphan": (" Source:T2", "", "SOURCE span T2 .* belongs to no stance"),
    "relation": ("A1\tOptional E3", "R1\tpart Arg1:T1 Arg2:T2", "x.ann:15: .* nothing the article form holds"),
    "attribute": ("Optional E3", "Optional E9", "Optional belongs to E9"),
    "twice": ("T2\t", "T1\t", "x.ann:2: T1 stands there twice"),
}


@pytest.mark.parametrize(("old", "new", "message"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_bad_brat_lines_name_place_and_remedy(old: str, new: str, message: str) -> None:
    annotation = to_brat(article())
    assert old in annotation
    with pytest.raises(DataError, match=message) as error:
        from_brat(article().text, annotation.replace(old, new, 1), place="x.ann")
    assert error.value.remedy


def test_brat_folders_are_never_written_over_and_miss_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    convert.write_brat(folder, [article(), replace(article(), id="other")])
    with pytest.raises(DataError, match="not an empty folder"):
        convert.write_brat(folder, [article()])
    (folder / "new.txt").write_text("China spoke.")
    (folder / "a1.txt").unlink()
    with pytest.raises(DataError, match="a1.txt: no such file|no such file.*a1.txt"):
        list(convert.read_brat(folder))
    errors: list[DataError] = []
    assert list(convert.read_brat(folder, on_error=errors.append)) == [replace(article(), id="other"), Article("China spoke.", None, "new")]
    (folder / "other.txt").write_bytes(b"\xff")
    with pytest.raises(DataError, match="other.txt: invalid UTF-8 at byte 0"):
        list(convert.read_brat(folder, on_error=lambda e: None if "a1" in str(e) else (_ for _ in ()).throw(e)))


def test_hidden_files_of_a_brat_folder_are_no_documents(tmp_path: Path) -> None:
    folder = tmp_path / "brat"
    folder.mkdir()
    (folder / "a.txt").write_text("Kenya condemned the raid.", encoding="utf-8")
    (folder / "a.ann").write_text("", encoding="utf-8")
    for name in ("._a.txt", "._a.ann"):  # what macOS puts beside files on foreign disks
        (folder / name).write_bytes(b"\x00\x05\x16\x07\x80\xff")
    assert [a.id for a in convert.read_brat(folder)] == ["a"]


def test_brat_documents_below_a_folder_and_a_broken_index_are_named(tmp_path: Path) -> None:
    convert.write_brat(tmp_path / "brat", [article()])
    below = tmp_path / "brat" / "below"
    convert.write_brat(below, [article()])
    assert detect(str(tmp_path / "brat")) == "brat"
    problems: list[DataError] = []
    assert len(list(convert.read_brat(tmp_path / "brat", on_error=problems.append))) == 1 and str(below) in str(problems[0])
    with pytest.raises(DataError, match="is in a folder below"):
        list(convert.read_brat(tmp_path / "brat"))
    index = below / convert.BRAT_INDEX
    index.write_text(index.read_text(encoding="utf-8")[:40], encoding="utf-8")
    with pytest.raises(DataError, match=f"^{index}:1: malformed JSON"):
        list(convert.read_brat(below))


@pytest.mark.parametrize("exists", [False, True])
def test_nothing_is_left_of_a_brat_folder_that_could_not_be_written_whole(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "b"
    if exists:
        folder.mkdir()
    with pytest.raises(DataError, match="annotation tools cannot store"):
        convert.write_brat(folder, [article(), Article("a\x00b", (), "bad")])
    assert [p.name for p in tmp_path.rglob("*")] == ["b"] * exists
    assert convert.write_brat(folder, [article()]) == 1


@pytest.mark.parametrize("label", ["SOURCE", "x (optional)", "a\nb", "", " a"])
def test_labels_that_no_tool_can_hold_are_refused(label: str) -> None:
    for use in (convert.label_config, convert.brat_config, lambda labels: list(to_doccano([article()], labels))):
        with pytest.raises(ConfigError, match="does not fit annotation tools"):
            use([label])


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(DataError, match=r"article 'a1': unknown label 'support'; expected one of praise"):
        list(to_label_studio([article()], ["praise"]))
    with pytest.raises(DataError, match=r"cannot store; replace the character"):
        list(to_doccano([Article("a\ud800")]))
    with pytest.raises(DataError, match="meta is not JSON"):
        to_brat(Article("a", meta={"x": {1}}))
    with pytest.raises(DataError, match="Doccano drops such records"):
        list(to_doccano([Article("")]))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_spoilt_exports_give_an_article_or_a_data_error(data: st.DataObject) -> None:
    junk = st.sampled_from([None, -1, 3, 10**9, 1.5, True, "", "support", "SOURCE", [], {}, [[]], [None], {"a": 1}])
    for writer, reader in ((to_label_studio, read_task), (to_doccano, read_record)):
        record: Any = copy.deepcopy(next(writer([article()])))
        node = record
        while True:
            key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
            if isinstance(node[key], (dict, list)) and node[key] and data.draw(st.integers(0, 5)):
                node = node[key]
                continue
            node[key] = data.draw(junk)
            break
        try:
            assert isinstance(reader(record)[0], Article)
        except DataError as error:
            assert error.place


def test_configurations_name_spans_and_labels() -> None:
    root = ElementTree.fromstring(convert.label_config(OWN))
    assert [e.get("value") for e in root.iter("Label")] == list(convert.ROLES)
    values = [e.get("value") for e in root.iter("Relation")]
    assert values == [e.get("value") for e in root.iter("Choice")] == [label + s for label in OWN for s in ("", " (optional)")]
    files = convert.brat_config(OWN)
    assert "_x652f__x6301_\tSource?:SOURCE, Target?:TARGET" in files["annotation.conf"]
    assert "_x652f__x6301_ | 支持" in files["visual.conf"]


# what to annotate next


def guess(text: str, *confidences: float, identifier: str = "g") -> Article:
    span = Span.of(text, 0, len(text))
    stances = tuple(Stance(label, span, confidence=c) for label, c in zip(LABELS, confidences, strict=False))
    return Article(text, (Statement(span, stances),), identifier, {"outlet": "AP"})


def test_suggestions_are_uncertain_and_distinct() -> None:
    pool = [
        guess("China condemned the strike on the port of Aden.", 0.9, identifier="sure"),
        guess("China condemned the strike on the port of Aden on Monday.", 0.52, identifier="near"),
        guess("China condemned a strike on the port of Aden.", 0.51, identifier="nearest"),
        guess("Teachers praised the mayor.", 0.99, 0.58, identifier="two"),
        guess("Kenya warned of floods.", 0.45, identifier="below"),
        Article("Gold.", (Statement(Span.of("Gold.", 0, 5)),), "gold"),
    ]
    found = suggest(pool, 10)
    assert [s.article.id for s in found] == ["nearest", "below", "two"]
    assert [s.confidence for s in found] == [0.51, 0.45, 0.58]
    assert found[0].uncertainty == pytest.approx(0.98)
    assert [s.article.id for s in suggest(pool, 2, threshold=0.9)] == ["sure", "two"]
    assert [[s.article.id for s in suggest(pool, 1, threshold)] for threshold in (0.0, 1.0)] == [["below"], ["two"]]
    with pytest.raises(DataError, match="no statement has a stance with a confidence; give articles that a model predicted"):
        suggest([article()], 3)
    for wrong in ({"number": 0}, {"number": 1, "threshold": 1.1}, {"number": 1, "similarity": 0.0}):
        with pytest.raises(ConfigError, match="expected"):
            suggest(pool, **wrong)


def test_a_suggestion_is_a_task_of_its_own() -> None:
    (first, *_) = suggest([predicted()], 1)
    alone = first.to_article()
    assert alone.text == first.statement.span.text == "China 😀 backs Kenya, which condemns Chad."
    assert [(s.stance, s.source.text, s.target.text) for s in alone.stances] == [("support", "China", "Kenya"), ("condemnation", "Kenya", "Chad")]
    assert (alone.id, alone.meta["date"], alone.meta["article"], alone.meta["start"]) == (f"a1#0-{len(alone.text)}", "2024-05-01", "a1", 0)
    wide = first.to_article(context=1)
    assert wide.text == "China 😀 backs Kenya, which condemns Chad. Talks resume on Monday."
    assert list(from_label_studio(to_label_studio([alone, wide]))) == [alone, wide]


def test_equal_sentences_cost_no_more_than_different_ones() -> None:
    different = [guess(" ".join(f"w{i * 7 % 1000}x{j}" for j in range(12)), 0.5, identifier=f"d{i}") for i in range(200)]
    equal = [guess("China condemned the strike on the port of Aden.", 0.6, identifier=f"e{i}") for i in range(6000)]

    def seconds(number: int) -> float:
        began = time.process_time()
        assert len(suggest(different + equal, number)) == min(number, 201)
        return time.process_time() - began

    seconds(200)
    assert seconds(1000) < 3 * min(seconds(200) for _ in range(2)), "200 are found before the equal ones are looked at"


def test_many_suggestions_of_one_long_article_read_it_once() -> None:
    sentence = "China backs Kenya in the long dispute over fishing rights. "
    spans = [Span.of(sentence * 2000, i * len(sentence), (i + 1) * len(sentence) - 1) for i in range(2000)]
    long = Article(sentence * 2000, tuple(Statement(s, (Stance("support", s, confidence=0.5),)) for s in spans), "a1")
    began = time.process_time()
    convert.Suggestion(long, long.statements[0], 0.5, 1.0).to_article(1)
    first = time.process_time() - began
    tasks = [convert.Suggestion(long, s, 0.5, 1.0).to_article(1) for s in long.statements[1:101]]
    assert time.process_time() - began < 10 * first
    assert all(t.text == (sentence * 3).strip() and len(t.statements) == 3 for t in tasks)


def test_a_doccano_export_without_relations_is_not_read_as_articles_without_annotation(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{broken\n{"id": 1, "text": "Norway backed Kenya.", "label": [[0, 6, "SOURCE"]], "Comments": []}\n', encoding="utf-8")
    assert detect(str(file)) == "doccano"
    errors: list[DataError] = []
    assert not list(FORMATS["doccano"].read(str(file), LABELS, False, errors.append))
    assert "x.jsonl:1" in str(errors[0]) and "relation" in str(errors[1])


def test_marks_name_the_article_that_they_cannot_hold(tmp_path: Path) -> None:
    odd = Article.from_dict({"id": "a7", "text": "Norway backed Kenya.", "statements": [{"start": 0, "end": 20, "stances": [{"stance": "a b", "target": [14, 19]}]}]}, labels=None)
    with pytest.raises(DataError, match=r"article 'a7': label 'a b' does not fit the marks form"):
        FORMATS["marks"].write(str(tmp_path / "x.txt"), [odd], ("a b",))


@pytest.mark.parametrize("reviewed", [False, True])
def test_a_text_from_elsewhere_that_nobody_marked_is_not_annotated_unless_reviewed(reviewed: bool) -> None:
    text = "Paris condemned the coup."
    (found,) = from_doccano([{"id": 1, "text": text, "entities": [], "relations": [], "Comments": []}], reviewed=reviewed)
    assert (found.statements is not None) == reviewed
    assert (from_brat(text, "", reviewed=reviewed).statements is not None) == reviewed


def test_the_labelling_configuration_goes_over_nothing_but_its_like(tmp_path: Path) -> None:
    write, gold = FORMATS["label-studio"].write, [article()]
    with pytest.raises(DataError, match=r"only\.xml: the labelling configuration goes there; end the tasks' file in \.json"):
        write(str(tmp_path / "only.xml"), gold, LABELS)
    keep = tmp_path / "keep.xml"
    keep.write_bytes(b"<rss>\xff</rss>")
    with pytest.raises(DataError, match=r"keep\.xml exists and is no labelling configuration"):
        write(str(tmp_path / "keep.json"), gold, LABELS)
    assert keep.read_bytes() == b"<rss>\xff</rss>" and [p.name for p in tmp_path.iterdir()] == ["keep.xml"]
    assert write(str(tmp_path / "tasks.json"), gold, OWN + LABELS) == write(str(tmp_path / "tasks.json"), gold, LABELS) == 1
    assert (tmp_path / "tasks.xml").read_text(encoding="utf-8") == convert.label_config()


def test_questions_are_not_taken_for_articles(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('\n{"id": "q", "text": "Norway backed Kenya.", "target": "Kenya", "label": "support"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"q\.jsonl:2: a question, not an article; .*--from articles"):
        detect(str(file))
    file.write_text('{"text": "Norway backed Kenya.", "target": "Kenya", "statements": []}\n', encoding="utf-8")
    assert detect(str(file)) == "articles"
