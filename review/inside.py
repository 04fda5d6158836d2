"""Inside the embedded host: the preview of a change against a throwaway copy of the recorded state.

``python -m review.inside JOB``: JOB is a JSON file, see `Job`; what is found is written beside it. The passphrase comes
in the environment. The recorded state's own backend is not known here, and could not be reached.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from manifests import render
from manifests.credentials import Credentials
from network import plan as make_plan
from rehearsal.cluster.address import NoInterfaceError
from rehearsal.cluster.controlplane import StartError
from rehearsal.cluster.kube import KubeError
from rehearsal.cluster.process import MissingBinaryError
from rehearsal.recorded import serving
from review import definitions, stackconfig, state
from review.definitions import Kind
from review.errors import ReviewError
from settings import SettingsError, parse

PASSPHRASE = "RHOSO_REVIEW_PASSPHRASE"
RESULT = "result.json"


@dataclass(frozen=True)
class Job:
    """What to preview; all paths are absolute. `directory` is new and private to this review."""

    directory: str
    checkout: str
    stack: str
    state: str
    release: str
    kinds: list[list[Any]]
    crds: str | None


@dataclass(frozen=True)
class Result:
    """`preview` is the engine's JSON, `said` its last words when there is none; `seconds` is the preview's wall clock.

    `secrets` are the lab's, to be masked; `unchecked` the kinds whose fields nobody checked. `error`: why there is no
    preview.
    """

    preview: dict[str, Any]
    said: str
    seconds: float
    secrets: list[str]
    unchecked: list[str]
    objects: int
    error: str = ""


class Engine:
    """Pulumi with a backend of its own below `directory`, and a project there that is only configuration."""

    def __init__(self, directory: Path, stack: str) -> None:
        self.project = directory / "project"
        self._stack = stack
        backend, home = directory / "backend", directory / "pulumi"
        backend.mkdir()
        home.mkdir()
        (home / "plugins").symlink_to(Path(os.environ["PULUMI_HOME"], "plugins"))
        # The engine logs whatever it does, encrypted, into a directory of this name, which costs a second of its time;
        # where it can't have one it goes without (pulumi/pulumi pkg/logging/encrypted.go). Nobody could read it later.
        (home / "logs").touch()
        self._environment = {
            **os.environ,
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE": os.environ[PASSPHRASE],
        }
        self._environment.pop(PASSPHRASE)

    def run(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """One command on the stack."""
        return subprocess.run(
            ["pulumi", *arguments, "--stack", self._stack, "--non-interactive"],
            cwd=cwd or self.project,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, *arguments: str) -> str:
        """Standard output of a command that has to succeed. Raises ReviewError."""
        done = self.run(*arguments)
        if done.returncode != 0:
            what = " ".join(word for word in arguments if not word.startswith("-"))
            raise ReviewError(
                f"pulumi {what} failed on the throwaway copy of the state:\n{done.stderr.strip()[-2000:]}"
            )
        return done.stdout


def review(job: Job) -> Result:
    """The preview. Raises ReviewError when there can be none."""
    directory, checkout = Path(job.directory), Path(job.checkout)
    engine = Engine(directory, job.stack)
    stackconfig.project(engine.project, checkout, job.stack)
    engine.must("stack", "init")
    engine.must("stack", "import", "--file", job.state)
    recorded = json.loads(engine.must("stack", "export", "--show-secrets"))
    objects, chosen = state.objects(recorded), definitions.Chosen((), ())
    access = state.access(recorded)
    texts = stackconfig.local_uri(engine.project, job.stack, state.uri(recorded))
    with _answering(directory, access) as server:
        if server is not None and access is not None:
            engine_directory = os.environ.get("RHOSO_ENGINE")
            chosen = definitions.choose(
                [*map(Kind.of, objects), *(Kind(*kind) for kind in job.kinds)],
                job.release,
                Path(engine_directory) if engine_directory else None,
                Path(job.crds) if job.crds else None,
            )
            server.define(chosen.definitions)
            server.describe()
            server.write(objects)
            own = server.credentials
            texts |= state.replaced_access(access, own.ca, own.certificate, own.key)
        throwaway = directory / "throwaway.json"
        throwaway.touch(mode=0o600)
        throwaway.write_text(json.dumps(state.rewritten(recorded, texts)), encoding="utf-8")
        engine.must("stack", "import", "--file", str(throwaway))
        file = stackconfig.file(engine.project, job.stack)
        began = time.monotonic()
        done = engine.run("preview", "--json", "--show-sames", f"--config-file={file}", cwd=checkout)
        seconds = time.monotonic() - began
    secrets = state.secrets(recorded) | _derived(engine, job.stack)
    return Result(
        _parsed(done.stdout), done.stderr[-8000:], seconds, sorted(secrets), list(chosen.unchecked), len(objects)
    )


@contextmanager
def _answering(directory: Path, access: state.Access | None) -> Iterator[Any]:
    """The API server in the recorded cluster's place, at its address; None where there is no cluster."""
    if access is None:
        yield None
        return
    with serving(directory / "cluster", access.address, access.names) as server:
        yield server


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _derived(engine: Engine, stack: str) -> set[str]:
    """The secrets of head's configuration, and the values of the Secrets that it renders."""
    listed = json.loads(engine.must("config", "--show-secrets", "--json"))
    found = {text for entry in listed.values() if entry["secret"] for text in _leaves(entry["value"])}
    try:
        settings = parse(stack, {key.partition(":")[2]: entry["value"] for key, entry in listed.items()})
        credentials = Credentials(settings.secret.get_secret_value(), settings.rotation)
        rendered = render.objects(settings, make_plan(settings), credentials)
    except (SettingsError, ValueError):
        return found  # the preview says what is wrong
    values = [value for item in rendered.values() if item["kind"] == "Secret" for value in item["stringData"].values()]
    return found | set(values) | {credentials.key_pair(label).private for label in ("cluster-nodes", "computes")}


def _leaves(value: Any) -> Iterator[str]:
    """The values in a secret setting; of a section that holds a secret all of them, as the engine takes them."""
    try:
        document = json.loads(value)
    except (TypeError, ValueError):
        yield str(value)
        return
    yield from _texts(document) if isinstance(document, dict | list) else [str(value)]


def _texts(value: Any) -> Iterator[str]:
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(item, str):
            yield item
        yield from _texts(item)


def main(arguments: Sequence[str]) -> int:
    """Run the job of a file; always writes a result."""
    job = Job(**json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    try:
        result = review(job)
    except (ReviewError, StartError, NoInterfaceError, MissingBinaryError, KubeError, OSError) as error:
        result = Result({}, "", 0.0, [], [], 0, error=str(error) or type(error).__name__)
    out = Path(job.directory) / RESULT
    out.touch(mode=0o600)
    out.write_text(json.dumps(asdict(result)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
