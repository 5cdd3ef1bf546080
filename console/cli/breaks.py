"""reconcile, breaks, book: where we and the broker differ, and booking what no broker reports."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from console.cli.desk import ask_desk, refused, result_of
from console.cli.output import ConfirmOption, IdOption, JsonFlag, ProfileOption, print_json, table
from console.wire import LineAsk, LookAsk

WIDTH = 80
_COLUMNS = ("no", "kind", "key", "ours", "theirs", "difference", "since")


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command("breaks")
    def breaks(profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Show where we and the broker differ, why, and what can be done."""
        result = result_of(ask_desk(LookAsk("breaks"), profile))
        if json:
            print_json(result)
            return
        _print_breaks(result)

    @app.command("reconcile")
    def reconcile(profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Compare with the broker now; 1 when breaks stand."""
        answer = ask_desk(LineAsk("reconcile", "reconcile"), profile)
        if not json and answer.result is not None and "compared" in answer.result:
            _print_compared(answer.result["compared"])
            _print_breaks(answer.result["breaks"])
        if not answer.ok:
            raise typer.Exit(refused(answer, json))
        if json:
            print_json(answer.result)

    @app.command("book")
    def book(
        line: Annotated[list[str], typer.Argument(metavar='"dividend 24.00 aapl reason statement of 15 May"')],
        confirm: ConfirmOption = "",
        id: IdOption = "",
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Book what no broker reports, or take a booking back: book "reverse 3 reason ..."."""
        words = " ".join(line)
        answer = ask_desk(LineAsk("book", f"book {words.removeprefix('book ')}", confirm=confirm, id=id), profile)
        if not answer.ok:
            raise typer.Exit(refused(answer, json))
        if json:
            print_json(answer.result)
        else:
            print(answer.result["message"])


def _print_compared(compared: dict[str, Any]) -> None:
    parts = [
        _count(compared["orders"], "open order"),
        _count(compared["executions"], "execution"),
        _count(compared["positions"], "position"),
        "cash" if compared["cash"] else "cash NOT (executions are coming in)",
    ]
    print(f"compared: {', '.join(parts)}")
    learned = compared["executions_learned"]
    if learned:
        print(f"learned: {_count(learned, 'execution')} that no report had brought")


def _print_breaks(rows: Sequence[dict[str, Any]]) -> None:
    """A table, then for each break why and what can be done, within 80 columns."""
    table([{**row, "since": row["since"][:16].replace("T", " ")} for row in rows], _COLUMNS, "no breaks")
    for row in rows:
        print()
        _fill(f"{row['no']}  {row['explanation']}", "   ")
        for remedy in row["remedies"]:
            _fill(f"   > {remedy}", "     ")


def _fill(text: str, indent: str) -> None:
    print(textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))


def _count(many: int, what: str) -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"
