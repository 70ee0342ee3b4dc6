"""Answers by the rules: what the ledger, the record and the changes on record say to what a person asks."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from agents.reports.answer import Answer
from agents.reports.basis import Claim
from agents.rules.answering.changes import changes
from agents.rules.answering.record import STALE, Lines, RecordSoFar
from agents.rules.answering.topics import Topic, services_in, topic_of
from agents.rules.writing import extent, refuted, testimony
from agents.rules.writing.last_look import has_ended_since
from agents.rules.writing.post_mortem_summary import gravest_of_each
from agents.rules.writing.public_wording import is_over
from agents.rules.writing.wording import (
    at,
    capital,
    damage_in_words,
    listed,
    short,
    uncounted_beside_damage,
    uncounted_in_words,
)
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import BY_HAND, Act, Damage
from agents.tools import offered

ENDS = (".", ":", "?", "!", "…")
CAN_ANSWER = (
    "I can answer these: what changed in the last hour; whether a service of the catalogue is hit, by its name; how bad"
    " it is, for how many users and since when; what was done and whether it helped; what the cause is and how sure we"
    " are; what we are waiting for; who is on it; what the status page says, and when its next update is."
)


def answering(role: str) -> Duty[Answer]:
    """A role's duty to answer what a person asks about the incident."""
    return Duty(
        role=role,
        name="answer_question",
        does="Answer a person's question about the incident.",
        tools=offered.ANSWERING,
        report=Answer,
        without_model=answer_question,
    )


async def answer_question(briefing: Briefing, context: DutyContext) -> Answer:
    """Answer a person's question from what is on record; say what can be answered where it is none of that."""
    assert briefing.question is not None
    topic = topic_of(briefing.question.text, briefing)
    if topic is None:
        return Answer(summary=CAN_ANSWER, is_answered=False)
    record = RecordSoFar(context.record(), briefing.question.at)
    lines = await BY_TOPIC[topic](briefing, record, context)
    sentences = " ".join(line.text if line.text.endswith(ENDS) else f"{line.text}." for line in lines)
    return Answer(summary=f"As of {at(briefing.question.at)}: {sentences}", is_answered=True, claims=lines)


async def _service(briefing: Briefing, record: RecordSoFar, context: DutyContext) -> Lines:
    """Whether the named services are hit: their damage in the ledger, and when they were last read."""
    assert briefing.question is not None
    return [
        line for name in services_in(briefing.question.text, briefing) for line in _damage_of(name, briefing, record)
    ]


def _damage_of(name: str, briefing: Briefing, record: RecordSoFar) -> Lines:
    own = [entry for entry in briefing.ledger.damage if entry.service == name]
    well_at, stretches = extent.verified_well_at(briefing), briefing.ledger.uncounted
    stopped = [one.seen_to_serve(well_at) if well_at else one for one in stretches if one.service == name]
    look, fault = _by_the_look(name, briefing, record), _at_fault(name, briefing, record)
    reading = record.last_reading(name, STALE * briefing.minute, with_rate=not _is_down(name, briefing))
    shown = [*fault, reading] if reading else fault
    if own:
        beside = [
            Claim(text=f"{capital(uncounted_beside_damage(one, name))}.", cites=one.cites[-3:]) for one in stopped
        ]
        is_told = look and briefing.fixed_at is None and (_is_down(name, briefing) or not _going_on(own, briefing))
        first = look if is_told else [_verdict(name, own, briefing, record)]
        return [*first, *map(_stretch, gravest_of_each(own, briefing)), *beside, *shown]
    if reading is None and not look and not fault:
        none = f"Nothing is on record of {name}: nobody has read its signals in this run, so it is not known."
        return [Claim(text=none, cites=record.cite_all)]
    unknown = [Claim(text=f"{capital(uncounted_in_words(one, name))}.", cites=one.cites[-3:]) for one in stopped]
    if reading and not look and not fault:
        look = [Claim(text=f"No damage to {name} is on record.", cites=reading.cites)]
    return [*look, *unknown, *shown]


def _is_down(name: str, briefing: Briefing) -> bool:
    """Whether it is completely down by the newest look: what was read of it is of the time before."""
    return briefing.scope is not None and name in briefing.scope.down and not _is_past(name, briefing)


def _is_past(name: str, briefing: Briefing) -> bool:
    """Whether what the newest look found of a service is over, by the recovery or a later reading of it."""
    return briefing.fixed_at is not None or has_ended_since(briefing, name)


def _by_the_look(name: str, briefing: Briefing, record: RecordSoFar) -> Lines:
    """What the newest look at the scope found of a service; empty where it found it well."""
    scope = briefing.scope
    if scope is None or not scope.abnormal or name not in (*scope.down, *scope.services):
        return []
    state, be = "completely down" if name in scope.down else "in trouble", "was" if _is_past(name, briefing) else "is"
    when = f", by the look of {at(briefing.scope_at, briefing.now)}" if briefing.scope_at else ""
    cites = [briefing.scope_ref] if briefing.scope_ref else record.cite_all
    return [Claim(text=f"{name} {be} {state}{when}.", cites=cites)]


def _at_fault(name: str, briefing: Briefing, record: RecordSoFar) -> Lines:
    """That the investigation names a service as the component at fault, and why; empty where it does not."""
    found = briefing.conclusion
    if found is None or found.verdict != "cause found" or found.component != name:
        return []
    statement = (found.hypotheses[0].statement if found.hypotheses else found.summary).rstrip(".")
    text = f"The investigation names it as the component at fault, with {found.confidence} confidence: {statement}."
    return [Claim(text=text, cites=[briefing.conclusion_ref] if briefing.conclusion_ref else record.cite_all)]


def _going_on(own: list[Damage], briefing: Briefing) -> list[Damage]:
    return [one for one in own if one.is_open and (briefing.fixed_at is None or one.until > briefing.fixed_at)]


def _verdict(name: str, own: list[Damage], briefing: Briefing, record: RecordSoFar) -> Claim:
    """Whether it is hit now: by what was measured last, and not where recovery was verified since."""
    going_on = _going_on(own, briefing)
    if not going_on:
        return Claim(text=f"{name} was hit.", cites=_cites(own))
    sample = record.newest_sample(name)
    last = max(one.until for one in going_on)
    if sample and sample.at > last:
        text = f"{name} was hit up to the last bad sample, at {at(last)}."
        return Claim(text=text, cites=[*_cites(own), sample.ref])
    return Claim(text=f"{name} is hit.", cites=_cites(own))


def _stretch(entry: Damage) -> Claim:
    return Claim(text=f"{damage_in_words(entry)}.", cites=entry.cites[-3:])


def _cites(entries: list[Damage]) -> list[str]:
    return list(dict.fromkeys(entry.cites[-1] for entry in entries if entry.cites))[-3:]


async def _impact(briefing: Briefing, record: RecordSoFar, context: DutyContext) -> Lines:
    """How bad it is, for how many, since when."""
    assert briefing.question is not None
    level = record.newest("classification")
    severity = f"It is classified {briefing.severity}" if briefing.severity else "It is not classified yet"
    lines = [Claim(text=f"{severity}.", cites=[level.ref] if level else record.cite_all)]
    lines.append(_users(briefing, record))
    own, unknown = extent.hurt(briefing), capital(extent.unknown(briefing)).rstrip("; ")
    down = briefing.scope.down if briefing.scope else []
    lines += [line for name in down for line in _by_the_look(name, briefing, record)]
    if not own:
        measured = "" if down else "; no damage was measured"
        came = f"The alert came in at {at(briefing.started_at, briefing.question.at)}{measured}."
        came += f" {unknown}." if unknown else ""
        return [*lines, Claim(text=came, cites=[briefing.alert_ref])]
    first = min(own, key=lambda entry: entry.since)
    began = f"Users were first hurt at {at(first.since, briefing.question.at)}, as far as it was measured."
    began += f" {unknown}." if unknown else ""
    return [*lines, Claim(text=began, cites=first.cites[-3:]), *map(_stretch, gravest_of_each(own, briefing))]


def _users(briefing: Briefing, record: RecordSoFar) -> Claim:
    """How many users, by the newest look; once it is over, by the worst one."""
    assert briefing.question is not None
    if is_over(briefing):
        seen, text = briefing.ledger.scope_cite, f"It affected {extent.users(briefing)}, at its worst."
    else:
        when = f", by the look of {at(briefing.scope_at, briefing.question.at)}" if briefing.scope_at else ""
        seen, text = briefing.scope_ref, f"It affects {extent.users(briefing)}{when}."
    return Claim(text=text, cites=[seen] if seen else record.cite_all)


OUTCOMES: Mapping[str, str] = {
    "fixed": "it helped",
    "helped for a time": "it helped for a time",
    "did not help": "it did not help",
    "failed": "it failed",
    "refused": "it was refused, and not done",
    "expired": "nobody decided in time, and it was not done",
    "overtaken": "it was no longer to be done by then, and was not done",
}


MADE = frozenset({"fixed", "helped for a time", "did not help", "failed"})
"""Outcomes of what was done; the ledger tells of it, too."""


async def _done(briefing: Briefing, record: RecordSoFar, context: DutyContext) -> Lines:
    """What was done and what came of it."""
    assert briefing.question is not None
    seen_from = briefing.question.at
    lines = [Claim(text=_attempt(one, briefing), cites=one.cites or record.cite_all) for one in briefing.attempts]
    told = Counter((one.proposal.action, one.proposal.service) for one in briefing.attempts if one.outcome in MADE)
    for act in briefing.ledger.acts:
        told[act.action, act.service] -= 1
        if told[act.action, act.service] < 0:
            what = f"{_act(act.action)} of {act.service} was done at {at(act.at, seen_from)}."
            text = _by_hand(act, briefing) if act.action == BY_HAND else what
            lines.append(Claim(text=text, cites=[act.cite]))
    if not lines:
        lines.append(Claim(text="Nothing that changes production is on record.", cites=record.cite_all))
    verified = record.newest_status("Monitoring")
    if briefing.fixed_at and verified:
        lines.append(Claim(text=_ended(briefing.fixed_at, briefing), cites=[verified.ref]))
    elif briefing.ledger.acts:
        lines.append(Claim(text="Whether it helped is not verified yet.", cites=record.cite_all))
    if briefing.proposal and briefing.acted_at is None and (proposed := record.newest("proposal")):
        lines.append(
            Claim(text=f"Proposed and not done: {short(briefing.proposal.summary, 300)}", cites=[proposed.ref])
        )
    return lines


def _by_hand(act: Act, briefing: Briefing) -> str:
    """Who says that it was repaired by hand, and when."""
    said = next((one for one in reversed(briefing.ledger.statements) if one.is_by_hand and one.at == act.at), None)
    return f"{said.by if said else 'A person'} said at {at(act.at, briefing.now)} that it was repaired by hand."


def _ended(moment: datetime, briefing: Briefing) -> str:
    """How it is known to be over: measured, or on somebody's word."""
    if not briefing.is_vouched:
        return f"At {at(moment, briefing.now)} recovery was verified."
    said = [one for one in briefing.ledger.statements if one.is_over and one.at <= moment]
    by, when = (said[-1].by, said[-1].at) if said else ("A person", moment)
    return f"{by} said at {at(when, briefing.now)} that it was over; that could not be measured."


def _attempt(one: Attempt, briefing: Briefing) -> str:
    assert briefing.question is not None
    said = f" ({short(one.said, 200)})" if one.said else ""
    what = f"{_act(one.proposal.action or 'a change by hand')} of {one.proposal.service}"
    return f"{what}: {OUTCOMES[one.outcome]}, at {at(one.at, briefing.question.at)}{said}."


def _act(action: str) -> str:
    return action.replace("_", " ").capitalize()


async def _cause(briefing: Briefing, record: RecordSoFar, context: DutyContext) -> Lines:
    """What the cause is, how sure we are, and what speaks for it."""
    found = briefing.conclusion
    if found is None:
        none = "No cause is known yet: no investigation has come to its conclusion."
        return [Claim(text=none, cites=record.cite_all), *_told(briefing, none)]
    cites = [briefing.conclusion_ref] if briefing.conclusion_ref else record.cite_all
    if found.verdict != "cause found":
        known = Claim(text=f"No cause is known. {found.verdict.capitalize()}: {found.summary}", cites=cites)
        return [known, *_told(briefing, known.text)]
    chosen = found.hypotheses[0] if found.hypotheses else None
    statement = chosen.statement if chosen else found.summary
    named = testimony.blamed(found.cause, found.component)
    said = f"{named}: {statement.rstrip('.')}, with {found.confidence} confidence."
    shown = [Claim(text=capital(said), cites=cites), *(chosen.support[:2] if chosen else [])]
    return [*shown, *_told(briefing, " ".join(claim.text for claim in shown))]


def _told(briefing: Briefing, beside: str) -> Lines:
    told = testimony.accounts(briefing.ledger, beside)
    return [Claim(text=refuted.account(one, briefing), cites=[one.cite]) for one in told]


async def _waiting(briefing: Briefing, record: RecordSoFar, context: DutyContext) -> Lines:
    """Which questions to people are open, and whether changes are on hold."""
    assert briefing.question is not None
    lines = [
        Claim(
            text=f"Since {at(event.at, briefing.question.at)} we wait for people: {short(text, 400)}", cites=[event.ref]
        )
        for event, text in record.open_questions()
    ]
    held = record.newest("hold", "resume")
    if held and held.kind == "hold":
        by = held.payload["by"]
        lines.append(Claim(text=f"{by} put changes on hold at {at(held.at)}.", cites=[held.ref]))
    if lines:
        return lines
    if briefing.question.is_over:
        return [Claim(text="For nothing: the run is over.", cites=record.cite_all)]
    return [Claim(text=f"No question to people is open. The status is {briefing.status}.", cites=record.cite_all)]


async def _who(briefing: Briefing, record: RecordSoFar, context: DutyContext) -> Lines:
    """Which roles are active, and which people have said something."""
    assert briefing.question is not None
    active, lines = record.newest("activation"), list[Claim]()
    if active:
        team = listed([role.replace("_", " ") for role in active.payload["team"]])
        were = "were" if briefing.question.is_over else "are"
        lines.append(Claim(text=f"The active roles {were} {team}.", cites=[active.ref]))
    for name, event in record.people().items():
        lines.append(Claim(text=f"{name} last took part at {at(event.at, briefing.question.at)}.", cites=[event.ref]))
    if not record.people():
        lines.append(Claim(text="No person has answered or told it anything yet.", cites=record.cite_all))
    return lines


async def _next_update(briefing: Briefing, record: RecordSoFar, context: DutyContext) -> Lines:
    """When the next update of the status page is due, as the last one announced it."""
    assert briefing.question is not None
    sent = record.newest_update()
    if sent is None:
        return [Claim(text="No update of the status page has been sent, and none is announced.", cites=record.cite_all)]
    told = sent.payload["fields"]["next_update"]
    last = f"The last update was sent at {at(sent.at, briefing.question.at)}."
    return [Claim(text=f"{last} The next one, as it announced: {told}.", cites=[sent.ref])]


async def _public(briefing: Briefing, record: RecordSoFar, context: DutyContext) -> Lines:
    """What the public reads: the newest update of the status page, word for word."""
    assert briefing.question is not None
    sent = record.newest_update()
    if sent is None:
        return [Claim(text="Nothing public has been sent in this run.", cites=record.cite_all)]
    words = short(" ".join(sent.payload["arguments"]["text"].split()), 600)
    when = at(sent.at, briefing.question.at)
    return [Claim(text=f"The newest public text was sent at {when}: “{words}”.", cites=[sent.ref])]


BY_TOPIC: Mapping[Topic, Callable[[Briefing, RecordSoFar, DutyContext], Awaitable[Lines]]] = {
    "next update": _next_update,
    "public": _public,
    "waiting": _waiting,
    "done": _done,
    "cause": _cause,
    "who": _who,
    "changes": changes,
    "service": _service,
    "impact": _impact,
}
