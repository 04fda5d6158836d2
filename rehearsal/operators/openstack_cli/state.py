"""The cloud's memory: ``openstack.json`` in the installation's directory, locked for as long as a command uses it.

``computes`` {host: {address, port, user, key, node_set, gateway, physical_networks}}: what deployments have set up;
``services`` and ``agents`` {id: {host, …}}: what registered with Nova and OVN, until it is deleted; ``resources``
{kind: {id: {name, …}}}: what users made; ``cloud``: what the cluster says of it (jobs.py).
"""

from __future__ import annotations

import copy
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FILE = "openstack.json"
_EMPTY: dict[str, Any] = {"computes": {}, "services": {}, "agents": {}, "resources": {}, "cloud": {}}

State = dict[str, Any]


@contextmanager
def opened(directory: Path) -> Iterator[State]:
    """The state, to be changed in place: written back if the block ends well. One at a time, over all processes."""
    file = directory / FILE
    # The lock is a file of its own, for the state's is replaced.
    descriptor = os.open(directory / f".{FILE}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            known: State = {**copy.deepcopy(_EMPTY), **json.loads(file.read_text())}
        except FileNotFoundError:
            known = copy.deepcopy(_EMPTY)
        before = json.dumps(known)
        yield known
        if json.dumps(known) != before:
            _write(file, known)
    finally:
        os.close(descriptor)


def register(directory: Path, computes: Sequence[Mapping[str, Any]]) -> None:
    """Remember computes that a deployment has set up; their records follow from what runs on them."""
    with opened(directory) as known:
        for compute in computes:
            known["computes"][compute["host"]] = {key: value for key, value in compute.items() if key != "host"}


def _write(file: Path, known: State) -> None:
    """There are private keys in it."""
    fresh = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        json.dump(known, output, indent=1)
    fresh.replace(file)
