"""A second stack on the same host: ``compact`` comes, serves and goes beside the lab, and the two never meet.

What is compared is what libvirt, the guests and the API servers say, not what the program had planned.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from ipaddress import ip_interface
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.rehearsal.conftest import Lab

pytestmark = pytest.mark.rehearsal

STACK = "compact-rehearsal"
# All that libvirt knows, as it is now and as it is defined; for each file its inode (another file in its place would
# have another), its size, and a hash of its bytes. Nobody writes to a disk meanwhile: OpenShift's machines have no
# driver for theirs, and a compute notes there what is enabled on it, once, when it is deployed.
_LOOK = """
import hashlib, json, pathlib, subprocess

def virsh(*commands):
    ran = subprocess.run(["virsh", "--quiet", "; ".join(commands)], capture_output=True, text=True, check=True)
    return ran.stdout

def names(listing):
    return virsh(f"{listing} --all --name").split()

files = {}
for place in "/var/lib/libvirt/rhoso-lab", "/var/lib/libvirt/images":
    for path in pathlib.Path(place).rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            files[str(path)] = f"inode {path.stat().st_ino}, {path.stat().st_size} bytes, sha256 {digest}"
pools = names("pool-list")
listed = [line.split() for pool in pools for line in virsh(f"vol-list {pool}").splitlines()]
volumes = [f"vol-dumpxml {words[-1]}" for words in listed if words]
kinds = {"dumpxml": names("list"), "net-dumpxml": names("net-list"), "pool-dumpxml": pools}
now = [f"{dump} {name}" for dump, found in kinds.items() for name in found]
print(json.dumps({
    "files": files,
    "now": f"<host>{virsh(*now, *volumes)}</host>",
    "defined": f"<host>{virsh(*[f'{command} --inactive' for command in now])}</host>",
}))
"""
# Of a pool the room in its file system, which is everybody's; of a volume when it was last read, as it is here.
_OTHERS = {"pool": ("capacity", "allocation", "available"), "volume": ("target/timestamps/atime",)}


@dataclass(frozen=True)
class Seen:
    """What the host has. XML by name, a volume's by its path; libvirt's run-time id of a domain is in it. ``files`` are
    the bytes of all volumes and images, by path."""

    domains: dict[str, str]
    networks: dict[str, str]
    pools: dict[str, str]
    volumes: dict[str, str]
    defined: dict[str, str]
    files: dict[str, str]

    def parts(self) -> dict[str, str]:
        """All of it by what it is called."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {f"{kind} {name}": text for kind, texts in named.items() for name, text in texts.items()}

    def __sub__(self, other: Seen) -> Seen:
        pairs = [(getattr(self, field.name), getattr(other, field.name)) for field in fields(self)]
        return Seen(*({name: text for name, text in now.items() if name not in then} for now, then in pairs))


def seen(lab: Lab) -> Seen:
    """What the host has now."""
    found = json.loads(lab.run("python3", "-c", _LOOK).stdout)
    now, defined = parsed(found["now"]), parsed(found["defined"])
    every = {f"{kind} {name}": xml for kind, named in defined.items() for name, xml in named.items()}
    return Seen(now["domain"], now["network"], now["pool"], now["volume"], every, found["files"])


def parsed(host: str) -> dict[str, dict[str, str]]:
    """kind → name → XML, without what is not its own."""
    named: dict[str, dict[str, str]] = {"domain": {}, "network": {}, "pool": {}, "volume": {}}
    for element in ElementTree.fromstring(host):
        for path in _OTHERS.get(element.tag, ()):
            [parent] = element.findall(path.rpartition("/")[0] or ".")
            for each in element.findall(path):
                parent.remove(each)
        name = element.findtext("key", element.findtext("name", ""))
        named[element.tag][name] = ElementTree.tostring(element, encoding="unicode")
    return named


def changed(before: Seen, after: Seen) -> list[str]:
    """What has come, gone, or is no longer the same byte for byte."""
    old, new = before.parts(), after.parts()
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def nodes(lab: Lab, context: str) -> dict[str, Any]:
    """A cluster's nodes by their unique id."""
    items = lab.kubernetes("nodes", "--context", context)["items"]
    return {item["metadata"]["uid"]: item for item in items}


def guests(lab: Lab, stack: str) -> dict[str, Any]:
    """What each machine of a stack answers, by its address."""
    addresses = json.loads(lab.pulumi("stack", "output", "machines", "--json", stack=stack).stdout)
    answers = lab.answers([f"http://{address}:8090/" for address in addresses.values()])
    assert [url for url, answer in answers.items() if "hostname" not in answer] == []
    return answers


@dataclass(frozen=True)
class Beside:
    """Both stacks up: what the lab was before, what it is now, and what has come beside it."""

    lab: Lab
    before: Seen
    lab_nodes: dict[str, Any]
    lab_now: Seen
    compact: Seen


@pytest.fixture(scope="module")
def both(lab: Lab) -> Iterator[Beside]:
    """``make rehearsal STACK=compact`` beside the lab."""
    before, lab_nodes = seen(lab), nodes(lab, "rehearsal")
    try:
        lab.up("--stack", "compact")
        now = seen(lab)
        compact = now - before
        yield Beside(lab, before, lab_nodes, now - compact, compact)
    finally:
        lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK, expect=None)


def test_both_clusters_serve_their_own_nodes(both: Beside) -> None:
    labs, compacts = nodes(both.lab, "rehearsal"), nodes(both.lab, STACK)
    assert (len(labs), len(compacts)) == (13, 3)
    assert not set(labs) & set(compacts)
    for item in (*labs.values(), *compacts.values()):
        assert {c["type"]: c["status"] for c in item["status"]["conditions"]}["Ready"] == "True"


def test_kubectl_by_itself_asks_the_cluster_that_was_brought_up_last(both: Beside) -> None:
    assert len(both.lab.kubernetes("nodes")["items"]) == 3


def test_the_report_is_of_the_stack_that_was_asked_for(both: Beside) -> None:
    for stack, counted in (("compact", "Machines: 4, 4 of them answer (15 more"), ("rehearsal", "Machines: 15, 15")):
        report = both.lab.outside("report", "--stack", stack)
        assert counted in report.stdout, report.stderr


def test_the_one_comes_without_touching_the_other(both: Beside) -> None:
    assert len(both.lab_now.files) > len(both.lab_now.volumes) > len(both.lab_now.domains)
    assert len(both.lab_now.defined) == 15 + 3 + 1, "machines, networks and the pool"
    assert changed(both.before, both.lab_now) == []


def test_the_stacks_share_no_name_uuid_mac_bridge_or_volume(both: Beside) -> None:
    def facts(found: Seen) -> dict[str, set[str]]:
        texts = [ElementTree.fromstring(xml) for xml in (*found.domains.values(), *found.networks.values())]
        return {
            "names": {*found.domains, *found.networks},
            "uuids": {text.findtext("uuid", "") for text in texts},
            "macs": {mac.get("address", "") for text in texts for mac in text.iter("mac")},
            "bridges": {bridge.get("name", "") for text in texts for bridge in text.findall("bridge")},
            "taps": {target.get("dev", "") for text in texts for target in text.iterfind("devices/interface/target")},
            "volumes": {
                source.get("volume", source.get("file", ""))
                for text in texts
                for source in text.iterfind("devices/disk/source")
            },
        }

    assert (len(both.lab_now.domains), len(both.compact.domains)) == (15, 4)
    assert (len(both.lab_now.networks), len(both.compact.networks)) == (3, 3)
    labs, compacts = facts(both.lab_now), facts(both.compact)
    for kind, values in labs.items():
        assert "" not in values | compacts[kind], kind
        assert values and compacts[kind] and not values & compacts[kind], kind


def test_the_stacks_share_no_address_and_no_subnet(both: Beside) -> None:
    def addresses(stack: str, found: Seen) -> set[str]:
        nics = [nic for answer in guests(both.lab, stack).values() for nic in answer["nics"]]
        said = {each for nic in nics for each in nic["addresses"]}
        for xml in found.networks.values():
            for ip in ElementTree.fromstring(xml).findall("ip"):
                said.add(f"{ip.get('address')}/{ip.get('prefix') or ip.get('netmask')}")
        return said

    labs, compacts = addresses("rehearsal", both.lab_now), addresses(STACK, both.compact)
    subnets = {ip_interface(each).network for each in labs}
    assert len(subnets) == len({ip_interface(each).network for each in compacts}) == 6, "three wires and three VLANs"
    assert [each for each in compacts if any(ip_interface(each).ip in subnet for subnet in subnets)] == []
    subnets = {ip_interface(each).network for each in compacts}
    assert [each for each in labs if any(ip_interface(each).ip in subnet for subnet in subnets)] == []


def test_compacts_masters_have_the_workers_second_nic_and_second_disk(both: Beside) -> None:
    masters = {name: xml for name, xml in both.compact.domains.items() if "master" in name}
    assert len(masters) == 3
    for name, xml in masters.items():
        domain = ElementTree.fromstring(xml)
        wires = [source.get("network") for source in domain.iterfind("devices/interface/source")]
        assert wires == [f"{STACK}-ocp", f"{STACK}-osp"], name
        disks = [source.get("volume") for source in domain.iterfind("devices/disk[@device='disk']/source")]
        assert disks == [f"{name}-root.qcow2", f"{name}-data.qcow2"]
    answers = [answer for answer in guests(both.lab, STACK).values() if "master" in answer["hostname"]]
    for answer in answers:
        [second] = [nic for nic in answer["nics"] if nic["name"] == "ens4"]
        assert second["up"] and len(second["addresses"]) == 1, "its policy has configured it"
    assert len(answers) == 3


def test_compacts_masters_take_work_and_the_labs_do_not(both: Beside) -> None:
    def roles_and_taints(context: str) -> set[tuple[str, str]]:
        masters = [item for item in nodes(both.lab, context).values() if "master" in item["metadata"]["name"]]
        return {
            (
                ",".join(sorted(label[24:] for label in item["metadata"]["labels"] if "node-role" in label)),
                ",".join(taint["effect"] for taint in item["spec"].get("taints", [])),
            )
            for item in masters
        }

    assert roles_and_taints(STACK) == {("control-plane,master,worker", "")}
    assert roles_and_taints("rehearsal") == {("control-plane,master", "NoSchedule")}


def test_the_next_preview_of_both_has_no_change(both: Beside) -> None:
    assert both.lab.steps() == []
    assert both.lab.steps(stack=STACK) == []


def test_destroying_the_one_leaves_the_other_exactly_as_it_was(both: Beside) -> None:
    both.lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    after = seen(both.lab)
    assert changed(both.before, after) == []
    assert changed(both.lab_now, after) == []
    assert set(nodes(both.lab, "rehearsal")) == set(both.lab_nodes)
    assert len(guests(both.lab, "rehearsal")) == 15
    assert len(both.lab.kubernetes("nodes")["items"]) == 13, "kubectl goes back to the cluster that is left"
    assert both.lab.steps() == []
    left = both.lab.run("sh", "-c", f"ls -d installation/{STACK} /var/lib/libvirt/rhoso-lab/{STACK}*", expect=None)
    assert left.stdout == ""
