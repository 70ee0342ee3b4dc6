"""The tool loop: what is asked, what is complained about, and how large results are shortened."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from agents.io.settings import Settings
from agents.llm.client import ModelAnswer, ModelRequest, OpenAIChatModel, ToolRequest
from agents.llm.gateway import HAND_IN, ModelGateway
from agents.reports.basis import Claim
from agents.runtime.briefing import Briefing, SeverityFloor
from agents.runtime.duty_context import DutyContext
from agents.runtime.performing import perform
from agents.runtime.tool_loop import halved, shortened
from tests.agents.conftest import NOW, Answers, MemoryLog
from tests.agents.scripted import (
    CLASSIFY,
    USAGE,
    Do,
    Jumping,
    Scripted,
    asks,
    at_floor,
    by,
    degraded,
    doing,
    fails,
    give,
    hands_in,
)
from tests.faults import ENDPOINT, FAULTS
from tests.model_server import serving


@pytest.fixture
def context(log: MemoryLog, production: Answers) -> DutyContext:
    return DutyContext("main/node#1", log, Jumping(NOW), production)


@pytest.fixture
def do(context: DutyContext, briefing: Briefing) -> Do:
    return doing(context, briefing)


def faults(log: MemoryLog) -> list[str]:
    return [said["fault"]["kind"] for said in log.of_kind("model_answer") if said["fault"]]


async def test_what_the_model_hands_in_is_the_report(do: Do, log: MemoryLog) -> None:
    report = await do(Scripted(USAGE, hands_in("P0")))
    assert (report.severity, by(log)) == ("P0", "model")
    assert log.of_kind("degraded") == []


async def test_a_tool_s_answer_goes_back_with_the_ref_to_cite(do: Do, log: MemoryLog) -> None:
    model = Scripted(USAGE, hands_in())
    await do(model)
    told = json.loads(model.told())
    assert told["active_users"] == 1000
    assert told["ref"] in log.refs()


async def test_the_model_is_told_the_house_rules_its_page_and_the_briefing(do: Do) -> None:
    model = Scripted(hands_in())
    await do(model)
    system, briefing = (str(message["content"]) for message in model.asked[0].messages)
    assert "# House rules" in system
    assert "# Infrastructure Maintainer" in briefing
    assert "## classify" in briefing
    assert "# Briefing: classify" in briefing


async def test_an_acting_tool_is_offered_to_nobody(do: Do) -> None:
    model = Scripted(asks(("rollback", {"service": "checkout", "version": "1"})), hands_in())
    await do(model)
    assert [tool["function"]["name"] for tool in model.asked[0].tools] == [
        "golden_signals",
        "usage",
        "check_endpoints",
        HAND_IN,
    ]
    assert "There is no tool rollback" in model.told()


async def test_wrong_arguments_are_explained(do: Do) -> None:
    model = Scripted(asks(("usage", {"shop": "checkout"})), hands_in())
    await do(model)
    assert "do not fit usage" in model.told()
    assert "service: Field required" in model.told()


async def test_arguments_that_are_no_json_are_said_to_be_none(do: Do) -> None:
    broken = ModelAnswer(requests=[ToolRequest(id="c", name="usage", arguments={}, unreadable="they are not JSON: {")])
    model = Scripted(broken, hands_in())
    await do(model)
    assert model.told() == "The arguments cannot be read: they are not JSON: {"


async def test_a_report_may_be_repaired_once_and_the_complaint_is_exact(do: Do, log: MemoryLog) -> None:
    model = Scripted(asks((HAND_IN, {"summary": "Bad.", "severity": "P9", "reasons": []})), hands_in("P0"))
    assert (await do(model)).severity == "P0"
    assert "severity: Input should be 'P0', 'P1', 'P2' or 'P3'" in model.told()
    assert by(log) == "model"


async def test_after_a_second_unsound_report_the_book_takes_over(do: Do, log: MemoryLog) -> None:
    report = await do(Scripted(asks((HAND_IN, {"severity": "P9"}))))
    assert (report.summary, by(log)) == ("By the book.", "book")
    assert "invalid report: " in degraded(log)
    assert len(log.of_kind("model_answer")) == 2


async def test_a_number_that_nothing_shows_is_complained_about(do: Do, log: MemoryLog) -> None:
    def invents(question: ModelRequest) -> ModelAnswer:
        ref = json.loads(str(question.messages[3]["content"]))["ref"]
        return hands_in("P0", [Claim(text="4,711 users are affected", cites=[ref])])

    model = Scripted(USAGE, invents, invents)
    report = await do(model)
    assert '"4,711" neither stands in' in str(model.asked[-1].messages[-1]["content"])
    assert (by(log), report.severity, report.reasons) == ("model", "P0", [])
    assert "stands without what its checks refused" in degraded(log)


async def test_a_severity_below_the_floor_is_not_accepted(
    context: DutyContext, briefing: Briefing, log: MemoryLog
) -> None:
    briefing = briefing.model_copy(update={"floor": SeverityFloor(severity="P1", reasons=["data is at risk"])})
    model = give(context, Scripted(hands_in("P2"), hands_in("P1")))
    assert (await perform(CLASSIFY, briefing, context)).severity == "P1"
    assert "P2 is below the floor P1" in model.told()


async def test_a_model_that_only_talks_is_told_once(do: Do, log: MemoryLog) -> None:
    model = Scripted(ModelAnswer(text="The weather is fine."))
    await do(model)
    assert len(model.asked) == 2
    assert degraded(log) == (
        "classify is done by the book: no report: 2 answers in a row with nothing to do; "
        "to the last: Nobody reads that. Use a tool, or call hand_in with your report."
    )


UNKNOWN = asks(("drop_database", {}))
MISSHAPEN = asks(("usage", {"shop": "checkout"}), ("usage", {}))
UNREADABLE = ModelAnswer(requests=[ToolRequest(id="c", name="usage", arguments={}, unreadable="they are not JSON: {")])
WORDS = ModelAnswer(text="The weather is fine.")


@pytest.mark.parametrize("bad", [UNKNOWN, MISSHAPEN, UNREADABLE], ids=["unknown", "misshapen", "unreadable"])
async def test_after_two_answers_with_nothing_that_can_be_done_the_book_takes_over(
    do: Do, log: MemoryLog, bad: ModelAnswer
) -> None:
    model = Scripted(bad)
    assert (await do(model)).summary == "By the book."
    assert len(model.asked) == 2
    assert "no report: 2 answers in a row with nothing to do; to the last: " in degraded(log)


async def test_words_and_calls_in_vain_count_together(do: Do) -> None:
    model = Scripted(WORDS, UNKNOWN, hands_in("P0"))
    assert (await do(model)).summary == "By the book."


async def test_an_answer_with_anything_that_can_be_done_begins_the_count_anew(do: Do, log: MemoryLog) -> None:
    half = asks(("usage", {"service": "shop"}), ("drop_database", {}))
    assert (await do(Scripted(UNKNOWN, half, WORDS, USAGE, MISSHAPEN, hands_in("P0")))).severity == "P0"
    assert log.of_kind("degraded") == []


async def test_a_passing_fault_is_tried_again_a_little_later(do: Do, context: DutyContext, log: MemoryLog) -> None:
    await do(Scripted(fails("server error"), fails("rate limited", retry_after=20), hands_in()))
    assert (faults(log), by(log)) == (["server error", "rate limited"], "model")
    assert context.clock.now() - NOW > timedelta(seconds=21)


async def test_three_tries_are_enough(do: Do, log: MemoryLog) -> None:
    await do(Scripted(fails("server error")))
    assert faults(log) == ["server error"] * 3
    assert degraded(log) == "classify is done by the book: server error: as scripted"


@pytest.mark.parametrize("kind", ["unauthorized", "unknown model", "bad request", "refusal", "too slow"])
async def test_a_fault_that_will_stay_is_not_tried_again(do: Do, log: MemoryLog, kind: Any) -> None:
    await do(Scripted(fails(kind)))
    assert faults(log) == [kind]


async def test_nobody_waits_for_minutes_in_a_duty(do: Do, context: DutyContext, log: MemoryLog) -> None:
    await do(Scripted(fails("rate limited", retry_after=300)))
    assert (faults(log), context.clock.now()) == (["rate limited"], NOW)


async def test_an_overlong_conversation_is_shortened_once(do: Do, log: MemoryLog) -> None:
    signals = asks(("golden_signals", {"service": "checkout"}))
    model = Scripted(signals, signals, fails("context too long"), hands_in())
    await do(model)
    before, after = (len(str(model.asked[n].messages[-1]["content"])) for n in (2, 3))
    assert after <= before / 2
    assert '"shortened":"cut; the whole, ' in model.told()
    assert by(log) == "model"


async def test_after_a_crash_the_model_is_not_asked_again(
    do: Do, context: DutyContext, briefing: Briefing, log: MemoryLog
) -> None:
    await do(Scripted(USAGE, fails("server error"), hands_in("P0")))
    kept = {key: row for key, row in log.rows.items() if not key.endswith("/finished")}
    again = DutyContext(context.occurrence, MemoryLog(kept), Jumping(NOW), context.connections)
    silent = give(again, Scripted(fails("unauthorized")))
    assert (await perform(CLASSIFY, at_floor(briefing), again)).severity == "P0"
    assert silent.asked == []
    assert again.spent == context.spent


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_of_a_real_endpoint_is_an_event_and_the_book_does_the_duty(
    name: str, context: DutyContext, briefing: Briefing, log: MemoryLog
) -> None:
    with serving(lambda _: FAULTS[name].reply) as base_url:
        seconds = 0.3 if FAULTS[name].reply.endless else 20
        settings = Settings(openai_api_key=SecretStr("none"), openai_base_url=base_url, model_seconds=seconds)
        context.model = ModelGateway(OpenAIChatModel(settings), context.clock)
        context.word_listener = lambda: lambda _: None
        report = await perform(CLASSIFY, briefing, context)
    assert (report.summary, by(log)) == ("By the book.", "book")
    assert f"is done by the book: {FAULTS[name].kind}: " in degraded(log)
    if name in ENDPOINT or not FAULTS[name].reply.body.get("choices"):
        assert set(faults(log)) == {FAULTS[name].kind}


async def test_of_a_hundred_complaints_the_first_forty_are_told(do: Do) -> None:
    reasons = [Claim(text=f"It failed for {n}.5 min", cites=[]) for n in range(100)]
    model = Scripted(hands_in("P0", reasons), hands_in("P0"))
    assert (await do(model)).severity == "P0"
    told = model.told().splitlines()
    assert (len(told), told[-1]) == (42, "- and 60 more")


SMALL = {"service": "checkout", "active_users": 1000}
LARGE = {"lines": [{"line": n, "text": "x" * 400} for n in range(200)], "service": "checkout"}


def test_what_is_not_large_comes_whole() -> None:
    assert json.loads(shortened("3fa92c01", SMALL)) == {"ref": "3fa92c01", **SMALL}


def test_what_is_large_is_cut_and_says_where_the_whole_is() -> None:
    text = shortened("3fa92c01", LARGE)
    cut = json.loads(text)
    assert len(text) <= 12_000
    assert "is event 3fa92c01 of the transcript" in cut["shortened"]
    assert f"{len(json.dumps({'ref': '3fa92c01', **LARGE}, separators=(',', ':')))} characters" in cut["shortened"]
    assert cut["service"] == "checkout"


def test_of_a_long_list_the_beginning_and_the_end_stay() -> None:
    lines = json.loads(shortened("3fa92c01", LARGE))["lines"]
    assert (lines[0]["line"], lines[-1]["line"]) == (0, 199)
    assert any("left out" in line for line in lines if isinstance(line, str))


def test_a_long_text_says_how_much_is_missing() -> None:
    assert json.loads(shortened("r", {"sample": "x" * 20_000}))["sample"].endswith("... (19000 more characters)")


def test_it_always_fits() -> None:
    assert len(shortened("r", {f"field_{n}": "x" * 100 for n in range(1000)})) < 12_000


def test_in_an_overlong_conversation_tool_results_are_halved_and_words_stay() -> None:
    result = {"role": "tool", "tool_call_id": "c", "content": shortened("3fa92c01", LARGE)}
    short = halved(result)
    assert len(short["content"]) <= len(result["content"]) / 2
    assert json.loads(short["content"])["ref"] == "3fa92c01"
    briefing = {"role": "user", "content": "x" * 50_000}
    assert halved(briefing) == briefing
