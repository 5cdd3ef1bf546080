"""What tradedesk.yaml may say about the kill switch."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from pydantic import Field, field_validator

from console.config.fields import Strict

_FUNCTION_KEY: Final = re.compile(r"f([1-9]|1[0-9]|20)")
# Letters that are another key, the terminal's own, or tmux's, never reach the desk or reach it by accident.
_CONTROL_TWICE: Final = re.compile(r"ctrl\+([d-gklnoprt-y]) ctrl\+\1")


class KillConfig(Strict):
    """The kill switch's keys and its grace period."""

    flatten_grace: Decimal = Field(
        default=Decimal(3),
        ge=0,
        le=60,
        description="seconds between the kill key and flattening, 0 to 60; 0 flattens at once",
    )
    second_person: bool = Field(
        default=False, description="true: the reset of a kill needs two people with the role; false: one is enough"
    )
    keys: tuple[str, ...] = Field(
        default=("f12", "ctrl+x ctrl+x"),
        min_length=1,
        max_length=2,
        description="[f12, ctrl+x ctrl+x]: a function key f1 to f20, a ctrl+letter pressed twice, or both",
    )

    @field_validator("keys")
    @classmethod
    def _usable(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if not _FUNCTION_KEY.fullmatch(key) and not _CONTROL_TWICE.fullmatch(key):
                raise ValueError(f"{key!r} can't be a kill key")
        if sum(key.startswith("ctrl") for key in keys) > 1 or sum(key.startswith("f") for key in keys) > 1:
            raise ValueError("two kill keys of one kind")
        return keys

    @property
    def once(self) -> str | None:
        """The key that kills with one press."""
        return next((key for key in self.keys if not key.startswith("ctrl")), None)

    @property
    def twice(self) -> str | None:
        """The key that kills when pressed twice within a second."""
        return next((key.split()[0] for key in self.keys if key.startswith("ctrl")), None)

    @property
    def second_person_ns(self) -> int:
        """How long the first person's wish waits for the second one; 0 where one is enough."""
        return 600_000_000_000 if self.second_person else 0

    @property
    def grace_ns(self) -> int:
        return int(self.flatten_grace * 1_000_000_000)
