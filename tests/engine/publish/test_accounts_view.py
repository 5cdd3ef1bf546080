"""A desk with several accounts is shown as a whole, and account by account."""

from __future__ import annotations

from engine import inputs as i
from engine.model.enums import Side
from engine.model.order import OrderRequest
from engine.publish.publisher import Publisher
from engine.views import DeskView
from tests.engine.risk.seat import ACCOUNT, INSTRUMENTS, D
from tests.engine.risk.trading import Trading


def look(desk: Trading) -> DeskView:
    publisher = Publisher(desk.desk, desk.quotes, lambda ns: "regular", "SIM")
    return publisher.build(
        desk.now, watched=(), brokers=(), data_age_ns=None, data_ok=True, journal_seq=0, uptime_s=0, account=ACCOUNT
    )


def test_equity_is_told_for_the_desk_and_for_each_account_with_what_it_may_still_buy() -> None:
    desk = Trading(INSTRUMENTS, (ACCOUNT, "SECOND"))
    for account, qty in ((ACCOUNT, "100"), ("SECOND", "300")):
        desk.give(i.PlaceOrder(OrderRequest(account, "AAPL", Side.BUY, D(qty))))
        sent = desk.approved[-1]
        desk.answer(sent.cl_ord_id)
        desk.fill(desk.state.orders[sent.cl_ord_id], D(qty), D(100))
    view = look(desk)
    status = view.status
    assert (status.account, status.equity, status.desk_equity) == (ACCOUNT, D("999999"), D("1999996"))
    assert status.whole_equity == status.desk_equity
    assert [(row.account, row.equity, row.cash, row.buying_power) for row in status.accounts] == [
        (ACCOUNT, D(999_999), D(990_000), D("990000")),
        ("SECOND", D(999_997), D(970_000), D("970000")),
    ]
    meters = {row.key: row for row in view.meters}
    assert (meters["risk.max_position_pct"].label, meters["risk.max_position_pct"].value) == ("Largest AAPL", D("0.02"))
    assert (meters["risk.max_leverage"].label, meters["risk.max_leverage"].value) == ("Leverage SECOND", D("0.03"))


def test_a_desk_with_one_account_has_no_rows_of_accounts() -> None:
    status = look(Trading()).status
    assert (status.accounts, status.desk_equity, status.whole_equity) == ((), None, D(1_000_000))
