"""Two accounts over two connections: what is learned of one says nothing of the other."""

from __future__ import annotations

from decimal import Decimal

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.effects import Effect, QueryOrder, QuerySnapshot
from engine.model.enums import TradingState
from engine.model.snapshot import AccountSnapshot
from engine.orders.lost import Lost
from tests.engine.dealing import ACCOUNT, BUY, Dealing

OTHER = "A2"
NAMES = {ACCOUNT: "sim", OTHER: "sim:A2"}


def opened() -> Dealing:
    desk = Dealing()
    desk.desk.emit(f.DeskOpened("TESTDSK", "paper", ACCOUNT, "sim", "USD", "average", "", "", "0", NAMES))
    desk._take()
    return desk


def picture(desk: Dealing, account: str) -> list[Effect]:
    """The account's broker shows an empty book."""
    cash = AccountSnapshot(account, False, "USD", {"USD": Decimal(100_000)})
    return desk.give(i.BrokerSnapshot(cash, (), (), (), desk.now.wall_ns, "test"))


def both() -> Dealing:
    desk = opened()
    for name in NAMES.values():
        desk.give(p.Connected(name, desk.now.market_ns))
    for _ in range(2):
        for account in NAMES:
            picture(desk, account)
    return desk


def ready(desk: Dealing) -> set[str]:
    return {name for name, account in desk.state.accounts.items() if account.reconciled}


def test_both_are_adopted_though_their_pictures_take_turns() -> None:
    assert ready(both()) == {ACCOUNT, OTHER}


def test_a_session_asks_for_its_own_account_and_its_end_stops_that_one_alone() -> None:
    desk = both()
    desk.give(p.Disconnected("sim:A2", "gone", desk.now.market_ns))
    assert ready(desk) == {ACCOUNT}

    asked = desk.give(p.Connected("sim:A2", desk.now.market_ns))
    assert [effect.account for effect in asked if isinstance(effect, QuerySnapshot)] == [OTHER]
    assert ready(desk) == {ACCOUNT}
    assert (desk.state.brokers_up["sim"], desk.state.brokers_up["sim:A2"]) == (True, True)


def test_lost_orders_of_one_hold_up_its_comparison_and_not_the_others() -> None:
    desk = both()
    for name in NAMES.values():
        desk.give(p.Disconnected(name, "gone", desk.now.market_ns))
    desk.desk.lost["L1"] = Lost(OTHER, "IBM", 0, 1)

    asked = desk.give(p.Connected("sim", desk.now.market_ns))
    assert not [effect for effect in asked if isinstance(effect, QueryOrder)]
    picture(desk, ACCOUNT)
    assert ready(desk) == {ACCOUNT}

    asked = desk.give(p.Connected("sim:A2", desk.now.market_ns))
    assert [(effect.account, effect.cl_ord_id) for effect in asked if isinstance(effect, QueryOrder)] == [(OTHER, "L1")]
    picture(desk, OTHER)
    assert ready(desk) == {ACCOUNT}, "its lost order is not answered yet"


def test_a_brokers_clock_stops_its_own_account() -> None:
    desk = both()
    desk.give(i.SkewMoved("sim:A2", "stop", 3_000_000_000, 2_000_000_000))
    desk.give(p.Disconnected("sim:A2", "gone", desk.now.market_ns))
    desk.place(BUY, "1")
    assert desk.state.trading.get("desk", TradingState.ACTIVE) is TradingState.ACTIVE
    assert {tripped.scope for tripped in desk.state.tripped.values()} == {f"account:{OTHER}"}
