"""tradedesk risk: the limits in force, and changing one while the desk runs."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from console.cli.desk import ask_desk, result_of
from console.cli.output import CommandError, ConfirmOption, JsonFlag, ProfileOption, print_json, table
from console.cli.trade import send_line
from console.wire import LineAsk, LookAsk

_COMPLETE: Final = "COMPLETE"
_COLUMNS: Final = ("key", "value", "default", "origin")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Limits: show them, change one, write what is missing.", rich_markup_mode=None)
    app.add_typer(group, name="risk")

    @group.command("show")
    def show(profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Every limit of the running desk: value, shipped default, and who changed it, when and why."""
        rows = result_of(ask_desk(LookAsk("limits"), profile))
        if json:
            print_json(rows)
            return
        table([{**row, "origin": _origin(row)} for row in rows], _COLUMNS, "no limits")

    @group.command("set")
    def set_(
        key: Annotated[str, typer.Argument(metavar="KEY")],
        value: Annotated[str, typer.Argument(metavar="VALUE")],
        reason: Annotated[str, typer.Option("--reason", metavar="R", help="Why, for the journal.")],
        confirm: ConfirmOption = "",
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Change a limit at once, for the running desk."""
        send_line(LineAsk("limit", f"limit {key} {value} reason {reason}", confirm=confirm), profile, json)

    @group.command("complete")
    def complete(confirm: ConfirmOption = "", json: JsonFlag = False) -> None:
        """Write the limits that risk_params.yaml lacks into it, as shipped; shows them and asks first."""
        _complete(confirm, json)


def _complete(confirm: str, json: bool) -> None:
    from console.config.limits_complete import completion_of, write
    from console.config.paths import Paths

    done = completion_of(Paths.of(os.environ).risk_file, datetime.now(UTC).date())
    answer = {"file": str(done.path), "added": done.added, "written": False}
    if not done.added:
        print_json(answer) if json else print(f"{done.path}: nothing is missing")
        return
    if not json:
        print("\n".join(done.lines))
    if confirm != _COMPLETE and not json and sys.stdin.isatty() and sys.stdout.isatty():
        confirm = input(f"append these to {done.path}? Type {_COMPLETE}: ").strip()
    if confirm != _COMPLETE:
        if json:
            print_json(answer)
        raise CommandError(f"{len(done.added)} limits are missing and nothing was written; --confirm {_COMPLETE}")
    write(done)
    if json:
        print_json({**answer, "written": True})
    else:
        print(f"{done.path}: {len(done.added)} limits were added; a desk that runs takes them at its next start")


def _origin(row: dict[str, Any]) -> str:
    if row["origin"] != "changed":
        return str(row["origin"])
    return f"{row['old'] or 'not given'} until {row['at']}, changed by {row['by'] or 'unknown'}: {row['reason']}"
