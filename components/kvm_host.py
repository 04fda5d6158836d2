"""``KvmHost``: the connection to one libvirt and the storage pool of the stack on it."""

from __future__ import annotations

import pulumi_libvirt as libvirt
from pulumi import ComponentResource, Output, ResourceOptions

from network import Plan
from settings import Host


class KvmHost(ComponentResource):
    """``provider`` is for every libvirt resource; ``pool`` the name of the stack's own pool."""

    provider: libvirt.Provider
    pool: Output[str]

    def __init__(self, name: str, host: Host, plan: Plan, generation: int, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:kvm:KvmHost", name, None, opts)
        self.provider = libvirt.Provider(f"{name}-libvirt", uri=host.uri, opts=ResourceOptions(parent=self))
        # Each generation has a pool of its own: the old one can go only after the last of its volumes.
        own = f"{plan.stack}-{generation}"
        pool = libvirt.Pool(
            f"{name}-pool",
            name=own,
            type="dir",
            target=libvirt.PoolTargetArgs(path=f"{host.pool}/{own}"),
            opts=ResourceOptions(parent=self, provider=self.provider),
        )
        self.pool = pool.name
        self.register_outputs({"pool": self.pool})
