"""The tool loop: a duty done by a chat model. Ask, do what is asked for, ask again, until a sound report comes in."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, cast
from zlib import crc32

from pydantic import ValidationError

import prompts
from agents.io.outside_text import sanitize_json
from agents.io.redaction import beginning
from agents.io.retry import RetryPolicy, retry
from agents.io.spending_limits import DutyLimits
from agents.llm.client import ModelAnswer, ModelRequest, ToolRequest, as_message
from agents.llm.faults import FaultKind, ModelFault
from agents.llm.gateway import HAND_IN
from agents.runtime.briefing import Briefing
from agents.runtime.digests import digested, filled
from agents.runtime.duty import Duty, ReportT
from agents.runtime.duty_context import DutyContext
from agents.runtime.free_words import Complaint
from agents.runtime.mending import mended
from agents.runtime.offered_tools import offered_tools, ports_of
from agents.runtime.opening import opening
from agents.runtime.report_checks import complaints

Message = dict[str, Any]
WAITS: tuple[float, ...] = (1, 4)
"""Seconds before the second and the third try of a call; more where the endpoint asks for it."""
LONGEST_WAIT = timedelta(seconds=30)
IN_VAIN = 2
"""Answers in a row that ask for nothing that can be done; then the rules take over."""
MAY_MEAN_TOO_LONG: tuple[FaultKind, ...] = ("bad request", "too large", "unprocessable")
"""Refusals whose words do not say what is wrong, and that a shorter conversation may be spared."""
MOST_COMPLAINTS = 40
"""That are made of one report."""
NOT_DONE = "Not done: tools are not used beside a report."


async def by_model(
    duty: Duty[ReportT], briefing: Briefing, context: DutyContext, opened: Sequence[Message] = ()
) -> ReportT:
    """Have the model do a duty. Raises ModelFault where it hands in no sound report within the limits.

    `opened`: what it is told at first, where that is not what `opening` gives.
    """
    return await _Conversation(duty, briefing, context, list(opened or opening(duty, briefing))).to_the_report()


@dataclass
class _Conversation(Generic[ReportT]):
    """One duty's talk with the model."""

    duty: Duty[ReportT]
    briefing: Briefing
    context: DutyContext
    messages: list[Message]
    repairs_left: int = 1
    shortenings_left: int = 2
    empty_answers_left: int = 1
    in_vain: int = 0
    """Answers in a row by now that asked for nothing that could be done."""
    refused: tuple[ReportT, list[Complaint]] | None = None
    """The report that the checks refused last, and why."""
    answered: dict[str, str] = field(default_factory=dict[str, str])
    """What was asked of a tool, word for word -> the event with its answer, empty where it is under way."""
    undigested: dict[str, str] = field(default_factory=dict[str, str])
    """Where a tool's answer was digested: what was asked -> the whole answer, for when it is asked once more."""

    async def to_the_report(self) -> ReportT:
        while True:
            answer = await self._ask()
            report = await self._handed_in(answer)
            if report is not None:
                return report

    @property
    def _limits(self) -> DutyLimits:
        assert self.context.model is not None
        return self.context.model.settings.limits_per_duty

    def _stop_at_a_limit(self) -> None:
        if reached := self._limits.ends(self.context.spent):
            raise ModelFault("limit reached", f"no report after {reached} in this duty")

    async def _ask(self) -> ModelAnswer:
        """Ask, within the duty's limits; where the conversation is too long, once more with shorter tool results."""
        self._stop_at_a_limit()
        left, _ = self._limits.left_of(self.context.spent)
        tools = offered_tools(self.duty, self.briefing, may_look=left != 0)
        strength = prompts.page(self.duty.role).model
        question = ModelRequest(strength=strength, messages=self.messages, tools=tools, run=self.briefing.run)
        try:
            return await ask_with_retries(self.context, question)
        except ModelFault as failed:
            if not self._may_ask_again_after(failed.fault.kind):
                raise
            return await self._ask()

    def _may_ask_again_after(self, kind: FaultKind) -> bool:
        """Whether another try is worth it: once after an empty answer, or with a shorter conversation, twice at most.

        Not every endpoint says so clearly that a conversation is too long that it can be told from other refusals:
        after such a one it is shortened once.
        """
        if kind == "empty":
            self.empty_answers_left -= 1
            return self.empty_answers_left >= 0
        if kind not in ("context too long", *MAY_MEAN_TOO_LONG) or not self.shortenings_left:
            return False
        self.shortenings_left = self.shortenings_left - 1 if kind == "context too long" else 0
        before, self.messages = self.messages, [halved(message) for message in self.messages]
        return self.messages != before

    async def _handed_in(self, answer: ModelAnswer) -> ReportT | None:
        """The report, if one was handed in and is sound; else the conversation has gone on by one round."""
        handed_in = next((request for request in answer.requests if request.name == HAND_IN), None)
        if handed_in is None:
            await self._do_as_asked(answer)
            return None
        report, complaint = await self._read(handed_in)
        if report is not None:
            return report
        if not self.repairs_left:
            if (left := await self._mended(complaint)) is not None:
                return left
            raise ModelFault("invalid report", complaint)
        self.repairs_left -= 1
        refused = f"The report is not accepted. Correct this and hand in again:\n{complaint}"
        self._go_on(answer, [_reply(r, refused if r is handed_in else NOT_DONE) for r in answer.requests])
        return None

    async def _read(self, handed_in: ToolRequest) -> tuple[ReportT | None, str]:
        self.refused = None
        if handed_in.unreadable:
            return None, f"The arguments cannot be read: {handed_in.unreadable}"
        try:
            told = self.duty.report.model_validate(handed_in.arguments)
            report = self.duty.report.model_validate(sanitize_json(told.model_dump(mode="json")))  # as it is kept
        except ValidationError as error:
            return None, _errors(error)
        found = await complaints(report, self.briefing, self.context.log)
        if not found:
            return report, ""
        self.refused = report, found
        words = list(dict.fromkeys(complaint.words for complaint in found))
        more = [f"and {len(words) - MOST_COMPLAINTS} more"] if len(words) > MOST_COMPLAINTS else []
        return None, "\n".join(f"- {what}" for what in [*words[:MOST_COMPLAINTS], *more])

    async def _mended(self, complaint: str) -> ReportT | None:
        """What is left of the report that was refused last, where it holds without what is wrong with it."""
        if self.refused is None:
            return None
        left = mended(*self.refused, self.briefing)
        if left is None or await complaints(left, self.briefing, self.context.log):
            return None
        await self.context.degraded(f"the report of the model stands without what its checks refused: {complaint}")
        return left

    def _go_on(self, answer: ModelAnswer, replies: list[Message]) -> None:
        self.messages = [*self.messages, as_message(answer), *replies]

    async def _do_as_asked(self, answer: ModelAnswer) -> None:
        """Do what may be done, and say what was not. Raises ModelFault where that leads nowhere."""
        self._stop_at_a_limit()
        if answer.refused:
            asked = answer.refused + len(answer.requests)
            await self.context.degraded(f"{answer.refused} of {asked} tool calls were not done: {answer.refusal}")
        used = await asyncio.gather(*map(self._use, answer.requests))
        replies = [_reply(request, said) for request, (said, _) in zip(answer.requests, used, strict=True)]
        told = _told(answer)
        self._go_on(answer, [*replies, *([{"role": "user", "content": told}] if told else [])])
        self.in_vain = 0 if any(done for _, done in used) else self.in_vain + 1
        if self.in_vain == IN_VAIN:
            last = told or str(replies[-1]["content"])
            raise ModelFault("no report", f"{IN_VAIN} answers in a row with nothing to do; to the last: {last}")

    async def _use(self, request: ToolRequest) -> tuple[str, bool]:
        """Use a tool, where that can be done; what is said of it, and whether it was done."""
        ports = ports_of(self.duty, self.briefing)
        port = next((port for port in ports if port.name == request.name), None)
        if port is None:
            offered = ", ".join([*(p.name for p in ports), HAND_IN])
            return f"There is no tool {request.name}. You have: {offered}.", False
        if request.unreadable:
            return f"The arguments cannot be read: {request.unreadable}", False
        try:
            arguments = port.arguments.model_validate(request.arguments).model_dump(mode="json")
        except ValidationError as error:
            return f"These arguments do not fit {port.name}. {_errors(error)}", False
        asked = f"{port.name} {json.dumps(arguments, sort_keys=True)}"
        if whole := self.undigested.pop(asked, ""):
            return whole, True
        if asked in self.answered:
            event = f", and event {self.answered[asked]} holds the answer" if self.answered[asked] else ""
            return f"Asked already in this conversation{event}. Ask something else, or call {HAND_IN}.", False
        self.answered[asked] = ""
        reading = await self.context.call(port, arguments)
        self._note_answer(asked, reading.ref if reading.value is not None else "")
        if reading.value is None:
            return shortened(reading.ref, {"error": reading.said}), True
        value = reading.value.model_dump(mode="json")
        if (first := digested(value)) != filled(value):
            self.undigested[asked] = shortened(reading.ref, value)
        return shortened(reading.ref, first), True

    def _note_answer(self, asked: str, ref: str) -> None:
        """Note where a tool's answer stands; one that had none may be asked another time."""
        if ref:
            self.answered[asked] = ref
        else:
            del self.answered[asked]


def _told(answer: ModelAnswer) -> str:
    """What is said to an answer as a whole, beside what its tools answered."""
    if answer.refused:
        return f"{answer.refused} more tool calls were not done: {answer.refusal}. Call {HAND_IN} with your report."
    return "" if answer.requests else f"Nobody reads that. Use a tool, or call {HAND_IN} with your report."


async def ask_with_retries(context: DutyContext, question: ModelRequest) -> ModelAnswer:
    """Ask, and ask again a little later where the fault may pass. Each try is a call of its own in the transcript."""
    spread = 1 + crc32(context.occurrence.encode()) % 100 / 100  # so that roles do not all ask again at once
    waits = [timedelta(seconds=wait * spread) for wait in WAITS]
    return await retry(lambda: context.ask(question), context.clock, RetryPolicy(ModelFault, waits, _wait_after))


def _wait_after(failed: ModelFault, planned: timedelta) -> timedelta | None:
    """The planned wait, or what the endpoint asks for; None where the fault will not pass, or not soon."""
    wait = max(timedelta(seconds=failed.fault.retry_after or 0.0), planned)
    return wait if failed.fault.is_passing and wait <= LONGEST_WAIT else None


def _reply(request: ToolRequest, content: str) -> Message:
    return {"role": "tool", "tool_call_id": request.id, "content": content}


def _errors(error: ValidationError) -> str:
    """Where a value does not fit and why, of the first twenty places; a name may be the model's own, of any length."""
    found = error.errors(include_input=False, include_url=False)[:20]
    faults = [(".".join(map(str, fault["loc"])) or "the whole", fault["msg"]) for fault in found]
    return "; ".join(f"{beginning(place, 200)}: {beginning(why, 200)}" for place, why in faults)


LONGEST_RESULT = 12_000
"""Characters of one tool result; about 3,500 tokens of figures."""
SHORT_RESULT = 400
"""Characters of a tool result that is left as it is where the conversation is too long."""
STAGES = ((120, 1000), (60, 500), (30, 300), (12, 200), (4, 100), (1, 40))
"""How many items a list keeps and how many characters a text, tried one after another."""


def shortened(ref: str, value: Mapping[str, Any], longest: int = LONGEST_RESULT) -> str:
    """Write a tool's answer for the model, cut where it is too long."""
    whole = _written({"ref": ref, **value})
    if len(whole) <= longest:
        return whole
    pointer = f"cut; the whole, {len(whole)} characters, is event {ref} of the transcript. Ask for less where you can"
    for items, letters in STAGES:
        text = _written({"ref": ref, "shortened": pointer, **_cut(value, items, letters)})
        if len(text) <= longest:
            return text
    return _written({"ref": ref, "shortened": pointer})


def halved(message: Mapping[str, Any]) -> dict[str, Any]:
    """Cut a tool's answer in an overlong conversation to half its length; other messages stay."""
    content = str(message["content"])
    if message["role"] != "tool" or len(content) < SHORT_RESULT or not content.startswith('{"ref"'):
        return dict(message)
    value = json.loads(content)
    return {**message, "content": shortened(value.pop("ref"), value, len(content) // 2)}


def _cut(value: Any, items: int, letters: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= letters else f"{value[:letters]} ... ({len(value) - letters} more characters)"
    if isinstance(value, Mapping):
        known = cast(Mapping[str, Any], value)
        return {name: _cut(part, items, letters) for name, part in known.items()}
    if isinstance(value, list):
        parts = cast(list[Any], value)
        left_out = len(parts) - items
        kept = parts if left_out <= 0 else [*parts[: items // 2], *parts[len(parts) - (items - items // 2) :]]
        cut = [_cut(part, items, letters) for part in kept]
        return cut if left_out <= 0 else [*cut[: items // 2], f"... {left_out} left out ...", *cut[items // 2 :]]
    return value


def _written(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
