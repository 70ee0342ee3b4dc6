"""Red herrings: a deployment just before the onset that is not the cause is named and ruled out."""

from collections.abc import Iterator

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

JUST_BEFORE = 90
"""Minutes before the alert within which a deployment looks like a cause."""


def judge(result: RunResult) -> Score | None:
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
