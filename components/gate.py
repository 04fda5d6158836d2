"""A readiness gate as a resource: a Command that ends when the cluster itself says that a layer is done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi_command as command
from pulumi import Input, Output, ResourceOptions

from components.cluster_access import api_of
from components.outputs import secret
from readiness import spec


@dataclass(frozen=True)
class GateArgs:
    """What a gate waits for.

    ``what`` names the layer in messages; ``wait`` holds checks from ``readiness.spec``; ``timeout`` is in seconds.
    ``written`` are outputs of the watched objects that change with every write (``metadata.generation``), so that any
    write makes the gate wait again, a revert too. A kubeconfig that is merely read again does not.
    """

    what: str
    wait: Sequence[Mapping[str, Any]]
    timeout: int
    kubeconfig: Output[str]
    written: Sequence[Input[Any]] = ()


def gate(name: str, args: GateArgs, opts: ResourceOptions) -> command.local.Command:
    """Fails the run with the object's own message; a failed gate is tried again by the next ``up``."""
    digest = hashlib.sha256(json.dumps(args.wait, sort_keys=True).encode()).hexdigest()
    return command.local.Command(
        name,
        create="python3 -m readiness",
        stdin=secret(args.kubeconfig.apply(lambda text: _document(args, text))),
        triggers=[digest, *args.written],
        add_previous_output_in_env=False,
        logging=command.local.Logging.STDERR,
        opts=ResourceOptions.merge(opts, ResourceOptions(ignore_changes=["stdin"])),
    )


def _document(args: GateArgs, kubeconfig: str) -> str:
    return json.dumps(spec.document(args.what, api_of(kubeconfig), args.wait, args.timeout))
