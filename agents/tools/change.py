"""A change to production, exactly as it is proposed, approved and made. Its arguments are put together here alone."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import ValidationError

from agents.io.act_kinds import ACT_KINDS, unfit_value
from agents.io.catalogue import Catalogue
from agents.io.outside_text import sanitize
from agents.io.redaction import GONE, cleaned
from agents.tools.act_ports import ACT_PORTS
from agents.tools.port import AnyPort
from agents.tools.ports import build_hotfix, deploy, failover, fallback, restart, rollback, scale

CHANGES: dict[str, AnyPort] = {
    port.name: port for port in (rollback, scale, restart, failover, fallback, build_hotfix, deploy, *ACT_PORTS)
}
"""The acts that may be proposed, by name."""
TARGET = "service"
"""The argument that every change takes beside its parameters."""
SHORT = 12
"""So many characters of a digest are shown to people, and are enough to name it."""
LONGEST = 400
"""Characters of a parameter: who approves it has to be able to read it."""
LARGEST_BITS = 64
"""Of a number: no system counts further."""


class UnfitChange(ValueError):
    """This is no change that can be proposed, approved or made."""


@dataclass(frozen=True)
class Change:
    """An action on a service with its parameters. Raises UnfitChange where they do not fit the action's signature."""

    action: str
    service: str
    parameters: Mapping[str, Any]
    """The action's own arguments, and nothing else: never the service."""

    def __post_init__(self) -> None:
        if self.action not in CHANGES:
            raise UnfitChange(f"{str(self.action)[:60]!r} is no change to production; there is {', '.join(CHANGES)}")
        if faults := list(self._faults()):
            raise UnfitChange(f"the parameters do not fit {self.action}: {'; '.join(faults)}")

    @classmethod
    def of(cls, proposal: Mapping[str, Any]) -> Self:
        """The change that a proposal, as plain values, is about. Raises UnfitChange."""
        return cls(proposal.get("action", ""), proposal.get(TARGET, ""), proposal.get("parameters") or {})

    @classmethod
    def called(cls, action: str, arguments: Mapping[str, Any]) -> Self:
        """The change that a call with these arguments makes. Raises UnfitChange."""
        return cls(action, arguments.get(TARGET, ""), {n: v for n, v in arguments.items() if n != TARGET})

    @property
    def port(self) -> AnyPort:
        return CHANGES[self.action]

    @property
    def arguments(self) -> dict[str, Any]:
        """What the action's driver is called with."""
        return {TARGET: self.service, **self.parameters}

    @property
    def digest(self) -> str:
        """Stands for exactly this action, service and parameters: SHA-256 of their canonical JSON, in hexadecimal."""
        told = {"action": self.action, TARGET: self.service, "parameters": dict(self.parameters)}
        return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def __str__(self) -> str:
        named = [f"{name.replace('_', ' ')} {json.dumps(value)}" for name, value in sorted(self.parameters.items())]
        return ", ".join([f"{self.action.replace('_', ' ')} of {self.service}", *named])

    def listed_in(self, catalogue: Catalogue) -> Self:
        """The same change, whose target the catalogue lists, and declares where it has to. Raises UnfitChange."""
        if self.service not in catalogue.services:
            raise UnfitChange(f"the target {self.service} is not in the catalogue")
        if self.action in ACT_KINDS:
            declared = catalogue.services[self.service].declared(self.action)
            target = str(self.parameters[ACT_KINDS[self.action].target])
            if declared is None:
                raise UnfitChange(f"the catalogue declares no {self.action} for {self.service}")
            if not declared.allows(target):
                raise UnfitChange(f"the catalogue does not list {target} among the targets of {self.action}")
        return self

    def _faults(self) -> Iterator[str]:
        takes = [name for name in self.port.arguments.model_fields if name != TARGET]
        unknown = [name for name in self.parameters if name not in takes]
        for name in unknown:
            yield f"{str(name)[:60]!r} is none of its parameters ({', '.join(takes) or 'it has none'})"
        known = {name: value for name, value in self.parameters.items() if name in takes}
        try:
            self.port.arguments.model_validate({TARGET: self.service, **known}, strict=True)
        except ValidationError as error:
            yield from (f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors(include_input=False))
        yield from (f"{name}: {why}" for name, value in known.items() if (why := _cannot_be_shown(value)))
        if self.action in ACT_KINDS:
            yield from (f"{name}: {why}" for name, value in known.items() if (why := unfit_value(name, value)))


def _cannot_be_shown(value: Any) -> str:
    """Why a person could not see what they approve; empty where they can."""
    if isinstance(value, int) and value.bit_length() >= LARGEST_BITS:
        return "it is too large a number"
    if isinstance(value, str) and len(value) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    if isinstance(value, str) and sanitize(value) != value:
        return "it holds characters that nobody sees"
    if isinstance(value, str) and (GONE in value or cleaned(value) != value):
        return "it is taken for a secret, and secrets are shown to nobody"
    return ""
