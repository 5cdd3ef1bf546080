"""tradedesk unlock: opens the lock of a live desk, from a shell. The PIN is typed on the terminal."""

from __future__ import annotations

import typer

from console.cli.desk import ask_desk, result_of
from console.cli.output import CommandError, ProfileOption
from console.wire import LookAsk, UnlockAsk


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("unlock")
    def unlock(profile: ProfileOption = None) -> None:
        """Unlock a live desk; asks for the PIN."""
        from console.pin.terminal import ask_pin, forbid_core_dumps
        from console.pin.vault import PinError

        forbid_core_dumps()
        told = result_of(ask_desk(LookAsk("status"), profile))
        if not told.get("locked"):
            raise CommandError("nothing to unlock: this desk is not locked")
        try:
            pin = ask_pin(f" {str(told['mode']).upper()}  account {told['account']}  PIN: ")
        except PinError as error:
            raise CommandError(str(error)) from None
        if not pin:
            raise CommandError("still locked: no PIN was given")
        answer = ask_desk(UnlockAsk("unlock", pin.reveal()), profile)
        pin.forget()
        result_of(answer)
        print("unlocked")
