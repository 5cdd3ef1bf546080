"""Rows of the pane of costs, from the recorder's book. Measuring takes a while, so that a view measures one ticket at
most, the one that waits longest; what has ended and is known in full is measured once."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice
from typing import Final

from engine.desk import Desk
from engine.inputs import Now
from engine.model.money import CENT, MONEY_STEP
from engine.publish.rows import PRICE_STEP, tick_of
from engine.tca.groups import BENCHMARKS
from engine.tca.marks import HORIZONS
from engine.tca.measure import LATENCIES, Measured, measure
from engine.tca.summary import percentiles_of
from engine.tca.tickets import Ticket
from engine.views import CostRow

MOST: Final = 200
_SECOND_NS: Final = 1_000_000_000
_TENTH: Final = Decimal("0.1")
#: A parent of so many fills is measured a second later each time.
_FILLS_A_SECOND: Final = 100


class CostRows:
    """Keeps the rows built last time, to give the same objects again."""

    def __init__(self) -> None:
        self._rows: dict[str, CostRow] = {}
        self._due: dict[str, int] = {}
        """When (wall ns) a ticket is to be measured again; absent: it is known in full."""
        self._looked = (-1, -1)
        self._shown: tuple[CostRow, ...] = ()

    def rows(self, desk: Desk, now: Now) -> tuple[CostRow, ...]:
        """Newest first."""
        recorder = desk.tca
        look = (recorder.changes, now.wall_ns // _SECOND_NS)
        if look != self._looked:
            self._looked = look
            self._take_stock(desk, now)
        waiting = [(due, key) for key, due in self._due.items() if due <= now.wall_ns]
        if waiting:
            ticket = recorder.book.tickets[min(waiting)[1]]
            self._measure(desk, ticket, now)
        return self._shown

    def _take_stock(self, desk: Desk, now: Now) -> None:
        """Which tickets there are; those that can still change are to be measured."""
        tickets = {t.key: t for t in islice((t for t in reversed(desk.tca.book.tickets.values()) if _is_top(t)), MOST)}
        self._rows = {key: row for key, row in self._rows.items() if key in tickets}
        self._due = {key: due for key, due in self._due.items() if key in tickets}
        for key, ticket in tickets.items():
            row = self._rows.get(key)
            if row is None:
                self._due.setdefault(key, now.wall_ns)
            elif key not in self._due and row.fills != sum(len(order.fills) for order in ticket.orders):
                self._due[key] = now.wall_ns  # a bust, or a fill after its end
        self._shown = tuple(self._rows[key] for key in tickets if key in self._rows)

    def _measure(self, desk: Desk, ticket: Ticket, now: Now) -> None:
        present = desk.tca.present(ticket, now.market_ns) if not ticket.ended else None
        found = measure(ticket, present)
        row = _row(found, tick_of(desk.state, ticket.symbol))
        old = self._rows.get(ticket.key)
        if row != old:
            self._rows[ticket.key] = row
            self._shown = tuple(row if each is old else each for each in self._shown)
            if old is None:
                self._looked = (-1, -1)
        if _known_in_full(ticket, found):
            self._due.pop(ticket.key, None)
        else:
            self._due[ticket.key] = now.wall_ns + _SECOND_NS * (1 + found.fills // _FILLS_A_SECOND)


def _is_top(ticket: Ticket) -> bool:
    return not ticket.parent and bool(ticket.released_ns)


def _known_in_full(ticket: Ticket, found: Measured) -> bool:
    """Nothing that could still come changes its row."""
    if not ticket.ended or ticket.pwp is None or (ticket.horizon is None and found.filled >= found.qty):
        return False
    return all(len(fill.marks) == len(HORIZONS) for fill in ticket.all_fills)


def _row(found: Measured, tick: Decimal) -> CostRow:
    parts = found.kissell
    return CostRow(
        found.key,
        found.no,
        found.algo,
        found.account,
        found.symbol,
        found.side,
        found.qty,
        found.filled,
        _price(found.avg_px),
        found.arrival_px,
        _price(found.vwap),
        _price(found.twap),
        found.close_px,
        _price(found.pwp),
        {name: _bps(found.slippage_bps[name]) for name in BENCHMARKS},
        _money(parts.total) if parts is not None else None,
        tuple((name, _money(getattr(parts, name))) for name in parts.__struct_fields__) if parts is not None else (),
        _bps(found.total_bps),
        found.participation.quantize(Decimal("0.0001")) if found.participation is not None else None,
        tuple((name, _bps(found.markouts_bps[name])) for name in HORIZONS),
        _bps(found.effective_spread_bps),
        found.fills,
        found.orders,
        found.rejected,
        tuple((step, _median_ms(found.latencies_ns[step])) for step in LATENCIES),
        found.status,
        found.final,
        found.currency,
        tick,
        found.notes,
    )


def _bps(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(_TENTH)


def _price(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(PRICE_STEP)


def _money(value: Decimal) -> Decimal:
    """With cents, or with as many digits as it needs."""
    cents = value.quantize(CENT)
    return cents if cents == value else value.quantize(MONEY_STEP)


def _median_ms(values: tuple[int, ...]) -> Decimal | None:
    found = percentiles_of([ns / 1_000_000 for ns in values])
    return None if found is None else Decimal(repr(found.p50)).quantize(Decimal("0.001"))
