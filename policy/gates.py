"""Every object of a kind that a definition brings has a gate: a Command that ends when the object says it is done.

The engine takes an object for made when the API server has stored it. Without a gate ``up`` ends in success over an
operator that has refused the object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from policy.model import COMMAND, Resource, Violation, of_type

# ``readiness`` watches; ``attempt`` watches what runs once, and makes the next one when it failed.
_GATES = ("python3 -m readiness", "python3 -m operations attempt")

BUILT_IN = frozenset(
    "core apps autoscaling batch policy extensions admissionregistration.k8s.io apiextensions.k8s.io "
    "apiregistration.k8s.io authentication.k8s.io authorization.k8s.io certificates.k8s.io coordination.k8s.io "
    "discovery.k8s.io events.k8s.io flowcontrol.apiserver.k8s.io internal.apiserver.k8s.io networking.k8s.io "
    "node.k8s.io rbac.authorization.k8s.io resource.k8s.io scheduling.k8s.io storage.k8s.io "
    "storagemigration.k8s.io meta helm.sh kustomize yaml".split()
)
"""API groups that the Kubernetes plugin has types of its own for (and waits for by itself where there is anything to
wait for), and the plugin's own modules. All other types are objects of definitions."""

WITHOUT_GATE: Mapping[str, str] = MappingProxyType(
    {
        "operators.coreos.com/OperatorGroup": "only says which namespaces count; the Subscription's gate quotes OLM "
        "where it is wrong",
        "k8s.cni.cncf.io/NetworkAttachmentDefinition": "has no status; it is read when a pod starts",
        "metallb.io/IPAddressPool": "its status counts addresses, and says nothing of being done",
        "metallb.io/L2Advertisement": "has no status",
        "network.openstack.org/NetConfig": "has no status; its webhook has judged it when it is stored",
        "topology.openstack.org/Topology": "has no status that says done; the control plane's condition quotes it",
    }
)
"""Group/kind → why a gate makes no sense. What is not in this table needs one."""


def violations(resources: Sequence[Resource]) -> Iterator[Violation]:
    """One for each object that no gate depends on directly: one further behind would not wait for this object."""
    watched: set[str] = set()
    for command in of_type(resources, COMMAND):
        create = command.props.get("create")
        if isinstance(create, str) and create.startswith(_GATES):
            watched |= command.dependencies
    for resource in resources:
        kind = of_a_definition(resource.type)
        if kind is not None and kind not in WITHOUT_GATE and resource.urn not in watched:
            yield Violation(
                f"{resource.name}: no gate waits for this {kind}; every object of a definition must have a Command "
                f"that runs {' or '.join(_GATES)} and depends on it. Add one (components/gate.py), or, if the kind "
                "can't say when it is done, a line with the reason in policy/gates.py.",
                resource.urn,
            )


def of_a_definition(resource_type: str) -> str | None:
    """``group/kind`` of an object whose kind a definition brings; None for any other resource."""
    package, _, rest = resource_type.partition(":")
    version, _, kind = rest.rpartition(":")
    group = version.rpartition("/")[0]
    if package != "kubernetes" or not group or group in BUILT_IN:
        return None
    return f"{group}/{kind}"
