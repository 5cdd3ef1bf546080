"""tca: what orders cost against what they could have cost, live and after; from the journal."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from console.cli.desk import state_of
from console.cli.output import CommandError, JsonFlag, ProfileOption, print_json, table

if TYPE_CHECKING:
    from engine.tca.book import TcaBook
    from engine.tca.groups import By, Choice
    from engine.tca.measure import Measured

_TICKETS: Final = (
    "id", "algo", "symbol", "side", "order_qty", "cum_qty", "avg_px", "arrival_px", "arrival", "vwap", "twap", "pwp",
    "shortfall", "participation", "1m", "status",
)  # fmt: skip
_GROUPS: Final = (
    "name", "tickets", "notional", "fill_rate", "arrival", "se", "vwap", "twap", "pwp", "shortfall", "median", "p5",
    "p95", "1m", "reject_rate",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command, and the calculator below it."""
    group = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
    app.add_typer(group, name="tca")
    group.command("shortfall")(shortfall)

    @group.callback()
    def tca(
        context: typer.Context,
        by: Annotated[
            Literal["order", "parent", "algo", "symbol", "broker", "day", "tag"],
            typer.Option("--by", help="One row for each; a parent is an algo, or an order without one."),
        ] = "parent",
        day: Annotated[str, typer.Option("--day", metavar="D", help="Only this trading day.")] = "",
        symbol: Annotated[str, typer.Option("--symbol", metavar="S", help="Only this instrument.")] = "",
        algo: Annotated[str, typer.Option("--algo", metavar="KIND", help="Only this kind: twap, vwap, manual.")] = "",
        parent: Annotated[int | None, typer.Option("--parent", metavar="N", min=1, help="Only this algo.")] = None,
        order: Annotated[str, typer.Option("--order", metavar="N", help="Only the order of this number or id.")] = "",
        account: Annotated[str, typer.Option("--account", metavar="A", help="Only this account.")] = "",
        broker: Annotated[str, typer.Option("--broker", metavar="B", help="Only this broker.")] = "",
        tag: Annotated[str, typer.Option("--tag", metavar="T", help="Only orders of this tag.")] = "",
        profile: ProfileOption = None,
        json: JsonFlag = False,
        as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values, a header first.")] = False,
        html: Annotated[
            Path | None, typer.Option("--html", metavar="FILE", help="Write a page with charts to FILE.")
        ] = None,
    ) -> None:
        """Show what orders cost: slippage, shortfall, mark-outs, latencies; from the journal, live and after."""
        if context.invoked_subcommand is not None:
            return
        if json and as_csv:
            raise typer.BadParameter("--json and --csv: one of them")
        from engine.tca.groups import Choice, groups, measured
        from engine.tca.reading import last_seen

        choice = Choice(day, symbol.upper(), algo.lower(), account, broker, parent or 0, order, tag)
        book = _book(profile)
        found = measured(book, choice, by, lambda ticket: last_seen(book, ticket))
        if html is not None:
            _write_page(html, book, choice)
            return
        from console.tca import rows

        if by in ("order", "parent"):
            shown = [rows.ticket(one) for one in found]
        else:
            shown = [rows.group(one) for one in groups(found, by)]
        if json:
            print_json(shown)
        elif as_csv:
            _print_csv(shown)
        else:
            _print(shown, found, by)


def shortfall(
    side: Annotated[Literal["buy", "sell"], typer.Option("--side", help="buy or sell.")],
    qty: Annotated[str, typer.Option("--qty", metavar="N", help="What was wanted.")],
    decision: Annotated[str, typer.Option("--decision", metavar="PX", help="Price at the decision.")],
    arrival: Annotated[
        str, typer.Option("--arrival", metavar="PX", help="Price when it was released (default: the decision's).")
    ] = "",
    end: Annotated[
        str, typer.Option("--end", metavar="PX", help="Price at the end, or when the rest was cancelled.")
    ] = "",
    fill: Annotated[list[str] | None, typer.Option("--fill", metavar="N@PX", help="A fill; may be repeated.")] = None,
    fees: Annotated[str, typer.Option("--fees", metavar="MONEY", help="Commissions and fees.")] = "0",
    multiplier: Annotated[str, typer.Option("--multiplier", metavar="M", help="Money per point and unit.")] = "1",
    json: JsonFlag = False,
) -> None:
    """Work out the implementation shortfall of an order by its numbers, after Perold, CFA and Kissell."""
    from console.tca import rows
    from engine.model.money import NumberError, parse_decimal
    from engine.tca.shortfall import ShortfallError, outcome

    try:
        fills = [_fill(text) for text in fill or ()]
        left = parse_decimal(qty, "--qty") - sum(size for size, _ in fills)
        if left and not end:
            raise typer.BadParameter(f"{left} were not filled: --end says what they were worth")
        at = parse_decimal(decision, "--decision")
        began = parse_decimal(arrival, "--arrival") if arrival else at
        of = outcome(
            1 if side == "buy" else -1,
            parse_decimal(qty, "--qty"),
            fills,
            at,
            began,
            parse_decimal(end, "--end") if end else began,
            parse_decimal(fees, "--fees"),
            parse_decimal(multiplier, "--multiplier"),
        )
    except (NumberError, ShortfallError) as error:
        raise typer.BadParameter(str(error)) from None
    result = rows.worked_out(of)
    if json:
        print_json(result)
        return
    for method, parts in result["decompositions"].items():
        names = [name for name in parts if not name.endswith("_bps") and name != "total"]
        shown = " + ".join(
            f"{name.replace('_', ' ')} {parts[name]} ({_places(parts[f'{name}_bps'], 2)})" for name in names
        )
        print(f"{method:8}{shown} = {parts['total']} ({_places(parts['total_bps'], 2)} bps)")


def _fill(text: str) -> tuple[Decimal, Decimal]:
    from engine.model.money import parse_decimal

    size, sign, px = text.partition("@")
    if not sign:
        raise typer.BadParameter(f"--fill {text!r}: expected a quantity and a price, like 700@40.05")
    return parse_decimal(size, "--fill"), parse_decimal(px, "--fill")


def _book(profile: str | None) -> TcaBook:
    from engine.journal.errors import JournalError
    from engine.tca.reading import read_book

    state = state_of(profile)
    if not state.has_journal:
        raise CommandError(f"there is no journal in {state.folder}: nothing was traded yet")
    try:
        return read_book(state.place)[0]
    except JournalError as error:
        raise CommandError(str(error)) from None


def _write_page(path: Path, book: TcaBook, choice: Choice) -> None:
    from console.tca.page import page

    try:
        path.write_text(page(book, choice), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: can't be written: {error.strerror}") from None
    print(f"written to {path}")


def _print_csv(shown: Sequence[dict[str, Any]]) -> None:
    from console.tca import rows

    names = rows.columns(shown)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(names)
    for row in shown:
        cells = dict(rows.flat(row))
        out.writerow([cells.get(name) for name in names])


def _print(shown: Sequence[dict[str, Any]], found: Sequence[Measured], by: By) -> None:
    """Bps with one digit; a cost is above 0. The notes say what is not known, and why."""
    if by in ("order", "parent"):
        table([_ticket_line(row) for row in shown], _TICKETS, "no orders")
    else:
        table([_group_line(row, by) for row in shown], _GROUPS, "no orders")
    if shown:
        print("\narrival, vwap (own prints out), twap, pwp (20 %): slippage in bps, > 0 is a cost; shortfall: Kissell,")
        print("bps of the whole order at its decision price; 1m: mark-out in bps, > 0 is a move in favour")
    for one in found:
        for note in one.notes:
            print(f"{one.key if one.key.startswith('algo') else f'order {one.no}'}: {note}")


def _ticket_line(row: dict[str, Any]) -> dict[str, Any]:
    slippage = row["slippage_bps"]
    return {
        **row,
        "avg_px": _places(row["avg_px"], 4),
        "arrival": _places(slippage["arrival"], 1),
        "vwap": _places(slippage["vwap"], 1),
        "twap": _places(slippage["twap"], 1),
        "pwp": _places(slippage["pwp"], 1),
        "shortfall": _places(row["shortfall"]["total_bps"], 1),
        "participation": _percent(row["participation"]),
        "1m": _places(row["markouts_bps"]["1m"], 1),
    }


def _group_line(row: dict[str, Any], by: By) -> dict[str, Any]:
    slippage, shortfall = row["slippage_bps"], row["shortfall_bps"] or {}
    arrival = slippage["arrival"] or {}
    return {
        "name": f"{row[by]} {row['currency']}",
        "tickets": row["tickets"],
        "notional": _places(row["notional"], 2),
        "fill_rate": _percent(row["fill_rate"]),
        "arrival": _places(arrival.get("mean"), 1),
        "se": _places(arrival.get("se"), 1),
        **{name: _places((slippage[name] or {}).get("mean"), 1) for name in ("vwap", "twap", "pwp")},
        "shortfall": _places(shortfall.get("mean"), 1),
        **{name: _places(shortfall.get(name), 1) for name in ("median", "p5", "p95")},
        "1m": _places((row["markouts_bps"]["1m"] or {}).get("mean"), 1),
        "reject_rate": _percent(row["reject_rate"]),
    }


def _places(value: str | None, places: int) -> str | None:
    if value is None:
        return None
    shown = f"{Decimal(value):.{places}f}"
    return shown.removeprefix("-") if not shown.strip("-0.") else shown


def _percent(value: str | None) -> str | None:
    return None if value is None else f"{Decimal(value) * 100:.1f}%"
