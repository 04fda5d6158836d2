"""The policy pack: the rules as the engine asks for them.

A rule about one resource is asked before that is made; a rule about several at the end of a preview and of a run, so
also before anything is made, unless the preview is left out (``up --skip-preview``).
"""

from __future__ import annotations

import io
import os
import sys
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

from policy import seen
from policy.model import Resource, Violation
from policy.rules import OF_A_RESOURCE, OF_THE_STACK, SECRETS, OfAResource, OfTheStack

asked: dict[str, Resource] = {}
"""Each resource of this run as it was asked for, by URN."""


def of_the_stack(rule: OfTheStack) -> Any:
    """A rule about several resources."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for violation in rule.violations(seen.all_of(args.resources, asked)):
            report(violation.message, violation.urn)

    return StackValidationPolicy(rule.name, rule.says, validate)


def of_a_resource(rule: OfAResource) -> Any:
    """A rule about one resource."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        asked[args.urn] = seen.one(args)
        for violation in rule.violations(asked[args.urn]):
            report(violation.message, None)

    return ResourceValidationPolicy(rule.name, rule.says, validate)


def of_secrets(rule: OfAResource) -> Any:
    """The rule about secrets, in two steps: only a remediation sees what is secret, only a validation can refuse.

    The engine asks for both of each resource, in this order. Nothing is remedied: a secret that the program forgot is
    to be put right in the program.
    """
    found: dict[str, list[Violation]] = {}

    def look(args: ResourceValidationArgs) -> None:
        found[args.urn] = list(rule.violations(seen.one(args)))

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.urn not in found:
            unseen = "what is secret was not seen; this rule must run at the level remediate. Leave it so."
            report(f"{args.name}: {unseen}", None)
        for violation in found.pop(args.urn, []):
            report(violation.message, None)

    return ResourceValidationPolicy(rule.name, rule.says, validate, EnforcementLevel.REMEDIATE, remediate=look)


if __name__ == "__main__":
    # The library leaves the port that it tells the engine in the buffer, and both would wait for ever.
    sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", buffering=0, closefd=False), write_through=True)
    PolicyPack(
        "rhoso-lab",
        [*map(of_the_stack, OF_THE_STACK), *map(of_a_resource, OF_A_RESOURCE), of_secrets(SECRETS)],
        EnforcementLevel.MANDATORY,
    )
