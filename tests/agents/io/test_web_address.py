"""Web addresses: which can be written down, and which may be called."""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.io.web_address import (
    METADATA,
    ForbiddenAddress,
    checked,
    is_allowed,
    is_of_this_machine,
    is_public,
    web_address,
)


@pytest.mark.parametrize(
    "text",
    [
        *("http://127.0.0.1:11434/v1", "https://api.openai.com/v1", "http://[::1]:8080/", "https://faß.example"),
        *("http://my_host:1/x?y=z", "https://user:word@host.example/hook", "http://host.example:65535"),
    ],
)
def test_an_address_is_taken_as_it_is_written(text: str) -> None:
    assert web_address(text) == web_address(f" {text}\n") == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "localhost:11434/v1",
            "host.example",
            "ftp://host.example",
            "//host.example",
            "http://",
            "http:///x",
        ),
        *("http://host:0/", "http://host:65536/", "http://host:x/", "http://[::1/", "http://a b/", "http://a/\x00"),
        *("http://a/b\nc", "http://" + "a" * 70 + ".example", "http://../", "file:///etc/passwd", "http://a\u202e/"),
        *("http://☃.example", "http://a" + "b" * 300 + "/", "http://exa\u0000mple"),
    ],
)
def test_what_cannot_be_called_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="expected an address such as https://"):
        web_address(text)


@given(st.text() | st.text().map(lambda text: f"http://{text}"))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        assert web_address(text) == text.strip()
    except ValueError as error:
        assert str(error).startswith("expected an address")  # noqa: PT017 - either outcome is right


LOOPBACK_V4 = st.integers(int(IPv4Address("127.0.0.0")), int(IPv4Address("127.255.255.255"))).map(IPv4Address)


def spellings(address: IPv4Address) -> list[str]:
    """The ways in which a loopback address is understood by whoever connects."""
    number = int(address)
    return [
        *(str(address), str(number), f"{number:#x}", f"0{number:o}", f"[::ffff:{address}]"),
        f"127.{number & 0xFFFFFF}",
    ]


@given(LOOPBACK_V4, st.integers(0, 5), st.sampled_from(["http", "https"]))
def test_a_loopback_address_is_this_machine_s_in_every_spelling(address: IPv4Address, which: int, scheme: str) -> None:
    assert is_of_this_machine(f"{scheme}://{spellings(address)[which]}:8080/v1")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "a.localhost", "[::1]", "0.0.0.0", "[::]"])
def test_so_are_its_names(host: str) -> None:
    assert is_of_this_machine(f"http://{host}:8080/v1")


@pytest.mark.parametrize("host", ["localhost.example", "notlocalhost", "api.openai.com", "10.0.0.1", "[fe80::1]"])
def test_other_hosts_are_not_this_machine(host: str) -> None:
    assert not is_of_this_machine(f"http://{host}:8080/v1")


@given((st.integers(0, 2**32 - 1).map(IPv4Address)) | (st.integers(0, 2**128 - 1).map(IPv6Address)))
@example(IPv6Address("::1"))
def test_an_address_is_this_machine_s_where_python_says_so(address: IPv4Address | IPv6Address) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    meant = mapped or address
    assert is_of_this_machine(f"http://{host}/") == (meant.is_loopback or meant.is_unspecified)


V4 = st.integers(0, 2**32 - 1).map(IPv4Address)
V6 = st.integers(0, 2**128 - 1).map(IPv6Address)
NOT_PUBLIC_V4 = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4"),
    *("240.0.0.0/4", "255.255.255.255/32", "168.63.129.16/32", "100.100.100.200/32", "169.254.169.254/32"),
]
NOT_PUBLIC_V6 = {
    "itself and none": "::/127",
    "IPv4-compatible": "::/96",
    "translated in one house": "64:ff9b:1::/48",
    "discarded": "100::/64",
    "Teredo": "2001::/32",
    "documentation": "2001:db8::/32",
    "6to4": "2002::/16",
    "more documentation": "3fff::/20",
    "segment routing": "5f00::/16",
    "of one house": "fc00::/7",
    "of one link": "fe80::/10",
    "of one site": "fec0::/10",
    "multicast": "ff00::/8",
    "not handed out": "4000::/2",
    "a cloud's metadata": "fd00:ec2::254/128",
}
STANDING_FOR: dict[str, Callable[[int], int]] = {
    "mapped": lambda inner: int(IPv6Address("::ffff:0:0")) | inner,
    "compatible": lambda inner: inner,
    "translated": lambda inner: int(IPv6Address("64:ff9b::")) | inner,
    "translated in one house": lambda inner: int(IPv6Address("64:ff9b:1::")) | inner,
    "6to4": lambda inner: int(IPv6Address("2002::")) | inner << 80,
    "Teredo": lambda inner: int(IPv6Address("2001::")) | (inner ^ 0xFFFFFFFF),
    "Teredo's server": lambda inner: int(IPv6Address("2001::")) | inner << 64,
}
"""How an IPv6 address holds an IPv4 address."""


def inside(network: IPv4Network | IPv6Network) -> st.SearchStrategy[IPv4Address | IPv6Address]:
    """Any address of a network; its first and last ones often."""
    first, last = int(network.network_address), int(network.broadcast_address)
    return (st.sampled_from([first, last]) | st.integers(first, last)).map(type(network.network_address))


@pytest.mark.parametrize("network", [*NOT_PUBLIC_V4, *NOT_PUBLIC_V6.values()])
@settings(max_examples=30)
@given(st.data())
def test_no_address_of_a_network_that_is_not_the_internet_s_is_public(network: str, data: st.DataObject) -> None:
    assert not is_public(data.draw(inside(ip_network(network))))


@pytest.mark.parametrize("how", STANDING_FOR)
def test_the_ends_of_a_network_that_is_not_public_are_not_public_where_another_address_stands_for_them(
    how: str,
) -> None:
    ends = [end for network in map(IPv4Network, NOT_PUBLIC_V4) for end in (network[0], network[-1])]
    assert [str(end) for end in ends if is_public(IPv6Address(STANDING_FOR[how](int(end))))] == []


@pytest.mark.parametrize("how", STANDING_FOR)
@settings(max_examples=60)
@given(inner=st.sampled_from(NOT_PUBLIC_V4).map(ip_network).flatmap(inside))
def test_an_address_that_stands_for_one_that_is_not_public_is_not_public(
    how: str, inner: IPv4Address | IPv6Address
) -> None:
    assert not is_public(IPv6Address(STANDING_FOR[how](int(inner))))


@given(V4 | V6)
def test_what_python_does_not_call_global_is_never_public(address: IPv4Address | IPv6Address) -> None:
    translated = address in IPv6Network("64:ff9b::/96") if address.version == 6 else False
    if is_public(address) and not translated:
        assert address.is_global
        assert not (address.is_multicast or address.is_link_local or address.is_unspecified)


@given(V4)
def test_what_python_calls_global_is_public_but_for_a_few(address: IPv4Address) -> None:
    odd = [ip_network(one) for one in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4")]
    assert is_public(address) == (address.is_global and not any(address in network for network in odd))


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "168.63.129.15", "168.63.129.17", "172.15.255.255", "172.32.0.0", "223.255.255.255"),
        *("2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "2620:fe::fe", "3ffe:ffff::1"),
        *("::ffff:8.8.8.8", "64:ff9b::808:808"),
    ],
)
def test_what_is_the_internet_s_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(V4)
def test_an_ipv4_address_is_judged_the_same_where_it_is_mapped(address: IPv4Address) -> None:
    mapped = IPv6Address(STANDING_FOR["mapped"](int(address)))
    assert is_public(mapped) == is_public(address)
    assert is_allowed(mapped, [IPv4Network("10.0.0.0/8")]) == (address in IPv4Network("10.0.0.0/8"))


@pytest.mark.parametrize("address", sorted(str(network.network_address) for network in METADATA))
def test_a_cloud_s_metadata_is_allowed_only_by_its_own_address(address: str) -> None:
    asked = ip_address(address)
    everything = [ip_network("0.0.0.0/0"), ip_network("::/0"), ip_network("100.64.0.0/10")]
    assert not is_public(asked)
    assert not is_allowed(asked, everything)
    assert is_allowed(asked, [*everything, ip_network(address)])


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000/", "http://localhost/", "http://2130706433/", "http://0x7f.1/", "http://[::ffff:7f00:1]/"],
)
async def test_a_name_for_this_machine_is_refused_however_it_is_written(url: str) -> None:
    with pytest.raises(ForbiddenAddress, match="which is not public and not allowed"):
        await checked(url)


async def test_what_is_allowed_is_called_by_its_address_under_its_name() -> None:
    at = await checked("http://localhost:8000/hook?x=1", [ip_network("127.0.0.0/8"), ip_network("::1/128")])
    assert at.url in ("http://127.0.0.1:8000/hook?x=1", "http://[::1]:8000/hook?x=1")
    assert (at.host, at.name) == ("localhost:8000", "localhost")


async def test_another_network_s_permit_does_not_count() -> None:
    with pytest.raises(ForbiddenAddress):
        await checked("http://127.0.0.1/", [ip_network("10.0.0.0/8")])


class Names:
    """Leads a name to the addresses of one answer after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    def __call__(self, host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        found = [ip_address(address) for address in self._answers.pop(0)]
        return [(families[one.version], socket.SOCK_STREAM, 6, "", (str(one), port)) for one in found]


@pytest.mark.parametrize("others", [["10.0.0.7"], ["fec0::1"], ["64:ff9b::a00:7"], ["::ffff:169.254.169.254"]])
async def test_one_address_that_is_not_public_among_others_refuses_the_name(
    monkeypatch: pytest.MonkeyPatch, others: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(["8.8.8.8", *others]))
    with pytest.raises(ForbiddenAddress, match=r"hook\.example leads to"):
        await checked("https://hook.example/")


async def test_a_name_in_other_letters_is_looked_up_and_named_as_it_is_written_on_the_wire(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = Names(["8.8.8.8"])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    at = await checked("https://faß.example:8443/x")
    assert names.asked == ["xn--fa-hia.example"]
    assert at == ("https://8.8.8.8:8443/x", "xn--fa-hia.example:8443", "xn--fa-hia.example")


@pytest.mark.parametrize(
    ("address", "allow"), [("64:ff9b::a9fe:a9fe", "64:ff9b::/96"), ("2002:a9fe:a9fe::", "2002::/16")]
)
def test_an_allowed_translator_does_not_lead_to_a_clouds_metadata(address: str, allow: str) -> None:
    assert not is_allowed(ip_address(address), [ip_network(allow)])
    assert is_allowed(ip_address(address), [ip_network(address)])
