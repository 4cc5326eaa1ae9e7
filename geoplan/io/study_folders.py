"""Where studies lie: paths, the studies that come with geoplan, and the template of a new one."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from importlib import resources
from pathlib import Path

from geoplan.errors import DataError, name_near
from geoplan.io.files import atomic_path
from geoplan.io.study_config import FILE_NAME


def find_study(path_or_name: str | os.PathLike[str]) -> Path:
    """The study.toml of a path, a folder or an embedded study.

    Raises
    ------
    DataError
        No such study; with near names and the embedded ones.
    """
    path = Path(path_or_name)
    if path.is_file():
        return path
    if (path / FILE_NAME).is_file():
        return path / FILE_NAME
    known = embedded_studies()
    name = str(path_or_name)
    if name in known:
        return known[name] / FILE_NAME
    if path.is_dir():
        raise DataError(f"{path}: holds no {FILE_NAME}; name the folder of a study, or make one: geoplan init {path}")
    offer = f"embedded studies: {', '.join(known) or 'none'}"
    if path.suffix or len(path.parts) > 1:
        raise DataError(f"{path}: no such study file; check the path ({offer})")
    raise DataError(f"no study {name!r} here and none embedded ({offer}).{name_near(name, list(known))}")


def embedded_studies() -> dict[str, Path]:
    """Folders of the studies that come with geoplan, by name: in the wheel, or beside the source tree."""
    package = Path(str(resources.files("geoplan")))
    places = [package / "_data", package.parent / "data"]
    root = next((place for place in places if any(place.glob(f"*/{FILE_NAME}"))), None)
    return {file.parent.name: file.parent for file in sorted(root.glob(f"*/{FILE_NAME}"))} if root else {}


def init_study(folder: str | os.PathLike[str], *, name: str | None = None) -> Path:
    """Write the commented template of a small study of another place into a new folder.

    Parameters
    ----------
    name
        Name of the study; that of the folder when None.

    Returns
    -------
    The study.toml written.

    Raises
    ------
    DataError
        The folder exists and holds something, or may not be written.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DataError(f"{target}: exists already; choose a new folder")
    template = Path(str(resources.files("geoplan") / "_template"))
    title = name if name is not None else target.resolve().name
    with atomic_path(target) as temporary:
        shutil.copytree(template, temporary)
        file = temporary / FILE_NAME
        text = file.read_text(encoding="utf-8").replace("{id}", _as_id(title))
        file.write_text(text.replace("{name}", title.replace("\\", "\\\\").replace('"', '\\"')), encoding="utf-8")
    return target / FILE_NAME


def _as_id(text: str) -> str:
    """A name as letters, digits, `-` and `_`: accents dropped, anything else one `_`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9_-]+", "_", plain).strip("_") or "study"
