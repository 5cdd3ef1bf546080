"""Asking for the PIN before a live desk is opened: on the screen, or on the terminal for a headless one."""

from __future__ import annotations

import os

from console.cli.output import CommandError
from console.client import DeskClient, NoDeskError, SilentDeskError
from console.live.consent import Consent, ConsentDesk
from console.live.errors import LiveRefusedError
from console.live.probe import check_account
from console.options import RunOptions
from console.pin.terminal import ask_pin, forbid_core_dumps
from console.pin.vault import PinVault, span
from console.wiring import Plan, plan_desk
from engine.model.secret import Secret
from engine.runtime.lock import LockHeldError, is_held, read_owner
from themes.look import Look

_TRIES = 3


def consent_desk(plan: Plan, account: str | None = None) -> ConsentDesk:
    """Where the PIN for this desk is given. `account`: as its broker reports it, where that was asked already. Raises
    LiveRefusedError."""
    config = plan.config
    vault = PinVault.of(config.paths)
    reported = config.profile.account if account is None else account
    return ConsentDesk(vault, reported, config.user)


def account_of(plan: Plan) -> str:
    """The account as the broker reports it, or as the headless desk knows it that is about to be taken over (a second
    session would end its own). Raises LiveRefusedError, and LockHeldError where a console has the folder."""
    state, profile = plan.config.state, plan.config.profile
    if not is_held(state.lock):
        return check_account(profile, plan.broker)
    pid, headless = read_owner(state.lock)
    if not headless:
        raise LockHeldError(state.lock, pid, headless)
    try:
        answer = DeskClient(state.socket, 5.0).request("ping")
    except (NoDeskError, SilentDeskError) as error:
        raise LiveRefusedError(f"not opened: {error}") from None
    told = dict(answer.result or {})
    if (told.get("mode"), told.get("account")) != (profile.mode, profile.account):
        raise LiveRefusedError(f"not opened: the desk that runs there is {told.get('mode')} {told.get('account')}")
    return str(told["account"])


def ask_on_screen(plan: Plan, *, look: Look) -> Consent | None:
    """The PIN screen; None when the user said no. Raises LiveRefusedError before there is a screen."""
    forbid_core_dumps()
    account = account_of(plan)
    desk = consent_desk(plan, account)
    from console.screens.pin_app import PinApp
    from widgets.glyphs import ASCII, glyphs_for

    ascii_only = glyphs_for(os.environ) is ASCII
    verdict = PinApp(account, "its broker", desk, look=look, ascii_only=ascii_only).run()
    return None if verdict is None else desk.consent(verdict)


def ask_on_terminal(options: RunOptions) -> Secret:
    """The PIN for a headless desk, right. Raises LiveRefusedError, PinError without a terminal, CommandError after the
    third wrong one."""
    from console.run import read_config

    forbid_core_dumps()
    plan = plan_desk(read_config(options), options)
    if is_held(plan.config.state.lock):
        raise LockHeldError(plan.config.state.lock, *read_owner(plan.config.state.lock))
    account = account_of(plan)
    desk = consent_desk(plan, account)
    for _ in range(_TRIES):
        if left := desk.left_s():
            raise CommandError(f"not opened: locked out after wrong PINs, no PIN is looked at for {span(left)}")
        pin = ask_pin(f" LIVE  account {account}, as its broker reports it.  PIN (nothing: no): ")
        if not pin:
            raise CommandError("not opened: no PIN was given")
        verdict = desk.check(pin, "start")
        if verdict.ok:
            return pin
        os.write(2, f"{verdict.words}\n".encode())
    raise CommandError("not opened: no right PIN was given")
