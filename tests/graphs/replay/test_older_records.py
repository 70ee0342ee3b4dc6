"""Runs that an older Warroom began: their records hold no digests, and they open and go on."""

from datetime import timedelta

import pytest

from agents.io.clock import VirtualClock
from evals.playing.play import EPOCH, Stage, play, set_stage
from evals.scenarios.loading import load
from evals.simulation.acts import PRODUCTION_ACTS
from graphs.model.questions import HumanAnswer
from graphs.transcript.event import Event
from graphs.transcript.projections import fold

NEW = ("digest", "approval", "asked_anew")


def as_it_was(event: Event) -> Event:
    """An event without what an older Warroom did not write."""
    payload = {name: value for name, value in event.payload.items() if name not in NEW}
    for part in ("question", "answer"):
        if isinstance(payload.get(part), dict):
            payload[part] = {name: value for name, value in payload[part].items() if name not in NEW}
    return event.model_copy(update={"payload": payload})


def test_a_finished_run_reads_as_it_did() -> None:
    events = play(load("first_light")).events
    assert fold(map(as_it_was, events)) == fold(events)


@pytest.mark.sqlite
def test_a_question_that_was_asked_without_a_digest_is_answered_and_exactly_that_is_done() -> None:
    clock = VirtualClock(EPOCH)

    async def upgraded_meanwhile() -> Stage:
        scenario = load("first_light")
        stage = set_stage(scenario, 0, clock)
        await stage.incidents.start()
        run = stage.incidents.alerts.receive(scenario.alert).run
        while not stage.incidents.facts(run).open_questions:
            await clock.sleep(timedelta(minutes=1))
        connection = stage.incidents.deps.store.database.connection
        connection.execute("UPDATE questions SET question = json_remove(question, '$.digest')")
        connection.execute(
            "UPDATE events SET payload = json_remove(payload, '$.digest', '$.asked_anew', '$.question.digest')"
        )
        connection.commit()
        stage.incidents.deps.store.events.forget_newest()
        (asked,) = [event for event in stage.incidents.transcript(run) if event.kind == "question"]
        assert asked.payload["question"]["digest"] == ""
        stage.incidents.answer(run, asked.payload["question"]["id"], HumanAnswer(answer="approve"))
        await clock.sleep(timedelta(minutes=5))
        (decision,) = [event for event in stage.incidents.transcript(run) if event.kind == "decision"]
        assert (decision.payload["decision"], bool(decision.payload["digest"])) == ("approved", True)
        await stage.incidents.stop()
        stage.incidents.deps.store.close()
        return stage

    acts = [act for act in clock.run(upgraded_meanwhile).production.journal.acts() if act.port in PRODUCTION_ACTS]
    assert [(act.port, act.of("service")) for act in acts] == [("rollback", "sign-in")]
