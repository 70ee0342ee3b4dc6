"""The post-mortem: what people say stands beside what was measured; neither takes the other away."""

import pytest

from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion
from agents.roles import workflow_optimizer
from agents.rules.writing.post_mortem_summary import first_page, outcome
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import DataFinding, Ledger, Statement
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_public_wording import WELL

CALM = Conclusion(verdict="nothing wrong", summary="checkout is within its usual range.")
DENIALS = ("false alert", "Nothing failed", "No user was affected", "nothing wrong", "Nothing was found")


@pytest.mark.parametrize("is_by_hand", [True, False])
async def test_a_person_s_word_of_harm_is_not_denied_where_nothing_was_measured(
    briefing: Briefing, context: DutyContext, is_by_hand: bool
) -> None:
    words = "40 calls: nobody can pay"
    over = True if is_by_hand else None
    said = Statement(at=NOW, by="ada", words=words, is_over=over, is_by_hand=is_by_hand, cite="4")
    update = {"conclusion": CALM, "scope": WELL, "ledger": Ledger(statements=[said]), "resolved_at": NOW}
    told = briefing.model_copy(update=update)
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    root_cause = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    page = first_page(told)
    texts = [page.title, page.why, outcome(told), impact.users.text, root_cause.what_failed.text, root_cause.why.text]
    assert not [text for text in texts if any(denial in text for denial in DENIALS)]
    assert outcome(told) == f"cause not known: ada said: “{words}”; nothing was measured"
    assert impact.users.text == f"No harm to users was measured; ada said: “{words}”."
    assert words in page.why


def test_a_bare_word_that_it_is_over_leaves_a_false_alert_one(briefing: Briefing) -> None:
    said = Statement(at=NOW, by="ada", words="all is well here", is_over=True, cite="4")
    told = briefing.model_copy(update={"conclusion": CALM, "scope": WELL, "ledger": Ledger(statements=[said])})
    assert "a false alert" in first_page(told).title
    assert outcome(told) == "nothing wrong"


async def test_the_post_mortem_tells_of_data_that_was_lost_although_a_later_look_found_nothing(
    briefing: Briefing, context: DutyContext
) -> None:
    lost = DataFinding(is_lost=True, is_breach_suspected=False, words="data of checkout: 12 records lost", cite="7")
    told = briefing.model_copy(update={"scope": WELL, "scope_ref": "8", "ledger": Ledger(data=lost)})
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert impact.data == Claim(text="Data was lost. Data of checkout: 12 records lost.", cites=["7"])
    calm = await workflow_optimizer.assess_impact.without_model(told.model_copy(update={"ledger": Ledger()}), context)
    assert calm.data == Claim(text="No data at risk.", cites=["8"])
