"""The content of reports: facts and causes count, wording, citations and order do not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from agents.reports.basis import Calculation, Check, Claim
from agents.reports.communication import Brief
from agents.reports.investigation import ClientFindings, Conclusion, Hypothesis
from agents.reports.mitigation import Proposal
from agents.reports.triage import FailingFeatures, Scope
from evals.scorers.report_content import differences

AT = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)


def hypothesis(cause: Any, component: str, status: Any = "supported", **more: Any) -> Hypothesis:
    return Hypothesis(cause=cause, component=component, status=status, statement="So.", **more)


CONCLUSION = Conclusion(
    summary="Release 2.0.0 broke the checkout.",
    verdict="cause found",
    cause="recent deployment",
    component="checkout",
    confidence="high",
    hypotheses=[hypothesis("recent deployment", "checkout"), hypothesis("code bug", "cart", "ruled out")],
    introduced_at=AT,
)
SCOPE = Scope(
    summary="A tenth is hit.",
    users_affected=412,
    users_share=0.1,
    services=["checkout", "cart"],
    data_at_risk="no",
    error_rates={"checkout": 0.4},
    features={"checkout": FailingFeatures(names=["Payment"], share=0.9)},
    abnormal=True,
    claims=[Claim(text="412 users", cites=["3fa92c01"])],
)
PROPOSAL = Proposal(summary="Roll back.", action="rollback", service="checkout", parameters={"version": "1.9.0"})
CLIENT = ClientFindings(
    summary="The pages are well.", abnormal=False, client_side=Check(verdict="normal", text="2 errors a minute")
)
SAME: list[tuple[BaseModel, dict[str, Any]]] = [
    (CONCLUSION, {"summary": "Since the release of 2.0.0 payments fail.", "confidence": "medium"}),
    (CONCLUSION, {"hypotheses": [hypothesis("recent deployment", "checkout", strength=1)]}),
    (CONCLUSION, {"introduced_at": AT + timedelta(minutes=1)}),
    (SCOPE, {"users_affected": 420, "services": ["cart", "checkout"], "claims": []}),
    (SCOPE, {"calculations": [Calculation(how="share", of=[412, 4120], result=0.1)]}),
    (PROPOSAL, {"risk": "small", "takes_effect_in_minutes": 5}),
    (CLIENT, {"client_side": Check(verdict="normal", text="few errors", cites=["3fa92c01"])}),
]
OTHERS: list[tuple[BaseModel, dict[str, Any], str]] = [
    (CONCLUSION, {"cause": "code bug"}, "cause: 'recent deployment' became 'code bug'"),
    (CONCLUSION, {"component": "cart"}, "component"),
    (CONCLUSION, {"verdict": "insufficient evidence"}, "verdict"),
    (CONCLUSION, {"hypotheses": [hypothesis("code bug", "cart")]}, "recent deployment of checkout"),
    (CONCLUSION, {"introduced_at": AT + timedelta(minutes=30)}, "introduced_at"),
    (CONCLUSION, {"introduced_at": None}, "introduced_at"),
    (SCOPE, {"users_affected": 900}, "users_affected"),
    (SCOPE, {"users_share": None}, "users_share"),
    (SCOPE, {"services": ["checkout"]}, "services"),
    (SCOPE, {"data_at_risk": "yes"}, "data_at_risk"),
    (SCOPE, {"error_rates": {"checkout": 0.2}}, "error_rates.checkout"),
    (SCOPE, {"features": {"checkout": FailingFeatures(names=["Payment"], share=0.4)}}, "features.checkout.share"),
    (SCOPE, {"abnormal": False}, "abnormal"),
    (PROPOSAL, {"action": "restart"}, "action"),
    (PROPOSAL, {"parameters": {"version": "1.8.0"}}, "parameters.version"),
    (CLIENT, {"client_side": Check(verdict="abnormal", text="2 errors a minute")}, "client_side.verdict"),
]


@pytest.mark.parametrize(("report", "changed"), SAME)
def test_what_is_said_otherwise_is_the_same(report: BaseModel, changed: dict[str, Any]) -> None:
    assert differences(report, report.model_copy(update=changed))[0] == []


@pytest.mark.parametrize(("report", "changed", "named"), OTHERS)
def test_another_fact_or_cause_is_told(report: BaseModel, changed: dict[str, Any], named: str) -> None:
    (wrong,), facts = differences(report, report.model_copy(update=changed))
    assert wrong.startswith(named)
    assert facts > 1


def test_prose_alone_has_no_facts() -> None:
    brief = Brief(summary="Down.", situation="Down.", cause="Known.", action="We look.", eta="Soon.", impact="Large.")
    assert differences(brief, brief.model_copy(update={"cause": "Unknown."})) == ([], 0)
