"""evalbatch.toml: what is read, and what is said about what cannot be."""

from datetime import date
from pathlib import Path

import pytest

from evalbatch.errors import SettingsFault
from evalbatch.settings import Settings


def load(folder: Path, text: str) -> Settings:
    path = folder / "evalbatch.toml"
    path.write_text(text, encoding="utf-8")
    return Settings.load(path)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsFault) as caught:
        load(folder, text)
    return [str(fault) for fault in caught.value.faults]


def test_an_empty_file_gives_the_defaults_beside_it(tmp_path: Path) -> None:
    settings = load(tmp_path, "")
    assert settings.paths.inbox == tmp_path / "inbox"
    assert settings.paths.output == tmp_path / "output"
    assert settings.paths.roster is None
    assert settings.mail.host == ""


def test_what_is_written_is_read(tmp_path: Path) -> None:
    (tmp_path / "名册.xlsx").write_bytes(b"")
    settings = load(
        tmp_path,
        """
        [cycle]
        name = "2026年度"
        year = 2026
        deadline = 2027-03-31
        [paths]
        roster = "名册.xlsx"
        [policies]
        self_evaluation = "hubei2020"
        [batch]
        jobs = 4
        [mail]
        host = "smtp.example.gov.cn"
        sender = "jx@example.gov.cn"
        allowed_domains = ["Example.gov.cn"]
        [publish]
        pdf = true
        """,
    )
    assert settings.cycle.deadline == date(2027, 3, 31)
    assert settings.paths.roster == tmp_path / "名册.xlsx"
    assert settings.policies == {"self_evaluation": "hubei2020"}
    assert settings.mail.allowed_domains == ("example.gov.cn",)
    assert settings.publish.pdf


def test_every_fault_is_said_at_once_with_line_key_and_what_is_expected(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        '[cycle]\ndeadlin = 2026-01-01\nyear = "明年"\n[batch]\njobs = -1\nseconds = '
        '"快"\n[mail]\nport = 99999\n'
        'security = "ssl"\nsender = "不是邮箱"\n[pathes]\ninbox = "x"\n[publish]\npdf = '
        '"好"\n[paths]\nroster = "没有.xlsx"\n',
    )
    assert [line.partition("：")[0] for line in found] == [
        "evalbatch.toml 第2行 [cycle] deadlin",
        "evalbatch.toml 第3行 [cycle] year",
        "evalbatch.toml 第5行 [batch] jobs",
        "evalbatch.toml 第6行 [batch] seconds",
        "evalbatch.toml 第8行 [mail] port",
        "evalbatch.toml 第9行 [mail] security",
        "evalbatch.toml 第10行 [mail] sender",
        "evalbatch.toml 第11行 [pathes]",
        "evalbatch.toml 第14行 [publish] pdf",
        "evalbatch.toml 第16行 [paths] roster",
    ]
    assert "最接近的是 deadline" in found[0]
    assert "现为“明年”，应为整数" in found[1]
    assert "不小于 0 的数" in found[2]
    assert "'tls'、'starttls'、'none' 之一" in found[5]
    assert "电子邮箱地址" in found[6]
    assert "最接近的是 paths" in found[7]


def test_what_is_not_faulty_is_read_all_the_same_for_those_who_check_further(
    tmp_path: Path,
) -> None:
    path = tmp_path / "evalbatch.toml"
    path.write_text(
        '[cycle]\nname = "甲"\nyear = "x"\n[batch]\njobs = -1\n[paths]\ninbox = "收"\n',
        encoding="utf-8",
    )
    settings = Settings.read(path)
    assert len(settings.faults) == 2
    assert (settings.cycle.name, settings.cycle.year, settings.batch.jobs) == ("甲", None, 0)
    assert settings.paths.inbox == tmp_path / "收"
    assert settings.model_copy().faults == settings.faults


def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, '[mail]\npassword = "s3cret"\n')
    assert "password_file" in line
    assert "s3cret" not in line


def test_a_path_that_is_named_must_exist(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, '[paths]\nroster = "没有.xlsx"\n')
    assert line.startswith("evalbatch.toml 第2行 [paths] roster：现为“")
    assert "没有.xlsx" in line


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[cycle]\nperiod_start = 2026-01-01\ndeadline = 2025-01-01", "不早于 period_start"),
        ("[cycle]\nperiod_start = 2026-01-01\nperiod_end = 2025-01-01", "period_end"),
        ('[mail]\nhost = "smtp.example.cn"', "sender"),
        ('[mail]\noversize = "path"', "share_path"),
        ("[cycle\n", "第1行第7列：此处写法有误"),
        ("[cycle]\nname = 甲", "第2行第8列"),
        ("cycle = 1", "一节"),
    ],
)
def test_settings_that_contradict_each_other_are_one_line(
    tmp_path: Path, text: str, word: str
) -> None:
    (line,) = faults(tmp_path, text)
    assert word in line


def test_a_file_in_another_encoding_or_absent_is_said(tmp_path: Path) -> None:
    path = tmp_path / "evalbatch.toml"
    path.write_bytes("名称 = '年'".encode("gb18030"))
    with pytest.raises(SettingsFault, match="UTF-8"):
        Settings.load(path)
    with pytest.raises(SettingsFault, match="读不到"):
        Settings.load(tmp_path / "none.toml")


def test_unknown_forms_and_policies_are_named_with_the_nearest(tmp_path: Path) -> None:
    settings = load(
        tmp_path, '[policies]\nself_evaluatoin = "cz2020_self"\nproject_evaluation = "cz2020"\n'
    )
    lines = [
        str(fault)
        for fault in settings.unknown(
            {"self_evaluation", "project_evaluation"}, {"cz2020_self", "hubei2020"}
        )
    ]
    assert len(lines) == 2
    assert "最接近的是 self_evaluation" in lines[0]
    assert "最接近的是 cz2020_self" in lines[1]


@pytest.mark.parametrize(
    "line",
    [
        r'inbox = "D:\报送\inbox"',
        r'roster = "\\server\share\名册.xlsx"',
        r'output = "C:\new\table"',
        r'templates = "D:\模板\报告"',
        r'reviews = "E:\fuhe\复核"',
    ],
)
def test_a_windows_path_in_double_quotes_is_answered_with_how_to_write_it(
    tmp_path: Path, line: str
) -> None:
    path = tmp_path / "evalbatch.toml"
    path.write_text(f"[paths]\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsFault) as caught:
        Settings.load(path)
    said = str(caught.value)
    assert "第2行" in said
    assert line.partition('"')[2].rstrip('"') in said
    assert "\n" not in said
    assert "反斜杠" in said
    assert "D:/报送/inbox" in said


@pytest.mark.parametrize("line", ["inbox = 'D:\\报送\\inbox'", 'inbox = "D:/报送/inbox"'])
def test_a_windows_path_as_the_message_says_is_taken_as_it_stands(
    tmp_path: Path, line: str
) -> None:
    path = tmp_path / "evalbatch.toml"
    path.write_text(f"[paths]\n{line}\n", encoding="utf-8")
    assert "反斜杠" not in "".join(map(str, Settings.read(path).faults))
