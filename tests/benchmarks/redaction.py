"""Redaction of texts that were made to take long: four times the text takes four times as long, whatever is in it."""

from time import process_time
from typing import Any

from agents.io.redaction import redacted

BITS = (
    *("a", "a-", "token", "password ", "password=", '"token":"', "pwd='", "key", "private key:", " ", "\\", '"'),
    *(
        "eyJ",
        "eyJ-",
        "eyJaaaaaaaa.",
        "sk_",
        "sk-",
        "SG.",
        "xox",
        "xoxb-",
        "AKIA",
        "warroom_",
        "hooks.slack.com/services/",
    ),
    *("://", "://a:", "://@", "bearer ", "basic aaaaaaaa ", "-", "--", "BEGIN ", "-----BEGIN ", "-----BEGIN A"),
    *(
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "MII",
        "MIIEvQIBADANBgkqhkiG\n",
        "lQaaBG",
        "LS0tLS1CRUdJTi",
    ),
    *(
        "4",
        "4 ",
        "4-",
        "4444 ",
        "4444.",
        "4111 1111 1111 1112 ",
        "4111111111111112,",
        "4.4444444 ",
        "a4444444444444444",
    ),
    *("DE", "DE1", "DE11 ", "D E 1 1 ", "DE89 3704 0044 0532 0130 01 ", "AT11AT11", "é", "\u202f", "\U0001f4b3"),
)
"""Repeated, each begins or almost begins something that is looked for."""
CHARACTERS = 250_000
TRIES = 3


def redaction(characters: int = CHARACTERS) -> dict[str, Any]:
    """Seconds for a text of each kind, and how many times as long one of four times the length takes."""
    measured = {bit: (_seconds(bit, characters), _seconds(bit, 4 * characters)) for bit in BITS}
    by_ratio = sorted(((round(long / short, 1), bit) for bit, (short, long) in measured.items()), reverse=True)
    by_seconds = sorted(((round(long, 2), bit) for bit, (_, long) in measured.items()), reverse=True)
    return {
        "characters": 4 * characters,
        "kinds": len(BITS),
        "four_times_as_long": by_ratio[:5],
        "slowest": by_seconds[:5],
    }


def _seconds(bit: str, characters: int) -> float:
    text = bit * (characters // len(bit))
    return min(_timed(text) for _ in range(TRIES))


def _timed(text: str) -> float:
    begun = process_time()
    redacted(text)
    return process_time() - begun
