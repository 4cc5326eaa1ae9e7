"""The rules that keep trains apart: one set of numbers for planning, capacity and checks."""

from __future__ import annotations

from dataclasses import dataclass

from geoplan.errors import DataError

# Trafikverket's classes of capacity use and their colours: TRV-KAP15 (classes), trafikverket.se/kapacitet (colours).
CLASS_LIMITS_PCT = (60.0, 80.0)
CAPACITY_CLASSES = ("low", "medium", "high")


@dataclass(frozen=True)
class Rules:
    """Times between trains, in seconds. All defaults are assumed values of ordinary Swedish order of size.

    Parameters
    ----------
    meet_s
        From the train that leaves a single-track section to the opposing one that enters it: setting the route and
        leaving the loop (no entry from both sides at once).
    release_s
        From a train's front leaving a block section to the next train's entering it: clearing of the tail (700 m at
        40 km/h are 63 s) and setting the route.
    track_s
        Between two trains on the same station track; above 0, because every train takes a moment.
    dwell_s
        Shortest stop of a train that waits for another.
    margin_pct
        Supplement on technical running times.
    """

    meet_s: int = 120
    release_s: int = 120
    track_s: int = 60
    dwell_s: int = 60
    margin_pct: float = 5.0

    def __post_init__(self) -> None:
        if not self.track_s > 0:
            raise DataError(f"rules: track_s is {self.track_s}; give seconds above 0")
        for name in ("meet_s", "release_s", "track_s", "dwell_s", "margin_pct"):
            if not getattr(self, name) >= 0:
                raise DataError(f"rules: {name} is {getattr(self, name)}; give 0 or more")


def capacity_class(consumption_pct: float) -> str:
    """Trafikverket's class: low (to 60 %), medium (61-80), high (81 and more); empty when not known.

    Shares are rounded to whole percent first, as the published classes are.
    """
    if consumption_pct != consumption_pct:
        return ""
    whole = round(consumption_pct)
    return "low" if whole <= CLASS_LIMITS_PCT[0] else "medium" if whole <= CLASS_LIMITS_PCT[1] else "high"
