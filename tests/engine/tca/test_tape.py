"""Orders over a recorded morning, measured live and again from the journal, against a second reading of the same files.

The second implementation shares nothing with the first: it reads the CSVs row by row with `csv` and `Fraction`.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from engine import inputs as i
from engine.facts import Stamped
from engine.journal.chain import GENESIS, Chain
from engine.journal.codec import FactCodec
from engine.journal.store import decode_rows
from engine.model.enums import OrdType, Side
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution
from engine.tca.book import TcaBook
from engine.tca.marks import HORIZONS
from engine.tca.measure import Measured, measure
from tests.engine.tca.tape_desk import ACCOUNT, FEE, SECOND, TapeDesk, events_between

D, F = Decimal, Fraction
BEGIN = 1_381_154_400 * SECOND  # 2013-10-07 10:00 in New York
END = BEGIN + 42 * 60 * SECOND
CLOSE = BEGIN + 41 * 60 * SECOND
#: Sale conditions that are no volume: README of the data and engine.market.tape_rows, written down a second time.
NEVER = 0x100000 | 0x200 | 0x4000 | 0x800 | 2 | 4 | 8 | 0x40000 | 0x2000000 | 0x4000000 | 0x1000000
EXTENDED = 0x400 | 0x2000


class Tape:
    """The files of a day as lists of (ns, ...), only what lies in the session."""

    def __init__(self, data: Path, symbol: str, day: str) -> None:
        self.mids = [
            (ns(row["ts_utc"]), (F(row["bid"]) + F(row["ask"])) / 2)
            for row in rows(data / "equities/quotes_1s" / f"{symbol}_{day}.csv.gz")
            if 0 < F(row["bid"]) < F(row["ask"])
        ]
        self.prints = [
            (ns(row["ts_utc"]), F(row["size"]), F(row["price"]))
            for row in rows(data / "equities/trades_tick" / f"{symbol}_{day}.csv.gz")
            if row["suspicious"] == "0" and not int(row["conditions_hex"], 16) & (NEVER | EXTENDED)
        ]

    def mid(self, at: int) -> Fraction:
        return next(mid for ts, mid in reversed(self.mids) if ts <= at)

    def traded(self, after: int, until: int) -> list[tuple[Fraction, Fraction]]:
        return [(size, px) for ts, size, px in self.prints if after < ts <= until]

    def twap(self, after: int, until: int) -> Fraction:
        seconds = range(after // SECOND + 1, until // SECOND + 1)
        mids = [self.mid(second * SECOND) for second in seconds]
        return sum(mids, F(0)) / len(mids)

    def pwp(self, after: int, wanted: Fraction) -> Fraction:
        left, paid = wanted, F(0)
        for size, px in self.traded(after, 2**63):
            part = min(size, left)
            paid, left = paid + part * px, left - part
            if not left:
                return paid / wanted
        raise AssertionError("not enough traded")


def rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            if "T13:59" <= row["ts_utc"][10:16] <= "T14:42":
                yield row


def ns(text: str) -> int:
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return int(datetime.fromisoformat(f"{seconds}+00:00").timestamp()) * SECOND + int(fraction.ljust(9, "0"))


def vwap(prints: list[tuple[Fraction, Fraction]]) -> Fraction:
    return sum((size * px for size, px in prints), F(0)) / sum((size for size, _ in prints), F(0))


def same(found: Decimal | None, wanted: Fraction | None) -> None:
    """Equal as far as a Decimal of 28 digits can say it."""
    if found is None or wanted is None:
        assert found is wanted
    else:
        assert abs(F(found) - wanted) < F(1, 10**15), (found, float(wanted))


class Morning:
    """What was traded, live and as a later process reads it."""

    def __init__(self, data: Path) -> None:
        desk = TapeDesk("IBM", events_between(data, "IBM", "20131007", BEGIN, END), close_ns=CLOSE)
        desk.play(BEGIN + 10 * SECOND + 1)
        desk.give(i.PlaceOrder(OrderRequest(ACCOUNT, "IBM", Side.BUY, D(300), OrdType.LIMIT, D(190))))
        desk.play(BEGIN + 30 * SECOND)
        # Far from the market: works, fills nothing, is cancelled.
        desk.give(i.PlaceOrder(OrderRequest(ACCOUNT, "IBM", Side.SELL, D(100), OrdType.LIMIT, D("182.90"))))
        self.passive = list(desk.desk.state.by_id.values())[-1]
        desk.play(BEGIN + 60 * SECOND)
        twap = i.AlgoSpec("twap", ACCOUNT, "IBM", Side.BUY, D(2000), BEGIN + 120 * SECOND, BEGIN + 600 * SECOND, 8)
        desk.give(i.LaunchAlgo(twap))
        desk.play(BEGIN + 200 * SECOND + 17)
        self.cancelled_ns = desk.now.market_ns
        if self.passive.is_open:
            desk.give(i.CancelOrders(i.CancelSelector(ids=(self.passive.id,)), "me"))
        desk.play(BEGIN + 240 * SECOND)
        desk.give(i.PlaceOrder(OrderRequest(ACCOUNT, "IBM", Side.SELL, D(150), OrdType.LIMIT, D(180))))
        self.sale = list(desk.desk.state.by_id.values())[-1]
        desk.play(END)
        desk.desk.close("test", desk.now)
        desk._settle()
        self.live = {ticket.key: measure(ticket) for ticket in desk.desk.tca.book.tickets.values()}
        self.executions = [fact.execution for fact in desk.executions()]
        self.decided = {t.key: t.decided_ns for t in desk.desk.tca.book.tickets.values()}
        stamped = [Stamped(n, wall, market, fact) for n, (wall, market, fact) in enumerate(desk.stamped, 1)]
        codec = FactCodec()
        journal = Chain(codec, GENESIS).stamp(stamped)
        book = TcaBook()
        for fact in decode_rows("test", codec, GENESIS, journal):
            book.apply(fact.fact, fact.recorded_ns, fact.market_ns)
        self.later = {ticket.key: measure(ticket) for ticket in book.tickets.values()}

    def fills_of(self, key: str) -> list[Execution]:
        if key.startswith("algo"):
            tops = {k for k, m in self.live.items() if m.parent == key}
            return [e for e in self.executions if e.cl_ord_id in tops]
        return [e for e in self.executions if e.cl_ord_id == key]


@pytest.fixture(scope="module")
def morning(shared_data: Path) -> Morning:
    return Morning(shared_data)


@pytest.fixture(scope="module")
def tape(shared_data: Path) -> Tape:
    return Tape(shared_data, "IBM", "20131007")


def test_a_later_process_reads_the_same_from_the_journal(morning: Morning) -> None:
    assert morning.later == morning.live
    assert len(morning.live) == 12  # three orders, an algo and its eight children
    assert [m.status for m in morning.live.values()].count("canceled") == 1


def test_every_benchmark_is_what_the_files_say(morning: Morning, tape: Tape) -> None:
    for key, found in morning.live.items():
        fills = morning.fills_of(key)
        begin = found.begun_ns
        assert begin == (BEGIN + 120 * SECOND if key == "algo 1" else morning.decided[key])
        complete = sum(e.last_qty for e in fills) == found.qty
        until = max(e.ts_ns for e in fills) if complete else morning.cancelled_ns
        assert found.until_ns == until
        same(found.arrival_px, tape.mid(begin))
        own = [(F(e.last_qty), F(e.last_px)) for e in fills]
        market = tape.traded(begin, until)
        same(found.vwap, vwap(market) if market else None)
        same(found.vwap_with_own, vwap(market + own) if market or own else None)
        if until // SECOND > begin // SECOND:
            same(found.twap, tape.twap(begin, until))
        total = sum((size for size, _ in market + own), F(0))
        if total:
            same(found.participation, sum((q for q, _ in own), F(0)) / total)
        if not found.parent:
            same(found.pwp, tape.pwp(begin, F(found.qty) * 5))


def test_slippage_and_shortfall_follow_from_them(morning: Morning, tape: Tape) -> None:
    for key, found in morning.live.items():
        fills = morning.fills_of(key)
        sign = 1 if found.side is Side.BUY else -1
        qty, filled = F(found.qty), sum((F(e.last_qty) for e in fills), F(0))
        paid = sum((F(e.last_qty) * F(e.last_px) for e in fills), F(0))
        decision = tape.mid(BEGIN + 60 * SECOND) if key == "algo 1" else tape.mid(found.begun_ns)
        arrival = tape.mid(found.begun_ns)
        end = tape.mid(morning.cancelled_ns) if filled < qty else F(0)
        assert found.kissell is not None
        same(found.kissell.delay, sign * qty * (arrival - decision))
        same(found.kissell.trading, sign * (paid - filled * arrival))
        same(found.kissell.opportunity, sign * (qty - filled) * (end - arrival))
        same(found.kissell.fees, filled * F(FEE))
        same(found.total_bps, F(found.kissell.total) / (qty * decision) * 10_000)
        if filled:
            same(found.slippage_bps["arrival"], sign * (paid / filled - arrival) / arrival * 10_000)
            if found.vwap is not None:
                same(found.slippage_bps["vwap"], sign * (paid / filled - F(found.vwap)) / F(found.vwap) * 10_000)


def test_the_close_of_an_algo_is_its_windows_end_and_of_an_order_the_sessions(morning: Morning, tape: Tape) -> None:
    for key, found in morning.live.items():
        if key == "algo 1":
            same(found.close_px, tape.mid(BEGIN + 600 * SECOND))
        elif found.filled == found.qty:
            same(found.close_px, tape.mid(CLOSE))
        else:
            same(found.close_px, tape.mid(morning.cancelled_ns))


def test_marks_after_fills_are_the_mids_of_then(morning: Morning, tape: Tape) -> None:
    for key in ("algo 1", morning.sale.cl_ord_id):
        found, fills = morning.live[key], morning.fills_of(key)
        sign = 1 if found.side is Side.BUY else -1
        for name, after in HORIZONS.items():
            known = [e for e in fills if e.ts_ns + after < END - SECOND]
            assert found.marks_missing[name] == len(fills) - len(known)
            weight = sum((F(e.last_qty) * F(e.last_px) for e in known), F(0))
            total = sum(
                (sign * (tape.mid(e.ts_ns + after) - F(e.last_px)) * F(e.last_qty) * 10_000 for e in known), F(0)
            )
            same(found.markouts_bps[name], total / weight if weight else None)
        weight = sum((F(e.last_qty) * F(e.last_px) for e in fills), F(0))
        paid = [2 * sign * (F(e.last_px) - tape.mid(e.ts_ns)) / tape.mid(e.ts_ns) * 10_000 for e in fills]
        each = zip(paid, fills, strict=True)
        same(found.effective_spread_bps, sum((p * F(e.last_qty) * F(e.last_px) for p, e in each), F(0)) / weight)


def test_latencies_are_of_the_wall_clock(morning: Morning) -> None:
    found = morning.live["algo 1"]
    assert found.orders == 8
    assert all(len(values) == 8 for values in found.latencies_ns.values())
    assert set(found.latencies_ns["decision_to_send"]) == {500}


def test_children_are_measured_too_and_sum_to_their_parent(morning: Morning) -> None:
    children = [m for m in morning.live.values() if m.parent == "algo 1"]
    whole: Measured = morning.live["algo 1"]
    assert sum(m.filled for m in children) == whole.filled == 2000
    assert sum(m.fees for m in children) == whole.fees
    assert all(m.slippage_bps["arrival"] is not None for m in children)
    assert {m.algo for m in children} == {"twap"}
