"""Write the chapter on all findings in README.zh-CN.md anew from the catalogue; a test holds the
file to it.
"""

from pathlib import Path

from evalbatch.checks.catalogue import catalogue_markdown

README = Path(__file__).resolve().parent.parent / "README.zh-CN.md"
START = "<!-- 以下由 scripts/make_readme.py 生成 -->\n"


def renewed(text: str) -> str:
    """Return the text of the manual with the chapter as the catalogue gives it."""
    return text.partition(START)[0] + START + "\n" + catalogue_markdown().rstrip() + "\n"


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
