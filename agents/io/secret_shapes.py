"""What secrets look like: values under telling names, tokens, passwords in addresses, and private keys."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from agents.io.text_windows import Span, end_of_word, read

ADJECTIVES = ("api", "access", "private", "secret", "shared", "account", "signing", "encryption", "client", "routing")
"""What makes a key one that nobody may see."""
OF_A_KEY = "|".join(f"(?<={word}[-_ ]key)|(?<={word}key)" for word in ADJECTIVES)
OF_A_STRING = "(?<=connection[-_ ]string)|(?<=connectionstring)"
NAME = (
    r"[aAcCkKpPsStT](?i:(?<=p)(?:ass(?:word|wd|phrase)|wd)|(?<=s)ecret|(?<=c)(?:redentials?|ookie)|(?<=t)oken"
    rf"|(?<=a)uthorization|(?<=k)ey(?:{OF_A_KEY})|(?<=s)tring(?:{OF_A_STRING}))"
)
"""How secrets are called. It begins with a few letters, so that only at these a text is looked at more closely."""
SECRET_NAME = re.compile(rf"[\w.-]*(?:(?i:{'|'.join(ADJECTIVES)}|connection) )?{NAME}")
LONGEST_NAME = 60
"""Characters at the end of a name that say whether it is that of a secret."""
ASSIGNS = r"\s*+[:=]\s*+"
QUOTED = "|".join(f"{mark}([^{mark}\\\\\n]*+(?:\\\\.[^{mark}\\\\\n]*+)*+){mark}" for mark in "\"'")
BARE = r"\\?[\"']?(?!\[|<|(?i:null|none)\b)([^\s\"',;&<>()\]}\\]{4,}+)"

OPTION_VALUE = r"[\"']?(?!-)([^\s\"',;&<>()\]}\\]{4,}+)"
"""What follows an option of a command, also in a list of arguments."""


class Shape(NamedTuple):
    """A kind of secret."""

    mark: str
    """Stands in every text that holds one."""
    pattern: re.Pattern[str]
    """One of its groups is the secret; where none took part, there is no secret."""


def _token(start: str, rest: str) -> Shape:
    """A token that begins in a known way, at the beginning of a word."""
    return Shape(start, re.compile(rf"{re.escape(start)}(?<!\w{re.escape(start)}){rest}"))


WORD = r"(\w{16,}+)"
WORD_WITH_DASHES = r"([\w-]{16,}+)"
SHAPES = (
    Shape("", re.compile(rf"{NAME}\\?[\"']?{ASSIGNS}(?:{QUOTED}|{BARE})")),
    Shape("-", re.compile(rf"(?<![\w-])--?[\w.-]{{0,40}}?{NAME}(?:[\"']?,)?\s++{OPTION_VALUE}")),
    Shape("", re.compile(r"[bBdD](?i:earer|asic|igest)\s++([A-Za-z0-9+/=._~-]{8,}+)")),
    Shape("://", re.compile(r"://([^/\s\"'@:]*+:[^/\s\"'@]*+(?:@[^/\s\"'@]*+(?=@))*+)@")),
    Shape("eyJ", re.compile(r"eyJ(?:([\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+)?)|[\w-]*+)")),
    *(_token(start, r"([0-9A-Z]{16})(?!\w)") for start in ("AKIA", "ASIA")),
    *(_token(start, WORD) for start in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_")),
    *(
        _token(start, WORD_WITH_DASHES)
        for start in ("glpat-", "npm_", "pypi-", "sk-", "sk_", "pk-", "pk_", "rk-", "rk_")
    ),
    _token("xox", r"([a-z]-[\w-]{8,}+)"),
    _token("xapp-", r"([\w-]{8,}+)"),
    _token("hooks.slack.com/services/", r"([\w/]++)"),
    _token("whsec_", r"([\w+/=-]{16,}+)"),
    _token("warroom_", r"([0-9a-f]{8}_[\w-]{16,}+)"),
    _token("AIza", r"([\w-]{30,}+)"),
    _token("SG.", r"([\w-]{16,}+\.[\w-]{16,}+)"),
    _token("AGE-SECRET-KEY-1", r"([0-9A-Z]{16,}+)"),
)
"""Every kind that is known."""


def is_secret_name(name: str) -> bool:
    """Whether what stands under a name is a secret."""
    return SECRET_NAME.fullmatch(name[-LONGEST_NAME:]) is not None


def spans(text: str) -> Iterator[Span]:
    """Where a text holds secrets."""
    for mark, pattern in SHAPES:
        if mark in text:
            for found in read(pattern, text):
                start, stop = found.span(found.lastindex or 0)
                if found.lastindex and stop > start:
                    yield start, end_of_word(found, stop)


HINTS = (
    *("PRIVATE", "PuTTY-User-Key-File-", "Private-MAC", "Proc-Type"),
    *("MII", "MIG", "MIH", "MHcCAQEE", "MC4CAQAw", "b3BlbnNzaC1rZXktdjE", "LS0tLS1CRUdJTi", "lQ", "lFgE", "lIYE"),
)
"""One of these stands in every text with a key, or with a part of one that can be told by itself."""
OF_A_KEY_BLOCK = r"[A-Z0-9 +_%]{1,40}?PRIVATE(?:[ +_]|%20)KEY(?:[ +_]BLOCK)?[ -]{0,6}+"
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
    rf"(?P<begin>BEGIN(?:(?<=-BEGIN)|(?<=- BEGIN)){OF_A_KEY_BLOCK}|PuTTY-User-Key-File-[0-9]|Proc-Type: ?4,ENCRYPTED)"
    rf"|(?P<end>END(?:(?<=-END)|(?<=- END)){OF_A_KEY_BLOCK}|Private-MAC:\s*+[0-9a-f]*+)"
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
    for hint in HINTS:  # noqa: SIM110 - every text comes by here, and a generator takes three times as long
        if hint in text:
            return True
    return False


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
