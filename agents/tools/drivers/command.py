"""The command driver: readings from, and changes by, programs of one's own. Never through a shell."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from agents.io.child_process import Finished, run
from agents.io.clock import Clock, outside
from agents.io.outside_text import NotJson, read_json
from agents.io.redaction import beginning, ending
from agents.readings.history import ChangeHistory, CodeSuspects, DeploymentHistory, PipelineStatus
from agents.readings.production import (
    ActionResult,
    DatabaseHealth,
    DataSafety,
    Dependencies,
    ErrorLog,
    InfrastructureState,
    Refusal,
    Usage,
)
from agents.tools.act_answers import result_of_success
from agents.tools.port import Lookup, Unanswered

Answer = TypeVar("Answer", bound=BaseModel)
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class CommandSettings(BaseModel, extra="forbid"):
    """A `driver: command` entry of the catalogue. Commands are argument lists with {service}, {version} and so on."""

    driver: str = "command"
    command: list[str] = Field(min_length=1)
    """A read prints the reading's JSON. An act ends with 0 once done, unless the JSON that it prints says
    `"done": false`; it may have a detail and a reference."""
    outcome: list[str] = []
    """Told an {idempotency_key}, prints what became of that act as JSON, or nothing where it never happened."""
    seconds: float = Field(default=60, gt=0)
    """How long it may take before it is killed with all that it started."""
    environment: list[str] = []
    """Variables that the programs may know, by name; without it they know none that could hold a secret."""


class Command:
    """Answers whichever port the catalogue names it for."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = CommandSettings.model_validate(settings)
        self._clock = clock
        self.lookup: Lookup | None = self._look_up if self._settings.outcome else None

    async def deployment_history(self, service: str, hours: int = 24) -> DeploymentHistory:
        return await self._read(DeploymentHistory, service=service, hours=hours)

    async def change_history(self, service: str, hours: int = 72) -> ChangeHistory:
        return await self._read(ChangeHistory, service=service, hours=hours)

    async def pipeline_status(self, service: str) -> PipelineStatus:
        return await self._read(PipelineStatus, service=service)

    async def infrastructure_state(self, service: str) -> InfrastructureState:
        return await self._read(InfrastructureState, service=service)

    async def error_log(self, service: str, minutes: int = 90) -> ErrorLog:
        return await self._read(ErrorLog, service=service, minutes=minutes)

    async def dependencies(self, service: str) -> Dependencies:
        return await self._read(Dependencies, service=service)

    async def database_health(self, service: str) -> DatabaseHealth:
        return await self._read(DatabaseHealth, service=service)

    async def data_safety(self, service: str) -> DataSafety:
        return await self._read(DataSafety, service=service)

    async def usage(self, service: str) -> Usage:
        return await self._read(Usage, service=service)

    async def code_suspects(self, service: str, signature: str) -> CodeSuspects:
        return await self._read(CodeSuspects, service=service, signature=signature)

    async def carry_out(self, action: str, idempotency_key: str, **arguments: str | int) -> ActionResult:
        """Make a change to production; the action and its arguments are placeholders of the command."""
        finished = await self._run(
            _filled(self._settings.command, {"action": action, **arguments, "idempotency_key": idempotency_key})
        )
        if finished.code != 0:
            return ActionResult(done=False, detail=_ending(finished))
        return result_of_success(finished.out)

    async def _read(self, shape: type[Answer], **facts: str | int) -> Answer:
        command = _filled(self._settings.command, facts)
        finished = await self._run(command)
        if finished.code != 0:
            raise _unanswered("failed", command, _ending(finished))
        return _parsed(shape, command, finished)

    async def _look_up(self, idempotency_key: str) -> ActionResult | None:
        command = _filled(self._settings.outcome, {"idempotency_key": idempotency_key})
        finished = await self._run(command)
        if finished.code != 0:
            raise _unanswered("failed", command, _ending(finished))
        return _parsed(ActionResult, command, finished) if finished.out.strip() else None

    async def _run(self, command: list[str]) -> Finished:
        try:
            return await outside(self._clock, run(command, self._settings.seconds, self._settings.environment))
        except TimeoutError as error:
            said = f"not done within {self._settings.seconds:g} s, and killed; what it did until then is not known"
            raise _unanswered("timeout", command, said) from error
        except OSError as error:
            raise _unanswered("failed", command, str(error)) from error


def _filled(command: list[str], facts: Mapping[str, str | int]) -> list[str]:
    """Put the facts into the placeholders; one that is unknown, or would be read as an option, is refused."""

    def value(placeholder: re.Match[str]) -> str:
        name = placeholder.group(1)
        if name not in facts:
            raise _unanswered("failed", command, f"{{{name}}} is not known here; there is {', '.join(facts)}")
        text = str(facts[name])
        if "\0" in text or (text.startswith("-") and placeholder.start() == 0):
            raise _unanswered("failed", command, f"{name} may not be {text!r}: it would be read as an option")
        return text

    return [PLACEHOLDER.sub(value, argument) for argument in command]


def _parsed(shape: type[Answer], command: list[str], finished: Finished) -> Answer:
    try:
        return shape.model_validate(read_json(finished.out))
    except (ValidationError, NotJson) as error:
        faults = f"{error.error_count()} errors" if isinstance(error, ValidationError) else str(error)
        said = f"not the JSON of a {shape.__name__} ({faults}): {beginning(finished.out, 300)}"
        raise _unanswered("failed", command, said) from error


def _ending(finished: Finished) -> str:
    return f"ended with {finished.code}: {ending(finished.err.strip() or finished.out.strip(), 500)}"


def _unanswered(error: Any, command: list[str], said: str) -> Unanswered:
    return Unanswered(Refusal(error=error, said=beginning(f"ran {' '.join(command)}; {said}", 2000)))
