"""People at the terminal: they answer what a run asks, and tell it things unasked."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.client.options import (
    AsJson,
    By,
    Comment,
    Key,
    MaybeRun,
    Run,
    Url,
    Where,
    name_of,
    part,
    print_json,
    refuse,
    server_at,
)
from api.client.server_address import URL

if TYPE_CHECKING:
    from api.client.http import WarroomClient


def answer(
    run: Run,
    question: Annotated[str, typer.Argument(help="The question's id, q-...")],
    said: Annotated[
        str,
        typer.Argument(
            help="approve, refuse, edit, look-again, cause, act, handled, over, done, not-done, amount, try-again;"
            " or yes and no."
        ),
    ],
    changes: Annotated[list[str] | None, typer.Argument(help="With edit: name=value, such as version=1.2.0.")] = None,
    comment: Comment = "",
    by: By = "",
    cause: Annotated[str, typer.Option(help="With cause: which, in the runbook's words.")] = "",
    component: Annotated[str, typer.Option(help="With cause: of what.")] = "",
    amount: Annotated[float | None, typer.Option(min=0, help="With amount: how much.")] = None,
    digest: Annotated[
        str, typer.Option(help="Of the change that you were shown, 12 characters or more; no other is answered.")
    ] = "",
    json: AsJson = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """Answer what a run asks. The first answer stands."""
    body: dict[str, Any] = {"by": name_of(by), "comment": comment, "component": component}
    body |= {"cause": cause or None, "amount": amount, "digest": digest}
    with server_at(url, key) as server:
        body["answer"] = _meant(server, (run, question), said.lower().replace("-", " "))
        if changes:
            body |= _edited(server, run, question, changes, digest)
        taken = server.post(f"/v1/runs/{part(run)}/answers/{part(question)}", body)
    if json:
        return print_json(taken)
    typer.echo(f"taken: {taken['answer']['by']} answered {taken['answer']['answer']}")


def tell(where: Where, path: str, body: dict[str, Any], json: bool) -> None:
    with server_at(*where) as server:
        written = server.post(path, body)
    if json:
        return print_json(written)
    from api.client.printing import EventPrinter

    EventPrinter().tell("", written)


def note(run: Run, text: str, by: By = "", json: AsJson = False, url: Url = URL, key: Key = "") -> None:
    """Add a note to a run's record."""
    tell((url, key), f"/v1/runs/{part(run)}/notes", {"text": text, "by": name_of(by)}, json)


def ask(
    run: Run,
    question: Annotated[str, typer.Argument(help="Such as: what changed in the last hour?")],
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the answer.")] = 60,
    by: By = "",
    json: AsJson = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """Ask a run something, open or over. A role answers; nothing is changed by it."""
    with server_at(url, key) as server:
        asked = server.post(f"/v1/runs/{part(run)}/ask", {"text": question, "by": name_of(by)})
        reply = server.reply(run, asked, wait)
    if reply is None:
        refuse("it is not answered yet; the answer will stand in the run's transcript, and on its page")
    if json:
        return print_json(reply)
    from api.client.printing import Printer
    from api.narration.event_lines import line_of
    from graphs.transcript.event import parse_event

    said = parse_event(reply)
    Printer(verbose=True).line(line_of(said, None))
    Printer().say(f"Shown by: {', '.join(said.payload['cites']) or 'nothing'}", "quiet")


def severity(
    run: Run,
    level: Annotated[str, typer.Argument(help="P0, P1, P2 or P3.")],
    comment: Comment = "",
    by: By = "",
    json: AsJson = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """Set a run's severity."""
    body = {"severity": level.upper(), "comment": comment, "by": name_of(by)}
    tell((url, key), f"/v1/runs/{part(run)}/severity", body, json)


def cause(
    run: Run,
    named: Annotated[str, typer.Argument(metavar="CAUSE", help="Which, in the runbook's words.")],
    component: Annotated[str, typer.Argument(help="Of what.")],
    comment: Comment = "",
    by: By = "",
    json: AsJson = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """Name the cause; the run goes on to its mitigation."""
    body = {"cause": named, "component": component, "comment": comment, "by": name_of(by)}
    tell((url, key), f"/v1/runs/{part(run)}/cause", body, json)


def handled(run: Run, comment: Comment = "", by: By = "", json: AsJson = False, url: Url = URL, key: Key = "") -> None:
    """Say "I did this myself"; the run goes on to the verification."""
    tell((url, key), f"/v1/runs/{part(run)}/handled", {"comment": comment, "by": name_of(by)}, json)


def over(run: Run, comment: Comment = "", by: By = "", json: AsJson = False, url: Url = URL, key: Key = "") -> None:
    """Say "it is over, and nobody did anything"; the run goes on to the verification."""
    tell((url, key), f"/v1/runs/{part(run)}/over", {"comment": comment, "by": name_of(by)}, json)


def not_over(run: Run, comment: Comment = "", by: By = "", json: AsJson = False, url: Url = URL, key: Key = "") -> None:
    """Say "it still goes on"; a run that only watches whether it stays well investigates again."""
    tell((url, key), f"/v1/runs/{part(run)}/not-over", {"comment": comment, "by": name_of(by)}, json)


def awareness(
    run: Run,
    at: Annotated[str, typer.Argument(help="Since when, with the zone, such as 2026-03-03T02:30Z.")],
    text: Comment = "",
    by: By = "",
    json: AsJson = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """Record since when people know of a data breach; the 72 hours run from then."""
    tell((url, key), f"/v1/runs/{part(run)}/awareness", {"at": at, "text": text, "by": name_of(by)}, json)


def cancel(run: Run, comment: Comment = "", by: By = "", json: AsJson = False, url: Url = URL, key: Key = "") -> None:
    """Cancel a run: its questions are withdrawn, and it says what is left half done."""
    tell((url, key), f"/v1/runs/{part(run)}/cancel", {"comment": comment, "by": name_of(by)}, json)


def hold(
    run: MaybeRun = "", text: Comment = "", by: By = "", json: AsJson = False, url: Url = URL, key: Key = ""
) -> None:
    """Put acting on hold, of one run or of all; looking and telling go on."""
    switch("hold", run, {"text": text, "by": name_of(by)}, json, (url, key))


def resume(
    run: MaybeRun = "", text: Comment = "", by: By = "", json: AsJson = False, url: Url = URL, key: Key = ""
) -> None:
    """Let a run act again, or all."""
    switch("resume", run, {"text": text, "by": name_of(by)}, json, (url, key))


def switch(switch: str, run: str, body: dict[str, Any], json: bool, where: Where) -> None:
    if run:
        return tell(where, f"/v1/runs/{part(run)}/{switch}", body, json)
    with server_at(*where) as server:
        acting = server.post(f"/v1/{switch}", {"by": body["by"]})
    if json:
        return print_json(acting)
    typer.echo("acting is on hold in every run" if acting["held"] else "the runs may act")


MEANT = {
    "yes": ("approve", "done"),
    "y": ("approve", "done"),
    "no": ("refuse", "not done"),
    "n": ("refuse", "not done"),
}
"""What yes and no mean, by what the question takes."""


def _meant(server: "WarroomClient", asked: tuple[str, str], said: str) -> str:
    """The answer that is given in this word, of those that the question takes."""
    run, question = asked
    options: list[str] = server.get(f"/v1/runs/{part(run)}/answers/{part(question)}")["question"]["options"]
    found = next((answer for answer in MEANT.get(said, (said,)) if answer in options), "")
    return found or refuse(f"{said} is no answer to this question; it takes: {', '.join(options)}")


def _edited(server: "WarroomClient", run: str, question: str, changes: list[str], digest: str) -> dict[str, Any]:
    """The parameters of the question as it stands, but for the changes; bound to that question."""
    from graphs.model.questions import BadEdit, Question, edited_parameters, typed_parameters

    open_now = server.get(f"/v1/runs/{part(run)}")["questions"]
    found = next((one for one in open_now if one["id"] == question), None)
    if found is None:
        refuse(f"the run does not ask {question}, or no longer")
    try:
        asked = Question.model_validate(found)
        return {"parameters": edited_parameters(asked, typed_parameters(changes)), "digest": digest or asked.digest}
    except BadEdit as bad:
        refuse(str(bad))


COMMANDS = (answer, note, ask, severity, cause, handled, over, not_over, awareness, cancel, hold, resume)
