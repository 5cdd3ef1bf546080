"""tradedesk stop: a graceful stop, never silently over what works."""

from __future__ import annotations

import sys
import time
from typing import Annotated, Any, Literal

import typer

from console.cli.desk import ask_desk, refused, state_of
from console.cli.output import CommandError, JsonFlag, ProfileOption, print_json, table
from console.wire import Answer, StopAsk

_GONE_S = 30.0
_LOOK_S = 0.05
How = Literal["leave", "cancel"]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("stop")
    def stop(
        leave: Annotated[bool, typer.Option("--leave", help="Leave working orders at the broker.")] = False,
        cancel: Annotated[bool, typer.Option("--cancel", help="Cancel working orders first.")] = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Stop the desk gracefully; asks what becomes of working orders and algos."""
        if leave and cancel:
            raise typer.BadParameter("--leave and --cancel exclude each other")
        how: How | None = "leave" if leave else "cancel" if cancel else None
        answer = ask_desk(StopAsk("stop", how), profile)
        if not answer.ok and how is None and not json and sys.stdin.isatty() and isinstance(answer.result, dict):
            how = _ask_user(answer.result)
            answer = ask_desk(StopAsk("stop", how), profile)
        if not answer.ok:
            raise typer.Exit(refused(answer, json))
        _wait_until_gone(profile)
        _report(answer, json)


def _ask_user(working: dict[str, Any]) -> How:
    table(working.get("working_orders", []), ["id", "side", "leaves_qty", "symbol", "limit_px", "status"], "no orders")
    table(working.get("algos", []), ["id", "algo", "side", "qty", "symbol", "status"], "no algos")
    try:
        word = input("leave them as they are, or cancel them? [leave/cancel, else: don't stop] ").strip().lower()
    except EOFError:
        word = ""
    if word == "leave" or word == "cancel":
        return "leave" if word == "leave" else "cancel"
    raise CommandError("not stopped")


def _wait_until_gone(profile: str | None) -> None:
    from engine.runtime.lock import is_held

    lock = state_of(profile).lock
    deadline = time.monotonic() + _GONE_S
    while is_held(lock):
        if time.monotonic() > deadline:
            raise CommandError(f"the desk accepted the stop and still holds {lock} after {_GONE_S:.0f} s")
        time.sleep(_LOOK_S)


def _report(answer: Answer, json: bool) -> None:
    if json:
        print_json({"stopped": True, **(answer.result or {})})
    else:
        print("stopped")
