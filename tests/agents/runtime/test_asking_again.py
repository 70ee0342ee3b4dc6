"""What is asked again and what is not: an empty answer, an overlong conversation, a tool's question word for word."""

import pytest

from agents.llm.client import ModelAnswer
from agents.llm.faults import FaultKind
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import NOW, Answers, MemoryLog
from tests.agents.scripted import Do, Jumping, Scripted, asks, by, degraded, doing, fails, hands_in


@pytest.fixture
def context(log: MemoryLog, production: Answers) -> DutyContext:
    return DutyContext("main/node#1", log, Jumping(NOW), production)


@pytest.fixture
def do(context: DutyContext, briefing: Briefing) -> Do:
    return doing(context, briefing)


SIGNALS = asks(("golden_signals", {"service": "checkout"}))
USAGE = asks(("usage", {"service": "checkout"}))


async def test_an_empty_answer_is_asked_for_once_more(do: Do, log: MemoryLog) -> None:
    assert (await do(Scripted(USAGE, fails("empty"), hands_in("P0")))).severity == "P0"
    assert by(log) == "model"


async def test_a_second_empty_answer_is_the_last(do: Do, log: MemoryLog) -> None:
    model = Scripted(USAGE, fails("empty"), fails("empty"), hands_in())
    await do(model)
    assert (len(model.asked), by(log)) == (3, "book")


def letters(model: Scripted) -> list[int]:
    """How long what each call was told last was."""
    return [len(str(question.messages[-1]["content"])) for question in model.asked]


async def test_a_conversation_is_shortened_twice_where_it_is_surely_too_long(do: Do, log: MemoryLog) -> None:
    overlong = fails("context too long")
    model = Scripted(SIGNALS, SIGNALS, overlong, overlong, hands_in())
    await do(model)
    _, _, whole, half, quarter = letters(model)
    assert half <= whole / 2
    assert quarter <= half / 2
    assert by(log) == "model"


@pytest.mark.parametrize("kind", ["bad request", "too large", "unprocessable"])
async def test_a_refusal_that_may_mean_so_is_tried_once_with_a_shorter_conversation(
    do: Do, log: MemoryLog, kind: FaultKind
) -> None:
    model = Scripted(SIGNALS, SIGNALS, fails(kind), hands_in())
    await do(model)
    assert letters(model)[3] <= letters(model)[2] / 2
    assert by(log) == "model"
    assert log.of_kind("degraded") == []


async def test_it_is_tried_once_only(do: Do, log: MemoryLog) -> None:
    model = Scripted(SIGNALS, SIGNALS, fails("bad request"))
    await do(model)
    assert (len(model.asked), degraded(log)) == (4, "classify is done by the book: bad request: as scripted")


@pytest.mark.parametrize("kind", ["bad request", "context too long"])
async def test_where_nothing_can_be_shortened_nothing_is_tried_again(do: Do, log: MemoryLog, kind: FaultKind) -> None:
    model = Scripted(fails(kind))
    await do(model)
    assert (len(model.asked), by(log)) == (1, "book")


async def test_long_series_come_whole_where_they_are_asked_for_once_more(do: Do, production: Answers) -> None:
    model = Scripted(SIGNALS, SIGNALS, SIGNALS, hands_in())
    await do(model)
    first, whole, third = (str(question.messages[-1]["content"]) for question in model.asked[1:])
    assert "usual_range" in first and '"values"' not in first
    assert "usual_range" not in whole and '"values"' in whole
    assert third.startswith("Asked already in this conversation")
    assert production.asked.count(("golden_signals", "checkout")) == 1


async def test_a_question_that_was_answered_is_not_put_again_and_its_event_is_named(
    do: Do, production: Answers, log: MemoryLog
) -> None:
    model = Scripted(USAGE, USAGE, hands_in())
    await do(model)
    (answered, *_) = [ref for ref in log.refs() if f"event {ref} holds the answer" in model.told()]
    assert answered in str(model.asked[1].messages[-1]["content"])
    assert model.told().startswith("Asked already in this conversation")
    assert production.asked.count(("usage", "checkout")) == 1


async def test_the_same_question_twice_in_one_answer_is_put_once(do: Do, production: Answers) -> None:
    twice = asks(("usage", {"service": "checkout"}), ("usage", {"service": "checkout"}))
    await do(Scripted(twice, hands_in()))
    assert production.asked.count(("usage", "checkout")) == 1


async def test_who_asks_nothing_else_is_relieved(do: Do, log: MemoryLog) -> None:
    model = Scripted(USAGE)
    await do(model)
    assert (len(model.asked), by(log)) == (3, "book")


async def test_a_question_without_an_answer_may_be_put_again(do: Do, log: MemoryLog) -> None:
    unknown = asks(("usage", {"service": "nowhere"}))
    await do(Scripted(unknown, unknown, hands_in()))
    assert [result["arguments"]["service"] for result in log.of_kind("tool_result")][:2] == ["nowhere"] * 2


async def test_words_alone_are_said_to_be_useless(do: Do) -> None:
    model = Scripted(ModelAnswer(text="Hello."), hands_in())
    await do(model)
    assert model.told() == "Nobody reads that. Use a tool, or call hand_in with your report."
