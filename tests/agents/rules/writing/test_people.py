"""People's words: what tells of a symptom or of an end is no reason, and what was measured later refutes a word."""

import pytest

from agents.roles import workflow_optimizer
from agents.rules.writing.ending import what_ended_it
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Statement
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_ending import FAILED, MINUTE, ended, handled


@pytest.mark.parametrize(("minute", "is_quoted"), [(-3, True), (-9, False)])
async def test_a_word_that_it_is_over_which_measurement_refuted_neither_ended_it_nor_tells_why(
    briefing: Briefing, context: DutyContext, minute: int, is_quoted: bool
) -> None:
    words = "the page feels fast again"
    said = handled(minute, by_hand=False).model_copy(update={"words": words})
    told = ended(briefing, said=(said,))
    assert (words in what_ended_it(told)) == is_quoted
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert words not in root.why.text
    still = FAILED.model_copy(update={"is_open": True})
    unmeasured = ended(briefing, said=(said,), damage=(still,)).model_copy(update={"fixed_at": None})
    after = "" if is_quoted else "; it went on after that"
    assert what_ended_it(unmeasured).endswith(f": “{words}”{after}")


async def test_a_symptom_that_people_report_is_not_told_as_a_reason(briefing: Briefing, context: DutyContext) -> None:
    said = [
        Statement(at=NOW - 9 * MINUTE, by="bo", words="customers call, they see no seats", cite="4"),
        Statement(at=NOW - 8 * MINUTE, by="bo", words="the picker stays empty for me, too", cite="5"),
        Statement(at=NOW - 7 * MINUTE, by="ada", words="its disk ran out of room", cite="6"),
    ]
    why = (await workflow_optimizer.analyse_root_cause.without_model(ended(briefing, said=tuple(said)), context)).why
    reason, _, beside = why.text.partition(" What people told besides: ")
    assert reason == f"ada at 14:23 UTC: “{said[2].words}”. No cause was confirmed."
    assert beside == f"bo at 14:22 UTC: “{said[1].words}”."
