"""Error answers: what is wrong, told from status, code and words, in every shape in which errors are written."""

from typing import Any

import pytest

from agents.llm.error_answer import read_error
from agents.llm.faults import FaultKind
from tests.model_server import Reply
from tests.profiles.table import PROFILES


def kind_of(reply: Reply) -> FaultKind:
    return read_error(reply.status, "Error code", reply.body).kind


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_each_endpoint_s_words_for_a_conversation_that_is_too_long_are_understood(profile: Any) -> None:
    assert kind_of(profile.overflow()) == "context too long"


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_no_endpoint_s_words_for_too_many_requests_or_a_parameter_are_taken_for_it(profile: Any) -> None:
    assert kind_of(profile.rate_limit()) in ("rate limited", "server error")
    assert kind_of(profile.refuses_parameter()) in ("bad request", "unprocessable")


@pytest.mark.parametrize(
    "words",
    [
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
        "The prompt is too long: 1234, model maximum context length: 1000",
        "Requested token count exceeds the model's maximum context length of 8192 tokens.",
        "the request exceeds the available context size. try increasing the context size or enable context shift",
        "prompt too long; exceeded max context length by 4 tokens",
        "Input tokens exceed the configured limit of 272000 tokens.",
        "max_tokens must be at least 1, got -186.",
        "Your request exceeded model token limit: 262144 (requested: 291351)",
        "invalid params, context window exceeds limit (2013)",
        "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000",
        "tokens to keep from the initial prompt is greater than the context length",
    ],
)
@pytest.mark.parametrize("status", [400, 413, 500])
def test_further_words_for_it(words: str, status: int) -> None:
    assert read_error(status, words, {"message": words}).kind == "context too long"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (0, {"message": "Upstream error", "code": 502}, "server error"),
        (0, {"error": {"message": "slow down", "code": 429}}, "rate limited"),
        (0, "gone", "unreadable"),
        (400, {"error": "the input is invalid"}, "bad request"),
        (400, None, "bad request"),
        (400, [], "bad request"),
        (400, {"error": {"message": "no", "code": "tool_use_failed"}}, "unreadable"),
        (400, {"error": {"message": "no", "type": "exceed_context_size_error"}}, "context too long"),
        (413, {"detail": [{"loc": ["body"], "msg": "too big", "input": "context window"}]}, "too large"),
        (429, {"error": {"message": "Rate limit: too many tokens. Limit 5, please wait."}}, "rate limited"),
    ],
    ids=str,
)
def test_every_shape_of_an_error_is_read(status: int, body: Any, kind: FaultKind) -> None:
    assert read_error(status, "Error code", body).kind == kind


@pytest.mark.parametrize(
    "words",
    [
        "The model produced output that does not match the expected peg-native format",
        "Failed to parse input at pos 12: <tool_call>the context length is exceeded",
        'error parsing tool call: raw=\'{"text": "prompt is too long"}\', err=unexpected end of JSON input',
    ],
)
@pytest.mark.parametrize("body", [{"error": {"code": 500, "type": "server_error"}}, {"error": {}}], ids=str)
def test_a_call_that_the_server_cannot_read_is_the_model_s_and_not_the_server_s(words: str, body: Any) -> None:
    told = {"error": {**body["error"], "message": words}}
    assert [read_error(status, "Error code", told).kind for status in (500, 0)] == ["unreadable"] * 2


def test_the_parameter_that_is_named_is_found_in_either_form() -> None:
    nested = {"message": {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}}
    assert read_error(422, "", nested).parameter == "stream_options"
    assert read_error(400, "", {"error": {"message": "no", "param": "top_k"}}).parameter == "top_k"
