"""The risk of the whole book: against numpy on real days, and what it says when it can't know."""

from __future__ import annotations

import csv
import gzip
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from engine import facts as f
from engine.desk import Desk
from engine.inputs import Now
from engine.market.history import DayBar, History
from engine.market.history_files import HistoryFiles
from engine.market.quotes import QuoteCache
from engine.model.enums import AssetClass
from engine.model.figures import Figures
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.option import option_instrument, parse_occ
from engine.risk.limits import Limits
from engine.state import DeskState
from engine.surroundings import Surroundings
from tests.engine.risk.seat import BROKER

D = Decimal
SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
DAY = date(2018, 4, 12)
REAL_START = int(datetime(2018, 4, 12, 14, tzinfo=UTC).timestamp()) * SECOND
STOCKS = (
    "GOOG", "AAPL", "FB", "BABA", "AMZN", "GE", "AMD", "WMT", "BAC", "GM",
    "T", "UAA", "SHLD", "XOM", "RRC", "BBY", "MA", "PFE", "JPM", "SBUX",
)  # fmt: skip
Z95, Z99 = 1.6448536269514722, 2.3263478740408408


class Book:
    """A desk that holds what a test says, with the days before it that a test gives."""

    def __init__(
        self,
        history: History,
        *instruments: Instrument,
        benchmark: str = "",
        cash: str = "1000000",
        start: int = START,
    ) -> None:
        self.now = Now(start, start)
        self.quotes = QuoteCache(Limits.defaults(), instruments)
        surroundings = Surroundings(
            lambda s, n, e: "", lambda n: ("2023-11-14", 2**62), lambda a: BROKER, history=history, benchmark=benchmark
        )
        self.desk = Desk(DeskState(), self.quotes, surroundings)
        self.desk.start(
            f.DeskOpened("BOOK", "paper", "PAPER", "paper", "USD", "average", "", "", "test"),
            f.InstrumentsLoaded(instruments),
            f.LimitsLoaded("", Limits.defaults().as_texts()),
            self.now,
        )
        self.desk.emit(f.AccountAdopted("PAPER", "USD", D(cash)))

    def hold(self, symbol: str, qty: str | Decimal, px: str | Decimal = "100") -> None:
        self.desk.emit(f.PositionAdopted("PAPER", symbol, D(qty), D(px)))

    def quote(self, symbol: str, bid: str | Decimal, ask: str | Decimal) -> None:
        self.quotes.on_quote(Quote(symbol, D(bid), D(ask), D(100), D(100), self.now.market_ns))

    def measure(self) -> Figures:
        """Let seconds pass until two samples have carried a measurement each."""
        for _ in range(3 * 1000):
            self.now = Now(self.now.wall_ns + SECOND // 500, self.now.market_ns)
            self.desk.advance(self.now)
        found = self.desk.state.figures
        assert found is not None
        return found


def line(*closes: float, last: date = date(2023, 11, 13)) -> tuple[DayBar, ...]:
    first = last - timedelta(days=len(closes) - 1)
    return tuple(
        DayBar((first + timedelta(days=n)).isoformat(), D(str(round(close, 6)))) for n, close in enumerate(closes)
    )


def walk(seed: int, start: float = 100.0, days: int = 251, scale: float = 0.01) -> list[float]:
    moves = np.random.default_rng(seed).normal(0.0003, scale, days - 1)
    return [start, *(start * np.cumprod(1 + moves))]


# --- against numpy on real days -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(shared_data: Path) -> tuple[History, np.ndarray[tuple[int, int], np.dtype[np.float64]], list[float]]:
    """The twenty stocks and SPY up to 2018-04-11: our history, and the last 250 daily returns as numpy reads them."""
    folder = shared_data / "multi_asset"
    files = [folder / "stocks20_adjclose_1989_2018.csv.gz", folder / "spy_adjclose_1993_2019.csv.gz"]
    history = HistoryFiles(DAY).read(files).history
    with gzip.open(files[0], "rt") as text:
        rows = list(csv.DictReader(text))[-251:]
    with gzip.open(files[1], "rt") as text:
        spy = {row["date"]: float(row["SPY"]) for row in csv.DictReader(text)}
    closes = np.array([[float(row[name]) for name in STOCKS] for row in rows])
    market = np.array([spy[row["date"]] for row in rows])
    return history, closes[1:] / closes[:-1] - 1, list(market[1:] / market[:-1] - 1)


def test_the_figures_of_twenty_positions_are_numpys(
    real: tuple[History, np.ndarray[tuple[int, int], np.dtype[np.float64]], list[float]],
) -> None:
    history, returns, market = real
    book = Book(history, *(Instrument(name) for name in STOCKS), benchmark="SPY", start=REAL_START)
    values = []
    for n, name in enumerate(STOCKS):
        close = history.prior_close(name)
        assert close is not None
        bid, ask = close.quantize(D("0.01")), close.quantize(D("0.01")) + D("0.02")
        qty = D((-1) ** n * (50 + 10 * n))
        book.hold(name, qty, close)
        book.quote(name, bid, ask)
        values.append(float(qty * (bid if qty > 0 else ask)))
    found = book.measure()
    profit = returns @ np.array(values)
    equity = 1_000_000 + sum(values)
    assert found.days == 250
    assert float(found.equity or 0) == pytest.approx(equity, abs=0.01)
    mu, sigma = profit.mean(), profit.std(ddof=1)
    for confidence, z, var, cvar, normal_var, normal_cvar in (
        (0.95, Z95, found.var_95, found.cvar_95, found.normal_var_95, found.normal_cvar_95),
        (0.99, Z99, found.var_99, found.cvar_99, found.normal_var_99, found.normal_cvar_99),
    ):
        edge = np.quantile(profit, 1 - confidence)
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        assert float(var or 0) == pytest.approx(-edge, abs=0.0051)
        assert float(cvar or 0) == pytest.approx(-profit[profit <= edge].mean(), abs=0.0051)
        assert float(normal_var or 0) == pytest.approx(z * sigma - mu, abs=0.0051)
        assert float(normal_cvar or 0) == pytest.approx(sigma * density / (1 - confidence) - mu, abs=0.0051)
    covariance = np.cov(profit, market, ddof=1)
    assert float(found.beta or 0) == pytest.approx(covariance[0, 1] / covariance[1, 1] / equity, abs=0.00006)
    signs = np.sign(values)
    together = np.corrcoef(returns.T) * np.outer(signs, signs)
    np.fill_diagonal(together, -2)
    place = np.unravel_index(int(together.argmax()), together.shape)
    assert set(found.pair) == {STOCKS[int(place[0])], STOCKS[int(place[1])]}
    assert float(found.correlation or 0) == pytest.approx(together.max(), abs=0.00006)


def test_a_hedged_book_has_less_risk_than_either_side(
    real: tuple[History, np.ndarray[tuple[int, int], np.dtype[np.float64]], list[float]],
) -> None:
    history, _, _ = real

    def var(**held: str) -> Decimal:
        book = Book(history, *(Instrument(name) for name in STOCKS), start=REAL_START)
        for name, qty in held.items():
            book.hold(name, qty)
            book.quote(name, "100", "100.01")
        figures = book.measure()
        assert figures.var_99 is not None
        return figures.var_99

    assert var(JPM="100", BAC="-100") < min(var(JPM="100"), var(BAC="-100"))


# --- synthetic books ------------------------------------------------------------------------------------------


def test_what_changes_is_in_the_next_measurement() -> None:
    book = Book(History.of({"A": line(*walk(1))}), Instrument("A"))
    assert book.measure() == Figures(
        D("1000000.00"), 0, D(0), D(0), D(0), D(0), D(0), D(0), D(0), D(0), D(0)
    )  # nothing is held: no risk
    book.hold("A", "100")
    book.quote("A", "50", "50.01")
    one = book.measure()
    book.hold("A", "100")
    two = book.measure()
    assert one.var_95 is not None
    assert two.var_95 == pytest.approx(2 * one.var_95, abs=D("0.02"))


def test_a_short_fears_what_a_long_hopes_for() -> None:
    closes = [100.0]
    for n in range(250):
        closes.append(closes[-1] * (1.05 if n % 20 == 0 else 0.9990))
    history = History.of({"A": line(*closes)})
    found = {}
    for qty in ("100", "-100"):
        book = Book(history, Instrument("A"))
        book.hold("A", qty)
        book.quote("A", "100", "100.01")
        found[qty] = book.measure().var_99
    assert (found["100"] or 0) < D(20)
    assert (found["-100"] or 0) > D(490)


@pytest.mark.parametrize("days", [2, 59, 60])
def test_without_sixty_returns_nothing_is_said(days: int) -> None:
    book = Book(History.of({"A": line(*walk(1, days=days)), "B": line(*walk(2))}), Instrument("A"), Instrument("B"))
    for name in ("A", "B"):
        book.hold(name, "100")
        book.quote(name, "50", "50.01")
    found = book.measure()
    assert found.var_95 is None
    assert found.missing == ("A",)
    assert found.equity == D("1010000.00")


def test_an_unknown_instrument_and_one_without_a_price_are_named() -> None:
    book = Book(History.of({"A": line(*walk(1))}), Instrument("A"), Instrument("NEW"))
    book.hold("A", "100")
    book.hold("NEW", "10")
    book.quote("A", "50", "50.01")
    found = book.measure()
    assert found.missing == ("NEW",)
    assert found.stale  # marked at what was paid
    assert found.normal_cvar_99 is None


def test_a_position_in_another_currency_moves_with_its_rate() -> None:
    sap, euro = walk(3, 150.0), walk(4, 1.1, scale=0.005)
    history = History.of({"SAP": line(*sap), "EURUSD": line(*euro)})
    pair = Instrument("EURUSD", AssetClass.FX, tick=D("0.00001"), base="EUR")
    book = Book(history, Instrument("SAP", currency="EUR"), pair)
    book.hold("SAP", "1000", "150")
    book.quote("SAP", "150", "150.10")
    book.quote("EURUSD", "1.10000", "1.10010")
    found = book.measure()
    r = np.array([float(c) for _, c in history.closes("SAP")])
    x = np.array([float(c) for _, c in history.closes("EURUSD")])
    both = (r[1:] / r[:-1]) * (x[1:] / x[:-1]) - 1
    assert float(found.var_95 or 0) == pytest.approx(-np.quantile(150_000 * 1.1 * both, 0.05), abs=0.01)


def test_yen_owed_for_dollars_bought_are_at_risk() -> None:
    yen = walk(5, 150.0)
    history = History.of({"USDJPY": line(*yen)})
    pair = Instrument("USDJPY", AssetClass.FX, currency="JPY", tick=D("0.001"), base="USD")
    book = Book(history, pair)
    book.hold("USDJPY", "100000", "150")
    book.desk.emit(f.AccountAdopted("PAPER", "USD", D(1_000_000), {"JPY": D(-15_000_000)}))
    book.quote("USDJPY", "149.999", "150.001")
    found = book.measure()
    closes = np.array([float(c) for _, c in history.closes("USDJPY")])
    profit = 100_000 * (1 - closes[:-1] / closes[1:])  # of dollars held against yen owed
    assert float(found.var_99 or 0) == pytest.approx(-np.quantile(profit, 0.01), rel=2e-3)


def test_a_short_straddle_has_the_risk_of_its_curvature() -> None:
    history = History.of({"A": line(*walk(6, scale=0.02))})
    stock = Instrument("A")
    options = [option_instrument(parse_occ(f"A240119{right}00100000"), stock) for right in ("C", "P")]
    long, short = (Book(history, stock, *options) for _ in range(2))
    for book, qty in ((long, "10"), (short, "-10")):
        book.quote("A", "100", "100.02")
        for option in options:
            book.hold(option.symbol, qty, "5")
            book.quote(option.symbol, "4.90", "5.10")
    lost, held = short.measure(), long.measure()
    assert (lost.var_99 or 0) > D(400)
    assert (held.var_99 or 0) < D(100)


def test_the_slices_of_five_hundred_positions_are_small() -> None:
    names = [f"S{n:03}" for n in range(500)]
    history = History.of({name: line(*walk(n)) for n, name in enumerate(names)})
    book = Book(history, *(Instrument(name) for name in names), cash="100000000")
    for name in names:
        book.hold(name, "10")
        book.quote(name, "100", "100.01")
    slices = 1
    while book.desk.book_risk.step(book.desk):
        slices += 1
    assert slices > 100
    figures = book.desk.book_risk.take()
    assert figures is not None
    assert figures.days == 250
