"""Listening: the port, taken before anything else begins, and never on more than this machine."""

import socket

HOST = "127.0.0.1"
HIGHEST = 65535


class PortTaken(Exception):
    """The port cannot be had."""


def listen(port: int) -> socket.socket:
    """Take the port, 0 for any that is free. Raises PortTaken."""
    if not 0 <= port <= HIGHEST:
        raise PortTaken(f"port {port}: there are ports from 0 to {HIGHEST}; choose another with --port")
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise PortTaken(f"port {port} of {HOST}: {error.strerror}; choose another with --port") from error


def address(listening: socket.socket) -> str:
    """Where the server can be reached."""
    return f"http://{HOST}:{listening.getsockname()[1]}"
