"""A Slack workspace as its Web API documents it: channels, messages with metadata, threads."""

from itertools import count
from typing import Any

from tests.agents.tools.vendor import HANG_UP, Answer, Asked


class Workspace:
    """Refuses a wrong token; answers 200 with `ok` false where it does not do something."""

    def __init__(self, token: str = "xoxb-1") -> None:
        self.channels: dict[str, str] = {"CSTANDING": "incidents"}
        self.messages: list[dict[str, Any]] = []
        self.invited: list[str] = []
        self.asked: list[Asked] = []
        self.lose_answers = 0
        self.slow_down = 0
        self._token = token
        self._times = count(1)

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if asked.headers.get("authorization") != f"Bearer {self._token}":
            return Answer(200, {"ok": False, "error": "invalid_auth"})
        if self.slow_down:
            self.slow_down -= 1
            return Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})
        said = asked.json if asked.method == "POST" else asked.query
        answer = getattr(self, asked.path.removeprefix("/").replace(".", "_"))(said)
        if self.lose_answers and asked.path == "/chat.postMessage":
            self.lose_answers -= 1
            return HANG_UP
        return Answer(200, answer)

    def chat_postMessage(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        if said["channel"] not in self.channels:
            return {"ok": False, "error": "channel_not_found"}
        ts = f"1772452800.{next(self._times):06}"
        self.messages.append({**said, "ts": ts})
        return {"ok": True, "channel": said["channel"], "ts": ts, "message": said}

    def chat_postEphemeral(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        self.messages.append({**said, "ephemeral": True, "ts": "0"})
        return {"ok": True, "message_ts": "0"}

    def chat_update(self, said: dict[str, Any]) -> dict[str, Any]:
        found = next((m for m in self.messages if m["ts"] == said["ts"] and m["channel"] == said["channel"]), None)
        if found is None:
            return {"ok": False, "error": "message_not_found"}
        found.update(said)
        return {"ok": True, "ts": said["ts"]}

    def conversations_create(self, said: dict[str, Any]) -> dict[str, Any]:
        if said["name"] in self.channels.values():
            return {"ok": False, "error": "name_taken"}
        made = f"CNEW{len(self.channels)}"
        self.channels[made] = said["name"]
        return {"ok": True, "channel": {"id": made, "name": said["name"]}}

    def conversations_invite(self, said: dict[str, Any]) -> dict[str, Any]:
        self.invited += said["users"].split(",")
        return {"ok": True}

    def conversations_list(self, said: dict[str, str]) -> dict[str, Any]:
        """One channel a page, so that the cursor is followed."""
        channels = sorted(self.channels.items())
        number = int(said.get("cursor", 0))
        following = str(number + 1) if number + 1 < len(channels) else ""
        shown = [{"id": channels[number][0], "name": channels[number][1]}]
        return {"ok": True, "channels": shown, "response_metadata": {"next_cursor": following}}

    def conversations_history(self, said: dict[str, str]) -> dict[str, Any]:
        """Newest first; replies are not in it."""
        assert said["include_all_metadata"] == "true"
        shown = [m for m in self.messages if m["channel"] == said["channel"] and "thread_ts" not in m]
        return {"ok": True, "messages": shown[::-1]}

    def conversations_replies(self, said: dict[str, str]) -> dict[str, Any]:
        """Oldest first, the thread's own message before them."""
        of = (said["ts"],)
        shown = [m for m in self.messages if m["channel"] == said["channel"] and m.get("thread_ts", m["ts"]) in of]
        return {"ok": True, "messages": shown}
