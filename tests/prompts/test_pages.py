"""The pages: one per role, a heading per duty, and the runbook with every row."""

import importlib
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

import prompts
from agents import readings, reports
from agents.llm.gateway import HAND_IN
from agents.roster import DUTIES as ROLES
from agents.tools import offered
from agents.tools.port import PORTS
from agents.tools.ports import past_incidents

DUTIES: dict[str, dict[str, str]] = {
    "infrastructure_maintainer": {
        "acknowledge": "S1.1",
        "assess_scope": "S1.2",
        "classify": "S1.3",
        "open_channel": "S1.5",
        "investigate": "S2.1",
        "conclude": "",
        "propose_infrastructure_change": "S3.2",
        "activate_fallback": "S3.4",
        "verify_recovery": "S3.1 S3.2 S3.3",
        "monitor_external_recovery": "S3.4",
        "verify_metrics": "S4.2",
        "answer_question": "",
    },
    "devops_automator": {
        "investigate": "S2.3",
        "propose_rollback": "S3.1",
        "support_change": "S3.2",
        "propose_deploy": "S3.3",
        "answer_question": "",
    },
    "backend_architect": {
        "investigate": "S2.2",
        "check_system": "S2.1",
        "conclude": "",
        "implement_hotfix": "S3.3",
        "answer_question": "",
    },
    "frontend_developer": {"investigate": "S2.4", "check_system": "S2.1", "conclude": "", "implement_hotfix": "S3.3"},
    "support_responder": {"update_status_page": "S3.5 TPL-STATUS", "tell_users": "S3.4", "answer_question": ""},
    "executive_summary_generator": {"brief_stakeholders": "S3.6 TPL-EXEC", "prepare_notification": "ESC-4"},
    "evidence_collector": {"confirm_fix": "S3.1 S4.1", "verify_hotfix": "S3.3"},
    "api_tester": {"run_regression": "S4.3"},
    "workflow_optimizer": {
        "reconstruct_timeline": "S5.1",
        "analyse_root_cause": "S5.2",
        "assess_impact": "S5.3",
        "plan_prevention": "S5.4",
        "assign_action_items": "S5.5",
    },
    "sprint_prioritizer": {"add_prevention_tasks": "S5.6", "add_to_backlog": "TEAM-P3"},
    "studio_producer": {"add_resources": "ESC-1", "assess_business_impact": "ESC-5"},
    "project_shepherd": {"reallocate_resources": "ESC-2", "chase_post_mortem": "", "answer_question": ""},
    "legal_compliance_checker": {"assess_regulatory_notification": "ESC-3", "assess_privacy_notification": "ESC-4"},
    "finance_tracker": {"assess_business_impact": "ESC-5"},
}
STRONG = {
    "infrastructure_maintainer",
    "backend_architect",
    "devops_automator",
    "frontend_developer",
    "workflow_optimizer",
    "legal_compliance_checker",
    "evidence_collector",
}
SECTIONS = [(role, duty) for role, duties in DUTIES.items() for duty in duties]
RUNBOOK_ROWS = [
    *("SEV-P0", "SEV-P1", "SEV-P2", "SEV-P3", "TEAM-P0", "TEAM-P1", "TEAM-P2", "TEAM-P3"),
    *("S1.1", "S1.2", "S1.3", "S1.4", "S1.5", "S2.1", "S2.2", "S2.3", "S2.4"),
    *("S3.1", "S3.2", "S3.3", "S3.4", "S3.5", "S3.6", "S4.1", "S4.2", "S4.3"),
    *("S5.1", "S5.2", "S5.3", "S5.4", "S5.5", "S5.6", "TPL-STATUS", "TPL-EXEC"),
    *("ESC-1", "ESC-2", "ESC-3", "ESC-4", "ESC-5"),
]
ROW = re.compile(r"\b(?:SEV-P\d|TEAM-P\d|S\d\.\d|TPL-[A-Z]+|ESC-\d)\b")
NAME = re.compile(r"`([a-z_]+)`")


def models(package: ModuleType) -> list[type[BaseModel]]:
    """Every model that a module of a package defines."""
    modules = [importlib.import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
    every = [value for module in modules for value in vars(module).values()]
    return [value for value in every if isinstance(value, type) and issubclass(value, BaseModel)]


def known_names() -> set[str]:
    """Every tool, every argument of a tool, every field of a report or a reading."""
    arguments = {argument for port in PORTS.values() for argument in port.arguments.model_fields}
    fields = {field for model in models(reports) + models(readings) for field in model.model_fields}
    return PORTS.keys() | arguments | fields | {HAND_IN, "ref"}


@pytest.mark.parametrize("role", DUTIES)
def test_a_page_has_a_title_a_summary_and_a_model(role: str) -> None:
    page = prompts.page(role)
    assert page.title
    assert page.summary.endswith(".")
    assert page.model == ("strong" if role in STRONG else "quick")


@pytest.mark.parametrize("role", DUTIES)
def test_a_page_says_who_the_role_is_before_its_duties(role: str) -> None:
    introduction = prompts.page(role).introduction
    habits = ("How you think.", "What you look at first.", "What counts as evidence.", "When to stop.", "Never.")
    assert [habit for habit in habits if f"**{habit}**" not in introduction] == []


@pytest.mark.parametrize("role", DUTIES)
def test_a_page_s_headings_are_the_role_s_duties_in_order(role: str) -> None:
    assert list(prompts.page(role).duties) == list(DUTIES[role])


@pytest.mark.parametrize(("role", "duty"), SECTIONS)
def test_a_section_names_its_runbook_rows_and_no_others(role: str, duty: str) -> None:
    section = prompts.page(role).duties[duty]
    named = ROW.findall(section.partition("\n")[0])
    assert named == DUTIES[role][duty].split()


@pytest.mark.parametrize(("role", "duty"), SECTIONS)
def test_a_section_names_only_tools_and_fields_that_exist(role: str, duty: str) -> None:
    assert set(NAME.findall(prompts.page(role).duties[duty])) - known_names() == set()


@pytest.mark.parametrize(("role", "duty"), SECTIONS)
def test_a_section_names_every_field_that_its_report_must_have(role: str, duty: str) -> None:
    fields = ROLES[role][duty].report.model_fields
    needed = {name for name, field in fields.items() if field.is_required()} - {"summary"}
    assert needed - set(NAME.findall(prompts.page(role).duties[duty])) == set()


@pytest.mark.parametrize(
    "role", ["infrastructure_maintainer", "backend_architect", "devops_automator", "frontend_developer"]
)
def test_investigators_are_told_of_earlier_incidents(role: str) -> None:
    assert past_incidents in ROLES[role]["investigate"].tools
    assert "`past_incidents`" in prompts.page(role).duties["investigate"]


@pytest.mark.parametrize(
    "role", ["infrastructure_maintainer", "backend_architect", "devops_automator", "frontend_developer"]
)
def test_investigators_are_told_of_every_tool_to_look_freely(role: str) -> None:
    assert set(offered.INVESTIGATION) <= set(ROLES[role]["investigate"].tools)
    told = prompts.looking([port.name for port in offered.INVESTIGATION])
    assert [port.name for port in offered.INVESTIGATION if f"`{port.name}`" not in told] == []


@pytest.mark.parametrize(("role", "duty"), SECTIONS)
def test_a_section_says_also_what_not_to_do(role: str, duty: str) -> None:
    assert re.search(r"\b(not|never|no|nobody)\b", prompts.page(role).duties[duty], re.IGNORECASE)


def test_there_is_a_page_for_each_role_and_no_other() -> None:
    folder = Path(prompts.__file__).parent / "roles"
    assert {file.stem for file in folder.glob("*.md")} == {*DUTIES, "_everyone", "_looking", "_objecting"}
    assert set(prompts.roles()) == set(DUTIES)


def test_a_duty_is_told_of_those_tools_to_look_further_that_it_is_offered() -> None:
    assert prompts.looking(["usage"]) == ""
    told = prompts.looking(["usage", "read_event", "search_transcript"])
    assert told.startswith("**Look further")
    assert set(NAME.findall(told)) == {"read_event", "search_transcript"}


def test_all_tools_to_look_further_exist() -> None:
    assert set(NAME.findall(prompts.looking(PORTS))) <= known_names()


@pytest.mark.parametrize("role", [*DUTIES, "_everyone", "_looking", "_objecting"])
def test_a_page_has_no_variables(role: str) -> None:
    text = (Path(prompts.__file__).parent / "roles" / f"{role}.md").read_text()
    assert re.findall(r"\{\{|\{%|\$\{", text) == []


@pytest.mark.parametrize(
    "rule", ["cites", "Insufficient evidence", "never an instruction", "propose", "UTC", "secrets"]
)
def test_every_role_is_told_the_house_rules(rule: str) -> None:
    assert rule in prompts.everyone()


def test_every_role_is_told_how_to_hand_in() -> None:
    assert f"`{HAND_IN}`" in prompts.everyone()


@pytest.mark.parametrize("row", RUNBOOK_ROWS)
def test_the_runbook_has_the_row(row: str) -> None:
    assert f"**{row}**" in prompts.runbook() or f"| {row} |" in prompts.runbook()


def test_the_runbook_has_no_row_twice_and_none_that_nobody_knows() -> None:
    headed = re.findall(r"(?:^\| |^(?:- )?\*\*)([A-Z]+[-\d][\w.-]*)", prompts.runbook(), re.MULTILINE)
    assert headed == [row for row in headed if row in RUNBOOK_ROWS]
    assert sorted(headed) == sorted(RUNBOOK_ROWS)


@pytest.mark.parametrize("role", DUTIES)
def test_the_runbook_speaks_of_the_role_by_its_title(role: str) -> None:
    assert prompts.page(role).title in prompts.runbook()


@pytest.mark.parametrize(
    "figure",
    [
        *("0-5 minutes", "5-30 minutes", "15-60 minutes", "48 hours", "every 15 minutes", "30 minutes after the fix"),
        *("50 % or more", "10x latency", "less than 1 hour", "less than 4 hours", "30 min ", "2 hours", "3 to 8"),
    ],
)
def test_the_runbook_keeps_the_figure(figure: str) -> None:
    assert figure in prompts.runbook()
