"""``KvmNetworks``: the lab's three libvirt networks, without DHCP anywhere."""

from __future__ import annotations

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
            key: libvirt.Network(f"{name}-{key}", **_arguments(network, plan), opts=child).id
            for key, network in plan.networks.items()
        }
        self.register_outputs({"ids": self.ids})


def _arguments(network: KvmNetwork, plan: Plan) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "name": network.name,
        "bridge": network.bridge,
        "mode": network.mode,
        "autostart": True,
    }
    if network.mode == "bridge":
        # Addresses, names and MTU of an existing bridge are somebody else's business.
        return arguments
    arguments |= {
        "addresses": [str(subnet.cidr) for subnet in network.subnets],
        "mtu": network.mtu,
        "dhcp": libvirt.NetworkDhcpArgs(enabled=False),
    }
    if not network.dns_hosts:
        return arguments | {"dns": libvirt.NetworkDnsArgs(enabled=False)}
    hosts = [
        libvirt.NetworkDnsHostArgs(hostname=name, ip=str(address))
        for name, addresses in network.dns_hosts.items()
        for address in addresses
    ]
    arguments["dns"] = libvirt.NetworkDnsArgs(enabled=True, hosts=hosts)
    if network.apps_domain is not None:
        # Covers the name and all below it, so never the whole cluster domain: the installer refuses that wildcard.
        wildcard = [f"/{network.apps_domain}/{vip}" for vip in plan.ingress_vips]
        options = [libvirt.NetworkDnsmasqOptionsOptionArgs(option_name="address", option_value=w) for w in wildcard]
        arguments["dnsmasq_options"] = libvirt.NetworkDnsmasqOptionsArgs(options=options)
    return arguments
