"""What a look at TWS or the Gateway can tell: which of them listens where, who we may be there, whether quotes come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from brokers.checks import Check
from brokers.ibkr.data import IbkrData
from brokers.ibkr.messages import Ended, ErrorSeen, Lost, Message
from brokers.ibkr.settings import PORTS, ClientIdInUseError, IbkrSettings
from engine.model.instrument import Instrument
from engine.model.market import MarketEvent, Quote
from engine.protocol import NotConnectedError

PROBE: Final = "SPY"
LOOK_S: Final = 0.3
FIRST_QUOTE_S: Final = 3.0
READ_ONLY: Final = "Read-Only"
SHUT: Final = "no order can be seen or sent: take the tick from 'Read-Only API' in the API settings"
NOT_THERE: Final = (
    "is TWS (or IB Gateway) running and logged in, and is 'Enable ActiveX and Socket Clients' on in its API settings?"
)


def port(settings: IbkrSettings, *, live: bool) -> Iterator[Check]:
    """A well-known port that is of the other kind of money than the profile: the two are easily swapped."""
    kind = PORTS.get(settings.port, "")
    if kind and kind.endswith("live") is not live:
        right = ", ".join(f"{number} {words}" for number, words in PORTS.items() if words.endswith("live") is live)
        mode = "live" if live else "paper"
        yield Check("port", "warn", f"{settings.port} is by default {kind}, and the profile says {mode}: {right}")


async def in_words(settings: IbkrSettings, text: str) -> str:
    """Why nothing answers, with what to look at."""
    if not text.startswith("nothing listens"):
        return text
    others = [(number, words) for number, words in PORTS.items() if number != settings.port]
    found = [f"{number} ({words})" for number, words in others if await _listens(settings.host, number)]
    if found:
        return f"nothing listens at {settings.where}, but at {' and '.join(found)}: is that the one that is meant?"
    return f"nothing listens at {settings.where}: {NOT_THERE}"


async def _listens(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(LOOK_S):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def api(settings: IbkrSettings) -> Check:
    """Whether TWS answers, and lets orders be seen and sent. `settings` has a client id beside the desk's."""
    from brokers.ibkr.sdk import Link

    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def hear(message: Message) -> None:
        if answer.done():
            return
        match message:
            case ErrorSeen(text=text) if READ_ONLY in text:
                answer.set_result(f"{SHUT} ({text})")
            case Ended(what="orders"):
                answer.set_result("")
            case Lost(why=why):
                answer.set_result(f"{settings.where} ended the connection: {why}")

    link = Link(settings, hear)
    try:
        await link.open()
        link.ask_orders()
        async with asyncio.timeout(settings.timeout_s):
            wrong = await answer
        words = wrong or f"{settings.where} lets orders be seen and sent"
        return Check("api", "FAIL" if wrong else "ok", words)
    except TimeoutError:
        return Check("api", "FAIL", f"{settings.where} is there, and does not answer when asked for its orders")
    except ClientIdInUseError:
        return Check("api", "warn", f"not looked at: client id {settings.client_id} is in use (by another doctor?)")
    except NotConnectedError as error:
        return Check("api", "FAIL", await in_words(settings, str(error)))
    finally:
        link.close()


async def client_id(settings: IbkrSettings) -> Check:
    """Whether the desk's own client id is free; for while the desk does not run."""
    from brokers.ibkr.sdk import Link

    link = Link(settings, lambda message: None)
    try:
        await link.open()
    except ClientIdInUseError:
        words = f"{settings.client_id} is in use by another program: give this desk one of its own (ibkr.client_id)"
        return Check("client id", "FAIL", words)
    except NotConnectedError as error:
        return Check("client id", "FAIL", str(error))
    finally:
        link.close()
    return Check("client id", "ok", f"{settings.client_id} is free")


async def market_data(settings: IbkrSettings) -> Check:
    """Whether a quote comes, live or delayed. `settings` has the client id for it."""
    quotes: list[Quote] = []
    troubles: list[str] = []
    came = asyncio.Event()

    def hear(event: MarketEvent) -> None:
        if isinstance(event, Quote):
            quotes.append(event)
            came.set()

    data = IbkrData(settings, {PROBE: Instrument(PROBE)}, troubles.append)
    try:
        await data.subscribe([PROBE], hear)
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_QUOTE_S):
                await came.wait()
    finally:
        await data.close()
    return _told(quotes, troubles)


def _told(quotes: list[Quote], troubles: list[str]) -> Check:
    said = f" ({'; '.join(troubles)})" if troubles else ""
    if not quotes:
        words = f"no quote of {PROBE} within {FIRST_QUOTE_S:g} s: outside trading hours, or no subscription{said}"
        return Check("market data", "warn", words)
    if quotes[-1].delayed:
        words = f"quotes are delayed: the account has no subscription, and live orders are refused on them{said}"
        return Check("market data", "warn", words)
    return Check("market data", "ok", f"a live quote of {PROBE} came")
