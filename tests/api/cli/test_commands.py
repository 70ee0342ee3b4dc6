"""The terminal on a running server."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from api.cli.commands import asks
from api.cli.main import app
from api.client.http import WarroomClient
from graphs.model.questions import HumanAnswer
from tests.api.processes import address, ended, start

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = start("serve", "--port", "0", cwd=tmp_path_factory.mktemp("terminal"))
    try:
        yield address(server)
    finally:
        assert ended(server) == (0, "")


def call(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def posted(url: str, title: str) -> str:
    said = call("post", "-", "--url", url, typed=json.dumps({"title": title, "severity": "critical"}))
    assert said.stdout.startswith("started ")
    return said.stdout.split()[1]


def question_of(url: str, run: str) -> str:
    for _ in range(200):
        listed: dict[str, Any] = json.loads(call("runs", "--json", "--url", url).stdout)
        asked = [q["id"] for seen in listed["runs"] if seen["id"] == run for q in seen["questions"]]
        if asked:
            return asked[0]
        time.sleep(0.05)
    raise AssertionError("the run asked nothing")


def test_an_empty_list_says_that_it_is_empty(url: str) -> None:
    lists = [["runs"], ["alert", "inbox"], ["silence", "list"]]
    told = [call(*words, "--url", url) for words in lists]
    assert [said.exit_code for said in told] == [0, 0, 0]
    assert [said.stdout.partition(";")[0].partition(":")[0].strip() for said in told] == [
        "no run yet",
        "the inbox is empty",
        "no silence holds or is to come",
    ]
    assert f"`warroom post FILE --url {url}` sends an alert" in told[0].stdout, "a hint goes to the same server"


def test_the_list_of_runs_says_in_words_how_they_stand(url: str) -> None:
    run = posted(url, "orders are late")
    question_of(url, run)
    line = next(line for line in call("runs", "--url", url).stdout.splitlines() if line.startswith(run))
    assert "waits for a person" in line


def test_a_run_is_asked_and_its_answer_is_printed_with_what_shows_it(url: str) -> None:
    run = posted(url, "baskets lose what is in them")
    said = call("ask", run, "what is the cause?", "--by", "ada", "--url", url)
    assert said.exit_code == 0
    assert "Backend Architect" in said.stdout
    assert "Shown by: " in said.stdout
    reply: dict[str, Any] = json.loads(call("ask", run, "hello?", "--by", "ada", "--json", "--url", url).stdout)
    assert (reply["kind"], reply["payload"]["is_answered"]) == ("reply", False)


def test_an_answer_that_is_not_there_in_time_is_no_answer(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = posted(url, "carts are full")

    def nothing_yet(_: WarroomClient, path: str) -> dict[str, list[Any]]:
        return {"events": []}

    monkeypatch.setattr(WarroomClient, "get", nothing_yet)
    said = call("ask", run, "what is the cause?", "--by", "ada", "--wait", "0", "--url", url)
    assert (said.exit_code, "it is not answered yet" in said.stderr) == (2, True)


@pytest.mark.parametrize("word", ["yes", "perhaps", "approve"])
def test_a_word_that_the_question_does_not_take_is_answered_by_those_that_it_takes(url: str, word: str) -> None:
    run = posted(url, f"prices are wrong {word}")
    said = call("answer", run, question_of(url, run), word, "--by", "me", "--url", url)
    assert (said.exit_code, len(said.stderr.splitlines())) == (2, 1)
    assert f"{word} is no answer to this question; it takes: look again" in said.stderr


def test_ctrl_c_ends_a_watch_with_one_line_and_130(url: str, tmp_path: Path) -> None:
    run = posted(url, "queues are long")
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)  # what is ignored here, a child ignores too
    try:
        watching = start("watch", run, "--url", url, cwd=tmp_path)
    finally:
        signal.signal(signal.SIGINT, ours)
    assert watching.stdout
    assert watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    _, complaints = watching.communicate(timeout=20)
    assert (watching.returncode, complaints) == (130, "warroom: interrupted; the runs of a server go on\n")


def test_an_alert_is_sent_and_its_run_is_listed(url: str, tmp_path: Path) -> None:
    file = tmp_path / "alert.json"
    file.write_text('{"title": "checkout answers 500", "dedup_key": "c"}')
    first, second = [call("post", str(file), "--url", url).stdout.split()[:2] for _ in range(2)]
    assert [first[0], second[0]] == ["started", "joined"]
    assert first[1] == second[1]
    assert f"{first[1]}  " in call("runs", "--url", url).stdout


def test_another_sender_s_shape_is_named(url: str) -> None:
    said = call("post", "-", "--source", "alertmanager", "--url", url, typed='{"alerts": []}')
    assert (said.exit_code, len(said.stderr.splitlines())) == (2, 1)


def test_a_run_is_told_things_and_watched_to_its_end(url: str) -> None:
    run = posted(url, "search is slow")
    told = [
        call("note", run, "we see it too", "--by", "me", "--url", url),
        call("severity", run, "p1", "--comment", "half works", "--by", "me", "--url", url),
        call("hold", run, "--by", "me", "--url", url),
        call("resume", run, "--by", "me", "--url", url),
        call("cancel", run, "--comment", "a drill", "--by", "me", "--url", url),
    ]
    assert [said.exit_code for said in told] == [0] * 5
    assert "notes: we see it too" in told[0].stdout
    watched = call("watch", run, "--url", url).stdout
    assert "sets the severity to P1. half works" in watched
    assert watched.rstrip().endswith("the run is closed")
    late = call("note", run, "too late", "--by", "me", "--url", url)
    assert (late.exit_code, "is over" in late.stderr) == (2, True)


def test_a_question_is_answered_once(url: str) -> None:
    run = posted(url, "shop is down")
    question = question_of(url, run)
    answers = [call("answer", run, question, "handled", "--by", "me", "--url", url) for _ in range(2)]
    assert [said.exit_code for said in answers] == [0, 2]
    assert answers[0].stdout == "taken: me answered handled\n"
    assert "the first answer stands" in answers[1].stderr


def test_an_answer_that_does_not_fit_is_told_what_does(url: str) -> None:
    run = posted(url, "accounts are gone")
    said = call("answer", run, question_of(url, run), "approve", "--by", "me", "--url", url)
    assert said.exit_code == 2
    assert "look again" in said.stderr


def test_an_answer_to_another_change_is_not_taken(url: str) -> None:
    run = posted(url, "carts are empty")
    question = question_of(url, run)
    said = call("answer", run, question, "handled", "--digest", "0123456789ab", "--by", "me", "--url", url)
    assert said.exit_code == 2
    assert "you answer the change 0123456789ab, and the question is about none" in said.stderr
    assert question_of(url, run) == question


def test_a_watcher_is_shown_how_to_answer(url: str) -> None:
    run = posted(url, "mail is late")
    question = question_of(url, run)
    call("cancel", run, "--by", "me", "--url", url)
    assert f"> warroom answer {run} {question} look-again" in call("watch", run, "--url", url).stdout


def test_events_are_lines_of_json_for_a_machine(url: str) -> None:
    run = posted(url, "login is odd")
    call("cancel", run, "--by", "me", "--url", url)
    events = [json.loads(line) for line in call("watch", run, "--json", "--url", url).stdout.splitlines()]
    assert [event["seq"] for event in events] == [*range(1, len(events) + 1)]
    rest = call("watch", run, "--json", "--after", str(len(events) - 1), "--url", url).stdout
    assert [json.loads(line)["kind"] for line in rest.splitlines()] == ["closed"]


def test_one_switch_holds_every_run(url: str) -> None:
    assert call("hold", "--by", "me", "--url", url).stdout == "acting is on hold in every run\n"
    assert call("resume", "--by", "me", "--url", url).stdout == "the runs may act\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runs"], "no Warroom answers at http://127.0.0.1:9"),
        (["watch", "x"], "no Warroom answers"),
        (["post", "missing.json"], "missing.json: No such file"),
        (["post", "-"], "-: this is no JSON"),
        (["hold", "--by", "me"], "no Warroom answers"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(arguments: list[str], said: str) -> None:
    told = call(*arguments, "--url", NOWHERE, typed="{")
    assert (told.exit_code, told.stdout) == (2, "")
    assert len(told.stderr.splitlines()) == 1
    assert said in told.stderr


@pytest.mark.parametrize("command", ["watch", "cancel", "hold"])
def test_a_run_that_is_not_there_is_one_clear_line(url: str, command: str) -> None:
    told = call(command, "../nothing", "--url", url)
    assert (told.exit_code, len(told.stderr.splitlines())) == (2, 1)


def test_an_address_that_is_none_is_one_clear_line() -> None:
    for url in ("nonsense", "http://[", "ftp://127.0.0.1"):
        told = call("runs", "--url", url)
        assert (told.exit_code, len(told.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("who", "said"),
    [("anybody", "(approve, refuse)"), ("ada, with a key", "(approve, refuse; who may answer: ada")],
)
def test_a_listed_question_says_who_may_answer_where_not_everybody_may(who: str, said: str) -> None:
    asked = {"id": "q-1", "text": "Restart it?", "options": ["approve", "refuse"], "who_may_answer": who}
    assert asks(asked).startswith(f"asks q-1: Restart it? {said}")


def test_a_listed_question_says_when_it_was_asked_and_what_was_found_since() -> None:
    since = {"asked_at": "2026-03-03T03:05:00Z", "since_asked": "The look of 03:09 UTC found: all is well."}
    asked = {"id": "q-1", "text": "Restart it?", "options": ["approve"], "who_may_answer": "anybody", **since}
    found = "The look of 03:09 UTC found: all is well. Asked at 03:05 UTC: Restart it?"
    assert asks(asked) == f"asks q-1: {found} (approve)"


def test_the_help_of_answer_names_every_answer_that_there_is() -> None:
    told = call("answer", "--help").output
    missing = [
        one for one in get_args(HumanAnswer.model_fields["answer"].annotation) if one.replace(" ", "-") not in told
    ]
    assert missing == []
