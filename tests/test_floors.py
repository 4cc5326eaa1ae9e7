"""Imports point down only: the picture of docs/architecture.md, kept true."""

import ast
from pathlib import Path

import pytest

import geoplan

PACKAGE = Path(geoplan.__file__).parent
FLOORS = {
    "cli": 11, "app": 11,
    "run": 10, "present": 9, "targets": 9, "analyse": 8, "study": 7,
    "bottlenecks": 6, "scenario": 6, "appraisal": 6,
    "heavy_haul": 5, "assignment": 5, "rail": 5, "transit": 5, "access": 5, "batch": 5,
    "routing": 4, "io": 4, "report": 4,
    "vehicles": 3, "demand": 3, "maps": 3,
    "network": 2,
    "errors": 1,
}  # fmt: skip
# Kernels are arrays only; maps and report draw tables.
KERNEL_LIBRARIES = {"numpy", "numba", "math", "collections", "typing", "geoplan", "__future__"}

FILES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in ("_data", "__init__.py")
)


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[str, int, bool]]:
    """(module, line, inside a function) of every import of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno, id(node) in inner) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import in line {node.lineno}"
            found.append((node.module or "", node.lineno, id(node) in inner))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    here = place(path)
    assert here in FLOORS, f"{here} has no floor; give it one here and in docs/architecture.md"
    for module, line, inside in imports(path):
        if module == "geoplan":
            assert here == "cli", f"{path}:{line} imports the face"
        if not module.startswith("geoplan."):
            continue
        there = module.split(".")[1]
        assert not inside, f"{path}:{line} imports {module} inside a function"
        if there != here:
            assert FLOORS[there] < FLOORS[here], f"{path}:{line}: {here} may not import {there}"


@pytest.mark.parametrize("path", [p for p in FILES if "kernels" in p.stem], ids=lambda path: path.stem)
def test_kernels_know_arrays_only(path):
    for module, line, _ in imports(path):
        top = module.split(".")[0]
        assert top in KERNEL_LIBRARIES, f"{path}:{line}: a kernel imports {module}"
        assert not module.startswith("geoplan.") or "kernels" in module, f"{path}:{line}: a kernel imports {module}"


def test_subpackages_define_nothing():
    for path in PACKAGE.rglob("__init__.py"):
        if path.parent == PACKAGE or "_data" in path.parts:
            continue
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert all(isinstance(node, ast.Expr) for node in body), f"{path} holds more than a docstring"
