"""The command driver, with programs of Python's own."""

import json
import os
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.tools.drivers.command import Command
from agents.tools.port import Unanswered

HISTORY: dict[str, Any] = {"service": "checkout", "running": "v2", "deployments": []}


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-I", "-c", code, *arguments]


def command(clock: VirtualClock, code: str, *arguments: str, **more: Any) -> Command:
    return Command({"command": python(code, *arguments), **more}, clock)


async def test_a_reading_is_what_the_command_prints(clock: VirtualClock) -> None:
    history = await command(clock, f"print({json.dumps(json.dumps(HISTORY))})").deployment_history("checkout")
    assert history.running == "v2"


async def test_facts_stand_in_the_arguments_and_no_shell_reads_them(clock: VirtualClock, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    driver = command(clock, "import sys; print(sys.argv[1:])", "{service}", "to={version}", "{idempotency_key}")
    done = await driver.carry_out(
        "rollback", service="checkout", version=f"v1; touch {trap} $(touch {trap})", idempotency_key="run/main/act#1"
    )
    assert done.done
    assert done.detail == str(["checkout", f"to=v1; touch {trap} $(touch {trap})", "run/main/act#1"])
    assert not trap.exists()


async def test_a_fact_is_not_filled_in_a_second_time(clock: VirtualClock) -> None:
    driver = command(clock, "import sys; print(sys.argv[1])", "{version}")
    done = await driver.carry_out("rollback", service="checkout", version="{service}", idempotency_key="k")
    assert done.detail == "{service}"


@pytest.mark.parametrize("version", ["--force", "v1\0"])
async def test_a_fact_that_would_be_an_option_is_refused(clock: VirtualClock, version: str) -> None:
    with pytest.raises(Unanswered, match="version may not be"):
        await command(clock, "print()", "{version}").carry_out(
            "rollback", service="checkout", version=version, idempotency_key="k"
        )


async def test_an_unknown_placeholder_is_refused(clock: VirtualClock) -> None:
    with pytest.raises(Unanswered, match=r"\{replicas\} is not known here"):
        await command(clock, "print()", "{replicas}").carry_out("restart", service="checkout", idempotency_key="k")


async def test_an_act_that_ends_badly_is_not_done(clock: VirtualClock) -> None:
    done = await command(clock, "import sys; sys.exit('no such version')").carry_out(
        "deploy", service="checkout", version="v9", idempotency_key="k"
    )
    assert (done.done, done.detail) == (False, "ended with 1: no such version")


async def test_an_act_may_print_its_result(clock: VirtualClock) -> None:
    result = json.dumps({"done": True, "detail": "two more", "reference": "job 7"})
    done = await command(clock, f"print({result!r})").carry_out(
        "scale", service="checkout", replicas=4, idempotency_key="k"
    )
    assert (done.detail, done.reference) == ("two more", "job 7")


@pytest.mark.parametrize(
    ("printed", "done"),
    [('{"done": false}', False), ('{"done": false, "detail": null}', False), ('{"reference": "7"}', True)],
)
async def test_an_act_that_says_so_was_not_done_though_its_program_ended_well(
    clock: VirtualClock, printed: str, done: bool
) -> None:
    result = await command(clock, f"print({printed!r})").carry_out("restart", service="checkout", idempotency_key="k")
    assert (result.done, result.detail) == (done, printed)


async def test_a_read_that_ends_badly_says_what_was_run(clock: VirtualClock) -> None:
    with pytest.raises(Unanswered) as unanswered:
        await command(clock, "import sys; sys.exit('journal is gone')").pipeline_status("checkout")
    refusal = unanswered.value.refusal
    assert refusal.error == "failed"
    assert refusal.said.startswith(f"ran {sys.executable}")
    assert "ended with 1: journal is gone" in refusal.said


async def test_a_read_that_prints_something_else_is_a_failure(clock: VirtualClock) -> None:
    with pytest.raises(Unanswered, match="not the JSON of a DeploymentHistory"):
        await command(clock, "print('v2 since noon')").deployment_history("checkout")


async def test_a_program_that_is_not_there_is_a_failure(clock: VirtualClock) -> None:
    with pytest.raises(Unanswered, match="No such file"):
        await Command({"command": ["/nowhere/deploy"]}, clock).carry_out(
            "restart", service="checkout", idempotency_key="k"
        )


async def test_a_command_over_its_time_is_killed_with_all_it_started(clock: VirtualClock, tmp_path: Path) -> None:
    written = tmp_path / "grandchild"
    code = (
        "import pathlib, subprocess, sys, time;"
        f"child = subprocess.Popen(['sleep', '60']); pathlib.Path({str(written)!r}).write_text(str(child.pid));"
        "time.sleep(60)"
    )
    begun = monotonic()
    with pytest.raises(Unanswered) as unanswered:
        await command(clock, code, seconds=1).carry_out("restart", service="checkout", idempotency_key="k")
    assert monotonic() - begun < 10
    assert unanswered.value.refusal.error == "timeout"
    assert not is_alive(int(written.read_text()))


async def test_an_outcome_command_tells_what_became_of_an_act(clock: VirtualClock) -> None:
    tell = "import sys; print('{\"done\": true, \"detail\": \"v1 runs\"}' if sys.argv[1] == 'known' else '')"
    lookup = command(clock, "print()", outcome=python(tell, "{idempotency_key}")).lookup
    assert lookup is not None
    known = await lookup("known")
    assert known is not None
    assert known.detail == "v1 runs"
    assert await lookup("other") is None


async def test_an_outcome_command_that_fails_cannot_tell(clock: VirtualClock) -> None:
    lookup = command(clock, "print()", outcome=python("import sys; sys.exit(3)")).lookup
    assert lookup is not None
    with pytest.raises(Unanswered, match="ended with 3"):
        await lookup("k")


def test_without_an_outcome_command_there_is_no_lookup(clock: VirtualClock) -> None:
    assert command(clock, "print()").lookup is None


def test_virtual_time_stands_still_while_a_command_runs(clock: VirtualClock) -> None:
    before = clock.now()
    driver = command(clock, "print('done')")
    done = clock.run(lambda: driver.carry_out("restart", service="checkout", idempotency_key="k"))
    assert done.done
    assert clock.now() == before


async def test_a_program_knows_no_secret_of_the_environment_but_what_it_may(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("DEPLOY_TOKEN", "for-the-deployer")
    tell = "import json, os; print(json.dumps({'done': True, 'detail': json.dumps(dict(os.environ))}))"
    done = await command(clock, tell, environment=["DEPLOY_TOKEN"]).carry_out(
        "restart", service="checkout", idempotency_key="k"
    )
    known = json.loads(done.detail)
    assert known["DEPLOY_TOKEN"] == "for-the-deployer"
    assert known["PATH"] == os.environ["PATH"]
    assert "OPENAI_API_KEY" not in known
    unnamed = await command(clock, tell).carry_out("restart", service="checkout", idempotency_key="k")
    assert "DEPLOY_TOKEN" not in json.loads(unnamed.detail)


def is_alive(process: int) -> bool:
    """Give the kernel a moment to bury it; a zombie counts as dead."""
    for _ in range(50):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        sleep(0.05)
    return True


async def test_what_a_program_prints_is_harmless_and_understood(clock: VirtualClock) -> None:
    told = r'{"done": false, "detail": "not \ud800 found \u001b[2J", "reference": "v\u200b2"}'
    done = await command(clock, f"print({told!r})").carry_out(
        "rollback", service="checkout", version="v2", idempotency_key="k"
    )
    assert (done.done, done.detail, done.reference) == (False, "not \ufffd found [2J", "v2")
    done = await command(clock, r"import sys; sys.exit('\x1b[31mno\x1b[0m')").carry_out(
        "rollback", service="x", version="v", idempotency_key="k"
    )
    assert done.detail == "ended with 1: [31mno[0m"
