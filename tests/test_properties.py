"""What holds for every text, record and configuration, whatever is in it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stancekit.config import CheckpointConfig, TrainConfig, build, read_yaml
from stancekit.corpus import from_marks, join_standoff, read_marks, to_marks, to_standoff
from stancekit.data import dump, parse_line, read_articles, read_queries
from stancekit.errors import ConfigError, DataError
from stancekit.pipeline import Model
from stancekit.schema import LABELS, Answer, Article, Query, Span, Stance, Statement, iter_spans

FILES = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
CHARACTERS = st.characters(exclude_categories=())  # lone surrogates too
ANY = st.text(CHARACTERS, max_size=40)
READABLE = st.characters()
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY, inner, max_size=3), max_leaves=6)

# ------------------------------------------------------------------------------------------------ articles and queries


@st.composite
def articles(draw: st.DrawFn, alphabet: st.SearchStrategy[str] = CHARACTERS, predicted: bool = True) -> Article:
    """Any article: sentences anywhere, sources and targets anywhere in them, anything in id and meta."""
    text = draw(st.text(alphabet, max_size=50) | st.text(st.sampled_from("ab.<>{}\\#~:;\n\r\t\x0b\x85\u2028\xa0\ufeff?_/"), max_size=50))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    statements = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        span, stances = Span.of(text, start, end), {}
        for _ in range(draw(st.integers(0, 3))):
            ends = [draw(st.none() | st.tuples(st.integers(start, end - 1), st.integers(1, 9))) for _ in range(2)]
            pieces = [None if e is None else Span.of(text, e[0], min(end, e[0] + e[1])) for e in ends]
            extra = [draw(st.none() | st.floats(0, 1)), *(draw(st.none() | ANY) for _ in range(5))] if predicted and draw(st.booleans()) else []
            stance = Stance(draw(st.sampled_from(LABELS)), span, *pieces, *extra, optional=draw(st.booleans()))
            stances[stance.key] = stance
        statements.append(Statement(span, tuple(stances.values())))
    meta = draw(st.dictionaries(st.text(st.sampled_from("ab-_.:~ #"), min_size=1, max_size=3) | ANY, JSON, max_size=3))
    return Article(text, tuple(statements) if draw(st.booleans()) else None, draw(st.text(alphabet, max_size=8)), meta)


@given(article=articles())
@FILES
def test_any_article_survives_its_form(article: Article) -> None:
    assert Article.from_dict(parse_line(dump(article.to_dict()).encode())) == article
    assert article._repr_html_().count('class="stance"') == len(article.stances)


@given(text=st.text(CHARACTERS, min_size=1, max_size=40), data=st.data())
@FILES
def test_any_query_survives_its_form(text: str, data: st.DataObject) -> None:
    spans = st.integers(0, len(text) - 1).flatmap(lambda a: st.tuples(st.just(a), st.integers(a + 1, len(text))))
    names = ANY.filter(str.strip)
    meta = data.draw(st.dictionaries(ANY, JSON, max_size=3))
    label = data.draw(st.sampled_from([None, "none", *LABELS]))
    query = Query(text, data.draw(spans | names), data.draw(st.none() | spans | names), label, data.draw(ANY), meta)
    assert Query.from_dict(parse_line(dump(query.to_dict()).encode())) == query


@given(article=articles(READABLE))
@FILES
def test_marks_hold_an_article_or_say_why_not(tmp_path: Path, article: Article) -> None:
    try:
        marks = to_marks(article)
    except DataError:
        gold = all(s == Stance(s.stance, s.statement, s.source, s.target, optional=s.optional) for s in article.stances)
        trimmed = all(s.span.text == s.span.text.strip() for s in article.statements or ())
        assert not (gold and trimmed and article.id.isalnum() and not article.meta), "an article that fits the form is refused"
        return
    assert list(from_marks(marks)) == [article]
    file = tmp_path / "a.txt"
    with contextlib.suppress(UnicodeEncodeError):
        file.write_text(marks, encoding="utf-8", newline="\n")
        assert list(read_marks(file)) == [article]


@given(article=articles(), locator=ANY)
@FILES
def test_any_article_survives_without_its_text(tmp_path: Path, article: Article, locator: str) -> None:
    file = tmp_path / "s.jsonl"
    file.write_text(dump(to_standoff(article, locator)), encoding="utf-8")
    assert list(join_standoff(file, {locator: article.text})) == [article]


# ---------------------------------------------------------------------------------------- files of any content

NUMBERS = st.integers(-2, 40)
SPANS = st.none() | st.lists(NUMBERS, min_size=2, max_size=2) | JSON
STANCES = st.fixed_dictionaries(
    {"stance": st.sampled_from([*LABELS, "none", ""]) | JSON},
    optional={"source": SPANS, "target": SPANS, "optional": JSON, "confidence": st.floats() | JSON, "source_name": JSON, "source_kind": JSON},
)
STATEMENTS = st.fixed_dictionaries({"start": NUMBERS | JSON, "end": NUMBERS | JSON}, optional={"stances": st.lists(STANCES, max_size=3) | JSON})
RECORDS = st.fixed_dictionaries(
    {"text": st.just("Norway backed Kenya. Nobody spoke.") | JSON},
    optional={"id": JSON, "meta": JSON, "statements": st.lists(STATEMENTS, max_size=3) | JSON, "source": SPANS | ANY, "target": SPANS | ANY, "label": JSON, "x": JSON},
)
LINES = (
    st.binary(max_size=60)
    | JSON.map(lambda v: json.dumps(v).encode())
    | RECORDS.map(lambda v: json.dumps(v).encode())
    | st.tuples(RECORDS, st.integers(0, 200), st.binary(max_size=3)).map(lambda t: (lambda b: b[: t[1]] + t[2] + b[t[1] + 1 :])(json.dumps(t[0]).encode()))
)


@given(lines=st.lists(LINES, max_size=5))
@settings(FILES, max_examples=400)
def test_every_line_of_a_file_is_a_record_or_an_error(tmp_path: Path, lines: list[bytes]) -> None:
    file = tmp_path / "f.jsonl"
    content = b"\n".join(lines)
    file.write_bytes(content)
    number = sum(bool(line.strip()) for line in content.split(b"\n"))
    for read in (read_articles, read_queries):
        errors: list[DataError] = []
        found = list(read(file, on_error=errors.append))
        assert len(found) + len(errors) == number
        assert all(e.place.startswith(f"{file}:") for e in errors)
        for record in found:
            assert type(record).from_dict(parse_line(dump(record.to_dict()).encode())).to_dict().keys() == record.to_dict().keys()


@given(lines=st.lists(LINES, max_size=3))
@FILES
def test_standoff_of_any_content_is_joined_or_an_error(tmp_path: Path, lines: list[bytes]) -> None:
    file = tmp_path / "s.jsonl"
    file.write_bytes(b"\n".join(lines))
    with contextlib.suppress(DataError):
        list(join_standoff(file, {"a": "Norway backed Kenya."}))


YAML_PIECES = st.sampled_from(
    ["base: minilm\n", "output: b\n", "data: {}\n", "data:\n  articles:\n  - path: x\n", "seed: ", "epochs: ", "labels: ", "window: {max_tokens: ", "}", "lora: ",
     "trackers: [", "]", ", ", "!!int ", "!!float ", "!!bool ", "!!timestamp ", "!!binary ", "!!set ", "!!omap ", "!!null ", "!x ", '""', "''", "-", "0x", "1:1", "1e5",
     ".nan", "-.inf", "2024-02-30", "~", "&a ", "*a", "<<: ", "? ", ": ", "- ", "\n", "\n  ", "|\n", ">", "#", "%", "@", "\t", "---\n", "é", "\x00", "\x85", "\ufeff", "9" * 5000]
)  # fmt: skip
VALUES = st.dictionaries(st.sampled_from(sorted(TrainConfig.model_fields)) | ANY, JSON | st.floats(), max_size=6)


@given(
    content=st.binary(max_size=80)
    | st.lists(YAML_PIECES, max_size=12).map(lambda p: "".join(p).encode())
    | st.lists(YAML_PIECES, max_size=5).map(lambda p: ("base: a\noutput: b\ndata: {}\n" + "".join(p)).encode())
    | VALUES.map(lambda v: yaml.safe_dump(v).encode("utf-8", "surrogatepass"))
    | VALUES.map(lambda v: yaml.safe_dump({"base": "a", "output": "b", "data": {}, **v}).encode("utf-8", "surrogatepass"))
)
@settings(FILES, max_examples=600)
def test_yaml_of_any_content_is_a_configuration_or_an_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "c.yaml"
    file.write_bytes(content)
    try:
        config = read_yaml(file, TrainConfig)
    except ConfigError as error:
        assert str(file) in str(error)
    else:
        assert isinstance(config, TrainConfig)


@given(values=st.dictionaries(st.sampled_from(sorted(CheckpointConfig.model_fields)), JSON, max_size=5) | JSON)
@FILES
def test_settings_of_any_content_are_a_configuration_or_an_error(values: object) -> None:
    try:
        config = build(values, CheckpointConfig, "f.json")
    except ConfigError as error:
        assert "f.json" in str(error)
    else:
        assert config.labels and "none" not in config.labels


# ------------------------------------------------------------------------------------------------ the model

STEADY = settings(deadline=None, derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
WORDS = st.sampled_from(
    ["the minister", "condemned", "the attack.", "Kenya", "supports", "peace talks", "he", "warned", "they said", "Russia,", '"', "“", "”", "\n", "\r\n", "\x00", "\ud800", "中国", "👩‍👩‍👧",
     "\u202e", "x" * 70, "U.S.", "(a)", "İ", "ﷺ", "\ufeff"]
)  # fmt: skip
PROSE = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
LONG = st.builds(lambda p, n: " ".join([p] * n), PROSE, st.integers(2, 12))  # several windows of the tiny model
TEXTS = PROSE | LONG | ANY


def assert_same(one: Article, other: Article) -> None:
    assert one.text == other.text
    assert [s.key for s in one.stances] == [s.key for s in other.stances]
    for a, b in zip(one.stances, other.stances, strict=True):
        assert a.confidence == pytest.approx(b.confidence, abs=1e-3)
        assert (a.source_name, a.target_name, a.source_code, a.target_code) == (b.source_name, b.target_name, b.source_code, b.target_code)


@given(texts=st.lists(TEXTS, min_size=1, max_size=5), size=st.integers(1, 6), data=st.data())
@STEADY
def test_a_text_is_read_the_same_in_any_company(tiny_model: Model, texts: list[str], size: int, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(texts))))
    together = list(tiny_model.predict_many((texts[i] for i in order), batch_size=size))
    assert len(together) == len(texts)
    for i, article in zip(order, together, strict=True):
        assert_same(article, tiny_model.predict(texts[i]))
        assert all(texts[i][s.start : s.end] == s.text for s in iter_spans(article))


def answer(model: Model, query: Query) -> Answer | str:
    try:
        return model.classify(query.text, query.target, query.source)
    except DataError as error:
        return str(error)


@given(texts=st.lists(PROSE | LONG, min_size=1, max_size=4), size=st.integers(1, 5), data=st.data())
@STEADY
def test_a_question_is_answered_the_same_in_any_company(tiny_model: Model, texts: list[str], size: int, data: st.DataObject) -> None:
    names = st.sampled_from(["Kenya", "he", "the attack", "Russia", "NATO", "👩‍👩‍👧"])
    asked = [Query(t, data.draw(names), data.draw(st.none() | names)) for t in texts]
    alone = [(q, a) for q in asked if isinstance(a := answer(tiny_model, q), Answer)]
    alone = data.draw(st.permutations(alone))
    together = list(tiny_model.classify_many((q for q, _ in alone), batch_size=size))
    assert len(together) == len(alone)
    for (_, expected), found in zip(alone, together, strict=True):
        assert found.scores == pytest.approx(expected.scores, abs=1e-3)


@given(text=TEXTS, thresholds=st.lists(st.floats(0, 1), min_size=2, max_size=3))
@STEADY
def test_a_higher_threshold_only_takes_stances_away(tiny_model: Model, text: str, thresholds: list[float]) -> None:
    """Over windows and sentences cut in pieces too, where the surest of equal stances is kept."""
    fewer: dict[object, float | None] | None = None
    for threshold in sorted(thresholds, reverse=True):
        rule = tiny_model.config.decode.model_copy(update={"threshold": threshold})
        model = Model(tiny_model.config.model_copy(update={"decode": rule}), tiny_model.encoder, tiny_model.engine, tiny_model.folder)
        found = {(s.statement, *s.key): s.confidence for s in model.predict(text).stances}
        assert fewer is None or fewer.items() <= found.items()
        fewer = found
