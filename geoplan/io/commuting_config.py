"""Sections of study.toml about public transport, accessibility and growth."""

from __future__ import annotations

from pydantic import Field, model_validator

from geoplan.io.config_parts import Strict


class TransitConfig(Strict):
    """[transit]: how people reach the trains of [timetable] and the lines of a table of their own."""

    lines: str | None = None
    service_h: float = Field(default=16.0, gt=0, le=24)
    walk_km: float = Field(default=2.0, gt=0)
    least_walk_m: float = Field(default=300.0, ge=0)
    walk_kmh: float = Field(default=5.0, gt=0)
    drive_min: float = Field(default=30.0, gt=0)
    parking_min: float = Field(default=5.0, ge=0)
    wait_min: float = Field(default=5.0, gt=0)
    change_min: float = Field(default=10.0, gt=0)
    longest_h: float = Field(default=3.0, gt=0)
    mode_choice: bool = False
    choice_headways_min: tuple[float, ...] = (10.0, 30.0, 60.0, 120.0)
    choice_waits_min: tuple[float, ...] = (5.0, 12.0, 18.0, 24.0)
    source: str = "ASSUMED"

    @model_validator(mode="after")
    def _curve(self) -> TransitConfig:
        if len(self.choice_headways_min) != len(self.choice_waits_min):
            raise ValueError("choice_headways_min and choice_waits_min need as many numbers each")
        return self


class AccessConfig(Strict):
    """[access]: what is in reach, of whom, and around which places."""

    limits_min: tuple[float, ...] = Field(default=(30.0, 45.0, 60.0), min_length=1)
    around: tuple[str, ...] = ()
    not_localities: tuple[str, ...] = ()
    services: str | None = None
    groups: dict[str, str] = Field(default_factory=dict)
    centre_jobs: float = Field(default=1000.0, gt=0)
    centre_jobs_per_worker: float = Field(default=0.8, gt=0)
    satellite_min: float = Field(default=30.0, gt=0)
    stop_reach_km: float = Field(default=2.0, gt=0)
    source: str = "ASSUMED"

    @model_validator(mode="after")
    def _rising(self) -> AccessConfig:
        limits = self.limits_min
        if any(b <= a for a, b in zip((0.0, *limits), limits, strict=False)):
            raise ValueError("limits_min must rise and be above 0")
        return self


class CoefficientConfig(Strict):
    """One coefficient of the growth model and where it comes from."""

    value: float = Field(ge=0)
    source: str = Field(min_length=1)
    confidence: str = ""


class GrowthConfig(Strict):
    """[growth]: a table of growth scenarios, and the coefficients that the growth programme does not state."""

    table: str
    coefficients: dict[str, CoefficientConfig] = Field(default_factory=dict)
    source: str = "ASSUMED"
