"""What commands say: tables on stdout or in files, messages and progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from geoplan.cli.options import Format
from geoplan.errors import DataError
from geoplan.io.files import atomic_path
from geoplan.maps.labels import column_text, value_text


def fail(message: object, code: int) -> None:
    text = " ".join(str(message).split())
    sys.stderr.write(f"geoplan: {text}\n")
    sys.exit(code)


def print_table(table: Any, form: Format, *, title: str = "", most: int = 60) -> None:
    """A table on stdout: columns for people, CSV or JSON for programs."""
    if form is Format.csv:
        typer.echo(table.to_csv(index=False), nl=False)
        return
    if form is Format.json:
        typer.echo(table.to_json(orient="records", force_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    shown = table.head(most)
    drawn = Table(title=title, title_justify="left", show_edge=False)
    for name in shown.columns:
        number = shown[name].dtype.kind in "fiu"
        drawn.add_column(
            column_text(str(name), "en", unit=True), justify="right" if number else "left", overflow="fold"
        )
    for row in shown.itertuples(index=False):
        drawn.add_row(*(_cell(name, value) for name, value in zip(shown.columns, row, strict=True)))
    console = Console()
    console.print(drawn)
    if len(table) > most:
        console.print(f"... {len(table) - most} more rows; write them all with --out or --format csv")


def print_reasons(why: Any) -> None:
    """What stands in the way, on stderr, so that a table on stdout stays one."""
    for reason in why["reason"] if len(why) else []:
        sys.stderr.write(f"{reason}\n")


def _cell(column: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if value != value:
            return "?"
        if value == float("inf"):
            return "no limit"
        return f"{value:,.0f}".replace(",", " ") if abs(value) >= 1000 else f"{value:.4g}"
    return value_text(str(column), value, "en")


def write_table(table: Any, out: Path) -> None:
    writers: dict[str, Callable[[Path], Any]] = {
        ".csv": lambda path: table.to_csv(path, index=False),
        ".json": lambda path: table.to_json(path, orient="records", force_ascii=False),
        ".xlsx": lambda path: table.to_excel(path, index=False),
    }
    if out.suffix not in writers:
        raise DataError(f"{out}: cannot write {out.suffix or 'a file without an ending'}; use {', '.join(writers)}")
    with atomic_path(out) as path:
        writers[out.suffix](path)
    typer.echo(str(out))


def write_edges(edges: Any, out: Path) -> None:
    drivers = {".geojson": "GeoJSON", ".gpkg": "GPKG"}
    if out.suffix not in drivers:
        write_table(edges.drop(columns=edges.geometry.name).reset_index(), out)
        return
    with atomic_path(out) as path:
        shown = edges.to_crs(4326) if out.suffix == ".geojson" else edges
        shown.to_file(path, driver=drivers[out.suffix])
    typer.echo(str(out))


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int, str], None] | None]:
    """Progress of a sweep on stderr; None, which leaves it to the log, when that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total, key: bar.update(task, completed=done, total=total, description=key)
