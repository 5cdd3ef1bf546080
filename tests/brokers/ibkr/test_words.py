"""IB's words: numbers, statuses, order terms, contracts, error codes, execution keys."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from brokers.errors import SettingsError
from brokers.ibkr import words
from brokers.ibkr.codes import Meaning, meaning_of
from brokers.ibkr.contracts import Names, contract_of, instrument_of
from brokers.ibkr.messages import ContractSeen, DetailsSeen
from brokers.ibkr.settings import IbkrSettings, is_live, with_environment
from engine.model.enums import AssetClass, LiquidityFlag, OrdStatus, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.order import BrokerOrder
from engine.protocol import NotSupportedError

MOMENT_NS = int(datetime(2026, 11, 27, 21, 0, tzinfo=UTC).timestamp()) * 1_000_000_000


def order(**given: object) -> BrokerOrder:
    terms: dict[str, object] = {
        "cl_ord_id": "a1", "account": "DU1", "symbol": "IBM", "side": Side.BUY, "qty": Decimal(100),
        "ord_type": OrdType.LIMIT, "time_in_force": TimeInForce.DAY, "limit_px": Decimal("99.10"), **given,
    }  # fmt: skip
    return BrokerOrder(**terms)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wire", "meant"),
    [
        (0.1, "0.1"),
        (100.0, "100"),
        (185.02, "185.02"),
        (1.00005, "1.00005"),
        (1e-05, "0.00001"),
        ("12.50", "12.50"),
        (1.7976931348623157e308, None),
        ("", None),
        (None, None),
    ],
)
def test_a_binary_fraction_is_the_shortest_decimal_and_unset_is_none(wire: object, meant: str | None) -> None:
    found = words.number(wire)
    assert (None if found is None else f"{found:f}") == meant


@pytest.mark.parametrize("wire", ["abc", float("nan"), float("inf"), "NaN"])
def test_what_is_no_number_is_not_taken_for_one(wire: object) -> None:
    with pytest.raises(words.UnreadableError):
        words.number(wire)


def test_a_price_has_two_decimals_at_the_least() -> None:
    assert [str(words.price(px)) for px in (185.0, 185.5, 1.10005)] == ["185.00", "185.50", "1.10005"]


@pytest.mark.parametrize(
    ("given", "kind", "tif", "limit", "aux", "pct"),
    [
        ({}, "LMT", "DAY", "99.10", "", ""),
        ({"ord_type": OrdType.MARKET, "limit_px": None, "time_in_force": TimeInForce.OPG}, "MKT", "OPG", "", "", ""),
        ({"ord_type": OrdType.MARKET, "limit_px": None, "time_in_force": TimeInForce.CLS}, "MOC", "DAY", "", "", ""),
        ({"time_in_force": TimeInForce.CLS}, "LOC", "DAY", "99.10", "", ""),
        ({"ord_type": OrdType.STOP, "limit_px": None, "stop_px": Decimal(101)}, "STP", "DAY", "", "101", ""),
        ({"ord_type": OrdType.STOP_LIMIT, "stop_px": Decimal(101)}, "STP LMT", "DAY", "99.10", "101", ""),
        (
            {"ord_type": OrdType.TRAILING_STOP, "limit_px": None, "trail_pct": Decimal("0.02")},
            "TRAIL", "DAY", "", "", "2.00",
        ),
        (
            {"ord_type": OrdType.TRAILING_STOP, "limit_px": None, "trail_amount": Decimal("1.5")},
            "TRAIL", "DAY", "", "1.5", "",
        ),
    ],
)  # fmt: skip
def test_an_approved_order_goes_out_in_its_own_digits(
    given: dict[str, object], kind: str, tif: str, limit: str, aux: str, pct: str
) -> None:
    terms = words.terms_of(order(**given))
    assert (terms.kind, terms.tif, terms.limit, terms.aux, terms.trail_pct) == (kind, tif, limit, aux, pct)
    assert (terms.action, terms.qty) == ("BUY", "100")


def test_a_good_till_date_is_said_in_utc() -> None:
    terms = words.terms_of(order(time_in_force=TimeInForce.GTD, expire_ns=MOMENT_NS))
    assert (terms.tif, terms.good_till) == ("GTD", "20261127 21:00:00 UTC")


@pytest.mark.parametrize(
    "given",
    [
        {"time_in_force": TimeInForce.GTD},
        {"ord_type": OrdType.STOP, "limit_px": None},
        {"ord_type": OrdType.TRAILING_STOP, "limit_px": None},
        {"ord_type": OrdType.STOP, "stop_px": Decimal(101), "time_in_force": TimeInForce.OPG},
        {"limit_px": None},
    ],
)
def test_words_that_do_not_go_together_are_refused_before_anything_is_sent(given: dict[str, object]) -> None:
    with pytest.raises(NotSupportedError, match="nothing was sent"):
        words.terms_of(order(**given))


def test_statuses_that_the_library_invents_are_no_statuses() -> None:
    assert words.STATUSES.keys().isdisjoint(words.INVENTED)
    assert words.STATUSES["PreSubmitted"] is OrdStatus.NEW


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (201, Meaning.REFUSED), (103, Meaning.REFUSED), (200, Meaning.REFUSED), (321, Meaning.REFUSED),
        (104, Meaning.CHANGE_REFUSED), (105, Meaning.CHANGE_REFUSED), (110, Meaning.CHANGE_REFUSED),
        (202, Meaning.CANCELED), (10147, Meaning.CANCEL_REFUSED), (161, Meaning.CANCEL_REFUSED),
        (399, Meaning.INFO), (10349, Meaning.INFO), (2109, Meaning.INFO), (404, Meaning.INFO), (2104, Meaning.INFO),
        (10197, Meaning.DATA), (354, Meaning.DATA), (100, Meaning.THROTTLED), (326, Meaning.IN_USE),
        (1100, Meaning.LINK_LOST), (1101, Meaning.LINK_BACK_EMPTY), (1102, Meaning.LINK_BACK), (1300, Meaning.RESET),
        (322, Meaning.OTHER), (99999, Meaning.OTHER),
    ],
)  # fmt: skip
def test_what_a_code_says_of_the_one_that_it_names(code: int, meaning: Meaning) -> None:
    assert meaning_of(code) is meaning


@pytest.mark.parametrize(
    ("exec_id", "key"),
    [
        ("0000e0d5.65b1.01.01", "0000e0d5.65b1.01"),
        ("0000e0d5.65b1.01.02", "0000e0d5.65b1.01/2"),
        ("plain", "plain"),
        ("a.b", "a.b"),
    ],
)
def test_an_execution_has_one_key_and_its_correction_one_of_its_own(exec_id: str, key: str) -> None:
    assert words.execution_key(exec_id) == key


def test_liquidity_of_a_kind_that_nobody_knows_is_unknown() -> None:
    assert [words.liquidity_of(code) for code in (1, 2, 0, 97)] == [
        LiquidityFlag.MAKER, LiquidityFlag.TAKER, LiquidityFlag.UNKNOWN, LiquidityFlag.UNKNOWN,
    ]  # fmt: skip


# --- contracts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instrument", "wanted"),
    [
        (Instrument("BRK.B"), ContractSeen(0, "STK", "BRK B")),
        (
            Instrument("EURUSD", AssetClass.FX, "USD", base="EUR"),
            ContractSeen(0, "CASH", "EUR", "USD", "IDEALPRO"),
        ),
        (
            Instrument("ESZ26", AssetClass.FUTURE, multiplier=Decimal(50)),
            ContractSeen(0, "FUT", "ES", "USD", "CME", "202612", multiplier="50"),
        ),
        (
            Instrument("AAPL260116C00200000", AssetClass.OPTION, multiplier=Decimal(100)),
            ContractSeen(0, "OPT", "AAPL", expiry="20260116", strike=Decimal("200.000"), right="C", multiplier="100"),
        ),
    ],
)
def test_a_symbol_is_a_contract_and_the_contract_that_comes_back_is_the_symbol(
    instrument: Instrument, wanted: ContractSeen
) -> None:
    assert contract_of(instrument, instrument.symbol) == wanted
    names = Names({instrument.symbol: instrument})
    back = ContractSeen(
        4711, wanted.kind, wanted.symbol, wanted.currency, "NYSE",
        wanted.expiry + ("18" if wanted.kind == "FUT" else ""),
        wanted.strike, wanted.right, wanted.multiplier, "local", "class",
    )  # fmt: skip
    assert names.symbol(back) == instrument.symbol
    assert names.symbol(ContractSeen(4711, "", "")) == instrument.symbol


@pytest.mark.parametrize(
    ("contract", "name"),
    [
        (ContractSeen(1, "STK", "BRK A"), "BRK.A"),
        (ContractSeen(2, "CASH", "GBP", "USD"), "GBPUSD"),
        (ContractSeen(3, "OPT", "IBM", expiry="20261218", strike=Decimal("187.5"), right="P"), "IBM261218P00187500"),
        (ContractSeen(4, "FUT", "ES", expiry="20261218", local="ESZ6"), "ESZ6"),
        (ContractSeen(5, "BOND", "", local="IBM 3.5 05/15/29"), "IBM3.505/15/29"),
    ],
)
def test_what_the_desk_never_heard_of_has_a_name_all_the_same(contract: ContractSeen, name: str) -> None:
    assert Names({}).symbol(contract) == name


@pytest.mark.parametrize("symbol", ["ES", "XXZ26", "ESA26", "ESZ2026"])
def test_a_future_that_is_not_known_is_not_guessed(symbol: str) -> None:
    with pytest.raises(NotSupportedError, match="no future"):
        contract_of(Instrument(symbol, AssetClass.FUTURE), symbol)


def test_a_stock_trades_in_whole_shares_whatever_sizes_some_venue_takes() -> None:
    details = DetailsSeen(
        1, ContractSeen(8314, "STK", "IBM"), "IBM CORP", Decimal("0.01"), Decimal("0.0001"), Decimal("0.0001"), 1, "26",
        "SMART", "COMMON", "US/Eastern", "",
    )  # fmt: skip
    found = instrument_of(details, "IBM")
    assert (found.tick, found.lot, found.min_qty, found.asset_class) == (Decimal("0.01"), 1, 1, AssetClass.EQUITY)


# --- settings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("account", "live"), [("DU1234567", False), ("DF1", False), ("U1234567", True), ("X", True)])
def test_whatever_is_not_known_to_be_paper_is_live(account: str, live: bool) -> None:
    assert is_live(account) is live


def test_the_environment_points_elsewhere() -> None:
    found = with_environment(IbkrSettings(), {"IBKR_HOST": "gw", "IBKR_PORT": "4002"})
    assert (found.host, found.port, found.client_id) == ("gw", 4002, 1)
    assert found.where == "gw:4002 (Gateway, paper)"
    with pytest.raises(SettingsError, match="IBKR_PORT"):
        with_environment(IbkrSettings(), {"IBKR_PORT": "many"})


def test_a_desk_may_know_instruments_that_are_not_traded_here() -> None:
    names = Names({"BTCUSD": Instrument("BTCUSD", asset_class=AssetClass.CRYPTO), "IBM": Instrument("IBM")})
    assert names.symbol(names.contract("IBM")) == "IBM"
    with pytest.raises(NotSupportedError, match="BTCUSD"):
        names.contract("BTCUSD")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("20261126 07:00:00 US/Eastern", "20261126 07:00:00 US/Eastern"),
        ("20261126  07:00:00", "20261126  07:00:00"),
        ("20261126 07:00:00 China Standard Time", "20261126  07:00:00"),
        ("20261126 07:00:00 ../../etc/passwd", "20261126  07:00:00"),
    ],
)
def test_a_zone_that_nobody_knows_costs_no_fill(text: str, read: str) -> None:
    assert words.in_a_known_zone(text) == read


@pytest.mark.parametrize(
    ("price", "sec_type"), [(words.UNSET * 2, "OPT"), ("", "STK"), (0.0, "STK"), (0.0, "CASH"), (-1.0, "CRYPTO")]
)
def test_a_fill_without_a_price_is_not_booked_at_nothing(price: object, sec_type: str) -> None:
    with pytest.raises(words.UnreadableError):
        words.paid(price, sec_type)


def test_what_an_execution_cost_is_read_to_the_last_digit() -> None:
    assert words.paid(185.1, "STK") == Decimal("185.10")
    assert words.paid(0.0, "OPT") == 0  # exercised, or expired
    assert words.paid(-0.25, "BAG") == Decimal("-0.25")
