"""Commands about the books: bookings by hand, reconciliation, instruments."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from engine.model.booking import Right
from engine.model.enums import Side


class Reconcile(msgspec.Struct, frozen=True):
    """Compare with the broker now. Replied to with a CommandResult when it has begun; what it finds are breaks."""

    account: str = ""
    user: str = ""
    cmd_id: int = 0


class AddInstrument(msgspec.Struct, frozen=True):
    """List an option by its OCC symbol, so that it is quoted and can be traded. Replied to with a CommandResult."""

    symbol: str
    user: str = ""
    cmd_id: int = 0


BookKind = Literal[
    "deposit", "withdrawal", "dividend", "fee", "interest", "correction",
    "in", "out", "fill", "bust", "cost", "split", "rename", "expiry", "exercise", "assign",
]  # fmt: skip


class Book(msgspec.Struct, frozen=True):
    """An operator books what no broker reports. Replied to with a CommandResult whose ids[0] is the booking's number.

    What a kind needs: cash kinds `amount` (> 0; signed for dividend, interest, correction) and perhaps `symbol`; "in"
    qty (signed as held), symbol, px; "out" qty, symbol; "fill" side, qty, symbol, px, perhaps target, exec_id and fee;
    "bust" exec_id; "cost" symbol and px (the right average price); "split" symbol, new, old, perhaps amount (cash for
    the fraction); "rename" symbol, to; "expiry" symbol; "exercise" and "assign" qty and symbol, and what the instrument
    does not tell: to (the underlying), right, strike, multiplier. `key`: the same key books once.
    """

    what: BookKind
    account: str
    reason: str
    symbol: str = ""
    amount: Decimal | None = None
    qty: Decimal | None = None
    px: Decimal | None = None
    side: Side | None = None
    target: int | str | None = None
    exec_id: str = ""
    fee: Decimal = Decimal(0)
    new: Decimal | None = None
    old: Decimal | None = None
    to: str = ""
    right: Right | None = None
    strike: Decimal | None = None
    multiplier: Decimal | None = None
    reference: str = ""
    key: str = ""
    user: str = ""
    cmd_id: int = 0


class ReverseBooking(msgspec.Struct, frozen=True):
    """Take a booking back. Replied to with a CommandResult."""

    no: int
    reason: str
    user: str = ""
    cmd_id: int = 0
