"""What OpenStack needs is taken away, one thing at a time: the gate of that layer fails and names it; when it is back,
the next ``pulumi up`` finishes. In small: three masters, a worker, a compute."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.rehearsal.conftest import SMALL, Lab

pytestmark = pytest.mark.rehearsal

PATIENCE = 90.0  # seconds for a stand-in to notice what was done to the cluster
SHORT = {
    "timeouts": dict.fromkeys(
        ("api", "operators", "initialisation", "storage", "policies", "controlPlane", "nodeSet", "deployment"), 1
    )
}
"""The gates' limits. The cluster was seen to say what it lacks before a gate looks, so there is nothing to wait for."""

OPENSTACK, METALLB, OPERATORS = "openstack", "metallb-system", "openstack-operators"
PLANE = ("openstackcontrolplanes.core.openstack.org", OPENSTACK)
NODES = ("openstackdataplanenodesets.dataplane.openstack.org", OPENSTACK)
INIT = ("openstacks.operator.openstack.org", OPERATORS)
STORAGE = ("lvmclusters.lvm.topolvm.io", "openshift-lvm-storage")

Change = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class LeftOut:
    """One thing that is taken away, or with ``change`` made wrong; ``teller`` (kind, namespace) then says ``sentence``,
    and ``gate`` fails with it."""

    kind: str
    name: str
    namespace: str
    teller: tuple[str, str]
    gate: str
    sentence: str
    change: Change | None = None

    def __str__(self) -> str:
        return f"{self.name}-{self.kind.partition('.')[0]}{'-changed' if self.change else ''}"


def without(key: str) -> Change:
    def change(item: dict[str, Any]) -> None:
        del item["data"][key]

    return change


def spec(**values: Any) -> Change:
    def change(item: dict[str, Any]) -> None:
        item["spec"].update(values)

    return change


def plane(kind: str, name: str, sentence: str, change: Change | None = None, namespace: str = OPENSTACK) -> LeftOut:
    return LeftOut(kind, name, namespace, PLANE, "control-plane-ready", sentence, change)


def nodes(kind: str, name: str, sentence: str, change: Change | None = None) -> LeftOut:
    return LeftOut(kind, name, OPENSTACK, NODES, "data-plane-set-up", sentence, change)


NAD = "network-attachment-definitions.k8s.cni.cncf.io"
POOL, ANNOUNCEMENT = "ipaddresspools.metallb.io", "l2advertisements.metallb.io"
SECRET = "dataplane-ansible-ssh-private-key-secret"
CASES = [
    plane("secrets", "osp-secret", "Secret osp-secret is missing"),
    *(
        plane("secrets", "osp-secret", f"Secret osp-secret has no key {key}", without(key))
        for key in ("DbRootPassword", "AdminPassword", "NovaPassword", "MetadataSecret", "BarbicanSimpleCryptoKEK")
    ),
    *(
        plane(NAD, name, f"NetworkAttachmentDefinition {name} is missing in namespace openstack")
        for name in ("ctlplane", "internalapi", "storage")
    ),
    plane(
        NAD,
        "internalapi",
        "has no interface eth99 that is up",
        lambda item: item["spec"].update(
            config=item["spec"]["config"].replace('"master": "internalapi"', '"master": "eth99"')
        ),
    ),
    *(
        plane(POOL, name, f"IPAddressPool {name} is missing in namespace metallb-system", namespace=METALLB)
        for name in ("internalapi", "ctlplane")
    ),
    plane(
        POOL,
        "internalapi",
        "is not in IPAddressPool internalapi",
        spec(addresses=["172.17.0.81-172.17.0.84"]),
        namespace=METALLB,
    ),
    *(
        plane(ANNOUNCEMENT, name, f"no L2Advertisement announces IPAddressPool {name}", namespace=METALLB)
        for name in ("internalapi", "ctlplane")
    ),
    plane(
        ANNOUNCEMENT,
        "ctlplane",
        "L2Advertisement ctlplane announces on ens9, which no node has",
        spec(interfaces=["ens9"]),
        namespace=METALLB,
    ),
    plane("topologies.topology.openstack.org", "spread", 'topologies.topology.openstack.org "spread" not found'),
    nodes("secrets", SECRET, f"Input data resources missing: secret/{SECRET}"),
    nodes("secrets", SECRET, "ssh-privatekey", without("ssh-privatekey")),
    nodes(NAD, "ctlplane", "network-attachment-definition ctlplane not found"),
    LeftOut(
        "customresourcedefinitions.apiextensions.k8s.io",
        "baremetalhosts.metal3.io",
        "",
        INIT,
        "openstack-operator-ready",
        "baremetalhosts.metal3.io",
    ),
    LeftOut(
        "operatorgroups.operators.coreos.com",
        "metallb-operator",
        METALLB,
        ("clusterserviceversions.operators.coreos.com", METALLB),
        "metallb-operator-installed",
        "no operatorgroups",
    ),
]


def in_namespace(namespace: str) -> list[str]:
    return ["-n", namespace] if namespace else []


def get(lab: Lab, case: LeftOut) -> dict[str, Any]:
    found: dict[str, Any] = lab.kubernetes(case.kind, case.name, *in_namespace(case.namespace))
    for key in ("resourceVersion", "uid", "creationTimestamp", "generation", "managedFields"):
        found["metadata"].pop(key, None)
    found.pop("status", None)
    return found


def put(lab: Lab, item: dict[str, Any]) -> None:
    lab.run("kubectl", "apply", "-f", "-", stdin=json.dumps(item))


def said(lab: Lab, teller: tuple[str, str], sentence: str) -> None:
    """Waits until the cluster itself says it."""
    kind, namespace = teller
    deadline = time.monotonic() + PATIENCE
    while sentence not in (told := json.dumps(lab.kubernetes(kind, *in_namespace(namespace))).replace('\\"', '"')):
        assert time.monotonic() < deadline, f"{kind} does not say {sentence!r}:\n{told[-4000:]}"
        time.sleep(0.5)


def gated(lab: Lab, gate: str, option: str, expect: int | None) -> str:
    """``pulumi up`` of one gate alone, as if the layer had changed; what it said."""
    [urn] = [r["urn"] for r in lab.resources() if r["urn"].endswith(f"::{gate}")]
    done = lab.pulumi("up", "--yes", "--skip-preview", option, "--target", urn, "--replace", urn, expect=expect)
    assert expect is not None or done.returncode != 0, done.stdout
    return done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_left_out_is_named_by_its_gate(small: Lab, case: LeftOut) -> None:
    option = small.configured("short", topology=SMALL, **SHORT)
    whole = get(small, case)
    small.run("kubectl", "delete", case.kind, case.name, *in_namespace(case.namespace))
    try:
        if case.change is not None:
            broken = json.loads(json.dumps(whole))
            case.change(broken)
            put(small, broken)
        said(small, case.teller, case.sentence)
        assert case.sentence in gated(small, case.gate, option, expect=None).replace('\\"', '"')
    finally:
        if case.change is not None:
            small.run("kubectl", "delete", case.kind, case.name, *in_namespace(case.namespace))
        put(small, whole)


def test_every_policy_waits_for_the_look_at_the_nics(small: Lab) -> None:
    """The check comes before the policies: a policy for another NIC would cut the node off."""
    order = [r["urn"].split("::")[-1] for r in small.resources()]
    gate, policy = order.index("openstack-networking-nics"), order.index("openstack-networking-worker-0-policy")
    assert gate < policy
    [policy_state] = [r for r in small.resources() if r["urn"].endswith("::openstack-networking-worker-0-policy")]
    assert any(urn.endswith("::openstack-networking-nics") for urn in policy_state["dependencies"])


def test_once_all_is_mended_the_next_up_finishes_through_every_gate(small: Lab) -> None:
    gates = {case.gate for case in CASES}
    urns = [r["urn"] for r in small.resources() if r["urn"].split("::")[-1] in gates]
    assert len(urns) == len(gates)
    small.pulumi("up", "--yes", "--skip-preview", *(f"--replace={urn}" for urn in urns))
    assert small.steps() == []
