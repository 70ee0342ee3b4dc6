"""Kinds of declared acts: what a declaration must say, and what may name a target."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from agents.io.act_kinds import ACT_KINDS, DeclaredAction, in_words, named, unfit_value
from agents.io.catalogue import Service

SAID: dict[str, Any] = {
    "driver": "command",
    "command": ["pool"],
    "risk": "Less room.",
    "undo": "pool add",
    "check": "ok",
}


def test_the_table_has_every_kind_and_words_that_name_the_target() -> None:
    assert set(ACT_KINDS) == set(get_args(DeclaredAction))
    for kind in ACT_KINDS.values():
        values = {kind.target: "t-7", "value": "v", "before": "b"}
        for words in (kind.does, kind.noun):
            assert "t-7" in in_words(words, "shop", values)
        assert "{" not in kind.in_public


def test_an_act_is_named_with_its_target_and_any_other_without() -> None:
    assert named("drain_instance", "shop", {"instance": "shop-2"}) == "draining of shop-2 of shop"
    assert named("build_hotfix", "shop", {"change": "#1"}) == "build hotfix of shop"


@pytest.mark.parametrize("missing", ["risk", "undo", "check"])
def test_a_declaration_says_its_risk_how_it_is_undone_and_what_shows_that_it_worked(missing: str) -> None:
    said = {name: value for name, value in SAID.items() if name != missing}
    with pytest.raises(ValidationError, match=f"drain_instance has to say its {missing}"):
        Service.model_validate({"act": {"drain_instance": said}})
    assert Service.model_validate({"act": {"drain_instance": SAID}}).declared("drain_instance")


def test_flags_and_the_like_are_listed_as_no_reading_gives_their_names() -> None:
    with pytest.raises(ValidationError, match="switch_flag has to say its targets"):
        Service.model_validate({"act": {"switch_flag": SAID}})
    listed = Service.model_validate({"act": {"switch_flag": {**SAID, "targets": ["new_*"]}}}).declared("switch_flag")
    assert listed
    assert (listed.allows("new_sums"), listed.allows("old_sums")) == (True, False)


def test_a_usual_act_takes_nothing_of_a_declaration() -> None:
    with pytest.raises(ValidationError, match="restart takes no risk"):
        Service.model_validate({"act": {"restart": {"driver": "command", "command": ["x"], "risk": "None."}}})


@pytest.mark.parametrize(
    ("parameter", "value", "why"),
    [
        ("instance", "shop-2", ""),
        ("instance", "10.0.0.7:9090", ""),
        ("route", "/v1/orders/{id}", ""),
        ("instance", "--all", "no name"),
        ("tenant", "acme\nrm", "no name"),
        ("flag", "", "no name"),
        ("addresses", "203.0.113.0/24", ""),
        ("addresses", "2001:db8:7::/48", ""),
        ("addresses", "203.0.113.9/24", "no address"),
        ("addresses", "somebody", "no address"),
        ("addresses", "203.0.0.0/8", "wider than /16"),
        ("addresses", "10.1.0.0/24", "internal"),
        ("addresses", "127.0.0.1", "internal"),
        ("addresses", "100.96.3.0/24", "internal"),
        ("addresses", "fe80::/64", "internal"),
        ("addresses", "::ffff:10.1.0.7", "internal"),
        ("before", "2026-03-03T02:40:00+00:00", ""),
        ("before", "2026-03-03T02:40:00", "without a zone"),
        ("before", "last night", "no time"),
    ],
)
def test_a_value_is_what_its_parameter_asks_for(parameter: str, value: str, why: str) -> None:
    found = unfit_value(parameter, value)
    assert why in found
    assert bool(found) == bool(why)
