"""Runs llama.cpp's server with one model on a free port of loopback until standard input ends; prints its address."""

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def main() -> None:
    """Serve."""
    library: Any = import_module("xllamacpp")  # in a folder that only this process is told of
    asked = argparse.ArgumentParser()
    asked.add_argument("model")
    asked.add_argument("template", type=Path)
    asked.add_argument("context", type=int)
    asked.add_argument("key")
    given = asked.parse_args()
    params = library.CommonParams()
    params.model.path = given.model
    params.chat_template = given.template.read_text(encoding="utf-8")
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_ctx, params.n_parallel = given.context, 1
    # Several threads wait for each other at every step: on a busy machine one alone is many times quicker.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.api_keys = [given.key]
    params.warmup = params.ui = False
    server = library.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
