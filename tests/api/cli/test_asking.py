"""What is typed at the terminal becomes an answer, or is asked for again."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.cli.asking import PausableClock, Terminal, Unclear, understood
from graphs.model.questions import Question


def question(kind: Any) -> Question:
    proposal = {"action": "scale", "service": "checkout", "parameters": {"replicas": 4}}
    return Question(id="q-1", kind=kind, text="?", proposal=proposal, options=["approve", "refuse", "edit"])


@pytest.mark.parametrize(
    ("kind", "typed", "answer"),
    [
        ("approval", "approve\n", {"answer": "approve"}),
        ("approval", "y looks right", {"answer": "approve", "comment": "looks right"}),
        ("approval", "refuse too risky", {"answer": "refuse", "comment": "too risky"}),
        ("approval", "edit replicas=6", {"answer": "edit", "parameters": {"replicas": 6}}),
        ("outcome", "done I saw it", {"answer": "done", "comment": "I saw it"}),
        ("outcome", "not done", {"answer": "not done"}),
        ("outcome", "yes I saw it", {"answer": "done", "comment": "I saw it"}),
        ("outcome", "No", {"answer": "not done"}),
        ("approval", "no", {"answer": "refuse"}),
        ("direction", "look again", {"answer": "look again"}),
        ("direction", "handled restarted it", {"answer": "handled", "comment": "restarted it"}),
        (
            "direction",
            "cause: infrastructure of accounts-db",
            {"answer": "cause", "cause": "infrastructure", "component": "accounts-db"},
        ),
        ("revenue limit", "5000", {"answer": "amount", "amount": 5000}),
        ("fault", "Try again", {"answer": "try again"}),
    ],
)
def test_what_is_typed_is_understood(kind: Any, typed: str, answer: dict[str, Any]) -> None:
    assert understood(question(kind), typed).model_dump(exclude_defaults=True) == {**answer, "by": "you"}


def test_what_is_typed_answers_the_change_that_was_shown() -> None:
    shown = question("approval").model_copy(update={"digest": "0" * 64})
    for typed in ("approve", "refuse", "edit replicas=6"):
        assert understood(shown, typed).digest == "0" * 64


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("approval", ""),
        ("approval", "perhaps"),
        ("approval", "edit"),
        ("approval", "edit replicas=many"),
        ("approval", "edit colour=red"),
        ("outcome", "maybe"),
        ("direction", "cause: magic of x"),
        ("direction", "hm"),
        ("revenue limit", "a lot"),
        ("fault", "later"),
        ("revenue limit", "-1"),
    ],
)
def test_what_is_unclear_is_no_answer(kind: Any, typed: str) -> None:
    with pytest.raises(Unclear, match="Type"):
        understood(question(kind), typed)


async def test_a_typed_answer_reaches_the_run(incident: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    terminal = Terminal(incident.incidents, PausableClock(1000), said.append)
    monkeypatch.setattr("sys.stdin", iter(["well\n", "approve go\n"]))
    incident.ask()
    for event in incident.incidents.transcript(incident.run):
        terminal.hear(event)
    terminal.begin(incident.run)
    await asyncio.sleep(0.05)
    assert incident.incidents.facts(incident.run).open_questions == []
    assert any("no answer" in text for text in said)


async def test_time_goes_slowly_while_somebody_thinks() -> None:
    clock = PausableClock(10_000)
    clock.take_time(True)
    before = clock.now()
    sleeping = asyncio.create_task(clock.sleep(timedelta(minutes=5)))
    await asyncio.sleep(0.05)
    assert clock.now() - before < timedelta(seconds=5)
    assert not sleeping.done()
    clock.take_time(False)
    await asyncio.wait_for(sleeping, 5)
    assert clock.now() - before >= timedelta(minutes=5)
