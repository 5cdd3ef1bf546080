"""Times as the gateway and its clients write them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000


def moment(ns: int, zone: str, *, old: bool = False) -> str:
    """A time as the gateway writes it; the old form has two blanks and names no time zone."""
    place: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
    at = datetime.fromtimestamp(ns // SECOND, place)
    return f"{at:%Y%m%d  %H:%M:%S}" if old else f"{at:%Y%m%d %H:%M:%S} {zone}"


def nanoseconds(text: str) -> int:
    """`YYYYMMDD-HH:MM:SS` is UTC; with a blank a time zone may follow (none: UTC). Empty: 0. Raises ValueError."""
    if not text:
        return 0
    day, _, rest = text.replace("-", " ", 1).partition(" ")
    clock, _, zone = rest.strip().partition(" ")
    at = datetime.strptime(f"{day} {clock or '00:00:00'}", "%Y%m%d %H:%M:%S")
    try:
        place = ZoneInfo(zone) if zone else UTC
    except (KeyError, OSError):
        raise ValueError(f"unknown time zone {zone!r}") from None
    return int(at.replace(tzinfo=place).timestamp()) * SECOND
