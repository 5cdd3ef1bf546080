"""What comes on the stream, to be waited for; and the orders that the suite sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import pytest

from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.snapshot import Execution
from engine.protocol import BrokerAdapter, Filled, Report
from tests.conformance.bench import After, Bench, On, Trouble

R = TypeVar("R")
PATIENCE_S = 10.0


class Reports:
    """A report sink that can be waited on."""

    def __init__(self) -> None:
        self.all: list[Report] = []
        self._more = asyncio.Event()

    def __call__(self, report: Report) -> None:
        self.all.append(report)
        self._more.set()

    def of(self, kind: type[R], cl_ord_id: str | None = None) -> list[R]:
        """The reports of one kind so far, of one order or of all."""
        return [r for r in self.all if isinstance(r, kind) and cl_ord_id in (None, _named(r))]

    @property
    def executions(self) -> list[Execution]:
        return [report.execution for report in self.of(Filled)]

    async def until(self, enough: Callable[[Reports], object]) -> None:
        """Wait until what was reported is enough."""
        async with asyncio.timeout(PATIENCE_S):
            while not enough(self):
                self._more.clear()
                await self._more.wait()

    async def one(self, *kinds: type[R], cl_ord_id: str | None = None) -> R:
        """Wait for the first report of one of these kinds."""
        await self.until(lambda heard: any(heard.of(kind, cl_ord_id) for kind in kinds))
        return next(r for r in self.all if isinstance(r, kinds) and cl_ord_id in (None, _named(r)))


def _named(report: Any) -> str:
    return report.execution.cl_ord_id if isinstance(report, Filled) else getattr(report, "cl_ord_id", "")


async def until(done: Callable[[], object], what: str = "it") -> None:
    """Wait for something that is not reported."""
    for _ in range(int(PATIENCE_S / 0.02)):
        if done():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE_S} s for {what}")


def needs(bench: Bench, *troubles: Trouble) -> None:
    """Skip where the emulator can't do this wrong."""
    _skip(bench, [each for each in troubles if each not in bench.troubles], "its emulator has no trouble")


def needs_novel(bench: Bench, *questions: On) -> None:
    """Skip where the emulator has no strange words for the answers to these questions."""
    _skip(bench, [on for on in questions if on not in bench.novel_answers], "known words only in answers to")


def needs_after(bench: Bench, *events: After) -> None:
    """Skip where the broker does no such thing after the fact."""
    _skip(bench, [event for event in events if event not in bench.afterwards], "after the fact it has no")


def interferes(bench: Bench) -> None:
    """Skip where nobody else has a hand in the account's orders."""
    _skip(bench, [] if bench.interferes else ["interferes"], "it has no hand of another, and no nights:")


def strange_orders(bench: Bench) -> None:
    """Skip where every order is of a kind that the adapter has a word for."""
    _skip(bench, [] if bench.strange_orders else ["strange_orders"], "it has no orders of strange kinds:")


def enforces_ids(bench: Bench, adapter: BrokerAdapter, *, resends: bool = False) -> None:
    """Skip where an id that was used may be used again (`resends`: or what was lost is never handed over again)."""
    declared = adapter.capabilities()
    can = declared.unique_ids_enforced and (declared.resend_interval_ns or not resends)
    _skip(bench, [] if can else ["ids"], "it enforces no unique")


def _skip(bench: Bench, missing: Sequence[Enum | str], what: str) -> None:
    if missing:
        names = ", ".join(each.value if isinstance(each, Enum) else each for each in missing)
        reasons = {bench.reasons[each] for each in missing if each in bench.reasons}
        pytest.skip(f"{bench.name}: {what} {names}" + "".join(f" ({reason})" for reason in sorted(reasons)))


def order(
    bench: Bench,
    cl_ord_id: str,
    *,
    side: Side = Side.BUY,
    qty: int | None = None,
    limit: str | None = None,
    stop: str | None = None,
    tif: TimeInForce = TimeInForce.DAY,
) -> BrokerOrder:
    if stop is not None:
        ord_type = OrdType.STOP if limit is None else OrdType.STOP_LIMIT
    else:
        ord_type = OrdType.MARKET if limit is None else OrdType.LIMIT
    return BrokerOrder(
        cl_ord_id,
        bench.account,
        bench.symbol,
        side,
        Decimal(bench.lot if qty is None else qty),
        ord_type,
        tif,
        None if limit is None else Decimal(limit),
        None if stop is None else Decimal(stop),
    )


def cancel(bench: Bench, cl_ord_id: str, order_id: str | None = None) -> BrokerCancel:
    return BrokerCancel(cl_ord_id, order_id, bench.account, bench.symbol)


def replace(bench: Bench, orig: str, new: str, qty: int, limit: str | None = None) -> BrokerReplace:
    px = None if limit is None else Decimal(limit)
    return BrokerReplace(new, orig, None, bench.account, bench.symbol, Decimal(qty), px, None)
