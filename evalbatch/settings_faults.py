"""What is wrong with a settings file, in Chinese: its line and key, what stands there, what is expected, the nearest key."""

import re
import tomllib
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from evalbatch.model.fault import Fault

SECRET = "password"  # noqa: S105 - the key that must not stand in the file
MASK = "（已隐去）"

_EXPECTED = {
    "int_parsing": "整数",
    "int_type": "整数",
    "int_from_float": "整数",
    "float_parsing": "数字",
    "float_type": "数字",
    "bool_parsing": "true 或 false",
    "bool_type": "true 或 false",
    "string_type": "加引号的文字",
    "date_type": "日期，如 2026-03-31",
    "date_parsing": "日期，如 2026-03-31",
    "date_from_datetime_parsing": "日期，如 2026-03-31",
    "date_from_datetime_inexact": "日期，如 2026-03-31",
    "tuple_type": '方括号列表，如 ["甲", "乙"]',
    "dict_type": "以 [名称] 开头的一节",
    "model_type": "以 [名称] 开头的一节",
    "path_type": "加引号的路径",
    "greater_than": "大于 {gt} 的数",
    "greater_than_equal": "不小于 {ge} 的数",
    "less_than_equal": "不大于 {le} 的数",
}


def fault(model: type[BaseModel], file: str, text: str, detail: ErrorDetails) -> Fault:
    """Say in Chinese what pydantic found."""
    keys = tuple(str(part) for part in detail["loc"])
    place = where(file, text, keys)
    if detail["type"] == "extra_forbidden":
        return Fault(place, "", _unknown_key(model, keys))
    found = MASK if any(SECRET in key for key in keys) else _shown(detail["input"])
    context = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return Fault(place, "" if isinstance(detail["input"], dict) else found, str(context["error"]))
    if detail["type"] == "literal_error":
        return Fault(place, found, str(context["expected"]).replace(" or ", "、").replace(", ", "、") + " 之一")
    expected = _EXPECTED.get(detail["type"], detail["msg"])
    return Fault(place, found, expected.format(**context) if context else expected)


def broken(file: str, error: tomllib.TOMLDecodeError) -> Fault:
    """Say in Chinese where a file is no TOML."""
    found = re.search(r"at line (\d+), column (\d+)", str(error))
    place = f"{file} 第{found[1]}行第{found[2]}列" if found else file
    return Fault(
        place, "", "此处写法有误（不是有效的 TOML）：每行写“键 = 值”，文字加英文双引号，日期如 2026-03-31，小节名写在方括号中"
    )


def _unknown_key(model: type[BaseModel], keys: tuple[str, ...]) -> str:
    if keys[-1] == SECRET:
        return "密码不写在设置文件里；请改用 password_file（存放密码的文件）或 password_env（环境变量名）"
    section = model.model_fields[keys[0]].annotation if len(keys) > 1 else model
    known = set(section.model_fields) if isinstance(section, type) and issubclass(section, BaseModel) else set()
    return f"没有这个键，{nearest(keys[-1], known)}"


def nearest(word: str, known: set[str]) -> str:
    """Name the known word most like another, or all where none is near."""
    close = get_close_matches(word, sorted(known), n=1, cutoff=0.5)
    return f"最接近的是 {close[0]}" if close else f"可用的有 {'、'.join(sorted(known))}"


def line_of(fault: Fault) -> int:
    """Return the line that a fault names, 0 when it names none."""
    found = re.search(r" 第(\d+)行 ", fault.where)
    return int(found[1]) if found else 0


def where(file: str, text: str, keys: tuple[str, ...]) -> str:
    """Name file, line, section and key."""
    section, key = (keys[0], keys[1]) if len(keys) > 1 else ("", keys[0] if keys else "")
    line = _line(text, section, key)
    place = f"[{section}] {key}" if section else f"[{key}]"
    return f"{file} 第{line}行 {place}" if line else f"{file} {place}"


def _line(text: str, section: str, key: str) -> int:
    """Find the line of a key in its section, or of the section itself; 0 when it is written in an unusual way."""
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            current = stripped.split("]")[0].strip("[ ")
            if not section and current == key:
                return number
        elif current == section and stripped.partition("=")[0].strip(" \"'") == key:
            return number
    return 0


def _shown(value: Any) -> str:
    return "、".join(str(item) for item in value) if isinstance(value, list) else str(value)
