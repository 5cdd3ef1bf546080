"""tradedesk paper reset: new paper books. The old ones, and the journal that tells of them, are kept aside."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from console.cli.desk import state_of
from console.cli.output import CommandError, JsonFlag, ProfileOption, print_json
from console.config.paths import StatePaths, make_private

_ENDINGS: Final = ("", "-wal", "-shm")
_WORD: Final = "RESET"


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The paper broker's books.", rich_markup_mode=None)
    app.add_typer(group, name="paper")

    @group.callback()
    def paper() -> None:
        """The paper broker's books."""

    @group.command("reset")
    def reset(
        confirm: Annotated[str, typer.Option("--confirm", metavar="WORD", help=f"{_WORD}")] = "",
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Open new paper books at the next start; today's books and journal go into an archive folder."""
        state = state_of(profile)
        if confirm != _WORD:
            raise CommandError(
                f"this puts the books and the journal of {state.folder} aside; confirm with --confirm {_WORD}"
            )
        archive = _reset(state)
        if json:
            print_json({"reset": True, "archive": None if archive is None else str(archive)})
        elif archive is None:
            print(f"{state.folder}: there were no books; the next start opens new ones")
        else:
            print(f"the next start opens new books; the old ones are in {archive}")


def _reset(state: StatePaths) -> Path | None:
    """Move books, journal and its mirror into a new folder; None when there are none. Raises CommandError."""
    from engine.runtime.lock import DeskLock, LockHeldError

    files = [
        Path(f"{path}{ending}")
        for path in (*state.all_paper_books(), state.journal, state.trades, state.heads)
        for ending in _ENDINGS
        if os.path.lexists(f"{path}{ending}")
    ]
    if files:
        files += [folder for folder in (state.snapshots, state.archives) if folder.exists()]
    if not files:
        return None
    lock = DeskLock(state.lock)
    try:
        lock.acquire(headless=True)
    except LockHeldError as error:
        raise CommandError(f"{error}; stop it first") from None
    try:
        archive = state.folder / "archive" / time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        make_private(archive)
        for file in files:
            file.rename(archive / file.name)
    except OSError as error:
        raise CommandError(f"{error.filename}: can't be moved into the archive: {error.strerror}") from None
    finally:
        lock.release()
    return archive
