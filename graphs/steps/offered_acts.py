"""Offered changes: declared changes that a person may ask for when the evidence does not establish a cause."""

from collections.abc import Iterator

from agents.io.catalogue import Catalogue
from agents.reports.basis import Action, Claim, Parameters
from agents.reports.mitigation import Proposal
from agents.rules.diagnosis.survey import SERVES_CALLERS
from agents.runtime.briefing import already_tried
from agents.tools.change import CHANGES, Change
from graphs.model.questions import HumanAnswer, OfferedAct
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import Update, question_id
from graphs.transcript.facts import Facts

OFFERS_AT_MOST = 6
"""Nobody reads more buttons than this at three in the morning."""
COMPONENTS_AT_MOST = 12
RISKS: dict[Action, tuple[str, str]] = {
    "restart": ("Requests in flight are cut off.", "None needed: a restart changes no setting."),
    "rollback": ("Everything else in the newer version is rolled back too.", "Deploy the newer version again."),
    "failover": ("Connections break for a moment while it moves.", "Fail back once the old primary is rebuilt."),
    "fallback": ("Users get a reduced service or older data.", "Switch back to the dependency."),
}
"""What may be asked for -> risk and undo, as a proposal names them."""


def components_in_question(node: NodeContext) -> list[str]:
    """The catalogue's names, likeliest first: suspects, those in trouble, the alerted one, what it needs, the rest."""
    facts, catalogue = node.facts, node.deps.catalogue
    names = [*_near(facts, catalogue), *sorted(catalogue.services)]
    return [name for name in dict.fromkeys(names) if name in catalogue.services][:COMPONENTS_AT_MOST]


def _near(facts: Facts, catalogue: Catalogue) -> Iterator[str]:
    """Components already implicated in the run."""
    for hypothesis in facts.conclusion.hypotheses if facts.conclusion else ():
        if hypothesis.status != "ruled out":
            yield hypothesis.component
    yield from facts.ledger.services
    yield facts.service
    listed = catalogue.services.get(facts.service)
    yield from listed.depends_on if listed else ()


def offered_acts(node: NodeContext) -> list[OfferedAct]:
    """The acts that are declared, whose parameters are known, and that were not tried or refused before."""
    briefing = node.briefing()
    known = [
        Change(action, service, parameters)
        for service in dict.fromkeys(_near(node.facts, node.deps.catalogue))
        for action, parameters in _declared(node, service)
        if not already_tried(briefing, service, action, parameters)
    ]
    return [
        OfferedAct.model_validate(
            {
                "action": change.action,
                "service": change.service,
                "parameters": dict(change.parameters),
                "digest": change.digest,
                "text": str(change),
            }
        )
        for change in known[:OFFERS_AT_MOST]
    ]


def _declared(node: NodeContext, service: str) -> Iterator[tuple[Action, Parameters]]:
    """What can be done to a service. Data stores are never offered a restart."""
    listed = node.deps.catalogue.services.get(service)
    if listed is None:
        return
    for action in RISKS:
        if node.deps.connections.driver(CHANGES[action], service) is None:
            continue
        if action == "restart" and listed.kind not in SERVES_CALLERS:
            yield action, {}
        elif action != "restart":
            parameters = node.facts.act_parameters.get(f"{action} {service}", {})
            if parameters and all(parameters.values()):
                yield action, parameters


def put_to_the_policy(node: NodeContext, act: OfferedAct, answer: HumanAnswer) -> Update:
    """Write the proposal that a person asks for; the policy, or people, decide on it as on any other."""
    answered = node.find(f"answer/{question_id(node)}")
    assert answered is not None
    risk, undo = RISKS[act.action]
    said = f" “{answer.comment}”" if answer.comment else ""
    proposal = Proposal(
        action=act.action,
        service=act.service,
        parameters=act.parameters,
        reasons=[Claim(text=f"{answer.by} asks for it.{said}", cites=[answered.ref])],
        risk=risk,
        undo=undo,
        summary=f"{answer.by} asks for it before the cause is known.{said}",
    )
    shown = {"proposal": proposal.model_dump(mode="json"), "digest": act.digest, "asked_anew": ""}
    event = node.write("proposal", {**shown, "asked_by": answer.by})
    begun = {"proposal_ref": event.ref, "approved": False, "passed": None, "acted": False}
    return {**begun, "asks": "", "look_again": False}
