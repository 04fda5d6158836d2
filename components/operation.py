"""A step of ``operations`` as a resource: a Command that runs ``python3 -m operations <step>`` with a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi_command as command
from pulumi import Input, Output, Resource, ResourceOptions

from components.cluster_access import api_of
from components.outputs import secret


@dataclass(frozen=True)
class OperationArgs:
    """``document`` is what the step is told besides the API and ``timeout`` (seconds).

    What makes the step run again is ``triggers``: then it is another step to the engine, and knows nothing of the one
    before. A step that ``sees_previous_output`` has no triggers: it runs again when its ``arguments`` change, on the
    document of the first time.
    """

    step: str
    document: Input[Mapping[str, Any]]
    timeout: int
    kubeconfig: Output[str]
    triggers: Sequence[Input[Any]] = ()
    sees_previous_output: bool = False
    arguments: Sequence[str] = ()


def operation(
    name: str, args: OperationArgs, parent: Resource, after: Sequence[Resource] = ()
) -> command.local.Command:
    """Its standard output is one JSON document. Its removal does nothing."""
    document = Output.all(kubeconfig=args.kubeconfig, document=args.document).apply(
        lambda known: {**known["document"], "timeout": args.timeout, "api": api_of(known["kubeconfig"])}
    )
    return command.local.Command(
        name,
        create=" ".join(("python3 -m operations", args.step, *args.arguments)),
        stdin=secret(Output.json_dumps(document)),
        triggers=[args.step, *args.triggers],
        add_previous_output_in_env=args.sees_previous_output,
        logging=command.local.Logging.STDERR,
        opts=ResourceOptions(
            parent=parent,
            depends_on=list(after),
            ignore_changes=["stdin"],
        ),
    )
