"""The Chromium driver: a picture of a service's page; without a browser, the response in its place."""

import hashlib
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import httpx2
from pydantic import BaseModel

from agents.io.child_process import run
from agents.io.clock import Clock, outside
from agents.io.redaction import beginning
from agents.io.web_address import WebAddress
from agents.readings.production import Refusal, Screenshot
from agents.tools.port import Unanswered

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--window-size=1280,800",
)
"""--no-sandbox: the browser runs where there is no user namespace, and visits the catalogue's addresses only."""


class ChromiumSettings(BaseModel, extra="forbid"):
    """A `driver: chromium` entry of the catalogue."""

    driver: str = "chromium"
    url: WebAddress
    folder: Path = Path("evidence")
    """Where pictures are kept."""
    expected_text: str = ""
    """What a healthy page says."""
    binary: str = "chromium"
    seconds: float = 30
    """How long the browser may take; the plain request takes a third of it at most."""


class RenderedPage(NamedTuple):
    """What the address answered, or why it did not."""

    status: int | None
    body: bytes
    fault: str


class Chromium:
    """Photographs the page that the catalogue names, in a fresh profile each time."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = ChromiumSettings.model_validate(settings)
        self._clock = clock

    async def screenshot(self, service: str) -> Screenshot:
        page = await outside(self._clock, self._request())
        picture, text = await outside(self._clock, self._photograph())
        if not picture and page.status is None:
            said = f"screenshot of {self._settings.url}: {page.fault}; {text}"
            raise Unanswered(Refusal(error="failed", said=beginning(said, 2000)))
        kept = picture or page.body
        read = text if picture else visible_text(page.body.decode(errors="replace"))
        return Screenshot(
            service=service,
            address=self._settings.url,
            file=str(self._keep(service, kept, ".png" if picture else ".response")),
            sha256=hashlib.sha256(kept).hexdigest(),
            is_picture=bool(picture),
            shows=_shows(page, read, "" if picture else f"No screenshot: {text}. The response was saved instead. "),
            looks_healthy=page.status is not None and page.status < 400 and self._settings.expected_text in read,
        )

    async def _request(self) -> RenderedPage:
        try:
            async with httpx2.AsyncClient(
                timeout=self._settings.seconds / 3, follow_redirects=True, trust_env=False
            ) as client:
                response = await client.get(self._settings.url)
                return RenderedPage(response.status_code, response.content, "")
        except httpx2.HTTPError as error:
            return RenderedPage(None, b"", f"{type(error).__name__}: {error}")

    async def _photograph(self) -> tuple[bytes, str]:
        """The picture and the text that stands on it; without a picture, why there is none."""
        with TemporaryDirectory(prefix="warroom-browser-", ignore_cleanup_errors=True) as folder:
            picture = Path(folder) / "page.png"
            profile = f"--user-data-dir={folder}/profile"
            command = [self._settings.binary, *FLAGS, profile, f"--screenshot={picture}", "--dump-dom"]
            try:
                finished = await run([*command, self._settings.url], self._settings.seconds)
            except TimeoutError:
                return b"", f"{self._settings.binary} was not done within {self._settings.seconds:g} s"
            except OSError as error:
                return b"", f"no browser at hand ({error})"
            if not picture.exists():
                return b"", f"{self._settings.binary} ended with {finished.code} and no picture"
            return picture.read_bytes(), visible_text(finished.out)

    def _keep(self, service: str, content: bytes, suffix: str) -> Path:
        """Keep the evidence under a name that can be told from the time and the service."""
        folder = self._settings.folder
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]+", "_", service)
        path = folder / f"{self._clock.now():%Y%m%dT%H%M%S%f}-{name}{suffix}"
        path.write_bytes(content)
        return path


def _shows(page: RenderedPage, text: str, first: str) -> str:
    answered = (
        f"A plain request got HTTP {page.status}" if page.status else f"A plain request got no answer ({page.fault})"
    )
    return f"{first}{answered}; the page reads: {beginning(text, 500) or 'nothing'}"


class _VisibleText(HTMLParser):
    """Collects what a reader sees of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if self._hidden <= 0:
            self.words += data.split()


def visible_text(html: str) -> str:
    """The words on a page, without its scripts and styles."""
    reader = _VisibleText()
    reader.feed(html)
    return " ".join(reader.words)
