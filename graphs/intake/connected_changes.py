"""Connected changes: the connections to the systems of the catalogue, with the ledger of changes beside them.

What these systems say of changes goes into the ledger whenever they are asked, and so does what Warroom itself changes;
what others reported is given beside what the systems say."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from agents.io.act_kinds import ACT_KINDS
from agents.io.redaction import beginning
from agents.readings.history import ChangeHistory, ChangeKind, Deployment, DeploymentHistory, RecordedChange
from agents.readings.production import ActionResult, InfrastructureState, ProviderStatus
from agents.tools.port import AnyPort, Connections, Driver, Lookup, Port, Unanswered
from agents.tools.ports import change_history, deployment_history, infrastructure_state, provider_status
from agents.tools.reported_events import ReportedEvent, change_in
from graphs.intake.change_ledger import DRIVER, ChangeLedger, is_same, named_by
from graphs.model.identity import WARROOM
from graphs.store.database import iso

Answer = TypeVar("Answer", bound=BaseModel)
MEMORY_HOURS = 7 * 24
"""So far back a system is asked for changes, however little of it is wanted: the ledger keeps them."""
FRESH = timedelta(minutes=5)
"""What a system said so recently, it is not asked again for the ledger."""
ACTS: dict[str, ChangeKind] = {
    "rollback": "release",
    "deploy": "release",
    "scale": "scaling",
    "restart": "operator",
    "failover": "operator",
    "fallback": "operator",
    **dict.fromkeys(ACT_KINDS, "operator"),
    "switch_flag": "flag",
    "revert_setting": "configuration",
    "rotate_credential": "secret",
}
"""What Warroom does to production -> the kind of change."""


class Asked(NamedTuple):
    """The last time that a system was asked."""

    at: datetime
    refused: str
    """Why it did not answer; empty where it did, or where it is not connected and so has nothing to tell."""


class WithChangeLedger:
    """Connections whose changes are in the ledger, and which answer from it, too."""

    def __init__(self, connections: Connections, ledger: ChangeLedger) -> None:
        self._connections = connections
        self._ledger = ledger
        self._clock = ledger.clock
        self._asked: dict[tuple[str, str], Asked] = {}
        """Port and service -> the last time that the system was asked."""

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        connected = self._connections.driver(port, service)
        match port.name:
            case change_history.name:
                return self._changes(connected)
            case deployment_history.name:
                return self._deployments(connected, service)
            case infrastructure_state.name if connected:
                return self._infrastructure(connected)
            case provider_status.name if connected:
                return self._provider(connected)
            case name if name in ACTS and connected:
                return self._act(name, connected)
            case _:
                return connected

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        return self._connections.lookup(port, service)

    def _changes(self, connected: Driver | None) -> Driver:
        async def read(service: str, hours: int = 72) -> ChangeHistory:
            missing = await self._ask_systems(service, hours, connected)
            return self._ledger.history(service, hours).model_copy(update={"missing": missing})

        return read

    def _deployments(self, connected: Driver | None, service: str) -> Driver | None:
        if connected is None and not self._ledger.has_reported_releases(service):
            return None

        async def read(service: str, hours: int = 24) -> DeploymentHistory:
            since = self._clock.now() - timedelta(hours=hours)
            found = await self._from_system(connected, service, hours) if connected else None
            own = [one for one in found.deployments if one.at >= since] if found else []
            reported = self._ledger.reported_releases(service, since)
            more = [_deployment(one) for one in reported if one.new and not any(_is_told(one, by) for by in own)]
            return DeploymentHistory(
                service=service,
                running=found.running if found else _running(more),
                deployments=sorted([*own, *more], key=lambda one: one.at),
            )

        return read

    async def _from_system(self, connected: Driver, service: str, hours: int) -> DeploymentHistory:
        asked = connected(service=service, hours=max(hours, MEMORY_HOURS))
        answer = await self._answer(deployment_history, service, asked)
        deployments = [one.model_copy(update={"at": _in_utc(one.at)}) for one in answer.deployments]
        source = self._source(deployment_history, service)
        self._record(deployment_history, [_release(one, source) for one in deployments])
        return answer.model_copy(update={"deployments": deployments})

    def _infrastructure(self, connected: Driver) -> Driver:
        async def read(service: str) -> InfrastructureState:
            found = await self._answer(infrastructure_state, service, connected(service=service))
            source = self._source(infrastructure_state, service)
            told = [_of_event(service, line, event, source) for line, event in self._events(found)]
            self._record(infrastructure_state, told)
            return found

        return read

    def _events(self, state: InfrastructureState) -> list[tuple[str, ReportedEvent]]:
        read = ((line, change_in(line, self._clock.now())) for line in state.events)
        return [(line, event) for line, event in read if event]

    def _provider(self, connected: Driver) -> Driver:
        async def read(provider: str) -> ProviderStatus:
            found = await self._answer(provider_status, provider, connected(provider=provider))
            self._record(provider_status, _of_provider(found, self._source(provider_status, provider)))
            return found

        return read

    def _act(self, name: str, connected: Driver) -> Driver:
        async def do(service: str, idempotency_key: str, **more: Any) -> ActionResult:
            answer = await connected(service=service, idempotency_key=idempotency_key, **more)
            result = _as(ActionResult, answer)
            if result.done:
                self._ledger.record(str(WARROOM), [self._own(name, service, idempotency_key, more)])
            return result

        return do

    def _own(self, name: str, service: str, key: str, more: dict[str, Any]) -> RecordedChange:
        told = ", ".join(f"{argument} {value}" for argument, value in more.items())
        return RecordedChange(
            id=named_by(key),
            kind=ACTS[name],
            service=service,
            at=self._clock.now(),
            what=f"{name} of {service}{': ' if told else ''}{told}",
            by="Warroom",
            new=str(next(reversed(more.values()), "")),
            source="Warroom",
        )

    async def _ask_systems(self, service: str, hours: int, connected: Driver | None) -> list[str]:
        """Let the connected systems tell what they know, unless they just did; gives what could not be asked."""
        listed = self._ledger.catalogue.services.get(service)
        ports = (
            (provider_status,) if listed and listed.kind == "provider" else (deployment_history, infrastructure_state)
        )
        asked = [self._ask(port, service, self.driver(port, service)) for port in ports]
        if connected:
            asked.append(self._ask(change_history, service, self._from_own_program(connected, hours)))
        return [refused for refused in await asyncio.gather(*asked) if refused]

    async def _ask(self, port: AnyPort, service: str, read: Driver | None) -> str:
        last = self._asked.get((port.name, service))
        if read is not None and (last is None or self._clock.now() - last.at >= FRESH):
            with suppress(Unanswered, OSError, ValueError):
                await read(**{"provider" if port.name == provider_status.name else "service": service})
            last = self._asked.get((port.name, service))
        return last.refused if last else ""

    def _from_own_program(self, connected: Driver, hours: int) -> Driver:
        async def read(service: str) -> ChangeHistory:
            asked = connected(service=service, hours=max(hours, MEMORY_HOURS))
            found = await self._answer(change_history, service, asked)
            update = {"service": service, "source": self._source(change_history, service)}
            self._record(
                change_history, [one.model_copy(update={**update, "at": _in_utc(one.at)}) for one in found.changes]
            )
            return found

        return read

    async def _answer(self, port: Port[Any, Answer], service: str, asked: Coroutine[Any, Any, BaseModel]) -> Answer:
        """What a system answers, in the documented shape; when it was asked and what it refused is remembered."""
        refused = ""
        try:
            return _as(port.answer, await asked)
        except Unanswered as unanswered:
            if unanswered.refusal.error != "not connected":
                refused = beginning(f"{port.name} of {service}: {unanswered.refusal.said}", 500)
            raise
        except (OSError, ValueError) as error:
            refused = beginning(f"{port.name} of {service}: {type(error).__name__}: {error}", 500)
            raise
        finally:
            self._asked[port.name, service] = Asked(self._clock.now(), refused)

    def _record(self, port: AnyPort, changes: list[RecordedChange]) -> None:
        """Write down what a system said; a line about an event is told again and again, and counts as it came first."""
        self._ledger.record(DRIVER, changes, keep_first=port.name == infrastructure_state.name)

    def _source(self, port: AnyPort, service: str) -> str:
        """The name of the driver that answers; where the catalogue names none, of the kind of system."""
        listed = self._ledger.catalogue.services.get(service)
        entry = (listed.observe.get(port.name) or listed.observe.get(port.system)) if listed else None
        return entry.driver if entry else port.system


def _as(shape: type[Answer], answer: BaseModel) -> Answer:
    """What a driver answered, in the documented shape. Raises ValidationError."""
    return answer if isinstance(answer, shape) else shape.model_validate(answer.model_dump())


def _in_utc(at: datetime) -> datetime:
    """A program of one's own may print a time without its zone."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _release(one: Deployment, source: str) -> RecordedChange:
    return RecordedChange(
        id=f"{one.version} at {iso(one.at)}",
        kind="release",
        service=one.service,
        at=one.at,
        what=one.note or f"{one.version} of {one.service} was deployed",
        old=one.previous or "",
        new=one.version,
        status=one.status,
        source=source,
    )


def _of_event(service: str, line: str, event: ReportedEvent, source: str) -> RecordedChange:
    return RecordedChange(
        id=named_by(line),
        kind=event.kind,
        service=service,
        at=event.at,
        what=event.says,
        old=event.old,
        new=event.new,
        status="failed" if event.has_failed else "succeeded",
        source=source,
    )


def _of_provider(found: ProviderStatus, source: str) -> list[RecordedChange]:
    """What a provider says of itself, where it says since when."""
    if found.since is None or found.status not in ("degraded", "outage"):
        return []
    named = named_by(found.provider, iso(_in_utc(found.since)))
    what = f"{found.provider} says {found.status}: {found.message}".rstrip(": ")
    shape = {"id": named, "kind": "provider", "service": found.provider, "at": _in_utc(found.since), "what": what}
    return [RecordedChange.model_validate({**shape, "new": found.status, "status": "running", "source": source})]


def _deployment(release: RecordedChange) -> Deployment:
    note = f"{release.what} (reported by {release.source})"
    return Deployment(
        service=release.service,
        version=release.new,
        previous=release.old or None,
        at=release.at,
        status=release.status,
        note=note,
    )


def _is_told(release: RecordedChange, by: Deployment) -> bool:
    return is_same(release, _release(by, ""))


def _running(deployments: list[Deployment]) -> str | None:
    """The version that runs, as far as reports say."""
    return next((one.version for one in reversed(deployments) if one.status == "succeeded"), None)
