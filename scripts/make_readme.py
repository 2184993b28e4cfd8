"""Write anew what the manuals take from the program; a test holds them to it.

README.zh-CN.md has the chapter on all findings from the catalogue, README.md the tables of results
from their schema.
"""

from pathlib import Path

from evalbatch.checks.catalogue import catalogue_markdown
from evalbatch.results.schema import schema_markdown

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.zh-CN.md"
MANUAL = ROOT / "README.md"
START = "<!-- 以下由 scripts/make_readme.py 生成 -->\n"
TABLES, TABLES_END = (
    "<!-- the tables: made by scripts/make_readme.py -->\n",
    "<!-- end of the tables -->\n",
)


def renewed(text: str) -> str:
    """Return the text of the manual with the chapter as the catalogue gives it."""
    return text.partition(START)[0] + START + "\n" + catalogue_markdown().rstrip() + "\n"


def renewed_tables(text: str) -> str:
    """Return the text of the manual with the tables as the schema describes them."""
    before, _, rest = text.partition(TABLES)
    return (
        before
        + TABLES
        + "\n"
        + schema_markdown().rstrip()
        + "\n\n"
        + TABLES_END
        + rest.partition(TABLES_END)[2]
    )


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
    MANUAL.write_text(renewed_tables(MANUAL.read_text(encoding="utf-8")), encoding="utf-8")
