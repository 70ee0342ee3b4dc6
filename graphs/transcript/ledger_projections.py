"""Projections of the ledger: which entries each kind of event adds to it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from agents.readings.production import DataSafety, Series
from agents.reports.investigation import Conclusion
from agents.reports.triage import Scope
from agents.rules.diagnosis.signals import holes
from agents.rules.writing.last_look import is_failing
from agents.runtime.data_entries import DataFinding, DataLook, DataReading
from agents.runtime.ledger import (
    BY_HAND,
    Act,
    Confirmed,
    Damage,
    DamageKind,
    Ledger,
    Narrowed,
    Relapse,
    Suspected,
    Tried,
    is_met_by_many,
)
from agents.runtime.symptoms import symptom
from agents.runtime.uncounted import Count, Hole
from agents.tools.change import CHANGES, TARGET
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts
from graphs.transcript.people_projections import OF_PEOPLE

CHECKS_OF_RECOVERY = ("verify_recovery", "verify_metrics", "monitor_external_recovery")
"""Duties that look, after a change and while an incident is watched, whether all is back to normal."""


def learn(facts: Facts, event: Event) -> None:
    """Add what an event says to the ledger of its run."""
    project = PROJECTIONS.get(event.kind)
    if project:
        facts.ledger = project(facts, event)


def _reading(facts: Facts, event: Event) -> Ledger:
    """Damage that the reading shows, endpoints that refuse, users who meet a fault, and data that is harmed."""
    ledger, payload = facts.ledger, event.payload
    seen = [Damage.model_validate({**entry, "cites": [event.ref]}) for entry in payload.get("damage", ())]
    value = payload.get("value")
    if value and payload["tool"] == "check_endpoints":
        seen += _refused(ledger, event, value)
        ledger = _with_answers(ledger, value)
    if value and payload["tool"] == "infrastructure_state":
        seen += _down(facts, event, value)
    if value and payload["tool"] == "golden_signals":
        count, before = _count(event, value), ledger
        ledger = ledger.with_count(count) if count else ledger
        if _is_uncounted(before, value["service"]) and not _is_uncounted(ledger, value["service"]):
            seen += _seen_now_and_then(ledger, event, (value["service"], "down"), 0.0)
    if value and payload["tool"] == "usage":
        seen += _met_by_users(ledger, event, value)
    if value and payload["tool"] == "data_safety":
        ledger = ledger.with_data(DataReading.of(DataSafety.model_validate(value), event.at, event.ref))
    if value and payload["tool"] == "deployment_history" and value.get("running"):
        ledger = ledger.with_version(value["service"], value["running"], event.at)
    return _measured_again(facts, event, ledger.with_damage(seen), seen) if seen else ledger


def _measured_again(facts: Facts, event: Event, ledger: Ledger, seen: list[Damage]) -> Ledger:
    """The ledger in which damage since a recovery that was taken back shows that this was right."""
    last = ledger.relapses[-1] if ledger.relapses and not facts.fixed_at else None
    if last is None or last.measured or not _shows(facts, last, seen):
        return ledger
    found = last.model_copy(update={"at": event.at, "measured": True})
    return ledger.model_copy(update={"relapses": [*ledger.relapses[:-1], found]})


def _count(event: Event, value: dict[str, Any]) -> Count | None:
    """When a service's requests were counted, and when they were not; None where the reading holds no moment."""
    traffic = Series.model_validate(value["traffic"])
    last = len(traffic.values) - 1
    if last < 0:
        return None
    return Count(
        service=value["service"],
        since=traffic.start,
        until=traffic.at(last),
        holes=[
            Hole(since=traffic.at(a), until=traffic.at(min(b, last)), is_open=b > last, is_telling=is_telling)
            for a, b, is_telling in holes(traffic)
        ],
        cite=event.ref,
    )


def _refused(ledger: Ledger, event: Event, value: dict[str, Any]) -> list[Damage]:
    """Endpoints that fail from one check to the next; between two checks that they pass nobody knows."""
    failing = [check for check in value["checks"] if not check["ok"]]
    worst = len(failing) / len(value["checks"]) if failing else 0.0
    answers = [] if worst == 1.0 else _seen_now_and_then(ledger, event, (value["service"], "down"), 0.0)
    refused = _seen_now_and_then(ledger, event, (value["service"], "refused"), worst)
    if 0.0 < worst < 1.0:
        which = {"endpoints": [check["endpoint"] for check in failing]}
        refused = [entry.model_copy(update=which) for entry in refused]
    return [*refused, *answers]


def _down(facts: Facts, event: Event, value: dict[str, Any]) -> list[Damage]:
    """Processes none of which runs, where it is silent as well: what watches over them alone may be mistaken.

    Since when, the reading says of each of them; else the sender of the alert, if it is about that, began just before.
    """
    ledger, service, wanted = facts.ledger, value["service"], value.get("replicas_wanted") or 0
    of: tuple[str, DamageKind] = (service, "down")
    if not wanted or value.get("replicas_ready"):
        return _seen_now_and_then(ledger, event, of, 0.0)
    if not _is_silent(ledger, service):
        return []
    stopped = [since for since in map(_since, value.get("machines", ())) if since is not None]
    began = max(stopped) if len(stopped) >= wanted else _as_alerted(facts, event, service)
    return _seen_now_and_then(ledger, event, of, 1.0, min(began or event.at, event.at))


def _with_answers(ledger: Ledger, checked: dict[str, Any]) -> Ledger:
    others = [name for name in ledger.answering if name != checked["service"]]
    answers = [checked["service"]] if any(check["ok"] for check in checked["checks"]) else []
    return ledger.model_copy(update={"answering": [*others, *answers]})


def _is_silent(ledger: Ledger, service: str) -> bool:
    """Whether all its endpoints refuse, or none is known to answer and its requests are counted no more."""
    refuses = any((e.service, e.kind, e.is_open, e.worst) == (service, "refused", True, 1.0) for e in ledger.damage)
    return refuses or (_is_uncounted(ledger, service) and service not in ledger.answering)


def _is_uncounted(ledger: Ledger, service: str) -> bool:
    return any(one.service == service and one.is_open for one in ledger.uncounted)


def _since(machine: dict[str, Any]) -> datetime | None:
    """Since when a machine has been as it is, where that is known with its zone."""
    known = datetime.fromisoformat(machine["since"]) if isinstance(machine.get("since"), str) else machine.get("since")
    return known if known is not None and known.tzinfo is not None else None


def _as_alerted(facts: Facts, event: Event, service: str) -> datetime | None:
    """When the alert says that a service went down, at the first look alone; an old alert says nothing of that."""
    is_first = not any((entry.service, entry.kind) == (service, "down") for entry in facts.ledger.damage)
    if not is_first or facts.alert is None or service != facts.service or symptom(facts.alert) != "unavailable":
        return None
    began = facts.alert.starts_at
    return began if began is not None and event.at - began <= 2 * facts.ledger.gap else None


def _met_by_users(ledger: Ledger, event: Event, value: dict[str, Any]) -> list[Damage]:
    """Users who meet a fault from one count to the next."""
    affected, active = value["affected_users"], value["active_users"]
    worst = affected / active if active else 0.0
    is_harm = is_met_by_many(affected, active)
    return _seen_now_and_then(ledger, event, (value["service"], "affected users"), worst if is_harm else 0.0)


def _seen_now_and_then(
    ledger: Ledger, event: Event, of: tuple[str, DamageKind], worst: float, known_since: datetime | None = None
) -> list[Damage]:
    """Damage that a single look shows, which goes on until a look that does not; a worst of 0 is no damage."""
    service, kind = of
    before = [entry for entry in ledger.damage if (entry.service, entry.kind) == of]
    going_on = next((entry for entry in reversed(before) if entry.is_open), None)
    if not worst:
        return [going_on.model_copy(update={"is_open": False})] if going_on else []
    since = going_on.since if going_on else known_since or event.at
    return [
        Damage(service=service, kind=kind, since=since, until=event.at, is_open=True, worst=worst, cites=[event.ref])
    ]


def _report(facts: Facts, event: Event) -> Ledger:
    """What a look at the scope found, and when all was last seen to be normal."""
    report = event.payload["report"]
    is_well = any(report.get(field) is True for field in ("normal", "service_normal"))
    if event.duty in CHECKS_OF_RECOVERY and (is_well or _has_all_recovered(facts, report)):
        return facts.ledger.model_copy(update={"measured_well_at": event.at})
    return _scope(facts, event) if event.duty == "assess_scope" else facts.ledger


def _has_all_recovered(facts: Facts, report: dict[str, Any]) -> bool:
    """Whether a check of recovery found all well that a look or a reading last found hurt: it reads only so many."""
    if report.get("state") != "recovered":
        return False
    look = facts.newest_scope
    hurt = {entry.service for entry in facts.ledger.damage if entry.is_open}
    hurt |= set(look.services if look and look.abnormal else [])
    return all(any(_is_well(check, service) for check in report["checks"]) for service in hurt)


def _is_well(check: dict[str, Any], service: str) -> bool:
    return check["verdict"] == "normal" and str(check["text"]).startswith(f"{service}: ")


def _scope(facts: Facts, event: Event) -> Ledger:
    """The worst counts, and the services in trouble."""
    ledger, report = facts.ledger, event.payload["report"]
    # who meets no fault in a look that finds none was hurt by none
    counted = _counted(ledger, report, event.ref) if report["abnormal"] else {}
    scope = Scope.model_validate(report)
    return _involved(ledger, facts.service, *report["services"]).model_copy(
        update={
            "was_abnormal": ledger.was_abnormal or report["abnormal"],
            **_in_trouble(ledger, scope, facts.scope_look_began.get(event.lane, event.at)),
            **_of_data(ledger, scope, event),
            "scope_cite": ledger.scope_cite or event.ref,
            **counted,
        }
    )


def _in_trouble(ledger: Ledger, scope: Scope, looked: datetime) -> dict[str, Any]:
    """When each service was last found in trouble, and when to fail."""
    troubled = scope.services if scope.abnormal else []
    failed = [service for service in troubled if is_failing(service, scope)]
    return {
        "troubled_at": {**ledger.troubled_at, **dict.fromkeys(troubled, looked)},
        "failed_at": {**ledger.failed_at, **dict.fromkeys(failed, looked)},
    }


def _counted(ledger: Ledger, report: dict[str, Any], ref: str) -> dict[str, Any]:
    """The highest count with its own share, and the highest share of any count, each with its event."""
    users, part = report["users_affected"], report["users_share"]
    update: dict[str, Any] = {}
    is_same = users == ledger.users_affected
    if _is_larger(users, ledger.users_affected) or (is_same and _is_larger(part, ledger.affected_share)):
        update |= {"users_affected": users, "affected_share": part, "scope_cite": ref}
    if _is_larger(part, ledger.users_share):
        update |= {"users_share": part, "share_cite": ref}
    return update


def _of_data(ledger: Ledger, scope: Scope, event: Event) -> dict[str, Any]:
    """The worst that was found of the data so far; or that a look found it well, which one that cannot tell leaves."""
    if scope.data_at_risk == "no":
        return {"data_found_well": DataLook(at=event.at, words=scope.words_on_data, cite=event.ref)}
    if scope.data_at_risk != "yes":
        return {}
    found = DataFinding(
        is_lost=scope.data_loss,
        is_breach_suspected=scope.breach_suspected,
        is_user_data=scope.user_data_affected,
        words=scope.words_on_data,
        cite=event.ref,
    )
    return {"data": found.worst_of(ledger.data)}


def _is_larger(one: float | None, other: float | None) -> bool:
    return one is not None and (other is None or one > other)


def _conclusion(facts: Facts, event: Event) -> Ledger:
    found = Conclusion.model_validate(event.payload["conclusion"])
    named = [found.component] if found.component and found.verdict == "cause found" else []
    ledger = _involved(facts.ledger, *named)
    if "named_by" not in event.payload:
        ledger = ledger.model_copy(update={"unread": found.missing})
    if found.verdict == "cause found" and found.cause and found.component:
        is_firm = found.confidence != "low"
        thought = Suspected(
            at=event.at,
            cause=found.cause,
            component=found.component,
            is_firm=is_firm,
            cite=event.ref,
            words=found.hypotheses[0].statement if found.hypotheses else found.summary,
            support=found.hypotheses[0].support if found.hypotheses else [],
            version=found.hypotheses[0].version if found.hypotheses else "",
            is_kept=_is_kept(facts.conclusion, found),
        )
        ledger = ledger.model_copy(update={"suspected": [*ledger.suspected, thought]})
    if not event.payload.get("handled"):
        if found.verdict == "insufficient evidence" and found.component:
            narrowed = Narrowed(at=event.at, component=found.component, words=found.summary, cite=event.ref)
            ledger = ledger.model_copy(update={"narrowed": narrowed})
        return ledger
    component = found.component or facts.service
    said = next((one for one in reversed(ledger.statements) if one.is_by_hand), None)
    moment = said.at if said else event.at  # a run may take up only later what a person reports
    act = Act(at=moment, action=BY_HAND, service=component, cause=found.cause, component=component, cite=event.ref)
    return ledger.model_copy(update={"acts": [*ledger.acts, act]})


def _is_kept(before: Conclusion | None, found: Conclusion) -> bool:
    """Whether a conclusion stands on the same hypothesis as the one before it, readings and all."""
    return bool(found.hypotheses) and before is not None and before.hypotheses[:1] == found.hypotheses[:1]


def _result(facts: Facts, event: Event) -> Ledger:
    """An act that was done, with the cause that was concluded then; or a change of version that may not have been."""
    payload, ledger = event.payload, facts.ledger
    if payload["port"] not in CHANGES:
        return ledger
    found, service = facts.conclusion, str(payload["arguments"].get("service", ""))
    act = Act(
        at=event.at,
        action=payload["port"],
        service=service,
        cause=found.cause if found else None,
        component=(found.component if found else None) or service,
        cite=event.ref,
        parameters={name: value for name, value in payload["arguments"].items() if name != TARGET},
    )
    if not payload["done"]:
        tried = [Tried(**act.model_dump())] if act.parameters.get("version") else []
        return ledger.model_copy(update={"tried": [*ledger.tried, *tried]})
    return _involved(ledger, service).model_copy(update={"acts": [*ledger.acts, act]})


def _status(facts: Facts, event: Event) -> Ledger:
    """Recovery that was measured after an act confirms the cause that it was aimed at; or a recovery is taken back."""
    ledger, found = facts.ledger, facts.conclusion
    if facts.fixed_at and event.payload["status"] not in ("Monitoring", "Resolved"):
        return ledger.model_copy(update={"relapses": [*ledger.relapses, _relapse(facts, event, facts.fixed_at)]})
    if event.payload["status"] != "Monitoring" or event.payload.get("is_vouched") or found is None or not found.cause:
        return ledger
    if not _was_acted_on(facts, found):
        return ledger
    proof = Confirmed(at=event.at, cause=found.cause, component=found.component or "", cite=event.ref)
    return ledger.model_copy(update={"confirmed": [*ledger.confirmed, proof]})


def _relapse(facts: Facts, event: Event, over_since: datetime) -> Relapse:
    """What took a recovery back: damage or a failed check, unless a person said so or a cause was named since."""
    ledger, said_on = facts.ledger, event.payload.get("said_on")
    on = [one for one in ledger.statements if one.cite == said_on]
    is_named = event.payload["status"] == "Identified" and any(one.at >= over_since for one in ledger.suspected)
    said_over = ledger.said_over if facts.is_vouched else None
    found = Relapse(at=event.at, over_since=over_since, said_over=said_over, said_on=on[-1] if on else None)
    is_shown = _shows(facts, found, ledger.damage)
    return found.model_copy(update={"measured": is_shown or not (on or is_named)})


def _shows(facts: Facts, relapse: Relapse, damage: list[Damage]) -> bool:
    own = {facts.service, *facts.ledger.services}
    return any(relapse.is_shown_by(entry) for entry in damage if entry.service in own)


def _was_acted_on(facts: Facts, found: Conclusion) -> bool:
    """Whether the last change at this cause has not been seen to be in vain, nor been followed by a relapse.

    What a person did by hand after they refused the remedy of a cause was not aimed at it.
    """
    cause = (found.cause, found.component)
    of_it = [attempt for attempt in facts.attempts if (attempt.cause, attempt.component) == cause]
    was_refused = any(attempt.outcome == "refused" for attempt in of_it)
    aimed = [act for act in facts.ledger.acts if (act.cause, act.component) == cause]
    aimed = [act for act in aimed if not (act.action == BY_HAND and was_refused)]
    in_vain = [attempt.at for attempt in facts.attempts if attempt.outcome == "did not help"]
    taken_back = [facts.ledger.relapsed_at] if facts.ledger.relapsed_at else []
    return bool(aimed) and not any(at >= aimed[-1].at for at in (*in_vain, *taken_back))


def _involved(ledger: Ledger, *services: str) -> Ledger:
    named = list(dict.fromkeys([*ledger.services, *(name for name in services if name)]))
    return ledger if named == ledger.services else ledger.model_copy(update={"services": named})


PROJECTIONS: dict[str, Callable[[Facts, Event], Ledger]] = {
    **OF_PEOPLE,
    "tool_result": _reading,
    "duty_finished": _report,
    "conclusion": _conclusion,
    "result": _result,
    "status": _status,
}
