"""tradedesk algo: plan, launch, list, status, pause, resume, amend, repace, finish, cancel, manual."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from console.cli.desk import ask_desk, refused, result_of
from console.cli.output import IdOption, JsonFlag, ProfileOption, YesFlag, print_json, table
from console.cli.trade import send_line
from console.plan_text import CHART_ROWS, TABLE_ROWS, chart, check_lines, facts, frontier_rows, slice_rows
from console.wire import LineAsk, LookAsk
from widgets.glyphs import glyphs_for

Line = Annotated[list[str], typer.Argument(metavar='"twap sell 5000 ibm 10:00-11:30 slices 7"')]
Terms = Annotated[list[str], typer.Argument(metavar='"qty 800 limit 190.5"')]
Pace = Annotated[list[str], typer.Argument(metavar='30m | "slices 5"')]
Number = Annotated[int, typer.Argument(metavar="ID", min=1)]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Parent orders: plan, launch and supervise.", rich_markup_mode=None)
    app.add_typer(group, name="algo")

    @group.command("plan")
    def plan(line: Line, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Show the schedule, its expected cost and the checks, without sending anything."""
        answer = ask_desk(LineAsk("plan", " ".join(line)), profile)
        if not answer.ok:
            raise typer.Exit(refused(answer, json))
        if json:
            print_json(answer.result)
            return
        _print_plan(answer.result)

    @group.command("launch")
    def launch(
        line: Line,
        id: IdOption = "",
        yes: YesFlag = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Launch it."""
        send_line(LineAsk("launch", " ".join(line), yes=yes, id=id), profile, json)

    @group.command("list")
    def list_(profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """List the algos of the day."""
        rows = result_of(ask_desk(LookAsk("algos"), profile))
        if json:
            print_json(rows)
            return
        columns = ["id", "algo", "side", "qty", "symbol", "cum_qty", "slices_done", "slices", "status", "reason"]
        table(rows, columns, "no algos")

    @group.command("status")
    def status(number: Number, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Show one algo of the day."""
        rows = [row for row in result_of(ask_desk(LookAsk("algos"), profile)) if row["id"] == number]
        if not rows:
            print(f"there is no algo {number} today", file=sys.stderr)
            raise typer.Exit(1)
        if json:
            print_json(rows[0])
            return
        table([{"key": key, "value": value} for key, value in rows[0].items()], ["key", "value"], "")

    @group.command("pause")
    def pause(
        number: Number,
        keep: Annotated[bool, typer.Option("--keep", help="Leave the children working.")] = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Pause an algo and pull its children."""
        send_line(LineAsk("algo", f"algo {number} pause" + (" keep" if keep else "")), profile, json)

    @group.command("resume")
    def resume(
        number: Number,
        missed: Annotated[str, typer.Option(help="What was missed: catchup or shift.", metavar="WORD")] = "",
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Resume a paused algo."""
        send_line(LineAsk("algo", f"algo {number} resume {missed}".rstrip()), profile, json)

    @group.command("amend")
    def amend(number: Number, terms: Terms, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Change its quantity, limit, end or another term."""
        send_line(LineAsk("algo", f"algo {number} amend {' '.join(terms)}"), profile, json)

    @group.command("repace")
    def repace(number: Number, terms: Pace, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Spread what is left over a new time, or cut it anew."""
        send_line(LineAsk("algo", f"algo {number} repace {' '.join(terms)}"), profile, json)

    @group.command("finish")
    def finish(number: Number, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Everything that is left now, through the touch, within the limit."""
        send_line(LineAsk("algo", f"algo {number} finish"), profile, json)

    @group.command("manual")
    def manual(number: Number, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """End it; its children are your own orders from now on."""
        send_line(LineAsk("algo", f"algo {number} manual"), profile, json)

    @group.command("cancel")
    def cancel(number: Number, profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """End an algo and cancel its children."""
        send_line(LineAsk("algo", f"algo {number} cancel"), profile, json)


def _print_plan(plan: dict[str, Any]) -> None:
    count = len(plan["slices"])
    many = f"{count} slice{'s' if count > 1 else ''}, {plan['timezone']}" if count else "follows the market"
    print(f"{plan['algo']} {plan['side']} {plan['qty']} {plan['symbol']}: {many}")
    if count == 1 or count > CHART_ROWS:
        table(slice_rows(plan)[:TABLE_ROWS], ["at", "qty"], "")
    if count > TABLE_ROWS:
        print(f"... {count - TABLE_ROWS} more: --json has them all")
    for line in chart(plan, glyphs_for(os.environ)) if count > 1 else ():
        print(line)
    for line in facts(plan):
        print(line)
    if plan.get("frontier"):
        columns = ["risk_aversion", "expected_cost", "expected_stdev", "half_life_s", ""]
        table(frontier_rows(plan), columns, "no frontier")
    for note in plan["notes"]:
        print(f"note: {note}")
    for line in check_lines(plan):
        print(line)
