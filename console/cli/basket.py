"""tradedesk basket: check, release, list, show, stop, drop."""

from __future__ import annotations

import sys
import time
from typing import Annotated, Any, Final

import typer

from console.cli.desk import ask_desk, refused, result_of
from console.cli.output import (
    CommandError,
    ConfirmOption,
    IdOption,
    JsonFlag,
    ProfileOption,
    YesFlag,
    print_json,
    table,
)
from console.cli.trade import send_line
from console.wire import BasketAsk, LineAsk, LookAsk

FileName = Annotated[str, typer.Argument(metavar="FILE", help="A CSV of orders; - reads it from the input.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A basket of today, or its number.")]
SkipFlag = Annotated[bool, typer.Option("--skip", help="Leave bad rows and refused lines out.")]
_EVERY_S: Final = 0.3
_CHECK: Final = ("row", "order", "verdict", "notional", "position_before", "position_after")
_LIST: Final = ("id", "name", "status", "sent", "refused", "not_sent", "working", "user", "reason")
_SHOW: Final = ("row", "order", "id", "status", "cum_qty", "note")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Files of orders: checked as one, released by one word.", rich_markup_mode=None)
    app.add_typer(group, name="basket")

    @group.command("check")
    def check(
        file: FileName,
        skip: SkipFlag = False,
        yes: YesFlag = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Read a file of orders and check it as one; nothing is staged or sent."""
        answer = ask_desk(_ask("check", file, skip=skip, yes=yes), profile)
        if json and answer.result is not None:
            print_json(answer.result)
        elif answer.result is not None:
            _print_problems(answer.result)
            if "verdict" in answer.result:
                _print_check(answer.result)
        if not answer.ok:
            raise typer.Exit(refused(answer, as_json=False))

    @group.command("release")
    def release(
        file: FileName,
        skip: SkipFlag = False,
        again: Annotated[bool, typer.Option("--again", help="The same orders once more today.")] = False,
        strict: Annotated[bool, typer.Option("--strict", help="Stop at the first refused order.")] = False,
        wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Until every line had its turn.")] = True,
        id: IdOption = "",
        confirm: ConfirmOption = "",
        yes: YesFlag = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Stage a file of orders and send it: checked as one, paced within the throttles."""
        request = _ask("release", file, skip=skip, yes=yes, confirm=confirm, again=again, strict=strict, id=id)
        answer = ask_desk(request, profile)
        if not answer.ok:
            if not json and answer.result is not None:
                _print_problems(answer.result)
            raise typer.Exit(refused(answer, json))
        found = _followed(answer.result["id"], profile, quiet=json) if wait else None
        if json:
            print_json({**answer.result, "basket": found})
        else:
            print(answer.result["message"])
            if found is not None:
                print(_sentence(found))
        if found is not None and (found["status"] != "DONE" or found["refused"]):
            raise typer.Exit(1)

    @group.command("list")
    def list_(profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """List the baskets of the day."""
        rows = result_of(ask_desk(LookAsk("baskets"), profile))
        if json:
            print_json(rows)
        else:
            table(rows, _LIST, "no baskets today")

    @group.command("show")
    def show(name: Name, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Show what became of each line of a basket."""
        rows = result_of(ask_desk(LookAsk("baskets"), profile))
        found = next((row for row in rows if name in (row["name"], str(row["id"]))), None)
        if found is None:
            raise CommandError(f"there is no basket {name} today")
        if json:
            print_json(found)
            return
        print(_sentence(found))
        table(found["lines"], _SHOW, "no lines")

    @group.command("stop")
    def stop(name: Name, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Send no more of a basket; what is out stays (tradedesk cxl basket NAME cancels it)."""
        send_line(LineAsk("basket_line", f"basket stop {name}"), profile, json)

    @group.command("drop")
    def drop(name: Name, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Forget a staged basket."""
        send_line(LineAsk("basket_line", f"basket drop {name}"), profile, json)


def _ask(action: Any, file: str, **more: Any) -> BasketAsk:
    from console.basket.reading import BasketFileError, name_of, read_file
    from console.basket.rows import MOST_TEXT

    try:
        text = sys.stdin.read(MOST_TEXT + 1) if file == "-" else read_file(file)
    except BasketFileError as error:
        raise CommandError(str(error)) from None
    except UnicodeDecodeError:
        raise CommandError("the input is no text (UTF-8)") from None
    return BasketAsk("basket", action, "stdin" if file == "-" else name_of(file), text, **more)


def _followed(number: int, profile: str | None, *, quiet: bool) -> dict[str, Any] | None:
    """The basket once it has ended; how far it is goes to stderr meanwhile."""
    shown = ""
    while True:
        rows = result_of(ask_desk(LookAsk("baskets"), profile))
        found: dict[str, Any] | None = next((row for row in rows if row["id"] == number), None)
        if found is None or found["status"] not in ("RELEASING", "STAGED"):
            return found
        line = _sentence(found)
        if line != shown and not quiet:
            print(line, file=sys.stderr)
            shown = line
        time.sleep(_EVERY_S)


def _sentence(row: dict[str, Any]) -> str:
    why = f" ({row['reason']})" if row["reason"] else ""
    counts = f"{row['sent']} sent, {row['refused']} refused, {row['not_sent']} not sent, {row['working']} working"
    return f"basket {row['name']} {row['status']}{why}: {counts}"


def _print_problems(result: dict[str, Any]) -> None:
    for problem in result["problems"]:
        column = f", column {problem['column']}" if problem["column"] else ""
        where = f"row {problem['row']}{column}: " if problem["row"] else ""
        print(f"{where}{problem['message']}")


def _print_check(result: dict[str, Any]) -> None:
    table(result["lines"], _CHECK, "no orders")
    for line in result["lines"]:
        for denial in line["denials"]:
            print(f"row {line['row']}: {denial['code']}: {denial['message']}")
    pace = f", about {result['duration_s']} s to send" if result["duration_s"] else ""
    print(
        f"{result['verdict']}: {result['passing']} of {result['orders']} pass as one; buys {result['bought']}, "
        f"sells {result['sold']}, net {result['net']}, total {result['total']}{pace}"
    )
    if result["released_today_as"]:
        print(f"the same orders were released today as basket {result['released_today_as']}")
