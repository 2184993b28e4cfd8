"""Values of the model as JSON and back, every type kept: what a record is too small for and pickle
too trusting.
"""

import json
import os
import shutil
import zlib
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from hashlib import file_digest
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from evalbatch.model import evaluation, finding, place, submission, today, value
from evalbatch.model.record import Noticed
from evalbatch.output_files import explained, patiently
from evalbatch.results.outcome import content_digest

_TYPE, _VALUE = "$", "v"
_MODEL: dict[str, Callable[..., Any]] = {
    name: kind
    for module in (evaluation, finding, place, submission, today, value)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and kind.__module__ == module.__name__
}


def encode(thing: object) -> bytes:
    """Write a value made of the model's types as compressed JSON.

    Raises:
        TypeError: something in it is not of the model.
    """
    return zlib.compress(
        json.dumps(_plain(thing), ensure_ascii=False, separators=(",", ":")).encode(), 1
    )


def decode(data: bytes) -> Any:
    """Return what encode wrote.

    Raises:
        ValueError, KeyError, TypeError: the data are of another make.
    """
    return _lively(json.loads(zlib.decompress(data)))


def _plain(thing: object) -> Any:
    if thing is None or type(thing) in (str, int, bool):
        return thing
    if isinstance(thing, Mapping):
        return {_TYPE: "dict", _VALUE: [[key, _plain(inside)] for key, inside in thing.items()]}
    if isinstance(thing, (tuple, list)):
        return ["tuple" if type(thing) is list else type(thing).__name__, *map(_plain, thing)]
    return {_TYPE: type(thing).__name__, _VALUE: _content(thing)}


def _content(thing: object) -> Any:
    if isinstance(thing, Enum):
        return thing.value
    if isinstance(thing, Decimal):
        return str(thing)
    if isinstance(thing, date):
        return thing.isoformat()
    if is_dataclass(thing) and type(thing).__name__ in _MODEL:
        return [_plain(getattr(thing, each.name)) for each in fields(thing)]
    raise TypeError(f"not of the model: {type(thing)}")


def _lively(plain: Any) -> Any:
    if isinstance(plain, list):
        name, *inside = plain
        values = map(_lively, inside)
        return tuple(values) if name == "tuple" else _MODEL[name](*values)
    if not isinstance(plain, dict):
        return plain
    name, content = plain[_TYPE], plain[_VALUE]
    if name == "dict":
        return {key: _lively(inside) for key, inside in content}
    if name in _BASIC:
        return _BASIC[name](content)
    return (
        _MODEL[name](*map(_lively, content)) if isinstance(content, list) else _MODEL[name](content)
    )


_BASIC: dict[str, Callable[[str], Any]] = {
    "Decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


FOLDER = ".staging"
Extra = dict[str, tuple[Noticed, ...]]
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


def observations_text(extra: Mapping[str, Sequence[Noticed]]) -> str:
    """Write what was noticed from outside, by submission, as text; empty for nothing. Equal things
    give equal text.
    """
    present = {name: tuple(seen) for name, seen in sorted(extra.items()) if seen}
    return _adapter(Extra).dump_json(present).decode() if present else ""


def observations(text: str) -> dict[str, tuple[Noticed, ...]]:
    """Return what observations_text wrote."""
    found: dict[str, tuple[Noticed, ...]] = _adapter(Extra).validate_json(text) if text else {}
    return found


class Staging:
    """The folder beside the outputs where new ones wait, each named by the digest of its
    content.
    """

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
            patiently(lambda: part.replace(path))
        except OSError as error:
            raise explained(path, error) from error
        return digest

    def digests(self) -> set[str]:
        """Return the digests of all content that waits here whole; what a power failure cut short
        does not count.
        """
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
            patiently(lambda: path.replace(self.path(digest)))
        except OSError as error:
            raise explained(path, error) from error
        return digest

    def clear(self, keep: AbstractSet[str] = frozenset()) -> None:
        """Throw everything away that still waits, but the content of these digests."""
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name not in keep:
                with suppress(OSError):
                    path.unlink()
