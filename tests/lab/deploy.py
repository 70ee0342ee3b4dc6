"""The lab's deployment tool: switches nginx to a version, keeps a journal, and tells what it knows as JSON."""

import argparse
import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SERVICE = "checkout"


class Journal:
    """Every deployment that was made, a line each."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "deployments.jsonl"

    def rows(self) -> list[Row]:
        return [json.loads(line) for line in self._path.read_text().splitlines()] if self._path.exists() else []

    def add(self, row: Row) -> None:
        with self._path.open("a") as journal:
            journal.write(json.dumps(row) + "\n")

    def running(self) -> str | None:
        return next((row["version"] for row in reversed(self.rows()) if row["status"] == "succeeded"), None)

    def history(self) -> list[Row]:
        """The deployments as they stand now: one that a return to an earlier version undid is rolled back."""
        rows = self.rows()
        for index, row in enumerate(rows):
            earlier = [i for i, other in enumerate(rows[:index]) if other["version"] == row["version"]]
            for undone in rows[earlier[-1] + 1 : index] if earlier else []:
                undone["status"] = "rolled back"
        return [{name: value for name, value in row.items() if name != "key"} for row in rows]


def deploy(folder: Path, version: str, key: str) -> Row:
    """Put a version into production, and make sure that it answers."""
    journal, lab = Journal(folder), json.loads((folder / "lab.json").read_text())
    if version not in lab["versions"]:
        sys.exit(f"there is no version {version}; there is {', '.join(lab['versions'])}")
    row = {"service": SERVICE, "version": version, "previous": journal.running(), "at": datetime.now(UTC).isoformat()}
    switch(folder, lab["versions"][version])
    serves = await_version(lab["shop_port"], version)
    journal.add({**row, "status": "succeeded" if serves else "failed", "key": key})
    if not serves:
        sys.exit(f"nginx was reloaded, and does not serve {version}")
    return {"done": True, "detail": f"nginx serves {version} of {SERVICE}", "reference": version}


def switch(folder: Path, port: int) -> None:
    """Point nginx's upstream to another port, in one move."""
    written = folder / "upstream.conf.new"
    written.write_text(f"server 127.0.0.1:{port};\n")
    written.replace(folder / "upstream.conf")
    reload = ["nginx", "-e", f"{folder}/nginx.log", "-c", f"{folder}/nginx.conf", "-s", "reload"]
    subprocess.run(reload, check=True, capture_output=True, timeout=10)


def await_version(port: int, version: str, seconds: float = 10) -> bool:
    """Ask the front door until it answers with a version, three times in a row."""
    until, in_a_row = time.monotonic() + seconds, 0
    while in_a_row < 3 and time.monotonic() < until:
        in_a_row = in_a_row + 1 if served_version(port) == version else 0
        time.sleep(0.05)
    return in_a_row == 3


def served_version(port: int) -> str:
    """The version that nginx serves now; empty where it does not answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/version")
        return connection.getresponse().read().decode()
    except (OSError, HTTPException):
        return ""
    finally:
        connection.close()


def history(folder: Path) -> Row:
    journal = Journal(folder)
    return {"service": SERVICE, "running": journal.running(), "deployments": journal.history()}


def pipeline(folder: Path) -> Row:
    """The version to go back to: the last good one that is not running."""
    journal = Journal(folder)
    good = [r["version"] for r in journal.history() if r["status"] == "succeeded" and r["version"] != journal.running()]
    return {"service": SERVICE, "status": "passing", "rollback_target": good[-1] if good else None}


def infrastructure(folder: Path) -> Row:
    counts = {"replicas_wanted": 1, "replicas_ready": 1, "replicas_limit": 1, "restarts_last_hour": 0}
    return {"service": SERVICE, **counts, "standby": None, "machines": [], "events": []}


def errors(folder: Path) -> Row:
    """The error log, by signature."""
    patterns: dict[str, Row] = {}
    path = folder / "errors.jsonl"
    for line in path.read_text().splitlines() if path.exists() else []:
        entry = json.loads(line)
        signature = re.sub(r"\d+", "…", entry["message"])
        first = {"service": SERVICE, "signature": signature, "level": "error", "count": 0, "first_seen": entry["at"]}
        pattern = patterns.setdefault(signature, {**first, "sample": entry["message"], "versions": []})
        pattern |= {"count": pattern["count"] + 1, "last_seen": entry["at"]}
        pattern["versions"] = sorted({*pattern["versions"], entry["version"]})
    return {"service": SERVICE, "patterns": list(patterns.values())}


def outcome(folder: Path, key: str) -> Row | None:
    """What became of the deployment with this key."""
    row = next((row for row in Journal(folder).rows() if row["key"] == key), None)
    done = row is not None and row["status"] == "succeeded"
    return {"done": done, "detail": f"{row['version']}: {row['status']}", "reference": row["version"]} if row else None


TELLS = {"history": history, "pipeline": pipeline, "infrastructure": infrastructure, "errors": errors}


def main() -> None:
    """Deploy, or tell something, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("asked", choices=["deploy", "outcome", *TELLS])
    parser.add_argument("of", nargs="?", default="", help="the version to deploy, or the key whose outcome is asked")
    parser.add_argument("--key", default="", help="the deployment's idempotency key")
    given = parser.parse_args()
    if given.asked == "deploy":
        answer = deploy(given.folder, given.of, given.key)
    elif given.asked == "outcome":
        answer = outcome(given.folder, given.of)
    else:
        answer = TELLS[given.asked](given.folder)
    print(json.dumps(answer) if answer is not None else "")


if __name__ == "__main__":
    main()
