"""Outgoing webhooks' promised shape, for those who read them."""

from typing import Any

from fastapi import APIRouter

from graphs.outbox.webhooks import schema

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


@router.get("/schema")
async def show_schema() -> dict[str, Any]:
    """The JSON Schema of what outgoing webhooks are told; `version` changes when a field goes."""
    return schema()
