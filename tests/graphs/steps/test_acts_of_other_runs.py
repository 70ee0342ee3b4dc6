"""A change that one run makes is known to every other open run about the same service."""

from datetime import timedelta

from agents.io.clock import VirtualClock
from agents.runtime.briefing import Alert
from evals.playing.play import EPOCH, set_stage
from evals.scenarios.loading import load
from graphs.model.questions import HumanAnswer
from graphs.transcript.event import Event


def test_another_open_run_about_the_service_has_the_change_on_record() -> None:
    clock = VirtualClock(EPOCH)

    async def play() -> tuple[str, list[Event], list[Event]]:
        scenario = load("wry_neck")
        stage = set_stage(scenario, 0, clock)
        await stage.incidents.start()
        first = stage.incidents.alerts.receive(scenario.alert).run
        other = {"title": "Uploads: errors on staging", "dedup_key": "other", "environment": "staging"}
        second = stage.incidents.alerts.receive(Alert.model_validate({**scenario.alert.model_dump(), **other})).run
        assert first != second
        for question in range(60):
            await clock.sleep(timedelta(minutes=1))
            for asked in stage.incidents.facts(first).open_questions[: 1 if question else 0]:
                stage.incidents.answer(first, asked.id, HumanAnswer(answer="approve", by="Ann", digest=asked.digest))
            if any(event.kind == "result" for event in stage.incidents.transcript(first)):
                break
        events = stage.incidents.transcript(first), stage.incidents.transcript(second)
        await stage.incidents.stop()
        stage.incidents.close()
        return first, *events

    first, acting, beside = clock.run(play)
    assert next(event for event in acting if event.kind == "result").payload["done"]
    noted = [event for event in beside if event.kind == "note" and "changed" in event.payload]
    assert [event.payload["by"] for event in noted] == [f"run {first}"]
    changed = {"action": "rollback", "service": "uploads", "parameters": {"version": "4.6.0"}}
    aimed_at = {"cause": "recent deployment", "component": "uploads"}
    assert noted[0].payload["changed"] == {**changed, **aimed_at}
    assert not [event for event in acting if event.kind == "note"]
