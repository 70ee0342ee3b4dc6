"""The Chromium driver, with a browser where there is one, and without."""

import hashlib
from pathlib import Path
from shutil import which

import pytest

from agents.io.clock import VirtualClock
from agents.readings.production import Screenshot
from agents.tools.drivers.chromium import Chromium, visible_text
from agents.tools.port import Unanswered
from tests.agents.tools.conftest import Serve

PAGE = "<html><head><title>Shop</title><script>var hidden = 1</script></head><body>All <b>well</b></body></html>"


def kept(taken: Screenshot) -> bytes:
    return Path(taken.file).read_bytes()


@pytest.mark.skipif(not which("chromium"), reason="there is no chromium here")
async def test_a_page_is_photographed(serve: Serve, clock: VirtualClock, tmp_path: Path) -> None:
    server = serve(lambda path: (200, PAGE))
    entry = {"url": server.url, "folder": str(tmp_path), "expected_text": "All well"}
    taken = await Chromium(entry, clock).screenshot("check/out")
    picture = kept(taken)
    assert picture.startswith(b"\x89PNG")
    assert hashlib.sha256(picture).hexdigest() == taken.sha256
    assert Path(taken.file).name == "20260302T120000000000-check_out.png"
    assert taken.shows == "A plain request got HTTP 200; the page reads: Shop All well"
    assert (taken.is_picture, taken.looks_healthy) == (True, True)


async def test_without_a_browser_the_response_is_kept_and_said_to_be_no_picture(
    serve: Serve, clock: VirtualClock, tmp_path: Path
) -> None:
    server = serve(lambda path: (200, PAGE))
    entry = {"url": server.url, "folder": str(tmp_path), "binary": "no-such-browser"}
    taken = await Chromium(entry, clock).screenshot("checkout")
    assert not taken.is_picture
    assert taken.shows.startswith("No screenshot: no browser at hand")
    assert kept(taken).decode() == PAGE
    assert taken.looks_healthy


async def test_an_error_page_does_not_look_healthy(serve: Serve, clock: VirtualClock, tmp_path: Path) -> None:
    server = serve(lambda path: (502, PAGE))
    entry = {"url": server.url, "folder": str(tmp_path), "binary": "no-such-browser", "expected_text": "All well"}
    assert not (await Chromium(entry, clock).screenshot("checkout")).looks_healthy


async def test_a_page_without_the_expected_words_does_not_look_healthy(
    serve: Serve, clock: VirtualClock, tmp_path: Path
) -> None:
    server = serve(lambda path: (200, PAGE))
    entry = {"url": server.url, "folder": str(tmp_path), "binary": "no-such-browser", "expected_text": "Welcome"}
    assert not (await Chromium(entry, clock).screenshot("checkout")).looks_healthy


async def test_no_browser_and_no_answer_is_a_failure(clock: VirtualClock, tmp_path: Path) -> None:
    entry = {"url": "http://127.0.0.1:9/", "folder": str(tmp_path), "binary": "no-such-browser"}
    with pytest.raises(Unanswered, match="ConnectError"):
        await Chromium(entry, clock).screenshot("checkout")


def test_an_address_that_is_not_of_the_web_is_refused(clock: VirtualClock) -> None:
    with pytest.raises(ValueError, match="url"):
        Chromium({"url": "file:///etc/passwd"}, clock)


def test_scripts_and_styles_are_not_what_a_page_reads() -> None:
    assert visible_text("<style>b{}</style><p>one<script>two</script> three") == "one three"
