"""What a node knows while it is visited: the same each time that it runs."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from agents.io.catalogue import Catalogue, Service
from agents.io.clock import VirtualClock
from agents.reports.triage import Scope
from agents.runtime.briefing import Alert
from agents.runtime.ledger import Damage, Ledger
from agents.tools.connections import CatalogueConnections
from evals.playing.play import EPOCH
from graphs.runtime.briefings import revenue_lost
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.node_context import NodeContext
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft
from graphs.transcript.facts import Facts
from tests.graphs.theatre import add_run

MINUTE = timedelta(minutes=1)
ROLLBACK: dict[str, Any] = {
    "action": "rollback",
    "service": "checkout",
    "parameters": {"version": "41"},
    "summary": "Roll it back.",
    "reasons": [],
    "risk": "None.",
    "undo": "Deploy 42.",
}
FOUND = {"verdict": "cause found", "cause": "recent deployment", "component": "checkout", "summary": "It is 42."}


def looked(summary: str) -> dict[str, Any]:
    return {"report": {"summary": summary, "abnormal": True}, "by": "book"}


def scope(summary: str) -> dict[str, Any]:
    users: dict[str, Any] = {"users_affected": None, "users_share": None, "services": ["checkout"]}
    return {"report": {"summary": summary, **users, "data_at_risk": "no", "abnormal": True}, "by": "book"}


def changed(port: str, reference: str = "") -> dict[str, Any]:
    return {"port": port, "arguments": {}, "done": True, "detail": "done", "reference": reference}


class Run:
    """A run with a transcript, and its nodes."""

    def __init__(self) -> None:
        clock, nothing = VirtualClock(EPOCH), Catalogue()
        self.deps = Dependencies(Store(), clock, CatalogueConnections(nothing, clock), nothing)
        add_run(self.deps.store)

    def write(
        self, key: str, kind: str, payload: Mapping[str, Any], duty: str = "", role: str = "", lane: str = "main"
    ) -> Event:
        return self.deps.transcripts.write("one", Draft(key, kind, payload, Author(lane, role, duty)))

    def note(self, text: str) -> None:
        self.write(f"note/{text}", "note", {"text": text, "by": "ann"})

    def investigate(self, node: str, number: int = 1) -> None:
        key = f"main/{node}#{number}"
        self.write(f"{key}/started", "duty_started", {"summary": ""}, "investigate", node)
        self.write(f"{key}/finished", "duty_finished", looked(f"{node} {number}"), "investigate", node)

    def known(self, node: str = "s2_conclude", number: int = 1, **state: Any) -> Facts:
        visits: dict[str, int] = state.pop("visits", {})
        return NodeContext(self.deps, {"run": "one", "visits": visits, **state}, "main", node, number).facts


@pytest.fixture
def run() -> Iterator[Run]:
    run = Run()
    yield run
    run.deps.store.close()


def found(facts: Facts) -> list[str]:
    return [one.findings.summary for one in facts.findings]


def test_a_node_that_runs_again_does_not_know_what_it_wrote_nor_what_came_after(run: Run) -> None:
    run.note("before")
    first = run.known("s1_classify")
    run.write("main/s1_classify#1/started", "duty_started", {"summary": ""}, "classify")
    run.write("main/s1_classify#1/status.1", "status", {"status": "Identified", "why": ""})
    run.note("after")
    again = run.known("s1_classify")
    assert (first.notes, first.public_status) == (["before"], "Investigating")
    assert again == first


def test_investigators_side_by_side_do_not_know_of_one_another(run: Run) -> None:
    run.investigate("s2_backend_architect")
    assert found(run.known("s2_devops_automator")) == []
    run.investigate("s2_devops_automator")
    both = run.known(visits={"s2_backend_architect": 1, "s2_devops_automator": 1})
    assert found(both) == ["s2_backend_architect 1", "s2_devops_automator 1"]


def test_who_reads_early_in_a_step_leaves_nothing_out_for_the_next_one(run: Run) -> None:
    run.investigate("s2_backend_architect")
    run.note("meanwhile")
    beside = run.known("s2_devops_automator")
    assert (found(beside), beside.notes) == ([], ["meanwhile"])
    later = run.known(visits={"s2_backend_architect": 1})
    assert (found(later), later.notes) == (["s2_backend_architect 1"], ["meanwhile"])


def test_a_later_event_does_not_reach_facts_that_were_read_before(run: Run) -> None:
    run.note("first")
    known = run.known()
    run.note("second")
    assert run.known(number=2).notes == ["first", "second"]
    assert known.notes == ["first"]


def test_the_first_look_of_a_new_round_replaces_the_findings_of_the_last(run: Run) -> None:
    run.investigate("s2_backend_architect")
    run.write("main/s2_conclude#1/conclusion.1", "conclusion", {"conclusion": FOUND})
    kept = run.known("s2_devops_automator", visits={"s2_backend_architect": 1, "s2_conclude": 1})
    run.investigate("s2_devops_automator")
    visits = {"s2_backend_architect": 1, "s2_conclude": 1, "s2_devops_automator": 1}
    assert found(kept) == ["s2_backend_architect 1"]
    assert found(run.known("s2_conclude", 2, visits=visits)) == ["s2_devops_automator 1"]


def test_the_scope_in_hand_is_the_one_that_was_classified_while_losses_follow_the_newest_look(run: Run) -> None:
    classified = run.write(
        "main/s1_assess_scope#1/finished", "duty_finished", scope("at first"), "assess_scope", "maintainer"
    )
    newer = run.write(
        "reassessment/look#1/finished", "duty_finished", scope("later"), "assess_scope", "maintainer", "reassessment"
    )
    visits = {"s1_assess_scope": 1}
    known = run.known(visits=visits, scope_ref=classified.ref)
    assert known.scope
    assert known.newest_scope
    assert (known.scope.summary, known.scope_ref, known.newest_scope.summary) == ("at first", classified.ref, "later")
    assert known.scope_at == classified.at
    newest = known.by_newest_look()
    assert (newest.scope, newest.scope_at) == (known.newest_scope, newer.at)
    taken_up = run.known(number=2, visits=visits, scope_ref=newer.ref)
    assert taken_up.scope == known.newest_scope


def test_a_proposal_and_a_change_are_in_hand_only_in_the_branch_that_made_them(run: Run) -> None:
    put = run.write("main/s3_x_propose#1/proposal.1", "proposal", {"proposal": ROLLBACK})
    edited = {**ROLLBACK, "parameters": {"version": "40"}}
    decision = {"decision": "approved", "by": "ann", "why": "go", "proposal": edited}
    run.write("main/s3_x_decide#1/decision.1", "decision", decision)
    made = run.write("main/s3_x_carry_out#1/rollback.1/result", "result", changed("rollback"))
    visits = {"s3_x_propose": 1, "s3_x_decide": 1, "s3_x_carry_out": 1}
    here = run.known("s3_x_verify", visits=visits, proposal_ref=put.ref, acted=True)
    assert here.proposal
    assert (here.proposal.parameters, here.acted_at) == ({"version": "40"}, made.at)
    elsewhere = run.known("s3_y", visits=visits, proposal_ref="", acted=False)
    assert (elsewhere.proposal, elsewhere.acted_at) == (None, None)


def test_a_built_hotfix_is_a_candidate_and_no_change_to_production(run: Run) -> None:
    run.write("main/s3_x_carry_out#1/build_hotfix.1/result", "result", changed("build_hotfix", "43"))
    known = run.known(visits={"s3_x_carry_out": 1}, acted=True)
    assert (known.candidate_version, known.acted_at) == ("43", None)


def test_what_was_lost_stays_lost_when_the_signals_are_well_again() -> None:
    catalogue = Catalogue(services={"checkout": Service(kind="web", tier=1, revenue_per_minute=100)})
    ill = Scope.model_validate({**scope("ill")["report"], "users_affected": 400, "users_share": 0.5})
    well = ill.model_copy(update={"users_affected": 0, "users_share": 0.0, "abnormal": False, "services": []})
    failed = Damage(service="checkout", kind="errors", since=EPOCH, until=EPOCH + 10 * MINUTE, is_open=True)
    ledger = Ledger(services=["checkout"], damage=[failed], users_share=0.5, was_abnormal=True)
    facts = Facts(alert=Alert(title="checkout fails", service="checkout"), started_at=EPOCH, ledger=ledger)
    now = EPOCH + 12 * MINUTE
    known = facts.model_copy(update={"newest_scope": ill})
    assert (revenue_lost(known, catalogue, EPOCH), revenue_lost(known, catalogue, now)) == (0, 600)
    nobody = facts.model_copy(update={"newest_scope": ill.model_copy(update={"users_share": 0.0})})
    assert revenue_lost(nobody, catalogue, now) == 0
    assert revenue_lost(facts.model_copy(update={"newest_scope": well}), catalogue, now + 60 * MINUTE) == 500
    assert revenue_lost(known, Catalogue(), now) is None
    calm = facts.model_copy(update={"newest_scope": well, "ledger": Ledger(services=["checkout"])})
    assert revenue_lost(calm, catalogue, now) == 0
