"""The screen of an option chain. It sends nothing: what is chosen goes to the ticket or onto the command line."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Final

from textual.events import Key, Resize

from console.action import Scope
from console.actions import Keymap
from console.chain.drawing import (
    Cell,
    head_line,
    package_lines,
    rows_around,
    strike_line,
    title_line,
)
from console.chain.grid import Chain, chain_of
from console.chain.marks import Marks
from console.chain.model import Greeks, greeks
from console.grammar.context import Context
from console.screens.box_keys import BoxKeys
from console.screens.boxes import DetailBox
from console.screens.session import ContextOf
from engine.model.option import Right, occ_or_none
from engine.views import DeskView, QuoteRow
from widgets.lines import Line
from widgets.notation import Notation

_LEAST: Final = 5
#: Lines of the screen that are no strikes: the frame, and what stands above and below them.
_OTHERS: Final = 10
Ticket = Callable[[Mapping[str, str]], None]


class ChainBox(DetailBox):
    """One underlying."""

    explanation = (
        "Calls left, strikes in the middle, puts right; the strike nearest to the market is marked. The arrows, PgUp, "
        "PgDn, Home and End move the cursor. Prices and greeks follow the market.",
        "Nothing is sent from here: Enter takes the option under the cursor (or the one that was marked) to the order "
        "ticket, and several marked legs as a package to the command line. Esc or q close.",
    )
    severity: ClassVar[str] = "-wide"

    def __init__(
        self,
        underlying: str,
        account: str,
        view: DeskView,
        watch: Callable[[str], None],
        context_of: ContextOf,
        notation: Notation,
        ticket: Ticket,
        line: Callable[[str], None],
        keys: Keymap,
    ) -> None:
        """`account`: whose positions are shown and whose order it becomes. `ticket` and `line`: where a choice goes;
        `watch` asks for quotes."""
        self._underlying = underlying
        self._account = account
        self._watch = watch
        self._context_of = context_of
        self._notation = notation
        self._ticket = ticket
        self._line = line
        self._view = view
        self._marks = Marks()
        self._said = ""
        self._chain: Chain | None = None
        self._expiry = 0
        self._at, self._right = 0, "C"
        self._placed = False
        self._room = _LEAST
        self._kept: dict[str, tuple[tuple[object, ...], Greeks | None]] = {}
        super().__init__(f"Options on {underlying}", self._lines, view)
        self._chain_keys = BoxKeys(keys, Scope.CHAIN)
        self.own_keys = self._chain_keys.told()
        self._box.border_subtitle = f"{self._chain_keys.hint()}, Esc"

    def on_mount(self) -> None:
        super().on_mount()
        self._watch(self._underlying)
        self._fit()

    def on_resize(self, event: Resize) -> None:
        self._fit()

    def _fit(self) -> None:
        self._room = max(self.app.size.height * 92 // 100 - _OTHERS, _LEAST)
        self.show(self._view)

    def show(self, view: DeskView) -> None:
        self._view = view
        super().show(view)

    # What is shown ---------------------------------------------------------------------------------------------

    def _lines(self, view: DeskView) -> Sequence[Line]:
        context = self._context_of(view)
        quote = context.quote(self._underlying)
        mid = _mid(quote)
        if self._chain is None or (mid is not None and not self._placed):
            self._chain = self._made(context, mid)
            self._at = self._chain.nearest(mid)
            self._placed = mid is not None
        chain = self._chain
        today = _today(context)
        expiry = chain.expiries[self._expiry % len(chain.expiries)]
        lines = [head_line(self._underlying, quote, expiry, (expiry - today).days, self._notation), [], title_line()]
        if not chain.strikes:
            return [*lines, [(" the price is not known yet", "warn")]]
        middle = chain.nearest(mid)
        shown = rows_around(len(chain.strikes), self._at, self._room)
        for at in shown:
            for right in ("C", "P"):
                self._watch(chain.symbol(expiry, chain.strikes[at], right))

        def cell(day: datetime.date, strike: Decimal, right: Right) -> Cell:
            return self._cell(context, chain.symbol(day, strike, right), mid)

        cursor: tuple[int, Right] = (self._at, "C" if self._right == "C" else "P")
        lines += [strike_line(chain, expiry, at, cursor, cell, self._marks, middle) for at in shown]
        lines += [[], *package_lines(self._marks, self._marks.net(context.quote))]
        return [*lines, [(f" {self._said}", "warn")]] if self._said else lines

    def _made(self, context: Context, mid: Decimal | None) -> Chain:
        known = [*context.symbols(), *(row.symbol for row in self._view.quotes)]
        return chain_of(self._underlying, mid, _today(context), known)

    def _cell(self, context: Context, symbol: str, underlying: Decimal | None) -> Cell:
        quote = context.quote(symbol)
        return Cell(symbol, quote, self._greeks(symbol, quote, underlying), context.position(self._account, symbol))

    def _greeks(self, symbol: str, quote: QuoteRow | None, underlying: Decimal | None) -> Greeks | None:
        """Worked out once for each change of the prices."""
        mid, occ = _mid(quote), occ_or_none(symbol)
        if mid is None or underlying is None or occ is None:
            return None
        key = (mid, underlying)
        kept = self._kept.get(symbol)
        if kept is None or kept[0] != key:
            left = occ.expires_ns - self._view.market_ns
            found = greeks(float(mid), float(underlying), float(occ.strike), left, is_call=occ.right == "C")
            kept = self._kept[symbol] = (key, found)
        return kept[1]

    # Keys --------------------------------------------------------------------------------------------------------

    def pressed(self, event: Key) -> None:
        chain = self._chain
        if event.key == "escape":
            self.answer(None)
            return
        meant = self._chain_keys.meant(event)
        if not meant and event.key == "q":
            self.answer(None)
            return
        if chain is None or not chain.strikes:
            return
        match meant:
            case "chain.buy" | "chain.sell":
                self._said = self._marks.add(self._symbol(chain), 1 if meant == "chain.buy" else -1)
            case "chain.clear":
                self._marks.clear()
                self._said = ""
            case "chain.later" | "chain.sooner":
                self._expiry = (self._expiry + (1 if meant == "chain.later" else -1)) % len(chain.expiries)
            case "chain.calls" | "chain.puts":
                self._right = "C" if meant == "chain.calls" else "P"
            case "chain.choose":
                self._choose(chain)
                return
            case _:
                self._move(event.key, len(chain.strikes))
        self.show(self._view)

    def _move(self, key: str, strikes: int) -> None:
        """The cursor, up and down the strikes."""
        by = {
            "up": -1,
            "down": 1,
            "pageup": -self._room,
            "pagedown": self._room,
            "home": -strikes,
            "end": strikes,
        }.get(key, 0)
        self._at = min(max(self._at + by, 0), strikes - 1)

    def _symbol(self, chain: Chain) -> str:
        expiry = chain.expiries[self._expiry % len(chain.expiries)]
        return chain.symbol(expiry, chain.strikes[self._at], "C" if self._right == "C" else "P")

    def _choose(self, chain: Chain) -> None:
        """Out, and on with the option under the cursor in the ticket, or with the marked legs on the command line."""
        context = self._context_of(self._view)
        several = len(context.accounts) > 1
        self.answer(None)
        if len(self._marks.legs) > 1:
            self._line(self._marks.line(context.quote, self._account if several else ""))
            return
        symbol, count = next(iter(self._marks.legs.items()), (self._symbol(chain), 1))
        given = {"symbol": symbol, "qty": str(abs(count)), "type": "mid", "account": self._account}
        self._ticket({**given, "side": "buy" if count > 0 else "sell"})


def _mid(quote: QuoteRow | None) -> Decimal | None:
    if quote is None or quote.bid is None or quote.ask is None:
        return None
    return (quote.bid + quote.ask) / 2


def _today(context: Context) -> datetime.date:
    """The day in New York, by which options expire."""
    from zoneinfo import ZoneInfo

    return datetime.datetime.fromtimestamp(context.market_ns // 1_000_000_000, ZoneInfo("America/New_York")).date()
