"""The ladder of one instrument: best bid and ask with sizes, own working orders at their prices, how old it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import ClassVar, Final

from engine.views import DeskView, OrderRow, QuoteRow
from widgets.format import age, price, quantity, quoted_size
from widgets.grid import Cell, Column, Row
from widgets.ladder import Beyond, LadderRow, centre_of, ladder, still_centred
from widgets.lines import Part
from widgets.notation import Notation
from widgets.panes.base import TablePane

_FEWEST: Final = 9


class LadderPane(TablePane[LadderRow]):
    """`follow` says whose. Rows are places, not prices: a row's price changes when the ladder is centred anew."""

    name_of_pane = "ladder"
    number = "d"
    title = "Ladder"
    empty = "no instrument chosen: Enter on a quote, or : ladder aapl"
    stands_still = True
    columns: ClassVar[tuple[Column, ...]] = (
        Column("own_buy", "Own buy", 9, "right", flexible=True),
        Column("bid_size", "Bid", 7, "right", flexible=True),
        Column("price", "Price", 10, "right", flexible=True, whole=True),
        Column("ask_size", "Ask", 7, "right", flexible=True),
        Column("own_sell", "Own sell", 9, "right", flexible=True),
    )

    def __init__(self, notation: Notation, clock: Callable[[], float]) -> None:
        super().__init__(notation, clock)
        self._symbol = ""
        self._quote: QuoteRow | None = None
        self._made_of: tuple[object, ...] = ()
        self._orders: tuple[OrderRow, ...] | None = None
        self._own: tuple[OrderRow, ...] = ()
        self._beyond = Beyond()
        self._seen: tuple[LadderRow, ...] = ()

    def follow(self, symbol: str, view: DeskView) -> None:
        """Show this instrument as the view has it; costs a look at the orders only when those changed."""
        quote = next((row for row in view.quotes if row.symbol == symbol), None)
        if view.orders is not self._orders or symbol != self._symbol:
            self._orders = view.orders
            self._own = tuple(order for order in view.orders if order.is_open and order.symbol == symbol)
        height = self.table.size.height - 1
        rows = max(_FEWEST, height - (height + 1) % 2)
        centre = self._seen[len(self._seen) // 2].price if symbol == self._symbol and len(self._seen) == rows else None
        if centre is None or (quote is not None and not still_centred(centre, quote, rows)):
            centre = centre_of(quote, self._own)
        self._symbol, self._quote = symbol, quote
        made_of = (symbol, quote, self._own, centre, rows)
        if made_of != self._made_of:
            self._made_of = made_of
            self._seen, self._beyond = self._rows_at(centre, rows)
        self.show(self._seen)
        self._title_line.show(self.summary(self._seen))

    def _rows_at(self, centre: Decimal | None, rows: int) -> tuple[tuple[LadderRow, ...], Beyond]:
        tick = self._quote.tick if self._quote is not None else self._own[0].tick if self._own else None
        if tick is None or centre is None:
            return (), Beyond()
        return ladder(self._quote, self._own, centre, tick, rows)

    def key(self, row: LadderRow) -> str:
        return str(row.slot)

    def draw_row(self, row: LadderRow) -> Row:
        mark = f" {self.notation.glyphs.mark}" if row.is_last else "  "
        best = row.bid_size is not None or row.ask_size is not None
        return Row(
            self.key(row),
            (
                Cell(_own(row.own_buy, row.own_buys), "side-buy"),
                Cell("" if row.bid_size is None else quoted_size(row.bid_size), "normal"),
                Cell(
                    f"{price(row.price, row.tick)}{mark}",
                    "strong" if best else "info" if row.is_last else "dim" if row.inside else "flat",
                ),
                Cell("" if row.ask_size is None else quoted_size(row.ask_size), "normal"),
                Cell(_own(row.own_sell, row.own_sells), "side-sell"),
            ),
            "stale" if row.stale and not (row.own_buys or row.own_sells) else None,
        )

    def summary(self, rows: Sequence[LadderRow]) -> list[Part]:
        """Whose it is, how old, and what it does not show."""
        quote = self._quote
        if not self._symbol:
            return []
        parts: list[Part] = [(f"{self._symbol}  ", "strong")]
        if quote is None:
            return [*parts, ("no quote", "warn")]
        how_old = age(quote.age_ns)
        parts.append((f"STALE {how_old}" if quote.stale else how_old, "warn" if quote.stale else "dim"))
        if quote.delayed:
            parts.append((" D", "warn"))
        beyond = self._beyond
        if beyond.above or beyond.below or beyond.unpriced:
            words = [(beyond.above, "above"), (beyond.below, "below"), (beyond.unpriced, "at no price")]
            parts.append((f"  {', '.join(f'{count} {where}' for count, where in words if count)}", "warn"))
        return [*parts, ("  top of book", "dim")]


def _own(qty: Decimal, count: int) -> str:
    """300, or 300/2 of two orders."""
    if not count:
        return ""
    text = quantity(qty)
    return text if count == 1 else f"{text}/{count}"
