"""os-net-config of a compute with three NICs: how the data plane sets up its networks.

os-net-config's ``nic1`` … ``nic3`` are the machine network, the control plane with its VLANs, and the external network;
which card is which is said by MAC (`mapping`). Most variables of the template come from the operators' IPAM, that is
from NetConfig (openstack-operator internal/dataplane/inventory.go). What IPAM doesn't know is the machine network:
`variables` adds it, with the only default route. There is no DHCP anywhere, and a compute that asked for it would lose
its address half-way through its deployment (traps.md 29).
"""

from __future__ import annotations

from typing import Any

from network import Node

BRIDGE = "br-ex"
"""The Open vSwitch bridge on the external NIC, to which OVN maps the physical network."""

PHYSICAL_NETWORK = "datacentre"

_NICS = {"nic1": "ocp", "nic2": "osp", "nic3": "external"}
"""Which libvirt network os-net-config's names stand for."""

# The control plane's MTU is the largest on its wire: settings refuse a VLAN with a larger one. The resolvers are those
# of OpenStack, which pass on what they don't know. Lists are written by Ansible as YAML's flow sequences.
_TEMPLATE = """\
---
network_config:
- type: interface
  name: nic1
  mtu: {{ machine_mtu }}
  use_dhcp: false
  addresses:
  - ip_netmask: {{ machine_ip }}/{{ machine_cidr }}
  routes:
  - default: true
    next_hop: {{ machine_gateway_ip }}
- type: interface
  name: nic2
  mtu: {{ ctlplane_mtu }}
  use_dhcp: false
  dns_servers: {{ ctlplane_dns_nameservers }}
  domain: {{ dns_search_domains }}
  addresses:
  - ip_netmask: {{ ctlplane_ip }}/{{ ctlplane_cidr }}
  routes: {{ ctlplane_host_routes }}
{% for network in nodeset_networks if network != 'external' %}
{% set of = networks_lower[network] %}
- type: vlan
  device: nic2
  vlan_id: {{ lookup('vars', of ~ '_vlan_id') }}
  mtu: {{ lookup('vars', of ~ '_mtu') }}
  addresses:
  - ip_netmask: {{ lookup('vars', of ~ '_ip') }}/{{ lookup('vars', of ~ '_cidr') }}
  routes: {{ lookup('vars', of ~ '_host_routes') }}
{% endfor %}
- type: ovs_bridge
  name: {{ neutron_physical_bridge_name }}
  mtu: {{ external_mtu }}
  use_dhcp: false
  addresses:
  - ip_netmask: {{ external_ip }}/{{ external_cidr }}
  routes: {{ external_host_routes }}
  members:
  - type: interface
    name: nic3
    mtu: {{ external_mtu }}
    primary: true
"""


def template() -> str:
    """The Jinja template, the same for every compute; ``edpm_network_config_template``."""
    return _TEMPLATE


def variables(node: Node) -> dict[str, Any]:
    """A compute's own variables: its place on the machine network, named as IPAM would name them."""
    nic = node.nic("ocp")
    address, gateway = nic.addresses[0], nic.gateways[0]
    return {
        "machine_ip": str(address.ip),
        "machine_cidr": address.network.prefixlen,
        "machine_mtu": nic.mtu,
        "machine_gateway_ip": str(gateway),
    }


def mapping(node: Node) -> dict[str, str]:
    """MAC by os-net-config's name; one value of ``edpm_network_config_os_net_config_mappings``."""
    return {name: node.nic(network).mac for name, network in _NICS.items()}
