"""Deployments and the pipeline that makes them."""

from agents.port import acts, reads
from agents.readings import ActionResult, DeploymentHistory, PipelineStatus


@reads
async def deployment_history(service: str, hours: int = 24) -> DeploymentHistory:
    """Deployments of a service over the last hours, newest last, and the version that runs now."""
    ...


@reads
async def pipeline_status(service: str) -> PipelineStatus:
    """CI/CD status of a service, and the version a rollback would go to."""
    ...


@acts
async def rollback(service: str, version: str) -> ActionResult:
    """Put an earlier version of a service back into production."""
    ...


@acts
async def deploy(service: str, version: str) -> ActionResult:
    """Put a built version of a service into production."""
    ...
