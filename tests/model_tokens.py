"""What a run sends a model: tokens by duty and by part, and how many of them begin as an earlier call began.

`make tokens` prints the tables. Endpoints keep what calls have in common at their beginning. In which order they put
instructions, tools and the rest is theirs: here it is house rules, tools, the rest, as in OpenAI's published format.
"""

import hashlib
import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from evals.playing.play import play
from evals.scenarios.loading import load
from tests.model_plays import LEVELS, Model, through
from tests.model_server import Reply, Request
from tests.model_tape import HAND_IN, Tape, is_asked_for_an_objection, who_is_asked

VOCABULARY = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
SECTION = re.compile(r"\n(?=#{1,2} )")
BEFORE_THE_BRIEFING = ("The incident", "The catalogue", "The alert")


@cache
def _counter() -> tuple[str, Callable[[str], int]]:
    """How tokens are counted: by o200k where TIKTOKEN_CACHE_DIR holds its vocabulary, else four characters each."""
    name = hashlib.sha1(VOCABULARY.encode(), usedforsecurity=False).hexdigest()
    if not (Path(os.environ.get("TIKTOKEN_CACHE_DIR", "")) / name).is_file():
        return "four characters each", lambda text: -(-len(text) // 4)
    from tiktoken import get_encoding

    encoding = get_encoding("o200k_base")
    return "o200k", lambda text: len(encoding.encode(text, disallowed_special=()))


class Sent(NamedTuple):
    """What was sent, in tokens."""

    whole: int
    shared: int
    """Of these, in a beginning that an earlier call had, too."""

    def __add__(self, other: tuple[Any, ...]) -> "Sent":
        return Sent(self.whole + other[0], self.shared + other[1])

    @property
    def share(self) -> float:
        return self.shared / self.whole if self.whole else 0.0


class Account(NamedTuple):
    """All that a run sent."""

    calls: int
    total: Sent
    duties: dict[str, tuple[int, Sent]]
    parts: dict[str, Sent]


def noting(model: Model, asked: list[Request]) -> Model:
    """A model that notes what it is asked."""

    def answer(request: Request) -> Reply:
        asked.append(request)
        return model(request)

    return answer


def account(requests: Sequence[Request]) -> Account:
    """Count what was sent, in the order in which it was."""
    _, count = _counter()
    earlier: list[str] = []
    calls, duties, parts = Counter[str](), defaultdict[str, Sent](_none), defaultdict[str, Sent](_none)
    for request in requests:
        pieces = list(_pieces(request))
        text = "".join(piece for _, piece in pieces)
        known = max((_in_common(text, other) for other in earlier), default=0)
        earlier.append(text)
        role, duty = who_is_asked(request)
        name = f"{duty}: objection" if is_asked_for_an_objection(request) else f"{duty} ({role})"
        calls[name] += 1
        for part, piece in pieces:
            sent = Sent(count(piece), count(piece[: max(0, known)]))
            known -= len(piece)
            duties[name] += sent
            parts[part] += sent
    total = sum(parts.values(), _none())
    return Account(len(requests), total, {name: (calls[name], sent) for name, sent in duties.items()}, dict(parts))


def _in_common(one: str, other: str) -> int:
    """How many letters two texts have in common at their beginning."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if one[:middle] == other[:middle] else (least, middle - 1)
    return least


def _none() -> Sent:
    return Sent(0, 0)


def _pieces(request: Request) -> Iterator[tuple[str, str]]:
    """A request in pieces, each with the name of its part."""
    house, opened, *rest = request["messages"]
    yield "house rules", house["content"]
    for tool in request.get("tools", []):
        name = "report form" if tool["function"]["name"] == HAND_IN else "tools"
        yield name, json.dumps(tool, separators=(",", ":"))
    before, briefing, known = f"\n{opened['content']}".partition("\n# Briefing: ")
    for section in SECTION.split(before)[1:]:
        heading = section.strip("# ").partition("\n")[0]
        yield heading if heading in BEFORE_THE_BRIEFING else "role's page", f"\n{section}"
    for section in SECTION.split(briefing + known):
        heading = section.strip().strip("# ").partition("\n")[0]
        name = heading.partition(":")[0]
        yield name.removesuffix(f" of {name.rpartition(' ')[2]}") if " report of " in name else name, f"\n{section}"
    for message in rest:
        calls = json.dumps(message["tool_calls"], separators=(",", ":")) if message.get("tool_calls") else ""
        yield NAMES[message["role"]], f"{message.get('content') or ''}{calls}"


NAMES: dict[str, str] = {"tool": "tools' answers", "assistant": "the model's own", "user": "said in between"}


def main() -> None:
    """Play the levels that are named, and print what was sent."""
    for level in dict.fromkeys(sys.argv[1:]) or LEVELS:
        scenario, asked = load(LEVELS.get(level, level)), list[Request]()
        through(scenario, noting(Tape(play(scenario).events), asked))
        found = account(asked)
        print(f"\n{level}: {found.calls} calls, {found.total.whole:,} tokens in ({_counter()[0]}), ", end="")
        print(f"{found.total.share:.0%} of them shared\n")
        for part, sent in sorted(found.parts.items(), key=lambda one: -one[1].whole):
            print(f"  {part:48}{sent.whole:10,}{sent.share:6.0%}")
        print()
        for duty, (calls, sent) in sorted(found.duties.items(), key=lambda one: -one[1][1].whole):
            print(f"  {duty:48}{calls:3}{sent.whole:10,}{sent.share:6.0%}")


if __name__ == "__main__":
    main()
