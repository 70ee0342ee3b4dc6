"""Deployments, the pipeline that makes them, and the code behind them."""

from agents.readings.checks import Candidate
from agents.readings.delivery import CodeSuspects, DeploymentHistory, PipelineStatus
from agents.readings.outcomes import ActionResult
from agents.tools.port import acts, reads


@reads("deployments")
async def deployment_history(service: str, hours: int = 24) -> DeploymentHistory:
    """Deployments of a service over the last hours, newest last, and the version that runs now."""
    ...


@reads("deployments")
async def pipeline_status(service: str) -> PipelineStatus:
    """CI/CD status of a service, and the version a rollback would go to."""
    ...


@acts("deployments")
async def rollback(service: str, version: str) -> ActionResult:
    """Put an earlier version of a service back into production."""
    ...


@acts("deployments")
async def deploy(service: str, version: str) -> ActionResult:
    """Put a built version of a service into production."""
    ...


@reads("code")
async def code_suspects(service: str, signature: str) -> CodeSuspects:
    """Changes and switches that touch the code an error signature points to, newest first."""
    ...


@reads("code")
async def check_candidate(service: str, version: str) -> Candidate:
    """Run a service's endpoint checks against a built version that is not in production."""
    ...


@acts("code")
async def build_hotfix(service: str, change: str, remedy: str) -> ActionResult:
    """Build a candidate that reverts a change or switches it off; nothing is deployed. Its version is the reference."""
    ...
