"""The executive brief: situation, cause, action and impact for stakeholders; and the draft of a notification."""

from agents.reports.communication import Brief, Notification
from agents.reports.investigation import Conclusion
from agents.rules.writing import beginning, extent, last_look, public_progress, public_wording
from agents.rules.writing.ending import is_without_act
from agents.rules.writing.last_look import FELT, Seen
from agents.rules.writing.separate import is_of_before, over_before, separate
from agents.rules.writing.told_cause import in_their_words, of_the_cause, of_the_later_cause, quotation
from agents.rules.writing.wording import FRACTIONS, at, capital, lasting, listed, on, requests_in_words, share
from agents.runtime.briefing import WATCH_AFTER_FIX, Briefing
from agents.runtime.duty_context import DutyContext


async def write_brief(briefing: Briefing, context: DutyContext) -> Brief:
    """Write the brief for stakeholders from what is known."""
    situation = _situation(briefing)
    situation = "; ".join([situation, *public_wording.others(briefing, beside=situation), *_substitute(briefing)])
    situation = f"{briefing.severity}: {situation}" if briefing.severity else situation
    return Brief(
        situation=situation,
        cause=_cause(briefing),
        action=public_progress.progress(briefing).rstrip("."),
        eta=_eta(briefing),
        impact=_impact(briefing),
        summary=situation,
    )


def _situation(briefing: Briefing) -> str:
    name = capital(public_wording.subject(briefing))
    if again := public_wording.trouble_again(briefing):
        return f"{again}; the incident has affected {_users(briefing)}{_data(briefing)}"
    if public_wording.is_over(briefing):
        if extent.is_without_harm(briefing):
            return f"{_over(briefing)}; no harm to its users was measured"
        if open_question := extent.unmeasured(briefing):
            return f"{_over(briefing)}; {open_question}{_data(briefing)}"
        over = _over(briefing)
        whom = "; the incident has affected" if public_wording.NO_TROUBLE in over else ", after affecting"
        return f"{over}{whom} {_users(briefing)}{_data(briefing)}"
    if briefing.scope is None:
        return f"{name} is reported to be in trouble, affecting {extent.users(briefing)}{_data(briefing)}"
    fresh, last = last_look.seen(briefing).verdict != "unknown", last_look.by_last_look(briefing)
    if last.verdict != "abnormal":
        looked = f" at {at(briefing.scope_at, briefing.now)}" if briefing.scope_at and not fresh else ""
        return f"{_not_in_trouble(briefing, looked)}{_data(briefing)}"
    return f"{_in_trouble(briefing, last, fresh)}{_data(briefing)}"


def _in_trouble(briefing: Briefing, last: Seen, is_fresh: bool) -> str:
    """How it does, or did, by the newest look, which found it out of its usual range: what that measured, and when."""
    name, rate = capital(public_wording.subject(briefing)), last.error_rate or 0.0
    is_down = last.is_down or requests_in_words(rate) == FRACTIONS[1.0]
    if is_down or rate >= FELT:
        state = f"{'is' if is_fresh else 'was'} {'down' if is_down else 'degraded'}"
        return f"{name} {state}, affecting {_users(briefing)}; {_how_much(briefing, rate, is_fresh)}"
    if public_wording.is_unnoticed(briefing):
        return f"{_hardly_in_trouble(briefing, last)}; {_whom(briefing)}"
    if not is_fresh:
        return _not_in_trouble(briefing, "")
    when = at(public_wording.found_at(briefing), briefing.now)
    return f"{capital(public_wording.trouble(briefing))}, as measured at {when}; {_whom(briefing)}"


def _how_much(briefing: Briefing, rate: float, is_fresh: bool) -> str:
    """How much failed at the newest look, and when trouble was last measured: each minute once."""
    looked = at(briefing.scope_at or briefing.now, briefing.now)
    is_told = rate >= 0.005 and last_look.is_of_this_trouble(briefing.scope_at, briefing)
    failed = f"{100 * rate:.0f} % of its requests failed" if is_told else ""
    if is_fresh:
        return f"at {looked}, {failed}" if failed else f"that was measured at {looked}"
    # when that was is told as on the status page: by the newest reading, whichever look took it
    when = public_wording.last_measured(briefing)
    if failed and when.endswith(f" last measured at {looked}"):
        return f"{failed} when it was last measured, at {looked}"
    return "; ".join([*([f"at {looked}, {failed}"] if failed else []), f"{when[:1].lower()}{when[1:]}"])


def _hardly_in_trouble(briefing: Briefing, last: Seen) -> str:
    """What the newest look measured of a service that is out of its usual range by less than users notice."""
    looked = at(briefing.scope_at or briefing.now, briefing.now)
    is_slower = (last.latency_ratio or 0.0) >= public_wording.ABOVE_USUAL
    slower = " and answers were slightly slower than usual" if is_slower else ""
    measured = f"{share(last.error_rate or 0.0)} of its requests failed{slower}"
    return f"At {looked} {public_wording.subject(briefing)} did worse than usual, by less than users notice: {measured}"


def _not_in_trouble(briefing: Briefing, looked: str) -> str:
    """How it stands where the newest look finds no trouble, or could not see it; and whom it has affected."""
    name, is_seen = public_wording.name(briefing), last_look.by_last_look(briefing).verdict == "normal"
    state = public_wording.last_measured(briefing)
    if not state and is_seen:
        state = f"{capital(public_wording.subject(briefing))} {'was' if looked else 'is'} as usual{looked}"
    elif not state and briefing.scope and briefing.scope.abnormal:
        state = f"Systems around {name} were degraded{looked}"
    state = state or f"What users of {name} notice at present is not known"
    return f"{state}; {_whom(briefing)}"


def _whom(briefing: Briefing) -> str:
    """Whom the incident has affected, as far as that was measured."""
    if extent.is_without_harm(briefing):
        return "no harm to its users was measured"
    if _is_counted_now(briefing) or _was_measured(briefing) or extent.data_harm(briefing):
        return f"the incident has affected {_users(briefing)}"
    return "whether users were affected was not measured"


def _over(briefing: Briefing) -> str:
    """That it is over, and who says so."""
    name, is_watched = capital(public_wording.subject(briefing)), briefing.status == "Monitoring"
    if briefing.is_vouched:
        by_report = f"{name} should work again, {public_wording.BY_REPORT}"
        if is_watched:
            return f"{public_wording.measured_free_of_trouble(briefing) or by_report}; it is watched"
        return by_report
    if (last := public_wording.last_seen_well(briefing)) is not None:
        return f"{name} worked again when it was last measured, at {at(last, briefing.now)}, and is being checked"
    with_what = " with a substitute" if public_wording.is_on_substitute(briefing) else ""
    if is_watched:
        return f"{name} works again{with_what} and is watched"
    return f"{name} works{with_what}" if with_what else f"{name} is restored"


def _substitute(briefing: Briefing) -> list[str]:
    """For what a substitute is in use, and what is not known while it is: hardly any calls to that are made."""
    if not public_wording.is_on_substitute(briefing):
        return []
    last = [act for act in briefing.ledger.acts if act.action == "fallback"][-1]
    known = briefing.catalogue.services.get(str(last.parameters.get("dependency", "")))
    what = (known.public_name if known else "") or "a service that it depends on"
    return [f"a substitute stands in for {what}, and whether that works cannot be seen meanwhile"]


def _data(briefing: Briefing) -> str:
    """The worst that any look found of the data: what was lost is not found again by a look that finds nothing."""
    scope, worst = briefing.scope, briefing.ledger.data
    now = scope if scope and scope.data_at_risk == "yes" and not public_wording.is_over(briefing) else None
    is_lost = bool((now and now.data_loss) or (worst and worst.is_lost))
    words = ["data is at risk"] if now else ["data was at risk"] if worst and not is_lost else []
    words += ["data was lost"] if is_lost else []
    is_suspected = (now and now.breach_suspected) or (worst and worst.is_breach_suspected)
    words += ["a security breach is suspected"] if is_suspected else []
    is_of_users = (now and now.user_data_affected) or (worst and worst.is_user_data)
    words += ["user data is affected"] if is_of_users else []
    return f"; {', '.join(words)}" if words else ""


def _cause(briefing: Briefing) -> str:
    """What was concluded of it, and what a person told in their own words: first, where nothing was."""
    told, found = of_the_cause(briefing), _as_concluded(briefing)
    said = in_their_words(told, briefing, beside=found) if told else ""
    parts = [found, said] if found else [said, _not_found(briefing, is_told=bool(said))]
    if before := over_before(briefing):
        over = at(before.at, briefing.started_at)
        parts.append(f"the trouble that was over at {over}: {public_wording.CAUSES[before.cause]}")
    return capital("; ".join(filter(None, parts)))


def _as_concluded(briefing: Briefing) -> str:
    """The cause with how sure it is; empty where there is none, or only that of trouble before a relapse."""
    cause, found = public_wording.concluded(briefing), briefing.conclusion
    if (named := public_wording.just_named(briefing)) and public_wording.known_cause(briefing) is None:
        return f"Under investigation — {public_wording.CAUSES[named]}, {public_wording.BY_REPORT}"
    if cause is not None and briefing.ledger.relapsed_at and public_wording.is_from_before_a_relapse(briefing):
        return _since_a_relapse(briefing, public_wording.CAUSES[cause])
    if cause is not None and found is not None:
        how_sure, of_whom = _how_sure(briefing, found)
        return f"{how_sure} {public_wording.CAUSES[cause]}{_since(briefing)}{of_whom}{_of_later_trouble(briefing)}"
    return ""


def _not_found(briefing: Briefing, is_told: bool) -> str:
    """That no cause was found: so far, or at all where it is over; beside what people told, that no other was."""
    cause, verdict = public_wording.concluded(briefing), briefing.conclusion.verdict if briefing.conclusion else None
    none = "no other cause was found" if is_told else "no cause was found"
    if cause is not None:
        state = none if public_wording.is_over(briefing) else "under investigation" if is_told else "not known yet"
        return f"{state} ({public_wording.relapse(briefing)}); before that: {public_wording.CAUSES[cause]}"
    is_denied = verdict == "nothing wrong" and not extent.was_false_alert(briefing)
    if is_denied or (verdict == "recovered by itself" and not is_without_act(briefing)):
        return none
    if verdict in ("nothing wrong", "recovered by itself"):
        return f"{none} — {verdict}"
    gone = _ruled_out(briefing)
    state = none if public_wording.is_over(briefing) else "under investigation"
    return f"{state}{f' — {gone}' if gone else ''}"


def _since(briefing: Briefing) -> str:
    """When the cause came in, or when the first sign of it was measured."""
    introduced = beginning.introduced(briefing)
    if introduced is None:
        return ""
    return f", {'first seen' if beginning.is_first_sign(briefing) else 'since'} {on(introduced)}"


def _how_sure(briefing: Briefing, found: Conclusion) -> tuple[str, str]:
    """How sure the cause is, and by what: known by the readings or a person's word, probable after what helped."""
    if public_wording.known_cause(briefing) is None:
        return f"{capital(f'{_looking(briefing)}suspected')}:", f" (confidence {found.confidence})"
    if found.confidence == "high":
        return "Known —", " (confidence high)"
    named = (found.cause, found.component)
    is_told = any((one.cause, one.component) == named for one in briefing.ledger.statements)
    return ("Known —", f", {public_wording.BY_REPORT}") if is_told else ("Probably", "")


def _looking(briefing: Briefing) -> str:
    return "" if public_wording.is_over(briefing) else "under investigation — "


def _since_a_relapse(briefing: Briefing, cause: str) -> str:
    """The cause of what was only said to be over, where it stands: suspected, as on the status page; else empty."""
    again, found = public_wording.relapse(briefing), briefing.ledger.suspected
    is_concluded_again = found and found[-1].at > (briefing.ledger.relapsed_at or briefing.now)
    if is_concluded_again and briefing.status != "Investigating" and not is_of_before(briefing):
        return f"{capital(f'{_looking(briefing)}still suspected')} ({again}): {cause}"
    return ""


def _of_later_trouble(briefing: Briefing) -> str:
    """That the cause says nothing of what began elsewhere after it was over; what a person told of that."""
    known, told = briefing.catalogue.services, of_the_later_cause(briefing)
    names = dict.fromkeys(known[entry.service].public_name or "another service" for entry in separate(briefing))
    if not names:
        return ""
    later = f"the later trouble with {listed([*names])}"
    if told is None:
        return f"; not known for {later}"
    return f"; {later}: {in_their_words(told, briefing)}"


def _ruled_out(briefing: Briefing) -> str:
    """Which kinds of cause are ruled out, in plain words; empty where none is.

    A recent change is, where a change of the service in question was looked at, and none of those known of it is open.
    """
    found = briefing.conclusion
    if found is None:
        return ""
    gone = {h.cause for h in found.hypotheses if h.status == "ruled out"}
    gone -= {h.cause for h in found.hypotheses if h.status != "ruled out"}
    in_question = (found.component or briefing.service, briefing.service)
    changes = [h for h in found.hypotheses if h.cause == "recent deployment" and h.component in in_question]
    gone -= set() if changes else {"recent deployment"}
    words = [words for cause, words in public_wording.CAUSES.items() if cause in gone]
    return f"we have ruled out {listed(words)}" if words else ""


def _eta(briefing: Briefing) -> str:
    if briefing.status == "Resolved":
        return "done"
    if briefing.status == "Monitoring":
        return _end_of_watch(briefing)
    if briefing.proposal is None or briefing.proposal.action is None:
        return "not known"
    if briefing.acted_at is None:
        last = public_progress.news(briefing)
        effect = f"about {briefing.proposal.takes_effect_in_minutes} minutes after approval"
        return effect if last is not None and last.kind != "begun" else "not known"
    return f"about {briefing.proposal.takes_effect_in_minutes} minutes after {at(briefing.acted_at, briefing.now)}"


def _end_of_watch(briefing: Briefing) -> str:
    """When the watch ends; not known where it should have by now, and goes on."""
    begun = briefing.fixed_at
    if begun is not None and briefing.now - begun > WATCH_AFTER_FIX * briefing.minute:
        return "not known"
    told = "our team reported it" if briefing.is_vouched else "recovery was verified"
    return f"about {WATCH_AFTER_FIX} minutes after {told}{f' at {at(begun, briefing.now)}' if begun else ''}"


def _impact(briefing: Briefing) -> str:
    over, lasted = public_wording.is_over(briefing), extent.hurt_for(briefing)
    if extent.is_without_harm(briefing):
        return "no harm to users was measured; reputation not assessed"
    users = _users_at_worst(briefing)
    so_far = "" if over else " so far"
    how_long = f"user impact {extent.not_measured(briefing)}"
    if lasted is not None:
        how_long = f"{lasting(lasted, briefing.minute)} of user impact measured{so_far}"
    parts = [extent.revenue(briefing), f"{users}, {how_long}", *_said_of_harm(briefing), "reputation not assessed"]
    return "; ".join(parts)


def _said_of_harm(briefing: Briefing) -> list[str]:
    """What a person told of harm, without their name; words that others may not read are not quoted."""
    told = extent.told_of_harm(briefing)
    if told is None:
        return []
    quoted = quotation(told, briefing)
    unquoted = f"our team noted what it knows of the impact at {at(told.at)}, in the record of the incident"
    return [f"our team said: {quoted}" if quoted else unquoted]


def _users(briefing: Briefing) -> str:
    """By the newest look; by the worst, where it is over or where the newest counts nobody and harm was measured."""
    is_of_now = _is_counted_now(briefing) or not _was_measured(briefing)
    if is_of_now and not public_wording.is_over(briefing):
        return extent.users(briefing)
    return _users_at_worst(briefing)


def _users_at_worst(briefing: Briefing) -> str:
    words = extent.users_at_worst(briefing)
    return words if words.startswith(("an unknown", "up to")) else f"{words} at the worst moment"


def _is_counted_now(briefing: Briefing) -> bool:
    return briefing.scope is not None and bool(briefing.scope.users_affected or briefing.scope.users_share)


def _was_measured(briefing: Briefing) -> bool:
    """Whether users were counted to be affected, or damage was measured, at any time of the run."""
    return bool(briefing.ledger.users_affected or briefing.ledger.users_share or extent.hurt(briefing))


async def draft_notification(briefing: Briefing, context: DutyContext) -> Notification:
    """Draft the notification of those whose data is affected; people decide whether it is sent."""
    scope, name = briefing.scope, public_wording.name(briefing)
    exposed = next((c.text for c in scope.claims if "user records exposed" in c.text), "") if scope else ""
    happened = "may have been seen by people who should not see it" if exposed and scope else "may be affected"
    if scope is not None and scope.data_loss:
        happened = "may have been lost"
    text = "\n".join(
        [
            "DRAFT — for people to decide on; not sent.",
            f"On {on(briefing.started_at)} we noticed an incident on {name}. Data that we keep about you {happened}.",
            "Kinds of data concerned: [not known yet].",
            "People concerned: [number not known yet].",
            "What may follow for you: [to be assessed by the Legal Compliance Checker].",
            f"What we are doing: {public_progress.progress(briefing)}",
            "What you can do: [to be decided].",
            "Where to ask: [contact of the data protection officer].",
        ]
    )
    return Notification(
        audience="affected users", text=text, summary=f"A draft for users of {name} is ready for a decision."
    )
