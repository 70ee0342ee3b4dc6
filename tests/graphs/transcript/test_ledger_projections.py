"""The ledger of a run: whatever comes after, no statement, no act and no minute of damage disappears."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.transcript.event import Event
from graphs.transcript.facts import Facts
from graphs.transcript.projections import take_in

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
ROLLBACK = {"port": "rollback", "arguments": {"service": "shop", "version": "2"}, "done": True, "detail": "done"}


def event(number: int, kind: str, payload: dict[str, Any], duty: str = "") -> Event:
    return Event(
        seq=number,
        at=NOON + timedelta(minutes=number),
        kind=kind,
        lane="main",
        role="",
        duty=duty,
        rows=[],
        payload=payload,
        ref=f"{number:08x}",
        key=f"main/s2_conclude#1/{kind}.{number}",
    )


def reading(number: int, minutes: int, is_open: bool) -> Event:
    stretch = {
        "service": "shop",
        "kind": "errors",
        "since": (NOON + timedelta(minutes=number)).isoformat(),
        "until": (NOON + timedelta(minutes=number + minutes)).isoformat(),
        "is_open": is_open,
        "worst": 0.4,
    }
    return event(number, "tool_result", {"tool": "golden_signals", "arguments": {}, "value": {}, "damage": [stretch]})


def endpoints(number: int, answer: bool, of: int = 1) -> Event:
    checks = [{"endpoint": f"/{n}", "ok": answer or n > 0, "status": 200, "seconds": 0.1} for n in range(of)]
    return event(number, "tool_result", {"tool": "check_endpoints", "value": {"service": "shop", "checks": checks}})


def note(number: int, text: str) -> Event:
    return event(number, "note", {"by": "grace", "text": text})


def named(number: int, comment: str) -> Event:
    told = {"kind": "cause", "by": "grace", "comment": comment, "cause": "infrastructure", "component": "shop"}
    return event(number, "instruction", {"instruction": told})


def calm(number: int, verdict: str) -> Event:
    return event(number, "conclusion", {"conclusion": {"verdict": verdict, "summary": "Nothing is out of range."}})


def done(number: int) -> Event:
    return event(number, "result", {**ROLLBACK, "approval": "main/decision"})


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just(reading), st.integers(0, 30), st.booleans()),
        st.tuples(st.just(endpoints), st.booleans()),
        st.tuples(st.just(note), st.text(min_size=1, max_size=20)),
        st.tuples(st.just(named), st.text(max_size=20)),
        st.tuples(st.just(calm), st.sampled_from(["nothing wrong", "recovered by itself", "insufficient evidence"])),
        st.tuples(st.just(done)),
    ),
    max_size=15,
)


@given(EVENTS)
def test_no_later_event_takes_anything_out_of_it(drawn: list[tuple[Any, ...]]) -> None:
    facts, before = Facts(service="shop"), Facts().ledger
    for number, (make, *args) in enumerate(drawn, 1):
        take_in(facts, make(number, *args))
        now = facts.ledger
        assert now.statements[: len(before.statements)] == before.statements
        assert now.acts[: len(before.acts)] == before.acts
        assert set(before.services) <= set(now.services)
        for entry in before.damage:
            assert any(
                (same.service, same.kind) == (entry.service, entry.kind)
                and same.since <= entry.since
                and same.until >= entry.until
                for same in now.damage
            )
        before = now


@pytest.mark.parametrize(("of", "failed"), [(1, []), (5, ["/0"])])
def test_endpoints_that_fail_twice_are_damage_from_the_first_to_the_last_failure(of: int, failed: list[str]) -> None:
    facts = Facts()
    for seen in (endpoints(1, False, of), endpoints(4, False, of), endpoints(9, True, of)):
        take_in(facts, seen)
    (entry,) = facts.ledger.damage
    assert (entry.is_open, entry.endpoints, entry.since.minute, entry.until.minute) == (False, failed, 1, 4)


def processes(number: int, ready: int, since: datetime | None = None) -> Event:
    machine = {"name": "shop-1", "ready": ready > 0, "reason": "gone", "since": since}
    state: dict[str, Any] = {
        "service": "shop",
        "replicas_wanted": 1,
        "replicas_ready": ready,
        "replicas_limit": None,
        "events": [],
    }
    state |= {"restarts_last_hour": 0, "standby": None, "machines": [machine] if ready == 0 else []}
    return event(number, "tool_result", {"tool": "infrastructure_state", "value": state})


def alerted(title: str, starts_at: datetime = NOON - timedelta(minutes=2)) -> Event:
    alert = {"title": title, "service": "shop", "starts_at": starts_at}
    opened = {"alert": alert, "service": "shop", "run": "one", "minute_seconds": 60, "revenue_limit": None}
    return event(1, "alert", opened)


@pytest.mark.parametrize(
    ("title", "stopped_at", "since"),
    [
        ("shop is down", NOON - timedelta(minutes=3), -3),
        ("shop is down", None, -2),
        ("shop is slow", None, 4),
    ],
)
@pytest.mark.parametrize("ends", [processes(9, 1), endpoints(9, answer=True)], ids=["run", "answer"])
def test_processes_that_do_not_run_are_damage_from_when_they_stopped_or_the_sender_said_so(
    title: str, stopped_at: datetime | None, since: int, ends: Event
) -> None:
    facts = Facts()
    take_in(facts, alerted(title))
    for seen in (endpoints(2, answer=False), processes(4, 0, stopped_at), ends):
        take_in(facts, seen)
    (entry,) = [entry for entry in facts.ledger.damage if entry.kind == "down"]
    assert (entry.since, entry.until) == (NOON + timedelta(minutes=since), NOON + timedelta(minutes=4))
    assert not entry.is_open


def test_neither_an_old_alert_nor_one_that_was_over_in_between_says_since_when_processes_stopped() -> None:
    long_ago, again = Facts(), Facts()
    take_in(long_ago, alerted("shop is down", NOON - timedelta(days=3)))
    for seen in (endpoints(2, answer=False), processes(4, 0)):
        take_in(long_ago, seen)
    take_in(again, alerted("shop is down"))
    for seen in (endpoints(2, False), processes(3, 0), endpoints(5, True), endpoints(20, False), processes(21, 0)):
        take_in(again, seen)
    spans = [
        [(e.since - NOON, e.until - NOON) for e in facts.ledger.damage if e.kind == "down"]
        for facts in (long_ago, again)
    ]
    minutes = [[(since.total_seconds() / 60, until.total_seconds() / 60) for since, until in one] for one in spans]
    assert minutes == [[(4, 4)], [(-2, 3), (21, 21)]]


def test_a_time_without_its_zone_and_a_reading_of_an_older_version_are_read_all_the_same() -> None:
    facts = Facts(service="shop")
    naive = {"name": "shop-1", "ready": False, "since": "2026-03-03T11:00:00"}
    older = {"service": "shop", "replicas_wanted": 1, "replicas_ready": 0, "machines": [naive]}
    for seen in (endpoints(2, False), event(4, "tool_result", {"tool": "infrastructure_state", "value": older})):
        take_in(facts, seen)
    assert [e.since for e in facts.ledger.damage if e.kind == "down"] == [NOON + timedelta(minutes=4)]


def test_processes_said_not_to_run_while_their_endpoints_answer_are_no_damage() -> None:
    facts = Facts(service="shop")
    for seen in (endpoints(2, answer=True), processes(4, 0, NOON)):
        take_in(facts, seen)
    assert facts.ledger.damage == []


def test_the_worst_count_of_users_stays_when_a_later_look_counts_none() -> None:
    facts = Facts(service="shop")
    scope: dict[str, Any] = {"summary": "", "services": ["shop"], "data_at_risk": "no", "abnormal": True}
    for number, users in ((1, 451), (2, 0)):
        report = {**scope, "users_affected": users, "users_share": users / 1000}
        take_in(facts, event(number, "duty_finished", {"by": "book", "report": report}, "assess_scope"))
    assert (facts.ledger.users_affected, facts.ledger.users_share) == (451, 0.451)
    assert facts.ledger.scope_cite == "00000001"


def test_the_highest_count_of_users_keeps_its_own_share_beside_the_highest_share_of_any_count() -> None:
    facts = Facts(service="shop")
    scope: dict[str, Any] = {"summary": "", "services": ["shop"], "data_at_risk": "no", "abnormal": True}
    for number, users, active in ((1, 64, 218), (2, 65, 236), (3, 60, 230)):
        report = {**scope, "users_affected": users, "users_share": users / active}
        take_in(facts, event(number, "duty_finished", {"by": "book", "report": report}, "assess_scope"))
    ledger = facts.ledger
    assert (ledger.users_affected, ledger.affected_share, ledger.scope_cite) == (65, 65 / 236, "00000002")
    assert (ledger.users_share, ledger.share_cite) == (64 / 218, "00000001")


def test_the_last_look_that_found_all_metrics_normal_is_kept_when_later_ones_measure_nothing() -> None:
    facts = Facts(service="shop")
    check: dict[str, Any] = {"text": "", "cites": []}
    for number, verdict in ((1, "normal"), (2, "unknown")):
        seen = {**check, "verdict": verdict}
        report = {"summary": "", "metrics": seen, "cascading_failures": seen, "normal": verdict == "normal"}
        take_in(facts, event(number, "duty_finished", {"by": "book", "report": report}, "verify_metrics"))
    assert facts.ledger.measured_well_at == NOON + timedelta(minutes=1)


def test_a_look_at_a_provider_counts_as_one_at_the_service_that_is_well_without_it() -> None:
    facts = Facts(service="shop")
    for number, normal in ((1, True), (2, False)):
        report = {"summary": "", "provider": "cards", "provider_recovered": False, "service_normal": normal}
        take_in(facts, event(number, "duty_finished", {"by": "book", "report": report}, "monitor_external_recovery"))
    assert facts.ledger.measured_well_at == NOON + timedelta(minutes=1)


def test_a_recovery_that_is_taken_back_is_kept_as_a_relapse() -> None:
    facts = Facts(service="shop")
    for number, status in enumerate(("Investigating", "Monitoring", "Investigating", "Identified"), 1):
        take_in(facts, event(number, "status", {"status": status, "why": ""}))
        assert facts.ledger.relapsed_at == (NOON + timedelta(minutes=3) if number >= 3 else None)
    assert [one.at for one in facts.ledger.relapses] == [facts.relapsed_at] == [facts.ledger.relapsed_at]


def test_a_cause_that_stands_from_before_a_relapse_is_neither_found_nor_confirmed_anew() -> None:
    facts = Facts(service="shop")
    cause = {"cause": "recent deployment", "component": "shop"}
    support = [{"text": "release 3 came first", "cites": ["0a"]}]
    stated = {**cause, "statement": "release 3 broke it", "status": "supported", "strength": 3, "support": support}
    found = {"verdict": "cause found", **cause, "confidence": "high", "summary": "", "hypotheses": [stated]}
    take_in(facts, event(1, "conclusion", {"conclusion": found}))
    take_in(facts, event(2, "result", {**ROLLBACK, "approval": ""}))
    for number, status in enumerate(("Monitoring", "Investigating"), 3):
        take_in(facts, event(number, "status", {"status": status, "why": ""}))
    take_in(facts, event(5, "conclusion", {"conclusion": {**found, "summary": "By now: errors."}}))
    take_in(facts, event(6, "status", {"status": "Monitoring", "why": ""}))
    assert [one.is_kept for one in facts.ledger.suspected] == [False, True]
    assert [one.at for one in facts.ledger.confirmed] == [NOON + timedelta(minutes=3)]
    news = {**stated, "support": [{"text": "release 3 came first", "cites": ["0b"]}]}
    take_in(facts, event(7, "conclusion", {"conclusion": {**found, "hypotheses": [news]}}))
    assert not facts.ledger.suspected[-1].is_kept


def test_a_change_whose_call_failed_is_seen_to_be_made_where_the_wanted_version_runs_afterwards() -> None:
    facts = Facts(service="shop")
    take_in(facts, event(1, "result", {**ROLLBACK, "done": False, "detail": "timed out", "approval": ""}))
    for number, version in ((2, "3"), (3, "2"), (4, "2")):
        value: dict[str, Any] = {"service": "shop", "running": version, "deployments": []}
        take_in(facts, event(number, "tool_result", {"tool": "deployment_history", "value": value}))
    (tried,) = facts.ledger.tried
    assert (tried.at, tried.seen_at) == (NOON + timedelta(minutes=1), NOON + timedelta(minutes=3))
    assert not facts.ledger.acts


def test_a_round_that_shows_no_cause_beside_the_one_that_a_person_names_is_told_as_such() -> None:
    facts = Facts(service="shop")
    take_in(facts, calm(1, "insufficient evidence"))
    take_in(facts, named(2, "its certificate has run out"))
    take_in(facts, calm(3, "insufficient evidence"))
    said = {"text": "grace names the cause", "cites": ["00000002"]}
    read = {"text": "shop: error rate 40 %", "cites": ["0a"]}
    stated = {"cause": "infrastructure", "component": "shop", "statement": "", "status": "supported", "strength": 3}
    for number, support in enumerate(([said], [said, read]), 4):
        concluded = {"verdict": "cause found", "summary": "", "hypotheses": [{**stated, "support": support}]}
        take_in(facts, event(number, "conclusion", {"conclusion": concluded}))
    told = [line.what.partition(":")[0] for line in facts.history if line.what.startswith("conclusion")]
    heads = ["insufficient evidence", "not shown by the readings", "cause named", "cause found"]
    assert told == [f"conclusion, {head}" for head in heads]


def test_data_that_was_found_lost_is_kept_when_a_later_look_finds_nothing() -> None:
    facts = Facts(service="shop")
    scope: dict[str, Any] = {"summary": "", "services": ["shop"], "abnormal": True, "users_affected": 1}
    scope |= {"users_share": 0.1, "claims": [{"text": "data of shop: 12 records lost", "cites": ["0a"]}]}
    lost = {"data_at_risk": "yes", "data_loss": True}
    looks: tuple[dict[str, Any], ...] = (
        lost,
        {"data_at_risk": "yes", "breach_suspected": True, "claims": []},
        {"data_at_risk": "no"},
    )
    for number, found in enumerate(looks, 1):
        take_in(facts, event(number, "duty_finished", {"by": "book", "report": {**scope, **found}}, "assess_scope"))
    found = facts.ledger.data
    assert found is not None
    assert (found.is_lost, found.is_breach_suspected, found.cite) == (True, True, "00000001")
    assert found.words == "data of shop: 12 records lost"


def test_the_newest_look_that_found_data_well_is_kept_when_a_later_one_cannot_tell() -> None:
    facts = Facts(service="shop")
    scope: dict[str, Any] = {"summary": "", "services": ["shop"], "abnormal": True, "users_affected": None}
    scope |= {"users_share": None, "claims": [{"text": "data of shop: 0 records lost", "cites": ["0a"]}]}
    for number, at_risk in enumerate(("unknown", "no", "no", "unknown"), 1):
        report = {**scope, "data_at_risk": at_risk}
        take_in(facts, event(number, "duty_finished", {"by": "book", "report": report}, "assess_scope"))
    found = facts.ledger.data_found_well
    assert found is not None and (found.cite, found.words) == ("00000003", "data of shop: 0 records lost")


def test_what_was_done_by_hand_is_dated_when_the_person_said_so() -> None:
    facts = Facts(service="shop")
    told = {"kind": "handled", "by": "grace", "comment": "I restarted it"}
    take_in(facts, event(1, "instruction", {"instruction": told}))
    conclusion = {"verdict": "insufficient evidence", "summary": ""}
    take_in(facts, event(9, "conclusion", {"conclusion": conclusion, "handled": True}))
    (act,) = facts.ledger.acts
    assert (act.action, act.at) == ("by hand", NOON + timedelta(minutes=1))


def test_how_far_the_investigation_came_is_kept_when_it_is_over_before_a_cause_is_found() -> None:
    words = "Narrowed down to shop. Still open: shop failed first, for tenant 4711 alone."
    found = {"verdict": "insufficient evidence", "component": "shop", "summary": words}
    handled = {**found, "summary": "grace says that it is handled. No reading shows its cause."}
    events = [
        event(1, "conclusion", {"conclusion": found}),
        event(2, "conclusion", {"conclusion": handled, "handled": True}),
        calm(3, "recovered by itself"),
    ]
    facts = Facts(service="shop")
    for each in events:
        take_in(facts, each)
    narrowed = facts.ledger.narrowed
    assert narrowed is not None
    assert (narrowed.words, narrowed.component, narrowed.cite) == (words, "shop", "00000001")


def test_a_cause_that_was_found_is_kept_with_what_was_stated_of_it() -> None:
    known = {"cause": "infrastructure", "component": "shop"}
    hypothesis = {**known, "statement": "Its disk is full", "status": "supported", "strength": 2}
    found = {"verdict": "cause found", "summary": "The cause is its disk.", "confidence": "medium", **known}
    facts = Facts(id="one")
    take_in(facts, event(1, "conclusion", {"conclusion": {**found, "hypotheses": [hypothesis]}}))
    take_in(facts, event(2, "conclusion", {"conclusion": found}))
    assert [one.words for one in facts.ledger.suspected] == ["Its disk is full", "The cause is its disk."]


def test_what_another_run_has_done_is_an_act_aimed_at_its_cause_and_no_word_of_a_person() -> None:
    facts = Facts(service="shop")
    changed = {"action": "restart", "service": "postgres", "cause": "infrastructure", "component": "postgres"}
    text = "restart of postgres was made in run 7"
    take_in(facts, event(4, "note", {"kind": "note", "by": "run 7", "text": text, "changed": changed}))
    (act,) = facts.ledger.acts
    assert (act.action, act.cause, act.component) == ("restart", "infrastructure", "postgres")
    assert facts.ledger.statements == []


def test_a_look_at_the_scope_is_as_old_as_its_beginning() -> None:
    facts = Facts(service="shop")
    scope: dict[str, Any] = {"summary": "", "services": ["shop"], "data_at_risk": "no", "abnormal": True}
    report = {**scope, "users_affected": 0, "users_share": 0.0}
    look = event(1, "duty_started", {"summary": ""}, "assess_scope")
    take_in(facts, look)
    take_in(facts, event(3, "duty_finished", {"by": "book", "report": report}, "assess_scope"))
    assert facts.scope_at == look.at


def test_a_look_that_finds_nothing_wrong_counts_nobody_who_was_hurt() -> None:
    facts = Facts(service="shop")
    scope: dict[str, Any] = {"summary": "", "services": [], "data_at_risk": "no", "abnormal": False}
    report = {**scope, "users_affected": 0, "users_share": 0.0}
    take_in(facts, event(1, "duty_finished", {"by": "book", "report": report}, "assess_scope"))
    assert (facts.ledger.users_affected, facts.ledger.users_share) == (None, None)


def test_what_a_person_says_is_kept_word_for_word_with_who_and_when() -> None:
    facts = Facts()
    take_in(facts, note(3, "KeyError shipping_zone in the log of cart"))
    (said,) = facts.ledger.statements
    assert (said.by, said.words) == ("grace", "KeyError shipping_zone in the log of cart")
    assert (said.at, said.cite) == (NOON + timedelta(minutes=3), "00000003")


def test_an_act_that_was_not_done_is_none() -> None:
    facts = Facts()
    take_in(facts, event(1, "result", {**ROLLBACK, "done": False, "approval": "main/decision"}))
    assert facts.ledger.acts == []


def test_the_ledger_counts_in_the_minutes_of_its_run() -> None:
    facts = Facts()
    alert = {"run": "one", "alert": {"title": "down"}, "service": "shop", "minute_seconds": 3, "revenue_limit": None}
    take_in(facts, event(0, "alert", alert))
    for seen in (reading(1, 10, False), reading(15, 5, False)):
        take_in(facts, seen)
    assert len(facts.ledger.damage) == 2


def test_what_stayed_unread_is_kept_when_a_person_ends_it() -> None:
    facts = Facts(service="shop")
    blind = {
        "verdict": "insufficient evidence",
        "summary": "Nothing says why.",
        "missing": ["error_log of shop: no data"],
    }
    said = {"verdict": "recovered by itself", "summary": "ada says that it is over."}
    take_in(facts, event(1, "conclusion", {"conclusion": blind}))
    take_in(facts, event(2, "conclusion", {"conclusion": said, "named_by": "ada", "over": True}))
    assert facts.ledger.unread == ["error_log of shop: no data"]
