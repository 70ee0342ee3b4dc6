"""Where the wheels of `make engine` cannot be had, the reason is told; where they are other ones, it is a fault."""

import zipfile
from pathlib import Path

import pytest

from tests.engine import wheels
from tests.engine.wheels import NoEngine, WrongWheels, fetched


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No index, and a platform for which the wheels are pinned."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setattr(wheels, "PLATFORM", (wheels.sys.platform, wheels.platform.machine()))


def a_wheel(folder: Path, name: str) -> Path:
    """The smallest wheel there can be, of version 1.0."""
    about, wheel = f"{name}-1.0.dist-info", folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{about}/RECORD", "")
    return wheel


@pytest.mark.usefixtures("offline")
def test_without_an_index_the_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoEngine, match="No matching distribution found"):
        fetched(tmp_path / "engine")


def test_on_another_platform_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels.platform, "machine", lambda: "riscv64")
    with pytest.raises(NoEngine, match="pinned for linux on x86_64"):
        fetched(tmp_path / "engine")


@pytest.mark.usefixtures("offline")
def test_a_wheel_that_is_not_the_one_that_is_pinned_is_no_reason_to_skip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(a_wheel(tmp_path, "xllamacpp").parent))
    pinned = tmp_path / "requirements.txt"
    pinned.write_text(f"xllamacpp==1.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(wheels, "REQUIREMENTS", pinned)
    with pytest.raises(WrongWheels, match="DO NOT MATCH THE HASHES"):
        fetched(tmp_path / "engine")
