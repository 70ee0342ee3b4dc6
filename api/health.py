"""Health: whether the process lives, and whether it can take in alerts and wake runs."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.dependencies import TheIncidents

router = APIRouter(prefix="/health", tags=["health"])


class NotReady(Exception):
    """Not ready to take anything in."""


class Health(BaseModel):
    """How it stands."""

    status: str


@router.get("/live")
async def is_live() -> Health:
    """Whether the process answers at all."""
    return Health(status="live")


@router.get("/ready")
async def is_ready(incidents: TheIncidents) -> Health:
    """Whether the store can be written, and runs are woken. 503 where not."""
    incidents.check_writable()
    if not incidents.is_working:
        raise NotReady("The incidents does not wake runs: it has not started, has stopped, or is stopping.")
    return Health(status="ready")
