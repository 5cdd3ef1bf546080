"""What the emulator lists unless it is told otherwise: shares, options, futures, currencies, a coin."""

from __future__ import annotations

from decimal import Decimal

from tests.emulators.ibkr.contracts import Listed

D = Decimal
RULES: dict[int, tuple[tuple[str, str], ...]] = {
    26: (("0", "0.01"),),
    67: (("0", "0.25"),),
    109: (("0", "0.01"), ("3", "0.05")),
    239: (("0", "0.00005"),),
    240: (("0", "0.005"),),
    635: (("0", "0.25"),),
    1529: (("0", "0.0001"), ("1", "0.0005")),
}
"""Price bands by market rule: from this price on, steps of so much."""


def _option(con_id: int, under: int, symbol: str, expiry: str, strike: str, right: str) -> Listed:
    local = f"{symbol:<6}{expiry[2:]}{right}{int(D(strike) * 1000):08}"
    return Listed(
        con_id, symbol, "OPT", exchanges=("SMART", "CBOE", "AMEX", "PHLX"), primary="", local=local, expiry=expiry,
        strike=D(strike), right=right, multiplier="100", rule=26, under_con_id=under, margin=D(2000),
    )  # fmt: skip


def _stock(con_id: int, symbol: str, primary: str, name: str, trading_class: str = "") -> Listed:
    return Listed(con_id, symbol, primary=primary, long_name=name, trading_class=trading_class)


def _future(con_id: int, local: str, expiry: str) -> Listed:
    return Listed(
        con_id, "ES", "FUT", exchanges=("CME", "QBALGO"), primary="", local=local, trading_class="ES", expiry=expiry,
        multiplier="50", min_tick=D("0.25"), rule=67, long_name="E-mini S&P 500", under_con_id=11004968,
        margin=D(16500),
    )  # fmt: skip


def _pair(con_id: int, base: str, quote: str, tick: str = "0.00005", rule: int = 239) -> Listed:
    return Listed(
        con_id, base, "CASH", quote, ("IDEALPRO",), "", f"{base}.{quote}", f"{base}.{quote}", rule=rule,
        min_tick=D(tick), margin=D("0.03"), long_name=f"{base}/{quote}",
    )  # fmt: skip


def _coin(con_id: int, symbol: str, name: str) -> Listed:
    return Listed(
        con_id, symbol, "CRYPTO", "USD", ("PAXOS",), "", f"{symbol}.USD", symbol, min_tick=D("0.25"), rule=635,
        min_size=D("0.00000001"), margin=D(1), long_name=name,
    )  # fmt: skip


LISTED: tuple[Listed, ...] = (
    _stock(8314, "IBM", "NYSE", "INTL BUSINESS MACHINES CORP"),
    _stock(756733, "SPY", "ARCA", "SPDR S&P 500 ETF TRUST"),
    _stock(265598, "AAPL", "NASDAQ", "APPLE INC", "NMS"),
    _stock(272093, "MSFT", "NASDAQ", "MICROSOFT CORP", "NMS"),
    _stock(10098, "BAC", "NYSE", "BANK OF AMERICA CORP"),
    _stock(4815747, "NVDA", "NASDAQ", "NVIDIA CORP", "NMS"),
    _stock(3691937, "AMZN", "NASDAQ", "AMAZON.COM INC", "NMS"),
    _stock(208813720, "GOOG", "NASDAQ", "ALPHABET INC-CL C", "NMS"),
    _stock(107113386, "META", "NASDAQ", "META PLATFORMS INC-CLASS A", "NMS"),
    _stock(76792991, "TSLA", "NASDAQ", "TESLA INC", "NMS"),
    _stock(320227571, "QQQ", "NASDAQ", "INVESCO QQQ TRUST SERIES 1", "NMS"),
    _stock(13977, "XOM", "NYSE", "EXXON MOBIL CORP"),
    _stock(347456165, "FOXA", "NASDAQ", "FOX CORP - CLASS A", "NMS"),
    _stock(5171, "BP", "NYSE", "BP PLC-SPONS ADR"),
    Listed(
        37118349, "BP", "STK", "GBP", ("SMART", "LSE"), "LSE", "BP.", "SET0", min_tick=D("0.0001"), rule=1529,
        long_name="BP PLC",
    ),
    _option(600000001, 265598, "AAPL", "20271217", "180", "C"),
    _option(600000002, 265598, "AAPL", "20271217", "180", "P"),
    _option(600000003, 265598, "AAPL", "20271217", "190", "C"),
    _option(600000004, 265598, "AAPL", "20271217", "190", "P"),
    _option(600000005, 265598, "AAPL", "20280616", "180", "C"),
    _option(600000006, 756733, "SPY", "20271217", "550", "C"),
    _option(600000007, 756733, "SPY", "20271217", "550", "P"),
    _option(600000008, 756733, "SPY", "20261218", "550", "C"),
    _option(600000009, 756733, "SPY", "20261218", "550", "P"),
    _option(600000010, 8314, "IBM", "20261218", "190", "C"),
    _option(600000011, 8314, "IBM", "20261218", "190", "P"),
    _future(495512552, "ESZ6", "20261218"),
    _future(495512557, "ESH7", "20270319"),
    _future(495512563, "ESZ7", "20271217"),
    _future(495512569, "ESH8", "20280317"),
    _pair(12087792, "EUR", "USD"),
    _pair(12087797, "GBP", "USD"),
    _pair(15016059, "USD", "JPY", "0.005", 240),
    _coin(479624278, "BTC", "Bitcoin"),
    _coin(495759171, "ETH", "Ethereum"),
)  # fmt: skip

#: About what each is worth, by its local symbol; options follow from their underlyings.
SPOTS = {
    name: D(px)
    for name, px in {
        "IBM": "185.00", "SPY": "540.00", "AAPL": "184.00", "MSFT": "420.00", "BAC": "38.00", "NVDA": "130.00",
        "AMZN": "200.00", "GOOG": "180.00", "META": "560.00", "TSLA": "250.00", "QQQ": "490.00", "XOM": "115.00",
        "FOXA": "42.00", "BP": "36.00", "BP.": "5.2000", "EUR.USD": "1.10000", "GBP.USD": "1.30000",
        "USD.JPY": "149.000", "ESZ6": "5400.00", "ESH7": "5450.00", "ESZ7": "5520.00", "ESH8": "5560.00",
        "BTC.USD": "60000.00", "ETH.USD": "2500.00",
    }.items()
}  # fmt: skip
