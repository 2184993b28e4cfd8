"""One project's Word report (README, rules 1.8 and 6)."""

import re
from collections.abc import Sequence
from typing import Any

from evalbatch.model.evaluation import Evaluation, Score
from evalbatch.model.figures import share
from evalbatch.model.finding import Severity, unwaived
from evalbatch.model.record import Record
from evalbatch.publish.project_report import prose as sentences
from evalbatch.publish.project_report.analysis import sections
from evalbatch.publish.project_report.attached_form import bands, boxes, filled
from evalbatch.publish.project_report.facts import Facts, Replacement, funding, total
from evalbatch.publish.sentences import (
    bare,
    day,
    enumerated,
    headed,
    missing,
    money,
    or_missing,
    outline,
    percent,
    plain,
    points,
    say,
)
from evalbatch.publish.titles import titled
from evalbatch.publish.word.template import Merged, chosen
from evalbatch.standards.form import FormSpec
from evalbatch.standards.policy import Policy


def render(
    evaluation: Evaluation,
    form: FormSpec,
    policy: Policy,
    *,
    template: bytes | None = None,
    previous: Record | None = None,
    replaced_by: Replacement | None = None,
    corrected: str = "",
) -> bytes:
    """Return the Word report of one project; that of a returned workbook is marked as a draft.

    Args:
        evaluation: the scored and checked workbook.
        form: the form it was filled in on; names the template of ours that is used.
        policy: the profile it was scored by; printed by its name.
        template: an office's own template in docxtpl syntax instead of ours.
        previous: last year's outcome, to compare with.
        replaced_by: the hand-in that counts instead; the report says so in front.
        corrected: what the cover tells of the correction of a result that was final.

    Raises:
        evalbatch.publish.word.template.BrokenTemplate: the office's template cannot be used.
        jinja2.UndefinedError: it uses a name that does not exist (`template_check.check` finds
        these beforehand).
    """
    return chosen("project", template).render(
        context(Facts(evaluation, form, policy, previous, replaced_by, corrected=corrected))
    )


def context(facts: Facts) -> dict[str, Any]:
    """Return what the placeholders of a project's template stand for."""
    return {**_names(facts), **_tables(facts), **_texts(facts)}


def _names(facts: Facts) -> dict[str, Any]:
    form, scores = facts.form, facts.evaluation.scores
    title = form.title.removesuffix("表") + "报告"
    project = or_missing(facts.project, "项目名称")
    return {
        "年度": facts.year,
        "对象": facts.subject,
        "项目名称": project,
        "主管部门": or_missing(facts.text("department"), "主管部门"),
        "实施单位": facts.unit,
        "评价期间": facts.period,
        "报告名称": title,
        "标题单位": titled(facts.unit),
        "标题项目": titled(f"{facts.year}年度" + ("" if title.startswith(project) else project)),
        "文档标题": f"{facts.year}年度{project}{title}",
        "主送机关": facts.text("addressee").rstrip("：: "),
        "发文字号": facts.text("document_number"),
        "落款单位": facts.text("evaluator") or facts.unit,
        "落款日期": facts.date("signed_on") or facts.date("reported_on") or missing("落款日期"),
        "附件名称": form.title,
        "附件标题": titled(form.title),
        "附表": filled(facts),
        "附注": "\n".join(filter(None, (bands(facts), _final_result(facts)))),
        "总分": say("words.unsettled") if facts.draft else points(scores.final_total),
        "评价等次": say("words.unsettled") if facts.draft else scores.grade,
        "预算执行率": percent(scores.funding.execution_rate),
        "草稿": facts.draft or facts.replaced_by is not None,
        "草稿标记": _mark(facts),
        "页眉": _mark(facts),
        "草稿说明": _notice(facts),
        "封面项目": [
            item
            for entry in outline("cover")
            for item in _cover_line(facts, entry.get("label", ""), entry["field"])
        ]
        + _waiting(facts)
        + _corrected(facts),
    }


def _mark(facts: Facts) -> str:
    """Return the mark of a report that does not count: superseded, or a draft."""
    if facts.replaced_by is not None:
        return say("draft.replaced_mark")
    return say("words.draft") if facts.draft else ""


def _notice(facts: Facts) -> str:
    """Say why a report does not count; of a superseded one by which hand-in, and since when."""
    parts = []
    if newer := facts.replaced_by:
        since = say("draft.replaced_on", date=day(newer.on)) if newer.on else ""
        parts.append(say("draft.replaced", file=newer.file, since=since))
    if facts.draft:
        parts.append(
            say("draft.notice", errors=unwaived(facts.evaluation.findings, Severity.ERROR))
        )
    return "".join(parts)


def _waiting(facts: Facts) -> list[dict[str, str]]:
    """Return the cover's line on what waits for a person; none where nothing does."""
    scores = facts.evaluation.scores
    count = len(scores.to_review)
    if facts.draft or not count:
        return []
    total, grade = plain(scores.final_total), scores.grade
    said = say("cover_open.graded" if grade else "cover_open.total", total=total, grade=grade)
    return [{"名称": say("cover_open.label"), "内容": say("cover_open.count", count=count) + said}]


def _corrected(facts: Facts) -> list[dict[str, str]]:
    """Return the cover's line on the correction of a result that was final; none where it was not
    corrected.
    """
    return (
        [{"名称": say("cover_corrected.label"), "内容": facts.corrected}] if facts.corrected else []
    )


def _final_result(facts: Facts) -> str:
    scores = facts.evaluation.scores
    return (
        say("form.unsettled")
        if facts.draft
        else say("form.settled", total=plain(scores.final_total), grade=scores.grade)
    )


def _cover_line(facts: Facts, label: str, field: str) -> list[dict[str, str]]:
    spec = facts.form.fields.get(field)
    if field == "period":
        return [{"名称": label, "内容": facts.period}]
    if spec is None:
        return []
    label = label or spec.label
    if spec.options:
        entry = facts.evaluation.submission.get(field)
        return [
            {
                "名称": label,
                "内容": boxes(spec.options, entry.choice.ticked if entry and entry.choice else ()),
            }
        ]
    text = facts.date(field) or _known_otherwise(facts, field) or missing(label.partition("（")[0])
    return [{"名称": label, "内容": text}]


def _known_otherwise(facts: Facts, field: str) -> str:
    """Return what a blank line of the cover is known by otherwise: who hands in, and when it was
    signed.
    """
    return {"evaluator": facts.unit, "reported_on": facts.date("signed_on")}.get(field, "")


def _tables(facts: Facts) -> dict[str, Any]:
    scores = facts.evaluation.scores
    unsettled = say("words.unsettled")
    arrived = any(source.arrived is not None for source in facts.sources)
    return {
        "资金表": _funding(facts, arrived=arrived),
        "按到位资金": arrived,
        "资金栏": {
            "年初": facts.column("funding", "initial_budget", "年初预算数"),
            "预算": facts.column("funding", "budget", "全年预算数"),
            "到位": facts.column("funding", "arrived", "实际到位资金"),
            "执行": facts.column("funding", "executed", "全年执行数"),
        },
        "支出明细": _details(facts),
        "支出合计": _details_total(facts),
        "申报名称": say(f"{facts.mode}.scored"),
        "得分表": _score_rows(facts),
        "得分合计": {
            "分值": points(scores.weight_total),
            "申报": points(scores.claimed_total),
            "核算": points(scores.computed_total),
            "核定": unsettled if facts.draft else points(scores.final_total),
        },
        "指标分析": sections(facts),
    }


def _funding(facts: Facts, *, arrived: bool) -> list[dict[str, str]]:
    rows = []
    for source in facts.sources:
        base = source.arrived if arrived else source.budget
        unspent = base - (source.executed or 0) if base is not None else None
        rows.append(
            {
                "来源": f"　{source.name}" if source.part else source.name,
                "年初": money(source.initial),
                "预算": money(source.budget),
                "到位": money(source.arrived),
                "执行": money(source.executed),
                "未用": money(unspent),
                "执行率": percent(source.rate),
            }
        )
    return rows


def _details(facts: Facts) -> list[dict[str, str]]:
    return [
        {
            "序号": row.text("no") or str(number),
            "名称": bare(row.text("item")),
            "处室": row.text("office"),
            "预算": money(row.number("budget")),
            "支出": money(row.number("spent")),
            "执行率": percent(share(row.number("spent"), row.number("budget"))),
        }
        for number, row in enumerate(facts.details, 1)
    ]


def _details_total(facts: Facts) -> dict[str, str]:
    budget, spent = (
        total(row.number(name) for row in facts.details) for name in ("budget", "spent")
    )
    return {"预算": money(budget), "支出": money(spent), "执行率": percent(share(spent, budget))}


def _score_rows(facts: Facts) -> list[dict[str, Any]]:
    rows = []
    for level1, groups in facts.scores:
        inside = [score for _, group in groups for score in group]
        upper = f"{level1}\n（{plain(total(score.weight for score in inside))}分）"
        for level2, group in groups:
            for score in group:
                first1, first2 = score is inside[0], score is group[0]
                rows.append(
                    {
                        "一级指标": Merged(upper, first=first1) if len(inside) > 1 else upper,
                        "二级指标": Merged(level2, first=first2) if len(group) > 1 else level2,
                        **_score(facts, score),
                    }
                )
    return rows


def _score(facts: Facts, score: Score) -> dict[str, str]:
    return {
        "三级指标": score.name,
        "分值": points(score.weight),
        "申报": points(score.claimed),
        "核算": points(score.computed),
        "核定": points(None if facts.draft else score.final),
    }


def _texts(facts: Facts) -> dict[str, Any]:
    basis = facts.text("basis_document") or facts.form.basis
    figures = {
        "unit": facts.unit,
        "year": facts.year,
        "project": facts.project or missing("项目名称"),
    }
    overview = [
        *_paragraphs(facts, "background"),
        (facts.label("text_funding", headed("background")["money"]), funding(facts)),
    ]
    methods = (
        sentences.chosen(facts, "methods", "methods", "评价方法"),
        sentences.chosen(facts, "standards", "standards", "评价标准"),
    )
    return {
        "导语": say(f"{facts.mode}.opening", basis=_basis(basis), **figures),
        "概况": _numbered(overview),
        "绩效目标": _numbered(_paragraphs(facts, "goals")),
        "评价范围": sentences.scope(facts),
        "评价原则": facts.text(
            "text_principles"
        ),  # the chapter also has indicators, methods and standards
        "指标体系": sentences.system(facts),
        "评价方法": "".join(methods),
        "工作过程": facts.wanted("text_work", "绩效评价工作过程"),
        "评价结论": sentences.conclusion(facts),
        "变化表": sentences.changed_rows(facts),
        "主要经验": facts.wanted("text_experience", "主要经验及做法"),
        "存在问题": facts.text("text_problems") or sentences.problems(facts),
        "问题表": sentences.problem_rows(facts),
        "有关建议": facts.wanted("text_suggestions", "有关建议"),
        "其他事项": _other(facts),
    }


def _followed_up(facts: Facts) -> str:
    """Say how last year's problems were put right; empty where there were none."""
    told = [
        say(
            "follow_up.item",
            problem=bare(problem.message),
            answer=bare(answer) or missing(say("follow_up.answer")),
        )
        for problem, answer in facts.followed_up
    ]
    return "\n".join(enumerated(told, "{number}.{text}"))


def _basis(basis: str) -> str:
    """Return on what the evaluation rests as it stands after 根据: a notice, a document number, or
    what the form names.
    """
    named = re.sub(r"附[件录]?\d+.*$", "", basis).strip()
    return (
        f"{named}文件要求"
        if named.endswith("号")
        else named
        if named.endswith("要求")
        else f"{named}要求"
    )


def _paragraphs(facts: Facts, name: str) -> list[tuple[str, str]]:
    """Return the headed paragraphs of a part of chapter one; the mark for the author where the
    department wrote none of them.
    """
    headings = headed(name)
    asked = [
        field for field in headings["fields"] if field in facts.form.fields or facts.text(field)
    ]
    written = [
        (headings.get(field) or facts.label(field, field), facts.text(field)) for field in asked
    ]
    told = [(title, text) for title, text in written if text]
    return told or [(title, missing(title)) for title, _ in written[:1]]


def _numbered(paragraphs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    titles = enumerated([title for title, _ in paragraphs], "{number}.{text}")
    return [
        {"标题": title, "内容": text} for title, (_, text) in zip(titles, paragraphs, strict=True)
    ]


def _other(facts: Facts) -> list[dict[str, str]]:
    own = facts.text("text_other")
    every = [
        (say("other.own"), own if bare(own) != say("words.none") else ""),
        (say("other.profile"), say("other.profile_text", policy=facts.policy.name)),
        (say("follow_up.title"), _followed_up(facts)),
    ]
    told = [(title, text) for title, text in every if text]
    titles = enumerated([title for title, _ in told], "（{numeral}）{text}")
    return [{"标题": title, "内容": text} for title, (_, text) in zip(titles, told, strict=True)]
