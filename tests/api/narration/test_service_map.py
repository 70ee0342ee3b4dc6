"""The map of services around those in trouble."""

from itertools import pairwise
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from agents.io.catalogue import Catalogue
from agents.reports.investigation import Conclusion
from agents.reports.triage import Scope
from agents.runtime.ledger import Damage, DamageKind, Ledger
from api.narration.service_map import HURT, SERVICES_AT_MOST, ServiceMap, service_map
from graphs.charts.measurements import Measurements
from graphs.transcript.facts import Facts
from tests.graphs.charts.series import MINUTE, START, golden, result

NOW = START + 30 * MINUTE
SHOP = {"web": ["shop"], "shop": ["orders", "cache"], "orders": ["database"], "cache": [], "database": [], "blog": []}
"""The blog has nothing to do with it."""


def listed(depends_on: dict[str, list[str]]) -> Catalogue:
    return Catalogue.model_validate({"services": {name: {"depends_on": on} for name, on in depends_on.items()}})


def damaged(service: str, kind: DamageKind = "errors", is_open: bool = True) -> Damage:
    return Damage(service=service, kind=kind, since=START, until=START + MINUTE, is_open=is_open)


def facts(*damage: Damage, service: str = "shop", **others: Any) -> Facts:
    ledger = Ledger(damage=list(damage), services=list({one.service for one in damage}))
    return Facts(service=service, started_at=START, ledger=ledger, **others)


def drawn(known: Facts, depends_on: dict[str, list[str]] = SHOP, measured: Measurements | None = None) -> ServiceMap:
    found = service_map(known, measured or Measurements(), listed(depends_on), NOW)
    assert found is not None
    return found


def test_callers_and_dependencies_of_what_is_hurt_are_drawn_and_nothing_else() -> None:
    seen = drawn(facts(damaged("shop")))
    assert {one.name for one in seen.services} == {"web", "shop", "orders", "cache"}
    assert seen.left_out == 0


def test_what_lies_between_two_services_in_trouble_is_drawn() -> None:
    chain = {"a": ["b"], "b": ["c"], "c": ["d"], "d": ["e"], "e": []}
    seen = drawn(facts(damaged("a"), damaged("e"), service="a"), chain)
    assert {one.name for one in seen.services} == set(chain)


def test_each_service_says_how_it_stands() -> None:
    measured = Measurements()
    for name in ("cache", "web"):
        measured.take_in(result("golden_signals", golden([0.002] * 30, name)))
    known = facts(damaged("shop", "slow"), damaged("shop"), damaged("web", is_open=False))
    said = {one.name: (one.state, one.words) for one in drawn(known, measured=measured).services}
    assert said == {
        "shop": ("hurt", "requests fail"),
        "web": ("was hurt", "as usual again"),
        "cache": ("calm", "no damage found"),
        "orders": ("unknown", "not measured"),
    }


def scope(*services: str, down: list[str]) -> Scope:
    known = {"users_affected": None, "users_share": None, "data_at_risk": "no", "abnormal": True}
    return Scope.model_validate({"summary": "-", **known, "services": services, "down": down})


def test_what_does_not_run_is_not_called_well_by_the_samples_of_the_time_before() -> None:
    measured = Measurements()
    measured.take_in(result("golden_signals", golden([0.002] * 30, "orders")))
    known = facts(damaged("shop", is_open=False), newest_scope=scope("orders", "shop", down=["orders"]))
    said = {one.name: (one.state, one.words) for one in drawn(known, measured=measured).services}
    assert said["orders"] == ("hurt", "completely down")
    assert said["shop"] == ("hurt", "not as usual")
    ended = damaged("shop", is_open=False)
    later = facts(ended, newest_scope=scope("shop", down=["shop"]), scope_at=ended.until - MINUTE)
    measured.take_in(result("golden_signals", golden([0.002] * 30, "shop")))
    said = {one.name: (one.state, one.words) for one in drawn(later, measured=measured).services}
    assert said["shop"] == ("was hurt", "as usual again")


def test_a_service_is_hurt_where_its_newest_reading_says_so_and_no_damage_is_on_record_yet() -> None:
    measured = Measurements()
    measured.take_in(result("golden_signals", golden([*[0.002] * 28, *[0.6] * 2], "shop")))
    assert drawn(facts(damaged("shop", is_open=False)), measured=measured).hurt == ["shop"]


def test_a_service_whose_samples_are_old_or_missing_is_said_to_be_unknown() -> None:
    measured = Measurements()
    measured.take_in(result("golden_signals", golden([0.002] * 20, "cache")))
    said = {one.name: one.words for one in drawn(facts(damaged("web", is_open=False)), measured=measured).services}
    assert said["cache"] == "not measured since 02:19 UTC"
    assert said["web"] == "not measured"


def test_a_verified_recovery_leaves_nothing_hurt() -> None:
    assert drawn(facts(damaged("shop"), fixed_at=START + 9 * MINUTE)).hurt == []


def test_the_component_at_fault_is_marked() -> None:
    conclusion = Conclusion.model_construct(component="orders")
    seen = drawn(facts(damaged("shop")).model_copy(update={"conclusion": conclusion}))
    assert [one.name for one in seen.services if one.is_cause] == ["orders"]


def test_a_way_between_two_hurt_services_stands_out() -> None:
    seen = drawn(facts(damaged("shop"), damaged("orders")))
    assert [is_hurt for _, is_hurt in seen.paths].count(True) == 1


def test_where_the_catalogue_knows_no_neighbour_there_is_no_map() -> None:
    assert service_map(facts(damaged("blog"), service="blog"), Measurements(), listed(SHOP), NOW) is None
    assert service_map(facts(service="not listed"), Measurements(), listed(SHOP), NOW) is None


def test_a_service_that_everything_depends_on_is_drawn_with_some_of_its_callers() -> None:
    everything: dict[str, list[str]] = {"auth": [], **{f"caller-{number}": ["auth"] for number in range(100)}}
    seen = drawn(facts(damaged("auth"), service="auth"), everything)
    assert (len(seen.services), seen.left_out) == (SERVICES_AT_MOST, 101 - SERVICES_AT_MOST)
    assert "auth" in seen.hurt


NAMES = [f"s{number}" for number in range(8)]


@given(
    st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES)), min_size=1),
    st.sets(st.sampled_from(NAMES)),
)
def test_whatever_depends_on_what_no_two_boxes_cover_one_another(calls: dict[str, set[str]], hurt: set[str]) -> None:
    depends_on = {name: sorted(calls.get(name, ())) for name in NAMES}
    known = facts(*(damaged(name) for name in sorted(hurt)), service="s0")
    seen = service_map(known, Measurements(), listed(depends_on), NOW)
    if seen is None:
        return
    places = sorted((one.x, one.y) for one in seen.services)
    assert all(x1 < x2 or y1 + 40 <= y2 for (x1, y1), (x2, y2) in pairwise(places))
    assert all(0 <= x < seen.width and 0 <= y < seen.height for x, y in places)


def test_callers_stand_to_the_left_of_what_they_depend_on() -> None:
    at = {one.name: one.x for one in drawn(facts(damaged("shop"))).services}
    assert at["web"] < at["shop"] < at["orders"] == at["cache"]


def test_every_kind_of_damage_has_its_words() -> None:
    assert set(HURT) == set(get_args(DamageKind))
