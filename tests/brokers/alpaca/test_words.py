"""Alpaca's words: moments, numbers, sides, statuses, bodies."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec
import pytest

from brokers.alpaca import words
from brokers.alpaca.settings import LIVE_URL, PAPER_URL, AlpacaSettings, SettingsError, settings_of
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.order import BrokerOrder
from engine.model.package import Leg
from engine.model.secret import Secret


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-11-20T15:04:05.123456789Z", 1_795_187_045_123_456_789),
        ("2026-11-20T15:04:05Z", 1_795_187_045_000_000_000),
        ("2026-11-20T10:04:05.5-05:00", 1_795_187_045_500_000_000),
        ("2026-11-20T10:04:05.000001-05:00", 1_795_187_045_000_001_000),
    ],
)
def test_a_moment_keeps_its_nanoseconds_and_its_offset(text: str, ns: int) -> None:
    assert words.moment(text) == ns


@pytest.mark.parametrize("text", ["", "yesterday", None, "2026-13-01T00:00:00Z"])
def test_what_is_no_moment_is_said(text: object) -> None:
    with pytest.raises(words.UnreadableError):
        words.moment(text)


@pytest.mark.parametrize("value", ["abc", "NaN", "Infinity"])
def test_what_is_no_number_is_said(value: str) -> None:
    with pytest.raises(words.UnreadableError):
        words.number(value)


def test_an_opening_sale_is_a_short_sale_and_an_unknown_side_is_never_guessed() -> None:
    assert words.side_of({"side": "sell", "position_intent": "sell_to_open"}) is Side.SELL_SHORT
    assert words.side_of({"side": "sell", "position_intent": "sell_to_close"}) is Side.SELL
    assert words.side_of({"side": "sell_short"}) is Side.SELL_SHORT
    with pytest.raises(words.UnreadableError, match="sideways"):
        words.side_of({"side": "sideways"})


def test_no_status_of_the_brokers_table_is_missing_but_the_one_that_leads_on() -> None:
    published = (
        "new partially_filled filled done_for_day canceled expired replaced pending_cancel pending_replace accepted"
        " pending_new accepted_for_bidding stopped rejected suspended calculated held"
    )
    assert set(published.split()) - set(words.STATUSES) == {"replaced"}
    assert words.STATUSES["calculated"] is OrdStatus.CALCULATED


def test_numbers_go_out_as_they_were_approved() -> None:
    order = BrokerOrder(
        "id1", "A", "IBM", Side.SELL_SHORT, Decimal("0.300000001"), OrdType.STOP_LIMIT, TimeInForce.GTC,
        Decimal("1E+2"), Decimal("99.10"), extended=True,
    )  # fmt: skip
    assert words.body_of(order, "IBM") == {
        "client_order_id": "id1", "symbol": "IBM", "side": "sell", "qty": "0.300000001", "type": "stop_limit",
        "time_in_force": "gtc", "limit_price": "100", "stop_price": "99.10", "extended_hours": True,
    }  # fmt: skip


def test_a_trailing_share_goes_out_in_percent() -> None:
    order = BrokerOrder(
        "id1", "A", "IBM", Side.SELL, Decimal(5), OrdType.TRAILING_STOP, TimeInForce.DAY, trail_pct=Decimal("0.025")
    )
    assert words.body_of(order, "IBM")["trail_percent"] == "2.500"


def test_a_package_has_legs_and_no_symbol_or_side_of_its_own() -> None:
    legs = (Leg("AAPL270115C00200000", Side.BUY), Leg("AAPL270115C00210000", Side.SELL, 2))
    order = BrokerOrder(
        "id1", "A", "P", Side.BUY, Decimal(3), OrdType.LIMIT, TimeInForce.DAY, Decimal("-0.40"), legs=legs
    )
    body = words.body_of(order, "P")
    assert (body["order_class"], body["limit_price"]) == ("mleg", "-0.40")
    assert "symbol" not in body
    assert "side" not in body
    assert [(leg["symbol"], leg["ratio_qty"], leg["side"]) for leg in body["legs"]] == [
        ("AAPL270115C00200000", "1", "buy"),
        ("AAPL270115C00210000", "2", "sell"),
    ]


def test_a_pair_of_crypto_has_a_slash_on_the_wire() -> None:
    assert words.wire_symbol(Instrument("BTCUSD", base="BTC"), "BTCUSD") == "BTC/USD"
    assert words.wire_symbol(Instrument("IBM"), "IBM") == "IBM"


@pytest.mark.parametrize(
    ("url", "number", "live"),
    [
        (PAPER_URL, "123456789", False),
        (LIVE_URL, "PA3XXXX", True),
        ("http://127.0.0.1:1", "PA3XXXX", False),
        ("http://127.0.0.1:1", "123456789", True),
    ],
)
def test_what_is_not_known_to_be_paper_is_live(url: str, number: str, live: bool) -> None:
    assert AlpacaSettings(Secret("k"), Secret("s"), url).is_live(number) is live


@pytest.mark.parametrize(
    ("data", "stream"),
    [
        ("https://data.alpaca.markets", "wss://stream.data.alpaca.markets/v2/iex"),
        ("http://127.0.0.1:9", "ws://127.0.0.1:9/v2/iex"),
        ("ws://127.0.0.1:9/v2/sip", "ws://127.0.0.1:9/v2/sip"),
    ],
)
def test_market_data_streams_from_the_host_that_has_the_data(data: str, stream: str) -> None:
    assert AlpacaSettings(Secret("k"), Secret("s"), data_url=data).market_url() == stream


KEYS = {"ALPACA_API_KEY": Secret("PKX"), "ALPACA_SECRET_KEY": Secret("sesame")}


def test_the_environment_means_the_address_of_the_profiles_mode_and_the_other_one_is_refused() -> None:
    assert settings_of(KEYS, {}).base_url == PAPER_URL
    assert settings_of(KEYS, {}, live=True).base_url == LIVE_URL
    for url, live in ((LIVE_URL, False), (PAPER_URL + "/v2", True)):
        with pytest.raises(SettingsError, match="and the profile says mode: "):
            settings_of(KEYS, {"ALPACA_BASE_URL": url}, live=live)
    assert "looks like one of a paper account" in settings_of(KEYS, {}, live=True).which_keys()
    assert "looks like" not in settings_of(KEYS, {}).which_keys()


@pytest.mark.parametrize(("said", "live"), [("true", False), ("false", True), ("", True)])
def test_an_address_that_is_not_the_brokers_is_what_the_environment_says_of_it(said: str, live: bool) -> None:
    assert settings_of(KEYS, {"ALPACA_BASE_URL": "http://h:1", "ALPACA_PAPER": said}).is_live("0102") is live
    assert not settings_of(KEYS, {"ALPACA_PAPER": "false"}).is_live("0102"), "at the broker's own: by its host"


@pytest.mark.parametrize(("name", "value"), [("ALPACA_FEED", "opra"), ("ALPACA_PAPER", "maybe")])
def test_a_word_that_the_environment_may_not_have_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is '{value}'"):
        settings_of(KEYS, {name: value})


def test_the_environment_says_where_alpaca_is_and_nothing_shows_the_keys() -> None:
    secrets = KEYS
    found = settings_of(secrets, {"ALPACA_BASE_URL": "http://127.0.0.1:9/v2/"})
    assert (found.base_url, found.updates_url) == ("http://127.0.0.1:9", "ws://127.0.0.1:9/stream")
    assert not re.search("sesame|PKX", f"{found} {found!r} {msgspec.structs.asdict(found)}")
    with pytest.raises(TypeError):
        msgspec.json.encode(found)
    assert found.without_secrets("PKX may not, sesame") == "*** may not, ***"
    with pytest.raises(SettingsError, match="ALPACA_BASE_URL is 'example'"):
        settings_of(secrets, {"ALPACA_BASE_URL": "example"})
