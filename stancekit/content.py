"""What a file is by how it begins, whatever its name: web pages and their encoding, and what is no text at all."""

from __future__ import annotations

import codecs
import json
import re
from contextlib import suppress

from stancekit.errors import DataError

_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_CHARSET = re.compile(rb"<(?:meta|\?xml)\b[^>]{0,200}?\b(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_FOREIGN = re.compile(rb"[\x80-\xff]{3,}")
_HIGH = re.compile(rb"[\x80-\xff]")
_MEANT = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254"}
"""What browsers take for the encodings that have no curly quotation marks."""
_JSON = re.compile(r"\s*[\[{]")
_OFFICE = "save a document as plain text or HTML, a sheet as CSV UTF-8; unpack an archive"
_SIGNATURES = (
    (b"%PDF-", "a PDF", "save its text as a plain text file (pdftotext does)"),
    (b"{\\rtf", "RTF", "save it as plain text or HTML"),
    (b"PK\x03\x04", "an Office document (.docx, .odt, .xlsx) or a zip archive", _OFFICE),
    (b"\xd0\xcf\x11\xe0", "an old Office document (.doc, .xls)", _OFFICE),
    (b"\x1f\x8b", "compressed (gzip)", "unpack it first (gunzip does)"),
    (b"BZh91AY&SY", "compressed (bzip2)", "unpack it first (bunzip2 does)"),
    (b"\xfd7zXZ\0", "compressed (xz)", "unpack it first (unxz does)"),
    (b"From: <Saved by ", "a web archive (.mhtml)", "save the page as HTML"),
    (b"\xff\xfe", "UTF-16", "save the file as UTF-8"),
    (b"\xfe\xff", "UTF-16", "save the file as UTF-8"),
)


def is_page(raw: bytes) -> bool:
    """Whether these bytes begin as HTML does."""
    return _PAGE.match(raw[:4096]) is not None


def page(raw: bytes) -> bytes:
    """A web page in UTF-8, from the encoding that it declares (`trafilatura` would guess one from the page's two ends). Where that fails,
    a few bytes that are not UTF-8 spoil only themselves, and single letters beyond ASCII are windows-1252, as they are to browsers."""
    try:
        raw.decode()
        return raw
    except UnicodeDecodeError:
        declared = _CHARSET.search(raw[:4096])
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace").encode()
    if raw.startswith(b"\x1f\x8b"):  # gzip, which trafilatura unpacks
        return raw
    with suppress(LookupError, UnicodeError):  # no such encoding
        name = codecs.lookup(declared[1].decode()).name if declared else "utf-8"
        if not name.startswith("utf"):
            return raw.decode(_MEANT.get(name, name), "replace").encode()
    text = raw.decode("utf-8", "replace")
    if text.count("\ufffd") * 2 < len(text) - len(text.encode("ascii", "ignore")):
        return text.encode()
    foreign = sum(map(len, _FOREIGN.findall(raw))) * 2 > len(_HIGH.findall(raw))
    return raw if foreign else raw.decode("cp1252", "replace").encode()


def plain(raw: bytes, place: str) -> str:
    """The text of plain UTF-8. Raises `DataError` that says what else it seems to be, and what to do."""
    for begins, what, remedy in _SIGNATURES:
        if raw.startswith(begins):
            raise DataError(f"{what}, not a plain text", place=place, remedy=remedy)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = "save the file as UTF-8"
        if b"\0" in raw[:4096]:
            remedy = "it seems to be no text at all; name text files"
        raise DataError(f"invalid UTF-8 at byte {error.start}", place=place, remedy=remedy) from None
    if text.count("\0") * 3 > len(text):  # without the mark at its beginning
        raise DataError("UTF-16, not a plain text", place=place, remedy="save the file as UTF-8")
    if text.lstrip().startswith("<?xml"):
        raise DataError("XML, not a text", place=place, remedy="save what is written in it as a plain text file")
    if _is_json(text):
        raise DataError("JSON, not a text", place=place, remedy="save it as .jsonl, one article a line (jq -c '.[]' does for a list)")
    return text


def _is_json(text: str) -> bool:
    """Whether a text is a JSON object or list, or several objects."""
    if not _JSON.match(text):
        return False
    text = text.strip()
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return end == len(text) or (isinstance(value, dict) and text[end:].lstrip().startswith("{"))
