"""The package conventions: which part is which, found by relationships wherever a program put
it.
"""

import posixpath
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from evalbatch.sheets.package import PackageParts, normal
from evalbatch.sheets.xml import Element, kept, local

TYPES = "[content_types].xml"


class Relation(NamedTuple):
    """A relationship: `kind` is the last word of its type, `part` the normal name of its target (a
    URL when external).
    """

    id: str
    kind: str
    part: str
    external: bool


def relations(parts: PackageParts, part: str) -> list[Relation]:
    """Return the relationships of a part (the package's own for an empty name), none when it has no
    relationship part.
    """
    folder, name = posixpath.split(normal(part))
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    if path not in parts:
        return []
    return [
        link if link.external else link._replace(part=resolve(parts, folder, link.part))
        for link in _stated(parts, path)
    ]


@kept
def _stated(root: Element) -> list[Relation]:
    """Return the relationships of a part with their targets as written."""
    return [
        Relation(
            item.get("Id", ""),
            item.get("Type", "").rpartition("/")[2],
            item.get("Target", ""),
            external=item.get("TargetMode") == "External",
        )
        for item in root
        if local(item) == "Relationship"
    ]


def resolve(parts: PackageParts, folder: str, target: str) -> str:
    """Return the normal name of the part that a relationship's target means, as written when there
    is no such part.
    """
    part = _resolved(folder, target)
    return part if part in parts else unquote(part)


@lru_cache(maxsize=1024)
def _resolved(folder: str, target: str) -> str:
    target = target.replace("\\", "/").partition("#")[0]
    path = target if target.startswith("/") else posixpath.join("/", folder, target)
    return normal(posixpath.normpath(path))


def content_types(parts: PackageParts) -> Mapping[str, str]:
    """Return the declared content types: by part name, and by extension with a leading dot."""
    return _types(parts, TYPES) if TYPES in parts else {}


@kept
def _types(root: Element) -> dict[str, str]:
    found = {}
    for item in root:
        if local(item) == "Override":
            found[normal(item.get("PartName", ""))] = item.get("ContentType", "")
        elif local(item) == "Default":
            found["." + item.get("Extension", "").lower()] = item.get("ContentType", "")
    return found


def main_part(parts: PackageParts, types: Mapping[str, str]) -> str:
    """Return the name of the package's main part, empty when it cannot be told."""
    for relation in relations(parts, ""):
        if relation.kind == "officeDocument" and relation.part in parts:
            return relation.part
    declared = [part for part, kind in types.items() if ".main" in kind and part in parts]
    return declared[0] if declared else ""
