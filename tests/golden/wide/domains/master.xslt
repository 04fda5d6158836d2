<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output omit-xml-declaration="yes"/>
<xsl:template match="node()|@*"><xsl:copy><xsl:apply-templates select="node()|@*"/></xsl:copy></xsl:template>
<xsl:template match="/domain/devices/interface[1]">
<xsl:copy><xsl:apply-templates select="@*|node()[not(self::address)]"/><address type="pci" domain="0x0000" bus="0x00" slot="0x03" function="0x0"/></xsl:copy>
</xsl:template>
</xsl:stylesheet>
