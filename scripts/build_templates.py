"""Writes the Word templates that evalbatch ships. Run it after a change of
`evalbatch/publish/word_templates.py`.
"""

from pathlib import Path

from evalbatch.publish.word.template_bodies import TEMPLATES, build


def main() -> None:
    """Write every template into the package."""
    folder = Path(__file__).parents[1] / "evalbatch" / "publish" / "templates"
    folder.mkdir(exist_ok=True)
    for name in TEMPLATES:
        (folder / f"{name}.docx").write_bytes(build(name))
        print(folder / f"{name}.docx")


if __name__ == "__main__":
    main()
