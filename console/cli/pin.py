"""tradedesk pin set, change and reset. The PIN is typed on the terminal, never given as an argument."""

from __future__ import annotations

import os
from collections.abc import Callable
from hmac import compare_digest
from typing import Annotated, Final

import typer

from console.cli.output import CommandError
from console.config.paths import Paths
from engine.model.secret import Secret

_WORD: Final = "RESET"


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The PIN of live mode.", rich_markup_mode=None)
    app.add_typer(group, name="pin")

    @group.callback()
    def pin() -> None:
        """The PIN of live mode."""

    @group.command("set")
    def set_() -> None:
        """Set the PIN of a desk that has none; asks for it twice."""
        _guarded(_set)
        print("the PIN is set")

    @group.command("change")
    def change() -> None:
        """Set another PIN; asks for the present one."""
        _guarded(_change)
        print("the PIN is changed")

    @group.command("reset")
    def reset(
        reason: Annotated[str, typer.Option("--reason", metavar="R", help="Why; for the audit trail.")] = "",
        confirm: Annotated[str, typer.Option("--confirm", metavar="WORD", help=f"{_WORD}")] = "",
    ) -> None:
        """Take the PIN away (an admin): nobody can open or unlock a live desk until a new one is set."""
        _guarded(lambda paths, user: _reset(paths, user, reason, confirm))
        print("the PIN is gone; tradedesk pin set sets a new one")


Work = Callable[[Paths, str], None]


def _guarded(work: Work) -> None:
    from console.pin.hash import HashError
    from console.pin.terminal import forbid_core_dumps
    from console.pin.vault import PinError
    from engine.runtime.logins import user_name

    forbid_core_dumps()
    try:
        work(Paths.of(os.environ), user_name(os.geteuid()))
    except (PinError, HashError) as error:
        raise CommandError(str(error)) from None


def _names(paths: Paths, user: str) -> tuple[str, ...]:
    """What is no secret: the user, and the accounts of all profiles."""
    from console.config.profiles import load_desk_file

    return (user, *(profile.account for profile in load_desk_file(paths).profiles.values()))


def _set(paths: Paths, user: str) -> None:
    from console.pin.vault import PinVault

    vault, names = PinVault.of(paths), _names(paths, user)
    if vault.is_set:
        raise CommandError("a PIN is set already: tradedesk pin change (or, by an admin, tradedesk pin reset)")
    vault.set_first(_new_pin(names), user, names)


def _change(paths: Paths, user: str) -> None:
    from console.pin.terminal import ask_pin
    from console.pin.vault import PinVault, span

    vault, names = PinVault.of(paths), _names(paths, user)
    if not vault.is_set:
        raise CommandError("no PIN is set: tradedesk pin set")
    if left := vault.left_s():
        raise CommandError(f"locked out after wrong PINs: no PIN is looked at for {span(left)}")
    verdict = vault.check(ask_pin("present PIN: "), user, "pin change")
    if not verdict.ok:
        raise CommandError(verdict.words)
    vault.change(verdict, _new_pin(names), user, names)


def _new_pin(names: tuple[str, ...]) -> Secret:
    """Strong enough, and typed twice alike."""
    from console.pin.rules import weakness
    from console.pin.terminal import ask_pin

    pin = ask_pin("new PIN: ")
    weak = weakness(pin, names)
    if weak is not None:
        raise CommandError(f"not taken: {weak}")
    if not compare_digest(pin.reveal().encode(), ask_pin("the same again: ").reveal().encode()):
        raise CommandError("not taken: the two differ")
    return pin


def _reset(paths: Paths, user: str, reason: str, confirm: str) -> None:
    from console.config.roles_file import Roles, load_roles
    from console.pin.vault import PinVault

    roles = load_roles(paths.roles_file) if paths.roles_file.exists() else Roles()
    if not roles.may(user, "pin_reset"):
        PinVault.of(paths).refuse_reset(user, "roles.yaml gives the role admin to others")
        raise CommandError(f"{user} may not reset the PIN: roles.yaml gives the role admin to others")
    if not reason.strip():
        raise CommandError("a reset needs a reason: --reason TEXT")
    if confirm != _WORD:
        raise CommandError(f"nobody can open or unlock a live desk after this; confirm with --confirm {_WORD}")
    PinVault.of(paths).reset(user, reason.strip())
