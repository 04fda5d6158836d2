"""Rules of the installation of OpenShift that more than one setting decides.

Source: openshift/installer pkg/types/validation and pkg/asset/agent (agent-installer.md §1.4).
"""

from __future__ import annotations

from collections.abc import Iterator

from settings.access import key_type
from settings.errors import Problem
from settings.stack import Settings

MANY_MASTERS_FROM = (4, 18)
"""The OpenShift version from which the agent installer takes 4 or 5 masters."""

SERVICE_PREFIX_LEAST = 12

FIPS_KEYS = ("ssh-rsa", "ecdsa-")

NEEDED = {
    "Ingress": "the installer requires it",
    "baremetal": "platform baremetal and OpenStack's operator require it",
    "MachineAPI": "the installer requires it beside baremetal",
    "OperatorLifecycleManager": "every operator of the lab comes through it",
    "marketplace": "the operators' catalogs come with it",
}
"""Capabilities that the lab can't do without: the installer's own rule, and RHOSO's (rhoso.md, S1 and S4)."""

FIRST_RELEASES = {"OperatorLifecycleManagerV1": (4, 17)}
"""Optional parts that the first OpenShift of RHOSO, 4.16, does not know (openshift/api config/v1)."""


def two_masters_have_no_majority(settings: Settings) -> Iterator[Problem]:
    """Of two members of etcd neither can go on without the other; the installer takes 1, 3, 4 and 5."""
    if settings.topology.masters.count == 2:
        yield Problem(
            "topology.masters.count",
            "2",
            "is not a control plane: there are 1 master, or 3 to 5",
            "Set it to 3, or to 1 with topology.workers.count 0.",
        )


def a_single_master_is_the_whole_cluster(settings: Settings) -> Iterator[Problem]:
    """The installer takes one master without workers only, and without VIPs: API and applications are on the node."""
    topology, openshift = settings.topology, settings.openshift
    if not topology.is_single_node:
        return
    if topology.workers.count:
        yield Problem(
            "topology.workers.count",
            str(topology.workers.count),
            "is more than the 0 workers that a cluster with one master has",
            "Set it to 0, or topology.masters.count to 3.",
            reads=("topology.masters.count",),
        )
    for field, vip in (("openshift.apiVip", openshift.api_vip), ("openshift.ingressVip", openshift.ingress_vip)):
        if vip is not None:
            yield Problem(
                field,
                str(vip),
                "is given, but with one master API and applications are at the node's own address",
                "Remove it, or set topology.masters.count to 3.",
                reads=("topology.masters.count",),
            )


def many_masters_need_a_release_that_knows_them(settings: Settings) -> Iterator[Problem]:
    """Four and five masters came with 4.18."""
    count = settings.topology.masters.count
    if count > 3 and settings.openshift.minor < MANY_MASTERS_FROM:
        yield Problem(
            "topology.masters.count",
            str(count),
            f"is more than OpenShift {settings.openshift.version} can install; before 4.18 there are exactly 3 masters",
            "Set it to 3, or raise openshift.version.",
            reads=("openshift.version",),
        )


def pods_of_every_node_find_room(settings: Settings) -> Iterator[Problem]:
    """Each node takes one part of the pod network."""
    openshift, topology = settings.openshift, settings.topology
    if openshift.existing.is_used:
        return
    nodes = topology.masters.count + topology.workers.count
    parts = 2 ** max(openshift.pod_host_prefix - openshift.pod_network.prefixlen, 0)
    if openshift.pod_host_prefix < openshift.pod_network.prefixlen:
        yield Problem(
            "openshift.podHostPrefix",
            str(openshift.pod_host_prefix),
            f"makes a node's part larger than openshift.podNetwork {openshift.pod_network}",
            f"Give it a prefix from {openshift.pod_network.prefixlen} to 25.",
            reads=("openshift.podNetwork",),
        )
    elif parts < nodes:
        yield Problem(
            "openshift.podHostPrefix",
            str(openshift.pod_host_prefix),
            f"cuts openshift.podNetwork {openshift.pod_network} into {parts}, and there are {nodes} nodes",
            "Give pods a larger network, or raise it up to 25.",
            reads=("openshift.podNetwork", "topology"),
        )


def the_service_network_is_not_too_large(settings: Settings) -> Iterator[Problem]:
    """The installer takes /12 and longer."""
    network = settings.openshift.service_network
    if network.prefixlen < SERVICE_PREFIX_LEAST:
        yield Problem(
            "openshift.serviceNetwork",
            str(network),
            f"is larger than a /{SERVICE_PREFIX_LEAST}, the largest that the installer takes",
            "Use a /16.",
        )


def fips_has_keys_that_it_knows(settings: Settings) -> Iterator[Problem]:
    """In FIPS mode the installer takes RSA and ECDSA keys only."""
    if not settings.openshift.fips:
        return
    for number, line in enumerate(settings.openshift.ssh_keys):
        if not key_type(line).startswith(FIPS_KEYS):
            yield Problem(
                f"openshift.sshKeys[{number}]",
                None,
                f"is of type {key_type(line)}, which FIPS mode does not have",
                "Give an RSA or ECDSA key.",
                reads=("openshift.fips",),
            )


def a_policy_has_a_bundle(settings: Settings) -> Iterator[Problem]:
    """A policy for certificates that are not there is a mistake."""
    openshift = settings.openshift
    if openshift.trust_policy is not None and openshift.trust_bundle is None:
        yield Problem(
            "openshift.trustPolicy",
            openshift.trust_policy,
            "is given without openshift.trustBundle",
            "Give the certificates, or remove the policy.",
            reads=("openshift.trustBundle",),
        )


def exceptions_are_named_once(settings: Settings) -> Iterator[Problem]:
    """The first node refuses a list that names one twice (openshift/assisted-service pkg/validations, 4.20)."""
    exceptions = settings.openshift.proxy.no_proxy
    for number, element in enumerate(exceptions):
        if element in exceptions[:number]:
            yield Problem(f"openshift.proxy.noProxy[{number}]", element, "is in the list already", "Remove it.")


def exceptions_have_a_proxy(settings: Settings) -> Iterator[Problem]:
    """The installer refuses a proxy section without a proxy."""
    proxy = settings.openshift.proxy
    if proxy.no_proxy and proxy.http is None and proxy.https is None:
        yield Problem(
            "openshift.proxy.noProxy",
            ", ".join(proxy.no_proxy),
            "is given without a proxy",
            "Set openshift.proxy.http or openshift.proxy.https, or remove it.",
            reads=("openshift.proxy.http", "openshift.proxy.https"),
        )


def needed_capabilities_are_there(settings: Settings) -> Iterator[Problem]:
    """With an empty baseline everything that the lab needs must be named."""
    capabilities = settings.openshift.capabilities
    if capabilities.baseline != "None":
        return
    for name, why in NEEDED.items():
        if name not in capabilities.additional:
            yield Problem(
                "openshift.capabilities.additional",
                ", ".join(capabilities.additional) or "nothing",
                f"lacks {name}: {why}",
                f"Add {name}, or choose another baseline.",
                reads=("openshift.capabilities.baseline",),
            )


def the_release_knows_the_baseline(settings: Settings) -> Iterator[Problem]:
    """A set of a later release is unknown to an earlier installer."""
    baseline = settings.openshift.capabilities.baseline
    if not baseline.startswith("v4."):
        return
    major, minor = baseline.removeprefix("v").split(".")
    if (int(major), int(minor)) > settings.openshift.minor:
        yield Problem(
            "openshift.capabilities.baseline",
            baseline,
            f"is of a later release than openshift.version {settings.openshift.version}",
            "Use vCurrent, or the set of that release or an earlier one.",
            reads=("openshift.version",),
        )


def the_release_knows_the_parts(settings: Settings) -> Iterator[Problem]:
    """A part of a later release is unknown to an earlier installer."""
    openshift = settings.openshift
    for name in openshift.capabilities.additional:
        first = FIRST_RELEASES.get(name, (0, 0))
        if openshift.minor < first:
            yield Problem(
                "openshift.capabilities.additional",
                name,
                f"came with OpenShift {first[0]}.{first[1]}, and openshift.version is {openshift.version}",
                "Remove it, or raise openshift.version.",
                reads=("openshift.version",),
            )


RULES = (
    the_release_knows_the_baseline,
    the_release_knows_the_parts,
    two_masters_have_no_majority,
    a_single_master_is_the_whole_cluster,
    many_masters_need_a_release_that_knows_them,
    pods_of_every_node_find_room,
    the_service_network_is_not_too_large,
    fips_has_keys_that_it_knows,
    a_policy_has_a_bundle,
    exceptions_are_named_once,
    exceptions_have_a_proxy,
    needed_capabilities_are_there,
)
