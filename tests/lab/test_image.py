"""The image's containers are started as the manifest says, with what the image says; building one is `make image`."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("psycopg", reason="warroom[postgres] is not installed")
from tests.lab.image import Pod, base_image, main, manifest


class NoBuildah:
    """Answers like buildah, and does nothing."""

    command = ("buildah",)

    def __call__(self, *words: str) -> str:
        return json.dumps({"OCIv1": {"config": {"Entrypoint": ["warroom"]}}}) if words[0] == "inspect" else words[-1]


def test_a_container_gets_the_manifest_s_words_volumes_and_settings(tmp_path: Path) -> None:
    nobody: Any = NoBuildah()
    command = Pod(nobody, tmp_path, "postgresql://here/warroom").command(manifest()["worker"], "--more")
    options, words = command[: command.index("--")], command[command.index("--") + 1 :]
    assert words == ["warroom", *manifest()["worker"]["args"], "--more"]
    assert f"{tmp_path}/catalogue:/etc/warroom:ro" in options
    assert f"{tmp_path}/pictures:/var/lib/warroom/warroom-data:rw" in options
    assert {"WARROOM_DATABASE=postgresql://here/warroom", "WARROOM_PUBLIC_URL=https://warroom.example"} <= set(options)


def test_both_stages_are_built_on_one_image() -> None:
    assert base_image().startswith("docker.io/library/python:3.")


def test_without_buildah_it_says_that_nothing_was_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere(_: str) -> None:
        return None

    monkeypatch.setattr("tests.lab.image.shutil.which", nowhere)
    assert main([]) == 2
    assert "NOT TRIED" in capsys.readouterr().err
