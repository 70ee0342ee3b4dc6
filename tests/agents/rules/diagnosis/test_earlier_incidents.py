"""Earlier incidents: the same alert, the same lines or the same cause are a lead with its outcome, and no proof."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.readings.history import PastAct, PastIncident, PastIncidents
from agents.readings.production import ErrorLog
from agents.reports.investigation import Conclusion
from agents.roles import infrastructure_maintainer as maintainer
from agents.rules.diagnosis.earlier_incidents import NO_PROOF, lead
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import ONSET, Answers, golden
from tests.agents.rules.diagnosis.test_act_mechanisms import log

ALERT = Alert(title="payments: error rate 12 %", service="payments")
NO_DEED = ("", "")


def act(what: str = "restart of payments", outcome: Any = "helped", **more: str) -> PastAct:
    return PastAct(**{"action": "restart", "service": "payments", **more}, what=what, outcome=outcome)


def past(*acts: PastAct, alert: str = "payments: error rate 31 %", run: str = "run-7", **more: Any) -> PastIncident:
    written: dict[str, Any] = {"written_at": datetime(2026, 11, 3, 4, tzinfo=UTC), "root_cause": "", "prevention": ""}
    return PastIncident.model_validate(
        {**written, "run": run, "alert": alert, "open_actions": [], "acts": acts, **more}
    )


def told(*incidents: PastIncident) -> PastIncidents:
    return PastIncidents(service="payments", incidents=list(incidents))


def test_the_same_alert_with_other_figures_is_told_with_its_act_and_outcome() -> None:
    said = lead(told(past(act())), ALERT, None, NO_DEED)
    assert said == (
        "On 3 November 2026 the same alert ended with the restart of payments, after which recovery was measured"
        f" (run run-7). {NO_PROOF}"
    )


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("did not help", "saw the restart of payments, which did not help"),
        ("refused", "saw the restart of payments, which was refused"),
        ("not measured", "ended with the restart of payments, and whether that helped was not measured"),
    ],
)
def test_what_did_not_help_is_not_told_as_help(outcome: str, words: str) -> None:
    assert words in lead(told(past(act(outcome=outcome))), ALERT, None, NO_DEED)


def test_another_alert_says_nothing_unless_the_cause_is_the_same() -> None:
    other = past(act(), alert="payments: no traffic", cause="infrastructure", component="payments-db")
    assert lead(told(other), ALERT, None, NO_DEED) == ""
    found = Conclusion(verdict="cause found", cause="infrastructure", component="payments-db", summary="")
    said = lead(told(other), ALERT, found, NO_DEED)
    assert "an incident of the same cause (infrastructure of payments-db) ended with the restart of payments" in said
    elsewhere = found.model_copy(update={"component": "payments"})
    assert lead(told(other), ALERT, elsewhere, NO_DEED) == ""


def test_the_incident_in_which_just_this_was_done_comes_first() -> None:
    older = past(act("scaling of payments", "did not help", action="scale"), run="run-3")
    said = lead(told(past(act()), older), ALERT, None, ("scale", "payments"))
    assert "run run-3" in said
    assert "did not help" in said


def test_what_was_done_before_the_last_act_is_told_too_and_what_people_did_in_their_words() -> None:
    by_hand = act("ada says that it is handled: “I cleared the cache”.", "not measured", action="")
    said = lead(told(past(act(outcome="did not help"), by_hand)), ALERT, None, NO_DEED)
    assert "ended with this said: “ada says that it is handled: “I cleared the cache”.”" in said
    assert "before that, the restart of payments, which did not help" in said


async def test_an_investigator_reads_it_as_a_lead_and_no_hypothesis(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.4))
    without = await maintainer.investigate.without_model(briefing, context)
    production.put("past_incidents", "checkout", told(past(act(), alert=briefing.alert.title)))
    report = await maintainer.investigate.without_model(briefing, context)
    (claim,) = [claim for claim in report.claims if NO_PROOF in claim.text]
    assert "the same alert ended with the restart of payments" in claim.text
    assert claim.cites
    assert [h.statement for h in report.hypotheses] == [h.statement for h in without.hypotheses]
    assert report.missing == without.missing


async def test_an_incident_with_error_lines_of_the_same_kind_is_a_lead(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.4))
    written: ErrorLog = log("x509: certificate has expired")
    production.put("error_log", "checkout", written)
    alike = past(act(), alert="another", signature="tls handshake failed: certificate has expired or is not yet valid")
    production.put("past_incidents", "checkout", told(alike, past(act(), alert="another", signature="timed out")))
    report = await maintainer.investigate.without_model(briefing, context)
    (claim,) = [claim for claim in report.claims if NO_PROOF in claim.text]
    assert "error lines of the same kind (certificate)" in claim.text
