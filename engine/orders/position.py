"""Positions and their profit and loss. Signed total cost is carried, never an average, so that nothing is lost to
rounding: cash paid = cost carried - profit realised, to the last digit, whatever the average would have rounded to."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from engine.model.money import MONEY_STEP, ZERO
from engine.model.snapshot import Execution


class Lot(msgspec.Struct, gc=False):
    """One opening execution's rest (method fifo): signed quantity and signed cost."""

    qty: Decimal
    cost: Decimal


class Position(msgspec.Struct, gc=False):
    """One account's position in one instrument.

    qty is signed (short < 0). cost is the signed money tied up: what was paid for a long, minus what was received
    for a short (multiplier included, fees excluded). realized excludes fees; `fees` are counted apart.
    open_* sum the working orders' worst-case leaves and notional on each side.
    """

    account: str
    symbol: str
    multiplier: Decimal
    qty: Decimal = ZERO
    cost: Decimal = ZERO
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    open_buy: Decimal = ZERO
    open_sell: Decimal = ZERO
    open_buy_notional: Decimal = ZERO
    open_sell_notional: Decimal = ZERO
    last_px: Decimal | None = None
    day_realized: Decimal = ZERO
    """`realized` less `fees` as it stood when the day began."""
    lots: deque[Lot] | None = None
    """Only with method fifo."""
    adopted_qty: Decimal = ZERO
    adopted_px: Decimal = ZERO
    """What the broker already held when the account was first seen; where a refold begins."""
    moved: Decimal = ZERO
    """Cost that bookings brought in less what they took out, without money paid: cost - realized = paid + moved."""
    currency: str = ""
    """Of cost, profit and fees: the instrument's. (Fees in another currency are the account's, see
    Account.side_fees.)"""
    margined: bool = False
    """A future's: nothing is paid for it, cash moves by its profit as it is realised, and it is worth what it has won
    (docs/decisions/futures.md). `cost` stays what it would have been."""

    @property
    def avg_px(self) -> Decimal | None:
        """Average price of what is held, or None when flat."""
        return self.cost / (self.qty * self.multiplier) if self.qty else None

    @property
    def is_active(self) -> bool:
        """True while something is held or working."""
        return bool(self.qty or self.open_buy or self.open_sell)


def apply_execution(position: Position, signed_qty: Decimal, px: Decimal, fee: Decimal) -> Decimal:
    """Book one execution (signed_qty > 0 bought); what was paid (< 0: received), without the fee. Raises nothing:
    quantities and prices were validated before."""
    if fee:
        position.fees += fee
    position.last_px = px
    money = signed_qty * px * position.multiplier
    held = position.qty
    after = position.qty = held + signed_qty
    if not held or (held > ZERO) == (signed_qty > ZERO):
        position.cost += money
        if position.lots is not None:
            position.lots.append(Lot(signed_qty, money))
    elif not after:
        position.realized -= money + position.cost
        position.cost = ZERO
        if position.lots is not None:
            position.lots.clear()
    elif (after > ZERO) == (held > ZERO):
        cost_out = cost_of(position, held, abs(signed_qty))
        position.realized -= money + cost_out
        position.cost -= cost_out
    else:
        # Closes everything and opens the other way: the closing part takes its exact share of the money.
        closing_money = -held * px * position.multiplier
        position.realized -= closing_money + position.cost
        position.cost = money - closing_money
        if position.lots is not None:
            position.lots.clear()
            position.lots.append(Lot(after, position.cost))
    return money


def cost_of(position: Position, held: Decimal, size: Decimal) -> Decimal:
    """Signed cost that leaves with `size` of the `held` units (size < |held|), rounded once; the rest stays exact."""
    if position.lots is None:
        return (position.cost * size / abs(held)).quantize(MONEY_STEP)
    out = ZERO
    while size > 0:
        lot = position.lots[0]
        have = abs(lot.qty)
        if have <= size:
            out += lot.cost
            size -= have
            position.lots.popleft()
        else:
            part = (lot.cost * size / have).quantize(MONEY_STEP)
            lot.qty -= size if lot.qty > 0 else -size
            lot.cost -= part
            out += part
            size = ZERO
    return out


def adopt(position: Position, qty: Decimal, px: Decimal) -> None:
    """Take over what the broker holds already, at its average price; no cash of ours moved."""
    position.adopted_qty, position.adopted_px = qty, px
    apply_execution(position, qty, px, ZERO)


def refold(position: Position, executions: Iterable[Execution]) -> None:
    """Book the instrument anew from what was adopted and the executions that stand (after a bust or correction).

    Taking one execution back at its own price would leave profit realised against shares that were never held.
    """
    restart(position)
    for e in executions:
        rebook(position, e)


def rebook(position: Position, e: Execution) -> None:
    """Book one execution in a refold."""
    fee = e.fee if e.fee and e.fee_currency == position.currency else ZERO
    apply_execution(position, e.last_qty * e.side.sign, e.last_px, fee)


def restart(position: Position) -> None:
    """Back to where a refold begins: what was adopted, before any execution and booking."""
    position.qty = position.cost = position.realized = position.fees = position.moved = ZERO
    position.last_px = None
    if position.lots is not None:
        position.lots.clear()
    if position.adopted_qty:
        apply_execution(position, position.adopted_qty, position.adopted_px, ZERO)
