"""What one start of the desk was asked for on the command line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec

from engine.market.calendar import Calendar


class RunOptions(msgspec.Struct, frozen=True):
    """Options of `tradedesk run` and `start`; None takes the profile's or the program's default.

    from_time: where a replay starts, exchange time, `HH:MM[:SS]` or with the date before it. speed: tape seconds a
    second; 0 plays as fast as it can.
    """

    profile: str | None = None
    broker: str | None = None
    data: str | None = None
    replay: tuple[Path, ...] = ()
    from_time: str | None = None
    speed: Decimal | None = None
    slow_link: bool = False
    read_only: bool = False
    theme: str | None = None

    def to_text(self) -> str:
        """One line that a process started for these options is given."""
        return msgspec.json.encode(self, enc_hook=str).decode()

    @classmethod
    def from_text(cls, text: str) -> RunOptions:
        """What `to_text` wrote."""
        return msgspec.json.decode(text, type=cls, dec_hook=lambda kind, value: kind(value))

    def continued(self, calendar: Calendar, market_ns: int) -> RunOptions:
        """Options of a desk that goes on where one of these stopped: a tape is continued, not begun again."""
        if not self.replay:
            return self
        return msgspec.structs.replace(self, from_time=calendar.to_exchange_time(market_ns).isoformat())
