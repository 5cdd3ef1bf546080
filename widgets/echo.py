"""The live echo of what is being typed, in fixed order, and the verdict under it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from engine.model.enums import OrdType
from engine.views import Denial, OrderPreview, StatusView
from widgets.format import NO_VALUE, money, number, plain, quantity, signed_quantity
from widgets.glyphs import UNICODE, Glyphs
from widgets.lines import Line, Lines, Part, clipped
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
        lines = lines[:MOST_LINES]
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


def order_words(preview: OrderPreview) -> str:
    """BUY 100 IBM LMT 190.50 DAY"""
    words = [SIDES[preview.side], quantity(preview.qty), preview.symbol, TYPES[preview.ord_type]]
    if preview.limit_px is not None:
        words.append(_exact(preview.limit_px))
    if preview.stop_px is not None:
        words.append(f"stop {_exact(preview.stop_px)}")
    return " ".join([*words, preview.time_in_force.value.upper()])


def order_echo(preview: OrderPreview, status: StatusView, wide: bool, notation: Notation) -> list[Line]:
    """Mode and account, order, notional; position, buying power and distance behind it where there is room."""
    glyphs = notation.glyphs
    dot: Part = (f" {glyphs.dot} ", "dim")
    first: list[Part] = [
        *who(status),
        (f" {order_words(preview)}", "strong"),
        dot,
        ("notional ", "label"),
        (money(preview.notional), "normal"),
    ]
    before, after = signed_quantity(preview.position_before), signed_quantity(preview.position_after)
    second: list[Part] = [
        ("position ", "label"),
        (f"{before} {glyphs.to} {after}", "strong"),
        dot,
        ("buying power ", "label"),
        (f"{glyphs.to} {money(preview.buying_power_after)}", "normal"),
        dot,
        (distance_words(preview), "normal"),
    ]
    if wide:
        return [[*first, dot, *second]]
    return [first, [(" ", "normal"), *second]]


def distance_words(preview: OrderPreview) -> str:
    """How far the limit stands from the opposite touch."""
    bps = preview.distance_bps
    if bps is None:
        return "at market" if preview.ord_type is OrdType.MARKET else f"distance {NO_VALUE}"
    if bps == 0:
        return "at the touch"
    return f"{number(abs(bps), 1)} bps {'away' if bps > 0 else 'through'}"


def verdict_lines(
    colour: Colour, action: str, denials: Sequence[Denial], notes: Sequence[str], glyphs: Glyphs = UNICODE
) -> list[Line]:
    """The verdict, each failing check with its value and limit, then what was corrected."""
    sign = {"green": glyphs.yes, "amber": "!", "red": glyphs.no}[colour]
    head: list[Part] = [(f" {sign} {colour.upper()} ", colour), (f" {action}", "strong")]
    lines: list[Line] = [head]
    for denial in denials:
        style = "warn" if denial.soft else "down"
        lines.append([("   ", "normal"), (plain(str(denial)), style), (f"  {plain(denial.message)}", "dim")])
    lines += [[("   note: ", "label"), (plain(note), "normal")] for note in notes]
    return lines


def _exact(value: Decimal) -> str:
    """A price as given, with thousands separators and at least two decimals."""
    exponent = value.as_tuple().exponent
    return number(value, max(2, -exponent if isinstance(exponent, int) else 2))
