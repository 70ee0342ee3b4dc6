"""Twelve pages of one run open in one browser: how long an approval takes in the page that was used longest ago."""

import asyncio
import time
from statistics import median
from typing import Any

from playwright.async_api import Browser, expect

from tests.e2e.house import a_browser, open_house, visit

TABS, PLAYED = 12, 5
PATIENCE = 60_000
"""Milliseconds."""
ANSWERED = "#lines li:has-text('approves')"


def tabs() -> dict[str, Any]:
    """Seconds from the press on "approve" until Warroom has taken the answer, and until the page shows who gave it."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, Any]:
    async with a_browser() as browser:
        measured = [await _approve(browser) for _ in range(PLAYED)]
    taken, shown = ([one[part] for one in measured] for part in (0, 1))
    return {
        "tabs": TABS,
        "taken": [round(one, 2) for one in taken],
        "shown": [round(one, 2) for one in shown],
        "shown_median": round(median(shown), 2),
    }


async def _approve(browser: Browser) -> tuple[float, float]:
    async with open_house() as house:
        run = house.begin()
        await house.until(run, "question")
        visitor = await visit(browser)
        pages = [await visitor.open(house.page_of(run)) for _ in range(TABS)]
        await expect(pages[-1].locator("#connection")).to_have_text("Live")
        page = pages[0]
        await page.bring_to_front()
        await page.locator("#questions").get_by_label("Your name").fill("night shift")
        button = page.get_by_role("button", name="approve", exact=True)
        await button.hover()
        began = time.perf_counter()
        async with page.expect_response("**/answers/*"):
            await page.mouse.down()
            await page.mouse.up()
        taken = time.perf_counter() - began
        await page.locator(ANSWERED).first.wait_for(timeout=PATIENCE)
        shown = time.perf_counter() - began
        await visitor.context.close()
        return taken, shown
