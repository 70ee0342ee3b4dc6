"""The scorers of truth each catch the defects that were planted for them."""

import pytest

from evals.defects.registry import DEFECTS, planted
from evals.playing.play import play
from evals.playing.run_result import RunResult
from evals.scenarios.loading import load
from evals.scorers.registry import score

CAUGHT_BY = {
    "harm denied": "post-mortem outcome",
    "word of a person lost": "post-mortem outcome",
    "impact until closing": "impact minutes",
    "impact cut short": "impact minutes",
    "cause ruled out": "contradictions",
    "did not help before it was done": "contradictions",
    "well again too early": "public words",
    "down for too long": "public words",
    "update said twice": "public words",
}


def failed(scenario: str, defect: str = "") -> set[str]:
    """The scorers that fail a run of a scenario."""
    loaded = load(scenario)
    with planted(defect):
        result = RunResult(loaded, 0, play(loaded))
    return {name for name, given in score(result)[1].items() if given.verdict == "fail"}


@pytest.mark.long
@pytest.mark.parametrize(("defect", "scorer"), CAUGHT_BY.items())
def test_a_defect_is_caught_by_the_scorer_that_is_there_for_it(defect: str, scorer: str) -> None:
    for scenario in DEFECTS[defect].scenarios:
        assert scorer in failed(scenario, defect)


@pytest.mark.long
def test_a_harmless_oddity_excuses_no_impact_that_was_none() -> None:
    assert "impact minutes" not in failed("misty_weir")
    assert "impact minutes" in failed("misty_weir", "impact until closing")
