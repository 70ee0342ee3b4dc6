"""Plain words: what users and stakeholders may read. Public names only, and no cause that is not concluded."""

from agents.book.wording import amount, at, lasting, listed, minutes, on, share
from agents.briefing import Briefing
from agents.reports import Cause, Scope

CAUSES: dict[Cause, str] = {
    "recent deployment": "a recent change on our side",
    "infrastructure": "a fault in the systems that run it",
    "code bug": "a fault in our software",
    "external dependency": "a service outside ours that we depend on",
}
REMEDIES: dict[str, str] = {
    "rollback": "undoing a recent change",
    "scale": "adding capacity",
    "restart": "restarting part of our systems",
    "failover": "moving to standby systems",
    "fallback": "going on without the service that fails",
    "build_hotfix": "preparing a correction",
    "deploy": "putting a correction in place",
}


def name(case: Briefing) -> str:
    """What customers call the alerted service."""
    return case.catalogue.public_name(case.service)


def concluded(case: Briefing) -> Cause | None:
    """The cause, where it has been concluded."""
    conclusion = case.conclusion
    return conclusion.cause if conclusion and conclusion.verdict == "cause found" else None


def is_over(case: Briefing) -> bool:
    return case.status in ("Monitoring", "Resolved")


def trouble(case: Briefing) -> str:
    """What users notice, in the present tense; empty where nothing is known to be wrong."""
    scope = case.scope
    if scope is None or not scope.abnormal:
        return ""
    who = name(case)
    if scope.completely_down:
        return f"{who} is not available"
    if scope.client_side:
        return f"parts of {who} may not work in the browser or the app"
    if scope.error_rate is not None and scope.error_rate >= 0.02:
        return f"{_about(scope.error_rate)} of requests to {who} fail"
    if scope.latency_ratio is not None and scope.latency_ratio >= 1.5:
        return f"{who} is slower than usual"
    return f"some users may notice that {who} does not work as usual"


def _about(part: float) -> str:
    """A share as users would say it."""
    if part >= 0.9:
        return "nearly all"
    for least, words in ((0.6, "most"), (0.4, "about half"), (0.28, "about a third"), (0.18, "about a fifth")):
        if part >= least:
            return words
    return "about one in ten" if part >= 0.08 else "a small part"


def users(scope: Scope | None) -> str:
    """How many users, for stakeholders."""
    if scope is None or (scope.users_affected is None and scope.users_share is None):
        return "number of users not known yet"
    count = f"{scope.users_affected:,} users" if scope.users_affected is not None else "users"
    return f"{count} ({share(scope.users_share)} of those active)" if scope.users_share is not None else count


def impact(case: Briefing) -> str:
    """What users notice, or noticed, in one or two sentences."""
    words = trouble(case)
    if case.status == "Resolved":
        until = f" to {at(case.fixed_at)}" if case.fixed_at else ""
        return f"{name(case)} works as usual. It was disturbed from {on(case.started_at)}{until}."
    if case.status == "Monitoring":
        return f"{name(case)} works again; single requests may still be slow while we watch."
    return f"{_sentence(words)}." if words else f"We see nothing unusual on {name(case)} at present and keep looking."


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def attempts(case: Briefing) -> str:
    """What was tried and did not help, in plain words; empty where nothing was."""
    done = [a for a in case.attempts if a.outcome in ("did not help", "failed")]
    if not done:
        return ""
    tried = list(dict.fromkeys(REMEDIES.get(str(a.proposal.action), "a change") for a in done))
    return f"{_sentence(listed(tried))} did not help"


def ruled_out(case: Briefing) -> str:
    """Which kinds of cause are ruled out, in plain words; empty where none is."""
    conclusion = case.conclusion
    if conclusion is None:
        return ""
    gone = {h.cause for h in conclusion.hypotheses if h.status == "ruled out"}
    gone -= {h.cause for h in conclusion.hypotheses if h.status != "ruled out"}
    words = [words for cause, words in CAUSES.items() if cause in gone]
    return f"we have ruled out {listed(words)}" if words else ""


def progress(case: Briefing) -> str:
    """What is being done now, and what came of it so far."""
    since = f"for {lasting(case.elapsed)}"
    cause = concluded(case)
    match case.status:
        case "Resolved":
            return f"The fault is removed; we watched for 30 minutes, until {at(case.resolved_at or case.now)}."
        case "Monitoring":
            if case.fixed_at is None:
                return "Recovery was verified. We keep watching for 30 minutes before we call it resolved."
            so_far = minutes(case.now - case.fixed_at)
            watched = f"we have watched it for {so_far} of 30 minutes" if so_far else "we now watch it for 30 minutes"
            return f"Recovery was verified at {at(case.fixed_at)}; {watched}."
        case "Identified" if cause is not None:
            found = f"The cause is known: {CAUSES[cause]}. We have been at work {since}"
            return ". ".join(filter(None, [found, attempts(case), latest(case)])) + "."
        case _:
            looking = f"We have been looking for the cause {since}"
            return ". ".join(filter(None, [looking, _sentence(ruled_out(case)), attempts(case), latest(case)])) + "."


def latest(case: Briefing) -> str:
    """The last thing done or decided since the last update, in plain words; empty where there is none."""
    for line in reversed(case.history):
        done = next((words for action, words in REMEDIES.items() if line.what.startswith(f"{action} of ")), "")
        if done:
            return f"At {at(line.at)} we went on with {done} and are checking whether it helps"
        if line.what.startswith("refused by"):
            return f"A proposed remedy was turned down at {at(line.at)}; we look again"
        if line.what.startswith("approved by"):
            return f"A remedy was approved at {at(line.at)}"
        if " proposes: " in line.what:
            return f"A remedy is proposed since {at(line.at)} and waits for a decision"
    return ""


def revenue(case: Briefing) -> str:
    """Revenue lost so far, as an estimate; not known where the catalogue has no figure."""
    rate = sum(
        s.revenue_per_minute for n, s in case.catalogue.services.items() if case.scope and n in case.scope.services
    )
    if case.revenue_lost is None or (not rate and not case.revenue_lost):
        return "revenue not known"
    return f"revenue about {amount(case.revenue_lost, currency(case))} lost so far (estimate)"


def currency(case: Briefing) -> str:
    """The currency of the services in trouble."""
    listed_services = case.catalogue.services
    names = [case.service, *(case.scope.services if case.scope else [])]
    return next((listed_services[n].currency for n in names if n in listed_services), "USD")
