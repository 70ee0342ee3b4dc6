"""Large bodies that were made to take long: how long each holds up the loop, which serves everybody else meanwhile.

Told is the processor's time of the whole process between two turns of the loop, so that what else this machine does
counts for nothing: at most 50 ms are allowed.
"""

import asyncio
import base64
import gc
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import httpx2

from agents.io.catalogue import Catalogue
from agents.io.clock import RealClock
from agents.tools.connections import CatalogueConnections
from api.app import create_app
from api.serving.listening import listen
from api.serving.server import WarroomServer
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from tests.benchmarks.storm import alert, body

SIZE = 9_900_000
"""Bytes; ten mebibytes are taken."""


def _random(characters: int) -> str:
    return base64.b64encode(random.Random(1).randbytes(characters * 3 // 4)).decode()


def _titled(**more: Any) -> str:
    return json.dumps({"title": "benchmark", **more}, ensure_ascii=False)


BODIES: dict[str, tuple[str, Callable[[int], str]]] = {
    "one word": ("/v1/alerts/generic", lambda size: _titled(description="a" * size)),
    "one word, our own shape": ("/v1/alerts", lambda size: _titled(description="a" * size)),
    "beginnings of a token": ("/v1/alerts/generic", lambda size: _titled(description="eyJ-" * (size // 4))),
    "digits": ("/v1/alerts/generic", lambda size: _titled(description="4 " * (size // 2))),
    "beginnings of an account": ("/v1/alerts/generic", lambda size: _titled(description="DE11 " * (size // 5))),
    "accents": ("/v1/alerts/generic", lambda size: _titled(description="e" + "\u0301" * (size // 2))),
    "other letters": ("/v1/alerts/generic", lambda size: _titled(description="\ud55c" * (size // 3))),
    "letters that nobody sees": ("/v1/alerts/generic", lambda size: _titled(description="a\u200b" * (size // 4))),
    "random letters": ("/v1/alerts/generic", lambda size: _titled(description=_random(size))),
    "short texts": ("/v1/alerts/generic", lambda size: _titled(a=[""] * (size // 4))),
    "numbers": ("/v1/alerts/generic", lambda size: _titled(a=[1.5] * (size // 5))),
    "fields": ("/v1/alerts/generic", lambda size: _titled(**{f"k{n}": f"v{n}" for n in range(size // 22)})),
    "fields, a report": ("/v1/reports", lambda size: _titled(**{f"k{n}": f"v{n}" for n in range(size // 22)})),
    "lists": ("/v1/alerts/generic", lambda size: _titled(a=[[]] * (size // 4))),
    "a few lists less": ("/v1/alerts/generic", lambda size: _titled(a=[[]] * min(size // 4, 95_000))),
    "empty alerts": ("/v1/alerts/generic", lambda size: json.dumps([{}] * min(size // 4, 19_000))),
    "links": ("/v1/alerts", lambda size: _titled(links=[1] * (size // 3))),
    "labels": ("/v1/alerts/generic", lambda size: _titled(labels={f"k{n}": "4 " * 450 for n in range(size // 920)})),
    "a form with an alert": ("/v1/alerts/generic", lambda size: urlencode({"payload": _titled(a="4 " * (size // 4))})),
    "a form": ("/v1/alerts/generic", lambda size: "title=x&" + "a=1&" * (size // 4)),
    "no JSON": ("/v1/alerts/generic", lambda size: "x" * size),
    "a group": ("/v1/alerts/alertmanager", lambda size: json.dumps(body([alert(n) for n in range(size // 10_000)]))),
}
"""Kind of body -> where it is posted, and how it is made."""


class Resting(IncidentService):
    """A service that takes in and does not run: what runs do meanwhile is another matter."""

    async def start(self) -> None:
        """Wake nobody."""


class Loop:
    """Watches over the turns of the loop."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        last = time.process_time()
        while True:
            await asyncio.sleep(0.001)
            now = time.process_time()
            self.longest = max(self.longest, now - last)
            last = now


async def serve(folder: str) -> None:
    """Serve, and tell at each line that is read how long the loop was held up at most since the last one."""
    gc.set_threshold(50_000, 20, 50)  # as the command sets it
    clock = RealClock()
    deps = Dependencies(
        Store(Path(folder) / "bench.sqlite"), clock, CatalogueConnections(Catalogue(), clock), Catalogue()
    )
    loop = Loop()
    with listen(0) as listening:
        server = WarroomServer(create_app(Resting(deps)))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        watching = asyncio.create_task(loop.watch())
        await server.up.wait()
        print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps({"longest": loop.longest}), flush=True)
            loop.longest = 0.0
        watching.cancel()
        server.stop()
        await serving
    deps.store.close()


def bodies(size: int = SIZE) -> dict[str, Any]:
    """Post one of each kind."""
    with TemporaryDirectory(prefix="bodies-") as folder:
        command = [sys.executable, "-m", "tests.benchmarks.bodies", folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdin and server.stdout
            port = json.loads(server.stdout.readline())["port"]
            told: dict[str, Any] = {}
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
                for kind, (path, make) in BODIES.items():
                    told[kind] = _post(client, path, make(size), server)
            server.kill()
    return {"bytes": size, "longest_hold_ms": max(one["hold_ms"] for one in told.values()), "kinds": told}


def _post(client: httpx2.Client, path: str, content: str, server: "subprocess.Popen[str]") -> dict[str, Any]:
    kind = "json" if content.startswith(("{", "[")) else "x-www-form-urlencoded" if "=" in content else "json"
    _longest(server)
    begun = time.perf_counter()
    answer = client.post(path, content=content, headers={"Content-Type": f"application/{kind}"})
    seconds = round(time.perf_counter() - begun, 2)
    return {"status": answer.status_code, "seconds": seconds, "hold_ms": round(1000 * _longest(server), 1)}


def _longest(server: "subprocess.Popen[str]") -> float:
    assert server.stdin and server.stdout
    print(file=server.stdin, flush=True)
    return json.loads(server.stdout.readline())["longest"]


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
