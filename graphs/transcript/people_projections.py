"""Projections of what people say: which entries their answers, instructions and notes add to the ledger."""

from collections.abc import Callable
from typing import Any, cast

from agents.rules.writing.testimony import tells_of_a_deed, tells_of_recovery
from agents.runtime.ledger import Act, Ledger, Statement
from agents.runtime.unaided import is_called_unaided
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts


def _stated(facts: Facts, event: Event, by: str, words: str, **known: Any) -> Ledger:
    said = Statement(at=event.at, by=by, words=words, cite=event.ref, **known)
    return facts.ledger.model_copy(update={"statements": [*facts.ledger.statements, said]})


def _answer(facts: Facts, event: Event) -> Ledger:
    answer = event.payload["answer"]
    if answer["answer"] == "cause":
        known = {"cause": answer["cause"], "component": answer["component"]}
        return _stated(facts, event, answer["by"], answer["comment"], **known)
    if answer["answer"] in ("handled", "over"):
        is_by_hand = answer["answer"] == "handled" and not is_called_unaided(answer["comment"])
        return _stated(facts, event, answer["by"], answer["comment"], is_over=True, is_by_hand=is_by_hand)
    if tells_of_a_deed(answer["comment"]) or tells_of_recovery(answer["comment"]):
        return _stated(facts, event, answer["by"], answer["comment"])
    return facts.ledger


def _instruction(facts: Facts, event: Event) -> Ledger:
    given = event.payload["instruction"]
    said: dict[str, dict[str, Any]] = {
        "cause": {"cause": given.get("cause"), "component": given.get("component")},
        "handled": {"is_over": True, "is_by_hand": not is_called_unaided(given["comment"])},
        "over": {"is_over": True},
        "not over": {"is_over": False},
    }
    if given["kind"] not in said:
        return facts.ledger
    return _stated(facts, event, given["by"], given["comment"], **said[given["kind"]])


def _note(facts: Facts, event: Event) -> Ledger:
    """What somebody says; or that another run has changed a service that this one is about."""
    changed = event.payload.get("changed")
    if not isinstance(changed, dict):
        return _stated(facts, event, event.payload["by"], event.payload["text"])
    known = cast(dict[str, Any], changed)
    service = str(known.get("service", ""))
    act = Act(
        at=event.at,
        action=str(known.get("action", "change")),
        service=service,
        cause=known.get("cause"),
        component=known.get("component") or service,
        cite=event.ref,
        parameters=known.get("parameters") or {},
    )
    return facts.ledger.model_copy(update={"acts": [*facts.ledger.acts, act]})


OF_PEOPLE: dict[str, Callable[[Facts, Event], Ledger]] = {
    "answer": _answer,
    "instruction": _instruction,
    "note": _note,
}
