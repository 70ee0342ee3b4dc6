"""docs/policy.md: its examples are policies that can be used as they stand."""

import re
from pathlib import Path

import pytest

from agents.io.catalogue import load
from graphs.model.policy_review import doubts

PAGE = (Path(__file__).parents[3] / "docs/policy.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SERVICES = "services: {checkout: {}, search-index: {}, payments-api: {}, payments-database: {kind: database}}\n"


def test_there_is_the_shape_and_three_examples() -> None:
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_policy_without_doubts(tmp_path: Path, example: str) -> None:
    (tmp_path / "catalogue.yaml").write_text(SERVICES + example)
    listed = load(tmp_path / "catalogue.yaml")
    assert listed.policy
    assert doubts(listed, listed.people) == []
