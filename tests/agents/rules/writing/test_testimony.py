"""Testimony: what people tell in free words is quoted where a reader looks for it, and nothing is made of it."""

import pytest

from agents.reports.investigation import Conclusion
from agents.roles import executive_summary_generator, sprint_prioritizer, workflow_optimizer
from agents.rules.diagnosis.outcome import as_told
from agents.rules.writing import testimony
from agents.rules.writing.ending import what_ended_it
from agents.rules.writing.post_mortem_summary import first_page, outcome
from agents.runtime.briefing import Briefing, PostMortemDraft
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import BY_HAND, DataFinding, DataReading, Ledger, Statement
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_ending import FAILED, FOUND, act, ended, handled
from tests.agents.rules.writing.test_public_wording import MINUTE, WELL

WORDS = "I started it again; 300 customers lost their carts"
LOST = DataFinding(is_lost=True, is_breach_suspected=False, words="data of checkout: 12 records lost", cite="7")
READ = DataReading(at=NOW, service="checkout", records_lost=12, cite="7")


def note(words: str) -> Statement:
    return Statement(at=NOW - MINUTE, by="ada", words=words, cite="4")


def over(briefing: Briefing, **learned: object) -> Briefing:
    ledger = Ledger(services=["checkout"], was_abnormal=True, damage=[FAILED]).model_copy(update=learned)
    gone = Conclusion(verdict="recovered by itself", summary="")
    update = {"status": "Resolved", "fixed_at": NOW, "resolved_at": NOW, "now": NOW, "scope": WELL, "ledger": ledger}
    return briefing.model_copy(update={**update, "conclusion": gone})


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        (WORDS, True),
        ("some orders were lost", True),
        ("the index is corrupted: payments of today are gone", True),
        ("we lost about 300 bookings", True),
        ("300 orders were lost and we have no backup of them", True),
        ("somebody dropped the orders table", True),
        ("no data was lost", False),
        ("all lost orders were restored", False),
        ("the error messages are gone on my side", False),
        ("payments is missing the env var", False),
        ("the payments process is gone; somebody killed it", False),
        ("payments is gone", False),
        ("a forgotten session holds a lock on the table payments", False),
        ("I ended the session of the migration that held the lock on the table payments", False),
        ("orders lost its leader election", False),
        ("did we lose orders?", False),
        ("nobody can pay", False),
        ("I lost my connection to the database", False),
    ],
)
def test_lost_data_is_told_by_words_that_say_so_outright(words: str, is_told: bool) -> None:
    assert (testimony.of_lost_data(Ledger(statements=[note(words)])) is not None) == is_told


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        (WORDS, True),
        ("we've just rolled it back", True),
        ("Restarted redis", True),
        ("Rolled back to 5.1", True),
        ("I have not restarted it", False),
        ("We changed nothing", False),
        ("I started looking at it", False),
        ("shall I restart it?", False),
        ("somebody looks at it", False),
    ],
)
def test_a_deed_is_told_in_the_first_person(words: str, is_told: bool) -> None:
    assert (testimony.of_a_deed(Ledger(statements=[note(words)])) is not None) == is_told


async def test_what_a_person_did_and_saw_is_quoted_as_the_end_and_the_impact(
    briefing: Briefing, context: DutyContext
) -> None:
    told = over(briefing, statements=[note(WORDS)])
    said = f"ada said at 14:29 UTC: “{WORDS}”"
    assert what_ended_it(told) == f"it ended at 14:30 UTC; what ended it was not measured; {said}"
    assert outcome(told) == f"cause not known; {what_ended_it(told)}"
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert impact.users.text.endswith(f"; ada said at 14:29 UTC: “{WORDS}”.")
    assert "4" in impact.users.cites
    assert impact.data.text == f"No reading shows harm to data; ada said: “{WORDS}”."
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert f"our team said: “{WORDS}”" in brief.impact
    assert brief.cause == "No cause was found"
    assert "ada" not in first_page(over(briefing, statements=[note("looking")])).what_ended_it


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_note_of_the_cause_stands_on_the_first_page_and_in_the_whys_with_its_minute(
    briefing: Briefing, context: DutyContext, is_known: bool
) -> None:
    told = over(briefing, statements=[note("KeyError shipping_zone"), note("somebody killed it")])
    told = told.model_copy(update={"conclusion": FOUND}) if is_known else told
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    for words in ("KeyError shipping_zone", "somebody killed it"):
        said = f"ada said at 14:29 UTC: “{words}”."
        assert said in first_page(told).why
        assert said in next(why.text for why in root.five_whys if "Why?" in why.text or "Why did" in why.text)
    assert "4" in [ref for why in root.five_whys for ref in why.cites]


def test_many_notes_leave_room_for_who_names_the_cause_or_tells_what_they_did() -> None:
    named = note("its disk is full").model_copy(update={"cause": "infrastructure"})
    later = [note(f"note {n}").model_copy(update={"at": NOW + n * MINUTE}) for n in range(9)]
    told = testimony.accounts(Ledger(statements=[named, *later]))
    assert told == [*reversed(later[-len(told) + 1 :]), named]


@pytest.mark.parametrize("is_by_hand", [True, False])
async def test_what_another_answer_of_the_first_page_quotes_is_not_quoted_again_as_what_happened_or_why(
    briefing: Briefing, context: DutyContext, is_by_hand: bool
) -> None:
    told = over(briefing, statements=[note(WORDS).model_copy(update={"is_over": is_by_hand, "is_by_hand": is_by_hand})])
    unseen = told.model_copy(update={"ledger": told.ledger.model_copy(update={"damage": [], "was_abnormal": False})})
    for one in (told, unseen):
        impact = await workflow_optimizer.assess_impact.without_model(one, context)
        page = first_page(one.model_copy(update={"post_mortem": PostMortemDraft(impact=impact)}))
        assert WORDS not in f"{page.what_happened} {page.why}"
        assert WORDS in page.who


async def test_a_person_whom_a_task_quotes_is_quoted_above_it_on_the_first_page(
    briefing: Briefing, context: DutyContext
) -> None:
    both = [
        note(words).model_copy(update={"is_over": True, "is_by_hand": True}) for words in ("I ran it", "I ended it")
    ]
    told = over(briefing, statements=both)
    items = await workflow_optimizer.assign_action_items.without_model(told, context)
    page = first_page(told.model_copy(update={"post_mortem": PostMortemDraft(action_items=items)}))
    assert all(one.words in items.items[0].action for one in both)
    assert page.what_we_do[0].action == "Find out with ada what would keep this from happening again."
    assert [f"{page.why} {page.what_ended_it}".count(one.words) for one in both] == [1, 1]


async def test_data_that_was_lost_stays_in_a_brief_of_what_is_over(briefing: Briefing, context: DutyContext) -> None:
    told = over(briefing, data=LOST.model_copy(update={"is_user_data": True}), data_readings=[READ])
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert brief.situation.endswith("; data was lost, user data is affected")
    again = told.model_copy(update={"status": "Investigating"})
    brief = await executive_summary_generator.brief_stakeholders.without_model(again, context)
    assert brief.situation.endswith("; data was lost, user data is affected")


@pytest.mark.parametrize(
    ("learned", "title"),
    [
        ({"data": LOST, "data_readings": [READ]}, "Restore the data that was lost or damaged"),
        ({"data": LOST}, "Restore the data that was lost or damaged"),
        ({"statements": [note(WORDS)]}, f"Find out which data was lost, and restore it (ada said: “{WORDS}”)"),
    ],
)
async def test_data_that_was_lost_is_the_first_task_of_the_backlog(
    briefing: Briefing, context: DutyContext, learned: dict[str, object], title: str
) -> None:
    told = over(briefing, **learned)
    items = await workflow_optimizer.assign_action_items.without_model(told, context)
    drafted = told.model_copy(update={"post_mortem": PostMortemDraft(action_items=items)})
    first = (await sprint_prioritizer.add_prevention_tasks.without_model(drafted, context)).entries[0]
    assert (first.title, first.owner) == (title, "Checkout team")
    assert "12 records lost" in first.why or WORDS in first.why


async def test_errors_in_data_that_are_gone_by_the_newest_reading_leave_nothing_to_restore(
    briefing: Briefing, context: DutyContext
) -> None:
    read = DataReading(at=NOW, service="checkout", integrity_errors=3, cite="7")
    found = LOST.model_copy(update={"is_lost": False})
    mended = read.model_copy(update={"integrity_errors": 0})
    for readings, is_asked_for in (([read], True), ([read, mended], False)):
        told = over(briefing, data=found, data_readings=readings)
        items = await workflow_optimizer.assign_action_items.without_model(told, context)
        assert ("Restore the data" in items.items[0].action) == is_asked_for


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        ("I rebooted orders-db at 14:20", True),
        ("we opened port 5432 again", True),
        ("I had to flush the cache", True),
        ("orders-db was rebooted at 14:20", True),
        ("the flag has been turned off", True),
        ("Rotated the key of checkout", True),
        ("I opened a ticket", False),
        ("I'll reboot orders-db", False),
        ("shall I reboot orders-db?", False),
        ("it began after orders-db was rebooted", False),
        ("orders-db was rebooted by its kernel", False),
        ("orders-db was not rebooted", False),
    ],
)
def test_what_operations_do_is_a_deed_and_what_they_ask_or_plan_is_none(words: str, is_told: bool) -> None:
    assert (testimony.of_a_deed(Ledger(statements=[note(words)])) is not None) == is_told


async def test_a_note_that_tells_of_a_cause_is_not_lost_behind_chatter(
    briefing: Briefing, context: DutyContext
) -> None:
    chatter = ("who is on call?", "looking", "still looking, any news?", "ok", "disk", "thanks, I am on it")
    said = [note("a config push of 13:57 broke it"), *map(note, chatter)]
    told = over(briefing, statements=said)
    assert [one.words for one in testimony.accounts(told.ledger)] == [said[0].words]
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert said[0].words in root.why.text
    assert not [words for words in chatter if f"“{words}" in f"{root.why.text} {root.five_whys}"]
    longer = [note(f"{words} of checkout and search") for words in ("all", "I see errors", "it is slow", "the pages")]
    words = [one.words for one in testimony.accounts(Ledger(statements=[note("a push broke it"), *longer]))]
    assert "a push broke it" in words
    assert "all of checkout and search" not in words


def test_a_name_and_a_quotation_within_words_are_no_speech_of_their_own() -> None:
    said = note("“df” says 100 %").model_copy(update={"by": "mallory] said: “it is over" + "y" * 80})
    quoted = testimony.quoted(said)
    assert quoted.endswith(" said: “\u2018df\u2019 says 100 %”")
    assert quoted.count("“") == 1
    assert len(testimony.name_of(said)) == testimony.LONGEST_NAME
    assert testimony.name_of(said.model_copy(update={"by": "“]"})) == "somebody"


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        ("CardNet has recovered, their status page says so", True),
        ("the provider fixed their gateway", True),
        ("Our uplink is back online", True),
        ("dns works again", True),
        ("dns is now back", True),
        ("the network team has rolled back their firewall rule", True),
        ("CardNet has not recovered", False),
        ("has CardNet recovered?", False),
        ("we wait until CardNet has recovered", False),
        ("CardNet will be back online at three", False),
        ("it is back to normal", False),
        ("I am back", False),
        ("roll back", False),
        ("looks like the bug fixed in 2.4", False),
        ("CardNet's status page says outage", False),
    ],
)
def test_a_recovery_is_told_by_words_that_name_what_recovered(words: str, is_told: bool) -> None:
    assert testimony.tells_of_recovery(words) == is_told


def test_what_a_person_told_of_a_recovery_is_how_it_ended(briefing: Briefing) -> None:
    told = over(briefing, statements=[note("CardNet has recovered, their status page says so")])
    said = "ada said at 14:29 UTC: “CardNet has recovered, their status page says so”"
    assert what_ended_it(told) == f"it ended at 14:30 UTC; {said}"
    assert said not in first_page(told).why
    assert outcome(told) == f"cause not known; it ended at 14:30 UTC; {said}"
    went_on = FAILED.model_copy(update={"until": NOW + 20 * MINUTE})
    late = over(briefing, statements=told.ledger.statements, damage=[went_on])
    assert "ended without a change" in what_ended_it(late)


def test_an_external_dependency_is_not_called_one_of_itself(briefing: Briefing) -> None:
    said = {"by": "ada", "words": "CardNet is down", "cause": "external dependency", "component": "cardnet"}
    named = Statement.model_validate({"at": NOW, "cite": "4", **said})
    found = Conclusion(verdict="cause found", cause=named.cause, component=named.component, summary="")
    told = over(briefing, statements=[named]).model_copy(update={"conclusion": found})
    assert outcome(told) == "cause found: external dependency cardnet"
    assert as_told(told.ledger).startswith("ada named external dependency cardnet: “CardNet is down”.")
    assert testimony.blamed("infrastructure", "shop") == "infrastructure of shop"


async def test_what_is_only_said_again_is_told_by_when_it_was_said_first(
    briefing: Briefing, context: DutyContext
) -> None:
    told = ended(briefing, act(-1, BY_HAND), act(9, BY_HAND), said=(handled(-1), handled(9)))
    said = "ada said at 14:29 UTC, and again at 14:39 UTC: “I drained the queue”"
    assert what_ended_it(told) == f"it ended at 14:30 UTC; {said}"
    other = handled(9).model_copy(update={"words": "I drained it, and restarted its host"})
    more = ended(briefing, act(-1, BY_HAND), act(9, BY_HAND), said=(handled(-1), other))
    assert "; what ended it is not known; " in what_ended_it(more)
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert "ada at 14:29 UTC: “I drained the queue”" in root.why.text
    assert "ada said at 14:29 UTC: “I drained the queue”" in root.five_whys[-1].text
