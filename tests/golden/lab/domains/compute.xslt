<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output omit-xml-declaration="yes"/>
<xsl:template match="node()|@*"><xsl:copy><xsl:apply-templates select="node()|@*"/></xsl:copy></xsl:template>
<xsl:template match="/domain/devices/interface[1]">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::address)]"/><address type="pci" domain="0x0000" bus="0x00" slot="0x03" function="0x0"/></xsl:copy>
</xsl:template>
<xsl:template match="/domain/devices/interface[2]">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::address)]"/><address type="pci" domain="0x0000" bus="0x00" slot="0x04" function="0x0"/></xsl:copy>
</xsl:template>
<xsl:template match="/domain/devices/interface[3]">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::address)]"/><address type="pci" domain="0x0000" bus="0x00" slot="0x05" function="0x0"/></xsl:copy>
</xsl:template>
<xsl:template match="/domain/devices/disk[@device='disk'][1]">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::address)]"/><address type="pci" domain="0x0000" bus="0x00" slot="0x0a" function="0x0"/></xsl:copy>
</xsl:template>
<xsl:template match="/domain/devices/disk[@device='disk'][2]">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::address)]"/><address type="pci" domain="0x0000" bus="0x00" slot="0x0b" function="0x0"/></xsl:copy>
</xsl:template>
<xsl:template match="/domain/devices/disk[@device='disk']/driver">
<xsl:copy><xsl:apply-templates select="@*"/><xsl:attribute name="cache">none</xsl:attribute><xsl:attribute name="io">threads</xsl:attribute><xsl:attribute name="discard">unmap</xsl:attribute></xsl:copy>
</xsl:template>
<xsl:template match="/domain">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::on_poweroff or self::on_reboot or self::on_crash)]"/><on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>restart</on_crash></xsl:copy>
</xsl:template>
<xsl:template match="/domain/devices">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::panic)]"/><panic model="isa"/></xsl:copy>
</xsl:template>
<xsl:template match="/domain/devices/console[1]">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::log)]"/><log file="/var/log/libvirt/qemu/lab-compute-0-serial0.log" append="off"/></xsl:copy>
</xsl:template>
</xsl:stylesheet>
