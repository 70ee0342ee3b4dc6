"""`pytest evals` plays the suite, `pytest evals/scenarios/X` one: each expected.yaml is a test under some seeds."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from evals.report.summary import reasons
from evals.running.eval_runner import Job, run_job
from evals.scenarios.strata import REQUIRED, Stratum

SEEDS = (0, 1, 2)
MEASURED = set(get_args(Stratum)) - {REQUIRED}


class Missed(Exception):
    """A run that did not pass."""


class ScenarioFile(pytest.File):
    """A scenario's folder, found by what it expects."""

    def collect(self) -> Iterator[pytest.Item]:
        for seed in SEEDS:
            item: pytest.Item = Run.from_parent(self, name=f"{self.path.parent.name}[{seed}]")  # pyright: ignore
            yield item


class Run(pytest.Item):
    """One scenario under one seed."""

    def runtest(self) -> None:
        seed = int(self.name.partition("[")[2].rstrip("]"))
        record = run_job(Job(str(self.path.parent), seed))
        if record.verdict != "pass":
            raise Missed("\n".join([record.verdict, *reasons(record)]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        return str(excinfo.value) if isinstance(excinfo.value, Missed) else str(excinfo.getrepr())

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """Take every scenario that must pass for a test file."""
    if file_path.name != "expected.yaml" or file_path.parent.parent.name in MEASURED:
        return None
    found: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)  # pyright: ignore
    return found
