"""tradedesk risk: the limits in force, and changing one while the desk runs."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from console.cli.desk import ask_desk, result_of
from console.cli.output import ConfirmOption, JsonFlag, ProfileOption, print_json, table
from console.cli.trade import send_line
from console.wire import LineAsk, LookAsk

_COLUMNS: Final = ("key", "value", "default", "origin")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Limits: show them, change one.", rich_markup_mode=None)
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


def _origin(row: dict[str, Any]) -> str:
    if row["origin"] != "changed":
        return str(row["origin"])
    return f"{row['old'] or 'not given'} until {row['at']}, changed by {row['by'] or 'unknown'}: {row['reason']}"
