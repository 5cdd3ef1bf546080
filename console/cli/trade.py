"""order: a line of the command language, from a shell; and what is printed of any such line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from console.cli.desk import ask_desk, refused
from console.cli.output import (
    IdOption,
    JsonFlag,
    ProfileOption,
    YesFlag,
    print_json,
)
from console.wire import LineAsk

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, send nothing.")]
FitFlag = Annotated[bool, typer.Option("--fit", help="Where the money does not reach, send less (`fit` in the line).")]


def register(app: typer.Typer) -> None:
    """Add the command."""

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
