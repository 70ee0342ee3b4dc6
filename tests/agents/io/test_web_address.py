"""Web addresses: what can be called is taken, what cannot is refused where it is written, this machine is known."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.io.web_address import is_of_this_machine, web_address


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
