"""A preview on an embedded host: outside of it. The host is this review's own unless one is given that runs already."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import yaml

from rehearsal import environment, inside, lifecycle, teardown
from rehearsal.host import Host
from review.definitions import Kind
from review.errors import ReviewError
from review.inside import PASSPHRASE, RESULT, Job, Result

CHECKOUT = Path(__file__).resolve().parent.parent
_VARIABLE = "PULUMI_CONFIG_PASSPHRASE"


def passphrase() -> str | None:
    """The stack's, from where Pulumi looks for it; None where there is none, as for a pull request from a fork."""
    if given := os.environ.get(_VARIABLE):
        return given
    if file := os.environ.get(f"{_VARIABLE}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").rstrip("\n")
        except OSError as error:
            raise ReviewError(f"{_VARIABLE}_FILE: {file} can't be read ({error.strerror}).") from None
    return None


def exported(stack: str) -> str:
    """The recorded state with its secrets encrypted, from the backend that pulumi uses here. It is only read.

    Raises ReviewError.
    """
    command = ["pulumi", "stack", "export", "--stack", stack, "--non-interactive"]
    try:
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ReviewError('pulumi is not on PATH. Get it: make setup, then eval "$(make -s env)".') from None
    if done.returncode != 0:
        raise ReviewError(
            f"The recorded state of {stack} can't be read ({done.stderr.strip()[-500:]}). Name its backend "
            "(PULUMI_BACKEND_URL), or give --state FILE (pulumi stack export)."
        )
    return done.stdout


def provider_of_secrets(text: str) -> str:
    """What keeps the secrets of an exported state. Raises ReviewError if it is no state."""
    try:
        deployment = json.loads(text)["deployment"] or {}
        return str((deployment.get("secrets_providers") or {}).get("type", "passphrase"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ReviewError("The recorded state is none: pulumi stack export writes one.") from None


def kinds(documents: Mapping[str, str]) -> list[Kind]:
    """The kinds of the cluster's objects among rendered documents."""
    return [Kind.of(yaml.safe_load(text)) for path, text in documents.items() if path.startswith("cluster/")]


def preview(
    stack: str, state: str, words: str, release: str, found: list[Kind], crds: Path | None, host: Host | None
) -> Result:
    """The preview of this checkout against `state`. Raises ReviewError and RehearsalError.

    `words` is the passphrase; `release` and `found`: openstack.release and the kinds of head.
    """
    with _running(host) as there:
        directory = Path(mkdtemp(prefix="review-", dir=there.directory / "tmp"))
        try:
            recorded = directory / "recorded.json"
            recorded.write_text(state, encoding="utf-8")
            job = Job(
                str(directory),
                str(CHECKOUT),
                stack,
                str(recorded),
                release,
                [list(asdict(kind).values()) for kind in found],
                str(crds.resolve()) if crds else None,
            )
            file = directory / "job.json"
            file.write_text(json.dumps(asdict(job)), encoding="utf-8")
            with _set(PASSPHRASE, words):
                code = inside.run(there, [environment.interpreter(), "-m", "review.inside", str(file)], CHECKOUT)
            if code != 0:
                raise ReviewError(f"The preview's own part ended with {code}; what it printed says why.")
            return _read(directory / RESULT)
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def _read(file: Path) -> Result:
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    result = Result(**told)
    if result.error:
        raise ReviewError(result.error)
    return result


@contextmanager
def _running(given: Host | None) -> Iterator[Host]:
    """A host that runs: the given one, which is left as it was found, or a new one in a temporary directory."""
    if given is not None:
        ran = given.exists() and given.init() is not None
        lifecycle.start(given, image=False)
        try:
            yield given
        finally:
            if not ran:
                teardown.stop(given)
        return
    with TemporaryDirectory(prefix="rhoso-review-") as parent:
        host = Host("review", Path(parent) / "host")
        lifecycle.start(host, image=False)
        try:
            yield host
        finally:
            teardown.stop(host)


@contextmanager
def _set(name: str, value: str) -> Iterator[None]:
    """An environment variable for what is started meanwhile: arguments can be read by everybody on the machine."""
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
