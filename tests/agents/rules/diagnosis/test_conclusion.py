"""The conclusion: the best hypothesis if it is clear, and never an invented one."""

from datetime import timedelta
from typing import Any

import pytest

from agents.readings.production import GoldenSignals
from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Findings, Hypothesis
from agents.reports.mitigation import Proposal
from agents.reports.triage import Scope
from agents.rules.diagnosis.conclusion import conclude
from agents.runtime.briefing import Attempt, Briefing, RoleFindings
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Ledger, Statement
from tests.agents.conftest import NOW, ONSET, Answers, golden


def hypothesis(cause: Any = "code bug", component: str = "checkout", strength: int = 3, **more: Any) -> Hypothesis:
    status: Any = more.pop("status", "supported")
    support = [Claim(text=f"{cause} of {component}", cites=["00000001"])]
    return Hypothesis(
        cause=cause,
        component=component,
        statement=f"{component} fails",
        status=status,
        strength=strength,
        support=support,
        onset=more.pop("onset", ONSET),
        **more,
    )


def with_findings(briefing: Briefing, *hypotheses: Hypothesis, role: str = "backend_architect") -> Briefing:
    findings = Findings(summary="", hypotheses=list(hypotheses), abnormal=bool(hypotheses))
    return briefing.model_copy(update={"findings": [*briefing.findings, RoleFindings(role=role, findings=findings)]})


def failing(production: Answers) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.4))


def tried(outcome: Any = "did not help", action: Any = "restart", cause: str = "infrastructure") -> Attempt:
    proposal = Proposal(action=action, service="checkout", summary="")
    return Attempt(cause=cause, component="checkout", proposal=proposal, outcome=outcome, at=NOW)


async def test_a_clear_best_is_the_cause(briefing: Briefing, context: DutyContext, production: Answers) -> None:
    failing(production)
    excluded = hypothesis("recent deployment", "search", 0, status="ruled out")
    found = await conclude(with_findings(briefing, hypothesis(), excluded), context)
    assert (found.verdict, found.cause, found.component, found.confidence) == (
        "cause found",
        "code bug",
        "checkout",
        "high",
    )
    assert found.introduced_at == ONSET


@pytest.mark.parametrize(
    ("excludes", "missing", "confidence"),
    [
        (True, [], "high"),
        (False, [], "medium"),
        (True, ["system_metrics(service=search, minutes=90) at 14:30: no data"], "high"),
        (True, ["error_log(service=checkout, minutes=90) at 14:30: no data"], "medium"),
    ],
)
async def test_high_confidence_takes_an_excluded_rival_and_nothing_of_the_component_unseen(
    briefing: Briefing, context: DutyContext, production: Answers, excludes: bool, missing: list[str], confidence: str
) -> None:
    failing(production)
    excluded = [hypothesis("recent deployment", "search", 0, status="ruled out")] if excludes else []
    told = with_findings(briefing, hypothesis(), *excluded)
    told.findings[-1].findings.missing.extend(missing)
    assert (await conclude(told, context)).confidence == confidence


async def test_where_a_person_knows_the_cause_the_readings_do_not_say_that_it_is_open(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    told = with_findings(briefing, hypothesis(strength=1, status="open"))
    named = Statement(
        at=NOW, by="grace", words="a wrong address", cause="infrastructure", component="checkout", cite="1"
    )
    told = told.model_copy(update={"ledger": Ledger(statements=[named])})
    found = await conclude(told, context)
    assert (found.verdict, found.component) == ("insufficient evidence", "checkout")
    assert found.summary == "Nothing that was read adds to what grace named as the cause."
    claim = Claim(text="checkout: error rate 40.0 % (usually 0.1 %)", cites=["01"])
    scope = Scope(
        summary="",
        users_affected=None,
        users_share=None,
        data_at_risk="no",
        services=["checkout"],
        abnormal=True,
        claims=[claim],
    )
    found = await conclude(told.model_copy(update={"scope": scope}), context)
    assert found.summary == "checkout: error rate 40.0 % (usually 0.1 %)."
    disproved = told.model_copy(update={"attempts": [tried().model_copy(update={"at": NOW + timedelta(minutes=1)})]})
    assert (await conclude(disproved, context)).summary.startswith("Narrowed down to checkout. Still open:")


async def test_a_statement_that_was_cut_ends_with_no_full_stop_after_the_ellipsis(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    long = hypothesis(strength=1, status="open").model_copy(update={"statement": f"checkout {'fails ' * 60}"})
    summary = (await conclude(with_findings(briefing, long), context)).summary
    assert "…" in summary
    assert "…." not in summary


async def test_what_stays_open_says_which_reading_would_decide(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    told = with_findings(briefing, hypothesis(strength=1, status="open"))
    told.findings[-1].findings.missing.extend(
        [
            "system_metrics(service=checkout, minutes=90) at 14:30: no data",
            "error_log(service=checkout, minutes=90) at 14:30: not connected",
            "deployment_history(service=search, hours=24) at 14:30: no data",
        ]
    )
    assert "What would decide: the error log of checkout." in (await conclude(told, context)).summary


async def test_a_change_on_record_lends_its_version_to_no_release_and_takes_none_of_it(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    on_record = hypothesis("recent deployment").model_copy(update={"change": "flag on"})
    release = hypothesis("recent deployment", strength=1, status="open", version="2.0.0")
    found = await conclude(with_findings(briefing, release, on_record), context)
    assert (found.hypotheses[0].statement, found.hypotheses[0].version) == (on_record.statement, "")


async def test_two_causes_of_one_component_as_strong_are_insufficient_evidence(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    told = with_findings(briefing, hypothesis(), hypothesis("infrastructure"))
    assert (await conclude(told, context)).verdict == "insufficient evidence"


async def test_of_two_faults_the_earlier_comes_first(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    later = hypothesis("infrastructure", "orders-db", onset=ONSET + timedelta(minutes=4))
    found = await conclude(with_findings(briefing, later, hypothesis()), context)
    assert found.component == "checkout"
    assert [h.component for h in found.hypotheses] == ["checkout", "orders-db"]


async def test_weak_support_alone_names_no_cause(briefing: Briefing, context: DutyContext, production: Answers) -> None:
    failing(production)
    found = await conclude(with_findings(briefing, hypothesis(strength=1, status="open")), context)
    assert (found.verdict, found.cause, found.component) == ("insufficient evidence", None, "checkout")


async def test_roles_that_agree_make_one_hypothesis(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    told = with_findings(with_findings(briefing, hypothesis()), hypothesis(strength=2), role="devops_automator")
    assert len((await conclude(told, context)).hypotheses) == 1


async def test_of_what_roles_counted_moments_apart_one_number_stays_the_one_that_the_cause_quotes(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    told = briefing
    for role, used, strength in (("devops_automator", 23, 2), ("backend_architect", 22, 3)):
        words = f"{used} of 24 connections of orders-db in use"
        found = hypothesis("infrastructure", "orders-db", strength)
        update = {"statement": f"orders-db is in trouble: {words}", "support": [Claim(text=words, cites=["1"])]}
        told = with_findings(told, found.model_copy(update=update), role=role)
    (cause,) = (await conclude(told, context)).hypotheses
    assert [cause.statement, *(claim.text for claim in cause.support)] == [
        "orders-db is in trouble: 22 of 24 connections of orders-db in use",
        "22 of 24 connections of orders-db in use",
    ]


async def test_which_instances_ail_is_kept_where_another_role_argues_best(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    seen = hypothesis("infrastructure", strength=2, instances=["relay-3"])
    told = with_findings(briefing, seen, role="devops_automator")
    found = await conclude(with_findings(told, hypothesis("infrastructure")), context)
    assert (found.hypotheses[0].strength, found.hypotheses[0].instances) == (3, ["relay-3"])


async def test_what_rules_out_beats_weak_support(briefing: Briefing, context: DutyContext, production: Answers) -> None:
    failing(production)
    weak = hypothesis("recent deployment", strength=1, status="open", version="1.1.0")
    out = hypothesis("recent deployment", strength=0, status="ruled out", version="1.1.0")
    found = await conclude(with_findings(with_findings(briefing, weak), out), context)
    assert {h.status for h in found.hypotheses} == {"ruled out"}


async def test_nothing_abnormal_means_nothing_wrong(briefing: Briefing, context: DutyContext) -> None:
    found = await conclude(with_findings(briefing), context)
    assert (found.verdict, found.cause) == ("nothing wrong", None)


async def test_what_the_alert_says_is_to_come_is_not_refuted_by_figures_of_today(
    briefing: Briefing, context: DutyContext
) -> None:
    threatened = with_findings(briefing).model_copy(
        update={"alert": briefing.alert.model_copy(update={"title": "Certificate of checkout expires in 6 days"})}
    )
    found = await conclude(threatened, context)
    assert (found.verdict, found.cause, found.component, found.confidence) == (
        "cause found",
        "infrastructure",
        "checkout",
        "low",
    )
    assert found.summary.startswith("Nothing has failed yet: the alert warns of “Certificate of checkout expires in")
    said = Statement(at=briefing.now, by="ada", words="renewed", is_over=True, cite="4")
    over = threatened.model_copy(update={"ledger": Ledger(statements=[said])})
    assert (await conclude(over, context)).verdict == "nothing wrong"


async def test_an_excursion_that_is_over_recovered_by_itself(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    signals = golden("checkout", error_rate=0.4)
    signals.error_rate.values[-8:] = [0.004] * 8
    production.put("golden_signals", "checkout", signals)
    told = with_findings(briefing, hypothesis(strength=0, status="open"))
    over = await conclude(told, context)
    assert over.verdict == "recovered by itself"
    assert over.summary.startswith("checkout is within its usual range: error rate")
    assert ". Its error rate was out of its usual range until " in over.summary


def over_since(minutes: int) -> GoldenSignals:
    """Errors that began with the onset and were over so long ago."""
    signals = golden("checkout", NOW - timedelta(minutes=minutes + 8), error_rate=0.4)
    signals.error_rate.values[-minutes:] = [0.004] * minutes
    return signals


def in_trouble(*services: str) -> Scope:
    return Scope(
        summary="", users_affected=None, users_share=None, services=[*services], data_at_risk="no", abnormal=True
    )


@pytest.mark.parametrize("is_suspected", [True, False], ids=["a supported suspect", "a service in trouble"])
@pytest.mark.parametrize("ready", [0, 4])
async def test_calm_signals_of_the_alerted_service_do_not_excuse_another_one_that_does_not_run(
    briefing: Briefing, context: DutyContext, production: Answers, is_suspected: bool, ready: int
) -> None:
    production.put("golden_signals", "checkout", over_since(8))
    state = production.values["infrastructure_state", "orders-db"]
    production.put("infrastructure_state", "orders-db", state.model_copy(update={"replicas_ready": ready}))
    suspects = [hypothesis("infrastructure", "orders-db", 2)] if is_suspected else []
    services = ["checkout"] if is_suspected else ["checkout", "orders-db"]
    told = with_findings(briefing.model_copy(update={"scope": in_trouble(*services)}), *suspects)
    found = await conclude(told, context)
    if ready:
        assert found.verdict == "recovered by itself"
    elif is_suspected:
        assert (found.verdict, found.component) == ("cause found", "orders-db")
    else:
        assert found.verdict == "insufficient evidence"


@pytest.mark.parametrize(("minutes", "has_its_own", "is_told"), [(8, True, True), (60, True, False), (60, False, True)])
async def test_what_was_over_long_before_an_incident_with_trouble_of_its_own_is_not_told_as_part_of_it(
    briefing: Briefing, context: DutyContext, production: Answers, minutes: int, has_its_own: bool, is_told: bool
) -> None:
    production.put("golden_signals", "checkout", over_since(minutes))
    ledger = Ledger(was_abnormal=has_its_own)
    found = await conclude(with_findings(briefing.model_copy(update={"ledger": ledger})), context)
    assert found.verdict == "recovered by itself"
    assert (" was out of its usual range until " in found.summary) == is_told


async def test_calm_signals_do_not_excuse_damaged_data(briefing: Briefing, context: DutyContext) -> None:
    scope = Scope(summary="", users_affected=0, users_share=0, services=[], data_at_risk="yes", abnormal=True)
    found = await conclude(with_findings(briefing.model_copy(update={"scope": scope})), context)
    assert found.verdict == "insufficient evidence"


async def test_what_cannot_be_seen_is_not_called_well(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    del production.values["golden_signals", "checkout"]
    assert (await conclude(with_findings(briefing), context)).verdict == "insufficient evidence"


async def test_a_rollback_that_did_not_help_rules_its_deployment_out(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    attempts = [tried(action="rollback", cause="recent deployment")]
    told = with_findings(briefing.model_copy(update={"attempts": attempts}), hypothesis("recent deployment"))
    found = await conclude(told, context)
    assert found.verdict == "insufficient evidence"
    assert found.hypotheses[0].status == "ruled out"


async def test_infrastructure_has_another_way_after_one_that_did_not_help(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    once = briefing.model_copy(update={"attempts": [tried()]})
    twice = briefing.model_copy(update={"attempts": [tried(), tried(action="scale")]})
    found = await conclude(with_findings(once, hypothesis("infrastructure")), context)
    given_up = await conclude(with_findings(twice, hypothesis("infrastructure")), context)
    assert (found.verdict, given_up.verdict) == ("cause found", "insufficient evidence")


async def test_a_refusal_does_not_speak_against_the_cause(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    told = with_findings(briefing.model_copy(update={"attempts": [tried("refused")]}), hypothesis("infrastructure"))
    assert (await conclude(told, context)).hypotheses[0].strength == 3


async def test_what_a_tool_could_not_do_says_nothing_against_the_cause(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    told = with_findings(briefing, hypothesis("recent deployment"), hypothesis("recent deployment", "search", 0))
    for outcome, verdict in (("failed", "cause found"), ("did not help", "insufficient evidence")):
        attempt = tried(outcome, "rollback", "recent deployment")
        found = await conclude(told.model_copy(update={"attempts": [attempt]}), context)
        assert found.verdict == verdict


@pytest.mark.parametrize("is_tied", [True, False])
async def test_a_change_just_before_that_nothing_ties_or_rules_out_keeps_a_fault_in_old_code_from_high(
    briefing: Briefing, context: DutyContext, production: Answers, is_tied: bool
) -> None:
    failing(production)
    change = hypothesis("recent deployment", strength=1, status="open", change="prices switched to 2026")
    bug = hypothesis()
    bug = bug.model_copy(update={"support": [*bug.support, *change.support]}) if is_tied else bug
    excluded = hypothesis("recent deployment", "search", 0, status="ruled out")
    found = await conclude(with_findings(briefing, bug, change, excluded), context)
    assert (found.cause, found.confidence) == ("code bug", "high" if is_tied else "medium")


async def test_a_round_without_news_does_not_conclude_what_the_round_before_left_open(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    missing = ["error_log(service=checkout, minutes=90) at 14:20: no data"]
    old = hypothesis("recent deployment", strength=1, status="open")
    before = Conclusion(verdict="insufficient evidence", summary="", hypotheses=[old], missing=missing)
    told = with_findings(briefing, hypothesis("recent deployment", strength=2))
    told.findings[-1].findings.missing.extend(missing)
    assert (await conclude(told, context)).verdict == "cause found"
    found = await conclude(told.model_copy(update={"conclusion": before}), context)
    assert (found.verdict, found.hypotheses[0].strength) == ("insufficient evidence", 1)
    assert "What would decide: the error log of checkout." in found.summary


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("database_health(service=orders-db) at 14:20: no data", "the database health of orders-db"),
        ("provider_status of card-gateway: not connected", "the provider status of card-gateway"),
    ],
)
async def test_where_the_suspect_was_read_the_reading_of_what_it_depends_on_would_decide(
    briefing: Briefing, context: DutyContext, production: Answers, missing: str, named: str
) -> None:
    failing(production)
    told = with_findings(briefing, hypothesis("recent deployment", strength=1, status="open"))
    told.findings[-1].findings.missing.append(missing)
    assert f"What would decide: {named}." in (await conclude(told, context)).summary
