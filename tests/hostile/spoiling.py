"""Spoiling: makes a model that answers well into one that does not, in one way or another."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from tests.model_server import Message, Reply, Request, Usage, calls, completion
from tests.model_tape import HAND_IN, Model

FREE_WORDS = frozenset({"summary", "impact", "current_action", "text", "situation", "risk", "statement"})
"""Fields of a report in which a model may write what it likes."""
Spoil = Callable[[Model], Model]
"""Makes a model that answers well into one that does not."""


def always(reply: Reply) -> Spoil:
    """The same to every question."""
    return lambda _: lambda _: reply


def report(change: Callable[[dict[str, Any]], Any]) -> Spoil:
    """Does every duty as it should be done, but hands in another report."""

    def spoil(model: Model) -> Model:
        def answer(request: Request) -> Reply:
            asked = _asked(model(request))
            return calls(*((name, change(said) if name == HAND_IN else said) for name, said in asked))

        return answer

    return spoil


def tools(*wanted: tuple[str, Any], then_hands_in: bool = False) -> Spoil:
    """Asks for these tools in every answer, with or without a good report behind them."""

    def spoil(model: Model) -> Model:
        def answer(request: Request) -> Reply:
            handed_in = [one for one in _asked(model(request)) if one[0] == HAND_IN]
            return calls(*wanted, *(handed_in if then_hands_in else []))

        return answer

    return spoil


def arguments(shape: Any) -> Spoil:
    """Asks for a tool in every answer, with arguments that are nothing like its own."""
    return tools(("usage", shape))


def telling(usage: Usage, in_every_chunk: bool = False) -> Spoil:
    """Answers well, and says something else of what it cost."""

    def spoil(model: Model) -> Model:
        return lambda request: model(request)._replace(usage=usage, in_every_chunk=in_every_chunk)

    return spoil


def says_of_usage(told: Any) -> Spoil:
    """Answers well, and says the same of what it cost with every answer."""

    def usage(request: Request, message: Message) -> Any:
        return told

    return telling(usage)


def counts(tokens_in: Any, tokens_out: Any) -> Spoil:
    """Answers well, and says that it took so many tokens."""
    return says_of_usage({"prompt_tokens": tokens_in, "completion_tokens": tokens_out})


def counting_up(model: Model) -> Model:
    """Asks for the same tool in ever other words."""
    asked = iter(range(1, 10**9))
    return lambda _: calls(("error_log", {"service": "sign-in", "minutes": next(asked)}))


def writing(text: str) -> Spoil:
    """Writes a text wherever a report has room for it."""
    return report(lambda said: written_into(said, text))


def written_into(value: Any, text: str, name: str = "") -> Any:
    """A value with a text behind every field of free words."""
    if isinstance(value, dict):
        return {key: written_into(part, text, key) for key, part in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        return [written_into(part, text, name) for part in cast(list[Any], value)]
    return f"{value} {text}" if isinstance(value, str) and name in FREE_WORDS else value


def proposing(**other: Any) -> Spoil:
    """Proposes another act than the one that it should."""

    def changed(said: dict[str, Any]) -> dict[str, Any]:
        if not said.get("action"):
            return said
        parameters = {**said["parameters"], **other.get("parameters", {})}
        return {**said, **other, "parameters": parameters}

    return report(changed)


def optimistic(said: dict[str, Any]) -> dict[str, Any]:
    """A report in which everything is well."""
    best: Mapping[str, Any] = {
        **dict.fromkeys(("confirmed", "passed", "normal", "provider_recovered", "service_normal"), True),
        **{"state": "recovered", "severity": "P3", "abnormal": False, "data_at_risk": "no", "users_affected": 0},
    }
    return {**said, **{name: value for name, value in best.items() if name in said}}


def with_numbers(value: Any, number: float) -> Any:
    """A value with every number in it replaced."""
    if isinstance(value, dict):
        return {key: with_numbers(part, number) for key, part in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        return [with_numbers(part, number) for part in cast(list[Any], value)]
    return number if isinstance(value, int | float) and not isinstance(value, bool) else value


def repeated(value: Any, times: int) -> Any:
    """A value whose lists of statements are that much longer."""
    if isinstance(value, dict):
        return {key: repeated(part, times) for key, part in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        parts = cast(list[Any], value)
        return (parts * times)[:times] if parts and isinstance(parts[0], dict) else parts
    return value


def citing(value: Any, name: str = "") -> Any:
    """A value in which whatever cites an event cites it two thousand times."""
    if isinstance(value, dict):
        return {key: citing(part, key) for key, part in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        parts = cast(list[Any], value)
        return parts * 2_000 if name == "cites" else [citing(part) for part in parts]
    return value


def nested(levels: int) -> str:
    """JSON of so many levels."""
    return '{"service":' * levels + '"x"' + "}" * levels


def _asked(reply: Reply) -> list[tuple[str, Any]]:
    requests = reply.body["choices"][0]["message"]["tool_calls"]
    return [(one["function"]["name"], json.loads(one["function"]["arguments"])) for one in requests]


def nameless() -> Reply:
    function = {"name": None, "arguments": None}
    return completion({"role": "assistant", "content": None, "tool_calls": [{"id": None, "function": function}]})


def same_id(model: Model) -> Model:
    request = {"id": "", "type": "function", "function": {"name": "usage", "arguments": '{"service": "sign-in"}'}}
    return lambda _: completion({"role": "assistant", "content": None, "tool_calls": [request] * 3}, "tool_calls")
