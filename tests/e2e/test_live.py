"""Watching and deciding in a real browser."""

import asyncio

import pytest
from playwright.async_api import Browser, Page, expect

from api.pages.timeline import LINES_AT_ONCE
from graphs.intake.incident_service import IncidentService
from tests.e2e.house import PHONE, House, open_house, visit


async def told(page: Page) -> list[str]:
    """The lines of a page."""
    return [" ".join(text.split()) for text in await page.locator("#lines li").all_text_contents()]


def number_of_lines(incidents: IncidentService, run: str) -> int:
    from api.narration.run_board import RunBoard

    board = RunBoard()
    return sum(not board.take_in(event).line.detail for event in incidents.transcript(run))


async def decide(page: Page, answer: str, comment: str = "") -> None:
    await expect(page.locator("#connection")).to_have_class("live")
    form = page.locator("#questions form")
    await form.get_by_label("Your name").fill("night shift")
    await form.get_by_label("Comment").fill(comment)
    await form.get_by_role("button", name=answer, exact=True).click()


async def test_a_p0_from_alert_to_post_mortem_with_an_approval(browser: Browser, house: House) -> None:
    early, late = await visit(browser), await visit(browser, PHONE, "dark")
    page = await early.open(house.url)
    await expect(page.get_by_text("There is no run yet")).to_be_visible()
    run = house.begin()
    page = await early.open(house.page_of(run))
    await house.until(run, "question")
    await expect(page.locator("#questions form")).to_be_visible()
    await decide(page, "approve", "Go ahead.")
    house.go_on()
    await house.until(run, "closed")
    await expect(page.locator("#connection")).to_have_text("The run is over.")
    await expect(page.locator("#post-mortem > summary")).to_be_visible()
    other = await late.open(house.page_of(run))
    lines = await told(page)
    assert len(lines) == number_of_lines(house.incidents, run)
    assert lines == await told(other)
    assert any("night shift approves. Go ahead." in line for line in lines)
    assert early.complaints + late.complaints == []


@pytest.mark.long
async def test_a_refusal_leads_back_to_the_investigation(browser: Browser, house: House) -> None:
    visitor = await visit(browser)
    run = house.begin()
    page = await visitor.open(house.page_of(run))
    await house.until(run, "question")
    await decide(page, "refuse", "Not now.")
    await expect(page.locator("#lines").get_by_text("refuses. Not now.")).to_be_visible()
    house.go_on()
    await expect(page.locator("#lines").get_by_text("back to investigation")).to_be_visible()
    assert visitor.complaints == []


@pytest.mark.long
async def test_two_watchers_one_decides_and_the_other_is_told(browser: Browser, house: House) -> None:
    run = house.begin()
    await house.until(run, "question")
    quick, slow = await visit(browser), await visit(browser, PHONE)
    one, other = await quick.open(house.page_of(run)), await slow.open(house.page_of(run))
    await other.locator("#questions").get_by_label("Comment").fill("Let me think")
    await decide(one, "approve")
    await expect(other.locator("#questions .gone")).to_contain_text("meanwhile")
    await expect(other.locator("#questions button").first).to_be_disabled()
    assert quick.complaints + slow.complaints == []


@pytest.mark.long
async def test_a_dropped_stream_is_taken_up_again_and_nothing_is_seen_twice(browser: Browser, house: House) -> None:
    visitor = await visit(browser)
    run = house.begin()
    await house.until(run, "question")
    page = await visitor.open(house.page_of(run))
    await expect(page.locator("#connection")).to_have_class("live")
    house.drop_streams()
    await expect(page.locator("#connection")).to_have_class("lost")
    house.write(run, "note", by="day shift", text="while nobody was connected")
    await expect(page.locator("#lines").get_by_text("while nobody was connected")).to_have_count(1)
    await expect(page.locator("#connection")).to_have_class("live")
    assert len(await told(page)) == number_of_lines(house.incidents, run)
    assert visitor.complaints == []


@pytest.mark.long
async def test_what_is_opened_stays_open_while_the_page_lives(browser: Browser, house: House) -> None:
    visitor = await visit(browser)
    run = house.begin()
    await house.until(run, "question")
    page = await visitor.open(house.page_of(run))
    await page.locator("#lanes > summary").click()
    work = page.locator("#lane-backend_architect .work").first
    await work.locator("summary").first.click()
    await work.locator(".call summary").first.click()
    await expect(work.locator(".call pre").first).to_be_visible()
    house.write(run, "note", by="day shift", text="something new")
    await expect(page.locator("#lines").get_by_text("something new")).to_be_visible()
    await asyncio.sleep(2)
    await expect(work.locator(".call pre").first).to_be_visible()
    assert visitor.complaints == []


@pytest.mark.long
async def test_ten_thousand_events_on_one_page_stay_usable(browser: Browser) -> None:
    async with open_house(speed=1) as house:
        run = house.begin()
        for number in range(10_000):
            house.write(run, "note", by="on-call", text=f"note {number}")
        visitor = await visit(browser, PHONE)
        page = await visitor.open(house.page_of(run))
        await expect(page.locator("#lines").get_by_text("note 9999", exact=False)).to_be_visible()
        await page.get_by_role("link", name="Older lines").click()
        await expect(page.locator("#lines li")).not_to_have_count(LINES_AT_ONCE)
        for number in range(10_000, 11_000):
            house.write(run, "note", by="on-call", text=f"note {number}")
        await expect(page.locator("#lines").get_by_text("note 10999")).to_be_visible()
        assert visitor.complaints == []


async def test_what_a_model_is_saying_stands_in_its_lane_until_the_duty_is_done(browser: Browser, house: House) -> None:
    visitor = await visit(browser)
    run = house.begin()
    await house.until(run, "question")
    house.write(run, "duty_started", "backend_architect", "investigate", summary="Look at the errors.", rows=["S2.2"])
    page = await visitor.open(house.page_of(run))
    await page.locator("#lanes > summary").click()
    saying = page.locator("[data-duty='backend_architect/investigate'].busy .saying")
    await expect(page.locator("#connection")).to_have_text("Live")
    word_listener = house.incidents.live.word_listener(run, "backend_architect", "investigate")
    assert word_listener, "somebody watches"
    word_listener("The error rate <img src=x onerror=alert(1)> ")
    word_listener("rose at 02:51.")
    await expect(saying).to_have_text("The error rate <img src=x onerror=alert(1)> rose at 02:51.")
    word_listener("x" * 5000)
    await expect(saying).to_have_text("x" * 400)
    house.write(run, "note", text="Something else happens.", by="night shift")
    await expect(page.locator("#lines").get_by_text("Something else happens.")).to_be_visible()
    await expect(saying).to_have_text("x" * 400)
    assert visitor.complaints == []


@pytest.mark.long
async def test_on_paper_there_is_the_post_mortem_and_nothing_to_click(browser: Browser, house: House) -> None:
    visitor = await visit(browser)
    run = house.begin()
    await house.until(run, "question")
    house.answer(run, "approve")
    await house.until(run, "closed")
    page = await visitor.open(f"{house.page_of(run)}/post-mortem")
    await page.emulate_media(media="print")
    for screen_only in ("nav", ".noprint", ".skip"):
        await expect(page.locator(screen_only).first).to_be_hidden()
    for heading in ("1. Timeline", "2. Root cause", "3. Impact", "4. Prevention", "5. Action items"):
        await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert await page.locator("details:not([open]):not(.noprint)").count() == 0
    paper = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    assert visitor.complaints == []
