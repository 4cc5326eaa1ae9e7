"""Results of jobs in a folder, one file each, so that a sweep that was stopped goes on where it was.

A part is named after its key and its stamp; when the input or the code changes, so does the stamp, and the part is
worked out anew. Parts are pickles: read only folders that you or your colleagues have written.
"""

from __future__ import annotations

import logging
import pickle
import re
from pathlib import Path
from typing import Any

from geoplan.errors import DataError
from geoplan.io.files import atomic_path

log = logging.getLogger(__name__)
_STAMP_LETTERS = 20


def open_parts(folder: str | Path) -> Path:
    """The folder of the parts, made when it is new.

    Raises
    ------
    DataError
        It is a file, or may not be made.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise DataError(f"{path}: cannot keep parts there ({fault.strerror}); choose another folder") from fault
    return path


def part_path(folder: Path, key: str, stamp: str) -> Path:
    """File of a part; letters that a file system may not like become dashes, the stamp keeps parts apart."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", key).strip(".-")[:80] or "part"
    return folder / f"{name}-{stamp[:_STAMP_LETTERS]}.part"


def write_part(folder: Path, key: str, stamp: str, result: Any) -> None:
    """Keep a result, whole or not at all."""
    with atomic_path(part_path(folder, key, stamp)) as path, path.open("wb") as stream:
        pickle.dump({"key": key, "stamp": stamp, "result": result}, stream, protocol=5)


def read_part(folder: Path, key: str, stamp: str) -> tuple[bool, Any]:
    """Whether there is a sound part, and its result; one that cannot be read is told and worked out again."""
    path = part_path(folder, key, stamp)
    if not path.is_file():
        return False, None
    try:
        with path.open("rb") as stream:
            kept = pickle.load(stream)
        if kept["key"] == key and kept["stamp"] == stamp:
            return True, kept["result"]
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, IndexError, KeyError, TypeError):
        pass
    log.warning("%s cannot be read and is worked out again", path)
    return False, None
