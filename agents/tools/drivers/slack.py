"""The Slack driver: a channel or a thread for each incident, and questions with buttons."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from pydantic import BaseModel, Field

from agents.io.clock import Clock
from agents.io.credentials import Credential, reveal
from agents.io.redaction import beginning
from agents.io.web_address import WebAddress
from agents.readings.production import ActionResult, Refusal
from agents.tools.http_client import HttpApi, HttpRefusal, look_again

ONE_PRESS = ("approve", "refuse", "look again", "handled", "done", "not done", "try again")
"""Answers that are complete with one press; for the others there is the page."""
WEIGHTY = ("approve", "handled", "done")
"""Answers that Slack asks about once more."""
LONGEST_TEXT = 2900
"""A section of a message holds 3,000 characters."""
PLACES_KEPT = 500


class SlackSettings(BaseModel, extra="forbid"):
    """A `driver: slack` entry of the catalogue."""

    driver: str = "slack"
    token: Credential
    """A bot token with chat:write, channels:history, channels:read, and channels:manage for channels of their own."""
    signing_secret: Credential | None = None
    """Of the app; without it questions carry no buttons."""
    channel: str = Field(pattern=r"^[CG][A-Z0-9]+$")
    """The id of the standing channel."""
    own_channel: bool = False
    """Each incident gets a channel of its own; else a thread in the standing one."""
    mentions: dict[str, str] = {}
    """Audience -> how Slack calls it, such as <!subteam^S0123>."""
    people: dict[str, str] = {}
    """Slack's id of a person -> the name under which they may answer. Nobody else's press counts."""
    url: WebAddress = "https://slack.com/api"
    seconds: float = 10


class Place(NamedTuple):
    """Where an incident is talked about."""

    channel: str
    thread: str | None = None


class ButtonPress(NamedTuple):
    """What a button stands for."""

    run: str
    question: str
    answer: str


class Slack:
    """Speaks Slack's Web API. Every message carries the key of its act, by which it is found again."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self.settings = SlackSettings.model_validate(settings)
        self._slack = HttpApi(self.settings.url, clock, self.settings.seconds)
        self._slack.with_credential("Bearer", self.settings.token)
        self._places: dict[str, Place] = {}
        self.now = clock.now

    async def open_channel(self, name: str, topic: str, idempotency_key: str) -> ActionResult:
        return await look_again(self._open(name, topic, idempotency_key), self.lookup, idempotency_key)

    async def notify(
        self, audience: str, text: str, idempotency_key: str, question: str = "", answers: Sequence[str] = ()
    ) -> ActionResult:
        mention = self.settings.mentions.get(audience)
        text = f"{mention or f'*{escaped(audience)}*'}: {escaped(text)}"
        buttons = self._buttons(ButtonPress(_run(idempotency_key), question, ""), answers) if question else []
        return await look_again(self._tell(text, idempotency_key, buttons), self.lookup, idempotency_key)

    async def send_brief(self, audience: str, text: str, idempotency_key: str) -> ActionResult:
        return await self.notify(audience, text, idempotency_key)

    async def lookup(self, idempotency_key: str) -> ActionResult | None:
        """Find the message that carries a key, in the incident's place and in the standing channel."""
        places = dict.fromkeys([await self._place(_run(idempotency_key)), Place(self.settings.channel)])
        for place in places:
            for message in await self._messages(place):
                if _note(message).get("key") == idempotency_key:
                    return _posted(place, message["ts"])
        return None

    async def say_answered(self, place: Place, ts: str, text: str) -> None:
        """Put a message without buttons in a question's place; the text is escaped already."""
        await self._call("chat.update", channel=place.channel, ts=ts, text=text, blocks=[_section(text)])

    async def whisper(self, place: Place, person: str, text: str) -> None:
        """Tell one person something that the others do not see."""
        told = {"channel": place.channel, "user": person, "text": escaped(text), "thread_ts": place.thread}
        await self._call("chat.postEphemeral", **{name: value for name, value in told.items() if value})

    def read_press(self, value: str) -> ButtonPress | None:
        """What a button of ours stands for; None where it is not one of ours."""
        said, _, signature = value.rpartition("|")
        parts = said.split("|")
        if len(parts) != 3 or not value.isascii() or not hmac.compare_digest(signature, self._signature(said)):
            return None
        return ButtonPress(*parts)

    async def _open(self, name: str, topic: str, key: str) -> ActionResult:
        place = Place(self.settings.channel)
        if self.settings.own_channel:
            place = Place(await self._find_or_create(name))
            if self.settings.people:
                await self._invite(place.channel)
        posted = await self._post(place, escaped(topic), key, [])
        opened = place if self.settings.own_channel else Place(place.channel, posted)
        self._keep(_run(key), opened)
        return _posted(place, posted)

    async def _find_or_create(self, name: str) -> str:
        name = name.lower()[:80]
        try:
            return (await self._call("conversations.create", name=name))["channel"]["id"]
        except HttpRefusal as unanswered:
            found = await self._channel_called(name) if "name_taken" in str(unanswered) else None
            if found is None:
                raise
            return found

    async def _invite(self, channel: str) -> None:
        try:
            await self._call("conversations.invite", channel=channel, users=",".join(self.settings.people))
        except HttpRefusal as unanswered:
            if "already_in_channel" not in str(unanswered):
                raise

    async def _tell(self, text: str, key: str, buttons: list[dict[str, Any]]) -> ActionResult:
        place = await self._place(_run(key))
        return _posted(place, await self._post(place, text, key, buttons))

    async def _post(self, place: Place, text: str, key: str, buttons: list[dict[str, Any]]) -> str:
        message: dict[str, Any] = {
            "channel": place.channel,
            "text": text,
            "unfurl_links": False,
            "metadata": {"event_type": "warroom", "event_payload": {"key": key, "run": _run(key)}},
        }
        if place.thread:
            message["thread_ts"] = place.thread
        if buttons:
            message["blocks"] = [_section(text), {"type": "actions", "elements": buttons}]
        return (await self._call("chat.postMessage", **message))["ts"]

    def _buttons(self, press: ButtonPress, answers: Sequence[str]) -> list[dict[str, Any]]:
        if self.settings.signing_secret is None:
            return []
        wanted = [press._replace(answer=answer) for answer in answers if answer in ONE_PRESS]
        return [_button(one.answer, f"{(said := '|'.join(one))}|{self._signature(said)}") for one in wanted]

    def _signature(self, said: str) -> str:
        assert self.settings.signing_secret
        return hmac.new(reveal(self.settings.signing_secret).encode(), said.encode(), hashlib.sha256).hexdigest()

    async def _place(self, run: str) -> Place:
        """The incident's channel or thread; the standing channel where it has none."""
        if run not in self._places:
            standing = Place(self.settings.channel)
            if self.settings.own_channel:
                channel = await self._channel_called(f"incident-{run}".lower()[:80])
                found = Place(channel) if channel else None
            else:
                opened = [m["ts"] for m in await self._messages(standing) if _opens(m, run)]
                found = Place(standing.channel, opened[-1]) if opened else None
            if found is None:
                return standing
            self._keep(run, found)
        return self._places[run]

    def _keep(self, run: str, place: Place) -> None:
        self._places[run] = place
        while len(self._places) > PLACES_KEPT:
            del self._places[next(iter(self._places))]

    async def _channel_called(self, name: str) -> str | None:
        cursor: str | None = None
        while cursor != "":
            page = await self._look("conversations.list", limit=1000, exclude_archived="true", cursor=cursor)
            for channel in page["channels"]:
                if channel["name"] == name:
                    return channel["id"]
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
        return None

    async def _messages(self, place: Place) -> list[dict[str, Any]]:
        """The newest messages of a channel or thread, with what we noted on them."""
        asked = {"channel": place.channel, "ts": place.thread, "limit": 200, "include_all_metadata": "true"}
        method = "conversations.replies" if place.thread else "conversations.history"
        return (await self._look(method, **asked))["messages"]

    async def _look(self, method: str, **params: Any) -> Any:
        return _answered(method, await self._slack.get(f"/{method}", **params))

    async def _call(self, method: str, **arguments: Any) -> Any:
        return _answered(method, await self._slack.ask("POST", f"/{method}", json=arguments))


def escaped(text: str) -> str:
    """A text in which Slack reads no mention, link or command."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")[:LONGEST_TEXT]


def _answered(method: str, answer: Any) -> Any:
    fields = cast(dict[str, Any], answer) if isinstance(answer, dict) else {}
    if not fields.get("ok"):
        said = f"asked Slack for {method}; answered: {fields.get('error', answer)}"
        raise HttpRefusal(Refusal(error="failed", said=beginning(said, 2000)), 200)
    return fields


def _run(key: str) -> str:
    return key.partition("/")[0]


def _note(message: Mapping[str, Any]) -> dict[str, Any]:
    return message.get("metadata", {}).get("event_payload", {})


def _opens(message: Mapping[str, Any], run: str) -> bool:
    note = _note(message)
    return note.get("run") == run and "/open_channel" in note.get("key", "")


def _posted(place: Place, ts: str) -> ActionResult:
    return ActionResult(done=True, detail=f"posted in {place.channel}", reference=f"{place.channel}/{ts}")


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _button(answer: str, value: str) -> dict[str, Any]:
    words = {"type": "plain_text", "text": answer.capitalize()}
    button: dict[str, Any] = {"type": "button", "action_id": f"answer {answer}", "text": words, "value": value}
    if answer in WEIGHTY:
        sure = {"title": "Are you sure?", "text": f"This answers: {answer}.", "confirm": "Yes", "deny": "No"}
        button["confirm"] = {part: {"type": "plain_text", "text": text} for part, text in sure.items()}
    return button
