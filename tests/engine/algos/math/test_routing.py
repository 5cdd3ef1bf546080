"""The router against every possible split of small orders, and what the definition says word by word."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.algos.math.routing import Part, VenueQuote, net_px, route
from engine.model.fees import FeeSchedule

FREE = FeeSchedule()


def asks(
    venue: str, px: str, size: int, fees: FeeSchedule = FREE, *, bid: str = "99.00", bid_size: int = 5
) -> VenueQuote:
    return VenueQuote(venue, Decimal(px), Decimal(size), Decimal(bid), Decimal(bid_size), fees)


def test_the_best_price_is_taken_first_and_the_rest_at_the_next() -> None:
    found = route(Decimal(500), True, Decimal("100.05"), [asks("A", "100.02", 300), asks("B", "100.01", 250)])
    assert found.takes == (Part("B", Decimal(250), Decimal("100.01")), Part("A", Decimal(250), Decimal("100.02")))
    assert not found.rests
    assert found.cost == Decimal(250) * Decimal("100.01") + Decimal(250) * Decimal("100.02")


def test_a_fee_can_make_the_better_price_the_worse_one() -> None:
    dear = FeeSchedule(taker_per_unit=Decimal("0.02"))
    found = route(Decimal(100), True, None, [asks("A", "100.00", 100, dear), asks("B", "100.01", 100)])
    assert [part.venue for part in found.takes] == ["B"]


def test_a_fee_in_bps_counts_for_a_sale_too() -> None:
    dear = FeeSchedule(taker_bps=Decimal(2))
    bids = [
        VenueQuote("A", Decimal("100.01"), Decimal(100), Decimal("100.03"), Decimal(5), dear),
        VenueQuote("B", Decimal("100.00"), Decimal(100), Decimal("100.03"), Decimal(5), FREE),
    ]
    found = route(Decimal(150), False, Decimal("99.90"), bids)
    assert found.takes == (Part("B", Decimal(100), Decimal("100.00")), Part("A", Decimal(50), Decimal("100.01")))
    assert (
        found.cost
        == -(Decimal(100) * 100 + Decimal(50) * Decimal("100.01")) + Decimal(50) * Decimal("100.01") * 2 / 10_000
    )


def test_at_an_equal_net_price_the_largest_displayed_is_first() -> None:
    found = route(
        Decimal(700), True, None, [asks("A", "100.00", 200), asks("B", "100.00", 600), asks("C", "100.00", 600)]
    )
    assert found.takes == (Part("B", Decimal(600), Decimal("100.00")), Part("C", Decimal(100), Decimal("100.00")))


def test_nothing_is_taken_beyond_the_limit_and_the_rest_waits_where_waiting_is_cheapest() -> None:
    rebate = FeeSchedule(taker_per_unit=Decimal("0.003"), maker_per_unit=Decimal("-0.002"))
    found = route(Decimal(900), True, Decimal("100.00"), [asks("A", "100.00", 300), asks("B", "100.01", 900, rebate)])
    assert found.takes == (Part("A", Decimal(300), Decimal("100.00")),)
    assert found.rests == (Part("B", Decimal(600), Decimal("100.00")),)


def test_at_an_equal_fee_the_shortest_queue_is_where_it_rests() -> None:
    venues = [asks("A", "101", 10, bid="100", bid_size=400), asks("B", "101", 10, bid="99.99", bid_size=900)]
    found = route(Decimal(100), True, Decimal(100), venues)
    assert not found.takes
    # A's 400 stand before it, B's 900 are at a worse price.
    assert found.rests == (Part("B", Decimal(100), Decimal(100)),)


def test_without_a_limit_the_rest_joins_the_best_price_of_its_own_side() -> None:
    venues = [asks("A", "101", 10, bid="99.98"), asks("B", "101", 10, bid="99.99")]
    assert route(Decimal(30), True, None, venues).rests == (Part("A", Decimal(10), Decimal("99.99")),)


def test_a_least_fee_is_not_paid_for_a_few_units_that_are_hardly_cheaper() -> None:
    least = FeeSchedule(minimum=Decimal(1))
    venues = [asks("A", "100.00", 10, least), asks("B", "100.01", 1000, least)]
    assert [part.venue for part in route(Decimal(500), True, None, venues).takes] == ["B"]
    cheaper = [asks("A", "99.80", 10, least), asks("B", "100.01", 1000, least)]
    assert [part.venue for part in route(Decimal(500), True, None, cheaper).takes] == ["A", "B"]


def test_parts_are_whole_lots_and_an_odd_lot_rides_with_the_rest() -> None:
    found = route(Decimal(250), True, Decimal(101), [asks("A", "100", 130), asks("B", "101", 190)], lot=Decimal(100))
    assert found.takes == (Part("A", Decimal(100), Decimal(100)), Part("B", Decimal(100), Decimal(101)))
    assert [part.qty for part in found.rests] == [50]


@pytest.mark.parametrize("venues", [[], [asks("A", "102", 100)]])
def test_where_nothing_can_be_taken_nothing_is(venues: list[VenueQuote]) -> None:
    found = route(Decimal(10), True, Decimal(101), venues)
    assert not found.takes
    assert (not found.rests) is (not venues)


FEES = st.builds(
    FeeSchedule,
    taker_per_unit=st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("-0.01"), Decimal("0.05")]),
    taker_bps=st.sampled_from([Decimal(0), Decimal(1), Decimal(5)]),
    minimum=st.sampled_from([Decimal(0), Decimal("0.03"), Decimal("0.5")]),
)
QUOTES = st.lists(st.tuples(st.integers(9998, 10003), st.integers(0, 4), FEES), min_size=1, max_size=3)


@settings(max_examples=150, deadline=None)
@given(QUOTES, st.integers(1, 9), st.booleans(), st.integers(9998, 10003))
def test_no_other_split_of_as_much_is_cheaper(
    quotes: list[tuple[int, int, FeeSchedule]], qty: int, is_buy: bool, limit: int
) -> None:
    venues = [
        VenueQuote(f"V{n}", Decimal(px) / 100, Decimal(size), Decimal(99), Decimal(1), fees)
        for n, (px, size, fees) in enumerate(quotes)
    ]
    limit_px = Decimal(limit) / 100
    found = route(Decimal(qty), is_buy, limit_px, venues)
    ok = [v.px <= limit_px if is_buy else v.px >= limit_px for v in venues]
    best: tuple[int, Decimal] | None = None
    for split in product(*(range(int(v.displayed) + 1 if fits else 1) for v, fits in zip(venues, ok, strict=True))):
        if sum(split) > qty:
            continue
        money = sum((n * v.px for n, v in zip(split, venues, strict=True)), Decimal(0))
        fees = sum((v.fees.taking(Decimal(n), v.px) for n, v in zip(split, venues, strict=True)), Decimal(0))
        each = (-sum(split), fees + money if is_buy else fees - money)
        best = each if best is None else min(best, each)
    assert best is not None
    assert -best[0] == sum(part.qty for part in found.takes)
    free_of_minimum = all(v.fees.minimum == 0 for v in venues)
    assert found.cost == best[1] if free_of_minimum else found.cost >= best[1]
    assert sum((part.qty for part in (*found.takes, *found.rests)), Decimal(0)) == qty
    prices = [net_px(next(v for v in venues if v.venue == part.venue), is_buy) for part in found.takes]
    assert prices == sorted(prices, reverse=not is_buy)
