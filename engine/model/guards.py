"""Automatic triggers as they stand: what they watch, how near it is, what they would do. Made when somebody asks."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec


class GuardRow(msgspec.Struct, frozen=True, gc=False):
    """One trigger. `used` is value/limit, None where either is missing; without a limit it trips on the first event."""

    code: str
    label: str
    scope: str
    """Of a tripped one what it acts on, in words; else about whom the value is, "" where that is the desk."""
    value: Decimal | None
    limit: Decimal | None
    used: Decimal | None
    unit: Literal["pct", "count", "s"]
    state: Literal["armed", "TRIPPED", "off"]
    action: str
    """What it does, in words."""
    text: str
    """Why it tripped, or what it counts."""
