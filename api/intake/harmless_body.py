"""Requests with JSON: their texts harmless and without secrets, and what is long of them read beside the loop."""

from collections.abc import Callable, Coroutine
from functools import partial
from itertools import islice
from typing import Any, cast

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from agents.io.outside_text import NotJson
from api.auth.access import AccessControl
from api.intake.parsing.delivery import Delivery
from api.intake.receiving import beside, content_headers
from graphs.intake.inbox import RawDelivery
from graphs.model.identity import Proof

MOST_PARTS = 1_000
"""Entries of a list or an object; an alert has a hundred labels at most."""


class HarmlessBody(APIRoute):
    """A route that takes JSON from whoever has a key; every one of them is of this class."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_harmless(request: Request) -> Response:
            gate: AccessControl = request.app.state.access
            gate.caller(request)  # whoever has no key is sent away before anything is read for them
            return await handle(HarmlessRequest(request.scope, request.receive))

        return handle_harmless


class HarmlessRequest(Request):
    """A request that was made harmless and read without its secrets: what is cut from it later holds no part of one."""

    _delivery: Delivery | None = None

    async def delivery(self) -> Delivery:
        """The request as a delivery."""
        if self._delivery is None:
            sent = Delivery(await self.body(), dict(self.headers.items()), text_is_alert=False)
            self._delivery = sent.as_utf8()
        return self._delivery

    async def json(self) -> Any:
        """What the body says, whether it is JSON or a form. Raises HTTPException where it is neither."""
        delivery = await self.delivery()
        try:
            return await beside(len(delivery.body), partial(_told, delivery))
        except NotJson as error:
            raise HTTPException(400, f"The body is not JSON: {error}.") from error

    async def raw(self, source: str, proof: Proof) -> RawDelivery:
        """What is kept of it."""
        delivery = await self.delivery()
        headers = content_headers(delivery.headers)
        return await beside(len(delivery.body), partial(delivery.raw, source, proof, headers))


def _told(delivery: Delivery) -> Any:
    """What a delivery says, with as many parts as can be looked at on the loop."""
    told = with_few_parts(delivery.told)
    _ = delivery.shown
    delivery.let_go()
    return told


def with_few_parts(told: Any) -> Any:
    """The value with short lists and objects only: each of their entries that does not fit is a fault to be told."""
    if isinstance(told, dict):
        fields = islice(cast(dict[str, Any], told).items(), MOST_PARTS)
        return {name: with_few_parts(entry) for name, entry in fields}
    return [with_few_parts(entry) for entry in cast(list[Any], told)[:MOST_PARTS]] if isinstance(told, list) else told
