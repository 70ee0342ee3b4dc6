"""The incident service: what becomes of alerts, on disk and over restarts."""

import pytest

from agents.runtime.briefing import Alert
from graphs.intake.run_lookup import UnknownRun
from graphs.model.questions import HumanAnswer
from tests.graphs.theatre import MINUTE, Life, OneDirectory, Theatre

APPROVED = HumanAnswer(answer="approve", by="first", comment="Go ahead.")
ELSEWHERE = Alert(title="The shop is slow", service="storefront", severity="warning", environment="elsewhere")


def test_an_alert_is_on_disk_when_receive_returns(house: OneDirectory) -> None:
    theatre = Theatre(house)

    async def receive(life: Life) -> str:
        return life.incidents.alerts.receive(theatre.alert).run

    async def go_on(life: Life) -> str:
        assert [facts.id for facts in life.incidents.runs.newest()] == [run]
        await life.incidents.start()
        return (await life.until(run, "duty_finished")).duty

    run = theatre.live(receive)
    assert theatre.live(go_on) == "acknowledge"


def test_a_duplicate_joins_the_open_run_and_is_counted_also_after_a_restart(house: OneDirectory) -> None:
    theatre = Theatre(house)

    async def receive(life: Life) -> tuple[str, bool]:
        return life.incidents.alerts.receive(theatre.alert)[:2]

    async def look(life: Life) -> int:
        return sum(alert.times for alert in life.incidents.alerts_of(run))

    run, joined = theatre.live(receive)
    assert not joined
    assert theatre.live(receive) == (run, True)
    assert theatre.live(receive, down_for=20 * MINUTE) == (run, True)
    assert theatre.live(look) == 3


def test_another_alert_starts_another_run(house: OneDirectory) -> None:
    async def receive(life: Life) -> set[str]:
        return {life.incidents.alerts.receive(alert).run for alert in (theatre.alert, ELSEWHERE)}

    theatre = Theatre(house)
    assert len(theatre.live(receive)) == 2


def test_an_alert_that_comes_again_after_its_run_is_closed_starts_another(house: OneDirectory) -> None:
    async def play(life: Life) -> tuple[str, str]:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        assert (await life.to_the_end(run)).status == "closed"
        return run, life.incidents.alerts.receive(theatre.alert).run

    theatre = Theatre(house)
    first, second = theatre.live(play)
    assert first != second


def test_an_unknown_run_is_said_to_be_unknown(house: OneDirectory) -> None:
    async def ask(life: Life) -> None:
        for look in (life.incidents.facts, life.incidents.transcript, life.incidents.follow):
            with pytest.raises(UnknownRun):
                look("nowhere")
        with pytest.raises(UnknownRun):
            life.incidents.answer("nowhere", "q", APPROVED)

    Theatre(house).live(ask)
