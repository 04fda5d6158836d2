"""The policy pack: each rule under its name, as the engine asks for it.

A rule about one resource is asked before that is made; a rule about several at the end of a preview and of a run, so
also before anything is made, unless the preview is left out (``up --skip-preview``).
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# The engine starts this directory as a program; its modules are named from the checkout, as everywhere.
sys.path.insert(0, str(Path(__file__).parents[1]))

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy import capacity, gates, listening, load_balancers, macs, plain_text, production, seen
from policy.model import Resource, Violation

asked: dict[str, Resource] = {}
"""Each resource of this run as it was asked for, by URN."""


def of_the_stack(name: str, says: str, rule: Callable[[Sequence[Resource]], Iterator[Violation]]) -> Any:
    """A rule about several resources."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for violation in rule(seen.all_of(args.resources, asked)):
            report(violation.message, violation.urn)

    return StackValidationPolicy(name, says, validate)


def of_a_resource(name: str, says: str, rule: Callable[[Resource], Iterator[Violation]]) -> Any:
    """A rule about one resource."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        asked[args.urn] = seen.one(args)
        for violation in rule(asked[args.urn]):
            report(violation.message, None)

    return ResourceValidationPolicy(name, says, validate)


def of_secrets(name: str, says: str) -> Any:
    """The rule about secrets, in two steps: only a remediation sees what is secret, only a validation can refuse.

    The engine asks for both of each resource, in this order. Nothing is remedied: a secret that the program forgot is
    to be put right in the program.
    """
    found: dict[str, list[Violation]] = {}

    def look(args: ResourceValidationArgs) -> None:
        found[args.urn] = list(plain_text.violations(seen.one(args)))

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.urn not in found:
            unseen = "what is secret was not seen; this rule must run at the level remediate. Leave it so."
            report(f"{args.name}: {unseen}", None)
        for violation in found.pop(args.urn, []):
            report(violation.message, None)

    return ResourceValidationPolicy(name, says, validate, EnforcementLevel.REMEDIATE, remediate=look)


if __name__ == "__main__":
    # The library leaves the port that it tells the engine in the buffer, and both would wait for ever.
    sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", buffering=0, closefd=False), write_through=True)
    PolicyPack(
        "rhoso-lab",
        [
            of_the_stack("unique-macs", "No two NICs of the stack share a MAC.", macs.violations),
            of_the_stack("gated-objects", "Every object of a definition has a gate.", gates.violations),
            of_secrets("secrets-are-secret", "What holds credentials is a secret."),
            of_the_stack("secret-outputs", "What a command puts out is a secret.", plain_text.of_outputs),
            of_the_stack("fits-the-host", "All machines and volumes fit on the KVM host.", capacity.violations),
            of_a_resource("listens-locally", "No machine listens for others.", listening.violations),
            of_the_stack("planned-addresses", "Services are at planned addresses.", load_balancers.violations),
            of_the_stack("production-is-protected", "Production can't be deleted.", production.violations),
        ],
        EnforcementLevel.MANDATORY,
    )
