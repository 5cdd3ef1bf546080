"""tradedesk kill: it must work with a bad config, a hanging desk, a full disk, and no desk at all.

In this order: latch every folder it is about (each start and each gate reads it), ask the desk over the socket,
signal the process that holds the lock, and where no desk lives, cancel at the embedded broker itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.output import JsonFlag, ProfileOption, complain, print_json
from console.client import NoDeskError, SilentDeskError, ask
from console.config.errors import ConfigError
from console.config.paths import Paths, StatePaths, make_private
from console.wire import KillAsk

if TYPE_CHECKING:
    from console.cli.dead_desk import Cancelled
    from console.config.models import Profile

#: With no answer within this time the signal goes out (DESIGN §12).
_ANSWER_S = 1.0


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("kill")
    def kill(
        flatten: Annotated[bool, typer.Option("--flatten", help="Close every position, too.")] = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Close the gate and cancel every working order, at once and without asking."""
        results = [_kill(state, chosen, flatten) for state, chosen in _targets(profile)]
        if json:
            print_json(results[0] if len(results) == 1 else results)
        else:
            for result in results:
                print(result["message"])
        raise typer.Exit(0 if all(result["killed"] for result in results) else 1)


def _targets(profile: str | None) -> list[tuple[StatePaths, Profile | None]]:
    """What to kill: the profile's state folder; every one there is when the settings can't be read."""
    paths = Paths.of(os.environ)
    try:
        # Imported here: even a broken installation of what reads the settings must not stop a kill.
        from console.config.load import load_profile

        _, chosen = load_profile(paths, profile)
        return [(paths.state_of(chosen.mode, chosen.account, chosen.journal.url), chosen)]
    except (ConfigError, ImportError) as error:
        complain(f"{error}; killing every desk under {paths.state}")
    with contextlib.suppress(OSError):
        found: list[tuple[StatePaths, Profile | None]] = [
            (StatePaths(folder), None) for folder in sorted(paths.state.iterdir()) if folder.is_dir()
        ]
        if found:
            return found
    return [(paths.state_of("paper", ""), None)]


def _kill(state: StatePaths, profile: Profile | None, flatten: bool) -> dict[str, Any]:
    latched = _latch(state, flatten)
    result: dict[str, Any] = {"killed": True, "latched": latched, "state": str(state.folder)}
    try:
        answer = ask(state.socket, KillAsk("kill", flatten), _ANSWER_S)
    except (NoDeskError, SilentDeskError) as error:
        return result | _without_answer(state, profile, latched, str(error))
    if not answer.ok:
        return result | _without_answer(state, profile, latched, answer.error)
    said = dict(answer.result or {})
    return result | said | {"message": _proof(said)}


def _latch(state: StatePaths, flatten: bool) -> bool:
    """Write the latch. A latch that is there stays, unless this one asks for more."""
    from engine.journal.errors import JournalError
    from engine.journal.latch import KillLatch, Latch

    latch = KillLatch(state.latch)
    wanted = "now" if flatten else "no"
    try:
        make_private(state.folder)
        before = latch.read()
        if before is None:
            latch.write(Latch(0, time.time_ns(), _user(), "tradedesk kill", wanted))
        elif flatten and before.flatten != "now":
            latch.write(Latch(before.epoch, before.at_ns, before.by, before.reason, wanted))
    except (ConfigError, JournalError, OSError) as error:
        complain(f"the latch could not be written: {error}")
        return False
    return True


def _without_answer(state: StatePaths, profile: Profile | None, latched: bool, why: str) -> dict[str, Any]:
    """Signal the process that holds the lock, and cancel at the broker as far as that can be reached from here."""
    from engine.runtime.lock import is_held, read_owner

    said = [why, "the latch is set: it stays HALTED" if latched else "THE LATCH IS NOT SET"]
    done = latched
    pid = read_owner(state.lock)[0] if is_held(state.lock) else None
    if pid is not None:
        signalled = _signal(pid)
        done = done and signalled
        said.append(f"signalled its process (pid {pid})" if signalled else f"its process (pid {pid}) takes no signal")
    cancelled = _cancel_at_broker(state, profile, desk_lives=pid is not None)
    if cancelled is not None:
        done = done and cancelled.ok
        said.append(cancelled.message)
    return {"killed": done, "message": "; ".join(said), "signalled": pid}


def _cancel_at_broker(state: StatePaths, profile: Profile | None, *, desk_lives: bool) -> Cancelled | None:
    """None where only the desk itself could: the embedded broker is part of the process that holds the lock."""
    from console.cli.dead_desk import Cancelled, cancel_at_server, cancel_in_books

    if profile is None:
        return None if desk_lives else Cancelled(False, "orders were not cancelled: the settings can't be read")
    if profile.broker_socket is not None:
        return cancel_at_server(profile.broker_socket, profile.account)
    return None if desk_lives else cancel_in_books(state, profile)


def _signal(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, signal.SIGUSR1)
    except OSError:
        return False
    return True


def _proof(said: dict[str, Any]) -> str:
    proof = said.get("kill")
    if not proof:
        return "killed: the gate is closed; the desk has not reported on its orders yet, see tradedesk status"
    return (
        f"HALTED · {proof['cancels_sent']} cancels sent, {proof['cancels_confirmed']} confirmed"
        f" · {proof['positions']} positions, {proof['flat']} flat · {proof['phase']}"
    )


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid{os.geteuid()}"
