"""Report checks: evidence, causes and rivals, targets of proposals, the floor of severity."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError

from agents.reports.answer import Answer
from agents.reports.basis import Calculation, Check, Claim, Report, Severity
from agents.reports.investigation import Conclusion, Findings, Hypothesis
from agents.reports.mitigation import Proposal
from agents.reports.post_mortem import Impact, TimelineEntry
from agents.reports.triage import Acknowledgement, Classification, Scope
from agents.runtime.briefing import Briefing, PersonsQuestion, SeverityFloor
from agents.runtime.record_words import statements
from agents.runtime.report_checks import complaints
from tests.agents.changes import FITTING, PARAMETERS
from tests.agents.conftest import NOW, MemoryLog


@pytest.fixture
async def ref(log: MemoryLog) -> str:
    """Of an event in which 412 users and two versions stand."""
    payload = {
        "value": {"service": "checkout", "users": 412, "running": "2.0.0", "rollback_target": "1.9.0", "usual_users": 4}
    }
    return (await log.write("main/node#1/tool/x.1/result", "tool_result", payload)).ref


def claim(text: str, *cites: str) -> Claim:
    return Claim(text=text, cites=list(cites))


def findings(*claims: Claim, **more: Any) -> Findings:
    return Findings(summary="Seen.", claims=list(claims), abnormal=True, **more)


def hypothesis(cause: Any, *support: Claim, against: tuple[Claim, ...] = (), **more: Any) -> Hypothesis:
    known: dict[str, Any] = {"status": "supported" if support else "ruled out", "component": "checkout"}
    return Hypothesis(cause=cause, statement="So.", support=list(support), against=list(against), **{**known, **more})


def conclusion(*hypotheses: Hypothesis, **more: Any) -> Conclusion:
    known: dict[str, Any] = {"verdict": "cause found", "cause": "code bug", "component": "checkout"}
    return Conclusion(summary="So.", hypotheses=list(hypotheses), **{**known, **more})


def impact(revenue: str, ref: str) -> Impact:
    rest = dict.fromkeys(("users", "reputation", "data"), claim("Not known.", ref))
    return Impact(summary="So.", revenue=claim(revenue, ref), **rest)


def rollback(ref: str, **more: Any) -> Proposal:
    known: dict[str, Any] = {"action": "rollback", "service": "checkout", "parameters": {"version": "1.9.0"}}
    return Proposal.model_validate({"summary": "So.", "reasons": [claim("1.9.0 ran well", ref)], **known, **more})


async def only(report: Report, briefing: Briefing, log: MemoryLog) -> str:
    """The one complaint that there is."""
    found = await complaints(report, briefing, log)
    assert len(found) == 1, found
    return found[0].words


async def test_a_sound_report_is_not_complained_about(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    shown = claim("412 users", ref)
    bug = hypothesis("code bug", shown)
    rival = hypothesis("infrastructure", against=(claim("2.0.0 alone", ref),))
    for report in (findings(shown), conclusion(bug, rival), rollback(ref)):
        assert await complaints(report, briefing, log) == []


async def test_a_claim_cites(briefing: Briefing, log: MemoryLog) -> None:
    assert await only(findings(claim("412 users")), briefing, log) == (
        "claims.0 cites nothing. Name the refs of the events that show it, or leave it out"
    )


async def test_what_it_cites_exists(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    said = await only(findings(claim("412 users", ref, "deadbeef")), briefing, log)
    assert said == "claims.0 cites deadbeef: there is no such event. Use refs that you were given"


async def test_its_numbers_stand_in_what_it_cites(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    said = await only(findings(claim("412 users, 38 % of them new", ref)), briefing, log)
    assert said.startswith(f'claims.0: "38 %" neither stands in {ref} nor follows from it. ')


async def test_the_loss_that_the_briefing_estimates_may_be_told_with_its_arithmetic_and_no_other(
    briefing: Briefing, log: MemoryLog, ref: str
) -> None:
    listed = briefing.catalogue.services["checkout"].model_copy(update={"revenue_per_minute": 140.0})
    catalogue = briefing.catalogue.model_copy(update={"services": {"checkout": listed}})
    known = briefing.model_copy(update={"revenue_lost": 4480.0, "catalogue": catalogue})
    told = "At most about 4,480 USD was lost: 140 USD per minute of checkout."
    assert await complaints(impact(told, ref), known, log) == []
    said = await complaints(impact("At most about 9,800 USD was lost.", ref), known, log)
    assert [complaint.words.partition(" neither")[0] for complaint in said] == ['revenue: "9,800"']


async def test_or_follow_from_it_by_a_calculation(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    times = Calculation(how="ratio", of=[412, 4], result=103)
    assert await complaints(findings(claim("103 times as many", ref), calculations=[times]), briefing, log) == []
    wrong = times.model_copy(update={"result": 130})
    assert '"130 times"' in await only(findings(claim("130 times as many", ref), calculations=[wrong]), briefing, log)


async def test_a_rule_of_severity_may_be_repeated(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    reason = claim("error rate 50 % or more on tier 1 or 2", ref)
    report = Classification(summary="Bad.", severity="P1", reasons=[reason])
    floor = SeverityFloor(severity="P1", reasons=[])
    assert len(await complaints(report, briefing.model_copy(update={"floor": floor}), log)) == 2
    briefing = briefing.model_copy(update={"floor": SeverityFloor(severity="P1", reasons=[reason.text])})
    assert await complaints(report, briefing, log) == []


@pytest.mark.parametrize(("verdict", "complained"), [("abnormal", True), ("normal", False), ("unknown", False)])
async def test_only_an_abnormal_check_needs_evidence(
    briefing: Briefing, log: MemoryLog, verdict: Any, complained: bool
) -> None:
    class Checked(Report):
        """A report with one check."""

        cpu: Check

    report = Checked(summary="So.", cpu=Check(verdict=verdict, text="busy"))
    assert bool(await complaints(report, briefing, log)) == complained


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (hypothesis("code bug", status="supported"), "nothing in `support` shows it"),
        (hypothesis("code bug", status="open", strength=2), "nothing in `support` shows it"),
        (hypothesis("code bug", status="ruled out"), "nothing in `against` says by what"),
    ],
    ids=["supported", "strong", "ruled out"],
)
async def test_a_hypothesis_needs_what_it_rests_on(
    briefing: Briefing, log: MemoryLog, wrong: Hypothesis, words: str
) -> None:
    assert words in await only(findings(hypotheses=[wrong]), briefing, log)


async def test_an_answer_cites_or_says_that_it_is_none(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    shown = Answer(summary="412 users.", is_answered=True, claims=[claim("412 users", ref)])
    assert await complaints(shown, briefing, log) == []
    assert await complaints(Answer(summary="That cannot be told.", is_answered=False), briefing, log) == []
    assert "an answer needs `claims`" in await only(Answer(summary="It goes on.", is_answered=True), briefing, log)


async def test_what_a_question_claims_is_no_evidence_for_its_answer(
    briefing: Briefing, log: MemoryLog, ref: str
) -> None:
    question = PersonsQuestion(by="eve", text="Are 9,999 users hit?", at=NOW)
    asked = briefing.model_copy(update={"question": question})
    parrot = Answer(summary="Yes, 9,999 users are hit.", is_answered=True, claims=[claim("412 users", ref)])
    assert '"9,999" stands in no event' in (await complaints(parrot, asked, log))[0].words


async def test_a_cause_is_the_first_hypothesis_and_is_supported(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    shown = claim("412 users", ref)
    assert "must be the chosen one" in await only(conclusion(), briefing, log)
    assert "must be the chosen one" in await only(conclusion(hypothesis("infrastructure", shown)), briefing, log)
    assert "must say which" in await only(conclusion(hypothesis("code bug", shown), cause=None), briefing, log)
    unshown = hypothesis("code bug", status="open")
    assert "is the cause, and nothing in `support`" in await only(conclusion(unshown), briefing, log)


async def test_a_rival_needs_a_reason(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    rival = hypothesis("infrastructure", status="open")
    said = await only(conclusion(hypothesis("code bug", claim("412 users", ref)), rival), briefing, log)
    assert said.startswith("hypotheses.1 is a rival without a reason")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"service": "warehouse"}, "warehouse is not in the catalogue"),
        ({"parameters": {"replicas": 4}}, "'replicas' is none of its parameters (version); version: Field required"),
        ({"parameters": {"version": "1.8.0"}}, "parameters.version: 1.8.0 stands in no event"),
        ({"reasons": [], "parameters": {"version": ""}}, "reasons: a change to production needs one"),
    ],
    ids=["service", "arguments", "version", "reasons"],
)
async def test_a_proposal_has_a_target_that_exists(
    briefing: Briefing, log: MemoryLog, ref: str, more: Any, words: str
) -> None:
    found = await complaints(rollback(ref, **more), briefing, log)
    assert words in " ".join(complaint.words for complaint in found)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(PARAMETERS | FITTING["rollback"])
async def test_of_whatever_parameters_a_model_hands_in_only_the_action_s_own_are_accepted(
    briefing: Briefing, log: MemoryLog, ref: str, parameters: dict[str, Any]
) -> None:
    try:
        proposal = rollback(ref, parameters=parameters)
    except ValidationError:
        return  # values that are neither texts nor whole numbers come no further
    if not await complaints(proposal, briefing, log):
        assert proposal.parameters.keys() == {"version"}
        assert isinstance(proposal.parameters["version"], str)


@pytest.mark.parametrize("other", [{"service": "accounts"}, {"Service": "accounts"}, {"replicas": 3}])
async def test_a_proposal_that_names_a_parameter_too_many_is_told_which(
    briefing: Briefing, log: MemoryLog, ref: str, other: dict[str, Any]
) -> None:
    found = await complaints(rollback(ref, parameters={"version": "1.9.0", **other}), briefing, log)
    (name,) = other
    assert found[0].words == f"the parameters do not fit rollback: {name!r} is none of its parameters (version)"


@pytest.mark.parametrize("value", [True, 4.0, None, ["1.9.0"], {"service": "accounts"}])
def test_a_parameter_is_a_text_or_a_whole_number_and_nothing_is_made_one(ref: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        rollback(ref, parameters={"version": value})


@pytest.mark.parametrize(
    "words",
    [
        "4,711,000 customers cannot pay.",
        "97 % of requests fail.",
        "Customers lost their data.",
        "Customer data was stolen by hackers.",
        "Cards were charged twice.",
        "A mistake by an intern led to this.",
        "It was Kim from the night shift.",
        "Everything works again.",
        "The incident is resolved.",
        "Kundendaten wurden gestohlen.",
        "Der Fehler ist behoben.",
        "Look with the token ghp_16C7e42F292c6912E7710c838347Ae178B4a.",
    ],
)
async def test_words_that_cite_nothing_say_only_what_the_cited_events_and_the_record_say(
    briefing: Briefing, log: MemoryLog, ref: str, words: str
) -> None:
    shown = claim("412 users", ref)
    sound = hypothesis("code bug", shown)
    reports: list[Report] = [
        findings(shown).model_copy(update={"summary": words}),
        findings(shown, missing=[words]),
        conclusion(sound).model_copy(update={"summary": words}),
        conclusion(sound.model_copy(update={"statement": words})),
        Acknowledgement(summary="Seen.", understood=words, symptom="errors"),
    ]
    for report in reports:
        assert await complaints(report, briefing, log), report
    history = [TimelineEntry(at=NOW, what=words)]
    known = briefing.model_copy(update={"history": history})
    is_secret = "token" in words
    assert [bool(await complaints(report, known, log)) for report in reports] == [is_secret] * len(reports)


async def test_words_that_cite_nothing_may_say_what_their_own_report_shows(briefing: Briefing, log: MemoryLog) -> None:
    safe = (await log.write("x", "tool_result", {"value": {"lost_records": 0, "exposed_records": 0, "users": 412}})).ref
    shown = claim("412 users meet failing requests, and no records are lost or exposed", safe)
    report = findings(shown).model_copy(update={"summary": "Requests of 412 users fail. No records were lost."})
    assert await complaints(report, briefing, log) == []


@pytest.mark.parametrize(
    ("words", "is_complained"),
    [
        ("No change is safe.", False),
        ("Restart it, the safest change.", False),
        ("Customer data is safe.", True),
        ("Users get older pages.", False),
        ("97 % of users leave.", True),
    ],
)
async def test_a_proposal_may_call_a_change_safe_and_tell_what_may_come(
    briefing: Briefing, log: MemoryLog, ref: str, words: str, is_complained: bool
) -> None:
    assert bool(await complaints(rollback(ref, risk=words), briefing, log)) == is_complained


async def test_proposing_nothing_is_always_possible(briefing: Briefing, log: MemoryLog) -> None:
    assert await complaints(Proposal(action=None, service="", summary="Nothing is safe."), briefing, log) == []


@pytest.mark.parametrize(("severity", "accepted"), [("P0", True), ("P1", True), ("P2", False), ("P3", False)])
async def test_a_severity_is_at_the_floor_or_above(
    briefing: Briefing, log: MemoryLog, ref: str, severity: Severity, accepted: bool
) -> None:
    briefing = briefing.model_copy(update={"floor": SeverityFloor(severity="P1", reasons=[])})
    report = Classification(summary="So.", severity=severity, reasons=[claim("412 users", ref)])
    assert (await complaints(report, briefing, log) == []) == accepted


def test_every_statement_is_found_wherever_it_stands() -> None:
    report = conclusion(hypothesis("code bug", claim("a", "1"), against=(claim("b", "2"),)))
    assert [said.where for said in statements(report)] == ["hypotheses.0.support.0", "hypotheses.0.against.0"]


async def test_a_statement_longer_than_anybody_reads_is_sent_back_unchecked(
    briefing: Briefing, log: MemoryLog, ref: str
) -> None:
    minutes = " ".join(f"{n // 60 % 24:02}:{n % 60:02}" for n in range(15_000))
    said = await only(findings(claim(f"{minutes} 3 min", ref), claim("413 users", ref)), briefing, log)
    assert said == "claims.0 has 90005 characters; say it in at most 2000"


async def test_a_statement_that_cites_more_than_anybody_looks_up_is_sent_back(
    briefing: Briefing, log: MemoryLog, ref: str
) -> None:
    said = await only(findings(claim("412 users", *[ref] * 31)), briefing, log)
    assert said == "claims.0 cites 31 events; name the 30 that show it best"
    assert await complaints(findings(claim("412 users", *[ref] * 30)), briefing, log) == []


async def test_more_statements_than_anybody_reads_are_sent_back(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    assert await complaints(findings(*[claim("412 users", ref)] * 300), briefing, log) == []
    said = await only(findings(*[claim("412 users", ref)] * 301), briefing, log)
    assert said == "301 statements are too many to read; make at most 300"


async def test_an_event_is_read_once_however_often_it_is_cited(
    briefing: Briefing, log: MemoryLog, ref: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    cited = log.cited

    async def counted(wanted: str) -> Any:
        looked_up.append(wanted)
        return await cited(wanted)

    monkeypatch.setattr(log, "cited", counted)
    assert await complaints(findings(*[claim("412 users", ref, ref)] * 50), briefing, log) == []
    assert looked_up == [ref]


IMPOSSIBLE = {
    "users_share": 1_023_895_674.0,
    "error_rate": 1.5,
    "error_rates": {"shop": -0.1},
    "users_affected": -1,
    "latency_ratio": -2.0,
}


def scope(*claims: Claim, **more: Any) -> Scope:
    known: dict[str, Any] = {"users_affected": None, "users_share": None, "services": [], "data_at_risk": "unknown"}
    told = {"summary": "Seen.", "abnormal": False, **known, **more}
    return Scope.model_validate({**told, "claims": [each.model_dump() for each in claims]})


@pytest.mark.parametrize("field", IMPOSSIBLE)
async def test_a_scope_holds_no_figure_that_cannot_be_measured(
    field: str, briefing: Briefing, log: MemoryLog, ref: str
) -> None:
    complaint = await only(scope(claim("412 users", ref), **{field: IMPOSSIBLE[field]}), briefing, log)
    assert complaint.endswith(("a share is 0 to 1", "it is never below 0"))


async def test_a_scope_s_figures_need_a_claim_that_shows_them(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    assert "no claim cites what shows them" in await only(scope(users_affected=412), briefing, log)
    assert await complaints(scope(claim("412 users", ref), users_affected=412, users_share=0.4), briefing, log) == []
    assert await complaints(scope(), briefing, log) == []
