"""Correlation: to which incident an alert belongs, by written rules; each decision is said in one line."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatch
from typing import NamedTuple

from pydantic import ValidationError

from agents.io.catalogue import Catalogue, Inhibition
from agents.runtime.briefing import Alert
from graphs.model.identity import is_same_sender, known_as, plain
from graphs.store.database import Row, Store, iso

JOIN_WITHIN = timedelta(minutes=15)
"""After the last alert of an incident: another of the same service, or of one beside it, belongs to it."""
REOPEN_WITHIN = timedelta(minutes=10)
"""After an incident was resolved: the same alert is the same thing once more."""
FLAPS = 3
"""So many turns between firing and resolved within FLAP_WITHIN are a flapping alert: its "resolved" says nothing."""
FLAP_WITHIN = timedelta(minutes=30)


class Incoming(NamedTuple):
    """An alert, and what is needed to place it."""

    alert: Alert
    dedup_key: str
    """The alert's identity, under which its alarm is kept."""
    at: datetime
    minute: timedelta
    """How long a minute of the runbook lasts."""

    def since(self, duration: timedelta) -> str:
        """The beginning of a time span that ends now."""
        return iso(self.at - duration * (self.minute / timedelta(minutes=1)))


class Match(NamedTuple):
    """The incident that an alert belongs to, and why."""

    run: str
    why: str


Rule = Callable[[Incoming, Store, Catalogue], Iterator[Match]]


def alert_of(row: Row) -> Alert:
    """The alert that a row of the store holds; where it cannot be read, one that says so."""
    try:
        return Alert.model_validate_json(row["alert"])
    except ValidationError:
        return Alert(title="An alert that cannot be read")


def belongs(incoming: Incoming, store: Store, catalogue: Catalogue, takes: Callable[[str], bool]) -> Match | None:
    """The incident that a firing alert belongs to: the first rule that names one which still takes alerts."""
    for rule in RULES:
        for found in rule(incoming, store, catalogue):
            if takes(found.run):
                return found
    return None


def same_alarm(incoming: Incoming, store: Store, _: Catalogue) -> Iterator[Match]:
    """The same alert of the same sender."""
    found = store.one("open_run_of", dedup_key=incoming.dedup_key)
    if found:
        yield Match(found["id"], "the same alert")


def inhibited(incoming: Incoming, store: Store, catalogue: Catalogue) -> Iterator[Match]:
    """An alert that another one explains."""
    inhibitions = [one for one in catalogue.inhibitions if _titled(incoming.alert, one.target)]
    for row in store.many("firing_alarms") if inhibitions else ():
        source = alert_of(row)
        for one in inhibitions:
            if _may_explain(source, incoming.alert, one) and _equal(incoming.alert, source, one):
                same = f" of the same {' and '.join(one.equal)}" if one.equal else ""
                yield Match(row["run"], f"explained by {source.title}{same}, which fires")


def same_group(incoming: Incoming, store: Store, _: Catalogue) -> Iterator[Match]:
    """What the sender itself puts together."""
    group = incoming.alert.group_key
    for row in store.many("alarms_of_group", group_key=group) if group else ():
        if is_same_sender(Alert.model_validate_json(row["alert"]), incoming.alert):
            yield Match(row["run"], f"{incoming.alert.source} puts it into the same group")


def same_service(incoming: Incoming, store: Store, _: Catalogue) -> Iterator[Match]:
    """An alert of the same service soon after another."""
    service = incoming.alert.service
    for row in _near(incoming, store, service) if service else ():
        yield Match(row["run"], f"same service {service}, {_apart(incoming, row)}")


def declared_dependency(incoming: Incoming, store: Store, catalogue: Catalogue) -> Iterator[Match]:
    """An alert of a service that an incident's service calls, or that calls it."""
    service = incoming.alert.service
    if service not in catalogue.services:
        return
    for other in catalogue.services[service].depends_on:
        for row in _near(incoming, store, other):
            yield Match(row["run"], f"{service} depends on {other}, {_apart(incoming, row)}")
    for other in catalogue.callers(service):
        for row in _near(incoming, store, other):
            yield Match(row["run"], f"{other} depends on {service}, {_apart(incoming, row)}")


RULES: tuple[Rule, ...] = (same_alarm, inhibited, same_group, same_service, declared_dependency)
"""The surest first."""


def turned(alarm: Row | None, incoming: Incoming) -> list[str]:
    """When an alarm has turned between firing and resolved, this time included; only what is not long ago counts."""
    fires = incoming.alert.status == "firing"
    turns: list[str] = json.loads(alarm["turns"]) if alarm else []
    if alarm and bool(alarm["is_firing"]) != fires:
        turns.append(iso(incoming.at))
    return [at for at in turns if at >= incoming.since(FLAP_WITHIN)]


def says_the_same(alarm: Row, alert: Alert) -> bool:
    """Whether an alert repeats the last one word for word; each delivery has a name of its own."""
    before = alert_of(alarm)
    own = {"delivery_id": alert.delivery_id, "raw_ref": alert.raw_ref}
    return before.model_copy(update=own) == alert


def _near(incoming: Incoming, store: Store, service: str) -> list[Row]:
    since, environment = incoming.since(JOIN_WITHIN), incoming.alert.environment
    return store.many("alarms_of_service", service=service, environment=environment, since=since)


def _apart(incoming: Incoming, row: Row) -> str:
    minutes = round((incoming.at - datetime.fromisoformat(row["last_at"])) / incoming.minute)
    return f"{minutes} min apart"


def _titled(alert: Alert, pattern: str) -> bool:
    return fnmatch(alert.title.casefold(), pattern.casefold())


def _may_explain(source: Alert, target: Alert, inhibition: Inhibition) -> bool:
    """Whether an alert is one that explains others: from the sender that the rule names.

    A rule that does not say whose alert explains the others, or what the two must have in common, would let anybody
    who may send alerts keep everybody else's from starting incidents. It counts between alerts of one sender only.
    """
    if not _titled(source, inhibition.source):
        return False
    named = not inhibition.sender or plain(inhibition.sender) == plain(known_as(source))
    return named and (inhibition.is_complete or is_same_sender(source, target))


def _equal(one: Alert, other: Alert, inhibition: Inhibition) -> bool:
    return all(_field(one, name) == _field(other, name) != "" for name in inhibition.equal)


def _field(alert: Alert, name: str) -> str:
    own = {"service": alert.service, "environment": alert.environment, "region": alert.region}
    return own.get(name) or alert.labels.get(name, "")
