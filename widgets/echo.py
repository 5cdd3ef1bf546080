"""The live echo of what is being typed, in fixed order, and the verdict under it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from textwrap import wrap
from typing import Literal

from engine.model.enums import OrdType, Side
from engine.views import Denial, OrderPreview, StatusView
from widgets.format import NO_VALUE, money, number, plain, quantity, signed_quantity
from widgets.glyphs import UNICODE, Glyphs
from widgets.lines import Line, Lines, Part, clipped, length
from widgets.notation import SIDES, TYPES, Notation

Colour = Literal["green", "amber", "red"]
MOST_LINES = 12


class EchoLines(Lines):
    """The echo, standing on the command line; as high as what it has to say."""

    def __init__(self) -> None:
        super().__init__(id="echo")
        self._content: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines; none closes the echo."""
        most = max(MOST_LINES, self.app.size.height // 2)
        if len(lines) > most:
            lines = [*lines[: most - 1], [(f" and {len(lines) - most + 1} more lines", "dim")]]
        if len(lines) != len(self._content):
            self.styles.height = max(1, len(lines))
            self.set_class(bool(lines), "-open")
        self._content = lines
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        return [clipped(line, width) for line in self._content]


def who(status: StatusView) -> list[Part]:
    """Mode and account, in the mode's colour."""
    live = status.mode.lower() == "live"
    return [(f" {status.mode.upper()} {plain(status.account)} ", "live" if live else "paper")]


def order_words(preview: OrderPreview, terms: str = "") -> str:
    """BUY 100 IBM LMT 190.50 DAY. `terms`: what stands before how long it is good for (a trail's distance)."""
    words = [SIDES[preview.side], quantity(preview.qty), preview.symbol, TYPES[preview.ord_type]]
    if preview.limit_px is not None:
        words.append(_exact(preview.limit_px))
    if preview.stop_px is not None:
        words.append(f"stop {_exact(preview.stop_px)}")
    words += [terms] if terms else []
    return " ".join([*words, preview.time_in_force.value.upper()])


def order_echo(
    preview: OrderPreview, status: StatusView, width: int, notation: Notation, more: tuple[str, str] = ("", "")
) -> list[Line]:
    """In fixed order: mode and account, the order in full, notional, position, buying power, distance; on as many lines
    as that takes. `more`: what the order says that the preview does not, before and behind its time in force."""
    glyphs = notation.glyphs
    before, after = signed_quantity(preview.position_before), signed_quantity(preview.position_after)
    order = " ".join(part for part in (order_words(preview, more[0]), more[1]) if part)
    # Without a limit it is the money at the worst price that the checks reckon with, a collar's width from the market.
    most: list[Part] = [("at most ", "label")] if preview.limit_px is None and preview.side is Side.BUY else []
    facts: list[list[Part]] = [
        [("notional ", "label"), *most, (money(preview.notional), "normal")],
        [("position ", "label"), (f"{before} {glyphs.to} {after}", "strong")],
        [("buying power ", "label"), (f"{glyphs.to} {money(preview.buying_power_after)}", "normal")],
        [(distance_words(preview), "normal")],
    ]
    return _flowed(_said(status, order, width), facts, width, (f" {glyphs.dot} ", "dim"))


def _said(status: StatusView, order: str, width: int) -> list[list[Part]]:
    """Mode, account and the order; a long one goes on in the lines below."""
    head = who(status)
    rows = wrap(order, max(20, width - length(head) - 2), break_long_words=False, break_on_hyphens=False) or [""]
    first: list[Part] = [*head, (f" {rows[0]}", "strong")]
    return [first, *([(f"   {row}", "strong")] for row in rows[1:])]


def _flowed(lines: list[list[Part]], blocks: Sequence[Sequence[Part]], width: int, dot: Part) -> list[Line]:
    """The blocks behind the last of the lines, and on new ones where there is no room."""
    for block in blocks:
        if length(lines[-1]) + len(dot[0]) + length(block) <= width:
            lines[-1] += [dot, *block]
        else:
            lines.append([(" ", "normal"), *block])
    return list(lines)


def distance_words(preview: OrderPreview) -> str:
    """How far the limit stands from the opposite touch."""
    bps = preview.distance_bps
    if bps is None:
        return "at market" if preview.ord_type is OrdType.MARKET else f"distance {NO_VALUE}"
    if bps == 0:
        return "at the touch"
    return f"{number(abs(bps), 1)} bps {'away' if bps > 0 else 'through'}"


def verdict_lines(
    colour: Colour, action: str, denials: Sequence[Denial], notes: Sequence[str], width: int, glyphs: Glyphs = UNICODE
) -> list[Line]:
    """The verdict, each failing check with its value and limit, then what was corrected; nothing of it is cut."""
    sign = {"green": glyphs.yes, "amber": "!", "red": glyphs.no}[colour]
    lines: list[Line] = told([(f" {sign} {colour.upper()} ", colour), (" ", "normal")], action, "strong", width)
    for denial in denials:
        code: Part = (plain(str(denial)), "warn" if denial.soft else "down")
        whole = 3 + len(code[0]) + 2 + len(denial.message) <= width
        if whole or not denial.message:
            lines.append([("   ", "normal"), code, (f"  {plain(denial.message)}", "dim")])
        else:
            lines += [[("   ", "normal"), code], *told([("      ", "normal")], denial.message, "dim", width)]
    for note in notes:
        lines += told([("   note: ", "label")], note, "normal", width)
    return lines


def told(head: Sequence[Part], text: str, style: str, width: int) -> list[Line]:
    """Words behind their head, broken where the line ends."""
    room = max(20, width - length(head))
    first, *rest = wrap(plain(text), room, break_on_hyphens=False) or [""]
    return [[*head, (first, style)], *([(" " * length(head), "normal"), (row, style)] for row in rest)]


def _exact(value: Decimal) -> str:
    """A price as given, with thousands separators and at least two decimals."""
    exponent = value.as_tuple().exponent
    return number(value, max(2, -exponent if isinstance(exponent, int) else 2))
