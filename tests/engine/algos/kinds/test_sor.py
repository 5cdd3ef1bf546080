"""SOR: one order over two brokers' quotes, net of their fees; what is left waits at one of them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.inputs import AlgoSpec
from engine.model.enums import TimeInForce
from engine.model.fees import FeeSchedule
from engine.model.market import Quote
from engine.model.snapshot import AccountSnapshot, PositionSnapshot
from engine.orders.order import Order
from engine.state import Algo
from tests.engine.dealing import ACCOUNT, BUY, SELL, D, Dealing

OTHER = "A2"
NAMES = {ACCOUNT: "sim", OTHER: "sim:A2"}
Out = list[tuple[str, str, int, str, str]]


class Two(Dealing):
    """Two accounts with a broker and a market each; neither fills by itself."""

    def __init__(self, fees: dict[str, FeeSchedule] | None = None, held: tuple[int, int] = (0, 0)) -> None:
        super().__init__(fees=fees, risk__max_position_pct="1")
        self.held = dict(zip(NAMES, map(D, held), strict=True))
        markets = self.desk.surroundings.venues
        assert markets is not None
        self.feeds = {account: markets.open(account) for account in NAMES}
        self.desk.emit(f.DeskOpened("TESTDSK", "paper", ACCOUNT, "sim", "USD", "average", "", "", "0", NAMES))
        self._take()
        for account in NAMES:
            self.give(p.Connected(NAMES[account], self.now.market_ns))
            for _ in range(2):
                self.show(account)

    def show(self, account: str) -> None:
        cash = AccountSnapshot(account, False, "USD", {"USD": D(1_000_000)})
        held = [PositionSnapshot(account, "IBM", self.held[account])] if self.held[account] else []
        self.give(i.BrokerSnapshot(cash, (), (), held, self.now.wall_ns, "timer"))

    def quotes_at(self, account: str, bid: str, ask: str, bid_size: int = 300, ask_size: int = 300) -> None:
        self.feeds[account](Quote("IBM", D(bid), D(ask), D(bid_size), D(ask_size), self.now.market_ns + 1_000_000))

    def route(self, qty: str, limit: str | None = None, side: object = BUY) -> Algo:
        px = D(limit) if limit is not None else None
        spec = AlgoSpec("sor", ACCOUNT, "IBM", side, D(qty), self.now.market_ns, 0, limit_px=px, accounts=(OTHER,))  # type: ignore[arg-type]
        number = self.state.next_algo_id
        self.give(i.LaunchAlgo(spec))
        assert number in self.state.algos, self.recorded[-1]
        return self.state.algos[number]

    def out(self, algo: Algo) -> Out:
        return [
            (c.request.purpose, c.account, int(c.leaves_qty), str(c.limit_px), c.request.time_in_force.value)
            for c in algo.open_children.values()
        ]

    def child(self, algo: Algo, purpose: str) -> Order:
        (found,) = algo.out_for(purpose)
        return found

    def done(self, order: Order, filled: int) -> None:
        """An immediate-or-cancel order comes back."""
        self.ack(order)
        if filled:
            execution = self.execution(order, str(filled), str(order.limit_px))
            self.give(p.Filled(msgspec.structs.replace(execution, account=order.account)))
        if order.leaves_qty:
            self.give(p.Canceled(order.cl_ord_id, self.now.market_ns, "", order.cum_qty))


def test_it_takes_the_best_prices_up_to_the_limit_and_the_rest_waits() -> None:
    desk = Two()
    desk.quotes_at(ACCOUNT, "99.95", "100.05", ask_size=200)
    desk.quotes_at(OTHER, "99.94", "100.03", ask_size=300)
    algo = desk.route("700", "100.05")
    assert desk.out(algo) == [
        ("take A2", OTHER, 300, "100.03", "ioc"),
        ("take A1", ACCOUNT, 200, "100.05", "ioc"),
        ("rest A1", ACCOUNT, 200, "100.05", "day"),
    ] or desk.out(algo)[:2] == [("take A2", OTHER, 300, "100.03", "ioc"), ("take A1", ACCOUNT, 200, "100.05", "ioc")]
    assert algo.outstanding == 700


def test_fees_decide_between_equal_prices_and_size_where_they_are_equal() -> None:
    dear = FeeSchedule(taker_per_unit=D("0.02"))
    desk = Two({ACCOUNT: dear, OTHER: FeeSchedule()})
    desk.quotes_at(ACCOUNT, "99.95", "100.04", ask_size=500)
    desk.quotes_at(OTHER, "99.95", "100.05", ask_size=500)
    assert desk.out(desk.route("300", "100.05"))[0][:3] == ("take A2", OTHER, 300)
    even = Two()
    even.quotes_at(ACCOUNT, "99.95", "100.05", ask_size=100)
    even.quotes_at(OTHER, "99.95", "100.05", ask_size=400)
    assert even.out(even.route("300", "100.05"))[0][:3] == ("take A2", OTHER, 300)


def test_the_rest_waits_where_waiting_is_cheapest_and_keeps_its_place() -> None:
    desk = Two({ACCOUNT: FeeSchedule(maker_per_unit=D("0.002")), OTHER: FeeSchedule(maker_per_unit=D("-0.001"))})
    desk.quotes_at(ACCOUNT, "99.95", "100.05")
    desk.quotes_at(OTHER, "99.95", "100.05")
    algo = desk.route("200", "99.97")
    assert desk.out(algo) == [("rest A2", OTHER, 200, "99.97", "day")]
    desk.ack(desk.child(algo, "rest A2"))
    desk.quotes_at(ACCOUNT, "99.96", "100.05")
    desk.pass_s(12)
    assert desk.out(algo) == [("rest A2", OTHER, 200, "99.97", "day")]


def test_what_a_quote_showed_and_did_not_give_is_not_asked_for_again_until_the_venue_quotes_anew() -> None:
    desk = Two()
    desk.quotes_at(ACCOUNT, "99.95", "100.05", ask_size=200)
    desk.quotes_at(OTHER, "99.95", "100.09", ask_size=200)
    algo = desk.route("200", "100.06")
    desk.done(desk.child(algo, "take A1"), 50)
    assert [row[0] for row in desk.out(algo)] in (["rest A1"], ["rest A2"])
    desk.pass_s(1.5)
    assert [row[0][:4] for row in desk.out(algo)] == ["rest"]
    waiting = next(iter(algo.open_children.values()))
    desk.quotes_at(ACCOUNT, "99.95", "100.05", ask_size=80)
    desk.pass_s(1.5)
    assert waiting.pending_cancel, "its size makes room for what can be taken"
    desk.give(p.Canceled(waiting.cl_ord_id, desk.now.market_ns, "", D(0)))
    assert sum(row[2] for row in desk.out(algo)) <= 150


def test_whatever_crosses_the_whole_is_never_exceeded() -> None:
    desk = Two()
    desk.quotes_at(ACCOUNT, "99.95", "100.05", ask_size=200)
    desk.quotes_at(OTHER, "99.95", "100.05", ask_size=200)
    algo = desk.route("500", "100.05")
    for _ in range(6):
        for order in list(algo.open_children.values()):
            desk.done(order, int(order.leaves_qty) // 2)
        desk.quotes_at(ACCOUNT, "99.95", "100.05", ask_size=60)
        desk.pass_s(2)
        assert algo.cum_qty + algo.outstanding <= 500


def test_a_sale_takes_no_more_than_each_account_holds() -> None:
    desk = Two(held=(100, 50))
    desk.quotes_at(ACCOUNT, "100.00", "100.05", bid_size=500)
    desk.quotes_at(OTHER, "100.01", "100.05", bid_size=500)
    algo = desk.route("120", "99.90", SELL)
    assert [row[:3] for row in desk.out(algo)] == [("take A2", OTHER, 50), ("take A1", ACCOUNT, 70)]


def test_without_an_immediate_or_cancel_a_take_is_pulled_after_a_while() -> None:
    desk = Two()
    able = msgspec.structs.replace(desk.able, times_in_force=frozenset({TimeInForce.DAY}))
    desk.able = able
    desk.desk.surroundings = msgspec.structs.replace(desk.desk.surroundings, capabilities=lambda account: able)
    desk.quotes_at(ACCOUNT, "99.95", "100.05", ask_size=200)
    algo = desk.route("200", "100.05")
    take = desk.child(algo, "take A1")
    assert take.request.time_in_force is TimeInForce.DAY
    desk.ack(take)
    desk.pass_s(4)
    assert take.pending_cancel


def test_a_kill_of_either_account_stops_it() -> None:
    desk = Two()
    desk.quotes_at(ACCOUNT, "99.95", "100.05")
    algo = desk.route("200", "99.00")
    desk.give(i.Kill("me", "enough", "no", scope=f"account:{OTHER}"))
    assert algo.status == "CANCELED"


def test_it_waits_for_an_account_that_is_not_compared_yet() -> None:
    desk = Two()
    desk.state.accounts[OTHER].reconciled = False
    desk.quotes_at(ACCOUNT, "99.95", "100.05")
    number = desk.state.next_algo_id
    spec = AlgoSpec("sor", ACCOUNT, "IBM", BUY, D(100), desk.now.market_ns, 0, limit_px=D("100.05"), accounts=(OTHER,))
    desk.give(i.LaunchAlgo(spec))
    assert desk.state.algos[number].open_children == {}
    assert isinstance(desk.cash, Decimal)


def test_a_sale_that_waits_makes_room_for_what_can_be_taken() -> None:
    two = Two(held=(1000, 0))
    two.quotes_at(ACCOUNT, "99.95", "100.05", bid_size=200)
    algo = two.route("1000", side=SELL)
    two.done(two.child(algo, f"take {ACCOUNT}"), 200)
    rest = two.child(algo, f"rest {ACCOUNT}")
    two.ack(rest)
    assert rest.leaves_qty == 800
    two.pass_s(3)
    two.quotes_at(ACCOUNT, "99.94", "100.04", bid_size=300)
    two.pass_s(1)
    assert rest.pending_cancel, "all that it holds waits to be sold, and a bid could be taken"
    two.give(p.Canceled(rest.cl_ord_id, two.now.market_ns, "", D(0)))
    assert two.child(algo, f"take {ACCOUNT}").leaves_qty == 300
    assert algo.cum_qty + algo.outstanding == 1000
