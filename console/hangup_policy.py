"""What the desk does when its terminal goes away (profile key `hangup`), without the terminal's help."""

from __future__ import annotations

import logging
import time
from typing import Final, Literal

from engine.inputs import ControlAlgo
from engine.model.enums import AlertLevel
from engine.risk.roles import ITSELF
from engine.runtime.handle import DeskHandle

Policy = Literal["pause", "keep", "cancel", "flatten"]
LIVE = ("RUNNING", "PAUSED", "STOPPING")
ANSWER_S = 5.0
FLATTEN_S = 60.0
LOOK_S = 0.1
_WORDS: Final[dict[Policy, str]] = {
    "pause": "algos paused, orders stayed",
    "keep": "went on headless until its algos had ended",
    "cancel": "algos and orders cancelled",
    "flatten": "killed and flattened",
}

log = logging.getLogger("tradedesk.hangup")


def apply_policy(handle: DeskHandle, policy: Policy, why: str) -> None:
    """Carry the policy out and stop the desk. Returns when the journal is closed.

    keep: goes on headless until no algo runs. pause: algos pause (children pulled), other orders stay. cancel:
    algos and every order are cancelled. flatten: the kill switch with flattening at once. Each acts, journals and
    exits.
    """
    reason = f"terminal gone ({why}): {policy}"
    log.warning(reason)
    # Before anything is done, and nobody waits for it: the next start shows it, however far this one gets.
    handle.notice(AlertLevel.WARN, "TERMINAL_GONE", f"the terminal went away ({why}): {_WORDS[policy]}")
    if policy == "keep":
        while any(algo.status == "RUNNING" for algo in handle.view().algos):
            time.sleep(LOOK_S)
    elif policy == "pause":
        for algo in handle.view().algos:
            if algo.status == "RUNNING":
                handle.send(ControlAlgo(algo.id, "pause", user=f"{ITSELF}hangup", reason=reason)).result(ANSWER_S)
    elif policy == "flatten":
        handle.pull_kill("hangup", reason, "now")
        _await_flat(handle)
    how: Literal["leave", "cancel"] = "cancel" if policy == "cancel" else "leave"
    handle.stop(how, reason).result(ANSWER_S + 10)


def _await_flat(handle: DeskHandle) -> None:
    deadline = time.monotonic() + FLATTEN_S
    while time.monotonic() < deadline:
        kill = handle.view().kill
        if kill is not None and (kill.verified or kill.phase == "not_flat"):
            return
        time.sleep(LOOK_S)
    log.error("not verified flat within %s s; see the journal", FLATTEN_S)
