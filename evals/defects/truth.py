"""Defects of what is told: harm denied, stretched or contradicted, and public words untrue at their minute."""

from contextlib import AbstractContextManager
from typing import Any

from evals.defects.communication import sent_with
from evals.defects.planting import altered, defect

Planted = AbstractContextManager[None]
OPTIMIZER = "workflow_optimizer"


@defect("first_light")
def harm_denied() -> Planted:
    """The post-mortem of a total outage says that no user was affected."""

    def denied(report: dict[str, Any]) -> None:
        report["users"]["text"] = "No user was affected, as far as the signals show."

    return altered(OPTIMIZER, "assess_impact", denied)


@defect("calm_eider")
def word_of_a_person_lost() -> Planted:
    """The root cause does not hold what a person said."""

    def lost(report: dict[str, Any]) -> None:
        report["why"]["text"] = "No reading shows more."
        report["summary"] = report["what_failed"]["text"]

    return altered(OPTIMIZER, "analyse_root_cause", lost)


@defect("first_light")
def impact_until_closing() -> Planted:
    """The impact in the post-mortem ends when the run was closed, not when users were well."""

    def stretched(report: dict[str, Any]) -> None:
        report["user_impact_minutes"] += 37

    return altered(OPTIMIZER, "reconstruct_timeline", stretched)


@defect("first_light")
def impact_cut_short() -> Planted:
    """The impact in the post-mortem is a third of what it was."""

    def cut(report: dict[str, Any]) -> None:
        report["user_impact_minutes"] = round(report["user_impact_minutes"] / 3)

    return altered(OPTIMIZER, "reconstruct_timeline", cut)


@defect("first_light")
def cause_ruled_out() -> Planted:
    """A conclusion names a deployment as the cause and rules the same one out."""

    def both_ways(report: dict[str, Any]) -> None:
        report["summary"] += f" Ruled out: the deployment of {report['component']}."

    return altered("infrastructure_maintainer", "conclude", both_ways)


@defect("first_light")
def did_not_help_before_it_was_done() -> Planted:
    """The status page says that a restart did not help, and nothing was ever restarted."""
    said = {"current_action": "Restarting part of our systems did not help."}
    return sent_with(lambda fields: said if fields["status"] == "Identified" else {})


@defect("first_light")
def well_again_too_early() -> Planted:
    """The status page says that it works again while every request fails."""
    return sent_with(lambda fields: {"impact": "Sign-in works again."} if fields["status"] == "Identified" else {})


@defect("first_light")
def down_for_too_long() -> Planted:
    """The status page says that it is not available long after it was well."""
    return sent_with(lambda fields: {"impact": "Sign-in is not available."} if fields["status"] == "Resolved" else {})


@defect("salt_marsh")
def update_said_twice() -> Planted:
    """Every update says what the one before it said."""
    same = {"impact": "Some requests fail.", "current_action": "We are at work."}
    return sent_with(lambda fields: same if fields["status"] in ("Investigating", "Identified") else {})
