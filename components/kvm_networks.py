"""``KvmNetworks``: the lab's three libvirt networks, without DHCP anywhere."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pulumi_libvirt as libvirt
from pulumi import ComponentResource, Output, ResourceOptions

from network import KvmNetwork, Plan


class KvmNetworks(ComponentResource):
    """``ids`` holds each network's libvirt id by its key (``ocp``, ``osp``, ``external``)."""

    ids: dict[str, Output[str]]

    def __init__(self, name: str, plan: Plan, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:kvm:KvmNetworks", name, None, opts)
        child = ResourceOptions(parent=self)
        self.ids = {
            key: libvirt.Network(f"{name}-{key}", **_arguments(network, plan.ingress_vip), opts=child).id
            for key, network in plan.networks.items()
        }
        self.register_outputs({"ids": self.ids})


def _arguments(network: KvmNetwork, ingress_vip: IPv4Address) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "name": network.name,
        "bridge": network.bridge,
        "mode": network.mode,
        "addresses": [str(network.cidr)],
        "mtu": network.mtu,
        "autostart": True,
        "dhcp": libvirt.NetworkDhcpArgs(enabled=False),
    }
    if not network.dns_hosts:
        return arguments | {"dns": libvirt.NetworkDnsArgs(enabled=False)}
    hosts = [libvirt.NetworkDnsHostArgs(hostname=name, ip=str(ip)) for name, ip in network.dns_hosts.items()]
    arguments["dns"] = libvirt.NetworkDnsArgs(enabled=True, hosts=hosts)
    if network.apps_domain is not None:
        # Covers the name and all below it, so never the whole cluster domain: the installer refuses that wildcard.
        wildcard = f"/{network.apps_domain}/{ingress_vip}"
        option = libvirt.NetworkDnsmasqOptionsOptionArgs(option_name="address", option_value=wildcard)
        arguments["dnsmasq_options"] = libvirt.NetworkDnsmasqOptionsArgs(options=[option])
    return arguments
