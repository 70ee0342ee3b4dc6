"""The ledger of changes on a running server: what was changed on which component."""

from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from api.client.options import AsJson, Key, Url, plain, print_json, server_at
from api.client.server_address import URL


def changes(
    service: Annotated[str, typer.Option(help="Of this service, database or provider only.")] = "",
    kind: Annotated[str, typer.Option(help="Of this kind only, such as release or flag.")] = "",
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    json: AsJson = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """List what was changed: releases, settings, flags, migrations, certificates and so on."""
    asked = {name: value for name, value in (("service", service), ("kind", kind), ("most", most)) if value}
    with server_at(url, key) as server:
        listed = server.get(f"/v1/changes?{urlencode(asked)}")
    if json:
        return print_json(listed)
    for one in listed:
        typer.echo(_line(one))


def _line(one: dict[str, Any]) -> str:
    between = " ".join(f"{word} {one[word]}" for word in ("from", "to") if one[word] and one[word] not in one["what"])
    status = "" if one["status"] == "succeeded" else f"[{one['status']}]"
    where = f"({one['environment']})" if one["environment"] else ""
    who = f"by {one['by']}" if one["by"] else ""
    said = " ".join(part for part in (one["what"], between, status, where, who) if part)
    return f"{one['at'][:16]}Z  {one['kind']:<14}{plain(one['service']):<20}{plain(said)}  <{plain(one['source'])}>"
