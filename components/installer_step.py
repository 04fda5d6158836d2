"""A step of ``installer`` as a resource: a Command that runs ``python3 -m installer <step>`` with a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi_command as command
from pulumi import Input, Output, Resource, ResourceOptions

from components.outputs import secret


def installer_step(
    name: str,
    step: str,
    document: Input[dict[str, Any]],
    parent: Resource,
    *,
    after: Sequence[Resource] = (),
    secret_outputs: bool = False,
    removed_by: str | None = None,
    sees_previous_output: bool = False,
) -> command.local.Command:
    """``document`` goes to the step's standard input, and counts only when the step runs: what may change it is the
    blueprint's business, not the engine's."""
    return command.local.Command(
        name,
        create=f"python3 -m installer {step}",
        delete=f"python3 -m installer {removed_by}" if removed_by else None,
        stdin=secret(Output.json_dumps(document)),
        add_previous_output_in_env=sees_previous_output,
        logging=command.local.Logging.NONE if secret_outputs else command.local.Logging.STDERR,
        opts=ResourceOptions(
            parent=parent,
            depends_on=list(after),
            ignore_changes=["stdin"],
            additional_secret_outputs=["stdout", "stderr"] if secret_outputs else None,
        ),
    )
