"""Chapter four of a project's report: the indicators one by one, each level-1 indicator a section
(document/README, rule 1.8).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from evalbatch.model.evaluation import Score
from evalbatch.model.figures import share
from evalbatch.model.submission import Row, RowKind
from evalbatch.model.value import Quantity, QuantityKind, Rate
from evalbatch.publish.project_report.facts import Facts, total
from evalbatch.publish.sentences import (
    bare,
    ended,
    enumerated,
    listed,
    missing,
    or_missing,
    outline,
    percent,
    plain,
    quoted,
    say,
)


class ReportSection(NamedTuple):
    """A section of chapter four: its title, the level-1 indicators in it, the department's text,
    its targets.
    """

    title: str
    levels: tuple[str, ...]
    text: str
    groups: list[tuple[str, tuple[Score, ...]]]
    targets: list[Row]
    group: str
    survey: bool


def sections(facts: Facts) -> list[dict[str, Any]]:
    """Return the sections of chapter four as the template needs them; those with nothing to say are
    left out.
    """
    every = [
        section for section in _outline(facts) if section.groups or section.text or section.targets
    ]
    surveyed = [section for section in every if section.survey] or every
    titles = enumerated([section.title for section in every], "（{numeral}）{text}")
    return [
        _written(facts, title, section, survey=section in surveyed[-1:])
        for title, section in zip(titles, every, strict=True)
    ]


def _outline(facts: Facts) -> Iterator[ReportSection]:
    planned = outline("sections")
    known = {level for entry in planned for level in entry["levels"]}
    others = [
        {"title": f"{level}情况", "levels": [level], "text": "", "group": ""}
        for level, _ in facts.scores
        if level not in known
    ]
    for entry in (*planned, *others):
        levels, field, group = tuple(entry["levels"]), entry["text"], entry["group"]
        title = facts.label(field, entry["title"])
        groups = [pair for level1, pairs in facts.scores if level1 in levels for pair in pairs]
        text = facts.text(field) if field else ""
        targets = list(facts.targets(group)) if group else []
        yield ReportSection(
            title, levels, text, groups, targets, group, survey=entry.get("survey", False)
        )


def _written(facts: Facts, title: str, section: ReportSection, *, survey: bool) -> dict[str, Any]:
    targets, names = section.targets, [_group_name(name, rows) for name, rows in section.groups]
    titles = enumerated(names, "{number}.{text}")
    return {
        "标题": title,
        "概述": "\n".join(filter(None, (section.text, _overview(facts, section.levels)))),
        "指标组": [
            _group(facts, heading, *pair)
            for heading, pair in zip(titles, section.groups, strict=True)
        ],
        "任务说明": _targets_summary(facts.subject, section.group, targets) if targets else "",
        "任务表题": say("analysis.targets_caption", year=facts.year, group=section.group)
        if targets
        else "",
        "任务": [_target(row) for row in targets],
        "调查": _survey(facts) if survey else "",
    }


def _overview(facts: Facts, names: tuple[str, ...]) -> str:
    return "".join(
        _level(level1, [row for _, group in groups for row in group], len(groups))
        for level1, groups in facts.scores
        if level1 in names and sum(len(group) for _, group in groups) > 1
    )


def _level(name: str, rows: list[Score], groups: int) -> str:
    if any(row.final is None for row in rows):
        return ""
    few = sum(1 for row in rows if row.lost > 0)
    key = "all_full" if not few else "none_full" if few == len(rows) else "some_full"
    weight, score = total(row.weight for row in rows), total(row.final for row in rows)
    return say(
        "analysis.section",
        name=name,
        rate=percent(share(score, weight)),
        level2=groups,
        level3=len(rows),
        full=say(f"analysis.{key}", full=len(rows) - few, few=few),
    )


def _group_name(name: str, rows: tuple[Score, ...]) -> str:
    return say("analysis.group", name=name, weight=plain(total(row.weight for row in rows)))


def _group(facts: Facts, title: str, name: str, rows: tuple[Score, ...]) -> dict[str, str]:
    lines = [_indicator(facts, row, alone=len(rows) == 1 and row.name == name) for row in rows]
    if len(rows) > 1 and all(row.final is not None for row in rows):
        lines.append(
            say(
                "analysis.group_total",
                count=len(rows),
                score=plain(total(row.final for row in rows)),
            )
        )
    return {"标题": title, "内容": "\n".join(lines)}


def _indicator(facts: Facts, row: Score, *, alone: bool) -> str:
    lead = "" if alone else say("analysis.lead", name=bare(row.name))
    result = _result(facts, row)
    suffix = "" if result else "_alone"
    figures = {"weight": plain(row.weight), "lost": plain(row.lost), "score": plain(row.final)}
    key = _outcome(row)
    return lead + result + say(f"analysis.{key}{suffix}", **figures) + "".join(_remarks(facts, row))


def _outcome(row: Score) -> str:
    if row.final is None:
        return "unscored"
    return "full" if row.lost <= 0 else "lost" if row.final else "nothing"


def _result(facts: Facts, row: Score) -> str:
    if rate := _execution(facts, row):
        return say("analysis.execution", rate=percent(rate.value))
    if checked := _points(facts, row):
        return checked
    return _reached(facts, row, bare(row.target), bare(row.actual))


def _reached(facts: Facts, row: Score, target: str, actual: str) -> str:
    if not target:
        return say("analysis.only_actual", actual=actual) if actual else ""
    if not actual:
        return say("analysis.only_target", target=target, name=row.name)
    if _has_digit(target) and _has_digit(actual):
        return say("analysis.met", target=target, actual=actual) + _compared(facts, row)
    return say(
        "analysis.same_words" if target == actual else "analysis.met_words",
        target=target,
        actual=actual,
    )


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _compared(facts: Facts, row: Score) -> str:
    """Say how the actual value stands to the target, in the words that suit the kind of target."""
    target, actual = facts.quantity(row, "target"), facts.quantity(row, "actual")
    if target is None or actual is None or actual.number is None:
        return ""
    if target.kind is QuantityKind.BAND:
        return _band(target, actual.number)
    if target.number is None or actual.kind is not target.kind:
        return ""
    enough = actual.number >= target.number
    if target.operator in ("≤", "<"):
        return say("analysis.within" if actual.number <= target.number else "analysis.beyond")
    if target.kind is QuantityKind.PERCENT or target.unit == "分":
        contradicted = (
            enough and row.lost > 0
        )  # as filed: a target said to be reached, and points off
        return "" if contradicted else say("analysis.reached" if enough else "analysis.not_reached")
    return _completion(facts, row)


def _completion(facts: Facts, row: Score) -> str:
    if row.completion is None:
        return ""
    far = (
        say("analysis.far_over")
        if row.completion >= facts.policy.quantitative.explain_above.value
        else ""
    )
    return say("analysis.completion", rate=percent(row.completion)) + far


def _band(target: Quantity, actual: Decimal) -> str:
    low, high, middle = target.number, target.upper, target.middle
    if low is None or high is None:
        return ""
    deviation = share(actual - middle, middle) if middle else None
    words = (
        say(
            f"analysis.{'above' if deviation > 0 else 'below'}_plan",
            deviation=percent(abs(deviation)),
        )
        if deviation
        else ""
    )
    key = "band_in" if low <= actual <= high else "band_out"
    return say(
        f"analysis.{key}", deviation=words, low=plain(low), high=plain(high), unit=target.unit
    )


def _execution(facts: Facts, row: Score) -> Rate | None:
    return facts.evaluation.scores.funding.rate if "执行率" in row.name else None


def _points(facts: Facts, row: Score) -> str:
    rows = [
        point
        for point in facts.evaluation.submission.rows("points", RowKind.ITEM)
        if point.text("level3") == row.level3
    ]
    answers = [(bare(point.text("point")), _answer(point)) for point in rows]
    counted = [(name, answer) for name, answer in answers if answer in ("是", "否")]
    if not counted:
        return ""
    met = [name for name, answer in counted if answer == "是"]
    unmet = [quoted(name) for name, answer in counted if answer == "否"]
    key = "points_some" if unmet else "points_all"
    text = say(f"analysis.{key}", count=len(counted), met=len(met), names=listed(unmet))
    left = sum(1 for _, answer in answers if answer == "不适用")
    return text + (say("analysis.points_na", count=left) if left else "")


def _answer(point: Row) -> str:
    entry = point.get("met")
    ticked = entry.choice.ticked if entry and entry.choice else ()
    return ticked[0] if ticked else point.text("met").strip()


def _remarks(facts: Facts, row: Score) -> Iterator[str]:
    reason = bare(row.explanation)
    if row.lost > 0:
        yield _why_lost(facts, row, reason)
    elif reason and reason not in ("无", "0"):
        yield say("analysis.note", reason=reason)
    if _decided_otherwise(row):
        yield _reviewed(row)
    elif row.claimed is not None and row.final is not None and row.claimed > row.final:
        figures = {
            "claimed": plain(row.claimed),
            "computed": plain(row.computed),
            "final": plain(row.final),
        }
        yield say("analysis.cut", rule=row.rule, **figures)
    if row.open:
        yield say("analysis.review_open")
    if row.upheld:
        yield say("analysis.upheld", score=plain(row.final))
    if evidence := facts.evidence(row):
        yield ended(say("analysis.evidence", evidence=bare(evidence)))


def _reviewed(row: Score) -> str:
    """Say what the office decided and why; who decided stands in the working paper only."""
    reason = bare(row.review_reason)
    key = "claimed" if row.computed is None else "same" if row.computed == row.claimed else "both"
    figures = {"claimed": plain(row.claimed), "computed": plain(row.computed)}
    return say(
        "analysis.reviewed",
        before=say(f"analysis.reviewed_{key}", **figures),
        final=plain(row.final),
        reason=say("analysis.reviewed_reason", reason=reason) if reason else "",
    )


def _decided_otherwise(row: Score) -> bool:
    """Whether the office gave another score than the rules would have; that it agreed stands in the
    working paper only.
    """
    automatic = row.claimed if row.automatic is None else row.automatic
    return row.reviewed_score is not None and row.reviewed_score != automatic


def _why_lost(facts: Facts, row: Score, reason: str) -> str:
    """Say why a row lost points; why money was left is told in chapter one already."""
    told = ("execution_reason", "unspent_reason")
    if _execution(facts, row) and (reason or any(bare(facts.text(field)) for field in told)):
        return say("analysis.reason_told")
    if reason:
        return say("analysis.reason", reason=reason)
    if row.full and _decided_otherwise(row):
        return ""  # the department lost no points of its own: why it does is the office's to say
    return say("analysis.reason_missing", name=row.name)


def _targets_summary(subject: str, group: str, rows: list[Row]) -> str:
    blank = [row for row in rows if not row.text("actual").strip()]
    undone = [row for row in rows if (rate := completion(row)) is not None and rate < 1]
    done = len(rows) - len(undone) - len(blank)
    parts = [say("analysis.targets_done", count=done)] if done else []
    for key, some in (("undone", undone), ("open", blank)):
        if some:
            names = listed(quoted(row.text("item")) for row in some)
            parts.append(say(f"analysis.targets_{key}", count=len(some), names=names))
    summary = "，".join(parts) if undone or blank else say("analysis.targets_all")
    return say("analysis.targets", subject=subject, group=group, count=len(rows), done=summary)


def completion(row: Row) -> Decimal | None:
    """Return actual ÷ target of a row of the target table, None when either is no number."""
    target, actual = (
        entry.quantity if (entry := row.get(name)) else None for name in ("target", "actual")
    )
    return share(actual.number, target.number) if target and actual else None


def _target(row: Row) -> dict[str, str]:
    rate = completion(row)
    return {
        "序号": row.text("no"),
        "内容": bare(row.text("item")),
        "目标值": row.text("target") or say("words.dash"),
        "完成值": row.text("actual") or missing("实际完成值"),
        "完成率": percent(rate),
        "原因": row.text("reason"),
    }


def _survey(facts: Facts) -> str:
    submission = facts.evaluation.submission
    issued, returned, valid, satisfied, mean = (
        submission.number(f"survey_{name}")
        for name in ("issued", "returned", "valid", "satisfied", "mean")
    )
    if issued is None and valid is None:
        return ""
    text = say(
        "analysis.survey",
        respondents=or_missing(facts.text("survey_respondents"), "调查对象"),
        issued=plain(issued),
        returned=plain(returned),
        valid=plain(valid),
        response=percent(share(returned, issued)),
        validity=percent(share(valid, returned)),
    )
    if mean is not None:
        text += say("analysis.survey_mean", mean=plain(mean))
    if satisfied is not None and valid:
        text += say(
            "analysis.survey_rate",
            satisfied=plain(satisfied),
            rate=percent(share(satisfied, valid)),
        )
    limit = facts.policy.limits.survey_valid.value
    return text + (
        say("analysis.survey_small", limit=limit) if valid is not None and valid < limit else ""
    )
