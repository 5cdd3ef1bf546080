"""Faults on purpose, for tests: a link that loses, repeats, swaps, delays and garbles as a script tells it.

A script counts the requests and the reports of the server's life from 1, or names their kinds: `{"requests": {"3":
"mute"}, "reports": {"2": "drop"}, "next_of": {"BrokerCancel": [null, "cut"]}, "next_reports": {"Filled": ["twice"]}}`.
The question for the time is not counted; `clock_off_ms` makes its answer wrong.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Final, Literal

import msgspec

from brokers.paper import wire as lines
from brokers.paper.link import Latency, Link
from brokers.paper.messages import Answer, AskTime, Failed, FailureKind, Request
from brokers.paper.server import Wire
from brokers.paper.venue import PaperVenue
from engine.model.market import Quote
from engine.model.order import BrokerCancel
from engine.protocol import Report

RequestFault = Literal["lose", "mute", "late", "refuse", "throttle", "error", "cut", "cut_after", "tear", "garble"]
"""lose: never arrives, no answer · mute: is processed, no answer · late: arrives 0.6 s late · refuse, throttle:
is not processed, and the answer says so · error: is processed, and the answer is an error that proves nothing · cut:
never arrives, and the connection breaks · cut_after: is processed, and the connection breaks before the answer · tear:
is processed, and the connection breaks in the middle of the answer · garble: is processed, and the answer can't be
read."""
ReportFault = Literal["drop", "twice", "swap", "late", "garble", "novel"]
"""drop: lost · twice: sent twice · swap: sent after the next one · late: sent 0.6 s late · garble: sent as a
line that can't be read · novel: sent with a word that no client knows (a fill's liquidity; else its kind)."""

_TICK: Final = Decimal("0.01")
_LATE_S: Final = 0.6
_COME_BACK_S: Final = 0.2
_REFUSALS: Final = {"refuse": FailureKind.REFUSED, "throttle": FailureKind.THROTTLED}
_LIQUIDITY: Final = re.compile(rb'"liquidity":"[a-z]+"')
_KIND: Final = re.compile(rb'^\{"kind":"[A-Za-z]+"')


class FaultScript(msgspec.Struct, forbid_unknown_fields=True):
    """What goes wrong with which request and report."""

    requests: dict[int, RequestFault] = {}
    reports: dict[int, ReportFault] = {}
    next_of: dict[str, list[RequestFault | None]] = {}
    """By the kind of request: what goes wrong with the next ones; null: nothing."""
    next_reports: dict[str, list[ReportFault]] = {}
    silent: bool = False
    """No report comes through, and everything else does: a stream that is silent and looks alive."""
    crossing: bool = False
    """A unit trades at the price of each resting limit order just before its first cancel is heard."""
    clock_off_ms: int = 0
    requests_seen: int = 0
    reports_seen: int = 0

    def next_request(self, request: Request) -> RequestFault | None:
        """The fault of the next request."""
        self.requests_seen += 1
        waiting = self.next_of.get(type(request).__name__)
        return waiting.pop(0) if waiting else self.requests.get(self.requests_seen)

    def wall_ns(self) -> int:
        """The clock that this broker goes by."""
        return time.time_ns() + self.clock_off_ms * 1_000_000

    def next_report(self, report: Report) -> ReportFault | None:
        """The fault of the next report."""
        self.reports_seen += 1
        if self.silent:
            return "drop"
        waiting = self.next_reports.get(type(report).__name__)
        return waiting.pop(0) if waiting else self.reports.get(self.reports_seen)


class FaultyLink(Link[int]):
    """A link with the faults of `script`, on the connection `wire`."""

    def __init__(
        self,
        venue: PaperVenue,
        latency: Latency,
        now_ns: Callable[[], int],
        script: FaultScript,
        *,
        on_answer: Callable[[int, Answer], None],
        on_report: Callable[[Report], None],
        wire: Wire,
    ) -> None:
        super().__init__(venue, latency, now_ns, on_answer=on_answer, on_report=on_report, wall_ns=script.wall_ns)
        self._script = script
        self._wire = wire
        self._answers: dict[int, RequestFault] = {}
        """What goes wrong with the answers on their way."""
        self._swapped: list[Report] = []
        self._crossed: set[str] = set()

    def send(self, tag: int, request: Request, more_s: float = 0.0) -> None:
        if isinstance(request, AskTime):
            super().send(tag, request, more_s)
            return
        fault = self._script.next_request(request)
        if self._script.crossing and isinstance(request, BrokerCancel):
            self._cross(request.cl_ord_id)
        if fault == "lose":
            return
        if fault == "cut":
            self._wire.cut()
            return
        if fault in ("refuse", "throttle"):
            wait_s = _COME_BACK_S if fault == "throttle" else None
            self.answer(tag, Failed(_REFUSALS[fault], f"{fault} by the fault script", wait_s))
            return
        if fault is not None:
            self._answers[tag] = fault
        super().send(tag, request, _LATE_S if fault == "late" else more_s)

    def _cross(self, cl_ord_id: str) -> None:
        """The market comes to a resting order for a moment, while its cancel is on the way."""
        order = self._venue.exchange.open_order(cl_ord_id)
        if order is None or order.limit_px is None or cl_ord_id in self._crossed:
            return
        self._crossed.add(cl_ord_id)
        px, one = order.limit_px, Decimal(1)
        bid, ask = (px - _TICK, px) if order.side.is_buy else (px, px + _TICK)
        self._venue.on_market(Quote(order.symbol, bid, ask, one, one, self._now_ns()))

    def answer(self, tag: int, answer: Answer) -> None:
        fault = self._answers.pop(tag, None)
        if fault == "cut_after":
            self._wire.cut()
        elif fault == "tear":
            line = lines.encode(tag, answer)
            self._wire.raw(line[: len(line) // 2])
            self._wire.hang_up()
        elif fault == "garble":
            self._wire.raw(_KIND.sub(b'{"kind":"Novel"', lines.encode(tag, answer)))
        elif fault == "error":
            super().answer(tag, Failed(FailureKind.AMBIGUOUS, "internal error, by the fault script"))
        elif fault != "mute":
            super().answer(tag, answer)

    def report(self, report: Report) -> None:
        fault = self._script.next_report(report)
        if fault == "drop":
            return
        if fault == "swap":
            self._swapped.append(report)
            return
        if fault == "late":
            asyncio.get_running_loop().call_later(_LATE_S, super().report, report)
            return
        if fault == "garble":
            self._wire.raw(b"\x00 no line of this protocol \xff\n")
        elif fault == "novel":
            line = lines.encode(0, report)
            known = _LIQUIDITY if _LIQUIDITY.search(line) else _KIND
            word = b'"liquidity":"dark"' if known is _LIQUIDITY else b'{"kind":"Novel"'
            self._wire.raw(known.sub(word, line))
        else:
            super().report(report)
        if fault == "twice":
            super().report(report)
        swapped, self._swapped = self._swapped, []
        for earlier in swapped:
            super().report(earlier)
