"""What was done by hand at one service, while another goes on failing: it is not told as if it had not helped."""

from datetime import timedelta

import pytest

from evals.scenarios.loading import load
from evals.scenarios.scenario import OnCall
from evals.simulation.disturbance import Disturbance
from graphs.model.questions import Instruction
from graphs.replay.replay import replay
from tests.graphs.steps.test_take_instruction import at, kinds, played

WORDS = "somebody killed sign-in by mistake, I started it again"
PEOPLE = [OnCall(question="direction", answer="look again"), OnCall(question="approval", answer="refuse")]


@pytest.mark.parametrize("minute", [24, 25])
def test_who_starts_a_killed_service_again_is_believed_while_a_neighbour_goes_on_failing(minute: int) -> None:
    down = {"error_rate": 1, "traffic": 0.05, "replicas_down": 6}
    killed = Disturbance.model_validate(
        {"component": "sign-in", "onset": -2, "jitter": 0, "heals_at": 24, "effect": down}
    )
    ill = {"component": "catalogue-api", "onset": -6, "jitter": 0, "heals_at": 75, "effect": {"error_rate": 0.4}}
    scenario = load("first_light")
    world = scenario.world.model_copy(update={"faults": [killed], "oddities": [Disturbance.model_validate(ill)]})
    told = at(minute, Instruction(kind="handled", by="ada", comment=WORDS))
    facts, events = played(told, PEOPLE, hours=6, name=scenario._replace(world=world))
    assert facts.status == "closed"
    assert [attempt for attempt in facts.attempts if attempt.outcome == "did not help"] == []
    [said] = kinds(events, "instruction")
    verified = [event.at for event in kinds(events, "status") if event.payload["status"] == "Monitoring"]
    assert verified[0] - said.at > timedelta(minutes=50)
    [text] = [event.payload["text"] for event in kinds(events, "post_mortem")]
    assert f"“{WORDS}”; trouble with catalogue-api went on after that" in text
    assert replay(events).difference is None
