"""The lines of the ticket: the instrument, the form in two columns, and the line of the command language it writes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from console.grammar.context import Context
from console.ticket.compose import Composed
from console.ticket.editor import Editor
from console.ticket.fields import Field
from console.ticket.form import Form
from engine.views import DeskView, QuoteRow
from widgets.format import age, average, plain, price, quantity, signed_quantity
from widgets.lines import Line, Part, clipped, length
from widgets.notation import Notation
from widgets.wrap import wrapped

_LABEL: Final = 14
_GAP: Final = 2
_SIDES: Final = {"buy": "buy", "sell": "sell", "short": "sell"}
_MOST_SYMBOLS: Final = 6


def market_line(form: Form, view: DeskView, context: Context, notation: Notation) -> Line:
    """The instrument's quote with its age, what is held of it, and what works in it."""
    symbol = form["symbol"].upper()
    instrument = context.instrument(symbol) if symbol else None
    if instrument is None:
        return [(" no instrument yet" if not symbol else f" {plain(symbol)} is not known here", "dim")]
    dot: Part = (f" {notation.glyphs.dot} ", "dim")
    parts: list[Part] = [(f" {plain(instrument.symbol)}", "strong"), *_quote_parts(context.quote(instrument.symbol))]
    account = form["account"]
    row = next((p for p in view.positions if (p.account, p.symbol) == (account, instrument.symbol)), None)
    if row is not None and row.qty:
        parts += [dot, ("held ", "label"), (signed_quantity(row.qty), "strong")]
        parts += [(f" at {average(row.avg_px, row.tick)}", "dim")]
    working = [o for o in context.open_orders() if (o.account, o.symbol) == (account, instrument.symbol)]
    if working:
        parts += [dot, (f"{len(working)} working", "normal")]
    return parts


def _quote_parts(row: QuoteRow | None) -> list[Part]:
    """Bid and ask with their sizes; a quote that is not fresh says its age, one that is late a D."""
    if row is None:
        return [("  no quote yet", "warn")]
    style = "dim" if row.dim or row.stale else "normal"
    parts: list[Part] = [
        ("  ", "normal"),
        (price(row.bid, row.tick), style),
        (f" x {quantity(row.bid_size)}", "dim"),
        (" / ", "dim"),
        (price(row.ask, row.tick), style),
        (f" x {quantity(row.ask_size)}", "dim"),
    ]
    if row.stale:
        parts.append((f" STALE {age(row.age_ns)}", "warn"))
    elif row.dim:
        parts.append((f" {age(row.age_ns)}", "dim"))
    return [*parts, (" D", "warn")] if row.delayed else parts


def form_lines(editor: Editor, composed: Composed, width: int) -> list[Line]:
    """Left and right column, beside each other."""
    half = max(0, width - _GAP) // 2
    fields = editor.form.visible()
    left = [_cell(editor, field, composed, half) for field in fields if not field.right]
    right = [_cell(editor, field, composed, half) for field in fields if field.right]
    lines: list[Line] = []
    for one, other in zip_longest(left, right, fillvalue=()):
        lines.append([*one, (" " * (half + _GAP - length(one)), "normal"), *other])
    return lines


def _cell(editor: Editor, field: Field, composed: Composed, width: int) -> list[Part]:
    here = field.id == editor.field.id
    wanted = field.id in composed.wanted
    parts: list[Part] = [
        (" > " if here else "   ", "key"),
        (f"{field.label:<{_LABEL}}", "key" if here else "warn" if wanted else "label"),
    ]
    value = editor.form[field.id]
    room = width - length(parts)
    if field.kind == "text":
        if here and editor.selected:
            parts.append((plain(value)[:room], "caret"))
        else:
            parts += _text_parts(value, editor.place if here else None, room)
        if not value and not here:
            parts.append(("wanted", "warn") if wanted else (field.empty, "dim"))
    elif field.kind == "switch":
        word = "yes" if value else "no"
        parts.append((f"< {word} >", "strong") if here else (word, "strong" if value else "dim"))
    else:
        word = plain(value) if field.id == "account" else value.upper()
        style = _SIDES.get(value, "strong")
        parts += [("< ", "key"), (word, style), (" >", "key")] if here else [(word, style)]
    return clipped(parts, width)


def _text_parts(value: str, place: int | None, room: int) -> list[Part]:
    """The text, with the cell under the cursor reversed; where it is too long, the part around the cursor."""
    if place is None:
        return [(plain(value), "strong")]
    start = max(0, place - room + 1)
    text = plain(value)[start : start + room]
    at = place - start
    return [(text[:at], "strong"), (text[at : at + 1] or " ", "caret"), (text[at + 1 :], "strong")]


def hint_line(editor: Editor, context: Context, follows: Sequence[str]) -> Line:
    """What the field under the cursor takes: its choices, or how it is written. `follows`: words that may come next on
    the line, for a field that takes those."""
    field = editor.field
    value = editor.form[field.id]
    said: Part = (f"  {field.hint}", "dim")
    if editor.unheard:
        way = "y, n or space" if field.kind == "switch" else "a first letter, or space"
        said = (f"  {plain(editor.unheard)}: expected {way}", "warn")
    if field.kind == "choice":
        parts: list[Part] = [(" ", "normal")]
        for choice in field.choices:
            word = plain(choice) if field.id == "account" else choice
            parts += [(f" {word.upper()} " if choice == value else f" {word} ", "active" if choice == value else "dim")]
        return [said, *parts] if editor.unheard else [*parts, said]
    if near := symbols_like(editor, context):
        return [("   Right takes ", "dim"), (near[0], "strong"), (f"  {'  '.join(near[1:])}", "dim")]
    if follows:
        return [(f"  {' '.join(follows)}", "dim")]
    return [said]


def symbols_like(editor: Editor, context: Context) -> list[str]:
    """In the field of the symbol those that begin like what is typed, held ones first; none once it is one."""
    typed = editor.form["symbol"].upper()
    if editor.field.id != "symbol" or not typed or context.instrument(typed) is not None:
        return []
    known = dict.fromkeys([*context.held(), *context.symbols()])
    return [plain(symbol) for symbol in known if symbol.startswith(typed)][:_MOST_SYMBOLS]


def composed_lines(composed: Composed, width: int) -> list[Line]:
    """The line, on two rows; an ellipsis where something is wanted."""
    text = composed.text + ("…" if composed.missing else "")
    rows = wrapped([(" : ", "key"), (plain(text), "normal")], width, indent=3) if width > 3 else []
    return [*rows, [], []][:2]
