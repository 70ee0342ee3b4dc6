"""The Prometheus driver's splits and what browsers report, against a small server that speaks its HTTP API."""

import re
from collections.abc import Callable

import pytest

from agents.io.clock import VirtualClock
from agents.tools.drivers.prometheus import Prometheus
from agents.tools.port import Unanswered
from tests.agents.tools.conftest import Serve
from tests.agents.tools.prometheus_answers import NOON, matrix, query_of, vector

Found = list[tuple[dict[str, str], float]]


def requests_by(requests: Found, failures: Found, latency: Found | None = None) -> Callable[[str], tuple[int, str]]:
    """Answer `sum by`: series that are alike in its labels are one, and those without any of them are one as well."""

    def answer(path: str) -> tuple[int, str]:
        query = query_of(path)
        by = set(re.split(r"[(),]", query.partition(" by ")[2].partition(") ")[0])) - {"", "le"}
        found = (latency or []) if "bucket" in query else failures if "code=~" in query else requests
        summed: dict[tuple[tuple[str, str], ...], float] = {}
        for labels, value in found:
            kept = tuple(sorted((name, labels[name]) for name in by & set(labels)))
            summed[kept] = summed.get(kept, 0) + value
        return 200, vector(*[(dict(kept), value) for kept, value in summed.items()])

    return answer


async def test_one_bad_instance_of_several_is_named_with_figures(serve: Serve, clock: VirtualClock) -> None:
    one, two = {"instance": "shop-1"}, {"instance": "shop-2"}
    server = serve(requests_by([(one, 40.2), (two, 39.7)], [(one, 2), (two, 38)], [(one, 0.2), (two, 2.4)]))
    read = await Prometheus({"url": server.url}, clock).split_signals("shop")
    assert read.stands_out == [
        "2 of 40 requests fail on shop-1, 38 of 40 on shop-2; "
        "the 95th percentile of requests is 2.40 s on shop-2, 0.20 s on the other"
    ]
    (split,) = read.splits
    assert (split.by, split.failing, split.slow) == ("instance", ["shop-2"], ["shop-2"])
    assert "version: the requests of shop carry none of the labels version, app_version, release" in read.unseen


async def test_a_bad_version_endpoint_region_and_tenant_are_named_each_by_its_own_label(
    serve: Serve, clock: VirtualClock
) -> None:
    bad = {"version": "5.19.0", "handler": "/pay", "zone": "eu", "tenant_id": "acme"}
    good = {"version": "5.18.0", "handler": "/cart", "zone": "us", "tenant_id": "zenith"}
    server = serve(requests_by([(bad, 100), (good, 900)], [(bad, 90)]))
    read = await Prometheus({"url": server.url}, clock).split_signals("shop", minutes=5)
    assert [split.failing for split in read.splits] == [["5.19.0"], ["/pay"], ["eu"], ["acme"]]
    assert read.stands_out[0] == "0 of 900 requests fail on version 5.18.0, 90 of 100 on version 5.19.0"
    assert "[300s]" in query_of(server.asked[0])


async def test_a_label_of_one_s_own_names_the_tenant_and_an_empty_list_leaves_a_split_out(
    serve: Serve, clock: VirtualClock
) -> None:
    server = serve(requests_by([({"org": "acme"}, 10), ({}, 90)], [({"org": "acme"}, 10)]))
    entry = {"url": server.url, "splits": {"tenant": ["org"], "instance": [], "version": [], "region": []}}
    read = await Prometheus(entry, clock).split_signals("shop")
    assert [split.by for split in read.splits] == ["tenant"]
    assert [reason.partition(":")[0] for reason in read.unseen] == ["endpoint"]


async def test_a_split_that_is_refused_is_told_and_does_not_hide_the_others(serve: Serve, clock: VirtualClock) -> None:
    good = requests_by([({"instance": "a"}, 10), ({"instance": "b"}, 10)], [])
    server = serve(lambda path: (503, "too many series") if "tenant" in query_of(path) else good(path))
    read = await Prometheus({"url": server.url}, clock).split_signals("shop")
    assert [split.by for split in read.splits] == ["instance"]
    assert any(reason.startswith("tenant: asked") and "HTTP 503: too many series" in reason for reason in read.unseen)


async def test_seconds_without_a_label_are_no_part_of_their_own(serve: Serve, clock: VirtualClock) -> None:
    one, two = {"version": "1"}, {"version": "2"}
    server = serve(requests_by([(one, 40), (two, 40)], [(two, 38)], [({}, 0.2)]))
    (split,) = (await Prometheus({"url": server.url}, clock).split_signals("shop")).splits
    assert split.says == "0 of 40 requests fail on version 1, 38 of 40 on version 2"
    unlabelled = serve(requests_by([(one, 40), ({}, 40)], [({}, 38)]))
    (split,) = (await Prometheus({"url": unlabelled.url}, clock).split_signals("shop")).splits
    assert split.says == "38 of 40 requests fail on version (not given), 0 of 40 on version 1"


async def test_a_service_without_requests_has_no_splits(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix()))
    with pytest.raises(Unanswered, match=r"http_requests_total.*no series"):
        await Prometheus({"url": server.url}, clock).split_signals("shop")


async def test_a_probe_of_a_service_is_no_instance_of_it(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix()))
    with pytest.raises(Unanswered):
        await Prometheus({"url": server.url}, clock).infrastructure_state("shop")
    (asked,) = [query_of(path) for path in server.asked if "__name__" in query_of(path)]
    assert asked.endswith('unless on (job,instance) probe_success{service="shop"}')


async def test_requests_that_cannot_be_split_are_no_data(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, vector(({}, 12))))
    with pytest.raises(Unanswered, match="carry none of the labels pod, instance"):
        await Prometheus({"url": server.url}, clock).split_signals("shop")
    with pytest.raises(Unanswered, match="the catalogue gives no query") as unanswered:
        await Prometheus({"url": server.url, "queries": {"split_requests": ""}}, clock).split_signals("shop")
    assert unanswered.value.refusal.error == "not connected"


async def test_what_browsers_report_is_read_from_counters_of_one_s_own_choice(
    serve: Serve, clock: VirtualClock
) -> None:
    server = serve(lambda path: (200, matrix((NOON, "0.04" if "err" in query_of(path) else "1.9"))))
    usual = await Prometheus({"url": server.url}, clock).client_signals("shop", minutes=2)
    assert (usual.script_errors.values, usual.page_load.values) == ([None, 0.04], [None, 1.9])
    assert (usual.script_errors.unit, usual.page_load.unit, usual.patterns) == ("share", "seconds", [])
    entry = {"url": server.url, "queries": {"script_errors": "js_err{$selector}", "page_load": "lcp[$window]"}}
    await Prometheus(entry, clock).client_signals("shop", minutes=2)
    assert {query_of(path) for path in server.asked[-2:]} == {'js_err{service="shop"}', "lcp[120s]"}


async def test_a_service_without_a_browser_s_metrics_has_no_client_signals(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix()))
    with pytest.raises(Unanswered, match=r"page_views_total\{service=\"shop\"\}.*no series"):
        await Prometheus({"url": server.url}, clock).client_signals("shop")
