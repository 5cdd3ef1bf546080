"""A booking in words, for answers, the audit trail and alerts."""

from __future__ import annotations

from decimal import Decimal

from engine.model import booking as b
from engine.model.enums import Side

_SIDES = {Side.BUY: "bought", Side.SELL: "sold", Side.SELL_SHORT: "sold short"}
_CASH = {True: {"transfer": "deposit"}, False: {"transfer": "withdrawal"}}


def entry_words(entry: b.Entry) -> str:
    """One line: dividend of 24.00 for AAPL; split of AAPL 7:1; 2 AAPL 140621C00100000 exercised ..."""
    match entry:
        case b.CashEntry(type=kind, amount=amount, symbol=symbol):
            name = _CASH[amount > 0].get(kind, kind)
            size = amount if kind in ("dividend", "interest", "correction") else abs(amount)
            return f"{name} of {number(size)}{f' for {symbol}' if symbol else ''}"
        case b.TransferEntry(symbol=symbol, qty=qty, px=px):
            return f"transfer of {number(qty)} {symbol} at {number(px)}"
        case b.FillEntry(execution=e):
            return f"fill {e.exec_id}: {_SIDES[e.side]} {number(e.last_qty)} {e.symbol} at {number(e.last_px)}"
        case b.BustEntry(symbol=symbol, exec_id=exec_id):
            return f"bust of execution {exec_id} in {symbol}"
        case b.CostEntry(symbol=symbol, delta=delta):
            return f"cost of {symbol} corrected by {number(delta)}"
        case b.SplitEntry(symbol=symbol, new=new, old=old, cash=cash):
            paid = "" if cash is None else f", {number(cash)} for the fraction"
            return f"split of {symbol} {number(new)}:{number(old)}{paid}"
        case b.RenameEntry(symbol=symbol, to=to):
            return f"symbol change {symbol} to {to}"
        case b.ExpiryEntry(symbol=symbol):
            return f"expiry of {symbol}"
        case b.ExerciseEntry(symbol=symbol, qty=qty, shares=shares, underlying=underlying, strike=strike):
            what = "assigned" if entry.assigned else "exercised"
            moved = f"{'+' if shares > 0 else ''}{number(shares)} {underlying} at {number(strike)}"
            return f"{number(qty)} {symbol} {what}: {moved}"


def number(value: Decimal) -> str:
    """1,000 and 190.50: with the digits it has."""
    return f"{value:,f}"
