"""Loads forms (表) from TOML files, and says in Chinese what is wrong with one."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from evalbatch.errors import Fault, SettingsFault
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_faults import faults_of
from evalbatch.standards.on_demand import OnDemand
from evalbatch.standards.policy import grade_words
from evalbatch.standards.policy_library import load_policies

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


SHIPPED: Final = Path(__file__).parent / "forms"
SHARED: Final = "sheets"  # the folder of sheets that several forms use

_EXPECTED: Final = {
    "missing": "填写此项",
    "extra_forbidden": "已知的键（此键不认识，请检查拼写）",
    "literal_error": "以下之一：{expected}",
    "enum": "以下之一：{expected}",
    "string_pattern_mismatch": "小写英文字母开头，只含小写字母、数字和下划线",
    "string_type": "文字",
    "int_type": "整数",
    "int_parsing": "整数",
    "float_parsing": "数字",
    "float_type": "数字",
    "bool_parsing": "true 或 false",
    "bool_type": "true 或 false",
    "greater_than": "大于 {gt}",
    "tuple_type": "方括号括起的列表",
    "dict_type": "键值表",
    "model_type": "键值表",
}


def load_forms(*folders: Path) -> Mapping[str, FormSpec]:
    """Return the shipped forms and those of further folders, by id; a later folder replaces a form
    of the same id.

    Those of further folders are all loaded now, since they may be faulty; a shipped one, which
    bears the name of its file, is loaded when it is asked for.

    Raises:
        SettingsFault: a file is no TOML, or no valid form; all faults of all files at once, each
            with file and key.
    """
    shipped = {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}
    own = _own(folders)
    return OnDemand(
        [*shipped, *own], lambda name: own[name] if name in own else load_form(shipped[name])
    )


def _own(folders: Iterable[Path]) -> dict[str, FormSpec]:
    """Load the forms of an office's folders."""
    forms: dict[str, FormSpec] = {}
    faults: list[Fault] = []
    for folder in folders:
        if not folder.is_dir():
            faults.append(Fault(str(folder), "", "表样文件夹不存在，应为放有 .toml 表样的文件夹"))
            continue
        seen: dict[str, Path] = {}
        for path in sorted(folder.glob("*.toml")):
            try:
                form = load_form(path)
            except SettingsFault as fault:
                faults.extend(fault.faults)
                continue
            if form.id in seen:
                faults.append(
                    Fault(f"{path.name} · id", form.id, f"与 {seen[form.id].name} 不同的表样标识")
                )
            seen[form.id] = path
            forms[form.id] = form
    if faults:
        raise SettingsFault(faults)
    return forms


def load_form(path: Path) -> FormSpec:
    """Load one form, with the grades of its own profile where that is a shipped one.

    Raises:
        SettingsFault: the file is no TOML, or no valid form.
    """
    return form_of(path, parse_form(path))


def form_of(path: Path, said: dict[str, Any]) -> FormSpec:
    """Return the form that the file at a path would be with this content.

    Raises:
        SettingsFault: it is no valid form.
    """
    data = with_shared(path, said)
    try:
        form = FormSpec.model_validate(data)
    except ValidationError as error:
        raise SettingsFault(_explain(path.name, data, fault) for fault in error.errors()) from error
    faults = tuple(faults_of(path.name, form))
    if faults:
        raise SettingsFault(faults)
    shipped = load_policies()
    return form.graded_by(grade_words([shipped[form.policy]])) if form.policy in shipped else form


def parse_form(path: Path) -> dict[str, Any]:
    """Return what the file of a form says, shared sheets by their names only.

    Raises:
        SettingsFault: it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsFault([Fault(path.name, "", "文件应为 UTF-8 编码")]) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsFault([Fault(path.name, "", f"不是正确的 TOML：{error}")]) from error


def _shared(path: Path, sheet: dict[str, Any]) -> dict[str, Any]:
    """Replace `use = "report"` by the sheet of that name; other keys overrule it."""
    if "use" not in sheet:
        return sheet
    own = {key: value for key, value in sheet.items() if key != "use"}
    return parse_form(shared_file(path, str(sheet["use"]))) | own


def shared_file(path: Path, name: str) -> Path:
    """Return the file of a sheet that forms share: beside the form first, then the shipped.

    Raises:
        SettingsFault: there is none of that name.
    """
    for folder in (path.parent / SHARED, SHIPPED / SHARED):
        files = {file.stem: file for file in folder.glob("*.toml")}
        if name in files:
            return files[name]
    known = "、".join(sorted(file.stem for file in (SHIPPED / SHARED).glob("*.toml")))
    raise SettingsFault([Fault(f"{path.name} · sheets.use", name, f"共用的工作表之一：{known}")])


def with_shared(path: Path, data: dict[str, Any]) -> dict[str, Any]:
    """Return a form's data with the sheets that it shares; `data` is what its file says.

    Raises:
        SettingsFault: there is no sheet of a name that it uses.
    """
    return data | {"sheets": [_shared(path, sheet) for sheet in data.get("sheets", ())]}


def form_file(name: str, folder: Path | None) -> Path | None:
    """Return the file of a form: of the office's folder, else the shipped; None when there is
    none.
    """
    own = sorted(folder.glob("*.toml")) if folder and folder.is_dir() else []
    for path in own:
        if parse_form(path).get("id") == name:
            return path
    shipped = SHIPPED / f"{name}.toml"
    return shipped if shipped.is_file() else None


def _explain(file: str, data: object, error: "ErrorDetails") -> Fault:
    """Say what pydantic found, with the way to it in the words of the file:
    sheets[form].fields[project].type.
    """
    way = ""
    for key in error["loc"]:
        data, name = _step(data, key)
        way += f"[{name}]" if isinstance(key, int) else f".{name}"
    return Fault(f"{file} · {way.lstrip('.')}", *found_and_expected(error))


def found_and_expected(error: "ErrorDetails") -> tuple[str, str]:
    """Return what pydantic found and what it expected, in Chinese."""
    found = "" if error["type"] == "missing" else str(error["input"])[:40]
    return found, _EXPECTED.get(error["type"], error["msg"]).format(**error.get("ctx", {}))


def _step(data: object, key: str | int) -> tuple[object, str]:
    if isinstance(data, dict):
        return data.get(key), str(key)
    if isinstance(data, list) and isinstance(key, int) and key < len(data):
        entry = data[key]
        name = entry.get("id", key + 1) if isinstance(entry, dict) else key + 1
        return entry, str(name)
    return None, str(key)
