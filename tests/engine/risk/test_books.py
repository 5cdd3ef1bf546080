"""What is kept up to date says what a walk through the account says, whatever happened since."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engine.market.history import History
from engine.model.enums import Side
from engine.model.market import Quote
from engine.risk import books as kept_books
from engine.risk.bets import bet_of, bets_of, likeness
from engine.risk.books import Books
from engine.risk.margin import margin_of, short_qty
from engine.risk.valuation import value_account
from tests.engine.risk.seat import ACCOUNT, SECOND, D, Seat, buy, short
from tests.engine.risk.steps import STEPS, play
from tests.engine.risk.test_money import ACROSS, UP, days
from tests.engine.risk.trading import MID, Trading


@pytest.fixture(autouse=True)
def _from_the_first_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_books, "FEW", -1)


def _compare(books: Books, desk: Trading | Seat, now_ns: int, leave_out: tuple[str, ...]) -> bool:
    """Whether anything was told; then it must be what the walk says."""
    state, quotes = desk.state, desk.quotes
    found = books.value(ACCOUNT, now_ns, leave_out)
    truth = value_account(state, quotes, ACCOUNT, now_ns, leave_out, by_sector=True, by_line=True)
    if found is None:
        assert truth.stale or truth.unmarked or now_ns > quotes.heard_until()
        return False
    assert not truth.stale
    assert not truth.unmarked
    for name in ("equity", "exposure", "gross", "net", "positions", "up", "down", "has_shorts"):
        assert getattr(found, name) == getattr(truth, name), name
    assert {k: v for k, v in found.sectors.items() if v} == {k: v for k, v in truth.sectors.items() if v}
    initial = maintenance = Decimal(0)
    for line in truth.lines:
        instrument = state.instruments[line.position.symbol]
        needs = margin_of(state.limits, instrument, line.up, line.down, short_qty(line.position))
        initial, maintenance = initial + needs[0], maintenance + needs[1]
    assert found.margin == (initial, maintenance)
    bets = {bet for (_, _), position in state.active.items() for bet in bets_of(state, position)}
    for side in (Side.BUY, Side.SELL):
        mine = bet_of(state, "AAPL", side)
        assert books.likeness(ACCOUNT, mine, PAST, now_ns) == likeness(PAST, mine, bets, now_ns)
    return True


PAST = History.of({"AAPL": days(UP), "MSFT": days(ACROSS), "ESZ3": days([-step for step in UP])})
MARKET = st.lists(st.tuples(st.sampled_from(sorted(MID)), st.integers(-3, 3), st.integers(-1, 2), st.integers(0, 9)))


@settings(max_examples=40, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(STEPS, st.lists(MARKET, min_size=80, max_size=80), st.sampled_from([(), ("AAPL",), ("AAPL", "ESZ3")]))
def test_kept_sums_are_those_of_a_walk_after_any_history(
    steps: list[tuple[object, ...]], markets: list[list[tuple[str, int, int, int]]], leave_out: tuple[str, ...]
) -> None:
    """Prices move, lock and cross, and grow old, between the looks."""
    desk = Trading(max_position_pct="1", max_leverage="off", max_portfolio_positions="off")
    desk.desk.risk._books = None  # what was touched is told once: to the books under test
    books = Books(desk.state, desk.quotes)
    told = 0
    for step, market in zip(steps, markets, strict=False):
        play(desk, step)
        now_ns = desk.ns
        for symbol, move, spread, seconds in market:
            now_ns += seconds * SECOND
            tick = desk._tick(symbol)
            bid = MID[symbol] + move * tick
            desk.quotes.on_quote(Quote(symbol, bid, bid + spread * tick, D(1), D(1), now_ns))
            told += _compare(books, desk, now_ns, leave_out)
        told += _compare(books, desk, now_ns, leave_out)
        desk.ns = now_ns
    assert told


def test_what_is_kept_is_used_and_a_stale_mark_refuses() -> None:
    seat = Seat(max_order_notional="off", max_gross_exposure="0.2")
    for symbol in ("AAPL", "MSFT", "IBM"):
        seat.quote(symbol, "99.99", "100.00")
        seat.hold(symbol, "10")
    assert seat.risk._books is not None
    assert seat.risk._books.value(ACCOUNT, seat.market_ns, ()) is not None
    room = int((D("0.2") * D("1002999.70") - 20 * D("99.99") - 1000) // 100)
    assert seat.codes(buy(str(room), limit="100.00")) == ["MAX_POSITION_PCT"]
    assert "MAX_GROSS_EXPOSURE" in seat.codes(buy(str(room + 1), limit="100.00"))
    seat.send(short("100", "NICKEL", limit="10.00"))
    assert "MAX_GROSS_EXPOSURE" in seat.codes(buy(str(room), limit="100.00"))
    seat.pass_ns(16 * SECOND)
    seat.quote("AAPL", "99.99", "100.00")
    assert "STALE_MARK" in seat.codes(buy("1", limit="100.00"))


def test_new_limits_and_settings_are_counted_with() -> None:
    seat = Seat(max_leverage="off", max_position_pct="off", max_order_notional="off")
    seat.quote("AAPL", "99.99", "100.00")
    seat.hold("AAPL", "100")
    books = seat.risk._books
    assert books is not None
    before = books.value(ACCOUNT, seat.market_ns, ())
    seat.state.limits = seat.state.limits.with_changes({"risk.margin_initial.equity": "1"})
    after = books.value(ACCOUNT, seat.market_ns, ())
    assert before is not None
    assert after is not None
    assert before.margin == (D("4999.5"), D("2499.75"))
    assert after.margin == (D("9999"), D("2499.75"))
    seat.quotes.set_limits(seat.state.limits.with_changes({"risk.max_quote_age_s.equity": "1"}))
    assert books.value(ACCOUNT, seat.market_ns + 2 * SECOND, ()) is None


def test_money_of_another_currency_is_walked_through() -> None:
    seat = Seat()
    seat.quote("AAPL", "99.99", "100.00")
    books = seat.risk._books
    assert books is not None
    assert books.value(ACCOUNT, seat.market_ns, ()) is not None
    seat.hold("SAP", "10")
    assert books.value(ACCOUNT, seat.market_ns, ()) is None
