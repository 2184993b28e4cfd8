"""The loader of policy profiles: one TOML each; a child gives only its differences from the profile
it inherits.
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from evalbatch.errors import Fault, SettingsFault
from evalbatch.standards.on_demand import OnDemand
from evalbatch.standards.policy import Policy

SHIPPED = Path(__file__).parent / "policies"

# The profile whose limits hold where one without a parent leaves them open.
_FIRST = "cz2020_self"

# Thresholds with a basis of their own outside the table `limits`.
_EXPLAINED = ("explain_above", "explain_above_zero_target")

# What a profile says about itself and never takes over from its parent.
_OWN = frozenset({"id", "name", "basis", "certainty", "caution", "proved", "inherits"})

_EXPECTED = {
    "missing": "填写（必填项）",
    "extra_forbidden": "口径文件已有的键，此键无法识别",
    "decimal_parsing": "数字",
    "decimal_type": "数字",
    "int_parsing": "整数",
    "int_type": "整数",
    "string_type": "文字（加引号）",
    "bool_type": "true 或 false",
    "bool_parsing": "true 或 false",
    "tuple_type": "列表",
    "dict_type": "表",
    "model_type": "表",
    "greater_than": "大于0的数",
}


class _Source:
    """A profile as written: the file and, once they are asked for, its tables."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def tables(self) -> dict[str, Any]:
        return tomllib.loads(self.path.read_text(encoding="utf-8"), parse_float=Decimal)


def load_policies(*folders: Path) -> Mapping[str, Policy]:
    """Return the shipped profiles and those of further folders, each complete with what it
    inherits.

    Those of further folders are all loaded now, since they may be faulty; a shipped one, which
    bears the name of its file, is loaded when it is asked for.

    Args:
        folders: folders with further `*.toml` profiles; their ids must be new.

    Returns:
        The profiles by id, in the order of folders and file names.

    Raises:
        SettingsFault: with all faults of all files at once; each names file, key and what was
            expected, in Chinese.
    """
    faults: list[Fault] = []
    shipped = {path.stem: _Source(path) for path in sorted(SHIPPED.glob("*.toml"))}
    sources = dict(shipped)
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            _register(_Source(path), sources, faults)
    own: dict[str, Policy] = {}
    for name in list(sources)[len(shipped) :]:
        try:
            own[name] = _policy(name, sources)
        except SettingsFault as fault:
            faults.extend(fault.faults)
    if faults:
        raise SettingsFault(faults)
    return OnDemand(sources, lambda name: own[name] if name in own else _policy(name, sources))


def merge(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a child's tables over its parent's: tables merge key by key, everything else (lists too)
    is replaced.
    """
    merged = dict(parent)
    for key, value in child.items():
        below = merged.get(key)
        merged[key] = (
            merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
        )
    return merged


def _register(source: _Source, sources: dict[str, _Source], faults: list[Fault]) -> None:
    path = source.path
    try:
        name = source.tables.get("id")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(Fault(str(path), str(error), "UTF-8 编码的 TOML 文件"))
        return
    if not isinstance(name, str) or not name:
        faults.append(Fault(f"{path} 的 id", "", "须填写口径编号（小写字母、数字、下划线）"))
    elif name in sources:
        faults.append(
            Fault(f"{path} 的 id", name, f"未用过的编号（{sources[name].path} 已用此编号）")
        )
    else:
        sources[name] = source


def _policy(name: str, sources: Mapping[str, _Source]) -> Policy:
    path = sources[name].path
    try:
        return Policy.model_validate(_resolved(name, sources, ()))
    except _UnknownParent as unknown:
        expected = f"已有口径之一且不循环继承：{'、'.join(sources)}"
        raise SettingsFault([Fault(f"{path} 的 inherits", unknown.parent, expected)]) from unknown
    except ValidationError as error:
        raise SettingsFault(
            _fault(path, detail) for detail in error.errors(include_url=False)
        ) from error


class _UnknownParent(Exception):  # noqa: N818 - turned into a Fault by its only caller
    """The profile inherits one that does not exist, or in the end itself."""

    def __init__(self, parent: str) -> None:
        super().__init__(parent)
        self.parent = parent


def _resolved(
    name: str, sources: Mapping[str, _Source], children: tuple[str, ...]
) -> dict[str, Any]:
    tables = _with_bases(sources[name].tables)
    parent = tables.get("inherits")
    if not parent:
        return tables if name == _FIRST else _with_first_limits(tables, sources)
    if parent not in sources or parent in (*children, name):
        raise _UnknownParent(str(parent))
    inherited = _for_scale(_resolved(parent, sources, (*children, name)), tables)
    return merge({key: value for key, value in inherited.items() if key not in _OWN}, tables)


def _for_scale(inherited: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the parent says of grades that the child's own scale has not."""
    if "grades" not in child:
        return dict(inherited)
    words = {grade.get("word") for grade in child["grades"] if isinstance(grade, dict)}
    kept = [each for each in inherited.get("applications", ()) if each["grade"] in words]
    return {**inherited, "applications": kept}


def _with_first_limits(tables: dict[str, Any], sources: Mapping[str, _Source]) -> dict[str, Any]:
    first = _with_bases(sources[_FIRST].tables)
    explained = {key: first["quantitative"][key] for key in _EXPLAINED}
    return merge({"limits": first["limits"], "quantitative": explained}, tables)


def _with_bases(tables: dict[str, Any]) -> dict[str, Any]:
    """Name the profile itself as the basis of every limit that it gives without one; only where it
    stands it is known whose.
    """
    own = {
        "basis": f"评分口径《{tables.get('name', '')}》",
        "certainty": tables.get("certainty", ""),
    }
    given = {
        key: table
        for key in ("limits", "quantitative")
        if isinstance(table := tables.get(key), dict)
    }
    based = {
        key: {name: _based(key, name, value, own) for name, value in table.items()}
        for key, table in given.items()
    }
    return {**tables, **based}


def _based(table: str, name: str, value: Any, own: dict[str, str]) -> Any:
    if isinstance(value, list) or (table == "quantitative" and name not in _EXPLAINED):
        return value
    return {**own, **value} if isinstance(value, dict) else {"value": value, **own}


def _fault(path: Path, detail: ErrorDetails) -> Fault:
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in detail["loc"])
    kind = detail["type"]
    if kind == "value_error":
        key, _, expected = str(detail["ctx"]["error"]).partition(": ")
        return Fault(f"{path} 的 {key}", "", expected)
    if kind == "literal_error":
        expected = f"{detail['ctx']['expected']} 之一".replace(" or ", "、").replace("'", "")
    else:
        expected = _EXPECTED.get(kind, detail["msg"])
    found = "" if kind in {"missing", "extra_forbidden"} else str(detail["input"])
    return Fault(
        f"{path} 的 {key}",
        found,
        expected if found else f"须为{expected}" if kind != "missing" else "必填，缺少此键",
    )
