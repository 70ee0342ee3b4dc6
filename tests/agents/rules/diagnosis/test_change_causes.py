"""Changes as causes: a value or a name in both is a mechanism, an unclear line is none, and warnings count."""

from datetime import timedelta
from typing import Any

import pytest

from agents.readings.production import ErrorLog, LogPattern, Machine
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.hypotheses import diagnose
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import NOW, ONSET, Answers, golden, system
from tests.agents.rules.diagnosis.test_changes import before, fails_after, line, record

USUAL = LogPattern(
    service="checkout",
    signature="slow page",
    level="warning",
    count=40,
    first_seen=ONSET - timedelta(minutes=90),
    last_seen=NOW,
    sample="slow page",
)


def log(signature: str, **more: Any) -> ErrorLog:
    return ErrorLog(service="checkout", patterns=[USUAL, line(signature, ["1.1.0"]).model_copy(update=more)])


async def ranked(briefing: Briefing, context: DutyContext) -> list[Hypothesis]:
    return [h for h in (await diagnose(briefing, context)).hypotheses if h.status != "ruled out"]


@pytest.mark.parametrize(
    ("change", "signature"),
    [
        ("pool of handles 96 -> 24", "waited <n> ms for a free handle and gave up (open=24)"),
        ("gh-ost cut-over of orders finished (drop old_note)", "Unknown column 'orders.old_note'"),
        ("ceiling of batches from 90 to 30", "no more than 30 batches at once"),
    ],
)
async def test_a_change_of_hours_ago_that_the_lines_name_is_before_a_release_that_is_merely_near(
    briefing: Briefing, context: DutyContext, production: Answers, change: str, signature: str
) -> None:
    fails_after(production, 20, before(150, change), error_log=log(signature, versions=[]))
    best, *others = await ranked(briefing, context)
    assert change in best.statement
    assert best.strength > max(h.strength for h in others)


async def test_a_limit_of_replicas_that_is_full_is_named_by_what_runs(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.05, saturation=0.98))
    production.put("system_metrics", "checkout", system("checkout", ONSET, cpu=0.97))
    state = record("checkout", before(150, "autoscaler floor 24 -> 10")).model_copy(
        update={"replicas_wanted": 10, "replicas_ready": 10}
    )
    production.put("infrastructure_state", "checkout", state)
    best = (await ranked(briefing, context))[0]
    assert (best.cause, best.strength) == ("infrastructure", 2)
    assert any("autoscaler floor" in claim.text for claim in best.support)


async def test_strain_that_a_change_explains_is_no_rival_of_it(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.04))
    yesterday = f"{ONSET - timedelta(hours=25):%Y-%m-%d %H:%M} pool of handles 96 -> 24"
    production.put("infrastructure_state", "checkout", record("checkout", yesterday))
    production.put("error_log", "checkout", log("waited <n> ms for a free handle and gave up (open=24)"))
    best, strain = (await ranked(briefing, context))[:2]
    assert (best.strength, strain.strength, strain.cause) == (2, 1, "infrastructure")
    assert "a change explains it" in strain.against[-1].text


@pytest.mark.parametrize(
    ("change", "level", "count", "strength"),
    [
        ("wildcard renewed, chain of one block", "warning", 4000, 2),
        ("wildcard renewed, chain of one block", "warning", 9, 0),
        ("price list loaded", "warning", 4000, 0),
    ],
)
async def test_where_no_signal_moves_a_change_is_tied_to_what_is_suddenly_written_all_the_time(
    briefing: Briefing, context: DutyContext, production: Answers, change: str, level: str, count: int, strength: int
) -> None:
    refused = log("TLS handshake error: unknown certificate authority", level=level, count=count)
    production.put("golden_signals", "checkout", golden("checkout"))
    production.put("infrastructure_state", "checkout", record("checkout", before(3, f"certificate: {change}")))
    if change.startswith("price"):
        production.put("infrastructure_state", "checkout", record("checkout", before(3, change)))
    production.put("error_log", "checkout", refused)
    found = [h for h in await ranked(briefing, context) if change in h.statement]
    assert max((h.strength for h in found), default=0) == strength


@pytest.mark.parametrize(
    ("signature", "strength"), [("KeyError: 'unit' at cart/price.py:<n>", 3), ("the partner says: invalid parcel", 1)]
)
async def test_bad_news_that_names_no_place_in_our_code_convicts_no_code(
    briefing: Briefing, context: DutyContext, production: Answers, signature: str, strength: int
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.04))
    production.put("error_log", "checkout", log(signature))
    best = (await ranked(briefing, context))[0]
    assert (best.cause, best.strength) == ("code bug", strength)
    assert signature in best.statement


async def test_a_line_that_says_nothing_known_is_quoted(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.04))
    production.put("error_log", "checkout", log("parcel went astray"))
    best = (await ranked(briefing, context))[0]
    assert best.strength == 0
    assert "it writes “parcel went astray” 400 times" in best.statement


@pytest.mark.parametrize(("minutes", "cause"), [(1, "infrastructure"), (500, "code bug")])
async def test_a_moment_in_the_lines_at_which_it_began_is_an_expiry(
    briefing: Briefing, context: DutyContext, production: Answers, minutes: int, cause: str
) -> None:
    moment = f"{ONSET - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:00Z}"
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.04))
    production.put("error_log", "checkout", log(f"table of rates of {moment} turned down"))
    best = (await ranked(briefing, context))[0]
    assert best.cause == cause
    assert ("has run out" in best.statement) == (cause == "infrastructure")


async def test_a_warning_that_is_what_happens_counts_and_a_remark_beside_errors_does_not(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.04))
    for count, is_counted in ((40000, True), (300, False)):
        full = line("no space left on device", []).model_copy(update={"level": "warning", "count": count})
        patterns = [USUAL, full, line("went astray", [])]
        production.put("error_log", "checkout", ErrorLog(service="checkout", patterns=patterns))
        found = await ranked(briefing, context)
        assert any(h.cause == "infrastructure" for h in found) == is_counted


async def test_what_an_operation_left_in_trouble_is_the_cause_and_the_operation_what_set_it_off(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    ails = Machine(name="checkout-2", ready=True, reason="one thread busy, nothing done for an hour")
    state = record("checkout", before(4, "host of checkout-2 paused for a live migration"))
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.04))
    production.put("infrastructure_state", "checkout", state.model_copy(update={"machines": [ails]}))
    best, operation = (await ranked(briefing, context))[:2]
    assert (best.cause, best.strength, operation.strength) == ("infrastructure", 2, 1)
    assert "nothing done for an hour" in best.statement
    assert any("live migration" in claim.text for claim in best.support)


@pytest.mark.parametrize(("title", "count"), [("Server not found: SERVFAIL", 1), ("Something is odd", 0)])
async def test_what_the_alert_says_makes_a_change_of_the_same_subject_a_suspect_and_no_cause(
    briefing: Briefing, context: DutyContext, production: Answers, title: str, count: int
) -> None:
    told = briefing.alert.model_copy(update={"title": title, "starts_at": ONSET})
    production.put("infrastructure_state", "checkout", record("checkout", before(90, "DNSSEC signing switched off")))
    found = await ranked(briefing.model_copy(update={"alert": told}), context)
    assert [h.strength for h in found if "DNSSEC" in h.statement] == [1] * count


@pytest.mark.parametrize(
    ("level", "versions", "strength"), [("error", [], 3), ("error", ["1.1.0"], 1), ("warning", [], 1)]
)
async def test_one_word_in_a_remark_or_in_what_a_fresh_release_writes_makes_a_suspect_and_no_cause(
    briefing: Briefing, context: DutyContext, production: Answers, level: str, versions: list[str], strength: int
) -> None:
    written = log("no voucher for <name>", level=level, versions=versions)
    fails_after(production, 1, before(7, "statistics of vouchers renewed"), error_log=written)
    found = [h for h in await ranked(briefing, context) if "vouchers" in h.statement]
    assert [h.strength for h in found] == [strength]


async def test_a_release_that_the_record_tells_of_as_well_is_no_rival_of_itself(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    fails_after(production, 6, before(6, "1.1.0 deployed"), error_log=log("went astray", versions=[]))
    found = await ranked(briefing, context)
    assert [(h.version, h.strength, h.against) for h in found] == [("1.1.0", 2, [])]


@pytest.mark.parametrize(("minutes", "strengths"), [(100, [1]), (180, [])])
async def test_what_the_alert_alone_says_makes_a_suspect_of_a_change_about_the_same_and_shows_the_alert(
    briefing: Briefing, context: DutyContext, production: Answers, minutes: int, strengths: list[int]
) -> None:
    production.put("infrastructure_state", "checkout", record("checkout", before(minutes, "certificate renewed")))
    alert = Alert(title="Two partners say that the certificate is not trusted", service="checkout")
    told = briefing.model_copy(update={"alert": alert, "alert_ref": "0000abcd"})
    found = [h for h in (await diagnose(told, context)).hypotheses if h.change == "certificate renewed"]
    assert [h.strength for h in found] == strengths
    assert all(h.support[-1].cites == ["0000abcd"] and "the alert says" in h.support[-1].text for h in found)


async def test_a_limit_of_replicas_that_is_full_is_shown_by_the_replicas_and_by_the_signals(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.05, saturation=0.98))
    floor = {"replicas_wanted": 12, "replicas_ready": 12}
    limited = record("checkout", before(20, "autoscaler floor 24 -> 12")).model_copy(update=floor)
    production.put("infrastructure_state", "checkout", limited)
    (change,) = [h for h in (await diagnose(briefing, context)).hypotheses if h.change]
    full = next(claim for claim in change.support if "replicas, and is full" in claim.text)
    shown = [str(row.payload) for ref in full.cites if (row := await context.log.cited(ref))]
    assert any("replicas_wanted" in text for text in shown)
    assert any("error_rate" in text for text in shown)
