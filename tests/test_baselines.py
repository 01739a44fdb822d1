from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import write_tokenizer
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from stancekit import baselines
from stancekit.baselines import Lexicon, Majority, TfIdf, ZeroShot, build, report
from stancekit.config import DEFAULT_LABELS
from stancekit.corpus import from_marks
from stancekit.data import file_hash, write_records
from stancekit.errors import ConfigError, DataError
from stancekit.evaluation import compare_models, evaluate_articles, evaluate_queries, render
from stancekit.schema import LABELS, Article, Query
from stancekit.text import sentences

PLACES = ("Norway", "Mali", "Kenya", "Peru", "Laos", "Chad", "Oman", "Fiji")


def articles(name: str, count: int) -> list[Article]:
    """Three sentences with a stance each and four without, of which "Officials from … met in …" names two places."""
    out = []
    for n in range(count):
        a, b, c, d = (PLACES[(n + k) % 8] for k in (0, 1, 3, 5))
        text = (
            f"### {name}{n}\n\n<a>{a}</a> condemned <b>{b}</b>. {{condemnation a>b}}\n<a>{b}</a> praised <b>{c}</b>. {{support a>b}}\n"
            f"<a>{c}</a> warned <b>{d}</b>. {{warning a>b}}\nOfficials from {a} met in {d} on day {n}.\nIt rained.\nTrade grew.\nTalks went on.\n"
        )
        out += from_marks(text)
    return out


TRAIN, TEST = articles("train", 8), articles("test", 3)
TEST = [Article(a.text + f"\nNothing else happened on day {i}.", a.statements, a.id) for i, a in enumerate(TEST)]


def only(reader: baselines.Reader, text: str) -> Article:
    return next(iter(reader.predict_many([text])))


def told(article: Article) -> list[tuple[str, str | None, str | None]]:
    return [(s.stance, s.source.text if s.source else None, s.target.text if s.target else None) for s in article.stances]


# ------------------------------------------------------------------------------------------------------ majority


def test_majority_says_what_training_says_most() -> None:
    quiet = Majority(TRAIN)
    assert only(quiet, TEST[0].text).stances == ()
    queries = [Query("Kenya waits.", "Kenya", label=x) for x in ("warning", "warning", "none", "support")]
    asked = Majority([*TRAIN, *queries])
    answer = next(asked.classify_many([Query("Anything.", "anybody")]))
    assert answer.label == "warning" and answer.scores == {"none": 0.25, "support": 0.25, "condemnation": 0.0, "warning": 0.5}
    loud = Majority([TRAIN[0], *from_marks("### x\n\nHe condemned <b>Mali</b>. {condemnation _>b}\n")], stance=True)
    assert told(only(loud, "Rain fell. Snow fell.")) == [("condemnation", None, None)] * 2
    assert only(loud, "Rain fell.").stances[0].confidence == pytest.approx(2 / 8)
    assert next(loud.classify_many([Query("Rain.", "Mali")])).label == "condemnation"


# ------------------------------------------------------------------------------------------------------- lexicon


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Norway condemned Mali.", [("condemnation", "Norway", "Mali")]),
        ("The ministry of Kenya has strongly denounced the attack on the port.", [("condemnation", "ministry of Kenya", "attack")]),
        ("Wang Yi, China's foreign minister, praised Pakistan for its efforts.", [("support", "Wang Yi", "Pakistan")]),
        ("The raid was condemned by the African Union.", [("condemnation", "African Union", "raid")]),
        ("Mali's coup was widely criticised.", [("condemnation", None, "Mali's coup")]),
        ("The EU vowed to support Ukraine.", [("support", "EU", "Ukraine")]),
        ("The president expressed his full support for the people of Gaza.", [("support", "president", "people of Gaza")]),
        ("Moscow issued a stern warning to Washington over missiles.", [("warning", "Moscow", "Washington")]),
        ("Iran warned that it would respond.", [("warning", "Iran", None)]),
        ("She accused Russia of violating the treaty and thanked them.", [("condemnation", "She", "Russia"), ("support", None, "them")]),
        ("The minister conveyed his condolences to Kenya.", [("support", "minister", "Kenya")]),
        ("Norway did not condemn Mali.", []),
        ("Kenya refused to back the resolution.", []),
        ("Kenya didn’t praise Mali, and voiced no support for Chad.", []),
        ("The threat of floods remains.", []),
    ],
)
def test_the_lexicon_reads_plain_sentences(text: str, expected: list) -> None:
    assert told(only(Lexicon(), text)) == expected


def test_the_lexicon_knows_who_is_asked_about() -> None:
    text = "Norway condemned Mali. Talks followed."
    asked = [Query(text, "Mali"), Query(text, "Mali", "Norway"), Query(text, (0, 6), (17, 21)), Query(text, "Mali", "Talks"), Query(text, "sanctions")]
    assert [a.label for a in Lexicon().classify_many(asked)] == ["condemnation", "condemnation", "none", "condemnation", "condemnation"]
    assert next(Lexicon().classify_many([Query(text, "Talks")])).label == "none"
    with pytest.raises(ConfigError, match="no cue words for the labels blame"):
        Lexicon(("support", "blame"))
    own = Lexicon(("blame",), {"blame": baselines.Cues("blame", "blame")})
    assert told(only(own, "Peru blamed Chad.")) == [("blame", "Peru", "Chad")]


def test_a_name_that_stands_twice_in_a_sentence_is_asked_about_in_both_places() -> None:
    text = "Norway thanked Mali, and Kenya condemned Norway."
    asked = [("Norway", None), ("Norway", "Kenya"), ("Mali", "Norway"), ("Kenya", None), ((0, 6), None)]
    answers = [a.label for a in Lexicon().classify_many(Query(text, target, source) for target, source in asked)]
    assert answers == ["condemnation", "condemnation", "support", "none", "none"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from("Norway the of condemned was by , to not warned praise support for voiced . \" U.S. ’s , and".split()), max_size=14),
    st.text(max_size=20),
)
def test_the_lexicon_takes_any_text(words: list[str], tail: str) -> None:
    text = " ".join(words) + tail
    article = only(Lexicon(), text)
    assert [(s.span.start, s.span.end) for s in article.statements] == sentences(text)
    assert Article.from_dict(article.to_dict()) == article
    if sentences(text):
        for target in ("Norway", "anybody"):
            answer = next(Lexicon().classify_many([Query(text, target)]))
            assert sum(answer.scores.values()) == 1 and answer.scores[answer.label] == 1
            if "Norway" not in text and target == "Norway" and article.stances:
                assert answer.label != "none"


# -------------------------------------------------------------------------------------------------------- tf-idf


def test_tfidf_learns_from_articles() -> None:
    learned = TfIdf(TRAIN)
    scores = evaluate_articles(learned, TEST, 0)["scores"]
    assert scores["statement/overlap"]["micro"]["f1"] == 1.0
    assert scores["stance_target/overlap"]["micro"]["right"] == 0, "it gives no spans"
    text = "Togo condemned Cuba."
    there, back = learned.classify_many([Query(text, "Cuba", "Togo"), Query(text, "Togo", "Cuba")])
    assert (there.label, back.label) == ("condemnation", "none")
    assert sum(there.scores.values()) == pytest.approx(1) and tuple(there.scores) == ("none", *LABELS)


def test_tfidf_learns_a_single_label_of_ones_own() -> None:
    train = [replace(a, statements=tuple(replace(s, stances=tuple(replace(x, stance="x") for x in s.stances)) for s in a.statements or ())) for a in TRAIN]
    learned = TfIdf(train, ("x",))
    found = [s for a in learned.predict_many(a.text for a in train) for s in a.stances]
    assert found and {s.stance for s in found} == {"x"}


def test_tfidf_learns_from_queries_alone_and_says_what_it_lacks() -> None:
    verbs = {"none": "visited", "support": "cheered", "condemnation": "booed", "warning": "menaced"}
    queries = [Query(f"{a} {verb} {b}.", b, a, label) for a, b in zip(PLACES, PLACES[3:], strict=False) for label, verb in verbs.items()]
    learned = TfIdf(queries)
    assert [a.label for a in learned.classify_many(Query(f"Togo {v} Cuba.", "Cuba", "Togo") for v in verbs.values())] == list(verbs)
    with pytest.raises(ConfigError, match="no training article"):
        only(learned, "Togo booed Cuba.")
    with pytest.raises(DataError, match="0 of 15 training questions are 'warning'"):
        TfIdf([q for q in queries if q.label != "warning"])
    with pytest.raises(DataError, match="training query 'q' has no label"):
        TfIdf([*queries, Query("Mali", "Mali", id="q")])
    with pytest.raises(DataError, match="article 'a' is not annotated"):
        TfIdf([Article("Mali", id="a")])


# ---------------------------------------------------------------------------------------------------------- NLI


@pytest.fixture(scope="module")
def nli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random two-layer BERT with the three NLI classes, in an order of its own."""
    return classifier(tmp_path_factory.mktemp("nli"), ["contradiction", "neutral", "entailment"])


def classifier(folder: Path, classes: list[str]) -> Path:
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(11)
    write_tokenizer(folder)
    size = len(json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"])
    config = BertConfig(
        vocab_size=size, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48, max_position_embeddings=66,
        id2label=dict(enumerate(classes)), label2id={c: i for i, c in enumerate(classes)}, initializer_range=0.5, pad_token_id=0,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def follows(folder: Path, premise: str, hypothesis: str) -> float:
    """Entailment against contradiction, straight from the model."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        logits = model(**tokenizer(premise, hypothesis, return_tensors="pt")).logits[0]
    return float(torch.softmax(logits[[0, 2]], 0)[1])


def test_any_nli_model_answers(nli: Path) -> None:
    zero = build(f"nli:{nli}")
    text = "China warned Kenya."
    said = ["China supports Kenya.", "China condemns Kenya.", "China warns Kenya."]
    assert zero.hypotheses("China", "Kenya") == said
    by_hand = [follows(nli, text, h) for h in said]
    weights = np.array([1 - max(by_hand), *by_hand])
    answer = next(zero.classify_many([Query(text, "Kenya", (0, 5))]))
    assert list(answer.scores.values()) == pytest.approx(list(weights / weights.sum()), abs=1e-5)
    assert answer.label == ("none", *LABELS)[int(weights.argmax())]
    article = only(zero, f"{text} He said peace.")
    for statement in article.statements:
        found = {s.stance: s.confidence for s in statement.stances}
        wanted = [follows(nli, statement.span.text, h) for h in zero.hypotheses(None, None)]
        assert found == pytest.approx({x: p for x, p in zip(LABELS, wanted, strict=True) if p >= 0.5}, abs=1e-4)
        assert all(s.source is None and s.target is None for s in statement.stances)
    assert {s.stance for s in ZeroShot(str(nli), threshold=0.0).read([article.statements[0].span])[0]} == set(LABELS)


def test_nli_takes_own_labels_and_says_what_it_cannot_do(nli: Path, tmp_path: Path) -> None:
    own = ZeroShot(str(nli), {"praise": "speaks {well} of", "warning": DEFAULT_LABELS["warning"]})
    assert own.hypotheses(None, "Mali") == ["Somebody speaks {well} of Mali.", "Somebody warns Mali."]
    assert next(own.classify_many([Query("the talks", "Mali")])).label in ("none", "praise", "warning")
    with pytest.warns(UserWarning, match="the model takes 64; the sentence's end is not read"):
        only(own, "the attack " * 60)
    with pytest.raises(ConfigError, match="not an NLI model: its labels are bad, good"):
        ZeroShot(str(classifier(tmp_path, ["bad", "good"])))
    with pytest.raises(ConfigError, match="cannot be loaded"):
        ZeroShot(str(tmp_path / "nothing"))


# ------------------------------------------------------------------------------------------------------- reports


def test_all_baselines_in_one_table(nli: Path, tmp_path: Path) -> None:
    gold, asked = tmp_path / "gold.jsonl", tmp_path / "asked.jsonl"
    queries = [Query("Togo condemned Cuba.", "Cuba", "Togo", "condemnation"), Query("Togo met Cuba.", "Cuba", "Togo", "none")]
    write_records(gold, TEST)
    write_records(asked, queries)
    names = [*baselines.NAMES, f"nli:{nli}"]
    reports = report(names, TRAIN, [str(gold), str(asked)], resamples=20)
    assert [(r["baseline"]["name"], r["kind"]) for r in reports] == [(n, k) for n in names for k in ("articles", "queries")]
    by_name = {(r["baseline"]["name"], r["kind"]): r for r in reports}
    lexicon = by_name["lexicon", "articles"]
    assert lexicon["scores"] == evaluate_articles(Lexicon(), TEST, 20)["scores"]
    assert lexicon["scores"]["stance_source_target/exact"]["micro"]["f1"] == 1.0
    assert lexicon["baseline"] == {"name": "lexicon", "spans": True, "trained_on": 0}
    assert by_name["tfidf", "queries"]["scores"] == evaluate_queries(TfIdf(TRAIN), queries)["scores"]
    assert by_name["tfidf", "queries"]["baseline"] == {"name": "tfidf", "spans": False, "trained_on": 8}
    assert by_name["majority", "articles"]["scores"]["statement/overlap"]["micro"]["f1"] == 0.0
    for found in reports:
        assert found["recipe"]["model"] == found["baseline"]["name"] and found["recipe"]["data"] == file_hash(found["data"])
    json.dumps(reports)
    console = Console(record=True, width=200)
    for part in render(lexicon):
        console.print(part)
    assert "model lexicon" in console.export_text()
    compared = compare_models(Lexicon(), Majority(TRAIN), str(gold), rounds=50)
    assert (compared["first"]["f1"], compared["second"]["f1"]) == (1.0, 0.0) and len(compared["differences"]) == 9


def test_what_is_no_fair_baseline_is_refused(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    write_records(gold, TRAIN[2:4])
    with pytest.raises(DataError, match="'train2' is training and evaluation data"):
        report(["majority"], TRAIN, [str(gold)])
    assert baselines.read_records([str(gold)], LABELS) == TRAIN[2:4]
    with pytest.raises(ConfigError, match="unknown baseline 'svm'; expected one of majority, "):
        build("svm", TRAIN)
    with pytest.raises(ConfigError, match="baseline tfidf: no training data"):
        build("tfidf")
    for call in (lambda: next(Lexicon().predict_many("text")), lambda: next(Lexicon().classify_many(["text"]))):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(DataError, match="query 'q': the text is empty"):
        next(Lexicon().classify_many([Query(" ", "Mali", id="q")]))
