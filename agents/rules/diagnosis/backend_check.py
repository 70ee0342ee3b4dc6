"""The backend check of S2.2: databases, API error rates, calls between services and the failing component."""

import asyncio

from agents.readings.production import DatabaseHealth
from agents.reports.basis import Check
from agents.reports.investigation import BackendFindings
from agents.rules.diagnosis import health
from agents.rules.diagnosis.component import described, endpoints_check, is_degraded
from agents.rules.diagnosis.hypotheses import Diagnosis, diagnose
from agents.rules.diagnosis.inquiry import ask, refs, unseen
from agents.rules.diagnosis.split_check import uneven_parts
from agents.rules.writing.wording import listed, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import database_health

Databases = dict[str, Reading[DatabaseHealth]]


async def check_backend(briefing: Briefing, context: DutyContext) -> BackendFindings:
    """Check databases, error rates and calls between services, and name the component that failed first."""
    diagnosis = await diagnose(briefing, context)
    databases = await _databases(briefing, context, diagnosis)
    return BackendFindings(
        summary=diagnosis.summary(briefing),
        claims=[*diagnosis.claims(), *await uneven_parts(context, diagnosis)],
        hypotheses=diagnosis.hypotheses,
        missing=list(dict.fromkeys([*diagnosis.missing, *unseen(databases.values())])),
        abnormal=diagnosis.abnormal,
        database_health=_database_health(databases, diagnosis),
        api_error_rates=_api_error_rates(diagnosis),
        service_to_service=_service_to_service(diagnosis),
        failing_component=_failing_component(diagnosis),
    )


async def _databases(briefing: Briefing, context: DutyContext, diagnosis: Diagnosis) -> Databases:
    """The databases in reach; of the suspects they have been read already."""
    read = {d.component.name: d.database for d in diagnosis.all_evidence}
    kinds = {name: c.kind for name, c in diagnosis.survey.components.items()}
    names = [n for n, kind in kinds.items() if (kind == "database" or n == briefing.service) and n not in read]
    more = await asyncio.gather(*(ask(context, database_health, name) for name in names if kinds[name] != "provider"))
    return read | dict(zip([name for name in names if kinds[name] != "provider"], more, strict=True))


def _database_health(databases: Databases, diagnosis: Diagnosis) -> Check:
    known = {name: r.value for name, r in databases.items() if r.value is not None and r.value.database}
    if not known:
        refused = unseen(databases.values())
        text = "; ".join(refused[:2]) or "no database is used"
        return Check(verdict="unknown" if refused else "normal", text=text, cites=refs(databases.values()))
    components = diagnosis.survey.components
    down = [name for name in known if name in components and components[name].is_down]
    bad = {n: read for n, read in known.items() if n in down or health.exhausted(read) or health.slow_queries(read)}
    shown = bad or known
    cites = [databases[name].ref for name in shown]
    text = "; ".join(f"{n} does not run" if n in down else health.in_words(read) for n, read in shown.items())
    return Check(verdict="abnormal" if bad else "normal", text=text, cites=cites)


def _api_error_rates(diagnosis: Diagnosis) -> Check:
    seen = [
        c for c in diagnosis.survey.components.values() if "error rate" in c.changes and c.changes["error rate"].known
    ]
    alerted = diagnosis.survey.components[diagnosis.survey.alerted]
    asked = endpoints_check(alerted.name, alerted.endpoints) if alerted.endpoints else None
    bad = [c for c in seen if c.changes["error rate"].abnormal]
    text = "; ".join(f"{c.name}: {c.changes['error rate']}" for c in (bad or seen)[:4]) or "no error rate is known"
    cites = [ref for c in (bad or seen)[:4] for ref in c.shows]
    if asked and asked.verdict != "unknown":
        text, cites = f"{text}; {asked.text}", [*cites, *asked.cites]
    is_bad = bool(bad) or (asked is not None and asked.verdict == "abnormal")
    return Check(verdict="abnormal" if is_bad else "normal" if seen else "unknown", text=text, cites=cites)


def _service_to_service(diagnosis: Diagnosis) -> Check:
    components = diagnosis.survey.components.values()
    read = [c.calls for c in components if c.calls is not None]
    calls = [(c.name, call) for c in components if c.calls and c.calls.value for call in c.calls.value.calls]
    if not any(reading.value for reading in read):
        return Check(verdict="unknown", text="; ".join(unseen(read)[:2]) or "nothing to ask", cites=refs(read))
    bad = [(caller, call) for caller, call in calls if is_degraded(call)]
    text = "; ".join(f"{caller}: {described(call)}" for caller, call in bad[:4])
    return Check(
        verdict="abnormal" if bad else "normal",
        text=text or f"{len(calls)} kinds of calls fare as usual",
        cites=refs(r for r in read if r.value),
    )


def _failing_component(diagnosis: Diagnosis) -> Check:
    if not diagnosis.first:
        verdict = "unknown" if diagnosis.abnormal else "normal"
        alerted = diagnosis.survey.components[diagnosis.survey.alerted]
        return Check(
            verdict=verdict,
            text=f"no component is seen to fail first; {alerted.name}: {alerted.figures}",
            cites=alerted.shows,
        )
    names = [
        f"calls to {c.name}" if c.kind == "provider" and not c.provider_admits else c.name for c in diagnosis.first
    ]
    text = f"{listed(names)} failed first: {short(diagnosis.first[0].figures, 240)}"
    return Check(verdict="abnormal", text=text, cites=diagnosis.first[0].shows)
