"""What a broker says of an account's margin, in words."""

from __future__ import annotations

from engine.model.snapshot import BrokerMargin

_NAMES = (
    ("buying power", "buying_power"),
    ("available", "available"),
    ("equity", "equity"),
    ("initial", "initial"),
    ("maintenance", "maintenance"),
    ("excess", "excess"),
)


def margin_words(margin: BrokerMargin) -> str:
    """What is told of it, in one line."""
    told = [(name, getattr(margin, field)) for name, field in _NAMES]
    found = ", ".join(f"{name} {value:,.2f}" for name, value in told if value is not None)
    return f"{found} {margin.currency}" if found else "nothing"
