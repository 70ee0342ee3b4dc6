"""The distance to a server passes everything on in both directions, no sooner than its time, and counts who waits."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.distance import Distance

MILLISECONDS = 30
ASK, ANSWER = b"ask!", b"answer"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Starts a server for one client; gives its socket's path."""
    listening = socket.socket(socket.AF_UNIX)
    path = str(tmp_path / "s")
    listening.bind(path)
    listening.listen()

    def start(serve: Callable[[socket.socket], None]) -> str:
        def take() -> None:
            client, _ = listening.accept()
            with closing(client):
                serve(client)

        threading.Thread(target=take, daemon=True).start()
        return path

    yield start
    listening.close()


@pytest.fixture
def to_server() -> Iterator[Callable[[str], tuple[socket.socket, Distance]]]:
    """Connects to a server that is so far away."""
    opened: list[socket.socket | Distance] = []

    def connect(path: str) -> tuple[socket.socket, Distance]:
        distance = Distance(path, MILLISECONDS)
        distance.open()
        client = socket.create_connection(("127.0.0.1", distance.port), timeout=30)
        opened.extend((client, distance))
        return client, distance

    yield connect
    for part in opened:
        part.close()


def read(source: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size and (more := source.recv(size - len(got))):
        got += more
    return got


Serve = Callable[[Callable[[socket.socket], None]], str]
Connect = Callable[[str], tuple[socket.socket, Distance]]


def test_all_bytes_arrive_in_order_in_both_directions(server: Serve, to_server: Connect) -> None:
    sent = bytes(range(256)) * 8_000

    def turn_round(client: socket.socket) -> None:
        client.sendall(read(client, len(sent))[::-1])

    client, _ = to_server(server(turn_round))
    client.sendall(sent)
    assert read(client, len(sent)) == sent[::-1]
    assert client.recv(1) == b""  # the server has gone, and so has the connection


def test_an_answer_takes_no_less_than_the_way_there_and_back(server: Serve, to_server: Connect) -> None:
    def answer(client: socket.socket) -> None:
        while read(client, len(ASK)):
            client.sendall(ANSWER)

    client, distance = to_server(server(answer))
    for asked in (1, 2, 3):
        begun = time.monotonic()
        client.sendall(ASK)
        assert read(client, len(ANSWER)) == ANSWER
        assert time.monotonic() - begun >= MILLISECONDS / 1000
        assert distance.round_trips == asked


def test_what_is_sent_without_waiting_for_an_answer_is_one_round_trip(server: Serve, to_server: Connect) -> None:
    has_come = threading.Semaphore(0)

    def answer_the_third(client: socket.socket) -> None:
        for _ in range(3):
            read(client, len(ASK))
            has_come.release()
        client.sendall(ANSWER)

    client, distance = to_server(server(answer_the_third))
    for _ in range(3):
        client.sendall(ASK)
        assert has_come.acquire(timeout=30)
    assert read(client, len(ANSWER)) == ANSWER
    assert distance.round_trips == 1
