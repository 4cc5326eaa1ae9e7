"""docs/validation_appraisal.md says what the code gives today."""

import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_what_the_code_gives():
    made = runpy.run_path(str(DOCS / "make_validation_appraisal.py"))["page"]()
    written = (DOCS / "validation_appraisal.md").read_text(encoding="utf-8")
    assert made == written, "run python docs/make_validation_appraisal.py"
