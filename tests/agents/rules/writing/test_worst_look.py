"""The worst look: what was measured is not what the last calm look found; what is over is told in the past."""

from datetime import timedelta

import pytest

from agents.reports.basis import Claim
from agents.reports.post_mortem import TimelineEntry
from agents.roles import workflow_optimizer
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Ledger
from tests.agents.conftest import ONSET
from tests.agents.rules.writing.test_post_mortem import BLAMED, CALM, RELEASE
from tests.agents.rules.writing.test_public_wording import WELL

DOWN = "checkout is completely down; an unknown number of users affected; data at risk: unknown."


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        (
            ["checkout is degraded; 4 users affected; data at risk: no.", DOWN, "Metrics are normal."],
            f"At 14:19 UTC: {DOWN}",
        ),
        ([], "An earlier look found it out of its usual range. The last one: All is well."),
    ],
)
async def test_what_was_measured_is_what_a_look_found_at_its_worst_and_not_the_last_calm_one(
    briefing: Briefing, context: DutyContext, looks: list[str], said: str
) -> None:
    history = [
        TimelineEntry(at=ONSET + timedelta(minutes=n), what=f"infrastructure maintainer: {words}", cites=[str(n)])
        for n, words in enumerate(looks)
    ]
    well = {"scope": WELL.model_copy(update={"summary": "All is well."}), "scope_ref": "9", "conclusion": CALM}
    told = briefing.model_copy(update={**well, "history": history, "ledger": Ledger(was_abnormal=True)})
    measured = (await workflow_optimizer.analyse_root_cause.without_model(told, context)).five_whys[1]
    assert measured.text == f"What was measured? {said}"
    assert measured.cites == (["1"] if looks else ["9"])
    never = told.model_copy(update={"ledger": Ledger(), "conclusion": None})
    measured = (await workflow_optimizer.analyse_root_cause.without_model(never, context)).five_whys[1]
    assert measured.text == "What was measured? All is well."


async def test_a_state_that_is_over_is_told_in_the_past_and_the_first_sign_with_one_time(
    briefing: Briefing, context: DutyContext
) -> None:
    silent, none = "checkout-1 does not answer its scrape: up is 0", "no replica of checkout is ready"
    dead = RELEASE.model_copy(
        update={
            "cause": "infrastructure",
            "statement": f"checkout does not run: {silent} since 2026-03-02 14:19 UTC",
            "support": [Claim(text=none, cites=["7"])],
            "onset": ONSET,
        }
    )
    found = BLAMED.model_copy(update={"cause": "infrastructure", "hypotheses": [dead], "introduced_at": ONSET})
    told = briefing.model_copy(update={"conclusion": found, "conclusion_ref": "6"})
    was = "checkout did not run: checkout-1 did not answer its scrape: up was 0"
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert root.what_failed.text == f"{was} from 2026-03-02 14:19 UTC on."
    assert root.why.text == "no replica of checkout was ready."
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(told, context)
    assert f"first sign, as concluded later: {was}" in [entry.what for entry in timeline.entries]
