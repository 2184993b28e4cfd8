"""How traces are kept, packed small, and outputs staged under the digest of their content until they are moved."""

import os
import shutil
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import file_digest
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from evalbatch.model.observation import Observation
from evalbatch.publish.files import explained
from evalbatch.results.outcome import content_digest

FOLDER = ".staging"
Extra = dict[str, tuple[Observation, ...]]
_FAST = 1


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def pack(value: Any, kind: Any) -> bytes:
    """Pack a value of the model as compressed JSON."""
    return zlib.compress(_adapter(kind).dump_json(value), _FAST)


def unpack(data: bytes, kind: Any) -> Any:
    """Return what was packed.

    Raises:
        ValueError: the data are not a packed value of this kind.
    """
    try:
        return _adapter(kind).validate_json(zlib.decompress(data))
    except zlib.error as error:
        raise ValueError("not packed data") from error


def observations_text(extra: Mapping[str, Sequence[Observation]]) -> str:
    """Write what was noticed across workbooks, by submission, as text; empty for nothing. Equal things give equal text."""
    present = {name: tuple(seen) for name, seen in sorted(extra.items()) if seen}
    return _adapter(Extra).dump_json(present).decode() if present else ""


def observations(text: str) -> dict[str, tuple[Observation, ...]]:
    """Return what observations_text wrote."""
    found: dict[str, tuple[Observation, ...]] = _adapter(Extra).validate_json(text) if text else {}
    return found


class Staging:
    """The folder beside the outputs where new ones wait, each named by the digest of its content."""

    def __init__(self, output: Path) -> None:
        self.folder = output / FOLDER

    def path(self, digest: str) -> Path:
        """Where content of this digest waits."""
        return self.folder / digest

    def put(self, data: bytes) -> str:
        """Stage content and return its digest.

        Raises:
            OutputError: the file system refuses; in Chinese.
        """
        digest = content_digest(data)
        path = self.path(digest)
        part = path.with_suffix(f".{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            raise explained(path, error) from error
        return digest

    def digests(self) -> set[str]:
        """Return the digests of all content that waits here whole; what a power failure cut short does not count."""
        if not self.folder.is_dir():
            return set()
        files = (entry for entry in self.folder.iterdir() if entry.is_file())
        return {entry.name for entry in files if content_digest(entry.read_bytes()) == entry.name}

    def take(self, path: Path) -> str:
        """Stage a file by moving it here, and return the digest of its content.

        Raises:
            OutputError: the file system refuses; in Chinese.
        """
        try:
            with path.open("rb") as stream:
                digest = file_digest(stream, "sha256").hexdigest()
            path.replace(self.path(digest))
        except OSError as error:
            raise explained(path, error) from error
        return digest

    def clear(self) -> None:
        """Throw everything away that still waits."""
        shutil.rmtree(self.folder, ignore_errors=True)
