"""Mechanisms: jobs that stand still, one ailing instance, a log where nothing is measured, providers and stores."""

from datetime import timedelta
from typing import Any

import pytest

from agents.io.catalogue import Catalogue
from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import (
    ClientSignals,
    DatabaseHealth,
    Dependencies,
    ErrorLog,
    InfrastructureState,
    LogPattern,
    Machine,
    Refusal,
)
from agents.readings.splits import SplitPart, SplitSignals, split_of
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.hypotheses import diagnose
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import NOW, ONSET, Answers, MemoryLog, call, golden, series, system


def wrote(production: Answers, service: str, signature: str, level: str = "error", versions: str = "") -> None:
    pattern = LogPattern.model_validate(
        {
            "service": service,
            "signature": signature,
            "level": level,
            "count": 90,
            "first_seen": ONSET,
            "last_seen": NOW,
            "sample": signature,
            "versions": [versions] if versions else [],
        }
    )
    noise = pattern.model_copy(
        update={"signature": "slow client", "level": "warning", "first_seen": NOW - timedelta(hours=2)}
    )
    production.put("error_log", service, ErrorLog(service=service, patterns=[noise, pattern]))


def as_worker(briefing: Briefing) -> Briefing:
    """The same production, in which checkout works off jobs."""
    services = dict(briefing.catalogue.services)
    services["checkout"] = services["checkout"].model_copy(update={"kind": "worker"})
    return briefing.model_copy(update={"catalogue": Catalogue(services=services)})


async def best(briefing: Briefing, context: DutyContext) -> Hypothesis:
    return (await diagnose(briefing, context)).hypotheses[0]


async def test_jobs_that_are_hardly_done_any_more_are_a_failure_without_an_error(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, traffic=2))
    assert not (await diagnose(briefing, context)).first
    assert [c.name for c in (await diagnose(as_worker(briefing), context)).first] == ["checkout"]


async def test_of_jobs_that_stand_still_a_warning_from_the_code_tells_the_cause(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, traffic=2))
    wrote(production, "checkout", "order <n> given back for the <n>th time at jobs/bundle.py:<n>", "warning")
    assert (await best(as_worker(briefing), context)).cause == "code bug"
    assert (await diagnose(briefing, context)).hypotheses == []


@pytest.mark.parametrize(("title", "component"), [("No invoice was written since Friday", 2), ("Many errors", None)])
async def test_the_log_is_believed_where_the_alert_is_about_what_nothing_measures(
    briefing: Briefing, context: DutyContext, production: Answers, title: str, component: int | None
) -> None:
    wrote(production, "checkout", "password authentication failed for role <name>")
    told = briefing.model_copy(update={"alert": Alert(title=title, service="checkout")})
    found = [h for h in (await diagnose(told, context)).hypotheses if h.strength >= 2 and h.cause == "infrastructure"]
    assert bool(found) is (component is not None)


@pytest.mark.parametrize(("seen", "strength"), [(True, 2), (False, 1)])
async def test_a_full_service_whose_requests_take_longer_may_wait_for_what_nobody_sees(
    briefing: Briefing, context: DutyContext, production: Answers, seen: bool, strength: int
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.9, latency=2.4, saturation=1.0))
    calls = ("dependencies", "checkout")
    below = [key for key in production.values if key[1] in ("orders-db", "card-gateway") or key == calls]
    for key in [] if seen else below:
        del production.values[key]
    found = [h for h in (await diagnose(briefing, context)).hypotheses if h.component == "checkout"]
    (own,) = [h for h in found if h.cause == "infrastructure"]
    assert own.strength == strength
    assert seen or "it may wait for" in own.against[-1].text


@pytest.mark.parametrize(("timed", "component"), [(True, "shop"), (False, "checkout")])
async def test_what_is_slow_below_counts_where_no_caller_measures_the_time_of_its_calls(
    briefing: Briefing, context: DutyContext, production: Answers, timed: bool, component: str
) -> None:
    seconds = 0.1 if timed else 0.0
    calls = [call("checkout", latency_seconds=seconds, usual_latency_seconds=seconds)]
    production.put("dependencies", "shop", Dependencies(service="shop", calls=calls, called_by=[]))
    production.put("golden_signals", "shop", golden("shop", ONSET, latency=0.7))
    production.put("golden_signals", "checkout", golden("checkout", ONSET, latency=0.6))
    told = briefing.model_copy(update={"alert": Alert(title="High latency on shop", service="shop"), "service": "shop"})
    release = Deployment(
        service="checkout", version="1.1.0", previous="1.0.0", at=ONSET - timedelta(minutes=1), status="succeeded"
    )
    history = DeploymentHistory(service="checkout", running="1.1.0", deployments=[release])
    production.put("deployment_history", "checkout", history)
    found = await diagnose(told, context)
    assert [one.name for one in found.first] == [component]
    assert "checkout suffers from shop" not in str(found.hypotheses)  # which it does not use


async def test_one_instance_that_runs_and_ails_is_evidence_while_its_service_fails(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    ailing = Machine(name="checkout-2", ready=True, reason="link of its network card at a tenth of its speed")
    state = InfrastructureState(
        service="checkout",
        replicas_wanted=4,
        replicas_ready=4,
        replicas_limit=10,
        restarts_last_hour=0,
        standby=None,
        machines=[ailing],
        events=[],
    )
    production.put("infrastructure_state", "checkout", state)
    assert (await diagnose(briefing, context)).hypotheses == []
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.03))
    found = await best(briefing, context)
    assert (found.cause, found.strength) == ("infrastructure", 3)
    assert "checkout-2 runs, but" in found.support[0].text


@pytest.mark.parametrize(
    ("readings", "statement"),
    [
        ({"locks": 9}, "orders-db is in trouble: 9 sessions of orders-db wait for a lock"),
        ({"connections": 99}, "orders-db is in trouble: 99 of 100 connections of orders-db in use"),
        ({"storage": 0.97}, "orders-db is in trouble: storage of orders-db is 97.0 % full"),
        ({"saturation": 1.0}, "orders-db is in trouble: saturation "),
        ({"log": "too many connections for role app"}, "orders-db is in trouble: orders-db logs “too many connections"),
        ({"cpu": 0.99}, "what orders-db runs on is in trouble: CPU "),
        ({"machine": "disk failure on the host"}, "what orders-db runs on is in trouble: db-1 is not ready"),
        ({"machine": "OOMKilled, exit code 137"}, "orders-db is in trouble: db-1 is not ready"),
        ({"machine": "the process is not running", "ready": 0}, "orders-db does not run"),
        ({"machine": "exit code 1", "ready": 0}, "orders-db does not run: db-1 is not ready: exit code 1"),
    ],
)
async def test_what_is_in_trouble_is_what_the_evidence_tells_of(
    briefing: Briefing, context: DutyContext, production: Answers, readings: dict[str, Any], statement: str
) -> None:
    strain = {"saturation": readings["saturation"]} if "saturation" in readings else {}
    strained = golden("orders-db", ONSET, error_rate=0.4, **strain)
    production.put("golden_signals", "orders-db", strained)
    health = {
        "waiting_for_locks": readings.get("locks"),
        "connections_used": readings.get("connections"),
        "connections_limit": 100,
        "storage_used": readings.get("storage"),
    }
    read = DatabaseHealth.model_validate({"service": "orders-db", "database": "orders-db", **health})
    production.put("database_health", "orders-db", read)
    if "cpu" in readings:
        production.put("system_metrics", "orders-db", system("orders-db", cpu=readings["cpu"]))
    machines = [Machine(name="db-1", ready=False, reason=readings["machine"])] if "machine" in readings else []
    state = {"replicas_wanted": 2, "replicas_ready": readings.get("ready", 2), "replicas_limit": 2}
    state |= {"service": "orders-db", "restarts_last_hour": 0, "standby": None, "machines": machines, "events": []}
    production.put("infrastructure_state", "orders-db", InfrastructureState.model_validate(state))
    if "log" in readings:
        wrote(production, "orders-db", readings["log"])
    found = (await diagnose(briefing.model_copy(update={"service": "orders-db"}), context)).hypotheses
    own = next(h for h in found if h.cause == "infrastructure")
    assert own.statement.startswith(statement)
    assert "not running" not in own.statement


def provider_fails(production: Answers) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.2))
    calls = [call("orders-db", "database"), call("card-gateway", "provider", 0.5)]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=["shop"]))


async def test_calls_that_fail_convict_no_provider_where_neither_it_nor_the_caller_s_log_can_be_seen(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    provider_fails(production)
    assert (await best(briefing, context)).strength == 2
    production.put("error_log", "checkout", Refusal(error="timeout", said="no answer in time"))
    assert (await best(briefing, context)).strength == 1


async def test_a_certificate_that_is_refused_on_the_way_to_a_provider_is_the_caller_s(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    provider_fails(production)
    wrote(production, "checkout", "card-gateway: tls: remote error: expired certificate")
    found = await best(briefing, context)
    assert (found.cause, found.component, found.strength) == ("infrastructure", "checkout", 3)


async def test_a_store_that_has_run_out_explains_its_caller_however_few_calls_fail(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.02))
    lag = DatabaseHealth(service="orders-db", database="orders-db", replication_lag_seconds=900)
    production.put("database_health", "orders-db", lag)
    found = await best(briefing, context)
    assert (found.cause, found.component) == ("infrastructure", "orders-db")


async def test_a_caller_s_version_that_began_something_new_asks_too_much_of_a_strained_store(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    slow = DatabaseHealth(
        service="orders-db", database="orders-db", slow_queries_per_minute=40, usual_slow_queries_per_minute=4
    )
    production.put("database_health", "orders-db", slow)
    production.put("golden_signals", "orders-db", golden("orders-db", ONSET, latency=0.7))
    production.put("golden_signals", "checkout", golden("checkout", ONSET, latency=0.9))
    calls = [call("orders-db", "database", latency_seconds=0.5), call("card-gateway", "provider")]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=["shop"]))
    assert (await best(briefing, context)).component == "orders-db"
    release = Deployment(
        service="checkout", version="2.0.0", previous="1.9.0", at=NOW - timedelta(hours=50), status="succeeded"
    )
    history = DeploymentHistory(service="checkout", running="2.0.0", deployments=[release])
    production.put("deployment_history", "checkout", history)
    wrote(production, "checkout", "<n> statements for one page", "warning", "2.0.0")
    found = await best(briefing, context)
    assert (found.cause, found.component, found.version) == ("recent deployment", "checkout", "2.0.0")


async def test_error_lines_that_name_one_customer_narrow_it_down_to_them(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.02))
    wrote(production, "checkout", "500 for tenant 77: <n>")
    assert "for tenant 77 alone" in (await best(briefing, context)).statement


async def test_integrity_errors_belong_to_the_store_that_they_were_found_in(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    damaged = DatabaseHealth(service="checkout", database="orders-db", integrity_errors=8100)
    production.put("database_health", "checkout", damaged)
    found = await best(briefing, context)
    assert (found.cause, found.component) == ("infrastructure", "orders-db")
    assert found.statement.startswith("orders-db, which checkout uses, is in trouble: 8100 integrity errors")


@pytest.mark.parametrize(("line", "is_told"), [("GET /cart without a token from <ip>", True), ("slow client", False)])
async def test_what_a_crowd_is_made_of_is_told_where_its_lines_say_that_nobody_wants_it(
    briefing: Briefing, context: DutyContext, production: Answers, line: str, is_told: bool
) -> None:
    crowd = golden("checkout", ONSET, traffic=260, error_rate=0.1, saturation=0.99)
    production.put("golden_signals", "checkout", crowd)
    wrote(production, "checkout", line, "warning")
    found = await best(briefing, context)
    assert any(line in claim.text for claim in found.support) == is_told


def in_browsers(production: Answers, signature: str, version: str) -> None:
    """The pages of shop fail in browsers since a release, and its servers are well."""
    wrote(production, "shop", signature, versions=version)
    lines = production.values["error_log", "shop"]
    assert isinstance(lines, ErrorLog)
    production.put("error_log", "shop", ErrorLog(service="shop", patterns=[]))
    measured = {"script_errors": series("share", 0.004, 0.3), "page_load": series("seconds", 1.4)}
    production.put("client_signals", "shop", ClientSignals(service="shop", patterns=lines.patterns, **measured))
    deployment = Deployment(
        service="shop", version="2.1.0", previous="2.0.0", at=ONSET - timedelta(minutes=4), status="succeeded"
    )
    history = DeploymentHistory(service="shop", running="2.1.0", deployments=[deployment])
    production.put("deployment_history", "shop", history)


@pytest.mark.parametrize(
    ("signature", "version", "change"),
    [
        ("RangeError: line 3 at subtitles/layout.js:<n>", "2.1.0", ""),
        ("RangeError: line 3 at subtitles/layout.js:<n>", "2.0.0", ""),
        ("net::ERR_CERT_DATE_INVALID of cdn.example", "2.1.0", ""),
        ("payments blocked by content_policy_7", "2.0.0", "content_policy_7 switched on"),
    ],
)
async def test_a_line_of_browsers_is_shown_by_what_browsers_report_and_not_by_the_error_log(
    briefing: Briefing,
    context: DutyContext,
    production: Answers,
    log: MemoryLog,
    signature: str,
    version: str,
    change: str,
) -> None:
    in_browsers(production, signature, version)
    if change:
        state = production.values["infrastructure_state", "shop"]
        event = f"{ONSET - timedelta(minutes=9):%H:%M} {change}"
        production.put("infrastructure_state", "shop", state.model_copy(update={"events": [event]}))
    found = await diagnose(briefing.model_copy(update={"service": "shop"}), context)
    shown = [c for h in found.hypotheses for c in (*h.support, *h.against) if signature in c.text]
    rows = [(c, [await log.cited(ref) for ref in c.cites]) for c in shown]
    assert rows
    for claim, cited in rows:
        assert any(row and signature in str(row.payload) for row in cited), claim


async def test_that_a_caller_is_behind_the_strain_of_a_store_is_shown_by_its_log(
    briefing: Briefing, context: DutyContext, production: Answers, log: MemoryLog
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.1))
    production.put("golden_signals", "orders-db", golden("orders-db", ONSET, latency=0.9, saturation=0.95))
    slow = call("orders-db", "database", error_rate=0.2, latency_seconds=0.9)
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=[slow], called_by=["shop"]))
    wrote(production, "checkout", "recounts the parcels of <n> orders", versions="1.1.0")
    deployment = Deployment(
        service="checkout", version="1.1.0", previous="1.0.0", at=ONSET - timedelta(hours=3), status="succeeded"
    )
    history = DeploymentHistory(service="checkout", running="1.1.0", deployments=[deployment])
    production.put("deployment_history", "checkout", history)
    found = (await diagnose(briefing, context)).hypotheses
    (store,) = [h for h in found if h.component == "orders-db" and h.status != "ruled out"]
    assert "has been doing something new" in store.against[-1].text
    cited = [await log.cited(ref) for ref in store.against[-1].cites]
    assert any(row and "recounts the parcels" in str(row.payload) for row in cited)


@pytest.mark.parametrize(("parts", "names"), [(2, ["shop-1"]), (3, ["shop-1"]), (12, ["shop-1"]), (1, [])])
async def test_the_few_instances_that_ail_are_named_however_many_there_are(
    briefing: Briefing, context: DutyContext, production: Answers, parts: int, names: list[str]
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.1))
    well = [SplitPart(name=f"shop-{number}", requests=4000, failed=4) for number in range(2, parts + 1)]
    split = split_of("instance", [SplitPart(name="shop-1", requests=4000, failed=1900), *well])
    production.put("split_signals", "checkout", SplitSignals(service="checkout", minutes=10, splits=[split]))
    found = (await diagnose(briefing, context)).hypotheses
    strained = [h for h in found if h.cause == "infrastructure" and h.component == "checkout"]
    assert [name for h in strained for name in h.instances] == names
