"""Outbound: proxies and certificates of the environment are used as users expect, and never for this machine."""

import sys
from pathlib import Path
from types import ModuleType

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.io.outbound import Unroutable, Way, way_to
from tests.agents.surroundings import emptied

OUTSIDE, HERE = "https://model.example/v1", "http://127.0.0.1:11434/v1"
PROXY = "http://proxy.example:3128"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
MACHINE = ["127.0.0.1", "127.1", "2130706433", "localhost", "a.localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return emptied(monkeypatch)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(PROXIES), st.sampled_from([PROXY, "socks5://x:1", "nonsense://x", ":::", "x y"])),
    st.sampled_from(MACHINE),
    st.sampled_from(["http", "https"]),
)
def test_this_machine_is_reached_directly_whatever_proxies_are_named(
    environment: pytest.MonkeyPatch, named: dict[str, str], host: str, scheme: str
) -> None:
    with environment.context() as patched:
        for name, proxy in named.items():
            patched.setenv(name, proxy)
        assert way_to(f"{scheme}://{host}:8080/v1") == Way(told="directly")


@pytest.mark.parametrize(
    ("named", "url", "by"),
    [
        ({"HTTPS_PROXY": PROXY}, OUTSIDE, "HTTPS_PROXY"),
        ({"https_proxy": PROXY}, OUTSIDE, "HTTPS_PROXY"),
        ({"ALL_PROXY": PROXY}, OUTSIDE, "ALL_PROXY"),
        ({"ALL_PROXY": "http://other:1", "HTTPS_PROXY": PROXY}, OUTSIDE, "HTTPS_PROXY"),
        ({"HTTP_PROXY": PROXY}, "http://model.example/v1", "HTTP_PROXY"),
        ({"HTTPS_PROXY": "proxy.example:3128"}, OUTSIDE, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "other.example"}, OUTSIDE, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://user:word@proxy.example:3128"}, OUTSIDE, "HTTPS_PROXY"),
    ],
)
def test_an_address_outside_is_reached_through_the_proxy_that_is_named(
    environment: pytest.MonkeyPatch, named: dict[str, str], url: str, by: str
) -> None:
    for name, proxy in named.items():
        environment.setenv(name, proxy)
    way = way_to(url)
    assert way.told == f"through the proxy {PROXY} ({by})"
    assert isinstance(way.options()["proxy"], httpx2.Proxy)


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ({}, OUTSIDE),
        ({"HTTP_PROXY": PROXY}, OUTSIDE),
        ({"HTTPS_PROXY": ""}, OUTSIDE),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "model.example"}, OUTSIDE),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "other, .example"}, OUTSIDE),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "model.example:8443"}, "https://model.example:8443/v1"),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "*"}, OUTSIDE),
    ],
)
def test_where_none_is_named_for_it_an_address_is_reached_directly(
    environment: pytest.MonkeyPatch, named: dict[str, str], url: str
) -> None:
    for name, proxy in named.items():
        environment.setenv(name, proxy)
    assert way_to(url) == Way()
    assert way_to(url).options() == {"trust_env": False, "proxy": None, "verify": True}


@pytest.mark.parametrize("proxy", ["nonsense://x", "http://x:99999", "http://", "http://[::1", "http://x:0", "x y:z"])
def test_what_is_no_proxy_is_told_by_its_variable(environment: pytest.MonkeyPatch, proxy: str) -> None:
    environment.setenv("ALL_PROXY", proxy)
    with pytest.raises(Unroutable, match=r"^ALL_PROXY is not the address of a proxy that can be used$"):
        way_to(OUTSIDE)


def test_a_proxy_that_speaks_socks_needs_its_package(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALL_PROXY", "socks5://proxy.example:1080")
    environment.setitem(sys.modules, "socksio", None)
    with pytest.raises(Unroutable, match=r"^ALL_PROXY names a SOCKS proxy, which needs another package: .*socksio$"):
        way_to(OUTSIDE)
    there = ModuleType("socksio")
    there.__spec__ = sys.__spec__
    environment.setitem(sys.modules, "socksio", there)
    assert way_to(OUTSIDE).proxy == "socks5://proxy.example:1080"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_not_there_are_told_and_only_where_they_are_needed(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    environment.setenv(name, "/nowhere/at/all")
    with pytest.raises(Unroutable, match=f"^{name} names /nowhere/at/all, which is not there$"):
        way_to(OUTSIDE)
    assert way_to("http://model.example/v1") == way_to(HERE) == Way()
    environment.setenv("HTTP_PROXY", "https://proxy.example:3128")
    with pytest.raises(Unroutable, match=name):
        way_to("http://model.example/v1")


def test_certificates_that_cannot_be_read_are_told(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificates at all")
    environment.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(Unroutable, match=r"^SSL_CERT_FILE names .*ca\.pem, which cannot be read as certificates$"):
        way_to(OUTSIDE)


def test_certificates_that_are_there_are_the_ones_that_are_believed(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("SSL_CERT_DIR", str(tmp_path))
    way = way_to(OUTSIDE)
    assert way.certificates == str(tmp_path)
    assert way.options()["verify"].get_ca_certs() == []
    tmp_path.rmdir()
    with pytest.raises(Unroutable, match="can no longer be read"):
        way.options()


def test_a_proxy_s_password_is_not_told(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALL_PROXY", "http://user:hunter2@proxy.example:3128")
    assert "hunter2" not in way_to(OUTSIDE).told
    environment.setenv("ALL_PROXY", "http://user:hunter2@proxy.example:99999")
    with pytest.raises(Unroutable) as unroutable:
        way_to(OUTSIDE)
    assert "hunter2" not in str(unroutable.value)
