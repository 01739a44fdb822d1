from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SEEDS
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.corpus import (
    from_marks,
    join_standoff,
    join_standoff_queries,
    query_to_standoff,
    read_marks,
    text_hash,
    to_marks,
    to_standoff,
)
from stancekit.data import dump
from stancekit.errors import DataError
from stancekit.schema import LABELS, Article, Query, Span, Stance, Statement

FILES = sorted((SEEDS / "articles").glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_seed_file_round_trips(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    articles = list(from_marks(text, str(path)))
    assert articles
    assert "\n".join(to_marks(a) for a in articles) == text
    for article in articles:
        assert Article.from_dict(article.to_dict()) == article
        assert next(from_marks(to_marks(article))) == article


def test_seed_ids_are_unique_and_dev_ids_exist() -> None:
    ids = [a.id for a in read_marks(SEEDS / "articles")]
    assert len(ids) == len(set(ids))
    standoff = {line.split('"', 4)[3] for f in (SEEDS / "standoff").glob("*.jsonl") for line in f.read_text().splitlines()}
    held = (SEEDS / "dev.txt").read_text().split()
    assert set(held) <= set(ids) | standoff
    assert len(held) > 40


def test_corpus_holds_what_its_readme_says() -> None:
    counts = dict.fromkeys(LABELS, 0)
    sentences = free = 0
    for article in read_marks(SEEDS / "articles"):
        for statement in article.statements or ():
            sentences += 1
            free += not statement.stances
            for stance in statement.stances:
                counts[stance.stance] += 1
    assert min(counts.values()) >= 900
    assert free / sentences >= 0.5


@st.composite
def articles(draw: st.DrawFn) -> Article:
    text = draw(st.text(alphabet=st.sampled_from("ab <>{}\\#~:\n\r\té—“_/?;"), max_size=80))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    statements = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        span = Span.of(text, start, end)
        if span.text != span.text.strip():
            continue
        stances = {}
        for _ in range(draw(st.integers(0, 3))):
            ends = [draw(st.none() | st.tuples(st.integers(start, end - 1), st.integers(1, 9))) for _ in range(2)]
            spans = [None if e is None else Span.of(text, e[0], min(end, e[0] + e[1])) for e in ends]
            stance = Stance(draw(st.sampled_from(LABELS)), span, spans[0], spans[1], optional=draw(st.booleans()))
            stances[stance.key] = stance
        statements.append(Statement(span, tuple(stances.values())))
    annotated = tuple(statements) if draw(st.booleans()) else None
    meta = draw(st.dictionaries(st.sampled_from(["genre", "date", "n"]), st.text(max_size=8) | st.integers() | st.none(), max_size=3))
    return Article(text, annotated, "x1", meta)


@given(articles())
@settings(max_examples=400, deadline=None)
def test_any_article_round_trips(article: Article) -> None:
    assert list(from_marks(to_marks(article))) == [article]


BAD = {
    "no article": ("hello", "before the first article"),
    "open tag": ("### a\n\n<a>China backs it {support a>_}\n", "never closed"),
    "unknown label": ("### a\n\n<a>China</a> backs it {praise a>_}\n", "praise"),
    "unnamed": ("### a\n\n<a>China</a> backs it {support a>b}\n", "<b>"),
    "unused": ("### a\n\n<a>China</a> backs it\n", "belongs to no stance"),
    "stray": ("### a\n\n1 < 2\n", "stray"),
    "header": ("### a\ngenre\n\ntext\n", "not key: value"),
    "bad stance": ("### a\n\n<a>China</a> backs it {support a}\n", "cannot read"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_bad_marks_name_place_and_problem(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as error:
        list(from_marks(text, "file.txt"))
    assert "file.txt:" in str(error.value)


def test_predictions_do_not_fit_marks() -> None:
    span = Span(0, 5, "China")
    article = Article("China", (Statement(span, (Stance("support", span, confidence=0.5),)),))
    with pytest.raises(DataError, match="predictions"):
        to_marks(article)


def test_standoff_joins_only_the_annotated_text(tmp_path: Path) -> None:
    span = Span(0, 5, "China")
    article = Article("China", (Statement(span, (Stance("support", span, source=span),)),), "w1")
    file = tmp_path / "s.jsonl"
    file.write_text(dump(to_standoff(article, "doc-1")) + "\n")
    assert "China" not in file.read_text()
    assert list(join_standoff(file, {"doc-1": "China"})) == [article]
    with pytest.raises(DataError, match="not the one annotated"):
        list(join_standoff(file, {"doc-1": "China!"}))
    with pytest.raises(DataError, match="no text"):
        list(join_standoff(file, {}))
    assert len(text_hash("x")) == 64


def test_standoff_questions_join_only_the_annotated_text(tmp_path: Path) -> None:
    query = Query("China backed Kenya.", (13, 18), (0, 5), "support", "q1", {"kind": "support"})
    file = tmp_path / "q.jsonl"
    file.write_text(dump(query_to_standoff(query, "doc-1")) + "\n")
    assert "China" not in file.read_text() and "Kenya" not in file.read_text()
    assert list(join_standoff_queries(file, {"doc-1": query.text})) == [query]
    with pytest.raises(DataError, match="not the one annotated"):
        list(join_standoff_queries(file, {"doc-1": "Kenya backed China."}))
    with pytest.raises(DataError, match="no text"):
        list(join_standoff_queries(file, {}))
    for named in (Query(query.text, "Kenya"), Query(query.text, (13, 18), "China")):
        with pytest.raises(DataError, match="by strings"):
            query_to_standoff(named, "doc-1")


def test_files_are_read_whatever_their_line_ends(tmp_path: Path) -> None:
    marks = "### a\ngenre: wire\n\n<a>China</a> backs it. {support a>_}\nIt said so.\n\nThe end.\n"
    file = tmp_path / "f.txt"
    file.write_bytes(b"\xef\xbb\xbf" + marks.replace("\n", "\r\n").encode())
    assert list(read_marks(file)) == list(from_marks(marks))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        list(read_marks(tmp_path / "none.txt"))
    (tmp_path / "f.txt").write_bytes(b"### a\n\nCaf\xe9\n")
    with pytest.raises(DataError, match="f.txt: invalid UTF-8 at byte 10; save the file as UTF-8"):
        list(read_marks(tmp_path))
