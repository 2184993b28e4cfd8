"""Writes the blank workbooks of all shipped forms into `input_templates/`; run it after a form or a
profile was changed.
"""

from pathlib import Path

from evalbatch.blanks.blank_workbook import build
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

FOLDER = Path(__file__).parents[1] / "input_templates"


def main() -> None:
    """Write one workbook per form, named by the form's title."""
    FOLDER.mkdir(exist_ok=True)
    policies = load_policies()
    for form in load_forms().values():
        path = FOLDER / f"{form.title}.xlsx"
        path.write_bytes(build(form, policies[form.policy]))
        print(path)


if __name__ == "__main__":
    main()
