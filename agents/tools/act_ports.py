"""The ports of the acts that a service has to declare one by one; agents/io/act_kinds.py has the table of their kinds.

Each is a system of its own: an entry of the catalogue stands for one of them, and for nothing else."""

from agents.io.act_kinds import ACT_KINDS
from agents.readings.production import ActionResult
from agents.tools.port import PORTS, AnyPort, acts


@acts("restart_instance")
async def restart_instance(service: str, instance: str) -> ActionResult:
    """Restart one instance of a service; the others go on."""
    ...


@acts("drain_instance")
async def drain_instance(service: str, instance: str) -> ActionResult:
    """Take one instance of a service out of the traffic, and let it run."""
    ...


@acts("replace_instance")
async def replace_instance(service: str, instance: str) -> ActionResult:
    """Put a new instance of a service in the place of one that is ill."""
    ...


@acts("limit_tenant")
async def limit_tenant(service: str, tenant: str) -> ActionResult:
    """Limit the requests of one tenant to a service."""
    ...


@acts("limit_route")
async def limit_route(service: str, route: str) -> ActionResult:
    """Limit the requests to one endpoint of a service."""
    ...


@acts("block_addresses")
async def block_addresses(service: str, addresses: str) -> ActionResult:
    """Refuse requests to a service from one address range."""
    ...


@acts("switch_flag")
async def switch_flag(service: str, flag: str, value: str) -> ActionResult:
    """Switch a flag of a service to a value."""
    ...


@acts("revert_setting")
async def revert_setting(service: str, setting: str, value: str) -> ActionResult:
    """Put a setting of a service back to the value that it had."""
    ...


@acts("rotate_credential")
async def rotate_credential(service: str, credential: str) -> ActionResult:
    """Issue a credential of a service anew, and let the old one be refused."""
    ...


@acts("end_session")
async def end_session(service: str, session: str) -> ActionResult:
    """End one session, or one query, of a database."""
    ...


@acts("pause_job")
async def pause_job(service: str, job: str) -> ActionResult:
    """Pause a job that works on a service."""
    ...


@acts("free_disk")
async def free_disk(service: str, volume: str) -> ActionResult:
    """Free space on a volume of a service, by what the declaration's program knows to be dispensable."""
    ...


@acts("reroute_region")
async def reroute_region(service: str, region: str) -> ActionResult:
    """Send the traffic of one region of a service to the others."""
    ...


@acts("restore_backup")
async def restore_backup(service: str, backup: str, before: str) -> ActionResult:
    """Restore a service's data from a backup, to its state before a time."""
    ...


ACT_PORTS: tuple[AnyPort, ...] = tuple(PORTS[action] for action in ACT_KINDS)
"""One for each kind."""
