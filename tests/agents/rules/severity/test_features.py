"""Features: the scope names what customers use where one endpoint of a service fails and the rest is well."""

from typing import Any

import pytest

from agents.readings.production import Refusal
from agents.readings.splits import SplitPart, SplitSignals, split_of
from agents.reports.triage import FailingFeatures, Scope
from agents.roles import infrastructure_maintainer as maintainer
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.last_word import the_worse
from tests.agents.conftest import Answers, MemoryLog, golden

WELL = {"/cart": (6000, 12), "/orders": (3000, 6)}


def declared(briefing: Briefing, features: dict[str, str], service: str = "checkout") -> Briefing:
    services = dict(briefing.catalogue.services)
    services[service] = services[service].model_copy(update={"features": features})
    catalogue = briefing.catalogue.model_copy(update={"services": services})
    return briefing.model_copy(update={"catalogue": catalogue})


def put(production: Answers, endpoints: dict[str, tuple[int, int]], service: str = "checkout") -> None:
    """A service of whose requests 8 % fail, and how many of each endpoint do."""
    production.put("golden_signals", service, golden(service, error_rate=0.08))
    parts = [SplitPart(name=name, requests=requests, failed=failed) for name, (requests, failed) in endpoints.items()]
    splits = [split_of("instance", parts[:1]), split_of("endpoint", parts)]
    production.put("split_signals", service, SplitSignals(service=service, minutes=5, splits=splits))


async def features(briefing: Briefing, context: DutyContext) -> dict[str, FailingFeatures]:
    return (await maintainer.assess_scope.without_model(briefing, context)).features


async def test_the_feature_of_the_one_endpoint_that_fails_is_named_with_its_share(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    put(production, {"/pay": (1000, 970), **WELL})
    found = await features(declared(briefing, {"/pay": "Card payment", "/cart": "Cart"}), context)
    assert found == {"checkout": FailingFeatures(names=["Card payment"], share=0.97)}


async def test_endpoints_of_one_feature_are_summed_also_those_of_it_that_do_well(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    put(production, {"/pay/card": (500, 500), "/pay/bank": (300, 300), "/pay/list": (800, 0), **WELL})
    found = await features(declared(briefing, {"/pay/*": "Payment"}), context)
    assert found == {"checkout": FailingFeatures(names=["Payment"], share=0.5)}


async def test_several_features_that_fail_are_told_with_the_share_of_all_of_them(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    put(production, {"/pay": (600, 600), "/refund": (200, 200), **WELL})
    found = await features(declared(briefing, {"/refund": "Refunds", "/p?y": "Payment"}), context)
    assert sorted(found["checkout"].names) == ["Payment", "Refunds"]
    assert found["checkout"].share == 1.0


@pytest.mark.parametrize(
    ("endpoints", "named"),
    [
        ({"/pay": (1000, 970), "/login": (400, 390), **WELL}, {"/pay": "Payment"}),  # one that fails has no name
        ({"/pay": (8, 4), "/cart": (60, 1)}, {"/pay": "Payment"}),  # four requests are chance
        ({"/pay": (1000, 80), "/cart": (6000, 480)}, {"/pay": "Payment"}),  # all fail alike
        ({"/pay": (1000, 970), "/cart": (6000, 600)}, {"/pay": "Payment"}),  # the rest is not well
        ({f"/{n}": (900, 890) for n in "abcd"} | {"/cart": (60_000, 12)}, {f"/{n}": f"Page {n}" for n in "abcd"}),
        ({"/pay/1": (900, 890), **{f"/pay/{n}": (300, 0) for n in range(2, 40)}}, {"/pay/*": "Payment"}),  # unlisted
    ],
)
async def test_otherwise_the_whole_service_is_told(
    briefing: Briefing,
    context: DutyContext,
    production: Answers,
    endpoints: dict[str, tuple[int, int]],
    named: dict[str, str],
) -> None:
    put(production, endpoints)
    assert await features(declared(briefing, named), context) == {}


@pytest.mark.parametrize("instead", [Refusal(error="no data", said="none"), "no split by endpoint"])
async def test_where_requests_cannot_be_split_by_endpoint_the_whole_service_is_told(
    briefing: Briefing, context: DutyContext, production: Answers, instead: Any
) -> None:
    put(production, {"/pay": (1000, 970), **WELL})
    by_region = SplitSignals(service="checkout", minutes=5, splits=[split_of("region", [])])
    production.put("split_signals", "checkout", instead if isinstance(instead, Refusal) else by_region)
    assert await features(declared(briefing, {"/pay": "Payment"}), context) == {}


async def test_nothing_more_is_read_where_no_feature_is_declared_or_hardly_a_request_fails(
    briefing: Briefing, context: DutyContext, production: Answers, log: MemoryLog
) -> None:
    put(production, {"/pay": (1000, 970), **WELL})
    assert await features(briefing, context) == {}
    as_before = [*log.rows.items()]
    assert not any(port == "split_signals" for port, _ in production.asked)
    again = MemoryLog()
    context.log = again
    put(production, {"/pay": (1000, 970), **WELL}, service="search")
    context.readings.clear()
    fresh = DutyContext("main/node#1", again, context.clock, production)
    assert await features(declared(briefing, {"/x": "Search page"}, service="search"), fresh) == {}
    assert [*again.rows.items()] == as_before
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.012))
    await features(declared(briefing, {"/pay": "Payment"}), context)
    assert not any(port == "split_signals" for port, _ in production.asked)


async def test_what_is_completely_down_is_not_split(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    put(production, {"/pay": (1000, 970), **WELL})
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.99))
    assert await features(declared(briefing, {"/pay": "Payment"}), context) == {}
    assert ("split_signals", "checkout") not in production.asked


async def test_a_model_does_not_change_which_features_were_measured(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    put(production, {"/pay": (1000, 970), **WELL})
    measured = await maintainer.assess_scope.without_model(declared(briefing, {"/pay": "Payment"}), context)
    invented = {"shop": FailingFeatures(names=["Gifts"], share=1.0)}
    said: Scope = measured.model_copy(update={"features": invented, "error_rate": 0.5})
    assert the_worse(said, measured).features == measured.features != {}
