"""Cause: what the investigation concluded, how far acting on it would get, and the deployments that were not it."""

from collections.abc import Iterator

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark


def judge_cause(result: RunResult) -> Score | None:
    """Recall first; precision counts only where recall is full, and every supported rival lowers it."""
    expected, conclusion = result.expected, result.facts.conclusion
    if expected.verdict is None:
        return mark(["nobody was to investigate, and somebody concluded"] if conclusion else [])
    if conclusion is None:
        return mark(["there is no conclusion"])
    if expected.cause is None:
        wrong = conclusion.verdict not in (expected.verdict, *expected.also_verdicts)
        return mark([f"expected {expected.verdict!r}, concluded {conclusion.verdict!r}"] if wrong else [])
    wanted = (expected.cause, expected.component)
    named = {(conclusion.cause, conclusion.component)}
    named |= {(h.cause, h.component) for h in conclusion.hypotheses if h.status == "supported"}
    right = expected.is_right(conclusion.cause, conclusion.component)
    precision = 1 / len(named) if right or wanted in named else 0.0
    faults = (
        []
        if right
        else [f"expected {wanted[0]} of {wanted[1]}, concluded {conclusion.cause} of {conclusion.component}"]
    )
    if len(named) > max(1, len(result.scenario.world.faults)):
        faults.append(f"{len(named)} causes are supported")
    return mark(faults, precision if right else precision / 2, named=len(named))


def judge_actionability(result: RunResult) -> Score | None:
    """1 right, 0.65 one hop short, 0.35 the right area, 0 wrong."""
    expected, conclusion = result.expected, result.facts.conclusion
    if expected.cause is None or expected.component is None or conclusion is None:
        return None
    got = conclusion.component or ""
    services = result.scenario.world.services
    near = {
        *services[expected.component].depends_on,
        *(n for n, s in services.items() if expected.component in s.depends_on),
    }
    if (conclusion.cause, got) == (expected.cause, expected.component):
        score = 1.0
    elif got == expected.component or (got in near and conclusion.cause == expected.cause):
        score = 0.65
    elif got in near or conclusion.cause == expected.cause:
        score = 0.35
    else:
        score = 0.0
    return mark([] if score == 1 else [f"acting on {conclusion.cause} of {got or 'nothing'} scores {score:g}"], score)


JUST_BEFORE = 90
"""Minutes before the alert within which a deployment looks like a cause."""


def judge_red_herrings(result: RunResult) -> Score | None:
    """Every innocent deployment near the alerted service is among the hypotheses, ruled out with evidence."""
    conclusion = result.facts.conclusion
    herrings = set(innocent_deployments(result))
    if conclusion is None or not herrings or result.expected.cause is None:
        return None
    ruled_out = {(h.component, h.version) for h in conclusion.hypotheses if h.status == "ruled out" and h.against}
    missed = sorted(herrings - ruled_out)
    return mark(
        [f"{version} of {service} is not ruled out" for service, version in missed], 1 - len(missed) / len(herrings)
    )


def innocent_deployments(result: RunResult) -> Iterator[tuple[str, str]]:
    """Deployments in the last minutes before the alert that brought nothing."""
    world = result.scenario.world
    guilty = {(fault.component, fault.version) for fault in world.faults if fault.version}
    for name, service in world.services.items():
        for release in service.releases:
            if (
                -JUST_BEFORE <= release.at <= 0
                and (name, release.version) not in guilty
                and release.status == "succeeded"
            ):
                yield name, release.version
