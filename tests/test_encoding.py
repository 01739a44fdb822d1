from __future__ import annotations

import random
import unicodedata
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from tokenizers.normalizers import BertNormalizer

from stancekit import characters, checkpoint
from stancekit.corpus import read_marks
from stancekit.encoding import Encoder, Sentence, WindowRule, gather, pad_spans, span_of, special_ids, statement_spans, tidy
from stancekit.errors import CheckpointError
from stancekit.schema import Article, Span, Statement
from stancekit.text import sentences

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
WITH_FIXTURE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(text=ANY_TEXT)
@WITH_FIXTURE
def test_tokens_keep_to_the_text_and_its_order(minilm_encoder: Encoder, text: str) -> None:
    ids, starts, ends = minilm_encoder.tokenize(text)[0]
    assert len(ids) == len(starts) == len(ends)
    assert (ends > starts).all() and (ends <= len(text)).all()
    assert (np.diff(starts) >= 0).all() and (np.diff(ends) >= 0).all()
    assert not {minilm_encoder.opening, minilm_encoder.closing, minilm_encoder.padding} & set(ids.tolist()) or "[" in text


def test_offsets_count_characters_not_bytes(minilm_encoder: Encoder) -> None:
    text = "👩‍👩‍👧 Ürümqi backed “Kenya” \ud800 שלום."
    _, starts, ends = minilm_encoder.tokenize(text)[0]
    words = [text[a:b] for a, b in zip(starts, ends, strict=True)]
    assert "Kenya" in words and words[-1] == "."
    piece = minilm_encoder.sentences(text, [(0, len(text))])[0]
    at = text.index("Ürümqi")
    assert piece.chars_of(*piece.tokens_of(at, at + 6)) == (at, at + 6)


def test_a_character_that_another_thread_meets_meanwhile_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in the middle of the first look at another one, as by a second thread, and in texts without that."""
    read = characters.Characters(BertNormalizer())

    def interrupted(code: int) -> str:
        monkeypatch.delattr(characters, "chr")
        assert read.normalise("国")[0] == " 国 "
        return chr(code)

    first = iter([chr, interrupted])  # in the call of the normalizer, then where the character is noted
    monkeypatch.setattr(characters, "chr", lambda code: next(first)(code), raising=False)
    for text in ("中", "国"):
        assert read.normalise(text)[1].tolist() == [0, 0, 0]


@given(text=ANY_TEXT | st.lists(st.sampled_from(["Kenya", "warned", "the", ".", "\n", "zzzz", " "]), max_size=150).map(" ".join))
@WITH_FIXTURE
def test_every_token_is_scored_in_exactly_one_window(small_encoder: Encoder, text: str) -> None:
    encoded = small_encoder.article(text)
    assert list(encoded.spans) == sentences(text)
    seen = []
    for window in encoded.windows:
        assert len(window.ids) <= small_encoder.rule.max_tokens
        assert window.ids[0] == small_encoder.opening and window.ids[-1] == small_encoder.closing
        for block in window.blocks:
            assert window.ids[block.start : block.end].tolist() == encoded.sentences[block.sentence].ids.tolist()
            seen.append(block.sentence)
    assert seen == list(range(len(encoded.sentences)))
    expected = [i for a, b in encoded.spans for i in small_encoder.tokenize(text[a:b])[0][0]]
    assert [i for s in encoded.sentences for i in s.ids] == expected
    for piece in encoded.sentences:
        start, end = encoded.spans[piece.index]
        assert start <= piece.starts.min() and piece.ends.max() <= end


def test_windows_begin_with_the_sentence_before(small_encoder: Encoder) -> None:
    encoded = small_encoder.article("Kenya warned the ministry. He said peace. " * 6)
    first, second = encoded.windows[:2]
    length = len(encoded.sentences[0])
    assert first.blocks[0].start == 1
    assert second.blocks[0].start > 1, "the second window has no context"
    lead = encoded.sentences[second.blocks[0].sentence - 1]
    assert second.ids[1 : 1 + len(lead)].tolist() == lead.ids.tolist()
    alone = Encoder(small_encoder.tokenizer, WindowRule(32, 0), (2, 3, 0))
    assert all(w.blocks[0].start == 1 for w in alone.article(encoded.text).windows)
    shorter = next(iter(small_encoder.windows(encoded.sentences, first_limit=length + 2)))
    assert len(shorter.blocks) < len(first.blocks)


def test_a_sentence_longer_than_a_window_is_cut_and_never_shortened(small_encoder: Encoder) -> None:
    text = "kenya " * 100 + "condemned"
    encoded = small_encoder.article(text, [(0, len(text))])
    assert [len(s) for s in encoded.sentences] == [30, 30, 30, 11]
    assert {s.index for s in encoded.sentences} == {0}
    last = encoded.sentences[-1]
    assert text[slice(*last.chars_of(len(last) - 1, len(last)))] == "condemned"


@given(text=st.text(alphabet="ab .,é中\U0001f600", min_size=1, max_size=60), data=st.data())
@WITH_FIXTURE
def test_token_ranges_cover_the_characters_asked_for(minilm_encoder: Encoder, text: str, data: st.DataObject) -> None:
    pieces = minilm_encoder.sentences(text, [(0, len(text))])
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    for piece in pieces:
        tokens = piece.tokens_of(start, end)
        touched = [i for i in range(len(piece)) if piece.starts[i] < end and piece.ends[i] > start]
        assert tokens == ((touched[0], touched[-1] + 1) if touched else None)
        if tokens:
            assert piece.tokens_of(*piece.chars_of(*tokens)) == tokens


def test_spans_are_read_back_without_white_space_at_their_ends() -> None:
    """A sentencepiece-like tokenizer counts the space before a word as part of it."""
    pieces = ["▁", "▁Kenya", "▁spoke", "<s>", "</s>", "<pad>", "<unk>"]
    tokenizer = Tokenizer(models.Unigram([(p, -1.0) for p in pieces], unk_id=6))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    text = "So  Kenya spoke"
    encoder = Encoder(tokenizer, WindowRule(), special_ids(tokenizer, "t"))
    piece = encoder.sentences(text, [(0, len(text))])[0]
    found = [span_of(text, piece, (i, i + 1)).text for i in range(len(piece))]
    assert found[-2:] == ["Kenya", "spoke"]
    assert all(f == f.strip() or not f.strip() for f in found)


def test_of_special_tokens_of_two_kinds_those_in_use_are_taken() -> None:
    """MPNet's vocabulary is its own special tokens and then BERT's, with BERT's special tokens among them."""
    names = ["<s>", "<pad>", "</s>", "<unk>", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "kenya"]
    tokenizer = Tokenizer(models.WordPiece({name: i for i, name in enumerate(names)}, unk_token="[UNK]"))
    assert special_ids(tokenizer, "t") == (6, 7, 4), "nothing says which"
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "[UNK]"])
    assert special_ids(tokenizer, "t") == (0, 2, 1)


def test_gold_borders_are_kept_and_the_rest_is_split(minilm_encoder: Encoder) -> None:
    text = "One. Two. Norway backed Kenya. It said so. Three."
    span = Span.of(text, text.index("Norway"), text.index(" Three"))
    spans = statement_spans(Article(text, (Statement(span),)))
    assert [text[a:b] for a, b in spans] == ["One.", "Two.", "Norway backed Kenya. It said so.", "Three."]
    assert statement_spans(Article(text)) == sentences(text)
    assert statement_spans(Article(" ", ())) == []


def test_seed_articles_lose_nothing_to_windows(minilm_encoder: Encoder) -> None:
    for article in read_marks(SEEDS / "articles"):
        spans = statement_spans(article)
        encoded = minilm_encoder.article(article.text, spans)
        assert [s.index for s in encoded.sentences] == list(range(len(spans))), f"{article.id}: a sentence is cut or has no token"


def test_padding_and_gathering(small_encoder: Encoder) -> None:
    windows = small_encoder.article("Kenya warned. " + "peace talks of the ministry, " * 8).windows
    ids, mask = small_encoder.pad(windows)
    assert ids.shape == mask.shape == (len(windows), max(len(w.ids) for w in windows))
    for row, window in enumerate(windows):
        assert ids[row, : len(window.ids)].tolist() == window.ids.tolist()
        assert (ids[row, len(window.ids) :] == small_encoder.padding).all()
        assert mask[row].sum() == len(window.ids)
    hidden = np.arange(2 * 5 * 3, dtype=np.float32).reshape(2, 5, 3)
    tokens, block_mask = gather(hidden, [(0, 1, 4), (1, 0, 1)])
    assert tokens.shape == (2, 3, 3) and block_mask.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert tokens[0].tolist() == hidden[0, 1:4].tolist() and tokens[1, 0].tolist() == hidden[1, 0].tolist()
    assert not tokens[1, 1:].any()
    assert pad_spans([[(1, 3)], []]).tolist() == [[[1, 3]], [[0, 1]]]
    assert pad_spans([[], []]).shape == (2, 1, 2)


def test_encoding_does_not_depend_on_neighbours(minilm_encoder: Encoder) -> None:
    texts = ["Kenya warned Mali.", "", "Peace " * 300, "Ürümqi 中国"]
    random.Random(1).shuffle(texts)
    whole, borders = "".join(texts), [0, *accumulate(map(len, texts))]
    together = minilm_encoder.tokenize(whole, list(pairwise(borders)))
    for text, (ids, starts, ends) in zip(texts, together, strict=True):
        alone = minilm_encoder.tokenize(text)[0]
        assert [a.tolist() for a in alone] == [ids.tolist(), starts.tolist(), ends.tolist()]


@pytest.fixture(scope="module")
def whole() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(checkpoint.DEFAULT / checkpoint.TOKENIZER))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True
    return tokenizer


@WITH_FIXTURE
@given(text=st.text(max_size=60) | st.text("aÉß “’–中한\u0301\u00ad\t", max_size=30))
@example(text="Café ﬁnance İstanbul ΟΔΟΣ [SEP] 東京 한국 a\u200db \x00c")
def test_a_text_is_read_as_by_its_tokenizer_alone(default_encoder: Encoder, whole: Tokenizer, text: str) -> None:
    expected = whole.encode(text, add_special_tokens=False)
    ids, starts, ends = default_encoder.tokenize(text)[0]
    assert ids.tolist() == expected.ids
    if not any(unicodedata.category(c).startswith("M") for c in text):  # of several marks in a row normal forms change the order
        assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == expected.offsets


def test_special_tokens_are_not_read_from_a_text(minilm_encoder: Encoder) -> None:
    special = {minilm_encoder.opening, minilm_encoder.closing, minilm_encoder.padding}
    assert not special.intersection(minilm_encoder.tokenize("[CLS] Kenya [SEP] warned [PAD]")[0][0].tolist())


def test_a_tokenizer_that_truncates_or_pads_is_told_not_to(small_encoder: Encoder) -> None:
    tokenizer = Tokenizer.from_str(small_encoder.tokenizer.to_str())
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=16)
    encoder = Encoder(tokenizer, WindowRule(), (2, 3, 0))
    assert len(encoder.tokenize("kenya " * 9)[0][0]) == 9


def test_a_tokenizer_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_text("{}")
    with pytest.raises(CheckpointError, match="cannot read the tokenizer"):
        Encoder.from_file(file, WindowRule())
    Tokenizer(models.WordLevel({"a": 0, "[CLS]": 1, "[SEP]": 2}, unk_token="a")).save(str(file))
    with pytest.raises(CheckpointError, match=r"none of the tokens \[PAD\], <pad>"):
        Encoder.from_file(file, WindowRule())
    sentence = Sentence(0, *(np.zeros(0, dtype=np.int64),) * 3)
    assert len(sentence) == 0 and sentence.tokens_of(0, 5) is None


@pytest.mark.parametrize(
    ("text", "cut", "wanted"),
    [
        ('with "a brave people" there', 'a brave people"', "a brave people"),
        ('with "a brave people" there', '"a brave people', "a brave people"),
        ('with "a brave people" there', '"a brave people"', '"a brave people"'),
        ("with “a brave people,” she", "a brave people,”", "a brave people"),
        ("Israel’s “lawless attitude will", "Israel’s “lawless attitude", "Israel’s “lawless attitude"),
        ("against the U.S. and", "the U.S", "the U.S."),
        ("against the U.S.", "the U.S", "the U.S."),
        ("met in plan B. Then", "plan B", "plan B"),
        ("the rebels, who", "the rebels,", "the rebels"),
        (" they ", " they ", "they"),
        ('"', '"', '"'),
        (",,", ",,", ","),
    ],
)
def test_spans_are_tidied_at_their_ends(text: str, cut: str, wanted: str) -> None:
    start = text.index(cut)
    first, last = tidy(text, start, start + len(cut))
    assert text[first:last] == wanted
