"""Jobs that got lost: those of workers that died, and what is due while no job for it waits."""

import logging
from datetime import datetime, timedelta

from graphs.store.database import iso
from graphs.store.postgres import PostgresDatabase

LANE = "lane"
"""What the lock of a workflow is called, before its run and its name."""
LEFT_LYING = timedelta(seconds=3)
"""What is due for so long, while no job for it waits and no turn is under way, was left by a worker that died."""
STALLED_AFTER_SECONDS = 15.0
"""Without a heartbeat for so long a worker counts as dead."""
log = logging.getLogger("warroom")


def wake_what_was_left(database: PostgresDatabase, now: datetime) -> int:
    """Defer a job for each workflow that is due while nobody takes its turn; gives how many. Raises StoreError."""
    due = database.many("due_without_job", before=iso(now - LEFT_LYING))
    held = {row["number"] for row in database.many("held_locks")} if due else set[int]()
    left = [row for row in due if database.lock_number(LANE, row["run"], row["lane"]) not in held]
    for row in left:
        database.one("defer_turn", run=row["run"], lane=row["lane"])
    if left:
        log.warning("workflows that a worker had left go on now: %s", len(left))
    database.write("delete_jobs_of_dead_workers", seconds=STALLED_AFTER_SECONDS)
    return len(left)
