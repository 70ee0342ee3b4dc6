"""Correlation: which incident an alert belongs to, by written rules; each decision gives its reason in one line."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatch
from typing import NamedTuple

from agents.io.catalogue import Catalogue, Inhibition
from agents.runtime.briefing import Alert
from graphs.model.identity import is_same_sender, known_as, plain
from graphs.store.alerts import AlertRepository, RecentAlert, StoredAlert

JOIN_WITHIN = timedelta(minutes=15)
"""So long after an incident's last alert, another of the same service, or of a dependency, belongs to it."""
GROUP_WITHIN = timedelta(hours=1)
"""So long after a group's last alert, another that its sender puts into the same group belongs to the same incident."""
REOPEN_WITHIN = timedelta(minutes=10)
"""So long after an incident was resolved, the same alert counts as the same problem again."""
FLAPS = 3
"""An alert that changes this often between firing and resolved within FLAP_WITHIN is flapping: that it is resolved
says nothing."""
FLAP_WITHIN = timedelta(minutes=30)


class Incoming(NamedTuple):
    """An alert, and what is needed to place it."""

    alert: Alert
    dedup_key: str
    """The alert's identity, under which its alert is kept."""
    at: datetime
    minute: timedelta
    """How long a minute of the runbook lasts."""

    def since(self, duration: timedelta) -> datetime:
        """The beginning of a time span that ends now, in minutes of the runbook."""
        return self.at - duration * (self.minute / timedelta(minutes=1))


class Match(NamedTuple):
    """The incident that an alert belongs to, and why."""

    run: str
    why: str


CorrelationRule = Callable[[Incoming, AlertRepository, Catalogue], Iterator[Match]]


def find_incident(
    incoming: Incoming, alerts: AlertRepository, catalogue: Catalogue, takes_alerts: Callable[[str], bool]
) -> Match | None:
    """Find the incident that a firing alert belongs to: the first rule that names one which still takes alerts."""
    for rule in RULES:
        for match in rule(incoming, alerts, catalogue):
            if takes_alerts(match.run):
                return match
    return None


def same_alert(incoming: Incoming, alerts: AlertRepository, _: Catalogue) -> Iterator[Match]:
    """The same alert of the same sender."""
    run = alerts.open_run(incoming.dedup_key)
    if run:
        yield Match(run, "the same alert")


def inhibited(incoming: Incoming, alerts: AlertRepository, catalogue: Catalogue) -> Iterator[Match]:
    """An alert that another one explains."""
    inhibitions = [one for one in catalogue.inhibitions if _titled(incoming.alert, one.target)]
    for stored in alerts.firing() if inhibitions else ():
        for one in inhibitions:
            if _may_explain(stored.alert, incoming.alert, one) and _equal(incoming.alert, stored.alert, one):
                same = f" of the same {' and '.join(one.equal)}" if one.equal else ""
                yield Match(stored.run, f"explained by {stored.alert.title}{same}, which fires")


def same_group(incoming: Incoming, alerts: AlertRepository, _: Catalogue) -> Iterator[Match]:
    """Alerts that the sender itself groups together, for as long as the group is not over."""
    group, since = incoming.alert.group_key, incoming.since(GROUP_WITHIN)
    for stored in alerts.of_group(group, since) if group else ():
        if is_same_sender(stored.alert, incoming.alert):
            yield Match(stored.run, f"{incoming.alert.source} puts it into the same group")


def same_service(incoming: Incoming, alerts: AlertRepository, _: Catalogue) -> Iterator[Match]:
    """An alert of the same service soon after another."""
    service = incoming.alert.service
    for stored in _recent(incoming, alerts, service) if service else ():
        yield Match(stored.run, f"same service {service}, {_apart(incoming, stored)}")


def declared_dependency(incoming: Incoming, alerts: AlertRepository, catalogue: Catalogue) -> Iterator[Match]:
    """An alert of a service that an incident's service calls, or that calls it."""
    service = incoming.alert.service
    if service not in catalogue.services:
        return
    for other in catalogue.services[service].depends_on:
        for stored in _recent(incoming, alerts, other):
            yield Match(stored.run, f"{service} depends on {other}, {_apart(incoming, stored)}")
    for other in catalogue.callers(service):
        for stored in _recent(incoming, alerts, other):
            yield Match(stored.run, f"{other} depends on {service}, {_apart(incoming, stored)}")


RULES: tuple[CorrelationRule, ...] = (same_alert, inhibited, same_group, same_service, declared_dependency)
"""The most certain first."""


def recent_turns(stored: StoredAlert | None, incoming: Incoming) -> tuple[datetime, ...]:
    """When a stored alert has lately changed between firing and resolved, with this alert included."""
    if stored is None:
        return ()
    has_turned = stored.is_firing != (incoming.alert.status == "firing")
    turns = (*stored.turns, incoming.at) if has_turned else stored.turns
    return tuple(at for at in turns if at >= incoming.since(FLAP_WITHIN))


def is_repeat(stored: StoredAlert, alert: Alert) -> bool:
    """Whether an alert repeats the last one word for word; only the name of its delivery may differ."""
    delivery = {"delivery_id": alert.delivery_id, "raw_ref": alert.raw_ref}
    return stored.alert.model_copy(update=delivery) == alert


def _recent(incoming: Incoming, alerts: AlertRepository, service: str) -> Iterator[RecentAlert]:
    return alerts.of_service(service, incoming.alert.environment, incoming.since(JOIN_WITHIN))


def _apart(incoming: Incoming, stored: RecentAlert) -> str:
    return f"{round((incoming.at - stored.last_at) / incoming.minute) or 'less than 1'} min apart"


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
