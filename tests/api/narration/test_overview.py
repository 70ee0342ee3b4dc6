"""What stands beside a question, and which services are drawn."""

from typing import Any

from agents.io.catalogue import Catalogue
from agents.reports.triage import Scope
from agents.runtime.briefing import Alert
from agents.runtime.ledger import Damage, Ledger
from api.narration.overview import overview
from api.narration.run_board import RunBoard
from graphs.model.questions import Question
from graphs.transcript.facts import Facts
from tests.graphs.charts.series import MINUTE, START, Values, golden, result

CALM: Values = [0.002] * 30
FAILS: Values = [*CALM, *[0.9] * 10]
NOW = START + 40 * MINUTE
REASONS: list[dict[str, Any]] = [
    {"text": "first", "cites": []},
    {"text": "second", "cites": ["log00001"]},
    {"text": "it fails since 2026-03-03 02:30 UTC", "cites": ["unknown0", "cafe0001"]},
    {"text": "fourth", "cites": []},
]
PROPOSAL: dict[str, Any] = {
    "action": "rollback",
    "service": "shop",
    "parameters": {"version": "41"},
    "reasons": REASONS,
}


def a_board() -> RunBoard:
    board = RunBoard()
    for service, errors, ref in (("shop", FAILS, "cafe0001"), ("api", FAILS, "cafe0002"), ("calm", CALM, "cafe0003")):
        board.measured.take_in(result("golden_signals", golden(errors, service), ref))
    history: dict[str, Any] = {"service": "shop", "running": "42", "deployments": []}
    board.measured.take_in(result("deployment_history", history, "cafe0004"))
    return board


def facts(**others: Any) -> Facts:
    hurt = [
        Damage(service=name, kind="errors", since=START + 30 * MINUTE, until=NOW, is_open=True, worst=worst)
        for name, worst in (("shop", 0.4), ("api", 0.9))
    ]
    alert = Alert(title="shop fails", service="shop", severity="critical")
    known: dict[str, Any] = {"alert": alert, "service": "shop", "started_at": START + 32 * MINUTE}
    return Facts.model_validate({**known, "ledger": Ledger(damage=hurt, services=["shop", "api"]), **others})


def asked() -> Question:
    return Question(id="q-1", kind="approval", text="?", proposal=PROPOSAL, options=["approve", "refuse"])


def test_the_hurt_services_are_drawn_those_hurt_most_first_and_no_others() -> None:
    seen = overview(facts(), a_board(), Catalogue(), NOW)
    assert [one.service for one in seen.services] == ["api", "shop"]
    assert {chart.service for chart in seen.lead} == {"api"}


def test_where_nothing_is_hurt_the_alerted_service_is_drawn() -> None:
    alert = Alert(title="-", service="calm", severity="critical")
    seen = overview(Facts(alert=alert, service="calm", started_at=START + 5 * MINUTE), a_board(), Catalogue(), NOW)
    assert [one.service for one in seen.services] == ["calm"]


def test_a_run_that_measured_nothing_has_answers_all_the_same() -> None:
    seen = overview(facts(), RunBoard(), Catalogue(), NOW)
    assert (seen.services, seen.lead, seen.marks) == ([], [], [])
    assert seen.standing.since == "Since 02:30 UTC, for 10 min."


def test_a_decision_shows_from_what_to_what() -> None:
    decision = overview(facts(open_questions=[asked()]), a_board(), Catalogue(), NOW).decisions["q-1"]
    assert decision.headline == "Roll shop back from 42 to 41?"


def test_of_the_reasons_three_are_shown_first_those_that_measurements_prove() -> None:
    decision = overview(facts(open_questions=[asked()]), a_board(), Catalogue(), NOW).decisions["q-1"]
    assert [one.text for one in decision.evidence] == ["it fails since 02:30 UTC", "first", "second"]
    assert [one.text for one in decision.further] == ["fourth"]
    chart = decision.evidence[0].chart
    assert chart is not None
    assert (chart.service, chart.signal.name, chart.is_hurt) == ("shop", "error_rate", True)


def test_a_reason_of_what_does_not_run_has_no_chart_of_the_time_before() -> None:
    known = {"summary": "-", "users_affected": None, "users_share": None, "data_at_risk": "no", "abnormal": True}
    scope = Scope.model_validate({**known, "services": ["shop"], "down": ["shop"]})
    seen = overview(facts(open_questions=[asked()], newest_scope=scope), a_board(), Catalogue(), NOW)
    assert [one.chart for one in seen.decisions["q-1"].evidence] == [None] * 3


def test_a_question_about_no_change_has_nothing_beside_it_but_what_happens_without_an_answer() -> None:
    question = Question(id="q-2", kind="fault", text="Again?", options=["try again"])
    decision = overview(facts(open_questions=[question]), RunBoard(), Catalogue(), NOW).decisions["q-2"]
    assert (decision.headline, decision.remarks, decision.summary, decision.evidence) == ("Again?", "", "", [])
    assert decision.if_nobody_answers == "the run waits, and changes nothing"


def test_links_lead_to_the_window_that_is_drawn_for_each_concerned_service_that_has_any() -> None:
    template = "https://logs.example/{service}?from={from}&to={to}"
    services = {name: {"links": {"logs": template}} for name in ("shop", "elsewhere")} | {"api": {}}
    seen = overview(facts(), a_board(), Catalogue.model_validate({"services": services}), NOW)
    address = "https://logs.example/shop?from=2026-03-03T01%3A45%3A00Z&to=2026-03-03T02%3A40%3A00Z"
    assert [tuple(one) for one in seen.links] == [("shop", {"logs": address})]
