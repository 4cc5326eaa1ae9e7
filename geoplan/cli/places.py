"""What a command is asked about: a study or a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geoplan as gp
from geoplan.cli.options import split_modes


def open_network(place: str, modes: str) -> Any:
    """The network of a study or of a file."""
    return gp.read_study(place).network if _is_study(place) else gp.read_any_network(place, modes=split_modes(modes))


def language_of(place: str) -> Any:
    """The language of a study, English for a file."""
    return gp.read_study(place).config.study.language if _is_study(place) else "en"


def _is_study(place: str) -> bool:
    path = Path(place)
    if path.suffix == ".toml" or (path.is_dir() and (path / "study.toml").exists()):
        return True
    return not path.suffix and not path.is_file() and not (path.is_dir() and any(path.glob("*.csv")))


def open_rail(place: str) -> Any:
    """A study where there is one, otherwise the network of a file."""
    path = Path(place)
    is_file = path.suffix not in ("", ".toml") or (path.is_dir() and not (path / "study.toml").exists())
    return open_network(place, "rail") if is_file else gp.read_study(place)
