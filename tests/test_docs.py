"""The documentation: every link leads somewhere, every command it names exists, the notebooks are stripped."""

import json
import re
from pathlib import Path

import pytest
import typer

from geoplan.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "data").glob("*.md")])
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_project_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_commands_of_the_readme_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    known = set(typer.main.get_command(app).commands)
    named = set(re.findall(r"^(?:.*&& )?geoplan +([a-z]+)", text, flags=re.MULTILINE))
    assert named and named <= known, named - known
    for key, command in (("run", "pip install ."), ("test", "pytest")):
        block = text.split(f"<!-- {key} -->")[1].split("<!-- end -->")[0]
        assert command in block


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stripped(notebook):
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs") and cell.get("execution_count") is None
