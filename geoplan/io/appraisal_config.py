"""The section [appraisal] of study.toml: values, terms, and what is told of scenarios without a model."""

from __future__ import annotations

from pydantic import Field

from geoplan.io.config_parts import Strict, Words


class EffectConfig(Strict):
    """One of `effects` in [appraisal]: what a scenario changes a year that the models do not work out."""

    scenario: str
    item: str
    amount: float
    unit: str
    group: str = ""
    value_item: str = ""
    value: float | None = None
    source: str = ""


class PaymentConfig(Strict):
    """One of `payments` in [appraisal]: who pays how much of the cost of a scenario."""

    scenario: str
    party: Words
    msek: float = Field(ge=0)
    source: str = ""


class JudgementConfig(Strict):
    """One of `judged` in [appraisal]: an effect of a scenario that has no price, in words."""

    scenario: str
    effect: Words
    judgement: Words
    source: str = ""


class PublishedConfig(Strict):
    """One of `published` in [appraisal]: a figure of somebody else's appraisal, to stand beside the one worked out."""

    scenario: str
    item: str
    value: float
    source: str = ""


class AppraisalConfig(Strict):
    """[appraisal]: values and terms of what the scenarios are worth; assumptions but for the values."""

    values: str = "asek8"
    price_year: int | None = Field(default=None, ge=1900, le=2200)
    years: int = Field(default=40, ge=1, le=200)
    discount_rate_pct: float | None = Field(default=None, gt=0)
    traffic_growth_pct: float = 0.0
    growth_years: int | None = Field(default=None, ge=0)
    value_growth_pct: float = 0.0
    construction_years: int = Field(default=1, ge=1)
    lifetime_years: int | None = Field(default=None, ge=1)
    tax_factor: float | None = Field(default=None, ge=1)
    hours_per_year: float | None = Field(default=None, gt=0)
    time_items: dict[str, str] = Field(default_factory=dict)
    persons_per_vehicle: dict[str, float] = Field(default_factory=dict)
    effects: tuple[EffectConfig, ...] = ()
    payments: tuple[PaymentConfig, ...] = ()
    judged: tuple[JudgementConfig, ...] = ()
    published: tuple[PublishedConfig, ...] = ()
    source: str = "ASSUMED"
