"""For which part a look at the running process counts."""

from tests.benchmarks.where import part_of


def test_what_a_library_does_counts_for_the_part_that_calls_it() -> None:
    called = ["/x/pydantic/main.py", "/w/agents/rules/diagnosis/damage.py", "/w/agents/runtime/duty.py"]
    assert part_of(called) == "rules"


def test_the_store_of_checkpoints_is_told_from_the_graph_that_calls_it() -> None:
    assert part_of(["/x/langgraph/checkpoint/sqlite/__init__.py", "/x/langgraph/pregel/main.py"]) == (
        "LangGraph's checkpoints"
    )
    assert part_of(["/x/langgraph/pregel/main.py", "/w/graphs/engine/lane_executor.py"]) == "LangGraph"


def test_what_belongs_to_no_part_is_the_rest() -> None:
    assert part_of(["/x/selectors.py"]) == "the rest"
