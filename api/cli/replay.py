"""`warroom replay`: a finished run once more from its transcript, with nothing live behind it; are they the same?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.client.options import refuse

if TYPE_CHECKING:
    from graphs.replay.replay import Replayed
    from graphs.transcript.event import Event

ANOTHER = 1
"""The exit code where the replay is not the record."""


def replay(
    run: Annotated[str, typer.Argument(help="The run's id, or a file that `play --json` or `demo --json` wrote.")],
    data: Annotated[Path | None, typer.Option(help="Where the data is kept.  [default: warroom-data]")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Play a finished run again, exactly, and show the first difference."""
    from graphs.replay.replay import CannotReplay
    from graphs.replay.replay import replay as play_again

    try:
        replayed = play_again(_recorded(run, data))
    except CannotReplay as cannot:
        refuse(str(cannot))
    typer.echo(_as_json(replayed) if json else _as_text(replayed))
    if not replayed.identical:
        raise typer.Exit(ANOTHER)


def _recorded(run: str, data: Path | None) -> "list[Event]":
    if Path(run).is_file():
        return _of_file(Path(run))
    from api.cli.data_directory import is_there, place_of
    from graphs.maintenance.retention import recorded_events
    from graphs.store.faults import StoreError

    place = place_of(data)
    if not is_there(place):
        refuse(f"there is no {place}, and no file {run}; say where the data is with --data")
    try:
        events = recorded_events(place, run)
    except StoreError as error:
        refuse(str(error))
    where = place if isinstance(place, Path) else "the database"
    return events or refuse(f"{where} holds no run {run}, and there is no file of this name")


def _of_file(file: Path) -> "list[Event]":
    import json

    from pydantic import ValidationError

    from graphs.transcript.event import parse_event

    try:
        return [parse_event(event) for event in json.loads(file.read_text(encoding="utf-8"))["transcript"]]
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        refuse(f"{file}: this is no transcript, as `play --json` writes it")


def _as_json(replayed: "Replayed") -> str:
    import json

    result = {"identical": replayed.identical, **replayed.model_dump(mode="json")}
    return json.dumps(result, ensure_ascii=False)


def _as_text(replayed: "Replayed") -> str:
    """One line where the two are the same; else where they part."""
    counted = f"{replayed.compared} of {replayed.events} events, {replayed.model_calls} model calls"
    counted += f", {replayed.tool_calls} tool calls, {replayed.crashes} calls cut off"
    first = replayed.difference
    if first is None:
        return f"identical: {replayed.run} ({counted})"
    return "\n".join(
        [
            f"first difference: {replayed.run} ({counted} were the same before)",
            f"  duty      {first.role or '-'}, {first.duty or '-'} ({first.occurrence})",
            f"  call      {first.call}{f', event {first.seq} of the record' if first.seq else ''}: {first.kind}",
            f"  where     {first.where or '-'}",
            f"  recorded  {first.recorded}",
            f"  replayed  {first.replayed}",
        ]
    )
