"""order, mod, cxl, flat, halt, resume, resolve, resend: lines of the command language, from a shell."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from console.cli.desk import ask_desk, refused
from console.cli.output import (
    ConfirmOption,
    IdOption,
    JsonFlag,
    ProfileOption,
    YesFlag,
    print_json,
)
from console.wire import LineAsk

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, send nothing.")]
FitFlag = Annotated[bool, typer.Option("--fit", help="Where the money does not reach, send less (`fit` in the line).")]
Reason = Annotated[str, typer.Option("--reason", metavar="R", help="Why, for the journal.")]
Scope = Annotated[list[str] | None, typer.Argument(metavar="[SYMBOL|@ACCT|strategy NAME]")]


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command("order")
    def order(
        line: Annotated[list[str], typer.Argument(metavar='"buy 100 aapl lmt 190.50 day"')],
        dry_run: DryRun = False,
        id: IdOption = "",
        fit: FitFlag = False,
        yes: YesFlag = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Place an order: buy, sell, short (with tp and sl: a bracket), or a group: oco, oto."""
        words = " ".join([*line, "fit"] if fit else line)
        send_line(LineAsk("order", words, yes=yes, id=id, dry_run=dry_run), profile, json)

    @app.command("mod")
    def mod(
        change: Annotated[list[str], typer.Argument(metavar="ID [px P] [qty Q] [stop P]")],
        dry_run: DryRun = False,
        yes: YesFlag = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Change a working order: cancel/replace."""
        send_line(LineAsk("mod", " ".join(["mod", *change]), yes=yes, dry_run=dry_run), profile, json)

    for name, hidden in (("cxl", False), ("cancel", True)):

        @app.command(name, hidden=hidden)
        def cxl(
            target: Annotated[list[str], typer.Argument(metavar="ID|SYMBOL|buys|sells|last|all")],
            yes: YesFlag = False,
            profile: ProfileOption = None,
            json: JsonFlag = False,
        ) -> None:
            """Cancel working orders (also: cancel)."""
            send_line(LineAsk("cxl", " ".join(["cxl", *target]), yes=yes), profile, json)

    @app.command("flat")
    def flat(
        target: Annotated[list[str], typer.Argument(metavar="SYMBOL|all [@ACCT]")],
        confirm: ConfirmOption = "",
        yes: YesFlag = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Close a position, or all, by the liquidation rules."""
        send_line(LineAsk("flat", " ".join(["flat", *target]), yes=yes, confirm=confirm), profile, json)

    @app.command("halt")
    def halt(scope: Scope = None, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Close the gate for the desk or one scope; orders stay."""
        send_line(LineAsk("halt", " ".join(["halt", *(scope or ())])), profile, json)

    @app.command("reduce")
    def reduce(scope: Scope = None, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Let nothing out that increases risk, for the desk or one scope; orders stay."""
        send_line(LineAsk("reduce", " ".join(["reduce", *(scope or ())])), profile, json)

    @app.command("resume")
    def resume(
        reason: Reason,
        scope: Scope = None,
        confirm: ConfirmOption = "",
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Re-open the gate after a halt or a kill of just that scope."""
        line = " ".join(["resume", *(scope or ()), "reason", reason])
        send_line(LineAsk("resume", line, confirm=confirm), profile, json)

    @app.command("resolve")
    def resolve(
        id: Annotated[str, typer.Argument(metavar="ID")],
        reason: Reason,
        decision: Annotated[str, typer.Argument(metavar="[dead|alive]")] = "dead",
        order_id: Annotated[str, typer.Option("--order-id", help="The broker's own number of an order alive.")] = "",
        confirm: ConfirmOption = "",
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Declare an UNKNOWN order (or change) dead or alive, when only you can know."""
        name = f" as {order_id}" if order_id else ""
        send_line(LineAsk("resolve", f"resolve {id} {decision}{name} reason {reason}", confirm=confirm), profile, json)

    @app.command("resend")
    def resend(
        id: Annotated[str, typer.Argument(metavar="ID")],
        reason: Reason,
        confirm: ConfirmOption = "",
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Declare an UNKNOWN order dead and place it anew under a new id."""
        send_line(LineAsk("resend", f"resend {id} reason {reason}", confirm=confirm), profile, json)

    @app.command("release")
    def release(
        id: Annotated[str, typer.Argument(metavar="ID")],
        yes: YesFlag = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Send a held (LOCAL) order now, through every check."""
        send_line(LineAsk("release", f"release {id}", yes=yes), profile, json)


def send_line(request: LineAsk, profile: str | None, json: bool) -> None:
    """Ask the desk to carry out a line, and print what came of it. Raises typer.Exit when it was refused."""
    answer = ask_desk(request, profile)
    if not answer.ok:
        raise typer.Exit(refused(answer, json))
    if json:
        print_json(answer.result)
        return
    result: dict[str, Any] = answer.result
    if "expected" in result:
        for expected in result["expected"]:
            print(f"{expected['text']}  {expected['doc']}")
        return
    for note in result.get("notes", []):
        print(f"note: {note}")
    print(_sentence(result))


def _sentence(result: dict[str, Any]) -> str:
    if result.get("dry_run"):
        after = f"position {result['position_before']} -> {result['position_after']}"
        return f"{result['verdict']}: {result['order']}, notional {result['notional']}, {after}; nothing was sent"
    if "order" in result:
        filled = f", {result['cum_qty']} filled at {result['avg_px']}" if result.get("avg_px") else ""
        legs = f" with {', '.join(map(str, result['legs']))}" if result.get("legs") else ""
        return f"order {result['id']}{legs} {result['status']}: {result['order']}{filled}"
    return str(result.get("message") or "done")
