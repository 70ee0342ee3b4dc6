"""What a restart finds again: timers, workflows that wait, effects and calls that were cut off."""

import asyncio
from datetime import timedelta

import pytest

from graphs.model.questions import HumanAnswer
from graphs.transcript.event import Event
from tests.graphs.theatre import MINUTE, TICK, Life, OneDirectory, Theatre

ESC_1 = 30 * MINUTE
APPROVED = HumanAnswer(answer="approve", by="first", comment="Go ahead.")


class CutOff:
    """Lets the first call of a port never come back: not done yet (`before`), or done and not told (`after`)."""

    def __init__(self, port: str, moment: str) -> None:
        self._where = (port, moment)
        self.reached = asyncio.Event()

    async def __call__(self, port: str, service: str, moment: str) -> None:
        if (port, moment) == self._where and not self.reached.is_set():
            self.reached.set()
            await asyncio.Event().wait()


def test_timers_survive_a_restart_to_the_minute(house: OneDirectory) -> None:
    async def begin(life: Life) -> str:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        await life.asked(run)
        return run

    async def go_on(life: Life) -> None:
        await life.incidents.start()
        await life.clock.sleep(timedelta(hours=1))
        facts = life.incidents.facts(run)
        assert facts.started_at
        assert facts.activated_at
        fired = next(
            e for e in life.incidents.transcript(run) if e.duty == "add_resources" and e.kind == "duty_started"
        )
        assert fired.at == facts.started_at + ESC_1
        begun = {
            e.at for e in life.incidents.transcript(run) if (e.kind, e.duty) == ("duty_started", "update_status_page")
        }
        assert facts.activated_at + TICK in begun
        assert facts.activated_at + 2 * TICK in begun

    theatre = Theatre(house, "first_light")
    run = theatre.live(begin, rules=[])
    theatre.live(go_on, rules=[], down_for=MINUTE)


def test_a_due_update_is_sent_once_on_return_and_not_once_per_missed_tick(house: OneDirectory) -> None:
    async def begin(life: Life) -> str:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        await life.asked(run)
        return run

    async def go_on(life: Life) -> None:
        before = life.incidents.facts(run).updates_sent
        await life.incidents.start()
        await life.clock.sleep(timedelta(seconds=30))
        assert life.incidents.facts(run).updates_sent == before + 1

    theatre = Theatre(house)
    run = theatre.live(begin, rules=[])
    theatre.live(go_on, rules=[], down_for=timedelta(hours=20, minutes=1))


def test_what_is_overdue_longest_comes_first(house: OneDirectory) -> None:
    async def begin(life: Life) -> list[str]:
        await life.incidents.start()
        first = life.incidents.alerts.receive(theatre.alert).run
        await life.clock.sleep(7 * MINUTE)
        second = life.incidents.alerts.receive(theatre.alert.model_copy(update={"dedup_key": "another"})).run
        await life.asked(second)
        return [first, second]

    async def go_on(life: Life) -> list[str]:
        order: list[str] = []

        async def watch(run: str) -> None:
            seen = life.incidents.transcript(run)[-1].seq
            async for event in life.incidents.follow(run, seen):
                if event.kind == "timer":
                    return order.append(run)

        watching = [asyncio.create_task(watch(run)) for run in reversed(runs)]
        await life.incidents.start()
        await asyncio.gather(*watching)
        return order

    theatre = Theatre(house)
    runs = theatre.live(begin, rules=[])
    assert theatre.live(go_on, rules=[], down_for=timedelta(hours=6)) == runs


def test_a_restart_finds_lanes_that_wait_though_nothing_was_left_to_wake_them(house: OneDirectory) -> None:
    async def begin(life: Life) -> str:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        await life.asked(run)
        return run

    async def go_on(life: Life) -> None:
        await life.incidents.start()
        await life.clock.sleep(timedelta(seconds=1))
        question = next(q for q in life.incidents.facts(run).open_questions if q.kind == "approval")
        life.incidents.answer(run, question.id, APPROVED)
        assert (await life.to_the_end(run)).status == "closed"

    theatre = Theatre(house)
    run = theatre.live(begin, rules=[])
    house.forget_wakeups()
    theatre.live(go_on, rules=[])


@pytest.mark.parametrize("events_per_life", [pytest.param(29, marks=pytest.mark.long), 60])
def test_killed_again_and_again_it_is_closed_in_the_end_and_nothing_happened_twice(
    house: OneDirectory, events_per_life: int
) -> None:
    theatre = Theatre(house)

    async def receive(life: Life) -> str:
        return life.incidents.alerts.receive(theatre.alert).run

    async def a_short_life(life: Life) -> bool:
        seen = len(life.incidents.transcript(run))
        await life.incidents.start()
        ending = asyncio.create_task(life.to_the_end(run))
        async for event in life.incidents.follow(run, seen):
            if event.seq >= seen + events_per_life:
                break
        ending.cancel()
        return life.incidents.facts(run).status == "closed"

    async def look_back(life: Life) -> None:
        events = life.incidents.transcript(run)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert len({event.key for event in events}) == len(events)
        told = [e.payload["reference"] for e in events if e.kind in ("result", "outbound") and e.payload["done"]]
        done = [act.result.reference for act in theatre.journal.acts() if act.result.done]
        assert sorted(told) == sorted(done)
        assert len({act.key for act in theatre.journal.acts()}) == len(theatre.journal.acts())

    run = theatre.live(receive)
    for _ in range(200):
        if theatre.live(a_short_life):
            break
    theatre.live(look_back)
    assert theatre.live(a_short_life)


@pytest.mark.parametrize(
    ("port", "moment"),
    [
        ("rollback", "after"),
        ("publish_status", "before"),
        *(
            pytest.param(port, moment, marks=pytest.mark.long)
            for port, moment in (
                *(("rollback", "before"), ("publish_status", "after"), ("open_channel", "before")),
                *(("open_channel", "after"), ("add_to_backlog", "before"), ("add_to_backlog", "after")),
            )
        ),
    ],
)
def test_an_effect_cut_off_between_intent_and_result_is_done_once(house: OneDirectory, port: str, moment: str) -> None:
    events = played_with_a_cut(house, port, moment)
    told = [e for e in events if e.kind in ("result", "outbound") and e.payload["port"] == port]
    intents = [e for e in events if e.kind == "intent" and e.payload["port"] == port]
    assert len(told) == len(intents)
    assert all(event.payload["done"] for event in told)


def played_with_a_cut(house: OneDirectory, port: str, moment: str) -> list[Event]:
    cut = CutOff(port, moment)
    theatre = Theatre(house, disturb=cut)

    async def begin(life: Life) -> str:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        ending = asyncio.create_task(life.to_the_end(run))
        await cut.reached.wait()
        ending.cancel()
        return run

    async def go_on(life: Life) -> list[Event]:
        await life.incidents.start()
        await life.to_the_end(run)
        events = life.incidents.transcript(run)
        effects = [e.payload["reference"] for e in events if e.kind in ("result", "outbound")]
        assert sorted(effects) == sorted(act.result.reference for act in theatre.journal.acts())
        return events

    run = theatre.live(begin)
    return theatre.live(go_on)


def test_calls_cut_off_are_made_again_once_and_shown_as_such(house: OneDirectory) -> None:
    events = played_with_a_cut(house, "golden_signals", "after")
    again = {event.key.removesuffix("/again") for event in events if "again" in event.payload}
    killed = next(event.seq for event in events if "again" in event.payload)
    called = {event.key for event in events if event.kind == "tool_call" and event.seq < killed}
    answered = {f"{event.key.removesuffix('result')}call" for event in events if event.kind == "tool_result"}
    answered_before = {
        f"{event.key.removesuffix('result')}call"
        for event in events
        if event.kind == "tool_result" and event.seq < killed
    }
    assert again == called - answered_before
    assert again <= answered
