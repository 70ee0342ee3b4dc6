"""A run of 10,000 events on a slow machine: how soon the top of its page is painted, and how smoothly it scrolls."""

import asyncio
from typing import Any

from playwright.async_api import Browser, Page

from tests.e2e.house import DESKTOP, PHONE, House, a_browser, open_house, visit

EVENTS, SLOWER, OPENED = 10_000, 4, 5
"""Events of the run; by how much the browser's processor is slowed down; times that the page is opened."""
PAINTED = """() => new Promise((resolve) => {
  new PerformanceObserver((seen) => {
    const newest = seen.getEntries().at(-1);
    const [answer] = performance.getEntriesByType('navigation');
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    if (paint) resolve({ answered: answer.responseStart, first: paint.startTime, largest: newest.startTime });
  }).observe({ type: 'largest-contentful-paint', buffered: true });
})"""
"""Milliseconds since the address was opened."""
SCROLLED = """() => new Promise((resolve) => {
  const frames = [];
  let last = performance.now();
  const step = (now) => {
    frames.push(now - last);
    last = now;
    window.scrollBy(0, 40);
    if (frames.length < 120) requestAnimationFrame(step);
    else resolve(frames.slice(1).sort((a, b) => a - b));
  };
  requestAnimationFrame(step);
})"""
"""How long each of 120 frames took in which the page was scrolled, in milliseconds, the shortest first."""


def first_paint() -> dict[str, Any]:
    """Open the page of a P0 that waits for an approval after 10,000 events, on a desktop and on a phone."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, Any]:
    async with a_browser() as browser, open_house() as house:
        run = house.begin()
        await house.until(run, "question")
        for number in range(house.incidents.facts(run).seen, EVENTS):
            house.write(run, "note", by="on-call", text=f"note {number}")
        sizes = {"desktop": DESKTOP, "phone": PHONE}
        return {
            "events": house.incidents.facts(run).seen,
            **{name: await _on(browser, house, run, size) for name, size in sizes.items()},
        }


async def _on(browser: Browser, house: House, run: str, size: tuple[int, int]) -> dict[str, Any]:
    """Milliseconds; the first time the browser has nothing of the page yet."""
    painted: list[dict[str, float]] = []
    frames: list[float] = []
    visitor = await visit(browser, size)
    for _ in range(OPENED):
        page = await _slow_page(await visitor.open("about:blank"))
        await page.goto(house.page_of(run))
        painted.append(await page.evaluate(PAINTED))
        frames = await page.evaluate(SCROLLED)
        await page.close()
    await visitor.context.close()
    return {
        **{f"{moment}_paint": [round(one[moment]) for one in painted] for moment in ("first", "largest")},
        "server_answered": [round(one["answered"]) for one in painted],
        "frame_median": round(frames[len(frames) // 2], 1),
        "frame_longest": round(frames[-1], 1),
    }


async def _slow_page(page: Page) -> Page:
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})  # pyright: ignore[reportUnknownMemberType]
    return page
