"""Code: who touched the failing lines, and a candidate that puts them right."""

from agents.port import acts, reads
from agents.readings import ActionResult, Candidate, CodeSuspects


@reads
async def code_suspects(service: str, signature: str) -> CodeSuspects:
    """Changes and switches that touch the code an error signature points to, newest first."""
    ...


@reads
async def check_candidate(service: str, version: str) -> Candidate:
    """Run a service's endpoint checks against a built version that is not in production."""
    ...


@acts
async def build_hotfix(service: str, change: str, remedy: str) -> ActionResult:
    """Build a candidate that reverts a change or switches it off; nothing is deployed. Its version is the reference."""
    ...
