"""The limits of a busy desk, not of a newcomer's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

LIMITS: Final = {
    "max_orders_per_s": "4000",
    "duplicate_window_s": "off",
    "max_portfolio_positions": "off",
    "max_sector_exposure": "off",
    "max_correlation": "off",
    "max_leverage": "4",
}


def write_limits(risk_file: Path, **more: str) -> None:
    """Set these in a file of limits that has each of them."""
    lines = risk_file.read_text().splitlines(keepends=True)
    for key, value in {**LIMITS, **more}.items():
        at = [n for n, line in enumerate(lines) if line.strip().startswith(f"{key}:")]
        assert at, key
        lines[at[0]] = lines[at[0]].split(key)[0] + f"{key}: {value}\n"
    risk_file.write_text("".join(lines))
