"""A node: what it does once stays done, whatever cuts it off."""

from collections.abc import Iterator

import pytest

from agents.io.catalogue import Catalogue
from agents.readings.production import ActionResult, Refusal
from agents.reports.triage import Acknowledgement
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from agents.tools.change import Change
from agents.tools.port import Unanswered
from agents.tools.ports import notify
from evals.playing.play import EPOCH
from graphs.runtime.node_context import OutcomeUnknown, OutsideEffect, TranscriptDutyLog
from graphs.transcript.events import ANSWERING, Author
from tests.graphs.stay import AUTHOR, PowerCut, Stay

HAPPENED = ActionResult(done=True, detail="it had happened", reference="41")


@pytest.fixture
def stay() -> Iterator[Stay]:
    stay = Stay()
    yield stay
    stay.deps.store.close()


def rollback(stay: Stay, version: str = "41") -> OutsideEffect:
    """A rollback that was approved."""
    change = Change("rollback", "checkout", {"version": version})
    return OutsideEffect(change.port, change.arguments, AUTHOR, ("S3.1",), approval=stay.approve(change))


async def cut_off(stay: Stay) -> None:
    stay.outside.cut_off = True
    with pytest.raises(PowerCut):
        await stay.node().carry_out(rollback(stay))
    stay.outside.cut_off = False


async def test_the_intent_is_written_before_and_the_result_after(stay: Stay) -> None:
    await cut_off(stay)
    assert [event.kind for event in stay.events("intent", "result")] == ["intent"]
    await stay.node().carry_out(rollback(stay))
    assert [event.kind for event in stay.events("intent", "result")] == ["intent", "result"]


async def test_what_was_done_is_not_done_again_when_the_node_runs_again(stay: Stay) -> None:
    first = await stay.node().carry_out(rollback(stay))
    assert await stay.node().carry_out(rollback(stay)) == first
    assert len(stay.outside.keys) == 1


async def test_the_next_visit_is_another_effect(stay: Stay) -> None:
    for number in (1, 2):
        await stay.node(number).carry_out(rollback(stay))
    assert len(set(stay.outside.keys)) == 2


async def test_two_effects_of_one_visit_have_keys_of_their_own(stay: Stay) -> None:
    node = stay.node()
    for version in ("41", "40"):
        await node.carry_out(rollback(stay, version))
    assert len(set(stay.outside.keys)) == 2
    assert [event.payload["arguments"]["version"] for event in stay.events("result")] == ["41", "40"]


async def test_after_a_cut_off_it_is_looked_up_and_not_repeated_if_it_happened(stay: Stay) -> None:
    await cut_off(stay)
    stay.outside.look = lambda _: HAPPENED
    result = await stay.node().carry_out(rollback(stay))
    assert (result.payload["detail"], stay.outside.keys) == ("it had happened", [])


async def test_after_a_cut_off_it_is_done_under_the_same_key_if_it_surely_did_not_happen(stay: Stay) -> None:
    await cut_off(stay)
    result = await stay.node().carry_out(rollback(stay))
    assert result.payload["done"]
    assert stay.outside.keys == [stay.events("intent")[0].payload["idempotency_key"]]


@pytest.mark.parametrize("tells", [False, True])
async def test_where_nobody_can_tell_it_is_not_done_and_that_is_said(stay: Stay, tells: bool) -> None:
    def silent(_: str) -> ActionResult | None:
        raise Unanswered(Refusal(error="timeout", said="no answer"))

    await cut_off(stay)
    stay.outside.look = silent if tells else None
    with pytest.raises(OutcomeUnknown):
        await stay.node().carry_out(rollback(stay))
    assert (stay.outside.keys, stay.events("result")) == ([], [])


async def test_words_that_may_have_left_the_building_are_not_sent_twice(stay: Stay) -> None:
    words = OutsideEffect(notify, {"audience": "users", "text": "We are on it."}, AUTHOR)
    stay.outside.cut_off = True
    with pytest.raises(PowerCut):
        await stay.node().send(words)
    stay.outside.cut_off, stay.outside.look = False, None
    first = await stay.node().send(words)
    assert (first.payload["done"], stay.outside.keys) == (False, [])
    assert await stay.node().send(words) == first


def test_an_event_of_a_visit_is_written_once_and_read_back(stay: Stay) -> None:
    first = stay.node().write("status", {"status": "Identified", "why": "first"})
    assert stay.node().write("status", {"status": "Identified", "why": "second"}) == first
    assert stay.node(2).write("status", {"status": "Monitoring", "why": "later"}) != first


class Counted:
    """A duty that counts how often it is done."""

    def __init__(self) -> None:
        self.times = 0
        self.duty = Duty(
            role="infrastructure_maintainer",
            name="acknowledge",
            does="Acknowledge.",
            rows=("S1.1",),
            report=Acknowledgement,
            without_model=self._acknowledge,
        )

    async def _acknowledge(self, briefing: Briefing, context: DutyContext) -> Acknowledgement:
        self.times += 1
        return Acknowledgement(summary=f"seen {self.times} times", understood="", symptom="errors")


async def test_a_finished_duty_is_not_done_again(stay: Stay) -> None:
    counted = Counted()
    briefing = Briefing(
        run="one", now=EPOCH, started_at=EPOCH, alert=Alert(title="x"), service="x", catalogue=Catalogue()
    )
    for _ in range(2):
        report = await stay.node().perform(counted.duty, briefing)
        assert report.summary == "seen 1 times"
    assert (await stay.node(2).perform(counted.duty, briefing)).summary == "seen 2 times"
    assert [event.rows for event in stay.events("duty_finished")] == [["S1.1"], ["S1.1"]]


async def test_what_people_asked_and_were_told_cannot_be_cited(stay: Stay) -> None:
    log = TranscriptDutyLog(stay.deps, "one", Author(ANSWERING))
    payload: dict[str, object] = {"inquiry": "a", "text": "4,321 users", "is_answered": True, "cites": [], "by": "ada"}
    written = [await log.write(kind, kind, payload) for kind in ("inquiry", "reply", "note")]
    assert [await log.cited(event.ref) is None for event in written] == [True, True, False]
