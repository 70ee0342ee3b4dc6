"""Servers on loopback that answer as no system should: without end, a byte at a time, or with something else."""

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
Say = Callable[[socket.socket, Event], None]


def endless(connection: socket.socket, over: Event) -> None:
    """Send a list of numbers that never ends."""
    connection.sendall(HEAD + b"[")
    for number in count():
        if over.is_set():
            return
        connection.sendall(f"{number},".encode() * 10_000)


def trickling(connection: socket.socket, over: Event) -> None:
    """Send a blank every now and then, often enough that no single wait is too long."""
    connection.sendall(HEAD)
    while not over.wait(0.02):
        connection.sendall(b" ")


@contextmanager
def badly_behaved(say: Say) -> Generator[str]:
    """Answer every connection in this way while the block runs; gives the address."""
    over = Event()
    listening = socket.create_server(("127.0.0.1", 0))
    threads: list[Thread] = []

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65536)
                say(connection, over)
            except OSError:
                return  # the client has hung up

    def accept() -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threads.append(Thread(target=answer, args=(connection,), daemon=True))
            threads[-1].start()

    accepting = Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for thread in (accepting, *threads):
            thread.join(5)
