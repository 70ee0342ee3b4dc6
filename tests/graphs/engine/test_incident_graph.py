"""The graphs of all workflows: each node's name stands in the code as it is, so that a search finds it."""

from pathlib import Path

import pytest

import graphs
from graphs.engine.incident_graph import WORKFLOWS, compiled

SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in Path(graphs.__path__[0]).rglob("*.py"))


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_the_name_of_every_node_is_found_by_a_search(workflow: str) -> None:
    names = list(compiled(workflow).builder.nodes)
    assert names
    assert [name for name in names if f'"{name}"' not in SOURCE] == []
