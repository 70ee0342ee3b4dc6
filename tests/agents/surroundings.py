"""An environment without what the machine of the tests says of proxies and certificates."""

import os

import pytest

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir", "request_method")
LIBRARIES = ("OPENAI_", "LANGSMITH_", "LANGCHAIN_")


def emptied(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take all of it out of the environment, for one test."""
    for name in list(os.environ):
        if name.lower() in NAMES or name.startswith(LIBRARIES):
            monkeypatch.delenv(name)
    return monkeypatch
