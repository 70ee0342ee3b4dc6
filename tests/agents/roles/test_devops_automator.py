"""DevOps Automator: rollbacks and deployments are proposed with what they need, or not at all."""

from datetime import datetime, timedelta
from typing import Any

from agents.readings.history import Deployment, DeploymentHistory, PipelineStatus
from agents.readings.production import InfrastructureState, Machine, Refusal
from agents.reports.mitigation import Proposal
from agents.roles import devops_automator
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Ledger, Statement
from tests.agents.conftest import NOW, ONSET, Answers, golden
from tests.agents.roles.test_mitigation import concluded

RELEASED = ONSET - timedelta(minutes=4)


def deployed(production: Answers, running: str = "1.1.0", at: datetime = RELEASED) -> None:
    deployment = Deployment(service="checkout", version="1.1.0", previous="1.0.0", at=at, status="succeeded")
    history = DeploymentHistory(service="checkout", running=running, deployments=[deployment])
    production.put("deployment_history", "checkout", history)


def by_release(briefing: Briefing) -> Briefing:
    return concluded(briefing, "recent deployment", version="1.1.0")


async def test_a_suspect_with_a_way_back_is_prepared_for_rollback(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.4))
    deployed(production)
    report = await devops_automator.investigate.without_model(briefing, context)
    assert report.deployment_history.verdict == "abnormal"
    assert report.rollback_prepared.verdict == "normal"
    assert "0.9.0" in report.rollback_prepared.text


async def test_a_suspect_without_a_way_back_is_said_to_have_none(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.4))
    deployed(production)
    stuck = PipelineStatus(service="checkout", status="passing", rollback_target=None)
    production.put("pipeline_status", "checkout", stuck)
    report = await devops_automator.investigate.without_model(briefing, context)
    assert report.rollback_prepared.verdict == "abnormal"


async def test_that_no_reading_suggests_a_deployment_does_not_say_that_no_rollback_is_needed(
    briefing: Briefing, context: DutyContext
) -> None:
    report = await devops_automator.investigate.without_model(briefing, context)
    assert report.rollback_prepared.text.startswith("no reading suggests a deployment as the cause")


async def test_the_rollback_goes_to_the_pipeline_s_target(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    deployed(production)
    proposal = await devops_automator.propose_rollback.without_model(by_release(briefing), context)
    assert (proposal.action, proposal.service) == ("rollback", "checkout")
    assert proposal.parameters == {"version": "0.9.0"}
    assert all(reason.cites for reason in proposal.reasons)


async def test_no_version_is_rolled_back_for_a_change_that_is_none_unless_a_person_named_a_deployment(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    deployed(production)
    told = concluded(briefing, "recent deployment")
    proposal = await devops_automator.propose_rollback.without_model(told, context)
    assert (proposal.action, "undo it" in proposal.summary) == (None, True)
    said = Statement(at=NOW, by="ann", words="", cause="recent deployment", component="checkout", cite="00000009")
    named = told.model_copy(update={"ledger": Ledger(statements=[said])})
    assert (await devops_automator.propose_rollback.without_model(named, context)).action == "rollback"


async def test_where_the_pipeline_is_silent_the_previous_version_is_the_target(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    deployed(production)
    production.put("pipeline_status", "checkout", Refusal(error="failed", said="pipeline: internal error"))
    proposal = await devops_automator.propose_rollback.without_model(by_release(briefing), context)
    assert proposal.parameters == {"version": "1.0.0"}


async def test_a_version_that_no_longer_runs_is_not_rolled_back(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    deployed(production, running="1.2.0")
    proposal = await devops_automator.propose_rollback.without_model(by_release(briefing), context)
    assert proposal.action is None
    assert "no longer runs" in proposal.summary


async def test_what_was_rolled_back_by_somebody_else_is_not_rolled_back_further(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    deployed(production)
    history = production.values["deployment_history", "checkout"]
    assert isinstance(history, DeploymentHistory)
    back = Deployment(service="checkout", version="1.0.0", previous="1.1.0", at=NOW, status="succeeded")
    undone = history.model_copy(update={"running": "1.0.0", "deployments": [*history.deployments, back]})
    production.put("deployment_history", "checkout", undone)
    proposal = await devops_automator.propose_rollback.without_model(by_release(briefing), context)
    assert proposal.action is None
    assert "1.1.0 no longer runs; 1.0.0 does" in proposal.summary


async def test_a_rollback_that_did_not_help_is_not_proposed_again(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    deployed(production)
    proposal = Proposal(action="rollback", service="checkout", parameters={"version": "0.9.0"}, summary="")
    tried = Attempt(cause="recent deployment", component="checkout", proposal=proposal, outcome="did not help", at=NOW)
    told = by_release(briefing).model_copy(update={"attempts": [tried]})
    assert (await devops_automator.propose_rollback.without_model(told, context)).action is None


async def test_a_checked_candidate_is_proposed_for_deployment(briefing: Briefing, context: DutyContext) -> None:
    told = concluded(briefing, "code bug").model_copy(update={"candidate_version": "1.0.0-hotfix.1"})
    proposal = await devops_automator.propose_deploy.without_model(told, context)
    assert (proposal.action, proposal.parameters) == ("deploy", {"version": "1.0.0-hotfix.1"})
    assert "1.0.0" in proposal.undo


async def test_without_a_candidate_nothing_is_deployed(briefing: Briefing, context: DutyContext) -> None:
    assert (
        await devops_automator.propose_deploy.without_model(concluded(briefing, "code bug"), context)
    ).action is None


async def test_capacity_follows_a_scale_once_the_replicas_are_ready(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    proposal = Proposal(action="scale", service="checkout", parameters={"replicas": 6}, summary="")
    told = briefing.model_copy(update={"proposal": proposal})
    before = await devops_automator.support_change.without_model(told, context)
    state: dict[str, Any] = {"replicas_wanted": 6, "replicas_ready": 6, "replicas_limit": 10, "restarts_last_hour": 0}
    state |= {"standby": None, "machines": [], "events": []}
    production.put("infrastructure_state", "checkout", InfrastructureState(service="checkout", **state))
    after = await devops_automator.support_change.without_model(told, context)
    assert (before.capacity_follows, after.capacity_follows) == (False, True)
    assert after.summary == "Capacity is as asked for: checkout: 6 of 6 replicas ready."
    away = [Machine(name="c-6", ready=False, reason="it does not answer"), Machine(name="c-5", ready=False, reason="")]
    state |= {"replicas_ready": 4, "machines": away}
    production.put("infrastructure_state", "checkout", InfrastructureState(service="checkout", **state))
    less = await devops_automator.support_change.without_model(told, context)
    assert less.summary.endswith("yet: checkout: 4 of 6 replicas ready; not ready: c-6: it does not answer, c-5.")
