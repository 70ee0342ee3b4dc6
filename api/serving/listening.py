"""Listening: the port, taken before anything else begins, and whom it lets in."""

import ipaddress
import socket

HOST = "127.0.0.1"
HIGHEST = 65535
PENDING = 1024
"""Connections that the system keeps until we accept them; others would try again only after a second."""


class PortTaken(Exception):
    """The port cannot be had."""


class Unguarded(Exception):
    """Others could reach this Warroom and decide: make a key first with `warroom keys create`, or leave out --host."""


def listen(port: int, host: str = HOST) -> socket.socket:
    """Take the port, 0 for any that is free. Raises PortTaken."""
    if not 0 <= port <= HIGHEST:
        raise PortTaken(f"port {port}: there are ports from 0 to {HIGHEST}; choose another with --port")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=PENDING)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each connection takes it over from here
        return listening
    except OSError as error:
        raise PortTaken(f"port {port} of {host}: {error.strerror}; choose another with --port") from error


def is_local(listening: socket.socket) -> bool:
    """Whether nothing but this machine can reach it."""
    return ipaddress.ip_address(listening.getsockname()[0]).is_loopback


def address(listening: socket.socket) -> str:
    """Where the server can be reached."""
    bound, port = listening.getsockname()[:2]
    if ipaddress.ip_address(bound).is_unspecified:
        bound = HOST
    return f"http://[{bound}]:{port}" if ":" in bound else f"http://{bound}:{port}"
