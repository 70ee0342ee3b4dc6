"""Listening: what every connection takes over from the port."""

import socket

from api.serving.listening import listen


def test_small_answers_are_sent_at_once() -> None:
    with listen(0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
