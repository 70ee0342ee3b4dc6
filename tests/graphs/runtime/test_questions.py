"""Questions to people: an answer is taken exactly once, in time, also after a restart."""

from datetime import timedelta

import pytest

from graphs.model.questions import HumanAnswer, WrongAnswer
from graphs.runtime.questions import AlreadyAnswered, UnknownQuestion
from tests.graphs.theatre import MINUTE, Life, OneDirectory, Theatre, count

EXPIRY = 30 * MINUTE
APPROVED = HumanAnswer(answer="approve", by="first", comment="Go ahead.")
REFUSED = HumanAnswer(answer="refuse", by="second", comment="Not now.")


def test_the_second_answer_is_told_the_first(house: OneDirectory) -> None:
    async def play(life: Life) -> None:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        question = await life.asked(run)
        life.incidents.answer(run, question.id, APPROVED)
        with pytest.raises(AlreadyAnswered) as refused:
            life.incidents.answer(run, question.id, REFUSED)
        assert refused.value.first == APPROVED
        await life.to_the_end(run)
        decisions = [e.payload for e in life.incidents.transcript(run) if e.kind == "decision"]
        assert [(d["decision"], d["by"]) for d in decisions] == [("approved", "first")]

    theatre = Theatre(house)
    theatre.live(play, rules=[])


def test_an_answer_outlives_the_process_that_took_it(house: OneDirectory) -> None:
    async def answer(life: Life) -> tuple[str, str]:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        question = await life.asked(run)
        life.incidents.answer(run, question.id, APPROVED)
        return run, question.id

    async def go_on(life: Life) -> None:
        with pytest.raises(AlreadyAnswered) as refused:
            life.incidents.answer(run, question, REFUSED)
        assert refused.value.first == APPROVED
        await life.incidents.start()
        assert (await life.until(run, "decision")).payload["by"] == "first"
        await life.to_the_end(run)
        assert count(life.incidents, run, "answer") == 1

    theatre = Theatre(house)
    run, question = theatre.live(answer)
    theatre.live(go_on, rules=[], down_for=timedelta(days=2))


def test_a_question_outlives_the_process_that_asked_it_and_is_asked_once(house: OneDirectory) -> None:
    async def ask(life: Life) -> tuple[str, str]:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        return run, (await life.asked(run)).id

    async def go_on(life: Life) -> None:
        assert [q.id for q in life.incidents.facts(run).open_questions if q.kind == "approval"] == [question]
        await life.incidents.start()
        await life.clock.sleep(5 * MINUTE)
        life.incidents.answer(run, question, APPROVED)
        assert (await life.to_the_end(run)).status == "closed"
        asked = [e for e in life.incidents.transcript(run) if e.kind == "question"]
        assert [e.payload["question"]["id"] for e in asked].count(question) == 1

    theatre = Theatre(house)
    run, question = theatre.live(ask, rules=[])
    theatre.live(go_on, rules=[], down_for=10 * MINUTE)


def test_a_wrong_answer_is_refused_and_the_question_stays_open(house: OneDirectory) -> None:
    async def play(life: Life) -> None:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        question = await life.asked(run)
        with pytest.raises(WrongAnswer):
            life.incidents.answer(run, question.id, HumanAnswer(answer="amount", amount=1))
        with pytest.raises(UnknownQuestion):
            life.incidents.answer(run, "q-nobody-asked", APPROVED)
        assert count(life.incidents, run, "answer") == 0
        life.incidents.answer(run, question.id, APPROVED)

    theatre = Theatre(house)
    theatre.live(play, rules=[])


def test_an_expired_question_takes_no_answer_and_the_run_goes_on(house: OneDirectory) -> None:
    async def play(life: Life) -> None:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        question = await life.asked(run)
        decision = await life.until(run, "decision")
        assert decision.payload["decision"] == "expired"
        assert decision.at == question.expires_at
        with pytest.raises(UnknownQuestion):
            life.incidents.answer(run, question.id, APPROVED)

    theatre = Theatre(house)
    theatre.live(play, rules=[])


def test_an_answer_after_the_expiry_is_refused_also_before_anybody_has_noticed(house: OneDirectory) -> None:
    async def ask(life: Life) -> tuple[str, str]:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        return run, (await life.asked(run)).id

    async def answer_late(life: Life) -> None:
        with pytest.raises(UnknownQuestion):
            life.incidents.answer(run, question, APPROVED)

    theatre = Theatre(house)
    run, question = theatre.live(ask, rules=[])
    theatre.live(answer_late, rules=[], down_for=EXPIRY + MINUTE)
