"""Tracing: langchain's own, which the environment can turn on, sends nothing of a run anywhere."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

PLAYED = """
from pydantic import SecretStr
from agents.llm.client import OpenAIChatModel
from agents.io.settings import Settings
from evals.playing.play import play
from evals.scenarios.loading import load
import sys, langsmith.run_trees
settings = Settings.model_validate({"openai_api_key": SecretStr("none"), "openai_base_url": sys.argv[1]})
print(play(load("north_wind"), model=OpenAIChatModel(settings)).facts.status)
client = langsmith.run_trees._CLIENT
if client:
    client.flush()
"""


class Heard(list[str]):
    """The addresses that anything was posted to."""


@pytest.fixture
def listener() -> Iterator[tuple[str, Heard]]:
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.path)
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(503)
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


ASKED = """
import asyncio, sys, langsmith.run_trees
from pydantic import SecretStr
from agents.llm.client import ModelFault, OpenAIChatModel, ModelRequest
from agents.io.settings import Settings
settings = Settings.model_validate({"openai_api_key": SecretStr("none"), "openai_base_url": sys.argv[1]})
question = ModelRequest(strength="quick", messages=[{"role": "user", "content": "What is it?"}], tools=[])
try:
    asyncio.run(OpenAIChatModel(settings).answer(question))
except ModelFault:
    print("closed")
client = langsmith.run_trees._CLIENT
if client:
    client.flush()
"""
"""A question beside any run, as the exams of single duties ask it."""


@pytest.mark.parametrize("program", [PLAYED, ASKED], ids=["a run", "a question"])
def test_nothing_is_traced_whatever_the_environment_says(listener: tuple[str, Heard], program: str) -> None:
    url, heard = listener
    told = {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "none", "LANGSMITH_ENDPOINT": f"{url}/langsmith"}
    ran = subprocess.run(
        [sys.executable, "-c", program, f"{url}/v1"],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout.strip() == "closed", ran.stderr
    assert {path for path in heard if path.startswith("/v1/")}, "the model was asked"
    assert [path for path in heard if path.startswith("/langsmith")] == []
