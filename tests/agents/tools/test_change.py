"""A change: the action's own parameters and no other, and a digest of exactly that."""

import json
from contextlib import suppress
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.io.catalogue import Catalogue, Service
from agents.reports.basis import Action
from agents.tools.change import CHANGES, SHORT, Change, UnfitChange
from agents.tools.port import OUTGOING, PORTS
from tests.agents.changes import FITTING, PARAMETERS, SERVICE_IN_DISGUISE, UNTIMED, VALUES

ACTIONS = st.sampled_from(sorted(CHANGES))


@st.composite
def fitting(draw: st.DrawFn) -> Change:
    action = draw(ACTIONS)
    return Change(action, draw(st.sampled_from(["sign-in", "user-store"])), draw(FITTING[action]))


def test_every_action_that_may_be_proposed_is_a_change_and_no_other_port_that_acts_is() -> None:
    assert set(CHANGES) == set(get_args(Action)) == set(FITTING)
    acting = {name for name, port in PORTS.items() if port.acts and port.system not in OUTGOING}
    assert acting == set(CHANGES)


@UNTIMED
@given(ACTIONS, PARAMETERS)
def test_whatever_the_parameters_are_the_service_stays_and_nothing_is_added(
    action: str, parameters: dict[str, Any]
) -> None:
    with suppress(UnfitChange):
        change = Change(action, "sign-in", parameters)
        assert change.arguments == {"service": "sign-in", **parameters}
        assert change.arguments["service"] == "sign-in"
        takes = {name: field.annotation for name, field in CHANGES[action].arguments.model_fields.items()}
        assert {name: type(value) for name, value in change.arguments.items()} == takes


@UNTIMED
@given(ACTIONS, st.sampled_from(SERVICE_IN_DISGUISE), VALUES, st.data())
def test_a_service_among_parameters_that_fit_is_named_and_refused(
    action: str, name: str, value: Any, data: st.DataObject
) -> None:
    with pytest.raises(UnfitChange) as refused:
        Change(action, "sign-in", {**data.draw(FITTING[action]), name: value})
    assert f"{name!r} is none of its parameters" in str(refused.value)


@UNTIMED
@given(ACTIONS, st.data())
def test_a_parameter_that_is_missing_is_named(action: str, data: st.DataObject) -> None:
    fit = data.draw(FITTING[action])
    for name in fit:
        with pytest.raises(UnfitChange, match=f"{name}: Field required"):
            Change(action, "sign-in", {other: value for other, value in fit.items() if other != name})


@pytest.mark.parametrize(
    ("action", "parameters", "said"),
    [
        ("scale", {"replicas": True}, "replicas: Input should be a valid integer"),
        ("scale", {"replicas": "4"}, "replicas: Input should be a valid integer"),
        ("scale", {"replicas": 4.0}, "replicas: Input should be a valid integer"),
        ("scale", {"replicas": 10**300}, "replicas: it is too large a number"),
        ("rollback", {"version": 5}, "version: Input should be a valid string"),
        ("rollback", {"version": {"service": "user-store"}}, "version: Input should be a valid string"),
        ("rollback", {"version": "1" * 401}, "version: it is longer than 400 characters"),
        ("rollback", {"version": "password=hunter22"}, "version: it is taken for a secret"),
        ("rollback", {"version": "[redacted]"}, "version: it is taken for a secret"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(action: str, parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(UnfitChange) as refused:
        Change(action, "sign-in", parameters)
    assert f"do not fit {action}: {said}" in str(refused.value)


@pytest.mark.parametrize("action", ["", "notify", "golden_signals", "drop_database", None])
def test_what_is_no_change_to_production_cannot_be_one(action: Any) -> None:
    with pytest.raises(UnfitChange, match="is no change to production"):
        Change(action, "sign-in", {})


@UNTIMED
@given(fitting(), fitting())
def test_two_changes_have_one_digest_only_where_they_are_the_same(one: Change, other: Change) -> None:
    assert (one.digest == other.digest) == (one == other)


@UNTIMED
@given(fitting(), st.randoms())
def test_the_order_in_which_parameters_are_written_does_not_matter(change: Change, dice: Any) -> None:
    names = list(change.parameters)
    dice.shuffle(names)
    mixed = Change(change.action, change.service, {name: change.parameters[name] for name in names})
    assert (mixed.digest, str(mixed)) == (change.digest, str(change))


@UNTIMED
@given(fitting())
def test_a_change_is_the_same_from_its_proposal_and_from_its_call(change: Change) -> None:
    proposal = {"action": change.action, "service": change.service, "parameters": change.parameters, "summary": "So."}
    through_json = json.loads(json.dumps(proposal))
    assert Change.of(through_json).digest == change.digest
    assert Change.called(change.action, change.arguments).digest == change.digest


def test_a_digest_does_not_change_from_one_version_of_warroom_to_the_next() -> None:
    change = Change("rollback", "sign-in", {"version": "5.17.0"})
    assert change.digest[:SHORT] == "92afbbd31d91"
    assert str(change) == 'rollback of sign-in, version "5.17.0"'


def test_a_text_that_would_read_like_another_parameter_is_shown_as_what_it_is() -> None:
    shown = str(Change("rollback", "sign-in", {"version": '5", service "x'}))
    assert shown == r'rollback of sign-in, version "5\", service \"x"'


@pytest.mark.parametrize("version", ["5\u202e", "5\x1b[2J", "5\u200b0"])
def test_a_text_with_characters_that_nobody_sees_is_refused(version: str) -> None:
    with pytest.raises(UnfitChange, match="version: it holds characters that nobody sees"):
        Change("rollback", "sign-in", {"version": version})


def test_a_target_outside_the_catalogue_is_refused() -> None:
    change = Change("restart", "sign-in", {})
    assert change.listed_in(Catalogue(services={"sign-in": Service()})) is change
    with pytest.raises(UnfitChange, match="the target sign-in is not in the catalogue"):
        change.listed_in(Catalogue(services={"Sign-in": Service()}))


def test_an_act_that_has_to_be_declared_is_refused_without_a_declaration_and_at_another_target() -> None:
    said = {"driver": "command", "command": ["x"], "risk": "a", "undo": "b", "check": "c", "targets": ["shop-*"]}
    change = Change("drain_instance", "shop", {"instance": "shop-2"})
    declared = Catalogue.model_validate({"services": {"shop": {"act": {"drain_instance": said}}}})
    assert change.listed_in(declared) is change
    with pytest.raises(UnfitChange, match="declares no drain_instance for shop"):
        change.listed_in(Catalogue(services={"shop": Service()}))
    with pytest.raises(UnfitChange, match="does not list db-1 among the targets"):
        Change("drain_instance", "shop", {"instance": "db-1"}).listed_in(declared)


@pytest.mark.parametrize("instance", ["--all", "a\nb", ""])
def test_a_value_that_can_name_no_target_is_refused(instance: str) -> None:
    with pytest.raises(UnfitChange, match="instance: "):
        Change("drain_instance", "shop", {"instance": instance})
