"""What any runner must do with a person's answer: take it exactly once, in time, also after a restart."""

from datetime import timedelta

import pytest

from graphs.intake.incident_service import AlreadyAnswered, UnknownQuestion
from graphs.model.questions import HumanAnswer, WrongAnswer
from tests.graphs.theatre import MINUTE, House, Life, Theatre, count

EXPIRY = 30 * MINUTE
APPROVED = HumanAnswer(answer="approve", by="first", comment="Go ahead.")
REFUSED = HumanAnswer(answer="refuse", by="second", comment="Not now.")


class QuestionsAreAnswered:
    """A person's answer is taken exactly once."""

    def test_the_second_answer_is_told_the_first(self, house: House) -> None:
        async def play(life: Life) -> None:
            await life.runner.start()
            run = life.runner.receive(theatre.alert).run
            question = await life.asked(run)
            life.runner.answer(run, question.id, APPROVED)
            with pytest.raises(AlreadyAnswered) as refused:
                life.runner.answer(run, question.id, REFUSED)
            assert refused.value.first == APPROVED
            await life.to_the_end(run)
            decisions = [e.payload for e in life.runner.transcript(run) if e.kind == "decision"]
            assert [(d["decision"], d["by"]) for d in decisions] == [("approved", "first")]

        theatre = Theatre(house)
        theatre.live(play, rules=[])

    def test_an_answer_outlives_the_process_that_took_it(self, house: House) -> None:
        async def answer(life: Life) -> tuple[str, str]:
            await life.runner.start()
            run = life.runner.receive(theatre.alert).run
            question = await life.asked(run)
            life.runner.answer(run, question.id, APPROVED)
            return run, question.id

        async def go_on(life: Life) -> None:
            with pytest.raises(AlreadyAnswered) as refused:
                life.runner.answer(run, question, REFUSED)
            assert refused.value.first == APPROVED
            await life.runner.start()
            assert (await life.until(run, "decision")).payload["by"] == "first"
            await life.to_the_end(run)
            assert count(life.runner, run, "answer") == 1

        theatre = Theatre(house)
        run, question = theatre.live(answer)
        theatre.live(go_on, rules=[], down_for=timedelta(days=2))

    def test_a_question_outlives_the_process_that_asked_it_and_is_asked_once(self, house: House) -> None:
        async def ask(life: Life) -> tuple[str, str]:
            await life.runner.start()
            run = life.runner.receive(theatre.alert).run
            return run, (await life.asked(run)).id

        async def go_on(life: Life) -> None:
            assert [q.id for q in life.runner.facts(run).open_questions if q.kind == "approval"] == [question]
            await life.runner.start()
            await life.clock.sleep(5 * MINUTE)
            life.runner.answer(run, question, APPROVED)
            assert (await life.to_the_end(run)).status == "closed"
            asked = [e for e in life.runner.transcript(run) if e.kind == "question"]
            assert [e.payload["question"]["id"] for e in asked].count(question) == 1

        theatre = Theatre(house)
        run, question = theatre.live(ask, rules=[])
        theatre.live(go_on, rules=[], down_for=10 * MINUTE)

    def test_a_wrong_answer_is_refused_and_the_question_stays_open(self, house: House) -> None:
        async def play(life: Life) -> None:
            await life.runner.start()
            run = life.runner.receive(theatre.alert).run
            question = await life.asked(run)
            with pytest.raises(WrongAnswer):
                life.runner.answer(run, question.id, HumanAnswer(answer="amount", amount=1))
            with pytest.raises(UnknownQuestion):
                life.runner.answer(run, "q-nobody-asked", APPROVED)
            assert count(life.runner, run, "answer") == 0
            life.runner.answer(run, question.id, APPROVED)

        theatre = Theatre(house)
        theatre.live(play, rules=[])

    def test_an_expired_question_takes_no_answer_and_the_run_goes_on(self, house: House) -> None:
        async def play(life: Life) -> None:
            await life.runner.start()
            run = life.runner.receive(theatre.alert).run
            question = await life.asked(run)
            decision = await life.until(run, "decision")
            assert decision.payload["decision"] == "expired"
            assert decision.at == question.expires_at
            with pytest.raises(UnknownQuestion):
                life.runner.answer(run, question.id, APPROVED)

        theatre = Theatre(house)
        theatre.live(play, rules=[])

    def test_an_answer_after_the_expiry_is_refused_also_before_anybody_has_noticed(self, house: House) -> None:
        async def ask(life: Life) -> tuple[str, str]:
            await life.runner.start()
            run = life.runner.receive(theatre.alert).run
            return run, (await life.asked(run)).id

        async def answer_late(life: Life) -> None:
            with pytest.raises(UnknownQuestion):
                life.runner.answer(run, question, APPROVED)

        theatre = Theatre(house)
        run, question = theatre.live(ask, rules=[])
        theatre.live(answer_late, rules=[], down_for=EXPIRY + MINUTE)
