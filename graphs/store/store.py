"""The store: a repository for each kind of thing, all on one database, and the transactions over them."""

from contextlib import AbstractContextManager
from pathlib import Path

from graphs.store.alerts import AlertRepository
from graphs.store.api_keys import KeyRepository
from graphs.store.changes import ChangeRepository
from graphs.store.database import Database, SqliteDatabase
from graphs.store.events import EventRepository
from graphs.store.inbox import DeliveryRepository, ReceiptRepository
from graphs.store.kept_alerts import KeptAlertRepository
from graphs.store.outbox import OutboxRepository
from graphs.store.questions import QuestionRepository, SwitchRepository
from graphs.store.runs import RunRepository
from graphs.store.silences import HeartbeatRepository, SilenceRepository
from graphs.store.wakeups import WakeupRepository


class Store:
    """Everything that Warroom keeps. Raises StoreError.

    A write is on disk when `transaction` has ended; once `share_syncs` was called, when `on_disk` was awaited after it.
    """

    def __init__(self, path: Path | None = None, read_only: bool = False, database: Database | None = None) -> None:
        """Open a file, and bring it up to the present schema; without a path, keep everything in memory.

        With a database that is open already, keep everything there.
        """
        self.database: Database = database or SqliteDatabase(path, read_only)
        """For the repositories, and for LangGraph's checkpoints, which are kept in the same place."""
        self.runs = RunRepository(self.database)
        self.alerts = AlertRepository(self.database)
        self.events = EventRepository(self.database)
        self.database.on_undone = self.events.forget_newest
        self.wakeups = WakeupRepository(self.database)
        self.questions = QuestionRepository(self.database)
        self.switches = SwitchRepository(self.database)
        self.deliveries = DeliveryRepository(self.database)
        self.receipts = ReceiptRepository(self.database)
        self.kept_alerts = KeptAlertRepository(self.database)
        self.changes = ChangeRepository(self.database)
        self.silences = SilenceRepository(self.database)
        self.heartbeats = HeartbeatRepository(self.database)
        self.outbox = OutboxRepository(self.database)
        self.keys = KeyRepository(self.database)

    @property
    def schema(self) -> int:
        """The number of the last migration that was applied."""
        return self.database.schema

    @property
    def is_shared(self) -> bool:
        """Whether other processes write it, too."""
        return self.database.is_shared

    def transaction(self, run: str = "", asks_once: bool = False) -> AbstractContextManager[None]:
        """Write all that happens in the block, or nothing. There must be no await in it.

        Where several processes write, a block that names a run excludes other writers of that run only: it may write
        nothing of any other. What belongs to no run may have a name of its own. A block that `asks_once` is written
        with the one statement whose outcome it asks for, which must be its last, and must do no harm when done twice.
        """
        return self.database.transaction(run, asks_once)

    def share_syncs(self) -> None:
        """From now on bring what is written to disk together, for whoever waits for it with `on_disk`."""
        self.database.share_syncs()

    async def on_disk(self) -> None:
        """Wait until all that was written is on disk."""
        await self.database.on_disk()

    def bring_to_disk(self) -> None:
        """The same for those beside whom nothing may go on meanwhile."""
        self.database.bring_to_disk()

    def damage(self) -> list[str]:
        """List what is wrong with the file itself; empty where it is sound."""
        return self.database.damage()

    def check_writable(self) -> None:
        """Raise StoreError where nothing can be written."""
        self.database.check_writable()

    def delete_run(self, run: str) -> int:
        """Delete all that a run holds, overwriting it on disk; gives the number of its events.

        Call `erase_deleted` before the transaction in which this happens.
        """
        self.outbox.delete_of_run(run)
        self.wakeups.delete_of_run(run)
        self.questions.delete_of_run(run)
        self.alerts.delete_of_run(run)
        self.kept_alerts.delete_of_run(run)
        events = self.events.delete_of_run(run)
        self.database.delete_checkpoints(run)
        self.runs.delete(run)
        return events

    def erase_deleted(self) -> None:
        """Overwrite on disk whatever is deleted from now on."""
        self.database.erase_deleted()

    def empty_write_ahead_log(self) -> None:
        """Leave no trace of what was deleted in the write-ahead log."""
        self.database.empty_write_ahead_log()

    def close(self) -> None:
        """Close it; nothing can be read or written afterwards."""
        self.database.close()
