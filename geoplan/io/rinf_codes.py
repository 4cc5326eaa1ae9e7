"""Code lists of the register of railway infrastructure (RINF), as far as this door needs them.

Source: ERA, RINF application guide and vocabulary (parameters 1.1.1.1.2.4, 1.1.1.1.4.1, 1.1.1.2.2.1); EN 15528 table 1.
"""

from __future__ import annotations

# 1.1.1.1.2.4 IPP_LoadCap: "70 120" is category D2 at 120 km/h.
LINE_CATEGORIES = {
    "10": "A", "20": "B1", "30": "B2", "40": "C2", "50": "C3", "60": "C4", "70": "D2", "80": "D3", "90": "D4",
    "100": "D4xL", "110": "E4", "120": "E5", "130": "RA1", "140": "RA2", "150": "RA3", "160": "RA4", "170": "RA5",
    "180": "RA6", "190": "RA7", "200": "RA8", "210": "RA9", "220": "RA10",
}  # fmt: skip

# EN 15528: axle load in tonnes and load per metre in t/m; (A, B1: without the rules for short wagons).
CATEGORY_LIMITS = {
    "A": (16.0, 5.0), "B1": (18.0, 5.0), "B2": (18.0, 6.4), "C2": (20.0, 6.4), "C3": (20.0, 7.2), "C4": (20.0, 8.0),
    "D2": (22.5, 6.4), "D3": (22.5, 7.2), "D4": (22.5, 8.0), "E4": (25.0, 8.0), "E5": (25.0, 8.8),
}  # fmt: skip

# 1.1.1.1.4.1 ITP_NomGauge. Only what a text beside the code has confirmed; other codes are kept as they are.
NOMINAL_GAUGES_MM = {"30": 1435.0}

# 1.1.1.2.2.1.1 ECS_SystemType: contact line, third or fourth rail, or not electrified.
ELECTRIFIED = {"10": "yes", "20": "yes", "30": "yes", "40": "no"}
ELECTRIFIED_WORDS = {
    "overhead contact line (ocl)": "yes", "overhead contact line": "yes", "ocl": "yes", "third rail": "yes",
    "fourth rail": "yes", "not electrified": "no", "none": "no",
}  # fmt: skip

# Loading gauges of Sweden as the study writes them.
GAUGES = {"sea": "SE-A", "se-a": "SE-A", "seb": "SE-B", "se-b": "SE-B", "sec": "SE-C", "se-c": "SE-C"}
