"""The header under which a request may be sent again (Idempotency-Key); what was answered outlives the process."""

from typing import Annotated

from fastapi import Header

IdempotencyKey = Annotated[
    str,
    Header(
        min_length=1,
        max_length=255,
        description="A name for this request: sent again under it, it does nothing anew and is answered the same.",
    ),
]
