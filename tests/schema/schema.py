"""Plays our OpenAPI description against a running Warroom: no server error, and no answer that is not described.

python -m tests.schema.schema [examples per operation]
"""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from tests.api.processes import address, ended, start, warroom

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,ignored_auth"
)
STREAM = "/v1/runs/{run}/events"
"""It does not end by itself where there is such a run; tests/api/streaming/test_stream.py looks at it."""
HOOKS = "tests.schema.hooks"
FEW = 15


@contextmanager
def served() -> Generator[tuple[str, str]]:
    """A Warroom with an empty store; gives its address and a key for everything."""
    with TemporaryDirectory(prefix="warroom-schema-") as directory:
        made = warroom("keys", "create", "schema", "--scope", "admin", "--per-minute", "1000000", cwd=Path(directory))
        server = start("serve", "--port", "0", cwd=Path(directory))
        try:
            yield address(server), made.stdout.strip()
        finally:
            _, complaints = ended(server)
            print(complaints, end="", file=sys.stderr)


def play(base: str, key: str, examples: int) -> int:
    """Play every operation; gives the exit code."""
    command = [str(SCHEMATHESIS), "run", f"{base}/openapi.json", "--header", f"Authorization: Bearer {key}"]
    command += ["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples)]
    command += ["--seed", "1", "--no-color", "--request-timeout", "20", "--exclude-path", STREAM]
    with TemporaryDirectory(prefix="warroom-schema-") as directory:
        environment = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": directory, "SCHEMATHESIS_HOOKS": HOOKS}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        return subprocess.run(command, cwd=directory, env=environment, check=False).returncode


def main() -> int:
    """Play it; a run is there whose id can be found."""
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else FEW
    with served() as (base, key):
        headers = {"Authorization": f"Bearer {key}"}
        httpx2.post(f"{base}/v1/alerts", json={"title": "checkout answers 500"}, headers=headers)
        return play(base, key, examples)


if __name__ == "__main__":
    sys.exit(main())
