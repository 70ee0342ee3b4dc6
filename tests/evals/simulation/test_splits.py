"""Splits of a simulated production: which part suffers is seen there, and the whole is what the golden signals say."""

from typing import Any

import pytest
from pydantic import ValidationError

from agents.readings.splits import SplitSignals
from agents.tools.port import PORTS
from evals.scenarios.loading import load
from evals.scenarios.variation import varied
from evals.simulation.world import World
from tests.agents.tools.small_world import SERVICES, Play

BAD_INSTANCE: dict[str, Any] = {
    "component": "door",
    "onset": -20,
    "jitter": 0,
    "effect": {"error_rate": 0.2, "latency": 3, "only": {"instance": ["door-2"]}},
}


def read(*faults: dict[str, Any], service: str = "door") -> SplitSignals:
    play = Play(*faults)
    return play.run(lambda: play.ask("split_signals", service))


def test_one_bad_instance_is_seen_among_its_like_and_only_in_that_split() -> None:
    by_instance, by_version = read(BAD_INSTANCE).splits
    assert (by_instance.failing, by_instance.slow) == (["door-2"], ["door-2"])
    assert by_version.failing == []
    worst = next(part for part in by_instance.parts if part.name == "door-2")
    assert 0.7 < worst.share < 0.9  # a fifth of all requests, all of them among its quarter


def test_the_parts_together_are_the_whole() -> None:
    play = Play(BAD_INSTANCE)

    async def scene() -> None:
        golden = await play.ask("golden_signals", minutes=10)
        splits = (await play.ask("split_signals", minutes=10)).splits
        requests = sum(60 * traffic for traffic in golden.traffic.values)
        failed = sum(60 * t * e for t, e in zip(golden.traffic.values, golden.error_rate.values, strict=True))
        for split in splits:
            assert sum(part.requests for part in split.parts) == pytest.approx(requests, rel=0.05)
            assert sum(part.failed for part in split.parts) == pytest.approx(failed, rel=0.2)

    play.run(scene)


def test_a_fault_of_all_parts_names_none() -> None:
    everywhere = {**BAD_INSTANCE, "effect": {"error_rate": 0.2}}
    assert read(everywhere).stands_out == []
    assert read().stands_out == []


def test_a_caller_does_not_feel_which_part_below_it_suffers() -> None:
    services = {**SERVICES, "hall": {**SERVICES["hall"], "splits": {"instance": {"door-2": 0.5, "hall-1": 0.5}}}}
    play = Play(BAD_INSTANCE, services=services)
    assert play.run(lambda: play.ask("split_signals", "hall")).stands_out == []


def test_a_service_without_splits_is_not_connected() -> None:
    assert Play().production.driver(PORTS["split_signals"], "hall") is None
    assert Play().production.driver(PORTS["split_signals"], "nowhere") is None


@pytest.mark.parametrize(
    ("splits", "only", "said"),
    [
        ({"instance": {"a": 0.5, "b": 0.1}}, {}, "expected the shares by instance to be 1 together, found 0.6"),
        ({"instance": {"a": 1}}, {"instance": ["b"]}, "only.instance names b; door has a"),
        ({"instance": {"a": 1}}, {"tenant": ["acme"]}, "only.tenant names acme; door has no split by it"),
        ({"colour": {"red": 1}}, {}, "Input should be 'instance'"),
    ],
)
def test_splits_that_do_not_fit_together_are_mistakes(splits: Any, only: Any, said: str) -> None:
    fault = {"component": "door", "onset": -5, "effect": {"only": only}}
    with pytest.raises(ValidationError, match=said):
        World.model_validate({"services": {"door": {"splits": splits}}, "faults": [fault]})


def test_another_house_has_other_versions_in_its_splits_as_in_its_releases() -> None:
    scenario = load("first_light")
    name = scenario.alert.service
    written = scenario.world.model_dump()
    newest = written["services"][name]["releases"][-1]["version"]
    written["services"][name]["splits"] = {"version": {newest: 0.4, "1.0.0": 0.6}}
    written["faults"].append({"component": name, "onset": -5, "effect": {"only": {"version": [newest]}}})
    elsewhere = varied(scenario._replace(world=World.model_validate(written)), 3).world
    service = elsewhere.services[elsewhere.faults[-1].component]
    assert service.releases[-1].version != newest
    assert elsewhere.faults[-1].effect.only["version"] == [service.releases[-1].version]
    assert service.releases[-1].version in service.splits["version"]


def test_a_crowd_that_comes_from_one_tenant_is_seen_in_its_requests_and_goes_with_its_limit() -> None:
    services: dict[str, Any] = {
        "door": {"splits": {"tenant": {"acme": 0.2, "lund": 0.8}}, "acts": {"limit_tenant": {}}}
    }
    crowd: dict[str, Any] = {
        "kind": "overload",
        "component": "door",
        "onset": -20,
        "ramp": 0,
        "effect": {"traffic": 3, "crowd_from": {"tenant": ["acme"]}},
        "cured_by": [{"action": "limit_tenant", "target": "acme", "minutes": 1}],
    }
    play = Play(crowd, services=services, minutes={"query_metric": 0})

    def share(signals: SplitSignals) -> float:
        (split,) = signals.splits
        sent = {part.name: part.requests for part in split.parts}
        return sent["acme"] / sum(sent.values())

    async def scene() -> tuple[float, float, float]:
        crowded = share(await play.ask("split_signals"))
        series = {
            one.name: one.latest for one in (await play.ask("query_metric", metric="traffic", by="tenant")).series
        }
        assert series["acme"] / sum(series.values()) == pytest.approx(crowded, abs=0.05)
        await play.ask("limit_tenant", tenant="lund", idempotency_key="1")
        await play.at(20)
        as_before = share(await play.ask("split_signals"))
        await play.ask("limit_tenant", tenant="acme", idempotency_key="2")
        await play.at(45)
        return crowded, as_before, share(await play.ask("split_signals"))

    crowded, as_before, limited = play.run(scene)
    assert crowded > 0.7
    assert as_before > 0.7  # of another tenant
    assert limited < 0.25


def test_an_act_is_there_only_where_it_is_declared_and_only_for_what_there_is() -> None:
    play = Play(services={"door": {"splits": {"tenant": {"acme": 1}}, "acts": {"limit_tenant": {}}}, "hall": {}})
    assert play.production.driver(PORTS["limit_tenant"], "hall") is None
    assert play.production.driver(PORTS["limit_route"], "door") is None
    assert play.production.catalogue.services["door"].declared("limit_tenant")
    refused = play.run(lambda: play.ask("limit_tenant", tenant="nobody", idempotency_key="1"))
    assert not refused.done
    assert "has no tenant nobody" in refused.detail
