r"""Articles to and from annotation tools: Label Studio, Doccano and brat stand-off; and what to annotate next.

The tools have a module each, what they share stands in `stancekit.annotation`, what to annotate next in `stancekit.suggestions`.

In every tool a statement is a span STATEMENT around the sentence, a source a span SOURCE, a target a span TARGET; a word that is
source of one stance and target of another carries both. The stance itself:

    tool           stance with source and target     without source        without target        without both
    Label Studio   relation SOURCE -> TARGET         STATEMENT -> TARGET   SOURCE -> STATEMENT   choice on STATEMENT
    Doccano        relation SOURCE -> TARGET         STATEMENT -> TARGET   SOURCE -> STATEMENT   span with the stance's label
    brat           event (trigger: the sentence)     no Source argument    no Target argument    no argument

The name of the relation, choice, span or event is the stance's label, with `OPTIONAL` after it where the stance is optional (brat: the
attribute `Optional`). What a tool has no place for (id, meta, confidence, names, codes, order, whether the article is annotated at
all) travels beside the text as a record, together with a hash of the text. Reading joins the two: a stance that comes back as it was
keeps everything, a new or changed one has label, source and target. An annotator need not draw a STATEMENT around a new stance:
without one it belongs to the sentence that holds its source and target.

Offsets: stancekit, brat and Label Studio count characters (older versions of Label Studio counted UTF-16 code units; the text it
records with each span tells which), Doccano counts UTF-16 code units, so that an emoji is two. Line ends stay as they are everywhere.

Labels and text: no tool can hold a label named like a span above, ending in `OPTIONAL`, or not printable (`ConfigError`), nor a text
with NUL or a lone surrogate (`DataError`). Errors name the task, record or line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stancekit.annotation import COLORS, COMMENTS, OPTIONAL, RECORD, ROLES, SOURCE, STATEMENT, TARGET
from stancekit.brat import BRAT_INDEX, brat_config, from_brat, read_brat, to_brat, write_brat
from stancekit.corpus import marks_files, read_marks, to_marks
from stancekit.data import OnError, dump, parse_line, read_articles, read_lines, replacing, write_records
from stancekit.doccano import from_doccano, read_doccano, to_doccano, write_doccano
from stancekit.errors import DataError
from stancekit.label_studio import UNNAMED, from_label_studio, label_config, read_label_studio, to_label_studio, write_label_studio
from stancekit.schema import Article, check_label
from stancekit.suggestions import Suggestion, suggest


@dataclass(frozen=True, slots=True)
class Format:
    """A form that articles are read from and written to.

    `read(path, labels, reviewed, on_error)` yields articles; a bad one raises `DataError`, or goes to `on_error` where that is given
    and the form can go on after it (marks cannot). `reviewed` says that people have looked at every text; only the annotation tools'
    forms make use of it. `write(path, articles, labels)` returns how many were written; `check(article, labels)` raises the `DataError`
    that it would end with, for an article that the form does not hold.
    """

    about: str
    url: str
    read: Callable[[str, Sequence[str], bool, OnError | None], Iterator[Article]]
    write: Callable[[str, Iterable[Article], Sequence[str]], int]
    check: Callable[[Article, Sequence[str]], object]


def _marks(article: Article, labels: Sequence[str]) -> str:
    try:
        for stance in article.stances:
            check_label(stance.stance, labels)
        return to_marks(article)
    except DataError as error:
        raise error.at(f"article {article.id!r}") from None


def _write_marks(path: str, articles: Iterable[Article], labels: Sequence[str]) -> int:
    count = 0
    with replacing(path) as stream:
        for count, article in enumerate(articles, 1):
            stream.write("\n" * (count > 1) + _marks(article, labels))
    return count


FORMATS: dict[str, Format] = {
    "label-studio": Format(
        "Label Studio tasks (JSON), with the labelling configuration (.xml) beside them",
        "https://labelstud.io/guide/tasks",
        read_label_studio,
        write_label_studio,
        lambda article, labels: list(to_label_studio([article], labels)),
    ),
    "doccano": Format(
        "Doccano JSONL with relations",
        "https://doccano.github.io/doccano/",
        read_doccano,
        write_doccano,
        lambda article, labels: list(to_doccano([article], labels)),
    ),
    "brat": Format("a folder of brat stand-off (.txt, .ann)", "https://brat.nlplab.org/standoff.html", read_brat, write_brat, to_brat),
    "articles": Format(
        "stancekit's article form, JSON Lines",
        'README, "Record forms"',
        lambda path, labels, _, on_error: read_articles(path, labels, on_error),
        lambda path, articles, _: write_records(path, articles),
        lambda article, _: dump(article.to_dict()),
    ),
    "marks": Format(
        "stancekit's marks form: text with inline marks",
        "stancekit/corpus.py",
        lambda path, labels, _, __: read_marks(path, labels),
        _write_marks,
        _marks,
    ),
}
"""The forms by the name that the command line uses."""


def detect(path: str) -> str:
    """Which of `FORMATS` a file or folder holds, by its name and, for JSON Lines, its first record. Raises `DataError` for others, and
    for questions."""
    source = Path(path)
    if source.is_dir():
        return "brat" if any(source.rglob("[!.]*.ann")) or not marks_files(source) else "marks"
    suffix = source.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        for place, line in read_lines(path):
            try:
                record = parse_line(line)
            except DataError:  # whoever reads the file says so
                continue
            if "target" in record and "statements" not in record:
                remedy = "convert takes articles; say --from articles to read its text as one that is not annotated"
                raise DataError("a question, not an article", place=place, remedy=remedy)
            # "label": Doccano's export of a project without relations, which is refused with the remedy
            return "doccano" if "entities" in record or isinstance(record.get("label"), list) else "articles"
        return "articles"
    if suffix in (".json", ".txt"):
        return "label-studio" if suffix == ".json" else "marks"
    raise DataError(f"cannot tell what {path} holds", remedy=f"say which of {', '.join(FORMATS)}")


__all__ = [
    "BRAT_INDEX",
    "COLORS",
    "COMMENTS",
    "FORMATS",
    "Format",
    "OPTIONAL",
    "RECORD",
    "ROLES",
    "SOURCE",
    "STATEMENT",
    "Suggestion",
    "TARGET",
    "UNNAMED",
    "brat_config",
    "detect",
    "from_brat",
    "from_doccano",
    "from_label_studio",
    "label_config",
    "read_brat",
    "read_doccano",
    "read_label_studio",
    "suggest",
    "to_brat",
    "to_doccano",
    "to_label_studio",
    "write_brat",
    "write_doccano",
    "write_label_studio",
]
