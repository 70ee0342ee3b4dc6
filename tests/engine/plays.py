"""What is played on a real server: forms of requests, one duty, a whole run; and what came of each duty."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import SecretStr

from agents.io.settings import Settings
from agents.llm.client import ModelRequest, OpenAIChatModel
from agents.llm.faults import Fault, ModelFault
from agents.roster import DUTIES
from agents.runtime.briefing import Briefing
from agents.runtime.offered_tools import offered_tools
from evals.playing.play import Played
from evals.recording.recorded_duty import RecordedDuty
from evals.running.replays import do_once_more
from graphs.transcript.event import Event
from tests.engine.engine import KEY

GREEDY = {"temperature": 0, "seed": 7, "repeat_penalty": 1.1}
"""The likeliest words each time; without the penalty a small model repeats one sentence for ever."""
AT_RANDOM = {"temperature": 5, "seed": 7}
QUESTION = [{"role": "system", "content": "You answer."}, {"role": "user", "content": "Hand in."}]


class DutyLine(NamedTuple):
    """How a duty was done."""

    name: str
    by: str
    faults: list[Fault]
    """Of the calls, those that brought no answer."""
    reasons: list[str]
    """Why the rules did it."""
    requests: int
    """Tool calls that the model made, its reports included."""


def asked_at(url: str, seconds: float = 60, key: str = KEY, parameters: Any = GREEDY, **options: Any) -> Settings:
    """The settings with which the server is asked."""
    every = {"parameters": parameters, **options}
    known = {"openai_api_key": SecretStr(key), "openai_base_url": url, "model_options": {"*": every}}
    return Settings.model_validate({**known, "strong_model": "small", "quick_model": "small", "model_seconds": seconds})


def answers_to_forms(url: str, briefing: Briefing) -> dict[str, str]:
    """Ask once with the tools and the report of each duty, every other time streamed; what was wrong, if anything.

    One token is asked for, and the template leaves the tools out of the prompt: it is the form of the request that is
    tried, which the server turns into a grammar, and not the model.
    """
    brief = {**GREEDY, "chat_template_kwargs": {"without_tools": True}}
    model = OpenAIChatModel(asked_at(url, parameters=brief, output_limit=1))
    duties = {f"{role}.{name}": duty for role, duties in DUTIES.items() for name, duty in duties.items()}

    async def ask() -> dict[str, str]:
        found: dict[str, str] = {}
        for number, (name, duty) in enumerate(duties.items()):
            tools = offered_tools(duty, briefing, may_look=True)
            question = ModelRequest(strength="strong", messages=QUESTION, tools=tools)
            found[name] = await _fault(model, question, hear_nothing if number % 2 else None)
        return found

    return asyncio.run(ask())


def hear_nothing(_: str) -> None:
    """Hear the words and forget them, so that they come in a stream."""


async def _fault(model: OpenAIChatModel, question: ModelRequest, hear: Callable[[str], None] | None) -> str:
    try:
        await model.answer(question, hear)
    except ModelFault as failed:
        return str(failed)
    return ""


def one_duty(recorded: RecordedDuty, events: list[Event], settings: Settings) -> DutyLine:
    """Have a recorded duty done once more, by the model or else by the rules."""
    by_ref = {event.ref: event for event in events}
    done = asyncio.run(do_once_more(recorded, by_ref, OpenAIChatModel(settings)))
    answers = [call.model_dump(mode="json") for call in done.calls]
    return _line(recorded.duty, "book" if done.by_rules else "model", answers, [done.by_rules])


def duties_of(played: Played) -> list[DutyLine]:
    """How each duty of a run was done."""
    return [
        _line(
            event.duty,
            str(event.payload["by"]),
            [e.payload for e in played.events if e.kind == "model_answer" and _same(e, event)],
            [str(e.payload["why"]) for e in played.events if e.kind == "degraded" and _same(e, event)],
        )
        for event in played.events
        if event.kind == "duty_finished"
    ]


def _same(one: Event, other: Event) -> bool:
    return one.key.split("/")[:2] == other.key.split("/")[:2] and one.duty == other.duty


def _line(name: str, by: str, answers: list[dict[str, Any]], reasons: list[str]) -> DutyLine:
    faults = [Fault.model_validate(answer["fault"]) for answer in answers if answer["fault"]]
    requests = sum(len(answer["answer"]["requests"]) for answer in answers if answer["answer"])
    return DutyLine(name, by, faults, [reason for reason in reasons if reason], requests)


def told(done: list[DutyLine]) -> str:
    """Duties by model and by rules, and why, as lines."""
    by = Counter(duty.by for duty in done)
    lines = [f"{by['model']} by model, {by['book']} by rules"]
    for duty in done:
        why = "; ".join(duty.reasons) or "as the model handed it in"
        lines.append(f"  {duty.name:20}{duty.by:7}{duty.requests:3} calls of tools  {why[:160]}")
    return "\n".join(lines)
