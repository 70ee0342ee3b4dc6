"""Policy: the first rule that fits decides; no rule means ask; nobody who may approve means no."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.io.catalogue import Catalogue
from agents.io.policy_rules import PolicyEntry
from agents.reports.basis import Action, Severity
from agents.roster import ROSTER
from agents.tools.change import CHANGES
from agents.tools.port import PORTS
from graphs.model.policy import ASK, POLICY, Approval, PolicyRule, ProposedChange, decide, policy_of, valid_approvals
from graphs.model.runbook import WORST_FIRST
from tests.agents.changes import UNTIMED
from tests.graphs.policies import ASKED, CONDITIONS, ENTRIES, NOON, PEOPLE, catalogue, change


def decided(asked: ProposedChange, *rules: dict[str, Any]) -> PolicyRule:
    return decide(asked, policy_of(catalogue(*rules)))


@UNTIMED
@given(st.lists(ENTRIES, max_size=5), ASKED)
def test_the_first_rule_whose_conditions_all_hold_decides(rules: list[dict[str, Any]], asked: ProposedChange) -> None:
    made = decided(asked, *rules)
    alone = [decided(asked, rule).number == 1 for rule in rules]
    assert made.number == (alone.index(True) + 1 if True in alone else 0)
    if made.number:
        assert made.verdict == rules[made.number - 1]["verdict"]


@UNTIMED
@given(CONDITIONS, ASKED)
def test_a_rule_fits_where_each_of_its_conditions_fits_by_itself(conditions: dict[str, Any], asked: Any) -> None:
    each = [decided(asked, {name: value, "verdict": "never"}).number == 1 for name, value in conditions.items()]
    assert (decided(asked, {**conditions, "verdict": "never"}).number == 1) == all(each)


@UNTIMED
@given(st.lists(ENTRIES, max_size=4), ASKED)
def test_nothing_but_an_auto_rule_that_fits_makes_a_change_without_a_person(
    rules: list[dict[str, Any]], asked: ProposedChange
) -> None:
    made = decided(asked, *rules)
    if made.verdict == "auto" and asked.action != "build_hotfix":
        assert rules[made.number - 1]["verdict"] == "auto"


@UNTIMED
@given(ASKED)
def test_without_rules_everything_that_changes_production_asks_anybody(asked: ProposedChange) -> None:
    made = decided(asked)
    assert (made.verdict, made.approvers, made.approvals) == (
        "auto" if asked.action == "build_hotfix" else "ask",
        ("*",),
        1,
    )


def test_an_action_nobody_thought_of_asks() -> None:
    assert decide(change(action="drop the database"), ()) is ASK
    assert POLICY[0].verdict == "auto"


@pytest.mark.parametrize(
    ("conditions", "asked", "fits"),
    [
        ({"severity": "P1"}, change(), False),
        ({"severity": ["P1", "P0"]}, change(), True),
        ({"action": "re*"}, change(), True),
        ({"action": "re*"}, change(action="rollback"), False),
        ({"service": "shop-*"}, change(), False),
        ({"service": "shop-*"}, change(service="shop-search"), True),
        ({"environment": "production"}, change(environment=""), False),
        ({"environment": "production"}, change(environment="Production"), False),
        ({"environment": "*"}, change(environment=""), True),
        ({"hours": "mon-fri 09:00-18:00"}, change(), True),
        ({"hours": "mon-fri 09:00-18:00"}, change(at=NOON.replace(hour=18)), False),
        ({"hours": ["sat 09:00-10:00", "tue 11:00-13:00"]}, change(), True),
        ({"hours": []}, change(), False),
    ],
)
def test_each_condition_means_what_it_says(conditions: dict[str, Any], asked: ProposedChange, fits: bool) -> None:
    assert (decided(asked, {**conditions, "verdict": "never"}).verdict == "never") == fits


def test_groups_and_people_may_approve_each_once() -> None:
    made = decided(change(), {"ask": ["payments", "ada", "cleo"]})
    assert (made.verdict, made.approvers) == ("ask", ("ada", "bob", "cleo"))


@pytest.mark.parametrize(
    "rule", [{"ask": []}, {"ask": ["empty"]}, {"ask": ["ada"], "approvals": 2}, {"ask": "payments", "approvals": 3}]
)
def test_where_not_enough_people_may_approve_the_answer_is_no(rule: dict[str, Any]) -> None:
    made = decided(change(), rule)
    assert made.verdict == "never"
    assert "not enough people may approve" in made.why


@pytest.mark.parametrize(
    ("rule", "place", "said"),
    [
        ({"service": "nowhere", "verdict": "auto"}, ("policy", 0, "service", 0), "there is no service nowhere"),
        ({"ask": ["ada", "zoe"]}, ("policy", 0, "ask", 1), "zoe is neither among the people"),
        ({"action": "explode", "verdict": "never"}, ("policy", 0, "action"), "there is no action explode"),
        ({"action": "x*", "verdict": "never"}, ("policy", 0, "action"), "there is no action x*"),
        ({"severity": "P7", "verdict": "never"}, ("policy", 0, "severity", 0), "'P0', 'P1', 'P2' or 'P3'"),
        ({"severity": "P1"}, ("policy", 0, "verdict"), "Field required"),
        ({"verdict": "auto", "ask": ["ada"]}, ("policy", 0), "belong to the verdict ask"),
        ({"verdict": "never", "approvals": 2}, ("policy", 0), "belong to the verdict ask"),
        ({"verdict": "ask", "approvals": 0}, ("policy", 0, "approvals"), "greater than or equal to 1"),
        ({"verdict": "ask", "approvals": True}, ("policy", 0, "approvals"), "valid integer"),
        ({"verdict": "auto", "servise": "shop"}, ("policy", 0, "servise"), "not permitted"),
        ({"verdict": "auto", "service": []}, ("policy", 0, "service"), "at least 1"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_an_error_that_names_its_place(
    rule: dict[str, Any], place: tuple[str | int, ...], said: str
) -> None:
    with pytest.raises(ValidationError) as wrong:
        catalogue(rule)
    (fault,) = wrong.value.errors()
    assert fault["loc"] == place
    assert said in fault["msg"]


def test_nobody_is_called_like_everybody() -> None:
    with pytest.raises(ValidationError, match=r"\* is no name of one person"):
        Catalogue.model_validate({"people": ["ada", "*"], "policy": [{"ask": ["*"]}]})


def test_groups_hold_listed_people_only_and_are_called_like_none_of_them() -> None:
    with pytest.raises(ValidationError, match="payments names zoe, not listed among the people"):
        Catalogue.model_validate({"people": ["ada"], "groups": {"payments": ["zoe"]}})
    with pytest.raises(ValidationError, match="ada is the name of a person, too"):
        Catalogue.model_validate({"people": ["ada"], "groups": {"ada": ["ada"]}})


def test_a_rule_is_told_as_a_sentence() -> None:
    rule = {
        "severity": ["P0", "P1"],
        "action": ["build_hotfix", "restart"],
        "service": "shop*",
        "environment": "staging",
        "hours": "mon-fri 09:00-18:00 Europe/Berlin",
        "ask": ["payments", "cleo"],
        "approvals": 2,
        "why": "carts may be lost",
    }
    assert policy_of(catalogue(rule))[0].text == (
        "build hotfix or restart of shop*, at P0 or P1, in staging, mon-fri 09:00-18:00 Europe/Berlin: asks ada, bob "
        "or cleo; 2 different people have to approve, because carts may be lost"
    )
    assert policy_of(catalogue({"verdict": "never"}))[0].text == "every change: never made"
    assert policy_of(catalogue({"ask": []}))[0].text == "every change: asks nobody"


def test_a_catalogue_with_a_policy_reads_back_as_it_was_recorded() -> None:
    written = catalogue({"service": "shop", "ask": "payments"}, {"verdict": "auto", "hours": ["mon 09:00-10:00 UTC"]})
    recorded = written.model_dump(mode="json", exclude_defaults=True)
    assert policy_of(Catalogue.model_validate(recorded)) == policy_of(written)


NAMES = st.sampled_from(["ada", "Ada", "a d a", "bob", "cleo", "zoe"])


@UNTIMED
@given(st.lists(st.tuples(NAMES, st.sampled_from(["one", "other"]), st.booleans())))
def test_of_each_person_one_approval_counts_and_only_for_the_change_and_the_rule_that_they_saw(
    given_ones: list[tuple[str, str, bool]],
) -> None:
    rule = policy_of(catalogue({"ask": PEOPLE, "approvals": 2}))[0]
    approvals = [
        Approval(by=name, comment="", digest=digest, rule=rule.text if same else "another rule")
        for name, digest, same in given_ones
    ]
    counted = [approval.by for approval in valid_approvals(approvals, rule, "one")]
    assert set(counted) == {name for name, digest, same in given_ones if digest == "one" and same} & set(PEOPLE)
    assert len(counted) == len(set(counted))


def test_two_spellings_of_a_name_are_one_person() -> None:
    rule = PolicyRule(PolicyEntry(verdict="ask", approvals=2))
    given_ones = [Approval(by=name, comment="", digest="d", rule=rule.text) for name in ("ada", "Ada", " ADA.", "bob")]
    assert [approval.by for approval in valid_approvals(given_ones, rule, "d")] == ["ada", "bob"]


def test_every_action_is_a_port_that_acts_and_every_severity_has_a_level() -> None:
    assert ROSTER  # importing the roles declares all ports
    assert all(PORTS[action].acts for action in get_args(Action))
    assert set(get_args(Action)) == set(CHANGES)
    assert set(get_args(Severity)) == set(WORST_FIRST)


def test_a_restore_from_a_backup_is_approved_by_a_person_whatever_the_policy_says() -> None:
    restore = change(action="restore_backup")
    assert decided(restore, {"verdict": "auto"}) == ASK
    assert decided(restore, {"verdict": "auto"}, {"ask": "ada"}).number == 2
    assert decided(restore, {"verdict": "auto"}, {"verdict": "never"}).verdict == "never"
    assert decided(change(action="drain_instance"), {"verdict": "auto"}).verdict == "auto"
