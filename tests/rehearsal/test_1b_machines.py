"""What libvirt really ended up with for each machine, against a list of what a machine of its role must be.

Emulated here, so the acceleration is the stack's own (``domainType``); all else is what a real host gets, for the
program knows no other kind.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import pytest

from manifests import domain_xslt
from network import Node, Role, plan
from settings import Settings
from settings.hosts import DiskCache
from settings.stackfile import load_stack
from tests.rehearsal.conftest import ROOT, Lab

pytestmark = pytest.mark.rehearsal

SETTINGS = load_stack("rehearsal", ROOT)
PLAN = plan(SETTINGS)
SEEDED = Role.COMPUTE
"""Has a disk with its cloud-init documents where the others have the installer's."""
# A copy of a machine's definition that libvirt must take whole, and what QEMU would be started with.
WHAT_QEMU_GETS = """
set -e
virsh define --validate "$1" >&2
trap 'virsh undefine copy >&2' EXIT
virsh domxml-to-native qemu-argv --domain copy
"""

# What the cache modes are to QEMU.
QEMUS: dict[DiskCache, dict[str, bool]] = {
    "none": {"direct": True, "no-flush": False},
    "writeback": {"direct": False, "no-flush": False},
    "unsafe": {"direct": False, "no-flush": True},
}

Domain = ElementTree.Element


@pytest.fixture(scope="module")
def domains(lab: Lab) -> dict[str, Domain]:
    """Every machine's definition as libvirt keeps it, by the name it has there."""
    script = "for d in $(virsh --quiet list --all --name); do virsh dumpxml --inactive $d; done"
    together = f"<all>{lab.run('sh', '-c', script).stdout}</all>"
    return {str(domain.findtext("name")): domain for domain in ElementTree.fromstring(together)}


def disks_of(node: Node, settings: Settings) -> int:
    return 2 if settings.topology.roles()[f"{node.role}s"].data_disk_gb else 1


def expected(node: Node) -> dict[str, Any]:
    """The list. Sizes and NICs are the plan's; the rest is the same for every role but what it boots."""
    size = SETTINGS.topology.roles()[f"{node.role}s"]
    prefix = f"rehearsal-{node.name}"
    volumes = [f"{prefix}-root.qcow2", f"{prefix}-data.qcow2"][: disks_of(node, SETTINGS)]
    driver = {"name": "qemu", "type": "qcow2", "cache": SETTINGS.host.disk_cache, "io": "threads", "discard": "unmap"}
    return {
        "mark of ownership": "rhoso-lab/rehearsal",
        "acceleration": SETTINGS.host.domain_type,
        "memory, MiB": size.memory_mib,
        "virtual CPUs": size.vcpus,
        "firmware": "BIOS",
        "boot order": ["hd", "cdrom"],
        "after power-off, reboot, crash": ["destroy", "restart", "restart"],
        "disks, root first": [
            (volume, target, driver, slot)
            for volume, target, slot in zip(volumes, ("vda", "vdb"), domain_xslt.DISK_SLOTS, strict=False)
        ],
        "CD-ROM": ("hda", "ide", "seed" if node.role is SEEDED else "agent", True),
        "NICs": [(nic.mac, "virtio", f"rehearsal-{nic.network}", nic.slot) for nic in node.nics],
        "screen": ("vnc", "127.0.0.1", "vga"),
        "serial console": ("pty", "isa-serial", f"/var/log/libvirt/qemu/{prefix}-serial0.log", "off"),
        "others": {"panic": "isa", "rng": "virtio", "memballoon": "virtio"},
        "guest agent's channel": "org.qemu.guest_agent.0",
    }


def seen(domain: Domain) -> dict[str, Any]:
    """The same of a definition."""
    memory = domain.find("memory")
    assert memory is not None and memory.get("unit") == "KiB"
    disks = domain.findall("devices/disk[@device='disk']")
    [cdrom] = domain.findall("devices/disk[@device='cdrom']")
    [graphics], [video] = domain.findall("devices/graphics"), domain.findall("devices/video/model")
    [serial] = domain.findall("devices/serial")
    others = {tag: domain.findall(f"devices/{tag}") for tag in ("panic", "rng", "memballoon")}
    return {
        "mark of ownership": domain.findtext("description"),
        "acceleration": domain.get("type"),
        "memory, MiB": int(memory.text or 0) // 1024,
        "virtual CPUs": int(domain.findtext("vcpu") or 0),
        "firmware": "BIOS" if domain.find("os/loader") is None and not domain.find("os").get("firmware") else "UEFI",  # type: ignore[union-attr]
        "boot order": [boot.get("dev") for boot in domain.findall("os/boot")],
        "after power-off, reboot, crash": [domain.findtext(f"on_{event}") for event in ("poweroff", "reboot", "crash")],
        "disks, root first": [
            (its(disk, "source", "volume"), its(disk, "target", "dev"), disk.find("driver").attrib, slot(disk))  # type: ignore[union-attr]
            for disk in disks
        ],
        "CD-ROM": (
            its(cdrom, "target", "dev"),
            its(cdrom, "target", "bus"),
            "seed" if its(cdrom, "source", "file").endswith("-seed.iso") else "agent",
            cdrom.find("readonly") is not None,
        ),
        "NICs": [
            (its(nic, "mac", "address"), its(nic, "model", "type"), its(nic, "source", "network"), slot(nic))
            for nic in domain.findall("devices/interface")
        ],
        "screen": (graphics.get("type"), its(graphics, "listen", "address"), video.get("type")),
        "serial console": (
            serial.get("type"),
            its(serial, "target", "type"),
            its(serial, "log", "file"),
            its(serial, "log", "append"),
        ),
        "others": {tag: ",".join(str(each.get("model")) for each in found) for tag, found in others.items()},
        "guest agent's channel": its(domain, "devices/channel/target", "name"),
    }


def its(element: Domain, path: str, attribute: str) -> str:
    found = element.find(path)
    return "" if found is None else found.get(attribute, "")


def slot(device: Domain) -> int:
    return int(its(device, "address", "slot"), 16)


@pytest.mark.parametrize("node", PLAN.nodes, ids=lambda node: node.name)
def test_a_machine_is_what_its_role_needs(domains: dict[str, Domain], node: Node) -> None:
    assert seen(domains[f"rehearsal-{node.name}"]) == expected(node)


def test_there_is_no_other_machine(domains: dict[str, Domain]) -> None:
    assert sorted(domains) == sorted(f"rehearsal-{node.name}" for node in PLAN.nodes)


def test_no_two_machines_have_the_same_identity(domains: dict[str, Domain]) -> None:
    """The installer knows a host by its system UUID (agent-installer.md §3.4)."""
    assert len({domain.findtext("uuid") for domain in domains.values()}) == len(PLAN.nodes)


def test_all_machines_networks_and_the_pool_start_with_the_host(lab: Lab) -> None:
    machines = lab.run("virsh", "--quiet", "list", "--all", "--autostart", "--name").stdout.split()
    assert sorted(machines) == sorted(f"rehearsal-{node.name}" for node in PLAN.nodes)
    networks = lab.run("virsh", "--quiet", "net-list", "--autostart", "--name").stdout.split()
    assert sorted(networks) == sorted(network.name for network in PLAN.networks.values())
    pools = lab.run("virsh", "--quiet", "pool-list", "--autostart", "--name").stdout.split()
    assert pools == ["rehearsal-1"]


def test_what_a_machine_said_last_can_be_read_on_the_host(lab: Lab) -> None:
    for node in PLAN.cluster_nodes:
        log = lab.run("cat", domain_xslt.console_log(f"rehearsal-{node.name}")).stdout
        assert f"guest: {node.name} " in log, node.name


@pytest.mark.parametrize("cache", get_args(DiskCache))
def test_libvirt_takes_every_cache_mode(lab: Lab, domains: dict[str, Domain], tmp_path: Path, cache: DiskCache) -> None:
    node = PLAN.workers[0]
    copy = ElementTree.fromstring(ElementTree.tostring(domains[f"rehearsal-{node.name}"]))
    copy.remove(copy.find("uuid"))  # type: ignore[arg-type]
    copy.find("name").text = "copy"  # type: ignore[union-attr]
    made, sheet = tmp_path / "copy.xml", tmp_path / "sheet.xslt"
    made.write_text(ElementTree.tostring(copy, encoding="unicode"))
    sheet.write_text(domain_xslt.stylesheet("copy", node.nics, cache))
    made.write_text(lab.run("xsltproc", str(sheet), str(made)).stdout)
    argv = lab.run("sh", "-c", WHAT_QEMU_GETS, "sh", str(made)).stdout
    devices = [json.loads(word) for word in argv.split("'") if word.startswith("{")]
    disks = [device for device in devices if device.get("driver") == "qcow2"]
    assert [disk["cache"] for disk in disks] == [QEMUS[cache]] * 2
    assert [disk["discard"] for disk in disks] == ["unmap"] * 2
    boots = {device["driver"]: device["bootindex"] for device in devices if "bootindex" in device}
    assert boots == {"virtio-blk-pci": 1, "ide-cd": 2}, "the blank root disk falls through to the CD-ROM"
