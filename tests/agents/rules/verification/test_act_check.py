"""The check of a declared act: what called for it has to be gone, by the requests after it."""

from datetime import timedelta
from typing import Any

import pytest

from agents.readings.splits import SplitPart, SplitSignals, split_of
from agents.reports.mitigation import Proposal
from agents.roles import infrastructure_maintainer as maintainer
from agents.rules.verification.act_check import check_of_act
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import NOW, Answers, MemoryLog
from tests.agents.rules.mitigation.test_declared_acts import declaring

DRAINED = Proposal(action="drain_instance", service="checkout", parameters={"instance": "checkout-2"}, summary="")


def after(briefing: Briefing, proposal: Proposal = DRAINED, minutes: float = 8) -> Briefing:
    acted = {"proposal": proposal, "acted_at": NOW - timedelta(minutes=minutes)}
    return declaring(briefing, "drain_instance", "restart_instance").model_copy(update=acted)


def failing(production: Answers, bad: str) -> None:
    parts = [SplitPart(name=f"checkout-{n}", requests=90, failed=50 if f"checkout-{n}" == bad else 0) for n in range(4)]
    production.put(
        "split_signals", "checkout", SplitSignals(service="checkout", minutes=5, splits=[split_of("instance", parts)])
    )


@pytest.mark.parametrize(("bad", "verdict"), [("", "normal"), ("checkout-2", "abnormal"), ("checkout-1", "normal")])
async def test_an_instance_that_was_drained_stands_out_no_more(
    briefing: Briefing, context: DutyContext, production: Answers, bad: str, verdict: str
) -> None:
    failing(production, bad)
    (check,) = await check_of_act(after(briefing), context)
    assert check.verdict == verdict
    assert check.cites
    assert "draining of checkout-2 of checkout" in check.text


async def test_while_it_still_stands_out_the_service_has_not_recovered(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production, "")
    assert (await maintainer.verify_recovery.without_model(after(briefing), context)).state == "recovered"
    failing(production, "checkout-2")
    assert (await maintainer.verify_recovery.without_model(after(briefing), context)).state == "not recovered"


@pytest.mark.parametrize(("minutes", "asked"), [(0, 1), (3, 2), (60, 5)])
async def test_requests_are_counted_after_the_act_only(
    briefing: Briefing, context: DutyContext, production: Answers, log: MemoryLog, minutes: float, asked: int
) -> None:
    failing(production, "")
    await check_of_act(after(briefing, minutes=minutes), context)
    calls: list[Any] = [call["arguments"] for call in log.of_kind("tool_call") if call["tool"] == "split_signals"]
    assert [call["minutes"] for call in calls] == [asked]


async def test_what_cannot_be_seen_is_told_and_decides_nothing(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    restarted = DRAINED.model_copy(update={"action": "restart_instance"})
    del production.values["infrastructure_state", "checkout"]
    (check,) = await check_of_act(after(briefing, restarted), context)
    assert check.verdict == "unknown"
    usual = Proposal(action="restart", service="checkout", summary="")
    assert await check_of_act(after(briefing, usual), context) == []
    assert await check_of_act(briefing, context) == []
