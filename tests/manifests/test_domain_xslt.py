"""What the stylesheet makes of the domain that the provider writes, read by the tool that the provider runs."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import pytest

from manifests import domain_xslt
from network import Node
from settings.hosts import DiskCache
from tests.lab import plan

# As dmacvicar/terraform-provider-libvirt 0.8 writes it (libvirt/domain_def.go), for KVM and for emulation.
PROVIDERS = """\
<domain type="{kind}">
  <name>lab-{name}</name>
  <description>rhoso-lab/lab</description>
  <memory unit="MiB">24576</memory>
  <vcpu placement="static">8</vcpu>
  <os><type arch="x86_64" machine="pc">hvm</type><boot dev="hd"></boot><boot dev="cdrom"></boot></os>
  <features><acpi></acpi><apic></apic><pae></pae></features>
  {cpu}
  <devices>
    <emulator>/usr/libexec/qemu-kvm</emulator>
    {disks}
    <disk type="file" device="cdrom"><driver name="qemu" type="raw"></driver><source file="/pool/agent.iso"></source>\
<target dev="hda" bus="ide"></target></disk>
    {interfaces}
    <console type="pty"><target type="serial" port="0"></target></console>
    <channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"></target></channel>
    <graphics type="vnc" autoport="yes"><listen type="address" address="127.0.0.1"></listen></graphics>
    <video><model type="vga"></model></video>
    <rng model="virtio"><backend model="random">/dev/urandom</backend></rng>
  </devices>
</domain>
"""
CPU = {"kvm": '<cpu mode="host-passthrough"></cpu>', "qemu": "<cpu></cpu>"}
CASES = [
    pytest.param(node, kind, id=f"{node.name}-{kind}")
    for node in (plan().masters[0], plan().workers[0], plan().computes[0])
    for kind in CPU
]


def providers(node: Node, kind: str, disks: int = 2) -> str:
    disk = (
        '<disk type="volume" device="disk"><driver name="qemu" type="qcow2"></driver><source pool="lab-1" '
        'volume="{0}"></source><target dev="vd{1}" bus="virtio"></target></disk>'
    )
    nics = (
        f'<interface type="network"><mac address="{nic.mac}"></mac><source network="lab-{nic.network}"></source>'
        '<model type="virtio"></model></interface>'
        for nic in node.nics
    )
    volumes = (disk.format(volume, letter) for volume, letter in list(zip(("root", "data"), "ab", strict=True))[:disks])
    return PROVIDERS.format(
        kind=kind, name=node.name, cpu=CPU[kind], disks="\n".join(volumes), interfaces="\n".join(nics)
    )


def made(directory: Path, node: Node, xml: str, cache: DiskCache = "none") -> ElementTree.Element:
    """The domain after the stylesheet."""
    sheet, domain = directory / "sheet.xslt", directory / "domain.xml"
    sheet.write_text(domain_xslt.stylesheet(f"lab-{node.name}", node.nics, cache))
    domain.write_text(xml)
    done = subprocess.run(["xsltproc", str(sheet), str(domain)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return ElementTree.fromstring(done.stdout)


def slots(domain: ElementTree.Element, path: str) -> list[int]:
    addresses = [device.findall("address") for device in domain.findall(path)]
    assert all(len(each) == 1 for each in addresses), "a device has one address"
    return [int(each[0].attrib["slot"], 16) for each in addresses]


@pytest.mark.parametrize(("node", "kind"), CASES)
def test_nics_and_disks_are_each_in_a_slot_of_their_own(node: Node, kind: str, tmp_path: Path) -> None:
    domain = made(tmp_path, node, providers(node, kind))
    nics, disks = slots(domain, "devices/interface"), slots(domain, "devices/disk[@device='disk']")
    assert nics == [nic.slot for nic in node.nics]
    assert disks == sorted(disks), "the kernel calls the first one vda"
    assert len({*nics, *disks}) == len(nics) + 2
    assert min(nics) > 2, "the chip set's own, and the video card"


@pytest.mark.parametrize("cache", get_args(DiskCache))
def test_the_cache_mode_is_that_of_every_disk_and_not_of_the_cdrom(cache: DiskCache, tmp_path: Path) -> None:
    node = plan().workers[0]
    domain = made(tmp_path, node, providers(node, "kvm"), cache)
    driver = {"name": "qemu", "type": "qcow2", "cache": cache, "io": "threads", "discard": "unmap"}
    assert [disk.attrib for disk in domain.findall("devices/disk[@device='disk']/driver")] == [driver, driver]
    [cdrom] = domain.findall("devices/disk[@device='cdrom']")
    assert cdrom.find("driver").attrib == {"name": "qemu", "type": "raw"}  # type: ignore[union-attr]
    assert cdrom.find("address") is None


@pytest.mark.parametrize(("node", "kind"), CASES)
def test_a_machine_comes_back_after_a_reboot_and_a_crash(node: Node, kind: str, tmp_path: Path) -> None:
    said = "<on_reboot>destroy</on_reboot><on_crash>destroy</on_crash>\n  <devices>"
    for xml in (providers(node, kind), providers(node, kind).replace("<devices>", said)):
        domain = made(tmp_path, node, xml)
        life = [(each.tag, each.text) for each in domain if each.tag.startswith("on_")]
        assert life == [("on_poweroff", "destroy"), ("on_reboot", "restart"), ("on_crash", "restart")]
        assert [panic.attrib for panic in domain.findall("devices/panic")] == [{"model": "isa"}]


def test_what_the_serial_console_says_is_kept_where_selinux_expects_it(tmp_path: Path) -> None:
    node = plan().masters[0]
    domain = made(tmp_path, node, providers(node, "kvm"))
    logs = [log.attrib for log in domain.iter("log")]
    assert logs == [{"file": "/var/log/libvirt/qemu/lab-master-0-serial0.log", "append": "off"}]
    assert domain.find("devices/console/log") is not None
    assert domain_xslt.console_log("lab-master-0") == logs[0]["file"]


@pytest.mark.parametrize(("node", "kind"), CASES)
def test_what_the_provider_knows_itself_stays_as_it_is(node: Node, kind: str, tmp_path: Path) -> None:
    xml = providers(node, kind, disks=1)
    before, after = ElementTree.fromstring(xml), made(tmp_path, node, xml)
    for changed in ("on_poweroff", "on_reboot", "on_crash"):
        after.remove(*after.findall(changed))
    devices = after.find("devices")
    assert devices is not None
    devices.remove(*devices.findall("panic"))
    for parent in after.iter():
        for new in [each for each in parent if each.tag in {"address", "log"}]:
            parent.remove(new)
        if parent.tag == "driver" and parent.get("type") == "qcow2":
            for attribute in ("cache", "io", "discard"):
                del parent.attrib[attribute]
    assert canonical(after) == canonical(before)


def canonical(element: ElementTree.Element) -> Any:
    return ElementTree.canonicalize(ElementTree.tostring(element, encoding="unicode"), strip_text=True)


def test_the_text_of_a_machine_is_always_the_same_and_its_own() -> None:
    texts = [domain_xslt.stylesheet(f"lab-{node.name}", node.nics, "none") for node in plan().nodes]
    assert texts == [domain_xslt.stylesheet(f"lab-{node.name}", node.nics, "none") for node in plan().nodes]
    assert len(set(texts)) == len(texts)
