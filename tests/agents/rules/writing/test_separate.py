"""Separate trouble: what began elsewhere after the rest was over is not told as an effect of its cause."""

from datetime import timedelta
from typing import Any

import pytest

from agents.roles import executive_summary_generator, workflow_optimizer
from agents.rules.writing import public_wording
from agents.rules.writing.ending import what_ended_it
from agents.rules.writing.post_mortem_summary import first_page
from agents.rules.writing.separate import separate
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import BY_HAND, Confirmed, Damage, Ledger, Relapse, Statement, Suspected
from tests.agents.conftest import NOW
from tests.agents.roles.test_mitigation import concluded
from tests.agents.rules.writing.test_ending import FAILED, GONE, act

MINUTE = timedelta(minutes=1)
LATER = "Later: search: up to 40.0 % of requests failed from 14:50 UTC to 15:00 UTC"


def later(service: str, minutes: int = 20) -> Damage:
    stretch = {"service": service, "since": NOW + minutes * MINUTE, "until": NOW + (minutes + 10) * MINUTE}
    return FAILED.model_copy(update={**stretch, "cites": ["8"]})


def with_later(briefing: Briefing, entry: Damage) -> Briefing:
    ledger = Ledger(services=["checkout", entry.service], damage=[FAILED, entry], acts=[act(-2, "rollback"), act(25)])
    over = {"status": "Resolved", "fixed_at": NOW + 40 * MINUTE, "resolved_at": NOW + 70 * MINUTE, "ledger": ledger}
    return concluded(briefing).model_copy(update={**over, "now": NOW + 71 * MINUTE})


async def test_a_second_outage_that_nothing_connects_with_the_first_has_no_known_cause(
    briefing: Briefing, context: DutyContext
) -> None:
    told = with_later(briefing, later("search"))
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    sentence = f"{LATER}; no reading connects that with this cause, and its own is not known."
    assert root.why.text.endswith(sentence)
    assert "8" in root.why.cites
    assert first_page(told).why.endswith(sentence)
    assert what_ended_it(told) == "it ended after the rollback of checkout at 14:28 UTC"
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert brief.cause.endswith("; not known for the later trouble with another service")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            {"words": "the index of search ran out of disk"},
            "ada said at 14:55 UTC: “the index of search ran out of disk”",
        ),
        (
            {"words": "it was caused by a full disk"},
            "ada said at 14:55 UTC: “it was caused by a full disk”",
        ),
        ({"words": "", "cause": "infrastructure"}, "ada named infrastructure of search at 14:55 UTC"),
        ({"words": "all is well", "is_over": True}, ""),
        ({"words": "the release broke checkout", "at": NOW}, ""),
        ({"words": "the release broke checkout", "cause": "recent deployment", "component": "checkout"}, ""),
        ({"words": "I rolled back Checkout", "is_by_hand": True, "is_over": True, "component": ""}, ""),
        (
            {"words": "I restarted search", "is_by_hand": True, "component": ""},
            "ada said at 14:55 UTC: “I restarted search”",
        ),
    ],
)
async def test_what_a_person_told_since_a_second_outage_stands_beside_it(
    briefing: Briefing, context: DutyContext, told: dict[str, object], words: str
) -> None:
    whole = with_later(briefing, later("search"))
    stated = {"at": NOW + 25 * MINUTE, "by": "ada", "component": "search", "cite": "6", **told}
    ledger = whole.ledger.model_copy(update={"statements": [Statement.model_validate(stated)]})
    whole = whole.model_copy(update={"ledger": ledger})
    root = await workflow_optimizer.analyse_root_cause.without_model(whole, context)
    known = f" or shows its own; {words}" if words else ", and its own is not known"
    sentence = f"{LATER}; no reading connects that with this cause{known}."
    assert root.why.text.endswith(sentence)
    assert ("6" in root.why.cites) or not words
    assert first_page(whole).why.endswith(sentence)
    thought = Suspected(at=NOW + 26 * MINUTE, cause="infrastructure", component="checkout", is_firm=True, cite="5")
    whole = whole.model_copy(update={"ledger": ledger.model_copy(update={"suspected": [thought]})})
    brief = await executive_summary_generator.brief_stakeholders.without_model(whole, context)
    is_plain = "caused" in words or not told["words"]
    named = "our team named a fault in the systems that run it at 14:55 UTC"
    named = words.replace("ada", "our team") if told["words"] else named
    is_known = f"; the later trouble with another service: {named}"
    assert (is_known if is_plain else "; not known for the later trouble with another service") in brief.cause


def test_a_relapse_of_separate_trouble_leaves_what_ended_the_first(briefing: Briefing) -> None:
    told = with_later(briefing, later("search"))
    ledger = told.ledger.model_copy(update={"relapses": [Relapse(at=NOW + 22 * MINUTE)]})
    told = told.model_copy(update={"ledger": ledger})
    assert what_ended_it(told) == "it ended after the rollback of checkout at 14:28 UTC"


@pytest.mark.parametrize(
    ("entry", "is_separate"),
    [
        (later("search"), True),
        (later("search", minutes=2), False),
        (later("shop"), False),
        (later("orders-db"), False),
        (later("unlisted"), False),
    ],
)
def test_what_depends_on_the_fault_or_is_used_by_it_or_began_during_it_is_not_separate(
    briefing: Briefing, entry: Damage, is_separate: bool
) -> None:
    assert (separate(with_later(briefing, entry)) == [entry]) == is_separate


def test_what_a_conclusion_names_is_not_separate(briefing: Briefing) -> None:
    told = with_later(briefing, later("search"))
    named = Suspected(at=NOW, cause="code bug", component="search", is_firm=True, cite="7")
    assert not separate(told.model_copy(update={"ledger": told.ledger.model_copy(update={"suspected": [named]})}))


@pytest.mark.parametrize(("component", "is_main"), [("search", False), ("checkout", True)])
def test_a_cause_that_a_person_names_of_separate_trouble_is_not_that_of_the_rest(
    briefing: Briefing, component: str, is_main: bool
) -> None:
    told = with_later(briefing, later("search"))
    named = {"at": NOW + 25 * MINUTE, "by": "ada", "words": "", "cause": "code bug", "cite": "6"}
    said = Statement.model_validate({**named, "component": component})
    told = told.model_copy(update={"ledger": told.ledger.model_copy(update={"statements": [said]})})
    assert public_wording.just_named(told) == ("code bug" if is_main else None)
    assert (public_wording.concluded(told) == "code bug") == is_main


SAME = {"cause": "infrastructure", "component": "checkout"}
FIRST = Suspected.model_validate({**SAME, "at": NOW - 10 * MINUTE, "is_firm": True, "cite": "2", "words": "it is full"})
MENDED = Confirmed.model_validate({**SAME, "at": NOW + 4 * MINUTE, "cite": "3"})
AGAIN = Relapse(at=NOW + 22 * MINUTE, over_since=MENDED.at)
SLOW = later("checkout").model_copy(update={"kind": "slow", "worst": 4.0})
ANEW = "; no reading connects that with this cause"


def twice(briefing: Briefing, entry: Damage = SLOW, **known: object) -> Briefing:
    """An outage whose cause was mended, and trouble after its measured recovery, which the same cause was kept for."""
    ours = act(-2, "rollback").model_copy(update=SAME)
    kept = FIRST.model_copy(update={"at": NOW + 30 * MINUTE, "is_kept": True})
    first = {"services": ["checkout", entry.service], "damage": [FAILED, entry], "acts": [ours], "confirmed": [MENDED]}
    ledger = Ledger.model_validate({**first, "suspected": [FIRST, kept], "relapses": [AGAIN], **known})
    over = {"status": "Resolved", "fixed_at": NOW + 40 * MINUTE, "resolved_at": NOW + 70 * MINUTE, "ledger": ledger}
    return concluded(briefing).model_copy(update={**over, "now": NOW + 71 * MINUTE})


@pytest.mark.parametrize(
    "entry", [SLOW, later("checkout"), later("orders-db"), later("search")], ids=["kind", "same", "below", "other"]
)
async def test_trouble_after_a_measured_recovery_is_not_told_as_an_effect_of_the_cause_that_was_mended(
    briefing: Briefing, context: DutyContext, entry: Damage
) -> None:
    told = twice(briefing, entry)
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    for words in (root.why.text, first_page(told).why):
        assert f"Later: {entry.service}: " in words
        assert words.endswith(f"from 14:50 UTC to 15:00 UTC{ANEW}, and its own is not known.")
    assert "8" in root.why.cites
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert brief.cause == (
        "No cause was found (trouble was seen again at 14:52 UTC); before that: a fault in the systems that run it"
    )


@pytest.mark.parametrize(
    "known",
    [
        {"suspected": [FIRST, FIRST.model_copy(update={"at": NOW + 30 * MINUTE})]},
        {
            "statements": [
                Statement.model_validate({**SAME, "at": NOW + 25 * MINUTE, "by": "a", "words": "", "cite": "6"})
            ]
        },
        {
            "acts": [act(30).model_copy(update=SAME)],
            "confirmed": [MENDED, MENDED.model_copy(update={"at": NOW + 40 * MINUTE})],
        },
        {"relapses": []},
        {"relapses": [AGAIN.model_copy(update={"measured": False})]},
        {"damage": [FAILED.model_copy(update={"until": NOW + 30 * MINUTE})]},
    ],
    ids=["found anew", "named anew", "mended again", "not over between", "only said", "went on"],
)
def test_what_is_found_named_or_mended_anew_has_the_same_cause(briefing: Briefing, known: dict[str, Any]) -> None:
    assert "Later: " not in first_page(twice(briefing, **known)).why


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        ("this is something else", True),
        ("not the database this time: the disk of search is full", True),
        ("on it", False),
    ],
)
async def test_what_a_person_tells_of_trouble_after_a_measured_recovery_stands_beside_it(
    briefing: Briefing, context: DutyContext, words: str, is_told: bool
) -> None:
    said = Statement(at=NOW + 25 * MINUTE, by="ada", words=words, cite="6")
    told = twice(briefing, statements=[said])
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    known = f" or shows its own; ada said at 14:55 UTC: “{words}”." if is_told else ", and its own is not known."
    assert root.why.text.endswith(f"{ANEW}{known}")
    assert first_page(told).why.endswith(f"{ANEW}{known}")


def test_what_a_person_did_by_hand_later_does_not_make_the_first_cause_that_of_later_trouble(
    briefing: Briefing,
) -> None:
    by_hand = act(30, BY_HAND).model_copy(update=SAME)
    again = MENDED.model_copy(update={"at": NOW + 40 * MINUTE})
    assert (
        f"{ANEW}, and its own is not known"
        in first_page(twice(briefing, acts=[by_hand], confirmed=[MENDED, again])).why
    )


@pytest.mark.parametrize("is_found", [True, False])
async def test_an_outage_before_another_keeps_its_cause_whether_that_of_the_other_was_found_or_not(
    briefing: Briefing, context: DutyContext, is_found: bool
) -> None:
    first = {"cause": "recent deployment", "component": "checkout"}
    known: dict[str, Any] = {
        "confirmed": [MENDED.model_copy(update=first)],
        "suspected": [
            FIRST.model_copy(update={**first, "words": "2.14 made it fail."}),
            FIRST.model_copy(update={"at": NOW + 30 * MINUTE}),
        ],
    }
    told = twice(briefing, **known)
    told = told if is_found else told.model_copy(update={"conclusion": GONE})
    why = first_page(told).why
    assert why.startswith("it fails" if is_found else "The cause is not known. Suspected since ")
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert brief.cause.endswith("; the trouble that was over at 14:34 UTC: a recent change on our side")
    assert why.endswith(
        "Before that: checkout: up to 40.0 % of requests failed from 14:10 UTC to 14:30 UTC; its cause was recent "
        "deployment of checkout (2.14 made it fail), and recovery from that was measured at 14:34 UTC."
    )
    assert "Later: " not in why


def test_another_release_of_the_same_service_is_another_cause(briefing: Briefing) -> None:
    release = {"cause": "recent deployment", "component": "checkout"}
    thought = FIRST.model_copy(update={**release, "words": "2.13 made it fail", "version": "2.13"})
    anew = thought.model_copy(update={"at": NOW + 30 * MINUTE, "words": "2.14 made it fail", "version": "2.14"})
    proofs = [MENDED.model_copy(update={**release, "at": MENDED.at + minutes * MINUTE}) for minutes in (0, 36)]
    acts = [act(minute, "rollback").model_copy(update=release) for minute in (-2, 31)]
    told = twice(briefing, suspected=[thought, anew], confirmed=proofs, acts=acts)
    told = told.model_copy(update={"conclusion": concluded(briefing, "recent deployment", version="2.14").conclusion})
    assert "its cause was recent deployment of checkout (2.13 made it fail), and" in first_page(told).why
    same = told.ledger.model_copy(update={"suspected": [anew.model_copy(update={"at": FIRST.at}), anew]})
    assert "Before that" not in first_page(told.model_copy(update={"ledger": same})).why
