"""How a role does a duty: by a chat model where there is one, held against the rules' report; else by the rules."""

from collections.abc import Sequence
from typing import Any

from agents.io.act_kinds import ACT_KINDS
from agents.io.catalogue import SERVES_CALLERS, Catalogue
from agents.llm import tracing
from agents.llm.faults import ModelFault
from agents.reports.basis import Report
from agents.reports.communication import RegulatoryAssessment
from agents.reports.investigation import Conclusion
from agents.reports.mitigation import Proposal
from agents.reports.post_mortem import Timeline
from agents.reports.triage import Scope
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty, ReportT
from agents.runtime.duty_context import DutyContext
from agents.runtime.last_word import is_measured, measured, the_worse
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
    if is_measured(duty, briefing):
        return await measured(duty, briefing, context)
    try:
        report = await by_model(duty, briefing, context)
    except ModelFault as fault:
        await context.degraded(f"{duty.name} is done by the book: {fault}")
        return await duty.without_model(briefing, context), "book"
    return await more_cautious(duty, report, briefing, context)


NOTIFICATION = ("yes", "unclear", "no")
"""Whether one is likely required, the gravest first."""
OF_THE_LEDGER = ("introduced_at", "detected_at", "resolved_at", "user_impact_minutes")
"""What a timeline says in figures: a model words the rest."""
CONFIDENCE = ("low", "medium", "high")


async def more_cautious(
    duty: Duty[ReportT], report: ReportT, briefing: Briefing, context: DutyContext
) -> tuple[ReportT, str]:
    """Hold a model's report against the book where it could make light of things or add something to the facts.

    Gives the report that stands, and whose it is.
    """
    if care_for(duty) is not None:
        by_book = await duty.without_model(briefing, context)
        if _makes_light(report, by_book):
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
            timed: Any = report.model_copy(update={name: getattr(by_book, name) for name in OF_THE_LEDGER})
            return timed, "model"
    if isinstance(report, Proposal) and _needs_grounds(report, briefing.catalogue):
        return await _called_for(duty, report, briefing, context)
    if isinstance(report, Conclusion) and CONFIDENCE.index(report.confidence) > (most := allowed(report)):
        lower: Any = report.model_copy(update={"confidence": CONFIDENCE[most]})
        return lower, "model"
    return report, "model"


def _makes_light(report: Report, by_book: Report) -> bool:
    """Whether a model lets a duty to notify end that the rules see."""
    if not isinstance(report, RegulatoryAssessment) or not isinstance(by_book, RegulatoryAssessment):
        return False
    mine, theirs = (NOTIFICATION.index(one.notification_likely_required) for one in (report, by_book))
    return mine > theirs


def _needs_grounds(report: Proposal, catalogue: Catalogue) -> bool:
    """Whether it is an act that a mechanism in evidence has to call for: a declared one, or any on what keeps data."""
    listed = catalogue.services.get(report.service)
    keeps_data = listed is not None and listed.kind in SERVES_CALLERS
    return report.action in ACT_KINDS or (report.action is not None and keeps_data)


async def _called_for(
    duty: Duty[ReportT], report: ReportT, briefing: Briefing, context: DutyContext
) -> tuple[ReportT, str]:
    """Such an act stands only where the rules find that it is called for, with the same target."""
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
    changed: dict[str, Any] = {}
    if isinstance(report, RegulatoryAssessment) and _makes_light(by_book, report):
        changed = {"notification_likely_required": report.notification_likely_required}
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


def allowed(report: Conclusion) -> int:
    """The highest confidence that the hypotheses bear."""
    if report.verdict != "cause found" or not report.hypotheses:
        return CONFIDENCE.index("high")
    chosen, *rivals = report.hypotheses
    if chosen.strength == 3 and all(rival.status == "ruled out" for rival in rivals):
        return CONFIDENCE.index("high")
    return CONFIDENCE.index("medium" if chosen.strength >= 2 else "low")
