"""Whatever happens in whatever order: the books balance, nothing is filled twice, worse, or beyond the display."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from engine.market.matching import FillConfig
from engine.market.matching.ladder import Ladder, QueueLadder
from engine.market.matching.order import PaperOrder
from engine.model.enums import LiquidityFlag, OrdStatus, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.order import BrokerOrder
from engine.model.snapshot import Execution
from engine.protocol import Replaced, Report
from tests.engine.market.matching.desk import ACCOUNT, OPENING, Desk, executions

TICK = Decimal("0.01")


class Quoted(NamedTuple):
    bid: int
    spread: int
    bid_size: int | None
    ask_size: int | None


class Printed(NamedTuple):
    at: int
    size: int
    eligible: bool


class Ordered(NamedTuple):
    side: Side
    qty: int
    ord_type: OrdType
    tif: TimeInForce
    limit: int
    stop: int


class Canceled(NamedTuple):
    number: int


class Changed(NamedTuple):
    number: int
    qty: int
    limit: int


Action = Quoted | Printed | Ordered | Canceled | Changed

ticks = st.integers(9_997, 10_003)
sizes = st.sampled_from([None, 0, 50, 50, 200])
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(Quoted, st.integers(9_999, 10_001), st.integers(-1, 2), sizes, sizes),
    st.builds(Printed, ticks, st.integers(1, 300), st.booleans()),
    st.builds(
        Ordered,
        st.sampled_from(Side),
        st.integers(1, 400),
        st.sampled_from(OrdType),
        st.sampled_from([TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]),
        ticks,
        ticks,
    ),
    st.builds(Canceled, st.integers(1, 12)),
    st.builds(Changed, st.integers(1, 12), st.integers(1, 400), ticks),
)
#: Long enough to fill something: a short list of anything seldom does.
scripts = st.lists(actions, min_size=15, max_size=60)
configs = st.builds(
    FillConfig,
    slippage_bps=st.sampled_from([Decimal(0), Decimal("1.5")]),
    commission_per_share=st.sampled_from([Decimal(0), Decimal("0.0035")]),
    commission_bps=st.sampled_from([Decimal(0), Decimal("0.7")]),
    commission_min=st.sampled_from([Decimal(0), Decimal("0.35")]),
    limit_fill_prob=st.sampled_from([Decimal(1), Decimal("0.4")]),
    default_display=st.just(Decimal(120)),
)


def at(number: int) -> str:
    return f"{number * TICK:f}"


class Script:
    """Plays actions on a desk; order n of the script is always `cN`, whatever else is sent."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sent = 0
        self.newest: dict[int, str] = {}

    def play(self, action: Action) -> list[Report]:
        desk = self.desk
        match action:
            case Quoted(bid, spread, bid_size, ask_size):
                return desk.quote(at(bid), at(bid + spread), bid_size, ask_size)
            case Printed(price, size, eligible):
                return desk.trade(at(price), size, eligible=eligible)
            case Ordered(side, qty, ord_type, tif, limit, stop):
                self.sent += 1
                self.newest[self.sent] = f"c{self.sent}"
                return desk.send(
                    BrokerOrder(
                        f"c{self.sent}",
                        ACCOUNT,
                        desk.symbol,
                        side,
                        Decimal(qty),
                        ord_type,
                        tif,
                        Decimal(at(limit)) if ord_type.needs_limit else None,
                        Decimal(at(stop)) if ord_type.needs_stop else None,
                    )
                )
            case Canceled(number):
                return desk.cancel(self.newest.get(number, "nobody"))
            case Changed(number, qty, limit):
                orig = self.newest.get(number, "nobody")
                order = desk.exchange.open_order(orig)
                new_limit = at(limit) if order is not None and order.ord_type.needs_limit else None
                reports = desk.replace(orig, f"{orig}x{desk.now_ns}", qty, new_limit)
                for report in reports:
                    if isinstance(report, Replaced):
                        self.newest[number] = report.cl_ord_id
                return reports


class Auditor:
    """An independent account of what a script may do, from the tape and the reports alone."""

    def __init__(self, config: FillConfig) -> None:
        self.config = config
        self.shown: dict[Literal["bid", "ask"], tuple[Decimal, int | None]] = {}
        self.left: dict[Literal["bid", "ask"], Decimal] = {"bid": Decimal(0), "ask": Decimal(0)}

    def check(self, action: Action, fills: Sequence[Execution]) -> None:
        printed = Decimal(0)
        if isinstance(action, Quoted) and action.spread > 0:
            self._display("bid", at(action.bid), action.bid_size)
            self._display("ask", at(action.bid + action.spread), action.ask_size)
        if isinstance(action, Quoted) and action.spread <= 0:
            assert not fills, "an irregular quote filled"
        if isinstance(action, Printed):
            printed = Decimal(action.size if action.eligible else 0)
        for fill in fills:
            if isinstance(action, Printed) and fill.liquidity is LiquidityFlag.MAKER:
                printed -= fill.last_qty
                assert printed >= 0, "more was filled than printed"
            else:
                side: Literal["bid", "ask"] = "ask" if fill.side.is_buy else "bid"
                self.left[side] -= fill.last_qty
                assert self.left[side] >= 0, "more was filled than displayed"

    def _display(self, side: Literal["bid", "ask"], price: str, size: int | None) -> None:
        shown = (Decimal(price), size)
        if size is None or self.shown.get(side) != shown:
            self.left[side] = self.config.default_display if size is None else Decimal(size)
        self.shown[side] = shown


@given(configs, scripts)
def test_nothing_fills_beyond_the_display_and_the_prints(config: FillConfig, script: list[Action]) -> None:
    player, auditor = Script(Desk(config)), Auditor(config)
    for action in script:
        auditor.check(action, executions(player.play(action)))


@given(configs, scripts, st.sampled_from([Decimal(1), Decimal(50)]))
def test_cash_and_positions_balance_with_the_executions_to_the_last_digit(
    config: FillConfig, script: list[Action], multiplier: Decimal
) -> None:
    desk = Desk(config, instruments=[Instrument("IBM", multiplier=multiplier)])
    player = Script(desk)
    for action in script:
        player.play(action)
        ledger = desk.exchange.ledger
        signed = [(e.last_qty * e.side.sign, e.last_px) for e in desk.executions]
        fees = sum((e.fee for e in desk.executions), Decimal(0))
        assert ledger.cash["USD"] == OPENING - sum(q * p * multiplier for q, p in signed) - fees
        assert desk.position == sum(q for q, _ in signed)
        for position in ledger.positions.values():
            assert ledger.cash["USD"] == OPENING + position.realized - position.cost - fees
            assert position.qty or not position.cost
    assert len({e.exec_id for e in desk.executions}) == len(desk.executions)


@given(configs, scripts)
def test_no_order_fills_beyond_its_quantity_or_worse_than_its_limit(config: FillConfig, script: list[Action]) -> None:
    desk = Desk(config)
    player = Script(desk)
    limits: dict[str, Decimal | None] = {}
    for action in script:
        reports = player.play(action)
        if isinstance(action, Ordered):
            limits[f"c{player.sent}"] = Decimal(at(action.limit)) if action.ord_type.needs_limit else None
        for report in reports:
            if isinstance(report, Replaced):
                limits[report.cl_ord_id] = report.limit_px
        for fill in executions(reports):
            limit = limits[fill.cl_ord_id]
            if limit is not None:
                assert fill.last_px <= limit if fill.side.is_buy else fill.last_px >= limit
        for order in desk.exchange.open_orders():
            assert 0 <= order.cum_qty < order.qty
            expected = OrdStatus.PARTIALLY_FILLED if order.cum_qty else OrdStatus.NEW
            assert order.status is expected
            done = [e.last_qty for e in desk.executions if e.order_id == order.order_id]
            assert order.cum_qty == sum(done)
        changes = desk.exchange.take_changes()
        if changes is not None:
            assert all(order.cum_qty <= order.qty for order in changes.orders.values())


@given(scripts, st.lists(st.integers(1, 500), max_size=20))
def test_orders_that_can_t_match_change_nothing_for_the_others(script: list[Action], far: list[int]) -> None:
    def play(extra: Sequence[int]) -> list[tuple[str, Decimal, Decimal, int]]:
        desk = Desk(FillConfig(default_display=Decimal(120)))
        player = Script(desk)
        for number, distance in enumerate(extra):
            low, high = at(9_000 - distance), at(11_000 + distance)
            for side, limit in ((Side.BUY, low), (Side.SELL, high)):
                order = desk.order(side, 10, limit, cl_ord_id=f"far{number}{side.value[0]}")
                desk.exchange.submit(order, 0)
            for side, stop in ((Side.SELL, low), (Side.BUY, high)):
                order = desk.order(side, 10, stop=stop, cl_ord_id=f"farstop{number}{side.value[0]}")
                desk.exchange.submit(order, 0)
        for action in script:
            player.play(action)
        return [(e.cl_ord_id, e.last_qty, e.last_px, e.ts_ns) for e in desk.executions]

    assert play(far) == play([])


@given(configs, scripts)
def test_equal_inputs_and_seeds_give_equal_reports(config: FillConfig, script: list[Action]) -> None:
    def play() -> list[Report]:
        player = Script(Desk(config, seed=7))
        for action in script:
            player.play(action)
        return player.desk.reports

    assert play() == play()


def waiting(seq: int, key: int) -> PaperOrder:
    return PaperOrder(
        seq,
        f"O{seq}",
        f"c{seq}",
        f"c{seq}",
        ACCOUNT,
        "IBM",
        Side.BUY,
        OrdType.LIMIT,
        TimeInForce.DAY,
        Decimal(1),
        Decimal(key),
        None,
        0,
        0,
        0,
        key=Decimal(key),
    )


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 8)), max_size=60), st.integers(0, 9))
def test_a_ladder_is_a_list_sorted_by_price_and_arrival(steps: list[tuple[bool, int]], limit: int) -> None:
    ladder, model = Ladder(), list[PaperOrder]()
    for seq, (adds, value) in enumerate(steps):
        if adds or not model:
            order = waiting(seq, value)
            ladder.add(order)
            model.append(order)
        else:
            ladder.remove(model.pop(value % len(model)))
        model.sort(key=lambda order: (-order.key, order.seq))
        assert list(ladder) == model
        assert ladder.from_best(Decimal(limit)) == [order for order in model if order.key >= limit]
        assert {o.seq for o in ladder.below(Decimal(limit))} == {o.seq for o in model if o.key < limit}
        if model:
            assert ladder.best() is model[0]
            assert ladder.keys[-1] == model[0].key


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("join"), st.integers(1, 6), st.integers(0, 500)),
            st.tuples(st.just("quote"), st.integers(1, 6), st.integers(0, 500)),
            st.tuples(st.just("leave"), st.integers(0, 20), st.just(0)),
        ),
        max_size=50,
    )
)
def test_queue_estimates_follow_the_rule_applied_to_every_order(steps: list[tuple[str, int, int]]) -> None:
    ladder, model = QueueLadder(), dict[int, tuple[PaperOrder, Decimal | None]]()
    touch, shown = Decimal(3), Decimal(100)
    for seq, (what, value, size) in enumerate(steps):
        if what == "join":
            order = waiting(seq, value)
            ladder.join(order, touch, shown)
            ahead = None if value < touch else (shown if value == touch else Decimal(0))
            model[seq] = order, ahead
        elif what == "quote":
            touch, shown = Decimal(value), Decimal(size)
            ladder.observe(touch, shown)
            for number, (order, ahead) in model.items():
                if order.key > touch:
                    model[number] = order, Decimal(0)
                elif order.key == touch and (ahead is None or ahead > shown):
                    model[number] = order, shown
        elif model:
            number = list(model)[value % len(model)]
            ladder.remove(model.pop(number)[0])
        assert [(o.seq, o.ahead) for o, _ in model.values()] == [(n, a) for n, (_, a) in model.items()]
