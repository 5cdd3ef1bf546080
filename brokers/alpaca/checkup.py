"""What only a look at Alpaca itself can tell: what the account may do, and whether the streams are to be had."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from brokers.alpaca import sdk
from brokers.alpaca.settings import AlpacaSettings
from brokers.checks import Check, Verdict
from engine.protocol import AuthError, BrokerError

PROBE: Final = "SPY"
ONE_STREAM: Final = "another connection of this key has it (a second desk, or another program): one is all that it gets"
BLOCKS: Final = {
    "account_blocked": "the account is blocked",
    "trading_blocked": "trading is blocked",
    "trade_suspended_by_user": "trading is suspended in the account's settings at Alpaca",
}


def account_state(settings: AlpacaSettings) -> Iterator[Check]:
    """Whether the account may trade."""
    try:
        row = sdk.Client(settings).ask("GET", "/account")
    except BrokerError as error:
        yield Check("trading", "FAIL", str(error))
        return
    wrong = [words for flag, words in BLOCKS.items() if row.get(flag)]
    status = str(row.get("status") or "ACTIVE")
    if status != "ACTIVE":
        wrong.append(f"the account's status is {status}")
    yield Check("trading", "FAIL" if wrong else "ok", "; ".join(wrong) or "the account may trade")


def updates(settings: AlpacaSettings) -> Check:
    """The stream of trade updates."""
    return _opened("trade updates", sdk.Updates(settings), settings)


def market_data(settings: AlpacaSettings, *, streams: bool) -> Iterator[Check]:
    """Quotes by REST, and (`streams`) their stream."""
    where = f"feed {settings.feed}"
    try:
        query = {"symbols": PROBE, "feed": settings.feed}
        answer: Any = sdk.DataClient(settings).ask("GET", "/stocks/quotes/latest", query)
        found = isinstance(answer, dict) and PROBE in (answer.get("quotes") or {})
        detail = f"{where}: a quote of {PROBE} came" if found else f"{where}: no quote of {PROBE}, and no error"
        yield Check("market data", "ok" if found else "warn", detail)
    except BrokerError as error:
        yield Check("market data", "FAIL", f"{where}: {_in_words(error, settings)}")
    if streams:
        yield _opened("data stream", sdk.MarketFrames(settings), settings)


def _opened(check: str, stream: sdk.Updates | sdk.MarketFrames, settings: AlpacaSettings) -> Check:
    async def open_and_close() -> None:
        async with asyncio.timeout(settings.timeout_s):
            await stream.open()
        await stream.close()

    verdict: Verdict = "FAIL"
    try:
        asyncio.run(open_and_close())
        verdict, words = "ok", "opens"
    except TimeoutError:
        words = f"no answer within {settings.timeout_s:g} s"
    except BrokerError as error:
        words = _in_words(error, settings)
    return Check(check, verdict, words)


def _in_words(error: BrokerError, settings: AlpacaSettings) -> str:
    text = str(error)
    if "limit exceeded" in text or "another connection" in text or "the one connection" in text:
        return ONE_STREAM
    if "subscription" in text:
        return f"this key has no right to feed {settings.feed} (feed iex is everybody's): {text}"
    return f"the key is refused here: {text}" if isinstance(error, AuthError) else text
