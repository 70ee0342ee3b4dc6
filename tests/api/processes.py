"""The `warroom` command as a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

CALL = "import sys; sys.argv[0] = 'warroom'; from api.cli.main import main; main()"
ENVIRONMENT = {name: text for name, text in os.environ.items() if not name.startswith(("OPENAI_", "WARROOM_"))}
ENVIRONMENT["PYTHONPATH"] = str(Path(__file__).parents[2])


def warroom(*arguments: str, cwd: Path | None = None, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    command, environment = [sys.executable, "-c", CALL, *arguments], {**ENVIRONMENT, **settings}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False)


def start(*arguments: str, cwd: Path, **settings: str) -> "subprocess.Popen[str]":
    """Start a server."""
    command, environment = [sys.executable, "-c", CALL, *arguments], {**ENVIRONMENT, **settings}
    return subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def address(server: "subprocess.Popen[str]") -> str:
    """Wait until a server says where it is."""
    assert server.stdout
    for line in server.stdout:
        found = next((word for word in line.split() if word.startswith("http://")), "")
        if found:
            return "/".join(found.split("/")[:3])
    raise AssertionError("the server did not say where it is")


def ended(server: "subprocess.Popen[str]") -> tuple[int, str]:
    """Ask a server to end; gives its exit code and its complaints."""
    server.send_signal(signal.SIGTERM)
    _, complaints = server.communicate(timeout=20)
    return server.returncode, complaints


def killed(server: "subprocess.Popen[str]") -> None:
    """End a server at once, where its end is not what is tested: an orderly end waits for the work under way."""
    server.kill()
    server.communicate(timeout=20)
