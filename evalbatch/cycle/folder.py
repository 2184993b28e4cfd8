"""A new cycle's folder: everything a clerk needs on the first day, with a guide; nothing that
stands there is overwritten.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from evalbatch.blanks.blank_workbook import build as blank
from evalbatch.cycle.register_workbook import build
from evalbatch.errors import SETTINGS_NAME, Fault, SettingsFault
from evalbatch.output_files import replace, safe_name
from evalbatch.settings import (
    APPEALS,
    FREEZES,
    INBOX,
    OUTPUT,
    REVIEWS,
    ROSTER,
    WAIVERS,
)
from evalbatch.standards.form import FormSpec
from evalbatch.standards.policy import Policy

GUIDE: Final = "使用说明.txt"
TEMPLATES: Final = {
    ".docx": ("evalbatch.publish", "报告模板"),
    ".j2": ("evalbatch.mail", "邮件模板"),
}
BLANKS: Final = "空白表"
UNIQUE: Final = ("department", "unit", "project", "form")


def create(
    folder: Path,
    name: str,
    year: int,
    forms: Mapping[str, FormSpec],
    policies: Mapping[str, Policy],
    codes: Mapping[str, str],
    carried: Mapping[str, bytes] | None = None,
) -> tuple[Path, ...]:
    """Create a cycle folder and return what was written.

    Args:
        folder: the new folder; it may exist, but nothing of what is made may stand in it.
        name: the cycle's name.
        year: the evaluated year.
        forms: the forms by id.
        policies: the profile that scores each form, by the form's id.
        codes: the titles of the catalogue's findings by code.
        carried: files taken over from last year by their paths, in place of new ones.

    Raises:
        SettingsFault: something stands there already; all of it is named, and nothing is written.
        OutputError: the file system refuses; in Chinese.
    """
    contents = dict(_contents(name, year, forms, policies, codes)) | dict(carried or {})
    standing = [
        path
        for path in (*contents, *(f"{each}/" for each in (INBOX, OUTPUT, REVIEWS)))
        if _stands(folder, path)
    ]
    if standing:
        raise SettingsFault(
            Fault(str(folder / path), "", "已经存在，未作任何改动；请换一个文件夹")
            for path in standing
        )
    for path, data in contents.items():
        replace(folder / path, data)
    for each in (INBOX, OUTPUT, REVIEWS):
        (folder / each).mkdir()
    return tuple(folder / path for path in (*contents, INBOX, OUTPUT, REVIEWS))


def _stands(folder: Path, path: str) -> bool:
    """Whether a file stands there, or a folder that holds anything."""
    place = folder / path
    return any(place.iterdir()) if path.endswith("/") and place.is_dir() else place.exists()


def _contents(
    name: str,
    year: int,
    forms: Mapping[str, FormSpec],
    policies: Mapping[str, Policy],
    codes: Mapping[str, str],
) -> Iterator[tuple[str, bytes]]:
    titles = [form.title for form in forms.values()]
    texts = _texts(name, year, forms, policies)
    yield SETTINGS_NAME, texts["settings"].encode()
    yield ROSTER, build("roster", texts["roster_hint"], {"form": titles}, UNIQUE)
    yield (
        WAIVERS,
        build(
            "waivers", texts["waivers_hint"], {"code": list(codes)}, glossary=("问题目录", codes)
        ),
    )
    yield APPEALS, build("appeals", texts["appeals_hint"], {"verdict": ["调整", "维持", "不受理"]})
    yield FREEZES, build("freezes", texts["freezes_hint"], {"open": ["是", "否"]})
    yield GUIDE, texts["guide"].replace("\n", "\r\n").encode("utf-8-sig")
    for suffix, (package, place) in TEMPLATES.items():
        for item in sorted(
            files(package).joinpath("templates").iterdir(), key=lambda each: each.name
        ):
            if item.name.endswith(suffix):
                yield f"{place}/{item.name}", item.read_bytes()
    for key, form in forms.items():
        yield f"{BLANKS}/{safe_name(form.title, '.xlsx')}", blank(form, policies[key])


def _texts(
    name: str, year: int, forms: Mapping[str, FormSpec], policies: Mapping[str, Policy]
) -> dict[str, str]:
    """Return the texts of folder.toml with the cycle's own words put in."""
    words = {
        "plain": " ".join(name.split()),
        "name": json.dumps(name, ensure_ascii=False),
        "year": str(year),
        "next": str(year + 1),
        "forms": "\n".join(
            f"  {form.title}　评分口径：{policies[key].name}" for key, form in forms.items()
        ),
        "policies": "\n".join(
            f'{key} = "{policies[key].id}"　# {form.title}'.replace("　", "  ")
            for key, form in forms.items()
        ),
    }
    data = tomllib.loads(
        files("evalbatch.cycle").joinpath("folder.toml").read_text(encoding="utf-8")
    )
    return {key: Template(text).substitute(words) for key, text in data.items()}
