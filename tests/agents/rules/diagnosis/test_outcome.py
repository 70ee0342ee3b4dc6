"""The outcome: what a person named and what an act ended is not forgotten by a later look that finds nothing."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Hypothesis
from agents.reports.mitigation import Proposal
from agents.reports.triage import Scope
from agents.rules.diagnosis.outcome import as_told, handled, kept, over
from agents.rules.writing.wording import at
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.ledger import Act, Damage, Ledger, Statement, Suspected
from tests.agents.conftest import NOW

MINUTE = timedelta(minutes=1)
FOUND = Conclusion(verdict="cause found", cause="infrastructure", component="checkout", summary="Its disk was full.")
OTHER = Conclusion(verdict="cause found", cause="code bug", component="shop", summary="A new error in shop.")
CALM = [
    Conclusion(verdict="nothing wrong", summary="All is as usual."),
    Conclusion(verdict="recovered by itself", summary="It is over."),
    Conclusion(verdict="insufficient evidence", summary="Nothing can be seen."),
]
NAMED = Statement(
    at=NOW, by="grace", words="the disk was full", cause="infrastructure", component="checkout", cite="0a"
)
SUSPECTED = Suspected(
    at=NOW - 3 * MINUTE,
    cause="infrastructure",
    component="checkout",
    is_firm=True,
    cite="0c",
    words="Its disk was full.",
)
DONE = Act(at=NOW, action="restart", service="checkout", cause="infrastructure", component="checkout", cite="0b")


def knowing(briefing: Briefing, before: Conclusion | None = FOUND, **ledger: Any) -> Briefing:
    known = Ledger.model_validate({"services": ["checkout"], **ledger})
    return briefing.model_copy(update={"conclusion": before, "ledger": known})


def hurt(is_open: bool = False) -> Damage:
    since = NOW - timedelta(minutes=10)
    return Damage(service="checkout", kind="errors", since=since, until=NOW, is_open=is_open, worst=0.5)


@pytest.mark.parametrize("later", CALM, ids=lambda found: found.verdict)
@pytest.mark.parametrize("ledger", [{"statements": [NAMED]}, {"acts": [DONE]}], ids=["named", "acted on"])
def test_no_later_look_takes_back_what_was_named_or_acted_on(
    briefing: Briefing, later: Conclusion, ledger: dict[str, Any]
) -> None:
    found = kept(later, knowing(briefing, **ledger))
    assert (found.verdict, found.cause, found.component) == ("cause found", "infrastructure", "checkout")
    assert (later.summary in found.summary) == (later.verdict != "insufficient evidence")
    again = kept(later, knowing(briefing, found, **ledger))
    assert again.summary == found.summary


LOOK = Scope(
    summary="checkout is degraded.",
    users_affected=412,
    users_share=0.41,
    data_at_risk="no",
    services=["checkout", "shop"],
    abnormal=True,
    claims=[
        Claim(text="checkout: error rate 40.0 % (usually 0.1 %)", cites=["01"]),
        Claim(text="shop: error rate 9.0 % (usually 0.1 %)", cites=["02"]),
        Claim(text="412 of 1,005 active users meet the fault", cites=["03"]),
    ],
)
OPEN = Conclusion(
    verdict="insufficient evidence",
    component="checkout",
    summary="Narrowed down to checkout. Still open: checkout failed first; no reading says why.",
)
FIGURES = "checkout: error rate 40.0 % (usually 0.1 %); shop: error rate 9.0 % (usually 0.1 %)."


def test_beside_a_cause_that_stands_only_figures_are_told_where_a_look_finds_no_cause(briefing: Briefing) -> None:
    known = knowing(briefing, statements=[NAMED]).model_copy(update={"scope": LOOK})
    found = kept(OPEN, known)
    assert found.summary == f"Its disk was full. By now: {FIGURES}"
    assert kept(OPEN, known.model_copy(update={"conclusion": found})).summary == found.summary
    assert kept(OPEN, knowing(briefing, statements=[NAMED])).summary == "Its disk was full."


@pytest.mark.parametrize("before", [None, OPEN], ids=["first round", "later round"])
def test_a_cause_that_a_person_has_just_named_is_told_before_the_run_takes_it_up(
    briefing: Briefing, before: Conclusion | None
) -> None:
    known = knowing(briefing, before, statements=[NAMED]).model_copy(update={"scope": LOOK})
    found = kept(OPEN, known)
    assert (found.verdict, found.cause) == ("insufficient evidence", None)
    assert found.summary == f"grace names infrastructure of checkout as the cause. By now: {FIGURES}"


def test_what_was_only_suspected_may_be_given_up(briefing: Briefing) -> None:
    assert kept(CALM[2], knowing(briefing)).verdict == "insufficient evidence"


def test_an_act_after_which_the_damage_goes_on_confirms_nothing(briefing: Briefing) -> None:
    assert kept(CALM[2], knowing(briefing, acts=[DONE], damage=[hurt(is_open=True)])).verdict == "insufficient evidence"


def test_a_change_that_did_not_help_disproves_what_was_named_before_it(briefing: Briefing) -> None:
    proposal = Proposal(action="restart", service="checkout", summary="")
    tried = Attempt(
        cause="infrastructure",
        component="checkout",
        proposal=proposal,
        outcome="did not help",
        at=NOW + timedelta(minutes=1),
    )
    known = knowing(briefing, statements=[NAMED]).model_copy(update={"attempts": [tried]})
    assert kept(CALM[2], known).verdict == "insufficient evidence"
    refused = known.model_copy(update={"attempts": [tried.model_copy(update={"outcome": "refused"})]})
    assert kept(CALM[2], refused).verdict == "cause found"


@pytest.mark.parametrize(
    ("support", "against", "beside"),
    [
        ("", "", "the newest readings do not show infrastructure of checkout; they"),
        ("", "its disk is at 20 %", "against infrastructure of checkout: its disk is at 20 %; the newest readings"),
        ("its disk is full", "", "the newest readings"),
    ],
)
def test_another_cause_that_is_found_contradicts_what_a_person_named_only_where_a_reading_does_by_name(
    briefing: Briefing, support: str, against: str, beside: str
) -> None:
    claims = [[Claim(text=text, cites=["0d"])] if text else [] for text in (support, against)]
    same = Hypothesis(
        cause="infrastructure",
        component="checkout",
        statement="",
        status="open",
        strength=1,
        support=claims[0],
        against=claims[1],
    )
    other = OTHER.model_copy(update={"hypotheses": [same] if support or against else []})
    known = knowing(briefing, statements=[NAMED])
    found = kept(other, known)
    assert (found.cause, found.component) == ("infrastructure", "checkout")
    told = f"Its disk was full. By now: {beside} suggest: A new error in shop."
    assert found.summary == told
    assert kept(other, known.model_copy(update={"conclusion": found})).summary == told


def test_nothing_was_wrong_only_where_no_damage_was_measured(briefing: Briefing) -> None:
    assert kept(CALM[0], knowing(briefing, None)).verdict == "nothing wrong"
    found = kept(CALM[0], knowing(briefing, None, damage=[hurt()]))
    assert found.verdict == "recovered by itself"
    assert "up to 50.0 % of requests failed" in found.summary


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(
    looks=st.lists(st.sampled_from(CALM), min_size=1, max_size=5),
    stretches=st.lists(st.tuples(st.integers(-20, 10), st.integers(0, 9), st.booleans()), max_size=4),
    was_abnormal=st.booleans(),
)
def test_no_sequence_of_looks_that_find_nothing_denies_damage_that_was_measured(
    briefing: Briefing, looks: list[Conclusion], stretches: list[tuple[int, int, bool]], was_abnormal: bool
) -> None:
    minute = timedelta(minutes=1)
    damage = [
        hurt(is_open).model_copy(update={"since": NOW + start * minute, "until": NOW + (start + lasts) * minute})
        for start, lasts, is_open in stretches
    ]
    known = knowing(briefing, None, damage=damage, was_abnormal=was_abnormal)
    for look in looks:
        found = kept(look, known)
        is_hurt = bool(known.ledger.hurt(known.detected_at)) or was_abnormal
        assert not (is_hurt and found.verdict == "nothing wrong")
        known = known.model_copy(update={"conclusion": found})


def test_nothing_was_wrong_only_where_no_look_at_the_scope_found_it_out_of_its_range(briefing: Briefing) -> None:
    assert kept(CALM[0], knowing(briefing, None)).verdict == "nothing wrong"
    found = kept(CALM[0], knowing(briefing, None, was_abnormal=True))
    assert (found.verdict, found.cause) == ("recovered by itself", None)
    assert "cause is not known" in found.summary


@pytest.mark.parametrize("calm", CALM[:2], ids=lambda found: found.verdict)
def test_what_ended_after_a_change_at_a_cause_that_was_found_ended_by_it_whichever_run_made_the_change(
    briefing: Briefing, calm: Conclusion
) -> None:
    known = knowing(briefing, CALM[2], suspected=[SUSPECTED], acts=[DONE], damage=[hurt()], was_abnormal=True)
    ended = kept(calm, known)
    assert "not known" not in ended.summary
    assert (ended.verdict, ended.confidence) == ("cause found", "medium")
    assert (ended.cause, ended.component) == ("infrastructure", "checkout")
    assert ended.summary.startswith("Its disk was full. Restart of checkout was done at")
    assert [claim.cites for claim in ended.hypotheses[0].support] == [["0c"], ["0b"]]


@pytest.mark.parametrize(
    "other",
    [
        {"acts": [DONE.model_copy(update={"component": "orders-db"})]},
        {"acts": [DONE.model_copy(update={"at": NOW - 4 * MINUTE})]},
        {"acts": [DONE.model_copy(update={"at": NOW + 6 * MINUTE})]},
        {"acts": [], "statements": []},
    ],
    ids=["at another cause", "before it was found", "long after it was over", "no change"],
)
def test_what_no_change_at_its_cause_can_have_ended_recovered_by_itself(
    briefing: Briefing, other: dict[str, Any]
) -> None:
    known = knowing(briefing, CALM[2], **{"suspected": [SUSPECTED], "damage": [hurt()], "was_abnormal": True, **other})
    assert kept(CALM[1], known).verdict == "recovered by itself"


NOT_RUNNING = SUSPECTED.model_copy(update={"words": "checkout does not run: 0 of 1 replicas ready"})
STARTED = "somebody killed it by mistake, I started it again"


@pytest.mark.parametrize(
    ("words", "refused", "verdict"),
    [
        (STARTED, "", "cause found"),
        (STARTED, f"lena: {STARTED}", "cause found"),
        (STARTED, "lena: not now", "recovered by itself"),
        ("I am looking at it", "", "recovered by itself"),
    ],
    ids=["a note", "a refusal for it", "a refusal", "no deed"],
)
def test_what_did_not_run_and_ended_after_a_persons_deed_did_not_recover_by_itself(
    briefing: Briefing, words: str, refused: str, verdict: str
) -> None:
    restart = Proposal(action="restart", service="checkout", summary="")
    tried = Attempt(
        cause="infrastructure", component="checkout", proposal=restart, outcome="refused", at=NOW, said=refused
    )
    told = Statement(at=NOW, by="lena", words=words, cite="0f")
    known = knowing(briefing, CALM[2], suspected=[NOT_RUNNING], statements=[told], damage=[hurt()])
    found = kept(CALM[1], known.model_copy(update={"attempts": [tried] if refused else []}))
    assert (found.verdict, found.cause, found.component) == (verdict, "infrastructure", "checkout")
    assert (f"lena told at {at(NOW)} of what was done by hand: “{words}”" in found.summary) == (words == STARTED)
    assert ("the investigation found: checkout does not run" in found.summary) == (verdict == "cause found")


def test_a_deed_after_which_harm_went_on_is_not_told_with_its_end(briefing: Briefing) -> None:
    for minutes in (40, 9):
        told = Statement(at=NOW - minutes * MINUTE, by="lena", words="I restarted the cache", cite="0f")
        found = kept(CALM[1], knowing(briefing, CALM[2], statements=[told], damage=[hurt()]))
        assert (told.words in found.summary) == (minutes == 9)


def test_who_says_that_it_is_handled_says_nothing_against_what_is_known() -> None:
    assert handled(FOUND, Ledger()) == FOUND
    named = handled(CALM[2], Ledger(statements=[NAMED]))
    assert (named.verdict, named.cause, named.confidence) == ("cause found", "infrastructure", "high")
    acted = handled(CALM[2], Ledger(acts=[DONE]))
    assert (acted.cause, acted.component, acted.confidence) == ("infrastructure", "checkout", "medium")
    assert [claim.cites for claim in acted.hypotheses[0].support] == [["0b"]]
    assert handled(CALM[2], Ledger()).verdict == "insufficient evidence"
    denied = Conclusion(verdict="nothing wrong", summary="checkout is within its usual range.")
    assert handled(denied, Ledger()).verdict == "insufficient evidence"
    assert handled(None, Ledger()).verdict == "insufficient evidence"


def test_a_deed_is_never_the_cause_but_stands_beside_what_was_found() -> None:
    reading = Claim(text="0 of 1 replicas are ready", cites=["0e"])
    found = SUSPECTED.model_copy(update={"support": [reading]})
    own = handled(CALM[2], Ledger(suspected=[found], acts=[DONE])).hypotheses[0]
    assert own.statement == "Its disk was full"
    assert [claim.cites for claim in own.support] == [["0e"], ["0b"]]
    by_another_run = handled(CALM[2], Ledger(acts=[DONE]))
    assert by_another_run.hypotheses[0].statement == "infrastructure of checkout was taken to be the cause"
    assert "Restart of checkout was done at" in by_another_run.summary


@pytest.mark.parametrize(("later", "verdict"), [(1, "insufficient evidence"), (-1, "cause found")])
def test_a_change_that_was_seen_to_be_in_vain_makes_no_cause_known_again(later: int, verdict: str) -> None:
    in_vain = Attempt(
        cause="infrastructure",
        component="checkout",
        proposal=Proposal(action="restart", service="checkout", summary=""),
        outcome="did not help",
        at=NOW + later * MINUTE,
    )
    said = Statement(at=NOW, by="ada", words="I recycled its pool", is_over=True, is_by_hand=True, cite="0f")
    known = Ledger(suspected=[SUSPECTED], acts=[DONE], statements=[said])
    assert handled(OPEN, known, [in_vain]).verdict == verdict


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({}, "cause found"),
        ({"suspected": SUSPECTED.model_copy(update={"is_firm": False})}, "insufficient evidence"),
        ({"outcome": "refused"}, "insufficient evidence"),
        ({"outcome": "did not help"}, "insufficient evidence"),
        ({"damage": [hurt()]}, "insufficient evidence"),
    ],
    ids=["measured before", "a weak guess", "its remedy refused", "in vain", "not of processes"],
)
def test_who_handles_it_confirms_that_what_was_measured_not_to_run_was_the_cause(
    known: dict[str, Any], found: str
) -> None:
    of_it: dict[str, Any] = {"cause": "infrastructure", "component": "checkout", "at": NOW}
    restart = Proposal(action="restart", service="checkout", summary="")
    tried = [Attempt(**of_it, proposal=restart, outcome=known["outcome"])] if "outcome" in known else []
    down = known.get("damage", [hurt().model_copy(update={"kind": "down"})])
    report = handled(CALM[2], Ledger(suspected=[known.get("suspected", SUSPECTED)], damage=down), tried)
    assert report.verdict == found
    if found == "cause found":
        assert (report.cause, report.component, report.confidence) == ("infrastructure", "checkout", "medium")
        assert report.summary == "Its disk was full."


@pytest.mark.parametrize(
    "words",
    [
        "The new rule counted every sign-in, not those that failed; I took it out. Nothing was wrong",
        "False alarm, I silenced it",
        "the threshold was too low: I raised it",
        "The alert compares seconds with milliseconds. Booking was healthy all along.",
        "no users noticed, false positive",
        "the new alert rule counts all checkouts, not the failed ones; I removed it. Nothing was wrong",
        "The alert on bookings was simply set too low.",
        "everything was fine, only a false alarm",
        "the shop has always been healthy all along; the monitor is misconfigured",
    ],
)
def test_who_handles_a_false_alert_denies_nothing_and_confirms_it(words: str) -> None:
    denied = Conclusion(verdict="nothing wrong", summary="checkout is within its usual range.")
    said = Statement(at=NOW, by="grace", words=words, is_over=True, is_by_hand=True, cite="0a")
    assert said.says_that_nothing_failed
    assert handled(denied, Ledger(statements=[said])).verdict == "nothing wrong"
    assert Ledger(statements=[said]).said_of_harm == []


def test_who_says_that_a_false_alert_is_over_leaves_it_one(briefing: Briefing) -> None:
    calm = knowing(briefing, CALM[0])
    found = over("grace says that it is over.", calm)
    assert (found.verdict, found.summary) == ("nothing wrong", f"grace says that it is over. {CALM[0].summary}")
    assert over("grace says that it is over.", knowing(briefing, CALM[0], damage=[hurt()])).verdict != "nothing wrong"


@pytest.mark.parametrize(
    "words",
    [
        "I cleared the queue by hand",
        "I restarted the worker, and it was fine",
        "nothing was wrong with the code, the disk was full",
        "That was no false alarm",
        "False alarm for the shop, but the mails were gone",
        "the rule was wrong, and customers saw yesterday's prices",
        "it is fine now",
        "nothing was wrong with the alert",
        "the monitor was right",
        "the alert was not wrong",
        "the alert is right: the config was wrong",
        "the alert came because the prices were wrong",
        "the firewall rule was wrong",
        "the rule in nginx was wrong",
        "the connection pool's threshold was too low",
        "the liveness probe was misconfigured",
        "all was fine until the deploy",
        "all was fine, until the deploy",
        "at first I took it for a false alarm",
        "that isn't a false alarm",
        "Not just another false alarm",
        "a false alarm? the tills stand still",
        "false alarm for the shop, payments is down",
        "the database was fine, the certificate was not",
        "the alert was wrong, nobody could pay",
        "it was fine before",
        "Fehlalarm war es keiner",
        "fausse alerte",
        "aquí no pasó nada",
    ],
)
def test_who_ends_something_by_hand_says_that_there_was_something(words: str) -> None:
    denied = Conclusion(verdict="nothing wrong", summary="checkout is within its usual range.")
    said = Statement(at=NOW, by="grace", words=words, is_over=True, is_by_hand=True, cite="0a")
    assert handled(denied, Ledger(statements=[said])).verdict == "insufficient evidence"
    assert Ledger(statements=[said]).said_of_harm == [said]


def test_who_names_a_cause_says_that_something_failed_whatever_their_words() -> None:
    said = NAMED.model_copy(update={"words": "nothing was wrong"})
    assert not said.says_that_nothing_failed


def test_a_question_after_a_person_named_the_cause_begins_with_their_words() -> None:
    assert as_told(Ledger()) == ""
    words = "grace named infrastructure of checkout: “the disk was full”. The readings do not add to that."
    assert as_told(Ledger(statements=[NAMED])) == words
