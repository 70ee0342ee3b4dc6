"""Several processes on one PostgreSQL database: `warroom serve` with and without workers, and `warroom worker`."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from agents.io import catalogue
from agents.io.catalogue import Catalogue
from agents.io.settings import Settings
from agents.llm.client import OpenAIChatModel
from agents.tools.connections import with_folder
from api.app import Reach
from api.cli.data_directory import DEFAULT_DATA
from api.cli.nodes import Node, NodeOptions, serve_node, turns_at_once, work
from api.cli.serve import ServeOptions, dependencies_on
from api.intake import senders
from api.intake.senders import Senders
from api.logs import write_log
from api.serving.listening import Unguarded, address, is_local, listen
from api.serving.open_connections import Bounds, allow_more_files
from api.serving.server import WarroomServer
from graphs.maintenance.retention import api_keys
from graphs.runtime.dependencies import Dependencies
from graphs.store.opening import open_store
from graphs.store.store import Store

Say = Callable[[str], None]


class Cluster(NamedTuple):
    """What every process of it is told alike."""

    settings: Settings
    catalogue: Catalogue
    senders: Senders

    @property
    def url(self) -> str:
        """Of the database."""
        assert self.settings.database_url
        return self.settings.database_url.get_secret_value()


def serve(options: ServeOptions, settings: Settings, say: Say) -> None:
    """Take requests, and turns where it is asked for. Raises PortTaken, Unguarded, StoreError, CatalogueError."""
    cluster, concurrency = read(settings, options.catalogue), turns_at_once() if options.workers else 0
    for doubt in cluster.catalogue.doubts():
        say(f"Warning: {doubt}.")
    allow_more_files()
    node = node_of(cluster, options.data)
    with listen(options.port, options.host) as listening:
        if not is_local(listening):
            with api_keys(cluster.url) as keys:
                if not keys.exist:
                    raise Unguarded(f"{Unguarded.__doc__} (no key is in the database)")
        reach = Reach(is_local(listening), frozenset({options.host, *settings.hosts.split(",")}))
        public_url = settings.public_url if "public_url" in settings.model_fields_set else address(listening)
        turns = f"takes {concurrency} turns at a time" if concurrency else "takes no turns: workers do"
        say(f"Warroom listens on {address(listening)}, and {turns}.")
        server = WarroomServer(
            node.application(reach, public_url), Bounds(per_address=settings.connections_per_address)
        )
        asyncio.run(serve_node(node, server, listening, concurrency))


def take_turns(settings: Settings, listed: Path | None, data: Path | None, concurrency: int, say: Say) -> None:
    """Take turns until somebody stops the process. Raises StoreError, CatalogueError."""
    node = node_of(read(settings, listed), data)
    say(f"Warroom takes {concurrency or turns_at_once()} turns at a time.")
    asyncio.run(work(node, concurrency or turns_at_once()))


def read(settings: Settings, file: Path | None) -> Cluster:
    """Read what every process is told alike, and begin to write the log. Raises CatalogueError, SendersUnreadable."""
    write_log(settings.log, settings.log_level)
    configured = senders.load(settings.senders) if settings.senders else Senders()
    return Cluster(settings, catalogue.load(file) if file else Catalogue(), configured)


def node_of(cluster: Cluster, data: Path | None) -> Node:
    """Make the node of this process, once the database is as it should be. Raises StoreError."""
    open_store(cluster.url).close()
    folder = data or DEFAULT_DATA
    catalogued = with_folder(cluster.catalogue, folder / "evidence")

    def make_dependencies(store: Store) -> Dependencies:
        model = OpenAIChatModel(cluster.settings) if cluster.settings.has_model else None
        return dependencies_on(store, catalogued, cluster.settings, model)

    return Node(NodeOptions(cluster.url, folder, catalogued, cluster.settings, cluster.senders, make_dependencies))
