"""Rule planned-addresses."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import load_balancers, metallb
from policy.load_balancers import violations
from policy.model import Resource
from tests.lab import plan
from tests.policy.things import resource

POOL = resource(
    "pool",
    "kubernetes:metallb.io/v1beta1:IPAddressPool",
    metadata={"name": "ctlplane"},
    spec={"addresses": ["192.168.122.80-192.168.122.90", "10.0.0.0/30"]},
)


def service(kind: str, **annotations: str) -> Resource:
    """A Service with annotations of MetalLB."""
    metadata = {"annotations": {f"metallb.universe.tf/{key}": value for key, value in annotations.items()}}
    return resource("web", "kubernetes:core/v1:Service", metadata=metadata, spec={"type": kind})


def asked(**annotations: str) -> dict[str, str]:
    """Keys as keywords can't say them."""
    return {key.replace("_", "-"): value for key, value in annotations.items()}


def test_what_the_program_renders_is_fine() -> None:
    lab = plan()
    pools = [
        resource(item["metadata"]["name"], f"kubernetes:metallb.io/v1beta1:{item['kind']}", **item)
        for item in metallb.render(lab)
    ]
    for name in ("api", "rabbitmq", "dns"):
        spec = {"keystone": {"template": {"override": load_balancers.service(lab, name)}}}
        made = resource("control-plane", "kubernetes:core.openstack.org/v1beta1:OpenStackControlPlane", spec=spec)
        assert not list(violations([*pools, made]))
        [found] = violations([made])
        assert "control-plane: spec.keystone.template.override.service.spec.type is LoadBalancer" in found.message


@pytest.mark.parametrize("ips", ["192.168.122.80", "192.168.122.85,10.0.0.2", ""])
def test_addresses_of_a_planned_pool_are_fine(ips: str) -> None:
    annotations: dict[str, Any] = asked(address_pool="ctlplane", loadBalancerIPs=ips)
    assert not list(violations([POOL, service("LoadBalancer", **annotations)]))
    assert not list(violations([POOL, service("ClusterIP")]))


@pytest.mark.parametrize(
    ("kind", "annotations", "said"),
    [
        ("NodePort", {}, "spec.type is NodePort; no Service may open a port on every address"),
        ("LoadBalancer", {}, "with the pool None; it must name a planned one (ctlplane)"),
        ("LoadBalancer", {"address_pool": "elsewhere"}, "with the pool elsewhere; it must name a planned one"),
        (
            "LoadBalancer",
            {"address_pool": "ctlplane", "loadBalancerIPs": "192.168.122.85,192.168.122.91"},
            "asks for the address 192.168.122.91, which is not in the pool ctlplane",
        ),
        ("LoadBalancer", {"address_pool": "ctlplane", "loadBalancerIPs": "any"}, "asks for the address any"),
        ("LoadBalancer", {"address_pool": "ctlplane", "loadBalancerIPs": "fd00::80"}, "asks for the address fd00::80"),
    ],
)
def test_any_other_service_that_is_reached_from_outside_is_found(
    kind: str, annotations: dict[str, str], said: str
) -> None:
    made = service(kind, **asked(**annotations))
    [found] = violations([POOL, made])
    assert found.message.startswith("web: ") and said in found.message
    assert "manifests/load_balancers.py" in found.message
    assert found.urn == made.urn
