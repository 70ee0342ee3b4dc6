"""What several processes must know of one model: how its endpoint is, and what was spent on it today."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from agents.llm.gateway import BreakerState
from graphs.store.store import Store
from graphs.transcript.events import Transcripts

SWITCH = "model"
"""The row of the switches in which the state of the breaker is kept."""
WRITTEN_WITHIN = timedelta(minutes=2)
"""An event is seen by others this long after its time at the latest."""


class SharedModel:
    """Kept in the store, where every process looks."""

    def __init__(self, store: Store, transcripts: Transcripts) -> None:
        self._store = store
        self._transcripts = transcripts
        self._seen: dict[tuple[datetime, str, str], None] = {}
        self._since: datetime | None = None
        self._midnight: datetime | None = None

    def breaker(self) -> BreakerState:
        """What was learnt of the endpoint. Raises StoreError."""
        kept = self._store.switches.find(SWITCH)
        return BreakerState.model_validate_json(kept.state) if kept else BreakerState()

    def keep_breaker(self, state: BreakerState) -> None:
        """Let everybody know. Raises StoreError."""
        self._store.switches.turn(SWITCH, state.model_dump_json(), "warroom")

    def outcomes(self, midnight: datetime) -> Iterator[dict[str, Any]]:
        """Those of today that were not given before. Raises StoreError."""
        if midnight != self._midnight:
            self._midnight, self._since, self._seen = midnight, midnight, {}
        assert self._since
        for event in self._transcripts.model_answers_since(self._since):
            identity = event.at, event.key, event.ref
            if identity not in self._seen:
                self._seen[identity] = None
                yield event.payload
        newest = max((at for at, _, _ in self._seen), default=midnight)
        self._since = max(midnight, newest - WRITTEN_WITHIN)
        self._seen = {identity: None for identity in self._seen if identity[0] >= self._since}
