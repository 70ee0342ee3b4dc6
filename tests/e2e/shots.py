"""Pictures of the pages in every stage of a P0: on a desktop and on a phone, light and dark."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import copyfile
from typing import Any

from playwright.async_api import Browser

from agents.io.clock import RealClock
from agents.runtime.briefing import Alert
from tests.e2e.house import DESKTOP, LAPTOP, PHONE, House, a_browser, open_house, settle, visit

Screen = tuple[tuple[int, int], Any]
BEST: dict[str, Screen] = {"desktop": (DESKTOP, "light")}
"""The screen of the picture in the README."""
SCREENS: dict[str, Screen] = {
    "desktop": (LAPTOP, "light"),
    "desktop-dark": (LAPTOP, "dark"),
    "phone": (PHONE, "light"),
    "phone-dark": (PHONE, "dark"),
}


async def shoot(
    browser: Browser, url: str, picture: Path, whole: bool = True, screens: Mapping[str, Screen] = SCREENS
) -> None:
    """Take a page on every screen: what is seen without scrolling, and the whole page."""
    for screen, (size, scheme) in screens.items():
        visitor = await visit(browser, size, scheme)
        page = await visitor.open(url)
        await settle()
        await page.screenshot(path=picture.with_name(f"{picture.name}-first-{screen}.png"))
        if whole:
            await page.screenshot(path=picture.with_name(f"{picture.name}-whole-{screen}.png"), full_page=True)
        await visitor.context.close()


async def shoot_all(folder: Path) -> None:
    """Take the run's page in each of its stages, and the pages beside it."""
    async with a_browser() as browser, open_house() as house:
        await shoot(browser, house.url, folder / "runs-empty", whole=False)
        await _shoot_an_unlisted_service(browser, house, folder)
        run = house.begin()
        await _stage(browser, house, folder / "investigation", (run, "status", "Investigating"))
        house.go_on()
        await _stage(browser, house, folder / "question", (run, "question", ""))
        await shoot(browser, house.page_of(run), folder / "best", whole=False, screens=BEST)
        for name, path in {"runs": "/", "status-page": "/status"}.items():
            await shoot(browser, f"{house.url}{path}", folder / name)
        house.answer(run, "approve")
        await _stage(browser, house, folder / "verification", (run, "status", "Monitoring"))
        house.go_on()
        await _stage(browser, house, folder / "closed", (run, "closed", ""))
        await house.post({"title": "Maintenance of sign-in is over", "service": "sign-in", "status": "resolved"})
        house.plan_silence()
        sent = (one for one in house.incidents.transcript(run) if one.kind == "outbound")
        brief = next(one.ref for one in sent if one.payload["port"] == "send_brief")
        beside = {"post-mortem": f"/runs/{run}/post-mortem", "brief": f"/runs/{run}/events/{brief}"}
        kept = house.incidents.outcomes.newest(1)[0]
        plain = {"status-page-after": "/status", "inbox": "/inbox", "kept": f"/inbox/{kept.ref}/{kept.number}"}
        for name, path in {**beside, **plain, "silences": "/silences", "report": "/report"}.items():
            await shoot(browser, f"{house.url}{path}", folder / name)
        house.incidents.api_keys(RealClock()).create("Ada", ["read"])
        await shoot(browser, f"{house.url}/login", folder / "login", whole=False)


async def _shoot_an_unlisted_service(browser: Browser, house: House, folder: Path) -> None:
    """A run about a service that is not in the catalogue: nothing is seen of it, and a person is asked what to do."""
    house.go_on()
    alert = Alert(title="Invoices cannot be downloaded", service="billing", severity="critical")
    run = house.incidents.alerts.receive(alert).run
    await _stage(browser, house, folder / "unlisted", (run, "question", ""))
    house.answer(run, "over")
    await house.until(run, "closed")


async def _stage(browser: Browser, house: House, picture: Path, until: tuple[str, str, str]) -> None:
    """Let the run go on until an event, and take its page while time hardly passes."""
    run, kind, status = until
    await house.until(run, kind, **({"status": status} if status else {}))
    house.clock.take_time(True)
    await shoot(browser, house.page_of(run), picture)


def main(folder: Path, best: Path) -> None:
    """Take all pictures; the best of them is shown in the README."""
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(shoot_all(folder))
    best.parent.mkdir(exist_ok=True)
    copyfile(folder / "best-first-desktop.png", best)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
