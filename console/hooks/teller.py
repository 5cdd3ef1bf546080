"""Looks at the desk's alerts and tells the hooks of the new ones, in the engine's loop; it only looks and queues."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from console.hooks.caller import Caller, Told
from console.hooks.hook import Hook
from engine.model.enums import AlertLevel
from engine.state import DeskState
from engine.state.trouble import Alert

LOOK_S: Final = 0.2
#: Alerts about hooks themselves; no hook is told of them: a broken one would feed itself.
OWN_CODE: Final = "HOOK"

log = logging.getLogger("tradedesk.hooks")
Notice = Callable[[AlertLevel, str, str], object]


class Teller:
    """`notice` raises an alert, from any thread."""

    def __init__(self, hooks: Sequence[Hook], state: DeskState, first: int, notice: Notice) -> None:
        """`first`: number of the first alert of this run; earlier ones were told by the run that raised them."""
        self._state = state
        self._next = first
        self._notice = notice
        self._is_closing = False
        self._callers = [Caller(hook, (state.mode, state.account), self._failed) for hook in hooks]

    async def run(self) -> None:
        """Look at the alerts, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Queue what is new."""
        if self._state.next_alert == self._next:
            return
        new = list(_since(self._next, reversed(self._state.alerts)))
        self._next = self._state.next_alert
        for alert in reversed(new):
            for caller in self._callers:
                if alert.code != OWN_CODE and caller.hook.wants(alert.level, alert.code):
                    caller.tell(_told(alert))

    def close(self) -> None:
        """Tell what is new and what waits, not longer than a caller's own patience."""
        self.look()
        self._is_closing = True
        for caller in self._callers:
            caller.close()

    def _failed(self, name: str, why: str) -> None:
        if why:
            log.warning("hook %s: %s", name, why)
        if self._is_closing:
            return  # the desk takes no alert any more
        if why:
            self._notice(AlertLevel.WARN, OWN_CODE, f"hook {name}: {why}; alerts are not told there until it works")
        else:
            log.info("hook %s works again", name)
            self._notice(AlertLevel.NOTICE, OWN_CODE, f"hook {name} works again")


def _since(first: int, newest_first: Iterable[Alert]) -> Iterable[Alert]:
    for alert in newest_first:
        if alert.no < first:
            return
        yield alert


def _told(alert: Alert) -> Told:
    at = datetime.datetime.fromtimestamp(alert.ts_ns // 1_000_000_000, datetime.UTC)
    return Told(alert.no, alert.level.name.lower(), alert.code, alert.text, at.strftime("%Y-%m-%dT%H:%M:%SZ"))
