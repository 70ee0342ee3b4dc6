"""The rules measure whether it is over, and a model is asked one question: whether it objects."""

from typing import Any

import pytest

from agents.llm.client import ModelAnswer
from agents.llm.gateway import HAND_IN
from agents.readings.production import GoldenSignals
from agents.reports.basis import Check, Report
from agents.reports.mitigation import MetricsVerification, Recovery, Regression
from agents.reports.triage import Scope
from agents.roster import DUTIES
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext, Reading
from agents.runtime.last_word import VERDICTS, is_measured
from agents.runtime.performing import perform
from agents.tools.ports import golden_signals
from tests.agents.conftest import MemoryLog
from tests.agents.scripted import Scripted, asks, by, fails, give

WELL = Check(verdict="normal", text="It is well.")


def duty(report: Report) -> Duty[Any]:
    """A duty in which the rules read the golden signals and report this."""

    async def measure(briefing: Briefing, context: DutyContext) -> Any:
        seen: Reading[GoldenSignals] = await context.use(golden_signals, briefing.service)
        if isinstance(report, Recovery):
            return report.model_copy(update={"checks": [Check(verdict="normal", text="So.", cites=[seen.ref])]})
        return report

    return Duty(
        role="infrastructure_maintainer",
        name="verify_recovery",
        does="Verify that the change took.",
        report=type(report),
        without_model=measure,
    )


def recovery(state: Any) -> Recovery:
    return Recovery(summary=f"It is {state}.", state=state, checks=[])


def scope(**more: Any) -> Scope:
    known: dict[str, Any] = {"summary": "3 users meet it.", "users_affected": 3, "users_share": 0.1, "abnormal": True}
    return Scope.model_validate({**known, "services": ["checkout"], "data_at_risk": "no", **more})


def answers(objects: bool, *words: str, ref: str = "", **more: Any) -> ModelAnswer:
    reasons = [{"text": text, "cites": [ref]} for text in words]
    return asks((HAND_IN, {"summary": "So.", "objects": objects, "reasons": reasons, **more}))


async def done(report: Report, model: Scripted, briefing: Briefing, context: DutyContext) -> Any:
    give(context, model)
    return await perform(duty(report), briefing, context)


def test_all_that_says_that_it_is_over_is_measured(briefing: Briefing) -> None:
    first = briefing.model_copy(update={"scope": None})
    measured = {one.name for duties in DUTIES.values() for one in duties.values() if is_measured(one, first)}
    assert measured == {
        "verify_recovery",
        "monitor_external_recovery",
        "confirm_fix",
        "verify_hotfix",
        "run_regression",
        "verify_metrics",
    }
    assert not is_measured(DUTIES["infrastructure_maintainer"]["assess_scope"], first)
    again = briefing.model_copy(update={"scope": scope()})
    assert is_measured(DUTIES["infrastructure_maintainer"]["assess_scope"], again)


async def test_without_an_objection_the_measurements_stand(
    context: DutyContext, briefing: Briefing, log: MemoryLog
) -> None:
    model = Scripted(answers(False))
    report = await done(recovery("recovered"), model, briefing, context)
    assert (report.state, report.summary, by(log)) == ("recovered", "It is recovered.", "model")
    assert len(model.asked) == 1


async def test_the_question_holds_the_report_and_what_it_cites(
    context: DutyContext, briefing: Briefing, log: MemoryLog
) -> None:
    model = Scripted(answers(False))
    await done(recovery("recovered"), model, briefing, context)
    told = str(model.asked[0].messages[1]["content"])
    (read,) = [key for key, row in log.rows.items() if row.kind == "tool_result"]
    assert "# Do you object?" in told and '"state":"recovered"' in told
    assert f'"ref":"{log.rows[read].ref}"' in told and '"usual":0.2' in told
    assert [tool["function"]["name"] for tool in model.asked[0].tools][-1] == HAND_IN


def objecting(log: MemoryLog, *words: str, **more: Any) -> Scripted:
    """A model that objects, and cites what the rules read."""

    def answer(question: Any) -> ModelAnswer:
        read = next(row.ref for row in log.rows.values() if row.kind == "tool_result")
        return answers(True, *words, ref=read, **more)

    return Scripted(answer)


@pytest.mark.parametrize(("state", "stands"), [("recovered", "improving"), ("improving", "not recovered")])
async def test_an_objection_makes_a_recovery_one_step_worse(
    context: DutyContext, briefing: Briefing, log: MemoryLog, state: str, stands: str
) -> None:
    report = await done(recovery(state), objecting(log, "Latency is still high."), briefing, context)
    assert (report.state, by(log)) == (stands, "model")
    assert report.summary.startswith(f"A model judges this worse than the rules do, which say: It is {state}.")


@pytest.mark.parametrize("passed", [True, False])
async def test_an_objection_fails_what_passed_and_never_passes_what_failed(
    context: DutyContext, briefing: Briefing, log: MemoryLog, passed: bool
) -> None:
    report = Regression(summary="So.", endpoints=[], response_times=WELL, error_rates=WELL, passed=passed)
    model = objecting(log, "Latency is still high.")
    assert not (await done(report, model, briefing, context)).passed
    assert (len(model.asked), by(log)) == ((1, "model") if passed else (0, "book"))


async def test_nobody_is_asked_where_it_cannot_be_worse(
    context: DutyContext, briefing: Briefing, log: MemoryLog
) -> None:
    model = Scripted(answers(False))
    bad = MetricsVerification(summary="So.", metrics=WELL, cascading_failures=WELL, normal=False)
    for number, report in enumerate((recovery("not recovered"), recovery("not measured"), bad)):
        place = DutyContext(f"main/node#{number}", context.log, context.clock, context.connections)
        assert (await done(report, model, briefing, place)).summary == report.summary
    assert model.asked == []


@pytest.mark.parametrize("words", ["31.47 % of requests fail.", "Hackers stole customer data."])
async def test_words_that_nothing_bears_do_not_stand_even_where_the_objection_does(
    context: DutyContext, briefing: Briefing, log: MemoryLog, words: str
) -> None:
    report = await done(recovery("recovered"), objecting(log, words), briefing, context)
    assert words not in report.summary


async def test_an_objection_without_a_reason_is_complained_about(
    context: DutyContext, briefing: Briefing, log: MemoryLog
) -> None:
    model = Scripted(answers(True), answers(False))
    assert (await done(recovery("recovered"), model, briefing, context)).state == "recovered"
    assert "the report objects, and `reasons` does not say by what" in model.told()


async def test_where_the_model_fails_the_measurements_stand(
    context: DutyContext, briefing: Briefing, log: MemoryLog
) -> None:
    report = await done(recovery("recovered"), Scripted(fails("unauthorized")), briefing, context)
    assert (report.state, by(log)) == ("recovered", "book")
    assert log.of_kind("degraded")[0]["why"].startswith("verify_recovery is done by the book: unauthorized")


async def test_a_scope_becomes_larger_by_an_objection_and_never_smaller(
    context: DutyContext, briefing: Briefing, log: MemoryLog
) -> None:
    again = briefing.model_copy(update={"scope": scope()})
    model = objecting(log, "Latency is still high.", users_affected=9, services=["ledger"], completely_down=True)
    report = await done(scope(), model, again, context)
    assert (report.users_affected, report.services, report.completely_down) == (9, ["ledger", "checkout"], True)
    smaller = objecting(log, "Latency is still high.", users_affected=1)
    other = DutyContext("main/node#2", context.log, context.clock, context.connections)
    assert (await done(scope(), smaller, again, other)).users_affected == 3


def test_a_verdict_is_named_for_every_report_that_only_measures() -> None:
    for report, fields in VERDICTS.items():
        assert set(fields) <= report.model_fields.keys()
