"""One regime for the whole stack: only a higher ``generation`` rebuilds anything, and then it rebuilds everything.

Set in one place by a stack transformation. The engine in 3.250 cascades nothing from a replaced resource to what names
it in ``deleted_with``, so every resource carries the same trigger (docs: traps 1, 2, 2b, 2c of the design).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pulumi
from pulumi import ResourceOptions, ResourceTransformationArgs, ResourceTransformationResult

# A pool is deleted when it is empty, so its successor stands beside it under another name (KvmHost).
_POOL = "libvirt:index/pool:Pool"

# What would force the provider to replace the resource, or what it would silently not apply
# (agent-installer.md §4). On a replacement the engine takes the new values all the same.
IGNORED: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "libvirt:index/network:Network": (
            *("name", "domain", "mode", "bridge", "addresses", "dhcp", "mtu", "routes", "dnsmasqOptions", "xml"),
        ),
        _POOL: ("name", "type", "target", "path", "source", "xml"),
        "libvirt:index/volume:Volume": (
            *("name", "pool", "size", "format", "source", "baseVolumeId", "baseVolumeName", "baseVolumePool", "xml"),
        ),
        "libvirt:index/domain:Domain": (
            *("name", "description", "vcpu", "memory", "cpu", "type", "arch", "machine", "firmware", "nvram", "disks"),
            *("networkInterfaces", "bootDevices", "graphics", "video", "consoles", "running", "xml"),
        ),
    }
)
_PROVIDER_OF_THE_HOST = "pulumi:providers:libvirt"


def apply(generation: int, blueprint: pulumi.CustomResource) -> None:
    """Puts every resource registered from now on under the regime, and behind ``blueprint``'s check."""

    def transform(args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
        if args.resource is blueprint or args.type_ == _PROVIDER_OF_THE_HOST:
            return None
        if isinstance(args.resource, pulumi.ComponentResource):
            return None
        ruled = ResourceOptions(
            replacement_trigger=str(generation),
            depends_on=[blueprint],
            ignore_changes=list(IGNORED.get(args.type_, ())) or None,
            # A trigger goes round the plugin's own knowledge that named libvirt objects can't exist twice.
            delete_before_replace=args.type_ != _POOL if args.type_ in IGNORED else None,
        )
        return ResourceTransformationResult(args.props, ResourceOptions.merge(args.opts, ruled))

    pulumi.runtime.register_stack_transformation(transform)
