"""The lines of a chain: calls to the left of the strikes, puts to the right."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from console.chain.grid import Chain
from console.chain.marks import Marks
from console.chain.model import Greeks
from engine.model.option import Right, occ_or_none, readable_strike
from engine.views import QuoteRow
from widgets.format import price, quoted_size, signed
from widgets.lines import Line, Part
from widgets.notation import Notation


class Cell(msgspec.Struct, frozen=True):
    """One option as it is shown."""

    symbol: str
    quote: QuoteRow | None
    greeks: Greeks | None
    held: Decimal


CellOf = Callable[[datetime.date, Decimal, Right], Cell]


def head_line(underlying: str, quote: QuoteRow | None, expiry: datetime.date, days: int, notation: Notation) -> Line:
    """The underlying's price and the expiration that is shown."""
    dot = f" {notation.glyphs.dot} "
    parts: list[Part] = [(f" {underlying}", "strong")]
    if quote is None or quote.bid is None or quote.ask is None:
        parts.append(("  no quote yet", "warn"))
    else:
        style = "dim" if quote.stale else "normal"
        parts.append((f"  {price(quote.bid, quote.tick)} / {price(quote.ask, quote.tick)}", style))
        if quote.stale:
            parts.append((" STALE", "warn"))
    left = "today" if days == 0 else f"{days} day{'' if days == 1 else 's'}"
    return [*parts, (dot, "dim"), (f"{expiry:%d %b %Y}", "key"), (f" ({left})", "dim")]


def title_line() -> Line:
    """What the columns are."""
    side = f"{'pos':>5}{'bid':>7}{'ask':>7}{'IV':>5}{'delta':>6}"
    other = f"{'bid':>7}{'ask':>7}{'IV':>5}{'delta':>6}{'pos':>5}"
    return [(side, "label"), (f"{'strike':>9}", "label"), (other, "label")]


def strike_line(
    chain: Chain, expiry: datetime.date, at: int, cursor: tuple[int, Right], cell_of: CellOf, marks: Marks, middle: int
) -> Line:
    """One strike."""
    strike = chain.strikes[at]
    parts: list[Part] = []
    call, put = cell_of(expiry, strike, "C"), cell_of(expiry, strike, "P")
    style = "strong" if at == middle else "normal"
    here = cursor[0] == at
    parts += _left(call, marks, here and cursor[1] == "C")
    parts.append((f"{readable_strike(strike):>9}", style))
    parts += _right(put, marks, here and cursor[1] == "P")
    return parts


def _left(cell: Cell, marks: Marks, here: bool) -> list[Part]:
    bid, ask, iv, delta, style = _values(cell)
    text = f"{_position(cell, marks):>5}{bid:>7}{ask:>7}{iv:>5}{delta:>6}"
    return [(text, _style(cell, marks, here, style))]


def _right(cell: Cell, marks: Marks, here: bool) -> list[Part]:
    bid, ask, iv, delta, style = _values(cell)
    text = f"{bid:>7}{ask:>7}{iv:>5}{delta:>6}{_position(cell, marks):>5}"
    return [(text, _style(cell, marks, here, style))]


def _style(cell: Cell, marks: Marks, here: bool, style: str) -> str:
    if here:
        return "caret"
    count = marks.legs.get(cell.symbol, 0)
    return "buy" if count > 0 else "sell" if count < 0 else style


def _position(cell: Cell, marks: Marks) -> str:
    """What is marked (B2, S1), else what is held."""
    count = marks.legs.get(cell.symbol, 0)
    if count:
        return f"{'B' if count > 0 else 'S'}{abs(count)}"
    return f"{'+' if cell.held > 0 else ''}{quoted_size(cell.held)}" if cell.held else ""


def _values(cell: Cell) -> tuple[str, str, str, str, str]:
    quote = cell.quote
    if quote is None or quote.bid is None or quote.ask is None:
        return "-", "-", "-", "-", "dim"
    found = cell.greeks
    iv = "-" if found is None else f"{found.iv * 100:.0f}%"
    delta = "-" if found is None else f"{found.delta:+.2f}".replace("0.", ".")
    style = "dim" if quote.stale else "normal"
    return price(quote.bid, quote.tick), price(quote.ask, quote.tick), iv, delta, style


def package_lines(marks: Marks, net: tuple[Decimal, Decimal] | None) -> list[Line]:
    """What is marked, and what it costs."""
    if not marks.legs:
        return [[(" nothing is marked: Enter opens the ticket for this option", "dim")]]
    legs = "  ".join(f"{'buy' if count > 0 else 'sell'} {abs(count)} {_said(s)}" for s, count in marks.legs.items())
    lines: list[Line] = [[(f" {legs}", "strong")]]
    if len(marks.legs) > 1:
        if net is None:
            lines.append([(" no fresh quote of each leg yet", "warn")])
        else:
            mid, now = net
            what = "debit" if mid > 0 else "credit"
            lines.append(
                [
                    (f" {what} at mid ", "label"),
                    (signed(mid), "strong"),
                    ("  at once ", "label"),
                    (signed(now), "normal"),
                ]
            )
    return lines


def _said(symbol: str) -> str:
    """AAPL260116C00200000 as 16Jan 200C."""
    occ = occ_or_none(symbol)
    return symbol if occ is None else f"{occ.expiry:%d%b} {readable_strike(occ.strike)}{occ.right}"


def rows_around(count: int, cursor: int, room: int) -> Sequence[int]:
    """Which of so many strikes are shown, the cursor in the middle where it can be."""
    room = min(room, count)
    start = min(max(cursor - room // 2, 0), count - room)
    return range(start, start + room)
