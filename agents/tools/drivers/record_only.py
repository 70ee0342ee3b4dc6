"""The driver for words when nothing outside is connected: they stay in Warroom's own record."""

from collections.abc import Mapping, Sequence
from typing import Any

from agents.io.clock import Clock
from agents.readings.production import ActionResult

KEPT = ActionResult(done=True, detail="kept in Warroom's own record; nothing outside is connected")


class RecordOnly:
    """Always succeeds: the transcript has the words already."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None: ...

    async def open_channel(self, name: str, topic: str, idempotency_key: str) -> ActionResult:
        return KEPT

    async def notify(
        self, audience: str, text: str, idempotency_key: str, question: str = "", answers: Sequence[str] = ()
    ) -> ActionResult:
        return KEPT

    async def publish_status(self, service: str, text: str, idempotency_key: str) -> ActionResult:
        return KEPT

    async def send_brief(self, audience: str, text: str, idempotency_key: str) -> ActionResult:
        return KEPT

    async def add_to_backlog(
        self, title: str, owner: str, deadline: str, why: str, idempotency_key: str
    ) -> ActionResult:
        return KEPT

    async def lookup(self, idempotency_key: str) -> ActionResult | None:
        """The words are kept with the intent already."""
        return KEPT
