"""The engine's refresh as a preview, and `up` after a refresh.

With PULUMI_ENABLE_STREAMING_JSON_PREVIEW, `pulumi refresh --preview-only --json` prints every event as one line of JSON
(Pulumi 3.250, sdk/go/common/apitype/events.go), also those of resources that the plain document leaves out because all
that differs is in their `ignore_changes`. Secrets come blinded as "[secret]".
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_SECONDS = 900.0
_GRACE = 30.0
_STREAMED = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true", "PULUMI_SKIP_UPDATE_CHECK": "true"}
_READ = "resOutputsEvent"
_SAID = "diagnosticEvent"


class DriftError(Exception):
    """Nothing can be told, and ``str()`` says why."""


@dataclass(frozen=True)
class Seen:
    """One resource that was read: ``old`` as recorded, ``new`` as found (None where it is gone), each the properties by
    name, ``outputs`` and ``inputs``. ``paths`` are the properties in which the engine sees a difference to mend."""

    urn: str
    old: Mapping[str, Any]
    new: Mapping[str, Any] | None
    paths: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """Its type token, such as ``libvirt:index/domain:Domain``."""
        return type_of(self.urn)


@dataclass
class Comparison:
    """What one refresh came to; ``failures`` says for a URN (empty: for the whole run) why it could not be read."""

    seen: dict[str, Seen] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def type_of(urn: str) -> str:
    """The resource's own type, of a URN that names its parents' too."""
    return urn.split("::")[2].rpartition("$")[2]


def compared(stack: str, without: Iterable[str]) -> Comparison:
    """Everything read anew but ``without`` (URNs, or patterns with ** in them). Raises DriftError when the engine gives
    no answer in time, or can't be started."""
    options = [option for urn in without for option in ("--exclude", urn)]
    command = _pulumi("refresh", stack, "--preview-only", "--json", *options)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **_STREAMED},
        )
    except FileNotFoundError:
        raise DriftError('pulumi is not on PATH; set it up: make setup, then eval "$(make -s env)".') from None
    out, err = _ended(process)
    comparison = read(out.splitlines())
    if process.returncode != 0 and not comparison.failures:
        comparison.failures[""] = "\n".join(err.strip().splitlines()[-8:]) or f"exit code {process.returncode}"
    return comparison


def _ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    try:
        return process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        # As Ctrl-C, so that it gives its lock back; the second one ends it for good.
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=_GRACE)
                break
            except subprocess.TimeoutExpired:
                continue
        process.kill()
        raise DriftError(f"pulumi refresh gave no answer in {_SECONDS:.0f} s: libvirt or the cluster hangs.") from None


def read(lines: Iterable[str]) -> Comparison:
    """Of the engine's events. What is no event (a warning of the engine's) is passed by."""
    comparison = Comparison()
    for event in _events(lines):
        if _READ in event:
            metadata = event[_READ]["metadata"]
            comparison.seen[metadata["urn"]] = _seen(metadata)
        elif _SAID in event and event[_SAID].get("severity") == "error":
            said = event[_SAID]
            comparison.failures.setdefault(said.get("urn", ""), " ".join(str(said["message"]).split()))
    if len(comparison.failures) > 1:
        comparison.failures.pop("", None)  # "refresh failed"
    return comparison


def _events(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def _seen(metadata: Mapping[str, Any]) -> Seen:
    gone = metadata["op"] == "delete"
    differs = metadata["op"] == "update"
    paths = tuple(sorted(metadata.get("detailedDiff") or metadata.get("diffs") or ())) if differs else ()
    return Seen(metadata["urn"], metadata["old"] or {}, None if gone else metadata["new"] or {}, paths)


def put_back(stack: str, without: Iterable[str]) -> int:
    """`pulumi up` with what is found taken for its old state; its exit code. ``without`` stays as it is recorded."""
    options = [option for urn in without for option in ("--exclude", urn)]
    return subprocess.run(
        _pulumi("up", stack, "--refresh", "--yes", "--skip-preview", *options), check=False
    ).returncode


def _pulumi(command: str, stack: str, *arguments: str) -> list[str]:
    return ["pulumi", command, *arguments, "--stack", stack, "--non-interactive"]
