"""The post-mortem's timeline: each thing once, in as few words as say it."""

from datetime import timedelta

from agents.reports.post_mortem import TimelineEntry
from agents.rules.writing.happenings import that_matter
from tests.agents.conftest import NOW

FOUND = "The cause is infrastructure: what payments runs on is in trouble: saturation 100 %."


def told(*words: str) -> list[str]:
    """What stays of these lines, a minute apart."""
    lines = [TimelineEntry(at=NOW + timedelta(minutes=n), what=what, cites=["1"]) for n, what in enumerate(words)]
    return [line.what for line in that_matter(lines)]


def test_of_looks_that_differ_in_figures_only_the_first_and_the_last_stay() -> None:
    looks = [f"infrastructure maintainer: shop is degraded; {n},000 users meet it." for n in range(5)]
    assert told(*looks) == [looks[0], looks[-1]]


def test_only_lines_that_say_the_same_are_counted() -> None:
    look, other = (
        "infrastructure maintainer: shop is degraded; 3 users",
        "infrastructure maintainer: shop is well again",
    )
    worse = look.replace("3 users", "9 users")
    assert told(look, look, other, look) == [f"{look} (3 times in all)", other, look]
    assert told(look, look, other, look, worse) == [f"{look} (3 times in all)", other, worse]


def test_a_single_look_of_a_role_is_left_to_the_conclusion_and_the_status_that_follow_from_it() -> None:
    lines = ("infrastructure maintainer: Metrics are normal: shop: all well.", "api tester: Not passed: 0 of 2 answer")
    assert told(*lines, "status Monitoring: shop is well") == ["status Monitoring: shop is well"]


def test_of_a_long_list_of_readings_the_first_stay() -> None:
    assert told("status Monitoring: a is well; b is well; c is well") == ["status Monitoring: a is well; b is well …"]


def test_what_several_roles_found_alike_in_a_row_is_told_by_the_first() -> None:
    roles = ("frontend developer", "backend architect", "devops automator")
    found = [f"{role}: It is infrastructure: {FOUND}" for role in roles]
    assert told(*found) == [found[0]]
    assert told(*found, "shop: it rains", *found) == [found[0], "shop: it rains", found[0]]


def test_an_alert_that_joins_for_its_own_service_names_the_alert_that_was_there() -> None:
    joined = "another alert joined this run: High latency on shop"
    assert told(f"{joined} (same service shop, 0 min apart)") == [f"{joined} (after another alert on shop)"]
    assert told(f"{joined} (same service shop, less than 1 min apart)") == [f"{joined} (after another alert on shop)"]
    depends = f"{joined} (shop depends on payments, 3 min apart)"
    assert told(depends) == [depends]


def test_what_a_person_says_went_by_itself_is_not_told_as_handled() -> None:
    itself = "it went away by itself, nobody did anything"
    for words in (f"ada answered handled: {itself}", f"ada instructed, over: {itself}"):
        assert told(words) == [f"ada says that it is over: {itself}"]
    assert told("ada answered handled: I restarted it") == ["ada says that it is handled: I restarted it"]


def test_a_status_does_not_repeat_the_conclusion_before_it() -> None:
    assert told(f"conclusion, cause found: {FOUND}", f"status Identified: {FOUND}")[1] == "status Identified"


def test_a_proposal_is_told_once() -> None:
    lines = told(
        "infrastructure maintainer proposes: Propose: restart payments, because it is full.",
        "asked people: Restart of payments. Propose: restart payments, because it is full.",
        "ada answered approve",
        "approved by ada: no comment",
    )
    assert lines == [
        "infrastructure maintainer proposes: restart payments, because it is full.",
        "approved by ada",
    ]


def test_what_a_person_answers_in_words_stays() -> None:
    assert told("ada answered cause: a session holds a lock") == ["ada answered cause: a session holds a lock"]


def test_a_decision_stays_though_its_words_were_told_before() -> None:
    words = "somebody killed it by mistake, I started it again"
    assert told(f"lena noted: {words}", f"refused by lena: {words}") == [f"lena noted: {words}", "refused by lena"]
    apart = told(*(f"{who}: {words}" for who in ("lena noted", "refused by lena", "bob noted", "ada noted")))
    assert "refused by lena" in apart
