"""What a run says: timed lines in logs, a bar on terminals, a closing summary that fits a
screen.
"""

import io
from collections import Counter
from datetime import datetime

import pytest

from evalbatch.nightly.batch import Result
from evalbatch.nightly.progress import Log, ProgressBar
from evalbatch.nightly.run_record import Run, closing_lines, counts

NOON = datetime(2026, 4, 1, 12)  # noqa: DTZ001 - only printed


def test_a_log_has_plain_lines_with_the_time() -> None:
    stream = io.StringIO()
    log = Log(stream, lambda: NOON)
    log.note("开始")
    log.detail("只有详细时才说")
    assert list(log.follow("读取", range(250), 250)) == list(range(250))
    assert stream.getvalue().splitlines() == [
        "12:00:00 开始",
        "12:00:00 读取：250 个",
        "12:00:00 读取：100/250（40%）",
        "12:00:00 读取：200/250（80%）",
    ]


def test_a_verbose_log_says_details() -> None:
    stream = io.StringIO()
    Log(stream, lambda: NOON, verbose=True).detail("已核定：一.xlsx")
    assert stream.getvalue() == "12:00:00 已核定：一.xlsx\n"


def test_a_bar_passes_every_step_on_and_prints_no_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalbatch.nightly.progress.REDRAW_SECONDS", -1)
    bar = ProgressBar()
    bar.note("[red]甲局[/red].xlsx")
    assert list(bar.follow("读取", range(5), 5)) == [0, 1, 2, 3, 4]
    assert "[red]甲局[/red].xlsx" in capsys.readouterr().err


def test_the_closing_summary_names_what_matters_and_fits_a_screen() -> None:
    many = {f"{number}.xlsx": "正在复制" for number in range(500)}
    result = Result(
        statuses=Counter(graded=3, returned=2),
        computed=("一.xlsx",),
        unchanged=4,
        waiting=many,
        missing=dict.fromkeys(many, "20260401"),
        replaced=tuple(many),
        faults=dict.fromkeys(many, "Traceback"),
        awaited=7,
        recovered=1,
    )
    lines = list(closing_lines(Run("r", result, 12.34), "output"))
    assert lines[0] == "报送件 5 份：已核定 3，退回 2"
    assert lines[1] == "本次新处理 1 份，未变化 4 份"
    assert "名册中尚未报送 7 项" in lines
    assert lines[-1] == "结果在 output"
    assert len(lines) <= 24
    assert counts(result)["waiting"] == 500
