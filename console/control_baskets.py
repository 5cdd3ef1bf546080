"""Baskets over the control socket: a file checked as one, or staged and released, and what is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from console import json_rows
from console.basket.level import level_of
from console.basket.reading import Reading, read_basket
from console.grammar.context import Context
from console.grammar.grammar import Grammar
from console.wire import Answer, BasketAsk
from engine.inputs import ControlBasket, NoteRefusal, ReleaseBasket, StageBasket
from engine.runtime.handle import DeskHandle
from engine.views import BasketCheck, BasketRow, CommandResult, DeskView, OrderRow

_LOOK_S: Final = 0.02
_PATIENCE_S: Final = 10.0


class BasketDesk:
    """Answers what is asked about files of orders."""

    def __init__(
        self, handle: DeskHandle, grammar: Grammar, context_of: Callable[[str], Context], quote_s: float
    ) -> None:
        """`context_of(user)`; quote_s: how long to wait for quotes that a line needs."""
        self._handle = handle
        self._grammar = grammar
        self._context_of = context_of
        self._quote_s = quote_s

    async def answer(self, ask: BasketAsk, user: str) -> Answer:
        """Check it; with `release` stage and send it as well."""
        found = await self._read(ask, user)
        problems = [{"row": p.row, "column": p.column, "message": p.message} for p in found.problems]
        known = next((row for row in self._handle.view().baskets if ask.id and row.key == ask.id), None)
        if known is not None and ask.action == "release":
            message = f"basket {known.name} was released before"
            return Answer(True, 0, {"name": known.name, "accepted": True, "id": known.id, "message": message})
        body: dict[str, Any] = {"name": found.name, "problems": problems, "notes": list(found.notes)}
        if found.problems and not (ask.skip and found.items):
            first = str(found.problems[0])
            more = f" (and {len(found.problems) - 1} more)" if len(found.problems) > 1 else ""
            if ask.action == "release":
                self._handle.send(NoteRefusal(f"basket {found.name}", f"{first}{more}", user))
            return Answer(False, 1, body, f"{first}{more}; nothing was staged")
        await self._quoted(found)
        checked = await self._wait(self._handle.check_basket(found.items))
        assert isinstance(checked, BasketCheck)
        body |= check_json(checked)
        if ask.action == "check":
            ok = checked.verdict == "green" or (checked.verdict == "amber" and ask.yes)
            ok = ok or (ask.skip and checked.passing > 0)
            return Answer(ok, 0 if ok else 1, body, "" if ok else _why(checked))
        missing = _missing(ask, checked)
        if missing:
            return Answer(False, 1, body, missing)
        staged = await self._wait(self._handle.send(StageBasket(found.name, found.items, user)))
        if not isinstance(staged, CommandResult) or not staged.ok:
            why = staged.message if isinstance(staged, CommandResult) else "refused"
            return Answer(False, 1, body, why)
        number = staged.ids[0]
        release = ReleaseBasket(number, user, ask.yes, ask.skip, ask.again, ask.strict, ask.id)
        released = await self._wait(self._handle.send(release))
        assert isinstance(released, CommandResult)
        body |= {"accepted": released.ok, "id": number, "message": released.message}
        body["denials"] = [json_rows.denial(denial) for denial in released.denials]
        if not released.ok:
            await self._wait(self._handle.send(ControlBasket(number, "drop", user)))
            return Answer(False, 1, body, released.message)
        if released.ids and released.ids[0] != number:
            # The key had been used: what was staged just now is not needed.
            body["id"] = released.ids[0]
            await self._wait(self._handle.send(ControlBasket(number, "drop", user)))
        return Answer(True, 0, body)

    async def _read(self, ask: BasketAsk, user: str) -> Reading:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._quote_s
        while True:
            found = read_basket(ask.text, ask.name, self._grammar, self._context_of(user))
            if not found.quotes or loop.time() >= deadline:
                return found
            for symbol in found.quotes:
                self._handle.watch(symbol)
            await asyncio.sleep(_LOOK_S)

    async def _quoted(self, found: Reading) -> None:
        """Wait a moment for the first quotes of instruments that nobody has watched yet."""
        for symbol in found.symbols:
            self._handle.watch(symbol)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._quote_s
        while loop.time() < deadline:
            shown = {row.symbol for row in self._handle.view().quotes if row.bid is not None}
            if shown.issuperset(found.symbols):
                return
            await asyncio.sleep(_LOOK_S)

    async def _wait(self, future: Any) -> Any:
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), _PATIENCE_S)


def check_json(checked: BasketCheck) -> dict[str, Any]:
    """The verdict of the whole and of each line."""
    text = json_rows.text
    return {
        "verdict": checked.verdict,
        "orders": len(checked.lines),
        "passing": checked.passing,
        "bought": text(checked.bought),
        "sold": text(checked.sold),
        "net": text(checked.bought - checked.sold),
        "total": text(checked.bought + checked.sold),
        "duration_s": checked.duration_s,
        "released_today_as": checked.twin or None,
        "level": level_of(checked)[0],
        "limits": [
            {
                "key": row.key,
                "label": row.label,
                "value": text(row.value),
                "limit": text(row.limit),
                "used": text(row.used),
            }
            for row in checked.meters
        ],
        "lines": [
            {
                "row": line.row,
                "order": line.line,
                "verdict": line.verdict,
                "notional": text(line.notional),
                "position_before": text(line.position_before),
                "position_after": text(line.position_after),
                "denials": [json_rows.denial(denial) for denial in line.denials],
            }
            for line in checked.lines
        ],
    }


def basket_json(row: BasketRow, view: DeskView) -> dict[str, Any]:
    """A basket of the day, with what became of each line."""
    orders = {order.id: order for order in view.orders if order.basket == row.id}
    return {
        "id": row.id,
        "name": row.name,
        "status": row.status,
        "user": row.user,
        "digest": row.digest,
        "staged": json_rows.iso(row.staged_ns),
        "released": json_rows.iso(row.released_ns) if row.released_ns else None,
        "ended": json_rows.iso(row.ended_ns) if row.ended_ns else None,
        "reason": row.reason,
        "sent": row.sent,
        "refused": row.refused,
        "not_sent": row.unsent,
        "left_out": row.skipped,
        "working": sum(1 for order in orders.values() if order.is_open),
        "lines": [_line_json(line.row, line.line, line.order, line.note, orders) for line in row.lines],
    }


def _line_json(row: int, text: str, number: int | None, note: str, orders: dict[int, OrderRow]) -> dict[str, Any]:
    order = None if number is None else orders.get(number)
    return {
        "row": row,
        "order": text,
        "id": number,
        "status": None if order is None else order.status.value,
        "cum_qty": None if order is None else json_rows.text(order.cum_qty),
        "note": note or (order.text if order is not None else ""),
    }


def _why(checked: BasketCheck) -> str:
    bad = [line for line in checked.lines if line.verdict == checked.verdict]
    first = bad[0]
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    hint = "; accept it with --yes" if checked.verdict == "amber" else ""
    return f"row {first.row}: {'; '.join(str(denial) for denial in first.denials)}{more}{hint}"


def _missing(ask: BasketAsk, checked: BasketCheck) -> str:
    """Why it does not go out as it was asked; "" when it may."""
    if checked.twin and not ask.again:
        return f"the same orders were released today as basket {checked.twin}; say --again if they are meant once more"
    if checked.verdict == "red" and not (ask.skip and checked.passing):
        return f"{_why(checked)}; nothing was sent"
    level, word, why = level_of(checked, again=ask.again)
    if level == 3 and word != ask.confirm:
        return f"{'; '.join(why)}; confirm it with --confirm {word}"
    if not ask.yes and level == 2:
        return f"{'; '.join(why)}; accept it with --yes"
    if not ask.yes and checked.verdict == "amber":
        return _why(checked)
    return ""
