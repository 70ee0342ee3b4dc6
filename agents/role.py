"""How a role does a duty: by a chat model where there is one, else by the book."""

from collections.abc import Sequence

from agents import spans
from agents.briefing import Briefing
from agents.caution import more_cautious
from agents.desk import Desk
from agents.duty import DUTIES, Duty, ReportT, duty
from agents.model import ModelFault
from agents.switchboard import HAND_IN
from agents.tool_loop import by_model

__all__ = ["DUTIES", "HAND_IN", "Duty", "duty", "perform"]


async def perform(duty: Duty[ReportT], case: Briefing, desk: Desk, rows: Sequence[str] | None = None) -> ReportT:
    """Do a duty, or read back the report of one that was done. `rows` narrows the rows it fulfils here."""
    finished = await desk.log.find(f"{desk.occurrence}/finished")
    if finished is None:
        begun = await desk.log.write(f"{desk.occurrence}/started", "duty_started", {"summary": duty.summary})
        case = case.model_copy(update={"now": begun.at})
        with spans.duty(case.run, duty.role, duty.name) as span:
            report, by = await _by_model_or_book(duty, case, desk)
            spans.done(span, by)
        done = {"report": report.model_dump(mode="json"), "by": by}
        finished = await desk.log.write(
            f"{desk.occurrence}/finished", "duty_finished", done, duty.rows if rows is None else rows
        )
    return duty.report.model_validate(finished.payload["report"])


async def _by_model_or_book(duty: Duty[ReportT], case: Briefing, desk: Desk) -> tuple[ReportT, str]:
    if desk.model is None:
        return await duty.body(case, desk), "book"
    try:
        report = await by_model(duty, case, desk)
    except ModelFault as fault:
        await desk.degraded(f"{duty.name} is done by the book: {fault}")
        return await duty.body(case, desk), "book"
    return await more_cautious(duty, report, case, desk)
