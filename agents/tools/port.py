"""A port: one thing a role can ask of the outside world, in the trade's words."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from agents.readings.production import ActionResult, Refusal

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True)
class Port(Generic[Asked, Answer]):
    """A typed question to, or request of, an outside system. Drivers implement it by its name."""

    name: str
    """The function's name, unique among all ports; a driver has a method of the same name."""
    system: str
    """What the catalogue calls the kind of system that answers it, such as `metrics` or `deployments`."""
    acts: bool
    """True where the call changes the outside world."""
    declaration: Callable[Asked, Awaitable[Answer]]

    @property
    def description(self) -> str:
        return inspect.getdoc(self.declaration) or self.name

    @cached_property
    def answer(self) -> type[Answer]:
        return get_type_hints(self.declaration)["return"]

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.declaration)

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The arguments as a model: validates a call and gives its JSON schema."""
        if self._question:
            return self._question
        hints = get_type_hints(self.declaration)
        fields: dict[str, Any] = {
            parameter.name: (hints[parameter.name], ... if parameter.default is parameter.empty else parameter.default)
            for parameter in self._signature.parameters.values()
        }
        return create_model(self.name, __config__=ConfigDict(extra="forbid"), **fields)

    @cached_property
    def _question(self) -> type[BaseModel] | None:
        """The model of all arguments, where the declaration takes one in place of single arguments."""
        hints = get_type_hints(self.declaration)
        hints.pop("return")
        taken: Any = next(iter(hints.values())) if len(hints) == 1 else None
        return taken if isinstance(taken, type) and issubclass(taken, BaseModel) else None

    def bind(self, *args: Asked.args, **kwargs: Asked.kwargs) -> dict[str, Any]:
        """Give the call's arguments by name, defaults included, as plain JSON values."""
        if self._question:
            (question,) = [*args, *kwargs.values()]
            return self._question.model_validate(question).model_dump(mode="json")
        bound = self._signature.bind(*args, **kwargs)
        return self.arguments(**bound.arguments).model_dump(mode="json")


AnyPort = Port[Any, Any]
PORTS: dict[str, AnyPort] = {}
"""Every declared port by its name."""
OUTGOING = ("channel", "status_page", "stakeholders", "backlog")
"""Systems through which words leave the building. Whatever else acts changes production and needs an approval."""

MCP = "mcp"
"""The system of further tools: its drivers are also told whose `role` asks."""

Driver = Callable[..., Coroutine[Any, Any, BaseModel]]
"""Answers a port, called with the port's arguments by name. For a port that acts, also with `idempotency_key`."""
Lookup = Callable[[str], Coroutine[Any, Any, ActionResult | None]]
"""Says what became of the act with this idempotency key; None: it never happened. Unanswered: it cannot tell."""


class Connections(Protocol):
    """The drivers by port and service; None where nothing is connected."""

    def driver(self, port: AnyPort, service: str) -> Driver | None: ...

    def lookup(self, port: AnyPort, service: str) -> Lookup | None: ...


class Unanswered(Exception):
    """A tool gave no answer; the refusal says what was asked and what was said."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.said)
        self.refusal = refusal


class _Declare:
    """Makes a port of the function it decorates; generic in the function's own arguments and answer."""

    def __init__(self, system: str, acts: bool) -> None:
        self._system = system
        self._acts = acts

    def __call__(self, function: Callable[Asked, Awaitable[Answer]]) -> Port[Asked, Answer]:
        port = Port(function.__name__, self._system, self._acts, function)
        if port.name in PORTS:
            raise ValueError(f"two ports are called {port.name}: {PORTS[port.name].system} and {port.system}")
        PORTS[port.name] = port
        return port


def reads(system: str) -> _Declare:
    """Declare a port of a system that only looks."""
    return _Declare(system, acts=False)


def acts(system: str) -> _Declare:
    """Declare a port of a system that changes something outside. Never handed to a model."""
    return _Declare(system, acts=True)
