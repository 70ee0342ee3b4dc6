"""The flame graph: calls as bars, each as wide as its share."""

import re

from tests.benchmarks.flame import drawn, grown, name_of
from tests.benchmarks.where import Call

LOOP = ("/usr/lib/python3.11/asyncio/events.py", "Handle._run")
TURN = ("/w/graphs/engine/worker.py", "Worker.take_turn")
STEP = ("/x/lib/python3.11/site-packages/langgraph/pregel/main.py", "Pregel.astream")
NODE = ("/x/lib/python3.11/site-packages/langgraph/pregel/runner.py", "arun")
WRITE = ("/w/graphs/store/events.py", "EventRepository.add")
LOOKS: dict[tuple[Call, ...], int] = {(WRITE, NODE, STEP, TURN, LOOP): 3, (TURN, LOOP): 1}


def test_a_call_of_ours_has_its_module_and_a_librarys_only_the_librarys_name() -> None:
    assert name_of(*TURN) == "graphs.engine.worker: Worker.take_turn"
    assert name_of(*STEP) == "langgraph"
    assert name_of("/usr/lib/python3.11/json/decoder.py", "decode") == "json"


def test_calls_stand_under_who_made_them_and_those_inside_one_library_are_one() -> None:
    [turn] = grown(LOOKS).inside.values()
    assert turn.looks == 4
    assert [(name, bar.looks) for name, bar in turn.inside.items()] == [("langgraph", 3)]
    assert list(turn.inside["langgraph"].inside) == ["graphs.store.events: EventRepository.add"]


def test_a_bar_is_as_wide_as_its_share_of_the_time() -> None:
    picture = drawn(grown(LOOKS), "one run")
    assert "<title>langgraph: 75.0%</title>" in picture
    assert sorted(map(float, re.findall(r'<rect [^>]*width="([\d.]+)"', picture))) == [900, 900, 1200]
