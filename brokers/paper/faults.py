"""Faults on purpose, for tests: a link that loses, repeats, swaps and delays as a script tells it.

A script counts the requests and the reports of the server's life from 1: `{"requests": {"3": "mute"},
"reports": {"2": "drop"}}`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from brokers.paper.link import Latency, Link
from brokers.paper.messages import Answer, Failed, FailureKind, Request
from brokers.paper.venue import PaperVenue
from engine.protocol import Report

RequestFault = Literal["lose", "mute", "refuse", "cut", "cut_after"]
"""lose: never arrives, no answer · mute: is processed, no answer · refuse: is not processed, and the answer
says so · cut: never arrives, and the connection breaks · cut_after: is processed, and the connection breaks
before the answer."""
ReportFault = Literal["drop", "twice", "swap", "late"]
"""drop: lost · twice: sent twice · swap: sent after the next one · late: sent half a second late."""

_LATE_S: Final = 0.5


class FaultScript(msgspec.Struct, forbid_unknown_fields=True):
    """What goes wrong with which request and report."""

    requests: dict[int, RequestFault] = {}
    reports: dict[int, ReportFault] = {}
    requests_seen: int = 0
    reports_seen: int = 0

    def next_request(self) -> RequestFault | None:
        """The fault of the next request."""
        self.requests_seen += 1
        return self.requests.get(self.requests_seen)

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
        super().__init__(venue, latency, now_ns, on_answer=on_answer, on_report=on_report)
        self._script = script
        self._cut = cut
        self._muted: set[int] = set()
        self._cut_after: set[int] = set()
        self._swapped: list[Report] = []

    def send(self, tag: int, request: Request) -> None:
        fault = self._script.next_request()
        if fault == "lose":
            return
        if fault == "cut":
            self._cut()
            return
        if fault == "refuse":
            self.answer(tag, Failed(FailureKind.REFUSED, "refused by the fault script"))
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
