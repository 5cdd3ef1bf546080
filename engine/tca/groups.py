"""Which tickets a report is of, and many of them as one row: by order, parent, algo, symbol, broker, day or tag.

Means are weighted by what was filled in money (the shortfall by the whole order at its decision price); median, p5 and
p95 are those of the single tickets, each counted once. Money of different currencies is never added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal, get_args

import msgspec

from engine.model.money import ZERO
from engine.tca.book import TcaBook
from engine.tca.marks import HORIZONS
from engine.tca.measure import LATENCIES, Measured, Present, measure
from engine.tca.summary import Percentiles, Spread, percentiles_of, spread_of
from engine.tca.tickets import Ticket

By = Literal["order", "parent", "algo", "symbol", "broker", "day", "tag"]
BYS: Final[tuple[By, ...]] = get_args(By)
BENCHMARKS: Final = ("arrival", "vwap", "vwap_with_own", "twap", "close", "pwp")
_MILLISECOND_NS: Final = 1_000_000
_NAMES: Final = MappingProxyType[str, Callable[[Measured], str]](
    {
        "algo": lambda found: found.algo,
        "symbol": lambda found: found.symbol,
        "broker": lambda found: found.broker,
        "day": lambda found: found.day,
        "tag": lambda found: found.tag,
    }
)


class Choice(msgspec.Struct, frozen=True):
    """What a report is of; "" and 0 choose nothing. `algo`: its kind, or "manual". `parent`: an algo's number. `order`:
    an order's number or its cl_ord_id."""

    day: str = ""
    symbol: str = ""
    algo: str = ""
    account: str = ""
    broker: str = ""
    parent: int = 0
    order: str = ""
    tag: str = ""

    def takes(self, ticket: Ticket) -> bool:
        """Whether the report is of this one."""
        return (
            self.day in ("", ticket.day)
            and self.symbol in ("", ticket.symbol)
            and self.algo in ("", ticket.algo)
            and self.account in ("", ticket.account)
            and self.broker in ("", ticket.broker)
            and self.tag in ("", ticket.tag)
        )


class Group(msgspec.Struct, frozen=True):
    """Some tickets as one row. Costs in money of `currency`, over those whose shortfall is known."""

    by: By
    name: str
    currency: str
    tickets: int
    orders: int
    rejected: int
    fills: int
    notional: Decimal
    fees: Decimal
    fill_rate: Decimal
    """Filled over wanted, each ticket by its money."""
    shortfall: dict[str, Decimal]
    """delay, trading, opportunity, fees and total after Kissell."""
    costed: int
    """Tickets whose shortfall is known."""
    total_bps: Spread | None
    slippage_bps: dict[str, Spread | None]
    participation: Spread | None
    markouts_bps: dict[str, Spread | None]
    effective_spread_bps: Spread | None
    spread_capture: Spread | None
    latency_ms: dict[str, Percentiles | None]

    @property
    def reject_rate(self) -> Decimal | None:
        return Decimal(self.rejected) / self.orders if self.orders else None


def measured(
    book: TcaBook, choice: Choice, by: By, now: Callable[[Ticket], Present | None] = lambda ticket: None
) -> list[Measured]:
    """The tickets of a report, oldest first: single orders (also by broker, since an algo may work at several), or
    parents with the orders that have none."""
    if by in ("order", "broker") or choice.order:
        tickets: Iterable[Ticket] = (t for t in book.tickets.values() if not t.is_parent and t.released_ns)
        if choice.parent:
            tickets = (t for t in tickets if t.parent == f"algo {choice.parent}")
        if choice.order:
            tickets = (t for t in tickets if choice.order in (t.key, str(t.no)))
    else:
        tickets = book.tops()
        if choice.parent:
            tickets = (t for t in tickets if t.is_parent and t.no == choice.parent)
    return [measure(ticket, now(ticket)) for ticket in tickets if choice.takes(ticket)]


def groups(found: Sequence[Measured], by: By) -> list[Group]:
    """One row for each name and currency, by name. `by` is none of order and parent: those are no groups."""
    name_of = _NAMES[by]
    named: dict[tuple[str, str], list[Measured]] = {}
    for one in found:
        named.setdefault((name_of(one), one.currency), []).append(one)
    return [grouped(named[key], by, key[0]) for key in sorted(named)]


def grouped(found: Sequence[Measured], by: By, name: str) -> Group:
    """Tickets of one currency as one row."""
    costed = [one for one in found if one.kissell is not None and one.outcome is not None]
    parts = {"delay": ZERO, "trading": ZERO, "opportunity": ZERO, "fees": ZERO, "total": ZERO}
    for one in costed:
        assert one.kissell is not None
        for part in parts:
            parts[part] += getattr(one.kissell, part)
    return Group(
        by,
        name,
        found[0].currency if found else "",
        len(found),
        sum(one.orders for one in found),
        sum(one.rejected for one in found),
        sum(one.fills for one in found),
        sum((one.notional for one in found), ZERO),
        sum((one.fees for one in found), ZERO),
        _fill_rate(found),
        parts,
        len(costed),
        spread_of(
            (float(one.total_bps), float(one.outcome.notional))
            for one in costed
            if one.total_bps is not None and one.outcome is not None
        ),
        {which: _spread(found, lambda one, which=which: one.slippage_bps[which]) for which in BENCHMARKS},  # type: ignore[misc]
        _spread(found, lambda one: one.participation),
        {which: _spread(found, lambda one, which=which: one.markouts_bps[which]) for which in HORIZONS},  # type: ignore[misc]
        _spread(found, lambda one: one.effective_spread_bps),
        _spread(found, lambda one: one.spread_capture),
        {step: latency_of(found, step) for step in LATENCIES},
    )


def latency_of(found: Iterable[Measured], step: str) -> Percentiles | None:
    """In milliseconds, over all orders."""
    return percentiles_of([ns / _MILLISECOND_NS for one in found for ns in one.latencies_ns[step]])


def _fill_rate(found: Iterable[Measured]) -> Decimal:
    """By money at the average (or arrival) price, so that 100 shares of one and of another count for what they are."""
    wanted = done = ZERO
    for one in found:
        px = one.avg_px or one.arrival_px or ZERO
        wanted += one.qty * px
        done += one.filled * px
    return done / wanted if wanted else ZERO


def _spread(found: Iterable[Measured], figure: Callable[[Measured], Decimal | None]) -> Spread | None:
    return spread_of(
        (float(value), float(one.notional)) for one in found if (value := figure(one)) is not None and one.notional
    )
