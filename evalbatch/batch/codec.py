"""Values of the model as JSON and back, every type kept: what a record is too small for and pickle too trusting."""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from evalbatch.model import evaluation, finding, observation, place, submission, value

_TYPE, _VALUE = "$", "v"
_MODEL: dict[str, Callable[..., Any]] = {
    name: kind
    for module in (evaluation, finding, observation, place, submission, value)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and kind.__module__ == module.__name__
}


def encode(thing: object) -> bytes:
    """Write a value made of the model's types as compressed JSON.

    Raises:
        TypeError: something in it is not of the model.
    """
    return zlib.compress(json.dumps(_plain(thing), ensure_ascii=False, separators=(",", ":")).encode(), 1)


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
    return _MODEL[name](*map(_lively, content)) if isinstance(content, list) else _MODEL[name](content)


_BASIC: dict[str, Callable[[str], Any]] = {"Decimal": Decimal, "date": date.fromisoformat, "datetime": datetime.fromisoformat}
