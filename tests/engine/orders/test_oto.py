"""Oto: the first order's fill starts the others. What holds of every group stands here as well."""

from __future__ import annotations

import msgspec

from engine import inputs as i
from engine.effects import ReplaceOrder
from tests.engine.dealing import (
    ACCOUNT,
    BROKER,
    BUY,
    SELL,
    SHORT,
    D,
    Dealing,
    only,
    submits,
)
from tests.engine.orders.grouping import Group, S, bracket, folds_alike, limit, names, stop


def test_an_oto_starts_its_child_in_another_symbol_for_the_share_that_filled() -> None:
    desk = Dealing("0").connect()
    child = msgspec.structs.replace(limit(BUY, "50", "99"), symbol="AAPL")
    group = Group(desk, "oto", limit(BUY, "100", "100"), child)
    entry, second = group.orders
    assert second.status is S.HELD
    assert desk.state.positions[ACCOUNT, "AAPL"].open_buy == 0
    desk.ack(entry)
    desk.fill(entry, "50")
    assert submits(desk.released)[-1] == (BUY, D(25))
    desk.ack(second)
    before = len(desk.released)
    desk.fill(entry, "50")
    assert [e.approved.order.qty for e in only(desk.released[before:], ReplaceOrder)] == [D(50)]


def test_an_oto_child_is_checked_again_when_it_starts() -> None:
    desk = Dealing("0", risk__max_portfolio_positions="1").connect()
    child = msgspec.structs.replace(limit(BUY, "50", "99"), symbol="AAPL")
    group = Group(desk, "oto", limit(BUY, "100", "100"), child, partial=False)
    desk.ack(group.orders[0])
    desk.fill(group.orders[0], "100")
    assert group.orders[1].status is S.DENIED
    assert "TRIGGER_DENIED" in desk.codes()


def test_a_reversal_shorts_what_was_long_when_all_of_it_is_sold() -> None:
    desk = Dealing("100").connect()
    turn = Group(desk, "oto", limit(SELL, "100", "99"), limit(SHORT, "100", "100"), partial=False)
    sale, short = turn.orders
    assert (sale.status, short.status) == (S.PENDING_NEW, S.HELD)
    desk.ack(sale)
    desk.fill(sale, "40")
    assert short.status is S.HELD
    desk.fill(sale, "60")
    assert short.status is S.PENDING_NEW
    folds_alike(desk)


def test_a_short_that_would_start_while_part_of_the_position_is_held_is_refused() -> None:
    desk = Dealing("100").connect()
    assert names(Group(desk, "oto", limit(SELL, "60", "99"), limit(SHORT, "60", "99"), partial=False).orders) == [
        S.DENIED,
        S.DENIED,
    ]
    assert names(Group(desk, "oto", limit(SELL, "100", "99"), limit(SHORT, "100", "99")).orders) == [S.DENIED] * 2


def test_a_broker_without_replace_gets_its_exits_when_the_entry_is_whole() -> None:
    desk = Dealing(able=msgspec.structs.replace(BROKER, replace=False)).connect()
    group = bracket(desk)
    entry, profit, loss = group.orders
    desk.ack(entry)
    desk.fill(entry, "40")
    assert names([profit, loss]) == [S.HELD, S.HELD]
    desk.fill(entry, "60")
    assert submits(desk.released)[-1] == (SELL, D(100))


def test_the_same_key_gives_the_same_group_back() -> None:
    desk = Dealing("100").connect()
    requests = (limit(SELL, "100", "105", client_key="K1"), stop(SELL, "100", "97"))
    first = Group(desk, "oco", *requests)
    count = len(desk.state.orders)
    desk.give(i.PlaceGroup("oco", requests))
    assert len(desk.state.orders) == count
    assert len(first.orders) == 2
