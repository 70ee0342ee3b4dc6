"""Prevention: what prevents a repeat, its action items with owner and deadline, and their tasks for the backlog."""

import re
from datetime import timedelta

from agents.io.act_kinds import ACT_KINDS, in_words
from agents.reports.post_mortem import ActionItem, ActionItems, BacklogEntries, BacklogEntry, Prevention
from agents.rules.writing import extent, testimony
from agents.rules.writing.ending import is_end_measured, last_act, was_called_for, was_over_before
from agents.rules.writing.in_vain import was_in_vain
from agents.rules.writing.lessons import MEASURES, component_of, lesson, was_down
from agents.rules.writing.measures import Lesson
from agents.rules.writing.wording import on, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import BY_HAND, Act

PREVENTS, SHORTENS, THE_REST = timedelta(days=7), timedelta(days=14), timedelta(days=30)
"""Deadlines: what prevents a repeat, what shortens it, the rest."""
REPAIRS: dict[str, str] = {
    "rollback": "Repair what was rolled back on {service} before it is deployed again.",
    "fallback": "Switch {service} back from its fallback, once {dependency} is known to work; "
    "calls to it do not show that while the fallback is in use.",
    "scale": "Decide on the lasting number of replicas of {service}.",
    "restart": "Fix what made the restart of {service} necessary.",
    "failover": "Rebuild the old primary of {service}, so that there is a standby again.",
    "deploy": "Replace the hotfix of {service} by a lasting repair, with review and tests.",
}
"""What is left to do after a change that only holds for now; right also where people say that they did it."""
NOTHING_IN_WORDS = re.compile(r"None\b")
TITLE_WORDS = 15
HEADLINE = re.compile(r"(?:“[^”]*”|(?![:;] | \().)+")
"""Up to where a test of success, a list or a quotation in brackets follows."""
PART = re.compile(r"(?:“[^”]*”|(?!, ).)+")
"""Up to a comma that stands in no quotation."""
QUOTATION, TITLE_QUOTES = re.compile(r" \((?P<by>[^()“”;]*)“(?P<words>[^”]*)”"), 60
"""In brackets; and how many characters of it a title keeps."""


async def plan_prevention(briefing: Briefing, context: DutyContext) -> Prevention:
    """Say what prevents a repeat, by the lesson of its cause."""
    learned = lesson(briefing)
    return Prevention(
        monitoring=f"{learned.monitoring}.",
        testing=f"{learned.testing}.",
        process=f"{learned.process}{_of_the_response(briefing)}.",
        infrastructure=f"{learned.infrastructure}.",
        summary=f"First: {_title(next(getattr(learned, name) for name in MEASURES if name not in learned.no_task))}.",
    )


def _of_the_response(briefing: Briefing) -> str:
    """What the response itself lost time on."""
    late = [a for a in briefing.attempts if a.outcome == "expired"]
    wrong = [act for act in briefing.ledger.acts if was_in_vain(act, briefing)]
    needless = [act for act in briefing.ledger.acts if act.action == "restart" and was_over_before(act, briefing)]
    words = "; see that somebody can decide at any hour, for a proposal expired" if late else ""
    words += "; look at why a mitigation did not help" if wrong else ""
    return words + (f"; the restart of {needless[-1].service} was not needed: it was over by then" if needless else "")


async def assign_action_items(briefing: Briefing, context: DutyContext) -> ActionItems:
    """Make action items of the prevention, each with an owner and a deadline."""
    plan, learned, owner = briefing.post_mortem.prevention, lesson(briefing), _owner(briefing, component_of(briefing))
    within = {"monitoring": PREVENTS}
    if not extent.was_false_alert(briefing):
        within |= {"testing": PREVENTS, "process": SHORTENS}
    if briefing.conclusion is not None and briefing.conclusion.verdict == "cause found":
        within["infrastructure"] = THE_REST
    measures = {name: getattr(plan or learned, name) for name in within}
    items = [*_restored_data(briefing), *_told_by_people(briefing), *_lasting_repair(briefing)]
    items += [
        ActionItem(action=measure, owner=owner, deadline=briefing.now + within[name])
        for name, measure in measures.items()
        if _is_a_task(name, measure, learned, briefing)
    ]
    if not items:
        return ActionItems(items=[], summary="There are no action items.")
    first = on(items[0].deadline)
    said = f"{len(items)} action items, the first due {first}." if items[1:] else f"1 action item, due {first}."
    return ActionItems(items=items, summary=said)


def _is_a_task(name: str, measure: str, learned: Lesson, briefing: Briefing) -> bool:
    """Whether a measure asks for what no other task asks for; a model says in words that it asks for nothing."""
    if measure.rstrip(".") != getattr(learned, name):
        return NOTHING_IN_WORDS.match(measure) is None
    return name not in learned.no_task and not (name == learned.asks_cause and _asks_for_the_cause(briefing))


def _asks_for_the_cause(briefing: Briefing) -> bool:
    """Whether a task asks already what would keep it from happening again."""
    return bool(_told_by_people(briefing)) or any(act.action == "restart" for act in _made(briefing)[-1:])


def _made(briefing: Briefing) -> list[Act]:
    """The changes that are not told by people only, but for a restart that nothing called for: it leaves no task."""
    made = [act for act in briefing.ledger.acts if act.action != BY_HAND]
    return [act for act in made if act.action != "restart" or _made_it_better(act, briefing)]


def _made_it_better(act: Act, briefing: Briefing) -> bool:
    """Whether a change was needed, and something got better by it or was wrong with what it was made at."""
    measured = [one.over_since for one in briefing.ledger.relapses if one.over_since and not one.said_over]
    hurt, late = briefing.ledger.hurt(briefing.detected_at), act.at + briefing.ledger.gap
    went_on = not is_end_measured(briefing) and any(entry.is_open and entry.until > late for entry in hurt)
    has_helped = (act == last_act(briefing) and not went_on) or any(moment >= act.at for moment in measured)
    return was_called_for(act, briefing) and (has_helped or was_down(briefing, act.service))


def _restored_data(briefing: Briefing) -> list[ActionItem]:
    """What was lost or damaged of the data, and that nobody has been seen to bring back, comes before all else."""
    ledger, service = briefing.ledger, briefing.service
    newest = {read.service: read for read in ledger.data_readings}
    harmed = [read for read in newest.values() if read.integrity_errors or read.records_lost]
    is_lost = ledger.data is not None and ledger.data.is_lost and not newest
    told = testimony.of_lost_data(ledger)
    restored = {act.service for act in ledger.acts if act.action == "restore_backup"}
    if restored and restored >= {read.service for read in harmed}:
        return []  # what a restore leaves to do is the lasting repair
    if harmed or is_lost:
        found = "; ".join(read.words for read in harmed) or (ledger.data.words if ledger.data else "")
        shown, service = f" ({short(found, 200)})" if found else "", harmed[0].service if harmed else service
        action = f"Restore the data that was lost or damaged{shown}, and write down what cannot be restored."
    elif told is not None:
        action = f"Find out which data was lost, and restore it ({testimony.quoted(told)})."
    else:
        return []
    return [ActionItem(action=action, owner=_owner(briefing, service), deadline=briefing.now + PREVENTS)]


def _told_by_people(briefing: Briefing) -> list[ActionItem]:
    """What people told that they did is followed up with them, by who owns the service that they name first."""
    told = [one for one in testimony.accounts(briefing.ledger) if one.is_by_hand and not one.says_that_nothing_failed]
    if not told or extent.was_false_alert(briefing):
        return []
    who = " and ".join(dict.fromkeys(map(testimony.name_of, told)))
    words = "; ".join(testimony.quoted(one) for one in told)
    named = next(filter(None, (_named_first(one.words, briefing) for one in told)), component_of(briefing))
    action = f"Find out with {who} what would keep this from happening again ({words})."
    return [ActionItem(action=action, owner=_owner(briefing, named), deadline=briefing.now + PREVENTS)]


def _named_first(words: str, briefing: Briefing) -> str:
    """The service of the catalogue that a person names first; empty where they name none."""
    names = sorted(briefing.catalogue.services, key=len, reverse=True)
    found = re.search(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])", words, re.I) if names else None
    return next((name for name in names if found and name.lower() == found[0].lower()), "")


def _lasting_repair(briefing: Briefing) -> list[ActionItem]:
    """Where only a temporary mitigation holds, the lasting repair comes first."""
    made = _made(briefing)
    if not made:
        return []
    act = made[-1]
    owner = _owner(briefing, act.service)
    kind = ACT_KINDS.get(act.action)
    if kind is not None and kind.target in act.parameters:
        action = in_words(kind.afterwards, act.service, act.parameters)
        return [ActionItem(action=action, owner=owner, deadline=briefing.now + PREVENTS)]
    named = {"dependency": "what that stands in for", **act.parameters}
    action = in_words(REPAIRS.get(act.action, ""), act.service, named)
    return [ActionItem(action=action, owner=owner, deadline=briefing.now + PREVENTS)] if action else []


def _owner(briefing: Briefing, component: str) -> str:
    services = briefing.catalogue.services
    owners = (services[name].owner for name in (component, briefing.service) if name in services)
    return next((owner for owner in owners if owner), f"to be named (the catalogue has no owner of {component})")


async def prevention_tasks(briefing: Briefing, context: DutyContext) -> BacklogEntries:
    """Make an entry for the backlog of each action item."""
    items = briefing.post_mortem.action_items.items if briefing.post_mortem.action_items else []
    timeline = briefing.post_mortem.timeline
    minutes = timeline.user_impact_minutes if timeline else None
    affected = f"users were affected for {extent.minutes_of(minutes or 0)}"
    cost = extent.measured_for(affected, briefing) if minutes else "no user impact is known"
    cost = f"user impact {extent.not_measured(briefing)}" if minutes is None else cost
    entries = [
        BacklogEntry(
            title=_title(item.action),
            owner=item.owner,
            deadline=f"{item.deadline:%Y-%m-%d}",
            why=f"Run {briefing.run} ({briefing.severity or 'no severity'}) on {briefing.service}: {cost}. "
            f"{item.action}",
        )
        for item in items
    ]
    said = f"{len(entries)} prevention tasks for the backlog." if entries else "There are no action items, so no tasks."
    return BacklogEntries(entries=entries, summary=said)


def _title(action: str) -> str:
    """The action without what explains it, but for the words that it rests on.

    Of a long one the first clauses, and cut only where it has but one.
    """
    found = HEADLINE.match(action)
    head = found[0].rstrip(".") if found else action
    quoted = QUOTATION.match(action, found.end()) if found else None
    parts = PART.findall(head)
    while len(head.split()) > TITLE_WORDS and parts[1:]:
        head = head.removesuffix(parts.pop()).rstrip(", ")
    words = head.split()
    short_head = " ".join(words[:TITLE_WORDS]) + (" …" if words[TITLE_WORDS:] else "")
    if short_head.count("“") > short_head.count("”"):
        short_head += "”"
    return f"{short_head} ({quoted['by']}“{short(quoted['words'], TITLE_QUOTES)}”)" if quoted else short_head
