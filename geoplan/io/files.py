"""Whole files or none: writing beside the target and renaming when done."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geoplan.errors import DataError


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`, moved onto it when the block ends well and removed when it fails.

    Raises DataError when the folder does not exist or may not be written.
    """
    target = Path(path)
    try:
        folder = Path(tempfile.mkdtemp(prefix=".geoplan-", dir=target.parent))
    except OSError as fault:
        raise DataError(f"{target}: cannot write there ({fault.strerror}); choose another folder") from fault
    try:
        temporary = folder / target.name
        yield temporary
        if temporary.is_dir() and target.is_dir():
            shutil.rmtree(target)
        try:
            os.replace(temporary, target)
        except OSError as fault:
            raise DataError(f"{target}: cannot write there ({fault.strerror}); choose another name") from fault
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
