"""What secrets look like: values under telling names, tokens of known givers, passwords in addresses.

Every pattern reads a text in one go, whatever stands in it: what it has read it keeps (`++`) or leaves for good.
"""

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
