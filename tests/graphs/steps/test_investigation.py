"""The cause that a person names, and what was found of it before."""

from agents.reports.investigation import Conclusion
from graphs.model.questions import Instruction
from graphs.steps.investigation import known_before
from tests.graphs.steps.test_take_instruction import SILENT, at, played


def test_a_release_that_a_person_names_came_in_when_it_was_deployed() -> None:
    named = Instruction(
        kind="cause", by="ada", cause="recent deployment", component="sign-in", comment="5.19.0 broke it"
    )
    facts, _ = played(at(14, named), SILENT, hours=0.4, name="first_light")
    assert facts.conclusion is not None
    assert facts.conclusion.summary == "ada names recent deployment of sign-in as the cause."
    release = facts.conclusion.hypotheses[0]
    assert release.onset is not None
    assert release.changed_at is not None
    assert facts.conclusion.introduced_at == release.changed_at < release.onset


def test_a_question_after_a_round_that_shows_no_cause_says_which_one_stands_from_before() -> None:
    stands = Conclusion(
        verdict="cause found", cause="infrastructure", component="shop", confidence="medium", summary="shop is down."
    )
    assert known_before(stands) == "As found before: shop is down. By the readings of this round alone:"
    open_still = Conclusion(verdict="insufficient evidence", confidence="low", summary="So.")
    assert known_before(open_still) == "Insufficient evidence for a cause."
