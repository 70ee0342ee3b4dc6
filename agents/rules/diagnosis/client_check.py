"""The client check of S2.4: script errors and page load, and whether the services behind them fail."""

import asyncio

from agents.readings.production import ClientSignals
from agents.reports.basis import Check
from agents.reports.investigation import ClientFindings
from agents.rules.diagnosis.component import ComponentState, client_changes
from agents.rules.diagnosis.hypotheses import Diagnosis, diagnose
from agents.rules.diagnosis.inquiry import ask, refs, unseen
from agents.rules.writing.wording import at, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import client_signals

Clients = dict[str, Reading[ClientSignals]]


async def check_clients(briefing: Briefing, context: DutyContext) -> ClientFindings:
    """Check what browsers and apps report, and say whether the fault is on the client's side."""
    diagnosis = await diagnose(briefing, context)
    clients = await _clients(briefing, context, diagnosis)
    return ClientFindings(
        summary=diagnosis.summary(briefing),
        claims=diagnosis.claims(),
        hypotheses=diagnosis.hypotheses,
        missing=list(dict.fromkeys([*diagnosis.missing, *unseen(clients.values())])),
        abnormal=diagnosis.abnormal,
        client_side=_client_side(diagnosis, clients),
    )


async def _clients(briefing: Briefing, context: DutyContext, diagnosis: Diagnosis) -> Clients:
    """Every web service in reach; where the catalogue knows none, the alerted service itself."""
    read = {name: c.client for name, c in diagnosis.survey.components.items() if c.client is not None}
    if read:
        return read
    webs = [name for name, s in briefing.catalogue.services.items() if s.kind == "web"][:2] or [briefing.service]
    minutes = diagnosis.survey.minutes
    return dict(zip(webs, await asyncio.gather(*(ask(context, client_signals, n, minutes) for n in webs)), strict=True))


def _client_side(diagnosis: Diagnosis, clients: Clients) -> Check:
    seen = {name: client_changes(r.value) for name, r in clients.items() if r.value is not None}
    if not seen:
        return Check(verdict="unknown", text="; ".join(unseen(clients.values())[:2]), cites=refs(clients.values()))
    bad = [name for name, changes in seen.items() if any(change.abnormal for change in changes.values())]
    text = "; ".join(f"{name}: {', '.join(map(str, seen[name].values()))}" for name in (bad or list(seen)))
    components = diagnosis.survey.components
    words = [_whose_fault(components[name]) for name in bad if name in components]
    newest = [_newest(reading.value, name) for name, reading in clients.items() if name in bad and reading.value]
    text = "; ".join([text, *words, *filter(None, newest)])
    behind = [golden for name in bad if name in components and (golden := components[name].golden)]
    return Check(verdict="abnormal" if bad else "normal", text=text, cites=refs([*clients.values(), *behind]))


def _whose_fault(component: ComponentState) -> str:
    server = [component.changes[n] for n in ("error rate", "latency") if n in component.changes]
    if any(change.abnormal for change in server):
        return f"the client shows what the services behind it do ({'; '.join(map(str, server))})"
    return f"the services behind it answer as usual ({'; '.join(map(str, server))}), so the fault is client-side"


def _newest(signals: ClientSignals, name: str) -> str:
    errors = [pattern for pattern in signals.patterns if pattern.level != "warning"]
    if not errors:
        return ""
    newest = max(errors, key=lambda pattern: pattern.first_seen)
    since = at(newest.first_seen, newest.last_seen)
    return f"newest error on {name}: “{short(newest.signature)}” {newest.count} times since {since}"
