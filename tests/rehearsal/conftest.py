"""One lab for all tests of this directory: the program from a copy of the checkout, on an embedded host of its own.

A copy, because the tests must not touch a rehearsal that the user has running from this checkout, and because a
program that only works where it was written would not be noticed otherwise.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SMALL = {"workers": {"count": 1}, "computes": {"count": 1}}
"""The smallest lab that runs instances."""

_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".rehearsal", "__pycache__", ".*_cache", ".hypothesis", "*.go", "go.sum", "tests"
)
_GET = """
import json, sys, urllib.request
answers = {}
for url in sys.argv[1:]:
    try:
        answers[url] = json.load(urllib.request.urlopen(url, timeout=10))
    except OSError as error:
        answers[url] = {"error": str(error)}
print(json.dumps(answers))
"""


@dataclass
class Lab:
    """A running embedded host and a copy of the program that is pointed at it."""

    project: Path
    directory: Path
    transcript: list[str] = field(default_factory=list)
    arguments: set[str] = field(default_factory=set)

    def run(
        self, *command: str, project: Path | None = None, stdin: str = "", expect: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command inside; its whole output is kept in ``transcript``."""
        done = self.outside("exec", "--", *command, project=project, stdin=stdin)
        if expect is not None:
            said = f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-8000:]}\n{done.stderr[-8000:]}"
            assert done.returncode == expect, said
        return done

    def outside(
        self, command: str, *arguments: str, project: Path | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Runs one command of ``python -m rehearsal`` for this host."""
        where = project or self.project
        line = [sys.executable, "-m", "rehearsal", command, "--name", "tests", "--dir", str(self.directory), *arguments]
        done = subprocess.run(line, cwd=where, input=stdin, capture_output=True, text=True, check=False)
        self.transcript += [done.stdout, done.stderr]
        return done

    def pulumi(
        self,
        command: str,
        *arguments: str,
        stack: str = "rehearsal",
        project: Path | None = None,
        expect: int | None = 0,
    ) -> subprocess.CompletedProcess[str]:
        """Runs pulumi on one stack."""
        line = ("pulumi", command, "--stack", stack, "--non-interactive", *arguments)
        return self.run(*line, project=project, expect=expect)

    def up(self, *options: str) -> None:
        """``pulumi up`` as ``make rehearsal`` runs it, which also refreshes the shell's kubeconfig."""
        with self._watching_arguments():
            done = self.outside("up", *options, "--")
        assert done.returncode == 0, f"{done.stdout[-8000:]}\n{done.stderr[-8000:]}"

    @contextmanager
    def _watching_arguments(self) -> Iterator[None]:
        """Collects the arguments of every process that lives for longer than an instant meanwhile."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.1):
                for process in Path("/proc").glob("[0-9]*"):
                    with suppress(OSError):
                        self.arguments.add(
                            (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                        )

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def steps(self, *arguments: str, stack: str = "rehearsal", project: Path | None = None) -> list[dict[str, Any]]:
        """What a preview plans to do, without what stays the same."""
        planned = json.loads(self.pulumi("preview", "--json", *arguments, stack=stack, project=project).stdout)
        return [step for step in planned["steps"] if step["op"] != "same"]

    def resources(self, stack: str = "rehearsal") -> list[dict[str, Any]]:
        """All resources of the recorded state."""
        deployment = json.loads(self.pulumi("stack", "export", stack=stack).stdout)["deployment"]
        found: list[dict[str, Any]] = deployment.get("resources", [])
        return found

    def answers(self, urls: Sequence[str]) -> dict[str, Any]:
        """What each URL answers when asked from inside the host."""
        found: dict[str, Any] = json.loads(self.run("python3", "-c", _GET, *urls).stdout)
        return found

    def kubernetes(self, kind: str, *arguments: str) -> Any:
        """Objects of a kind, asked of the cluster."""
        return json.loads(self.run("kubectl", "get", kind, *arguments, "-o", "json").stdout)

    def configured(self, name: str, **changes: Any) -> str:
        """A stack file like the rehearsal's with top-level settings changed; the option that selects it."""
        import yaml

        document = yaml.safe_load((self.project / "Pulumi.rehearsal.yaml").read_text())
        for key, value in changes.items():
            old = document["config"].get(f"rhoso-lab:{key}")
            document["config"][f"rhoso-lab:{key}"] = _merged(old, value)
        path = self.directory.parent / f"{name}.yaml"
        path.write_text(yaml.safe_dump(document))
        return f"--config-file={path}"


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return new


def copy_of_the_program(target: Path) -> Path:
    """The checkout without what belongs to git, caches and other rehearsals."""
    shutil.copytree(ROOT, target, ignore=_NOT_COPIED)
    (target / ".venv").symlink_to(ROOT / ".venv")
    return target


def started(directory: Path) -> Lab:
    """An embedded host that runs, with the stacks made and nothing brought up."""
    lab = Lab(copy_of_the_program(directory / "project"), directory / "host")
    try:
        done = lab.outside("start")
        assert done.returncode == 0, done.stderr
        for stack in ("rehearsal", "lab"):
            lab.run("pulumi", "stack", "init", stack)
    except BaseException:
        lab.outside("stop")
        raise
    return lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The whole lab, up."""
    made = started(tmp_path_factory.mktemp("rehearsal"))
    try:
        made.up()
        yield made
    finally:
        made.outside("stop")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The smallest lab, up; its file says so too, so that ``rehearsal`` is small by default there."""
    made = started(tmp_path_factory.mktemp("smallest"))
    try:
        made.configured("smallest", topology=SMALL)
        shutil.copy(made.directory.parent / "smallest.yaml", made.project / "Pulumi.rehearsal.yaml")
        made.up()
        yield made
    finally:
        made.outside("stop")
