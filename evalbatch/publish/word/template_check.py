"""Sample data for templates: a made-up project, office and cycle from `template_sample.toml`."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any, NamedTuple
from zipfile import ZipFile

from jinja2 import TemplateError, nodes
from lxml import etree
from markupsafe import Markup

from evalbatch.errors import Fault, SettingsFault
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Finding, Severity, Waiver
from evalbatch.model.place import Place
from evalbatch.model.record import Cycle, Expected, Record, RosterEntry
from evalbatch.model.submission import Entry, Row, RowKind, State, Submission
from evalbatch.model.today import Today
from evalbatch.publish import annual_report, overall_charts, overall_report, working_paper
from evalbatch.publish.annual_report import OrganisationPlan
from evalbatch.publish.project_report import report_document
from evalbatch.publish.project_report.facts import Facts
from evalbatch.publish.sentences import listed, quoted
from evalbatch.publish.word.office_file import MAIN, W, review_comments, style_names
from evalbatch.publish.word.template import (
    BrokenTemplate,
    Template,
    environment,
    near,
    part_name,
    raw_parts,
    shipped_bytes,
)
from evalbatch.reading.cell_values import WantedValue, understand
from evalbatch.results.tally import View
from evalbatch.scoring.evaluate import score
from evalbatch.sheets.book import Cell
from evalbatch.standards.form import FormSpec, Input, Type
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy import Policy, grade_words, low_rate
from evalbatch.standards.policy_library import load_policies

_AS_OF = date(2027, 3, 15)
_FILE = "示例.xlsx"
_CAPTION = 40  # a longer text above a table is no caption
_MOST_NAMED = 12
_NAME = 20  # characters that tell a table by its heads


@cache
def _sample(name: str) -> tuple[Evaluation, FormSpec, Policy]:
    """Return the sample evaluation with its form and profile."""
    text = (resources.files("evalbatch.publish") / "template_sample.toml").read_text("utf-8")
    data: dict[str, Any] = tomllib.loads(text)[name]
    form = load_forms()[data.pop("form")]
    policy = load_policies()[form.policy]
    titles, fields = data.pop("findings"), data.pop("fields")
    entries = {
        key: _entry(form.fields.get(key), value, number)
        for number, (key, value) in enumerate(fields.items(), 3)
    }
    tables = {
        table: tuple(
            _row(form, table, number, line) for number, line in enumerate(lines, 10 * place)
        )
        for place, (table, lines) in enumerate(data.items(), 2)
    }
    submission = Submission(_FILE, "0" * 64, form.id, form.version, entries, tables)
    scores = score(submission, form, policy, Today(_AS_OF))
    return Evaluation(submission, scores, tuple(_findings(titles)), Status.GRADED), form, policy


def _entry(spec: Input | None, text: str, row: int) -> Entry:
    wanted = (
        WantedValue(spec.type, spec.options)
        if spec
        else WantedValue(Type.QUANTITY if text[:1].isdigit() else Type.TEXT)
    )
    meaning = understand(Cell(text), wanted)
    return Entry(meaning.text, meaning.value, Place(_FILE, "示例", row, 2), meaning.state)


def _row(form: FormSpec, table: str, number: int, line: Mapping[str, str]) -> Row:
    spec = form.tables.get(table)
    columns: Mapping[str, Input] = {column.id: column for column in spec.columns} if spec else {}
    place = Place(_FILE, "示例", number, 1)
    entries = {name: Entry("", None, place, State.BLANK) for name in columns}
    entries |= {
        name: _entry(columns.get(name), text, number)
        for name, text in line.items()
        if name != "key"
    }
    kind = {"": RowKind.ITEM, "total": RowKind.TOTAL}.get(line.get("key", ""), RowKind.PART)
    return Row(table, place, entries, line.get("key", ""), kind)


def _findings(titles: list[str]) -> list[Finding]:
    """Return warnings of these titles; the second and later are lifted by a waiver."""
    waiver = Waiver("城区道路养护", "E04", "市财政局绩效科", date(2027, 3, 12), "服务对象较少")
    texts = ("（示例）这里是审核意见的内容。", "是", "应补充", "示例", "请补充说明。")
    return [
        Finding(
            "X05",
            Severity.WARNING,
            title,
            texts[0],
            (Place(_FILE, "自评表", 8, 3),),
            *texts[1:],
            waiver if number else None,
        )
        for number, title in enumerate(titles)
    ]


def _facts() -> Facts:
    evaluation, form, policy = _sample("project")
    return Facts(evaluation, form, policy)


def _project() -> dict[str, Any]:
    return report_document.context(_facts())


def _plan() -> OrganisationPlan:
    evaluation, form, policy = _sample("annual")
    return OrganisationPlan((evaluation,), form, policy, _AS_OF)


@cache
def _view() -> View:
    records = [
        _record(name, status)
        for name, status in (
            ("project", Status.GRADED),
            ("annual", Status.GRADED),
            ("project", Status.RETURNED),
        )
    ]
    entry = RosterEntry(
        "某市城市管理局",
        "某市路灯管理所",
        "路灯改造",
        "self_evaluation",
        Decimal(80),
        (),
        date(2027, 3, 1),
        Place("名册.xlsx", "名册", 3, 3),
        form_title=load_forms()["self_evaluation"].title,
    )
    expected = (
        Expected(entry, (), None, -14),
        Expected(replace(entry, project="城区道路养护"), (_FILE,), Status.GRADED, 5),
    )
    policies = [_sample(name)[2] for name in ("project", "annual")]
    names = tuple(dict.fromkeys(policy.name for policy in policies))
    cycle = Cycle("2026年度绩效评价", "某市财政局", _AS_OF, names, records, expected)
    return View.of(replace(cycle, grades=grade_words(policies), low_rate=low_rate(policies)))


def _record(name: str, status: Status) -> Record:
    evaluation, form, _ = _sample(name)
    filed = evaluation.submission
    texts = (
        filed.text("year"),
        filed.department,
        filed.text("unit"),
        filed.text("project") or filed.text("office"),
    )
    findings = tuple(
        replace(finding, severity=Severity.ERROR) if status is Status.RETURNED else finding
        for finding in evaluation.findings
    )
    return Record(
        filed.file, filed.digest, form.id, form.title, *texts, status, evaluation.scores, findings
    )


def charts(kind: str) -> dict[str, bytes]:
    """Return the charts of a kind of template; only the consolidated report has any."""
    return overall_charts.charts(_view()) if kind == "total" else {}


CONTEXTS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "project": _project,
    "organisation": lambda: annual_report.context(_plan()),
    "office": lambda: annual_report.office_context(_plan()),
    "total": lambda: overall_report.context(_view()),
    "working_paper": lambda: working_paper.context(_facts()),
}


_UNKNOWN = object()
_BUILT_IN = frozenset(
    {"loop", "range", "dict", "lipsum", "cycler", "joiner", "namespace", "true", "false", "none"}
)
_EXAMPLE = 40  # characters of an example that are shown


class Placeholder(NamedTuple):
    """A placeholder as it is typed in Word, and an example of what comes out; members of a list
    stand after their list.
    """

    text: str
    example: str


def kinds() -> tuple[str, ...]:
    """Return the names of the templates: `project`, `organisation`, `office`, `total`,
    `working_paper`.
    """
    return tuple(CONTEXTS)


def placeholders(kind: str = "project") -> list[Placeholder]:
    """Return every placeholder of a kind of template with an example.

    Raises:
        KeyError: there is no such kind of template.
    """
    return list(_listed(CONTEXTS[kind](), ""))


def check(data: bytes, kind: str = "project") -> list[str]:
    """Return what is wrong with a template, in Chinese, each fault with its place; empty when
    nothing is.

    Args:
        data: the .docx file.
        kind: which template of ours it replaces.

    Raises:
        KeyError: there is no such kind of template.
    """
    context = CONTEXTS[kind]()
    try:
        template = Template(data)
    except BrokenTemplate as fault:
        return [str(fault)]
    faults = [
        text
        for name, source in template.sources.items()
        for text in _part_faults(name, source, context)
    ]
    return list(dict.fromkeys(faults)) or _rendering_faults(template, kind, context)


def check_all(templates: Mapping[str, bytes]) -> None:
    """Check an office's templates before anything is made with them; those that are still ours are
    passed over.

    Args:
        templates: the files by what they replace; names that are no kind of template stand for a
            project's.

    Raises:
        SettingsFault: with every fault of every template.
    """
    faults = [
        Fault(f"Word模板{name}.docx", "", text.removeprefix("Word模板："))
        for name, data in templates.items()
        if name not in CONTEXTS or data != shipped_bytes(name)
        for text in check(data, name if name in CONTEXTS else "project")
    ]
    if faults:
        raise SettingsFault(faults)


def remarks(data: bytes, kind: str = "project") -> list[str]:
    """Return what an office should know of a template that can be used, in Chinese: what of ours is
    gone from the pages it makes, and what never goes out.

    Raises:
        KeyError: there is no such kind of template.
        BrokenTemplate: the template cannot be used.
    """
    said = []
    if comments := review_comments(raw_parts(data)):
        said.append(f"模板中有批注{comments}处，不会写入报告。")
    theirs, ours = (_made(each, kind) for each in (data, shipped_bytes(kind)))
    said += [
        f"与系统自带的模板相比，用它生成的文档少{ours.counts[what] - theirs.counts[what]}处{what}"
        f"（自带模板{ours.counts[what]}处），请确认是有意删去的。"
        for what in ours.counts
        if theirs.counts[what] < ours.counts[what]
    ]
    if lost := [
        quoted(name if len(name) <= _NAME else f"{name[:_NAME]}…")
        for name in ours.tables
        if name not in theirs.tables
    ]:
        said.append(f"用它生成的文档没有这些表：{listed(lost)}；请确认是有意删去的。")
    asked = _asked(shipped_bytes(kind)) & set(CONTEXTS[kind]())
    if unasked := sorted(asked - _asked(data)):
        said.append(f"没有用到这些标记：{listed(unasked, _MOST_NAMED)}；相应内容不会写入报告。")
    if hidden := sum(map(_hidden_texts, raw_parts(data).values())):
        said.append(f"模板中有隐藏文字{hidden}处，会随报告发出，显示隐藏文字就能看到；请删去。")
    if gone := sorted(ours.styles - theirs.styles):
        said.append(f"没有用到这些样式：{'、'.join(gone)}；请确认排版符合要求。")
    return said


class _Made(NamedTuple):
    """What a template makes of the sample data: sections, forced page breaks, what its tables are
    called, and the names of the styles of its paragraphs.
    """

    counts: dict[str, int]
    tables: tuple[str, ...]
    styles: frozenset[str]


def _made(data: bytes, kind: str) -> _Made:
    rendered = Template(data).render(CONTEXTS[kind](), charts(kind))
    parts = raw_parts(rendered)
    body, styles = parts[MAIN], parts.get("word/styles.xml")
    names = style_names(styles) if styles else {}
    used = re.findall(rb'<w:(?:p|r|tbl)Style w:val="([^"]+)"', body)
    counts = {
        "分节": len(re.findall(rb"<w:sectPr\b", body)),
        "强制分页": len(re.findall(rb'<w:pageBreakBefore\s*/>|<w:br w:type="page"', body)),
    }
    return _Made(
        counts,
        tuple(_tables(body)),
        frozenset(names.get(each.decode(), "") for each in set(used)) - {"Normal", ""},
    )


def _tables(body: bytes) -> Iterator[str]:
    """Yield what a reader would call each table: what stands above it, else the words of its first
    row.
    """
    above = ""
    for block in next(etree.fromstring(body).iterchildren(f"{W}body")):
        text = "".join(piece.text or "" for piece in block.iter(f"{W}t")).strip()
        if block.tag == f"{W}tbl":
            cells = next(block.iter(f"{W}tr")).iter(f"{W}tc")
            heads = ("".join(t.text or "" for t in cell.iter(f"{W}t")) for cell in cells)
            yield above or "、".join(filter(None, heads))
            above = ""
        elif not text.startswith("单位："):
            above = text if len(text) <= _CAPTION else ""


def _asked(data: bytes) -> set[str]:
    """Return the names that a template asks for."""
    trees = (environment().parse(source) for source in Template(data).sources.values())
    return {name.name for tree in trees for name in tree.find_all(nodes.Name)}


def _hidden_texts(part: bytes) -> int:
    """Count the texts of a part that Word does not show."""
    runs = re.findall(rb"<w:r[ >].*?</w:r>", part, re.DOTALL)
    return sum(1 for run in runs if re.search(rb"<w:vanish\s*/>", run) and b"<w:t" in run)


def preview(data: bytes, kind: str = "project") -> bytes:
    """Return a template filled in with sample data.

    Raises:
        KeyError: there is no such kind of template.
        BrokenTemplate: the template cannot be used; `check` says everything that is wrong.
    """
    if faults := check(data, kind):
        raise BrokenTemplate("；".join(faults))
    return Template(data).render(CONTEXTS[kind](), charts(kind))


def _listed(context: Mapping[str, Any], prefix: str) -> Iterator[Placeholder]:
    for name, value in context.items():
        if isinstance(value, Markup):
            yield Placeholder(f"{{{{p {prefix}{name} }}}}", "（表格）")
        elif isinstance(value, bool):
            yield Placeholder(
                f"{{%p if {prefix}{name} %}} … {{%p endif %}}", "是" if value else "否"
            )
        elif isinstance(value, Mapping):
            yield from _listed(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            row = "项" if prefix else "行"
            yield Placeholder(
                f"{{%p for {row} in {prefix}{name} %}} … {{%p endfor %}}", f"共{len(value)}项"
            )
            member = _member(value)
            if isinstance(member, Mapping):
                yield from _listed(member, f"{row}.")
            elif value:
                yield Placeholder(f"{{{{ {row} }}}}", _short(member))
        else:
            yield Placeholder(f"{{{{ {prefix}{name} }}}}", _short(value))


def _short(value: object) -> str:
    text = str(value).replace("\n", " ")
    return text if len(text) <= _EXAMPLE else f"{text[:_EXAMPLE]}…"


def _part_faults(name: str, source: str, context: Mapping[str, Any]) -> Iterator[str]:
    for line, shown, nearest in _Walk(context).faults(environment().parse(source)):
        hint = f"，最接近的是“{nearest}”" if nearest else ""
        yield f"{part_name(name)}“{near(source, line)}”处：没有“{shown}”这个标记{hint}。"


def _rendering_faults(template: Template, kind: str, context: Mapping[str, Any]) -> list[str]:
    try:
        with ZipFile(BytesIO(template.render(context, charts(kind)))) as archive:
            for name in template.sources:
                etree.fromstring(archive.read(name))
    except TemplateError as fault:
        return [f"模板无法生成文档：{fault.message}。请对照标记清单检查。"]
    except etree.XMLSyntaxError:
        return [
            (
                f"{part_name(name)}：标记拆散了段落或表格，请让{{%p … %}}独占一段、{{%tr … "
                f"%}}独占表格的一行，成对的标记放在同一层。"
            )
        ]
    return []


class _Walk:
    """Walks the syntax tree of a template beside sample data, so that members of lists are checked
    too.
    """

    def __init__(self, context: Mapping[str, Any]) -> None:
        self._context = context
        self._faults: list[tuple[int, str, str]] = []

    def faults(self, tree: nodes.Template) -> list[tuple[int, str, str]]:
        """Return line, text and nearest known text of every unknown placeholder."""
        self._visit(tree, dict(self._context))
        return self._faults

    def _visit(self, node: nodes.Node, scope: dict[str, Any]) -> None:
        if isinstance(node, nodes.For):
            inside = scope | dict.fromkeys(
                _names(node.target), _member(self._value(node.iter, scope))
            )
            for child in (*node.body, *node.else_):
                self._visit(child, inside)
        elif isinstance(node, nodes.Assign):
            scope |= dict.fromkeys(_names(node.target), self._value(node.node, scope))
        elif isinstance(node, nodes.Macro):
            inside = scope | dict.fromkeys((argument.name for argument in node.args), _UNKNOWN)
            scope[node.name] = _UNKNOWN
            for child in node.body:
                self._visit(child, inside)
        elif isinstance(node, nodes.Expr):
            self._value(node, scope)
        else:
            for child in node.iter_child_nodes():
                self._visit(child, scope)

    def _value(self, node: nodes.Node, scope: dict[str, Any]) -> Any:
        """Return what an expression is in the sample, unknown when that cannot be told, and note
        unknown names.
        """
        if isinstance(node, nodes.Name):
            if node.name in scope or node.name in _BUILT_IN:
                return scope.get(node.name, _UNKNOWN)
            self._note(node, node.name, scope, "")
            return _UNKNOWN
        if isinstance(node, nodes.Getattr):
            value = self._value(node.node, scope)
            if not isinstance(value, Mapping):
                return _UNKNOWN
            if node.attr not in value:
                self._note(
                    node,
                    node.attr,
                    value,
                    f"{node.node.name}." if isinstance(node.node, nodes.Name) else "",
                )
            return value.get(node.attr, _UNKNOWN)
        for child in node.iter_child_nodes():
            self._value(child, scope)
        return _UNKNOWN

    def _note(self, node: nodes.Node, name: str, known: Mapping[str, Any], prefix: str) -> None:
        nearest = get_close_matches(name, known, 1, 0.4)
        self._faults.append((node.lineno, prefix + name, prefix + nearest[0] if nearest else ""))


def _names(target: nodes.Node) -> list[str]:
    return [name.name for name in target.find_all(nodes.Name)] + (
        [target.name] if isinstance(target, nodes.Name) else []
    )


def _member(value: Any) -> Any:
    """Return what stands for the members of a list: the first, with what it lacks from the others;
    unknown for an empty list.
    """
    if not isinstance(value, list) or not value:
        return _UNKNOWN
    if not all(isinstance(member, Mapping) for member in value):
        return value[0]
    return {
        key: next((member[key] for member in value if member.get(key)), value[0][key])
        for key in value[0]
    }
