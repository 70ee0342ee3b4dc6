"""Where the server is that commands speak to, and how a command that we suggest names it."""

URL = "http://127.0.0.1:8321"
"""Where it is unless another address is given."""


def server_named(url: str) -> list[str]:
    """What a command that we suggest says of the server: nothing where it is the usual one."""
    return [] if url.rstrip("/") == URL else ["--url", url]
