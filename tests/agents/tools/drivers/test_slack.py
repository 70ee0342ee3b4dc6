"""The Slack driver, against a workspace on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.tools.drivers.slack import ButtonPress, Place, Slack
from agents.tools.port import Unanswered
from tests.agents.tools.slack_workspace import Workspace
from tests.agents.tools.vendor import Answer, on_loopback

RUN = "20260302-120000-abc123"
OPENED, ASKED = f"{RUN}/main/s1_open_channel#1/open_channel.1", f"{RUN}/escalation/questions_go_out#1/notify.1"


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture
def settings(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "8f742231b10e")
    with on_loopback(workspace) as url:
        yield {
            "token": "env:SLACK_BOT_TOKEN",
            "signing_secret": "env:SLACK_SIGNING_SECRET",
            "channel": "CSTANDING",
            "url": url,
        }


async def test_an_incident_is_a_thread_and_what_follows_is_said_in_it(
    settings: dict[str, Any], workspace: Workspace, clock: VirtualClock
) -> None:
    await Slack(settings, clock).open_channel(f"incident-{RUN}", "P1 incident: checkout", idempotency_key=OPENED)
    told = await Slack(settings, clock).notify("Studio Producer", "30 minutes have passed", idempotency_key=ASKED)
    opening, reply = workspace.messages
    assert told.done
    assert reply["thread_ts"] == opening["ts"]
    assert told.reference == f"CSTANDING/{reply['ts']}"
    assert reply["text"] == "*Studio Producer*: 30 minutes have passed"


async def test_an_incident_may_have_a_channel_of_its_own(
    settings: dict[str, Any], workspace: Workspace, clock: VirtualClock
) -> None:
    own = {**settings, "own_channel": True, "people": {"U1": "ada", "U2": "grace"}}
    await Slack(own, clock).open_channel(f"incident-{RUN}", "P1 incident", idempotency_key=OPENED)
    assert workspace.invited == ["U1", "U2"]
    await Slack(own, clock).notify("users", "we are on it", idempotency_key=ASKED)
    assert [workspace.channels[message["channel"]] for message in workspace.messages] == [f"incident-{RUN}"] * 2


async def test_a_channel_that_is_there_already_is_taken(
    settings: dict[str, Any], workspace: Workspace, clock: VirtualClock
) -> None:
    workspace.channels["CBEFORE"] = f"incident-{RUN}"
    opened = await Slack({**settings, "own_channel": True}, clock).open_channel(
        f"incident-{RUN}", "P1 incident", idempotency_key=OPENED
    )
    assert opened.reference.startswith("CBEFORE/")


async def test_without_an_opening_words_go_to_the_standing_channel(
    settings: dict[str, Any], workspace: Workspace, clock: VirtualClock
) -> None:
    await Slack(settings, clock).notify("on-call", "a person is needed", idempotency_key=ASKED)
    assert "thread_ts" not in workspace.messages[0]


@pytest.mark.parametrize("own_channel", [False, True])
async def test_a_message_is_found_again_by_its_key(
    settings: dict[str, Any], clock: VirtualClock, own_channel: bool
) -> None:
    entry = {**settings, "own_channel": own_channel}
    assert await Slack(entry, clock).lookup(OPENED) is None
    opened = await Slack(entry, clock).open_channel(f"incident-{RUN}", "P1", idempotency_key=OPENED)
    told = await Slack(entry, clock).notify("users", "we are on it", idempotency_key=ASKED)
    assert await Slack(entry, clock).lookup(OPENED) == opened
    assert await Slack(entry, clock).lookup(ASKED) == told
    assert await Slack(entry, clock).lookup(f"{RUN}/other") is None


async def test_a_message_whose_answer_got_lost_is_not_sent_twice(
    settings: dict[str, Any], workspace: Workspace, clock: VirtualClock
) -> None:
    workspace.lose_answers = 1
    told = await Slack(settings, clock).notify("users", "we are on it", idempotency_key=ASKED)
    assert told.done
    assert len(workspace.messages) == 1


def test_slack_is_obeyed_where_it_says_later(
    settings: dict[str, Any], workspace: Workspace, clock: VirtualClock
) -> None:
    before, workspace.slow_down = clock.now(), 2
    driver = Slack(settings, clock)
    assert clock.run(lambda: driver.notify("users", "we are on it", idempotency_key=ASKED)).done
    assert (clock.now() - before).total_seconds() == 2
    assert len(workspace.messages) == 1


async def test_words_from_outside_mention_nobody(
    settings: dict[str, Any], workspace: Workspace, clock: VirtualClock
) -> None:
    entry = {**settings, "mentions": {"on-call": "<!subteam^S01>"}}
    await Slack(entry, clock).notify("on-call", "<!channel> see <http://evil|here> & go", idempotency_key=ASKED)
    said = workspace.messages[0]["text"]
    assert said == "<!subteam^S01>: &lt;!channel&gt; see &lt;http://evil|here&gt; &amp; go"


async def test_a_question_has_a_signed_button_for_each_answer_of_one_press(
    settings: dict[str, Any], workspace: Workspace, clock: VirtualClock
) -> None:
    slack = Slack(settings, clock)
    answers = ["approve", "refuse", "edit"]
    await slack.notify("on-call", "Roll back?", idempotency_key=ASKED, question="q-1", answers=answers)
    section, actions = workspace.messages[0]["blocks"]
    assert section["text"]["text"] == "*on-call*: Roll back?"
    approve, refuse = actions["elements"]
    assert slack.read_press(approve["value"]) == ButtonPress(RUN, "q-1", "approve")
    assert slack.read_press(refuse["value"]) == ButtonPress(RUN, "q-1", "refuse")
    assert "confirm" in approve
    assert "confirm" not in refuse


@pytest.mark.parametrize("forged", ["", "a|b|c", "a|b|c|d", f"{RUN}|q-1|approve|{'0' * 64}", "a|b|c|é", "\ud800|b|c|d"])
def test_a_button_that_we_did_not_sign_stands_for_nothing(
    settings: dict[str, Any], clock: VirtualClock, forged: str
) -> None:
    assert Slack(settings, clock).read_press(forged) is None


async def test_without_a_signing_secret_there_are_no_buttons(
    settings: dict[str, Any], workspace: Workspace, clock: VirtualClock
) -> None:
    slack = Slack({**settings, "signing_secret": None}, clock)
    await slack.notify("on-call", "Roll back?", idempotency_key=ASKED, question="q-1", answers=["approve"])
    assert "blocks" not in workspace.messages[0]


async def test_a_refusal_says_what_was_asked_and_never_the_token(
    settings: dict[str, Any], clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-wrong")
    with pytest.raises(Unanswered) as unanswered:
        await Slack(settings, clock).notify("users", "we are on it", idempotency_key=ASKED)
    assert "conversations.history; answered: invalid_auth" in unanswered.value.refusal.said
    assert "xoxb" not in unanswered.value.refusal.said


@pytest.mark.parametrize("odd", [None, [], "ok", {}, {"ok": None}])
async def test_an_answer_that_is_none_of_slack_s_is_told_as_a_refusal(
    settings: dict[str, Any], clock: VirtualClock, odd: Any
) -> None:
    with on_loopback(lambda _: Answer(200, odd)) as url, pytest.raises(Unanswered, match=r"chat\.update; answered"):
        await Slack({**settings, "url": url}, clock).say_answered(Place("CSTANDING"), "1", "ada answered: approve.")
