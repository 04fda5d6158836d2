"""The services that a node set can be deployed with, as the operator brings them (openstack-operator config/services).

What is kept of each is what can go wrong: the Secrets and ConfigMaps that its playbook is given, and what it leaves
running on a compute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .data_plane import API_VERSION, Source, sources
from .standin import KEEP
from .world import World

KIND = "OpenStackDataPlaneService.dataplane.openstack.org"
OVN_IMAGE = "OvnControllerImage"


@dataclass(frozen=True)
class Service:
    """``units``: services of systemd that run afterwards; ``images``: fields of OpenStackVersion's list that it brings.

    ``updates``: what its ``edpmServiceType`` makes of the node set's deployedVersion.
    """

    name: str
    sources: tuple[Source, ...] = ()
    units: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    updates: bool = False


def _secrets(*names: str) -> tuple[Source, ...]:
    return tuple(Source("Secret", name) for name in names)


_PLAIN = (
    *("redhat", "bootstrap", "download-cache", "configure-network", "validate-network", "install-os", "configure-os"),
    *("ssh-known-hosts", "run-os", "reboot-os", "install-certs", "fips-status", "tuned", "configure-ovs-dpdk", "frr"),
    *("ceph-hci-pre", "logging", "telemetry-power-monitoring", "ovn-bgp-agent", "update-system"),
)
_TLS = _secrets("combined-ca-bundle")
_AGENT = "edpm_ovn_metadata_agent"

DEFAULT = {
    service.name: service
    for service in (
        *(Service(name) for name in _PLAIN),
        Service("ovn", (Source("ConfigMap", "ovncontroller-config"), *_TLS), ("edpm_ovn_controller",), (OVN_IMAGE,)),
        Service(
            "neutron-metadata",
            _secrets("neutron-ovn-metadata-agent-neutron-config", "nova-metadata-neutron-config") + _TLS,
            (_AGENT,),
        ),
        Service("neutron-ovn", _secrets("neutron-ovn-agent-neutron-config") + _TLS, ("edpm_neutron_ovn_agent",)),
        Service("neutron-dhcp", _secrets("neutron-dhcp-agent-neutron-config") + _TLS, ("edpm_neutron_dhcp_agent",)),
        Service("neutron-sriov", _secrets("neutron-sriov-agent-neutron-config"), ("edpm_neutron_sriov_agent",)),
        Service("libvirt", _secrets("libvirt-secret") + _TLS, ("virtqemud",)),
        Service(
            "nova",
            (
                *_secrets("nova-cell1-compute-config", "nova-migration-ssh-key"),
                Source("ConfigMap", "nova-extra-config", optional=True),
                *_TLS,
            ),
            ("edpm_nova_compute",),
        ),
        Service("telemetry", _secrets("ceilometer-compute-config-data") + _TLS, ("edpm_ceilometer_agent_compute",)),
        Service("ceph-client", _secrets("ceph-conf-files")),
        Service("swift", (*_secrets("swift-conf"), Source("ConfigMap", "swift-ring-files")), ("edpm_swift",)),
        Service("update", updates=True),
        Service("update-services", updates=True),
    )
}


def find(name: str, namespace: str, world: World) -> Service | None:
    """A service of the operator's, or one of the user's own; None when there is none of that name."""
    own = world.get(KIND, name, namespace)
    if own is None or name in DEFAULT:
        return DEFAULT.get(name)
    spec = own["spec"]
    updates = spec.get("edpmServiceType") in ("update", "update-services")
    return Service(name, tuple(sources(spec.get("dataSources"))), updates=updates)


def objects(namespace: str) -> list[dict[str, Any]]:
    """The operator's own services as objects. Nobody owns them: they outlive all node sets (rhoso.md §4.13)."""
    return [
        {
            "apiVersion": API_VERSION,
            "kind": "OpenStackDataPlaneService",
            "metadata": {"name": service.name, "namespace": namespace, "annotations": {KEEP: "true"}},
            "spec": {
                "playbook": f"osp.edpm.{service.name.replace('-', '_')}",
                "edpmServiceType": service.name,
                "dataSources": [_reference(source) for source in service.sources],
            },
        }
        for service in DEFAULT.values()
    ]


def _reference(source: Source) -> dict[str, Any]:
    field = "secretRef" if source.kind == "Secret" else "configMapRef"
    return {field: {"name": source.name, "optional": source.optional}}
