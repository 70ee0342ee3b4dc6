"""Private keys: from BEGIN to END, cut short, without either, or in parts over several texts."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from agents.io.text_windows import Span, end_of_word, read

HINTS = (
    *("PRIVATE", "PuTTY-User-Key-File-", "Private-MAC", "Proc-Type"),
    *("MII", "MIG", "MIH", "MHcCAQEE", "MC4CAQAw", "b3BlbnNzaC1rZXktdjE", "LS0tLS1CRUdJTi", "lQ", "lFgE", "lIYE"),
)
"""One of these stands in every text with a key, or with a part of one that can be told by itself."""
OF_A_KEY = r"[A-Z0-9 +_%]{1,40}?PRIVATE(?:[ +_]|%20)KEY(?:[ +_]BLOCK)?[ -]{0,6}+"
"""RSA, EC, OPENSSH, ENCRYPTED, PGP and so on; in an address the spaces are written differently."""
BASE64 = "[A-Za-z0-9+/]"
BODIES = (
    f"MII{BASE64}{{3}}IBA(?:A[JK]|DAN)",  # RSA and DSA
    f"MII{BASE64}{{5,17}}?BgkqhkiG9w0B(?:BQ|DA)",  # encrypted
    f"MI[GH]{BASE64}AgE[AB]",  # elliptic curves
    "MHcCAQEE|MC4CAQAw|b3BlbnNzaC1rZXktdjE",  # elliptic curves, OpenSSH
    f"lQ{BASE64}{{2}}B[FG]|l(?:Fg|IY)E[X-b]",  # PGP
    "LS0tLS1CRUdJTi(?!BDRVJUSUZJ|BQVUJMSUM)",  # BEGIN itself in Base64, neither of a certificate nor of a public key
)
"""How keys begin below their BEGIN line; certificates and public keys begin otherwise."""
LINES = rf"{BASE64}*+={{0,2}}(?:(?:\s|\\[nrt]|[\"',]){{1,9}}+(?:{BASE64}{{16,}}+={{0,2}}|{BASE64}{{2,15}}={{1,2}}))*+"
"""The rest of a line in Base64 and those after it, also between quotes and commas."""
MARK = re.compile(
    rf"(?P<begin>BEGIN(?:(?<=-BEGIN)|(?<=- BEGIN)){OF_A_KEY}|PuTTY-User-Key-File-[0-9]|Proc-Type: ?4,ENCRYPTED)"
    rf"|(?P<end>END(?:(?<=-END)|(?<=- END)){OF_A_KEY}|Private-MAC:\s*+[0-9a-f]*+)"
    rf"|(?P<body>(?<![\w+/])(?:{'|'.join(BODIES)}){LINES})"
)
DASHES = re.compile(r"[- ]{0,10}\Z")
PART = re.compile(rf"(?<![\w+/=.-])(?:{BASE64}{{16,}}+={{0,2}}|{BASE64}{{2,15}}={{1,2}})(?![\w.-])")
"""What a line of a key looks like among other texts, once a key was begun."""
TOKEN = re.compile(rf"{BASE64}+=*")
BETWEEN = re.compile(r"[\s\\\"',=-]{1,12}")
HEXADECIMAL = re.compile("[0-9A-F]+")
NEAR = 20
"""So many texts without a part of a key may stand between two parts of one."""
LONGEST_KEY = 20_000
"""Characters before an END without a BEGIN that may be the key."""


class Mark(NamedTuple):
    """A place in a text that tells of a key."""

    kind: str
    start: int
    end: int


class PrivateKeys:
    """Finds keys in texts that come one after another, for one key may be spread over several of them."""

    def __init__(self) -> None:
        self._left = 0
        """So many more texts are looked through for parts of a key that was begun."""

    @property
    def is_expected(self) -> bool:
        """Whether the next text may be a part of a key that was begun."""
        return self._left > 0

    def begin(self) -> None:
        """Expect parts of a key in the texts to come."""
        self._left = NEAR

    def spans(self, text: str) -> list[Span]:
        """Where the next text holds keys, or parts of one."""
        if not self._left and not may_hold_key(text):
            return []
        is_expected = self._left > 0
        found, is_cut, done = _whole(text, is_expected)
        if is_cut:
            self._left = NEAR
        elif done:
            self._left = 0
        elif is_expected:
            parts = list(_parts(text))
            self._left = NEAR if parts else self._left - 1
            found += parts
        return found


def may_hold_key(text: str) -> bool:
    """Whether there is a sign of a key, or of a part of one, in a text."""
    return any(hint in text for hint in HINTS)


def is_cut(text: str) -> bool:
    """Whether a key begins in a text that does not end in it."""
    return may_hold_key(text) and _whole(text, is_expected=False)[1]


def _whole(text: str, is_expected: bool) -> tuple[list[Span], bool, int]:
    """Where keys stand, whether the last one goes on after the text, and where the last END is, 0 for none.

    `is_expected`: a text before began a key, so that all before an END belongs to it.
    """
    found: list[Span] = []
    begun, is_cut, done = -1, False, 0
    for mark in _marks(text):
        if mark.kind == "body":
            found.append((mark.start, mark.end))
            is_cut = mark.end >= len(text.rstrip())
        elif mark.kind == "end":
            before = 0 if is_expected and not done else _lines_before(text, done, mark.start)
            found.append((before if begun < 0 else begun, mark.end))
            begun, is_cut, done = -1, False, mark.end
        elif begun < 0:
            begun = mark.start
    if begun >= 0:
        found.append((begun, len(text)))
    return found, is_cut or begun >= 0, done


def _marks(text: str) -> Iterator[Mark]:
    for found in read(MARK, text):
        dashes = DASHES.search(text, max(found.start() - 10, 0), found.start())
        start = found.start() if found.lastgroup == "body" or dashes is None else dashes.start()
        yield Mark(found.lastgroup or "", start, end_of_word(found, found.end()))


def _parts(text: str) -> Iterator[Span]:
    return (found.span() for found in read(PART, text) if _is_random(found[0]))


def _is_random(token: str) -> bool:
    """Whether letters of both cases and other signs are mixed as in Base64, and not as in names and fingerprints."""
    return not token.isalpha() and token != token.lower() and not HEXADECIMAL.fullmatch(token)


def _lines_before(text: str, done: int, end: int) -> int:
    """Where the lines of Base64 begin that stand before an END. Its last two words may be short."""
    words = list(TOKEN.finditer(text, max(done, end - LONGEST_KEY), end))
    first = end
    for number, word in enumerate(reversed(words)):
        is_next = first == word.end() or BETWEEN.fullmatch(text, word.end(), first)
        if not is_next or (number > 1 and len(word[0]) < 16):
            break
        first = word.start()
    return first
