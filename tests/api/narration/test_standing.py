"""The five answers of a run's page: sentences made of what was measured, done and asked."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from agents.reports.investigation import Conclusion, Hypothesis
from agents.reports.mitigation import Proposal
from agents.reports.triage import Scope
from agents.runtime.briefing import Alert
from agents.runtime.ledger import BY_HAND, Act, Damage, DamageKind, Ledger, Statement
from agents.runtime.uncounted import Uncounted
from api.narration.role_activity import DutyActivity, RoleActivity
from api.narration.standing import Standing, escalated_to, headline, if_nobody_answers, standing
from api.narration.states import state_of
from graphs.charts.charts import Window, charts_of
from graphs.charts.measurements import Measurements
from graphs.model.questions import Question
from graphs.transcript.facts import Facts
from tests.graphs.charts.series import MINUTE, START, Values, golden, result

NOW = START + 20 * MINUTE
ROLLBACK: dict[str, Any] = {"action": "rollback", "service": "shop", "parameters": {"version": "41"}}


def damage(kind: DamageKind = "errors", worst: float = 1.0, service: str = "shop", is_open: bool = True) -> Damage:
    return Damage(service=service, kind=kind, since=START, until=START + 10 * MINUTE, is_open=is_open, worst=worst)


def scope(**fields: Any) -> Scope:
    known = {"users_affected": 1200, "users_share": 0.4, "services": ["shop"], "data_at_risk": "no", "abnormal": True}
    return Scope.model_validate({"summary": "-", **known, **fields})


def facts(*hurt: Damage, **others: Any) -> Facts:
    services = [one.service for one in hurt]
    alert = Alert(title="HighErrorRate 10.0.0.7:9090", service="shop", severity="critical")
    known: dict[str, Any] = {"ledger": Ledger(damage=list(hurt), services=services), "service": "shop", "alert": alert}
    return Facts.model_validate({**known, "started_at": START + 5 * MINUTE, **others})


def answers(run: Facts, lanes: RoleActivity | None = None) -> Standing:
    return standing(run, lanes or RoleActivity(), [], NOW)


def proposal() -> Proposal:
    return Proposal.model_validate({"summary": "Roll back.", "is_needed": True, **ROLLBACK, "risk": "-", "undo": "-"})


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (facts(), "shop: HighErrorRate 10.0.0.7:9090"),
        (facts(damage(), newest_scope=scope(down=["shop"])), "shop is down: every request fails"),
        (facts(damage(worst=0.3)), "30.0 % of requests to shop fail"),
        (facts(damage(worst=0.997)), "Nearly all requests to shop fail"),
        (facts(damage(worst=0.994)), "99.4 % of requests to shop fail"),
        (facts(damage(worst=0.3, is_open=False)), "Up to 30.0 % of requests to shop failed"),
        (facts(damage("slow", 2.5)), "shop is slow: at worst one request in twenty takes longer than 2.50 s"),
        (
            facts(damage("slow", 2.5), fixed_at=NOW),
            "shop was slow: at worst one request in twenty took longer than 2.50 s",
        ),
        (facts(damage("lost traffic", 4)), "shop gets far fewer requests than usual"),
        (facts(damage("client errors", 0.2)), "20.0 % of page views of shop meet an error"),
        (
            facts(damage("slow pages", 6.0)),
            "Pages of shop are slow: at worst one page view in four takes longer than 6.00 s to load",
        ),
        (facts(damage("refused")), "shop does not answer its checks"),
        (facts(damage("down")), "No instance of shop answers"),
        (facts(damage("affected users", 0.4)), "40.0 % of the users of shop meet a fault"),
        (
            facts(damage(is_open=False), damage(worst=0.3, service="api"), fixed_at=NOW),
            "All requests to shop failed",
        ),
        (facts(damage(is_open=False), damage(worst=0.3, service="api")), "30.0 % of requests to api fail"),
        (facts(damage("slow", 9.0), damage(worst=0.2, service="api")), "20.0 % of requests to api fail"),
        (facts(damage(worst=0.2, service="api"), damage("down")), "No instance of shop answers"),
    ],
)
def test_the_headline_says_what_fails_and_not_which_alert_fired(run: Facts, said: str) -> None:
    assert headline(run) == said


def test_for_whom_is_the_highest_count_of_users_and_what_they_use() -> None:
    ledger = Ledger(damage=[damage()], services=["shop"], users_affected=20_385, affected_share=1.0)
    assert (
        answers(facts(ledger=ledger, newest_scope=scope())).for_whom == "20,385 users of shop, 100 % of those active."
    )
    assert answers(facts()).for_whom == "Not measured yet."
    assert answers(facts(newest_scope=scope())).for_whom == "Users of shop; how many is not known."


def test_since_when_is_measured_and_not_when_the_alert_came() -> None:
    assert answers(facts(damage())).since == "Since 02:00 UTC, for 20 min (last measured at 02:10 UTC)."
    assert answers(facts(damage(is_open=False))).since == "From 02:00 UTC to 02:10 UTC, for 10 min."
    assert answers(facts()).since == "The alert came at 02:05 UTC; not measured yet."


def since(run: Facts, now: datetime = NOW, **errors: Values) -> str:
    """The answer, where the newest readings of these services hold these error rates."""
    measured = Measurements()
    for service, values in errors.items():
        measured.take_in(result("golden_signals", golden(values, service)))
    charts = [chart for name in errors for chart in charts_of(measured, name, Window(START - MINUTE, now))]
    return standing(run, RoleActivity(), charts, now).since


CALM: Values = [0.002] * 21
FAILS_ANEW: Values = [*[0.002] * 19, *[0.6] * 2]
EARLIER = damage(is_open=False)


def test_it_is_as_usual_only_where_the_newest_reading_of_every_service_in_trouble_says_so() -> None:
    ended = facts(ledger=Ledger(damage=[EARLIER], services=["shop", "api"]))
    as_usual = "Now it is as usual."
    assert since(ended, shop=CALM, api=CALM).endswith(as_usual)
    assert as_usual not in since(ended, shop=CALM)
    assert as_usual not in since(ended, shop=CALM, api=FAILS_ANEW)
    assert as_usual not in since(ended.model_copy(update={"fixed_at": NOW, "is_vouched": True}), shop=FAILS_ANEW)
    seen = {"newest_scope": scope(services=["shop"]), "scope_at": NOW - MINUTE}
    told = since(ended.model_copy(update=seen), shop=CALM, api=CALM)
    assert told.endswith("for 10 min. At 02:19 UTC shop was not as usual.")


def test_that_it_is_as_usual_is_said_with_its_time_where_that_was_long_ago() -> None:
    ended = facts(EARLIER, fixed_at=NOW, closed_at=NOW)
    assert since(ended, NOW + 90 * MINUTE).endswith("for 10 min. At 02:20 UTC it was as usual.")


def test_what_lay_before_with_healthy_minutes_between_is_told_apart() -> None:
    told = "Since 02:19 UTC, for 1 min; also from 02:00 UTC to 02:10 UTC. Failed requests now: 60.0 %, usually 0.2 %."
    assert since(facts(EARLIER), shop=FAILS_ANEW) == told
    again = EARLIER.model_copy(update={"since": NOW - 2 * MINUTE, "until": NOW - MINUTE})
    over = facts(EARLIER, again, fixed_at=NOW)
    assert since(over) == (
        "From 02:18 UTC to 02:19 UTC, for 1 min; also from 02:00 UTC to 02:10 UTC. Now it is as usual."
    )
    near = EARLIER.model_copy(update={"kind": "slow", "since": START + 14 * MINUTE, "until": NOW})
    assert since(facts(EARLIER, near, fixed_at=NOW)).startswith("From 02:00 UTC to 02:20 UTC, for 20 min. ")


def test_what_does_not_run_by_the_newest_look_is_said_before_any_damage_is_measured() -> None:
    down = facts(newest_scope=scope(down=["payments"], services=["payments"]), scope_at=NOW - MINUTE)
    assert headline(down) == "payments is down"
    assert since(down, shop=CALM) == "The alert came at 02:05 UTC. At 02:19 UTC payments was completely down."
    assert answers(down).since == "The alert came at 02:05 UTC. At 02:19 UTC payments was completely down."
    again = down.model_copy(update={"fixed_at": NOW})
    assert "payments" not in headline(again)
    assert answers(again).since == "The alert came at 02:05 UTC."


def test_what_a_later_reading_saw_to_end_is_not_said_to_be_down_by_the_look_before_it() -> None:
    seen = {"newest_scope": scope(down=["shop"]), "scope_at": START + 9 * MINUTE}
    assert headline(facts(damage(is_open=False), **seen)) == "All requests to shop failed"
    assert headline(facts(damage("down", is_open=False), damage(), **seen)) == "shop is down: every request fails"
    assert headline(facts(damage(is_open=False), **{**seen, "scope_at": NOW})) == "shop is down"


def test_a_stretch_lies_in_none_that_goes_on_and_lasts_no_time_where_one_sample_showed_it() -> None:
    later = {"service": "api", "is_open": False, "since": NOW - 3 * MINUTE, "until": NOW - MINUTE}
    told = since(facts(damage(), damage().model_copy(update=later)))
    assert told == "Since 02:00 UTC, for 20 min (last measured at 02:10 UTC)."
    one = damage(is_open=False).model_copy(update={"until": START})
    assert since(facts(one)) == "At 02:00 UTC."


def test_where_its_metrics_had_stopped_nothing_is_said_to_be_as_usual() -> None:
    stopped = Uncounted(service="shop", since=START, until=START + 9 * MINUTE, is_open=True)
    unknown = facts(ledger=Ledger(services=["shop"], uncounted=[stopped]))
    said = "the metrics of shop stopped at 02:00 UTC; whether it served since is not known."
    assert answers(unknown).since == f"The alert came at 02:05 UTC; {said}"
    ended = stopped.model_copy(update={"is_open": False})
    unknown = facts(ledger=Ledger(services=["shop"], uncounted=[ended]))
    assert "were missing from 02:00 UTC to 02:09 UTC; whether it served then is not known" in answers(unknown).since


@pytest.mark.parametrize(
    ("is_open", "known", "said"),
    [
        (False, {"fixed_at": NOW}, "not counted from 02:11 UTC to 02:19 UTC. Now it is as usual."),
        (False, {"fixed_at": NOW, "is_vouched": True}, "not counted from 02:11 UTC to 02:19 UTC."),
        (True, {}, "not counted from 02:11 UTC to at least 02:19 UTC."),
        (True, {"fixed_at": NOW}, "not counted from 02:11 UTC to at least 02:19 UTC. Now it is as usual."),
        (True, {"fixed_at": NOW, "is_vouched": True}, "not counted from 02:11 UTC to at least 02:19 UTC."),
    ],
)
def test_when_requests_were_not_counted_is_told_beside_measured_damage(
    is_open: bool, known: dict[str, Any], said: str
) -> None:
    stopped = Uncounted(service="shop", since=START + 11 * MINUTE, until=START + 19 * MINUTE, is_open=is_open)
    ledger = Ledger(services=["shop"], damage=[damage(is_open=False)], uncounted=[stopped])
    began = "From 02:00 UTC to 02:10 UTC, for 10 min, as far as it was measured; the requests of shop were "
    assert answers(facts(ledger=ledger, **known)).since == began + said


@pytest.mark.parametrize(
    ("minutes", "said"), [(2, "Failed requests now: 90.0 %"), (30, "Failed requests at 02:39 UTC: ")]
)
def test_a_figure_is_called_the_present_one_only_while_it_is_fresh(minutes: int, said: str) -> None:
    measured, now = Measurements(), START + (39 + minutes) * MINUTE
    measured.take_in(result("golden_signals", golden([*[0.002] * 30, *[0.9] * 10])))
    charts = charts_of(measured, "shop", Window(START, now))
    assert said in standing(facts(damage()), RoleActivity(), charts, now).since


def test_the_cause_is_named_with_how_sure_it_is() -> None:
    found = Hypothesis.model_validate(
        {
            "cause": "recent deployment",
            "component": "shop",
            "statement": "42 of shop, deployed at 2026-03-03 01:59 UTC, made it fail",
            "status": "supported",
            "strength": 3,
        }
    )
    conclusion = Conclusion.model_validate(
        {
            "summary": "-",
            "verdict": "cause found",
            "cause": "recent deployment",
            "component": "shop",
            "confidence": "high",
            "hypotheses": [found],
        }
    )
    assert answers(facts(conclusion=conclusion)).cause == (
        "42 of shop, deployed at 01:59 UTC, made it fail (high confidence)."
    )
    said = Statement(at=START, by="on-call", words="42 reads the wrong table", cite="0a")
    said = said.model_copy(update={"cause": "recent deployment", "component": "shop"})
    assert answers(facts(conclusion=conclusion, ledger=Ledger(statements=[said]))).cause == (
        "42 of shop, deployed at 01:59 UTC, made it fail (high confidence); on-call said: “42 reads the wrong table”."
    )
    assert answers(facts()).cause == "Not known yet."
    unclear = {"summary": "Nothing that was read says why. Not seen: logs.", "verdict": "insufficient evidence"}
    found = answers(facts(conclusion=Conclusion.model_validate(unclear)))
    assert found.cause == "Not known. Nothing that was read says why."


@pytest.mark.parametrize(
    ("words", "is_by_hand", "said"),
    [
        ("venue team started seats again", True, "Over, and the cause is not known: "),
        ("CardNet has recovered", False, "Over, and the cause is not known: "),
        ("I see no more errors", False, "Recovered by itself: "),
    ],
)
def test_it_recovered_by_itself_only_where_nobody_tells_what_was_done(words: str, is_by_hand: bool, said: str) -> None:
    told = Statement(at=START, by="bob", words=words, is_over=True, is_by_hand=is_by_hand, cite="0a")
    act = Act(at=START, action=BY_HAND, service="seats", cause=None, component="seats", cite="0b")
    found = Conclusion(verdict="recovered by itself", summary=f"bob says that it is over: “{words}”.")
    ledger = Ledger(statements=[told], acts=[act] if is_by_hand else [])
    assert answers(facts(conclusion=found, ledger=ledger)).cause == f"{said}{found.summary}"


def test_what_is_being_done_goes_from_the_team_s_work_over_the_change_to_the_watching() -> None:
    work = DutyActivity("r", "backend_architect", "investigate", "Look at the errors.", [], START)
    busy = RoleActivity(of={"backend_architect": [work]})
    change = {"proposal": proposal()}
    told = [
        answers(facts()).doing,
        answers(facts(), busy).doing,
        answers(facts(**change), busy).doing,
        answers(facts(**change, approval="main/x/decision")).doing,
        answers(facts(**change, approval="main/x/decision", acted_at=NOW)).doing,
        answers(facts(**change, acted_at=NOW, fixed_at=NOW)).doing,
        answers(facts(fixed_at=NOW, resolved_at=NOW)).doing,
        answers(facts(resolved_at=NOW, post_mortem_at=NOW, closed_at=NOW)).doing,
        answers(facts(cancelled=True)).doing,
        answers(facts(queued=True)).doing,
        answers(facts(open_questions=[question("direction", MINUTE)])).doing,
    ]
    assert told == [
        "The team is being called.",
        "Backend Architect is at work: Look at the errors.",
        "Rollback of shop is proposed; nothing is changed before it is approved.",
        'Rollback of shop, version "41" is approved and being made.',
        'Rollback of shop, version "41" was made at 02:20 UTC; the team checks whether it helped.',
        "Recovery was verified at 02:20 UTC; it is watched before it counts as resolved.",
        "Resolved at 02:20 UTC; the post-mortem is being written.",
        "Resolved at 02:20 UTC; the post-mortem is written.",
        "The run was cancelled.",
        "It waits in the queue of a storm; nobody looks at it yet.",
        "It waits for an answer; without one, the team looks again by itself.",
    ]


def question(kind: Any = "approval", expires: timedelta | None = None) -> Question:
    options = ["approve", "refuse"]
    until = NOW + expires if expires else None
    return Question(id="q", kind=kind, text="Which one?", proposal=ROLLBACK, options=options, expires_at=until)


def test_what_is_asked_names_the_change_in_our_own_words_and_not_in_a_model_s() -> None:
    assert answers(facts(open_questions=[question()])).asked == "Approve or refuse: roll shop back to 41."
    assert answers(facts(open_questions=[question("direction"), question()])).asked == "Which one? And 1 more."
    assert answers(facts()).asked == "Nothing at the moment."
    assert answers(facts(closed_at=NOW)).asked == "Nothing; the run is over."


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (question(expires=MINUTE), "it counts as not approved, nothing is changed"),
        (question("direction", MINUTE), "the team looks again by itself"),
        (question("outcome", MINUTE), "it is asked again"),
        (question("fault"), "the run waits, and changes nothing"),
    ],
)
def test_what_happens_without_an_answer_is_said(asked: Question, said: str) -> None:
    assert if_nobody_answers(asked).startswith(said)


def test_a_row_of_the_escalation_matrix_is_said_in_words() -> None:
    assert escalated_to("ESC-1") == "Studio Producer (P0 not resolved in 30 min)"
    assert escalated_to("a row of an older runbook") == "a row of an older runbook"


def test_the_state_of_a_run_says_when_it_is_only_being_watched() -> None:
    assert state_of("running", None) == "at work"
    assert state_of("running", NOW) == "being watched"
    assert state_of("waiting", NOW) == "waits for a person"
    assert state_of("closed", NOW) == "closed"
    assert state_of("closed", None, unseen=True) == "closed without anyone looking"
