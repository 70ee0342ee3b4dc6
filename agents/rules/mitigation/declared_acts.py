"""Declared acts: one that the catalogue declares for a service, proposed where a mechanism in evidence calls for it."""

from collections.abc import Sequence
from typing import NamedTuple, cast

from agents.io.act_kinds import ACT_KINDS, in_words
from agents.io.catalogue import SERVES_CALLERS
from agents.readings.splits import SplitSignals
from agents.reports.basis import Action, Claim
from agents.reports.investigation import Hypothesis
from agents.reports.mitigation import Proposal
from agents.rules.diagnosis.act_evidence import ActEvidence, read_for
from agents.rules.diagnosis.act_mechanisms import CalledFor, called_for
from agents.rules.diagnosis.conclusion import conclusion_as_reason
from agents.runtime.briefing import Briefing, already_tried
from agents.runtime.duty_context import DutyContext
from agents.tools.change import Change, UnfitChange
from agents.tools.ports import infrastructure_state, split_signals

SERVICES_AT_MOST = 4
TOLD = 3
"""Acts that were not called for, so many are named."""
LAST_RESORT = ("restore_backup",)
"""Proposed only where nothing else is: it gives up what was written since."""
IN_ORDER = (
    "end_session",
    "switch_flag",
    "revert_setting",
    "block_addresses",
    "rotate_credential",
    "limit_tenant",
    "limit_route",
    "pause_job",
    "free_disk",
    "drain_instance",
    "restart_instance",
    "replace_instance",
    "reroute_region",
)
"""The narrowest first: what touches one session or one flag before what moves the traffic of a region."""
ON_INSTANCES = ("restart_instance", "drain_instance", "replace_instance")
LEFT_AT_LEAST = 2
"""Instances that stay in the traffic when one is taken out."""


class _Candidate(NamedTuple):
    action: str
    service: str
    called: CalledFor


async def declared_act(briefing: Briefing, context: DutyContext, hypothesis: Hypothesis | None) -> Proposal | None:
    """The narrowest declared act that is called for; None where there is none.

    With a concluded cause of the services at fault; without one, as a mitigation, of all that are in trouble.
    """
    return await _propose(briefing, context, hypothesis, IN_ORDER)


async def last_resort(briefing: Briefing, context: DutyContext, hypothesis: Hypothesis | None) -> Proposal | None:
    """A restore from a backup, where data is lost or damaged and it is declared; None otherwise."""
    return await _propose(briefing, context, hypothesis, LAST_RESORT)


def declares_any(briefing: Briefing, hypothesis: Hypothesis | None = None) -> bool:
    """Whether one of the services in question declares an act of these kinds."""
    return any(_declared(briefing, service, tuple(ACT_KINDS)) for service in _services(briefing, hypothesis))


def not_called_for(briefing: Briefing) -> str:
    """Which acts are declared for the services in trouble, and what would call for each, in words."""
    told = [
        f"{action.replace('_', ' ')} of {service} ({ACT_KINDS[action].called_for})"
        for service in _services(briefing, None)
        for action in _declared(briefing, service, tuple(ACT_KINDS))
    ]
    more = f", and {len(told) - TOLD} more" if len(told) > TOLD else ""
    return f"{'; '.join(told[:TOLD])}{more}"


async def _propose(
    briefing: Briefing, context: DutyContext, hypothesis: Hypothesis | None, actions: Sequence[str]
) -> Proposal | None:
    found: list[_Candidate] = []
    for service in _services(briefing, hypothesis):
        declared = _declared(briefing, service, actions)
        if declared:
            evidence = await read_for(declared, ActEvidence(service, briefing, hypothesis), context)
            found += [
                _Candidate(action, service, one)
                for action in _by_fit(declared, evidence)
                for one in called_for(action, evidence)
            ]
    fitting = (one for one in sorted(found, key=_breadth) if _may_be_proposed(briefing, one))
    chosen = next(fitting, None)
    return _proposal(briefing, hypothesis, chosen) if chosen else None


def _breadth(one: _Candidate) -> int:
    """How much it touches; acts on instances are alike, and stand in the order in which they fit what was seen."""
    action = ON_INSTANCES[0] if one.action in ON_INSTANCES else one.action
    return (*IN_ORDER, *LAST_RESORT).index(action)


def _services(briefing: Briefing, hypothesis: Hypothesis | None) -> list[str]:
    """The service and the component at fault; while the cause is not known, every service in trouble."""
    if hypothesis is not None:
        names = [hypothesis.service, hypothesis.component]
    else:
        narrowed = briefing.conclusion.component if briefing.conclusion else None
        in_trouble = briefing.scope.services if briefing.scope else []
        names = [narrowed or "", briefing.service, *in_trouble, *briefing.ledger.services]
    known = [name for name in dict.fromkeys(names) if name in briefing.catalogue.services]
    return known[:SERVICES_AT_MOST]


def _declared(briefing: Briefing, service: str, actions: Sequence[str]) -> list[str]:
    """What is declared of these. A single instance of what keeps data may be its primary: none of it is touched."""
    listed = briefing.catalogue.services[service]
    keeps_data = listed.kind in SERVES_CALLERS
    return [a for a in actions if listed.declared(a) and not (keeps_data and a in ON_INSTANCES)]


def _by_fit(declared: list[str], evidence: ActEvidence) -> list[str]:
    """Of the acts on instances the one that fits best first: taking it out of the traffic, if enough others stay.

    It can be undone, and leaves what is to be looked at. An instance whose machine is gone is replaced.
    """
    state, signals = evidence.value(infrastructure_state), evidence.value(split_signals)
    gone = any(not machine.ready for machine in (state.machines if state else []))
    enough = _instances(signals, state.replicas_ready if state else 0) > LEFT_AT_LEAST
    first = "replace_instance" if gone else "drain_instance" if enough else "restart_instance"
    return sorted(declared, key=lambda action: action != first)


def _instances(signals: SplitSignals | None, ready: int) -> int:
    split = next((one for one in (signals.splits if signals else []) if one.by == "instance"), None)
    return len(split.parts) if split else ready


def _may_be_proposed(briefing: Briefing, one: _Candidate) -> bool:
    """Whether the declaration allows exactly this, and it was not tried or refused before."""
    try:
        Change(one.action, one.service, one.called.parameters).listed_in(briefing.catalogue)
    except UnfitChange:
        return False
    return not already_tried(briefing, one.service, one.action, one.called.parameters)


def _proposal(briefing: Briefing, hypothesis: Hypothesis | None, chosen: _Candidate) -> Proposal:
    kind, because = ACT_KINDS[chosen.action], chosen.called.because
    declared = briefing.catalogue.services[chosen.service].declared(chosen.action)
    assert declared is not None
    does = in_words(kind.does, chosen.service, chosen.called.parameters)
    as_what = "" if hypothesis else ", as a mitigation before the cause is known"
    return Proposal(
        action=cast(Action, chosen.action),
        service=chosen.service,
        parameters=chosen.called.parameters,
        reasons=[
            because,
            Claim(text=f"It has worked when: {declared.check}", cites=because.cites),
            *(hypothesis.support[:3] if hypothesis else []),
            *conclusion_as_reason(briefing),
        ],
        risk=declared.risk,
        undo=declared.undo,
        takes_effect_in_minutes=declared.takes_effect_in_minutes,
        summary=f"Propose: {does}{as_what}, because {because.text}.",
    )
