"""Deciding on a run's page: with many tabs open, with the keyboard alone, on a phone, and what stands where."""

import pytest
from playwright.async_api import Browser, Page, expect

from agents.io.clock import RealClock
from tests.e2e.house import DESKTOP, LAPTOP, PHONE, House, Visitor, visit

ANSWERED = "#lines li:has-text('approves')"


@pytest.fixture
async def asked(house: House) -> str:
    """A run that waits for an approval."""
    run = house.begin()
    await house.until(run, "question")
    return run


async def name_given(visitor: Visitor, house: House) -> None:
    """Somebody who gave their name on this browser before."""
    page = await visitor.open(house.url)
    await page.evaluate("localStorage.setItem('name', 'night shift')")
    await page.close()


async def live_streams(pages: list[Page]) -> int:
    return sum([await page.locator("#connection.live").count() for page in pages])


async def test_with_twelve_tabs_open_an_approval_goes_through(browser: Browser, house: House, asked: str) -> None:
    visitor = await visit(browser)
    await name_given(visitor, house)
    pages = [await visitor.open(house.page_of(asked)) for _ in range(12)]
    await expect(pages[-1].locator("#connection")).to_have_text("Live")
    first = pages[0]
    await expect(first.locator("#connection")).to_have_class("resting")
    assert await live_streams(pages) == 2
    await first.get_by_role("button", name="approve", exact=True).click()
    await expect(first.locator(ANSWERED)).to_be_visible()
    await expect(first.locator("#connection")).to_have_text("Live")
    await expect(pages[1].locator(ANSWERED)).to_have_count(1)
    assert visitor.complaints == []


async def test_a_page_that_is_closed_leaves_its_turn_to_another(browser: Browser, house: House, asked: str) -> None:
    visitor = await visit(browser)
    pages = [await visitor.open(house.page_of(asked)) for _ in range(3)]
    await expect(pages[0].locator("#connection")).to_have_class("resting")
    await pages[2].close()
    await expect(pages[0].locator("#connection")).to_have_text("Live")


async def test_from_login_to_approval_with_the_keyboard_alone(browser: Browser, house: House, asked: str) -> None:
    _, key = house.incidents.api_keys(RealClock()).create("Ada", ["read", "answer"])
    visitor = await visit(browser)
    page = await visitor.open(f"{house.url}/login?next=/runs/{asked}")
    await page.keyboard.press("Tab")
    while await page.evaluate("document.activeElement.name") != "key":
        await page.keyboard.press("Tab")
    await page.keyboard.type(key)
    await page.keyboard.press("Enter")
    await expect(page.locator("#questions").get_by_text("As Ada")).to_be_visible()
    await expect(page.locator("#connection")).to_have_text("Live")
    await page.keyboard.press("a")
    await expect(page.get_by_role("button", name="approve", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#lines li", has_text="approves")).to_contain_text("Ada")
    assert visitor.complaints == []


async def test_keys_walk_through_what_happened_and_search_it(browser: Browser, house: House, asked: str) -> None:
    visitor = await visit(browser)
    page = await visitor.open(house.page_of(asked))
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_hidden()
    await page.keyboard.press("j")
    last = await page.evaluate("document.activeElement.href")
    await page.keyboard.press("k")
    assert await page.evaluate("document.activeElement.href") != last
    await page.keyboard.press("/")
    await page.keyboard.type("rollback")
    await page.keyboard.press("Enter")
    await expect(page.locator("#finder > summary")).to_contain_text("found")
    lines = await page.locator("#lines li").all_text_contents()
    assert lines
    assert all("rollback" in line.lower() for line in lines)
    assert visitor.complaints == []


async def test_on_a_phone_two_taps_approve(browser: Browser, house: House, asked: str) -> None:
    visitor = await visit(browser, PHONE)
    await name_given(visitor, house)
    page = await visitor.open(house.page_of(asked))
    approve = page.get_by_role("button", name="approve", exact=True)
    await page.locator("#answers a.asks").tap()
    await expect(approve).to_be_in_viewport(ratio=1)
    await approve.tap()
    await expect(page.locator(ANSWERED)).to_be_visible()
    assert visitor.complaints == []


@pytest.mark.parametrize("size", [DESKTOP, LAPTOP, PHONE])
async def test_the_first_screen_answers_the_five_questions(
    browser: Browser, house: House, asked: str, size: tuple[int, int]
) -> None:
    visitor = await visit(browser, size)
    page = await visitor.open(house.page_of(asked))
    await expect(page.locator("#standing h1")).to_have_text("P0 sign-in is down: every request fails")
    said = page.locator("#answers")
    for words in ("5.19.0 of sign-in", "users of sign-in", "Since ", "is proposed; nothing is changed", "Approve or"):
        await expect(said.locator("dd", has_text=words).first).to_be_in_viewport(ratio=1)
    for tile in await said.locator(".tile .curve").all():
        await expect(tile).to_be_in_viewport(ratio=1)
    assert await page.evaluate("document.documentElement.scrollHeight") <= 4 * size[1]
    assert visitor.complaints == []


async def test_a_hidden_page_holds_no_stream(browser: Browser, house: House, asked: str) -> None:
    visitor = await visit(browser)
    page = await visitor.open(house.page_of(asked))
    await expect(page.locator("#connection")).to_have_text("Live")
    hide = "Object.defineProperty(document, 'hidden', { value: %s, configurable: true });"
    tell = "document.dispatchEvent(new Event('visibilitychange'))"
    await page.evaluate((hide % "true") + tell)
    await expect(page.locator("#connection")).to_have_class("resting")
    await page.evaluate((hide % "false") + tell)
    await expect(page.locator("#connection")).to_have_text("Live")


async def test_two_people_see_one_another_and_the_answer_of_one_at_once(
    browser: Browser, house: House, asked: str
) -> None:
    ada, nameless = await visit(browser), await visit(browser, PHONE)
    first = await ada.open(house.url)
    await first.evaluate("localStorage.setItem('name', 'Ada')")
    await first.goto(house.page_of(asked))
    await expect(first.locator("#looking")).to_be_hidden()
    second = await nameless.open(house.page_of(asked))
    await expect(second.locator("#looking")).to_have_text("Ada is looking too")
    await expect(first.locator("#looking")).to_have_text("1 other person is looking too")
    await first.get_by_role("button", name="approve", exact=True).click()
    await expect(second.locator(ANSWERED)).to_contain_text("Ada")
    await expect(second.get_by_role("button", name="approve", exact=True)).to_have_count(0)
    await ada.context.close()
    await expect(second.locator("#looking")).to_be_hidden()
    assert ada.complaints + nameless.complaints == []
