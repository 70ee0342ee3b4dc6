"""Compressed bodies are read within the limits of others, at every door."""

import gzip
import json
import zlib

import httpx2
import pytest

from api import middleware

ALERT = {"title": "checkout answers 500", "service": "checkout"}
PLAIN = json.dumps(ALERT).encode()


def raw_deflate(body: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(body) + packing.flush()


async def post(client: httpx2.AsyncClient, path: str, body: bytes, encoding: str) -> httpx2.Response:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    return await client.post(path, content=body, headers=headers)


@pytest.mark.parametrize("door", ["/v1/alerts", "/v1/alerts/generic"])
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(PLAIN, mtime=0)),
        ("GZIP", gzip.compress(PLAIN + b" " * 500_000, mtime=0)),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", raw_deflate(PLAIN)),
        ("identity", PLAIN),
    ],
    ids=["gzip", "much of it", "deflate with a header", "deflate without one", "as it is"],
)
async def test_a_compressed_body_is_read(client: httpx2.AsyncClient, door: str, encoding: str, body: bytes) -> None:
    answer = await post(client, door, body, encoding)
    assert answer.status_code == 202, answer.text
    assert answer.json()["alerts"][0]["title"] == ALERT["title"]


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
async def test_an_encoding_that_is_not_read_is_refused_by_its_name(client: httpx2.AsyncClient, encoding: str) -> None:
    answer = await post(client, "/v1/alerts/generic", b"x", encoding)
    assert (answer.status_code, encoding in answer.json()["detail"]) == (415, True)
    assert answer.headers["Accept-Encoding"] == "gzip, deflate"


@pytest.mark.parametrize("body", [b"x", gzip.compress(PLAIN, mtime=0)[:-9], b""], ids=["none", "cut off", "empty"])
async def test_a_body_that_is_broken_is_a_400(client: httpx2.AsyncClient, body: bytes) -> None:
    assert (await post(client, "/v1/alerts/generic", body, "gzip")).status_code == 400


async def test_what_is_too_large_once_it_is_unpacked_is_refused(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(middleware.PLACES, "/v1/alerts", 1_000_000)
    bomb = gzip.compress(b" " * 100_000_000, mtime=0)
    assert len(bomb) < 1_000_000
    assert (await post(client, "/v1/alerts/generic", bomb, "gzip")).status_code == 413
