"""The graphs of the workflows, and the drawing of the main one."""

import re
from pathlib import Path

import pytest

import graphs
from graphs.engine import incident_graph
from graphs.engine.incident_graph import WORKFLOWS, compiled
from graphs.runtime.nodes import TAKE_INSTRUCTION
from tests.drawing import PAGE, drawn

SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in Path(graphs.__path__[0]).rglob("*.py"))


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_the_name_of_every_node_is_found_by_a_search(workflow: str) -> None:
    names = list(compiled(workflow).builder.nodes)
    assert names
    assert [name for name in names if f'"{name}"' not in SOURCE] == []


DRAWN = incident_graph.draw()


def edges() -> set[tuple[str, str]]:
    found = re.findall(r"^\s+(\w+) (?:-->|-\.->) (\w+)$", DRAWN, re.MULTILINE)
    return {(before, after) for before, after in found}


def test_every_step_is_a_box() -> None:
    boxes = re.findall(r'subgraph step\d\["(.*)"\]', DRAWN)
    assert boxes == ["1 triage", "2 investigation", "3 mitigation", "4 verification", "5 post-mortem"]


def test_every_node_of_the_graph_is_drawn() -> None:
    nodes = {incident_graph.fold(name) for name in compiled("main").builder.nodes} - {TAKE_INSTRUCTION}
    assert {name for name in nodes if not re.search(rf"^\s+{name}\[", DRAWN, re.MULTILINE)} == set()


def test_the_three_nodes_of_an_act_are_one() -> None:
    names = ("propose", "decide", "carry_out")
    assert {incident_graph.fold(f"s3_infrastructure_scale_{name}") for name in names} == {"s3_infrastructure_scale"}
    assert not re.search(r"_(propose|decide|carry_out|again_later)\b", DRAWN)


def test_the_way_leads_from_the_alert_to_the_end() -> None:
    reached, before = {"__start__"}, set[str]()
    while reached != before:
        before = set(reached)
        reached |= {after for source, after in edges() if source in reached}
    assert "__end__" in reached


def test_ways_that_the_graph_does_not_have_are_not_drawn() -> None:
    assert ("s2_investigate", "s2_backend_architect") in edges()
    assert ("s2_investigate", "s4_verify") not in edges()


def test_the_current_nodes_are_marked() -> None:
    marked = incident_graph.draw(["s3_recent_deployment_roll_back_decide", "s4_watch"])
    assert re.findall(r"(\w+)\[.*\]:::current", marked) == ["s3_recent_deployment_roll_back", "s4_watch"]
    assert ":::current" not in DRAWN


def test_the_page_on_the_architecture_shows_the_graph_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == drawn(text), "make drawing"
