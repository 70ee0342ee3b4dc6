"""There are never more connections than can be served; who has waited longest goes first, and nobody who is served."""

import resource
from typing import Any

import pytest

from api.serving import open_connections
from api.serving.open_connections import Bounds, OpenConnections, address_of, allow_more_files, room_for_connections


class Somebody:
    """A connection that notes whether it was sent away."""

    def __init__(self, address: str = "") -> None:
        self.address = address
        self.is_gone = False

    def send_away(self) -> None:
        self.is_gone = True


def entered(connections: OpenConnections, *addresses: str) -> list[Somebody]:
    guests = [Somebody(address) for address in addresses]
    for guest in guests:
        connections.enter(guest)
    return guests


def test_the_one_that_has_waited_longest_goes_for_another() -> None:
    connections = OpenConnections(Bounds(most=3))
    first, second, third = entered(connections, "", "", "")
    connections.wait(first)  # its first request was answered, and it waits for the next one
    assert connections.make_room("")
    assert (first.is_gone, second.is_gone, third.is_gone) == (False, True, False)
    assert connections.number == 2
    assert connections.make_room("")
    assert not third.is_gone


def test_nobody_who_is_served_goes() -> None:
    connections = OpenConnections(Bounds(most=2))
    served, other = entered(connections, "", "")
    connections.work(served)
    connections.work(other)
    assert not connections.make_room("")
    connections.wait(other)
    assert connections.make_room("")
    assert (served.is_gone, other.is_gone) == (False, True)


def test_an_address_has_its_share_and_takes_nobody_else_s() -> None:
    connections = OpenConnections(Bounds(per_address=2))
    other, first, second = entered(connections, "198.51.100.1", "203.0.113.9", "203.0.113.9")
    assert connections.make_room("203.0.113.9")
    assert (other.is_gone, first.is_gone, second.is_gone) == (False, True, False)
    connections.work(second)
    entered(connections, "203.0.113.9")
    assert connections.make_room("203.0.113.9")
    assert not second.is_gone


def test_who_counts_for_nobody_has_no_share() -> None:
    connections = OpenConnections(Bounds(per_address=1))
    guests = entered(connections, *[""] * 20)
    assert connections.make_room("")
    assert not any(guest.is_gone for guest in guests)


def test_who_has_left_is_forgotten() -> None:
    connections = OpenConnections(Bounds())
    (guest,) = entered(connections, "203.0.113.9")
    for _ in range(2):
        connections.leave(guest)
    connections.wait(guest)
    assert connections.number == 0
    assert not connections.send_one_away()


def test_all_who_wait_go_at_the_end() -> None:
    connections = OpenConnections(Bounds())
    waiting, served = entered(connections, "a", "b")
    connections.work(served)
    connections.send_all_away()
    assert (waiting.is_gone, served.is_gone) == (True, False)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", ""),
        ("127.9.9.9", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
    ],
)
def test_a_connection_counts_for_the_address_that_it_comes_from(host: str, address: str) -> None:
    assert address_of(host) == address


@pytest.mark.parametrize(
    ("files", "room"), [(20, 8), (256, 192), (1024, 768), (20_000, 15_000), (resource.RLIM_INFINITY, 16_384)]
)
def test_connections_leave_files_for_others(files: int, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_connections.resource, "getrlimit", lambda _: (files, files))  # pyright: ignore
    assert room_for_connections() == room
    connections = OpenConnections(Bounds(most=10_000))
    guests = entered(connections, *[""] * min(room, 10_000))
    assert connections.make_room("")
    assert guests[0].is_gone


@pytest.mark.parametrize(
    ("limits", "asked"),
    [
        ((1024, 20_000), [(16_384, 20_000)]),
        ((1024, 4096), [(4096, 4096)]),
        ((1024, resource.RLIM_INFINITY), [(16_384, resource.RLIM_INFINITY)]),
        ((256, 256), []),
        ((20_000, 20_000), []),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), []),
    ],
)
def test_as_many_files_are_asked_for_as_are_wanted_and_allowed(
    limits: tuple[int, int], asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(open_connections.resource, "getrlimit", lambda _: limits)  # pyright: ignore
    monkeypatch.setattr(open_connections.resource, "setrlimit", lambda _, new: told.append(new))  # pyright: ignore
    allow_more_files()
    assert told == asked
