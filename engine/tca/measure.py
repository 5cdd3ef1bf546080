"""One order (or parent) measured: its tickets' numbers put into the formulas. Sign: positive = cost.

What is not known is None, never a guess: a desk that was down while the order worked doesn't know what traded
meanwhile, an order without a quote at its decision has no decision price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from engine.facts.tca import Reading
from engine.model.enums import Side
from engine.model.money import ZERO
from engine.tca import benchmarks, marks
from engine.tca.benchmarks import Volume
from engine.tca.shortfall import Cfa, Kissell, Outcome, Perold, cfa, in_bps, kissell, perold
from engine.tca.tickets import Fill, Ticket

LATENCIES: Final = ("decision_to_send", "send_to_ack", "ack_to_fill")


class Present(msgspec.Struct, frozen=True, gc=False):
    """The market as it is now, for what still works: `reading` where the meter runs, else a mark."""

    reading: Reading | None = None
    mid: Decimal | None = None


class Measured(msgspec.Struct, frozen=True):
    """Prices are averages per unit, money is in `currency`, bps are positive when they cost (mark-outs and capture are
    gains when positive). None: not known, or nothing to be measured."""

    key: str
    no: int
    algo: str
    parent: str
    account: str
    broker: str
    symbol: str
    side: Side
    day: str
    currency: str
    status: str
    final: bool
    """Nothing of it works any more."""
    qty: Decimal
    filled: Decimal
    avg_px: Decimal | None
    notional: Decimal
    """Of what was filled, in money: the weight in averages."""
    fees: Decimal
    begun_ns: int
    """Market time of its release."""
    until_ns: int
    """Market time of the last fill, of its end, or of now: where the interval ends."""
    decision_px: Decimal | None
    arrival_px: Decimal | None
    vwap: Decimal | None
    """Of the interval, without our own prints."""
    vwap_with_own: Decimal | None
    twap: Decimal | None
    close_px: Decimal | None
    """At the end of the horizon, or when the rest was cancelled."""
    pwp: Decimal | None
    pwp_incomplete: bool
    market_volume: Decimal | None
    """What traded in the interval, ours included."""
    participation: Decimal | None
    slippage_bps: dict[str, Decimal | None]
    outcome: Outcome | None
    perold: Perold | None
    cfa: Cfa | None
    kissell: Kissell | None
    total_bps: Decimal | None
    markouts_bps: dict[str, Decimal | None]
    marks_missing: dict[str, int]
    """Fills whose mid after that time is not known, or not yet, by horizon."""
    effective_spread_bps: Decimal | None
    spread_capture: Decimal | None
    orders: int
    rejected: int
    fills: int
    latencies_ns: dict[str, tuple[int, ...]]
    """Wall time by step, one for each of its orders that took it."""
    notes: tuple[str, ...]
    tag: str = ""

    @property
    def fill_rate(self) -> Decimal:
        return self.filled / self.qty if self.qty else ZERO

    @property
    def reject_rate(self) -> Decimal | None:
        """Of the orders that were sent, those that the broker refused."""
        return Decimal(self.rejected) / self.orders if self.orders else None


def measure(ticket: Ticket, now: Present | None = None) -> Measured:
    """The figures of one ticket. `now`: the market at this moment, for one that still works."""
    fills = ticket.all_fills
    own = benchmarks.volume_of((fill.qty, fill.px) for fill in fills)
    avg_px = own.vwap
    sign = ticket.side.sign
    notes: list[str] = []
    present = now if now is not None and not ticket.ended else None
    end = _interval_end(ticket, fills, own.qty, present)
    market = _market(ticket, end)
    if ticket.gap:
        notes.append("the desk was down while it worked: VWAP, TWAP, PWP and participation are not known")
    elif ticket.arrival is None:
        notes.append("nobody saw the market at its release")
    without, with_own = _volumes(ticket, own, market)
    twap = _twap(ticket, end)
    close_px = _close_px(ticket, own.qty, present)
    fees, strange = _fees(ticket, fills)
    if strange:
        notes.append(f"fees in {', '.join(strange)} are not in the costs")
    outcome = _outcome(ticket, own, fees, close_px)
    if outcome is None:
        what = "decision" if ticket.decision_px is None else "end" if ticket.arrival_px is not None else "arrival"
        notes.append(f"no shortfall: the {what} price is not known")
    pwp_px = ticket.pwp.px if ticket.pwp is not None and not ticket.gap else None
    against = {
        "arrival": ticket.arrival_px,
        "vwap": without.vwap if without is not None else None,
        "vwap_with_own": with_own.vwap if with_own is not None else None,
        "twap": twap,
        "close": close_px,
        "pwp": pwp_px,
    }
    parts = kissell(outcome) if outcome is not None else None
    return Measured(
        ticket.key,
        ticket.no,
        ticket.algo,
        ticket.parent,
        ticket.account,
        ticket.broker,
        ticket.symbol,
        ticket.side,
        ticket.day,
        ticket.currency,
        ticket.status,
        ticket.ended,
        ticket.qty,
        own.qty,
        avg_px,
        own.notional * ticket.multiplier,
        fees,
        ticket.released_ns,
        end.ts_ns if end is not None else ticket.released_ns,
        ticket.decision_px,
        ticket.arrival_px,
        against["vwap"],
        against["vwap_with_own"],
        twap,
        close_px,
        pwp_px,
        ticket.pwp is None or ticket.pwp.px is None,
        with_own.qty if with_own is not None else None,
        benchmarks.participation(own.qty, with_own.qty) if with_own is not None else None,
        {
            name: benchmarks.slippage_bps(sign, avg_px, px) if avg_px is not None else None
            for name, px in against.items()
        },
        outcome,
        perold(outcome) if outcome is not None else None,
        cfa(outcome) if outcome is not None else None,
        parts,
        in_bps(parts.total, outcome) if parts is not None and outcome is not None else None,
        *_after(sign, fills),
        _weighted(fills, lambda fill: _effective(sign, fill)),
        _weighted(fills, lambda fill: _captured(sign, fill)),
        sum(1 for order in ticket.orders if order.status != "withheld" and order.released_ns),
        sum(1 for order in ticket.orders if order.status == "rejected"),
        len(fills),
        _latencies(ticket.orders),
        tuple(notes),
        ticket.tag,
    )


def _interval_end(ticket: Ticket, fills: Sequence[Fill], filled: Decimal, now: Present | None) -> Reading | None:
    """Where the interval of VWAP, TWAP and participation ends: at the last fill of what is complete, at the end of what
    was given up, now of what still works."""
    last = fills[-1].reading if fills else None
    if filled >= ticket.qty:
        return last
    if ticket.ended:
        return ticket.end
    return now.reading if now is not None and now.reading is not None else last


def _market(ticket: Ticket, end: Reading | None) -> Volume | None:
    """What the feed printed in the interval."""
    begin = ticket.arrival
    if ticket.gap or begin is None or end is None:
        return None
    if begin.volume is None or end.volume is None or begin.notional is None or end.notional is None:
        return None
    return Volume(end.volume - begin.volume, end.notional - begin.notional)


def _volumes(ticket: Ticket, own: Volume, market: Volume | None) -> tuple[Volume | None, Volume | None]:
    """(without our own prints, with them), whichever of them the feed has."""
    if market is None:
        return None, None
    return (market.without_own(own), market) if ticket.own_printed else (market, market.with_own(own))


def _twap(ticket: Ticket, end: Reading | None) -> Decimal | None:
    """Mean of the mids at each whole second after the release up to the end; of an interval without one, the mid at its
    beginning."""
    begin = ticket.arrival
    if ticket.gap or begin is None or end is None or begin.mids is None or end.mids is None:
        return None
    seconds = end.seconds - begin.seconds
    return (end.mids - begin.mids) / seconds if seconds > 0 else begin.mid


def _close_px(ticket: Ticket, filled: Decimal, now: Present | None) -> Decimal | None:
    if ticket.ended and filled < ticket.qty:
        return ticket.end.mid if ticket.end is not None else None
    if ticket.horizon is not None:
        return ticket.horizon.mid
    if now is None:
        return None
    if now.reading is not None and now.reading.mid is not None:
        return now.reading.mid
    return now.mid


def _outcome(ticket: Ticket, own: Volume, fees: Decimal, end_px: Decimal | None) -> Outcome | None:
    decision, arrival = ticket.decision_px, ticket.arrival_px
    if end_px is None and own.qty == ticket.qty:
        end_px = arrival  # nothing is left to be worth anything: the end price drops out of every part
    if decision is None or arrival is None or end_px is None or ticket.qty <= 0:
        return None
    return Outcome(
        ticket.side.sign, ticket.qty, own.qty, own.notional, decision, arrival, end_px, fees, ticket.multiplier
    )


def _fees(ticket: Ticket, fills: Iterable[Fill]) -> tuple[Decimal, list[str]]:
    """(fees in the instrument's currency, other currencies that fees were paid in)."""
    fees = ZERO
    others = set()
    for fill in fills:
        if fill.fee and ticket.currency and fill.fee_currency != ticket.currency:
            others.add(fill.fee_currency)
        else:
            fees += fill.fee
    return fees, sorted(others)


def _after(sign: int, fills: Sequence[Fill]) -> tuple[dict[str, Decimal | None], dict[str, int]]:
    """Mark-outs by horizon, over the fills whose mid is known, and how many are not."""
    found: dict[str, Decimal | None] = {}
    missing = {}
    for name in marks.HORIZONS:
        known = [fill for fill in fills if fill.marks.get(name) is not None]
        found[name] = _weighted(known, lambda fill, name=name: _markout(sign, fill, name))  # type: ignore[misc]
        missing[name] = len(fills) - len(known)
    return found, missing


def _markout(sign: int, fill: Fill, name: str) -> Decimal | None:
    mid = fill.marks.get(name)
    return marks.markout_bps(sign, fill.px, mid) if mid is not None else None


def _effective(sign: int, fill: Fill) -> Decimal | None:
    mid = fill.reading.mid if fill.reading is not None else None
    return marks.effective_spread_bps(sign, fill.px, mid) if mid is not None else None


def _captured(sign: int, fill: Fill) -> Decimal | None:
    reading = fill.reading
    if reading is None or reading.bid is None or reading.ask is None:
        return None
    return marks.spread_capture(sign, fill.px, reading.bid, reading.ask)


def _weighted(fills: Iterable[Fill], figure: Callable[[Fill], Decimal | None]) -> Decimal | None:
    """Notional-weighted mean over the fills for which the figure is known."""
    total = weight = ZERO
    for fill in fills:
        value = figure(fill)
        if value is not None:
            notional = fill.qty * fill.px
            total += value * notional
            weight += notional
    return total / weight if weight else None


def _latencies(orders: Iterable[Ticket]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {name: [] for name in LATENCIES}
    for order in orders:
        steps = (order.decided_wall_ns, order.sent_ns, order.acked_ns, _first_fill_ns(order))
        for name, before, after in zip(LATENCIES, steps, steps[1:], strict=False):
            if 0 < before <= after:
                found[name].append(after - before)
    return {name: tuple(values) for name, values in found.items()}


def _first_fill_ns(order: Ticket) -> int:
    return min((fill.wall_ns for fill in order.fills.values()), default=0)
