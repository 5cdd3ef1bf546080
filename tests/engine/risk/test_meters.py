"""The meters: what each shows, what is unknown, what is off, and what is said when one comes near its limit."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine.inputs import Now
from engine.model.enums import AlertLevel
from engine.model.figures import Figures
from engine.model.instrument import Instrument
from engine.risk.meter_watch import REARM_NS, MeterWatch
from engine.risk.meters import FIGURES_STALE_NS, meters, valued
from engine.state import DeskState
from engine.views import MeterRow
from tests.engine.risk.seat import ACCOUNT, SECOND, D, Seat, buy, sell

STOCKS = (
    Instrument("AAPL", sector="Tech"),
    Instrument("MSFT", sector="Tech"),
    Instrument("XOM", sector="Energy"),
)


def seat_of(**limits: str) -> Seat:
    """A million in cash, everything at 100.00 / 100.10."""
    seat = Seat(instruments=STOCKS, **limits)
    for stock in STOCKS:
        seat.quote(stock.symbol, "100.00", "100.10")
    seat.tell(f.DayRolled("2023-11-14", D(1_000_000), 2**62), f.MarksSampled((), D(1_000_000), D(1_000_000)))
    return seat


def rows_of(seat: Seat) -> dict[str, MeterRow]:
    now = Now(seat.wall_ns, seat.market_ns)
    return {row.key: row for row in meters(seat.state, valued(seat.state, seat.quotes, ACCOUNT, now.market_ns), now)}


def test_a_book_is_measured_as_it_stands() -> None:
    seat = seat_of(max_gross_exposure="2", max_net_exposure="1", max_sector_exposure="0.30")
    seat.hold("AAPL", "1000")
    seat.hold("XOM", "-500")
    seat.send(buy("200", "MSFT", limit="100"))
    rows = rows_of(seat)
    equity = D(1_000_000) + D(100_000) - D(50_050)
    assert rows["risk.max_position_pct"].label == "Largest AAPL"
    assert rows["risk.max_position_pct"].amount == D(100_000)
    assert rows["risk.max_position_pct"].value == (D(100_000) / equity).quantize(D("0.0001"))
    gross = D(100_000) + D(50_050) + D(20_000)
    assert rows["risk.max_gross_exposure"].amount == gross
    assert rows["risk.max_gross_exposure"].used == (gross / equity / 2).quantize(D("0.0001"))
    assert rows["risk.max_leverage"].amount == gross
    assert rows["risk.max_net_exposure"].amount == D(100_000) - D(50_050) + D(20_000)
    assert (rows["risk.max_sector_exposure"].label, rows["risk.max_sector_exposure"].amount) == ("Sector Tech", 120_000)
    assert rows["risk.max_portfolio_positions"].value == 3
    assert rows["risk.max_working_orders"].value == 1
    assert rows["risk.max_orders_per_s"].value == 1
    assert rows["rejects"].value == 0


def test_the_days_profit_has_its_sign_and_only_a_loss_uses_the_limit() -> None:
    seat = seat_of(max_daily_loss_pct="0.05", max_drawdown_pct="0.10")
    seat.hold("AAPL", "1000", "100")
    for bid, ask, share, used in (
        ("110", "110.10", "0.11", "0"),
        ("60", "60.10", "0.06", "0"),
        ("0.01", "0.02", "0.00001", "0"),
    ):
        seat.quote("AAPL", bid, ask)
        row = rows_of(seat)["risk.max_daily_loss_pct"]
        assert (row.value, row.used) == (D(share), D(used))
    seat.hold("AAPL", "-2000", "100")
    seat.quote("AAPL", "24.99", "25")
    rows = rows_of(seat)
    assert (rows["risk.max_daily_loss_pct"].value, rows["risk.max_daily_loss_pct"].used) == (D("-0.025"), D("0.5"))
    assert rows["risk.max_daily_loss_pct"].amount == -25_000
    assert (rows["risk.max_drawdown_pct"].value, rows["risk.max_drawdown_pct"].used) == (D("0.025"), D("0.25"))


def test_what_is_not_known_has_no_value() -> None:
    seat = Seat(instruments=STOCKS)
    for row in meters(DeskState(), None, Now(seat.wall_ns, seat.market_ns)):
        if row.unit != "count" and row.key != "rejects":
            assert (row.value, row.used) == (None, None), row.key
    assert rows_of(seat)["risk.max_var_95"].value == 0  # it is known that nothing is held
    seat.hold("AAPL", "100")
    rows = rows_of(seat)
    assert rows["risk.max_var_95"].value is None
    assert rows["risk.max_var_95"].note == "not measured yet"
    seat.tell(f.MarksSampled((), None, None, Figures(D(1), missing=("AAPL", "MSFT", "XOM", "IBM"))))
    assert rows_of(seat)["risk.max_cvar_99.normal"].note == "no AAPL, MSFT, XOM ..."


def test_a_stale_price_marks_what_stands_on_it() -> None:
    seat = seat_of()
    seat.hold("AAPL", "100")
    assert not any(row.stale for row in rows_of(seat).values())
    seat.pass_ns(16 * SECOND)
    rows = rows_of(seat)
    for key in ("risk.max_daily_loss_pct", "risk.max_drawdown_pct", "risk.max_leverage", "risk.max_position_pct"):
        assert rows[key].stale
    assert not rows["risk.max_working_orders"].stale


def test_losing_trades_in_a_row_count_against_their_trigger() -> None:
    seat = seat_of(duplicate_window_s="off")
    seat.tell(f.LimitsLoaded("hash", {**seat.state.limits.as_texts(), "triggers.losing_trades": "4"}))
    for n, px in enumerate(("99", "98", "97")):
        seat.fill(seat.send(buy("1", limit="100")), "1", "100")
        assert rows_of(seat)["triggers.losing_trades"].value == n
        seat.fill(seat.send(sell("1", limit=px)), "1", px)
    row = rows_of(seat)["triggers.losing_trades"]
    assert (row.value, row.limit, row.used) == (3, 4, D("0.75"))
    seat.fill(seat.send(buy("1", limit="100")), "1", "100")
    seat.fill(seat.send(sell("1", limit="100")), "1", "101")
    assert rows_of(seat)["triggers.losing_trades"].value == 0


def test_the_figures_of_the_book_are_shares_of_equity_and_grow_old() -> None:
    seat = seat_of(max_var_95="0.02", max_beta="1.5")
    seat.hold("AAPL", "100")
    found = Figures(
        D(1_000_000), 250, D(15_000), D(20_000), D(18_000), D(25_000), D(14_000), D(21_000), D(17_000), D(24_000),
        D("0.75"), D("0.62"), ("AAPL", "MSFT"),
    )  # fmt: skip
    seat.tell(f.MarksSampled((), D(1_000_000), D(1_000_000), found))
    rows = rows_of(seat)
    var = rows["risk.max_var_95"]
    assert (var.value, var.used, var.amount, var.off) == (D("0.015"), D("0.75"), 15_000, False)
    normal = rows["risk.max_var_95.normal"]
    assert (normal.label, normal.value, normal.used) == ("VaR 95 normal", D("0.014"), D("0.7"))
    assert (rows["risk.max_cvar_99"].value, rows["risk.max_cvar_99"].off) == (D("0.025"), True)
    assert rows["risk.max_beta"].used == D("0.5")
    assert (rows["risk.max_correlation"].label, rows["risk.max_correlation"].value) == ("Corr. AAPL MSFT", D("0.62"))
    assert not var.stale
    seat.pass_ns(FIGURES_STALE_NS + 1)
    assert rows_of(seat)["risk.max_var_95"].stale


def test_meters_are_sorted_by_nearness_with_those_that_are_off_last() -> None:
    seat = seat_of()
    seat.hold("AAPL", "900")
    now = Now(seat.wall_ns, seat.market_ns)
    rows = meters(seat.state, valued(seat.state, seat.quotes, ACCOUNT, now.market_ns), now)
    on = [row.used for row in rows if not row.off and row.used is not None]
    assert on == sorted(on, reverse=True)
    assert [row.off for row in rows] == sorted(row.off for row in rows)
    assert len({row.key for row in rows}) == len(rows)


# --- what is said ---------------------------------------------------------------------------------------------


def at(used: str | None, key: str = "m") -> MeterRow:
    value = D(used) / 10 if used is not None else None
    return MeterRow(key, "Largest AAPL", value, D("0.1"), D(used) if used is not None else None, "pct")


def test_a_meter_is_said_once_at_seventy_and_once_at_ninety_percent() -> None:
    watch = MeterWatch()
    said = [watch.look([at(used)], n * SECOND) for n, used in enumerate(("0.69", "0.70", "0.75", "0.90", "1.1", "0.9"))]
    assert [[(level, code) for level, code, _ in each] for each in said] == [
        [],
        [(AlertLevel.NOTICE, "METER_NEAR")],
        [],
        [(AlertLevel.WARN, "METER_CRITICAL")],
        [],
        [],
    ]
    assert said[1][0][2] == "Largest AAPL is at 70% of its limit: 7.0% of 10.0%"


def test_a_jump_over_both_is_one_warning() -> None:
    watch = MeterWatch()
    assert [code for _, code, _ in watch.look([at("0.95")], 0)] == ["METER_CRITICAL"]
    assert watch.look([at("0.95")], SECOND) == []


def test_a_meter_that_trembles_at_a_threshold_is_said_once() -> None:
    watch = MeterWatch()
    assert len(watch.look([at("0.90")], 0)) == 1
    for n in range(1, 400):
        assert watch.look([at("0.90" if n % 2 else "0.80")], n * SECOND) == []


def test_after_half_a_minute_well_below_it_is_said_again() -> None:
    watch = MeterWatch()
    watch.look([at("0.71")], 0)
    watch.look([at("0.60")], SECOND)
    watch.look([at("0.60")], SECOND + REARM_NS - 1)
    assert watch.look([at("0.71")], SECOND + REARM_NS) == []
    watch.look([at("0.60")], 100 * SECOND)
    watch.look([at("0.60")], 100 * SECOND + REARM_NS)
    assert len(watch.look([at("0.71")], 200 * SECOND)) == 1


@pytest.mark.parametrize("used", ["0.66", None])
def test_just_below_and_unknown_keep_the_threshold_quiet(used: str | None) -> None:
    watch = MeterWatch()
    watch.look([at("0.71")], 0)
    for n in range(100):
        watch.look([at(used)], n * SECOND)
    assert watch.look([at("0.71")], 100 * SECOND) == []


def test_each_meter_has_its_own_memory() -> None:
    watch = MeterWatch()
    assert len(watch.look([at("0.8", "a")], 0)) == 1
    assert len(watch.look([at("0.8", "a"), at("0.8", "b")], SECOND)) == 1
