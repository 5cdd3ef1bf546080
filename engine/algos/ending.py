"""How an algo ends: filled, its window over, cancelled, stopped by a kill or a liquidation, handed to the operator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from engine import facts as f
from engine.algos.children import pull_all
from engine.model.enums import AlertLevel
from engine.model.money import ZERO, plain
from engine.model.scope import DESK
from engine.risk.covered import covers_algo, covers_order
from engine.state import Algo

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS: Final = 1_000_000_000
#: How long past the end the rest is swept before giving up.
SWEEP_FOR_NS: Final = 60 * SECOND_NS


def end(desk: Desk, algo: Algo, status: str, by: str, reason: str) -> None:
    """Set the final status."""
    desk.timers.cancel(("algo", algo.id))
    desk.algo_memory.forget(algo.id, algo.spec.symbol)
    desk.emit(f.AlgoStatusSet(algo.id, status, by, reason))
    desk.urgent += 1


def finish_if_filled(desk: Desk, algo: Algo) -> bool:
    """Whether all of it is done."""
    if algo.left > 0:
        return False
    end(desk, algo, "DONE", "engine", "filled")
    return True


def close(desk: Desk, algo: Algo, at_end: str) -> bool:
    """The window is over. True when the algo is over too, or only waits for the end of what is out."""
    if at_end == "sweep" and desk.now.market_ns < algo.spec.end_ns + SWEEP_FOR_NS:
        return False
    if at_end == "leave":
        _end_short(desk, algo)
    elif algo.open_children:
        pull_all(desk, algo, list(algo.open_children.values()), "end of window")
        desk.timers.set("market", desk.now.market_ns + SECOND_NS, ("algo", algo.id))
    else:
        _end_short(desk, algo)
    return True


def _end_short(desk: Desk, algo: Algo) -> None:
    """What is left is reported, not lost."""
    working = sum((child.worst_leaves for child in algo.open_children.values()), ZERO)
    words = f"{plain(algo.left)} not done"
    if working:
        words += f", {plain(working)} of it still working"
    desk.alert(AlertLevel.WARN, "ALGO_SHORT", f"algo {algo.id} {algo.spec.symbol} ended with {words}")
    end(desk, algo, "DONE", "engine", f"window over, {words}")


def stop(desk: Desk, algo: Algo, by: str, reason: str) -> None:
    """Cancel its children; it ends when they are dead."""
    desk.timers.cancel(("algo", algo.id))
    desk.emit(f.AlgoStatusSet(algo.id, "STOPPING", by, reason))
    pull_all(desk, algo, list(algo.open_children.values()), reason)
    stop_if_clear(desk, algo)


def stop_if_clear(desk: Desk, algo: Algo) -> None:
    """End an algo that is being stopped once nothing of it is out."""
    if not algo.open_children and not finish_if_filled(desk, algo):
        end(desk, algo, "CANCELED", "engine", algo.reason)


def hand_over(desk: Desk, algo: Algo, by: str, reason: str) -> int:
    """The children are the operator's own orders from now on, and the algo is over. How many those are."""
    count = len(algo.open_children)
    desk.timers.cancel(("algo", algo.id))
    desk.algo_memory.forget(algo.id, algo.spec.symbol)
    desk.emit(f.AlgoHandedOver(algo.id, by, reason))
    desk.urgent += 1
    return count


# --- stopped from elsewhere -------------------------------------------------------------------------------------------


def stop_all(desk: Desk, reason: str, scope: str = DESK) -> None:
    """The kill stops the algos of its scope first, so that no child is born after it. Their orders die with all; those
    in accounts that the scope is not about have lost their parent, and are pulled."""
    for algo in list(desk.state.algos.values()):
        if algo.is_live and covers_algo(scope, algo):
            end(desk, algo, "CANCELED", "kill", reason)
            beyond = [child for child in algo.open_children.values() if not covers_order(scope, child)]
            pull_all(desk, algo, beyond, reason)


def stop_for(desk: Desk, account: str, symbol: str, reason: str) -> None:
    """Stop the algos that work one instrument (a liquidation takes it over); what they have out in other accounts is
    pulled."""
    for algo in list(desk.state.algos.values()):
        spec = algo.spec
        if algo.is_live and spec.symbol == symbol and account in (spec.account, *spec.accounts):
            end(desk, algo, "CANCELED", "flat", reason)
            pull_all(desk, algo, [child for child in algo.open_children.values() if child.account != account], reason)


def void(desk: Desk, algo_ids: Iterable[int], reason: str) -> None:
    """Launches that were never released, since the journal failed."""
    for algo_id in algo_ids:
        algo = desk.state.algos.get(algo_id)
        if algo is not None and algo.is_live:
            end(desk, algo, "CANCELED", "engine", reason)
