"""Whole files or none: writing beside the target and renaming when done; what libraries say of files, in a line."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geoplan.errors import DataError


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`, moved onto it when the block ends well and removed when it fails.

    The block may write a file or make a folder. An earlier file or folder stays whole until the new one is complete.

    Raises
    ------
    DataError
        The folder does not exist or may not be written.
    """
    target = Path(path).absolute()
    try:
        work = Path(tempfile.mkdtemp(prefix=".geoplan-", dir=target.parent))
    except OSError as fault:
        raise DataError(f"{path}: cannot write there ({fault.strerror}); choose another folder") from fault
    try:
        temporary = work / target.name
        yield temporary
        _move_onto(temporary, target, work / "earlier")
    except OSError as fault:
        if fault.filename is None or not str(fault.filename).startswith((str(work), str(target))):
            raise
        raise DataError(f"{path}: cannot write there ({fault.strerror}); choose another name") from fault
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _move_onto(new: Path, target: Path, aside: Path) -> None:
    if not target.is_dir():
        os.replace(new, target)
        return
    # A folder cannot be replaced in one step: the earlier one goes aside and comes back when the move fails.
    os.replace(target, aside)
    try:
        os.replace(new, target)
    except OSError:
        os.replace(aside, target)
        raise


def require_file(path: str | os.PathLike[str], what: str = "file") -> Path:
    """The path, when it is a readable file that is not empty; otherwise DataError."""
    file = Path(path)
    if not file.exists():
        raise DataError(f"{file}: no such {what}; check the path")
    if file.is_dir():
        raise DataError(f"{file}: is a folder, not a {what}; name the file in it")
    if not os.access(file, os.R_OK):
        raise DataError(f"{file}: may not be read; change its permissions")
    if file.stat().st_size == 0:
        raise DataError(f"{file}: is empty; get the {what} again")
    return file


def require_geopackage(file: Path, *, cure: str) -> None:
    """DataError unless the file is a SQLite database that is whole: a cut one would be read in part.

    cure : what to do about a file of another kind
    """
    with file.open("rb") as stream:
        head = stream.read(16)
    if head != b"SQLite format 3\0":
        raise DataError(f"{file}: is not a GeoPackage (no SQLite file); {cure}")
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError) as fault:
        verdict = str(fault)
    if verdict != "ok":
        raise DataError(f"{file}: is damaged or cut short ({first_line(verdict)}); get or write the file again")


@contextmanager
def warnings_to_log(logger: logging.Logger) -> Iterator[None]:
    """What GDAL warns about goes to the log: the reader says itself what is wrong."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        yield
    for warning in told:
        logger.info("GDAL: %s", first_line(warning.message))


def first_line(fault: object) -> str:
    """What a library says of a fault, its first line (200 characters); the name of the fault when it says nothing."""
    return (str(fault).strip().splitlines() or [type(fault).__name__])[0][:200]
