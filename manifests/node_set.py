"""``OpenStackDataPlaneNodeSet``: the computes as OpenStack's data plane knows them. Fields and rules: rhoso.md, S9.

The machines are there already and have their addresses (cloud_init.py); IPAM is told the same ones as fixed addresses,
so that the plan, NetConfig and the machines agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from manifests import data_plane_secrets, os_net_config
from network import Interface, Node, Plan
from settings import Settings

API_VERSION = "dataplane.openstack.org/v1beta1"
CRD = "openstackdataplanenodesets.dataplane.openstack.org"
KIND = "OpenStackDataPlaneNodeSet"
NAME = "computes"

_SERVICES = (
    *("redhat", "bootstrap", "download-cache", "configure-network", "validate-network", "install-os", "configure-os"),
    *("ssh-known-hosts", "run-os", "reboot-os", "install-certs", "ovn", "neutron-metadata", "libvirt", "nova"),
    "telemetry",
)
"""What is deployed, in the order that upstream forbids to change; the same in every release from FR2."""

_HELD = "rhoso_lab_fingerprints"

_NEEDS = {
    "neutron-metadata": ("neutron", "nova"),
    "libvirt": ("nova",),
    "nova": ("nova",),
    "telemetry": ("telemetry",),
}
"""What must run in the control plane: it writes the configuration that the service is deployed with."""

_BUILT_IN_POOL = {"hostname": "2.rhel.pool.ntp.org", "pool": True, "iburst": True}
"""RHEL's own. The timesync role writes chrony's configuration anew, so without a server there would be none left."""

_REPOSITORIES = (
    *("rhel-9-for-x86_64-baseos-eus-rpms", "rhel-9-for-x86_64-appstream-eus-rpms"),
    *("rhel-9-for-x86_64-highavailability-eus-rpms", "fast-datapath-for-rhel-9-x86_64-rpms"),
    *("rhoso-18.0-for-rhel-9-x86_64-rpms", "rhceph-7-tools-for-rhel-9-x86_64-rpms"),
)


def render(settings: Settings, plan: Plan, fingerprints: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The one node set, with every compute of the plan.

    ``fingerprints`` (`data_plane_secrets.fingerprints`) stand in a variable that no role reads: a new password is then
    a new writing of the node set, as any other change of what the computes are given.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": NAME, "namespace": settings.openstack.namespace},
        "spec": {
            "preProvisioned": True,
            "tlsEnabled": True,
            "networkAttachments": ["ctlplane"],
            "services": services(settings),
            "nodeTemplate": {
                "ansibleSSHPrivateKeySecret": data_plane_secrets.SSH,
                "managementNetwork": "ctlplane",
                "ansible": _ansible(settings, plan, fingerprints or {}),
            },
            "nodes": {node.name: _node(node, plan) for node in plan.computes},
        },
    }


def services(settings: Settings) -> list[str]:
    """The services that are deployed: those whose counterpart in the control plane runs."""
    runs = settings.openstack.services.runs
    return [service for service in _SERVICES if all(runs(need) for need in _NEEDS.get(service, ()))]


def _ansible(settings: Settings, plan: Plan, fingerprints: Mapping[str, str]) -> dict[str, Any]:
    section: dict[str, Any] = {
        "ansibleUser": settings.compute.user,
        "ansiblePort": 22,
        "ansibleVars": {**_variables(settings, plan), **({_HELD: dict(fingerprints)} if fingerprints else {})},
    }
    if sources := data_plane_secrets.variable_sources(settings):
        section["ansibleVarsFrom"] = [{"secretRef": {"name": name}} for name in sources]
    return section


def _variables(settings: Settings, plan: Plan) -> dict[str, Any]:
    bridge = os_net_config.BRIDGE
    servers = [{"hostname": server, "iburst": True} for server in settings.openshift.ntp]
    return {
        "edpm_bootstrap_command": settings.compute.bootstrap_command,
        "timesync_ntp_servers": servers or [dict(_BUILT_IN_POOL)],
        # Ansible comes over the control plane, a person from the KVM host over the machine network.
        "edpm_sshd_allowed_ranges": [*_ranges(plan)],
        "edpm_network_config_template": os_net_config.template(),
        "edpm_network_config_os_net_config_mappings": {
            node.name: os_net_config.mapping(node) for node in plan.computes
        },
        "edpm_network_config_hide_sensitive_logs": False,
        # The gateway may be somebody else's and need not answer; controllers to ping there are none.
        "edpm_nodes_validation_validate_controllers_icmp": False,
        "edpm_nodes_validation_validate_gateway_icmp": False,
        "neutron_physical_bridge_name": bridge,
        "edpm_ovn_bridge_mappings": [f"{os_net_config.PHYSICAL_NETWORK}:{bridge}"],
        # No node of the cluster has a bridge to the external network, so traffic leaves through the computes.
        "edpm_enable_chassis_gw": True,
        **_registration(settings),
    }


def _ranges(plan: Plan) -> Iterator[str]:
    yield from (str(subnet.cidr) for subnet in plan.openstack["ctlplane"].subnets)
    yield from (str(subnet.cidr) for subnet in plan.networks["ocp"].subnets)


def _registration(settings: Settings) -> dict[str, Any]:
    """How a registered compute comes to its packages; the image's minor release is kept (traps.md 38)."""
    given = settings.compute.registration
    if data_plane_secrets.REGISTRATION not in data_plane_secrets.variable_sources(settings):
        return {}
    section: dict[str, Any] = {
        "rhc_release": given.release or settings.compute.release,
        "rhc_repositories": [
            {"name": "*", "state": "disabled"},
            *({"name": name, "state": "enabled"} for name in _REPOSITORIES),
        ],
    }
    if given.organization is not None:
        section["rhc_organization"] = given.organization
    return section


def _node(node: Node, plan: Plan) -> dict[str, Any]:
    addresses = _addresses(node)
    return {
        "hostName": node.name,
        "ansible": {
            "ansibleHost": str(addresses["ctlplane"].ip),
            "ansibleVars": os_net_config.variables(node),
        },
        # No defaultRoute: the machine network has the only one.
        "networks": [
            {"name": name, "subnetName": _subnet(plan, name, address), "fixedIP": str(address.ip)}
            for name, address in addresses.items()
        ],
    }


def _addresses(node: Node) -> dict[str, Interface]:
    """A compute's address on each network of OpenStack's."""
    osp = node.nic("osp")
    vlans = {vlan.network: vlan.addresses[0] for vlan in osp.vlans}
    return {"ctlplane": osp.addresses[0], **vlans, "external": node.nic("external").addresses[0]}


def _subnet(plan: Plan, network: str, address: Interface) -> str:
    """The name that NetConfig has for the range an address is from (net_config.py)."""
    cidrs = [subnet.cidr for subnet in plan.openstack[network].subnets]
    return f"subnet{cidrs.index(address.network) + 1}"
