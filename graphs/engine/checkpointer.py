"""LangGraph's savers on the store's own connection: one writer, no threads, and what they write is the store's.

Checkpoints of open runs that an older Warroom wrote are brought up to date once."""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver

from graphs.engine.loop_checkpointer import LoopCheckpointer
from graphs.store.database import Database, SqliteDatabase
from graphs.transcript.event import Event

# Two rules are off because langgraph's own annotations break them.


# Three rules are off because langgraph's own annotations break them.


class SqliteCheckpointer(LoopCheckpointer, SqliteSaver):
    """On the store's one file."""


def checkpointer_on(database: Database) -> LoopCheckpointer:
    """Make the saver for a database."""
    if isinstance(database, SqliteDatabase):
        return SqliteCheckpointer(database.connection)
    # psycopg is installed only where it was asked for
    from graphs.engine.postgres_checkpointer import postgres_checkpointer

    return postgres_checkpointer(database)


def bring_up_to_date(saver: LoopCheckpointer, config: RunnableConfig, events: Sequence[Event]) -> None:
    """Add to a run's newest checkpoint what its main workflow has in hand; `events` are its whole transcript.

    The checkpoint is written anew under its own name: what waits in it, and what is half done, stays as it was.
    """
    saved = saver.get_tuple(config)
    assert saved is not None
    checkpoint, versions = saved.checkpoint, saved.checkpoint["channel_versions"]
    half_done = {channel: value for _, channel, value in saved.pending_writes or []}
    added = _in_hand({**checkpoint["channel_values"], **half_done}, events)
    newest: Any = max(versions.values())
    written = {
        **checkpoint,
        "channel_values": {**checkpoint["channel_values"], **added},
        "channel_versions": {**versions, **dict.fromkeys(added, newest)},
    }
    parent = saved.parent_config or {}
    place = {
        **saved.config.get("configurable", {}),
        "checkpoint_id": parent.get("configurable", {}).get("checkpoint_id"),
    }
    saver.put({"configurable": place}, written, saved.metadata, {})  # type: ignore[arg-type]


def _in_hand(held: Mapping[str, Any], events: Sequence[Event]) -> dict[str, Any]:
    """The present state's fields, from the values of the former ones and from the events that stand for them."""
    return {
        "proposal_ref": _newest(events, "proposal") if held.get("proposal") else "",
        "acted": bool(held.get("acted_at")),
        "recovered": bool(held.get("fixed_at")),
        "fix_confirmation_ref": _newest(events, "duty_finished", "main/s4_confirm_fix#")
        if held.get("fix_confirmation")
        else "",
        "regression_ref": _newest(events, "duty_finished", "main/s4_run_regression#") if held.get("regression") else "",
    }


def _newest(events: Sequence[Event], kind: str, under: str = "main/") -> str:
    return next(event.ref for event in reversed(events) if event.kind == kind and event.key.startswith(under))
