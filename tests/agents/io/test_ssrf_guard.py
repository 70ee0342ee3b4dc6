"""Outside addresses: what is not public is refused, however it is written, unless it is allowed."""

from ipaddress import ip_address, ip_network

import pytest

from agents.io.ssrf_guard import ForbiddenAddress, checked, is_public


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.0.0.7",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "fe80::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"),
        *("2002:7f00:1::", "::", "ff02::1", "224.0.0.1"),
    ],
)
def test_what_is_not_the_internet_s_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_the_internet_s_is_public(address: str) -> None:
    assert is_public(ip_address(address))


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
