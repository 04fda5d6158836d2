"""What really exists in a host, asked of the things themselves: libvirt, the guests, and the cluster's API server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener
from xml.etree import ElementTree

# Where each guest says who it is and which addresses it has.
_PORT = 8090
_LIMIT = 3.0


@dataclass(frozen=True, slots=True)
class Nic:
    """One NIC of a domain as libvirt has it; `addresses` are the guest's own words, VLAN interfaces by their name."""

    name: str
    network: str
    mac: str
    addresses: tuple[str, ...]
    vlans: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """One domain, and whether its guest answered."""

    name: str
    state: str
    memory_mib: int
    answers: bool
    nics: tuple[Nic, ...]


@dataclass(frozen=True, slots=True)
class KubeNode:
    """One Node object."""

    name: str
    roles: str
    ready: bool
    address: str


def _output(*command: str) -> str | None:
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return done.stdout if done.returncode == 0 else None


def _ask(address: str) -> dict[str, Any]:
    """The answer of the guest at `address`, empty when it gives none."""
    try:
        with build_opener(ProxyHandler({})).open(f"http://{address}:{_PORT}/", timeout=_LIMIT) as answer:
            data = json.load(answer)
    except (URLError, OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def domains() -> list[str]:
    """The names of all domains of the host, whichever stack they belong to."""
    return (_output("virsh", "list", "--all", "--name") or "").split()


def machines(domains: Iterable[str], addresses: Iterable[str]) -> list[Machine]:
    """Some of the host's domains by name; `addresses` are those at which their guests should answer, in the order to
    list them in."""
    with ThreadPoolExecutor(32) as pool:
        answers = [answer for answer in pool.map(_ask, addresses) if answer]
    order = {nic["mac"].lower(): (index, answer) for index, answer in enumerate(answers) for nic in answer["nics"]}
    found = []
    for name in domains:
        xml = _output("virsh", "dumpxml", name)
        if xml is None:
            continue
        domain = ElementTree.fromstring(xml)
        macs = [element.get("address", "").lower() for element in domain.iterfind("devices/interface/mac")]
        index, answer = next((order[mac] for mac in macs if mac in order), (len(answers), {}))
        state = "running" if domain.get("id") else "shut off"
        memory = int(domain.findtext("memory", "0")) // 1024
        found.append((index, Machine(answer.get("hostname", name), state, memory, bool(answer), _nics(domain, answer))))
    return [machine for _, machine in sorted(found, key=lambda pair: (pair[0], pair[1].name))]


def _nics(domain: ElementTree.Element, answer: dict[str, Any]) -> tuple[Nic, ...]:
    nics = []
    for interface in domain.iterfind("devices/interface"):
        mac, source = interface.find("mac"), interface.find("source")
        address = mac.get("address", "").lower() if mac is not None else ""
        # A VLAN interface has the MAC of the NIC below it; the NIC itself is the one that the kernel named by its slot.
        said = [nic for nic in answer.get("nics", ()) if nic["mac"].lower() == address]
        own = [nic for nic in said if nic["name"].startswith(("en", "eth"))]
        vlans = tuple((nic["name"], tuple(nic["addresses"])) for nic in said if nic not in own)
        nics.append(
            Nic(
                own[0]["name"] if own else "",
                source.get("network", "") if source is not None else "",
                address,
                tuple(own[0]["addresses"]) if own else (),
                vlans,
            )
        )
    return tuple(nics)


def nodes(stack: str) -> list[KubeNode] | None:
    """The Node objects of the stack's cluster by name; None when it has none that answers."""
    text = _output("kubectl", "--context", stack, "get", "nodes", "-o", "json")
    if text is None:
        return None
    found = []
    for node in json.loads(text)["items"]:
        labels, status = node["metadata"].get("labels", {}), node.get("status", {})
        roles = sorted(key.rsplit("/", 1)[-1] for key in labels if key.startswith("node-role.kubernetes.io/"))
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions") or ())
        inner = [a["address"] for a in status.get("addresses", ()) if a["type"] == "InternalIP"]
        found.append(KubeNode(node["metadata"]["name"], ",".join(roles), ready, ", ".join(inner)))
    return found
