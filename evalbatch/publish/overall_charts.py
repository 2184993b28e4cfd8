"""The charts of the consolidated report, with what each shows in words."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from evalbatch.model.evaluation import Status
from evalbatch.model.figures import rounded, short_percent
from evalbatch.publish import departments
from evalbatch.publish.departments import DepartmentLine
from evalbatch.publish.sentences import plain, say
from evalbatch.publish.word.charts import Series, bars
from evalbatch.results.tally import RATE_BANDS, ScoredBands, View

_CHARTED = 20
"""Departments that one chart can name."""


def charts(view: View) -> dict[str, bytes]:
    """Return the chart parts by the titles they have in the template; the last three are those of
    earlier templates.
    """
    statuses, axis = view.tally.statuses, say("total.axis")
    return {
        "部门图": _by_department(view),
        "年度图": _by_year(view),
        "执行得分图": _by_execution(view),
        "报送情况图": bars(
            axis,
            [each.label for each in Status],
            [Series(axis, [statuses[each] for each in Status])],
        ),
        "评价等次图": bars(axis, view.tally.grades, [Series(axis, _graded(view))]),
        "执行率分布图": bars(axis, _band_names(), [Series(axis, view.bands)]),
    }


def _band_names() -> list[str]:
    """Return what the bands of execution rates are called, the lowest first."""
    bounds = [short_percent(bound) for bound in RATE_BANDS]
    between = [say("total.band_between", low=low, high=high) for low, high in pairwise(bounds)]
    return [
        say("total.band_below", high=bounds[0]),
        *between,
        say("total.band_from", low=bounds[-1]),
    ]


def _charted(view: View) -> tuple[str, list[DepartmentLine]]:
    """Return the form with most graded workbooks and the departments that have a mean in it, in the
    order of the roster.
    """
    form = max(view.groups, key=lambda name: view.groups[name].scored, default="")
    return form, [
        line
        for line in departments.lines(view.tally)
        if line.form == form and line.mean is not None
    ]


def _by_department(view: View) -> bytes:
    _, lines = _charted(view)
    shown = lines[:_CHARTED]
    rates = [None if line.rate is None else rounded(line.rate * 100, 1) for line in shown]
    means = [None if line.mean is None else rounded(line.mean, 1) for line in shown]
    series = [
        Series(say("total.mean_name"), means),
        *([Series(say("total.rate_name"), rates)] if any(rates) else []),
    ]
    return bars(say("total.mean_axis"), [line.department for line in shown], series, lying=True)


def _by_year(view: View) -> bytes:
    grades = view.tally.grades
    now = [group for group in view.groups.values() if group.before] or list(view.groups.values())
    counts = [sum(group.grades[word] for group in now) for word in grades]
    series = [Series(say("total.this_year"), counts)]
    if before := [group.before for group in now if group.before]:
        series.insert(
            0,
            Series(
                say("total.last_year"),
                [sum(group.grades[word] for group in before) for word in grades],
            ),
        )
    return bars(say("total.projects_axis"), grades, series)


def _banded(view: View) -> tuple[str, ScoredBands]:
    """Return the form with most projects that have a score and an execution rate, and those: scores
    of different forms have no mean (rule 1.1).
    """
    return max(
        view.scored_bands.items(), key=lambda each: sum(each[1].counts), default=("", ScoredBands())
    )


def _by_execution(view: View) -> bytes:
    _, told = _banded(view)
    names = [
        say("total.band", band=band, count=count)
        for band, count in zip(_band_names(), told.counts, strict=True)
    ]
    means = [
        rounded(score / count, 1) if count else None
        for score, count in zip(told.scores, told.counts, strict=True)
    ]
    return bars(say("total.score_axis"), names, [Series(say("total.mean_name"), means)])


def described(view: View) -> dict[str, Any]:
    """Return which charts there are, their remarks, and what each shows, for readers who cannot see
    it.
    """
    form, lines = _charted(view)
    banded, bands = _banded(view)
    cut = say("total.chart_cut", count=len(lines), shown=_CHARTED) if len(lines) > _CHARTED else ""
    compared = any(group.before for group in view.groups.values())
    return {
        "有部门图": bool(lines),
        "有等次图": any(_graded(view)),
        "有散点图": bool(banded),
        "图注": {
            "部门": say("total.chart_form", form=form) + cut if form else "",
            "年度": say("total.chart_years") if compared else "",
            "执行得分": say("total.chart_form", form=banded) if banded else "",
        },
        "图说": {
            "部门": _departments_told(form, lines),
            "年度": say("total.described_grades", grades=_grades_told(view)),
            "执行得分": say("total.described_execution", form=banded, bands=_bands_told(bands)),
        },
    }


def _graded(view: View) -> list[int]:
    """Return how many hand-ins have each grade, best first."""
    return [sum(group.grades[word] for group in view.groups.values()) for word in view.tally.grades]


def _departments_told(form: str, lines: list[DepartmentLine]) -> str:
    if not lines:
        return ""
    low, high = min(lines, key=_mean), max(lines, key=_mean)
    return say(
        "total.described_departments",
        form=form,
        count=len(lines),
        low=low.department,
        low_mean=plain(low.mean),
        high=high.department,
        high_mean=plain(high.mean),
    )


def _mean(line: DepartmentLine) -> Decimal:
    return line.mean or Decimal(0)


def _grades_told(view: View) -> str:
    return "，".join(
        say("total.grade", word=word, count=count)
        for word, count in zip(view.tally.grades, _graded(view), strict=True)
    )


def _bands_told(told: ScoredBands) -> str:
    return "，".join(
        say("total.described_band", band=band, count=count, mean=plain(score / count))
        for band, score, count in zip(_band_names(), told.scores, told.counts, strict=True)
        if count
    )
