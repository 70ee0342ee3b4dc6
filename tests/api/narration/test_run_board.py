"""The half-second cache of the board."""

import asyncio

import pytest

from api.narration.run_board import FRESH_SECONDS, TtlCache


async def test_a_copy_is_given_again_until_it_is_no_longer_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    cache, written, now = TtlCache(), [0], 1000.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)

    async def write() -> str:
        written[0] += 1
        return f"text {written[0]}"

    assert [await cache.of("a", write) for _ in range(2)] == ["text 1", "text 1"]
    assert await cache.of("b", write) == "text 2"
    now += FRESH_SECONDS * 0.9
    assert await cache.of("a", write) == "text 1"
    now += FRESH_SECONDS * 0.2
    assert await cache.of("a", write) == "text 3"
