"""Every page in a real browser: what it may not do, whom it may not keep out, and where it has to fit."""

# pyright: reportMissingTypeStubs=false
# axe has no stubs.

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from agents.io.clock import RealClock
from tests.e2e.house import DESKTOP, PHONE, House, Visitor, visit

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>'\"&</pre>{{7*7}}[a](javascript:alert(3))"

TOO_WIDE = """[...document.querySelectorAll('.tile, .chart')]
    .filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.textContent)"""
"""The boxes of charts that hold more than fits into them."""


async def all_pages(house: House, run: str) -> list[str]:
    """The addresses of one page of each kind."""
    works = [event.ref for event in house.incidents.transcript(run) if event.kind == "duty_started"]
    parts = [f"events/{works[0]}", f"work/{works[0]}", "lanes/infrastructure_maintainer", "post-mortem"]
    runs = [f"/runs/{run}", f"/runs/{run}?tell=1", f"/runs/{run}?q=sign-in", *(f"/runs/{run}/{part}" for part in parts)]
    kept = [f"/inbox/{row.ref}/{row.number}" for row in house.incidents.outcomes.newest(1)]
    return ["/", "/inbox", *kept, "/silences", "/status", "/report", "/login", *runs]


async def played(house: House, to: str) -> str:
    run = house.begin()
    await house.until(run, "question")
    if to == "closed":
        house.answer(run, "approve")
        await house.until(run, "closed")
    return run


async def fits(visitor: Visitor, house: House, path: str) -> None:
    page = await visitor.open(f"{house.url}{path}")
    width = await page.evaluate("document.documentElement.clientWidth")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert await page.evaluate(TOO_WIDE) == [], path
    await page.close()


async def faults(page: Page) -> list[str]:
    """All that axe finds on a page whose parts are opened, of whatever weight."""
    await page.evaluate(
        "document.querySelectorAll('details').forEach((folded) => folded.toggleAttribute('open', true))"
    )
    axe: Any = Axe()
    results: Any = (await axe.run(page)).response
    return [
        f"{page.url}: {fault['id']} ({fault['impact']}) {node['html'][:200]}"
        for fault in results["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.long
@pytest.mark.parametrize("stage", ["question", "closed"])
async def test_axe_finds_nothing_on_any_page(browser: Browser, house: House, stage: str) -> None:
    run = await played(house, stage)
    await house.post({"title": "Maintenance of sign-in is over", "service": "sign-in", "status": "resolved"})
    house.plan_silence()
    found: list[str] = []
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        visitor = await visit(browser, size, scheme, bypass_csp=True)
        for path in [*await all_pages(house, run), "/runs/none"]:
            page = await visitor.open(f"{house.url}{path}")
            found += [f"{size[0]} {scheme} {fault}" for fault in await faults(page)]
            await page.close()
        await visitor.context.close()
    assert found == []


@pytest.mark.long
async def test_axe_finds_nothing_where_there_is_nothing_yet_nor_at_the_login_which_fits_a_phone(
    browser: Browser, house: House
) -> None:
    visitor = await visit(browser, PHONE, bypass_csp=True)
    found: list[str] = []
    for path in ("/", "/inbox", "/silences", "/status"):
        found += await faults(await visitor.open(f"{house.url}{path}"))
    _, key = house.incidents.api_keys(RealClock()).create("Ada", ["read", "answer"])
    page = await visitor.open(f"{house.url}/login")
    found += await faults(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    await page.get_by_label("Your key").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()
    found += await faults(page)
    await page.get_by_label("Your key").fill(key)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    await page.goto(f"{house.url}/login")
    await expect(page.get_by_text("You are logged in as Ada")).to_be_visible()
    found += await faults(page)
    assert found == []


@pytest.mark.long
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_every_page_fits_the_screen_and_complains_of_nothing(
    browser: Browser, house: House, size: tuple[int, int]
) -> None:
    visitor = await visit(browser, size)
    run = await played(house, "question")
    await fits(visitor, house, f"/runs/{run}")
    house.answer(run, "approve")
    await house.until(run, "closed")
    for path in await all_pages(house, run):
        await fits(visitor, house, path)
    assert visitor.complaints == []


@pytest.mark.long
async def test_hostile_text_stays_text_in_every_field(browser: Browser, house: House) -> None:
    house.alert = house.alert.model_copy(update={"title": HOSTILE, "description": HOSTILE})
    run = house.begin()
    visitor = await visit(browser)
    page = await visitor.open(house.page_of(run))
    house.write(run, "note", by=HOSTILE, text=HOSTILE)
    house.write(run, "degraded", "api_tester", "run_regression", why=HOSTILE)
    house.write(run, "post_mortem", text=f"# {HOSTILE}\n\n{HOSTILE} [#00000000]")
    claim = {"text": HOSTILE, "cites": [HOSTILE]}
    house.write(run, "classification", severity="P1", set_by=HOSTILE, reasons=[HOSTILE], level="High", was=None)
    about = {"statement": HOSTILE, "cause": "code bug", "component": HOSTILE}
    house.write(run, "hypothesis", **about, status="ruled out", support=[claim], against=[claim])
    house.incidents.hold(True, HOSTILE)
    proposal = {"action": "rollback", "service": HOSTILE, "summary": HOSTILE, "parameters": {"version": HOSTILE}}
    house.ask(run, {**proposal, "risk": HOSTILE, "undo": HOSTILE})
    sent = {"port": "publish_status", "arguments": {"text": HOSTILE}, "done": True, "detail": ""}
    words = dict.fromkeys(("service_name", "impact", "current_action", "next_update"), HOSTILE)
    house.write(
        run, "outbound", "support_responder", "update_status_page", **sent, fields={**words, "status": "Identified"}
    )
    await expect(page.locator("#q-test .ask")).to_contain_text("<script>alert(2)</script>")
    for path in await all_pages(house, run):
        await visitor.open(f"{house.url}{path}")
    assert visitor.complaints == []


@pytest.mark.long
async def test_all_is_done_with_the_keyboard(browser: Browser, house: House) -> None:
    run = await played(house, "question")
    visitor = await visit(browser)
    page = await visitor.open(house.page_of(run))
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("a")
    await expect(page.locator("#questions").get_by_label("Your name")).to_be_focused()
    await page.keyboard.type("night shift")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#lines").get_by_text("approves")).to_be_visible()
    assert visitor.complaints == []


@pytest.mark.long
async def test_the_page_is_complete_without_scripts(browser: Browser, house: House) -> None:
    run = await played(house, "question")
    visitor = await visit(browser, scripts=False)
    page = await visitor.open(house.page_of(run))
    await page.locator("#questions").get_by_label("Your name").fill("night shift")
    await page.get_by_role("button", name="approve", exact=True).click()
    house.go_on()
    await expect(page.locator("#lines li", has_text="night shift").last).to_be_visible()
    assert await page.locator("#lines li").count() > 10


@pytest.mark.long
async def test_times_are_shown_as_they_are_where_one_is(browser: Browser, house: House) -> None:
    run = await played(house, "question")
    visitor = await visit(browser)
    page = await visitor.open(house.page_of(run))
    before = await page.locator("#lines time").first.text_content()
    await page.locator("#zone").click()
    await expect(page.locator("#zone")).to_contain_text("Europe/Berlin")
    assert await page.locator("#lines time").first.text_content() != before


@pytest.mark.long
async def test_a_page_is_painted_before_its_scripts_touch_it(browser: Browser, house: House) -> None:
    run = await played(house, "question")
    visitor = await visit(browser)
    page = await visitor.context.new_page()
    await page.add_init_script(
        "self.frames_wanted = []; self.requestAnimationFrame = (call) => frames_wanted.push(call)"
    )
    await page.goto(house.page_of(run))
    await page.wait_for_function("frames_wanted.length > 0")
    assert await page.evaluate("document.getElementById('zone').hidden && !document.querySelector('time[title]')")
    read_out = page.locator("#charts .heard table").first
    await expect(read_out).to_be_hidden()
    await page.evaluate("frames_wanted.forEach((call) => call(0))")
    await expect(page.locator("#zone")).to_be_visible()
    await expect(read_out).to_be_visible()
    await expect(page.locator("#connection")).to_have_text("Live")
