"""Plain words: what users and stakeholders may read. Public names only, and no cause that is not concluded."""

from agents.reports.basis import Cause
from agents.reports.triage import Scope
from agents.rules.writing.wording import amount, at, lasting, listed, minutes, on, share
from agents.runtime.briefing import Briefing

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


def name(briefing: Briefing) -> str:
    """What customers call the alerted service."""
    return briefing.catalogue.public_name(briefing.service)


def concluded(briefing: Briefing) -> Cause | None:
    """The cause, where it has been concluded."""
    conclusion = briefing.conclusion
    return conclusion.cause if conclusion and conclusion.verdict == "cause found" else None


def is_over(briefing: Briefing) -> bool:
    return briefing.status in ("Monitoring", "Resolved")


def trouble(briefing: Briefing) -> str:
    """What users notice, in the present tense; empty where nothing is known to be wrong."""
    scope = briefing.scope
    if scope is None or not scope.abnormal:
        return ""
    who = name(briefing)
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


def impact(briefing: Briefing) -> str:
    """What users notice, or noticed, in one or two sentences."""
    words = trouble(briefing)
    if briefing.status == "Resolved":
        until = f" to {at(briefing.fixed_at)}" if briefing.fixed_at else ""
        return f"{name(briefing)} works as usual. It was disturbed from {on(briefing.started_at)}{until}."
    if briefing.status == "Monitoring":
        return f"{name(briefing)} works again; single requests may still be slow while we watch."
    return (
        f"{_sentence(words)}." if words else f"We see nothing unusual on {name(briefing)} at present and keep looking."
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def attempts(briefing: Briefing) -> str:
    """What was tried and did not help, in plain words; empty where nothing was."""
    done = [a for a in briefing.attempts if a.outcome in ("did not help", "failed")]
    if not done:
        return ""
    tried = list(dict.fromkeys(REMEDIES.get(str(a.proposal.action), "a change") for a in done))
    return f"{_sentence(listed(tried))} did not help"


def ruled_out(briefing: Briefing) -> str:
    """Which kinds of cause are ruled out, in plain words; empty where none is."""
    conclusion = briefing.conclusion
    if conclusion is None:
        return ""
    gone = {h.cause for h in conclusion.hypotheses if h.status == "ruled out"}
    gone -= {h.cause for h in conclusion.hypotheses if h.status != "ruled out"}
    words = [words for cause, words in CAUSES.items() if cause in gone]
    return f"we have ruled out {listed(words)}" if words else ""


def progress(briefing: Briefing) -> str:
    """What is being done now, and what came of it so far."""
    since = f"for {lasting(briefing.elapsed)}"
    cause = concluded(briefing)
    match briefing.status:
        case "Resolved":
            return f"The fault is removed; we watched for 30 minutes, until {at(briefing.resolved_at or briefing.now)}."
        case "Monitoring":
            if briefing.fixed_at is None:
                return "Recovery was verified. We keep watching for 30 minutes before we call it resolved."
            so_far = minutes(briefing.now - briefing.fixed_at)
            watched = f"we have watched it for {so_far} of 30 minutes" if so_far else "we now watch it for 30 minutes"
            return f"Recovery was verified at {at(briefing.fixed_at)}; {watched}."
        case "Identified" if cause is not None:
            found = f"The cause is known: {CAUSES[cause]}. We have been at work {since}"
            return ". ".join(filter(None, [found, attempts(briefing), latest(briefing)])) + "."
        case _:
            looking = f"We have been looking for the cause {since}"
            return (
                ". ".join(filter(None, [looking, _sentence(ruled_out(briefing)), attempts(briefing), latest(briefing)]))
                + "."
            )


def latest(briefing: Briefing) -> str:
    """The last thing done or decided since the last update, in plain words; empty where there is none."""
    for line in reversed(briefing.history):
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


def revenue(briefing: Briefing) -> str:
    """Revenue lost so far, as an estimate; not known where the catalogue has no figure."""
    rate = sum(
        s.revenue_per_minute
        for n, s in briefing.catalogue.services.items()
        if briefing.scope and n in briefing.scope.services
    )
    if briefing.revenue_lost is None or (not rate and not briefing.revenue_lost):
        return "revenue not known"
    return f"revenue about {amount(briefing.revenue_lost, currency(briefing))} lost so far (estimate)"


def currency(briefing: Briefing) -> str:
    """The currency of the services in trouble."""
    listed_services = briefing.catalogue.services
    names = [briefing.service, *(briefing.scope.services if briefing.scope else [])]
    return next((listed_services[n].currency for n in names if n in listed_services), "USD")
