"""Daily bars of the days before a run: what VaR, beta, correlation and average volume stand on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import date
from typing import Final

from brokers.ibkr.contracts import contract_of
from brokers.ibkr.messages import BarSeen, Ended, ErrorSeen, Lost, Message
from brokers.ibkr.pacing import Lane, Pacer
from brokers.ibkr.settings import IbkrSettings
from engine.market.history import DayBar
from engine.model.instrument import Instrument
from engine.protocol import NotConnectedError, NotSupportedError

log = logging.getLogger("tradedesk.brokers.ibkr")
#: The broker takes 60 such questions in ten minutes, and 50 at once.
MOST: Final = 50
PATIENCE_S: Final = 15.0


def daily_bars(
    settings: IbkrSettings, instruments: Mapping[str, Instrument], today: date
) -> dict[str, tuple[DayBar, ...]]:
    """By symbol, the oldest first, without today's; IB corrects trades for splits. Blocks. Raises BrokerError; a symbol
    of which nothing comes is left out, and the log says why."""
    return asyncio.run(_all(settings, instruments, today))


async def _all(
    settings: IbkrSettings, instruments: Mapping[str, Instrument], today: date
) -> dict[str, tuple[DayBar, ...]]:
    from brokers.ibkr.sdk import Link

    asked: dict[int, str] = {}
    found: dict[str, list[DayBar]] = {}
    ended = asyncio.Event()
    open_: set[int] = set()
    lost = ""

    def done(req_id: int) -> None:
        open_.discard(req_id)
        if not open_:
            ended.set()

    def hear(message: Message) -> None:
        nonlocal lost
        match message:
            case BarSeen() if message.req_id in asked and message.day < today.isoformat():
                bar = DayBar(message.day, message.close, message.volume)
                found.setdefault(asked[message.req_id], []).append(bar)
            case Ended(what="bars"):
                done(message.req_id)
            case ErrorSeen() if message.ident in open_:
                log.warning("no daily bars of %s: %s (%d)", asked[message.ident], message.text, message.code)
                done(message.ident)
            case Lost():
                lost = message.why
                ended.set()
            case _:
                pass

    link = Link(settings, hear)
    await link.open()
    try:
        pacer = Pacer(settings.messages_per_s, settings.reserved, asyncio.get_running_loop().time)
        if len(instruments) > MOST:
            log.warning("daily bars of %d of %d instruments: IB gives no more at once", MOST, len(instruments))
        for req_id, (symbol, instrument) in enumerate(list(instruments.items())[:MOST], link.next_valid_id):
            try:
                contract = contract_of(instrument, symbol)
            except NotSupportedError as error:
                log.info("no daily bars of %s: %s", symbol, error)  # an order in it is refused, and says why
                continue
            await pacer.turn(Lane.QUESTION)
            asked[req_id] = symbol
            open_.add(req_id)
            link.ask_bars(req_id, contract)
        if open_:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await ended.wait()
            except TimeoutError:
                log.warning("no daily bars within %g s of %s", PATIENCE_S, ", ".join(asked[one] for one in open_))
        if lost:
            raise NotConnectedError(lost)
        whole = {symbol for req_id, symbol in asked.items() if req_id not in open_}
        return {symbol: tuple(sorted(bars, key=_day)) for symbol, bars in found.items() if symbol in whole}
    finally:
        link.close()


def _day(bar: DayBar) -> str:
    return bar.date
