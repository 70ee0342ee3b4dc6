"""What a model call came to: the tokens it took, and what can be wrong with an answer, for control flow to read."""

from collections.abc import Mapping
from typing import Any, Literal, cast

from pydantic import BaseModel

from agents.io.redaction import beginning

BYTES_PER_TOKEN = 3
"""For an estimate: at most 1.7 times off what was measured, in either direction."""
MOST_BYTES_PER_TOKEN = 8
"""Fewer tokens than these make of the messages alone are not believed. Some endpoints leave unused tools out."""
ADDED = 2_000
"""Tokens that an endpoint may add to what it is sent, for words of its own."""
UNSEEN = 200_000
"""Tokens that a model may think before it answers; an endpoint counts them and does not show them."""


class Usage(BaseModel):
    """What one call took."""

    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0
    """Tokens in that the endpoint says it had kept from an earlier call."""
    cost: float | None = None
    """None: its price is not set."""
    estimated: str = ""
    """Why the tokens are an estimate; empty where they are the endpoint's own."""


class Sent(BaseModel):
    """How much a call sent, in bytes."""

    messages: int
    """The texts alone."""
    whole: int
    """With the tools and all that is around them: a token is never less than a byte of it."""


def counted(sent: Sent, received: int, reported: Any) -> Usage:
    """What a call took, from the bytes sent and received and from what the endpoint told, whatever that is."""
    known: Mapping[str, Any] = cast(Mapping[str, Any], reported) if isinstance(reported, Mapping) else {}
    if not known:
        return estimated(sent, received, "the endpoint did not say how many tokens it took")
    tokens_in, tokens_out = known.get("prompt_tokens"), known.get("completion_tokens")
    wrong = _incredible("in", tokens_in, sent.messages // MOST_BYTES_PER_TOKEN, sent.whole + ADDED)
    wrong = wrong or _incredible("out", tokens_out, received // MOST_BYTES_PER_TOKEN, received + UNSEEN)
    if wrong:
        return estimated(sent, received, wrong)
    taken = Usage.model_validate({"tokens_in": tokens_in, "tokens_out": tokens_out})
    return taken.model_copy(update={"cached": _cached(known, taken.tokens_in)})


def _cached(known: Mapping[str, Any], tokens_in: int) -> int:
    """How many tokens an endpoint says it had kept; none where that cannot be."""
    details = known.get("prompt_tokens_details")
    within: Mapping[str, Any] = cast(Mapping[str, Any], details) if isinstance(details, Mapping) else {}
    said = next((n for n in (within.get("cached_tokens"), known.get("prompt_cache_hit_tokens")) if n is not None), 0)
    is_number = isinstance(said, int) and not isinstance(said, bool)
    return said if is_number and 0 <= said <= tokens_in else 0


def estimated(sent: Sent, received: int, why: str) -> Usage:
    """What a call took by our own estimate."""
    tokens_in, tokens_out = (-(-size // BYTES_PER_TOKEN) for size in (sent.whole, received))
    return Usage(tokens_in=tokens_in, tokens_out=tokens_out, estimated=why)


def _incredible(way: str, tokens: Any, fewest: int, most: int) -> str:
    """Why a number of tokens cannot be believed; empty where it can."""
    if not isinstance(tokens, int) or isinstance(tokens, bool):
        return f"the endpoint says {str(tokens)[:40]} tokens {way}, which is no number of tokens"
    if fewest <= tokens <= most:
        return ""
    return f"the endpoint says {tokens:,} tokens {way}; {fewest:,} to {most:,} are possible"


FaultKind = Literal[
    # the endpoint
    "unauthorized",
    "unknown model",
    "conflict",
    "rate limited",
    "server error",
    "no connection",
    "cut off",
    "too slow",
    "unreadable",
    "too long",
    # this request or its answer
    "bad request",
    "too large",
    "unprocessable",
    "context too long",
    "refusal",
    "empty",
    "no report",
    "invalid report",
    # ours
    "limit reached",
    "resting",
]
"""The endpoint's faults, those of one request and its answer, and our own reasons not to ask."""
ENDPOINT_FAULTS: tuple[FaultKind, ...] = (
    "unauthorized",
    "unknown model",
    "conflict",
    "rate limited",
    "server error",
    "no connection",
    "cut off",
    "too slow",
    "unreadable",
    "too long",
)
PASSING: frozenset[FaultKind] = frozenset(
    {"conflict", "rate limited", "server error", "no connection", "cut off", "unreadable"}
)
"""Faults that may be gone a moment later. Whoever waited a whole call in vain does not wait again."""
OF_STATUS: dict[int, FaultKind] = {
    401: "unauthorized",
    403: "unauthorized",
    404: "unknown model",
    408: "server error",
    409: "conflict",
    413: "too large",
    422: "unprocessable",
    429: "rate limited",
}


COSTS: frozenset[FaultKind] = frozenset({"cut off", "too slow", "unreadable", "too long", "refusal", "empty"})
"""Faults of calls that the endpoint took: what they sent and brought is paid for."""


def kind_of(status: int) -> FaultKind:
    """What an HTTP status says."""
    return OF_STATUS.get(status, "server error" if status >= 500 else "bad request")


LONGEST_WORDS = 2000
"""Characters that are kept of what was said."""


class Fault(BaseModel):
    """What was wrong."""

    kind: FaultKind
    said: str
    retry_after: float | None = None
    """Seconds, where the endpoint said so."""

    @property
    def is_of_the_endpoint(self) -> bool:
        return self.kind in ENDPOINT_FAULTS

    @property
    def is_refused_request(self) -> bool:
        """Whether the endpoint does not take what it was sent, whoever sends it again."""
        return self.kind in ("bad request", "unprocessable")

    @property
    def is_passing(self) -> bool:
        return self.kind in PASSING


class ModelFault(Exception):
    """The model gave no usable answer."""

    usage = Usage()
    """What the call took all the same."""

    def __init__(self, kind: FaultKind, said: str, retry_after: float | None = None) -> None:
        self.fault = Fault(kind=kind, said=beginning(said, LONGEST_WORDS), retry_after=retry_after)
        super().__init__(f"{kind}: {self.fault.said}")
