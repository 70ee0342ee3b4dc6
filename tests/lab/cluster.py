"""A cluster on loopback: PostgreSQL, three workers, and two API nodes behind nginx. `make cluster`.

It stays until Ctrl-C; what dies is started again. With --once or --storm N it takes alerts while processes are killed,
counts what was lost, prints JSON and ends.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from string import Template

import httpx2
import psycopg

from graphs.store.postgres_schema import migrate
from tests.lab.children import Children, LabFault, free_ports
from tests.lab.production import ROOT, missing_packages, system_path
from tests.lab.warroom_client import WarroomClient
from tests.postgres import NoServer, leave_servers, start_server

NODES = ("api 1", "api 2")
WORKERS = ("worker 1", "worker 2", "worker 3")
FEW = 40
CONNECTIONS = 100
AT_MOST_SECONDS = 300


class Cluster:
    """The processes, and where they are."""

    def __init__(self, folder: Path, children: Children, catalogue: Path | None) -> None:
        self.database = os.environ.get("WARROOM_DATABASE") or start_server(folder / "postgres")
        self._folder = folder
        self._children = children
        self._catalogue = ["--catalogue", str(catalogue.absolute())] if catalogue else []
        ports = free_ports(1 + len(NODES))
        self.port, self._ports = ports[0], dict(zip(NODES, ports[1:], strict=True))
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Make the schema, and start everything; returns once requests are answered."""
        migrate(self.database)
        for name in (*NODES, *WORKERS):
            self._children.start(name, self._command(name), **self._environment)
        first, second = (f"127.0.0.1:{self._ports[name]}" for name in NODES)
        filled = Template((ROOT / "deploy" / "nginx.conf").read_text()).substitute(
            folder=self._folder, port=f"127.0.0.1:{self.port}", first=first, second=second
        )
        (self._folder / "nginx.conf").write_text(filled)
        nginx = ["nginx", "-e", f"{self._folder}/nginx.log", "-c", f"{self._folder}/nginx.conf"]
        self._children.start("nginx", nginx, PATH=system_path())
        for port in (*self._ports.values(), self.port):
            self._children.wait_until("every node answers", WarroomClient(port).is_ready, 120)

    def kill(self, name: str) -> None:
        """As a machine that fails: without a word. It is started again at once."""
        self._children.signal(name, signal.SIGKILL)
        self._children.restart(name, self._command(name), **self._environment)

    def revive(self) -> None:
        """Start again what has ended."""
        for name in self._children.ended():
            say(f"{name} ended, and is started again")
            self._children.restart(name, self._command(name), **self._environment)

    @property
    def _environment(self) -> dict[str, str]:
        return {"WARROOM_DATABASE": self.database, "WARROOM_PUBLIC_URL": self.address}

    def _command(self, name: str) -> list[str]:
        warroom = str(Path(sys.executable).parent / "warroom")
        common = ["--data", str(self._folder / "data"), *self._catalogue]
        if name in NODES:
            return [warroom, "serve", "--no-workers", "--port", str(self._ports[name]), *common]
        return [warroom, "worker", "--concurrency", "4", *common]


class Senders:
    """Those who send alerts, each until it is acknowledged."""

    def __init__(self, cluster: Cluster, alerts: int) -> None:
        self._cluster = cluster
        self._waiting = list(range(alerts))
        self._half = alerts // 2
        self.acknowledged: dict[int, str] = {}
        """Number of the alert -> the run that was named."""
        self.sent_again = 0

    async def send_all(self) -> None:
        """Send all of them over many connections; at half of them a node and a worker die."""
        limits = httpx2.Limits(max_connections=CONNECTIONS)
        async with httpx2.AsyncClient(timeout=30, limits=limits, trust_env=False) as client:
            await asyncio.gather(*(self._send(client) for _ in range(CONNECTIONS)))

    async def _send(self, client: httpx2.AsyncClient) -> None:
        while self._waiting:
            number = self._waiting.pop()
            while number not in self.acknowledged:
                try:
                    answer = await client.post(f"{self._cluster.address}/v1/alerts", json=alert(number))
                    self.acknowledged[number] = answer.raise_for_status().json()["runs"][0]["id"]
                except httpx2.HTTPError:
                    self.sent_again += 1
                    await asyncio.sleep(0.5)
            if len(self.acknowledged) == self._half:
                await asyncio.to_thread(self._strike)

    def _strike(self) -> None:
        say("a node and a worker are killed")
        self._cluster.kill(NODES[0])
        self._cluster.kill(WORKERS[0])


def alert(number: int) -> dict[str, str]:
    """One of the alerts: each of another service, so that each is an incident."""
    return {"title": f"service {number} fails", "service": f"service {number}", "dedup_key": f"{number}"}


def prove(cluster: Cluster, alerts: int) -> dict[str, object]:
    """Send alerts while processes die; gives what was acknowledged, lost, and investigated."""
    begun, senders = time.monotonic(), Senders(cluster, alerts)
    asyncio.run(senders.send_all())
    taken = time.monotonic() - begun
    say(f"{len(senders.acknowledged)} alerts are acknowledged")
    investigated = await_questions(cluster, min(alerts, FEW))
    with psycopg.connect(cluster.database) as connection:
        kept = {row[0] for row in connection.execute("SELECT id FROM runs")}
        named = list(set(senders.acknowledged.values()))
        asking = "SELECT COUNT(DISTINCT dedup_key) FROM alarms WHERE run = ANY(%s)"  # a storm has one of its own
        known = connection.execute(asking, (named,)).fetchone()
        twice = connection.execute("SELECT COUNT(*) - COUNT(DISTINCT (run, event_key)) FROM events").fetchone()
    return {
        "alerts": alerts,
        "acknowledged": len(senders.acknowledged),
        "lost": len(set(senders.acknowledged.values()) - kept),
        "alarms": known[0] if known else 0,
        "runs": len(kept),
        "events_twice": twice[0] if twice else 0,
        "sent_again": senders.sent_again,
        "alerts_per_second": round(alerts / taken),
        "runs_that_ask": investigated,
        "seconds": round(time.monotonic() - begun, 1),
    }


def await_questions(cluster: Cluster, wanted: int) -> int:
    """Wait until so many runs have got as far as a question to people, or a storm has as many as it may at once."""
    until, asking = time.monotonic() + AT_MOST_SECONDS, 0
    while time.monotonic() < until:
        with psycopg.connect(cluster.database) as connection:
            row = connection.execute("SELECT COUNT(DISTINCT run) FROM questions").fetchone()
            storm = connection.execute("SELECT 1 FROM runs WHERE queued > 0 LIMIT 1").fetchone()
        asking = row[0] if row else 0
        if asking >= wanted or (storm and asking):
            break
        cluster.revive()
        time.sleep(0.5)
    return asking


def main(words: Sequence[str] | None = None) -> int:
    """Run the cluster; 0: all went as it should, 1: it did not, 2: something is missing."""
    options = read(words)
    if "nginx" in missing_packages():
        print("The cluster needs Debian's package nginx", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="warroom-cluster-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own where this is root
    children = Children(folder)
    alerts = options.storm or (FEW if options.once else 0)
    try:
        cluster = Cluster(folder, children, options.catalogue)
        cluster.start()
        return finish(prove(cluster, alerts)) if alerts else stay(cluster)
    except NoServer as missing:
        print(missing, file=sys.stderr)
        return 2
    except LabFault as fault:
        print(f"The cluster failed: {fault}\nIts logs were in {folder}", file=sys.stderr)
        return 1
    finally:
        children.stop()
        leave_servers()
        shutil.rmtree(folder, ignore_errors=True)


def read(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command's words."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true", help=f"{FEW} alerts, a node and a worker killed, and end")
    parser.add_argument("--storm", type=int, default=0, metavar="N", help="the same with so many alerts")
    parser.add_argument("--catalogue", type=Path, help="your services")
    return parser.parse_args(words)


def finish(told: dict[str, object]) -> int:
    """Print what came of it; gives the exit code."""
    print(json.dumps(told))
    complete = told["acknowledged"] == told["alarms"] == told["alerts"] and told["runs_that_ask"]
    return int(bool(told["lost"] or told["events_twice"] or not complete))


def stay(cluster: Cluster) -> int:
    """Keep it running until somebody stops it."""
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    say(f"PostgreSQL, {len(WORKERS)} workers and {len(NODES)} nodes run behind {cluster.address}. Ctrl-C ends them.")
    try:
        while True:
            cluster.revive()
            time.sleep(1)
    except KeyboardInterrupt:
        return 0


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
