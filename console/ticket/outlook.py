"""What the desk says of the ticket's line: what it would do, what it would cost, and every check that fails."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from console.grammar.context import Context
from console.screens.session import CommandSession
from console.ticket.compose import Composed
from console.ticket.form import Form
from engine.inputs import PlaceGroup
from engine.model.instrument import Instrument
from engine.model.order import OrderRequest
from engine.views import AlgoPlan, CheckRow, OrderPreview
from widgets.format import NO_VALUE, measure, money, signed
from widgets.glyphs import bar
from widgets.lines import Line, Part, length
from widgets.notation import Notation
from widgets.panes.risk import meter_sign, meter_style

#: The styles of meters as styles of lines.
_USED: Final = {"good": "up", "alarm": "down", "dim": "dim"}


def outlook_lines(
    session: CommandSession,
    composed: Composed,
    form: Form,
    context: Context,
    notation: Notation,
    width: int,
) -> list[Line]:
    """The lines under the form. An unfinished form is no mistake: it says what is wanted."""
    error = session.error
    if composed.missing and (error is None or error.start >= len(composed.text.rstrip())):
        field = form.field(composed.missing)
        return [[(f" {field.label}: ", "warn"), (field.hint, "dim")]]
    if session.parsed is None:
        return session.verdict_lines(width)
    lines = session.order_lines(width)
    preview = session.preview
    if isinstance(preview, AlgoPlan):
        return [
            *lines,
            *session.verdict_lines(width),
            *_check_lines("checks of the largest child", preview.checks, notation),
        ]
    if not isinstance(preview, OrderPreview):
        return [*lines, *session.verdict_lines(width)]
    return [
        *lines,
        *session.verdict_lines(width),
        *_money_lines(preview, session, context, notation),
        *_use_lines(preview, notation, width),
        *_check_lines("checks", preview.checks, notation),
    ]


def _use_lines(preview: OrderPreview, notation: Notation, width: int) -> list[Line]:
    """The limits that the order goes furthest towards, as many as fit on a line."""
    parts: list[Part] = []
    for row in preview.uses:
        style = meter_style(row.used)
        block: list[Part] = [
            (f" {row.label} ", "label"),
            (bar(float(row.used or 0), 5, notation.glyphs), _USED.get(style, style)),
            (f" {measure(row.value, row.unit, 9)}{meter_sign(row.used)}", _USED.get(style, style)),
            (f" of {measure(row.limit, row.unit, 9)} ", "dim"),
        ]
        if length(parts) + length(block) > width:
            break
        parts += block
    return [parts] if parts else []


def _check_lines(label: str, checks: Sequence[CheckRow], notation: Notation) -> list[Line]:
    """Every check by name, those that refuse and those that warn first."""
    if not checks:
        return []
    glyphs = notation.glyphs
    looks = {"refuse": (glyphs.no, "down"), "warn": (glyphs.warn, "warn"), "pass": (glyphs.yes, "dim")}
    order = list(looks)
    parts: list[Part] = [(f" {label} ", "label")]
    for row in sorted(checks, key=lambda row: order.index(row.verdict)):
        sign, style = looks[row.verdict]
        # Sign and name in one word, which no line breaks.
        parts.append((f"{sign}{row.check.removeprefix('check_').replace('_', '-')}  ", style))
    return [parts]


def _money_lines(preview: OrderPreview, session: CommandSession, context: Context, notation: Notation) -> list[Line]:
    """Fees in the base currency; of a bracket what each exit would bring, in the instrument's."""
    parts: list[Part] = [(" fees ", "label")]
    if preview.fees is None:
        parts.append((f"{NO_VALUE} ", "normal"))
    elif not preview.fees:
        parts.append(("none", "normal"))
    else:
        parts += [("about ", "dim"), (money(preview.fees), "normal"), (f" {context.base_currency}", "dim")]
    instrument = context.instrument(preview.symbol)
    price = _entry(preview, context)
    command = session.parsed.command if session.parsed is not None else None
    if instrument is None or price is None or not isinstance(command, PlaceGroup) or command.contingency != "bracket":
        return [parts]
    dot: Part = (f" {notation.glyphs.dot} ", "dim")
    currency = "" if instrument.currency == context.base_currency else f" {instrument.currency}"
    for leg in command.requests[1:]:
        found = _at_exit(leg, preview, instrument, price)
        if found is not None:
            what, gain = found
            parts += [dot, (f"{what} ", "label"), (f"{signed(gain)}{currency}", "up" if gain > 0 else "down")]
    return [[*parts, (" before fees", "dim")]]


def _entry(preview: OrderPreview, context: Context) -> Decimal | None:
    """The price counted on: the limit, the stop, else the side of the quote that is taken."""
    if preview.limit_px is not None or preview.stop_px is not None:
        return preview.limit_px if preview.limit_px is not None else preview.stop_px
    quote = context.quote(preview.symbol)
    if quote is None:
        return None
    return quote.ask if preview.side.is_buy else quote.bid


def _at_exit(
    leg: OrderRequest, entry: OrderPreview, instrument: Instrument, price: Decimal
) -> tuple[str, Decimal] | None:
    """(which exit, what it brings or loses from the entry's price); None for one that trails."""
    exit_px = leg.limit_px if leg.limit_px is not None else leg.stop_px
    if exit_px is None:
        return None
    gain = (exit_px - price) * entry.side.sign * entry.qty * instrument.multiplier
    return "take profit" if leg.limit_px is not None else "stop loss", gain
