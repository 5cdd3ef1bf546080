"""The lines of a basket's screen: what it is, what its check as one says, and what became of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from textwrap import wrap
from typing import Final

from console.basket.rows import Problem
from engine.model.enums import OrdStatus
from engine.views import BasketCheck, BasketLineCheck, BasketLineRow, BasketRow, CommandResult, DeskView, OrderRow
from widgets.format import clip, money, percent, plain, quantity, signed
from widgets.lines import Line, Part
from widgets.notation import STATUSES, Notation

_NOTIONAL: Final = 14
_AFTER: Final = 17
_BAR: Final = 20
_WORDS: Final = 60
_VERDICTS: Final = {"green": ("yes", "up"), "amber": ("warn", "warn"), "red": ("no", "down")}
_BADGES: Final = {"STAGED": "amber", "RELEASING": "green", "DONE": "paper", "STOPPED": "red", "DROPPED": "dim"}
#: Said of an order that went wrong.
_BAD: Final = (OrdStatus.DENIED, OrdStatus.REJECTED, OrdStatus.UNKNOWN)


def basket_lines(
    row: BasketRow, check: BasketCheck | CommandResult | None, view: DeskView, notation: Notation, width: int
) -> list[Line]:
    """All of it for a width; each line fits."""
    lines: list[Line] = [_head(row, notation)]
    if row.status == "STAGED":
        lines += _verdict_lines(check, notation)
        by_row = {line.row: line for line in check.lines} if isinstance(check, BasketCheck) else {}
        for line in row.lines:
            lines += _staged_line(line, by_row.get(line.row), notation, width)
    else:
        lines += _progress_lines(row, view, notation)
        orders = {order.id: order for order in view.orders}
        for line in row.lines:
            lines += _sent_line(line, row, orders, notation, width)
    return lines


def problem_lines(path: str, problems: Sequence[Problem], good: int) -> list[Line]:
    """Why a file was not staged."""
    count = len(problems)
    lines: list[Line] = [
        [(f" {count} mistake{'' if count == 1 else 's'}: nothing was staged ", "red"), (f" {_short(path)}", "dim")],
        [],
    ]
    for problem in problems:
        at = f"row {problem.row}" if problem.row else "file"
        column = f"{problem.column}: " if problem.column else ""
        first, *rest = wrap(f"{column}{plain(problem.message)}", _WORDS) or [""]
        lines.append([(f" {at:<8}", "key"), (first, "normal")])
        lines += [[(f"{'':<9}{more}", "normal")] for more in rest]
    if good:
        lines += [[], [(" skip", "key"), (f" behind the file's name stages the {good} good rows alone", "dim")]]
    return lines


def _short(path: str) -> str:
    return clip(plain(path.rsplit("/", 1)[-1]), 30)


def _head(row: BasketRow, notation: Notation) -> Line:
    dot = f" {notation.glyphs.dot} "
    count = len(row.lines)
    return [
        (f" {row.status} ", _BADGES[row.status]),
        (f" {count} order{'' if count == 1 else 's'}", "strong"),
        (f"{dot}by {plain(row.user)}{dot}sha256 {row.digest[:12]}", "dim"),
    ]


def _verdict_lines(check: BasketCheck | CommandResult | None, notation: Notation) -> list[Line]:
    glyphs = notation.glyphs
    if check is None:
        return [[(" checking", "dim")], []]
    if isinstance(check, CommandResult):
        return [[(f" {glyphs.no} ", "down"), (plain(check.message), "down")], []]
    net = check.bought - check.sold
    lines: list[Line] = [
        [
            (" buys ", "label"),
            (money(check.bought), "strong"),
            ("  sells ", "label"),
            (money(check.sold), "strong"),
            ("  net ", "label"),
            (signed(net), "strong"),
            ("  total ", "label"),
            (money(check.bought + check.sold), "strong"),
        ]
    ]
    if check.meters:
        parts: list[Part] = [(" limits after it ", "label")]
        for meter in check.meters[:3]:
            used = meter.used or Decimal(0)
            style = "down" if used > 1 else "warn" if used >= Decimal("0.7") else "normal"
            parts += [(f"{plain(meter.label)} ", "dim"), (percent(used, 0), style), ("  ", "normal")]
        lines.append(parts)
    lines.append(_verdict(check, notation))
    if check.twin:
        at = notation.times.hms(check.twin_ns)
        lines.append([(f" {glyphs.warn} the same orders were released today at {at} as {check.twin}", "warn")])
    return [*lines, []]


def _verdict(check: BasketCheck, notation: Notation) -> Line:
    glyphs = notation.glyphs
    dot = f" {glyphs.dot} "
    count = len(check.lines)
    sign, style = _VERDICTS[check.verdict]
    words = {
        "green": f"all {count} pass, checked as one" if count > 1 else "it passes",
        "amber": f"{sum(1 for line in check.lines if line.verdict == 'amber')} of {count} beyond a soft limit",
        "red": f"{count - check.passing} of {count} refused",
    }[check.verdict]
    pace = f"{dot}about {check.duration_s} s to send" if check.duration_s else ""
    return [(f" {getattr(glyphs, sign)} ", style), (f"{words}{pace}", style)]


def _text(line: str, notation: Notation) -> str:
    """The order, without its account where the desk has one, and without its tag."""
    return plain(line.split(" #")[0] if notation.default_account else line.split(" @")[0])


def _staged_line(line: BasketLineRow, check: BasketLineCheck | None, notation: Notation, width: int) -> list[Line]:
    room = max(width - 6 - _NOTIONAL - _AFTER, 12)
    text = clip(_text(line.line, notation), room)
    if check is None:
        return [[(f"{line.row:>4}   ", "dim"), (text, "normal")]]
    sign, style = _VERDICTS[check.verdict]
    after = f"{quantity(check.position_before)} {notation.glyphs.to} {quantity(check.position_after)}"
    lines: list[Line] = [
        [
            (f"{line.row:>4} ", "dim"),
            (f"{getattr(notation.glyphs, sign)} ", style),
            (f"{text:<{room - 1}}", "normal"),
            (f"{money(check.notional):>{_NOTIONAL}}", "normal"),
            (f"{after:>{_AFTER}}", "dim"),
        ]
    ]
    lines += [[("       ", "normal"), (plain(str(denial)), style)] for denial in check.denials]
    return lines


def _progress_lines(row: BasketRow, view: DeskView, notation: Notation) -> list[Line]:
    glyphs = notation.glyphs
    dot = f" {glyphs.dot} "
    total = max(len(row.lines) - row.skipped, 1)
    done = row.sent + row.refused
    full = _BAR * done // total
    parts: list[Part] = [
        (f" {glyphs.full * full}", "up"),
        (glyphs.empty * (_BAR - full), "dim"),
        (f" {done}/{total}", "strong"),
        (f"{dot}{row.sent} sent", "normal"),
    ]
    if row.refused:
        parts.append((f"{dot}{row.refused} refused", "down"))
    if row.unsent:
        word = "to go" if row.status == "RELEASING" else "not sent"
        parts.append((f"{dot}{row.unsent} {word}", "warn"))
    working = [order for order in view.orders if order.basket == row.id and order.is_open]
    parts.append((f"{dot}{len(working)} working", "dim"))
    lines: list[Line] = [parts]
    if row.reason:
        lines.append([(f" {glyphs.warn} {plain(row.reason)}", "warn")])
    return [*lines, []]


def _sent_line(
    line: BasketLineRow, row: BasketRow, orders: Mapping[int, OrderRow], notation: Notation, width: int
) -> list[Line]:
    order = None if line.order is None else orders.get(line.order)
    state: list[Part]
    why = ""
    if order is not None and order.basket == row.id:
        style = "down" if order.status in _BAD else "normal"
        done = f" {quantity(order.cum_qty)}/{quantity(order.order_qty)}" if order.cum_qty else ""
        state = [(f"{order.id:>6} ", "dim"), (f"{STATUSES[order.status]}{done}", style)]
        why = order.text if order.status in _BAD else ""
    elif line.order is not None:
        state = [(f"{line.order:>6} ", "dim"), ("ended", "dim")]
    elif line.note:
        state = [("       ", "dim"), (clip(plain(line.note), 24), "warn")]
    elif row.status == "RELEASING":
        state = [("       ", "dim"), ("to go", "dim")]
    else:
        state = [("       ", "dim"), ("NOT SENT" if row.status != "DROPPED" else "", "warn")]
    tail = 7 + 18
    room = max(width - 5 - tail, 12)
    text = f"{clip(_text(line.line, notation), room - 1):<{room}}"
    lines: list[Line] = [[(f"{line.row:>4} ", "dim"), (text, "normal"), *state]]
    if why:
        lines.append([("       ", "normal"), (clip(plain(why), max(width - 8, 10)), "down")])
    return lines
