"""Alpaca's quotes and trades of stocks, options and crypto as a DataProvider.

Prices are binary fractions on this wire: their shortest decimal form is the price that was meant.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from brokers.alpaca import words
from brokers.alpaca.board import BoardStream, board_of
from brokers.alpaca.settings import AlpacaSettings, Board
from engine.model.instrument import Instrument
from engine.model.market import MarketEvent, Quote, Trade
from engine.protocol import MarketSink

log = logging.getLogger("tradedesk.brokers.alpaca")
HALTED: Final = frozenset({"H", "P", "2"})
"""Trading statuses (UTP and CTA) in which nothing trades."""
RESUMED: Final = frozenset({"T", "3", "5"})
#: Sale conditions (CTA, UTP) that set no last price: odd lots, average price, cash, next day, out of sequence ...
NOT_ELIGIBLE: Final = frozenset("BCGHIMNPQRTUVWZ479")


class AlpacaData:
    """`instruments`: what may be subscribed to, by the desk's symbol. `on_trouble`: told of every loss, in words."""

    name = "alpaca"

    def __init__(
        self,
        settings: AlpacaSettings,
        instruments: Mapping[str, Instrument],
        on_trouble: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._settings = settings
        self._wire = {symbol: words.wire_symbol(known, symbol) for symbol, known in instruments.items()}
        self._sinks: dict[str, tuple[str, MarketSink]] = {}
        self._halted: set[str] = set()
        self._boards: dict[Board, BoardStream] = {}
        self._on_trouble = on_trouble

    async def subscribe(self, symbols: Sequence[str], sink: MarketSink) -> None:
        """Deliver events of these symbols besides what is subscribed to; returns when the broker has confirmed, or
        after some seconds without it (it is asked for again in each new connection)."""
        wanted: dict[Board, list[str]] = {}
        for symbol in symbols:
            wire = self._wire.get(symbol, symbol)
            self._sinks[wire] = (symbol, sink)
            wanted.setdefault(board_of(wire), []).append(wire)
        for board in wanted:
            if board not in self._boards:
                self._boards[board] = BoardStream(self._settings, board, self._take, self._on_trouble)
        await asyncio.gather(*(self._boards[board].listen(wires) for board, wires in wanted.items()))

    async def close(self) -> None:
        """Deliver nothing more."""
        self._sinks.clear()
        for board in self._boards.values():
            await board.close()

    def _take(self, row: dict[str, Any]) -> bool:
        """Deliver one row; True when it was market data. What can't be read is logged and left out."""
        known = self._sinks.get(str(row.get("S")))
        if known is None:
            return False
        symbol, sink = known
        try:
            event = self._event(row, symbol)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            log.warning("a row of Alpaca's market data can't be read: %s: %s", type(error).__name__, error)
            return False
        if event is not None:
            sink(event)
        return True

    def _event(self, row: dict[str, Any], symbol: str) -> MarketEvent | None:
        kind = row["T"]
        if kind == "q":
            return Quote(
                symbol,
                _price(row["bp"]),
                _price(row["ap"]),
                _price(row["bs"]),
                _price(row["as"]),
                row["t"].to_unix_nano(),
                halted=symbol in self._halted,
            )
        if kind == "t":
            conditions = {str(word).strip() for word in row.get("c") or ()}
            eligible = not conditions & NOT_ELIGIBLE
            return Trade(symbol, _price(row["p"]), _price(row["s"]), row["t"].to_unix_nano(), eligible=eligible)
        if kind == "s":
            code = str(row.get("sc"))
            if code in HALTED:
                self._halted.add(symbol)
            elif code in RESUMED:
                self._halted.discard(symbol)
        return None


def _price(value: float) -> Decimal:
    """The shortest decimal that is this binary fraction."""
    return Decimal(repr(value))
