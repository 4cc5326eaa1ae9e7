"""Files that a map page carries inside itself: Leaflet 1.9.4 (BSD-2, licence beside it) and the script of the maps."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

_FOLDER = files("geoplan.maps") / "assets"


@cache
def asset(name: str) -> str:
    """Text of a file in the assets folder."""
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")


@cache
def leaflet_js() -> str:
    """Leaflet below its licence, without its source-map line, which would send a browser's tools looking for a file,
    and with its pictures of markers inside (Leaflet looks for them beside its style sheet otherwise)."""
    licence = asset("leaflet-LICENSE.txt").replace("*/", "* /")
    script = re.sub(r"//# sourceMappingURL=\S+\s*$", "", asset("leaflet.js"))
    icons = {
        "iconUrl": _picture("marker-icon.png"),
        "iconRetinaUrl": _picture("marker-icon-2x.png"),
        "shadowUrl": _picture("marker-shadow.png"),
    }
    return f"/*\n{licence}*/\n{script}\nL.Icon.Default.imagePath='';L.Icon.Default.mergeOptions({script_json(icons)});"


@cache
def leaflet_css() -> str:
    """Leaflet's style sheet with its pictures inside; the rule for Internet Explorer's VML is left out."""
    css = asset("leaflet.css").replace("behavior: url(#default#VML);", "")
    return re.sub(r"url\(images/([\w.-]+)\)", lambda found: f"url({_picture(found.group(1))})", css)


def script_json(data: Any) -> str:
    """JSON that may stand inside a script element: no `<`, `>`, `&` or line separator in the raw."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _picture(name: str) -> str:
    """A picture of the assets folder as a data address."""
    data = _FOLDER.joinpath("images", name).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}"
