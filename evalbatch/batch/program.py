"""The program itself, as far as results depend on it."""

from functools import cache
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
KINDS = frozenset({".py", ".toml", ".docx", ".xml", ".j2"})


@cache
def digest(root: Path = ROOT) -> str:
    """Return a digest of the program's own files, code, data and templates, by name and content; read once in a process.

    A version number would not do: a mended line changes results long before the next version.
    """
    content = sha256()
    for name in sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.suffix in KINDS):
        data = (root / name).read_bytes()
        content.update(f"{name}\0{len(data)}\0".encode())
        content.update(data)
    return content.hexdigest()
