"""Baselines that answer what a model answers, so that nobody has to take a model's worth on trust.

Each is a `Reader`: `stancekit.evaluation` scores it as it scores a `Model`. `report` does so for several at once.

* `majority`: the most frequent answer of the training data ("none" included); `majority-stance`: its most frequent stance,
  everywhere.
* `lexicon`: cue verbs and nouns with plain rules for negation, subject and object; needs no training data.
* `tfidf`: TF-IDF with logistic regression (scikit-learn), trained on the articles and queries given.
* `nli:NAME`: any Hugging Face zero-shot NLI pipeline, by hub name or folder: a hypothesis for each label and target.

Only `lexicon` gives spans. The others label sentences: the sources and targets of their stances are None, which counts
as wrong wherever gold has a span, so only their statement level and their answers to queries say something of them
(`spans` in each report's "baseline").
"""

from __future__ import annotations

import hashlib
import re
import warnings
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from stancekit.config import DEFAULT_LABELS
from stancekit.data import dump, kind_of, read_queries
from stancekit.errors import ConfigError, DataError, MissingExtraError
from stancekit.evaluation import Report, evaluate_files, read_gold
from stancekit.pipeline import Model
from stancekit.schema import GUIDE_VERSION, NONE, Answer, Article, Query, Span, Stance, Statement
from stancekit.text import sentences, word_set

NAMES = ("majority", "majority-stance", "lexicon", "tfidf")
"""What `build` knows, besides `nli:` with a hub name or folder."""

NLI = "nli:"

Record = Article | Query
Floats = NDArray[np.float64]


class Reader(Protocol):
    """What evaluation asks of a model or a baseline."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The stance labels, in order."""

    def predict_many(self, texts: Iterable[str]) -> Iterator[Article]:
        """An article for each text, in order."""

    def classify_many(self, queries: Iterable[Query]) -> Iterator[Answer]:
        """An answer to each query, in order."""


@dataclass(frozen=True)
class Place:
    """A sentence in which a query is asked; target and source are None where the sentence does not hold them."""

    sentence: Span
    target: Span | None
    source: Span | None
    target_name: str
    source_name: str | None


@dataclass(frozen=True)
class _Settings:
    """The part of a model's configuration that a score's recipe prints."""

    guide_version: str = GUIDE_VERSION


class Baseline(ABC):
    """A `Reader` that works sentence by sentence; `evaluate_files` and `compare_models` take it in a model's place."""

    spans = False
    """Whether its stances carry sources and targets."""
    folder: Path | None = None
    config = _Settings()

    def __init__(self, name: str, labels: Iterable[str]) -> None:
        self.name, self.labels = name, tuple(labels)

    def predict_many(self, texts: Iterable[str]) -> Iterator[Article]:
        """An article for each text, in order. Raises `ConfigError` where no article was trained on that had to be."""
        for text in _each(texts, str):
            places = [Span.of(text, start, end) for start, end in sentences(text)]
            found = self.read(places) if places else []
            yield Article(text, tuple(Statement(span, tuple(stances)) for span, stances in zip(places, found, strict=True)))

    def classify_many(self, queries: Iterable[Query]) -> Iterator[Answer]:
        """An answer to each query, in order; of several sentences that hold the target, the one surest of a stance."""
        for query in _each(queries, Query):
            scores = min((self.ask(place) for place in places_of(query)), key=lambda s: float(s[0]))
            values = (scores / scores.sum()).tolist()
            yield Answer((NONE, *self.labels)[int(scores.argmax())], dict(zip((NONE, *self.labels), values, strict=True)))

    @abstractmethod
    def read(self, places: Sequence[Span]) -> list[list[Stance]]:
        """The stances of each sentence of a text (at least one)."""

    @abstractmethod
    def ask(self, place: Place) -> Floats:
        """Non-negative scores (labels + 1,), "none" first, not all zero."""


def _each(items: Iterable[Any], kind: type) -> Iterator[Any]:
    if isinstance(items, (str, bytes)):
        raise TypeError(f"got one {type(items).__name__}, expected an iterable of {kind.__name__}")
    for item in items:
        if not isinstance(item, kind):
            raise TypeError(f"got {type(item).__name__}, expected {kind.__name__}")
        yield item


def places_of(query: Query) -> list[Place]:
    """The sentences that hold a query's target, once for each place of target and source; all of them where none does.

    Raises `DataError` for an empty text.
    """
    text = query.text
    everything = [Span.of(text, start, end) for start, end in sentences(text)]
    if not everything:
        raise DataError(f"query {query.id!r}: the text is empty", remedy="give the sentence or article to read")
    targets, sources = _occurrences(text, query.target), _occurrences(text, query.source)
    names = _wording(text, query.target) or "", _wording(text, query.source)
    found = [Place(s, *places, *names) for s in everything for places in product(_inside(s, targets), _inside(s, sources))]
    return [place for place in found if place.target is not None] or found


def _occurrences(text: str, what: tuple[int, int] | str | None) -> list[tuple[int, int]]:
    if what is None:
        return []
    if isinstance(what, tuple):
        return [what]
    return [m.span() for m in re.finditer(rf"(?<!\w){re.escape(what.strip())}(?!\w)", text, re.IGNORECASE)]


def _wording(text: str, what: tuple[int, int] | str | None) -> str | None:
    return text[slice(*what)] if isinstance(what, tuple) else what


def _inside(sentence: Span, found: Iterable[tuple[int, int]]) -> list[Span] | list[None]:
    """The spans that the sentence holds, or their parts in the sentence; None alone where it holds none."""
    parts = ((max(start, sentence.start), min(end, sentence.end)) for start, end in found)
    return [Span(a, b, sentence.text[a - sentence.start : b - sentence.start]) for a, b in parts if a < b] or [None]


# ------------------------------------------------------------------------------------------------ training data


def annotated_sentences(article: Article) -> Iterator[tuple[Span, tuple[Stance, ...]]]:
    """Each sentence with its stances, those without any included; a sentence of optional stances only is left out.

    Raises `DataError` for an article without annotation.
    """
    if article.statements is None:
        raise DataError(f"article {article.id!r} is not annotated", remedy='add "statements" or leave it out')
    taken = [s for s in article.statements if s.stances]
    for statement in taken:
        required = tuple(s for s in statement.stances if not s.optional)
        if required:
            yield statement.span, required
    for start, end in sentences(article.text):
        span = Span.of(article.text, start, end)
        if not any(span.overlap(s.span) for s in taken):
            yield span, ()


_CAPITALISED = re.compile(r"(?<=\s)[A-Z]\w+(?:\s+[A-Z]\w+)*")


def labelled_places(train: Iterable[Record]) -> Iterator[tuple[Place, str]]:
    """Questions with their answers: the queries, and those that articles answer.

    An article answers for each stance with a target, for its reverse direction, and for the names in sentences
    without any stance. Raises `DataError` for a query without label.
    """
    for record in train:
        if isinstance(record, Query):
            if record.label is None:
                raise DataError(f"training query {record.id!r} has no label", remedy="add the gold label or leave the query out")
            yield places_of(record)[0], record.label
            continue
        for span, stances in annotated_sentences(record):
            pairs = {(s.source, s.target): s.stance for s in stances if s.target is not None}
            for (source, target), label in list(pairs.items()):
                if source is not None and (target, source) not in pairs:
                    pairs[target, source] = NONE
                pairs[source, target] = label
            if not stances:
                names = (Span(m.start() + span.start, m.end() + span.start, m.group()) for m in _CAPITALISED.finditer(span.text))
                pairs = {(None, name): NONE for name in names}
            for (source, target), label in pairs.items():
                if target is not None:
                    yield Place(span, target, source, target.text, source.text if source else None), label


def _marked(place: Place) -> str:
    """The sentence with its target and source replaced by placeholders (the target wins where they overlap)."""
    text, base = place.sentence.text, place.sentence.start
    marks = [(place.target, " targetx ")] if place.target else []
    if place.source and not (place.target and place.target.overlap(place.source)):
        marks.append((place.source, " sourcex "))
    for span, word in sorted(marks, key=lambda m: m[0].start, reverse=True):
        text = text[: span.start - base] + word + text[span.end - base :]
    return text


def _trained_on_articles(train: Sequence[Record], name: str) -> None:
    if not any(isinstance(r, Article) for r in train):
        raise ConfigError(f"baseline {name}: no training article, so it cannot read articles; give annotated articles as training data")


# ------------------------------------------------------------------------------------------------------ majority


class Majority(Baseline):
    """The most frequent answer of the training data, whatever the text; its confidence is its share there.

    Articles and queries are counted apart (queries: where there are none, the questions articles answer).
    `stance`: the most frequent stance instead, given to every sentence and target.
    """

    def __init__(self, train: Sequence[Record], labels: Iterable[str] = DEFAULT_LABELS, stance: bool = False) -> None:
        super().__init__("majority-stance" if stance else "majority", labels)
        self._train, self._stance = train, stance
        asked = [r for r in train if isinstance(r, Query)] or train
        self._asked = Counter(label for _, label in labelled_places(asked))
        self._read = Counter(
            label
            for r in train
            if isinstance(r, Article)
            for _, stances in annotated_sentences(r)
            for label in ({s.stance for s in stances} or {NONE})
        )
        if stance and not set(self._asked + self._read) & set(self.labels):
            raise DataError("the training data of majority-stance holds no stance", remedy="give data with at least one")

    def _most(self, counts: Counter[str]) -> tuple[str, float]:
        best = max(self.labels if self._stance else (NONE, *self.labels), key=lambda label: counts[label])
        return best, counts[best] / counts.total()

    def read(self, places: Sequence[Span]) -> list[list[Stance]]:
        """The same for every sentence."""
        _trained_on_articles(self._train, self.name)
        best, share = self._most(self._read)
        return [[] if best == NONE else [Stance(best, span, confidence=round(share, 4))] for span in places]

    def ask(self, place: Place) -> Floats:
        """Shares of the training data; with `stance` all on the most frequent one."""
        if not self._asked:
            raise ConfigError(f"baseline {self.name}: no training query and no target in the training articles; give some")
        if self._stance:
            return _one(self.labels, self._most(self._asked)[0])
        return np.array([self._asked[label] for label in (NONE, *self.labels)], dtype=np.float64)


def _one(labels: Sequence[str], label: str) -> Floats:
    return np.array([float(x == label) for x in (NONE, *labels)])


# ------------------------------------------------------------------------------------------------------- lexicon


@dataclass(frozen=True)
class Cues:
    """The cue words of a label: verbs and nouns in their base form."""

    verbs: str
    nouns: str


CUES: dict[str, Cues] = {
    "support": Cues(
        "support back endorse praise hail applaud thank congratulate commend welcome salute defend",
        "support backing solidarity praise gratitude thanks congratulation condolence sympathy",
    ),
    "condemnation": Cues(
        "condemn denounce criticise criticize blame accuse reject deplore decry oppose rebuke lambaste blast protest",
        "condemnation criticism denunciation accusation outrage anger objection opposition blame",
    ),
    "warning": Cues("warn threaten caution", "warning threat ultimatum caution"),
}


_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|\w+(?:[.’'-]\w+)*|[^\w\s]")
_DETERMINERS = word_set("the a an")
_BE = word_set("is are was were be been being")
_SKIPPED = _BE | word_set("has have had will would shall should can could may might must do does did also again now once not never still")
_NEGATIONS = word_set("not never no neither nor without cannot refuse refuses refused refusing fail fails failed declined declines hardly")
_PRONOUNS = word_set("i he she it we they you him her them us this these those")
_AFTER_VERBS = word_set("against about over of on at")
_AFTER_NOUNS = _AFTER_VERBS | word_set("for to toward towards with")
_STOPS = _SKIPPED | _AFTER_NOUNS | word_set(
    "in by from as after before during since until under between among into amid through despite and or but nor if because while when "
    "where who whom whose which that than then so though although not no yesterday today tomorrow saying adding calling said says"
)  # fmt: skip
_LIGHT = (
    "express voice issue offer pledge reiterate declare convey extend repeat reaffirm deliver level give gave given make made send sent"
)
_REACH = 8
"""Words of a noun phrase at most."""


@dataclass(frozen=True)
class _Word:
    start: int
    end: int
    text: str

    @property
    def lower(self) -> str:
        return self.text.lower().replace("’", "'")


def _forms(verb: str) -> set[str]:
    """Inflections by the regular rules."""
    if verb.endswith("e"):
        return {verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"}
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return {verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"}
    return {verb, f"{verb}es" if verb.endswith(("sh", "ch", "ss")) else f"{verb}s", f"{verb}ed", f"{verb}ing"}


class Lexicon(Baseline):
    """Cue words with plain rules: the target is the noun phrase after the cue, the source the one before it; a passive
    exchanges them; a negation up to three words before the cue silences it.

    It is sure of all it says: confidence 1. To a query it answers the label of a stance whose target overlaps the
    target asked about, and whose source overlaps the source asked about or is not named. For a target the text does
    not hold, it answers the first stance. Raises `ConfigError` for a label without cue words.
    """

    spans = True

    def __init__(self, labels: Iterable[str] = DEFAULT_LABELS, cues: Mapping[str, Cues] = CUES) -> None:
        super().__init__("lexicon", labels)
        missing = [label for label in self.labels if label not in cues]
        if missing:
            raise ConfigError(f"baseline lexicon: no cue words for the labels {', '.join(missing)}; give `cues` or leave the lexicon out")
        self._verbs = {form: label for label in self.labels for verb in cues[label].verbs.split() for form in _forms(verb)}
        self._nouns = {form: label for label in self.labels for noun in cues[label].nouns.split() for form in (noun, f"{noun}s")}
        self._light = frozenset(form for verb in _LIGHT.split() for form in _forms(verb))

    def read(self, places: Sequence[Span]) -> list[list[Stance]]:
        """The stances of the cues of each sentence."""
        return [self._stances(span) for span in places]

    def ask(self, place: Place) -> Floats:
        """One for the label, zero for all others."""
        for stance in self._stances(place.sentence):
            about = place.target is None or (stance.target is not None and stance.target.overlap(place.target) > 0)
            other = place.source is not None and stance.source is not None and not stance.source.overlap(place.source)
            if about and not other:
                return _one(self.labels, stance.stance)
        return _one(self.labels, NONE)

    def _stances(self, sentence: Span) -> list[Stance]:
        words = [_Word(m.start(), m.end(), m.group()) for m in _TOKEN.finditer(sentence.text)]
        found: dict[object, Stance] = {}
        for i, word in enumerate(words):
            if word.lower not in self._verbs and word.lower not in self._nouns or _negated(words, i):
                continue
            light = self._light_verb(words, i)
            after = words[i + 1].lower if i + 1 < len(words) else ""
            if word.lower in self._nouns and (light is not None or word.lower not in self._verbs or after in _AFTER_NOUNS - _AFTER_VERBS):
                if light is None or _negated(words, light):
                    continue
                label, source, target = self._nouns[word.lower], _before(words, light), _after(words, i + 1, _AFTER_NOUNS)
            else:
                label, (source, target) = self._verbs[word.lower], _arguments(words, i)
            stance = Stance(label, sentence, _span(sentence, words, source), _span(sentence, words, target), confidence=1.0)
            found.setdefault(stance.key, stance)
        return list(found.values())

    def _light_verb(self, words: Sequence[_Word], i: int) -> int | None:
        """The verb whose object the noun at `i` is: "expressed its full support"."""
        for k in range(i - 1, max(-1, i - 6), -1):
            if words[k].lower in self._light:
                return k
            if not words[k].text[0].isalnum():
                return None
        return None


Range = tuple[int, int] | None
"""Words [first, last) of a sentence."""


def _negated(words: Sequence[_Word], i: int) -> bool:
    return any(w.lower in _NEGATIONS or w.lower.endswith("n't") for w in words[max(0, i - 3) : i])


def _arguments(words: Sequence[_Word], i: int) -> tuple[Range, Range]:
    """(source, target) of the verb at `i`."""
    after = words[i + 1].lower if i + 1 < len(words) else ""
    lead = i - 1
    while lead >= 0 and words[lead].lower not in _BE and (words[lead].lower in _SKIPPED or words[lead].lower.endswith("ly")):
        lead -= 1
    passive = after == "by" or (words[i].lower.endswith("ed") and lead >= 0 and words[lead].lower in _BE)
    if passive:
        return (_after(words, i + 2, frozenset()) if after == "by" else None), _before(words, i)
    return _before(words, i), _after(words, i + 1, _AFTER_VERBS)


def _after(words: Sequence[_Word], i: int, prepositions: frozenset[str]) -> Range:
    """The noun phrase from word `i` on, past one preposition and the determiners."""
    if i < len(words) and words[i].lower in prepositions:
        i += 1
    while i < len(words) and words[i].lower in _DETERMINERS:
        i += 1
    if i < len(words) and words[i].lower in _PRONOUNS:
        return i, i + 1
    end = i
    while end < min(len(words), i + _REACH) and _goes_on(words, end):
        end += 1
    while end > i and words[end - 1].lower in _DETERMINERS:
        end -= 1
    return (i, end) if end > i else None


def _goes_on(words: Sequence[_Word], i: int) -> bool:
    """Whether a noun phrase goes on with the word at `i`; "of" belongs to it before a name or a determiner."""
    if words[i].lower == "of" and i + 1 < len(words):
        return words[i + 1].lower in _DETERMINERS or words[i + 1].text[0].isupper()
    return words[i].text[0].isalnum() and words[i].lower not in _STOPS


def _before(words: Sequence[_Word], i: int) -> Range:
    """The subject of the verb at `i`: the noun phrase before it, its auxiliaries, and an apposition between commas."""
    end = i
    if end > 1 and words[end - 1].lower == "to":  # "vowed to support"
        end -= 2
    while end > 0 and (words[end - 1].lower in _SKIPPED or words[end - 1].lower.endswith("ly")):
        end -= 1
    if end > 0 and words[end - 1].text == ",":
        end = next((k for k in range(end - 2, -1, -1) if words[k].text == ","), 0)
    start = end
    while start > max(0, end - _REACH) and (_goes_on(words, start - 1)):
        start -= 1
        if words[start].lower in _DETERMINERS and words[max(0, start - 1)].lower != "of":
            break
    while start < end and words[start].lower in _DETERMINERS:
        start += 1
    return (start, end) if end > start else None


def _span(sentence: Span, words: Sequence[_Word], found: Range) -> Span | None:
    if found is None:
        return None
    start, end = words[found[0]].start, words[found[1] - 1].end
    return Span(sentence.start + start, sentence.start + end, sentence.text[start:end])


# -------------------------------------------------------------------------------------------------------- tf-idf


class TfIdf(Baseline):
    """Words and word pairs by TF-IDF, logistic regression over them (scikit-learn).

    Sentences of articles: one yes-or-no classifier a label. Queries: one an answer, trained on the queries and on what
    articles answer (`labelled_places`), target and source replaced by placeholders. Raises `DataError` for a label that
    the training data lacks.
    """

    def __init__(self, train: Sequence[Record], labels: Iterable[str] = DEFAULT_LABELS, strength: float = 10.0) -> None:
        super().__init__("tfidf", labels)
        try:
            from sklearn.feature_extraction.text import TfidfVectorizer
            from sklearn.linear_model import LogisticRegression
            from sklearn.multiclass import OneVsRestClassifier
            from sklearn.pipeline import make_pipeline
        except ImportError:
            raise MissingExtraError("the baseline tfidf", "evaluate") from None

        def words() -> Any:
            return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)

        def regression() -> Any:
            # in the dual form: with more words than sentences several times as fast as the default solver
            return OneVsRestClassifier(
                LogisticRegression(C=strength, class_weight="balanced", solver="liblinear", dual=True, random_state=0)
            )

        self._train = train
        self._read: Any = None
        found = [(span.text, {s.stance for s in st}) for r in train if isinstance(r, Article) for span, st in annotated_sentences(r)]
        if found:
            table = np.array([[label in stances for label in self.labels] for _, stances in found])
            self._must_hold(dict(zip(self.labels, table.sum(axis=0), strict=True)), len(found), "sentence")
            self._read = make_pipeline(words(), regression()).fit([text for text, _ in found], table.astype(int))
        asked = [(_marked(place), label) for place, label in labelled_places(train)]
        counts = Counter(label for _, label in asked)
        self._must_hold({label: counts[label] for label in (NONE, *self.labels)}, len(asked), "question")
        self._ask = make_pipeline(words(), regression()).fit([text for text, _ in asked], [label for _, label in asked])
        self._order = [list(self._ask.classes_).index(label) for label in (NONE, *self.labels)]

    def _must_hold(self, counts: Mapping[str, int], total: int, what: str) -> None:
        for label, n in counts.items():
            if n == 0 or n == total:
                raise DataError(
                    f"baseline tfidf: {n} of {total} training {what}s are {label!r}",
                    remedy=f"give training data with {what}s of each label and others",
                )

    def read(self, places: Sequence[Span]) -> list[list[Stance]]:
        """Each label that is at least as probable as not."""
        _trained_on_articles(self._train, self.name)
        table = self._read.predict_proba([span.text for span in places])[:, -len(self.labels) :]  # of a single label there are two columns
        return _likely(table, places, self.labels, 0.5)

    def ask(self, place: Place) -> Floats:
        """Probabilities."""
        out: Floats = self._ask.predict_proba([_marked(place)])[0][self._order]
        return out


def _likely(table: Floats, places: Sequence[Span], labels: Sequence[str], threshold: float) -> list[list[Stance]]:
    """The labels that reach a threshold. table: (sentences, labels), probabilities."""
    return [
        [Stance(label, span, confidence=round(float(p), 4)) for label, p in zip(labels, row, strict=True) if p >= threshold]
        for span, row in zip(places, table, strict=True)
    ]


# ------------------------------------------------------------------------------------------------- zero-shot NLI

VERBS = {"support": "supports", "condemnation": "condemns", "warning": "warns"}
"""What a source does to a target in the hypotheses of the default labels; others use their one-line definition."""

SOMEBODY, SOMETHING = "Somebody", "somebody or something"
"""What a hypothesis says where no source or target is given."""


class ZeroShot(Baseline):
    """A Hugging Face zero-shot NLI pipeline, by hub name or folder, with one hypothesis a label and target.

    A label's probability is that its hypothesis follows rather than contradicts, each label by itself; "none" is as
    likely as the likeliest label is not. Sentences are read without a target. A sentence longer than the model takes
    is cut, with a warning. Raises `ConfigError` for what cannot be loaded or is not an NLI model.
    """

    def __init__(
        self,
        model: str,
        labels: Mapping[str, str] = DEFAULT_LABELS,
        threshold: float = 0.5,
        device: str | int | None = None,
        batch: int = 16,
    ) -> None:
        super().__init__(NLI + model, labels)
        try:
            from transformers import pipeline
        except ImportError:
            raise MissingExtraError("a zero-shot NLI baseline", "train") from None
        try:
            self._pipe: Any = pipeline("zero-shot-classification", model=model, device=device)
        except Exception as error:  # network, authorisation, a folder without weights: the library's errors have no common base
            raise ConfigError(f"{model}: cannot be loaded as an NLI model: {error}") from None
        config: Any = self._pipe.model.config
        tokenizer: Any = self._pipe.tokenizer
        if not any(str(label).lower().startswith("entail") for label in config.label2id):
            raise ConfigError(f"{model} is not an NLI model: its labels are {', '.join(config.label2id)}; one must be entailment")
        positions = getattr(config, "max_position_embeddings", None)
        if tokenizer.model_max_length > 1_000_000 and positions:  # the tokenizer's folder does not say
            tokenizer.model_max_length = positions - 2  # RoBERTa keeps two positions for itself
        self._threshold, self._batch = threshold, batch
        own = {label: text.strip(". ") for label, text in labels.items() if DEFAULT_LABELS.get(label) != text}
        self._verbs = [{**VERBS, **own}[label] for label in self.labels]

    def hypotheses(self, source: str | None, target: str | None) -> list[str]:
        """One for each label."""
        return [f"{source or SOMEBODY} {verb} {target or SOMETHING}." for verb in self._verbs]

    def read(self, places: Sequence[Span]) -> list[list[Stance]]:
        """Each label whose hypothesis about somebody and something follows."""
        return _likely(self._follows([span.text for span in places], self.hypotheses(None, None)), places, self.labels, self._threshold)

    def ask(self, place: Place) -> Floats:
        """"none" and what follows of source and target."""
        found = self._follows([place.sentence.text], self.hypotheses(place.source_name, place.target_name))[0]
        return np.array([1 - found.max(), *found])

    def _follows(self, texts: list[str], hypotheses: list[str]) -> Floats:
        """(texts, hypotheses): the probability that each hypothesis follows rather than contradicts."""
        tokenizer = self._pipe.tokenizer
        longest = max(hypotheses, key=lambda h: len(tokenizer(h)["input_ids"]))
        for text in texts:
            size = len(tokenizer(text, longest, verbose=False)["input_ids"])
            if size > tokenizer.model_max_length:
                warnings.warn(
                    f"{self.name}: {text[:40]!r}… has {size} tokens with its hypothesis, the model takes {tokenizer.model_max_length}; "
                    "the sentence's end is not read",
                    stacklevel=2,
                )
        answers = self._pipe(texts, candidate_labels=hypotheses, hypothesis_template="{}", multi_label=True, batch_size=self._batch)
        by_name = [dict(zip(a["labels"], a["scores"], strict=True)) for a in answers]
        return np.array([[scores[h] for h in hypotheses] for scores in by_name])


# -------------------------------------------------------------------------------------------------------- reports


def build(name: str, train: Sequence[Record] = (), labels: Mapping[str, str] = DEFAULT_LABELS) -> Baseline:
    """A baseline by name: one of `NAMES`, or `nli:` with a hub name or folder. labels: label -> one-line definition.

    Raises `ConfigError` for an unknown name and for training data that is missing.
    """
    if name == "lexicon":
        return Lexicon(labels)
    if name.startswith(NLI) and len(name) > len(NLI):
        return ZeroShot(name.removeprefix(NLI), labels)
    if name not in NAMES:
        raise ConfigError(f"unknown baseline {name!r}; expected one of {', '.join(NAMES)} or {NLI}HUB_NAME_OR_FOLDER")
    if not train:
        raise ConfigError(f"baseline {name}: no training data; give annotated articles or labelled queries that are not evaluated on")
    return TfIdf(train, labels) if name == "tfidf" else Majority(train, labels, stance=name == "majority-stance")


def read_records(paths: Iterable[str], labels: Sequence[str]) -> list[Record]:
    """The annotated articles and labelled queries of files and folders, as `evaluate_files` takes them."""
    out: list[Record] = []
    for path in paths:
        marks = Path(path).is_dir() or path.endswith(".txt")
        out += read_gold(path, labels) if marks or kind_of(path) == "articles" else read_queries(path, labels)
    return out


def prepare(names: Iterable[str], train: Sequence[Record], data: Iterable[str], labels: Mapping[str, str]) -> list[Baseline]:
    """The baselines of these names, ready to read the files of `data`.

    Raises what `build` raises, and `DataError` for what cannot be read and for a text that is in the training data too: a baseline
    that has seen the answers is none.
    """
    seen = {record.text for record in train}
    for record in read_records(data, tuple(labels)):
        if record.text in seen:
            name = record.id or record.text[:40]
            raise DataError(f"{name!r} is training and evaluation data of the baselines", remedy="leave it out of one")
    return [build(name, train, labels) for name in names]


def report(
    names: Sequence[str], train: Sequence[Record], data: Sequence[str], labels: Mapping[str, str] = DEFAULT_LABELS, resamples: int = 2000
) -> list[Report]:
    """The reports of `score` for baselines by name. Raises what `prepare` raises before the first prediction."""
    return score(prepare(names, train, data, labels), train, data, resamples)


def score(built: Iterable[Baseline], train: Sequence[Record], data: Sequence[str], resamples: int = 2000) -> list[Report]:
    """The reports of `evaluate_files` over the files of `data`, for each of the baselines that `prepare` gave in turn.

    Each names its baseline in the recipe and in "baseline" (`name`; `spans`: whether the scores that need spans mean
    anything; `trained_on`: records).
    """
    trained = hashlib.sha256("\n".join(dump(r.to_dict()) for r in train).encode()).hexdigest()[:16]
    out = []
    for baseline in built:
        needs = isinstance(baseline, (Majority, TfIdf))
        for found in evaluate_files(cast(Model, baseline), data, resamples):
            found["recipe"] = {**found["recipe"], "model": baseline.name, **({"trained_on": trained} if needs else {})}
            found["baseline"] = {"name": baseline.name, "spans": baseline.spans, "trained_on": len(train) if needs else 0}
            out.append(found)
    return out
