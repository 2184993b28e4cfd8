"""The sentences of a project's report about money, scope, result, problems and remarks (all chapters but the fourth)."""

from collections.abc import Iterator
from decimal import Decimal

from evalbatch.model.finding import Finding, Severity
from evalbatch.model.submission import Row
from evalbatch.publish.narrative import bare, day, ended, listed, missing, numeral, percent, plain, quoted, say, share
from evalbatch.publish.report_facts import Facts, Source, name_of, total

_SHOWN = 30  # findings printed in a report; the annotated copy has them all
_UNEVEN = Decimal("0.1")


def funding(facts: Facts) -> str:
    """Say what was budgeted, what arrived, what was spent, and what is unusual about it."""
    whole = next((source for source in facts.sources if not source.part), None)
    if whole is None or whole.budget is None:
        return say("funding.unknown")
    sentences = [
        _budget(facts, whole) + _sources(facts) + _arrived(facts, whole),
        _executed(facts),
        *_uneven(facts),
        *_reasons(facts),
    ]
    own = facts.text("text_funding")
    return "\n".join(text for text in ("".join(sentences), own, _details(facts)) if text)


def _budget(facts: Facts, whole: Source) -> str:
    names = {
        "year": facts.year,
        "initial_name": facts.column("funding", "initial_budget", "年初预算"),
        "budget_name": facts.column("funding", "budget", "全年预算"),
        "budget": plain(whole.budget),
        "initial": plain(whole.initial),
    }
    if whole.initial is None or whole.budget is None:
        return say("funding.only", **names)
    change = whole.budget - whole.initial
    key = "same" if not change else "adjusted_up" if change > 0 else "adjusted_down"
    return say(f"funding.{key}", **names, change=plain(abs(change)))


def _sources(facts: Facts) -> str:
    parts = [source for source in facts.sources if source.part and source.budget]
    if not parts:
        return ""
    if len(parts) == 1:
        return say("funding.one_source", source=_kind(parts[0].name))
    return say("funding.sources", sources="、".join(f"{part.name}{plain(part.budget)}万元" for part in parts))


def _kind(name: str) -> str:
    return name if name.endswith(("资金", "拨款", "补助")) else f"{name}资金"


def _arrived(facts: Facts, whole: Source) -> str:
    if whole.arrived is None:
        return "。"
    key = "arrived_full" if whole.arrived == whole.budget else "arrived"
    name = facts.column("funding", "arrived", "实际到位资金")
    return (
        say(f"funding.{key}", arrived_name=name, arrived=plain(whole.arrived), rate=percent(share(whole.arrived, whole.budget)))
        + "。"
    )


def _executed(facts: Facts) -> str:
    money = facts.evaluation.scores.funding
    if money.executed is None:
        return say("funding.not_executed")
    if not money.executed:
        return say("funding.nothing", end=facts.end)
    rate = money.rate
    base = rate.denominator if rate else money.budget or money.executed
    unspent = base - money.executed
    key = "executed_full" if not unspent else "over" if unspent < 0 else "executed"
    return say(
        f"funding.{key}",
        end=facts.end,
        executed_name=facts.column("funding", "executed", "全年执行数"),
        executed=plain(money.executed),
        rate=percent(share(money.executed, base)),
        numerator_name=rate.numerator_name if rate else "",
        denominator_name=rate.denominator_name if rate else "",
        unspent=plain(unspent),
        over=plain(-unspent),
    )


def uneven(facts: Facts) -> tuple[Source, Source] | None:
    """Return the funding sources with the best and the worst execution rate when they lie far apart."""
    parts = sorted((part for part in facts.sources if part.part and part.rate is not None), key=lambda part: part.rate or 0)
    if len(parts) < 2 or (parts[-1].rate or 0) - (parts[0].rate or 0) < _UNEVEN:  # noqa: PLR2004 - two to compare
        return None
    return parts[-1], parts[0]


def _uneven(facts: Facts) -> Iterator[str]:
    if pair := uneven(facts):
        best, worst = pair
        yield say(
            "funding.uneven", best=best.name, best_rate=percent(best.rate), worst=worst.name, worst_rate=percent(worst.rate)
        )


def _reasons(facts: Facts) -> Iterator[str]:
    money = facts.evaluation.scores.funding
    rate = money.rate.value if money.rate else None
    reason = bare(facts.text("execution_reason")) or _execution_reason(facts)
    if reason and rate is not None and rate < 1:
        yield say("funding.reason", reason=reason)
    elif rate is not None and rate < facts.policy.limits.execution_reason_below:
        yield say("funding.reason_missing")
    if unspent := bare(facts.text("unspent_reason")):
        yield say("funding.unspent_reason", reason=unspent)


def _execution_reason(facts: Facts) -> str:
    rows = (row for row in facts.rows if "执行率" in name_of(row))
    return next((bare(row.explanation) for row in rows if row.explanation), "")


def _details(facts: Facts) -> str:
    rows = [row for row in facts.details if row.number("spent") is not None]
    if not rows:
        return ""
    largest = max(rows, key=lambda row: row.number("spent") or 0)
    spent, budget = total(row.number("spent") for row in rows), total(row.number("budget") for row in rows)
    amount = largest.number("spent")
    sentences = [
        say(
            "details.single" if len(rows) == 1 else "details.summary",
            count=len(rows),
            budget=plain(budget),
            spent=plain(spent),
            largest=bare(largest.text("item")),
            amount=plain(amount),
            share=percent(share(amount, spent)),
        )
    ]
    over = overspent(facts)
    if over:
        exceeded = total(row.number("spent") for row in over) - total(row.number("budget") for row in over)
        sentences.append(say("details.over", names=listed(bare(row.text("item")) for row in over), amount=plain(exceeded)))
    return "".join((*sentences, *_gap(facts, budget)))


def overspent(facts: Facts) -> list[Row]:
    """Return the expenditure details that spent more than their budget."""
    figures = ((row, row.number("budget"), row.number("spent")) for row in facts.details)
    return [row for row, budget, spent in figures if budget is not None and spent is not None and spent > budget]


def _gap(facts: Facts, budget: Decimal) -> Iterator[str]:
    money = facts.evaluation.scores.funding
    rate = money.rate
    if rate and budget and rate.denominator > budget and rate.denominator - budget != money.unspent:
        yield say("details.gap", denominator_name=rate.denominator_name, amount=plain(rate.denominator - budget))


def scope(facts: Facts) -> str:
    """Say what was evaluated: the department's own words, else what the data say."""
    if own := facts.text("text_scope"):
        return own
    money = facts.evaluation.scores.funding
    base = money.rate.denominator if money.rate else money.budget
    budget = plain(base) if base is not None else missing("项目资金")
    return missing(say("scope.purpose")) + say(
        "scope.object", unit=facts.unit, year=facts.year, project=facts.project, budget=budget, period=facts.period
    )


def system(facts: Facts) -> str:
    """Describe the indicators: how many of each level and with what weights."""
    weights = "、".join(
        say("scope.weight", name=level1, weight=plain(total(row.weight for _, rows in groups for row in rows)))
        for level1, groups in facts.scores
    )
    counts = {"level1": len(facts.scores), "level2": sum(len(groups) for _, groups in facts.scores), "level3": len(facts.rows)}
    text = say("scope.system", **counts, full=plain(facts.evaluation.scores.weight_total), weights=weights) if facts.rows else ""
    reason = bare(facts.text("weight_reason"))
    return text + (say("scope.weight_reason", reason=reason) if reason else "")


def chosen(facts: Facts, field: str, key: str, what: str) -> str:
    """Say which methods or standards were ticked."""
    entry = facts.evaluation.submission.get(field)
    ticked = entry.choice.ticked if entry and entry.choice else ()
    names = "、".join(ticked) or bare(entry.text if entry else "")
    return say(f"scope.{key}", **{key: names}) if names else missing(what) if field in facts.form.fields else ""


def conclusion(facts: Facts) -> str:
    """Say the result, where points were lost, and how it compares with last year."""
    scores = facts.evaluation.scores
    verb = say(f"{facts.mode}.verb")
    if facts.draft:
        key = "returned_without" if scores.claimed_total is None or scores.computed_total is None else "returned"
        first = say(f"conclusion.{key}", claimed=plain(scores.claimed_total), computed=plain(scores.computed_total))
    else:
        total_text = plain(scores.final_total)
        first = say("conclusion.graded", verb=verb, project=facts.project, year=facts.year, total=total_text, grade=scores.grade)
    own = facts.text("text_conclusion")
    if not facts.draft and own and plain(scores.final_total) in own and quoted(scores.grade) in own:
        first, own = own + "\n", ""  # the department has said it itself
    parts = [first + _levels(facts) + _cut(facts), _losses(facts), _against(facts), own]
    return "\n".join(text for text in parts if text)


def _levels(facts: Facts) -> str:
    if facts.draft or not facts.scores:
        return ""
    levels = []
    for level1, groups in facts.scores:
        rows = [row for _, group in groups for row in group]
        key = "level" if all(row.final is not None for row in rows) else "level_unknown"
        figures = {"score": plain(total(row.final for row in rows)), "weight": plain(total(row.weight for row in rows))}
        levels.append(say(f"conclusion.{key}", name=level1, **figures))
    return say("conclusion.levels", levels="、".join(levels))


def _cut(facts: Facts) -> str:
    cut = [row for row in facts.rows if row.claimed is not None and row.final is not None and row.claimed > row.final]
    claimed = facts.evaluation.scores.claimed_total
    if facts.draft or not cut:
        return ""
    names = (
        say("conclusion.cut_row", name=quoted(name_of(row)), claimed=plain(row.claimed), final=plain(row.final)) for row in cut
    )
    amount = total(row.claimed for row in cut) - total(row.final for row in cut)
    return say("conclusion.cut", claimed=plain(claimed), cut=plain(amount), rows="、".join(names))


def _losses(facts: Facts) -> str:
    count, few = len(facts.rows), len(facts.lost)
    if not count or any(row.final is None for row in facts.rows):
        return ""
    if not few:
        return say("conclusion.clean", count=count)
    worst, lost = facts.lost[0], total(row.lost for row in facts.lost)
    key = "lost_one" if few == 1 else "lost_all" if few == count else "lost_many"
    figures = {"count": count, "full": count - few, "few": few, "lost": plain(lost), "worst": plain(worst.lost)}
    text = say(f"conclusion.{key}", **figures, name=quoted(name_of(worst)), share=percent(share(worst.lost, lost)))
    return text + _strong(facts) + _weak(facts)


def _strong(facts: Facts) -> str:
    names = [level1 for level1, groups in facts.scores if all(not row.lost for _, rows in groups for row in rows)]
    return say("conclusion.strong", names="、".join(names)) if names else ""


def _weak(facts: Facts) -> str:
    rates = [(share(row.final, row.weight), row) for row in facts.lost]
    rate, worst = min(rates, key=lambda pair: pair[0] or 0)
    return say("conclusion.weak", name=quoted(name_of(worst)), rate=percent(rate)) if len(facts.lost) > 1 else ""


def _against(facts: Facts) -> str:
    before, now = facts.previous.scores if facts.previous else None, facts.evaluation.scores
    if before is None or before.final_total is None or now.final_total is None or facts.draft:
        return ""
    change = now.final_total - before.final_total
    key = "same" if not change else "up" if change > 0 else "down"
    grade_key = "against_grade_same" if before.grade == now.grade else "against_grade"
    grade = say(f"conclusion.{grade_key}", before=before.grade, after=now.grade) if before.grade and now.grade else ""
    figures = {"before": plain(before.final_total), "after": plain(now.final_total), "change": plain(abs(change))}
    text = say(f"conclusion.against_{key}", **figures, grade=grade)
    rates = [money.rate.value if money.rate else None for money in (before.funding, now.funding)]
    if None not in rates:
        text += say("conclusion.against_rate", before=percent(rates[0]), after=percent(rates[1]))
    return text


def problems(facts: Facts) -> str:
    """Say what the figures alone show to be weak."""
    found = list(_weaknesses(facts))
    if not found:
        return say("problems.none") if facts.rows and not facts.draft else ""
    return say("problems.head") + "；".join(f"{numeral(number)}是{text}" for number, text in enumerate(found, 1)) + "。"


def _weaknesses(facts: Facts) -> Iterator[str]:
    money = facts.evaluation.scores.funding
    rate = money.rate.value if money.rate else None
    if rate is not None and rate < facts.policy.limits.execution_reason_below:
        yield say("problems.execution", rate=percent(rate), unspent=plain(money.unspent))
    if pair := uneven(facts):
        yield say("problems.uneven", best=pair[0].name, worst=pair[1].name, worst_rate=percent(pair[1].rate))
    for row in facts.lost:
        if "执行率" not in name_of(row):
            yield say(
                "problems.lost" if row.target and row.actual else "problems.lost_points",
                name=quoted(name_of(row)),
                lost=plain(row.lost),
            )
    if over := overspent(facts):
        yield say("problems.over_budget", names=listed(bare(row.text("item")) for row in over))
    blank = [
        bare(row.text("item")) for group in ("产出", "效益") for row in facts.targets(group) if not row.text("actual").strip()
    ]
    if blank:
        yield say("problems.open_targets", names=listed(map(quoted, blank)))


def errors(facts: Facts) -> list[str]:
    """Return the errors for which the workbook was returned, numbered, each with its remedy."""
    return _findings(facts, Severity.ERROR, "other.error")


def hints(facts: Facts) -> list[str]:
    """Return the warnings that remain, numbered."""
    return _findings(facts, Severity.WARNING, "other.hint")


def _findings(facts: Facts, severity: Severity, key: str) -> list[str]:
    found = [finding for finding in facts.evaluation.findings if finding.waiver is None and finding.severity is severity]
    lines = [say(key, number=number, **_figures(finding)) for number, finding in enumerate(found[:_SHOWN], 1)]
    return [*lines, say("other.more", count=len(found) - _SHOWN)] if len(found) > _SHOWN else lines


def waivers(facts: Facts) -> list[str]:
    """Return the findings that a waiver lifted, with who approved it, when and why."""
    lifted = [(finding, finding.waiver) for finding in facts.evaluation.findings if finding.waiver is not None]
    lines = []
    for number, (finding, waiver) in enumerate(lifted, 1):
        figures = {"approver": waiver.approver, "date": day(waiver.approved_on), "reason": bare(waiver.reason)}
        text = say("other.waiver", number=number, **_figures(finding), **figures)
        lines.append(text + (say("other.waiver_until", date=day(waiver.until)) if waiver.until else ""))
    return lines


def _figures(finding: Finding) -> dict[str, str]:
    place = finding.place
    where = f"{place.sheet}{place.cell and f'!{place.cell}'}" if place.sheet else place.file
    more = f"等{len(finding.places)}处" if len(finding.places) > 1 else ""
    return {"title": finding.title, "place": where + more, "message": ended(finding.message), "remedy": ended(finding.remedy)}
