"""What is in a corpus: python scripts/corpus_statistics.py seeds/articles [OTHER.articles.jsonl …]

Prints one column a corpus: sizes, labels, and shares of kinds of sentences, so that the training corpus can be held
against real articles.
"""

from __future__ import annotations

import argparse
import re
import statistics

from rich.console import Console
from rich.table import Table
from shared import main_of

from stancekit.countries import countries
from stancekit.encoding import statement_spans
from stancekit.evaluation import PRONOUNS, read_gold
from stancekit.schema import LABELS, Article

PASSIVE = re.compile(r"\b(?:was|were|is|are|been|being|be)\s+(?:\w+ly\s+)?\w+(?:ed|en|wn|ght)\b(?:\s+\w+){0,3}\s+by\b|\b\w+ed by\b")


def describe(articles: list[Article]) -> dict[str, str]:
    """Rows of the table."""
    annotated = [(a, {s.span.start: s for s in a.statements or ()}) for a in articles]
    sentences = [(a.text[x:y], known.get(x)) for a, known in annotated for x, y in statement_spans(a)]
    lengths = [len(text.split()) for text, _ in sentences] or [0]
    stances = [s for a in articles for s in a.stances]
    targets = [len(s.target.text.split()) for s in stances if s.target]
    holding = [s for _, s in sentences if s is not None and s.stances]
    names = {name for a in articles for name, *_ in countries() if re.search(rf"\b{re.escape(name)}\b", a.text)}

    def share(n: int, of: int) -> str:
        return f"{100 * n / max(1, of):.0f} %"

    return {
        "articles": str(len(articles)),
        "genres": str(len({str(a.meta.get("genre", "")).split(",")[0] for a in articles})),
        "countries named": str(len(names)),
        "sentences": str(len(sentences)),
        "stances": str(len(stances)),
        **{label: str(sum(s.stance == label for s in stances)) for label in LABELS},
        "optional": str(sum(s.optional for s in stances)),
        "sentences without stance": share(len(sentences) - len(holding), len(sentences)),
        "words a sentence, median (10 % – 90 %)": f"{statistics.median(lengths):.0f} ({_decile(lengths, 0)} – {_decile(lengths, 8)})",
        "sentences an article, median": f"{statistics.median(len(statement_spans(a)) for a in articles):.0f}",
        "quoted sentences": share(sum(any(q in t for q in '"“”') for t, _ in sentences), len(sentences)),
        "passive with a doer": share(sum(bool(PASSIVE.search(t)) for t, _ in sentences), len(sentences)),
        "no full stop (headlines, lines)": share(sum(t.rstrip("\"”')")[-1:] not in ".!?…" for t, _ in sentences), len(sentences)),
        "several stances, of those with one": share(sum(len(s.stances) > 1 for s in holding), len(holding)),
        "source null": share(sum(s.source is None for s in stances), len(stances)),
        "source a pronoun": share(sum(s.source is not None and s.source.text.lower() in PRONOUNS for s in stances), len(stances)),
        "target null": share(sum(s.target is None for s in stances), len(stances)),
        "target words, mean": f"{statistics.mean(targets):.1f}" if targets else "–",
    }


def _decile(values: list[int], which: int) -> int:
    return round(statistics.quantiles(values if len(values) > 1 else 2 * values, n=10)[which])  # it asks for two values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", metavar="CORPUS")
    paths = parser.parse_args().corpora
    columns = [describe(read_gold(path, LABELS)) for path in paths]
    table = Table("", *paths)
    for name in columns[0]:
        table.add_row(name, *(c[name] for c in columns))
    Console(width=120).print(table)


if __name__ == "__main__":
    main_of(main)
