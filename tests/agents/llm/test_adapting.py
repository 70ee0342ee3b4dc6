"""Adapting: a refusal that says what it does not take leads to one change, and any other to none."""

from typing import Any

import pytest

from agents.io.model_options import ModelOptions
from agents.llm.adapting import adapted
from agents.llm.dialect import Dialect
from agents.llm.error_answer import read_error

TOOLS = "Function tools with reasoning_effort are not supported for gpt-5.6 in /v1/chat/completions. "


def changed(options: dict[str, Any], words: str, status: int = 400, **error: Any) -> Dialect | None:
    """How a model is asked after a refusal in these words."""
    known = ModelOptions.model_validate(options)
    return adapted(Dialect.of(known), read_error(status, words, {"error": {"message": words, **error}}), known)


CASES: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({}, TOOLS + "Please use /v1/responses instead.", {"api": "responses"}),
    (
        {"api": "chat"},
        TOOLS + "To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
        {"reasoning_effort": "none"},
    ),
    ({"reasoning_effort": "low", "api": "chat"}, TOOLS + "Please use /v1/responses instead.", {"reasoning_effort": ""}),
    (
        {"reasoning_effort": "minimal"},
        "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. "
        "Supported values are: 'low', 'medium', and 'high'.",
        {"reasoning_effort": "low"},
    ),
    (
        {"reasoning_effort": "xhigh"},
        "`reasoning_effort` must be one of `low`, `medium` or `high`",
        {"reasoning_effort": "high"},
    ),
    ({"reasoning_effort": "low"}, "Unrecognized request argument: reasoning_effort", {"reasoning_effort": ""}),
    ({}, "deepseek-reasoner does not support this tool_choice", {"tool_choice": "auto"}),
    ({}, "This model doesn't support the toolConfig.toolChoice.any field.", {"tool_choice": "auto"}),
    (
        {"tool_choice": "auto"},
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        {"tool_choice": "required"},
    ),
    (
        {"output_limit": 100_000},
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens.",
        {"output_limit": 16_384},
    ),
    (
        {"output_limit": 9000},
        "'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum context length is 8192 "
        "tokens and your request has 5000 input tokens",
        {"output_limit": None},
    ),
    ({"output_limit": 9}, "Extra inputs are not permitted: max_completion_tokens", {"limit_name": "max_tokens"}),
    ({}, "stream_options: Extra inputs are not permitted", {"left_out": frozenset({"stream_options"})}),
    ({}, "Unknown parameter: 'include'.", {"left_out": frozenset({"include"})}),
    (
        {},
        "'messages.2' : for 'role:assistant' the following must be satisfied[('messages.2' : property "
        "'reasoning_content' is unsupported)]",
        {"left_out": frozenset({"reasoning_content"})},
    ),
    ({}, "Streaming is not supported when tools are used", {"streams": False}),
    ({"parameters": {"top_k": 5, "seed": 7}}, "Unknown parameter: 'top_k'.", {"parameters": {"seed": 7}}),
    (
        {"parameters": {"temperature": 0.2}},
        "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) is supported.",
        {"parameters": {}},
    ),
]


@pytest.mark.parametrize(("options", "words", "change"), CASES, ids=lambda value: str(value)[:60])
def test_what_a_refusal_names_is_changed(options: dict[str, Any], words: str, change: dict[str, Any]) -> None:
    dialect, before = changed(options, words), Dialect.of(ModelOptions.model_validate(options))
    assert dialect is not None
    assert {name for name, value in vars(dialect).items() if vars(before)[name] != value} == {*change, "changes"}
    assert {name: vars(dialect)[name] for name in change} == change
    assert len(dialect.changes) == 1


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("something is wrong", 400),
        ("The `reasoning_content` in the thinking mode must be passed back to the API.", 400),
        ("Invalid schema for function 'hand_in': 'cites' is missing", 400),
        ("Unknown parameter: 'top_k'.", 400),  # nobody sends it
        ("deepseek-reasoner does not support this tool_choice", 500),
        ("The model gpt-9 does not exist", 404),
        ("prompt is too long, and so is tool_choice", 400),
    ],
)
def test_a_refusal_that_names_nothing_of_ours_changes_nothing(words: str, status: int) -> None:
    assert changed({}, words, status) is None


def test_no_change_is_undone() -> None:
    options = ModelOptions()
    refusal = read_error(400, "", {"message": "tool_choice is not supported"})
    dialect, seen = Dialect.of(options), list[str | None]()
    while dialect:
        seen.append(dialect.tool_choice)
        dialect = adapted(dialect, refusal, options)
    assert seen == ["required", "auto", None]


def test_where_there_is_no_responses_api_chat_completions_are_used_without_reasoning() -> None:
    options = ModelOptions()
    wanted = read_error(400, "", {"message": TOOLS + "Please use /v1/responses instead."})
    on_responses = adapted(Dialect.of(options), wanted, options)
    assert on_responses
    back = adapted(on_responses, read_error(404, "", {"message": "Not Found"}), options)
    assert back
    assert (back.api, back.reasoning_effort) == ("chat", "none")
    again = adapted(back, wanted, options)
    assert again is None or again.api == "chat"
    assert adapted(on_responses, read_error(404, "", {"message": "The model x does not exist"}), options) is None
