"""The documentation: every link leads somewhere, every command it names exists, the notebooks are stripped."""

import importlib
import json
import re
import shlex
from pathlib import Path

import pytest
import typer

import geoplan as gp
from geoplan.cli.app import app
from geoplan.study import check_study

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").glob("*.md")])
# Pages that the site makes from the code when it is built (docs/site_hooks.py).
MADE = ("reference/",)
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_project_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:") and not any(made in target for made in MADE):
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


def commands():
    """Every line of a code block that calls geoplan: page, line."""
    for page in PAGES:
        blocks = re.findall(r"^```[a-z]*\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for line in "\n".join(blocks).splitlines():
            for call in re.findall(r"(?:^|&& )(geoplan .+?)(?:#.*)?$", line):
                yield pytest.param(call.strip(), id=f"{page.stem}: {call.strip()[:50]}")


@pytest.mark.parametrize("call", list(commands()))
def test_every_command_shown_can_be_called_so(call):
    """The command exists and takes these arguments and options; what it needs as files is not looked at."""
    _, *words = shlex.split(call)
    group = typer.main.get_command(app)
    if words[0].startswith("-"):
        return
    assert words[0] in group.commands, call
    command = group.commands[words[0]]
    # Alternatives in a description, as in `--unknown pass | by_rule`, are no call.
    command.make_context(words[0], [word for word in words[1:] if word not in ("&&", "|")], resilient_parsing=False)


def test_every_public_name_has_a_part_of_the_reference():
    """The site lists the face; a name of the documentation that the face does not have is a slip."""
    known = set(gp.__all__)
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page.parent.name in ("docs", "howto"))
    named = set(re.findall(r"\bgp\.([A-Za-z_]+)\b", text)) - {"__version__"}
    assert named <= known, named - known


def test_references_in_the_documentation_point_at_code():
    for page in PAGES:
        for path in re.findall(r"\]\[(geoplan\.[a-z_.A-Z]+)\]", page.read_text(encoding="utf-8")):
            module, _, name = path.rpartition(".")
            assert hasattr(importlib.import_module(module), name), f"{page.name}: {path}"


def test_the_gallery_is_small():
    pictures = list((ROOT / "docs" / "gallery").iterdir())
    assert pictures and sum(picture.stat().st_size for picture in pictures) < 1_000_000


def blocks(page, language):
    text = (ROOT / "docs" / "howto" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def test_the_scenarios_shown_work_in_a_new_study(tmp_path, monkeypatch):
    """Every block of study.toml in the how-to is added to what `geoplan init` writes; the code beside it is run."""
    monkeypatch.chdir(tmp_path)
    file = gp.init_study("my-study")
    file.write_text("\n".join([file.read_text(encoding="utf-8"), *blocks("scenario.md", "toml")]), encoding="utf-8")
    check_study(gp.read_study("my-study"))
    exec("import geoplan as gp\n" + "\n".join(blocks("scenario.md", "python")), {})


def test_the_study_of_a_file_that_is_shown_is_whole(tmp_path):
    """The block of study.toml in the how-to stands alone."""
    (tmp_path / "study.toml").write_text(blocks("own-region.md", "toml")[0], encoding="utf-8")
    header = "load_id;name;use;weight_t;length_m;width_m;height_m"
    assert header in blocks("own-region.md", "toml")[0]
    (tmp_path / "loads.csv").write_text(f"{header}\ntransformer_320;T;study;320;10.5;4;4.6\n", encoding="utf-8")
    (tmp_path / "region.osm.pbf").touch()
    assert gp.read_study(tmp_path).transports[0].load == "transformer_320"
