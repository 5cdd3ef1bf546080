"""Orders over the control socket: what their answer says, and how long it waits for the broker's word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

from console import json_rows
from console.grammar.parsed import Parsed
from console.wire import Answer
from engine.inputs import ModifyOrder
from engine.model.enums import OrdStatus, OrdType, TimeInForce
from engine.runtime.handle import DeskHandle
from engine.views import CommandResult, Denial, OrderPreview, OrderResult, OrderRow

_UNACKNOWLEDGED = (OrdStatus.PENDING_NEW, OrdStatus.UNKNOWN)
_AT_ONCE_S = 0.25
_DEAD = (OrdStatus.REJECTED, OrdStatus.DENIED)


class OrderDesk:
    """Turns the engine's results on orders into answers."""

    def __init__(self, handle: DeskHandle, patience_s: float, look_s: float) -> None:
        """patience_s: how long to wait for an acknowledgement. look_s: how often to look for it."""
        self._handle = handle
        self._patience_s = patience_s
        self._look_s = look_s

    def not_sent(self, parsed: Parsed) -> dict[str, Any]:
        """The body of an order that was refused before the engine saw it."""
        return _body(parsed, accepted=False)

    async def placed(self, parsed: Parsed, result: OrderResult | CommandResult) -> Answer:
        """The answer once the broker acknowledged or refused the order, or patience ended."""
        if isinstance(result, CommandResult):
            return _refused(parsed, result)
        if not result.accepted or result.id is None:
            return _denied(parsed, result)
        row = await self._wait(result.id, lambda row: row.status not in _UNACKNOWLEDGED)
        if row is not None and row.is_open and _trades_at_once(row):
            # Its end is a moment behind its acknowledgement: a script wants to hear of that.
            row = await self._wait(result.id, lambda row: not row.is_open, min(_AT_ONCE_S, self._patience_s))
        status = row.status if row is not None else result.status
        # Cancelled or expired without the broker's number: it never got there (a gate closed in between).
        never_there = row is not None and not row.is_open and row.order_id is None and not row.cum_qty
        body = _body(parsed, accepted=status not in _DEAD and not never_there, result=result, row=row)
        if body["accepted"]:
            return Answer(True, 0, body)
        assert row is not None
        why = f": {row.text}" if row.text else ""
        return Answer(False, 1, body, f"order {result.id} {row.status.value}{why}")

    async def replayed(self, parsed: Parsed, result: OrderResult | CommandResult) -> Answer:
        """The answer of a replayed dead letter: a new order's, or that the change was asked for again."""
        is_change = isinstance(result, OrderResult) and result.status is OrdStatus.PENDING_REPLACE
        if not is_change:
            return await self.placed(parsed, result)
        assert isinstance(result, OrderResult)
        return Answer(True, 0, _body(parsed, accepted=True, result=result))

    async def modified(self, parsed: Parsed, result: OrderResult | CommandResult) -> Answer:
        """The answer once the broker confirmed or refused the change, or patience ended."""
        if isinstance(result, CommandResult):
            return _refused(parsed, result)
        if not result.accepted or result.id is None:
            return _denied(parsed, result)
        row = await self._wait_replaced(result.id, parsed)
        body = _body(parsed, accepted=True, result=result, row=row)
        if row is None or row.status is OrdStatus.PENDING_REPLACE or _has_terms(row, parsed):
            return Answer(True, 0, body)
        why = f": {row.text}" if row.text else ""
        return Answer(False, 1, {**body, "accepted": False}, f"order {row.id} was not changed, {row.status.value}{why}")

    def previewed(self, parsed: Parsed, preview: OrderPreview | CommandResult, yes: bool) -> Answer:
        """The answer of a dry run: the same verdict that the order would get, nothing sent."""
        if isinstance(preview, CommandResult):
            return _refused(parsed, preview)
        accepted = preview.verdict == "green" or (preview.verdict == "amber" and yes)
        body = {
            **_body(parsed, accepted=accepted),
            **json_rows.preview(preview),
            "denials": [json_rows.denial(found) for found in preview.denials],
            "notes": [*parsed.notes, *preview.notes],
        }
        if accepted:
            return Answer(True, 0, body)
        return Answer(False, 1, body, _why_denied(preview.denials))

    async def _wait_replaced(self, number: int, parsed: Parsed) -> OrderRow | None:
        """The order's row once it has its new terms, or went back to the old ones."""
        # A view made before the change was decided shows the old terms too; any newer one has seen it.
        version = self._handle.view().version
        seen_pending = False

        def settled(row: OrderRow) -> bool:
            nonlocal seen_pending
            if row.status is OrdStatus.PENDING_REPLACE:
                seen_pending = True
                return False
            return _has_terms(row, parsed) or seen_pending or self._handle.view().version > version

        return await self._wait(number, settled)

    async def _wait(
        self, number: int, done: Callable[[OrderRow], bool], patience_s: float | None = None
    ) -> OrderRow | None:
        """The order's row once `done`, or as it is when patience ends; None while the view has none."""
        deadline = time.monotonic() + (self._patience_s if patience_s is None else patience_s)
        while True:
            row = next((row for row in self._handle.view().orders if row.id == number), None)
            if (row is not None and done(row)) or time.monotonic() >= deadline:
                return row
            await asyncio.sleep(self._look_s)


def _trades_at_once(row: OrderRow) -> bool:
    """Whether it trades now or not at all, if its market is open."""
    return row.ord_type is OrdType.MARKET or row.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)


def _has_terms(row: OrderRow, parsed: Parsed) -> bool:
    assert isinstance(parsed.command, ModifyOrder)
    change = parsed.command.change
    wanted = ((change.qty, row.order_qty), (change.limit_px, row.limit_px), (change.stop_px, row.stop_px))
    return all(want is None or want == have for want, have in wanted)


def _body(
    parsed: Parsed, *, accepted: bool, result: OrderResult | None = None, row: OrderRow | None = None
) -> dict[str, Any]:
    """The documented keys of an order's answer."""
    status = row.status if row is not None else result.status if result is not None else None
    cl_ord_id = row.cl_ord_id if row is not None else result.cl_ord_id if result is not None else None
    return {
        "accepted": accepted,
        "id": None if result is None else result.id,
        "cl_ord_id": cl_ord_id,
        "status": None if status is None else status.value,
        "denials": [] if result is None else [json_rows.denial(found) for found in result.denials],
        "notes": [*parsed.notes, *(() if result is None else result.notes)],
        "order": parsed.echo,
        "order_id": None if row is None else row.order_id,
        "cum_qty": None if row is None else json_rows.text(row.cum_qty),
        "avg_px": None if row is None else json_rows.text(row.avg_px),
        "legs": [] if result is None else list(result.legs),
    }


def _denied(parsed: Parsed, result: OrderResult) -> Answer:
    return Answer(False, 1, _body(parsed, accepted=False, result=result), _why_denied(result.denials))


def _refused(parsed: Parsed, result: CommandResult) -> Answer:
    body = _body(parsed, accepted=False)
    body["denials"] = [json_rows.denial(found) for found in result.denials]
    return Answer(False, 1, body, result.message or _why_denied(result.denials))


def _why_denied(denials: Iterable[Denial]) -> str:
    found = list(denials)
    text = "; ".join(str(denial) for denial in found) or "refused"
    return f"{text}; accept it with --yes" if found and all(denial.soft for denial in found) else text
