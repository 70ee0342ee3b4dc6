"""Pictures of the pages: in the middle of a P0 and after it, on a desktop, on a phone, in the dark."""

import asyncio
import sys
from pathlib import Path
from shutil import copyfile
from typing import Any

from playwright.async_api import Browser

from tests.e2e.house import DESKTOP, PHONE, House, a_browser, open_house, settle, visit

SCREENS: dict[str, tuple[tuple[int, int], Any]] = {
    "desktop": (DESKTOP, "light"),
    "dark": (DESKTOP, "dark"),
    "phone": (PHONE, "light"),
}


async def shoot(browser: Browser, url: str, folder: Path, name: str, whole: bool = True) -> None:
    """Take a page on every screen."""
    for screen, (size, scheme) in SCREENS.items():
        visitor = await visit(browser, size, scheme)
        page = await visitor.open(url)
        await settle()
        await page.screenshot(path=folder / f"{name}-{screen}.png", full_page=whole)
        await visitor.context.close()


async def shoot_all(folder: Path) -> None:
    """Take every page in the middle of a P0, and after it."""
    async with a_browser() as browser, open_house() as house:
        await shoot(browser, house.url, folder, "empty")
        run = house.begin()
        await house.until(run, "question")
        await _middle(browser, house, run, folder)
        house.answer(run, "approve")
        await house.until(run, "closed")
        for name, path in {"after": f"/runs/{run}", "post-mortem": f"/runs/{run}/post-mortem"}.items():
            await shoot(browser, f"{house.url}{path}", folder, name)
        await shoot(browser, f"{house.url}/status", folder, "status-after")


async def _middle(browser: Browser, house: House, run: str, folder: Path) -> None:
    await shoot(browser, house.page_of(run), folder, "middle-first", whole=False)
    for name, path in {"middle": f"/runs/{run}", "runs": "/", "status": "/status"}.items():
        await shoot(browser, f"{house.url}{path}", folder, name)


def main(folder: Path, best: Path) -> None:
    """Take all pictures; the best of them is shown in the README."""
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(shoot_all(folder))
    best.parent.mkdir(exist_ok=True)
    copyfile(folder / "middle-first-desktop.png", best)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
