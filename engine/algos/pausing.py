"""Pausing: by a user, by what refused a child, and by a defect of the algo itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from engine import facts as f
from engine.algos.children import pull_all
from engine.model.enums import AlertLevel
from engine.state import Algo

if TYPE_CHECKING:
    from engine.desk import Desk

log = logging.getLogger("tradedesk.engine")


def pause(desk: Desk, algo: Algo, by: str, reason: str, *, keep_children: bool = False) -> None:
    """Stop sending; pull what is out unless it is to stay. Nothing happens to an algo that does not run."""
    if algo.status != "RUNNING":
        return
    desk.timers.cancel(("algo", algo.id))
    desk.emit(f.AlgoStatusSet(algo.id, "PAUSED", by, reason))
    if by in ("risk", "broker", "engine"):
        desk.alert(AlertLevel.ALARM, "ALGO_PAUSED", f"algo {algo.id} {algo.spec.symbol} paused: {reason}")
    if not keep_children:
        pull_all(desk, algo, list(algo.open_children.values()), "paused")


def fault(desk: Desk, algo: Algo, error: Exception) -> None:
    """The algo raised: it is paused with its children pulled, and nobody else is touched. The reason is in the facts,
    where it came from in the log."""
    log.error("algo %d (%s) raised", algo.id, algo.spec.algo, exc_info=error)
    pause(desk, algo, "engine", f"defect in {algo.spec.algo}: {type(error).__name__}: {error}")


def pause_all(desk: Desk, by: str, reason: str) -> None:
    """Pause every running algo (hang-up policy)."""
    for algo in list(desk.state.algos.values()):
        pause(desk, algo, by, reason)
