"""Dependencies: what a service calls, providers outside, and what can stand in for them."""

from agents.port import acts, reads
from agents.readings import ActionResult, Dependencies, ProviderStatus


@reads
async def dependencies(service: str) -> Dependencies:
    """What a service calls, how these calls fare now and usually, and which services call it."""
    ...


@reads
async def provider_status(provider: str) -> ProviderStatus:
    """What an external provider says of its own state."""
    ...


@acts
async def fallback(service: str, dependency: str) -> ActionResult:
    """Let a service do without a dependency, by its fallback or its cache."""
    ...
