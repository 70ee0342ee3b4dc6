"""Keys: a keyboard read key by key, while the terminal shows something else."""

import os
import sys
import termios
import tty
from collections.abc import Generator, Iterator
from contextlib import contextmanager

NAMED = {
    "\r": "enter",
    "\n": "enter",
    "\t": "tab",
    "\x7f": "backspace",
    "\b": "backspace",
    "\x15": "clear",
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
    "\x1b": "escape",
}
"""What terminals send -> the key."""
BY_LENGTH = sorted(NAMED, key=len, reverse=True)
AT_ONCE = 4096


def decode(sent: str) -> Iterator[str]:
    """Give the keys in what a terminal sent; a key that is not known is left out."""
    while sent:
        known = next((code for code in BY_LENGTH if sent.startswith(code)), "")
        if known == "\x1b" and len(sent) > 1:
            return  # a key that is not known
        if known or sent[0].isprintable():
            yield NAMED.get(known, sent[0])
        sent = sent[len(known) or 1 :]


@contextmanager
def keyboard() -> Generator[Iterator[list[str]]]:
    """Read keys as they are pressed, without showing them; what came at once comes together."""
    at = sys.stdin.fileno()
    before = termios.tcgetattr(at)
    tty.setcbreak(at)
    try:
        yield _pressed(at)
    finally:
        termios.tcsetattr(at, termios.TCSADRAIN, before)


def _pressed(at: int) -> Iterator[list[str]]:
    while sent := os.read(at, AT_ONCE):
        yield [*decode(sent.decode(errors="ignore"))]
