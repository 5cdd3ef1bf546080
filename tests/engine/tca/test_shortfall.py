"""Shortfall: published worked examples, and what holds for any order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tca import shortfall as s
from engine.tca.shortfall import Outcome, outcome

D = Decimal

PRICES = st.decimals(D("0.01"), D(10_000), places=4)
SIZES = st.integers(1, 1_000_000).map(D)
FEES = st.decimals(D(-100), D(10_000), places=4)
FILLS = st.lists(st.tuples(SIZES, PRICES), max_size=8)


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    fills = draw(FILLS)
    qty = sum((size for size, _ in fills), D(0)) + draw(st.integers(0, 1_000_000)) or D(1)
    return outcome(
        draw(st.sampled_from([1, -1])),
        D(qty),
        fills,
        draw(PRICES),
        draw(PRICES),
        draw(PRICES),
        draw(FEES),
        draw(st.sampled_from([D(1), D(100), D("0.1")])),
    )


# --- worked examples ------------------------------------------------------------------------------------------


def test_the_cfa_example_sums_to_19_hundredths_of_a_percent() -> None:
    # https://www.gaodun.com/q/b03v1i: 1,000 wanted at 40.00; 700 filled at 40.05 a day later, after a close at 40.04;
    # the rest cancelled at 40.08; 17 paid. As printed: .04 + .02 + .07 + .06 = .19 % of 40,000.
    of = outcome(1, D(1000), [(D(700), D("40.05"))], D(40), D("40.04"), D("40.08"), D(17))
    parts = s.cfa(of)
    assert (parts.explicit, parts.trading, parts.delay, parts.missed_trade) == (D(17), D(7), D(28), D(24))
    printed = [round(100 * part / of.notional, 2) for part in (D(17), D(7), D(28), D(24))]
    assert printed == [D("0.04"), D("0.02"), D("0.07"), D("0.06")]
    assert s.in_bps(parts.total, of) == D(19)
    assert s.shortfall(of) == D(76)


def test_the_example_of_a_limit_order_that_waits_two_days() -> None:
    # https://www.analystforum.com/t/implementation-shortfall/11066: 8,000 decided at 75, 75.75 a day later, 4,000
    # bought at 77 with 1,500 commission, the rest never, at 79. Delay 3,000, trading 5,000, opportunity 16,000.
    of = outcome(1, D(8000), [(D(4000), D(77))], D(75), D("75.75"), D(79), D(1500))
    assert money(s.cfa(of)) == [D(3000), D(5000), D(16000), D(1500)]
    assert s.shortfall(of) == D(25_500)


def test_the_example_of_nextera() -> None:
    # https://acadifi.com/community/execution-shortfall-implementation-shortfall-trading-costs: 50,000 decided at 42.00,
    # 42.30 when the broker has it, 35,000 bought at 42.75 with .03 a share, the rest cancelled at 43.50. Printed, of
    # what was filled at its decision price: delay .714 %, trading 1.071 %, commission .071 %; missed 1.50 x 15,000.
    of = outcome(1, D(50_000), [(D(35_000), D("42.75"))], D(42), D("42.30"), D("43.50"), D("0.03") * 35_000)
    parts = s.cfa(of)
    filled = of.filled * of.decision_px
    shares = [round(100 * part / filled, 3) for part in (parts.delay, parts.trading, parts.explicit)]
    assert shares == [D("0.714"), D("1.071"), D("0.071")]
    assert parts.missed_trade == D("1.50") * 15_000
    assert s.shortfall(of) == D(49_800)


def test_the_three_name_the_delay_of_the_unfilled_part_differently() -> None:
    # By hand: buy 100, decided at 10, released at 11, 60 filled at 12, cancelled at 14, 5 paid.
    of = outcome(1, D(100), [(D(20), D("11.5")), (D(40), D("12.25"))], D(10), D(11), D(14), D(5))
    assert of.paid == D(720)
    assert money(s.perold(of)) == [D(120), D(160), D(5)]
    assert money(s.cfa(of)) == [D(60), D(60), D(160), D(5)]
    assert money(s.kissell(of)) == [D(100), D(60), D(120), D(5)]
    assert s.shortfall(of) == D(285)
    assert s.in_bps(D(285), of) == D(2850)


def test_a_sale_that_falls_costs_what_a_purchase_that_rises_costs() -> None:
    of = outcome(-1, D(100), [(D(60), D(8))], D(10), D(9), D(6), D(5))
    assert money(s.kissell(of)) == [D(100), D(60), D(120), D(5)]


def test_money_counts_the_contracts_multiplier() -> None:
    one = outcome(1, D(10), [(D(6), D("1.20"))], D(1), D("1.10"), D("1.40"), D(5))
    lot = outcome(1, D(10), [(D(6), D("1.20"))], D(1), D("1.10"), D("1.40"), D(5), D(100))
    assert s.shortfall(lot) - 5 == 100 * (s.shortfall(one) - 5)


# --- what holds for any order -----------------------------------------------------------------------------------


@given(outcomes())
def test_all_three_sum_to_paper_less_real(of: Outcome) -> None:
    total = s.shortfall(of)
    assert s.perold(of).total == total
    assert s.cfa(of).total == total
    assert s.kissell(of).total == total


@given(outcomes())
def test_a_sale_in_the_mirrored_market_costs_the_same(of: Outcome) -> None:
    # Mirrored: every price as far on the other side of the decision price.
    top = 2 * of.decision_px
    other = Outcome(
        -of.sign,
        of.qty,
        of.filled,
        top * of.filled - of.paid,
        of.decision_px,
        top - of.arrival_px,
        top - of.end_px,
        of.fees,
        of.multiplier,
    )
    assert money(s.kissell(other)) == money(s.kissell(of))
    assert money(s.cfa(other)) == money(s.cfa(of))
    assert money(s.perold(other)) == money(s.perold(of))


@given(outcomes(), st.sampled_from([D(2), D(10), D("0.5")]))
def test_money_scales_with_price_and_size_and_bps_do_not(of: Outcome, by: Decimal) -> None:
    dearer = Outcome(
        of.sign,
        of.qty,
        of.filled,
        of.paid * by,
        of.decision_px * by,
        of.arrival_px * by,
        of.end_px * by,
        of.fees * by,
        of.multiplier,
    )
    larger = Outcome(
        of.sign,
        of.qty * by,
        of.filled * by,
        of.paid * by,
        of.decision_px,
        of.arrival_px,
        of.end_px,
        of.fees * by,
        of.multiplier,
    )
    for other in (dearer, larger):
        assert money(s.kissell(other)) == [part * by for part in money(s.kissell(of))]
        before, after = s.in_bps(s.shortfall(of), of), s.in_bps(s.shortfall(other), other)
        assert before is not None
        assert after is not None
        assert abs(before - after) <= abs(before) * D("1e-20") + D("1e-20")


@given(outcomes())
def test_a_complete_fill_misses_nothing(of: Outcome) -> None:
    if of.left:
        return
    assert s.perold(of).opportunity == s.cfa(of).missed_trade == s.kissell(of).opportunity == 0


@pytest.mark.parametrize("wrong", ["sign", "qty", "fill", "price"])
def test_numbers_that_no_order_has_are_refused(wrong: str) -> None:
    with pytest.raises(s.ShortfallError):
        outcome(
            0 if wrong == "sign" else 1,
            D(0) if wrong == "qty" else D(10),
            [(D(-1) if wrong == "fill" else D(1), D(10))],
            D("NaN") if wrong == "price" else D(10),
            D(10),
            D(10),
        )


def money(parts: s.Perold | s.Cfa | s.Kissell) -> list[Decimal]:
    return [getattr(parts, name) for name in parts.__struct_fields__]
