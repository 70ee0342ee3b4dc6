"""How a role does a duty: by a chat model where there is one, held against the rules' report; else by the rules."""

from collections.abc import Callable, Sequence
from typing import Any

from agents.io.act_kinds import ACT_KINDS
from agents.llm import tracing
from agents.llm.faults import ModelFault
from agents.reports.basis import Report
from agents.reports.communication import RegulatoryAssessment
from agents.reports.investigation import Conclusion
from agents.reports.mitigation import (
    ExternalRecovery,
    FixConfirmation,
    HotfixCheck,
    MetricsVerification,
    Proposal,
    Recovery,
    Regression,
)
from agents.reports.post_mortem import Timeline
from agents.reports.triage import Scope
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty, ReportT
from agents.runtime.duty_context import DutyContext
from agents.runtime.outgoing_reports import care_for, objection
from agents.runtime.tool_loop import by_model

BY_BOOK = "by_book"
"""What the event is called, under a duty's occurrence, that has it done by the rules from then on."""


async def perform(
    duty: Duty[ReportT], briefing: Briefing, context: DutyContext, rows: Sequence[str] | None = None
) -> ReportT:
    """Do a duty, or read back the report of one that was done. `rows` narrows the rows it fulfils here."""
    finished = await context.log.find(f"{context.occurrence}/finished")
    if finished is None:
        begun = await context.log.write(f"{context.occurrence}/started", "duty_started", {"summary": duty.summary})
        briefing = briefing.model_copy(update={"now": begun.at})
        with tracing.duty(briefing.run, duty.role, duty.name) as span:
            report, by = await _by_model_or_book(duty, briefing, context)
            tracing.done(span, by)
        if context.model is not None:
            context.model.count_duty(duty.role, duty.name, by == "model")
        done = {"report": report.model_dump(mode="json"), "by": by}
        finished = await context.log.write(
            f"{context.occurrence}/finished", "duty_finished", done, duty.rows if rows is None else rows
        )
    return duty.report.model_validate(finished.payload["report"])


async def _by_model_or_book(duty: Duty[ReportT], briefing: Briefing, context: DutyContext) -> tuple[ReportT, str]:
    if context.model is None or await context.log.find(f"{context.occurrence}/{BY_BOOK}"):
        return await duty.without_model(briefing, context), "book"
    try:
        report = await by_model(duty, briefing, context)
    except ModelFault as fault:
        await context.degraded(f"{duty.name} is done by the book: {fault}")
        return await duty.without_model(briefing, context), "book"
    return await more_cautious(duty, report, briefing, context)


WELL: dict[type[Report], Callable[[Any], int]] = {
    Recovery: lambda report: ("not recovered", "not measured", "improving", "recovered").index(report.state),
    ExternalRecovery: lambda report: report.provider_recovered + report.service_normal,
    FixConfirmation: lambda report: report.confirmed,
    HotfixCheck: lambda report: report.passed,
    Regression: lambda report: report.passed,
    MetricsVerification: lambda report: report.normal,
    RegulatoryAssessment: lambda report: ("yes", "unclear", "no").index(report.notification_likely_required),
}
"""How good the news is, for the reports that can end an incident or a duty to notify."""
VERDICTS: dict[type[Report], tuple[str, ...]] = {
    Recovery: ("state",),
    ExternalRecovery: ("provider_recovered", "service_normal"),
    FixConfirmation: ("confirmed",),
    HotfixCheck: ("passed",),
    Regression: ("passed",),
    MetricsVerification: ("normal",),
    RegulatoryAssessment: ("notification_likely_required",),
}
"""The fields in which those say it."""
OF_THE_LEDGER = ("introduced_at", "detected_at", "resolved_at", "user_impact_minutes")
"""What a timeline says in figures: a model words the rest."""
CONFIDENCE = ("low", "medium", "high")
DATA_AT_RISK = ("no", "unknown", "yes")


async def more_cautious(
    duty: Duty[ReportT], report: ReportT, briefing: Briefing, context: DutyContext
) -> tuple[ReportT, str]:
    """Hold a model's report against the book where it could make light of things or add something to the facts.

    Gives the report that stands, and whose it is.
    """
    well = WELL.get(type(report))
    if care_for(duty) is not None:
        by_book = await duty.without_model(briefing, context)
        if well is not None and well(report) > well(by_book):
            await context.degraded(
                f"the model says: {report.summary} The measurements do not bear that out; the book's report stands."
            )
            return by_book, "book"
        if why := objection(duty, report, by_book, briefing):
            return await _without_its_words(report, by_book, why, context)
        if isinstance(report, Scope):
            assert isinstance(by_book, Scope)
            worse: Any = the_worse(report, by_book)
            return worse, "model"
        if isinstance(report, Timeline):
            measured: Any = report.model_copy(update={name: getattr(by_book, name) for name in OF_THE_LEDGER})
            return measured, "model"
    if isinstance(report, Proposal) and report.action in ACT_KINDS:
        return await _called_for(duty, report, briefing, context)
    if isinstance(report, Conclusion) and CONFIDENCE.index(report.confidence) > (most := allowed(report)):
        lower: Any = report.model_copy(update={"confidence": CONFIDENCE[most]})
        return lower, "model"
    return report, "model"


async def _called_for(
    duty: Duty[ReportT], report: ReportT, briefing: Briefing, context: DutyContext
) -> tuple[ReportT, str]:
    """A declared act stands only where the rules find that it is called for, with the same target."""
    by_book = await duty.without_model(briefing, context)
    assert isinstance(report, Proposal)
    assert isinstance(by_book, Proposal)
    wanted, found = ((one.action, one.service, one.parameters) for one in (report, by_book))
    if wanted == found:
        return report, "model"
    await context.degraded(f"nothing that was read calls for {wanted[0]} of {wanted[1]}; the book's report stands.")
    return by_book, "book"


async def _without_its_words(report: ReportT, by_book: ReportT, why: str, context: DutyContext) -> tuple[ReportT, str]:
    """The book's report in place of a model's whose words may not stand; where the model saw it worse, that stands."""
    well = WELL.get(type(report))
    changed: dict[str, Any] = {}
    if well is not None and well(report) < well(by_book):
        changed = {name: getattr(report, name) for name in VERDICTS[type(report)]}
        changed["summary"] = f"A model judges this worse than the rules do, which say: {by_book.summary}"
    elif isinstance(report, Scope) and isinstance(by_book, Scope):
        worse = the_worse(report, by_book)
        changed = {name: getattr(worse, name) for name in Scope.model_fields if name not in ("summary", "claims")}
    stands = by_book.model_copy(update=changed)
    if stands == by_book:
        await context.degraded(f"{why}; the book's report stands.")
        return by_book, "book"
    await context.degraded(f"{why}; the book's words stand, with what the model saw worse.")
    return stands, "model"


def the_worse(scope: Scope, measured: Scope) -> Scope:
    """A scope with the worse of both in everything that the severity rules read."""
    both = (scope, measured)
    larger = {
        name: max((v for s in both if (v := getattr(s, name)) is not None), default=None)
        for name in ("users_affected", "users_share", "error_rate", "latency_ratio")
    }
    either = {
        name: any(getattr(s, name) for s in both)
        for name in (
            "data_loss",
            "breach_suspected",
            "user_data_affected",
            "completely_down",
            "abnormal",
            "api_related",
        )
    }
    services = list(dict.fromkeys([*scope.services, *measured.services]))
    rates = {
        name: max(s.error_rates[name] for s in both if name in s.error_rates)
        for name in (*scope.error_rates, *measured.error_rates)
    }
    risk = max((s.data_at_risk for s in both), key=DATA_AT_RISK.index)
    return scope.model_copy(
        update={**larger, **either, "services": services, "error_rates": rates, "data_at_risk": risk}
    )


def allowed(report: Conclusion) -> int:
    """The highest confidence that the hypotheses bear."""
    if report.verdict != "cause found" or not report.hypotheses:
        return CONFIDENCE.index("high")
    chosen, *rivals = report.hypotheses
    if chosen.strength == 3 and all(rival.status == "ruled out" for rival in rivals):
        return CONFIDENCE.index("high")
    return CONFIDENCE.index("medium" if chosen.strength >= 2 else "low")
