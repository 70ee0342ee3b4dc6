"""Encodings of text: a body in UTF-16, UTF-32 or Latin-1 is read like the same body in UTF-8."""

import codecs
import json
from email.message import Message
from functools import lru_cache

MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
UTF8 = frozenset({"utf-8", "utf_8", "utf8", "ascii", "us-ascii"})
FALLBACK = "latin-1"
"""Of what is no UTF-8 and names no encoding: in it every byte is a letter."""


def in_utf8(body: bytes, content_type: str = "") -> bytes:
    """The same body in UTF-8: by its mark, by the encoding that is named, or by what its first bytes look like."""
    if body.startswith(MARKS):
        return _decoded(body, json.detect_encoding(body))
    named = charset(content_type)
    if named and named not in UTF8:
        return _decoded(body, named)
    looks_like = json.detect_encoding(body)
    return _decoded(body, looks_like if looks_like.startswith(("utf-16", "utf-32")) else "utf-8")


@lru_cache(maxsize=100)
def charset(content_type: str) -> str:
    """The encoding that a content type names, in lower case."""
    header = Message()
    header["content-type"] = content_type
    named = header.get_content_charset()
    return named.lower() if named else ""


def without_charset(content_type: str) -> str:
    """A content type that names no encoding."""
    return ";".join(part for part in content_type.split(";") if not part.strip().lower().startswith("charset="))


def _decoded(body: bytes, encoding: str) -> bytes:
    try:
        return body.decode(encoding).encode()
    except (UnicodeError, LookupError):
        pass
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode(FALLBACK).encode()
    return body
