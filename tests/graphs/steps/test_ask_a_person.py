"""How often people are asked for a direction who keep saying that it is over."""

from datetime import datetime, timedelta
from itertools import pairwise

from agents.io.clock import VirtualClock
from evals.playing.play import Stage
from evals.scenarios.scenario import OnCall
from graphs.model.questions import Instruction
from graphs.replay.replay import replay
from graphs.transcript.event import Event
from tests.graphs.steps.test_take_instruction import at, kinds, played

KEEPS_SAYING = [OnCall(question="approval", answer="refuse"), OnCall(question="direction", answer="handled")]


NAMES_IT_AGAIN = [
    OnCall(question="approval", answer="refuse"),
    OnCall(question="direction", answer="cause", cause="infrastructure", component="timesheets", after_minutes=5),
]


def directions(events: list[Event]) -> list[datetime]:
    """When they were asked for one."""
    return [e.at for e in kinds(events, "question") if e.payload["question"]["kind"] == "direction"]


def test_who_keeps_saying_that_it_is_handled_while_it_goes_on_is_asked_at_growing_distances() -> None:
    _, events = played(at(0), KEEPS_SAYING, name="first_light")
    asked = directions(events)
    apart = [(after - before) / timedelta(minutes=1) for before, after in pairwise(asked)]
    assert apart[0] < 20
    assert apart[1] < 20
    assert 30 < apart[2] < 60 < apart[3]


def test_while_they_are_not_asked_it_is_looked_at_all_the_same() -> None:
    _, events = played(at(0), KEEPS_SAYING, name="first_light", hours=2)
    looks = [event.at for event in kinds(events, "duty_started") if event.duty == "assess_scope"]
    assert all((after - before) / timedelta(minutes=1) <= 10 for before, after in pairwise(looks))


def test_words_that_it_is_over_which_come_in_one_breath_do_not_put_off_the_next_question_and_replay_exactly() -> None:
    told = [
        Instruction(kind="handled", by="bob", comment="I rolled it back by hand"),
        Instruction(kind="over", by="ann", comment="fine"),
        Instruction(kind="handled", by="ann", comment="I did it"),
    ]

    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        await at(25, *told)(stage, run, clock)
        await clock.sleep(timedelta(minutes=40))
        stage.incidents.instruct(run, Instruction(kind="cancel", by="ann", comment="enough"))

    _, events = played(say, KEEPS_SAYING, name="first_light", hours=2)
    asked = directions(events)
    assert asked[1] - asked[0] < timedelta(minutes=30)
    assert replay(events).difference is None


def test_who_is_not_asked_for_a_while_is_heard_at_once() -> None:
    told = Instruction(kind="cause", by="ada", cause="infrastructure", component="session-store", comment="I saw it")
    _, events = played(at(75, told), KEEPS_SAYING, name="first_light", hours=1.4)
    [given] = kinds(events, "instruction")
    asked = directions(events)
    assert not any(given.at - timedelta(minutes=14) < at < given.at for at in asked)
    named = [e for e in kinds(events, "conclusion") if e.payload.get("named_by") == "ada"]
    assert named
    assert named[0].at - given.at < timedelta(minutes=1)


def test_who_keeps_naming_a_cause_after_it_is_over_is_not_asked_again_and_again() -> None:
    """What they name calls for nothing any more: it is looked at once more, and found well."""
    facts, events = played(nobody_says_anything, NAMES_IT_AGAIN, name="calm_eider", hours=8)
    assert facts.status == "closed"
    assert 1 <= len(directions(events)) <= 3


async def nobody_says_anything(*_: object) -> None:
    """Nobody tells anything without being asked."""
