"""A browser, and a Warroom to look at; skipped where there is none."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.e2e.house import CHROMIUM, House, a_browser, open_house


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}: apt-get install chromium")
    async with a_browser() as browser:
        yield browser


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as house:
        yield house
