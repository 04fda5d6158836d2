"""Addresses of OpenStack's services for machines outside the cluster: who has which, and how a template says so.

MetalLB gives an address out of the pool of the network that the service is wanted on. Services with ports of their
own share one address; message buses all listen on the same port, so each has its own (rhoso.md, S8 and §2).
"""

from __future__ import annotations

from typing import Any

from network import Address, Plan

API = "api"
RABBITMQ = "rabbitmq"
RABBITMQ_CELL1 = "rabbitmq-cell1"
DNS = "dns"

# Offsets from the first address of a pool, as in upstream's plan (.80, .85, .86).
_PLACES = {
    API: ("internalapi", 0, True),
    RABBITMQ: ("internalapi", 5, False),
    RABBITMQ_CELL1: ("internalapi", 6, False),
    DNS: ("ctlplane", 0, True),
}

# The operators read the annotations under this name, whatever MetalLB calls them now.
_METALLB = "metallb.universe.tf"


def vips(plan: Plan) -> dict[str, Address]:
    """Every address by what answers there: ``api``, ``rabbitmq``, ``rabbitmq-cell1``, ``dns``."""
    return {name: _address(plan, network, offset) for name, (network, offset, _) in _PLACES.items()}


def service(plan: Plan, name: str) -> dict[str, Any]:
    """The ``override`` of a template with one service: a load balancer with the address of ``name``."""
    network, offset, shared = _PLACES[name]
    annotations = {
        f"{_METALLB}/address-pool": network,
        f"{_METALLB}/loadBalancerIPs": str(_address(plan, network, offset)),
    }
    if shared:
        annotations[f"{_METALLB}/allow-shared-ip"] = network
    return {"service": {"metadata": {"annotations": annotations}, "spec": {"type": "LoadBalancer"}}}


def internal(plan: Plan) -> dict[str, Any]:
    """The ``override`` of a template with a public and an internal service: the public one stays a Route's."""
    return {"service": {"internal": service(plan, API)["service"]}}


def _address(plan: Plan, network: str, offset: int) -> Address:
    pool = plan.openstack[network].subnets[0].metallb
    assert pool is not None, f"services have addresses on {network}"
    return pool[0] + offset
