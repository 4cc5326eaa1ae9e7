"""summary.json: every headline figure with its unit, its basis and what it rests on, for programs to read."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geoplan.maps.labels import Text
from geoplan.maps.standalone import write_whole
from geoplan.report.content import Figure, Meta, text_of


def write_summary(path: str | os.PathLike[str], figures: Sequence[Figure], *, meta: Meta) -> Path:
    """Write the figures as JSON, whole or not at all; the same input gives the same bytes.

    Raises
    ------
    DataError
        The file cannot be written there.
    """
    text = json.dumps(summary_of(figures, meta=meta), ensure_ascii=False, indent=2, allow_nan=False)
    return write_whole(path, (text + "\n").encode("utf-8"))


def summary_of(figures: Sequence[Figure], *, meta: Meta) -> dict[str, Any]:
    """The content of summary.json. A value that is not known is null, one without limit the text "unlimited"."""
    return {
        "study_sv": meta.name.sv,
        "study_en": meta.name.en,
        "data_date": meta.data_date,
        "geoplan_version": meta.version,
        "command": meta.command,
        "attribution": meta.attribution,
        "inputs": [{"name": one.name, "bytes": one.bytes, "sha256": one.sha256} for one in meta.inputs],
        "figures": [_figure(figure) for figure in figures],
        "sources": [
            {
                "key": s.key,
                "title": text_of(s.title, "en"),
                "licence": text_of(s.licence, "en"),
                "date": s.date,
                "url": s.url,
                "sha256": s.sha256,
            }
            for s in meta.sources
        ],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    value: Any = _number(figure.value) if not isinstance(figure.value, Text) else figure.value.en
    row = {
        "id": figure.id,
        "label_sv": figure.label.sv,
        "label_en": figure.label.en,
        "value": value,
        "unit": figure.unit.en,
        "basis": figure.basis.en,
        "basis_sv": figure.basis.sv,
        "share_unknown": _number(figure.share_unknown),
        "share_assumed": _number(figure.share_assumed),
        "source": figure.source,
    }
    if isinstance(figure.value, Text):
        row["value_sv"] = figure.value.sv
    return row


def _number(value: float) -> float | int | str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "unlimited" if value > 0 else "-unlimited"
    # Ten figures: more than anything here is known to, and the same on every machine.
    rounded = float(f"{value:.10g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded
