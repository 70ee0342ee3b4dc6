"""The Prometheus driver's free queries: what is asked, within which limits, and what is made of the answer."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from agents.io.clock import VirtualClock
from agents.readings.searches import MOST_SAMPLES, MOST_SERIES, MetricQuery, MetricReading
from agents.tools.drivers.prometheus import Prometheus
from agents.tools.port import Unanswered
from tests.agents.tools.conftest import Serve
from tests.agents.tools.prometheus_answers import NOON, asked_query, query_of

Labels = dict[str, str]


def series(*found: tuple[Labels, list[float]]) -> str:
    """Series whose last sample is of now, one a minute."""
    result = [
        {
            "metric": labels,
            "values": [
                [(NOON - timedelta(minutes=len(values) - 1 - number)).timestamp(), str(value)]
                for number, value in enumerate(values)
            ],
        }
        for labels, values in found
    ]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})


def always(*found: tuple[Labels, list[float]]) -> Callable[[str], tuple[int, str]]:
    return lambda path: (200, series(*found))


async def read(url: str, clock: VirtualClock, entry: dict[str, Any] | None = None, **asked: Any) -> MetricReading:
    return await Prometheus({"url": url, **(entry or {})}, clock).query_metric(service="shop", **asked)


async def test_a_signal_is_asked_for_by_the_catalogue_s_query(serve: Serve, clock: VirtualClock) -> None:
    server = serve(always(({}, [0.25, 0.5])))
    entry = {"queries": {"saturation": "max(slots{$selector})"}, "selector": 'job="$service"'}
    answer = await read(server.url, clock, entry, metric="saturation", minutes=2)
    assert answer.asked == ['max(slots{job="shop"})']
    (one,) = answer.series
    assert (one.unit, one.values, one.latest, one.lowest, one.highest) == ("share", [0.25, 0.5], 0.5, 0.25, 0.5)
    assert one.start == NOON - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("metric", "by", "promql"),
    [
        ("orders_total", "", 'sum(rate(orders_total{service="shop"}[120s]))'),
        ("orders_total", "instance", 'sum by (pod,instance) (rate(orders_total{service="shop"}[120s]))'),
        ("queue_length", "", 'queue_length{service="shop"}'),
        ("queue_length", "region", 'max by (region,zone,availability_zone,datacenter) (queue_length{service="shop"})'),
        ("wait_bucket", "", 'histogram_quantile(0.95, sum by (le) (rate(wait_bucket{service="shop"}[120s])))'),
    ],
)  # fmt: skip
async def test_a_metric_is_asked_for_by_its_name(
    serve: Serve, clock: VirtualClock, metric: str, by: str, promql: str
) -> None:
    server = serve(always(({"pod": "a", "job": "x"}, [3]), ({"pod": "b", "job": "x"}, [7])))
    answer = await read(server.url, clock, metric=metric, by=by)
    assert query_of(server.asked[0]) == promql
    if by == "instance":
        assert [one.name for one in answer.series] == ["b", "a"]
    elif not by:
        assert [one.name for one in answer.series] == ["pod=b", "pod=a"]


async def test_the_share_of_failures_is_split_part_by_part_and_sample_by_sample(
    serve: Serve, clock: VirtualClock
) -> None:
    one, two = {"pod": "a", "instance": "10.0.0.1"}, {"instance": "b"}
    failed, asked = series((two, [0, 30])), series((one, [60, 60]), (two, [60, 60]))
    server = serve(lambda path: (200, failed if "5.." in query_of(path) else asked))
    answer = await read(server.url, clock, metric="error_rate", by="instance", minutes=2)
    assert {part.name: part.values for part in answer.series} == {"a": [0, 0], "b": [0, 0.5]}
    traffic = await read(server.url, clock, metric="traffic", by="instance", minutes=2)
    assert {part.name: part.values for part in traffic.series} == {"a": [0.5, 0.5], "b": [0.5, 0.5]}


async def test_requests_are_split_by_the_label_that_marks_failures(serve: Serve, clock: VirtualClock) -> None:
    server = serve(always(({"outcome": "ok"}, [60]), ({"outcome": "bad"}, [6])))
    answer = await read(server.url, clock, {"errors": 'outcome!="ok"'}, metric="traffic", by="status")
    assert [one.name for one in answer.series] == ["ok", "bad"]
    assert "by (outcome,code,status," in query_of(server.asked[0])
    server = serve(always(({"code": "200"}, [60])))
    await read(server.url, clock, {"errors": 'route!="/health",code=~"5.."'}, metric="traffic", by="status")
    assert "by (code,status," in query_of(server.asked[0])


async def test_an_expression_of_one_s_own_is_asked_as_it_is_and_the_server_gives_up_too(
    serve: Serve, clock: VirtualClock
) -> None:
    server = serve(always(({"__name__": "up", "job": "shop"}, [1])))
    answer = await read(server.url, clock, {"seconds": 4}, promql='up{job="shop"}')
    assert asked_query(server.asked[0])["timeout"] == "4"
    assert query_of(server.asked[0]) == 'up{job="shop"}'
    assert [one.name for one in answer.series] == ["__name__=up, job=shop"]


async def test_range_points_series_and_bytes_are_bounded(serve: Serve, clock: VirtualClock) -> None:
    many = [({"pod": f"p{number}"}, [float(number)]) for number in range(50)]
    server = serve(always(*many))
    answer = await read(server.url, clock, metric="queue_length", minutes=1440)
    assert (len(answer.series), answer.left_out) == (MOST_SERIES, 30)
    assert answer.series[0].latest == 49
    asked = asked_query(server.asked[0])
    assert (float(asked["end"]) - float(asked["start"])) / float(asked["step"]) + 1 <= MOST_SAMPLES
    server = serve(lambda path: (200, '{"data": "' + "x" * 3_000_000 + '"}'))
    with pytest.raises(Unanswered, match="more than 2,097,152 bytes"):
        await read(server.url, clock, metric="queue_length")


async def test_without_a_metric_the_names_are_told(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, json.dumps({"status": "success", "data": ["b_total", "a\u202e"]})))
    answer = await read(server.url, clock)
    assert (answer.names, answer.series) == (["a", "b_total"], [])
    assert server.asked[0].startswith("/api/v1/label/__name__/values?match%5B%5D=%7Bservice%3D%22shop%22%7D")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"metric": "saturation", "by": "version"}, "only traffic, error_rate and latency can be split"),
        ({"metric": "traffic", "by": "version"}, "carry none of the labels version, app_version, release"),
        ({"metric": "traffic", "by": "tenant"}, "there is no label for tenant"),
    ],
)
async def test_what_cannot_be_split_is_told(
    serve: Serve, clock: VirtualClock, asked: dict[str, str], said: str
) -> None:
    with pytest.raises(Unanswered, match=said):
        await read(serve(always(({}, [60]))).url, clock, {"splits": {"tenant": []}}, **asked)


async def test_nothing_found_says_what_was_asked(serve: Serve, clock: VirtualClock) -> None:
    with pytest.raises(Unanswered, match=r"asked .* for heat\{service=\"shop\"\} from .* answered: no series"):
        await read(serve(always()).url, clock, metric="heat")


@pytest.mark.parametrize(
    "asked",
    [
        {"metric": "up", "promql": "up"},
        {"by": "version"},
        {"metric": 'up{job="other"}'},
        {"metric": "error_rate", "by": "status"},
        {"metric": "up", "minutes": 2000},
        {"promql": "x" * 1001},
    ],
)
def test_a_query_that_asks_two_things_or_none_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MetricQuery.model_validate({"service": "shop", **asked})
