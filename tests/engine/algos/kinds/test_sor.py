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

    def __init__(
        self,
        fees: dict[str, FeeSchedule] | None = None,
        held: tuple[int, int] = (0, 0),
        money: tuple[int, int] = (1_000_000, 1_000_000),
    ) -> None:
        super().__init__(fees=fees, risk__max_position_pct="1")
        self.money = dict(zip(NAMES, map(D, money), strict=True))
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
        cash = AccountSnapshot(account, False, "USD", {"USD": self.money[account]})
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


def waiting_in_both(held: tuple[int, int] = (700, 300)) -> tuple[Two, Algo]:
    two = Two(held=held)
    for account in NAMES:
        two.quotes_at(account, "99.95", "100.05")
    algo = two.route(str(sum(held)), "101.00", SELL)
    for order in list(algo.open_children.values()):
        two.ack(order)
    assert [row[:3] for row in two.out(algo)] == [("rest A1", ACCOUNT, held[0]), ("rest A2", OTHER, held[1])]
    return two, algo


def test_a_kill_of_either_account_stops_it_and_leaves_no_child_in_the_other() -> None:
    for scope in (f"account:{OTHER}", f"account:{ACCOUNT}", "instrument:IBM", "strategy:algo1"):
        two, algo = waiting_in_both()
        two.give(i.Kill("me", "enough", "no", scope=scope))
        assert algo.status == "CANCELED"
        assert all(child.pending_cancel for child in algo.open_children.values()), scope
    beside, other = waiting_in_both()
    beside.give(i.Kill("me", "enough", "no", scope="instrument:AAPL"))
    assert other.status == "RUNNING"


def test_closing_the_position_of_one_account_pulls_what_waits_in_the_other() -> None:
    two, algo = waiting_in_both()
    two.give(i.Flatten("IBM", "me", account=OTHER))
    assert algo.status == "CANCELED"
    assert all(child.pending_cancel for child in algo.open_children.values())


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


def test_a_sale_waits_in_each_account_with_what_it_holds() -> None:
    two = Two({ACCOUNT: FeeSchedule(maker_per_unit=D("0.002")), OTHER: FeeSchedule()}, held=(700, 300))
    for account in NAMES:
        two.quotes_at(account, "99.95", "100.05")
    algo = two.route("900", "101.00", SELL)
    assert two.out(algo) == [
        ("rest A2", OTHER, 300, "101.00", "day"),
        ("rest A1", ACCOUNT, 600, "101.00", "day"),
    ]
    for order in list(algo.open_children.values()):
        two.ack(order)
    two.quotes_at(OTHER, "101.00", "101.05", bid_size=100)
    two.pass_s(2)
    assert two.child(algo, "rest A2").pending_cancel, "a bid is there, and all that A2 holds waits"
    two.give(p.Canceled(two.child(algo, "rest A2").cl_ord_id, two.now.market_ns, "", D(0)))
    assert {row[0]: row[2] for row in two.out(algo)} == {"rest A1": 600, "rest A2": 200, "take A2": 100}
    assert algo.status == "RUNNING"


def test_a_sale_of_more_than_all_accounts_have_free_is_refused() -> None:
    two = Two(held=(700, 300))
    for account in NAMES:
        two.quotes_at(account, "99.95", "100.05")
    two.place(SELL, "200", "101.50")
    spec = AlgoSpec("sor", ACCOUNT, "IBM", SELL, D(900), two.now.market_ns, 0, limit_px=D(101), accounts=(OTHER,))
    two.give(i.LaunchAlgo(spec))
    refused = [fact for fact in two.recorded if isinstance(fact, f.AlgoRefused)]
    assert [denial.code for denial in refused[-1].denials] == ["SELL_EXCEEDS_POSITION"]


def test_a_sale_whose_shares_go_missing_pauses_and_says_why() -> None:
    two = Two(held=(500, 300))
    for account in NAMES:
        two.quotes_at(account, "99.95", "100.05")
    algo = two.route("800", "101.00", SELL)
    for order in list(algo.open_children.values()):
        two.ack(order)
    rest = two.child(algo, "rest A2")
    two.give(p.Canceled(rest.cl_ord_id, two.now.market_ns, "", D(0)))
    assert algo.status == "RUNNING", "the broker may cancel a child: it is sent again"
    two.desk.emit(f.BreakFound(1, "position", OTHER, "IBM", "300", "100"))
    two.pass_s(2)
    rest = two.child(algo, "rest A2")
    assert rest.pending_cancel, "the broker has no more than 100 of them"
    two.give(p.Canceled(rest.cl_ord_id, two.now.market_ns, "", D(0)))
    assert algo.status == "PAUSED"
    assert algo.reason.startswith("SELL_EXCEEDS_POSITION: value=200 limit=0")


def test_an_account_that_is_down_is_done_without_and_what_is_out_there_stays_and_counts() -> None:
    two = Two({ACCOUNT: FeeSchedule(maker_per_unit=D("0.002")), OTHER: FeeSchedule()})
    two.quotes_at(ACCOUNT, "99.95", "100.05", ask_size=200)
    two.quotes_at(OTHER, "99.96", "100.06", ask_size=300)
    cheap = two.route("600", "99.97")
    there = two.child(cheap, "rest A2")
    two.ack(there)
    two.give(p.Disconnected(NAMES[OTHER], "reset by peer", two.now.market_ns))
    two.pass_s(3)
    two.quotes_at(ACCOUNT, "99.95", "99.97", ask_size=400)
    two.pass_s(2)
    assert not there.pending_cancel
    assert [row[2] for row in two.out(cheap)] == [600], "all of it waits there, and may be filled there"
    fresh = two.route("300", "99.97")
    assert two.out(fresh) == [("take A1", ACCOUNT, 300, "99.97", "ioc")]
    two.done(two.child(fresh, "take A1"), 100)
    assert two.out(fresh) == [("rest A1", ACCOUNT, 200, "99.97", "day")]
    two.give(p.Connected(NAMES[OTHER], two.now.market_ns))
    two.pass_s(2)
    assert [row[:3] for row in two.out(fresh)] == [("rest A1", ACCOUNT, 200)]


def test_a_purchase_is_split_by_what_each_account_can_pay() -> None:
    two = Two(money=(1_000_000, 15_000))
    two.quotes_at(ACCOUNT, "99.95", "100.05", ask_size=500)
    two.quotes_at(OTHER, "99.95", "100.00", ask_size=500)
    algo = two.route("400", "100.05")
    taken = {row[1]: row[2] for row in two.out(algo)}
    assert algo.status == "RUNNING"
    assert 140 <= taken[OTHER] < 150, "15,000 buy so many at the limit"
    assert taken[ACCOUNT] == 400 - taken[OTHER]


def test_finish_now_takes_from_each_account_what_it_holds() -> None:
    two = Two(held=(700, 300))
    for account in NAMES:
        two.quotes_at(account, "99.95", "100.05", bid_size=200)
    algo = two.route("900", "101.00", SELL)
    for order in list(algo.open_children.values()):
        two.ack(order)
    two.give(i.ControlAlgo(algo.id, "finish", user="me"))
    for order in list(algo.open_children.values()):
        two.give(p.Canceled(order.cl_ord_id, two.now.market_ns, "", D(0)))
    two.pass_s(2)
    assert {row[1]: row[2] for row in two.out(algo)} == {ACCOUNT: 700, OTHER: 200}
    assert {row[3] for row in two.out(algo)} == {"101.00"}
