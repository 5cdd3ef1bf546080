"""Splitting a quantity: nothing is lost, ties go to the earlier bucket, zero weight gets exactly nothing."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.algos.apportion import ApportionError, apportion

D = Decimal

WEIGHTS = st.lists(
    st.one_of(st.just(D(0)), st.decimals(min_value=0, max_value=1000, places=3)), min_size=1, max_size=60
).filter(any)
LOTS = st.sampled_from([D(1), D(100), D("0.01"), D(7)])
QUANTITIES = st.decimals(min_value=D("0.01"), max_value=1_000_000, places=2)


def _split(qty: str, weights: list[str], lot: str = "1") -> list[str]:
    return [f"{part:f}" for part in apportion(D(qty), [D(w) for w in weights], D(lot))]


@pytest.mark.parametrize(
    ("qty", "weights", "lot", "parts"),
    [
        ("1000", ["1"] * 7, "1", ["143", "143", "143", "143", "143", "143", "142"]),
        ("10", ["1", "1", "1"], "1", ["4", "3", "3"]),
        ("5", ["3", "1", "2"], "1", ["2", "1", "2"]),
        ("100", ["0", "1", "0", "1", "0"], "1", ["0", "50", "0", "50", "0"]),
        ("1000", ["1", "1", "1"], "100", ["400", "300", "300"]),
        ("1050", ["1", "1", "1"], "100", ["400", "300", "350"]),
        ("1050", ["1", "1", "0"], "100", ["500", "550", "0"]),
        ("50", ["1", "1", "1"], "100", ["0", "0", "50"]),
        ("50", ["1", "1", "0"], "100", ["0", "50", "0"]),
        ("2", ["1"] * 5, "1", ["1", "1", "0", "0", "0"]),
        ("1", ["1"], "1", ["1"]),
        ("0.3", ["1", "1"], "0.1", ["0.2", "0.1"]),
    ],
)
def test_by_hand(qty: str, weights: list[str], lot: str, parts: list[str]) -> None:
    assert [D(p) for p in _split(qty, weights, lot)] == [D(p) for p in parts]


@given(QUANTITIES, WEIGHTS, LOTS)
def test_the_parts_sum_to_the_whole_exactly(qty: Decimal, weights: list[Decimal], lot: Decimal) -> None:
    parts = apportion(qty, weights, lot)
    assert len(parts) == len(weights)
    assert sum(parts) == qty
    assert all(part >= 0 for part in parts)


@given(QUANTITIES, WEIGHTS, LOTS)
def test_a_bucket_without_weight_gets_exactly_nothing(qty: Decimal, weights: list[Decimal], lot: Decimal) -> None:
    assert all(part == 0 for part, w in zip(apportion(qty, weights, lot), weights, strict=True) if not w)


@given(QUANTITIES, WEIGHTS, LOTS)
def test_only_the_last_bucket_with_weight_may_hold_an_odd_lot(
    qty: Decimal, weights: list[Decimal], lot: Decimal
) -> None:
    parts = apportion(qty, weights, lot)
    last = max(n for n, w in enumerate(weights) if w)
    assert all(not part % lot for n, part in enumerate(parts) if n != last)
    assert parts[last] % lot == qty % lot


@given(st.integers(1, 100_000), WEIGHTS)
def test_every_part_is_within_one_lot_of_its_exact_share(qty: int, weights: list[Decimal]) -> None:
    total = sum(Fraction(w) for w in weights)
    for part, w in zip(apportion(D(qty), weights, D(1)), weights, strict=True):
        assert abs(Fraction(part) - Fraction(w) * qty / total) < 1


@given(st.integers(1, 100_000), st.integers(1, 100))
def test_equal_weights_differ_by_one_lot_at_most_and_the_earlier_get_more(qty: int, count: int) -> None:
    parts = apportion(D(qty), [D(1)] * count, D(1))
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1


@given(st.integers(1, 10_000), WEIGHTS)
def test_a_larger_weight_never_gets_less(qty: int, weights: list[Decimal]) -> None:
    parts = apportion(D(qty), weights, D(1))
    ranked = sorted(zip(weights, parts, strict=True))
    for (low, few), (high, many) in pairwise(ranked):
        assert low == high or few <= many


@given(st.integers(1, 10_000), WEIGHTS, st.integers(1, 1000))
def test_only_proportions_count(qty: int, weights: list[Decimal], factor: int) -> None:
    assert apportion(D(qty), weights, D(1)) == apportion(D(qty), [w * factor for w in weights], D(1))


@pytest.mark.parametrize(
    ("qty", "weights", "lot"),
    [
        ("0", ["1"], "1"),
        ("-5", ["1"], "1"),
        ("NaN", ["1"], "1"),
        ("Infinity", ["1"], "1"),
        ("5", ["1"], "0"),
        ("5", ["1"], "-1"),
        ("5", ["1"], "NaN"),
        ("5", [], "1"),
        ("5", ["0", "0"], "1"),
        ("5", ["1", "-1"], "1"),
        ("5", ["1", "NaN"], "1"),
        ("5", ["1", "Infinity"], "1"),
    ],
)
def test_what_can_not_be_split_is_refused(qty: str, weights: list[str], lot: str) -> None:
    with pytest.raises(ApportionError):
        apportion(D(qty), [D(w) for w in weights], D(lot))
