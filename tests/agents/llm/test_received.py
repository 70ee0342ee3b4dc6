"""What comes of an answer: pieces that go on, thoughts that are to be sent back, and the Responses API's items."""

from typing import Any

import pytest

from agents.llm.faults import ModelFault
from agents.llm.received import LONGEST_ANSWER, Received, merged


def delta(**message: Any) -> dict[str, Any]:
    return {"choices": [{"delta": message}]}


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        (None, "a", "a"),
        ("a", "b", "ab"),
        ("signed", "signed", "signed"),
        ([{"type": "thinking", "thinking": "a"}], [{"type": "thinking", "thinking": "b"}], "ab"),
        ({"google": {"x": "1"}}, {"google": {"y": "2"}}, {"google": {"x": "1", "y": "2"}}),
        ({"n": 1}, {"n": 2}, {"n": 2}),
    ],
    ids=str,
)
def test_a_field_that_comes_in_pieces_goes_on(before: Any, piece: Any, after: Any) -> None:
    whole = merged(before, piece)
    assert (whole[0]["thinking"] if isinstance(whole, list) else whole) == after


def test_a_thought_that_is_signed_is_over() -> None:
    pieces = [[{"type": "thinking", "thinking": "a", "signature": "s"}], [{"type": "thinking", "thinking": "b"}]]
    assert merged(*pieces) == [*pieces[0], *pieces[1]]


def test_what_is_thought_is_kept_to_be_sent_back_and_nothing_else() -> None:
    came = Received()
    for piece in ("First ", "second."):
        came.take_out(delta(reasoning_content=piece, reasoning="not demanded", annotations=[]))
    assert came.also == {"reasoning_content": "First second."}


def test_all_that_an_endpoint_writes_into_a_call_is_kept() -> None:
    came = Received()
    signed = {"google": {"thought_signature": "s"}}
    inner = {"name": "usage", "arguments": "{", "provider_specific_fields": {"a": 1}}
    came.take_out(
        delta(tool_calls=[{"index": 0, "id": "c", "type": "function", "extra_content": signed, "function": inner}])
    )
    came.take_out(delta(tool_calls=[{"index": 0, "function": {"arguments": "}"}}]))
    (call,) = came.calls
    assert (call.id, call.name, call.arguments) == ("c", "usage", "{}")
    assert call.also == {"extra_content": signed, "function": {"provider_specific_fields": {"a": 1}}}


def test_what_is_sent_back_counts_as_part_of_the_answer() -> None:
    came = Received()
    came.take_out(delta(reasoning_content="x" * LONGEST_ANSWER))
    with pytest.raises(ModelFault, match="too long"):
        came.hear("")


def test_an_error_in_place_of_an_answer_is_one_with_its_kind() -> None:
    with pytest.raises(ModelFault) as failed:
        Received().take_out({"error": {"message": "slow down", "code": 429}, "choices": None})
    assert failed.value.fault.kind == "rate limited"


def test_the_items_of_a_response_are_taken_in_in_their_order() -> None:
    came = Received(is_by_responses=True)
    blocks = [
        {"type": "reasoning", "id": "rs_1", "encrypted_content": "e", "summary": [{"text": "secret"}], "index": 0},
        {"type": "text", "text": "Let me ", "index": 1},
        {"type": "text", "text": "look.", "index": 1},
        {"type": "function_call", "call_id": "c", "name": "usage", "arguments": "", "index": 2},
        {"type": "function_call", "arguments": "{}", "index": 2},
    ]
    assert "".join(came.take_blocks(blocks)) == "Let me look."
    assert [(call.id, call.name, call.arguments) for call in came.calls] == [("c", "usage", "{}")]
    assert came.also["output_items"] == [
        {"type": "reasoning", "summary": [], "id": "rs_1", "encrypted_content": "e"},
        {"type": "message"},
        {"type": "function_call", "call_id": "c"},
    ]


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"status": "completed"}, "stop"),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "content_filter"),
        ({}, ""),
        ({"status": "incomplete", "incomplete_details": None}, "incomplete"),
    ],
    ids=str,
)
def test_why_a_response_ended_is_called_as_elsewhere(metadata: dict[str, Any], reason: str) -> None:
    came = Received(is_by_responses=True)
    came.take_metadata(metadata, {"input_tokens": 7, "output_tokens": 3})
    assert came.finish_reason == reason
    assert came.usage == {"prompt_tokens": 7, "completion_tokens": 3}
    came.take_metadata(metadata, {"input_tokens": 7, "output_tokens": 3, "input_token_details": {"cache_read": 5}})
    assert came.usage["prompt_tokens_details"] == {"cached_tokens": 5}


@pytest.mark.parametrize("blocks", ["words", None, [7], [{"type": "function_call"}], [{"type": 3}], [{}]], ids=str)
def test_no_shape_of_a_response_is_an_error(blocks: Any) -> None:
    list(Received(is_by_responses=True).take_blocks(blocks))
