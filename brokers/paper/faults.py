"""Faults on purpose, for tests: a link that loses, repeats, swaps and delays as a script tells it.

A script counts the requests and the reports of the server's life from 1: `{"requests": {"3": "mute"},
"reports": {"2": "drop"}}`. `orders` counts the new orders alone, whatever is asked between them. The question for the
time is not counted; `clock_off_ms` makes its answer wrong.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from brokers.paper.link import Latency, Link
from brokers.paper.messages import Answer, AskTime, Failed, FailureKind, Request
from brokers.paper.venue import PaperVenue
from engine.model.order import BrokerOrder
from engine.protocol import Report

RequestFault = Literal["lose", "mute", "refuse", "cut", "cut_after", "throttle", "error"]
"""lose: never arrives, no answer · mute: is processed, no answer · refuse: is not processed, and the answer
says so · throttle: the same, for the rate, to come back in a second · error: is not processed, and the answer (a 5xx)
leaves that open · cut: never arrives, and the connection breaks · cut_after: is processed, and the connection breaks
before the answer."""
ReportFault = Literal["drop", "twice", "swap", "late"]
"""drop: lost · twice: sent twice · swap: sent after the next one · late: sent half a second late."""

_LATE_S: Final = 0.5
_ANSWERED: Final[dict[str | None, Failed]] = {
    "refuse": Failed(FailureKind.REFUSED, "refused by the fault script"),
    "throttle": Failed(FailureKind.THROTTLED, "throttled by the fault script", 1.0),
    "error": Failed(FailureKind.AMBIGUOUS, "internal error of the fault script"),
}


class FaultScript(msgspec.Struct, forbid_unknown_fields=True):
    """What goes wrong with which request and report."""

    requests: dict[int, RequestFault] = {}
    reports: dict[int, ReportFault] = {}
    orders: dict[int, RequestFault] = {}
    clock_off_ms: int = 0
    orders_seen: int = 0
    requests_seen: int = 0
    reports_seen: int = 0

    def next_request(self, request: Request) -> RequestFault | None:
        """The fault of the next request."""
        self.requests_seen += 1
        fault = self.requests.get(self.requests_seen)
        if isinstance(request, BrokerOrder):
            self.orders_seen += 1
            fault = self.orders.get(self.orders_seen, fault)
        return fault

    def wall_ns(self) -> int:
        """The clock that this broker goes by."""
        return time.time_ns() + self.clock_off_ms * 1_000_000

    def next_report(self) -> ReportFault | None:
        """The fault of the next report."""
        self.reports_seen += 1
        return self.reports.get(self.reports_seen)


class FaultyLink(Link[int]):
    """A link with the faults of `script`; `cut` breaks the connection."""

    def __init__(
        self,
        venue: PaperVenue,
        latency: Latency,
        now_ns: Callable[[], int],
        script: FaultScript,
        *,
        on_answer: Callable[[int, Answer], None],
        on_report: Callable[[Report], None],
        cut: Callable[[], None],
    ) -> None:
        super().__init__(venue, latency, now_ns, on_answer=on_answer, on_report=on_report, wall_ns=script.wall_ns)
        self._script = script
        self._cut = cut
        self._muted: set[int] = set()
        self._cut_after: set[int] = set()
        self._swapped: list[Report] = []

    def send(self, tag: int, request: Request) -> None:
        if isinstance(request, AskTime):
            super().send(tag, request)
            return
        fault = self._script.next_request(request)
        if fault == "lose":
            return
        if fault == "cut":
            self._cut()
            return
        if fault in _ANSWERED:
            self.answer(tag, _ANSWERED[fault])
            return
        if fault == "mute":
            self._muted.add(tag)
        elif fault == "cut_after":
            self._cut_after.add(tag)
        super().send(tag, request)

    def answer(self, tag: int, answer: Answer) -> None:
        if tag in self._cut_after:
            self._cut()
        elif tag not in self._muted:
            super().answer(tag, answer)

    def report(self, report: Report) -> None:
        fault = self._script.next_report()
        if fault == "drop":
            return
        if fault == "swap":
            self._swapped.append(report)
            return
        if fault == "late":
            asyncio.get_running_loop().call_later(_LATE_S, super().report, report)
            return
        super().report(report)
        if fault == "twice":
            super().report(report)
        swapped, self._swapped = self._swapped, []
        for earlier in swapped:
            super().report(earlier)
