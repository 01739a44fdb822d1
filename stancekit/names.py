"""Who is meant: the names and codes of sources and targets, resolved through the article.

`resolve` fills `source_name`, `target_name`, `source_code`, `target_code` and `source_kind` of every stance:

- `named`: the span names or describes the party itself. A short name gets its fullest form ("Wang" -> "Foreign
  Minister Wang Yi"), a definite description its antecedent ("the ministry" -> "Tajikistan's Foreign Ministry"); a
  description that stands for itself ("hospital nurses") is its own name, without "the" or "a".
- `pronoun`: "he", "it", "they"; "I" and "we" are the speaker of the quotation, turn or statement they stand in.
- `quote`: no source in the sentence, but it stands in a quotation, or is a point of somebody's list ("The ministers: 1. Condemn …;"):
  its speaker.
- `author`: no source, no quotation and no list; the name is None.
- `unknown`: a description or a short form that nothing in the article explains.

The name is None sooner than a guess, for every kind. Codes come from the name, then from the words that introduce
the person in the article ("Kazakh Foreign Minister Mukhtar Tileuberdi"), then from the span itself. Rules only, in
one reading of the text; spans, labels, confidence and `optional` stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from stancekit.clauses import NOBODY, Found, lower_words
from stancekit.codes import Coder
from stancekit.layout import Layout, Turn
from stancekit.mentions import Reading
from stancekit.name_tables import BODIES, HE, IT, POSSESSIVES, PRONOUNS, ROLES, SHE, THEY
from stancekit.schema import Article, Span, Stance, Statement
from stancekit.speakers import Speakers
from stancekit.text import word_set

KINDS = ("named", "pronoun", "quote", "author", "unknown")
"""The values of `source_kind`."""

_VAGUE = word_set(
    "you your yours this that these those both all some many most several others other another such one two three who whoever anyone "
    "everyone everybody nobody someone somebody what whatever neither either none few more much here there"
)
_FINAL = HE | SHE | IT | THEY | {"us", "me"}
_ALONE = word_set("personally himself herself itself themselves ourselves myself both all too also alone")


def resolve(
    article: Article,
    aliases: Mapping[str, str] | None = None,
    *,
    sentences: Sequence[tuple[int, int]] | None = None,
    begun: Layout | None = None,
) -> Article:
    """The article with names, codes and `source_kind` filled in on every stance; all else stays as it is.

    `aliases` (name -> code) comes before the built-in codes; see `stancekit.codes`. `sentences`: what `stancekit.text.sentences`
    gives of the text, where that is known; `begun`: a layout of the text that was made before. Never raises on a text.
    """
    if not article.statements or not any(s.stances for s in article.statements):
        return article
    extra = _context(article.text, aliases)
    spans = [(x.source.start, x.source.end) for x in article.stances if x.source is not None]
    spans += [(x.target.start, x.target.end) for x in article.stances if x.target is not None and x.target.text.endswith("s")]
    resolver = _Resolver(Reading(article.text, spans, sentences, begun), _coder(tuple(extra.items())), aliases or {})
    statements = tuple(
        Statement(s.span, tuple(resolver.fill(x) for x in s.stances)) if s.stances else s for s in article.statements
    )  # fmt: skip
    return replace(article, statements=statements)


@lru_cache(maxsize=64)
def _coder(aliases: tuple[tuple[str, str], ...]) -> Coder:
    return Coder(dict(aliases))


def _context(text: str, aliases: Mapping[str, str] | None) -> dict[str, str]:
    """The user's aliases, and names that only the whole article decides."""
    found: dict[str, str] = {}
    if "Georgia" in text and re.search(r"\bTbilisi|\bGeorgian|\bAbkhaz|\bOssetia", text):
        found["Georgia"] = "GEO"
    if "Korea" in text:
        south, north = (bool(re.search(p, text)) for p in (r"\bSouth Korea|\bSeoul|\bROK\b", r"\bNorth Korea|\bPyongyang|\bDPRK\b"))
        if south != north:
            found["Korea"] = "KOR" if south else "PRK"
    if "Congo" in text:
        east = re.search(r"\bKinshasa|\bDR Congo|\bDRC\b|\bDemocratic Republic of", text) is not None
        if east != ("Brazzaville" in text):
            found |= dict.fromkeys(("Congo", "Congolese"), "COD" if east else "COG")
    if "Islamic Republic" in text and re.search(r"\bIran|\bTehran", text) and not re.search(r"\bPakistan|\bMauritania|\bAfghan", text):
        found["Islamic Republic"] = "IRN"
    if "RSF" in text and re.search(r"Reporters [Ww]ithout Borders|Reporters [Ss]ans Fronti", text) and "Rapid Support" not in text:
        found["RSF"] = "RSF-NGO"
    if "SDF" in text and re.search(r"Self-Defen[cs]e Forces", text) and "Syria" not in text:
        found["SDF"] = "JPN"
    return found | dict(aliases or {})


class _Resolver(Speakers):
    """Fills in the stances of an article."""

    def __init__(self, reading: Reading, coder: Coder, aliases: Mapping[str, str]) -> None:
        super().__init__(reading, coder, aliases)
        self._settle()

    # stances

    def fill(self, stance: Stance) -> Stance:
        """One stance with names, codes and kind."""
        if stance.source is None:
            quote = self._quoting(stance)
            found = self.speaker(quote) if quote else self.lister(stance.statement)
            kind = "quote" if quote or found.name else "author"
        else:
            found = self.party(stance.source)
            first = lower_words(stance.source.text)[:1]
            kind = "pronoun" if first and (first[0] in PRONOUNS or first == ["who"]) else "named" if found.name else "unknown"
        self._acting = found if found.name else None
        aim = self.party(stance.target, thing=True) if stance.target else NOBODY
        self._acting = None
        return replace(
            stance,
            source_name=found.name,
            target_name=aim.name,
            source_code=self._code(found, stance.source),
            target_code=self._code(aim, stance.target),
            source_kind=kind,
        )

    def _quoting(self, stance: Stance) -> tuple[int, int] | Turn | None:
        """The quotation or turn that a stance without a source stands in; a quoted word or two is none."""
        statement = stance.statement
        place = stance.target.start if stance.target else (statement.start + statement.end) // 2
        inner, quote = self.reading.nested_at(place), self.reading.quote_at(place)
        if inner is not None:
            return inner
        if quote is not None:
            shared = min(quote[1], statement.end) - max(quote[0], statement.start)
            if shared >= 0.8 * (statement.end - statement.start) or self._after(quote) or self._before(quote, attributed=True):
                return quote
        return self.reading.turn_at(place)

    # spans

    def party(self, span: Span, thing: bool = False) -> Found:
        """Who a span means. `thing`: a description of a thing is its own name (targets)."""
        lower = lower_words(span.text)
        if not lower:
            return NOBODY
        if lower[0] in PRONOUNS and (len(lower) == 1 or (len(lower) == 2 and lower[1] in _ALONE) or lower[1:] == ["the", "undersigned"]):
            return self._pronoun(span.start, span.start + len(lower[0]))
        if lower in (["who"], ["which"], ["whom"]):
            return self._relative(span.start)
        if lower[0] in POSSESSIVES:
            return self._possessed(span, lower, thing)
        if all(w in _VAGUE for w in lower) or (lower[-1] in _FINAL and (len(lower) < 5 or lower[-2] == "of")):
            return NOBODY
        if lower[0] in ("this", "these", "both", "either", "neither", "all", "another", "such") and len(lower) < (1 if thing else 3):
            return NOBODY
        person = self._person_in(span)
        if person is not None:
            return person
        apposed = self._apposed(span)
        if apposed is not None:
            return apposed
        if lower[0] == "the" or (len(lower) == 1 and lower[0] in ROLES | BODIES and span.text.islower()):
            return self._description(span, lower[1:] if lower[0] == "the" else lower, thing)
        return self._of_country(span) or self._own(span)


__all__ = ["KINDS", "resolve"]
