"""Live words: who watches hears a model speak; nobody else pays for it."""

import asyncio

from graphs.transcript.live_words import MOST_UNHEARD, LiveWords, Words


async def first(live: LiveWords, run: str, heard: list[Words], most: int) -> None:
    async for words in live.watch(run):
        heard.append(words)
        if len(heard) == most:
            return


async def test_a_watcher_hears_the_words_as_they_come() -> None:
    live, heard = LiveWords(), list[Words]()
    watching = asyncio.create_task(first(live, "run-1", heard, 2))
    await asyncio.sleep(0)
    word_listener = live.word_listener("run-1", "backend_architect", "investigate")
    assert word_listener is not None
    word_listener("The database ")
    word_listener("is slow.")
    await watching
    assert heard == [Words("backend_architect", "investigate", text) for text in ("The database ", "is slow.")]


async def test_where_nobody_watches_nothing_is_streamed() -> None:
    live = LiveWords()
    watching = asyncio.create_task(first(live, "run-1", [], 1))
    await asyncio.sleep(0)
    assert live.word_listener("run-2", "api_tester", "run_regression") is None
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert live.word_listener("run-1", "api_tester", "run_regression") is None


async def test_a_watcher_who_falls_behind_misses_words_and_holds_up_nobody() -> None:
    live, heard = LiveWords(), list[Words]()
    watching = asyncio.create_task(first(live, "run-1", heard, MOST_UNHEARD))
    await asyncio.sleep(0)
    word_listener = live.word_listener("run-1", "api_tester", "run_regression")
    assert word_listener is not None
    for number in range(2 * MOST_UNHEARD):
        word_listener(str(number))
    await watching
    assert heard[-1].text == str(MOST_UNHEARD - 1)


async def test_watchers_are_let_go() -> None:
    live = LiveWords()
    watching = asyncio.create_task(first(live, "run-1", [], 1))
    await asyncio.sleep(0)
    live.stop()
    await watching
    assert live.word_listener("run-1", "api_tester", "run_regression") is None
