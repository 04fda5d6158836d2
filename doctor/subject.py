"""What is looked at: one stack's settings and plan, its host, and which of the host's objects are the stack's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from doctor.state import Recorded, recorded
from doctor.virsh import Domain, Network, Pool, Virsh
from network import Plan, names, plan
from network.model import Node
from settings import Role, Settings

PROJECT = "rhoso-lab"

_Object = TypeVar("_Object", Domain, Network, Pool)


@dataclass(frozen=True)
class Subject:
    """Made by `of`."""

    settings: Settings
    plan: Plan

    @classmethod
    def of(cls, settings: Settings) -> Subject:
        """Raises ValueError for settings without a plan."""
        return cls(settings, plan(settings, PROJECT))

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.settings.stack

    @property
    def mark(self) -> str:
        """What every machine of the stack has as its description, and nobody else's."""
        return f"{PROJECT}/{self.stack}"

    @property
    def installs(self) -> bool:
        """Whether a cluster is installed: not by a stack that ends before, nor beside a cluster that is there."""
        return self.settings.reaches("machines") and not self.settings.openshift.existing.is_used

    @cached_property
    def virsh(self) -> Virsh:
        """The stack's libvirt."""
        return Virsh(self.settings.host.virsh_uri)

    @cached_property
    def recorded(self) -> Recorded:
        """What the stack's state knows of."""
        return recorded(self.stack)

    @property
    def machines(self) -> dict[str, Node]:
        """The planned machines by their names on the host, as far as the stack goes."""
        reached = self.plan.nodes if self.settings.reaches("machines") else ()
        return {f"{self.stack}-{node.name}": node for node in reached}

    @property
    def pool_name(self) -> str:
        """The stack's pool of this generation."""
        return f"{self.stack}-{self.settings.generation}"

    @property
    def pool_path(self) -> str:
        """The directory of that pool."""
        return f"{self.settings.host.pool}/{self.pool_name}"

    @cached_property
    def domains(self) -> tuple[Domain, ...]:
        """The host's machines that are called as the stack's are, whoever they belong to."""
        return self.virsh.domains(f"{self.stack}-")

    @property
    def own_domains(self) -> list[Domain]:
        """Those with the stack's mark."""
        return [domain for domain in self.domains if domain.description == self.mark]

    def size(self, node: Node) -> Role:
        """What a planned machine is to have."""
        return self.settings.machines[f"{node.role}s"]

    @property
    def to_come(self) -> list[Node]:
        """The planned machines that are not there yet."""
        there = {domain.name for domain in self.own_domains}
        return [node for name, node in self.machines.items() if name not in there]

    @property
    def own_networks(self) -> list[Network]:
        """Networks with the stack's name and, since networks carry no mark, a bridge that nobody else would name so."""
        found = []
        for network in self.virsh.networks:
            for key, planned in self.plan.networks.items():
                bridges = (names.bridge(PROJECT, self.stack, key), planned.bridge)
                if network.name == planned.name and network.bridge in bridges:
                    found.append(network)
        return found

    @property
    def own_pools(self) -> list[Pool]:
        """Pools of any generation of the stack: their name, in their place."""
        return [pool for pool in self.virsh.pools if self._is_own(pool)]

    def _is_own(self, pool: Pool) -> bool:
        stack, _, generation = pool.name.rpartition("-")
        return stack == self.stack and generation.isdigit() and pool.path == f"{self.settings.host.pool}/{pool.name}"

    def left_over(self, objects: list[_Object]) -> list[_Object]:
        """Those of the stack's own objects that its state does not know of."""
        return [one for one in objects if one.uuid not in self.recorded.ids]
