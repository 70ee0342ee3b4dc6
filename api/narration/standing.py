"""How a run stands, for someone who opens its page at night: what is wrong, for whom, since when and how bad now, what
is being done, and what is asked of them. A sentence each, made of what was measured, done and said, and of no model's
words but a named cause."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from agents.io.outside_text import clean
from agents.reports.investigation import Conclusion
from agents.rules.writing.testimony import quoted
from agents.rules.writing.wording import at, capital, listed, requests_in_words, share, slowest
from agents.runtime.ledger import FAILS, Damage, Statement
from api.narration.change_words import headline_of, in_plain_words
from api.narration.how_bad import how_bad_now
from api.narration.role_activity import DutyActivity, RoleActivity
from api.narration.vocabulary import title, words
from graphs.charts.charts import Chart
from graphs.charts.run_charts import down_now
from graphs.model.questions import Question
from graphs.model.runbook import MATRIX
from graphs.steps.approval import change_in
from graphs.transcript.facts import Facts
from graphs.transcript.projections import verdict_in_words

WATCHED = "it is watched before it counts as resolved"


class Standing(NamedTuple):
    """The five answers."""

    headline: str
    """What fails, in a few words: the page's title."""
    cause: str
    for_whom: str
    since: str
    doing: str
    asked: str


def standing(facts: Facts, lanes: RoleActivity, charts: Sequence[Chart], now: datetime) -> Standing:
    """Put a run's state into five sentences."""
    return Standing(
        headline=headline(facts),
        cause=without_date(_cause(facts), now),
        for_whom=_for_whom(facts),
        since=how_bad_now(facts, charts, now),
        doing=clean(_doing(facts, lanes)),
        asked=clean(_asked(facts)),
    )


def headline(facts: Facts) -> str:
    """What fails, as it was measured; the alert's own title where nothing was."""
    own, down = _hurt(facts), down_now(facts)
    goes_on = [one for one in own if one.is_open and facts.fixed_at is None]
    if down and not any(one.kind in FAILS for one in goes_on):
        return clean(f"{listed(down)} {'is' if len(down) == 1 else 'are'} down")
    return clean(_extent(facts, _gravest(goes_on or own))) if own else _alert_title(facts)


def escalated_to(row: str) -> str:
    """A row of the escalation matrix in words: who is called, and why."""
    entry = MATRIX.get(row)
    return f"{listed([title(role) for role in entry.escalate_to])} ({entry.condition})" if entry else row


def without_date(text: str, now: datetime) -> str:
    """Leave out today's date before a time of the day."""
    return text.replace(f"{now:%Y-%m-%d} ", "")


def if_nobody_answers(question: Question) -> str:
    """What happens when a question stays without an answer."""
    if question.expires_at is None:
        return "the run waits, and changes nothing"
    match question.kind:
        case "approval":
            return "it counts as not approved, nothing is changed, and the team goes back to the investigation"
        case "direction":
            return "the team looks again by itself"
        case _:
            return "it is asked again"


def _alert_title(facts: Facts) -> str:
    said = facts.alert.title if facts.alert else ""
    named = facts.service and facts.service.lower() not in said.lower()
    return clean(f"{facts.service}: {said}" if named else said)


def _hurt(facts: Facts) -> list[Damage]:
    return facts.ledger.hurt(facts.started_at) if facts.started_at else []


def _gravest(own: Sequence[Damage]) -> Damage:
    """The stretch that says most: what fails before what is slow, the most before the least."""
    return min(own, key=lambda one: (one.kind not in FAILS, -_weight(one), one.since))


def _weight(entry: Damage) -> float:
    return (entry.worst or 0.0) if entry.kind in ("errors", "down") else 0.0


def _extent(facts: Facts, entry: Damage) -> str:
    """What one stretch of damage is, or was, in a few words."""
    scope, worst, is_now = facts.newest_scope, entry.worst or 0.0, entry.is_open and facts.fixed_at is None
    if entry.kind == "errors" and is_now and scope and entry.service in scope.down:
        return f"{entry.service} is down: every request fails" if worst >= 1 else f"{entry.service} is down"
    be, fail = ("", "fail") if is_now else ("was ", "failed")
    match entry.kind:
        case "errors":
            return f"{_share_of_requests(worst, is_now)} to {entry.service} {fail}"
        case "slow":
            return f"{entry.service} {be or 'is '}slow: {slowest(entry, is_now)}"
        case "lost traffic":
            return f"{entry.service} {'gets' if is_now else 'got'} far fewer requests than usual"
        case "client errors":
            return f"{share(worst)} of page views of {entry.service} {'meet' if is_now else 'met'} an error"
        case "slow pages":
            return f"Pages of {entry.service} {'are' if is_now else 'were'} slow: {slowest(entry, is_now)}"
        case "refused":
            return f"{entry.service} {'does' if is_now else 'did'} not answer its checks"
        case "down":
            return f"No instance of {entry.service} {'answers' if is_now else 'answered'}"
        case "affected users":
            return f"{share(worst)} of the users of {entry.service} {'meet' if is_now else 'met'} a fault"


def _share_of_requests(worst: float, is_now: bool) -> str:
    if share(worst) == share(1):  # rounded to all
        return "All requests" if worst >= 1 else capital(requests_in_words(worst))
    return f"{'' if is_now else 'Up to '}{share(worst)} of requests"


def _cause(facts: Facts) -> str:
    found = facts.conclusion
    if found is None:
        return "Not known yet."
    statement = found.hypotheses[0].statement if found.hypotheses else found.summary
    if found.verdict == "cause found":
        said = _named_by(facts, found)
        told = f"; {quoted(said)}" if said else ""
        return clean(f"{capital(statement.rstrip('.'))} ({found.confidence} confidence){told}.")
    if found.verdict == "insufficient evidence":
        return clean(f"Not known. {_first_sentence(found.summary)}")
    return clean(f"{capital(verdict_in_words(facts, found))}: {found.summary}")


def _named_by(facts: Facts, found: Conclusion) -> Statement | None:
    """The newest words in which a person named the cause that is concluded."""
    same = (
        one for one in reversed(facts.ledger.statements) if (one.cause, one.component) == (found.cause, found.component)
    )
    return next((one for one in same if one.words.strip()), None)


def _for_whom(facts: Facts) -> str:
    scope, most = facts.newest_scope, facts.ledger.users_affected
    known: list[str] = scope.services if scope else []
    services = list(dict.fromkeys([*known, *(one.service for one in _hurt(facts))]))
    of = f" of {listed(services[:3])}{' and others' if len(services) > 3 else ''}" if services else ""
    if scope is None:
        return "Not measured yet."
    if most is None:
        return f"Users{of}; how many is not known." if of else "How many users are affected is not known."
    own = facts.ledger.affected_share
    part = f", {share(own)} of those active" if own is not None else ""
    at_risk = "; their data may be at risk" if scope.data_at_risk == "yes" else ""
    return f"{most:,} users{of}{part.replace('.0 %', ' %')}{at_risk}."


def _doing(facts: Facts, lanes: RoleActivity) -> str:
    if facts.status in ("closed", "cancelled"):
        return _over(facts)
    if facts.queued:
        return "It waits in the queue of a storm; nobody looks at it yet."
    if facts.resolved_at:
        return f"Resolved at {at(facts.resolved_at)}; the post-mortem is being written."
    if facts.fixed_at:
        known = "A person said that it was over, at" if facts.is_vouched else "Recovery was verified at"
        return f"{known} {at(facts.fixed_at)}; {WATCHED}."
    return _change(facts) or _at_work(lanes) or _waiting(facts) or "The team is being called."


def _over(facts: Facts) -> str:
    if facts.cancelled:
        return "The run was cancelled."
    if facts.unseen:
        return "Its alerts ended while it waited in the queue of a storm; nobody looked at it."
    resolved = f"Resolved at {at(facts.resolved_at)}" if facts.resolved_at else "Closed"
    return f"{resolved}; {'the post-mortem is written.' if facts.post_mortem_at else 'nothing is left to do.'}"


def _change(facts: Facts) -> str:
    """What is being changed in production, or about to be."""
    change = change_in(facts.proposal.model_dump()) if facts.proposal else None
    if change is None:
        return ""
    if facts.acted_at:
        return f"{capital(str(change))} was made at {at(facts.acted_at)}; the team checks whether it helped."
    if facts.approval:
        return f"{capital(str(change))} is approved and being made."
    return f"{capital(words(change.action))} of {change.service} is proposed; nothing is changed before it is approved."


def _waiting(facts: Facts) -> str:
    if not facts.open_questions:
        return ""
    return f"It waits for an answer; without one, {if_nobody_answers(facts.open_questions[0])}."


def _at_work(lanes: RoleActivity) -> str:
    busy = [work for works in lanes.of.values() for work in works if work.ended is None]
    if not busy:
        return ""
    roles = list(dict.fromkeys(title(work.role) for work in busy))
    who = listed(roles if len(roles) < 4 else [*roles[:2], f"{len(roles) - 2} others"])
    newest: DutyActivity = max(busy, key=lambda work: work.began)
    return f"{who} {'is' if len(roles) == 1 else 'are'} at work: {newest.task.rstrip('.')}."


def _asked(facts: Facts) -> str:
    if not facts.open_questions:
        return "Nothing; the run is over." if facts.status in ("closed", "cancelled") else "Nothing at the moment."
    question = facts.open_questions[0]
    more = f" And {len(facts.open_questions) - 1} more." if len(facts.open_questions) > 1 else ""
    change = change_in(question.proposal or {})
    if question.kind == "approval" and change:
        return f"Approve or refuse: {in_plain_words(change)}.{more}"
    return f"{headline_of(question)}{more}"


def _first_sentence(text: str) -> str:
    first, end, _ = text.partition(". ")
    return f"{first}." if end else text
