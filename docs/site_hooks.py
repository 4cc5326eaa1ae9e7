"""Pages of the reference, made from the code when the site is built: they can never tell an old story."""

from __future__ import annotations

import ast
from pathlib import Path

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from geoplan.cli.app import app
from geoplan.network.schema import TABLES

PACKAGE = Path(__file__).resolve().parents[1] / "geoplan"

# Subpackages in the order of a reader, with what each is for.
PARTS = {
    "study": "A study: one file and its tables",
    "run": "A whole run",
    "analyse": "Parts of a run",
    "network": "The network",
    "io": "The doors: OpenStreetMap, NVDB, RINF, GTFS, railML, TNTP, OMX, PxWeb, rasters",
    "vehicles": "Loads and vehicles",
    "routing": "Routes and skims",
    "heavy_haul": "Heavy transports",
    "demand": "Demand",
    "assignment": "Assignment",
    "transit": "Public transport",
    "access": "Accessibility",
    "rail": "Railway",
    "bottlenecks": "Bottlenecks",
    "scenario": "Scenarios",
    "appraisal": "Appraisal",
    "targets": "Target picture",
    "maps": "Maps",
    "report": "Report",
    "present": "Sections of the report",
    "app": "Live page",
    "errors": "Errors",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made: one of Python for each part, the command line, the columns."""
    pages = {"reference/commands.md": command_page(), "reference/columns.md": column_page()}
    names = face()
    listed = ["# Python\n", "`import geoplan as gp` gives every name below.\n"]
    for part, title in {**PARTS, **{key: key for key in names if key not in PARTS}}.items():
        if part not in names:
            continue
        pages[f"reference/{part}.md"] = f"# {title}\n\n" + "\n".join(f"::: {path}\n" for _, path in names[part])
        words = ", ".join(f"[`{name}`][{path}]" for name, path in names[part])
        listed.append(f"**[{title}]({part}.md)**: {words}\n")
    pages["reference/index.md"] = "\n".join(listed)
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def face() -> dict[str, list[tuple[str, str]]]:
    """Public names with their full path, by subpackage, from the stub of the face."""
    found: dict[str, list[tuple[str, str]]] = {}
    for node in ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                pair = (alias.asname or alias.name, f"geoplan.{node.module}.{alias.name}")
                found.setdefault(node.module.split(".")[0], []).append(pair)
    return found


def command_page() -> str:
    """Every command with its arguments and options."""
    group = typer.main.get_group(app)
    said = ["# Command line\n", f"{group.help}\n", EXIT_CODES]
    for name, command in group.commands.items():
        arguments = " ".join(str(p.name).upper() for p in command.params if p.param_type_name == "argument")
        said.append(f"## geoplan {name}\n\n{command.help}\n\n```\ngeoplan {name} {arguments} [options]\n```\n")
        rows = [f"| `{_written(p)}` | {_cell(getattr(p, 'help', '') or '')} | {_default(p)} |" for p in command.params]
        said.append("\n".join(["| argument or option | what | default |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(said)


EXIT_CODES = """Data go to a file or to stdout, messages to stderr. Exit code 0 is done, 1 no answer (no route, not
converged), 2 bad input, with one line that says which rows and the cure.
"""


def column_page() -> str:
    """The schema: columns of the tables of a network."""
    said = ["# Columns of a network\n", COLUMN_WORDS]
    for table, columns in TABLES.items():
        rows = [f"| `{c.name}` | {c.kind} | {_cell(c.meaning)}{' (required)' if c.required else ''} |" for c in columns]
        said.append("\n".join([f"## {table}\n", "| column | kind | meaning |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(said)


COLUMN_WORDS = """Names carry their units. A missing number is *not known*, never zero and never "no limit"; `inf` is
known to be unlimited. Further columns are kept as they are.
"""


def _written(parameter: typer.core.TyperOption) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper()
    return ", ".join(parameter.opts)


def _default(parameter: typer.core.TyperOption) -> str:
    if parameter.required:
        return "required"
    value = getattr(parameter.default, "value", parameter.default)
    return "" if value in (None, False, ()) or callable(value) else f"`{value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
