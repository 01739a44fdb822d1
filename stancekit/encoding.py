"""Text to arrays to spans: the only owner of that road, in numpy and `tokenizers` alone.

An article becomes **sentences** (token ids and character offsets), sentences are packed into
**windows** (what the encoder reads at once: consecutive sentences, so "he" and "we" have a context),
and inside a window each sentence is a **block**, the unit that the heads score. Nothing is ever cut
off: a sentence longer than a window becomes several blocks. Engines map these arrays to scores;
`Decoder` (decoding.py) maps scores back to stances.
"""

from __future__ import annotations

import base64
import json
import math
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, normalizers, processors

from stancekit.characters import Characters
from stancekit.countries import Edit, applied, masked
from stancekit.errors import CheckpointError
from stancekit.schema import Article, Span
from stancekit.text import is_list, sentences, trim, without_surrogates

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

_RARE = ["Kwyjibo", "\u2603 \u9f98", "\U0001f9ed"]
"""Texts that hardly any vocabulary holds: a tokenizer without a token for what is unknown fails on them."""

MAX_GROWTH = 64
"""How many times as long a tokenizer may make a text before it cuts it; the longest ligature there is makes 18 characters of one."""
MAX_WORD = 256
"""Longest word that a WordPiece tokenizer may look for pieces in (BERT's: 100); its time grows with the square."""

NULL_SOURCE, ANY_SOURCE, FIRST_SOURCE = 0, 1, 2
"""Rows of the source axis of a pair grid: nobody named, whoever it may be, then the given spans."""
NULL_TARGET, FIRST_TARGET = 0, 1
"""Columns of the target axis: not named, then the given spans."""


@dataclass(frozen=True, slots=True)
class WindowRule:
    """How sentences are packed: at most `max_tokens` tokens (specials included), with up to `context`
    sentences before the first scored one repeated from the window before."""

    max_tokens: int = 256
    context: int = 1


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence (or a piece of an over-long one) in tokens.

    ids, starts, ends: (tokens,); character offsets into the article. `index` is the sentence's number.
    """

    index: int
    ids: Ints
    starts: Ints
    ends: Ints

    def __len__(self) -> int:
        return len(self.ids)

    def tokens_of(self, start: int, end: int) -> tuple[int, int] | None:
        """The token range [first, last) that covers the characters [start, end), None where there is none."""
        first = int(np.searchsorted(self.ends, start, side="right"))
        last = int(np.searchsorted(self.starts, end, side="left"))
        return (first, last) if first < last else None

    def chars_of(self, first: int, last: int) -> tuple[int, int]:
        """The characters [start, end) of the tokens [first, last)."""
        return int(self.starts[first]), int(self.ends[last - 1])


@dataclass(frozen=True, slots=True)
class Block:
    """A sentence inside a window: tokens [start, end) of the window."""

    sentence: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """What the encoder reads at once. ids: (tokens,); `blocks` are the sentences it answers for."""

    ids: Ints
    blocks: tuple[Block, ...]

    def reduced(self, blocks: Sequence[Block]) -> tuple[Ints, tuple[Block, ...]]:
        """What is left where only some of its blocks stay, with its first and last token: the numbers of these tokens (n,), and
        where the blocks are among them."""
        tokens, kept, at = [np.zeros(1, dtype=np.int64)], [], 1
        for b in blocks:
            tokens.append(np.arange(b.start, b.end))
            kept.append(Block(b.sentence, at, at + b.end - b.start))
            at = kept[-1].end
        return np.concatenate([*tokens, [len(self.ids) - 1]]), tuple(kept)


@dataclass(frozen=True, slots=True)
class EncodedArticle:
    """An article's sentences in tokens, its windows, and the sentence spans (by sentence index)."""

    text: str
    spans: tuple[tuple[int, int], ...]
    sentences: Sequence[Sentence]
    windows: tuple[Window, ...]


class Encoder:
    """The tokenizer with the special tokens and the window rule of a checkpoint."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        rule: WindowRule,
        special: tuple[int, int, int],
        characters: Characters | None = None,
        mask_countries: bool = False,
    ) -> None:
        """`special`: ids of the opening ([CLS]), closing ([SEP]) and padding token. `characters` goes before a tokenizer that has no
        normalizer itself. With `mask_countries` the tokens are those of a text whose countries have the names of stand-ins
        (`countries.masked`), each at the place of the name that it stands for."""
        self.tokenizer, self.rule, self.characters, self.mask_countries = tokenizer, rule, characters, mask_countries
        self.opening, self.closing, self.padding = special
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True  # "[SEP]" in a text is three words

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], rule: WindowRule, mask_countries: bool = False) -> Encoder:
        """Reads `tokenizer.json`. Raises `CheckpointError` where it cannot be read, lacks special tokens or would blow up on a text."""
        with _refusing(f"{path}: cannot read the tokenizer"):
            tokenizer = Tokenizer.from_file(os.fspath(path))
            _check_bounds(tokenizer, os.fspath(path))
            special = special_ids(tokenizer, os.fspath(path))
            characters = None
            if isinstance(tokenizer.normalizer, normalizers.BertNormalizer):
                characters, tokenizer.normalizer = Characters(tokenizer.normalizer), None
            if isinstance(tokenizer.post_processor, (processors.TemplateProcessing, processors.BertProcessing)):
                tokenizer.post_processor = None  # they add special tokens, which `_window` does
            encoder = cls(tokenizer, rule, special, characters, mask_countries)
            for text in _RARE:
                encoder._tokens(text)
        return encoder

    def tokenize(self, text: str, spans: Sequence[tuple[int, int]] | None = None) -> list[tuple[Ints, Ints, Ints]]:
        """Ids, starts and ends (tokens,) of a text, or of some of its sentences, without special tokens; offsets count characters from
        the start of the text, or of each sentence.

        Raises `CheckpointError` where the tokenizer fails on a text.
        """
        return list(self._tokenized(text, [(0, len(text))] if spans is None else spans))

    def _tokenized(self, text: str, spans: Sequence[tuple[int, int]], apart: bool = False) -> Iterator[tuple[Ints, Ints, Ints]]:
        """See `tokenize`; one after another, as they are asked for. `apart`: every sentence has stand-ins of its own."""
        changes = masked(text) if self.mask_countries and not apart else iter(())
        change = next(changes, None)
        for start, end in spans:
            within = list(masked(text[start:end])) if self.mask_countries and apart else []
            while change is not None and change[0] < end:
                if change[0] >= start and change[1] <= end:
                    within.append((change[0] - start, change[1] - start, change[2]))
                change = next(changes, None)
            piece = without_surrogates(text[start:end])
            with _refusing("cannot read a text with the checkpoint's tokenizer; check its tokenizer.json"):
                yield self._masked_tokens(piece, within) if within else self._tokens(piece)

    def _masked_tokens(self, text: str, changes: list[Edit]) -> tuple[Ints, Ints, Ints]:
        """The tokens of a text after its edits; those of what an edit put there have the place of what stood there."""
        firsts, lasts, position = [], [], 0
        for start, end, new in changes:
            same = np.arange(position, start)
            firsts += [same, np.full(len(new), start)]
            lasts += [same + 1, np.full(len(new), end)]
            position = end
        same = np.arange(position, len(text))
        ids, starts, ends = self._tokens(applied(text, changes))
        return ids, np.concatenate([*firsts, same])[starts], np.concatenate([*lasts, same + 1])[ends - 1]

    def _tokens(self, text: str) -> tuple[Ints, Ints, Ints]:
        places = None
        if self.characters is not None:
            text, places = self.characters.normalise(text)
        # one text at a time: `encode_batch` wakes threads that cost more than the work
        encoding = self.tokenizer.encode(text, add_special_tokens=False)
        offsets = np.fromiter(chain.from_iterable(encoding.offsets), np.int64, 2 * len(encoding)).reshape(-1, 2)
        ids, starts, ends = np.array(encoding.ids, dtype=np.int64), offsets[:, 0], offsets[:, 1]
        if not (ends > starts).all():
            keep = ends > starts
            ids, starts, ends = ids[keep], starts[keep], ends[keep]
        return (ids, starts, ends) if places is None else (ids, places[starts], places[ends - 1] + 1)

    def sentences(self, text: str, spans: Sequence[tuple[int, int]]) -> tuple[Sentence, ...]:
        """The tokenised sentences of `text`; one longer than a window is cut into pieces that share its index."""
        return tuple(self._sentences(text, spans))

    def _sentences(self, text: str, spans: Sequence[tuple[int, int]], apart: bool = False) -> Iterator[Sentence]:
        """See `sentences`; one after another, as they are asked for, and `apart` where each is to be read as if it stood alone."""
        limit = self.rule.max_tokens - 2
        for index, ((start, end), (ids, starts, ends)) in enumerate(zip(spans, self._tokenized(text, spans, apart), strict=True)):
            for first in range(0, len(ids), limit):
                piece = slice(first, first + limit)
                yield Sentence(index, ids[piece], starts[piece] + start, np.minimum(ends[piece] + start, end))

    def begin(self, text: str, spans: Sequence[tuple[int, int]] | None = None) -> tuple[EncodedArticle, Iterator[Window]]:
        """As `article`, but windows are made as they are asked for, and only then are the sentences there that they hold: of a long text
        the first may be read while the last are not tokenised yet."""
        spans = sentences(text) if spans is None else spans
        pieces: list[Sentence] = []
        apart = is_list(text, spans)
        windows = self.windows(self._sentences(text, spans, apart), most=1 if apart else None, held=pieces)
        return EncodedArticle(text, tuple(spans), pieces, ()), windows

    def article(self, text: str, spans: Sequence[tuple[int, int]] | None = None) -> EncodedArticle:
        """Sentences and windows of a text; `spans` gives the sentence borders where they are known."""
        begun, windows = self.begin(text, spans)
        return replace(begun, windows=tuple(windows))

    def windows(
        self, pieces: Iterable[Sentence], first_limit: int | None = None, most: int | None = None, held: list[Sentence] | None = None
    ) -> Iterator[Window]:
        """Packs sentences into windows; each is answered for exactly once. `first_limit` shortens the
        first window (training moves the borders from epoch to epoch with it); `most` is how many sentences a window takes, the
        repeated ones among them; `held` (an empty list) takes up the sentences as they come."""
        limit, most = self.rule.max_tokens - 2, most or sys.maxsize
        held = [] if held is None else held
        coming = iter(pieces)

        def there(number: int) -> bool:
            if number == len(held):
                held.extend(islice(coming, 1))
            return number < len(held)

        at = 0
        while there(at):
            budget = min(limit, first_limit) if first_limit and at == 0 else limit
            total, last = len(held[at]), at + 1
            lead = at
            while lead > 0 and last - lead < most and at - lead < self.rule.context and total + len(held[lead - 1]) <= limit // 2:
                lead -= 1
                total += len(held[lead])
            while last - lead < most and there(last) and total + len(held[last]) <= budget:
                total += len(held[last])
                last += 1
            yield self._window(held[lead:last], lead, at - lead)
            at = last

    def _window(self, pieces: Sequence[Sentence], first: int, skip: int) -> Window:
        blocks, position = [], 1
        for i, piece in enumerate(pieces):
            if i >= skip:
                blocks.append(Block(first + i, position, position + len(piece)))
            position += len(piece)
        ids = np.concatenate([[self.opening], *(p.ids for p in pieces), [self.closing]])
        return Window(ids.astype(np.int64), tuple(blocks))

    def pad(self, windows: Sequence[Window]) -> tuple[Ints, Ints]:
        """ids, mask: (windows, longest window)."""
        width = max(len(w.ids) for w in windows)
        ids = np.full((len(windows), width), self.padding, dtype=np.int64)
        mask = np.zeros((len(windows), width), dtype=np.int64)
        for row, window in enumerate(windows):
            ids[row, : len(window.ids)] = window.ids
            mask[row, : len(window.ids)] = 1
        return ids, mask


@contextmanager
def _refusing(problem: str) -> Iterator[None]:
    """Turns what `tokenizers` raises (plain `Exception`; a panic is not even that) into a `CheckpointError`."""
    try:
        yield
    except (CheckpointError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise CheckpointError(f"{problem}: {error}") from None


def _check_bounds(tokenizer: Tokenizer, place: str) -> None:
    """Refuses a tokenizer that would make a short text huge, or read a long word in a time that grows with its square."""
    growth = 1
    for part in (tokenizer.normalizer, tokenizer.pre_tokenizer):
        growth *= 1 if part is None else _growth(json.loads(part.__getstate__()))
    if growth > MAX_GROWTH:
        raise CheckpointError(f"{place}: the tokenizer may make a text {growth:,} times as long, at most {MAX_GROWTH} is read")
    longest = getattr(tokenizer.model, "max_input_chars_per_word", 0)
    if longest > MAX_WORD:
        raise CheckpointError(f"{place}: model.max_input_chars_per_word = {longest}, expected at most {MAX_WORD}")


def _growth(settings: Mapping[str, Any]) -> int:
    """How many times as long a text may become in a normalizer or pre-tokenizer; parts that add little do not count."""
    match settings["type"]:
        case "Sequence":
            return math.prod(_growth(part) for name in ("normalizers", "pretokenizers") for part in settings.get(name, ()))
        case "Replace":
            return max(1, len(settings["content"]))
        case "Prepend":
            return max(1, len(settings["prepend"]) // MAX_WORD)
        case "ByteLevel":
            return 2
        case "Precompiled":
            table = base64.b64decode(settings["precompiled_charsmap"])  # its length, a trie of that length, what characters become
            return max(1, *(len(piece.decode(errors="replace")) for piece in table[4 + int.from_bytes(table[:4], "little") :].split(b"\0")))
    return 1


def special_ids(tokenizer: Tokenizer, place: str) -> tuple[int, int, int]:
    """Ids of the opening, closing and padding token under the names the common encoders give them. Of several names in a vocabulary
    the one that the tokenizer calls special counts: MPNet's holds BERT's, which mean nothing to it."""
    special = {i for i, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    found = []
    for names in (("[CLS]", "<s>", "<cls>"), ("[SEP]", "</s>", "<sep>"), ("[PAD]", "<pad>")):
        ids = [i for i in (tokenizer.token_to_id(name) for name in names) if i is not None]
        if not ids:
            raise CheckpointError(f"{place}: the tokenizer has none of the tokens {', '.join(names)}")
        found.append(next((i for i in ids if i in special), ids[0]))
    return found[0], found[1], found[2]


def gather(hidden: Floats, places: Sequence[tuple[int, int, int]]) -> tuple[Floats, Ints]:
    """The tokens of blocks given as (row, start, end).

    hidden: (windows, tokens, width) -> tokens: (blocks, longest, width), mask: (blocks, longest).
    """
    return stack([hidden[row, start:end] for row, start, end in places])


def stack(blocks: Sequence[Floats]) -> tuple[Floats, Ints]:
    """Blocks of their own length, (n, width) each, as one array: (blocks, longest, width), and its mask: (blocks, longest)."""
    longest = max(len(block) for block in blocks)
    tokens = np.zeros((len(blocks), longest, blocks[0].shape[1]), dtype=np.float32)
    mask = np.zeros((len(blocks), longest), dtype=np.int64)
    for i, block in enumerate(blocks):
        tokens[i, : len(block)] = block
        mask[i, : len(block)] = 1
    return tokens, mask


def exit_scores(votes: Floats, places: Sequence[tuple[int, int, int]]) -> Floats:
    """Log-odds (blocks,) that blocks given as (row, start, end) hold a stance: the votes of their tokens, weighed by their keys.

    votes: (windows, tokens, 2, heads), keys and votes.
    """
    rows, n, _, heads = votes.shape
    flat = votes.reshape(rows * n, 2, heads)
    borders = np.array([(row * n + start, row * n + end) for row, start, end in places]).reshape(-1)
    weights = np.exp(np.clip(flat[:, 0].astype(np.float64), -60, 60))
    # every second sum is of what lies between two blocks; a window ends with a token that is in none
    total, said = (np.add.reduceat(x, borders)[::2] for x in (weights, weights * flat[:, 1]))
    out: Floats = (said / total).sum(axis=1).astype(np.float32)
    return out


def pad_spans(spans: Sequence[Sequence[tuple[int, int]]], least: int = 1) -> Ints:
    """Token spans of each block, padded with (0, 1): (blocks, most spans, 2), at least `least` columns."""
    width = max(least, max((len(s) for s in spans), default=1))
    out = np.zeros((len(spans), width, 2), dtype=np.int64)
    out[:, :, 1] = 1
    for i, row in enumerate(spans):
        for j, (first, last) in enumerate(row):
            out[i, j] = (first, last)
    return out


def statement_spans(article: Article) -> list[tuple[int, int]]:
    """Sentence borders that respect the article's own statements and split the rest by rule."""
    out: list[tuple[int, int]] = []
    position = 0
    for statement in article.statements or ():
        out.extend(_split(article.text, position, statement.span.start))
        out.append((statement.span.start, statement.span.end))
        position = statement.span.end
    out.extend(_split(article.text, position, len(article.text)))
    return out


def _split(text: str, start: int, end: int) -> list[tuple[int, int]]:
    return [(start + a, start + b) for a, b in sentences(text[start:end])] if text[start:end].strip() else []


def span_of(text: str, sentence: Sentence, tokens: tuple[int, int]) -> Span:
    """The span of a token range, tidied at its ends: no white space (some tokenizers count it as part of a word), no
    comma, no half of a pair of quotation marks, and the last point of an abbreviation ("the U.S.")."""
    start, end = tidy(text, *sentence.chars_of(*tokens))
    return Span(start, end, text[start:end])


def tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """See `span_of`; what would leave nothing is left as it is."""
    first, last = trim(text, start, end)
    while last - first > 1:
        piece = text[first:last]
        if piece[-1] in ",;:" or _half_quoted(piece, -1):
            last = trim(text, first, last - 1)[1]
        elif _half_quoted(piece, 0):
            first = trim(text, first + 1, last)[0]
        else:
            break
    if first >= last:
        return start, end
    if text[last : last + 1] == "." and _ABBREVIATION.search(text[first:last]):
        last += 1
    return first, last


_ABBREVIATION = re.compile(r"(?<!\w)(?:[A-Z]\.)+[A-Z]$")
_CLOSING = {'"': '"', "”": "“", "»": "«"}
_OPENING = {'"': '"', "“": "”", "«": "»"}


def _half_quoted(piece: str, place: int) -> bool:
    """Whether the first (0) or last (-1) character is a quotation mark without its other half in the piece."""
    mark = piece[place]
    other = (_CLOSING if place else _OPENING).get(mark)
    if other is None:
        return False
    return piece.count(mark) % 2 == 1 if other == mark else piece.count(other) < piece.count(mark)
