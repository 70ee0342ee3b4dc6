"""The HTTP API of an outside system. What goes wrong is told as what was asked and what came back."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Literal, NamedTuple

import httpx2

from agents.io.clock import Clock, outside
from agents.io.credentials import Credential, Unsendable, reveal, sendable
from agents.io.outside_text import NotJson, read_json
from agents.io.redaction import beginning
from agents.io.retry import RetryPolicy, retry
from agents.readings.production import ActionResult, Refusal
from agents.tools.port import Lookup, Unanswered

MOST_WAITS = 3
"""How often a request is sent again where the system says when."""
LONGEST_WAIT_SECONDS = 30
MOST_BYTES = 8 * 1024 * 1024
"""Of an answer: the largest that systems are known to send, a Prometheus range of many series, has far less."""
SECONDS = re.compile(r"[0-9]{1,9}")
"""Plain digits only: int() would take others too, and refuse a number of thousands of digits."""


class HttpRefusal(Unanswered):
    """The system answered, and it is a no."""

    def __init__(self, refusal: Refusal, status: int, retry_after: timedelta | None = None) -> None:
        super().__init__(refusal)
        self.status = status
        self.retry_after = retry_after
        """How long the system asks to be left alone; None where it does not, or for too long."""


def _wait_after(refused: HttpRefusal, _: timedelta) -> timedelta | None:
    """Only the system says when to try again."""
    return refused.retry_after


RETRY = RetryPolicy(HttpRefusal, [timedelta(0)] * MOST_WAITS, _wait_after)


class AnswerTooLarge(Exception):
    """The answer has more bytes than are read of one."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(f"the answer has more than {most_bytes:,} bytes and was not read to its end")


class HttpAnswer(NamedTuple):
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


async def exchange(
    client: httpx2.AsyncClient, request: httpx2.Request, seconds: float, most_bytes: int = MOST_BYTES
) -> HttpAnswer:
    """Send a request and read its whole answer. The seconds are for all of it, however slowly it trickles in.

    Raises TimeoutError, AnswerTooLarge and httpx2.HTTPError.
    """
    body = bytearray()
    async with asyncio.timeout(seconds):
        response = await client.send(request, stream=True)
        try:
            async for part in response.aiter_bytes():
                body += part
                if len(body) > most_bytes:
                    raise AnswerTooLarge(most_bytes)
        finally:
            await response.aclose()
    return HttpAnswer(response.status_code, response.headers, bytes(body))


class HttpApi:
    """One address with its credential. Everything raises Unanswered, and Declined where there was an answer."""

    def __init__(self, url: str, clock: Clock, seconds: float = 10, *, verify: ssl.SSLContext | bool = True) -> None:
        self.url = url.rstrip("/")
        self._clock = clock
        self._seconds = seconds
        self._verify = verify
        self._headers: dict[str, str] = {}
        self._credential: tuple[str, Credential] | None = None

    def with_headers(self, headers: Mapping[str, str]) -> "HttpApi":
        """Send these with every request."""
        self._headers.update(headers)
        return self

    def with_credential(self, scheme: str, credential: Credential | None) -> "HttpApi":
        """Send an Authorization header of this scheme, its secret read anew for each request."""
        self._credential = (scheme, credential) if credential else None
        return self

    async def get(self, path: str, **params: Any) -> Any:
        """Ask for JSON; parameters that are None are left out."""
        return await self.ask("GET", path, params={k: v for k, v in params.items() if v is not None})

    async def ask(self, method: str, path: str, **sent: Any) -> Any:
        """Send one request (params, json, headers) and give the JSON of its answer, None where it is empty."""
        return await self._exchange(method, path, sent, _read)

    async def text(self, path: str, **params: Any) -> str:
        """Ask for plain text; parameters that are None are left out."""
        sent = {"params": {k: v for k, v in params.items() if v is not None}}
        return await self._exchange("GET", path, sent, _successful)

    async def post(self, path: str, json: Any, headers: Mapping[str, str]) -> str:
        """Send JSON, and give the text of the answer, whatever it is."""
        return await self._exchange("POST", path, {"json": json, "headers": headers}, _successful)

    async def _exchange(
        self, method: str, path: str, sent: Mapping[str, Any], read: Callable[[HttpAnswer, str, str], Any]
    ) -> Any:
        asked = self._named(method, path, sent)
        secret = self._secret(asked)
        complete = {**sent, "headers": self._all(sent, secret)}

        async def send() -> Any:
            return read(await outside(self._clock, self._request(method, path, asked, complete)), asked, secret)

        return await retry(send, self._clock, RETRY)

    def _named(self, method: str, path: str, sent: Mapping[str, Any]) -> str:
        """The question as it is told to people."""
        try:
            return f"{method} {self._address(path, sent)}"
        except httpx2.InvalidURL as error:
            raise Unanswered(
                _refusal("failed", f"{method} {self.url}", f"nothing; it was not sent: {error}")
            ) from error

    def _address(self, path: str, sent: Mapping[str, Any]) -> httpx2.URL:
        """Where a request goes: its parameters beside those that the address has of its own. Raises InvalidURL."""
        address, params = httpx2.URL(self.url + path), sent.get("params")
        return address.copy_merge_params(params) if params else address

    def _secret(self, asked: str) -> str:
        try:
            return sendable(reveal(self._credential[1]), self._credential[1]) if self._credential else ""
        except (OSError, Unsendable) as error:
            raise Unanswered(_refusal("failed", asked, f"nothing; it was not sent: {error}")) from error

    def _all(self, sent: Mapping[str, Any], secret: str) -> dict[str, str]:
        authorization = {"Authorization": f"{self._credential[0]} {secret}"} if self._credential else {}
        return {**self._headers, **authorization, **sent.get("headers", {})}

    async def _request(self, method: str, path: str, asked: str, sent: dict[str, Any]) -> HttpAnswer:
        # The environment is read in settings.py only: no proxy is taken from it behind our back.
        transport = httpx2.AsyncHTTPTransport(retries=2, verify=self._verify, trust_env=False)
        async with httpx2.AsyncClient(transport=transport, timeout=self._seconds, trust_env=False) as client:
            try:
                request = client.build_request(
                    method, self._address(path, sent), json=sent.get("json"), headers=sent["headers"]
                )
                return await exchange(client, request, self._seconds)
            except (TimeoutError, httpx2.TimeoutException) as error:
                raise Unanswered(_refusal("timeout", asked, f"nothing within {self._seconds:g} s")) from error
            except (AnswerTooLarge, httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
                raise Unanswered(_refusal("failed", asked, f"{type(error).__name__}: {error}")) from error


async def look_again(doing: Awaitable[ActionResult], lookup: Lookup, key: str) -> ActionResult:
    """Do something; where the answer got lost, see whether it happened before calling it a failure."""
    try:
        return await doing
    except HttpRefusal:
        raise
    except Unanswered as lost:
        try:
            happened = await lookup(key)
        except Unanswered:
            raise lost from None
        if happened is None:
            raise
        return happened


def _read(answer: HttpAnswer, asked: str, secret: str) -> Any:
    """The JSON of an answer, None where it is empty. Raises HttpRefusal, Unanswered."""
    said = _successful(answer, asked, secret)
    try:
        return read_json(answer.body) if answer.body else None
    except NotJson as error:
        raise Unanswered(_refusal("failed", asked, f"no JSON: {beginning(said, 200)}")) from error


def _successful(answer: HttpAnswer, asked: str, secret: str) -> str:
    """The text of an answer, without the secret that was sent. Raises HttpRefusal."""
    said = answer.text.replace(secret, "***") if secret else answer.text
    if not answer.is_success:
        refusal = _refusal("failed", asked, f"HTTP {answer.status}: {beginning(said, 500)}")
        raise HttpRefusal(refusal, answer.status, _later(answer))
    return said


def _later(answer: HttpAnswer) -> timedelta | None:
    """How long the system asks to be left alone; None where it does not, or for too long."""
    asked = answer.headers.get("Retry-After", "")
    if answer.status != 429 or not SECONDS.fullmatch(asked) or int(asked) > LONGEST_WAIT_SECONDS:
        return None
    return timedelta(seconds=int(asked))


def _refusal(error: Literal["timeout", "failed"], asked: str, answer: str) -> Refusal:
    return Refusal(error=error, said=beginning(f"asked {asked}; answered: {answer}", 2000))
