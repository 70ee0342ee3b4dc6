"""The executive brief: what was counted stays counted, and its parts do not contradict each other."""

from datetime import timedelta
from typing import Any

import pytest

from agents.reports.mitigation import Proposal
from agents.reports.post_mortem import TimelineEntry
from agents.rules.writing import executive_brief, public_wording
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Confirmed, Ledger, Relapse, Statement, Suspected
from tests.agents.conftest import NOW
from tests.agents.roles.test_mitigation import concluded
from tests.agents.rules.writing.test_public_wording import (
    ILL,
    MINUTE,
    WELL,
    done,
    measured,
    unusual,
    watched,
    with_search,
)

COUNTED = {"users_affected": 134, "affected_share": 0.5425, "users_share": 0.5425}
AT_WORST = "134 users (54.2 % of those active) at the worst moment"
NOT_COUNTED = {"users_affected": None, "users_share": None}
NAMED = Statement(at=NOW, by="ada", words="", cause="infrastructure", component="checkout", cite="0a")
PROOF = Confirmed(at=NOW, cause="infrastructure", component="checkout", cite="0c")
PROPOSAL = Proposal(action="restart", service="checkout", summary="", takes_effect_in_minutes=8)


@pytest.mark.parametrize("scope", [WELL, WELL.model_copy(update=NOT_COUNTED), ILL.model_copy(update=NOT_COUNTED)])
async def test_users_who_were_counted_stay_counted_where_a_later_look_counts_none(
    briefing: Briefing, context: DutyContext, scope: Any
) -> None:
    told = unusual(briefing, scope, damage=measured([("checkout", 3, 5)]), **COUNTED)
    brief = await executive_brief.write_brief(told, context)
    assert f" affect{'ing' if scope.abnormal else 'ed'} {AT_WORST}" in brief.situation
    assert f"; {AT_WORST}, " in brief.impact


async def test_a_later_look_that_counts_some_is_told_as_it_is(briefing: Briefing, context: DutyContext) -> None:
    fewer = ILL.model_copy(update={"users_affected": 24, "users_share": 0.097})
    brief = await executive_brief.write_brief(unusual(briefing, fewer, **COUNTED), context)
    assert "affecting 24 users (9.7 % of those active)" in brief.situation
    assert f"; {AT_WORST}, " in brief.impact


async def test_a_brief_names_the_other_services_that_the_status_page_names(
    briefing: Briefing, context: DutyContext
) -> None:
    (stretch,) = measured([("search", 1, 5)])
    told = with_search(briefing, stretch.model_copy(update={"is_open": True}))
    brief = await executive_brief.write_brief(told, context)
    assert brief.situation.endswith("; also affected when last measured, at 14:29 UTC: Search")


async def test_what_is_as_usual_affects_nobody(briefing: Briefing, context: DutyContext) -> None:
    well = WELL.model_copy(update=NOT_COUNTED)
    failed = unusual(briefing, well, damage=measured([("checkout", 3, 5)]))
    brief = await executive_brief.write_brief(failed, context)
    assert brief.situation == (
        "At 14:30 UTC no trouble with Checkout was measured; "
        "the incident has affected an unknown number of users so far (up to 40.0 % of requests to Checkout failed)"
    )
    calm = await executive_brief.write_brief(unusual(briefing, well, was_abnormal=False), context)
    assert calm.situation == "Checkout is as usual; no harm to its users was measured"
    slight = await executive_brief.write_brief(unusual(briefing, well), context)
    assert slight.situation == "Checkout is as usual; whether users were affected was not measured"


async def test_that_nobody_was_counted_does_not_deny_what_was_measured(
    briefing: Briefing, context: DutyContext
) -> None:
    told = unusual(briefing, WELL, damage=measured([("checkout", 3, 5)]))
    brief = await executive_brief.write_brief(told, context)
    assert "an unknown number of users so far (up to 40.0 % of requests to Checkout failed)" in brief.impact
    assert " 0 users" not in f"{brief.situation} {brief.impact}"


async def test_a_brief_tells_trouble_by_when_the_status_page_says_that_it_was_last_measured(
    briefing: Briefing, context: DutyContext
) -> None:
    unread = WELL.model_copy(update={**NOT_COUNTED, "error_rate": None})
    told = unusual(briefing, unread, damage=measured([("checkout", 3, 5)]))
    brief = await executive_brief.write_brief(told, context)
    measured_at = "Trouble with Checkout was last measured at 14:27 UTC"
    assert public_wording.impact(told).startswith(measured_at)
    affected = (
        "the incident has affected an unknown number of users so far (up to 40.0 % of requests to Checkout failed)"
    )
    assert brief.situation == f"{measured_at}; {affected}"
    never = await executive_brief.write_brief(unusual(briefing, unread), context)
    unknown = "What users of Checkout notice at present is not known"
    assert never.situation == f"{unknown}; whether users were affected was not measured"


@pytest.mark.parametrize(
    ("lines", "eta"),
    [
        ([], "not known"),
        (["devops automator proposes: Propose: restart checkout."], "not known"),
        (["asked people: Propose: restart checkout."], "about 8 minutes after approval"),
        (["asked people: Propose: restart checkout.", "approved by grace: yes"], "about 8 minutes after approval"),
        (["asked people: Propose: restart checkout.", "refused by grace: no"], "not known"),
    ],
)
async def test_an_eta_counts_from_an_approval_only_where_people_were_asked_for_one(
    briefing: Briefing, context: DutyContext, lines: list[str], eta: str
) -> None:
    history = [TimelineEntry(at=NOW, what=what, cites=[]) for what in lines]
    told = briefing.model_copy(update={"proposal": PROPOSAL, "history": history})
    assert (await executive_brief.write_brief(told, context)).eta == eta
    done = told.model_copy(update={"acted_at": NOW - MINUTE, "ledger": Ledger(), "minute": timedelta(minutes=1)})
    assert (await executive_brief.write_brief(done, context)).eta == "about 8 minutes after 14:29 UTC"


@pytest.mark.parametrize(("who", "begins"), [("Product pages", "The Product pages service is "), ("Shop", "Shop is ")])
async def test_a_brief_speaks_of_a_plural_name_as_the_status_page_does(
    briefing: Briefing, context: DutyContext, who: str, begins: str
) -> None:
    services = {**briefing.catalogue.services}
    services["checkout"] = services["checkout"].model_copy(update={"public_name": who})
    told = briefing.model_copy(update={"catalogue": briefing.catalogue.model_copy(update={"services": services})})
    for scope, status in [(ILL, "Investigating"), (WELL, "Investigating"), (WELL, "Resolved")]:
        brief = await executive_brief.write_brief(unusual(told, scope).model_copy(update={"status": status}), context)
        assert brief.situation.startswith(begins)


async def test_a_brief_of_a_watch_in_which_nothing_can_be_measured_says_when_it_was_measured_last(
    briefing: Briefing, context: DutyContext
) -> None:
    brief = await executive_brief.write_brief(watched(briefing, 80, 20), context)
    assert brief.situation.startswith(
        "Checkout worked again when it was last measured, at 14:10 UTC, and is being checked"
    )
    assert brief.eta == "not known"
    fresh = await executive_brief.write_brief(watched(briefing, 3), context)
    assert fresh.situation.startswith("Checkout works again and is watched")
    assert fresh.eta == "about 30 minutes after recovery was verified at 14:27 UTC"


async def test_a_brief_does_not_call_the_cause_of_what_was_over_the_known_cause_of_a_relapse(
    briefing: Briefing, context: DutyContext
) -> None:
    told = concluded(briefing).model_copy(update={"ledger": Ledger(relapses=[Relapse(at=NOW - 10 * MINUTE)])})
    brief = await executive_brief.write_brief(told, context)
    before = "before that: a fault in the systems that run it"
    assert brief.cause == f"Not known yet (trouble was seen again at 14:20 UTC); {before}"


async def test_a_look_that_has_grown_old_has_one_time_on_the_status_page_and_in_the_brief(
    briefing: Briefing, context: DutyContext
) -> None:
    (later,) = measured([("checkout", 6, 3)])
    told = unusual(briefing, ILL.model_copy(update=NOT_COUNTED), damage=[later])
    told = told.model_copy(update={"scope_at": NOW - 7 * MINUTE})
    brief = await executive_brief.write_brief(told, context)
    assert public_wording.impact(told).startswith("Trouble with Checkout was last measured at 14:24 UTC")
    assert brief.situation.startswith("Checkout was degraded, affecting ")
    assert brief.situation.endswith(
        "; at 14:23 UTC, 40 % of its requests failed; trouble with Checkout was last measured at 14:24 UTC"
    )


async def test_a_share_of_users_at_the_worst_moment_is_no_smaller_than_any_that_is_told(
    briefing: Briefing, context: DutyContext
) -> None:
    counted = {"users_affected": 42, "affected_share": 0.179, "users_share": 0.186}
    newest = ILL.model_copy(update={"users_affected": 41, "users_share": 0.186})
    brief = await executive_brief.write_brief(unusual(briefing, newest, **counted), context)
    assert "affecting 41 users (18.6 % of those active)" in brief.situation
    assert "; up to 42 users (17.9 % of those active), and up to 18.6 % at another time, " in brief.impact


async def test_a_resolved_brief_does_not_check_once_more_what_was_measured_well(
    briefing: Briefing, context: DutyContext
) -> None:
    ledger = {"damage": measured([("checkout", 24, 2)]), "measured_well_at": NOW - MINUTE, **COUNTED}
    over = {"status": "Resolved", "fixed_at": NOW - 31 * MINUTE, "resolved_at": NOW, "scope_at": NOW - 50 * MINUTE}
    brief = await executive_brief.write_brief(unusual(briefing, ILL, **ledger).model_copy(update=over), context)
    assert brief.situation == f"Checkout is restored, after affecting {AT_WORST}"
    assert brief.eta == "done"


async def test_a_brief_calls_nothing_well_of_which_trouble_was_measured_during_the_watch(
    briefing: Briefing, context: DutyContext
) -> None:
    over = {"status": "Monitoring", "fixed_at": NOW - 5 * MINUTE}
    brief = await executive_brief.write_brief(unusual(briefing, ILL, **COUNTED).model_copy(update=over), context)
    fails = "About two in five requests to Checkout fail"
    assert brief.situation == f"{fails}; the incident has affected {AT_WORST}"


async def test_what_was_only_said_to_be_over_was_not_seen_again(briefing: Briefing, context: DutyContext) -> None:
    said = Statement(at=NOW - 12 * MINUTE, by="ada", words="all fine", is_over=True, cite="0a")
    ledger = Ledger(relapses=[Relapse(at=NOW - 10 * MINUTE, said_over=said)], statements=[said])
    brief = await executive_brief.write_brief(concluded(briefing).model_copy(update={"ledger": ledger}), context)
    assert brief.cause.startswith("Not known yet (trouble was still measured at 14:20 UTC); before that: ")


@pytest.mark.parametrize(
    ("rate", "is_down", "state"), [(0.96, False, "down"), (0.4, True, "down"), (0.93, False, "degraded")]
)
async def test_what_nearly_all_requests_fail_of_is_called_down(
    briefing: Briefing, context: DutyContext, rate: float, is_down: bool, state: str
) -> None:
    looked = ILL.model_copy(update={"error_rate": rate, "completely_down": is_down})
    brief = await executive_brief.write_brief(unusual(briefing, looked), context)
    assert brief.situation.startswith(f"Checkout is {state}, affecting ")
    assert brief.situation.endswith(f"; at 14:30 UTC, {100 * rate:.0f} % of its requests failed")
    unread = looked.model_copy(update={"error_rate": None, "completely_down": True})
    told = unusual(briefing, unread).model_copy(update={"scope_at": NOW - 2 * MINUTE})
    brief = await executive_brief.write_brief(told, context)
    assert brief.situation.endswith("; that was measured at 14:28 UTC")


@pytest.mark.parametrize(("status", "state"), [("Monitoring", "again with a substitute and"), ("Resolved", "with a")])
async def test_a_brief_names_the_substitute_in_use_and_what_it_keeps_from_being_seen(
    briefing: Briefing, context: DutyContext, status: str, state: str
) -> None:
    (act,) = done("fallback").acts
    act = act.model_copy(update={"at": NOW - 9 * MINUTE, "parameters": {"dependency": "card-gateway"}})
    over = {"status": status, "fixed_at": NOW - MINUTE, "resolved_at": NOW}
    told = unusual(briefing, WELL, acts=[act], damage=measured([("checkout", 9, 5)])).model_copy(update=over)
    brief = await executive_brief.write_brief(told, context)
    assert brief.situation.startswith(f"Checkout works {state}")
    known = briefing.catalogue.services["card-gateway"].public_name or "a service that it depends on"
    unseen = "and whether that works cannot be seen meanwhile"
    assert brief.situation.endswith(f"; a substitute stands in for {known}, {unseen}")
    other = told.ledger.model_copy(update={"acts": done("restart").acts})
    assert (
        "substitute"
        not in (await executive_brief.write_brief(told.model_copy(update={"ledger": other}), context)).situation
    )


async def test_a_brief_follows_up_what_a_look_found_in_trouble_as_the_status_page_does(
    briefing: Briefing, context: DutyContext
) -> None:
    told = unusual(briefing, WELL, troubled_at={"checkout": NOW - 20 * MINUTE})
    brief = await executive_brief.write_brief(told, context)
    well = "At 14:30 UTC no trouble with Checkout was measured"
    assert public_wording.impact(told).startswith(well)
    assert brief.situation.startswith(well)


@pytest.mark.parametrize(
    ("confidence", "learned", "words"),
    [
        ("high", {}, "Known — a fault in the systems that run it, since 2026-11-30 14:20 UTC (confidence high)"),
        ("medium", {}, "Under investigation — suspected: a fault in the systems that run it"),
        ("medium", {"confirmed": [PROOF]}, "Probably a fault in the systems that run it"),
        ("medium", {"statements": [NAMED]}, "Known — a fault in the systems that run it"),
    ],
)
async def test_a_cause_is_called_known_only_where_it_is_sure_or_a_person_named_it(
    briefing: Briefing, context: DutyContext, confidence: Any, learned: dict[str, Any], words: str
) -> None:
    told = concluded(briefing)
    assert told.conclusion
    found = told.conclusion.model_copy(update={"confidence": confidence})
    told = told.model_copy(update={"conclusion": found, "ledger": Ledger(**learned)})
    cause = (await executive_brief.write_brief(told, context)).cause
    assert cause.startswith(words[:40])


async def test_a_brief_holds_what_a_person_told_of_the_cause(briefing: Briefing, context: DutyContext) -> None:
    said = Statement(at=NOW - 9 * MINUTE, by="root", words="I killed it by mistake", cite="0a")
    harm = Statement(at=NOW - 5 * MINUTE, by="ada", words="Customers cannot pay", cite="0b")
    words = "ur team said at 14:21 UTC: “I killed it by mistake”"
    ledger = Ledger(statements=[said, harm])
    found = concluded(briefing).model_copy(update={"ledger": ledger})
    assert (await executive_brief.write_brief(found, context)).cause.endswith(f"; o{words}")
    told = briefing.model_copy(update={"ledger": ledger})
    assert (await executive_brief.write_brief(told, context)).cause == f"O{words}; under investigation"
    over = told.model_copy(update={"status": "Resolved", "resolved_at": NOW})
    assert (await executive_brief.write_brief(over, context)).cause == f"O{words}; no other cause was found"


async def test_a_brief_tells_a_cause_that_a_person_named_as_theirs_after_a_relapse(
    briefing: Briefing, context: DutyContext
) -> None:
    said = NAMED.model_copy(update={"at": NOW - 20 * MINUTE, "words": "ask grace"})
    ledger = Ledger(relapses=[Relapse(at=NOW - 10 * MINUTE)], statements=[said])
    told = concluded(briefing).model_copy(update={"ledger": ledger})
    named = "Our team named a fault in the systems that run it at 14:10 UTC: “ask grace”"
    before = "(trouble was seen again at 14:20 UTC); before that: a fault in the systems that run it"
    for status, words in (("Investigating", "under investigation"), ("Resolved", "no other cause was found")):
        now = told.model_copy(update={"status": status, "resolved_at": NOW})
        assert (await executive_brief.write_brief(now, context)).cause == f"{named}; {words} {before}"


@pytest.mark.parametrize("status", ["Monitoring", "Resolved"])
async def test_once_it_is_over_a_cause_that_was_not_found_is_not_called_unknown_so_far(
    briefing: Briefing, context: DutyContext, status: str
) -> None:
    over = {"status": status, "fixed_at": NOW, "resolved_at": NOW}
    brief = await executive_brief.write_brief(briefing.model_copy(update=over), context)
    assert brief.cause == "No cause was found"
    ledger = Ledger(relapses=[Relapse(at=NOW - 10 * MINUTE)])
    again = concluded(briefing).model_copy(update={**over, "ledger": ledger})
    assert (await executive_brief.write_brief(again, context)).cause == (
        "No cause was found (trouble was seen again at 14:20 UTC); before that: a fault in the systems that run it"
    )


async def test_the_first_sign_of_a_cause_is_no_later_than_the_first_harm(
    briefing: Briefing, context: DutyContext
) -> None:
    ledger = Ledger(services=["checkout"], damage=measured([("checkout", 3, 10)]))
    told = concluded(briefing).model_copy(update={"ledger": ledger})
    assert ", first seen 2026-03-02 14:17 UTC" in (await executive_brief.write_brief(told, context)).cause


UNFELT = ILL.model_copy(update={"error_rate": 0.0, "latency_ratio": 1.91, **NOT_COUNTED})


@pytest.mark.parametrize("looked", [0, 9])
async def test_what_users_do_not_notice_is_not_called_degraded(
    briefing: Briefing, context: DutyContext, looked: int
) -> None:
    told = unusual(briefing, UNFELT, damage=measured([("checkout", 12, 5)]), **COUNTED)
    told = told.model_copy(update={"scope_at": NOW - looked * MINUTE})
    brief = await executive_brief.write_brief(told, context)
    assert brief.situation == (
        f"At 14:{30 - looked} UTC Checkout did worse than usual, by less than users notice: 0.0 % of its requests "
        f"failed and answers were slightly slower than usual; the incident has affected {AT_WORST}"
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("lost traffic", "Most of the usual requests no longer reach Checkout"),
        ("slow", "Checkout is slower than usual"),
    ],
)
async def test_a_brief_tells_what_was_measured_and_when_where_no_requests_fail(
    briefing: Briefing, context: DutyContext, kind: Any, words: str
) -> None:
    (stretch,) = measured([("checkout", 1, 9)])
    entry = stretch.model_copy(update={"kind": kind, "is_open": True, "worst": 4.8})
    told = unusual(briefing, UNFELT, damage=[entry]).model_copy(update={"scope_at": NOW - 2 * MINUTE})
    affected = "the incident has affected an unknown number of users so far"
    brief = await executive_brief.write_brief(told, context)
    assert brief.situation == f"{words}, as measured at 14:29 UTC; {affected}"
    stale = told.model_copy(update={"now": NOW + 9 * MINUTE})
    trouble = "Trouble with Checkout was last measured at 14:29 UTC"
    assert (await executive_brief.write_brief(stale, context)).situation == f"{trouble}; {affected}"


async def test_one_minute_is_told_once_in_a_brief(briefing: Briefing, context: DutyContext) -> None:
    entries = measured([("checkout", 9, 5), ("search", 9, 5)])
    told = with_search(briefing, *(one.model_copy(update={"is_open": True}) for one in entries))
    brief = await executive_brief.write_brief(told.model_copy(update={"scope_at": NOW - 9 * MINUTE}), context)
    assert brief.situation.startswith("Checkout was degraded, affecting ")
    assert brief.situation.endswith(
        "; 40 % of its requests failed when it was last measured, at 14:21 UTC; also affected then: Search"
    )


async def test_a_cause_that_is_concluded_again_after_a_relapse_is_suspected_in_the_brief_as_on_the_page(
    briefing: Briefing, context: DutyContext
) -> None:
    again = Suspected(at=NOW, cause="infrastructure", component="checkout", is_firm=True, cite="0c", is_kept=True)
    ledger = Ledger(relapses=[Relapse(at=NOW - 10 * MINUTE)], suspected=[again])
    told = concluded(briefing).model_copy(update={"ledger": ledger, "status": "Identified"})
    brief = await executive_brief.write_brief(told, context)
    seen = "(trouble was seen again at 14:20 UTC): a fault in the systems that run it"
    assert brief.cause == f"Under investigation — still suspected {seen}"
    assert brief.action.startswith("We have found a likely cause and are checking it.")
    over = told.model_copy(update={"status": "Resolved"})
    assert (await executive_brief.write_brief(over, context)).cause == f"Still suspected {seen}"


async def test_a_length_of_the_impact_is_told_as_measured(briefing: Briefing, context: DutyContext) -> None:
    hurt = unusual(briefing, WELL, damage=measured([("checkout", 3, 5)]))
    for status, words in (("Identified", "5 minutes of user impact measured so far"), ("Resolved", "impact measured;")):
        told = hurt.model_copy(update={"status": status, "fixed_at": NOW, "resolved_at": NOW})
        assert words in (await executive_brief.write_brief(told, context)).impact
