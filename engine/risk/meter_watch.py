"""Says once when a meter comes near its limit: a notice from 70 % of it, a warning from 90 %, and not again before it
has been well below for a while, so that a meter that trembles at a threshold rings once.

Looked at once a second, with the samples of marks. It only speaks: what a limit refuses or stops is done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine.model.enums import AlertLevel
from engine.model.money import plain
from engine.risk.desk_value import valued_desk
from engine.risk.meters import meters
from engine.views import MeterRow

if TYPE_CHECKING:
    from engine.desk import Desk

WARN_AT: Final = Decimal("0.70")
CRITICAL_AT: Final = Decimal("0.90")
#: A threshold is armed again once the meter has been this share below it for REARM_NS.
_BELOW: Final = Decimal("0.05")
REARM_NS: Final = 30_000_000_000
_THRESHOLDS: Final = (
    (CRITICAL_AT, AlertLevel.WARN, "METER_CRITICAL"),
    (WARN_AT, AlertLevel.NOTICE, "METER_NEAR"),
)


class _Rung(msgspec.Struct):
    """A threshold that was said. `below_ns`: since when (wall) the meter has been well below it; None: it is not."""

    below_ns: int | None = None


class MeterWatch:
    """What was said of each meter."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, Decimal], _Rung] = {}
        self.blind = False
        """Whether the last look failed, which was said."""

    def look(self, rows: Iterable[MeterRow], now_ns: int) -> list[tuple[AlertLevel, str, str]]:
        """(level, code, text) of what is to be said now. A meter without a value says nothing and keeps its place."""
        found = []
        for row in rows:
            if row.used is None:
                continue
            rang = False
            for threshold, level, code in _THRESHOLDS:
                key = (row.key, threshold)
                rung = self._said.get(key)
                if row.used >= threshold:
                    if rung is None:
                        self._said[key] = _Rung()
                        if not rang:
                            found.append((level, code, _words(row)))
                    else:
                        rung.below_ns = None
                    rang = True
                elif rung is not None and row.used < threshold - _BELOW:
                    if rung.below_ns is None:
                        rung.below_ns = now_ns
                    elif now_ns - rung.below_ns >= REARM_NS:
                        del self._said[key]
                elif rung is not None:
                    rung.below_ns = None
        return found


def watch(desk: Desk) -> None:
    """Look at the desk's meters and raise what is to be said."""
    state, now, memory = desk.state, desk.now, desk.meter_watch
    try:
        whole = valued_desk(state, desk.quotes, state.account, now.market_ns)
        found = memory.look(meters(state, whole, now), now.wall_ns)
    except Exception as error:  # what only speaks must not stop the desk; it says once that it can't see
        if not memory.blind:
            memory.blind = True
            desk.alert(AlertLevel.WARN, "METERS", f"the meters can't be watched: {type(error).__name__}: {error}")
        return
    memory.blind = False
    for level, code, text in found:
        desk.alert(level, code, text)


def _words(row: MeterRow) -> str:
    value, limit = _shown(row.value, row.unit), _shown(row.limit, row.unit)
    return f"{row.label} is at {row.used:.0%} of its limit: {value} of {limit}"


def _shown(value: Decimal | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:.1%}" if unit == "pct" else plain(value)
