<?xml version="1.0" encoding="UTF-8"?>
<!-- Maven parses META-INF/maven/plugin.xml whenever a build has the plugin: of each description it keeps the first
     sentence, and nothing of what Maven takes for granted. plugin-help.xml, which the help goal reads, keeps all. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="xml" encoding="UTF-8" indent="no"/>
  <xsl:strip-space elements="*"/>

  <xsl:template match="@*|*|text()">
    <xsl:copy>
      <xsl:apply-templates select="@*|*|text()"/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="description/text()[contains(., '. ')]">
    <xsl:value-of select="concat(substring-before(., '. '), '.')"/>
  </xsl:template>

  <xsl:template match="parameter/required[. = 'false'] | parameter/editable[. = 'true'] | parameter/description[. = '']"/>

  <!-- a line each for goals and parameters -->
  <xsl:template match="mojo|parameter">
    <xsl:text>&#10;</xsl:text>
    <xsl:copy>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>
</xsl:stylesheet>
