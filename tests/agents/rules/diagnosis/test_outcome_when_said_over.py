"""The outcome when a person says that it is over: what was found for sure stays beside their word while it goes on."""

import pytest

from agents.rules.diagnosis.outcome import over
from agents.runtime.briefing import Briefing
from tests.agents.rules.diagnosis.test_outcome import FOUND, hurt, knowing


@pytest.mark.parametrize("goes_on", [True, False])
def test_who_says_that_it_is_over_while_it_was_last_measured_to_go_on_takes_no_cause_back_that_was_found_for_sure(
    briefing: Briefing, goes_on: bool
) -> None:
    sure = FOUND.model_copy(update={"confidence": "high"})
    found = over("grace says that it is over.", knowing(briefing, sure, damage=[hurt(is_open=goes_on)]))
    assert (found.verdict == "cause found") == goes_on
    if goes_on:
        assert (found.cause, found.component) == (sure.cause, sure.component)
        assert found.summary == f"grace says that it is over. {sure.summary}"
    guess = FOUND.model_copy(update={"confidence": "medium"})
    assert over("So.", knowing(briefing, guess, damage=[hurt(is_open=True)])).verdict == "recovered by itself"
