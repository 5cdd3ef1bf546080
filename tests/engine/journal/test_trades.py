from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.journal.trades import Leg, RoundTrip, TradeBook, refold
from engine.model.money import ZERO
from engine.orders.position import Position, apply_execution

KEY = ("paper", "", "ES")


def leg(seq: int, qty: int, px: str = "10", fee: str = "1", multiplier: int = 1) -> Leg:
    return Leg(seq, Decimal(qty), Decimal(px), Decimal(fee), Decimal(multiplier), seq * 1000)


@st.composite
def legs(draw: st.DrawFn) -> list[Leg]:
    found = draw(
        st.lists(
            st.tuples(
                st.integers(-300, 300).filter(bool),
                st.decimals("0.01", 500, places=2),
                st.decimals(0, 9, places=4),
            ),
            max_size=25,
        )
    )
    multiplier = draw(st.sampled_from((1, 50)))
    return [Leg(seq, Decimal(qty), px, fee, Decimal(multiplier), seq) for seq, (qty, px, fee) in enumerate(found, 1)]


def test_a_round_trip_earns_what_its_money_moved_net_of_fees() -> None:
    (trip,) = refold([leg(1, 100, "10"), leg(2, 100, "11"), leg(3, -150, "12"), leg(4, -50, "13")])
    assert (trip.opened_ns, trip.closed_ns, trip.fills) == (1000, 4000, 4)
    assert trip.qty == 200
    assert trip.entry_px == Decimal("10.5")
    assert trip.exit_px == Decimal("12.25")
    assert trip.money == 350
    assert trip.fees == 4


def test_a_short_trade_earns_when_the_price_falls() -> None:
    (trip,) = refold([leg(1, -2, "4000", multiplier=50), leg(2, 2, "3990", multiplier=50)])
    assert trip.qty == -2
    assert trip.money == 1000
    assert trip.exit_px == 3990


def test_going_through_zero_ends_a_trade_and_begins_the_next_and_shares_the_fee() -> None:
    first, second = refold([leg(1, 10), leg(2, -30, "11", fee="0.1")])
    assert first.closed_ns == 2000
    assert first.money == 10
    assert second.opened_seq == 2
    assert second.closed_ns is None
    assert second.held == second.qty == -20
    assert (first.fees, second.fees) == (Decimal("1.03333333"), Decimal("0.06666667"))


def test_a_trade_is_open_until_it_is_flat() -> None:
    (trip,) = refold([leg(1, 10), leg(2, -4, "12")])
    assert trip.closed_ns is None
    assert trip.held == 6
    assert trip.exit_px == 12


@given(legs())
def test_trades_hold_all_executions_and_balance_with_the_position(found: list[Leg]) -> None:
    trips = refold(found)
    position = Position("paper", "ES", found[0].multiplier if found else Decimal(1))
    for each in found:
        apply_execution(position, each.signed_qty, each.px, each.fee)
    assert sum((trip.money for trip in trips), ZERO) == position.realized - position.cost
    assert sum((trip.fees for trip in trips), ZERO) == position.fees
    assert sum((trip.held for trip in trips), ZERO) == position.qty
    assert all(trip.closed_ns is not None for trip in trips[:-1])
    assert len({trip.opened_seq for trip in trips}) == len(trips)


@given(legs(), st.data())
def test_a_bust_leaves_the_trades_that_never_had_it(found: list[Leg], data: st.DataObject) -> None:
    book = TradeBook()
    for each in found:
        book.book(KEY, ("paper", f"E{each.seq}"), each)
    gone = data.draw(st.sets(st.sampled_from([each.seq for each in found])) if found else st.just(set[int]()))
    for seq in gone:
        assert book.bust(("paper", f"E{seq}")) == (KEY, found[seq - 1])
        assert book.bust(("paper", f"E{seq}")) is None
    assert book.trips(KEY) == refold(each for each in found if each.seq not in gone)


def test_a_changed_trade_is_told_with_its_successor() -> None:
    book = TradeBook()
    book.book(KEY, ("paper", "E1"), leg(1, 10))
    changed = book.book(KEY, ("paper", "E2"), leg(2, -30))
    assert [trip.opened_seq for trip in changed] == [1, 2]
    assert isinstance(changed[0], RoundTrip)
