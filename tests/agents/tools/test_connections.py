"""Connections: the catalogue's entries lead to the right driver, and faults are told at the start."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agents.io.catalogue import Catalogue, CatalogueError, load
from agents.io.clock import VirtualClock
from agents.readings.production import ActionResult
from agents.tools.act_ports import drain_instance
from agents.tools.connections import CatalogueConnections, with_folder
from agents.tools.drivers.prometheus import CLIENT, SIGNALS, SYSTEM
from agents.tools.port import AnyPort, Unanswered
from agents.tools.ports import (
    add_to_backlog,
    deploy,
    deployment_history,
    golden_signals,
    infrastructure_state,
    notify,
    open_channel,
    publish_status,
    rollback,
    screenshot,
    send_brief,
    system_metrics,
)
from tests.agents.tools.vendor import Answer, on_loopback

COMMAND: dict[str, Any] = {"driver": "command", "command": ["true"]}
PROMETHEUS: dict[str, Any] = {"driver": "prometheus", "url": "http://127.0.0.1:9"}
CLUSTER: dict[str, Any] = {"driver": "kubernetes", "deployment": "checkout", "token": "file:/nowhere/token"}


def connections(
    observe: dict[str, Any] | None = None, act: dict[str, Any] | None = None, outgoing: dict[str, Any] | None = None
) -> CatalogueConnections:
    service = {"observe": observe or {}, "act": act or {}}
    catalogue = Catalogue.model_validate({"services": {"checkout": service}, "outgoing": outgoing or {}})
    return CatalogueConnections(catalogue, VirtualClock(datetime(2026, 3, 2, tzinfo=UTC)))


def test_a_system_stands_for_all_its_ports() -> None:
    connected = connections(observe={"metrics": PROMETHEUS})
    assert connected.driver(golden_signals, "checkout") is not None
    assert connected.driver(system_metrics, "checkout") is not None


def test_a_port_by_name_goes_before_its_system() -> None:
    connected = connections(act={"deployments": COMMAND, "rollback": {**COMMAND, "outcome": ["true"]}})
    assert connected.lookup(rollback, "checkout") is not None
    assert connected.driver(deploy, "checkout") is not None
    assert connected.lookup(deploy, "checkout") is None


def test_reading_a_system_does_not_allow_acting_on_it() -> None:
    connected = connections(observe={"deployments": COMMAND})
    assert connected.driver(deployment_history, "checkout") is not None
    assert connected.driver(rollback, "checkout") is None


def test_an_unlisted_service_is_not_connected() -> None:
    assert connections(observe={"metrics": PROMETHEUS}).driver(golden_signals, "search") is None


@pytest.mark.parametrize(
    ("port", "arguments"),
    [
        (open_channel, {"name": "incident", "topic": "errors"}),
        (notify, {"audience": "users", "text": "we are on it"}),
        (publish_status, {"service": "search", "text": "Investigating"}),
        (send_brief, {"audience": "stakeholders", "text": "SITUATION"}),
        (add_to_backlog, {"title": "alert sooner", "owner": "checkout team", "deadline": "2026-04-01", "why": "late"}),
    ],
)
async def test_words_are_kept_where_nothing_outside_is_connected(port: AnyPort, arguments: dict[str, str]) -> None:
    connected = connections()
    driver = connected.driver(port, arguments.get("service", ""))
    assert driver is not None
    result = await driver(**arguments, idempotency_key="k")
    assert port.answer.model_validate(result.model_dump()).detail.startswith("kept in Warroom's own record")
    assert connected.lookup(port, "") is not None


@pytest.mark.parametrize(
    ("observe", "fault"),
    [
        ({"metric": PROMETHEUS}, "services.checkout.observe.metric: there is no port and no system of this name"),
        ({"metrics": {"driver": "graphite"}}, "observe.metrics: there is no driver graphite; there is chromium"),
        ({"metric": PROMETHEUS}, r"of this name; did you mean metrics"),
        ({"metrics": {**PROMETHEUS, "driver": "promethus"}}, r"no driver promethus; did you mean prometheus\?"),
        (
            {"metrics": {**PROMETHEUS, "selektor": "x"}},
            r"metrics\.selektor: .* did you mean selector\?",
        ),
        (
            {"metrics": {**PROMETHEUS, "queries": {"satuartion": "vector(1)"}}},
            r"metrics\.queries: there is no signal satuartion; did you mean saturation\?",
        ),
        ({"metrics": {"driver": "prometheus"}}, "services.checkout.observe.metrics.url: Field required"),
        ({"metrics": COMMAND}, "services.checkout.observe.metrics: the driver command cannot answer it"),
        ({"metrics": {**PROMETHEUS, "url": "http://host:99999"}}, r"metrics\.url: .*expected an address such as"),
        ({"logs": {"driver": "loki", "url": "http://host\nname"}}, r"logs\.url: .*expected an address such as"),
        ({"infrastructure": {**CLUSTER, "authority": "/nowhere/ca.crt"}}, r"infrastructure: .*No such file"),
    ],
)
def test_a_fault_in_an_entry_is_told_at_the_start(observe: dict[str, Any], fault: str) -> None:
    with pytest.raises(CatalogueError, match=fault):
        connections(observe=observe)


def test_a_signal_may_be_of_ones_own() -> None:
    own = {"baskets": "vector(1)", **dict.fromkeys([*SIGNALS, *SYSTEM, *CLIENT, "affected_users"], "vector(1)")}
    assert connections(observe={"metrics": {**PROMETHEUS, "queries": own}}).driver(golden_signals, "checkout")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(CatalogueError, match=r"outgoing\.pager: .*; services\.checkout\.act\.rollback\.command: "):
        connections(act={"rollback": {"driver": "command"}}, outgoing={"pager": COMMAND})


def test_pictures_go_to_the_folder_unless_the_catalogue_names_one() -> None:
    browser = {"driver": "chromium", "url": "http://127.0.0.1:9"}
    observe = {"browser": browser, "screenshot": {**browser, "folder": "elsewhere"}}
    catalogue = Catalogue.model_validate({"services": {"checkout": {"observe": observe}}})
    told = with_folder(catalogue, Path("data/evidence")).services["checkout"].observe
    assert told["browser"].model_extra == {"url": "http://127.0.0.1:9", "folder": "data/evidence"}
    assert told["screenshot"].model_extra == {"url": "http://127.0.0.1:9", "folder": "elsewhere"}
    connected = CatalogueConnections(catalogue, VirtualClock(datetime(2026, 3, 2, tzinfo=UTC)))
    assert connected.driver(screenshot, "checkout") is not None


SLACK: dict[str, Any] = {"driver": "slack", "channel": "C012"}


@pytest.mark.parametrize(
    ("token", "fault"),
    [
        ("xoxb-123-secret", "name where the secret stands: env:NAME or file:/path, never the secret itself"),
        ("env:NO_SUCH_TOKEN", "the environment has no NO_SUCH_TOKEN"),
    ],
)
def test_a_secret_is_referred_to_and_never_shown(token: str, fault: str) -> None:
    with pytest.raises(CatalogueError, match=f"outgoing.channel.token: .*{fault}") as refused:
        connections(outgoing={"channel": {**SLACK, "token": token}})
    assert "xoxb" not in str(refused.value)


@pytest.mark.parametrize(
    ("driver", "port", "entry"),
    [
        ("slack", notify, {"channel": "C012"}),
        ("slack", send_brief, {"channel": "C012"}),
        ("statuspage", publish_status, {"page": "p1"}),
        ("github_issues", add_to_backlog, {"repository": "shop/checkout"}),
    ],
)
def test_what_leaves_the_building_goes_where_the_catalogue_says(
    driver: str, port: AnyPort, entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "t")
    connected = connections(outgoing={port.system: {"driver": driver, "token": "env:SOME_TOKEN", **entry}})
    assert connected.driver(port, "") is not None
    assert connected.lookup(port, "") is not None


async def test_an_answer_of_another_shape_is_told_and_is_no_fault_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "t")
    with on_loopback(lambda asked: Answer(200, {"surprise": 1})) as url:
        entry = {"driver": "kubernetes", "token": "env:SOME_TOKEN", "deployment": "checkout", "url": url}
        driver = connections(observe={"infrastructure": entry}).driver(infrastructure_state, "checkout")
        assert driver is not None
        with pytest.raises(Unanswered, match=r"infrastructure_state: answered in a shape .*KeyError: 'spec'"):
            await driver(service="checkout")


def test_a_catalogue_s_names_are_harmless(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text(r'{services: {"check\u200bout": {owner: "Ann \e[2J", public_name: "caf\u0065\u0301"}}}')
    service = load(file).services["checkout"]
    assert (service.owner, service.public_name) == ("Ann [2J", "café")


async def test_a_number_that_is_too_large_is_told_and_is_no_fault_of_the_run() -> None:
    told = {"data": {"result": [{"values": [["inf", "1"]]}]}}
    with on_loopback(lambda asked: Answer(200, told)) as url:
        connected = connections(observe={"metrics": {"driver": "prometheus", "url": url}})
        driver = connected.driver(golden_signals, "checkout")
        assert driver is not None
        with pytest.raises(Unanswered, match=r"golden_signals: answered in a shape .*OverflowError"):
            await driver(service="checkout")


@pytest.mark.parametrize(
    "url", ["http://host:99999/x", "ftp://host", "http://", "host.example", "http://a b", "http://☃.example/"]
)
def test_a_webhook_s_address_is_checked_where_it_is_written(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s")
    with pytest.raises(ValidationError, match="expected an address such as https://"):
        Catalogue.model_validate({"webhooks": [{"url": url, "secret": "env:HOOK_SECRET"}]})


def test_a_link_of_a_service_is_checked_where_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text('services: {checkout: {links: {dashboard: "https://{host}/d"}}}')
    with pytest.raises(CatalogueError, match=r"services.checkout.links.dashboard.*\{host\} is no placeholder"):
        load(file)
    file.write_text('services: {checkout: {links: {wiki: "https://a.example/"}}}')
    with pytest.raises(CatalogueError, match="'dashboard', 'logs' or 'traces'"):
        load(file)


DECLARED: dict[str, Any] = {"risk": "a", "undo": "b", "check": "c", "targets": ["shop-*"]}


def test_a_declared_act_is_made_by_its_own_entry_and_no_system_stands_for_it() -> None:
    whole = connections(act={"infrastructure": COMMAND, "drain_instance": {**COMMAND, **DECLARED}})
    assert whole.driver(drain_instance, "checkout")
    assert connections(act={"infrastructure": COMMAND}).driver(drain_instance, "checkout") is None


async def test_what_a_declaration_says_is_no_setting_of_its_driver() -> None:
    driver = connections(act={"drain_instance": {**COMMAND, **DECLARED}}).driver(drain_instance, "checkout")
    assert driver is not None
    result = await driver(service="checkout", instance="shop-2", idempotency_key="k")
    assert ActionResult.model_validate(result).done


def test_a_driver_that_carries_out_every_change_sends_no_words() -> None:
    with pytest.raises(CatalogueError, match="the driver webhook cannot answer it"):
        connections(outgoing={"channel": {"driver": "webhook", "url": "https://hooks.example/x"}})
    assert connections(act={"restart": {"driver": "webhook", "url": "https://hooks.example/x"}})


def test_a_driver_that_makes_no_changes_is_refused_for_a_declared_act() -> None:
    with pytest.raises(CatalogueError, match="the driver prometheus cannot answer it"):
        connections(act={"drain_instance": {"driver": "prometheus", "url": "http://127.0.0.1:9", **DECLARED}})
