"""The speed that the batch rests on, as a ratio to a plain script in the same process, a fresh one
such as a worker is; the goals are in scripts/benchmark.py.
"""

import gc
import io
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import openpyxl
from docxtpl import DocxTemplate
from repository import ROOT

from evalbatch.checks.assess import assess
from evalbatch.publish.project_report import report_document
from evalbatch.publish.project_report.facts import Facts
from evalbatch.reading.reader import read
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

AS_OF = date(2027, 3, 31)
WORKBOOK = ROOT / "input_templates/examples/南昌市人民政府外事办公室/外事活动（出访）专项经费.xlsx"
TEMPLATE = Path(report_document.__file__).parents[1] / "templates" / "project.docx"
LEAST = 6  # 10 and more are reached; the rest is room for a busy machine


def least_seconds(*works):
    """Return the least processor time that each piece of work takes, measured in turns so that a
    busy spell of the machine meets them all.
    """
    gc.collect()
    spent = [[] for _ in works]
    for _ in range(9):
        for work, taken in zip(works, spent, strict=True):
            start = time.process_time()
            work()
            taken.append(time.process_time() - start)
    return [min(taken) for taken in spent]


def measured():
    """Return the seconds of the plain script and of the batch for one workbook."""
    form = load_forms()["self_evaluation"]
    policy = load_policies()[form.policy]
    data = WORKBOOK.read_bytes()

    def evaluated():
        return assess(read(data, "报送件.xlsx", {form.id: form})[0], form, policy, AS_OF)

    values = report_document.context(Facts(evaluated(), form, policy))

    def plain():
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        assert [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
        template = DocxTemplate(TEMPLATE)
        template.render(values, autoescape=True)
        template.save(io.BytesIO())

    def ours():
        return report_document.render(evaluated(), form, policy)

    ours()
    return least_seconds(plain, ours)


def test_one_workbook_takes_a_fraction_of_what_a_plain_script_takes():
    told = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=True)
    script, batch = map(float, told.stdout.split())
    assert script >= LEAST * batch


if __name__ == "__main__":
    print(*measured())
