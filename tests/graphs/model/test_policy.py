"""Policy: no rule means ask."""

from typing import get_args

from agents.reports.basis import Action
from agents.roster import ROSTER
from agents.tools.port import PORTS
from graphs.model.policy import POLICY, PolicyRule, decide
from graphs.model.runbook import WORST_FIRST


def test_everything_that_changes_production_asks_by_default() -> None:
    for severity in WORST_FIRST:
        for action in set(get_args(Action)) - {"build_hotfix"}:
            assert decide(severity, action, "anything").verdict == "ask", action


def test_building_a_candidate_needs_nobody() -> None:
    assert decide("P0", "build_hotfix", "anything").verdict == "auto"


def test_an_action_nobody_thought_of_asks() -> None:
    assert decide("P0", "drop the database", "orders", ()).verdict == "ask"


def test_the_first_rule_that_fits_decides() -> None:
    rules = (
        PolicyRule("P0", "restart", "shop", "never", "it loses carts"),
        PolicyRule("*", "restart", "*", "auto", "harmless"),
        *POLICY,
    )
    assert decide("P0", "restart", "shop", rules).verdict == "never"
    assert decide("P1", "restart", "shop", rules).verdict == "auto"
    assert decide("P1", "rollback", "shop", rules).verdict == "ask"


def test_every_action_is_a_port_that_acts() -> None:
    assert ROSTER  # importing the roles declares all ports
    assert all(PORTS[action].acts for action in get_args(Action))
