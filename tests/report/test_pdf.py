"""The printed page."""

import pytest

from geoplan.errors import DataError
from geoplan.report.pdf import write_pdf


def test_a_page_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="run the study first"):
        write_pdf(tmp_path / "index.html", tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


@pytest.mark.browser
def test_a_page_becomes_a_pdf_on_a4(tmp_path, chromium):
    page = tmp_path / "index.html"
    page.write_text("<h1>Ludvika</h1><p style='break-before: page'>Smedjebacken</p>", encoding="utf-8")
    data = write_pdf(page, tmp_path / "report.pdf").read_bytes()
    assert data.startswith(b"%PDF-") and data.count(b"/Type /Page\n") == 2
