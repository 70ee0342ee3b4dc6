"""Duties in which the rules have the last word: they measure and report, and a model is asked whether it objects."""

from typing import Any

import prompts
from agents.llm.faults import ModelFault
from agents.reports.basis import Objection, Report
from agents.reports.mitigation import (
    ExternalRecovery,
    FixConfirmation,
    HotfixCheck,
    MetricsVerification,
    Recovery,
    Regression,
)
from agents.reports.triage import Scope, ScopeObjection
from agents.runtime.briefing import Briefing
from agents.runtime.digests import sketched
from agents.runtime.duty import Duty, ReportT
from agents.runtime.duty_context import DutyContext
from agents.runtime.opening import opened_with
from agents.runtime.outgoing_reports import objection
from agents.runtime.record_words import statements
from agents.runtime.tool_loop import by_model, shortened
from agents.tools.offered import CHECKING

VERDICTS: dict[type[Report], tuple[str, ...]] = {
    Recovery: ("state",),
    ExternalRecovery: ("provider_recovered", "service_normal"),
    FixConfirmation: ("confirmed",),
    HotfixCheck: ("passed",),
    Regression: ("passed",),
    MetricsVerification: ("normal",),
}
"""The reports that only measure, and the fields in which they say how it is."""
WORSE_STATE = {"recovered": "improving", "improving": "not recovered"}
DATA_AT_RISK = ("no", "unknown", "yes")
REPORTED = Report.model_fields.keys()
LONGEST_READING = 1_500
"""Characters of what the rules read and cite, as a model is shown it; its tools give it the whole."""


def is_measured(duty: Duty[Any], briefing: Briefing) -> bool:
    """Whether the rules measure it: everything that says that it is over, and the scope but for the first time."""
    return duty.report in VERDICTS or (duty.report is Scope and briefing.scope is not None)


async def measured(duty: Duty[ReportT], briefing: Briefing, context: DutyContext) -> tuple[ReportT, str]:
    """Have the rules do a duty, and ask the model whether it objects. Gives the report that stands, and whose it is.

    Nobody is asked where the rules' verdict is as bad as it can be: an objection makes none better.
    """
    by_book = await duty.without_model(briefing, context)
    if not isinstance(by_book, Scope) and not _one_step_worse(by_book):
        return by_book, "book"
    try:
        answer = await by_model(_question(duty), briefing, context, _asked(duty, by_book, briefing, context))
    except ModelFault as fault:
        await context.degraded(f"{duty.name} is done by the book: {fault}")
        return by_book, "book"
    return await _after(answer, duty, by_book, briefing, context), "model"


def _question(duty: Duty[Any]) -> Duty[Objection]:
    """The duty to say whether one objects to how another was done."""
    form = ScopeObjection if duty.report is Scope else Objection
    return Duty(role=duty.role, name=duty.name, does=duty.does, tools=CHECKING, report=form, without_model=_none)


async def _none(briefing: Briefing, context: DutyContext) -> Objection:
    return Objection(summary="Nobody was asked.", objects=False)


def _asked(duty: Duty[Any], report: Report, briefing: Briefing, context: DutyContext) -> list[dict[str, Any]]:
    """The question, with the rules' report and the readings that it cites."""
    cites = dict.fromkeys(ref for statement in statements(report) for ref in statement.cites)
    readings = [context.readings[ref] for ref in cites if ref in context.readings]
    texts = [
        shortened(reading.ref, sketched(reading.value.model_dump(mode="json")), LONGEST_READING)
        for reading in readings
        if reading.value is not None
    ]
    written = report.model_dump_json(exclude_defaults=True)
    closing = prompts.render("objection.md", duty=duty.name, does=duty.does, report=written, readings="\n".join(texts))
    return opened_with(prompts.objecting(), _question(duty), briefing, closing)


async def _after(
    answer: Objection, duty: Duty[ReportT], by_book: ReportT, briefing: Briefing, context: DutyContext
) -> ReportT:
    """The rules' report after a model was asked: worse where it objects, with its reasons where they may be told."""
    if not answer.objects:
        return by_book
    changed = _worse(by_book, answer) if isinstance(by_book, Scope) else _one_step_worse(by_book)
    says = f"A model judges this worse than the rules do, which say: {by_book.summary}"
    silent = by_book.model_copy(update={**changed, "summary": says})
    reasons = " ".join(reason.text for reason in answer.reasons)
    spoken = silent.model_copy(update={"summary": f"{says} It says: {reasons}"})
    if why := objection(duty, spoken, by_book, briefing, reasons):
        await context.degraded(f"{why}; the book's words stand, with what the model saw worse.")
        return silent
    return spoken


def _one_step_worse(report: Report) -> dict[str, Any]:
    """The fields of a verdict that an objection changes, and to what; empty where it is the worst already."""
    if isinstance(report, Recovery):
        return {"state": WORSE_STATE[report.state]} if report.state in WORSE_STATE else {}
    return {name: False for name in VERDICTS[type(report)] if getattr(report, name)}


def _worse(measured: Scope, answer: Objection) -> dict[str, Any]:
    named = answer.model_dump(include=ScopeObjection.model_fields.keys() & Scope.model_fields.keys() - REPORTED)
    larger = the_worse(measured.model_copy(update=named), measured)
    return {name: getattr(larger, name) for name in Scope.model_fields}


def the_worse(scope: Scope, measured: Scope) -> Scope:
    """A scope with the worse of both in everything that the severity rules read; the features as they were measured."""
    both = (scope, measured)
    larger = {
        name: max((v for s in both if (v := getattr(s, name)) is not None), default=None)
        for name in ("users_affected", "users_share", "error_rate", "latency_ratio")
    }
    either = {
        name: any(getattr(s, name) for s in both)
        for name in (
            "data_loss",
            "breach_suspected",
            "user_data_affected",
            "completely_down",
            "abnormal",
            "api_related",
        )
    }
    services = list(dict.fromkeys([*scope.services, *measured.services]))
    rates = {
        name: max(s.error_rates[name] for s in both if name in s.error_rates)
        for name in (*scope.error_rates, *measured.error_rates)
    }
    risk = max((s.data_at_risk for s in both), key=DATA_AT_RISK.index)
    named = {"services": services, "error_rates": rates, "data_at_risk": risk, "features": measured.features}
    return scope.model_copy(update={**larger, **either, **named})
