"""Executive Summary Generator: briefs for stakeholders, drafts of notifications."""

from agents.book import plain_words
from agents.book.wording import at, lasting, on
from agents.briefing import Briefing
from agents.desk import Desk
from agents.reports import Brief, Notification
from agents.role import duty


@duty()
async def brief_stakeholders(case: Briefing, desk: Desk) -> Brief:
    """Brief stakeholders at P0: situation, cause, action with its ETA, impact. (S3.6, TPL-EXEC)"""
    situation = _situation(case)
    return Brief(
        situation=situation,
        cause=_cause(case),
        action=plain_words.progress(case),
        eta=_eta(case),
        impact=_impact(case),
        summary=situation,
    )


def _situation(case: Briefing) -> str:
    name, scope = plain_words.name(case), case.scope
    if case.status == "Resolved":
        return f"{name} is restored, after affecting {plain_words.users(scope)}"
    if case.status == "Monitoring":
        return f"{name} works again and is watched, after affecting {plain_words.users(scope)}"
    if scope is None:
        return f"{name} is reported to be in trouble, affecting a number of users not known yet"
    state = "down" if scope.completely_down else "degraded"
    traffic = f"; {100 * scope.error_rate:.0f} % of its traffic fails" if scope.error_rate is not None else ""
    return f"{name} is {state}, affecting {plain_words.users(scope)}{traffic}{_data(case)}"


def _data(case: Briefing) -> str:
    scope = case.scope
    if scope is None or scope.data_at_risk != "yes":
        return ""
    words = ["data is at risk"]
    words += ["data was lost"] if scope.data_loss else []
    words += ["a security breach is suspected"] if scope.breach_suspected else []
    words += ["user data is affected"] if scope.user_data_affected else []
    return f"; {', '.join(words)}"


def _cause(case: Briefing) -> str:
    cause = plain_words.concluded(case)
    if cause is not None and case.conclusion is not None:
        introduced = case.conclusion.introduced_at
        since = f", since {on(introduced)}" if introduced else ""
        return f"Known — {plain_words.CAUSES[cause]}{since} (confidence {case.conclusion.confidence})"
    if case.conclusion is not None and case.conclusion.verdict in ("nothing wrong", "recovered by itself"):
        return f"Not known — {case.conclusion.verdict}"
    gone = plain_words.ruled_out(case)
    return f"Under investigation{f' — {gone}' if gone else ''}"


def _eta(case: Briefing) -> str:
    if case.status == "Resolved":
        return "done"
    if case.status == "Monitoring":
        return "about 30 minutes after recovery was verified" + (f" at {at(case.fixed_at)}" if case.fixed_at else "")
    if case.proposal is None or case.proposal.action is None:
        return "not known"
    if case.acted_at is None:
        return f"about {case.proposal.takes_effect_in_minutes} minutes after approval"
    return f"about {case.proposal.takes_effect_in_minutes} minutes after {at(case.acted_at)}"


def _impact(case: Briefing) -> str:
    shown = f"public updates so far: {case.updates_sent}"
    lasted = (case.fixed_at or case.now) - case.started_at
    return (
        f"{plain_words.revenue(case)}; {plain_words.users(case.scope)} for {lasting(lasted)}; "
        f"reputation not assessed, {shown}"
    )


@duty()
async def prepare_notification(case: Briefing, desk: Desk) -> Notification:
    """Draft the notification of those whose data is affected; people decide whether it is sent. (ESC-4)"""
    scope, name = case.scope, plain_words.name(case)
    exposed = next((c.text for c in scope.claims if "user records exposed" in c.text), "") if scope else ""
    happened = "may have been seen by people who should not see it" if exposed and scope else "may be affected"
    if scope is not None and scope.data_loss:
        happened = "may have been lost"
    text = "\n".join(
        [
            "DRAFT — for people to decide on; not sent.",
            f"On {on(case.started_at)} we noticed an incident on {name}. Data that we keep about you {happened}.",
            "Kinds of data concerned: [not known yet].",
            "People concerned: [number not known yet].",
            "What may follow for you: [to be assessed by the Legal Compliance Checker].",
            f"What we are doing: {plain_words.progress(case)}",
            "What you can do: [to be decided].",
            "Where to ask: [contact of the data protection officer].",
        ]
    )
    return Notification(
        audience="affected users", text=text, summary=f"A draft for users of {name} is ready for a decision."
    )
