"""All rules, each under its name. Who asks is another's matter: the policy pack (`__main__.py`), or a review."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from policy import capacity, gates, listening, load_balancers, macs, plain_text, production
from policy.model import Resource, Violation


@dataclass(frozen=True, slots=True)
class OfTheStack:
    """A rule about several resources, all of the stack. ``says`` is the rule in a sentence."""

    name: str
    says: str
    violations: Callable[[Sequence[Resource]], Iterator[Violation]]


@dataclass(frozen=True, slots=True)
class OfAResource:
    """A rule about one resource, of which it is given the inputs."""

    name: str
    says: str
    violations: Callable[[Resource], Iterator[Violation]]


SECRETS = OfAResource("secrets-are-secret", "What holds credentials is a secret.", plain_text.violations)
"""The one rule that is given ``Hidden`` in place of secrets; to all others values are just values."""
OF_A_RESOURCE = (OfAResource("listens-locally", "No machine listens for others.", listening.violations),)
OF_THE_STACK = (
    OfTheStack("unique-macs", "No two NICs of the stack share a MAC.", macs.violations),
    OfTheStack("gated-objects", "Every object of a definition has a gate.", gates.violations),
    OfTheStack("secret-outputs", "What a command puts out is a secret.", plain_text.of_outputs),
    OfTheStack("fits-the-host", "All machines and volumes fit on the KVM host.", capacity.violations),
    OfTheStack("planned-addresses", "Services are at planned addresses.", load_balancers.violations),
    OfTheStack("production-is-protected", "Production can't be deleted.", production.violations),
)
