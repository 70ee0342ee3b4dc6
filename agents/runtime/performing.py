"""How a role does a duty: by a chat model where there is one, else by the rules."""

from collections.abc import Sequence

from agents.llm import tracing
from agents.llm.faults import ModelFault
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty, ReportT
from agents.runtime.duty_context import DutyContext
from agents.runtime.guardrails import more_cautious
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
