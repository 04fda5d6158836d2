"""Random valid labs, for properties that must hold for any."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from hypothesis import strategies as st

from tests.lab import PULL_SECRET, SECRET

# Private /16 blocks that overlap nothing which OpenShift, OVN-Kubernetes or libvirt keeps for itself.
BLOCKS = [f"10.{second}.0.0/16" for second in range(128)] + [f"172.{second}.0.0/16" for second in range(16, 30)]
NETWORKS = ("machine", "ctlplane", "internalapi", "storage", "tenant", "external")
VLANS = ("internalapi", "storage", "tenant")
LABEL = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)


@st.composite
def cidrs(draw: st.DrawFn) -> list[str]:
    """A disjoint network for each name: one subnet, of any allowed size, out of a block of its own."""
    blocks = draw(st.lists(st.sampled_from(BLOCKS), min_size=6, max_size=6, unique=True))
    result = []
    for block in blocks:
        prefix = draw(st.integers(16, 24))
        index = draw(st.integers(0, 2 ** (prefix - 16) - 1))
        base = int(IPv4Network(block).network_address) + index * 2 ** (32 - prefix)
        result.append(f"{IPv4Address(base)}/{prefix}")
    return result


@st.composite
def networks(draw: st.DrawFn, compact: bool) -> dict[str, Any]:
    """Networks given one by one, or cut from a block; with modes, VIPs' room and roles of every kind."""
    made: dict[str, Any] = {name: {} for name in NETWORKS}
    if draw(st.booleans()):
        for name, cidr in zip(NETWORKS, draw(cidrs()), strict=True):
            made[name]["cidr"] = cidr
    else:
        made["block"] = draw(st.sampled_from(BLOCKS))
    ids = draw(st.lists(st.integers(1, 4094), min_size=3, max_size=3, unique=True))
    for name, vlan in zip(VLANS, ids, strict=True):
        made[name]["vlan"] = vlan
    wire = draw(st.integers(1280, 9216))
    made["ctlplane"]["mtu"] = wire
    for name in VLANS:
        made[name]["mtu"] = draw(st.integers(1280, wire))
    made["machine"]["mode"] = draw(st.sampled_from(["nat", "route", "bridge"]))
    if made["machine"]["mode"] == "bridge":
        # Offset 2 of whichever range the machine network gets.
        base = IPv4Network(made["machine"].get("cidr") or made["block"]).network_address
        made["machine"] |= {"bridge": "br0", "dns": ["192.0.2.53"], "gateway": str(base + 2)}
    made["external"]["mode"] = draw(st.sampled_from(["nat", "route", "isolated", "bridge"]))
    if made["external"]["mode"] == "bridge":
        made["external"]["bridge"] = "br1"
    others = ["workers", *(["masters"] if compact else [])]
    made["external"]["roles"] = ["computes", *draw(st.lists(st.sampled_from(others), unique=True))]
    return made


@st.composite
def openshift(draw: st.DrawFn) -> dict[str, Any]:
    """An installation with any of its options. FIPS is left out: it depends on the machine that installs."""
    made: dict[str, Any] = {"pullSecret": PULL_SECRET}
    if draw(st.booleans()):
        made["proxy"] = {"http": "http://user:secret@proxy.example.com:3128", "noProxy": [".example.com", "10.0.0.0/8"]}
    if draw(st.booleans()):
        made["mirrors"] = [{"source": "quay.io/openshift", "mirrors": ["mirror.example.com:5000/openshift"]}]
    if draw(st.booleans()):
        made["ntp"] = ["ntp.example.com", "192.0.2.123"]
    if draw(st.booleans()):
        needed = ["Ingress", "baremetal", "MachineAPI", "OperatorLifecycleManager", "marketplace"]
        made["capabilities"] = {"baseline": "None", "additional": needed}
    return made


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    """A valid configuration of any shape."""
    workers = draw(st.integers(0, 20))
    return {
        "name": draw(LABEL),
        "domain": f"{draw(LABEL)}.example",
        "secret": SECRET,
        "hosts": {"main": {"uri": "qemu:///system"}},
        "openshift": draw(openshift()),
        "topology": {
            # One master is a whole cluster, so only without workers.
            "masters": {"count": draw(st.sampled_from([3, 4, 5] if workers else [1, 3, 4, 5]))},
            "workers": {"count": workers},
            "computes": {"count": draw(st.integers(0, 12))},
        },
        "networks": draw(networks(compact=workers == 0)),
    }
