"""The outcome beside trouble elsewhere: what was done by hand stands where it ended the trouble of its own service."""

from agents.rules.diagnosis.outcome import kept
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Statement
from tests.agents.conftest import NOW
from tests.agents.rules.diagnosis.test_outcome import CALM, MINUTE, NOT_RUNNING, STARTED, hurt, knowing

ELSEWHERE = hurt(is_open=True).model_copy(update={"service": "shop", "until": NOW + 20 * MINUTE})


def test_a_deed_after_which_harm_went_on_elsewhere_only_is_told_with_the_end_of_its_service(briefing: Briefing) -> None:
    told = Statement(at=NOW - MINUTE, by="lena", words=STARTED, cite="0f")
    damage, known = [hurt(), ELSEWHERE], {"suspected": [NOT_RUNNING], "statements": [told]}
    found = kept(CALM[1], knowing(briefing, CALM[2], damage=damage, services=["checkout", "shop"], **known))
    assert (found.verdict, found.component) == ("cause found", "checkout")
    assert told.words in found.summary
    own = [hurt().model_copy(update={"until": NOW + 20 * MINUTE}), ELSEWHERE]
    found = kept(CALM[1], knowing(briefing, CALM[2], damage=own, services=["checkout", "shop"], **known))
    assert told.words not in found.summary
