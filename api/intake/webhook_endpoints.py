"""Endpoints for alert senders: what monitoring posts in its own shape, authenticated by a signature or by a key."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from api.auth.access import AccessControl, Caller, Needs, NotAllowed
from api.intake.accepted import Accepted, answered
from api.intake.claims import Unproven
from api.intake.parsing.delivery import Delivery
from api.intake.receiving import AlertReceiver, beside
from api.intake.senders import Senders
from api.intake.signatures import check
from api.intake.sns import Envelopes, envelope_of
from graphs.intake.incident_service import IncidentService
from graphs.model.identity import Proof, by_key


class SenderRoute(APIRoute):
    """A route whose endpoint is handed the request and the names in its address, and nothing else.

    FastAPI describes it only: what it does for each request takes as long as all of Warroom's reading. So there are no
    dependencies, neither of the endpoint nor of whatever includes its router; it has to authenticate by itself.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint, names = self.endpoint, list(self.param_convertors)

        async def handle(request: Request) -> Response:
            return await endpoint(*(request.path_params[name] for name in names), request)

        return handle


router = APIRouter(tags=["alerts"], route_class=SenderRoute)
TOKENS = ("token", "auth_token")
"""Parameters of an address that may hold a key."""
BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}


class WebhookPost:
    """One request of a sender, with what authenticates it and what receives it.

    Endpoints make it themselves: what FastAPI does for each dependency takes as long as reading a small body.
    """

    def __init__(self, request: Request) -> None:
        state = request.app.state
        self.request = request
        self.incidents: IncidentService = state.incidents
        self.inbound: AlertReceiver = state.inbound
        self.senders: Senders = state.senders
        self.envelopes: Envelopes = state.envelopes

    async def delivery(self, token: str = "") -> Delivery:
        """The request as a delivery, with the key from its address if there is one."""
        if self.request.scope["query_string"] and not token:
            token = next((said for name in TOKENS if (said := self.request.query_params.get(name, ""))), "")
        return Delivery(await self.request.body(), dict(self.request.headers.items()), token)

    async def take(self, source: str, delivery: Delivery) -> Accepted:
        """Receive a delivery: authenticate it, read it, and store it before the answer goes out."""
        name, adapter = self.senders.adapter(source)
        proof = await self.proof(name, delivery)
        if proof.how.startswith("SNS"):
            self.inbound.claims.name(name, proof)
            await self.envelopes.confirm(delivery)
        return await self.inbound.take(name, delivery.as_utf8(), proof, adapter)

    async def proof(self, source: str, delivery: Delivery) -> Proof:
        """Who a delivery proved to be from: the sender, by its signature; or whoever its key is for.

        Raises WrongSignature, Unproven, Unidentified and NotAllowed.
        """
        now = self.incidents.clock.now()
        secrets, topics = self.senders.secrets(source), self.senders.topics(source)
        size = len(delivery.body)
        scheme = await beside(size, partial(check, source, delivery, secrets, now)) if secrets else ""
        if topics and not scheme:
            await beside(size, partial(envelope_of, delivery))
            scheme = await self.envelopes.check(delivery, topics, now)
        return Proof("sender", source, scheme) if scheme else await self._key(delivery.token)

    async def _key(self, token: str) -> Proof:
        gate: AccessControl = self.request.app.state.access
        if token and not gate.is_open:
            return self._key_in_address(gate, token)
        await Needs("alerts")(self.request)
        caller: Caller = self.request.state.caller
        return caller.proof

    @staticmethod
    def _key_in_address(gate: AccessControl, token: str) -> Proof:
        """Authenticate by a key in the address, for senders that can put it nowhere else."""
        key = gate.keys.of(token)
        if key is None:
            raise Unproven("the key in the address is not known, or was revoked")
        if "alerts" not in key.allows:
            raise NotAllowed(f"{key.name}'s key is for {', '.join(key.scopes)}, and this needs alerts")
        gate.limits.count(key, patient=True)
        return by_key(key.name, key.sender, in_address=True)


@router.put("/v1/alerts/{source}", status_code=202, response_model=Accepted, openapi_extra=BODY)
@router.post("/v1/alerts/{source}", status_code=202, response_model=Accepted, openapi_extra=BODY)
async def post_alerts_of(source: str, request: Request) -> Response:
    """Take what a known sender posts, for example Alertmanager's webhook."""
    post = WebhookPost(request)
    return answered(await post.take(source, await post.delivery()))


@router.post("/v1/alerts/{source}/{key}", status_code=202, response_model=Accepted, openapi_extra=BODY)
async def post_alerts_with_key(source: str, key: str, request: Request) -> Response:
    """Take what a sender posts that can put its key nowhere but into the address."""
    post = WebhookPost(request)
    return answered(await post.take(source, await post.delivery(key)))


@router.options("/v1/alerts/{source}", include_in_schema=False)
async def greet(source: str, request: Request) -> Response:
    """Answer CloudEvents' question whether events may be sent here; who sends one proves itself then."""
    origin = request.headers.get("webhook-request-origin")
    allowed = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"} if origin else {}
    return Response(status_code=200, headers={"Allow": "OPTIONS, POST, PUT", **allowed})
