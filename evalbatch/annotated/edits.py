"""A package being edited: parts are read once, changed as trees or bytes, and everything else is
copied as stored.
"""

import posixpath
import zipfile
from dataclasses import dataclass
from typing import Any

from lxml import etree

from evalbatch.sheets.package import PackageParts, normal
from evalbatch.sheets.relations import TYPES, Relation, main_part, relations
from evalbatch.sheets.relations import content_types as declared_types
from evalbatch.sheets.xml import Element, local, parse_bytes
from evalbatch.zip_members import StoredMember, archive, packed, stored

DEFLATE_LEVEL = 6
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
RELATIONSHIPS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_LINK = "http://purl.oclc.org/ooxml/officeDocument/relationships"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# Comments and processing instructions are the sender's: this parser keeps them.
KEEPER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, collect_ids=False)


@dataclass(slots=True)
class PackagePart:
    """A part that is read, changed or new: its tree or, where it is no tree, its bytes."""

    name: str
    tree: Element | None = None
    content: bytes = b""


class Edit:
    """The edit of one package.

    Raises:
        Refused: the package is damaged or hostile (F01, F02, F08).
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.parts = PackageParts(data, name)
        self.main = main_part(self.parts, declared_types(self.parts))
        self.changed: dict[str, PackagePart] = {}
        self.removed: set[str] = set()
        self.workbook = self.tree(self.main)
        self.space = etree.QName(self.workbook).namespace or ""
        strict = self.space == STRICT_MAIN
        self.link_space = STRICT_LINK if strict else LINK

    def tree(self, part: str) -> Element:
        """Return the tree of a part, to be changed in place."""
        key = normal(part)
        known = self.changed.get(key)
        if known is None or known.tree is None:
            root = parse_bytes(self.parts, key, self.parts.read(key), KEEPER)
            known = self.changed[key] = PackagePart(self.stored_name(key), root)
        return known.tree if known.tree is not None else root

    def content(self, part: str) -> bytes:
        """Return the content of a part as it stands after the edits so far."""
        known = self.changed.get(normal(part))
        return known.content if known is not None and known.tree is None else self.parts.read(part)

    def put(self, part: str, content: bytes) -> None:
        """Replace or add a part that is not edited as a tree."""
        self.changed[normal(part)] = PackagePart(self.stored_name(part), None, content)

    def put_tree(self, part: str, root: Element) -> None:
        """Add a part as a tree."""
        self.changed[normal(part)] = PackagePart(part, root)

    def drop(self, part: str) -> None:
        """Remove a part with its content type."""
        key = normal(part)
        self.changed.pop(key, None)
        self.removed.update((key, rels_name(key)))
        for item in list(self.tree(TYPES)):
            if normal(item.get("PartName", "")) == key:
                self.tree(TYPES).remove(item)

    def stored_name(self, part: str) -> str:
        """Return the name of a part as the package spells it, as given when it is new."""
        info = self.parts.infos.get(normal(part))
        return info.filename if info else part

    def free_name(self, pattern: str) -> str:
        """Return the first name of a pattern with a number that no part has."""
        number = 1
        while (
            normal(pattern.format(number)) in self.parts.infos
            or normal(pattern.format(number)) in self.changed
        ):
            number += 1
        return pattern.format(number)

    def links(self, part: str) -> list[Relation]:
        """Return the relationships of a part as stored in the sender's file."""
        return relations(self.parts, part)

    def link(self, part: str, kind: str, target: str) -> str:
        """Add a relationship from a part to another and return its id."""
        path = rels_name(part)
        if normal(path) not in self.changed and path not in self.parts:
            self.declare_extension(
                "rels", RELATIONSHIPS_TYPE
            )  # LibreOffice declares each such part by name
            self.put_tree(
                path,
                etree.Element(f"{{{RELATIONSHIPS}}}Relationships", nsmap=unprefixed(RELATIONSHIPS)),
            )
        root = self.tree(path)
        taken = {item.get("Id") for item in root}
        number = len(taken) + 1
        while f"rId{number}" in taken:
            number += 1
        key = f"rId{number}"
        etree.SubElement(
            root,
            f"{{{RELATIONSHIPS}}}Relationship",
            Id=key,
            Type=f"{self.link_space}/{kind}",
            Target=f"/{target}",
        )
        return key

    def unlink(self, part: str, key: str) -> None:
        """Remove a relationship of a part."""
        root = self.tree(rels_name(part))
        for item in list(root):
            if item.get("Id") == key:
                root.remove(item)

    def declare(self, part: str, kind: str) -> None:
        """Declare the content type of a new part."""
        etree.SubElement(
            self.tree(TYPES), f"{{{CONTENT_TYPES}}}Override", PartName=f"/{part}", ContentType=kind
        )

    def declare_extension(self, extension: str, kind: str) -> None:
        """Declare the content type of an extension unless the package does."""
        root = self.tree(TYPES)
        if not any(
            local(item) == "Default" and item.get("Extension", "").lower() == extension
            for item in root
        ):
            root.insert(
                0,
                root.makeelement(
                    f"{{{CONTENT_TYPES}}}Default", Extension=extension, ContentType=kind
                ),
            )

    def element(
        self, name: str, attributes: dict[str, str] | None = None, text: str | None = None
    ) -> Element:
        """Return a new spreadsheet element in the namespace of the workbook."""
        item = etree.Element(
            f"{{{self.space}}}{name}",
            attributes or {},
            nsmap=unprefixed(self.space) if self.space else None,
        )
        item.text = text
        return item

    def write(self) -> bytes:
        """Return the package with the edits; what was not edited is copied as it was compressed."""
        members = []
        seen = set()
        for info in self.parts.infos.values():
            key = normal(info.filename)
            seen.add(key)
            if key not in self.removed:
                members.append(self._member(info, key))
        for key, part in self.changed.items():
            if key not in seen:
                info = zipfile.ZipInfo(part.name)
                members.append(packed(info, _serialised(part), DEFLATE_LEVEL))
        return archive(members)

    def _member(self, info: zipfile.ZipInfo, key: str) -> StoredMember:
        """Return a member of the sender's file, changed or as stored."""
        part = self.changed.get(key)
        content = _serialised(part) if part else None
        if content is None or content == self.parts.read(key):
            return stored(info, self.parts.raw(info))
        return packed(info, content, DEFLATE_LEVEL)


def unprefixed(space: str) -> dict[Any, str]:
    """Return the namespace map of a default namespace (whose key, None, the stubs of lxml do not
    know).
    """
    return {None: space}


def rels_name(part: str) -> str:
    """Return the name of the relationship part of a part."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _serialised(part: PackagePart) -> bytes:
    """Return the bytes of a changed part."""
    if part.tree is None:
        return part.content
    return etree.tostring(
        part.tree.getroottree(), encoding="UTF-8", xml_declaration=True, standalone=True
    )
