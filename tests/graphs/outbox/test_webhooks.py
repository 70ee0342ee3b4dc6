"""Outgoing webhooks: signed so that others can tell, repeated until they are taken, and never sent into the house."""

import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from standardwebhooks import WebhookVerificationError

from agents.io.catalogue import Catalogue, Webhook
from agents.io.clock import RealClock, VirtualClock
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from graphs.intake.incident_service import IncidentService
from graphs.outbox.webhooks import TYPES, WAITS, RunEvent, Webhooks, schema, signed_headers
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft
from tests.agents.tools.vendor import HANG_UP, Answer, Asked, on_loopback
from tests.graphs.power_cut import Platter
from tests.graphs.theatre import EVER

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Receiver:
    """Takes deliveries, or answers what it was told to."""

    def __init__(self) -> None:
        self.taken: list[Asked] = []
        self.answers: list[Answer] = []

    def __call__(self, asked: Asked) -> Answer:
        self.taken.append(asked)
        return self.answers.pop(0) if self.answers else Answer(204, b"")

    @property
    def types(self) -> list[str]:
        return [asked.json["type"] for asked in self.taken]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def hook(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    with on_loopback(receiver) as url:
        yield Webhook(url=f"{url}/hook", secret="env:HOOK_SECRET", allow=[ip_network("127.0.0.0/8")])


def room_of(clock: VirtualClock, path: Path | None = None) -> Dependencies:
    catalogue = Catalogue()
    connections = CatalogueConnections(catalogue, clock)
    return Dependencies(
        store=Store(path), clock=clock, connections=connections, catalogue=catalogue, public_url="https://w"
    )


def tell(
    part: Callable[[Dependencies], Awaitable[None]], hook: Webhook, path: Path | None = None, at: datetime = START
) -> int:
    """Play a part while webhooks are delivered, until the outbox is empty; gives what is left in it."""
    clock = VirtualClock(at)
    deps = room_of(clock, path)

    async def life() -> int:
        async with Webhooks(deps, [hook]).delivering():
            await part(deps)
        return len(deps.store.outbox.due(EVER, 100))

    left = clock.run(life)
    deps.store.close()
    return left


def alerted(deps: Dependencies) -> str:
    return IncidentService(deps).alerts.receive(Alert(title="checkout answers 500", service="checkout")).run


def write(deps: Dependencies, run: str, kind: str, **payload: Any) -> None:
    deps.transcripts.write(run, Draft(f"main/s1#1/{kind}", kind, payload, Author("main")))


async def emptied(deps: Dependencies) -> None:
    for _ in range(1000):
        if not deps.store.outbox.endpoints():
            return
        await deps.clock.sleep(timedelta(seconds=1))
    raise AssertionError("the outbox is not empty")


def test_events_are_told_in_order_and_in_the_promised_shape(hook: Webhook, receiver: Receiver) -> None:
    async def part(deps: Dependencies) -> None:
        run = alerted(deps)
        write(deps, run, "status", status="Identified", why="the cause is known")
        write(deps, run, "tool_call", tool="golden_signals")
        write(deps, run, "closed")
        await emptied(deps)

    assert tell(part, hook) == 0
    assert receiver.types == ["run.alerted", "run.status_changed", "run.closed"]
    told = RunEvent.model_validate(receiver.taken[1].json)
    assert (told.data.version, told.data.service, told.data.public_status) == (1, "checkout", "Identified")
    assert told.data.text == "status Identified: the cause is known"
    assert told.data.url == f"https://w/runs/{told.data.run}"
    assert told.timestamp == START


@pytest.mark.sqlite
def test_nothing_is_told_that_a_power_cut_could_undo(hook: Webhook, receiver: Receiver, tmp_path: Path) -> None:
    clock = VirtualClock(START)
    deps = room_of(clock, tmp_path / "warroom.sqlite")
    platter = Platter(deps.store, tmp_path / "platter")

    async def life() -> None:
        async with Webhooks(deps, [hook]).delivering():
            run = alerted(deps)
            assert platter.event(run, "alert/1") is None
            await emptied(deps)
            assert platter.event(run, "alert/1")

    clock.run(life)
    assert receiver.types == ["run.alerted"]
    deps.store.close()


def test_a_delivery_is_signed_as_standard_webhooks_says(hook: Webhook, receiver: Receiver) -> None:
    async def part(deps: Dependencies) -> None:
        alerted(deps)
        await emptied(deps)

    tell(part, hook, at=RealClock().now())
    (taken,) = receiver.taken
    assert standardwebhooks.Webhook(SECRET).verify(taken.body, taken.headers)["type"] == "run.alerted"
    with pytest.raises(WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(taken.body + b" ", taken.headers)


def test_the_signature_is_that_of_the_specification_s_example() -> None:
    at, body = datetime.fromtimestamp(1614265330, UTC), b'{"test": 2432232314}'
    signed = signed_headers(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_not_taken_is_sent_again_later_as_the_same_message(hook: Webhook, receiver: Receiver) -> None:
    receiver.answers = [Answer(503, b""), HANG_UP]
    ended: list[datetime] = []

    async def part(deps: Dependencies) -> None:
        run = alerted(deps)
        write(deps, run, "closed")
        await emptied(deps)
        ended.append(deps.clock.now())

    assert tell(part, hook) == 0
    assert receiver.types == ["run.alerted", "run.alerted", "run.alerted", "run.closed"]
    first, *again = (asked.headers for asked in receiver.taken[:3])
    assert {one["webhook-id"] for one in again} == {first["webhook-id"]}
    assert {one["webhook-timestamp"] for one in again} != {first["webhook-timestamp"]}
    assert ended[0] - START >= WAITS[0] + WAITS[1]


def test_what_was_not_told_before_a_crash_is_told_after_it(hook: Webhook, receiver: Receiver, tmp_path: Path) -> None:
    receiver.answers = [Answer(503, b"")]
    path = tmp_path / "store"

    async def begin(deps: Dependencies) -> None:
        alerted(deps)
        await deps.clock.sleep(timedelta(seconds=1))

    assert tell(begin, hook, path) == 1
    assert tell(emptied, hook, path, START + timedelta(hours=1)) == 0
    assert receiver.types == ["run.alerted", "run.alerted"]


def test_after_a_day_it_is_given_up(hook: Webhook, receiver: Receiver) -> None:
    receiver.answers = [Answer(500, b"")] * (len(WAITS) + 1)

    async def part(deps: Dependencies) -> None:
        alerted(deps)
        await deps.clock.sleep(timedelta(days=2))

    assert tell(part, hook) == 0
    assert len(receiver.taken) == len(WAITS) + 1


def test_the_log_says_which_event_of_which_run_was_not_taken(
    hook: Webhook, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [Answer(500, b"")]
    runs: list[str] = []

    async def part(deps: Dependencies) -> None:
        runs.append(alerted(deps))
        await emptied(deps)

    assert tell(part, hook) == 0
    assert f"event 1 of {runs[0]}: HTTP 500; again in 0:00:05" in caplog.text


def test_an_address_that_is_gone_is_not_asked_again(hook: Webhook, receiver: Receiver) -> None:
    receiver.answers = [Answer(410, b"")]

    async def part(deps: Dependencies) -> None:
        alerted(deps)
        await emptied(deps)

    tell(part, hook)
    assert len(receiver.taken) == 1


def test_a_redirect_is_not_followed(hook: Webhook, receiver: Receiver) -> None:
    receiver.answers = [Answer(302, b"", {"Location": f"{hook.url}/elsewhere"})]

    async def part(deps: Dependencies) -> None:
        alerted(deps)
        await emptied(deps)

    tell(part, hook)
    assert [asked.path for asked in receiver.taken] == ["/hook", "/hook"]


def test_a_private_address_is_not_called_unless_it_is_allowed(hook: Webhook, receiver: Receiver) -> None:
    async def part(deps: Dependencies) -> None:
        alerted(deps)
        await deps.clock.sleep(timedelta(days=2))

    tell(part, hook.model_copy(update={"allow": []}))
    assert receiver.taken == []


def test_only_the_events_that_were_asked_for_are_told(hook: Webhook, receiver: Receiver) -> None:
    async def part(deps: Dependencies) -> None:
        write(deps, alerted(deps), "closed")
        await emptied(deps)

    tell(part, hook.model_copy(update={"events": ["run.closed"]}))
    assert receiver.types == ["run.closed"]


def test_what_was_for_an_address_that_is_no_longer_named_is_dropped(hook: Webhook, tmp_path: Path) -> None:
    async def part(deps: Dependencies) -> None:
        alerted(deps)

    assert tell(part, hook, tmp_path / "store") == 1
    other = hook.model_copy(update={"url": f"{hook.url}/other"})
    assert tell(emptied, other, tmp_path / "store") == 0


def test_the_promised_shape_has_not_changed_without_a_new_version() -> None:
    shape = schema()
    assert shape["$defs"]["RunAtThatTime"]["properties"]["version"]["const"] == 1
    assert sorted(shape["$defs"]["RunAtThatTime"]["required"]) == [
        *("public_status", "ref", "run", "seq", "service", "severity"),
        *("status", "text", "title", "url"),
    ]
    assert set(shape["properties"]["type"]["enum"]) == set(TYPES.values())
    assert json.dumps(shape)
