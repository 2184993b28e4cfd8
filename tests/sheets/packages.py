"""Hand-written packages: every part as text, so that a test shows exactly what a program might
write.
"""

import io
import zipfile
from collections.abc import Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_LINK = "http://purl.oclc.org/ooxml/officeDocument/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive of parts."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(
                zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, compress_type=method
            )
    return output.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return the parts of a zip archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def parts(
    rows: str = "",
    *,
    main: str = MAIN,
    link: str = LINK,
    settings: str = "",
    strings: str = "",
    formats: str = "",
    styles: str = '<xf numFmtId="0"/>',
    before: str = "",
    after: str = "",
    names: str = "",
) -> dict[str, str | bytes]:
    """Return the parts of a workbook with one sheet 表."""
    return {
        "[Content_Types].xml": f"""{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{SPREADSHEET}.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SPREADSHEET}.worksheet+xml"/>
<Override PartName="/xl/styles.xml" ContentType="{SPREADSHEET}.styles+xml"/>
<Override PartName="/xl/sharedStrings.xml" ContentType="{SPREADSHEET}.sharedStrings+xml"/></Types>""",
        "_rels/.rels": f"""{HEAD}<Relationships xmlns="{PACKAGE}">
<Relationship Id="rId1" Type="{link}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
        "xl/workbook.xml": f"""{HEAD}<workbook xmlns="{main}" xmlns:r="{link}">{settings}
<sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets>{names}</workbook>""",
        "xl/_rels/workbook.xml.rels": f"""{HEAD}<Relationships xmlns="{PACKAGE}">
<Relationship Id="rId1" Type="{link}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{link}/styles" Target="styles.xml"/>
<Relationship Id="rId3" Type="{link}/sharedStrings" Target="sharedStrings.xml"/></Relationships>""",
        "xl/styles.xml": f"""{HEAD}<styleSheet xmlns="{main}">{formats}<cellXfs>{styles}</cellXfs></styleSheet>""",
        "xl/sharedStrings.xml": f"""{HEAD}<sst xmlns="{main}">{strings}</sst>""",
        "xl/worksheets/sheet1.xml": sheet(rows, main=main, before=before, after=after),
    }


def sheet(rows: str, *, main: str = MAIN, before: str = "", after: str = "") -> str:
    """Return a worksheet part."""
    return f"""{HEAD}<worksheet xmlns="{main}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>"""


def book(rows: str = "", **options: str) -> bytes:
    """Return a workbook with one sheet 表."""
    return zipped(parts(rows, **options))
