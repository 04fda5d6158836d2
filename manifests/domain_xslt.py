"""The part of a libvirt domain that the provider has no argument for: each NIC's PCI slot.

Kernel NIC names follow from the slot (``ens3`` is slot 3 on the ``pc`` machine type), and NMState policies,
NetworkAttachmentDefinitions and L2Advertisements need the real name, so the slot is pinned instead of hoped for.
"""

from __future__ import annotations

from collections.abc import Iterable

from network import Nic

_IDENTITY = """\
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output omit-xml-declaration="yes"/>
<xsl:template match="node()|@*"><xsl:copy><xsl:apply-templates select="node()|@*"/></xsl:copy></xsl:template>
{templates}
</xsl:stylesheet>
"""

_SLOT = """\
<xsl:template match="/domain/devices/interface[{position}]">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::address)]"/>\
<address type="pci" domain="0x0000" bus="0x00" slot="0x{slot:02x}" function="0x0"/></xsl:copy>
</xsl:template>"""


def pin_slots(nics: Iterable[Nic]) -> str:
    """A stylesheet that puts the n-th interface of the domain into the n-th NIC's slot."""
    templates = (_SLOT.format(position=n, slot=nic.slot) for n, nic in enumerate(nics, start=1))
    return _IDENTITY.format(templates="\n".join(templates))
