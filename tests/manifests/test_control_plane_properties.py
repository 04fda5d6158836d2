"""OpenStackControlPlane for any lab: whatever services, release and networks, it renders and agrees with the plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from manifests import control_plane, load_balancers, topology
from network import plan as make_plan
from settings import parse
from settings.services import NEEDS, Services
from tests.manifests import crd_schema
from tests.strategies import configurations

FR4 = Path(__file__).parents[3] / "shared" / "crds" / "fr4"

MODELS = dict(Services().each())
# Octavia is refused in any lab.
SWITCHES = [name for name, service in MODELS.items() if hasattr(service, "enabled") and name != "octavia"]
STORAGE = [{}, {"storageClass": "fast"}, {"volumes": "nfs", "nfsShares": ["a:/b", "192.0.2.1:/c"]}]


@st.composite
def labs(draw: st.DrawFn) -> dict[str, Any]:
    """A lab of any shape with any services, in any release."""
    made = draw(configurations())
    nodes = made["topology"]["workers"]["count"] or made["topology"]["masters"]["count"]
    on = set(SWITCHES) - set(draw(st.lists(st.sampled_from(SWITCHES), max_size=8)))
    while missing := {name for name in on if set(NEEDS.get(name, ())) - on}:
        on -= missing
    services: dict[str, dict[str, Any]] = {name: {"enabled": name in on} for name in SWITCHES}
    for name, service in MODELS.items():
        given = services.setdefault(name, {})
        if hasattr(service, "replicas") and draw(st.booleans()):
            given["replicas"] = draw(st.integers(1, min(nodes, 3 if name == "galera" else 9)))
        if hasattr(service, "config") and draw(st.booleans()):
            given["config"] = draw(st.text())
        if hasattr(service, "metrics") and name in on:
            given["metrics"] = draw(st.booleans())
    storage = draw(st.sampled_from(STORAGE))
    release = draw(st.sampled_from(["fr2", "fr3", "fr4", "fr5", "fr6"]))
    return made | {"openstack": {"services": services, "storage": storage, "release": release}}


def every(found: Any, key: str) -> Iterator[Any]:
    """Every value under a key, however deep."""
    if isinstance(found, dict):
        yield from (value for name, value in found.items() if name == key)
    for inner in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from every(inner, key)


@budget(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(labs())
def test_the_control_plane_of_any_lab_agrees_with_its_plan(configuration: dict[str, Any]) -> None:
    lab = parse("lab", configuration)
    plan = make_plan(lab)
    made = control_plane.render(lab, plan)

    assert json.loads(json.dumps(made)) == made
    assert not list(every(made, "nicMappings")), "an operator would move the node's only NIC into a pod"
    for name, service in MODELS.items():
        section = made["spec"][name]
        assert section["enabled"] is lab.openstack.services.runs(name)
        assert section["enabled"] or section == {"enabled": False}
        assert hasattr(service, "enabled") or section["enabled"], "nothing runs without it"

    taken: dict[tuple[str, str], list[str | None]] = {}
    for told in every(made, "annotations"):
        pool, address, key = (
            told.get(f"metallb.universe.tf/{name}") for name in ("address-pool", "loadBalancerIPs", "allow-shared-ip")
        )
        taken.setdefault((pool, address), []).append(key)
    assert {address for _, address in taken} <= {str(vip) for vip in load_balancers.vips(plan).values()}
    for (pool, address), keys in taken.items():
        first, last = plan.openstack[pool].subnets[0].metallb or (None, None)
        assert first is not None and last is not None
        assert int(first) <= int(ip_address(address)) <= int(last)
        assert len(keys) == 1 or set(keys) == {pool}, f"{address} is wanted by services that may not share it"


@pytest.mark.skipif(not FR4.is_dir(), reason="needs ../shared/crds/fr4, upstream's definitions of FR4")
@budget(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(labs())
def test_upstreams_definitions_accept_the_control_plane_of_any_lab(configuration: dict[str, Any]) -> None:
    lab = parse("lab", configuration | {"openstack": configuration["openstack"] | {"release": "fr4"}})
    known = crd_schema.definitions(FR4)
    for made in (control_plane.render(lab, make_plan(lab)), topology.render(lab.openstack.namespace)):
        assert crd_schema.faults(made, known[made["apiVersion"], made["kind"]]) == []
