"""Model faults: what can be wrong with a model's answer, in words that control flow may read."""

from typing import Literal

from pydantic import BaseModel

from agents.io.redaction import beginning
from agents.llm.usage import Usage

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
    def is_passing(self) -> bool:
        return self.kind in PASSING


class ModelFault(Exception):
    """The model gave no usable answer."""

    usage = Usage()
    """What the call took all the same."""

    def __init__(self, kind: FaultKind, said: str, retry_after: float | None = None) -> None:
        self.fault = Fault(kind=kind, said=beginning(said, LONGEST_WORDS), retry_after=retry_after)
        super().__init__(f"{kind}: {self.fault.said}")
