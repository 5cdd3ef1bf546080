"""What every pane needs to write values down: the exchange's time and the terminal's signs."""

from __future__ import annotations

import msgspec

from engine.model.enums import OrdStatus, OrdType, Side
from widgets.clock import ExchangeTime
from widgets.glyphs import UNICODE, Glyphs


class Notation(msgspec.Struct, frozen=True):
    """Given to every pane; the same everywhere."""

    times: ExchangeTime
    glyphs: Glyphs = UNICODE
    default_account: str = ""
    """Of a desk with several accounts: rows of the others say theirs. "" for a desk with one."""

    def with_account(self, symbol: str, account: str) -> str:
        """AAPL, or AAPL@B where it is in another account than a line without @ACCT means."""
        return symbol if self.default_account in ("", account) else f"{symbol}@{account}"

    @property
    def ascii_only(self) -> bool:
        """Whether the terminal shows no Unicode."""
        return self.glyphs.full.isascii()


SIDES = {Side.BUY: "BUY", Side.SELL: "SELL", Side.SELL_SHORT: "SHORT"}
PACKAGE = "PKG"
"""The side of an order of several legs, each of which has its own."""
SIDE_STYLES = {Side.BUY: "side-buy", Side.SELL: "side-sell", Side.SELL_SHORT: "side-sell"}
TYPES = {
    OrdType.MARKET: "MKT",
    OrdType.LIMIT: "LMT",
    OrdType.STOP: "STP",
    OrdType.STOP_LIMIT: "STL",
    OrdType.TRAILING_STOP: "TRL",
}

STATUSES = {
    OrdStatus.PENDING_NEW: "PENDING",
    OrdStatus.NEW: "WORKING",
    OrdStatus.PARTIALLY_FILLED: "PARTIAL",
    OrdStatus.FILLED: "FILLED",
    OrdStatus.PENDING_CANCEL: "CANCEL…",
    OrdStatus.CANCELED: "CANCELED",
    OrdStatus.PENDING_REPLACE: "REPLACE…",
    OrdStatus.REJECTED: "REJECTED",
    OrdStatus.EXPIRED: "EXPIRED",
    OrdStatus.DONE_FOR_DAY: "DONE DAY",
    OrdStatus.SUSPENDED: "SUSPEND",
    OrdStatus.STOPPED: "STOPPED",
    OrdStatus.CALCULATED: "CALC",
    OrdStatus.STAGED: "STAGED",
    OrdStatus.DENIED: "DENIED",
    OrdStatus.HELD: "LOCAL",
    OrdStatus.UNKNOWN: "UNKNOWN",
}
"""Order statuses in at most eight letters. HELD says LOCAL: such an order is dead when the desk is (DESIGN §4)."""

STATUS_STYLES = {
    OrdStatus.PENDING_NEW: "warn",
    OrdStatus.PARTIALLY_FILLED: "info",
    OrdStatus.FILLED: "good",
    OrdStatus.PENDING_CANCEL: "warn",
    OrdStatus.PENDING_REPLACE: "warn",
    OrdStatus.REJECTED: "bad",
    OrdStatus.DENIED: "bad",
    OrdStatus.HELD: "info",
    OrdStatus.UNKNOWN: "alarm",
    OrdStatus.SUSPENDED: "warn",
}


def sign_style(value: object) -> str:
    """The style of a signed number: up, down, or flat at zero and without a value."""
    if value is None or value == 0:
        return "flat"
    return "up" if value > 0 else "down"  # type: ignore[operator]
