"""Rules about the lab as a whole, which no single field can know.

Each rule is a small function that yields a `Problem` for everything it finds wrong; all rules always run, so a user
hears everything at once. What a field can judge alone is judged in `types.py` and beside the field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from settings.errors import Problem
from settings.rules import cluster, existing, machines, openstack, ranges, wires
from settings.stack import Settings

Rule: TypeAlias = Callable[[Settings], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    *machines.RULES,
    *wires.RULES,
    *ranges.RULES,
    *cluster.RULES,
    *existing.RULES,
    *openstack.RULES,
)


def broken_rules(settings: Settings) -> Iterator[Problem]:
    """Everything that is wrong with the lab as a whole."""
    for rule in RULES:
        yield from rule(settings)
