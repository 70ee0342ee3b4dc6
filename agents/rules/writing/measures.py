"""Measures: what would have prevented an incident, or shortened it, by the kind of its cause; in no names yet."""

from typing import NamedTuple

from agents.reports.basis import Cause


class Lesson(NamedTuple):
    """A measure per kind of prevention, and why the fault was not caught."""

    monitoring: str
    testing: str
    process: str
    infrastructure: str
    not_caught: str
    where_it_ends: str
    """What the transcript does not show, or what would show more: the last why."""
    no_task: frozenset[str] = frozenset()
    """The measures that ask for nothing."""
    asks_cause: str = ""
    """The measure that asks what would keep it from coming back."""


OR_ADD = ", and add one if not; it fires in a test"
"""Another incident's alert may have fired: the transcript of this one does not show that there is none."""
LESSONS: dict[Cause, Lesson] = {
    "recent deployment": Lesson(
        "Check whether an alert exists on {component} after each deployment, and add one if not: its error rate and "
        "latency in the 15 minutes after it against the hour before; it fires in a test",
        "Add a test before deployment that covers what {version} broke in {component}{evidence}; it fails on {version}",
        "Roll out new versions of {component} to a small share of traffic first, and stop when errors rise",
        "Roll back a deployment of {component} automatically when it fails its first checks",
        "No check of {version} before production is in the transcript; its failure there is the first sign",
        "Which checks {version} passed, and whether it was rolled out step by step, is not in the transcript",
    ),
    "infrastructure": Lesson(
        "Check whether an alert exists on {component} for this failure{evidence}" + OR_ADD,
        "Add a drill of this failure of {component}, and of what ended it",
        "Write into the runbook of {component} how this failure shows itself, and what ended it",
        "{next_time}",
        "No earlier warning on {component} is in this incident's transcript",
        "What led to this failure of {component} is not in the transcript{beyond}",
    ),
    "code bug": Lesson(
        "Check whether an alert exists on new error signatures of {component}, at more than one a minute" + OR_ADD,
        "Add a regression test of {component} for this fault{evidence}; it fails on the code that had it",
        "Put risky changes of {component} behind a switch, and review a switch that is turned on like a deployment",
        "Let {component} fail only the request that meets the fault, not those beside it",
        "The failure itself is the first sign in the transcript",
        "Which test should have met this case is not in the transcript",
    ),
    "external dependency": Lesson(
        "Check whether an alert exists on errors and latency of our calls to {component}, beside its status page"
        + OR_ADD,
        "Add a drill in which {component} does not answer, and check what users see",
        "Write down who calls the support of {component}, and when to switch to the fallback",
        "Keep a tested fallback or cache for {component}, with a time limit on each call",
        "The fault lies outside; the failure itself is the first sign in the transcript",
        "Why {component} failed is for those who run it to say",
    ),
}
BEFORE_USERS = (
    "Check whether an alert exists on {component} that fires before users notice what happened here{evidence}" + OR_ADD
)
"""Of infrastructure whose first sign was measured before users were hurt."""
SOONER = (
    "Check whether an alert exists on {component} that fires sooner than {late} after the harm began{evidence}" + OR_ADD
)
"""Of infrastructure where the alert came late."""
FIRED = "None: an alert on {component} fired in this incident, “{fired}”"
"""Of whatever an alert on the component is asked for, where one came in time."""
IS_ENOUGH = (
    "Check whether the alert “{fired}” is enough for this cause{evidence}, or whether {component} needs one of its own"
)
"""The same of infrastructure, where a person named a cause, or the alert says something else: it may not tell it."""
CAME_LATE = (
    "Check whether the alert “{fired}”, which came {fired_after} after the harm began, is enough for this"
    " cause{evidence} and can fire sooner, or whether {component} needs one of its own"
)
"""The same, where it did not come in time."""
IS_ENOUGH_HERE = "Check whether the alert “{fired}” is enough for what was seen here"
"""Where the cause was not found, and no harm was measured that tells whether it came in time."""
WARNED = (
    "The first alert on {component}, “{fired}”, came at {fired_at}; no earlier warning is in this incident's transcript"
)
"""Of infrastructure where an alert on the component came: why it was not caught earlier."""
NEXT_TIME: dict[str, str] = {
    "failover": "Fail {component} over to its standby automatically when this happens, or write down why people decide",
    "restart": "Restart {component} automatically when it no longer answers",
    "scale": "Scale {component} automatically with its load, up to a limit",
}
"""Of infrastructure, by the act that was made at it."""
NEXT_TIME_ELSE = "Decide what would keep this failure of {component} from coming back, or from reaching users"
NO_GAP = "None is known"
NOTHING_WRONG = Lesson(
    "Review the rule of the alert “{alert}”: what it counts, when it fires, and whether it is needed at all",
    "Before it calls anybody again, replay last month's signals of {service} against its rule, and count false alarms",
    "Let the alert's owner confirm that what it fires on asks for action",
    "None: nothing in the infrastructure failed",
    "There was nothing to catch: no signal was out of its usual range",
    "The alert's rule was not part of the investigation",
    no_task=frozenset({"infrastructure"}),
)
RULE_CHANGED = (
    "Review what was done about the rule of the alert “{alert}”{evidence}: what alerts on this now, and whether that is"
    " right"
)
"""Where a person told that they did something about it."""
CAUSE_NOT_FOUND = Lesson(
    "Check whether an alert exists on what was seen of {component} in this incident, and add one if not",
    "Go through the changes and first signs on {component} with its owners, and try to reproduce what fits",
    "Write into {component}'s runbook that a repeat within 30 days is the same incident",
    "{gaps}",
    "Not known, as its cause was not found",
    "{unseen}",
)
"""Of what was read; nothing is called missing that was not."""
TO_BE_CONFIRMED = Lesson(
    "Check whether an alert exists on {component} for what was seen here{evidence}" + OR_ADD,
    "Confirm the cause outside production, and add the test that would have shown it ({suspected})",
    "Decide what would keep this from happening again, with those who run {component}, once the cause is confirmed",
    "Repair {component} lastingly, once the cause is confirmed",
    "",
    "",
    asks_cause="process",
)
"""Of a cause that was concluded, and that neither a person nor a change that helped has confirmed."""
FOR_ANY_FAILURE = frozenset(
    lesson.monitoring
    for lesson in (
        LESSONS["recent deployment"],
        LESSONS["infrastructure"],
        LESSONS["external dependency"],
        CAUSE_NOT_FOUND,
        TO_BE_CONFIRMED,
    )
)
"""Alerts that are asked for on a component, and that one on this failure is when it fires in time."""
