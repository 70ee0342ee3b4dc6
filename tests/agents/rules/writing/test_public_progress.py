"""What is being done, in plain words: only what was done, and no cause that is not known."""

import pytest

from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.reports.mitigation import Proposal
from agents.reports.post_mortem import TimelineEntry
from agents.rules.writing import public_progress, public_wording
from agents.rules.writing.ending import was_in_vain
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.ledger import Act, Confirmed, Damage, Ledger, Relapse, Statement, Suspected
from agents.runtime.outgoing_reports import unfit
from tests.agents.conftest import NOW
from tests.agents.roles.test_mitigation import concluded
from tests.agents.rules.writing.test_public_wording import MINUTE, done, watched


@pytest.mark.parametrize(
    ("action", "confidence", "ended"),
    [
        ("rollback", "high", "The fault is removed"),
        ("rollback", "medium", "It is over"),
        ("restart", "high", "It is over"),
        ("fallback", "high", "A substitute stays in use"),
    ],
)
def test_a_fault_is_removed_by_what_takes_a_known_cause_away(
    briefing: Briefing, action: str, confidence: str, ended: str
) -> None:
    told = concluded(briefing)
    assert told.conclusion
    sure = told.conclusion.model_copy(update={"confidence": confidence})
    over = {"status": "Resolved", "resolved_at": NOW, "conclusion": sure, "ledger": done(action)}
    assert public_progress.progress(told.model_copy(update=over)).startswith(f"{ended}; ")


@pytest.mark.parametrize(
    ("acts", "ended"),
    [
        (["rollback of checkout at infrastructure"], "The fault is removed"),
        (["rollback of checkout at infrastructure", "restart of search at code bug"], "The fault is removed"),
        (["rollback of search at infrastructure"], "It is over"),
        (["rollback of checkout at code bug"], "It is over"),
        (["by hand of search at infrastructure"], "It is over"),
        (["by hand of checkout at infrastructure"], "The fault is removed"),
    ],
)
def test_a_fault_is_removed_only_by_a_change_at_the_cause_that_is_known(
    briefing: Briefing, acts: list[str], ended: str
) -> None:
    made: list[Act] = []
    for told in acts:
        action, _, aim = told.partition(" of ")
        service, _, cause = aim.partition(" at ")
        made.append(
            Act.model_validate(
                {"at": NOW, "action": action, "service": service, "cause": cause, "component": service, "cite": "0b"}
            )
        )
    named = Statement(at=NOW, by="grace", words="", cause="infrastructure", component="checkout", cite="0a")
    ledger = Ledger(services=["checkout"], acts=made, statements=[named])
    over = {"status": "Resolved", "resolved_at": NOW, "ledger": ledger}
    assert public_progress.progress(concluded(briefing).model_copy(update=over)).startswith(f"{ended}; ")


def test_a_cause_is_known_in_public_where_it_is_more_than_a_suspicion(briefing: Briefing) -> None:
    told = concluded(briefing).model_copy(update={"status": "Identified"})
    assert public_progress.progress(told).startswith("We have found a likely cause and are checking it. ")
    named = Statement(at=NOW, by="grace", words="", cause="infrastructure", component="checkout", cite="0a")
    vouched = told.model_copy(update={"ledger": Ledger(statements=[named])})
    assert public_progress.progress(vouched).startswith("The cause is known: a fault in the systems that run it. ")
    assert vouched.conclusion
    words = Claim(text="grace names the cause.", cites=["0a"])
    guess = Hypothesis(
        cause="infrastructure", component="checkout", statement="-", status="supported", strength=3, support=[words]
    )
    guessed = vouched.conclusion.model_copy(update={"hypotheses": [guess], "confidence": "high"})
    only_told = vouched.model_copy(update={"conclusion": guessed})
    assert public_progress.progress(only_told).startswith("We have found a likely cause and are checking it. ")


def test_a_possible_fix_is_being_prepared_only_where_people_were_asked_and_have_not_turned_it_down(
    briefing: Briefing,
) -> None:
    def lines(*words: str) -> Briefing:
        history = [TimelineEntry(at=NOW, what=what, cites=[]) for what in words]
        return briefing.model_copy(update={"history": history})

    proposed = "devops automator proposes: Propose: restart checkout."
    asked = "asked people: Restart of checkout. Propose: restart checkout."
    assert public_progress.latest(lines(proposed)) == ""
    assert public_progress.latest(lines(proposed, asked)) == "We are preparing a possible fix"
    assert public_progress.latest(lines(proposed, asked, "refused by grace: no")) == ""
    assert public_progress.latest(lines(proposed, asked, "question withdrawn: grace gave an instruction")) == ""
    assert public_progress.latest(lines(proposed, asked, "grace answered handled: done")) == ""
    approved = [proposed, asked, "grace answered approve", "approved by grace: no comment"]
    assert public_progress.latest(lines(*approved)) == "We are preparing a possible fix"
    assert "we began restarting" in public_progress.latest(lines(*approved, "restart of checkout: restarted"))
    assert public_progress.latest(lines(*approved, "not done, restart of checkout: the tool refuses")) == ""


def test_a_cause_that_a_person_has_just_named_is_a_likely_one(briefing: Briefing) -> None:
    said = Statement(at=NOW, by="grace", words="a lock", cause="infrastructure", component="orders", cite="0a")
    told = briefing.model_copy(update={"status": "Identified", "ledger": Ledger(statements=[said])})
    assert public_progress.progress(told).startswith("We have found a likely cause and are checking it. ")
    later = Suspected(at=NOW, cause="code bug", component="checkout", is_firm=True, cite="0b")
    taken_up = told.model_copy(update={"ledger": Ledger(statements=[said], suspected=[later])})
    assert "cause and are checking" not in public_progress.progress(taken_up)


@pytest.mark.parametrize(
    ("went_on", "proven", "said"),
    [(12, None, "Restarting part of our systems did not help"), (7, None, ""), (12, 6, "")],
)
def test_what_has_not_had_its_time_or_was_followed_by_recovery_is_not_told_as_in_vain(
    briefing: Briefing, went_on: int, proven: int | None, said: str
) -> None:
    began = NOW - 20 * MINUTE
    restart = Proposal(action="restart", service="checkout", summary="", takes_effect_in_minutes=10)
    tried = Attempt(cause="infrastructure", component="checkout", proposal=restart, outcome="did not help", at=NOW)
    proof = Confirmed(at=began + (proven or 0) * MINUTE, cause="infrastructure", component="checkout", cite="0c")
    ledger = Ledger(
        services=["checkout"],
        damage=[
            Damage(
                service="checkout",
                kind="errors",
                since=began - 5 * MINUTE,
                until=began + went_on * MINUTE,
                is_open=False,
                worst=0.4,
            )
        ],
        acts=[Act(at=began, action="restart", service="checkout", cause=None, component="", cite="0b")],
        confirmed=[proof] if proven else [],
    )
    told = briefing.model_copy(update={"attempts": [tried], "ledger": ledger, "now": NOW})
    assert public_progress.attempts(told) == said
    assert was_in_vain(ledger.acts[0], told) == bool(said)


def test_a_cause_is_told_in_words_that_fit_the_status_beside_them(briefing: Briefing) -> None:
    suspected = concluded(briefing)
    named = Statement(at=NOW, by="grace", words="", cause="infrastructure", component="checkout", cite="0a")
    known = suspected.model_copy(update={"ledger": Ledger(statements=[named])})
    for told, status, words in (
        (briefing, "Investigating", "We have been looking for the cause "),
        (suspected, "Investigating", "We suspect a cause and are checking it. "),
        (known, "Investigating", "We are checking what we have learned of the cause. "),
        (suspected, "Identified", "We have found a likely cause and are checking it. "),
        (known, "Identified", "The cause is known: a fault in the systems that run it. "),
    ):
        said = public_progress.progress(told.model_copy(update={"status": status}))
        assert said.startswith(words)
        assert unfit(said, status, briefing.catalogue) == ""


@pytest.mark.parametrize(
    ("so_far", "words"), [(0, "we now watch it for 30 minutes"), (1, "for 1 minute."), (2, "for 2 minutes.")]
)
def test_a_watch_of_one_minute_is_no_plural(briefing: Briefing, so_far: int, words: str) -> None:
    over = {"status": "Monitoring", "now": NOW, "fixed_at": NOW - so_far * MINUTE}
    assert words in public_progress.progress(briefing.model_copy(update=over))


@pytest.mark.parametrize(
    ("seen_well", "words"),
    [
        (None, "we have had no measurement for 80 minutes, and we are checking it again."),
        (20, "we have had no measurement for 20 minutes, and we are checking it again."),
        (3, "we have watched it for 80 minutes."),
    ],
)
def test_a_watch_in_which_nothing_can_be_measured_is_not_told_as_one(
    briefing: Briefing, seen_well: int | None, words: str
) -> None:
    told = public_progress.progress(watched(briefing, 80, seen_well))
    assert told == f"Recovery was verified at 13:10 UTC; {words}"
    assert unfit(told, "Monitoring", briefing.catalogue) == ""


@pytest.mark.parametrize("confidence", ["high", "medium"])
def test_after_a_relapse_a_cause_that_was_concluded_before_is_not_known_any_more(
    briefing: Briefing, confidence: str
) -> None:
    first = concluded(briefing)
    assert first.conclusion
    known = first.conclusion.model_copy(update={"confidence": confidence})
    thought = Suspected(at=NOW - 40 * MINUTE, cause="infrastructure", component="checkout", is_firm=True, cite="0a")
    named = Statement(
        at=NOW - 39 * MINUTE, by="grace", words="", cause="infrastructure", component="checkout", cite="c"
    )
    proof = Confirmed(at=NOW - 30 * MINUTE, cause="infrastructure", component="checkout", cite="0b")
    ledger = Ledger(suspected=[thought], confirmed=[proof], statements=[named])
    over = first.model_copy(update={"conclusion": known, "ledger": ledger})
    assert public_wording.known_cause(over) == "infrastructure"
    relapsed = ledger.model_copy(update={"relapses": [Relapse(at=NOW - 10 * MINUTE)]})
    again = over.model_copy(update={"ledger": relapsed})
    assert public_wording.known_cause(again) is None
    looking = "We have been looking for the cause for 10 minutes, since trouble was seen again at 14:20 UTC"
    assert public_progress.progress(again).startswith(looking)
    early = relapsed.model_copy(update={"relapses": [Relapse(at=NOW - 10 * MINUTE, said_over=named)]})
    progress = public_progress.progress(again.model_copy(update={"ledger": early}))
    assert progress.startswith(
        "We have been looking for the cause for 5 minutes; trouble was still measured at 14:20 UTC"
    )
    found = thought.model_copy(update={"at": NOW})
    kept = relapsed.model_copy(update={"suspected": [thought, found.model_copy(update={"is_kept": True})]})
    assert public_wording.known_cause(again.model_copy(update={"ledger": kept})) is None
    anew = relapsed.model_copy(update={"suspected": [thought, found]})
    is_known = public_wording.known_cause(again.model_copy(update={"ledger": anew})) is not None
    assert is_known == (confidence == "high")


def test_a_fallback_is_told_by_what_it_does_and_not_by_a_service_that_fails(briefing: Briefing) -> None:
    begun = TimelineEntry(at=NOW, what="fallback of checkout: done", cites=["0a"])
    told = briefing.model_copy(update={"history": [begun], "now": NOW})
    assert (
        public_progress.latest(told)
        == "At 14:30 UTC we began switching to a substitute and are checking whether it helps"
    )
