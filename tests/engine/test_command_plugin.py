"""The stand-in of the command plugin on the real engine: what the published SDK's documentation promises.

Only where the set-up built the stand-in; the published plugin needs no test of ours.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import engine

PROGRAM = """
import json, os, pulumi
from pulumi_command import local
wanted = json.loads(os.environ["WANTED"])
secret = wanted.pop("secret", None)
if secret is not None:
    wanted["environment"] = {"TOKEN": pulumi.Output.secret(secret)}
options = pulumi.ResourceOptions(additional_secret_outputs=["stdout"] if secret is not None else [])
command = local.Command("command", **wanted, opts=options)
pulumi.export("stdout", command.stdout)
pulumi.export("stderr", command.stderr)
command.stdout.apply(lambda text: print("PROGRAM SEES", text.upper()))
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An empty project with a stack of its own, and the environment in which the engine works on it."""
    layout = engine.paths()
    plugin = layout.home / "plugins" / "resource-command-v1.2.1"
    if not (plugin / "pulumi-resource-command").exists():
        pytest.skip("the engine is not set up: python3 -m engine setup")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps({"name": "commands", "runtime": runtime}))
    (tmp_path / "state").mkdir()
    home = tmp_path / "home"
    home.mkdir()
    (home / "plugins").symlink_to(layout.home / "plugins")
    values = {
        "PATH": f"{layout.bin}:{os.environ['PATH']}",
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    environment = {**os.environ, **values}
    subprocess.run(["pulumi", "stack", "init", "test"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    return environment


@pytest.fixture
def pulumi(tmp_path: Path, environment: dict[str, str]) -> Run:
    def run(*arguments: str, **wanted: object) -> subprocess.CompletedProcess[str]:
        env = {**environment, "WANTED": json.dumps(wanted)}
        command = ["pulumi", *arguments, "--stack", "test", "--non-interactive"]
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    return run


def up(pulumi: Run, **wanted: object) -> dict[str, str]:
    """Bring the stack up, expecting success, and return its outputs."""
    done = pulumi("up", "--yes", "--skip-preview", **wanted)
    assert done.returncode == 0, done.stdout + done.stderr
    outputs: dict[str, str] = json.loads(pulumi("stack", "output", "--json", "--show-secrets").stdout)
    return outputs


def planned(pulumi: Run, **wanted: object) -> dict[str, Any]:
    """The step that a preview plans for the command."""
    steps = json.loads(pulumi("preview", "--json", **wanted).stdout)["steps"]
    return next(step for step in steps if step["urn"].endswith("local:Command::command"))


def test_create_update_replace_and_delete_run_what_they_should(pulumi: Run, tmp_path: Path) -> None:
    log = tmp_path / "log"
    commands = {
        name: f'echo "{name} <$PULUMI_COMMAND_STDOUT>" | tee -a {log}' for name in ("create", "update", "delete")
    }
    assert up(pulumi, **commands, triggers=[1])["stdout"] == "create <>"
    unchanged = pulumi("preview", "--expect-no-changes", **commands, triggers=[1])
    assert unchanged.returncode == 0, unchanged.stdout
    assert up(pulumi, **commands, triggers=[1], stdin="new")["stdout"] == "update <create <>>"
    assert planned(pulumi, **commands, triggers=[2], stdin="new")["op"] == "replace"
    up(pulumi, **commands, triggers=[2], stdin="new")
    pulumi("destroy", "--yes", "--skip-preview")
    assert log.read_text().splitlines() == [
        "create <>",
        "update <create <>>",
        "create <>",
        "delete <update <create <>>>",
        "delete <create <>>",
    ]


def test_without_update_a_change_runs_create_again_in_place(pulumi: Run, tmp_path: Path) -> None:
    log = tmp_path / "log"
    create = f"echo run >> {log}"
    up(pulumi, create=create, delete=f"echo delete >> {log}")
    assert planned(pulumi, create=create, delete=f"echo delete >> {log}", stdin="x")["op"] == "update"
    up(pulumi, create=create, delete=f"echo delete >> {log}", stdin="x")
    assert log.read_text() == "run\nrun\n"


def test_the_output_of_a_planned_run_is_unknown_and_an_unchanged_one_is_kept(pulumi: Run) -> None:
    assert "PROGRAM SEES" not in pulumi("preview", create="echo one").stdout
    up(pulumi, create="echo one")
    assert "PROGRAM SEES ONE" in pulumi("preview", create="echo one").stdout
    assert "PROGRAM SEES" not in pulumi("preview", create="echo two").stdout


def test_a_failure_says_command_exit_code_and_output_and_is_tried_again(pulumi: Run, tmp_path: Path) -> None:
    command = f"echo looking; echo 'node master-1 is missing' >&2; test -e {tmp_path}/there"
    failed = pulumi("up", "--yes", "--skip-preview", create=command)
    text = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "exit status 1: running" in text
    assert "node master-1 is missing" in text
    (tmp_path / "there").touch()
    outputs = up(pulumi, create=command)
    assert outputs == {"stdout": "looking", "stderr": "node master-1 is missing"}


@pytest.mark.parametrize(("logging", "shown"), [(None, True), ("stderr", False), ("none", False)])
def test_logging_chooses_what_is_shown_while_it_runs(pulumi: Run, logging: str | None, shown: bool) -> None:
    # The word is put together by the command, so that it is not seen as part of an input.
    wanted = {"create": "printf 'streamed-%s\\n' line", "logging": logging}
    done = pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", **wanted)
    assert done.returncode == 0, done.stdout
    assert ("streamed-line" in done.stdout) is shown


def test_secrets_stay_secret_in_the_state(pulumi: Run, tmp_path: Path) -> None:
    outputs = up(pulumi, create='printf %s "$TOKEN"', secret="do-not-show", logging="none")
    assert outputs["stdout"] == "do-not-show"
    recorded = [path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert recorded
    assert not any(b"do-not-show" in content for content in recorded)


def test_an_interrupt_reaches_the_command(environment: dict[str, str], tmp_path: Path) -> None:
    create = f"trap 'echo asked > {tmp_path}/asked; exit 1' TERM; touch {tmp_path}/running; sleep 600 & wait"
    env = {**environment, "WANTED": json.dumps({"create": create})}
    command = ["pulumi", "up", "--yes", "--skip-preview", "--stack", "test", "--non-interactive"]
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL, start_new_session=True) as child:
        for _ in range(600):
            if (tmp_path / "running").exists():
                break
            time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) != 0
    assert (tmp_path / "asked").exists()
