"""The executive brief: situation, cause, action and impact for stakeholders; and the draft of a notification."""

from agents.reports.communication import Brief, Notification
from agents.reports.investigation import Conclusion
from agents.rules.writing import beginning, extent, last_look, public_progress, public_wording
from agents.rules.writing.ending import is_without_act
from agents.rules.writing.separate import separate, told_of_it
from agents.rules.writing.testimony import quoted_with_time
from agents.rules.writing.told_cause import in_their_words, of_the_cause
from agents.rules.writing.wording import at, capital, lasting, listed, on
from agents.runtime.briefing import WATCH_AFTER_FIX, Briefing
from agents.runtime.duty_context import DutyContext

NEARLY_ALL = 0.9
"""From this share of failed requests on, stakeholders are told that a service is down."""


async def write_brief(briefing: Briefing, context: DutyContext) -> Brief:
    """Write the brief for stakeholders from what is known."""
    situation = _situation(briefing)
    situation = "; ".join([situation, *public_wording.others(briefing, beside=situation), *_substitute(briefing)])
    situation = f"{briefing.severity}: {situation}" if briefing.severity else situation
    return Brief(
        situation=situation,
        cause=_cause(briefing),
        action=public_progress.progress(briefing),
        eta=_eta(briefing),
        impact=_impact(briefing),
        summary=situation,
    )


def _situation(briefing: Briefing) -> str:
    name, scope = capital(public_wording.subject(briefing)), briefing.scope
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
    if scope is None:
        return f"{name} is reported to be in trouble, affecting {extent.users(briefing)}{_data(briefing)}"
    fresh, last = last_look.seen(briefing).verdict != "unknown", last_look.by_last_look(briefing)
    if last.verdict != "abnormal":
        looked = f" at {at(briefing.scope_at, briefing.now)}" if briefing.scope_at and not fresh else ""
        return f"{_not_in_trouble(briefing, looked)}{_data(briefing)}"
    rate, looked_at = last.error_rate, at(briefing.scope_at or briefing.now, briefing.now)
    traffic = f"; at {looked_at}, {100 * rate:.0f} % of its requests failed" if rate and rate >= 0.005 else ""
    is_down = last.is_down or (rate or 0.0) >= NEARLY_ALL
    state = f"{'is' if fresh else 'was'} {'down' if is_down else 'degraded'}"
    # when that was is told as on the status page: by the newest reading, whichever look took it
    when = public_wording.last_measured(briefing)
    measured = "" if fresh else f"; {when[:1].lower()}{when[1:]}"
    return f"{name} {state}, affecting {_users(briefing)}{traffic}{measured}{_data(briefing)}"


def _not_in_trouble(briefing: Briefing, looked: str) -> str:
    """How it stands where the newest look finds no trouble, or could not see it; and whom it has affected."""
    name, is_seen = public_wording.name(briefing), last_look.by_last_look(briefing).verdict == "normal"
    state = public_wording.last_measured(briefing)
    if not state and is_seen:
        state = f"{capital(public_wording.subject(briefing))} {'was' if looked else 'is'} as usual{looked}"
    elif not state and briefing.scope and briefing.scope.abnormal:
        state = f"Systems around {name} were degraded{looked}"
    state = state or f"What users of {name} notice at present is not known"
    if extent.is_without_harm(briefing):
        return f"{state}; no harm to its users was measured"
    if _is_counted_now(briefing) or _was_measured(briefing) or extent.data_harm(briefing):
        return f"{state}; the incident has affected {_users(briefing)}"
    return f"{state}; whether users were affected was not measured"


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
    """What was concluded of it, and what a person told in their own words."""
    told = of_the_cause(briefing)
    return "; ".join([_as_concluded(briefing), *([in_their_words(told)] if told else [])])


def _as_concluded(briefing: Briefing) -> str:
    cause, found = public_wording.concluded(briefing), briefing.conclusion
    if named := public_wording.just_named(briefing):
        return f"Known — {public_wording.CAUSES[named]}, {public_wording.BY_REPORT}"
    if cause is not None and briefing.ledger.relapsed_at and public_wording.is_from_before_a_relapse(briefing):
        return _since_a_relapse(briefing, public_wording.CAUSES[cause])
    if cause is not None and found is not None:
        introduced = beginning.introduced(briefing)
        seen = "first seen" if beginning.is_first_sign(briefing) else "since"
        since = f", {seen} {on(introduced)}" if introduced else ""
        how_sure, of_whom = _how_sure(briefing, found)
        return f"{how_sure} {public_wording.CAUSES[cause]}{since}{of_whom}{_of_later_trouble(briefing)}"
    verdict = found.verdict if found else None
    is_denied = verdict == "nothing wrong" and not extent.was_false_alert(briefing)
    if is_denied or (verdict == "recovered by itself" and not is_without_act(briefing)):
        return "Not known"
    if verdict in ("nothing wrong", "recovered by itself"):
        return f"Not known — {verdict}"
    gone = _ruled_out(briefing)
    return f"Under investigation{f' — {gone}' if gone else ''}"


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
    return "" if briefing.status == "Resolved" else "under investigation — "


def _since_a_relapse(briefing: Briefing, cause: str) -> str:
    """The cause of what was over: suspected again where it was concluded since, as on the status page."""
    again, found = public_wording.relapse(briefing), briefing.ledger.suspected
    is_concluded_again = found and found[-1].at > (briefing.ledger.relapsed_at or briefing.now)
    if is_concluded_again and briefing.status != "Investigating":
        return f"{capital(f'{_looking(briefing)}still suspected')} ({again}): {cause}"
    return f"Not known yet ({again}); before that: {cause}"


def _of_later_trouble(briefing: Briefing) -> str:
    """That the cause says nothing of what began elsewhere after it was over; what a person told of that."""
    known, told = briefing.catalogue.services, told_of_it(briefing)
    names = dict.fromkeys(known[entry.service].public_name or "another service" for entry in separate(briefing))
    if not names:
        return ""
    later = f"the later trouble with {listed([*names])}"
    if told is None:
        return f"; not known for {later}"
    words = f"{public_wording.CAUSES[told.cause]}, {public_wording.BY_REPORT}" if told.cause else quoted_with_time(told)
    return f"; {later}: {words}"


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
    told = extent.said_of_harm(briefing)
    return f"{extent.revenue(briefing)}; {users}, {how_long}{f'; {told}' if told else ''}; reputation not assessed"


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
