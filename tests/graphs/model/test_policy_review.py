"""What the doctor says of a policy."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.io.catalogue import Catalogue
from graphs.model.policy import decide, policy_of
from graphs.model.policy_review import doubts, sentences
from tests.agents.changes import UNTIMED
from tests.graphs.policies import ASKED, ENTRIES, PEOPLE, Rule, catalogue


def said(*rules: Rule, approvers: list[str] = PEOPLE) -> list[str]:
    return [doubt.says for doubt in doubts(listed(*rules), approvers)]


def listed(*rules: Rule) -> Catalogue:
    services = {"shop": {}, "orders": {}, "orders-db": {"kind": "database"}, "sessions": {"kind": "cache"}}
    return Catalogue.model_validate({"services": services, "people": PEOPLE, "groups": {"nobody": []}, "policy": rules})


def test_the_policy_is_told_rule_by_rule_and_what_holds_otherwise() -> None:
    assert sentences(listed()) == ["no rules: every change to production asks anybody"]
    assert sentences(listed({"service": "shop", "verdict": "never"}, {"ask": "ada"})) == [
        "rule 1: every change of shop: never made",
        "rule 2: every change: asks ada",
        "otherwise: every change to production asks anybody",
    ]


def test_a_policy_that_does_what_it_says_raises_no_doubt() -> None:
    assert said() == []
    rules: list[Rule] = [
        {"service": "orders-db", "action": "build_hotfix", "verdict": "auto"},
        {"service": "shop", "verdict": "auto", "hours": "mon-fri 09:00-18:00"},
        {"service": "shop", "verdict": "never"},
        {"ask": ["ada", "bob"], "approvals": 2},
    ]
    assert said(*rules) == []


@pytest.mark.parametrize(
    ("before", "rule"),
    [
        ([{"verdict": "ask"}], {"verdict": "never"}),
        ([{"service": "orders*", "verdict": "ask"}], {"service": "orders-db", "verdict": "never"}),
        ([{"service": "*", "action": "re*", "verdict": "ask"}], {"action": "restart", "verdict": "never"}),
        (
            [{"severity": ["P0", "P1"], "verdict": "ask"}, {"severity": ["P2", "P3"], "verdict": "ask"}],
            {"service": "shop", "verdict": "never"},
        ),
        ([{"environment": "prod*", "verdict": "ask"}], {"environment": "production", "verdict": "never"}),
        ([{"environment": "*", "verdict": "ask"}], {"verdict": "never"}),
        ([{"hours": ["09:00-10:00", "20:00-21:00"], "verdict": "ask"}], {"hours": "09:00-10:00", "verdict": "never"}),
    ],
)
def test_a_rule_behind_earlier_ones_that_decide_everything_is_told(before: list[Rule], rule: Rule) -> None:
    assert said(*before, rule) == [
        f"rule {len(before) + 1} can never fit: earlier rules decide everything that it is about"
    ]


@pytest.mark.parametrize(
    ("before", "rule"),
    [
        ({"environment": "production", "verdict": "ask"}, {"verdict": "never"}),
        ({"environment": "production", "verdict": "ask"}, {"environment": "prod*", "verdict": "never"}),
        ({"hours": "09:00-10:00", "verdict": "ask"}, {"verdict": "never"}),
        ({"severity": "P0", "verdict": "ask"}, {"verdict": "never"}),
        ({"service": "orders", "verdict": "ask"}, {"service": "orders*", "verdict": "never"}),
    ],
)
def test_a_rule_behind_an_earlier_one_that_leaves_it_something_is_not(before: Rule, rule: Rule) -> None:
    assert said(before, rule) == []


@UNTIMED
@given(st.lists(ENTRIES, max_size=5), ASKED)
def test_a_rule_of_which_it_is_told_that_it_never_fits_decides_nothing(rules: list[Rule], asked: Any) -> None:
    known = catalogue(*rules)
    never = {doubt.says.split(" can never fit")[0] for doubt in doubts(known, PEOPLE) if "can never fit" in doubt.says}
    assert f"rule {decide(asked, policy_of(known)).number}" not in never


def test_hours_that_never_come_and_services_that_nobody_lists_are_told() -> None:
    assert said({"hours": [], "verdict": "auto"}) == ["rule 1 can never fit: its hours are never open"]
    assert said({"service": "x*", "verdict": "auto"}) == [
        "rule 1 can never fit: the catalogue lists no service that it names"
    ]


def test_what_keeps_data_and_may_be_changed_without_asking_is_told() -> None:
    assert said({"verdict": "auto", "service": "*"}) == [
        "rule 1 lets orders-db, sessions be changed without asking, where data is kept"
    ]
    kept_out: list[Rule] = [{"service": ["orders-db", "sessions"], "verdict": "ask"}, {"verdict": "auto"}]
    assert said(*kept_out) == []


def test_approvers_who_cannot_prove_their_names_are_told() -> None:
    assert said({"ask": ["ada", "bob"]}, approvers=["ada"]) == [
        "rule 1 asks bob, who cannot prove their names: there is no API key for them that may answer"
    ]
    assert said({"ask": ["ada", "bob"], "approvals": 2}, approvers=["ada", "zoe"]) == [
        "rule 1 asks bob, who cannot prove their names: there is no API key for them that may answer",
        "rule 1 cannot be approved as things are: it needs 2, and 1 can prove their names",
    ]
    assert said({"verdict": "ask", "approvals": 2}, approvers=[]) == [
        "rule 1 cannot be approved as things are: it needs 2, and 0 can prove their names"
    ]
    assert said({"verdict": "ask"}, approvers=[]) == []


@pytest.mark.parametrize(
    ("rule", "may"), [({"ask": []}, 0), ({"ask": "nobody"}, 0), ({"ask": "ada", "approvals": 2}, 1)]
)
def test_a_rule_that_too_few_people_may_approve_is_told(rule: Rule, may: int) -> None:
    needed = rule.get("approvals", 1)
    assert said(rule) == [f"rule 1 can never be approved: it needs {needed}, and {may} may approve"]


def test_a_rule_that_would_restore_from_a_backup_without_asking_is_told_that_it_does_not_count() -> None:
    said = {"driver": "command", "command": ["x"], "risk": "a", "undo": "b", "check": "c", "targets": ["nightly"]}
    written = {
        "services": {"shop": {"act": {"restore_backup": said}}, "orders": {}},
        "policy": [{"service": "shop", "verdict": "auto"}],
    }
    assert [doubt.says for doubt in doubts(Catalogue.model_validate(written), [])] == [
        "rule 1 does not count for restore_backup, which a person always approves"
    ]
