"""The image of deploy/Containerfile, built and started with the manifest's own commands: `make image`.

Debian's buildah builds it in a chroot and runs it there: that needs root, and no container engine. The base image is
put together from Debian's packages; with --pull it comes from its registry.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import yaml

from tests.distance import away
from tests.lab.children import Children, LabFault, free_ports
from tests.lab.production import ROOT
from tests.lab.warroom_client import WarroomClient
from tests.postgres import NoServer, leave_servers, start_server

IMAGE, BASE_SUITE = "localhost/warroom:tried", "bookworm"
BASE_PACKAGES = "python3-venv,ca-certificates"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
"""This machine's, for pip in the build: its way out may have one of its own."""
AT_MOST_SECONDS = 1200


class Buildah:
    """Buildah with a storage of its own, so that nothing stays."""

    def __init__(self, folder: Path) -> None:
        places = ["--root", str(folder / "storage"), "--runroot", str(folder / "running")]
        self.command = ["buildah", "--storage-driver", "vfs", *places]

    def __call__(self, *words: str) -> str:
        """Run it; gives what it prints. Raises LabFault."""
        done = subprocess.run(
            [*self.command, *words], capture_output=True, text=True, timeout=AT_MOST_SECONDS, check=False
        )
        if done.returncode:
            raise LabFault(f"buildah {' '.join(words)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return done.stdout.strip()


def base_image() -> str:
    """What the image is built on."""
    lines = (ROOT / "deploy" / "Containerfile").read_text().splitlines()
    (base,) = {line.split()[1] for line in lines if line.startswith("FROM ")}
    return base


def make_base(buildah: Buildah, folder: Path) -> None:
    """Put together what stands for the base image: Debian of the same release with its own Python."""
    root = folder / "base"
    command = ["debootstrap", "--variant=minbase", f"--include={BASE_PACKAGES}", BASE_SUITE, str(root)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=AT_MOST_SECONDS, check=False)
    if made.returncode:
        raise LabFault(f"debootstrap ended with {made.returncode}:\n{made.stdout[-2000:]}")
    (root / "usr/bin/python").symlink_to("python3")
    container = buildah("from", "scratch")
    buildah("add", container, str(root), "/")
    buildah("commit", "--rm", container, base_image())
    shutil.rmtree(root)


def build(buildah: Buildah, folder: Path) -> None:
    """Follow the Containerfile, line by line."""
    (folder / "pip.conf").write_text(f"[global]\ncert = {CERTIFICATES}\n")
    seen = [f"{CERTIFICATES}:{CERTIFICATES}:ro", f"{folder}/pip.conf:/etc/pip.conf:ro"] if CERTIFICATES.exists() else []
    mounts = [word for mount in seen for word in ("--volume", mount)]
    file = str(ROOT / "deploy" / "Containerfile")
    buildah("bud", "--isolation", "chroot", "--pull-never", *mounts, "--tag", IMAGE, "--file", file, str(ROOT))


class Pod:
    """Runs the manifest's containers, as the image says they are run."""

    def __init__(self, buildah: Buildah, folder: Path, database: str) -> None:
        self._buildah = buildah
        self._image = json.loads(buildah("inspect", "--type", "image", IMAGE))["OCIv1"]["config"]
        self._container = buildah("from", "--pull-never", IMAGE)
        self._volumes = {"catalogue": folder / "catalogue", "pictures": folder / "pictures"}
        for volume in self._volumes.values():
            volume.mkdir()
        self._volumes["pictures"].chmod(0o777)  # which fsGroup does in a cluster
        (self._volumes["catalogue"] / "catalogue.yaml").write_text("services: {}\n")
        self._database = database

    def command(self, container: dict[str, Any], *more: str) -> list[str]:
        """The command that starts a container of the manifest."""
        mounts = (
            f"{self._volumes[mount['name']]}:{mount['mountPath']}:{'ro' if mount.get('readOnly') else 'rw'}"
            for mount in container.get("volumeMounts", [])
        )
        options = [word for mount in mounts for word in ("--volume", mount)]
        told = {variable["name"]: variable.get("value", self._database) for variable in container.get("env", [])}
        told["WARROOM_DATABASE"] = self._database
        options += [word for name, value in told.items() for word in ("--env", f"{name}={value}")]
        words = [*self._image["Entrypoint"], *container["args"], *more]
        return [*self._buildah.command, "run", "--isolation", "chroot", *options, self._container, "--", *words]

    def run(self, container: dict[str, Any], *more: str) -> str:
        """Run one to its end; gives what it prints. Raises LabFault."""
        return self._buildah(*self.command(container, *more)[len(self._buildah.command) :])

    def user(self) -> str:
        """Who a process in the image is."""
        return self._buildah("run", "--isolation", "chroot", self._container, "--", "id", "-u")


def manifest() -> dict[str, dict[str, Any]]:
    """Name -> container of deploy/kubernetes.yaml."""
    parts = yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text())
    pods = [part["spec"]["template"]["spec"] for part in parts if "template" in part.get("spec", {})]
    return {container["name"]: container for pod in pods for container in pod["containers"]}


def play(pod: Pod, children: Children) -> dict[str, Any]:
    """Make the schema and a key, start a node and a worker, and send an alert: its run has to ask people something."""
    containers, (port,) = manifest(), free_ports(1)
    pod.run(containers["migrate"])
    key = pod.run({"args": ["keys", "create", "lab", "--scope", "admin"]})
    children.start("api", pod.command(containers["api"], "--port", str(port)))
    children.start("worker", pod.command(containers["worker"]))
    children.wait_until("the node answers", WarroomClient(port).is_ready, 120)
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as http:
        http.headers["Authorization"] = f"Bearer {key}"
        taken = http.post("/v1/alerts", json={"title": "checkout fails", "service": "checkout"}).raise_for_status()
        run = taken.json()["runs"][0]["id"]

        def questions() -> list[dict[str, Any]]:
            return http.get(f"/v1/runs/{run}").raise_for_status().json()["questions"]

        asked = children.wait_until("the run asks people something", questions, 120)
        ready = http.get("/health/ready").status_code
    return {"user": pod.user(), "ready": ready, "asked": asked[0]["kind"]}


def try_it(folder: Path, children: Children, pull: bool) -> dict[str, Any]:
    """Build it and start it. Raises LabFault and NoServer."""
    buildah = Buildah(folder)
    if pull:
        buildah("pull", base_image())
    else:
        make_base(buildah, folder)
    build(buildah, folder)
    with away(start_server(folder / "postgres")) as (database, _):
        try:
            return play(Pod(buildah, folder, database), children)
        finally:
            children.stop()


def main(words: Sequence[str] | None = None) -> int:
    """Build and start it; 0: all went as it should, 1: it did not, 2: something is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pull", action="store_true", help="take the base image from its registry")
    pull = parser.parse_args(words).pull
    needed = ("buildah",) if pull else ("buildah", "debootstrap")
    missing = [program for program in needed if not shutil.which(program)]
    if missing or os.geteuid() != 0:
        print(f"The image was NOT TRIED: that takes root and Debian's {' and '.join(missing)}", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="warroom-image-"))
    folder.chmod(0o755)  # PostgreSQL and the image run as users of their own
    children = Children(folder)
    try:
        base = "its registry" if pull else "Debian's packages"
        print(json.dumps({"base image from": base, **try_it(folder, children, pull)}))
        return 0
    except NoServer as without:
        print(f"The image was built, and NOT STARTED: {without}", file=sys.stderr)
        return 2
    except LabFault as fault:
        print(f"The image failed: {fault}", file=sys.stderr)
        return 1
    finally:
        leave_servers()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
