"""The first page of a post-mortem: what happened, who was hurt, for how long, why, what ended it and what we do.

It is written from the ledger and from the parts that are done, so that it says nothing else than they do.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from pydantic import BaseModel

from agents.reports.post_mortem import ActionItem
from agents.rules.writing import beginning, extent, public_wording, refuted, testimony
from agents.rules.writing.ending import is_end_measured, is_without_act, seen_again, what_ended_it
from agents.rules.writing.lessons import against_what_was_told, as_far_as_known, cause_in_words, told_by
from agents.rules.writing.neighbours import failed_by_scope, public_names
from agents.rules.writing.separate import as_sentence
from agents.rules.writing.wording import at, capital, damage_in_words, lasting, on, share, short, users_in_words
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import FAILS, Damage

MOST_ITEMS = 3
"""Tasks on the first page; all of them are in the last section."""
PERSONS_WORDS = re.compile(r" \((?:[^()“”]* said: “[^”]*”(?:; )?)+\)")
"""In brackets, such as: (ada said: “I drained it”)."""
GRAVER_FROM = 0.1
"""Share of requests by which more fail elsewhere, from which a headline tells of that too."""


class FirstPage(BaseModel):
    """A sentence or two for each question that a reader comes with."""

    title: str
    what_happened: str
    who: str
    is_first_sign: bool
    """When it was introduced is known by the first sign of it only."""
    how_long: str
    total_impact: str
    """The same in minutes, with what that rests on."""
    why: str
    what_ended_it: str
    what_we_do: list[ActionItem]


def first_page(briefing: Briefing) -> FirstPage:
    """Write the first page."""
    parts = briefing.post_mortem
    who = parts.impact.users.text if parts.impact else "not known"
    happened = what_happened(briefing, beside=who)
    if who == those_hurt(briefing):  # a model's words stay as they are
        who = those_hurt(briefing, beside=_harm(briefing))
    return FirstPage(
        title=title(briefing),
        what_happened=happened,
        who=who,
        is_first_sign=beginning.is_first_sign(briefing),
        how_long=_how_long(briefing),
        total_impact=_total_impact(briefing),
        why=_why(briefing, f"{happened} {who}"),
        what_ended_it=_end(briefing),
        what_we_do=[_task(item) for item in parts.action_items.items[:MOST_ITEMS]] if parts.action_items else [],
    )


def _task(item: ActionItem) -> ActionItem:
    """Without a person's words, which stand above."""
    return item.model_copy(update={"action": PERSONS_WORDS.sub("", item.action)})


def those_hurt(briefing: Briefing, beside: Sequence[str] | None = None) -> str:
    """Who was hurt, how badly and for how long; beside what happened, without what that and how long it was tell."""
    if extent.was_false_alert(briefing):
        return "No user was affected, as far as the signals show."
    harmed, told = extent.data_harm(briefing), extent.told_of_harm(briefing)
    quoted = [testimony.quoted_with_time(told)] if told else []
    if open_question := extent.unmeasured(briefing):
        clauses = [open_question, *quoted]
    elif public_wording.was_unnoticed(briefing):
        is_calm = extent.is_without_harm(briefing)
        clauses = ["no harm to users was measured"] if is_calm else ["what users met was not measured", *quoted]
    else:
        clauses = [*_users(briefing), *([_for_how_long(briefing)] if beside is None else []), *quoted]
    clauses = [*([harmed] if harmed else []), *clauses]
    shown = [clause for number, clause in enumerate(clauses) if not number or clause not in (beside or ())]
    return capital(f"{'; '.join(shown)}.")


def _for_how_long(briefing: Briefing) -> str:
    lasted = impact_minutes(briefing)
    if lasted is None:
        return f"how long: {extent.not_measured(briefing)}"
    return extent.measured_for(f"{extent.minutes_of(lasted)} of user impact", briefing)


def impact_minutes(briefing: Briefing) -> float | None:
    """How long users were hurt by what was measured; None where nothing was. 0 where nothing was wrong."""
    if extent.was_false_alert(briefing):
        return 0.0
    lasted = extent.hurt_for(briefing)
    return None if lasted is None else round(lasted / briefing.minute, 1)


def _users(briefing: Briefing) -> list[str]:
    """How many users met it at its worst; where nobody counted them, what was measured of their requests."""
    ledger = briefing.ledger
    if ledger.users_affected is None:
        hurt = extent.hurt(briefing)
        read = extent.failed_requests(briefing) or (damage_in_words(worst(hurt)) if hurt else "")
        return ["how many users is not known", *([read] if read else [])]
    if words := extent.by_two_counts(ledger):
        return [words]
    part = f" ({share(ledger.affected_share)} of those active)" if ledger.affected_share is not None else ""
    return [f"{users_in_words(ledger.users_affected)}{part} at the worst moment"]


def title(briefing: Briefing) -> str:
    """What failed, for whom it failed and for how long, as a headline."""
    who, hurt = public_wording.name(briefing), extent.hurt(briefing)
    spoken = public_wording.spoken_of(briefing.service, briefing.ledger, briefing.catalogue)
    own = [entry for entry in hurt if entry.service == spoken]
    lasted = extent.hurt_for(briefing)
    long = f"; {lasting(lasted, briefing.minute)} of user impact" if lasted is not None and hurt else ""
    is_measured = not beginning.is_harm_by_the_alert(briefing)
    long += " measured" if long and is_measured and extent.unknown(briefing) else ""
    if hurt:
        first, known = worst(own or hurt), briefing.catalogue
        gravest = worst([first, *(entry for entry in hurt if public_names(briefing, [entry.service]))])
        if _is_clearly_graver(gravest, first):
            long = f"; {known.public_name(gravest.service)}: {_headline(gravest)}{long}"
        return f"{who if own else known.public_name(first.service)}: {_headline(first)}{long}"
    if extent.was_false_alert(briefing):
        return f"{who}: a false alert, “{short(briefing.alert.title, 80)}”"
    if harmed := extent.data_harm(briefing):
        return f"{who}: {harmed}"
    measured = "no harm to users was measured" if extent.is_without_harm(briefing) else "harm was not measured"
    return f"{who}: “{short(briefing.alert.title, 80)}”, and {measured}"


def worst(hurt: list[Damage]) -> Damage:
    """What failed before what was slow, a measured share before the rest, the greatest share, the longest."""
    return max(hurt, key=_gravity)


def _is_clearly_graver(one: Damage, other: Damage) -> bool:
    (fails, part), (other_fails, other_part) = _failed(one), _failed(other)
    return fails > other_fails or part - other_part >= GRAVER_FROM


def gravest_of_each(hurt: list[Damage], briefing: Briefing, most: int = 3) -> list[Damage]:
    """The gravest stretches in the order of time: one of each service and kind before a second one of any.

    Of these, what customers have a name for comes first.
    """
    known = briefing.catalogue.services
    public = {name for name, service in known.items() if service.public_name}
    first = list({(entry.service, entry.kind): entry for entry in sorted(hurt, key=_gravity)}.values())
    order = sorted(hurt, key=lambda one: (one in first, one.service in public, *_gravity(one)), reverse=True)
    return sorted(order[:most], key=lambda entry: entry.since)


def _gravity(entry: Damage) -> tuple[bool, float, timedelta]:
    return *_failed(entry), entry.until - entry.since


def _failed(entry: Damage) -> tuple[bool, float]:
    """Whether it failed, and the share of requests that did: of what did not run, all."""
    return entry.kind in FAILS, (entry.worst or 0.0) if entry.kind in ("errors", "down") else -1.0


def _headline(worst: Damage) -> str:
    """The gravest damage, without the service's internal name."""
    match worst.kind:
        case "errors" if (worst.worst or 0) >= 0.95:
            return "nearly all requests failed"
        case "errors":
            return f"up to {share(worst.worst or 0.0)} of requests failed"
        case "refused":
            return f"checks of {'some of ' if worst.endpoints else ''}its endpoints failed"
        case "down":
            return "none of its instances answered"
        case "lost traffic":
            return "hardly any traffic came through"
        case "slow" | "slow pages":
            return "slow answers"
        case "client errors":
            return "errors in the browser or the app"
        case "affected users":
            return f"up to {share(worst.worst or 0.0)} of users met a fault"


def what_happened(briefing: Briefing, beside: str = "") -> str:
    """The damage as it was measured; where none was, what the alert said, and a person whom nothing beside quotes."""
    hurt, harmed = extent.hurt(briefing), extent.data_harm(briefing)
    if not hurt and not harmed:
        calm = extent.is_without_harm(briefing)
        open_question = capital(extent.unmeasured(briefing)) or "Harm was not measured"
        measured = "No harm to users was measured" if calm else open_question
        told = extent.told_of_harm(briefing)
        quoted = testimony.quoted_with_time(told) if told else ""
        is_new = quoted and quoted not in beside
        return f"The alert “{short(briefing.alert.title)}” came in. {measured}{f'; {quoted}' if is_new else ''}."
    return f"{'; '.join(_harm(briefing))}."


def _harm(briefing: Briefing) -> list[str]:
    """Harm to data, and the gravest damage to users, each once."""
    told = [extent.data_harm(briefing), *map(damage_in_words, gravest_of_each(extent.hurt(briefing), briefing))]
    return [*dict.fromkeys(filter(None, told)), *by_the_last_look(briefing)]


def by_the_last_look(briefing: Briefing) -> list[str]:
    """What failed by the last look that saw trouble, and by no reading over a time."""
    scope, looked = briefing.scope, briefing.scope_at
    if scope is None or looked is None:
        return []
    read, rates = {entry.service for entry in extent.hurt(briefing)}, scope.error_rates
    unread = [name for name in failed_by_scope(briefing) if name not in read and (name in rates or name in scope.down)]
    moment = at(looked, briefing.started_at)
    rated = {name: share(rates[name]) for name in unread if rates.get(name)}
    failed = {name: f"{name}: {rate} of requests failed at {moment}" for name, rate in rated.items()}
    return [failed.get(name, f"{name} was completely down at {moment}") for name in unread]


def _how_long(briefing: Briefing) -> str:
    """From the first damage to the last, detection and end."""
    lasted, detected = extent.hurt_for(briefing), briefing.detected_at
    first, last = briefing.ledger.first_damage(detected), briefing.ledger.last_damage(detected)
    ends = ", ".join(filter(None, [f"detected at {at(briefing.started_at, first)}", seen_again(briefing)]))
    if briefing.resolved_at:
        ends += f", closed at {at(briefing.resolved_at, briefing.started_at)} after 30 minutes of watching"
    if briefing.minute != timedelta(minutes=1):
        ends += f" (a rehearsal: {briefing.minute.total_seconds():g} seconds count as a minute)"
    if lasted is None or first is None or last is None:
        is_calm = extent.is_without_harm(briefing)
        measured = "no impact on users was measured" if is_calm else extent.not_measured(briefing)
        return f"{capital(measured)}; {ends}."
    measured = "" if is_end_measured(briefing) else "when it was last measured, at "
    since, until = on(first), at(last, first)
    is_quick = briefing.minute < timedelta(minutes=1) or since == on(last)
    if is_quick and first.date() == last.date():
        since, until = f"{first:%Y-%m-%d %H:%M:%S} UTC", f"{last:%H:%M:%S} UTC"
    since += " (when the alert began to fire)" if beginning.is_harm_by_the_alert(briefing) else ""
    counted = extent.measured_for(f"from {since} to {measured}{until}", briefing)
    return f"{lasting(lasted, briefing.minute).capitalize()}, {counted}; {ends}."


def _total_impact(briefing: Briefing) -> str:
    """The minutes of the timeline; only what was measured is called so."""
    timeline = briefing.post_mortem.timeline
    lasted = timeline.user_impact_minutes if timeline else None
    if extent.was_false_alert(briefing):
        return "0 minutes, as far as the signals show"
    if lasted is None:
        is_calm = extent.is_without_harm(briefing)
        return "no harm to users was measured" if is_calm else extent.not_measured(briefing)
    if beginning.is_harm_by_the_alert(briefing):
        by = f"{lasted:g} minutes: its beginning is when the alert began to fire, the rest was measured"
        return "; ".join(filter(None, [by, extent.unknown(briefing).rstrip("; ")]))
    long = f"{lasted:g} minutes"
    return extent.measured_for(long, briefing) if extent.unknown(briefing) else f"{long} measured"


def _why(briefing: Briefing, told_above: str) -> str:
    """The cause as far as it is known, and what people told of it that no other answer of this page quotes."""
    cause, later = cause_in_words(briefing), as_sentence(briefing)
    if cause and briefing.conclusion is not None:
        sure = f"{briefing.conclusion.confidence} confidence"
        is_named = told_by(briefing) is not None  # its words end in brackets
        known = [f"{cause[:-1]}, {sure})." if is_named else f"{cause} ({sure})."]
    elif extent.was_false_alert(briefing):
        known = [f"Nothing was found to be wrong with {briefing.service}."]
    else:
        so_far = as_far_as_known(briefing)
        known = ["The cause is not known.", *([so_far.text] if so_far else [])]
    known.append(refuted.as_sentence(against_what_was_told(briefing)))
    beside = " ".join([*known, told_above, _end(briefing), later])
    told = [refuted.account(one, briefing) for one in testimony.accounts(briefing.ledger, beside)]
    return " ".join(filter(None, [*known, *told, later]))


def _end(briefing: Briefing) -> str:
    if extent.was_false_alert(briefing):
        return "No harm was measured that had to end."
    return f"{capital(what_ended_it(briefing))}."


def outcome(briefing: Briefing) -> str:
    """What the investigation came to, and what ended it where no cause was found."""
    found = briefing.conclusion
    if found is None:
        return "no conclusion"
    if found.verdict == "cause found":
        return f"cause found: {testimony.blamed(found.cause, found.component)}"
    if extent.was_false_alert(briefing):
        return found.verdict
    told = extent.said_of_harm(briefing)
    if found.verdict == "nothing wrong" and told and not extent.hurt(briefing):
        return f"cause not known: {told}; nothing was measured"
    named = testimony.blamed(found.cause, found.component)
    suspected = f"; suspected: {named}" if found.cause and found.component else ""
    if found.verdict == "recovered by itself" and is_without_act(briefing):
        return f"{found.verdict}{suspected}"
    return f"cause not known; {what_ended_it(briefing)}{suspected}"
