"""The simulated production, asked: one world under one seed, and what the ports answer."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from agents.io.act_kinds import ACT_KINDS
from agents.tools.port import PORTS, Unanswered
from evals.simulation.world import World
from tests.agents.tools.small_world import ALERT, BAD_RELEASE, LOST_MACHINE, Play

OWN_RECORD = {"past_incidents", "change_history", "search_transcript", "read_event"}
"""Answered by the store or from the run's own transcript, not by production."""


OF_OTHERS = {"list_mcp_tools", "use_mcp_tool"}
"""Of other people's servers: no world has any."""


def test_every_port_is_answered_by_its_name() -> None:
    production = Play().production
    unanswered = {name for name, port in PORTS.items() if production.driver(port, "door") is None}
    assert unanswered == OWN_RECORD | OF_OTHERS | set(ACT_KINDS)  # acts are declared one by one
    assert all(production.lookup(port, "door") for port in PORTS.values() if port.acts)


def test_answers_have_the_shape_that_the_port_declares() -> None:
    play = Play(BAD_RELEASE)
    extra: dict[str, dict[str, str]] = {
        "code_suspects": {"signature": "x"},
        "source_lines": {"signature": "door/hinge.py"},
        "change_diff": {"change": "#1"},
        "check_candidate": {"version": "1.1"},
    }

    async def scene() -> None:
        for name, port in PORTS.items():
            if not port.acts and name not in OWN_RECORD | OF_OTHERS:
                service = "carrier" if name == "provider_status" else "door"
                answer: BaseModel = await play.ask(name, service, **extra.get(name, {}))
                assert port.answer.model_validate(answer.model_dump(mode="json")) == answer, name

    play.run(scene)


def test_the_same_minutes_read_twice_give_the_same_numbers() -> None:
    play, again = Play(BAD_RELEASE), Play(BAD_RELEASE)

    async def twice(play: Play) -> list[dict[str, float]]:
        first = (await play.ask("golden_signals", minutes=60)).latency
        later = (await play.ask("golden_signals", minutes=90)).latency
        return [{str(s.at(i)): v for i, v in enumerate(s.values)} for s in (first, later)]

    first, later = play.run(lambda: twice(play))
    shared = first.keys() & later.keys()
    assert len(shared) > 55
    assert {key: first[key] for key in shared} == {key: later[key] for key in shared}
    assert again.run(lambda: twice(again))[0] == first


def test_another_seed_gives_other_noise_and_another_onset() -> None:
    def onset(seed: int) -> Any:
        play = Play(BAD_RELEASE, seed=seed)
        return play.run(lambda: play.ask("deployment_history")).deployments[-1].at

    assert len({onset(seed) for seed in range(5)}) == 5


def test_a_bad_release_fails_from_its_deployment_on_and_writes_a_new_error() -> None:
    play = Play(BAD_RELEASE)

    async def scene() -> None:
        errors = await play.errors()
        deployed = (await play.ask("deployment_history")).deployments[-1].at
        log = await play.ask("error_log")
        cpu = (await play.ask("system_metrics", minutes=60)).cpu.values
        since = ALERT + timedelta(minutes=1) - deployed
        before = len(errors) - int(since.total_seconds() // 60) - 2
        assert max(errors[:before]) < 0.01 < 0.5 < min(errors[-5:])
        assert log.patterns[0].versions == ["1.2"]
        assert timedelta(0) <= log.patterns[0].first_seen - deployed < timedelta(minutes=2)
        assert max(cpu) < 0.6

    play.run(scene)


def test_callers_feel_it_later_and_weaker() -> None:
    play = Play(LOST_MACHINE)

    async def scene() -> None:
        rates = [await play.errors(name) for name in ("store", "door", "hall")]
        onsets = [next(i for i, rate in enumerate(r) if rate > 0.05) - len(r) for r in rates]
        assert onsets == sorted(onsets)
        assert onsets[0] < onsets[2]
        assert rates[0][-1] > rates[1][-1] > rates[2][-1] > 0.1

    play.run(scene)


def test_an_overload_shows_on_the_machines_before_requests_fail() -> None:
    play = Play({"kind": "overload", "component": "door", "onset": -20})

    async def scene() -> None:
        cpu = (await play.ask("system_metrics", minutes=40)).cpu.values
        errors = await play.errors(minutes=40)
        hot = next(i for i, value in enumerate(cpu) if value > 0.6)
        assert hot < next(i for i, value in enumerate(errors) if value > 0.02)
        await play.ask("scale", replicas=8, idempotency_key="k")
        await play.at(14)
        assert max((await play.errors())[-3:]) < 0.01
        assert (await play.ask("infrastructure_state")).replicas_ready == 8
        assert (await play.ask("system_metrics", minutes=1)).cpu.values[0] < 0.6

    play.run(scene)


def test_an_unknown_service_is_refused_in_words_that_say_what_was_asked() -> None:
    play = Play()
    with pytest.raises(Unanswered, match=r"golden_signals\(service=cellar, minutes=30\) at 13:2") as refused:
        play.run(lambda: play.ask("golden_signals", "cellar", minutes=30))
    assert refused.value.refusal.error == "no data"


def test_a_gap_in_the_telemetry_is_told_and_not_filled() -> None:
    gaps = [{"port": "error_log", "answer": "not connected"}, {"port": "usage", "service": "door", "until": 5}]
    play = Play(gaps=gaps)

    async def scene() -> None:
        assert play.production.driver(PORTS["error_log"], "door") is None
        with pytest.raises(Unanswered, match="holds no samples"):
            await play.ask("usage")
        await play.at(6)
        assert (await play.ask("usage")).active_users > 9000

    play.run(scene)


def test_reading_takes_simulated_time() -> None:
    play = Play(minutes={"usage": 4})
    play.run(lambda: play.ask("usage"))
    assert play.clock.now() == ALERT + timedelta(minutes=4)


def test_harmless_lines_are_always_in_the_log() -> None:
    play = Play()
    assert len(play.run(lambda: play.ask("error_log")).patterns) == 3


def test_the_catalogue_lists_the_services_without_their_troubles() -> None:
    play = Play(BAD_RELEASE)
    assert play.production.catalogue.downstream("hall") == ["hall", "door", "store", "carrier"]
    assert "1.2" not in play.production.catalogue.model_dump_json()


def test_a_world_with_an_unknown_word_is_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        World.model_validate({"services": {"door": {"colour": "red"}}})


def test_a_world_says_when_a_name_is_unknown() -> None:
    with pytest.raises(ValidationError, match="expected one of door"):
        World.model_validate({"services": {"door": {"depends_on": ["cellar"]}}})
