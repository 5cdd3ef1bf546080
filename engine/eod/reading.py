"""Reads the report of a day from a journal, beside a running desk or without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from engine import facts as f
from engine.eod.fold import DayFold
from engine.evolve import evolve
from engine.journal.codec import FactCodec
from engine.journal.folding import fold_reader
from engine.journal.place import Place
from engine.journal.reader import JournalReader
from engine.model.enums import TimeInForce
from engine.model.eod import AccountLine, BreakLine, CostLine, EodReport, HeldLine, OpenLine
from engine.model.money import CENT, ZERO
from engine.model.performance import Measure
from engine.orders.order import HELD, Order
from engine.orders.position import Position
from engine.performance.fold import Period
from engine.performance.reading import PerformanceReader
from engine.performance.targets import Targets
from engine.replay.days import Day, days_of, find_day
from engine.state import DeskState
from engine.tca.book import TcaBook
from engine.tca.groups import Choice, measured
from engine.tca.measure import Measured
from engine.tca.reading import last_seen

_BPS: Final = Decimal("0.1")
_PRICE: Final = Decimal("0.000001")
Begin = Mapping[tuple[str, str], tuple[Decimal, Decimal]]
"""(account, symbol) -> what was realised, and fees, before the day."""


def read_day(journal: Place, name: str, targets: Targets, snapshots: Sequence[Path] = ()) -> EodReport:
    """The report of the day (or replay run) called `name`; "" is the newest. Raises JournalError where the journal
    can't be trusted, NoSuchDayError where it has no such day."""
    codec = FactCodec()
    with JournalReader(journal) as reader:
        day = _day_called(days_of(reader.rows(), codec), name)
        head, state = fold_reader(reader, codec, snapshots, upto=day.first.seq - 1)
        begin = _realized(state)
        fold, book = DayFold(state), _book_of(state)
        done = False
        for facts, _ in reader.facts(codec, head):
            for stamped in facts:
                done = stamped.seq > day.last.seq
                if done:
                    break
                evolve(state, stamped.fact, stamped.recorded_ns, stamped.market_ns)
                book.apply(stamped.fact, stamped.recorded_ns, stamped.market_ns)
                fold.see(stamped)
            if done:
                break
    return _report(day, state, fold, book, begin, _targets(journal, day, targets))


def _day_called(days: Sequence[Day], name: str) -> Day:
    return find_day(days, name or (days[-1].label if days else ""))


def _targets(journal: Place, day: Day, targets: Targets) -> tuple[Measure, ...]:
    return PerformanceReader(journal, targets, Period(day.date, day.date)).read().measures


def _book_of(state: DeskState) -> TcaBook:
    """A book that knows what the desk was before the day."""
    book = TcaBook()
    if state.desk_id:
        opened = f.DeskOpened(
            state.desk_id, state.mode, state.account, state.broker, state.base_currency, state.pnl_method, "", "", "",
            dict(state.connections),
        )  # fmt: skip
        for fact in (opened, f.InstrumentsLoaded(tuple(state.instruments.values()))):
            book.apply(fact, 0, 0)
    return book


def _realized(state: DeskState) -> Begin:
    return {key: (position.realized, position.fees) for key, position in state.positions.items()}


def _report(
    day: Day, state: DeskState, fold: DayFold, book: TcaBook, begin: Begin, targets: tuple[Measure, ...]
) -> EodReport:
    held = _held(state, fold, begin)
    flows = sum((account.not_earned for account in state.accounts.values()), ZERO) - state.day_flows
    pnl = None
    if state.equity is not None and state.day_equity is not None:
        pnl = state.equity - state.day_equity - flows
    found = measured(book, Choice(), "parent", lambda ticket: last_seen(book, ticket))
    return EodReport(
        day=day.label,
        mode=day.mode,
        account=day.account,
        currency=state.base_currency,
        first_seq=day.first.seq,
        last_seq=day.last.seq,
        from_ns=day.first.market_ns,
        until_ns=day.last.market_ns,
        closed=day.closed,
        day_equity=state.day_equity,
        equity=state.equity,
        day_pnl=pnl,
        flows=flows,
        trading_state=state.desk_state[0].name,
        positions=tuple(held),
        accounts=tuple(_accounts(state, held)),
        counts=fold.counts,
        costs=tuple(_cost(one) for one in found),
        touched=fold.touched,
        events=tuple(fold.events),
        open_orders=tuple(_open(state, order) for order in state.open_orders.values() if order.is_open),
        breaks=tuple(
            BreakLine(b.no, b.kind, b.account, b.key, b.ours, b.theirs, b.since_ns, b.why)
            for b in state.breaks.values()
        ),
        comparisons=fold.comparisons,
        compared_ns=fold.compared_ns,
        breaks_found=fold.breaks_found,
        targets=targets,
    )


def _held(state: DeskState, fold: DayFold, begin: Begin) -> list[HeldLine]:
    """What is held at the end, and what was traded or made money in the day."""
    lines = []
    for key, position in sorted(state.positions.items()):
        realized, fees = begin.get(key, (ZERO, ZERO))
        bought, sold = fold.traded.get(key, (ZERO, ZERO))
        made, paid = position.realized - realized, position.fees - fees
        if position.qty or bought or sold or made or paid:
            lines.append(_held_line(state, position, made, paid, bought, sold))
    return lines


def _held_line(
    state: DeskState, position: Position, realized: Decimal, fees: Decimal, bought: Decimal, sold: Decimal
) -> HeldLine:
    mark = value = unrealized = None
    if not position.qty:
        unrealized = value = ZERO
    elif position.symbol in state.marks:
        bid, ask, _ = state.marks[position.symbol]
        mark = bid if position.qty > ZERO else ask
        value = position.qty * mark * position.multiplier
        unrealized = value - position.cost
    average = position.avg_px
    return HeldLine(
        position.account,
        position.symbol,
        position.currency,
        position.qty,
        None if average is None else average.quantize(_PRICE).normalize() + 0,
        mark,
        value,
        unrealized,
        realized,
        fees,
        bought,
        sold,
    )


def _accounts(state: DeskState, held: Sequence[HeldLine]) -> list[AccountLine]:
    lines = []
    for name, account in state.accounts.items():
        currencies = dict.fromkeys([account.currency, *(line.currency for line in held if line.account == name)])
        for currency in currencies:
            of = [line for line in held if (line.account, line.currency) == (name, currency)]
            known = all(line.unrealized is not None for line in of)
            lines.append(
                AccountLine(
                    name,
                    currency,
                    sum((line.realized for line in of), ZERO),
                    sum((line.fees for line in of), ZERO),
                    sum((line.unrealized or ZERO for line in of), ZERO) if known else None,
                    account.cash_in(currency),
                )
            )
    return lines


def _cost(one: Measured) -> CostLine:
    arrival, vwap = one.slippage_bps["arrival"], one.slippage_bps["vwap"]
    shortfall = one.kissell
    outcome = one.outcome
    total = None if shortfall is None else shortfall.total
    return CostLine(
        one.key if one.key.startswith("algo") else f"order {one.no}",
        one.algo,
        one.account,
        one.symbol,
        one.side.value,
        one.qty,
        one.filled,
        None if one.avg_px is None else one.avg_px.quantize(_PRICE).normalize() + 0,
        None if arrival is None else arrival.quantize(_BPS),
        None if vwap is None else vwap.quantize(_BPS),
        None if total is None else total.quantize(CENT),
        None if total is None or outcome is None else (total / outcome.notional * 10_000).quantize(_BPS),
        one.currency,
        one.status,
    )


def _open(state: DeskState, order: Order) -> OpenLine:
    request = order.request
    beyond = request.time_in_force is TimeInForce.GTC
    beyond = beyond or (request.expire_ns is not None and request.expire_ns > state.day_end_ns)
    side = "package" if order.legs else request.side.value
    return OpenLine(
        order.id,
        order.account,
        order.symbol,
        side,
        request.ord_type.value,
        request.time_in_force.value,
        order.leaves_qty,
        order.limit_px,
        order.stop_px,
        order.status.value,
        request.tag,
        beyond,
        order.base is HELD,
    )
