"""The provider status driver: what an external provider says of itself, on its status page or at any address with JSON.

The address is not ours, so it is called with care: only where every address of its name is public or allowed, no
redirect is followed, and an answer is read up to a limit.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Literal, NamedTuple, cast
from urllib.parse import urlsplit

import httpx2
from pydantic import AfterValidator, BaseModel, Field

from agents.io.clock import Clock, outside
from agents.io.credentials import Credential, Unsendable, reveal, sendable
from agents.io.outside_text import NotJson, read_json
from agents.io.redaction import beginning
from agents.io.web_address import ForbiddenAddress, WebAddress, checked
from agents.readings.production import ProviderStatus, Refusal
from agents.tools.http_client import AnswerTooLarge, HttpAnswer, exchange
from agents.tools.port import Unanswered

State = Literal["operational", "degraded", "outage", "unknown"]
WORDS: dict[State, tuple[str, ...]] = {
    "operational": ("operational", "ok", "up", "none", "healthy", "available", "normal", "green", "pass", "online"),
    "degraded": (
        *("degraded", "degraded performance", "minor", "minor outage", "partial", "warning", "warn", "yellow", "slow"),
        *("has issues", "hasissues", "maintenance", "under maintenance", "undermaintenance", "degradedperformance"),
    ),
    "outage": (
        *("outage", "partial outage", "major outage", "partialoutage", "majoroutage", "major", "critical", "down"),
        *("unavailable", "error", "fail", "failing", "failed", "red", "offline"),
    ),
}
"""What status pages and health addresses call it; Statuspage, Instatus and the health check draft among them."""
BADNESS: dict[State, int] = {"operational": 0, "unknown": 1, "degraded": 2, "outage": 3}
"""The worst status of several counts."""
OVER = ("resolved", "postmortem", "completed")
"""Statuspage's words for an incident that is over."""
MOST_BYTES = 1024 * 1024
"""Of a status page's JSON; the largest known, with hundreds of components, have a quarter of that."""
SUMMARY = "/api/v2/summary.json"


def _jmespath(expression: str) -> str:
    """Give a JMESPath expression back that can be used. Raises ValueError."""
    try:
        import jmespath
        from jmespath.exceptions import JMESPathError
    except ModuleNotFoundError as missing:
        raise ValueError("JMESPath needs another package: pip install 'warroom[mapping]'") from missing
    try:
        jmespath.compile(expression)
    except JMESPathError as error:
        raise ValueError(" ".join(str(error).split())) from error
    return expression


Expression = Annotated[str, AfterValidator(_jmespath)]


class ProviderStatusSettings(BaseModel, extra="forbid"):
    """A `driver: provider_status` entry of the catalogue."""

    driver: str = "provider_status"
    url: WebAddress
    """A status page made with Statuspage, whose summary is asked for, or any address that answers with JSON."""
    components: list[str] = []
    """Of a Statuspage: the names of the components that matter; all of the page unless given."""
    status: Expression | None = None
    """JMESPath that finds the status in JSON of another shape: a word, or true for operational."""
    since: Expression | None = None
    """JMESPath that finds since when it is so: an ISO 8601 time, or seconds since 1970."""
    message: Expression | None = None
    """JMESPath that finds what the provider says about it."""
    words: dict[Literal["operational", "degraded", "outage"], list[str]] = {}
    """Further words for a status, such as the provider's own."""
    allow: list[IPv4Network | IPv6Network] = []
    """Networks that are not public and may be called all the same."""
    token: Credential | None = None
    seconds: float = Field(default=10, gt=0)


class Told(NamedTuple):
    """What was found in the answer."""

    status: State
    since: datetime | None
    message: str


class ProviderStatusPage:
    """Asks the one address that the catalogue names."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = ProviderStatusSettings.model_validate(settings)
        self._clock = clock
        address = urlsplit(self._settings.url)
        is_page = self._settings.status is None and address.path in ("", "/") and not address.query
        self._url = self._settings.url.rstrip("/") + SUMMARY if is_page else self._settings.url
        self._words: dict[str, State] = {_plain(word): state for state, words in WORDS.items() for word in words}
        self._words |= {_plain(word): state for state, words in self._settings.words.items() for word in words}

    async def provider_status(self, provider: str) -> ProviderStatus:
        told = self.read(self._parsed(await outside(self._clock, self._get())))
        since = told.since if told.since and told.since <= self._clock.now() else None
        return ProviderStatus(
            provider=provider, status=told.status, since=since, message=beginning(told.message.strip(), 500)
        )

    def read(self, document: Any) -> Told:
        """Read the answer's JSON. Raises Unanswered where it is no status."""
        return self._by_expression(document) if self._settings.status else self._by_shape(document)

    async def _get(self) -> HttpAnswer:
        """Ask the address that was checked, and follow it nowhere else."""
        seconds = self._settings.seconds
        try:
            secret = sendable(reveal(self._settings.token), self._settings.token) if self._settings.token else ""
            headers = {"Accept": "application/json", **({"Authorization": f"Bearer {secret}"} if secret else {})}
            at = await checked(self._url, self._settings.allow)
            # The environment is read in settings.py only: no proxy is taken from it behind our back.
            async with httpx2.AsyncClient(timeout=seconds, trust_env=False, follow_redirects=False) as client:
                request = client.build_request("GET", at.url, headers={**headers, "Host": at.host})
                request.extensions["sni_hostname"] = at.name
                return await exchange(client, request, seconds, MOST_BYTES)
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise self._unanswered("timeout", f"nothing within {seconds:g} s") from error
        except (ForbiddenAddress, Unsendable) as error:
            raise self._unanswered("failed", f"nothing; it was not asked: {error}") from error
        except (AnswerTooLarge, httpx2.HTTPError, OSError, UnicodeError) as error:
            raise self._unanswered("failed", f"{type(error).__name__}: {error}") from error

    def _parsed(self, answer: HttpAnswer) -> Any:
        if 300 <= answer.status < 400:
            leads = beginning(answer.headers.get("Location", "nowhere"), 200)
            said = f"HTTP {answer.status}, which leads to {leads}; a redirect is not followed: name that address itself"
            raise self._unanswered("failed", said)
        if not answer.is_success:
            raise self._unanswered("failed", f"HTTP {answer.status}: {beginning(answer.text, 200)}")
        try:
            return read_json(answer.body)
        except NotJson as error:
            raise self._unanswered("failed", f"no JSON: {beginning(answer.text, 200)}") from error

    def _by_expression(self, document: Any) -> Told:
        """Read JSON of another shape as the catalogue says."""
        found = self._search(self._settings.status, document)
        status = self._state(found)
        message = self._search(self._settings.message, document)
        said = [message] if isinstance(message, str) and message else []
        if status == "unknown":
            said.append(f"its status is given as {beginning(repr(found), 100)}, which says nothing known")
        return Told(status, _moment(self._search(self._settings.since, document)), "; ".join(said))

    def _search(self, expression: str | None, document: Any) -> Any:
        """What an expression finds; None where it does not fit this document."""
        if expression is None:
            return None
        import jmespath
        from jmespath.exceptions import JMESPathError

        try:
            return jmespath.search(expression, document)
        except (JMESPathError, TypeError, ValueError, AttributeError):
            return None

    def _by_shape(self, document: Any) -> Told:
        """Read a Statuspage's summary, status or incidents; or an object with `status` and perhaps `message`."""
        page = _object(document)
        if isinstance(page.get("status"), str):
            return Told(self._state(page["status"]), None, _text(page.get("message")) or _text(page.get("description")))
        if not {"status", "components", "incidents"} & set(page):
            said = f"neither a Statuspage's JSON nor an object with a status: {beginning(str(document), 200)}"
            raise self._unanswered("failed", said)
        open_incidents = self._open_incidents(page)
        components = self._components(page)
        status = self._worst(page, components, open_incidents)
        changed = [c.get("updated_at") for c in components if self._state(c["status"]) == status]
        began = [incident.get("started_at") or incident.get("created_at") for incident in open_incidents]
        since = min(filter(None, map(_moment, began or changed)), default=None) if status != "operational" else None
        return Told(status, since, self._message(page, components, open_incidents))

    def _worst(
        self, page: Mapping[str, Any], components: Sequence[dict[str, Any]], incidents: Sequence[dict[str, Any]]
    ) -> State:
        """The worst of what the page, its components and its open incidents say."""
        said = [component["status"] for component in components]
        if page.get("status") and not self._settings.components:  # the page says what its components come to
            said = [_object(page["status"]).get("indicator")]
        # An incident that is only announced has the impact `none`.
        states: set[State] = {
            self._state(word) for word in [*said, *(incident.get("impact") for incident in incidents)]
        }
        return max(states, key=BADNESS.__getitem__) if states else "operational"

    def _components(self, page: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The components that matter. Raises Unanswered where the page lists none of that name."""
        listed = [component for component in _objects(page.get("components")) if "status" in component]
        wanted = set(map(_plain, self._settings.components))
        if not wanted:
            return listed
        found = [component for component in listed if _plain(_text(component.get("name"))) in wanted]
        if "components" in page and len({_plain(_text(c.get("name"))) for c in found}) < len(wanted):
            names = ", ".join(_text(component.get("name")) for component in listed[:20])
            said = f"a page without one of the components {', '.join(self._settings.components)}; it has {names}"
            raise self._unanswered("failed", said)
        return found

    def _open_incidents(self, page: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The incidents that are not over, of the components that matter; one that names no component may be ours."""
        still = [i for i in _objects(page.get("incidents")) if _plain(_text(i.get("status"))) not in OVER]
        wanted = set(map(_plain, self._settings.components))
        hurt = [{_plain(_text(c.get("name"))) for c in _objects(incident.get("components"))} for incident in still]
        return [i for i, names in zip(still, hurt, strict=True) if not wanted or not names or names & wanted]

    def _message(
        self, page: Mapping[str, Any], components: Sequence[dict[str, Any]], incidents: Sequence[dict[str, Any]]
    ) -> str:
        """The open incidents with their newest word, or the components that suffer, or what the page says in all."""
        if incidents:
            return "; ".join(_incident_in_words(incident) for incident in incidents[:3])
        bad = [c for c in components if self._state(c["status"]) != "operational"]
        if bad:
            return "; ".join(f"{_text(c.get('name'))}: {_text(c['status']).replace('_', ' ')}" for c in bad[:5])
        return "" if self._settings.components else _text(_object(page.get("status")).get("description"))

    def _state(self, said: Any) -> State:
        if isinstance(said, bool):
            return "operational" if said else "outage"
        return self._words.get(_plain(said), "unknown") if isinstance(said, str) else "unknown"

    def _unanswered(self, error: Literal["timeout", "failed"], answer: str) -> Unanswered:
        return Unanswered(Refusal(error=error, said=beginning(f"asked GET {self._url}; answered: {answer}", 2000)))


def _incident_in_words(incident: Mapping[str, Any]) -> str:
    updates = _objects(incident.get("incident_updates"))
    newest = max(updates, key=lambda update: _text(update.get("created_at")), default=_object(None))
    body = " ".join(_text(newest.get("body")).split())
    return f"{_text(incident.get('name'))} ({_text(incident.get('status'))})" + (f": {body}" if body else "")


def _plain(word: str) -> str:
    """A word as it is compared: partial_outage, PARTIAL-OUTAGE and Partial outage are one."""
    return " ".join(re.split(r"[\W_]+", word.lower())).strip()


def _moment(said: Any) -> datetime | None:
    """A time as JSON gives it; one without a zone is taken as UTC. None where it is none."""
    try:
        if isinstance(said, int | float) and not isinstance(said, bool):
            return datetime.fromtimestamp(said, UTC)
        read = datetime.fromisoformat(said) if isinstance(said, str) else None
        return read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC) if read else None
    except (ValueError, OverflowError, OSError):
        return None


def _text(said: Any) -> str:
    return said if isinstance(said, str) else ""


def _object(said: Any) -> dict[str, Any]:
    return cast(dict[str, Any], said) if isinstance(said, dict) else {}


def _objects(said: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing where it is none."""
    listed = cast(list[Any], said) if isinstance(said, list) else []
    return [cast(dict[str, Any], each) for each in listed if isinstance(each, dict)]
