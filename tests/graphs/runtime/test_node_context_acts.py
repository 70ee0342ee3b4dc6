"""The acting layer refuses by itself what was not approved exactly so, whoever calls it; the run goes on."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.io.act_kinds import ACT_KINDS
from agents.tools.change import CHANGES, Change, UnfitChange
from agents.tools.ports import notify
from evals.defects.planting import swapped
from evals.playing.play import play
from evals.scenarios.loading import load
from graphs.runtime.node_context import MadeMeanwhile, NodeContext, OutsideEffect
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft
from tests.agents.changes import FITTING, PARAMETERS, UNTIMED
from tests.graphs.stay import AUTHOR, Stay
from tests.graphs.theatre import add_run

NONE: st.SearchStrategy[dict[str, Any]] = st.just({})
ROLLBACK = Change("rollback", "checkout", {"version": "41"})


@pytest.fixture
def stay() -> Iterator[Stay]:
    stay = Stay()
    yield stay
    stay.deps.store.close()


def effect(change: Change, approval: str) -> OutsideEffect:
    return OutsideEffect(change.port, change.arguments, AUTHOR, ("S3.1",), approval=approval)


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A call of an act with arguments of all kinds, many of which fit."""
    action = draw(st.sampled_from(sorted(CHANGES)))
    service = draw(st.sampled_from(["checkout", "accounts", "Checkout", "elsewhere"]))
    arguments = {"service": service, **draw(FITTING[action])}
    return action, {**arguments, **draw(PARAMETERS | NONE)}


def fits(call: tuple[str, dict[str, Any]]) -> Change | None:
    try:
        return Change.called(*call)
    except UnfitChange:
        return None


@UNTIMED
@given(approved=calls().map(fits).filter(bool), tried=st.none() | calls())
async def test_only_the_approved_change_reaches_a_driver_whatever_is_tried(
    approved: Change, tried: tuple[str, dict[str, Any]] | None
) -> None:
    stay = Stay()
    action, arguments = tried or (approved.action, approved.arguments)
    acted = OutsideEffect(CHANGES[action], arguments, AUTHOR, approval=stay.approve(approved))
    result = await stay.node().carry_out(acted)
    change = fits((action, arguments))
    may_act = ("checkout",) if action in ACT_KINDS else ("checkout", "accounts")
    allowed = change is not None and change == approved and change.service in may_act
    assert stay.outside.calls == ([(approved.action, approved.arguments)] if allowed else [])
    assert result.payload["done"] == allowed
    assert result.payload["detail"].startswith("refused: ") or allowed
    stay.deps.store.close()


async def test_the_intent_and_the_result_name_the_change_and_who_approved_it(stay: Stay) -> None:
    approval = stay.approve(ROLLBACK)
    await stay.node().carry_out(effect(ROLLBACK, approval))
    told = [(event.payload["digest"], event.payload["approval"]) for event in stay.events("intent", "result")]
    assert told == [(ROLLBACK.digest, approval)] * 2


async def test_of_two_runs_that_were_to_make_the_same_change_at_once_one_makes_it(stay: Stay) -> None:
    add_run(stay.deps.store, "two")
    found = {"summary": "-", "verdict": "cause found", "cause": "recent deployment", "component": "checkout"}
    told = {"conclusion": {**found, "confidence": "high"}}
    for run in ("one", "two"):
        stay.deps.transcripts.write(run, Draft("conclusion.1", "conclusion", told, Author("main")))
    approved = {run: effect(ROLLBACK, stay.approve(ROLLBACK, run=run)) for run in ("one", "two")}
    acting = (stay.node(run=run).carry_out(one) for run, one in approved.items())
    ended = await asyncio.gather(*acting, return_exceptions=True)
    assert [type(one) for one in ended] == [Event, MadeMeanwhile]
    assert str(ended[1]) == "rollback of checkout was made at 03:00 UTC by another run"
    assert stay.outside.calls == [("rollback", ROLLBACK.arguments)]


async def refused(stay: Stay, approval: str, why: str) -> None:
    result = await stay.node().carry_out(effect(ROLLBACK, approval))
    assert (result.payload["done"], stay.outside.calls) == (False, [])
    assert why in result.payload["detail"]


async def test_what_nobody_decided_on_is_not_done(stay: Stay) -> None:
    await refused(stay, "", 'nobody has approved rollback of checkout, version "41"')


@pytest.mark.parametrize("decision", ["refused", "expired"])
async def test_what_was_decided_otherwise_is_not_done(stay: Stay, decision: str) -> None:
    await refused(stay, stay.approve(ROLLBACK, decision), "nobody has approved")


async def test_the_approval_of_another_run_counts_for_nothing(stay: Stay) -> None:
    add_run(stay.deps.store, "two")
    await refused(stay, stay.approve(ROLLBACK, run="two"), "nobody has approved")


async def test_only_a_decision_is_an_approval(stay: Stay) -> None:
    told = {"decision": "approved", "digest": ROLLBACK.digest, "text": "", "by": "a model"}
    note = stay.deps.transcripts.write("one", Draft("note/1", "note", told, Author("main")))
    await refused(stay, note.key, "nobody has approved")


async def test_a_decision_that_does_not_say_on_what_approves_nothing(stay: Stay) -> None:
    told: dict[str, Any] = {
        "decision": "approved",
        "by": "on-call",
        "why": "go",
        "proposal": {"summary": "Do it."},
        "digest": "",
    }
    old = stay.deps.transcripts.write("one", Draft("main/s3_decide#1/decision.1", "decision", told, Author("main")))
    await refused(stay, old.key, "nobody has approved")


async def test_a_target_outside_the_catalogue_is_not_acted_on_though_it_was_approved(stay: Stay) -> None:
    elsewhere = Change("restart", "elsewhere", {})
    result = await stay.node().carry_out(effect(elsewhere, stay.approve(elsewhere)))
    assert (result.payload["done"], stay.outside.calls) == (False, [])
    assert "the target elsewhere is not in the catalogue" in result.payload["detail"]


async def test_a_change_does_not_get_out_among_the_words_either(stay: Stay) -> None:
    said = await stay.node().send(effect(ROLLBACK, ""))
    assert (said.payload["done"], stay.outside.calls) == (False, [])


async def test_after_a_cut_off_it_is_held_against_the_approval_once_more(stay: Stay) -> None:
    acted = effect(ROLLBACK, "")
    key = f"{stay.node().occurrence}/rollback.1/intent"
    stay.deps.transcripts.write("one", Draft(key, "intent", acted.requested, AUTHOR))
    await refused(stay, "", "nobody has approved")


async def test_words_need_no_approval(stay: Stay) -> None:
    said = await stay.node().send(OutsideEffect(notify, {"audience": "users", "text": "We are on it."}, AUTHOR))
    assert said.payload["done"]
    assert "digest" not in said.payload


def test_a_run_whose_act_was_changed_on_the_way_goes_on_and_nothing_was_done() -> None:
    real = NodeContext.carry_out

    async def on_another(self: NodeContext, effect: OutsideEffect) -> Event:
        return await real(self, replace(effect, arguments={**effect.arguments, "service": "user-store"}))

    with swapped(NodeContext, "carry_out", on_another):
        played = play(load("first_light"), patience=timedelta(hours=2))
    results = [event for event in played.events if event.kind == "result"]
    assert results and not any(event.payload["done"] for event in results)
    assert results[0].payload["detail"].startswith("refused: rollback of user-store, version ")
    assert results[0].payload["detail"].endswith(" is not what was approved")
    attempts = [event.payload["attempt"]["outcome"] for event in played.events if event.kind == "attempt"]
    assert attempts[0] == "failed"
    assert played.events[-1].at > results[0].at
    assert not [event for event in played.events if event.kind == "error"]
    assert not [act for act in played.production.journal.acts() if act.port in CHANGES]


async def test_two_runs_never_act_on_one_service_at_once_and_on_two_they_do(stay: Stay) -> None:
    add_run(stay.deps.store, "two")
    restarts = [Change("restart", service, {}) for service in ("checkout", "accounts")]
    acting = [
        stay.node(number, run=run).carry_out(effect(change, stay.approve(change, run=run)))
        for number, change in enumerate((*restarts, ROLLBACK))
        for run in ("one", "two")
    ]
    ended = await asyncio.gather(*acting, return_exceptions=True)
    assert {type(one) for one in ended} <= {Event, MadeMeanwhile}
    assert stay.outside.most_at_once == {"checkout": 1, "accounts": 1}
    assert stay.outside.most_at_all == 2
