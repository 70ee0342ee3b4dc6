"""Everything that can be wrong with a model endpoint's answer, as the loopback server sends it, and what we call it."""

from typing import NamedTuple

from agents.llm.faults import FaultKind
from tests.model_server import Reply, calls, completion, refuses, says

LONG = "the error rate of the service has been out of its usual range since the deployment " * 10


class Wrong(NamedTuple):
    """A faulty reply and the kind of fault that the transcript names, at the last, where it comes again and again."""

    reply: Reply
    kind: FaultKind


ENDPOINT: dict[str, Wrong] = {
    "401": Wrong(refuses(401, "Incorrect API key provided"), "unauthorized"),
    "403": Wrong(refuses(403, "not for you"), "unauthorized"),
    "404 model": Wrong(refuses(404, "The model does not exist", "model_not_found"), "unknown model"),
    "408": Wrong(refuses(408, "request timeout"), "server error"),
    "409": Wrong(refuses(409, "conflict"), "conflict"),
    "429": Wrong(refuses(429, "slow down", **{"Retry-After": "2"}), "rate limited"),
    "500": Wrong(refuses(500, "internal error"), "server error"),
    "503": Wrong(refuses(503, "overloaded"), "server error"),
    "hanging": Wrong(Reply(200, {}, endless=True), "too slow"),
    "cut mid-stream": Wrong(says(LONG)._replace(cut=True), "cut off"),
    "not JSON": Wrong(Reply(200, "<html>Bad gateway</html>"), "unreadable"),
    "no chat completion": Wrong(Reply(200, {"choices": None}), "unreadable"),
}
"""Faults of the endpoint: the circuit breaker counts them."""
ANSWER: dict[str, Wrong] = {
    "400": Wrong(refuses(400, "unsupported parameter"), "bad request"),
    "413": Wrong(refuses(413, "too large"), "too large"),
    "422": Wrong(refuses(422, "unprocessable"), "unprocessable"),
    "context too long": Wrong(refuses(400, "too long", "context_length_exceeded"), "context too long"),
    "empty": Wrong(completion({"role": "assistant", "content": None}), "empty"),
    "refusal": Wrong(completion({"role": "assistant", "content": None, "refusal": "I cannot help."}), "refusal"),
    "filtered": Wrong(completion({"role": "assistant", "content": None}, "content_filter"), "refusal"),
    "only words": Wrong(says("I would rather talk about the weather."), "no report"),
    "wrong schema": Wrong(calls(("hand_in", {"nonsense": True})), "invalid report"),
    "report is not JSON": Wrong(calls(("hand_in", '{"summary": "so')), "invalid report"),
    "unknown tool, for ever": Wrong(calls(("drop_database", {})), "no report"),
    "wrong arguments, for ever": Wrong(calls(("usage", {"shop": 1})), "no report"),
    "the same tool call, for ever": Wrong(calls(("usage", {"service": "checkout"})), "no report"),
}
"""Faults of one answer."""
FAULTS = {**ENDPOINT, **ANSWER}
