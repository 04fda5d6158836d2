"""Two backends for one small project: a directory, and a bucket of a real S3 server on loopback that keeps files."""

from __future__ import annotations

import hashlib
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import engine
from engine import cache, gobuild

MODULE = Path(__file__).parent / "s3server"
"""go.mod and go.sum of the server, versitygw (Apache 2.0); nothing of it is part of the program."""
PACKAGE = "github.com/versity/versitygw/cmd/versitygw"
BUCKET = "lab-state"
SECRET = "password-that-the-state-must-not-show"
PASSPHRASE = "passphrase-of-the-backend-tests"
PATIENCE = 120.0
"""Seconds after which a program that says nothing is taken for dead."""

# Tells by one pipe that it runs, and goes on when the other is closed: meanwhile its stack is locked.
PROGRAM = f"""
import os, pulumi
if pipes := os.environ.get("PIPES"):
    says, hears = pipes.split(":")
    with open(says, "w") as pipe:
        pipe.write("running")
    with open(hears) as pipe:
        pipe.read()
pulumi.export("password", pulumi.Output.secret("{SECRET}"))
"""


@dataclass(frozen=True)
class Backend:
    """``files`` is where all of it is kept in the end; ``environment`` what pulumi needs to use it."""

    files: Path
    project: Path
    environment: dict[str, str]

    def pulumi(
        self, *arguments: str, stdin: str = "", expect: int | None = 0, **changes: str
    ) -> subprocess.CompletedProcess[str]:
        """One command of pulumi on the stack ``test``."""
        command = ["pulumi", "--non-interactive", *arguments]
        environment = self.environment | changes
        done = subprocess.run(
            command, cwd=self.project, env=environment, input=stdin, capture_output=True, text=True, check=False
        )
        if expect is not None:
            assert done.returncode == expect, f"{' '.join(command)}:\n{done.stdout}\n{done.stderr}"
        return done

    @contextmanager
    def held(self) -> Iterator[subprocess.Popen[str]]:
        """An ``up`` that is in the middle of its work; it goes on, and is waited for, afterwards."""
        says, hears = (self.project / name for name in ("says", "hears"))
        for pipe in (says, hears):
            os.mkfifo(pipe)
        # Opened for both, so that it blocks nobody when the program dies before it comes to them.
        told, tells = (os.open(pipe, os.O_RDWR) for pipe in (says, hears))
        process = subprocess.Popen(
            ["pulumi", "--non-interactive", "up", "--yes", "--skip-preview", "--stack", "test"],
            cwd=self.project,
            env=self.environment | {"PIPES": f"{says}:{hears}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        dies = os.pidfd_open(process.pid)
        try:
            ready, _, _ = select.select([told, dies], [], [], PATIENCE)
            assert ready == [told], process.communicate()[0] if ready else "no answer"
            yield process
        finally:
            for descriptor in (told, tells, dies):
                os.close(descriptor)
            process.wait(PATIENCE)


def _project(directory: Path, url: str, files: Path, **more: str) -> Backend:
    layout = engine.paths()
    project, home = directory / "project", directory / "home"
    for path in (project, home):
        path.mkdir()
    (home / "plugins").symlink_to(layout.home / "plugins")
    (project / "__main__.py").write_text(PROGRAM)
    runtime = f"{{name: python, options: {{virtualenv: {sys.prefix}}}}}"
    (project / "Pulumi.yaml").write_text(f"name: backends\nruntime: {runtime}\n")
    environment = {
        **os.environ,
        "PATH": f"{layout.bin}:{os.environ['PATH']}",
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": url,
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **more,
    }
    made = Backend(files, project, environment)
    made.pulumi("stack", "init", "test")
    return made


@pytest.fixture(scope="session")
def versitygw() -> Path:
    """The server, built once a machine from the Go module proxy, as the engine is."""
    wanted = hashlib.sha256((MODULE / "go.mod").read_bytes() + (MODULE / "go.sum").read_bytes()).hexdigest()[:16]
    binary = cache.base() / "s3server" / wanted / "versitygw"
    if not binary.exists():
        binary.parent.mkdir(parents=True, exist_ok=True)
        partial = binary.with_suffix(f".{os.getpid()}")
        command = ["go", "build", "-o", str(partial), PACKAGE]
        subprocess.run(command, cwd=MODULE, env=gobuild.environment(), check=True)
        partial.rename(binary)
    return binary


@contextmanager
def _serving(binary: Path, directory: Path) -> Iterator[str]:
    """The server's address, while it serves ``directory``/data, where a bucket is a directory."""
    data, side = directory / "data", directory / "side"
    (data / BUCKET).mkdir(parents=True)
    side.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        # Attributes of objects are files too: not every file system has extended ones.
        [str(binary), "--port", address, "posix", "--sidecar", str(side), str(data)],
        env={"ROOT_ACCESS_KEY": "tests", "ROOT_SECRET_KEY": "secret-key-of-the-tests"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if f"http://{address}" in line:
                break
        else:
            raise AssertionError("".join(said))
        # What it says of each request has to go somewhere, or it stops.
        with (directory / "server.log").open("w") as log:
            drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=log)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)
    drain.wait(PATIENCE)


@pytest.fixture(params=["file", "s3"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """A stack ``test`` in each kind of backend, with nothing in it."""
    if request.param == "file":
        kept = tmp_path / "state"
        kept.mkdir()
        yield _project(tmp_path, f"file://{kept}", kept)
        return
    with _serving(request.getfixturevalue("versitygw"), tmp_path) as address:
        url = f"s3://{BUCKET}?endpoint=http://{address}&region=us-east-1&use_path_style=true"
        keys = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "secret-key-of-the-tests"}
        yield _project(tmp_path, url, tmp_path / "data" / BUCKET, **keys)
