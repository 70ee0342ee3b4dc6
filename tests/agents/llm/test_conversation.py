"""A conversation as it is sent: with what the endpoint demands back, unless it was redacted or is not wanted."""

from typing import Any

import pytest

from agents.io.redaction import GONE
from agents.llm.conversation import as_asked, as_input, is_whole, without_extras

CALL = {"id": "c", "type": "function", "function": {"name": "usage", "arguments": "{}"}}
SIGNED = {**CALL, "extra_content": {"google": {"thought_signature": "s"}}}
ANSWER: dict[str, Any] = {"role": "assistant", "content": "Look.", "reasoning_content": "Why.", "tool_calls": [SIGNED]}
RESULT = {"role": "tool", "tool_call_id": "c", "content": "{}"}
PLAIN: dict[str, Any] = {"role": "assistant", "content": "Look.", "tool_calls": [CALL]}


def test_what_langchain_does_not_know_is_kept_from_it() -> None:
    assert without_extras(ANSWER) == PLAIN


def test_what_the_endpoint_wrote_goes_back_to_it() -> None:
    assert as_asked([PLAIN, RESULT], [ANSWER, RESULT], ()) == [ANSWER, RESULT]


def test_what_the_endpoint_does_not_take_is_not_sent() -> None:
    assert as_asked([PLAIN], [ANSWER], {"reasoning_content", "extra_content"}) == [PLAIN]


@pytest.mark.parametrize("spoilt", [f"s{GONE}", "s [... 5 characters left out ...] t"])
def test_a_signature_that_is_not_whole_any_more_is_not_sent(spoilt: str) -> None:
    changed = {**SIGNED, "extra_content": {"google": {"thought_signature": spoilt}}}
    assert as_asked([PLAIN], [{**ANSWER, "tool_calls": [changed]}], ())[0]["tool_calls"] == [CALL]
    assert not is_whole([{"deep": [spoilt]}])


def test_what_was_thought_is_no_message_of_ours_to_others() -> None:
    told = {"role": "user", "content": "Hello.", "reasoning_content": "x"}
    assert as_asked([{"role": "user", "content": "Hello."}], [told], ()) == [{"role": "user", "content": "Hello."}]


THOUGHT: dict[str, Any] = {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "e"}
CALLED = {"type": "function_call", "call_id": "c", "name": "usage", "arguments": "{}"}
SAID = {"type": "message", "role": "assistant", "content": "Look."}


def test_the_responses_api_gets_the_items_of_its_output_in_their_order() -> None:
    items = [THOUGHT, {"type": "function_call", "call_id": "c"}, {"type": "message"}]
    asked = [{"role": "user", "content": "Well?"}, {**PLAIN, "output_items": items}, RESULT]
    assert as_input(asked) == [
        {"type": "message", "role": "user", "content": "Well?"},
        *(THOUGHT, CALLED, SAID),
        {"type": "function_call_output", "call_id": "c", "output": "{}"},
    ]


def test_without_thoughts_words_come_before_calls() -> None:
    assert as_input([PLAIN]) == [SAID, CALLED]


def test_a_call_that_was_not_kept_and_a_thought_that_is_not_whole_are_left_out() -> None:
    spoilt = {**THOUGHT, "encrypted_content": GONE}
    items = [spoilt, {"type": "function_call", "call_id": "refused"}, {"type": "function_call", "call_id": "c"}]
    assert as_input([{**PLAIN, "content": "", "output_items": items}]) == [CALLED]
