"""tradedesk dlq: list, replay, discard dead letters."""

from __future__ import annotations

from typing import Annotated

import typer

from console.cli.desk import ask_desk, result_of
from console.cli.output import JsonFlag, ProfileOption, YesFlag, print_json, table
from console.cli.trade import send_line
from console.wire import LineAsk, LookAsk

Number = Annotated[int, typer.Argument(metavar="N", min=1)]
COLUMNS = ("no", "order", "symbol", "side", "what", "qty", "limit_px", "cause", "reason", "owner", "since")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="Orders that were approved and not sent: list, replay or discard.",
        rich_markup_mode=None,
        invoke_without_command=True,
    )
    app.add_typer(group, name="dlq")

    @group.callback()
    def default(context: typer.Context, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        if context.invoked_subcommand is None:
            _list(profile, json)

    @group.command("list")
    def list_(profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """List the dead letters."""
        _list(profile, json)

    @group.command("replay")
    def replay(number: Number, yes: YesFlag = False, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Send one as a new order, through all checks at the quotes of now."""
        send_line(LineAsk("dlq", f"dlq replay {number}", yes=yes), profile, json)

    @group.command("discard")
    def discard(
        number: Number,
        reason: Annotated[str, typer.Option("--reason", metavar="R", help="Why, for the journal.")],
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Take one off the list."""
        send_line(LineAsk("dlq", f"dlq discard {number} reason {reason}"), profile, json)


def _list(profile: str | None, json: bool) -> None:
    rows = result_of(ask_desk(LookAsk("letters"), profile))
    if json:
        print_json(rows)
        return
    table(rows, COLUMNS, "no dead letters")
