"""The ledger of changes: what was changed is reported here, and shown."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Discriminator, Field, Tag

from agents.readings.history import ChangeKind, RecordedChange
from api.auth.access import TheCaller
from api.dependencies import TheIncidents
from api.intake.harmless_body import HarmlessBody
from api.intake.kept_endpoints import WrittenOut
from graphs.intake.change_ledger import NewChange

looking = APIRouter(tags=["changes"])
router = APIRouter(tags=["changes"], route_class=HarmlessBody)
MOST_AT_ONCE = 500


def _one_or_list(body: Any) -> str:
    return "list" if isinstance(body, list) else "one"


OneOrMore = Annotated[
    Annotated[NewChange, Tag("one")]
    | Annotated[list[NewChange], Field(min_length=1, max_length=MOST_AT_ONCE), Tag("list")],
    Discriminator(_one_or_list),
]


class ChangeShown(BaseModel):
    """A change in the ledger, as it was reported. Its texts are whoever reported it."""

    id: str
    kind: ChangeKind
    service: str
    at: datetime
    what: str
    by: str
    old: str = Field(serialization_alias="from")
    new: str = Field(serialization_alias="to")
    status: str
    environment: str
    source: str
    """Who reported it: a driver, a sender, the holder of a key."""
    link: str


class FiledChange(BaseModel):
    """What became of one reported change."""

    id: str
    service: str
    became: str
    """recorded, or known: the same was reported before under this id."""
    listed: bool
    """The catalogue lists its service; otherwise no investigation looks at it."""


class ChangesFiled(BaseModel):
    """What became of the reported changes."""

    changes: list[FiledChange]


@router.post("/v1/changes", status_code=202)
async def report_changes(told: OneOrMore, incidents: TheIncidents, caller: TheCaller) -> ChangesFiled:
    """Record a change that was made, or a list of them: all are recorded, or none. Sent again, one counts once."""
    changes = told if isinstance(told, list) else [told]
    filed = incidents.changes.report(changes, str(caller.proof), caller.name or "this machine")
    services = incidents.catalogue.services
    return ChangesFiled(
        changes=[
            FiledChange(
                id=one.change.id,
                service=one.change.service,
                became="known" if one.was_known else "recorded",
                listed=one.change.service in services,
            )
            for one in filed
        ]
    )


@looking.get("/v1/changes")
async def show_changes(
    incidents: TheIncidents,
    most: Annotated[int, Query(ge=1, le=1000)] = 100,
    service: Annotated[str, Query(max_length=200)] = "",
    kind: ChangeKind | None = None,
    before: WrittenOut = None,
) -> list[ChangeShown]:
    """The newest changes, newest first: of one service, of one kind, before a time. Two may report the same one."""
    return [_shown(change) for change in incidents.changes.newest(most, service, kind, before)]


def _shown(change: RecordedChange) -> ChangeShown:
    return ChangeShown(**change.model_dump())
