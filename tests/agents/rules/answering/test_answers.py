"""Answers by the rules: each sentence with what shows it, and nothing that is not on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from agents.readings.history import ChangeHistory, Deployment, DeploymentHistory, RecordedChange
from agents.reports.answer import Answer
from agents.reports.investigation import Conclusion
from agents.reports.mitigation import Proposal
from agents.reports.triage import Scope
from agents.rules.answering.answers import CAN_ANSWER, answer_question
from agents.rules.answering.topics import ROLES
from agents.runtime.briefing import Alert, Attempt, Briefing, PersonsQuestion
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Act, Damage, Ledger, Statement
from agents.runtime.uncounted import Uncounted
from tests.agents.conftest import Answers, MemoryLog

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CATALOGUE = Catalogue.model_validate({"services": {n: {"kind": "api", "tier": 1} for n in ("shop", "search")}})
QUESTION_OF = {
    "next update": "when is the next update?",
    "public": "what do our customers read?",
    "waiting": "what are we waiting for?",
    "done": "what was done?",
    "cause": "what is the cause?",
    "who": "who is on it?",
    "changes": "what changed in the last hour?",
    "service": "is search hit?",
    "impact": "how bad is it?",
}


@dataclass(frozen=True)
class Recorded:
    ref: str
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict[str, Any])
    at: datetime = NOON - 30 * MINUTE
    role: str = ""
    duty: str = ""


ALERT = Recorded("a1", "alert")


async def answer(
    text: str,
    record: Sequence[Recorded] = (ALERT,),
    is_over: bool = False,
    answers: Answers | None = None,
    **known: Any,
) -> Answer:
    question = PersonsQuestion(by="ada", text=text, at=NOON, is_over=is_over)
    briefing = Briefing(
        run="one",
        now=NOON,
        started_at=NOON - 30 * MINUTE,
        alert=Alert(title="shop fails"),
        alert_ref="a1",
        service="shop",
        catalogue=CATALOGUE,
        question=question,
        **known,
    )
    context = DutyContext("answering/answer#1", MemoryLog(), VirtualClock(NOON), answers or Answers())
    context.record = lambda: record
    return await answer_question(briefing, context)


@pytest.mark.parametrize("topic", ROLES)
@pytest.mark.parametrize("is_over", [False, True])
async def test_an_answer_on_an_empty_record_says_what_is_not_known_and_cites_the_record(
    topic: str, is_over: bool
) -> None:
    given = await answer(QUESTION_OF[topic], is_over=is_over)
    assert given.is_answered
    assert given.summary.startswith("As of 12:00 UTC: ")
    assert all(claim.cites == ["a1"] or topic == "changes" for claim in given.claims)
    assert all(claim.cites for claim in given.claims)


async def test_to_anything_else_it_says_what_it_can_answer_and_cites_nothing() -> None:
    assert await answer("is Frankfurt hit too?") == Answer(summary=CAN_ANSWER, is_answered=False)


async def test_what_people_asked_and_were_told_is_no_evidence_nor_is_what_came_later() -> None:
    record = [
        ALERT,
        Recorded("b2", "classification", {"severity": "P1"}),
        Recorded("c3", "inquiry"),
        Recorded("d4", "reply"),
        Recorded("e5", "duty_finished", duty="answer_question"),
        Recorded("f6", "hold", {"by": "eve", "text": ""}, NOON + MINUTE),
    ]
    given = await answer("what are we waiting for?", record)
    assert [claim.cites for claim in given.claims] == [["b2"]]


def signals(service: str, rates: list[float | None], first: int = 31) -> Recorded:
    """A reading of a service at 11:30, whose samples begin at 11:29 or so many minutes before noon."""
    start = (NOON - first * MINUTE).isoformat()
    series = {"unit": "share", "start": start, "step_seconds": 60, "values": rates}
    value = {"service": service, "error_rate": series}
    return Recorded("b2", "tool_result", {"tool": "golden_signals", "arguments": {"service": service}, "value": value})


@pytest.mark.parametrize(
    ("until", "verdict"),
    [(31, "shop was hit up to the last bad sample, at 11:29 UTC."), (30, "shop is hit.")],
)
async def test_a_service_whose_newest_sample_is_well_is_not_called_hit(until: int, verdict: str) -> None:
    entry = Damage(
        service="shop",
        kind="errors",
        since=NOON - 40 * MINUTE,
        until=NOON - until * MINUTE,
        is_open=True,
        worst=0.5,
        cites=["d4"],
    )
    record = [ALERT, signals("shop", [0.5, 0.001])]
    given = await answer("is shop hit?", record, ledger=Ledger(damage=[entry], services=["shop"]))
    assert verdict in given.summary


async def test_a_service_without_damage_is_told_apart_from_one_that_nobody_has_read() -> None:
    read = await answer("is search hit?", [ALERT, signals("search", [0.5, 0.001, None])])
    unread = await answer("is search hit?")
    assert read.summary == (
        "As of 12:00 UTC: No damage to search is on record. "
        "It was last read at 11:30 UTC; its error rate then was 0.1 %."
    )
    assert "nobody has read its signals in this run, so it is not known" in unread.summary


def scope(**known: Any) -> Scope:
    plain = {"users_affected": None, "users_share": None, "data_at_risk": "no", "abnormal": True}
    return Scope.model_validate({"summary": "-", **plain, **known})


DOWN: dict[str, Any] = {
    "scope": scope(services=["search", "shop"], down=["search"]),
    "scope_at": NOON - 10 * MINUTE,
    "scope_ref": "s5",
    "conclusion": Conclusion(
        summary="search does not run.",
        verdict="cause found",
        cause="infrastructure",
        component="search",
        confidence="medium",
    ),
    "conclusion_ref": "c3",
}


async def test_what_does_not_run_is_said_to_be_down_and_not_well_by_an_old_sample() -> None:
    record = [ALERT, signals("search", [0.5, 0.0, None])]
    said = (
        "As of 12:00 UTC: search is completely down, by the look of 11:50 UTC. The investigation names it as the"
        " component at fault, with medium confidence: search does not run. It was last read at 11:30 UTC."
    )
    given = await answer("is search down?", record, **DOWN)
    assert given.summary == said
    assert [claim.cites for claim in given.claims] == [["s5"], ["c3"], ["b2"]]
    after = await answer("is search down?", record, **DOWN, fixed_at=NOON)
    assert "search was completely down, by the look of 11:50 UTC." in after.summary
    assert "No damage" not in after.summary
    assert "search is completely down" in (await answer("how bad is it?", record, **DOWN)).summary


async def test_what_was_hit_before_and_is_in_trouble_again_is_not_only_said_to_have_been_hit() -> None:
    entry = Damage(service="shop", kind="errors", since=NOON - 40 * MINUTE, until=NOON - 36 * MINUTE, is_open=False)
    ledger = Ledger(damage=[entry], services=["shop"])
    given = await answer("is shop hit?", **DOWN, ledger=ledger)
    assert given.summary.startswith("As of 12:00 UTC: shop is in trouble, by the look of 11:50 UTC. ")


async def test_what_a_later_reading_saw_to_end_is_not_said_to_go_on_by_the_look_before_it() -> None:
    ended: dict[str, Any] = {"since": NOON - 40 * MINUTE, "until": NOON - 8 * MINUTE, "is_open": False}
    for service, state in (("shop", "in trouble"), ("search", "completely down")):
        ledger = Ledger(damage=[Damage(service=service, kind="errors", **ended)], services=[service])
        given = await answer(f"is {service} hit?", **DOWN, ledger=ledger)
        assert given.summary.startswith(f"As of 12:00 UTC: {service} was {state}, by the look of 11:50 UTC. ")


async def test_a_sample_that_was_old_when_it_was_read_is_told_with_its_own_time() -> None:
    given = await answer("is search hit?", [ALERT, signals("search", [0.001, *[None] * 9], 40)])
    assert "It was last read at 11:30 UTC; its error rate was last measured at 11:20 UTC, as 0.1 %." in given.summary


async def test_what_the_public_reads_is_the_newest_text_with_its_time() -> None:
    def sent(ref: str, words: str, minutes: int) -> Recorded:
        payload = {"port": "publish_status", "done": True, "arguments": {"text": words}}
        return Recorded(ref, "outbound", payload, NOON - minutes * MINUTE)

    record = [ALERT, sent("p1", "Old.", 20), sent("p2", "Status: Identified\nImpact: It is down.\n", 5)]
    given = await answer("what do our customers read right now?", record)
    assert given.summary == (
        "As of 12:00 UTC: The newest public text was sent at 11:55 UTC: “Status: Identified Impact: It is down.”."
    )
    assert given.claims[0].cites == ["p2"]


async def test_who_says_that_it_was_repaired_and_over_is_named_with_that_it_was_not_measured() -> None:
    said = Statement(at=NOON - 6 * MINUTE, by="lena", words="started", is_over=True, is_by_hand=True, cite="s6")
    act = Act(at=said.at, action="by hand", service="shop", cause=None, component="shop", cite="s6")
    watched = Recorded("m1", "status", {"status": "Monitoring"}, said.at)
    known: dict[str, Any] = {"ledger": Ledger(statements=[said], acts=[act]), "fixed_at": said.at, "is_vouched": True}
    given = await answer("did it help?", [ALERT, watched], **known)
    assert given.summary == (
        "As of 12:00 UTC: lena said at 11:54 UTC that it was repaired by hand."
        " lena said at 11:54 UTC that it was over; that could not be measured."
    )
    later = Statement(at=NOON - MINUTE, by="ada", words="fine here, too", is_over=True, cite="s7")
    known["ledger"] = Ledger(statements=[said, later], acts=[act])
    assert (await answer("did it help?", [ALERT, watched], **known)).summary == given.summary


async def test_that_the_metrics_of_a_service_had_stopped_is_told_beside_that_no_damage_is_on_record() -> None:
    stopped = Uncounted(service="search", since=NOON - 9 * MINUTE, until=NOON, is_open=True, cites=["d4"])
    ledger = Ledger(services=["search"], uncounted=[stopped])
    record, words = [ALERT, signals("search", [0.5, 0.001, None])], "stopped at 11:51 UTC; whether it served"
    assert words in (await answer("is search hit?", record, ledger=ledger)).summary
    assert words in (await answer("how bad is it?", record, ledger=ledger)).summary
    verified = await answer("is search hit?", record, ledger=ledger, fixed_at=NOON - MINUTE)
    assert "whether it served from 11:51 UTC to 11:59 UTC is not known" in verified.summary
    hit = Damage(service="search", kind="errors", since=NOON - 12 * MINUTE, until=NOON - 10 * MINUTE, is_open=False)
    damaged, words = ledger.model_copy(update={"damage": [hit]}), "The requests of search were not counted from 11:51"
    assert words in (await answer("is search hit?", record, ledger=damaged)).summary
    assert (
        words.removeprefix("The requests of search ")
        in (await answer("how bad is it?", record, ledger=damaged)).summary
    )


@pytest.mark.parametrize(("fixed_at", "word"), [(None, "shop is hit."), (NOON, "shop was hit.")])
async def test_damage_is_told_as_it_was_measured(fixed_at: datetime | None, word: str) -> None:
    since, until = NOON - 20 * MINUTE, NOON - 2 * MINUTE
    entry = Damage(service="shop", kind="errors", since=since, until=until, is_open=True, worst=0.34, cites=["d4"])
    given = await answer("is shop hit?", ledger=Ledger(damage=[entry], services=["shop"]), fixed_at=fixed_at)
    assert word in given.summary
    assert "up to 34.0 % of requests failed from 11:40 UTC to when it was last measured, at 11:58 UTC" in given.summary
    assert {ref for claim in given.claims for ref in claim.cites} == {"d4"}


def deployed(service: str = "shop") -> Answers:
    release = Deployment(service=service, version="2.0", previous="1.9", at=NOON - 40 * MINUTE, status="succeeded")
    older = release.model_copy(update={"version": "1.9", "at": NOON - 300 * MINUTE})
    switched = [
        RecordedChange(id="1", kind="flag", service=service, at=NOON - 10 * MINUTE, what="flag x", by="grace"),
        RecordedChange(id="2", kind="release", service=service, at=NOON - 40 * MINUTE, what="2.0"),
    ]
    return Answers(
        {
            ("deployment_history", service): DeploymentHistory(
                service=service, running="2.0", deployments=[older, release]
            ),
            ("change_history", service): ChangeHistory(service=service, since=NOON, changes=switched),
        }
    )


async def test_changes_are_those_of_the_time_that_was_asked_of_each_once() -> None:
    given = await answer("what changed in the last hour?", answers=deployed())
    assert given.summary == (
        "As of 12:00 UTC: Changes on record from 11:00 UTC to 12:00 UTC: "
        "shop: release 2.0 after 1.9 at 11:20 UTC. shop: flag by grace: “flag x” at 11:50 UTC."
    )
    assert all(claim.cites for claim in given.claims)


async def test_that_nothing_changed_is_said_of_what_was_read_and_what_was_not_seen_beside_it() -> None:
    answers = deployed()
    del answers.values["change_history", "shop"]
    given = await answer("what changed in the last 20 minutes?", answers=answers)
    assert "No change to shop is on record from 11:40 UTC to 12:00 UTC." in given.summary
    assert "Not seen: " in given.summary


async def test_where_no_change_could_be_read_it_is_not_said_that_nothing_changed() -> None:
    given = await answer("what changed in the last hour?")
    assert given.summary.startswith("As of 12:00 UTC: Not seen: ")
    assert "No change" not in given.summary


async def test_what_the_run_did_is_a_change_and_its_trace_among_the_deployments_is_none() -> None:
    act = Act(
        at=NOON - 41 * MINUTE,
        action="rollback",
        service="shop",
        cause=None,
        component="",
        cite="r9",
        parameters={"version": "2.0"},
    )
    given = await answer("what was deployed in the last hour?", answers=deployed(), ledger=Ledger(acts=[act]))
    assert "shop: rollback by this run (version 2.0) at 11:19 UTC." in given.summary
    assert "release 2.0" not in given.summary


async def test_a_closed_run_asks_no_tool() -> None:
    answers = deployed()
    given = await answer("what changed in the last hour?", is_over=True, answers=answers)
    assert answers.asked == []
    assert "Not known" in given.summary


async def test_people_who_are_asked_are_told_of_until_they_answer() -> None:
    asked = Recorded("q1", "question", {"question": {"id": "q", "text": "Roll back shop?"}})
    waiting = await answer("what are we waiting for?", [ALERT, asked])
    answered = Recorded("q2", "answer", {"question": "q", "answer": {"by": "grace"}})
    settled = await answer("what are we waiting for?", [ALERT, asked, answered])
    assert waiting.summary == "As of 12:00 UTC: Since 11:30 UTC we wait for people: Roll back shop?"
    assert "No question to people is open." in settled.summary
    assert "grace last took part at 11:30 UTC." in (await answer("who is on it?", [ALERT, asked, answered])).summary


async def test_a_cause_that_was_not_found_is_not_named() -> None:
    found = Conclusion(summary="The logs could not be read.", verdict="insufficient evidence")
    given = await answer("what is the cause?", conclusion=found, conclusion_ref="c3")
    assert given.summary == "As of 12:00 UTC: No cause is known. Insufficient evidence: The logs could not be read."
    assert given.claims[0].cites == ["c3"]


async def test_an_earlier_word_of_a_person_is_told_beside_the_newest() -> None:
    words = ("a config push set the wrong table; I put the old one back", "I loaded it again")
    said = [
        Statement(at=NOON - ago * MINUTE, by="ada", words=told, is_over=True, is_by_hand=True, cite=f"s{ago}")
        for ago, told in zip((9, 3), words, strict=True)
    ]
    found = Conclusion(summary=f"ada says that it is handled: “{words[1]}”.", verdict="insufficient evidence")
    given = await answer("what is the cause?", conclusion=found, conclusion_ref="c3", ledger=Ledger(statements=said))
    assert [claim.text for claim in given.claims[1:]] == [f"ada said at 11:51 UTC: “{words[0]}”."]
    assert given.claims[1].cites == ["s9"]


async def test_what_was_done_twice_is_told_with_what_came_of_the_first_time() -> None:
    proposal = Proposal(action="restart", service="shop", summary="Restart shop.")
    tried = Attempt(
        cause="code bug",
        component="shop",
        proposal=proposal,
        outcome="did not help",
        at=NOON - 9 * MINUTE,
        cites=["t1"],
    )
    acts = [
        Act(at=NOON - ago * MINUTE, action="restart", service="shop", cause=None, component="", cite=f"r{ago}")
        for ago in (20, 3)
    ]
    given = await answer("what was done?", attempts=[tried], ledger=Ledger(acts=acts))
    assert given.summary == (
        "As of 12:00 UTC: Restart of shop: it did not help, at 11:51 UTC. Restart of shop was done at 11:57 UTC. "
        "Whether it helped is not verified yet."
    )
