"""Act mechanisms: what calls for an act, to what exactly; and what looks like it and does not."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from agents.io.act_kinds import ACT_KINDS
from agents.io.catalogue import Catalogue
from agents.readings.history import ChangeHistory, RecordedChange
from agents.readings.production import DatabaseHealth, DataSafety, ErrorLog, InfrastructureState, LogPattern, Machine
from agents.readings.splits import Dimension, SplitPart, SplitSignals, split_of
from agents.reports.investigation import Conclusion, Hypothesis
from agents.rules.diagnosis.act_evidence import LONG, READS, RECENT, ActEvidence
from agents.rules.diagnosis.act_mechanisms import MECHANISMS, called_for
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import Reading
from tests.agents.conftest import CATALOGUE, NOW, ONSET, system

Parts = dict[str, tuple[int, int]]
"""Name -> requests and failed requests."""


def declaring(action: str, *targets: str, service: str = "checkout") -> Catalogue:
    """The catalogue, in which a service declares one act."""
    written = CATALOGUE.model_dump(mode="json")
    said = {"driver": "command", "command": ["x"], "risk": "Some.", "undo": "None.", "check": "all is well"}
    written["services"][service]["act"] = {action: {**said, "targets": list(targets)}}
    return Catalogue.model_validate(written)


def splits(by: Dimension, parts: Parts, minutes: int = RECENT, **more: Parts) -> SplitSignals:
    every: dict[Any, Parts] = {by: parts, **more}
    made = [
        split_of(one, [SplitPart(name=n, requests=r, failed=f) for n, (r, f) in of.items()])
        for one, of in every.items()
    ]
    return SplitSignals(service="checkout", minutes=minutes, splits=made)


def called(
    action: str, briefing: Briefing, *answers: Any, before: SplitSignals | None = None, targets: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The exact parameters of what is called for, by these answers."""
    service = answers[0].service if answers else "checkout"
    ports = {port.answer: port.name for ports in READS.values() for port in ports}
    told = briefing.model_copy(update={"catalogue": declaring(action, *targets, service=service)})
    evidence = ActEvidence(
        service,
        told,
        told.conclusion.hypotheses[0] if told.conclusion else None,
        {ports[type(answer)]: Reading(ports[type(answer)], answer) for answer in answers},
        Reading("before", before) if before else None,
    )
    found = called_for(action, evidence)
    assert all(one.because.cites for one in found)
    return [dict(one.parameters) for one in found]


def state(
    service: str = "checkout", machines: Sequence[Machine] = (), events: Sequence[str] = ()
) -> InfrastructureState:
    return InfrastructureState(
        service=service,
        replicas_wanted=4,
        replicas_ready=4 - sum(not machine.ready for machine in machines),
        replicas_limit=8,
        restarts_last_hour=0,
        standby=None,
        machines=list(machines),
        events=list(events),
    )


def database(**known: Any) -> DatabaseHealth:
    return DatabaseHealth.model_validate({"service": "orders-db", "database": "orders-db", **known})


def safety(service: str = "checkout", *suspicious: str, **found: int) -> DataSafety:
    counts = {"integrity_errors": 0, "records_lost": 0, "user_records_exposed": 0, **found}
    return DataSafety.model_validate({"service": service, "suspicious_access": list(suspicious), **counts})


def log(signature: str, count: int = 40, service: str = "checkout") -> ErrorLog:
    line = {"service": service, "signature": signature, "level": "error", "count": count, "sample": signature}
    return ErrorLog(
        service=service, patterns=[LogPattern.model_validate({**line, "first_seen": ONSET, "last_seen": NOW})]
    )


def blaming(briefing: Briefing, words: str, service: str = "checkout", strength: int = 3, minutes: int = 3) -> Briefing:
    """A conclusion that blames a change on record."""
    hypothesis = Hypothesis(
        cause="recent deployment",
        component=service,
        statement=f"“{words}” of {service} made it fail",
        status="supported",
        strength=strength,
        onset=ONSET,
        change=words,
        changed_at=ONSET - timedelta(minutes=minutes),
    )
    found = Conclusion(
        verdict="cause found", cause="recent deployment", component=service, summary="", hypotheses=[hypothesis]
    )
    return briefing.model_copy(update={"conclusion": found})


EVEN: Parts = {"a": (100, 2), "b": (100, 3), "c": (100, 2), "d": (100, 2)}
ONE_BAD: Parts = {**EVEN, "c": (100, 60)}


@pytest.mark.parametrize("action", ["restart_instance", "drain_instance", "replace_instance"])
def test_one_bad_instance_of_several_calls_for_an_act_on_it(briefing: Briefing, action: str) -> None:
    assert called(action, briefing, splits("instance", ONE_BAD)) == [{"instance": "c"}]
    assert called(action, briefing, splits("instance", EVEN)) == []


@pytest.mark.parametrize("action", ["restart_instance", "drain_instance", "replace_instance"])
def test_where_half_of_them_are_bad_no_instance_is_at_fault(briefing: Briefing, action: str) -> None:
    half = {**EVEN, "c": (100, 60), "d": (100, 60)}
    assert called(action, briefing, splits("instance", half)) == []


def test_an_instance_that_runs_the_only_bad_version_is_not_at_fault_itself(briefing: Briefing) -> None:
    of_the_version = splits("instance", ONE_BAD, version={"1.0": (300, 7), "1.1": (100, 60)})
    assert called("drain_instance", briefing, of_the_version) == []


def test_an_instance_that_is_reported_ill_is_named_where_requests_cannot_be_split(briefing: Briefing) -> None:
    ill = Machine(name="checkout-3", ready=True, reason="clock is 40 s behind")
    assert called("restart_instance", briefing, state(machines=[ill])) == [{"instance": "checkout-3"}]
    assert called("restart_instance", briefing, state(machines=[ill] * 2)) == []
    assert called("restart_instance", briefing, state(machines=[ill]), splits("instance", EVEN)) == []


def test_an_instance_whose_machine_is_gone_is_replaced_and_not_restarted(briefing: Briefing) -> None:
    gone = Machine(name="checkout-3", ready=False, reason="node stopped reporting")
    assert called("replace_instance", briefing, state(machines=[gone])) == [{"instance": "checkout-3"}]
    assert called("restart_instance", briefing, state(machines=[gone])) == []
    crashing = Machine(name="checkout-3", ready=False, reason="OOMKilled, restarting")
    assert called("replace_instance", briefing, state(machines=[crashing])) == []


def test_one_ill_region_is_rerouted_where_the_others_have_no_less_to_carry(briefing: Briefing) -> None:
    ill: Parts = {"ams": (300, 3), "iad": (300, 2), "sin": (200, 90)}
    assert called("reroute_region", briefing, splits("region", ill)) == [{"region": "sin"}]
    most: Parts = {"ams": (300, 3), "iad": (900, 400)}
    assert called("reroute_region", briefing, splits("region", most)) == []
    assert called("reroute_region", briefing, splits("region", {"ams": (300, 3), "iad": (300, 2)})) == []


USUAL: Parts = {"acme": (100 * LONG // RECENT, 0), "lund": (100 * LONG // RECENT, 0), "mill": (100 * LONG // RECENT, 0)}


@pytest.mark.parametrize(
    ("action", "by", "name"), [("limit_tenant", "tenant", "tenant"), ("limit_route", "endpoint", "route")]
)
def test_whoever_makes_most_of_a_rise_is_limited(briefing: Briefing, action: str, by: Dimension, name: str) -> None:
    before = splits(by, {**USUAL, "acme": (USUAL["acme"][0] + 900, 0)}, LONG)
    one = splits(by, {"acme": (1000, 50), "lund": (110, 6), "mill": (90, 5)})
    assert called(action, briefing, one, before=before) == [{name: "acme"}]
    everybody = splits(by, {"acme": (400, 20), "lund": (390, 20), "mill": (410, 22)})
    assert called(action, briefing, everybody, before=splits(by, USUAL, LONG)) == []
    assert called(action, briefing, one) == []  # what is usual is not known


def test_a_tenant_that_alone_is_hurt_is_not_limited(briefing: Briefing) -> None:
    before = splits("tenant", {**USUAL, "acme": (USUAL["acme"][0] + 900, 0)}, LONG)
    alone = splits("tenant", {"acme": (1000, 500), "lund": (110, 0), "mill": (90, 0)})
    assert called("limit_tenant", briefing, alone, before=before) == []


def test_a_tenant_among_many_whose_usual_requests_are_not_listed_is_not_limited(briefing: Briefing) -> None:
    many = {f"t{number}": (100 * LONG // RECENT, 0) for number in range(40)}
    now = splits("tenant", {"new": (5000, 20), "t1": (100, 9)})
    assert called("limit_tenant", briefing, now, before=splits("tenant", many, LONG)) == []


def test_suspicious_access_from_an_address_range_that_the_audit_names_calls_for_a_block(briefing: Briefing) -> None:
    told = safety("checkout", "14:02 1,400 sign-ins from 203.0.113.0/24 with one user agent")
    assert called("block_addresses", briefing, told) == [{"addresses": "203.0.113.0/24"}]
    assert called("block_addresses", briefing, safety("checkout", "sign-ins from 10.2.0.9, at 14:02:10")) == []
    assert called("block_addresses", briefing, safety("checkout", "sign-ins from many addresses")) == []


@pytest.mark.parametrize(
    ("words", "targets", "called_for_"),
    [
        (
            "flag split_totals turned on for everybody",
            ["split_totals", "wrap"],
            [{"flag": "split_totals", "value": "off"}],
        ),
        ("flag split-totals disabled", ["split_totals"], [{"flag": "split_totals", "value": "on"}]),
        ("flag split_totals from 5 % to 100 %", ["split_totals"], [{"flag": "split_totals", "value": "5 %"}]),
        ("flag split_totals turned on for everybody", ["wrap"], []),
    ],
)
def test_a_flag_that_is_blamed_goes_back_to_what_it_was(
    briefing: Briefing, words: str, targets: list[str], called_for_: list[dict[str, str]]
) -> None:
    event = f"{ONSET - timedelta(minutes=3):%H:%M} {words}"
    assert called("switch_flag", blaming(briefing, words), state(events=[event]), targets=targets) == called_for_


def test_a_flag_that_only_came_at_the_same_time_is_left_alone(briefing: Briefing) -> None:
    words = "flag split_totals turned on for everybody"
    event = f"{ONSET - timedelta(minutes=3):%H:%M} {words}"
    weak = blaming(briefing, words, strength=1)
    assert called("switch_flag", weak, state(events=[event]), targets=["split_totals"]) == []
    other = blaming(briefing, "flag wrap turned on", minutes=3)
    assert called("switch_flag", other, state(events=[event]), targets=["split_totals"]) == []


def test_a_setting_that_is_blamed_goes_back_to_the_value_that_is_on_record(briefing: Briefing) -> None:
    at = ONSET - timedelta(minutes=3)
    fields: dict[str, Any] = {"id": "7", "kind": "configuration", "service": "checkout", "at": at}
    lowered = RecordedChange(**fields, what="pool size lowered", old="40", new="4")
    ledger = ChangeHistory(service="checkout", since=ONSET, changes=[lowered])
    blamed = blaming(briefing, "pool size lowered from 40 to 4")
    assert called("revert_setting", blamed, ledger, targets=["pool_size"]) == [{"setting": "pool_size", "value": "40"}]
    unknown = ledger.model_copy(update={"changes": [RecordedChange(**fields, what="pool size lowered")]})
    assert called("revert_setting", blaming(briefing, "pool size lowered"), unknown, targets=["pool_size"]) == []


def test_a_credential_that_is_refused_as_expired_is_issued_anew(briefing: Briefing) -> None:
    expired = log("carrier answered 401: token expired for client shop")
    assert called("rotate_credential", briefing, expired, targets=["carrier-key"]) == [{"credential": "carrier-key"}]
    assert called("rotate_credential", briefing, expired, targets=["carrier-key", "mail-key"]) == []
    refused = log("authentication failed for role shop: password rejected")
    assert called("rotate_credential", briefing, refused, targets=["carrier-key"]) == []
    assert called("rotate_credential", briefing, log("token expired", count=2), targets=["carrier-key"]) == []
    used = safety("checkout", "downloads with carrier-key from an address never seen before")
    assert called("rotate_credential", briefing, used, targets=["carrier-key", "mail-key"]) == [
        {"credential": "carrier-key"}
    ]


def test_the_session_that_holds_a_lock_is_ended_where_it_is_named(briefing: Briefing) -> None:
    waiting = {"waiting_for_locks": 40, "longest_transaction_seconds": 900}
    blocked = database(**waiting, blocking_session="pid 4711")
    assert called("end_session", briefing, blocked) == [{"session": "pid 4711"}]
    assert called("end_session", briefing, database(**waiting)) == []
    assert called("end_session", briefing, database(waiting_for_locks=1, blocking_session="pid 4711")) == []


def test_a_job_is_paused_that_began_before_what_it_runs_on_was_used_up(briefing: Briefing) -> None:
    began = state("orders-db", events=[f"{ONSET - timedelta(minutes=5):%H:%M} nightly export started"])
    full = database(connections_used=198, connections_limit=200)
    targets = ["nightly_export", "reindex"]
    assert called("pause_job", briefing, began, full, targets=targets) == [{"job": "nightly_export"}]
    well = database(connections_used=20, connections_limit=200)
    assert called("pause_job", briefing, began, well, targets=targets) == []
    later = state("orders-db", events=[f"{ONSET + timedelta(minutes=8):%H:%M} nightly export started"])
    known = blaming(briefing, "x", "orders-db")
    assert called("pause_job", known, later, full, targets=targets) == []
    planned = state("orders-db", events=[f"{ONSET - timedelta(minutes=5):%H:%M} nightly export has its own page"])
    assert called("pause_job", briefing, planned, full, targets=targets) == []
    hurried = briefing.model_copy(update={"minute": timedelta(seconds=1)})
    assert called("pause_job", hurried, began, full, targets=targets) == []  # five hours before, as this run counts


def test_a_full_volume_calls_for_room(briefing: Briefing) -> None:
    assert called("free_disk", briefing, system("checkout", disk=0.97), targets=["/data"]) == [{"volume": "/data"}]
    assert called("free_disk", briefing, system("checkout"), targets=["/data"]) == []
    named = log("write failed: no space left on device (/srv/logs)")
    full = system("checkout", disk=0.97)
    assert called("free_disk", briefing, full, named, targets=["/data", "/srv/logs"]) == [{"volume": "/srv/logs"}]
    assert called("free_disk", briefing, full, targets=["/data", "/srv/logs"]) == []


def test_damaged_data_calls_for_a_backup_from_before_it_began(briefing: Briefing) -> None:
    known = blaming(briefing, "x", "orders-db")
    damaged = safety("orders-db", integrity_errors=12)
    wanted = [{"backup": "nightly", "before": ONSET.isoformat()}]
    assert called("restore_backup", known, damaged, targets=["nightly"]) == wanted
    assert called("restore_backup", known, safety("orders-db"), targets=["nightly"]) == []
    assert called("restore_backup", briefing, damaged, targets=["nightly"]) == []  # since when is not known


def test_every_kind_has_its_mechanism_and_its_readings_and_nothing_read_calls_for_nothing(briefing: Briefing) -> None:
    assert set(MECHANISMS) == set(READS) == set(ACT_KINDS)
    for action in ACT_KINDS:
        assert called(action, briefing, targets=["a"]) == []
