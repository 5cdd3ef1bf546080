"""Measures the desk's performance in a process of its own, begun when somebody first looks."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from engine.journal.place import Place
from engine.model.performance import PerformanceReport
from engine.performance.child import Measuring
from engine.performance.targets import Targets


class PerformanceError(Exception):
    """It can't be measured; the message says why."""


class PerformanceDesk:
    """One question after the other; takes no lock, and nothing of the desk waits for it."""

    def __init__(self, journal: Place, targets: Targets) -> None:
        self._journal = journal
        self._targets = targets
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="performance")
        self._child: Measuring | None = None
        self._closed = False

    def measure(self) -> Future[PerformanceReport]:
        """Performance over the whole journal, as of its end. The future may raise PerformanceError."""
        return self._thread.submit(self._measure)

    def _measure(self) -> PerformanceReport:
        if self._child is None and not self._closed:
            self._child = Measuring(self._journal, self._targets)
        if self._child is None:
            raise PerformanceError("the console is closing")
        answer = self._child.ask()
        if answer.report is None:
            # Whatever befell the process: the next question gets a new one.
            self._child.close()
            self._child = None
            raise PerformanceError(answer.problem)
        return answer.report

    def close(self) -> None:
        """End the process and the thread; a question that waits is answered with an error."""
        self._closed = True
        child = self._child
        if child is not None:
            child.close()
        self._thread.shutdown(wait=False, cancel_futures=True)
