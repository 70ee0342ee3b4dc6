"""What a model is offered: fields for services list the catalogue's names, and nothing else is changed."""

from typing import Any

from agents.io.catalogue import Catalogue, Service
from agents.reports.triage import Scope
from agents.roles import devops_automator
from agents.runtime.briefing import Briefing
from agents.runtime.offered_tools import MOST_NAMES, offered_tools, shape_of
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
