"""The simulated production, acted upon: what heals, what does not, and what is refused."""

from typing import Any

import pytest

from agents.tools.port import PORTS, Unanswered
from evals.simulation import conditions
from evals.simulation.production import READ_PORTS, Production
from tests.agents.tools.small_world import ALERT, BAD_RELEASE, BUG, LOST_MACHINE, OUTAGE, Play

OVERLOAD = {"kind": "overload", "component": "door", "onset": -10, "jitter": 0}


def test_rolling_back_the_bad_release_heals_and_the_history_shows_it() -> None:
    play = Play(BAD_RELEASE)

    async def scene() -> None:
        done = await play.ask("rollback", version="1.1", idempotency_key="k")
        await play.at(10)
        history = await play.ask("deployment_history")
        assert done.done
        assert max((await play.errors())[-3:]) < 0.01
        assert history.running == "1.1"
        assert [d.status for d in history.deployments] == ["rolled back", "succeeded"]

    play.run(scene)


def test_restarting_does_not_cure_a_bad_release() -> None:
    play = Play(BAD_RELEASE)

    async def scene() -> None:
        await play.ask("restart", idempotency_key="k")
        await play.at(15)
        assert min((await play.errors())[-5:]) > 0.5

    play.run(scene)


def test_a_fallback_keeps_an_outage_away_while_the_provider_stays_down() -> None:
    play = Play(OUTAGE)

    async def scene() -> None:
        assert (await play.ask("provider_status", "carrier")).status == "operational"
        await play.ask("fallback", dependency="carrier", idempotency_key="k")
        await play.at(10)
        assert max((await play.errors())[-3:]) < 0.01
        assert (await play.ask("provider_status", "carrier")).status == "outage"
        calls = {call.to: call.error_rate for call in (await play.ask("dependencies")).calls}
        assert calls["carrier"] > 0.8
        await play.at(70)
        assert (await play.ask("provider_status", "carrier")).status == "operational"

    play.run(scene)


def test_a_remedy_may_hold_only_for_a_while() -> None:
    relapse = {**LOST_MACHINE, "cured_by": [{"action": "restart", "minutes": 2, "holds_for": 10}]}
    play = Play(relapse)

    async def scene() -> None:
        await play.ask("restart", "store", idempotency_key="k")
        await play.at(9)
        assert (await play.errors("store"))[-1] < 0.01
        await play.at(25)
        assert (await play.errors("store"))[-1] > 0.4

    play.run(scene)


def test_a_wrong_act_can_make_it_worse() -> None:
    play = Play({**LOST_MACHINE, "worsened_by": [{"action": "restart", "times": 1.8}]})

    async def scene() -> None:
        before = (await play.errors("store"))[-1]
        await play.ask("restart", "store", idempotency_key="k")
        await play.at(8)
        assert (await play.errors("store"))[-1] > before + 0.2

    play.run(scene)


def test_only_a_hotfix_of_the_right_change_passes_its_check_and_heals() -> None:
    play = Play(BUG)

    async def scene() -> None:
        suspects = (await play.ask("code_suspects", signature="ZeroDivisionError at door/hinge.py:<n>")).suspects
        built = await play.ask("build_hotfix", change="#1", remedy=suspects[0].remedy, idempotency_key="b")
        candidate = await play.ask("check_candidate", version=built.reference)
        assert all(check.ok for check in candidate.checks)
        assert not all(check.ok for check in (await play.ask("check_candidate", version="1.1")).checks)
        await play.ask("deploy", version=built.reference, idempotency_key="d")
        await play.at(14)
        assert (await play.errors())[-1] < 0.01

    play.run(scene)


def test_a_repeated_key_does_nothing_again_and_can_be_looked_up() -> None:
    play = Play(BAD_RELEASE)

    async def scene() -> None:
        lookup = play.production.lookup(PORTS["rollback"], "door")
        assert lookup is not None
        assert await lookup("k") is None
        first = await play.ask("rollback", version="1.1", idempotency_key="k")
        assert await play.ask("rollback", version="1.1", idempotency_key="k") == first
        assert await lookup("k") == first
        assert [(act.port, act.key) for act in play.production.journal.acts()] == [("rollback", "k")]

    play.run(scene)


def test_an_act_whose_answer_is_lost_is_found_by_its_key() -> None:
    play = Play(BAD_RELEASE, gaps=[{"port": "rollback", "answer": "timeout"}])

    async def scene() -> None:
        with pytest.raises(Unanswered, match="no answer in time"):
            await play.ask("rollback", version="1.1", idempotency_key="k")
        lookup = play.production.lookup(PORTS["rollback"], "door")
        found = await lookup("k") if lookup else None
        assert found is not None
        assert found.done

    play.run(scene)


@pytest.mark.parametrize(
    ("port", "service", "arguments"),
    [
        ("rollback", "door", {"version": "0.9"}),
        ("rollback", "door", {"version": "1.2"}),
        ("rollback", "store", {"version": "1.0"}),
        ("deploy", "door", {"version": "1.2-hotfix.1"}),
        ("scale", "door", {"replicas": 11}),
        ("restart", "cellar", {}),
        ("failover", "door", {"standby": "door-b"}),
        ("fallback", "hall", {"dependency": "door"}),
        ("build_hotfix", "door", {"change": "#7", "remedy": "revert"}),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(port: str, service: str, arguments: dict[str, Any]) -> None:
    play = Play(BAD_RELEASE)
    result = play.run(lambda: play.ask(port, service, idempotency_key="k", **arguments))
    assert not result.done
    assert service in result.detail


def test_lost_records_stay_lost_after_the_cure() -> None:
    effect = {"records_lost": 30, "suspicious_access": ["a stranger"]}
    play = Play({"kind": "damaged data", "component": "store", "onset": -20, "effect": effect})

    async def scene() -> None:
        await play.ask("failover", "store", standby="store-b", idempotency_key="k")
        await play.at(15)
        safety = await play.ask("data_safety", "store")
        assert (safety.integrity_errors, safety.records_lost, len(safety.suspicious_access)) == (0, 30, 1)

    play.run(scene)


def test_a_change_makes_only_its_own_minutes_be_measured_again_and_a_message_none() -> None:
    play = Play(BAD_RELEASE)

    async def scene() -> None:
        state = play.production.scene
        await play.ask("restart", idempotency_key="k")
        acted_at = state.minute(play.clock.now())
        conditions.requests(state, "door", range(-60, 20))  # as if somebody had looked ahead
        await play.ask("notify", audience="on-call", text="it fails", idempotency_key="m")
        assert len(state.measured()["requests", "door"]) == 80
        await play.ask("rollback", version="1.1", idempotency_key="r")
        rolled_back_at = state.minute(play.clock.now())
        assert acted_at < rolled_back_at < 19
        assert [*state.measured()["requests", "door"]] == [m for m in range(-60, 20) if m < rolled_back_at]

    play.run(scene)


@pytest.mark.parametrize(
    ("fault", "port", "arguments"),
    [
        (BAD_RELEASE, "rollback", {"version": "1.1"}),
        (OUTAGE, "fallback", {"dependency": "carrier"}),
        (LOST_MACHINE, "restart", {"service": "store"}),
        (OVERLOAD, "scale", {"replicas": 6}),
    ],
)
def test_what_was_measured_before_an_act_is_what_is_measured_after_it(
    fault: dict[str, Any], port: str, arguments: dict[str, Any]
) -> None:
    play = Play(fault)
    looks = ("golden_signals", "system_metrics", "client_signals")

    async def scene() -> None:
        await play.at(7)
        for look in looks:
            await play.ask(look)
        assert (await play.ask(port, **{"idempotency_key": "k", **arguments})).done
        for _ in range(12):
            for look in looks:
                await play.ask(look)
        for_the_first_time = Production(play.production.scene.world, 1, play.clock, ALERT, play.production.journal)
        seen, now = play.production.scene, play.production.scene.minute(play.clock.now())
        for look in looks:
            for service in ("door", "store"):
                first = READ_PORTS[look](for_the_first_time.scene, now, service)
                assert READ_PORTS[look](seen, now, service) == first

    play.run(scene)
