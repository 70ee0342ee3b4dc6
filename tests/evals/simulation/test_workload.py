"""Pods of the simulated production."""

from agents.readings.workload import Workload
from tests.agents.tools.small_world import LOST_MACHINE, Play


def described(play: Play, service: str) -> Workload:
    return play.run(lambda: play.ask("describe_workload", service))


def test_a_pod_that_is_lost_is_described_first_and_why() -> None:
    told = described(Play(LOST_MACHINE), "store")
    assert [pod.phase for pod in told.pods] == ["Failed", "Failed", "Running", "Running"]
    assert told.pods[0].containers == ["does not run: NotReady: node stopped reporting"]
    assert told.conditions == ["Available is False: 2 of 4 replicas are ready"]
    assert any("node stopped reporting" in line for line in told.events)


def test_on_a_good_day_all_pods_run_the_version_in_production() -> None:
    told = described(Play(), "door")
    assert {(pod.phase, pod.version) for pod in told.pods} == {("Running", "1.2")}
