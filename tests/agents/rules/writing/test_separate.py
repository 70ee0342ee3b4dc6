"""Separate trouble: what began elsewhere after the rest was over is not told as an effect of its cause."""

from datetime import timedelta

import pytest

from agents.roles import executive_summary_generator, workflow_optimizer
from agents.rules.writing import public_wording
from agents.rules.writing.ending import what_ended_it
from agents.rules.writing.post_mortem_summary import first_page
from agents.rules.writing.separate import separate
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Damage, Ledger, Relapse, Statement, Suspected
from tests.agents.conftest import NOW
from tests.agents.roles.test_mitigation import concluded
from tests.agents.rules.writing.test_ending import FAILED, act

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
