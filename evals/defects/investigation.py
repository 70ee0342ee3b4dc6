"""Defects of step 2."""

from contextlib import AbstractContextManager
from typing import Any

from agents.roster import DUTIES
from agents.tools.port import PORTS
from evals.defects.planting import altered, both, defect, swapped
from graphs.model.runbook import INVESTIGATORS
from graphs.steps import investigation

Planted = AbstractContextManager[None]
MAINTAINER = "infrastructure_maintainer"


@defect("first_light")
def investigator_skipped() -> Planted:
    """At P0 the DevOps Automator does not look."""
    return swapped(INVESTIGATORS, "P0", tuple(r for r in INVESTIGATORS["P0"] if r != "devops_automator"))


@defect("first_light")
def uncited_claim() -> Planted:
    """The Backend Architect's claims cite nothing."""

    def bare(report: dict[str, Any]) -> None:
        report["claims"] = [{**claim, "cites": []} for claim in report["claims"]]

    return altered("backend_architect", "investigate", bare)


@defect("first_light")
def invented_citation() -> Planted:
    """A claim cites an event that there is not."""

    def invented(report: dict[str, Any]) -> None:
        report["claims"][0]["cites"] = ["0badc0de"]

    return altered(MAINTAINER, "investigate", invented)


@defect("first_light")
def figure_not_in_the_evidence() -> Planted:
    """A claim gives a share that nothing it cites has shown."""

    def wrong(report: dict[str, Any]) -> None:
        report["claims"][0]["text"] += "; 73.9 % of the sessions are lost"

    return altered(MAINTAINER, "investigate", wrong)


@defect("tall_reed")
def log_line_made_up() -> Planted:
    """A claim quotes an error that is in no log."""

    def made_up(report: dict[str, Any]) -> None:
        report["claims"][0]["text"] += "; it writes “OutOfMemoryError: heap space in worker pool”"

    return altered(MAINTAINER, "investigate", made_up)


@defect("grey_heron")
def wrong_cause() -> Planted:
    """Whatever was found is called something else."""

    def wrong(report: dict[str, Any]) -> None:
        report["cause"] = "code bug"
        report["hypotheses"] = [{**report["hypotheses"][0], "cause": "code bug"}, *report["hypotheses"][1:]]

    return altered(MAINTAINER, "conclude", wrong)


@defect("deep_current")
def wrong_component() -> Planted:
    """The alerted service is blamed for what one below it does."""

    def wrong(report: dict[str, Any]) -> None:
        report["component"] = "agents-desk"

    return altered(MAINTAINER, "conclude", wrong)


@defect("first_light")
def everything_named() -> Planted:
    """Every hypothesis is supported, so that one of them is right."""

    def all_of_them(report: dict[str, Any]) -> None:
        for hypothesis in report["hypotheses"]:
            hypothesis["support"] = hypothesis["support"] or hypothesis["against"]
            hypothesis["status"] = "supported"

    return altered(MAINTAINER, "conclude", all_of_them)


@defect("still_pond")
def cause_invented() -> Planted:
    """Where nothing is wrong, the newest deployment is to blame."""

    def invented(report: dict[str, Any]) -> None:
        blamed = {"cause": "recent deployment", "component": "returns"}
        report.update(verdict="cause found", confidence="high", **blamed)

    return both(
        altered(MAINTAINER, "conclude", invented),
        altered("backend_architect", "conclude", invented),
        altered("frontend_developer", "conclude", invented),
    )


@defect("first_light")
def tool_not_declared() -> Planted:
    """A duty uses a tool that is not among its own."""
    made = DUTIES["frontend_developer"]["investigate"]
    by_the_rules = made.without_model

    async def without_model(case: Any, context: Any) -> Any:
        await context.call(PORTS["data_safety"], {"service": case.service})
        return await by_the_rules(case, context)

    return swapped(made, "without_model", without_model)


@defect("white_fog")
def person_not_asked() -> Planted:
    """Where the evidence does not reach, the run looks again and again, and asks nobody."""

    real = investigation.where_next

    def where_next(state: dict[str, Any]) -> str:
        return "s4_verify" if state["asks"] else real(state)

    return swapped(investigation, "where_next", where_next)


@defect("first_light")
def person_asked_for_nothing() -> Planted:
    """A person is asked for a direction although the cause is found."""
    real = investigation.where_next

    def where_next(state: dict[str, Any]) -> str:
        return "s2_ask_a_person" if state["visits"]["s2_investigate"] == 1 else real(state)

    return swapped(investigation, "where_next", where_next)
