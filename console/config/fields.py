"""What several settings files have in common: strict models, names, amounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$"

Name = Annotated[str, Field(pattern=_NAME)]
NotNegative = Annotated[Decimal, Field(ge=0, max_digits=18)]
PositiveNumber = Annotated[Decimal, Field(gt=0, max_digits=18)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3,5}$")]


class Strict(BaseModel):
    """A mapping of a settings file: unknown keys are errors, and what was read never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
