"""What breaks a rule about the lab as a whole is told the right field, and what to do about it."""

from __future__ import annotations

from typing import Any

import pytest

from network import ranges
from settings import parse
from settings.kubeconfig import STAND_IN
from settings.rules import RULES
from tests.lab import MISSING, configuration, problems_of

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1u1m1Y6n2d7v7Jkq4n8bJd0u8gqj3m6m5t8t2v0w7P me"
COMPACT = {"topology.workers.count": 0}
SINGLE = COMPACT | {"topology.masters.count": 1}
ON_BRIDGE = {
    "networks.machine.mode": "bridge",
    "networks.machine.bridge": "br0",
    "networks.machine.dns": ["192.0.2.1"],
    "networks.machine.gateway": "192.168.130.1",
}
EXISTING: dict[str, Any] = {
    "openshift.existing.kubeconfig": STAND_IN,
    "openshift.existing.nodes": [{"name": f"worker-{number}", "nic": "ens4"} for number in range(3)],
    "networks.ctlplane.mode": "bridge",
    "networks.ctlplane.bridge": "br1",
    "openstack.services.cinder.enabled": False,
}
HERE = "openshift.existing.nodes"


def with_nodes(*nodes: dict[str, str]) -> dict[str, Any]:
    """An existing cluster of three nodes, and these."""
    return EXISTING | {HERE: [*EXISTING[HERE], *nodes]}


def without(path: str) -> dict[str, Any]:
    """An existing cluster without one thing said of it."""
    return {key: value for key, value in EXISTING.items() if key != path}


DNS = "networks.machine.dns[0]"
NEEDED = ["Ingress", "baremetal", "MachineAPI", "OperatorLifecycleManager", "marketplace"]

BROKEN: list[tuple[str, dict[str, Any], str, str, str]] = [
    # what is wrong, changes, field, words of the rule, words of the remedy
    # names and sizes
    ("host names too long", {"domain": "d" * 50 + ".example.com"}, "domain", "63 is the most", "by 13"),
    ("small master", {"topology.masters.vcpus": 2}, "topology.masters.vcpus", "less than the 4", "hardwareFloors"),
    ("small worker", {"topology.workers.memoryMib": 8192}, "topology.workers.memoryMib", "16384 MiB", "16384 or more"),
    ("small disk", {"topology.workers.diskGb": 93}, "topology.workers.diskGb", "100 GB", "Raise it to 100"),
    ("small compute", {"topology.computes.diskGb": 20}, "topology.computes.diskGb", "40 GB", "Raise it to 40"),
    (
        "small master that does the workers' work",
        COMPACT | {"topology.masters.memoryMib": 16384},
        "topology.masters.memoryMib",
        "32768 MiB",
        "Raise it to 32768",
    ),
    (
        "small single node",
        SINGLE | {"topology.masters.vcpus": 4},
        "topology.masters.vcpus",
        "than the 8",
        "Raise it to 8",
    ),
    ("2 masters", {"topology.masters.count": 2}, "topology.masters.count", "1 master, or 3 to 5", "Set it to 3"),
    (
        "1 master with workers",
        {"topology.masters.count": 1},
        "topology.workers.count",
        "more than the 0",
        "Set it to 0",
    ),
    (
        "single node with an API address",
        SINGLE | {"openshift.apiVip": "192.168.130.5"},
        *("openshift.apiVip", "at the node's own address", "Remove it"),
    ),
    (
        "single node with an ingress address",
        SINGLE | {"openshift.ingressVip": "192.168.130.200"},
        *("openshift.ingressVip", "at the node's own address", "Remove it"),
    ),
    (
        "single node on a bridge without a resolver",
        SINGLE | ON_BRIDGE | {"networks.machine.dns": []},
        *("networks.machine.dns", "libvirt answers for no names", "knows api.lab.example.com, api-int.lab.example.com"),
    ),
    (
        "five masters too early",
        {"topology.masters.count": 4, "openshift.version": "4.16"},
        *("topology.masters.count",),
        "before 4.18",
        "raise openshift.version",
    ),
    ("memory of the host", {"hosts.main.memoryMib": 262144}, "hosts.main.memoryMib", "385024 MiB", "overcommit"),
    ("disk of the host", {"hosts.main.diskGb": 2000}, "hosts.main.diskGb", "less than the 2760 GB", "fewer or smaller"),
    ("CPU of no host", {"hosts.main.domainType": "qemu"}, "hosts.main.cpuMode", "virtualisation", "maximum"),
    (
        "compact without data disks",
        COMPACT | {"topology.masters.dataDiskGb": 0},
        *("topology.masters.dataDiskGb", "storageClass without a disk", "Give the masters a data disk"),
    ),
    # a cluster that is there already
    ("no pull secret", {"openshift.pullSecret": MISSING}, "openshift.pullSecret", "missing", "< pull-secret.json"),
    (
        "nodes without a kubeconfig",
        without("openshift.existing.kubeconfig"),
        *("openshift.existing.kubeconfig", "missing", "oc config view"),
    ),
    ("nobody carries OpenStack", EXISTING | {HERE: [{"name": "a"}]}, HERE, "no node with a nic", "Name every node"),
    ("machines beside it", EXISTING | {"topology.workers.vcpus": 4}, "topology.workers", "is installed", "Remove it"),
    ("an installation's option", EXISTING | {"openshift.fips": True}, "openshift.fips", "no cluster", "Remove it"),
    ("a node twice", with_nodes({"name": "worker-1"}), f"{HERE}[3].name", f"also the name of {HERE}[1]", "once"),
    (
        "a MAC twice",
        with_nodes(*({"name": name, "nic": "ens4", "mac": "52:54:00:00:00:01"} for name in "ab")),
        *(f"{HERE}[4].mac", "also the MAC of a", "its own"),
    ),
    (
        "a MAC of nothing",
        with_nodes({"name": "a", "mac": "52:54:00:00:00:01"}),
        *(f"{HERE}[3].mac", "without a nic", "Name the NIC"),
    ),
    ("two names of NICs", with_nodes({"name": "a", "nic": "ens5"}), f"{HERE}[3].nic", "is not ens4", "one name"),
    (
        "too many of them",
        with_nodes(*({"name": f"n{number}", "nic": "ens4"} for number in range(18))),
        *(HERE, "addresses for 20", "fewer"),
    ),
    (
        "a wire that is made anew",
        without("networks.ctlplane.bridge") | {"networks.ctlplane.mode": "isolated"},
        *("networks.ctlplane.mode", "would be a new network", "bridge that leads to them"),
    ),
    (
        "its nodes on a wire of ours",
        EXISTING | {"networks.external.roles": ["computes", "workers"]},
        *("networks.external.roles", "only their owner can", "only computes"),
    ),
    ("a rebuild of it", EXISTING | {"generation": 2}, "generation", "stays as it is", "pulumi destroy"),
    (
        "a volume group in it",
        EXISTING | {"openstack.services.cinder.enabled": True},
        *("openstack.storage.volumes", "not installed", "cinder.enabled to false"),
    ),
    # ranges
    (
        "overlap",
        {"networks.storage.cidr": "172.17.0.0/16"},
        "networks.storage.cidr",
        "overlaps networks.internalapi.cidr 172.17.0.0/24",
        "another range",
    ),
    ("pod network", {"networks.external.cidr": "10.129.0.0/24"}, "networks.external.cidr", "pods", "another range"),
    ("services", {"networks.external.cidr": "172.30.9.0/24"}, "networks.external.cidr", "services", "another range"),
    ("OVN's join", {"networks.external.cidr": "100.64.3.0/24"}, "networks.external.cidr", "join subnet", "another"),
    ("OVN's transit", {"networks.tenant.cidr": "100.88.0.0/24"}, "networks.tenant.cidr", "transit subnet", "another"),
    ("libvirt's own", {"networks.ctlplane.cidr": "192.168.122.0/24"}, "networks.ctlplane.cidr", "libvirt", "another"),
    ("block among the pods", {"networks.block": "10.128.0.0/20"}, "networks.block", "pods", "another range"),
    (
        "block over a network's own range",
        {"networks.block": "10.60.0.0/21", "networks.storage.cidr": "10.60.1.0/24"},
        "networks.storage.cidr",
        "overlaps networks.ctlplane.cidr 10.60.1.0/24",
        "another range",
    ),
    ("pods and OVN", {"openshift.podNetwork": "100.64.0.0/14"}, "openshift.podNetwork", "join subnet", "another"),
    (
        "pods and services",
        {"openshift.serviceNetwork": "10.128.0.0/16"},
        "openshift.serviceNetwork",
        "overlaps openshift.podNetwork",
        "another range",
    ),
    ("services too large", {"openshift.serviceNetwork": "20.0.0.0/8"}, "openshift.serviceNetwork", "/12", "Use a /16"),
    ("pods of one node", {"openshift.podHostPrefix": 9}, "openshift.podHostPrefix", "larger than", "from 14 to 25"),
    (
        "pods of 8 nodes",
        {"openshift.podNetwork": "10.200.0.0/20"},
        "openshift.podHostPrefix",
        "into 8, and there are 13 nodes",
        "a larger network",
    ),
    # addresses
    ("VIP elsewhere", {"openshift.apiVip": "192.168.99.5"}, "openshift.apiVip", "not in 192.168.130.0/24", ".130.19"),
    ("VIP among machines", {"openshift.ingressVip": "192.168.130.33"}, "openshift.ingressVip", "machines", ".130.2 to"),
    ("VIP is the network", {"openshift.apiVip": "192.168.130.0"}, "openshift.apiVip", "broadcast", "192.168.130.2 to"),
    ("VIP is the gateway", {"openshift.apiVip": "192.168.130.1"}, "openshift.apiVip", "the gateway", "of its own"),
    (
        "one VIP twice",
        {"openshift.apiVip": "192.168.130.7"},
        "openshift.ingressVip",
        "also openshift.apiVip",
        "another",
    ),
    (
        "gateway that libvirt is not",
        {"networks.machine.gateway": "192.168.130.2"},
        "networks.machine.gateway",
        "in mode nat",
        "mode bridge",
    ),
    (
        "gateway among machines",
        ON_BRIDGE | {"networks.machine.gateway": "192.168.130.20"},
        "networks.machine.gateway",
        "lab's machines",
        "192.168.130.19",
    ),
    ("resolver that is a master", ON_BRIDGE | {"networks.machine.dns": ["192.168.130.20"]}, DNS, "machines", "is free"),
    ("resolver that is a pod", ON_BRIDGE | {"networks.machine.dns": ["172.18.0.33"]}, DNS, "machines", "is free"),
    ("resolver that is all", {"networks.machine.dns": ["0.0.0.0"]}, DNS, "not the address", "a resolver's"),
    ("proxy among pods", {"openshift.proxy.http": "http://10.128.0.5:1"}, "openshift.proxy.http", "inside", "outside"),
    ("proxy in OVN", {"openshift.proxy.https": "http://100.64.0.5:1"}, "openshift.proxy.https", "inside", "outside"),
    # wires
    ("remote host", {"hosts.main.uri": "qemu+ssh://me@kvm/system"}, "hosts.main.uri", "NAT", "Run the program on"),
    ("bridge without name", {"networks.ctlplane.mode": "bridge"}, "networks.ctlplane.bridge", "missing", "Name the"),
    ("name without bridge", {"networks.machine.bridge": "br0"}, "networks.machine.bridge", "mode is nat", "to bridge"),
    (
        "one bridge twice",
        ON_BRIDGE | {"networks.external.mode": "bridge", "networks.external.bridge": "br0"},
        "networks.external.bridge",
        "is also networks.machine.bridge",
        "another bridge",
    ),
    (
        "nobody resolves",
        {key: value for key, value in ON_BRIDGE.items() if key != "networks.machine.dns"},
        "networks.machine.dns",
        "libvirt answers for no names",
        "api.lab.example.com and *.apps.lab.example.com",
    ),
    (
        "nobody leads out",
        {key: value for key, value in ON_BRIDGE.items() if key != "networks.machine.gateway"},
        *("networks.machine.gateway", "can't be guessed", "gateway of 192.168.130.0/24"),
    ),
    (
        "gateway of an island",
        {"networks.external.mode": "isolated", "networks.external.gateway": "10.0.0.1"},
        *("networks.external.gateway", "isolated network", "another mode"),
    ),
    ("no way out", {"networks.external.roles": ["workers"]}, "networks.external.roles", "lacks computes", "Add"),
    (
        "masters without work",
        {"networks.external.roles": ["computes", "masters"]},
        "networks.external.roles",
        "no OpenStack beside workers",
        "Remove masters",
    ),
    ("one VLAN twice", {"networks.tenant.vlan": 20}, "networks.tenant.vlan", "networks.internalapi.vlan", "another id"),
    (
        "VLAN wider than its wire",
        {"networks.storage.mtu": 9000},
        "networks.storage.mtu",
        "its wire",
        "Lower it to 1500",
    ),
    # the installation
    (
        "FIPS and its keys",
        {"openshift.fips": True, "openshift.sshKeys": [ED25519]},
        *("openshift.sshKeys[0]", "ssh-ed25519", "ECDSA"),
    ),
    ("policy of no bundle", {"openshift.trustPolicy": "Always"}, "openshift.trustPolicy", "without", "Give the cert"),
    (
        "an exception twice",
        {"openshift.proxy.http": "http://proxy.example.com:3128", "openshift.proxy.noProxy": [".lan", ".lan"]},
        *("openshift.proxy.noProxy[1]", "already", "Remove it"),
    ),
    (
        "a part of a later release",
        {"openshift.version": "4.16", "openshift.capabilities.additional": ["OperatorLifecycleManagerV1"]},
        *("openshift.capabilities.additional", "came with OpenShift 4.17", "raise openshift.version"),
    ),
    (
        "exceptions of no proxy",
        {"openshift.proxy.noProxy": [".lan"]},
        "openshift.proxy.noProxy",
        "without a",
        "proxy.http",
    ),
    *(
        (
            f"capabilities without {name}",
            {
                "openshift.capabilities.baseline": "None",
                "openshift.capabilities.additional": [other for other in NEEDED if other != name],
            },
            "openshift.capabilities.additional",
            f"lacks {name}",
            f"Add {name}",
        )
        for name in NEEDED
    ),
    (
        "baseline of a later release",
        {"openshift.version": "4.16", "openshift.capabilities.baseline": "v4.18"},
        *("openshift.capabilities.baseline", "later release", "vCurrent"),
    ),
    # OpenStack and its computes
    (
        "Nova without Placement",
        {"openstack.services.placement.enabled": False},
        "openstack.services.placement.enabled",
        "leaves nova without placement",
        "nova off too",
    ),
    (
        "more databases than workers",
        {"topology.workers.count": 2, "openstack.services.galera.replicas": 3},
        *("openstack.services.galera.replicas", "2 workers", "Lower it to 2"),
    ),
    (
        "more brokers than masters",
        COMPACT | {"openstack.services.rabbitmq.replicas": 5},
        *("openstack.services.rabbitmq.replicas", "3 masters", "Lower it to 3"),
    ),
    ("NFS without a share", {"openstack.storage.volumes": "nfs"}, "openstack.storage.nfsShares", "missing", "share"),
    (
        "a share without NFS",
        {"openstack.storage.nfsShares": ["n:/v"]},
        "openstack.storage.nfsShares",
        "is lvm",
        "to nfs",
    ),
    ("CentOS and the product", {"compute.system": "centos-stream"}, "compute.system", "no packages", "image of rhel"),
    ("RHEL and upstream", {"openstack.catalog": "upstream"}, "compute.system", "no packages", "image of centos-stream"),
    (
        "pinned upstream",
        {
            "openstack.catalog": "upstream",
            "compute.system": "centos-stream",
            "openstack.version": "1.0.7",
        },
        "openstack.version",
        "newest version only",
        "product catalog",
    ),
    ("version before the one operator", {"openstack.version": "1.0.6"}, "openstack.version", "1.0.7", "newer"),
    (
        "load balancers without a network",
        {"openstack.services.octavia.enabled": True},
        *("openstack.services.octavia.enabled", "does not plan", "Switch it off"),
    ),
    (
        "a suite without its operator",
        {"verification.tempest": True, "openstack.release": "fr2"},
        *("verification.tempest", "fr2", "Switch it off"),
    ),
    (
        "metrics of nothing",
        {"openstack.services.telemetry": {"enabled": False, "metrics": True}},
        *("openstack.services.telemetry.metrics", "switched off", "metrics off"),
    ),
    (
        "another image with CirrOS's checksum",
        {"verification.image.url": "https://mirror.example.com/guest.img"},
        *("verification.image.sha256", "is still that of cirros", "file's own"),
    ),
    ("image of another minor", {"compute.image": "rhel-9.6-x86_64-kvm.qcow2"}, "compute.release", "the 9.6", '"9.6"'),
    (
        "registered for another minor",
        {"compute.registration": {"organization": "1", "activationKey": "k", "release": "9.6"}},
        "compute.registration.release",
        "compute.release 9.4",
        "equal",
    ),
    (
        "key without organization",
        {"compute.registration.activationKey": "k"},
        *("compute.registration.organization", "missing beside", "both or neither"),
    ),
    (
        "user without password",
        {"compute.registration.username": "me"},
        "compute.registration.password",
        "missing",
        "both",
    ),
    (
        "registered twice",
        {"compute.registration": {"organization": "1", "activationKey": "k", "username": "me", "password": "p"}},
        "compute.registration.username",
        "in one way",
        "Remove one",
    ),
]


@pytest.mark.parametrize(
    ("changes", "field", "rule", "remedy"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_lab_is_told_field_and_remedy(changes: dict[str, Any], field: str, rule: str, remedy: str) -> None:
    [problem] = problems_of(changes)

    assert problem.field == field
    assert rule in problem.rule
    assert remedy in problem.remedy


def test_every_rule_is_broken_by_a_row() -> None:
    broken = set()
    for changes in [row[1] for row in BROKEN]:
        settings = _unchecked(changes)
        broken |= {rule.__name__ for rule in RULES if list(rule(settings))}

    assert broken == {rule.__name__ for rule in RULES}


def _unchecked(changes: dict[str, Any]) -> Any:
    from settings.stack import Settings

    return Settings.model_validate({"stack": "lab", "name": "lab", **configuration(changes)})


@pytest.mark.parametrize(
    "changes",
    [
        {"hosts.main.uri": "qemu+ssh://me@kvm/system", "networks.machine.mode": "route"},
        {"hosts.main.memoryMib": 262144, "hosts.main.overcommit": True},
        {"openstack.services.placement.enabled": False, "openstack.services.nova.enabled": False},
        {"topology.workers.dataDiskGb": 0, "openstack.storage.storageClass": "fast"},
        {"openstack.storage.volumes": "nfs", "openstack.storage.nfsShares": ["nfs.example.com:/v"]},
        {"openstack.version": "1.0.16"},
        {"verification.image.url": "https://mirror.example.com/cirros-0.6.2-x86_64-disk.img"},
        {"openstack.services.telemetry.metrics": True},
        COMPACT | {"networks.external.roles": ["computes", "masters"]},
        {"openshift.version": "4.20", "topology.masters.count": 5},
        {"openshift.proxy.http": "http://proxy.example.com:3128", "openshift.proxy.noProxy": [".lan"]},
        SINGLE,
        SINGLE | ON_BRIDGE | {"networks.machine.gateway": "192.168.130.5"},
        SINGLE | {"openstack.services.galera.replicas": 1},
        ON_BRIDGE | {"networks.machine.gateway": "192.168.130.254"},
        {"openshift.apiVip": "192.168.130.19", "openshift.ingressVip": "192.168.130.251"},
    ],
    ids=lambda changes: " and ".join(changes),
)
def test_what_is_next_to_a_rule_is_accepted(changes: dict[str, Any]) -> None:
    parse("lab", configuration(changes))


def test_the_vips_by_default_are_those_of_the_plan() -> None:
    """The rule about VIPs assumes the plan's offsets."""
    assert (ranges.API_VIP, ranges.INGRESS_VIP) == (5, 7)
