"""The parts of a libvirt domain that the provider has no argument for, as one stylesheet for each machine.

- Each NIC's PCI slot. Kernel names follow from it (``ens3`` is slot 3 on the ``pc`` machine type), and NMState
  policies, NetworkAttachmentDefinitions and L2Advertisements need the real name, so it is pinned.
- Each disk's PCI slot. The kernel counts virtio disks in the order of their slots; the installer's root device hint is
  ``/dev/vda``, and LVMS gets ``/dev/vdb``.
- Cache, I/O and discard of the disks (settings/hosts.py says what each cache mode means). What a guest frees goes back
  to the host, for its volumes are sparse; because they are, I/O is by threads: ``native`` stalls the whole guest
  whenever a sparse file grows.
- What follows a reboot or a crash. An installing node reboots by itself and must come back (agent-installer.md §3.4);
  a crash is told to libvirt by the panic device alone.
- A log of the serial console, to have what a node said last when nobody watched.

The provider makes another domain for another text, which an installed lab must not get: the rule of replacement
(``components/regime.py``) leaves the stylesheet of a standing machine alone. Valid for KVM and for emulation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from network import Nic
from settings.hosts import DiskCache

CONSOLE_LOGS = "/var/log/libvirt/qemu"
"""Where SELinux and virtlogd, which writes and rotates it on RHEL 9, expect a log of a guest."""

DISK_SLOTS = (10, 11)
"""Root, then data: behind the slots of the NICs, in this order. What libvirt places by itself goes round them."""

_IDENTITY = """\
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output omit-xml-declaration="yes"/>
<xsl:template match="node()|@*"><xsl:copy><xsl:apply-templates select="node()|@*"/></xsl:copy></xsl:template>
{templates}
</xsl:stylesheet>
"""

_SLOT = """\
<xsl:template match="/domain/devices/{device}">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::address)]"/>\
<address type="pci" domain="0x0000" bus="0x00" slot="0x{slot:02x}" function="0x0"/></xsl:copy>
</xsl:template>"""

_DRIVER = """\
<xsl:template match="/domain/devices/disk[@device='disk']/driver">
<xsl:copy><xsl:apply-templates select="@*"/>\
<xsl:attribute name="cache">{cache}</xsl:attribute>\
<xsl:attribute name="io">threads</xsl:attribute>\
<xsl:attribute name="discard">unmap</xsl:attribute></xsl:copy>
</xsl:template>"""

_LIFE = """\
<xsl:template match="/domain">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::on_poweroff or self::on_reboot or self::on_crash)]"/>\
<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>restart</on_crash></xsl:copy>
</xsl:template>
<xsl:template match="/domain/devices">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::panic)]"/><panic model="isa"/></xsl:copy>
</xsl:template>"""

# Begun anew whenever the machine is powered on; a guest's own reboot goes on in the same file.
_CONSOLE = """\
<xsl:template match="/domain/devices/console[1]">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::log)]"/><log file="{log}" append="off"/></xsl:copy>
</xsl:template>"""


def console_log(domain: str) -> str:
    """The file on the KVM host that has what a machine's serial console said since it was powered on."""
    return f"{CONSOLE_LOGS}/{domain}-serial0.log"


def stylesheet(domain: str, nics: Iterable[Nic], cache: DiskCache) -> str:
    """What to make of the provider's domain of this name; its n-th interface is the n-th NIC."""
    return _IDENTITY.format(templates="\n".join(_templates(domain, nics, cache)))


def _templates(domain: str, nics: Iterable[Nic], cache: DiskCache) -> Iterator[str]:
    for position, nic in enumerate(nics, start=1):
        yield _SLOT.format(device=f"interface[{position}]", slot=nic.slot)
    for position, slot in enumerate(DISK_SLOTS, start=1):
        yield _SLOT.format(device=f"disk[@device='disk'][{position}]", slot=slot)
    yield _DRIVER.format(cache=cache)
    yield _LIFE
    yield _CONSOLE.format(log=console_log(domain))
