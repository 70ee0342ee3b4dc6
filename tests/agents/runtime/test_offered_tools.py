"""What a model is offered: fields for services list the catalogue's names, and nothing else is changed."""

from typing import Any

import pytest

from agents.io.catalogue import Catalogue, Service
from agents.reports.triage import Scope
from agents.roles import devops_automator
from agents.roster import DUTIES
from agents.runtime.briefing import Briefing
from agents.runtime.offered_tools import MOST_NAMES, offered_tools, ports_of, shape_of
from agents.tools.port import PORTS
from tests.agents.scripted import CLASSIFY


def forms(briefing: Briefing, duty: Any = CLASSIFY, may_look: bool = True) -> dict[str, dict[str, Any]]:
    tools = [tool["function"] for tool in offered_tools(duty, briefing, may_look)]
    return {tool["name"]: tool["parameters"] for tool in tools}


def test_a_tool_lists_the_services_to_choose_from(briefing: Briefing) -> None:
    listed = forms(briefing)["usage"]["properties"]["service"]["enum"]
    assert set(listed) == {*briefing.catalogue.services, briefing.service}


def test_an_alerted_service_that_the_catalogue_does_not_know_can_be_looked_at(briefing: Briefing) -> None:
    unknown = briefing.model_copy(update={"service": "nowhere"})
    assert "nowhere" in forms(unknown)["usage"]["properties"]["service"]["enum"]


def test_a_report_lists_them_where_it_names_services(briefing: Briefing) -> None:
    proposing = forms(briefing, devops_automator.propose_rollback)["hand_in"]
    assert set(proposing["properties"]["service"]["enum"]) >= set(briefing.catalogue.services)
    assert "enum" not in proposing["properties"]["summary"]


def test_a_report_s_own_schema_stays_as_it_is(briefing: Briefing) -> None:
    before = str(shape_of(Scope))
    forms(briefing, devops_automator.propose_rollback)
    assert str(shape_of(Scope)) == before
    assert "enum" not in shape_of(CLASSIFY.tools[0].arguments)["properties"]["service"]


def test_a_large_catalogue_s_names_are_not_listed_in_every_tool(briefing: Briefing) -> None:
    many = Catalogue(services={f"service-{number}": Service() for number in range(MOST_NAMES + 1)})
    assert "enum" not in forms(briefing.model_copy(update={"catalogue": many}))["usage"]["properties"]["service"]


def test_who_may_not_look_any_more_can_only_hand_in(briefing: Briefing) -> None:
    assert list(forms(briefing, may_look=False)) == ["hand_in"]


def test_further_tools_are_offered_to_the_roles_for_which_the_catalogue_lists_some(briefing: Briefing) -> None:
    server = {"command": ["desk"], "read_only": {"devops_automator": ["search"]}}
    more = Catalogue.model_validate({**briefing.catalogue.model_dump(), "mcp": {"desk": server}})
    with_desk = briefing.model_copy(update={"catalogue": more})
    assert {"list_mcp_tools", "use_mcp_tool"} <= forms(with_desk, devops_automator.propose_rollback).keys()
    assert not {"list_mcp_tools", "use_mcp_tool"} & forms(with_desk).keys()
    assert not {"list_mcp_tools", "use_mcp_tool"} & forms(briefing, devops_automator.propose_rollback).keys()


@pytest.mark.parametrize(
    "duty",
    [duty for duties in DUTIES.values() for duty in duties.values()],
    ids=lambda duty: f"{duty.role}.{duty.name}",
)
def test_every_tool_is_offered_once_and_all_duties_have_them_in_one_order(duty: Any, briefing: Briefing) -> None:
    names = [port.name for port in ports_of(duty, briefing)]
    assert names == [name for name in PORTS if name in names]
    assert len(names) == len(set(names))


def test_all_who_investigate_are_offered_the_same(briefing: Briefing) -> None:
    offers = {ports_of(duties["investigate"], briefing) for duties in DUTIES.values() if "investigate" in duties}
    assert len(offers) == 1


def test_a_schema_says_nothing_twice_and_loses_no_field(briefing: Briefing) -> None:
    for duties in DUTIES.values():
        for duty in duties.values():
            for model in (duty.report, *(port.arguments for port in duty.tools)):
                shape, whole = shape_of(model), model.model_json_schema()
                assert shape.get("properties", {}).keys() == whole.get("properties", {}).keys()
                assert shape.get("required") == whole.get("required")
                assert not {"title", "description"} & shape.keys()
                assert all("title" not in field for field in shape.get("properties", {}).values())


def test_a_field_that_must_be_there_may_be_null_and_one_that_may_be_left_out_need_not() -> None:
    fields = shape_of(Scope)["properties"]
    assert {"type": "null"} in fields["users_affected"]["anyOf"]
    assert fields["error_rate"]["type"] == "number"
