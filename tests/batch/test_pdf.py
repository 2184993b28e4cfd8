"""PDFs by LibreOffice: batches, and what happens when it is not there or hangs."""

import sys
from pathlib import Path

import pytest

from evalbatch.nightly import pdf
from evalbatch.publish.word.template import shipped_bytes


@pytest.mark.office
def test_word_documents_become_pdfs() -> None:
    made = dict(
        pdf.convert(pdf.converter(), {"a": shipped_bytes("total"), "b": shipped_bytes("office")})
    )
    assert {key: data[:5] for key, data in made.items()} == {"a": b"%PDF-", "b": b"%PDF-"}


def test_without_libreoffice_there_is_no_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(pdf, "PLACES", ())
    assert pdf.converter() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_a_conversion_that_hangs_is_ended_and_leaves_its_documents_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = tmp_path / "soffice"
    hanging.write_text("#!/bin/sh\nsleep 600\n")
    hanging.chmod(0o755)
    monkeypatch.setattr(pdf, "START_SECONDS", 0.1)
    monkeypatch.setattr(pdf, "SECONDS_EACH", 0.1)
    assert list(pdf.convert(str(hanging), {"a": b"docx"})) == []
