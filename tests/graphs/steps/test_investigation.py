"""The cause that a person names, what was found of it before, and what people tell between two rounds."""

from datetime import timedelta

from agents.io.clock import VirtualClock
from agents.reports.investigation import Conclusion
from evals.playing.play import Stage
from graphs.model.questions import Instruction
from graphs.steps.investigation import known_before
from tests.graphs.steps.test_ask_a_person import NAMES_IT_AGAIN
from tests.graphs.steps.test_take_instruction import SILENT, at, kinds, played


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


def test_who_says_between_two_rounds_that_it_is_handled_is_heard_before_it_is_looked_into_again() -> None:
    def named(stage: Stage, run: str) -> int:
        answers = kinds(stage.incidents.transcript(run), "answer")
        return sum(event.payload["answer"]["answer"] == "cause" for event in answers)

    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        while named(stage, run) < 2:  # by then it is well, and what they name calls for nothing
            await clock.sleep(timedelta(seconds=5))
        stage.incidents.instruct(run, Instruction(kind="handled", by="ada", comment="I restarted it"))

    _, events = played(say, NAMES_IT_AGAIN, name="calm_eider", hours=2)
    [told] = kinds(events, "instruction")
    handled = next(event for event in kinds(events, "conclusion") if event.payload.get("handled"))
    meanwhile = [event.duty for event in kinds(events, "duty_started") if told.seq < event.seq < handled.seq]
    assert "investigate" not in meanwhile
