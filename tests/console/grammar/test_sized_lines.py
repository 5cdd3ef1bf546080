"""Orders sized by risk, Kelly or volatility: what they come to, how that is said, and what refuses them."""

from __future__ import annotations

from decimal import Decimal
from math import sqrt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.grammar.context import DeskContext
from console.grammar.parsed import GrammarError, Local, Parsed
from console.verbs import load_grammar
from engine.inputs import PlaceGroup, PlaceOrder
from engine.market.calendar import Calendar
from engine.model.enums import AssetClass, OrdType, Side
from engine.model.instrument import Instrument
from engine.views import AccountRow, StatusView
from tests.console.grammar.desk import ACCOUNT, INSTRUMENTS, context, desk_view, quote, status

D = Decimal
GRAMMAR = load_grammar()


def read(line: str, here: DeskContext | None = None) -> Parsed:
    return GRAMMAR.parse(line, here or context())


def refused(line: str, here: DeskContext | None = None) -> GrammarError:
    with pytest.raises(GrammarError) as caught:
        read(line, here)
    assert "\n" not in str(caught.value)
    return caught.value


SIZED = [
    # The quote of AAPL is 190.50 / 190.53, equity is 5,000,000.
    ("buy risk 200 aapl stop 189.90", "buy 317 AAPL lmt 190.53 day sl 189.90 @PAPER"),
    ("buy risk $200 aapl stop 189.90", "buy 317 AAPL lmt 190.53 day sl 189.90 @PAPER"),
    ("buy risk 200 aapl sl 189.90", "buy 317 AAPL lmt 190.53 day sl 189.90 @PAPER"),
    ("buy risk 200 aapl lmt 190 stop 189 gtc", "buy 200 AAPL lmt 190.00 gtc sl 189.00 @PAPER"),
    ("buy risk 200 aapl mkt stop 189.90", "buy 317 AAPL mkt day sl 189.90 @PAPER"),
    ("buy risk 200 aapl @bid stop 189.50", "buy 200 AAPL lmt 190.50 day sl 189.50 @PAPER"),
    ("buy risk 1k aapl stop 189.53 tp 195", "buy 1000 AAPL lmt 190.53 day tp 195.00 sl 189.53 @PAPER"),
    ("buy risk 0.01% aapl stop 189.53", "buy 500 AAPL lmt 190.53 day sl 189.53 @PAPER"),
    ("buy risk 200 aapl sl trail 0.50", "buy 400 AAPL lmt 190.53 day sl trail 0.5 @PAPER"),
    ("buy risk 200 aapl sl trail 1%", "buy 104 AAPL lmt 190.53 day sl trail 1% @PAPER"),
    ("buy risk 200 aapl stoplmt 191 191.20 stop 190", "buy 166 AAPL stop 191.00 lmt 191.20 day sl 190.00 @PAPER"),
    ("short risk 1k tsla stop 185", "short 200 TSLA lmt 180.00 day sl 185.00 @PAPER"),
    ("buy kelly 0.55 1.5 aapl", "buy 6560 AAPL lmt 190.53 day @PAPER"),
    ("buy kelly 55% 1.5 fraction 0.5 aapl mkt", "buy 3280 AAPL mkt day @PAPER"),
    ("buy kelly 0.55 1.5 cap 1% aapl", "buy 262 AAPL lmt 190.53 day @PAPER"),
    ("buy kelly 0.55 1.5 fraction 1% aapl stop 180.53", "buy 1250 AAPL lmt 190.53 day sl 180.53 @PAPER"),
    ("short kelly 0.55 1.5 fraction 1% tsla", "short 69 TSLA lmt 180.00 day @PAPER"),
    ("buy vol 10% realized 25% aapl lmt 190", "buy 10526 AAPL lmt 190.00 day @PAPER"),
    ("buy vol 30% realized 25% cap 1.5 aapl lmt 190", "buy 31578 AAPL lmt 190.00 day @PAPER"),
    ("buy vol 30% realized 25% aapl lmt 190", "buy 26315 AAPL lmt 190.00 day @PAPER"),
    ("buy risk 200 spy lmt 170 stop 168 #idea", "buy 100 SPY lmt 170.00 day sl 168.00 @PAPER #idea"),
    ("buy risk 1% aapl stop 180 fit", "buy 4748 AAPL lmt 190.53 day fit sl 180.00 @PAPER"),
    ("buy 100000 aapl lmt 190 fit", "buy 100000 AAPL lmt 190.00 day fit @PAPER"),
    ("short 100 tsla mkt fit", "short 100 TSLA mkt day fit @PAPER"),
    ("buy risk 219 spy lmt 170 stop 168", "buy 100 SPY lmt 170.00 day sl 168.00 @PAPER"),
]


@pytest.mark.parametrize(("line", "echo"), SIZED)
def test_a_sized_order_says_in_full_what_it_is_and_reads_as_itself_again(line: str, echo: str) -> None:
    parsed = read(line)

    assert parsed.echo == echo
    assert read(echo).command == parsed.command


def test_the_protective_stop_is_the_stop_loss_of_a_bracket_for_the_same_quantity() -> None:
    command = read("buy risk 200 aapl stop 189.90 tp 195").command

    assert isinstance(command, PlaceGroup)
    assert command.contingency == "bracket"
    entry, target, stop = command.requests
    assert (entry.side, entry.ord_type, entry.qty, entry.limit_px) == (Side.BUY, OrdType.LIMIT, 317, D("190.53"))
    assert (target.side, target.qty, target.limit_px, target.reduce_only) == (Side.SELL, 317, D("195.00"), True)
    assert (stop.side, stop.ord_type, stop.qty, stop.stop_px) == (Side.SELL, OrdType.STOP, 317, D("189.90"))


def test_only_the_entry_of_a_bracket_asks_to_fit() -> None:
    command = read("buy risk 200 aapl stop 189.90 tp 195 fit").command

    assert isinstance(command, PlaceGroup)
    assert [request.fit for request in command.requests] == [True, False, False]


def test_without_a_stop_kelly_is_a_plain_order() -> None:
    assert isinstance(read("buy kelly 0.55 1.5 aapl").command, PlaceOrder)


NOTES = [
    (
        "buy risk 200 aapl stop 189.90",
        (
            "the entry is a limit at the ask: 190.53",
            "190.53 to 189.90 is 0.63 a unit",
            "200 / 0.63 a unit = 317, down to the lot: 199.71 at risk",
        ),
    ),
    (
        "buy risk 0.5% aapl mkt stop 189.90",
        (
            "counted from the ask of 190.53; a market order may fill worse",
            "0.5% of 5,000,000 equity = 25,000",
            "190.53 to 189.90 is 0.63 a unit",
            "25,000 / 0.63 a unit = 39682, down to the lot: 24,999.66 at risk",
        ),
    ),
    (
        "buy kelly 0.55 1.5 cap 20% fraction 0.5 aapl lmt 190",
        (
            "Kelly 0.55 - 0.45/1.5, at most 0.2, x 0.5 = 10% of 5,000,000 equity",
            "500,000 at 190.00 = 2631, down to the lot: 499,890",
        ),
    ),
    (
        "buy vol 30% realized 25% aapl lmt 190",
        (
            "30% / 25% given = 120%, capped at 100% of 5,000,000 equity",
            "5,000,000 at 190.00 = 26315, down to the lot: 4,999,850",
        ),
    ),
]


@pytest.mark.parametrize(("line", "notes"), NOTES)
def test_every_step_to_the_quantity_is_said(line: str, notes: tuple[str, ...]) -> None:
    assert read(line).notes == notes


def test_the_volatility_is_estimated_from_the_daily_closes() -> None:
    # Closes of 100 and 101 by turns: 29 returns of +1 % and -1/101.
    returns = [0.01 if at % 2 == 0 else 100 / 101 - 1 for at in range(29)]
    mean = sum(returns) / 29
    realized = sqrt(sum((r - mean) ** 2 for r in returns) / 28 * 252)
    command = read("buy vol 5% aapl lmt 190").command

    assert isinstance(command, PlaceOrder)
    assert command.request.qty == int(5_000_000 * 0.05 / realized / 190)
    assert "of the last daily closes" in read("buy vol 5% aapl lmt 190").notes[0]


def test_a_short_sale_by_size_still_asks_for_y() -> None:
    parsed = read("short risk 1k tsla stop 185")

    assert (parsed.level, parsed.why) == (2, "a short sale")


@given(
    risk=st.integers(1, 100_000),
    entry=st.integers(100, 50_000),
    stop=st.integers(50, 60_000),
    symbol=st.sampled_from(["AAPL", "SPY", "NVDA"]),
)
def test_no_line_risks_more_than_it_says(risk: int, entry: int, stop: int, symbol: str) -> None:
    line = f"buy risk {risk} {symbol} lmt {D(entry) / 100} stop {D(stop) / 100}"
    try:
        command = read(line).command
    except GrammarError:
        return
    assert isinstance(command, PlaceGroup)
    order, exit = command.requests
    assert order.limit_px is not None
    assert exit.stop_px is not None
    assert order.limit_px > exit.stop_px
    assert 0 < order.qty * (order.limit_px - exit.stop_px) <= risk
    assert not order.qty % INSTRUMENTS[symbol].lot


# --- refused --------------------------------------------------------------------------------------------------------

REFUSED = [
    ("buy risk 200 aapl", "risk 200 needs a stop"),
    ("buy risk 200 aapl stop 191", "the stop of a buy lies below its entry at 190.53; 191.00 does not"),
    ("buy risk 200 aapl stop 190.53", "the stop of a buy lies below its entry at 190.53; 190.53 does not"),
    ("buy risk 200 aapl stop 190.50", "the stop at 190.50 is not below the bid of 190.50: it would go out at once"),
    ("buy risk 200 aapl lmt 191 stop 190.60", "not below the bid of 190.50"),
    ("short risk 200 tsla stop 175", "the stop of a short sale lies above its entry at 180.00"),
    ("short risk 200 tsla stop 180.10", "not above the ask of 180.10"),
    ("buy kelly 0.55 1.5 aapl stop 200", "the stop of a buy lies below"),
    ("buy risk 0.5 aapl stop 189.90", "0.5 is too little: 190.53 to 189.90 is 0.63 a unit, and the least is 1"),
    ("buy risk 10 spy lmt 170 stop 168", "the least is 10, which would risk 20"),
    ("buy risk 200 tsla stop 170", "PAPER holds -200 TSLA, which this would close first; risk sizes what opens"),
    ("short kelly 0.55 1.5 aapl", "PAPER holds 101 AAPL, which this would close first; kelly sizes what opens"),
    ("buy risk 0 aapl stop 189", "'0' is no amount to risk"),
    ("buy risk -5 aapl stop 189", "'-5' is no amount to risk"),
    ("buy risk 101% aapl stop 189", "'101%' is no share"),
    ("buy risk aapl stop 189", "'aapl' is no amount to risk; expected AMOUNT"),
    ("buy risk 200", "expected SYMBOL"),
    ("buy risk 200 bac stop 13", "risk 200 needs an entry price: it is stale (17 s)"),
    ("buy risk 200 ibm stop 180", "it is locked or crossed"),
    ("buy risk 200 foxa stop 30", "a side is missing"),
    ("buy risk 200 msft stop 30", "there is none yet"),
    ("buy risk 200 aapl stop 189 sl 188", "'sl' doesn't fit what was said before"),
    ("buy risk 200 aapl stop 189 reduce", "'reduce' doesn't fit what was said before"),
    ("buy risk 200 aapl trail 1 stop 189", "'trail' doesn't fit"),
    ("sell 100 aapl mkt fit", "'fit' doesn't fit what was said before"),
    ("buy 100 tsla lmt 180 reduce fit", "'fit' doesn't fit what was said before"),
    ("buy 100 tsla lmt 180 fit reduce", "'reduce' doesn't fit what was said before"),
    ("buy 100 tsla lmt 180 fit fit", "'fit' doesn't fit what was said before"),
    ("oto buy 100 aapl lmt 190 fit / sell 100 aapl lmt 195", "'fit' doesn't fit what was said before"),
    ("buy risk 1% aapl stop 189 @HEDGE", "risk 1% is a share of equity, and that of HEDGE is not known yet"),
    ("buy kelly 0.4 1 aapl", "winning 0.4 of the time at 1 to 1 has no edge: Kelly bets nothing"),
    ("buy kelly 1.2 1 aapl", "'1.2' is no share"),
    ("buy kelly 0.5 x aapl", "'x' is no payoff"),
    ("buy kelly 0.55 1.5 fraction 2 aapl", "more than full Kelly"),
    ("buy kelly 0.55", "expected PAYOFF"),
    ("buy vol 10% nvda", "the volatility of NVDA is not known here; give it: vol 10% realized 25%"),
    ("buy vol 0.0001% realized 25% nvda", "is less than one lot of NVDA"),
    ("buy vol x nvda", "'x' is no share"),
    ("sell risk 200 aapl stop 195", "risk sizes what a single buy or short opens; here give a quantity or $ amount"),
    ("sell kelly 0.55 1.5 aapl", "kelly sizes what a single buy or short opens"),
    ("twap buy vol 10% aapl duration 5m", "vol sizes what a single buy or short opens"),
    ("oco buy risk 200 aapl lmt 190 / sell 1 aapl stop 180", "risk sizes what a single buy or short opens"),
    ("size", "expected buy, short, risk, kelly, vol"),
    ("size 100 aapl", "'100' is no way to size"),
]


def test_a_share_is_of_the_equity_of_the_account_that_the_order_is_for() -> None:
    rows = (
        AccountRow(ACCOUNT, D(5_000_000), D(5_000_000), None, False),
        AccountRow("HEDGE", D(1_000_000), D(1_000_000), None, False),
        AccountRow("PAPER2", D(1_000_000), D(1_000_000), None, True),
    )
    view = desk_view()
    several = msgspec.structs.replace(
        view, status=msgspec.structs.replace(view.status, accounts=rows, desk_equity=D(7_000_000))
    )
    here = DeskContext(
        several, INSTRUMENTS, accounts=(ACCOUNT, "PAPER2", "HEDGE"), user="ann", calendar=Calendar.load("XNYS")
    )
    line = "buy risk 0.01% aapl stop 189.53"
    assert read(line, here).echo.startswith("buy 500 ")
    assert read(f"{line} @hedge", here).echo.startswith("buy 100 ")
    assert "stands on stale prices" in str(refused(f"{line} @paper2", here))


@pytest.mark.parametrize(("line", "says"), REFUSED)
def test_what_has_no_clear_size_is_refused_in_one_line(line: str, says: str) -> None:
    assert says in str(refused(line))


def with_status(change: dict[str, object]) -> DeskContext:
    changed: StatusView = msgspec.structs.replace(status(), **change)
    return DeskContext(
        msgspec.structs.replace(desk_view(), status=changed),
        INSTRUMENTS,
        accounts=(ACCOUNT,),
        user="ann",
        calendar=Calendar.load("XNYS"),
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"equity": None}, "is a share of equity, and that is not known"),
        ({"pnl_stale": True}, "is a share of equity, and that stands on stale prices"),
        ({"equity": D(0)}, "is a share of equity, and that is 0"),
        ({"equity": D(-5)}, "is a share of equity, and that is -5"),
    ],
)
@pytest.mark.parametrize("size", ["risk 1%", "kelly 0.55 1.5", "vol 10% realized 25%"])
def test_a_share_of_equity_that_is_not_known_is_refused(change: dict[str, object], says: str, size: str) -> None:
    assert says in str(refused(f"buy {size} aapl stop 189", with_status(change)))


def test_an_amount_of_money_needs_no_equity() -> None:
    assert read("buy risk 200 aapl stop 189.90", with_status({"equity": None})).echo.startswith("buy 317 AAPL")


def test_a_missing_quote_is_asked_for() -> None:
    assert refused("buy risk 200 msft stop 30").needs_quote == "MSFT"


# --- multipliers and currencies -------------------------------------------------------------------------------------

EURUSD = Instrument("EURUSD", AssetClass.FX, "USD", tick=D("0.00001"), base="EUR")
USDJPY = Instrument("USDJPY", AssetClass.FX, "JPY", tick=D("0.001"), base="USD")
ABROAD = {
    "SAP": Instrument("SAP", currency="EUR"),
    "SONY": Instrument("SONY", currency="JPY"),
    "NESN": Instrument("NESN", currency="CHF"),
    "ES": Instrument("ES", AssetClass.FUTURE, tick=D("0.25"), multiplier=D(50)),
    "EURUSD": EURUSD,
    "USDJPY": USDJPY,
}


def abroad(*, stale: bool = False, without: str = "") -> DeskContext:
    quotes = (
        quote("SAP", "100", "100.10"),
        quote("SONY", "1000", "1001"),
        quote("NESN", "100", "100.10"),
        quote("ES", "4500.00", "4500.25"),
        quote("EURUSD", "1.0990", "1.1000", stale=stale),
        quote("USDJPY", "100.000", "100.010"),
    )
    shown = tuple(row for row in quotes if row.symbol != without)
    view = msgspec.structs.replace(desk_view(), quotes=shown)
    return DeskContext(view, ABROAD, accounts=(ACCOUNT,), user="ann", calendar=Calendar.load("XNYS"))


@pytest.mark.parametrize(
    ("line", "qty", "note"),
    [
        # 50 dollars a point; 20.25 points are 1012.50 a contract.
        ("buy risk 5000 es stop 4480", 4, "5,000 / 1012.5 a unit = 4, down to the lot: 4,050 at risk"),
        # A euro costs the ask: 10 euros a share are 11 dollars.
        ("buy risk 1100 sap lmt 100 stop 90", 100, "100.00 to 90.00 is 10.00 x 1.1 USD a EUR a unit"),
        ("buy risk 1099 sap lmt 100 stop 90", 99, "1,099 / 11 a unit = 99, down to the lot: 1,089 at risk"),
        # A yen costs 1 / bid.
        ("buy risk 1000 sony lmt 1000 stop 900", 1000, "1000.00 to 900.00 is 100.00 x 0.01 USD a JPY a unit"),
        ("buy kelly 0.55 1.5 fraction 1% sap lmt 100", 113, "12,500 at 100.00 x 1.1 USD a EUR = 113"),
    ],
)
def test_risk_is_in_the_base_currency_and_counts_multiplier_and_rate(line: str, qty: int, note: str) -> None:
    parsed = read(line, abroad())
    command = parsed.command

    request = command.requests[0] if isinstance(command, PlaceGroup) else command.request  # type: ignore[union-attr]
    assert request.qty == qty
    assert any(note in said for said in parsed.notes), parsed.notes


@pytest.mark.parametrize(
    ("here", "symbol", "says", "asks"),
    [
        (abroad(stale=True), "sap", "risk 1000 is in USD, and its rate to EUR is not fresh", "EURUSD"),
        (abroad(without="EURUSD"), "sap", "its rate to EUR is not fresh", "EURUSD"),
        (abroad(), "nesn", "its rate to CHF is not known: no pair of the two is in universe.yaml", None),
    ],
)
def test_without_a_fresh_rate_nothing_is_sized(here: DeskContext, symbol: str, says: str, asks: str | None) -> None:
    error = refused(f"buy risk 1000 {symbol} lmt 100 stop 90", here)

    assert says in str(error)
    assert error.needs_quote == asks


# --- only looking ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("size risk 200 aapl stoplmt 191 191.20 stop 190", "buy 166 AAPL stop 191.00 lmt 191.20 day sl 190.00 @PAPER"),
        ("size risk 200 aapl stop 189.90", "buy 317 AAPL lmt 190.53 day sl 189.90 @PAPER"),
        ("size short risk 1k tsla stop 185", "short 200 TSLA lmt 180.00 day sl 185.00 @PAPER"),
        ("size kelly 0.55 1.5 aapl", "buy 6560 AAPL lmt 190.53 day @PAPER"),
    ],
)
def test_size_shows_the_order_and_sends_nothing(line: str, order: str) -> None:
    parsed = read(line)

    assert isinstance(parsed.command, Local)
    assert (parsed.level, parsed.command.args) == (0, (order,))
    assert parsed.notes[0] == order
    assert read(parsed.echo).command == parsed.command
