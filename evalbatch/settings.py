"""What is wrong with a settings file, in Chinese: its line and key, what stands there, what is
expected, the nearest key.
"""

import re
import tomllib
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from evalbatch.errors import SETTINGS_NAME, Fault, SettingsFault, reason
from evalbatch.model.names import ADDRESS, is_address
from evalbatch.model.record import ARCHIVE, WORKING_PAPERS

SECRET = "password"  # noqa: S105 - the key that must not stand in the file
MASK = "（已隐去）"

_EXPECTED = {
    "int_parsing": "整数",
    "int_type": "整数",
    "int_from_float": "整数",
    "decimal_parsing": "数字",
    "decimal_type": "数字",
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
        return Fault(
            place, "" if isinstance(detail["input"], dict) else found, str(context["error"])
        )
    if detail["type"] == "literal_error":
        return Fault(
            place,
            found,
            str(context["expected"]).replace(" or ", "、").replace(", ", "、") + " 之一",
        )
    expected = _EXPECTED.get(detail["type"], detail["msg"])
    return Fault(place, found, expected.format(**context) if context else expected)


BACKSLASH = (
    '路径中的反斜杠 \\ 在双引号里另有含义：请改写成正斜杠（如 "D:/报送/inbox"），'
    "或把双引号换成英文单引号（如 'D:\\报送\\inbox'）"
)


def broken(file: str, text: str, error: tomllib.TOMLDecodeError) -> Fault:
    """Say in Chinese where a file is no TOML; a path of Windows in double quotes is the likeliest
    fault of all.
    """
    found = re.search(r"at line (\d+), column (\d+)", str(error))
    place = f"{file} 第{found[1]}行第{found[2]}列" if found else file
    line = text.splitlines()[int(found[1]) - 1] if found else ""
    if re.search(r'"[^"]*\\', line):
        return Fault(place, line.partition("=")[2].strip(), BACKSLASH)
    return Fault(
        place,
        "",
        (
            "此处写法有误（不是有效的 TOML）：每行写“键 = 值”，文字加英文双引号，日期如 "
            "2026-03-31，小节名写在方括号中"
        ),
    )


def _unknown_key(model: type[BaseModel], keys: tuple[str, ...]) -> str:
    if keys[-1] == SECRET:
        return (
            "密码不写在设置文件里；请改用 password_file（存放密码的文件）或 "
            "password_env（环境变量名）"
        )
    section = model.model_fields[keys[0]].annotation if len(keys) > 1 else model
    known = (
        set(section.model_fields)
        if isinstance(section, type) and issubclass(section, BaseModel)
        else set()
    )
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
    """Find the line of a key in its section, or of the section itself; 0 when it is written in an
    unusual way.
    """
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


_ESCAPES = str.maketrans({"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r"})
"""What double quotes make of a backslash and a letter, back as it was typed."""


def _shown(value: Any) -> str:
    text = "、".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return text.translate(_ESCAPES)


INBOX, OUTPUT, REVIEWS = "inbox", "output", "复核"
ROSTER, WAIVERS, APPEALS, FREEZES = "名册.xlsx", "豁免.xlsx", "申诉.xlsx", "定稿.xlsx"
"""What a new cycle folder holds beside its settings; the section [paths] may name others."""
MADE = frozenset(
    {"inbox", "output", "reviews", "appeals", "freezes", "working_papers", "archive"}
)  # paths that need not exist yet


def _address(text: str) -> str:
    if text and not is_address(text):
        raise ValueError(ADDRESS)
    return text


def _domain(text: str) -> str:
    if not is_address(f"a@{text}"):
        raise ValueError("邮箱域名，如 example.gov.cn")
    return text.lower()


def _path(value: Path) -> Path:
    if any(char < " " for char in str(value)):
        raise ValueError(BACKSLASH)
    return value


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("姓名，不能空着")
    if any(mark in text for mark in "、，,；;/／"):
        raise ValueError('一个人的姓名；几个人的分开写，如 ["甲", "乙"]')
    return text.strip()


def _seed(text: str) -> str:
    if text and not text.strip():
        raise ValueError("抽签用的一句话，不能只有空格；还没有写下的不填")
    return text


WrittenPath = Annotated[Path, AfterValidator(_path)]
Address = Annotated[str, AfterValidator(_address)]
Name = Annotated[str, AfterValidator(_name)]
Domain = Annotated[str, AfterValidator(_domain)]


class SettingsSection(BaseModel):
    """Base of all sections: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CycleSection(SettingsSection):
    """[cycle]: what is evaluated, by whom, until when. `year` is the evaluated year."""

    name: str = "预算绩效评价"
    organiser: str = ""
    year: int | None = Field(default=None, ge=2000, le=2100)
    period_start: date | None = None
    period_end: date | None = None
    deadline: date | None = None

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.period_start and self.period_end and self.period_end < self.period_start:
            raise ValueError("period_end 不早于 period_start")
        if self.period_start and self.deadline and self.deadline < self.period_start:
            raise ValueError("deadline（报送截止日）不早于 period_start（评价期开始）")
        return self


class PathsSection(SettingsSection):
    """[paths]: where things are, relative to the settings file; None where the cycle has no such
    thing.
    """

    inbox: WrittenPath = Path(INBOX)
    output: WrittenPath = Path(OUTPUT)
    roster: WrittenPath | None = None
    waivers: WrittenPath | None = None
    templates: WrittenPath | None = None
    forms: WrittenPath | None = None
    policies: WrittenPath | None = None
    last_year: WrittenPath | None = None
    working_papers: WrittenPath | None = None
    archive: WrittenPath | None = None
    reviews: WrittenPath = Path(REVIEWS)
    appeals: WrittenPath = Path(APPEALS)
    freezes: WrittenPath = Path(FREEZES)

    @property
    def elsewhere(self) -> dict[str, Path]:
        """The folders that the office keeps outside the output folder, by their names in it."""
        named = ((WORKING_PAPERS, self.working_papers), (ARCHIVE, self.archive))
        return {name: path for name, path in named if path is not None}

    def of(self, folder: str) -> Path:
        """Return where a top folder of the outputs stands."""
        return self.elsewhere.get(folder, self.output / folder)

    def below(self, root: Path) -> Self:
        """Return the same paths made absolute below the folder of the settings file."""
        return self.model_copy(update={key: root / path for key, path in self if path is not None})


class BatchSection(SettingsSection):
    """[batch]: workers (0: as many as cores), the limits of one workbook, and how long a file must
    have stood still.
    """

    jobs: int = Field(default=0, ge=0)
    seconds: float = Field(default=20, gt=0)
    memory_mb: int = Field(default=600, ge=100)
    settle_seconds: float = Field(default=2, ge=0)


class ArchiveSection(SettingsSection):
    """[archive]: the workbooks that were read, kept by their hash. `space_mb` limits what they take
    (0: no limit); beyond it new ones are only named. `years` says how long the office keeps them:
    the list names the day for each; nothing is ever dropped by itself.
    """

    keep: bool = True
    space_mb: int = Field(default=0, ge=0)
    years: int = Field(default=10, ge=1, le=100)


class MailSection(SettingsSection):
    """[mail]: the server and what may be sent to whom. Without `host` nothing is sent. Sizes in
    MB.
    """

    host: str = ""
    port: int = Field(default=465, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""
    password_file: WrittenPath | None = None
    password_env: str = ""
    sender: Address = ""
    sender_name: str = ""
    contact: str = ""
    operator: Address = ""
    organiser: tuple[Address, ...] = ()
    allowed_domains: tuple[Domain, ...] = ()
    rate_per_minute: int = Field(default=30, ge=1)
    size_limit_mb: float = Field(default=20, gt=0)
    oversize: Literal["zip", "split", "path"] = "zip"
    share_path: str = ""
    templates: WrittenPath | None = None
    timeout_seconds: float = Field(default=30, gt=0)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.host and not self.sender:
            raise ValueError("填写 host 后，sender（发件地址）必填")
        if self.password_file and self.password_env:
            raise ValueError("password_file 与 password_env 只填一个")
        if self.oversize == "path" and not self.share_path:
            raise ValueError('oversize = "path" 时，share_path（共享文件夹路径）必填')
        return self


class ReviewSection(SettingsSection):
    """[review]: who decides, and what is drawn for a second look (抽查).

    `share` (a fraction) or `number` says how much is drawn by tickets from the text `seed`, which
    is written down once the hand-in has closed. `every_days`: how often a run writes a round by
    itself (0: never). Always in are: budgets above `money_above` (万元), full marks throughout,
    late ones, copied text, execution below `execution_below` (a fraction), projects without a
    predecessor, and those with one of `grades_last_year`.
    """

    reviewers: tuple[Name, ...] = ()
    approvers: tuple[Name, ...] = ()
    share: Decimal | None = Field(default=None, ge=0, le=1)
    number: int | None = Field(default=None, ge=0, strict=True)
    seed: Annotated[str, AfterValidator(_seed)] = ""
    every_days: int = Field(default=0, ge=0, strict=True)
    money_above: Decimal | None = Field(default=None, ge=0)
    full_marks: bool = False
    late: bool = False
    copied: bool = False
    execution_below: Decimal | None = Field(default=None, ge=0, le=1)
    first_time: bool = False
    grades_last_year: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if self.share is not None and self.number is not None:
            raise ValueError("share（比例）与 number（个数）只填一个")
        if self.seed and self.share is None and self.number is None:
            raise ValueError("填写 seed（抽签用的文字）时，share（比例）或 number（个数）须填一个")
        if self.seed and 0 in {self.share, self.number}:
            raise ValueError("填写 seed（抽签用的文字）时，share（比例）或 number（个数）须大于 0")
        return self


class PublishSection(SettingsSection):
    """[publish]: what is published besides the standard files; what to do with a total that may
    still change.
    """

    pdf: bool = False
    provisional: Literal["show", "hold"] = "show"


class Settings(SettingsSection):
    """Everything the organiser can set; all paths are absolute once loaded."""

    cycle: CycleSection = CycleSection()
    paths: PathsSection = PathsSection()
    policies: dict[str, str] = {}
    batch: BatchSection = BatchSection()
    mail: MailSection = MailSection()
    publish: PublishSection = PublishSection()
    review: ReviewSection = ReviewSection()
    archive: ArchiveSection = ArchiveSection()
    _faults: tuple[Fault, ...] = PrivateAttr(default=())
    _text: str = PrivateAttr(default="")
    _file: Path | None = PrivateAttr(default=None)

    @property
    def of_a_cycle(self) -> bool:
        """Whether they were read from a file, and are not the defaults of a run without one."""
        return self._file is not None

    @property
    def is_empty(self) -> bool:
        """Whether the file that they were read from holds no setting, as a full disk leaves it."""
        lines = map(str.strip, self._text.splitlines())
        return self.of_a_cycle and all(not line or line.startswith("#") for line in lines)

    @property
    def file(self) -> Path | None:
        """The file that they were read from."""
        return self._file

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was faulty in the file that these settings were read from."""
        return self._faults

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and validate a settings file (evalbatch.toml).

        Raises:
            SettingsFault: with every fault of the file: line, key, what stands there, what is
                expected.
        """
        settings = cls.read(path)
        if settings.faults:
            raise SettingsFault(settings.faults)
        return settings

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a settings file as far as it can be read: what is faulty has its default, and
        `faults` says so.

        For those who want to report the faults of other files together with these; nothing may run
        on such settings.

        Raises:
            SettingsFault: the file is absent, in another encoding, or no TOML at all.
        """
        text = _read(path)
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SettingsFault([broken(path.name, text, error)]) from error
        faults: list[Fault] = []
        while details := cls._wrong(data):
            faults += [fault(cls, path.name, text, detail) for detail in details]
            for detail in details:
                _drop(data, detail["loc"])
        settings = cls.model_validate(data).placed(path.resolve().parent)
        faults += _missing(settings, path.name, text)
        return settings.marked(sorted(faults, key=line_of), text, path.resolve())

    def marked(self, faults: Iterable[Fault], text: str, file: Path) -> Self:
        """Return the same settings with their faults and the text they stand in, and without the
        paths that lead nowhere.
        """
        there = {
            key: path for key, path in self.paths if path is None or path.exists() or key in MADE
        }
        marked = self.model_copy(
            update={"paths": PathsSection.model_construct(**{**dict(PathsSection()), **there})}
        )
        marked._faults, marked._text, marked._file = tuple(faults), text, file  # noqa: SLF001 - our own
        return marked

    @classmethod
    def _wrong(cls, data: dict[str, Any]) -> list[ErrorDetails]:
        try:
            cls.model_validate(data)
        except ValidationError as error:
            return error.errors(include_url=False)
        return []

    @classmethod
    def default(cls, inbox: Path, output: Path) -> Self:
        """Return the settings of a run without a settings file."""
        return cls(paths=PathsSection(inbox=inbox, output=output))

    def placed(self, root: Path) -> Self:
        """Return the same settings with all paths absolute, below a folder."""
        mail = {
            key: root / value
            for key, value in self.mail
            if key in {"password_file", "templates"} and value
        }
        return self.model_copy(
            update={"paths": self.paths.below(root), "mail": self.mail.model_copy(update=mail)},
        )

    def unknown(self, forms: set[str], policies: set[str]) -> list[Fault]:
        """Return a fault for every form or policy profile named in [policies] that does not
        exist.
        """
        faults = []
        for form, policy in self.policies.items():
            for word, kind, known in ((form, "表", forms), (policy, "评分口径", policies)):
                if word not in known:
                    faults.append(
                        Fault(
                            where(SETTINGS_NAME, self._text, ("policies", form)),
                            word,
                            f"已有的{kind}之一（{nearest(word, known)}）",
                        )
                    )
        return faults

    def undrawable(self, grades: Collection[str]) -> list[Fault]:
        """Return a fault for every measure of [review] that looks at last year and cannot: none is
        named, or no profile knows (in `grades`) the grade.
        """
        review, faults = self.review, []
        measures = {"first_time": review.first_time, "grades_last_year": review.grades_last_year}
        for key, value in measures.items():
            if value and self.paths.last_year is None:
                place = where(SETTINGS_NAME, self._text, ("review", key))
                faults.append(Fault(place, "", "同时填写 [paths] last_year（上年的结果）"))
        for word in review.grades_last_year:
            if word not in grades:
                place = where(SETTINGS_NAME, self._text, ("review", "grades_last_year"))
                faults.append(Fault(place, word, f"评分口径中的等次之一（{'、'.join(grades)}）"))
        return faults


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsFault([Fault(path.name, "", "文件须以 UTF-8 编码保存")]) from error
    except OSError as error:
        raise SettingsFault([Fault(str(path), "", f"读不到设置文件（{reason(error)}）")]) from error


def _drop(data: dict[str, Any], keys: tuple[int | str, ...]) -> None:
    """Take a faulty key out, or the whole section where the section as such is at fault."""
    section = data.get(str(keys[0]))
    if len(keys) > 1 and isinstance(section, dict):
        section.pop(str(keys[1]), None)
    else:
        data.pop(str(keys[0]), None)


def _missing(settings: Settings, file: str, text: str) -> list[Fault]:
    """Return a fault for every path that is named but does not exist; inbox and output may still be
    made.
    """
    named = [("paths", key, path) for key, path in settings.paths if key not in MADE]
    named += [
        ("mail", "password_file", settings.mail.password_file),
        ("mail", "templates", settings.mail.templates),
    ]
    return [
        Fault(
            where(file, text, (section, key)),
            str(path),
            "已有的文件或文件夹；请先建立它，或改正路径",
        )
        for section, key, path in named
        if path is not None and not path.exists()
    ]
