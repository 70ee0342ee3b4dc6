"""Health: whether the processes of a component run, and whether a database has room, by what their systems say."""

import re
from datetime import datetime

from agents.readings.production import DatabaseHealth, InfrastructureState, Machine
from agents.rules.diagnosis.log_classes import class_of
from agents.rules.writing.wording import on, share, short

FULL_CONNECTIONS = 0.9
FULL_STORAGE = 0.92
LAGS_FROM = 30
"""Seconds of replication."""
QUEUE_OF_LOCKS = 3
"""Sessions that wait for a lock: one or two come and go."""
HELD_TOO_LONG = 10
"""Seconds that a transaction has been open while others wait for it: longer than those who call will wait."""
IS_DOWN = "does not run"
NOT_RUNNING = re.compile(r"(?:(?:the|its) process(?:es)? (?:is|are) )?(?:not running|stopped|down)", re.I)
"""A reason that says no more than that."""


def is_down(state: InfrastructureState) -> bool:
    """Whether nothing of it runs, though something should."""
    return state.replicas_wanted > 0 and state.replicas_ready == 0


def not_ready(state: InfrastructureState) -> list[str]:
    """What does not run, one by one."""
    machines = [machine for machine in state.machines if not machine.ready]
    told = [_in_a_sentence(machine) for machine in machines]
    if state.replicas_ready < state.replicas_wanted:
        told.append(_replicas(state))
    return [short(text, 200) for text in told]


def _replicas(state: InfrastructureState) -> str:
    ready, wanted = state.replicas_ready, state.replicas_wanted
    if ready == 0:
        return f"{'no replica' if wanted == 1 else f'none of {wanted} replicas'} of {state.service} is ready"
    return f"{ready} of {wanted} replicas of {state.service} {'is' if ready == 1 else 'are'} ready"


def _in_a_sentence(machine: Machine) -> str:
    """What is known of a machine that does not run; a reason that speaks of "it" is the sentence itself."""
    since = f" since {on(machine.since)}" if machine.since else ""
    if machine.reason.startswith("it "):
        return f"{machine.name} {machine.reason.removeprefix('it ')}{since}"
    if NOT_RUNNING.fullmatch(machine.reason):
        return f"{machine.name} {IS_DOWN}{f' ({since.strip()})' if since else ''}"
    return f"{machine.name} is not ready{since}: {machine.reason or 'no reason given'}"


def ailing(state: InfrastructureState) -> list[str]:
    """What runs, and is not as it should be, one by one."""
    return [short(f"{m.name} runs, but {m.reason}", 200) for m in state.machines if m.ready and m.reason]


def down_since(state: InfrastructureState) -> datetime | None:
    """When the first of what does not run stopped, where that is known."""
    return min((m.since for m in state.machines if not m.ready and m.since), default=None)


def exhausted(health: DatabaseHealth) -> list[str]:
    """What a database has run out of, or drowns in, or waits for."""
    if not health.database:
        return []
    used, limit, name = health.connections_used, health.connections_limit, health.database
    told = {
        f"{used} of {limit} connections of {name} in use": used is not None
        and bool(limit)
        and used >= FULL_CONNECTIONS * (limit or 0),
        f"storage of {name} is {share(health.storage_used or 0)} full": (health.storage_used or 0) >= FULL_STORAGE,
        f"{health.integrity_errors} integrity errors on {name}": bool(health.integrity_errors),
        f"replication of {name} lags {health.replication_lag_seconds or 0:.0f} s": (health.replication_lag_seconds or 0)
        >= LAGS_FROM,
        _locks(health): _is_blocked_by_count(health),
        f"{name} says “{short(health.note, 100)}”": _note_tells(health),
    }
    return [text for text, is_so in told.items() if is_so]


def is_blocked(health: DatabaseHealth) -> bool:
    """Whether a queue waits for locks that are held for long, by its figures, or else by what its system writes."""
    return _is_blocked_by_count(health) or (_note_tells(health) and class_of(health.note).name == "locks")


def _note_tells(health: DatabaseHealth) -> bool:
    """Whether what its system writes names something that it has run out of or waits for, and no figure counts."""
    counted = {
        "locks": health.waiting_for_locks,
        "connections": health.connections_limit,
        "disk": health.storage_used,
        "memory": health.memory_used,
    }
    named = class_of(health.note).name
    return named in counted and counted[named] is None


def _is_blocked_by_count(health: DatabaseHealth) -> bool:
    """A short queue at one moment says little."""
    held = health.longest_transaction_seconds
    return (health.waiting_for_locks or 0) >= QUEUE_OF_LOCKS and (held is None or held >= HELD_TOO_LONG)


def _locks(health: DatabaseHealth) -> str:
    held = health.longest_transaction_seconds
    oldest = f"; its oldest transaction had been open for {held:.0f} s when this was read" if held is not None else ""
    return f"{health.waiting_for_locks} sessions of {health.database} wait for a lock{oldest}"


def slow_queries(health: DatabaseHealth) -> str:
    """That it has more slow queries than usual; empty where not."""
    now, usual = health.slow_queries_per_minute or 0, health.usual_slow_queries_per_minute or 0
    if now < max(3 * usual, 5):
        return ""
    return f"{now:.0f} slow queries a minute on {health.database or health.service} (usually {usual:.0f})"


def in_words(health: DatabaseHealth) -> str:
    """Its figures, as far as they are known."""
    parts = [
        f"{health.connections_used} of {health.connections_limit or 'an unknown number of'} connections"
        if health.connections_used is not None
        else "",
        f"{health.slow_queries_per_minute:.0f} slow queries a minute "
        f"(usually {health.usual_slow_queries_per_minute or 0:.0f})"
        if health.slow_queries_per_minute is not None
        else "",
        f"replication lag {health.replication_lag_seconds:.0f} s" if health.replication_lag_seconds is not None else "",
        f"storage {share(health.storage_used)}" if health.storage_used is not None else "",
        f"{health.integrity_errors} integrity errors" if health.integrity_errors is not None else "",
        f"{health.waiting_for_locks} sessions wait for a lock" if health.waiting_for_locks is not None else "",
        health.note,
    ]
    return f"{health.database}: {', '.join(part for part in parts if part) or 'nothing known'}"
