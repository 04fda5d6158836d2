"""One regime for the whole stack: only a higher ``generation`` rebuilds anything, and then it rebuilds everything.

Set in one place by a stack transformation. The engine in 3.250 cascades nothing from a replaced resource to what names
it in ``deleted_with``, so every resource carries the same trigger (docs: traps 1, 2, 2b, 2c of the design).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pulumi
from pulumi import (
    ResourceHook,
    ResourceHookArgs,
    ResourceHookBinding,
    ResourceHookOptions,
    ResourceOptions,
    ResourceTransformationArgs,
    ResourceTransformationResult,
)

# A pool is deleted when it is empty, so its successor stands beside it under another name (KvmHost).
_POOL = "libvirt:index/pool:Pool"
_VOLUME = "libvirt:index/volume:Volume"

# What would force the provider to replace the resource, or what it would silently not apply
# (agent-installer.md §4). On a replacement the engine takes the new values all the same.
IGNORED: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "libvirt:index/network:Network": (
            *("name", "domain", "mode", "bridge", "addresses", "dhcp", "mtu", "routes", "dnsmasqOptions", "xml"),
        ),
        _POOL: ("name", "type", "target", "path", "source", "xml"),
        _VOLUME: (
            *("name", "pool", "size", "format", "source", "baseVolumeId", "baseVolumeName", "baseVolumePool", "xml"),
        ),
        "libvirt:index/domain:Domain": (
            *("name", "description", "vcpu", "memory", "cpu", "type", "arch", "machine", "firmware", "nvram", "disks"),
            *("networkInterfaces", "bootDevices", "graphics", "video", "consoles", "running", "xml"),
        ),
    }
)
_PROVIDER_OF_THE_HOST = "pulumi:providers:libvirt"
_COMMAND = "command:local:Command"
_HALF_MADE = "#initerror"
"""The engine's name (3.250, step_generator.go) for a creation that failed half way and whose result is in the state."""
_INSTALLATION = "-install-complete"

# A destroy shows this name, and nothing else of the hook.
_KEPT = "production is true, so nothing of this stack may be deleted; first set it to false and run pulumi up"


class Seal(pulumi.ComponentResource):
    """Stands last and holds nothing. In ``production`` it depends on all there is and is not to be deleted: a destroy
    begins with what nothing depends on, so it is refused here before anything is gone. Otherwise the engine would
    refuse each protected resource only when it comes to it, with all that depends on it deleted.

    What refuses is a hook: a destroy that doesn't run the program can't run hooks either, and ends at once where one
    is recorded; one that does run it fails on the hook. ``protect`` is behind that, for an ``up`` of a program without
    a seal. It could not be alone: the engine goes on from what it refuses, and 3.250 looks for what else may not go
    along every path of the dependencies (pkg/resource/graph, markAsDependency), thousands of millions in a whole lab.
    """

    def __init__(self, name: str, everything: Sequence[pulumi.Resource], production: bool) -> None:
        opts = ResourceOptions(protect=True, depends_on=everything, hooks=_refusing()) if production else None
        super().__init__("rhoso:stack:Seal", name, None, opts)
        self.register_outputs({})


def _refusing() -> ResourceHookBinding:
    def refuse(args: ResourceHookArgs) -> None:
        raise RuntimeError(f"{args.name} stands over all the others. Nothing was touched.")

    return ResourceHookBinding(before_delete=[ResourceHook(_KEPT, refuse, ResourceHookOptions(on_dry_run=True))])


def seal(everything: Sequence[pulumi.Resource], production: bool) -> None:
    """To be called when all is registered. Always there: one that went with the setting could not be deleted."""
    Seal("seal", everything, production)


def apply(generation: int, blueprint: pulumi.CustomResource, production: bool = False) -> list[pulumi.Resource]:
    """Puts every resource registered from now on under the regime, and behind ``blueprint``'s check. Each is put into
    the list that is returned.

    In ``production`` the engine refuses to delete what holds the machines, and the record of the installation, with
    which all that lives in the cluster would go.
    """
    everything: list[pulumi.Resource] = []

    def transform(args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
        if args.resource is blueprint or args.type_ == _PROVIDER_OF_THE_HOST:
            return None
        if isinstance(args.resource, pulumi.ComponentResource):
            return None
        everything.append(args.resource)
        ruled = ResourceOptions(
            replacement_trigger=str(generation),
            depends_on=[blueprint],
            ignore_changes=list(IGNORED.get(args.type_, ())) or None,
            # A trigger goes round the plugin's own knowledge that named libvirt objects can't exist twice.
            delete_before_replace=args.type_ != _POOL if args.type_ in IGNORED else None,
            # An upload that broke off. The engine would update it, which the plugin can't: no `up` would ever finish.
            replace_on_changes=[_HALF_MADE] if args.type_ == _VOLUME else None,
            protect=True if production and _holds_the_lab(args) else None,
        )
        return ResourceTransformationResult(args.props, ResourceOptions.merge(args.opts, ruled))

    pulumi.runtime.register_stack_transformation(transform)
    return everything


def _holds_the_lab(args: ResourceTransformationArgs) -> bool:
    return args.type_ in IGNORED or (args.type_ == _COMMAND and args.name.endswith(_INSTALLATION))
