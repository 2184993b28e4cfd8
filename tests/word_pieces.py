"""Pieces of templates for tests: paragraphs and tables with tags in docxtpl syntax."""

from collections.abc import Sequence

from evalbatch.publish.word.table_markup import MarkupCell, paragraph, table

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


def when(condition: str, *pieces: str) -> str:
    """Return pieces that are printed only when the placeholder holds something."""
    return paragraph(f"{{%p if {condition} %}}") + "".join(pieces) + paragraph("{%p endif %}")


def each(name: str, source: str, *pieces: str) -> str:
    """Return pieces that are printed for each member of a list."""
    return (
        paragraph(f"{{%p for {name} in {source} %}}") + "".join(pieces) + paragraph("{%p endfor %}")
    )


def value(name: str, style: str = "") -> str:
    """Return a paragraph that holds one placeholder."""
    return paragraph(f"{{{{ {name} }}}}", style)


def grid(
    widths: Sequence[int],
    heads: Sequence[str],
    row: str,
    source: str,
    cells: Sequence[tuple[str, str]],
    *last: MarkupCell,
) -> str:
    """Return a table with a repeated head and a row for each member of a list; `cells` are
    placeholders with their styles.
    """
    loop = [
        [MarkupCell(f"{{%tr for {row} in {source} %}}", len(widths))],
        [MarkupCell(f"{{{{ {name} }}}}", 1, style) for name, style in cells],
        [MarkupCell("{%tr endfor %}", len(widths))],
    ]
    return table(
        widths,
        [[MarkupCell(head, 1, "CellHead") for head in heads], *loop, *([last] if last else [])],
    )
