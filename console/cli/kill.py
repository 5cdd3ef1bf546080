"""tradedesk kill: it must work with a bad config, a hanging desk, a full disk, and no desk at all.

In this order: latch every folder it is about (each start and each gate reads it), ask the desk over the socket,
signal the process that holds the lock, and where no desk lives, cancel at the embedded broker itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.desk import SOCKET
from console.cli.output import JsonFlag, ProfileOption, complain, print_json
from console.client import NoDeskError, SilentDeskError, ask
from console.config.errors import ConfigError
from console.config.paths import Paths, StatePaths, make_private
from console.wire import KillAsk, LookAsk
from engine.model.counted import counted
from engine.model.scope import DESK, said
from engine.runtime.logins import user_name

if TYPE_CHECKING:
    from console.broker_setup import BrokerSpec
    from console.cli.dead_desk import Cancelled
    from console.config.models import Profile

#: With no answer within this time the signal goes out (DESIGN §12).
_ANSWER_S = 1.0
_ELSEWHERE_S = 10.0


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("kill")
    def kill(
        scope: Annotated[list[str] | None, typer.Argument(metavar="[SYMBOL|@ACCT|strategy NAME]")] = None,
        flatten: Annotated[bool, typer.Option("--flatten", help="Close every position, too.")] = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Close the gate and cancel every working order, of the desk or one scope, at once and without asking."""
        what = _scope(scope or [])
        if what is None:
            raise typer.Exit(complain(f"{' '.join(scope or [])!r} is nothing to kill: {_TAKEN}; NOTHING WAS KILLED", 2))
        elsewhere = os.environ.get(SOCKET)
        if elsewhere:
            results = [_kill_elsewhere(Path(elsewhere), flatten, what)]
        else:
            results = [_kill(state, chosen, flatten, what) for state, chosen in _targets(profile)]
        if json:
            print_json(results[0] if len(results) == 1 else results)
        else:
            for result in results:
                print(result["message"])
        raise typer.Exit(0 if all(result["killed"] for result in results) else 1)


_TAKEN = "a symbol, @ACCT, strategy NAME, or nothing for everything"


def _scope(words: list[str]) -> str | None:
    """The scope that the words name; None when they name none. No settings are read: a kill works without them."""
    match words:
        case []:
            return DESK
        case ["strategy", name]:
            return f"strategy:{name}"
        case [word] if word.startswith("@") and len(word) > 1:
            return f"account:{word[1:].upper()}"
        case [word] if not word.startswith("@") and word != "strategy":
            return f"instrument:{word.upper()}"
    return None


def _kill_elsewhere(socket: Path, flatten: bool, scope: str) -> dict[str, Any]:
    """The desk of another login: all that can be done from here is to ask it. What it does not confirm is no kill."""
    try:
        answer = ask(socket, KillAsk("kill", flatten, scope), _ELSEWHERE_S)
        words = answer.error or "killed: the desk of another login has closed its gate"
        return {"killed": answer.ok, "message": words, "desk": answer.result}
    except (NoDeskError, SilentDeskError) as error:
        return {"killed": False, "message": f"NOT KILLED: {error}; kill from its own login, or at the broker"}


def _targets(profile: str | None) -> list[tuple[StatePaths, Profile | None]]:
    """What to kill: the profile's state folder; every one there is when the settings can't be read."""
    paths = Paths.of(os.environ)
    try:
        # Imported here: even a broken installation of what reads the settings must not stop a kill.
        from console.config.profiles import load_profile

        _, chosen = load_profile(paths, profile)
        return [(paths.state_of(chosen.mode, chosen.account, chosen.journal.url, chosen.broker), chosen)]
    except (ConfigError, ImportError) as error:
        complain(f"{error}; killing every desk under {paths.state}")
    with contextlib.suppress(OSError):
        found: list[tuple[StatePaths, Profile | None]] = [
            (StatePaths(folder), None) for folder in sorted(paths.state.iterdir()) if folder.is_dir()
        ]
        if found:
            return found
    return [(paths.state_of("paper", ""), None)]


def _kill(state: StatePaths, profile: Profile | None, flatten: bool, scope: str) -> dict[str, Any]:
    scope = _as_written(scope, profile)
    unknown = _unknown(scope)
    if unknown and not _has(state, scope.partition(":")[2]):
        return {"killed": False, "latched": False, "scope": scope, "message": f"{unknown}; NOTHING WAS KILLED"}
    latched = _latch(state, flatten, scope)
    result: dict[str, Any] = {"killed": True, "latched": latched, "state": str(state.folder), "scope": scope}
    try:
        answer = ask(state.socket, KillAsk("kill", flatten, scope), _ANSWER_S)
    except (NoDeskError, SilentDeskError) as error:
        return result | _without_answer(state, profile, latched, str(error), scope, flatten=flatten)
    if not answer.ok:
        return result | _without_answer(state, profile, latched, answer.error, scope, flatten=flatten)
    body = dict(answer.result or {})
    return result | body | {"message": _proof(body, scope)}


def _as_written(scope: str, profile: Profile | None) -> str:
    """An account as the settings write it."""
    kind, _, name = scope.partition(":")
    known = () if profile is None else profile.all_accounts
    return next((f"account:{a}" for a in known if kind == "account" and a.upper() == name), scope)


def _unknown(scope: str) -> str:
    """Why there is no such instrument, by the universe; where that can't be read it is believed."""
    kind, _, name = scope.partition(":")
    if kind != "instrument":
        return ""
    try:
        from console.config.load import load_universe
        from engine.model.option import looks_like_option

        known = {instrument.symbol for instrument in load_universe(Paths.of(os.environ).universe_file)}
    except (ConfigError, ImportError, OSError):
        return ""
    return "" if name in known or looks_like_option(name) else f"{name} is not in universe.yaml"


def _has(state: StatePaths, symbol: str) -> bool:
    """Whether the desk holds or works an instrument that the universe has no more."""
    try:
        for what in ("positions", "orders"):
            answer = ask(state.socket, LookAsk(what), _ANSWER_S)
            if answer.ok and any(row["symbol"] == symbol for row in answer.result):
                return True
    except (NoDeskError, SilentDeskError):
        pass
    return False


def _latch(state: StatePaths, flatten: bool, scope: str) -> bool:
    """Write the latch. A latch that is there stays, unless this one asks for more."""
    from engine.journal.errors import JournalError
    from engine.journal.latch import KillLatch, Latch

    latch = KillLatch(state.latch).of(scope)
    wanted = "now" if flatten else "no"
    try:
        make_private(state.folder)
        before = latch.read()
        if before is None:
            latch.write(Latch(0, time.time_ns(), user_name(os.geteuid()), "tradedesk kill", wanted))
        elif flatten and before.flatten != "now":
            latch.write(Latch(before.epoch, before.at_ns, before.by, before.reason, wanted))
    except (ConfigError, JournalError, OSError) as error:
        complain(f"the latch could not be written: {error}")
        return False
    return True


def _without_answer(
    state: StatePaths, profile: Profile | None, latched: bool, why: str, scope: str, *, flatten: bool
) -> dict[str, Any]:
    """Signal the process that holds the lock, and cancel at the broker as far as that can be reached from here. The
    signal kills everything: for less than that the desk reads the latch when it wakes."""
    from engine.runtime.lock import is_held, read_owner

    words = [
        why,
        f"the latch is set: {'it' if scope == DESK else said(scope)} stays HALTED"
        if latched
        else "THE LATCH IS NOT SET",
    ]
    done = latched
    pid = read_owner(state.lock)[0] if is_held(state.lock) else None
    if pid is not None and scope != DESK:
        done = False
        words.append(f"its process (pid {pid}) lives and has not answered; `tradedesk kill` stops everything at once")
    elif pid is not None:
        signalled = _signal(pid)
        done = done and signalled
        words.append(f"signalled its process (pid {pid})" if signalled else f"its process (pid {pid}) takes no signal")
    cancelled = _cancel_at_broker(state, profile, scope, desk_lives=pid is not None)
    if cancelled is not None:
        done = done and cancelled.ok
        words.append(cancelled.message)
    if flatten and pid is None:
        words.append("positions are NOT flattened: start the desk, look, and kill once more with --flatten")
    return {"killed": done, "message": "; ".join(words), "signalled": pid if scope == DESK else None}


def _cancel_at_broker(state: StatePaths, profile: Profile | None, scope: str, *, desk_lives: bool) -> Cancelled | None:
    """None where only the desk itself could: the embedded broker is part of the process that holds the lock."""
    from console.cli.dead_desk import Cancelled, cancel_at_server, cancel_in_books

    if profile is None:
        return None if desk_lives else Cancelled(False, "orders were not cancelled: the settings can't be read")
    kind, _, name = scope.partition(":")
    if kind == "strategy":
        words = "a broker does not know strategies: its orders are cancelled when the desk starts, at once"
        return None if desk_lives else Cancelled(False, words)
    accounts = [name] if kind == "account" else list(profile.all_accounts)
    if not set(accounts) <= set(profile.all_accounts):
        known = ", ".join(profile.all_accounts)
        return Cancelled(False, f"account {name} is not {known}: nothing was cancelled at the broker")
    symbol = name if kind == "instrument" else ""
    done = []
    for account in accounts:
        # One that hangs is given up after its time-out, and the next is asked all the same.
        spec = _spec_of(profile, account)
        if spec is not None:
            done.append((account, cancel_at_server(spec, account, profile.mode, symbol)))
        elif not desk_lives:
            done.append((account, cancel_in_books(_books_of(state, profile, account), profile, account, symbol)))
    if not done:
        return None
    if len(accounts) == 1:
        return done[0][1]
    return Cancelled(all(one.ok for _, one in done), "; ".join(f"{account}: {one.message}" for account, one in done))


def _spec_of(profile: Profile, account: str) -> BrokerSpec | None:
    """The broker of that account, where it is a process of its own."""
    from console.broker_setup import BrokerSpec

    if profile.broker in ("alpaca", "ibkr"):
        return BrokerSpec.parse(profile.broker, ibkr=profile.ibkr)
    socket = profile.socket_of(account)
    return None if socket is None else BrokerSpec("paper", socket)


def _books_of(state: StatePaths, profile: Profile, account: str) -> Path:
    return state.paper_books if account == profile.account else state.paper_books_of(account)


def _signal(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, signal.SIGUSR1)
    except OSError:
        return False
    return True


def _proof(body: dict[str, Any], scope: str) -> str:
    proof = body.get("kill")
    if not proof:
        return "killed: the gate is closed; the desk has not reported on its orders yet, see tradedesk status"
    head = "HALTED" if scope == DESK else f"HALTED {said(scope)}"
    return (
        f"{head} · {counted(proof['cancels_sent'], 'cancel')} sent, {proof['cancels_confirmed']} confirmed"
        f" · {counted(proof['positions'], 'position')}, {proof['flat']} flat · {proof['phase']}"
    )
