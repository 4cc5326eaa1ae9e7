"""What every section of study.toml is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(Strict):
    """A name in Swedish and English; one text serves for both."""

    sv: str
    en: str

    @model_validator(mode="before")
    @classmethod
    def _one_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"sv": value, "en": value}
        if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in ("sv", "en"):
            text = next(iter(value.values()))
            return {"sv": text, "en": text}
        return value

    def __getitem__(self, lang: str) -> str:
        return self.sv if lang == "sv" else self.en
