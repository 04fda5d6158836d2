"""Rules of a cluster that is there already, and of what only an installation needs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from settings.catalogue import find
from settings.errors import Problem
from settings.explain import command_for
from settings.stack import Settings
from settings.topology import WORKERS_MOST

_HERE = "openshift.existing"
STILL_SAID = frozenset({"existing", "pull_secret", "ntp", "pod_network", "service_network"})
"""Settings of ``openshift`` that are about more than its installation: the computes' registry logins and clocks, and
the ranges that the lab must keep out of."""


def an_installation_has_a_pull_secret(settings: Settings) -> Iterator[Problem]:
    """Without it nothing can be installed; a cluster that is there has its own."""
    openshift = settings.openshift
    if not openshift.existing.is_used and openshift.pull_secret is None:
        path = ("openshift", "pullSecret")
        about = find(path)
        what = about.description.partition(". ")[0] if about else ""
        yield Problem(".".join(path), None, f"is missing ({what})", f"Set it: {command_for(path)}", reads=(_HERE,))


def an_existing_cluster_is_told_whole(settings: Settings) -> Iterator[Problem]:
    """How it is reached, and who its nodes are."""
    existing = settings.openshift.existing
    if not existing.is_used:
        return
    if existing.kubeconfig is None:
        path = ("openshift", "existing", "kubeconfig")
        field, remedy = ".".join(path), f"Set it: {command_for(path)}"
        yield Problem(field, None, f"is missing, and {_HERE}.nodes is given", remedy, reads=(f"{_HERE}.nodes",))
    if not existing.openstack_nodes:
        yield Problem(
            f"{_HERE}.nodes",
            None,
            "has no node with a nic, and OpenStack's control plane needs at least one",
            "Name every node of the cluster, and of those that shall carry OpenStack the NIC on networks.ctlplane.",
        )


def nothing_is_installed_beside_it(settings: Settings) -> Iterator[Problem]:
    """What would have no effect is a misunderstanding."""
    if not settings.openshift.existing.is_used:
        return
    given = [f"topology.{role}" for role in ("masters", "workers") if role in settings.topology.model_fields_set]
    fields = type(settings.openshift).model_fields
    given += [
        f"openshift.{fields[name].alias or name}"
        for name in fields
        if name in settings.openshift.model_fields_set - STILL_SAID
    ]
    for field in given:
        rule = f"is given beside {_HERE}, and no cluster is installed then"
        yield Problem(field, None, rule, f"Remove it, or {_HERE}.", reads=(_HERE,))


def its_nodes_are_told_apart(settings: Settings) -> Iterator[Problem]:
    """Names and MACs are of one node each, and a MAC is that of a NIC."""
    nodes = settings.openshift.existing.nodes
    for (number, one), (later, other) in combinations(enumerate(nodes), 2):
        if one.name == other.name:
            field, rule = f"{_HERE}.nodes[{later}].name", f"is also the name of {_HERE}.nodes[{number}]"
            yield Problem(field, other.name, rule, "Name each node once.")
        if one.mac is not None and one.mac == other.mac:
            field, rule = f"{_HERE}.nodes[{later}].mac", f"is also the MAC of {one.name}"
            yield Problem(field, other.mac, rule, "Give each NIC its own.")
    for number, node in enumerate(nodes):
        if node.mac is not None and node.nic is None:
            rule, remedy = f"is given for {node.name} without a nic", "Name the NIC too, or remove it."
            yield Problem(f"{_HERE}.nodes[{number}].mac", node.mac, rule, remedy)


def its_nics_have_one_name(settings: Settings) -> Iterator[Problem]:
    """An attachment names one device for all nodes (rhoso.md, S7)."""
    nodes = settings.openshift.existing.nodes
    first = next((node for node in nodes if node.nic is not None), None)
    for number, node in enumerate(nodes):
        if first is not None and node.nic not in (None, first.nic):
            yield Problem(
                f"{_HERE}.nodes[{number}].nic",
                node.nic,
                f"is not {first.nic}, the NIC of {first.name}; pods' networks name one device for all nodes",
                "Put the nodes on networks.ctlplane with NICs of one name.",
            )


def its_nodes_find_addresses(settings: Settings) -> Iterator[Problem]:
    """The plan's range for them has as many as for workers."""
    count = len(settings.openshift.existing.openstack_nodes)
    if count > WORKERS_MOST:
        rule = f"has {count} nodes with a nic; the plan has addresses for {WORKERS_MOST}"
        yield Problem(f"{_HERE}.nodes", None, rule, "Let fewer carry OpenStack.")


def its_nodes_are_on_a_wire_already(settings: Settings) -> Iterator[Problem]:
    """Nobody plugs a NIC of somebody else's node into a network that is made only now."""
    if not settings.openshift.existing.is_used:
        return
    if settings.networks.ctlplane.mode != "bridge":
        yield Problem(
            "networks.ctlplane.mode",
            settings.networks.ctlplane.mode,
            f"would be a new network, and the NICs of {_HERE}.nodes are on one that is there",
            "Set it to bridge, and networks.ctlplane.bridge to the KVM host's bridge that leads to them.",
            reads=(_HERE,),
        )
    if settings.networks.external.roles != ("computes",):
        given = ", ".join(settings.networks.external.roles)
        rule = f"puts nodes of {_HERE} on a network, which only their owner can"
        yield Problem("networks.external.roles", given, rule, "Leave only computes.", reads=(_HERE,))


def it_is_not_built_anew(settings: Settings) -> Iterator[Problem]:
    """A higher generation replaces every object at once, which needs a new cluster to put them into."""
    if settings.openshift.existing.is_used and settings.generation > 1:
        yield Problem(
            "generation",
            str(settings.generation),
            f"can't rebuild what is in {_HERE}, a cluster that stays as it is",
            "Leave it at 1; to begin anew: pulumi destroy, then pulumi up.",
            reads=(_HERE,),
        )


def its_nodes_have_no_volume_group(settings: Settings) -> Iterator[Problem]:
    """iSCSI and Cinder's volume group come with MachineConfigs, which reboot nodes (install_manifests.py)."""
    openstack = settings.openstack
    if not settings.openshift.existing.is_used or not openstack.services.runs("cinder"):
        return
    if openstack.storage.volumes == "lvm":
        yield Problem(
            "openstack.storage.volumes",
            "lvm",
            f"needs iSCSI and a volume group on the nodes, with which {_HERE} was not installed",
            "Set it to nfs, or openstack.services.cinder.enabled to false.",
            reads=(_HERE, "openstack.services.cinder.enabled"),
        )


RULES = (
    an_installation_has_a_pull_secret,
    an_existing_cluster_is_told_whole,
    nothing_is_installed_beside_it,
    its_nodes_are_told_apart,
    its_nics_have_one_name,
    its_nodes_find_addresses,
    its_nodes_are_on_a_wire_already,
    it_is_not_built_anew,
    its_nodes_have_no_volume_group,
)
