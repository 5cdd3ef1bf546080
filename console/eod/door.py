"""Where the desk's screen opens the end-of-day report, or has it written to a file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from console.screens.ladder import Ask
from console.screens.sender import Say
from engine.views import DeskView
from widgets.clock import ExchangeTime

if TYPE_CHECKING:
    from engine.eod.child import Answer

ReportOf = Callable[[str], Awaitable["Answer"]]
"""The report of a day ("" = the newest), or why there is none."""


class EodDoor:
    """One per desk screen."""

    def __init__(self, report_of: ReportOf | None, ask: Ask, say: Say, times: ExchangeTime) -> None:
        """`report_of` None: there is no journal to ask."""
        self._report_of = report_of
        self._ask = ask
        self._say = say
        self._times = times
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, day: str, path: str, view: DeskView) -> None:
        """Show the report of a day ("" = the newest), or write it to `path`."""
        if self._report_of is None:
            self._say("no report here: tradedesk eod --date DATE tells of any day", False)
        elif path:
            task = asyncio.ensure_future(self._write(self._report_of, day, path))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            # Imported when it is wanted: the console's first picture does not wait for it.
            from console.eod.box import EodBox

            self._ask(EodBox(day, view, self._report_of, self._times), lambda _: None)

    async def _write(self, report_of: ReportOf, day: str, path: str) -> None:
        from console.eod.desk import write

        try:
            answer = await report_of(day)
            if answer.report is None:
                self._say(f"eod: {answer.problem}", False)
            else:
                self._say(await asyncio.to_thread(write, answer.report, path), True)
        except OSError as error:
            self._say(f"eod: {path}: can't be written: {error.strerror or error}", False)
        except Exception as error:  # told to the user; the console must stay
            self._say(f"eod: {str(error) or type(error).__name__}", False)
