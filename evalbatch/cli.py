"""The command line: commands and exit codes, no logic of its own. What a command needs is imported
when it runs.
"""

import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click

from evalbatch import __version__, garbage, no_console, steps
from evalbatch.console import (
    ChineseCommand,
    ChineseGroup,
    GivenPath,
    Seconds,
    guarded,
    patient_streams,
)
from evalbatch.errors import OK, SETTINGS_NAME, STRICT, USAGE

ARRIVED, NOT_ARRIVED, EVERY = "已送达", "未送达", "全部"
LONGEST = 86_400  # seconds between two looks at an inbox: a day
YEARS = click.IntRange(min=1949, max=2199)

os.environ.setdefault(
    "PYDANTIC_DISABLE_PLUGINS", "__all__"
)  # looking for plugins costs more than most commands


class Day(click.ParamType[date]):
    """A date as `2026-03-31`."""

    name = "日期"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the date.

        Raises:
            click.BadParameter: it is none.
        """
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} 不是日期，应写作 2026-03-31", param, ctx)


inbox_argument = click.argument("inbox", metavar="[收件夹]", required=False, type=GivenPath())
settings_option = click.option(
    "--settings",
    "settings_file",
    type=GivenPath(),
    metavar="文件",
    help=f"设置文件（默认：当前文件夹的 {SETTINGS_NAME}）。",
)
output_option = click.option(
    "-o",
    "--output",
    type=GivenPath(),
    metavar="文件夹",
    help="结果文件夹（默认 output）。",
)
as_of_option = click.option(
    "--as-of", type=Day(), metavar="日期", help="以哪一天为准（默认今天），如 2026-03-31。"
)


@click.group(
    cls=ChineseGroup,
    help=(
        "预算绩效评价批量处理：读取各部门报送的工作簿，审核、计分，生成汇总表、评价报告和审核意见。"
    ),
)
@click.version_option(__version__, message="evalbatch %(version)s", help="显示版本。")
def cli() -> None:
    """Gather all commands."""


@cli.command(
    cls=ChineseCommand,
    help="新建一个评价周期的文件夹：设置、名册、豁免表、收件夹、空白表和 Word 模板。",
)
@click.argument("folder", metavar="文件夹", type=GivenPath())
@click.option("--year", type=YEARS, metavar="年份", help="评价年度（默认今年），如 2026。")
@click.option(
    "--from",
    "last",
    type=GivenPath(exists=True, file_okay=False),
    metavar="文件夹",
    help="上年的周期文件夹：带来名册（附上年结果）、仍有效的豁免、模板和设置。",
)
@as_of_option
def init(folder: Path, year: int | None, last: Path | None, as_of: date | None) -> None:
    """Make a new cycle folder."""
    if last is not None:
        steps.next_year(folder, last, year, as_of or _today())
        return
    from evalbatch.checks.catalogue import CATALOGUE  # noqa: PLC0415
    from evalbatch.cycle.folder import create  # noqa: PLC0415
    from evalbatch.nightly.setup import Setup  # noqa: PLC0415
    from evalbatch.settings import Settings  # noqa: PLC0415

    setup = Setup.load(Settings())
    codes = {code: article.title for code, article in CATALOGUE.items()}
    made = create(
        folder, folder.resolve().name, year or _today().year, setup.forms, setup.policies, codes
    )
    click.echo(f"已建立 {folder}：\n" + "\n".join(f"  {path.relative_to(folder)}" for path in made))


@cli.command(
    cls=ChineseCommand, help="生成空白表；设置中有名册时，为名册中每个项目生成一份预填好的表。"
)
@click.argument("form", metavar="[表]", required=False)
@click.option(
    "-o",
    "--output",
    type=GivenPath(),
    metavar="路径",
    help="写到哪个文件或文件夹（默认当前文件夹）。",
)
@settings_option
def blank(form: str | None, output: Path | None, settings_file: Path | None) -> int:
    """Write blank workbooks."""
    from evalbatch.nightly.setup import Setup  # noqa: PLC0415

    settings = steps.settings_of(settings_file)
    setup = Setup.load(settings)
    if form is None and settings.paths.roster:
        return steps.prefill(setup, output or Path("空白表"))
    return steps.empty(setup, form, output or Path())


@cli.command(cls=ChineseCommand, help="只读取和审核，不发布：部门报送前自查。有错误时退出码为 1。")
@click.argument(
    "files",
    metavar="文件...",
    nargs=-1,
    type=GivenPath(exists=True, dir_okay=False),
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，供其他程序使用。")
@click.option(
    "--html",
    "page",
    type=GivenPath(dir_okay=False),
    metavar="网页",
    help="另把结果写成网页，如 自查结果.html（- 或直接写工作簿则输出到屏幕）。",
)
@settings_option
@as_of_option
def check(
    files: Sequence[Path],
    as_json: bool,
    page: Path | None,
    settings_file: Path | None,
    as_of: date | None,
) -> int:
    """Read and check without publishing."""
    files, page = steps.workbooks_and_page(files, page)
    with garbage.loading():
        from evalbatch.nightly import single_check  # noqa: PLC0415
        from evalbatch.nightly.setup import standards  # noqa: PLC0415

        context = standards(steps.settings_of(settings_file), as_of or _today())
    results = [result for file in files for result in single_check.examine(file, context)]
    if page is not None:
        steps.hand_out(page, single_check.as_page(results, context.as_of))
    if page != steps.SCREEN:
        click.echo(
            single_check.as_json(results)
            if as_json
            else "\n\n".join("\n".join(single_check.lines(each)) for each in results)
        )
    return OK if all(result.status.good for result in results) else STRICT


@cli.command(
    cls=ChineseCommand,
    help="批量处理收件夹：只处理新的和有变化的，发布汇总表、评价报告、审核意见和数据文件。",
)
@inbox_argument
@output_option
@settings_option
@as_of_option
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="个数",
    help="同时处理的进程数（默认与处理器核数相同）。",
)
@click.option(
    "--cluster", default="", metavar="地址", help="改用 Dask 集群，如 tcp://10.0.0.5:8786。"
)
@click.option("--full", is_flag=True, help="全部重新处理，不论是否变化。")
@click.option("--strict", is_flag=True, help="有退回、无法读取或未报送时，退出码为 1。")
@click.option("--send", "sending", is_flag=True, help="处理完后发送邮件。")
@click.option("--confirm", is_flag=True, help="确认正式发送（一个周期首次发送时需要）。")
@click.option("--pdf", is_flag=True, help="另把新的评价报告转成 PDF（需要 LibreOffice）。")
@click.option("--forget-missing", is_flag=True, help="不再计入收件夹中已不见的文件。")
@click.option("--preview", is_flag=True, help="预演：只说会改变哪些已公布的结果、为什么，不发布。")
@click.option("--forget-all", is_flag=True, help="收件夹已清空时，不再计入全部文件。")
@click.option("--quiet", is_flag=True, help="只显示错误。")
@click.option("--verbose", is_flag=True, help="逐份显示处理情况。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出本次运行的记录。")
def run(
    inbox: Path | None,
    output: Path | None,
    settings_file: Path | None,
    as_of: date | None,
    jobs: int,
    cluster: str,
    full: bool,
    strict: bool,
    sending: bool,
    confirm: bool,
    pdf: bool,
    forget_missing: bool,
    preview: bool,
    forget_all: bool,
    quiet: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Run the nightly batch."""
    from evalbatch.nightly.batch import RunOptions  # noqa: PLC0415
    from evalbatch.nightly.run import run as night  # noqa: PLC0415
    from evalbatch.nightly.setup import Setup  # noqa: PLC0415

    settings = steps.cycle_settings(settings_file, inbox, output)
    setup, target = Setup.load(settings), settings.paths.output
    options = RunOptions(
        as_of or _today(),
        named=as_of is not None,
        jobs=jobs,
        cluster=cluster,
        full=full,
        forget_missing=forget_missing or forget_all,
        forget_all=forget_all,
        pdf=pdf or settings.publish.pdf,
    )
    if sending:
        steps.mail_ready(settings, options.as_of)
    progress = steps.progress_for(silent=quiet or as_json, verbose=verbose)
    if preview:
        return steps.preview(setup, options, progress)
    done = night(setup, options, progress, lambda: steps.deliveries(target))
    if as_json:
        click.echo((target / "runs" / f"{done.name}.json").read_text(encoding="utf-8"), nl=False)
    else:
        steps.close(done, target, quiet=quiet)
    mailed = OK
    if sending:
        mailed = steps.deliver_due(setup, options, confirm=confirm, quiet=quiet or as_json)
    return steps.exit_code(done, strict=strict, mailed=mailed)


@cli.command(
    cls=ChineseCommand,
    help="值守收件夹：有新的或改过的、并已停止变化，就处理一次；按 Ctrl+C 停止。",
)
@inbox_argument
@output_option
@settings_option
@as_of_option
@click.option(
    "--every",
    type=Seconds(min=0.1, max=LONGEST),
    default=5,
    metavar="秒数",
    help="隔几秒看一次（默认 5）。",
)
def watch(
    inbox: Path | None,
    output: Path | None,
    settings_file: Path | None,
    as_of: date | None,
    every: float,
) -> int:
    """Run whenever something comes in."""
    return steps.watched(lambda: steps.cycle_settings(settings_file, inbox, output), as_of, every)


@cli.command(
    cls=ChineseCommand,
    help="在“复核”文件夹写出下一轮清单（第N轮.xlsx）：需要人工核定的和抽中的，已列入过的不再列。",
)
@output_option
@settings_option
@as_of_option
def review(output: Path | None, settings_file: Path | None, as_of: date | None) -> None:
    """Write the next round of reviews."""
    from evalbatch.nightly.run import remembered, write_next  # noqa: PLC0415
    from evalbatch.nightly.setup import Setup  # noqa: PLC0415

    settings = steps.cycle_settings(settings_file, None, output)
    last = remembered(settings.paths.output)
    written = write_next(Setup.load(settings), as_of or last.as_of)
    if written.path is None:
        click.echo("没有新的事项需要复核。")
    else:
        click.echo(
            f"已写出 {written.path}，共 {written.lines} 条。填好后存回原文件夹，下次运行时计入。"
        )


@cli.command(cls=ChineseCommand, help="一个项目的全部历史：每次报送、复核意见和结果变动。")
@click.argument("project", metavar="项目")
@output_option
@settings_option
def history(project: str, output: Path | None, settings_file: Path | None) -> int:
    """Tell the history of a project."""
    from evalbatch.nightly.review_part import nearest_project, told_history  # noqa: PLC0415

    folder = output or steps.cycle_settings(settings_file, None, None).paths.output
    lines = told_history(folder, project)
    if not lines:
        near = nearest_project(folder, project)
        advice = f"，最接近的是“{near}”" if near else ""
        click.echo(f"没有找到项目“{project}”的记录{advice}。", err=True)
        return USAGE
    click.echo("\n".join(lines))
    return OK


@cli.command(
    cls=ChineseCommand,
    help="比较一个或几个年度的结果，写出 分析.xlsx：部门逐年、得分与执行率、等次、结余、常见问题、"
    "指标种类、复核偏差。",
)
@click.argument(
    "folders",
    metavar="结果文件夹...",
    nargs=-1,
    required=True,
    type=GivenPath(),
)
@click.option(
    "-o",
    "--output",
    type=GivenPath(dir_okay=False),
    default=Path("分析.xlsx"),
    metavar="文件",
    help="写到哪个文件（默认 分析.xlsx）。",
)
@click.option(
    "--succession",
    type=GivenPath(dir_okay=False),
    metavar="文件",
    help="改名的单位（默认当前文件夹的 沿革.xlsx，没有就不接续）。",
)
def analyse(folders: Sequence[Path], output: Path, succession: Path | None) -> int:
    """Compare cycles in a workbook."""
    with garbage.loading():
        from evalbatch.publish import analysis_workbook  # noqa: PLC0415
        from evalbatch.results.comparison import Years  # noqa: PLC0415

        years = Years(folders, steps.renames(succession))
        content = analysis_workbook.render(years, steps.standard_names(folders))
    steps.write_analysis(output, content, years)
    return OK


@cli.command(cls=ChineseCommand, help="发送待发的邮件，每封只发一次。")
@output_option
@settings_option
@as_of_option
@click.option("--dry-run", is_flag=True, help="不发送，只把邮件存为 .eml 文件。")
@click.option("--confirm", is_flag=True, help="确认正式发送（一个周期首次发送时需要）。")
@click.option(
    "--resolve",
    "resolved",
    type=(str, click.Choice([ARRIVED, NOT_ARRIVED])),
    metavar="编号 结论",
    help=f"登记一封存疑的邮件：编号后写“{ARRIVED}”，或“{NOT_ARRIVED}”（将重新发送）。",
)
@click.option(
    "--again",
    "repeated",
    metavar="编号或地址",
    help=f"立即重发被拒收的邮件：写邮件编号、收件地址，或“{EVERY}”。",
)
@click.option("--quiet", is_flag=True, help="只显示错误。")
def send(
    output: Path | None,
    settings_file: Path | None,
    as_of: date | None,
    dry_run: bool,
    confirm: bool,
    resolved: tuple[str, str] | None,
    repeated: str | None,
    quiet: bool,
) -> int:
    """Send what is due."""
    from evalbatch.nightly.batch import RunOptions  # noqa: PLC0415
    from evalbatch.nightly.run import remembered  # noqa: PLC0415

    settings = steps.cycle_settings(settings_file, None, output)
    last = remembered(settings.paths.output)
    if resolved:
        from evalbatch.mail.sending import resolve  # noqa: PLC0415

        message, verdict = resolved
        known = resolve(settings.paths.output, message, arrived=verdict == ARRIVED)
        click.echo("已登记。" if known else f"没有编号为 {message} 的存疑邮件。", err=not known)
        return OK if known else USAGE
    from evalbatch.nightly.setup import Setup  # noqa: PLC0415

    if repeated is not None and not steps.again(settings, "" if repeated == EVERY else repeated):
        click.echo(f"没有被拒收的邮件：{repeated}", err=True)
        return USAGE
    options = RunOptions(as_of, named=True) if as_of else last
    setup = Setup.load(settings)
    return steps.deliver_due(setup, options, dry_run=dry_run, confirm=confirm, quiet=quiet)


@cli.command(cls=ChineseCommand, help="说明一个问题编号：是什么意思、依据是什么、怎样改正。")
@click.argument("code", metavar="编号")
def explain(code: str) -> int:
    """Say what a finding means."""
    from evalbatch.checks import catalogue  # noqa: PLC0415
    from evalbatch.checks.catalogue import UnknownCodeError  # noqa: PLC0415

    try:
        click.echo(catalogue.explain(code), nl=False)
    except UnknownCodeError as error:
        click.echo(f"错误：{error}", err=True)
        return USAGE
    return OK


@cli.command(cls=ChineseCommand, help="列出认识的报送表。")
@settings_option
def forms(settings_file: Path | None) -> int:
    """List the forms; a profile that one names and nobody knows is said."""
    from evalbatch.standards.form_library import load_forms  # noqa: PLC0415
    from evalbatch.standards.policy_library import load_policies  # noqa: PLC0415

    paths = steps.settings_of(settings_file).paths
    known, code = load_policies(*filter(None, [paths.policies])), OK
    for form in load_forms(*filter(None, [paths.forms])).values():
        points = "" if form.scored else "，不计分"
        about = f"第{form.version}版{points}，默认口径 {form.policy}"
        click.echo(f"{form.id:26} {form.title}（{about}）")
        if form.policy not in known:
            fault = f"{form.id} 的 policy：现为“{form.policy}”，应为已有的评分口径之一"
            click.echo(f"错误：{fault}：{'、'.join(known)}", err=True)
            code = USAGE
    return code


@cli.group(cls=ChineseGroup, help="表样：把一种报送表的定义导出成工作簿，在 Excel 中改好后导入。")
def form() -> None:
    """Gather what concerns the definition of a form."""


@form.command("export", cls=ChineseCommand, help="把一种报送表的定义导出成工作簿，一行一样东西。")
@click.argument("name", metavar="表")
@click.option(
    "-o",
    "--output",
    type=GivenPath(),
    metavar="文件",
    help="写到哪个工作簿（默认 表样-标识.xlsx）。",
)
@settings_option
def form_export(name: str, output: Path | None, settings_file: Path | None) -> int:
    """Write a form's definition as a workbook."""
    return steps.export_form(steps.settings_of(settings_file), name, output)


@form.command(
    "import", cls=ChineseCommand, help="把改过的表样工作簿写回表样文件（.toml）：只写改动过的内容。"
)
@click.argument("file", metavar="文件", type=GivenPath(exists=True, dir_okay=False))
@click.option(
    "-o",
    "--output",
    type=GivenPath(),
    metavar="文件",
    help="写到哪个表样文件（默认写进设置中 [paths] forms 的文件夹）。",
)
@click.option("--dry-run", is_flag=True, help="不写入，只说改了什么，并画出空白表供比较。")
@settings_option
def form_import(file: Path, output: Path | None, dry_run: bool, settings_file: Path | None) -> int:
    """Write what changed in a workbook into the form's TOML."""
    return steps.import_form(steps.settings_of(settings_file), file, output, dry_run=dry_run)


@cli.command(
    cls=ChineseCommand, help="列出认识的评分口径；写明口径的，列出它的依据、等次和各项限值。"
)
@click.argument("name", metavar="[口径]", required=False)
@settings_option
def policies(settings_file: Path | None, name: str | None) -> None:
    """List the policy profiles, or say what one rests on."""
    from evalbatch.standards.policy import described  # noqa: PLC0415
    from evalbatch.standards.policy_library import load_policies  # noqa: PLC0415

    folder = steps.settings_of(settings_file).paths.policies
    if name is not None:
        known = load_policies(*filter(None, [folder]))
        if name not in known:
            raise click.UsageError(f"没有这种口径：{name}（可用：{'、'.join(known)}）")
        for line in described(known[name]):
            click.echo(line)
        return
    certainty = {"source": "有公开来源", "recalled": "依规定回忆，待核对", "derived": "本程序推定"}
    for policy in load_policies(*filter(None, [folder])).values():
        click.echo(f"{policy.id:24} {policy.name}（{certainty[policy.certainty]}）")


@cli.command(
    cls=ChineseCommand, help="打印每晚自动运行的设置：cron、systemd 定时器和 Windows 任务计划。"
)
@click.argument("folder", metavar="[周期文件夹]", required=False, type=GivenPath())
@click.option("--at", default="02:00", metavar="时:分", help="每晚几点运行（默认 02:00）。")
@click.option(
    "--task",
    "task_file",
    type=GivenPath(),
    metavar="文件",
    help="把 Windows 的任务写成 XML 文件。",
)
def schedule(folder: Path | None, at: str, task_file: Path | None) -> None:
    """Print scheduler entries."""
    from evalbatch.nightly.schedule import entries, task, task_name  # noqa: PLC0415
    from evalbatch.output_files import replace  # noqa: PLC0415

    cycle, program = (folder or Path()).resolve(), Path(sys.executable)
    if not (cycle / SETTINGS_NAME).is_file():
        click.echo(f"提示：{cycle} 不是评价周期文件夹（其中没有 {SETTINGS_NAME}）。", err=True)
    built = bool(getattr(sys, "frozen", False))
    if task_file is None:
        click.echo(entries(cycle, at, program, built=built))
        return
    replace(task_file, task(cycle, at, program).encode("utf-16"))  # what Task Scheduler reads
    click.echo(
        f"已写出 {task_file}。请在命令提示符中运行（会询问登录密码）：\n"
        f'schtasks /Create /TN "{task_name(cycle)}" /XML "{task_file}" '
        f'/RU "%USERDOMAIN%\\%USERNAME%" /RP *'
    )


@cli.group(cls=ChineseGroup, help="Word 模板：检查、列出标记、预览。")
def template() -> None:
    """Gather what concerns Word templates."""


@template.command(
    "check", cls=ChineseCommand, help="检查一个 Word 模板：哪个标记写错了、在什么地方。"
)
@click.argument("file", metavar="文件", type=GivenPath(exists=True, dir_okay=False))
@click.option(
    "--kind",
    default="",
    metavar="种类",
    help="project、organisation、office、total 或 working_paper（默认按文件名）。",
)
@click.option("--list", "listing", is_flag=True, help="列出全部标记及示例。")
@click.option("--preview", type=GivenPath(), metavar="文件", help="用示例数据生成预览。")
def template_check(file: Path, kind: str, listing: bool, preview: Path | None) -> int:
    """Check a Word template."""
    from evalbatch.output_files import replace  # noqa: PLC0415
    from evalbatch.publish.word import template_check  # noqa: PLC0415

    kind = kind or (file.stem if file.stem in template_check.kinds() else "project")
    if kind not in template_check.kinds():
        raise click.UsageError(f"没有这种模板：{kind}（可用：{'、'.join(template_check.kinds())}）")
    if preview is not None and preview.resolve() == file.resolve():
        raise click.UsageError(f"预览不能写到模板自己的位置：{preview}")
    data = file.read_bytes()
    if listing:
        for placeholder in template_check.placeholders(kind):
            click.echo(f"{placeholder.text}\t{placeholder.example}")
    if faults := template_check.check(data, kind):
        click.echo("\n".join(faults))
        return USAGE
    click.echo(
        f"模板可以使用（按 {kind} 检查）。加 --list 列出全部标记及示例，加 --preview 文件名 "
        f"生成预览。"
    )
    for remark in template_check.remarks(data, kind):
        click.echo(f"提示：{remark}")
    if preview is not None:
        replace(preview, template_check.preview(data, kind))
        click.echo(f"已生成预览 {preview}")
    return OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    garbage.look_seldom()
    garbage.end_unsearched()
    with patient_streams() as log:
        code = guarded(cli, arguments)
    if log:
        no_console.show(log, code)
    return code


def _today() -> date:
    return datetime.now().astimezone().date()
