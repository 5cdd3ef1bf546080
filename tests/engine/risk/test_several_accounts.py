"""Limits in a desk with several accounts: the desk's hold over the sum of all, an account's over that account. Each
passes at the limit, refuses one step beyond, and on what is missing or stale in the other account."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine import facts as f
from engine.model.instrument import Instrument
from engine.model.order import OrderRequest
from engine.risk import books as kept_books
from tests.engine.risk.seat import ACCOUNT, SECOND, D, Seat, buy, sell, short
from tests.engine.risk.test_money import UP, days, seat_of

OTHER = "SECOND"


def of_two(history: dict[str, Any] | None = None, **limits: str) -> Seat:
    """A million in each of two accounts; everything but what a test names is off."""
    seat = seat_of(history, max_portfolio_positions=limits.pop("max_portfolio_positions", "off"), **limits)
    open_second(seat)
    return seat


def open_second(seat: Seat, currency: str = "USD") -> None:
    seat.tell(f.AccountAdopted(OTHER, currency, D(1_000_000)), f.Reconciled(OTHER, 0, 0))


def there(request: OrderRequest) -> OrderRequest:
    return msgspec.structs.replace(request, account=OTHER)


def hold_there(seat: Seat, symbol: str, qty: str) -> None:
    seat.tell(f.PositionAdopted(OTHER, symbol, D(qty), D(100)))


@pytest.fixture(params=["walked", "kept"])
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """By walking through the accounts, and by their kept sums."""
    monkeypatch.setattr(kept_books, "FEW", -1 if request.param == "kept" else 10**9)


pytestmark = pytest.mark.usefixtures("_both_ways")


def test_the_quantity_of_a_position_is_that_of_all_accounts() -> None:
    seat = of_two(max_position_qty="500")
    hold_there(seat, "AAPL", "100")
    seat.send(there(buy("150", limit="90.00")))
    assert seat.codes(buy("250", limit="100.00")) == []
    found = seat.denial("MAX_POSITION_QTY", buy("251", limit="100.00"))
    assert (found.value, found.limit, found.scope) == ("501", "500", "AAPL")
    assert "all accounts together" in found.message


def test_a_short_in_another_account_makes_no_room_because_it_may_be_closed_alone() -> None:
    seat = of_two(max_position_qty="500")
    hold_there(seat, "AAPL", "-400")
    assert seat.codes(buy("500", limit="100.00")) == []
    assert seat.codes(buy("501", limit="100.00")) == ["MAX_POSITION_QTY"]
    assert seat.codes(short("100", limit="100.00")) == []
    assert seat.codes(short("101", limit="100.00")) == ["MAX_POSITION_QTY"]


def test_what_only_reduces_its_account_passes_however_much_the_others_hold() -> None:
    seat = of_two(max_position_qty="500", max_position_notional="1000", max_gross_exposure="0.01")
    hold_there(seat, "AAPL", "900")
    seat.hold("AAPL", "100")
    seat.hold("MSFT", "-100")
    assert seat.codes(sell("100", limit="100.00")) == []
    assert seat.codes(buy("100", "MSFT", limit="100.00")) == []


def test_the_money_of_a_position_is_that_of_all_accounts() -> None:
    seat = of_two(max_position_notional="50000")
    seat.send(there(buy("300", limit="100.00")))
    assert seat.codes(buy("200", limit="100.00")) == []
    assert seat.denial("MAX_POSITION_NOTIONAL", buy("200", limit="100.01")).value == "50002"


def test_a_share_of_equity_is_of_the_equity_of_all_accounts() -> None:
    seat = of_two(max_position_pct="0.10", warn_position_pct="0.05")
    seat.send(there(buy("1000", limit="100.00")))
    assert seat.codes(buy("1000", limit="100.00", accept_soft=True)) == []
    assert seat.codes(buy("1001", limit="100.00", accept_soft=True)) == ["MAX_POSITION_PCT"]
    assert seat.codes(buy("1", limit="100.00")) == ["WARN_POSITION_PCT"]


def test_an_accounts_own_limit_is_of_that_account_alone() -> None:
    seat = of_two(**{f"account:{OTHER}/max_position_qty": "300", f"account:{OTHER}/max_position_pct": "0.02"})
    seat.hold("AAPL", "5000")
    assert seat.codes(there(buy("200", limit="100.00"))) == []
    found = seat.denial("MAX_POSITION_PCT", there(buy("201", limit="100.00")))
    assert (found.scope, found.limit) == (f"account:{OTHER}", "0.02")
    assert seat.codes(there(buy("301", limit="50.00"))) == ["MAX_POSITION_QTY"]
    assert seat.codes(buy("301", limit="100.00")) == []


def test_an_instruments_limit_is_of_all_accounts_and_a_users_of_the_orders_account() -> None:
    seat = of_two(**{"instrument:AAPL/max_position_qty": "500", "user:alice/max_position_qty": "300"})
    hold_there(seat, "AAPL", "400")
    assert seat.codes(buy("100", limit="100.00")) == []
    assert seat.denial("MAX_POSITION_QTY", buy("101", limit="100.00")).scope == "instrument:AAPL"
    assert seat.codes(buy("100", limit="100.00", user="alice")) == []
    assert seat.codes(buy("301", "MSFT", limit="100.00", user="alice")) == ["MAX_POSITION_QTY"]


def test_gross_and_net_are_added_up_over_the_accounts() -> None:
    seat = of_two(max_gross_exposure="0.2", max_net_exposure="0.15")
    seat.send(there(buy("2000", limit="100.00")))
    seat.send(there(short("1000", "XOM", limit="100.00")))
    # 2,000,000 of equity: 300,000 net, 400,000 gross
    assert seat.codes(buy("1000", "MSFT", limit="100.00")) == []
    found = seat.denial("MAX_NET_EXPOSURE", buy("1000", "MSFT", limit="100.01"))
    assert (found.value, found.scope) == ("0.150005", "desk")
    assert seat.codes(short("1001", "MSFT", limit="100.00")) == ["MAX_GROSS_EXPOSURE"]
    assert seat.codes(short("1000", "MSFT", limit="100.00")) == []


def test_a_sector_is_added_up_over_the_accounts() -> None:
    seat = of_two(max_sector_exposure="0.10")
    seat.send(there(buy("1500", "MSFT", limit="100.00")))
    assert seat.codes(buy("500", limit="100.00")) == []
    assert seat.denial("MAX_SECTOR_EXPOSURE", buy("501", limit="100.00")).scope == "Tech"
    assert seat.codes(buy("2000", "XOM", limit="100.00")) == []


def test_positions_are_counted_in_every_account() -> None:
    seat = of_two(max_portfolio_positions="3", **{f"account:{OTHER}/max_portfolio_positions": "2"})
    hold_there(seat, "AAPL", "1")
    seat.hold("AAPL", "1")
    assert seat.codes(there(buy("1", "MSFT", limit="100.00"))) == []
    seat.send(there(buy("1", "MSFT", limit="100.00")))
    found = seat.denial("MAX_PORTFOLIO_POSITIONS", buy("1", "XOM", limit="100.00"))
    assert (found.value, found.limit, found.scope) == ("4", "3", "desk")
    assert seat.codes(buy("5", limit="100.00")) == []
    scopes = {d.scope for d in seat.denials(there(buy("1", "XOM", limit="100.00")))}
    assert scopes == {"desk", f"account:{OTHER}"}


def test_an_order_is_likened_to_what_any_account_holds() -> None:
    seat = of_two({"AAPL": days(UP), "MSFT": days(UP)}, max_correlation="0.80")
    hold_there(seat, "MSFT", "1")
    assert seat.denial("MAX_CORRELATION", buy("1", limit="100.00")).scope == "AAPL"
    assert seat.codes(short("1", limit="100.00")) == []


def test_average_volumes_are_of_all_accounts() -> None:
    seat = of_two({"AAPL": days(UP)}, max_position_adv_pct="0.1")
    hold_there(seat, "AAPL", "600")
    assert seat.codes(buy("400", limit="100.00")) == []
    assert seat.codes(buy("401", limit="100.00")) == ["MAX_POSITION_ADV_PCT"]


def test_no_account_buys_on_the_equity_of_another() -> None:
    seat = of_two(max_leverage="1")
    assert seat.codes(buy("10000", limit="100.00")) == []
    found = seat.denial("BUYING_POWER", buy("10000", limit="100.01"))
    assert (found.limit, found.scope) == ("1000000.00", ACCOUNT)
    seat = of_two(margin_model="reg_t")
    assert seat.codes(buy("20000", limit="100.00")) == []
    assert seat.codes(buy("20000", limit="100.01")) == ["INITIAL_MARGIN"]


def test_a_price_that_is_stale_in_another_account_refuses_what_increases_risk() -> None:
    seat = of_two(max_gross_exposure="1")
    hold_there(seat, "MSFT", "1")
    seat.hold("AAPL", "10")
    seat.pass_ns(16 * SECOND)
    seat.quote("AAPL", "99.99", "100.00")
    found = seat.denial("STALE_MARK", buy("1", limit="100.00"))
    assert (found.value, found.scope) == ("MSFT", OTHER)
    assert seat.codes(sell("10", limit="100.00")) == []


def test_a_position_without_any_price_in_another_account_refuses() -> None:
    seat = of_two(max_gross_exposure="1")
    seat.tell(f.InstrumentAdded(Instrument("NEVER"), "ann"))
    hold_there(seat, "NEVER", "1")
    seat.state.positions[OTHER, "NEVER"].last_px = None
    assert seat.denial("NO_MARK", buy("1", limit="100.00")).scope == OTHER


def test_an_account_in_a_currency_without_a_rate_refuses() -> None:
    seat = seat_of(max_gross_exposure="1")
    open_second(seat, "EUR")
    found = seat.denial("NO_RATE", buy("1", limit="100.00"))
    assert (found.value, found.scope) == ("EUR", OTHER)
    assert seat.denial("NO_RATE", there(buy("1", limit="100.00"))).scope == OTHER


def test_an_account_whose_broker_never_told_what_it_holds_refuses() -> None:
    seat = seat_of(max_gross_exposure="1")
    seat.hold("AAPL", "10")
    two = {ACCOUNT: "paper", OTHER: "paper2"}
    seat.tell(f.DeskOpened("desk001", "paper", ACCOUNT, "paper", "USD", "average", "", "", "test", two))
    seat.tell(f.Reconciled(ACCOUNT, 0, 0))
    found = seat.denial("ACCOUNT_UNSEEN", buy("1", limit="100.00"))
    assert (found.value, found.scope) == (OTHER, "desk")
    assert seat.codes(sell("10", limit="100.00")) == []
    open_second(seat)
    assert seat.codes(buy("1", limit="100.00")) == []


def test_where_nothing_is_limited_over_the_desk_another_accounts_prices_do_not_matter() -> None:
    seat = of_two(**{f"account:{ACCOUNT}/max_position_qty": "10"})
    hold_there(seat, "MSFT", "1")
    seat.pass_ns(16 * SECOND)
    seat.quote("AAPL", "99.99", "100.00")
    assert seat.codes(buy("10", limit="100.00")) == []


def test_one_account_alone_is_measured_as_ever() -> None:
    seat = seat_of(max_position_qty="500", **{f"account:{ACCOUNT}/max_position_qty": "400"})
    assert seat.denial("MAX_POSITION_QTY", buy("401", limit="100.00")).scope == f"account:{ACCOUNT}"
    assert seat.codes(buy("400", limit="100.00")) == []
