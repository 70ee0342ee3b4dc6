"""What showed harm beside the signals is read again: a log that cannot be read shows neither harm nor its end."""

from datetime import timedelta

import pytest

from agents.readings.production import ErrorLog, LogPattern
from agents.rules.verification.harm_checks import harm_checks
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import NOW, Answers
from tests.agents.roles.test_mitigation import concluded

LINE = "TypeError: total is undefined"


def by_its_log(briefing: Briefing, signature: str = LINE) -> Briefing:
    """The cause is a fault in the code, shown by this line of the log."""
    acted = {"acted_at": NOW - timedelta(minutes=10)}
    return concluded(briefing, "code bug", signature=signature).model_copy(update=acted)


@pytest.mark.parametrize(("signature", "verdicts"), [(LINE, ["unknown"]), ("", [])])
async def test_a_log_that_cannot_be_read_again_is_unknown_where_it_showed_the_harm_and_says_nothing_elsewhere(
    briefing: Briefing, context: DutyContext, production: Answers, signature: str, verdicts: list[str]
) -> None:
    production.values.pop(("error_log", "checkout"), None)
    assert [check.verdict for check in await harm_checks(by_its_log(briefing, signature), context)] == verdicts


@pytest.mark.parametrize(("last", "verdict"), [(0.5, "abnormal"), (9.5, "normal")])
async def test_a_line_that_began_with_it_and_is_still_written_shows_that_it_goes_on(
    briefing: Briefing, context: DutyContext, production: Answers, last: float, verdict: str
) -> None:
    began, latest = NOW - timedelta(minutes=25), NOW - timedelta(minutes=last)
    said = {"service": "checkout", "level": "error", "signature": LINE, "sample": LINE, "count": 60}
    line = LogPattern.model_validate({**said, "first_seen": began, "last_seen": latest})
    production.put("error_log", "checkout", ErrorLog(service="checkout", patterns=[line]))
    (check,) = await harm_checks(by_its_log(briefing), context)
    assert check.verdict == verdict
    assert check.cites
