"""The demo at full speed as a process of its own: its CPU time, and how much of it is imports, ours and langgraph's."""

import resource
import subprocess
import sys
from typing import Any

from tests.api.processes import CALL, ENVIRONMENT

TIMES = 5
IMPORTS = "import api.cli.main, api.cli.demo"
LANGGRAPH = "import langgraph.graph, langgraph.checkpoint.sqlite"


def demo(times: int = TIMES) -> dict[str, Any]:
    """CPU seconds, each the least of several times."""
    play = (CALL, "demo", "--once", "--speed", "max", "--json")
    programs = {"demo": play, "imports": (IMPORTS,), "imports_of_langgraph": (LANGGRAPH,), "python": ("",)}
    return {"cpu_seconds": {name: min(_cpu(program) for _ in range(times)) for name, program in programs.items()}}


def _cpu(program: tuple[str, ...]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", *program], env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, 2)
