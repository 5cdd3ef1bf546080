"""Limits of the book's measured risk: at the limit, one step beyond, and when the measurement is old or missing."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine.model.figures import Figures
from engine.risk.book_limits import BOOK_SPECS
from engine.risk.checks.book import HELD
from engine.risk.meters import FIGURES_STALE_NS
from tests.engine.risk.seat import D, Seat, buy, sell

LIMITS = ("max_var_95", "max_var_99", "max_cvar_95", "max_cvar_99", "max_beta")


def figures(share: str, **others: object) -> Figures:
    """Every figure at this share of an equity of a million."""
    money = D(share) * 1_000_000
    told: dict[str, object] = {"stale": False, "beta": D(share), **others}
    return Figures(D(1_000_000), 250, *[money] * 8, **told)  # type: ignore[arg-type]


def seat_with(found: Figures | None, **limits: str) -> Seat:
    """Holds 100 AAPL; the book was measured just now."""
    seat = Seat(**limits)
    seat.hold("AAPL", "100")
    seat.quote("AAPL", "99.98", "100.02")
    seat.quote("MSFT", "99.98", "100.02")
    if found is not None:
        seat.tell(f.MarksSampled((), D(1_000_000), D(1_000_000), found))
    return seat


def test_every_limit_of_the_book_has_a_check() -> None:
    assert {spec.key for spec in BOOK_SPECS} == set(HELD)
    assert all(spec.default == "off" for spec in BOOK_SPECS)


@pytest.mark.parametrize("limit", LIMITS)
def test_at_the_limit_passes_and_one_step_beyond_is_refused(limit: str) -> None:
    assert seat_with(figures("0.02"), **{limit: "0.02"}).codes(buy("10", "MSFT", limit="100")) == []
    found = seat_with(figures("0.020001"), **{limit: "0.02"}).denial(limit.upper(), buy("10", "MSFT", limit="100"))
    assert (found.value, found.limit, found.scope) == ("0.020001", "0.02", "desk")


@pytest.mark.parametrize("limit", LIMITS)
def test_what_reduces_goes_out_however_large_the_risk(limit: str) -> None:
    assert seat_with(figures("0.9"), **{limit: "0.02"}).codes(sell("10", limit="100")) == []
    assert seat_with(None, **{limit: "0.02"}).codes(sell("10", limit="100")) == []


def test_the_worse_of_both_methods_counts() -> None:
    half_known = Figures(D(1_000_000), 250, D(1), D(1), D(1), D(1), None, D(1), D(1), D(1))
    assert seat_with(half_known, max_var_95="0.02").codes(buy("10", "MSFT", limit="100")) == ["MAX_VAR_95"]
    worse = Figures(D(1_000_000), 250, D(1), D(1), D(1), D(1), D(30_000), D(1), D(1), D(1))
    assert seat_with(worse, max_var_95="0.02").codes(buy("10", "MSFT", limit="100")) == ["MAX_VAR_95"]
    assert seat_with(worse, max_var_99="0.02").codes(buy("10", "MSFT", limit="100")) == []


def test_a_negative_beta_counts_as_much_as_a_positive_one() -> None:
    short = figures("0.01", beta=D("-1.6"))
    assert seat_with(short, max_beta="1.5").codes(buy("10", "MSFT", limit="100")) == ["MAX_BETA"]
    assert seat_with(short, max_beta="1.6").codes(buy("10", "MSFT", limit="100")) == []


@pytest.mark.parametrize("limit", LIMITS)
def test_a_measurement_that_is_missing_old_stale_or_not_possible_refuses(limit: str) -> None:
    order, on = buy("10", "MSFT", limit="100"), {limit: "0.9"}
    code = limit.upper()
    assert seat_with(None, **on).denial(code, order).value == "not measured yet"
    assert seat_with(figures("0.1", stale=True), **on).denial(code, order).value == "stale"
    unknown = Figures(D(1_000_000), missing=("IBM",))
    assert seat_with(unknown, **on).denial(code, order).value == "no IBM"
    seat = seat_with(figures("0.1"), **on)
    seat.pass_ns(FIGURES_STALE_NS)
    seat.quote("AAPL", "99.98", "100.02")
    seat.quote("MSFT", "99.98", "100.02")
    assert seat.codes(order) == []
    seat.pass_ns(1)
    assert seat.denial(code, order).value == "5.0 s old"


@pytest.mark.parametrize("limit", LIMITS)
def test_an_empty_book_has_no_risk_and_needs_no_measurement(limit: str) -> None:
    seat = Seat(**{limit: "0.001"})
    seat.quote("MSFT", "99.98", "100.02")
    assert seat.codes(buy("10", "MSFT", limit="100")) == []


def test_limits_that_are_off_look_at_nothing() -> None:
    assert seat_with(None).codes(buy("10", "MSFT", limit="100")) == []
