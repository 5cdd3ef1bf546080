"""performance: statistics of the desk's trades, and its work against the targets; from the journal."""

from __future__ import annotations

import csv
import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from console.cli.output import CommandError, JsonFlag, ProfileOption, print_json, table

if TYPE_CHECKING:
    from engine.model.performance import PerformanceReport

_CSV: Final = ("by", "name", "figure", "value", "target", "verdict", "of")
_STATS: Final = ("trades", "won", "lost", "win_rate", "net_pnl", "average_win", "average_loss", "profit_factor",
                 "expectancy", "sharpe", "sortino", "max_drawdown")  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("performance")
    def performance(
        from_: Annotated[
            str, typer.Option("--from", metavar="DATE", help="Trading days from it on (YYYY-MM-DD).")
        ] = "",
        to: Annotated[str, typer.Option("--to", metavar="DATE", help="Trading days up to it.")] = "",
        profile: ProfileOption = None,
        json: JsonFlag = False,
        as_csv: Annotated[bool, typer.Option("--csv", help="One figure a line, as comma-separated values.")] = False,
    ) -> None:
        """Show how the desk performs: trades by day, symbol, strategy and account, and its work against the targets."""
        if json and as_csv:
            raise typer.BadParameter("--json and --csv: one of them")
        result = _measured(profile, _date("--from", from_), _date("--to", to))
        if json:
            print_json(_json(result))
        elif as_csv:
            _print_csv(_json(result))
        else:
            _print(_json(result))


def _date(option: str, text: str) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise typer.BadParameter(f"{option} {text!r}: expected a date like 2026-01-31") from None


def _measured(profile: str | None, first: str, last: str) -> PerformanceReport:
    from console.config.paths import Paths
    from console.config.profiles import load_profile
    from engine.journal.errors import JournalError
    from engine.performance.fold import Period
    from engine.performance.reading import PerformanceReader

    paths = Paths.of(os.environ)
    _, chosen = load_profile(paths, profile)
    state = paths.state_of(chosen.mode, chosen.account, chosen.journal.url, chosen.broker)
    if not state.has_journal:
        raise CommandError(f"there is no journal in {state.folder}: nothing was traded yet")
    try:
        return PerformanceReader(state.place, chosen.targets.targets(), Period(first, last)).read()
    except JournalError as error:
        raise CommandError(str(error)) from None


def _json(result: PerformanceReport) -> dict[str, Any]:
    from console.json_rows import performance

    return performance(result)


def _print(result: dict[str, Any]) -> None:
    rows = [{"of": "all", **result["overall"]}]
    for by in ("strategy", "tag", "account", "symbol", "day"):
        rows += [{"of": f"{by} {row[by] or '-'}", **row} for row in result[f"by_{by}"]]
    table([{**row, **_short(row)} for row in rows], ("of", *_STATS), "no trades")
    notes = [(result["open_trades"], "open"), (result["untold"], "without a known result, left out")]
    print(f"money in {result['currency']}", *(f"{count} {words}" for count, words in notes if count), sep="; ")
    print()
    table(
        [
            {**row, "value": _in_unit(row["value"], row["unit"]), "target": _bound(row), "judged": row["of"]}
            for row in result["targets"]
        ],
        ("label", "value", "target", "verdict", "judged"),
        "no targets",
    )
    print()
    table(
        [{"latency_ms": name, **row} for name, row in result["latency_ms"].items()],
        ("latency_ms", "count", "p50", "p95", "p99", "max"),
        "no latencies",
    )


def _short(row: dict[str, Any]) -> dict[str, Any]:
    """Money with cents, ratios with four digits: for people; scripts have them all."""
    from decimal import Decimal

    from engine.model.money import CENT, plain

    short = {}
    for key in ("net_pnl", "average_win", "average_loss", "expectancy"):
        short[key] = None if row[key] is None else plain(Decimal(row[key]).quantize(CENT))
    for key in ("win_rate", "profit_factor", "sharpe", "sortino", "max_drawdown"):
        short[key] = None if row[key] is None else f"{Decimal(row[key]):.4f}"
    return short


def _in_unit(value: str | None, unit: str) -> str | None:
    from decimal import Decimal

    from engine.model.money import plain

    if value is None:
        return None
    return f"{value} ms" if unit == "ms" else f"{plain((Decimal(value) * 100).normalize())} %"


def _bound(row: dict[str, Any]) -> str:
    target = _in_unit(row["target"], row["unit"]) or ""
    return target if row["bound"] == "at" else f"{row['bound']} {target}"


def _print_csv(result: dict[str, Any]) -> None:
    """Long form: every figure on a line of its own, so that one table holds all."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(_CSV)
    groups = [("all", "", result["overall"])]
    for by in ("day", "symbol", "strategy", "account", "tag"):
        groups += [(by, row[by], row) for row in result[f"by_{by}"]]
    for by, name, stats in groups:
        for figure, value in stats.items():
            if figure != by:
                out.writerow((by, name, figure, value, None, None, None))
    for day in result["days"]:
        out.writerow(("day", day["day"], "day_pnl", day["day_pnl"], None, None, None))
    for row in result["targets"]:
        target = f"{row['bound']} {row['target']}"
        out.writerow(("target", row["key"], row["unit"], row["value"], target, row["verdict"], row["of"]))
    for name, latency in result["latency_ms"].items():
        for figure in ("p50", "p95", "p99", "max"):
            out.writerow(("latency_ms", name, figure, latency[figure], None, None, latency["count"]))
